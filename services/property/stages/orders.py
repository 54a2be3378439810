"""The company puts it right, or is made to: order, interview and credit mark (滨州 52)."""

from __future__ import annotations

from chassis.workflow import Delivery, Role, Step
from services.property import facts, firms, rules, schemas
from services.property.stages.following import rechecks
from services.property.stages.places import MARK

STEPS = (
    Step(
        # Also again while it runs: a notice with a mistake in it, or with too short a time, is made out anew.
        ("verified", "fee_dispute", "ordered"),
        "company_ordered",
        "ordered",
        who=Role.HANDLER,
        form=schemas.Order,
        guards=(
            rules.act_is_not_ahead,
            firms.problem_is_the_companys,
        ),
        change=firms.ordered_anew,
        tells=(facts.CompanyOrdered,),
        stops=("rectification",),
        since=(("rectification", "delivered_on"),),
        starts=("rectification",),
        lasts=(("rectification", "rectify_workdays"),),
        document="rectification_notice",
        serves=Delivery(document="rectification_notice", on="delivered_on"),
        basis="滨州市住宅物业管理条例-52",
    ),
    Step(
        "ordered",
        "company_reported",
        "recheck_due",
        who=Role.HANDLER,
        form=schemas.CompanyReport,
        stops=("rectification",),
    ),
    Step("ordered", "rectification_expired", "recheck_due", who=Role.CLOCK, expires="rectification"),
    *rechecks("recheck_due", "not_fixed", firms.every_demand_is_checked),
    Step(
        "not_fixed",
        "company_interviewed",
        "interviewed",
        who=Role.HANDLER,
        guards=(rules.act_is_not_ahead,),
        form=schemas.Interview,
        change=rules.keeping(was_interviewed=True),
        tells=(facts.CompanyInterviewed,),
        since=(("interview_promise", "interviewed_on"),),
        starts=("interview_promise",),
        lasts=(("interview_promise", "promise_workdays"),),
        document="interview_record",
        basis="滨州市住宅物业管理条例-52",
    ),
    # Who does not come, or does not sign, gains nothing by it.
    Step(
        "not_fixed",
        "interview_refused",
        "credit_mark_due",
        who=Role.HANDLER,
        form=schemas.InterviewRefused,
        guards=(rules.act_is_not_ahead,),
        change=rules.keeping(was_interviewed=False),
        document="interview_refusal",
        basis="滨州市住宅物业管理条例-52",
    ),
    Step(
        "interviewed",
        "company_reported_again",
        "second_recheck_due",
        who=Role.HANDLER,
        form=schemas.CompanyReport,
        stops=("interview_promise",),
    ),
    Step("interviewed", "promise_expired", "second_recheck_due", who=Role.CLOCK, expires="interview_promise"),
    *rechecks("second_recheck_due", "credit_mark_due", firms.every_demand_is_checked),
    # What was not put right costs points; so does a company that stays, or a joint meeting's decision that it ignores.
    *(
        Step(
            state,
            "credit_mark_reported",
            target,
            who=Role.REVIEWER,
            form=schemas.CreditMark,
            guards=(firms.mark_fits_what_happened,),
            apart=(
                *("company_interviewed", "company_interviewed.interviewers"),
                *("interview_refused", "interview_refused.witnesses"),
            ),
            change=firms.marked,
            tells=(facts.CreditMarkReported,),
            document="credit_report",
            basis="滨州市住宅物业管理条例-52",
            **MARK,
        )
        for state, target in (
            ("credit_mark_due", "credit_marked"),
            *((state, state) for state in firms.MARKED_FOR),
        )
    ),
)
