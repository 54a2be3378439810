"""The knowledge base as it is stored: what is shipped, and the street's own versions over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import IntegrityError

from chassis.acting import stale
from chassis.problems import ProblemError, not_found
from services.intake.answers import knowledge
from services.intake.answers.knowledge import Entry, Index
from services.intake.models import KnowledgeVersion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.access import Principal

_OF_ENTRY: Final = ("kind", "title", "answer", "basis", "owner", "review_by", "withdrawn")
_AS_STORED: Final = (*_OF_ENTRY, "checked")


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
    if what == "reviewed" and who.id == _writer(session, said["id"]):
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


def _writer(session: Session, entry_id: str) -> str:
    """Return who wrote an entry as it stands, or an empty string for what is as shipped."""
    return next((one.by for one in versions(session, entry_id) if one.what in ("added", "edited")), "")


def _taken() -> list[dict[str, str]]:
    return [{"pointer": "/id", "zh": "已有这个编号的条目，请换一个。", "en": "There is an entry of this id."}]
