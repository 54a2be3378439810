"""Tables of the hotline."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import figures, papers
from chassis.cases import CaseColumns
from chassis.store import Json, Moments, evidence, plumbing


class Base(DeclarativeBase):
    """Tables of the hotline."""


class Case(CaseColumns, Base):
    """A service order; `upstream_number` is what the upstream hotline knows it by."""

    upstream_source: Mapped[str] = mapped_column(String(60), default="")
    upstream_number: Mapped[str] = mapped_column(String(120), default="", index=True)


class Call(Base):
    """A call to one of the lines as its phone system reports it, under that system's own number for it."""

    __tablename__ = "calls"

    line: Mapped[str] = mapped_column(String(40), primary_key=True)
    call: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moments)
    answered: Mapped[bool] = mapped_column(Boolean)
    wait_seconds: Mapped[int] = mapped_column(Integer, default=0)
    talk_seconds: Mapped[int] = mapped_column(Integer, default=0)
    #: When somebody rang back who had been missed, who that was, and with which result.
    returned_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    returned_by: Mapped[str] = mapped_column(String(60), default="")
    returned_how: Mapped[str] = mapped_column(String(20), default="")
    returned_note: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (Index("calls_by_time", "at"),)


class CallDay(Base):
    """A line's figures of one day, where its phone system reports no single calls; waits in seconds, of those answered."""

    __tablename__ = "call_days"

    line: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    offered: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)
    waited: Mapped[int] = mapped_column(Integer)
    longest: Mapped[int] = mapped_column(Integer, default=0)


class Entry(Base):
    """An entry of the knowledge base, as its owner has told it last."""

    __tablename__ = "knowledge"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    told_at: Mapped[datetime] = mapped_column(Moments)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    questions: Mapped[list[str]] = mapped_column(Json)
    answer: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(String(300))
    owner: Mapped[str] = mapped_column(String(60))
    review_by: Mapped[date] = mapped_column(Date)
    checked: Mapped[bool] = mapped_column(Boolean)
    withdrawn: Mapped[bool] = mapped_column(Boolean)
    href: Mapped[str] = mapped_column(String(200))


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
EVIDENCE = evidence(Base.metadata)
FIGURES = figures.table(Base.metadata)
