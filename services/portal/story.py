"""A story for a demo: appeals that are reported at the public door, and how their cases are handled step by step."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local, local_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: What a picture shows that is laid to the case for a step: it stands in the step's form for its digest.
_LAID: Final = re.compile(r"\{laid (.+)\}")
_FILE: Final = Path(__file__).with_name("data") / "story.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryStep:
    """One step of a case: what is filled in beside the step's example, and how long after the step before."""

    trigger: str
    after_days: int = 0
    filled: Mapping[str, Any] = field(default_factory=dict)

    def form(self, now: datetime) -> dict[str, Any]:
        """Return what is filled in at a time: {now} and {today} in it become that."""
        return {name: _dated(value, now) for name, value in self.filled.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryAppeal:
    """One appeal: what is posted, and the steps by service."""

    key: str
    body: Mapping[str, Any]
    steps: Mapping[str, Sequence[StoryStep]]


@dataclass(frozen=True, slots=True)
class Story:
    """All its appeals."""

    appeals: tuple[StoryAppeal, ...]

    def of(self, title: str) -> StoryAppeal | None:
        """Return the appeal of a title."""
        return next((one for one in self.appeals if one.body["title"] == title), None)


def read_story(file: Path = _FILE) -> Story:
    """Read a story; `{name}` in a step's form is filled in from the appeal's own table `with`.

    An appeal takes the steps that the story has for all, or its own where it has some.
    """
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    return Story(tuple(_appeal(row, told) for row in told["appeals"]))


def _appeal(row: Mapping[str, Any], told: Mapping[str, Any]) -> StoryAppeal:
    steps = {
        service: tuple(
            StoryStep(
                trigger=step["trigger"],
                after_days=step.get("after_days", 0),
                filled=_filled(step.get("form", {}), row.get("with", {})),
            )
            for step in steps
        )
        for service, steps in (row.get("steps") or told["steps"]).items()
    }
    return StoryAppeal(key=row["key"], body=row["report"], steps=steps)


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, names) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, names) for one in value]
    if isinstance(value, str):
        for name, said in names.items():
            value = value.replace(f"{{{name}}}", said)
    return value


def _dated(value: Any, now: datetime) -> Any:
    return _filled(value, {"now": local(now).isoformat(timespec="seconds"), "today": str(local_date(now))})


def with_pictures(value: Any, digest_of: Callable[[str], str]) -> Any:
    """Return what is filled in with a picture's digest in the place of what that shows."""
    if isinstance(value, dict):
        return {name: with_pictures(one, digest_of) for name, one in value.items()}
    if isinstance(value, list):
        return [with_pictures(one, digest_of) for one in value]
    found = _LAID.fullmatch(value) if isinstance(value, str) else None
    return digest_of(found[1]) if found else value


def next_step(script: Sequence[StoryStep], timeline: Sequence[Mapping[str, Any]]) -> tuple[StoryStep | None, datetime]:
    """Return the first step that a case has not taken in its order, and when it took the one before."""
    done, since = 0, datetime.fromisoformat(timeline[0]["at"])
    for entry in timeline:
        if done < len(script) and entry["trigger"] == script[done].trigger:
            done, since = done + 1, datetime.fromisoformat(entry["at"])
    return (script[done] if done < len(script) else None), since
