"""Inspection orders to pay; the order is obeyed, revoked, or runs out (劳动保障监察条例 26; 行政复议法 64)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chassis.workflow import Role, Step
from services.wage_recovery import debts, decisions, facts, orders, rules, schemas
from services.wage_recovery.stages.places import (
    DECISION,
    ENFORCEMENT,
    FALLEN,
    FALLS,
    INVESTIGATION,
    ORDERED,
    PAYABLE,
    POLICE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

#: Of several orders to pay the one that runs out next has the clock; each ends by itself.
_NEXT_ORDER: dict[str, Any] = {
    "starts": ("order_to_pay",),
    "lasts": (("order_to_pay", "order_days"),),
    "since": (("order_to_pay", "order_since"),),
}

#: Each order has its own times to be contested, and with it falls what was decided upon its payer.
_UNDER_ITS_NAME = tuple((clock, "order_named") for clock in ORDERED)
_FALLEN = (*_UNDER_ITS_NAME, *FALLEN)


def _disobeyed(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    left = debts.outstanding(case)
    rows = case.details["roster"]["rows"]
    found = {"unpaid": sum(left.values(), Decimal(0)), "crime_signs": orders.crime_signs(rows, left)}
    return {**found, **orders.run_out(case, moment)}


STEPS = (
    Step(
        # Also to the next liable party, while the first has not paid.
        (*INVESTIGATION, *DECISION, "ordered_to_pay", "compensation_due", "enforcement_due"),
        "payment_ordered",
        "ordered_to_pay",
        who=Role.HANDLER,
        form=schemas.OrderToPay,
        guards=(
            orders.order_is_served,
            orders.order_is_not_above_what_is_owed,
            orders.order_comes_first_for_this_payer,
            rules.what_happened_is_past,
            orders.served_after_the_revocation,
        ),
        keeps="order",
        change=orders.add_order,
        tells=(facts.PaymentOrdered,),
        starts=(*_NEXT_ORDER["starts"], *ORDERED),
        lasts=(*_NEXT_ORDER["lasts"], ("order_suit", "months_to_sue")),
        since=(*_NEXT_ORDER["since"], *((clock, "served_on") for clock in ORDERED)),
        of=_UNDER_ITS_NAME,
        stops=("inspection_investigation", "investigation_extension", "inspection_decision", "follow_up"),
        document="order_to_pay",
        basis="劳动保障监察条例-26",
    ),
    # An order that is revoked binds nobody: the authority decides anew, or goes on by those that stand.
    *(
        Step(
            state,
            trigger,
            target or state,
            who=Role.HANDLER,
            form=schemas.OrderRevocation,
            guards=(orders.order_stands, rules.what_happened_is_past, guard),
            keeps="orders_revoked",
            repeatable=True,
            change=decisions.revoke_order,
            tells=(facts.OrderRevoked,),
            starts=starts,
            lasts=lasts,
            since=since,
            stops=(*stops, *ORDERED, *FALLS),
            of=_FALLEN,
            document="order_revocation",
            basis="行政复议法-64",
        )
        for state in ("ordered_to_pay", "compensation_due", "enforcement_due", *ENFORCEMENT, *POLICE)
        for trigger, target, guard, starts, lasts, since, stops in (
            (
                "order_revoked",
                "decision_pending",
                orders.no_other_order_stands,
                ("inspection_decision",),
                (),
                (("inspection_decision", "revoked_on"),),
                ("order_to_pay", "follow_up"),
            ),
            (
                *("order_revoked_others_stand", "", orders.another_order_stands),
                _NEXT_ORDER["starts"],
                _NEXT_ORDER["lasts"],
                _NEXT_ORDER["since"],
                ("order_to_pay",),
            ),
        )
    ),
    Step(
        "ordered_to_pay",
        "order_expired",
        "compensation_due",
        who=Role.CLOCK,
        expires="order_to_pay",
        guards=(debts.something_is_unpaid,),
        change=_disobeyed,
        tells=(facts.OrderDisobeyed,),
        # Until the authority has decided what comes of it.
        starts=("follow_up", *_NEXT_ORDER["starts"]),
        lasts=_NEXT_ORDER["lasts"],
        since=_NEXT_ORDER["since"],
        basis="劳动保障监察条例-26",
    ),
    *(
        # Another payer's order runs out while the first is dealt with already.
        Step(
            state,
            "another_order_expired",
            state,
            who=Role.CLOCK,
            expires="order_to_pay",
            guards=(debts.something_is_unpaid,),
            change=_disobeyed,
            tells=(facts.OrderDisobeyed,),
            **_NEXT_ORDER,
            basis="劳动保障监察条例-26",
        )
        for state in (*PAYABLE, "partly_paid")
        if state != "ordered_to_pay"
    ),
    Step(
        "ordered_to_pay",
        "order_found_disobeyed",
        "compensation_due",
        who=Role.HANDLER,
        guards=(debts.something_is_unpaid, orders.order_has_run_out),
        change=_disobeyed,
        tells=(facts.OrderDisobeyed,),
        # Until the authority has decided what comes of it.
        starts=("follow_up", *_NEXT_ORDER["starts"]),
        lasts=_NEXT_ORDER["lasts"],
        since=_NEXT_ORDER["since"],
        stops=_NEXT_ORDER["starts"],
        basis="劳动保障监察条例-26",
    ),
    Step(
        "compensation_due",
        "inspection_asked",
        "compensation_due",
        who=Role.HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
)
