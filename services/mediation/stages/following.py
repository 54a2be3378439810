"""Who was told of something is asked again until he has answered: changes that several stages need."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from services.mediation import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Change, Moment, Values


def another(asked: rules.Asked, clock: str, lasts: str) -> Change:
    """Make the change of asking one more; a reminder that comes sooner runs on."""

    def ask(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        # Where the form says nothing the clock's own row does, which is a day.
        days = form.get("days", True)
        running, last = moment.clocks(case).get(clock), local_date(moment.now) + timedelta(days)
        # A day ends at midnight, with which the next one begins.
        sooner = running and not running.clock.stopped_at and local_date(running.due_at - timedelta(seconds=1)) <= last
        return {**asked.one_more(case), lasts: 0 if sooner else days}

    return ask


def answered(asked: rules.Asked, clock: str, says: str, lasts: str) -> Change:
    """Make the change of an answer; who has given none, and the others, are asked again, nobody later than was reminded."""

    def answer(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        kept = {} if form[says] == "no_answer" else asked.one_less(case, form)
        days, running = form["days"], moment.clocks(case).get(clock)
        if running and not running.clock.stopped_at and len(asked.numbers(case)) > 1:
            left = (local_date(running.due_at - timedelta(seconds=1)) - local_date(moment.now)).days
            days = min(days, left) if left > 0 else days
        return {**kept, lasts: days if kept.get(asked.open, True) else 0}

    return answer
