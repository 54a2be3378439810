"""The authority's decision upon each payer whose order was disobeyed, its remedies and its time at court, pure like the rules."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.picking import Offer, meant
from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.wage_recovery import debts, orders, rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from chassis.workflow import CaseView, Guard, Moment, Values

GROUND = "administrative_decision"
#: For what the enforcement of something has ended upon which both sides have agreed in court.
_SETTLED: Final = "settled_in_enforcement"
#: What a form says where a court's money names nothing that it is on.
_NONE_NAMED: Final = "none_named"
#: From which sources of a payment a payer's own money comes, where they name it: the contractor keeps the account and the
#: guarantee (保障农民工工资支付条例 26, 32), the owner pays in advance (条例 29).
_OWN_MONEY: Final = {
    "general_contractor": ("general_contractor", "special_account", "wage_guarantee"),
    "owner": ("owner_advance",),
}


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
    return [
        {
            **form,
            "payer": payer,
            "sued_until": until,
            "applied_on": applied_on,
            **{name: applied.get(name) for name in ("enforcement_ended_on", "ended_for", "settled", "respondent_name")},
        }
    ]


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
    """Return the decisions that a court was asked to enforce, and has not ended."""
    return [row for row in standing(kept) if row.get("applied_on") and not row.get("enforcement_ended_on")]


#: Under which step a title is kept where that is not named like it.
_TITLES: Final = {"payment_order": "payment_order_served", "confirmed_settlement": "settlement_confirmed"}


def title_named(kept: Values, ground: str) -> str:
    """Return what the times of a title that a court enforces run under: its kind, and its number."""
    found = kept.get(_TITLES.get(ground, ground)) or {}
    return "，".join(filter(None, (rules.said(ground), found.get("case_number") or found.get("court_number"))))


def asked(kept: Values) -> list[dict[str, Any]]:
    """Return all that a court was ever asked to enforce and that counts, a title before decisions.

    Each by its name, upon whom, since when, when it was filed, and when and for what its enforcement was ended.
    """
    applied = kept.get("enforcement_applied")
    title = []
    if applied and not _is_decision(applied):
        upon = applied.get("upon") or applied.get("payer") or "employer"
        title = [{**applied, "named": title_named(kept, applied["ground"]), "upon": upon}]
    rows = [row for row in standing(kept) if row.get("applied_on")]
    return [*title, *({**row, "named": orders.name_of(row), "upon": row["payer"] or "employer"} for row in rows)]


def enforced(kept: Values) -> list[dict[str, Any]]:
    """Return of what a court was asked to enforce all whose enforcement has not ended."""
    return [row for row in asked(kept) if not row.get("enforcement_ended_on")]


def ended(kept: Values) -> list[dict[str, Any]]:
    """Return of what a court was asked to enforce all whose enforcement has ended without all being paid."""
    return [row for row in asked(kept) if row.get("enforcement_ended_on")]


def settled(kept: Values) -> list[dict[str, Any]]:
    """Return of what a court was asked to enforce all upon which both sides have agreed on instalments (`settled`) there."""
    return [row for row in ended(kept) if row.get("settled")]


def settled_until(row: Mapping[str, Any]) -> date:
    """Return the last day of what was agreed on in court."""
    return max(rules.last_to_pay(one["due_on"]) for one in row["settled"])


def performing(kept: Values, today: date) -> list[dict[str, Any]]:
    """Return what was agreed on in court, is not over, and was not found broken."""
    return [row for row in settled(kept) if settled_until(row) >= today and not row.get("broken_on")]


def late(kept: Values, row: Mapping[str, Any], today: date) -> Decimal:
    """Return what should have been paid by what was agreed on in court, and was not, in yuan."""
    ahead = [one for one in row["settled"] if rules.last_to_pay(one["due_on"]) >= today]
    return _less(left_of(kept, row), ahead)


def broken(kept: Values, today: date) -> list[dict[str, Any]]:
    """Return what was agreed on in court of which an instalment that fell due is unpaid."""
    return [row for row in settled(kept) if late(kept, row, today)]


def time_of(row: Mapping[str, Any]) -> str:
    """Return what the two years to ask a court again are about: the workers' one title, or a decision by its name."""
    return "" if "ground" in row else str(row["named"])


def waiting(kept: Values) -> dict[str, Any]:
    """Return until when the payer may sue against each decision that no court was asked to enforce, by its name."""
    return {orders.name_of(row): row["sued_until"] for row in standing(kept) if not row.get("applied_on")}


def compensation(kept: Values) -> Decimal:
    """Return the yuan of compensation ordered by all decisions that stand."""
    return debts.total_of([{"amount": row["compensation"]} for row in standing(kept) if "compensation" in row])


def _is_decision(applied: Values) -> bool:
    return applied.get("ground") == GROUND


# -- changes ---------------------------------------------------------------------


def _as_they_stand(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the decisions with what papers and figures go by."""
    kept = {"decisions": list(rows)}
    left = standing(kept)
    return {
        **kept,
        "compensation_order": next((row for row in reversed(left) if "compensation" in row), None),
        "decided_without_compensation": next((row for row in reversed(left) if "compensation" not in row), None),
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
        "payments_on_file": len(case.details.get("payments") or ()),
        "applied_on": None,
    }
    own = {"decision_named": orders.name_of(row), "months_to_sue": orders.months_to_sue()}
    # From then on the authority has its three months to ask a court (行政强制法 53).
    return {**_as_they_stand([*decisions(case.details), row]), **own, "decision_stands_on": row["sued_until"]}


def revoke(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the decision upon a payer is revoked: it binds nobody and is enforced by no court."""
    which = [row for row in standing(case.details) if row["payer"] == form["payer"]]
    return _out_of_court(case, which, revoked_on=form["revoked_on"], revoked_by=form["revoked_by"])


def revoke_order(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that a payer's order is revoked: what was decided upon it falls with it."""
    return {**orders.revoke_order(case, form, moment), **revoke(case, form, moment)}


def obliged(kept: Values, form: Values) -> str:
    """Return who has to pay by what a court is asked for, by his part in the work: the employer where nothing says otherwise."""
    ground, payer = form["ground"], form["payer"]
    if ground == GROUND:
        return (to_enforce(kept, payer) or {}).get("payer") or "employer"
    if ground == "payment_order":
        return kept.get("payment_order_upon") or "employer"
    if ground in ("confirmed_settlement", "settlement_broken"):
        return (kept.get("settlement") or {}).get("payer") or "employer"
    return payer or "employer"


def left_upon(kept: Values, ground: str, row: Values | None) -> Decimal:
    """Return how many yuan of wages are left to pay by what a court is asked for: a title's ground, or the decision of a `row`.

    Of what is still owed no more than the decision upon a payer says. An award, or a judgment, says it by its own sum, less
    what was paid since; unless its sums have taken the roster's place.
    """
    left = sum(debts.outstanding_of(kept).values(), Decimal("0.00"))
    if row is not None:
        said = row.get("unpaid") or row.get("amount")
        return min(left, _less(rules.yuan(said), _paid_since(kept, row))) if said else left
    title = kept.get(ground) if ground in ("award", "judgment") else None
    if not title or (kept.get("sums") or {}).get("ground") == ground:
        return left
    total = debts.total_of(title["items"]) if ground == "award" else rules.yuan(title["amount"])
    return _less(total, _from_day(kept.get("payments") or (), title.get("made_on") or title["received_on"]))


def left_of(kept: Values, row: Mapping[str, Any]) -> Decimal:
    """Return how many yuan of wages are left to pay by one of the things that a court was asked to enforce."""
    return left_upon(kept, row.get("ground", GROUND), None if "ground" in row else row)


def _less(total: Decimal, paid: Iterable[Mapping[str, Any]]) -> Decimal:
    return max(Decimal("0.00"), total - debts.total_of(paid))


def _from_day(payments: Iterable[Mapping[str, Any]], since: date | str) -> list[Mapping[str, Any]]:
    """Return what was paid on a day and after it: who decided on that day did not know of it."""
    return [one for one in debts.payment_rows(payments) if str(one["paid_on"]) >= str(since)]


def _paid_since(kept: Values, decision: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what the payer decided upon has paid that the decision does not count in: from his own money, or of whoever is liable.

    What was on file when it was put on record is counted in. What is found unpaid is by what is on file, so that whatever comes on file
    later is off it; a sum that the authority has named is as it stood on the day of its service.
    """
    own = _OWN_MONEY.get(decision["payer"], ())
    sources = own if own and len(standing(kept)) > 1 else (*own, "payer")
    # Before a court's money was attributed, it came from him where the court enforced nothing else.
    sources = sources if len(asked(kept)) > 1 else (*sources, "court")
    named = orders.name_of(decision)
    found = []
    for one in list(kept.get("payments") or ())[decision.get("payments_on_file", 0) :]:
        if lines := one.get("attributed"):
            last = max(one["rows"], key=lambda row: str(row["paid_on"]))
            found.append({"rows": [{**last, "amount": line["amount"]} for line in lines if line["named"] == named]})
        elif one["source"] in sources:
            found.append(one)
    if "unpaid" in decision and "payments_on_file" in decision:
        return debts.payment_rows(found)
    return _from_day(found, decision["served_on"])


def attributed(kept: Values, payment: Values) -> dict[str, Any]:
    """Return a payment with how much of a court's money is on each thing that it was asked to enforce (`attributed`), line by line.

    Each line says what it is on (`named`), how many yuan (`amount`), what is left of that before and after it (`owed_before`,
    `left_after`) and, where what is on others is off it too, how much (`others_less`). All is on what
    the payment names. Where it names nothing it is on what is being enforced, in proportion to what is left of each, to
    the cent by the largest remainder; what lies above all that has a line without a name.
    """
    rows = dict(enumerate(_paid_on(kept, payment)))
    # What it names the lines say by its name.
    payment = {name: value for name, value in payment.items() if name != "which_enforced"}
    if payment["source"] != "court" or not rows:
        return payment
    total, owed = debts.total_of(payment["rows"]), {number: left_of(kept, row) for number, row in rows.items()}
    shared = min(total, sum(owed.values(), Decimal(0)))
    shares = {0: total} if len(rows) == 1 else debts.distribute(shared, owed)
    lines = [
        {"named": rows[number]["named"], "amount": share, "owed_before": owed[number]}
        for number, share in shares.items()
        if share
    ]
    after = {**kept, "payments": [*(kept.get("payments") or ()), {**payment, "attributed": lines}]}
    left = {row["named"]: left_of(after, row) for row in rows.values()}
    lines = [{**line, "left_after": left[line["named"]], **_others_less(line, left)} for line in lines]
    rest = total - debts.total_of(lines)
    return {**payment, "attributed": [*lines, *([{"named": "", "amount": rest}] if rest else [])]}


def _others_less(line: Mapping[str, Any], left: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return how many yuan are off a thing because they are on others for the same wages, if any are."""
    less = line["owed_before"] - line["amount"] - left[line["named"]]
    return {"others_less": less} if less > 0 else {}


def _paid_on(kept: Values, payment: Values) -> list[dict[str, Any]]:
    """Return on which of what a court was asked to enforce its money may be: that which is named, or else all that it enforces."""
    said = payment.get("which_enforced") or _NONE_NAMED
    if said == _NONE_NAMED:
        return enforced(kept) or asked(kept)
    return [row for row in asked(kept) if said in (_number(kept, row), row["named"])]


def pay(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep a payment, a court's with what it is on."""
    return {"payments": [*(case.details.get("payments") or ()), attributed(case.details, form)]}


def ask_court(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep what a court is asked to enforce, and upon whom; the time to ask it for anything else runs on."""
    kept, upon = case.details, obliged(case.details, form)
    row = to_enforce(kept, form["payer"]) if _is_decision(form) else None
    if row is None:
        return {
            "decision_enforced": None,
            "decision_asked": "",
            "enforced_named": title_named(kept, form["ground"]),
            "enforcement_applied": {**form, "upon": upon},
            "respondent": upon,
            "enforced_sum": left_upon(kept, form["ground"], None),
        }
    return {
        **_marked(case, [row], applied_on=form["applied_on"], filed_on=None, respondent_name=form["respondent_name"]),
        "decision_enforced": row,
        "decision_asked": orders.name_of(row),
        "enforced_named": orders.name_of(row),
        "enforcement_applied": {**form, "payer": row["payer"]},
        "respondent": upon,
        "enforced_sum": left_upon(kept, GROUND, row),
    }


def ask_court_too(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that a court is asked to enforce something else beside what it enforces."""
    first = {"enforcement_applied": case.details["enforcement_applied"]} if _is_decision(form) else {}
    return {**ask_court(case, form, moment), **first}


def file(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a court has filed one of the things that it was asked to enforce."""
    [one] = _to_file(case, form)
    filed = _with_mark(case, [one["named"]], filed_on=form["filed_on"], filed_as=form["case_number"])
    return {**filed, "enforced_named": one["named"]}


def end(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that a court has ended the enforcement of one thing, when and for what."""
    on = form["enforcement_ended_on"] or local_date(moment.now)
    return _ended(case, form, enforcement_ended_on=on, ended_for=form["reason"])


def settle(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep upon what both sides have agreed in court on one thing, which stands still there; the court goes on with the others."""
    agreed: Sequence[Mapping[str, Any]] = form["instalments"]
    marked = _ended(case, form, enforcement_ended_on=form["signed_on"], ended_for=_SETTLED, settled=agreed)
    rows = [row for row in settled({**case.details, **marked}) if row["named"] == marked["enforced_named"]]
    return {**marked, **_to_perform(rows)}


def _to_perform(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Say since when, and in how many days, each thing is to be performed upon which was agreed in court, by its name."""
    since, within = dict[str, date](), dict[str, int]()
    for row in rows:
        since[row["named"]] = signed = date.fromisoformat(str(row["enforcement_ended_on"]))
        last = max(date.fromisoformat(str(one["due_on"])) for one in row["settled"])
        within[row["named"]] = max(1, (last - signed).days)
    return {"performed_since": since, "performed_within": within}


def settlements_go_on(kept: Values) -> dict[str, Any]:
    """Say which time runs on of each thing upon which was agreed in court: to perform it or, once broken, to ask the court again.

    A rework gives no time anew.
    """
    rows = settled(kept)
    over = {time_of(row): settled_until(row) for row in rows if row.get("broken_on")}
    return {**_to_perform(row for row in rows if not row.get("broken_on")), "settled_since": over}


def only_settled(kept: Values) -> bool:
    """Whether all that a court was asked to enforce is performed by what was agreed on there, so far as anybody has noted."""
    rows = asked(kept)
    return bool(rows) and all(row.get("settled") and not row.get("broken_on") for row in rows)


def _ended(case: CaseView, form: Values, **mark: Any) -> dict[str, Any]:
    [one] = _meant(case, form)
    marked = _with_mark(case, [one["named"]], **mark)
    return {**marked, "enforced_named": one["named"], "enforcement_applied": _asked_first({**case.details, **marked})}


def settlement_over(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Say from which day the two years run of each thing upon which was agreed in court and that was not paid in time."""
    # A clock ends with the last second of its day, and may be seen to in it.
    today = local_date(moment.now + timedelta(seconds=1))
    return _mark_broken(case, [row for row in broken(case.details, today) if settled_until(row) < today], moment)


def _mark_broken(case: CaseView, rows: Sequence[Mapping[str, Any]], moment: Moment) -> dict[str, Any]:
    marked = _with_mark(case, [row["named"] for row in rows], broken_on=local_date(moment.now))
    return {**marked, "settled_since": {time_of(row): settled_until(row) for row in rows}}


def _breached(case: CaseView, moment: Moment) -> list[dict[str, Any]]:
    """Return of what is performed by what was agreed on in court that of which something is late, or else the only one."""
    today = local_date(moment.now)
    rows = performing(case.details, today)
    return [row for row in rows if late(case.details, row, today)] or (rows if len(rows) == 1 else [])


def breach(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that what was agreed on in court is broken, and from which day the two years run."""
    rows = _breached(case, moment)
    return {**_mark_broken(case, rows, moment), "broken_named": dict.fromkeys(row["named"] for row in rows)}


def to_resume(case: CaseView, form: Values, moment: Moment) -> list[dict[str, Any]]:
    """Return with what a court may be asked to go on: what was ended of what a form picks, upon the payer that it names.

    What was agreed on in court and is kept so far is not enforced (民事诉讼法 241).
    """
    today, kept = local_date(moment.now), case.details
    kept_so_far = [row["named"] for row in performing(kept, today) if not late(kept, row, today)]
    return [row for row in _picked(case, form) if row["named"] not in kept_so_far]


def _picked(case: CaseView, form: Values) -> list[dict[str, Any]]:
    numbers = {one.number for one in meant(ended_offered(case), form.get("which_ended", ""))}
    rows = [row for row in ended(case.details) if _number(case.details, row) in numbers]
    return [row for row in rows if form.get("payer", "") in ("", row["upon"])]


def _respondents(case: CaseView, form: Values, moment: Moment) -> dict[str, str]:
    """Return what each is called upon whom a court goes on: as its application has named him, the findings, or else the form."""
    rows = to_resume(case, form, moment)
    found = {row["upon"]: row["respondent_name"] for row in rows if row.get("respondent_name")}
    known = {**(case.details.get("liability") or {}), **found}
    return {row["upon"]: known.get(row["upon"]) or form["respondent_name"] for row in rows}


def begin_again(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that a court was asked to go on with what it had ended."""
    called, rows = _respondents(case, form, moment), to_resume(case, form, moment)
    rows = [{**row, "respondent_name": called[row["upon"]]} for row in rows]
    names = [row["named"] for row in rows]
    gone = dict.fromkeys(("filed_on", "enforcement_ended_on", "ended_for", "settled", "broken_on"))
    marked = _with_mark(case, names, **gone)
    return {
        **marked,
        "resumed": rows,
        "asked_since": dict.fromkeys(names, form["applied_on"]),
        "time_of": dict.fromkeys(map(time_of, rows)),
    }


def _with_mark(case: CaseView, names: Sequence[str], **mark: Any) -> dict[str, Any]:
    """Mark of what a court was asked to enforce that of these names, a title as well as decisions."""
    applied = case.details.get("enforcement_applied") or {}
    rows = [row for row in standing(case.details) if row.get("applied_on") and orders.name_of(row) in names]
    found = _marked(case, rows, **mark) if rows else {}
    title = bool(applied) and not _is_decision(applied) and title_named(case.details, applied["ground"]) in names
    return {**found, **({"enforcement_applied": {**applied, **mark}} if title else {})}


def _number(kept: Values, row: Mapping[str, Any]) -> str:
    """Return what a form picks one of the things by that a court enforces: a title's kind, or a decision's place on file."""
    return row["ground"] if "ground" in row else str([*map(orders.name_of, decisions(kept))].index(row["named"]) + 1)


def in_court_offered(case: CaseView) -> list[Offer]:
    """Return what a court enforces, to pick one from."""
    return _offers(case.details, enforced(case.details))


def ended_offered(case: CaseView) -> list[Offer]:
    """Return what a court has ended, or what was agreed on there, to pick one from."""
    return _offers(case.details, ended(case.details))


def court_money_offered(case: CaseView) -> list[Offer]:
    """Return on what a court's money may be, to pick one where it was asked for several things."""
    rows = asked(case.details)
    share = Offer(
        _NONE_NAMED,
        "没有写明（按各自尚欠的比例计入）；不是法院执行款的也选此项",
        "not said: in proportion to what is left of each; also where it is no money of a court",
    )
    return [share, *_offers(case.details, rows)] if len(rows) > 1 else []


def _offers(kept: Values, rows: Sequence[Mapping[str, Any]]) -> list[Offer]:
    return [
        Offer(
            _number(kept, row),
            f"{row['named']}（{row['applied_on']} 申请执行）",
            f"{row['named']}, asked for on {row['applied_on']}",
            (row["named"],),
        )
        for row in rows
    ]


def _meant(case: CaseView, form: Values) -> list[dict[str, Any]]:
    """Return of what a court enforces all that a form may mean: what it picks, upon the payer that it names."""
    numbers = {one.number for one in meant(in_court_offered(case), form["which_enforced"])}
    rows = [row for row in enforced(case.details) if _number(case.details, row) in numbers]
    return [row for row in rows if form["payer"] in ("", row["upon"])]


def _to_file(case: CaseView, form: Values) -> list[dict[str, Any]]:
    """Return what a form may mean that the court has not filed, or else all that it may mean."""
    rows = _meant(case, form)
    return [row for row in rows if not row.get("filed_on")] or rows


def take_back(case: CaseView, form: Values) -> dict[str, Any]:
    """Keep that what a court did not take in may be handed in again: the time to ask it runs on."""
    [one] = _meant(case, form)
    named = one["named"]
    rows = [row for row in in_court(case.details) if orders.name_of(row) == named]
    changed = _marked(case, rows, applied_on=None, filed_on=None) if rows else {"enforcement_applied": None}
    return {
        **changed,
        "enforced_named": named,
        "decision_runs": bool(rows),
        "decision_stands_on": rows[0]["sued_until"] if rows else None,
        "enforcement_applied": _asked_first({**case.details, **changed}),
    }


def title_gone(case: CaseView) -> dict[str, Any]:
    """Keep that a court enforces no title any more, but the decisions that it has."""
    return {"enforcement_applied": _asked_first({**case.details, "enforcement_applied": None})}


def _asked_first(kept: Values) -> Mapping[str, Any] | None:
    """Return what a court was asked for first; where that counts no longer, another decision that it has takes its place."""
    applied = kept.get("enforcement_applied")
    if applied and not _is_decision(applied):
        return dict(applied)
    rows = in_court(kept) or [row for row in standing(kept) if row.get("applied_on")]
    one = next((row for row in rows if applied and row["payer"] == applied.get("payer", "")), next(iter(rows), None))
    if not one:
        return None
    # Whom the form described was another, unless it is the same payer's.
    before = applied or {}
    same = one["payer"] == before.get("payer", "")
    left = {name: value for name, value in before.items() if same or not name.startswith("respondent_")}
    return {"ground": GROUND, **left, "payer": one["payer"], "applied_on": one["applied_on"]}


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
    changed = _marked(case, which, **mark)
    first = _asked_first({**case.details, **changed})
    return {**changed, "decision_named": _only(which), "enforcement_applied": first}


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


def comes_after_its_order(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a decision that was served while the payer could still obey: before the end of its order's time (劳动保障监察条例 26)."""
    payer = (form["payer"] or next(iter(undecided(case, moment.now)), "")) if form else ""
    until = max((orders.last_day(order) for order in orders.standing(case) if order["payer"] == payer), default=None)
    if until is None or form["served_on"] > until:
        return None
    return Refusal(
        f"处理决定送达之日（{form['served_on']}）责令支付期限（至 {until}）尚未届满",
        f"it was served on {form['served_on']}, while the order's time ran until {until}",
    )


def comes_after_its_application(day: str) -> Guard:
    """Make a gate against what a court did with one thing that is dated before it was asked for that."""

    def after_it_was_asked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        asked_on = max((str(row["applied_on"]) for row in _meant(case, form)), default="") if form else ""
        if not form or not form[day] or form[day].isoformat() >= asked_on or len(_meant(case, form)) > 1:
            return None
        return Refusal(
            f"日期先后不符：{form[day]} 早于申请执行之日（{asked_on}）",
            f"{form[day]} lies before the application of {asked_on}",
        )

    return after_it_was_asked


def resumption_comes_after_the_end(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an application to go on that is dated before what it goes on with was ended, or agreed on."""
    if not form:
        return None
    last = max((str(row["enforcement_ended_on"]) for row in to_resume(case, form, moment)), default="")
    if form["applied_on"].isoformat() >= last:
        return None
    return Refusal(
        f"日期先后不符：{form['applied_on']} 早于执行终结或者和解之日（{last}）",
        f"{form['applied_on']} lies before the end of {last}",
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
    found = standing(case.details)
    others = [row for row in found if row["payer"] != form["payer"]] if form else found[1:]
    return bool(others) or len(enforced(case.details)) > len(in_court(case.details))


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


def a_court_was_asked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what a court says of what it was not asked for, or has ended, and a form that leaves open of which of several."""
    return _one_of(case, form, _meant)


def a_court_may_file(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse that a court has filed what it was not asked for, and a form that leaves open which of several that wait."""
    return _one_of(case, form, _to_file)


def _one_of(case: CaseView, form: Values, rows: Callable[[CaseView, Values], list[dict[str, Any]]]) -> Refusal | None:
    offered = in_court_offered(case)
    if not offered:
        return Refusal("没有申请过强制执行", "no court was asked to enforce anything", moot=True)
    found = rows(case, form) if form else []
    if not form or len(found) == 1:
        return None
    if not found:
        return Refusal("法院没有在执行对该责任方的依据", "nothing is being enforced upon this party")
    return Refusal(
        f"请选择是哪一项执行依据：{'；'.join(one.zh for one in offered)}",
        f"say which one of what the court enforces: {'; '.join(one.en for one in offered)}",
    )


def is_enforced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a court's word on a decision that it was not asked to enforce."""
    if _enforced(case, form.get("payer", "")):
        return None
    return Refusal("没有申请执行对该责任方的处理决定", "no administrative decision is being enforced", moot=not form)


def no_other_is_enforced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to leave the court while it goes on with something else."""
    if not form or len(enforced(case.details)) < 2:  # noqa: PLR2004
        return None
    return Refusal(
        "法院还在执行其他处理决定或者裁判，请按“其他处理决定、裁判继续执行”办理",
        "the court goes on by another decision",
    )


def another_is_enforced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on by something else that the court does not have."""
    if len(enforced(case.details)) > 1:
        return None
    return Refusal("法院没有执行其他处理决定或者裁判", "the court has no other decision", moot=not form)


def paid_in_full_leaves_nothing(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call performed what is not paid yet."""
    ended = _meant(case, form) if form and form["reason"] == "paid_in_full" else []
    left = min(debts.unpaid(case), sum((left_of(case.details, one) for one in ended), Decimal(0)))
    if not left:
        return None
    return Refusal(
        f"尚欠 {left} 元，不是执行完毕：先登记法院执行到的款项", f"{left} yuan are unpaid: that is no full performance"
    )


def settlement_is_of_what_is_enforced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse instalments that do not come to what is left to pay by the thing that is settled: its wages, and compensation if any."""
    rows = _meant(case, form) if form else []
    if len(rows) != 1:
        return None
    [one], total = rows, debts.total_of(form["instalments"])
    least = left_of(case.details, one)
    most = least + rules.yuan(one.get("compensation", 0))
    if least <= total <= most:
        return None
    said = f"{least} 元" if least == most else f"{least} 元至 {most} 元（含加付的赔偿金）"
    return Refusal(
        f"分期合计 {total} 元，应为该执行依据尚欠的 {said}",
        f"instalments come to {total}, of what is settled {least} to {most} yuan are left",
    )


def court_money_is_on_what_is_enforced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse money that names what a court enforces and did not come from it, or names what it was never asked for."""
    if not form or form["which_enforced"] in ("", _NONE_NAMED):
        return None
    if form["source"] != "court":
        return Refusal(
            "只有法院执行款才选择执行依据；其他来源的请选“没有写明”",
            "only a court's money is on something that it enforces",
        )
    if len(_paid_on(case.details, form)) == 1:
        return None
    return Refusal("没有申请执行所选的依据", "no court was asked to enforce that")


def another_settlement_runs(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to give up waiting where all was paid that fell due and another settlement is performed."""
    today = local_date(moment.now + timedelta(seconds=1))
    if broken(case.details, today) or not performing(case.details, today):
        return None
    return Refusal("另一份执行和解协议仍在履行", "another settlement is being performed")


def a_settlement_is_broken(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call broken what was paid."""
    if broken(case.details, local_date(moment.now + timedelta(seconds=1))):
        return None
    return Refusal("执行和解协议到期的款项已付", "what fell due by the settlement was paid")


def a_settlement_is_breached(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to say of several settlements that one is broken where of none an instalment is late."""
    if _breached(case, moment):
        return None
    return Refusal("没有到期未付的执行和解款项", "nothing that fell due is unpaid")


def is_resumable(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to resume what the court is still at, was not asked for, or what is kept as it was agreed (民事诉讼法 241, 265)."""
    if to_resume(case, form, moment):
        return None
    if _picked(case, form):
        return Refusal(
            "执行和解协议正在履行，没有到期未付的款项，不能恢复执行",
            "the settlement is kept so far: the court does not go on",
            moot=not form,
        )
    if ended(case.details):
        return Refusal("对该责任方没有可以恢复执行的程序", "nothing was ended that was enforced upon this party")
    return Refusal(
        "法院仍在执行，没有可以恢复的程序", "the court is still enforcing: there is nothing to resume", moot=True
    )


def respondents_are_named(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an application to go on that leaves open upon whom."""
    if not form:
        return None
    called = _respondents(case, form, moment)
    if nameless := [upon for upon, name in called.items() if upon != "employer" and not name]:
        return Refusal(
            f"恢复执行申请书缺少必备内容：被申请人（{rules.said(nameless[0])}）的名称；请在表单中填写",
            f"the application does not name its respondent ({nameless[0]})",
        )
    return None


def no_decision_goes_on(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to leave the court with a title while it goes on with a decision."""
    if not form or not in_court(case.details):
        return None
    return Refusal(
        "法院还在执行处理决定，请按“其他处理决定、裁判继续执行”办理", "the court goes on by the authority's decision"
    )


def a_decision_goes_on(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on by a decision that the court does not have."""
    if in_court(case.details):
        return None
    return Refusal("法院没有执行处理决定", "the court has no decision of the authority", moot=not form)


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
