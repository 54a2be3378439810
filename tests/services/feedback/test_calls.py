"""When residents may be called, and which tries count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.workcalendar import local
from services.feedback.calls import ANSWERS, CallbacksError, manners, manners_in

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
AFTERNOON = MORNING + timedelta(hours=5)
NIGHT = MORNING + timedelta(hours=14)


def tried(*moments: datetime, answer: str = "no_answer") -> list[dict[str, Any]]:
    return [{"at": moment.isoformat(), "answer": answer} for moment in moments]


@pytest.mark.parametrize(
    ("moment", "part"), [(MORNING, "morning"), (AFTERNOON, "afternoon"), (NIGHT, ""), (NIGHT + timedelta(hours=8), "")]
)
def test_a_moment_lies_in_a_part_of_the_day_in_shanghai(moment: datetime, part: str) -> None:
    assert manners().part_at(moment) == part


@pytest.mark.parametrize(
    ("tries", "moment", "said", "then"),
    [
        ([], NIGHT, "现在不在回访时段", "11-24 08:30"),
        (tried(MORNING), MORNING + timedelta(hours=1), "不足 2 小时", "11-23 11:00"),
        (tried(MORNING, MORNING + timedelta(hours=2)), MORNING + timedelta(days=1), "请换一个时段", "11-24 12:00"),
    ],
)
def test_a_try_that_does_not_count_is_refused_with_the_time_at_which_it_would(
    tries: list[dict[str, Any]], moment: datetime, said: str, then: str
) -> None:
    refusal = manners().refusal(tries, moment)

    assert refusal is not None
    assert said in refusal.zh
    assert f"{then} 后再试" in refusal.zh


@given(st.lists(st.integers(0, 60 * 24 * 4), max_size=5), st.integers(0, 60 * 24 * 30))
def test_the_next_try_counts_and_none_before_it_does(minutes: list[int], now: int) -> None:
    tries: list[dict[str, Any]] = []
    moment = MORNING
    for wait in minutes:
        moment = manners().next_at(tries, moment + timedelta(minutes=wait))
        tries += tried(moment)
    asked = MORNING + timedelta(minutes=now)

    then = manners().next_at(tries, asked)

    assert then >= asked
    assert manners().refusal(tries, then) is None
    assert then == asked or manners().refusal(tries, then - timedelta(seconds=1)) is not None


@given(st.lists(st.integers(0, 60 * 24 * 4), min_size=3, max_size=3))
def test_three_tries_that_each_counted_are_enough_and_lie_at_different_times_of_day(minutes: list[int]) -> None:
    tries: list[dict[str, Any]] = []
    moment = MORNING
    for wait in minutes:
        assert not manners().are_enough(tries)
        moment = manners().next_at(tries, moment + timedelta(minutes=wait))
        tries += tried(moment)

    assert manners().are_enough(tries)
    assert len({manners().part_at(datetime.fromisoformat(one["at"])) for one in tries}) >= 2


def test_who_does_not_want_to_be_asked_is_left_in_peace_at_once_and_a_wrong_number_is_tried_on() -> None:
    assert {answer: manners().are_enough(tried(MORNING, answer=answer)) for answer in ANSWERS} == {
        "no_answer": False,
        "refused": True,
        "wrong_number": False,
    }


def test_tries_of_before_times_were_kept_count_by_their_number() -> None:
    assert manners().are_enough([{}, {}, {}])
    assert not manners().are_enough([{}, {}])
    assert local(manners().next_at([{}], NIGHT)).hour == 8


@pytest.mark.parametrize(
    "changed", [{"different_parts": 4}, {"different_parts": 2, "tries": 1}, {"different_parts": 0}]
)
def test_figures_that_nobody_can_keep_are_refused(changed: dict[str, int]) -> None:
    part = {"name": "day", "from": datetime(2026, 1, 1, 8, tzinfo=UTC).time(), "until": datetime.max.time()}
    table = {"tries": 3, "apart_hours": 2, "link_days": 1, "reopening_days": 1, "part": [part, part, part]}

    with pytest.raises(CallbacksError, match="different_parts"):
        manners_in({**table, **changed})
