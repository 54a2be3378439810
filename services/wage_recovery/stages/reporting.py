"""What looks serious is reported to who may sanction it, whose answer is followed up (保障农民工工资支付条例 47, 49, 55, 59)."""

from __future__ import annotations

from typing import Any

from chassis.workflow import Role, Step
from services.wage_recovery import rules, schemas, serious
from services.wage_recovery.stages.places import AFTERWARDS, EVERYWHERE, GIVEN_UP, PAYABLE

#: Of several reports the one that has waited longest has the clock.
_ANSWER: dict[str, Any] = {
    "starts": ("serious_answer",),
    "lasts": (("serious_answer", "serious_waits"),),
    "since": (("serious_answer", "serious_asked_since"),),
}

STEPS = (
    *(
        Step(
            state,
            "serious_case_reported",
            state,
            who=Role.HANDLER,
            form=schemas.SeriousReport,
            guards=(serious.has_its_ground, rules.what_happened_is_past),
            keeps="serious_reports",
            repeatable=True,
            change=serious.follow_up("serious_reports"),
            **_ANSWER,
            document="serious_case_letter",
            basis="保障农民工工资支付条例-47",
        )
        for state in (*PAYABLE, *GIVEN_UP, *AFTERWARDS)
    ),
    *(
        Step(
            state,
            "serious_case_answered",
            state,
            who=Role.HANDLER,
            form=schemas.SeriousAnswer,
            guards=(serious.is_awaited, rules.what_happened_is_past),
            keeps="serious_answers",
            repeatable=True,
            change=serious.follow_up("serious_answers"),
            stops=("serious_answer",),
            **_ANSWER,
            basis="保障农民工工资支付条例-47",
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "serious_case_urged",
            state,
            who=Role.HANDLER,
            form=schemas.Inquiry,
            guards=(serious.is_awaited,),
            keeps="inquiries",
            repeatable=True,
            starts=("serious_answer",),
            lasts=(("serious_answer", "days"),),
        )
        for state in EVERYWHERE
    ),
)
