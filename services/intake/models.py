"""Intake's tables: appeals as the door knows them, and their pictures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Boolean, Date, Float, Index, Integer, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import papers
from chassis.cases import CaseColumns, case_indexes
from chassis.store import BigId, Json, Moments, plumbing


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


#: Said in a query by number, it lets the index of those that have one be used, whatever is asked for.
NUMBERED: Final = "number <> ''"


class Base(DeclarativeBase):
    """Tables of intake."""


class Case(CaseColumns, Base):
    """One appeal. Its id is its subject, derived one-way from a tracking code that is stored nowhere.

    `petitioner` is a keyed hash. `matter` is set until the appeal ends at the door, and kept when it is closed, so that
    the same petitioner has one appeal about one matter, and the same again is known. `request` is the hash of the request
    that made it. `public` holds what residents see; names and numbers lie sealed in `details`.
    `public_id` is its id in Open311; `listed_as` the service under which anybody may see it there.
    """

    channel: Mapped[str] = mapped_column(String(40))
    petitioner: Mapped[str] = mapped_column(String(64), default="")
    matter: Mapped[str | None] = mapped_column(String(64), default=None, unique=True)
    request: Mapped[str] = mapped_column(String(64), default="")
    source: Mapped[str | None] = mapped_column(String(60), default=None)
    external_number: Mapped[str | None] = mapped_column(String(120), default=None)
    submitted_at: Mapped[datetime] = mapped_column(Moments)
    longitude: Mapped[float | None] = mapped_column(Float, default=None)
    latitude: Mapped[float | None] = mapped_column(Float, default=None)
    public: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    public_id: Mapped[str | None] = mapped_column(String(20), default=None)
    listed_as: Mapped[str | None] = mapped_column(String(8), default=None)
    #: The appeal under whose one handling this petitioner is heard too (并单), if any.
    voice_of: Mapped[str | None] = mapped_column(String(64), default=None)

    __table_args__ = (
        *case_indexes(),
        Index("cases_by_external", "source", "external_number", unique=True),
        Index("cases_imported", "external_number", **_where("channel = 'import'")),
        Index("cases_by_petitioner", "petitioner", "opened_at"),
        Index("cases_by_number", "number", **_where(NUMBERED)),
        Index("cases_by_public_id", "public_id", unique=True, **_where("public_id IS NOT NULL")),
        Index("cases_by_voice_of", "voice_of", **_where("voice_of IS NOT NULL")),
        # Pages are counted in the index alone.
        Index("cases_listed", "opened_at", "id", "listed_as", "state", **_where("listed_as IS NOT NULL")),
    )


class Attachment(Base):
    """A picture of an appeal, re-encoded; `digest` is that of the bytes that were sent."""

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(Integer)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    longitude: Mapped[float | None] = mapped_column(Float, default=None)
    latitude: Mapped[float | None] = mapped_column(Float, default=None)
    added_at: Mapped[datetime] = mapped_column(Moments)

    __table_args__ = (Index("attachments_by_case", "case_id", "digest", unique=True),)


class Trace(Base):
    """One of the keys under which an appeal is found by others like it (`likeness.keys`)."""

    __tablename__ = "traces"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moments, primary_key=True)
    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)


class Traced(Base):
    """How far appeals have their traces: the time and id of the newest one that has."""

    __tablename__ = "traced"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moments)
    case_id: Mapped[str] = mapped_column(String(40))


class Addressee(Base):
    """Whom notices of an appeal go to, sealed to intake: a phone number and the tracking code; until it is archived."""

    __tablename__ = "addressees"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: As the case's.
    petitioner: Mapped[str] = mapped_column(String(64), index=True)
    sealed: Mapped[str] = mapped_column(Text)
    #: When the petitioner asked to be left alone, if he did; it counts for all that is his.
    declined_at: Mapped[datetime | None] = mapped_column(Moments, default=None)


class Notice(Base):
    """Something to be told outside, and what became of it: an outbox before it is sent, a log after.

    `state` is waiting, sent, declined, or parked when it was given up. A resident's number and words lie sealed in
    `sealed` until it is sent; `shown` is the number as it may be seen. Staff's words lie in `text`.
    """

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12))
    petitioner: Mapped[str] = mapped_column(String(64))
    shown: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    sealed: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Moments)
    #: When it is to be sent; and when it is tried next, or taken for lost where somebody has it in hand.
    due_at: Mapped[datetime] = mapped_column(Moments)
    next_at: Mapped[datetime] = mapped_column(Moments)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    reason: Mapped[str] = mapped_column(String(400), default="")
    ended_at: Mapped[datetime | None] = mapped_column(Moments, default=None)

    __table_args__ = (Index("notices_waiting", "channel", "next_at", **_where("state = 'waiting'")),)


class KnowledgeVersion(Base):
    """A version of an answer that the street wrote itself; none is ever changed. The newest of an id counts.

    `what` is added, edited, reviewed, withdrawn or restored; `checked` says whether anybody may be answered with it.
    """

    __tablename__ = "knowledge"

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    entry_id: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20), default="faq")
    title: Mapped[str] = mapped_column(String(200))
    questions: Mapped[list[str]] = mapped_column(Json)
    answer: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(String(300))
    owner: Mapped[str] = mapped_column(String(60))
    review_by: Mapped[date] = mapped_column(Date)
    withdrawn: Mapped[bool] = mapped_column(Boolean)
    what: Mapped[str] = mapped_column(String(12))
    checked: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime] = mapped_column(Moments)
    by: Mapped[str] = mapped_column(String(80))
    by_name: Mapped[str] = mapped_column(String(80))

    __table_args__ = (Index("knowledge_versions", "entry_id", "version", unique=True),)


class KnowledgeTold(Base):
    """What the others were told last of an entry, so that they are told what differs, and nothing twice."""

    __tablename__ = "knowledge_told"

    entry_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))


class KnowledgeGap(Base):
    """What a mechanism was asked and found no entry for, and the entry that was written for it."""

    __tablename__ = "knowledge_gaps"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(Moments)
    told_by: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(300))
    #: Empty where somebody has decided that no entry is wanted.
    entry_id: Mapped[str] = mapped_column(String(60), default="")
    settled_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    settled_by: Mapped[str] = mapped_column(String(80), default="")

    __table_args__ = (Index("knowledge_gaps_open", "asked_at", **_where("settled_at IS NULL")),)


class ListedCaller(Base):
    """An entry of the register of callers, from the proposal to its end; the caller is his keyed hash, nothing else.

    Like a case, as far as its procedure looks at it. `details` holds the evidence, the decisions and the history.
    """

    __tablename__ = "callers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    petitioner: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(Integer)
    ground: Mapped[str] = mapped_column(String(40))
    way: Mapped[str] = mapped_column(String(40), default="")
    opened_at: Mapped[datetime] = mapped_column(Moments)
    until: Mapped[datetime | None] = mapped_column(Moments, default=None)
    details: Mapped[dict[str, Any]] = mapped_column(Json)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - as SQLAlchemy types it
    __table_args__ = (
        Index("callers_open", "petitioner", unique=True, **_where("state IN ('proposed', 'listed', 'objected')")),
    )

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.petitioner

    @property
    def unit(self) -> str:
        """Nobody's but the desk's."""
        return ""


class CallerLook(Base):
    """That somebody looked at an entry of the register of callers, or at the whole list (`*`)."""

    __tablename__ = "caller_looks"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Moments)
    by: Mapped[str] = mapped_column(String(80))
    by_name: Mapped[str] = mapped_column(String(80))
    what: Mapped[str] = mapped_column(String(40))

    __table_args__ = (Index("caller_looks_by_entry", "entry_id", "at"),)


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
