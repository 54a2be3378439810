"""Who was helped before: the same persons in other cases, for the rules to judge; and who gets what in a month.

A person is known again by a keyed hash of name and the number's last signs, in a table with an index; the key stands
in the service's own key folder, so that the database alone tells nobody who asked for help. What households get month by
month stands in tables beside their cases: however many there are, a page of a roster reads no more cases than it shows.
"""

from __future__ import annotations

from datetime import UTC, date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Numeric, and_, cast, delete, func, insert, select, update
from sqlalchemy import case as case_when

from chassis import keys
from chassis.clocks import add_months
from chassis.sealing import lookup_hash
from chassis.workcalendar import local
from services.relief import benefits, duplicates, rules
from services.relief.models import STORE, Benefit, Case, PaidMonth, Person
from services.relief.stages.places import HANDLING, READY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from chassis.work import Work
    from chassis.workflow import Decision
    from services.relief.duplicates import Known

#: The steps that change whom a case would help, or what a household gets.
INDEXED: Final = (
    *(
        "application_filed",
        "application_corrected",
        "household_changed",
        "advance_paid",
        "relief_paid",
        "benefit_verified",
        "benefit_stopped",
        "fraud_found",
    ),
    *("emergency_assessed", "benefit_restored", "fraud_cleared", "advance_upheld", "earlier_put_right"),
)
#: What is done for each household every month or every year: added up by the database.
_BY_HOUSEHOLD: Final = ("month_paid", "benefit_verified")
#: The states in which a request may yet be granted.
PENDING: Final = frozenset(HANDLING) - frozenset(READY) - {"benefit_reviewing"}


class Register:
    """The cases on file, looked up when a rule asks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, people: Iterable[Known], *, but: str) -> Iterator[dict[str, Any]]:
        """Give what the same persons have, or may yet get, in other cases than one: number, relief, cause, year, pending."""
        found = same(hashes(people), Case.number, Case.state, Case.details, but=but) if people else None
        for row in self._session.execute(found) if found is not None else ():
            *before, now = rules.requests(row.details)
            stands = [*((one, False) for one in before), (now, row.state in PENDING)]
            for request, pending in stands:
                if had := duplicates.relief_had(request, pending=pending):
                    yield {"number": row.number, **had}


def same(who: Iterable[str], *columns: Any, but: str) -> Select[Any]:
    """Select of the other cases of some persons, by their hashes."""
    cases = select(Person.case_id).where(Person.who.in_(list(who)))
    return select(*columns).where(Case.id.in_(cases), Case.id != but).order_by(Case.opened_at, Case.id)


def hashes(people: Iterable[Known]) -> list[str]:
    """Return what persons are known again by, each once."""
    secret = keys.here().knowing_again("relief")
    return sorted({lookup_hash(f"{name}|{last_four}", secret) for name, last_four in people})


def follow(work: Work, case: Case, decision: Decision) -> None:
    """Let the index follow a step of a case: all of it where the step changes that, or where it had not followed before.

    The other cases of the same persons are warned of it at once, as this one is of them.
    """
    trigger = decision.step.trigger
    if trigger in INDEXED or case.entered != case.entries - 1:
        enter(work, case)
    elif trigger == "month_paid":
        work.keep(PaidMonth, {"case_id": case.id, "month": decision.form["month"]})
    elif decision.target in PENDING and decision.source not in PENDING:
        work.warn_again(beside(work.session, case))
    case.entered = case.entries


def enter(work: Work, case: Case) -> None:
    """Enter a case anew, and let the other cases of the same persons be warned of it."""
    index(work.session, case)
    work.warn_again(beside(work.session, case))


def beside(session: Session, case: Case) -> list[Case]:
    """Return the other cases of the persons whom a case would help, or has helped."""
    people = duplicates.people_in(case.details)
    return [*session.scalars(same(hashes(people), Case, but=case.id))] if people else []


def catch_up(work: Work, case: Case) -> None:
    """Enter and count a case anew whose timeline has grown without its index, or whose record an upgrade has put right.

    Its version stays what it is: whoever has the case open is not told that somebody else changed it.
    """
    enter(work, case)
    work.count(case)
    work.session.execute(update(Case).where(Case.id == case.id).values(entered=case.entries))


def index(session: Session, case: Case) -> None:
    """Enter whom a case would help, and what a household gets month by month, in place of what was entered of it before."""
    with session.no_autoflush:
        for kind in (Person, Benefit, PaidMonth):
            session.execute(delete(kind).where(kind.case_id == case.id))
        if people := duplicates.people_in(case.details):
            session.execute(insert(Person), [{"case_id": case.id, "who": one} for one in hashes(people)])
        _enter_benefit(session, case)


def _enter_benefit(session: Session, case: Case) -> None:
    rows, paid = dict[str, Any](), set[str]()
    for one in filter(rules.is_lasting, rules.requests(case.details)):
        heads = benefits.heads(one)
        for since, until, amount in benefits.periods(one):
            cents = int(amount * 100)
            rows[since] = {"case_id": case.id, "from_month": since, "until": until, "heads": heads, "cents": cents}
        paid |= benefits.months_paid(one)
    if rows:
        session.execute(insert(Benefit), [*rows.values()])
    if paid:
        session.execute(insert(PaidMonth), [{"case_id": case.id, "month": month} for month in sorted(paid)])


def _of_month(month: str, units: Iterable[str] | None, *columns: Any) -> Select[Any]:
    """Select from the lines of a month's roster: of all units, or of some."""
    found = (
        select(*columns)
        .select_from(Benefit)
        .join(Case, Case.id == Benefit.case_id)
        .outerjoin(PaidMonth, and_(PaidMonth.case_id == Benefit.case_id, PaidMonth.month == month))
        .where(Benefit.from_month <= month, Benefit.until >= month)
    )
    return found if units is None else found.where(Case.unit.in_(["", *units]))


def page_of(month: str, units: Iterable[str] | None, after: str, most: int) -> Select[Any]:
    """Select so many cases of a month's roster from after one on."""
    found = _of_month(month, units, Case.id, Case.number, Case.unit, Case.details).where(Benefit.case_id > after)
    return found.order_by(Benefit.case_id).limit(most)


def recipients(
    session: Session, month: str, *, units: Iterable[str] | None = None, after: str = "", most: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of a month's payment list, in the order in which its cases were opened, and after which case the next begins.

    A household whose row has not followed its case yet is left out; the next page begins where it would have, all the same.
    """
    rows = session.execute(page_of(month, units, after, most + 1)).all()
    found = ((row, benefits.recipient(row.details, month)) for row in rows[:most])
    lines = [{"case_id": row.id, "number": row.number, "unit": row.unit, **line} for row, line in found if line]
    return lines, rows[most - 1].id if len(rows) > most else None


def due(
    session: Session, month: str, *, units: Iterable[str] | None = None, after: str = "", most: int
) -> list[dict[str, Any]]:
    """Return so many cases of a month that are due and not paid, from after one on: case_id, number, amount."""
    page = _of_month(month, units, Case.id, Case.number, Benefit.cents).where(
        PaidMonth.month.is_(None), Benefit.case_id > after
    )
    return [
        {"case_id": row.id, "number": row.number, "amount": _yuan(row.cents)}
        for row in session.execute(page.order_by(Benefit.case_id).limit(most))
    ]


def totals(session: Session, month: str, *, units: Iterable[str] | None = None) -> dict[str, Any]:
    """Add up a month's roster."""
    is_paid = PaidMonth.month.is_not(None)
    households, heads, cents, paid, paid_cents = session.execute(
        _of_month(
            month,
            units,
            func.count(),
            func.coalesce(func.sum(Benefit.heads), 0),
            func.coalesce(func.sum(Benefit.cents), 0),
            func.count(PaidMonth.month),
            func.coalesce(func.sum(case_when((is_paid, Benefit.cents), else_=0)), 0),
        )
    ).one()
    return {
        "households": households,
        "heads": int(heads),
        "amount": _yuan(cents),
        "paid_households": paid,
        "paid_amount": _yuan(paid_cents),
        "unpaid_households": households - paid,
    }


def _yuan(cents: int) -> Decimal:
    return (Decimal(int(cents)) / 100).quantize(rules.CENT)


def figures(session: Session, month: str) -> list[dict[str, Any]]:
    """Count what was done in a month, such as 2026-12, by step and kind of relief; what each household has is added up there."""
    first = date.fromisoformat(f"{month}-01")
    log = STORE.timeline.c
    done = and_(
        log.at >= local(first).astimezone(UTC),
        log.at < local(add_months(first, 1)).astimezone(UTC),
    )
    joined = STORE.timeline.join(Case, Case.id == log.case_id)
    one_by_one = select(log.trigger, Case.relief_kind, log.form).select_from(joined)
    rare = [*{*benefits.REPORTED} - {*_BY_HOUSEHOLD}]
    found = benefits.figures(
        (row.trigger, row.relief_kind, row.form)
        for row in session.execute(one_by_one.where(done, log.trigger.in_(rare)))
    )
    cents = cast(func.round(cast(log.form["amount"].as_string(), Numeric(14, 2)) * 100), BigInteger)
    together = (
        select(log.trigger, Case.relief_kind, func.count(), func.sum(cents))
        .select_from(joined)
        .where(done, log.trigger.in_(_BY_HOUSEHOLD))
        .group_by(log.trigger, Case.relief_kind)
    )
    found += [
        {"trigger": trigger, "relief": relief, "count": count, "amount": None if sum_ is None else _yuan(sum_)}
        for trigger, relief, count, sum_ in session.execute(together)
    ]
    return sorted(found, key=lambda row: (benefits.REPORTED.index(row["trigger"]), row["relief"]))


def is_whole(session: Session) -> bool:
    """Whether every household stands in the tables of a month's roster: after an upgrade a chore enters them bit by bit."""
    never = (Case.entered != Case.entries, Case.entered == 0, Case.relief_kind.in_(rules.LASTING))
    return session.scalar(select(Case.id).where(*never).limit(1)) is None


def lagging(_work: Work) -> Select[Any]:
    """Select the cases that stand in no index yet, or not as they are now."""
    return select(Case).where(Case.entered != Case.entries).order_by(Case.opened_at, Case.id)
