"""What property warns of, and what it leaves in peace."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chassis import legal, views
from chassis.access import Principal
from services.property import cautions, rules
from services.property.service import PropertyService
from tests.services.property.test_rules import ballot
from tests.services.property.test_service import OWNERS, TO_SITE, TO_VOTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.testing import Room

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
CONFIRMED = {"confirmed_at": "2026-11-01T01:00:00+00:00"}
DRAIN = {"event": "drain_burst", "warning_signs": True}


@dataclass(frozen=True)
class Seen:
    details: dict[str, Any] = field(default_factory=dict)
    state: str = "verified"
    id: str = "1"
    subject: str = "A1"
    unit: str = ""
    opened_at: datetime = NOW


def codes(details: dict[str, Any], state: str = "verified") -> list[str]:
    return [one.code for rule in cautions.WARNINGS for one in rule(Seen(details, state), NOW)]


def counted(*ballots: dict[str, Any], **more: Any) -> dict[str, Any]:
    calls = [{"calls": [{"room": "1", "result": "confirmed_by_owner"}]}]
    return {
        "votes_counted": {"ballots": list(ballots)},
        "vote_result": {"carried": True},
        "ballots_called_back": calls,
        **more,
    }


def repaired(*done_on: str) -> dict[str, Any]:
    earlier = [{"part": "屋面", "amount": "900.00", "done_on": day} for day in done_on]
    survey = {"earlier_repairs": earlier, "budget": [{"item": "防水"}]}
    return {"repair_surveyed": survey, "repair_surveyed_on": "2026-11-23", "budget_total": "100.00"}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({}, []),
        (counted(ballot("1", "Y1"), ballot("2", "Y2")), []),
        (counted({**ballot("1", "Y1"), "phone": "1"}, {**ballot("2", "Y2"), "phone": "1"}), ["ballots_share_phone"]),
        (counted(*({**ballot(str(n), f"Y{n}"), "proxy": "甲"} for n in range(4))), ["proxy_votes_for_many"]),
        (counted(*({**ballot(str(n), f"Y{n}"), "proxy": "甲"} for n in range(3))), []),
        (counted(*({**ballot(str(n), "Y1"), "proxy": "甲"} for n in range(4))), []),
        (counted({**ballot("1", "Y1"), "phone": "1"}, {**ballot("2", "Y1"), "phone": "1"}), []),
        (
            counted({**ballot("1", "Y1"), "signature": "a"}, {**ballot("2", "Y2"), "signature": "a"}),
            ["ballots_share_signature"],
        ),
        (counted(ballot("1", "Y1"), ballots_called_back=[]), ["ballots_not_sampled"]),
        (
            counted(ballot("1", "Y1"), ballots_called_back=[{"calls": [{"room": "1", "result": "deceased"}]}]),
            ["ballots_deceased"],
        ),
        (
            counted(ballot("1", "Y1"), ballots_called_back=[{"calls": [{"room": "1", "result": "denied"}]}]),
            ["ballots_denied"],
        ),
        (counted({**ballot("1", "Y1"), "phone": "1"}, {**ballot("2", "Y2"), "phone": "1"}, vote_result={}), []),
        (repaired("2026-03-01"), ["repair_was_split"]),
        (repaired("2025-11-23"), ["repair_was_split"]),
        (repaired("2025-11-22"), []),
        (
            {"repair_surveyed": {"budget": [{"item": "防水"}, {"item": "防水"}]}, "repair_surveyed_on": "2026-11-23"},
            ["budget_repeats_itself"],
        ),
        ({"emergency_reported": DRAIN}, []),
        ({"emergency_reported": {**DRAIN, "event": "other_danger_to_life"}}, ["routine_called_emergency"]),
        ({"emergency_reported": {**DRAIN, "warning_signs": False}}, ["routine_called_emergency"]),
        ({"emergency_reported": DRAIN, "vote_result": {"carried": False}}, ["routine_called_emergency"]),
        ({"emergency_reported": DRAIN, **repaired()}, ["routine_called_emergency"]),
        (
            {
                "emergency_reported": DRAIN,
                "emergency_confirmed": CONFIRMED,
                "emergency_repaired": {"repaired_on": "2026-11-09"},
            },
            ["routine_called_emergency"],
        ),
        (
            {
                "emergency_reported": DRAIN,
                "emergency_confirmed": CONFIRMED,
                "emergency_repaired": {"repaired_on": "2026-11-08"},
            },
            [],
        ),
        ({"classified": {"kind": "cutoff"}}, ["fees_by_cutting_off"]),
        ({"verified_on_site": {"forbidden_acts": ["supply_or_access_cut"]}}, ["fees_by_cutting_off"]),
        ({"verified_on_site": {"forbidden_acts": ["owners_threatened"]}}, ["company_retaliates"]),
        ({"verified_on_site": {"forbidden_acts": ["owners_data_leaked"]}}, ["company_retaliates"]),
        ({"verified_on_site": {"forbidden_acts": ["refuses_to_leave"]}}, ["company_stays"]),
        ({"verified_on_site": {"forbidden_acts": ["service_rooms_misused"]}}, []),
        ({"verified_on_site": {"not_disclosed": ["common_income_accounts"]}}, ["owners_money_not_disclosed"]),
        ({"verified_on_site": {"not_disclosed": ["maintenance_units"]}}, []),
        ({"books_urged": [{"withheld": "印章"}]}, ["books_withheld"]),
        ({"common_income": {"missing": "0.01"}}, ["common_income_missing"]),
        ({"common_income": {"missing": "0.00"}}, []),
        ({"books_urged": [{"withheld": "印章"}], "books_handed_over": {"giver": "上一届"}}, []),
        (
            {
                "company_reported": {"report": "已完成", "evidence": 1},
                "company_reported_again": {"report": "已完成", "evidence": 1},
            },
            ["report_without_evidence"],
        ),
        (
            {
                "company_reported": {"report": "已完成", "evidence": 1},
                "company_reported_again": {"report": "已更换灯具", "evidence": 1},
            },
            [],
        ),
    ],
)
def test_each_rule_warns_of_what_it_is_for_and_of_nothing_else(details: dict[str, Any], expected: list[str]) -> None:
    assert codes(details) == expected


@pytest.mark.parametrize("state", ["exit_refused", "order_running", "fine_pending"])
def test_a_company_that_was_to_leave_and_stays_is_warned_of_by_the_state(state: str) -> None:
    assert codes({}, state) == ["company_stays"]


@pytest.mark.parametrize(("minutes", "expected"), [(30, []), (31, ["rescue_was_late"])])
def test_rescuers_beyond_half_an_hour_are_warned_of(
    room: Room, walk: Callable[..., None], minutes: int, expected: list[str]
) -> None:
    walk("case_accepted", "contact_made", "people_trapped")
    room.now += timedelta(minutes=minutes)

    walk("people_freed")

    assert [one["code"] for one in shown(room)] == expected


def shown(room: Room, subject: str = "A1") -> list[dict[str, str]]:
    who = Principal(
        id="p1", name="某甲", roles=frozenset({"handler"}), services=frozenset({"*"}), units=frozenset({"*"})
    )
    with room.database.write() as session:
        found: list[dict[str, str]] = views.whole(
            session, session.merge(room.case(subject)), room.blueprint, who, room.now
        )["warnings"]
        return found


def test_a_handler_sees_the_warnings_of_a_vote_as_it_was_really_kept(room: Room, walk: Callable[..., None]) -> None:
    rooms = ("1-1-101", "1-1-102", "1-1-201")
    said = {"choice": "agree", "confirmed": True, "phone": "13800000000", "signature": "甲"}
    ballots = [{"room": room, **said} for room in rooms]
    walk(*TO_VOTE, "votes_counted", verified_on_site=OWNERS, votes_counted={"ballots": ballots})

    found = {one["code"]: one for one in shown(room)}

    assert set(found) == {
        "ballots_share_phone",
        "ballots_share_signature",
        "ballots_not_sampled",
    }
    assert "1-1-101、1-1-102、1-1-201" in found["ballots_share_phone"]["zh"]
    assert "13800000000" not in str(found)
    bases = {basis.code for basis in legal.load(room.blueprint.folder / "legal.toml").bases}
    assert {one["basis"] for one in found.values()} <= bases


def test_a_warning_stops_no_step(room: Room, walk: Callable[..., None]) -> None:
    walk(*TO_SITE, verified_on_site={"forbidden_acts": ["supply_or_access_cut", "owners_threatened"]})
    assert len(shown(room)) == 2

    walk("company_ordered")

    assert room.state("A1") == "ordered"


def test_every_article_that_a_warning_names_is_in_the_legal_file() -> None:
    cases = [
        Seen(
            {
                **counted(
                    {**ballot("1", "Y1"), "phone": "1", "signature": "a"},
                    {**ballot("2", "Y2"), "phone": "1", "signature": "a"},
                    ballots_called_back=[{"calls": [{"room": "1", "result": "denied"}]}],
                ),
                **repaired("2026-11-01"),
                "emergency_reported": {**DRAIN, "warning_signs": False},
                "verified_on_site": {
                    "forbidden_acts": ["supply_or_access_cut", "owners_threatened"],
                    "not_disclosed": ["fund_in_its_care"],
                },
                "rescuers_called_at": "2026-11-23T01:00:00+00:00",
                "people_freed": [{"arrived_at": "2026-11-23T02:00:00+00:00"}],
                "company_reported": {"report": "已完成", "evidence": 0},
                "company_reported_again": {"report": "已完成", "evidence": 0},
            },
            "exit_refused",
        )
    ]

    said = [one for case in cases for rule in cautions.WARNINGS for one in rule(case, NOW)]

    assert len({one.code for one in said}) == 11
    bases = legal.load(Path(rules.__file__).parent / "legal.toml")
    assert all(bases.basis(one.basis, NOW) for one in said)
    assert PropertyService.warnings == cautions.WARNINGS
