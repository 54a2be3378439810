"""The reply, with the file (人民调解法 27)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import handling
from chassis.workflow import Role, Step
from services.mediation import rules, schemas
from services.mediation.stages.places import UNSETTLED

if TYPE_CHECKING:
    from chassis.workflow import Guard


def _conclusion(source: str | tuple[str, ...], trigger: str, form: type[handling.Conclusion], *guards: Guard) -> Step:
    return Step(
        source,
        trigger,
        "concluded",
        who=Role.HANDLER,
        keeps="concluded",
        form=form,
        guards=(*handling.BEFORE_THE_END, rules.no_danger_is_open, handling.claim_fits_outcome, *guards),
        tells=(handling.CaseConcluded,),
        stops=("finish", "required", "follow_up_visit"),
        document="case_file",
        basis="人民调解法-27",
    )


STEPS = (
    _conclusion(
        "followed_up", "concluded", schemas.Settled, rules.a_part_is_not_the_whole, rules.a_relapse_is_not_solved
    ),
    _conclusion(UNSETTLED, "concluded_unsettled", schemas.Unsettled, rules.only_applicants_withdraw),
)
