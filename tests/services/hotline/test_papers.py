"""The hotline's documents, warnings and deadlines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from chassis import papers, typeset
from chassis.calc import described, reckon
from chassis.calc_command import calc
from chassis.problems import ProblemError
from services.hotline import rules
from services.hotline.calc import COMPUTATIONS, limits
from services.hotline.workflow import HOTLINE
from services.routing.rules import promises

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.testing import Room

    Walk = Callable[..., None]

[DEADLINES] = COMPUTATIONS
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def written(room: Room) -> dict[str, Any]:
    """Return the latest document of each name."""
    with room.database.read() as session:
        rows = session.execute(select(room.blueprint.papers).order_by(room.blueprint.papers.c.seq)).all()
    return {row.name: row for row in rows}


# -- documents ----------------------------------------------------------------


def test_every_document_of_the_procedure_has_a_template(room: Room) -> None:
    named = {step.document for step in HOTLINE.steps if step.document}

    assert named == {*papers.shipped(room.blueprint.folder)}


@pytest.mark.parametrize(
    ("path", "document", "says"),
    [
        (("case_accepted", "triaged"), "work_order", "街道城建办"),
        (("return_requested",), "return_application", "物业管理办公室"),
        (("case_accepted", "extension_requested"), "extension_application", "申请延期5个工作日"),
        (("case_accepted", "triaged", "relayed_out"), "relay_letter", "5个工作日内"),
        (
            ("case_accepted", "upstream_recorded", "upstream_return_asked"),
            "upstream_return_application",
            "区交通运输局",
        ),
        (
            ("case_accepted", "upstream_recorded", "upstream_extension_asked"),
            "upstream_extension_application",
            "工单BZ2026112300012",
        ),
        (
            ("case_accepted", "contact_made", "triaged", "site_visited", "reply_drafted", "reply_approved"),
            "reply_opinion",
            "事实清楚，同意答复。",
        ),
        (
            (
                "case_accepted",
                "contact_made",
                "triaged",
                "site_visited",
                "reply_drafted",
                "reply_approved",
                "concluded",
            ),
            "reply_letter",
            "您反映的路灯问题已修复",
        ),
    ],
)
def test_a_step_writes_its_document(room: Room, walk: Walk, path: tuple[str, ...], document: str, says: str) -> None:
    walk(*path)

    row = written(room)[document]
    assert says in row.text
    assert "2026-000001" in row.text
    assert "〔2026〕1号" in row.number
    assert row.head["title"] in typeset.html(papers.of_row(row))


def test_who_is_told_another_way_is_not_told_that_all_is_done(room: Room, walk: Walk) -> None:
    walk(
        *("case_accepted", "contact_made", "triaged", "petition_route_told", "unsolved_reply_drafted"),
        *("reply_approved", "concluded"),
        triaged={"kind": "complaint", "other_route": "litigation"},
        petition_route_told={"ground": "litigation"},
    )

    text = written(room)["reply_letter"].text
    assert "收悉，现将办理情况答复如下" in text
    assert "办理完毕" not in text


def test_who_is_urged_reads_whole_sentences(room: Room, walk: Walk) -> None:
    walk("case_accepted", "triaged", "relayed_out", "external_urged", external_urged={"promise": "三日内反馈"})

    assert "值班员丙表示：三日内反馈。请于3个工作日内反馈" in written(room)["supervision_order"].text


def test_what_disputes_a_refusal_is_an_application_of_its_own_with_the_opinion(room: Room, walk: Walk) -> None:
    walk("return_requested")
    denied = {"mechanism": "hotline", "granted": False, "opinion": "属本单位职责清单第三项"}
    room.hear("routing.return_decided.v1", "A1", denied)

    walk("adjudication_requested")

    text = written(room)["return_application"].text
    assert "对不予退单的审核意见（属本单位职责清单第三项）有异议，现提请裁定" in text


def test_a_relay_letter_names_nobody_and_asks_to_keep_it_so(room: Room, walk: Walk) -> None:
    walk("case_accepted", "triaged", "relayed_out")

    letter = written(room)["relay_letter"]
    assert letter.head["to"] == "区供电公司"
    assert "请勿向被反映对象透露诉求来源" in letter.text


def test_a_silent_unit_is_urged_by_an_order_to_it(room: Room, walk: Walk) -> None:
    walk("case_accepted", "triaged", "relayed_out")
    clock = room.clocks("A1")["external_follow_up"]
    room.pass_time(clock.due_at(room.blueprint.calendar) - room.now)
    walk("external_urged")

    order = written(room)["supervision_order"]
    assert order.head["to"] == "区供电公司"
    assert "彭李转〔2026〕12号" in order.text


def test_a_petition_matter_is_told_its_route_in_writing(room: Room, walk: Walk) -> None:
    walk("case_accepted", "triaged", "petition_route_told", triaged={"in_petition_system": True})

    notice = written(room)["not_accepted_notice"].text
    assert "应当向区信访局提出" in notice
    assert "受理之日起六十日内办结" in notice


def test_a_petition_is_handed_over_by_a_letter_that_asks_for_its_times(room: Room, walk: Walk) -> None:
    walk("case_accepted", "triaged", "petition_transferred", triaged={"other_route": "petition_opinion_due"})

    page = typeset.html(papers.of_row(written(room)["petition_letter"]))
    assert "区信访局" in page
    assert "十五日内" in page
    assert "＿" not in page


def test_who_has_to_go_to_court_is_told_so_in_writing_and_nothing_of_petitions(room: Room, walk: Walk) -> None:
    route = {"ground": "litigation", "authority": "区人民法院"}
    triage = {"other_route": "litigation"}
    walk("case_accepted", "triaged", "petition_route_told", triaged=triage, petition_route_told=route)

    papers = written(room)
    assert "应当通过或者已经进入诉讼" in papers["work_order"].text
    assert "应当向区人民法院提出" in papers["not_accepted_notice"].text
    assert "信访事项" not in papers["not_accepted_notice"].text


# -- warnings -----------------------------------------------------------------


def codes(details: dict[str, Any]) -> set[str]:
    """Return what is warned of."""
    case: Any = SimpleNamespace(details=details)
    return {one.code for rule in rules.WARNINGS for one in rule(case, NOW)}


def test_a_claim_without_contact_or_deed_is_warned_of() -> None:
    solved = {"reply_drafted": {"handler_claims_solved": True, "outcome": "solved"}}
    never = {"contact_made": [{"way": "not_possible"}]}

    assert codes({**solved, **never}) == {"claimed_without_contact", "solved_without_a_measure"}
    assert codes({**solved, "contact_made": [{"way": "phone"}], "measure_taken": [{}]}) == set()
    assert codes({**solved, **never, "anonymous": True, "site_visited": [{}]}) == set()
    assert codes({**never}) == set()


def test_a_reply_that_goes_round_is_warned_of() -> None:
    assert codes({"reply_sent_back": [{}]}) == set()
    assert codes({"reply_sent_back": [{}], "upstream_sent_back": [{}]}) == {"sent_back_often"}


# -- deadlines ----------------------------------------------------------------


def due(**given: Any) -> dict[str, Any]:
    """Compute."""
    return reckon(DEADLINES, {"received_at": "2026-09-30T09:00:00+08:00", "urgency": "III", **given})


def test_the_promise_is_that_of_the_ledger() -> None:
    assert {
        urgency: {name: str(row[name]) for name in ("sign_in", "first_contact", "finish") if name in row}
        for urgency, row in limits().items()
    } == {
        urgency: {
            name: str(limit) for name, limit in one.limits.items() if name in ("sign_in", "first_contact", "finish")
        }
        for urgency, one in promises().items()
    }


def test_five_working_days_go_over_the_national_day_and_its_make_up_saturday() -> None:
    answer = due()

    assert answer["finish_by"] == "2026-10-13T23:59:59+08:00"
    assert answer["due"]["finish"] == answer["finish_by"]
    assert "2026-10-10（周六） 国庆节调休上班" in "".join(line["zh"] for line in answer["explanation"])


def test_the_upstream_hotlines_time_less_a_day_bounds_the_finish() -> None:
    answer = due(upstream_workdays=3)

    assert answer["due"]["internal"] < answer["due"]["upstream"] < answer["due"]["finish"]
    assert answer["finish_by"] == answer["due"]["internal"]
    assert due(upstream_workdays=20)["finish_by"] == answer["due"]["finish"]
    assert answer["not_verified"] == ["鲁政办字〔2019〕211号的原文"]


def test_an_extension_is_granted_before_the_end_and_no_longer_than_allowed() -> None:
    assert due(extension_workdays=10)["finish_by"] > due()["finish_by"]
    for given, pointer in (
        ({"extension_workdays": 11}, "/extension_workdays"),
        ({"urgency": "I", "extension_workdays": 1}, "/extension_workdays"),
        ({"extension_workdays": 1, "extended_at": "2026-12-01T09:00:00+08:00"}, "/extended_at"),
        ({"urgency": "V"}, "/urgency"),
        ({"received_at": "2026-09-30T09:00:00"}, "/received_at"),
    ):
        with pytest.raises(ProblemError) as caught:
            due(**given)
        assert caught.value.errors[0]["pointer"] == pointer


def test_hours_run_by_night_too_for_what_is_urgent() -> None:
    answer = due(urgency="I", received_at="2026-10-01T23:30:00+08:00")

    assert answer["finish_by"] == "2026-10-02T01:30:00+08:00"


def test_the_command_knows_it() -> None:
    done = CliRunner().invoke(
        calc, ["hotline", "deadlines", "--json"], input=json.dumps(described(DEADLINES)["example"])
    )

    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["finish_by"]
