"""The table of enforcement: its states, its gates, its words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example as example_of
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis import legal
from chassis import terms as catalogue
from chassis.examples import example
from chassis.wire import plain
from chassis.workflow import UNMANNED, IllegalStepError, Moment, RefusedError, Role
from services.enforcement import workflow
from services.enforcement.stages import places
from services.enforcement.workflow import ENFORCEMENT

if TYPE_CHECKING:
    from chassis.workflow import CaseView

HOME = Path(workflow.__file__).parent
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def case(state: str, **details: Any) -> CaseView:
    return SimpleNamespace(id="c1", subject="A1", state=state, unit="u", details=details, opened_at=NOW)


def decide(state: str, trigger: str, details: dict[str, Any], **changed: Any) -> str:
    """Take a step with its example form, changed; return the state it leads to."""
    step = ENFORCEMENT.step(state, trigger)
    form = step.form().load(example(step.form, at=NOW) | changed) if step.form else {}
    moment = Moment(now=NOW, actor="p1", role=step.roles[0])
    return ENFORCEMENT.decide(case(state, **details), trigger, form, moment=moment).target


INSPECTED = {
    "inspected": [{"act": "outside_business", "suspect_kind": "organisation", "officers": [{"name": "执法员甲"}]}]
}
FILED = INSPECTED | {"filed": {"act": "outside_business", "power": "statutory", "officers": [{"name": "执法员甲"}]}}
ALONE = [{"name": "执法员甲", "certificate_no": "鲁M-0001", "certificate_until": "2099-12-31"}]
NOTICED = FILED | {"prenotice_served": {"penalty": "fine", "amount": "1000.00", "hearing_right": True}}
HEARD = NOTICED | {"hearing_called": {"chair": "主持人丙"}, "hearing_held": {"record": "x"}}


def test_every_state_is_reachable() -> None:
    assert ENFORCEMENT.reachable() == {*ENFORCEMENT.states}


def test_every_state_but_an_end_has_a_way_out() -> None:
    stuck = [
        state
        for state in ENFORCEMENT.states
        if state not in ENFORCEMENT.ends and all(step.target == state for step in ENFORCEMENT.steps_from(state))
    ]

    assert stuck == []


def test_no_state_waits_for_a_clock_or_a_letter_alone() -> None:
    waiting = [
        state
        for state in places.HANDLING
        if not any(
            step.target != state and (step.expires or not UNMANNED & {*step.roles})
            for step in ENFORCEMENT.steps_from(state)
        )
    ]

    assert waiting == []


@given(st.lists(st.sampled_from(sorted({step.trigger for step in ENFORCEMENT.steps})), max_size=60))
def test_any_sequence_of_triggers_stays_in_known_states(triggers: list[str]) -> None:
    state = ENFORCEMENT.initial
    for trigger in triggers:
        try:
            state = ENFORCEMENT.step(state, trigger).target
        except IllegalStepError:
            continue

        assert state in ENFORCEMENT.states


def play(walked: SimpleNamespace, trigger: str, now: datetime) -> bool:
    """Take a step with its example form; return whether it was allowed."""
    step = ENFORCEMENT.step(walked.state, trigger)
    form = step.form().load(example(step.form, at=now)) if step.form else {}
    try:
        decision = ENFORCEMENT.decide(walked, trigger, form, moment=Moment(now=now, actor="p1", role=step.roles[0]))
    except RefusedError:
        return False
    walked.details |= plain({**decision.kept, **decision.changes})
    walked.state = decision.target
    return True


def ways(state: str) -> list[str]:
    """Return the triggers that people and clocks may pull, those that stay in the state last."""
    steps = [step for step in ENFORCEMENT.steps_from(state) if Role.BUS not in step.roles]
    return [
        step.trigger for step in sorted(steps, key=lambda step: (step.target == state, DISTANCE.get(step.target, 99)))
    ]


def distances() -> dict[str, int]:
    """Return how many steps each state is away from the conclusion."""
    found, todo = {"concluded": 0}, ["concluded"]
    for state in todo:
        for step in ENFORCEMENT.steps:
            if step.target == state and Role.BUS not in step.roles and step.trigger != "substitute_performed":
                todo += [source for source in step.sources if source not in found]
                found |= {source: found[state] + 1 for source in step.sources if source not in found}
    return found


DISTANCE = distances()
#: What has to be done where it is owed, and leads nowhere else.
DUTIES = {
    *("evidence_released", "measure_approved", "goods_released", "statement_reviewed", "refunded"),
    *("spot_decision_filed", "fine_handed_in", "fine_banked"),
    *("absent_party_told", "cost_paid", "cost_upheld", "decision_upheld", "withdrawal_decided"),
}


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 100), max_size=30))
# Things that were seized at once are approved before they are decided on.
@example_of([0, 21])
def test_from_wherever_chance_leads_example_forms_lead_to_the_end(dice: list[int]) -> None:
    walked = SimpleNamespace(
        id="c1", subject="A1", state="clue", unit="u", details={"contact_made": [{}]}, opened_at=NOW
    )
    now = NOW
    for thrown in dice:
        now += timedelta(days=thrown % 4)
        aside = [
            trigger for trigger in ways(walked.state) if trigger not in {"transferred", "concluded", "return_requested"}
        ]
        play(walked, aside[thrown % len(aside)], now)
    for _ in range(40):
        if walked.state == "concluded":
            break
        now += timedelta(days=1)
        here = DISTANCE[walked.state]
        if walked.state == "hearing_ready" and now < datetime.fromisoformat(walked.details["hearing_at"]):
            continue
        assert any(
            play(walked, trigger, now)
            for trigger in ways(walked.state)
            if DISTANCE.get(ENFORCEMENT.step(walked.state, trigger).target, 99) < here or trigger in DUTIES
        ), walked.state

    assert walked.state == "concluded"


def test_every_clock_and_basis_of_the_table_stands_in_the_legal_file() -> None:
    law = legal.load(HOME / "legal.toml")
    own = {clock.name for clock in law.clocks}
    codes = {basis.code for basis in law.bases}

    assert {name for step in ENFORCEMENT.steps for name in step.starts} <= own
    assert {step.expires for step in ENFORCEMENT.steps if step.expires} <= own
    assert {step.basis for step in ENFORCEMENT.steps if step.basis} <= codes


def test_everything_that_is_shown_has_its_chinese() -> None:
    words = catalogue.Terms(Path(catalogue.__file__).with_name("terms.toml"), HOME / "terms.toml")

    assert catalogue.untranslated(words, workflow=ENFORCEMENT) == []


@pytest.mark.parametrize("step", ENFORCEMENT.steps, ids=lambda step: step.trigger)
def test_every_form_has_an_example_that_it_accepts(step: Any) -> None:
    if step.form is not None:
        assert step.form().load(example(step.form, at=NOW)) is not None


def test_only_a_leader_files_a_case() -> None:
    assert ENFORCEMENT.step("inspected", "filed").roles == (Role.LEADER,)


ONE_OFFICER = [{"name": "执法员甲", "certificate_no": "鲁M-1", "certificate_until": "2099-12-31"}]
SAME_CERTIFICATE = [*ONE_OFFICER, *ONE_OFFICER]
ONE_NAME = [*ONE_OFFICER, {**ONE_OFFICER[0], "name": "执法员 甲", "certificate_no": "鲁M-2"}]
EXPIRED = [*ONE_OFFICER, {"name": "执法员乙", "certificate_no": "鲁M-2", "certificate_until": "2026-01-01"}]
RELATED = [
    *ONE_OFFICER,
    {"name": "执法员乙", "certificate_no": "鲁M-2", "certificate_until": "2099-12-31", "related": True},
]
OLD_PHOTO = {"inspected": [{"act": "outside_business", "evidence": [{"sha256": "a" * 64}]}]}
ORDERED = INSPECTED | {"correction_ordered": {"items": [{"kind": "sound_barrier"}, {"kind": "cleared"}]}}
NOISE = {"inspected": [{"act": "noise_over_limit", "suspect_kind": "organisation"}]}
FUME = {"inspected": [{"act": "fume_unpurified", "suspect_kind": "organisation"}]}
BEFORE_THE_LAW = {
    "inspected": [{"act": "noise_advertising", "suspect_kind": "organisation"}],
    "filed": {"act": "noise_advertising", "power": "statutory", "ended_on": "2022-06-04"},
}
FIRE = {"inspected": [{"act": "ebike_in_corridor", "suspect_kind": "person"}]}


@pytest.mark.parametrize(
    ("state", "trigger", "details", "changed", "reason"),
    [
        ("clue", "inspected", {}, {"officers": ONE_OFFICER}, "at least two officers"),
        ("clue", "inspected", {}, {"officers": SAME_CERTIFICATE}, "at least two officers"),
        ("clue", "inspected", {}, {"officers": EXPIRED}, "at least two officers"),
        ("clue", "inspected", {}, {"officers": RELATED}, "must withdraw"),
        ("clue", "inspected", {}, {"officers": ONE_NAME}, "at least two officers"),
        ("reported", "exempted", FILED, {"ground": "under_fourteen"}, "only a person is under age"),
        ("reported", "exempted", FILED, {"ground": "first_and_slight", "prior_offences": 1}, "not the first offence"),
        (
            "to_decide",
            "exempted",
            FILED | {"found_uncorrected": [{"note": "仍未改正"}]},
            {"ground": "minor_corrected_no_harm"},
            "not corrected in time",
        ),
        (
            "corrected",
            "penalty_waived",
            INSPECTED | {"found_uncorrected": [{"note": "仍未改正"}]},
            {"ground": "first_and_slight"},
            "not corrected in time",
        ),
        ("inspected", "filed", INSPECTED, {"authority": "彭李街道办事处"}, "by delegation of the province only"),
        (
            "inspected",
            "fined_on_the_spot",
            INSPECTED,
            {"authority": "滨城区彭李街道办事处", "amount": "200.00"},
            "by delegation of the province only",
        ),
        ("inspected", "fined_on_the_spot", FIRE, {}, "another authority"),
        ("inspected", "fined_on_the_spot", INSPECTED, {"amount": "3000.01"}, "on the spot is at most 3000"),
        ("inspected", "fined_on_the_spot", INSPECTED, {"amount": "199.99"}, "between 200 and 2000"),
        ("inspected", "filed", INSPECTED, {"power": "delegated"}, "delegated power needs"),
        ("reported", "prenotice_served", NOISE, {"amount": "5000.00"}, "needs a measurement"),
        (
            "inspected",
            "filed",
            INSPECTED,
            {"power": "delegated", "delegation_no": "1", "delegation_until": "2026-01-01"},
            "delegated power needs",
        ),
        (
            "inspected",
            "filed",
            INSPECTED,
            {"continuing": False, "ended_on": "2024-11-22", "found_on": "2026-11-23"},
            "too late",
        ),
        ("recheck_due", "found_corrected", ORDERED, {}, "not all that was ordered is done: sound_barrier"),
        (
            "correction_due",
            "found_corrected",
            OLD_PHOTO,
            {"results": [{"kind": "cleared", "done": True, "photo_sha256": "a" * 64, "verified_by": "执法员甲"}]},
            "photos are repeated",
        ),
        (
            "corrected",
            "penalty_waived",
            INSPECTED,
            {"ground": "first_and_slight", "prior_offences": 1},
            "not the first",
        ),
        ("corrected", "penalty_waived", INSPECTED, {"ground": "obeyed"}, "does not depend on refusing"),
        ("investigating", "investigation_closed", FILED | {"evidence_is_held": True}, {}, "evidence is held"),
        ("investigating", "evidence_released", FILED, {}, "no evidence is held"),
        ("reported", "prenotice_served", FILED, {"amount": "2000.01"}, "between 200 and 2000"),
        (
            "reported",
            "prenotice_served",
            FILED,
            {"penalty": "suspension", "hearing_right": False},
            "brings the right to a hearing",
        ),
        ("reported", "prenotice_served", FILED, {"penalty": "closure"}, "names no such penalty"),
        ("to_decide", "penalised", NOTICED, {"penalty": "suspension"}, "names no such penalty"),
        (
            "reported",
            "prenotice_served",
            NOISE | {"exceeded": ["noise"]},
            {"penalty": "suspension"},
            "an order to correct that was not obeyed",
        ),
        ("defence_open", "hearing_requested", FILED, {}, "no right to a hearing"),
        ("hearing_due", "hearing_called", NOTICED, {"chair": "执法员甲"}, "must not have investigated"),
        (
            "hearing_due",
            "hearing_called",
            NOTICED | {"goods_seized": {"officers": [{"name": "执法员丙"}]}},
            {"chair": "执法员丙"},
            "must not have investigated",
        ),
        ("hearing_due", "hearing_called", NOTICED, {"public": False}, "say which secret or privacy"),
        ("investigating", "evidence_held", FILED, {"officers": ALONE}, "at least two officers"),
        ("investigating", "goods_seized", FILED, {"officers": ALONE}, "at least two officers"),
        ("review_due", "legal_review_passed", NOTICED, {"reviewer": "执法员甲"}, "must not have investigated"),
        (
            "to_decide",
            "penalised",
            NOTICED | {"statement_made": [{"content": "请求从轻"}]},
            {},
            "has not been reviewed",
        ),
        ("to_decide", "penalised", NOTICED, {"amount": "1000.01"}, "heavier than"),
        ("to_decide", "penalised", NOTICED, {"penalty": "closure"}, "heavier than"),
        ("to_decide", "penalised", HEARD | {"hearing_reported": {"facts": "x"}}, {}, "needs a legal review"),
        *(
            (state, trigger, HEARD | {"legal_review_passed": {"reviewer": "丁"}}, {}, "the report on the hearing")
            for state, trigger in (
                ("review_due", "legal_review_passed"),
                *(("to_decide", trigger) for trigger in ("penalised", "exempted", "not_proven")),
            )
        ),
        ("review_due", "hearing_reported", HEARD, {"chair": "主持人己"}, "the hearing was chaired by 主持人丙"),
        ("to_decide", "hearing_reported", NOTICED, {}, "no hearing was held"),
        (
            "to_decide",
            "penalised",
            NOTICED | {"investigation_closed": {"serious": True}},
            {},
            "discussed by the leaders",
        ),
        (
            "to_decide",
            "penalised",
            NOTICED | {"filed": {"act": "outside_business", "power": "delegated", "delegation_until": "2020-01-01"}},
            {},
            "delegated power needs",
        ),
        ("decided", "served", {}, {"way": "electronic"}, "signed confirmation"),
        ("payment_due", "performed", {"fine": "1000"}, {"amount": "999.99"}, "1000.00 yuan are owed"),
        ("payment_due", "performed", {"fine": "200"}, {"amount": None, "way": "on_the_spot"}, "at most 100"),
        (
            "uncorrected",
            "handed_over",
            {},
            {"authority": "police", "ground": "public_security"},
            "who tried to persuade",
        ),
        ("to_decide", "handed_over", FILED, {"ground": "crime"}, "goes to the police or justice"),
        ("investigating", "handed_over", FILED | {"evidence_is_held": True}, {}, "evidence is held"),
        ("reported", "prenotice_served", FUME | {"exceeded": ["noise"]}, {"amount": "5000.00"}, "fume above the limit"),
        (
            "reported",
            "prenotice_served",
            BEFORE_THE_LAW,
            {"amount": "5000.00"},
            "no law on file punished it on 2022-06-04",
        ),
        ("reported", "prenotice_served", FILED, {"amount": "150.00"}, "needs a mitigating circumstance"),
        ("investigating", "time_excluded", FILED, {"kind": "hearing"}, "nobody has asked for a hearing"),
        (
            "investigating",
            "time_excluded",
            FILED | {"excluded_for": "testing", "excluded_since": "2026-11-20", "excluded_until": "2027-02-20"},
            {},
            "no day counts twice",
        ),
        ("reported", "time_counted_again", FILED, {}, "the ninety days are running"),
        ("investigating", "things_sent_to_test", FILED, {}, "no things are seized"),
        (
            "investigating",
            "seizure_prolonged",
            FILED | {"goods_are_seized": True, "testing_since": "2026-11-20", "seized_on": "2026-11-10"},
            {},
            "being tested",
        ),
        ("payment_overdue", "remedy_sought", {"reconsideration_lapsed": True}, {}, "the sixty days are over"),
        ("review_over", "remedy_sought", {"reviews": [{"kind": "reconsideration"}]}, {}, "it was reviewed already"),
        (
            "contested",
            "judgment_final",
            {"remedy_sought": {"kind": "reconsideration"}},
            {},
            "after a reconsideration a suit is open",
        ),
        ("authority_silent", "concluded", {}, {}, "not been contacted"),
    ],
)
def test_a_gate_refuses_and_says_why(
    state: str, trigger: str, details: dict[str, Any], changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        decide(state, trigger, details, **changed)


@pytest.mark.parametrize(
    ("state", "trigger", "details", "changed", "target"),
    [
        ("clue", "inspected", {}, {}, "inspected"),
        ("inspected", "fined_on_the_spot", INSPECTED, {"amount": "2000.00"}, "payment_due"),
        ("recheck_due", "found_corrected", INSPECTED, {}, "corrected"),
        ("reported", "prenotice_served", FILED, {}, "defence_open"),
        ("to_decide", "penalised", NOTICED, {}, "decided"),
        ("to_decide", "penalised", NOTICED, {"amount": "500.00"}, "decided"),
        (
            "to_decide",
            "penalised",
            NOTICED | {"hearing_held": {}, "legal_review_passed": {"reviewer": "丁"}},
            {},
            "decided",
        ),
        ("reported", "prenotice_served", NOISE | {"exceeded": ["noise"]}, {"amount": "5000.00"}, "defence_open"),
        (
            "reported",
            "prenotice_served",
            NOISE | {"exceeded": ["noise"], "found_uncorrected": {"findings": "仍然超标"}},
            {"penalty": "suspension"},
            "defence_open",
        ),
        (
            "reported",
            "prenotice_served",
            FILED | {"investigation_closed": {"circumstances": ["confessed"]}},
            {"amount": "150.00"},
            "defence_open",
        ),
        ("to_decide", "handed_over", FILED, {"authority": "judiciary", "ground": "crime"}, "with_authority"),
        (
            "payment_overdue",
            "remedy_sought",
            {"reconsideration_lapsed": True},
            {"late_accepted": True},
            "contested",
        ),
        ("payment_overdue", "remedy_sought", {"reconsideration_lapsed": True}, {"kind": "litigation"}, "contested"),
        ("payment_due", "performed", {"fine": "1000"}, {"amount": "1000.00"}, "performed"),
        ("payment_due", "performed", {"fine": "1000"}, {"amount": None}, "performed"),
        (
            "uncorrected",
            "handed_over",
            {},
            {
                "authority": "police",
                "ground": "public_security",
                "persuasions": [{"by": "社区甲", "on": "2026-11-01", "way": "persuaded"}],
            },
            "with_authority",
        ),
    ],
)
def test_a_gate_opens_when_its_rule_is_met(
    state: str, trigger: str, details: dict[str, Any], changed: dict[str, Any], target: str
) -> None:
    assert decide(state, trigger, details, **changed) == target


def test_guards_ask_nothing_of_a_form_that_is_not_filled_in_yet() -> None:
    moment = Moment(now=NOW, actor="p1", role=Role.HANDLER)

    for step in ENFORCEMENT.steps:
        for guard in step.guards:
            guard(case(step.sources[0]), {}, moment)
