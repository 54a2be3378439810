"""A case as it is stored: the columns that the cases of every service share."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, Integer, String, Text, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from chassis.store import Json, Moments
from chassis.wire import dumps
from chassis.workflow import UNMANNED, person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Table
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.elements import KeyedColumnElement


class CaseColumns:
    """The mixin of a service's `Case`; the service adds columns that it searches by.

    `version` counts steps and guards against two people acting at once. `chain` is
    the hash of the newest timeline entry, so that history can't be edited unseen.
    """

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(String(60), default="")
    urgency: Mapped[str] = mapped_column(String(10), default="")
    opened_at: Mapped[datetime] = mapped_column(Moments)
    updated_at: Mapped[datetime] = mapped_column(Moments)
    ended_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    due_at: Mapped[datetime | None] = mapped_column(Moments, default=None)
    entries: Mapped[int] = mapped_column(Integer, default=0)
    chain: Mapped[str] = mapped_column(String(64), default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
        """Refuse to overwrite what somebody else changed meanwhile."""
        version: KeyedColumnElement[int] = cls.__table__.c.version  # type: ignore[attr-defined]
        return {"version_id_col": version}

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Index, ...]:  # noqa: N805
        """Index what lists are filtered and sorted by."""
        return case_indexes()


def case_indexes() -> tuple[Index, ...]:
    """Return the indexes of every table of cases; the id breaks ties."""
    return (
        Index("cases_by_opened", "opened_at", "id"),
        Index("cases_by_state", "state", "opened_at", "id"),
        Index("cases_by_due", "due_at", "id"),
    )


def takers(session: Session, timeline: Table, case_ids: Iterable[str]) -> dict[str, dict[str, set[str]]]:
    """Return who has taken which step of which case: the ids and names of people, by case and trigger."""
    log, found = timeline.c, {case_id: dict[str, set[str]]() for case_id in case_ids}
    people = select(log.case_id, log.trigger, log.actor, log.actor_name)
    people = people.where(log.case_id.in_(found), log.role.not_in([*UNMANNED]))
    for case_id, trigger, *who in session.execute(people.distinct()):
        found[case_id].setdefault(trigger, set()).update(person(*who))
    return found


def link(chain: str, entry: dict[str, Any]) -> str:
    """Return the hash of a timeline entry that follows the entry hashed as `chain`."""
    return hashlib.sha256(chain.encode() + dumps(entry, in_order=True)).hexdigest()


def verify(entries: Iterable[Mapping[str, Any]], chain: str) -> bool:
    """Say whether a case's stored timeline, in its order, is the one that its chain ends."""
    last, hashed = "", ""
    for number, stored in enumerate(entries, 1):
        # A row's names may be SQLAlchemy's own kind of text, which orjson does not know.
        entry: dict[str, Any] = {str(name): value for name, value in stored.items()}
        hashed = entry.pop("hash")
        last = link(last, entry)
        if entry["seq"] != number or hashed != last:
            return False
    return last == chain
