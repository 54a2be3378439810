"""The same matter again: what becomes of it, and what its handler is told. Pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE: Final = Path(__file__).parents[1] / "data" / "repeats.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the street has decided about repeats: days, how often one may add words, and the counts that are marked."""

    reopen_days: int
    most_supplements: int
    repeated_from: int
    group_from: int
    large_group_from: int


@cache
def policy() -> Policy:
    """Return the policy of `data/repeats.toml`."""
    return Policy(**tomllib.loads(_FILE.read_text(encoding="utf-8"))["repeats"])


def closed_at(public: Mapping[str, Any]) -> datetime | None:
    """Return when an appeal was closed last, or None where it is not, or was reopened since."""
    for item in reversed(public.get("heard", ())):
        if item["what"] == "closed":
            return datetime.fromisoformat(item["at"])
        if item["what"] in ("reopened", "rework_ordered", "callback_due"):
            return None
    return None


def may_reopen(public: Mapping[str, Any], now: datetime, policy: Policy) -> bool:
    """Whether a closed appeal that is brought again is handled again, instead of a new one."""
    closed = closed_at(public)
    return closed is not None and now - closed <= timedelta(days=policy.reopen_days)


def marks(repeats: int, voices: int, policy: Policy) -> list[str]:
    """Name what a handler, and whoever he answers to, has to know of: repeats, and a group of petitioners."""
    found = ["repeated"] if repeats >= policy.repeated_from else []
    if voices >= policy.group_from:
        found.append("large_group" if voices >= policy.large_group_from else "group")
    return found
