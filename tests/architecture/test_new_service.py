"""A service laid out by `make new-service` keeps all rules and works at once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chassis import catalogue, contracts
from chassis.receivers import MECHANISMS
from chassis.terms import Terms
from tests.architecture import house

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def lay_out(name: str, root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "deploy/new_service.py", name, "--root", root],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    (root / "chassis").mkdir()
    done = lay_out("street_lighting", root)
    assert done.returncode == 0, done.stderr
    return root


def test_a_new_service_keeps_the_house_rules(tree: Path) -> None:
    assert house.strangers_in_services(tree, {}) == []
    assert house.impurities(tree) == []
    assert house.misnamed_distributions(tree) == []


@pytest.mark.parametrize("check", [("check",), ("format", "--check")])
def test_a_new_service_is_written_in_the_house_form(tree: Path, check: tuple[str, ...]) -> None:
    done = subprocess.run(
        [BIN / "ruff", *check, "--no-cache", "--config", ROOT / "pyproject.toml", tree],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_the_tests_of_a_new_service_pass(tree: Path) -> None:
    done = subprocess.run(
        [BIN / "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "tests/services/street_lighting"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_a_new_service_calls_what_appeals_are_about_by_their_words(tree: Path) -> None:
    here, there = (
        Terms(root / "services" / name / "terms.toml") for root, name in ((tree, "street_lighting"), (ROOT, "routing"))
    )

    assert here.value("0307", "zh") == there.value("0307", "zh") == "政务与公共服务·道路路灯井盖"
    assert here.value("0503", "zh") == there.value("0503", "zh")


def test_a_new_service_reads_what_all_mechanisms_read_and_tells_what_all_tell(tree: Path) -> None:
    six = [catalogue.spec(name) for name in MECHANISMS]
    read = set.intersection(*({reading.binding for reading in spec.subscriptions} for spec in six))
    told = set.intersection(*({fact.partition(".")[2] for fact in contracts.told(spec.name)} for spec in six))
    own = (tree / "services/street_lighting/service.py").read_text(encoding="utf-8")
    folder = tree / "contracts/street_lighting"

    assert {*re.findall(r'@reads\("([^"]+)"', own)} == read
    assert {*json.loads((folder / "reads.json").read_text(encoding="utf-8"))} == read
    assert {path.stem for path in folder.glob("*.v1.json")} == told


@pytest.mark.parametrize("name", ["StreetLighting", "street-lighting", "", "2lights", "../lights"])
def test_a_name_that_is_none_is_refused_in_words(name: str, tmp_path: Path) -> None:
    done = lay_out(name, tmp_path)

    assert done.returncode == 2
    assert "such as street_lighting" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_is_there_is_left_alone(tree: Path) -> None:
    (tree / "services/street_lighting/rules.py").write_text('"""Arithmetic."""\n', encoding="utf-8")

    done = lay_out("street_lighting", tree)

    assert done.returncode == 2
    assert "services/street_lighting is there already" in done.stderr
