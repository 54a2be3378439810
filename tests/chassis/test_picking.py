"""Which of several rows a step is about: what is offered, who is asked, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from marshmallow import fields

from chassis.pages import case_context
from chassis.picking import Offer, offered, one_is_meant, pick, unasked
from chassis.schemas import FormSchema
from chassis.workflow import Refusal
from tests.chassis.made_up_pages import CASE, terms

if TYPE_CHECKING:
    from chassis.workflow import CaseView


class Row:
    """A case that keeps so many rows."""

    def __init__(self, *whats: str) -> None:
        self.details = {"rows": whats}


def rows(case: CaseView) -> list[Offer]:
    return [
        Offer(str(place), f"第{place}项 {what}", f"{place}: {what}", (what,))
        for place, what in enumerate(case.details["rows"], 1)
    ]


class Answer(FormSchema):
    """An answer to one of them."""

    which = pick(rows)
    answer = fields.String(required=True)


GUARD = one_is_meant("which", rows, none=Refusal("没有", "none waits", moot=True), zh="哪一项", en="which")


def refused(case: Any, which: str) -> str:
    found = GUARD(case, {"which": which}, None)  # type: ignore[arg-type]
    return found.zh if found else ""


def test_where_one_waits_nobody_says_which() -> None:
    assert refused(Row("供水"), "") == ""


@pytest.mark.parametrize("which", ["2", "供电"])
def test_a_row_is_meant_by_its_number_or_by_a_name_that_is_its_alone(which: str) -> None:
    assert refused(Row("供水", "供电"), which) == ""


@pytest.mark.parametrize(
    ("whats", "which"), [(("供水", "供电"), ""), (("供水", "供水"), "供水"), (("供水", "供电"), "3")]
)
def test_what_leaves_it_open_is_refused_with_all_that_may_be_meant(whats: tuple[str, ...], which: str) -> None:
    assert refused(Row(*whats), which) == f"请选择是哪一项：第1项 {whats[0]}；第2项 {whats[1]}"


def test_where_nothing_waits_the_step_is_moot() -> None:
    found = GUARD(Row(), {}, None)  # type: ignore[arg-type]

    assert found is not None
    assert found.moot


def page(*whats: str) -> tuple[Any, ...]:
    """Return the fields that the page shows for an answer."""
    action = {"trigger": "answered", "target": "", "offers": offered(Answer, Row(*whats))}  # type: ignore[arg-type]
    shown = case_context({**CASE, "actions": [action]}, {"answered": Answer}, terms=terms(), lang="zh")
    fields_shown: tuple[Any, ...] = shown["actions"][0]["fields"]
    return fields_shown


def test_the_page_asks_which_where_several_wait_and_must_have_it() -> None:
    which, _answer = page("供水", "供电")

    assert (which.kind, which.required) == ("select", True)
    assert which.choices == (("1", "第1项 供水"), ("2", "第2项 供电"))


def test_the_page_asks_nobody_where_one_waits() -> None:
    assert [one.name for one in page("供水")] == ["answer"]


class Grant(FormSchema):
    """What is granted; from when, where it lasts."""

    amount = fields.String(required=True)
    since = fields.String(load_default="", metadata={"asked": lambda case: "lasting" in case.details["rows"]})


@pytest.mark.parametrize(("what", "asked"), [("lasting", ["amount", "since"]), ("once", ["amount"])])
def test_a_field_is_asked_for_where_its_rule_says_so(what: str, asked: list[str]) -> None:
    action = {"trigger": "granted", "target": "", "unasked": unasked(Grant, Row(what))}  # type: ignore[arg-type]

    shown = case_context({**CASE, "actions": [action]}, {"granted": Grant}, terms=terms(), lang="zh")

    assert [one.name for one in shown["actions"][0]["fields"]] == asked
