"""What several workers of one service do together: chores and clocks, each once; and how they wait for servers."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import OperationalError

from chassis.worker import patiently, run_chore, run_clocks
from tests.chassis.conftest import Thing
from tests.chassis.made_up.service import MadeUpService

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.blueprint import Blueprint, Chore
    from chassis.database import Database


@dataclass
class Replica:
    """As much of a station as a chore needs."""

    database: Database
    blueprint: Blueprint
    service: MadeUpService = field(default_factory=MadeUpService)
    waker: threading.Event = field(default_factory=threading.Event)


def chore_of(room: Thing) -> Chore:
    [chore] = room.blueprint.chores
    return chore


def together(*works: Callable[[], Any]) -> None:
    """Run some works at once, and let their failures be this test's."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            work()
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []


def test_a_chore_of_several_replicas_runs_once_per_period(room: Thing) -> None:
    replicas = [Replica(room.database, room.blueprint) for _ in range(4)]

    for minute in range(3):
        now = room.now + timedelta(minutes=minute)
        together(*(lambda one=one, now=now: run_chore(one, chore_of(room), lambda: now) for one in replicas))

    assert room.effects() == ["counted"] * 3
    assert any(one.waker.is_set() for one in replicas)


def test_a_chore_that_failed_is_still_due(room: Thing) -> None:
    broken = Replica(room.database, room.blueprint, BrokenService())
    sound = Replica(room.database, room.blueprint)

    with pytest.raises(RuntimeError):
        run_chore(broken, chore_of(room), lambda: room.now)  # type: ignore[arg-type]
    run_chore(sound, chore_of(room), lambda: room.now)  # type: ignore[arg-type]

    assert room.effects() == ["counted"]


class BrokenService(MadeUpService):
    """Fails in the middle of its chore."""

    def count_things(self, work: Any) -> None:
        super().count_things(work)
        message = "half-way"
        raise RuntimeError(message)


class DiligentService(MadeUpService):
    """Says three times that more is left to do."""

    def count_things(self, work: Any) -> bool:  # type: ignore[override]
        super().count_things(work)
        return len(self.asked) < 3


def test_a_chore_with_more_to_do_is_due_again_at_once(room: Thing) -> None:
    diligent = Replica(room.database, room.blueprint, DiligentService())

    rounds = [run_chore(diligent, chore_of(room), lambda: room.now) for _ in range(4)]  # type: ignore[arg-type]

    assert rounds == [True, True, False, False]
    assert room.effects() == ["counted"] * 3


# -- clocks -------------------------------------------------------------------------


def with_clocks(room: Thing, number: int) -> datetime:
    """Open things that run out in an hour; return a time after that."""
    for serial in range(number):
        room.hear("teller.thing_opened.v1", f"T{serial}", {"title": "a thing", "hours": 1})
    return room.now + timedelta(hours=2)


def test_two_replicas_expire_each_clock_exactly_once(room: Thing) -> None:
    later = with_clocks(room, 12)

    together(*(lambda: _until_done(room, later) for _ in range(2)))

    assert {room.state(f"T{serial}") for serial in range(12)} == {"late"}
    assert _entries(room, "ran_out") == 12


def _until_done(room: Thing, now: datetime) -> None:
    while run_clocks(room.database, room.blueprint, lambda: now):
        pass


def _entries(room: Thing, trigger: str) -> int:
    table = room.blueprint.store.timeline
    with room.database.read() as session:
        return len(session.execute(table.select().where(table.c.trigger == trigger)).all())


def test_a_clock_that_has_not_run_out_is_left_alone(room: Thing) -> None:
    with_clocks(room, 1)

    run_clocks(room.database, room.blueprint, lambda: room.now + timedelta(minutes=59))

    assert room.state("T0") == "open"
    assert _clock_states(room) == {"running"}


def test_a_clock_whose_step_fails_harms_only_itself(room: Thing) -> None:
    later = with_clocks(room, 3)
    clocks = room.blueprint.store.clocks
    broken = room.case("T1").id
    with room.database.write() as session:
        session.execute(clocks.update().where(clocks.c.case_id == broken).values(body={"name": "patience"}))

    run_clocks(room.database, room.blueprint, lambda: later)

    assert [room.state(f"T{serial}") for serial in range(3)] == ["late", "open", "late"]
    assert run_clocks(room.database, room.blueprint, lambda: later) is False


def test_a_clock_that_no_step_waits_for_is_marked_as_expired(room: Thing) -> None:
    later = with_clocks(room, 1)
    with room.database.write() as session:
        case = room.blueprint.case.__table__
        session.execute(case.update().values(state="closed"))

    run_clocks(room.database, room.blueprint, lambda: later)

    assert room.state("T0") == "closed"
    assert _clock_states(room) == {"expired"}


def _clock_states(room: Thing) -> set[str]:
    clocks = room.blueprint.store.clocks
    with room.database.read() as session:
        return set(session.scalars(clocks.select().with_only_columns(clocks.c.state)))


# -- outages ------------------------------------------------------------------------


def test_what_fails_for_want_of_a_server_is_tried_until_it_works() -> None:
    failures: list[Exception] = [
        OperationalError("SELECT", {}, sqlite3.OperationalError("away")),
        ConnectionRefusedError("away"),
        ValueError("a fault of ours"),
    ]

    def attempt() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert patiently("batch", "made_up", attempt, lambda: False) == "done"


def test_a_worker_that_stops_does_not_go_on_waiting() -> None:
    asked: list[int] = []

    def attempt() -> None:
        asked.append(1)
        raise ConnectionRefusedError

    assert patiently("batch", "made_up", attempt, lambda: len(asked) >= 2) is None
    assert len(asked) == 2
