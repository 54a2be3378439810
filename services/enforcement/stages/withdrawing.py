"""Who must not act withdraws (行政处罚法 43)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.enforcement import reading, recusal, schemas
from services.enforcement.stages.places import HANDLING

#: Where somebody may be asked to withdraw: from the first look on, until the resident is told the end.
STEPS = tuple(
    step
    for state in ("clue", *HANDLING)
    for step in (
        Step(
            state,
            "withdrawal_sought",
            state,
            who=Role.HANDLER,
            form=schemas.Recusal,
            guards=(recusal.nothing_is_asked, reading.dated("sought_on")),
            change=recusal.ask,
            repeatable=True,
            starts=("recusal",),
            since=(("recusal", "recusal_on"),),
            basis="行政处罚法-43",
        ),
        Step(
            state,
            "withdrawal_decided",
            state,
            who=Role.LEADER,
            form=schemas.RecusalDecision,
            guards=(
                recusal.something_is_asked,
                recusal.who_is_asked_does_not_decide,
                reading.dated("decided_on", "recusal_on"),
            ),
            change=recusal.decide,
            repeatable=True,
            stops=("recusal",),
            document="recusal_decision",
            basis="行政处罚法-43",
        ),
    )
)
