"""The procedure of enforcement, from the clue to the end of a penalty.

clue -> inspected -> correction_due -> corrected -> no_penalty
           |              |  recheck_due -> uncorrected
           +------> investigating <--------------+
           +-> advised, in vain -> inspected, correction_due, investigating, with_authority
                         |
   reported -> defence_open -> to_decide -> decided -> payment_due -> performed -> settled
                  hearing ----^              payment_overdue -> enforceable -> court
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chassis import handling
from chassis.workflow import UNMANNED, Role, Step, Workflow
from services.enforcement import facts, notes, reading, recusal, rules
from services.enforcement.stages import (
    correcting,
    courts,
    deciding,
    elsewhere,
    forced,
    heard,
    investigating,
    paying,
    recovering,
    reviewing,
    seen,
    withdrawing,
)
from services.enforcement.stages.places import COST_COLLECTING, DUES, HANDLING, OWED_CLOCKS, READY, UNFILED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

#: What is not done before it is known who may act.
DECIDED_FIRST = (
    *("fined_on_the_spot", "warned_on_the_spot", "hearing_held", "penalised", "exempted", "not_proven"),
    *("penalty_waived", "hearing_reported", "legal_review_passed", "concluded"),
)


def _by_who_may_act(step: Step) -> Step:
    """Return a step as it is, but for who withdrew; what decides the matter waits for a request to withdraw."""
    if step.who in UNMANNED or step.trigger in {"withdrawal_sought", "withdrawal_decided"}:
        return step
    first = (recusal.it_is_decided,) if step.trigger in DECIDED_FIRST else ()
    return replace(step, guards=(*step.guards, recusal.who_withdrew_does_nothing, *first))


def _adapted(step: Step) -> Step:
    """Return a shared step as it is here.

    A filed case goes on ex officio whatever the resident wishes, and who complained is answered in fifteen days.
    """
    match step.trigger:
        case "withdrawn" | "transferred":
            unfiled = tuple(state for state in step.sources if state not in {*HANDLING} - {*UNFILED})
            # A letter is not refused: what is owed goes on in the end that it brings (`EVERYWHERE`).
            owed = (*DUES, rules.nothing_is_seized) if step.trigger == "transferred" else ()
            return replace(step, source=unfiled, guards=(*step.guards, *owed))
        case "case_accepted":
            keep = step.change

            def signed_in(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
                return {**(keep(case, form, moment) if keep else {}), **notes.note_complaint(case, form, moment)}

            return replace(
                step,
                change=signed_in,
                starts=("complaint_answer",),
                since=(("complaint_answer", "complained_on"),),
                document="clue_record",
                basis="滨州市城镇容貌条例-47",
            )
        case "progress_made":
            return replace(step, stops=(*step.stops, "complaint_answer"))
        case "concluded":
            return replace(
                step,
                guards=(
                    *step.guards,
                    rules.nothing_is_to_be_refunded,
                    rules.spot_decision_is_filed,
                    rules.collected_fine_is_banked,
                    *DUES,
                ),
                stops=(*step.stops, "complaint_answer", "court_objection", *COST_COLLECTING),
                document="closing_approval",
            )
        case _:
            return step


#: Who has done these does not approve or review what comes of them (行政处罚法 57, 58, 64).
INVESTIGATED = (
    *("inspected", "questioned", "evidence_added", "found_corrected", "found_uncorrected", "investigation_closed"),
    # So do not the officers whom the records name, whoever typed them in.
    *(f"{record}.officers.name" for record in reading.INVESTIGATIONS),
)


def _approved_by_another(step: Step) -> Step:
    """Return a step as it is; what a leader approves or a reviewer reviews is another's than the investigator's."""
    if step.who in (Role.LEADER, Role.REVIEWER):
        return replace(step, apart=(*INVESTIGATED, *step.apart))
    return step


#: After these a penalty that was told of may stand no longer, or not as it was told.
REVISING = ("decision_taken_back", "decision_changed", "decision_revoked", "judgment_final", "earlier_remedy_decided")


def _told_when_revised(step: Step) -> Step:
    """Return a step as it is; one that may take off a penalty tells what is left of it."""
    if step.trigger not in REVISING or step.change is None:
        return step
    return replace(step, change=notes.revising(step.change), tells=(*step.tells, facts.PenaltyRevised))


ENFORCEMENT = Workflow(
    "enforcement",
    *(
        _by_who_may_act(_adapted(step))
        for step in handling.shared_steps(
            mechanism="enforcement", first="clue", open_states=HANDLING, ready=READY, answers=("complaint_answer",)
        )
    ),
    *(
        _by_who_may_act(_approved_by_another(_told_when_revised(step)))
        for group in (
            seen.STEPS,
            correcting.STEPS,
            forced.STEPS,
            investigating.STEPS,
            heard.STEPS,
            deciding.STEPS,
            paying.STEPS,
            reviewing.STEPS,
            courts.STEPS,
            correcting.LAST_LOOK,
            reviewing.BESIDE_ENFORCING,
            reviewing.AFTERWARDS,
            reviewing.SEARCHED,
            reviewing.EARLIER,
            forced.CONTESTS,
            recovering.STEPS,
            elsewhere.STEPS,
        )
        for step in group
    ),
    *withdrawing.STEPS,
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=OWED_CLOCKS,
)
