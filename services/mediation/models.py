"""Mediation's tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import figures, papers
from chassis.cases import CaseColumns
from chassis.store import Json, Moments, evidence, plumbing


class Base(DeclarativeBase):
    """Tables of mediation."""


class Case(CaseColumns, Base):
    """A dispute that is, or is not, mediated."""

    dispute_type: Mapped[str] = mapped_column(String(30), default="", index=True)
    #: The same for all disputes between the same households (`rules.households`).
    households: Mapped[str] = mapped_column(String(64), default="", index=True)
    #: Who works on it: its mediators, before they are set whoever has taken it on.
    handlers: Mapped[str] = mapped_column(Text, default="")


class Committee(Base):
    """A people's mediation committee (人民调解委员会) with its members and the mediators whom it has engaged."""

    __tablename__ = "committees"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    elected_on: Mapped[date] = mapped_column(Date)
    multi_ethnic: Mapped[bool] = mapped_column(Boolean)
    #: Rows of `schemas.Person`.
    people: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(Moments)
    changed_by: Mapped[str] = mapped_column(String(60))


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
EVIDENCE = evidence(Base.metadata)
FIGURES = figures.table(Base.metadata)
