"""What the portal tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Fact):
    """An account was added, or what it may do was changed; `change` says which."""

    account_id: str
    change: str
    person: str
    active: bool
    roles: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    by: str
