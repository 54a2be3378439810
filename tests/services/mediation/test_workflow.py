"""Mediation's table: no dead ends, no unknown words, no strange states."""

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
from services.mediation.stages.places import MEDIATING, OPEN
from services.mediation.workflow import MEDIATION

FOLDER = Path(__file__).parents[3] / "services" / "mediation"
TRIGGERS = sorted({step.trigger for step in MEDIATION.steps})
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_every_state_is_reachable_and_every_open_one_has_a_way_out() -> None:
    assert MEDIATION.reachable() == {*MEDIATION.states}
    for state in {*MEDIATION.states} - MEDIATION.ends:
        assert [step for step in MEDIATION.steps_from(state) if step.target != state], state


def test_from_every_open_state_some_way_leads_to_a_reply() -> None:
    ready = {state for step in MEDIATION.steps if step.target == "concluded" for state in step.sources}
    todo, good = True, {*ready}
    while todo:
        more = {
            s for step in MEDIATION.steps if step.target in good and Role.BUS not in step.roles for s in step.sources
        }
        todo = not more <= good
        good |= more

    assert {"received", "accepted", *OPEN} <= good


def test_mediation_can_be_stopped_from_registration_to_signature() -> None:
    for state in MEDIATING:
        assert MEDIATION.step(state, "mediation_terminated").target == "terminated"


def test_the_risk_of_a_crime_is_reported_from_every_state_that_is_handled() -> None:
    for state in ("accepted", *OPEN):
        assert MEDIATION.step(state, "escalation_reported").target == state


@given(st.lists(st.tuples(st.sampled_from(TRIGGERS), st.booleans()), max_size=40))
def test_any_sequence_of_steps_stays_in_known_states(tries: list[tuple[str, bool]]) -> None:
    details: dict[str, Any] = {}
    state = MEDIATION.initial
    for trigger, empty in tries:
        case = SimpleNamespace(id="c1", subject="A1", state=state, unit="u", details=details, opened_at=NOW)
        try:
            step = MEDIATION.step(state, trigger)
            form = step.form().load(example(step.form)) if step.form and not empty else {}
            if step.form and not form:
                MEDIATION.refusals(case, step, form, Moment(now=NOW, actor="p1", role=step.roles[0]))
                continue
            decision = MEDIATION.decide(case, trigger, form, moment=Moment(now=NOW, actor="p1", role=step.roles[0]))
        except WorkflowError:
            continue
        details = {**details, **plain({**decision.kept, **decision.changes})}
        state = decision.target

        assert state in MEDIATION.states


def test_a_step_asks_for_the_same_form_wherever_it_is_taken() -> None:
    for trigger in TRIGGERS:
        assert len({step.form for step in MEDIATION.steps if step.trigger == trigger}) == 1, trigger


def test_every_clock_and_basis_of_the_table_is_in_the_legal_bases() -> None:
    bases = legal.load(FOLDER / "legal.toml")
    for step in MEDIATION.steps:
        for clock in (*step.starts, *([step.expires] if step.expires else [])):
            assert bases.clock(clock, NOW).zh
        if step.basis:
            assert bases.basis(step.basis, NOW).title


def test_everything_that_is_shown_has_its_chinese() -> None:
    chassis = FOLDER.parents[1] / "chassis" / "terms.toml"
    files = [file for file in (chassis, FOLDER / "terms.toml") if file.exists()]

    assert untranslated(Terms(*files), workflow=MEDIATION) == []
