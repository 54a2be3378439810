"""What several workers of one service do together: chores and clocks, each once; and how they wait for servers."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from eventlet.queue import LightQueue
from prometheus_client import REGISTRY
from sqlalchemy import Select, select
from sqlalchemy.exc import OperationalError

from chassis import chores
from chassis.blueprint import Chore
from chassis.chores import Setbacks
from chassis.relay import AT_ONCE
from chassis.worker import ErrandRunner, Mailbox, RelayRunner, patiently, run_chore, run_clocks
from tests.chassis.conftest import Thing
from tests.chassis.made_up.service import MadeUpService, ThingEchoed

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.blueprint import Blueprint
    from chassis.database import Database
    from chassis.work import Work


@dataclass
class Replica:
    """As much of a station as a chore needs."""

    database: Database
    blueprint: Blueprint
    service: MadeUpService = field(default_factory=MadeUpService)
    waker: threading.Event = field(default_factory=threading.Event)
    setbacks: Setbacks = field(default_factory=Setbacks)


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


# -- chores that look after many cases ----------------------------------------------


class TidyService(MadeUpService):
    """Closes what is open, but for what it can't handle."""

    def tidy(self, work: Work, case: Any) -> None:
        self.asked.append(case.subject)
        work.note(case, "tidied", {})
        work.tell(ThingEchoed(words="tidied"), case.subject)
        if case.subject in self.broken:
            message = f"{case.subject} is too much for it"
            raise RuntimeError(message)
        case.state = "closed"


def tidying() -> Chore:
    def open_things(work: Work) -> Select[Any]:
        return select(work.service.case).where(work.service.case.state == "open").order_by(work.service.case.subject)

    return Chore("tidy", timedelta(minutes=1), open_things)


def with_things(room: Thing, number: int) -> list[str]:
    subjects = [f"T{serial:03}" for serial in range(number)]
    for subject in subjects:
        room.hear("teller.thing_opened.v1", subject, {"title": "a thing"})
    return subjects


def failures(chore: str) -> float:
    labels = {"service": "made_up", "chore": chore, "outcome": "failed"}
    return REGISTRY.get_sample_value("jiesu_chores_total", labels) or 0.0


def test_a_case_that_a_chore_fails_on_harms_only_itself(room: Thing) -> None:
    subjects, service, before = with_things(room, 7), TidyService(), failures("tidy")
    service.broken = {"T000", "T003"}
    replica = Replica(room.database, room.blueprint, service)

    run_chore(replica, tidying(), lambda: room.now)  # type: ignore[arg-type]

    assert {subject for subject in subjects if room.state(subject) == "open"} == {"T000", "T003"}
    assert _entries(room, "tidied") == 5
    assert len(room.told("thing_echoed.v1")) == 5
    assert failures("tidy") - before == 2


def test_a_case_that_a_chore_failed_on_is_tried_again_later_while_the_others_go_on(room: Thing) -> None:
    with_things(room, 2)
    service, seconds = TidyService(), [0.0]
    service.broken = {"T000"}
    replica = Replica(room.database, room.blueprint, service, setbacks=Setbacks(lambda: seconds[0]))
    run_chore(replica, tidying(), lambda: room.now)  # type: ignore[arg-type]
    room.hear("teller.thing_opened.v1", "T100", {"title": "a late thing"})
    service.asked.clear()

    run_chore(replica, tidying(), lambda: room.now)  # type: ignore[arg-type]
    assert (service.asked, room.state("T100")) == (["T100"], "closed")
    service.broken.clear()
    seconds[0] = 60.0
    run_chore(replica, tidying(), lambda: room.now + timedelta(minutes=1))  # type: ignore[arg-type]

    assert room.state("T000") == "closed"
    assert replica.setbacks.aside("tidy") == set()


class CountingService(MadeUpService):
    def __init__(self) -> None:
        self.counted: list[datetime] = []

    def count(self, work: Work) -> None:
        self.counted.append(work.now)


def test_what_is_counted_for_a_gauge_is_counted_in_each_replica_and_once_in_its_period(room: Thing) -> None:
    count, leases = Chore("count", timedelta(minutes=5), everywhere=True), room.blueprint.store.leases
    services = CountingService(), CountingService()
    replicas = [Replica(room.database, room.blueprint, service) for service in services]
    start = room.now

    for later in (timedelta(0), timedelta(minutes=1), timedelta(minutes=5)):
        for replica in replicas:
            run_chore(replica, count, lambda later=later: start + later)  # type: ignore[arg-type,misc]

    assert [service.counted for service in services] == [[start, start + timedelta(minutes=5)]] * 2
    with room.database.read() as session:
        assert session.execute(select(leases).where(leases.c.name == "count")).first() is None


def test_a_chore_that_finds_no_case_takes_no_lease_and_rests_for_its_period(room: Thing) -> None:
    replica, leases = Replica(room.database, room.blueprint, TidyService()), room.blueprint.store.leases
    run_chore(replica, tidying(), lambda: room.now)  # type: ignore[arg-type]
    with_things(room, 1)

    run_chore(replica, tidying(), lambda: room.now + timedelta(seconds=59))  # type: ignore[arg-type]
    with room.database.read() as session:
        leased = session.execute(select(leases)).all()
    left = room.state("T000")
    run_chore(replica, tidying(), lambda: room.now + timedelta(minutes=1))  # type: ignore[arg-type]

    assert (leased, left, room.state("T000")) == ([], "open", "closed")


def test_more_failing_cases_than_a_chore_takes_at_once_do_not_stand_in_the_way(
    room: Thing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "AT_ONCE", 3)
    subjects, service = with_things(room, 8), TidyService()
    service.broken = {*subjects[:6]}
    replica = Replica(room.database, room.blueprint, service)

    for _ in range(4):
        run_chore(replica, tidying(), lambda: room.now)  # type: ignore[arg-type]

    assert [room.state(subject) for subject in subjects] == ["open"] * 6 + ["closed"] * 2


def test_each_case_of_a_chore_waits_longer_from_failure_to_failure() -> None:
    seconds = [0.0]
    setbacks = Setbacks(lambda: seconds[0])
    waits = []
    for _ in range(6):
        setbacks.note("tidy", "C1")
        began = seconds[0]
        while setbacks.aside("tidy"):
            seconds[0] += 0.5
        waits.append(seconds[0] - began)

    assert waits == sorted(waits)
    assert waits[-1] > 30
    assert setbacks.aside("another") == set()


def test_two_replicas_take_each_case_of_a_chore_once(room: Thing) -> None:
    with_things(room, 12)
    replicas = [Replica(room.database, room.blueprint, TidyService()) for _ in range(2)]

    together(*(lambda one=one: run_chore(one, tidying(), lambda: room.now) for one in replicas))

    assert _entries(room, "tidied") == 12


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


# -- letters in and out ---------------------------------------------------------------


def test_a_relay_that_is_woken_once_posts_all_that_waits() -> None:
    runner, posted = RelayRunner(), [AT_ONCE, AT_ONCE, 3]

    def post() -> int:
        runner.stopping = len(posted) == 1
        return posted.pop(0)

    line = SimpleNamespace(beat=lambda: None, close=lambda: None)
    runner.station = SimpleNamespace(  # type: ignore[assignment]
        relay=SimpleNamespace(post_waiting=post, any_waiting=lambda: False, post=line),
        waker=threading.Event(),
        settings=SimpleNamespace(embedded=False),
        blueprint=SimpleNamespace(name="made_up"),
    )
    runner.stopping = False
    runner.station.waker.set()

    thread = threading.Thread(target=runner._run)
    thread.start()
    thread.join(10)
    runner.stopping = True
    thread.join(10)

    assert posted == []


def test_a_mailbox_waits_for_a_stream_of_letters_but_for_a_whole_batch_or_a_lull_no_longer() -> None:
    mailbox = Mailbox()
    mailbox.arrivals, mailbox.stopping, mailbox.pace = LightQueue(), False, 0.5
    over = threading.Event()

    def stream() -> None:
        while not over.wait(0.02):
            mailbox.arrivals.put(object())

    lull = _gathered(mailbox, 1000)
    thread = threading.Thread(target=stream)
    thread.start()
    paced = _gathered(mailbox, 1000)
    over.set()
    thread.join()
    whole = _gathered(mailbox, 1)

    assert lull < 0.4
    assert paced >= 0.49
    assert whole < 0.1


def _gathered(mailbox: Mailbox, wanted: int) -> float:
    began = mailbox.taken_at = time.monotonic()
    mailbox._gather(wanted)
    return time.monotonic() - began


def test_an_errand_that_fails_is_counted_and_run_again_until_the_worker_stops() -> None:
    runner = ErrandRunner()
    seen: list[int] = []

    def run() -> bool:
        seen.append(len(seen))
        if len(seen) == 1:
            raise RuntimeError("the first time")
        if len(seen) == 3:
            runner.stop()
        return True

    service = SimpleNamespace(errands=lambda station: {"errand": run} if station else {})
    station = SimpleNamespace(blueprint=SimpleNamespace(name="errands"), service=service)
    runner.container = SimpleNamespace(service_cls=SimpleNamespace(station=station))  # type: ignore[assignment]
    runner.setup()

    runner._run("errand", runner.errands["errand"])

    assert seen == [0, 1, 2]
    failed = {"service": "errands", "chore": "errand", "outcome": "failed"}
    assert REGISTRY.get_sample_value("jiesu_chores_total", failed) == 1


def test_a_service_without_errands_has_none(room: Thing) -> None:
    assert MadeUpService().errands(room) == {}  # type: ignore[arg-type]
