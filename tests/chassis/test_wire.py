"""Letters as they travel: what is written is read again, and what is none is refused with a reason."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.wire import Letter, MalformedLetterError, decode, dumps, encode, new_id

NOW = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
WORDS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=60)


@given(
    letter=st.builds(
        Letter,
        id=WORDS,
        key=WORDS,
        subject=WORDS,
        time=st.datetimes(timezones=st.just(UTC)),
        data=st.dictionaries(
            st.text(max_size=20), st.none() | st.booleans() | st.text(max_size=50) | st.integers(0, 2**53)
        ),
        causation=WORDS,
        correlation=WORDS,
        traceparent=WORDS,
    )
)
def test_what_is_written_is_read_again(letter: Letter) -> None:
    assert decode(encode(letter)) == letter


@given(
    body=st.binary()
    | st.recursive(
        st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    ).map(lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS) if _fits(value) else b"")
)
def test_bytes_are_a_letter_or_are_refused(body: bytes) -> None:
    said = "a letter"
    try:
        decode(body)
    except MalformedLetterError as error:
        said = str(error)

    assert said


def _fits(value: object) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def test_a_letter_is_a_cloud_event() -> None:
    letter = Letter(id="1", key="routing.appeal_signed.v1", subject="A", time=NOW, data={"by": "rule"}, causation="0")

    assert orjson.loads(encode(letter)) == {
        "specversion": "1.0",
        "id": "1",
        "source": "/jiesu/routing",
        "type": "cn.jiesu.routing.appeal_signed.v1",
        "subject": "A",
        "time": "2026-11-23T01:02:03.456789+00:00",
        "datacontenttype": "application/json",
        "data": {"by": "rule"},
        "causationid": "0",
    }


def test_money_travels_as_text() -> None:
    assert dumps({"owed": Decimal("12000.50")}) == b'{"owed":"12000.50"}'


def test_what_has_no_spelling_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        dumps({"names": {"a"}})


def test_in_order_the_keys_are_sorted_however_they_came() -> None:
    assert dumps({"b": 1, "a": {"d": 1, "c": 2}}, in_order=True) == b'{"a":{"c":2,"d":1},"b":1}'


def test_a_time_without_a_zone_is_utc_and_none_is_long_ago() -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "cn.jiesu.a.b.v1", "data": {}}

    assert decode(orjson.dumps({**event, "time": "2026-11-23T01:02:03"})).time == NOW.replace(microsecond=0)
    assert decode(orjson.dumps(event)).time == datetime.fromtimestamp(0, UTC)


def test_ids_are_uuids_that_sort_by_time() -> None:
    first, second = uuid.UUID(new_id()), uuid.UUID(new_id())

    assert first.version == second.version == 7
    assert first.int >> 80 <= second.int >> 80
    assert len({new_id() for _ in range(1000)}) == 1000
