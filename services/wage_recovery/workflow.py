"""The procedure of wage recovery, as one table.

    accepted -> roster -> liable party -> evidence -> coordination -> paid, checked -> concluded
      mediation -> settlement in instalments -> kept, or broken -> payment order, arbitration
      labour inspection (its result is awaited) -> order to pay -> compensation -> court, police
      arbitration (its award is awaited) -> award -> court

The street has no power of inspection: it prepares, brings together, hands over and follows up.
"""

from __future__ import annotations

from dataclasses import replace

from chassis import handling
from chassis.workflow import EVERY, Step, Workflow
from services.wage_recovery import debts, rules
from services.wage_recovery.stages import (
    afterwards,
    arbitrating,
    blacklisting,
    checking,
    claiming,
    concluding,
    confirming,
    deciding,
    enforcing,
    given_up,
    inspecting,
    ordering,
    paying,
    payment_orders,
    police,
    reporting,
    resuming,
    settling,
    suing,
    verifying,
)
from services.wage_recovery.stages.places import ASKED, IN_COURT, LEFT_BEHIND, OPEN, OWN

_GONE = ("returned", "transferred", "withdrawn")

_STEPS = (
    *(
        # Who takes the claim elsewhere hears nothing of that court here.
        replace(step, stops=(*step.stops, *IN_COURT)) if step.target in _GONE else step
        for step in handling.shared_steps(mechanism="wage_recovery", first="accepted", open_states=OPEN, ready=())
        if step.sources
    ),
    *claiming.STEPS,
    *verifying.STEPS,
    *paying.STEPS,
    *checking.STEPS,
    *settling.STEPS,
    *confirming.STEPS,
    *payment_orders.STEPS,
    *inspecting.STEPS,
    *ordering.STEPS,
    *deciding.STEPS,
    *police.STEPS,
    *blacklisting.STEPS,
    *reporting.STEPS,
    *arbitrating.STEPS,
    *suing.STEPS,
    *enforcing.STEPS,
    *given_up.STEPS,
    *resuming.STEPS,
    *afterwards.STEPS,
    *concluding.STEPS,
)


def _with_each(step: Step) -> tuple[tuple[str, str], ...]:
    """Let a step that ends what several things have each of their own, and does not say of which, end each."""
    said = {name for name, _ in step.of}
    return (*step.of, *((name, EVERY) for name in OWN if name in step.stops and name not in said))


WAGE_RECOVERY = Workflow(
    "wage_recovery",
    # Every paper, and whoever reads the case, is told what is still owed.
    *(replace(rules.in_order(step), change=debts.knowing_what_is_left(step), of=_with_each(step)) for step in _STEPS),
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=(*LEFT_BEHIND, *ASKED, *IN_COURT),
)
