"""Mediation's documents: written by its steps, to be had as files, with a register of how they were served."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from docx import Document
from openpyxl import load_workbook
from sqlalchemy import select, update

from chassis import keys, moments, papers, settings, typeset
from chassis.access import Principal, sign_token
from chassis.forms import example
from chassis.keys import KeyFolder
from chassis.wire import plain
from chassis.workcalendar import local_date
from chassis.workflow import Moment, RefusedError, Role
from services import mediation
from services.mediation.web import create_app
from services.mediation.workflow import MEDIATION
from tests.services.mediation.test_service import TO_AGREEMENT, TO_SESSION, go, room, walk, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from chassis.testing import Room

__all__ = ["room"]

DOCUMENTS = sorted({step.document for step in MEDIATION.steps if step.document})
#: Ways over the table, by trigger, on which every document is written.
WAYS: dict[str, tuple[str, ...]] = {
    "settled": (
        *("case_accepted", "contact_made", "application_recorded", "agent_authorised", "consent_given"),
        *("rights_explained", "mediators_set", "facts_established", "session_held", "escalation_reported"),
        *("escalation_followed_up", "agreement_drafted", "agreement_signed", "confirmation_applied", "court_confirmed"),
        *("outsider_challenged", "performance_verified", "follow_up_visited", "concluded"),
    ),
    "broken": (
        *(*TO_SESSION, "agreed_by_word", "breach_found", "performance_urged", "urging_was_in_vain", "remedies_told"),
        "concluded_unsettled",
    ),
    "broken_after_confirmation": (
        *(*TO_AGREEMENT, "confirmation_applied", "court_confirmed", "breach_found", "performance_urged"),
        *("urging_was_in_vain", "remedies_told"),
    ),
    "ended": (*TO_SESSION, "session_held", "mediation_terminated", "authority_informed", "concluded_unsettled"),
    "refused": ("case_accepted", "contact_made", "application_recorded", "consent_refused", "concluded_unsettled"),
    "ineligible": ("case_accepted", "contact_made", "found_ineligible", "concluded_unsettled"),
}
#: The documents whose contents the law demands, with the way and the step that writes each.
REQUIRED = [
    (way, name)
    for way, name in (
        ("settled", "mediation_application"),
        ("settled", "power_of_attorney"),
        ("settled", "mediation_register"),
        ("settled", "rights_notice"),
        ("settled", "session_record"),
        ("settled", "escalation_report"),
        ("settled", "mediation_agreement"),
        ("settled", "confirmation_application"),
        ("settled", "outsider_notice"),
        ("broken", "oral_agreement_register"),
        ("broken", "urging_notice"),
        ("broken", "remedies_notice"),
        ("ended", "termination_notice"),
        ("ended", "authority_report"),
        ("refused", "no_mediation_notice"),
    )
]


def go_way(room: Room, way: str) -> None:
    """Go one of the ways, letting time pass where a clock takes the step."""
    walk(room, *_steps(way))


def _steps(way: str) -> Iterator[Any]:
    state = MEDIATION.initial
    for trigger in WAYS[way]:
        step = MEDIATION.step(state, trigger)
        state = step.target
        yield step


def issued(room: Room) -> dict[str, Any]:
    """Return the latest of each document of the case."""
    table = room.blueprint.papers
    with room.database.read() as session:
        return {row.name: row for row in session.execute(select(table).order_by(table.c.version)).all()}


def test_a_session_s_record_names_also_who_was_invited_later(room: Room) -> None:
    expert = {"invited": "专家甲", "capacity": "expert", "all_agree": True}

    go(room, *TO_SESSION, "helpers_invited", "session_held", helpers_invited={"invited": [expert]})

    assert "| 受邀参与人 | 楼长甲（楼长）、专家甲（" in issued(room)["session_record"].text


def test_every_document_of_the_procedure_has_its_template_and_no_template_is_idle() -> None:
    shipped = {file.stem for file in (Path(mediation.__file__).parent / "templates" / "papers").glob("*.md")}

    assert {*DOCUMENTS} == shipped


@pytest.mark.parametrize("way", WAYS)
def test_each_step_with_a_document_writes_it_and_leaves_no_blank_that_was_filled_in(room: Room, way: str) -> None:
    go_way(room, way)

    due = {step.document for step in _steps(way) if step.document}
    found = issued(room)
    assert {*found} == due
    for name, row in found.items():
        page = typeset.html(papers.of_row(row))
        assert "＿" not in page, name
        assert "\\" not in page.split("</style>")[1], name
        assert row.head["title"] in page


def test_the_ways_write_every_document() -> None:
    assert {step.document for way in WAYS for step in _steps(way) if step.document} == {*DOCUMENTS}


@pytest.mark.parametrize(("way", "name"), REQUIRED)
def test_whatever_the_law_demands_of_a_document_is_missed_when_it_is_not_there(room: Room, way: str, name: str) -> None:
    go_way(room, way)
    [step, *_] = [step for step in _steps(way) if step.document == name]
    found, form = papers.template(room.blueprint, name), plain(step.form().load(example(step.form)))
    case, moment = room.case("A1"), Moment(now=room.now, actor="p1", role=Role.HANDLER)
    context = papers.seen(case, form, case.details, moment)

    assert found is not None
    assert found.required
    assert papers.missing(found, context) == ()
    for path, said in found.required.items():
        lacking = papers.missing(found, without(context, path.split(".")))
        assert [one.zh for one in lacking if said in one.zh], path


def without(value: Any, path: list[str]) -> Any:
    """Return a copy of what a template sees, with one thing gone."""
    first, *rest = path
    if first == "*":
        return [without(one, rest) if rest else one for one in value]
    if not rest:
        return {name: inner for name, inner in value.items() if name != first}
    return {**value, first: without(value[first], rest)}


def test_a_step_is_refused_when_its_document_lacks_something(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    with room.database.write() as session:
        stored = session.scalars(select(room.blueprint.case)).one()
        agreement = stored.details["agreement"]
        stored.details = {
            **stored.details,
            "agreement": {**agreement, "items": [{**item, "what": ""} for item in agreement["items"]]},
        }

    with pytest.raises(RefusedError, match="协议内容"):
        go(room, "confirmation_applied")

    assert room.state("A1") == "performing"
    assert "confirmation_application" not in issued(room)


def test_a_notice_of_remedies_names_the_last_day_that_counts(room: Room) -> None:
    go_way(room, "broken_after_confirmation")

    assert room.case("A1").details["enforcement_until"] == "2028-12-31"
    assert "2028年12月31日" in issued(room)["remedies_notice"].text


def test_a_notice_of_the_end_names_the_last_day_to_sue_and_the_authority_for_noise(room: Room) -> None:
    go_way(room, "ended")

    text = issued(room)["termination_notice"].text
    assert "2029年11月23日" in text
    assert "噪声扰民经劝阻、调解无效的" in text


def test_a_file_lists_what_it_holds(room: Room) -> None:
    go_way(room, "settled")

    text = issued(room)["case_file"].text
    assert "| 人民调解协议书 | 有 |" in text
    assert "| 调解终止告知书 | 无 |" in text


def rows(room: Room, name: str = "mediation_agreement") -> list[Any]:
    """Return the register of agreements, or of other documents."""
    table = room.blueprint.papers
    with room.database.read() as session:
        of_it = select(table).where(table.c.name == name).order_by(table.c.seq)
        return list(session.execute(of_it).all())


def test_an_agreement_is_written_when_it_is_drafted_and_again_when_it_is_signed(room: Room) -> None:
    go(room, *TO_AGREEMENT)

    drafted, signed = rows(room)
    assert (drafted.version, signed.version) == (1, 2)
    # What is signed is what was drafted, under its number.
    assert (drafted.number, signed.number) == ("彭人调协〔2026〕1号", "彭人调协〔2026〕1号")
    assert "居民甲" in signed.text
    assert "1,200.00元（人民币壹仟贰佰元整）" in signed.text
    assert signed.head["title"] == "人民调解协议书"


def test_another_draft_has_a_number_of_its_own(room: Room) -> None:
    go(
        room,
        *TO_SESSION,
        "session_held",
        "agreement_drafted",
        "draft_rejected",
        "agreement_drafted",
        "agreement_signed",
    )

    assert [row.number[-2:] for row in rows(room)] == ["1号", "2号", "2号"]


def test_a_letter_to_the_debtor_and_an_application_read_as_whole_sentences(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed")
    go(room, "breach_found", "performance_urged", breach_found={"kind": "refused"})

    found = issued(room)
    application, urged = found["confirmation_application"].text, found["urging_notice"].text
    assert "达成的人民调解协议（彭人调协〔2026〕1号）有效。" in application
    assert "。经调解，申请人自愿达成协议如下" in application
    assert "请你按照协议约定付款。" in urged
    # A space within a line is stretched until the line is full.
    assert "（案号：" in urged


def test_a_department_changes_its_document_and_what_it_asks_for(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    own = tmp_path / "papers" / "mediation" / "mediation_agreement.md"
    own.parent.mkdir(parents=True)
    own.write_text('+++\ntitle = "协议"\n[required]\n"form.unresolved" = "未决事项"\n+++\n本部门格式。\n', "utf-8")
    go(room, *TO_SESSION, "session_held")

    with pytest.raises(RefusedError, match="未决事项"):
        go(room, "agreement_drafted", agreement_drafted={"unresolved": ""})

    assert room.state("A1") == "in_session"
    assert not rows(room)
    go(room, "agreement_drafted", agreement_drafted={"unresolved": "清洗费用", "scope": "partial"})
    [paper] = rows(room)
    assert paper.text == "本部门格式。"
    own.write_text("坏的模板", "utf-8")
    assert rows(room) == [paper]


@pytest.fixture
def client(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Give mediation's web app over the same database."""
    del room
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    for name in ("JIESU_KEYS_DIR", "JIESU_DATABASE_URL", "JIESU_MEDIATION_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    keys.generate(tmp_path / "keys", ["mediation"])
    return create_app(settings.load({"JIESU_DATA": str(tmp_path)})).test_client()


def signed_in(tmp_path: Path, *roles: str, unit: str = "*") -> dict[str, str]:
    """Sign a token."""
    who = Principal(
        id="p1", name="调解员甲", roles=frozenset(roles), services=frozenset({"*"}), units=frozenset({unit})
    )
    return {"Authorization": f"Bearer {sign_token(who, KeyFolder(tmp_path / 'keys').signing(), moments.now())}"}


def test_a_document_is_had_as_a_file_by_those_who_work_on_the_case_and_each_opening_is_told(
    room: Room, client: FlaskClient, tmp_path: Path
) -> None:
    go(room, *TO_AGREEMENT)
    handler, inspector = signed_in(tmp_path, "handler"), signed_in(tmp_path, "inspector")
    listed = client.get("/api/v1/papers?name=mediation_agreement", headers=handler).get_json()["items"]
    [latest, _draft] = listed
    of_case = client.get(f"/api/v1/cases/{latest['case_id']}/papers", headers=handler).get_json()["items"]

    assert latest in of_case
    assert (latest["number"], latest["version"]) == ("彭人调协〔2026〕1号", 2)
    word = client.get(latest["files"]["docx"], headers=handler)
    assert Document(io.BytesIO(word.data)).paragraphs[0].text == "人民调解协议书"
    assert client.get(latest["files"]["pdf"], headers=handler).data.startswith(b"%PDF")
    assert client.get(latest["files"]["html"], headers=inspector).status_code == 403
    assert client.get(latest["files"]["html"], headers=signed_in(tmp_path, "handler", unit="other")).status_code == 404
    assert client.get(f"{latest['files']['html']}x", headers=handler).status_code == 400
    assert [look["what"] for look in room.told("reveal_logged.v1")] == [["mediation_agreement"]] * 2


def test_leaders_and_inspectors_open_a_document_for_a_stated_purpose_only_and_nobody_else_by_one(
    room: Room, client: FlaskClient, tmp_path: Path
) -> None:
    go(room, *TO_AGREEMENT)
    listed = client.get("/api/v1/papers?name=mediation_agreement", headers=signed_in(tmp_path, "handler")).get_json()
    page, purpose = listed["items"][0]["files"]["html"], {"X-Purpose": quote("年度归档检查")}

    for role in ("leader", "inspector"):
        without = client.get(page, headers=signed_in(tmp_path, role))
        assert (without.status_code, "说明用途" in without.get_json()["detail"]) == (403, True)
        assert client.get(page, headers={**signed_in(tmp_path, role), **purpose}).status_code == 200
    for role in ("operator", "desk"):
        assert client.get(page, headers={**signed_in(tmp_path, role), **purpose}).status_code == 403
    blank = {"X-Purpose": quote(" ")}
    assert client.get(page, headers={**signed_in(tmp_path, "leader"), **blank}).status_code == 403

    assert [look["purpose"].endswith("：年度归档检查") for look in room.told("reveal_logged.v1")] == [True, True]


def test_how_a_document_was_served_is_on_record_and_nothing_impossible_is(
    room: Room, client: FlaskClient, tmp_path: Path
) -> None:
    go(room, *TO_AGREEMENT)
    handler = signed_in(tmp_path, "handler")
    [latest, _draft] = client.get("/api/v1/papers?name=mediation_agreement", headers=handler).get_json()["items"]
    url = f"/api/v1/cases/{latest['case_id']}/papers/{latest['id']}/served"
    served = {"way": "in_person", "recipient": "居民甲", "at": room.now.isoformat(), "note": "本人签收"}

    for wrong, pointer in (
        ({**served, "at": "2999-01-01T00:00:00+08:00"}, "/at"),
        ({**served, "at": "2020-01-01T00:00:00+08:00"}, "/at"),
        ({**served, "way": "by_pigeon"}, "/way"),
    ):
        refused = client.post(url, headers=handler, json=wrong)
        assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, pointer)
    assert client.post(url, headers=handler, json=served).status_code == 201

    [row] = [row for row in rows(room) if row.id == latest["id"]]
    assert [(one["way"], one["recipient"], one["by_name"]) for one in row.served] == [
        ("in_person", "居民甲", "调解员甲")
    ]


def test_the_register_is_narrowed_and_taken_away_as_a_spreadsheet(
    room: Room, client: FlaskClient, tmp_path: Path
) -> None:
    go(room, *TO_AGREEMENT)
    handler, month = signed_in(tmp_path, "handler"), local_date(room.now).isoformat()[:7]

    def listed(query: str) -> list[dict[str, Any]]:
        answer = client.get(f"/api/v1/papers?limit=200&{query}", headers=handler)
        assert answer.status_code == 200, answer.get_json()
        return list(answer.get_json()["items"])

    every = listed("")
    latest = listed("name=mediation_agreement")[0]
    served = {"way": "in_person", "recipient": "居民甲", "at": room.now.isoformat(), "note": "本人签收"}
    client.post(f"/api/v1/cases/{latest['case_id']}/papers/{latest['id']}/served", headers=handler, json=served)

    case = client.get(f"/api/v1/cases/{latest['case_id']}", headers=handler).get_json()
    assert case["number"]
    assert {one["case_number"] for one in every} == {case["number"]}
    assert [one["id"] for one in listed("served=yes")] == [latest["id"]]
    assert {one["id"] for one in listed("served=no")} == {one["id"] for one in every if one["addressed"]} != set()
    assert listed(f"month={month}") == listed(f"month={month[:4]}") == listed("")
    assert listed("month=2001-01") == []
    assert {one["number"] for one in listed(f"number={quote('人调协')}")} == {latest["number"]}
    assert listed("number=%25") == []
    for query in ("served=perhaps", "month=soon"):
        assert client.get(f"/api/v1/papers?{query}", headers=handler).status_code == 400
    for as_, head in (("csv", "\ufeff文号,文书,版本,诉求编号"), ("xlsx", "文号,文书,版本,诉求编号")):
        file = client.get(f"/api/v1/papers?served=yes&as={as_}", headers=handler)
        sheet = file.get_data(as_text=True) if as_ == "csv" else lines(file.data)
        assert sheet.startswith(head)
        assert (latest["number"] in sheet, len(sheet.splitlines())) == (True, 2)
    assert (
        len(client.get("/api/v1/papers?as=csv", headers=handler).get_data(as_text=True).splitlines()) == len(every) + 1
    )
    page = client.get(f"/papers?served=yes&month={month}", headers=handler).get_data(as_text=True)
    assert f"?month={month}&amp;served=yes&amp;as=xlsx" in page


def lines(file: bytes) -> str:
    """Return the rows of a workbook as lines."""
    [*found] = load_workbook(io.BytesIO(file)).worksheets[0].iter_rows(values_only=True)
    return "\n".join(",".join(str(cell) for cell in row) for row in found)


def test_a_document_that_was_tampered_with_says_so(room: Room, client: FlaskClient, tmp_path: Path) -> None:
    go(room, *TO_AGREEMENT)
    table = room.blueprint.papers
    with room.database.write() as session:
        session.execute(update(table).where(table.c.version == 2).values(text="金额改为一元。"))

    handler = signed_in(tmp_path, "handler")
    listed = client.get("/api/v1/papers?name=mediation_agreement", headers=handler).get_json()["items"]

    assert [one["as_issued"] for one in listed] == [False, True]
    assert "与签发时不一致" in client.get(listed[0]["files"]["html"], headers=handler).get_data(as_text=True)


def test_a_paper_names_the_day_of_the_act_and_not_that_on_which_it_was_put_on_record(room: Room) -> None:
    go(room, *TO_SESSION[:3])
    consents = [
        {"party": party, "agrees": True, "way": "by_word", "on": "2026-11-23"} for party in ("居民甲", "居民乙")
    ]
    room.pass_time(timedelta(days=2))
    go(room, "consent_given", consent_given={"registered_on": "2026-11-24", "consents": consents})
    go(room, *TO_SESSION[4:])
    room.pass_time(timedelta(days=3))
    go(room, "agreed_by_word", agreed_by_word={"agreed_on": "2026-11-26"})

    assert "| 受理时间 | 2026年11月24日 |" in written(room, "mediation_register")
    assert "| 达成时间 | 2026年11月26日 |" in written(room, "oral_agreement_register")

    go(room, "mediation_reopened", "mediation_terminated")
    notice = written(room, "termination_notice")
    assert "本委员会自2026年11月24日起调解" in notice
    assert "此前达成的调解协议仍然有效，应当按照约定履行" in notice


BINDS = "此前达成的调解协议仍然有效"


def test_a_notice_says_that_what_was_agreed_binds_although_a_court_would_not_confirm_what_was_agreed_before(
    room: Room,
) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_refused", "mediation_resumed")

    go(room, "agreed_by_word", "mediation_reopened", "mediation_terminated")

    assert BINDS in written(room, "termination_notice")


@pytest.mark.parametrize("way", [(), ("mediation_resumed",)])
def test_what_a_court_would_not_confirm_is_not_said_to_bind(room: Room, way: tuple[str, ...]) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_refused", *way, "mediation_terminated")

    assert BINDS not in written(room, "termination_notice")


def test_where_nothing_was_agreed_nothing_is_said_to_bind(room: Room) -> None:
    go(room, *TO_SESSION, "mediation_terminated")

    assert "此前达成的调解协议" not in written(room, "termination_notice")


@pytest.mark.parametrize(
    ("step", "document"),
    [("agreed_by_word", "oral_agreement_register"), ("agreement_drafted", "mediation_agreement")],
)
def test_who_agrees_on_a_part_is_told_the_ways_for_the_rest(room: Room, step: str, document: str) -> None:
    go(room, *TO_SESSION, step, **{step: {"scope": "partial", "unresolved": "误工费"}})

    said = "尚未达成一致的事项：误工费。当事人可以就此依法通过仲裁、行政、司法等途径维护自己的权利。"
    assert said in written(room, document)


def test_who_has_no_dispute_for_mediators_is_not_told_to_apply_again(room: Room) -> None:
    go(room, *TO_SESSION[:2], "found_ineligible")

    text = written(room, "no_mediation_notice")
    assert "共同申请调解" not in text
    assert "不属于人民调解范围。" in text


def test_what_a_court_has_confirmed_is_enforced_and_not_sued_upon(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "mediation_reopened", "mediation_terminated")

    text = written(room, "termination_notice")
    assert "可以申请强制执行，请不晚于2028年12月31日提出。" in text
    assert BINDS not in text


def test_whom_a_document_has_reached_is_named_to_those_only_who_work_on_the_case(
    room: Room, client: FlaskClient, tmp_path: Path
) -> None:
    go(room, *TO_AGREEMENT)
    handler = signed_in(tmp_path, "handler")
    latest = client.get("/api/v1/papers?name=mediation_agreement", headers=handler).get_json()["items"][0]
    of_case = f"/api/v1/cases/{latest['case_id']}/papers"
    served = {"way": "in_person", "recipient": "居民甲", "at": room.now.isoformat(), "note": "电话13800000000"}
    client.post(f"{of_case}/{latest['id']}/served", headers=handler, json=served)

    for url in (of_case, "/api/v1/papers", "/api/v1/papers?as=csv"):
        assert "居民甲" in client.get(url, headers=handler).get_data(as_text=True)
        for role in ("operator", "inspector"):
            seen = client.get(url, headers=signed_in(tmp_path, role))
            assert seen.status_code == 200
            assert "居民甲" not in seen.get_data(as_text=True)
            assert "13800000000" not in seen.get_data(as_text=True)


@pytest.mark.parametrize(("way", "reached"), [("letter", ["by_post"]), ("visit", ["in_person"]), ("phone", [])])
def test_who_was_urged_by_telephone_has_no_letter_in_hand(room: Room, way: str, reached: list[str]) -> None:
    go(room, *TO_AGREEMENT, "breach_found", "performance_urged", performance_urged={"way": way})

    [letter] = rows(room, "urging_notice")
    assert [one["way"] for one in letter.served] == reached
