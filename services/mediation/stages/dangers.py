"""A dispute that may grow violent is reported at once and followed up, wherever the case lies (人民调解法 25)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.mediation import facts, rules, schemas
from services.mediation.stages.following import another, answered
from services.mediation.stages.places import EVERYWHERE

STEPS = (
    *(
        Step(
            state,
            "escalation_reported",
            state,
            who=Role.HANDLER,
            form=schemas.Escalation,
            guards=(rules.signed_and_heard_by_now,),
            keeps="escalations",
            repeatable=True,
            change=another(rules.DANGERS, "escalation_follow_up", "ask_again_in"),
            tells=(facts.EscalationReported,),
            starts=("escalation_follow_up",),
            lasts=(("escalation_follow_up", "ask_again_in"),),
            document="escalation_report",
            basis="人民调解法-25",
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "escalation_followed_up",
            state,
            who=Role.HANDLER,
            form=schemas.EscalationFollowUp,
            guards=(rules.DANGERS.is_waited_for("等待回音的激化风险报告", "report of a danger waits for an answer"),),
            keeps="escalation_answers",
            repeatable=True,
            change=answered(rules.DANGERS, "escalation_follow_up", "danger", "ask_again_in"),
            stops=("escalation_follow_up",),
            starts=("escalation_follow_up",),
            lasts=(("escalation_follow_up", "ask_again_in"),),
            basis="人民调解法-25",
        )
        for state in EVERYWHERE
    ),
)
