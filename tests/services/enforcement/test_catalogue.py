"""The data of enforcement, and how it refuses what can't be used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from chassis import legal
from services.enforcement import catalogue
from services.enforcement.catalogue import ACTS, BASES, LIMITS, CatalogueError, read_acts, read_limits

DATA = Path(catalogue.__file__).parent / "data"
ROW = '[[act]]\ncode = "posting"\nbasis = "滨州市城镇容貌条例-51"\nperson = [50, 300]\n'
LAW = """
[[basis]]
code = "旧法-1"
title = "旧法"
effective_from = 2020-01-01
effective_to = 2026-08-14
superseded_by = "新法-9"
summary = "旧"

[[basis]]
code = "新法-9"
title = "新法"
effective_from = 2026-08-15
summary = "新"
"""
TWO_LAWS = """
[[act]]
code = "noise"
basis = "新法-9"
organisation = [10000, 60000]

[[act]]
code = "noise"
basis = "旧法-1"
organisation = [5000, 50000]
"""


@pytest.fixture
def laws(tmp_path: Path) -> legal.LegalBases:
    """Give a law that another one follows."""
    (tmp_path / "legal.toml").write_text(LAW, encoding="utf-8")
    return legal.load(tmp_path / "legal.toml")


def test_an_act_is_punished_by_the_law_of_its_day(laws: legal.LegalBases) -> None:
    acts = read_acts(TWO_LAWS, laws)

    [old, new] = [acts.on("noise", date(2026, 8, day)) for day in (14, 15)]

    assert old is not None
    assert new is not None
    assert (old.basis, new.basis) == ("旧法-1", "新法-9")
    assert acts.versions("noise") == (old, new)
    assert acts.on("noise", date(2019, 12, 31)) is None
    assert acts.on("unknown", date(2026, 8, 14)) is None


def test_two_laws_that_hold_at_once_for_one_act_are_refused(laws: legal.LegalBases) -> None:
    twice = TWO_LAWS.replace("新法-9", "旧法-1")

    with pytest.raises(CatalogueError, match="two rows are valid at once"):
        read_acts(twice, laws)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("", "there is no"),
        (ROW.replace("51", "99"), "legal.toml has no basis"),
        (ROW.replace("[50, 300]", "[300, 50]"), "person: the least, 300, lies above"),
        (ROW.replace("[50, 300]", "[50]"), "person: a band is written"),
        (ROW.replace("[50, 300]", '["fifty", 300]'), "is no number"),
        (ROW.replace("[50, 300]", "[-50, 300]"), "is no number"),
        (ROW.replace("person", "persons"), "unknown keys: persons"),
        (ROW.replace("code", "name"), "acts.toml \\[\\[act\\]\\] 1"),
        (ROW + 'measured = "smell"\n', "measured is one of"),
        (ROW + 'competent = "nobody"\n', "competent is one of"),
        (ROW + 'after_refusal = "yes"\n', "after_refusal is true or false"),
        (ROW + 'also = ["prison"]\n', "also is a list of: warning, confiscation, suspension, closure"),
        (ROW + 'also_refused = "closure"\n', "also_refused is a list of"),
    ],
)
def test_a_row_of_the_acts_that_is_wrong_is_refused_and_named(row: str, reason: str) -> None:
    with pytest.raises(CatalogueError, match=reason):
        read_acts(row, BASES)


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ('daily = "0.03"', 'daily = "3"', "write a part of one"),
        ('daily = "0.03"', "", "daily is missing"),
        ("day_hours = [6, 22]", "day_hours = [6, 23]", "the night is eight hours long"),
        ("night = 40", "night = 99", "by night lies above"),
        ('zone = "0", ', "", "zone is missing"),
        ("stoves_from = 1", "stoves_from = 2", "begins with 1 stove"),
        ('removal = "85", province', 'removal = "much", province', "is no number"),
        ('organisation = "20000"', 'organisation = "many"', "is no number"),
    ],
)
def test_a_limit_that_is_wrong_is_refused_and_named(right: str, wrong: str, reason: str) -> None:
    text = (DATA / "limits.toml").read_text(encoding="utf-8")
    assert right in text

    with pytest.raises(CatalogueError, match=reason):
        read_limits(text.replace(right, wrong))


def test_every_act_is_punished_by_a_law_that_is_in_force_today() -> None:
    today = date(2026, 11, 26)

    assert [code for code in ACTS.codes if ACTS.on(code, today) is None] == []


def test_what_the_province_sets_is_marked_as_not_verified() -> None:
    assert LIMITS.hearing == {"person": Decimal(2000), "organisation": Decimal(20000)}
    assert not LIMITS.hearing_is_verified
    assert LIMITS.excluded
    assert not any(LIMITS.excluded.values())
