"""What a leader has written for the unit, and the hint of the rule that sent a matter there: whoever handles it reads both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chassis import catalogue
from chassis.testing import Room
from tests.services.test_figures import MECHANISMS, opened

if TYPE_CHECKING:
    from pathlib import Path

OPINION = {"leader_opinion": "请当晚到场，做好群众解释。", "signing_leader": "街道领导甲"}


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_shows_what_the_leader_has_written_and_the_hint_of_the_rule(name: str, tmp_path: Path) -> None:
    room = Room(catalogue.service(name), tmp_path)
    sent: dict[str, Any] = {"mechanism": name, "number": "1", "lead_unit": "u", "title": "标题", "text": "内容"}

    room.hear("routing.appeal_dispatched.v1", "A1", {**sent, **OPINION, "hint": "先到场制止"})

    shown = dict(room.page("A1")["facts"])
    assert (shown["领导批示"], shown["批示领导"], shown["办理提示"]) == (*OPINION.values(), "先到场制止")
    assert room.parked() == []


@pytest.mark.parametrize("name", MECHANISMS)
def test_what_a_leader_writes_when_he_signs_afterwards_reaches_the_unit_that_has_it(name: str, tmp_path: Path) -> None:
    room = opened(name, tmp_path)
    before = dict(room.page("A1")["facts"])

    room.hear("routing.appeal_countersigned.v1", "A1", {"mechanism": name, **OPINION})

    shown = room.page("A1")
    assert "领导批示" not in before
    assert dict(shown["facts"])["领导批示"] == OPINION["leader_opinion"]
    assert [one["label"] for one in shown["timeline"] if one["trigger"] == "countersigned"] == ["领导补签"]
    assert room.parked() == []
