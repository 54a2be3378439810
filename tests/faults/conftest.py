"""A platform on servers of its own, that the faults are played on, one after another."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from chassis import logs
from tests.faults.place import Place
from tests.nodes.postgres import Postgres
from tests.nodes.programs import MissingProgramError
from tests.nodes.rabbit import Rabbit

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a street on servers that may be stopped and killed, with an account of all that it has accepted."""
    with ExitStack() as closing:
        try:
            rabbit, postgres = closing.enter_context(Rabbit()), closing.enter_context(Postgres())
        except MissingProgramError as missing:
            pytest.fail(str(missing), pytrace=False)
        yield closing.enter_context(Place(rabbit, postgres, tmp_path_factory.mktemp("street")))


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
