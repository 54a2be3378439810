"""Who was helped before: the same persons in other cases, for the rules to judge.

A person is known again by a keyed hash of name and the number's last signs, in a table with an index; the key stands
in the service's own key folder, so that the database alone tells nobody who asked for help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from chassis import keys
from chassis.sealing import lookup_hash
from services.relief import rules
from services.relief.models import Case, Person
from services.relief.workflow import HANDLING, READY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from chassis.work import Work
    from services.relief.rules import Known

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


def unindexed(_work: Work) -> Select[Any]:
    """Select the cases that were filed before there was an index."""
    return select(Case).where(~Case.indexed).order_by(Case.opened_at, Case.id)
