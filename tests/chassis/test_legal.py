"""The row that counts is the one valid on the day of the act, and bad tables are refused by row."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from chassis import legal
from chassis.clocks import Clock, Roll, Unit, start
from chassis.legal import LegalBases, LegalError, load
from chassis.workcalendar import standard_calendar

GOOD = """
[[basis]]
code = "某法-58"
title = "某法"
effective_from = 2006-03-01
effective_to = 2025-12-31
superseded_by = "某法-88"

[[basis]]
code = "某法-88"
title = "某法"
effective_from = 2026-01-01
verified = false

[[clock]]
name = "reply"
zh = "答复"
limit = 15
unit = "day"
basis = "某法-58"
effective_from = 2006-03-01
effective_to = 2025-12-31

[[clock]]
name = "reply"
zh = "答复"
limit = 5
unit = "workday"
roll = "next"
basis = "某法-88"
effective_from = 2026-01-01
extend = "10wd"
suspends = ["鉴定"]
"""
BASIS = '[[basis]]\ncode = "a-1"\ntitle = "t"\neffective_from = 2020-01-01\n'
CLOCK = '[[clock]]\nname = "c"\nzh = "z"\nlimit = 3\nunit = "day"\nbasis = "a-1"\neffective_from = 2020-01-01\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "legal.toml"
    path.write_text(text, encoding="utf-8")
    return path


def table(folder: Path, text: str = GOOD) -> LegalBases:
    return load(written(folder, text))


def test_the_row_valid_on_the_day_of_the_act_counts(tmp_path: Path) -> None:
    laws = table(tmp_path)

    before, after = laws.clock("reply", date(2025, 12, 31)), laws.clock("reply", date(2026, 1, 1))

    assert (before.limit, before.unit, before.roll) == (15, Unit.DAY, Roll.NONE)
    assert (after.limit, after.unit, after.roll) == (5, Unit.WORKDAY, Roll.NEXT)
    assert after.suspends == ("鉴定",)
    assert len(laws.bases) == 2


def test_the_day_of_a_moment_is_its_day_in_shanghai(tmp_path: Path) -> None:
    assert table(tmp_path).clock("reply", datetime(2025, 12, 31, 16, 30, tzinfo=UTC)).limit == 5


KINDS = """
[[clock]]
name = "reply"
case_kind = "urgent"
zh = "紧急答复"
limit = 2
unit = "workday"
basis = "某法-88"
effective_from = 2026-01-01
verified = true
"""


def test_a_kind_goes_by_a_row_of_its_own_and_all_others_by_the_row_for_all(tmp_path: Path) -> None:
    law, day = table(tmp_path, GOOD + KINDS), date(2026, 3, 1)

    assert [law.clock("reply", day, kind).limit for kind in ("urgent", "ordinary", "")] == [2, 5, 5]
    with pytest.raises(LegalError, match="reply/urgent"):
        law.clock("reply", date(2025, 3, 1), "urgent")


def test_what_is_older_than_the_first_row_goes_by_that_where_it_is_asked_for(tmp_path: Path) -> None:
    law = table(tmp_path, GOOD + KINDS)

    assert law.clock_or_first("reply", date(1999, 1, 1)) == law.clock("reply", date(2006, 3, 1))
    assert law.clock_or_first("reply", date(2025, 3, 1), "urgent").limit == 2
    assert law.clock_or_first("reply", date(2026, 3, 1)) == law.clock("reply", date(2026, 3, 1))
    with pytest.raises(LegalError):
        law.clock_or_first("no_such", date(2026, 3, 1))


def test_a_clock_says_since_when_and_until_when_its_row_is_in_force(tmp_path: Path) -> None:
    law, calendar = table(tmp_path, GOOD + KINDS), standard_calendar()
    old = start(law.clock("reply", date(2025, 3, 1)), datetime(2025, 3, 1, tzinfo=UTC), calendar)
    urgent = start(law.clock("reply", date(2026, 3, 1), "urgent"), datetime(2026, 3, 1, tzinfo=UTC), calendar)

    assert law.said_of(old, "zh") == ["适用的规定：“答复”，自 2006-03-01 起至 2025-12-31 止施行。"]
    assert law.said_of(Clock.from_dict(urgent.to_dict()), "en") == ["By the rule in force from 2026-01-01."]
    assert law.said_of(replace(old, name="promise"), "zh") == []
    assert law.said_of(replace(old, started_at=datetime(1999, 3, 1, tzinfo=UTC)), "zh") == []


def test_a_clock_is_as_doubtful_as_its_basis(tmp_path: Path) -> None:
    laws = table(tmp_path)

    assert laws.clock("reply", date(2025, 1, 1)).verified
    assert not laws.clock("reply", date(2026, 1, 1)).verified


def test_a_rule_read_starts_a_clock(tmp_path: Path) -> None:
    rule = table(tmp_path).clock("reply", date(2026, 9, 30))

    running = start(rule, datetime(2026, 9, 30, 2, tzinfo=UTC), standard_calendar())

    assert running.due_at(standard_calendar()) == datetime(2026, 10, 13, 15, 59, 59, tzinfo=UTC)


def test_a_basis_asked_for_outside_its_time_names_its_time_and_its_heir(tmp_path: Path) -> None:
    laws = table(tmp_path)

    with pytest.raises(LegalError, match=r"2006-03-01 … 2025-12-31.*Superseded by 某法-88"):
        laws.basis("某法-58", date(2026, 1, 1))
    with pytest.raises(LegalError, match="has no basis '某法-99'; it has: 某法-58、某法-88"):
        laws.basis("某法-99", date(2026, 1, 1))
    with pytest.raises(LegalError, match="没有时限“none”"):
        laws.clock("none", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            BASIS + "effective_to = 2022-01-01\n" + BASIS.replace("2020", "2022"),
            "overlap on 2022-01-01; set effective_to = 2021-12-31",
        ),
        (BASIS + BASIS, "overlap on 2020-01-01"),
        (BASIS + "effective_to = 2021-01-01\n" + BASIS.replace("2020", "2022"), "from 2021-01-02 until 2022-01-01"),
        (BASIS + "effective_to = 2019-01-01\n", "lies before"),
        (BASIS + "colour = 1\n", r"\[\[basis\]\] 1: missing keys: none; unknown keys: colour"),
        (BASIS.replace('title = "t"\n', ""), "missing keys: title"),
        (BASIS.replace("2020-01-01", '"2020-01-01"'), "date without quotes"),
        (BASIS + 'verified = "yes"\n', "true or false"),
        (BASIS + "article = 3\n", "text in quotes"),
        (BASIS + CLOCK.replace("a-1", "b-1"), "no .*basis.* with the code 'b-1'"),
        (BASIS + CLOCK.replace('"day"', '"week"'), "unit = 'week' is not valid"),
        (BASIS + CLOCK + 'roll = "back"\n', "roll = 'back' is not valid"),
        (BASIS + CLOCK.replace("limit = 3", "limit = 0"), "whole number"),
        (BASIS + CLOCK.replace("limit = 3", "limit = 2.5"), "whole number"),
        (BASIS + CLOCK + 'extend = "soon"\n', "'soon' can't be read"),
        ("[[law]]\n", "unknown tables law"),
        ("[[basis", "not valid TOML"),
        ((BASIS + CLOCK).replace("a-1", "行政处罚法-64"), "article 85, 3 days are working days"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_by_row(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(LegalError, match=complaint):
        table(tmp_path, text)


def test_a_service_without_legal_bases_has_none() -> None:
    laws = LegalBases.empty()

    assert (laws.bases, laws.clocks) == ((), ())


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(LegalError, match="There is no"):
        load(tmp_path / "legal.toml")


def test_a_table_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    first = load(path)

    assert load(path) is first

    path.write_text(GOOD.replace("limit = 5", "limit = 7"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert load(path).clock("reply", date(2026, 1, 1)).limit == 7


def test_the_example_in_the_docstring_is_a_good_table() -> None:
    import tomllib  # noqa: PLC0415

    text = "\n".join(line for line in (legal.__doc__ or "").splitlines() if line.startswith("    "))

    laws = legal.read(tomllib.loads(text))

    assert laws.clock("penalty_decision", date(2026, 1, 1)).limit == 90
