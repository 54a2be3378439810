"""What a month or a year of mediation comes to: its rates, and the change against the year before."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from chassis import month
from chassis.workflow import Role
from services.mediation import figures
from services.mediation.web import create_app
from tests.services import doors
from tests.services.mediation.test_service import TO_AGREEMENT, go, room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

    from chassis.testing import Room

    #: The doors, and what signs somebody in who may read the month.
    Door = tuple[FlaskClient, Callable[[], dict[str, str]]]

__all__ = ["room"]


def percents(now: dict[str, str], before: dict[str, str]) -> list[tuple[Decimal | None, str]]:
    """Return the rates of two periods, each with the way in which it is better."""
    counted = [{name: Decimal(amount) for name, amount in one.items()} for one in (now, before)]
    return [(percent, better) for _, _, percent, better in figures.rates(*counted)]


def test_more_success_and_performance_are_better_and_fewer_disputes_are() -> None:
    now = {"accepted": "3225", "agreements": "3160", "performed": "3002"}

    assert percents(now, {"accepted": "4634"}) == [
        (Decimal("97.98"), "more"),
        (Decimal("95.00"), "more"),
        (Decimal("-30.41"), "fewer"),
    ]


def test_of_nothing_no_rate_is_made_up() -> None:
    assert [percent for percent, _ in percents({}, {})] == [None, None, None]


@pytest.fixture
def client(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """Give the doors over a room in which a dispute was settled and closed, and somebody who may read its month."""
    go(room, *TO_AGREEMENT, "performance_verified", "follow_up_visited", "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "mediation", "end": "satisfied"})
    with doors.opened(create_app, room, tmp_path, monkeypatch) as app:
        yield app.test_client(), partial(doors.signing(app, "领导甲"), Role.LEADER)


def test_a_year_is_counted_as_a_month_is_and_held_against_the_year_before(client: Door, room: Room) -> None:
    door, sign = client

    def counted(period: str) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(door.get(f"/api/v1/month?month={period}", headers=sign()).data)
        return found

    year = f"{room.now:%Y}"
    found, of_month = counted(year), counted(f"{room.now:%Y-%m}")

    assert found["month"] == year
    assert found["cases"] == of_month["cases"] == {"opened": 1, "opened_before": 0, "ended": 1, "open": 0}
    assert [row["percent"] for row in found["rates"]] == ["100.00", "100.00", None]
    assert [row["name"] for row in found["sums"]] == [row["name"] for row in of_month["sums"]] == ["agreed", "paid"]
    page = door.get(f"/month?month={year}", headers=sign()).text
    for part in ("调解成功率（越高越好）", "受理调解同比（越低越好）", "100.00%", "无从计算", f"邻里纠纷调解 {year}"):
        assert part in page, part
    english = door.get(f"/month?month={year}&lang=en", headers=sign()).text
    assert "Opened in the period" in english
    assert "in the month" not in english
    sheet = door.get(f"/api/v1/month?month={year}&as=csv", headers=sign()).text
    assert "受理调解同比" in sheet


def test_a_quarter_is_counted_from_its_first_month_to_its_last_and_held_against_that_of_the_year_before(
    client: Door, room: Room
) -> None:
    door, sign = client

    def counted(period: str) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(door.get(f"/api/v1/month?month={period}", headers=sign()).data)
        return found

    # It is November.
    quarters = [counted(f"{year}-Q{number}") for year in (2026, 2027) for number in range(1, 5)]

    shown = [(one["month"], one["begins"], one["cases"]["ended"], one["cases"]["opened_before"]) for one in quarters]
    assert shown[2:5] == [("2026-Q3", "2026-07", 0, 0), ("2026-Q4", "2026-10", 1, 0), ("2027-Q1", "2027-01", 0, 0)]
    room.now = room.now.replace(year=2027, month=12)
    assert counted("2027-Q4")["cases"]["opened_before"] == 1
    page = door.get("/month?month=2026-Q4", headers=sign()).text
    for part in ("邻里纠纷调解 2026-Q4 季度", 'value="2026-10"', "?month=2026-Q4&amp;as=csv", '?month=2026"'):
        assert part in page, part
    assert "?month=2026-Q4" in door.get("/month?month=2026-11", headers=sign()).text


def test_a_year_that_is_not_over_is_held_against_as_much_of_the_year_before(client: Door, room: Room) -> None:
    door, sign = client
    closed, year = room.now, room.now.year + 1

    def held(days: int) -> tuple[int, str | None]:
        room.now = closed.replace(year=year) + timedelta(days=days)
        found = orjson.loads(door.get(f"/api/v1/month?month={year}", headers=sign()).data)
        return found["cases"]["opened_before"], found["rates"][2]["percent"]

    # Of the day before that on which it was opened and closed a year ago, and of that day.
    assert [held(-1), held(0)] == [(0, None), (1, "-100.00")]


def test_a_year_before_a_leap_day_is_the_first_of_march() -> None:
    days = [date(2028, 2, 29), date(2028, 3, 1), date(2029, 2, 28), date(2028, 1, 1)]

    assert [month.a_year_before(day) for day in days] == [
        *(date(2027, 3, 1), date(2027, 3, 1), date(2028, 2, 28), date(2027, 1, 1)),
    ]


@pytest.mark.parametrize("period", ["20", "202", "20266", "2026-13", "2026-Q5", "26-Q4", "1899", "年"])
def test_what_is_neither_a_month_nor_a_quarter_nor_a_year_is_refused(client: Door, period: str) -> None:
    door, sign = client

    answer = door.get(f"/api/v1/month?month={period}", headers=sign())

    assert answer.status_code == 400
    assert "应为月份、季度或者年份" in answer.text
