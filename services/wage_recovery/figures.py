"""What is counted of a claim, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from chassis.workcalendar import local_date
from services.wage_recovery import debts, decisions, orders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.workflow import CaseView

_HANDED_ON = {
    "inspection": "referred_to_inspection",
    "arbitration": "referred_to_arbitration",
    "court": "lawsuit_filed",
    "police": "crime_transferred",
}
_ONCE = {"claims": "claim", "not_wages": "found_not_wages", "unfounded": "unfounded", "blacklisted": "blacklisted"}
#: The settlement runs, or nobody here sees any more whether it does.
_STILL_SETTLING = (
    *("settlement_performing", "confirmation_pending", "confirmation_overdue", "confirmation_refused"),
    *("arbitral_confirmation_pending", "arbitral_confirmation_overdue"),
    *("returned", "transferred", "withdrawn"),
)


def counts(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    """Count the workers and their wages: owed, paid and from whose money; and the ways that were gone for them."""
    kept = case.details
    for figure, name in _ONCE.items():
        if kept.get(name):
            yield figure, "", 1
    for to, name in _HANDED_ON.items():
        if kept.get(name):
            yield "handed_on", to, 1
    yield "group_incidents", "", len(kept.get("group_reports", ()))
    if kept.get("roster"):
        yield from _wages(case)
    if kept.get("settlement"):
        yield "settlements", _settled(case), 1
        yield "agreed_sum", "", debts.total_of(kept["settlement"]["instalments"])
    if kept.get("order"):
        yield (
            "orders",
            "disobeyed" if kept.get("unpaid") is not None else "obeyed" if kept.get("payment_verified") else "running",
            1,
        )
    yield "orders", "revoked", sum(bool(order.get("revoked_on")) for order in orders.orders(case))
    yield "ordered_sum", "", debts.total_of(orders.standing(case))
    if kept.get("settlement_confirmed"):
        yield "confirmed", "", 1
    yield "fund_advanced", "", debts.advanced(case)
    yield "fund_recovered", "", sum((Decimal(row["amount"]) for row in kept.get("fund_recovered") or ()), Decimal(0))
    yield "compensation", "", decisions.compensation(kept)
    yield "compensation_paid", "", Decimal((kept.get("payment_verified") or {}).get("compensation_paid", 0))
    yield "guarantees_used", "", sum((Decimal(row["amount"]) for row in kept.get("guarantee_paid", ())), Decimal(0))


def _settled(case: CaseView) -> str:
    if case.details.get("payment_verified") and not case.details.get("settlement_breached"):
        return "performed"
    return "running" if case.state in _STILL_SETTLING else "broken"


def _wages(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    rows = case.details["roster"]["rows"]
    owed = debts.owed_by_worker(rows)
    yield "workers", "", len(owed)
    yield "claimed", "", sum(owed.values(), Decimal(0))
    left = debts.outstanding(case)
    yield "workers_paid", "", sum(not left.get(number) for number, amount in owed.items() if amount)
    for payment in case.details.get("payments", ()):
        for row in payment["rows"]:
            yield "recovered", payment["source"], Decimal(row["amount"])


def dated(case: CaseView) -> Iterator[tuple[str, str, date, Decimal]]:
    """Say on which day wages were verified, agreed, ordered and paid, advanced out of the county's fund and given back."""
    # Before these days were kept, they are taken for the day on which the case came.
    kept, came = case.details, local_date(case.opened_at)
    if kept.get("roster"):
        yield "claimed", "", _day(kept.get("roster_on") or came), debts.total_owed(kept["roster"]["rows"])
        for payment in kept.get("payments", ()):
            for row in payment["rows"]:
                yield "recovered", payment["source"], _day(row["paid_on"]), Decimal(row["amount"])
    if kept.get("settlement"):
        effective = _day(kept.get("settlement_effective_on") or came)
        yield "agreed_sum", "", effective, debts.total_of(kept["settlement"]["instalments"])
    for decided in decisions.standing(kept):
        if "compensation" in decided:
            yield "compensation", "", _day(decided["served_on"]), Decimal(decided["compensation"])
    if checked := kept.get("payment_verified"):
        verified = _day(kept.get("verified_on") or came)
        yield "compensation_paid", "", verified, Decimal(checked.get("compensation_paid") or 0)
    fund = [one for one in kept.get("payments", ()) if one["source"] == "emergency_fund"]
    for figure, rows, day in (
        ("ordered_sum", orders.standing(case), "served_on"),
        ("guarantees_used", kept.get("guarantee_paid") or (), "paid_on"),
        ("fund_advanced", debts.payment_rows(fund), "paid_on"),
        ("fund_advanced", kept.get("fund_advanced_before") or (), "until"),
        ("fund_recovered", kept.get("fund_recovered") or (), "recovered_on"),
    ):
        for row in rows:
            yield figure, "", _day(row[day]), Decimal(row["amount"])


def _day(value: object) -> date:
    return date.fromisoformat(str(value)[:10])
