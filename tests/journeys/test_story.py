"""The demo's own stories, from the report to the callback: fume and noise at one crossing, and wages of a building site."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from tests.nodes.street import Embedded

if TYPE_CHECKING:
    from pathlib import Path


def rows(street: Embedded, service: str, question: str) -> list[tuple[Any, ...]]:
    """Ask a service's own database."""
    with sqlite3.connect(street.folder / f"{service}.sqlite3") as database:
        return list(database.execute(question))


def test_restaurants_are_ordered_to_correct_and_wages_are_paid_and_the_residents_called_back(tmp_path: Path) -> None:
    street = Embedded(tmp_path / "street")
    street.up.arguments.append("--demo")

    with street:
        told = street.command("simulate", "--story", "--data", str(street.folder), "--seconds", "240")
        again = street.command("simulate", "--story", "--data", str(street.folder), "--seconds", "240")

    assert (told["appeals"], told["ends"], told["open"], told["parked"]) == (4, {"closed": 4}, 0, 0)
    assert again["appeals"] == 4
    assert rows(street, "routing", "SELECT count(*) FROM cases") == [(4,)]
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
    assert len(ratings) == 4
