"""What deserves a second look in a mediation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from chassis import figures
from chassis.access import Principal
from chassis.forms import example
from chassis.views import whole
from services.mediation import cautions, schemas
from tests.services.mediation.test_service import ASSIGNMENT, DISPATCHED, TO_AGREEMENT, TO_SESSION, go, room

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.testing import Room

__all__ = ["room"]

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
APPLICATION = example(schemas.Application)
SESSION = {**example(schemas.Session), "attended": ["居民甲", "居民乙"]}
DRAFT = example(schemas.AgreementDraft)
INQUIRY = example(schemas.Inquiry)
MEDIATORS = example(schemas.Mediators)
LARGE = {**DRAFT, "items": [{**DRAFT["items"][0], "amount": "50000.00"}]}
#: A mediation that gives no reason for a second look.
SOUND: dict[str, Any] = {
    "application": APPLICATION,
    "sessions": [SESSION],
    "agreement": DRAFT,
    "facts_established": INQUIRY,
    "mediators_set": MEDIATORS,
    "agreement_kind": "written",
}

WARNED: list[tuple[Callable[..., Any], dict[str, Any], str, str]] = [
    (
        cautions.sham,
        {"agreement": LARGE, "application": {**APPLICATION, "relationship": "relatives", "claims": []}},
        "sham_mediation",
        "亲属",
    ),
    (cautions.sham, {"agreement": LARGE, "facts_established": {**INQUIRY, "evidence": []}}, "sham_mediation", "证据"),
    (
        cautions.bound_mediator,
        {"application": {**APPLICATION, "parties": [{**APPLICATION["parties"][0], "agent": "调解员甲"}]}},
        "mediator_related",
        "另行指定",
    ),
    (
        cautions.bound_mediator,
        {
            "mediators_set": {
                **MEDIATORS,
                "invited": [{"invited": "调解员甲", "capacity": "relative", "all_agree": True}],
            }
        },
        "mediator_related",
        "亲属",
    ),
    (cautions.forced, {"sessions": []}, "forced_agreement", "没有调解记录"),
    (cautions.forced, {"sessions": [{**SESSION, "attended": ["居民甲"]}]}, "forced_agreement", "从未到场"),
    (cautions.forced, {"sessions": [{**SESSION, "record": "居民乙称被迫同意"}]}, "forced_agreement", "被迫"),
    (cautions.forced, {"draft_rejected": {"reason": "不同意"}}, "forced_agreement", "退回"),
    (
        cautions.refusable,
        {"agreement": {**DRAFT, "items": [{**DRAFT["items"][0], "what": "赔偿后不得报警"}]}},
        "court_may_refuse",
        "不得报警",
    ),
    (cautions.same_households, {"earlier_cases": ["2025-000001"]}, "same_households_again", "2025-000001"),
    (cautions.crime, {"text": "邻居持刀威胁"}, "mediating_a_crime", "立即报告公安机关"),
    (cautions.crime, {"escalations": [{"risk": "crime"}]}, "mediating_a_crime", "已报告"),
    (cautions.crime, {"sessions": [{**SESSION, "record": "经鉴定为轻伤二级"}]}, "mediating_a_crime", "轻伤"),
]


def case(state: str = "in_session", **details: Any) -> Any:
    return SimpleNamespace(id="c1", subject="A1", state=state, unit="u", details={**SOUND, **details}, opened_at=NOW)


@pytest.mark.parametrize(("rule", "details", "code", "said"), WARNED)
def test_each_abuse_is_warned_of_with_its_article_and_what_to_do(
    rule: Callable[..., Any], details: dict[str, Any], code: str, said: str
) -> None:
    [caution] = rule(case(**details), NOW)

    assert caution.code == code
    assert said in caution.zh
    assert caution.en
    assert caution.basis


def test_a_caution_names_nobody() -> None:
    said = [one for rule, details, _, _ in WARNED for one in rule(case(**details), NOW)]

    assert len(said) == len(WARNED)
    assert not [one for one in said for name in ("居民", "调解员甲") if name in one.zh + one.en]


@pytest.mark.parametrize("rule", cautions.CAUTIONS)
def test_a_sound_mediation_and_an_empty_case_are_warned_of_nothing(rule: Callable[..., Any]) -> None:
    empty = SimpleNamespace(id="c1", subject="A1", state="received", unit="u", details={}, opened_at=NOW)

    assert [*rule(case(), NOW)] == []
    assert [*rule(empty, NOW)] == []


def test_much_money_alone_is_no_sham() -> None:
    claims = [{"claim": "赔偿", "amount": "50000.00"}]

    assert [*cautions.sham(case(agreement=LARGE, application={**APPLICATION, "claims": claims}), NOW)] == []


def test_an_agreement_without_its_seal_is_said_to_have_no_effect_until_it_is_signed(room: Room) -> None:
    go(room, *TO_SESSION, "session_held", "agreement_drafted")
    assert codes(room, "A1") == ["missing_seal"]

    go(room, "agreement_signed")
    assert codes(room, "A1") == []


def test_an_item_is_late_after_its_last_day_until_it_is_performed(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    room.pass_time(datetime(2026, 12, 31, 15, tzinfo=UTC) - room.now)
    assert codes(room, "A1") == []

    room.pass_time(timedelta(hours=2))
    assert codes(room, "A1") == ["items_overdue"]

    go(room, "item_performed")
    assert codes(room, "A1") == []


def test_the_same_two_households_are_known_again_and_others_are_not(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    for subject, number, changes in (
        ("A2", "2026-000002", {}),
        (
            "A3",
            "2026-000003",
            {"parties": [{**one, "address": f"别处{one['side']}"} for one in APPLICATION["parties"]]},
        ),
    ):
        room.hear(DISPATCHED, subject, {**ASSIGNMENT, "number": number})
        room.act(subject, "case_accepted", {})
        room.act(subject, "application_recorded", {**APPLICATION, **changes})

    assert room.case("A2").details["earlier_cases"] == ["2026-000001"]
    assert codes(room, "A2") == ["same_households_again"]
    assert codes(room, "A3") == []


def test_a_dispute_that_is_reworked_is_not_an_earlier_one_of_itself(room: Room) -> None:
    go(room, *TO_AGREEMENT, "performance_verified", "follow_up_visited", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "mediation", "reason": "仍在漏水", "round": 1})

    go(room, "rework_taken", "application_recorded")

    assert "earlier_cases" not in room.case("A1").details


def test_open_disputes_and_households_that_came_again_are_counted(room: Room) -> None:
    go(room, *TO_SESSION)
    room.hear(DISPATCHED, "A2", {**ASSIGNMENT, "number": "2026-000002"})
    room.act("A2", "case_accepted", {})
    room.act("A2", "application_recorded", APPLICATION)

    with room.database.read() as session:
        sums = figures.sums(session, room.blueprint)

    assert (sums["open", "noise"], sums["repeated", ""]) == (200, 100)
    assert ("open", "leak") not in sums


def codes(room: Room, subject: str, role: str = "handler") -> list[str]:
    """Return what somebody is warned of on the case."""
    who = Principal(
        id="p1", name="调解员甲", roles=frozenset({role}), services=frozenset({"*"}), units=frozenset({"*"})
    )
    with room.database.read() as session:
        shown = whole(session, room.case(subject), room.blueprint, who, room.now)
    return [one["code"] for one in shown["warnings"]]
