"""What is counted of a case, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from services.enforcement import costs, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.workflow import CaseView


def counts(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    """Count what was seen, ordered, found at the recheck, and decided."""
    kept = case.details
    scenes = kept.get("inspected", ())
    yield "inspections", "", len(scenes)
    for row in (row for scene in scenes for row in scene.get("measurements", ())):
        yield "measurements", row["kind"], 1
        if rules.exceeds(row):
            yield "measurements_over", row["kind"], 1
    yield from _corrections(case)
    yield "cleanings", "", len(rules.cleanings(case))
    for name, figure in (("filed", "filed"), ("handed_over", "handed_over")):
        if kept.get(name):
            yield figure, "", 1
    if kept.get("penalty_waived") or kept.get("exempted"):
        yield "penalties_waived", "", 1
    if kept.get("decided_penalty"):
        yield "decisions", kept["decided_penalty"], 1
        yield "fines_imposed", "", Decimal(kept.get("fine") or 0)
    yield "fines_collected", "", Decimal(kept.get("paid") or 0) + rules.paid_in_parts(case)
    yield "late_fines", "", _late(case)
    yield "costs_claimed", "", costs.claimed(case)
    yield "costs_recovered", "", costs.received(case)
    yield "refunds_due", "", Decimal(kept.get("refund_due") or 0)


def _late(case: CaseView) -> Decimal:
    """Return what of that was added for being late: what stays paid above the fine."""
    kept = case.details
    stays = Decimal(kept.get("paid") or 0) - Decimal(kept.get("refund_due") or 0)
    return max(stays - Decimal(kept.get("fine") or 0), Decimal(0)) if kept.get("decided_penalty") else Decimal(0)


def dated(case: CaseView) -> Iterator[tuple[str, str, date, Decimal]]:
    """Say on which day a fine was imposed and paid, what of it was for being late, and so of the costs beside it."""
    kept = case.details
    if kept.get("decided_penalty") and (decided := rules.known_day(case, "decided_on")):
        yield "fines_imposed", "", decided, Decimal(kept.get("fine") or 0)
    rows = [(date.fromisoformat(row["paid_on"]), Decimal(row["amount"])) for row in kept.get("payments") or ()]
    paid_on = rules.known_day(case, "paid_on")
    # Before payments were kept one by one, what was paid stood under its last day.
    unlisted = Decimal(kept.get("paid") or 0) + rules.paid_in_parts(case) - sum((paid for _, paid in rows), Decimal(0))
    for day, amount in (*rows, *([(paid_on, unlisted)] if paid_on else [])):
        yield "fines_collected", "", day, amount
    if paid_on:
        yield "late_fines", "", paid_on, _late(case)
    if done := rules.known_day(case, "substitute_done_on"):
        yield "costs_claimed", "", done, costs.claimed(case)
    for day, amount in costs.parts(case):
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
    if kept.get("correction_ordered"):
        yield "corrections", "disobeyed" if disobeyed else "obeyed" if obeyed else "running", 1
