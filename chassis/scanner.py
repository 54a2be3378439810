"""Has files looked at by a virus scanner before anything reads them, over clamd's INSTREAM command.

`JIESU_SCANNER` says where it listens. Without an answer nothing is taken: a file that was not looked at is refused
with 503, to be sent again, and the appeal itself stays.
"""

from __future__ import annotations

import socket
import struct
from typing import Final
from urllib.parse import urlsplit

from chassis.problems import ProblemError

_PATIENCE: Final = 20.0
_CHUNK: Final = 64 * 1024
_LONGEST_ANSWER: Final = 4096


def look_at(raw: bytes, name: str, scanner: str) -> None:
    """Pass a file that the scanner finds clean. Raises ProblemError: 422 for a find, 503 where it can't be asked."""
    if not scanner:
        return
    try:
        answer = _asked(raw, scanner)
    except OSError as error:
        raise _unanswered(name) from error
    if answer.endswith(" FOUND"):
        raise ProblemError(
            422,
            "invalid",
            "照片无法接收",
            "The picture can't be taken",
            errors=[{"pointer": "/photos", "zh": f"{name}：含有害内容", "en": f"{name}: harmful content was found"}],
        )
    if not answer.endswith(" OK"):
        raise _unanswered(name)


def _asked(raw: bytes, scanner: str) -> str:
    """Send a file and return the answer, such as `stream: OK` or `stream: Eicar-Signature FOUND`."""
    address = urlsplit(scanner)
    on_disk = address.scheme == "unix"
    with socket.socket(socket.AF_UNIX if on_disk else socket.AF_INET) as line:
        line.settimeout(_PATIENCE)
        line.connect(address.path if on_disk else (address.hostname, address.port))
        line.sendall(b"zINSTREAM\0")
        for at in range(0, len(raw), _CHUNK):
            part = raw[at : at + _CHUNK]
            line.sendall(struct.pack("!L", len(part)) + part)
        line.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER and (more := line.recv(_CHUNK)):
            answer += more
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def _unanswered(name: str) -> ProblemError:
    return ProblemError(
        503,
        "scanner-down",
        "暂时无法检查照片，照片没有保存；请稍后再传，或先不附照片提交",
        f"{name} can't be checked at the moment and was not stored: send it again later, or report without it first",
    )
