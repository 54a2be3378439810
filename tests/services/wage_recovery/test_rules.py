"""Wage recovery's gates and arithmetic, without a database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.forms import example
from chassis.schemas import FormSchema
from chassis.wire import plain
from chassis.workflow import Moment, Role
from services.wage_recovery import cautions, courts, debts, decisions, orders, schemas

NOW = Moment(now=datetime(2026, 11, 23, 1, tzinfo=UTC), actor="p1", role=Role.HANDLER)
ROSTER = example(schemas.Roster)
ROWS = ROSTER["rows"]
PAYMENT = example(schemas.PaymentCheck)
PAYMENTS = PAYMENT["rows"]


def case(**details: Any) -> Any:
    return SimpleNamespace(id="c1", subject="A1", state="coordinated", unit="u", details=details)


def form(schema: type[FormSchema], **changes: Any) -> dict[str, Any]:
    return dict(schema().load({**example(schema), **changes}))


def roster(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = [{**ROWS[0], **change} for change in changes]
    return form(schemas.Roster, rows=rows, **more)


CLAIMED = case(roster=ROSTER, claim={"workers": 2})
ORDERED = case(roster=ROSTER, order={"days": 7}, order_until="2026-11-23")

REFUSED: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (debts.roster_adds_up, roster({"owed": "9999.99"}), "10000.00"),
    (debts.roster_adds_up, roster({"paid": "12000.01", "owed": "0.00"}), "more was paid"),
    (debts.roster_adds_up, roster({}, claimed_total="18000.00"), "adds up to 10000.00"),
    (debts.roster_adds_up, roster({"paid": "12000.00", "owed": "0.00"}, claimed_total="0.00"), "nothing is owed"),
    (debts.every_worker_has_signed, roster({"signed": False}), "1"),
    (
        debts.workers_are_told_apart,
        roster({}, {"name": "工人丙", "id_number": "371602********0033"}),
        "several workers",
    ),
    (debts.workers_are_told_apart, roster({}, {"number": 2}), "1、2"),
    (
        debts.group_is_reported,
        roster(*({"number": n, "name": f"工人{n}", "id_number": f"371602********{n:04}"} for n in range(1, 11))),
        "report that first",
    ),
    (debts.liable_parties_are_named, form(schemas.LiabilityFacts, arrangements=["name_lent"], employer=""), "employer"),
    (debts.employer_was_asked, form(schemas.Evidence, employer_asked_on=None), "burden"),
    (debts.payments_reach_the_workers, form(schemas.PaymentCheck, rows=[{**PAYMENTS[0], "number": 9}]), "no number 9"),
    (
        debts.payments_reach_the_workers,
        form(schemas.PaymentCheck, rows=[{**PAYMENTS[0], "to_worker_himself": False}]),
        "himself",
    ),
    (
        debts.payments_reach_the_workers,
        form(schemas.PaymentCheck, rows=[{**PAYMENTS[0], "paid_on": "2026-11-24"}]),
        "future",
    ),
    (debts.every_worker_is_paid, form(schemas.PaymentCheck, rows=PAYMENTS[:1]), "2: 8000.00"),
    (
        debts.nobody_gets_too_much,
        form(schemas.Payment, rows=[{**PAYMENTS[0], "amount": "10000.01"}]),
        "number 1",
    ),
    (debts.every_worker_was_checked, form(schemas.PaymentCheck, workers_asked=1), "2 workers"),
    (
        courts.instalments_add_up,
        form(schemas.Settlement, instalments=[{"due_on": "2026-12-31", "amount": "17999.99"}]),
        "18000.00",
    ),
    (courts.settlement_is_signed, form(schemas.Settlement, sealed=False), "sealed"),
    (courts.settlement_is_signed, form(schemas.Settlement, workers_signed=False), "workers_signed"),
    (orders.inspection_is_in_time, form(schemas.InspectionRequest, still_going_on=False), "which day"),
    (
        orders.inspection_is_in_time,
        form(schemas.InspectionRequest, still_going_on=False, ended_on="2024-11-22", handed_over_on="2026-11-23"),
        "two years",
    ),
    (orders.order_is_served, form(schemas.OrderToPay, served_by="posted_up"), "photos"),
    (orders.order_is_not_above_what_is_owed, form(schemas.OrderToPay, amount="18000.01"), "18000.00"),
    (decisions.compensation_is_in_range, form(schemas.Compensation, unpaid="17000.00"), "18000.00"),
    (decisions.compensation_is_in_range, form(schemas.Compensation, compensation="8999.99"), "9000.00"),
    (decisions.compensation_is_in_range, form(schemas.Compensation, compensation="18000.01"), "18000.00"),
]


@pytest.mark.parametrize(("guard", "values", "reason"), REFUSED)
def test_each_gate_refuses_in_two_languages_and_says_why(
    guard: Callable[..., Any], values: dict[str, Any], reason: str
) -> None:
    refusal = guard(CLAIMED, values, NOW)

    assert refusal is not None
    assert reason in refusal.en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in refusal.zh)


@pytest.mark.parametrize("guard", dict.fromkeys(guard for guard, _, _ in REFUSED))
def test_a_gate_that_judges_the_form_lets_an_empty_one_pass(guard: Callable[..., Any]) -> None:
    assert guard(CLAIMED, {}, NOW) is None


@pytest.mark.parametrize(
    ("guard", "at_hand", "reason"),
    [
        (debts.nothing_is_outstanding, CLAIMED, "18000.00"),
        (debts.there_is_a_payment, CLAIMED, "no payment"),
        (debts.something_is_unpaid, case(roster=ROSTER, payments=[PAYMENT]), "verify"),
        (orders.order_was_disobeyed, CLAIMED, "no authority"),
        (orders.order_was_disobeyed, case(roster=ROSTER, order={"days": 7}, payments=[PAYMENT]), "are paid"),
        (orders.order_has_run_out, CLAIMED, "no order"),
        (orders.order_has_run_out, ORDERED, "2026-11-23"),
        (courts.award_is_in_effect, CLAIMED, "fifteen days"),
        (debts.group_is_reported, case(claim={"workers": 10}), "report that first"),
    ],
)
def test_a_gate_that_judges_the_case_always_judges(guard: Callable[..., Any], at_hand: Any, reason: str) -> None:
    refusal = guard(at_hand, {}, NOW)

    assert refusal is not None
    assert reason in refusal.en


@pytest.mark.parametrize("days", ["2024-11-23", "2026-01-01"])
def test_the_inspection_still_acts_on_the_last_day_of_two_years(days: str) -> None:
    asked = form(schemas.InspectionRequest, still_going_on=False, ended_on=days)

    assert orders.inspection_is_in_time(CLAIMED, {**asked, "handed_over_on": date(2026, 11, 23)}, NOW) is None


def test_the_two_years_of_the_inspection_are_counted_to_the_day_of_the_act_not_of_its_entry() -> None:
    asked = form(schemas.InspectionRequest, still_going_on=False, ended_on="2024-11-20", handed_over_on="2026-11-20")
    late = {**asked, "handed_over_on": date(2026, 11, 21)}

    assert orders.inspection_is_in_time(CLAIMED, asked, NOW) is None
    assert orders.inspection_is_in_time(CLAIMED, late, NOW) is not None


@pytest.mark.parametrize(
    ("arrangements", "expected"),
    [
        (["ordinary_employment"], [("employer", "16", False)]),
        (["unqualified_supplier"], [("user_unit", "18", True)]),
        (["name_lent"], [("employer", "19.2", True)]),
        (["investors_behind"], [("employer", "20", False), ("investors", "20", False)]),
        (["merged_or_split"], [("employer", "21", False)]),
        (["deregistered"], [("employer", "22.1", False), ("investors", "22.2", False)]),
        (["subcontractor_owes"], [("general_contractor", "30.3", True), ("subcontractor", "30.1", False)]),
        (["recontracted"], [("general_contractor", "30.4", True)]),
        (["owner_late"], [("owner", "29.2", False)]),
        (["owner_hired_unqualified"], [("owner", "36.1", False)]),
        (["contractor_hired_unqualified"], [("general_contractor", "36.1", False)]),
        (["construction_name_lent"], [("constructor", "36.2", False)]),
        (["unlawful_project"], [("owner", "37", False)]),
    ],
)
def test_the_regulation_says_who_pays(arrangements: list[str], expected: list[tuple[str, str, bool]]) -> None:
    found = debts.liable_parties({"arrangements": arrangements, "unpaid_project_price": Decimal(5000)}, Decimal(18000))

    assert [(row["party"], row["article"], row["recourse"]) for row in found] == expected


def test_every_arrangement_of_the_form_has_its_payer() -> None:
    assert {*schemas.ARRANGEMENTS} == {*debts.LIABILITY}
    assert {payer.party for payers in debts.LIABILITY.values() for payer in payers} == {*schemas.PARTIES}


def test_a_late_owner_advances_no_more_than_the_unpaid_price_of_the_project() -> None:
    facts = {"arrangements": ["owner_late", "subcontractor_owes"], "unpaid_project_price": Decimal(5000)}

    found = {row["party"]: row["most"] for row in debts.liable_parties(facts, Decimal(18000))}

    assert found == {"general_contractor": Decimal(18000), "subcontractor": Decimal(18000), "owner": Decimal(5000)}


def test_an_owner_of_an_unlawful_project_has_no_cap() -> None:
    facts = {"arrangements": ["owner_late", "unlawful_project"], "unpaid_project_price": Decimal(5000)}

    [owner] = debts.liable_parties(facts, Decimal(18000))

    assert (owner["article"], owner["most"]) == ("37", Decimal(18000))


def test_a_late_owner_without_the_unpaid_price_is_asked_for_it() -> None:
    errors = schemas.LiabilityFacts().validate({**example(schemas.LiabilityFacts), "arrangements": ["owner_late"]})

    assert list(errors) == ["unpaid_project_price"]


def test_a_worker_with_two_kinds_of_work_is_owed_both() -> None:
    rows = [{"number": 1, "owed": "10.00"}, {"number": 1, "owed": "5.50"}, {"number": 2, "owed": "1.00"}]

    assert debts.owed_by_worker(rows) == {1: Decimal("15.50"), 2: Decimal("1.00")}


@pytest.mark.parametrize(
    ("rows", "claimed", "share", "expected"),
    [
        (ROWS, "18000", None, []),
        (ROWS, "17000", None, ["unlike_the_claim"]),
        (ROWS, "18000", "17999", ["above_labour_share"]),
        ([{**row, "card": "****1001"} for row in ROWS], "18000", None, ["one_card_for_several"]),
        ([{**row, "card": ""} for row in ROWS], "18000", None, ["one_leader_and_no_cards"]),
        (
            [{**ROWS[0], "number": n, "card": f"****100{n}", "id_number": f"371602********001{n}"} for n in (1, 2, 3)],
            "30000",
            None,
            ["equal_round_sums"],
        ),
    ],
)
def test_what_looks_invented_is_noted(
    rows: list[dict[str, Any]], claimed: str, share: str | None, expected: list[str]
) -> None:
    found = [
        one.code
        for one in cautions.of_roster(rows, claimed=Decimal(claimed), labour_share=Decimal(share) if share else None)
    ]

    assert found == expected


OWED = st.dictionaries(
    st.integers(1, 60), st.integers(1, 10_000_00).map(lambda cents: Decimal(cents) / 100), min_size=1
)


@given(OWED, st.data())
def test_a_partial_payment_is_split_to_the_cent_and_nobody_gets_too_much(
    owed: dict[int, Decimal], data: st.DataObject
) -> None:
    amount = Decimal(data.draw(st.integers(0, int(sum(owed.values()) * 100)))) / 100

    parts = debts.distribute(amount, owed)

    assert sum(parts.values()) == amount
    for number, part in parts.items():
        exact = amount * owed[number] / sum(owed.values())
        assert abs(part - exact) < Decimal("0.01")
        assert 0 <= part <= owed[number]


def test_more_than_is_owed_is_not_distributed() -> None:
    with pytest.raises(ValueError, match="distributed"):
        debts.distribute(Decimal(2), {1: Decimal(1)})


@given(st.integers(1, 10_000_000_00))
def test_compensation_lies_between_half_and_all_of_what_is_unpaid(cents: int) -> None:
    left = Decimal(cents) / 100

    least, most = orders.compensation_range(left)

    assert most == left
    assert 0 <= least - left / 2 <= Decimal("0.005")


@given(
    st.decimals(0, 100_000, places=2),
    st.decimals(0, 400, places=3),
    st.decimals(0, 1000, places=2),
    st.decimals(0, 1000, places=2),
)
def test_a_row_is_rate_times_quantity_less_deductions_and_payments(
    rate: Decimal, quantity: Decimal, deductions: Decimal, paid: Decimal
) -> None:
    row = {"unit_rate": rate, "quantity": quantity, "deductions": deductions, "paid": paid}

    assert abs(debts.row_owed(row) - (rate * quantity - deductions - paid)) <= Decimal("0.005")
    assert debts.row_owed(plain(row)) == debts.row_owed(row)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2000_00)), max_size=20))
def test_what_is_left_never_grows_and_never_falls_below_nothing(payments: list[tuple[int, int]]) -> None:
    rows = [{"number": number, "amount": Decimal(cents) / 100} for number, cents in payments]
    before = debts.left_to_pay(debts.owed_by_worker(ROWS), [])
    for count in range(len(rows) + 1):
        after = debts.left_to_pay(debts.owed_by_worker(ROWS), rows[:count])
        assert all(0 <= after[number] <= before[number] for number in before)
        before = after


@pytest.mark.parametrize(
    ("workers", "months", "each", "expected"),
    [
        (1, "3.0", "10000.00", ["one_worker"]),
        (1, "2.9", "10000.00", []),
        (1, "3.0", "9999.99", []),
        (10, "1.0", "6000.00", ["group_of_workers"]),
        (9, "1.0", "9000.00", []),
        (10, "1.0", "5999.99", []),
        (10, "3.0", "10000.00", ["one_worker", "group_of_workers"]),
    ],
)
def test_the_two_thresholds_of_the_crime_warn(workers: int, months: str, each: str, expected: list[str]) -> None:
    rows = [{"number": number, "months_owed": months} for number in range(workers)]

    assert orders.crime_signs(rows, {number: Decimal(each) for number in range(workers)}) == expected


@pytest.mark.parametrize(
    ("ended", "claimed", "until"),
    [
        (None, None, None),
        (date(2024, 2, 29), None, date(2025, 2, 28)),
        # Its last day lies in the holidays of October.
        (date(2024, 10, 1), None, date(2025, 10, 9)),
        (date(2025, 3, 1), date(2025, 9, 1), date(2026, 9, 1)),
    ],
)
def test_arbitration_is_open_for_a_year_from_the_end_or_the_last_claim(
    ended: date | None, claimed: date | None, until: date | None
) -> None:
    found = courts.arbitration_until(ended, claimed)

    assert (found and found.until) == until


def test_a_party_that_two_facts_name_keeps_the_recourse_of_one_and_the_articles_of_both() -> None:
    facts = {
        "arrangements": ["subcontractor_owes", "contractor_hired_unqualified"],
        "general_contractor": "示例总承包公司",
    }

    found = {row["party"]: row for row in debts.liable_parties(facts, Decimal(18000))}

    assert found["general_contractor"]["recourse"] is True
    assert found["general_contractor"]["articles"] == ["36.1", "30.3"]
    assert found["subcontractor"]["recourse"] is False


@pytest.mark.parametrize(("amount", "final"), [("26400.00", True), ("26400.01", False)])
def test_an_award_is_final_up_to_twelve_minimum_wages_for_each_item(amount: str, final: bool) -> None:  # noqa: FBT001 - a column of the table
    items = [{"amount": amount}, {"amount": "26400.00"}]

    assert courts.award_is_final(items, Decimal(2200)) is final
