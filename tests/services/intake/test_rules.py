"""What intake decides without looking anything up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.codes import id_of, normalised
from services.intake import rules

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("138 0000 1111", "13800001111"),
        ("+86-13800001111", "13800001111"),
        ("１３８００００１１１１", "13800001111"),
        ("0543-3160000", "05433160000"),
        ("3160000", "3160000"),
        ("12", None),
        ("23800001111", None),
        ("138000011112", None),
        ("十三八", None),
        ("", None),
    ],
)
def test_a_phone_number_counts_however_it_is_written(written: str, phone: str | None) -> None:
    assert rules.phone_of(written) == phone


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2019-02-28T11:25:05+08:00", datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)),
        ("2019-02-28T03:25:05Z", datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)),
        ("2019/2/28 9:05:07", datetime(2019, 2, 28, 1, 5, 7, tzinfo=UTC)),
        ("2019-02-28T9:05:07.5Z", datetime(2019, 2, 28, 9, 5, 7, 500_000, tzinfo=UTC)),
        ("2019/2/28 9:05", datetime(2019, 2, 28, 1, 5, tzinfo=UTC)),
        ("2019年2月28日", datetime(2019, 2, 27, 16, 0, tzinfo=UTC)),
        ("2019-02-30", None),
        ("yesterday", None),
        ("", None),
        ("2019-02-28 25:00", None),
    ],
)
def test_a_time_is_read_as_sheets_spell_it(written: str, read: datetime | None) -> None:
    assert rules.time_of(written) == read


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_as_a_time_is_read_or_refused(text: str) -> None:
    found = rules.time_of(text)

    assert found is None or found.tzinfo is not None


def test_a_title_is_the_first_sentence_where_none_was_given() -> None:
    assert rules.title_of("", "路灯不亮。已经三天了。") == "路灯不亮"
    assert rules.title_of("路灯", "路灯不亮。") == "路灯"
    assert len(rules.title_of("", "路" * 200)) == rules.TITLE_FROM_TEXT
    long = "楼上住户卫生间漏水，把我家天花板泡坏了，多次协商赔偿都没有结果，请求调解"
    assert rules.title_of("", long) == "楼上住户卫生间漏水，把我家天花板泡坏了"
    assert rules.title_of("", "您好，" + "路" * 40).endswith("路…")


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.text(max_size=20), st.text(max_size=20))
def test_a_derived_code_is_a_code_and_always_the_same(secret: bytes, one: str, two: str) -> None:
    code = rules.code_for(secret, "key", one)

    assert normalised(code) == code.replace("-", "")
    assert id_of(code) == id_of(rules.code_for(secret, "key", one))
    assert (rules.code_for(secret, "key", two) == code) == (one == two)


def test_the_same_matter_is_known_again_whatever_its_marks_and_widths() -> None:
    first = rules.matter_of("p", "路灯 不亮!", "三号楼路灯不亮,请处理。")

    assert rules.matter_of("p", "路灯不亮", "三号楼路灯不亮 请处理") == first
    assert rules.matter_of("q", "路灯不亮", "三号楼路灯不亮 请处理") != first
    assert rules.matter_of("p", "路灯不亮", "四号楼路灯不亮 请处理") != first
    assert rules.matter_of("", "路灯不亮", "三号楼路灯不亮 请处理") is None


def test_only_what_masking_hides_is_kept_unmasked() -> None:
    assert rules.unmasked("路灯", "路灯不亮", "三号楼", 1000) == ""
    assert rules.unmasked("路灯", "请打 13800001111", "三号楼", 1000) == "请打 13800001111"
    long = "路灯不亮\n" * 1000 + "请打 13800001111\n" + "路灯不亮\n" * 1000
    assert rules.unmasked("", long, "", 1000) == "请打 13800001111"


# -- where an appeal stands ---------------------------------------------------

STORY = (
    ("ledgered", "ledgered"),
    ("dispatched", "dispatched"),
    ("accepted", "handling"),
    ("contacted", "handling"),
    ("progressed", "handling"),
    ("concluded", "concluded"),
    ("callback_due", "callback_due"),
    ("rework_ordered", "rework_due"),
    ("accepted", "handling"),
    ("concluded", "concluded"),
    ("callback_due", "callback_due"),
    ("closed", "closed"),
)


def heard(*whats: str) -> list[dict[str, Any]]:
    return [{"what": what, "at": (NOW + timedelta(minutes=minute)).isoformat()} for minute, what in enumerate(whats)]


def test_an_appeal_goes_through_its_states_in_order() -> None:
    whats = [what for what, _state in STORY]

    for length, (_what, state) in enumerate(STORY, 1):
        assert rules.standing(heard(*whats[:length])) == state
    assert rules.standing([]) == "registered"


@settings(deadline=None)
@given(st.permutations(range(len(STORY))), st.integers(1, len(STORY)))
def test_the_order_in_which_facts_come_changes_nothing(order: list[int], length: int) -> None:
    told = heard(*[what for what, _state in STORY[:length]])
    shuffled = [told[place] for place in order if place < length]

    assert rules.standing(shuffled) == STORY[length - 1][1]


@settings(deadline=None)
@given(st.permutations(range(len(STORY))))
def test_what_comes_late_never_takes_an_appeal_back_within_a_round(order: list[int]) -> None:
    told = heard(*[what for what, _state in STORY])
    ranks = {
        "registered": 0,
        "ledgered": 1,
        "dispatched": 2,
        "rework_due": 3,
        "handling": 4,
        "concluded": 5,
        "callback_due": 6,
        "closed": 7,
    }
    before = (0, 0)

    for length in range(1, len(order) + 1):
        known = [told[place] for place in order[:length]]
        rounds = sum(item["what"] == "rework_ordered" for item in known)
        now = (rounds, ranks[rules.standing(known)])

        assert now >= before
        before = now


def test_an_end_at_the_door_stands_whatever_is_heard_later() -> None:
    assert rules.standing(heard("withdrawn", "dispatched", "concluded", "closed")) == "withdrawn"
    assert rules.standing(heard("relayed", "followed_up")) == "followed_up"


def test_an_answer_on_the_spot_goes_on_to_its_callback() -> None:
    assert rules.standing(heard("answered", "ledgered")) == "answered"
    assert rules.standing(heard("answered", "callback_due")) == "callback_due"


def test_the_latest_word_counts_by_its_time() -> None:
    public: dict[str, Any] = {}
    public = rules.with_heard(public, "concluded", NOW + timedelta(hours=1), reply="后")
    public = rules.with_heard(public, "concluded", NOW, reply="先")

    assert rules.last_said(public, "reply") == "后"
    assert rules.last_said(public, "due") == ""
