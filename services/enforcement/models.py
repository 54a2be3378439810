"""The tables of enforcement."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import papers
from chassis.cases import CaseColumns
from chassis.store import plumbing


class Base(DeclarativeBase):
    """Tables of enforcement."""


class Case(CaseColumns, Base):
    """One matter: who is accused of which act."""

    suspect: Mapped[str] = mapped_column(Text, default="", index=True)
    act: Mapped[str] = mapped_column(String(60), default="", index=True)
    #: A keyed hash of who complains; no page and no API shows it.
    caller: Mapped[str] = mapped_column(String(64), default="", index=True)


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
