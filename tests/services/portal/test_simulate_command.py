"""`jiesu simulate` from outside: what it says where there is nothing to play on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from services.portal.simulate_command import account, simulate

if TYPE_CHECKING:
    from pathlib import Path


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
