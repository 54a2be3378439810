"""Mediation's tables."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import figures, papers
from chassis.cases import CaseColumns
from chassis.store import plumbing


class Base(DeclarativeBase):
    """Tables of mediation."""


class Case(CaseColumns, Base):
    """A dispute that is, or is not, mediated."""

    dispute_type: Mapped[str] = mapped_column(String(30), default="", index=True)
    #: The same for all disputes between the same households (`rules.households`).
    households: Mapped[str] = mapped_column(String(64), default="", index=True)


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
FIGURES = figures.table(Base.metadata)
