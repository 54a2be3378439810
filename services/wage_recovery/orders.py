"""Inspection, orders, compensation, crime and the list of defaulters, pure like the rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chassis.clocks import Period, Unit, add, add_months
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import Refusal
from services.wage_recovery import debts, rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.workflow import CaseView, Moment, Values


# -- inspection ----------------------------------------------------------------


def inspection_until(ended_on: date) -> date:
    """Return the last day on which the inspection takes up what ended on a day (劳动保障监察条例 20)."""
    return add_months(ended_on, 12 * rules.law_on("inspection_limitation", ended_on))


def inspection_is_in_time(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what had ended more than two years before it was handed over (劳动保障监察条例 20)."""
    if not form or form["still_going_on"]:
        return None
    if form["ended_on"] is None:
        return Refusal("须填写欠薪行为终了之日", "say on which day the arrears ended")
    if inspection_until(form["ended_on"]) < form["handed_over_on"]:
        return Refusal(
            "违法行为终了已超过二年，劳动监察不再查处，应告知仲裁、诉讼途径",
            "the inspection does not act after two years; tell of arbitration and lawsuit",
        )
    return None


def is_extended_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second extension of the same time (劳动保障监察条例 17; 劳动争议调解仲裁法 43)."""
    key = (
        "arbitration_extended"
        if case.state in ("arbitration_pending", "arbitration_overdue")
        else "investigation_extended"
    )
    if not case.details.get(key):
        return None
    return Refusal("已经延长过一次，不得再次延长", "it was extended already, and may be only once")


def investigated_until(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Say from which day an extension of the investigation counts: the end of its sixty working days."""
    filed = date.fromisoformat(str(case.details["inspection_accepted"]["filed_on"]))
    return {"extended_from": _end(filed, "inspection_investigation", Unit.WORKDAY)}


def arbitrated_until(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Say from which day an extension of the arbitration counts: the end of its forty-five days."""
    accepted = date.fromisoformat(str(case.details["arbitration_accepted"]["accepted_on"]))
    return {"extended_from": _end(accepted, "arbitration_award", Unit.DAY)}


def _end(since: date, clock: str, unit: Unit) -> date:
    return add(since, Period(rules.law_on(clock, since), unit), calendar=standard_calendar()).due_at.date()


def order_is_served(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an order that was posted up without photos or a film of it (法释〔2013〕3号 4)."""
    if form.get("served_by") == "posted_up" and not form.get("posting_recorded"):
        return Refusal("张贴送达须留存照片或录像", "an order that is posted up counts only with photos or a film")
    return None


def order_is_not_above_what_is_owed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an order for more than is owed."""
    if form and form["amount"] > debts.unpaid(case):
        return Refusal(
            f"责令支付额超过尚欠的 {debts.unpaid(case)} 元", f"more than the {debts.unpaid(case)} yuan that are owed"
        )
    return None


def order_has_run_out(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to speak of disobedience before an order's time is over."""
    found = standing(case)
    if not found:
        return Refusal("没有责令支付文书", "there is no order to pay")
    until = min(last_day(order) for order in _waited_for(found))
    if local_date(moment.now) <= until:
        return Refusal(f"责令支付期限至 {until}，尚未届满", f"the order's time ends on {until}")
    return None


def compensation_range(left: Decimal) -> tuple[Decimal, Decimal]:
    """Return the least and the most extra compensation: 50 to 100 % of what is unpaid (劳动保障监察条例 26)."""
    return rules.yuan(left * Decimal("0.5")), rules.yuan(left)


@dataclass(frozen=True, slots=True)
class CrimeThreshold:
    """From which sums on refusing to pay may be a crime. The province sets them (法释〔2013〕3号 3)."""

    person: Decimal
    group: Decimal
    months: Decimal

    @classmethod
    def standing(cls) -> CrimeThreshold:
        """Return those of the settings."""
        return cls(*(Decimal(rules.settings()["crime"][name]) for name in ("person", "group", "months")))


def months_by_worker(rows: Iterable[Mapping[str, Any]]) -> dict[int, Decimal]:
    """Return for how many months each worker is unpaid, by number: the longest of his rows."""
    months: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        months[row["number"]] = max(months[row["number"]], Decimal(str(row["months_owed"])))
    return dict(months)


def crime_workers(
    rows: Iterable[Mapping[str, Any]], left: Mapping[int, Decimal], threshold: CrimeThreshold
) -> list[int]:
    """Return the numbers of those who alone reach the threshold (法释〔2013〕3号 3 (1))."""
    months = months_by_worker(rows)
    return sorted(
        number
        for number, amount in left.items()
        if months.get(number, Decimal(0)) >= threshold.months and amount >= threshold.person
    )


def crime_signs(
    rows: Iterable[Mapping[str, Any]], left: Mapping[int, Decimal], threshold: CrimeThreshold | None = None
) -> list[str]:
    """Return which of the two thresholds are reached, as a warning and no decision (刑法 276-1).

    One worker unpaid for three months and a sum, or ten workers and a sum together.
    """
    bounds, rows = threshold or CrimeThreshold.standing(), list(rows)
    found = ["one_worker"] if crime_workers(rows, left, bounds) else []
    unpaid_workers = [amount for amount in left.values() if amount]
    if len(unpaid_workers) >= debts.GROUP and sum(unpaid_workers, Decimal(0)) >= bounds.group:
        found.append("group_of_workers")
    return found


def orders(case: CaseView) -> list[Mapping[str, Any]]:
    """Return the orders to pay on file, the newest last: each with its payer and the last day that it gave."""
    found = case.details.get("orders")
    order = case.details.get("order")
    if not found and order:
        found = [{**order, "until": case.details.get("order_until")}]
    return list(found or ())


def standing(case: CaseView) -> list[Mapping[str, Any]]:
    """Return the orders to pay that were not revoked, the newest last."""
    return [order for order in orders(case) if not order.get("revoked_on")]


def last_day(order: Mapping[str, Any]) -> date:
    """Return the last day of an order on file: its days count from the day after its service, and a holiday moves on.

    民法典 201, 203. Orders from before that was counted kept the day itself.
    """
    return rules.rolled(date.fromisoformat(str(order["until"]))).due_at.date()


def over(case: CaseView, day: date) -> list[Mapping[str, Any]]:
    """Return the orders that stand and whose time was over before a day."""
    return [order for order in standing(case) if last_day(order) < day]


def contested_until(served_on: date, clock: str) -> dict[str, date]:
    """Return the last days on which the payer may ask for reconsideration of what was served on a day, by a clock, and sue against it.

    行政复议法 20; 行政诉讼法 46.
    """
    rule = rules.bases().clock(clock, served_on)
    within = Period(rule.limit, rule.unit)
    return {
        "reconsidered_until": add(served_on, within, calendar=standard_calendar(), roll=rule.roll).due_at.date(),
        "sued_until": sued_until(served_on),
    }


def sued_until(served_on: date) -> date:
    """Return the last day on which the payer may sue against what was served on a day; a day off moves it on (行政诉讼法 46)."""
    rule = rules.bases().clock("decision_suit", served_on)
    within = Period(months_to_sue(), rule.unit)
    return add(served_on, within, calendar=standard_calendar(), roll=rule.roll).due_at.date()


def months_to_sue() -> int:
    """Return how many months the payer has to sue against an order or a decision: not verified (行政诉讼法 46)."""
    months: int = rules.settings()["court"]["months_to_sue"]
    return months


def name_of(row: Mapping[str, Any]) -> str:
    """Return what the times of an order, or of a decision, run under: its payer, and its number."""
    payer = row.get("payer") or ""
    return "，".join(filter(None, (rules.said(payer) if payer else "", str(row.get("document_number") or ""))))


def _waited_for(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return of orders that stand those of which nobody has noted yet that they ran out; where all did, the newest."""
    return [order for order in rows if not order.get("ran_out")] or rows[-1:]


def _runs_next(rows: Iterable[Mapping[str, Any]], *, awaited: bool) -> dict[str, Any]:
    """Say how long, and from when, the order runs that runs out next: each has its own time, and that one the clock.

    Whoever is `awaited` has it also where all have run out: that is noted at once.
    """
    left = [order for order in rows if not order.get("revoked_on")]
    waiting = _waited_for(left) if awaited else [order for order in left if not order.get("ran_out")]
    first = min(waiting, key=last_day, default=None)
    return {
        "order_days": first["days"] if first else 0,
        "order_since": first["served_on"] if first else None,
    }


def run_out(case: CaseView, moment: Moment) -> dict[str, Any]:
    """Note which orders have run out; what is decided upon that names the last of them."""
    # A clock ends with the last second of its day, and may be seen to in it.
    ended = over(case, local_date(moment.now + timedelta(seconds=1)))
    rows = [{**order, "ran_out": True} if order in ended else order for order in orders(case)]
    named = max((order for order in ended if not order.get("ran_out")), key=last_day, default=None)
    return {
        "orders": rows,
        **({"order": named, "order_until": last_day(named)} if named else {}),
        **_runs_next(rows, awaited=False),
    }


def order_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to revoke what was never ordered, is revoked already, or was served only later."""
    found = standing(case)
    if form:
        found = [order for order in found if order["payer"] == form["payer"]]
    if not found:
        return Refusal("该责任方没有有效的责令支付文书", "no order to pay stands against this party")
    if form and form["revoked_on"].isoformat() < str(found[-1]["served_on"]):
        return Refusal("撤销日期早于责令支付文书送达之日", "it was served only after that day")
    return None


def _goes_on(case: CaseView, form: Values) -> bool:
    """Whether the claim goes on where it is without a payer's order: by another order, or by what a court enforces."""
    found = standing(case)
    others = [order for order in found if order["payer"] != form["payer"]] if form else found[1:]
    applied = case.details.get("enforcement_applied") or {}
    title = applied.get("ground", "administrative_decision") != "administrative_decision"
    in_court = case.state in ("court_enforcing", "enforcement_overdue")
    return bool(others) or (in_court and title and not applied.get("enforcement_ended_on"))


def no_other_order_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send a claim back to the authority while it goes on by something else than the order that was revoked."""
    if not form or not _goes_on(case, form):
        return None
    return Refusal(
        "还有其他有效的责令支付或者执行依据，请按“其他责令支付继续有效”办理", "it goes on by another order, or in court"
    )


def another_order_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on by another order where there is none."""
    if _goes_on(case, form):
        return None
    return Refusal(
        "没有其他有效的责令支付，撤销后由监察重新作出决定", "no other order stands: the authority decides anew"
    )


def revoke_order(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a payer's order is revoked, and what falls with it where no other stands."""
    mark = {"revoked_on": form["revoked_on"], "revoked_by": form["revoked_by"]}
    found = standing(case)
    rows = [
        {**order, **mark} if order["payer"] == form["payer"] and order in found else order for order in orders(case)
    ]
    left = [order for order in rows if not order.get("revoked_on")]
    changed = {
        "orders": rows,
        "order": left[-1] if left else None,
        "order_until": last_day(left[-1]) if left else None,
        **_runs_next(left, awaited=case.state == "ordered_to_pay"),
        "order_named": next((name_of(order) for order in found if order["payer"] == form["payer"]), ""),
    }
    if _goes_on(case, form):
        return changed
    return changed | dict.fromkeys(("unpaid", "crime_signs", "crime_transferred", "police_filed"))


def served_after_the_revocation(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a new order to a payer that is dated before its last one was revoked: its times are counted anew."""
    if not form:
        return None
    own = [order for order in orders(case) if order["payer"] == form["payer"] and order.get("revoked_on")]
    last = max((str(order["revoked_on"]) for order in own), default="")
    if form["served_on"].isoformat() >= last:
        return None
    return Refusal(
        f"重新作出的责令支付应在撤销之日（{last}）以后送达", f"a new order is served after the revocation of {last}"
    )


def order_comes_first_for_this_payer(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second order to the same payer while the first stands; after its revocation it may be ordered anew."""
    if form and form["payer"] in {order["payer"] for order in standing(case)}:
        return Refusal(
            "已对该责任方责令支付，请选择其他清偿责任主体", "this party was ordered already: name the next one"
        )
    return None


def add_order(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep an order to pay beside those to other payers, with the last day that it gives."""
    until = rules.rolled(form["served_on"] + timedelta(days=form["days"])).due_at.date()
    # Before each order had its own mark, the state said that those on file had run out.
    known = [] if case.state == "ordered_to_pay" else over(case, local_date(moment.now))
    before = [{**order, "ran_out": True} if order in known else order for order in orders(case)]
    rows = [*before, {**form, "until": until, **contested_until(form["served_on"], "order_reconsideration")}]
    own = {"order_named": name_of(form), "months_to_sue": months_to_sue()}
    return {"order_until": until, "orders": rows, **_runs_next(rows, awaited=True), **own}


def payer_has_disobeyed(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to propose a payer to whom no order went, or whose order has not run out (人社部令45)."""
    if not form:
        return None
    if any(order["payer"] == form["payer"] for order in over(case, local_date(moment.now))):
        return None
    return Refusal(
        "未对该责任方责令支付，或者责令期限未满，不能建议列入",
        "no order to pay went to this party, or its time is not over",
    )


def order_was_disobeyed(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to speak of a crime before an authority ordered payment in vain (刑法 276-1)."""
    if not standing(case):
        return Refusal("未经政府有关部门责令支付，不构成移送条件", "no authority has ordered payment yet")
    if not debts.unpaid(case):
        return Refusal("工资已经付清", "all wages are paid")
    if not over(case, local_date(moment.now)):
        return Refusal("责令支付期限未满", "the time of the order to pay is not over")
    return None


def with_the_police(kept: Values) -> bool:
    """Whether the police have something of a claim: it was handed to them, and no criminal case upon it has ended since."""
    ended = kept.get("criminal_case")
    # Of what was handed over anew before that forgot how the case before had ended, only a conviction ends it.
    return bool(kept.get("crime_transferred")) and (not ended or ended["result"] != "convicted")


def _conviction(kept: Values) -> Values | None:
    """Return the end of a criminal case that was a conviction: it stays on file, whatever is handed to the police later."""
    found: Values | None = kept.get("criminal_case") or kept.get("convicted")
    return found if found and found["result"] == "convicted" else None


def hand_to_the_police(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that the police have it, and upon which orders: how an earlier criminal case ended says nothing of this one."""
    disobeyed = over(case, local_date(moment.now))
    return {"criminal_case": None, "convicted": _conviction(case.details), "disobeyed": disobeyed}


def police_have_nothing(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand over again what the police have: their answer to the first would be lost."""
    if not with_the_police(case.details):
        return None
    return Refusal("已经移送公安机关，请先登记立案、不予立案或者办结", "the police have it: record their answer first")


def police_have_it(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what only the police can say where they have nothing of this claim."""
    if with_the_police(case.details):
        return None
    return Refusal("没有移送公安机关", "nothing was handed to the police", moot=True)


def police_have_filed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the end of a criminal case that the police have not filed."""
    if case.details.get("police_filed"):
        return None
    return Refusal("公安机关尚未立案", "the police have filed no case", moot=True)


def police_have_not_filed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file a second time, or not to, once the police have filed the case."""
    if not case.details.get("police_filed"):
        return None
    return Refusal(
        "公安机关已经立案，结果请登记“刑事案件办结”", "the police have filed it: record how it ended", moot=True
    )


def criminal_case_over(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the police have it no longer; a conviction stays on file, for who is convicted is not taken off the list early."""
    gone = ("police_filed",) if form["result"] == "convicted" else ("police_filed", "crime_transferred")
    return {"criminal_case": form, **{name: None for name in gone if case.details.get(name)}}


# -- the list of wage defaulters -------------------------------------------------


def is_serious(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a proposal without what makes arrears serious (保障农民工工资支付条例 48; 人社部令45)."""
    if not form:
        return None
    if form["ground"] == "serious_harm" and not form["harm"].strip():
        return Refusal("须写明造成的严重不良社会影响", "say which serious harm was done")
    rows = (case.details.get("roster") or {}).get("rows", ())
    if form["ground"] == "crime_amount" and not crime_signs(rows, debts.outstanding(case)):
        return Refusal(
            "尚欠数额未达到拒不支付劳动报酬罪的数额标准（省定标准未核实），不能以此为由",
            "what is unpaid does not reach the sums of the crime (not verified for the province)",
        )
    return None


def listings(case: CaseView) -> dict[str, Mapping[str, Any]]:
    """Return how each payer stands with the list of defaulters, by its part in the work."""
    kept = case.details.get("blacklist") or {}
    if "stands" in kept:
        # From when a case could list one payer only.
        return {(case.details.get("blacklistings") or [{"payer": "employer"}])[-1]["payer"]: kept}
    return dict(kept)


def _of_payer(case: CaseView, form: Values) -> Mapping[str, Any]:
    return listings(case).get(form.get("payer", ""), {})


def nobody_is_proposed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a proposal while another of the same payer waits for its decision or it is listed: that would be lost."""
    stands = _of_payer(case, form).get("stands")
    if stands not in ("proposed", "listed"):
        return None
    zh = (
        "该责任方已提出列入建议，请先登记决定"
        if stands == "proposed"
        else "该责任方已列入失信联合惩戒名单，移出以前不能再次建议列入"
    )
    return Refusal(zh, "a proposal waits for its decision" if stands == "proposed" else "the payer is listed already")


def is_proposed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a decision on the list that this payer was not proposed for."""
    found = [_of_payer(case, form)] if form else listings(case).values()
    if any(row.get("stands") == "proposed" for row in found):
        return None
    return Refusal("该责任方没有待决定的列入建议", "no proposal waits for a decision", moot=not form)


def was_told_before(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a listing before the payer was told of it and had its working days to object (人社部令45)."""
    if not form:
        return None
    days = rules.settings()["blacklist"]["objection_workdays"]
    until = add(form["told_on"], Period(days, Unit.WORKDAY), calendar=standard_calendar()).due_at.date()
    if form["decided_on"] > until or (form["objection"] == "dismissed" and form["decided_on"] > form["told_on"]):
        return None
    return Refusal(
        f"列入前须书面告知并听取异议：异议期至 {until}，决定日期不能在此之前",
        f"the payer may object until {until}: the decision can't come before that",
    )


def is_listed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take off the list who is not on it."""
    found = [_of_payer(case, form)] if form else listings(case).values()
    if any(row.get("stands") == "listed" for row in found):
        return None
    return Refusal("该责任方未列入失信联合惩戒名单", "nobody is listed", moot=not form)


def removal_is_asked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decline an early removal that was not asked for."""
    found = [_of_payer(case, form)] if form else listings(case).values()
    if any(row.get("removal_requested") for row in found):
        return None
    return Refusal("没有提前移出的申请", "early removal was not asked for", moot=not form)


def list_is_awaited(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask after a decision on the list that nobody waits for."""
    if any(_waits(row) for row in listings(case).values()):
        return None
    return Refusal("没有待决定的列入建议或者移出申请", "nothing about the list waits for a decision", moot=True)


def removable_from(corrected_on: date) -> date:
    """Return from which day a payer who has paid may ask to be taken off the list early (人社部令45)."""
    return add_months(corrected_on, rules.settings()["blacklist"]["months_before_removal"])


def may_be_removed_early(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse early removal before all is paid, six months are over, and the law is promised to be kept (人社部令45)."""
    if debts.unpaid(case):
        return Refusal(
            f"尚欠 {debts.unpaid(case)} 元，未改正的不能提前移出", f"{debts.unpaid(case)} yuan are still owed"
        )
    if case.details.get("crime_transferred") or _conviction(case.details):
        return Refusal("涉嫌拒不支付劳动报酬罪已移送，不能提前移出", "the police have the case: no early removal")
    listed_on = _of_payer(case, form).get("since")
    if not form or not listed_on:
        return None
    since = max(form["corrected_on"], date.fromisoformat(str(listed_on)))
    if local_date(moment.now) < removable_from(since):
        return Refusal(
            f"自改正并列入之日起满6个月（{removable_from(since)}）方可申请提前移出",
            f"early removal may be asked for from {removable_from(since)}",
        )
    if not form["promised"] or not form["no_new_arrears"]:
        return Refusal(
            "须作出守法承诺，且列入期间未再拖欠", "the law is to be promised to be kept, without new arrears"
        )
    return None


def removal_has_its_ground(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a removal for a ground that is not there."""
    if not form:
        return None
    listed = _of_payer(case, form)
    if form["ground"] == "time_over" and str(form["removed_on"]) <= str(listed.get("until")):
        return Refusal(f"列入期限至 {listed.get('until')}，尚未届满", f"the list has it until {listed.get('until')}")
    if form["ground"] == "early" and not listed.get("removal_requested"):
        return Refusal("没有提前移出的申请", "early removal was not asked for")
    return None


def propose(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a proposal waits for its decision, and since when."""
    return _listing(case, form, stands="proposed", asked_on=form["proposed_on"])


def decline(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the payer was not listed."""
    return _listing(case, form, stands="declined")


def enlist(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep from when until when the payer is listed: years by the law of the day (人社部令45)."""
    since = form["decided_on"]
    until = add_months(since, 12 * rules.law_on("blacklist", since))
    return _listing(case, form, stands="listed", since=since, until=until, removal_requested=False)


def ask_for_removal(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that early removal was asked for, and since when."""
    return _listing(case, form, removal_requested=True, asked_on=form["requested_on"] or local_date(moment.now))


def keep_listed(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the payer is not taken off the list early."""
    return _listing(case, form, removal_requested=False)


def remove(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the payer is no longer listed."""
    return _listing(case, form, stands="removed", removal_requested=False)


def _waits(row: Mapping[str, Any]) -> bool:
    """Whether the authority has something to decide about a payer's listing."""
    return row["stands"] == "proposed" or bool(row["stands"] == "listed" and row.get("removal_requested"))


def _listing(case: CaseView, form: Values, **more: Any) -> dict[str, Any]:
    """Change how one payer stands.

    The case's clocks are that of whoever was listed last and still is, and that of who has waited longest for a decision.
    """
    found = {**listings(case), form["payer"]: {**_of_payer(case, form), **more}}
    since = [str(row["since"]) for row in found.values() if row["stands"] == "listed"]
    asked = [str(row["asked_on"]) for row in found.values() if _waits(row) and row.get("asked_on")]
    return {
        "blacklist": found,
        "listed_since": max(since, default=None),
        "still_listed": bool(since),
        "list_asked_since": min(asked, default=None),
        "list_waits": bool(asked),
    }
