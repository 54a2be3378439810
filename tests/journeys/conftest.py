"""The two towns that every journey goes through: all in one process, and spread over a broker and a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.town import MECHANISMS, Town
from tests.nodes.street import Embedded, Street

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.nodes.postgres import DatabaseServer
    from tests.nodes.rabbit import Broker


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a demo that runs in one process."""
    street = Embedded(tmp_path_factory.mktemp("embedded"))
    street.up.arguments.append("--demo")
    with street:
        town = Town(street)
        yield town
        leave_nobody_alone(town)


@pytest.fixture(scope="module")
def distributed(rabbit: Broker, postgres: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a platform of several processes over RabbitMQ and PostgreSQL."""
    folder: Path = tmp_path_factory.mktemp("distributed")
    groups = (("intake", "routing", "feedback", "portal"), MECHANISMS)
    with (
        rabbit.virtual_host() as amqp_url,
        postgres.database() as database_url,
        Street(amqp_url, database_url, folder, together=groups) as street,
    ):
        town = Town(street)
        yield town
        leave_nobody_alone(town)


@pytest.fixture(scope="module", params=["embedded", "distributed"])
def town(request: pytest.FixtureRequest) -> Town:
    """Give each of the two in turn."""
    found: Town = request.getfixturevalue(request.param)
    return found


def leave_nobody_alone(town: Town) -> None:
    """Check that no appeal ended without a reply and a callback or a recorded reason, and nothing is parked."""
    town.street.await_quiet()
    parked = {name: town.street.parked(name) for name in town.street.services}
    assert not any(parked.values()), parked
    for appeal in town.appeals:
        seen = town.tracked(appeal)
        if seen["ended_at"] is None:
            continue
        assert seen["reply"], seen
        if seen["state"] == "closed" or (seen["state"] == "merged" and town.found("feedback", appeal)):
            callback = town.case("feedback", appeal)
            assert callback["state"] in ("closed", "archived")
            reached = callback["details"].get("rated") or callback["details"].get("callback_tried")
            expired = any(entry["trigger"] == "callback_expired" for entry in callback["timeline"])
            assert reached or expired, callback
