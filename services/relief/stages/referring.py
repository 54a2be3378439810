"""Another body is asked, in place of this one or beside it (社会救助暂行办法 60)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.relief import facts, rules, schemas
from services.relief.stages.places import EVERYWHERE

_BESIDE = ("surveyed", "at_district", "district_silent", "approved", "paid", "retro_due", "emergency_settled")

STEPS = (
    Step(
        ("to_apply", "materials_check", "surveyed", "informed", "emergency_settled", "rejection_told"),
        "referred",
        "referred",
        who=Role.HANDLER,
        form=schemas.Referral,
        guards=(rules.what_happened_is_past,),
        stops=("handling", "initial_opinion"),
        starts=("referral_followup",),
        since=(("referral_followup", "referred_on"),),
        tells=(facts.ReliefReferred,),
        document="referral_letter",
        basis="社会救助暂行办法-60",
    ),
    Step("referred", "referral_fell_silent", "referral_silent", who=Role.CLOCK, expires="referral_followup"),
    Step(
        "referral_silent",
        "referral_urged",
        "referred",
        who=Role.HANDLER,
        form=schemas.Urging,
        guards=(rules.what_happened_is_past,),
        repeatable=True,
        starts=("referral_followup",),
        since=(("referral_followup", "urged_on"),),
    ),
    Step(
        ("referred", "referral_silent"),
        "referral_answered",
        "referral_settled",
        who=Role.HANDLER,
        form=schemas.ReferralResult,
        stops=("referral_followup",),
    ),
    # Beside what is handled here another body may be asked for what is its own, such as school fees.
    *(
        Step(
            state,
            "also_referred",
            state,
            who=Role.HANDLER,
            form=schemas.Referral,
            guards=(rules.what_happened_is_past,),
            repeatable=True,
            starts=("also_referral",),
            since=(("also_referral", "referred_on"),),
            document="referral_letter",
            basis="社会救助暂行办法-60",
        )
        for state in _BESIDE
    ),
    *(
        Step(
            state,
            "also_referral_followed_up",
            state,
            who=Role.CLOCK,
            expires="also_referral",
            starts=("also_referral",),
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "also_referral_answered",
            state,
            who=Role.HANDLER,
            form=schemas.AlsoReferralResult,
            guards=(rules.referral_is_open,),
            repeatable=True,
            change=rules.note_answer,
            stops=("also_referral",),
            # Others may still be waited for.
            starts=("also_referral",),
            lasts=(("also_referral", "referrals_left"),),
        )
        for state in EVERYWHERE
    ),
    Step("referral_settled", "referral_returned", "to_apply", who=Role.HANDLER, form=schemas.ReferralResult),
)
