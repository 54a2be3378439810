"""What is counted of a request for help, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from services.relief import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    if relief in rules.LASTING and kept.get("benefit_runs"):
        yield "households", relief, 1
        yield "persons", relief, len(rules.application(case).get("household", ()))


def _objections(case: CaseView) -> Iterator[tuple[str, str, int]]:
    found = {finding: len(case.details.get(f"objection_{finding}", ())) for finding in ("dismissed", "upheld")}
    yield from (("objections", finding, number) for finding, number in found.items())
    if case.state == "objecting":
        yield "objections", "pending", 1
