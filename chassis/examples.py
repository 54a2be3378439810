"""Valid examples of what a schema loads, for simulations, descriptions and tests.

A field's `metadata={"example": …}` counts; otherwise the value is made from its type and
validators, patterns included. A rule of one's own that this can't guess needs an example.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, validate

from chassis.terms import choices_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marshmallow.fields import Field

_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_WHEN: Final = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
_DEEPEST: Final = 4
_WORDS: Final = "已按规定办理，情况属实，现予说明。"
_COMMON: Final = (
    "示例",
    "example",
    "13800000000",
    "0543-3000000",
    "2026-03-02",
    "2026-03",
    "09:30",
    "371602199003070012",
    "91371602MA3C000000",
    "鲁M12345",
    "A1",
    "1",
    "100.00",
    "resident@example.com",
)


class NoExampleError(ValueError):
    """A schema for which no valid example was found; the message says which field needs one."""


def example(schema: Schema | type[Schema], *, at: datetime | None = None) -> dict[str, Any]:
    """Make plain values that the schema loads, dates and times being those of `at`.

    Fills every field, or the required ones alone where the schema refuses all of them
    together. Raises NoExampleError when it refuses those as well.
    """
    made = schema if isinstance(schema, Schema) else schema()
    moment = at or _WHEN
    messages: Any = {}
    for optional in (True, False):
        values = _values(made, moment, 0, optional=optional)
        if at:
            values = _taken(made, values, at)
        try:
            made.load(values, many=False)
        except ValidationError as error:
            messages = error.messages
        else:
            return values
    name = type(made).__name__
    raise NoExampleError(f'{name}: give these fields metadata={{"example": …}} that is valid: {messages}')


def _values(schema: Schema, at: datetime, depth: int, *, optional: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in schema.fields.items():
        if field.dump_only or isinstance(field, (fields.Method, fields.Function)):
            continue
        if not field.required and (not optional or depth >= _DEEPEST) and "example" not in field.metadata:
            continue
        found[field.data_key or name] = _value(field, at, depth, optional=optional)
    return found


def _taken(schema: Schema, values: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Let what says that it begins `now` say so, in rows as well."""
    found = dict(values)
    for name, field in schema.fields.items():
        if not found.get(name):
            continue
        if field.metadata.get("begins") == "now":
            found[name] = str(at.astimezone(_SHANGHAI).date()) if isinstance(field, fields.Date) else at.isoformat()
        elif isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
            found[name] = [_taken(field.inner.schema, row, at) for row in found[name]]
    return found


def _value(field: Field[Any], at: datetime, depth: int, *, optional: bool) -> Any:
    if "example" in field.metadata:
        return field.metadata["example"]
    if isinstance(field, fields.Constant):
        return field.constant
    if isinstance(field, fields.Pluck):
        plucked = _value(field.schema.fields[field.field_name], at, depth, optional=optional)
        return [plucked] * max(1, _shortest(field)) if field.many else plucked
    if isinstance(field, fields.Nested):
        one = _values(field.schema, at, depth + 1, optional=optional)
        return [one] * max(1, _shortest(field)) if field.many else one
    if isinstance(field, fields.List):
        if any(isinstance(validator, validate.ContainsOnly) for validator in _validators(field)):
            return choices_of(field)[: max(1, _shortest(field))]
        return [_value(field.inner, at, depth + 1, optional=optional)] * max(1, _shortest(field))
    if isinstance(field, fields.Tuple):
        return [_value(inner, at, depth + 1, optional=optional) for inner in field.tuple_fields]
    return next((value for value in _candidates(field, at) if _is_valid(field, value)), None)


def _is_valid(field: Field[Any], value: Any) -> bool:
    try:
        field.deserialize(value)
    except ValidationError:
        return False
    return True


def _validators(field: Field[Any]) -> Iterator[Any]:
    for validator in field.validators:
        if isinstance(validator, validate.And):
            yield from validator.validators
        else:
            yield validator


def _shortest(field: Field[Any]) -> int:
    lengths = [v for v in _validators(field) if isinstance(v, validate.Length)]
    return max((length.equal or length.min or 0 for length in lengths), default=0)


def _longest(field: Field[Any]) -> int | None:
    lengths = [v.equal or v.max for v in _validators(field) if isinstance(v, validate.Length)]
    return min((length for length in lengths if length), default=None)


def _candidates(field: Field[Any], at: datetime) -> Iterator[Any]:
    """Yield what a plain field might take, the likeliest first."""
    for validator in _validators(field):
        if isinstance(validator, validate.OneOf):
            yield from validator.choices
        elif isinstance(validator, validate.Equal):
            yield validator.comparable if not isinstance(validator.comparable, Decimal) else str(validator.comparable)
    yield from choices_of(field)
    if isinstance(field, fields.Boolean):
        yield from (True, False)
    elif isinstance(field, fields.Number):
        yield from _numbers(field)
    elif isinstance(field, (fields.DateTime, fields.Date, fields.Time)):
        yield from _moments(field, at)
    else:
        yield from _others(field)
        yield from _texts(field)


def _numbers(field: Field[Any]) -> Iterator[Any]:
    ranges = [v for v in _validators(field) if isinstance(v, validate.Range)]
    least = [Decimal(str(limit.min)) for limit in ranges if limit.min is not None]
    most = [Decimal(str(limit.max)) for limit in ranges if limit.max is not None]
    guesses = [Decimal(1)]
    if least and most:
        guesses += [(max(least) + min(most)) / 2]
    guesses += [limit + step for limit in least for step in (0, 1, Decimal("0.01"))]
    guesses += [limit - step for limit in most for step in (0, 1, Decimal("0.01"))]
    if isinstance(field, fields.Integer):
        yield from (int(guess) for guess in guesses)
    elif isinstance(field, fields.Decimal):
        yield from ("1000.00", *(str(guess) for guess in guesses))
    else:
        yield from (float(guess) for guess in guesses)


def _moments(field: Field[Any], at: datetime) -> Iterator[Any]:
    local = at.astimezone(_SHANGHAI).replace(microsecond=0)
    naive = local.replace(tzinfo=None)
    spelled: tuple[Any, ...] = (local, naive)
    if isinstance(field, fields.Date):
        spelled = (local.date(),)
    elif isinstance(field, fields.Time):
        spelled = (naive.time(),)
    for value in spelled:
        yield field.serialize("moment", {"moment": value, field.attribute or "moment": value})
    yield local.isoformat()


def _others(field: Field[Any]) -> Iterator[Any]:
    for kind, value in (
        (fields.UUID, "01890000-0000-7000-8000-000000000001"),
        (fields.Email, "resident@example.com"),
        (fields.Url, "https://example.com/"),
        (fields.IPv4, "192.0.2.1"),
        (fields.IPv6, "2001:db8::1"),
        (fields.IP, "192.0.2.1"),
        (fields.IPv4Interface, "192.0.2.0/24"),
        (fields.IPv6Interface, "2001:db8::/32"),
        (fields.IPInterface, "192.0.2.0/24"),
        (fields.TimeDelta, 60),
        (fields.Mapping, {}),
    ):
        if isinstance(field, kind):
            yield value


def _texts(field: Field[Any]) -> Iterator[str]:
    shortest, longest = _shortest(field), _longest(field)
    long = (_WORDS * (shortest // len(_WORDS) + 1))[: max(shortest, len(_WORDS))]
    yield "示例" if shortest <= len("示例") else long
    yield long[:longest]
    patterns = [v.regex.pattern for v in _validators(field) if isinstance(v, validate.Regexp)]
    if patterns:
        yield from _COMMON
        for pattern in patterns:
            for extra in (0, 1, shortest, longest or 1):
                yield _matching(str(pattern), extra)


# -- texts that match a pattern -----------------------------------------------

_CATEGORY: Final = {"DIGIT": "1", "WORD": "a", "SPACE": " ", "NOT_DIGIT": "a", "NOT_SPACE": "a", "NOT_WORD": "-"}
_MANY: Final = 1_000


def _matching(pattern: str, extra: int) -> str:
    """Spell a text that a pattern may match, repeating what may be repeated `extra` times."""
    parsed = import_module("re._parser").parse(pattern)
    return "".join(_spelled(parsed, extra))


def _spelled(parsed: Any, extra: int) -> Iterator[str]:
    for operation, argument in parsed:
        name = str(operation)
        if name == "LITERAL":
            yield chr(argument)
        elif name == "NOT_LITERAL":
            yield "a" if argument != ord("a") else "b"
        elif name == "ANY":
            yield "a"
        elif name == "IN":
            yield _one_of(argument)
        elif name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            least, most, inner = argument
            yield "".join(_spelled(inner, extra)) * min(max(least, extra), int(most), _MANY)
        elif name == "SUBPATTERN":
            yield from _spelled(argument[-1], extra)
        elif name == "BRANCH":
            yield from _spelled(argument[1][0], extra)


def _one_of(members: Any) -> str:
    kinds = [(str(kind), argument) for kind, argument in members]
    if kinds[0][0] == "NEGATE":
        allowed = "".join(_class_text(kinds[1:]))
        return next(
            (letter for letter in "a1A-x例" if not re.fullmatch(f"[{allowed}]", letter)) if allowed else iter("a")
        )
    kind, argument = kinds[0]
    if kind == "RANGE":
        return chr(argument[0])
    return chr(argument) if kind == "LITERAL" else _CATEGORY.get(str(argument).removeprefix("CATEGORY_"), "a")


def _class_text(kinds: list[tuple[str, Any]]) -> Iterator[str]:
    spelled = {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s", "NOT_DIGIT": r"\D", "NOT_WORD": r"\W", "NOT_SPACE": r"\S"}
    for kind, argument in kinds:
        if kind == "LITERAL":
            yield re.escape(chr(argument))
        elif kind == "RANGE":
            yield f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
        else:
            yield spelled.get(str(argument).removeprefix("CATEGORY_"), "")
