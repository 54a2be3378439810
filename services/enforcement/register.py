"""What other cases say of a party and of the one who complains: looked up, never shown as a list of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import distinct, func, select

from chassis.workcalendar import local_date
from services.enforcement.models import STORE, Case
from services.enforcement.reading import Earlier

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

#: 行政处罚法 36: what is older counts for nothing.
_PARTY_DAYS: Final = 730
_CALLER_DAYS: Final = 90
_AT_MOST: Final = 50


_DECISIONS: Final = ("penalised", "fined_on_the_spot")


def _penalty(details: Mapping[str, Any]) -> str:
    """Return the penalty that stands; what was decided before that was kept by itself is read off its form."""
    if "decided_penalty" in details:
        return str(details["decided_penalty"] or "")
    if details.get("decision_revoked"):
        return ""
    return next((str(form.get("penalty") or "fine") for name in _DECISIONS if (form := details.get(name))), "")


@dataclass(frozen=True, slots=True)
class Register:
    """The cases of this service, asked by what a rule knows."""

    session: Session
    now: datetime

    def of_party(self, case_id: str, suspect: str) -> tuple[Earlier, ...]:
        """Return the party's other cases of the last two years, the newest first."""
        rows = self.session.execute(
            select(Case.id, Case.number, Case.act, Case.ended_at, Case.details)
            .where(Case.suspect == suspect, Case.id != case_id, Case.opened_at >= self.now - timedelta(_PARTY_DAYS))
            .order_by(Case.opened_at.desc())
            .limit(_AT_MOST)
        ).all()
        fined = [row for row in rows if _penalty(row.details) == "fine"]
        undated = self._decided([row.id for row in fined if not row.details.get("decided_on")])
        days = {row.id: undated.get(row.id) or date.fromisoformat(row.details["decided_on"]) for row in fined}
        return tuple(
            Earlier(
                number=row.number,
                act=(row.details.get("filed") or {}).get("act") or row.act,
                penalised=bool(_penalty(row.details)),
                fined_on=days.get(row.id),
                ended_on=local_date(row.ended_at) if row.ended_at else None,
            )
            for row in rows
        )

    def _decided(self, case_ids: list[str]) -> dict[str, date]:
        """Return, of cases from before the day of a decision was kept, the day on which it was put on record."""
        if not case_ids:
            return {}
        log = STORE.timeline.c
        asked = select(log.case_id, func.max(log.at)).where(log.case_id.in_(case_ids), log.trigger.in_(_DECISIONS))
        return {case_id: local_date(at) for case_id, at in self.session.execute(asked.group_by(log.case_id))}

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
