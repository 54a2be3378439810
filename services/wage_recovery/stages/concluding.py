"""The resident gets his reply: all is paid, a court or the police have it, or it stays unpaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import handling
from chassis.workflow import Role, Step
from services.wage_recovery import debts, rules, schemas
from services.wage_recovery.stages.places import ASKED, CLOCKS, GIVEN_UP, IN_COURT, LAWSUIT, NOT_OWED, POLICE

if TYPE_CHECKING:
    from chassis.workflow import Guard

#: From here the case can be concluded; in `paid` alone it is solved.
_HANDED_ON = (*LAWSUIT, *POLICE)


def _conclusion(
    source: str | tuple[str, ...],
    trigger: str,
    form: type[handling.Conclusion],
    *guards: Guard,
    runs_on: tuple[str, ...] = (),
) -> Step:
    return Step(
        source,
        trigger,
        "concluded",
        who=Role.HANDLER,
        keeps="concluded",
        form=form,
        guards=(*handling.BEFORE_THE_END, handling.claim_fits_outcome, *guards),
        change=rules.result_of,
        tells=(handling.CaseConcluded,),
        # What was asked of others beside the claim is still to come, and so is what a court decides that has it now.
        stops=("finish", "required", *(clock for clock in CLOCKS if clock not in (*ASKED, *runs_on))),
    )


STEPS = (
    _conclusion("paid", "concluded", schemas.Paid, debts.nothing_is_outstanding),
    _conclusion(_HANDED_ON, "concluded_as_handed_on", schemas.HandedOn, runs_on=IN_COURT),
    _conclusion("partly_paid", "concluded_unpaid", schemas.NotPaid, runs_on=IN_COURT),
    _conclusion((*NOT_OWED, *GIVEN_UP), "concluded_unpaid", schemas.NotPaid),
)
