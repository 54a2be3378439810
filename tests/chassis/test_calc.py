"""Computations without a case, by command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from marshmallow import fields, validate

from chassis import calc, catalogue
from chassis.calc import CalcError, Computation, Line, Reckoning
from chassis.calc_command import calc as command
from chassis.clocks import ClockError
from chassis.legal import LegalError
from chassis.problems import ProblemError
from chassis.schemas import FormSchema
from chassis.workcalendar import CalendarError
from tests.chassis.made_up.service import MadeUpService

if TYPE_CHECKING:
    from collections.abc import Mapping


class Halves(FormSchema):
    whole = fields.Decimal(required=True, validate=validate.Range(min=0), metadata={"example": "3.00"})


def halve(form: Mapping[str, Any]) -> Reckoning:
    """Halve a number that is not thirteen."""
    if form["whole"] == 13:
        raise CalcError("十三不能对半", "thirteen has no halves", "/whole")
    half = form["whole"] / 2
    return Reckoning(
        {"half": half}, [Line(f"{form['whole']} ÷ 2 = {half}", f"{form['whole']} / 2 = {half}", "算术-1")], ["除数"]
    )


HALF = Computation("half", Halves, halve, "对半", "Half")


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the made-up service, with one computation."""
    monkeypatch.setattr(MadeUpService, "computations", (HALF,))
    monkeypatch.setattr(catalogue, "service", lambda _name: MadeUpService)
    monkeypatch.setattr(catalogue, "names", lambda: ["made_up"])


def test_a_result_comes_with_every_line_that_led_to_it() -> None:
    assert calc.reckon(HALF, {"whole": "3"}) == {
        "half": "1.5",
        "explanation": [{"zh": "3 ÷ 2 = 1.5", "en": "3 / 2 = 1.5", "basis": "算术-1"}],
        "not_verified": ["除数"],
    }


@pytest.mark.parametrize("name", ["late-half", "late_half"])
def test_a_name_is_found_however_its_words_are_joined(name: str) -> None:
    late = Computation(name, Halves, halve, "迟到的对半", "Late half")

    assert calc.find((HALF, late), "late_half") is calc.find((HALF, late), "late-half") is late
    with pytest.raises(ProblemError, match=f"half、{name}"):
        calc.find((HALF, late), "late")


@pytest.mark.parametrize(
    "error",
    [
        ClockError("期间超出范围", "out of range"),
        LegalError("没有有效行", "no row"),
        CalendarError("年份超出范围", "the year is out of range"),
        OverflowError("date value out of range"),
    ],
)
def test_a_day_that_no_time_can_be_counted_from_is_answered_and_is_no_fault_of_ours(error: Exception) -> None:
    def beyond(_form: Mapping[str, Any]) -> Reckoning:
        raise error

    with pytest.raises(ProblemError) as problem:
        calc.reckon(Computation("beyond", Halves, beyond, "无", "None"), {"whole": "3"})

    assert problem.value.status == 422
    assert "范围" in problem.value.zh or problem.value.zh == "没有有效行"


def test_what_is_wrong_is_said_field_by_field() -> None:
    for given, pointer in (
        ({}, "/whole"),
        ({"whole": "x"}, "/whole"),
        ({"whole": 13}, "/whole"),
        ({"whole": 1, "b": 1}, "/b"),
    ):
        with pytest.raises(ProblemError) as caught:
            calc.reckon(HALF, given)
        assert [error["pointer"] for error in caught.value.errors] == [pointer]


def test_the_command_computes_what_stands_on_the_standard_input() -> None:
    done = CliRunner().invoke(command, ["made_up", "half", "--json"], input='{"whole": "5"}')

    assert done.exit_code == 0
    assert json.loads(done.output)["half"] == "2.5"
    spoken = CliRunner().invoke(command, ["made_up", "half"], input='{"whole": "5"}')
    assert spoken.output == "5 ÷ 2 = 2.5（算术-1）\n未核实 / not verified：除数\n"


@pytest.mark.parametrize("given", ["", "[1]", "{", '{"whole": -1}', '{"whole": 13}'])
def test_the_command_leaves_with_what_is_wrong(given: str) -> None:
    done = CliRunner().invoke(command, ["made_up", "half", "--json"], input=given)

    assert done.exit_code == 2
    assert json.loads(done.output)["type"].startswith("urn:jiesu:problem:")


def test_the_list_has_schemas_and_examples_that_compute() -> None:
    [one] = json.loads(CliRunner().invoke(command, ["--list", "--json"]).output)

    assert (one["service"], one["name"]) == ("made_up", "half")
    assert one["schema"]["required"] == ["whole"]
    assert calc.reckon(HALF, one["example"])["half"] == "1.50"
    example = CliRunner().invoke(command, ["made_up", "half", "--example"])
    assert json.loads(example.output) == one["example"]


def test_an_unknown_service_is_said_to_be_unknown_also_without_a_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise catalogue.UnknownServiceError(name)

    monkeypatch.setattr(catalogue, "service", unknown)

    done = CliRunner().invoke(command, ["nowhere"])

    assert done.exit_code == 2
    assert "nowhere" in done.output
    assert "--list" not in done.output.splitlines()[-1]


def test_an_unknown_computation_names_those_there_are() -> None:
    done = CliRunner().invoke(command, ["made_up", "third"], input="{}")

    assert done.exit_code == 2
    assert "half" in done.output + (done.stderr or "")
