"""What the office has on file beside a case: the estates with their rosters, earlier repairs, and companies' marks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from chassis.store import StaleError
from chassis.workcalendar import local_date
from services.property import firms, funds, rules, votes
from services.property.models import STORE, Case, Estate, cases_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

#: Complaints about a company are compared over a year.
DENSITY_DAYS: Final = 365
_ORDERS: Final = ("company_ordered", "company_reported", "recheck_passed", "recheck_failed")
_RULES: Final = ("follow_majority", "clause")
_HEAD: Final = ("name", "version", "community", "company", "households", "heads", "area", "roster_version", *_RULES)
_TEXTS: Final = ("community", "company", "manager", "manager_phone", "committee")
#: What an office keeps of an estate beside its roster.
KEPT: Final = (
    *("aliases", *_TEXTS, "committee_until", "contract_from", "contract_until", "monthly_fee", "fund_balance"),
    *_RULES,
)


@dataclass(frozen=True, slots=True)
class Register:
    """The tables of this service, asked by what a rule knows; each estate is read once."""

    session: Session
    now: datetime
    _estates: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    _rooms: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def names(self) -> Mapping[str, str]:
        """Return the registered name of an estate by each that people call it."""
        if not self._names:
            self._names.update(names(self.session))
        return self._names

    def repairs(self, estate: str) -> list[dict[str, Any]]:
        """Return an estate's repairs of the last year: one repair may have been split into several."""
        return [
            {"case_id": case_id, "number": number, **repair}
            for case_id, number, kept in cases_of(self.session, estate, self.now - rules.ONE_PART_APART)
            for repair in funds.repairs_in(kept)
        ]

    def estate(self, name: str) -> Mapping[str, Any] | None:
        """Return an estate without its roster, by any of its names, or None."""
        name = self.names().get(name, name)
        if name not in self._estates:
            columns = [getattr(Estate, one) for one in _HEAD]
            row = self.session.execute(select(*columns).where(Estate.name == name)).one_or_none()
            self._estates[name] = row._asdict() if row else None
        return self._estates[name]

    def rooms(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """Return an estate's rooms by their numbers; none where it is not registered, or was changed this very moment."""
        name = self.names().get(name, name)
        if name not in self._rooms:
            head = self.estate(name) or {}
            same = (Estate.name == name, Estate.roster_version == head.get("roster_version"))
            roster = self.session.scalar(select(Estate.rooms).where(*same)) or []
            self._rooms[name] = {row["room"]: row for row in roster}
        return self._rooms[name]


def names(session: Session) -> dict[str, str]:
    """Return the registered name of each estate by each that people call it."""
    found = {}
    for name, aliases in session.execute(select(Estate.name, Estate.aliases).order_by(Estate.name)):
        found.update(dict.fromkeys((*aliases, name), name))
    return found


def put(
    session: Session,
    form: Mapping[str, Any],
    rooms: list[dict[str, Any]],
    *,
    by: str,
    now: datetime,
    known: dict[str, str] | None = None,
) -> Estate:
    """Keep an estate with its roster, as its next version.

    `known` are the names of all estates, for whoever keeps many: they are read once, and the new ones put there.
    Raises StaleError where somebody else has changed it, TakenError where another estate has one of its names.
    """
    everybody = votes.tally(rooms)
    known = names(session) if known is None else known
    for said in (form["name"], *form["aliases"]):
        if known.get(said, form["name"]) != form["name"]:
            raise TakenError(said, known[said])
    found = session.get(Estate, form["name"], with_for_update=True)
    seen = found.version if found else 0
    if form["version"] != seen:
        raise StaleError
    for said in found.aliases if found else ():
        known.pop(said, None)
    known.update(dict.fromkeys((*form["aliases"], form["name"]), form["name"]))
    estate = found or Estate(name=form["name"])
    if not found or found.rooms != rooms or any(getattr(found, name) != form[name] for name in _RULES):
        estate.roster_version = seen + 1
    if found and found.company != form["company"]:
        # What the desk says of who serves it is newer than what a case has brought about.
        found.coming, found.coming_on = {}, None
    for name in (*_TEXTS, "aliases", "committee_until", "contract_from", "contract_until", *_RULES):
        setattr(estate, name, form[name])
    for name in ("monthly_fee", "fund_balance"):
        setattr(estate, name, "" if form[name] is None else str(form[name]))
    estate.rooms, estate.households, estate.heads = rooms, len(rooms), everybody.heads
    estate.area, estate.version = str(everybody.area), seen + 1
    estate.changed_at, estate.changed_by = now, by
    session.add(estate)
    session.flush()
    return estate


def follow(session: Session, name: str, changed: Mapping[str, Any], *, by: str, now: datetime) -> None:
    """Write into an estate's head, as its next version, what a case has brought about; an estate without a row stays so."""
    estate = session.get(Estate, names(session).get(name, name), with_for_update=True)
    if estate is None:
        return
    for one, value in changed.items():
        setattr(estate, one, value)
    estate.version += 1
    estate.changed_at, estate.changed_by = now, by


def begin_contracts(session: Session, now: datetime) -> None:
    """Write into the register the companies whose contracts have begun."""
    for estate in session.scalars(
        select(Estate).where(Estate.coming_on <= local_date(now)).with_for_update(skip_locked=True)
    ):
        if estate.coming_on:
            follow(session, estate.name, firms.begun(estate.coming, estate.coming_on, estate.company), by="", now=now)


class TakenError(Exception):
    """Another estate has this name: `said`, which is `name`'s."""

    def __init__(self, said: str, name: str) -> None:
        super().__init__(f"{said} is {name}")
        self.said, self.name = said, name


def listed(session: Session) -> list[Any]:
    """Return all estates without their rosters."""
    columns = [getattr(Estate, name) for name in (*_HEAD, *KEPT, "changed_at") if name not in _RULES]
    return list(session.execute(select(*columns).order_by(Estate.community, Estate.name)))


def open_cases(session: Session, estate: str, *, but: str = "", most: int = 20) -> list[Any]:
    """Return the open cases of an estate, the newest first, without one."""
    columns = (Case.id, Case.number, Case.title, Case.state, Case.opened_at)
    chosen = select(*columns).where(Case.estate == estate, Case.ended_at.is_(None), Case.id != but)
    return list(session.execute(chosen.order_by(Case.opened_at.desc()).limit(most)))


def companies(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Return each company with its estates, households, complaints of a year, their density, and its credit.

    Its estates are those that it serves, and those from which complaints about it came while it served them.
    """
    households: dict[str, int] = {}
    estates: dict[str, set[str]] = {}
    for name, company, count in session.execute(select(Estate.name, Estate.company, Estate.households)):
        households[name] = count
        if company:
            estates.setdefault(company, set()).add(name)
    since, known, complaints = now - timedelta(DENSITY_DAYS), names(session), Counter[str]()
    for company, estate, count in session.execute(
        select(Case.company, Case.estate, func.count())
        .where(Case.company != "", Case.opened_at >= since)
        .group_by(Case.company, Case.estate)
    ):
        complaints[company] += count
        estates.setdefault(company, set()).update({known[estate]} if estate in known else ())
    served = {
        company: {
            "estates": len(found),
            "households": sum(households[name] for name in found),
            "complaints": complaints[company],
        }
        for company, found in estates.items()
    }
    marks, done = marks_by_company(session, now), done_by_company(session, since)
    found = [
        {
            "company": company,
            **row,
            "density": firms.density(row["complaints"], row["households"]),
            "credit": firms.credit(marks.get(company, ()), local_date(now)),
            **firms.overhauls(done.get(company, ())),
        }
        for company, row in served.items()
    ]
    return sorted(found, key=lambda row: (-(row["density"] or Decimal(0)), row["company"]))


def done_by_company(session: Session, since: datetime) -> Mapping[str, list[tuple[str, str, datetime]]]:
    """Return the orders to each company since a moment and what the rechecks found, in their order."""
    line = STORE.timeline
    rows = (
        select(Case.company, Case.id, line.c.trigger, line.c.at)
        .join(line, line.c.case_id == Case.id)
        .where(Case.company != "", Case.updated_at >= since, line.c.at >= since, line.c.trigger.in_(_ORDERS))
        .order_by(Case.id, line.c.seq)
    )
    found: dict[str, list[tuple[str, str, datetime]]] = {}
    for company, case, trigger, at in session.execute(rows):
        found.setdefault(company, []).append((case, trigger, at))
    return found


def marks_by_company(session: Session, now: datetime, company: str = "") -> Mapping[str, Iterable[Mapping[str, Any]]]:
    """Return the marks that were reported against each company, or against one, as far back as any may count."""
    since = now - timedelta(days=31 * (rules.settings()["credit"]["months"] + 1))
    found: dict[str, list[Mapping[str, Any]]] = {}
    rows = select(Case.company, Case.details).where(Case.credit_points > 0, Case.updated_at >= since)
    for last, kept in session.execute(rows):
        for mark in firms.marks_of(kept):
            # A case may have come to another company since; what is older than that names none.
            marked = mark.get("company") or last
            if company in ("", marked):
                found.setdefault(marked, []).append(mark)
    return found
