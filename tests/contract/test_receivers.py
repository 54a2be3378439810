"""Where a handler may pass a case on to: what routing can dispatch to, and nothing that is typed freely."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from chassis.examples import example
from chassis.forms import explain_errors, form_fields
from chassis.handling import ReturnRequest, Transfer
from chassis.receivers import MECHANISMS, UNITS, added
from chassis.terms import Terms
from services.routing import rules
from services.routing.judging import triage


def test_the_units_that_may_be_suggested_are_those_of_the_dispatch_catalogue() -> None:
    assert {code: zh for code, zh in UNITS.items() if code != "outside"} == dict(rules.units())


def test_the_mechanisms_that_a_case_may_go_to_are_those_of_routing_and_the_shipped_ones_are_recognised() -> None:
    assert tuple(MECHANISMS) == rules.MECHANISMS == triage.MECHANISMS


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
