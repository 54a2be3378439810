"""What other dispatch rules would have done with past appeals: read in bounded batches, changing nothing.

The same ledger, the same two versions and the same moments give the same answer.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_, select

from chassis.views import when
from services.routing import rules
from services.routing.models import Case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chassis.database import Database
    from services.routing.dispatch.ruleset import Rule, RuleSet

#: Lines of the ledger that are read at a time.
AT_ONCE: Final = 500
#: Changed lines that are named one by one; all are counted.
MOST_LISTED: Final = 200
_COLUMNS: Final = (Case.id, Case.number, Case.title, Case.opened_at, Case.state, Case.ended_at, Case.details)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which lines of the ledger are looked at: opened from when until before when, at most how many, the newest first."""

    since: datetime | None
    until: datetime
    most: int | None = None


@dataclass(kw_only=True)
class Replay:
    """The difference that a version would make; from and to are lead units, empty for the desk's queue."""

    candidate: RuleSet
    present: RuleSet
    span: Span
    at: datetime
    read: int = 0
    by_person: int = 0
    never_sent: int = 0
    same: int = 0
    changed: int = 0
    units_only: int = 0
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    listed: list[dict[str, Any]] = field(default_factory=list)
    more: bool = False
    seconds: float = 0.0

    @property
    def to_queue(self) -> int:
        """How many more would wait for a person."""
        return sum(count for (_, target), count in self.matrix.items() if not target)

    @property
    def from_queue(self) -> int:
        """How many would no longer wait for a person."""
        return sum(count for (source, _), count in self.matrix.items() if not source)

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON data; all but `seconds` is the same each time."""
        return {
            "candidate": {"version": self.candidate.version, "digest": self.candidate.digest},
            "present": {"version": self.present.version, "digest": self.present.digest},
            "since": when(self.span.since),
            "until": when(self.span.until),
            "at": when(self.at),
            "read": self.read,
            "by_person": self.by_person,
            "never_dispatched": self.never_sent,
            "same": self.same,
            "changed": self.changed,
            "assisting_units_only": self.units_only,
            "to_queue": self.to_queue,
            "from_queue": self.from_queue,
            "matrix": [{"from": a, "to": b, "appeals": n} for (a, b), n in sorted(self.matrix.items())],
            "listed": self.listed,
            "more": self.more,
            "seconds": round(self.seconds, 3),
        }


def replay(
    database: Database, candidate: RuleSet, present: RuleSet, span: Span, at: datetime, *, at_once: int = AT_ONCE
) -> Replay:
    """Say what a version would do otherwise than the present one, were it in force at a moment."""
    found = Replay(candidate=candidate, present=present, span=span, at=at)
    began = time.perf_counter()
    for row in _lines(database, span, found, at_once):
        _compare(found, row)
    found.seconds = time.perf_counter() - began
    return found


def _lines(database: Database, span: Span, found: Replay, at_once: int) -> Iterator[Any]:
    """Give the lines, each batch read by itself, so that nothing of the ledger is held for long."""
    after: Any = None
    while True:
        left = at_once if span.most is None else min(at_once, span.most - found.read)
        query = select(*_COLUMNS).where(Case.opened_at < span.until)
        query = query.where(Case.opened_at >= span.since) if span.since else query
        if after is not None:
            earlier = and_(Case.opened_at == after.opened_at, Case.id < after.id)
            query = query.where(or_(Case.opened_at < after.opened_at, earlier))
        with database.read() as session:
            rows = session.execute(query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(left + 1)).all()
        yield from rows[:left]
        # In a process of green threads the others have their turn here.
        time.sleep(0)
        if len(rows) <= left:
            return
        after = rows[left - 1]
        if span.most is not None and found.read >= span.most:
            found.more = True
            return


def _compare(found: Replay, row: Any) -> None:
    found.read += 1
    if not row.details.get("round") and (
        row.ended_at is not None or row.state in ("answered", "answer_due", "relayed")
    ):
        # Answered on the spot, refused, relayed, merged or withdrawn: no rule has sent it anywhere, nor would.
        found.never_sent += 1
        return
    asked = rules.dispatched_by(row.details)
    if rules.is_left_to_a_person(row.details):
        found.by_person += 1
        return
    before = found.present.fired(asked.matter, at=found.at, fixed=asked.fixed)
    after = found.candidate.fired(asked.matter, at=found.at, fixed=asked.fixed)
    source, target = _goes(before, asked.matter.mechanism), _goes(after, asked.matter.mechanism)
    if source == target:
        found.same += 1
        return
    found.changed += 1
    if source[:2] == target[:2]:
        found.units_only += 1
    else:
        found.matrix[source[0], target[0]] += 1
    if len(found.listed) < MOST_LISTED:
        found.listed.append(
            {
                "case_id": row.id,
                "number": row.number,
                "title": row.title,
                "category": asked.matter.category,
                "from": source[0],
                "to": target[0],
                "from_mechanism": source[1],
                "to_mechanism": target[1],
                "from_assist": list(source[2]),
                "to_assist": list(target[2]),
                "from_rule": before.id if before else "",
                "to_rule": after.id if after else "",
            }
        )


def _goes(rule: Rule | None, mechanism: str) -> tuple[str, str, tuple[str, ...]]:
    return (rule.lead, rule.mechanism or mechanism, tuple(sorted(rule.assist))) if rule else ("", "", ())
