"""What is counted of a case, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from services.enforcement import rules

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
    yield "fines_collected", "", Decimal(kept.get("paid") or 0)
    yield "refunds_due", "", Decimal(kept.get("refund_due") or 0)


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
