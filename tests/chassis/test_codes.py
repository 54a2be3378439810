"""Codes that people keep and type, and the ids that they stand for."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.codes import ALPHABET, BadCodeError, id_of, new_code, normalised

PLAIN = st.text(st.sampled_from(ALPHABET), min_size=12, max_size=12)


def test_a_code_is_three_groups_of_four() -> None:
    code = new_code()

    assert [len(group) for group in code.split("-")] == [4, 4, 4]
    assert len({new_code() for _ in range(1000)}) == 1000


@given(plain=PLAIN)
def test_a_code_is_known_however_it_is_typed(plain: str) -> None:
    typed = f" {plain[:4].lower()}-{plain[4:8]} {plain[8:]} "

    assert normalised(typed) == plain
    assert id_of(typed) == id_of(plain)


def test_letters_that_look_like_digits_are_read_as_these() -> None:
    assert normalised("OIL0-1100-OOII") == "011011000011"


@given(one=PLAIN, other=PLAIN)
def test_different_codes_stand_for_different_ids(one: str, other: str) -> None:
    assert (id_of(one) == id_of(other)) == (one == other)


def test_an_id_is_a_uuid_that_gives_no_code_away() -> None:
    found = uuid.UUID(id_of("7KQ4-M2XD-9TB0"))

    assert found.version == 8
    assert found.variant == uuid.RFC_4122
    assert "7kq4" not in str(found)


@pytest.mark.parametrize(
    "typed", ["", "7KQ4-M2XD-9TB", "7KQ4-M2XD-9TB00", "7KQ4-M2XD-9TBU", "七KQ4-M2XD-9TB0", "7KQ4\0M2XD9TB0"]
)
def test_what_can_not_be_a_code_is_refused(typed: str) -> None:
    with pytest.raises(BadCodeError, match="a code has 12 letters and digits"):
        id_of(typed)
