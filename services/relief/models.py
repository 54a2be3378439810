"""The tables of relief."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Boolean, Index, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import figures, papers
from chassis.cases import CaseColumns, case_indexes
from chassis.store import plumbing

#: As each database spells it in a query, so that it uses the index.
_UNINDEXED: Final[dict[str, Any]] = {"sqlite_where": text("indexed = 0"), "postgresql_where": text("NOT indexed")}


class Base(DeclarativeBase):
    """Tables of relief."""


class Case(CaseColumns, Base):
    """One request for help, of one kind."""

    relief_kind: Mapped[str] = mapped_column(String(40), default="", index=True)
    #: Whether its persons are entered in the index; see `register`.
    indexed: Mapped[bool] = mapped_column(Boolean, default=True)

    __table_args__ = (*case_indexes(), Index("cases_unindexed", "opened_at", "id", **_UNINDEXED))


class Person(Base):
    """That a case would help somebody: a keyed hash that is only compared with others."""

    __tablename__ = "persons"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    who: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


STORE = plumbing(Base.metadata)
#: A month's figures are read by time.
Index("timeline_by_time", STORE.timeline.c.at)
PAPERS = papers.table(Base.metadata)
FIGURES = figures.table(Base.metadata)
