"""What property reads from its tables, on both kinds of database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import create_engine, text

from chassis.examples import example
from chassis.testing import Room
from services.property.service import PropertyService
from services.property.workflow import PROPERTY
from tests.services.property.conftest import DISPATCHED, ESTATE, enter
from tests.services.property.test_cautions import shown
from tests.services.property.test_service import OWNERS, TO_VOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """Give property on each kind of database."""
    url = ""
    if request.param == "postgresql":
        url = str(request.getfixturevalue("database_url")).replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE SCHEMA property"))
        engine.dispose()
    room = Room(PropertyService, tmp_path, url)
    enter(room, ESTATE["roster"] + "9-9-901,9号楼,,Y901,9,登记,已交付\n9-9-902,9号楼,,Y902,9,登记,已交付\n")
    room.hear("routing.appeal_dispatched.v1", "A1", DISPATCHED)
    yield room
    room.database.close()


def test_a_repair_of_rooms_that_paid_for_another_within_a_year_is_found_by_the_register(
    room: Room, walk: Callable[..., None]
) -> None:
    walk(*TO_VOTE, verified_on_site=OWNERS)
    for subject, number in (("A2", "2026-000002"), ("A3", "2026-000003")):
        room.hear("routing.appeal_dispatched.v1", subject, {**DISPATCHED, "number": number})
    take(room, "A2", scope=[{"room": "9-9-901", "area": "9"}])
    room.now += timedelta(days=300)

    take(room, "A3", scope=[{"room": "1-1-102", "area": "80"}, {"room": "9-9-902", "area": "9"}])

    assert [one["code"] for one in shown(room, "A2")] == []
    [warning] = shown(room, "A3")
    assert "2026-000001" in warning["zh"]
    assert "2026-000002" not in warning["zh"]
    assert "20400.00元" in warning["zh"]


def take(room: Room, subject: str, scope: list[dict[str, str]]) -> None:
    for trigger in TO_VOTE[:-1]:
        step = PROPERTY.step(room.state(subject), trigger)
        forms: dict[str, dict[str, Any]] = {"verified_on_site": OWNERS, "repair_surveyed": {"scope": scope}}
        room.act(subject, trigger, {**example(step.form, at=room.now), **forms.get(trigger, {})} if step.form else {})


def test_open_cases_are_counted_by_company_for_ops(room: Room, walk: Callable[..., None]) -> None:
    walk("case_accepted", "contact_made", "classified")
    room.hear("routing.appeal_dispatched.v1", "A2", DISPATCHED)

    room.run("count_by_company")
    assert REGISTRY.get_sample_value("jiesu_property_open_cases", {"company": "甲物业公司"}) == 1

    walk("verified_on_site", "company_ordered", "company_reported", "recheck_passed", "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "property"})
    room.run("count_by_company")
    assert REGISTRY.get_sample_value("jiesu_property_open_cases", {"company": "甲物业公司"}) is None
