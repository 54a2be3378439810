"""Cleans up after a process, however it ends: kills the servers it started and removes their folders.

Each line on standard input names a server or a folder; the end of the input is the end of that process.
It runs in a session of its own, so that neither Ctrl-C nor `kill -9` of the tests reaches it.
"""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


class Keeper:
    """The tests' end of the line."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nodes.keeper"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        atexit.register(self.dismiss)

    def watch(self, process: psutil.Process) -> None:
        """Have this process killed, with all it has started."""
        self._say({"pid": process.pid, "since": process.create_time()})

    def sweep(self, folder: Path) -> None:
        """Have this folder removed."""
        self._say({"folder": str(folder)})

    def dismiss(self) -> None:
        """Let it do its work now, and wait for it."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
            self._process.wait(timeout=30)
            atexit.unregister(self.dismiss)

    def _say(self, line: dict[str, object]) -> None:
        if self._process.stdin is None:
            raise ValueError("The keeper has no line to listen on.")
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()


def kill_family(process: psutil.Process) -> None:
    """Kill a process and all that it has started, at once, without asking."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    deadline = time.monotonic() + 10
    while any(map(_is_alive, family)) and time.monotonic() < deadline:
        time.sleep(0.01)


def _is_alive(process: psutil.Process) -> bool:
    """Whether it still does anything: an orphan may lie about as a zombie for a while."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def main() -> None:
    """Listen until the line is cut, then clean up."""
    lines = [json.loads(line) for line in sys.stdin]
    for line in reversed(lines):
        if "pid" in line and psutil.pid_exists(line["pid"]):
            process = psutil.Process(line["pid"])
            if process.create_time() == line["since"]:
                kill_family(process)
    for line in lines:
        if "folder" in line:
            shutil.rmtree(line["folder"], ignore_errors=True)


if __name__ == "__main__":
    main()
