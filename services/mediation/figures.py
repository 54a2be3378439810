"""What is counted of a dispute, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chassis import handling
from services.mediation import rules
from services.mediation.stages.places import COURT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chassis.workflow import CaseView


def counts(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    """Count the course of a mediation: taken on, agreed, performed, confirmed; and the money in it."""
    kept = case.details
    if kept.get("application") and case.state not in ("concluded", *handling.ENDS):
        yield "open", kept["application"]["dispute_type"], 1
    if kept.get("earlier_cases"):
        yield "repeated", "", 1
    if kept.get("consent_given"):
        yield "accepted", "", 1
    if kept.get("consent_refused"):
        yield "refused", "", 1
    yield "sessions", "", len(kept.get("sessions", ()))
    yield "escalations", "", len(kept.get("escalations", ()))
    if kept.get("danger_open"):
        yield "dangers", "", 1
    form = kept.get("agreement_kind")
    if form:
        yield from _agreement(case, form)
    elif kept.get("termination"):
        yield "failed", "", 1


def rates(now: Mapping[str, Decimal], before: Mapping[str, Decimal]) -> Iterator[tuple[str, str, Decimal | None, str]]:
    """Compute the rates of success and performance of a period, and its change against the same one a year before.

    Each in two languages, in per cent or None, with which way is better.
    """
    accepted, agreed, performed = (now.get(name, Decimal(0)) for name in ("accepted", "agreements", "performed"))
    yield "调解成功率", "Rate of success", rules.per_cent(agreed, accepted), "more"
    yield "履行率", "Rate of performance", rules.per_cent(performed, agreed), "more"
    was = before.get("accepted", Decimal(0))
    yield "受理调解同比", "Taken on, against the year before", rules.per_cent(accepted - was, was), "fewer"


def dated(case: CaseView) -> Iterator[tuple[str, str, date, Decimal]]:
    """Say on which day payments were agreed on and made."""
    kept = case.details
    if not kept.get("agreement_kind"):
        return
    if day := kept.get("effective_on"):
        yield "agreed", "", date.fromisoformat(day), _promised(case)
    for row in _made(case):
        yield "paid", "", date.fromisoformat(row["performed_on"]), Decimal(row["amount"])


def _promised(case: CaseView) -> Decimal:
    items = rules.agreement_of(case.details)["items"]
    return sum((Decimal(item["amount"]) for item in items if item.get("amount")), Decimal(0))


def _made(case: CaseView) -> list[Mapping[str, Any]]:
    return [row for row in rules.performances(case) if row.get("amount")]


def _agreement(case: CaseView, form: str) -> Iterator[tuple[str, str, Decimal | int]]:
    kept = case.details
    yield "agreements", form, 1
    if rules.agreement_of(kept)["scope"] == "partial":
        yield "agreements_partial", "", 1
    yield "agreed", "", _promised(case)
    yield "paid", "", sum((Decimal(row["amount"]) for row in _made(case)), Decimal(0))
    if kept.get("performance_verified"):
        yield "performed", "", 1
    elif kept.get("breach_found"):
        yield "breached", "", 1
    if case.state in COURT:
        yield "confirmations", "pending", 1
    elif kept.get("ruling"):
        yield "confirmations", "confirmed" if kept.get("court_confirmed") else "refused", 1
