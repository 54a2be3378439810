"""Many rows by one statement: what is written is what was given, on each database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError

from chassis import bulk
from tests.chassis.conftest import Thing

if TYPE_CHECKING:
    from sqlalchemy import Table

NOW = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
#: What a driver, a document or a database might take for something else.
AWKWARD = "居民甲说:\"漏水\" \\ 'x'; -- {a,b} (1,2)\n\tNULL 𠮷"


def parked(number: int, **other: Any) -> dict[str, Any]:
    return {
        "id": f"L{number}",
        "key": "teller.thing_said.v1",
        "subject": "A",
        "body": f'{{"words": "{number} 长"}}'.encode(),
        "kind": "not_yet",
        "reason": AWKWARD,
        "attempts": number,
        "parked_at": NOW,
        "next_at": NOW + timedelta(seconds=number),
        "dead": False,
        **other,
    }


def clock(name: str, **other: Any) -> dict[str, Any]:
    body = {"words": [AWKWARD, None, 1.5, True], "": {}}
    return {"case_id": "C", "name": name, "kind": "service", "state": "running", "due_at": NOW, "body": body, **other}


def write(room: Thing, table: Table, *rows: dict[str, Any], keys: tuple[str, ...] = ()) -> None:
    with room.database.write() as session:
        bulk.write(session, table, rows, keys=keys)


def stored(room: Thing, table: Table) -> list[dict[str, Any]]:
    with room.database.read() as session:
        rows = session.execute(select(table).order_by(*table.primary_key))
        return [dict(row._mapping) for row in rows]


def test_rows_come_back_as_they_were_given(room: Thing) -> None:
    table, rows = room.blueprint.store.parked, [parked(1), parked(2, next_at=None, dead=True, reason="")]

    write(room, table, *rows)

    assert stored(room, table) == rows


def test_no_rows_are_nothing_to_do(room: Thing) -> None:
    write(room, room.blueprint.store.parked)

    assert stored(room, room.blueprint.store.parked) == []


def test_rows_take_the_place_of_those_with_the_same_keys(room: Thing) -> None:
    table = room.blueprint.store.clocks
    write(room, table, clock("finish"), clock("sign_in"))

    write(room, table, clock("finish", state="stopped"), clock("contact"), keys=("case_id", "name"))

    assert stored(room, table) == [clock("contact"), clock("finish", state="stopped"), clock("sign_in")]


def test_a_text_that_is_too_long_is_refused_and_not_cut(big: Thing) -> None:
    with pytest.raises(DataError):
        write(big, big.blueprint.store.clocks, clock("finish", kind="k" * 13))

    assert stored(big, big.blueprint.store.clocks) == []


def test_an_update_finds_only_what_is_as_it_was_thought_to_be(room: Thing) -> None:
    table = room.blueprint.store.parked
    write(room, table, parked(1), parked(2), parked(3))

    with room.database.write() as session:
        rows = [
            {"id": f"L{number}", "seen": seen, "attempts": 9, "reason": AWKWARD * 2, "next_at": None}
            for number, seen in ((1, 1), (2, 7), (4, 4))
        ]
        found = bulk.update(session, table, rows, was={"id": "id", "attempts": "seen"})

    assert found == 1
    assert stored(room, table) == [parked(1, attempts=9, reason=AWKWARD * 2, next_at=None), parked(2), parked(3)]
