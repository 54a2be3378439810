"""Whoever is waited for has a time and is urged; what was put right is looked at again: rows that several stages need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.workflow import Role, Step
from services.property import firms, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marshmallow import Schema

    from chassis.workflow import Guard


def rechecks(state: str, failed: str, *guards: Guard) -> Iterable[Step]:
    """Look again at what was to be put right: it is fixed, or the case goes on."""
    for trigger, target, form, found in (
        ("recheck_passed", "fixed", schemas.Recheck, firms.all_is_done),
        ("recheck_failed", failed, schemas.FailedRecheck, firms.something_is_undone),
    ):
        yield Step(
            state,
            trigger,
            target,
            who=Role.HANDLER,
            form=form,
            guards=(rules.act_is_not_ahead, firms.no_inspector_from_the_company, *guards, found),
            document="recheck_record",
        )


def silence(
    asked: str,
    overdue: str,
    expired: str,
    urged: str,
    clock: str,
    *,
    form: type[Schema] = schemas.Urging,
    length: str = "answer_workdays",
) -> Iterable[Step]:
    """Follow up whoever was asked: his time runs out, he is urged, and has a new one."""
    yield Step(asked, expired, overdue, who=Role.CLOCK, expires=clock)
    yield Step(
        overdue,
        urged,
        asked,
        who=Role.HANDLER,
        form=form,
        repeatable=True,
        starts=(clock,),
        lasts=((clock, length),),
    )


def lateness(
    asked: str,
    overdue: str,
    expired: str,
    urged: str,
    again: str,
    clock: str,
    *,
    who: Role = Role.HANDLER,
    form: type[Schema] = schemas.Urging,
    basis: str | None = None,
) -> Iterable[Step]:
    """Follow up whoever the law gives a time: that has run out for good, and the urging has a time of its own."""
    yield Step(asked, expired, overdue, who=Role.CLOCK, expires=clock)
    yield Step(
        overdue,
        urged,
        asked,
        who=who,
        form=form,
        repeatable=True,
        starts=("urged_answer",),
        lasts=(("urged_answer", "answer_workdays"),),
        basis=basis,
    )
    yield Step(asked, again, overdue, who=Role.CLOCK, expires="urged_answer")
