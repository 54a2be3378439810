"""The hotline's table of steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import legal, wire
from chassis.examples import example
from chassis.handling import shared_steps
from chassis.terms import Terms, untranslated
from chassis.workflow import Moment, RefusedError, Role, Step, Workflow
from services.hotline import rules
from services.hotline.schemas import Relay
from services.hotline.workflow import HOTLINE, OPEN

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
FOLDER = Path(rules.__file__).parent


@dataclass(frozen=True)
class Seen:
    state: str = "received"
    details: dict[str, Any] = field(default_factory=dict)
    id: str = "1"
    subject: str = "A1"
    unit: str = "chengjian"
    opened_at: datetime = NOW


def loaded(step: Step) -> dict[str, Any]:
    return dict(step.form().load(example(step.form, at=NOW))) if step.form else {}


def taken(case: Seen, step: Step, person: str) -> Seen:
    moment = Moment(now=NOW, actor=person, actor_name=person, role=step.roles[0])
    decision = HOTLINE.decide(case, step.trigger, loaded(step), moment=moment)
    return replace(
        case, state=decision.target, details=case.details | wire.plain({**decision.kept, **decision.changes})
    )


def shortest(goal: str) -> list[Step]:
    """Find the shortest way to a state, the first in the table's order among equals."""
    ways: dict[str, list[Step]] = {HOTLINE.initial: []}
    todo = [HOTLINE.initial]
    while goal not in ways:
        state = todo.pop(0)
        for step in HOTLINE.steps_from(state):
            if step.target not in ways:
                ways[step.target] = [*ways[state], step]
                todo.append(step.target)
    return ways[goal]


def test_the_shortest_way_to_the_end_can_be_walked_with_the_example_forms() -> None:
    case = Seen(details={"contact_made": [{"way": "phone"}]})

    for step in shortest("concluded"):
        case = taken(case, step, f"a {step.roles[0]}")

    assert case.state == "concluded"
    assert "site_visited" in case.details


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from(["p1", "p2"])), max_size=40))
def test_any_sequence_of_steps_stays_in_known_states_and_can_always_be_asked_what_is_allowed(
    picks: list[tuple[int, str]],
) -> None:
    case = Seen()

    for number, person in picks:
        steps = list(HOTLINE.steps_from(case.state))
        if not steps:
            break
        for step in steps:
            HOTLINE.refusals(case, step, {}, Moment(now=NOW, actor=person, role=step.roles[0]))
        try:
            case = taken(case, steps[number % len(steps)], person)
        except RefusedError:
            continue

    assert case.state in HOTLINE.states


@pytest.mark.parametrize("state", OPEN)
def test_from_every_open_state_people_and_clocks_alone_come_to_a_reply(state: str) -> None:
    seen, todo = {state}, [state]
    while todo:
        for step in HOTLINE.steps_from(todo.pop()):
            if Role.BUS not in step.roles and step.target not in seen:
                seen.add(step.target)
                todo.append(step.target)

    assert "concluded" in seen


def test_each_trigger_asks_for_one_form_everywhere() -> None:
    forms: dict[str, set[object]] = {}
    for step in HOTLINE.steps:
        forms.setdefault(step.trigger, set()).add(step.form)

    assert {trigger for trigger, found in forms.items() if len(found) > 1} == set()


def test_every_clock_and_basis_of_the_table_is_in_the_legal_file() -> None:
    bases = legal.load(FOLDER / "legal.toml")
    service_clocks = {"sign_in", "first_contact", "finish", "required"}

    for step in HOTLINE.steps:
        named = {*step.starts, *step.stops, *step.suspends, *step.resumes, *filter(None, [step.expires])}
        for clock in named - service_clocks:
            assert bases.clock(clock, NOW).name == clock
        if step.basis:
            assert bases.basis(step.basis, NOW).code == step.basis


def test_every_wait_for_somebody_outside_has_a_clock_that_ends_it() -> None:
    for state in ("awaiting_external", "awaiting_material", "upstream_review"):
        assert any(step.expires for step in HOTLINE.steps_from(state))


def test_every_word_of_its_own_has_its_chinese() -> None:
    shared = Workflow("shared", *shared_steps(first="first", open_states=(), ready=("first",)), initial="received")
    words_of_the_chassis = {
        *untranslated(Terms(), workflow=shared),
        ("roles", Role.REVIEWER),
        ("roles", Role.DESK),
        ("roles", Role.CLOCK),
    }

    missing = untranslated(Terms(FOLDER / "terms.toml"), workflow=HOTLINE)

    assert set(missing) - words_of_the_chassis == set()


@pytest.mark.parametrize(
    ("state", "trigger", "details", "reason"),
    [
        ("triaged", "site_visited", {"triaged": {"in_petition_system": True}}, "信访"),
        ("triaged", "petition_route_told", {"triaged": {}}, "不得推诿"),
        ("triaged", "knowledge_consulted", {"triaged": {"kind": "help"}}, "咨询"),
        ("handling", "material_requested", {"material_requested": {"material": "照片"}}, "只能要求一次"),
        ("accepted", "upstream_recorded", {"upstream_recorded": {"workdays": 5}}, "并单"),
        ("external_overdue", "unsolved_reply_drafted", {"relayed_out": [example(Relay)]}, "催办"),
        ("reply_review", "reply_approved", {"site_visited": [{"visitors": ["网格员乙", "p1"]}]}, "列有您的姓名"),
        ("reply_review", "reply_approved", {"upstream_recorded": {"workdays": 5}}, "先回传"),
        ("reply_review", "reply_approved_for_feedback", {}, "无需回传"),
        ("reply_ready", "concluded", {"reply_drafted": {}}, "尚未联系"),
        ("received", "return_requested", {"return_requested": {"reason": "不属于本单位"}}, "退单只能"),
    ],
)
def test_each_gate_refuses_with_its_reason(state: str, trigger: str, details: dict[str, Any], reason: str) -> None:
    step = HOTLINE.step(state, trigger)

    with pytest.raises(RefusedError) as refused:
        taken(Seen(state, details), step, "p1")

    assert any(reason in refusal.zh for refusal in refused.value.refusals)
