"""A grant is published and paid, or given up or taken back before (社会救助暂行办法 11 to 13, 65)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.relief import facts, granting, remedies, rules, schemas
from services.relief.stages.places import FOLLOWED, VERIFIED, may_contest

STEPS = (
    *(
        Step(
            state,
            "approval_published",
            state,
            who=Role.HANDLER,
            form=schemas.Publication,
            guards=(granting.shows_only_what_it_may, granting.publication_is_dated),
            document="approval_publication",
            basis="社会救助暂行办法-11",
        )
        for state in ("approved", "paid")
    ),
    Step(
        "approved",
        "grant_renounced",
        "dropped",
        who=Role.HANDLER,
        form=schemas.Renunciation,
        guards=(granting.nobody_is_left, rules.what_happened_is_past),
        keeps="application_dropped",
        change=remedies.puts_right("amount", granting.take_back_grant),
        document="withdrawal_record",
        **may_contest("payment", "remedy_followup", starts=("remedy_followup",), lasts=(FOLLOWED,)),
        basis="社会救助暂行办法-13",
    ),
    Step(
        "approved",
        "grant_revoked",
        "rejected",
        who=Role.LEADER,
        form=schemas.Revocation,
        guards=(granting.revoked_after_the_grant, rules.what_happened_is_past),
        # From here it is a refusal like any other: told in writing with its reason and remedies, counted as one.
        change=remedies.puts_right("amount", granting.revoke_grant),
        tells=(facts.ReliefRejected,),
        **may_contest(
            "payment",
            "remedy_followup",
            starts=("rejection_notice", "remedy_followup"),
            lasts=(FOLLOWED,),
            since=(("rejection_notice", "decided_on"),),
        ),
        basis="社会救助暂行办法-65",
    ),
    Step(
        "approved",
        "relief_paid",
        "paid",
        who=Role.HANDLER,
        form=schemas.Payments,
        guards=(
            granting.grant_is_published,
            granting.paid_what_was_approved,
            rules.what_happened_is_past,
        ),
        change=remedies.receive_with_money,
        tells=(facts.ReliefPaid,),
        document="payment_voucher",
        **may_contest("payment", starts=("verification",), lasts=(VERIFIED,)),
        basis="社会救助暂行办法-12",
    ),
)
