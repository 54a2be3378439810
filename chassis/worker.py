"""The worker process: nameko containers whose extensions are mailbox, relay and chores.

Import this only after `eventlet.monkey_patch()`.
"""

from __future__ import annotations

import random
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import eventlet
import structlog
from eventlet.queue import Empty, LightQueue
from nameko.extensions import DependencyProvider
from nameko.messaging import QueueConsumer
from sqlalchemy import bindparam, delete, select

from chassis import chores, gauges, metrics, moments
from chassis.database import Database, is_outage
from chassis.inbox import HEALED_AT_ONCE, Inbox
from chassis.relay import AT_ONCE, Relay, mailbox_queue, make_post, read_ahead, waker
from chassis.service import expire_clocks
from chassis.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from kombu.message import Message

    from chassis.blueprint import Blueprint, Chore
    from chassis.service import Service
    from chassis.settings import Settings

log = structlog.get_logger(__name__)

#: A relay looks by itself for what other processes have written: the web, or an import.
_POLL_SECONDS = 0.2
_POLL_SECONDS_IDLE = 0.5
_POLL_SECONDS_EMBEDDED = 1.0
#: Letters come in bursts, and a transaction costs the same for one as for many: a mailbox that is not full waits a moment
#: for more, and as long as a stream of them goes on takes no more than so many batches a second. Within one process waiting saves little.
_GATHER_SECONDS = 0.03
_LULL_SECONDS = 0.12
_PACE_SECONDS = 0.5
_PACE_SECONDS_EMBEDDED = 0.0
_LONGEST_PAUSE = 10.0
_TICK = 0.5
_ERRAND_SECONDS = 1.0
_HEAL_EVERY = 2.0
_GAUGE_EVERY = 15.0
#: They are added up over all cases there ever were: 25 ms of the database for 25,000 cases.
_FIGURES_EVERY = 60.0
_ANSWERS_KEPT_DAYS = 7


class Station:
    """What the extensions of one service share: its database, inbox and relay."""

    def __init__(self, service: type[Service], blueprint: Blueprint, settings: Settings) -> None:
        self.settings = settings
        self.blueprint = blueprint
        self.database = Database(settings.database_for(blueprint.name), blueprint.name)
        blueprint.dialect = self.database.dialect
        self.service = service()
        self.waker = waker(blueprint.name)
        self.inbox = Inbox(self.database, blueprint, self.service, now=moments.now, wake=self.waker.set)
        self.relay = Relay(self.database, blueprint, make_post(settings.amqp_url, blueprint), now=moments.now)
        self.setbacks = chores.Setbacks()
        #: Letters taken from the broker and not yet acknowledged.
        self.in_hand = 0


def patiently(what: str, service: str, attempt: Callable[[], Any], stopped: Callable[[], bool]) -> Any:
    """Try until it works or the worker stops, waiting longer and longer through an outage."""
    pause = 0.1
    while not stopped():
        try:
            return attempt()
        except Exception as error:  # noqa: BLE001 - told apart below
            outage = is_outage(error) or isinstance(error, (OSError, ConnectionError)) or _of_broker(error)
            log.warning(
                "waiting", what=what, service=service, outage=outage, error=f"{type(error).__name__}: {error}"[:300]
            )
            metrics.BATCH_RETRIES.labels(service, "outage" if outage else "error").inc()
            eventlet.sleep(pause * (0.75 + random.random() / 2))  # noqa: S311 - jitter
            pause = min(pause * 2, _LONGEST_PAUSE)
    return None


def _of_broker(error: BaseException) -> bool:
    return type(error).__module__.startswith(("amqp", "kombu"))


class LetterConsumer(QueueConsumer):
    """Hands raw messages to its mailboxes, and lets the broker send two batches ahead."""

    @property
    def prefetch_count(self) -> int:
        """Return how many unacknowledged letters the broker may send."""
        return 2 * int(self.container.config["JIESU_BATCH"])

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Consume until stopped; an error that kombu does not know as one of the connection's is no end either."""
        while not self.should_stop:
            try:
                super().run(*args, **kwargs)
            except Exception as error:
                log.warning("consumer_failed", exc_info=error)
                eventlet.sleep(1)

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        """Return a consumer for each mailbox, called by kombu after each connection."""
        read_ahead(channel.connection)
        for mailbox in self._providers:
            # What kombu can't unpack (a header names an unknown compression) arrives as it is, and is parked.
            consumer = consumer_cls(
                queues=[mailbox.queue],
                on_message=mailbox.arrived,
                on_decode_error=lambda message, _error, arrived=mailbox.arrived: arrived(message),
                auto_declare=True,
            )
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[mailbox] = consumer
        return list(self._consumers.values())


class Mailbox(DependencyProvider):
    """Takes what has arrived, up to a limit, into one transaction, then acknowledges it."""

    queue_consumer = LetterConsumer()

    def setup(self) -> None:
        """Describe the queue and register with the consumer."""
        self.station: Station = self.container.service_cls.station
        self.queue = mailbox_queue(self.station.blueprint, sorts=not self.station.settings.embedded)
        self.arrivals: LightQueue = LightQueue()
        self.pace = _PACE_SECONDS_EMBEDDED if self.station.settings.embedded else _PACE_SECONDS
        self.taken_at = 0.0
        self.stopping = False
        self.queue_consumer.register_provider(self)

    def start(self) -> None:
        """Begin to work off arrivals."""
        self.container.spawn_managed_thread(self._work_off, identifier="mailbox")

    def stop(self) -> None:
        """Finish the batch in hand; the rest goes back to the broker."""
        self.stopping = True
        self.queue_consumer.unregister_provider(self)
        super().stop()

    def arrived(self, message: Message) -> None:
        """Queue a message; called by kombu in the consumer's thread."""
        self.station.in_hand += 1
        self.arrivals.put(message)

    def _work_off(self) -> None:
        limit = self.station.settings.batch
        while not self.stopping:
            try:
                batch = [self.arrivals.get(timeout=0.5)]
            except Empty:
                continue
            self._gather(limit - 1)
            while len(batch) < limit and not self.arrivals.empty():
                batch.append(self.arrivals.get_nowait())
            if self._take(batch):
                self.station.in_hand -= len(batch)
            eventlet.sleep(0)

    def _gather(self, wanted: int) -> None:
        now = time.monotonic()
        until, seen, seen_at = max(now + _GATHER_SECONDS, self.taken_at + self.pace), self.arrivals.qsize(), now
        while seen < wanted and now < until and now - seen_at < _LULL_SECONDS and not self.stopping:
            eventlet.sleep(_GATHER_SECONDS)
            now = time.monotonic()
            if self.arrivals.qsize() != seen:
                seen, seen_at = self.arrivals.qsize(), now
        self.taken_at = now

    def _take(self, batch: list[Message]) -> bool:
        """Take a batch; return False when the worker stops before it could."""
        # A message whose channel has died will be delivered again; leave it alone.
        alive = [message for message in batch if message.channel.connection]
        if not alive:
            return True
        bodies = [(_raw(message), str(message.delivery_info.get("routing_key") or "")) for message in alive]
        name = self.station.blueprint.name

        def attempt() -> bool:
            self.station.inbox.take(bodies)
            return True

        if not patiently("batch", name, attempt, lambda: self.stopping):
            return False
        self._acknowledge(alive)
        return True

    def _acknowledge(self, batch: list[Message]) -> None:
        try:
            if self.station.settings.embedded:
                for message in batch:
                    message.ack()
            else:
                batch[-1].ack(multiple=True)
        except Exception as error:  # noqa: BLE001 - the broker delivers again, and the receipts know it
            log.info("ack_failed", service=self.station.blueprint.name, error=str(error))


def _raw(message: Message) -> bytes:
    body = message.body
    return body.encode() if isinstance(body, str) else bytes(body)


class RelayRunner(DependencyProvider):
    """Runs the service's relay: woken by commits, and looking by itself now and then."""

    def setup(self) -> None:
        """Find the station."""
        self.station: Station = self.container.service_cls.station
        self.stopping = False

    def start(self) -> None:
        """Begin to post."""
        self.container.spawn_managed_thread(self._run, identifier="relay")

    def stop(self) -> None:
        """Stop after the letters in hand."""
        self.stopping = True
        self.station.waker.set()

    def _run(self) -> None:
        relay, wake = self.station.relay, self.station.waker
        often = _POLL_SECONDS_EMBEDDED if self.station.settings.embedded else _POLL_SECONDS
        pause = often
        while not self.stopping:
            woken = wake.wait(pause)
            wake.clear()
            more = woken or self._patiently(relay.any_waiting)
            pause = often if more else max(often, _POLL_SECONDS_IDLE)
            while more and not self.stopping:
                more = self._patiently(relay.post_waiting) == AT_ONCE
                eventlet.sleep(0)
            relay.post.beat()
        relay.post.close()

    def _patiently(self, attempt: Callable[[], Any]) -> Any:
        return patiently("relay", self.station.blueprint.name, attempt, lambda: self.stopping)


class ChoreRunner(DependencyProvider):
    """Runs the service's chores and the chassis's own: healing, clocks, gauges."""

    def setup(self) -> None:
        """Find the station."""
        self.station: Station = self.container.service_cls.station
        self.stopping = False
        self._next: dict[str, float] = {}
        clocks = self.station.blueprint.store.clocks
        ended = clocks.c.due_at <= bindparam("now", type_=clocks.c.due_at.type)
        self._due = select(clocks.c.case_id).where(clocks.c.state == "running", ended).limit(1)

    def start(self) -> None:
        """Begin to tick."""
        self.container.spawn_managed_thread(self._run, identifier="chores")

    def stop(self) -> None:
        """Stop after the chore in hand."""
        self.stopping = True

    def _run(self) -> None:
        while not self.stopping:
            self._every(_HEAL_EVERY, "heal", self._heal)
            self._every(_HEAL_EVERY, "expire_clocks", self._expire)
            self._every(_GAUGE_EVERY, "gauges", self._gauge)
            if self.station.blueprint.case is not None:
                self._every(_FIGURES_EVERY, "figures", self._show_figures)
            for chore in self.station.blueprint.chores:
                self._every(min(chore.every.total_seconds(), 5.0), chore.method, partial(self._leased, chore))
            eventlet.sleep(_TICK)

    def _every(self, seconds: float, name: str, run: Callable[[], object]) -> None:
        if self.stopping or time.monotonic() < self._next.get(name, 0.0):
            return
        service = self.station.blueprint.name
        try:
            run()
            metrics.CHORES.labels(service, name, "done").inc()
        except Exception as error:
            metrics.CHORES.labels(service, name, "failed").inc()
            log.warning(
                "chore_failed",
                service=service,
                chore=name,
                exc_info=None if is_outage(error) else error,
                error=str(error)[:300],
            )
        self._next[name] = time.monotonic() + seconds
        eventlet.sleep(0)

    def _heal(self) -> None:
        while self.station.inbox.heal() == HEALED_AT_ONCE and not self.stopping:
            eventlet.sleep(0)

    def _expire(self) -> None:
        more = self.station.blueprint.workflow is not None and self._any_due()
        while more and not self.stopping:
            more = run_clocks(self.station.database, self.station.blueprint, moments.now)
            self.station.waker.set()
            eventlet.sleep(0)

    def _any_due(self) -> bool:
        with self.station.database.reads.connect() as connection:
            return connection.execute(self._due, {"now": moments.now()}).first() is not None

    def _leased(self, chore: Chore) -> None:
        more = True
        while more and not self.stopping:
            more = run_chore(self.station, chore, moments.now)
            eventlet.sleep(0)

    def _show_figures(self) -> None:
        with self.station.database.read() as session:
            gauges.show_clocks(session, self.station.blueprint)
            if self.station.blueprint.figures is not None:
                gauges.show_figures(session, self.station.blueprint)

    def _gauge(self) -> None:
        station, name = self.station, self.station.blueprint.name
        waiting, age = station.relay.waiting()
        metrics.OUTBOX.labels(name).set(waiting)
        metrics.OUTBOX_AGE.labels(name).set(age)
        for dead, count in station.inbox.parked_counts().items():
            metrics.PARKED.labels(name, str(dead).lower()).set(count)
        if station.blueprint.case is not None:
            with station.database.read() as session:
                gauges.show_cases(session, station.blueprint, moments.now())
        answers = station.blueprint.store.answers
        with station.database.write() as session:
            old = moments.now() - _days(_ANSWERS_KEPT_DAYS)
            session.execute(delete(answers).where(answers.c.answered_at < old))


class ErrandRunner(DependencyProvider):
    """Runs the service's errands, each in a green thread of its own, so that none waits for another."""

    def setup(self) -> None:
        """Find the station, and what there is to do."""
        self.station: Station = self.container.service_cls.station
        self.stopping = False
        self.errands = self.station.service.errands(self.station)

    def start(self) -> None:
        """Begin with all of them."""
        for name, run in self.errands.items():
            self.container.spawn_managed_thread(partial(self._run, name, run), identifier=name)

    def stop(self) -> None:
        """Stop after what is in hand."""
        self.stopping = True

    def _run(self, name: str, run: Callable[[], bool]) -> None:
        service = self.station.blueprint.name
        while not self.stopping:
            more = False
            try:
                more = run()
            except Exception as error:
                metrics.CHORES.labels(service, name, "failed").inc()
                log.warning("errand_failed", service=service, errand=name, exc_info=None if is_outage(error) else error)
            eventlet.sleep(0 if more else _ERRAND_SECONDS)


def _days(count: int) -> timedelta:
    from datetime import timedelta  # noqa: PLC0415 - the name is for types only above

    return timedelta(days=count)


def run_clocks(database: Database, blueprint: Blueprint, now: Callable[[], datetime]) -> bool:
    """Take the steps of a batch of clocks that have run out; return whether more are left.

    If the batch fails they are taken one by one, and a clock whose step fails harms only itself:
    it is told of, and tried again the next time.
    """
    try:
        return _expire_some(database, blueprint, now())
    except Exception as error:
        if is_outage(error):
            raise
        log.warning("clocks_failed", service=blueprint.name, exc_info=error)
    table, moment = blueprint.store.clocks, now()
    with database.read() as session:
        due = select(table.c.case_id, table.c.name).where(table.c.state == "running", table.c.due_at <= moment)
        clocks = [(row.case_id, row.name) for row in session.execute(due)]
    for clock in clocks:
        try:
            _expire_some(database, blueprint, moment, only=clock)
        except Exception as error:
            if is_outage(error):
                raise
            metrics.CHORES.labels(blueprint.name, "expire_clocks", "failed").inc()
            log.warning("clock_failed", service=blueprint.name, case=clock[0], clock=clock[1], exc_info=error)
    return False


def _expire_some(database: Database, blueprint: Blueprint, now: datetime, only: tuple[str, str] | None = None) -> bool:
    with database.write() as session:
        work = Work(session, blueprint, now)
        more = expire_clocks(work, only=only)
        work.record()
    return more


def run_chore(station: Station, chore: Chore, now: Callable[[], Any]) -> bool:
    """Run a chore if it is due and no replica has it; return whether more is left to do.

    If one that takes many cases fails, it takes them one by one, and is due again.
    """
    try:
        return _run_leased(station, chore, now)
    except Exception as error:
        if chore.each is None or is_outage(error):
            raise
        log.warning("cases_apart", service=station.blueprint.name, chore=chore.method, error=str(error)[:300])
    chores.take_apart(station.database, station.blueprint, station.service, chore, station.setbacks, now())
    station.waker.set()
    return False


def _run_leased(station: Station, chore: Chore, now: Callable[[], Any]) -> bool:
    table = station.blueprint.store.leases
    moment = now()
    if chores.finds_none(station.database, station.blueprint, chore, station.setbacks, moment):
        return False
    of_chore = table.c.name == chore.method
    # Most looks find that it is not due yet: that must not cost a transaction.
    with station.database.reads.connect() as connection:
        due_at = connection.scalar(select(table.c.due_at).where(of_chore))
    if due_at is not None and due_at > moment:
        station.setbacks.resting[chore.method] = due_at
        return False
    with station.database.write() as session:
        if due_at is None:
            upsert = station.blueprint.upsert(table).values(name=chore.method, due_at=moment)
            session.execute(upsert.on_conflict_do_nothing())
        mine = select(table).where(of_chore, table.c.due_at <= moment)
        if session.execute(mine.with_for_update(skip_locked=True)).one_or_none() is None:
            return False
        work = Work(session, station.blueprint, moment)
        taken: list[str] = []
        if chore.each is None:
            more = bool(getattr(station.service, chore.method)(work))
        else:
            taken = chores.take_due(work, station.service, chore, station.setbacks)
            more = len(taken) == chores.AT_ONCE
        work.record()
        if not more:
            session.execute(table.update().where(of_chore).values(due_at=moment + chore.every))
    for case_id in taken:
        station.setbacks.forget(chore.method, case_id)
    station.waker.set()
    return more


def staffed(service: type[Service], blueprint: Blueprint, settings: Settings) -> type:
    """Return the nameko class of a service: the service with its extensions attached."""
    return type(
        service.__name__,
        (service,),
        {
            "__doc__": service.__doc__,
            "station": Station(service, blueprint, settings),
            "mailbox": Mailbox(),
            "relay": RelayRunner(),
            "chores": ChoreRunner(),
            "errands_runner": ErrandRunner(),
        },
    )
