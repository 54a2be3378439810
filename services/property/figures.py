"""What is counted of a complaint, a repair or a vote, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.workflow import CaseView

_ONCE = {
    "interviews": "company_interviewed",
    "joint_meetings": "joint_meeting_held",
    "emergencies": "emergency_confirmed",
    "committees": "committee_filed",
    "handovers": "estate_handed_over",
}
_APPLIED = ("fund_applied", "emergency_fund_applied")
_DECLINED = ("fund_declined", "audit_declined")


def counts(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    """Count what was complained of and found, what companies did, how owners voted, and what repairs cost them."""
    kept = case.details
    for figure, name in _ONCE.items():
        if kept.get(name):
            yield figure, "", 1
    if kept.get("classified"):
        yield "complaints", kept["classified"]["kind"], 1
    if kept.get("verified_on_site"):
        yield "found", "confirmed" if kept["verified_on_site"]["confirmed"] else "not_confirmed", 1
    if kept.get("company_ordered"):
        failed, passed = kept.get("recheck_failed"), kept.get("recheck_passed")
        yield "orders", "obeyed" if passed else "disobeyed" if failed else "running", 1
    yield "credit_points", "", int(kept.get("credit_points") or 0)
    if kept.get("vote_result"):
        yield "votes", "carried" if kept["vote_result"]["carried"] else "lost", 1
    yield "fund_applied", "", sum((Decimal(kept[name]["amount"]) for name in _APPLIED if kept.get(name)), Decimal(0))
    yield "fund_allocated", "", Decimal(kept.get("repair_amount") or 0)
    yield "fund_declined", "", sum(bool(kept.get(name)) for name in _DECLINED)
    yield "trapped", "", len(kept.get("people_trapped", ()))
