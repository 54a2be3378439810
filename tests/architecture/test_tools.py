"""The shelf linters are set to refuse what this house refuses, and the papers name commands that exist."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests import run

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

TARGETS = {"setup", "run", "test", "check", "bench", "faults", "gallery", "docs", "new-service", "lock", "help"}


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("from unittest import mock", "TID251"),
        ("from unittest.mock import patch", "TID251"),
        ("from nameko.events import event_handler", "TID251"),
        ("from nameko.rpc import rpc", "TID251"),
        ("from . import rules", "TID252"),
        ("def nameless(a, b): ...", "ANN001"),
        ("print('done')", "T201"),
        ("# TODO: later", "TD002"),
        ("began = datetime.datetime.now()", "DTZ005"),
        ("try: ...\nexcept Exception: pass", "S110"),
        ("# x = compute(1)", "ERA001"),
    ],
)
def test_ruff_refuses_what_the_house_refuses(code: str, rule: str) -> None:
    done = subprocess.run(
        [
            BIN / "ruff",
            "check",
            "--no-cache",
            "--config",
            "pyproject.toml",
            "--stdin-filename",
            "services/parking/rules.py",
            "-",
        ],
        cwd=ROOT,
        input=f'"""A room."""\n\nimport datetime\n\n{code}\n',
        capture_output=True,
        text=True,
        check=False,
    )

    assert rule in done.stdout


def test_mypy_is_strict_and_knows_the_types_of_nameko(tmp_path: Path) -> None:
    module = tmp_path / "untyped.py"
    module.write_text(
        "from nameko.runners import ServiceRunner\n"
        "def untyped(value):\n    return value\n"
        "ServiceRunner({}).add_service(3)\n",
        encoding="utf-8",
    )

    done = subprocess.run(
        [BIN / "mypy", "--config-file", "pyproject.toml", "--cache-dir", tmp_path / "cache", module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "[no-untyped-def]" in done.stdout
    assert "[arg-type]" in done.stdout


def test_make_help_names_every_target() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert set(re.findall(r"make ([a-z-]+)", done.stdout)) >= TARGETS


def test_ci_runs_the_test_command_of_the_readme() -> None:
    steps = (ROOT / ".ci/run").read_text(encoding="utf-8").strip().splitlines()

    assert "make test" in steps
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("tests", "code"),
    [
        ("def test_shares(): assert False\n\n@pytest.mark.alone\ndef test_alone(): pass", 1),
        ("def test_shares(): pass\n\n@pytest.mark.alone\ndef test_alone(): assert False", 1),
        ("", 5),
    ],
    ids=["one that shares fails", "one that is alone fails", "nothing is found"],
)
def test_a_run_fails_where_either_part_fails_or_nothing_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tests: str, code: int
) -> None:
    # They ask for no server: none is to be started for them.
    monkeypatch.setenv("JIESU_TEST_AMQP_URL", "amqp://nobody")
    monkeypatch.setenv("JIESU_TEST_DATABASE_URL", "postgresql://nobody")
    file = tmp_path / "test_made_up.py"
    file.write_text(f"import pytest\n\n{tests}\n", encoding="utf-8")

    assert run.main([f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}", str(file)]) == code


def test_the_lock_names_hashes_and_no_index() -> None:
    lock = (ROOT / "requirements/lock.txt").read_text(encoding="utf-8")

    locked = re.findall(r"^[a-z0-9-]+==\S+.*?(?=^[a-z0-9-]+==|\Z)", lock, flags=re.MULTILINE | re.DOTALL)

    assert len(locked) > len(TARGETS)
    assert [entry for entry in locked if "--hash=sha256:" not in entry] == []
    assert "://" not in lock


def test_the_lock_holds_all_that_the_distributions_ask_for() -> None:
    lock = (ROOT / "requirements/lock.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, flags=re.MULTILINE))

    wanted = {
        re.split(r"[^A-Za-z0-9._-]", need, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")
        for path in (ROOT / "chassis/pyproject.toml", *ROOT.glob("services/*/pyproject.toml"))
        for need in tomllib.loads(path.read_text(encoding="utf-8"))["project"]["dependencies"]
    }

    assert {need for need in wanted if not need.startswith("jiesujiban-")} <= locked


@pytest.mark.parametrize(
    "distribution", ["chassis", *(f"services/{path.parent.name}" for path in ROOT.glob("services/*/pyproject.toml"))]
)
def test_a_wheel_holds_everything_that_lies_in_its_folder(distribution: str, tmp_path: Path) -> None:
    subprocess.run(
        [BIN / "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=ROOT / distribution,
        capture_output=True,
        check=True,
    )
    [wheel] = tmp_path.glob("*.whl")

    with zipfile.ZipFile(wheel) as opened:
        packed = {name for name in opened.namelist() if ".dist-info/" not in name}

    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", distribution],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    there = {name for name in listed if (ROOT / name).exists()}
    assert packed == there - {f"{distribution}/pyproject.toml"}
