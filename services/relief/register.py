"""Who was helped before: the same persons in other cases, for the rules to judge.

A person is known again by a keyed hash of name and the number's last signs, in a table with an index; the key stands
in the service's own key folder, so that the database alone tells nobody who asked for help.
"""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select

from chassis import keys
from chassis.clocks import add_months
from chassis.sealing import lookup_hash
from chassis.workcalendar import local
from services.relief import rules
from services.relief.models import STORE, Case, Person
from services.relief.workflow import HANDLING, READY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from chassis.work import Work
    from services.relief.rules import Known

#: The states in which a household may be on the payment list of some month.
_BENEFITING: Final = ("paid", "stopped", "fraud", "concluded", "closed")
_PENDING = frozenset(HANDLING) - frozenset(READY)


class Register:
    """The cases on file, looked up when a rule asks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, people: Iterable[Known], *, but: str) -> Iterator[dict[str, Any]]:
        """Give what the same persons have, or may yet get, in other cases than one: number, relief, cause, year, pending."""
        found = same(hashes(people), but=but) if people else None
        for row in self._session.execute(found) if found is not None else ():
            had = rules.relief_had(row.details, pending=row.state in _PENDING)
            if had is not None:
                yield {"number": row.number, **had}


def same(who: Iterable[str], *, but: str) -> Select[Any]:
    """Select the other cases of some persons, by their hashes."""
    cases = select(Person.case_id).where(Person.who.in_(list(who)))
    return (
        select(Case.number, Case.state, Case.details)
        .where(Case.id.in_(cases), Case.id != but)
        .order_by(Case.opened_at, Case.id)
    )


def hashes(people: Iterable[Known]) -> list[str]:
    """Return what persons are known again by, each once."""
    secret = keys.here().knowing_again("relief")
    return sorted({lookup_hash(f"{name}|{last_four}", secret) for name, last_four in people})


def index(session: Session, case: Case) -> None:
    """Enter whom a case would help, in place of what was entered of it before."""
    with session.no_autoflush:
        session.execute(delete(Person).where(Person.case_id == case.id))
        if people := rules.people_in(case.details):
            session.execute(insert(Person), [{"case_id": case.id, "who": one} for one in hashes(people)])


def recipients(session: Session, month: str) -> Iterator[dict[str, Any]]:
    """Give the lines of a month's payment list, by case number: who gets what, and whether it is paid."""
    lasting = select(Case.id, Case.number, Case.unit, Case.details).where(
        Case.relief_kind.in_(sorted(rules.LASTING)), Case.state.in_(_BENEFITING)
    )
    for row in session.execute(lasting.order_by(Case.number, Case.id)):
        if line := rules.recipient(row.details, month):
            yield {"case_id": row.id, "number": row.number, "unit": row.unit, **line}


def figures(session: Session, month: str) -> list[dict[str, Any]]:
    """Count what was done in a month, such as 2026-12, by step and kind of relief."""
    first = date.fromisoformat(f"{month}-01")
    entries = STORE.timeline
    found = (
        select(entries.c.trigger, Case.relief_kind, entries.c.form)
        .join(Case, Case.id == entries.c.case_id)
        .where(
            entries.c.trigger.in_(rules.REPORTED),
            entries.c.at >= local(first).astimezone(UTC),
            entries.c.at < local(add_months(first, 1)).astimezone(UTC),
        )
    )
    return rules.figures((row.trigger, row.relief_kind, row.form) for row in session.execute(found))


def unindexed(_work: Work) -> Select[Any]:
    """Select the cases that were filed before there was an index."""
    return select(Case).where(~Case.indexed).order_by(Case.opened_at, Case.id)
