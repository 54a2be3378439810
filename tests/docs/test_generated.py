"""The generated papers are current, and hold what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest
from openapi_spec_validator import validate

from chassis import catalogue
from chassis.settings import TABLE
from docs.generate import apis, papers

COMMITTED = Path(__file__).parents[2] / "docs" / "generated"


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return dict(papers())


def test_the_generated_papers_are_those_that_make_docs_would_write(written: dict[str, str]) -> None:
    files = [path for path in COMMITTED.rglob("*") if path.is_file()]
    kept = {path.relative_to(COMMITTED).as_posix(): path.read_text(encoding="utf-8") for path in files}

    changed = sorted(name for name in {*written, *kept} if written.get(name) != kept.get(name))
    assert changed == [], "run `make docs` and commit what it writes"


def test_each_service_has_its_api_and_each_procedure_its_diagram(written: dict[str, str]) -> None:
    described = dict(apis())
    for name in catalogue.names():
        api = described[name]
        assert api["openapi"].startswith("3.1")
        validate(api)
        if catalogue.has_cases(name):
            assert "stateDiagram-v2" in written[f"states/{name}.md"]


def test_every_setting_and_every_command_is_described(written: dict[str, str]) -> None:
    assert all(f"`{setting.name}`" in written["settings.md"] for setting in TABLE)
    for command in ("up", "worker", "import", "parked replay", "deadline", "simulate", "contracts check"):
        assert f"## jiesu {command}\n" in written["commands.md"]
