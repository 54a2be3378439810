"""Property's documents: each has its template, is written by its step, and lacks nothing that the law lists."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from chassis import papers, typeset
from chassis.workflow import RefusedError
from services.property.models import Case
from services.property.workflow import PROPERTY
from tests.services.property.test_service import (
    OWNERS,
    TO_CREDIT,
    TO_FAILED_RECHECK,
    TO_GROUP,
    TO_ORDER,
    TO_SEAL,
    TO_SITE,
    TO_VOTE,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from chassis.testing import Room

Forms = dict[str, dict[str, Any]]
DOCUMENTS = {step.document for step in PROPERTY.steps if step.document}
EMERGENCY = ("case_accepted", "contact_made", "classified", "emergency_reported", "emergency_confirmed")
MEETING: Forms = {"classified": {"kind": "owners_committee"}}
#: Walks with the steps' examples, which together write every document.
WALKS: tuple[tuple[tuple[str, ...], Forms], ...] = (
    ((*TO_CREDIT, "credit_mark_reported", "joint_meeting_called", "joint_meeting_held"), {}),
    ((*TO_SITE, "joint_meeting_called", "joint_meeting_failed", "handed_over", "concluded_as_handed_over"), {}),
    ((*TO_SITE, "referred_out"), {"verified_on_site": {"responsible": "utility"}}),
    (
        (*TO_VOTE, "votes_counted", "ballots_called_back", "vote_carried", "fund_applied", "fund_approved"),
        {"verified_on_site": OWNERS},
    ),
    (
        (
            *(*TO_VOTE, "votes_counted", "vote_carried", "fund_applied", "fund_approved"),
            *("repair_accepted", "repair_settled", "costs_published"),
        ),
        {"verified_on_site": OWNERS},
    ),
    ((*EMERGENCY, "emergency_repaired", "emergency_fund_applied", "audit_passed", "costs_published"), {}),
    (
        (
            *(*TO_GROUP, "papers_urged", "papers_withheld", "papers_received", "first_meeting_held", "committee_met"),
            *("election_posted", "committee_filed"),
        ),
        MEETING,
    ),
    ((*TO_SITE, "first_meeting_asked", "condition_not_met"), MEETING),
    ((*TO_GROUP, "first_meeting_held", "election_posted", "first_election_revoked"), MEETING),
    (
        (*TO_GROUP, "first_meeting_failed", "first_meeting_failed", "management_committee_formed", "district_told"),
        MEETING,
    ),
    (
        (
            *TO_SITE,
            "contract_ended",
            "exit_declined",
            *TO_ORDER,
            "exit_order_expired",
            "fine_asked",
            "estate_handed_over",
        ),
        {"classified": {"kind": "change_of_company"}},
    ),
    ((*TO_SITE, "fees_examined", "fee_not_settled"), {"classified": {"kind": "fees"}}),
    ((*TO_SITE, "income_examined", "company_ordered"), {"classified": {"kind": "common_income"}}),
    ((*TO_VOTE, "votes_counted", "vote_objected", "objection_reviewed"), {"verified_on_site": OWNERS}),
    ((*TO_SITE, "contract_ended", "exit_declined", "police_informed"), {"classified": {"kind": "change_of_company"}}),
    (
        (*TO_SEAL, "books_urged", "books_withheld", "books_handed_over", "management_committee_dissolved"),
        {**MEETING, "committee_lapsed": {"ground": "management_committee_in_office"}},
    ),
    (
        (*TO_SITE, "business_use_found", "consents_examined", "restoration_asked"),
        {"classified": {"kind": "business_use"}},
    ),
    ((*TO_SITE, "fund_diversion_reported"), {"verified_on_site": {"fund_diverted": "50000.00"}}),
    ((*TO_FAILED_RECHECK, "interview_refused", "credit_mark_reported"), {}),
    ((*TO_SITE, "repair_needed", "repair_surveyed", "convening_urged"), {"verified_on_site": OWNERS}),
    (
        (*TO_VOTE, "votes_counted", "vote_carried", "fund_applied", "fund_approved", "repair_stopped", "handed_over"),
        {"verified_on_site": OWNERS},
    ),
    (
        (
            *EMERGENCY[:2],
            "people_trapped",
            "rescuers_called_again",
            "people_freed",
            "classified",
            "late_rescue_reported",
        ),
        {"people_trapped": {"called_at": "2026-11-23T08:00:00+08:00"}},
    ),
    ((*TO_SITE, "decision_ordered_right", "unlawful_decision_revoked"), MEETING),
    (
        (*TO_SITE, "contract_ended", "dismissal_revoked"),
        {"classified": {"kind": "change_of_company"}},
    ),
)
WAYS = pytest.mark.parametrize(("path", "changed"), WALKS)


def written(room: Room) -> list[Any]:
    with room.database.read() as session:
        return list(session.execute(select(room.blueprint.papers).order_by(room.blueprint.papers.c.seq)).all())


def test_every_document_of_the_procedure_has_its_template_and_every_template_its_step(room: Room) -> None:
    assert set(papers.shipped(room.blueprint.folder)) == DOCUMENTS


@pytest.mark.parametrize(
    ("document", "contents"),
    [
        ("rectification_notice", {"被通知单位", "整改事项", "整改要求", "整改期限", "依据"}),
        ("interview_record", {"约谈对象", "约谈问题", "约谈要求", "整改期限", "被约谈人签字"}),
        ("meeting_minutes", {"议题", "参会单位和人员", "决定", "责任单位", "时限"}),
        ("vote_summary", {"表决事项", "表决票", "表决意见", "业主总人数", "专有部分总面积"}),
        ("repair_plan", {"维修方案", "预算明细", "分摊范围"}),
        ("emergency_confirmation", {"应急情形", "查验时间", "查验确认人员", "处置措施"}),
        ("fund_use_notice", {"使用总额", "业主分摊情况", "公示位置", "公示日期"}),
        ("committee_filing", {"选举日期", "委员人数", "备案资料"}),
        ("handover_list", {"移交财物、资料", "数量", "接收人", "移交时间"}),
        ("books_list", {"移交财物、资料", "数量", "移交人", "接收人", "移交时间"}),
        ("fine_request", {"处罚机关", "证据材料", "反馈期限", "责令改正文书", "责令改正送达日期"}),
    ],
)
def test_each_document_demands_the_contents_that_the_law_or_the_office_lists(
    room: Room, document: str, contents: set[str]
) -> None:
    assert set(papers.shipped(room.blueprint.folder)[document].required.values()) == contents


def test_the_walks_below_come_by_every_document() -> None:
    taken = {step.document for path, _ in WALKS for step in PROPERTY.steps if step.trigger in path}

    assert taken >= DOCUMENTS


@WAYS
def test_each_step_writes_its_document_with_no_blank_where_something_was_filled_in(
    room: Room, walk: Callable[..., None], path: tuple[str, ...], changed: Forms
) -> None:
    expected = []
    for trigger in path:
        step = PROPERTY.step(room.state("A1"), trigger)
        walk(trigger, **changed)
        expected += [step.document] if step.document else []

    rows = written(room)

    assert [row.name for row in rows] == expected
    for row in rows:
        page = typeset.html(papers.of_row(row))
        filled = page.replace("＿＿＿＿＿＿", "") if row.name == "ballot_paper" else page
        assert "＿＿＿" not in filled, row.name
        assert row.head["title"] in page
        assert bool(row.number) == bool(papers.shipped(room.blueprint.folder)[row.name].code)


@WAYS
def test_whatever_a_document_must_hold_is_missed_by_its_name(
    room: Room, walk: Callable[..., None], path: tuple[str, ...], changed: Forms
) -> None:
    for trigger in path:
        step = PROPERTY.step(room.state("A1"), trigger)
        walk(trigger, **changed)
        if not step.document:
            continue
        details = room.case("A1").details
        form = details[step.kept_as]
        whole = {"form": form[-1] if step.repeatable else form, "kept": details}
        template = papers.shipped(room.blueprint.folder)[step.document]
        assert papers.missing(template, whole) == (), step.document
        for required, said in template.required.items():
            missed = papers.missing(template, without(whole, required.split(".")))
            assert said in {refusal.zh.partition("：")[2] for refusal in missed}, (step.document, required)


def without(context: Mapping[str, Any], path: list[str]) -> dict[str, Any]:
    """Return what a template sees, with one thing left empty: in the last row where there are several."""
    found = deepcopy(dict(context))
    place: Any = found
    for name in path[:-1]:
        place = place[-1] if name == "*" else place[name]
    place[path[-1]] = ""
    return found


@pytest.mark.parametrize(
    ("path", "trigger", "changed"),
    [
        (TO_SITE, "company_ordered", {"items": [{"item": "照明", "requirement": ""}]}),
        (TO_SITE, "company_ordered", {"ground": ""}),
        ((*TO_SITE, "company_ordered", "company_reported", "recheck_failed"), "company_interviewed", {"signed": False}),
        ((*TO_SITE, "joint_meeting_called"), "joint_meeting_held", {"decisions": []}),
        (EMERGENCY[:-1], "emergency_confirmed", {"confirmers": []}),
    ],
)
def test_a_step_whose_document_would_lack_what_the_law_lists_is_refused_and_nothing_is_written(
    room: Room, walk: Callable[..., None], path: tuple[str, ...], trigger: str, changed: dict[str, Any]
) -> None:
    walk(*path)
    before, state = len(written(room)), room.state("A1")

    with pytest.raises((ValidationError, RefusedError)) as refused:
        walk(trigger, **{trigger: changed})

    assert next(iter(changed)) in str(refused.value)
    assert (len(written(room)), room.state("A1")) == (before, state)


def test_a_department_demands_more_of_its_notice_and_the_step_waits_for_it(
    room: Room, walk: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    own = tmp_path / "papers" / "property" / "site_record.md"
    own.parent.mkdir(parents=True)
    own.write_text(
        '+++\ntitle = "核查记录"\n[required]\n"form.forbidden_acts" = "涉嫌行为"\n+++\n本部门格式。\n', "utf-8"
    )
    walk("case_accepted", "contact_made", "classified")

    with pytest.raises(RefusedError, match="涉嫌行为"):
        walk("verified_on_site")

    walk("verified_on_site", verified_on_site={"forbidden_acts": ["other_harm"]})
    assert written(room)[-1].text == "本部门格式。"


def test_the_record_of_the_visit_names_what_should_have_been_posted(room: Room, walk: Callable[..., None]) -> None:
    walk(*TO_SITE, verified_on_site={"not_disclosed": ["common_income_accounts"], "forbidden_acts": ["other_harm"]})

    record = written(room)[-1]

    assert "应当公示而未公示的信息：公共收益、分配及使用。" in record.text
    assert "其他损害业主权益。" in record.text


def test_no_document_shows_a_voters_phone_number(room: Room, walk: Callable[..., None]) -> None:
    ballots = [{"room": "1-1-101", "choice": "agree", "confirmed": True, "phone": "13800000000"}]
    walk(*TO_VOTE, "votes_counted", verified_on_site=OWNERS, votes_counted={"ballots": ballots})
    walk("ballots_called_back", ballots_called_back={"calls": [{"room": "1-1-101", "result": "denied"}]})

    assert len(written(room)) == 6
    assert not any("13800000000" in row.text for row in written(room))


@pytest.mark.parametrize(
    ("counted", "then", "changed"),
    [
        ((*TO_VOTE, "votes_counted", "ballots_called_back"), ("vote_carried",), {"verified_on_site": OWNERS}),
        ((*TO_GROUP, "first_meeting_held"), ("election_posted", "committee_filed"), MEETING),
    ],
)
def test_a_vote_that_was_counted_by_the_sums_of_a_form_is_still_posted_and_filed(
    room: Room, walk: Callable[..., None], counted: tuple[str, ...], then: tuple[str, ...], changed: Forms
) -> None:
    walk(*counted, **changed)
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        kept = dict(case.details)
        voters = kept.pop("electorate")
        sums = {"total_heads": voters["heads"], "total_area": voters["area"]}
        case.details = {**kept, "votes_counted": {**kept["votes_counted"], **sums}}

    walk(*then)

    assert all(voters["area"] in paper.text for paper in written(room)[-len(then) :])


def test_a_building_that_votes_alone_is_not_called_all_owners(room: Room, walk: Callable[..., None]) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_carried", verified_on_site=OWNERS, vote_announced={"building": "1号楼"})

    texts = {row.name: row.text for row in written(room)}

    assert "本次表决范围为1号楼" in texts["vote_result_notice"]
    for name in ("vote_summary", "vote_result_notice"):
        assert "| 有表决权的业主 | 参与表决 | 同意 |" in texts[name]


def test_a_repair_that_the_owners_voted_on_is_no_emergency_after_one(room: Room, walk: Callable[..., None]) -> None:
    walk(*EMERGENCY, "emergency_repaired", "emergency_fund_applied", "audit_passed", "costs_published", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "property", "reason": "又漏了", "round": 1})
    walk("rework_taken", *TO_VOTE[1:], "votes_counted", "vote_carried", "fund_applied", verified_on_site=OWNERS)
    walk("fund_approved", "repair_accepted", "repair_settled", "costs_published")

    first, second = [row.text for row in written(room) if row.name == "fund_use_notice"]

    assert "应急维修工程已竣工验收" in first
    assert "应急维修" not in second
    first, second = [row.text for row in written(room) if row.name == "fund_application"]
    assert "两个工作日内完成审核" in first
    assert "| 类型 | 一般维修 |" in second
    assert "业主表决参与" in second


def test_a_company_that_did_not_come_is_not_reported_as_one_that_was_talked_to(
    room: Room, walk: Callable[..., None]
) -> None:
    walk(*TO_FAILED_RECHECK, "interview_refused", "credit_mark_reported")

    [report] = [row.text for row in written(room) if row.name == "credit_report"]

    assert "经责令限期整改仍未完成整改，约谈时" in report
    assert "、约谈后仍未" not in report
    assert "复查记录、约谈拒绝记录。" in report
