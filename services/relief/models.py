"""The tables of relief."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import figures, papers
from chassis.cases import CaseColumns, case_indexes
from chassis.store import evidence, plumbing

_LAGGING: Final[dict[str, Any]] = {f"{kind}_where": text("entered <> entries") for kind in ("sqlite", "postgresql")}


class Base(DeclarativeBase):
    """Tables of relief."""


class Case(CaseColumns, Base):
    """One request for help, of one kind."""

    relief_kind: Mapped[str] = mapped_column(String(40), default="", index=True)
    #: How many entries its timeline had when its persons, and what they get, were last entered in the index; see
    #: `register`. A note on the case, or a worker of a release before the index, leaves it behind, and a chore catches up.
    entered: Mapped[int] = mapped_column(Integer, default=1, server_default="0")
    #: Goes with the next migration: workers of the release before still read it.
    indexed: Mapped[bool] = mapped_column(Boolean, default=True)

    __table_args__ = (*case_indexes(), Index("cases_lagging", "opened_at", "id", **_LAGGING))


class Person(Base):
    """That a case would help somebody: a keyed hash that is only compared with others."""

    __tablename__ = "persons"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    who: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class Benefit(Base):
    """What a household gets month by month, from one month to another: read off its case, so that a month's roster is a query."""

    __tablename__ = "benefits"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    from_month: Mapped[str] = mapped_column(String(7), primary_key=True)
    until: Mapped[str] = mapped_column(String(7))
    heads: Mapped[int] = mapped_column(Integer)
    cents: Mapped[int] = mapped_column(BigInteger)


class PaidMonth(Base):
    """A month that a household was paid for."""

    __tablename__ = "paid_months"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)


STORE = plumbing(Base.metadata)
#: A month's figures are read by time.
Index("timeline_by_time", STORE.timeline.c.at)
PAPERS = papers.table(Base.metadata)
EVIDENCE = evidence(Base.metadata)
FIGURES = figures.table(Base.metadata)
