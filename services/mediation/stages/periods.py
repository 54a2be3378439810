"""The time of mediation and that to sue run out; mediation goes on if all agree (人民调解工作若干规定 33; 民法典 195)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role, Step
from services.mediation import experts, rules, schemas
from services.mediation.stages.places import COURT, LYING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Change, Moment, Values


def _ran_out(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"inquiry_open": case.state == "investigating"}


def _longer(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Say how long mediation goes on: as many days more as all agree on, on top of what is left."""
    today, clocks = local_date(moment.now), moment.clocks(case)
    running = [clocks[name] for name in experts.MEDIATION_TIME if name in clocks and not clocks[name].clock.stopped_at]
    left = max(((local_date(one.due_at) - today).days for one in running), default=0)
    return {"continuation_days": max(left, 0) + form["days"]}


def ran(name: str) -> Change:
    """Make the change that notes a time as over."""
    return lambda _case, _form, _moment: {name: True}


STEPS = (
    *(
        Step(
            state,
            "limitation_ran_out",
            state,
            who=Role.CLOCK,
            expires="limitation",
            change=ran("limitation_over"),
            basis="民法典-195",
        )
        for state in ("investigating", "in_session", *LYING, *COURT)
    ),
    Step(
        ("investigating", "in_session"),
        "period_ran_out",
        "period_over",
        who=Role.CLOCK,
        expires="mediation_period",
        change=_ran_out,
        basis="人民调解工作若干规定-33",
    ),
    Step(
        ("investigating", "in_session"),
        "continuation_ran_out",
        "period_over",
        who=Role.CLOCK,
        expires="continuation",
        change=_ran_out,
        basis="人民调解工作若干规定-33",
    ),
    *(
        Step(
            (to, "period_over"),
            trigger,
            to,
            who=Role.HANDLER,
            form=schemas.Continuation,
            guards=guards,
            keeps="continuations",
            repeatable=True,
            starts=("continuation",),
            change=_longer,
            lasts=(("continuation", "continuation_days"),),
            stops=("mediation_period",),
            basis="人民调解工作若干规定-33",
        )
        for trigger, to, guards in (
            ("continuation_agreed", "in_session", (rules.the_inquiry_is_over,)),
            ("inquiry_continued", "investigating", ()),
        )
    ),
)
