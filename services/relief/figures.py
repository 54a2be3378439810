"""What is counted of a request for help, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from services.relief import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chassis.workflow import CaseView

_ONCE = {"house_visits": "house_visited", "stopped": "benefit_stopped", "frauds": "fraud_found"}
_REFUSED = {"rejected": "district_rejected", "not_eligible": "policy_explained", "dropped": "application_dropped"}


def counts(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    """Count what was asked for, granted, paid, refused and stopped, and the households that it helps."""
    kept = case.details
    for figure, name in _ONCE.items():
        if kept.get(name):
            yield figure, "", 1
    if kept.get("application_filed"):
        yield "applied", rules.relief_of(case), 1
        if kept["application_filed"]["source"] == "discovered":
            yield "discovered", "", 1
    if kept.get("granted_on"):
        yield from _granted(case)
    else:
        for reason in (reason for reason, name in _REFUSED.items() if kept.get(name)):
            yield "refused", reason, 1
            break
    if kept.get("advance_paid"):
        reclaimed = (kept.get("advance_reclaimed") or {}).get("amount", 0)
        yield "advances", "", 1
        yield "advances_sum", "", Decimal(kept["advance_paid"]["amount"]) - Decimal(reclaimed)
    yield from _objections(case)
    if kept.get("referred"):
        yield "referred", kept["referred"]["body"], 1
    yield "frauds_refund", "", Decimal((kept.get("fraud_found") or {}).get("refund", 0))
    yield "refunded", "", sum((Decimal(row["amount"]) for row in kept.get("refund_received") or ()), Decimal(0))


def _granted(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    kept, relief = case.details, rules.relief_of(case)
    yield "granted", relief, 1
    yield "granted_sum", relief, Decimal(kept["approved_amount"])
    for payment in (kept.get("relief_paid") or {}).get("payments", ()):
        yield "paid", relief, Decimal(payment["amount"])
    for month in kept.get("month_paid") or ():
        yield "monthly_paid", relief, Decimal(month["amount"])
    yield "helped", relief, len(_helped(kept))
    if relief in rules.LASTING and kept.get("benefit_runs"):
        yield "households", relief, 1
        yield "persons", relief, len(rules.application(case).get("household", ()))


def _objections(case: CaseView) -> Iterator[tuple[str, str, int]]:
    found = {finding: len(case.details.get(f"objection_{finding}", ())) for finding in ("dismissed", "upheld")}
    yield from (("objections", finding, number) for finding, number in found.items())
    if case.state == "objecting":
        yield "objections", "pending", 1


def _helped(kept: Mapping[str, Any]) -> list[date]:
    """Return the first day of each month in which a household was paid."""
    rows = [*(kept.get("relief_paid") or {}).get("payments", ()), *(kept.get("month_paid") or ())]
    days = sorted({str(row["paid_on"]) for row in rows}, reverse=True)
    return sorted(date.fromisoformat(day) for day in {day[:7]: day for day in days}.values())


def dated(case: CaseView) -> Iterator[tuple[str, str, date, Decimal]]:
    """Say on which day what was granted, paid, advanced, asked back and given back, and in which months a household was helped."""
    kept, relief = case.details, rules.relief_of(case)
    if kept.get("granted_on"):
        yield "granted_sum", relief, _day(kept["granted_on"]), Decimal(kept["approved_amount"])
        for payment in (kept.get("relief_paid") or {}).get("payments", ()):
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
    if fraud := kept.get("fraud_found"):
        day = kept.get("fraud_on") or local_date(case.opened_at)
        yield "frauds_refund", "", _day(day), Decimal(fraud["refund"])
    for row in kept.get("refund_received") or ():
        yield "refunded", "", _day(row["received_on"]), Decimal(row["amount"])


def _day(value: object) -> date:
    return date.fromisoformat(str(value)[:10])
