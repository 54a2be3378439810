"""Whole appeals, from the report to the end, through all services and their public doors only."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import amqp
import pytest

from tests.journeys.town import MECHANISMS, PLAIN, VAGUE, as_one_of, awaited

if TYPE_CHECKING:
    from tests.journeys.town import Appeal, Town

pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_an_appeal_goes_from_its_report_through_a_mechanism_to_its_end(town: Town, mechanism: str) -> None:
    appeal = town.sent_to(mechanism)
    awaited(lambda: town.tracked(appeal), lambda seen: seen["number"] and seen["due_at"], "a number and a promise")

    taken = town.handle(mechanism, appeal)
    shown = town.await_public(appeal, "callback_due")
    town.rate(appeal)
    closed = town.await_public(appeal, "closed")

    assert taken[0] == "case_accepted"
    assert "contact_made" in taken
    assert taken[-1] == "concluded"
    assert shown["reply"]
    assert shown["rate"]
    happened = [entry["what"] for entry in closed["timeline"]]
    assert happened[:3] == ["registered", "ledgered", "dispatched"]
    assert {"accepted", "contacted", "concluded", "callback_due", "closed"} <= {*happened}
    assert town.await_case("routing", appeal, "closed")["state"] == "closed"
    assert town.await_case(mechanism, appeal, "closed")["state"] == "closed"
    callback = town.case("feedback", appeal)
    assert callback["details"]["rated"]["result"] == 5
    assert (callback["number"], callback["title"]) == (closed["number"], closed["title"])


def test_what_the_rules_may_sign_is_dispatched_without_a_person(town: Town) -> None:
    appeal = town.report(PLAIN)

    town.await_case("hotline", appeal, "received")

    line = town.case("routing", appeal)
    assert line["state"] == "dispatched"
    assert {"signed_by_rule"} <= {entry["trigger"] for entry in line["timeline"]}
    assert line["details"]["explanation"]
    assert {clock["name"] for clock in line["clocks"]} == {"sign_in", "first_contact", "finish"}
    assert all(clock["explanation"] for clock in line["clocks"])


def test_a_bad_rating_sends_an_appeal_to_rework_and_only_a_good_one_closes_it(town: Town) -> None:
    appeal = town.sent_to("hotline")
    town.handle("hotline", appeal)
    town.rate(appeal, result=1, solved=False, comment="问题并没有解决")

    reworked = town.await_case("hotline", appeal, "rework_due")
    town.await_public(appeal, "rework_due")
    taken = town.handle("hotline", appeal)
    town.rate(appeal)
    town.await_public(appeal, "closed")

    assert reworked["details"]["rework_ordered"]
    assert taken[0] == "rework_taken"
    callback = town.case("feedback", appeal)
    assert callback["details"]["round"] == 2
    town.await_case("hotline", appeal, "closed")
    town.await_case("routing", appeal, "closed")


def test_two_callers_of_one_matter_are_handled_once_called_back_each_and_rate_apart(town: Town) -> None:
    first, mechanism = town.sent_to("property"), "property"
    others = [
        town.report(VAGUE, contact={"name": f"居民{name}", "phone": f"1390000000{number}"})
        for number, name in enumerate(("乙", "丙"))
    ]
    for other in others:
        town.await_case("routing", other, "triage_due")
        town.act(town.desk, "intake", other, "merged", into=first.id, reason="同一小区同一事项")
        town.await_case("routing", other, "merged")
        town.await_case("feedback", other, "joined")
    awaited(
        lambda: town.case(mechanism, first)["details"],
        lambda seen: seen.get("voices") == 3 and len(seen.get("supplements", ())) == 2,
        "the handler sees how many they are, and what the others say",
    )

    town.handle(mechanism, first)
    for appeal in (first, *others):
        shown = awaited(lambda one=appeal: town.tracked(one), lambda seen: seen["rate"], "each is asked for himself")
        assert shown["reply"]
    town.rate(others[0])
    town.rate(first)
    town.rate(others[1], result=1, solved=False, comment="五号楼还是没有解决")
    town.await_case(mechanism, first, "rework_due")
    town.await_case("feedback", first, "rework")
    town.await_case("feedback", others[0], "closed")

    town.handle(mechanism, first)
    town.rate(others[1])
    town.await_case("feedback", others[1], "closed")
    assert town.await_case("feedback", first, "callback_due")["ended_at"] is None
    town.rate(first)
    town.await_public(first, "closed")
    for service in (mechanism, "routing", "feedback"):
        town.await_case(service, first, "closed")
    for other in others:
        seen = awaited(lambda one=other: town.tracked(one), lambda seen: seen["ended_at"], "his own end")
        assert (seen["state"], seen["merged_into"]["stage"]) == ("merged", "feedback")
        assert town.found(mechanism, other) is None
        assert town.case("routing", other)["state"] == "merged"


def test_who_was_joined_wrongly_goes_through_a_mechanism_of_his_own(town: Town) -> None:
    first, other = town.sent_to("property"), town.sent_to("hotline", contact={"name": "居民丁", "phone": "13900000009"})
    town.act(town.desk, "intake", other, "merged", into=first.id, reason="同一小区同一事项")
    town.await_case("routing", other, "merged")
    town.await_case("hotline", other, "withdrawn")

    town.act(town.desk, "intake", other, "unmerged", reason="并非同一事项")
    town.await_case("routing", other, "triage_due")
    decided = {"mechanism": "hotline", "category": "0101", "urgency": "III", "severity": "moderate"}
    town.act(town.desk, "routing", other, "corrected", **decided, reason="按诉求内容人工核定")
    town.await_case("routing", other, "awaiting_signoff")
    town.act(town.leader, "routing", other, "signed", opinion="同意，请主办单位按时限办理。")
    town.await_case("hotline", other, "received")
    for mechanism, appeal in (("hotline", other), ("property", first)):
        town.handle(mechanism, appeal)
        town.rate(appeal)
        town.await_public(appeal, "closed")
        town.await_case(mechanism, appeal, "closed")
        town.await_case("routing", appeal, "closed")


def test_the_same_again_after_the_closing_is_handled_again_and_closed_again(town: Town) -> None:
    text = f"{PLAIN}(第 {uuid4().int % 1_000_000} 号)"
    body = {"text": text, "contact": {"name": "居民戊", "phone": "13900000008"}}
    first = town.know(town.resident.post("/intake/api/v1/appeals", body)[1])
    town.await_case("hotline", first, "received")
    town.handle("hotline", first)
    town.rate(first)
    town.await_public(first, "closed")
    for service in ("hotline", "routing", "feedback"):
        town.await_case(service, first, "closed")

    again = town.know(town.resident.post("/intake/api/v1/appeals", body)[1])

    town.await_case("hotline", first, "rework_due")
    town.await_case("routing", first, "rework")
    town.await_public(first, "rework_due")
    assert town.tracked(again)["state"] == "merged"
    town.handle("hotline", first)
    town.rate(first)
    town.await_public(first, "closed")
    for service in ("hotline", "routing", "feedback"):
        town.await_case(service, first, "closed")
    assert town.case("feedback", first)["details"]["rounds"] == 2


def test_a_granted_return_sends_an_appeal_to_another_mechanism(town: Town) -> None:
    appeal = town.sent_to("mediation")
    town.act(
        town.handler,
        "mediation",
        appeal,
        "return_requested",
        reason_class="not_our_duty",
        reason="不属于本单位职责范围",
        suggested_unit="property_office",
        legal_ground="街道权责清单",
    )

    town.await_case("routing", appeal, "return_pending")
    town.act(town.desk, "routing", appeal, "return_granted", opinion="退单理由成立，改派。", **as_one_of("property"))
    town.await_case("property", appeal, "received")

    town.await_case("mediation", appeal, "returned")
    town.handle("property", appeal)
    town.rate(appeal)
    town.await_public(appeal, "closed")
    town.await_case("property", appeal, "closed")
    assert town.case("mediation", appeal)["state"] == "returned"


def test_what_a_resident_adds_reaches_whoever_has_the_appeal_also_after_a_return(town: Town) -> None:
    appeal = town.sent_to("mediation")
    status, _ = town.resident.post(f"/intake/api/v1/appeals/{appeal.code}/supplement", {"text": "晚上更严重"})
    assert status == 200
    awaited(
        lambda: town.case("mediation", appeal),
        lambda case: [one["text"] for one in case["details"].get("supplements", ())] == ["晚上更严重"],
        "mediation has the words",
    )

    town.act(town.handler, "mediation", appeal, "return_requested")
    town.await_case("routing", appeal, "return_pending")
    redispatch = {**as_one_of("property"), "opinion": "退单理由成立,改派物业服务。"}
    town.act(town.desk, "routing", appeal, "return_granted", **redispatch)
    town.await_case("property", appeal, "received")

    awaited(
        lambda: town.case("property", appeal),
        lambda case: [one["text"] for one in case["details"].get("supplements", ())] == ["晚上更严重"],
        "property has the words that came before it had the appeal",
    )


def test_a_refused_return_is_handled_by_the_first_receiver(town: Town) -> None:
    appeal = town.sent_to("relief")
    town.act(
        town.handler,
        "relief",
        appeal,
        "return_requested",
        reason_class="not_our_duty",
        reason="不属于本单位职责范围",
        suggested_unit="people_call_office",
        legal_ground="街道权责清单",
    )

    town.await_case("routing", appeal, "return_pending")
    town.act(town.desk, "routing", appeal, "return_denied", opinion="属于你单位职责,继续办理。")
    case = town.await_case("relief", appeal, "received")

    assert case["details"]["return_denied"]["opinion"] == "属于你单位职责,继续办理。"
    status, refusal = town.try_to(
        town.handler,
        "relief",
        case["id"],
        "return_requested",
        {
            "reason_class": "not_our_duty",
            "reason": "还是不属于本单位职责",
            "suggested_unit": "people_call_office",
            "legal_ground": "街道权责清单",
        },
    )
    assert status == 409
    assert "退单只能提出一次" in refusal["errors"][0]["zh"]


def test_a_granted_extension_moves_the_clocks_of_the_ledger_and_of_the_mechanism(town: Town) -> None:
    appeal = town.sent_to("mediation")
    town.act(town.handler, "mediation", appeal, "case_accepted")
    before = _due(town, "routing", appeal)
    assert _due(town, "mediation", appeal) == before

    reason = {"reason": "需第三方检测，周期较长", "workdays": 2, "told_petitioner": True, "told_how": "当日电话告知"}
    town.act(town.handler, "mediation", appeal, "extension_requested", **reason)
    awaited(
        lambda: town.case("routing", appeal),
        lambda case: case["details"].get("extension_asked"),
        "the request is in the ledger",
    )
    town.act(town.leader, "routing", appeal, "extension_granted", opinion="同意延期。")

    after = _due(town, "routing", appeal)
    assert after > before
    awaited(lambda: _due(town, "mediation", appeal), lambda due: due == after, "the mechanism's clock moved too")
    promised = awaited(
        lambda: town.tracked(appeal),
        lambda seen: datetime.fromisoformat(seen["due_at"]) == after,
        "the resident sees it",
    )
    assert "extended" in [entry["what"] for entry in promised["timeline"]]


def _due(town: Town, service: str, appeal: Appeal) -> datetime:
    clocks = town.case(service, appeal)["clocks"]
    [finish] = [clock for clock in clocks if clock["name"] == "finish"]
    return datetime.fromisoformat(finish["due_at"])


def test_an_interim_reply_closes_the_promise_while_the_law_s_time_runs_and_the_final_one_is_rated(town: Town) -> None:
    appeal = town.sent_to("enforcement")
    without = town.sent_to("enforcement", contact={"name": "居民乙", "phone": "13800000001"})
    for one in (appeal, without):
        town.go("enforcement", one, "case_accepted", "contact_made", "inspected", "filed")
    town.go("enforcement", appeal, "interim_replied")
    shown = awaited(lambda: town.tracked(appeal), lambda seen: seen["goes_on"], "the resident reads that it goes on")
    line = awaited(
        lambda: town.case("routing", appeal),
        lambda seen: any(clock["name"] == "lawful" for clock in seen["clocks"]),
        "the ledger waits for the law's time",
    )

    town.street.move_time(timedelta(days=12))
    watched = awaited(
        lambda: town.case("routing", without),
        lambda seen: any(entry["trigger"] == "supervised" for entry in seen["timeline"]),
        "what has no interim reply is supervised",
    )
    town.await_case("feedback", without, "progress_call_due")

    assert "行政处罚法" in shown["goes_on"]["zh"]
    assert shown["due_at"] == line["due_at"]
    assert {"carded", "supervised"} <= {entry["trigger"] for entry in watched["timeline"]}
    quiet = {entry["trigger"] for entry in town.case("routing", appeal)["timeline"]}
    assert "interim_replied" in quiet
    assert quiet.isdisjoint({"urged", "carded", "supervised"})
    assert town.found("feedback", appeal) is None

    town.go("enforcement", appeal, "investigation_closed", "exempted", "concluded", concluded={"outcome": "explained"})
    town.await_public(appeal, "callback_due")
    town.rate(appeal)
    ended = town.await_public(appeal, "closed")

    happened = [entry["what"] for entry in ended["timeline"]]
    assert happened.index("interim_replied") < happened.index("concluded") < happened.index("closed")
    line = town.await_case("routing", appeal, "closed")
    assert {clock["name"]: clock["state"] for clock in line["clocks"]}["lawful"] == "stopped"


def test_what_is_answered_on_the_spot_is_rated_and_closed(town: Town) -> None:
    appeal = town.report(PLAIN, by=town.operator, hold=True)
    town.await_case("routing", appeal, "held")

    reply, entry = "您好,办理时间为工作日九点至十七点。", {"entry": "mediation-free", "entry_version": 0}
    town.act(town.operator, "intake", appeal, "answered", reply=reply, **entry)
    town.rate(appeal)

    closed = town.await_public(appeal, "closed")
    assert closed["reply"] == "您好,办理时间为工作日九点至十七点。"
    line = town.await_case("routing", appeal, "closed")
    assert line["number"]
    assert [town.case(name, appeal)["number"] for name in ("intake", "feedback")] == [line["number"]] * 2
    assert all(town.found(mechanism, appeal) is None for mechanism in MECHANISMS)


def test_what_is_not_accepted_ends_with_its_legal_route(town: Town) -> None:
    appeal = town.report("我对法院的判决不服,请街道改判。", by=town.operator, hold=True)
    town.await_case("routing", appeal, "held")

    told = "您反映的事项应当通过诉讼途径解决,请在法定期限内提起上诉。"
    town.act(
        town.operator, "intake", appeal, "not_accepted", ground="other_legal_route", route="litigation", reply=told
    )

    assert town.await_public(appeal, "not_accepted")["reply"] == told
    assert town.await_case("routing", appeal, "not_accepted")["ended_at"]
    assert town.await_case("feedback", appeal, "never_asked")["ended_at"]


def test_what_its_petitioner_withdraws_is_taken_back_from_whoever_has_it(town: Town) -> None:
    appeal = town.sent_to("enforcement")
    town.act(town.handler, "enforcement", appeal, "case_accepted")

    awaited(
        lambda: town.resident.post(f"/intake/api/v1/appeals/{appeal.code}/withdraw", {"reason": "问题已自行解决"})[0],
        lambda status: status == 200,
        "the withdrawal",
    )

    assert town.await_public(appeal, "withdrawn")["reply"]
    town.await_case("routing", appeal, "withdrawn")
    assert town.await_case("enforcement", appeal, "withdrawn")["ended_at"]


def test_a_resident_who_is_not_reached_three_times_is_left_in_peace(town: Town) -> None:
    appeal = town.sent_to("hotline")
    town.handle("hotline", appeal)
    case = town.await_case("feedback", appeal, "callback_due")

    early, refusal = town.try_to(town.operator, "feedback", case["id"], "unreachable", {})
    for _ in range(3):
        await_calling_hours(town, appeal)
        town.act(town.operator, "feedback", appeal, "callback_tried", way="phone", answer="no_answer", note="无人接听")
        again, too_soon = town.try_to(
            town.operator, "feedback", case["id"], "callback_tried", {"way": "phone", "note": "马上再打一次"}
        )
        assert (again, "后再试" in too_soon["errors"][0]["zh"]) == (409, True)
    town.act(town.operator, "feedback", appeal, "unreachable")

    assert early == 409
    assert "已尝试 0 次" in refusal["errors"][0]["zh"]
    town.await_public(appeal, "closed")
    callback = town.case("feedback", appeal)
    assert (callback["details"]["end"], callback["details"]["unrated_because"]) == ("unrated", "no_answer")
    assert len(callback["details"]["callback_tried"]) == 3
    town.await_case("routing", appeal, "closed")

    status, _ = town.resident.post(f"/feedback/api/v1/appeals/{appeal.code}/rating", MARKS)
    rated = awaited(
        lambda: town.case("feedback", appeal), lambda case: case["details"]["end"] == "rated", "the late rating"
    )
    assert (status, rated["state"]) == (200, "closed")


MARKS = {"attitude": 5, "process": 5, "result": 5, "solved": True, "comment": ""}


def await_calling_hours(town: Town, appeal: Appeal) -> None:
    """Move the time to when the resident may be called, if it is not now."""

    def listed() -> Any:
        rows = town.operator.get("/feedback/api/v1/callbacks")["items"]
        return next(row for row in rows if row["subject"] == appeal.id)

    row = listed()
    if not row["may_call_now"]:
        ahead = timedelta(seconds=town.street.seconds_ahead())
        town.street.move_time(
            datetime.fromisoformat(row["next_try_at"]) - datetime.now(UTC) - ahead + timedelta(seconds=5)
        )
        # Processes look at the moved time ten times a second.
        awaited(listed, lambda now: now["may_call_now"], "the hours in which residents are called")
        awaited(
            lambda: town.operator.get("/feedback/api/v1/callbacks?now=1")["items"],
            lambda rows: appeal.id in [row["subject"] for row in rows],
            "the hour of the next try",
        )


def test_a_resident_rates_by_the_link_that_was_sent_and_by_no_other(town: Town) -> None:
    appeal = town.sent_to("hotline")
    town.handle("hotline", appeal)
    case = town.await_case("feedback", appeal, "callback_due")

    status, made = town.operator.post(f"/feedback/api/v1/cases/{case['id']}/actions/link_sent", {"form": {}})
    assert status == 200
    path = "/feedback/api/v1/links/" + made["link"].rpartition("/")[2] + "/rating"
    answers = [town.resident.post(to, MARKS) for to in (path.replace("/rating", "x/rating"), path, path)]

    assert [status for status, _ in answers] == [404, 200, 409]
    town.await_public(appeal, "closed")
    assert town.case("feedback", appeal)["details"]["way"] == "link"


def test_what_is_new_opens_a_closed_appeal_again_in_every_service(town: Town) -> None:
    appeal = town.sent_to("hotline")
    town.handle("hotline", appeal)
    town.rate(appeal)
    for service in ("feedback", "routing", "hotline"):
        town.await_case(service, appeal, "closed")

    status, _ = town.resident.post(
        f"/feedback/api/v1/appeals/{appeal.code}/reopening", {"what_is_new": "修好两天后又坏了。"}
    )
    assert status == 200
    town.await_public(appeal, "rework_due")
    assert town.await_case("routing", appeal, "rework")["ended_at"] is None
    assert (
        town.await_case("hotline", appeal, "rework_due")["details"]["rework_ordered"]["reason"] == "修好两天后又坏了。"
    )
    town.handle("hotline", appeal)
    town.rate(appeal)

    town.await_public(appeal, "closed")
    town.await_case("hotline", appeal, "closed")
    assert town.await_case("routing", appeal, "closed")["details"]["reworks"] == 1
    assert town.case("feedback", appeal)["details"]["rounds"] == 2


def test_an_illegal_step_is_refused_with_the_allowed_ones(town: Town) -> None:
    appeal = town.sent_to("mediation")
    case = town.case("mediation", appeal)

    form = {"outcome": "solved", "reply": "您反映的问题已办理完毕。", "handler_claims_solved": True}
    status, refusal = town.try_to(town.handler, "mediation", case["id"], "concluded", form)

    assert status == 409
    assert refusal["state"] == "received"
    assert {"case_accepted", "return_requested"} <= {*refusal["allowed"]}
    assert town.case("mediation", appeal)["state"] == "received"


def test_a_step_on_what_somebody_else_has_changed_is_refused(town: Town) -> None:
    appeal = town.sent_to("mediation")
    case = town.case("mediation", appeal)
    town.act(town.handler, "mediation", appeal, "case_accepted")

    form = {"reason": "不属于本单位职责范围", "suggested_unit": "property_office"}
    status, refusal = town.try_to(
        town.handler, "mediation", case["id"], "return_requested", form, version=case["version"]
    )

    assert status == 409
    assert refusal["type"].endswith("stale")
    assert town.case("mediation", appeal)["state"] != "return_pending"


def test_the_same_key_gives_the_same_answer_and_does_nothing_twice(town: Town) -> None:
    report_key, step_key = uuid4().hex, uuid4().hex
    body = {"text": f"{PLAIN}(第 {report_key[:6]} 处)"}

    first, again = (town.resident.post("/intake/api/v1/appeals", body, key=report_key) for _ in range(2))
    other, _ = town.resident.post("/intake/api/v1/appeals", {"text": "别的事情,请处理。"}, key=report_key)

    assert (first[0], again[0]) in ((201, 201), (201, 200))
    assert first[1]["tracking_code"] == again[1]["tracking_code"]
    assert other in (409, 422)
    appeal = town.know(first[1])
    case = town.await_case("hotline", appeal, "received")
    answers = [town.try_to(town.handler, "hotline", case["id"], "case_accepted", {}, key=step_key) for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    taken = [entry["trigger"] for entry in town.case("hotline", appeal)["timeline"]]
    assert taken.count("case_accepted") == 1


def test_an_external_hotline_submits_over_amqp_and_is_acknowledged_once(distributed: Town) -> None:
    number = f"N-{uuid4().hex[:8]}"
    submitted = {"external_number": number, "title": "路灯不亮", "text": PLAIN}
    with _connected(distributed) as connection:
        channel = connection.channel()
        queue = channel.queue_declare(exclusive=True).queue
        for fact in ("appeal_registered", "submission_rejected"):
            channel.queue_bind(queue, "jiesu", f"intake.{fact}.v1")

        for body in (submitted, submitted, {"external_number": f"{number}-bad", "text": ""}):
            _publish(channel, body)
        told = [_letter(channel, queue) for _ in range(2)]
        distributed.street.await_quiet()
        more = channel.basic_get(queue, no_ack=True)

    assert more is None
    registered = next(letter for letter in told if letter["type"].endswith("appeal_registered.v1"))
    rejected = next(letter for letter in told if letter["type"].endswith("submission_rejected.v1"))
    assert registered["data"]["external"] == {"source": "hotline12345", "number": number}
    assert rejected["data"]["external_number"] == f"{number}-bad"
    assert any("text" in reason for reason in rejected["data"]["reasons"])
    cases = distributed.leader.get(f"/routing/api/v1/cases?subject={registered['subject']}")["items"]
    assert len(cases) == 1


#: How the hotline handles an order of the upstream one: that one has the last word.
_FED_BACK = (
    *("case_accepted", "contact_made", "triaged", "site_visited", "reply_drafted", "reply_approved_for_feedback"),
    *("fed_back", "upstream_closed", "concluded"),
)


def test_a_work_order_of_12345_keeps_its_deadline_and_its_hotline_is_told_each_status_once(distributed: Town) -> None:
    town, number = distributed, f"N-{uuid4().hex[:8]}"
    due = (datetime.now(UTC) + timedelta(hours=30)).replace(microsecond=0)
    order = {
        "channel": "hotline_12345",
        "external": {"source": "hotline12345", "number": number, "due_at": due.isoformat()},
        "contact": {"name": "居民甲", "phone": "13800000000", "sealed": True},
    }
    with _connected(town) as connection:
        channel = connection.channel()
        queue = channel.queue_declare(exclusive=True).queue
        # As the broker's definitions bind a source's answers: what is addressed to it, of whatever fact.
        channel.queue_bind(queue, "jiesu", "*.*.*.to.hotline12345")

        appeal = town.report(PLAIN, by=town.operator, **order)
        other, refused = town.operator.post("/intake/api/v1/appeals", {"text": "转述不同的同一件", **order})
        case = town.await_case("hotline", appeal, "received")
        town.go("hotline", appeal, *_FED_BACK)
        town.rate(appeal)
        town.await_public(appeal, "closed")
        town.street.await_quiet()
        letters = [_letter(channel, queue) for _ in range(4)]
        more = channel.basic_get(queue, no_ack=True)

    assert (other, refused["appeal_id"]) == (409, appeal.id)
    [finish] = [clock for clock in case["clocks"] if clock["name"] == "finish"]
    assert datetime.fromisoformat(finish["due_at"]) == due
    assert any(number in line and "以此为准" in line for line in finish["explanation"])
    assert more is None
    told = [letter["data"] for letter in letters if letter["type"].endswith("status_reported.v1")]
    assert [one["status"] for one in told] == ["accepted", "concluded", "closed"]
    assert {(one["external_number"], one["appeal_id"]) for one in told} == {(number, appeal.id)}
    assert told[1]["reply"]
    assert datetime.fromisoformat(told[1]["due_at"]) == due
    for service in ("intake", "routing", "hotline", "feedback"):
        for person in (town.handler, town.leader, town.reviewer):
            seen = town.case(service, appeal, person)
            assert not any(secret in str(seen) for secret in ("居民甲", "13800000000"))
            status, answer = person.post(f"/{service}/api/v1/cases/{seen['id']}/reveal", {"purpose": "了解诉求人"})
            assert status in (403, 404), answer
    assert all(town.case(one, appeal)["details"]["confidential"] for one in ("intake", "routing", "hotline"))


def _connected(town: Town) -> Any:
    url = urlsplit(town.street.settings.amqp_url)
    return amqp.Connection(
        f"{url.hostname}:{url.port or 5672}",
        userid=url.username or "guest",
        password=url.password or "guest",
        virtual_host=url.path.lstrip("/") or "/",
    )


def _publish(channel: Any, data: dict[str, Any]) -> None:
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/hotline12345",
        "type": "cn.jiesu.hotline12345.appeal_submitted.v1",
        "subject": data["external_number"],
        "time": "2026-11-20T09:30:00+08:00",
        "datacontenttype": "application/json",
        "data": data,
    }
    message = amqp.Message(json.dumps(event).encode(), content_type="application/cloudevents+json", delivery_mode=2)
    channel.basic_publish(message, exchange="jiesu.external", routing_key="hotline12345.appeal_submitted.v1")


def _letter(channel: Any, queue: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        message = channel.basic_get(queue, no_ack=True)
        if message is not None:
            letter: dict[str, Any] = json.loads(message.body)
            return letter
        time.sleep(0.05)
    message = "no letter came"
    raise AssertionError(message)
