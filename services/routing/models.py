"""Routing's tables: the ledger (台账)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, Float, Index, Integer, String, Text, event, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import papers
from chassis.cases import CaseColumns
from chassis.store import BigId, Json, Moments, plumbing


class Base(DeclarativeBase):
    """Tables of routing."""


#: The few cases in which other units than the lead have a part.
_HELPED = text("helpers <> '' OR called <> ''")
#: What is open, or found silent: few of many lines.
_OPEN, _SILENT = text("ended_at IS NULL"), text("ended_at IS NULL AND silent_at IS NOT NULL")
_UNSIGNED = text("sign_by IS NOT NULL")
#: What somebody will ask for by itself and few lines have: kinds of people, and emergencies.
_RARE = text("person_kind <> '' OR urgency = 'I'")
#: What the ledger is narrowed by.
_COLUMNS = ("state", "mechanism", "unit", "category", "urgency", "severity", "channel")
#: Each holds, in the order in which pages are read, all that the ledger is narrowed by: a line that does not fit is
#: passed over without being fetched, in whatever combination is asked for. One per column costs more to keep, and serves
#: no two of them together.
LEDGER_INDEXES = (
    Index("cases_by_opened", "opened_at", "id", *_COLUMNS),
    Index(
        "cases_open",
        *("opened_at", "id", "due_at", *_COLUMNS, "person_kind"),
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    ),
    Index(
        "cases_open_by_due",
        *("due_at", "id", "opened_at", *_COLUMNS, "person_kind"),
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    ),
    Index("cases_rare", "opened_at", "id", *_COLUMNS, "person_kind", postgresql_where=_RARE, sqlite_where=_RARE),
    Index("cases_silent", "opened_at", "id", postgresql_where=_SILENT, sqlite_where=_SILENT),
    Index("cases_by_number", "number"),
)


class Case(CaseColumns, Base):
    """One line of the ledger; its subject is the appeal's id."""

    channel: Mapped[str] = mapped_column(String(40), default="")
    petitioner: Mapped[str] = mapped_column(String(64), default="", index=True)
    mechanism: Mapped[str] = mapped_column(String(40), default="")
    category: Mapped[str] = mapped_column(String(10), default="")
    severity: Mapped[str] = mapped_column(String(20), default="")
    #: The kinds of people that it is about: `,a,b,`.
    person_kind: Mapped[str] = mapped_column(String(400), default="")
    confidence: Mapped[float] = mapped_column(Float, default=0.0)
    silent_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    #: When the promise is to be looked at next: urged, carded, supervised.
    look_at: Mapped[datetime | None] = mapped_column(Moments, default=None, index=True)
    corrected_at: Mapped[datetime | None] = mapped_column(Moments, default=None, index=True)
    #: The last dispatch: when, by which rule of the catalogue, and the how manieth it was; and the last return.
    dispatched_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    rule: Mapped[str] = mapped_column(String(60), default="")
    hops: Mapped[int] = mapped_column(default=0)
    returned_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    #: The units that assist, and those that a whistle has called and something is expected of: `,a,b,`.
    helpers: Mapped[str] = mapped_column(String(400), default="")
    called: Mapped[str] = mapped_column(String(400), default="")
    #: By when a leader has to sign, or to sign afterwards, while that is still missing.
    sign_by: Mapped[datetime | None] = mapped_column(Moments, default=None)

    __table_args__ = (
        *LEDGER_INDEXES,
        Index("cases_helped", "opened_at", sqlite_where=_HELPED, postgresql_where=_HELPED),
        Index(
            "cases_unsigned", *("urgency", "sign_by", "id", "state"), sqlite_where=_UNSIGNED, postgresql_where=_UNSIGNED
        ),
    )


class Words(Base):
    """What a line of the ledger is searched by: its number, title, place and text, folded, with numbers masked.

    PostgreSQL finds it by each two characters that follow one another: its trigrams (pg_trgm) know no Chinese where
    LC_CTYPE is C, and nothing shorter than three characters. They are made by the index, and kept nowhere else.
    """

    __tablename__ = "ledger_words"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    words: Mapped[str] = mapped_column(Text)


#: Each pair of characters is one number: the lower sixteen bits of both, so that two pairs of rare ones may be the same.
_PAIRS: Any = DDL(  # type: ignore[no-untyped-call]
    """
CREATE OR REPLACE FUNCTION ledger_pairs(words text) RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg((ascii(a) << 16) | (ascii(b) & 65535))
  FROM unnest(string_to_array(words, NULL), (string_to_array(words, NULL))[2:]) AS pair(a, b) WHERE b IS NOT NULL
$$
"""
)
event.listen(Words.__table__, "before_create", _PAIRS.execute_if(dialect="postgresql"))
Index("ledger_words_by_pair", func.ledger_pairs(Words.words), postgresql_using="gin").ddl_if(dialect="postgresql")


class Counter(Base):
    """The last ledger number of a year, and the last one that can be searched for by its words."""

    __tablename__ = "ledger_numbers"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigId)
    searchable: Mapped[int] = mapped_column(BigId, default=0)


class Correction(Base):
    """What a person found where the classifier was unsure or wrong, with the letter's masked text: training data.

    `judged` is what the classifier had said; a label is empty where nobody has said it, as who regrades says no mechanism.
    """

    __tablename__ = "corrections"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moments, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    mechanism: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(10))
    urgency: Mapped[str] = mapped_column(String(10))
    severity: Mapped[str] = mapped_column(String(20))
    judged: Mapped[dict[str, Any]] = mapped_column(Json)


class RuleText(Base):
    """A version of the dispatch rules as somebody has drafted it; never changed."""

    __tablename__ = "rule_texts"

    version: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(80))
    by_name: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime | None] = mapped_column(Moments, default=None)


class RuleTurn(Base):
    """Which version of the dispatch rules counts from a moment on, until another one does; never changed."""

    __tablename__ = "rule_turns"

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    version: Mapped[int] = mapped_column(BigId)
    digest: Mapped[str] = mapped_column(String(64))
    begins_at: Mapped[datetime] = mapped_column(Moments)
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(80))
    by_name: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moments)

    __table_args__ = (Index("rule_turns_by_begin", "begins_at", "seq"),)


class Signature(Base):
    """A link of the chain of signatures; `body` is what was signed, as canonical JSON (see `signatures.py`)."""

    __tablename__ = "signatures"

    serial: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    case_id: Mapped[str] = mapped_column(String(40))
    #: Which entry of the case's timeline it is.
    entry: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))
    kid: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("signatures_of_case", "case_id", "entry"),)


class SignatureHead(Base):
    """The end of the chain, one row: locked by whoever adds a link."""

    __tablename__ = "signature_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    serial: Mapped[int] = mapped_column(BigId)
    hash: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(Moments)
    seal: Mapped[str] = mapped_column(String(64))
    kid: Mapped[str] = mapped_column(String(64))


class Delegation(Base):
    """That a leader is away, or has another one sign in his place: from when to when, and for which appeals."""

    __tablename__ = "delegations"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    from_post: Mapped[str] = mapped_column(String(60))
    to_post: Mapped[str] = mapped_column(String(60))
    starts_at: Mapped[datetime] = mapped_column(Moments)
    ends_at: Mapped[datetime] = mapped_column(Moments, index=True)
    urgencies: Mapped[list[str]] = mapped_column(Json)
    mechanisms: Mapped[list[str]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text)
    entered_by: Mapped[str] = mapped_column(String(80))
    entered_name: Mapped[str] = mapped_column(String(80))
    entered_at: Mapped[datetime] = mapped_column(Moments)
    revoked_at: Mapped[datetime | None] = mapped_column(Moments, default=None)


class Colleague(Base):
    """An account that may decide as a leader, as the portal tells it; one that no longer may is kept, for what comes late."""

    __tablename__ = "colleagues"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    #: What its person is called: two accounts of one person are no two leaders.
    name: Mapped[str] = mapped_column(String(80), default="")
    leads: Mapped[bool] = mapped_column()
    told_at: Mapped[datetime] = mapped_column(Moments)


STORE = plumbing(Base.metadata)
PAPERS = papers.table(Base.metadata)
