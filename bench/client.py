"""Clients that post and wait, as light as they can be: raw sockets kept alive, all in one thread.

    python -m bench.client HOST PORT CLIENTS FILE [SECONDS]

posts the lines of FILE, each client one at a time, and prints what it saw as JSON.
It runs as a process of its own, so that its work is not counted as the platform's.
"""

from __future__ import annotations

import json
import resource
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_READ = 65536
_SILENCE = 60.0


@dataclass(slots=True)
class Client:
    """One connection, with one request on its way."""

    socket: socket.socket
    sent_at: float = 0.0
    answer: bytearray = field(default_factory=bytearray)

    def send(self, request: bytes) -> None:
        """Send a request."""
        self.answer.clear()
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def status(self) -> int:
        """Read what has arrived; return the status once the answer is whole, and 0 before."""
        arrived = self.socket.recv(_READ)
        if not arrived:
            message = f"the server hung up after {bytes(self.answer)!r}"
            raise ConnectionError(message)
        self.answer += arrived
        head, end, body = self.answer.partition(b"\r\n\r\n")
        if not end:
            return 0
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return int(head.split(maxsplit=2)[1]) if len(body) >= int(length) else 0


def request_bytes(host: str, path: str, body: bytes = b"", *, method: str = "POST", token: str = "") -> bytes:
    """Spell a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def talk(address: tuple[str, int], clients: int, requests: Iterator[bytes]) -> tuple[list[float], dict[int, int]]:
    """Let clients send all requests; return how long each took in seconds, and how many had which status."""
    waits: list[float] = []
    statuses: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            first = next(requests, None)
            if first is None:
                break
            client = Client(socket.create_connection(address, timeout=_SILENCE))
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send(first)
        while selector.get_map():
            ready = selector.select(_SILENCE)
            if not ready:
                message = f"no answer within {_SILENCE:g} s"
                raise TimeoutError(message)
            for key, _events in ready:
                client = key.data
                status = client.status()
                if not status:
                    continue
                waits.append(time.perf_counter() - client.sent_at)
                statuses[status] = statuses.get(status, 0) + 1
                following = next(requests, None)
                if following is None:
                    selector.unregister(client.socket)
                    client.socket.close()
                else:
                    client.send(following)
    return waits, statuses


def summary(waits: Sequence[float]) -> dict[str, float]:
    """Return percentiles in milliseconds."""
    ordered = sorted(waits)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2)

    return {"p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": at(1.0)}


def spent() -> float:
    """Return the CPU seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def limited(requests: Iterator[bytes], seconds: float) -> Iterator[bytes]:
    """Yield requests until the time is over."""
    until = time.perf_counter() + seconds
    for request in requests:
        if time.perf_counter() > until:
            return
        yield request


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Post what a file holds; return what happened."""
    host, port, clients, file, *rest = arguments
    requests = [
        request_bytes(host, "/intake/api/v1/appeals", line) for line in Path(file).read_bytes().splitlines() if line
    ]
    source: Iterator[bytes] = iter(requests)
    before, began_at, began = spent(), time.time(), time.perf_counter()
    waits, statuses = talk((host, int(port)), int(clients), limited(source, float(rest[0])) if rest else source)
    seconds = time.perf_counter() - began
    return {
        "clients": int(clients),
        "began_at": began_at,
        "seconds": round(seconds, 3),
        "answers": len(waits),
        "accepted": statuses.get(201, 0),
        "statuses": statuses,
        "per_second": round(statuses.get(201, 0) / seconds, 1),
        **summary(waits),
        "client_cpu_s": round(spent() - before, 3),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
