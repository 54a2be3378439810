"""A platform on servers of its own, that the faults are played on, one after another."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from chassis import logs
from tests.faults.place import TOGETHER, Place
from tests.nodes.postgres import Postgres
from tests.nodes.programs import MissingProgramError
from tests.nodes.rabbit import Rabbit

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Rabbit, Postgres]]:
    """Give a broker and a database that may be stopped and killed."""
    with ExitStack() as closing:
        try:
            yield closing.enter_context(Rabbit()), closing.enter_context(Postgres())
        except MissingProgramError as missing:
            pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def street(servers: tuple[Rabbit, Postgres], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a street with an account of all that it has accepted."""
    with Place(*servers, tmp_path_factory.mktemp("street")) as street:
        yield street


@pytest.fixture(scope="module")
def other_street(servers: tuple[Rabbit, Postgres], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a street on the same servers that may be spoiled; its readers, but for intake, share a process."""
    rabbit, postgres = servers
    rabbit.start()
    postgres.start()
    with rabbit.virtual_host() as amqp_url, postgres.database() as database_url:
        together = [("routing", *chain.from_iterable(TOGETHER))]
        folder = tmp_path_factory.mktemp("other-street")
        with Place(rabbit, postgres, folder, urls=(amqp_url, database_url), together=together) as place:
            yield place


@pytest.fixture
def place(street: Place) -> Place:
    """Give the street in good order."""
    street.hang_up()
    street.begin()
    return street


@pytest.fixture(autouse=True)
def _plain_logs() -> None:
    """Keep structlog from drawing every traceback with all its locals, which takes longer than the tests."""
    logs.configure("CRITICAL", "plain")
