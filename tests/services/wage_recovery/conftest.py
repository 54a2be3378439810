"""Wage recovery's own key, where its worker looks for it: workers are known again by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chassis import keys

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> keys.KeyFolder:
    """Give the keys of wage recovery."""
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.delenv("JIESU_KEYS_DIR", raising=False)
    for name in ("JIESU_DATABASE_URL", "JIESU_WAGE_RECOVERY_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return keys.generate(tmp_path / "keys", ["wage_recovery"])
