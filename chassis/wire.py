"""Letters: CloudEvents 1.0 in JSON, as they travel on the bus.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

CONTENT_TYPE = "application/cloudevents+json"
TYPE_PREFIX = "cn.jiesu."
REQUIRED = ("specversion", "id", "source", "type")
#: Bytes of a letter; what is larger is neither told nor read.
MOST_BYTES = 4 * 1024 * 1024
_LONGEST_WORD = 200


class MalformedLetterError(Exception):
    """Bytes that are no letter of ours; the message says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One event. `key` is its routing key, such as `routing.appeal_signed.v1`."""

    id: str
    key: str
    subject: str
    time: datetime
    data: dict[str, Any]
    causation: str = ""
    correlation: str = ""
    traceparent: str = ""


def new_id() -> str:
    """Return a fresh UUID version 7 (RFC 9562), so that ids sort by time."""
    stamp = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10))
    value = (stamp << 80) | (0x7 << 76) | (((tail >> 64) & 0xFFF) << 64) | (0b10 << 62)
    value |= tail & ((1 << 62) - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _spell(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    message = f"{type(value).__name__} has no spelling on the wire"
    raise TypeError(message)


def dumps(value: Any, *, in_order: bool = False) -> bytes:
    """Spell a value as JSON: times in ISO 8601, money as strings; `in_order` sorts the keys, as for a hash."""
    option = orjson.OPT_NAIVE_UTC | (orjson.OPT_SORT_KEYS if in_order else 0)
    return orjson.dumps(value, default=_spell, option=option)


def plain(value: Any) -> Any:
    """Return a value as JSON would give it back: money and times as strings."""
    return orjson.loads(dumps(value))


def encode(letter: Letter) -> bytes:
    """Spell a letter as a CloudEvent."""
    teller = letter.key.partition(".")[0]
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": letter.id,
        "source": f"/jiesu/{teller}",
        "type": TYPE_PREFIX + letter.key,
        "subject": letter.subject,
        "time": letter.time,
        "datacontenttype": "application/json",
        "data": letter.data,
    }
    if letter.causation:
        event["causationid"] = letter.causation
    if letter.correlation:
        event["correlationid"] = letter.correlation
    if letter.traceparent:
        event["traceparent"] = letter.traceparent
    return dumps(event)


def decode(body: bytes) -> Letter:
    """Read a letter, raising MalformedLetterError with what is wrong."""
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = f"body is not JSON: {error}"
        raise MalformedLetterError(message) from None
    if not isinstance(event, dict):
        message = "body is JSON but not an object"
        raise MalformedLetterError(message)
    missing = [name for name in REQUIRED if not isinstance(event.get(name), str) or not event[name]]
    if missing:
        message = f"missing CloudEvents attributes: {', '.join(missing)}"
        raise MalformedLetterError(message)
    if event["specversion"] != "1.0":
        message = f"CloudEvents specversion {event['specversion']!r}, expected '1.0'"
        raise MalformedLetterError(message)
    if not event["type"].startswith(TYPE_PREFIX):
        message = f"type {event['type']!r} does not start with {TYPE_PREFIX!r}"
        raise MalformedLetterError(message)
    if not isinstance(event.get("data"), dict):
        message = "data is missing or not an object"
        raise MalformedLetterError(message)
    for name in ("id", "type", "subject", "causationid", "correlationid", "traceparent"):
        _check_word(name, event.get(name))
    return Letter(
        id=event["id"],
        key=event["type"].removeprefix(TYPE_PREFIX),
        subject=event.get("subject") or "",
        time=_time(event.get("time")),
        data=event["data"],
        causation=event.get("causationid") or "",
        correlation=event.get("correlationid") or "",
        traceparent=event.get("traceparent") or "",
    )


def _check_word(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        message = f"{name} is no text"
    elif len(value) > _LONGEST_WORD:
        message = f"{name} is longer than {_LONGEST_WORD} characters"
    elif not value.isprintable():
        message = f"{name} holds characters that can't be printed"
    else:
        return
    raise MalformedLetterError(message)


def _time(text: object) -> datetime:
    if text is None:
        return datetime.fromtimestamp(0, UTC)
    try:
        value = datetime.fromisoformat(str(text))
    except ValueError:
        message = f"time {text!r} is not ISO 8601"
        raise MalformedLetterError(message) from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
