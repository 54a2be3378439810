"""What the system that an appeal came from is told of it, by that system's own number (回传): each status once a round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.intake import facts, rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from chassis.work import Work

#: What others do; what is done at the door is told by the step that does it (`workflow.py`).
_HEARD: Final = ("accepted", "concluded", "rework_ordered", "closed")


def news(heard: Sequence[rules.Heard], told: Collection[str]) -> Iterator[tuple[str, rules.Heard]]:
    """Yield what was not told yet, with the mark to remember it by.

    All that was heard is looked at again, since a rework that arrives late makes a second conclusion of what seemed a
    repetition of the first.
    """
    seen = {*told}
    for item in heard:
        if item["what"] in _HEARD and (mark := f"{item['what']}:{rules.round_of(item, heard)}") not in seen:
            seen.add(mark)
            yield mark, item


def report(work: Work, case: Any) -> None:
    """Tell what has become of an appeal since the last time, if it came from a system that waits for that."""
    if not case.details.get("external"):
        return
    told = list(case.public.get("reported", ()))
    for mark, item in news(case.public["heard"], told):
        work.tell(facts.StatusReported.about(case, case.public, item, work.now), case.subject)
        told.append(mark)
    if told != list(case.public.get("reported", ())):
        case.public = {**case.public, "reported": told}
