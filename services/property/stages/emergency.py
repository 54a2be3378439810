"""A repair that can't wait for a vote: confirmed, made, then paid from the fund (滨州 42, 43)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import funds, rules, schemas
from services.property.stages.following import lateness, silence

STEPS = (
    Step(
        # Also what was to be voted on, or was voted down: it may get so bad that it can't wait.
        ("classified", "verified", "repair_survey", "owner_vote_due", "vote_lost"),
        "emergency_reported",
        "emergency_reported",
        who=Role.HANDLER,
        form=schemas.EmergencyReport,
        change=rules.keeping(**funds.ANOTHER_EMERGENCY),
        basis="滨州市住宅物业管理条例-42",
    ),
    Step(
        "emergency_reported",
        "emergency_confirmed",
        "emergency_confirmed",
        who=Role.HANDLER,
        form=schemas.EmergencyConfirmation,
        guards=(rules.act_is_not_ahead, funds.confirmed_by_the_owners),
        since=(("emergency_repair", "confirmed_at"),),
        starts=("emergency_repair",),
        document="emergency_confirmation",
        basis="滨州市住宅物业管理条例-43",
    ),
    Step(
        "emergency_reported",
        "emergency_not_confirmed",
        "classified",
        who=Role.HANDLER,
        form=schemas.EmergencyRefusal,
        repeatable=True,
    ),
    *silence(
        *(
            "emergency_confirmed",
            "emergency_overdue",
            "emergency_repair_expired",
            "emergency_urged",
            "emergency_repair",
        ),
        form=schemas.WorksUrged,
        length="work_days",
    ),
    Step(
        ("emergency_confirmed", "emergency_overdue"),
        "emergency_repaired",
        "emergency_application_due",
        who=Role.HANDLER,
        form=schemas.EmergencyRepair,
        guards=(
            rules.act_is_not_ahead,
            funds.rooms_are_named_once,
            funds.scope_is_as_registered,
            funds.no_utility_in_the_bill,
        ),
        stops=("emergency_repair",),
        document="acceptance_report",
    ),
    Step(
        ("emergency_application_due", "audit_refused"),
        "emergency_fund_applied",
        "emergency_audit",
        who=Role.HANDLER,
        form=schemas.EmergencyApplication,
        guards=(
            rules.act_is_not_ahead,
            funds.at_most(funds.the_emergency_cost, "申请金额超过实际维修费用", "what the repair has cost"),
        ),
        change=funds.money_asked,
        since=(("emergency_audit", "applied_on"),),
        starts=("emergency_audit",),
        document="fund_application",
        basis="滨州市住宅物业管理条例-43",
    ),
    *lateness(
        *("emergency_audit", "audit_overdue", "audit_expired", "audit_urged", "audit_answer_expired", "emergency_audit")
    ),
    Step(
        ("emergency_audit", "audit_overdue"),
        "audit_passed",
        "publication_due",
        who=Role.HANDLER,
        form=schemas.FundApproval,
        guards=(funds.at_most(funds.the_emergency_cost, "审核金额超过实际维修费用", "what the repair has cost"),),
        change=funds.emergency_audited,
        stops=("emergency_audit", "urged_answer"),
        document="allocation_table",
    ),
    Step(
        ("emergency_audit", "audit_overdue"),
        "audit_declined",
        "audit_refused",
        who=Role.HANDLER,
        form=schemas.FundRefusal,
        stops=("emergency_audit", "urged_answer"),
    ),
)
