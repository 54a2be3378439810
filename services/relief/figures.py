"""What is counted of a request for help, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from chassis.workcalendar import local_date
from services.relief import benefits, refunds, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.workflow import CaseView, Values

_ONCE = {
    "house_visits": "house_visited",
    "stopped": "benefit_stopped",
    "frauds": "fraud_found",
    "contested": "remedy_sought",
    "overturned": "rejection_overturned",
}
_TURNED_AWAY = {"not_eligible": "policy_explained", "dropped": "application_dropped"}


def counts(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    """Count what was asked for, granted, paid, refused and stopped, and the households that it helps, by each request."""
    for request in rules.requests(case.details):
        yield from _counts(request)
    if case.state == "objecting":
        yield "objections", "pending", 1
    if case.state == "retro_overdue":
        yield "papers_overdue", "", 1
    if case.state == "emergency" and case.details.get("advance_was_late"):
        yield "advances_late", "", 1


def _counts(kept: Values) -> Iterator[tuple[str, str, Decimal | int]]:
    for figure, name in _ONCE.items():
        if kept.get(name):
            yield figure, "", 1
    if kept.get("application_filed"):
        yield "applied", _relief(kept), 1
        if kept["application_filed"]["source"] == "discovered":
            yield "discovered", "", 1
    if kept.get("granted_on"):
        yield from _granted(kept)
    elif why := rules.refusal(kept)[0] or next((why for why, name in _TURNED_AWAY.items() if kept.get(name)), ""):
        yield "refused", why, 1
    if kept.get("advance_paid"):
        reclaimed = (kept.get("advance_reclaimed") or {}).get("amount", 0)
        yield "advances", "", 1
        yield "advances_sum", "", Decimal(kept["advance_paid"]["amount"]) - Decimal(reclaimed)
    for finding in ("dismissed", "upheld"):
        yield "objections", finding, len(kept.get(f"objection_{finding}") or ())
    if kept.get("referred"):
        yield "referred", kept["referred"]["body"], 1
    yield "frauds_refund", "", refunds.refund_asked(kept)
    yield "refunded", "", sum((Decimal(row["amount"]) for row in kept.get("refund_received") or ()), Decimal(0))


def _relief(request: Values) -> str:
    return str((request.get("application_filed") or {}).get("relief") or request.get("relief", ""))


def _granted(kept: Values) -> Iterator[tuple[str, str, Decimal | int]]:
    relief = _relief(kept)
    yield "granted", relief, 1
    yield "granted_sum", relief, Decimal(kept["approved_amount"])
    for payment in _payments(kept):
        yield "paid", relief, Decimal(payment["amount"])
    for month in kept.get("month_paid") or ():
        yield "monthly_paid", relief, Decimal(month["amount"])
    yield "helped", relief, len(_helped(kept))
    if relief in rules.LASTING and kept.get("benefit_runs"):
        yield "households", relief, 1
        yield "persons", relief, benefits.heads(kept)


def _payments(kept: Values) -> list[Values]:
    """Return what was paid to whom, but for the months that follow: with the grant, and later what was short."""
    payings = [kept.get("relief_paid") or {}, *(kept.get("arrears_paid") or ())]
    return [row for paying in payings for row in paying.get("payments", ())]


def _helped(kept: Values) -> list[date]:
    """Return the first day of each month in which a household was paid."""
    rows = [*_payments(kept), *(kept.get("month_paid") or ())]
    days = sorted({str(row["paid_on"]) for row in rows}, reverse=True)
    return sorted(date.fromisoformat(day) for day in {day[:7]: day for day in days}.values())


def dated(case: CaseView) -> Iterator[tuple[str, str, date, Decimal]]:
    """Say on which day what was granted, paid, advanced, asked back and given back, and in which months a household was helped."""
    for request in rules.requests(case.details):
        yield from _dated(request, local_date(case.opened_at))


def _dated(kept: Values, opened_on: date) -> Iterator[tuple[str, str, date, Decimal]]:
    relief = _relief(kept)
    if kept.get("granted_on"):
        yield "granted_sum", relief, _day(kept["granted_on"]), Decimal(kept["approved_amount"])
        for payment in _payments(kept):
            yield "paid", relief, _day(payment["paid_on"]), Decimal(payment["amount"])
        for month in kept.get("month_paid") or ():
            yield "monthly_paid", relief, _day(month["paid_on"]), Decimal(month["amount"])
        for day in _helped(kept):
            yield "helped", relief, day, Decimal(1)
    if advance := kept.get("advance_paid"):
        yield "advances_sum", "", _day(advance["paid_on"]), Decimal(advance["amount"])
    if reclaimed := kept.get("advance_reclaimed"):
        # Before that day was kept, it stood under the day of the advance.
        day = kept.get("reclaimed_on") or kept["advance_paid"]["paid_on"]
        yield "advances_sum", "", _day(day), -Decimal(reclaimed["amount"])
    if kept.get("fraud_found"):
        yield "frauds_refund", "", _day(kept.get("fraud_on") or opened_on), refunds.refund_asked(kept)
    for row in kept.get("refund_received") or ():
        yield "refunded", "", _day(row["received_on"]), Decimal(row["amount"])


def _day(value: object) -> date:
    return date.fromisoformat(str(value)[:10])
