"""The arithmetic of relief."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.workflow import Moment, Role
from services.relief import applying, granting, means, rules

if TYPE_CHECKING:
    from chassis.workflow import CaseView

YUAN = st.decimals(0, 10**6, places=2)
#: The clocks that run by a row for each kind of relief.
CLOCKED = ("handling", "publicity", "district", "rejection_notice", "payment")


def case(**details: Any) -> CaseView:
    opened = datetime(2026, 11, 1, tzinfo=UTC)
    return SimpleNamespace(id="c", subject="A", state="s", unit="", details=details, opened_at=opened)


@pytest.mark.parametrize(
    ("incomes", "deductions", "persons", "head"),
    [
        (["1200", "300"], "0", 3, "500.00"),
        (["1000"], "0", 3, "333.33"),
        (["2000"], "0", 3, "666.67"),
        (["100"], "200", 2, "0.00"),
        ([], "0", 1, "0.00"),
    ],
)
def test_income_a_head_is_what_remains_divided_by_the_members(
    incomes: list[str], deductions: str, persons: int, head: str
) -> None:
    found = means.per_capita([Decimal(income) for income in incomes], Decimal(deductions), persons)

    assert found == Decimal(head)


def test_dibao_fills_each_head_up_to_the_standard() -> None:
    assert means.dibao_amount(standard=Decimal(900), income=Decimal(1000), persons=2) == Decimal("800.00")
    assert means.dibao_amount(standard=Decimal(900), income=Decimal(1800), persons=2) == Decimal("0.00")


def test_rounding_the_income_a_head_gives_no_cent_away() -> None:
    assert means.dibao_amount(standard=Decimal(900), income=Decimal(1000), persons=3) == Decimal("1700.00")


@given(YUAN, YUAN, st.integers(1, 20))
def test_dibao_is_never_negative_and_never_above_the_standard_for_all(
    standard: Decimal, income: Decimal, persons: int
) -> None:
    amount = means.dibao_amount(standard=standard, income=income, persons=persons)

    assert 0 <= amount <= standard * persons


@given(YUAN, YUAN, YUAN, st.integers(1, 20))
def test_who_earns_more_never_gets_more(standard: Decimal, income: Decimal, more: Decimal, persons: int) -> None:
    def amount(earned: Decimal) -> Decimal:
        return means.dibao_amount(standard=standard, income=earned, persons=persons)

    assert amount(income + more) <= amount(income)


@pytest.mark.parametrize(
    ("coefficient", "persons", "months", "cap", "amount"),
    [
        ("1", 2, 2, "10", "3600.00"),
        ("2", 3, 3, "10", "9000.00"),
        ("0.5", 1, 1, "10", "450.00"),
        ("1", 1, 1, "0", "0.00"),
    ],
)
def test_temporary_relief_stops_at_its_cap(coefficient: str, persons: int, months: int, cap: str, amount: str) -> None:
    found = means.temporary_amount(
        standard=Decimal(900),
        coefficient=Decimal(coefficient),
        persons=persons,
        months=months,
        cap_multiple=Decimal(cap),
    )

    assert found == Decimal(amount)


def test_medical_aid_follows_its_bills_and_is_not_computed_here() -> None:
    assert means.amount_of("medical", {"standard": Decimal(900), "persons": 1}) is None


def test_destitute_support_is_the_standard_times_its_coefficient() -> None:
    form = {"standard": Decimal(900), "persons": 1, "coefficient": Decimal("1.3")}

    assert means.amount_of("destitute", form) == Decimal("1170.00")


def test_papers_that_were_brought_later_count() -> None:
    filed = {"relief": "temp_expense", "papers": ["application", "identity"]}
    brought = [{"papers": ["declaration"]}]

    assert applying.missing_papers(case(application_filed=filed, supplemented=brought)) == ["hardship_proof"]


def test_every_kind_of_relief_has_its_papers_and_its_days() -> None:
    rows = {clock: {row.case_kind or "dibao" for row in rules.bases().clocks if row.name == clock} for clock in CLOCKED}

    assert set(rules.RELIEFS) == set(rules.PAPERS)
    assert rows == {clock: {*rules.RELIEFS} for clock in CLOCKED} | {"handling": {*rules.RELIEFS, "dibao_complex"}}


def test_days_that_a_department_has_put_in_its_standards_before_they_were_rows_of_the_law_still_count() -> None:
    own = {"handling_days": {"temp_expense": 10}, "opinion_days": {"destitute": 18}}
    own |= {"district_days": {"dibao": 8}, "verification": {"stable": 24, "changing": 3}}

    kept = rules.with_own_days(rules.bases(), own)

    day = date(2026, 11, 23)
    assert [kept.clock("handling", day, kind).limit for kind in ("temp_expense", "temp_emergency")] == [10, 15]
    assert (kept.clock("initial_opinion", day).limit, kept.clock("district", day).limit) == (18, 8)
    assert [kept.clock("verification", day, kind).limit for kind in ("", "changing")] == [24, 3]


def test_either_the_registers_or_the_visit_may_raise_a_doubt() -> None:
    assert applying.is_doubtful(case(information_checked={"consistent": False}))
    assert applying.is_doubtful(case(house_visited={"doubtful": True}))
    assert not applying.is_doubtful(case(information_checked={"consistent": True}, house_visited={"doubtful": False}))
    assert not applying.is_doubtful(case())


def test_nobody_raises_a_limit_by_what_he_types() -> None:
    asked = case(application_filed={"relief": "temp_expense"}, amount="5000.01")
    typed = {"delegated_limit": Decimal("1000000.00")}
    advance = {"amount": Decimal("3000.01"), "limit": Decimal("1000000.00")}
    moment = Moment(now=datetime(2026, 11, 1, tzinfo=UTC), actor="a", role=Role.REVIEWER)

    street, urgent = (
        granting.street_may_decide(asked, typed, moment),
        applying.within_advance_limit(asked, advance, moment),
    )

    assert street is not None
    assert "5000.00 元（未核实，由 standards.toml 的 [limits] 设定）" in street.zh
    assert urgent is not None
    assert "3000.00 yuan (not verified, set by [limits] in standards.toml)" in urgent.en
    assert not granting.street_may_decide(
        case(application_filed={"relief": "temp_expense"}, amount="5000.00"), typed, moment
    )


def test_a_limit_that_is_lower_in_the_form_is_not_said_to_be_the_tables() -> None:
    assert rules.at_most("advance", Decimal("2000.00")) == (Decimal("2000.00"), "", "")


@pytest.mark.parametrize("standards", [{}, {"limits": {"verified": True}}])
def test_a_department_whose_own_standards_are_from_before_the_limits_goes_by_the_forms(
    monkeypatch: pytest.MonkeyPatch, standards: dict[str, Any]
) -> None:
    monkeypatch.setattr(rules, "settings", lambda: standards)
    asked = case(application_filed={"relief": "temp_expense"}, amount="6000.00")
    moment = Moment(now=datetime(2026, 11, 1, tzinfo=UTC), actor="a", role=Role.REVIEWER)
    amount, lower, higher = Decimal("6000.00"), Decimal("5999.99"), Decimal("6000.00")

    delegated = [granting.street_may_decide(asked, {"delegated_limit": limit}, moment) for limit in (lower, higher)]
    advanced = [
        applying.within_advance_limit(asked, {"amount": amount, "limit": limit}, moment) for limit in (lower, higher)
    ]

    doubt = "（未核实，standards.toml 没有设定限额，以填写的为准）"
    assert [one and one.zh for one in delegated] == [f"超过委托审批限额 5999.99 元{doubt}，应报区民政部门", None]
    assert [one and one.zh for one in advanced] == [f"先行救助金额超过限额 5999.99 元{doubt}", None]
    assert [what for what, _ in rules.unlimited()] == [
        "standards.toml sets no limit `delegated`: whoever fills in the form sets it",
        "standards.toml sets no limit `advance`: whoever fills in the form sets it",
    ]


def test_the_limits_that_come_with_the_service_leave_the_doctor_nothing_to_say() -> None:
    assert [*rules.unlimited()] == []
