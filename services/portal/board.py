"""The board: where every appeal stands, kept from facts and counted for whoever looks.

Facts come in any order and from several workers at once. Each value is therefore stored with
the time of the fact that said it, and only a newer fact replaces it; a batch of letters
becomes one statement when its transaction ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from sqlalchemy import and_, case, event, func, or_, select

from chassis import bulk
from chassis.workflow import STAGES
from services.portal import rules
from services.portal.models import Appeal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.work import Work

_NOTED: Final = "portal.board"
_LEDGER: Final = "routing"
_STANDING: Final = ("state", "stage", "rank", "state_at")
#: When it ended last, and when it last began again.
_TURNS: Final = ("ended_at", "again_at")
_SENT: Final = ("mechanism", "unit", "sent_at")
#: What a promise, or the law's time after an interim reply, ends by; and to where the promise was moved since.
_DUE: Final = ("due_at", "due_set_at", "lawful")
_MOVED: Final = ("moved_to", "moved_at")


def note(
    work: Work,
    state: str = "",
    *,
    sent_to: tuple[str, str] | None = None,
    due_at: datetime | None = None,
    lawful: bool = False,
    moved_to: datetime | None = None,
) -> None:
    """Note what a letter says of its appeal; written once for the whole batch at its commit.

    `due_at` is the end of a new promise or, where it is `lawful`, of the law's time; `moved_to` where a promise ends now.
    """
    cause = work.cause
    if cause is None:
        message = "what the board shows comes by letter"
        raise TypeError(message)
    noted: dict[str, dict[str, Any]] | None = work.session.info.get(_NOTED)
    if noted is None:
        noted = work.session.info[_NOTED] = {}

        def write(session: Session) -> None:
            rows = [noted[subject] for subject in sorted(noted)]
            noted.clear()
            if rows:
                bulk.execute(session, _upsert(session.get_bind().dialect.name), rows)

        event.listen(work.session, "before_commit", write)
    row = noted.setdefault(cause.subject, _blank(cause.subject, cause.time))
    at = cause.time
    if state:
        _stand(row, state, at)
    if sent_to is not None and (row["sent_at"] is None or row["sent_at"] <= at):
        row.update(mechanism=sent_to[0], unit=sent_to[1], sent_at=at)
    if due_at is not None and (row["due_set_at"] is None or row["due_set_at"] <= at):
        row.update(due_at=due_at, due_set_at=at, lawful=lawful)
    if moved_to is not None and (row["moved_at"] is None or row["moved_at"] <= at):
        row.update(moved_to=moved_to, moved_at=at)


def _stand(row: dict[str, Any], state: str, at: datetime) -> None:
    standing = rules.STANDINGS[state]
    if standing.ends:
        row["ended_at"] = max(at, row["ended_at"] or at)
    else:
        if (at, standing.rank) > (row["state_at"], row["rank"]) or not row["state"]:
            row.update(state=state, stage=standing.stage, rank=standing.rank, state_at=at)
        if standing.rank == rules.BEGINS_AGAIN:
            row["again_at"] = max(at, row["again_at"] or at)
    row["ended"] = bool(row["ended_at"] and (row["again_at"] is None or row["ended_at"] > row["again_at"]))


def _blank(subject: str, at: datetime) -> dict[str, Any]:
    """Know nothing yet of an appeal but that it exists: any fact about it is newer."""
    return {
        "subject": subject,
        "state": "",
        "stage": STAGES[0],
        "rank": 0,
        "ended": False,
        "state_at": at,
        "ended_at": None,
        "again_at": None,
        "mechanism": "",
        "unit": "",
        "sent_at": None,
        "due_at": None,
        "due_set_at": None,
        "lawful": False,
        "moved_to": None,
        "moved_at": None,
    }


@cache
def _upsert(dialect: str) -> Any:
    columns = ("subject", *_STANDING, "ended", *_TURNS, *_SENT, *_DUE, *_MOVED)
    insert = bulk.inserting(dialect, Appeal.__table__, columns)  # type: ignore[arg-type]
    new, old = insert.excluded, Appeal
    later = or_(old.state == "", new.state_at > old.state_at, and_(new.state_at == old.state_at, new.rank > old.rank))
    moved = and_(new.state != "", later)
    turns = {
        at: case((or_(getattr(old, at).is_(None), new[at] > getattr(old, at)), new[at]), else_=getattr(old, at))
        for at in _TURNS
    }
    ended, again = turns.values()
    sent, due, shifted = (
        and_(new[at].is_not(None), or_(getattr(old, at).is_(None), new[at] >= getattr(old, at)))
        for at in ("sent_at", "due_set_at", "moved_at")
    )
    replaced: dict[str, Any] = {
        name: case((condition, new[name]), else_=getattr(old, name))
        for names, condition in ((_STANDING, moved), (_SENT, sent), (_DUE, due), (_MOVED, shifted))
        for name in names
    }
    replaced |= {**turns, "ended": and_(ended.is_not(None), or_(again.is_(None), ended > again))}
    return insert.on_conflict_do_update(index_elements=["subject"], set_=replaced)


@dataclass(slots=True)
class Count:
    """How many appeals are there, and how many of them are overdue."""

    open: int = 0
    overdue: int = 0

    def add(self, other: Count) -> None:
        """Add another count to this one."""
        self.open += other.open
        self.overdue += other.overdue


@dataclass(frozen=True, slots=True)
class Row:
    """One mechanism's counts."""

    mechanism: str
    stages: Mapping[str, Count]
    total: Count


@dataclass(slots=True)
class Board:
    """All open appeals by stage and mechanism, those that ended, and all that ever came."""

    at: datetime
    stages: dict[str, Count] = field(default_factory=lambda: {stage: Count() for stage in STAGES})
    mechanisms: dict[str, Count] = field(default_factory=dict)
    cells: dict[tuple[str, str], Count] = field(default_factory=dict)
    total: Count = field(default_factory=Count)
    ended: int = 0

    @property
    def came(self) -> int:
        """How many appeals there are in all."""
        return self.total.open + self.ended

    def rows(self, mechanisms: Collection[str] = ()) -> list[Row]:
        """Return a row per mechanism, idle ones too, and one for what is not dispatched yet."""
        names = [*sorted({*mechanisms, *self.mechanisms}), ""]
        return [self._row(name) for name in names]

    def _row(self, mechanism: str) -> Row:
        total = Count()
        stages = {stage: self.cells.get((stage, mechanism), Count()) for stage in self.stages}
        for count in stages.values():
            total.add(count)
        return Row(mechanism, stages, total)

    def as_dict(self) -> dict[str, Any]:
        """Return the board for the JSON API."""
        return {
            "at": self.at.isoformat(),
            "came": self.came,
            "open": self.total.open,
            "overdue": self.total.overdue,
            "ended": self.ended,
            "stages": _shown(self.stages),
            "mechanisms": _shown(self.mechanisms),
        }


@dataclass(frozen=True, slots=True)
class Links:
    """Where the numbers lead: to the ledger, or to a mechanism's own list, for those who may open it."""

    may_open: Callable[[str], bool]

    def all(self, *, stage: str = "", overdue: bool = False) -> str:
        """Return the way to the ledger, or nothing."""
        return self._to(_LEDGER, stage, overdue=overdue)

    def of(self, mechanism: str, *, stage: str = "", overdue: bool = False) -> str:
        """Return the way to a mechanism's list, or nothing."""
        return self._to(mechanism or _LEDGER, stage, overdue=overdue)

    def _to(self, service: str, stage: str, *, overdue: bool) -> str:
        if not self.may_open(service):
            return ""
        # Lists call overdue what any clock is, such as for signing in; the board counts promises that are not kept.
        query = {"open": "1", **({"stage": stage} if stage else {}), **({"sort": "due_at"} if overdue else {})}
        return f"/{service}/cases?{urlencode(query)}"


def _shown(counts: Mapping[str, Count]) -> dict[str, dict[str, int]]:
    return {name: {"open": count.open, "overdue": count.overdue} for name, count in counts.items()}


def board(session: Session, now: datetime) -> Board:
    """Count all appeals. One whose promise has run out before its conclusion is overdue."""
    # What moves a promise opens none that an interim reply has closed.
    moved = and_(~Appeal.lawful, or_(Appeal.due_set_at.is_(None), Appeal.moved_at >= Appeal.due_set_at))
    due = case((moved, Appeal.moved_to), else_=Appeal.due_at)
    late = case((and_(due < now, Appeal.stage != STAGES[-1]), 1), else_=0)
    rows = session.execute(
        select(Appeal.stage, Appeal.mechanism, func.count(), func.sum(late))
        .where(Appeal.ended.is_(False))
        .group_by(Appeal.stage, Appeal.mechanism)
        .order_by(Appeal.mechanism)
    )
    shown = Board(now)
    for stage, mechanism, count, overdue in rows:
        cell = Count(count, int(overdue or 0))
        shown.cells[stage, mechanism] = cell
        shown.total.add(cell)
        shown.stages.setdefault(stage, Count()).add(cell)
        if mechanism:
            shown.mechanisms.setdefault(mechanism, Count()).add(cell)
    ended = select(func.count()).select_from(Appeal).where(Appeal.ended.is_(True))
    shown.ended = session.scalar(ended) or 0
    return shown
