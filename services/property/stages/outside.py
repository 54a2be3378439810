"""What somebody outside must do: referred, urged, and looked at again (滨州 53)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import firms, rules, schemas
from services.property.stages.following import rechecks, silence
from services.property.stages.places import REPORT

STEPS = (
    Step(
        "verified",
        "referred_out",
        "awaiting_external",
        who=Role.HANDLER,
        form=schemas.Referral,
        guards=(firms.problem_is_anothers,),
        change=rules.keeping(external_urged=[]),
        starts=("external_follow_up",),
        lasts=(("external_follow_up", "answer_workdays"),),
        document="referral_letter",
        basis="滨州市住宅物业管理条例-53",
    ),
    # What a joint meeting has not settled goes before the authority, which is followed up like any other.
    Step(
        "handover_due",
        "authority_asked",
        "awaiting_external",
        who=Role.HANDLER,
        form=schemas.Referral,
        repeatable=True,
        # Whoever is asked now is urged himself before he counts as silent.
        change=rules.keeping(external_urged=[]),
        starts=("external_follow_up",),
        lasts=(("external_follow_up", "answer_workdays"),),
        document="referral_letter",
        basis="滨州市住宅物业管理条例-53",
    ),
    Step(
        ("awaiting_external", "external_overdue"),
        "external_settled",
        "external_recheck_due",
        who=Role.HANDLER,
        form=schemas.Result,
        stops=("external_follow_up",),
    ),
    *rechecks("external_recheck_due", "handover_due"),
    Step(
        ("awaiting_external", "external_overdue"),
        "external_declined",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("external_follow_up",),
    ),
    *silence(
        "awaiting_external", "external_overdue", "external_answer_expired", "external_urged", "external_follow_up"
    ),
    Step(
        "external_overdue",
        "handed_over",
        "handed_over",
        who=Role.HANDLER,
        form=schemas.Handover,
        guards=(firms.was_urged,),
        change=firms.reported("handed_over"),
        document="handover_letter",
        **REPORT,
    ),
)
