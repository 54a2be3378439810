"""Wage recovery's documents: every one has a template, is written by its step, and holds what the law demands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from chassis import papers, typeset
from chassis.forms import example
from chassis.testing import Room
from chassis.workflow import UNMANNED, RefusedError, Role, Step
from services.wage_recovery import decisions, schemas
from services.wage_recovery.stages.places import AFTERWARDS, ENFORCEMENT, POLICE
from services.wage_recovery.workflow import WAGE_RECOVERY
from tests.services.wage_recovery.test_service import (
    OVER,
    PART,
    TO_COORDINATION,
    TO_ORDER,
    WITHOUT_ORDER,
    form_of,
    go,
    path_to,
    room,
    walk,
)

__all__ = ["room"]

STEPS = [step for step in WAGE_RECOVERY.steps if step.document]
NAMES = sorted({str(step.document) for step in STEPS})


def written(room: Room, name: str) -> list[Any]:
    """Return the register's rows of one document."""
    table = room.blueprint.papers
    with room.database.read() as session:
        return list(session.execute(select(table).where(table.c.name == name).order_by(table.c.seq)).all())


def take(room: Room, step: Step) -> None:
    """Go to where a step may be taken, and take it with the example of its form."""
    order = step.document in {"crime_transfer_letter", "blacklisting_proposal", "serious_case_letter"}
    go_to(room, step, "compensation_due" if order else step.sources[0])
    walk(room, step)


#: What has to be on file before a step has its ground, wherever it is taken then.
ORDERED = ("crime_transferred", "crime_overdue", "blacklisting_proposed", "order_revoked", "order_revoked_others_stand")
BROKEN_AGREEMENT = ("settlement_agreed", "confirmation_applied", "settlement_confirmed", "settlement_breached")


#: What a court that has the claim goes on with after the reply, and what comes before it there.
IN_COURT = {"hearing_held": (), "enforcement_applied": ("judgment_made",)}
#: By which letter a case comes to where no step of its own leads.
LETTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "closed": ("feedback.appeal_closed.v1", {"end": "satisfied"}),
    "rework_due": ("feedback.rework_ordered.v1", {"reason": "还有工人没有拿到", "round": 2, "clocks": []}),
    "returned": ("routing.return_decided.v1", {"granted": True}),
    "withdrawn": ("routing.appeal_recalled.v1", {"reason": "诉求人撤回"}),
}


def arrive(room: Room, step: Step, source: str, *avoid: str) -> None:
    """Go to a state, by letters to where no step of a person leads."""
    if source in ("concluded", "closed") and step.trigger in IN_COURT:
        go(room, *TO_COORDINATION, "lawsuit_filed", "concluded_as_handed_on", *IN_COURT[step.trigger])
    elif source in ("concluded", "closed", "rework_due"):
        walk(room, *path_to("partly_paid"), WAGE_RECOVERY.step("partly_paid", "contact_made"))
        walk(room, *path_to("concluded", source="partly_paid"))
    elif source == "not_pursued":
        go(room, *TO_COORDINATION, "not_pursued")
    elif source == "returned":
        go(room, "return_requested")
    elif source != "withdrawn":
        walk(room, *path_to(source, *avoid))
    if source in LETTERS:
        letter, said = LETTERS[source]
        room.hear(letter, "A1", {"mechanism": "wage_recovery", **said})
    assert room.state("A1") == source


_ADVANCED = {"fund_advanced_before": [{"until": "2026-01-31", "amount": "5000.00"}]}
#: What else has to be on file before a step, wherever it is taken.
ON_FILE: dict[str, dict[str, Any]] = {
    "fund_recovery_demanded": _ADVANCED,
    "fund_recovered": _ADVANCED,
    "serious_case_reported": {"coordinations": [{"duties": [{"duty": "payment_guarantee", "met": False}]}]},
}
#: What is about the authority's decisions upon several payers, and how many it has made before.
DECIDING = {
    **dict.fromkeys(("compensation_ordered", "decided_without_compensation"), 0),
    "decision_revoked": 1,
    "decision_revoked_others_stand": 2,
    "other_decision_applied": 2,
    "enforcement_settled_others_go_on": 2,
    "enforcement_resumed": 2,
}


def go_to_decisions(room: Room, step: Step, source: str) -> None:
    """Go to where a decision upon a payer is made, revoked or enforced: the orders to two have run out."""
    go(room, *TO_ORDER)
    go(room, "payment_ordered", payment_ordered={"payer": "subcontractor"})
    walk(room, WAGE_RECOVERY.step("ordered_to_pay", "order_expired"))
    before = DECIDING.get(step.trigger) or int(source in ("enforcement_due", *ENFORCEMENT))
    go(room, *("compensation_ordered",) * before)
    if source in POLICE:
        go(room, "crime_transferred")
    elif source == "ordered_to_pay":
        go(room, "payment_ordered", payment_ordered={"payer": "owner"})
    elif source in ENFORCEMENT:
        go(room, "enforcement_applied")
        if step.trigger == "enforcement_settled_others_go_on":
            go(room, "other_decision_applied")
    elif source == "compensation_due" and before:
        room.pass_time(timedelta(days=30))
        go(room, "payment_ordered", payment_ordered={"payer": "owner"})
        walk(room, WAGE_RECOVERY.step("ordered_to_pay", "order_expired"))
    if step.trigger == "enforcement_resumed":
        end_one(room, source)
    walk(room, *path_to(source, source=room.state("A1")))
    assert room.state("A1") == source


def end_one(room: Room, source: str) -> None:
    """Have a court end the enforcement of one decision, while it goes on with another or the authority decides that anew."""
    if room.state("A1") == "enforcement_due":
        go(room, "enforcement_applied")
    first = {"which_enforced": decisions.in_court_offered(room.case("A1"))[0].number}
    go(room, "other_decision_applied", "enforcement_ended_others_go_on", enforcement_ended_others_go_on=first)
    if source == "enforcement_due":
        go(room, "enforcement_returned")


def enforce_after_the_reply(room: Room, step: Step, source: str) -> None:
    """Have a court that had ended everything enforce again after the reply."""
    go_to_decisions(room, step, "court_enforcing")
    if step.trigger == "enforcement_settled_others_go_on":
        first = {"which_enforced": decisions.in_court_offered(room.case("A1"))[0].number}
        go(room, "enforcement_ended_others_go_on", enforcement_ended_others_go_on=first)
    go(room, "enforcement_ended", "concluded_unpaid")
    if source in LETTERS:
        letter, said = LETTERS[source]
        room.hear(letter, "A1", {"mechanism": "wage_recovery", **said})
    go(room, "enforcement_resumed")
    assert room.state("A1") == source


def go_to(room: Room, step: Step, source: str) -> None:
    """Go to where a step may be taken, on a way that leaves its ground on file."""
    elsewhere = (*AFTERWARDS, "rework_due")
    if step.trigger.startswith("enforcement_settled") and source in AFTERWARDS:
        enforce_after_the_reply(room, step, source)
        return
    if step.trigger in DECIDING and (source not in elsewhere or step.trigger == "other_decision_applied"):
        go_to_decisions(room, step, source)
        return
    if source == "settlement_broken" and step.trigger in ("enforcement_applied", "window_missed"):
        go(room, *TO_COORDINATION, *BROKEN_AGREEMENT)
        return
    avoid = ("found_not_wages",) if source != "not_wages" else ()
    if {source, step.trigger} & {*ORDERED}:
        avoid = (*avoid, *WITHOUT_ORDER, "settlement_agreed")
    if step.trigger == "order_revoked_others_stand":
        walk(room, *path_to("compensation_due", *avoid))
        go(room, "payment_ordered", payment_ordered={"payer": "subcontractor"})
        walk(room, *path_to(source, *avoid, source="ordered_to_pay"))
        return
    if source in ORDERED and step.trigger in ("enforcement_applied", "window_missed"):
        go(room, *TO_ORDER)
        walk(room, WAGE_RECOVERY.step("ordered_to_pay", "order_expired"))
        go(room, "compensation_ordered", "crime_transferred")
        walk(room, *path_to(source, source="crime_transferred"))
        return
    arrive(room, step, source, *avoid)
    if found := ON_FILE.get(step.trigger):
        with room.database.write() as session:
            case = session.merge(room.case("A1"))
            case.details = {**case.details, **found}


def test_every_document_of_the_procedure_has_a_template_and_every_template_a_step(room: Room) -> None:
    assert sorted(papers.shipped(room.blueprint.folder)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_document_is_written_by_its_step_and_leaves_no_gap_where_something_was_filled_in(
    room: Room, name: str
) -> None:
    take(room, next(step for step in STEPS if step.document == name))

    [row] = written(room, name)
    page = typeset.html(papers.of_row(row))
    assert row.head["title"]
    assert row.head["basis"].startswith("《")
    assert papers.is_as_issued(row)
    assert "＿＿＿" not in page
    assert "None" not in page


@pytest.mark.parametrize(
    ("step", "source"),
    [(step, source) for step in STEPS for source in step.sources],
    ids=lambda part: part if isinstance(part, str) else part.trigger,
)
def test_a_document_is_written_from_wherever_its_step_may_be_taken(room: Room, step: Step, source: str) -> None:
    go_to(room, step, source)
    if source == "ordered_to_pay" and step.trigger in ("blacklisting_proposed", "crime_transferred"):
        # Only while the next payer's order still runs does the case stand here with one that was not obeyed.
        walk(room, WAGE_RECOVERY.step("ordered_to_pay", "order_expired"))
        go(room, "payment_ordered", payment_ordered={"payer": "subcontractor"})
    role = next(role for role in step.roles if role not in UNMANNED)
    if step.trigger == "window_missed":
        room.pass_time(OVER)
    form = form_of(room, step)
    if step.trigger == "enforcement_settled_others_go_on":
        form["payer"] = "subcontractor"
    if step.trigger == "serious_case_reported":
        form["matter"] = "owner_restriction"
    if step.trigger == "payment_ordered" and room.case("A1").details["orders"]:
        form["payer"] = "subcontractor"

    room.act("A1", step.trigger, form, role=role)

    assert written(room, str(step.document))


def test_who_goes_no_further_is_told_in_writing_until_when_a_court_may_still_be_asked(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made", "not_pursued")

    [row] = written(room, "remedies_notice")
    assert "申请强制执行，截至 2028年11月23日" in row.text


def test_the_order_of_an_authority_is_put_on_record_and_not_issued_by_the_street(room: Room) -> None:
    go(room, *TO_ORDER)

    [row] = written(room, "order_to_pay")
    assert "登记表" in row.head["title"]
    assert row.number == ""
    assert "18,000.00元（人民币壹万捌仟元整）" in row.text


@pytest.mark.parametrize("field", ["name", "sex", "age", "occupation", "work_unit", "address", "contact"])
def test_a_complaint_without_who_complains_is_refused(room: Room, field: str) -> None:
    go(room, "case_accepted")
    bare = {key: value for key, value in example(schemas.Claim)["complainants"][0].items() if key != field}
    found = papers.shipped(room.blueprint.folder)["complaint_record"]
    context = {"kept": {"claim": {**example(schemas.Claim), "complainants": [bare]}}}

    [refusal] = papers.missing(found, context)

    assert "缺少必备内容：劳动者" in refusal.zh
    with pytest.raises(RefusedError, match="lacks"):
        go(room, "claim_registered", claim_registered={"complainants": []})
    assert room.state("A1") == "accepted"
    assert not written(room, "complaint_record")


@pytest.mark.parametrize("field", ["employer_address", "employer_head", "employer_head_post"])
def test_a_complaint_without_the_employer_s_particulars_is_refused(room: Room, field: str) -> None:
    go(room, "case_accepted")

    with pytest.raises(RefusedError, match="lacks"):
        go(room, "claim_registered", claim_registered={field: ""})


def test_a_claim_from_before_the_documents_is_amended_and_then_handed_over(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with room.database.write() as session:
        case = session.merge(room.case("A1"))
        older = {key: value for key, value in case.details["claim"].items() if key != "complainants"}
        case.details = {**case.details, "claim": older}
    with pytest.raises(RefusedError, match="lacks"):
        go(room, "referred_to_inspection")

    go(room, "claim_amended", "referred_to_inspection")

    assert room.state("A1") == "inspection_pending"
    assert [row.version for row in written(room, "complaint_record")] == [1, 2]
    assert room.case("A1").owed_cents == 18000_00


def test_an_application_for_arbitration_names_who_applies(room: Room) -> None:
    go(room, *TO_COORDINATION)

    with pytest.raises(RefusedError, match="lacks"):
        go(room, "referred_to_arbitration", referred_to_arbitration={"applicants": []})
    assert room.state("A1") == "coordinated"
    go(room, "referred_to_arbitration")
    [row] = written(room, "arbitration_application")
    assert "示例路2号" in row.text
    assert row.head["to"] == "区劳动人事争议仲裁委员会"


def test_an_application_for_arbitration_names_all_who_have_to_pay_by_the_findings(room: Room) -> None:
    late = {"arrangements": ["subcontractor_owes", "owner_late"], "unpaid_project_price": "5000.00"}
    go(room, *TO_COORDINATION, liable_party_found=late)
    [row] = written(room, "liability_findings")
    assert row.text.index("示例建设单位") < row.text.index("示例总承包公司") < row.text.index("第30条第1款")
    assert "之间的先后，条例没有写明" in row.text
    with pytest.raises(RefusedError, match="others have to pay too: owner; list them"):
        go(room, "referred_to_arbitration")
    [contractor] = example(schemas.ArbitrationRequest)["co_respondents"]
    nameless = {"co_respondents": [{**contractor, "party": "user_unit"}]}
    with pytest.raises(RefusedError, match="say what the user_unit is called"):
        go(room, "referred_to_arbitration", referred_to_arbitration=nameless)

    listed = [contractor, {**contractor, "party": "owner", "respondent_address": "示例路3号"}]
    go(room, "referred_to_arbitration", referred_to_arbitration={"co_respondents": listed})

    [row] = written(room, "arbitration_application")
    assert "名称（施工总承包单位）：示例总承包公司" in row.text
    assert "名称（建设单位）：示例建设单位\n\n住所：示例路3号" in row.text
    assert (
        "请求裁决被申请人示例劳务公司支付劳动报酬；示例总承包公司依照《保障农民工工资支付条例》第30条第3款先行清偿；"
        "示例建设单位依照《保障农民工工资支付条例》第29条第2款以未结清的工程款 5,000.00元（人民币伍仟元整）为限先行垫付。"
    ) in row.text
    assert "本申请书副本 3 份" in row.text


def test_who_is_left_out_of_an_application_for_arbitration_is_left_out_for_a_reason(room: Room) -> None:
    go(room, *TO_COORDINATION)

    with pytest.raises(RefusedError, match="others have to pay too: general_contractor"):
        go(room, "referred_to_arbitration", referred_to_arbitration={"co_respondents": []})
    why = {"co_respondents": [], "why_not_all_liable": "工人只对用人单位申请"}
    go(room, "referred_to_arbitration", referred_to_arbitration=why)

    [row] = written(room, "arbitration_application")
    assert "请求裁决被申请人支付劳动报酬。" in row.text
    assert "副本 1 份" in row.text


def test_notices_letters_and_applications_are_numbered_one_after_the_other(room: Room) -> None:
    go(room, *TO_COORDINATION, "coordination_held")

    assert [row.number for row in written(room, "coordination_minutes")] == ["彭劳协〔2026〕1号", "彭劳协〔2026〕2号"]


def test_a_verified_payment_lists_every_payment_with_its_source(room: Room) -> None:
    go(room, *TO_COORDINATION)
    room.act("A1", "payment_verified", example(schemas.PaymentCheck), role=Role.REVIEWER)

    [row] = written(room, "payment_check_record")
    assert row.text.count("银行回单") == 2
    assert "18,000.00元" in row.text


def test_what_was_paid_before_is_taken_off_what_others_are_told_is_owed(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_recorded", "referred_to_inspection", payment_recorded=PART)

    [row] = written(room, "inspection_transfer_letter")
    assert "尚欠 2 人工资 14,000.00元（人民币壹万肆仟元整）" in row.text
    kept = room.case("A1").details
    assert (kept["owed_total"], kept["left_total"], kept["left_workers"]) == ("18000.00", "14000.00", 2)
    go(room, "payment_doubted")
    assert room.case("A1").details["left_total"] == "18000.00"

    go(room, "payment_verified")

    kept = room.case("A1").details
    assert (kept["left_total"], kept["left_workers"]) == ("0.00", 0)


def test_each_worker_has_a_receipt_with_his_name(room: Room) -> None:
    both = [{**example(schemas.Payment)["rows"][0], "number": number} for number in (1, 2)]
    go(room, *TO_COORDINATION, "payment_recorded", payment_recorded={"rows": both})

    [row] = written(room, "payment_receipts")
    named = {one["number"]: one["name"] for one in room.case("A1").details["roster"]["rows"]}
    assert len(named) > 1
    for number, name in named.items():
        assert f"{name}（序号 {number}，身份证号 371602" in row.text
        assert f"| {number} | {name} |" in row.text
    assert row.text.count("收款人（签名、日期）：") == len(named)


def test_how_a_payment_was_checked_is_said_in_words(room: Room) -> None:
    go(room, *TO_COORDINATION, "payment_verified", payment_verified={"checked_by": "both"})

    [row] = written(room, "payment_check_record")
    assert "核实方式：核对银行流水并由工人本人确认" in row.text
    assert "工人甲" in row.text


@pytest.mark.parametrize(
    ("document", "way"),
    [
        ("settlement_agreement", ("settlement_agreed",)),
        ("confirmation_application", ("settlement_agreed", "confirmation_applied")),
        ("arbitral_confirmation_application", ("settlement_agreed", "arbitral_confirmation_applied")),
        ("payment_order_application", ("payment_order_applied",)),
        ("arbitration_application", ("referred_to_arbitration",)),
    ],
)
def test_a_list_of_workers_says_what_each_still_gets_after_what_was_paid(
    room: Room, document: str, way: tuple[str, ...]
) -> None:
    rest = {"instalments": [{"due_on": "2026-12-31", "amount": "14000.00"}]}
    go(room, *TO_COORDINATION, "payment_recorded", payment_recorded=PART)
    go(room, *way, settlement_agreed=rest)

    [said] = [row.text for row in written(room, document)]

    lines = {
        line.split("|")[1].strip(): line for line in said.split("## 附：人员和金额")[1].splitlines() if "|" in line
    }
    ends = {name: [cell.strip() for cell in line.split("|")][-4:-1] for name, line in lines.items()}
    assert ends["1"] == ["12000.00", "6000.00", "6000.00"]
    assert ends["2"] == ["9500.00", "1500.00", "8000.00"]
    assert ends["合计"][-1] == "14000.00"
    assert "14,000.00" in said.split("## 附：人员和金额")[0] or "14000.00" in said.split("## 附：人员和金额")[0]


def test_who_was_paid_in_full_is_on_no_list_of_what_is_owed(room: Room) -> None:
    first = example(schemas.Payment)["rows"][0]
    whole = {"rows": [{**first, "amount": "10000.00"}], "source": "payer"}
    go(room, *TO_COORDINATION, "payment_recorded", "payment_order_applied", payment_recorded=whole)

    [said] = [row.text for row in written(room, "payment_order_application")]

    assert "农民工 1 人" in said
    assert "工人甲" not in said.split("## 附：人员和金额")[1]


def test_a_settlement_names_the_party_that_pays(room: Room) -> None:
    go(room, *TO_COORDINATION, "settlement_agreed", settlement_agreed={"payer": "general_contractor"})

    [said] = [row.text for row in written(room, "settlement_agreement")]

    assert "支付一方（施工总承包单位）：示例总承包公司" in said


@pytest.mark.parametrize(
    ("payer", "said"),
    [
        ("general_contractor", "名称（施工总承包单位）：示例总承包公司"),
        ("subcontractor", "名称（分包单位）：示例劳务公司"),
    ],
)
def test_a_payment_order_upon_a_broken_settlement_is_asked_for_against_who_has_agreed_to_pay(
    room: Room, payer: str, said: str
) -> None:
    go(room, *TO_COORDINATION, "settlement_agreed", "settlement_breached", settlement_agreed={"payer": payer})
    with pytest.raises(RefusedError, match="goes to who has agreed to pay"):
        go(room, "payment_order_applied", payment_order_applied={"ground": "settlement_broken", "payer": "employer"})

    go(room, "payment_order_applied", payment_order_applied={"ground": "settlement_broken"})

    [row] = written(room, "payment_order_application")
    assert said in row.text
    assert "住所：示例路2号" in row.text
    go(room, "payment_order_served")
    walk(room, WAGE_RECOVERY.step("payment_order_issued", "objection_time_ran_out"))
    go(room, "enforcement_applied", enforcement_applied={"ground": "payment_order"})
    [row] = written(room, "enforcement_application")
    assert said in row.text


def test_a_payment_order_upon_arrears_is_asked_for_against_the_employer_or_who_else_has_to_pay(room: Room) -> None:
    go(room, *TO_COORDINATION)
    with pytest.raises(RefusedError, match="owner does not have to pay"):
        go(room, "payment_order_applied", payment_order_applied={"payer": "owner"})

    go(room, "payment_order_applied")

    [row] = written(room, "payment_order_application")
    assert "名称：示例劳务公司" in row.text
    assert "住所：示例路1号" in row.text
