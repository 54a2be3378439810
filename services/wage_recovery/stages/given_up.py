"""Nobody goes on: the workers do not want to, or the time to ask a court is over (保障农民工工资支付条例 10; 民事诉讼法 250)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.wage_recovery import courts, debts, rules, schemas
from services.wage_recovery.stages.places import CLAIMING, CLOCKS, GIVEN_UP, POLICE

STEPS = (
    Step(
        (
            *(*CLAIMING, "coordinated", "confirmation_refused", "settlement_broken", "awarded", "judged"),
            *("award_refused", "judgment_refused", "enforcement_due", *POLICE),
        ),
        "not_pursued",
        "not_pursued",
        who=Role.HANDLER,
        form=schemas.NotPursued,
        guards=(rules.what_happened_is_past,),
        change=courts.tell_last_days,
        stops=CLOCKS,
        document="remedies_notice",
        basis="保障农民工工资支付条例-10",
    ),
    Step(
        ("settlement_broken", "awarded", "judged", "enforcement_due", *POLICE),
        "window_missed",
        "window_missed",
        who=Role.HANDLER,
        form=schemas.WindowMissed,
        guards=(courts.window_is_over,),
        change=courts.tell_last_days,
        stops=CLOCKS,
        document="remedies_notice",
        basis="民事诉讼法-250",
    ),
    # Other ways than the one that is over, or was not wanted, may be open still.
    Step(
        GIVEN_UP,
        "taken_up_again",
        "coordinated",
        who=Role.HANDLER,
        form=schemas.Reopened,
        guards=(debts.roster_is_verified,),
        repeatable=True,
        basis="保障农民工工资支付条例-10",
    ),
)
