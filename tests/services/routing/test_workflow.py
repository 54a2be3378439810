"""The ledger's table of steps."""

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
from services.routing import rules
from services.routing.judging.lexicon import KINDS
from services.routing.signoff import signing
from services.routing.workflow import HANDLED, LEDGER, SENT

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
FOLDER = Path(rules.__file__).parent
CHASSIS = Path(wire.__file__).parent

#: What `enter` and `ledger` leave with a line, and a request that waits for a leader.
ENTERED: dict[str, Any] = {
    "number": "彭李诉〔2026〕000123号",
    "title": "楼上夜里拖椅子",
    "text": "楼上邻居每晚拖椅子。",
    "place": "黄河家园一区",
    "anonymous": False,
    "mechanism": "mediation",
    "category": "0101",
    "kind": "help",
    "urgency": "III",
    "severity": "minor",
    "confidence": 0.9,
    "grounds": [],
    "flags": [],
    "retroactive": True,
    "opinion": "按授权规则签批",
    "sign_off_rule": {"rule": "ordinary"},
    "extension_asked": {"workdays": 5, "reason": "需第三方检测", "at": NOW.isoformat()},
}
#: What the bus says with the steps that it takes.
HEARD: dict[str, dict[str, Any]] = {"rework_ordered": {"reason": "未解决", "round": 1, "clocks": []}}


@dataclass(frozen=True)
class Seen:
    state: str = "registered"
    details: dict[str, Any] = field(default_factory=lambda: dict(ENTERED))
    id: str = "1"
    subject: str = "A1"
    unit: str = ""
    opened_at: datetime = NOW


def taken(case: Seen, step: Step, role: Role | None = None) -> Seen:
    form = dict(step.form().load(example(step.form, at=NOW))) if step.form else HEARD.get(step.trigger, {})
    moment = Moment(now=NOW, actor="p1", role=role or step.roles[0])
    decision = LEDGER.decide(case, step.trigger, form, moment=moment)
    for fact in decision.facts:
        assert "at" in fact.data()
    details = case.details | wire.plain({**decision.kept, **decision.changes})
    return replace(case, state=decision.target, details=details, unit=details.get("unit", case.unit))


@given(st.lists(st.integers(0, 999), max_size=60))
def test_any_sequence_of_steps_stays_in_known_states_and_each_fact_on_the_way_can_be_made(picks: list[int]) -> None:
    case = Seen()

    for number in picks:
        steps = list(LEDGER.steps_from(case.state))
        if not steps:
            break
        for step in steps:
            LEDGER.refusals(case, step, {}, Moment(now=NOW, actor="p1", role=step.roles[0]))
        try:
            case = taken(case, steps[number % len(steps)])
        except RefusedError:
            continue

    assert case.state in LEDGER.states


def test_every_state_can_be_reached() -> None:
    assert LEDGER.reachable() == {*LEDGER.states}


@pytest.mark.parametrize("state", [state for state in LEDGER.states if state not in LEDGER.finals])
def test_from_every_open_state_there_is_a_way_to_an_end(state: str) -> None:
    seen, todo = {state}, [state]
    while todo:
        for step in LEDGER.steps_from(todo.pop()):
            if step.target not in seen:
                seen.add(step.target)
                todo.append(step.target)

    assert seen & {"closed", "followed_up"}


@pytest.mark.parametrize("state", ["triage_due", "sent_back", "awaiting_signoff", "return_pending", "transfer_pending"])
def test_what_waits_for_a_person_can_be_moved_on_by_one(state: str) -> None:
    people = {Role.DESK, Role.LEADER}

    assert any(people & {*step.roles} and step.target != state for step in LEDGER.steps_from(state))


@pytest.mark.parametrize("state", ["triage_due", "sent_back", "awaiting_signoff"])
def test_each_wait_before_the_dispatch_has_a_clock(state: str) -> None:
    assert all(step.starts for step in LEDGER.steps if step.target == state and state not in step.sources)


def test_the_ends_are_those_of_intake_and_of_feedback() -> None:
    assert LEDGER.ends == {"closed", "not_accepted", "followed_up", "merged", "withdrawn"}


def test_nobody_but_the_bus_ends_a_line_of_the_ledger() -> None:
    ending = [step for step in LEDGER.steps if step.target in LEDGER.ends and step.target not in step.sources]

    assert {role for step in ending for role in step.roles} == {Role.BUS}


def test_only_a_leader_or_the_rule_that_stands_for_one_signs() -> None:
    signing = {
        step.trigger: step.roles for step in LEDGER.steps if "AppealSigned" in {fact.__name__ for fact in step.tells}
    }

    assert signing == {"signed_by_rule": (Role.BUS,), "signed": (Role.LEADER,), "countersigned": (Role.LEADER,)}


def test_each_trigger_asks_for_one_form_everywhere() -> None:
    forms: dict[str, set[object]] = {}
    for step in LEDGER.steps:
        forms.setdefault(step.trigger, set()).add(step.form)

    assert {trigger for trigger, found in forms.items() if len(found) > 1} == set()


def test_every_clock_of_the_table_is_the_promises_or_in_the_legal_file() -> None:
    bases = legal.load(FOLDER / "legal.toml")

    for step in LEDGER.steps:
        for clock in {*step.starts, *step.stops} - {"sign_in", "first_contact", "finish", "required", "lawful"}:
            assert bases.clock(clock, NOW).name == clock


def test_every_word_has_its_chinese() -> None:
    terms = Terms(CHASSIS / "terms.toml", FOLDER / "terms.toml")

    assert untranslated(terms, workflow=LEDGER) == []
    shown = {
        *rules.MECHANISMS,
        *rules.URGENCIES,
        *rules.SEVERITIES,
        *KINDS,
        *rules.units(),
        *signing.leaders().posts,
        *(row.rule for row in rules.sign_offs()),
    }
    assert [word for word in sorted(shown) if not terms.knows("values", word)] == []


@pytest.mark.parametrize(
    ("state", "trigger", "details", "reason"),
    [
        ("ledgered", "signed_by_rule", {"mechanism": ""}, "派单目录"),
        ("awaiting_signoff", "signed", {"mechanism": ""}, "指定主办单位"),
        *((state, "countersigned", {"retroactive": False}, "不需要补签") for state in (*SENT, "concluded")),
        *((state, "countersigned", {"countersigned": {"opinion": "同意"}}, "不需要补签") for state in SENT),
        ("closed", "countersigned", {"retroactive": False}, "不需要补签"),
        *((state, "extension_granted", {"extension_asked": None}, "没有待审批") for state in HANDLED),
        *((state, "extension_denied", {"extension_asked": None}, "没有待审批") for state in HANDLED),
        ("accepted", "extension_granted", {}, "没有可延长"),
        ("accepted", "extension_granted", {"clocks": rules.promise("III", NOW), "extensions": 1}, "再次延期"),
        ("accepted", "extension_granted", {"clocks": rules.promise("I", NOW), "urgency": "I"}, "不能延期"),
        ("return_pending", "return_granted", {}, "改派其他单位"),
    ],
)
def test_each_gate_refuses_with_its_reason(state: str, trigger: str, details: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedError) as refused:
        taken(Seen(state, ENTERED | details, unit="people_call_office"), LEDGER.step(state, trigger))

    assert any(reason in refusal.zh for refusal in refused.value.refusals)


#: The steps by which a person dispatches, and may name the unit that leads.
DISPATCHES = [
    (state, step.trigger)
    for step in LEDGER.steps
    for state in step.sources
    if step.form and "lead_unit" in step.form().fields
]


@pytest.mark.parametrize(("state", "trigger"), DISPATCHES)
def test_a_community_is_not_made_to_lead_at_any_dispatch(state: str, trigger: str) -> None:
    step, case = LEDGER.step(state, trigger), Seen(state, {**ENTERED, "round": 1})
    form = step.form().load({**example(step.form, at=NOW), "lead_unit": "community_committee"}) if step.form else {}

    with pytest.raises(RefusedError) as refused:
        LEDGER.decide(case, trigger, form, moment=Moment(now=NOW, actor="p1", role=step.roles[0]))

    assert any("只能协办" in refusal.zh for refusal in refused.value.refusals)


@pytest.mark.parametrize(("state", "trigger"), DISPATCHES)
def test_no_unit_is_made_to_lead_at_any_dispatch_where_it_has_nobody(state: str, trigger: str) -> None:
    step, case = LEDGER.step(state, trigger), Seen(state, {**ENTERED, "mechanism": "relief", "round": 1})
    graded = {"mechanism": "relief", "category": "0501", "urgency": "I"}
    form = {**example(step.form, at=NOW), "lead_unit": "labour_office"} if step.form else {}
    known = step.form().fields if step.form else {}
    form |= {name: value for name, value in graded.items() if name in known}

    with pytest.raises(RefusedError) as refused:
        LEDGER.decide(
            case,
            trigger,
            step.form().load(form) if step.form else {},
            moment=Moment(now=NOW, actor="p1", role=step.roles[0]),
        )

    [said] = [one.zh for one in refused.value.refusals if "劳动保障服务所" in one.zh]
    assert "民政服务办公室" in said
    assert "请同时把工作机制改为“务工薪酬追讨”" in said


def test_no_guard_stands_without_a_test_that_it_refuses() -> None:
    guards = {guard.__name__ for step in LEDGER.steps for guard in step.guards}

    assert guards == {
        *("a_receiver_is_known", "awaits_countersign", "extension_is_asked", "extension_is_allowed"),
        *("the_lead_may_lead", "its_category_is_known"),
        # Each refuses in test_regrading.py.
        *("is_graded_otherwise", "its_promise_runs_on"),
        # In test_returns.py and test_helping.py.
        "by_another_than_refused",
        *("it_goes_elsewhere", "it_does_not_go_round", "others_assist"),
        *("its_unit_asks", "a_report_is_due", "an_interim_is_possible"),
        *(
            "no_whistle_is_open",
            "a_whistle_is_open",
            "its_arrival_is_awaited",
            "it_came_after_the_whistle",
            "the_street_may_rate",
            "the_unit_may_rate",
        ),
        # In test_signing.py.
        *("due_is_kept", "may_sign"),
        # In test_service.py.
        *("can_wait", "goes_first"),
    }
