"""Wage recovery's tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import figures, papers
from chassis.cases import CaseColumns, case_indexes
from chassis.store import Json, Moments, evidence, plumbing

#: As each database spells it in a query, so that it uses the index.
_UNCOMPARED: Final[dict[str, Any]] = {"sqlite_where": text("compared = 0"), "postgresql_where": text("NOT compared")}


class Base(DeclarativeBase):
    """Tables of wage recovery."""


class Case(CaseColumns, Base):
    """A claim for wages: against whom, of how many workers, and of how much in all."""

    workers: Mapped[int] = mapped_column(Integer, default=0)
    owed_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    employer: Mapped[str] = mapped_column(String(100), default="")
    #: The project that it is about, by its name in the register; empty outside construction.
    project: Mapped[str] = mapped_column(String(100), default="", index=True)
    #: Whether it was compared with the other claims since it changed; see `comparing`.
    compared: Mapped[bool] = mapped_column(Boolean, default=True)

    __table_args__ = (
        *case_indexes(),
        Index("cases_by_employer", "employer", "opened_at"),
        Index("cases_uncompared", "opened_at", "id", **_UNCOMPARED),
    )


class Project(Base):
    """A project (工程项目) with its special account and its wage guarantee, as its form was kept."""

    __tablename__ = "projects"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    kept: Mapped[dict[str, Any]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(Moments)
    changed_by: Mapped[str] = mapped_column(String(60))


class Listed(Base):
    """That somebody stands in a claim's roster: a hash that is only compared with others."""

    __tablename__ = "listed"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    who: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


STORE = plumbing(Base.metadata)
#: A month's figures are read by time.
Index("timeline_by_time", STORE.timeline.c.at)
PAPERS = papers.table(Base.metadata)
EVIDENCE = evidence(Base.metadata)
FIGURES = figures.table(Base.metadata)
