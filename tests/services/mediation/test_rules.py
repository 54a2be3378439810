"""Mediation's gates and arithmetic, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.forms import example
from chassis.workflow import Moment, Role
from services.mediation import parties, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.schemas import FormSchema

NOW = Moment(now=datetime(2026, 11, 23, 1, tzinfo=UTC), actor="p1", role=Role.HANDLER)
APPLICATION = example(schemas.Application)
AGREEMENT = example(schemas.AgreementDraft)


def case(**details: Any) -> Any:
    return SimpleNamespace(id="c1", subject="A1", state="in_session", unit="u", details=details)


def form(schema: type[FormSchema], **changes: Any) -> dict[str, Any]:
    return dict(schema().load({**example(schema), **changes}))


WITH_AGENT = {
    **APPLICATION,
    "parties": [{**APPLICATION["parties"][0], "agent": "受托人甲"}, APPLICATION["parties"][1]],
}
OPEN_CASE = case(
    application=WITH_AGENT,
    agreement=AGREEMENT,
    agreement_kind="written",
    rights_explained={"in_private": True},
)
SIGNATURE = {"party": "居民甲", "way": "seal", "on": "2026-03-02"}
MEDIATOR = {"mediator": "调解员甲", "standing": "engaged", "chosen_by": "committee"}
SECOND = {**MEDIATOR, "mediator": "调解员乙"}
ITEM = AGREEMENT["items"][0]
ONE_SIDE = [{"name": "居民甲", "side": "applicant"}, {"name": "居民丙", "side": "applicant"}]
TWICE = [{"name": "居民甲", "side": "applicant"}, {"name": "居民甲 ", "side": "respondent"}]

REFUSED: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (rules.there_are_two_sides, form(schemas.Application, parties=ONE_SIDE), "respondent"),
    (rules.there_are_two_sides, form(schemas.Application, parties=TWICE), "twice"),
    (rules.it_may_be_mediated, form(schemas.Application, before_court=True), "court"),
    (rules.it_may_be_mediated, form(schemas.Application, reserved_to_authority=True), "reserves"),
    (rules.it_may_be_mediated, form(schemas.Application, crime_or_offence=True), "criminal"),
    (
        rules.everybody_consents,
        form(
            schemas.Consents,
            consents=[{"party": p, "agrees": True, "way": "by_word", "on": "2026-03-02"} for p in ("居民甲", "居民丙")],
        ),
        "居民乙",
    ),
    (rules.everybody_is_told, form(schemas.RightsNotice, told=["居民甲", "居民丙"]), "居民乙"),
    (
        rules.mediators_are_impartial,
        form(schemas.Mediators, mediators=[{**MEDIATOR, "conflict_of_interest": True}]),
        "调解员甲",
    ),
    (rules.mediators_are_impartial, form(schemas.Mediators, mediators=[{**MEDIATOR, "mediator": "居民乙"}]), "居民乙"),
    (rules.mediators_are_accepted, form(schemas.Mediators, mediators=[MEDIATOR], parties_accept=False), "acceptance"),
    (rules.one_mediator_presides, form(schemas.Mediators, mediators=[MEDIATOR, SECOND]), "exactly one"),
    (
        rules.one_mediator_presides,
        form(schemas.Mediators, mediators=[{**MEDIATOR, "presides": True}, {**SECOND, "presides": True}]),
        "exactly one",
    ),
    (rules.one_mediator_presides, form(schemas.Mediators, mediators=[MEDIATOR, MEDIATOR]), "twice"),
    (
        rules.helpers_are_welcome,
        form(schemas.Mediators, invited=[{"invited": "邻居甲", "capacity": "neighbour"}]),
        "邻居甲",
    ),
    (rules.both_sides_are_heard, form(schemas.Session, attended=["居民甲"]), "both sides"),
    (
        rules.mediators_are_impartial,
        form(schemas.Mediators, mediators=[{**MEDIATOR, "mediator": "受托人甲"}]),
        "受托人甲",
    ),
    (rules.a_private_session_stays_private, form(schemas.Session), "private"),
    (rules.routes_fit_the_dispute, form(schemas.Termination, routes=["administrative"]), "sue"),
    (rules.routes_fit_the_dispute, form(schemas.Termination, routes=["lawsuit"]), "noise"),
    (rules.signed_and_heard_by_now, form(schemas.Session, held_at="2026-11-23T09:01:00+08:00"), "future"),
    (
        rules.signed_and_heard_by_now,
        form(schemas.Signatures, signatures=[{**SIGNATURE, "on": "2026-11-24"}]),
        "future",
    ),
    (
        rules.signed_and_heard_by_now,
        form(
            schemas.Consents, consents=[{"party": "居民甲", "agrees": True, "way": "by_word", "on": "2026-11-24"}] * 2
        ),
        "future",
    ),
    (rules.a_party_authorises_another, form(schemas.Authorisation, party="居民丙"), "only a party"),
    (rules.a_party_authorises_another, form(schemas.Authorisation, agent="居民乙"), "other side"),
    (parties.agents_may_sign, form(schemas.Signatures, signatures=[{**SIGNATURE, "by_agent": True}]), "special powers"),
    (rules.undisputed_facts_are_signed, form(schemas.Termination, undisputed="双方认可漏水事实"), "consent"),
    (rules.clauses_are_complete, form(schemas.AgreementDraft, items=[{**ITEM, "obligee": "居民乙"}]), "two different"),
    (rules.clauses_are_complete, form(schemas.AgreementDraft, items=[{**ITEM, "obligor": "路人"}]), "two different"),
    (rules.clauses_are_complete, form(schemas.OralAgreement, items=[{**ITEM, "what": "以后注意影响"}]), "以后注意"),
    (rules.clauses_are_complete, form(schemas.OralAgreement, items=[{**ITEM, "way": "另行协商"}]), "which way"),
    (rules.no_ground_for_refusal, form(schemas.AgreementDraft, not_voluntary=True), "voluntary"),
    (rules.no_ground_for_refusal, form(schemas.AgreementDraft, content_unclear=True), "unclear"),
    (rules.the_rest_is_named, form(schemas.AgreementDraft, scope="partial"), "unresolved"),
    (rules.agreement_takes_effect, form(schemas.Signatures, signatures=[SIGNATURE]), "居民乙"),
    (rules.agreement_takes_effect, form(schemas.Signatures, mediator_signed=False), "mediator"),
    (rules.agreement_takes_effect, form(schemas.Signatures, committee_sealed=False), "seal"),
    (rules.agreement_takes_effect, form(schemas.Signatures, copies=2), "copies"),
    (rules.items_exist, form(schemas.Performance, item=2), "2"),
    (rules.it_has_happened, form(schemas.Performance, performed_on="2026-11-24"), "future"),
    (rules.everything_is_performed, form(schemas.Performances, performed=[]), "item 1"),
    (rules.breach_is_real, form(schemas.Breach, kind="overdue"), "not overdue"),
    (rules.remedies_fit, form(schemas.Remedies, routes=["police"]), "lawsuit"),
    (rules.application_is_joint, form(schemas.ConfirmationApplication, applicants=["居民甲", "居民丙"]), "居民乙"),
    (rules.only_applicants_withdraw, form(schemas.Unsettled, outcome="withdrawn"), "withdrawn"),
]


@pytest.mark.parametrize(("guard", "values", "reason"), REFUSED)
def test_each_gate_refuses_in_two_languages_and_says_why(
    guard: Callable[..., Any], values: dict[str, Any], reason: str
) -> None:
    refusal = guard(OPEN_CASE, values, NOW)

    assert refusal is not None
    assert reason in refusal.en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in refusal.zh)


@pytest.mark.parametrize("guard", dict.fromkeys(guard for guard, _, _ in REFUSED))
def test_a_gate_that_judges_the_form_lets_an_empty_one_pass(guard: Callable[..., Any]) -> None:
    assert guard(OPEN_CASE, {}, NOW) is None


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"agreement_kind": "oral"}, "written"),
        ({"agreement_kind": "written", "application": {**APPLICATION, "concerns_identity": True}}, "identity"),
        ({"agreement_kind": "written", "court_confirmed": True}, "already"),
    ],
)
def test_courts_do_not_confirm_everything(details: dict[str, Any], reason: str) -> None:
    refusal = rules.confirmation_is_possible(case(**details), {}, NOW)

    assert refusal is not None
    assert reason in refusal.en


def test_a_part_agreed_is_not_the_whole_solved() -> None:
    partly = case(agreement={**AGREEMENT, "scope": "partial"})

    assert rules.a_part_is_not_the_whole(partly, {"outcome": "solved"}, NOW) is not None
    assert rules.a_part_is_not_the_whole(partly, {"outcome": "partly"}, NOW) is None


def test_a_payment_in_parts_is_performed_when_they_add_up() -> None:
    items = [{"kind": "payment", "amount": "100.00", "due_on": "2026-01-01"}, {"kind": "act", "due_on": "2026-01-01"}]

    assert rules.unperformed(items, []) == [1, 2]
    assert rules.unperformed(items, [{"item": 1, "amount": "60.00"}, {"item": 2}]) == [1]
    assert rules.unperformed(items, [{"item": 1, "amount": "60.00"}, {"item": 1, "amount": "40.00"}, {"item": 2}]) == []


@pytest.mark.parametrize(
    ("due_on", "on", "late"),
    [
        ("2026-01-07", date(2026, 1, 7), []),
        ("2026-01-07", date(2026, 1, 8), [1]),
        # A day off moves to the next working day, here one that makes up for the holiday (民法典 203).
        ("2026-01-01", date(2026, 1, 4), []),
        ("2026-01-01", date(2026, 1, 5), [1]),
    ],
)
def test_an_item_is_overdue_only_after_its_last_day_or_the_working_day_after_it(
    due_on: str, on: date, late: list[int]
) -> None:
    assert rules.overdue([{"kind": "act", "due_on": due_on}], [], on) == late


@given(cents=st.integers(1, 10_000_000), count=st.integers(1, 60))
def test_instalments_add_up_and_differ_by_a_cent_at_most(cents: int, count: int) -> None:
    total = Decimal(cents) / 100
    if cents < count:
        with pytest.raises(ValueError, match="whole cents"):
            rules.instalments(total, count)
        return

    parts = rules.instalments(total, count)

    assert sum(parts) == total
    assert len(parts) == count
    assert max(parts) - min(parts) <= Decimal("0.01")


@given(st.lists(st.dates(date(2026, 1, 1), date(2030, 1, 1)), min_size=1), st.dates(date(2025, 1, 1), date(2031, 1, 1)))
def test_the_time_for_performance_ends_with_the_last_item_and_is_never_nothing(days: list[date], on: date) -> None:
    found = rules.performance_days([{"due_on": day.isoformat()} for day in days], on)

    assert found == max(1, (max(days) - on).days)


@given(st.integers(1, 10_000_000), st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
def test_shares_by_weight_add_up_and_miss_their_exact_part_by_less_than_a_cent(cents: int, weights: list[int]) -> None:
    total, sum_of = Decimal(cents) / 100, sum(weights)
    try:
        parts = rules.shared(total, weights)
    except ValueError:
        # Refused only where a part would come to less than one cent.
        assert sum_of == 0 or min(weights) * cents < sum_of
        return

    assert sum(parts) == total
    assert min(parts) > 0
    for part, weight in zip(parts, weights, strict=True):
        assert abs(int(part * 100) * sum_of - cents * weight) < sum_of


def test_left_over_cents_go_to_the_largest_remainders() -> None:
    assert rules.shared(Decimal("1.00"), [1, 1, 4]) == [Decimal("0.17"), Decimal("0.17"), Decimal("0.66")]
    assert rules.shared(Decimal("0.10"), [3, 3, 4]) == [Decimal("0.03"), Decimal("0.03"), Decimal("0.04")]
    assert rules.shared(Decimal("10.00"), [1, 1, 1]) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]


def test_whoever_a_party_has_authorised_speaks_for_it_and_does_not_mediate() -> None:
    authorised = case(application=APPLICATION, authorisations=[{**example(schemas.Authorisation), "party": "居民乙"}])
    session = form(schemas.Session, attended=["居民甲", "受托人甲"])
    mediating = form(schemas.Mediators, mediators=[{**MEDIATOR, "mediator": "受托人甲"}])

    assert rules.both_sides_are_heard(authorised, session, NOW) is None
    assert rules.both_sides_are_heard(case(application=APPLICATION), session, NOW) is not None
    assert rules.mediators_are_impartial(authorised, mediating, NOW) is not None
    assert rules.mediators_are_impartial(case(application=APPLICATION), mediating, NOW) is None


def test_an_agent_signs_with_special_powers_that_held_on_that_day_and_not_with_general_ones() -> None:
    signed = form(schemas.Signatures, signatures=[{**SIGNATURE, "by_agent": True}])
    given_powers = example(schemas.Authorisation)

    powers: list[tuple[dict[str, str], bool]] = [
        ({}, False),
        ({"powers": "general"}, True),
        ({"until": "2026-03-01"}, True),
        ({"until": "2026-03-02"}, False),
    ]
    for changes, refused in powers:
        authorised = case(authorisations=[{**given_powers, **changes}])
        assert (parties.agents_may_sign(authorised, signed, NOW) is not None) is refused


def test_noise_that_mediation_did_not_end_is_told_to_the_authority_and_other_disputes_need_not_be() -> None:
    both = form(schemas.Termination, routes=["lawsuit", "police"])
    court = form(schemas.Termination, routes=["lawsuit"])

    assert rules.routes_fit_the_dispute(OPEN_CASE, both, NOW) is None
    assert rules.routes_fit_the_dispute(case(application={"dispute_type": "leak"}), court, NOW) is None


def test_a_private_session_is_held_when_it_was_asked_for() -> None:
    assert rules.a_private_session_stays_private(OPEN_CASE, form(schemas.Session, in_private=True), NOW) is None


def test_the_same_two_households_have_one_mark_whoever_applies_and_however_it_is_written() -> None:
    here, there = {"address": "示例小区１号楼 301", "name": "居民甲"}, {"address": "示例小区1号楼401", "name": "居民乙"}
    again = [{"address": "示例小区1号楼401", "name": "居民丁"}, {"address": "示例小区1号楼301", "name": "居民丙"}]
    elsewhere = [{**here, "address": "示例小区2号楼301"}, there]
    nameless = [{"address": "", "name": "居民甲"}, {"address": "", "name": "居民乙"}]

    assert rules.households([here, there]) == rules.households(again) != ""
    assert rules.households(elsewhere) != rules.households([here, there])
    assert rules.households(nameless) == rules.households(nameless[::-1]) != ""
    assert rules.households([{"address": "示例小区1号楼", "name": "居民甲"}]) == ""


@pytest.mark.parametrize(
    ("clock", "start", "last"),
    [
        ("limitation", date(2026, 11, 23), date(2029, 11, 23)),
        ("limitation", date(2024, 2, 29), date(2027, 3, 1)),
        ("enforcement_application", date(2026, 12, 31), date(2029, 1, 2)),
        ("outsider_challenge", date(2026, 3, 2), date(2027, 3, 2)),
    ],
)
def test_the_parties_own_periods_end_on_the_corresponding_day_or_after_the_holidays(
    clock: str, start: date, last: date
) -> None:
    assert rules.until(clock, start) == last
