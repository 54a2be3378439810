"""Traces of appeals: written in bulk behind the door, and read to find candidates for one matter.

Nothing is written where an appeal comes in: its traces follow half a minute later. Each trace is one narrow row, and
its primary key is the only index there is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, select, tuple_, union_all
from sqlalchemy.orm import load_only

from chassis import bulk
from services.intake import likeness
from services.intake.models import Case, Trace, Traced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from chassis.work import Work

#: How long an appeal may be on its way into the database: what is older is all there.
_ON_ITS_WAY: Final = timedelta(seconds=30)
_AT_ONCE: Final = 500
_BEGINNING: Final = datetime(1990, 1, 1, tzinfo=UTC)
_TRACES: Final[Table] = Trace.__table__  # type: ignore[assignment]
_TRACED: Final[Table] = Traced.__table__  # type: ignore[assignment]
#: What is compared of an appeal, and shown.
_COMPARED: Final = (
    *(Case.id, Case.subject, Case.number, Case.title, Case.place, Case.state, Case.details, Case.public),
    *(Case.opened_at, Case.ended_at, Case.petitioner, Case.longitude, Case.latitude, Case.voice_of),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An appeal that may be about the same matter, and why."""

    case: Any
    likeness: likeness.Likeness


def trace(work: Work) -> bool:
    """Write the traces of the appeals that came in since the last time; return whether more are left."""
    mark = work.session.scalars(select(Traced).with_for_update()).one_or_none()
    if mark is None:
        begin = work.service.upsert(_TRACED).values(id=1, at=_BEGINNING, case_id="")
        work.session.execute(begin.on_conflict_do_nothing())
        mark = work.session.scalars(select(Traced).with_for_update()).one()
    columns = (Case.id, Case.title, Case.place, Case.details["text"].as_string().label("text"), Case.opened_at)
    since = tuple_(Case.opened_at, Case.id) > tuple_(bindparam("at", mark.at, Case.opened_at.type), mark.case_id)
    ready = select(*columns).where(since, Case.opened_at <= work.now - _ON_ITS_WAY)
    rows = work.session.execute(ready.order_by(Case.opened_at, Case.id).limit(_AT_ONCE)).all()
    if not rows:
        return False
    write(work.session, rows)
    mark.at, mark.case_id = rows[-1].opened_at, rows[-1].id
    work.session.flush()
    return len(rows) == _AT_ONCE


def write(session: Session, appeals: Sequence[Any]) -> None:
    """Write the traces of appeals."""
    found = [
        {"key": key, "at": one.opened_at, "case_id": one.id}
        for one in appeals
        for key in likeness.keys(likeness.look(one.title, one.text or "", one.place))
    ]
    bulk.write(session, _TRACES, found)


def forget(session: Session, now: datetime) -> None:
    """Delete the traces of what is too old to be a candidate."""
    session.execute(delete(Trace).where(Trace.at < now - timedelta(days=likeness.policy().days)))


def candidates(session: Session, case: Any) -> list[Candidate]:
    """Return the appeals that may be about the matter of one, the likeliest first; each key is looked up so far only."""
    known = likeness.policy()
    mine = likeness.known_of(case)
    since = case.opened_at - timedelta(days=known.days)
    parts = [
        select(Trace.case_id)
        .where(Trace.key == key, Trace.at >= since)
        .order_by(Trace.at.desc())
        .limit(known.most_of_a_key)
        .subquery()
        for key in likeness.keys(mine.seen)
    ]
    if case.petitioner:
        own = select(Case.id.label("case_id")).where(Case.petitioner == case.petitioner, Case.opened_at >= since)
        parts.append(own.order_by(Case.opened_at.desc()).limit(known.most_of_a_key).subquery())
    hits = Counter(session.scalars(union_all(*(select(part.c.case_id) for part in parts))))
    hits.pop(case.id, None)
    ids = [case_id for case_id, _hits in hits.most_common(known.most_scored)]
    others = session.scalars(select(Case).where(Case.id.in_(ids)).options(load_only(*_COMPARED))).all()
    found = [Candidate(case=one, likeness=likeness.compare(mine, likeness.known_of(one))) for one in others]
    found.sort(key=lambda one: (-one.likeness.score, one.case.id))
    return [one for one in found if one.likeness.score >= known.from_score][: known.most_shown]
