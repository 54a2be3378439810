"""What the pages of all services ask for: each file lies where it is served from, each box to search in has a word."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import pytest
from flask import Blueprint

from chassis import catalogue, reactions
from chassis.receivers import MECHANISMS

if TYPE_CHECKING:
    from marshmallow import Schema

FILE = re.compile(r"url_for\('(\w+)\.static', filename='([^']+)'\)")


def doors(name: str) -> dict[str, Blueprint]:
    """Return the sets of pages of a service, by name."""
    package = import_module(f"services.{name}")
    modules = [
        one.name for one in walk_packages(package.__path__, f"{package.__name__}.") if "migrations" not in one.name
    ]
    found = [one for module in modules for one in vars(import_module(module)).values() if isinstance(one, Blueprint)]
    return {one.name: one for one in found}


@pytest.mark.parametrize("name", catalogue.names())
def test_every_file_that_a_page_asks_for_lies_where_it_is_served_from(name: str) -> None:
    pages = (catalogue.spec(name).folder / "templates").rglob("*.html")
    asked = {one for page in pages for one in FILE.findall(page.read_text(encoding="utf-8")) if one[0] != "chassis"}

    served = doors(name)
    assert [one for one in asked if not (Path(str(served[one[0]].static_folder)) / one[1]).is_file()] == []


@pytest.mark.parametrize("name", catalogue.names())
def test_every_box_to_search_in_has_a_chinese_word(name: str) -> None:
    words, filters = catalogue.spec(name).terms, catalogue.service(name).filters

    assert [one.name for one in filters if not words.knows("fields", one.name)] == []


@pytest.mark.parametrize("name", MECHANISMS)
@pytest.mark.parametrize("fact", [reactions.Urged, reactions.Supervised, reactions.ProgressCalled])
def test_what_a_case_is_told_while_it_waits_is_shown_in_chinese(name: str, fact: type[Schema]) -> None:
    words = catalogue.spec(name).terms
    clocks, stands = (
        ("finish", "sign_in", "first_contact", "required"),
        ("waits", "presses", "solved_meanwhile", "not_reached"),
    )

    assert [field for field in fact().fields if not words.knows("fields", field)] == []
    assert [value for value in (*clocks, *stands) if not words.knows("values", value)] == []
