"""The servers and the browser that tests of any room may ask for.

`rabbit` and `postgres` are shared by the whole run: those of JIESU_TEST_AMQP_URL and JIESU_TEST_DATABASE_URL,
or private throw-away ones, started once, also when several processes share the tests (`-n`).
`amqp_url` and `database_url` are fresh for each test. A test that stops or kills a server asks for
`private_rabbit` or `private_postgres`. What is missing is a failure, never a skip.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import settings

from chassis import database, metrics
from tests.nodes import programs
from tests.nodes.postgres import DatabaseServer, Postgres
from tests.nodes.rabbit import Broker, OwnBroker, Rabbit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# How long an example takes depends on what else the machine does; pytest-timeout ends what hangs.
settings.register_profile("jiesu", deadline=None)
settings.load_profile("jiesu")

# No power cut is played in this process: what is killed runs in processes of its own.
database.SYNCHRONOUS = "OFF"

AMQP_URL = "JIESU_TEST_AMQP_URL"
DATABASE_URL = "JIESU_TEST_DATABASE_URL"

shared_key = pytest.StashKey[dict[str, Any]]()
closing_key = pytest.StashKey[ExitStack]()

Server = TypeVar("Server", Rabbit, Postgres)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the shared servers before the first of several processes, and tell each of them where they are."""
    shared = node.config.stash.get(shared_key, None)
    if shared is None:
        closing = node.config.stash[closing_key] = ExitStack()
        shared = node.config.stash[shared_key] = _start_shared(closing)
    node.workerinput.update(shared)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the shared servers down."""
    closing = config.stash.get(closing_key, None)
    if closing is not None:
        closing.close()


def _start_shared(closing: ExitStack) -> dict[str, Any]:
    shared: dict[str, Any] = {}
    try:
        if not os.environ.get(AMQP_URL):
            rabbit = closing.enter_context(Rabbit())
            shared["rabbit"] = {
                "url": rabbit.url,
                "distribution_port": rabbit.distribution_port,
                "cookie": rabbit.cookie,
            }
        if not os.environ.get(DATABASE_URL):
            shared["postgres"] = closing.enter_context(Postgres()).url
    except programs.MissingProgramError as missing:
        closing.close()
        pytest.exit(str(missing), returncode=1)
    return shared


def _shared(config: pytest.Config, name: str) -> Any:
    workerinput: dict[str, Any] = getattr(config, "workerinput", {})
    return workerinput.get(name)


def _not_counted() -> float:
    return sum(one.value for metric in metrics.NOT_COUNTED.collect() for one in metric.samples if "total" in one.name)


@pytest.fixture(autouse=True)
def _every_case_is_counted() -> Iterator[None]:
    """Fail a test in which a rule could not count a case, which stops no step."""
    before = _not_counted()
    yield
    assert _not_counted() <= before, "a case could not be counted: see case_not_counted in the log"


@pytest.fixture(scope="session")
def rabbit(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Give the run's RabbitMQ; its `virtual_host()` makes an empty place in it."""
    given = os.environ.get(AMQP_URL)
    shared = _shared(request.config, "rabbit")
    if given:
        yield Broker(given)
    elif shared:
        yield OwnBroker(shared["url"], distribution_port=shared["distribution_port"], cookie=shared["cookie"])
    else:
        with _clearly(Rabbit) as own:
            yield own


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """Give the run's PostgreSQL; its `database()` makes an empty database, or a copy of one."""
    given = os.environ.get(DATABASE_URL) or _shared(request.config, "postgres")
    if given:
        yield DatabaseServer(given)
    else:
        with _clearly(Postgres) as own:
            yield own


@pytest.fixture
def amqp_url(rabbit: Broker) -> Iterator[str]:
    """Give the address of a broker in which nothing stands yet."""
    with rabbit.virtual_host() as url:
        yield url


@pytest.fixture
def database_url(postgres: DatabaseServer) -> Iterator[str]:
    """Give the address of an empty PostgreSQL database."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="module")
def private_rabbit() -> Iterator[Rabbit]:
    """Give a RabbitMQ that the module may stop, kill and start."""
    with _clearly(Rabbit) as own:
        yield own


@pytest.fixture(scope="module")
def private_postgres() -> Iterator[Postgres]:
    """Give a PostgreSQL that the module may stop, kill and start."""
    with _clearly(Postgres) as own:
        yield own


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Give the path of a Chromium that can show Chinese."""
    try:
        return programs.chromium()
    except programs.MissingProgramError as missing:
        pytest.fail(str(missing), pytrace=False)


def _clearly(kind: type[Server]) -> Server:
    """Make a server, or fail with the one sentence that says what to install."""
    try:
        return kind()
    except programs.MissingProgramError as missing:
        pytest.fail(str(missing), pytrace=False)
