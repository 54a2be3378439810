"""What the body forces by its own decision is contested by itself, beside any penalty (行政强制法 8, 24, 37, 51). Pure.

A ledger of those decisions: things seized, what is done for the party, what is dismantled by force. Each keeps its own
last days from the day on which it was served, which run as clocks under its number, and the reviews that were sought of it.
A review stops none of the measures; to give things back, or to have done with it, ends no time to contest it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from chassis.workflow import Refusal
from services.enforcement import notes, reading, rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Change, Guard, Moment, Values

#: By the kind of decision: the step that makes it, the field of its number, the days of its service, and what carries it out.
KINDS: Final[Mapping[str, tuple[str, str, tuple[str, ...], str]]] = {
    "seizure": ("goods_seized", "notice_no", ("seized_on", "seized_at"), ""),
    "substitute": ("substitute_decided", "decision_no", ("served_on",), "substitute_at"),
    "forced_dismantling": ("dismantling_decided", "decision_no", ("served_on",), "dismantle_at"),
}
#: What came of it.
RULINGS: Final = ("upheld", "revoked")


def ledger(details: Values) -> list[dict[str, Any]]:
    """Return the decisions that force something, the last behind; those of an earlier release without what it has not kept."""
    if (kept := details.get("measures")) is not None:
        return [dict(row) for row in kept]
    found = []
    for kind, (step, number, days, _) in KINDS.items():
        forms = details.get(step) or ()
        for form in [forms] if isinstance(forms, dict) else forms:
            day = next((str(form[name])[:10] for name in days if form.get(name)), "")
            found.append(_row(kind, str(form[number]), date.fromisoformat(day) if day else None))
    return found


def _row(kind: str, number: str, told_on: date | None) -> dict[str, Any]:
    return {
        "measure": kind,
        "decision_no": number,
        "told_on": told_on or "",
        "suit_until": reading.until("remedies", told_on) if told_on else "",
        "review": "",
        "review_until": "",
        "at_length": False,
        "sought_on": "",
        "reviewed": False,
        "unmet": False,
    }


def unmet(case: CaseView) -> list[dict[str, Any]]:
    """Return the decisions that a review has revoked while what was done by them lasts."""
    return [row for row in ledger(case.details) if row["unmet"]]


def _of(rows: list[dict[str, Any]], form: Values) -> dict[str, Any] | None:
    """Return the decision whose number is named, or the last."""
    named = form.get("of_decision_no", "").strip()
    return next((row for row in reversed(rows) if named in ("", row["decision_no"])), None)


def _standing(case: CaseView) -> list[dict[str, Any]]:
    return [row for row in ledger(case.details) if not row["review"] and not row.get("revoked")]


def _reviewed(case: CaseView) -> list[dict[str, Any]]:
    return [row for row in ledger(case.details) if row["review"]]


def _at_length(case: CaseView) -> list[dict[str, Any]]:
    """Return the decisions whose reconsideration may still be prolonged."""
    return [row for row in _reviewed(case) if row.get("at_length")]


def _with(case: CaseView, which: Values, **changed: Any) -> dict[str, Any]:
    """Return the ledger with one row changed, the number under which its clocks run, and whether any is under review."""
    rows = [{**row, **changed} if row == which else row for row in ledger(case.details)]
    left = any(row["review"] for row in rows)
    return {"measures": rows, "measure_no": which["decision_no"], "measure_reviews_left": left}


# -- changes ------------------------------------------------------------------


def decides(kind: str, act: str, change: Change) -> Change:
    """Make a change that also enters a decision in the ledger, as of the day on which it was served."""

    def enter(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        day = reading.day_of(form, act, moment) if kind == "seizure" else reading.reached(form, act, moment)
        row = _row(kind, str(form[KINDS[kind][1]]), day)
        found = {"measures": [*ledger(case.details), row], "measure_no": row["decision_no"], "measure_told_on": day}
        return {**change(case, form, moment), **found}

    return enter


def given_back(change: Change) -> Change:
    """Make a change by which things are given back: no revoked seizure waits for that any longer."""

    def give(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        found = change(case, form, moment)
        if found.get("goods_are_seized") is not False:
            return found
        rows = [{**row, "unmet": row["unmet"] and row["measure"] != "seizure"} for row in ledger(case.details)]
        return {**found, "measures": rows}

    return give


def contest(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that a decision is reviewed, by whom, since when, and until when a body that reconsiders it decides."""
    reviewed = notes.reviewed(form, moment, "measure_")
    changed = {
        "review": form["kind"],
        "sought_on": reading.day_of(form, "sought_on", moment),
        "review_until": reviewed["measure_review_until"],
        "at_length": reviewed["measure_reviewed_at_length"],
    }
    return {**_with(case, _of(_standing(case), form) or {}, **changed), **reviewed}


def prolong(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that a reconsideration was prolonged, which is done once, and from when its more days count (行政复议法 62)."""
    row = _of(_at_length(case), form) or {}
    return {**_with(case, row, at_length=False), "measure_review_until": row["review_until"]}


def end(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what came of a review: fifteen days to sue or appeal; what fell is not carried out, and what was seized goes back."""
    row = _of(_reviewed(case), form) or {}
    day, fell = reading.day_of(form, "received_on", moment), form["ruling"] == "revoked"
    found = _with(
        case,
        row,
        review="",
        reviewed=True,
        revoked=fell,
        unmet=fell and row["measure"] == "seizure" and bool(case.details.get("goods_are_seized")),
        suit_until=day if form["final"] else reading.until("suit_after_review", day),
    )
    found["measure_suit_runs"] = not (fell or form["final"])
    planned = KINDS[row["measure"]][3]
    newest = row["decision_no"] == reading.last(case, KINDS[row["measure"]][0]).get("decision_no")
    return {**found, **({planned: ""} if fell and planned and newest else {})}


# -- guards -------------------------------------------------------------------


def a_decision_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to contest what was not decided, is under review or has fallen (行政强制法 8)."""
    rows = _standing(case)
    if not rows:
        return Refusal("没有可以复议、起诉的行政强制决定", "nothing was decided that forces anything", moot=True)
    return _named(rows, form)


def a_review_runs(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the result of a review that nobody has sought."""
    rows = _reviewed(case)
    if not rows:
        return Refusal("行政强制决定没有在复议或者诉讼", "no decision that forces anything is under review", moot=True)
    return _named(rows, form)


def _named(rows: list[dict[str, Any]], form: Values) -> Refusal | None:
    if not form or _of(rows, form) is not None:
        return None
    numbers = "、".join(row["decision_no"] for row in rows)
    return Refusal(f"没有该文号的决定；可以选择：{numbers}", f"none of that number; these are: {numbers}")


def a_review_may_take_longer(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse more time for who does not reconsider, does so in the simple procedure, or has had it (行政复议法 62)."""
    rows = _at_length(case)
    return _named(rows, form) if rows else rules.NOTHING_TO_PROLONG


def is_numbered_anew(field: str, *, announced: bool = False) -> Guard:
    """Make a gate against two decisions under one number: by that what is forced is contested, and its times are told apart.

    What was `announced` to be dismantled may be announced again under its own number.
    """

    def number_is_new(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        taken = notes.names_taken({**case.details, "measures": ledger(case.details)})
        if not form or form[field] not in taken:
            return None
        if announced and form[field] == reading.last(case, "dismantling_announced").get("notice_no"):
            return None
        return Refusal("本案已有同一文号的决定，请使用新的文号", "something was decided under that number already")

    return number_is_new


def it_is_sought_in_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a review that was sought before the decision, or after its time (行政复议法 20; 行政诉讼法 45, 46)."""
    row = _of(_standing(case), form) if form else None
    if row is None or not row["told_on"]:
        return None
    sought, told = reading.day_of(form, "sought_on", moment), date.fromisoformat(str(row["told_on"]))
    if sought < told:
        return Refusal(f"日期早于决定送达之日（{told}）", f"it was served on {told}")
    return rules.too_late(
        form,
        sought,
        suit_until=date.fromisoformat(str(row["suit_until"])),
        reconsidered=sought <= reading.until("reconsideration", told),
        reviewed=row["reviewed"],
    )


def it_ended_after_it_was_sought(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a result of before the review was sought."""
    row = _of(_reviewed(case), form) if form else None
    if row is None or str(reading.day_of(form, "received_on", moment)) >= str(row["sought_on"]):
        return None
    return Refusal(f"日期早于提出之日（{row['sought_on']}）", f"it was sought on {row['sought_on']}")


def no_seizure_fell(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to keep for longer what a review says must go back (行政强制法 28)."""
    if not unmet(case):
        return None
    return Refusal("查封、扣押决定已被撤销，应当立即解除并退还", "the seizure was revoked: give the things back")
