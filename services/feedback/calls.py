"""When residents may be called, and which tries count (`data/callbacks.toml`). Pure.

A resident is tried at different times of day, so that who works in the morning is not missed three times. A try that
does not count is refused with the reason and the time at which it would.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from chassis.workcalendar import ZONE, local, utc
from chassis.workflow import Refusal

_FILE: Final = Path(__file__).with_name("data") / "callbacks.toml"
#: Whoever said that he does not want to be asked is not called again.
REFUSED: Final = "refused"
ANSWERS: Final = ("no_answer", REFUSED, "wrong_number")

#: A try as the case keeps it: `at`, `way`, `answer`; those of long ago lack the time.
Tries = Sequence[Mapping[str, Any]]


class CallbacksError(ValueError):
    """Figures in `callbacks.toml` that nobody can keep."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day in which residents may be called, in Asia/Shanghai; its end does not belong to it."""

    name: str
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How often, how far apart and when residents are called, and how long they may come back."""

    tries: int
    different_parts: int
    apart: timedelta
    link: timedelta
    reopening: timedelta
    #: Of a hundred satisfied callbacks, so many are called again by another person.
    recall_percent: float
    parts: tuple[Part, ...]

    def part_at(self, moment: datetime) -> str:
        """Return the part of the day that a moment lies in, or an empty string outside of all."""
        at = local(moment).time()
        return next((part.name for part in self.parts if part.start <= at < part.end), "")

    def parts_of(self, tries: Tries) -> set[str]:
        """Return the parts of the day in which it was tried."""
        return {self.part_at(datetime.fromisoformat(one["at"])) for one in tries if "at" in one} - {""}

    def refusal(self, tries: Tries, moment: datetime) -> Refusal | None:
        """Say why a try at a moment would not count, and when one would."""
        if self._counts(tries, moment):
            return None
        if not self.part_at(moment):
            zh, en = f"现在不在回访时段（{self.hours}）", f"residents are not called now (only {self.hours})"
        elif moment < self._earliest(tries, moment):
            hours = f"{self.apart / timedelta(hours=1):g}"
            zh, en = f"距上次尝试不足 {hours} 小时", f"less than {hours} hours after the last try"
        else:
            zh, en = "前几次都在同一时段，请换一个时段", "the tries before were at the same time of day: choose another"
        then = self.next_at(tries, moment)
        return Refusal(f"{zh}；{local(then):%m-%d %H:%M} 后再试", f"{en}; try again after {local(then):%m-%d %H:%M}")

    def next_at(self, tries: Tries, now: datetime) -> datetime:
        """Return the first moment from now on at which a try counts."""
        begin = local(self._earliest(tries, now))
        starts = (
            max(begin, datetime.combine(begin.date() + timedelta(days=days), part.start, ZONE))
            for days in range(self.apart.days + 3)
            for part in self.parts
        )
        return utc(next(start for start in starts if self._counts(tries, start)))

    def are_enough(self, tries: Tries) -> bool:
        """Say whether a resident may be left in peace after these tries."""
        if any(one.get("answer") == REFUSED for one in tries):
            return True
        timed = all("at" in one for one in tries)
        return len(tries) >= self.tries and (not timed or len(self.parts_of(tries)) >= self.different_parts)

    @property
    def hours(self) -> str:
        """The times of day at which residents may be called, for people."""
        return "、".join(f"{part.start:%H:%M}-{part.end:%H:%M}" for part in self.parts)

    def _earliest(self, tries: Tries, now: datetime) -> datetime:
        return max([now, *(datetime.fromisoformat(one["at"]) + self.apart for one in tries if "at" in one)])

    def _counts(self, tries: Tries, moment: datetime) -> bool:
        part = self.part_at(moment)
        if not part or moment < self._earliest(tries, moment):
            return False
        known = self.parts_of(tries)
        missing, left = self.different_parts - len(known), self.tries - len(tries)
        return part not in known or missing < left or missing <= 0


@cache
def manners() -> Manners:
    """Return the figures of `data/callbacks.toml`."""
    return manners_in(tomllib.loads(_FILE.read_text(encoding="utf-8")))


def manners_in(table: Mapping[str, Any]) -> Manners:
    """Read figures; raise CallbacksError where no resident could ever be tried often enough."""
    parts = tuple(Part(row["name"], row["from"], row["until"]) for row in table["part"])
    tries, different = int(table["tries"]), int(table["different_parts"])
    if not 1 <= different <= min(tries, len(parts)) or any(part.start >= part.end for part in parts):
        message = "callbacks.toml:different_parts 应为 1 至 tries 和时段数中较小者，各时段应先开始后结束"
        raise CallbacksError(message)
    percent = float(table.get("recall_percent", 0))
    if not 0 <= percent <= 100:  # noqa: PLR2004 - per cent
        message = "callbacks.toml：recall_percent 应为 0 至 100"
        raise CallbacksError(message)
    return Manners(
        tries=tries,
        different_parts=different,
        apart=timedelta(hours=table["apart_hours"]),
        link=timedelta(days=table["link_days"]),
        reopening=timedelta(days=table["reopening_days"]),
        recall_percent=percent,
        parts=parts,
    )
