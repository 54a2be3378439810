"""A court is asked for an order for payment: it is served, objected to, or in effect (劳动争议调解仲裁法 16; 民事诉讼法 227, 228)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workflow import Role, Step
from services.wage_recovery import courts, rules, schemas
from services.wage_recovery.stages.places import ENFORCEABLE, PAYMENT_ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _payment_order_gone(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"payment_order_served": None}


STEPS = (
    Step(
        ("coordinated", "settlement_broken"),
        "payment_order_applied",
        "payment_order_pending",
        who=Role.HANDLER,
        form=schemas.PaymentOrderRequest,
        guards=(
            rules.what_happened_is_past,
            courts.payment_order_has_its_ground,
            courts.payment_order_is_upon_who_is_liable,
            courts.respondent_is_described,
        ),
        change=courts.payment_order_upon,
        starts=("payment_order_issue",),
        since=(("payment_order_issue", "applied_on"),),
        document="payment_order_application",
        basis="劳动争议调解仲裁法-16",
    ),
    Step(
        "payment_order_pending",
        "payment_order_late",
        "payment_order_overdue",
        who=Role.CLOCK,
        expires="payment_order_issue",
    ),
    Step("payment_order_pending", "answer_overdue", "payment_order_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        PAYMENT_ORDER,
        "court_asked",
        "payment_order_pending",
        who=Role.HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        PAYMENT_ORDER,
        "payment_order_served",
        "payment_order_issued",
        who=Role.HANDLER,
        form=schemas.PaymentOrder,
        guards=(rules.what_happened_is_past,),
        starts=("payment_order_objection",),
        since=(("payment_order_objection", "served_on"),),
        stops=("payment_order_issue", "follow_up"),
        basis="民事诉讼法-227",
    ),
    Step(
        (*PAYMENT_ORDER, "payment_order_issued"),
        "payment_order_failed",
        "coordinated",
        who=Role.HANDLER,
        form=schemas.Objection,
        change=_payment_order_gone,
        stops=("payment_order_issue", "payment_order_objection", "follow_up"),
        basis="民事诉讼法-228",
    ),
    Step(
        "payment_order_issued",
        "objection_time_ran_out",
        "enforcement_due",
        who=Role.CLOCK,
        expires="payment_order_objection",
        change=courts.enforceable("payment_order"),
        starts=("enforcement_application",),
        since=ENFORCEABLE,
        basis="民事诉讼法-227",
    ),
)
