"""Property's arithmetic and gates: owners' votes, shares of a repair, who must be heard and who pays."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from chassis.workflow import CaseView, Guard, Moment, Values

CENT = Decimal("0.01")
#: Days that an owners' meeting is announced before: the first (滨州 11), and later ones (滨州 12).
FIRST_NOTICE_DAYS, NOTICE_DAYS = 15, 5
#: A preparatory group and a management committee have so many members or more, an odd number (山东 21, 滨州 17).
GROUP_LEAST, COMMITTEE_LEAST = 7, 5
#: Within so many minutes the rescuers are at a lift with people in it (滨州市电梯安全管理条例 28).
RESCUE_MINUTES = 30
#: Days of written notice by which a company's contract ends: by the owners (民法典 946), because the company
#: does not renew (947), and where it runs without an end (948).
EXIT_NOTICE_DAYS = {"dismissed_by_owners": 60, "not_renewed_by_company": 90, "indefinite_contract_ended": 60}

#: What owners decide together (民法典 278; 山东省物业管理条例 24), in the order of the law.
COMMON_MATTERS = (
    "rules_of_procedure",
    "management_covenant",
    "elect_committee",
    "choose_company",
    "use_repair_fund",
    "raise_repair_fund",
    "rebuild",
    "change_use_of_common_parts",
    "other_major_matter",
)
#: Items 6 to 8, for which three quarters of those who take part must agree.
THREE_QUARTERS = frozenset({"raise_repair_fund", "rebuild", "change_use_of_common_parts"})
#: Whose an exclusive part is: an owner's, or still the developer's because unsold or sold and not delivered (山东 25).
TENURES = ("delivered", "unsold", "undelivered")
DEVELOPER = "developer"

#: What may be repaired at once (滨州市住宅物业管理条例 42), in the order of the article.
EMERGENCIES = (
    "roof_or_outer_wall",
    "elevator_failure",
    "fire_system_failure",
    "facade_parts_loose",
    "glass_curtain_burst",
    "drain_burst",
    "garage_flooding",
    "other_danger_to_life",
)

#: What a committee is filed with (山东省物业管理条例 31).
FILING_MATERIALS = ("resolution", "rules_of_procedure", "management_covenant", "members_list")

#: Who belongs to a joint meeting (滨州市住宅物业管理条例 51).
MEETING_PARTIES = (
    "owners_committee",
    "community",
    "property_authority",
    "related_department",
    "company",
    "utility",
    "police",
    "developer",
)
#: Who must be asked to it in any case: the owners' side, the community, the authority and the company.
MUST_BE_INVITED = frozenset({"owners_committee", "community", "property_authority", "company"})


# -- votes --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """Owners by heads and by area of their exclusive parts, in square metres."""

    heads: int
    area: Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a whole that must be reached, the number itself included, or exceeded (民法典 1259)."""

    part: Fraction
    exceeded: bool = False

    def is_met(self, some: Decimal | int, whole: Decimal | int) -> bool:
        """Whether some of a whole are enough; exact, and never met by a whole of nothing."""
        found, least = Fraction(some), self.part * Fraction(whole)
        return whole > 0 and (found > least if self.exceeded else found >= least)


QUORUM = Bar(Fraction(2, 3))
MORE_THAN_HALF = Bar(Fraction(1, 2), exceeded=True)
AT_LEAST_THREE_QUARTERS = Bar(Fraction(3, 4))


def majority(item: str) -> Bar:
    """Return how many of those who take part must agree: three quarters of items 6 to 8, else more than half."""
    return AT_LEAST_THREE_QUARTERS if item in THREE_QUARTERS else MORE_THAN_HALF


def has_quorum(everybody: Tally, taking_part: Tally) -> bool:
    """Whether owners of two thirds of the area and two thirds of the heads take part, or more (民法典 278)."""
    return QUORUM.is_met(taking_part.heads, everybody.heads) and QUORUM.is_met(taking_part.area, everybody.area)


def is_agreed(item: str, taking_part: Tally, agreeing: Tally) -> bool:
    """Whether enough of those who take part agree, by heads and by area."""
    bar = majority(item)
    return bar.is_met(agreeing.heads, taking_part.heads) and bar.is_met(agreeing.area, taking_part.area)


def is_carried(item: str, everybody: Tally, taking_part: Tally, agreeing: Tally) -> bool:
    """Whether a common matter is decided: the double quorum, and of those the double majority (民法典 278)."""
    return has_quorum(everybody, taking_part) and is_agreed(item, taking_part, agreeing)


def head_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """Say whose head a room counts for: its owner's, or the developer's for all that is unsold or undelivered (山东 25)."""
    if row.get("tenure", "delivered") == "delivered":
        return ("owner", row["owner"])
    return (DEVELOPER, "")


def tally(ballots: Iterable[Mapping[str, Any]], choice: str | None = None) -> Tally:
    """Count ballots, or those of one choice: an owner is one head however many rooms he has (山东 25)."""
    chosen = [row for row in ballots if choice is None or row["choice"] == choice]
    return Tally(len({head_of(row) for row in chosen}), sum((Decimal(row["area"]) for row in chosen), Decimal(0)))


def counted_twice(rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the places of rooms that stood further up already."""
    first: dict[str, int] = {}
    return [place for place, row in enumerate(rows) if first.setdefault(row["room"], place) != place]


def torn(rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the places of ballots that say something else than an earlier one of the same head."""
    said: dict[tuple[str, str], str] = {}
    return [place for place, row in enumerate(rows) if said.setdefault(head_of(row), row["choice"]) != row["choice"]]


def vote_result(vote: Mapping[str, Any]) -> dict[str, Any]:
    """Count a vote and judge it."""
    everybody = Tally(vote["total_heads"], Decimal(vote["total_area"]))
    ballots = vote["ballots"]
    taking_part, agreeing = tally(ballots), tally(ballots, "agree")
    return {
        "taking_part_heads": taking_part.heads,
        "taking_part_area": taking_part.area,
        "agreeing_heads": agreeing.heads,
        "agreeing_area": agreeing.area,
        "quorum": has_quorum(everybody, taking_part),
        "carried": is_carried(vote["item"], everybody, taking_part, agreeing),
    }


def ballots_are_sound(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse ballots that count twice, speak with two tongues, or are more than there are owners (山东 25)."""
    if not form:
        return None
    ballots = form["ballots"]
    twice = sorted({ballots[place]["room"] for place in counted_twice(ballots)})
    if twice:
        return Refusal(
            f"同一专有部分重复计票：{'、'.join(twice)}", f"these rooms are counted twice: {', '.join(twice)}"
        )
    two_tongues = sorted({ballots[place]["owner"] for place in torn(ballots)})
    if two_tongues:
        return Refusal(
            f"同一业主多套房屋按一人计，表决意见须一致：{'、'.join(two_tongues)}",
            f"an owner of several rooms has one voice: {', '.join(two_tongues)}",
        )
    taking_part = tally(ballots)
    if taking_part.heads > form["total_heads"] or taking_part.area > form["total_area"]:
        return Refusal(
            "参与表决的人数或面积超过业主总数，请核对业主名册",
            "more heads or area took part than the roster of owners has",
        )
    return None


def ballots_are_signed(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse ballots that nobody signed or confirmed (滨州 13)."""
    unsigned = [row["room"] for row in form.get("ballots", ()) if not row["confirmed"]]
    if not unsigned:
        return None
    return Refusal(
        f"表决票未经业主签字或实名确认：{'、'.join(unsigned[:10])}",
        f"these ballots are not signed or confirmed by their owner: {', '.join(unsigned[:10])}",
    )


def notice_was_long_enough(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a vote announced less than five days before (滨州 12), fifteen for the first meeting (滨州 11)."""
    if not form:
        return None
    needed = FIRST_NOTICE_DAYS if form["first_meeting"] else NOTICE_DAYS
    if form["notice_days"] >= needed:
        return None
    return Refusal(
        f"业主大会会议应提前{needed}日公告，现仅{form['notice_days']}日",
        f"an owners' meeting is announced {needed} days before, not {form['notice_days']}",
    )


def undelivered_were_posted(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a vote whose papers did not reach everybody and hung out for less than five days (滨州 13)."""
    if not form or not form["undelivered"] or form["undelivered_posted_days"] >= NOTICE_DAYS:
        return None
    return Refusal(
        f"有{form['undelivered']}户无法送达，应在显著位置公告不少于{NOTICE_DAYS}日",
        f"{form['undelivered']} owners were not reached: the papers must hang out for {NOTICE_DAYS} days",
    )


def vote_was_announced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to count a vote whose papers were never made out and announced (滨州 12, 13)."""
    announced = case.details.get("vote_announced") or ()
    if announced and (not form or announced[-1]["item"] == form["item"]):
        return None
    return Refusal("本事项尚未公告会议内容、制发表决票", "this vote was not announced: there are no papers to count")


def enough_asked_for_it(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an extraordinary meeting that less than a fifth of the owners asked for (山东 28)."""
    if not form or form["called_for"] != "a_fifth_of_owners":
        return None
    if form["asking_heads"] * 5 >= form["total_heads"] > 0:
        return None
    return Refusal(
        "业主提议召开临时会议应有20%以上业主提出",
        "an extraordinary meeting is called when a fifth of the owners or more ask for it",
    )


def no_ballot_was_denied(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a result that rests on a ballot whose owner, when called, had not cast it, or is dead."""
    bad = [
        row["room"]
        for sample in case.details.get("ballots_called_back", ())
        for row in sample["calls"]
        if row["result"] in {"denied", "deceased"}
    ]
    if not bad:
        return None
    return Refusal(
        f"抽样回访中以下表决票非业主本人意思，须撤销计票、重新核对后再汇总：{'、'.join(bad[:10])}",
        f"these ballots were not their owners': annul the count and count again: {', '.join(bad[:10])}",
    )


def sampled_rooms_have_ballots(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a sample of rooms that did not vote."""
    voted = {row["room"] for row in case.details.get("votes_counted", {}).get("ballots", ())}
    strange = [row["room"] for row in form.get("calls", ()) if row["room"] not in voted]
    if not strange:
        return None
    return Refusal(f"回访的房号没有表决票：{'、'.join(strange)}", f"no ballot from: {', '.join(strange)}")


def count_annulled(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Forget the result and its sample, which stay in the timeline; the vote is as announced as it was."""
    return {"vote_result": {}, "ballots_called_back": [], "vote_announced": case.details.get("vote_called", [])}


def count_votes(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the result beside the ballots, and the day; the next vote is announced anew."""
    return {
        "vote_result": vote_result(form),
        "vote_counted_on": local_date(moment.now),
        "vote_called": case.details.get("vote_announced", []),
        "vote_announced": [],
        "ballots_called_back": [],
    }


def vote_was_carried(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on from a vote that lacks its quorum or its majority."""
    result = case.details.get("vote_result", {})
    if result.get("carried"):
        return None
    if not result.get("quorum"):
        return Refusal(
            "参与表决的业主未达到专有部分面积三分之二以上且人数三分之二以上（民法典第278条）",
            "owners of two thirds of the area and of the heads must take part (Civil Code, article 278)",
        )
    return Refusal(
        "同意的业主未达到参与表决面积和人数的法定比例（民法典第278条）",
        "too few of those who took part agreed, by area or by heads (Civil Code, article 278)",
    )


def vote_was_lost(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call a vote lost that was carried."""
    if not case.details.get("vote_result", {}).get("carried"):
        return None
    return Refusal("表决已通过，不能按未通过处理", "the vote was carried")


# -- money --------------------------------------------------------------------


def cost(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    """Add up a budget: each line's quantity times its price, rounded to the cent."""
    return sum(
        (
            (Decimal(line["quantity"]) * Decimal(line["unit_price"])).quantize(CENT, rounding=ROUND_HALF_UP)
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
    found = {room: share.quantize(CENT, rounding=ROUND_DOWN) for room, share in exact.items()}
    left = int((amount - sum(found.values(), Decimal(0))) / CENT)
    for room in sorted(exact, key=lambda room: found[room] - exact[room])[:left]:
        found[room] += CENT
    return found


def allocation(amount: Decimal, rooms: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each room's area and share of an amount."""
    areas = {row["room"]: Decimal(row["area"]) for row in rooms}
    found = shares(amount, areas)
    return [{"room": room, "area": areas[room], "share": found[room]} for room in areas]


#: Vacant for longer than this before the owners chose a company, a room pays at most this part (滨州 38).
VACANT_MONTHS, VACANT_PART = 6, Decimal("0.60")


def months_between(first: date, last: date) -> int:
    """Count the calendar months from one to another, both included."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def in_scope(rooms: Iterable[Mapping[str, Any]], building: str, entrance: str) -> list[Mapping[str, Any]]:
    """Return the rooms of a building, of one of its entrances, or of the whole estate where neither is named."""
    return [
        row
        for row in rooms
        if (not building or row["building"] == building) and (not entrance or row["entrance"] == entrance)
    ]


def rooms_are_named_once(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a scope that makes a room pay twice."""
    rooms = [row["room"] for row in form.get("scope", ())]
    if len(rooms) == len(set(rooms)):
        return None
    return Refusal("分摊范围中有重复的房号", "a room stands twice in the scope that the costs are shared in")


def utilities_pay_their_own(lines: Iterable[Mapping[str, Any]]) -> Refusal | None:
    """Refuse lines for what utilities run and must maintain (山东 71)."""
    utility = [line["item"] for line in lines if line["belongs_to"] == "utility"]
    if not utility:
        return None
    return Refusal(
        f"专业经营单位负责的设施不得从专项维修资金中列支：{'、'.join(utility)}",
        f"the repair fund does not pay for what utilities must maintain: {', '.join(utility)}",
    )


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


def emergency_application_within_cost(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask for more than the emergency repair cost."""
    if not form:
        return None
    spent = cost(case.details["emergency_repaired"]["costs"])
    if form["amount"] <= spent:
        return None
    return Refusal(f"申请金额超过实际维修费用 {spent} 元", f"the amount exceeds what the repair cost, {spent} yuan")


def budgeted(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the sum of the budget, those of its lines, the day, and what was repaired for the same rooms within a year."""
    register = moment.known()
    earlier = register(case.details["classified"]["estate"]) if register else ()
    return {
        "budget_total": cost(form["budget"]),
        "budget_costs": [cost([line]) for line in form["budget"]],
        "repair_surveyed_on": local_date(moment.now),
        "repairs_on_file": on_the_same_rooms(case.id, form["scope"], earlier),
    }


def on_the_same_rooms(
    case_id: str, scope: Iterable[Mapping[str, Any]], repairs: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the other cases' repairs that rooms of this scope pay for too."""
    rooms = {row["room"] for row in scope}
    return [
        {"number": one["number"], "amount": one["amount"], "done_on": one["done_on"]}
        for one in repairs
        if one["case_id"] != case_id and rooms & {*one["rooms"]}
    ]


def application_within_budget(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask the fund for more than the owners agreed to."""
    if not form or form["amount"] <= Decimal(case.details.get("budget_total", "0")):
        return None
    return Refusal(
        f"申请金额超过业主表决通过的预算 {case.details.get('budget_total')} 元",
        f"the amount exceeds the budget that the owners agreed to, {case.details.get('budget_total')} yuan",
    )


def settlement_within_approval(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to settle more than was approved."""
    approved = case.details.get("fund_approved", {}).get("amount")
    if not form or approved is None or form["amount"] <= Decimal(approved):
        return None
    return Refusal(
        f"结算金额超过批准使用的维修资金 {approved} 元", f"the settlement exceeds the approved amount, {approved} yuan"
    )


def settled(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Share the settled amount among the owners in the scope of the repair."""
    rows = case.details["repair_surveyed"]["scope"]
    return {"repair_amount": form["amount"], "allocation": allocation(form["amount"], rows)}


def emergency_audited(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Share the audited amount of an emergency repair among the owners in its scope."""
    rows = case.details["emergency_repaired"]["scope"]
    return {"repair_amount": form["amount"], "allocation": allocation(form["amount"], rows)}


def audit_within_cost(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an audited amount beyond what the emergency repair cost."""
    if not form:
        return None
    spent = cost(case.details["emergency_repaired"]["costs"])
    if form["amount"] <= spent:
        return None
    return Refusal(f"审核金额超过实际维修费用 {spent} 元", f"the audited amount exceeds the cost, {spent} yuan")


# -- complaints ---------------------------------------------------------------


def classified(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep estate and company where they are searched for."""
    return {"estate": form["estate"], "company": form["company"]}


def verified(case: CaseView) -> Mapping[str, Any]:
    """Return what was found on site, empty before."""
    found: Mapping[str, Any] = case.details.get("verified_on_site", {})
    return found


def problem_is_the_companys(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to order the company to do what was not found, or what is another's duty."""
    found = verified(case)
    if found.get("confirmed") and found.get("responsible") == "company":
        return None
    return Refusal(
        "现场核查未认定物业服务企业负有责任，不能下达限期整改通知",
        "the visit did not find the company responsible: it can't be ordered to put it right",
    )


def problem_was_not_found(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call unfounded what was found on site."""
    if not verified(case).get("confirmed"):
        return None
    return Refusal("现场核查已认定问题存在，不能按不属实处理", "the visit found the problem: it is not unfounded")


def proposer(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Remember who proposed to end the complaint as unfounded."""
    return {"unfounded_by": moment.actor}


def confirmed_by_another(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to let one person alone call a complaint unfounded."""
    if case.details.get("unfounded_by") != moment.actor:
        return None
    return Refusal("不属实的认定须由提出人以外的人员复核", "somebody else must confirm that the complaint is unfounded")


def problem_is_anothers(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send away what the company itself must put right."""
    found = verified(case)
    if found.get("confirmed") and found.get("responsible") not in {"company", "owners"}:
        return None
    return Refusal(
        "责任单位不是外部单位，不能转办", "nobody outside was found responsible: there is nobody to refer it to"
    )


def problem_is_the_owners(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the repair fund where the visit found no common part that the owners must maintain (山东 68)."""
    found = verified(case)
    if found.get("confirmed") and found.get("responsible") == "owners":
        return None
    return Refusal(
        "现场核查未认定为业主共同承担的共用部位、共用设施设备维修",
        "the visit found no common part that the owners together must repair",
    )


def no_inspector_from_the_company(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a visit made by the company that is complained about."""
    from_company = [row["name"] for row in form.get("inspectors", ()) if row["unit"] == "company"]
    if not from_company:
        return None
    return Refusal(
        f"被投诉的物业服务企业人员不得作为核查人员：{'、'.join(from_company)}",
        f"the company complained about can't inspect itself: {', '.join(from_company)}",
    )


def every_demand_is_checked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a recheck that passes over something that was ordered."""
    if not form:
        return None
    checked = {row["item"] for row in form["items"]}
    ordered = case.details.get("company_ordered", {}).get("items", ())
    missing = [row["item"] for row in ordered if row["item"] not in checked]
    if not missing:
        return None
    return Refusal(
        f"以下整改事项未复查：{'、'.join(missing)}",
        f"these demands of the order were not checked: {', '.join(missing)}",
    )


def all_is_done(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to pass a recheck with a demand left undone."""
    undone = [row["item"] for row in form.get("items", ()) if not row["done"]]
    if not undone:
        return None
    return Refusal(f"仍有整改事项未完成：{'、'.join(undone)}", f"still not done: {', '.join(undone)}")


def something_is_undone(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to fail a recheck in which everything was done."""
    if not form or not all(row["done"] for row in form["items"]):
        return None
    return Refusal("整改事项已全部完成，应通过复查", "everything was done: the recheck is passed")


def marked_by_another(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse points against a company from the person who interviewed it."""
    if case.details.get("interviewed_by") != moment.actor:
        return None
    return Refusal("信用扣分须由约谈人以外的人员审核上报", "points are reported by somebody other than the interviewer")


def interviewer(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Remember who held the interview."""
    return {"interviewed_by": moment.actor}


def all_sides_are_invited(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a joint meeting without the owners, the community, the authority and the company (滨州 51)."""
    if not form:
        return None
    absent = sorted(MUST_BE_INVITED - set(form["invited"]))
    if not absent:
        return None
    names = {
        "owners_committee": "业主委员会（或物业管理委员会、业主代表）",
        "community": "社区居民委员会",
        "property_authority": "物业主管部门",
        "company": "物业服务企业",
    }
    return Refusal(
        f"联席会议应通知以下方面参加：{'、'.join(names[name] for name in absent)}",
        f"these must be invited to the joint meeting: {', '.join(absent)}",
    )


def was_urged(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand over for an outsider's silence before he was urged."""
    if case.details.get("external_urged"):
        return None
    return Refusal(
        "须先催办外部单位，再告知其他解决途径", "the silent unit must be urged before the case is handed over"
    )


# -- emergencies --------------------------------------------------------------


def confirmed_by_the_owners(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an emergency that neither committee nor community confirmed on site (滨州 43)."""
    if not form or {row["unit"] for row in form["confirmers"]} & {"owners_committee", "community"}:
        return None
    return Refusal(
        "应急维修须经业主委员会或者物业管理委员会（无上述组织的由社区）现场查验确认",
        "the owners' committee, the management committee or the community must confirm the emergency on site",
    )


# -- owners govern themselves -------------------------------------------------


def complaint_is_about(kind: str, name: str) -> Guard:
    """Make a guard that refuses a way which only one kind of complaint leads to."""

    def guard(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
        if case.details.get("classified", {}).get("kind") == kind:
            return None
        return Refusal(
            f"该程序仅适用于“{name}”类投诉，类别有误的请先重新分类",
            f"only complaints of the kind {kind} lead there; classify it anew if it is one",
        )

    return guard


def first_meeting_is_due(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a first meeting before half is delivered, or a quarter two years after the first delivery (山东 20)."""
    if not form:
        return None
    half = form["delivered_area_percent"] >= 50 or form["delivered_heads_percent"] >= 50  # noqa: PLR2004
    first, today = form["first_delivered_on"], local_date(moment.now)
    two_years = (today.year - first.year, today.month, today.day) >= (2, first.month, first.day)
    if half or (two_years and form["delivered_heads_percent"] >= 25):  # noqa: PLR2004
        return None
    return Refusal(
        "尚不具备首次业主大会会议召开条件：已交付面积或人数达到50%，或者首位业主交付满两年且已交付人数达到25%",
        "the first meeting is due when half of area or heads is delivered, or a quarter two years after the first",
    )


def members_are_enough(least: int, name: str, *, half_owners: bool) -> Guard:
    """Make a guard that refuses a body of too few or an even number of members, or with owners in the minority."""

    def guard(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        if not form:
            return None
        members = form["members"]
        if members >= least and members % 2 and (not half_owners or form["owner_members"] * 2 >= members):
            return None
        owners = "，业主成员不少于二分之一" if half_owners else ""
        return Refusal(
            f"{name}由{least}人以上单数组成{owners}",
            f"it has {least} members or more, an odd number{', half of them owners' if half_owners else ''}",
        )

    return guard


def election_was_carried(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a committee elected without quorum or majority (民法典 278)."""
    if not form or vote_result(form)["carried"]:
        return None
    return Refusal(
        "首次业主大会会议未达到法定参与和同意比例，业主委员会未选出",
        "too few took part or agreed: no committee is elected",
    )


def meeting_failed_twice(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a management committee before the group has tried twice (滨州 16)."""
    if len(case.details.get("first_meeting_failed", ())) >= 2:  # noqa: PLR2004
        return None
    return Refusal(
        "筹备组两次组织仍未能召开首次业主大会会议的，方可成立物业管理委员会",
        "a management committee is formed when the group has tried twice",
    )


def everything_is_filed(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file a committee without all that the law lists (山东 31)."""
    if not form or {*form["materials"]} >= {*FILING_MATERIALS}:
        return None
    return Refusal(
        "备案资料不全：须有业主大会会议决议、议事规则、管理规约、业主委员会成员名单和基本情况",
        "to be filed: the resolution, the rules of procedure, the covenant, and the members",
    )


def exit_notice_was_long_enough(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end a company's contract on too short a notice, unless the contract agrees on another (民法典 946-948)."""
    if not form or form["agreed_otherwise"] or form["notice_days"] >= EXIT_NOTICE_DAYS[form["ending"]]:
        return None
    needed = EXIT_NOTICE_DAYS[form["ending"]]
    return Refusal(
        f"应提前{needed}日书面通知对方，现仅{form['notice_days']}日（合同另有约定的除外）",
        f"written notice is given {needed} days before, not {form['notice_days']}, unless the contract says otherwise",
    )


def everything_was_handed_over(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close a handover with something left out (民法典 949)."""
    left = [row["item"] for row in form.get("handed", ()) if not row["done"]]
    if not left:
        return None
    return Refusal(f"以下财物、资料尚未移交：{'、'.join(left)}", f"not handed over yet: {', '.join(left)}")


def called_at(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Remember when the rescuers were called."""
    return {"rescuers_called_at": moment.now}


def freed_after_arrival(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse times of a rescue that can't be."""
    if not form or form["arrived_at"] <= form["freed_at"] <= moment.now:
        return None
    return Refusal(
        "解救时间应晚于到场时间且不晚于现在", "people are freed after the rescuers came, and not in the future"
    )
