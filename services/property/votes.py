"""Ballots, quorum, majorities and what may follow from a count, pure like the rules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from chassis.picking import Offer, meant, one_is_meant
from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.property import rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chassis.workflow import CaseView, Change, Moment, Values
#: Days that all owners are told of a meeting before (物业管理条例 14; the first: 滨州 11, 山东 22), and that papers
#: hang out which did not reach somebody (滨州 13).
NOTICE_DAYS, UNDELIVERED_DAYS = 15, 5
#: What the committee tells the authority and the street of in writing where it is changed (山东 31).
CHANGES_TOLD = frozenset({"rules_of_procedure", "management_covenant", "replace_committee_members"})
#: Items 6 to 8, for which three quarters of those who take part must agree.
THREE_QUARTERS = frozenset({"raise_repair_fund", "rebuild", "change_use_of_common_parts"})
DEVELOPER = "developer"
#: What is no voice: a ballot that did not come back, and a room of a roster that none was given to.
UNSAID = frozenset({"silent", "absent"})
#: Whose voices go with the majority where the owners' own rules say so, and only then (建房〔2009〕274号 26).
FOLLOW_MAJORITY: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset(),
    "the_silent": frozenset({"silent"}),
    "the_silent_and_abstaining": frozenset({"silent", "abstain"}),
}


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


def lines(called: Mapping[str, Any]) -> range:
    """Return the numbers of the lines of an election's ballot; none where all is voted on as one, as by some owners' rules."""
    if called.get("voted_by", "list") == "list":
        return range(0)
    return range(1, len(called["candidates"]) + len(called["also"]) + 1)


@lru_cache(maxsize=4096)
def numbers(said: str) -> tuple[int, ...]:
    """Return the numbers of a list such as 1、3、4, each once and in their order."""
    return tuple(sorted({int(one) for one in re.findall(r"[0-9０-９]+", said)}))


def said_on(ballot: Mapping[str, Any], number: int) -> str:
    """Return what a ballot says on one line: of that, or else of all."""
    for field, said in (("object_to", "against"), ("agree_to", "agree")):
        if number in numbers(ballot.get(field, "")):
            return said
    return str(ballot["choice"])


def voiced(ballot: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return a ballot as if it were on one line only."""
    return {**ballot, "choice": said_on(ballot, number)}


def torn(rows: Iterable[Mapping[str, Any]], on: range = range(0)) -> list[int]:
    """Return the places of ballots that say something else than an earlier one of the same head; silence says nothing.

    Where they have lines, what counts is what they say on each, whatever the words.
    """
    said: dict[tuple[str, str], tuple[str, ...]] = {}
    return [
        place
        for place, row in enumerate(rows)
        if row["choice"] not in UNSAID and said.setdefault(head_of(row), voice := _voice(row, on)) != voice
    ]


def _voice(row: Mapping[str, Any], on: range) -> tuple[str, ...]:
    return tuple(said_on(row, number) for number in on) or (row["choice"],)


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
    register: rules.Register | None = moment.known()
    return register.estate(estate_of(case)) if register else None


def roster(case: CaseView, moment: Moment) -> Mapping[str, Mapping[str, Any]]:
    """Return the rooms of the case's estate by their numbers."""
    register: rules.Register | None = moment.known()
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
    return {"electorate": found, **_NOTHING_OBJECTED}


def scope_may_vote(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let a part of the owners decide what all decide together (民法典 278)."""
    if (
        not form
        or not (form["building"] or form["entrance"])
        or form["item"] in rules.settings()["vote"]["scope_may_vote"]
    ):
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
    announced = case.details.get("vote_announced")
    on = lines(announced[-1]) if announced else range(0)
    two_tongues = sorted({ballots[place]["owner"] for place in torn(ballots, on)})
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


def ballots_were_counted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to look at ballots where the case has none: it rests on a vote that was held elsewhere."""
    if case.details.get("votes_counted"):
        return None
    return Refusal("本案没有计过的表决票", "no ballots were counted here", moot=True)


def something_is_announced(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an objection to voting rights in a vote of which no owner was told yet (山东 22)."""
    if case.details.get("vote_announced"):
        return None
    return Refusal(
        "尚未公告会议内容和投票权数，没有可异议的", "no vote is announced: there is nothing to object to", moot=True
    )


def voting_rights_are_settled(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to count while an objection to identity or voting rights waits, or was upheld and the roster is as it was (山东 22)."""
    if waiting := _open_objections(case):
        return Refusal(
            f"以下业主对业主身份、投票权数的异议尚未复核并告知结果：{'、'.join(waiting)}（山东省物业管理条例第22条）",
            f"not reviewed yet: {', '.join(waiting)}",
        )
    upheld = [row["room"] for row in case.details.get("objection_reviewed", ()) if row["upheld"]]
    if not upheld:
        return None
    return Refusal(
        f"异议经复核成立，应更正名册后重新公告：{'、'.join(upheld)}",
        f"these objections were upheld: mend the roster and announce the vote anew: {', '.join(upheld)}",
    )


def nothing_precedes_the_count(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to meet, file, apply or revoke under a day before that of the count that it follows from."""
    counted_on = _counted_on(case, form)
    if not counted_on or not any(form.get(name) and form[name] < day_of(counted_on) for name in AFTER_THE_COUNT):
        return None
    return Refusal(
        f"日期不能早于计票日期{day_of(counted_on)}",
        f"what follows from a vote is not done before its count, {counted_on}",
    )


def _counted_on(case: CaseView, form: Values) -> date | str | None:
    """Return when the votes were counted that an act follows from: the last, or that of an earlier decision which is revoked."""
    revoked: str | None = None
    if "which_decision" in form:
        revoked = next((one.number for one in meant(decisions_offered(case), form["which_decision"])), None)
    elif "revoked_on" in form:
        revoked = rules.VOTED_ENDINGS.get((case.details.get("contract_ended") or {}).get("ending", ""))
    decided: date | str | None = case.details.get("owners_decisions", {}).get(revoked)
    return decided or case.details.get("vote_counted_on")


#: The days of acts that follow from the result of a vote.
AFTER_THE_COUNT: Final = ("applied_on", "met_on", "filed_on", "annulled_on", "revoked_on", "posted_on", "sealed_on")


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


def who_pays_may_vote(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a vote on the fund from which rooms are left out that bear the repair (民法典 278, 283)."""
    if not form or form["item"] != "use_repair_fund":
        return None
    scope = {name: form[name] for name in ("building", "entrance")}
    known = roster(case, moment)
    voting = {row["room"] for row in in_scope(known.values(), **scope)}
    paying = [row["room"] for row in case.details.get("repair_surveyed", {}).get("scope", ())]
    if not (silenced := [room for room in paying if room in known and room not in voting]):
        return None
    return Refusal(
        f"分摊维修费用的房屋不在表决范围内：{'、'.join(silenced[:10])}；请扩大表决范围（民法典第278条、第283条）",
        f"these rooms bear the repair and could not vote: {', '.join(silenced[:10])}",
    )


def vote_was_on_something_else(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to post as a decision of its own what the fund is to be asked for."""
    if case.details.get("votes_counted", {}).get("item", "use_repair_fund") != "use_repair_fund":
        return None
    return Refusal("使用维修资金的请用“公告表决通过”", "the vote was on using the repair fund")


def notice_was_long_enough(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a vote announced less than fifteen days before (物业管理条例 14; the first meeting: 滨州 11, 山东 22).

    The day of posting is not counted (民法典 201); only posting counts, not what a form says of it. The five days of
    滨州 12, in which owners are heard on what is to be voted, lie within.
    """
    announced = case.details.get("vote_announced")
    if not form or not announced:
        return None
    posted = announced[-1]["posted_on"]
    voted_on = form.get("counted_on") or local_date(moment.now)
    days = max(0, (voted_on - day_of(posted)).days)
    if days >= NOTICE_DAYS:
        return None
    return Refusal(
        f"业主大会会议应提前{NOTICE_DAYS}日通知全体业主，自公告之日（{day_of(posted)}）起至计票仅{days}日（物业管理条例第14条）",
        f"all owners are told of a meeting {NOTICE_DAYS} days before, not {days}",
    )


def day_of(said: date | str) -> date:
    """Return a day as a day, also where a case keeps it as text."""
    return date.fromisoformat(said) if isinstance(said, str) else said


def undelivered_were_posted(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a vote whose papers did not reach everybody and hung out for less than five days (滨州 13)."""
    if not form or not form["undelivered"]:
        return None
    posted, voted_on = form["undelivered_posted_on"], form.get("counted_on") or local_date(moment.now)
    if posted and (voted_on - posted).days >= UNDELIVERED_DAYS:
        return None
    return Refusal(
        f"有{form['undelivered']}户无法送达，应在显著位置公告不少于{UNDELIVERED_DAYS}日",
        f"{form['undelivered']} owners were not reached: the papers must hang out for {UNDELIVERED_DAYS} days",
    )


def vote_was_announced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to count a vote whose papers were never made out and announced (滨州 12, 13)."""
    announced = case.details.get("vote_announced") or ()
    if announced and (not form or announced[-1]["item"] == form["item"]):
        return None
    return Refusal("本事项尚未公告会议内容、制发表决票", "this vote was not announced: there are no papers to count")


#: How the street has urged who does not call the meeting that elects a committee; else by `convening_urged`.
_URGED_TO_CALL: Final = {"elect_committee": "reelection_urged"}


def enough_asked_for_it(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an extraordinary meeting that less than a fifth of the owners asked for (山东 28)."""
    if form and form["called_for"] == "street" and not form["asking_heads"]:
        return Refusal(
            "业主委员会不履行召集义务的，经业主申请由街道组织：请填写申请的业主人数（滨州市住宅物业管理条例第12条）",
            "the street convenes the meeting where owners ask it to: say how many asked",
        )
    if (
        form
        and form["called_for"] == "street"
        and not case.details.get(_URGED_TO_CALL.get(form["item"], "convening_urged"))
    ):
        return Refusal(
            "应先督促业主委员会召集，不履行召集义务的再由街道组织（滨州市住宅物业管理条例第12条）：请用“督促召集业主大会会议”，"
            "换届选举的用“协调督促选举”",
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


def decisions_offered(case: CaseView) -> list[Offer]:
    """Name the decisions of a case that may be revoked: those that stand, or the one on the fund that is being carried out."""
    kept = case.details
    last = kept.get("votes_counted", {}).get("item")
    decided = {last: kept.get("vote_counted_on")} if last else {}
    if case.state == "owners_decided" or not decided:
        # Before each was kept with its day a case had the last one only.
        decided = kept.get("owners_decisions", decided)
    return [Offer(item, f"{rules.said(item)}（{day}计票）", f"{item}, counted {day}") for item, day in decided.items()]


decision_is_meant = one_is_meant(
    "which_decision",
    decisions_offered,
    none=Refusal("本案没有业主表决，没有可以撤销的决定", "no vote was counted here", moot=True),
    zh="哪一项决定",
    en="which decision it is about",
)


def decision_revoked(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Forget a decision that was posted, and what the fund was asked for by it: it is announced anew (物业管理条例 19).

    What the owners decided on other matters, before or after, stands.
    """
    [one] = meant(decisions_offered(case), form.get("which_decision", ""))
    return {**_undone(case, form, moment, one.number), **posted(case, form, moment)}


def _undone(case: CaseView, form: Values, moment: Moment, item: str) -> dict[str, Any]:
    """Forget what the owners decided on a matter; the count, its sample and its objections where they were the last."""
    last = case.details.get("votes_counted", {}).get("item") == item
    to_tell = {matter: day for matter, day in case.details.get("changes_to_tell", {}).items() if matter != item}
    forgotten: dict[str, Any] = {"fund_applied": {}, "fund_approved": {}} if item == "use_repair_fund" else {}
    return {
        **(count_annulled(case, form, moment) if last else {}),
        **forgotten,
        **_to_be_told(to_tell),
        "vote_undone": item,
        "vote_announced": [],
        "owners_decisions": _without(case, item),
    }


def the_owners_ended_it(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to revoke a dismissal where the contract did not end by a decision of the owners."""
    if (case.details.get("contract_ended") or {}).get("ending") in rules.VOTED_ENDINGS:
        return None
    return Refusal("合同不是因业主共同决定而终止，没有可以撤销的决定", "no decision of the owners ended it", moot=True)


def dismissal_revoked(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Forget the decision that a contract was ended by, and that it has ended; a later vote on another matter stands."""
    undone = rules.VOTED_ENDINGS[case.details["contract_ended"]["ending"]]
    return {**_undone(case, form, moment, undone), **posted(case, form, moment), "contract_ended": {}}


def _without(case: CaseView, item: str) -> dict[str, Any]:
    """Return what the owners have decided on other matters."""
    return {matter: day for matter, day in case.details.get("owners_decisions", {}).items() if matter != item}


def carried_out(item: str) -> Change:
    """Make a change that keeps no longer what the owners decided on a matter: it is done, and the next time is another vote."""

    def change(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
        return {"owners_decisions": _without(case, item)}

    return change


def decision_kept(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep on what the owners have decided, and when: another vote may follow, on another matter."""
    item, counted_on = case.details["votes_counted"]["item"], case.details["vote_counted_on"]
    decided = {**case.details.get("owners_decisions", {}), item: counted_on}
    to_tell = case.details.get("changes_to_tell", {}) | ({item: counted_on} if item in CHANGES_TOLD else {})
    return {**posted(case, form, moment), "owners_decisions": decided, **_to_be_told(to_tell)}


def _to_be_told(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the changes that the authority and the street are still to be told of; the clock is of the oldest."""
    return {
        "changes_to_tell": dict(changes),
        "change_runs": bool(changes),
        "change_since": min((str(day) for day in changes.values()), default=None),
    }


def others_stand(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Forget a vote that is given up, and what was objected to a lost one: of what stands nobody says that it does not."""
    last = case.details.get("votes_counted", {}).get("item")
    stands = last in case.details.get("owners_decisions", {})
    return {"vote_announced": [], **({} if stands else _NOTHING_OBJECTED)}


def changes_told(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that all that was changed has been told."""
    return _to_be_told({})


def changes_go_on(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep from which change the time to tell runs: a rework gives none anew."""
    return _to_be_told(case.details.get("changes_to_tell", {}))


def something_is_to_be_told(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to tell of a change that there is not."""
    if case.details.get("changes_to_tell"):
        return None
    return Refusal(
        "没有待告知的议事规则、管理规约或者业主委员会成员变更", "no change is still to be told of", moot=True
    )


def changes_were_told(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call a change carried out of which authority and street were not told in writing (山东 31)."""
    if not case.details.get("changes_to_tell"):
        return None
    return Refusal(
        "议事规则、管理规约、业主委员会成员变更的，应自变更之日起三十日内书面告知物业主管部门和街道（山东省物业管理条例第31条），"
        "请先登记告知",
        "the authority and the street are told in writing of what was changed, within 30 days",
    )


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


def in_scope(rooms: Iterable[Mapping[str, Any]], building: str, entrance: str) -> list[Mapping[str, Any]]:
    """Return the rooms of a building, of one of its entrances, or of the whole estate where neither is named."""
    return [
        row
        for row in rooms
        if (not building or row["building"] == building) and (not entrance or row["entrance"] == entrance)
    ]


def posted(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which something was posted in the estate."""
    return {"notice_posted_on": form["posted_on"] or local_date(moment.now)}


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
