"""Wage recovery's tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.cases import CaseColumns
from chassis.store import plumbing


class Base(DeclarativeBase):
    """Tables of wage recovery."""


class Case(CaseColumns, Base):
    """A claim for wages: of how many workers, and of how much in all."""

    workers: Mapped[int] = mapped_column(Integer, default=0)
    owed_cents: Mapped[int] = mapped_column(BigInteger, default=0)


STORE = plumbing(Base.metadata)
