"""The clocks of many cases in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import event

from chassis.clocks import Clock, Unit
from chassis.work import Work
from tests.chassis.conftest import Thing

if TYPE_CHECKING:
    from collections.abc import Iterator


def clock(room: Thing, name: str, hours: int) -> Clock:
    return Clock(name=name, started_at=room.now, limit=hours, unit=Unit.HOUR)


def open_things(room: Thing, *subjects: str) -> None:
    for subject in subjects:
        room.hear("teller.thing_opened.v1", subject, {"title": "a thing", "hours": 5})


def test_a_clock_that_is_set_going_is_stored_with_its_end(room: Thing) -> None:
    open_things(room, "A")

    assert room.clocks("A") == {"patience": clock(room, "patience", 5)}
    assert room.case("A").due_at == room.now + timedelta(hours=5)


def test_a_clock_of_the_same_name_is_replaced_and_the_first_end_counts(room: Thing) -> None:
    open_things(room, "A")

    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        case = work.expect("A")
        work.start_clock(case, clock(room, "patience", 9), "statutory")
        work.start_clock(case, clock(room, "promise", 3), "service")
        work.record()

    assert {name: one.limit for name, one in room.clocks("A").items()} == {"patience": 9, "promise": 3}
    assert room.case("A").due_at == room.now + timedelta(hours=3)


def test_a_stopped_clock_no_longer_presses(room: Thing) -> None:
    open_things(room, "A")

    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        work.stop_clock(work.expect("A"), "patience")
        work.stop_clock(work.expect("A"), "unheard_of")
        work.record()

    assert room.clocks("A")["patience"].stopped_at == room.now
    assert room.case("A").due_at is None


def test_the_end_of_a_case_stops_its_clocks(room: Thing) -> None:
    open_things(room, "A")

    room.act("A", "closed")

    assert room.clocks("A")["patience"].stopped_at == room.now


def test_clocks_of_many_cases_are_read_at_once(small: Thing) -> None:
    subjects = [f"T{number}" for number in range(10)]
    open_things(small, *subjects)

    with small.database.write() as session, _counted(small, "FROM clocks") as asked:
        work = Work(session, small.blueprint, small.now)
        work.prefetch(subjects)
        assert all(work.clocks_of(work.case(subject)) for subject in subjects)

    assert len(asked) == 1


class _counted:  # noqa: N801 - reads as a verb
    """Collect the statements that hold some words."""

    def __init__(self, room: Thing, words: str) -> None:
        self._engine = room.database.engine
        self._words = words
        self._found: list[str] = []

    def __enter__(self) -> list[str]:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self._found

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if self._words in statement:
            self._found.append(statement)

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)
