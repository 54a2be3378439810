"""What is counted of a complaint, a repair or a vote, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from services.property import firms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.workflow import CaseView

_ONCE = {
    "interviews": "company_interviewed",
    "joint_meetings": "joint_meeting_held",
    "emergencies": "emergency_confirmed",
    "committees": "committee_filed",
    "committees_installed": "committee_installed",
    "joint_requests": "first_meeting_asked",
    "handovers": "estate_handed_over",
    "ordered_out": "correction_ordered",
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
    yield "credit_points", "", sum(int(mark["points"]) for mark in firms.marks_of(kept))
    if kept.get("vote_result"):
        yield "votes", "carried" if kept["vote_result"]["carried"] else "lost", 1
    for row in kept.get("objection_reviewed", ()):
        yield "objections", "upheld" if row["upheld"] else "dismissed", 1
    yield "fund_declined", "", sum(bool(kept.get(name)) for name in _DECLINED)
    yield "trapped", "", len(kept.get("people_trapped", ()))
    for name, _on, amount in _money(case):
        yield name, "", amount


def dated(case: CaseView) -> Iterator[tuple[str, str, date, Decimal]]:
    """Say on which day each sum came: asked, shared, reckoned, found missing, fined. What is older than its day has none."""
    for name, on, amount in _money(case):
        if on:
            yield name, "", date.fromisoformat(on), amount


def _money(case: CaseView) -> Iterator[tuple[str, str, Decimal]]:
    """Return the sums of a case, each with its figure and its day."""
    kept = case.details
    for name in _APPLIED:
        if kept.get(name):
            yield "fund_applied", str(kept.get("money_asked_on") or ""), Decimal(kept[name]["amount"])
    yield "fund_allocated", str(kept.get("repair_shared_on") or ""), Decimal(kept.get("repair_amount") or 0)
    fees, examined_on = kept.get("fee_reckoning") or {}, str(kept.get("fees_examined_on") or "")
    yield "fees_in_dispute", examined_on, Decimal(kept["fees_examined"]["charged"]) if fees else Decimal(0)
    yield "fees_to_give_back", examined_on, Decimal(fees.get("give_back") or 0)
    missing = Decimal((kept.get("common_income") or {}).get("missing") or 0)
    yield "income_missing", str(kept.get("income_examined_on") or ""), missing
    for name, decision in (("exit_fines", "fine_decided"), ("papers_fines", "papers_fined")):
        if fine := kept.get(decision):
            yield name, str(fine.get("decided_on") or kept.get(f"{decision}_on") or ""), Decimal(fine["amount"])
    if paid := kept.get("paid_otherwise"):
        yield "paid_otherwise", str(kept.get("paid_otherwise_on") or ""), Decimal(paid["amount"])
