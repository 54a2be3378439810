"""Tables of property."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import papers
from chassis.cases import CaseColumns
from chassis.store import plumbing


class Base(DeclarativeBase):
    """Tables of property."""


class Case(CaseColumns, Base):
    """A complaint or a repair, in an estate that a company serves."""

    estate: Mapped[str] = mapped_column(String(60), default="", index=True)
    company: Mapped[str] = mapped_column(String(60), default="", index=True)


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
