"""What other cases say of a party and of the one who complains: looked up, never shown as a list of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import distinct, func, select

from chassis.workcalendar import local_date
from services.enforcement.models import Case
from services.enforcement.rules import Earlier

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

#: 行政处罚法 36: what is older counts for nothing.
_PARTY_DAYS: Final = 730
_CALLER_DAYS: Final = 90
_AT_MOST: Final = 50


def _fined_on(details: Mapping[str, Any]) -> date | None:
    day = details.get("decided_on") if details.get("decided_penalty") == "fine" else None
    return date.fromisoformat(str(day)) if day else None


@dataclass(frozen=True, slots=True)
class Register:
    """The cases of this service, asked by what a rule knows."""

    session: Session
    now: datetime

    def of_party(self, case_id: str, suspect: str) -> tuple[Earlier, ...]:
        """Return the party's other cases of the last two years, the newest first."""
        rows = self.session.execute(
            select(Case.number, Case.act, Case.ended_at, Case.details)
            .where(Case.suspect == suspect, Case.id != case_id, Case.opened_at >= self.now - timedelta(_PARTY_DAYS))
            .order_by(Case.opened_at.desc())
            .limit(_AT_MOST)
        )
        return tuple(
            Earlier(
                number=row.number,
                act=row.act,
                penalised=bool(row.details.get("decided_penalty")),
                fined_on=_fined_on(row.details),
                ended_on=local_date(row.ended_at) if row.ended_at else None,
            )
            for row in rows
        )

    def other_shops_of_caller(self, case_id: str, suspect: str) -> int:
        """Count the other parties that the case's petitioner has complained about in the last ninety days."""
        caller = self.session.scalar(select(Case.caller).where(Case.id == case_id))
        if not caller:
            return 0
        of_him = select(func.count(distinct(Case.suspect))).where(
            Case.caller == caller,
            Case.suspect.not_in(("", suspect)),
            Case.id != case_id,
            Case.opened_at >= self.now - timedelta(_CALLER_DAYS),
        )
        return int(self.session.scalar(of_him) or 0)
