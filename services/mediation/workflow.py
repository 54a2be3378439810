"""The procedure of people's mediation, as one table.

    accepted -> consent -> registered -> rights -> mediators -> inquiry -> sessions
      -> agreement (written or oral) -> performance -> follow-up visit -> concluded
                        judicial confirmation, for which the court's answer is awaited

Without consent or agreement, or unperformed, it ends with the other routes being told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chassis import handling
from chassis.workflow import Step, Workflow
from services.mediation.stages import (
    agreeing,
    applying,
    appraising,
    concluding,
    confirming,
    correcting,
    dangers,
    ending,
    outsiders,
    performing,
    periods,
    preparing,
    resuming,
    sitting,
)
from services.mediation.stages.places import OPEN, OUTSIDER_CLOCKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _taken_on(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {"handlers": form.get("handler") or moment.actor_name}


def _adapted(step: Step) -> Step:
    """Return a shared step as it is here: who takes a case on is who works on it."""
    if step.trigger != "case_accepted":
        return step
    asks = step.change
    return replace(
        step,
        change=lambda case, form, moment: {
            **(asks(case, form, moment) if asks else {}),
            **_taken_on(case, form, moment),
        },
    )


MEDIATION = Workflow(
    "mediation",
    *(
        _adapted(step)
        for step in handling.shared_steps(mechanism="mediation", first="accepted", open_states=OPEN, ready=())
        if step.sources
    ),
    *applying.STEPS,
    *preparing.STEPS,
    *appraising.STEPS,
    *sitting.STEPS,
    *dangers.STEPS,
    *periods.STEPS,
    *ending.STEPS,
    *agreeing.STEPS,
    *performing.STEPS,
    *confirming.STEPS,
    *outsiders.STEPS,
    *ending.NOT_CONFIRMED,
    *resuming.STEPS,
    *correcting.STEPS,
    *concluding.STEPS,
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=(*OUTSIDER_CLOCKS, "authority_follow_up", "escalation_follow_up"),
)
