"""Tables of property."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, Integer, String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import figures, papers
from chassis.cases import CaseColumns
from chassis.store import Json, Moments, evidence, plumbing

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session


class Base(DeclarativeBase):
    """Tables of property."""


class Case(CaseColumns, Base):
    """A complaint or a repair, in an estate that a company serves."""

    estate: Mapped[str] = mapped_column(String(60), default="", index=True)
    company: Mapped[str] = mapped_column(String(60), default="", index=True)
    #: The points reported against the company; 0 where none were, or the district declined them.
    credit_points: Mapped[int] = mapped_column(Integer, default=0, index=True)


class Estate(Base):
    """An estate (小区) with its roster; sums of money and areas are kept as they are written, such as 10000.00."""

    __tablename__ = "estates"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    #: What else people call it; no two estates share a name.
    aliases: Mapped[list[str]] = mapped_column(Json, default=list)
    community: Mapped[str] = mapped_column(String(60), default="")
    company: Mapped[str] = mapped_column(String(60), default="")
    #: Whom the company has put in charge, and his number, as both hang in the estate (滨州市住宅物业管理条例 45).
    manager: Mapped[str] = mapped_column(String(60), default="")
    manager_phone: Mapped[str] = mapped_column(String(30), default="")
    committee: Mapped[str] = mapped_column(String(60), default="")
    committee_until: Mapped[date | None] = mapped_column(Date, default=None)
    contract_from: Mapped[date | None] = mapped_column(Date, default=None)
    contract_until: Mapped[date | None] = mapped_column(Date, default=None)
    monthly_fee: Mapped[str] = mapped_column(String(20), default="")
    #: The contract of the company that follows, as it is written here on its first day (民法典 950), and that day.
    coming: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    coming_on: Mapped[date | None] = mapped_column(Date, default=None)
    fund_balance: Mapped[str] = mapped_column(String(20), default="")
    #: Whose voice goes with the majority by the owners' own rules, and by which clause of them.
    follow_majority: Mapped[str] = mapped_column(String(30), default="")
    clause: Mapped[str] = mapped_column(String(200), default="")
    #: What the roster adds up to: rooms, heads as the law counts them, and square metres.
    households: Mapped[int] = mapped_column(Integer)
    heads: Mapped[int] = mapped_column(Integer)
    area: Mapped[str] = mapped_column(String(20))
    rooms: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    #: The version in which rooms or owners' rules changed last: a vote is counted by the roster that it was announced by.
    roster_version: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(Moments)
    changed_by: Mapped[str] = mapped_column(String(60))


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
EVIDENCE = evidence(Base.metadata)
FIGURES = figures.table(Base.metadata)


def open_by_company(most: int = 50) -> Select[str, int]:
    """Select the companies with most open cases, and how many."""
    count = func.count()
    is_open = (Case.ended_at.is_(None), Case.company != "")
    return select(Case.company, count).where(*is_open).group_by(Case.company).order_by(count.desc()).limit(most)


def cases_of(session: Session, estate: str, since: datetime) -> list[tuple[str, str, dict[str, Any]]]:
    """Return id, number and details of an estate's cases that something was done in since a moment."""
    rows = session.execute(
        select(Case.id, Case.number, Case.details).where(Case.estate == estate, Case.updated_at >= since)
    )
    return [(case_id, number, kept) for case_id, number, kept in rows]
