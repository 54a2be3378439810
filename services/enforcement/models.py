"""The tables of enforcement."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import figures, papers
from chassis.cases import CaseColumns
from chassis.store import evidence, plumbing


class Base(DeclarativeBase):
    """Tables of enforcement."""


class Case(CaseColumns, Base):
    """One matter: who is accused of which act."""

    suspect: Mapped[str] = mapped_column(Text, default="", index=True)
    act: Mapped[str] = mapped_column(String(60), default="", index=True)
    #: The day on which the week ends whose ordered cleaning is looked for next, while it is.
    cleaning_due_on: Mapped[date | None] = mapped_column(Date, default=None, index=True)
    #: Whether costs of what was done for the party are neither paid nor given up, wherever the case has gone since.
    owes_costs: Mapped[bool] = mapped_column(Boolean, default=False, index=True)
    #: Who works on it: its officers, before there are any whoever has taken it on.
    handlers: Mapped[str] = mapped_column(Text, default="")
    #: A keyed hash of who complains; no page and no API shows it.
    caller: Mapped[str] = mapped_column(String(64), default="", index=True)


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
EVIDENCE = evidence(Base.metadata)
FIGURES = figures.table(Base.metadata)
