"""What relief computes without a case."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from chassis import calc as calculating
from chassis import terms as catalogue
from chassis.calc_command import calc as command
from chassis.examples import example
from chassis.problems import ProblemError
from services.relief import calc, means, rules

HOME = Path(calc.__file__).parent
YUAN = st.decimals(0, 10**5, places=2)
EXAMPLES = {one.name: example(one.form()) for one in calc.COMPUTATIONS}


def reckon(name: str, **changed: Any) -> dict[str, Any]:
    return calculating.reckon(calculating.find(calc.COMPUTATIONS, name), EXAMPLES[name] | changed)


def pointers(name: str, **changed: Any) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        reckon(name, **changed)
    return [error["pointer"] for error in caught.value.errors]


def income(member: str, amount: str, month: str = "2026-10", kind: str = "wages") -> dict[str, str]:
    return {"member": member, "income": kind, "month": month, "amount": amount}


@pytest.mark.parametrize("computation", calc.COMPUTATIONS, ids=lambda one: one.name)
def test_the_example_of_each_is_computed_by_command_and_explained(computation: calculating.Computation) -> None:
    asked = json.dumps(example(computation.form()), ensure_ascii=False)

    done = CliRunner().invoke(command, ["relief", computation.name, "--json"], input=asked)

    assert done.exit_code == 0, done.output
    assert all(line["basis"] for line in json.loads(done.output)["explanation"])


def test_everything_that_is_asked_and_answered_has_its_chinese() -> None:
    words = catalogue.Terms(Path(catalogue.__file__).with_name("terms.toml"), HOME / "terms.toml")
    names = {name for one in calc.COMPUTATIONS for name in reckon(one.name)} - {"explanation", "not_verified"}
    names |= {"income_within_limits"}

    assert catalogue.untranslated(words, forms=[one.form for one in calc.COMPUTATIONS]) == []
    assert [name for name in sorted(names) if not words.knows("fields", name)] == []


# -- dibao ----------------------------------------------------------------------


def test_dibao_is_the_difference_of_what_the_household_has_to_the_standard() -> None:
    found = reckon("dibao")

    # 3600 in three months without the scholarship, 600 off: 1000 a month, 500 a head; 900 is the standard.
    assert (found["total_income"], found["deducted"]) == ("3600.00", "600.00")
    assert (found["monthly_income"], found["per_capita"]) == ("1000.00", "500.00")
    assert (found["difference"], found["amount"]) == ("400.00", "800.00")
    assert found["eligible"]
    assert any("低保标准" in said for said in found["not_verified"])
    assert any("差额：900.00 × 2 − 1000.00 = 800.00 元/月" in line["zh"] for line in found["explanation"])


@pytest.mark.parametrize(
    ("changed", "flag"),
    [
        ({"incomes": [income("甲", "9000.00")]}, "income_below_standard"),
        ({"deposits": "43200.01"}, "deposits_within"),
        ({"houses": 2}, "houses_within"),
        ({"cars": 1}, "cars_within"),
    ],
)
def test_each_flag_alone_takes_dibao_away(changed: dict[str, Any], flag: str) -> None:
    found = reckon("dibao", **changed)

    assert (found[flag], found["eligible"], found["amount"]) == (False, False, "0.00")
    assert [
        name for name in ("income_below_standard", "deposits_within", "houses_within", "cars_within") if not found[name]
    ] == [flag]


def test_who_has_exactly_the_standard_has_no_dibao_and_is_at_the_margin() -> None:
    found = reckon("dibao", months=1, incomes=[income("甲", "1800.00")], deductions=[])

    assert (found["per_capita"], found["income_below_standard"], found["margin_household"]) == ("900.00", False, True)
    assert not reckon("dibao", months=1, incomes=[income("甲", "2700.02")], deductions=[])["margin_household"]


def test_nobody_takes_off_more_than_he_has_earned() -> None:
    taken = [{"member": "乙", "deduction": "other", "month": "2026-10", "amount": "99999.00"}]

    assert reckon("dibao", deductions=taken)["deducted"] == "0"


@pytest.mark.parametrize(
    ("applied_on", "area", "standard"),
    [
        ("2022-01-01", "urban", "850.00"),
        ("2023-12-31", "rural", "650.00"),
        ("2024-01-01", "urban", "900.00"),
        ("2026-11-20", "rural", "700.00"),
    ],
)
def test_the_standard_is_that_of_the_day_of_the_application(applied_on: str, area: str, standard: str) -> None:
    assert reckon("dibao", applied_on=applied_on, area=area)["standard"] == standard


def test_a_standard_that_is_given_counts_and_is_to_be_checked() -> None:
    found = reckon("dibao", applied_on="2010-05-01", standard="500.01")

    assert (found["standard"], found["amount"]) == ("500.01", "0.02")
    assert any("由填写人提供" in said for said in found["not_verified"])


@pytest.mark.parametrize(("stable", "by"), [(True, "2027-11-20"), (False, "2027-05-20")])
def test_a_household_is_verified_again_by_how_its_income_changes(*, stable: bool, by: str) -> None:
    assert reckon("dibao", stable_income=stable)["verify_by"] == by


def test_what_can_not_be_computed_is_said_where_it_stands() -> None:
    assert pointers("dibao", applied_on="2021-12-31") == ["/standard"]
    assert pointers("dibao", standard="0") == ["/standard"]
    assert pointers("dibao", incomes=[income("丙", "1")]) == ["/incomes/0/member"]
    assert pointers("dibao", incomes=[income("甲", "1"), income("甲", "1", "2026-07")]) == ["/incomes/1/month"]
    assert pointers("dibao", incomes=[income("甲", "1", "2026-11")]) == ["/incomes/0/month"]
    assert pointers("dibao", incomes=[income("甲", "1", "2026-13")]) == ["/incomes/0/month"]
    assert pointers("dibao", household=[{"name": "甲", "relation": "self"}] * 2) == ["/household/1/name"]
    assert pointers("dibao", household=[]) == ["/household"]
    late = [{"member": "甲", "deduction": "other", "month": "2026-01", "amount": "1"}]
    assert pointers("dibao", deductions=late) == ["/deductions/0/month"]


@given(st.lists(YUAN, max_size=5), st.lists(YUAN, max_size=3), YUAN.filter(bool), st.integers(1, 6))
def test_income_and_dibao_together_come_to_the_standard_for_all(
    earned: list[Decimal], taken: list[Decimal], standard: Decimal, persons: int
) -> None:
    names = [f"成员{place}" for place in range(persons)]
    found = reckon(
        "dibao",
        months=1,
        standard=str(standard),
        household=[{"name": name, "relation": "other"} for name in names],
        incomes=[income(names[place % persons], str(amount)) for place, amount in enumerate(earned)],
        deductions=[
            {"member": names[place % persons], "deduction": "other", "month": "2026-10", "amount": str(amount)}
            for place, amount in enumerate(taken)
        ],
        deposits="0",
    )

    amount, monthly = Decimal(found["amount"]), Decimal(found["monthly_income"])
    assert found["eligible"] == (monthly < standard * persons)
    assert amount + monthly == standard * persons if found["eligible"] else amount == 0


# -- temporary ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "reckoned", "capped", "amount"),
    [
        ({}, "3600.00", False, "3600.00"),
        ({"coefficient": "2", "persons": 3, "months": 3}, "16200.00", True, "9000.00"),
        ({"coefficient": "0.5", "persons": 1, "months": 1}, "450.00", False, "450.00"),
        ({"coefficient": None, "relief": "temp_emergency"}, "7200.00", False, "7200.00"),
        ({"cap_multiple": "1", "standard": "1000"}, "4000.00", True, "1000.00"),
    ],
)
def test_temporary_relief_is_coefficient_standard_heads_and_months_up_to_its_cap(
    *,
    changed: dict[str, Any],
    reckoned: str,
    capped: bool,
    amount: str,
) -> None:
    found = reckon("temporary", **{"relief": "temp_expense", **changed})

    assert (found["reckoned"], found["capped"], found["amount"]) == (reckoned, capped, amount)


@pytest.mark.parametrize(
    ("cause", "given_on", "again"),
    [("fire", "2026-01-01", True), ("fire", "2025-12-31", False), ("illness", "2026-01-01", False)],
)
def test_the_same_cause_is_relieved_once_a_calendar_year(*, cause: str, given_on: str, again: bool) -> None:
    earlier = [{"relief": "temp_emergency", "cause": cause, "given_on": given_on}]

    found = reckon("temporary", cause="fire", earlier=earlier)

    assert (found["already_relieved"], found["eligible"]) == (again, not again)
    assert (found["amount"] == "0.00") == again


def test_what_a_meeting_has_decided_case_by_case_is_relieved_again() -> None:
    earlier = [{"relief": "temp_emergency", "cause": "fire", "given_on": "2026-01-01"}]

    found = reckon("temporary", cause="fire", earlier=earlier, decided_case_by_case=True)

    assert (found["already_relieved"], found["eligible"]) == (True, True)
    assert found["amount"] != "0.00"


def test_only_an_expense_is_measured_by_last_year_s_income() -> None:
    rich = {"yearly_income_per_head": "32000.00", "property_within_limits": False}

    expense = reckon("temporary", relief="temp_expense", **rich)
    urgent = reckon("temporary", relief="temp_emergency", **rich)

    assert (expense["income_within_limits"], expense["eligible"], expense["amount"]) == (False, False, "0.00")
    assert (urgent["eligible"], urgent["emergency"]) == (True, True)
    assert reckon("temporary", relief="temp_expense", yearly_income_per_head="31999.99")["eligible"]


def test_urgent_help_comes_within_24_hours_and_its_papers_within_ten_working_days() -> None:
    found = reckon(
        "temporary",
        relief="temp_emergency",
        assessed_at="2026-09-30T16:00:00+08:00",
        paid_at="2026-09-30T18:00:00+08:00",
    )

    assert found["advance_by"] == "2026-10-01T16:00:00+08:00"
    # 10-08, 10-09 and the Saturday 10-10 that is worked, then 10-12 to 10-16, 10-19, 10-20.
    assert found["papers_by"] == "2026-10-20"
    assert "先行救助" in found["not_verified"]
    assert "24小时" in str(found["explanation"])


def test_an_expense_without_an_income_says_that_its_income_was_not_measured() -> None:
    without, given = (
        reckon("temporary", relief="temp_expense", yearly_income_per_head=income) for income in (None, "31999.99")
    )

    assert "没有与上年度当地人均可支配收入比较" in str(without["explanation"])
    assert "未填写申请前一年人均收入" in str(without["not_verified"])
    assert "未填写申请前一年人均收入" not in str(given)
    assert "未填写" not in str(reckon("temporary", relief="temp_emergency", yearly_income_per_head=None))


@pytest.mark.parametrize(
    ("paid_at", "guessed"), [("2026-09-30T18:00:00+08:00", False), ("2031-03-03T18:00:00+08:00", True)]
)
def test_papers_by_from_a_year_without_a_published_calendar_is_provisional(*, paid_at: str, guessed: bool) -> None:
    found = reckon("temporary", relief="temp_emergency", assessed_at=None, paid_at=paid_at)

    assert found["provisional"] is guessed
    assert ("补办手续的到期日（放假安排尚未公布，为暂定）" in found["not_verified"]) is guessed


def test_what_temporary_relief_can_not_be_computed_from_is_said() -> None:
    assert pointers("temporary", applied_on="2021-12-31") == ["/standard"]
    given = {"applied_on": "2021-12-31", "standard": "900", "relief": "temp_expense", "yearly_income_per_head": "1"}
    assert pointers("temporary", **given) == ["/yearly_income_per_head"]
    assert pointers("temporary", persons=0) == ["/persons"]
    assert pointers("temporary", months=13) == ["/months"]
    urgent = {"relief": "temp_emergency", "assessed_at": "1999-01-01T00:00:00+08:00"}
    assert pointers("temporary", **urgent) == ["/assessed_at"]
    assert pointers("dibao", applied_on="9999-12-01") == ["/applied_on"]


@given(YUAN, st.integers(1, 20), st.integers(1, 12), st.decimals(0, 20, places=2), st.decimals(0, 100, places=2))
def test_temporary_relief_never_exceeds_its_cap_nor_its_sum(
    standard: Decimal, persons: int, months: int, coefficient: Decimal, cap: Decimal
) -> None:
    amount = means.temporary_amount(
        standard=standard, coefficient=coefficient, persons=persons, months=months, cap_multiple=cap
    )

    assert amount <= (cap * standard).quantize(rules.CENT) + rules.CENT
    assert amount <= coefficient * standard * persons * months + rules.CENT


def test_the_table_of_standards_is_in_order_and_marked_as_not_verified() -> None:
    days = [row["effective_from"] for row in rules.settings()["standard"]]

    assert days == sorted(set(days))
    assert means.standard_on(date(2021, 12, 31)) is None
    found = means.standard_on(date(2026, 1, 1))
    assert found is not None
    assert not found.verified


def test_help_that_came_before_its_need_was_assessed_is_refused() -> None:
    times = {"assessed_at": "2026-11-20T09:00:00+08:00", "paid_at": "2026-11-19T09:00:00+08:00"}

    with pytest.raises(ProblemError) as caught:
        reckon("temporary", relief="temp_emergency", **times)

    assert [error["pointer"] for error in caught.value.errors] == ["/paid_at"]


@pytest.mark.parametrize(
    ("asked", "so"),
    [
        ({}, "结论：符合临时救助条件，救助金额 3600.00 元。"),
        ({"relief": "temp_expense", "yearly_income_per_head": "90000"}, "结论：不符合临时救助条件，不予救助。"),
        ({"relief": "temp_expense", "property_within_limits": False}, "结论：不符合临时救助条件，不予救助。"),
    ],
)
def test_a_temporary_relief_comes_to_a_conclusion(asked: dict[str, Any], so: str) -> None:
    assert so in [line["zh"] for line in reckon("temporary", **asked)["explanation"]]
