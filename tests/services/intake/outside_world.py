"""The world outside on loopback: a gateway that answers as it is told, and a letter box."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_b2xkLXNlY3JldC1vZi10aGUtZ2F0ZXdheQ=="


@dataclass
class Gateway:
    """An HTTP server: `answers` are (status, body) in turn, and 200 when they run out."""

    url: str = ""
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    #: While it is not set, what was got is not answered.
    answering: threading.Event = field(default_factory=threading.Event)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [orjson.loads(body)["data"] for _headers, body in self.got]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.got]


@contextmanager
def gateway(*answers: tuple[int, bytes]) -> Iterator[Gateway]:
    found = Gateway(answers=[*answers])
    found.answering.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            found.paths.append(self.path)
            found.answering.wait(60)
            status, said = found.answers.pop(0) if found.answers else (200, b"{}")
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", said.decode())
            self.send_header("content-length", str(len(said)))
            # Whoever asked may have been killed meanwhile.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.end_headers()
                self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}/send"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield found
        server.shutdown()


@contextmanager
def letter_box() -> Iterator[tuple[int, list[str]]]:
    """Take e-mail; give the port and what came."""
    letters: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                command = line.strip().upper()[:4]
                if command == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (part := self.rfile.readline()) != b".\r\n":
                        lines.append(part.decode())
                    letters.append("".join(lines))
                self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 ok\r\n")
                if command == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1], letters
        server.shutdown()


def file_for(**channels: str) -> str:
    """Return ops' file with channels, each as its lines of TOML."""
    head = 'street = "彭李街道"\naddress = "https://jiesu.example"\n[units]\nenforcement_squad = "综合行政执法中队"\n'
    return head + "".join(f"[channels.{name}]\n{lines}\n" for name, lines in channels.items())


def webhook(url: str, *to: str, secrets: tuple[str, ...] = (SECRET,)) -> str:
    return f'kind = "webhook"\nurl = "{url}"\nsecrets = {list(secrets)}\nto = {list(to or ["resident"])}'.replace(
        "'", '"'
    )
