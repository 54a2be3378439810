"""The whole platform in one process: how soon it takes appeals, what it needs, and how long a file takes to its end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from bench import letters
from bench.client import request_bytes, talk
from chassis import catalogue
from tests.nodes.node import free_port, plain_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT = Path(__file__).resolve().parents[1]
_JIESU = (sys.executable, "-W", "ignore", "-m", "chassis")
_LOOK = 0.1
#: States of the ledger in which a line is not dispatched and may yet be.
_UNSENT = {"registered", "held", "ledgered", "triage_due", "awaiting_signoff", "sent_back"}
#: So many looks without anything new, and all is read.
_CALM = 4


def measure(folder: Path, rows: Sequence[dict[str, str]], *, simulate: bool) -> dict[str, Any]:
    """Start the platform, give it one appeal, then a file, and let it be played to the end."""
    data, file, port = folder / "embedded", folder / "letters.jsonl", free_port()
    letters.write(file, list(rows))
    environment = plain_environment() | {"PYTHONPATH": str(_ROOT), "XDG_STATE_HOME": str(folder / "state")}
    began = time.perf_counter()
    with (folder / "embedded.log").open("wb") as log:
        platform = psutil.Popen(
            [*_JIESU, "up", "--demo", "--port", str(port), "--data", str(data)],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        found: dict[str, Any] = {"first_appeal_s": _first_appeal(platform, port, began)}
        found["first_appeal_cpu_s"] = round(_cpu(platform), 2)
        found |= {"memory_at_rest_mb": _megabytes(platform)}
        found |= _imported(platform, data, file, environment, len(rows))
        if simulate:
            found |= _simulated(platform, data, environment)
        return found
    finally:
        platform.kill()
        platform.wait()


def _first_appeal(platform: psutil.Popen, port: int, began: float) -> float:
    """Return the seconds from the start of the command to the first appeal that is answered with 201."""
    [post] = letters.as_posts(letters.make(1))
    request = request_bytes("127.0.0.1", "/intake/api/v1/appeals", json.dumps(post).encode())
    while True:
        assert platform.poll() is None, "jiesu up ended"
        try:
            _waits, statuses = talk(("127.0.0.1", port), 1, iter([request]))
        except OSError:
            assert time.perf_counter() < began + 60, "jiesu up does not answer"
            time.sleep(0.02)
        else:
            assert statuses == {201: 1}, statuses
            return round(time.perf_counter() - began, 2)


def _imported(
    platform: psutil.Popen, data: Path, file: Path, environment: dict[str, str], count: int
) -> dict[str, Any]:
    """Import the file; return how long until the last letter of it is graded and dispatched or put before somebody."""
    began, spent = time.perf_counter(), _cpu(platform)
    told = _jiesu(environment, "import", file, "--data", data, "--json")
    imported = time.perf_counter()
    assert told["read"] == count, told
    expected, most = told["registered"] + 1, 0.0
    while _decided(data) < expected:
        assert time.perf_counter() < began + 600, f"{_decided(data)} of {expected} dispatched"
        most = max(most, _megabytes(platform))
        time.sleep(_LOOK)
    done = time.perf_counter()
    _await_reading(data)
    return {
        "letters": count,
        "import": {name: told[name] for name in ("read", "registered", "merged", "rejected", "already_there")},
        "import_s": round(imported - began, 2),
        "dispatched_s": round(done - began, 2),
        "all_read_s": round(time.perf_counter() - began, 2),
        "states": _states(data, "routing"),
        "platform_cpu_s": round(_cpu(platform) - spent, 2),
        "memory_mb": max(most, _megabytes(platform)),
    }


def _simulated(platform: psutil.Popen, data: Path, environment: dict[str, str]) -> dict[str, Any]:
    began, spent = time.perf_counter(), _cpu(platform)
    command = [*_JIESU, "simulate", "--data", str(data), "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as playing:
        while set(_states(data, "routing")) & _UNSENT and playing.poll() is None:
            time.sleep(_LOOK)
        signed = time.perf_counter()
        told = json.loads(playing.communicate()[0])
    return {
        "signed_and_dispatched_s": round(signed - began, 2),
        "simulated_s": round(time.perf_counter() - began, 2),
        "ends": told["ends"],
        "open": told["open"],
        "parked": told["parked"],
        "simulation_platform_cpu_s": round(_cpu(platform) - spent, 2),
        "memory_mb": _megabytes(platform),
    }


def _jiesu(environment: dict[str, str], *arguments: object) -> Any:
    done = subprocess.run([*_JIESU, *map(str, arguments)], env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def _states(data: Path, service: str) -> dict[str, int]:
    return {
        str(state): count for state, count in _rows(data, service, "SELECT state, count(*) FROM cases GROUP BY state")
    }


def _decided(data: Path) -> int:
    """Count the lines of the ledger that are classified and dispatched, or lie before a leader or the desk."""
    return sum(count for state, count in _states(data, "routing").items() if state not in ("registered", "ledgered"))


def _await_reading(data: Path) -> None:
    """Wait until no service receives anything any more."""
    before, calm = -1, 0
    while calm < _CALM:
        waiting = sum(_count(data, name, "letters WHERE posted_at IS NULL") for name in catalogue.names())
        receipts = sum(_count(data, name, "receipts") for name in catalogue.names())
        calm = calm + 1 if receipts == before and not waiting else 0
        before = receipts
        time.sleep(_LOOK)


def _count(data: Path, service: str, what: str) -> int:
    return int(_rows(data, service, f"SELECT count(*) FROM {what}")[0][0])


def _rows(data: Path, service: str, query: str) -> list[Any]:
    import sqlite3  # noqa: PLC0415 - only for the embedded platform

    with closing(sqlite3.connect(f"file:{data / service}.sqlite3?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(query).fetchall()


def _megabytes(process: psutil.Popen) -> float:
    return round(process.memory_info().rss / 2**20, 1)


def _cpu(process: psutil.Popen) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
