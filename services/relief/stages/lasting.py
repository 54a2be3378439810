"""What is paid month by month is verified, stopped, and made good (社会救助暂行办法 12, 13)."""

from __future__ import annotations

from chassis import handling
from chassis.workflow import Delivery, Role, Step
from services.relief import benefits, facts, granting, remedies, rules, schemas
from services.relief.stages.places import AFTER_THE_END, VERIFIED, may_contest

#: Where a monthly relief may be paid: a rework does not stop it, whatever becomes of the appeal then.
_PAYING = (
    *("paid", "stopped", "concluded", *handling.ENDS, "rework_due", "benefit_reviewing", "received", "return_pending"),
    *("to_apply", "informed", "referred", "referral_silent", "referral_settled"),
)
_RUNS = (benefits.benefit_still_runs,)
_RUNS_ON = (*_RUNS, benefits.outlives_the_appeal)

STEPS = (
    # What is paid month by month outlives the appeal: it is verified, and may end, when that is long closed.
    *(
        Step(
            state,
            "benefit_verified",
            target,
            who=Role.HANDLER,
            form=schemas.BenefitChange,
            guards=(*guards, benefits.change_fits_the_amount, rules.what_happened_is_past),
            repeatable=True,
            change=remedies.verify,
            document="verification_record",
            **may_contest(
                "verification", starts=("verification",), lasts=(VERIFIED,), since=(("verification", "checked_on"),)
            ),
            basis="社会救助暂行办法-13",
        )
        for state, target, guards in (
            ("benefit_reviewing", "paid", _RUNS),
            ("paid", "paid", _RUNS),
            *((state, state, _RUNS_ON) for state in AFTER_THE_END),
        )
    ),
    *(
        Step(
            state,
            "benefit_stopped",
            target,
            who=Role.LEADER,
            form=schemas.BenefitStop,
            guards=(
                *guards,
                benefits.end_is_decided_and_published,
                benefits.last_month_fits,
                rules.what_happened_is_past,
            ),
            change=remedies.decides("stopped", benefits.end_benefit),
            tells=(facts.ReliefStopped,),
            document="stop_notice",
            serves=Delivery(document="stop_notice", on="told_on", awaited=True),
            **may_contest("verification"),
            basis="社会救助暂行办法-13",
        )
        for state, target, guards in (
            ("benefit_reviewing", "stopped", _RUNS),
            ("paid", "stopped", _RUNS),
            *((state, state, _RUNS_ON) for state in AFTER_THE_END),
        )
    ),
    *(
        Step(
            state,
            "month_paid",
            state,
            who=Role.HANDLER,
            form=schemas.MonthPayment,
            guards=(benefits.month_is_due, rules.what_happened_is_past),
            repeatable=True,
            basis="社会救助暂行办法-12",
        )
        for state in _PAYING
    ),
    *(
        Step(
            state,
            "arrears_paid",
            state,
            who=Role.HANDLER,
            form=schemas.Arrears,
            guards=(granting.something_was_granted, rules.what_happened_is_past),
            repeatable=True,
            change=remedies.makes_good(("amount", "lowered", "stopped")),
            document="payment_voucher",
            basis="社会救助暂行办法-12",
        )
        for state in ("benefit_reviewing", "paid", "stopped", *AFTER_THE_END)
    ),
    # An appeal that comes back while its monthly relief runs has that verified, or stopped; nothing is applied for anew.
    handling.resumed(
        "benefit_taken_up", "benefit_reviewing", benefits.what_runs_is_lasting, basis="社会救助暂行办法-13"
    ),
)
