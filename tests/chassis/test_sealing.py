"""What is sealed to one service opens there and nowhere else; hashes find it again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, OKPKey

from chassis.keys import new_sealing_key, public_half, ring_of
from chassis.sealing import (
    LONGEST_SEALED,
    BrokenSealError,
    NotForUsError,
    SealError,
    TooLongToSealError,
    lookup_hash,
    seal,
    unseal,
    without_spelling,
)

OURS = ring_of(new_sealing_key())
PUBLIC = public_half(OURS)
THEIRS = ring_of(new_sealing_key())
PERSON = {"name": "居民甲", "phone": "13800001234", "place": "示例小区3号楼"}
SECRET = b"0" * 32

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=12), json_values, max_size=6))
def test_what_is_sealed_to_a_service_opens_there_unchanged(data: dict[str, Any]) -> None:
    assert unseal(seal(data, PUBLIC), OURS) == data


def test_a_single_public_key_seals_as_its_ring_does() -> None:
    assert unseal(seal(PERSON, PUBLIC.current), OURS) == PERSON


def test_another_service_cannot_open_it() -> None:
    with pytest.raises(NotForUsError, match="未封装给本服务"):
        unseal(seal(PERSON, PUBLIC), THEIRS)


def test_another_service_cannot_open_it_by_claiming_its_key_id() -> None:
    sealed = seal(PERSON, PUBLIC)
    pretender = OKPKey.generate_key("X25519", parameters={"kid": str(PUBLIC.current.kid)})

    with pytest.raises(BrokenSealError):
        unseal(sealed, ring_of(pretender))


def test_the_public_key_does_not_open_what_it_sealed() -> None:
    with pytest.raises(SealError):
        unseal(seal(PERSON, PUBLIC), PUBLIC)


def test_sealing_twice_gives_two_tokens_that_cannot_be_told_to_hold_the_same() -> None:
    assert seal(PERSON, PUBLIC) != seal(PERSON, PUBLIC)


def test_nothing_of_the_content_is_readable_in_the_token() -> None:
    token = seal(PERSON, PUBLIC)

    assert "13800001234" not in token
    assert "居民甲" not in token


@given(st.data())
def test_any_changed_character_breaks_the_seal(data: st.DataObject) -> None:
    sealed = seal(PERSON, PUBLIC)
    # The last character of a base64url part carries bits that no byte uses.
    ends = {place - 1 for place, sign in enumerate(sealed) if sign == "."} | {len(sealed) - 1}
    place = data.draw(st.integers(0, len(sealed) - 1).filter(lambda chosen: chosen not in ends))
    other = data.draw(st.sampled_from("AQgwBRhx.").filter(lambda sign: sign != sealed[place]))

    with pytest.raises(SealError):
        unseal(sealed[:place] + other + sealed[place + 1 :], OURS)


@given(st.text(max_size=200))
def test_anything_else_is_refused_in_words(token: str) -> None:
    with pytest.raises(SealError, match="封装"):
        unseal(token, OURS)


def test_another_algorithm_is_refused_though_our_key_could_open_it() -> None:
    heading = {"alg": "ECDH-ES+A128KW", "enc": "A128CBC-HS256", "kid": PUBLIC.current.kid}
    token = jwe.encrypt_compact(heading, b"{}", PUBLIC.current, algorithms=["ECDH-ES+A128KW", "A128CBC-HS256"])

    with pytest.raises(BrokenSealError):
        unseal(token, OURS)


def test_a_token_sealed_with_a_shared_secret_is_refused() -> None:
    secret = OctKey.generate_key(256)
    heading = {"alg": "dir", "enc": "A256GCM", "kid": PUBLIC.current.kid}
    token = jwe.encrypt_compact(heading, b"{}", secret, algorithms=["dir", "A256GCM"])

    with pytest.raises(BrokenSealError):
        unseal(token, OURS)


@pytest.mark.parametrize("content", [b"[]", b'"a"', b"1", b"null", b"", b"\xff", b"[" * 40_000])
def test_a_sealed_thing_that_is_no_object_is_refused(content: bytes) -> None:
    heading = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": PUBLIC.current.kid}
    token = jwe.encrypt_compact(heading, content, PUBLIC.current, algorithms=["ECDH-ES", "A256GCM"])

    with pytest.raises(BrokenSealError):
        unseal(token, OURS)


def test_a_compression_bomb_is_refused() -> None:
    heading = {"alg": "ECDH-ES", "enc": "A256GCM", "zip": "DEF", "kid": PUBLIC.current.kid}
    token = jwe.encrypt_compact(
        heading, b'"%s"' % (b"a" * 10**7), PUBLIC.current, algorithms=["ECDH-ES", "A256GCM", "DEF"]
    )

    with pytest.raises(BrokenSealError):
        unseal(token, OURS)


def test_the_longest_content_is_sealed_and_a_longer_one_is_refused() -> None:
    frame = len(json.dumps({"t": ""}, separators=(",", ":")))

    assert unseal(seal({"t": "a" * (LONGEST_SEALED - frame)}, PUBLIC), OURS)
    with pytest.raises(TooLongToSealError, match="请缩短"):
        seal({"t": "a" * (LONGEST_SEALED - frame + 1)}, PUBLIC)


def test_keys_of_a_named_curve_seal_as_well() -> None:
    ring = ring_of(ECKey.generate_key("P-256", auto_kid=True))

    assert unseal(seal(PERSON, public_half(ring)), ring) == PERSON


@pytest.mark.parametrize(
    "written",
    [
        "13800001234",
        "138 0000 1234",
        "138-0000-1234",
        "+86 138 0000 1234",
        "+8613800001234",
        "008613800001234",
        "8613800001234",
        "１３８００００１２３４",
        "（+86）138—0000—1234",
        " 138\t0000\n1234 ",
    ],
)
def test_a_phone_number_is_found_however_it_is_written(written: str) -> None:
    assert without_spelling(written) == "13800001234"
    assert lookup_hash(written, SECRET) == lookup_hash("13800001234", SECRET)


@pytest.mark.parametrize(
    ("left", "right"),
    [("0543-3200000", "(0543) 320 0000"), ("37230119900101123x", "37230119900101123X")],
)
def test_landlines_and_identity_numbers_are_found_too(left: str, right: str) -> None:
    assert lookup_hash(left, SECRET) == lookup_hash(right, SECRET)


def test_different_numbers_and_different_keys_give_different_hashes() -> None:
    hashes = {
        lookup_hash("13800001234", SECRET),
        lookup_hash("13800001235", SECRET),
        lookup_hash("13800001234", b"1" * 32),
    }

    assert len(hashes) == 3
    assert {len(value) for value in hashes} == {64}


@given(st.text(alphabet="0123456789０８Ｘx-—()（） +", max_size=30))
def test_removing_the_spelling_twice_changes_nothing_more(value: str) -> None:
    once = without_spelling(value)

    assert without_spelling(once) == once or once.startswith(("86", "+86", "0086"))
