"""Which of several platforms on one machine a command means."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chassis.commands import running_here

if TYPE_CHECKING:
    import pytest


def says_it_runs(file: Path, data: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"pid": os.getpid(), "data": data}), encoding="utf-8")


def test_a_command_means_the_platform_of_its_folder_before_the_last_one_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    says_it_runs(tmp_path / "state/jiesu/up.json", "elsewhere")
    before = running_here()
    says_it_runs(tmp_path / "var/up.json", "here")

    assert [found and found["data"] for found in (before, running_here())] == ["elsewhere", "here"]


def test_a_second_platform_starts_in_its_own_folder_while_another_runs(tmp_path: Path) -> None:
    says_it_runs(tmp_path / "state/jiesu/up.json", str(tmp_path / "elsewhere"))
    (tmp_path / "var").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JIESU_")}

    with (tmp_path / "var/up.lock").open("a") as lock:
        # Where it can't go on it says which folder it was about to use.
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [Path(sys.executable).with_name("jiesu"), "up"],
            cwd=tmp_path,
            env={**environment, "XDG_STATE_HOME": str(tmp_path / "state")},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 2
    assert "only one platform can run on" in done.stderr
    assert "elsewhere" not in done.stderr


def test_a_program_that_takes_too_long_is_caught_by_its_usual_name_in_a_green_process() -> None:
    said = (
        "from chassis.command import go_green; go_green(); import subprocess\n"
        "try: subprocess.run(['sleep', '20'], capture_output=True, timeout=0.1)\n"
        "except subprocess.TimeoutExpired: print('caught')\n"
    )

    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, timeout=60, check=False)

    assert (done.stdout, done.returncode) == ("caught\n", 0), done.stderr
