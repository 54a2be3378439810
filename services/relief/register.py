"""Who was helped before: the same persons in other cases, for the rules to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from services.relief import rules
from services.relief.models import Case
from services.relief.workflow import HANDLING, READY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

_PENDING = frozenset(HANDLING) - frozenset(READY)


class Register:
    """The cases on file, looked through when a rule asks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, persons: Iterable[str], *, but: str) -> Iterator[dict[str, Any]]:
        """Give what the same persons have, or may yet get, in other cases than one: number, relief, cause, year, pending."""
        keys = list(persons)
        if not keys:
            return
        same = or_(*(Case.persons.contains(key) for key in keys))
        found = select(Case.number, Case.state, Case.details).where(same, Case.id != but).order_by(Case.opened_at)
        for row in self._session.execute(found):
            had = rules.relief_had(row.details, pending=row.state in _PENDING)
            if had is not None:
                yield {"number": row.number, **had}
