"""The gateway of deploy/ under a real nginx, in front of one platform: `with Nginx(port) as gateway: …`."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from tests.nodes import programs
from tests.nodes.node import Node, free_port, plain_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psutil

CONFIGURATION = Path(__file__).parents[2] / "deploy/gateway/nginx.conf"
#: What nginx sets aside on the way; its own places are for its packages' own user.
_ASIDE = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nginx(Node):
    """An nginx with the configuration that is shipped, in which only the addresses are those of here."""

    name = "nginx"

    def __init__(self, behind: int) -> None:
        self._program = programs.nginx()
        super().__init__()
        self.port = free_port()
        shipped = CONFIGURATION.read_text(encoding="utf-8")
        here = re.sub(
            r"set \$web \S+;\s+proxy_pass http://\$web:8000;", f"proxy_pass http://127.0.0.1:{behind};", shipped
        )
        here = here.replace("listen 8000;", f"listen 127.0.0.1:{self.port};")
        aside = "".join(f"{name}_temp_path {self.folder}/{name};" for name in _ASIDE)
        self._file = self.folder / "nginx.conf"
        self._file.write_text(here.replace("http {", f"http {{ {aside}", 1), encoding="utf-8")

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def _command(self) -> Sequence[str | Path]:
        first = f"daemon off; pid {self.folder}/pid; error_log {self.folder}/errors;"
        # As root it would let a user work that may not write here.
        owner = " user root;" if os.geteuid() == 0 else ""
        return [self._program, "-p", self.folder, "-e", self.folder / "errors", "-c", self._file, "-g", first + owner]

    def _environment(self) -> Mapping[str, str]:
        return plain_environment()

    def _answers(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def _ask_to_stop(self, process: psutil.Popen) -> None:
        process.send_signal(signal.SIGQUIT)
