"""What the system that an appeal came from is told of it, by that system's own number (回传): each status once a round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.intake import facts, rules

if TYPE_CHECKING:
    from chassis.work import Work

#: What others do; what is done at the door is told by the step that does it (`workflow.py`).
_HEARD: Final = ("accepted", "concluded", "rework_ordered", "closed")


def report(work: Work, case: Any) -> None:
    """Tell what has become of an appeal since the last time, if it came from a system that waits for that.

    All that was heard is looked at again, since a rework that arrives late makes a second conclusion of what seemed a
    repetition of the first.
    """
    if not case.details.get("external"):
        return
    heard, told = case.public["heard"], list(case.public.get("reported", ()))
    for item in heard:
        if item["what"] in _HEARD and (mark := f"{item['what']}:{rules.round_of(item, heard)}") not in told:
            work.tell(facts.StatusReported.about(case, case.public, item, work.now), case.subject)
            told.append(mark)
    if len(told) > len(case.public.get("reported", ())):
        case.public = {**case.public, "reported": told}
