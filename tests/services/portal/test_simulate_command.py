"""`jiesu simulate` from outside: what it says where there is nothing to play on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from services.portal.simulate_command import account, at_home, simulate

if TYPE_CHECKING:
    from pathlib import Path

HOME = re.compile(r"示例小区(?P<building>\d+)号楼(?P<room>\d{3,4})")


def test_a_platform_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.setenv("JIESU_TOKEN", "a.b.c")

    said = CliRunner().invoke(simulate, ["--force", "--url", "http://127.0.0.1:1"])

    assert said.exit_code == 1
    assert "http://127.0.0.1:1 does not answer" in said.stderr


@pytest.mark.parametrize(("asked", "adds_up"), [(8, True), (9, True), (10, True), (11, False), (7, False)])
def test_who_was_joined_to_anothers_appeal_is_merged_at_the_door_and_closed_in_feedback(
    asked: int, *, adds_up: bool
) -> None:
    door = {"cases": 10, "open": 0, "parked": 0, "ends": {"closed": 8, "merged": 2}}
    counts = {
        "intake": door,
        "routing": door,
        "feedback": {"cases": asked, "open": 0, "parked": 0, "ends": {"closed": asked}},
        "hotline": {"cases": 8, "open": 0, "parked": 0, "ends": {"closed": 8}},
    }

    assert account(counts)["adds_up"] is adds_up


def test_each_case_s_households_live_elsewhere_and_the_one_above_stays_above() -> None:
    form = {
        "parties": [
            {"name": "居民甲", "address": "示例小区1号楼301"},
            {"name": "居民乙", "address": "示例小区1号楼401"},
        ],
        "workplace": "示例小区二期工地",
        "claims": [{"amount": "1200.00"}],
    }

    homes = set()
    for case in range(300):
        moved = at_home(form, f"case-{case}")
        below, above = (HOME.fullmatch(party["address"]) for party in moved["parties"])
        assert below is not None
        assert above is not None
        assert below["building"] == above["building"]
        assert int(above["room"]) - int(below["room"]) == 100
        assert (moved["workplace"], moved["claims"]) == (form["workplace"], form["claims"])
        assert at_home(form, f"case-{case}") == moved
        homes.add(below[0])

    assert len(homes) > 240, "hardly any two of three hundred are neighbours"
