"""kill -9 while notices are on their way, with three replicas of the worker."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import psutil
import pytest
from sqlalchemy import func, select

from services.intake.messages.sending import LEASE
from services.intake.models import Notice
from tests.nodes.node import wait_until
from tests.nodes.street import Process, Street
from tests.services.intake.outside_world import file_for, gateway, webhook

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tests.nodes.postgres import DatabaseServer
    from tests.nodes.rabbit import Broker
    from tests.services.intake.outside_world import Gateway

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]

APPEALS = 40
REPLICAS = 3


@pytest.fixture
def outside() -> Iterator[Gateway]:
    with gateway() as found:
        yield found


@pytest.fixture
def street(outside: Gateway, rabbit: Broker, postgres: DatabaseServer, tmp_path: Path) -> Iterator[Street]:
    """Give a street of which intake is at work, with a gateway for SMS and no quiet hours."""
    file = tmp_path / "notices.toml"
    file.write_text(file_for(sms=webhook(outside.url)) + '[quiet]\nfrom = "00:00"\nuntil = "00:00"\n', encoding="utf-8")
    with (
        rabbit.virtual_host() as amqp_url,
        postgres.database() as database_url,
        Street(amqp_url, database_url, tmp_path, services=["intake"], JIESU_NOTICES_FILE=str(file)) as street,
    ):
        yield street


@pytest.fixture
def workers(street: Street) -> Iterator[list[Process]]:
    """Give the replicas of intake's worker, all at work."""
    first = street.workers["intake"]
    more = [
        Process(f"replica-{n}", first.words, first.environment, street.logs / f"replica-{n}.log", street.keeper)
        for n in range(1, REPLICAS)
    ]
    for process in more:
        process.start()
    yield [first, *more]
    for process in more:
        process.kill()


def sent(street: Street, *, besides: Collection[str] = ()) -> int:
    wanted = (Notice.state == "sent", Notice.id.not_in(besides))
    with street.database("intake").read() as session:
        return session.scalar(select(func.count()).select_from(Notice).where(*wanted)) or 0


def report(street: Street, *, number: int) -> None:
    body = {"text": f"第 {number} 盏路灯不亮", "contact": {"name": "居民甲", "phone": f"138{number:08}"}}
    status, _said = street.request("POST", "/intake/api/v1/appeals", body)
    assert status == 201


def test_workers_killed_after_the_gateway_took_a_notice_lose_none_and_repeat_only_under_the_same_id(
    street: Street, workers: list[Process], outside: Gateway
) -> None:
    outside.answering.clear()
    for number in range(APPEALS):
        report(street, number=number)
    wait_until(lambda: len({*outside.ids}) >= REPLICAS, seconds=60, what="Some notices at the gateway")
    porters = [child for one in workers if one.process for child in one.process.children(recursive=True)]

    for process in workers:
        process.kill()
    in_hand = {*outside.ids}
    outside.answering.set()
    wait_until(lambda: not any(map(psutil.Process.is_running, porters)), seconds=30, what="The end of the porters")
    assert sent(street) == 0
    for process in workers:
        process.start()
    others = APPEALS - len(in_hand)
    wait_until(lambda: sent(street, besides=in_hand) == others, seconds=120, what="All but those that were in hand")
    street.move_time(LEASE)
    wait_until(lambda: sent(street) == APPEALS, seconds=60, what="Those that were in hand, again")

    times = Counter(outside.ids)
    assert len(times) == APPEALS
    assert {one for one, count in times.items() if count > 1} == in_hand
    told: dict[str, set[str]] = {}
    for one, said in zip(outside.ids, outside.told, strict=True):
        told.setdefault(one, set()).add(said["to"])
    assert {len(numbers) for numbers in told.values()} == {1}
    assert porters
