"""Feedback's tables: one case per appeal that is to be called back, and what is kept for the rates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import papers
from chassis.cases import CaseColumns, case_indexes
from chassis.store import Json, Moments, evidence, plumbing

_TO_ASK = text("ask_at IS NOT NULL")
_RECALLED = text("recall_at IS NOT NULL")
_REFERRED = text("conduct_at IS NOT NULL")
#: What the promise that a rework begins with is kept as, among what others told: it is told by nobody else.
AGAIN = "promised_again"
_IS_VOICE = text("voice_of IS NOT NULL")


class Base(DeclarativeBase):
    """Tables of feedback."""


class Heard(Base):
    """What another service told of an appeal, as far as the rates need it: a letter each, never changed but for `ask_at`."""

    __tablename__ = "heard"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), index=True)
    what: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Moments, index=True)
    #: The time that it set for the end of the handling, if any.
    due_at: Mapped[datetime | None] = mapped_column(Moments, default=None, index=True)
    told: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: When it is to be asked after a promise that this letter made; empty once that has been looked at.
    ask_at: Mapped[datetime | None] = mapped_column(Moments, default=None)

    __table_args__ = (Index("heard_to_ask", "ask_at", postgresql_where=_TO_ASK, sqlite_where=_TO_ASK),)


class Case(CaseColumns, Base):
    """An appeal whose resident is asked how it went; its subject is the appeal's id."""

    mechanism: Mapped[str] = mapped_column(String(40), default="")
    outcome: Mapped[str] = mapped_column(String(20), default="")
    attitude: Mapped[int | None] = mapped_column(Integer, default=None)
    process: Mapped[int | None] = mapped_column(Integer, default=None)
    result: Mapped[int | None] = mapped_column(Integer, default=None)
    citizen_says_solved: Mapped[bool | None] = mapped_column(default=None)
    handler_claims_solved: Mapped[bool | None] = mapped_column(default=None)
    #: The class under which it is counted out of the rates, or an empty string.
    excluded_as: Mapped[str] = mapped_column(String(30), default="")
    #: Who calls back, how often it was tried in vain, and from when on the next try counts.
    caller: Mapped[str] = mapped_column(String(60), default="")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    #: What a satisfied callback stands at in the draw of second calls, and when it was drawn or passed over.
    recall: Mapped[str] = mapped_column(String(20), default="")
    recall_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    #: When the leaders are to be told next of conduct that nobody has looked into; empty while none is referred.
    conduct_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    #: The appeal under whose one handling this resident is heard too (并单), if any.
    voice_of: Mapped[str | None] = mapped_column(String(64), default=None)

    __table_args__ = (
        *case_indexes(),
        Index("cases_by_mechanism", "mechanism", "ended_at"),
        Index("cases_by_caller", "state", "caller", "due_at"),
        Index("cases_by_recall", "recall_at", "recall", postgresql_where=_RECALLED, sqlite_where=_RECALLED),
        Index("cases_by_conduct", "conduct_at", postgresql_where=_REFERRED, sqlite_where=_REFERRED),
        Index("cases_by_voice_of", "voice_of", postgresql_where=_IS_VOICE, sqlite_where=_IS_VOICE),
    )


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
EVIDENCE = evidence(Base.metadata)
