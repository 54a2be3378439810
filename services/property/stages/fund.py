"""A repair that the owners pay from their fund, or somebody else: from the survey to the published costs (山东 68, 71)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import facts, firms, funds, rules, schemas, votes
from services.property.stages.following import silence
from services.property.stages.places import STANDS, WORKS

NEEDED = (
    Step(
        "verified",
        "repair_needed",
        "repair_survey",
        who=Role.HANDLER,
        form=schemas.RepairNeed,
        guards=(firms.problem_is_the_owners, votes.estate_is_registered),
        change=rules.keeping(**funds.ANOTHER_PLAN, paid_otherwise={}),
        basis="山东省物业管理条例-68",
    ),
    # Another plan, another budget: owners who said no, a fund that wants it otherwise, works that were stopped.
    Step(
        ("owner_vote_due", "vote_lost", "fund_application_due", "fund_refused", "handover_due"),
        "plan_revised",
        "repair_survey",
        who=Role.HANDLER,
        form=schemas.Failure,
        guards=(funds.plan_may_be_revised,),
        change=rules.keeping(**funds.ANOTHER_PLAN),
        repeatable=True,
        basis="山东省物业管理条例-71",
    ),
)
#: What the owners then vote on.
SURVEYED = (
    Step(
        "repair_survey",
        "repair_surveyed",
        "owner_vote_due",
        who=Role.HANDLER,
        form=schemas.RepairSurvey,
        guards=(funds.rooms_are_named_once, funds.scope_is_as_registered, funds.fund_may_pay),
        change=funds.budgeted,
        document="repair_plan",
        basis="山东省物业管理条例-71",
    ),
)
STEPS = (
    # Nobody calls the vote, or nobody wants the repair any more: the complainant is told what else is open.
    Step(
        (
            *("repair_survey", "owner_vote_due", "fund_application_due"),
            *("emergency_confirmed", "emergency_overdue"),
        ),
        "repair_given_up",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("emergency_repair",),
    ),
    # Somebody else pays: the owners by agreement (滨州 41), the developer, the company, an insurer; or they quarrel over it.
    Step(
        (
            *("vote_lost", "fund_refused", "audit_refused", "emergency_application_due", "settlement_due"),
            *("emergency_confirmed", "emergency_overdue"),
        ),
        "paid_otherwise",
        "fixed",
        who=Role.HANDLER,
        form=schemas.PaidOtherwise,
        guards=(rules.act_is_not_ahead, funds.a_repair_is_on_file),
        change=funds.paid_otherwise,
        stops=("emergency_repair",),
        basis="滨州市住宅物业管理条例-41",
    ),
    Step(
        ("emergency_application_due", "settlement_due"),
        "payment_disputed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        basis="山东省物业管理条例-75",
    ),
    Step(
        ("fund_application_due", "fund_refused"),
        "fund_applied",
        "fund_applied",
        who=Role.HANDLER,
        form=schemas.FundApplication,
        guards=(
            rules.act_is_not_ahead,
            *STANDS,
            funds.at_most(funds.the_budget, "申请金额超过业主表决通过的预算", "the budget that the owners agreed to"),
        ),
        change=funds.money_asked,
        since=(("fund_follow_up", "applied_on"),),
        starts=("fund_follow_up",),
        lasts=(("fund_follow_up", "answer_workdays"),),
        document="fund_application",
    ),
    *silence("fund_applied", "fund_overdue", "fund_answer_expired", "fund_urged", "fund_follow_up"),
    Step(
        ("fund_applied", "fund_overdue"),
        "fund_approved",
        "repair_under_way",
        who=Role.HANDLER,
        form=schemas.WorksApproval,
        guards=(funds.at_most(funds.asked_of_the_fund, "批准金额超过申请金额", "what was applied for"),),
        change=rules.keeping(repair_stopped={}),
        stops=("fund_follow_up",),
        starts=("repair_works",),
        lasts=(("repair_works", "work_days"),),
    ),
    Step(
        ("fund_applied", "fund_overdue"),
        "fund_declined",
        "fund_refused",
        who=Role.HANDLER,
        form=schemas.FundRefusal,
        stops=("fund_follow_up",),
    ),
    # The works have their time. A contractor who is late is urged, one who botches works again, one who leaves is replaced.
    *silence(*WORKS, "works_expired", "works_urged", "repair_works", form=schemas.WorksUrged, length="work_days"),
    *(
        Step(
            WORKS,
            trigger,
            "repair_under_way",
            who=Role.HANDLER,
            form=form,
            repeatable=True,
            stops=("repair_works",),
            starts=("repair_works",),
            lasts=(("repair_works", "work_days"),),
        )
        for trigger, form in (
            ("repair_rejected", schemas.Rejection),
            ("contractor_replaced", schemas.ContractorReplaced),
        )
    ),
    Step(
        WORKS,
        "repair_accepted",
        "settlement_due",
        who=Role.HANDLER,
        form=schemas.WorkAcceptance,
        guards=(rules.act_is_not_ahead,),
        stops=("repair_works",),
        document="acceptance_report",
    ),
    Step(
        WORKS,
        "repair_stopped",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.RepairStopped,
        guards=(rules.act_is_not_ahead, funds.paid_out_was_approved),
        change=funds.repair_stopped,
        stops=("repair_works",),
        document="repair_stop_notice",
        basis="民法典-281",
    ),
    Step(
        "settlement_due",
        "repair_settled",
        "publication_due",
        who=Role.HANDLER,
        form=schemas.Settlement,
        guards=(funds.at_most(funds.approved_by_the_fund, "结算金额超过批准使用的维修资金", "what was approved"),),
        change=funds.settled,
        document="allocation_table",
        basis="民法典-283",
    ),
    Step(
        "publication_due",
        "costs_published",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Posting,
        change=funds.published,
        guards=(rules.act_is_not_ahead,),
        tells=(facts.RepairCostsPublished,),
        document="fund_use_notice",
        basis="滨州市住宅物业管理条例-43",
    ),
)
#: Money of the fund was diverted: the district recovers it and may fine.
DIVERTED = (
    Step(
        "verified",
        "fund_diversion_reported",
        "awaiting_external",
        who=Role.HANDLER,
        form=schemas.Referral,
        guards=(funds.fund_was_diverted,),
        change=funds.diversion_kept,
        starts=("external_follow_up",),
        lasts=(("external_follow_up", "answer_workdays"),),
        document="diversion_report",
        basis="物业管理条例-60",
    ),
)
