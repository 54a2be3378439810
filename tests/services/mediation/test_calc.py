"""What mediation computes without a case."""

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
from chassis.forms import example
from chassis.problems import ProblemError
from chassis.terms import Terms, untranslated
from services.mediation.calc import COMPUTATIONS

ROOT = Path(__file__).parents[3]
WORDS = Terms(ROOT / "chassis" / "terms.toml", ROOT / "services" / "mediation" / "terms.toml")
BASES = legal.load(ROOT / "services" / "mediation" / "legal.toml")
CHECK, INSTALMENTS, WINDOW, COMMITTEE = (
    calc.find(COMPUTATIONS, name) for name in ("agreement-check", "instalments", "confirmation-window", "committee")
)
ITEM = example(CHECK.form)["items"][0]


def reckon(computation: calc.Computation, **changes: Any) -> dict[str, Any]:
    """Compute the example with changes."""
    return calc.reckon(computation, {**example(computation.form), **changes})


def refused(computation: calc.Computation, **changes: Any) -> list[str]:
    """Return the pointers of what is wrong."""
    with pytest.raises(ProblemError) as caught:
        reckon(computation, **changes)
    assert all(error["zh"] and error["en"] for error in caught.value.errors)
    return [error["pointer"] for error in caught.value.errors]


# -- all of them ---------------------------------------------------------------


@pytest.mark.parametrize("computation", COMPUTATIONS, ids=lambda one: one.name)
def test_each_computes_its_example_by_command(computation: calc.Computation) -> None:
    given_example = CliRunner().invoke(command, ["mediation", computation.name, "--example"])
    done = CliRunner().invoke(command, ["mediation", computation.name, "--json"], input=given_example.output)

    assert done.exit_code == 0
    assert json.loads(done.output) == reckon(computation)


@pytest.mark.parametrize("computation", COMPUTATIONS, ids=lambda one: one.name)
def test_everything_that_is_asked_and_answered_has_its_chinese(computation: calc.Computation) -> None:
    def named(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [*value, *(name for inner in value.values() for name in named(inner))]
        return [name for inner in value for name in named(inner)] if isinstance(value, list) else []

    shown = {name: value for name, value in reckon(computation).items() if name not in ("explanation", "not_verified")}

    assert untranslated(WORDS, forms=[computation.form]) == []
    assert [name for name in named(shown) if not WORDS.knows("fields", name)] == []


def test_each_line_names_a_basis_that_is_on_file() -> None:
    everything_wrong = {
        "parties": [{"name": "居民甲", "side": "applicant", "agent": "调解员甲"}],
        "scope": "partial",
        "items": [{"kind": "payment", "what": "尽快转移财产"}],
        "signatures": [],
        "mediator_signed": False,
        "committee_sealed": False,
        "copies": 0,
        "concerns_identity": True,
        "not_voluntary": True,
    }
    answers = [
        reckon(CHECK, **everything_wrong),
        reckon(CHECK, mediators=[]),
        reckon(INSTALMENTS),
        reckon(WINDOW, agreement_kind="oral", concerns_identity=True, jointly=False, applied_on="2026-10-09"),
    ]

    codes = {line["basis"] for answer in answers for line in answer["explanation"]} - {""}
    assert len(codes) >= 9
    for code in codes:
        assert BASES.basis(code, date(2026, 11, 23)).title


# -- the agreement -------------------------------------------------------------


def test_a_good_agreement_is_ready() -> None:
    found = reckon(CHECK)

    assert (found["ready"], found["takes_effect"], found["court_may_confirm"]) == (True, True, True)
    assert (found["missing"], found["unclear"], found["grounds"], found["conflicted_mediators"]) == ([], [], [], [])


CHILD: dict[str, Any] = {"name": "居民乙", "side": "respondent", "age": 10}
GUARDED: dict[str, Any] = {**CHILD, "civil_capacity": "limited_capacity", "guardian": "监护人甲"}


@pytest.mark.parametrize(
    ("child", "by_agent", "says"),
    [
        (CHILD, True, "须登记为限制民事行为能力"),
        ({**GUARDED, "guardian": ""}, True, "须写明法定代理人"),
        (GUARDED, False, "须由法定代理人签名"),
        (GUARDED, True, ""),
    ],
)
def test_what_a_child_has_signed_alone_is_not_in_effect(child: dict[str, Any], says: str, *, by_agent: bool) -> None:
    parties = [{"name": "居民甲", "side": "applicant"}, child]

    found = reckon(CHECK, parties=parties, signatures=[{"party": "居民甲"}, {"party": "居民乙", "by_agent": by_agent}])

    assert (found["takes_effect"], found["ready"], found["court_may_confirm"]) == (not says,) * 3
    assert says in "".join(line["zh"] for line in found["explanation"] if line["basis"] == "民法典-23")


@pytest.mark.parametrize(
    ("changes", "question"),
    [
        ({"obligee": ""}, "who"),
        ({"obligee": "居民丙"}, "who"),
        ({"obligor": "居民甲"}, "who"),
        ({"what": "以后注意影响"}, "what"),
        ({"what": ""}, "what"),
        ({"amount": None}, "how_much"),
        ({"way": ""}, "how"),
        ({"way": "另行协商"}, "how"),
        ({"due_on": None}, "when"),
    ],
)
def test_a_clause_that_leaves_something_open_is_found_with_what_it_leaves_open(
    changes: dict[str, Any], question: str
) -> None:
    found = reckon(CHECK, items=[ITEM, {**ITEM, **changes}])

    assert [(row["item"], row["question"]) for row in found["unclear"]] == [(2, question)]
    assert [(row["ground"], row["only_suspected"]) for row in found["grounds"]] == [("content_unclear", False)]
    assert (found["ready"], found["clear"], found["court_may_confirm"]) == (False, False, False)


@pytest.mark.parametrize(
    "ground",
    ["against_mandatory_law", "harms_public_or_others", "against_public_order", "not_voluntary", "content_unclear"],
)
def test_each_of_the_court_s_five_grounds_bars_confirmation(ground: str) -> None:
    found = reckon(CHECK, **{ground: True})

    assert [row["ground"] for row in found["grounds"]] == [ground]
    assert (found["court_may_confirm"], found["ready"]) == (False, False)


def test_words_that_give_up_the_right_to_sue_are_suspected_and_left_to_a_person() -> None:
    found = reckon(CHECK, items=[{**ITEM, "what": "支付修复费用，居民甲不得起诉"}])

    [row] = found["grounds"]
    assert (row["ground"], row["only_suspected"], row["words"]) == ("against_mandatory_law", True, ["不得起诉"])
    assert (found["court_may_confirm"], found["ready"]) == (True, False)
    assert found["not_verified"]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"main_facts": ""}, ["main_facts"]),
        ({"disputed": ""}, ["disputed"]),
        ({"responsibility": ""}, ["responsibility"]),
        ({"items": []}, ["items"]),
        ({"mediators": []}, ["mediators"]),
        ({"scope": "partial"}, ["unresolved"]),
        ({"parties": [{"name": name, "side": "applicant"} for name in ("居民甲", "居民乙")]}, ["parties"]),
    ],
)
def test_what_an_agreement_must_hold_and_lacks_is_named(changes: dict[str, Any], missing: list[str]) -> None:
    found = reckon(CHECK, **changes)

    assert (found["missing"], found["contents_complete"], found["ready"]) == (missing, False, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"signatures": [{"party": "居民甲"}]},
        {"mediator_signed": False},
        {"committee_sealed": False},
        {"copies": 2},
    ],
)
def test_without_every_signature_the_seal_and_the_copies_it_is_not_in_effect(changes: dict[str, Any]) -> None:
    found = reckon(CHECK, **changes)

    assert (found["takes_effect"], found["court_may_confirm"], found["ready"]) == (False, False, False)
    assert any("生效" in line["zh"] or "份数" in line["zh"] for line in found["explanation"])


def test_a_mediator_who_acts_for_a_party_is_named() -> None:
    sides = [{"name": "居民甲", "side": "applicant", "agent": "调解员甲"}, {"name": "居民乙", "side": "respondent"}]

    assert reckon(CHECK, parties=sides)["conflicted_mediators"] == ["调解员甲"]


def test_identity_relations_take_effect_and_are_not_confirmed() -> None:
    found = reckon(CHECK, concerns_identity=True)

    assert (found["takes_effect"], found["court_may_confirm"]) == (True, False)


def test_a_check_says_what_is_wrong_field_by_field() -> None:
    assert refused(CHECK, parties=[{"name": "居民甲", "side": "applicant"}] * 2) == ["/parties"]
    assert refused(CHECK, copies=-1) == ["/copies"]
    assert refused(CHECK, items=[{**ITEM, "kind": "promise"}]) == ["/items/0/kind"]
    assert refused(CHECK, items=[{**ITEM, "due_on": "soon"}]) == ["/items/0/due_on"]


# -- payment in parts ----------------------------------------------------------


def test_a_thousand_in_three_months_ends_at_the_ends_of_the_months_and_rolls_over_days_off() -> None:
    found = reckon(INSTALMENTS, paid=[], as_of=None)

    rows = [(row["amount"], row["due_on"], row["last_day"]) for row in found["schedule"]]
    assert rows == [
        ("333.34", "2026-03-31", "2026-03-31"),
        ("333.33", "2026-04-30", "2026-04-30"),
        ("333.33", "2026-05-31", "2026-06-01"),
    ]
    assert not any(row["overdue"] for row in found["schedule"])


@pytest.mark.parametrize(("as_of", "late", "days"), [("2026-06-01", 0, 0), ("2026-06-02", 1, 1)])
def test_a_part_that_falls_on_a_sunday_is_late_only_after_the_monday(as_of: str, late: int, days: int) -> None:
    found = reckon(INSTALMENTS, paid=[{"paid_on": "2026-03-31", "amount": "666.67"}], as_of=as_of)

    assert (found["overdue_count"], found["schedule"][2]["days_late"]) == (late, days)
    assert found["overdue_amount"] == ("333.33" if late else "0.00")


def test_money_fills_the_parts_in_order_and_a_part_paid_after_its_day_is_marked() -> None:
    paid = [{"paid_on": "2026-05-06", "amount": "400.00"}, {"paid_on": "2026-03-30", "amount": "100.00"}]

    found = reckon(INSTALMENTS, paid=paid)

    first, second, third = found["schedule"]
    assert (first["paid_amount"], first["paid_on"], first["paid_late"]) == ("333.34", "2026-05-06", True)
    assert (second["paid_amount"], second["open"], second["overdue"], second["days_late"]) == (
        "166.66",
        "166.67",
        True,
        6,
    )
    assert (third["paid_amount"], third["overdue"]) == ("0.00", False)
    assert (found["paid_total"], found["open"], found["overdue_amount"]) == ("500.00", "500.00", "166.67")


def test_weights_share_the_amount_and_weeks_are_weeks() -> None:
    found = reckon(INSTALMENTS, count=2, weights=[1, 2], unit="week", every=2, paid=[], as_of=None)

    assert [(row["amount"], row["due_on"]) for row in found["schedule"]] == [
        ("333.33", "2026-03-31"),
        ("666.67", "2026-04-14"),
    ]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"total": "0"}, ["/total"]),
        ({"total": "x"}, ["/total"]),
        ({"count": 0}, ["/count"]),
        ({"total": "0.02", "paid": []}, ["/count"]),
        ({"weights": [1]}, ["/weights"]),
        ({"weights": [0, 0, 0]}, ["/weights"]),
        ({"weights": [0, 1, 1]}, ["/weights"]),
        ({"unit": "year"}, ["/unit"]),
        ({"paid": [{"paid_on": "2026-03-30", "amount": "1000.01"}]}, ["/paid/0/amount"]),
        ({"paid": [{"paid_on": "2026-05-07", "amount": "1.00"}]}, ["/paid/0/paid_on"]),
        ({"first_due_on": "9998-12-31", "paid": [], "as_of": None}, ["/first_due_on"]),
        ({"first_due_on": "9999-12-31", "count": 1, "paid": [], "as_of": None}, ["/first_due_on"]),
        ({"first_due_on": "9999-12-01", "unit": "day", "every": 300, "paid": [], "as_of": None}, ["/first_due_on"]),
        ({"colour": "red"}, ["/colour"]),
    ],
)
def test_a_plan_that_can_t_be_is_refused_field_by_field(changes: dict[str, Any], pointers: list[str]) -> None:
    assert refused(INSTALMENTS, **changes) == pointers


@given(
    cents=st.integers(120, 10_000_000),
    count=st.integers(1, 120),
    shares=st.lists(st.integers(1, 50), max_size=6),
    unit=st.sampled_from(["day", "week", "month"]),
)
def test_no_cent_is_lost_between_what_is_owed_paid_and_open(
    cents: int, count: int, shares: list[int], unit: str
) -> None:
    total = Decimal(cents) / 100
    paid = [{"paid_on": "2026-04-01", "amount": f"{total * share / 300:.2f}"} for share in shares]

    found = reckon(INSTALMENTS, total=str(total), count=count, unit=unit, paid=paid)

    rows = found["schedule"]
    assert sum(Decimal(row["amount"]) for row in rows) == total
    assert sum(Decimal(row["paid_amount"]) for row in rows) == Decimal(found["paid_total"])
    assert sum(Decimal(row["open"]) for row in rows) == Decimal(found["open"])
    assert [row["due_on"] for row in rows] == sorted(row["due_on"] for row in rows)
    assert all((row["paid_on"] is not None) == (Decimal(row["open"]) == 0) for row in rows)
    # Only one part at most is paid in part; none after it is paid at all.
    unsettled = [row for row in rows if Decimal(row["open"]) > 0]
    assert all(Decimal(row["paid_amount"]) == 0 for row in unsettled[1:])
    assert unsettled == rows[len(rows) - len(unsettled) :]


# -- judicial confirmation -----------------------------------------------------


def test_thirty_days_from_the_first_of_september_roll_over_the_national_day() -> None:
    found = reckon(WINDOW, effective_on="2022-09-01", as_of="2022-10-08", performance_ends_on=None)

    assert (found["unrolled"], found["due_on"], found["rolled"]) == ("2022-10-01", "2022-10-08", True)
    assert (found["days_left"], found["lapsed"], found["may_be_confirmed"]) == (0, False, True)
    assert any("2022-10-08" in line["zh"] and "调休" in line["zh"] for line in found["explanation"])


@pytest.mark.parametrize(("applied_on", "in_time"), [("2026-10-08", True), ("2026-10-09", False)])
def test_an_application_is_in_time_until_the_end_of_the_last_day(applied_on: str, in_time: bool) -> None:  # noqa: FBT001
    assert reckon(WINDOW, applied_on=applied_on)["in_time"] is in_time


def test_after_the_last_day_the_time_has_lapsed() -> None:
    found = reckon(WINDOW, as_of="2026-10-09")

    assert (found["lapsed"], found["days_left"]) == (True, 0)


@pytest.mark.parametrize(
    ("as_of", "said"), [("2026-09-21", "还有 17 日"), ("2026-10-08", "还有 0 日"), ("2026-10-09", "期限已过")]
)
def test_the_explanation_counts_down_to_the_last_day(as_of: str, said: str) -> None:
    explained = [line["zh"] for line in reckon(WINDOW, as_of=as_of)["explanation"]]

    assert [line for line in explained if line.startswith("截至")] == [f"截至 {as_of}，{said}。"]


@pytest.mark.parametrize("changes", [{"agreement_kind": "oral"}, {"concerns_identity": True}, {"jointly": False}])
def test_what_courts_do_not_confirm_is_said_beside_the_days(changes: dict[str, Any]) -> None:
    found = reckon(WINDOW, **changes)

    assert found["may_be_confirmed"] is False
    assert len(found["explanation"]) == len(reckon(WINDOW)["explanation"]) + 1


def test_enforcement_may_be_applied_for_two_years_from_the_end_of_performance() -> None:
    found = reckon(WINDOW)
    assert found["enforcement_until"] == "2029-01-02"
    assert any("为稳妥起见请不晚于 2028-12-31" in line["zh"] for line in found["explanation"])
    assert reckon(WINDOW, performance_ends_on="2024-03-01")["enforcement_until"] == "2026-03-02"
    assert reckon(WINDOW, performance_ends_on=None)["enforcement_until"] is None


def test_an_agreement_of_2022_is_enforced_by_the_act_as_it_was_then() -> None:
    found = reckon(WINDOW, effective_on="2022-09-01", as_of=None, performance_ends_on="2022-12-31")

    assert (found["due_on"], found["enforcement_until"]) == ("2022-10-08", "2024-12-31")
    assert found["not_verified"] == ["民事诉讼法-246"]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"applied_on": "2026-08-31"}, ["/applied_on"]),
        ({"as_of": "2026-08-31"}, ["/as_of"]),
        ({"effective_on": "2010-12-31"}, ["/effective_on"]),
        ({"effective_on": "9999-12-20", "as_of": None}, ["/effective_on"]),
        ({"performance_ends_on": "2012-01-01"}, ["/performance_ends_on"]),
        ({"performance_ends_on": "9999-01-01"}, ["/performance_ends_on"]),
        ({"agreement_kind": "whispered"}, ["/agreement_kind"]),
    ],
)
def test_days_that_can_t_be_are_refused_field_by_field(changes: dict[str, Any], pointers: list[str]) -> None:
    assert refused(WINDOW, **changes) == pointers


@given(st.dates(date(2011, 1, 1), date(2040, 1, 1)))
def test_the_last_day_is_never_before_the_thirtieth_and_always_worked(start: date) -> None:
    found = reckon(WINDOW, effective_on=start.isoformat(), as_of=None, performance_ends_on=None)
    last, unrolled = date.fromisoformat(found["due_on"]), date.fromisoformat(found["unrolled"])

    assert (unrolled - start).days == 30
    assert 0 <= (last - unrolled).days <= 12
    assert found["rolled"] is (last != unrolled)


# -- rates ---------------------------------------------------------------------

RATES = calc.find(COMPUTATIONS, "rates")


def test_the_change_against_the_year_before_is_the_one_that_was_published() -> None:
    found = reckon(RATES, accepted=3225, accepted_before=4634)

    assert (found["change"], found["success_rate"], found["performance_rate"]) == ("-30.41", "97.98", "95.00")


def test_nothing_divided_by_nothing_is_no_rate() -> None:
    found = reckon(RATES, accepted=0, agreed=0, performed=0, accepted_before=0)

    assert (found["success_rate"], found["performance_rate"], found["change"]) == (None, None, None)


def test_more_agreed_than_accepted_or_performed_than_agreed_is_refused() -> None:
    assert refused(RATES, agreed=3226) == ["/agreed"]
    assert refused(RATES, performed=3161) == ["/performed"]
    assert refused(RATES, accepted=-1) == ["/accepted"]


# -- the committee -------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({}, []),
        ({"members": 2}, ["size"]),
        ({"members": 3}, []),
        ({"members": 9}, []),
        ({"members": 10}, ["size"]),
        ({"women": 0}, ["women"]),
        ({"chairs": 0}, ["chair"]),
        ({"chairs": 2}, ["chair"]),
        ({"multi_ethnic": True}, ["minority"]),
        ({"multi_ethnic": True, "ethnic_minority": 1}, []),
        ({"elected_on": "2023-11-25"}, ["term_over"]),
        ({"elected_on": "2023-11-26"}, []),
    ],
)
def test_a_committee_has_three_to_nine_members_a_chair_a_woman_and_a_term_of_three_years(
    changes: dict[str, Any], failed: list[str]
) -> None:
    answer = reckon(COMMITTEE, **changes)

    assert (answer["lawful"], answer["failed"]) == (not failed, failed)
    assert {line["basis"] for line in answer["explanation"]} == {"人民调解法-8", "人民调解法-9"}


def test_a_term_that_began_on_a_leap_day_ends_with_february() -> None:
    assert reckon(COMMITTEE, elected_on="2024-02-29")["term_ends_on"] == "2027-02-28"


def test_more_women_than_members_are_refused_where_they_are_told() -> None:
    assert refused(COMMITTEE, members=3, women=4) == ["/women"]
