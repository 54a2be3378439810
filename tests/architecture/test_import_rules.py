"""The import contracts of pyproject.toml hold here, and refuse what they are for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "pyproject.toml"

CHASSIS = "The chassis imports no service"
SERVICES = "No service imports another: the bus is the only coupling"
PURE = "Rules, workflows and facts do no input or output"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a tree that keeps every contract, with all the modules that the contracts name."""
    contracts = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    named = {
        module
        for contract in contracts
        for key in ("source_modules", "forbidden_modules")
        for module in contract.get(key, ())
        if module.startswith("chassis.")
    }
    rooms = {
        f"services.{name}.{room}"
        for name in ("parking", "cycling")
        for room in ("facts", "rules", "workflow", "service")
    }
    excepted: dict[str, list[str]] = {}
    for contract in contracts:
        for importer, _, imported in (line.partition(" -> ") for line in contract.get("ignore_imports", ())):
            excepted.setdefault(importer, []).append(f"import {imported}")
            if imported.startswith("chassis."):
                excepted.setdefault(imported, [])
    for module in {*named, *rooms, *excepted}:
        _write(tmp_path, module, "\n".join(excepted.get(module, [])))
    # A package here, not a namespace, so that the repository's own services stay out of sight.
    for package in ("chassis", "services", "services/parking", "services/cycling"):
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def test_the_repository_keeps_its_import_contracts() -> None:
    assert _broken(ROOT) == []


def test_a_tree_that_keeps_the_contracts_is_left_in_peace(tree: Path) -> None:
    _write(tree, "services.parking.service", "import sqlalchemy\nfrom services.parking import rules\n")
    _write(tree, "services.parking.rules", "from decimal import Decimal\nfrom chassis.workflow import Refusal\n")

    assert _broken(tree) == []


@pytest.mark.parametrize(
    ("module", "code", "contract"),
    [
        ("chassis.work", "from services.parking import rules", CHASSIS),
        ("services.parking.service", "import services.cycling.facts", SERVICES),
        ("services.parking.rules", "from services.cycling.rules import pay_by", SERVICES),
        ("services.parking.rules", "import sqlalchemy.orm", PURE),
        ("services.parking.workflow", "import flask", PURE),
        ("services.parking.facts", "import kombu", PURE),
        ("services.parking.rules", "from nameko.extensions import DependencyProvider", PURE),
        ("services.parking.rules", "import os", PURE),
        ("services.parking.rules", "import time", PURE),
        ("services.parking.rules", "import random", PURE),
        ("services.parking.rules", "from chassis.database import Database", PURE),
        ("chassis.workflow", "import sqlalchemy", PURE),
        ("chassis.clocks", "import socket", PURE),
        ("chassis.workcalendar", "import requests", PURE),
    ],
)
def test_an_import_over_a_border_is_refused(tree: Path, module: str, code: str, contract: str) -> None:
    _write(tree, module, code)

    assert _broken(tree) == [contract]


def test_a_pure_room_may_not_reach_a_door_by_a_detour(tree: Path) -> None:
    _write(tree, "services.parking.rules", "from services.parking import schemas")
    _write(tree, "services.parking.schemas", "import flask")

    assert _broken(tree) == [PURE]


def _write(tree: Path, module: str, code: str) -> None:
    path = tree / (module.replace(".", "/") + ".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'"""A room."""\n{code}\n', encoding="utf-8")


def _broken(tree: Path) -> list[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--config", SETTINGS, "--no-logo", "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, flags=re.MULTILINE)
    assert {CHASSIS, SERVICES, PURE} <= {name for name, _ in verdicts}, done.stdout + done.stderr
    return [name for name, verdict in verdicts if verdict == "BROKEN"]
