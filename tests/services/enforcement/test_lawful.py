"""By which version of the law an act is punished that was changed since (行政处罚法 37): in the computation and in a case."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from typing import Any

import pytest

from chassis import legal
from chassis.testing import Room
from chassis.workflow import RefusedError
from services.enforcement import bounds, calc, cautions
from services.enforcement.catalogue import Acts, CatalogueError, read_acts
from tests.services.enforcement.test_calc import pointers, reckon
from tests.services.enforcement.test_papers import written
from tests.services.enforcement.test_service import FINED, room, take

__all__ = ["room"]

#: The first day of the later law; what the cases here are about is of the day before, and decided afterwards.
CHANGED = date(2026, 11, 24)
LAWS = f"""
[[basis]]
code = "容貌条例-51"
title = "容貌条例"
article = "51"
effective_from = 2019-01-01
effective_to = 2026-11-23
summary = "先"

[[basis]]
code = "容貌条例-51"
title = "容貌条例"
article = "51"
effective_from = {CHANGED}
summary = "后"

[[basis]]
code = "旧办法-3"
title = "旧办法"
article = "3"
effective_from = 2019-01-01
effective_to = 2026-11-23
summary = "先"

[[basis]]
code = "新办法-4"
title = "新办法"
article = "4"
effective_from = {CHANGED}
summary = "后"
"""
OLD = 'basis = "旧办法-3"\norganisation = [500, 2000]'
NEW = 'basis = "新办法-4"\norganisation = [500, 2000]'
ARTICLE = 'basis = "容貌条例-51"\norganisation = [500, 2000]'
ASKED = {"acts": ["outside_business"], "suspect_kind": "organisation"}
BOTH = {"committed_on": "2026-11-23", "decided_on": "2026-12-10"}


def versions(*rows: str, laws: str = LAWS) -> Acts:
    """Return a catalogue of one act in some versions."""
    said = "".join(f'[[act]]\ncode = "outside_business"\n{row}\n' for row in rows)
    return read_acts(said, legal.read(tomllib.loads(laws)))


@pytest.fixture
def on_file(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what puts versions of the act on file, as a row more in `data/acts.toml` does."""

    def put(*rows: str, laws: str = LAWS) -> None:
        for place in (bounds, calc):
            monkeypatch.setattr(place, "ACTS", versions(*rows, laws=laws))

    return put


def zh(answer: dict[str, Any]) -> str:
    return "\n".join(line["zh"] for line in answer["explanation"] if line["basis"] == "行政处罚法-37")


@pytest.mark.parametrize(
    ("new", "applied", "said"),
    [
        ("organisation = [200, 1000]", "新办法-4", "新的规定处罚较轻，适用新的规定"),
        ("organisation = [200, 2000]", "新办法-4", "新的规定处罚较轻"),
        ("organisation = [1000, 1900]", "新办法-4", "新的规定处罚较轻"),
        ("organisation = [100, 3000]", "旧办法-3", "新的规定处罚不较轻，适用行为发生时的规定"),
        ("organisation = [500, 2000]", "旧办法-3", "新的规定处罚不较轻"),
        ('organisation = [200, 1000]\nalso = ["closure"]', "旧办法-3", "有的较轻、有的较重"),
        ('organisation = [200, 1000]\nalso = ["warning"]', "新办法-4", "新的规定处罚较轻"),
        ("organisation = [200, 1000]\nafter_refusal = true", "新办法-4", "此时不得罚款"),
        ("person = [50, 200]", "新办法-4", "此时不得罚款"),
    ],
)
def test_the_lighter_of_two_laws_applies_and_else_that_of_the_act(
    on_file: Any, new: str, applied: str, said: str
) -> None:
    on_file(OLD, f'basis = "新办法-4"\n{new}')

    answer = reckon("fine", **ASKED, **BOTH)

    assert answer["basis"] == applied
    assert said in zh(answer)
    assert "行为发生时（2026-11-23）的规定“旧办法第3条”（2019-01-01 起施行）：罚款 500 元至 2000 元。" in zh(answer)
    assert f"作出决定时（2026-12-10）的规定“新办法第4条”（{CHANGED} 起施行）" in zh(answer)


@pytest.mark.parametrize(
    ("days", "most", "said"),
    [
        (("2026-11-01", "2026-11-23"), "2000", "时的规定相同"),
        (("2026-11-01", "2026-11-24"), "900", "新的规定处罚较轻"),
        (("2026-11-24", "2026-11-24"), "900", "时的规定相同"),
    ],
)
def test_a_later_version_of_the_same_article_is_a_row_with_its_first_day(
    on_file: Any, days: tuple[str, str], most: str, said: str
) -> None:
    on_file(ARTICLE, f"{ARTICLE.replace('[500, 2000]', '[100, 900]')}\neffective_from = {CHANGED}")

    answer = reckon("fine", **ASKED, committed_on=days[0], decided_on=days[1])

    assert answer["most"] == most
    assert said in zh(answer)


RENAMED = f"""
[[basis]]
code = "旧办法-3"
title = "旧办法（2019年）"
effective_from = 2019-01-01
effective_to = 2025-12-31
summary = "先"

[[basis]]
code = "旧办法-3"
title = "旧办法（2026年）"
effective_from = 2026-01-01
effective_to = 2026-11-23
summary = "改名"

[[basis]]
code = "新办法-4"
title = "新办法"
effective_from = {CHANGED}
summary = "后"
"""


@pytest.mark.parametrize(
    ("committed", "named", "begins"),
    [("2025-12-31", "旧办法（2019年）", "2019-01-01"), ("2026-11-01", "旧办法（2026年）", "2026-01-01")],
)
def test_the_law_is_named_as_it_was_on_the_day_that_is_said(
    on_file: Any, committed: str, named: str, begins: str
) -> None:
    on_file(OLD, NEW, laws=RENAMED)

    told = zh(reckon("fine", **ASKED, committed_on=committed, decided_on="2026-12-10"))

    assert f"行为发生时（{committed}）的规定“{named}”（{begins} 起施行）" in told
    assert told.endswith(f"适用行为发生时的规定“{named}”。")


def test_a_law_that_was_only_renamed_is_the_same_law(on_file: Any) -> None:
    on_file(OLD, NEW, laws=RENAMED)

    assert "时的规定相同" in zh(reckon("fine", **ASKED, committed_on="2025-12-31", decided_on="2026-11-23"))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [f"{ARTICLE}\neffective_from = 2026-11-25"],
            "first day of a version of '容貌条例-51' in legal.toml: 2019-01-01、2026",
        ),
        ([f'{ARTICLE}\neffective_from = "2026-11-24"'], "a date without quotes"),
        ([f"{ARTICLE}\neffective_to = 2026-11-24"], "unknown keys: effective_to"),
        ([f"{ARTICLE}\neffective_from = {CHANGED}"] * 2, "two rows are valid at once"),
    ],
)
def test_a_version_that_fits_no_version_of_its_basis_is_refused(rows: list[str], reason: str) -> None:
    with pytest.raises(CatalogueError, match=reason):
        versions(*rows)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (NEW, "依据目录中没有行为发生时（2026-11-23）有效的规定，不得处罚"),
        (OLD, "该规定到作出决定时（2026-12-10）已经废止"),
    ],
)
def test_what_no_law_punished_then_or_none_punishes_now_is_not_punished(on_file: Any, row: str, said: str) -> None:
    on_file(row)

    answer = reckon("fine", **ASKED, **BOTH)

    assert answer["outcome"] == "not_punishable"
    assert said in zh(answer)
    assert pointers("fine", **ASKED, **BOTH, amount="500") == ["/amount"]


def test_where_there_are_two_versions_the_days_are_needed_and_come_in_order(on_file: Any) -> None:
    assert reckon("fine", **ASKED)["most"] == "2000"
    assert pointers("fine", **ASKED, committed_on="2026-11-23") == ["/decided_on"]
    on_file(OLD, NEW)

    assert pointers("fine", **ASKED) == ["/committed_on"]
    assert pointers("fine", **ASKED, decided_on="2026-11-23") == ["/committed_on"]
    assert pointers("fine", **ASKED, committed_on="2026-12-10", decided_on="2026-11-23") == ["/decided_on"]


def test_a_decision_keeps_to_the_lighter_law_of_its_day_names_it_and_says_why(room: Room, on_file: Any) -> None:
    on_file(OLD, NEW.replace("[500, 2000]", "[100, 900]"))
    for trigger in FINED[:3]:
        take(room, trigger)
    assert [*cautions.law_changed(room.case("A1"), room.now)] == []
    room.pass_time(timedelta(days=1))

    [warned] = cautions.law_changed(room.case("A1"), room.now)
    assert warned.zh.endswith("新的规定处罚较轻，适用新的规定“新办法第4条”")
    with pytest.raises(RefusedError, match=r"between 100 and 900 yuan.*the new law is lighter: it applies"):
        take(room, "prenotice_served", amount="1000.00")
    take(room, "prenotice_served", amount="900.00")
    take(room, "hearing_time_over")
    with pytest.raises(RefusedError, match="the basis is not the law that applies: the new law is lighter"):
        take(room, "penalised", amount="900.00", basis="《旧办法》第三条")
    take(room, "penalised", amount="900.00", basis="《新办法》第四条")

    [paper] = written(room, "penalty_decision")
    assert "新的规定处罚较轻，适用新的规定“新办法第4条”（《中华人民共和国行政处罚法》第三十七条）。" in paper.text
    assert [*cautions.law_changed(room.case("A1"), room.now)] == []


@pytest.mark.parametrize(
    ("before", "after", "wrong", "right"),
    [
        ("环境噪声污染防治法", "噪声污染防治法", "《环境噪声污染防治法》第三条", "《噪声污染防治法》第四条"),
        ("噪声法", "噪声法实施条例", "《噪声法》第三条", "《噪声法实施条例》第四条"),
        ("噪声法（新法施行后的条文未核实）", "新法", "《噪声法》第三条", "《新法》第四条"),
        ("旧法", "新法（条文未核实）", "《旧法》第三条", "《中华人民共和国新法》第四条（原《旧法》第三条）"),
    ],
)
def test_a_law_is_told_from_one_whose_title_holds_its_own(
    room: Room, on_file: Any, before: str, after: str, wrong: str, right: str
) -> None:
    laws = LAWS.replace('旧办法"', f'{before}"').replace('新办法"', f'{after}"')
    on_file(OLD, NEW.replace("[500, 2000]", "[100, 900]"), laws=laws)
    for trigger in FINED[:3]:
        take(room, trigger)
    room.pass_time(timedelta(days=1))

    with pytest.raises(RefusedError, match="the basis is not the law that applies"):
        take(room, "prenotice_served", amount="900.00", basis=wrong)
    take(room, "prenotice_served", amount="900.00", basis=right)


def test_a_heavier_law_of_later_is_not_applied_to_what_was_done_before(room: Room, on_file: Any) -> None:
    on_file(OLD, NEW.replace("[500, 2000]", "[5000, 20000]"))
    for trigger in FINED[:3]:
        take(room, trigger)
    room.pass_time(timedelta(days=1))

    with pytest.raises(RefusedError, match=r"between 500 and 2000 yuan.*not lighter: the one of the day of the act"):
        take(room, "prenotice_served", amount="5000.00")
    take(room, "prenotice_served", amount="2000.00")


def test_what_is_unlawful_no_more_ends_without_a_penalty_on_that_ground(room: Room, on_file: Any) -> None:
    on_file(OLD)
    for trigger in FINED[:3]:
        take(room, trigger)
    with pytest.raises(RefusedError, match="旧办法-3 punishes it still"):
        take(room, "exempted", ground="not_unlawful_any_more")
    room.pass_time(timedelta(days=1))

    with pytest.raises(RefusedError, match="was repealed by 2026-11-24"):
        take(room, "prenotice_served")
    take(room, "exempted", ground="not_unlawful_any_more")

    assert room.state("A1") == "exempted"


def test_what_no_law_on_file_punished_on_its_day_is_not_called_unlawful_no_more(room: Room, on_file: Any) -> None:
    on_file(NEW)
    for trigger in FINED[:3]:
        take(room, trigger)
    room.pass_time(timedelta(days=1))

    with pytest.raises(RefusedError, match=r"no law on file punished it on 2026-11-23.*so it was not repealed either"):
        take(room, "exempted", ground="not_unlawful_any_more")
    take(room, "not_proven")


def test_who_punishes_is_who_is_competent_when_it_is_decided(room: Room, on_file: Any) -> None:
    on_file(OLD, f'{NEW}\ncompetent = "market"')
    for trigger in FINED[:3]:
        take(room, trigger)
    room.pass_time(timedelta(days=1))

    with pytest.raises(RefusedError, match=r"another authority \(market\)"):
        take(room, "prenotice_served")
