"""The demo's own stories, one for each mechanism, from the report to the callback, and what they count."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from tests.nodes.street import Embedded

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(500)


def rows(street: Embedded, service: str, question: str) -> list[tuple[Any, ...]]:
    """Ask a service's own database."""
    with sqlite3.connect(street.folder / f"{service}.sqlite3") as database:
        return list(database.execute(question))


def test_restaurants_are_ordered_to_correct_and_wages_are_paid_and_the_residents_called_back(tmp_path: Path) -> None:
    street = Embedded(tmp_path / "street")
    street.up.arguments.append("--demo")

    with street:
        told = street.command("simulate", "--story", "--data", str(street.folder), "--seconds", "400", seconds=400)
        again = street.command("simulate", "--story", "--data", str(street.folder), "--seconds", "400", seconds=400)

    assert (told["appeals"], told["ends"], told["open"], told["parked"]) == (10, {"closed": 10}, 0, 0)
    assert again["appeals"] == 10
    assert rows(street, "routing", "SELECT count(*) FROM cases") == [(10,)]
    triggers = [name for (name,) in rows(street, "enforcement", "SELECT trigger FROM timeline ORDER BY case_id, seq")]
    for trigger, times in (("inspected", 3), ("correction_ordered", 3), ("upkeep_recorded", 6), ("found_corrected", 3)):
        assert triggers.count(trigger) == times, trigger
    orders = [
        text for (text,) in rows(street, "enforcement", "SELECT text FROM papers WHERE name = 'correction_order'")
    ]
    assert len(orders) == 3
    for item in ("安装油烟监测设备", "每周清洗", "安装隔音棉", "安装隔音板"):
        assert all(item in text for text in orders), item
    [rechecked, *_] = rows(street, "enforcement", "SELECT text FROM papers WHERE name = 'recheck_record'")
    assert "37.3826" in rechecked[0]
    wages = [name for (name,) in rows(street, "wage_recovery", "SELECT trigger FROM timeline ORDER BY case_id, seq")]
    for trigger, times in (
        ("payment_recorded", 2),
        ("payment_ordered", 1),
        ("order_expired", 0),
        ("payment_verified", 1),
    ):
        assert wages.count(trigger) == times, trigger
    ratings = rows(street, "feedback", "SELECT form FROM timeline WHERE trigger = 'rated'")
    assert len(ratings) == 10
    solved = {"enforcement": 3, "property": 2}
    sums: dict[str, dict[tuple[str, str], int]] = {}
    for service in ("mediation", "enforcement", "hotline", "wage_recovery", "relief", "property"):
        totals = rows(street, service, "SELECT name, of, sum(hundredths) / 100 FROM figures GROUP BY name, of")
        sums[service] = {(name, of): amount for name, of, amount in totals if amount}
        assert rows(street, service, "SELECT count(DISTINCT name) FROM papers")[0][0] >= 3, service
        assert sums[service]["ends", "concluded.solved"] == solved.get(service, 1)
    assert (sums["hotline"]["answered_from_knowledge", ""], sums["property"]["handovers", ""]) == (1, 1)
    crossing = sums["enforcement"]
    assert (crossing["measurements_over", "fume"], crossing["measurements_over", "noise"]) == (3, 3)
    assert (crossing["rechecks", "corrected"], crossing["cleanings", ""]) == (3, 6)
    for item in ("fume_monitor", "weekly_cleaning", "sound_insulation", "sound_barrier"):
        assert crossing["measures_done", item] == 3
    assert (sums["wage_recovery"]["recovered", "general_contractor"], sums["wage_recovery"]["workers_paid", ""]) == (
        25000,
        3,
    )
    assert (sums["mediation"]["agreements", "written"], sums["mediation"]["paid", ""]) == (1, 1200)
    assert (sums["relief"]["granted", "temp_expense"], sums["relief"]["paid", "temp_expense"]) == (1, 3600)
    assert sums["property"]["orders", "obeyed"] == 1
    assert sums["hotline"]["replies", "in_time"] == 2
