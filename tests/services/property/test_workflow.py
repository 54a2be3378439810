"""Property's table of steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema

from chassis import legal, wire
from chassis.examples import example
from chassis.handling import shared_steps
from chassis.terms import Terms, untranslated
from chassis.workflow import Moment, RefusedError, Role, Step, Workflow
from services.property import elections, roster, rules, schemas, votes
from services.property.calc import COMPUTATIONS
from services.property.workflow import OPEN, PROPERTY, READY

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
FOLDER = Path(rules.__file__).parent


@dataclass(frozen=True)
class Seen:
    state: str = "received"
    details: dict[str, Any] = field(default_factory=dict)
    id: str = "1"
    subject: str = "A1"
    unit: str = "wuye"
    opened_at: datetime = NOW


class Kept:
    """A register with one estate, that of the example forms."""

    def __init__(self, **changed: Any) -> None:
        self.roster = roster.read(example(schemas.EstateForm)["roster"])
        sums = votes.tally(self.roster)
        self.kept = {"name": "黄河家园一区", "version": 1, "heads": sums.heads, "area": str(sums.area), "clause": ""}
        self.kept |= {"company": "甲物业公司", "follow_majority": "", **changed}

    def repairs(self, _estate: str) -> list[dict[str, Any]]:
        return []

    def estate(self, name: str) -> dict[str, Any] | None:
        return self.kept if name == self.kept["name"] else None

    def rooms(self, name: str) -> dict[str, dict[str, Any]]:
        return {row["room"]: row for row in self.roster} if name == self.kept["name"] else {}


def taken(case: Seen, step: Step, person: str, register: Kept | None = None, **changed: object) -> Seen:
    form = dict(step.form().load({**example(step.form, at=NOW), **changed})) if step.form else {}
    moment = Moment(now=NOW, actor=person, role=step.roles[0], known=lambda: register or Kept())
    decision = PROPERTY.decide(case, step.trigger, form, moment=moment)
    kept = wire.plain({**decision.kept, **decision.changes})
    return replace(case, state=decision.target, details=case.details | kept)


def shortest(goal: str) -> list[Step]:
    """Find the shortest way to a state, the first in the table's order among equals."""
    ways: dict[str, list[Step]] = {PROPERTY.initial: []}
    todo = [PROPERTY.initial]
    while goal not in ways:
        state = todo.pop(0)
        for step in PROPERTY.steps_from(state):
            if step.target not in ways:
                ways[step.target] = [*ways[state], step]
                todo.append(step.target)
    return ways[goal]


def test_the_shortest_way_over_an_order_to_the_end_can_be_walked_with_the_example_forms() -> None:
    case = Seen(details={"contact_made": [{"way": "phone"}]})
    after = (PROPERTY.step("recheck_due", "recheck_passed"), PROPERTY.step("fixed", "concluded"))

    for step in (*shortest("recheck_due"), *after):
        case = taken(case, step, f"a {step.roles[0]}")

    assert case.state == "concluded"
    assert "company_ordered" in case.details


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from(["p1", "p2"])), max_size=50))
def test_any_sequence_of_steps_stays_in_known_states_and_can_always_be_asked_what_is_allowed(
    picks: list[tuple[int, str]],
) -> None:
    case = Seen()

    for number, person in picks:
        steps = list(PROPERTY.steps_from(case.state))
        if not steps:
            break
        for step in steps:
            PROPERTY.refusals(case, step, {}, Moment(now=NOW, actor=person, role=step.roles[0], known=Kept))
        try:
            case = taken(case, steps[number % len(steps)], person)
        except RefusedError:
            continue

    assert case.state in PROPERTY.states


@pytest.mark.parametrize("state", OPEN)
def test_from_every_open_state_people_and_clocks_alone_come_to_a_reply(state: str) -> None:
    seen, todo = {state}, [state]
    while todo:
        for step in PROPERTY.steps_from(todo.pop()):
            if Role.BUS not in step.roles and step.target not in seen:
                seen.add(step.target)
                todo.append(step.target)

    assert "concluded" in seen


@pytest.mark.parametrize("state", READY)
def test_each_end_has_a_conclusion_whose_example_fits_it(state: str) -> None:
    case = Seen(state, {"contact_made": [{"way": "phone"}]})

    concluded = taken(case, PROPERTY.step(state, READY[state][0]), "p1")

    assert concluded.state == "concluded"
    assert concluded.details["concluded"]["reply"]


def test_each_trigger_asks_for_one_form_everywhere() -> None:
    forms: dict[str, set[object]] = {}
    for step in PROPERTY.steps:
        forms.setdefault(step.trigger, set()).add(step.form)

    assert {trigger for trigger, found in forms.items() if len(found) > 1} == set()


def test_only_what_was_put_right_may_be_claimed_as_solved() -> None:
    for state, (_trigger, form) in READY.items():
        refused = form().validate({**example(form, at=NOW), "outcome": "solved", "handler_claims_solved": True})

        assert bool(refused) == (state != "fixed")


def test_every_clock_and_basis_of_the_table_is_in_the_legal_file() -> None:
    bases = legal.load(FOLDER / "legal.toml")
    service_clocks = {"sign_in", "first_contact", "finish", "required"}

    for step in PROPERTY.steps:
        named = {*step.starts, *step.stops, *step.suspends, *step.resumes, *filter(None, [step.expires])}
        for clock in named - service_clocks:
            assert bases.clock(clock, NOW).name == clock
        if step.basis:
            assert bases.basis(step.basis, NOW).code == step.basis


def test_every_wait_for_somebody_else_has_a_clock_that_ends_it() -> None:
    waits = (
        "exit_running",
        "order_pending",
        "order_running",
        "fine_pending",
        "certificate_due",
        "ordered",
        "interviewed",
        "decision_follow_up",
        "awaiting_external",
        "fund_applied",
        "emergency_audit",
        "repair_under_way",
        "emergency_confirmed",
        "group_due",
        "rescue_due",
    )

    for state in waits:
        assert any(step.expires for step in PROPERTY.steps_from(state)), state


def test_every_word_of_its_own_has_its_chinese() -> None:
    shared = Workflow("shared", *shared_steps(first="first", open_states=(), ready=("first",)), initial="received")
    roles = {("roles", Role.REVIEWER), ("roles", Role.LEADER), ("roles", Role.CLOCK)}
    words_of_the_chassis = {*untranslated(Terms(), workflow=shared), *roles}
    forms: list[type[Schema]] = [*(one.form for one in COMPUTATIONS), schemas.EstateForm]

    missing = untranslated(Terms(FOLDER / "terms.toml"), workflow=PROPERTY, forms=forms)

    assert set(missing) - words_of_the_chassis == set()


NOT_FOUND = {"verified_on_site": {"confirmed": False, "responsible": "nobody"}}
COMPANY = {"verified_on_site": {"confirmed": True, "responsible": "company"}}
LOST = {"vote_result": {"quorum": True, "carried": False}}
NO_QUORUM = {"vote_result": {"quorum": False, "carried": False}}
WON = {"vote_result": {"quorum": True, "carried": True}}
UNKNOWN_ITEM = {"company_ordered": {"items": [{"item": "门禁"}]}}
UNIT = {"name": "丁", "unit": "company"}
HERE = {"classified": {"estate": "黄河家园一区"}}
VOTERS = {"heads": 3, "area": "280.00", "version": 1, "building": "", "entrance": "", "follow_majority": ""}
ANNOUNCED: dict[str, Any] = {
    **HERE,
    "vote_announced": [{"item": "use_repair_fund", "posted_on": "2026-11-08"}],
    "electorate": VOTERS,
}
TOO_LATE: dict[str, Any] = {**ANNOUNCED, "vote_announced": [{"item": "use_repair_fund", "posted_on": "2026-11-09"}]}
OLD_ROSTER: dict[str, Any] = {**ANNOUNCED, "electorate": {**VOTERS, "version": 0}}
OTHER_BUILDING: dict[str, Any] = {**ANNOUNCED, "electorate": {**VOTERS, "building": "2号楼"}}
SILENT = {"ballots": [{"room": "1-1-101", "choice": "silent", "confirmed": True}]}
ONE_OF_THREE = {"ballots": [{"room": "1-1-101", "choice": "agree", "confirmed": True}]}
NOT_OURS: dict[str, Any] = {"votes_counted": {"ballots": []}}
FORGED_SAMPLE = {"ballots_called_back": [{"calls": [{"room": "101", "result": "deceased"}]}]}
FORGED = {**WON, **FORGED_SAMPLE}
MEETING = {"classified": {"kind": "owners_committee"}}
LAPSED = {"classified": {"kind": "owners_committee", "estate": "黄河家园一区"}}
CHANGE = {"classified": {"kind": "change_of_company", "estate": "黄河家园一区"}}
SHOP = {"classified": {"kind": "business_use", "estate": "黄河家园一区"}}
NOWHERE = {"verified_on_site": {"confirmed": True, "responsible": "owners"}, "classified": {"estate": "无名小区"}}
MARKED = {"credit_mark_reported": {"points": 3}}
CHOSEN = {"owners_decisions": {"choose_company": "2026-11-20"}}
ELECTION: dict[str, Any] = {
    **ANNOUNCED,
    "vote_announced": [{"item": "elect_committee", "posted_on": "2026-11-02"}],
}
LATE_ELECTION: dict[str, Any] = {
    **ELECTION,
    "vote_announced": [{"item": "elect_committee", "posted_on": "2026-11-09"}],
}
LATER_ELECTION: dict[str, Any] = {
    **ELECTION,
    "vote_announced": [{"item": "elect_committee", "posted_on": "2026-11-19"}],
}
COUNTED = {"vote_counted_on": "2026-11-20"}
ELECTED = {"votes_counted": {"item": "elect_committee"}}
QUARTER = {"delivered_heads_percent": "25", "first_delivered_on": "2024-11-23"}
OUT: dict[str, Any] = {"estate_handed_over": {"handed": []}}
ORDERED = {"correction_ordered": {"order_days": 7}, "order_served_on": "2026-11-10"}
STAYS = {"contract_ended": {"ending": "dismissed_by_owners", "ends_on": "2026-11-01"}}
PAPERS_ORDERED: dict[str, Any] = {
    "papers_answer_due": True,
    "papers_ordered": {"order_days": 7},
    "order_served_on": "2026-11-10",
}
NOT_RENEWED = {"contract_ended": {"ending": "not_renewed_by_company"}}
APPROVED = {"fund_approved": {"amount": "2000.00"}}
OTHER_MATTER = {"owners_decisions": {"other_major_matter": "2026-11-20"}}
NO_SITE_PLAN = [
    {"category": kind, "item": name, "quantity": "1份", "done": True}
    for kind, name in rules.DEVELOPERS_PAPERS.items()
    if kind != "site_plan"
]
PAPERS_THERE = {"papers_received": {"giver": "x"}, "papers_urged": [{}]}
NO_FIGURES = dict.fromkeys(("taking_part_heads", "taking_part_area", "agreeing_heads", "agreeing_area"))
FAILED: dict[str, Any] = {"first_meeting_failed": [{}, {}]}
BY_PROXY = [{"room": "1-1-101", "choice": "agree", "confirmed": True, "proxy": "甲", "authorised": False}]
OBJECTED: dict[str, Any] = {"vote_objected": [{"room": "1-1-201"}]}
UPHELD: dict[str, Any] = {**OBJECTED, "objection_reviewed": [{"room": "1-1-201", "upheld": True}]}
DISMISSED: dict[str, Any] = {
    "votes_counted": {"item": "dismiss_company"},
    "vote_result": {"carried": True},
    "owners_decisions": {"dismiss_company": "2026-11-20"},
}
LEFT: dict[str, Any] = {"contract_ended": {"ending": "dismissed_by_owners"}, "estate_handed_over": {"handed": []}}
BEFORE = {"committee_lapsed": {"ground": "term_expired"}}
ENDS_SOON = {"committee_lapsed": {"ground": "term_ends_soon", "since": "2026-12-01"}, "reelection_urged": [{}, {}]}
NO_ARCHIVES = [
    {"category": "seals", "item": "印章", "quantity": "1枚", "done": True},
    {"category": "owners_property", "item": "无", "quantity": "无", "done": True},
]
UNDONE = {"category": "archives", "item": "账册", "quantity": "3卷", "done": False}
LITTLE = {"delivered_area_percent": "49.9", "delivered_heads_percent": "49.9"}


@pytest.mark.parametrize(
    ("state", "trigger", "details", "changed", "reason"),
    [
        ("classified", "verified_on_site", {}, {"inspectors": [UNIT]}, "不得作为核查人员"),
        ("verified", "company_ordered", NOT_FOUND, {}, "未认定物业服务企业"),
        ("verified", "found_unfounded", COMPANY, {}, "已认定问题存在"),
        ("verified", "referred_out", COMPANY, {}, "不是外部单位"),
        ("verified", "repair_needed", COMPANY, {}, "共用部位"),
        ("verified", "joint_meeting_called", {}, {"invited": ["community", "company"]}, "业主委员会"),
        ("recheck_due", "recheck_passed", UNKNOWN_ITEM, {}, "未复查"),
        ("recheck_due", "recheck_passed", {}, {"items": [{"item": "照明", "done": False}]}, "未完成"),
        ("recheck_due", "recheck_failed", {}, {"items": [{"item": "照明", "done": True}]}, "全部完成"),
        ("external_overdue", "handed_over", {}, {}, "催办"),
        ("repair_survey", "repair_surveyed", {}, {"in_warranty": True}, "保修期"),
        ("owner_vote_due", "votes_counted", {}, {}, "表决票"),
        ("owner_vote_due", "votes_counted", ANNOUNCED, {"item": "raise_repair_fund"}, "本事项尚未公告"),
        ("owner_vote_due", "vote_announced", {}, {"called_for": "a_fifth_of_owners", "asking_heads": 0}, "20%"),
        ("votes_counted", "vote_carried", FORGED, {}, "撤销计票"),
        ("votes_counted", "ballots_called_back", NOT_OURS, {}, "没有表决票"),
        ("verified", "first_meeting_due", COMPANY, {}, "重新分类"),
        (
            "verified",
            "first_meeting_due",
            {"classified": {**MEETING["classified"], **HERE["classified"]}},
            LITTLE,
            "尚不具备",
        ),
        ("group_formed", "election_announced", MEETING, {}, "尚未登记业主名册"),
        ("verified", "repair_needed", NOWHERE, {}, "尚未登记业主名册"),
        ("owner_vote_due", "vote_announced", {}, {}, "尚未登记业主名册"),
        ("owner_vote_due", "vote_announced", HERE, {"building": "9号楼"}, "没有该范围"),
        ("owner_vote_due", "vote_announced", HERE, {"entrance": "1单元"}, "同时填写楼栋"),
        ("owner_vote_due", "vote_announced", HERE, {"item": "rebuild", "building": "1号楼"}, "全体业主共同决定"),
        ("owner_vote_due", "votes_counted", OLD_ROSTER, {}, "名册在表决公告之后有变动"),
        ("owner_vote_due", "votes_counted", OTHER_BUILDING, {}, "不在有权表决的业主名册中"),
        ("owner_vote_due", "votes_counted", ANNOUNCED, SILENT, "未约定"),
        ("repair_survey", "repair_surveyed", HERE, {"scope": [{"room": "1-1-101", "area": "90"}]}, "与业主名册不一致"),
        ("repair_survey", "repair_surveyed", HERE, {"scope": [{"room": "9-9", "area": "90"}]}, "名册无此房号"),
        ("fund_applied", "fund_approved", {"fund_applied": {"amount": "1.00"}}, {}, "超过申请金额"),
        ("credit_marked", "credit_mark_answered", {}, {}, "没有待答复"),
        ("credit_marked", "credit_mark_answered", MARKED, {"accepted": False}, "分值为零"),
        ("verified", "contract_ended", CHANGE, {"taking_part_heads": None}, "须填写该次表决"),
        ("verified", "contract_ended", CHANGE, {"taking_part_heads": 1, "agreeing_heads": 1}, "未达到法定比例"),
        ("verified", "contract_ended", CHANGE, {"taking_part_heads": 4}, "多于名册"),
        ("verified", "contract_ended", CHANGE, {"agreeing_heads": 3}, "多于参与"),
        ("verified", "contract_ended", {"classified": {"kind": "change_of_company"}}, {}, "尚未登记业主名册"),
        ("verified", "business_use_found", COMPANY, {}, "住宅改经营"),
        ("verified", "business_use_found", SHOP, {"room": "9-9"}, "没有房号"),
        ("consents_due", "consents_examined", {"affected_rooms": ["1-1-102"]}, {}, "不是有利害关系"),
        ("consents_examined", "business_use_allowed", {"lacking_consents": ["1-1-201"]}, {}, "一致同意"),
        ("consents_examined", "business_use_allowed", {}, {}, "一致同意"),
        ("consents_examined", "restoration_asked", {"lacking_consents": []}, {}, "不能要求恢复"),
        ("verified", "fund_diversion_reported", COMPANY, {}, "未发现挪用"),
        ("group_due", "group_formed", {}, {"members": 8}, "单数"),
        ("group_due", "group_formed", {}, {"members": 5, "owner_members": 4}, "7人以上"),
        ("group_due", "group_formed", {}, {"members": 7, "owner_members": 3}, "二分之一"),
        ("group_formed", "first_meeting_held", HERE, {}, "尚未公告会议内容"),
        ("group_formed", "first_meeting_held", LATE_ELECTION, {}, "提前15日"),
        ("group_formed", "first_meeting_held", ELECTION, ONE_OF_THREE, "未选出"),
        ("group_formed", "election_announced", HERE, {"building": "1号楼"}, "全体业主共同决定"),
        ("group_formed", "papers_received", HERE, {"handed": NO_SITE_PLAN}, "规划总平面图"),
        ("group_formed", "papers_withheld", HERE, {}, "先督促建设单位"),
        ("group_formed", "election_not_carried", ELECTION, {}, "已经选出"),
        ("group_formed", "reelection_urged", HERE, {}, "尚未召开"),
        ("group_formed", "management_committee_formed", {"reelection_urged": [{}, {}]}, {}, "两次协调督促"),
        ("first_election_lost", "lost_election_posted", FORGED, {}, "撤销计票"),
        ("owner_vote_due", "vote_announced", HERE, {"called_for": "street"}, "经业主申请由街道组织"),
        ("group_formed", "papers_urged", PAPERS_THERE, {}, "已经全部报送"),
        ("group_formed", "papers_withheld", PAPERS_THERE, {}, "已经全部报送"),
        ("verified", "first_meeting_asked", MEETING, {"asking_heads": 9}, "10人以上业主联名"),
        ("verified", "first_meeting_asked", COMPANY, {}, "重新分类"),
        ("filing_due", "committee_met", HERE, {"members": 5, "present": 3, "agreed": 3}, "三分之二以上成员出席"),
        ("filing_due", "committee_met", HERE, {"members": 7, "present": 5, "agreed": 3}, "过半数同意"),
        ("filing_due", "committee_met", HERE, {"members": 5, "present": 6, "agreed": 3}, "不能多于"),
        ("filing_due", "committee_met", HERE, {"members": 6}, "5人以上单数"),
        ("seal_due", "committee_installed", HERE, {}, "尚未召开首次会议"),
        ("filing_due", "committee_filed", FORGED, {}, "撤销计票"),
        ("seal_due", "committee_installed", OBJECTED, {}, "尚未复核"),
        ("filing_due", "first_election_revoked", {**BEFORE, **ELECTED}, {}, "换届选举"),
        ("filing_due", "reelection_revoked", {**HERE, **ELECTED}, {}, "首次选举"),
        ("filing_due", "first_election_revoked", HERE, {}, "没有计过的表决票"),
        ("seal_due", "reelection_revoked", BEFORE, {}, "没有计过的表决票"),
        ("votes_counted", "vote_failed", {**LOST, **FORGED_SAMPLE}, {}, "撤销计票"),
        ("votes_counted", "vote_failed", LOST, {"posted_on": "2026-11-24"}, "不能晚于现在"),
        ("takeover_due", "successor_took_over", {**HERE, **OUT, **DISMISSED}, NO_FIGURES, "选聘由业主共同决定"),
        ("verified", "contract_ended", {**CHANGE, **CHOSEN}, NO_FIGURES, "解聘由业主共同决定"),
        ("owners_decided", "successor_took_over", {**HERE, **CHOSEN}, {}, "尚未完成移交"),
        ("takeover_due", "owners_manage_themselves", {**HERE, **OUT}, NO_FIGURES, "自行管理由业主共同决定"),
        ("group_formed", "management_committee_formed", {"first_meeting_failed": [{}]}, {}, "两次"),
        ("group_formed", "management_committee_formed", FAILED, {"members": 7, "owner_members": 3}, "二分之一"),
        ("verified", "committee_lapsed", COMPANY, {}, "重新分类"),
        ("verified", "committee_lapsed", LAPSED, {"since": "2026-11-24"}, "尚未届满"),
        ("verified", "committee_lapsed", LAPSED, {"ground": "inactive_a_year", "since": "2025-11-24"}, "未满一年"),
        ("reelection_due", "management_committee_formed", {"reelection_urged": [{}]}, {}, "两次协调督促"),
        ("reelection_due", "reelection_held", LATER_ELECTION, {}, "提前15日"),
        ("reelection_due", "reelection_held", ELECTION, ONE_OF_THREE, "未选出"),
        ("filing_due", "committee_filed", {}, {"members": 4}, "5人以上单数"),
        ("filing_due", "committee_filed", COUNTED, {"filed_on": "2026-11-19"}, "早于计票日期2026-11-20"),
        ("filing_due", "committee_met", COUNTED, {"met_on": "2026-11-19"}, "早于计票日期2026-11-20"),
        ("fund_application_due", "fund_applied", COUNTED, {"applied_on": "2026-11-19"}, "早于计票日期2026-11-20"),
        (
            "filing_due",
            "first_election_revoked",
            {**COUNTED, **ELECTED},
            {"revoked_on": "2026-11-19"},
            "早于计票日期2026-11-20",
        ),
        ("request_under_check", "condition_not_met", {}, {"delivered_area_percent": "50"}, "已经具备召开条件"),
        ("request_under_check", "condition_not_met", {}, QUARTER, "已经具备召开条件"),
        ("owners_decided", "contract_ended", {**CHANGE, **DISMISSED, **OUT}, NO_FIGURES, "已经完成移交"),
        ("filing_due", "committee_filed", {}, {"materials": ["resolution"]}, "备案资料不全"),
        ("owner_vote_due", "votes_counted", ANNOUNCED, {"ballots": BY_PROXY}, "书面委托"),
        ("verified", "fees_examined", COMPANY, {}, "收费"),
        ("verified", "fees_examined", {"classified": {"kind": "fees"}}, {"vacant_months": 13}, "空置月数"),
        ("verified", "fees_examined", {"classified": {"kind": "fees"}}, {"last_month": "2024-12-01"}, "早于起始"),
        ("verified", "income_examined", {"classified": {"kind": "common_income"}}, {"last_day": "2024-12-31"}, "颠倒"),
        ("verified", "income_examined", COMPANY, {}, "公共收益"),
        ("handover_due", "correction_order_asked", {}, {}, "没有登记物业服务合同终止"),
        ("handover_due", "correction_order_asked", LEFT, {}, "已经完成移交"),
        ("owner_vote_due", "vote_announced", HERE, {}, "完成查勘、方案和预算"),
        ("owners_decided", "contract_ended", {**CHANGE, **DISMISSED, **OBJECTED}, {}, "尚未复核"),
        ("owners_decided", "contract_ended", {**CHANGE, **DISMISSED, **UPHELD}, {}, "重新汇总"),
        ("owners_decided", "contract_ended", {**CHANGE, **FORGED, **DISMISSED}, {}, "撤销计票"),
        ("owners_decided", "vote_repeated", {**DISMISSED, **OBJECTED}, {}, "尚未复核"),
        ("owners_decided", "vote_repeated", {**FORGED, **DISMISSED}, {}, "撤销计票"),
        ("owner_vote_due", "votes_counted", ANNOUNCED, {"delivery_proof": " ", "method": "electronic"}, "发送证明"),
        ("owner_vote_due", "votes_counted", ANNOUNCED, {"delivery_proof": ""}, "送达回执"),
        ("group_formed", "first_meeting_held", HERE, {"delivery_proof": ""}, "送达回执"),
        ("votes_counted", "vote_objected", HERE, {"room": "9-9"}, "没有房号"),
        ("votes_counted", "objection_reviewed", HERE, {}, "没有待复核"),
        ("votes_counted", "vote_carried", {**WON, **OBJECTED}, {}, "尚未复核"),
        ("votes_counted", "vote_failed", {**LOST, **OBJECTED}, {}, "尚未复核"),
        ("votes_counted", "vote_carried", {**WON, **UPHELD}, {}, "重新汇总"),
        ("fund_application_due", "fund_applied", {**WON, **OBJECTED, "budget_total": "10200.00"}, {}, "尚未复核"),
        ("votes_counted", "vote_carried", {**WON, "votes_counted": {"item": "rebuild"}}, {}, "公告业主共同决定"),
        ("votes_counted", "decision_posted", {**WON, "votes_counted": {"item": "use_repair_fund"}}, {}, "公告表决通过"),
        ("votes_counted", "decision_posted", {**LOST, "votes_counted": {"item": "rebuild"}}, {}, "法定比例"),
        ("filing_due", "committee_filed", {}, {"filed_on": "2026-11-24"}, "不能晚于现在"),
        ("verified", "committee_lapsed", LAPSED, {"ground": "term_ends_soon", "since": "2027-05-23"}, "180日内"),
        ("verified", "committee_lapsed", LAPSED, {"ground": "term_ends_soon", "since": "2026-11-23"}, "180日内"),
        ("reelection_due", "management_committee_formed", ENDS_SOON, {}, "任期尚未届满"),
        ("seal_due", "books_handed_over", BEFORE, {"handed": NO_ARCHIVES}, "档案资料"),
        ("seal_due", "books_handed_over", BEFORE, {"handed": [*NO_ARCHIVES, UNDONE]}, "账册"),
        ("seal_due", "books_urged", {**BEFORE, "books_handed_over": {"giver": "x"}}, {}, "已经移交"),
        ("seal_due", "management_committee_dissolved", BEFORE, {}, "没有在任"),
        (
            "takeover_due",
            "successor_took_over",
            {**HERE, **OUT},
            {"taking_part_heads": 1, "agreeing_heads": 1},
            "未达到法定比例",
        ),
        ("order_pending", "correction_ordered", {}, {"served_on": "2026-11-24"}, "不能晚于现在"),
        ("fine_pending", "fine_decided", ORDERED, {"decided_on": "2026-11-17"}, "早于责令期满"),
        ("fine_pending", "fine_decided", ORDERED, {"decided_on": "2026-11-18", "amount": "4999.99"}, "5000元以上"),
        (
            "exit_refused",
            "exit_order_disobeyed",
            {**STAYS, **ORDERED, "order_served_on": "2026-11-20"},
            {},
            "早于责令期满",
        ),
        ("exit_refused", "exit_order_disobeyed", STAYS, {}, "没有责令改正"),
        ("group_formed", "papers_ordered", {}, {}, "没有待答复"),
        ("group_formed", "papers_report_urged", {}, {}, "没有待答复"),
        ("group_formed", "papers_report_declined", {}, {}, "没有待答复"),
        ("group_formed", "papers_fined", {"papers_answer_due": True}, {}, "没有责令改正"),
        ("group_formed", "papers_fined", PAPERS_ORDERED, {"decided_on": "2026-11-17"}, "早于责令期满"),
        ("group_formed", "papers_fined", PAPERS_ORDERED, {"amount": "9999.99"}, "10000元以上"),
        ("group_overdue", "group_not_formed", {}, {}, "领导指定专人"),
        ("filing_due", "committee_not_installed", {}, {}, "先督促业主委员会"),
        ("reelection_due", "reelection_given_up", {"reelection_urged": [{}]}, {}, "两次协调督促"),
        ("owner_vote_due", "vote_announced", HERE, {"called_for": "street", "asking_heads": 2}, "先督促业主委员会召集"),
        ("fixed", "report_answered", {}, {}, "没有待答复"),
        ("concluded", "report_urged", {"report_open": ""}, {}, "没有待答复"),
        ("exit_running", "dismissal_revoked", NOT_RENEWED, {}, "不是因业主共同决定"),
        ("repair_under_way", "decision_revoked", {}, {}, "没有业主表决"),
        ("repair_under_way", "repair_stopped", APPROVED, {"paid_out": "2000.01", "given_back": "0"}, "不能超过批准"),
        ("repair_under_way", "repair_stopped", APPROVED, {"paid_out": "10", "given_back": "11"}, "不能超过已拨付"),
        ("decision_follow_up", "estate_handed_over", {}, {}, "没有登记物业服务合同终止"),
        ("handover_due", "books_handed_over", BEFORE, {}, "没有拒不移交"),
        ("verified", "late_rescue_reported", {}, {}, "没有超过三十分钟"),
        ("votes_counted", "vote_carried", {**WON, **COUNTED}, {"posted_on": "2026-11-19"}, "早于计票日期2026-11-20"),
        ("committee_elected", "election_posted", COUNTED, {"posted_on": "2026-11-19"}, "早于计票日期2026-11-20"),
        ("takeover_due", "owners_manage_themselves", {**HERE, **OUT, **OTHER_MATTER}, NO_FIGURES, "自行管理由业主"),
        ("verified", "contract_ended", COMPANY, {}, "更换物业"),
        ("verified", "contract_ended", CHANGE, {"noticed_on": "2026-09-22"}, "提前60日"),
        (
            "verified",
            "contract_ended",
            CHANGE,
            {"ending": "not_renewed_by_company", "noticed_on": "2026-08-23"},
            "提前90日",
        ),
        (
            "exit_running",
            "estate_handed_over",
            {},
            {"handed": [{"item": "图纸", "quantity": "1", "done": False}]},
            "图纸",
        ),
        ("rescue_due", "people_freed", {}, {"freed_at": "2026-11-24T00:00:00+08:00"}, "解救时间"),
        ("owner_vote_due", "votes_counted", TOO_LATE, {}, "提前15日"),
        ("owner_vote_due", "votes_counted", ANNOUNCED, {"undelivered": 1}, "无法送达"),
        (
            "owner_vote_due",
            "votes_counted",
            ANNOUNCED,
            {"undelivered": 1, "undelivered_posted_on": "2026-11-19"},
            "无法送达",
        ),
        ("votes_counted", "vote_carried", NO_QUORUM, {}, "三分之二以上"),
        ("votes_counted", "vote_carried", LOST, {}, "法定比例"),
        ("votes_counted", "vote_failed", WON, {}, "表决已通过"),
        ("fund_application_due", "fund_applied", {"budget_total": "1.00"}, {}, "超过业主表决通过的预算"),
        ("settlement_due", "repair_settled", {"fund_approved": {"amount": "1.00"}}, {}, "超过批准"),
        ("emergency_reported", "emergency_confirmed", {}, {"confirmers": [UNIT]}, "现场查验确认"),
        ("fixed", "concluded", {}, {}, "尚未联系"),
    ],
)
def test_each_gate_refuses_with_its_reason(
    state: str, trigger: str, details: dict[str, Any], changed: dict[str, Any], reason: str
) -> None:
    step = PROPERTY.step(state, trigger)

    with pytest.raises(RefusedError) as refused:
        taken(Seen(state, details), step, "p1", **changed)

    assert any(reason in refusal.zh for refusal in refused.value.refusals)


@pytest.mark.parametrize(
    "step",
    [one for one in PROPERTY.steps if one.form and {*rules.ACTS} & {*one.form().fields}],
    ids=lambda step: f"{step.source}-{step.trigger}",
)
def test_no_step_puts_on_record_what_lies_ahead(step: Step) -> None:
    # A meeting is announced by papers that hang out from their day on: that is counted, and may be tomorrow.
    assert (rules.act_is_not_ahead in step.guards) != (step.document == "ballot_paper")


@pytest.mark.parametrize(
    ("ending", "days", "agreed"),
    [
        ("dismissed_by_owners", 60, False),
        ("replaced_before_the_pre_phase_ended", 0, False),
        ("not_renewed_by_company", 90, False),
        ("indefinite_contract_ended", 60, False),
        ("dismissed_by_owners", 0, True),
    ],
)
def test_a_contract_ends_on_the_laws_notice_or_on_the_one_agreed(ending: str, days: int, agreed: bool) -> None:  # noqa: FBT001
    step = PROPERTY.step("verified", "contract_ended")
    noticed = (date(2026, 11, 20) - timedelta(days)).isoformat()

    case = taken(
        Seen("verified", CHANGE),
        step,
        "p1",
        ending=ending,
        noticed_on=noticed,
        ends_on="2026-11-20",
        agreed_otherwise=agreed,
    )

    assert case.state == "exit_running"


@pytest.mark.parametrize(
    ("area", "heads", "first", "due"),
    [
        ("50", "0", "2026-11-01", True),
        ("0", "50", "2026-11-01", True),
        ("0", "25", "2024-11-23", True),
        ("0", "25", "2024-11-24", False),
        ("49.99", "24.99", "2020-01-01", False),
    ],
)
def test_the_first_meeting_is_due_at_half_or_at_a_quarter_after_two_years(
    area: str,
    heads: str,
    first: str,
    due: bool,  # noqa: FBT001
) -> None:
    step = PROPERTY.step("verified", "first_meeting_due")
    form = {"delivered_area_percent": area, "delivered_heads_percent": heads, "first_delivered_on": first}
    loaded = step.form().load(form) if step.form else {}
    moment = Moment(now=NOW, actor="p1", role=Role.HANDLER)

    assert (elections.first_meeting_is_due(Seen(), loaded, moment) is None) is due
