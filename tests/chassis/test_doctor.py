"""`jiesu doctor`, of which whoever keeps the machines reads what is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from chassis import catalogue
from chassis.commands import jiesu
from chassis.keys import generate, hand_out
from services.relief import rules

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.delenv("JIESU_KEYS_DIR", raising=False)
    generate(tmp_path / "keys", catalogue.names())
    return tmp_path / "keys"


def said_of_keys(*services: str) -> list[str]:
    lines = CliRunner().invoke(jiesu, ["doctor", *services]).stdout.splitlines()
    return [line for line in lines if "  keys: " in line]


def test_a_folder_with_every_key_is_in_order(keys: Path) -> None:
    assert said_of_keys() == [f"ok    keys: {keys}"]


@pytest.mark.parametrize(
    "lost",
    [
        ("private/relief.jwk", "private/relief.records.jwk", "public/relief.jwk"),
        ("private/mediation.records.jwk",),
        ("private/lookup.jwk",),
        ("private/tokens.jwk", "public/tokens.jwk"),
    ],
)
def test_each_key_that_is_missing_is_named(keys: Path, lost: tuple[str, ...]) -> None:
    for file in lost:
        (keys / file).unlink()

    told = said_of_keys()

    assert len(told) == len(lost)
    assert [
        file for file in lost if not any(f"{keys / file} " in line and line.startswith("FAIL") for line in told)
    ] == []


def test_of_a_share_only_what_its_service_needs_is_asked(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_out(keys, "mediation", tmp_path / "share")
    monkeypatch.setenv("JIESU_KEYS_DIR", str(tmp_path / "share"))
    monkeypatch.setenv("JIESU_AMQP_URL", "amqp://guest:guest@127.0.0.1:1//")

    assert said_of_keys("mediation") == [f"ok    keys: {tmp_path / 'share'}"]
    assert len(said_of_keys("relief")) == 2


def test_what_a_service_can_do_without_is_a_warning_and_no_fault(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del keys
    said = {name: value for name, value in rules.settings().items() if name != "limits"}
    monkeypatch.setattr(rules, "settings", lambda: said)
    CliRunner().invoke(jiesu, ["migrate", "relief"])

    found = CliRunner().invoke(jiesu, ["doctor", "relief"])
    as_json = json.loads(CliRunner().invoke(jiesu, ["doctor", "relief", "--json"]).stdout)

    told = found.stdout.splitlines()
    assert [line for line in told if line.startswith("WARN")] == [
        "WARN  relief: standards.toml sets no limit `delegated`: whoever fills in the form sets it",
        "WARN  relief: standards.toml sets no limit `advance`: whoever fills in the form sets it",
    ]
    assert [one for one in told if "[limits]: delegated" in one]
    assert [line for line in told if line.startswith("FAIL") and "PDF" not in line] == []
    assert [one["ok"] for one in as_json["findings"] if "standards.toml" in one["says"]] == [True, True]
