"""Traces of appeals: written in bulk behind the door, and read to find candidates for one matter.

Nothing is written where an appeal comes in: its traces follow half a minute later, and until then it is looked at as it
is. Each trace is one narrow row, and its primary key is the only index there is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, select, tuple_, union_all

from chassis import bulk
from services.intake.matters import likeness
from services.intake.models import Case, Trace, Traced

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from chassis.work import Work

#: How long an appeal may be on its way into the database: what is older is all there.
_ON_ITS_WAY: Final = timedelta(seconds=30)
_AT_ONCE: Final = 500
_TRACES: Final[Table] = Trace.__table__  # type: ignore[assignment]
_TRACED: Final[Table] = Traced.__table__  # type: ignore[assignment]
_AT: Final = Trace.at.type
_SAID: Final = (Case.details["text"].as_string().label("text"), Case.details["address"].label("address"))
#: What is compared of an appeal.
_COMPARED: Final = (
    *(Case.id, Case.title, Case.place, *_SAID),
    *(Case.opened_at, Case.petitioner, Case.longitude, Case.latitude),
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
        beginning = work.now - timedelta(days=likeness.policy().days)
        begin = work.service.upsert(_TRACED).values(id=1, at=beginning, case_id="")
        work.session.execute(begin.on_conflict_do_nothing())
        mark = work.session.scalars(select(Traced).with_for_update()).one()
    columns = (Case.id, Case.title, Case.place, *_SAID, Case.opened_at)
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
        for key in likeness.keys(likeness.look(one.title, one.text or "", one.place, one.address))
    ]
    bulk.write(session, _TRACES, found)


def forget(session: Session, now: datetime) -> None:
    """Delete the traces of what is too old to be a candidate."""
    session.execute(delete(Trace).where(Trace.at < now - timedelta(days=likeness.policy().days)))


def candidates(session: Session, case: Any) -> list[Candidate]:
    """Return the appeals that may be about the matter of one, the likeliest first; each key is looked up so far only."""
    known = likeness.policy()
    mine = likeness.known_of(case, case.details.get("text", ""), case.details.get("address"))
    since = case.opened_at - timedelta(days=known.days)
    keys = likeness.keys(mine.seen)
    given = {"since": since, "own": case.petitioner, **{f"key{place}": key for place, key in enumerate(keys)}}
    asked = _hits(len(keys), known.most_of_a_key, own=bool(case.petitioner))
    hits = Counter(session.execute(asked, given).scalars())
    hits.pop(case.id, None)
    ids = [case_id for case_id, _hits in hits.most_common(known.most_scored)]
    traced = session.execute(select(*_COMPARED).where(Case.id.in_(ids))).all()
    rows = {row.id: row for row in (*traced, *_without_traces(session, since, known.most_newest)) if row.id != case.id}
    scored = sorted(
        (-likeness.score(mine, other := likeness.known_of(row, row.text, row.address)), row.id, other)
        for row in rows.values()
    )
    likely = {key: other for score, key, other in scored[: known.most_shown] if -score >= known.from_score}
    cases = {one.id: one for one in session.scalars(select(Case).where(Case.id.in_(likely)))}
    # What was merged into another one of them is that one's matter, and named once.
    of_another = {key for key, one in cases.items() if one.state == "merged" and one.details["merged"]["into"] in cases}
    return [
        Candidate(case=cases[key], likeness=likeness.compare(mine, other))
        for key, other in likely.items()
        if key not in of_another
    ]


def _without_traces(session: Session, since: datetime, most: int) -> Sequence[Any]:
    """Return what is compared of the newest appeals that have no traces yet, so many at most."""
    traced = session.scalar(select(Traced.at)) or since
    newest = select(*_COMPARED).where(Case.opened_at >= max(traced, since))
    return session.execute(newest.order_by(Case.opened_at.desc()).limit(most)).all()


@cache
def _hits(keys: int, most: int, *, own: bool) -> Any:
    """Return the statement that looks up so many keys, the newest of each first."""
    parts = [
        select(Trace.case_id)
        .where(Trace.key == bindparam(f"key{place}", type_=Trace.key.type), Trace.at >= bindparam("since", type_=_AT))
        .order_by(Trace.at.desc())
        .limit(most)
        .subquery()
        for place in range(keys)
    ]
    if own:
        mine = select(Case.id.label("case_id")).where(Case.petitioner == bindparam("own"))
        since = mine.where(Case.opened_at >= bindparam("since", type_=_AT))
        parts.append(since.order_by(Case.opened_at.desc()).limit(most).subquery())
    return union_all(*(select(part.c.case_id) for part in parts))
