"""Property's procedure: a complaint's way to its end, and the two ways of paying a repair from the fund.

    classified -> verified -> ordered -> recheck_due -> fixed
                     |                       +-> not_fixed -> interviewed -> second_recheck_due -> fixed
                     |                                                          +-> credit_mark_due -> credit_marked
                     +-> unfounded_proposed -> unfounded_review -> unfounded           |
                     +-> awaiting_external -> external_recheck_due -> fixed            |
                     +-> joint meeting <-----------------------------------------------+
                     |       +-> decision_follow_up -> fixed | handover_due -> handed_over
                     +-> repair_survey -> owner_vote_due -> votes_counted -> fund_application_due -> fund_applied
                     |                         -> repair_under_way -> settlement_due -> publication_due -> fixed
                     |                                  +-> repair_overdue; stopped: handover_due
                     +-> emergency_reported -> emergency_confirmed -> emergency_application_due -> emergency_audit
                                                                                  -> publication_due -> fixed
                     +-> group_due -> group_formed -> committee_elected -> filing_due -> certificate_due -> seal_due -> fixed
                     |                     +-> management_committee_formed -> fixed
                     +-> reelection_due -> committee_reelected -> filing_due | management_committee_formed
                     |                          (books and seals: handed over on the way, or books_withheld -> joint meeting)
                     +-> exit_running -> takeover_due -> contract_filing_due -> fixed
                     |        +-> exit_refused -> joint meeting
                     |                 +-> order_pending -> order_running -> fine_due -> fine_pending -> exit_refused
                     +-> decision_order_running -> fixed; decision_order_over: the decision is revoked
                     +-> consents_due -> consents_examined -> unfounded_proposed
                     |                        +-> restoration_asked -> external_recheck_due -> fixed | handover_due
                     +-> awaiting_external (a diverted fund is the district's)

Whoever is waited for has a time, and a state of his own when it has run out (…_overdue), where he is urged; what was decided
by a vote that does not stand leads back to the vote; what is reported to an authority is answered in any state (EVERYWHERE).
Around it lie the shared steps of `chassis.handling`: contact, progress, extension, transfer, withdrawal, rework.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chassis import handling
from chassis.workflow import Role, Step, Workflow
from services.property import schemas, votes
from services.property.stages import (
    business,
    committee,
    electing,
    emergency,
    fees,
    fund,
    group,
    leaving,
    lifts,
    meeting,
    orders,
    outside,
    reelecting,
    reported,
    resuming,
    supervising,
    unfounded,
    visiting,
    voting,
)
from services.property.stages.places import CALLED, OWNERS_TURN

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The states that a case may be concluded from, each with its step and with the outcomes that fit it.
READY = {
    "fixed": ("concluded", schemas.FixedConclusion),
    "unfounded": ("concluded_as_unfounded", schemas.UnfoundedConclusion),
    "handed_over": ("concluded_as_handed_over", schemas.HandoverConclusion),
    "vote_lost": ("concluded_as_unfunded", schemas.UnfundedConclusion),
    "fund_refused": ("concluded_as_unfunded", schemas.UnfundedConclusion),
    "audit_refused": ("concluded_as_unfunded", schemas.UnfundedConclusion),
}


def with_fitting_ends(steps: Iterable[Step]) -> Iterable[Step]:
    """Let each ready state conclude with the outcomes that fit it; the conclusion is a reply to the complaint too."""
    for step in steps:
        if step.trigger != "concluded":
            yield step
            continue
        for state, (trigger, form) in READY.items():
            # Who objects to a count is answered before the case ends with it.
            objected = (votes.objections_are_answered,) if state == "vote_lost" else ()
            yield replace(
                step,
                source=state,
                trigger=trigger,
                guards=(*step.guards, *objected),
                form=form,
                keeps="concluded",
                stops=(*step.stops, "complaint_reply"),
                document="reply_letter",
            )


def waiting_for_the_owners(steps: Iterable[Step]) -> Iterable[Step]:
    """Let a time run wherever nothing goes on before the owners have voted, acted on it, or chosen who follows.

    That of the notice of their meeting ends where the meeting is counted, or given up.
    """
    for step in steps:
        waited = not {*step.sources}.isdisjoint(OWNERS_TURN)
        waits = step.target in OWNERS_TURN and {*step.sources} != {step.target}
        left = waited and step.target not in step.sources
        called = not {*step.sources}.isdisjoint(CALLED) and step.target not in step.sources
        ended = (
            *(("owners_follow_up",) if left else ()),
            *(("meeting_notice",) if called else ()),
            *(("reelection_meeting",) if left and "reelection_due" in step.sources else ()),
        )
        yield replace(
            step,
            starts=(*step.starts, *(("owners_follow_up",) if waits else ())),
            stops=(*step.stops, *ended),
        )


#: Property's own steps, from the acceptance to what a case may be concluded from.
STEPS = tuple(
    waiting_for_the_owners(
        step
        for stage in (
            visiting.STEPS,
            fees.STEPS,
            orders.STEPS,
            unfounded.STEPS,
            meeting.STEPS,
            outside.STEPS,
            fund.NEEDED,
            resuming.STEPS,
            voting.MATTERS,
            fund.SURVEYED,
            voting.STEPS,
            fund.STEPS,
            emergency.STEPS,
            lifts.STEPS,
            group.STEPS,
            electing.STEPS,
            committee.STEPS,
            reelecting.STEPS,
            supervising.STEPS,
            leaving.STEPS,
            business.STEPS,
            fund.DIVERTED,
        )
        for step in stage
    )
)
#: The states between accepting and the reply, in which contact, progress and transfer are possible.
OPEN = tuple(dict.fromkeys(state for step in STEPS for state in (*step.sources, step.target) if state != "rework_due"))

#: Every state: what was reported is answered whenever the authority does.
EVERYWHERE = ("received", "return_pending", *OPEN, "concluded", "rework_due", *handling.ENDS)

PROPERTY = Workflow(
    "property",
    *with_fitting_ends(
        handling.shared_steps(
            mechanism="property", first="accepted", open_states=OPEN, ready=tuple(READY), answers=("complaint_reply",)
        )
    ),
    # The answer within five working days, whatever the end will be.
    *(
        Step(
            state,
            "complaint_replied",
            state,
            who=Role.HANDLER,
            form=schemas.ComplaintReply,
            repeatable=True,
            tells=(handling.CaseProgressed,),
            stops=("complaint_reply",),
            basis="滨州市住宅物业管理条例-53",
        )
        for state in OPEN
    ),
    *STEPS,
    # What was reported is answered, or the authority urged, wherever the case has gone meanwhile.
    *reported.answered(EVERYWHERE),
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=("report_follow_up", "credit_follow_up", "change_notice"),
)
