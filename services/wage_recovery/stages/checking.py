"""A reviewer fixes what is owed, and checks that it has reached each worker (保障农民工工资支付条例 11, 31)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role, Step
from services.wage_recovery import courts, debts, decisions, facts, schemas
from services.wage_recovery.stages.places import AFTERWARDS, CLOCKS, ENFORCEMENT, GIVEN_UP, PAYABLE, ROSTERED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _payment_withdrawn(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"payments": list(case.details["payments"])[:-1], "payment_verified": None}


def _with_the_last(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    said = {name: form[name] for name in ("source", "which_enforced", "rows")}
    paid = decisions.pay(case, said, moment) if form["rows"] else {}
    return {**paid, "verified_on": local_date(moment.now)}


STEPS = (
    *(
        Step(
            state,
            "sums_fixed",
            state,
            who=Role.REVIEWER,
            form=schemas.FixedSums,
            apart=("roster_verified",),
            guards=(courts.sums_have_their_ground,),
            keeps="sums",
            document="fixed_sums",
            basis="保障农民工工资支付条例-31",
        )
        for state in (
            *("coordinated", "mediating", "awarded", "judged", "enforcement_due"),
            *(*ENFORCEMENT, "enforcement_settled"),
        )
    ),
    *(
        Step(
            state,
            "payment_doubted",
            state,
            who=Role.REVIEWER,
            form=schemas.PaymentDoubt,
            guards=(debts.there_is_a_payment,),
            change=_payment_withdrawn,
            tells=(facts.PaymentDoubted,),
        )
        for state in (*ROSTERED, *PAYABLE, *GIVEN_UP, *AFTERWARDS)
    ),
    Step(
        (*ROSTERED, *PAYABLE, *GIVEN_UP, "partly_paid"),
        "payment_verified",
        "paid",
        who=Role.REVIEWER,
        form=schemas.PaymentCheck,
        apart=("payment_recorded",),
        guards=(
            debts.payments_reach_the_workers,
            debts.nobody_gets_too_much,
            debts.fund_was_granted,
            decisions.court_money_is_on_what_is_enforced,
            debts.every_worker_is_paid,
            debts.every_worker_was_checked,
            decisions.compensation_is_paid,
        ),
        change=_with_the_last,
        tells=(facts.WagesPaid,),
        stops=CLOCKS,
        document="payment_check_record",
        basis="保障农民工工资支付条例-11",
    ),
)
