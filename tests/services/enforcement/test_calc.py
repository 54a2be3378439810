"""What enforcement computes without a case."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
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
from services.enforcement import bounds, calc, reading
from services.enforcement.catalogue import ACTS

HOME = Path(calc.__file__).parent
DUE = date(2026, 10, 31)


def reckon(name: str, **given: Any) -> dict[str, Any]:
    return calculating.reckon(calculating.find(calc.COMPUTATIONS, name), given)


def pointers(name: str, **given: Any) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        reckon(name, **given)
    return [error["pointer"] for error in caught.value.errors]


def said(answer: dict[str, Any]) -> str:
    return "".join(line["zh"] for line in answer["explanation"])


@pytest.mark.parametrize("computation", calc.COMPUTATIONS, ids=lambda one: one.name)
def test_the_example_of_each_is_computed_by_command_and_explained(computation: calculating.Computation) -> None:
    asked = json.dumps(example(computation.form()), ensure_ascii=False)

    done = CliRunner().invoke(command, ["enforcement", computation.name, "--json"], input=asked)

    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["explanation"]


def test_everything_that_is_asked_and_answered_has_its_chinese() -> None:
    words = catalogue.Terms(Path(catalogue.__file__).with_name("terms.toml"), HOME / "terms.toml")
    answers = [calculating.reckon(one, example(one.form())) for one in calc.COMPUTATIONS]
    names = {name for answer in answers for name in answer} - {"explanation", "not_verified"}

    assert catalogue.untranslated(words, forms=[one.form for one in calc.COMPUTATIONS]) == []
    assert [name for name in sorted(names) if not words.knows("fields", name)] == []
    for outcome in (
        "fine",
        "no_fine_yet",
        "must_not_punish",
        "may_not_punish",
        "hand_over",
        "not_punishable",
        "over",
        "within",
        "undecided",
    ):
        assert words.knows("values", outcome)


# -- fine ---------------------------------------------------------------------

ORGANISATION = {"suspect_kind": "organisation"}


@pytest.mark.parametrize(
    ("given", "outcome", "band"),
    [
        ({"acts": ["noise_over_limit"]}, "fine", ("5000", "50000")),
        ({"acts": ["noise_over_limit"], "refused": True}, "fine", ("50000", "200000")),
        ({"acts": ["noise_social"]}, "no_fine_yet", (None, None)),
        ({"acts": ["noise_social"], "refused": True}, "fine", ("2000", "20000")),
        ({"acts": ["fume_unpurified", "fume_forbidden_site"], "refused": True}, "fine", ("10000", "100000")),
        ({"acts": ["outside_business", "street_vending"]}, "fine", ("500", "5000")),
        ({"acts": ["ebike_in_corridor"]}, "hand_over", ("5000", "50000")),
        (
            {"acts": ["outside_business"], "corrected": True, "slight": True, "harm": "no_harm"},
            "must_not_punish",
            ("200", "2000"),
        ),
        (
            {"acts": ["outside_business"], "corrected": True, "first": True, "harm": "slight"},
            "may_not_punish",
            ("200", "2000"),
        ),
        ({"acts": ["outside_business"], "corrected": True, "first": True, "harm": "grave"}, "fine", ("200", "2000")),
        ({"acts": ["outside_business"], "first": True, "slight": True, "harm": "no_harm"}, "fine", ("200", "2000")),
        ({"acts": ["outside_business"], "corrected": True, "harm": "slight"}, "fine", ("200", "2000")),
    ],
)
def test_a_fine_has_the_band_of_its_act_and_may_have_to_be_left(
    given: dict[str, Any], outcome: str, band: tuple[str | None, str | None]
) -> None:
    answer = reckon("fine", **ORGANISATION, **given)

    assert (answer["outcome"], (answer["least"], answer["most"])) == (outcome, band)


def test_one_act_under_two_norms_is_fined_by_the_higher_and_the_line_says_so() -> None:
    answer = reckon("fine", acts=["outside_business", "street_vending"], **ORGANISATION)

    assert answer["act"] == "street_vending"
    assert [line["basis"] for line in answer["explanation"]].count("行政处罚法-29") == 1


@pytest.mark.parametrize(
    ("amount", "within", "hearing", "on_the_spot"),
    [
        ("200", True, False, True),
        ("2000", True, False, True),
        ("2000.01", False, False, False),
        ("199.99", False, False, False),
        ("20000", False, True, False),
    ],
)
def test_a_proposed_fine_is_compared_with_its_band(
    amount: str, *, within: bool, hearing: bool, on_the_spot: bool
) -> None:
    answer = reckon("fine", acts=["outside_business"], amount=amount, **ORGANISATION)

    assert (answer["within_band"], answer["hearing_right"], answer["on_the_spot"]) == (within, hearing, on_the_spot)


def test_a_person_is_fined_on_the_spot_up_to_two_hundred() -> None:
    assert reckon("fine", acts=["outside_business"], suspect_kind="person", amount="200")["on_the_spot"]
    assert not reckon("fine", acts=["outside_business"], suspect_kind="person", amount="201")["on_the_spot"]


def test_what_nobody_has_verified_is_named() -> None:
    assert any("听证标准" in one for one in reckon("fine", acts=["posting"], **ORGANISATION)["not_verified"])
    assert any("生态环境法典" in one for one in reckon("fine", acts=["noise_social"], **ORGANISATION)["not_verified"])


def test_what_makes_no_fine_is_said_where_it_stands() -> None:
    assert pointers("fine", acts=[], **ORGANISATION) == ["/acts"]
    assert pointers("fine", acts=["theft"], **ORGANISATION) == ["/acts/0"]
    assert pointers("fine", acts=["posting"], suspect_kind="ghost") == ["/suspect_kind"]
    assert pointers("fine", acts=["posting"], amount="-1", **ORGANISATION) == ["/amount"]
    assert pointers("fine", acts=["noise_social"], amount="500", **ORGANISATION) == ["/amount"]
    assert pointers("fine", acts=["posting"], refused=True, corrected=True, **ORGANISATION) == ["/corrected"]


@given(st.lists(st.sampled_from(ACTS.codes), min_size=1, max_size=5), st.booleans())
def test_the_higher_of_several_norms_is_never_below_any_of_them(acts: list[str], refused: bool) -> None:  # noqa: FBT001
    answer = reckon("fine", acts=acts, refused=refused, **ORGANISATION)

    bands = [
        band for act in acts if (band := bounds.fine_band(ACTS.versions(act)[-1], "organisation", refused=refused))
    ]
    assert (answer["most"] is None) == (not bands)
    assert all(Decimal(answer["most"]) >= band[1] for band in bands)


# -- late fine ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "reviews", "days", "added"),
    [
        ("2026-10-30", [], 0, "0.00"),
        ("2026-09-30", [], 0, "0.00"),
        ("2026-10-31", [], 1, "30.00"),
        ("2026-11-19", [], 20, "600.00"),
        ("2026-12-02", [], 33, "990.00"),
        ("2026-12-03", [], 34, "1000.00"),
        ("2027-12-31", [], 427, "1000.00"),
        ("2026-11-19", [("2026-11-04", "2026-11-14")], 10, "300.00"),
        ("2026-11-19", [("2026-11-04", None)], 5, "150.00"),
        ("2026-11-19", [("2026-10-19", "2026-11-09")], 10, "300.00"),
        ("2026-11-19", [("2026-11-04", "2026-11-14"), ("2026-11-09", "2026-11-17")], 7, "210.00"),
        ("2026-11-19", [("2026-11-24", "2026-12-24")], 20, "600.00"),
    ],
)
def test_three_per_cent_a_day_up_to_the_fine_and_none_under_review(
    until: str, reviews: list[tuple[str, str | None]], days: int, added: str
) -> None:
    rows = [{"sought_on": sought, "ended_on": ended} for sought, ended in reviews]

    answer = reckon("late-fine", fine="1000.00", due_on="2026-10-30", until=until, reviews=rows)

    assert (answer["days"], answer["added"]) == (days, added)
    assert Decimal(answer["total"]) == 1000 + Decimal(added)


@pytest.mark.parametrize(
    ("received", "due"), [("2026-09-16", "2026-10-08"), ("2026-11-02", "2026-11-17"), ("2026-04-24", "2026-05-09")]
)
def test_fifteen_days_of_payment_that_end_on_a_day_off_end_on_the_next_working_day(received: str, due: str) -> None:
    answer = reckon("late-fine", fine="1000.00", received_on=received, until=due)

    assert (answer["due_on"], answer["days"]) == (due, 0)
    assert ("顺延" in said(answer)) == (received == "2026-09-16")


def test_a_last_day_off_that_is_named_moves_like_one_that_is_counted() -> None:
    answer = reckon("late-fine", fine="1000.00", due_on="2026-10-01", until="2026-10-08")

    assert (answer["due_on"], answer["days"], answer["added"]) == ("2026-10-08", 0, "0.00")
    assert "顺延" in said(answer)


def test_what_makes_no_late_fine_is_said_where_it_stands() -> None:
    good = {"fine": "1000.00", "due_on": "2026-10-31", "until": "2026-11-20"}

    assert pointers("late-fine", fine="1000.00", until="2026-11-20") == ["/due_on"]
    assert pointers("late-fine", **good, received_on="2026-10-16") == ["/received_on"]
    assert pointers("late-fine", **good | {"until": "soon"}) == ["/until"]
    assert pointers("late-fine", **good, reviews=[{"sought_on": "2026-11-05", "ended_on": "2026-11-04"}]) == [
        "/reviews/0/ended_on"
    ]


DAYS = st.integers(-40, 400).map(lambda days: DUE + timedelta(days=days))
SPANS = st.lists(st.tuples(DAYS, DAYS).map(lambda pair: (min(pair), max(pair))), max_size=6)


@given(st.integers(0, 400), SPANS)
def test_the_days_that_count_are_those_in_no_review(late: int, reviews: list[tuple[date, date]]) -> None:
    until = DUE + timedelta(days=late)
    days = [DUE + timedelta(days=day) for day in range(1, late + 1)]
    expected = [day for day in days if not any(sought < day <= ended for sought, ended in reviews)]

    assert bounds.late_days(due_on=DUE, until=until, reviews=reviews) == len(expected)


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50))
def test_the_case_and_the_calculator_count_the_same_days(sought: int, lasted: int, after: int) -> None:
    began = DUE + timedelta(days=sought)
    ended = began + timedelta(days=lasted)
    today = ended + timedelta(days=after)
    details = {"pay_by": str(DUE), "reviews": [{"sought_on": str(began), "ended_on": str(ended)}]}

    in_case = reading.days_late(SimpleNamespace(details=details), today)

    assert in_case == bounds.late_days(due_on=DUE, until=today, reviews=[(began, ended)])


# -- the ninety days, and the remedies ----------------------------------------


def test_ninety_days_do_not_roll_over_a_holiday() -> None:
    answer = reckon("decision-deadline", filed_on="2022-07-03", exclusions=[])

    assert (answer["due_on"], answer["alert_on"], answer["excluded_days"]) == ("2022-10-01", "2022-09-30", 0)


@pytest.mark.parametrize(
    ("exclusions", "days", "due"),
    [
        ([("2026-02-01", "2026-02-11")], 10, "2026-04-11"),
        ([("2026-02-01", "2026-02-11"), ("2026-02-06", "2026-02-16")], 15, "2026-04-16"),
        ([("2026-02-06", "2026-02-16"), ("2026-02-01", "2026-02-11")], 15, "2026-04-16"),
        ([("2026-03-31", "2026-04-10"), ("2026-04-09", "2026-04-20")], 20, "2026-04-21"),
        ([("2026-05-01", "2026-05-11")], 0, "2026-04-01"),
    ],
)
def test_excluded_days_are_taken_out_of_the_ninety_once_each(
    exclusions: list[tuple[str, str]], days: int, due: str
) -> None:
    rows = [{"kind": "testing", "since": since, "until": until} for since, until in exclusions]

    answer = reckon("decision-deadline", filed_on="2026-01-01", exclusions=rows)

    assert (answer["excluded_days"], answer["due_on"]) == (days, due)
    assert any("扣除" in one for one in answer["not_verified"])


def test_an_exclusion_that_ends_before_it_begins_or_before_the_filing_is_refused_where_it_stands() -> None:
    turned = [{"kind": "testing", "since": "2026-02-11", "until": "2026-02-01"}]
    early = [{"kind": "testing", "since": "2025-12-01", "until": "2026-02-01"}]

    assert pointers("decision-deadline", filed_on="2026-01-01", exclusions=turned) == ["/exclusions/0/until"]
    assert pointers("decision-deadline", filed_on="2026-01-01", exclusions=early) == ["/exclusions/0/since"]


LONG_AGO = date(2021, 8, 1)


@given(st.lists(st.tuples(st.integers(1, 120), st.integers(0, 60)), max_size=5), st.integers(0, 1500))
def test_the_ninety_days_are_as_many_days_that_are_not_excluded(spans: list[tuple[int, int]], later: int) -> None:
    filed = LONG_AGO + timedelta(days=later)
    rows = [
        {"kind": "testing", "since": str(filed + timedelta(begin)), "until": str(filed + timedelta(begin + length))}
        for begin, length in spans
    ]

    answer = reckon("decision-deadline", filed_on=str(filed), exclusions=rows)

    out = {begin + day for begin, length in spans for day in range(1, length + 1)}
    due = (date.fromisoformat(answer["due_on"]) - filed).days
    assert len([day for day in range(1, due + 1) if day not in out]) == 90


@pytest.mark.parametrize(
    ("told", "reconsideration", "suit"),
    [
        ("2026-08-03", "2026-10-08", "2027-02-03"),
        ("2026-08-31", "2026-10-30", "2027-03-01"),
        ("2022-08-02", "2022-10-08", "2023-02-02"),
    ],
)
def test_sixty_days_and_six_months_roll_to_a_working_day(told: str, reconsideration: str, suit: str) -> None:
    answer = reckon("remedies", told_on=told)

    assert (answer["reconsideration_until"], answer["suit_until"]) == (reconsideration, suit)


def test_after_a_reconsideration_fifteen_days_are_left_to_sue() -> None:
    answer = reckon("remedies", told_on="2026-08-03", review_received_on="2026-09-16")

    assert answer["suit_after_review_until"] == "2026-10-08"
    assert any("行政诉讼法" in one for one in answer["not_verified"])


@pytest.mark.parametrize(
    ("name", "given", "provisional"),
    [
        ("decision-deadline", {"filed_on": "2026-11-12", "exclusions": []}, True),
        ("decision-deadline", {"filed_on": "2026-01-05", "exclusions": []}, False),
        ("remedies", {"told_on": "2026-08-03"}, True),
        ("remedies", {"told_on": "2026-02-03", "review_received_on": "2026-12-21"}, True),
        ("remedies", {"told_on": "2026-02-03"}, False),
        ("late-fine", {"fine": "100", "received_on": "2026-12-20", "until": "2027-03-01"}, True),
        ("late-fine", {"fine": "100", "received_on": "2026-08-03", "until": "2026-11-11"}, False),
        ("late-fine", {"fine": "100", "due_on": "2027-02-10", "until": "2027-03-01"}, False),
    ],
)
def test_a_day_that_rests_on_an_unpublished_holiday_notice_is_said_to_be_provisional(
    name: str,
    given: dict[str, Any],
    provisional: bool,  # noqa: FBT001
) -> None:
    answer = reckon(name, **given)

    assert answer["provisional"] is provisional
    assert ("暂定：2027 年" in said(answer)) is provisional


# -- noise --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "period", "limit"),
    [
        (zone, period, limit)
        for zone, limits in {"0": (50, 40), "1": (55, 45), "2": (60, 50), "3": (65, 55), "4": (70, 55)}.items()
        for period, limit in zip(("day", "night"), limits, strict=True)
    ],
)
def test_noise_is_over_only_above_the_limit_of_its_area_and_time(zone: str, period: str, limit: int) -> None:
    at_limit = reckon("noise", value=f"{limit}.0", zone=zone, period=period)
    above = reckon("noise", value=f"{limit}.1", zone=zone, period=period)

    assert (at_limit["verdict"], at_limit["limit"]) == ("within", str(limit))
    assert (above["verdict"], above["over_by"]) == ("over", "0.1")


@pytest.mark.parametrize(
    ("value", "background", "corrected"),
    [
        ("53.0", "50.1", None),
        ("53.0", "50.0", "50.0"),
        ("53.0", "49.0", "51.0"),
        ("55.0", "50.0", "53.0"),
        ("56.0", "50.0", "55.0"),
        ("60.0", "50.0", "59.0"),
        ("61.0", "50.0", "61.0"),
        ("50.0", "50.0", None),
    ],
)
def test_the_background_is_taken_off_or_nothing_is_decided(value: str, background: str, corrected: str | None) -> None:
    answer = reckon("noise", value=value, background=background, zone="2", period="night")

    assert answer["corrected"] == corrected
    assert (answer["verdict"] == "undecided") == (corrected is None)
    assert ("重新测量" in said(answer)) == (corrected is None)


def test_measured_inside_the_limit_is_ten_lower() -> None:
    answer = reckon("noise", value="45.0", zone="2", period="night", indoors=True)

    assert (answer["limit"], answer["verdict"], answer["over_by"]) == ("40", "over", "5.0")


def test_what_makes_no_noise_is_said_where_it_stands() -> None:
    assert pointers("noise", value="58", zone="5", period="night") == ["/zone"]
    assert pointers("noise", value="58", zone="2", period="dusk") == ["/period"]
    assert pointers("noise", zone="2", period="day") == ["/value"]
    assert pointers("noise", value="58", background="60", zone="2", period="day") == ["/background"]


@given(st.decimals(0, 120, places=1), st.decimals(0, 120, places=1))
def test_the_background_never_makes_it_louder(value: Decimal, background: Decimal) -> None:
    off = bounds.background_off(value, background)

    assert off is None or 0 <= off <= 3
    assert (off is None) == (value - background < 3)


# -- fume ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stoves", "size", "removal", "province", "province_removal"),
    [
        (1, "small", "60", "1.5", "85"),
        (2, "small", "60", "1.5", "85"),
        (3, "medium", "75", "1.2", "90"),
        (5, "medium", "75", "1.2", "90"),
        (6, "large", "85", "1.0", "95"),
        (60, "large", "85", "1.0", "95"),
    ],
)
def test_the_size_of_a_kitchen_sets_what_it_must_keep(
    stoves: int, size: str, removal: str, province: str, province_removal: str
) -> None:
    answer = reckon("fume", value="1.0", stoves=stoves)

    assert (answer["size"], answer["national_limit"], answer["national_removal"]) == (size, "2.0", removal)
    assert (answer["provincial_limit"], answer["provincial_removal"]) == (province, province_removal)
    assert answer["verdict"] == "within"


@pytest.mark.parametrize(
    ("given", "national", "provincial"),
    [
        ({"value": "2.0", "size": "small"}, True, False),
        ({"value": "2.01", "size": "small"}, False, False),
        ({"value": "1.5", "size": "small"}, True, True),
        ({"value": "1.5", "size": "small", "inlet": "10"}, True, True),
        ({"value": "1.0", "size": "small", "inlet": "2"}, False, False),
        ({"value": "1.0", "size": "large", "inlet": "10"}, True, False),
    ],
)
def test_fume_is_compared_with_both_standards(given: dict[str, Any], *, national: bool, provincial: bool) -> None:
    answer = reckon("fume", **given)

    assert (answer["national_met"], answer["provincial_met"]) == (national, provincial)
    assert answer["verdict"] == ("within" if national and provincial else "over")


def test_fume_is_converted_to_the_air_of_its_stoves() -> None:
    answer = reckon("fume", value="1.0", stoves=2, airflow="10000")

    assert answer["value"] == "2.50"
    assert answer["verdict"] == "over"


@pytest.mark.parametrize(
    ("distance", "deodorised", "least", "met"),
    [("20", False, "20", True), ("19.9", False, "20", False), ("10", True, "10", True), ("9.9", True, "10", False)],
)
def test_an_outlet_lies_far_enough_from_dwellings_nearer_where_it_is_purified_and_deodorised(
    distance: str,
    deodorised: bool,  # noqa: FBT001
    least: str,
    met: bool,  # noqa: FBT001
) -> None:
    answer = reckon("fume", value="1.0", stoves=4, distance=distance, deodorised=deodorised)

    assert (answer["distance_least"], answer["distance_met"]) == (least, met)
    assert answer["verdict"] == "within"
    assert any("HJ 554-2010" in one for one in answer["not_verified"])


def test_what_makes_no_fume_is_said_where_it_stands() -> None:
    assert pointers("fume", value="1.0") == ["/stoves"]
    assert pointers("fume", value="1.0", stoves=6, size="small") == ["/size"]
    assert pointers("fume", value="1.0", size="small", airflow="5000") == ["/stoves"]
    assert pointers("fume", value="5.0", size="small", inlet="1.0") == ["/inlet"]
    assert pointers("fume", value="-1", size="small") == ["/value"]


@pytest.mark.parametrize("day", ["0001-01-01", "2000-01-01", "9999-10-01", "9999-12-31"])
@pytest.mark.parametrize(
    ("name", "field", "more"),
    [
        ("decision-deadline", "filed_on", {}),
        ("remedies", "told_on", {}),
        ("late-fine", "received_on", {"fine": "100", "until": "2026-11-11"}),
    ],
)
def test_a_day_before_the_law_or_beyond_the_calendar_is_answered(
    name: str, field: str, more: dict[str, str], day: str
) -> None:
    with pytest.raises(ProblemError) as problem:
        reckon(name, **{field: day}, **more)

    assert problem.value.status == 422


@pytest.mark.parametrize(
    ("asked", "last_day", "barred"),
    [
        ({"ended_on": "2024-11-22"}, "2026-11-22", True),
        ({"ended_on": "2024-11-23"}, "2026-11-23", False),
        ({"ended_on": "2024-11-22", "health_harmed": True}, "2029-11-22", False),
        ({"ended_on": None, "continuing": True}, None, False),
    ],
)
def test_until_when_an_act_may_be_found_and_punished(asked: dict[str, Any], last_day: str | None, barred: bool) -> None:  # noqa: FBT001
    answer = reckon("limitation", found_on="2026-11-23", **asked)

    assert (answer["last_day"], answer["barred"]) == (last_day, barred)


def test_an_act_that_has_neither_ended_nor_goes_on_is_asked_about() -> None:
    assert pointers("limitation", found_on="2026-11-23", ended_on=None) == ["/ended_on"]
    assert pointers("limitation", found_on="2026-11-23", ended_on="2026-11-24") == ["/ended_on"]
