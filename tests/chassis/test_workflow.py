"""A procedure is a table: contradictions are refused when it is made, illegal steps when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from chassis.workflow import (
    EVERY,
    IllegalStepError,
    Moment,
    NotPermittedError,
    RefusedError,
    Role,
    Step,
    Workflow,
    WorkflowError,
    person,
)
from tests.chassis.made_up.service import THING, ThingPainted


class Officer(Schema):
    name = fields.String()


class Report(Schema):
    officers = fields.List(fields.Nested(Officer))
    seen_by = fields.String()


NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HANDLER = Moment(now=NOW, actor="p1", role=Role.HANDLER)


@dataclass
class Case:
    state: str = "open"
    id: str = "C1"
    subject: str = "A"
    unit: str = ""
    opened_at: datetime = NOW
    details: dict[str, Any] = field(default_factory=dict)


def test_a_step_decides_the_state_the_values_and_the_facts_and_changes_nothing() -> None:
    case = Case(details={"painted": [{"colour": "red"}]})

    decision = THING.decide(case, "painted", {"colour": "blue"}, moment=HANDLER)

    assert (decision.source, decision.target) == ("open", "open")
    assert decision.changes == {"colour": "blue", "colour_now": "blue"}
    assert decision.kept == {"painted": [{"colour": "red"}, {"colour": "blue"}]}
    assert decision.facts == (ThingPainted(colour="blue", by="p1", at=NOW),)
    assert case == Case(details={"painted": [{"colour": "red"}]})


def test_an_illegal_step_names_the_ones_there_are() -> None:
    with pytest.raises(IllegalStepError, match="no step 'painted' from state 'closed'; allowed: none") as error:
        THING.decide(Case("closed"), "painted", moment=HANDLER)

    assert error.value.allowed == ()


def test_a_step_is_for_those_whom_the_table_names() -> None:
    with pytest.raises(NotPermittedError, match="step 'ran_out' is for clock"):
        THING.decide(Case(), "ran_out", moment=HANDLER)


def test_a_guard_refuses_with_its_reasons() -> None:
    with pytest.raises(RefusedError, match="it is red already"):
        THING.decide(Case(details={"colour_now": "red"}), "painted", {"colour": "red"}, moment=HANDLER)


def test_a_clock_takes_the_step_that_waits_for_it() -> None:
    step = THING.expiring("open", "patience")

    assert step is not None
    assert step.trigger == "ran_out"
    assert THING.expiring("open", "another") is None
    assert THING.expiring("closed", "patience") is None


@given(triggers=st.lists(st.sampled_from(["painted", "closed", "ran_out", "heard", "unheard_of"]), max_size=20))
def test_no_sequence_of_triggers_leaves_the_table(triggers: list[str]) -> None:
    case = Case()
    for trigger in triggers:
        for role in Role:
            try:
                decision = THING.decide(case, trigger, {"colour": "blue"}, moment=Moment(now=NOW, actor="x", role=role))
            except WorkflowError:
                continue
            case.state = decision.target
        assert case.state in THING.states


def test_every_state_is_reachable_and_ends_are_known() -> None:
    assert THING.reachable() == {*THING.states} == {"open", "closed", "late"}
    assert THING.ends == {"closed", "late"}
    assert THING.stages == {"open": "handle", "closed": "feedback", "late": "handle"}


@pytest.mark.parametrize(
    ("steps", "more", "what"),
    [
        (
            [Step("a", "t", "b", who=Role.DESK), Step("a", "t", "c", who=Role.DESK)],
            {},
            "two steps 't' from 'a'",
        ),
        (
            [Step("a", "t", "b", who=Role.DESK, form=Report), Step("b", "t", "c", who=Role.DESK, form=Schema)],
            {},
            "'t' has several forms",
        ),
        ([Step("a", "t", "b", who=Role.DESK), Step("x", "t", "y", who=Role.DESK)], {}, "no way leads to x, y"),
        ([Step("a", "t", "b", who=Role.DESK, expires="clock")], {}, "`who` must be Role.CLOCK"),
        (
            [Step("a", "t", "b", who=Role.DESK, apart=("x",))],
            {},
            "kept apart from steps, or fields of forms, that are none: x",
        ),
        ([Step("a", "t", "b", who=Role.DESK, apart=("t.name",))], {}, "that are none: t.name"),
        ([Step("a", "t", "b", who=Role.DESK, form=Report, apart=("t.officers",))], {}, "that are none: t.officers"),
        (
            [Step("a", "t", "b", who=Role.DESK, starts=("kept",))],
            {"outlive": ["kept", "lost"]},
            "no step starts what is to outlive the end: lost$",
        ),
        (
            [Step("a", "t", "b", who=Role.DESK, starts=("kept",), of=(("kept", "number"), ("lost", "number")))],
            {},
            "no step starts the clock of which is said what it is about: lost$",
        ),
        (
            [Step("a", "t", "b", who=Role.DESK, starts=("kept",), of=(("kept", EVERY),))],
            {},
            "a step that starts a clock says which one: kept$",
        ),
        (
            [Step("a", "t", "b", who=Role.DESK, form=Report, starts=("kept",), since=(("kept", "officers"),))],
            {},
            "counts from one day or moment, and these fields hold none: officers$",
        ),
        ([Step("a", "t", "b", who=Role.DESK)], {"ends": ["z"]}, "unknown states or stages: z"),
        ([Step("a", "t", "b", who=Role.DESK)], {"stages": {"a": "nowhere"}}, "unknown states or stages: nowhere"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(steps: list[Step], more: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Workflow("broken", *steps, initial="a", **more)


@pytest.mark.parametrize(
    ("actor", "role", "refused"),
    [("p1", Role.REVIEWER, True), ("p2", Role.REVIEWER, False), ("p1", Role.CLOCK, False)],
)
def test_who_took_a_step_does_not_take_the_one_that_checks_it_in_whatever_role(
    actor: str, role: Role, *, refused: bool
) -> None:
    checked = Workflow(
        "checked",
        Step("open", "drafted", "drafted", who=Role.HANDLER),
        Step("drafted", "approved", "done", who=(Role.REVIEWER, Role.CLOCK), apart=("drafted",)),
        initial="open",
    )
    asked: list[str] = []

    def took(case_id: str) -> dict[str, set[str]]:
        asked.append(case_id)
        return {"drafted": {"p1"}}

    moment = Moment(now=NOW, actor=actor, role=role, took=took)
    refusals = checked.refusals(Case("drafted"), checked.step("drafted", "approved"), {}, moment)

    assert bool(refusals) is refused
    assert asked == ([] if role is Role.CLOCK else ["C1"])


def test_another_account_of_the_same_name_is_the_same_person() -> None:
    checked = Workflow(
        "checked",
        Step("open", "drafted", "drafted", who=Role.HANDLER),
        Step("drafted", "approved", "done", who=Role.REVIEWER, apart=("drafted",)),
        initial="open",
    )
    took = {"drafted": {"p1", *person("p1", "张 甲")}}

    def refused(name: str) -> bool:
        moment = Moment(now=NOW, actor="p2", actor_name=name, role=Role.REVIEWER, took=lambda _case: took)
        return bool(checked.refusals(Case("drafted"), checked.step("drafted", "approved"), {}, moment))

    assert [refused(name) for name in ("张甲", "张甲（二中队）", "张乙", "")] == [True, False, False, False]


@pytest.mark.parametrize(
    ("actor", "name", "refused"),
    [
        ("p7", "张甲", True),
        ("p7", "张甲（中队长）", True),
        ("p7", "李 乙", True),
        ("p7", "王丙", True),
        ("P9", "王丁", True),
        # However several are written into one text, and whatever is put into a name.
        ("p7", "孙己", True),
        ("p7", "周庚", True),
        ("p7", "吴辛", True),
        ("p7", "郑壬", True),
        ("p7", "阿依·买提", True),
        ("p7", "钱癸", True),
        ("p7", "李和平", True),
        ("p7", "孙己周", False),
        ("p7", "张", False),
        ("p7", "", False),
    ],
)
def test_who_stands_in_the_record_does_not_approve_what_comes_of_it(actor: str, name: str, *, refused: bool) -> None:
    signed = Workflow(
        "signed",
        Step("open", "seen", "seen", who=Role.HANDLER, form=Report, keeps="record", repeatable=True),
        Step("seen", "approved", "done", who=Role.LEADER, apart=("seen.officers.name", "seen.seen_by")),
        initial="open",
    )
    record = [
        {"officers": [{"name": "张甲"}, {"name": "李乙（证号 1）"}], "seen_by": ""},
        {"officers": [], "seen_by": "王丙、赵戊；p9"},
        {"officers": [{"name": "钱\u200b癸"}], "seen_by": "孙己 周庚和吴辛（队员）郑壬（队长），阿依•买提；李和平"},
    ]
    moment = Moment(now=NOW, actor=actor, actor_name=name, role=Role.LEADER)

    refusals = signed.refusals(Case("seen", details={"record": record}), signed.step("seen", "approved"), {}, moment)

    assert bool(refusals) is refused
    assert all("姓名" in refusal.zh for refusal in refusals)


def test_the_table_can_be_drawn() -> None:
    drawn = THING.mermaid()

    assert drawn.startswith("stateDiagram-v2\n    [*] --> open\n")
    assert "    open --> closed: closed (handler/leader)\n" in drawn
    assert "    closed --> [*]\n" in drawn


def test_a_clock_about_something_is_waited_for_where_a_step_says_so_and_another_everywhere() -> None:
    steps = [
        Step("a", "begun", "b", who=Role.DESK, starts=("each", "one"), of=(("each", "number"), ("one", "number"))),
        Step("b", "each_over", "c", who=Role.CLOCK, expires="each", of=(("each", EVERY),)),
        Step("b", "one_over", "c", who=Role.CLOCK, expires="one"),
    ]

    workflow = Workflow("made_up", *steps, initial="a")

    found = [workflow.expiring("b", name, about=about) for name in ("each", "one") for about in (True, False)]
    assert [step and step.trigger for step in found] == ["each_over", "each_over", None, "one_over"]
    assert workflow.awaits_each == {"each"}
