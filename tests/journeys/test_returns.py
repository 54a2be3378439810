"""Journeys of returns, of units that help, and of more time that the resident is told of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chassis.access import Principal, sign_token
from chassis.keys import KeyFolder
from tests.journeys.town import Person, awaited

if TYPE_CHECKING:
    from tests.journeys.town import Town

pytestmark = pytest.mark.timeout(400)


def of_unit(town: Town, unit: str) -> Person:
    """Make a handler of one unit, who has no service of his own."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    who = Principal(
        id=f"of-{unit}", name="协办员甲", roles=frozenset({"handler"}), services=frozenset(), units=frozenset({unit})
    )
    person = Person(town.street, "协办员甲")
    key = KeyFolder(town.street.settings.keys).signing()
    person._token = sign_token(who, key, datetime.now(UTC), timedelta(days=3650))
    return person


def helped(town: Town, unit: str, case_id: str, trigger: str, **form: Any) -> tuple[int, Any]:
    """Let somebody of a unit say something, by its own door."""
    return of_unit(town, unit).post(f"/routing/api/v1/help/{case_id}/{trigger}", {"unit": unit, **form})


def test_a_disputed_return_is_adjudicated_while_its_first_receiver_handles_the_case_to_its_end(town: Town) -> None:
    appeal = town.sent_to("hotline")
    town.act(town.handler, "hotline", appeal, "return_requested")
    town.await_case("routing", appeal, "return_pending")

    town.act(town.handler, "hotline", appeal, "case_accepted")
    town.act(town.handler, "hotline", appeal, "contact_made")
    awaited(
        lambda: town.case("routing", appeal),
        lambda case: {"sign_in", "first_contact"} <= {c["name"] for c in case["clocks"] if c["state"] == "stopped"},
        "the ledger hears of the handling",
    )
    town.act(town.desk, "routing", appeal, "return_denied", opinion="属本单位职责,请继续办理。")
    awaited(
        lambda: town.case("hotline", appeal),
        lambda case: case["details"].get("return_denied"),
        "the hotline hears that it was denied",
    )
    town.act(town.handler, "hotline", appeal, "adjudication_requested")
    town.await_case("routing", appeal, "adjudication_due")
    town.handle("hotline", appeal, most=3)

    refused, answer = town.try_to(
        town.handler,
        "hotline",
        town.case("hotline", appeal)["id"],
        "transferred",
        {"to": "property", "reason": "不属于本单位职责"},
    )
    town.act(town.leader, "routing", appeal, "adjudicated_kept", opinion="经裁定,由首接单位办理。")
    awaited(
        lambda: town.case("hotline", appeal),
        lambda case: (case["details"].get("return_denied") or {}).get("final"),
        "the hotline hears the adjudication",
    )
    town.handle("hotline", appeal)
    town.rate(appeal)
    town.await_public(appeal, "closed")

    assert (refused, "决定作出前不能办结或移送" in answer["errors"][0]["zh"]) == (409, True)
    ledger = town.await_case("routing", appeal, "closed")
    assert [row["final"] for row in ledger["details"]["returns"]] == [False, True]


def test_units_that_are_called_arrive_report_and_are_rated_and_the_lead_sees_it(town: Town) -> None:
    appeal = town.sent_to("enforcement")
    town.act(
        town.desk,
        "routing",
        appeal,
        "whistle_blown",
        whistle_type="joint_enforcement",
        units=["fire_office"],
        matter="请到现场会商,联合处置。",
    )
    town.act(town.desk, "routing", appeal, "assist_asked", assisting_units=["fire_office"], opinion="请核查消防通道。")
    case_id = town.case("routing", appeal)["id"]

    stranger, _ = helped(town, "police_station", case_id, "whistle_answered")
    arrived, _ = helped(town, "fire_office", case_id, "whistle_answered", note="已到场")
    reported, _ = helped(town, "fire_office", case_id, "assist_reported", report="通道已清理,无堵塞。")
    town.act(town.leader, "routing", appeal, "whistle_closed", result="已现场联合处置到位。")
    town.act(town.leader, "routing", appeal, "unit_rated", unit="fire_office", mark=5, comment="到场及时。")
    rated, _ = helped(town, "fire_office", case_id, "whistle_rated", mark=4, comment="事项清楚。")

    assert (stranger, arrived, reported, rated) == (404, 200, 200, 200)
    seen = awaited(
        lambda: town.case("enforcement", appeal),
        lambda case: {"whistle_blown", "whistle_closed", "assist_reported"} <= {e["trigger"] for e in case["timeline"]},
        "the lead unit sees what the others did",
    )
    assert [(row["unit"], row["state"]) for row in seen["details"]["assists"]] == [("fire_office", "reported")]
    [whistle] = town.case("routing", appeal)["details"]["whistles"]
    assert (whistle["called"][0]["mark"], whistle["called"][0]["mark_back"]) == (5, 4)


def test_the_resident_sees_that_more_time_was_granted_and_until_when(town: Town) -> None:
    appeal = town.sent_to("mediation")
    town.act(town.handler, "mediation", appeal, "case_accepted")
    before = awaited(lambda: town.tracked(appeal), lambda now: now["due_at"], "the resident sees until when")
    reason = {"reason": "需第三方检测，周期较长", "workdays": 2, "told_petitioner": True, "told_how": "当日电话告知"}
    town.act(town.handler, "mediation", appeal, "extension_requested", **reason)
    awaited(
        lambda: town.case("routing", appeal),
        lambda case: case["details"].get("extension_asked"),
        "the request is before a leader",
    )
    town.act(town.leader, "routing", appeal, "extension_granted", opinion="同意延期。")

    seen = awaited(
        lambda: town.tracked(appeal),
        lambda now: any(one["what"] == "extended" for one in now["timeline"]),
        "the resident sees it",
    )

    assert seen["due_at"] > before["due_at"]
