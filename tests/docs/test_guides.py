"""A guide in Chinese and its English twin say the same, and what integrators copy out of them works."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from docs.generate import apis

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
TWINS = ("department", "ops", "integrator", "notices", "developer", "tenth-mechanism")
BOTH = [f"integrator{language}.md" for language in ("", ".zh-CN")]

_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMENT = re.compile(r"\s+#.*$")
_DOOR = re.compile(r"^(GET|POST) (/\S+)$")
_PLACEHOLDER = re.compile(r"\{\w+\}")


def typed(paper: str) -> set[str]:
    """Return what a paper sets as code: names, commands and the lines of its blocks, without their remarks."""
    fenced = [" ".join(map(_code, body.splitlines())) for _language, body in _FENCED.findall(paper)]
    rest = _FENCED.sub("", paper)
    lines = [_code(line) for line in rest.splitlines() if line.startswith("    ")]
    return {*fenced, *lines, *map(_squeezed, _INLINE.findall(rest))}


def blocks(guide: str) -> list[dict[str, Any]]:
    """Return the JSON blocks of a guide."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    return [json.loads(body) for language, body in _FENCED.findall(text) if language == "json"]


def schema(fact: str) -> dict[str, Any]:
    """Return the schema of a fact, such as `intake/status_reported.v1`, that takes no field it does not know."""
    contract = json.loads((ROOT / "contracts" / f"{fact}.json").read_text(encoding="utf-8"))
    return {**contract["schema"], "additionalProperties": False}


def _code(line: str) -> str:
    return _squeezed(_COMMENT.sub("", line))


def _squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", TWINS)
def test_a_chinese_guide_and_its_english_twin_name_the_same_commands_and_settings(name: str) -> None:
    english, chinese = (GUIDES / f"{name}{language}.md" for language in ("", ".zh-CN"))
    said = [typed(guide.read_text(encoding="utf-8")) for guide in (english, chinese)]

    assert len(said[0]) > 20
    assert sorted(said[0] - said[1]) == [], f"{chinese.name} lacks it"
    assert sorted(said[1] - said[0]) == [], f"{english.name} lacks it"


@pytest.mark.parametrize("name", TWINS)
def test_twins_have_the_same_parts_and_lead_to_each_other(name: str) -> None:
    texts = [(GUIDES / f"{name}{language}.md").read_text(encoding="utf-8") for language in ("", ".zh-CN")]
    parts = [re.findall(r"^#+", text, flags=re.MULTILINE) for text in texts]
    rows = [len(re.findall(r"^\|", text, flags=re.MULTILINE)) for text in texts]

    assert parts[0] == parts[1]
    assert rows[0] == rows[1]
    assert f"]({name}.zh-CN.md)" in texts[0]
    assert f"]({name}.md)" in texts[1]


@pytest.mark.parametrize("guide", BOTH)
def test_the_event_and_the_answer_of_the_integrators_guide_fit_their_contracts(guide: str) -> None:
    event, answer = blocks(guide)

    jsonschema.validate(event["data"], schema("external/appeal_submitted.v1"))
    assert event["type"].endswith(f".{event['source'].strip('/')}.appeal_submitted.v1")
    jsonschema.validate(answer, schema("intake/status_reported.v1"))
    assert (answer["source"], answer["external_number"]) == ("hotline12345", event["data"]["external_number"])


@pytest.mark.parametrize("guide", BOTH)
def test_the_doors_that_the_integrators_guide_names_are_there(guide: str) -> None:
    api = {
        (verb.upper(), _PLACEHOLDER.sub("{}", f"/{name}{path}"))
        for name, described in apis()
        for path, verbs in described["paths"].items()
        for verb in verbs
    }
    written = (
        code.replace("…", "/intake/api/v1/appeals")
        .replace("<service>", "mediation")
        .replace("{trigger}", "case_accepted")
        for code in typed((GUIDES / guide).read_text(encoding="utf-8"))
    )
    named = {match.groups() for code in written if (match := _DOOR.match(_PLACEHOLDER.sub("{}", code)))}

    assert len(named) > 7
    assert sorted(named - api) == []


def test_what_one_twin_names_and_the_other_does_not_is_found() -> None:
    english = "Run `jiesu doctor`.\n\n    JIESU_OPS_PORT=9000   # health\n    jiesu web relief\n"
    chinese = "运行 `jiesu doctor`。\n\n    JIESU_OPS_PORT=9000      # 健康检查\n"

    assert typed(english) - typed(chinese) == {"jiesu web relief"}
    assert typed(chinese) - typed(english) == set()
