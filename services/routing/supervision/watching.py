"""What running clocks bring: who is urged, carded, supervised, and when. Pure; the levels are `supervision.toml`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chassis.clocks import Clock, add
from chassis.workcalendar import standard_calendar
from services.routing.rules import WATCHED, plans, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.workflow import CaseView
    from services.routing.rules import Level


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be done when a clock turns: by which trigger, from when on, with which form."""

    trigger: str
    at: datetime
    form: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watch:
    """A clock that is watched: `promise` tells one from the next of the same name."""

    name: str
    promise: str
    turns: tuple[Turn, ...]


def turns(clock: Clock, kind: str = "finish", **about: Any) -> tuple[Turn, ...]:
    """Return all that a clock brings until it is stopped, in order (regulations 2.5); `about` goes with each."""
    calendar, plan = standard_calendar(), plans()[kind]
    due = clock.due_at(calendar)
    known = {"clock": kind, **about}
    lights = [
        Turn(plan.lights[light], at, {"light": light.value, "due_at": due, **known})
        for light, at in clock.turns(calendar)
        if light in plan.lights
    ]
    watched = [
        Turn("supervised", _overdue(due, level), {"level": number, "opinion": level.zh, **known})
        for number, level in enumerate(plan.levels, 1)
    ]
    return (*lights, *watched)


def _overdue(due: datetime, level: Level) -> datetime:
    """Return when something has been overdue for so long; at once is the moment after the end."""
    at = add(due, level.after, calendar=standard_calendar()).due_at if level.after else due
    return at.astimezone(UTC) + timedelta(seconds=1)


def promise_of(clock: Clock) -> str:
    """Return what tells one promise from the next one: an extension and a rework make another."""
    return f"{clock.started_at.isoformat()}+{len(clock.extensions)}"


def _as_far_as_it_stands(clock: Clock) -> Clock:
    """Let what stands still do so until the end that was set outside: no pause goes beyond that."""
    if clock.bound is None or not clock.is_suspended:
        return clock
    return clock.resume(max(clock.bound.at, clock.suspensions[-1].start, *(one.at for one in clock.extensions)))


def of_an_answer(found: Iterable[Watch]) -> list[Watch]:
    """Return what is watched of an answer on the spot that is given again: by when a leader requires it; no unit is urged."""
    whose = {"mechanism": "intake", "unit": ""}
    return [
        replace(
            watch,
            turns=tuple(
                replace(turn, form={**turn.form, **whose}) for turn in watch.turns if turn.trigger == "supervised"
            ),
        )
        for watch in found
        if watch.name == "required"
    ]


def watches(case: CaseView, clocks: Mapping[str, Clock]) -> list[Watch]:
    """Return all that is watched of a case in some unit's hands: the promise, those who assist, those who were called."""
    running = [clock for name in WATCHED if (clock := clocks.get(name)) and clock.stopped_at is None]
    moved = case.details.get("source_moved", "")
    # What stands still brings nothing but an end that was set outside, and what it brought before is not forgotten.
    found = [
        Watch(
            clock.name,
            promise_of(clock) + (f"<{moved}" if moved and clock.name == "finish" else ""),
            () if clock.is_suspended and not clock.bound else turns(_as_far_as_it_stands(clock), clock.name),
        )
        for clock in running
    ]
    for row in case.details.get("assists", ()):
        if row["state"] == "asked":
            clock = Clock.from_dict(row["clock"])
            found.append(Watch(f"assist:{row['unit']}", promise_of(clock), turns(clock, "assist", unit=row["unit"])))
    for whistle in case.details.get("whistles", ()):
        clock = Clock.from_dict(whistle["clock"])
        found += [
            Watch(f"arrival:{row['unit']}", whistle["whistle"], turns(clock, "arrival", unit=row["unit"]))
            for row in whistle["called"]
            if not (row.get("arrived_at") or whistle.get("closed_at"))
        ]
    if went := case.details.get("went_round"):
        row = table("returns")["round"]
        form = {"level": row["level"], "opinion": row["zh"], "clock": "round"}
        found.append(
            Watch("round", str(went["round"]), (Turn("supervised", datetime.fromisoformat(went["at"]), form),))
        )
    return found
