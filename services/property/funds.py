"""Repairs and who pays for them: budget, repair fund, emergencies, fees, common income, pure like the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.property import firms, rules, votes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chassis.workflow import CaseView, Guard, Moment, Values
#: Within so many minutes the rescuers are at a lift with people in it (滨州市电梯安全管理条例 28).
RESCUE_MINUTES = 30


# -- money --------------------------------------------------------------------


def cost(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    """Add up a budget: each line's quantity times its price, rounded to the cent."""
    return sum(
        (
            (Decimal(line["quantity"]) * Decimal(line["unit_price"])).quantize(rules.CENT, rounding=ROUND_HALF_UP)
            for line in lines
        ),
        Decimal("0.00"),
    )


def shares(amount: Decimal, areas: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Share an amount by area of exclusive parts (民法典 283), to the cent and without rest.

    Cents that rounding down leaves go to those who lost most by it, at equal loss in the order given.
    Raises ValueError when there is nobody, or no area, to share it.
    """
    whole = sum(areas.values(), Decimal(0))
    if whole <= 0:
        message = "there is no area to share by"
        raise ValueError(message)
    exact = {room: amount * area / whole for room, area in areas.items()}
    found = {room: share.quantize(rules.CENT, rounding=ROUND_DOWN) for room, share in exact.items()}
    left = int((amount - sum(found.values(), Decimal(0))) / rules.CENT)
    for room in sorted(exact, key=lambda room: found[room] - exact[room])[:left]:
        found[room] += rules.CENT
    return found


def allocation(amount: Decimal, rooms: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each room's area and share of an amount: by area, or by the parts that the owners agreed on (民法典 283)."""
    named = {row["room"]: row for row in rooms}
    agreed = any(row.get("agreed_parts") is not None for row in named.values())
    found = shares(amount, {room: Decimal(row["agreed_parts" if agreed else "area"]) for room, row in named.items()})
    parts = {room: {"parts": row["agreed_parts"]} if agreed else {} for room, row in named.items()}
    return [
        {"room": room, "area": Decimal(row["area"]), **parts[room], "share": found[room]} for room, row in named.items()
    ]


#: Vacant for longer than this before the owners chose a company, a room pays at most this part (滨州 38).
VACANT_MONTHS, VACANT_PART = 6, Decimal("0.60")


def fees(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a room owes in fees by contract, with the ceiling for rooms that stood vacant (滨州 38)."""
    months = months_between(form["first_month"], form["last_month"])
    monthly = cents(form["area"] * form["monthly_fee"])
    lowered = max(0, form["vacant_months"] - VACANT_MONTHS) if form["pre_phase"] else 0
    ceiling = cents(monthly * VACANT_PART)
    due = monthly * (months - lowered) + ceiling * lowered
    owed = max(Decimal("0.00"), due - form["paid"])
    return {
        "months": months,
        "monthly": monthly,
        "lowered_months": lowered,
        "ceiling": ceiling,
        "due": due,
        "owed": owed,
    }


def cents(amount: Decimal) -> Decimal:
    """Round to the cent, half a cent up."""
    return amount.quantize(rules.CENT, ROUND_HALF_UP)


def months_fit(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse months that can't be: an end before the beginning, or more of them vacant than there are."""
    if not form:
        return None
    months = months_between(form["first_month"], form["last_month"])
    if months >= 1 and form["vacant_months"] <= months:
        return None
    return Refusal(
        "截止月份早于起始月份，或者空置月数超过月数",
        "the months can't be: they end before they begin, or fewer than vacant",
    )


def fees_examined(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what is owed by contract, and what was asked for or taken beyond it (山东 63)."""
    found = fees(form)
    over = max(Decimal("0.00"), form["charged"] - found["due"])
    back = max(Decimal("0.00"), form["paid"] - found["due"])
    return {
        "fee_reckoning": {**found, "overcharged": over, "give_back": back},
        "fees_examined_on": local_date(moment.now),
    }


def common_income(lines: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Add up income from common parts and its reasonable costs; what is left is the owners' (民法典 282)."""
    rows = list(lines)
    income = sum((row["income"] for row in rows), Decimal("0.00"))
    costs = sum((row["cost"] for row in rows), Decimal("0.00"))
    return {"income": income, "costs": costs, "owners": max(Decimal("0.00"), income - costs)}


def income_examined(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what the common parts have earned for the owners, and how much of it is not on their account."""
    found = common_income(form["lines"])
    missing = max(Decimal("0.00"), found["owners"] - form["on_account"] - form["spent_as_decided"])
    return {"common_income": {**found, "missing": missing}, "income_examined_on": local_date(moment.now)}


def period_fits(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse accounts that end before they begin."""
    if not form or form["first_day"] <= form["last_day"]:
        return None
    return Refusal("账目起止日期颠倒", "the accounts end before they begin")


def months_between(first: date, last: date) -> int:
    """Count the calendar months from one to another, both included."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def rooms_are_named_once(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a scope that makes a room pay twice, or nobody."""
    rooms = [row["room"] for row in form.get("scope", ())]
    if form and not rooms:
        return Refusal(
            "业主名册中没有该楼栋（单元）的房屋，请核对或者逐户填写分摊范围", "the roster has no rooms there: name them"
        )
    if len(rooms) == len(set(rooms)):
        return None
    return Refusal("分摊范围中有重复的房号", "a room stands twice in the scope that the costs are shared in")


def scope_is_as_registered(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a scope with rooms or areas that are not those of the roster; an estate without one can't be compared."""
    known = votes.roster(case, moment)
    if not form or not known:
        return None
    wrong = [
        f"{row['room']}（名册{known[row['room']]['area'] if row['room'] in known else '无此房号'}）"
        for row in form["scope"]
        if row["room"] not in known or Decimal(known[row["room"]]["area"]) != row["area"]
    ]
    if not wrong:
        return None
    return Refusal(
        f"分摊范围与业主名册不一致：{'、'.join(wrong[:10])}",
        f"the scope is not as the roster has it: {', '.join(wrong[:10])}",
    )


def utilities_pay_their_own(lines: Iterable[Mapping[str, Any]]) -> Refusal | None:
    """Refuse lines for what utilities run and must maintain (山东 71)."""
    utility = [line["item"] for line in lines if line["belongs_to"] == "utility"]
    if not utility:
        return None
    return Refusal(
        f"专业经营单位负责的设施不得从专项维修资金中列支：{'、'.join(utility)}",
        f"the repair fund does not pay for what utilities must maintain: {', '.join(utility)}",
    )


#: What the owners have voted and the fund was asked for by an earlier plan is nothing of the next one.
ANOTHER_PLAN: Mapping[str, Any] = {
    **rules.forgotten("repair_surveyed", "vote_result", "fund_applied", "fund_approved", "repair_stopped"),
    **dict.fromkeys(("vote_announced", "repairs_on_file", "budget_costs"), ()),
    "budget_total": "",
}


def plan_may_be_revised(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse another plan where there is none, and where the fund has approved this one and its works are not stopped."""
    kept = case.details
    if kept.get("budget_total") and (not kept.get("fund_approved") or kept.get("repair_stopped")):
        return None
    return Refusal("没有可以修改的维修方案", "there is no plan that could be made anew", moot=True)


def fund_may_pay(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the repair fund for what others must pay: utilities (山东 71), the developer in the warranty (山东 65)."""
    if not form:
        return None
    if refusal := utilities_pay_their_own(form["budget"]):
        return refusal
    if form["in_warranty"]:
        return Refusal("仍在保修期内，由建设单位承担保修责任", "within the warranty the developer repairs it")
    return None


def no_utility_in_the_bill(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a bill for the repair fund that holds what utilities must maintain (山东 71)."""
    return utilities_pay_their_own(form.get("costs", ()))


def budgeted(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the sum of the budget, those of its lines, the day, and what was repaired for the same rooms within a year."""
    register: rules.Register | None = moment.known()
    found = register.repairs(votes.estate_of(case)) if register else ()
    # Of this case what is done; the plan that is being made anew is none.
    own = [{"number": getattr(case, "number", ""), **row} for row in case.details.get("repairs_done", ())]
    earlier = [*own, *(row for row in found if row["case_id"] != case.id)]
    return {
        "budget_total": cost(form["budget"]),
        "budget_costs": [cost([line]) for line in form["budget"]],
        "repair_surveyed_on": local_date(moment.now),
        "repairs_on_file": on_the_same_rooms(form["scope"], earlier),
    }


def repairs_in(kept: Values) -> list[dict[str, Any]]:
    """Return the repairs of a case that its owners' fund has paid, is to pay, or was asked for: amount, day and rooms of each."""
    found = [*kept.get("repairs_done", ())]
    if kept.get("repair_surveyed") and (kept.get("vote_result") or {}).get("carried") is not False:
        found.append(_planned(kept))
    if kept.get("emergency_repaired"):
        found.append(_urgent(kept))
    # What is done and still on file is one.
    return list({(row["done_on"], *row["rooms"]): dict(row) for row in reversed(found)}.values())


def _planned(kept: Values) -> dict[str, Any]:
    paid = None if _shares_emergency(kept) else kept.get("repair_amount")
    return _repair(paid or kept.get("budget_total") or "0", kept["repair_surveyed_on"], kept["repair_surveyed"])


def _urgent(kept: Values) -> dict[str, Any]:
    repair = kept["emergency_repaired"]
    paid = kept.get("repair_amount") if _shares_emergency(kept) else None
    return _repair(paid or cost(repair["costs"]), repair["repaired_on"], repair)


def _shares_emergency(kept: Values) -> bool:
    """Whether what was shared last is an emergency's; from before a case kept that, it had one kind only."""
    return bool(kept.get("shared_emergency", kept.get("emergency_repaired")))


def _repair(amount: object, done_on: object, repair: Values) -> dict[str, Any]:
    return {"amount": str(amount), "done_on": str(done_on), "rooms": [row["room"] for row in repair["scope"]]}


def published(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when the costs hung out, and the repair beside those that the case has come to before."""
    kept = case.details
    done = _urgent(kept) if _shares_emergency(kept) else _planned(kept)
    return {**votes.posted(case, form, moment), "repairs_done": [*kept.get("repairs_done", ()), done]}


def on_the_same_rooms(scope: Iterable[Mapping[str, Any]], repairs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the repairs that rooms of this scope pay for too: of other cases, and those of this one that are done."""
    rooms = {row["room"] for row in scope}
    return [
        {"number": one["number"], "amount": one["amount"], "done_on": one["done_on"]}
        for one in repairs
        if rooms & {*one["rooms"]}
    ]


def money_asked(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which the fund was asked for money."""
    return {"money_asked_on": form["applied_on"] or local_date(moment.now)}


def at_most(limit: Callable[[CaseView], Decimal | None], zh: str, en: str) -> Guard:
    """Make a guard that refuses an amount above what is agreed, asked, spent or approved; of what there is none, nothing."""

    def guard(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        most = limit(case) if form else None
        if most is None or form["amount"] <= most:
            return None
        return Refusal(f"{zh} {most} 元", f"the amount exceeds {en}, {most} yuan")

    return rules.named(guard, f"amount_is_at_most_{limit.__name__}")


def the_budget(case: CaseView) -> Decimal:
    """Return what the owners agreed to spend."""
    return Decimal(case.details.get("budget_total") or "0")


def asked_of_the_fund(case: CaseView) -> Decimal | None:
    """Return what the fund was asked for."""
    return Decimal(case.details["fund_applied"]["amount"]) if case.details.get("fund_applied") else None


def approved_by_the_fund(case: CaseView) -> Decimal | None:
    """Return what the fund has approved."""
    return Decimal(case.details["fund_approved"]["amount"]) if case.details.get("fund_approved") else None


def the_emergency_cost(case: CaseView) -> Decimal:
    """Return what an emergency repair has cost."""
    return cost(case.details["emergency_repaired"]["costs"])


def a_repair_is_on_file(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call a repair paid by somebody else where the case is about none, as after a vote on another matter."""
    if case.details.get("repair_surveyed") or case.details.get("emergency_confirmed"):
        return None
    return Refusal("本案没有维修事项", "the case is about no repair", moot=True)


def paid_otherwise(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which the repair that somebody else paid was accepted."""
    return {"paid_otherwise_on": form["accepted_on"] or local_date(moment.now)}


def paid_out_was_approved(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse sums that can't be: more paid out than approved, or more given back than paid out."""
    most = approved_by_the_fund(case)
    if not form or (form["given_back"] <= form["paid_out"] and (most is None or form["paid_out"] <= most)):
        return None
    return Refusal(
        "已拨付金额不能超过批准金额，已退回金额不能超过已拨付金额",
        "no more is paid out than was approved, and no more given back than paid out",
    )


def repair_stopped(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what the fund has not got back, beside what it lacks of works that were stopped before."""
    lacks = still_to_recover(case) + form["paid_out"] - form["given_back"]
    return {**votes.posted(case, form, moment), "to_recover": lacks}


def still_to_recover(case: CaseView) -> Decimal:
    """Return what was paid out of the fund for works that were stopped, and has not come back."""
    return Decimal(case.details.get("to_recover") or 0)


def given_back(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep what is still to come back."""
    return {"to_recover": still_to_recover(case) - form["amount"]}


def something_is_to_recover(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give back to the fund what it does not lack."""
    lacks = still_to_recover(case)
    if not lacks:
        return Refusal("没有尚未退回的维修资金", "the fund lacks nothing", moot=True)
    if not form or form["amount"] <= lacks:
        return None
    return Refusal(f"尚未退回的维修资金为 {lacks} 元", f"the fund lacks {lacks} yuan")


def settled(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Share the settled amount among the owners in the scope of the repair."""
    return {**_shared(form, case.details["repair_surveyed"], moment), "shared_emergency": False}


def emergency_audited(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Share the audited amount of an emergency repair among the owners in its scope."""
    return {**_shared(form, case.details["emergency_repaired"], moment), "shared_emergency": True}


def _shared(form: Values, repair: Mapping[str, Any], moment: Moment) -> Mapping[str, Any]:
    return {
        "repair_amount": form["amount"],
        "repair_shared_on": local_date(moment.now),
        "allocation": allocation(form["amount"], repair["scope"]),
        "shared_by": repair.get("agreed_by", ""),
    }


def rescue_was_not_reported(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to report the same late rescue again: who is silent is urged."""
    if case.details.get("late_rescue_of") != len(case.details.get("people_freed", ())):
        return None
    return Refusal("本次救援迟延已经报告，未答复的请催办", "this rescue was reported: urge the answer", moot=True)


def late_rescue_reported(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the report of late rescuers, and which of a case's rescues it is about."""
    kept = firms.reported("late_rescue")(case, form, moment)
    return {**kept, "late_rescue_of": len(case.details["people_freed"])}


def called_at(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Remember when the rescuers were called."""
    return {"rescuers_called_at": form["called_at"] or moment.now}


def rescuers_were_late(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to report rescuers who were there within half an hour, or where nobody was trapped (滨州电梯 28)."""
    if minutes_to_the_lift(case.details) > RESCUE_MINUTES:
        return None
    return Refusal("救援没有超过三十分钟到场", "the rescuers were not late", moot=True)


def minutes_to_the_lift(kept: Mapping[str, Any]) -> int:
    """Return how many minutes the rescuers took to the lift, 0 where nobody was trapped."""
    called, freed = kept.get("rescuers_called_at"), kept.get("people_freed")
    if not (called and freed):
        return 0
    arrived = datetime.fromisoformat(freed[-1]["arrived_at"])
    return int((arrived - datetime.fromisoformat(called)).total_seconds() // 60)


def freed_after_arrival(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse times of a rescue that can't be."""
    if not form or form["arrived_at"] <= form["freed_at"] <= moment.now:
        return None
    return Refusal(
        "解救时间应晚于到场时间且不晚于现在", "people are freed after the rescuers came, and not in the future"
    )


# -- emergencies --------------------------------------------------------------

#: What an earlier emergency of the same case has come to is nothing of the one that is reported now.
ANOTHER_EMERGENCY: Mapping[str, Any] = rules.forgotten(
    *("emergency_confirmed", "emergency_repaired", "emergency_fund_applied"),
    *("audit_passed", "audit_declined", "paid_otherwise"),
)


def confirmed_by_the_owners(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an emergency that neither committee nor community confirmed on site (滨州 43)."""
    if not form or {row["unit"] for row in form["confirmers"]} & {"owners_committee", "community"}:
        return None
    return Refusal(
        "应急维修须经业主委员会或者物业管理委员会（无上述组织的由社区）现场查验确认",
        "the owners' committee, the management committee or the community must confirm the emergency on site",
    )


# -- the fund, diverted (物业管理条例 60) --------------------------------------

#: The most that may be fined beside giving it back, in sums diverted; the number itself is included (民法典 1259).
DIVERSION_MULTIPLE = 2


def diversion_fine(diverted: Decimal) -> Decimal:
    """Return the highest fine for money diverted from a repair fund."""
    return diverted * DIVERSION_MULTIPLE


def fund_was_diverted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to report a diversion of the fund that the visit did not find."""
    if firms.verified(case).get("fund_diverted"):
        return None
    return Refusal("现场核查未发现挪用专项维修资金", "the visit found nothing diverted from the repair fund")


def diversion_kept(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep the highest fine, for the report; whoever is told now is urged himself before he counts as silent."""
    return {"external_urged": [], "diversion_fine": diversion_fine(Decimal(firms.verified(case)["fund_diverted"]))}
