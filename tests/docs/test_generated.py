"""The generated papers are current, and hold what they promise."""

from __future__ import annotations

import json
from pathlib import Path

from openapi_spec_validator import validate

from chassis import catalogue
from chassis.settings import TABLE
from docs.generate import papers, write

COMMITTED = Path(__file__).parents[2] / "docs" / "generated"


def test_the_generated_papers_are_those_that_make_docs_would_write(tmp_path: Path) -> None:
    write(tmp_path)

    made = {path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8") for path in _files(tmp_path)}
    kept = {path.relative_to(COMMITTED).as_posix(): path.read_text(encoding="utf-8") for path in _files(COMMITTED)}

    changed = sorted(name for name in {*made, *kept} if made.get(name) != kept.get(name))
    assert changed == [], "run `make docs` and commit what it writes"


def test_each_service_has_its_api_and_each_procedure_its_diagram() -> None:
    written = dict(papers())

    for name in catalogue.names():
        api = json.loads(written[f"openapi/{name}.json"])
        assert api["openapi"].startswith("3.1")
        validate(api)
        if catalogue.has_cases(name):
            assert "stateDiagram-v2" in written[f"states/{name}.md"]


def test_every_setting_and_every_command_is_described() -> None:
    written = dict(papers())

    assert all(f"`{setting.name}`" in written["settings.md"] for setting in TABLE)
    for command in ("up", "worker", "import", "parked replay", "deadline", "simulate", "contracts check"):
        assert f"## jiesu {command}\n" in written["commands.md"]


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]
