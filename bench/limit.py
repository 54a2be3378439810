r"""The least durable work for as many hops, letters and receipts as the platform did, with bare amqp and psycopg.

    source -> outbox -> letter 0 -> inbox, outbox -> letter 1 -> … -> letter l-1 -> inbox
                           \-> inbox of other readers   \-> …

Each node is a process with a quorum queue, an inbox and an outbox of its own. It takes a batch, writes the receipts
and the letters that follow in one transaction, acknowledges once, posts the letters with confirms awaited together,
and marks them as posted. The letters of an appeal follow each other; each is read by one node that goes on, and by
as many others as makes the receipts come out right.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections import deque
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import amqp
import orjson
import psycopg

from bench.client import spent
from bench.platform import since

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.platform import Servers

_ROOT = Path(__file__).resolve().parents[1]
_EXCHANGE = "limit"
_SOURCE = -1
_SILENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who reads which letter of an appeal."""

    appeals: int
    letters: int
    receipts: int
    nodes: int
    batch: int
    size: int

    def readers(self, number: int) -> list[int]:
        """Return the nodes that read a letter; the first goes on."""
        first = (number + 1) * self.receipts // self.letters - number * self.receipts // self.letters
        return [(number + 1 + more) % self.nodes for more in range(first)]

    def read_by(self, node: int) -> list[int]:
        """Return the letters that a node reads."""
        return [number for number in range(self.letters) if node in self.readers(number)]

    def goes_on(self, node: int, number: int) -> bool:
        """Say whether a node tells the next letter when it has read this one."""
        return number + 1 < self.letters and self.readers(number)[0] == node


class Node:
    """One process: a queue, an inbox and an outbox."""

    def __init__(self, plan: Plan, number: int, amqp_url: str, database_url: str) -> None:
        self.plan, self.number = plan, number
        address = urlsplit(amqp_url)
        self.broker = amqp.Connection(
            host=f"{address.hostname}:{address.port}",
            userid=address.username,
            password=address.password,
            virtual_host=unquote(address.path[1:]),
        )
        self.broker.connect()
        self.channel = self.broker.channel()
        self.database = psycopg.connect(database_url, autocommit=True)
        name = "source" if number == _SOURCE else f"node_{number}"
        self.inbox, self.outbox = f"{name}_inbox", f"{name}_outbox"
        self.arrived: deque[Any] = deque()
        self.unconfirmed: set[int] = set()
        self.sent = 0
        self.pad = "x" * max(0, plan.size - 100)

    def prepare(self) -> None:
        """Make tables and queue."""
        self.database.execute(
            f"CREATE TABLE {self.outbox} (seq bigserial PRIMARY KEY, id text NOT NULL UNIQUE, key text NOT NULL,"
            " body bytea NOT NULL, told_at timestamptz NOT NULL DEFAULT now(), posted_at timestamptz)"
        )
        self.database.execute(
            f"CREATE TABLE {self.inbox} (id text PRIMARY KEY, received_at timestamptz NOT NULL DEFAULT now())"
        )
        self.channel.exchange_declare(_EXCHANGE, "topic", durable=True, auto_delete=False)
        if self.number != _SOURCE:
            queue = f"limit.{self.number}"
            self.channel.queue_declare(queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
            for letter in self.plan.read_by(self.number):
                self.channel.queue_bind(queue, _EXCHANGE, f"step.{letter}")
            self.channel.basic_qos(0, 2 * self.plan.batch, a_global=False)
            self.channel.basic_consume(queue, callback=self.arrived.append)
        self.out = self.broker.channel()
        self.out.confirm_select()
        self.out.events["basic_ack"].add(self.confirmed)

    def confirmed(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - amqp calls it so
        """Note a confirm."""
        self.unconfirmed -= {sent for sent in self.unconfirmed if sent <= tag} if multiple else {tag}

    def letter(self, appeal: int, number: int) -> tuple[str, str, bytes]:
        """Make a letter: id, key, body."""
        identity = str(uuid.uuid4())
        body = orjson.dumps({"id": identity, "appeal": appeal, "number": number, "pad": self.pad})
        return identity, f"step.{number}", body

    def record(self, receipts: Sequence[str], letters: Sequence[tuple[str, str, bytes]]) -> None:
        """Write receipts and letters in one transaction."""
        with self.database.transaction():
            if receipts:
                self.database.execute(
                    f"INSERT INTO {self.inbox} (id) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING id",
                    [list(receipts)],
                ).fetchall()
            if letters:
                self.database.execute(
                    f"INSERT INTO {self.outbox} (id, key, body) SELECT * FROM unnest(%s::text[], %s::text[], %s::bytea[])",
                    [list(column) for column in zip(*letters, strict=True)],
                )

    def post(self, letters: Sequence[tuple[str, str, bytes]]) -> None:
        """Post letters, wait until all are confirmed, and mark them."""
        if not letters:
            return
        for _identity, key, body in letters:
            self.out.basic_publish(amqp.Message(body, delivery_mode=2), _EXCHANGE, key)
            self.sent += 1
            self.unconfirmed.add(self.sent)
        while self.unconfirmed:
            self.broker.drain_events(timeout=_SILENCE)
        self.database.execute(
            f"UPDATE {self.outbox} SET posted_at = now() WHERE id = ANY(%s)", [[letter[0] for letter in letters]]
        )

    def feed(self) -> None:
        """Tell the first letter of each appeal."""
        for first in range(0, self.plan.appeals, self.plan.batch):
            letters = [
                self.letter(appeal, 0) for appeal in range(first, min(first + self.plan.batch, self.plan.appeals))
            ]
            self.record([], letters)
            self.post(letters)

    def serve(self) -> None:
        """Read all that will come, telling what follows."""
        expected = self.plan.appeals * len(self.plan.read_by(self.number))
        while expected:
            while not self.arrived:
                self.broker.drain_events(timeout=_SILENCE)
            batch = [self.arrived.popleft() for _ in range(min(len(self.arrived), self.plan.batch))]
            read = [orjson.loads(message.body) for message in batch]
            following = [
                self.letter(letter["appeal"], letter["number"] + 1)
                for letter in read
                if self.plan.goes_on(self.number, letter["number"])
            ]
            self.record([letter["id"] for letter in read], following)
            self.channel.basic_ack(batch[-1].delivery_tag, multiple=True)
            expected -= len(batch)
            self.post(following)


def measure(own: Servers, *, appeals: int, done: Mapping[str, Any], processes: int, batch: int) -> dict[str, Any]:
    """Do as many hops, letters and receipts per appeal as `done` says; return rate and cost."""
    plan = Plan(
        appeals=appeals,
        letters=max(1, round(done["letters"] / done["appeals"])),
        receipts=max(1, round(done["receipts"] / done["appeals"])),
        nodes=processes,
        batch=batch,
        size=round(done["bytes"] / max(1, done["letters"])),
    )
    with ExitStack() as closing:
        amqp_url = closing.enter_context(own.rabbit.virtual_host())
        database_url = closing.enter_context(own.postgres.database())
        started = [_start(plan, number, amqp_url, database_url) for number in (*range(processes), _SOURCE)]
        for process in started:
            closing.callback(process.wait)
            closing.callback(process.kill)
        for process in started:
            _line(process)
        before = own.spent()
        for process in started:
            _tell(process, "go")
        told = [_line(process) for process in started]
        after = own.spent()
    seconds = max(one["ended_at"] for one in told) - told[-1]["began_at"]
    cpu = since(before, after) | {"processes": round(sum(one["cpu_s"] for one in told), 2)}
    total, receipts = sum(cpu.values()), plan.receipts * appeals
    # Letters and receipts per appeal are whole numbers here, and are not there.
    scale = done["receipts"] / done["appeals"] / plan.receipts
    return {
        **asdict(plan),
        "seconds": round(seconds, 3),
        "hops_per_second": round(receipts / seconds, 1),
        "per_second": round(appeals / seconds / scale, 1),
        "cpu_s": round(total, 2),
        "cpu_ms_per_hop": round(total / receipts * 1000, 3),
        "cpu_s_by_process": cpu,
    }


def _start(plan: Plan, number: int, amqp_url: str, database_url: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.limit"],
        cwd=_ROOT,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    _tell(process, json.dumps({"plan": asdict(plan), "node": [number, amqp_url, database_url]}))
    return process


def _tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _line(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def main() -> None:
    """Be one node: told by lines on standard input, answering by lines on standard output."""
    told = json.loads(sys.stdin.readline())
    node = Node(Plan(**told["plan"]), *told["node"])
    node.prepare()
    print('"ready"', flush=True)
    sys.stdin.readline()
    before, began_at = spent(), time.time()
    if node.number == _SOURCE:
        node.feed()
    else:
        node.serve()
    print(json.dumps({"began_at": began_at, "ended_at": time.time(), "cpu_s": spent() - before}), flush=True)


if __name__ == "__main__":
    main()
