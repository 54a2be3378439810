"""What a phone system reports of its calls, and what they add up to: connect rate and waiting times. Pure.

A line reports call by call, or its figures of a day. Where it does both of one day, the calls count.
No number of a caller is kept: whoever is rung back stands in the phone system under the call's own number.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

_CENT: Final = Decimal("0.01")
_APART: Final = timedelta(minutes=5)
#: What became of a missed call that somebody returned.
RETURNS: Final = ("reached", "not_reached", "no_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Calls of some lines and days, added up; waits in seconds, of those answered."""

    offered: int = 0
    answered: int = 0
    waited: int = 0
    longest: int = 0
    returned: int = 0
    returned_in_time: int = 0

    def __add__(self, other: Sum) -> Sum:
        """Add two sums."""
        return Sum(
            offered=self.offered + other.offered,
            answered=self.answered + other.answered,
            waited=self.waited + other.waited,
            longest=max(self.longest, other.longest),
            returned=self.returned + other.returned,
            returned_in_time=self.returned_in_time + other.returned_in_time,
        )


@cache
def return_hours() -> int:
    """Return within how many hours a missed call is to be returned."""
    table = tomllib.loads(files(__package__).joinpath("data", "calls.toml").read_text("utf-8"))
    return int(table["return_hours"])


def ahead(told: Mapping[str, Any], now: datetime) -> dict[str, str] | None:
    """Say that a call or a day lies in the future, by its field; clocks of two machines may be some minutes apart."""
    what = "at" if "at" in told else "day"
    late = told["at"] > now + _APART if what == "at" else told["day"] > local_date(now)
    return {"pointer": f"/{what}", "zh": "时间不能晚于现在", "en": "It lies in the future."} if late else None


def of_call(call: Mapping[str, Any]) -> Sum:
    """Return one call as a sum."""
    if call["answered"]:
        return Sum(offered=1, answered=1, waited=call["wait_seconds"], longest=call["wait_seconds"])
    returned_at: datetime | None = call["returned_at"]
    in_time = returned_at is not None and returned_at - call["at"] <= timedelta(hours=return_hours())
    return Sum(offered=1, returned=int(returned_at is not None), returned_in_time=int(in_time))


def of_day(day: Mapping[str, Any]) -> Sum:
    """Return a day's figures as a sum; which of its missed calls were returned, nobody says."""
    return Sum(**{name: day[name] for name in ("offered", "answered", "waited", "longest")})


def added_up(calls: Iterable[Mapping[str, Any]], days: Sequence[Mapping[str, Any]]) -> dict[str, Sum]:
    """Add up calls (with the `day` that each lies in) and figures of days, by line."""
    found: dict[str, Sum] = {}
    told: set[tuple[str, date]] = set()
    for call in calls:
        told.add((call["line"], call["day"]))
        found[call["line"]] = found.get(call["line"], Sum()) + of_call(call)
    for day in days:
        if (day["line"], day["day"]) not in told:
            found[day["line"]] = found.get(day["line"], Sum()) + of_day(day)
    return found


def figures(sum_: Sum) -> dict[str, Any]:
    """Return the rates of a sum, each beside what it is counted of; a rate of nothing is None."""
    missed = sum_.offered - sum_.answered
    return {
        "offered": sum_.offered,
        "answered": sum_.answered,
        "missed": missed,
        "connect_percent": _percent(sum_.answered, sum_.offered),
        "average_wait": _share(sum_.waited, sum_.answered),
        "longest_wait": sum_.longest,
        "returned": sum_.returned,
        "returned_in_time": sum_.returned_in_time,
        "return_percent": _percent(sum_.returned, missed),
    }


def _percent(some: int, whole: int) -> Decimal | None:
    return (Decimal(some) * 100 / whole).quantize(_CENT, ROUND_HALF_UP) if whole else None


def _share(some: int, whole: int) -> Decimal | None:
    return (Decimal(some) / whole).quantize(_CENT, ROUND_HALF_UP) if whole else None
