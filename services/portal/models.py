"""The portal's tables: accounts, sign-ins, failed attempts, and its own copy of where each appeal stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.store import Json, Moments, plumbing


class Base(DeclarativeBase):
    """The declarative base of the portal."""


STORE = plumbing(Base.metadata)


class Account(Base):
    """A member of staff who may sign in."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password: Mapped[str] = mapped_column(Text)
    must_change: Mapped[bool] = mapped_column(Boolean, default=False)
    roles: Mapped[list[str]] = mapped_column(Json)
    services: Mapped[list[str]] = mapped_column(Json)
    units: Mapped[list[str]] = mapped_column(Json)
    lang: Mapped[str] = mapped_column(String(5), default="zh")
    added_at: Mapped[datetime] = mapped_column(Moments)
    changed_at: Mapped[datetime] = mapped_column(Moments)
    disabled_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own shape


class SignIn(Base):
    """One sign-in; the browser holds the secret, this table its hash only."""

    __tablename__ = "sign_ins"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(Moments)
    last_at: Mapped[datetime] = mapped_column(Moments)
    ended_at: Mapped[datetime | None] = mapped_column(Moments, default=None)

    __table_args__ = (Index("sign_ins_by_account", "account_id", "address", "last_at"),)


class Attempt(Base):
    """How often signing in failed, by a hash of who tried from where."""

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(Moments, index=True)


class Appeal(Base):
    """Where an appeal stands, with the time of the fact that said so beside each value."""

    __tablename__ = "appeals"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(30))
    stage: Mapped[str] = mapped_column(String(10))
    rank: Mapped[int] = mapped_column(Integer)
    ended: Mapped[bool] = mapped_column(Boolean)
    state_at: Mapped[datetime] = mapped_column(Moments)
    #: When it ended last, and when it began again last.
    ended_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    again_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    mechanism: Mapped[str] = mapped_column(String(60), default="")
    unit: Mapped[str] = mapped_column(String(60), default="")
    sent_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    due_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    due_set_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    #: Whether it is the law's time, after an interim reply; and to where the promise was moved last.
    lawful: Mapped[bool] = mapped_column(Boolean, default=False)
    moved_to: Mapped[datetime | None] = mapped_column(Moments, default=None)
    moved_at: Mapped[datetime | None] = mapped_column(Moments, default=None)

    __table_args__ = (
        Index(
            "appeals_open",
            *("ended", "stage", "mechanism", "due_at", "due_set_at", "lawful", "moved_to", "moved_at"),
        ),
    )


class Look(Base):
    """One look at the personal data of a case, as the service that has them told it; its id is the letter's."""

    __tablename__ = "looks"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    service: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(200))
    case_id: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(60))
    what: Mapped[list[str]] = mapped_column(Json)
    purpose: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(80))
    by_name: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moments)

    __table_args__ = (Index("looks_by_time", "at", "id"),)
