"""Versions of the dispatch rules: kept, put live by a second person, taken up at once, and explained later."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from chassis import blueprint, metrics, migrate
from chassis.database import Database
from chassis.problems import ProblemError
from chassis.testing import Room
from chassis.workflow import RefusedError
from services.routing.dispatch import rulebook, ruleset, trying
from services.routing.models import RuleText, RuleTurn
from services.routing.service import RoutingService
from tests.services.routing.conftest import CHANGED, DESK, LEADER, ORDINARY, OTHER, Go, Say, Walk, registered

if TYPE_CHECKING:
    from pathlib import Path

    from tests.nodes.postgres import DatabaseServer

HELP = {"title": "咨询", "text": "请问社保卡补办需要哪些材料,在哪里办理?"}


@pytest.fixture(params=["sqlite", "postgresql"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """Give routing over either database, as its migrations make it."""
    url = f"sqlite:///{tmp_path / 'routing.sqlite3'}"
    with ExitStack() as closing:
        if request.param == "postgresql":
            server: DatabaseServer = request.getfixturevalue("postgres")
            address = closing.enter_context(server.database())
            url = address.replace("postgresql://", "postgresql+psycopg://", 1)
        database = Database(url, "routing")
        migrate.upgrade(database, blueprint.read(RoutingService))
        database.close()
        room = Room(RoutingService, tmp_path, url=url)
        closing.callback(room.database.close)
        yield room


def live(room: Room) -> int:
    with room.database.read() as session:
        return rulebook.live(session, room.now).version


def register(room: Room, subject: str, **said: str) -> None:
    room.hear("intake.appeal_registered.v1", subject, registered(**said))


def refusal(error: pytest.ExceptionInfo[ProblemError]) -> tuple[int, str, str]:
    return error.value.status, error.value.name, error.value.zh


def test_the_shipped_catalogue_is_the_first_version_and_works_at_once(room: Room) -> None:
    register(room, "A1", **ORDINARY)

    case = room.case("A1")
    assert (case.state, case.unit) == ("dispatched", "mediation_committee")
    assert case.details["rules"]["version"] == 1
    assert live(room) == 1


def test_a_version_that_goes_live_decides_the_next_dispatch_and_the_old_one_keeps_its_reasons(
    room: Room, go_live: Go
) -> None:
    register(room, "A1", **ORDINARY)

    number = go_live()
    register(room, "A2", **ORDINARY)

    first, second = room.case("A1").details, room.case("A2").details
    assert (first["lead_unit"], first["rules"]["version"]) == ("mediation_committee", 1)
    assert (second["lead_unit"], second["rules"]["version"], number) == ("police_station", 2, 2)
    assert second["assisting_units"] == ["mediation_committee"]
    assert [row["result"] for row in second["explanation"]] == ["fired", "hint"]
    [told] = room.told("appeal_dispatched.v1", "A2")
    assert (told["lead_unit"], told["hint"]) == ("police_station", second["explanation"][1]["zh"])


def test_why_not_elsewhere_is_worked_out_by_the_version_that_dispatched(room: Room, go_live: Go) -> None:
    register(room, "A1", **ORDINARY)
    go_live()
    register(room, "A2", **ORDINARY)

    shown = [{"details": dict(room.case(subject).details)} for subject in ("A1", "A2")]
    with room.database.read() as session:
        for one in shown:
            trying.explained(session, one)

    first, second = (one["details"]["explanation"] for one in shown)
    assert [row["rule"] for row in first] == ["mediation", "thrown_objects"]
    assert "类别须为0108、0109，本件为0101" in first[1]["zh"]
    assert [(row["rule"], row["result"]) for row in second] == [
        ("domestic_noise", "fired"),
        ("domestic_noise", "hint"),
        ("thrown_objects", "passed"),
        ("mediation", "passed"),
    ]
    assert "也符合，但排在后面" in second[3]["zh"]


def test_where_no_rule_fires_the_appeal_waits_for_the_desk_with_the_reason(room: Room, go_live: Go, walk: Walk) -> None:
    go_live()

    register(room, "A1", **HELP)

    case = room.case("A1")
    assert case.state == "triage_due"
    assert case.details["found_unclear"]["reason"] == "派单目录第 2 版没有适用的规则，请人工研判并指定主办单位"
    assert room.told("appeal_dispatched.v1") == []

    walk("corrected", corrected={"mechanism": "hotline", "category": "0311", "urgency": "III", "severity": "minor"})
    walk("signed", signed={"lead_unit": "people_call_office"})

    [told] = room.told("appeal_dispatched.v1")
    assert (told["lead_unit"], told["explanation"][0]["rule"]) == ("people_call_office", "person")


def test_where_the_live_version_names_a_mechanism_that_is_gone_each_appeal_waits_and_says_why(
    room: Room, go_live: Go, walk: Walk
) -> None:
    number = go_live()
    gone = CHANGED.replace('lead = "police_station"', 'mechanism = "street_trees", lead = "police_station"')
    with room.database.write() as session:
        digest = ruleset.digest_of(gone)
        session.execute(update(RuleText).where(RuleText.version == number).values(text=gone, digest=digest))
        session.execute(update(RuleTurn).where(RuleTurn.version == number).values(digest=digest))

    register(room, "A1", **ORDINARY)

    assert room.parked() == []
    assert room.state("A1") == "triage_due"
    reason = room.case("A1").details["found_unclear"]["reason"]
    assert reason.startswith("派单目录第 2 版已不能使用（规则 domestic_noise：没有工作机制 'street_trees'")
    assert unusable(room) == 1
    walk("corrected", "signed", signed={"lead_unit": "police_station"})
    assert [told["lead_unit"] for told in room.told("appeal_dispatched.v1")] == ["police_station"]
    with room.database.write() as session:
        rulebook.put_live(session, 1, begins_at=None, seen=number, reason="换回原版", who=OTHER, now=room.now)
    register(room, "A2", **ORDINARY)
    assert room.state("A2") == "dispatched"
    assert unusable(room) == 0


def unusable(room: Room) -> float:
    """Return what ops are told of the live rules."""
    room.run("try_the_rules")
    return metrics.RULES_UNUSABLE.labels("routing")._value.get()  # type: ignore[no-any-return]


def test_a_leader_cannot_sign_what_no_rule_and_nobody_gives_a_unit_for(room: Room, go_live: Go, walk: Walk) -> None:
    go_live()
    register(room, "A1", **HELP)
    walk("corrected", corrected={"mechanism": "hotline", "category": "0311", "urgency": "III", "severity": "minor"})

    with pytest.raises(RefusedError) as refused:
        walk("signed")

    assert refused.value.refusals[0].zh == "派单目录第 2 版没有适用的规则，请指定主办单位"
    assert room.state("A1") == "awaiting_signoff"


def test_a_rule_may_change_the_mechanism_and_the_ledger_knows_what_was_judged(room: Room, go_live: Go) -> None:
    moved = CHANGED.replace('lead = "police_station"', 'mechanism = "property", lead = "property_office"')
    go_live(moved)

    register(room, "A1", **ORDINARY)

    case = room.case("A1")
    assert (case.mechanism, case.unit) == ("property", "property_office")
    assert case.details["rules"]["mechanism"] == "mediation"
    assert room.told("appeal_dispatched.v1")[0]["mechanism"] == "property"
    assert room.told("appeal_ledgered.v1")[0]["mechanism"] == "mediation"


def test_a_rule_may_ask_for_the_estate_that_was_read_out_of_the_words(room: Room, go_live: Go) -> None:
    go_live(CHANGED.replace('category = ["0101"]', 'category = ["0101"], estate = ["黄河家园一区"]'))

    register(room, "A1", **ORDINARY)
    room.hear("intake.appeal_registered.v1", "A2", registered(**ORDINARY, address={"estate": "渤海小区"}))
    room.hear("intake.appeal_registered.v1", "A3", registered(**ORDINARY, address=None))

    units = [room.case(subject).unit for subject in ("A1", "A2", "A3")]
    assert units == ["police_station", "mediation_committee", "mediation_committee"]


def test_a_rule_does_not_change_the_mechanism_that_the_desk_has_set(room: Room, go_live: Go, walk: Walk) -> None:
    go_live(CHANGED.replace('lead = "police_station"', 'mechanism = "property", lead = "property_office"'))
    register(room, "A1", title="", text="请问")

    walk("corrected", corrected={"mechanism": "mediation", "category": "0101", "urgency": "III", "severity": "minor"})
    walk("signed")

    assert (room.case("A1").mechanism, room.case("A1").unit) == ("mediation", "mediation_committee")


# -- drafts and four eyes -------------------------------------------------------


def test_a_draft_is_not_live(room: Room) -> None:
    with room.database.write() as session:
        kept, findings = rulebook.draft(session, CHANGED, note="试改", who=DESK, now=room.now)

    assert kept.version == 2
    assert [one.level for one in findings] == ["warning"]
    assert live(room) == 1


def test_rules_that_are_wrong_are_not_kept_and_each_fault_is_named(room: Room) -> None:
    text = CHANGED.replace('lead = "police_station"', 'lead = "community_committee"')

    with room.database.write() as session, pytest.raises(ProblemError) as error:
        rulebook.draft(session, text, note="试改", who=DESK, now=room.now)

    with room.database.read() as session:
        assert [one.version for one in rulebook.texts(session)] == [1]
    assert error.value.status == 422
    assert "规则 domestic_noise：社区居民委员会不能主办职责清单以外的事项" in error.value.errors[0]["zh"]


def test_the_same_text_is_not_kept_twice(room: Room) -> None:
    with room.database.write() as session, pytest.raises(ProblemError) as error:
        rulebook.draft(session, ruleset.shipped_text(), note="照旧", who=DESK, now=room.now)

    assert refusal(error) == (409, "same", "与第 1 版完全相同，没有另存")


def test_who_drafted_a_version_does_not_put_it_live(room: Room) -> None:
    with room.database.write() as session:
        kept, _ = rulebook.draft(session, CHANGED, note="试改", who=LEADER, now=room.now)
    number = kept.version

    for same in (LEADER, replace(LEADER, id="second-account")):
        with room.database.write() as session, pytest.raises(ProblemError) as error:
            rulebook.put_live(session, number, begins_at=None, seen=1, reason="同意", who=same, now=room.now)
        assert refusal(error)[:2] == (403, "four-eyes")
    assert live(room) == 1

    with room.database.write() as session:
        rulebook.put_live(session, number, begins_at=None, seen=1, reason="同意", who=OTHER, now=room.now)
    assert live(room) == 2


def test_of_two_leaders_at_once_the_second_is_told_what_the_first_has_decided(room: Room) -> None:
    one, other = _drafts(room)

    def second() -> int:
        with room.database.write() as session:
            return rulebook.put_live(
                session, other, begins_at=None, seen=1, reason="同意", who=OTHER, now=room.now + timedelta(seconds=1)
            ).version

    with ThreadPoolExecutor(1) as pool:
        with room.database.write() as session:
            rulebook.put_live(session, one, begins_at=None, seen=1, reason="同意", who=LEADER, now=room.now)
            waits = pool.submit(second)
            with pytest.raises(TimeoutError):
                waits.result(0.5)
        with pytest.raises(ProblemError) as error:
            waits.result(30)

    assert refusal(error)[:2] == (409, "stale")
    assert live(room) == one


def test_a_clock_that_goes_behind_puts_no_version_live_before_the_one_that_is(room: Room) -> None:
    one, other = _drafts(room)
    with room.database.write() as session:
        rulebook.put_live(session, one, begins_at=None, seen=1, reason="同意", who=LEADER, now=room.now)
    behind = room.now - timedelta(milliseconds=5)

    with room.database.write() as session, pytest.raises(ProblemError) as error:
        rulebook.put_live(session, other, begins_at=None, seen=1, reason="同意", who=OTHER, now=behind)

    assert refusal(error)[:2] == (409, "stale")


def _drafts(room: Room) -> tuple[int, int]:
    """Draft two versions, and return their numbers."""
    with room.database.write() as session:
        drafted = [
            rulebook.draft(session, text, note="试改", who=DESK, now=room.now)[0].version
            for text in (CHANGED, f"{CHANGED}\n# 另一版\n")
        ]
    return drafted[0], drafted[1]


def test_any_leader_may_take_a_version_back_to_one_that_was_live(room: Room, go_live: Go) -> None:
    go_live()
    room.now += timedelta(hours=1)

    with room.database.write() as session:
        rulebook.put_live(session, 1, begins_at=None, seen=2, reason="误派较多，退回", who=LEADER, now=room.now)

    assert live(room) == 1
    with room.database.read() as session:
        assert [turn.version for turn in rulebook.turns(session)] == [1, 2, 1]


def test_a_planned_version_counts_from_its_moment_on(room: Room, go_live: Go) -> None:
    go_live(begins_at=room.now + timedelta(hours=2))

    before, room.now = live(room), room.now + timedelta(hours=2)

    assert (before, live(room)) == (1, 2)


def test_a_plan_is_taken_back_by_another_one_for_the_same_moment(room: Room, go_live: Go) -> None:
    planned = room.now + timedelta(hours=2)
    go_live(begins_at=planned)

    with room.database.write() as session:
        rulebook.put_live(session, 1, begins_at=planned, seen=1, reason="暂缓", who=OTHER, now=room.now)

    room.now = planned
    assert live(room) == 1


@pytest.mark.parametrize(
    ("number", "seen", "later", "said"),
    [
        (1, 1, 0, "第 1 版已在执行"),
        (9, 1, 0, "没有第 9 版"),
        (2, 7, 0, "现行规则已是第 1 版，与您看到的第 7 版不同"),
        (2, 1, -60, "不能早于现在"),
    ],
)
def test_what_cannot_go_live_is_refused_with_its_reason(
    room: Room, number: int, seen: int, later: int, said: str
) -> None:
    with room.database.write() as session:
        rulebook.draft(session, CHANGED, note="试改", who=DESK, now=room.now)
    begins = room.now + timedelta(seconds=later) if later else None

    with room.database.write() as session, pytest.raises(ProblemError) as error:
        rulebook.put_live(session, number, begins_at=begins, seen=seen, reason="同意", who=LEADER, now=room.now)

    assert said in error.value.zh
    assert live(room) == 1


def test_replicas_over_one_database_go_over_together(room: Room, go_live: Go, tmp_path: Path) -> None:
    url = room.database.engine.url.render_as_string(hide_password=False)
    other = Room(RoutingService, tmp_path, url=url)
    register(room, "A1", **ORDINARY)
    register(other, "A2", **ORDINARY)

    go_live()
    register(other, "A3", **ORDINARY)
    register(room, "A4", **ORDINARY)

    units = [room.case(subject).unit for subject in ("A1", "A2", "A3", "A4")]
    assert units == ["mediation_committee", "mediation_committee", "police_station", "police_station"]
    other.database.close()


def test_what_a_leader_may_do_is_asked_of_the_live_version(room: Room, go_live: Go, say: Say, walk: Walk) -> None:
    say("intake.appeal_registered.v1")
    go_live()

    say("mediation.case_return_requested.v1")
    walk("return_granted", return_granted={"mechanism": "mediation", "category": "0101"})

    case = room.case("A1")
    assert (case.unit, case.details["rules"]["version"]) == ("police_station", 2)
    assert case.details["rules"]["fixed"] is True
