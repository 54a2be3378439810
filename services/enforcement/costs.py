"""What doing it for the party has cost: demanded, contested, paid in parts, enforced by a court. A ledger beside the fine's.

Pure. 行政强制法 51: the costs are set by what it took, and the party bears them. No law adds a late fine to them (45), so
none is added here. The debt stays with the body that did it: its ledger goes on however the case ends.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.enforcement import notes, reading, rules
from services.enforcement.catalogue import BASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

#: Why no more of the costs is collected.
GROUNDS: Final = ("window_over", "court_refused", "court_ended", "no_property", "died", "dissolved")
#: What may be cleared at once, and where (行政强制法 52).
CLEARED: Final = ("", "spilled", "obstacle", "pollutant")
PLACES: Final = ("", "road", "river", "waterway", "public_place")
_LEDGER: Final = ("substitute_done_on", "cost_amount", "cost_parts")


# -- what is known ------------------------------------------------------------


def claimed(case: CaseView) -> Decimal:
    """Return what the party has to bear, in yuan."""
    return Decimal(case.details.get("cost_amount") or 0)


def ledgers(case: CaseView) -> list[Mapping[str, Any]]:
    """Return all ledgers of a case, the last one behind: it may be done for a party more than once."""
    return [*case.details.get("costs_before", ()), case.details]


def parts(kept: Mapping[str, Any]) -> list[tuple[date, Decimal]]:
    """Return what was paid of a ledger and when; what was given back is below zero."""
    rows = kept.get("cost_parts") or ()
    return [(date.fromisoformat(str(row["paid_on"])), Decimal(row["amount"])) for row in rows]


def open_of(kept: Mapping[str, Any]) -> Decimal:
    """Return what of a ledger was not paid."""
    return Decimal(kept.get("cost_amount") or 0) - sum((amount for _, amount in parts(kept)), Decimal(0))


def received(case: CaseView) -> Decimal:
    """Return what was paid of it."""
    return sum((amount for _, amount in parts(case.details)), Decimal(0))


def outstanding(case: CaseView) -> Decimal:
    """Return what is still to be paid; nothing is added for being late."""
    return claimed(case) - received(case)


# -- changes ------------------------------------------------------------------


def note_performance(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Open the ledger with what it has cost, and keep whether the party has yet to be told (行政强制法 51, 52)."""
    decided = case.details.get("substitute_decided") or {}
    return {
        "costs_before": notes.with_last(case, "costs_before", "substitute_done_on", _LEDGER),
        "cost_amount": form["cost"],
        "cost_parts": [],
        "cost_open": form["cost"],
        "owes_costs": form["cost"] > 0,
        "substitute_done_on": reading.day_of(form, "done_at", moment),
        "substitute_at": "",
        "party_untold": bool(form["party_absent"] and decided.get("immediate")),
        **dict.fromkeys(
            (
                *("cost_demanded_on", "cost_pay_by", "cost_suit_until", "cost_urged_on", "cost_urged_until"),
                *("cost_window_from", "cost_applied_on", "cost_written_off", "cost_sought_on", "cost_review"),
            ),
            "",
        ),
        "cost_reviews": [],
        "cost_window_over": False,
        "cost_court": "",
    }


def note_told(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the absent party knows."""
    return {"party_untold": False}


def note_demand(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep by when the costs are paid, and until when the demand may be contested."""
    day = reading.reached(form, "cost_demanded_on", moment)
    return {
        "cost_pay_by": reading.until("cost_payment", day, limit=int(form["days"])),
        "cost_suit_until": reading.until("cost_remedies", day),
        "cost_urged_on": "",
        "cost_urged_until": "",
        "cost_window_over": False,
    }


def note_part(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add a payment to the costs' own ledger; without an amount, all that is open."""
    amount = outstanding(case) if form.get("amount") is None else form["amount"]
    row = {"paid_on": reading.day_of(form, "paid_on", moment), "amount": amount}
    left = outstanding(case) - amount
    return {
        "cost_parts": [*case.details.get("cost_parts", ()), row],
        "cost_open": left,
        "owes_costs": left > 0 and not case.details.get("cost_written_off"),
    }


def _owed_before(case: CaseView, form: Values) -> Mapping[str, Any] | None:
    """Return the earlier ledger that a payment is for: of the day that is named, or the last that is open."""
    named = form.get("of_done_on")
    fitting = [
        kept
        for kept in case.details.get("costs_before", ())
        if open_of(kept) > 0 and (named is None or kept["substitute_done_on"] == str(named))
    ]
    return fitting[-1] if fitting else None


def note_late_part(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add a payment to an earlier ledger: it was given up, and is paid all the same."""
    kept, day = _owed_before(case, form) or {}, reading.day_of(form, "paid_on", moment)
    row = {"paid_on": day, "amount": form["amount"]}
    return {
        "costs_before": [
            {**one, "cost_parts": [*(one.get("cost_parts") or ()), row]} if one is kept else one
            for one in case.details["costs_before"]
        ]
    }


def note_contest(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the demand is reviewed, since when, and how long the body has; who was urged before is urged anew after it."""
    sought, reviewed = reading.day_of(form, "sought_on", moment), form["kind"] == "reconsideration"
    clock = "reconsideration_simple" if form["simple_procedure"] else "reconsideration_decision"
    accepted = reading.day_of(form, "accepted_on", moment)
    row = {"kind": form["kind"], "sought_on": sought, "received_on": ""}
    return {
        "cost_reviews": [*case.details.get("cost_reviews", ()), row],
        "cost_sought_on": sought,
        "cost_review": "simple" if reviewed and form["simple_procedure"] else form["kind"],
        "cost_review_days": BASES.clock(clock, accepted).limit if reviewed else "",
        "cost_review_until": reading.until(clock, accepted) if reviewed else "",
        "cost_urged_on": "",
        "cost_urged_until": "",
    }


def note_longer(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the reconsideration was prolonged, which is done once (行政复议法 62)."""
    return {"cost_review": "prolonged"}


def note_result(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep how a review has ended and what it has left of the costs; what was paid above that is given back at once.

    Upon a reconsideration or a judgment fifteen days are left to sue or appeal; upon one that is final none are.
    """
    day, rows = reading.day_of(form, "received_on", moment), [dict(row) for row in case.details["cost_reviews"]]
    rows[-1]["received_on"] = day
    left = claimed(case) if form.get("amount") is None else form["amount"]
    above = max(received(case) - left, Decimal(0))
    back = [{"paid_on": day, "amount": -above}] if above else []
    still_open = left - received(case) + above
    return {
        "cost_reviews": rows,
        "cost_review": "",
        "cost_amount": left,
        "cost_parts": [*case.details.get("cost_parts", ()), *back],
        "cost_open": still_open,
        "owes_costs": still_open > 0 and not case.details.get("cost_written_off"),
        "cost_suit_until": reading.until("suit_after_review", day),
        # Three months begin anew when the remedies against this are over, also where they were over before (行政强制法 53).
        "cost_window_over": False,
    }


def note_judgment(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what a judgment has left of the costs against which nothing is open any more: a court may be asked from then on."""
    day = reading.day_of(form, "received_on", moment)
    return {**note_result(case, form, moment), "cost_suit_until": day, "cost_window_from": day}


def open_window(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day from which a court may be asked, if anything is left to ask for: the end of the remedies (行政强制法 53)."""
    today, left = local_date(moment.now), outstanding(case) > 0 and not case.details.get("cost_written_off")
    return {"cost_window_from": min(reading.known_day(case, "cost_suit_until") or today, today), "owes_costs": left}


def close_window(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that no court can be asked any more (行政强制法 53)."""
    return {"cost_window_over": True}


def note_urging(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the last of the ten working days after the party was urged (行政强制法 54)."""
    return {"cost_urged_until": reading.until("cost_urging", reading.reached(form, "cost_urged_on", moment))}


def note_application(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that no court has accepted it yet."""
    return {"cost_accepted_on": "", "cost_objected_on": ""}


def note_acceptance(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when the court took the application."""
    return {"cost_accepted_on": reading.day_of(form, "accepted_on", moment)}


def note_ruling(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what the court said, and until when the higher one may be asked (行政强制法 58)."""
    day = reading.day_of(form, "received_on", moment)
    return {
        "cost_court": form["ruled"],
        "cost_enforced": form["ruled"] == "court_granted",
        "cost_refused": form["ruled"] == "court_refused",
        "cost_objection_until": reading.until("cost_court_objection", day),
    }


def note_objection(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the higher court looks at it: its word is awaited."""
    return {"cost_court": "", "cost_objected_on": reading.day_of(form, "objected_on", moment)}


def note_write_off(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep why no more is collected."""
    return {"cost_written_off": form["ground"], "owes_costs": False}


# -- guards -------------------------------------------------------------------


def at_once_is_lawful(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to clear at once what the law does not name, or where, or what the party can clear itself (行政强制法 52)."""
    if not form or not form["immediate"] or (form["cleared"] and form["cleared_from"] and form["party_cannot"]):
        return None
    return Refusal(
        "立即代履行仅限需要立即清除道路、河道、航道或者公共场所的遗洒物、障碍物、污染物，且当事人不能清除的，请填写并确认",
        "only what was spilled, blocks or pollutes a road, river, waterway or public place, and the party can't clear,"
        " is cleared at once: say what, where, and tick it",
    )


def who_signed_was_there(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the signature of a party who was absent (行政强制法 51)."""
    if not form or not form["party_absent"] or form["signed_by"] != "party":
        return None
    return Refusal("当事人不在场的，由见证人签名", "where the party is absent a witness signs")


def somebody_is_untold(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to tell afterwards who was there, or knows (行政强制法 52)."""
    if case.details.get("party_untold"):
        return None
    return Refusal("没有需要事后通知的不在场当事人", "no absent party is still to be told", moot=True)


def the_absent_party_was_told(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on while a party does not know what was done in its absence (行政强制法 52)."""
    if not case.details.get("party_untold"):
        return None
    return Refusal(
        "立即代履行时当事人不在场，应当在事后立即通知当事人",
        "it was done at once in the party's absence: the party is told at once afterwards",
    )


def costs_are_unpaid(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the payment of what nobody owes; what was given up may still be paid."""
    if outstanding(case) > 0:
        return None
    return Refusal("没有未收的代履行费用", "no costs of what was done for the party are open", moot=True)


def an_earlier_ledger_is_open(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to pay what is not open of the costs before, or more than that."""
    days = [kept["substitute_done_on"] for kept in case.details.get("costs_before", ()) if open_of(kept) > 0]
    if not days:
        return Refusal("此前的代履行没有未收的费用", "no costs of what was done before are open", moot=True)
    if not form:
        return None
    kept = _owed_before(case, form)
    if kept is None:
        return Refusal(
            f"没有该日完成而未收清的代履行；未收清的完成日期：{'、'.join(days)}",
            f"none of that day is open; these are: {', '.join(days)}",
        )
    if form["amount"] <= open_of(kept):
        return None
    return Refusal(f"该次代履行费用尚余 {open_of(kept)} 元", f"{open_of(kept)} yuan of those costs are open")


def costs_are_open(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to collect what nobody owes, or was given up."""
    if not case.details.get("cost_written_off"):
        return costs_are_unpaid(case, form, moment)
    return Refusal("代履行费用已登记不再收缴", "the costs were given up", moot=True)


def costs_are_demanded(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to collect costs that were not demanded in writing."""
    if nothing := costs_are_unpaid(case, form, moment):
        return nothing
    if reading.known_day(case, "cost_demanded_on"):
        return None
    return Refusal("尚未书面通知当事人缴纳代履行费用", "the costs were not demanded in writing yet")


def something_was_demanded(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the review of what was not demanded."""
    if reading.known_day(case, "cost_demanded_on"):
        return None
    return Refusal("尚未书面通知当事人缴纳代履行费用", "the costs were not demanded in writing yet", moot=True)


def costs_are_demanded_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to demand again what was demanded, unless that is not in the party's hands: the remedies run from the first."""
    if not reading.known_day(case, "cost_demanded_on") or not reading.in_hand(case, "cost_demanded"):
        return None
    return Refusal("代履行费用已经通知缴纳", "the costs were demanded already", moot=True)


def more_than_estimated_is_explained(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to demand more than the decision has estimated without saying why: costs are what it took (行政强制法 51)."""
    budget = Decimal((case.details.get("substitute_decided") or {}).get("budget") or 0)
    if not form or claimed(case) <= budget or form["over_budget_because"].strip():
        return None
    return Refusal(
        f"费用 {claimed(case)} 元超过决定书预算 {budget} 元，须说明成本构成和超出理由",
        f"{claimed(case)} yuan are more than the {budget} that were estimated: say why",
    )


def a_part_is_less(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call a part what pays all."""
    if not form or form["amount"] < outstanding(case):
        return None
    return Refusal(
        f"已足以缴清代履行费用 {outstanding(case)} 元，请登记“缴清代履行费用”",
        f"that pays all {outstanding(case)} yuan: record it so",
    )


def all_is_paid(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call all what is a part, or more than is open: no late fine is added (行政强制法 45, 51)."""
    if not form or form["amount"] in (None, outstanding(case)):
        return None
    return Refusal(
        f"代履行费用尚余 {outstanding(case)} 元，不加处罚款或者滞纳金；少于此数的登记“部分缴纳”",
        f"{outstanding(case)} yuan are open, without any late fine; less is a part",
    )


def no_review_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to enforce, to give up, or to end while the demand is reviewed (行政强制法 53)."""
    if not case.details.get("cost_review"):
        return None
    return Refusal(
        "代履行费用正在复议或者诉讼，请等待结果并登记", "the costs are under review: wait for its result and record it"
    )


def a_review_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the result of a review that nobody has sought."""
    if case.details.get("cost_review"):
        return None
    return Refusal("代履行费用没有在复议或者诉讼", "the costs are not under review", moot=True)


def no_court_was_asked(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a review of what a court has been asked to enforce: it looks at it itself (行政强制法 57, 58)."""
    if not case.details.get("cost_applied_on"):
        return None
    return Refusal(
        "已经就代履行费用申请法院强制执行，由法院审查",
        "a court was asked to enforce the costs: it looks at them itself",
    )


def remedy_is_in_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a review sought after its time, as of any other decision (行政复议法 20; 行政诉讼法 45, 46)."""
    demanded = reading.known_day(case, "cost_demanded_on")
    if not form or demanded is None:
        return None
    sought = reading.day_of(form, "sought_on", moment)
    return rules.too_late(
        form,
        sought,
        suit_until=reading.known_day(case, "cost_suit_until"),
        reconsidered=sought <= reading.until("reconsideration", demanded),
        reviewed=bool(case.details.get("cost_reviews")),
    )


def it_can_take_longer(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse more time for who does not reconsider, does so in the simple procedure, or has had it (行政复议法 62)."""
    if case.details.get("cost_review") == "reconsideration":
        return None
    return rules.NOTHING_TO_PROLONG


def judgment_is_of_a_court(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call final what a party may still sue upon (行政诉讼法 45)."""
    if not form or case.details.get("cost_review") == "litigation":
        return None
    return rules.SUIT_IS_OPEN


def payment_is_late(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to urge before the costs were due, or twice (行政强制法 54)."""
    due = reading.known_day(case, "cost_pay_by")
    if case.details.get("cost_urged_on") and reading.in_hand(case, "cost_urged"):
        return Refusal("已经催告缴纳代履行费用", "the party was urged already")
    if due is None or reading.day_of(form, "cost_urged_on", moment) > due:
        return None
    return Refusal(f"缴纳期限到 {due} 届满，期满不缴的方可催告", f"it can be urged after {due}")


def court_may_be_asked(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to ask a court unurged, within ten working days of it or the remedies, or after three months (行政强制法 53, 54)."""
    if case.details.get("cost_applied_on"):
        return Refusal("已经就代履行费用申请法院强制执行", "a court was asked already")
    urged, suit = reading.known_day(case, "cost_urged_until"), reading.known_day(case, "cost_suit_until")
    if urged is None or suit is None:
        return Refusal("申请法院强制执行前应当催告当事人缴纳代履行费用", "the party is urged before a court is asked")
    day, opens = reading.day_of(form, "cost_applied_on", moment), max(urged, suit)
    if day <= opens:
        return Refusal(
            f"催告满十个工作日、复议和诉讼期限届满（{opens}）后方可申请",
            f"a court may be asked after {opens}: ten working days after urging, and when the remedies are over",
        )
    ends = reading.until("cost_window", suit)
    if case.details.get("cost_window_over") or day > ends:
        return Refusal(f"申请法院强制执行的期限已于 {ends} 届满", f"the time to ask a court was over on {ends}")
    return None


def a_court_was_asked(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the ruling of a court that nobody has asked, or that has ruled to the end."""
    if case.details.get("cost_applied_on") and case.details.get("cost_court") in ("", "court_granted"):
        return None
    return Refusal("没有待法院裁定的代履行费用", "no court is to rule on the costs", moot=True)


def a_court_is_to_accept(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the acceptance of what was not asked, or is accepted (行政强制法 56)."""
    kept = case.details
    if kept.get("cost_applied_on") and not kept.get("cost_court") and not kept.get("cost_accepted_on"):
        return None
    return Refusal("没有待法院受理的申请", "no application waits to be accepted", moot=True)


def the_court_refused_lately(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to ask the higher court where no court has refused, after fifteen days, or again (行政强制法 58)."""
    last_day = reading.known_day(case, "cost_objection_until")
    if case.details.get("cost_court") != "court_refused" or last_day is None:
        return Refusal("法院没有不予受理或者不予执行的裁定", "no court has refused", moot=True)
    if case.details.get("cost_objected_on"):
        return Refusal("已经向上一级法院申请过复议", "the higher court was asked already")
    if form and reading.day_of(form, "objected_on", moment) > last_day:
        return Refusal(f"向上一级法院申请复议的期限已于 {last_day} 届满", f"the time to ask was over on {last_day}")
    return None


def a_change_is_less(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a review that raises the costs, or leaves what was paid above them with the body."""
    if not form or form["amount"] is None:
        return None
    if form["amount"] >= claimed(case):
        return Refusal("复议或者判决后的费用应低于原数额", "after a review the costs are less than before")
    above = received(case) - form["amount"]
    if above <= 0 or form["refund_receipt_no"].strip():
        return None
    return Refusal(
        f"已缴的费用多出 {above} 元，须退还并填写退款凭证", f"{above} yuan are given back: fill in the receipt"
    )


def ground_fits(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give up costs on a ground that the ledger does not bear."""
    if not form:
        return None
    kept = case.details
    bears = {
        "window_over": bool(kept.get("cost_window_over")),
        "court_refused": kept.get("cost_court") == "court_refused",
        "court_ended": kept.get("cost_court") == "court_ended",
        "no_property": bool(kept.get("cost_urged_on")),
        # Nobody is left who could be urged (行政强制法 40).
        "died": reading.suspect_kind_of(case) == "person",
        "dissolved": reading.suspect_kind_of(case) == "organisation",
    }
    if bears[form["ground"]]:
        return None
    return Refusal(
        "登记的收缴情况不支持该理由：须先催告、申请法院执行或者登记法院裁定",
        "what is on file does not bear this ground: urge, ask the court, or record its ruling first",
    )


def what_it_said_was_reviewed(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to do it for a party whose word was not reviewed, unless it must be done at once (行政强制法 36, 52)."""
    return None if form and form["immediate"] else rules.statements_were_reviewed(case, form, moment)


def costs_are_settled(case: CaseView, _form: Values, _moment: Moment | None) -> Refusal | None:
    """Refuse to go on while costs are open that nobody has given up with a reason (行政强制法 51)."""
    if outstanding(case) <= 0 or case.details.get("cost_written_off"):
        return None
    return Refusal(
        f"代履行费用尚有 {outstanding(case)} 元未收缴，也没有登记不再收缴的理由",
        f"{outstanding(case)} yuan of the costs are neither paid nor given up with a reason",
    )
