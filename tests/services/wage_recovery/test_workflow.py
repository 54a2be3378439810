"""Wage recovery's table: no dead ends, no unknown words, no strange states."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chassis import legal
from chassis.forms import example
from chassis.terms import Terms, untranslated
from chassis.wire import plain
from chassis.workflow import Moment, Role, WorkflowError
from services.wage_recovery.stages.places import CLOCKS, LEFT_BEHIND, OPEN, PAYABLE
from services.wage_recovery.workflow import WAGE_RECOVERY

FOLDER = Path(__file__).parents[3] / "services" / "wage_recovery"
TRIGGERS = sorted({step.trigger for step in WAGE_RECOVERY.steps})
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_every_state_is_reachable_and_every_open_one_has_a_way_out() -> None:
    assert WAGE_RECOVERY.reachable() == {*WAGE_RECOVERY.states}
    for state in {*WAGE_RECOVERY.states} - WAGE_RECOVERY.ends:
        assert [step for step in WAGE_RECOVERY.steps_from(state) if step.target != state], state


def test_from_every_open_state_some_way_leads_to_a_reply() -> None:
    ready = {state for step in WAGE_RECOVERY.steps if step.target == "concluded" for state in step.sources}
    todo, good = True, {*ready}
    while todo:
        more = {
            s
            for step in WAGE_RECOVERY.steps
            if step.target in good and Role.BUS not in step.roles
            for s in step.sources
        }
        todo = not more <= good
        good |= more

    assert {"received", "accepted", *OPEN} <= good


def test_wages_may_be_paid_wherever_the_claim_is() -> None:
    for state in PAYABLE:
        assert WAGE_RECOVERY.step(state, "payment_recorded").target == state
        assert WAGE_RECOVERY.step(state, "payment_verified").target == "paid"


def test_waiting_for_an_authority_ends_at_the_desk_when_it_does_not_answer() -> None:
    for state in (
        "inspection_pending",
        "investigating",
        "decision_pending",
        "arbitration_pending",
        "payment_order_pending",
        "court_enforcing",
    ):
        ran_out = {step.target for step in WAGE_RECOVERY.steps_from(state) if step.expires}
        # Some run out beside it and change nothing for whoever waits here.
        assert ran_out - {state} == {
            state.replace("pending", "overdue")
            .replace("investigating", "investigation_overdue")
            .replace("court_enforcing", "enforcement_overdue")
        }


@given(st.lists(st.tuples(st.sampled_from(TRIGGERS), st.booleans()), max_size=40))
def test_any_sequence_of_steps_stays_in_known_states(tries: list[tuple[str, bool]]) -> None:
    details: dict[str, Any] = {}
    state = WAGE_RECOVERY.initial
    for trigger, empty in tries:
        case = SimpleNamespace(id="c1", subject="A1", state=state, unit="u", details=details, opened_at=NOW)
        try:
            step = WAGE_RECOVERY.step(state, trigger)
            form = step.form().load(example(step.form, at=NOW)) if step.form and not empty else {}
            if step.form and not form:
                WAGE_RECOVERY.refusals(case, step, form, Moment(now=NOW, actor="p1", role=step.roles[0]))
                continue
            decision = WAGE_RECOVERY.decide(case, trigger, form, moment=Moment(now=NOW, actor="p1", role=step.roles[0]))
        except WorkflowError:
            continue
        details = {**details, **plain({**decision.kept, **decision.changes})}
        state = decision.target

        assert state in WAGE_RECOVERY.states


def test_payment_stops_every_clock_but_what_the_arrears_leave_behind() -> None:
    # What only bars a claim once it is over runs on no case.
    limitations = {"arbitration_limitation", "inspection_limitation"}

    assert {*CLOCKS, *LEFT_BEHIND, *limitations} == {rule.name for rule in legal.load(FOLDER / "legal.toml").clocks}


def test_a_step_asks_for_the_same_form_wherever_it_is_taken() -> None:
    for trigger in TRIGGERS:
        assert len({step.form for step in WAGE_RECOVERY.steps if step.trigger == trigger}) == 1, trigger


def test_every_clock_and_basis_of_the_table_is_in_the_legal_bases() -> None:
    bases = legal.load(FOLDER / "legal.toml")
    for step in WAGE_RECOVERY.steps:
        for clock in (*step.starts, *([step.expires] if step.expires else [])):
            assert bases.clock(clock, NOW).zh
        if step.basis:
            assert bases.basis(step.basis, NOW).title


def test_everything_that_is_shown_has_its_chinese() -> None:
    chassis = FOLDER.parents[1] / "chassis" / "terms.toml"
    files = [file for file in (chassis, FOLDER / "terms.toml") if file.exists()]

    assert untranslated(Terms(*files), workflow=WAGE_RECOVERY) == []
