"""The tables of relief."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import papers
from chassis.cases import CaseColumns
from chassis.store import plumbing


class Base(DeclarativeBase):
    """Tables of relief."""


class Case(CaseColumns, Base):
    """One request for help, of one kind."""

    relief_kind: Mapped[str] = mapped_column(String(40), default="", index=True)
    #: Keys of the persons it would help, see `rules.person_key`, with spaces between.
    persons: Mapped[str] = mapped_column(Text, default="")


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
