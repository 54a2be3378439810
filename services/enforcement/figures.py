"""What is counted of a case, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from services.enforcement import bounds, costs, notes, reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chassis.workflow import CaseView


def counts(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    """Count what was seen, ordered, found at the recheck, and decided."""
    kept = case.details
    scenes = kept.get("inspected", ())
    yield "inspections", "", len(scenes)
    for row in (row for scene in scenes for row in scene.get("measurements", ())):
        yield "measurements", row["kind"], 1
        if bounds.exceeds(row):
            yield "measurements_over", row["kind"], 1
    yield from _corrections(case)
    yield "cleanings", "", len(reading.cleanings(case))
    for name, figure in (("filed", "filed"), ("handed_over", "handed_over")):
        if kept.get(name):
            yield figure, "", 1
    if kept.get("penalty_waived") or kept.get("exempted"):
        yield "penalties_waived", "", 1
    for ledger in notes.penalties(case):
        if ledger.get("decided_penalty"):
            yield "decisions", ledger["decided_penalty"], 1
            yield "fines_imposed", "", Decimal(ledger.get("fine") or 0)
        yield "fines_collected", "", notes.received(ledger)
        yield "late_fines", "", _late(ledger)
    for ledger in costs.ledgers(case):
        yield "costs_claimed", "", Decimal(ledger.get("cost_amount") or 0)
        yield "costs_recovered", "", sum((amount for _, amount in costs.parts(ledger)), Decimal(0))
    yield "refunds_due", "", Decimal(kept.get("refund_due") or 0)


def _late(kept: Mapping[str, Any]) -> Decimal:
    """Return what of that was added for being late: what stays paid above the fine."""
    stays = Decimal(kept.get("paid") or 0) - Decimal(kept.get("refund_due") or 0)
    return max(stays - Decimal(kept.get("fine") or 0), Decimal(0)) if kept.get("decided_penalty") else Decimal(0)


def dated(case: CaseView) -> Iterator[tuple[str, str, date, Decimal]]:
    """Say on which day a fine was imposed and paid, what of it was for being late, and so of the costs beside it."""
    for kept in notes.penalties(case):
        if kept.get("decided_penalty") and kept.get("decided_on"):
            yield "fines_imposed", "", date.fromisoformat(kept["decided_on"]), Decimal(kept.get("fine") or 0)
        rows = [(date.fromisoformat(row["paid_on"]), Decimal(row["amount"])) for row in kept.get("payments") or ()]
        for day, amount in rows:
            yield "fines_collected", "", day, amount
        if kept.get("paid_on"):
            paid_on = date.fromisoformat(kept["paid_on"])
            # Before payments were kept one by one, what was paid stood under its last day.
            yield "fines_collected", "", paid_on, notes.received(kept) - sum((paid for _, paid in rows), Decimal(0))
            yield "late_fines", "", paid_on, _late(kept)
    for kept in costs.ledgers(case):
        if kept.get("substitute_done_on"):
            yield "costs_claimed", "", date.fromisoformat(kept["substitute_done_on"]), Decimal(kept["cost_amount"])
        for day, amount in costs.parts(kept):
            yield "costs_recovered", "", day, amount


def _corrections(case: CaseView) -> Iterator[tuple[str, str, int]]:
    kept = case.details
    obeyed, disobeyed = kept.get("found_corrected"), kept.get("found_uncorrected")
    if obeyed:
        yield "rechecks", "corrected", 1
        for row in obeyed["results"]:
            if row["done"]:
                yield "measures_done", row["kind"], 1
    if disobeyed:
        yield "rechecks", "uncorrected", 1
    # A recheck passed before an order, as after advice, is none of what was ordered.
    waits = case.state in {"correction_due", "recheck_due"}
    if kept.get("correction_ordered"):
        yield "corrections", "disobeyed" if disobeyed else "obeyed" if obeyed and not waits else "running", 1
