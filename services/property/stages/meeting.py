"""All sides at one table; what fails there is handed over (滨州 51; 山东 75)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import facts, firms, rules, schemas
from services.property.stages.places import REPORT

STEPS = (
    Step(
        (
            "verified",
            "not_fixed",
            "credit_marked",
            "exit_refused",
            "books_withheld",
            "decision_order_over",
            "handover_due",
            "joint_meeting_called",
        ),
        "joint_meeting_called",
        "joint_meeting_called",
        who=Role.HANDLER,
        form=schemas.MeetingCall,
        guards=(firms.all_sides_are_invited,),
        change=firms.meeting_called,
        stops=("joint_meeting",),
        starts=("joint_meeting",),
        lasts=(("joint_meeting", "meeting_days"),),
        document="meeting_notice",
        basis="滨州市住宅物业管理条例-51",
    ),
    Step(
        "joint_meeting_called",
        "joint_meeting_held",
        "decision_follow_up",
        who=Role.HANDLER,
        guards=(rules.act_is_not_ahead,),
        form=schemas.Minutes,
        tells=(facts.JointMeetingHeld,),
        stops=("joint_meeting",),
        since=(("meeting_decision", "held_at"),),
        starts=("meeting_decision",),
        lasts=(("meeting_decision", "follow_up_workdays"),),
        document="meeting_minutes",
        basis="滨州市住宅物业管理条例-51",
    ),
    Step(
        "joint_meeting_called",
        "joint_meeting_failed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("joint_meeting",),
    ),
    Step(
        "decision_follow_up",
        "decision_carried_out",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Result,
        stops=("meeting_decision",),
    ),
    Step(
        "decision_follow_up",
        "decision_failed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("meeting_decision",),
    ),
    Step("decision_follow_up", "decision_expired", "handover_due", who=Role.CLOCK, expires="meeting_decision"),
    Step(
        "handover_due",
        "decision_carried_out",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Result,
    ),
    Step(
        "handover_due",
        "handed_over",
        "handed_over",
        who=Role.HANDLER,
        form=schemas.Handover,
        change=firms.reported("handed_over"),
        document="handover_letter",
        basis="山东省物业管理条例-75",
        **REPORT,
    ),
)
