"""A platform on servers of its own, that the faults of one module are played on, one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.nodes.postgres import Postgres
    from tests.nodes.rabbit import Rabbit


@pytest.fixture(scope="module")
def place(
    private_rabbit: Rabbit, private_postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Give a street on servers that may be stopped and killed, with an account of all that it has accepted."""
    with Place(private_rabbit, private_postgres, tmp_path_factory.mktemp("street")) as ready:
        yield ready
