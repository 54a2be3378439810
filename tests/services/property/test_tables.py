"""Ballots and rooms come out of a spreadsheet or the roster as they would be typed, and what the owners agreed on is shared so."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis.examples import example
from chassis.testing import Room
from services.property import schemas
from tests.services.property.test_papers import written
from tests.services.property.test_service import OWNERS, TO_SITE, TO_VOTE

Walk = Callable[..., None]
NEEDED = (*TO_SITE, "repair_needed")
#: The survey's example without the rooms that bear the costs.
SURVEY: dict[str, Any] = {**example(schemas.RepairSurvey), "scope": []}


def lacking(form: dict[str, Any]) -> set[str]:
    """Return the fields of a survey that are wrong."""
    return {*schemas.RepairSurvey().validate({**SURVEY, **form})}


def test_ballots_out_of_a_spreadsheet_are_counted_as_if_they_were_typed(room: Room, walk: Walk) -> None:
    sheet = "房号\t表决意见\t已确认\n1-1-101\t同意\t是\n1-1-102\t同意\t√\n1-1-201\t反对\t已签\n"

    walk(*TO_VOTE, "votes_counted", verified_on_site=OWNERS, votes_counted={"ballots": [], "pasted": sheet})

    kept = room.case("A1").details
    assert [row["choice"] for row in kept["votes_counted"]["ballots"]] == ["agree", "agree", "against"]
    assert kept["vote_result"]["agreeing_area"] == "180.00"
    assert "pasted" not in kept["votes_counted"]


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ("房号\t表决意见\n1-1-101\t赞成\n", "第1行表决意见"),
        ("房号\t意见\n1-1-101\t同意\n", "不认识的列"),
        ("表决意见\n同意\n", "第1行房号"),
    ],
)
def test_a_line_that_is_no_ballot_is_named(sheet: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        schemas.OwnersVote().load({**example(schemas.OwnersVote), "ballots": [], "pasted": sheet})

    assert said in str(refused.value.messages)


def test_who_has_not_signed_in_the_spreadsheet_has_not_signed() -> None:
    form = {**example(schemas.OwnersVote), "ballots": [], "pasted": "房号,表决意见\n1-1-101,同意\n"}

    assert schemas.OwnersVote().load(form)["ballots"][0]["confirmed"] is False


@pytest.mark.parametrize(
    ("said", "rooms"),
    [
        ({"scope_building": "1号楼", "scope_entrance": "1单元"}, ["1-1-101", "1-1-102", "1-1-201"]),
        ({"whole_estate": True}, ["1-1-101", "1-1-102", "1-1-201"]),
        ({"pasted": "房号,专有部分面积\n1-1-101,100.00\n1-1-102,80.00\n"}, ["1-1-101", "1-1-102"]),
    ],
)
def test_the_rooms_that_bear_a_repair_need_not_be_typed(
    room: Room, walk: Walk, said: dict[str, Any], rooms: list[str]
) -> None:
    walk(*NEEDED, "repair_surveyed", verified_on_site=OWNERS, repair_surveyed={"scope": [], **said})

    scope = room.case("A1").details["repair_surveyed"]["scope"]
    assert [row["room"] for row in scope] == rooms
    assert scope[0]["area"] == "100.00"


def test_it_is_said_in_one_way_which_rooms_bear_a_repair() -> None:
    rooms = [{"room": "1-1-101", "area": "100.00"}]

    assert lacking({}) == {"scope"}
    assert lacking({"scope": rooms, "whole_estate": True}) == {"scope"}
    assert lacking({"scope_building": "1号楼", "whole_estate": True}) == {"scope"}
    assert lacking({"scope": rooms}) == lacking({"whole_estate": True}) == set()


def test_agreed_shares_are_given_for_all_rooms_and_by_a_clause() -> None:
    parts = [{"room": name, "area": "100.00", "agreed_parts": part} for name, part in (("1", "1"), ("2", None))]

    assert lacking({"scope": parts, "agreed_by": "管理规约第九条"}) == {"scope"}
    assert lacking({"scope": parts[:1]}) == {"agreed_by"}
    assert lacking({"scope": parts[:1], "agreed_by": "管理规约第九条"}) == set()


def test_costs_are_shared_as_the_owners_agreed_and_the_papers_say_by_what(room: Room, walk: Walk) -> None:
    scope = [
        {"room": "1-1-101", "area": "100.00", "agreed_parts": "1"},
        {"room": "1-1-201", "area": "100.00", "agreed_parts": "3"},
    ]
    survey = {"scope": scope, "agreed_by": "管理规约第九条"}
    walk(*NEEDED, "repair_surveyed", "vote_announced", "votes_counted", verified_on_site=OWNERS, repair_surveyed=survey)
    walk("vote_carried", "fund_applied", "fund_approved", "repair_accepted", "repair_settled", "costs_published")

    allocation = room.case("A1").details["allocation"]
    assert [Decimal(row["share"]) for row in allocation] == [Decimal("2500.00"), Decimal("7500.01")]
    texts = {row.name: row.text for row in written(room)}
    for name in ("repair_plan", "allocation_table", "fund_use_notice"):
        assert "管理规约第九条" in texts[name]
    assert "| 1-1-201 | 100.00 | 3 | 7500.01 |" in texts["allocation_table"]
