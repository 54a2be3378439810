"""Feedback's table of steps."""

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
from chassis.terms import Terms, untranslated
from chassis.workflow import Moment, RefusedError, Role, Step
from services.feedback import rules
from services.feedback.workflow import CALLBACK

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
FOLDER = Path(rules.__file__).parent
CHASSIS = Path(wire.__file__).parent

#: What the first conclusion leaves with a case.
OPENED: dict[str, Any] = {
    "mechanism": "mediation",
    "outcome": "solved",
    "reply": "经调解,双方已达成协议。",
    "handler_claims_solved": True,
    "handled_by": "handler-1",
    "unit": "mediation_committee",
    "round": 1,
    "rounds": 1,
}


@dataclass(frozen=True)
class Seen:
    state: str = "callback_due"
    details: dict[str, Any] = field(default_factory=lambda: dict(OPENED))
    id: str = "1"
    subject: str = "A1"
    unit: str = "mediation_committee"
    opened_at: datetime = NOW


def taken(case: Seen, step: Step, person: str = "p1", role: Role | None = None) -> Seen:
    form = dict(step.form().load(example(step.form, at=NOW))) if step.form else {}
    decision = CALLBACK.decide(
        case, step.trigger, form, moment=Moment(now=NOW, actor=person, role=role or step.roles[0])
    )
    for fact in decision.facts:
        assert fact.data()["at"] == NOW
    details = case.details | wire.plain({**decision.kept, **decision.changes})
    return replace(case, state=decision.target, details=details)


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from(["p1", "handler-1"])), max_size=60))
def test_any_sequence_of_steps_stays_in_known_states_and_each_fact_on_the_way_can_be_made(
    picks: list[tuple[int, str]],
) -> None:
    case = Seen()

    for number, person in picks:
        steps = list(CALLBACK.steps_from(case.state))
        if not steps:
            break
        for step in steps:
            CALLBACK.refusals(case, step, {}, Moment(now=NOW, actor=person, role=step.roles[-1]))
        try:
            step = steps[number % len(steps)]
            case = taken(case, step, person, step.roles[-1])
        except RefusedError:
            continue

    assert case.state in CALLBACK.states


def test_every_state_can_be_reached_and_what_was_asked_ends_closed() -> None:
    assert CALLBACK.reachable() == {*CALLBACK.states}
    assert CALLBACK.ends == {"closed", "archived", "never_asked"}


@pytest.mark.parametrize("state", [state for state in CALLBACK.states if state not in CALLBACK.ends])
def test_from_every_open_state_there_is_a_way_to_the_end(state: str) -> None:
    seen, todo = {state}, [state]
    while todo:
        for step in CALLBACK.steps_from(todo.pop()):
            if step.target not in seen:
                seen.add(step.target)
                todo.append(step.target)

    assert "closed" in seen


def test_whoever_closes_tells_so() -> None:
    assert all(
        [fact.__name__ for fact in step.tells] == ["AppealClosed"]
        for step in CALLBACK.steps
        if step.target == "closed" and "closed" not in step.sources
    )


def test_a_callback_that_nobody_makes_runs_out() -> None:
    assert any(step.expires == "callback" for step in CALLBACK.steps_from("callback_due"))


@pytest.mark.parametrize("state", ["rework", "supervised"])
def test_each_wait_for_others_has_a_clock(state: str) -> None:
    # A call about a rework stops nothing of it: its clock runs on.
    inside = {state, "rework_call_due"}
    assert all(step.starts for step in CALLBACK.steps if step.target == state and not inside & {*step.sources})


def test_every_clock_of_the_table_is_in_the_legal_file() -> None:
    bases = legal.load(FOLDER / "legal.toml")

    for step in CALLBACK.steps:
        for clock in {*step.starts, *step.stops, *filter(None, [step.expires])}:
            assert bases.clock(clock, NOW).name == clock


def test_each_trigger_asks_for_one_form_everywhere() -> None:
    forms: dict[str, set[object]] = {}
    for step in CALLBACK.steps:
        forms.setdefault(step.trigger, set()).add(step.form)

    assert {trigger for trigger, found in forms.items() if len(found) > 1} == set()


def test_every_word_has_its_chinese() -> None:
    terms = Terms(CHASSIS / "terms.toml", FOLDER / "terms.toml")

    assert untranslated(terms, workflow=CALLBACK, templates=[FOLDER / "templates"]) == []
    assert [
        word
        for word in ("page", "call", "rated", "unrated", "supervised", "withdrawn")
        if not terms.knows("values", word)
    ] == []


@pytest.mark.parametrize(
    ("trigger", "details", "reason"),
    [
        ("rated", {"handled_by": "p1"}, "承办人以外"),
        ("callback_tried", {"handled_by": "p1"}, "承办人以外"),
        ("unreachable", {"callback_tried": [{}, {}]}, "已尝试 2 次"),
        ("exclusion_proposed", {"exclusion": {"decision": "pending"}}, "已有待复核"),
        ("exclusion_proposed", {"exclusion": {"decision": "granted"}}, "已有待复核"),
    ],
)
def test_each_gate_refuses_with_its_reason(trigger: str, details: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedError) as refused:
        taken(Seen(details=OPENED | details), CALLBACK.step("callback_due", trigger), "p1", Role.OPERATOR)

    assert any(reason in refusal.zh for refusal in refused.value.refusals)


@pytest.mark.parametrize(
    ("details", "complete"),
    [
        ({"reply": "已修复", "end": "rated", "rated": {"result": 5}}, True),
        ({"reply": "已修复", "end": "unrated"}, True),
        ({"reply": "已修复", "end": "withdrawn", "withdrawn": {"reason": "已自行解决"}}, True),
        ({"reply": "已修复", "end": "withdrawn", "withdrawn": {"reason": ""}}, False),
        ({"reply": "已修复", "end": "rated", "rated": None}, False),
        ({"reply": "", "end": "rated", "rated": {"result": 5}}, False),
    ],
)
def test_only_a_file_with_a_reply_and_a_callback_or_the_reason_for_none_is_archived(
    details: dict[str, Any], *, complete: bool
) -> None:
    case = Seen(state="closed", details={"rounds": 1, **details})
    step = CALLBACK.step("closed", "archived")

    refusals = CALLBACK.refusals(case, step, {}, Moment(now=NOW, actor="clock", role=Role.CLOCK))

    assert bool(refusals) is not complete


@pytest.mark.parametrize(("solved", "refused"), [(True, True), (False, False)])
def test_nothing_is_reworked_that_no_rating_asks_for(*, solved: bool, refused: bool) -> None:
    case = Seen(state="rated", details=OPENED | {"rated": {"result": 5, "solved": solved}})
    step = CALLBACK.step("rated", "rework_ordered")

    refusals = CALLBACK.refusals(case, step, {}, Moment(now=NOW, actor="bus", role=Role.BUS))

    assert bool(refusals) is refused


def test_no_guard_stands_without_a_test_that_it_refuses() -> None:
    guards = {guard.__name__ for step in CALLBACK.steps for guard in step.guards}

    assert guards == {
        *("by_another_than_the_handler", "by_the_holder_of_the_code", "tried_often_enough"),
        *("by_nobody_of_the_unit", "by_the_caller_in_charge", "is_given_to_no_handler", "a_try_counts_now"),
        *("it_ended_unrated", "may_be_reopened"),
        # This one in test_problems.py.
        "required_time_lies_ahead",
        *("file_is_complete", "no_exclusion_waits", "result_is_not_accepted"),
        *("attitude_is_referred", "process_is_referred", "by_none_of_the_handlers", "conduct_is_settled"),
        # These refuse in test_recalls.py.
        *("was_called_back_as_satisfied", "second_call_is_due", "by_another_than_the_first", "no_recall_waits"),
        *("second_try_counts_now", "second_call_was_tried_enough"),
        *("nothing_is_excluded_yet", "an_exclusion_is_proposed", "by_another_than_proposer_and_handler"),
    }
