"""Compares each claim with all others: the same workers, and the same employer within some weeks.

A step only marks its case as not compared yet; a chore does it afterwards, and marks those cases for another look
that learn something by it. Rosters are compared by a hash of the name and the masked identity number, with a key that the
database does not know.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from chassis import keys
from chassis.sealing import lookup_hash
from chassis.workflow import Role
from services.wage_recovery import rules
from services.wage_recovery.models import Case, Listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Select

    from chassis.work import Work

#: What has left here is compared with nothing.
_GONE = ("withdrawn", "transferred", "returned")


def uncompared(_work: Work) -> Select[Any]:
    """Select the cases that are to be compared."""
    return select(Case).where(~Case.compared).order_by(Case.opened_at, Case.id)


def compare(work: Work, case: Case) -> None:
    """Note on a case which others share workers or the employer with it; those that this is news to come next."""
    session = work.session
    rows = (case.details.get("roster") or {}).get("rows", ())
    secret = keys.here().knowing_again("wage_recovery") if rows else b""
    people = sorted({who(row, secret) for row in rows})
    session.execute(delete(Listed).where(Listed.case_id == case.id))
    if people:
        session.execute(insert(Listed), [{"case_id": case.id, "who": one} for one in people])
    before = case.details.get("claims_alike") or {}
    gone = case.state in _GONE
    found = {
        "same_workers": [] if gone else _same_workers(work, case),
        "same_employer": [] if gone else _same_employer(work, case),
    }
    case.compared = True
    if found == before or not (before or any(found.values())):
        return
    case.details = {**case.details, "claims_alike": found}
    work.note(
        case,
        "claims_compared",
        {name: [row["number"] for row in rows] for name, rows in found.items()},
        role=Role.CLOCK,
    )
    if news := _ids(before) ^ _ids(found):
        session.execute(update(Case).where(Case.id.in_(sorted(news))).values(compared=False))


def who(row: Mapping[str, Any], secret: bytes) -> str:
    """Hash who a row is about, so that rosters are compared without names."""
    return lookup_hash(f"{''.join(row['name'].split())}|{row['id_number']}", secret)


def _same_workers(work: Work, case: Case) -> list[dict[str, Any]]:
    own = select(Listed.who).where(Listed.case_id == case.id)
    rows = work.session.execute(
        select(Case.id, Case.number, func.count())
        .join(Listed, Listed.case_id == Case.id)
        .where(Listed.who.in_(own), Case.id != case.id, Case.state.not_in(_GONE))
        .group_by(Case.id, Case.number)
        .order_by(Case.number, Case.id)
    )
    return _rows(rows)


def _same_employer(work: Work, case: Case) -> list[dict[str, Any]]:
    if not case.employer:
        return []
    span = timedelta(days=rules.settings()["suspicion"]["together_days"])
    rows = work.session.execute(
        select(Case.id, Case.number, Case.workers)
        .where(
            Case.employer == case.employer,
            Case.opened_at.between(case.opened_at - span, case.opened_at + span),
            Case.id != case.id,
            Case.state.not_in(_GONE),
        )
        .order_by(Case.number, Case.id)
    )
    return _rows(rows)


def _rows(found: Iterable[Any]) -> list[dict[str, Any]]:
    return [{"id": id_, "number": number, "workers": workers} for id_, number, workers in found]


def _ids(alike: Mapping[str, Iterable[Mapping[str, Any]]]) -> set[str]:
    return {row["id"] for rows in alike.values() for row in rows}
