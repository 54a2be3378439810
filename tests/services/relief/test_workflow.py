"""The table of relief: its states, its gates, its words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis import legal
from chassis import terms as catalogue
from chassis.examples import example
from chassis.wire import plain
from chassis.workflow import UNMANNED, IllegalStepError, Moment, RefusedError, Role
from services.relief import workflow
from services.relief.stages.places import HANDLING
from services.relief.workflow import RELIEF

if TYPE_CHECKING:
    from chassis.workflow import CaseView

HOME = Path(workflow.__file__).parent
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def case(state: str, **details: Any) -> CaseView:
    return SimpleNamespace(id="c1", subject="A1", state=state, unit="u", details=details, opened_at=NOW)


def decide(state: str, trigger: str, details: dict[str, Any], **changed: Any) -> str:
    """Take a step with its example form, changed; return the state it leads to."""
    step = RELIEF.step(state, trigger)
    form = step.form().load(example(step.form, at=NOW) | changed) if step.form else {}
    moment = Moment(now=NOW, actor=step.roles[0], role=step.roles[0])
    return RELIEF.decide(case(state, **details), trigger, form, moment=moment).target


def test_every_state_is_reachable() -> None:
    assert RELIEF.reachable() == {*RELIEF.states}


def test_every_state_but_an_end_has_a_way_out() -> None:
    stuck = [
        state
        for state in RELIEF.states
        if state not in RELIEF.ends and all(step.target == state for step in RELIEF.steps_from(state))
    ]

    assert stuck == []


def test_no_state_waits_for_a_clock_or_a_letter_alone() -> None:
    waiting = [
        state
        for state in HANDLING
        if not any(
            step.target != state and (step.expires or not UNMANNED & {*step.roles}) for step in RELIEF.steps_from(state)
        )
    ]

    assert waiting == []


@given(st.lists(st.sampled_from(sorted({step.trigger for step in RELIEF.steps})), max_size=60))
def test_any_sequence_of_triggers_stays_in_known_states(triggers: list[str]) -> None:
    state = RELIEF.initial
    for trigger in triggers:
        try:
            state = RELIEF.step(state, trigger).target
        except IllegalStepError:
            continue

        assert state in RELIEF.states


def play(walked: SimpleNamespace, trigger: str, now: datetime) -> bool:
    """Take a step with its example form; return whether it was allowed."""
    step = RELIEF.step(walked.state, trigger)
    form = step.form().load(example(step.form, at=now)) if step.form else {}
    try:
        decision = RELIEF.decide(walked, trigger, form, moment=Moment(now=now, actor=step.roles[0], role=step.roles[0]))
    except RefusedError:
        return False
    walked.details |= plain({**decision.kept, **decision.changes})
    walked.state = decision.target
    return True


def ways(state: str) -> list[str]:
    """Return the triggers that people and clocks may pull, those that stay in the state last."""
    steps = [step for step in RELIEF.steps_from(state) if Role.BUS not in step.roles]
    return [
        step.trigger for step in sorted(steps, key=lambda step: (step.target == state, DISTANCE.get(step.target, 99)))
    ]


def distances() -> dict[str, int]:
    """Return how many steps each state is away from the conclusion."""
    found, todo = {"concluded": 0}, ["concluded"]
    for state in todo:
        for step in RELIEF.steps:
            if step.target == state and Role.BUS not in step.roles:
                todo += [source for source in step.sources if source not in found]
                found |= {source: found[state] + 1 for source in step.sources if source not in found}
    return found


DISTANCE = distances()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 100), max_size=30))
def test_from_wherever_chance_leads_example_forms_lead_to_the_end(dice: list[int]) -> None:
    walked = SimpleNamespace(
        id="c1", subject="A1", state="to_apply", unit="u", details={"contact_made": [{}]}, opened_at=NOW
    )
    now = NOW
    for thrown in dice:
        now += timedelta(days=thrown % 4)
        aside = [
            trigger
            for trigger in ways(walked.state)
            if trigger not in {"transferred", "concluded", "concluded_without_help", "return_requested"}
        ]
        play(walked, aside[thrown % len(aside)], now)
    for _ in range(40):
        if walked.state == "concluded":
            break
        now += timedelta(days=1)
        here = DISTANCE[walked.state]
        assert any(
            play(walked, trigger, now)
            for trigger in ways(walked.state)
            if DISTANCE.get(RELIEF.step(walked.state, trigger).target, 99) < here
        ), walked.state

    assert walked.state == "concluded"


def test_every_clock_and_basis_of_the_table_stands_in_the_legal_file() -> None:
    law = legal.load(HOME / "legal.toml")
    own = {clock.name for clock in law.clocks}
    codes = {basis.code for basis in law.bases}

    assert {name for step in RELIEF.steps for name in step.starts} <= own
    assert {step.expires for step in RELIEF.steps if step.expires} <= own
    assert {step.basis for step in RELIEF.steps if step.basis} <= codes


def test_everything_that_is_shown_has_its_chinese() -> None:
    words = catalogue.Terms(Path(catalogue.__file__).with_name("terms.toml"), HOME / "terms.toml")

    assert catalogue.untranslated(words, workflow=RELIEF) == []


@pytest.mark.parametrize("step", RELIEF.steps, ids=lambda step: step.trigger)
def test_every_form_has_an_example_that_it_accepts(step: Any) -> None:
    if step.form is not None:
        assert step.form().load(example(step.form, at=NOW)) is not None


HOUSEHOLD = [{"name": "居民甲", "adult": True}, {"name": "居民乙", "adult": True}]
DIBAO = {"relief": "dibao", "application_filed": {"relief": "dibao", "household": HOUSEHOLD}}
TEMPORARY: dict[str, Any] = {
    "relief": "temp_expense",
    "application_filed": {"relief": "temp_expense", "household": HOUSEHOLD, "cause": "fire"},
}
RELIEVED = {
    "application_filed": TEMPORARY["application_filed"]
    | {"relief_history": [{"cause": "fire", "year": 2026, "relief": "temp_emergency"}]}
}
RELATIVE = {"application_filed": {"relief": "dibao", "household": HOUSEHOLD, "staff_relative": True}}
ALONE = {"name": "居民丙", "relation": "self", "adult": True, "id_last_four": "0099"}
ONE_VISITOR = [{"name": "民政员甲", "post": "民政所工作人员"}]
TWO_VISITORS = [*ONE_VISITOR, {"name": "社区工作者乙", "post": "社区工作者"}]
REGISTERED = {
    "application_filed": {"relief": "dibao", "household": HOUSEHOLD},
    "relative_registered": {"kinship": "兄弟姐妹"},
    "house_visited": {"doubtful": False, "visitors": [{"name": "民政员甲", "of_district": False}]},
}
CUT_SHORT = {"publicity_checked": [{"still_posted": False, "shown": ["name"]}]}
SHOWS_TOO_MUCH = {"publicity_checked": [{"still_posted": True, "shown": ["name", "health"]}]}
PUBLISHED = DIBAO | {"approval_published": {"published_on": "2026-11-23"}}
DESTITUTE = {"relief": "destitute", "application_filed": {"relief": "destitute"}, "relief_paid": {"payments": []}}
GRANTED = TEMPORARY | {"amount": "3600.00"}
TRIED = {"tried_on": "2026-11-23", "way": "phone"}
DIBAO_SUM = {"months": 1, "amount": "800.00"}
ASKED = DIBAO | {"neighbour_asked": [{"said": "该户生活确有困难"}]}


def test_one_who_gives_the_opinion_is_not_the_handler() -> None:
    assert RELIEF.step("surveyed", "opinion_supported").roles == (Role.REVIEWER,)
    assert RELIEF.step("street_deciding", "approved_by_street").roles == (Role.LEADER,)


@pytest.mark.parametrize("state", ["to_decline", "street_deciding"])
def test_small_temporary_relief_is_refused_by_who_may_grant_it(state: str) -> None:
    assert decide(state, "rejected_by_street", TEMPORARY | {"amount": "3600.00"}) == "rejected"
    assert {"opinion_against", "opinion_supported"} <= {*RELIEF.step(state, "rejected_by_street").apart}


@pytest.mark.parametrize(
    ("state", "trigger", "details", "changed", "reason"),
    [
        ("to_apply", "application_filed", {}, {"relief": "dibao", "residence": "residence_permit"}, "refer it"),
        ("to_apply", "application_filed", {}, {"residence": "elsewhere"}, "refer it"),
        ("to_apply", "application_filed", {}, {"household": [ALONE, ALONE], "incomes": []}, "named twice: 居民丙"),
        (
            "to_apply",
            "application_filed",
            {},
            {"household": [ALONE | {"relation": "spouse"}], "incomes": []},
            "the applicant, and one only",
        ),
        (
            "to_submit",
            "submitted",
            {"posted_until": "2026-11-20"},
            {"submitted_on": "2026-11-20"},
            "posted until 2026-11-20",
        ),
        (
            "street_deciding",
            "approved_by_street",
            {"amount": "3600.00", "posted_until": "2026-11-20"},
            {"decided_on": "2026-11-20"},
            "posted until 2026-11-20",
        ),
        *(
            (state, trigger, {how: {"submitted_on": "2026-11-23"}}, {"decided_on": "2026-11-22"}, "of 2026-11-23")
            for state, trigger, how in (
                ("at_district", "district_approved", "submitted"),
                ("district_silent", "district_rejected", "submitted"),
                ("district_declining", "district_rejected", "submitted_for_refusal"),
            )
        ),
        ("surveyed", "application_corrected", DIBAO, {"household": [ALONE]}, "put that on record as a change"),
        (
            "surveyed",
            "household_changed",
            {"application_filed": {"household": HOUSEHOLD, "incomes": [{"member": "居民甲", "income": "wages"}]}},
            {"household": [ALONE]},
            "no members of the household: 居民甲",
        ),
        (
            "visiting",
            "house_visited",
            DIBAO,
            {"visitors": [*ONE_VISITOR, {"name": "民政员 甲", "post": "负责人"}]},
            "at least two people",
        ),
        (
            "visiting",
            "house_visited",
            DIBAO | {"relative_registered": {"staff_name": "民政员 甲"}},
            {"visitors": [*ONE_VISITOR, {"name": "区民政员丁", "post": "区民政局", "of_district": True}]},
            "keeps out of the survey",
        ),
        (
            "surveyed",
            "neighbour_asked",
            DIBAO | {"relative_registered": {"staff_name": "民政员甲"}},
            {"interviewers": "社区工作者乙、民政员 甲（民政所）"},
            "keeps out of the survey",
        ),
        (
            "to_apply",
            "emergency_assessed",
            {},
            {"assessors": [*ONE_VISITOR, {"name": "民政员甲", "post": "负责人"}]},
            "at least two people assess",
        ),
        ("to_apply", "policy_explained", {"kind": "help"}, {}, "not put off with words"),
        ("materials_check", "supplement_requested", {"supplement_requested": {"note": "x"}}, {}, "asked for once"),
        (
            "materials_check",
            "application_accepted",
            DIBAO,
            {},
            "papers are missing: application, declaration, identity",
        ),
        ("authorising", "authorised", DIBAO, {}, "have not signed: 居民乙"),
        ("visiting", "house_visited", DIBAO, {"visitors": ONE_VISITOR}, "at least two people"),
        ("visiting", "house_visited", DIBAO, {"visitors": ONE_VISITOR * 2}, "at least two people"),
        ("visiting", "house_visited", RELATIVE, {"visitors": TWO_VISITORS}, "with the district's people"),
        ("surveyed", "opinion_supported", DIBAO, DIBAO_SUM, "ask the neighbours"),
        ("surveyed", "opinion_against", DIBAO, {}, "ask the neighbours"),
        ("surveyed", "opinion_against", RELATIVE, {}, "register that first"),
        ("surveyed", "opinion_against", REGISTERED, {}, "visit again"),
        ("to_publicise", "publicity_started", {}, {"shown": ["name", "health"]}, "no number, no telephone, no illness"),
        ("to_publicise", "publicity_started", {}, {"shown": ["id_number"]}, "no number, no telephone, no illness"),
        ("to_publicise", "publicity_started", {}, {"estate": "某小区 370000199001011234"}, "no number, no telephone"),
        ("to_publicise", "publicity_started", {}, {"estate": "某小区（肿瘤患者）"}, "no illness"),
        ("to_submit", "submitted", CUT_SHORT, {}, "post it again"),
        ("to_submit", "street_review_passed", TEMPORARY | SHOWS_TOO_MUCH, {}, "post it again"),
        ("at_district", "district_approved", DIBAO, {"decided_on": "2026-11-23", "from_month": "2026-11"}, "2026-12"),
        ("at_district", "district_approved", DIBAO, {"decided_on": "2026-12-01", "from_month": "2026-12"}, "2027-01"),
        ("street_deciding", "approved_by_street", {"amount": "3600.00"}, {"amount": "3600.01"}, "3600.00 yuan"),
        ("to_apply", "application_filed", {}, {"source": "entrusted", "entrusted_by": " "}, "who was entrusted"),
        (
            "to_apply",
            "application_filed",
            {},
            {"incomes": [{"member": "居民丁", "income": "wages", "monthly": "1200.00"}]},
            "no members of the household: 居民丁",
        ),
        (
            "rejected",
            "rejection_notified",
            {"district_rejected": {"decided_on": "2026-11-20"}},
            {"told_on": "2026-11-19"},
            "decided on 2026-11-20",
        ),
        ("surveyed", "opinion_supported", TEMPORARY, {"property_within_limits": False}, "property is above"),
        ("approved", "relief_paid", DIBAO | {"approved_amount": "3600.00"}, {}, "publish the grant"),
        ("approved", "relief_paid", DESTITUTE | {"approved_amount": "3600.00"}, {}, "publish the grant"),
        ("approved", "approval_published", DIBAO, {"shown": ["name", "health"]}, "no number, no telephone, no illness"),
        (
            "approved",
            "approval_published",
            DIBAO | {"granted_on": "2026-11-23"},
            {"published_on": "2026-11-22"},
            "2026-11-23",
        ),
        ("approved", "approval_published", DIBAO, {"published_on": "2026-11-24"}, "published between"),
        ("approved", "approval_published", DIBAO, {"until": "2026-11-22"}, "can't end before"),
        (
            "closed",
            "benefit_stopped",
            DIBAO | {"relief_paid": {"payments": []}},
            {"decision_no": ""},
            "the district decides",
        ),
        ("paid", "benefit_stopped", DESTITUTE, {"published_on": None}, "when and where"),
        ("paid", "benefit_stopped", DESTITUTE, {"published_on": "2026-11-23", "published_at": ""}, "when and where"),
        ("at_district", "district_approved", TEMPORARY, {"decided_on": "2026-11-24"}, "after today"),
        ("visiting", "house_visited", DIBAO, {"visited_on": "2026-11-24"}, "after today"),
        ("publicising", "publicity_checked", DIBAO, {"checked_on": "2026-11-24"}, "after today"),
        ("to_apply", "emergency_assessed", {}, {"happened_on": "2026-11-24"}, "after today"),
        ("retro_due", "papers_completed", {}, {"papers": ["application"]}, "papers are missing: identity"),
        ("paid", "benefit_verified", {}, {}, "no relief is being paid"),
        (
            "paid",
            "benefit_stopped",
            {"relief_paid": {"payments": []}, "benefit_runs": False},
            {},
            "no relief",
        ),
        ("closed", "benefit_verified", TEMPORARY | {"relief_paid": {"payments": []}}, {}, "paid once"),
        (
            "surveyed",
            "opinion_supported",
            DIBAO | {"information_checked": {"consistent": False}},
            DIBAO_SUM,
            "democratic",
        ),
        ("surveyed", "opinion_supported", ASKED, DIBAO_SUM | {"persons": 3}, "has 2 members, not 3"),
        ("surveyed", "opinion_supported", ASKED, DIBAO_SUM | {"monthly_income": "2000.00"}, "900.00 yuan a head"),
        ("surveyed", "opinion_supported", ASKED, DIBAO_SUM | {"property_within_limits": False}, "or the property"),
        ("surveyed", "opinion_supported", ASKED, {"amount": "800.01"}, "come to 800.00 yuan"),
        ("surveyed", "opinion_supported", TEMPORARY, {"amount": "3600.01"}, "come to 3600.00 yuan"),
        ("surveyed", "opinion_supported", TEMPORARY, {"cap_multiple": "10.01"}, "10 times the standard at the most"),
        ("surveyed", "opinion_supported", RELIEVED, {}, "relieved this calendar year"),
        ("to_submit", "street_review_passed", DIBAO, {}, "only small temporary relief"),
        (
            "to_submit",
            "street_review_passed",
            TEMPORARY | {"amount": "5000.01"},
            {},
            "above the delegated limit",
        ),
        ("to_decline", "rejected_by_street", DIBAO, {}, "only small temporary relief"),
        ("to_decline", "rejected_by_street", TEMPORARY, {"asked_amount": "5000.01"}, "above the delegated limit"),
        ("street_deciding", "rejected_by_street", TEMPORARY | {"amount": "5000.01"}, {}, "above the delegated limit"),
        ("to_decline", "rejected_by_street", TEMPORARY | {"case_by_case": {"year": 2026}}, {}, "goes to the district"),
        (
            "to_decline",
            "rejected_by_street",
            TEMPORARY | {"opinion_on": "2026-11-23"},
            {"decided_on": "2026-11-22"},
            "before the opinion, of 2026-11-23",
        ),
        ("emergency", "advance_paid", {}, {"amount": "3000.01"}, "above its limit"),
        ("approved", "relief_paid", {"approved_amount": "3599.99"}, {}, "must come to the 3599.99 yuan"),
        ("paid", "fraud_found", {}, {"obtained": "1000.00", "proposed_fine": "3000.01"}, "one to three times"),
        ("paid", "fraud_found", {}, {"obtained": "1000.00", "proposed_fine": "999.99"}, "one to three times"),
        ("paid", "concluded", {}, {}, "not been contacted"),
        ("to_apply", "application_dropped", {"kind": "help"}, {"told_on": None}, "ways to apply were told"),
        ("emergency", "application_dropped", {}, {"told_on": None, "tries": [TRIED]}, "at least nobody was reached"),
        ("emergency", "application_dropped", {}, {"told_on": None, "tries": [TRIED, TRIED]}, "which 2 days"),
        ("to_apply", "application_dropped", {}, {"told_on": "2026-11-22"}, "the appeal came on 2026-11-23"),
        ("to_apply", "application_dropped", {}, {"told_on": "2026-11-24"}, "after today"),
        ("approved", "grant_renounced", DIBAO, {"ground": "death"}, "the others are still paid"),
        ("approved", "grant_renounced", DIBAO, {"happened_on": "2026-11-24"}, "after today"),
        ("approved", "grant_revoked", {"granted_on": "2026-11-23"}, {"decided_on": "2026-11-22"}, "can't be revoked"),
    ],
)
def test_a_gate_refuses_and_says_why(
    state: str, trigger: str, details: dict[str, Any], changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        decide(state, trigger, details, **changed)


def test_missing_papers_are_named_in_chinese() -> None:
    with pytest.raises(RefusedError) as caught:
        decide("materials_check", "application_accepted", DIBAO)

    [refusal] = caught.value.refusals
    assert refusal.zh == "申请材料不齐：申请书、收入财产申报及承诺、身份及户籍证明，请一次性告知补正"


def test_what_was_neither_supported_nor_posted_can_not_be_granted() -> None:
    ways = {step.trigger for step in RELIEF.steps_from("district_declining")}

    assert "district_approved" not in ways
    entered = {
        source
        for step in RELIEF.steps
        if step.target == "to_submit"
        for source in step.sources
        if source != "to_submit"
    }
    assert entered == {"publicising", "street_deciding"}


@pytest.mark.parametrize(
    ("state", "trigger", "details", "changed", "target"),
    [
        ("to_apply", "policy_explained", {"kind": "inquiry"}, {}, "informed"),
        ("to_apply", "application_filed", {}, {"residence": "residence_permit"}, "materials_check"),
        ("surveyed", "opinion_supported", ASKED, DIBAO_SUM, "to_publicise"),
        ("surveyed", "opinion_supported", TEMPORARY, {}, "to_publicise"),
        (
            "visiting",
            "house_visited",
            RELATIVE,
            {"visitors": [*ONE_VISITOR, {"name": "区民政员丙", "post": "区民政局工作人员", "of_district": True}]},
            "surveyed",
        ),
        (
            "to_submit",
            "street_review_passed",
            TEMPORARY | {"amount": "5000.00"},
            {},
            "street_deciding",
        ),
        (
            "surveyed",
            "opinion_against",
            REGISTERED | ASKED | {"house_visited": {"visitors": [{"of_district": True}]}},
            {},
            "to_decline",
        ),
        ("to_publicise", "publicity_started", DIBAO, {}, "publicising"),
        ("to_submit", "publicity_started", DIBAO | CUT_SHORT, {}, "publicising"),
        ("at_district", "district_approved", DIBAO, {"decided_on": "2026-11-20", "from_month": "2026-12"}, "approved"),
        ("street_deciding", "approved_by_street", TEMPORARY | {"amount": "3600.00"}, {}, "approved"),
        ("retro_overdue", "papers_completed", {}, {"papers": ["application", "identity"]}, "emergency_settled"),
        ("closed", "benefit_verified", DIBAO | {"relief_paid": {"payments": []}}, {}, "closed"),
        ("closed", "benefit_stopped", DIBAO | {"relief_paid": {"payments": []}}, {}, "closed"),
        ("approved", "relief_paid", PUBLISHED | {"approved_amount": "3600.00"}, {}, "paid"),
        ("approved", "relief_paid", TEMPORARY | {"approved_amount": "3600.00"}, {}, "paid"),
        ("approved", "approval_published", DIBAO | {"granted_on": "2026-11-23"}, {}, "approved"),
        (
            "to_apply",
            "application_filed",
            {},
            {"source": "entrusted", "entrusted_by": "朝阳社区居委会"},
            "materials_check",
        ),
        (
            "to_apply",
            "application_filed",
            {},
            {"incomes": [{"member": "居 民甲", "income": "wages", "monthly": "1200.00"}]},
            "materials_check",
        ),
        (
            "rejected",
            "rejection_notified",
            {"district_rejected": {"decided_on": "2026-11-20"}},
            {"told_on": "2026-11-20"},
            "rejection_told",
        ),
        ("street_deciding", "approved_by_street", GRANTED, {}, "approved"),
        ("paid", "benefit_stopped", DESTITUTE, {"published_on": "2026-11-23", "published_at": "社区公告栏"}, "stopped"),
        ("paid", "fraud_found", {}, {"obtained": "1000.00", "proposed_fine": "3000.00"}, "fraud"),
        ("to_apply", "application_dropped", {"kind": "help"}, {"told_on": "2026-11-23"}, "dropped"),
        ("emergency", "application_dropped", {}, {"told_on": "2026-11-23"}, "dropped"),
        ("approved", "grant_renounced", DIBAO, {"ground": "renounced"}, "dropped"),
        ("approved", "grant_renounced", DIBAO | {"heads": 1}, {"ground": "death"}, "dropped"),
        (
            "approved",
            "grant_revoked",
            TEMPORARY | {"granted_on": "2026-11-23"},
            {"decided_on": "2026-11-23"},
            "rejected",
        ),
    ],
)
def test_a_gate_opens_when_its_rule_is_met(
    state: str, trigger: str, details: dict[str, Any], changed: dict[str, Any], target: str
) -> None:
    assert decide(state, trigger, details, **changed) == target


def test_an_assessed_emergency_is_let_go_by_a_leader_only() -> None:
    assert RELIEF.step("emergency", "application_dropped").roles == (Role.LEADER,)
    assert RELIEF.step("to_apply", "application_dropped").roles == (Role.HANDLER,)


def test_guards_ask_nothing_of_a_form_that_is_not_filled_in_yet() -> None:
    moment = Moment(now=NOW, actor="p1", role=Role.HANDLER)

    for step in RELIEF.steps:
        for guard in step.guards:
            guard(case(step.sources[0]), {}, moment)
