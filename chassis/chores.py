"""Chores that look after many cases: all that are due in one transaction, or each in its own where one fails.

A case that a chore fails on is told of and left alone for a while, longer each time, so
that it stands in nobody's way. That is remembered by this process only: after a restart,
and by another replica, it is tried at once.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import structlog

from chassis import metrics
from chassis.database import is_outage
from chassis.inbox import wait_after
from chassis.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Select

    from chassis.blueprint import Blueprint, Chore
    from chassis.database import Database

log = structlog.get_logger(__name__)

#: Cases taken in one transaction.
AT_ONCE = 200
#: Often enough that the alarm on chores that fail goes on for as long as one case does.
_LONGEST_WAIT = 120.0


class Setbacks:
    """The cases that chores have failed on, and until when each is left alone; and until when a chore that found none rests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[int, float]] = {}
        self.resting: dict[str, datetime] = {}

    def note(self, chore: str, case_id: str) -> None:
        """Leave a case alone for a while, longer each time."""
        attempts = self._known.get((chore, case_id), (0, 0.0))[0] + 1
        wait = min(wait_after(attempts, random.random()).total_seconds(), _LONGEST_WAIT)  # noqa: S311 - jitter
        self._known[chore, case_id] = attempts, self._clock() + wait

    def forget(self, chore: str, case_id: str) -> None:
        """Know of a case that it went well."""
        self._known.pop((chore, case_id), None)

    def aside(self, chore: str) -> set[str]:
        """Return the cases that a chore leaves alone now."""
        now = self._clock()
        return {case_id for (name, case_id), (_attempts, until) in self._known.items() if name == chore and until > now}


def take_due(work: Work, service: object, chore: Chore, setbacks: Setbacks, *, only: str = "") -> list[str]:
    """Let a chore take the cases that are due, or one of them; return their ids.

    Those that another replica has in hand, or that it failed on a moment ago, are left out.
    """
    cases = work.session.scalars(_due(work, chore, setbacks, only).with_for_update(skip_locked=True)).all()
    work.take_up(cases)
    for case in cases:
        getattr(service, chore.method)(work, case)
    return [case.id for case in cases]


def finds_none(database: Database, blueprint: Blueprint, chore: Chore, setbacks: Setbacks, now: datetime) -> bool:
    """Say whether no case is due for a chore, which then rests for its period: that must cost neither lease nor transaction."""
    if chore.each is None:
        return False
    if now < setbacks.resting.get(chore.method, now):
        return True
    with database.read() as session:
        due = _due(Work(session, blueprint, now), chore, setbacks).with_only_columns(blueprint.case.id).limit(1)
        found = session.scalars(due).first() is not None
    # What it failed on a moment ago is due again before that.
    if not found and not setbacks.aside(chore.method):
        setbacks.resting[chore.method] = now + chore.every
    return not found


def take_apart(
    database: Database, blueprint: Blueprint, service: object, chore: Chore, setbacks: Setbacks, now: datetime
) -> None:
    """Let a chore take each case that is due in a transaction of its own, and put aside those that it fails on."""
    with database.read() as session:
        due = [case.id for case in session.scalars(_due(Work(session, blueprint, now), chore, setbacks))]
    for case_id in due:
        try:
            with database.write() as session:
                work = Work(session, blueprint, now)
                take_due(work, service, chore, setbacks, only=case_id)
                work.record()
        except Exception as error:
            if is_outage(error):
                raise
            setbacks.note(chore.method, case_id)
            metrics.CHORES.labels(blueprint.name, chore.method, "failed").inc()
            log.warning("chore_failed", service=blueprint.name, chore=chore.method, case=case_id, exc_info=error)
        else:
            setbacks.forget(chore.method, case_id)


def _due(work: Work, chore: Chore, setbacks: Setbacks, only: str = "") -> Select[Any]:
    if chore.each is None:
        message = f"{chore.method} selects no cases"
        raise TypeError(message)
    case = work.service.case
    due = chore.each(work).limit(AT_ONCE)
    if only:
        return due.where(case.id == only)
    aside = setbacks.aside(chore.method)
    return due.where(case.id.not_in(sorted(aside))) if aside else due
