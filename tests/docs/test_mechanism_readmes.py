"""The Chinese part of each mechanism's README names what the service has: steps, clocks, documents, computations."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chassis import catalogue
from chassis.clocks import Roll, Unit
from chassis.figures import declared
from chassis.papers import shipped
from chassis.terms import Terms

if TYPE_CHECKING:
    from chassis.clocks import ClockRule

ROOT = Path(__file__).parents[2]
MECHANISMS = ("mediation", "enforcement", "hotline", "wage_recovery", "relief", "property")
PARTS = ["办什么", "从哪里来", "主要步骤和时限", "文书", "计算", "统计", "怎样单独运行", "怎样改模板和标准"]
UNITS = {
    Unit.WORKDAY: "个工作日",
    Unit.DAY: "日",
    Unit.MONTH: "个月",
    Unit.YEAR: "年",
    Unit.HOUR: "小时",
    Unit.MINUTE: "分钟",
}


def chinese_parts(text: str) -> dict[str, str]:
    """Return the parts for the department by their headings, in their order."""
    found = re.search(r"^## 给部门看\n(.*?)^## ", text, flags=re.MULTILINE | re.DOTALL)
    assert found, "there is no part for the department"
    _before, *pieces = re.split(r"^### (.+)$", found[1], flags=re.MULTILINE)
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def rows(part: str) -> list[tuple[str, ...]]:
    """Return the rows of a part's table, without its head."""
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


def terms_of(name: str) -> Terms:
    """Return the words on the pages of a service."""
    return Terms(ROOT / "chassis" / "terms.toml", ROOT / "services" / name / "terms.toml")


def said(rule: ClockRule, terms: Terms) -> tuple[str, str, str]:
    """Say a clock as a row of the README does: its word, its length, its basis."""
    act, _hyphen, article = rule.basis.partition("-")
    basis = f"{act}第{article}条" if article.isdigit() else rule.basis
    length = f"{rule.limit} {UNITS[rule.unit]}" + ("，遇休息日顺延" if rule.roll is Roll.NEXT else "")
    return (
        rule.zh if rule.case_kind else terms.clock(rule.name, "zh"),
        length,
        basis + ("" if rule.verified else "（未核实）"),
    )


@pytest.fixture(params=MECHANISMS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def parts(name: str) -> dict[str, str]:
    return chinese_parts((ROOT / "services" / name / "README.md").read_text(encoding="utf-8"))


def test_its_department_finds_the_same_parts_in_each(parts: dict[str, str]) -> None:
    assert [*parts] == PARTS


def test_what_stands_in_corner_brackets_stands_on_its_pages(name: str, parts: dict[str, str]) -> None:
    files = [ROOT / "chassis" / "terms.toml", ROOT / "services" / name / "terms.toml"]
    tables = [table for file in files for table in tomllib.loads(file.read_text(encoding="utf-8")).values()]
    on_pages = {word for table in tables for word in table.values()}

    named = set(re.findall("「(.+?)」", "".join(parts.values())))

    assert len(named) > 8
    assert sorted(named - on_pages) == []


def test_its_clocks_are_those_of_the_law_file(name: str, parts: dict[str, str]) -> None:
    counted = {said(rule, terms_of(name)) for rule in catalogue.spec(name).legal.clocks}

    written = rows(parts["主要步骤和时限"])

    assert len(written) > 5
    assert [row for row in written if row not in counted] == []


def test_it_lists_each_document_that_it_writes_and_no_other(name: str, parts: dict[str, str]) -> None:
    lines = re.findall(r"^- .+?：(.+)$", re.sub(r"、\n\s+", "、", parts["文书"]), flags=re.MULTILINE)

    listed = [title for line in lines for title in line.split("、")]

    assert sorted(listed) == sorted(template.title for template in shipped(ROOT / "services" / name).values())


def test_it_lists_each_computation(name: str, parts: dict[str, str]) -> None:
    listed = [row[0].strip("`") for row in rows(parts["计算"])]

    assert sorted(listed) == sorted(one.name for one in catalogue.spec(name).computations)


def test_it_lists_all_that_it_counts_in_chinese_for_the_department_and_in_english_for_ops(
    name: str, parts: dict[str, str]
) -> None:
    readme = (ROOT / "services" / name / "README.md").read_text(encoding="utf-8")
    _before, english = readme.split("## What it counts (`figures.toml`, `figures.py`)")
    terms, counted = terms_of(name), [*declared(ROOT / "services" / name).values()]

    words = [(one.zh, "、".join(terms.value(of, "zh") for of in one.values) or "—") for one in counted]
    metrics = [
        ("_".join(filter(None, ("jiesu", name, one.name, one.unit))) + (f"{{{one.by}}}" if one.by else ""), one.en)
        for one in counted
    ]

    assert len(counted) > 8
    assert [row[:2] for row in rows(parts["统计"])] == words
    assert [(metric.strip("`"), said) for metric, said in rows(english)] == metrics
    assert not re.search("[A-Za-z]", "".join(zh + of for zh, of in words))


def test_it_says_how_to_run_the_service_alone_and_where_its_templates_lie(name: str, parts: dict[str, str]) -> None:
    assert f"    pip install ./chassis ./services/{name}\n" in parts["怎样单独运行"]
    for command in ("migrate", "worker", "web"):
        assert f"    jiesu {command} {name} " in parts["怎样单独运行"]
    assert f"JIESU_{name.upper()}_DATABASE_URL" in parts["怎样单独运行"]
    assert f"`JIESU_DATA/papers/{name}/`" in parts["怎样改模板和标准"]
    data = {file.name for file in (ROOT / "services" / name / "data").glob("*.toml")}
    assert data <= set(re.findall(r"`data/([\w.]+)`", parts["怎样改模板和标准"]))


def test_a_readme_without_a_part_for_the_department_is_found() -> None:
    with pytest.raises(AssertionError, match="no part"):
        chinese_parts("# relief\n\nHandles appeals.\n\n## Clocks\n")
