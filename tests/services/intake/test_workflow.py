"""The table of an appeal's public states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.forms import example
from chassis.terms import Terms, untranslated
from chassis.workflow import Moment, RefusedError, Role
from services.intake import rules, schemas
from services.intake.ways_in import public
from services.intake.workflow import APPEAL, HEARD_STEPS, OPEN

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
TRIGGERS = sorted({step.trigger for step in APPEAL.steps})


@dataclass
class Appeal:
    id: str = "A1"
    subject: str = "A1"
    state: str = "registered"
    unit: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    public: dict[str, Any] = field(default_factory=dict)
    opened_at: datetime = NOW


def moment(role: Role) -> Moment:
    return Moment(now=NOW, actor="p1", role=role)


def test_every_state_is_reached_and_belongs_to_a_stage() -> None:
    assert APPEAL.reachable() == set(APPEAL.states)
    assert {APPEAL.stages[state] for state in APPEAL.states} == {"collect", "analyse", "handle", "feedback"}


def test_every_open_state_has_a_way_on_and_can_be_withdrawn() -> None:
    for state in OPEN:
        triggers = {step.trigger for step in APPEAL.steps_from(state)}

        assert {"withdrawn", "supplemented"} <= triggers
        assert any(step.target in APPEAL.ends for step in APPEAL.steps_from(state))


def test_whatever_may_be_heard_next_has_its_step() -> None:
    order = list(HEARD_STEPS)

    for place, state in enumerate(["registered", *order[:-1]]):
        for later in order[place:]:
            if later not in (state, "rework_due") and state != "closed":
                assert APPEAL.step(state, HEARD_STEPS[later]).target == later


@settings(deadline=None)
@given(st.lists(st.sampled_from(TRIGGERS), max_size=12))
def test_any_sequence_of_steps_stays_in_known_states(triggers: list[str]) -> None:
    appeal = Appeal(details={"hold": True})

    for trigger in triggers:
        if trigger not in {step.trigger for step in APPEAL.steps_from(appeal.state)}:
            continue
        step = APPEAL.step(appeal.state, trigger)
        form = step.form().load(example(step.form())) if step.form else {}
        try:
            decision = APPEAL.decide(appeal, trigger, form, moment=moment(step.roles[0]))
        except RefusedError:
            continue
        appeal.state = decision.target
        appeal.public = decision.changes.get("public", appeal.public)

    assert appeal.state in APPEAL.states


@pytest.mark.parametrize(
    ("appeal", "trigger", "form", "word"),
    [
        (Appeal(), "released", {}, "not held"),
        (Appeal(state="rework_due"), "answered", {"reply": "已答复您的问题"}, "mechanism"),
        (Appeal(), "merged", {"into": "A1", "reason": "重复", "reply": "已并入"}, "into itself"),
        (Appeal(), "not_accepted", {"ground": "other_legal_route", "route": "none", "reply": "请另行"}, "legal route"),
    ],
)
def test_each_gate_says_why_it_is_shut(appeal: Appeal, trigger: str, form: dict[str, Any], word: str) -> None:
    with pytest.raises(RefusedError) as caught:
        APPEAL.decide(appeal, trigger, form, moment=moment(Role.OPERATOR))

    [refusal] = caught.value.refusals
    assert word in refusal.en
    assert refusal.zh


@pytest.mark.parametrize("end", ["answered", "not_accepted", "relayed", "merged"])
def test_each_end_at_the_door_puts_its_reply_on_the_public_record(end: str) -> None:
    step = APPEAL.step("registered", end)
    assert step.form is not None
    form = step.form().load(example(step.form()))

    decision = APPEAL.decide(Appeal(), end, form, moment=moment(Role.OPERATOR))

    assert rules.last_said(decision.changes["public"], "reply") == form["reply"]
    [fact] = decision.facts
    assert fact.data()["appeal_id"] == "A1"


def test_everything_shown_has_its_chinese() -> None:
    room = ROOT / "services" / "intake"
    terms = Terms(ROOT / "chassis" / "terms.toml", room / "terms.toml")

    missing = untranslated(
        terms, templates=[room / "templates"], workflow=APPEAL, forms=[schemas.AppealForm, schemas.Supplement]
    )

    assert missing == []
    grounds = {*public.EXCLUDED_AS, rules.SENT_BACK}
    assert [ground for ground in sorted(grounds) if not terms.knows("values", ground)] == []
