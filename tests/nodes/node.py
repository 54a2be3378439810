"""What the private servers share: a folder, ports, a life that ends with the tests', and a log to read when it fails."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil

from tests.nodes.keeper import Keeper, kill_family

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

# Below the range from which Linux takes the ports of outgoing connections (ip_local_port_range),
# so that nobody sits on a server's port when it comes back.
PORTS = range(20_000, 32_000)


class NodeError(Exception):
    """A private server did not do what it was told; the message ends with its log."""


def free_port() -> int:
    """Return a port of the loopback address on which nobody listens."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_until(holds: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Return as soon as the condition holds; raise NodeError with what was waited for when it doesn't in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            message = f"{what} did not happen within {seconds:g} s."
            raise NodeError(message)
        time.sleep(0.02)


class Node(ABC):
    """A throw-away server: `with Postgres() as postgres: …`."""

    name: str

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"jiesu-{self.name}-"))
        self._keeper = Keeper()
        self._keeper.sweep(self.folder)
        self._process: psutil.Popen | None = None
        self._spent_before = 0.0

    @abstractmethod
    def _command(self) -> Sequence[str | Path]:
        """Return what runs the server in the foreground."""

    @abstractmethod
    def _environment(self) -> Mapping[str, str]:
        """Return its environment, complete."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it takes connections."""

    @abstractmethod
    def _ask_to_stop(self, process: psutil.Popen) -> None:
        """Tell it to finish what it does and go."""

    def _owner(self) -> str | None:
        """Return the user that it runs as, when not this one."""
        return None

    @property
    def log(self) -> Path:
        """Where it writes what it does."""
        return self.folder / "server.log"

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it on its own data and wait until it answers."""
        if self.running:
            return
        with self.log.open("ab") as log:
            self._process = psutil.Popen(
                self._command(),
                cwd=self.folder,
                env=dict(self._environment()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._owner(),
                group=self._owner(),
                extra_groups=[] if self._owner() else None,
            )
        self._keeper.watch(self._process)
        try:
            wait_until(lambda: not self.running or self._answers(), seconds=90, what=f"A first answer of {self.name}")
        except NodeError as silent:
            raise self._failure(str(silent)) from None
        if not self.running:
            raise self._failure(f"{self.name} ended while it started.")

    def stop(self) -> None:
        """Stop it in good order."""
        if self._process is None:
            return
        if self.running:
            self._note_spent()
            self._ask_to_stop(self._process)
            try:
                self._process.wait(timeout=60)
            except psutil.TimeoutExpired:
                kill_family(self._process)
        self._process = None

    def kill(self) -> None:
        """Kill it as a power cut would, the data left as it lies."""
        if self._process is not None:
            self._note_spent()
            kill_family(self._process)
            self._process.wait(timeout=10)
            self._process = None

    def restart(self) -> None:
        """Stop it in good order and start it again on the same data and ports."""
        self.stop()
        self.start()

    def family(self) -> list[psutil.Process]:
        """Return its processes, the first one first."""
        return [self._process, *self._process.children(recursive=True)] if self._process and self.running else []

    def cpu_seconds(self) -> float:
        """Return what it has spent in all its lives, ended children included."""
        return self._spent_before + self._spent_now()

    def close(self) -> None:
        """Take it down and remove its folder."""
        self.kill()
        self._keeper.dismiss()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _spent_now(self) -> float:
        spent = 0.0
        for process in self.family():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent += times.user + times.system + times.children_user + times.children_system
        return spent

    def _note_spent(self) -> None:
        self._spent_before += self._spent_now()

    def _failure(self, message: str) -> NodeError:
        self.kill()
        tail = self.log.read_text(encoding="utf-8", errors="replace")[-3000:] if self.log.exists() else ""
        return NodeError(f"{message}\n{tail}")


def plain_environment() -> dict[str, str]:
    """Return this process's environment without what would point a server or its tools elsewhere."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "RABBITMQ_", "ERL_", "JIESU_")) and name != "NOTIFY_SOCKET"
    }
