"""Which decisions of a case may be contested, until when, and what came of it; pure like the rules.

A ledger of all decisions of the case, those on earlier requests too. Each keeps its own last days, which run from the day
on which it was received (社会救助暂行办法 65; 行政复议法 20; 行政诉讼法 45, 46), and the reviews that were sought of it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.relief import benefits, refunds, rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.workflow import CaseView, Change, Moment, Values

Row = dict[str, Any]
#: What a person may turn against, by what a release before the ledger kept of it.
CONTESTABLE: Final[Mapping[str, str]] = {
    "rejected": "rejection_notified",
    "amount": "granted_on",
    "lowered": "lowered_on",
    "stopped": "benefit_stopped",
    "reclaimed": "advance_reclaimed",
    "fraud_found": "fraud_decided",
}
#: What came of turning against a decision; by the last two it can't stay as it was.
RULINGS: Final = ("decision_kept", "remedy_withdrawn", "decision_changed", "decision_revoked")
#: The clocks of who may contest: from which day of a decision each counts, and by which of its last days it ends.
CLOCKS: Final = {
    "reconsideration": ("told_on", "reconsider_by"),
    "remedies": ("told_on", "sue_by"),
    "suit_after_review": ("reviewed_on", "sue_by"),
}
#: What is served on a person when it was decided, often later than that is put on record.
SERVED: Final = ("lowered", "stopped", "reclaimed")
#: By which of its documents the street serves a decision; what the district decides (减发, 骗取) it serves by a paper of its own.
SERVED_BY: Final = {"amount": "approval", "stopped": "stop_notice", "reclaimed": "reclaim_notice"}


# -- what is known ------------------------------------------------------------


def ledger(details: Values) -> list[Row]:
    """Return the decisions of a case, the last one behind."""
    kept = details.get("decisions")
    return [dict(row) for row in kept] if kept is not None else _from_before(details)


def _row(what: str, *, number: int, made_on: object, of_request: int) -> Row:
    days = ("told_on", "reconsider_by", "sue_by", "filed_on", "reviewed_on")
    return {
        "no": number,
        "decision": what,
        "made_on": str(made_on or ""),
        "of_request": of_request,
        **dict.fromkeys(days, ""),
        "under_review": "",
        "reconsidered": False,
        "unmet": False,
        "over": False,
    }


def _told(row: Row, day: object) -> Row:
    """Return a decision as it stands when it was received: its times run from then."""
    if not day:
        return row
    told = date.fromisoformat(str(day)[:10])
    last = {"reconsider_by": rules.until("reconsideration", told), "sue_by": rules.until("remedies", told)}
    return {**row, "told_on": str(told), **{name: str(ends) for name, ends in last.items()}}


def _from_before(details: Values) -> list[Row]:
    """Read the ledger off what a release before it has kept: one decision of each kind by each request."""
    found: list[Row] = []
    for of_request, request in enumerate(rules.requests(details), 1):
        for what in (what for what, name in CONTESTABLE.items() if request.get(name)):
            made_on, told_on = _days_before(what, request)
            found.append(_told(_row(what, number=len(found) + 1, made_on=made_on, of_request=of_request), told_on))
    sought = [row for request in rules.requests(details) for row in request.get("remedy_sought") or ()]
    for name, mark in (("remedy_open", "under_review"), ("remedy_unmet", "unmet")):
        for row in [row for row in found if row["decision"] == details.get(name)][-1:]:
            row[mark] = mark == "unmet" or sought[-1]["way"]
    for row in found:
        ways = {one["way"] for one in sought if one["against"] == row["decision"]}
        row["reconsidered"] = "reconsideration" in ways
        request = rules.requests(details)[row["of_request"] - 1]
        overturned = request.get("rejection_overturned") or {}
        row["over"] = row["decision"] == "rejected" and str(overturned.get("decided_on", "")) >= row["told_on"]
    for one in (one for request in rules.requests(details) for one in request.get("remedy_decided") or ()):
        before = [row["against"] for row in sought if str(row["filed_on"]) <= str(one["decided_on"])]
        for row in [row for row in found if row["decision"] in before[-1:]][-1:]:
            row.update(_reviewed(one["ruling"], date.fromisoformat(str(one["decided_on"])[:10])))
    return found


def _reviewed(ruling: str, received: date, *, final: bool = False) -> Row:
    """Return what a review leaves of the time to sue: fifteen days, unless it was withdrawn, or nothing where it is final."""
    if ruling == "remedy_withdrawn":
        return {}
    last = "" if final else str(rules.until("suit_after_review", received))
    return {"reviewed_on": str(received), "reconsidered": True, "sue_by": last}


def _days_before(what: str, request: Values) -> tuple[object, object]:
    """Return on which days a decision was made and received, as far as a release before the ledger has kept them."""
    match what:
        case "amount":
            paid = [row["paid_on"] for row in (request.get("relief_paid") or {}).get("payments", ())]
            return request["granted_on"], min(paid, default="")
        case "lowered" | "reclaimed":
            return (day := request.get(f"{what}_on")), day
        case "rejected" | "fraud_found":
            form = request[CONTESTABLE[what]]
            return form.get("decided_on", form["told_on"]), form["told_on"]
        case _:
            return "", ""


def _present(case: CaseView) -> int:
    return len(rules.requests(case.details))


def _named(rows: Iterable[Row], form: Values) -> list[Row]:
    """Return which of some decisions a form may mean, the likeliest behind."""
    what, day = form.get("against"), form.get("made_on")
    return [row for row in rows if what in ("", row["decision"]) and (day is None or row["made_on"] == str(day))]


def _said(rows: Iterable[Row]) -> tuple[str, str]:
    """Name decisions in Chinese and English, each once."""
    found = [(row["decision"], f"（{row['made_on']}）" if row["made_on"] else "") for row in rows]
    zh = (f"{rules.said(what)}{day}" for what, day in found)
    return "、".join(dict.fromkeys(zh)), ", ".join(dict.fromkeys(what for what, _ in found))


def open_to_contest(details: Values) -> list[Row]:
    """Return the decisions that nobody contests, and for which nothing is final or put right."""
    return [row for row in ledger(details) if not row["over"] and not row["under_review"]]


def contested(details: Values) -> list[Row]:
    """Return the decisions of which a review runs."""
    return [row for row in ledger(details) if row["under_review"]]


def unreceived(details: Values) -> list[Row]:
    """Return the decisions of which nobody knows when they were received."""
    return [row for row in open_to_contest(details) if not row["told_on"]]


def unmet(details: Values) -> list[Row]:
    """Return the decisions that a review has changed or revoked while nothing has followed."""
    return [row for row in ledger(details) if row["unmet"]]


def paper_received(case: CaseView, form: Values) -> tuple[str, int]:
    """Return by which document a decision was received, and how many of its kind were written since: one with each decision."""
    row = _named(unreceived(case.details), form)[-1]
    since = [one for one in ledger(case.details) if one["decision"] == row["decision"] and one["no"] > row["no"]]
    return SERVED_BY.get(row["decision"], ""), len(since)


# -- changes ------------------------------------------------------------------


def _kept(rows: list[Row], today: date) -> dict[str, Any]:
    """Return the ledger, and for each clock since when it runs: for the decision that may be contested longest."""
    found: dict[str, Any] = {"decisions": rows, "remedies_left": any(row["under_review"] for row in rows)}
    # What a release before the ledger kept of it is in the ledger now.
    found |= {"remedy_open": None, "remedy_unmet": None}
    for clock, (since, last) in CLOCKS.items():
        reviewed = clock == "suit_after_review"
        running = [
            row
            for row in rows
            if not row["over"]
            and not row["under_review"]
            and bool(row["reviewed_on"]) == reviewed
            and row[last] >= str(today)
            and not (clock == "reconsideration" and row["reconsidered"])
        ]
        longest = max(running, key=lambda row: row[last], default=None)
        found |= {f"{clock}_runs": longest is not None, f"{clock}_from": longest[since] if longest else ""}
    return found


def _replaced(case: CaseView, which: Iterable[Row], moment: Moment, **changed: Any) -> dict[str, Any]:
    """Return the ledger with some rows changed."""
    chosen = {row["no"] for row in which}
    rows = [{**row, **changed} if row["no"] in chosen else row for row in ledger(case.details)]
    return _kept(rows, local_date(moment.now))


def decides(what: str, change: Change | None = None) -> Change:
    """Make a change that also enters a decision in the ledger, received on the day that the form names, if any."""

    def enter(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        today = local_date(moment.now)
        made_on = form.get("decided_on") or form.get("checked_on") or today
        before = ledger(case.details)
        row = _row(what, number=len(before) + 1, made_on=made_on, of_request=_present(case))
        found = change(case, form, moment) if change else {}
        return {**found, **_kept([*before, _told(row, form.get("told_on"))], today)}

    return enter


def verify(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Verify a benefit: a lower sum is a decision that may be contested, a higher one may put another right."""
    match form["change"]:
        case "lowered":
            return decides("lowered", benefits.verify)(case, form, moment)
        case "raised":
            return makes_good(("lowered", "amount"), benefits.verify)(case, form, moment)
        case _:
            return benefits.verify(case, form, moment)


def puts_right(what: str, change: Change) -> Change:
    """Make a change that also ends what may be contested of this request's decisions of a kind: they stand no longer."""

    def end(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        rows = [row for row in ledger(case.details) if (row["decision"], row["of_request"]) == (what, _present(case))]
        ended = _replaced(case, rows, moment, under_review="", unmet=False, over=True)
        return {**change(case, form, moment), **ended}

    return end


def makes_good(what: tuple[str, ...], change: Change | None = None) -> Change:
    """Make a change by which what a review has ruled on this request's decisions of some kinds is carried out."""

    def carry_out(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        rows = [row for row in unmet(case.details) if row["decision"] in what and row["of_request"] == _present(case)]
        found = change(case, form, moment) if change else {}
        return {**found, **_replaced(case, rows, moment, unmet=False)}

    return carry_out


def receive_with_money(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Total what was paid: who is paid knows what was granted."""
    rows = [row for row in unreceived(case.details) if row["decision"] == "amount"][-1:]
    told = _told(rows[0], min(row["paid_on"] for row in form["payments"])) if rows else {}
    return {**benefits.total_paid(case, form, moment), **_replaced(case, rows, moment, **told)}


def receive(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when a decision was received: what may be sought against it runs from then."""
    row = _named(unreceived(case.details), form)[-1]
    return _replaced(case, [row], moment, **_told(row, form["told_on"]))


def seek(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that a decision is contested, where, and since when."""
    row = _named(open_to_contest(case.details), form)[-1]
    reconsidered = row["reconsidered"] or form["way"] == "reconsideration"
    return _replaced(
        case,
        [row],
        moment,
        under_review=form["way"],
        filed_on=str(form["filed_on"]),
        reconsidered=reconsidered,
    )


def end(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what came of a review, and until when that may be taken to a court, or a higher one (行政诉讼法 45, 85).

    What was withdrawn leaves the time to sue as it was; a judgment that is final leaves none.
    """
    row = _named(contested(case.details), form)[-1]
    changed: Row = {"under_review": "", "unmet": form["ruling"] in RULINGS[2:], "over": form["final"]}
    changed |= _reviewed(form["ruling"], form["received_on"] or form["decided_on"], final=form["final"])
    return _replaced(case, [row], moment, **changed)


def put_earlier_right(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Carry out in an earlier request of the case what a review has ruled on it: nothing is asked back, what was short is paid."""
    row = _named(_unmet_before(case), form)[-1]
    earlier = [dict(one) for one in case.details["earlier"]]
    one = earlier[row["of_request"] - 1]
    if row["decision"] == "reclaimed":
        one |= {"advance_reclaimed": None, "reclaimed_on": None}
    if row["decision"] == "fraud_found":
        one |= dict.fromkeys(("fraud_found", "fraud_decided", "fraud_on", "before_fraud"))
    if form["payments"]:
        arrears = {name: form[name] for name in ("payments", "decision_no", "reason")}
        one["arrears_paid"] = [*(one.get("arrears_paid") or ()), arrears]
    left = refunds.refund_left({**case.details, "earlier": earlier}) > 0
    return {
        "earlier": earlier,
        "refund_open": left,
        **_replaced(case, [row], moment, unmet=False, over=True),
    }


def _unmet_before(case: CaseView) -> list[Row]:
    return [row for row in unmet(case.details) if row["of_request"] < _present(case)]


# -- guards -------------------------------------------------------------------


def may_be_contested(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to contest what was not decided, or is contested already (社会救助暂行办法 65)."""
    decided, rows = [row for row in ledger(case.details) if not row["over"]], open_to_contest(case.details)
    if not decided:
        return Refusal("本案没有可以复议、诉讼的决定", "nothing was decided that could be contested", moot=True)
    if not rows:
        return Refusal(
            "已登记的复议、诉讼尚无结果，请先登记结果",
            "a decision is contested already: first put its result on record",
        )
    if not form or _named(rows, form):
        return None
    zh, en = _said(rows)
    return Refusal(
        f"可以复议、诉讼的决定：{zh}，没有“{rules.said(form['against'])}”", f"decided were: {en}; not {form['against']}"
    )


def is_in_time(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a review that was sought after its time, unless it was taken all the same, and a second reconsideration."""
    rows = _named(open_to_contest(case.details), form) if form else []
    if not rows:
        return None
    row, filed = rows[-1], str(form["filed_on"])
    if form["way"] == "reconsideration" and row["reconsidered"]:
        return Refusal(
            "该决定已经复议或者判决，不能再次申请复议，可以在期限内起诉或者上诉",
            "it was reviewed already: only a suit or an appeal is open",
        )
    last = row["sue_by" if form["way"] == "lawsuit" else "reconsider_by"]
    if not last or filed <= last or form["late_accepted"]:
        return None
    return Refusal(
        f"{rules.said(form['way'])}期限已于 {last} 届满；复议机关、法院已受理的，请勾选说明",
        f"the time for that was over on {last}; tick it where it was taken all the same",
    )


def something_is_contested(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the result of a review that nobody has sought, or that does not say of which."""
    rows = contested(case.details)
    if not rows:
        return Refusal("没有登记过复议、诉讼", "no decision is contested", moot=True)
    if not form or len(_named(rows, form)) == 1:
        return None
    zh, en = _said(rows)
    return Refusal(f"请写明是对哪项决定、何日作出的结果：{zh}", f"say which decision of which day it is about: {en}")


def something_is_unreceived(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the receipt of what was not decided, or was received."""
    rows = unreceived(case.details)
    if not rows:
        return Refusal("没有待登记送达的决定", "no decision waits to be received", moot=True)
    found = _named(rows, form) if form else rows
    if not found:
        return Refusal(f"待登记送达的决定：{_said(rows)[0]}", f"these were not received yet: {_said(rows)[1]}")
    if form and (made := found[-1]["made_on"]) > str(form["told_on"]):
        return Refusal(f"送达日期早于决定日期（{made}）", f"decided on {made}: it can't have been received before")
    return None


def an_earlier_one_is_unmet(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to put right what no review has ruled on in an earlier request."""
    rows = _unmet_before(case)
    if not rows:
        return Refusal("以前的申请没有待落实的复议、诉讼决定", "no ruling on an earlier request waits", moot=True)
    if not form or _named(rows, form):
        return None
    return Refusal(f"待落实的决定：{_said(rows)[0]}", f"these wait: {_said(rows)[1]}")
