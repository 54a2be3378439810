"""Staff and residents, played in a process of their own: `python -m bench.play URL FOLDER`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from bench.client import spent


class Told:
    """Counts the steps that a play takes."""

    def __init__(self) -> None:
        self.steps = 0


def main(url: str, folder: Path) -> dict[str, Any]:
    """Play until everything has come to its end; return the account."""
    os.environ["JIESU_DATA"] = str(folder)
    from chassis import settings  # noqa: PLC0415 - the folder must be known before
    from services.portal import simulate_command as room  # noqa: PLC0415

    own = settings.load()
    cast = tuple(room.Platform(url, room._token(own, roles, name), roles) for roles, name in room._CAST.items())  # noqa: SLF001
    play = room.Play(cast, 1, folder / "clock-offset")
    counted = Told()
    step = play.round

    def round_() -> int:
        taken = step()
        counted.steps += taken
        return taken

    play.round = round_  # type: ignore[method-assign]
    before = spent()
    counts = room._run(play, 1800, quiet=True)  # noqa: SLF001
    return room.account(counts) | {"steps": counted.steps, "cpu_s": round(spent() - before, 2)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
