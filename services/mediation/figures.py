"""What is counted of a dispute, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.workflow import CaseView

_BEFORE_THE_COURT = ("confirmation_pending", "court_overdue")


def counts(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    """Count the course of a mediation: taken on, agreed, performed, confirmed; and the money in it."""
    kept = case.details
    if kept.get("consent_given"):
        yield "accepted", "", 1
    if kept.get("consent_refused"):
        yield "refused", "", 1
    yield "sessions", "", len(kept.get("sessions", ()))
    yield "escalations", "", len(kept.get("escalations", ()))
    form = kept.get("agreement_kind")
    if form:
        yield from _agreement(case, form)
    elif kept.get("termination"):
        yield "failed", "", 1


def _agreement(case: CaseView, form: str) -> Iterator[tuple[str, str, Decimal | int]]:
    kept = case.details
    agreement = kept["agreement"]
    yield "agreements", form, 1
    if agreement["scope"] == "partial":
        yield "agreements_partial", "", 1
    yield "agreed", "", sum((Decimal(item["amount"]) for item in agreement["items"] if item.get("amount")), Decimal(0))
    last = (kept.get("performance_verified") or {}).get("performed", ())
    done = [row["amount"] for row in (*kept.get("performances", ()), *last) if row.get("amount")]
    yield "paid", "", sum(map(Decimal, done), Decimal(0))
    if kept.get("performance_verified"):
        yield "performed", "", 1
    elif kept.get("breach_found"):
        yield "breached", "", 1
    if case.state in _BEFORE_THE_COURT:
        yield "confirmations", "pending", 1
    elif kept.get("ruling"):
        yield "confirmations", "confirmed" if kept.get("court_confirmed") else "refused", 1
