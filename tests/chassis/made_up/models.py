"""Its tables: things, and a line for each effect."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.cases import CaseColumns
from chassis.store import plumbing


class Base(DeclarativeBase):
    """Tables of the made-up service."""


class Case(CaseColumns, Base):
    """A thing."""

    colour: Mapped[str] = mapped_column(String(20), default="")


class Effect(Base):
    """Something that was done."""

    __tablename__ = "effects"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    what: Mapped[str] = mapped_column(String(200))


STORE = plumbing(Base.metadata)
