"""Wages are paid: by who owes them, out of a project's guarantee, or out of the county's fund (保障农民工工资支付条例 11, 32, 63)."""

from __future__ import annotations

from typing import Any

from chassis.workflow import Role, Step
from services.wage_recovery import debts, decisions, facts, rules, schemas
from services.wage_recovery.stages.places import (
    AFTERWARDS,
    CLAIMING,
    DECISION,
    ENFORCEMENT,
    EVERYWHERE,
    GIVEN_UP,
    INVESTIGATION,
    PAYABLE,
    ROSTERED,
)

#: Where the county's fund is let ask back what it has advanced.
_DEMANDING = (*CLAIMING, *PAYABLE, "paid", "unfounded", *GIVEN_UP, *AFTERWARDS)

#: Of several calls the oldest that the bank has not answered has the clock, of several payouts the oldest not filled up.
_GUARANTEE: dict[str, Any] = {
    "stops": ("guarantee_payment", "guarantee_top_up"),
    "starts": ("guarantee_payment", "guarantee_top_up"),
    "lasts": (("guarantee_payment", "call_waits"), ("guarantee_top_up", "fill_waits")),
    "since": (("guarantee_payment", "call_since"), ("guarantee_top_up", "fill_since")),
}

#: Of several demands the one whose time is over next has the clock; each ends by itself.
_NEXT_DEMAND: dict[str, Any] = {
    "starts": ("fund_recovery",),
    "lasts": (("fund_recovery", "recovery_days"),),
    "since": (("fund_recovery", "recovery_since"),),
}

STEPS = (
    *(
        Step(
            state,
            "payment_recorded",
            state,
            who=Role.HANDLER,
            form=schemas.Payment,
            guards=(
                debts.somebody_is_owed,
                debts.payments_reach_the_workers,
                debts.nobody_gets_too_much,
                debts.fund_was_granted,
                decisions.court_money_is_on_what_is_enforced,
            ),
            keeps="payments",
            repeatable=True,
            change=decisions.pay,
            tells=(facts.PaymentRecorded,),
            document="payment_receipts",
            basis="保障农民工工资支付条例-11",
        )
        # What a court brings in after the reply is paid out all the same.
        for state in (*ROSTERED, *PAYABLE, *GIVEN_UP, *AFTERWARDS)
    ),
    *(
        Step(
            state,
            "guarantee_called",
            state,
            who=Role.HANDLER,
            form=schemas.GuaranteeCall,
            guards=(
                debts.guarantee_is_not_called_for_more_than_owed,
                debts.guarantee_holds_it,
                rules.what_happened_is_past,
            ),
            keeps="guarantee_calls",
            repeatable=True,
            change=debts.guarantee_stands("guarantee_calls"),
            **_GUARANTEE,
            document="guarantee_request",
            basis="保障农民工工资支付条例-32",
        )
        for state in (
            *("coordinated", *INVESTIGATION, *DECISION, "ordered_to_pay", "compensation_due", "enforcement_due"),
            *ENFORCEMENT,
        )
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=Role.HANDLER,
            form=form,
            guards=(guard, rules.what_happened_is_past),
            repeatable=True,
            change=debts.guarantee_stands(trigger),
            **_GUARANTEE,
            basis="保障农民工工资支付条例-32",
        )
        for trigger, form, guard in (
            ("guarantee_paid", schemas.GuaranteePaid, debts.guarantee_was_called),
            ("guarantee_refused", schemas.GuaranteeRefusal, debts.guarantee_is_awaited),
            ("guarantee_topped_up", schemas.GuaranteeTopUp, debts.guarantee_was_called),
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "fund_asked",
            state,
            who=Role.HANDLER,
            form=schemas.FundRequest,
            guards=(debts.something_is_unpaid, debts.fund_answers_first, rules.what_happened_is_past),
            repeatable=True,
            starts=("fund_answer",),
            since=(("fund_answer", "asked_on"),),
            document="emergency_fund_request",
            basis="保障农民工工资支付条例-63",
        )
        for state in (*ROSTERED, *PAYABLE)
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=Role.HANDLER,
            form=form,
            guards=(debts.fund_was_asked, rules.what_happened_is_past),
            keeps=keeps,
            repeatable=True,
            starts=starts,
            lasts=tuple((clock, "days") for clock in starts),
            stops=stops,
            basis="保障农民工工资支付条例-63",
        )
        for trigger, form, keeps, starts, stops in (
            ("fund_answered", schemas.FundAnswer, None, (), ("fund_answer",)),
            ("fund_urged", schemas.Inquiry, "inquiries", ("fund_answer",), ()),
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=Role.HANDLER,
            form=form,
            guards=(debts.no_more_than_advanced, rules.what_happened_is_past),
            repeatable=True,
            change=change,
            document=document,
            tells=tells,
            stops=("fund_recovery",),
            **_NEXT_DEMAND,
            basis="保障农民工工资支付条例-63",
        )
        for trigger, form, change, document, tells, states in (
            ("fund_recovery_demanded", schemas.FundDemand, debts.demand_made, "fund_recovery_demand", (), _DEMANDING),
            (
                *("fund_recovered", schemas.FundRecovery, debts.demand_after, "fund_recovery"),
                *((facts.FundRecovered,), EVERYWHERE),
            ),
        )
        for state in states
    ),
    *(
        Step(
            state,
            "fund_demand_ran_out",
            state,
            who=Role.CLOCK,
            expires="fund_recovery",
            change=debts.demand_next,
            **_NEXT_DEMAND,
        )
        for state in EVERYWHERE
    ),
)
