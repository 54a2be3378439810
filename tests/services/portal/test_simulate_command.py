"""`jiesu simulate` from outside: what it says where there is nothing to play on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from services.portal.simulate_command import simulate

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_platform_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.setenv("JIESU_TOKEN", "a.b.c")

    said = CliRunner().invoke(simulate, ["--force", "--url", "http://127.0.0.1:1"])

    assert said.exit_code == 1
    assert "http://127.0.0.1:1 does not answer" in said.stderr
