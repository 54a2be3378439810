"""What the office has on file beside a case: the committees with their mediators, and other disputes of the same households."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from chassis.listing import midnight
from chassis.store import StaleError
from services.mediation.models import STORE, Case, Committee

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

#: What is counted for a committee, by the steps that bring it about.
COUNTED: Final[Mapping[str, tuple[str, ...]]] = {
    "mediated": ("mediators_set", "mediators_set_amid_appraisal"),
    "agreed": ("agreement_signed", "agreed_by_word"),
    "unsettled": ("mediation_terminated",),
    "kept": ("performance_verified",),
    "broken": ("breach_found",),
}
#: How many earlier disputes of the same households are named, the latest first.
_NAMED: Final = 20
_KEPT: Final = ("elected_on", "multi_ethnic")


@dataclass(frozen=True, slots=True)
class Register:
    """The tables of this service, asked by what a rule knows."""

    session: Session
    now: datetime

    def earlier(self, case_id: str, households: str) -> list[str]:
        """Return the numbers of the earlier disputes between the same households, the latest first."""
        found = select(Case.number).where(Case.households == households, Case.id != case_id)
        return [*self.session.scalars(found.order_by(Case.opened_at.desc(), Case.id).limit(_NAMED))]

    def committees(self) -> list[dict[str, Any]]:
        """Return the committees with their people."""
        rows = self.session.scalars(select(Committee).order_by(Committee.name))
        names = Committee.__table__.columns.keys()
        return [{name: getattr(row, name) for name in names} for row in rows]


def month_of(session: Session, first: date, after: date) -> list[dict[str, Any]]:
    """Count from a day until before another, for each committee, the disputes of its mediators by what came of them.

    A dispute counts once in a column; with mediators of two committees, for both; with those of none, under an empty name.
    """
    entries = STORE.timeline.c
    kinds = {trigger: kind for kind, triggers in COUNTED.items() for trigger in triggers}
    found = select(entries.trigger, entries.case_id, Case.details["committees"].label("committees"))
    found = found.join(Case, Case.id == entries.case_id).where(
        entries.trigger.in_(kinds), entries.at >= midnight(first), entries.at < midnight(after)
    )
    seen = {
        (name, kinds[row.trigger], row.case_id) for row in session.execute(found) for name in row.committees or ("",)
    }
    counted = Counter((name, kind) for name, kind, _ in seen)
    named = sorted({name for name, _ in counted}, key=lambda name: (not name, name))
    return [{"committee": name, **{kind: counted[name, kind] for kind in COUNTED}} for name in named]


def put(
    session: Session, form: Mapping[str, Any], people: list[dict[str, Any]], *, by: str, now: datetime
) -> Committee:
    """Keep a committee with its people, as its next version. Raises StaleError where somebody else has changed it."""
    found = session.get(Committee, form["name"], with_for_update=True)
    seen = found.version if found else 0
    if form["version"] != seen:
        raise StaleError
    committee = found or Committee(name=form["name"])
    for name in _KEPT:
        setattr(committee, name, form[name])
    committee.people, committee.version = people, seen + 1
    committee.changed_at, committee.changed_by = now, by
    session.add(committee)
    session.flush()
    return committee
