"""First meetings, elections, papers and books of owners' committees, pure like the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from chassis.clocks import add_months
from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.property import candidates, firms, rules, votes

if TYPE_CHECKING:
    from chassis.workflow import CaseView, Guard, Moment, Values

#: What a committee is filed with (山东省物业管理条例 31).
FILING_MATERIALS = ("resolution", "rules_of_procedure", "management_covenant", "members_list")
#: The states in which a new committee is there and the one before has yet to hand over (滨州 18; 山东 33).
BOOKS_DUE = ("committee_reelected", "filing_due", "certificate_due", "certificate_overdue", "seal_due")
#: How long before a committee's term ends the meeting is held that elects the next (山东 33).
MEETING_AHEAD = timedelta(days=90)
#: So many owners together may ask the street for their first meeting (滨州 9).
ASKING_LEAST = 10


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


def group_formed(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep whether the group's members and duties are still to be posted: within ten days (山东 21)."""
    return {"group_unposted": form["posted_on"] is None}


def group_posted(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the group's members and duties hang out."""
    return {"group_unposted": False}


def group_is_unposted(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to post the group again, or before it was formed."""
    if not case.details.get("group_unposted"):
        return Refusal("筹备组成员名单和工作职责已经公告", "the group was posted already", moot=True)
    formed_on = case.details["group_formed"].get("formed_on")
    if not form or not form["posted_on"] or not formed_on or form["posted_on"] >= votes.day_of(formed_on):
        return None
    return Refusal("公告日期不能早于筹备组成立日期", "it was posted before it was formed")


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


def papers_ordered(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the authority has answered, and when its order was served."""
    return {"papers_answer_due": False, **firms.served("papers_ordered", form, moment)}


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
    if votes.QUORUM.is_met(present, members) and votes.MORE_THAN_HALF.is_met(agreed, members):
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

    return rules.named(guard, f"members_are_{least}_or_more")


def _elected(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any] | None:
    """Return what ballots come to; None where there are none, or nothing was announced."""
    if not form or not case.details.get("vote_announced") or candidates.ballots_fit_the_candidates(case, form, moment):
        return None
    result: Mapping[str, Any] = candidates.counted(case, form, moment)["vote_result"]
    return result


def election_was_carried(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a committee elected without quorum or majority (民法典 278), of too few, or with a seat that is tied."""
    result = _elected(case, form, moment)
    if result is None or result["carried"]:
        return None
    why = candidates.said_of(result) if "candidates" in result else "业主大会会议未达到法定参与和同意比例"
    return Refusal(
        f"{why}，业主委员会未选出：请用“选举未通过，汇总表决”",
        "too few took part or agreed, or a seat is tied: no committee is elected",
    )


def election_was_lost(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call an election lost that was carried."""
    if not (_elected(case, form, moment) or {}).get("carried"):
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


#: What an earlier committee of the same case has come to is nothing of the one that is elected now.
ANOTHER_COMMITTEE: Final[Mapping[str, Any]] = {
    **rules.forgotten("committee_met", "committee_installed", "books_handed_over", "management_committee_dissolved"),
    **dict.fromkeys(("books_urged", "books_withheld", "committee_urged", "reelection_urged", "convening_urged"), ()),
    **dict.fromkeys(("lost_election_posted", "first_meeting_failed", "vote_announced"), ()),
    **rules.forgotten("vote_result", "electorate"),
}
#: Nor are the papers of an earlier preparatory group, and who was charged with forming it.
ANOTHER_GROUP: Final[Mapping[str, Any]] = {
    **ANOTHER_COMMITTEE,
    **rules.forgotten("papers_received", "papers_ordered", "committee_lapsed"),
    **dict.fromkeys(("papers_urged", "papers_withheld", "group_charged"), ()),
    "papers_answer_due": False,
}


def lapsed(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep in how many days the meeting of a term that still runs is to be held, 90 before its end; 0 where that is over (山东 33)."""
    soon = form["ground"] == "term_ends_soon"
    days = max(0, (form["since"] - MEETING_AHEAD - local_date(moment.now)).days) if soon else 0
    return {**ANOTHER_COMMITTEE, "reelection_days": days}


def street_urged_twice(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a management committee in a lapsed one's place before the street has coordinated and urged twice (滨州 16)."""
    lapse = case.details.get("committee_lapsed", {})
    if lapse.get("ground") == "management_committee_in_office":
        return Refusal("该小区已有物业管理委员会，应督促其组织选举", "there is a management committee already")
    if lapse.get("ground") == "term_ends_soon" and votes.day_of(lapse["since"]) > local_date(moment.now):
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
    counted, still_due = candidates.counted(case, form, moment), not case.details.get("books_handed_over")
    ends = votes.day_of(lapse["since"]) if lapse.get("ground") == "term_ends_soon" else counted["vote_counted_on"]
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

    return rules.named(guard, "list_is_whole")


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
    if not form or not form["certified_on"] or form["certified_on"] >= votes.day_of(case.details["filing_day"]):
        return None
    return Refusal("备案证明日期早于报送备案的日期", "the certificate is older than the filing")


def filed(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which the authority had what was filed."""
    return {"filing_day": form["filed_on"] or local_date(moment.now)}


def everything_is_filed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file a committee without all that the law lists, or with what the owners have voted down (山东 31)."""
    if not form:
        return None
    if {*form["materials"]} >= {*FILING_MATERIALS}:
        decided = case.details.get("vote_result", {}).get("also", ())
        lost = [row["item"] for row in decided if not row["carried"] and row["item"] in form["materials"]]
        if not lost or form["adopted_by"].strip():
            return None
        return Refusal(
            f"一并表决未通过：{'、'.join(map(rules.said, lost))}。请填写业主大会另行通过的决议（山东省物业管理条例第31条）",
            f"voted down: {', '.join(lost)}; name the owners' other decision by which it is in force",
        )
    return Refusal(
        "备案资料不全：须有业主大会会议决议、议事规则、管理规约、业主委员会成员名单和基本情况",
        "to be filed: the resolution, the rules of procedure, the covenant, and the members",
    )


def reelection_ahead() -> timedelta:
    """Return from when on a new committee is to be elected: the meeting itself is held 90 days before the end (山东 33)."""
    return timedelta(days=rules.settings()["committee"]["ahead_days"])


def attention(estate: Mapping[str, Any], today: date) -> list[str]:
    """Return what an estate in the register asks for, as codes: an end that is near or past, or a roster that lacks."""
    found = []
    for what, end, ahead in (
        # By then a company says that it does not renew (民法典 947).
        ("contract", estate["contract_until"], timedelta(days=rules.exit_notice("not_renewed_by_company", today))),
        ("committee", estate["committee_until"], reelection_ahead()),
    ):
        if end is not None and end < today:
            found.append(f"{what}_ended")
        elif end is not None and end - today <= ahead:
            found.append(f"{what}_ends_soon")
    return found if estate["heads"] else [*found, "roster_lacks"]
