"""A whole platform: distributed, over a broker and a database (`Street`), or embedded, in one process (`Embedded`).

with Rabbit() as rabbit, Postgres() as postgres, Street(rabbit.url, postgres.url, folder) as street:
    street.request("POST", "/intake/api/v1/appeals", {...})
    street.await_quiet()
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil
from kombu import Connection
from sqlalchemy import func, select

from chassis import blueprint, catalogue, keys, moments, relay, serving
from chassis import settings as settings_room
from chassis.access import Principal, sign_token
from chassis.database import Database
from chassis.keys import KeyFolder
from tests.nodes.keeper import Keeper
from tests.nodes.node import NodeError, free_port, plain_environment, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chassis.blueprint import Blueprint

STAFF = frozenset({"operator", "desk", "leader", "handler", "reviewer"})
_START_SECONDS = 120.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Process:
    """One process of the platform, that can be killed and started again."""

    def __init__(
        self, name: str, arguments: Iterable[str], environment: Mapping[str, str], log: Path, keeper: Keeper
    ) -> None:
        self.name = name
        self._keeper = keeper
        self.words = list(arguments)
        self.arguments = [sys.executable, "-W", "ignore", "-m", "chassis", *self.words]
        self.environment = dict(environment)
        self.log = log
        self.process: psutil.Popen | None = None
        self._spent = 0.0

    def run_as(self, module: str, *before: str) -> None:
        """Let it be run by another module than the command's own, with some words before the others."""
        self.arguments = [sys.executable, "-W", "ignore", "-m", module, *before, *self.words]

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as out:
            self.process = psutil.Popen(self.arguments, env=self.environment, stdout=out, stderr=out)
        self._keeper.watch(self.process)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to finish what is in hand."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self._spent += self._cpu_now()
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except psutil.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
        self.process = None

    def _cpu_now(self) -> float:
        try:
            times = self.process.cpu_times() if self.process is not None else None
        except psutil.NoSuchProcess:
            return 0.0
        return float(times.user + times.system) if times else 0.0

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of all its lives."""
        return self._spent + self._cpu_now()

    def last_words(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:] if self.log.exists() else ""

    def memory_bytes(self) -> int:
        """Return its resident memory."""
        return int(self.process.memory_info().rss) if self.process is not None else 0


class Platform:
    """What platforms of both kinds have in common: processes, doors, and databases to look into from outside."""

    processes: list[Process]

    def __init__(self, folder: Path, services: Iterable[str], port: int, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.services = list(services)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **plain_environment(),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "EVENTLET_NO_GREENDNS": "yes",
            "JIESU_DATA": str(folder),
            "JIESU_POSTS_PER_MINUTE": "0",
            "JIESU_POSTS_PER_PHONE": "0",
            "JIESU_LOG_LEVEL": "WARNING",
            "JIESU_LOG_FORMAT": "plain",
            "JIESU_CLOCK_FILE": str(folder / "clock-offset"),
            **environment,
        }
        self.settings = settings_room.load(self.environment)
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.keeper = Keeper()
        self._databases: dict[str, Database] = {}
        self._specs: dict[str, Blueprint] = {}

    # -- life ------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Make keys and tables, and start everything."""
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self.close()

    def close(self) -> None:
        """End all processes, and let go of the databases."""
        for process in self.processes:
            process.kill()
        self.keeper.dismiss()
        self.hang_up()

    def hang_up(self) -> None:
        """Let go of the databases."""
        for database in self._databases.values():
            database.close()

    def prepare(self) -> None:
        """Do what comes before the start."""

    def start(self) -> None:
        """Start what does not run, and wait until the web answers."""
        for process in self.processes:
            if process.process is None:
                process.start()
        self.await_web()

    def await_web(self) -> None:
        """Wait until the web process answers."""
        wait_until(self._web_answers, seconds=_START_SECONDS, what="An answer of the web process")

    def _web_answers(self) -> bool:
        for process in self.processes:
            if process.process is not None and process.process.poll() is not None:
                message = f"{process.name} ended:\n{process.last_words()}"
                raise NodeError(message)
        try:
            return self.request("GET", "/intake/readyz")[0] == 200
        except OSError:
            return False

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of all processes, servers not counted."""
        return sum(process.cpu_seconds() for process in self.processes)

    def command(self, *words: str, seconds: float = 120.0) -> Any:
        """Run a subcommand of `jiesu` that reports JSON, and return what it reports."""
        done = self.said(*words, "--json", seconds=seconds)
        done.check_returncode()
        return json.loads(done.stdout)

    def said(self, *words: str, seconds: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run a subcommand of `jiesu`, and return what it said and whether all was well."""
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "chassis", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    # -- doors -----------------------------------------------------------------

    def token(self, *roles: str) -> str:
        """Sign a token for somebody with these roles (all staff roles by default) in every service; other roles, another person."""
        who = Principal(
            id="-".join(("tester", *roles)),
            name="".join(("测试员", *roles)),
            roles=frozenset(roles) or STAFF,
            services=frozenset({"*"}),
            units=frozenset({"*"}),
        )
        return sign_token(who, KeyFolder(self.settings.keys).signing(), datetime.now(UTC), timedelta(days=3650))

    def request(
        self, method: str, path: str, body: Any = None, *, token: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Ask the web process; return status and JSON (None if there is none). OSError if it is away."""
        return ask(method, self.url + path, body, token=token, headers=headers)

    def metrics(self) -> str:
        """Return the figures as Prometheus reads them."""
        with _DIRECT.open(f"{self.url}/metrics", timeout=30) as response:
            return str(response.read().decode())

    # -- what is stored --------------------------------------------------------

    def blueprint(self, service: str) -> Blueprint:
        """Return a service's blueprint."""
        if service not in self._specs:
            # Not the catalogue's own one, which other platforms of this process use with other databases.
            self._specs[service] = spec = blueprint.read(catalogue.service(service))
            spec.dialect = self.database(service).dialect
        return self._specs[service]

    def database(self, service: str) -> Database:
        """Return a service's database, to look at from outside."""
        if service not in self._databases:
            self._databases[service] = Database(self.settings.database_for(service), service)
        return self._databases[service]

    def states(self, service: str) -> dict[str, str]:
        """Return the state of each case of a service, by subject."""
        case = self.blueprint(service).case
        with self.database(service).read() as session:
            return {row.subject: row.state for row in session.execute(select(case.subject, case.state))}

    def parked(self, service: str) -> list[Any]:
        """Return a service's parked letters."""
        with self.database(service).read() as session:
            return list(session.execute(select(self.blueprint(service).store.parked)).all())

    def waiting(self) -> int:
        """Return how many letters are not yet posted, in all services."""
        total = 0
        for name in self.services:
            letters = self.blueprint(name).store.letters
            with self.database(name).read() as session:
                total += session.scalar(select(func.count()).where(letters.c.posted_at.is_(None))) or 0
        return total

    def receipts(self) -> int:
        """Return how many letters were received, in all services."""
        total = 0
        for name in self.services:
            with self.database(name).read() as session:
                table = self.blueprint(name).store.receipts
                total += session.scalar(select(func.count()).select_from(table)) or 0
        return total

    def queued(self) -> int:
        """Return how many messages wait in the mailboxes, as far as that can be seen from outside."""
        return 0

    def await_quiet(self, seconds: float = 120.0, *, every: float = 0.25, calm: int = 4) -> None:
        """Wait until nothing is to be posted and nothing new is received for a while: so many looks, one every so often."""
        deadline = time.monotonic() + seconds
        before, quiet = -1, 0
        while quiet < calm:
            if time.monotonic() > deadline:
                message = f"not quiet after {seconds} s: {self.waiting()} letters wait, {self.queued()} queued"
                raise TimeoutError(message)
            now = self.receipts()
            quiet = quiet + 1 if now == before and not self.waiting() and not self.queued() else 0
            before = now
            time.sleep(every)

    def move_time(self, length: timedelta) -> None:
        """Move the time of all processes on, and wait until each that is asked then knows it."""
        file = self.folder / "clock-offset"
        temporary = file.with_suffix(".new")
        temporary.write_text(str(self.seconds_ahead() + length.total_seconds()), encoding="ascii")
        temporary.replace(file)
        time.sleep(2 * moments.CHECK_EVERY)

    def seconds_ahead(self) -> float:
        """Return by how much the time of all processes was moved on so far."""
        file = self.folder / "clock-offset"
        return float(file.read_text(encoding="ascii")) if file.exists() else 0.0


class Street(Platform):
    """The platform's processes on given servers. Databases: one schema per service in `database_url`.

    Each service has a worker process of its own, or those named in one of `together` share one.
    """

    def __init__(
        self,
        amqp_url: str,
        database_url: str,
        folder: Path,
        services: Iterable[str] = (),
        together: Iterable[Sequence[str]] = (),
        **environment: str,
    ) -> None:
        port = free_port()
        given = {
            "JIESU_AMQP_URL": amqp_url,
            "JIESU_DATABASE_URL": database_url,
            "JIESU_GATEWAY": f"http://127.0.0.1:{port}",
        }
        super().__init__(folder, list(services) or catalogue.names(), port, {**given, **environment})
        groups = [tuple(group) for group in together]
        groups += [(name,) for name in self.services if not any(name in group for group in groups)]
        processes = {
            group: Process(
                f"worker-{group[0]}",
                ["worker", *group],
                self.environment,
                self.logs / f"worker-{group[0]}.log",
                self.keeper,
            )
            for group in groups
        }
        #: The worker process of each service.
        self.workers = {name: process for group, process in processes.items() for name in group}
        self.web = Process(
            "web",
            ["web", *self.services, "--port", str(self.port)],
            self.environment,
            self.logs / "web.log",
            self.keeper,
        )

    @property
    def processes(self) -> list[Process]:  # type: ignore[override]
        """All processes."""
        return [*dict.fromkeys(self.workers.values()), self.web]

    def prepare(self) -> None:
        """Make the keys and the tables, and declare the mailboxes."""
        keys.generate(self.settings.keys, self.services)
        serving.prepare(self.settings, self.services)
        relay.declare(self.settings.amqp_url, [catalogue.spec(name) for name in self.services])

    def queued(self) -> int:
        """Return how many messages lie in the mailboxes and were not delivered."""
        with Connection(self.settings.amqp_url) as connection:
            channel = connection.default_channel
            return sum(
                channel.queue_declare(catalogue.spec(name).mailbox, passive=True).message_count
                for name in self.services
            )


class Embedded(Platform):
    """`jiesu up`: all services in one process, over SQLite files in `folder`."""

    def __init__(self, folder: Path, **environment: str) -> None:
        super().__init__(
            folder, catalogue.names(), free_port(), {"XDG_STATE_HOME": str(folder / "state"), **environment}
        )
        self.up = Process("up", ["up", "--port", str(self.port)], self.environment, self.logs / "up.log", self.keeper)
        self.processes = [self.up]


def ask(
    method: str, url: str, body: Any = None, *, token: str = "", headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """Ask a web process; return status and JSON (None if there is none). OSError if it is away."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 - http, loopback
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    try:
        with _DIRECT.open(request, data, timeout=30) as response:
            return response.status, _json(response.read())
    except urllib.error.HTTPError as error:
        return error.code, _json(error.read())


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
