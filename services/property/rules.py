"""Property's arithmetic and gates: owners' votes, shares of a repair, who must be heard and who pays."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Protocol

from chassis.clocks import add_months
from chassis.workcalendar import local_date
from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chassis.workflow import CaseView, Change, Guard, Moment, Values

CENT = Decimal("0.01")
#: Days that an owners' meeting is announced before: the first (滨州 11), and later ones (滨州 12).
FIRST_NOTICE_DAYS, NOTICE_DAYS = 15, 5
#: A preparatory group and a management committee have so many members or more, an odd number (山东 21, 滨州 17).
GROUP_LEAST, COMMITTEE_LEAST = 7, 5
#: Within so many minutes the rescuers are at a lift with people in it (滨州市电梯安全管理条例 28).
RESCUE_MINUTES = 30
#: Days of written notice by which a company's contract ends: by the owners (民法典 946), because the company
#: does not renew (947), and where it runs without an end (948).
#: The developer's contract ends of itself when that of a company which the owners chose takes effect (940).
EXIT_NOTICE_DAYS = {
    "dismissed_by_owners": 60,
    "not_renewed_by_company": 90,
    "indefinite_contract_ended": 60,
    "replaced_before_the_pre_phase_ended": 0,
}
#: The endings that the owners have to vote on (民法典 278), each with what they vote on.
VOTED_ENDINGS: Final[Mapping[str, str]] = {
    "dismissed_by_owners": "dismiss_company",
    "replaced_before_the_pre_phase_ended": "choose_company",
}

#: What owners decide together (民法典 278; 山东省物业管理条例 24), in the order of the law,
#: with its number there: to dismiss a company and to choose the next are two matters, each with a vote of its own.
COMMON_MATTERS: Final[Mapping[str, int]] = {
    "rules_of_procedure": 1,
    "management_covenant": 2,
    "elect_committee": 3,
    "replace_committee_members": 3,
    "choose_company": 4,
    "dismiss_company": 4,
    "use_repair_fund": 5,
    "raise_repair_fund": 6,
    "rebuild": 7,
    "change_use_of_common_parts": 8,
    "manage_themselves": 9,
    "other_major_matter": 9,
}
#: Items 6 to 8, for which three quarters of those who take part must agree.
THREE_QUARTERS = frozenset({"raise_repair_fund", "rebuild", "change_use_of_common_parts"})
#: Whose an exclusive part is: an owner's, or still the developer's because unsold or sold and not delivered (山东 25).
TENURES = ("delivered", "unsold", "undelivered")
DEVELOPER = "developer"
#: What a ballot may say; silent is one that reached its owner and did not come back.
CHOICES = ("agree", "against", "abstain", "silent")
#: What is no voice: a ballot that did not come back, and a room of a roster that none was given to.
UNSAID = frozenset({"silent", "absent"})
#: Whose voices go with the majority where the owners' own rules say so, and only then (建房〔2009〕274号 26).
FOLLOW_MAJORITY: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset(),
    "the_silent": frozenset({"silent"}),
    "the_silent_and_abstaining": frozenset({"silent", "abstain"}),
}
#: Where an area is taken from, in the order of the law (山东省物业管理条例 25).
AREA_SOURCES = ("register", "survey", "contract")
#: Repairs of one part within this time are looked at together.
ONE_PART_APART = timedelta(days=365)

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

#: Why a committee is elected anew (滨州 16, 18; 山东 33).
LAPSES = ("term_expired", "term_ends_soon", "inactive_a_year", "management_committee_in_office")
#: What one committee hands to the next (山东 33).
BOOKS: Final[Mapping[str, str]] = {"seals": "印章", "archives": "档案资料", "owners_property": "属于全体业主的财物"}
#: The states in which a new committee is there and the one before has yet to hand over (滨州 18; 山东 33).
BOOKS_DUE = ("committee_reelected", "filing_due", "certificate_due", "certificate_overdue", "seal_due")
#: What the developer hands to the preparatory group (滨州 10), in the order of the article.
DEVELOPERS_PAPERS: Final[Mapping[str, str]] = {
    "owners_roster": "业主名册",
    "area_certificate": "物业管理区域证明",
    "area_register": "房屋及建筑面积清册",
    "site_plan": "规划总平面图",
    "facilities_filing": "交付使用共用设施设备的备案证明",
    "service_rooms": "物业服务用房配置资料",
    "completion_acceptance": "房屋质量竣工验收情况",
    "other_papers": "其他有关的文件资料",
}
#: So many owners together may ask the street for their first meeting (滨州 9).
ASKING_LEAST = 10
#: The states of a company whose contract has ended and that is still there.
STAYING = (
    "exit_refused",
    "order_pending",
    "order_overdue",
    "order_running",
    "fine_due",
    "fine_pending",
    "fine_overdue",
)
#: What a company that stays may be fined, in yuan (滨州 57); both numbers are included (民法典 1259).
EXIT_FINE = (Decimal(5_000), Decimal(50_000))
#: What a developer may be fined who withholds his papers in spite of an order, in yuan (物业管理条例 58).
PAPERS_FINE = (Decimal(10_000), Decimal(100_000))

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


def named(guard: Guard, name: str) -> Guard:
    """Let a guard that was made bear a name of its own, as the table of steps in the docs shows it."""
    guard.__name__ = name
    return guard


def keeping(**said: object) -> Change:
    """Make a change that keeps the same, whatever a form says: that an answer is waited for, or that something is forgotten."""

    def change(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
        return said

    return change


class Register(Protocol):
    """What rules are told beside the case, as `moment.known()` gives it."""

    def repairs(self, estate: str) -> Sequence[Mapping[str, Any]]:
        """Return an estate's repairs of the last year."""

    def estate(self, name: str) -> Mapping[str, Any] | None:
        """Return an estate without its roster, or None."""

    def rooms(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """Return an estate's rooms by their numbers."""

    def names(self) -> Mapping[str, str]:
        """Return the registered name of an estate by each that people call it."""


@cache
def settings() -> Mapping[str, Any]:
    """Read what no law fixes, `data/settings.toml`."""
    return tomllib.loads(files(__package__).joinpath("data", "settings.toml").read_text("utf-8"))


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
    """Return the places of ballots that say something else than an earlier one of the same head; silence says nothing."""
    said: dict[tuple[str, str], str] = {}
    return [
        place
        for place, row in enumerate(rows)
        if row["choice"] not in UNSAID and said.setdefault(head_of(row), row["choice"]) != row["choice"]
    ]


def by_the_owners_rules(ballots: Iterable[Mapping[str, Any]], follow: str = "") -> list[Mapping[str, Any]]:
    """Return the ballots that take part, each with the choice that it counts for.

    Who kept silent takes no part. Where the owners' own rules say so, he, or who abstains too, goes with the majority of
    those who said yes or no: that which has more heads and more area. Where no side has both, he abstains. Who spoke for
    one of his rooms has spoken for all.
    """
    found, following = list(ballots), FOLLOW_MAJORITY[follow]
    agree, against = tally(found, "agree"), tally(found, "against")
    side = "abstain"
    if agree.heads > against.heads and agree.area > against.area:
        side = "agree"
    elif agree.heads < against.heads and agree.area < against.area:
        side = "against"
    spoken = {head_of(row): row["choice"] for row in found if row["choice"] not in following}
    return [
        {**row, "choice": spoken.get(head_of(row), side)} if row["choice"] in following else row
        for row in found
        if row["choice"] != "silent" or "silent" in following
    ]


def vote_result(item: str, everybody: Tally, ballots: Iterable[Mapping[str, Any]], follow: str = "") -> dict[str, Any]:
    """Count a vote and judge it."""
    counted = by_the_owners_rules(ballots, follow)
    taking_part, agreeing = tally(counted), tally(counted, "agree")
    return {
        "taking_part_heads": taking_part.heads,
        "taking_part_area": taking_part.area,
        "agreeing_heads": agreeing.heads,
        "agreeing_area": agreeing.area,
        "quorum": has_quorum(everybody, taking_part),
        "carried": is_carried(item, everybody, taking_part, agreeing),
    }


# -- the roster ---------------------------------------------------------------


def estate_of(case: CaseView) -> str:
    """Return the name of the estate that a case is about: as it was classified, before that as its place was read."""
    said = case.details.get("classified", {}).get("estate") or case.details.get("place_estate", "")
    return str(said).strip()


def estate_in(names: Mapping[str, str], place: str, words: str, read: str = "") -> str:
    """Return the registered estate that a place or letter names; where none does, what was read out of it elsewhere.

    The place counts before the words, and of several names the longest: 黄河家园一区 is not 黄河家园.
    """
    if read in names:
        return names[read]
    for text in (place, words):
        if named := max((name for name in names if name in text), key=len, default=""):
            return names[named]
    return read


def registered(case: CaseView, moment: Moment) -> Mapping[str, Any] | None:
    """Return the estate as the register has it, or None."""
    register: Register | None = moment.known()
    return register.estate(estate_of(case)) if register else None


def roster(case: CaseView, moment: Moment) -> Mapping[str, Mapping[str, Any]]:
    """Return the rooms of the case's estate by their numbers."""
    register: Register | None = moment.known()
    return register.rooms(estate_of(case)) if register else {}


def estate_is_registered(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse what needs a roster of owners where the estate has none: who may vote is not typed into a form (山东 22, 25)."""
    if (registered(case, moment) or {}).get("heads"):
        return None
    return Refusal(
        f"小区“{estate_of(case)}”尚未登记业主名册：请先在小区台账中登记，名称有误的请重新分类",
        f"the estate {estate_of(case)!r} has no roster of owners: register it first, or classify the case anew",
    )


def electorate(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep who may vote on what is announced: heads and area by the roster of this day, and its version (山东 25)."""
    estate = registered(case, moment) or {}
    scope = {name: form.get(name, "") for name in ("building", "entrance")}
    rooms = in_scope(roster(case, moment).values(), **scope)
    everybody = tally(rooms)
    found = {
        **scope,
        "rooms": len(rooms),
        "heads": everybody.heads,
        "area": everybody.area,
        "version": estate.get("roster_version", ""),
        **{name: estate.get(name, "") for name in ("follow_majority", "clause")},
    }
    return {"electorate": found}


def scope_may_vote(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let a part of the owners decide what all decide together (民法典 278)."""
    if not form or not (form["building"] or form["entrance"]) or form["item"] in settings()["vote"]["scope_may_vote"]:
        return None
    return Refusal(
        "本事项由全体业主共同决定，不能只由一幢或者一个单元表决",
        "all owners decide this together, not those of one building or entrance",
    )


def somebody_may_vote(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a vote of a building or entrance that the roster does not know."""
    if not form:
        return None
    if form["entrance"] and not form["building"]:
        return Refusal("只填单元不能确定范围，请同时填写楼栋", "an entrance alone is no scope: name its building")
    if in_scope(roster(case, moment).values(), form["building"], form["entrance"]):
        return None
    return Refusal("业主名册中没有该范围的房屋", "the roster has no rooms there")


def roster_is_the_one_announced(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to count by another roster than the one that the vote was announced by."""
    seen = case.details.get("electorate", {}).get("version")
    now = (registered(case, moment) or {}).get("roster_version")
    if seen == now and now is not None:
        return None
    return Refusal(
        "业主名册在表决公告之后有变动，请按新的名册重新公告", "the roster has changed since: announce the vote anew"
    )


def ballots_are_the_owners(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse ballots of rooms that may not vote: not in the roster, or outside of the scope announced."""
    if not form:
        return None
    known = _voting(case, moment)
    strange = [row["room"] for row in form["ballots"] if row["room"] not in known]
    if not strange:
        return None
    return Refusal(
        f"以下房号不在有权表决的业主名册中：{'、'.join(strange[:10])}",
        f"these rooms are not among those that may vote: {', '.join(strange[:10])}",
    )


def _voting(case: CaseView, moment: Moment) -> Mapping[str, Mapping[str, Any]]:
    """Return the rooms that may vote: those of the scope announced."""
    scope = case.details.get("electorate", {})
    rooms = in_scope(roster(case, moment).values(), scope.get("building", ""), scope.get("entrance", ""))
    return {row["room"]: row for row in rooms}


def with_owners(case: CaseView, form: Values, moment: Moment) -> list[dict[str, Any]]:
    """Return the ballots with owner, area and tenure as the roster has them; of strange rooms nothing."""
    known = _voting(case, moment)
    return [
        {**row, **{name: known[row["room"]][name] for name in ("owner", "area", "tenure")}}
        for row in form["ballots"]
        if row["room"] in known
    ]


def silence_counts_only_by_the_owners_rules(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse silent ballots where the owners' rules do not say what silence means (建房〔2009〕274号 26)."""
    silent = [row["room"] for row in form.get("ballots", ()) if row["choice"] == "silent"]
    if not silent or (registered(case, moment) or {}).get("follow_majority"):
        return None
    return Refusal(
        "该小区管理规约、议事规则未约定未表决的票权计入多数票，送达未表决的不得计票",
        "the owners' rules do not say that silence goes with the majority: it is not counted",
    )


def ballots_are_sound(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse ballots that count twice, or speak with two tongues (山东 25)."""
    if not form:
        return None
    ballots = with_owners(case, form, moment)
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


def proxies_are_authorised(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse ballots that somebody else cast without the owner's written authority (建房〔2009〕274号 27)."""
    strange = [row["room"] for row in form.get("ballots", ()) if row["proxy"] and not row["authorised"]]
    if not strange:
        return None
    return Refusal(
        f"代理投票须有业主书面委托：{'、'.join(strange[:10])}",
        f"these ballots were cast by somebody without written authority: {', '.join(strange[:10])}",
    )


#: What proves that the papers of a vote reached the owners, by the way in which it is held (滨州 13).
PROOFS: Final = {
    "meeting": "会议材料印发和业主签字的讨论记录",
    "paper": "送达回执",
    "electronic": "电子表决的发送证明和实名验证记录",
}


def delivery_is_proven(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a count without what proves that the papers reached the owners (滨州 13)."""
    if not form or form["delivery_proof"].strip():
        return None
    return Refusal(
        f"请填写{PROOFS[form['method']]}及存放处（滨州市住宅物业管理条例第13条）",
        "name what proves that the papers reached the owners, and where it is kept",
    )


def _open_objections(case: CaseView) -> list[str]:
    answered = Counter(row["room"] for row in case.details.get("objection_reviewed", ()))
    made = Counter(row["room"] for row in case.details.get("vote_objected", ()))
    return sorted((made - answered).elements())


def objections_are_answered(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on from a count with an objection that nobody reviewed, or that was upheld (山东 22)."""
    if waiting := _open_objections(case):
        return Refusal(
            f"以下业主的异议尚未复核并告知结果：{'、'.join(waiting)}", f"not reviewed yet: {', '.join(waiting)}"
        )
    upheld = [row["room"] for row in case.details.get("objection_reviewed", ()) if row["upheld"]]
    if not upheld:
        return None
    return Refusal(
        f"异议经复核成立，须撤销计票、重新汇总：{'、'.join(upheld)}",
        f"these objections were upheld: annul the count and count again: {', '.join(upheld)}",
    )


def nothing_precedes_the_count(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to meet, file, apply or revoke under a day before that of the count that it follows from."""
    counted_on = case.details.get("vote_counted_on")
    if not counted_on or not any(form.get(name) and form[name] < _day(counted_on) for name in AFTER_THE_COUNT):
        return None
    return Refusal(
        f"日期不能早于计票日期{_day(counted_on)}",
        f"what follows from a vote is not done before its count, {counted_on}",
    )


#: The days of acts that follow from the result of a vote.
AFTER_THE_COUNT: Final = ("applied_on", "met_on", "filed_on", "revoked_on", "posted_on", "sealed_on")


def objection_was_made(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to review an objection that nobody made."""
    if not form or form["room"] in _open_objections(case):
        return None
    return Refusal(f"房号{form['room']}没有待复核的异议", f"no objection of {form['room']} waits for a review")


def objector_may_vote(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an objection of a room that the roster does not have."""
    if not form or form["room"] in roster(case, moment):
        return None
    return Refusal(f"业主名册中没有房号{form['room']}", f"the roster has no room {form['room']}")


def vote_was_on_the_fund(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask the fund for money after a vote on something else."""
    if case.details.get("votes_counted", {}).get("item", "use_repair_fund") == "use_repair_fund":
        return None
    return Refusal(
        "本次表决的不是使用维修资金，请用“公告业主共同决定”",
        "the vote was not on using the repair fund: post the decision",
    )


def repair_was_planned(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to have the owners vote on the fund before there are a plan and a budget to vote on (山东 71)."""
    if not form or form["item"] != "use_repair_fund" or case.details.get("budget_total"):
        return None
    return Refusal(
        "使用维修资金应先启动维修资金程序，完成查勘、方案和预算，再提请表决",
        "the owners vote on the fund when there are a plan and a budget: begin the repair first",
    )


def vote_was_on_something_else(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to post as a decision of its own what the fund is to be asked for."""
    if case.details.get("votes_counted", {}).get("item", "use_repair_fund") != "use_repair_fund":
        return None
    return Refusal("使用维修资金的请用“公告表决通过”", "the vote was on using the repair fund")


def notice_was_long_enough(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a vote announced less than five days before (滨州 12), fifteen for the first meeting (滨州 11).

    The day of posting is not counted (民法典 201); only posting counts, not what a form says of it.
    """
    announced = case.details.get("vote_announced")
    if not form or not announced:
        return None
    posted = announced[-1]["posted_on"]
    needed = FIRST_NOTICE_DAYS if case.state == "group_formed" else NOTICE_DAYS
    voted_on = form.get("counted_on") or local_date(moment.now)
    days = max(0, (voted_on - _day(posted)).days)
    if days >= needed:
        return None
    return Refusal(
        f"业主大会会议应提前{needed}日公告，自公告之日（{_day(posted)}）起至计票仅{days}日",
        f"an owners' meeting is announced {needed} days before, not {days}",
    )


def _day(said: date | str) -> date:
    return date.fromisoformat(said) if isinstance(said, str) else said


def undelivered_were_posted(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a vote whose papers did not reach everybody and hung out for less than five days (滨州 13)."""
    if not form or not form["undelivered"]:
        return None
    posted, voted_on = form["undelivered_posted_on"], form.get("counted_on") or local_date(moment.now)
    if posted and (voted_on - posted).days >= NOTICE_DAYS:
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


def enough_asked_for_it(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an extraordinary meeting that less than a fifth of the owners asked for (山东 28)."""
    if form and form["called_for"] == "street" and not form["asking_heads"]:
        return Refusal(
            "业主委员会不履行召集义务的，经业主申请由街道组织：请填写申请的业主人数（滨州市住宅物业管理条例第12条）",
            "the street convenes the meeting where owners ask it to: say how many asked",
        )
    if form and form["called_for"] == "street" and not case.details.get("convening_urged"):
        return Refusal(
            "应先督促业主委员会召集，不履行召集义务的再由街道组织（滨州市住宅物业管理条例第12条）：请用“督促召集业主大会会议”",
            "the committee is urged to call the meeting before the street does",
        )
    if not form or form["called_for"] != "a_fifth_of_owners":
        return None
    if form["asking_heads"] * 5 >= (registered(case, moment) or {}).get("heads", 1):
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
    """Forget the result, its sample and what rests on it, which stay in the timeline; the vote is as announced as it was."""
    return {
        "vote_result": {},
        **_NOTHING_OBJECTED,
        "vote_announced": case.details.get("vote_called", []),
        "committee_met": {},
        "vote_undone": case.details["votes_counted"]["item"],
        "papers_lacking": not case.details.get("papers_received"),
    }


def decision_revoked(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Forget a decision that was posted, and what the fund was asked for by it: it is announced anew (物业管理条例 19)."""
    undone = case.details["votes_counted"]["item"]
    forgotten: dict[str, Any] = {"fund_applied": {}, "fund_approved": {}} if case.details.get("fund_applied") else {}
    return {
        **count_annulled(case, form, moment),
        **posted(case, form, moment),
        **forgotten,
        "vote_announced": [],
        "owners_decisions": _without(case, undone),
    }


def owners_have_voted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to revoke a decision where no vote of the owners is on file."""
    if case.details.get("votes_counted"):
        return None
    return Refusal("本案没有业主表决，没有可以撤销的决定", "no vote was counted here", moot=True)


def the_owners_ended_it(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to revoke a dismissal where the contract did not end by a decision of the owners."""
    if (case.details.get("contract_ended") or {}).get("ending") in VOTED_ENDINGS:
        return None
    return Refusal("合同不是因业主共同决定而终止，没有可以撤销的决定", "no decision of the owners ended it", moot=True)


def dismissal_revoked(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Forget the decision that a contract was ended by, and that it has ended; a later vote on another matter stands."""
    undone = VOTED_ENDINGS[case.details["contract_ended"]["ending"]]
    last = case.details.get("votes_counted", {}).get("item") == undone
    return {
        **(count_annulled(case, form, moment) if last else {}),
        **posted(case, form, moment),
        "vote_undone": undone,
        "vote_announced": [],
        "owners_decisions": _without(case, undone),
        "contract_ended": {},
    }


def _without(case: CaseView, item: str) -> dict[str, Any]:
    """Return what the owners have decided on other matters."""
    return {matter: day for matter, day in case.details.get("owners_decisions", {}).items() if matter != item}


def decision_kept(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep on what the owners have decided, and when: another vote may follow, on another matter."""
    item, counted_on = case.details["votes_counted"]["item"], case.details["vote_counted_on"]
    decided = {**case.details.get("owners_decisions", {}), item: counted_on}
    return {**posted(case, form, moment), "owners_decisions": decided}


_NOTHING_OBJECTED: Final[Mapping[str, Any]] = {
    "ballots_called_back": [],
    "vote_objected": [],
    "objection_reviewed": [],
}


def count_votes(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the result beside the ballots with their owners, and the day; the next vote is announced anew.

    What the owners had decided on this matter before is decided by this vote now.
    """
    voters, ballots = case.details["electorate"], with_owners(case, form, moment)
    everybody = Tally(voters["heads"], Decimal(voters["area"]))
    return {
        "votes_counted": {**form, "ballots": ballots},
        "vote_result": vote_result(form["item"], everybody, ballots, voters["follow_majority"]),
        "vote_counted_on": form.get("counted_on") or local_date(moment.now),
        "vote_called": case.details.get("vote_announced", []),
        "vote_announced": [],
        "owners_decisions": _without(case, form["item"]),
        **_NOTHING_OBJECTED,
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
    return amount.quantize(CENT, ROUND_HALF_UP)


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


def scope_is_as_registered(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a scope with rooms or areas that are not those of the roster; an estate without one can't be compared."""
    known = roster(case, moment)
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
    register: Register | None = moment.known()
    earlier = register.repairs(estate_of(case)) if register else ()
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

    return named(guard, f"amount_is_at_most_{limit.__name__}")


def the_budget(case: CaseView) -> Decimal:
    """Return what the owners agreed to spend."""
    return Decimal(case.details.get("budget_total", "0"))


def asked_of_the_fund(case: CaseView) -> Decimal | None:
    """Return what the fund was asked for."""
    return Decimal(case.details["fund_applied"]["amount"]) if case.details.get("fund_applied") else None


def approved_by_the_fund(case: CaseView) -> Decimal | None:
    """Return what the fund has approved."""
    return Decimal(case.details["fund_approved"]["amount"]) if case.details.get("fund_approved") else None


def the_emergency_cost(case: CaseView) -> Decimal:
    """Return what an emergency repair has cost."""
    return cost(case.details["emergency_repaired"]["costs"])


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
    """Keep what the fund has not got back."""
    return {**posted(case, form, moment), "to_recover": form["paid_out"] - form["given_back"]}


def posted(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which something was posted in the estate."""
    return {"notice_posted_on": form["posted_on"] or local_date(moment.now)}


def settled(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Share the settled amount among the owners in the scope of the repair."""
    return _shared(form, case.details["repair_surveyed"]["scope"], moment)


def emergency_audited(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Share the audited amount of an emergency repair among the owners in its scope."""
    return _shared(form, case.details["emergency_repaired"]["scope"], moment)


def _shared(form: Values, rows: Iterable[Mapping[str, Any]], moment: Moment) -> Mapping[str, Any]:
    return {
        "repair_amount": form["amount"],
        "repair_shared_on": local_date(moment.now),
        "allocation": allocation(form["amount"], rows),
    }


def act_is_not_ahead(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an act that is put on record before its day, or before its moment where that is given."""
    del case
    ahead = [name for name in ACTS if isinstance(day := form.get(name), date) and _is_ahead(day, moment.now)]
    if not ahead:
        return None
    return Refusal("事项发生的日期、时间不能晚于现在", f"what is put on record lies in the future: {', '.join(ahead)}")


#: The days and moments of acts from which a time counts.
ACTS = (
    *("delivered_on", "interviewed_on", "counted_on", "applied_on", "condition_met_on", "formed_on", "called_at"),
    *("held_at", "confirmed_at", "accepted_at", "handed_at", "posted_on", "asked_on", "met_on", "revoked_on"),
    *("filed_on", "certified_on", "sealed_on", "signed_on", "served_on", "decided_on", "noticed_on", "accepted_on"),
    *("visited_at", "rechecked_at", "repaired_on"),
)


def _is_ahead(day: date | datetime, now: datetime) -> bool:
    return day > now if isinstance(day, datetime) else day > local_date(now)


# -- complaints ---------------------------------------------------------------


def classified(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep estate and company where they are searched for: by the register's names, and from it where nothing is said."""
    register: Register | None = moment.known()
    said = form["estate"].strip() or str(case.details.get("place_estate", ""))
    estate = (register.estate(said) if register else None) or {}
    found = {"estate": estate.get("name", said), "company": form["company"].strip() or estate.get("company", "")}
    return {**found, "classified": {**form, **found}}


def estate_is_named(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a complaint of no estate: none was named, and none could be read out of the place."""
    if not form or form["estate"].strip() or case.details.get("place_estate"):
        return None
    return Refusal(
        "诉求地点中没有认出小区，请填写小区名称", "no estate could be read out of the place: name the estate"
    )


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


#: What of a case that is handled again can be gone on with, by the step that does it: what has to be on file.
RESUMED: Final[Mapping[str, Callable[[Values], bool]]] = {
    "vote_resumed": lambda kept: bool(kept.get("budget_total")) and not kept.get("vote_result", {}).get("carried"),
    "fund_resumed": lambda kept: _carried(kept, "use_repair_fund") and not kept.get("fund_approved"),
    "works_resumed": lambda kept: bool(kept.get("fund_approved")),
    "exit_resumed": lambda kept: bool(kept.get("contract_ended")) and not kept.get("estate_handed_over"),
    "takeover_resumed": lambda kept: (
        bool(kept.get("estate_handed_over"))
        and not kept.get("successor_took_over")
        and not kept.get("owners_manage_themselves")
    ),
    "committee_resumed": lambda kept: _carried(kept, "elect_committee") and not kept.get("committee_installed"),
}


def _carried(kept: Values, item: str) -> bool:
    """Whether the last vote was on a matter, and carried it."""
    return kept.get("votes_counted", {}).get("item") == item and bool(kept.get("vote_result", {}).get("carried"))


def is_on_file(trigger: str) -> Guard:
    """Make a guard that refuses to go on with what a case has not come to before."""

    def guard(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
        if RESUMED[trigger](case.details):
            return None
        return Refusal("本案以前没有办到这一步，没有可以接着办的", "the case has not come so far before", moot=True)

    return named(guard, f"{trigger}_from_what_is_on_file")


def company_stays(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to have a company ordered out whose contract has not ended, or that has left."""
    if not case.details.get("contract_ended"):
        return Refusal(
            "没有登记物业服务合同终止，没有企业应当退出", "no contract has ended here: nobody is to leave", moot=True
        )
    return company_has_not_left(case, form, moment)


def company_has_not_left(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end a contract again, or to order a company out, when it has left; a case that is handled anew begins anew."""
    if case.state == "verified" or not case.details.get("estate_handed_over"):
        return None
    return Refusal(
        "原企业已经完成移交，合同不再终止，也不再提请责令退出",
        "the company has handed everything over: it stays no longer",
    )


def problem_was_not_found(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call unfounded what was found on site."""
    if not verified(case).get("confirmed"):
        return None
    return Refusal("现场核查已认定问题存在，不能按不属实处理", "the visit found the problem: it is not unfounded")


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


def meeting_called(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep how many days there are to the meeting."""
    return {"meeting_days": max(1, (form["meeting_on"] - local_date(moment.now)).days)}


# -- what is reported to an authority, and its answer ---------------------------


def report_is_open(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to urge or to note an answer that nobody waits for."""
    if case.details.get("report_open"):
        return None
    return Refusal("没有待答复的报告或者移交", "no answer to a report is waited for", moot=True)


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

    return named(guard, f"complaint_is_about_{kind}")


def _condition_is_met(form: Values, today: date) -> bool:
    """Whether half is delivered, by area or by heads, or a quarter two years after the first delivery (山东 20)."""
    half = form["delivered_area_percent"] >= 50 or form["delivered_heads_percent"] >= 50  # noqa: PLR2004
    two_years = add_months(form["first_delivered_on"], 24) <= today
    return bool(half or (two_years and form["delivered_heads_percent"] >= 25))  # noqa: PLR2004


def first_meeting_is_due(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a first meeting before its condition is met (山东 20)."""
    if not form or _condition_is_met(form, form["condition_met_on"] or local_date(moment.now)):
        return None
    return Refusal(
        "尚不具备首次业主大会会议召开条件：已交付面积或人数达到50%，或者首位业主交付满两年且已交付人数达到25%",
        "the first meeting is due when half of area or heads is delivered, or a quarter two years after the first",
    )


def first_meeting_is_not_due(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to tell owners that their first meeting is not due when it is (山东 20, 滨州 9)."""
    if not form or not _condition_is_met(form, local_date(moment.now)):
        return None
    return Refusal(
        "按填写的交付情况已经具备召开条件，应“认定具备首次业主大会条件”（山东省物业管理条例第20条）",
        "by these figures the condition is met: the first meeting is due",
    )


def enough_ask_together(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a joint request of too few (滨州 9)."""
    if not form or form["asking_heads"] >= ASKING_LEAST:
        return None
    return Refusal(
        f"应由{ASKING_LEAST}人以上业主联名申请（滨州市住宅物业管理条例第9条）",
        f"{ASKING_LEAST} owners or more ask together for their first meeting",
    )


def papers_were_urged(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to report a developer who was not urged (滨州 10)."""
    if case.details.get("papers_urged"):
        return None
    return Refusal("先督促建设单位报送，再报告物业主管部门", "the developer is urged before he is reported")


def papers_are_still_due(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to urge papers that are there."""
    if not case.details.get("papers_received"):
        return None
    return Refusal("筹备资料已经全部报送", "all papers were handed over already")


def papers_fined(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the authority has answered, and the day of its fine."""
    return {"papers_answer_due": False, "papers_fined_on": form["decided_on"] or local_date(moment.now)}


def papers_ordered(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the authority has answered, and when its order was served."""
    return {"papers_answer_due": False, **ordered_out(case, form, moment)}


def papers_were_reported(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the authority's answer to what was not reported, or was answered."""
    if case.details.get("papers_answer_due"):
        return None
    return Refusal("没有待答复的“报告拒不报送筹备资料”", "no report on the developer waits for an answer", moot=True)


def somebody_was_charged(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give the group up before a leader has charged somebody with it (山东 21)."""
    if case.details.get("group_charged"):
        return None
    return Refusal(
        "组建筹备组是街道的法定职责：须先由领导指定专人限期组建，仍组建不成的才能提请区里处理",
        "a leader charges somebody with forming the group before it is given up",
    )


def committee_was_urged(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give a committee up that the street has not urged (滨州 52)."""
    if case.details.get("committee_urged"):
        return None
    return Refusal("须先督促业主委员会备案、履职", "the committee is urged before it is given up")


def reelection_was_urged(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give a re-election up that the street has not urged twice (滨州 16)."""
    if len(case.details.get("reelection_urged", ())) >= 2:  # noqa: PLR2004
        return None
    return Refusal("须先两次协调督促选举", "the street urges a re-election twice before it is given up")


def committee_meeting_holds(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a committee's meeting with less than two thirds of it, or what not more than half of all agreed to (山东 32)."""
    if not form:
        return None
    members, present, agreed = form["members"], form["present"], form["agreed"]
    if present > members or agreed > present:
        return Refusal("出席的不能多于全体成员，同意的不能多于出席的", "more were present or agreed than there are")
    if QUORUM.is_met(present, members) and MORE_THAN_HALF.is_met(agreed, members):
        return None
    return Refusal(
        f"业主委员会会议应有三分之二以上成员出席，并经全体成员过半数同意（成员{members}人，出席{present}人，同意{agreed}人；"
        "山东省物业管理条例第32条）",
        "two thirds of the committee must be present, and more than half of all members agree",
    )


def committee_has_met(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to install a committee that has chosen no chair yet (山东 30)."""
    if case.details.get("committee_met"):
        return None
    return Refusal(
        "业主委员会尚未召开首次会议、推选主任和执行成员（山东省物业管理条例第30条）",
        "the committee has not met yet to choose its chair and executives",
    )


def was_the_first_election(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send a re-election back to the preparatory group of a first meeting."""
    if not case.details.get("committee_lapsed"):
        return None
    return Refusal("这次是换届选举，请用“撤销换届选举并通告”", "it was a re-election", moot=True)


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

    return named(guard, f"members_are_{least}_or_more")


def _elects(case: CaseView, form: Values, moment: Moment) -> bool | None:
    """Whether ballots elect a committee; None where there are none, or nothing was announced."""
    if not form or not case.details.get("vote_announced"):
        return None
    return bool(count_votes(case, form, moment)["vote_result"]["carried"])


def election_was_carried(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a committee elected without quorum or majority (民法典 278)."""
    if _elects(case, form, moment) is not False:
        return None
    return Refusal(
        "业主大会会议未达到法定参与和同意比例，业主委员会未选出：请用“选举未通过，汇总表决”",
        "too few took part or agreed: no committee is elected",
    )


def election_was_lost(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call an election lost that was carried."""
    if not _elects(case, form, moment):
        return None
    return Refusal("表决已达到法定比例，业主委员会已经选出", "the election was carried")


def nobody_was_elected(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to urge another election before the first one has failed (滨州 16)."""
    if case.state != "group_formed" or case.details.get("lost_election_posted"):
        return None
    return Refusal("首次业主大会会议尚未召开，没有选举失败可协调", "the first meeting has not failed to elect anybody")


def no_committee_came_about(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a management committee before two attempts: of the group to meet, or of the street after a lost election (滨州 16)."""
    kept = case.details
    urged = len(kept.get("reelection_urged", ())) if kept.get("lost_election_posted") else 0
    if max(len(kept.get("first_meeting_failed", ())), urged) >= 2:  # noqa: PLR2004
        return None
    return Refusal(
        "筹备组两次组织仍未能召开首次业主大会会议，或者会议未能选出业主委员会、经街道两次协调督促仍不能选举产生的，方可成立物业管理委员会",
        "a management committee is formed when the group has tried twice, or the street has urged twice after a lost election",
    )


def committee_has_lapsed(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call a committee lapsed whose term runs, or that did its duty within a year (滨州 16)."""
    if not form:
        return None
    today = local_date(moment.now)
    if form["ground"] == "term_ends_soon":
        ahead = reelection_ahead()
        if timedelta(0) < form["since"] - today <= ahead:
            return None
        return Refusal(
            f"届满日应在今后{ahead.days}日内（换届会议应在任期届满九十日前召开，山东省物业管理条例第33条）",
            f"its term does not end within {ahead.days} days",
        )
    needed = 12 if form["ground"] == "inactive_a_year" else 0
    if add_months(form["since"], needed) <= today:
        return None
    return Refusal(
        "业主委员会任期尚未届满，或者不履行职责未满一年",
        "its term has not ended, or it has been inactive for less than a year",
    )


def street_urged_twice(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a management committee in a lapsed one's place before the street has coordinated and urged twice (滨州 16)."""
    lapse = case.details.get("committee_lapsed", {})
    if lapse.get("ground") == "management_committee_in_office":
        return Refusal("该小区已有物业管理委员会，应督促其组织选举", "there is a management committee already")
    if lapse.get("ground") == "term_ends_soon" and _day(lapse["since"]) > local_date(moment.now):
        return Refusal("业主委员会任期尚未届满，不能成立物业管理委员会", "the committee's term still runs")
    if len(case.details.get("reelection_urged", ())) >= 2:  # noqa: PLR2004
        return None
    return Refusal(
        "经街道两次协调督促仍不能选举产生业主委员会的，方可成立物业管理委员会",
        "a management committee is formed when the street has urged a re-election twice",
    )


def reelected(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Count the vote, and say whose books are to be handed over: the seven days are a management committee's (滨州 18).

    A committee whose term still runs hands over when it ends. What was handed over before a count was annulled stays so.
    """
    lapse = case.details.get("committee_lapsed", {})
    in_office = lapse.get("ground") == "management_committee_in_office"
    counted, still_due = count_votes(case, form, moment), not case.details.get("books_handed_over")
    ends = _day(lapse["since"]) if lapse.get("ground") == "term_ends_soon" else counted["vote_counted_on"]
    return {
        **counted,
        "management_books_due": in_office and still_due,
        "committee_books_due": not in_office and still_due,
        "books_due_from": max(ends, counted["vote_counted_on"]),
    }


def there_was_one_before(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a handover where no committee was before."""
    if case.details.get("committee_lapsed"):
        return None
    return Refusal(
        "本小区首次选举业主委员会，没有上一届可移交", "this is the first committee: nobody hands over to it", moot=True
    )


def books_are_awaited(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse books after a joint meeting, or from the police, where they were not withheld before."""
    if case.state in BOOKS_DUE or (case.details.get("books_withheld") and not case.details.get("books_handed_over")):
        return None
    return Refusal("没有拒不移交的印章、档案和财物", "no books and seals are withheld", moot=True)


def books_are_still_due(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to urge what was handed over."""
    if not case.details.get("books_handed_over"):
        return None
    return Refusal("印章、档案资料和财物已经移交", "everything was handed over already")


def list_is_whole(kinds: Mapping[str, str], law: str) -> Guard:
    """Make a guard that refuses a list which passes over a kind of things: of what there is none, it says so."""

    def guard(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        named = {row["category"] for row in form.get("handed", ())}
        missing = [name for kind, name in kinds.items() if kind not in named]
        if not form or not missing:
            return None
        return Refusal(
            f"移交清单缺少：{'、'.join(missing)}；没有的也应列明“无”（{law}）",
            f"the list passes over {', '.join(kind for kind in kinds if kind not in named)}; name also what there is none of",
        )

    return named(guard, "list_is_whole")


def books_were_urged(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call books withheld that the street has not urged (山东 33)."""
    if case.details.get("books_urged"):
        return None
    return Refusal(
        "街道应当先协调督促移交，再按拒不移交处理（山东省物业管理条例第33条）",
        "the street coordinates and urges before anybody is said to withhold the books",
    )


def books_were_handed_over(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close a re-election before seals, archives and property were handed over (山东 33; 滨州 18)."""
    if not case.details.get("committee_lapsed") or case.details.get("books_handed_over"):
        return None
    return Refusal(
        "上一届业主委员会（物业管理委员会）的印章、档案资料和财物尚未移交",
        "seals, archives and property of the committee before were not handed over yet",
    )


def management_committee_serves(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to dissolve a management committee that is not there (滨州 18)."""
    if case.details.get("committee_lapsed", {}).get("ground") == "management_committee_in_office":
        return None
    return Refusal("本小区没有在任的物业管理委员会", "no management committee is in office")


def management_committee_is_dissolved(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to install a committee beside a management committee that the street has not dissolved (滨州 18)."""
    if management_committee_serves(case, {}, moment) or case.details.get("management_committee_dissolved"):
        return None
    return Refusal(
        "移交后应由街道宣布物业管理委员会解散（滨州市住宅物业管理条例第18条）",
        "the street announces first that the management committee is dissolved",
    )


def certified_after_filing(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a certificate from before what it certifies was filed."""
    if not form or not form["certified_on"] or form["certified_on"] >= _day(case.details["filing_day"]):
        return None
    return Refusal("备案证明日期早于报送备案的日期", "the certificate is older than the filing")


def filed(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which the authority had what was filed."""
    return {"filing_day": form["filed_on"] or local_date(moment.now)}


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
    if not form or form["agreed_otherwise"]:
        return None
    needed, given = EXIT_NOTICE_DAYS[form["ending"]], (form["ends_on"] - form["noticed_on"]).days
    if given >= needed:
        return None
    return Refusal(
        f"应提前{needed}日书面通知对方，自{form['noticed_on']}通知至{form['ends_on']}终止仅{given}日（合同另有约定的除外）",
        f"written notice is given {needed} days before, not {given}, unless the contract says otherwise",
    )


def dismissal_was_decided(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a dismissal without the owners' double quorum and double majority, measured by the roster (民法典 278, 946)."""
    if not form or form["ending"] not in VOTED_ENDINGS:
        return None
    return owners_decided(VOTED_ENDINGS[form["ending"]])(case, form, moment)


def _was_decided(case: CaseView, item: str) -> bool:
    """Whether a vote on this very matter stands: in this case, or by the figures that its contract was ended with."""
    ended = case.details.get("contract_ended", {}).get("ending")
    return item in case.details.get("owners_decisions", {}) or VOTED_ENDINGS.get(ended) == item == "choose_company"


def owners_decided(item: str) -> Guard:
    """Make a guard that refuses what needs the owners' own vote on this matter, by quorum and majority of the roster."""

    def guard(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        if not form or _was_decided(case, item):
            return None
        return estate_is_registered(case, form, moment) or figures_carry(item, registered(case, moment) or {}, form)

    return named(guard, f"owners_decided_on_{item}")


#: What a vote on a matter is called where it was held outside of a case.
_CALLED: Final = {"choose_company": "选聘", "dismiss_company": "解聘", "manage_themselves": "自行管理"}


def figures_carry(item: str, estate: Mapping[str, Any], form: Values) -> Refusal | None:
    """Refuse figures of a vote, held elsewhere, that lack quorum or majority of the roster (民法典 278)."""
    names = ("taking_part_heads", "taking_part_area", "agreeing_heads", "agreeing_area")
    if any(form[name] is None for name in names):
        return Refusal(
            f"{_CALLED[item]}由业主共同决定、单独表决：本案没有通过该事项的表决，须填写该次表决参与和同意的人数、面积",
            "the owners decide on this by a vote of its own: put it to the vote, or give heads and areas of that vote",
        )
    everybody = Tally(estate["heads"], Decimal(estate["area"]))
    taking_part = Tally(form["taking_part_heads"], form["taking_part_area"])
    agreeing = Tally(form["agreeing_heads"], form["agreeing_area"])
    if taking_part.heads > everybody.heads or taking_part.area > everybody.area:
        return Refusal(
            f"参与表决的多于名册中的业主（名册{everybody.heads}人、{everybody.area}平方米）",
            f"more took part than the roster has: {everybody.heads} heads, {everybody.area} square metres",
        )
    if agreeing.heads > taking_part.heads or agreeing.area > taking_part.area:
        return Refusal("同意的多于参与表决的", "more agreed than took part")
    if is_carried(item, everybody, taking_part, agreeing):
        return None
    return Refusal(
        f"{_CALLED[item]}未达到法定比例：名册{everybody.heads}人、{everybody.area}平方米，须人数、面积各三分之二以上参与，"
        "并经参与的人数、面积各过半数同意（民法典第278条）",
        "too few took part or agreed on the company (Civil Code, article 278)",
    )


def company_has_left(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a successor before the company that was there has handed the estate over (民法典 949)."""
    if case.details.get("estate_handed_over"):
        return None
    return Refusal("原物业服务企业尚未完成移交", "the company before has not handed the estate over", moot=True)


def everything_was_handed_over(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close a handover with something left out (民法典 949)."""
    left = [row["item"] for row in form.get("handed", ()) if not row["done"]]
    if not left:
        return None
    return Refusal(f"以下财物、资料尚未移交：{'、'.join(left)}", f"not handed over yet: {', '.join(left)}")


def ordered_out(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which the order was served, for what is written later."""
    return {"order_served_on": form["served_on"] or local_date(moment.now)}


def fine_is_within(band: tuple[Decimal, Decimal], law: str) -> Guard:
    """Make a guard that refuses a fine below or above what the law has; both numbers are included (民法典 1259)."""
    least, most = band

    def guard(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        if not form or least <= form["amount"] <= most:
            return None
        return Refusal(f"罚款应在{least}元以上{most}元以下（{law}）", f"the fine is {least} to {most} yuan")

    return named(guard, f"fine_is_within_{least}_to_{most}")


def fine_follows_the_order(order: str) -> Guard:
    """Make a guard that refuses a fine before the order to put it right was made and has run out (滨州 57, 条例 58)."""

    def guard(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        made, decided_on = case.details.get(order), form.get("decided_on") or local_date(moment.now)
        if made and decided_on > _day(case.details["order_served_on"]) + timedelta(made["order_days"]):
            return None
        return Refusal(
            "责令限期改正、逾期未改正的才能罚款：罚款决定日期早于责令期满，或者没有责令改正",
            "a fine follows an order that has run out; this is from before, or there was no order",
        )

    return named(guard, f"fine_follows_{order}")


def fined(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day of the fine on a company that stays."""
    return {"fine_decided_on": form["decided_on"] or local_date(moment.now)}


def company_was_not_fined_yet(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to have one company fined twice for one act (行政处罚法 29); the end of another contract is another act."""
    fine, ended = case.details.get("fine_decided"), case.details.get("contract_ended") or {}
    on = fine and (fine.get("decided_on") or case.details.get("fine_decided_on"))
    if not fine or (on and "ends_on" in ended and _day(on) < _day(ended["ends_on"])):
        return None
    return Refusal(
        "该企业已因拒不退出被罚款，同一行为不得再次罚款：请召开联席会议或者告知诉讼途径",
        "it was fined for this already: call the joint meeting, or tell the way to court",
    )


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


# -- what owners may do with a dwelling (民法典 279) ---------------------------


def business_use(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep who has a say: all other owners of the building, and whoever else shows that it touches him (法释〔2009〕7号 11)."""
    known = roster(case, moment)
    own = known[form["room"]]
    rooms = [
        row for row in known.values() if row["building"] == own["building"] or row["room"] in form["further_rooms"]
    ]
    affected = [row["room"] for row in rooms if head_of(row) != head_of(own)]
    return {"affected_rooms": affected, "affected_heads": tally(known[room] for room in affected).heads}


def dwelling_is_in_the_roster(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a dwelling, or a neighbour's room, that the roster does not have."""
    known = roster(case, moment)
    strange = [room for room in (form["room"], *form["further_rooms"]) if room not in known] if form else []
    if not strange:
        if not form or known[form["room"]]["building"]:
            return None
        return Refusal(
            f"业主名册中{form['room']}未填楼栋，无法确定本栋其他业主：请先补全名册",
            f"the roster names no building of {form['room']}: who lives in it can't be known",
        )
    return Refusal(f"业主名册中没有房号：{'、'.join(strange)}", f"not in the roster: {', '.join(strange)}")


def only_the_affected_consent(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse consents of owners who have no say, and such as nobody has seen in writing."""
    affected = {*case.details.get("affected_rooms", ())}
    strange = [row["room"] for row in form.get("consents", ()) if row["room"] not in affected]
    if not strange:
        return None
    return Refusal(
        f"以下房号不是有利害关系的业主：{'、'.join(strange[:10])}", f"not affected: {', '.join(strange[:10])}"
    )


def consents_counted(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the rooms whose owners have not consented in writing: nobody's silence is consent (民法典 279)."""
    known = roster(case, moment)
    said = {row["room"]: row["consents"] for row in form["consents"]}
    heads = [head_of(known[room]) for room, consents in said.items() if consents and room in known]
    refused = {head_of(known[room]) for room, consents in said.items() if not consents and room in known}
    agreed = {*heads} - refused
    lacking = [
        room for room in case.details["affected_rooms"] if room not in known or head_of(known[room]) not in agreed
    ]
    return {"lacking_consents": lacking}


def all_affected_consented(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let pass a use that a single affected owner has not agreed to (民法典 279)."""
    lacking = case.details.get("lacking_consents")
    if lacking == []:
        return None
    return Refusal(
        f"将住宅改变为经营性用房须经有利害关系的业主一致同意，尚缺{len(lacking or ())}户："
        f"{'、'.join((lacking or ())[:10])}（民法典第279条）",
        "all affected owners must consent to the use of a dwelling for business (Civil Code, article 279)",
    )


def somebody_did_not_consent(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask for the dwelling to be restored where all who have a say agreed."""
    if case.details.get("lacking_consents"):
        return None
    return Refusal("有利害关系的业主已一致同意，不能要求恢复", "all affected owners have consented")


# -- the fund, diverted (物业管理条例 60) --------------------------------------

#: The most that may be fined beside giving it back, in sums diverted; the number itself is included (民法典 1259).
DIVERSION_MULTIPLE = 2


def diversion_fine(diverted: Decimal) -> Decimal:
    """Return the highest fine for money diverted from a repair fund."""
    return diverted * DIVERSION_MULTIPLE


def fund_was_diverted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to report a diversion of the fund that the visit did not find."""
    if verified(case).get("fund_diverted"):
        return None
    return Refusal("现场核查未发现挪用专项维修资金", "the visit found nothing diverted from the repair fund")


def diversion_kept(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep the highest fine, for the report."""
    return {"diversion_fine": diversion_fine(Decimal(verified(case)["fund_diverted"]))}


# -- the register ----------------------------------------------------------------


def after_the_case(trigger: str, kept: Mapping[str, Any], form: Mapping[str, Any], estate: str) -> dict[str, Any]:
    """Return what a case has changed in the register: who serves an estate, or which committee, and until when."""
    nobody = {"manager": "", "manager_phone": "", "contract_from": None, "contract_until": None}
    if trigger == "committee_installed":
        begins = kept["vote_counted_on"]
        lapse = kept.get("committee_lapsed") or {}
        begins = max(begins, lapse["since"]) if lapse.get("ground") == "term_ends_soon" else begins
        until = add_months(_day(begins), 12 * kept["committee_filed"]["term_years"])
        return {"committee": form["committee"].strip() or f"{estate}业主委员会", "committee_until": until}
    if trigger == "management_committee_formed":
        return {"committee": f"{estate}物业管理委员会", "committee_until": None}
    if trigger == "owners_manage_themselves":
        return {**nobody, "company": ""}
    fee = {} if form["monthly_fee"] is None else {"monthly_fee": str(form["monthly_fee"])}
    contract = {name: form[name] for name in ("contract_from", "contract_until")}
    return {**nobody, **contract, **fee, "company": form["company"].strip()}


#: Days before its contract's end by which a company says that it does not renew (民法典 947).
AHEAD = timedelta(days=90)


def reelection_ahead() -> timedelta:
    """Return from when on a new committee is to be elected: the meeting itself is held 90 days before the end (山东 33)."""
    return timedelta(days=settings()["committee"]["ahead_days"])


def attention(estate: Mapping[str, Any], today: date) -> list[str]:
    """Return what an estate in the register asks for, as codes: an end that is near or past, or a roster that lacks."""
    found = []
    for what, end, ahead in (
        ("contract", estate["contract_until"], AHEAD),
        ("committee", estate["committee_until"], reelection_ahead()),
    ):
        if end is not None and end < today:
            found.append(f"{what}_ended")
        elif end is not None and end - today <= ahead:
            found.append(f"{what}_ends_soon")
    return found if estate["heads"] else [*found, "roster_lacks"]


# -- companies ----------------------------------------------------------------


def density(complaints: int, households: int) -> Decimal | None:
    """Return the complaints per hundred households, or None where nobody is served."""
    return (Decimal(complaints) * 100 / households).quantize(CENT, ROUND_HALF_UP) if households else None


def overhauls(events: Iterable[tuple[str, str, datetime]]) -> dict[str, Any]:
    """Return how a company answers its orders: how many, put right at the first recheck, and the average days until each.

    `events` are steps of its cases in their order: the case, the trigger, the moment.
    """
    ordered: dict[str, datetime] = {}
    orders, first = 0, 0
    answered: list[int] = []
    passed: list[int] = []
    failed: set[str] = set()
    for case, trigger, at in events:
        if trigger == "company_ordered":
            orders += 1
            ordered[case] = at
            failed.discard(case)
        elif case in ordered and trigger == "recheck_failed":
            failed.add(case)
        elif case in ordered and trigger in {"company_reported", "recheck_passed"}:
            days = (local_date(at) - local_date(ordered[case])).days
            (answered if trigger == "company_reported" else passed).append(days)
            first += trigger == "recheck_passed" and case not in failed
    return {
        "orders": orders,
        "put_right": len(passed),
        "put_right_at_once": first,
        "average_answer_days": _average(answered),
        "average_days": _average(passed),
    }


def _average(days: Sequence[int]) -> Decimal | None:
    return (Decimal(sum(days)) / len(days)).quantize(CENT, ROUND_HALF_UP) if days else None


def points_of(kind: str) -> int:
    """Return the points that a mark of a kind costs, by the street's table."""
    return next(int(row["points"]) for row in settings()["credit"]["mark"] if row["code"] == kind)


def marked(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the points of a mark by its kind, and the day."""
    points = points_of(form["kind"])
    mark = {**form, "points": points, "on": local_date(moment.now)}
    return {"credit_mark_reported": mark, "credit_mark_answered": None, "credit_points": points}


def mark_answered(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep the points that the district has decided on: its word replaces the street's."""
    return {"credit_points": form["points"]}


def answer_fits_its_points(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a declined mark that costs points, and an accepted one that costs none."""
    if not form or form["accepted"] == bool(form["points"]):
        return None
    return Refusal("采纳的应填写扣分分值，不予采纳的分值为零", "an accepted mark costs points, a declined one none")


def mark_was_reported(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the district's answer to what was not reported, or was answered."""
    if case.details.get("credit_mark_reported") and not case.details.get("credit_mark_answered"):
        return None
    return Refusal("没有待答复的信用扣分报告", "no report of points waits for an answer", moot=True)


def mark_of(details: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a case's mark against its company: what it costs, since when, and whether the district has decided."""
    mark, answer = details.get("credit_mark_reported"), details.get("credit_mark_answered")
    if not mark or "on" not in mark:
        return None
    return {"points": answer["points"] if answer else mark["points"], "on": mark["on"], "decided": bool(answer)}


def credit(marks: Iterable[Mapping[str, Any]], on: date) -> dict[str, Any]:
    """Return a company's credit: full points less those decided on in the last months, and what is still undecided."""
    table = settings()["credit"]
    counting = [mark for mark in marks if _day(mark["on"]) <= on < add_months(_day(mark["on"]), table["months"])]
    lost = sum(mark["points"] for mark in counting if mark["decided"])
    score = max(0, table["full_points"] - lost)
    return {
        "score": score,
        "grade": next(row["code"] for row in table["grade"] if score >= row["least"]),
        "undecided": sum(mark["points"] for mark in counting if not mark["decided"]),
        "marks": len(counting),
        "verified": table["verified"],
    }
