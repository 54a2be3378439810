"""What the system that an appeal came from is told of it, by that system's own number (回传): each status once a round.

An order that was merged into another appeal is told, under its own number, what becomes of that one: whatever is heard or
done of an appeal is looked at for all that were merged into it and wait for it (`joined` among its details).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.intake import facts, rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chassis.work import Work
    from services.intake.rules import Heard

#: What ends an appeal at the door: of an appeal itself it is told by the step that does it (`workflow.py`).
_AT_THE_DOOR: Final = ("answered", "not_accepted", "relayed", "followed_up", "withdrawn")
_OWN: Final = (
    *("dispatched", "accepted", "extended", "regraded", "interim_replied", "concluded", "rework_ordered", "closed"),
    *("reopened", "unmerged"),
)
#: What is told of the appeal that goes on, where it is the same petitioner's; of another's, what all may know.
_OF_FIRST: Final = (
    *("dispatched", "accepted", "extended", "regraded", "interim_replied", "concluded", "rework_ordered", "closed"),
    *_AT_THE_DOOR,
)
#: What says how far an appeal is, and what of it is told whoever is merged into it then.
_STANDING: Final = ("dispatched", "accepted", "answered", "concluded", "rework_ordered", "closed")
_CAUGHT_UP: Final = ("accepted", "answered", "concluded")
#: What may happen more than once in a round.
_AGAIN_AND_AGAIN: Final = ("extended", "regraded", "interim_replied", "reopened", "unmerged")


def report(work: Work, case: Any) -> None:
    """Tell what has become of an appeal since the last time, for itself and for all that were merged into it.

    All that was heard is looked at again, since a rework that arrives late makes a second conclusion of what seemed a
    repetition of the first.
    """
    joined = case.details.get("joined", ())
    if case.details.get("external"):
        _tell(work, case, _of_first(work, case))
    work.prefetch(joined)
    for other in filter(None, map(work.case, joined)):
        report(work, other)


def stepped(work: Work, case: Any, trigger: str) -> None:
    """Tell, after a step at the door, what those learn by it who were merged into an appeal; know who they are."""
    if trigger in ("merged", "unmerged") and (case.voice_of or waits(case) or trigger == "unmerged"):
        first = work.case(case.details["merged"]["into"])
        if first is not None:
            others = [one for one in first.details.get("joined", ()) if one != case.subject]
            known = [*others, case.subject] if trigger == "merged" else others
            first.details = {**first.details, "joined": known}
    if trigger in ("merged", "unmerged", *_AT_THE_DOOR):
        report(work, case)


def waits(case: Any) -> bool:
    """Say whether anybody outside waits to be told of an appeal, or of one that was merged into it."""
    return bool(case.details.get("external") or case.details.get("joined"))


def _of_first(work: Work, case: Any) -> list[Heard]:
    """Return what an appeal's sender may be told of the one that goes on for it, if it was merged into one."""
    first = work.case(case.details["merged"]["into"]) if case.state == "merged" else None
    if first is None:
        return []
    known = [*_of_first(work, first), *first.public.get("heard", ())]
    return rules.masked(known, rules.SHARED if case.voice_of else _OF_FIRST)


def _tell(work: Work, case: Any, of_first: Sequence[Heard]) -> None:
    own = case.public.get("heard", ())
    heard = rules.in_order([*of_first, *own])
    told = list(case.public.get("reported", ()))
    merged_at = next((item["at"] for item in reversed(own) if item["what"] == "merged"), "")
    named = [("", item) for item in own if item["what"] in _OWN]
    named += [(f"{merged_at}/", item) for item in _since(of_first, merged_at)]
    for where, item in sorted(named, key=lambda one: rules.time_at(one[1]["at"])):
        mark = where + _mark(item, heard)
        if mark not in told and _changes_something(item, heard):
            work.tell(facts.StatusReported.about(case, heard, item, work.now), case.subject)
            told.append(mark)
    if len(told) > len(case.public.get("reported", ())):
        case.public = {**case.public, "reported": told}


def _changes_something(item: Heard, heard: Sequence[Heard]) -> bool:
    """Say whether its sender learns anything by it: of a dispatch, another unit; of a regrading, another promise."""
    if item["what"] == "dispatched":
        return rules.is_reassigned(item, heard)
    return item["what"] != "regraded" or bool(item.get("due"))


def _since(of_first: Sequence[Heard], merged_at: str) -> Iterator[Heard]:
    """Yield what is news to whoever was merged into an appeal at a time: how far it was then, and all that comes after."""
    if not of_first:
        return
    moment = rules.time_at(merged_at)
    before = [item for item in of_first if item["what"] in _STANDING and rules.time_at(item["at"]) < moment]
    yield from (item for item in before[-1:] if item["what"] in _CAUGHT_UP)
    yield from (item for item in of_first if item["what"] in _OF_FIRST and rules.time_at(item["at"]) >= moment)


def _mark(item: Heard, heard: Sequence[Heard]) -> str:
    """Name a status of a round, and of a unit where that has changed."""
    what = item["what"]
    if what in _AGAIN_AND_AGAIN or item.get("supervised"):
        return f"{what}:{item['at']}"
    unit = rules.turn_of(item, heard)
    return f"{what}:{rules.round_of(item, heard)}" + (f":{unit}" if unit else "")
