"""The command `jiesu`. Services add their own commands by the entry points `jiesu.commands`."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

#: Commands whose process runs eventlet; it must be patched in before anything else.
_GREEN = frozenset({"up", "worker"})


def go_green() -> None:
    """Let eventlet patch this process, and what its processes raise when their time is over be caught by its usual name."""
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
    with warnings.catch_warnings():
        # That eventlet is in bugfix mode is known: docs/decisions has the way out.
        warnings.simplefilter("ignore")
        import eventlet  # noqa: PLC0415 - only where it is wanted
        import eventlet.patcher  # noqa: PLC0415

    eventlet.monkey_patch()
    # Its Popen stands on a copy of the module, and raises that copy's own TimeoutExpired.
    subprocess.TimeoutExpired = eventlet.patcher.original("subprocess").TimeoutExpired  # type: ignore[misc]


def main() -> None:
    """Run the command line."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if words and words[0] in _GREEN and not {"--help", "-h"} & {*sys.argv}:
        go_green()
    from chassis.commands import jiesu  # noqa: PLC0415 - after the patch

    jiesu.main(prog_name="jiesu")
