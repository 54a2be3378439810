"""The authority's decision upon each payer whose order was disobeyed, its remedies and its time at court, pure like the rules."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.wage_recovery import debts, orders, rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from chassis.workflow import CaseView, Moment, Values

GROUND = "administrative_decision"


# -- what is on file -------------------------------------------------------------


def decisions(kept: Values) -> list[Mapping[str, Any]]:
    """Return the decisions on file, the newest last: each with its payer, and the last days to contest it."""
    found = kept.get("decisions")
    if found is not None:
        return list(found)
    # From before each payer had a decision of its own.
    form = kept.get("compensation_order") or kept.get("decided_without_compensation")
    if not form:
        return []
    applied = kept.get("enforcement_applied") or {}
    payer = (kept.get("order") or {}).get("payer", "")
    until = kept.get("decision_stands_on") or orders.sued_until(date.fromisoformat(str(form["served_on"])))
    applied_on = applied.get("applied_on") if _is_decision(applied) else None
    return [{**form, "payer": payer, "sued_until": until, "applied_on": applied_on}]


def standing(kept: Values) -> list[Mapping[str, Any]]:
    """Return the decisions that were neither revoked nor refused by a court, the newest last."""
    return [row for row in decisions(kept) if not (row.get("revoked_on") or row.get("refused_on"))]


def undecided(case: CaseView, now: datetime) -> list[str]:
    """Return the payers whose orders have run out and upon whom nothing is decided, the first to run out first."""
    decided = {row["payer"] for row in standing(case.details)}
    over = [
        order for order in orders.standing(case) if order.get("ran_out") or orders.last_day(order) < local_date(now)
    ]
    return [order["payer"] for order in sorted(over, key=orders.last_day) if order["payer"] not in decided]


def _order_to(case: CaseView, payer: str) -> Mapping[str, Any]:
    return next(order for order in reversed(orders.standing(case)) if order["payer"] == payer)


def to_enforce(kept: Values, payer: str = "") -> Mapping[str, Any] | None:
    """Return the decision that a court may be asked to enforce upon a payer, or else that whose time to ask begins first."""
    waiting = [row for row in standing(kept) if not row.get("applied_on") and payer in ("", row["payer"])]
    return min(waiting, key=lambda row: str(row["sued_until"]), default=None)


def in_court(kept: Values) -> list[Mapping[str, Any]]:
    """Return the decisions that a court was asked to enforce."""
    return [row for row in standing(kept) if row.get("applied_on")]


#: Under which step a title is kept where that is not named like it.
_TITLES: Final = {"payment_order": "payment_order_served", "confirmed_settlement": "settlement_confirmed"}


def title_named(kept: Values, ground: str) -> str:
    """Return what the times of a title that a court enforces run under: its kind, and its number."""
    found = kept.get(_TITLES.get(ground, ground)) or {}
    return "，".join(filter(None, (rules.said(ground), found.get("case_number") or found.get("court_number"))))


def enforced(kept: Values) -> list[dict[str, Any]]:
    """Return what a court was asked to enforce, a title before decisions: each by its name, since when, and when it was filed."""
    applied = kept.get("enforcement_applied")
    title = (
        [{**applied, "named": title_named(kept, applied["ground"])}] if applied and not _is_decision(applied) else []
    )
    return [*title, *({**row, "named": orders.name_of(row)} for row in in_court(kept))]


def compensation(kept: Values) -> Decimal:
    """Return the yuan of compensation ordered by all decisions that stand."""
    return debts.total_of([{"amount": row["compensation"]} for row in standing(kept) if "compensation" in row])


def _is_decision(applied: Values) -> bool:
    return applied.get("ground") == GROUND


# -- changes ---------------------------------------------------------------------


def _as_they_stand(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the decisions with what clocks, papers and figures go by.

    The authority's three months at court are those of the decision that stands first.
    """
    kept = {"decisions": list(rows)}
    left, first = standing(kept), to_enforce(kept)
    return {
        **kept,
        "compensation_order": next((row for row in reversed(left) if "compensation" in row), None),
        "decided_without_compensation": next((row for row in reversed(left) if "compensation" not in row), None),
        "decision_stands_on": first["sued_until"] if first else None,
        "decision_runs": first is not None,
    }


def _marked(case: CaseView, which: Sequence[Mapping[str, Any]], **mark: Any) -> dict[str, Any]:
    return _as_they_stand([{**row, **mark} if row in which else row for row in decisions(case.details)])


def decide(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep a decision upon a payer beside those upon others, with the last days to contest it."""
    served_on: date = form["served_on"]
    payer = form["payer"] or undecided(case, moment.now)[0]
    order = _order_to(case, payer)
    row = {
        **form,
        "payer": payer,
        "order_number": order["document_number"],
        "order_until": orders.last_day(order),
        **orders.contested_until(served_on, "decision_reconsideration"),
        "applied_on": None,
    }
    own = {"decision_named": orders.name_of(row), "months_to_sue": orders.months_to_sue()}
    return {**_as_they_stand([*decisions(case.details), row]), **own}


def revoke(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the decision upon a payer is revoked: it binds nobody and is enforced by no court."""
    which = [row for row in standing(case.details) if row["payer"] == form["payer"]]
    return _out_of_court(case, which, revoked_on=form["revoked_on"], revoked_by=form["revoked_by"])


def revoke_order(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that a payer's order is revoked: what was decided upon it falls with it."""
    return {**orders.revoke_order(case, form, moment), **revoke(case, form, moment)}


def ask_court(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep which decision a court is asked to enforce; the time to ask it upon another runs on."""
    row = to_enforce(case.details, form["payer"]) if _is_decision(form) else None
    if row is None:
        runs = to_enforce(case.details) is not None
        named = title_named(case.details, form["ground"])
        return {"decision_enforced": None, "decision_runs": runs, "enforced_named": named}
    asked = _marked(case, [row], applied_on=form["applied_on"], filed_on=None)
    applied = {**form, "payer": row["payer"]}
    return {**asked, "decision_enforced": row, "enforcement_applied": applied, "enforced_named": orders.name_of(row)}


def ask_court_too(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that a court is asked to enforce another decision beside what it enforces."""
    return {**ask_court(case, form, moment), "enforcement_applied": case.details["enforcement_applied"]}


def file(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a court has filed the enforcement upon a payer, or else of what it was asked for first and has not filed."""
    rows = [row for row in enforced(case.details) if form["payer"] in ("", row.get("payer", ""))]
    one = next((row for row in rows if not row.get("filed_on")), rows[0])
    return {**_file_marked(case, [one["named"]], form["filed_on"]), "enforced_named": one["named"]}


def begin_again(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a court was asked to go on with all that it enforced: it has filed none of that anew."""
    names = [row["named"] for row in enforced(case.details)]
    return {**_file_marked(case, names, None), "asked_since": dict.fromkeys(names, form["applied_on"])}


def _file_marked(case: CaseView, names: Sequence[str], filed_on: date | None) -> dict[str, Any]:
    applied = case.details.get("enforcement_applied") or {}
    rows = [row for row in in_court(case.details) if orders.name_of(row) in names]
    found = _marked(case, rows, filed_on=filed_on) if rows else {}
    title = not _is_decision(applied) and title_named(case.details, applied["ground"]) in names
    return {**found, **({"enforcement_applied": {**applied, "filed_on": filed_on}} if title else {})}


def take_back(case: CaseView) -> dict[str, Any]:
    """Keep that the decision whose enforcement was asked for first may be handed in again; its time runs on."""
    which = _enforced(case, "")
    return {**_marked(case, which, applied_on=None, filed_on=None), "enforced_named": _only(which)}


def fall(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a court does not enforce the decision upon a payer: the authority decides anew (行政强制法 58)."""
    return _out_of_court(case, _enforced(case, form["payer"]), refused_on=form["received_on"])


def _enforced(case: CaseView, payer: str) -> list[Mapping[str, Any]]:
    """Return the decision upon a payer that a court has, or that it was asked for first, as a list of one or none."""
    applied = case.details.get("enforcement_applied") or {}
    found, named = in_court(case.details), payer or applied.get("payer") or ""
    return [row for row in found if named in ("", row["payer"])][:1]


def _out_of_court(case: CaseView, which: Sequence[Mapping[str, Any]], **mark: Any) -> dict[str, Any]:
    """Mark decisions that stand no longer; of what a court enforces, another takes the place of the one that it was asked for."""
    changed, applied = _marked(case, which, **mark), case.details.get("enforcement_applied")
    changed |= {"decision_named": _only(which)}
    if not applied or not _is_decision(applied):
        return changed
    left = in_court(changed)
    if applied.get("payer", "") in {row["payer"] for row in left}:
        return changed
    goes_on = {**applied, "payer": left[0]["payer"], "applied_on": left[0]["applied_on"]} if left else None
    return {**changed, "enforcement_applied": goes_on}


def _only(which: Sequence[Mapping[str, Any]]) -> str:
    """Return the name of the one decision that a step is about, if there is one."""
    return orders.name_of(which[0]) if which else ""


# -- guards ----------------------------------------------------------------------


def upon_whom(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a decision upon a payer that has one, or whose order has not run out (劳动保障监察条例 26)."""
    open_ = undecided(case, moment.now)
    payer = form.get("payer") or (open_[0] if open_ else "")
    if payer in open_:
        return None
    decided = {row["payer"] for row in standing(case.details)}
    if payer in decided or (not payer and decided):
        return Refusal("对该责任方已作出处理决定", "a decision was made already", moot=not form)
    return Refusal(
        "没有对该责任方责令支付，或者责令期限未满", "no order to this party has run out", moot=not form and not open_
    )


def compensation_is_in_range(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse compensation outside 50 to 100 % of what the payer was ordered to pay and is unpaid (劳动保障监察条例 26)."""
    if not form:
        return None
    payer = form["payer"] or next(iter(undecided(case, moment.now)), "")
    ordered = [rules.yuan(order["amount"]) for order in orders.standing(case) if order["payer"] == payer]
    left = min([debts.unpaid(case), *ordered[-1:]])
    if form["unpaid"] != left:
        return Refusal(f"逾期未付金额应为 {left} 元", f"unpaid after the order are {left} yuan")
    least, most = orders.compensation_range(left)
    if not least <= form["compensation"] <= most:
        return Refusal(
            f"加付赔偿金应在 {least} 元至 {most} 元之间（应付金额的50%以上1倍以下）",
            f"the compensation must lie between {least} and {most} yuan",
        )
    return None


def may_be_enforced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask a court to enforce a decision that there is not, or that it has already."""
    if not form or not _is_decision(form) or to_enforce(case.details, form["payer"]):
        return None
    return Refusal("没有对该责任方的处理决定，或者已经申请执行", "no decision upon this party waits to be enforced")


def another_waits(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask a court for more where no decision upon another payer waits."""
    if to_enforce(case.details):
        return None
    return Refusal("没有待申请执行的处理决定", "no decision waits to be enforced", moot=True)


def stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to revoke a decision that was never made, is revoked already, or was served only later."""
    found = standing(case.details)
    if form:
        found = [row for row in found if row["payer"] == form["payer"]]
    if not found:
        return Refusal("没有对该责任方有效的处理决定", "no decision stands against this party", moot=not form)
    if form and form["revoked_on"].isoformat() < str(found[-1]["served_on"]):
        return Refusal("撤销日期早于处理决定送达之日", "it was served only after that day")
    return None


def _goes_on(case: CaseView, form: Values) -> bool:
    """Whether the claim goes on where it is without a payer's decision: by another, or by what else a court enforces."""
    found, applied = standing(case.details), case.details.get("enforcement_applied")
    others = [row for row in found if row["payer"] != form["payer"]] if form else found[1:]
    return bool(others) or bool(applied and not _is_decision(applied))


def no_other_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to the authority while the claim goes on by something else."""
    if not form or not _goes_on(case, form):
        return None
    return Refusal(
        "对其他责任方的处理决定或者其他执行依据仍然有效，请按“其他处理决定继续有效”办理",
        "another decision stands, or something else is enforced",
    )


def another_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on by another decision where there is none."""
    if _goes_on(case, form):
        return None
    return Refusal("没有其他有效的处理决定", "no other decision stands: the authority decides anew", moot=not form)


def a_court_was_asked(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to file the enforcement of what the court was not asked for."""
    if form.get("payer"):
        return is_enforced(case, form, moment)
    if enforced(case.details):
        return None
    return Refusal("没有申请过强制执行", "no court was asked to enforce anything", moot=True)


def is_enforced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a court's word on a decision that it was not asked to enforce."""
    if _enforced(case, form.get("payer", "")):
        return None
    return Refusal("没有申请执行对该责任方的处理决定", "no administrative decision is being enforced", moot=not form)


def no_other_is_enforced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to the authority while the court goes on with another decision."""
    if not form or len(in_court(case.details)) < 2:  # noqa: PLR2004
        return None
    return Refusal(
        "法院还在执行对其他责任方的处理决定，请按“其他处理决定继续执行”办理", "the court goes on by another decision"
    )


def another_is_enforced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on by another decision that the court does not have."""
    if len(in_court(case.details)) > 1:
        return None
    return Refusal("法院没有执行其他处理决定", "the court has no other decision", moot=not form)


def compensation_is_paid(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call a claim paid while ordered compensation is open, unless it is said why (劳动保障监察条例 26)."""
    if not form or form["why_no_compensation"]:
        return None
    open_ = compensation(case.details) - form["compensation_paid"]
    if open_ <= 0:
        return None
    return Refusal(
        f"责令加付的赔偿金尚有 {open_} 元未付：请填写已付数额，或者说明未付的理由（如劳动者书面放弃、另案执行）",
        f"{open_} yuan of the compensation ordered are open: say what was paid, or why not",
    )
