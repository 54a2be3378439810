"""Lists in keyset pages: complete, without doubles, filtered, and clear about a query that makes no sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from chassis.access import Principal
from chassis.listing import MOST, Filter, Page, page
from chassis.problems import ProblemError
from tests.chassis.conftest import Thing
from tests.chassis.made_up.service import THING

NUMBER = 23


def somebody(*units: str) -> Principal:
    return Principal(
        id="p1", name="处办员甲", roles=frozenset({"handler"}), services=frozenset({"*"}), units=frozenset(units)
    )


EVERYBODY = somebody("*")


def listed(room: Thing, who: Principal = EVERYBODY, /, **query: str) -> Page:
    with room.database.read() as session:
        return page(session, room.blueprint.case, THING, query, who, room.now)


def subjects(room: Thing, **query: str) -> list[str]:
    return [row.subject for row in listed(room, **query).rows]


def fill(room: Thing) -> None:
    """Open things, two at a time, so that many are as old as another; the later ones have no clock."""
    for number in range(NUMBER):
        room.hear("teller.thing_opened.v1", f"T{number:02}", {"title": "x", "hours": 1 if number < 20 else 0})
        if number % 2:
            room.now += timedelta(minutes=1)


@pytest.mark.parametrize("sort", ["-opened_at", "opened_at", "due_at"])
@pytest.mark.parametrize("limit", [1, 4, 23, 200])
def test_pages_hold_everything_once_and_in_order(room: Thing, sort: str, limit: int) -> None:
    fill(room)
    found: list[Any] = []
    after = ""
    while True:
        got = listed(room, sort=sort, limit=str(limit), after=after)
        found += got.rows
        if got.next is None:
            break
        after = got.next

    keys = [(getattr(row, sort.removeprefix("-")), row.id) for row in found]
    assert keys == sorted(keys, reverse=sort.startswith("-"))
    assert len({row.id for row in found}) == len(found) == (20 if sort == "due_at" else NUMBER)


def test_lists_are_filtered(room: Thing) -> None:
    fill(room)
    room.act("T03", "closed")
    with room.database.write() as session:
        case = room.blueprint.case
        session.execute(update(case).where(case.subject == "T05").values(unit="U1", urgency="I", number="N5"))

    assert subjects(room, state="closed") == subjects(room, stage="feedback") == ["T03"]
    assert len(subjects(room, state="open,closed")) == NUMBER
    assert subjects(room, state="closed", stage="handle") == []
    assert len(subjects(room, open="1")) == NUMBER - 1
    assert subjects(room, unit="U1") == subjects(room, urgency="I") == subjects(room, number="N5") == ["T05"]
    assert subjects(room, subject="T07") == ["T07"]
    room.now += timedelta(hours=3)
    assert len(subjects(room, overdue="true")) == 19


def test_nobody_sees_the_cases_of_others(room: Thing) -> None:
    fill(room)
    with room.database.write() as session:
        case = room.blueprint.case
        session.execute(update(case).values(unit="U2"))
        session.execute(update(case).where(case.subject == "T05").values(unit="U1"))

    assert [row.subject for row in listed(room, somebody("U1")).rows] == ["T05"]
    assert listed(room, somebody()).rows == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"sort": "title"}, "?sort"),
        ({"limit": "0"}, "?limit"),
        ({"limit": str(MOST + 1)}, "?limit"),
        ({"limit": "-1"}, "?limit"),
        ({"limit": "many"}, "?limit"),
        ({"state": "sold"}, "?state"),
        ({"stage": "nowhere"}, "?stage"),
        ({"after": "nonsense"}, "?after"),
        ({"after": "WzEsMl0"}, "?after"),
        ({"after": "é"}, "?after"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(small: Thing, query: dict[str, str], pointer: str) -> None:
    with pytest.raises(ProblemError) as refused:
        listed(small, **query)

    assert refused.value.status == 400
    [error] = refused.value.errors
    assert error["pointer"] == pointer
    assert error["zh"]
    assert error["en"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"opened_from": "yesterday"}, "?opened_from"),
        ({"opened_to": "2026-02-30"}, "?opened_to"),
        ({"opened_to": "0001-01-01"}, "?opened_to"),
        ({"opened_from": "2026-03-02", "opened_to": "2026-03-01"}, "?opened_to"),
        ({"overdue": "perhaps"}, "?overdue"),
        ({"open": "no"}, "?open"),
        ({"colour": "green"}, "?colour"),
        ({"loud": "very"}, "?loud"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(small: Thing, query: dict[str, str], pointer: str) -> None:
    own = (Filter(name="colour", choices={"red": "red"}), Filter(name="loud", flag=True))

    with small.database.read() as session, pytest.raises(ProblemError) as refused:
        page(session, small.blueprint.case, THING, query, EVERYBODY, small.now, own)

    assert [error["pointer"] for error in refused.value.errors] == [pointer]


def test_what_has_ended_is_due_no_more(room: Thing) -> None:
    fill(room)
    with room.database.write() as session:
        case = room.blueprint.case
        session.execute(update(case).where(case.subject == "T03").values(ended_at=room.now))

    assert "T03" in subjects(room, limit="200")
    assert "T03" not in subjects(room, sort="due_at", limit="200")
    ends = ",".join(THING.ends)
    with room.database.read() as session, pytest.raises(ProblemError) as refused:
        page(session, room.blueprint.case, THING, {"sort": "due_at", "state": ends}, EVERYBODY, room.now)
    assert refused.value.errors[0]["pointer"] == "?sort"


def test_days_are_those_of_shanghai_and_both_are_included(room: Thing) -> None:
    room.now = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
    room.hear("teller.thing_opened.v1", "March 1", {"title": "x", "hours": 1})
    room.now = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    room.hear("teller.thing_opened.v1", "March 2", {"title": "x", "hours": 1})

    assert subjects(room, opened_from="2026-03-02") == ["March 2"]
    assert subjects(room, opened_to="2026-03-01") == ["March 1"]
    assert subjects(room, opened_from="2026-03-01", opened_to="2026-03-02", sort="opened_at") == ["March 1", "March 2"]


def test_the_own_filters_of_a_service_narrow_its_list(room: Thing) -> None:
    fill(room)
    own = (
        Filter(name="title", choices={"x": "x", "y": "y"}),
        Filter(name="last", flag=True, where=lambda _session, case, _value: case.subject == "T22"),
    )

    def found(**query: str) -> int:
        with room.database.read() as session:
            return len(page(session, room.blueprint.case, THING, query, EVERYBODY, room.now, own).rows)

    assert (found(title="x"), found(title="y"), found(last="1"), found(last="0")) == (NUMBER, 0, 1, NUMBER)
