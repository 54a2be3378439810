"""What was obtained without right is found out and paid back (社会救助暂行办法 68)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.relief import facts, refunds, remedies, rules, schemas
from services.relief.stages.places import AFTER_THE_END, DISTRICT, EVERYWHERE, may_contest

_SUSPECT = (
    *("surveyed", "publicising", "objecting", "to_submit", "street_deciding", *DISTRICT, "approved", "paid"),
    "benefit_reviewing",
    *("retro_due", "retro_overdue", "emergency_settled"),
)

STEPS = (
    # What was obtained without right is found out when it is, mostly long after the appeal is closed.
    *(
        Step(
            source,
            "fraud_found",
            target,
            who=Role.LEADER,
            form=schemas.Fraud,
            guards=(*guards, refunds.fraud_fine_is_lawful, refunds.refund_is_what_was_obtained),
            change=refunds.end_at_once,
            stops=(
                *("handling", "initial_opinion", "publicity", "district", "payment", "retro_papers"),
                *("objection_check", "verification"),
            ),
            starts=("fraud_followup",),
            tells=(facts.FraudFound,),
            document="fraud_report",
            basis="社会救助暂行办法-68",
        )
        for source, target, guards in (
            (_SUSPECT, "fraud", ()),
            *(((state,), state, (refunds.something_was_given,)) for state in AFTER_THE_END),
        )
    ),
    *(
        Step(
            state,
            "refund_received",
            state,
            who=Role.HANDLER,
            form=schemas.Refund,
            guards=(refunds.refund_is_open, rules.what_happened_is_past),
            repeatable=True,
            change=refunds.note_refund,
            stops=("refund",),
            # More may still be waited for.
            starts=("refund",),
            lasts=(("refund", "refund_open"),),
            document="refund_receipt",
            basis="社会救助暂行办法-68",
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "overpaid_returned",
            state,
            who=Role.HANDLER,
            form=schemas.GivenBack,
            guards=(refunds.too_much_came_back, rules.what_happened_is_past),
            keeps="",
            change=refunds.give_back,
            basis="社会救助暂行办法-68",
        )
        for state in EVERYWHERE
    ),
    # The district decides on what was reported; until then it is asked, and so is who owes.
    *(
        step
        for state in EVERYWHERE
        for step in (
            Step(
                state,
                "fraud_followed_up",
                state,
                who=Role.CLOCK,
                expires="fraud_followup",
                starts=("fraud_followup",),
            ),
            Step(
                state,
                "fraud_decided",
                state,
                who=Role.HANDLER,
                form=schemas.FraudDecision,
                guards=(refunds.fraud_is_undecided, refunds.decided_refund_is_lawful, rules.what_happened_is_past),
                change=remedies.decides("fraud_found", refunds.note_decision),
                basis="社会救助暂行办法-68",
                **may_contest(
                    "fraud_followup",
                    "refund",
                    starts=("refund",),
                    lasts=(("refund", "refund_open"),),
                    since=(("refund", "told_on"),),
                ),
            ),
        )
    ),
    *(
        Step(state, "refund_followed_up", state, who=Role.CLOCK, expires="refund", starts=("refund",))
        for state in EVERYWHERE
    ),
)
