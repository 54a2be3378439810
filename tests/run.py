"""Runs the tests: those that can share the machine in as many processes as it has cores, then one by one those that need all of it.

`python -m tests.run [arguments of pytest]` returns pytest's worst exit code; that nothing was found, only if neither found any.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Files stay whole, so that what a file starts is started once; in their order, so that those that wait longest begin first.
_SHARING: Final = ("-m", "not alone", "-n", "logical", "--dist", "loadfile", "--no-loadscope-reorder")
_ALONE: Final = ("-m", "alone")


def main(arguments: Sequence[str]) -> int:
    """Run both parts, the second one also where the first has failed."""
    ended = []
    for part in (_SHARING, _ALONE):
        ended.append(subprocess.run([sys.executable, "-m", "pytest", *part, *arguments], check=False).returncode)
        if ended[-1] == pytest.ExitCode.INTERRUPTED:
            break
    return max(
        (code for code in ended if code != pytest.ExitCode.NO_TESTS_COLLECTED),
        default=pytest.ExitCode.NO_TESTS_COLLECTED,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
