"""Every row of the seed is in docs/traceability.md, and what it names exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "traceability.md"
STATES = ("yes", "in part", "not yet")
_PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*(?:::\w+)?)`")


def rows(text: str) -> dict[int, list[str]]:
    """Read the table's rows by their number."""
    cells = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines() if re.match(r"\| \d", line)
    ]
    return {int(row[0]): row for row in cells}


def missing(place: str, root: Path) -> str:
    """Say what does not exist of a path, or of a path and a test in it."""
    path, _, test = place.partition("::")
    if not (root / path).exists():
        return f"{path} does not exist"
    if test and f"def {test}(" not in (root / path).read_text(encoding="utf-8"):
        return f"{path} has no {test}"
    return ""


ROWS = rows(PAGE.read_text(encoding="utf-8"))


def test_all_sixty_rows_are_there() -> None:
    assert sorted(ROWS) == list(range(1, 61))


@pytest.mark.parametrize("number", ROWS)
def test_a_row_says_where_it_lives_and_what_shows_it_or_not_yet(number: int) -> None:
    _, what, where, shown, state = ROWS[number]
    places = _PATH.findall(where + shown)

    assert what
    assert state.partition(":")[0] in STATES
    assert [said for place in places if (said := missing(place, ROOT))] == []
    if state == "yes":
        assert _PATH.search(where)
        assert _PATH.search(shown)
    if state.startswith("in part"):
        assert _PATH.search(where)
        assert state.partition(":")[2].strip(), "it must say what is missing"


def test_the_count_at_the_end_is_right() -> None:
    counted = Counter(row[4].partition(":")[0] for row in ROWS.values())

    said = f"Of sixty: {counted['yes']} yes, {counted['in part']} in part, {counted['not yet']} not yet."
    assert said in PAGE.read_text(encoding="utf-8")


def test_a_path_or_a_test_that_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_one() -> None: ...\n", encoding="utf-8")

    assert missing("test_it.py::test_one", tmp_path) == ""
    assert missing("test_it.py::test_two", tmp_path) == "test_it.py has no test_two"
    assert missing("docs/nowhere.md", tmp_path) == "docs/nowhere.md does not exist"
