"""The kinds of schemas: tolerant readers of facts, strict forms of steps, and queries for a period."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, pre_load, validate, validates_schema


class FactSchema(Schema):
    """Reads another service's fact: takes what it needs, ignores the rest."""

    class Meta:
        """Let tellers add fields without telling their readers."""

        unknown = EXCLUDE


_FIRST, _LAST = date(1900, 1, 1), date(9000, 1, 1)


#: Marks of the direction of writing, which nobody sees and which turn around what others read: phones paste them with numbers.
_UNSEEN: Final = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF))
#: What no text is made of; databases and XML refuse some of it.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def plain(value: Any) -> Any:
    """Return what was written without marks that nobody sees; raises ValidationError, naming what no text is made of."""
    if isinstance(value, str):
        if found := _NO_TEXT.search(value):
            sign = f"U+{ord(found[0]):04X}"
            raise ValidationError(
                f"含有不允许的控制字符 {sign}，请删除后重试。 / A control character, {sign}, is not allowed."
            )
        return value.translate(_UNSEEN)
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


class PlainText(Schema):
    """Takes texts as people see them: line ends, tabs and emoji stay, hidden marks go, control characters are refused."""

    @pre_load
    def take_plain_text(self, posted: Any, **_: Any) -> Any:
        """Clean each field by itself, so that what is wrong is said where it is."""
        if not isinstance(posted, dict):
            return posted
        taken, wrong = dict(posted.items()), dict[str, Any]()
        for name, value in posted.items():
            if isinstance(self.fields.get(name), fields.Nested):
                # It cleans its own.
                continue
            try:
                taken[name] = plain(value)
            except ValidationError as error:
                wrong[name] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return taken


#: A number of a form, by another name: all of them are taken as they were written, see FormSchema.
Exact = fields.Decimal


def _as_written(places: Decimal) -> Callable[[Any], Any]:
    """Make the check that a number has no more decimals than there is room for."""
    room = -int(places.as_tuple().exponent)

    def checked(value: Any) -> Any:
        try:
            written = Decimal(str(value)).as_tuple()
        except InvalidOperation:
            return value
        # What is no number, such as NaN, has a letter for its exponent: the field says so itself.
        beyond = -written.exponent - room if isinstance(written.exponent, int) else 0
        if beyond > 0 and any(written.digits[-beyond:]):
            raise ValidationError(
                f"最多{room}位小数，不会替您四舍五入。 / At most {room} decimals; nothing is rounded."
            )
        return value

    return checked


class FormSchema(PlainText):
    """What a person fills in to take a step: unknown fields are errors.

    A number is taken as it was written: with more decimals than it has room for it is refused, and never rounded.
    """

    class Meta:
        """Say so when a field is misspelt."""

        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Take true and false only for yes and no: `"yes"` or `"t"` from a program may mean anything; round no number."""
        super().on_bind_field(field_name, field_obj)
        if isinstance(field_obj, fields.Boolean):
            field_obj.truthy, field_obj.falsy = {True}, {False}
        if isinstance(field_obj, fields.Decimal) and field_obj.places is not None:
            field_obj.pre_load = [*field_obj.pre_load, _as_written(field_obj.places)]

    @validates_schema
    def refuse_days_of_no_calendar(self, values: Any, **_: Any) -> None:
        """Refuse days and moments so far off that some time zone can't spell them."""
        days = {name: value for name, value in values.items() if isinstance(value, date)}
        if off := [name for name, day in days.items() if not _FIRST.year <= day.year <= _LAST.year]:
            said = f"年份应在{_FIRST.year}至{_LAST.year}之间 / a year from {_FIRST.year} to {_LAST.year}"
            raise ValidationError({name: [said] for name in off})


#: Times of further days are none in every time zone.
_IN_CALENDARS = validate.Range(_FIRST, _LAST)


class PeriodAsked(Schema):
    """A query for what is counted of a period: from a day on until before another one, in Asia/Shanghai."""

    start = fields.Date(
        required=True, validate=_IN_CALENDARS, data_key="from", metadata={"description": "Its first day."}
    )
    until = fields.Date(
        required=True, validate=_IN_CALENDARS, metadata={"description": "The first day that does not belong to it."}
    )
    as_of = fields.Date(
        load_default=None,
        validate=_IN_CALENDARS,
        metadata={"description": "Count what was known when this day began, and nothing later."},
    )

    class Meta:
        """Let a page's other parameters, such as the language, be."""

        unknown = EXCLUDE

    @validates_schema
    def ends_after_it_begins(self, asked: Any, **_: Any) -> None:
        """Refuse a period without a day."""
        if asked["until"] <= asked["start"]:
            raise ValidationError({"until": ["结束日应晚于开始日 / the period ends after it begins"]})
