"""The command computes, explains, and says what is wrong with what it was given."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chassis.deadline_command import deadline


def run(*args: str) -> Result:
    return CliRunner().invoke(deadline, args)


def answer(*args: str) -> dict[str, Any]:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    body: dict[str, Any] = json.loads(result.output)
    return body


def test_five_working_days_over_the_national_holiday_are_computed_and_explained() -> None:
    body = answer("--start", "2026-09-30", "--add", "5wd")

    assert body["due_at"] == "2026-10-13T23:59:59+08:00"
    assert body["provisional"] is False
    assert any("2026-10-10（周六） 国庆节调休上班" in sentence for sentence in body["explanation"])


@pytest.mark.parametrize(
    ("args", "due"),
    [
        (("--start", "2026-09-30", "--add", "5d", "--basis", "行政处罚法"), "2026-10-13T23:59:59+08:00"),
        (("--start", "2026-09-16", "--add", "15d", "--basis", "行政处罚法-67"), "2026-10-08T23:59:59+08:00"),
        (("--start", "2022-07-03", "--add", "90d", "--roll", "none"), "2022-10-01T23:59:59+08:00"),
        (("--start", "2022-09-01", "--add", "30d", "--roll", "next"), "2022-10-08T23:59:59+08:00"),
        (("--start", "2026-11-20T17:00", "--add", "24h"), "2026-11-21T17:00:00+08:00"),
        (("--start", "2026-11-20T09:00:00Z", "--add", "24h"), "2026-11-21T17:00:00+08:00"),
        (
            ("--start", "2026-11-20T16:00", "--add", "2wh", "--hours", "09:00-12:00,14:00-17:00"),
            "2026-11-23T10:00:00+08:00",
        ),
        (("--start", "2026-11-20", "--add", "1wd", "--ends", "close"), "2026-11-23T17:30:00+08:00"),
        (("--start", "2026-01-31", "--add", "1m+5d", "--roll", "none"), "2026-03-05T23:59:59+08:00"),
    ],
)
def test_each_option_moves_the_end_as_it_says(args: tuple[str, ...], due: str) -> None:
    assert answer(*args)["due_at"] == due


def test_the_acts_rule_is_named_in_the_explanation() -> None:
    body = answer("--start", "2026-09-30", "--add", "5d", "--basis", "行政处罚法-85", "--lang", "en")

    assert body["explanation"][:2] == [
        "Basis: Administrative Penalty Law (行政处罚法-85).",
        "By the Administrative Penalty Law, article 85, 5 days are working days.",
    ]
    assert body["counted"] == "5wd"


def test_an_act_without_a_recorded_rule_is_counted_as_written_and_says_so() -> None:
    body = answer("--start", "2026-11-02", "--add", "5d", "--basis", "某某办法-3")

    assert body["basis_known"] is False
    assert "未登记该依据的期间计算规则" in body["explanation"][0]
    assert body["due_at"].startswith("2026-11-09")


def test_an_act_whose_rule_is_not_verified_says_so() -> None:
    assert (
        "该计算规则未经核实。" in answer("--start", "2026-11-02", "--add", "5d", "--basis", "人社部令33")["explanation"]
    )


def test_next_years_deadline_is_provisional_until_its_notice_is_entered(tmp_path: Path) -> None:
    table = tmp_path / "days.csv"
    table.write_text("date,is_workday,source\n2027,,notice\n2027-01-04,false,notice\n", encoding="utf-8")

    guessed = answer("--start", "2026-12-28", "--add", "5wd")
    known = answer("--start", "2026-12-28", "--add", "5wd", "--holidays", str(table))

    assert (guessed["provisional"], guessed["due_at"][:10]) == (True, "2027-01-05")
    assert (known["provisional"], known["due_at"][:10]) == (False, "2027-01-06")
    assert guessed["explanation"][-1].startswith("暂定")


def test_a_clock_of_a_service_is_counted_and_explained_by_its_row_in_force_on_the_first_day() -> None:
    body = answer("--start", "2026-11-23", "--clock", "relief/handling/temp_expense")

    assert (body["add"], body["last_day"], body["verified"]) == ("15wd", "2026-12-14", False)
    assert "适用的规定：“审核确认期限（支出型临时救助）”，自 2014-10-03 起施行。" in body["explanation"]
    assert any("国发〔2014〕47号" in line and "未经核实" in line for line in body["explanation"])


def test_a_clock_of_one_of_two_versions_of_a_law_is_that_of_the_day() -> None:
    old, new = (
        answer("--start", start, "--clock", "relief/reconsideration")["explanation"]
        for start in ("2023-12-29", "2024-01-02")
    )

    assert any("2017-09-01 起至 2023-12-31 止" in line for line in old)
    assert any("自 2024-01-01 起施行" in line for line in new)


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("--clock", "relief/nothing"), "没有时限"),
        (("--clock", "nowhere/handling"), "没有安装服务"),
        (("--clock", "relief"), "服务/时限"),
        (("--clock", "relief/handling", "--add", "5wd"), "--add"),
        ((), "--add"),
    ],
)
def test_a_clock_that_is_not_there_or_two_lengths_or_none_are_refused(args: tuple[str, ...], complaint: str) -> None:
    refused = run("--start", "2026-11-23", *args)

    assert (refused.exit_code, complaint in refused.output) == (2, True)


def test_without_json_the_sentences_are_printed() -> None:
    result = run("--start", "2026-09-30", "--add", "5wd", "--lang", "en")

    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "Due on 2026-10-13 (Tue) at 24:00."


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("--start", "2026-02-30", "--add", "5wd"), "--start '2026-02-30' can't be read"),
        (("--start", "yesterday, about noon", "--add", "5wd"), "can't be read"),
        (("--start", "2026-09-30", "--add", "5 weeks"), "'5 weeks' can't be read"),
        (("--start", "2026-09-30", "--add", "-5wd"), "'-5wd' can't be read"),
        (("--start", "2026-09-30", "--add", "0d"), "whole number from 1"),
        (("--start", "2026-09-30", "--add", "99999y"), "range"),
        (("--start", "9999-12-30", "--add", "5d"), "range"),
        (("--start", "2026-09-30", "--add", "5wd", "--hours", "9-5"), "08:30-12:00"),
        (("--start", "2026-09-30", "--add", "5wd", "--roll", "back"), "back"),
        (("--add", "5wd"), "--start"),
    ],
)
def test_bad_input_exits_with_two_and_says_what_and_where(args: tuple[str, ...], complaint: str) -> None:
    result = run(*args)

    assert result.exit_code == 2
    assert complaint in result.output
