"""The hand-written papers: what they link to is there, and what they tell to type works."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from chassis.commands import jiesu

ROOT = Path(__file__).parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
PAPERS = sorted(
    {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("services/*/README.md"), *ROOT.glob("*/README.md")}
)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_WRITTEN = re.compile(r"jiesu ((?:[a-z][a-z-]+ ?)+)")


def targets(paper: Path) -> list[str]:
    """Return what a paper links to within the repository."""
    return [link for link in _LINK.findall(paper.read_text(encoding="utf-8")) if "://" not in link]


def command(words: list[str]) -> click.Command | None:
    """Return the deepest command that the words begin with."""
    found: click.Command | None = jiesu
    context = click.Context(jiesu)
    for word in words:
        if not isinstance(found, click.Group):
            break
        found = found.get_command(context, word)
    return found


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.relative_to(ROOT).as_posix())
def test_what_a_paper_links_to_is_there(paper: Path) -> None:
    assert [link for link in targets(paper) if not (paper.parent / link).exists()] == []


@pytest.mark.parametrize("readme", READMES, ids=lambda paper: paper.name)
def test_the_two_commands_stand_alone_and_ci_calls_the_same(readme: Path) -> None:
    blocks = [line.strip() for line in readme.read_text(encoding="utf-8").splitlines() if line.startswith("    ")]

    assert "make run" in blocks
    assert "make test" in blocks
    assert re.search(
        r"^\s*(exec )?make test\s*$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), flags=re.MULTILINE
    )


def test_both_readmes_tell_to_type_the_same() -> None:
    typed = []
    for readme in READMES:
        blocks = [line for line in readme.read_text(encoding="utf-8").splitlines() if line.startswith("    ")]
        typed.append(re.findall(r"(?:make|jiesu|pip|export) [\w-]+", "\n".join(blocks)))

    assert typed[0] == typed[1]


@pytest.mark.parametrize(
    "paper", [*READMES, *sorted((ROOT / "docs" / "guides").glob("*.md"))], ids=lambda paper: paper.name
)
def test_every_command_that_is_written_exists(paper: Path) -> None:
    written = _WRITTEN.findall(paper.read_text(encoding="utf-8"))

    assert [words for words in written if command(words.split()) is None] == []


def test_the_handbook_for_staff_calls_things_as_the_pages_do() -> None:
    handbook = (ROOT / "docs" / "guides" / "staff.zh-CN.md").read_text(encoding="utf-8")
    files = [ROOT / "chassis" / "terms.toml", *(ROOT / "services").glob("*/terms.toml")]
    tables = [table for file in files for table in tomllib.loads(file.read_text(encoding="utf-8")).values()]
    on_pages = {word for table in tables for word in table.values()}

    named = set(re.findall("「(.+?)」", handbook))

    assert len(named) > 80
    assert sorted(named - on_pages) == []


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda paper: paper.stem)
def test_a_decision_has_the_house_form_and_one_page(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")

    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert len(text.split()) <= 600
    assert f"({decision.name})" in (decision.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda paper: paper.stem)
def test_the_rooms_that_a_decision_names_are_there(decision: Path) -> None:
    named = re.findall(
        r"`((?:chassis|services|tests|docs|deploy|contracts)/[\w./-]+\.\w+|tests/\w+/)`",
        decision.read_text(encoding="utf-8"),
    )

    assert [path for path in named if not (ROOT / path).exists()] == []


def test_a_link_that_leads_nowhere_and_a_command_that_is_none_are_found(tmp_path: Path) -> None:
    paper = tmp_path / "paper.md"
    paper.write_text("[there](paper.md) [nowhere](no.md#part) [far](https://example.com)", encoding="utf-8")

    assert [link for link in targets(paper) if not (tmp_path / link).exists()] == ["no.md"]
    assert command(["parked", "sing"]) is None
    assert command(["parked", "list"]) is not None
