"""The knowledge base as it is stored: what is shipped, and the street's own versions over it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import IntegrityError

from chassis.acting import stale
from chassis.problems import ProblemError, not_found
from chassis.workflow import person
from services.intake.answers import knowledge
from services.intake.answers.knowledge import Entry, Index
from services.intake.facts import KnowledgeChanged
from services.intake.models import KnowledgeGap, KnowledgeTold, KnowledgeVersion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.work import Work

_OF_ENTRY: Final = ("kind", "title", "answer", "basis", "owner", "review_by", "withdrawn")
_AS_STORED: Final = (*_OF_ENTRY, "checked")
_NEVER: Final = date(1900, 1, 1)


class Stock:
    """The entries in force with their index, read again when any replica has written a version."""

    def __init__(self) -> None:
        self._written = -1
        self._index = Index(())

    def index(self, session: Session) -> Index:
        """Return the entries in force, to be searched."""
        # Counted: of two that are written at once, the one with the higher number may be there first.
        written = session.scalar(select(func.count()).select_from(KnowledgeVersion)) or 0
        if written != self._written:
            self._index, self._written = Index(entries(session).values()), written
        return self._index


def entries(session: Session) -> dict[str, Entry]:
    """Return the entries in force by id."""
    return knowledge.in_force(_entry(row) for row in session.scalars(_newest()))


def _newest() -> Any:
    versions = select(KnowledgeVersion.entry_id, func.max(KnowledgeVersion.version)).group_by(KnowledgeVersion.entry_id)
    return select(KnowledgeVersion).where(tuple_(KnowledgeVersion.entry_id, KnowledgeVersion.version).in_(versions))


def _entry(row: KnowledgeVersion) -> Entry:
    return Entry(
        id=row.entry_id,
        version=row.version,
        questions=tuple(row.questions),
        **{name: getattr(row, name) for name in _AS_STORED},
    )


def newest(session: Session, entry_id: str) -> Entry:
    """Return the newest version of an entry, also where it is withdrawn. Raises ProblemError where there is none."""
    rows = versions(session, entry_id)
    found = _entry(rows[0]) if rows else next((one for one in knowledge.shipped() if one.id == entry_id), None)
    if found is None:
        raise not_found("知识库中没有这一条目", "There is no such entry in the knowledge base")
    return found


def versions(session: Session, entry_id: str) -> list[KnowledgeVersion]:
    """Return the street's versions of an entry, the newest first."""
    of_entry = select(KnowledgeVersion).where(KnowledgeVersion.entry_id == entry_id)
    return list(session.scalars(of_entry.order_by(KnowledgeVersion.version.desc())))


def withdrawn(session: Session) -> list[Entry]:
    """Return the entries that are withdrawn."""
    return [one for row in session.scalars(_newest()) if (one := _entry(row)).withdrawn]


def write(session: Session, said: Mapping[str, Any], what: str, now: datetime, who: Principal, *, seen: int) -> Entry:
    """Write the version after the one that was `seen` (-1 for none). Raises ProblemError where somebody was faster."""
    try:
        found = newest(session, said["id"]).version
    except ProblemError:
        found = -1
    if found != seen:
        if seen < 0:
            raise ProblemError(409, "exists", "已有这个编号的条目", "There is an entry of this id", errors=_taken())
        raise stale(found)
    if what == "reviewed" and not _writer(session, said["id"]).isdisjoint(person(who.id, who.name)):
        raise ProblemError(
            409,
            "four-eyes",
            "内容由您编写，请由另一人复核",
            "You wrote this: somebody else has to review it",
        )
    row = KnowledgeVersion(
        entry_id=said["id"],
        version=max(seen, 0) + 1,
        questions=list(said["questions"]),
        what=what,
        checked=what == "reviewed",
        at=now,
        by=who.id,
        by_name=who.name,
        **{name: said[name] for name in _OF_ENTRY},
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise stale(seen + 1) from None
    return _entry(row)


def _writer(session: Session, entry_id: str) -> set[str]:
    """Return who wrote an entry as it stands, by account and name; nobody where it is as shipped."""
    written = (one for one in versions(session, entry_id) if one.what in ("added", "edited"))
    return next((person(one.by, one.by_name) for one in written), set())


def _taken() -> list[dict[str, str]]:
    return [{"pointer": "/id", "zh": "已有这个编号的条目，请换一个。", "en": "There is an entry of this id."}]


# -- told to the others --------------------------------------------------------


def tell_what_differs(work: Work) -> None:
    """Tell of each entry that is not as the others were told last, also of those that a new release brings or drops."""
    told = {row.entry_id: row for row in work.session.scalars(select(KnowledgeTold))}
    known = {one.id: one for one in (*withdrawn(work.session), *entries(work.session).values())}
    gone = [_gone(row) for name, row in told.items() if name not in known]
    for one in (*known.values(), *gone):
        tell(work, one, told.get(one.id))


def tell(work: Work, one: Entry, row: KnowledgeTold | None = None) -> None:
    """Tell of an entry, unless the others were told just that."""
    digest = _digest(one)
    row = row or work.session.get(KnowledgeTold, one.id)
    if row is not None and row.digest == digest:
        return
    if row is None:
        work.session.add(row := KnowledgeTold(entry_id=one.id))
    row.version, row.digest = one.version, digest
    said = {**asdict(one), "questions": [*one.questions], "entry_version": one.version}
    del said["version"]
    work.tell(KnowledgeChanged(**said, href=f"/intake/knowledge/{one.id}", at=work.now), one.id)


def _digest(one: Entry) -> str:
    return hashlib.sha256(json.dumps(asdict(one), default=str, sort_keys=True).encode()).hexdigest()


def _gone(row: KnowledgeTold) -> Entry:
    return Entry(
        id=row.entry_id,
        version=row.version,
        withdrawn=True,
        review_by=_NEVER,
        title="",
        answer="",
        basis="",
        owner="",
    )


# -- what it lacks ---------------------------------------------------------------


def gaps(session: Session, most: int = 200) -> list[KnowledgeGap]:
    """Return what was asked and has no entry yet, the oldest first."""
    is_open = select(KnowledgeGap).where(KnowledgeGap.settled_at.is_(None))
    return list(session.scalars(is_open.order_by(KnowledgeGap.asked_at, KnowledgeGap.id).limit(most)))


def open_gap(session: Session, gap_id: str) -> KnowledgeGap:
    """Return a gap that nobody has settled yet. Raises ProblemError."""
    found = session.get(KnowledgeGap, gap_id, with_for_update=True)
    if found is None:
        raise not_found("没有这一条待补充的问题", "There is no such question")
    if found.settled_at is not None:
        raise ProblemError(409, "settled", "这一问题已经处理，请刷新列表", "This question was settled already")
    return found


def settle(gap: KnowledgeGap, entry_id: str, now: datetime, who: Principal) -> None:
    """Keep which entry was written for a question, or that none is wanted."""
    gap.entry_id, gap.settled_at, gap.settled_by = entry_id, now, who.id
