"""Tables of the hotline."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import figures, papers
from chassis.cases import CaseColumns
from chassis.store import plumbing


class Base(DeclarativeBase):
    """Tables of the hotline."""


class Case(CaseColumns, Base):
    """A service order; `upstream_number` is what the upstream hotline knows it by."""

    upstream_source: Mapped[str] = mapped_column(String(60), default="")
    upstream_number: Mapped[str] = mapped_column(String(120), default="", index=True)


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
FIGURES = figures.table(Base.metadata)
