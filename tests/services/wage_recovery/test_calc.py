"""What wage recovery computes without a case: to the cent, to the day, with the article of every line."""

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

from chassis import calc, legal
from chassis.calc_command import calc as command
from chassis.clocks import Unit
from chassis.forms import example
from chassis.problems import ProblemError
from chassis.terms import Terms, untranslated
from services.wage_recovery import courts, debts, rules, schemas
from services.wage_recovery.calc import COMPUTATIONS

FOLDER = Path(__file__).parents[3] / "services" / "wage_recovery"
WORDS = Terms(FOLDER.parents[1] / "chassis" / "terms.toml", FOLDER / "terms.toml")
TODAY = date(2026, 11, 23)


def given_example(name: str, **changes: Any) -> dict[str, Any]:
    return {**calc.described(calc.find(COMPUTATIONS, name))["example"], **changes}


def compute(name: str, **changes: Any) -> dict[str, Any]:
    return calc.reckon(calc.find(COMPUTATIONS, name), given_example(name, **changes))


def refused(name: str, **changes: Any) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        compute(name, **changes)
    return [error["pointer"] for error in caught.value.errors]


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {*value} | {key for inner in value.values() for key in keys(inner)}
    return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()


# -- all of them ----------------------------------------------------------------


@pytest.mark.parametrize("computation", COMPUTATIONS, ids=lambda one: one.name)
def test_its_example_computes_by_command_and_every_line_has_two_languages(computation: calc.Computation) -> None:
    asked = json.dumps(calc.described(computation)["example"])
    done = CliRunner().invoke(command, ["wage_recovery", computation.name, "--json"], input=asked)

    assert done.exit_code == 0
    found = json.loads(done.output)
    assert found["explanation"]
    assert all(line["zh"] and line["en"] for line in found["explanation"])


@pytest.mark.parametrize("computation", COMPUTATIONS, ids=lambda one: one.name)
def test_every_field_value_and_basis_of_it_has_its_words(computation: calc.Computation) -> None:
    bases = legal.load(FOLDER / "legal.toml")
    found = compute(computation.name)

    assert untranslated(WORDS, forms=[computation.form]) == []
    named = keys(found) - {"explanation", "not_verified", "zh", "en", "basis"}
    assert not [name for name in sorted(named) if not WORDS.knows("fields", name)]
    assert all(bases.basis(line["basis"], TODAY) for line in found["explanation"] if line["basis"])


def test_what_nobody_has_verified_is_said() -> None:
    assert "省定标准" in compute("flags")["not_verified"][0]
    assert compute("flags", person_threshold="8000", group_threshold="40000", items=[])["not_verified"] == []
    assert "工资保证金" in compute("guarantee")["not_verified"][0]
    assert "最低工资" in compute("roster")["not_verified"][0]


# -- roster ---------------------------------------------------------------------


def test_a_roster_adds_up_row_by_row_and_worker_by_worker() -> None:
    rows = [*given_example("roster")["rows"], {**given_example("roster")["rows"][1], "number": 1}]

    found = compute("roster", rows=rows, claimed_total="15000.00", monthly_minimum_wage=None)

    assert found["by_worker"] == [{"number": 1, "owed": "12500.00"}, {"number": 2, "owed": "2500.00"}]
    assert (found["workers"], found["owed_total"], found["matches"], found["group"]) == (2, "15000.00", True, False)


def test_a_total_unlike_the_claim_is_told_with_the_difference() -> None:
    found = compute("roster", claimed_total="12000.00")

    assert (found["matches"], found["difference"]) == (False, "500.00")


def test_what_lies_below_the_minimum_wage_is_told_to_the_cent() -> None:
    assert compute("roster")["below_minimum"] == [{"number": 2, "gap": "400.00"}]


@pytest.mark.parametrize(
    ("months", "extra"), [("1.0", None), ("2.0", "6000.00"), ("12.0", "66000.00"), ("30.0", "66000.00")]
)
def test_a_second_wage_is_told_for_the_second_to_the_twelfth_month(months: str, extra: str | None) -> None:
    row = {**given_example("roster")["rows"][0], "months_without_contract": months}

    found = compute("roster", rows=[row], claimed_total=None)

    assert found.get("twofold_wage") == (None if extra is None else [{"number": 1, "extra": extra}])
    assert found["owed_total"] == "10000.00"


def test_ten_workers_are_a_group() -> None:
    row = given_example("roster")["rows"][0]

    assert compute("roster", rows=[{**row, "number": number} for number in range(1, 11)])["group"] is True
    assert compute("roster", rows=[{**row, "number": number} for number in range(1, 10)])["group"] is False


def test_a_row_with_more_paid_than_earned_is_pointed_at() -> None:
    rows = given_example("roster")["rows"]

    assert refused("roster", rows=[rows[0], {**rows[1], "paid": "4000.01"}]) == ["/rows/1"]


# -- who is liable ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrangements", "more", "expected"),
    [
        (["ordinary_employment"], {}, [("employer", "16", "18000.00", False)]),
        (["unqualified_supplier"], {}, [("user_unit", "18", "18000.00", True)]),
        (["name_lent"], {}, [("employer", "19.2", "18000.00", True)]),
        (["investors_behind"], {}, [("employer", "20", "18000.00", False), ("investors", "20", "18000.00", False)]),
        (["merged_or_split"], {}, [("employer", "21", "18000.00", False)]),
        (
            ["merged_or_split"],
            {"successor_agreed": True},
            [("employer", "21", "18000.00", False), ("successor", "21", "18000.00", False)],
        ),
        (["deregistered"], {}, [("employer", "22.1", "18000.00", False), ("investors", "22.2", "18000.00", False)]),
        (
            ["subcontractor_owes"],
            {},
            [("general_contractor", "30.3", "18000.00", True), ("subcontractor", "30.1", "18000.00", False)],
        ),
        (["recontracted"], {}, [("general_contractor", "30.4", "18000.00", True)]),
        (["owner_late"], {"unpaid_project_price": "5000.00"}, [("owner", "29.2", "5000.00", False)]),
        (["owner_late"], {"unpaid_project_price": "50000.00"}, [("owner", "29.2", "18000.00", False)]),
        (["owner_hired_unqualified"], {}, [("owner", "36.1", "18000.00", False)]),
        (["contractor_hired_unqualified"], {}, [("general_contractor", "36.1", "18000.00", False)]),
        (["construction_name_lent"], {}, [("constructor", "36.2", "18000.00", False)]),
        (["unlawful_project"], {}, [("owner", "37", "18000.00", False)]),
        (
            ["subcontractor_owes", "owner_late"],
            {"unpaid_project_price": "5000.00"},
            [
                ("owner", "29.2", "5000.00", False),
                ("general_contractor", "30.3", "18000.00", True),
                ("subcontractor", "30.1", "18000.00", False),
            ],
        ),
        # Who must pay without a cap by one article is not spared by the cap of another.
        (["owner_late", "unlawful_project"], {"unpaid_project_price": "1.00"}, [("owner", "37", "18000.00", False)]),
    ],
)
def test_each_row_of_the_table_names_who_pays_up_to_how_much_and_why(
    arrangements: list[str], more: dict[str, Any], expected: list[tuple[str, str, str, bool]]
) -> None:
    found = compute("liable", arrangements=arrangements, **more)

    assert [(row["party"], row["article"], row["most"], row["recourse"]) for row in found["liable"]] == expected
    assert found["pays_first"] == expected[0][0]
    for line, (_, article, _, _) in zip(found["explanation"], expected, strict=False):
        assert line["basis"] == f"保障农民工工资支付条例-{article.split('.')[0]}"


def test_the_table_knows_every_arrangement_that_the_form_offers() -> None:
    assert {*debts.LIABILITY} == {*schemas.ARRANGEMENTS}


def test_what_a_capped_owner_leaves_over_is_told() -> None:
    found = compute("liable", arrangements=["owner_late"], unpaid_project_price="5000.00")

    assert found["left_over"] == "13000.00"
    assert "按第29条第2款先行垫付，以未结清的工程款为限，最多 5000.00 元" in found["explanation"][0]["zh"]


@pytest.mark.parametrize(
    ("arrangements", "open_"),
    [
        (["owner_late", "subcontractor_owes"], True),
        (["recontracted", "owner_late"], True),
        (["owner_late", "contractor_hired_unqualified"], False),
        (["owner_late", "ordinary_employment"], False),
        (["unlawful_project", "subcontractor_owes"], False),
        (["subcontractor_owes"], False),
    ],
)
def test_where_an_owner_advances_and_a_contractor_pays_first_it_is_told_that_nothing_says_who_before_whom(
    arrangements: list[str],
    *,
    open_: bool,
) -> None:
    found = compute("liable", arrangements=arrangements, unpaid_project_price="5000.00")

    assert any("谁先谁后，条例没有写明" in line["zh"] for line in found["explanation"]) is open_
    assert any("先后（条例没有写明）" in one for one in found["not_verified"]) is open_


def test_a_dispute_on_the_price_of_the_works_is_no_excuse_and_a_fund_may_advance() -> None:
    found = compute("liable", price_disputed=True, employer_cannot_pay=True)

    assert found["emergency_fund"] is True
    assert [line["basis"][-2:] for line in found["explanation"]][-2:] == ["35", "63"]


def test_the_cap_of_a_late_owner_must_be_known() -> None:
    assert refused("liable", arrangements=["owner_late"]) == ["/unpaid_project_price"]


# -- limitations -----------------------------------------------------------------


def arbitration(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "employed_until": "2025-03-01",
        "interruptions": [],
        "pauses": [],
        "arrears_ended_on": None,
    }
    found: dict[str, Any] = compute("limitation", **{**plain, **changes})["arbitration"]
    return found


def on(*days: str) -> list[dict[str, str]]:
    return [{"on": day, "kind": "asked_an_authority"} for day in days]


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        # The last day is a Sunday.
        ({}, "2026-03-02"),
        # The last day lies in the holidays of October, which end on the 8th.
        ({"employed_until": "2024-10-01"}, "2025-10-09"),
        ({"employed_until": "2024-02-29"}, "2025-02-28"),
        ({"interruptions": on("2025-09-01")}, "2026-09-01"),
        ({"interruptions": on("2025-09-01", "2026-08-31")}, "2027-08-31"),
        ({"interruptions": on("2026-03-01")}, "2027-03-01"),
        # Too late to interrupt anything, or before it ran.
        ({"interruptions": on("2026-03-02")}, "2027-03-02"),
        ({"interruptions": on("2026-03-03")}, "2026-03-02"),
        ({"interruptions": on("2024-12-01")}, "2026-03-02"),
        ({"pauses": [{"since": "2025-10-01", "until": "2025-10-11"}]}, "2026-03-11"),
        # What begins before the time runs stands still only from then on.
        ({"pauses": [{"since": "2025-02-20", "until": "2025-03-06"}]}, "2026-03-06"),
        ({"pauses": [{"since": "2026-02-25", "until": "2026-04-01"}]}, "2026-04-07"),
        ({"interruptions": on("2025-10-05"), "pauses": [{"since": "2025-10-01", "until": "2025-10-11"}]}, "2026-10-12"),
    ],
)
def test_the_year_for_arbitration_runs_anew_and_stands_still(changes: dict[str, Any], until: str) -> None:
    assert arbitration(**changes)["until"] == until


def test_what_changes_nothing_is_told() -> None:
    found = arbitration(interruptions=on("2024-12-01", "2025-06-01", "2027-01-01"))

    assert (found["interrupted_on"], found["ignored"]) == (["2025-06-01"], ["2024-12-01", "2027-01-01"])


def test_the_last_day_itself_is_in_time_and_the_next_is_late() -> None:
    assert arbitration(as_of="2026-03-02")["late"] is False
    assert arbitration(as_of="2026-03-03")["late"] is True


def test_a_last_day_in_the_holidays_is_in_time_until_the_day_after_them() -> None:
    assert arbitration(employed_until="2024-10-01", as_of="2025-10-03")["late"] is False
    assert arbitration(employed_until="2024-10-01", as_of="2025-10-10")["late"] is True


def test_a_last_day_of_a_year_without_a_published_calendar_is_provisional() -> None:
    assert arbitration(employed_until="2024-10-01")["provisional"] is False
    assert arbitration(employed_until="2040-10-01", as_of="2041-01-01")["provisional"] is True


def test_while_employment_lasts_no_limitation_runs() -> None:
    found = compute("limitation", still_employed=True, employed_until=None)

    assert found["arbitration"] == {"until": None, "late": False}


def test_the_inspection_looks_back_two_years_and_nothing_interrupts_that() -> None:
    found = compute("limitation", arrears_ended_on="2024-02-29", interruptions=on("2025-01-01"), as_of="2026-03-01")

    assert (found["inspection"]["until"], found["inspection"]["late"]) == ("2026-02-28", True)


def test_an_iou_has_three_years_and_enforcement_two() -> None:
    found = compute("limitation", iou_due_on="2023-05-01", performance_due_on="2024-02-17", interruptions=[])

    # Both last days are holidays: the first of May, and the Spring Festival.
    assert (found["iou"]["until"], found["enforcement"]["until"]) == ("2026-05-06", "2026-02-24")
    assert found["not_verified"]


def test_the_times_for_arbitration_and_inspection_are_rows_of_the_law_and_what_is_older_goes_by_the_first() -> None:
    rows = {row.name: row for row in rules.bases().clocks}
    old = compute("limitation", employed_until="2003-03-03", arrears_ended_on="2003-03-03", interruptions=[])

    assert [(row.limit, row.unit) for row in (rows["arbitration_limitation"], rows["inspection_limitation"])] == [
        (1, Unit.YEAR),
        (2, Unit.YEAR),
    ]
    assert [(old[one]["until"], old[one]["late"]) for one in ("arbitration", "inspection")] == [
        ("2004-03-03", True),
        ("2005-03-03", True),
    ]


def test_dates_are_asked_for_where_there_are_none() -> None:
    assert refused("limitation", employed_until=None, arrears_ended_on=None) == ["/employed_until"]
    assert refused("limitation", pauses=[{"since": "2025-10-11", "until": "2025-10-11"}]) == ["/pauses/0/until"]


@given(
    st.dates(date(2015, 1, 1), date(2025, 1, 1)),
    st.lists(st.dates(date(2014, 1, 1), date(2030, 1, 1)), max_size=6),
    st.lists(st.tuples(st.dates(date(2014, 1, 1), date(2028, 1, 1)), st.integers(1, 200)), max_size=4),
)
def test_interruptions_and_pauses_never_shorten_a_limitation(
    since: date, interrupted: list[date], pauses: list[tuple[date, int]]
) -> None:
    paused = [(start, date.fromordinal(start.toordinal() + days)) for start, days in pauses]
    plain = courts.limitation(since, 12)

    found = courts.limitation(since, 12, interrupted, paused)

    assert found.until >= plain.until
    assert {*found.counted} | {*found.ignored} >= {*interrupted}
    assert all(since <= day <= found.until for day in found.counted)


@pytest.mark.parametrize(
    ("name", "changes", "at"),
    [
        ("limitation", {"employed_until": "9999-01-01"}, ["/employed_until"]),
        (
            "limitation",
            {"employed_until": "9997-12-31", "pauses": [{"since": "9998-01-01", "until": "9999-12-31"}]},
            ["/pauses/0/since", "/pauses/0/until"],
        ),
        ("guarantee", {"used_on": "9999-12-31"}, ["/used_on"]),
    ],
)
def test_dates_beyond_the_calendar_are_refused_and_break_nothing(
    name: str, changes: dict[str, Any], at: list[str]
) -> None:
    assert refused(name, **changes) == at


@pytest.mark.parametrize(
    ("name", "changes", "pointer"),
    [
        ("liable", {"owed": "10000000000.01"}, "/owed"),
        ("distribution", {"amount": "1e40"}, "/amount"),
        ("compensation", {"unpaid": "NaN"}, "/unpaid"),
    ],
)
def test_sums_beyond_all_reason_are_pointed_at(name: str, changes: dict[str, Any], pointer: str) -> None:
    assert refused(name, **changes) == [pointer]


# -- flags -----------------------------------------------------------------------


def unpaid(workers: int, months: str, each: str) -> list[dict[str, Any]]:
    return [{"number": number, "months_owed": months, "owed": each} for number in range(1, workers + 1)]


@pytest.mark.parametrize(
    ("rows", "signs", "alone"),
    [
        (unpaid(1, "3.0", "10000.00"), ["one_worker"], [1]),
        (unpaid(1, "2.9", "10000.00"), [], []),
        (unpaid(1, "3.0", "9999.99"), [], []),
        (unpaid(10, "1.0", "6000.00"), ["group_of_workers"], []),
        (unpaid(10, "1.0", "5999.99"), [], []),
        (unpaid(9, "1.0", "9000.00"), [], []),
    ],
)
def test_both_cases_of_the_crime_are_flagged_at_their_sums(
    rows: list[dict[str, Any]], signs: list[str], alone: list[int]
) -> None:
    found = compute("flags", rows=rows)

    assert (found["crime_signs"], found["crime_workers"]) == (signs, alone)
    assert found["may_be_crime"] is bool(signs)
    assert found["group"] is (len(rows) >= 10)


@pytest.mark.parametrize(("until", "as_of"), [(None, "2026-03-20"), ("2026-03-20", "2026-03-20")])
def test_no_crime_before_an_order_was_disobeyed(until: str | None, as_of: str) -> None:
    found = compute("flags", order_until=until, as_of=as_of)

    assert (found["crime_signs"], found["may_be_crime"]) == (["one_worker"], False)


def test_an_order_whose_last_day_is_a_holiday_is_disobeyed_only_after_the_holidays() -> None:
    for as_of, disobeyed in (("2026-10-02", False), ("2026-10-08", False), ("2026-10-09", True)):
        assert compute("flags", order_until="2026-10-01", as_of=as_of)["may_be_crime"] is disobeyed

    for as_of in ("2026-10-02", "2026-10-08"):
        assert refused("compensation", order_until="2026-10-01", as_of=as_of) == ["/as_of"]
    assert compute("compensation", order_until="2026-10-01", as_of="2026-10-09")["least"] == "9000.00"


def test_a_province_s_own_sums_count_where_they_are_given() -> None:
    assert compute("flags", rows=unpaid(1, "3.0", "8000.00"), person_threshold="8000.00")["may_be_crime"] is True


def test_an_award_is_final_only_if_each_item_is_within_twelve_minimum_wages() -> None:
    items = [{"item": "wages", "amount": "26400.00"}, {"item": "severance", "amount": "26400.01"}]

    found = compute("flags", items=items)

    assert [row["final"] for row in found["items"]] == [True, False]
    assert found["award_is_final"] is False
    assert compute("flags", items=items[:1])["award_is_final"] is True


def test_items_are_measured_by_the_minimum_wage() -> None:
    assert refused("flags", monthly_minimum_wage=None) == ["/monthly_minimum_wage"]


# -- compensation ----------------------------------------------------------------


def test_compensation_is_half_to_all_of_what_is_unpaid_after_the_order() -> None:
    found = compute("compensation")

    assert (found["least"], found["most"], found["compensation"]) == ("9000.00", "18000.00", "10800.00")
    assert found["with_compensation"] == "28800.00"


@pytest.mark.parametrize("as_of", ["2026-03-01", "2026-03-09"])
def test_no_compensation_before_the_order_has_run_out(as_of: str) -> None:
    assert refused("compensation", as_of=as_of) == ["/as_of"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"percent": "49.99"}, "/percent"), ({"percent": "100.01"}, "/percent"), ({"unpaid": "0.00"}, "/unpaid")],
)
def test_nothing_outside_the_range_is_computed(changes: dict[str, str], pointer: str) -> None:
    assert refused("compensation", **changes) == [pointer]


# -- part payments ---------------------------------------------------------------


@given(st.lists(st.integers(0, 5_000_000_00), min_size=1, max_size=40), st.data())
def test_a_part_payment_is_shared_out_to_the_cent(owed: list[int], data: st.DataObject) -> None:
    amount = Decimal(data.draw(st.integers(0, sum(owed)))) / 100
    rows = [{"number": number, "owed": str(Decimal(cents) / 100)} for number, cents in enumerate(owed, start=1)]

    found = compute("distribution", amount=str(amount), rows=rows)

    assert sum(Decimal(row["amount"]) for row in found["rows"]) == amount
    for row in found["rows"]:
        assert 0 <= Decimal(row["amount"]) <= Decimal(row["owed"])
        assert Decimal(row["left"]) == Decimal(row["owed"]) - Decimal(row["amount"])


def test_left_over_cents_go_to_the_largest_remainders() -> None:
    rows = [{"number": 1, "owed": "100.00"}, {"number": 2, "owed": "200.00"}, {"number": 3, "owed": "400.00"}]

    found = compute("distribution", amount="100.00", rows=rows)

    assert [row["amount"] for row in found["rows"]] == ["14.29", "28.57", "57.14"]


def test_more_than_is_owed_is_not_shared_out() -> None:
    assert refused("distribution", amount="300.01") == ["/amount"]


# -- guarantee -------------------------------------------------------------------


def test_account_guarantee_and_owner_cover_what_is_owed_one_after_the_other() -> None:
    found = compute("guarantee", unpaid_project_price="4000.00")

    assert [(row["source"], row["amount"]) for row in found["sources"]] == [
        ("special_account", "20000.00"),
        ("wage_guarantee", "150000.00"),
        ("owner_advance", "4000.00"),
    ]
    assert (found["covered"], found["left"], found["coverage"]) == ("174000.00", "6000.00", "96.67")


def test_what_was_used_before_covers_nothing_more() -> None:
    found = compute("guarantee", guarantee_used="150000.00")

    assert found["sources"][1]["amount"] == "0.00"
    assert refused("guarantee", guarantee_used="150000.01") == ["/guarantee_used"]


@pytest.mark.parametrize(
    ("used_on", "paid_by"),
    [
        ("2022-09-30", "2022-10-12"),
        ("2026-09-30", "2026-10-13"),
        ("2022-01-26", "2022-02-07"),
        ("2026-02-13", "2026-02-27"),
    ],
)
def test_the_bank_s_five_working_days_know_the_holidays(used_on: str, paid_by: str) -> None:
    assert compute("guarantee", used_on=used_on)["paid_by"] == paid_by


def test_a_year_without_a_published_schedule_makes_the_days_provisional() -> None:
    assert compute("guarantee", used_on="2026-09-30")["provisional"] is False
    assert compute("guarantee", used_on="2026-12-28")["provisional"] is True


@pytest.mark.parametrize(("stored", "enough"), [("50000.00", True), ("49999.99", False)])
def test_too_little_in_store_is_told(stored: str, *, enough: bool) -> None:
    found = compute("guarantee", guarantee=stored, years_without_arrears=2)

    assert (found["least"], found["most"], found["stored_enough"]) == ("100000.00", "300000.00", enough)


def test_nothing_owed_is_covered_whole() -> None:
    assert compute("guarantee", owed="0.00")["coverage"] == "100.00"


# -- duties ----------------------------------------------------------------------


def test_every_duty_has_its_article_and_its_fine() -> None:
    found = compute("duties", duties=[{"duty": duty, "met": False} for duty in schemas.DUTIES])

    fines = {
        row["duty"]: (row["fine_article"], row["least"], row["most"], row["stop_work"]) for row in found["missing"]
    }
    assert {*fines} == {*schemas.DUTIES}
    assert fines["special_account"] == ("55", "50000", "100000", True)
    assert fines["wage_ledger"] == ("54", "20000", "50000", False)
    assert fines["notice_board"] == ("56", "50000", "100000", False)
    assert "10000 元至 30000 元" in str(found["explanation"])


def test_what_is_met_costs_nothing() -> None:
    assert compute("duties", duties=[{"duty": "wage_guarantee", "met": True}])["all_met"] is True


def test_a_misspelt_field_is_an_error() -> None:
    assert refused("duties", fines=1) == ["/fines"]


def test_the_step_s_forms_and_the_computations_reckon_alike() -> None:
    row = {key: value for key, value in example(schemas.Roster)["rows"][0].items() if key in schemas.WageRow().fields}

    assert compute("roster", rows=[row])["owed_total"] == str(debts.row_owed(example(schemas.Roster)["rows"][0]))


def test_a_piece_may_be_worth_less_than_a_cent_and_no_rate_is_rounded() -> None:
    row = {**given_example("roster")["rows"][0], "rate_type": "piece", "unit_rate": "0.1255", "quantity": "10000"}
    row["paid"] = "0.00"

    found = compute("roster", rows=[row], claimed_total="1255.00")

    assert found["owed_total"] == "1255.00"
    assert found["matches"]
    for rate in ("0.12555", "6E+3"):
        assert refused("roster", rows=[{**row, "unit_rate": rate}]) == ["/rows/0/unit_rate"]


def test_money_of_more_than_a_cent_s_parts_is_refused_and_not_rounded() -> None:
    assert refused("compensation", unpaid="18000.005") == ["/unpaid"]
    assert compute("compensation", unpaid="18000.00")["least"] == "9000.00"


def test_the_second_wage_of_who_is_paid_by_the_day_goes_by_what_a_month_has_earned() -> None:
    days = {"rate_type": "day", "unit_rate": "200.00", "quantity": "60.000", "paid": "0.00", "deductions": "0.00"}
    known = {**days, "number": 2, "months_owed": "2.0", "months_without_contract": "5.0"}

    found = compute("roster", rows=[known, {**known, "number": 3, "months_owed": "0.0"}])

    # 12,000 yuan in two months, from the second month to the fifth.
    assert found["twofold_wage"] == [{"number": 2, "extra": "24000.00"}]
    assert any("无法折算月工资" in line["zh"] for line in found["explanation"])


def test_one_duty_is_said_once() -> None:
    twice = [{"duty": "special_account", "met": False}, {"duty": "special_account", "met": True}]

    assert refused("duties", duties=twice) == ["/duties/1/duty"]


def test_a_pause_is_said_to_count_for_arbitration_only() -> None:
    said = [line["zh"] for line in compute("limitation")["explanation"]]

    assert any("中止只计入仲裁时效" in line for line in said)
    assert not any("中止只计入" in line["zh"] for line in compute("limitation", pauses=[])["explanation"])


@pytest.mark.parametrize(
    ("contract", "years", "exempt", "lowered", "enough"),
    [
        ("2999999.99", 1, True, False, True),
        ("2999999.99", 0, False, False, False),
        ("3000000.00", 1, False, False, False),
        ("3000000.00", 2, False, True, True),
        ("3000000.00", 3, True, True, True),
    ],
)
def test_years_without_arrears_lower_the_guarantee_and_then_spare_it(
    contract: str, years: int, *, exempt: bool, lowered: bool, enough: bool
) -> None:
    found = compute("guarantee", contract_amount=contract, guarantee="15000.00", years_without_arrears=years)

    assert (found["may_be_exempt"], found["may_be_lowered"], found["stored_enough"]) == (exempt, lowered, enough)


def test_a_guarantee_is_stored_in_twenty_working_days_and_given_back_after_thirty_days_of_posting() -> None:
    found = compute("guarantee", contract_signed_on="2026-03-02", completion_posted_on="2026-03-02")

    assert (found["open_by"], found["refund_from"]) == ("2026-03-30", "2026-04-02")
