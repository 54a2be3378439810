"""People in a lift come first (滨州市电梯安全管理条例 28)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import funds, rules, schemas

STEPS = (
    Step(
        ("accepted", "classified", "verified"),
        "people_trapped",
        "rescue_due",
        who=Role.HANDLER,
        guards=(rules.act_is_not_ahead,),
        form=schemas.Trapped,
        change=funds.called_at,
        repeatable=True,
        since=(("elevator_rescue", "called_at"),),
        starts=("elevator_rescue",),
        basis="滨州市电梯安全管理条例-28",
    ),
    # Nobody is there in half an hour: the fire brigade is called, and has a time of its own; the late firm is reported.
    Step("rescue_due", "rescue_expired", "rescue_overdue", who=Role.CLOCK, expires="elevator_rescue"),
    Step("rescue_due", "second_rescue_expired", "rescue_overdue", who=Role.CLOCK, expires="second_rescue"),
    Step(
        ("rescue_due", "rescue_overdue"),
        "rescuers_called_again",
        "rescue_due",
        who=Role.HANDLER,
        form=schemas.RescuersCalledAgain,
        guards=(rules.act_is_not_ahead,),
        repeatable=True,
        stops=("second_rescue",),
        since=(("second_rescue", "called_at"),),
        starts=("second_rescue",),
        basis="滨州市电梯安全管理条例-28",
    ),
    Step(
        ("rescue_due", "rescue_overdue"),
        "people_freed",
        "accepted",
        who=Role.HANDLER,
        form=schemas.Rescue,
        guards=(funds.freed_after_arrival,),
        repeatable=True,
        stops=("elevator_rescue", "second_rescue"),
    ),
)
