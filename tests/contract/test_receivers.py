"""Where a handler may pass a case on to: what routing can dispatch to, and nothing that is typed freely."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis import catalogue, settings
from chassis.examples import example
from chassis.forms import explain_errors, form_fields
from chassis.handling import ReturnRequest, Transfer
from chassis.receivers import IN_ENGLISH, MECHANISMS, UNITS, added
from chassis.terms import Terms, choices_of
from services.routing import rules
from services.routing.judging import lexicon


def test_the_units_that_may_be_suggested_are_those_of_the_dispatch_catalogue() -> None:
    assert {code: zh for code, zh in UNITS.items() if code != "outside"} == dict(rules.units())


def test_the_mechanisms_that_a_case_may_go_to_are_those_of_routing_and_the_shipped_ones_are_recognised() -> None:
    assert tuple(MECHANISMS) == rules.MECHANISMS == lexicon.MECHANISMS


def test_a_street_adds_mechanisms_by_name_and_may_type_the_marks_in_chinese() -> None:
    assert added("street_trees:行道树管护, lamps:路灯维护") == added("street_trees：行道树管护，lamps：路灯维护")
    assert added("street_trees:行道树管护, lamps:路灯维护") == {"street_trees": "行道树管护", "lamps": "路灯维护"}
    assert added("") == {}


@pytest.mark.parametrize(("form", "name"), [(ReturnRequest, "suggested_unit"), (Transfer, "to")])
def test_a_receiver_is_chosen_from_a_list_and_checked(form: type[ReturnRequest | Transfer], name: str) -> None:
    [field] = [field for field in form_fields(form, Terms(), "zh") if field.name == name]
    assert field.kind == "select"
    assert all(label and not label.isascii() for _, label in field.choices)

    with pytest.raises(ValidationError) as refused:
        form().load(example(form()) | {name: "隔壁那个科"})
    [said] = explain_errors(form, refused.value.messages)
    assert said["pointer"] == f"/{name}"


@pytest.mark.parametrize("own", MECHANISMS)
def test_no_mechanism_passes_a_case_on_to_itself(own: str) -> None:
    procedure = catalogue.spec(own).workflow
    assert procedure is not None
    forms = {step.form for step in procedure.steps if step.trigger == "transferred"}

    [form] = [form for form in forms if form is not None]

    assert example(form)["to"] != own
    assert {*choices_of(form().fields["to"])} == {*MECHANISMS} - {own}
    with pytest.raises(ValidationError) as refused:
        form().load(example(form) | {"to": own})
    [said] = explain_errors(form, refused.value.messages)
    assert (said["pointer"], "不能移送给自己" in said["zh"]) == ("/to", True)


OWN = """
[[unit]]
code = "enforcement_squad"
zh = "城市管理综合执法大队"
en = "City management brigade"

[[unit]]
code = "east_station"
zh = "东片联络站"
en = "Eastern station"
"""
ASKED = """
import json
from pathlib import Path
from chassis import catalogue, receivers
from chassis.terms import Terms
from services.routing.dispatch.ruleset import units
spoken = {}
for name in catalogue.names():
    terms = Terms(Path("chassis/terms.toml"), catalogue.spec(name).folder / "terms.toml")
    spoken[name] = [terms.value("enforcement_squad", "zh"), terms.value("enforcement_squad", "en")]
print(json.dumps({
    "spoken": spoken,
    "dispatch": {code: unit.zh for code, unit in units().items()},
    "suggested": receivers.UNITS,
    "letters": receivers.NAMES,
}))
"""


def asked_with(file: Path) -> Any:
    """Ask a process of its own, which reads the setting at its start."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASKED],
        env={**os.environ, "JIESU_UNITS": str(file)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_street_names_its_units_once_and_all_services_dispatch_and_letters_go_by_it(tmp_path: Path) -> None:
    file = tmp_path / "units.toml"
    file.write_text(OWN, encoding="utf-8")

    said = asked_with(file)

    assert {*map(tuple, said["spoken"].values())} == {("城市管理综合执法大队", "City management brigade")}
    for place in ("dispatch", "suggested", "letters"):
        assert said[place]["enforcement_squad"] == "城市管理综合执法大队"
        assert said[place]["east_station"] == "东片联络站"
        assert said[place]["fire_office"] == UNITS["fire_office"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "one [[unit]] for each"),
        ("[[unit]]\ncode = 'fire_office'\nzh = '消防办'", "unit 1: a unit has code, zh and en"),
        ("[[unit]]\ncode = 'Fire'\nzh = '消防办'\nen = 'Fire'", "unit 1: 'Fire'"),
        ("[[unit]]\ncode = 'outside'\nzh = '外面'\nen = 'Out'", "unit 1: 'outside'"),
        ("[[unit", "units.toml: "),
    ],
)
def test_a_file_of_units_that_can_not_be_used_is_refused_before_the_start(
    tmp_path: Path, written: str, said: str
) -> None:
    file = tmp_path / "units.toml"
    file.write_text(written, encoding="utf-8")

    with pytest.raises(settings.SettingError) as refused:
        settings.load({"JIESU_DATA": str(tmp_path), "JIESU_UNITS": str(file)})

    assert "JIESU_UNITS" in str(refused.value)
    assert said in str(refused.value)


def test_no_document_and_no_catalogue_writes_a_unit_s_name_itself() -> None:
    root = Path(__file__).parents[2]
    files = [
        *root.glob("services/*/templates/papers/*.md"),
        *root.glob("*/terms.toml"),
        *root.glob("services/*/terms.toml"),
    ]

    written = {
        (str(file.relative_to(root)), zh)
        for file in files
        for code, zh in UNITS.items()
        # What every street calls so, and people's mediation law too.
        if code not in ("outside", "police_station", "community_committee", "mediation_committee")
        and zh in file.read_text(encoding="utf-8")
    }

    assert written == set()


def test_every_category_and_unit_has_words_in_english() -> None:
    terms = Terms()

    for code in lexicon.shipped().taxonomy:
        assert terms.value(code, "en") != code
        assert terms.value(code, "en").isascii()
    assert {code: terms.value(code, "en") for code in UNITS} == dict(IN_ENGLISH)
    assert all(name.isascii() for name in IN_ENGLISH.values())
