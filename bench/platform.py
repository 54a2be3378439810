"""The platform under measurement: private servers, the street's processes, and a meter for what all of them spend."""

from __future__ import annotations

import json
import os
import platform as machine_room
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from bench.client import request_bytes, talk
from tests.nodes.node import wait_until
from tests.nodes.postgres import Postgres
from tests.nodes.rabbit import Rabbit
from tests.nodes.street import Street

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROOT = Path(__file__).resolve().parents[1]
#: A machine that others keep busy needs its time.
_START_SECONDS = 300.0


@dataclass(slots=True)
class Servers:
    """A broker and a database of our own, with their default durability."""

    rabbit: Rabbit
    postgres: Postgres

    def spent(self) -> dict[str, float]:
        """Return the CPU seconds that each has spent so far."""
        return {"broker": self.rabbit.cpu_seconds(), "database": self.postgres.cpu_seconds()}


@contextmanager
def servers() -> Iterator[Servers]:
    """Start the servers, and take them down in the end."""
    with Rabbit() as rabbit, Postgres() as postgres:
        yield Servers(rabbit, postgres)


@contextmanager
def street(own: Servers, folder: Path, **environment: str) -> Iterator[Street]:
    """Start a street on empty tables and an empty virtual host."""
    with ExitStack() as closing:
        amqp_url = closing.enter_context(own.rabbit.virtual_host())
        database_url = closing.enter_context(own.postgres.database())
        running = Street(amqp_url, database_url, folder, **environment)
        closing.push(running)
        running.prepare()
        running.web.start()
        wait_until(lambda: answers(running.port), seconds=_START_SECONDS, what="the web process answers")
        running.start()
        yield running


def answers(port: int) -> bool:
    """Say whether a web process takes connections and is ready."""
    try:
        _waits, statuses = talk(
            ("127.0.0.1", port), 1, iter([request_bytes("localhost", "/intake/readyz", method="GET")])
        )
    except OSError:
        return False
    return statuses == {200: 1}


def spent(own: Servers, running: Street) -> dict[str, float]:
    """Return the CPU seconds that each process has spent so far."""
    return own.spent() | {process.name: process.cpu_seconds() for process in running.processes}


def since(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what was spent between two readings."""
    return {name: round(after[name] - before[name], 2) for name in after}


def run_apart(module: str, *arguments: object) -> Any:
    """Run a module of ours as a process of its own; return what it printed as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *map(str, arguments)],
        cwd=_ROOT,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def machine() -> dict[str, Any]:
    """Describe the machine, and how busy others kept it."""
    return {
        "cpu": _cpu_name(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": machine_room.platform(),
        "python": machine_room.python_version(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return machine_room.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
