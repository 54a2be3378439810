"""The time, for the doors only: rules take it as an argument.

In a demo the time can be moved on: `JIESU_CLOCK_FILE` names a file with the seconds
to add, which every process of the demo reads again when it changes.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

#: Seconds after which a moved time is known at the latest.
CHECK_EVERY = 0.1


class _Offset:
    """The seconds in the clock file, looked at ten times a second at the most."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._looked = -1.0
        self._changed = -1

    def read(self) -> float:
        path = os.environ.get("JIESU_CLOCK_FILE")
        if path and time.monotonic() - self._looked > CHECK_EVERY:
            self._looked = time.monotonic()
            try:
                changed = os.stat(path).st_mtime_ns  # noqa: PTH116 - called for every letter
            except FileNotFoundError:
                return self.seconds
            if changed != self._changed:
                self._changed = changed
                self.seconds = float(Path(path).read_text(encoding="ascii") or 0)
        return self.seconds


_offset = _Offset()


def now() -> datetime:
    """Return the time, aware UTC."""
    return datetime.now(UTC) + timedelta(seconds=_offset.read())
