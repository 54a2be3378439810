"""The resident gets the reply: help was given, or it was not."""

from __future__ import annotations

from chassis import handling
from chassis.workflow import Role, Step
from services.relief import rules, schemas
from services.relief.stages.places import HELPED, NOT_HELPED


def _conclusion(source: tuple[str, ...], trigger: str, form: type[handling.Conclusion]) -> Step:
    return Step(
        source,
        trigger,
        "concluded",
        who=Role.HANDLER,
        form=form,
        keeps="concluded",
        guards=(*handling.BEFORE_THE_END, handling.claim_fits_outcome, rules.is_told_by_the_appeal),
        change=rules.result_of,
        tells=(handling.CaseConcluded,),
        stops=("finish", "required"),
    )


STEPS = (
    _conclusion(HELPED, "concluded", schemas.Helped),
    _conclusion(NOT_HELPED, "concluded_without_help", schemas.NotHelped),
)
