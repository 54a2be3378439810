"""What deserves a second look in a property case (pure): ballots, repairs, emergencies, and what companies do to owners.

None says that somebody did wrong, none names anybody, and none stops a step.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Caution
from services.property import firms, funds, rules, votes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from chassis.workflow import CaseView

#: A repair that is finished later than this after its confirmation was hardly one "at once" (滨州 43).
AT_ONCE = timedelta(days=7)
_SHOWN = 10


def _day(kept: str) -> date:
    """Return the day in Shanghai of a date or time as a case keeps it."""
    return local_date(datetime.fromisoformat(kept)) if "T" in kept else date.fromisoformat(kept)


def _rooms(rooms: Iterable[str]) -> str:
    found = sorted(set(rooms))
    return "、".join(found[:_SHOWN]) + ("等" if len(found) > _SHOWN else "")


def _votes(case: CaseView) -> list[Mapping[str, Any]]:
    """Return the ballots of a count that stands."""
    if not case.details.get("vote_result"):
        return []
    return list(case.details.get("votes_counted", {}).get("ballots", ()))


def ballots_share_a_hand(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of ballots of several owners with one phone number, or signed as by one hand."""
    for what, zh, en in (("phone", "联系电话", "phone number"), ("signature", "笔迹", "handwriting")):
        heads, rooms = defaultdict(set), defaultdict(set)
        for row in _votes(case):
            if row.get(what):
                heads[row[what]].add(votes.head_of(row))
                rooms[row[what]].add(row["room"])
        for mark in (mark for mark, found in heads.items() if len(found) > 1):
            yield Caution(
                f"ballots_share_{what}",
                f"不同业主的表决票{zh}相同：{_rooms(rooms[mark])}；请逐户回访核实是否本人意思。",
                f"Ballots of several owners have one {en}: {_rooms(rooms[mark])}; call each of them.",
                "滨州市住宅物业管理条例-13",
            )


def proxy_votes_for_many(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of one proxy who cast the ballots of many owners."""
    most = rules.settings()["vote"]["owners_of_a_proxy"]
    heads, rooms = defaultdict(set), defaultdict(set)
    for row in _votes(case):
        if row.get("proxy"):
            heads[row["proxy"]].add(votes.head_of(row))
            rooms[row["proxy"]].add(row["room"])
    for mark in (mark for mark, found in heads.items() if len(found) > most):
        yield Caution(
            "proxy_votes_for_many",
            f"同一代理人代{len(heads[mark])}名业主投票：{_rooms(rooms[mark])}；请核对书面委托，逐户回访。",
            f"One proxy voted for {len(heads[mark])} owners: {_rooms(rooms[mark])}; check the authorities, call each.",
            "建房〔2009〕274号-27",
        )


def ballots_were_not_the_owners(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a count whose sample found ballots that their owners had not cast, and of one that was never sampled."""
    if not _votes(case):
        return
    calls = [row for sample in case.details.get("ballots_called_back", ()) for row in sample["calls"]]
    if not calls:
        yield Caution(
            "ballots_not_sampled",
            "表决票尚未抽样回访；公告结果前请抽取部分业主电话核实。",
            "No ballot was called back yet; call some owners before the result is posted.",
            "滨州市住宅物业管理条例-13",
        )
    for result, zh, en in (("denied", "业主否认投票", "owners deny them"), ("deceased", "业主已故", "owners are dead")):
        if rooms := [row["room"] for row in calls if row["result"] == result]:
            yield Caution(
                f"ballots_{result}",
                f"抽样回访中{zh}：{_rooms(rooms)}；请撤销计票，核对全部表决票，必要时移送公安机关。",
                f"Ballots whose {en}: {_rooms(rooms)}; annul the count, check all ballots, tell the police if needed.",
                "民法典-278",
            )


def repair_was_split(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of one part, or the same rooms, repaired from the fund again and again within a year."""
    survey = case.details.get("repair_surveyed") or {}
    today = _day(case.details["repair_surveyed_on"]) if survey else local_date(case.opened_at)
    earlier = [*survey.get("earlier_repairs", ()), *case.details.get("repairs_on_file", ())]
    recent = [row for row in earlier if timedelta(0) <= today - _day(row["done_on"]) <= rules.ONE_PART_APART]
    if recent:
        total = sum((Decimal(row["amount"]) for row in recent), Decimal(case.details.get("budget_total") or "0"))
        cases = "、".join(row["number"] for row in recent if row.get("number"))
        yield Caution(
            "repair_was_split",
            f"同一部位或者同一分摊范围一年内已有{len(recent)}次维修{f'（{cases}）' if cases else ''}，连同本次共{total}元；"
            "请核对是否拆分工程以规避表决、审价或者招标。",
            f"{len(recent)} repairs of this part or for these rooms within a year, {total} yuan with this one; is it split?",
            "民法典-281",
        )
    items = [line["item"] for line in survey.get("budget", ())]
    if len(items) > len(set(items)):
        yield Caution(
            "budget_repeats_itself",
            "预算中有重复项目，请核对是否重复计价。",
            "An item stands twice in the budget; is it paid twice?",
            "民法典-281",
        )


def routine_is_called_an_emergency(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of an emergency that looks like an ordinary repair."""
    said = case.details.get("emergency_reported")
    if not said:
        return
    grounds = []
    if said["event"] == "other_danger_to_life":
        grounds.append(("未列入前七种情形", "none of the seven named events"))
    if not said["warning_signs"]:
        grounds.append(("现场未设警示标志", "no warning signs stand"))
    result = case.details.get("vote_result")
    if result and not result["carried"]:
        grounds.append(("同一事项业主表决未通过", "the owners' vote on it was lost"))
    elif case.details.get("repair_surveyed"):
        grounds.append(("已按一般维修编制方案", "it was planned as an ordinary repair"))
    confirmed, repaired = case.details.get("emergency_confirmed"), case.details.get("emergency_repaired")
    took = _day(repaired["repaired_on"]) - _day(confirmed["confirmed_at"]) if confirmed and repaired else timedelta(0)
    if took > AT_ONCE:
        grounds.append((f"确认后超过{AT_ONCE.days}日才完工", f"finished more than {AT_ONCE.days} days later"))
    if took < timedelta(0):
        grounds.append(("现场查验确认以前已经完工", "finished before anybody had confirmed it on site"))
    if grounds:
        yield Caution(
            "routine_called_emergency",
            f"请核对是否属于应急维修：{'、'.join(zh for zh, _ in grounds)}；日常维修应经业主表决。",
            f"Is it an emergency? {', '.join(en for _, en in grounds)}; ordinary repairs need the owners' vote.",
            "滨州市住宅物业管理条例-42",
        )


def _acts(case: CaseView) -> set[str]:
    return {*firms.verified(case).get("forbidden_acts", ())}


def company_presses_owners(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn where supplies or gates are used to collect fees (民法典 944), or who complains is made to pay for it."""
    about_cutoff = case.details.get("classified", {}).get("kind") == "cutoff"
    if about_cutoff or "supply_or_access_cut" in _acts(case):
        yield Caution(
            "fees_by_cutting_off",
            "涉及以断水断电断热断气或者门禁、电梯限制催费：不论是否欠费均须立即恢复，欠费另行催告、仲裁、诉讼。",
            "Supplies or gates are used to collect fees: restore them at once, whatever is owed; fees go to court.",
            "民法典-944",
        )
    if _acts(case) & {"owners_threatened", "owners_data_leaked"}:
        yield Caution(
            "company_retaliates",
            "企业涉嫌威胁业主或者泄露业主信息：联系和文书不得透露投诉人，必要时报公安机关，回访时询问是否受到报复。",
            "The company may be retaliating: never name who complained, tell the police if needed, ask at the callback.",
            "滨州市住宅物业管理条例-47",
        )


def company_repeats_itself(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a company that reports the same success twice, with nothing to show for it."""
    reports = [case.details.get("company_reported"), case.details.get("company_reported_again")]
    for first, second in pairwise([one for one in reports if one]):
        if first["report"] == second["report"] or not second["evidence"]:
            yield Caution(
                "report_without_evidence",
                "企业再次报告完成但内容与上次相同或者没有佐证，复查时请逐项到现场核对并拍照。",
                "The company reports success again in the same words or without evidence; check every demand on site.",
                "滨州市住宅物业管理条例-52",
            )


def owners_money_is_in_the_dark(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn where what is done with the owners' own money was not posted (民法典 282, 943; 滨州 45)."""
    if {"fund_in_its_care", "common_income_accounts"} & {*firms.verified(case).get("not_disclosed", ())}:
        yield Caution(
            "owners_money_not_disclosed",
            "维修资金或者公共收益未公示：公共收益扣除合理成本后属于业主共有，请责令公示并提供收支明细。",
            "The fund or the common income is not disclosed: it belongs to the owners; order that it be, with accounts.",
            "滨州市住宅物业管理条例-45",
        )


def income_is_missing(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of common income that is not on the owners' account (民法典 282)."""
    missing = Decimal((case.details.get("common_income") or {}).get("missing", "0"))
    if missing:
        yield Caution(
            "common_income_missing",
            f"公共收益有{missing}元未入业主账户：请责令限期入账并公示；拒不提供账目的，报区物业主管部门。",
            f"{missing} yuan of common income are not on the owners' account: order it to be paid in and posted.",
            "民法典-282",
        )


def company_stays(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a company that neither leaves nor hands over."""
    if case.state in rules.STAYING or "refuses_to_leave" in _acts(case):
        yield Caution(
            "company_stays",
            "原企业拒不退出或移交：召开联席会议并报告区物业主管部门；逾期不改正的由其处五千元以上五万元以下罚款，合同终止后的物业费不得收取。",
            "The company stays: call the joint meeting, tell the district, which may fine it; it may claim no more fees.",
            "滨州市住宅物业管理条例-57",
        )


def books_are_withheld(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a committee that keeps seals, archives or the owners' money from the next (山东 33; 滨州 18)."""
    withheld = case.details.get("books_withheld") or case.details.get("books_urged")
    if withheld and not case.details.get("books_handed_over"):
        yield Caution(
            "books_withheld",
            f"上一届未移交：{withheld[-1]['withheld']}；新印章启用前请提醒银行和物业企业旧印章不再有效，核对移交前的账户收支。",
            f"Not handed over: {withheld[-1]['withheld']}; tell bank and company that the old seal is void, check the accounts.",
            "山东省物业管理条例-33",
        )


def rescue_was_late(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of rescuers who took longer than half an hour to a lift with people in it (滨州电梯 28)."""
    minutes = funds.minutes_to_the_lift(case.details)
    if minutes > funds.RESCUE_MINUTES:
        yield Caution(
            "rescue_was_late",
            f"电梯困人救援到场用时{minutes}分钟，超过{funds.RESCUE_MINUTES}分钟；请报特种设备安全监管部门。",
            f"Rescuers took {minutes} minutes; tell the authority for lifts.",
            "滨州市电梯安全管理条例-28",
        )


def reports_are_over(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of each report, or mark, not answered in its time, where several wait: the case's clocks show the first only."""
    reports = [
        (row, f"“{rules.said(row['what'])}”{row['authority']}") for row in case.details.get("reports_open") or ()
    ]
    marks = [(row, f"{row['on']}报告的信用扣分") for row in firms.marks_of(case.details) if not row["decided"]]
    for rows in (reports, marks):
        for row, name in rows if len(rows) > 1 else ():
            if local_date(now) > (until := firms.answer_until(row)):
                yield Caution(
                    "report_over",
                    f"{name}的答复期限已于 {until} 届满：请催办该项报告、移交。",
                    f"An answer on {row.get('what', 'points of credit')} was expected by {until}: urge it.",
                    "街道物业办理规则",
                )


def fund_lacks_money(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of money of the owners' fund that was paid for works which were stopped, and has not come back."""
    if lacks := funds.still_to_recover(case):
        yield Caution(
            "fund_lacks_money",
            f"停止施工后尚有 {lacks} 元维修资金未退回：请督促业主委员会（物业管理委员会）追回并登记。",
            f"{lacks} yuan of the fund were paid for works that were stopped: have them recovered, and record it.",
            "民法典-281",
        )


WARNINGS = (
    reports_are_over,
    fund_lacks_money,
    ballots_share_a_hand,
    proxy_votes_for_many,
    ballots_were_not_the_owners,
    repair_was_split,
    routine_is_called_an_emergency,
    company_presses_owners,
    company_repeats_itself,
    owners_money_is_in_the_dark,
    income_is_missing,
    company_stays,
    books_are_withheld,
    rescue_was_late,
)
