"""Enforcement's documents: one for every step that names one, with what the law demands in it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from chassis import papers, typeset
from chassis.workcalendar import local_date
from chassis.workflow import Moment, RefusedError, Role
from services.enforcement import figures, schemas, statements, workflow
from services.enforcement.stages import places
from services.enforcement.workflow import ENFORCEMENT
from tests.services.enforcement.test_service import ASSIGNED, FINED, WORDS, form_of, room, shortest, take

if TYPE_CHECKING:
    from chassis.testing import Room

__all__ = ["room"]

HOME = Path(workflow.__file__).parent
NAMED = sorted({step.document for step in ENFORCEMENT.steps if step.document})
BEFORE = {
    "evidence_released": ("evidence_held",),
    "goods_released": ("goods_seized",),
    "seizure_prolonged": ("goods_seized",),
    "things_sent_to_test": ("goods_seized",),
}
#: A way on which each document is written, by the step that writes it; elsewhere a statement answers a demand.
WITH_DOCUMENT = sorted(
    {
        (step.sources[-1], step.trigger)
        for step in ENFORCEMENT.steps
        if step.document
        and (step.trigger != "statement_made" or step.basis == "行政处罚法-45")
        # When it is decided, time is left out only of what was late.
        and (step.trigger != "time_excluded" or step.source in places.COUNTED)
        # Served again is only what was announced, or has failed.
        and (step.trigger != "served" or step.source == "decided")
        # Where it was reviewed already, only an earlier release has left a hearing without its report.
        and (step.trigger != "hearing_reported" or step.source == "review_due")
        # What a letter has ended, and what was seized at the first look, has its own test.
        and step.sources[-1] not in {"returned", "transferred", "withdrawn"}
        and (step.sources[-1] != "inspected" or step.trigger not in BEFORE)
    }
)
#: Those whose own tests see their documents.
ELSEWHERE = (
    *("case_accepted", "spot_decision_filed", "substitute_decided", "substitute_performed"),
    *("absent_party_told", "cost_demanded", "cost_urged", "cost_court_applied", "assistance_asked"),
    *("withdrawal_decided", "warning_served", "measure_approved", "measure_lifted", "enforcement_suspended"),
    *("dismantling_announced", "dismantling_urged", "dismantling_decided", "dismantled"),
)


def written(room: Room, name: str = "") -> list[Any]:
    """Return the register, newest last."""
    table = room.blueprint.papers
    with room.database.read() as session:
        rows = session.execute(select(table).order_by(table.c.issued_at, table.c.seq)).all()
    return [row for row in rows if not name or row.name == name]


def bring(room: Room, state: str) -> None:
    """Take example steps to a state."""
    if state != room.state("A1"):
        for trigger in shortest(room.state("A1"), state):
            take(room, trigger)


def test_every_document_of_the_procedure_has_a_template_and_every_template_its_document() -> None:
    assert sorted(papers.shipped(HOME)) == NAMED


@pytest.mark.parametrize(("state", "trigger"), [pair for pair in WITH_DOCUMENT if pair[1] not in ELSEWHERE])
def test_every_step_with_a_document_writes_it_and_leaves_nothing_blank(room: Room, state: str, trigger: str) -> None:
    before = BEFORE.get(trigger, ())
    bring(room, "investigating" if before else state)
    for one in before:
        take(room, one)
    bring(room, state)

    take(room, trigger)

    document = ENFORCEMENT.step(state, trigger).document
    [*_, paper] = written(room)
    assert paper.name == document
    page = typeset.html(papers.of_row(paper))
    assert "＿＿＿" not in page
    assert "None" not in page
    assert "{{" not in page
    assert not re.search(r"[\u4e00-\u9fff],|,[\u4e00-\u9fff]", papers.read_template("x", source(document), "x").text)


def source(document: str | None) -> str:
    """Return the file of a template."""
    return (HOME / "templates" / "papers" / f"{document}.md").read_text("utf-8")


def test_the_clue_is_registered_when_the_case_is_taken(room: Room) -> None:
    [clue] = written(room, "clue_record")

    assert "楼下饭店油烟大" in clue.text


def test_a_decision_holds_what_article_59_demands(room: Room) -> None:
    bring(room, "decided")

    [decision] = written(room, "penalty_decision")
    for part in (
        "某餐饮店",
        "黄河八路某号",
        "当事人在室外经营",
        "《现场检查笔录》",
        "行政处罚：罚款1,000.00元（人民币壹仟元整）",
        "滨州市城镇容貌和环境卫生管理条例第五十一条",
        "十五日内到指定银行缴纳",
        "六十日内向区人民政府申请行政复议",
        "六个月内向区人民法院提起行政诉讼",
    ):
        assert part in decision.text, part
    assert decision.head["issuer"] == "区综合行政执法局"
    assert decision.head["signed"] == ["行政机关（印章）："]
    assert decision.number == decision.head["number"] == "滨彭综执罚字〔2026〕第1号"
    assert decision.head["dated"] == papers.day(room.now)


def test_the_partys_address_is_found_by_the_end_of_the_investigation_and_masked_on_the_case(room: Room) -> None:
    take(room, "inspected", suspect_address="")
    take(room, "filed")
    with pytest.raises(ValidationError, match="suspect_address"):
        take(room, "investigation_closed", suspect_address="")
    take(room, "investigation_closed", suspect_address="渤海十二路某楼")
    for trigger in ("prenotice_served", "defence_waived", "penalised"):
        take(room, trigger)

    assert "渤海十二路某楼" in written(room, "penalty_decision")[0].text
    assert "渤海十二路某楼" not in str(room.blueprint.veil.over_details(room.case("A1").details))


REQUIRED = [
    (document, path)
    for document in ("penalty_decision", "decision_on_the_spot", "demand", "correction_order", "penalty_prenotice")
    for path in papers.shipped(HOME)[document].required
]


@pytest.mark.parametrize(("document", "path"), REQUIRED)
def test_each_content_that_the_law_demands_is_missed_where_it_is_not_there(
    room: Room, document: str, path: str
) -> None:
    state, trigger = next(
        (state, trigger) for state, trigger in WITH_DOCUMENT if ENFORCEMENT.step(state, trigger).document == document
    )
    bring(room, state)
    template = papers.shipped(HOME)[document]
    take(room, trigger)
    case = room.case("A1")
    kept = case.details[trigger]
    moment = Moment(now=room.now, actor="p1", role=Role.LEADER)
    context = papers.seen(case, kept, case.details, moment)
    assert not papers.missing(template, context)

    [lacking] = papers.missing(template, emptied(context, path.split(".")))

    assert template.required[path] in lacking.zh


def emptied(value: Any, path: list[str]) -> Any:
    """Copy a value without what lies at a path."""
    first, *rest = path
    if first == "*":
        return [emptied(one, rest) for one in value]
    return {**value, first: emptied(value[first], rest) if rest else ""}


def test_a_decision_answers_all_that_the_party_has_said(room: Room) -> None:
    bring(room, "defence_open")
    for opinion, adopted in (("经复核，数额计算有误", True), ("经复核，不影响定性", False)):
        take(room, "statement_made")
        take(room, "statement_reviewed", opinion=opinion, adopted=adopted)
    bring(room, "decided")

    [decision] = written(room, "penalty_decision")
    assert "经复核：经复核，数额计算有误（予以采纳）；经复核，不影响定性（不予采纳）。" in decision.text


def test_an_on_the_spot_decision_holds_what_article_52_demands(room: Room) -> None:
    bring(room, "inspected")
    take(room, "fined_on_the_spot", signed_by_party=False)

    [decision] = written(room, "decision_on_the_spot")
    for part in (
        "有下列违法行为：在室外经营",
        "行政处罚：罚款200.00元",
        "黄河八路与渤海十二路路口",
        "六十日内先向区人民政府申请行政复议",
        "十五日内向区人民法院",
        "拒绝签收",
    ):
        assert part in decision.text, part
    assert "六个月内" not in decision.text
    assert decision.head["issuer"] == "区综合行政执法局"


def test_a_demand_names_all_that_is_owed_and_the_added_part(room: Room) -> None:
    bring(room, "enforceable")
    with pytest.raises(RefusedError, match="are owed"):
        take(room, "demanded", amount="999999.00")
    take(room, "demanded")

    [demand] = written(room, "demand")
    assert "十个工作日内" in demand.text
    assert "陈述权和申辩权" in demand.text
    assert f"{room.case('A1').details['demanded_amount']}" in demand.text.replace(",", "")


def test_a_legal_review_says_whether_it_was_passed(room: Room) -> None:
    bring(room, "to_decide")
    take(room, "legal_review_passed")
    take(room, "legal_review_failed")

    passed, failed = written(room, "legal_review")

    assert "审核结论：通过" in passed.text
    assert "审核结论：退回" in failed.text


def test_what_the_party_says_after_the_demand_is_reviewed_before_the_court(room: Room) -> None:
    bring(room, "court_ready")
    take(room, "statement_made", content="已缴纳部分罚款，请求核对")

    with pytest.raises(RefusedError, match="not been reviewed"):
        take(room, "court_applied")
    take(room, "statement_reviewed")
    take(room, "court_applied")

    assert "请求核对" in written(room, "court_application")[0].text


def test_things_seized_are_prolonged_once_in_time_and_decided_on_before_the_penalty(room: Room) -> None:
    bring(room, "investigating")
    with pytest.raises(RefusedError, match="no things are seized"):
        take(room, "goods_released")
    take(room, "goods_seized")
    take(room, "seizure_prolonged", days=20)
    with pytest.raises(RefusedError, match="prolonged once"):
        take(room, "seizure_prolonged")
    assert room.clocks("A1")["seizure_longer"].limit == 50
    bring(room, "to_decide")

    with pytest.raises(RefusedError, match="things are seized"):
        take(room, "penalised")
    take(room, "goods_released")
    take(room, "penalised")

    assert room.clocks("A1")["seizure_longer"].state == "stopped"


def test_a_seizure_that_is_over_is_not_prolonged(room: Room) -> None:
    bring(room, "investigating")
    take(room, "goods_seized")
    room.pass_time(timedelta(days=31))

    with pytest.raises(RefusedError, match="give the things back"):
        take(room, "seizure_prolonged")


def test_complex_cases_are_decided_after_a_discussion_on_record(room: Room) -> None:
    bring(room, "investigating")
    take(room, "investigation_closed", complex=True)
    for trigger in ("prenotice_served", "defence_waived", "legal_review_passed"):
        take(room, trigger)
    with pytest.raises(RefusedError, match="discussed by the leaders"):
        take(room, "penalised", group_discussion="")

    take(room, "group_discussed")
    take(room, "penalised", group_discussion="")

    assert room.state("A1") == "decided"


def test_no_letter_to_the_party_says_what_the_petitioner_wrote(room: Room) -> None:
    bring(room, "decided")
    bring(room, "court_ready")

    letters = [row for row in written(room) if row.head["layout"] == "letter"]

    assert {row.name for row in letters} >= {"penalty_prenotice", "penalty_decision", "demand"}
    for row in letters:
        assert ASSIGNED["text"] not in row.text
        assert ASSIGNED["title"] not in row.text


def test_what_was_slight_corrected_and_harmless_is_not_punished(room: Room) -> None:
    bring(room, "investigating")
    take(room, "investigation_closed", minor_corrected_no_harm=True)

    with pytest.raises(RefusedError, match="it is not punished"):
        take(room, "prenotice_served")
    take(room, "exempted", ground="minor_corrected_no_harm")

    assert room.state("A1") == "exempted"


def test_a_decision_left_behind_needs_a_witness_or_a_picture(room: Room) -> None:
    bring(room, "decided")

    with pytest.raises(RefusedError, match="needs a witness"):
        take(room, "served", way="left", witness="", recorded=False)
    take(room, "served", way="left", recorded=True)

    assert "文书留置于送达地点" in written(room, "proof_of_service")[0].text


def test_nobody_fines_on_the_spot_without_power(room: Room) -> None:
    bring(room, "inspected")

    with pytest.raises(RefusedError, match="delegated power needs"):
        take(room, "fined_on_the_spot", power="delegated", delegation_no="", delegation_until=None)


def test_the_recheck_is_due_soon_after_the_order_has_run_out(room: Room) -> None:
    bring(room, "recheck_due")
    assert room.clocks("A1")["recheck"].state == "running"

    take(room, "found_uncorrected")

    assert room.clocks("A1")["recheck"].state == "stopped"


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (("inspected", "advised", "found_corrected"), "教育劝导后应当改正的事项已经全部完成"),
        (("inspected", "correction_ordered", "found_corrected"), "责令改正的事项已经全部完成"),
    ],
)
def test_the_record_of_a_recheck_names_the_advice_or_the_order(room: Room, steps: tuple[str, ...], said: str) -> None:
    for trigger in steps:
        take(room, trigger)

    assert said in typeset.html(papers.of_row(written(room, "recheck_record")[-1]))


@pytest.mark.parametrize(
    ("step", "document"),
    [
        ("penalty_waived", "no_penalty_decision"),
        ("exempted", "no_penalty_decision"),
        ("not_proven", "not_proven_decision"),
    ],
)
def test_who_is_not_punished_reads_so_in_a_numbered_decision_with_its_remedies(
    room: Room, step: str, document: str
) -> None:
    source = next(one for row in ENFORCEMENT.steps if row.trigger == step for one in row.sources)
    for trigger in shortest("clue", source):
        take(room, trigger)
    take(room, step)

    issued = papers.of_row(written(room, document)[-1])
    assert issued.number
    assert "六十日内" in issued.text
    assert "六个月内" in issued.text
    assert "涉嫌" not in issued.text


def test_the_report_on_a_hearing_is_a_document_of_its_own_and_the_decision_waits_for_it(room: Room) -> None:
    bring(room, "review_due")
    assert not written(room, "hearing_report")
    with pytest.raises(RefusedError, match="the report on the hearing comes first"):
        take(room, "legal_review_passed")
    with pytest.raises(RefusedError, match="chaired by 主持人丙"):
        take(room, "hearing_reported", chair="主持人己")

    take(room, "hearing_reported")

    [report] = written(room, "hearing_report")
    assert report.number == "滨彭综执听报字〔2026〕第1号"
    page = typeset.html(papers.of_row(report))
    for part in (
        "调查人员提出的事实、证据和处罚建议",
        "当事人的申辩和质证",
        "争议焦点",
        "听证查明的事实",
        "维持拟处罚意见",
    ):
        assert part in page, part
    assert typeset.pdf(page).startswith(b"%PDF")
    assert typeset.docx(papers.of_row(report)).startswith(b"PK")
    assert "听证报告" not in typeset.html(papers.of_row(written(room, "hearing_record")[-1]))
    take(room, "legal_review_passed")
    take(room, "penalised")


def test_who_investigated_does_not_report_on_the_hearing(room: Room) -> None:
    bring(room, "review_due")

    with pytest.raises(RefusedError, match="another person takes this step"):
        room.act(
            "A1",
            "hearing_reported",
            form_of(ENFORCEMENT.step("review_due", "hearing_reported"), room),
            role=Role.REVIEWER,
            person="p1",
        )


def test_a_report_is_not_of_before_its_hearing(room: Room) -> None:
    bring(room, "review_due")
    with pytest.raises(RefusedError, match="lies before the step that it follows"):
        take(room, "hearing_reported", reported_on="2026-11-24")


def test_a_court_that_is_asked_for_a_fine_reads_what_was_said_of_it_and_not_of_what_was_done_for_the_party(
    room: Room,
) -> None:
    bring(room, "uncorrected")
    take(room, "substitute_demanded")
    take(room, "statement_made", content="杂物已经雇人清理")
    take(room, "statement_reviewed")
    for trigger in ("filed", "investigation_closed", "prenotice_served"):
        take(room, trigger)
    take(room, "statement_made", content="请求从轻处罚")
    take(room, "statement_reviewed", opinion="经营困难不是从轻的法定理由")
    for trigger in (*FINED[4:], "payment_expired", "remedies_over", "demanded", "demand_expired"):
        take(room, trigger)

    take(room, "court_applied")

    [decision], [application] = written(room, "penalty_decision"), written(room, "court_application")
    assert "请求从轻处罚" in application.text
    assert "雇人清理" not in application.text
    assert decision.text.count("（不予采纳）") == 1


def test_what_was_said_before_a_report_of_an_earlier_release_is_of_no_weight_in_its_decision() -> None:
    kept = {
        "statement_made": [{"content": "前一次的意见"}, {"content": "请求从轻"}],
        "statement_reviewed": [{"opinion": "已采纳"}, {"opinion": "不予从轻"}],
        "statements_before": 1,
    }
    case: Any = SimpleNamespace(state="to_decide", details=kept)
    moment: Any = None

    found = statements.said("penalty")(case, {}, moment)

    assert found["statements_said"] == ["请求从轻"]
    assert found["statements_found"] == [{"opinion": "不予从轻"}]


def test_who_answers_while_two_papers_wait_says_which(room: Room) -> None:
    bring(room, "defence_open")
    with room.database.write() as session:
        case: Any = session.get(room.blueprint.case, room.case("A1").id)
        case.details = {**case.details, "cost_urged_on": "2026-11-23"}

    with pytest.raises(RefusedError, match="say which paper the party answers"):
        take(room, "statement_made")
    take(room, "statement_made", answers="costs")

    assert room.case("A1").details["statements_about"] == ["costs"]


def test_who_reviews_one_of_several_statements_says_which_and_the_decision_answers_each_in_its_turn(room: Room) -> None:
    bring(room, "defence_open")
    for content in ("营业执照已经更名", "经营困难，请求从轻"):
        take(room, "statement_made", content=content)
    with pytest.raises(RefusedError, match=r"say which statement is reviewed: No. 1 .*更名; No. 2 .*请求从轻"):
        take(room, "statement_reviewed")

    take(room, "statement_reviewed", statement="2", opinion="不是从轻的法定理由")
    with pytest.raises(RefusedError, match="has not been reviewed"):
        bring(room, "decided")
    take(room, "statement_reviewed", opinion="已按现在的名称制作", adopted=True)
    bring(room, "decided")
    with pytest.raises(RefusedError, match="no statement waits"):
        take(room, "statement_reviewed")

    [decision] = written(room, "penalty_decision")
    assert "经复核：已按现在的名称制作（予以采纳）；不是从轻的法定理由（不予采纳）。" in decision.text


def test_a_review_that_was_wrong_is_put_right_until_it_is_decided_and_the_last_one_counts(room: Room) -> None:
    bring(room, "defence_open")
    take(room, "statement_made", content="营业执照已经更名")
    take(room, "statement_reviewed", opinion="误填的复核意见", adopted=True)
    take(room, "statement_reviewed", opinion="已核对营业执照，未更名")
    take(room, "statement_made", content="经营困难，请求从轻")
    take(room, "statement_reviewed", opinion="不是从轻的法定理由")
    with pytest.raises(RefusedError, match=r"which statement is reviewed: No. 1 .*\(reviewed\); No. 2"):
        take(room, "statement_reviewed")
    take(room, "statement_reviewed", statement="1", opinion="已核对，更名在检查之后")
    bring(room, "decided")

    [decision] = written(room, "penalty_decision")
    assert "经复核：已核对，更名在检查之后（不予采纳）；不是从轻的法定理由（不予采纳）。" in decision.text


def test_a_legal_review_of_all_statements_may_be_of_one(room: Room) -> None:
    bring(room, "defence_open")
    take(room, "statement_made", content="营业执照已经更名")
    bring(room, "to_decide")

    take(room, "legal_review_passed", statement="all")

    assert "第1份：营业执照已经更名" in written(room, "legal_review")[0].text


def test_reviews_of_an_earlier_release_beyond_its_statements_are_of_none_that_comes_later(room: Room) -> None:
    bring(room, "defence_open")
    take(room, "statement_made", content="营业执照已经更名")
    take(room, "statement_reviewed", opinion="误填的复核意见")
    with room.database.write() as session:
        case: Any = session.get(room.blueprint.case, room.case("A1").id)
        [wrong] = case.details["statement_reviewed"]
        kept = {name: value for name, value in case.details.items() if name != "statements_reviewed"}
        case.details = {**kept, "statement_reviewed": [wrong, {**wrong, "opinion": "已核对营业执照，未更名"}]}

    take(room, "statement_made", content="经营困难，请求从轻")
    with pytest.raises(RefusedError, match="has not been reviewed"):
        bring(room, "decided")
    take(room, "statement_reviewed", opinion="不是从轻的法定理由")
    bring(room, "decided")

    [decision] = written(room, "penalty_decision")
    assert "经复核：已核对营业执照，未更名（不予采纳）；不是从轻的法定理由（不予采纳）。" in decision.text


def test_a_legal_review_says_which_statement_it_is_about_and_without_a_word_about_all(room: Room) -> None:
    bring(room, "defence_open")
    take(room, "statement_made", content="营业执照已经更名")
    bring(room, "to_decide")
    take(room, "legal_review_passed")
    take(room, "statement_made", content="经营困难，请求从轻")
    take(room, "statement_reviewed", statement="2", opinion="不是从轻的法定理由")
    with pytest.raises(RefusedError, match="no such statement"):
        take(room, "legal_review_passed", statement="3")

    take(room, "legal_review_passed", statement="2")
    take(room, "legal_review_passed")

    [one, second, all_of_them] = [paper.text for paper in written(room, "legal_review")]
    assert "第1份：营业执照已经更名。尚未复核。" in one
    assert "第2份：经营困难，请求从轻。复核意见：不是从轻的法定理由（不予采纳）。" in second
    assert "第1份" not in second
    assert "第1份" in all_of_them
    assert "第2份" in all_of_them


def test_a_decision_with_a_mistake_is_taken_back_before_it_is_served_and_its_time_runs_on(room: Room) -> None:
    for trigger in FINED[:4]:
        take(room, trigger)
    ends = room.clocks("A1")["penalty_decision"].due_at(room.blueprint.calendar)
    take(room, "defence_waived")
    take(room, "time_excluded", days=5)
    take(room, "penalised", basis="条例第五十二条")

    take(room, "decision_taken_back")

    [decided], [revised] = room.told("penalty_decided.v1"), room.told("penalty_revised.v1")
    assert revised["decision_no"] == decided["decision_no"]
    assert (revised["ground"], revised["penalty"], revised["amount"]) == ("taken_back", "", "0")
    assert not {name for name, _, _ in figures.counts(room.case("A1"))} & {"decisions", "fines_imposed"}
    assert "fines_imposed" not in {name for name, *_ in figures.dated(room.case("A1"))}
    assert room.state("A1") == "to_decide"
    clock = room.clocks("A1")["penalty_decision"]
    assert clock.state == "running"
    assert clock.due_at(room.blueprint.calendar) == ends
    assert room.clocks("A1")["serving"].state == "stopped"
    take(room, "penalised", basis="条例第五十一条")
    decisions = written(room, "penalty_decision")
    assert [one.version for one in decisions] == [1, 2]
    assert room.case("A1").details["penalties_before"] == []


def test_a_misprint_in_what_was_served_is_corrected_by_a_notice_and_stands_right_in_what_follows(room: Room) -> None:
    bring(room, "decided")
    take(room, "served")
    facts = room.case("A1").details["decision"]["facts"]
    with pytest.raises(RefusedError, match="reads as it should"):
        take(room, "misprint_corrected", reads=facts[:4], should_read=facts[:4])

    take(room, "misprint_corrected", reads=facts[:4], should_read="更正后的字")

    [notice] = written(room, "misprint_notice")
    assert facts[:4] in notice.text
    assert room.case("A1").details["decision"]["facts"] == "更正后的字" + facts[4:]


def test_a_misprint_that_stands_in_several_places_is_corrected_in_those_that_are_named(room: Room) -> None:
    facts = "黄河八路甲店在黄河八路外摆桌椅，经责令，黄河八路乙店已改正"
    bring(room, "to_decide")
    take(room, "penalised", facts=facts, basis="容貌条例第五十一条")
    take(room, "served")
    with pytest.raises(RefusedError) as refused:
        take(room, "misprint_corrected", reads="黄河八路", should_read="黄河十路")
    [why] = refused.value.refusals
    assert "共有 3 处：1. 违法事实：【黄河八路】甲店在黄河八路外摆桌椅，" in why.zh
    assert "3. 违法事实：…店在黄河八路外摆桌椅，经责令，【黄河八路】乙店已改正" in why.zh
    with pytest.raises(RefusedError, match="stands in 3 places"):
        take(room, "misprint_corrected", reads="黄河八路", should_read="黄河十路", places=[2, 4])

    take(room, "misprint_corrected", reads="黄河八路", should_read="黄河十路", places=[3, 1])

    right = room.case("A1").details["decision"]
    assert right["facts"] == "黄河十路甲店在黄河八路外摆桌椅，经责令，黄河十路乙店已改正"
    assert right["basis"] == "容貌条例第五十一条"
    [notice] = written(room, "misprint_notice")
    assert "| 违法事实（第3处，共3处） | …店在黄河八路外摆桌椅，经责令，【黄河八路】乙店已改正 |" in notice.text
    assert "| …店在黄河八路外摆桌椅，经责令，【黄河十路】乙店已改正 |" in notice.text
    assert "第2处" not in notice.text


def test_a_misprint_elsewhere_than_in_facts_and_basis_is_corrected_by_the_notice_alone(room: Room) -> None:
    bring(room, "decided")
    take(room, "served")
    before = room.case("A1").details["decision"]
    with pytest.raises(RefusedError, match="stands in 0 places"):
        take(room, "misprint_corrected", reads="某某餐馆", should_read="某餐饮店", places=[1])

    take(room, "misprint_corrected", reads="某某餐馆", should_read="某餐饮店")

    assert room.case("A1").details["decision"] == before
    [notice] = written(room, "misprint_notice")
    assert "| 补正为 | 某餐饮店 |" in notice.text


def test_a_misprint_of_another_paper_is_quoted_until_the_decision_does_not_read_so(room: Room) -> None:
    bring(room, "to_decide")
    take(room, "penalised", facts="黄河八路甲店在黄河八路外摆桌椅", basis="容貌条例第五十一条")
    take(room, "served")
    before = room.case("A1").details["decision"]
    other = {"paper": "送达回证", "should_read": "送达地点：黄河十路"}
    with pytest.raises(RefusedError) as refused:
        take(room, "misprint_corrected", **other, reads="黄河八路")
    [why] = refused.value.refusals
    assert why.zh.endswith("更正的是其他文书的，多写到决定书里没有相同的文字")
    assert "决定书里没有相同的文字" in WORDS.text(schemas.Misprint().fields["reads"].metadata["help"], "zh")

    take(room, "misprint_corrected", **other, reads="送达地点：黄河八路")

    assert room.case("A1").details["decision"] == before


def test_an_order_in_the_party_s_hands_that_holds_a_mistake_is_issued_again_with_its_reason(room: Room) -> None:
    take(room, "inspected")
    take(room, "correction_ordered", days=3)

    with pytest.raises(RefusedError, match="where it holds a mistake, say which"):
        take(room, "correction_ordered", days=10)
    take(room, "correction_ordered", days=10, reissued_because="改正期限误写为3日")

    [_, again] = written(room, "correction_order")
    assert "此前送达的责令改正通知书有误（改正期限误写为3日），以本通知书为准。" in again.text


def test_an_order_names_the_day_of_each_item_and_none_after_its_own(room: Room) -> None:
    take(room, "inspected")
    items = [
        {"kind": "fume_purifier", "demand": "清洗净化设备", "required_by": "2026-11-26"},
        {"kind": "sound_barrier", "demand": "加装隔音板"},
    ]

    with pytest.raises(RefusedError, match=r"no later than the order \(2026-11-30\)"):
        take(room, "correction_ordered", days=7, items=[{**items[0], "required_by": "2026-12-01"}])
    take(room, "correction_ordered", days=7, items=items)

    [order] = written(room, "correction_order")
    assert "清洗净化设备 | 2026年11月26日 |" in order.text
    assert "加装隔音板 | 2026年11月30日 |" in order.text


def test_what_a_step_says_of_a_delivery_stands_in_the_register(room: Room) -> None:
    bring(room, "decided")
    [decision] = written(room, "penalty_decision")
    [notice] = written(room, "penalty_prenotice")
    assert decision.served == []
    assert [(one["way"], one["recipient"]) for one in notice.served] == [("in_person", "某餐饮店负责人")]

    take(room, "served", way="left", witness="社区工作者甲")

    [decision] = written(room, "penalty_decision")
    [served] = decision.served
    assert (served["way"], served["recipient"], served["by_name"]) == ("left_behind", "店主甲", "处办员甲")
    assert served["at"] == str(local_date(room.now))


def test_whoever_is_not_named_in_the_form_is_whom_the_paper_is_addressed_to(room: Room) -> None:
    bring(room, "correction_due")

    [order] = written(room, "correction_order")
    assert [(one["way"], one["recipient"]) for one in order.served] == [("in_person", order.head["to"])]


def test_a_decision_bears_the_day_on_which_it_was_made(room: Room) -> None:
    for trigger in (*FINED[:4], "defence_waived"):
        take(room, trigger)
    room.pass_time(timedelta(days=3))

    take(room, "penalised", decided_on="2026-11-24")

    [decision] = written(room, "penalty_decision")
    assert decision.head["dated"] == "2026年11月24日"
