"""A decision that another one of the same case has followed: it is contested until its own last days. Pure.

Its ledger stands among `penalties_before` (`notes.penalties`), its times and its review go on under its number; what a
review takes off is given back at once.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from chassis.workflow import Refusal
from services.enforcement import bounds, notes, reading, rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.workflow import CaseView, Moment, Values


def _before(case: CaseView) -> list[Values]:
    """Return the decisions before the last that stand and were served."""
    rows = notes.penalties_before(case)
    return [row for row in rows if row.get("decided_penalty") and row.get("served_on")]


def _open(case: CaseView) -> list[Values]:
    return [row for row in _before(case) if not notes.is_reviewed(row)]


def _reviewed(case: CaseView) -> list[Values]:
    return [row for row in _before(case) if notes.is_reviewed(row)]


def _at_length(case: CaseView) -> list[Values]:
    return [row for row in _reviewed(case) if row.get("reviewed_at_length")]


def _meant(rows: Iterable[Values], form: Values) -> list[Values]:
    """Return the decisions that the number, or the name, and the day fit that are named; of several of a name, that one."""
    number, day = form.get("of_decision_no", "").strip(), form.get("of_decision_on")
    found = [
        row
        for row in rows
        if number in ("", row.get("decision_no"), notes.name_of(row)) and day in (None, notes.day_of(row))
    ]
    if len({notes.day_of(row) for row in found}) == 1:
        return [row for row in found if notes.name_of(row) == number] or found
    return found


def _named(rows: Iterable[Values], form: Values) -> Values | None:
    """Return the decision that is named, or the last."""
    return next(reversed(_meant(rows, form)), None)


def a_decision_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to contest as one before the last what was not decided, or is reviewed."""
    rows = _open(case)
    if not rows:
        return Refusal("没有在先的、可以复议或者起诉的处罚决定", "no earlier decision stands", moot=True)
    return _is_among(rows, form)


def a_review_may_take_longer(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse more time for who does not reconsider, does so in the simple procedure, or has had it (行政复议法 62)."""
    rows = _at_length(case)
    return _is_among(rows, form) if rows else rules.NOTHING_TO_PROLONG


def a_review_runs(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the result of a review of an earlier decision that nobody has sought, or that does not fit."""
    rows = _reviewed(case)
    if not rows:
        return Refusal("在先的处罚决定没有在复议或者诉讼", "no earlier decision is under review", moot=True)
    if not form:
        return None
    if refused := _is_among(rows, form):
        return refused
    row = _named(rows, form) or {}
    if (form["ruling"] == "changed") != (form["amount"] is not None):
        return Refusal("变更的填写变更后的罚款，其他结果不填", "a change has its amount, another result has none")
    if form["amount"] is not None and form["amount"] >= Decimal(row["fine"]):
        return Refusal("变更后的罚款应低于原罚款", "after a review the fine is less than before")
    above = _above(row, form)
    if above <= 0 or form["refund_receipt_no"].strip():
        return None
    return Refusal(
        f"已缴的罚款多出 {above} 元，须退还并填写退款凭证", f"{above} yuan are given back: fill in the receipt"
    )


def _is_among(rows: list[Values], form: Values) -> Refusal | None:
    if not form:
        return None
    meant = _meant(rows, form)
    said = "、".join(f"{notes.name_of(row)}（{row['decided_on']}）" for row in meant or rows)
    if not meant:
        return Refusal(f"没有该文号、该日的决定；可以选择：{said}", f"none of that number or day; these are: {said}")
    if len(meant) == 1 or not form["of_decision_no"].strip():
        return None
    return Refusal(
        f"该文号的决定不止一份，请写明决定日期：{said}", f"more than one is of that number, name its day: {said}"
    )


def _above(row: Values, form: Values) -> Decimal:
    """Return what was paid above what a review leaves: being late adds as many parts of the lower fine (行政处罚法 72)."""
    paid, fine = notes.received(row), Decimal(row.get("fine") or 0)
    if form["ruling"] == "upheld":
        return Decimal(0)
    left = Decimal(0) if form["ruling"] == "revoked" else form["amount"]
    late = max(paid - fine, Decimal(0)) * left / fine if fine else Decimal(0)
    return max(paid - left - late.quantize(bounds.CENT, ROUND_HALF_UP), Decimal(0))


def remedy_is_in_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a review that was sought after the decision's own time (行政复议法 20; 行政诉讼法 45, 46)."""
    row = _named(_open(case), form) if form else None
    if row is None:
        return None
    if row.get("review_first") and form["kind"] == "litigation" and not row.get("reviews"):
        return rules.REVIEW_FIRST
    sought, suit = reading.day_of(form, "sought_on", moment), row.get("suit_until")
    last = row.get("reconsideration_until")
    return rules.too_late(
        form,
        sought,
        suit_until=date.fromisoformat(str(suit)) if suit else None,
        reconsidered=not last or str(sought) <= str(last),
        reviewed=bool(row.get("reviews")),
    )


def start_contest(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that a decision before the last is reviewed, and until when a body that reconsiders it decides."""
    kept = _named(_open(case), form) or {}
    review = {"kind": form["kind"], "sought_on": reading.day_of(form, "sought_on", moment), "ended_on": ""}
    by = notes.reviewed(form, moment)
    own = {"reviewed_at_length": by["reviewed_at_length"], "review_until": by["review_until"]}
    found = _with(case, kept, reviews=[*(kept.get("reviews") or ()), review], **own)
    return {**found, **{f"earlier_{name}": value for name, value in by.items()}}


def prolong(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that a reconsideration was prolonged, which is done once, and from when its more days count (行政复议法 62)."""
    kept = _named(_at_length(case), form) or {}
    return {**_with(case, kept, reviewed_at_length=False), "earlier_review_until": kept["review_until"]}


def end_contest(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep how the review of a decision before the last has ended, and what it leaves; what is above that is given back."""
    kept = _named(_reviewed(case), form) or {}
    day, reviews = reading.day_of(form, "received_on", moment), [dict(row) for row in kept["reviews"]]
    reviews[-1]["ended_on"] = day
    above = _above(kept, form)
    suit_until = day if form["final"] else reading.until("suit_after_review", day)
    changed: dict[str, Any] = {"reviews": reviews, "suit_until": suit_until}
    if form["ruling"] == "revoked":
        changed["decided_penalty"] = ""
    if form["ruling"] == "changed":
        changed["fine"] = form["amount"]
    if above:
        back = {"paid_on": day, "amount": -above}
        changed |= {
            "paid": notes.received(kept) - above,
            "parts": [],
            "payments": [*(kept.get("payments") or ()), back],
        }
    return {**_with(case, kept, **changed), "earlier_suit_runs": form["ruling"] != "revoked" and not form["final"]}


def _with(case: CaseView, kept: Values, **changed: Any) -> dict[str, Any]:
    """Return the decisions before the last with one changed, what that is named by, and whether a review of one runs."""
    rows = [{**row, **changed} if row is kept else row for row in notes.penalties_before(case)]
    left = any(notes.is_reviewed(row) for row in rows)
    return {"penalties_before": rows, "earlier_no": notes.name_of(kept), "earlier_reviews_left": left}
