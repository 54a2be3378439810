"""Carries messages out of a worker: in a process of its own, one for each channel, as long as there is something to carry.

    worker --> {channel, message, now} --> porter --> the world
           <-- {} or {kind, reason}    <--

A worker's green threads share one thread of the operating system. Looking up a name would stop them all, and so would
a library that computes or sleeps; a process of its own can moreover be ended when it takes too long. It ends by itself
when the worker does. `python -m services.intake.porter` is that process.
"""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.intake.messages.channels import Message, NotDeliverableError, NotDeliveredError, deliver
from services.intake.messages.notices import Channel

if TYPE_CHECKING:
    from typing import BinaryIO

#: The longest that one message may take; well below the lease of a notice.
LONGEST_SEND: Final = 60.0
_IDLE_SECONDS: Final = 60.0
_ERRORS: Final = {one.__name__: one for one in (NotDeliveredError, NotDeliverableError)}


class Porter:
    """Delivers as `channels.deliver` does, in a process that it starts when needed. For green threads only."""

    def __init__(self, patience: float = LONGEST_SEND) -> None:
        self._patience = patience
        self._process: Any = None
        self._used_at = 0.0

    def deliver(self, channel: Channel, message: Message, now: datetime) -> None:
        """Have a message brought to its channel. Raises NotDeliveredError, also when it takes too long."""
        from eventlet import Timeout  # noqa: PLC0415 - the process itself has no use for it

        ask = orjson.dumps({"channel": asdict(channel), "message": asdict(message), "now": now})
        try:
            with Timeout(self._patience, TimeoutError()):
                answer = self._asked(ask)
        except (TimeoutError, OSError, ValueError) as error:
            self._end()
            raise NotDeliveredError(f"{self._patience:g} 秒内无结果 / no result: {type(error).__name__}") from None
        if answer:
            raise _ERRORS[answer["kind"]](answer["reason"])

    def _asked(self, ask: bytes) -> dict[str, str]:
        from eventlet.green import subprocess  # noqa: PLC0415

        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", __name__]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._used_at = time.monotonic()
        self._process.stdin.write(ask + b"\n")
        self._process.stdin.flush()
        answer: dict[str, str] = orjson.loads(self._process.stdout.readline())
        return answer

    def rest(self) -> None:
        """End the process if there has been nothing to carry for a while."""
        if self._process is not None and time.monotonic() - self._used_at > _IDLE_SECONDS:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()


def carry(asked: BinaryIO, answers: BinaryIO) -> None:
    """Deliver each message that is asked for, until there are no more."""
    for line in asked:
        ask = orjson.loads(line)
        answer = {}
        try:
            deliver(Channel(**ask["channel"]), Message(**ask["message"]), datetime.fromisoformat(ask["now"]))
        except NotDeliveredError as error:
            answer = {"kind": type(error).__name__, "reason": str(error)}
        except Exception as error:  # noqa: BLE001 - whatever a library trips over, the notice is not delivered
            answer = {"kind": NotDeliveredError.__name__, "reason": f"{type(error).__name__}"}
        answers.write(orjson.dumps(answer) + b"\n")
        answers.flush()


if __name__ == "__main__":
    carry(sys.stdin.buffer, sys.stdout.buffer)
