"""Routing behind its mailbox and its doors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from sqlalchemy import select

from chassis import bulk, cases, metrics, wire
from chassis.chores import Setbacks, take_due
from chassis.clocks import Clock, Unit
from chassis.testing import Room
from chassis.work import Work
from chassis.workcalendar import standard_calendar
from chassis.workflow import NotPermittedError, RefusedError, Role
from services.routing import rules
from services.routing.judging.lexicon import MECHANISMS
from services.routing.judging.opinions import MadeUp
from services.routing.service import RoutingService
from tests.nodes.postgres import DatabaseServer
from tests.services.routing.conftest import SAID, SERIOUS, UNCLEAR, URGENT, Go, registered

Say = Callable[..., str]
Walk = Callable[..., None]

REGISTERED = "intake.appeal_registered.v1"


def told(room: Room) -> list[str]:
    table = room.blueprint.store.letters
    with room.database.read() as session:
        return [row.key.partition(".")[2] for row in session.execute(table.select().order_by(table.c.seq))]


def timeline(room: Room) -> list[str]:
    table = room.blueprint.store.timeline
    with room.database.read() as session:
        return [row.trigger for row in session.execute(table.select().order_by(table.c.seq))]


# -- in, graded, signed, dispatched ---------------------------------------------


def test_the_doctor_is_told_when_the_ledger_knows_no_leader_and_no_more_once_it_was_told(room: Room, say: Say) -> None:
    def lacks() -> list[tuple[str, str]]:
        with room.database.read() as session:
            return [*RoutingService.lacks(session)]

    before = lacks()
    say("intake.appeal_registered.v1")
    with_a_ledger = lacks()
    say("portal.account_changed.v1")

    assert (before, lacks()) == ([], [])
    room.pass_time(timedelta(minutes=1))
    say("portal.account_changed.v1", person="")
    assert [one for one, _ in lacks()] == ["the name of the leader's account leader-2 is not known here"]
    assert with_a_ledger == [
        ("no account of a leader is known here", "run `jiesu history replay --to routing --from portal`")
    ]


def test_an_ordinary_appeal_is_ledgered_signed_by_the_rule_and_dispatched(room: Room, say: Say) -> None:
    say(REGISTERED)

    assert room.state("A1") == "dispatched"
    assert told(room) == ["appeal_ledgered.v1", "appeal_signed.v1", "appeal_dispatched.v1"]
    ledgered, signed, dispatched = room.told()
    assert (ledgered["number"], ledgered["mechanism"], ledgered["category"]) == (
        "彭李诉〔2026〕000001号",
        "mediation",
        "0101",
    )
    assert ledgered["grounds"]
    assert (signed["by_rule"], signed["retroactive"], signed["signer"]) == (True, False, "ordinary")
    assert (dispatched["mechanism"], dispatched["lead_unit"], dispatched["round"]) == (
        "mediation",
        "mediation_committee",
        1,
    )
    assert [clock["name"] for clock in dispatched["clocks"]] == ["sign_in", "first_contact", "finish"]
    assert dispatched["explanation"][0]["rule"] == "mediation"
    assert set(room.clocks("A1")) == {"sign_in", "first_contact", "finish"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_ledger_knows_how_many_pictures_came_and_where_they_put_it_in_whatever_order_it_hears(
    room: Room, say: Say, order: tuple[int, int]
) -> None:
    say(REGISTERED, longitude=None, latitude=None)
    told = [
        {"attachments": 1, "longitude": 117.97, "latitude": 37.38, "at": room.now.isoformat()},
        {"attachments": 3, "longitude": 117.97, "latitude": 37.38, "at": room.now.isoformat()},
    ]
    for at in order:
        say("intake.appeal_pictured.v1", **told[at])

    kept = room.case("A1").details
    assert (kept["attachments"], kept["longitude"], kept["latitude"]) == (3, 117.97, 37.38)


def test_an_appeal_heard_twice_is_one_line_of_the_ledger(room: Room, say: Say) -> None:
    say(REGISTERED)
    say(REGISTERED, title="另一封信,同一件诉求")

    assert len(room.told("appeal_ledgered.v1")) == 1
    assert room.parked() == []


def test_a_serious_appeal_waits_for_a_leader_who_may_choose_the_units(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **SERIOUS)
    assert room.state("A1") == "awaiting_signoff"
    assert room.clocks("A1")["sign_off"].state == "running"

    walk(
        "signed",
        signed={"opinion": "请物业办牵头", "lead_unit": "property_office", "assisting_units": ["police_station"]},
    )

    assert room.clocks("A1")["sign_off"].state == "stopped"
    [signed] = room.told("appeal_signed.v1")
    [dispatched] = room.told("appeal_dispatched.v1")
    assert (signed["by_rule"], signed["signer"], signed["opinion"]) == (False, "工作人员a leader", "请物业办牵头")
    assert (dispatched["lead_unit"], dispatched["assisting_units"]) == ("property_office", ["police_station"])
    assert (dispatched["leader_opinion"], dispatched["signing_leader"]) == ("请物业办牵头", "工作人员a leader")
    assert room.case("A1").unit == "property_office"


def test_a_unit_is_told_what_was_written_for_it_and_not_for_the_one_before(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **SERIOUS)
    walk("signed", signed={"opinion": "请物业办今晚到场"})
    say("property.case_return_requested.v1")
    walk("return_granted", return_granted={"mechanism": "mediation", "category": "0101"})
    say("mediation.case_return_requested.v1")
    walk("adjudicated_moved", adjudicated_moved={"mechanism": "hotline", "category": "0303", "opinion": "请民呼办接办"})

    told = room.told("appeal_dispatched.v1")
    assert [(one["mechanism"], one["leader_opinion"]) for one in told] == [
        ("property", "请物业办今晚到场"),
        ("mediation", ""),
        ("hotline", "请民呼办接办"),
    ]
    assert [bool(one["signing_leader"]) for one in told] == [True, False, True]


def test_no_leader_can_dispatch_to_a_unit_that_is_not_there(say: Say, walk: Walk) -> None:
    say(REGISTERED, **SERIOUS)

    with pytest.raises(Exception, match="lead_unit"):
        walk("signed", signed={"lead_unit": "no_such_office"})


def test_what_a_leader_sends_back_the_desk_corrects(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **SERIOUS)
    walk("sent_back")
    assert (room.state("A1"), room.clocks("A1")["triage"].state) == ("sent_back", "running")

    walk(
        "corrected",
        "signed",
        corrected={"mechanism": "hotline", "category": "0302", "urgency": "IV", "severity": "moderate"},
    )

    [dispatched] = room.told("appeal_dispatched.v1")
    assert (dispatched["mechanism"], dispatched["category"], dispatched["urgency"]) == ("hotline", "0302", "IV")
    assert dispatched["lead_unit"] == "people_call_office"


@pytest.mark.parametrize(
    ("named", "kept"),
    [([], ["new_employment"]), (["veteran", "veteran"], ["veteran"]), (["none"], [])],
    ids=["kept as read", "named", "none of them"],
)
def test_the_kinds_of_people_are_told_and_the_desk_may_correct_them(
    room: Room, say: Say, walk: Walk, named: list[str], kept: list[str]
) -> None:
    say(REGISTERED, **UNCLEAR, channel="new_employment")
    [ledgered] = room.told("appeal_ledgered.v1")
    assert ledgered["person_kinds"] == ["new_employment"]

    walk("corrected", corrected={"person_kinds": named})

    details = room.case("A1").details
    assert (details["person_kinds"], details["judged"]["person_kinds"]) == (kept, ["new_employment"])
    with pytest.raises(Exception, match="person_kinds"):
        walk("sent_back", "corrected", corrected={"person_kinds": ["martian"]})


def test_what_the_classifier_is_unsure_of_goes_to_the_desk_and_then_to_a_leader(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED, **UNCLEAR)
    assert room.state("A1") == "triage_due"
    assert room.case("A1").confidence < rules.LEAST_CONFIDENCE

    walk("corrected", corrected={"mechanism": "relief", "category": "0501"})
    assert room.state("A1") == "awaiting_signoff"
    walk("signed")

    case = room.case("A1")
    assert (case.state, case.mechanism, case.category, case.unit) == (
        "dispatched",
        "relief",
        "0501",
        "civil_affairs_office",
    )
    assert case.details["mechanism"] == "relief"
    assert room.told("appeal_dispatched.v1")[0]["mechanism"] == "relief"


def test_an_emergency_that_the_desk_finds_is_sent_at_once_and_signed_afterwards(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED, **UNCLEAR)
    grades = {"mechanism": "enforcement", "category": "0208", "urgency": "I"}
    with pytest.raises(RefusedError, match="waits for no signature"):
        walk("corrected", corrected=grades)

    walk("sent_first", sent_first={**grades, "lead_unit": "fire_office"})

    case, clocks = room.case("A1"), room.clocks("A1")
    assert (case.state, case.unit, case.urgency) == ("dispatched", "fire_office", "I")
    assert (clocks["triage"].state, clocks["countersign"].state) == ("stopped", "running")
    assert case.sign_by == clocks["countersign"].due_at(room.blueprint.calendar)
    assert room.told("appeal_signed.v1") == []
    walk("countersigned")
    assert [one["retroactive"] for one in room.told("appeal_signed.v1")] == [True]
    assert room.case("A1").sign_by is None


def test_what_can_wait_is_not_sent_before_it_is_signed(say: Say, walk: Walk) -> None:
    say(REGISTERED, **UNCLEAR)

    with pytest.raises(RefusedError, match="only emergencies"):
        walk("sent_first", sent_first={"urgency": "III"})


def test_what_is_urgent_by_a_guessed_category_only_is_read_first(room: Room, say: Say) -> None:
    say(REGISTERED, title="", text="请街道派人来了解一下具体情况。(第 123 号)")

    case = room.case("A1")
    [urgency] = [one for one in case.details["findings"] if one["of"] == "urgency"]
    assert (case.urgency, urgency["confidence"] < rules.LEAST_CONFIDENCE) == ("II", True)
    assert (case.state, "triage" in room.clocks("A1")) == ("triage_due", True)


@pytest.mark.parametrize(
    ("details", "waits"),
    [
        ({"category": "9902"}, True),
        ({"category": "9904"}, True),
        ({"category": "9902", "urgency": "I"}, False),
        ({}, False),
    ],
)
def test_what_is_of_a_class_that_is_refused_is_read_first_unless_it_is_urgent(
    details: dict[str, Any], *, waits: bool
) -> None:
    judged = {"mechanism": "hotline", "category": "0307", "urgency": "III", "confidence": 0.9, "flags": []}

    assert (rules.to_be_read({**judged, **details}) is not None) is waits


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_appeal_without_words_goes_to_the_desk_and_is_not_parked(
    room: Room, say: Say, walk: Walk, text: str
) -> None:
    say(REGISTERED, title="", text=text)

    assert (room.state("A1"), room.parked()) == ("triage_due", [])
    [ledgered] = room.told("appeal_ledgered.v1")
    assert (ledgered["mechanism"], ledgered["confidence"], ledgered["flags"]) == ("", 0.0, ["unclassified"])
    walk("corrected", "signed")
    assert room.state("A1") == "dispatched"


def test_an_urgent_appeal_is_dispatched_first_and_signed_afterwards_once(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **URGENT)
    assert room.state("A1") == "dispatched"
    assert room.clocks("A1")["countersign"].state == "running"

    walk("countersigned", countersigned={"opinion": "同意先行处置"})

    first, second = room.told("appeal_signed.v1")
    assert (first["by_rule"], first["retroactive"]) == (True, True)
    assert (second["by_rule"], second["retroactive"], second["opinion"]) == (False, True, "同意先行处置")
    assert [one["leader_opinion"] for one in room.told("appeal_dispatched.v1")] == [""]
    [told] = room.told("appeal_countersigned.v1")
    assert (told["mechanism"], told["leader_opinion"]) == (room.case("A1").mechanism, "同意先行处置")
    assert (room.state("A1"), room.clocks("A1")["countersign"].state) == ("dispatched", "stopped")
    with pytest.raises(RefusedError, match="no signature"):
        walk("countersigned")


@pytest.mark.parametrize("words", ["隔壁着火了浓烟很大快来", "有人要跳楼"])
def test_an_emergency_that_the_classifier_is_unsure_of_goes_out_at_once(room: Room, say: Say, words: str) -> None:
    say(REGISTERED, title="", text=words)

    case = room.case("A1")
    assert (case.urgency, case.state) == ("I", "dispatched")
    assert case.confidence < rules.LEAST_CONFIDENCE
    assert room.clocks("A1")["countersign"].state == "running"


def test_an_emergency_that_no_rule_takes_is_called_to_a_person_within_minutes_at_night(
    room: Room, say: Say, walk: Walk, go_live: Go
) -> None:
    room.now = datetime(2026, 10, 2, 18, 0, tzinfo=UTC)
    go_live()
    say(REGISTERED, title="", text="天然气泄漏，味道很大，快来人")
    assert (room.state("A1"), room.case("A1").urgency) == ("triage_due", "I")

    room.pass_time(timedelta(minutes=16))

    [told] = room.told("decision_awaited.v1")
    assert told["decision"] == "triage"
    walk("corrected")
    assert {room.clocks("A1")[name].state for name in ("urgent_triage", "urgent_triage_alarm")} <= {
        "stopped",
        "expired",
    }


@pytest.mark.parametrize(
    ("words", "state"),
    [("我与邻村的官司法院已立案，不服判决，请为我做主", "triage_due"), ("请问老年证在哪里办理？", "dispatched")],
)
def test_what_the_law_may_send_another_way_waits_for_a_person(room: Room, say: Say, words: str, state: str) -> None:
    say(REGISTERED, title="", text=words)
    assert room.state("A1") == state


def test_what_is_held_for_its_operator_is_released_or_ended(room: Room, say: Say) -> None:
    say(REGISTERED, hold=True)
    assert (room.state("A1"), told(room)) == ("held", ["line_numbered.v1"])

    say("intake.appeal_released.v1")
    say("intake.appeal_released.v1")

    assert room.state("A1") == "dispatched"
    assert len(room.told("appeal_ledgered.v1")) == 1


# -- at the door ----------------------------------------------------------------


@pytest.mark.parametrize("end", ["answered", "not_accepted", "relayed", "merged", "withdrawn"])
@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("hold", [False, True])
def test_what_ends_at_the_door_ends_in_the_ledger_also_when_it_is_heard_first(
    room: Room, say: Say, end: str, *, early: bool, hold: bool
) -> None:
    facts: list[tuple[str, dict[str, Any]]] = [
        (REGISTERED, {"hold": hold}),
        (f"intake.appeal_{end}.v1", {"reason": "本人申请"}),
    ]

    for key, data in reversed(facts) if early else facts:
        say(key, **data)
    settle(room)

    assert (room.state("A1"), room.parked()) == (end, [])
    recalled = room.told("appeal_recalled.v1")
    assert [(one["mechanism"], one["end"]) for one in recalled] == ([] if hold else [("mediation", end)])


def test_what_is_withdrawn_while_a_leader_has_it_is_recalled_from_nobody(room: Room, say: Say) -> None:
    say(REGISTERED, **SERIOUS)
    say("intake.appeal_withdrawn.v1", reason="已自行解决")

    assert room.state("A1") == "withdrawn"
    assert room.told("appeal_recalled.v1") == []


@pytest.mark.parametrize(
    "path", [(), ("case_accepted",), ("case_return_requested",), ("case_accepted", "case_transferred")]
)
def test_what_is_withdrawn_while_somebody_has_it_is_recalled_from_him(
    room: Room, say: Say, path: tuple[str, ...]
) -> None:
    say(REGISTERED)
    for fact in path:
        say(f"mediation.{fact}.v1")

    say("intake.appeal_withdrawn.v1", reason="已自行解决")

    assert room.state("A1") == "withdrawn"
    assert [(one["mechanism"], one["reason"]) for one in room.told("appeal_recalled.v1")] == [
        ("mediation", "已自行解决")
    ]
    assert {clock.state for clock in room.clocks("A1").values()} == {"stopped"}


def test_an_answer_on_the_spot_is_told_its_number_in_the_ledger_and_a_dispatched_appeal_costs_no_such_letter(
    room: Room, say: Say
) -> None:
    say(REGISTERED, hold=True)
    say("intake.appeal_answered.v1")
    assert [one["number"] for one in room.told("answer_ledgered.v1")] == [room.case("A1").number]

    room.hear(REGISTERED, "A2", SAID[REGISTERED])
    assert room.state("A2") == "dispatched"
    assert len(room.told("answer_ledgered.v1")) == 1


@pytest.mark.parametrize("refused_first", [True, False])
def test_of_a_refusal_and_a_conclusion_that_cross_the_ledger_ends_with_the_first_and_tells_the_refusal_only_then(
    room: Room, say: Say, *, refused_first: bool
) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    crossing = ["intake.appeal_not_accepted.v1", "mediation.case_concluded.v1"]
    for key in crossing if refused_first else reversed(crossing):
        say(key)

    assert (room.state("A1"), room.parked()) == ("not_accepted" if refused_first else "concluded", [])
    assert [one["number"] for one in room.told("refusal_ledgered.v1")] == [room.case("A1").number] * refused_first


def test_what_is_held_and_merged_at_the_door_is_told_its_number_in_the_ledger(room: Room, say: Say) -> None:
    say(REGISTERED, hold=True)
    say("intake.appeal_merged.v1", into="A0")

    assert room.state("A1") == "merged"
    assert [one["number"] for one in room.told("line_numbered.v1")] == [room.case("A1").number]


def test_an_answer_that_is_not_accepted_is_given_again(room: Room, say: Say) -> None:
    say(REGISTERED, hold=True)
    say("intake.appeal_answered.v1")
    say("feedback.rework_ordered.v1", mechanism="intake")
    assert room.state("A1") == "answer_due"

    say("intake.appeal_answered.v1")
    say("feedback.appeal_closed.v1", mechanism="intake", rounds=2)

    assert (room.state("A1"), room.parked()) == ("closed", [])
    assert room.told("appeal_recalled.v1") == []


# -- with a mechanism -----------------------------------------------------------


def test_each_clock_of_the_promise_stops_by_its_fact(room: Room, say: Say) -> None:
    say(REGISTERED)

    say("mediation.case_accepted.v1")
    assert (room.state("A1"), room.clocks("A1")["sign_in"].state) == ("accepted", "stopped")
    say("mediation.case_contacted.v1", way="phone")
    assert room.clocks("A1")["first_contact"].state == "stopped"
    say("mediation.case_concluded.v1")
    assert (room.state("A1"), room.clocks("A1")["finish"].state) == ("concluded", "stopped")
    assert room.case("A1").details["case_concluded"]["reply"] == "已调解达成协议"
    say("feedback.appeal_closed.v1")
    assert room.state("A1") == "closed"
    assert room.case("A1").ended_at is not None


def test_what_was_closed_and_is_opened_again_stands_open_in_the_ledger_with_its_new_promise(
    room: Room, say: Say
) -> None:
    say(REGISTERED)
    say("mediation.case_concluded.v1")
    say("feedback.appeal_closed.v1")
    clock = Clock(name="finish", started_at=room.now, limit=5, unit=Unit.DAY).to_dict()

    say("feedback.rework_ordered.v1", reason="修好后又坏了", reopens=True, clocks=[clock])

    case = room.case("A1")
    assert (case.state, case.ended_at, case.details["reworks"]) == ("rework", None, 1)
    assert room.clocks("A1")["finish"].state == "running"
    say("mediation.case_accepted.v1")
    say("mediation.case_concluded.v1")
    say("feedback.appeal_closed.v1", rounds=2)
    assert (room.state("A1"), room.parked()) == ("closed", [])


def test_what_the_petitioner_says_after_the_promised_time_stands_in_the_ledger(room: Room, say: Say) -> None:
    say(REGISTERED)

    say("feedback.progress_called.v1", mechanism="mediation", unit="u", stands="presses", note="请尽快")

    table = room.blueprint.store.timeline
    with room.database.read() as session:
        noted = session.execute(table.select().where(table.c.trigger == "progress_called")).one()
    assert noted.form == {"stands": "presses", "note": "请尽快"}


def test_the_ledger_says_when_a_file_was_closed_and_waits_for_the_end_first(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_concluded.v1")
    say("feedback.appeal_archived.v1", end="rated", rounds=1, at="2026-12-27T16:00:00+00:00")
    early = [row.kind for row in room.parked()]

    say("feedback.appeal_closed.v1")
    say("feedback.appeal_archived.v1", end="rated", rounds=1, at="2026-12-27T16:00:00+00:00")

    assert early == ["not_yet"]
    assert (room.state("A1"), room.case("A1").details["archived_at"]) == ("closed", "2026-12-27T16:00:00+00:00")


def test_a_mechanism_that_does_not_have_the_case_is_not_believed(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("relief.case_concluded.v1")

    assert room.state("A1") == "dispatched"
    assert [row.kind for row in room.parked()] == ["not_yet"]


def test_a_denied_return_leaves_the_case_with_its_first_receiver(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_return_requested.v1")
    assert room.state("A1") == "return_pending"

    walk("return_denied", return_denied={"opinion": "属本单位职责"})

    assert room.state("A1") == "dispatched"
    assert room.told("return_decided.v1") == [
        {
            "mechanism": "mediation",
            "granted": False,
            "opinion": "属本单位职责",
            "final": False,
            "at": room.told("return_decided.v1")[0]["at"],
        }
    ]
    assert len(room.told("appeal_dispatched.v1")) == 1


def test_a_granted_return_is_told_to_who_asked_and_dispatched_to_another(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_return_requested.v1")

    walk("return_granted", return_granted={"mechanism": "property", "category": "0601", "opinion": "改派物业"})

    [decided] = room.told("return_decided.v1")
    assert (decided["mechanism"], decided["granted"], decided["opinion"]) == ("mediation", True, "改派物业")
    _first, second = room.told("appeal_dispatched.v1")
    assert (second["mechanism"], second["lead_unit"], second["category"], second["round"]) == (
        "property",
        "property_office",
        "0601",
        2,
    )
    say("mediation.case_contacted.v1")
    say("property.case_accepted.v1")
    assert (room.state("A1"), room.parked()) == ("accepted", [])


def test_the_unit_that_handed_a_case_back_does_not_get_it_again(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_return_requested.v1")

    with pytest.raises(RefusedError, match="another unit"):
        walk("return_granted", return_granted={"mechanism": "mediation"})
    walk("return_granted", return_granted={"mechanism": "mediation", "lead_unit": "police_station"})

    assert room.told("return_decided.v1")[0]["mechanism"] == "mediation"
    assert room.case("A1").unit == "police_station"


def test_a_transferred_case_goes_where_the_desk_sends_it_and_the_signature_stays(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_transferred.v1")
    assert room.state("A1") == "transfer_pending"

    walk("redispatched", redispatched={"mechanism": "enforcement", "category": "0202"})

    assert [one["mechanism"] for one in room.told("appeal_dispatched.v1")] == ["mediation", "enforcement"]
    assert room.case("A1").details["signer"] == "ordinary"
    say("enforcement.case_concluded.v1")
    assert room.state("A1") == "concluded"


def test_after_two_moves_the_decisions_go_to_the_mechanism_that_has_the_case(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_return_requested.v1")
    walk("return_granted", return_granted={"mechanism": "hotline", "category": "0303"})
    say("hotline.case_return_requested.v1")
    walk("adjudicated_moved", adjudicated_moved={"mechanism": "enforcement", "category": "0202"})
    say("enforcement.case_return_requested.v1")
    walk("adjudicated_kept")
    say("enforcement.case_accepted.v1")
    say("enforcement.case_extension_requested.v1")
    walk("extension_granted")

    assert [(one["mechanism"], one["granted"]) for one in room.told("return_decided.v1")] == [
        ("mediation", True),
        ("hotline", True),
        ("enforcement", False),
    ]
    assert room.told("extension_decided.v1")[0]["mechanism"] == "enforcement"
    say("mediation.case_contacted.v1")
    say("hotline.case_contacted.v1")
    assert room.parked() == []


# -- more time ------------------------------------------------------------------


def asked(say: Say, **changed: Any) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_extension_requested.v1", **changed)


def test_a_granted_extension_moves_the_clock_for_finishing_alone_and_is_told_to_the_mechanism(
    room: Room, say: Say, walk: Walk
) -> None:
    asked(say)
    before = room.clocks("A1")

    walk("extension_granted", extension_granted={"opinion": "同意延期"})

    after, calendar = room.clocks("A1"), room.blueprint.calendar
    assert after["finish"].due_at(calendar) > before["finish"].due_at(calendar)
    assert {name: clock for name, clock in after.items() if name != "finish"} == {
        name: clock for name, clock in before.items() if name != "finish"
    }
    [decided] = room.told("extension_decided.v1")
    assert (decided["mechanism"], decided["granted"], decided["opinion"]) == ("mediation", True, "同意延期")
    assert [clock["name"] for clock in decided["clocks"]] == ["finish"]
    [dispatched] = room.told("appeal_dispatched.v1")
    assert (dispatched["extension_workdays"], decided["extension_workdays"]) == (10, 0)
    assert decided["reason"] == room.case("A1").details["extension_reason"] != ""
    say("mediation.case_extension_requested.v1")
    with pytest.raises(RefusedError, match="extended once"):
        walk("extension_granted")
    walk("extension_denied")


def test_a_denied_extension_moves_nothing_and_may_be_asked_for_again(room: Room, say: Say, walk: Walk) -> None:
    asked(say)
    before = room.clocks("A1")

    walk("extension_denied")

    assert room.clocks("A1") == before
    [decided] = room.told("extension_decided.v1")
    assert (decided["granted"], decided["clocks"], decided["extension_workdays"]) == (False, [], 10)
    with pytest.raises(RefusedError, match="no extension"):
        walk("extension_denied")
    say("mediation.case_extension_requested.v1", workdays=11)
    with pytest.raises(RefusedError, match="10 working days"):
        walk("extension_granted")
    say("mediation.case_extension_requested.v1", workdays=3)
    walk("extension_granted")
    assert room.told("extension_decided.v1")[1]["granted"] is True


def test_an_extension_asked_for_after_the_end_is_not_granted(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    room.pass_time(timedelta(days=9))
    say("mediation.case_extension_requested.v1")

    with pytest.raises(RefusedError, match="before the end"):
        walk("extension_granted")


def test_a_request_that_the_conclusion_overtook_is_not_decided_in_the_rework(say: Say, walk: Walk) -> None:
    asked(say)
    say("mediation.case_concluded.v1")
    say("feedback.rework_ordered.v1")

    with pytest.raises(RefusedError, match="no extension"):
        walk("extension_granted")


# -- rework ---------------------------------------------------------------------


def test_a_rework_has_the_clock_that_was_ordered_with_it(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_concluded.v1")
    room.pass_time(timedelta(days=3))
    clock = {"name": "finish", "started_at": room.now.isoformat(), "limit": 5, "unit": "workday"}

    say("feedback.rework_ordered.v1", clocks=[clock])

    assert room.state("A1") == "rework"
    assert room.clocks("A1")["finish"].state == "running"
    assert room.case("A1").due_at == room.clocks("A1")["finish"].due_at(room.blueprint.calendar)
    say("mediation.case_accepted.v1")
    say("mediation.case_concluded.v1")
    assert (room.state("A1"), room.clocks("A1")["finish"].state) == ("concluded", "stopped")


def supervised(room: Room) -> list[tuple[int, str, str]]:
    return [(one["level"], one["clock"], one["opinion"]) for one in room.told("appeal_supervised.v1")]


def test_a_result_that_is_not_accepted_reaches_a_leader_and_a_higher_one_the_second_time(room: Room, say: Say) -> None:
    say(REGISTERED)
    for number in (1, 2, 3):
        say("mediation.case_concluded.v1")
        say("feedback.rework_ordered.v1", round=number, ground="result_refused")

    assert supervised(room) == [
        (1, "rework", "回访不满意，分管领导督办"),
        (2, "rework", "重办后仍不满意，主要负责人督办"),
        (2, "rework", "重办后仍不满意，主要负责人督办"),
    ]
    assert {one["mechanism"] for one in room.told("appeal_supervised.v1")} == {"mediation"}
    assert room.state("A1") == "rework"


def test_a_problem_order_that_is_handled_again_stands_under_the_leader_who_wants_it(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_concluded.v1")

    say("feedback.rework_ordered.v1", ground="supervision", reason="限期整改（督办领导：分管领导甲）")

    assert supervised(room) == [(0, "rework", "限期整改（督办领导：分管领导甲）")]


@pytest.mark.parametrize("ground", ["brought_again", ""])
def test_what_is_only_brought_again_or_was_told_before_grounds_were_is_under_nobody(
    room: Room, say: Say, ground: str
) -> None:
    say(REGISTERED)
    say("mediation.case_concluded.v1")

    say("feedback.rework_ordered.v1", ground=ground)

    assert (room.state("A1"), supervised(room)) == ("rework", [])


def test_an_order_heard_twice_reaches_the_leader_once(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_concluded.v1")
    for _ in range(2):
        say("feedback.rework_ordered.v1", ground="result_refused")

    assert len(supervised(room)) == 1


def test_an_answer_on_the_spot_that_is_not_accepted_reaches_a_leader_and_no_mechanism(room: Room, say: Say) -> None:
    say(REGISTERED, hold=True)
    say("intake.appeal_answered.v1")
    say("feedback.rework_ordered.v1", mechanism="intake", ground="result_refused")

    [told] = room.told("appeal_supervised.v1")
    assert (told["mechanism"], told["unit"], told["level"]) == ("intake", "", 1)
    assert room.state("A1") == "answer_due"


def test_the_time_that_a_leader_requires_of_an_answer_given_again_is_watched(room: Room, say: Say) -> None:
    say(REGISTERED, hold=True)
    say("intake.appeal_answered.v1")
    required = Clock(name="required", started_at=room.now, limit=120, unit=Unit.MINUTE)
    finish = Clock(name="finish", started_at=room.now, limit=5, unit=Unit.WORKDAY)
    clocks = [finish.to_dict(), required.to_dict()]
    say("feedback.rework_ordered.v1", mechanism="intake", ground="supervision", clocks=clocks)
    room.run("watch_promises")
    before = len(all_watched(room))

    for _ in range(9):
        room.now += timedelta(days=1)
        room.run("watch_promises")

    assert all_watched(room)[before:] == [("appeal_supervised", "required", 1)]
    assert {(one["mechanism"], one["unit"]) for one in room.told("appeal_supervised.v1")} == {("intake", "")}
    say("intake.appeal_answered.v1")
    assert room.clocks("A1")["required"].state == "stopped"


@pytest.mark.parametrize("order", [*permutations(("concluded", "ordered", "required"))], ids="-".join)
def test_what_a_leader_requires_of_a_rework_under_way_is_kept_in_whatever_order_it_is_heard(
    room: Room, say: Say, order: tuple[str, ...]
) -> None:
    say(REGISTERED)
    required = Clock(name="required", started_at=room.now, limit=120, unit=Unit.MINUTE)
    told = {"round": 1, "reason": "先到V1家中查看。", "clocks": [required.to_dict()]}
    for what in order:
        if what == "concluded":
            say("mediation.case_concluded.v1")
        elif what == "ordered":
            say("feedback.rework_ordered.v1", ground="result_refused", clocks=rules.promise("III", room.now))
        else:
            room.hear("feedback.rework_required.v1", "A1", {"mechanism": "mediation", **told})
    for _ in range(30):
        room.now += timedelta(seconds=10)
        if not room.inbox.heal() and not room.parked():
            break

    assert (room.state("A1"), room.parked()) == ("rework", [])
    [own] = [one for one in room.told("appeal_supervised.v1") if one["level"] == 0]
    assert own["opinion"] == "先到V1家中查看。（要求于 2026-11-23 11:00 前办结）"
    assert room.clocks("A1")["required"].state == "running"
    room.now += timedelta(hours=3)
    assert ("appeal_supervised", "required", 1) in all_watched(room)


def test_of_two_times_that_leaders_require_of_one_rework_the_sooner_is_kept(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_concluded.v1")
    times = [Clock(name="required", started_at=room.now, limit=120 * n, unit=Unit.MINUTE).to_dict() for n in (2, 1, 3)]
    say("feedback.rework_ordered.v1", ground="supervision", clocks=[*rules.promise("III", room.now), times[0]])
    for row in times[1:]:
        told = {"mechanism": "mediation", "round": 1, "reason": "先查看", "clocks": [row]}
        room.hear("feedback.rework_required.v1", "A1", told)

    assert room.clocks("A1")["required"].limit == 120


def test_a_rework_that_nobody_signs_in_is_urged_and_supervised_like_a_dispatch(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_contacted.v1")
    say("mediation.case_concluded.v1")
    before = len(all_watched(room))
    say("feedback.rework_ordered.v1", clocks=rules.promise("I", room.now))
    room.now += timedelta(minutes=40)

    brought = all_watched(room)[before:]
    assert ("appeal_supervised", "sign_in", 1) in brought
    assert ("appeal_supervised", "first_contact", 1) in brought
    say("mediation.case_accepted.v1")
    assert room.clocks("A1")["sign_in"].state == "stopped"


def test_a_rework_of_what_was_withdrawn_is_left_alone(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_concluded.v1")
    say("intake.appeal_withdrawn.v1")
    say("feedback.rework_ordered.v1")
    say("mediation.case_concluded.v1")
    say("feedback.appeal_closed.v1", end="withdrawn")

    assert (room.state("A1"), room.parked()) == ("withdrawn", [])


# -- silence --------------------------------------------------------------------


def silent(room: Room) -> list[dict[str, Any]]:
    room.run("find_silent_appeals")
    room.run("count_silent_appeals")
    return room.told("appeal_silent.v1")


def test_an_appeal_is_found_silent_once_a_day_after_its_clock_ran_out(room: Room, say: Say) -> None:
    say(REGISTERED)
    due = room.clocks("A1")["finish"].due_at(room.blueprint.calendar)
    room.now = due + timedelta(hours=23)
    assert silent(room) == []

    room.now = due + timedelta(hours=25)
    [found] = silent(room)

    assert (found["number"], found["state"], found["mechanism"], found["unit"]) == (
        "彭李诉〔2026〕000001号",
        "dispatched",
        "mediation",
        "mediation_committee",
    )
    assert timeline(room)[-1] == "found_silent"
    assert metrics.SILENT.labels("routing")._value.get() == 1
    room.now += timedelta(days=30)
    assert len(silent(room)) == 1


@pytest.mark.parametrize("fact", ["case_accepted", "case_contacted", "case_progressed"])
def test_an_appeal_of_which_something_is_heard_is_not_silent_until_a_day_later(room: Room, say: Say, fact: str) -> None:
    say(REGISTERED)
    room.now += timedelta(days=20)
    say(f"mediation.{fact}.v1")
    assert silent(room) == []

    room.now += timedelta(days=2)
    assert len(silent(room)) == 1
    say("mediation.case_progressed.v1")
    assert len(silent(room)) == 1
    assert metrics.SILENT.labels("routing")._value.get() == 0
    room.now += timedelta(days=2)
    assert len(silent(room)) == 2


def test_the_ledger_follows_who_handles_it_in_what_an_appeal_is_and_keeps_what_it_was_entered_as(
    room: Room, say: Say
) -> None:
    say(REGISTERED, title="邻居办丧事太吵", text="投诉：楼上邻居吵架，半夜还在装修，影响休息。")
    before = room.case("A1")
    assert (before.mechanism, before.details["kind"]) == ("mediation", "complaint")

    say("mediation.case_categorised.v1", category="0103", kind="help")
    say("mediation.case_categorised.v1", category="0103", kind="help")

    line = room.case("A1")
    assert (line.category, line.details["category"], line.details["kind"]) == ("0103", "0103", "help")
    assert line.details["db44"] == rules.second_code("0103")
    assert timeline(room).count("case_categorised") == 1
    [entry] = [row for row in _entries(room) if row.trigger == "case_categorised"]
    assert entry.form["was"] == {name: before.details[name] for name in ("category", "db44", "kind")}


@pytest.mark.parametrize("said", [{"category": "9999", "kind": "help"}, {"category": "", "kind": "wish"}])
def test_a_category_that_the_taxonomy_has_not_leaves_the_ledger_s_own(
    room: Room, say: Say, said: dict[str, str]
) -> None:
    say(REGISTERED)
    before = room.case("A1")

    say("mediation.case_categorised.v1", **said)

    line = room.case("A1")
    assert (line.category, line.details["kind"] in {"help", before.details["kind"]}) == (before.category, True)
    assert not room.parked()


def test_who_no_longer_handles_it_says_nothing_of_what_it_is(room: Room, say: Say) -> None:
    say(REGISTERED)
    before = room.case("A1").category

    say("mediation.case_concluded.v1")
    say("enforcement.case_categorised.v1", category="0202", kind="report")

    assert room.case("A1").category == before


def _entries(room: Room) -> list[Any]:
    table = room.blueprint.store.timeline
    with room.database.read() as session:
        return list(session.execute(table.select().order_by(table.c.seq)))


def test_the_desk_may_correct_what_sort_of_appeal_it_is_and_leaves_it_where_it_says_nothing(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED, **SERIOUS)
    read = room.case("A1").details["kind"]
    walk("sent_back", "corrected")
    assert room.case("A1").details["kind"] == read
    walk("sent_back", "corrected", "signed", corrected={"kind": "praise"})

    [dispatched] = room.told("appeal_dispatched.v1")
    assert (dispatched["kind"], room.case("A1").details["judged"]["kind"]) == ("praise", read)


@pytest.mark.parametrize(("letter", "state"), [(SERIOUS, "awaiting_signoff"), (UNCLEAR, "triage_due")])
def test_what_nobody_signs_or_looks_at_is_found_silent(
    room: Room, say: Say, letter: dict[str, str], state: str
) -> None:
    say(REGISTERED, **letter)
    room.now += timedelta(days=4)

    [found] = silent(room)

    assert found["state"] == state


@pytest.mark.parametrize("heard", ["mediation.case_concluded.v1", "intake.appeal_answered.v1"])
def test_what_waits_for_its_end_without_a_clock_is_silent_after_two_weeks_and_a_day(
    room: Room, say: Say, heard: str
) -> None:
    say(REGISTERED)
    say(heard)
    room.now += timedelta(days=14)
    assert silent(room) == []

    room.now += timedelta(days=2)
    assert len(silent(room)) == 1


def test_what_was_relayed_is_open_until_somebody_has_asked_what_became_of_it(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("intake.appeal_relayed.v1", service="119", reply="已转 119，请注意安全")
    case = room.case("A1")
    with room.database.read() as session:
        clocks = Work(session, room.blueprint, room.now).clocks_of(case).values()
    running = [one.clock.name for one in clocks if one.clock.stopped_at is None]
    assert (room.state("A1"), case.ended_at, case.due_at, running) == ("relayed", None, None, [])

    room.now += timedelta(days=400)
    assert len(silent(room)) == 1
    say("intake.appeal_followed_up.v1", result="险情已经排除")

    assert (room.state("A1"), room.case("A1").ended_at) == ("followed_up", room.now)


@pytest.mark.parametrize("end", ["not_accepted", "merged", "withdrawn"])
def test_what_has_ended_is_quiet_and_not_silent(room: Room, say: Say, end: str) -> None:
    say(REGISTERED)
    say(f"intake.appeal_{end}.v1")
    room.now += timedelta(days=400)

    assert silent(room) == []


def test_finding_silence_keeps_the_history_whole(room: Room, say: Say) -> None:
    say(REGISTERED)
    room.now += timedelta(days=20)
    silent(room)

    table = room.blueprint.store.timeline
    with room.database.read() as session:
        rows = session.execute(table.select().order_by(table.c.seq)).mappings().all()
    assert cases.verify([dict(row) for row in rows], room.case("A1").chain)


# -- several replicas -----------------------------------------------------------


def settle(room: Room) -> None:
    """Let parked letters be tried again until nothing more heals, within a minute and a half of their time."""
    for _ in range(20):
        room.now += timedelta(seconds=5)
        room.inbox.heal()


def test_each_step_of_a_line_is_on_record_with_its_hash(room: Room, say: Say) -> None:
    say(REGISTERED)

    assert timeline(room) == ["opened", "ledgered", "signed_by_rule"]


def test_numbers_begin_anew_each_year(tmp_path: Path) -> None:
    room = Room(RoutingService, tmp_path)
    for subject in ("A1", "A2"):
        room.hear(REGISTERED, subject, registered())
    room.now += timedelta(days=60)
    room.hear(REGISTERED, "A3", registered())

    assert [room.case(subject).number for subject in ("A1", "A2", "A3")] == [
        "彭李诉〔2026〕000001号",
        "彭李诉〔2026〕000002号",
        "彭李诉〔2027〕000001号",
    ]


def test_every_role_of_the_ledger_is_held_by_somebody() -> None:
    workflow = RoutingService.workflow

    assert workflow is not None
    assert {role for step in workflow.steps for role in step.roles} == {
        Role.BUS,
        Role.CLOCK,
        Role.DESK,
        Role.LEADER,
        Role.HANDLER,
    }


# -- urging, cards, supervision ----------------------------------------------------


def watched(room: Room) -> list[tuple[str, Any]]:
    """Return what the promise to finish has brought so far: the facts told, with light or level."""
    return [(name, value) for name, clock, value in all_watched(room) if clock == "finish"]


def all_watched(room: Room) -> list[tuple[str, str, Any]]:
    """Return what all watched clocks have brought so far: fact, clock, light or level."""
    room.run("watch_promises")
    table = room.blueprint.store.letters
    with room.database.read() as session:
        rows = session.execute(select(table.c.key, table.c.body).order_by(table.c.seq)).all()
    found = [(row.key.split(".")[1], wire.decode(bytes(row.body)).data) for row in rows]
    return [
        (name, data.get("clock", "finish"), data.get("light", data.get("level")))
        for name, data in found
        if name in ("appeal_urged", "card_issued", "appeal_supervised")
    ]


def test_a_promise_is_urged_carded_and_supervised_each_once_and_in_time(room: Room, say: Say) -> None:
    say(REGISTERED)
    due = room.clocks("A1")["finish"].due_at(standard_calendar())
    expected = [
        ("appeal_urged", "urge_50"),
        ("card_issued", "yellow"),
        ("card_issued", "red"),
        ("appeal_supervised", 1),
        ("appeal_supervised", 2),
    ]

    seen: dict[tuple[str, Any], Any] = {}
    while room.now < due + timedelta(days=6):
        for one in watched(room):
            seen.setdefault(one, room.now)
        assert watched(room) == expected[: len(seen)]
        room.now += timedelta(hours=1)

    assert [*seen] == expected
    assert seen["card_issued", "yellow"] < due < seen["card_issued", "red"] < due + timedelta(hours=2)
    assert seen["appeal_supervised", 2] > due + timedelta(days=1)
    assert room.case("A1").look_at is None


def _paused(room: Room, at: datetime) -> dict[str, Any]:
    promise = room.clocks("A1")["finish"]
    held = replace(promise, suspensions=()).suspend(at)
    return {"ground": "material_requested", "until": (at + timedelta(days=4)).isoformat(), "clocks": [held.to_dict()]}


def test_a_promise_that_stands_still_at_its_mechanism_is_not_carded_until_it_runs_on(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_contacted.v1")
    due = room.clocks("A1")["finish"].due_at(standard_calendar())
    room.now += timedelta(days=1)
    paused_at = room.now
    say("mediation.case_paused.v1", **_paused(room, paused_at))
    for _ in range(9):
        room.now += timedelta(days=1)
        assert watched(room) == []
        assert silent(room) == []

    held = room.clocks("A1")["finish"].resume(room.now)
    say("mediation.case_resumed.v1", clocks=[held.to_dict()])

    later = room.clocks("A1")["finish"].due_at(standard_calendar())
    assert later - due == timedelta(days=9)
    paused, resumed = room.told("promise_moved.v1")
    assert (paused["paused"], resumed["paused"]) == (True, False)
    assert datetime.fromisoformat(resumed["due_at"]) == later
    assert due < datetime.fromisoformat(paused["due_at"]) < later
    room.now = later + timedelta(seconds=2)
    assert watched(room) == [
        ("appeal_urged", "urge_50"),
        ("card_issued", "yellow"),
        ("card_issued", "red"),
        ("appeal_supervised", 1),
    ]


def test_what_was_urged_before_a_pause_is_not_urged_again_after_it(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_contacted.v1")
    room.now += timedelta(days=3)
    assert watched(room) == [("appeal_urged", "urge_50")]
    at = room.now
    say("mediation.case_paused.v1", **_paused(room, at))
    assert watched(room) == [("appeal_urged", "urge_50")]
    room.now += timedelta(days=1)

    say("mediation.case_resumed.v1", clocks=[room.clocks("A1")["finish"].resume(room.now).to_dict()])

    assert watched(room) == [("appeal_urged", "urge_50")]


def test_a_pause_that_is_told_twice_late_or_of_an_earlier_promise_moves_nothing(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    room.now += timedelta(hours=2)
    paused = _paused(room, room.now)
    room.now += timedelta(hours=1)
    resumed = {"clocks": [Clock.from_dict(paused["clocks"][0]).resume(room.now).to_dict()]}
    say("mediation.case_resumed.v1", **resumed)
    before = room.clocks("A1")["finish"]

    say("mediation.case_paused.v1", **paused)
    say("mediation.case_resumed.v1", **resumed)
    earlier = replace(before, started_at=before.started_at - timedelta(days=9), suspensions=())
    say("mediation.case_paused.v1", clocks=[earlier.suspend(room.now).to_dict()])
    say("mediation.case_paused.v1", clocks=[])

    assert room.clocks("A1")["finish"] == before
    assert len(room.told("promise_moved.v1")) == 1
    assert room.parked() == []


def test_a_pause_after_the_end_takes_nothing_overdue_out_of_supervision(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_contacted.v1")
    before = room.clocks("A1")["finish"]
    room.now = before.due_at(standard_calendar()) + timedelta(seconds=2)
    assert ("card_issued", "red") in watched(room)

    paused = _paused(room, room.now)
    say("mediation.case_paused.v1", **paused)
    room.now += timedelta(days=6)

    assert watched(room)[-1] == ("appeal_supervised", 2)
    say("mediation.case_resumed.v1", clocks=[Clock.from_dict(paused["clocks"][0]).resume(room.now).to_dict()])
    assert room.clocks("A1")["finish"] == before
    assert room.told("promise_moved.v1") == []


def test_a_pause_goes_with_an_extension_that_was_granted_before_it(room: Room, say: Say, walk: Walk) -> None:
    asked(say)
    walk("extension_granted")
    room.now += timedelta(hours=2)

    say("mediation.case_paused.v1", **_paused(room, room.now))

    promise = room.clocks("A1")["finish"]
    assert (promise.is_suspended, len(promise.extensions)) == (True, 1)


def test_an_extension_asked_for_before_a_pause_is_granted_after_it(room: Room, say: Say, walk: Walk) -> None:
    asked(say)
    room.now += timedelta(hours=2)
    say("mediation.case_paused.v1", **_paused(room, room.now))
    room.now += timedelta(hours=1)

    walk("extension_granted")

    promise = room.clocks("A1")["finish"]
    assert (promise.is_suspended, len(promise.extensions)) == (True, 1)


def test_more_time_of_the_system_it_came_from_moves_the_latest_end_of_the_promise_once(room: Room, say: Say) -> None:
    due = (room.now + timedelta(days=2)).isoformat()
    say(
        REGISTERED,
        title="路灯不亮",
        text="黄河八路路灯坏了一周，晚上出行不便，请尽快维修。",
        external={"source": "hotline12345", "number": "BZ1", "due_at": due},
    )
    say("hotline.case_accepted.v1")
    before = room.clocks("A1")["finish"].due_at(standard_calendar())
    assert before == datetime.fromisoformat(due)

    later = (room.now + timedelta(days=4)).isoformat()
    for given in (later, due, later):
        say("hotline.upstream_extended.v1", upstream_number="BZ1", due_at=given)

    assert room.clocks("A1")["finish"].due_at(standard_calendar()) == datetime.fromisoformat(later)
    [told] = room.told("extension_decided.v1")
    assert (told["granted"], "BZ1" in told["opinion"], told["clocks"][0]["bound"]["at"][:10]) == (
        True,
        True,
        later[:10],
    )
    assert room.case("A1").details["external"]["due_at"][:10] == later[:10]


def _from_outside(room: Room, say: Say, days: int) -> datetime:
    due: datetime = room.now + timedelta(days=days)
    text = "黄河八路路灯坏了一周，晚上出行不便，请尽快维修。"
    external = {"source": "hotline12345", "number": "BZ1", "due_at": due.isoformat()}
    say(REGISTERED, title="路灯不亮", text=text, external=external)
    say("hotline.case_accepted.v1")
    say("hotline.case_contacted.v1")
    return due


def test_no_pause_goes_beyond_the_end_that_the_sender_has_set(room: Room, say: Say) -> None:
    due = _from_outside(room, say, days=2)
    room.now += timedelta(hours=2)
    say("hotline.case_paused.v1", **_paused(room, room.now))

    room.now = due + timedelta(seconds=2)

    assert watched(room)[-2:] == [("card_issued", "red"), ("appeal_supervised", 1)]
    say("hotline.case_resumed.v1", clocks=[room.clocks("A1")["finish"].resume(room.now).to_dict()])
    assert watched(room)[-2:] == [("card_issued", "red"), ("appeal_supervised", 1)]
    assert len({*watched(room)}) == len(watched(room))


def test_an_end_that_its_sender_moves_after_it_has_passed_is_carded_anew(room: Room, say: Say) -> None:
    due = _from_outside(room, say, days=2)
    room.now = due + timedelta(seconds=2)
    assert watched(room).count(("card_issued", "red")) == 1
    later = room.now + timedelta(days=2)

    say("hotline.upstream_extended.v1", upstream_number="BZ1", due_at=later.isoformat())
    assert watched(room).count(("card_issued", "red")) == 1
    room.now = later + timedelta(seconds=2)

    assert watched(room).count(("card_issued", "red")) == 2


def test_being_urged_carded_and_supervised_is_no_word_from_the_unit(room: Room, say: Say) -> None:
    say(REGISTERED)
    heard_at = room.now
    for _ in range(20):
        room.now += timedelta(days=1)
        watched(room)
        silent(room)

    [found] = silent(room)
    assert datetime.fromisoformat(found["heard_at"]) == heard_at


def test_what_was_missed_while_nothing_ran_is_made_up_for_in_order(room: Room, say: Say) -> None:
    say(REGISTERED)
    room.now += timedelta(days=30)

    assert [value for _, value in watched(room)] == ["urge_50", "yellow", "red", 1, 2]
    assert [value for _, value in watched(room)] == ["urge_50", "yellow", "red", 1, 2]


@pytest.mark.parametrize("end", ["intake.appeal_withdrawn.v1", "mediation.case_concluded.v1"])
def test_what_is_done_is_neither_urged_nor_carded(room: Room, say: Say, end: str) -> None:
    say(REGISTERED)
    if end.startswith("mediation"):
        say("mediation.case_accepted.v1")
    say(end)
    room.now += timedelta(days=30)

    assert watched(room) == []


def test_more_time_moves_what_is_still_to_come(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_extension_requested.v1")
    walk("extension_granted")
    room.now += timedelta(days=9)

    assert watched(room) == [("appeal_urged", "urge_50")]


def test_a_rework_brings_a_promise_that_is_watched_anew(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    room.now += timedelta(days=30)
    before = len(watched(room))
    say("mediation.case_concluded.v1")
    [clock] = rules.promise("III", room.now)[-1:]
    say("feedback.rework_ordered.v1", clocks=[clock])
    room.now += timedelta(days=30)

    assert [value for _, value in watched(room)[before:]] == ["urge_50", "yellow", "red", 1, 2]


def test_a_leader_may_put_an_appeal_under_supervision_at_any_time(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)

    walk("supervision_ordered")

    [told_of] = room.told("appeal_supervised.v1")
    assert (told_of["level"], told_of["unit"], bool(told_of["opinion"])) == (0, "mediation_committee", True)


class Killed(Exception):  # noqa: N818 - what happens to a process
    """A worker ends before it has committed."""


@pytest.mark.timeout(600)
def test_none_of_ten_thousand_is_missed_or_carded_twice_by_three_replicas_that_are_killed(
    postgres: DatabaseServer, tmp_path: Path
) -> None:
    number = 10_000
    with postgres.database() as url, psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA routing")
        connection.commit()
        rooms = [
            Room(RoutingService, tmp_path, url.replace("postgresql://", "postgresql+psycopg://", 1)) for _ in range(3)
        ]
        rooms[0].hear(REGISTERED, "A0", registered())
        table = rooms[0].blueprint.case.__table__
        with rooms[0].database.write() as session:
            [first] = [dict(row._mapping) for row in session.execute(select(table))]
            copies = [{**first, "id": f"C{at}", "subject": f"A{at}", "number": f"N{at}"} for at in range(1, number)]
            bulk.write(session, table, copies)
        for one in rooms:
            one.now += timedelta(days=30)

        [chore] = [one for one in rooms[0].blueprint.chores if one.method == "watch_promises"]

        def watch(one: Room) -> None:
            more, looks = True, count(1)
            while more:
                with suppress(Killed), one.database.write() as session:
                    work = Work(session, one.blueprint, one.now)
                    more = bool(take_due(work, one.service, chore, Setbacks()))
                    work.record()
                    # Every seventh time it is killed with all of it written and nothing committed, and begins anew.
                    if more and next(looks) % 7 == 0:
                        raise Killed

        with ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(watch, one) for one in rooms]:
                done.result()

        with rooms[0].database.read() as session:
            letters = rooms[0].blueprint.store.letters
            rows = session.execute(
                select(letters.c.key, letters.c.subject, letters.c.body).where(
                    letters.c.key.in_(
                        ["routing.appeal_urged.v1", "routing.card_issued.v1", "routing.appeal_supervised.v1"]
                    )
                )
            ).all()
        for one in rooms:
            one.database.close()
    brought: Counter[tuple[str, str, Any]] = Counter()
    for row in rows:
        data = orjson.loads(row.body)["data"]
        brought[row.key.split(".")[1], data.get("clock", "finish"), data.get("light", data.get("level"))] += 1
    alike = {(row.key, row.subject, bytes(row.body).partition(b'"data":')[2]) for row in rows}
    assert brought == dict.fromkeys(
        [
            ("appeal_urged", "sign_in", "yellow"),
            ("appeal_supervised", "sign_in", 1),
            ("appeal_supervised", "sign_in", 2),
            ("appeal_urged", "first_contact", "yellow"),
            ("appeal_supervised", "first_contact", 1),
            ("appeal_supervised", "first_contact", 2),
            ("appeal_urged", "finish", "urge_50"),
            ("card_issued", "finish", "yellow"),
            ("card_issued", "finish", "red"),
            ("appeal_supervised", "finish", 1),
            ("appeal_supervised", "finish", 2),
        ],
        number,
    )
    assert len(alike) == len(rows)


@pytest.mark.parametrize(
    ("clock", "stops"), [("sign_in", "mediation.case_accepted.v1"), ("first_contact", "mediation.case_contacted.v1")]
)
def test_a_clock_that_runs_out_is_urged_and_escalated_once_per_level_until_it_stops(
    room: Room, say: Say, clock: str, stops: str
) -> None:
    say(REGISTERED)
    due = room.clocks("A1")[clock].due_at(standard_calendar())
    expected = [("appeal_urged", clock, "yellow"), ("appeal_supervised", clock, 1), ("appeal_supervised", clock, 2)]

    seen: dict[tuple[str, str, Any], Any] = {}
    while room.now < due + timedelta(days=3):
        for one in all_watched(room):
            seen.setdefault(one, room.now)
        room.now += timedelta(minutes=30)

    told_of = [one for one in all_watched(room) if one[1] == clock]
    assert told_of == expected
    assert seen[expected[0]] < due < seen[expected[1]] <= due + timedelta(minutes=31)
    assert seen[expected[2]] > due + timedelta(hours=12)
    say(stops)
    room.now += timedelta(days=9)
    assert [one for one in all_watched(room) if one[1] == clock] == expected


@pytest.mark.parametrize(
    ("clock", "stops"), [("sign_in", "mediation.case_accepted.v1"), ("first_contact", "mediation.case_contacted.v1")]
)
def test_what_is_done_in_time_brings_nothing(room: Room, say: Say, clock: str, stops: str) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say(stops)
    room.now += timedelta(days=2)

    assert [one for one in all_watched(room) if one[1] == clock] == []


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"way": "not_possible", "contact_counts": False}, "running"),
        # As the releases before told it.
        ({"way": "not_possible"}, "running"),
        ({"way": "not_possible", "contact_counts": True}, "stopped"),
        ({"way": "phone"}, "stopped"),
    ],
)
def test_a_contact_that_reached_nobody_lets_the_clock_run_on(
    room: Room, say: Say, told: dict[str, Any], state: str
) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")

    say("mediation.case_contacted.v1", **told)
    room.now += timedelta(days=2)

    assert room.clocks("A1")["first_contact"].state == state
    supervised = ("appeal_supervised", "first_contact", 1) in all_watched(room)
    assert supervised is (state == "running")


@pytest.mark.parametrize("kept", ["anonymous", "confidential"])
def test_nobody_is_urged_to_contact_whom_he_can_not_or_may_not_contact(room: Room, say: Say, kept: str) -> None:
    say(REGISTERED, **{kept: True})
    say("mediation.case_accepted.v1")
    room.now += timedelta(days=3)

    assert set(room.clocks("A1")) == {"sign_in", "finish"}
    assert [one for one in all_watched(room) if one[1] == "first_contact"] == []


def test_more_time_to_finish_leaves_the_first_contact_watched(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_extension_requested.v1")
    walk("extension_granted")
    room.now += timedelta(days=3)

    assert ("appeal_supervised", "first_contact", 1) in all_watched(room)


def test_what_was_watched_before_the_other_clocks_were_is_not_carded_again(room: Room, say: Say) -> None:
    say(REGISTERED)
    say("mediation.case_accepted.v1")
    say("mediation.case_contacted.v1")
    room.now += timedelta(days=30)
    before = all_watched(room)
    with room.database.write() as session:
        case = session.scalars(select(room.blueprint.case)).one()
        # As it was kept by the release before.
        case.details = {**case.details, "watched": case.details["watched"]["finish"]}
        case.look_at = room.now
    room.now += timedelta(days=1)

    assert all_watched(room) == before


# -- work orders of other systems, and confidential petitioners ------------------


def test_an_order_that_was_due_before_it_came_is_carded_and_supervised_at_the_first_look(room: Room, say: Say) -> None:
    external = {"source": "hotline12345", "number": "N-1", "due_at": "2026-11-20T09:00:00+00:00"}
    say("intake.appeal_registered.v1", external=external)

    room.pass_time(timedelta(minutes=1))
    room.run("watch_promises")
    room.run("watch_promises")

    assert [told["light"] for told in room.told("card_issued.v1")] == ["red"]
    assert room.told("appeal_supervised.v1")[0]["level"] == 1
    [finish] = [row for row in room.told("appeal_dispatched.v1")[0]["clocks"] if row["name"] == "finish"]
    assert finish["bound"]["at"] == external["due_at"]


def test_a_confidential_petitioner_is_marked_in_the_ledger_and_for_whoever_handles_it(room: Room, say: Say) -> None:
    say("intake.appeal_registered.v1", confidential=True)

    assert room.case("A1").details["confidential"] is True
    [told] = room.told("appeal_dispatched.v1")
    assert told["confidential"] is True


def test_who_is_not_confidential_is_told_so_and_the_ledger_says_nothing_of_it(room: Room, say: Say) -> None:
    say("intake.appeal_registered.v1")

    assert "confidential" not in room.case("A1").details
    assert room.told("appeal_dispatched.v1")[0]["confidential"] is False


def test_a_notice_of_the_dispatch_is_issued_when_asked_for_with_units_and_times(room: Room, say: Say) -> None:
    say(REGISTERED)
    with room.database.read() as session:
        assert session.execute(select(room.blueprint.papers)).all() == []

    room.act("A1", "dispatch_notice_issued", role=Role.DESK)
    room.act("A1", "dispatch_notice_issued", role=Role.LEADER)

    with room.database.read() as session:
        first, second = session.execute(select(room.blueprint.papers).order_by(room.blueprint.papers.c.version)).all()
    assert (first.number, second.number, second.version) == ("彭诉派〔2026〕1号", "彭诉派〔2026〕2号", 2)
    assert first.head["to"] == "街道人民调解委员会"
    assert all(said in first.text for said in ("彭李诉〔2026〕000001号", "邻里纠纷调解", "2个工作日内提出退单", "前 |"))
    assert "＿" not in first.text
    with pytest.raises(NotPermittedError):
        room.act("A1", "dispatch_notice_issued", role=Role.HANDLER)
    assert room.state("A1") == "dispatched"


def test_papers_name_each_unit_that_assists_and_leave_no_line_to_fill_in(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED)
    both = ["police_station", "property_office"]
    walk("assist_asked", assist_asked={"assisting_units": both})

    room.act("A1", "dispatch_notice_issued", role=Role.DESK)
    room.act("A1", "supervision_ordered", {"opinion": "三日内上门调解并报结果"}, role=Role.LEADER)

    with room.database.read() as session:
        notice, order = session.execute(select(room.blueprint.papers).order_by(room.blueprint.papers.c.seq)).all()
    assert "由辖区派出所、物业管理办公室协办，" in notice.text or "由辖区派出所、物业管理办公室协办。" in notice.text
    assert "辖区派出所、物业管理办公室协办，" in order.text
    assert "＿" not in notice.text + order.text


def test_a_leader_who_orders_supervision_writes_an_order_to_the_lead_unit(room: Room, say: Say) -> None:
    say(REGISTERED)

    room.act("A1", "supervision_ordered", {"opinion": "三日内上门调解并报结果"}, role=Role.LEADER)

    with room.database.read() as session:
        [order] = session.execute(select(room.blueprint.papers)).all()
    assert (order.number, order.head["to"]) == ("彭诉督〔2026〕1号", "街道人民调解委员会")
    assert all(said in order.text for said in ("彭李诉〔2026〕000001号", "三日内上门调解并报结果", "前 |"))
    assert "＿" not in order.text
    assert room.told("appeal_supervised.v1")[-1]["level"] == 0


def test_a_worker_has_learned_from_the_made_up_letters_before_the_first_appeal_needs_them(room: Room) -> None:
    MadeUp.head.cache_clear()
    [(_, learn)] = room.service.errands(room).items()  # type: ignore[arg-type]

    assert [learn() for _ in range(3)] == [False] * 3

    learned = MadeUp.head.cache_info()
    # The mechanism, the categories of each, and danger.
    assert learned.currsize == 1 + len(MECHANISMS) + 1
    assert learn() is False
    assert MadeUp.head.cache_info() == learned
