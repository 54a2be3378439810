"""A decision is contested, and what became of it is carried out (社会救助暂行办法 65)."""

from __future__ import annotations

from typing import Any

from chassis import handling
from chassis.workflow import Delivery, Role, Step
from services.relief import benefits, refunds, remedies, rules, schemas
from services.relief.stages.places import AFTER_THE_END, EVERYWHERE, FOLLOWED, READY, VERIFIED, may_contest

#: Where another request may begin, and what was decided on the one before may still be put right by itself.
_BEFORE_ANOTHER = ("rework_due", "to_apply")


def _owing_less(*stops: str, starts: tuple[str, ...] = (), lasts: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """Return the clocks of a step by which a decision that asked for money stands no longer, with its own."""
    return may_contest(
        "refund",
        "remedy_followup",
        *stops,
        starts=("refund", "remedy_followup", *starts),
        lasts=(("refund", "refund_open"), FOLLOWED, *lasts),
    )


#: A decision that stands no longer: others may still be contested, and other money waited for.
_DECIDED = may_contest("remedy_followup", starts=("remedy_followup",), lasts=(FOLLOWED,))
_RESTORED = may_contest("remedy_followup", starts=("remedy_followup", "verification"), lasts=(FOLLOWED, VERIFIED))
_CLEARED = _owing_less("fraud_followup", starts=("verification",), lasts=(VERIFIED,))

#: What became of a decision that somebody has turned against, and the way back from each.
STEPS = (
    *(
        step
        for state in EVERYWHERE
        for step in (
            Step(
                state,
                "decision_received",
                state,
                who=Role.HANDLER,
                form=schemas.DecisionReceived,
                guards=(remedies.something_is_unreceived, rules.what_happened_is_past),
                # It stands with its decision.
                keeps="",
                change=remedies.receive,
                serves=Delivery(
                    document=remedies.paper_received,
                    on="told_on",
                    way="way",
                    note="receipt_no",
                    ways={"handed_over": "in_person", "mail": "by_post"},
                ),
                basis="社会救助暂行办法-65",
                **may_contest(),
            ),
            Step(
                state,
                "remedy_sought",
                state,
                who=Role.HANDLER,
                form=schemas.Remedy,
                guards=(remedies.may_be_contested, remedies.is_in_time, rules.what_happened_is_past),
                repeatable=True,
                change=remedies.seek,
                basis="社会救助暂行办法-65",
                **may_contest(starts=("remedy_followup",), since=(("remedy_followup", "filed_on"),)),
            ),
            Step(
                state,
                "remedy_followed_up",
                state,
                who=Role.CLOCK,
                expires="remedy_followup",
                starts=("remedy_followup",),
            ),
            Step(
                state,
                "remedy_decided",
                state,
                who=Role.HANDLER,
                form=schemas.RemedyResult,
                guards=(remedies.something_is_contested, rules.what_happened_is_past),
                repeatable=True,
                change=remedies.end,
                basis="社会救助暂行办法-65",
                **_DECIDED,
            ),
            Step(
                state,
                "earlier_put_right",
                state,
                who=Role.HANDLER,
                form=schemas.EarlierPutRight,
                guards=(remedies.an_earlier_one_is_unmet, rules.what_happened_is_past),
                repeatable=True,
                change=remedies.put_earlier_right,
                basis="社会救助暂行办法-65",
                **may_contest("refund", starts=("refund",), lasts=(("refund", "refund_open"),)),
            ),
        )
    ),
    *(
        Step(
            source,
            "benefit_restored",
            target,
            who=Role.HANDLER,
            form=schemas.Review,
            guards=(*guards, rules.what_happened_is_past),
            change=change,
            basis="社会救助暂行办法-65",
            **clocks,
        )
        for source, target, guards, change, clocks in (
            (
                "stopped",
                "paid",
                (benefits.is_stopped,),
                remedies.puts_right("stopped", benefits.restore_benefit),
                _RESTORED,
            ),
            (
                "fraud",
                "paid",
                (refunds.fraud_was_reported, refunds.relief_was_paid),
                remedies.puts_right("fraud_found", refunds.clear_of_fraud),
                _CLEARED,
            ),
            *(
                (
                    state,
                    state,
                    (benefits.is_stopped,),
                    remedies.puts_right("stopped", benefits.restore_benefit),
                    _RESTORED,
                )
                for state in AFTER_THE_END
            ),
        )
    ),
    *(
        Step(
            source,
            "advance_upheld",
            target,
            who=Role.HANDLER,
            form=schemas.Review,
            guards=(*guards, rules.what_happened_is_past),
            change=change,
            basis="社会救助暂行办法-65",
            **clocks,
        )
        for source, target, guards, change, clocks in (
            (
                "reclaimed",
                "retro_due",
                (refunds.is_reclaimed,),
                remedies.puts_right("reclaimed", refunds.uphold_advance),
                _owing_less(starts=("retro_papers",)),
            ),
            (
                "fraud",
                "retro_due",
                (refunds.fraud_was_reported, refunds.only_an_advance_was_given),
                remedies.puts_right("fraud_found", refunds.clear_of_fraud),
                _owing_less("fraud_followup", starts=("retro_papers",)),
            ),
            *(
                (
                    state,
                    state,
                    (refunds.is_reclaimed,),
                    remedies.puts_right("reclaimed", refunds.uphold_advance),
                    _owing_less(),
                )
                for state in AFTER_THE_END
            ),
        )
    ),
    Step(
        "fraud",
        "fraud_cleared",
        "surveyed",
        who=Role.HANDLER,
        form=schemas.Review,
        guards=(refunds.fraud_was_reported, refunds.nothing_was_given, rules.what_happened_is_past),
        change=remedies.puts_right("fraud_found", refunds.clear_of_fraud),
        basis="社会救助暂行办法-65",
        **_owing_less("fraud_followup", starts=("handling",)),
    ),
    *(
        Step(
            state,
            "fraud_cleared",
            state,
            who=Role.HANDLER,
            form=schemas.Review,
            guards=(refunds.fraud_was_reported, rules.what_happened_is_past),
            change=remedies.puts_right("fraud_found", refunds.clear_of_fraud),
            basis="社会救助暂行办法-65",
            **_CLEARED,
        )
        for state in (*_BEFORE_ANOTHER, *AFTER_THE_END)
    ),
    Step(
        READY,
        "review_carried_out",
        "closed",
        who=Role.HANDLER,
        form=schemas.CarriedOut,
        guards=(rules.was_opened_by_a_review, rules.what_happened_is_past),
        change=rules.end_review,
        tells=(handling.CaseRecounted,),
        basis="社会救助暂行办法-65",
    ),
)
