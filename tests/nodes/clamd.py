"""A real ClamAV daemon that knows one harmful thing: `with Clamd(b"made-up-harm") as scanner: …`."""

from __future__ import annotations

import getpass
import signal
import socket
from typing import TYPE_CHECKING

from tests.nodes import programs
from tests.nodes.node import Node, plain_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import psutil


class Clamd(Node):
    """A clamd on a socket of the file system, with a signature of our own instead of the downloaded ones."""

    name = "clamd"

    def __init__(self, harm: bytes) -> None:
        self._program = programs.clamd()
        super().__init__()
        self._socket = self.folder / "clamd.ctl"
        # A name, any kind of file, anywhere in it, and the bytes: https://docs.clamav.net/manual/Signatures/ExtendedSignatures.html
        (self.folder / "own.ndb").write_text(f"Made-Up-Harm:0:*:{harm.hex()}\n", encoding="ascii")
        self._file = self.folder / "clamd.conf"
        says = {"DatabaseDirectory": self.folder, "LocalSocket": self._socket, "Foreground": "yes"}
        says["User"] = getpass.getuser()
        self._file.write_text("".join(f"{key} {value}\n" for key, value in says.items()), encoding="utf-8")

    @property
    def url(self) -> str:
        """Its address, as JIESU_SCANNER wants it."""
        return f"unix://{self._socket}"

    def _command(self) -> Sequence[str | Path]:
        return [self._program, "--config-file", self._file]

    def _environment(self) -> Mapping[str, str]:
        return plain_environment()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            return line.connect_ex(str(self._socket)) == 0

    def _ask_to_stop(self, process: psutil.Popen) -> None:
        process.send_signal(signal.SIGTERM)
