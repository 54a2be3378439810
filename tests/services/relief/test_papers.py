"""Relief's documents: each step's own, with the contents that the rules demand."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from chassis import access, keys, papers, typeset, views
from chassis.legal import LegalBases
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.relief import figures, models, rules, workflow
from services.relief.service import ReliefService
from services.relief.workflow import RELIEF
from tests.services.relief.test_service import APPLY, ASSIGNED, room, take

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["room"]

DOCUMENTS = {step.document for step in RELIEF.steps if step.document}
SHIPPED = papers.shipped(Path(workflow.__file__).parent)
POSTED = ("opinion_supported", "publicity_started")
GRANTED = ("publicity_over", "submitted", "district_approved", "approval_published", "relief_paid")
#: Together these write every document.
WALKS: dict[str, tuple[str | tuple[str, Mapping[str, Any]], ...]] = {
    "granted": (
        ("application_filed", {"papers": ["application", "identity", "declaration"]}),
        "supplement_requested",
        "supplemented",
        "application_accepted",
        "relative_registered",
        "authorised",
        "cross_region_asked",
        "cross_region_answered",
        "information_checked",
        "house_visited",
        "neighbour_asked",
        "democratic_review_held",
        "exception_decided",
        *POSTED,
        "publicity_checked",
        "objection_raised",
        "objection_dismissed",
        *GRANTED,
        "benefit_verified",
        "benefit_stopped",
    ),
    "refused": (
        *APPLY,
        "opinion_against",
        "submitted_for_refusal",
        "district_rejected",
        "rejection_notified",
        "referred",
    ),
    "refused by the street": (*APPLY, "opinion_against", "rejected_by_street", "rejection_notified"),
    "by the street": (
        *APPLY,
        *POSTED,
        "publicity_over",
        "street_review_passed",
        "approved_by_street",
        ("fraud_found", {"obtained": "3600.00", "refund": "3600.00"}),
        "refund_received",
    ),
    "urgent": ("emergency_assessed", "advance_paid", "papers_completed"),
    "reclaimed": ("emergency_assessed", "advance_paid", "advance_reclaimed"),
    "died": ("emergency_assessed", "advance_paid", "papers_waived"),
    "corrected": (
        ("application_filed", {"papers": ["application", "identity", "declaration"]}),
        ("application_corrected", {"cause": "illness", "incomes": [], "no_income": True}),
    ),
    "a child alone": (
        (
            "application_filed",
            {
                "household": [{"name": "居民乙", "relation": "self", "adult": False, "id_last_four": "0035"}],
                "incomes": [],
            },
        ),
        "application_accepted",
        ("authorised", {"signatures": [{"member": "监护人丙", "signed_on": "2026-11-20", "way": "guardian"}]}),
        *APPLY[3:],
        ("opinion_supported", {"persons": 1, "amount": "1800.00"}),
        "publicity_started",
    ),
    "withdrawn": ("application_filed", "application_withdrawn"),
    "revoked": (
        *APPLY,
        *POSTED,
        "publicity_over",
        "submitted",
        "district_approved",
        "grant_revoked",
        "rejection_notified",
    ),
}


def walk(room: Room, *way: str | tuple[str, Mapping[str, Any]]) -> None:
    for one in way:
        trigger, changed = (one, {}) if isinstance(one, str) else one
        take(room, trigger, **changed)


def issued(room: Room) -> list[Any]:
    with room.database.read() as session:
        return list(session.execute(select(room.blueprint.papers).order_by(room.blueprint.papers.c.seq)).all())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """Return what each walk wrote."""
    found, home = {}, tmp_path_factory.mktemp("keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIESU_DATA", str(home))
        keys.generate(home / "keys", ["relief"])
        for name, way in WALKS.items():
            there = Room(ReliefService, tmp_path_factory.mktemp("relief"))
            there.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
            walk(there, "case_accepted", "contact_made", *way)
            found[name] = issued(there)
    return found


def text(written: dict[str, list[Any]], document: str) -> str:
    """Return the newest text of a document."""
    return str([row.text for rows in written.values() for row in rows if row.name == document][-1])


def test_every_document_of_the_procedure_has_a_template_and_every_template_a_step() -> None:
    assert {*SHIPPED} == DOCUMENTS


def test_every_step_with_a_document_writes_it(written: dict[str, list[Any]]) -> None:
    assert {row.name for rows in written.values() for row in rows} == DOCUMENTS
    for name, way in WALKS.items():
        triggers = [one if isinstance(one, str) else one[0] for one in way]
        wanted = [step.document for one in triggers for step in RELIEF.steps if step.trigger == one]
        assert {row.name for row in written[name]} == {one for one in wanted if one}, name


def test_nothing_that_the_examples_fill_in_is_left_blank(written: dict[str, list[Any]]) -> None:
    for row in (row for rows in written.values() for row in rows):
        page = typeset.html(papers.of_row(row))

        assert "＿＿＿" not in page, row.name
        assert "{{" not in page, row.name
        assert row.head["basis"].startswith("《社会救助暂行办法》"), row.name


@pytest.mark.parametrize(
    ("document", "path"), [(name, path) for name, one in sorted(SHIPPED.items()) for path in one.required]
)
def test_without_what_it_must_contain_a_document_is_refused(document: str, path: str) -> None:
    first, *rest = path.split(" | ", maxsplit=1)[0].split(".")
    context: dict[str, Any] = {first: _nested(rest, "甲")}
    only = papers.Template(document, "t", "t", required={path: SHIPPED[document].required[path]})

    assert papers.missing(only, context) == ()
    [refusal] = papers.missing(only, {first: _nested(rest, "")})
    assert SHIPPED[document].required[path] in refusal.zh


def _nested(path: list[str], value: str) -> Any:
    if not path:
        return value
    inner = _nested(path[1:], value)
    return [inner] if path[0] == "*" else {path[0]: inner}


def test_a_refusal_without_its_reason_on_file_is_not_told(room: Room) -> None:
    walk(room, *APPLY, "opinion_against", "submitted_for_refusal", "district_rejected")
    case = room.case("A1")
    details = {**case.details, "district_rejected": {**case.details["district_rejected"], "reason": ""}}
    with room.database.write() as session:
        session.execute(update(models.Case).where(models.Case.id == case.id).values(details=details))

    with pytest.raises(RefusedError, match="不予批准的理由"):
        take(room, "rejection_notified")

    assert room.state("A1") == "rejected"
    assert "rejection_notice" not in {row.name for row in issued(room)}


def test_a_refusal_names_its_reason_and_what_can_be_done_about_it(written: dict[str, list[Any]]) -> None:
    said = text(written, "rejection_notice")

    assert "家庭财产状况不符合规定" in said
    assert "六十日内依法向有权的复议机关申请行政复议" in said
    assert "行政诉讼" in said


def test_who_never_applied_has_on_paper_when_he_was_told_how_to(room: Room) -> None:
    walk(
        room,
        ("application_dropped", {"told_on": str(local_date(room.now)), "reason": "已说明申请途径，本人表示不申请"}),
    )

    [said] = [row.text for row in issued(room) if row.name == "withdrawal_record"]

    assert "申请途径告知日期" in said
    assert "未能联系上" not in said


def test_who_was_not_reached_has_each_attempt_on_paper(room: Room) -> None:
    room.pass_time(timedelta(days=1))
    days = [local_date(room.now) - timedelta(days=one) for one in (1, 0)]
    tries = [{"tried_on": str(day), "way": "phone"} for day in days]
    walk(room, ("application_dropped", {"told_on": None, "tries": tries}))

    [said] = [row.text for row in issued(room) if row.name == "withdrawal_record"]

    assert said.count("未能联系上") == 2
    assert "申请途径告知日期" not in said


def test_what_was_given_up_for_a_death_invites_nobody_to_apply_again(room: Room) -> None:
    one = [{"name": "居民甲", "relation": "self", "adult": True, "id_last_four": "0012"}]
    walk(room, ("application_filed", {"household": one}), *APPLY[1:])
    walk(room, ("opinion_supported", {"persons": 1, "amount": "1800.00"}), "publicity_started", "publicity_over")
    walk(room, "submitted", ("district_approved", {"amount": "1800.00"}), ("grant_renounced", {"ground": "death"}))

    [said] = [row.text for row in issued(room) if row.name == "withdrawal_record"]

    assert "受助人死亡" in said
    assert "重新申请" not in said


def test_a_refusal_of_the_street_names_it_and_its_delegation(written: dict[str, list[Any]]) -> None:
    [notice] = [row.text for row in written["refused by the street"] if row.name == "rejection_notice"]

    assert "街道办事处（受区民政部门委托，区民政局委托书2026-1）审查不予批准" in notice


@pytest.mark.parametrize(
    ("way", "name", "heading", "by", "figure"),
    [
        (
            ("opinion_against", "rejected_by_street"),
            "rejected_by_street",
            "街道不予批准",
            "street",
            "rejected_by_street",
        ),
        (
            ("opinion_against", "submitted_for_refusal", "district_rejected"),
            "district_rejected",
            "区级不予批准",
            "district",
            "district_rejected",
        ),
        (
            (*POSTED, "publicity_over", "submitted", "district_approved", "grant_revoked"),
            "grant_revoked",
            "发放前撤销批准",
            "district",
            "grant_revoked",
        ),
        (
            (*POSTED, "publicity_over", "street_review_passed", "approved_by_street", "grant_revoked"),
            "grant_revoked",
            "发放前撤销批准",
            "street",
            "grant_revoked",
        ),
    ],
)
def test_a_refusal_stands_everywhere_under_who_has_refused(
    room: Room, way: tuple[str, ...], name: str, heading: str, by: str, figure: str
) -> None:
    walk(room, *APPLY, *way)

    case, [told] = room.case("A1"), room.told("relief_rejected.v1")

    assert {one for one in rules.REFUSALS if case.details.get(one)} == {name}
    assert case.details["refused_by"] == told["refused_by"] == by
    page = room.page("A1")
    assert dict(page["facts"])["由谁不予批准"] == {"street": "街道", "district": "区级"}[by]
    headings = [one["label"] for one in page["record"]]
    assert {*headings} & {"街道不予批准", "区级不予批准", "发放前撤销批准"} == {heading}
    assert [of for one, of, _ in figures.counts(case) if one == "refused"] == [figure]
    walk(room, "rejection_notified")
    assert room.state("A1") == "rejection_told"


def test_of_two_refusals_of_a_request_the_last_one_stands(room: Room) -> None:
    walk(room, *APPLY, "opinion_against", "rejected_by_street", "rejection_notified", "rejection_overturned")

    walk(room, "opinion_against", "submitted_for_refusal", "district_rejected", "rejection_notified")

    details = room.case("A1").details
    assert (details["rejected_by_street"], details["refused_by"]) == (None, "district")
    assert "审查不予批准" in [row.text for row in issued(room) if row.name == "rejection_notice"][-1]
    assert "委托" not in [row.text for row in issued(room) if row.name == "rejection_notice"][-1]


def test_the_review_form_names_who_decides_and_reckons_by_what_counts(room: Room) -> None:
    walk(room, ("application_filed", {"relief": "medical"}), *APPLY[1:], "opinion_supported")

    [form] = [row for row in issued(room) if row.name == "review_form"]

    assert "## 区医疗保障部门确认意见" in form.text
    assert "区医疗保障部门（印章）：" in str(form.head["signed"])
    assert "系数" not in form.text
    assert "封顶" not in form.text


def test_a_posting_does_not_name_a_child(written: dict[str, list[Any]]) -> None:
    [notice] = [row.text for row in written["a child alone"] if row.name == "publicity_notice"]

    assert "居某（未成年人）" in notice
    assert "居民乙" not in notice


def test_a_grant_that_was_revoked_is_told_as_that(written: dict[str, list[Any]]) -> None:
    [revoked] = [row.text for row in written["revoked"] if row.name == "rejection_notice"]
    [refused] = [row.text for row in written["refused"] if row.name == "rejection_notice"]

    assert "在发放前由区民政局撤销批准" in revoked
    assert "滨城民撤〔2026〕1号" in revoked
    assert "审查不予批准" in refused


def test_the_authorisation_has_a_part_for_every_adult(room: Room) -> None:
    relations = {"居民甲": "self", "居民丙": "other", "居民丁": "other"}
    adults = [{"name": name, "relation": relation, "adult": True} for name, relation in relations.items()]
    child = {"name": "居民乙", "relation": "child", "adult": False}
    signed = [{"member": one["name"], "signed_on": "2026-11-20", "way": "signed"} for one in adults]
    walk(room, ("application_filed", {"household": [*adults, child]}), "application_accepted")
    walk(room, ("authorised", {"signatures": signed}))

    [said] = [row.text for row in issued(room) if row.name == "check_authorisation"]

    assert re.findall("## 授权人(.)：(.+)", said) == [("1", "居民甲"), ("2", "居民丙"), ("3", "居民丁")]


def test_the_visit_is_signed_by_two_and_by_the_household(written: dict[str, list[Any]]) -> None:
    [head] = [row.head for row in written["refused"] if row.name == "house_visit_record"]

    assert [line[:5] for line in head["signed"]] == ["调查人员一", "调查人员二", "申请人（或"]


def test_a_posting_shows_neither_numbers_nor_an_illness(written: dict[str, list[Any]]) -> None:
    said = text(written, "publicity_notice")

    assert "居民甲" in said
    assert "3600.00" in said
    for hidden in ("0012", "6688", "患病", "住院", "居民乙", "1200.00", "残疾"):
        assert hidden not in said, hidden


def test_neither_the_neighbour_nor_the_objector_is_named(written: dict[str, list[Any]]) -> None:
    for document in ("neighbour_record", "objection_record"):
        assert "不载入本" in text(written, document)


def test_what_became_of_an_objection_is_said_and_not_what_else_might_have(written: dict[str, list[Any]]) -> None:
    said, record = text(written, "objection_finding"), text(written, "objection_record")

    assert "异议不成立，自" in said
    assert "重新调查" not in said
    assert "公示自收到异议之日起停止；异议查明以前" in record


def test_official_notices_are_numbered_and_a_second_posting_is_a_second_version(written: dict[str, list[Any]]) -> None:
    numbers = {row.name: row.number for row in written["granted"] if row.number}

    assert numbers["acceptance_notice"] == "彭李救受〔2026〕1号"
    assert numbers["stop_notice"] == "彭李救停〔2026〕1号"
    assert "application" not in numbers


@pytest.mark.parametrize(
    ("relief", "act", "articles"),
    [
        ("temp_expense", "国发2014-47", "第四十八条、第六十一条"),
        ("dibao", "最低生活保障审核确认办法", "第十一条、第六十一条"),
    ],
)
def test_each_relief_is_handled_posted_decided_and_paid_under_its_own_act(
    room: Room, relief: str, act: str, articles: str
) -> None:
    walk(room, ("application_filed", {"relief": relief}), *APPLY[1:], "neighbour_asked")
    figures = {"monthly_income": "0", "deductions": "0", "amount": "1800.00"} if relief == "dibao" else {}
    walk(room, ("opinion_supported", figures), "publicity_started", "publicity_over", "submitted")
    walk(room, ("district_approved", {"from_month": "2027-01"}))

    clocks = room.clocks("A1")
    for name in ("handling", "publicity", "district", "payment"):
        assert (clocks[name].basis, clocks[name].verified) == (act, False), name
    [posted] = [papers.of_row(row) for row in issued(room) if row.name == "publicity_notice"]
    assert posted.basis == f"《社会救助暂行办法》{articles}"


@pytest.mark.parametrize(
    ("relief", "accepted", "days", "row"),
    [
        ("dibao", {}, 30, "“审核确认期限”，自 2021-07-01 起施行"),
        ("dibao", {"complex": True}, 45, "“审核确认期限（低保特殊情形）”，自 2021-07-01 起施行"),
        ("destitute", {}, 35, "“审核确认期限（特困供养）”，自 2021-04-26 起施行"),
        ("temp_expense", {"complex": True}, 15, "“审核确认期限（支出型临时救助）”，自 2014-10-03 起施行"),
    ],
)
def test_the_case_says_by_which_row_of_the_law_its_kind_is_due_and_that_nobody_has_compared_it(
    room: Room, relief: str, accepted: dict[str, Any], days: int, row: str
) -> None:
    walk(room, ("application_filed", {"relief": relief}), ("application_accepted", accepted))

    with room.database.read() as session:
        case = session.get_one(models.Case, room.case("A1").id)
        shown = views.whole(
            session, case, room.blueprint, access.Principal(id="u1", name="经办甲", roles=frozenset()), room.now
        )
    [handling] = [one for one in shown["clocks"] if one["name"] == "handling"]
    said = "".join(handling["explanation"])
    assert (f"{days}个工作日" in said, row in said, "未经核实" in said, handling["verified"]) == (
        True,
        True,
        True,
        False,
    )
    [written] = [one.text for one in issued(room) if one.name == "acceptance_notice"]
    assert f"办理期限为 {days} 个工作日" in written


def test_a_kind_is_due_by_the_row_that_is_in_force_on_the_day_of_the_act(room: Room) -> None:
    law = room.blueprint.legal
    old = law.clock("handling", room.now, "temp_expense")
    from_day = local_date(room.now)
    rows = [one for one in law.clocks if one != old]
    room.blueprint.legal = LegalBases(
        law.bases,
        [
            *rows,
            replace(old, effective_to=from_day - timedelta(days=1)),
            replace(old, effective_from=from_day, limit=12, verified=True),
        ],
    )
    walk(room, "application_filed")
    room.pass_time(timedelta(days=3))
    take(room, "application_accepted", accepted_on=from_day.isoformat())

    clock = room.clocks("A1")["handling"]
    assert (clock.limit, clock.verified, clock.case_kind) == (12, True, "temp_expense")


def test_a_posting_says_its_last_day_and_nobody_is_hurried_in_it(room: Room) -> None:
    walk(room, *APPLY, "opinion_supported")
    room.pass_time(timedelta(days=5))
    take(room, "publicity_started")

    until = room.case("A1").details["posted_until"]
    assert until == str(local_date(room.clocks("A1")["publicity"].due_at(room.blueprint.calendar))) == "2026-12-05"
    [posted] = [row.text for row in issued(room) if row.name == "publicity_notice"]
    assert "至2026年12月5日止" in posted
    with room.database.read() as session:
        case = session.get_one(models.Case, room.case("A1").id)
        shown = views.whole(
            session, case, room.blueprint, access.Principal(id="u1", name="经办甲", roles=frozenset()), room.now
        )
    [said] = ["".join(one["explanation"]) for one in shown["clocks"] if one["name"] == "publicity"]
    assert "照常计入" in said
    assert "办结" not in said


def test_a_grant_is_issued_by_who_has_granted_it(written: dict[str, list[Any]]) -> None:
    by = {name: papers.of_row(row).issuer for name in written for row in written[name] if row.name == "approval"}

    assert by["granted"] == "区民政局"
    assert by["by the street"].endswith("办事处")


def test_what_a_person_has_written_ends_like_a_sentence(written: dict[str, list[Any]]) -> None:
    assert "\n停发理由：" in text(written, "stop_notice")
    for document in ("stop_notice", "rejection_notice", "reclaim_notice", "referral_letter"):
        lines = [line for line in text(written, document).split("\n") if line and line[0] not in "|#"]
        assert [line for line in lines if line[-1] not in "。："] == [], document


def asked(room: Room, trigger: str) -> set[str]:
    """Return the fields that the page asks for a step."""
    [action] = [one for one in room.page("A1")["actions"] if one["trigger"] == trigger]
    return {field.name for field in action["fields"]}


ONCE = {"coefficient", "months", "cap_multiple"}
UNABLE = {"cannot_work", "no_income_source", "no_supporter"}


@pytest.mark.parametrize(
    ("relief", "of_the_opinion", "lasts", "figures"),
    [
        ("temp_expense", ONCE, False, {}),
        ("medical", set(), False, {}),
        ("dibao", set(), True, {"monthly_income": "0", "deductions": "0", "amount": "1800.00"}),
        ("destitute", UNABLE | {"coefficient"}, True, {"amount": "1800.00"}),
    ],
)
def test_a_form_asks_what_its_kind_of_relief_has(
    room: Room, relief: str, of_the_opinion: set[str], figures: dict[str, str], *, lasts: bool
) -> None:
    walk(room, ("application_filed", {"relief": relief}), *APPLY[1:], "neighbour_asked")
    assert asked(room, "opinion_supported") & (ONCE | UNABLE) == of_the_opinion
    walk(room, ("opinion_supported", figures), "publicity_started", "publicity_over", "submitted")
    assert ("from_month" in asked(room, "district_approved")) is lasts
    if lasts:
        with pytest.raises(RefusedError, match="month after the decision"):
            take(room, "district_approved", amount="1800.00", from_month="")
        walk(room, ("district_approved", {"amount": "1800.00", "from_month": "2027-01"}))
    else:
        walk(room, ("district_approved", {"from_month": ""}))

    [decision] = [row.text for row in issued(room) if row.name == "approval"]
    assert ("起始月份" in decision) is lasts
    assert "发放月份" not in decision


def test_the_day_of_a_hardship_is_asked_past_corrected_and_on_paper(room: Room) -> None:
    tomorrow = str(local_date(room.now) + timedelta(days=1))
    with pytest.raises(RefusedError, match="after today"):
        take(room, "application_filed", happened_on=tomorrow)
    walk(room, ("application_filed", {"happened_on": "2026-11-02"}))
    with pytest.raises(RefusedError, match="after today"):
        take(room, "application_corrected", happened_on=tomorrow)
    walk(
        room, ("application_corrected", {"happened_on": "2026-11-03"}), ("application_corrected", {"happened_on": None})
    )

    written = {row.name: row.text for row in issued(room) if row.version == 1}

    assert room.case("A1").details["application_filed"]["happened_on"] == "2026-11-03"
    assert "（2026年11月2日发生）" in written["application"]
    assert "发生日期更正为 | 2026年11月3日" in written["correction_record"]
