"""Who is warned of what deserves a second look in a case, and how it is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from chassis import views
from chassis.access import Principal
from chassis.pages import render_case
from chassis.testing import Room
from tests.chassis.made_up.service import MadeUpService
from tests.chassis.made_up_pages import CASE, CSRF, FORMS, HANDLER, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(MadeUpService, tmp_path, now=NOW)
    room.hear("teller.thing_opened.v1", "A", {"title": "门"})
    room.act("A", "painted", {"colour": "red"})
    yield room
    room.database.close()


def shown_to(room: Room, role: str, units: str = "*") -> dict[str, Any]:
    who = Principal(
        id="p1", name="某甲", roles=frozenset({role}), services=frozenset({"made_up"}), units=frozenset({units})
    )
    with room.database.write() as session:
        case = session.merge(room.case("A"))
        case.unit = "U1"
        return views.whole(session, case, room.blueprint, who, NOW)


@pytest.mark.parametrize("role", ["handler", "leader", "inspector"])
def test_whoever_works_on_a_case_or_leads_or_inspects_is_warned(room: Room, role: str) -> None:
    [warning] = shown_to(room, role)["warnings"]

    assert warning == {
        "code": "red",
        "zh": "红色醒目，请再看一眼（2026）。",
        "en": "Red is loud, look again (2026).",
        "basis": "颜色规定-1",
    }


@pytest.mark.parametrize(("role", "units"), [("operator", "*"), ("ops", "*"), ("handler", "U2"), ("inspector", "U2")])
def test_nobody_else_learns_whether_there_is_anything_to_warn_of(room: Room, role: str, units: str) -> None:
    assert "warnings" not in shown_to(room, role, units)


def test_what_is_put_right_is_warned_of_no_longer(room: Room) -> None:
    room.act("A", "painted", {"colour": "blue"})

    assert shown_to(room, "handler")["warnings"] == []


def test_the_page_shows_warnings_above_the_actions_in_the_reader_s_language() -> None:
    client = create_app().test_client()
    page = client.get("/cases/1?lang=zh").text
    english = client.get("/cases/1?lang=en").text

    assert 0 < page.index(CASE["warnings"][0]["zh"]) < page.index('id="actions"')
    assert "依据：国令724-52" in page
    assert CASE["warnings"][0]["en"] in english


def test_a_page_without_warnings_has_no_card_for_them() -> None:
    unwarned = {name: value for name, value in CASE.items() if name != "warnings"}

    with create_app().test_request_context("/cases/1"):
        assert 'id="warnings"' not in render_case(unwarned, FORMS, HANDLER, CSRF)
        assert 'id="warnings"' in render_case(CASE, FORMS, HANDLER, CSRF)
