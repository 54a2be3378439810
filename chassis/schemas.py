"""The kinds of schemas: tolerant readers of facts, strict forms of steps, and queries for a period."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, pre_load, validate, validates_schema


class FactSchema(Schema):
    """Reads another service's fact: takes what it needs, ignores the rest."""

    class Meta:
        """Let tellers add fields without telling their readers."""

        unknown = EXCLUDE


_FIRST, _LAST = date(1900, 1, 1), date(9000, 1, 1)


class FormSchema(Schema):
    """What a person fills in to take a step: unknown fields are errors."""

    class Meta:
        """Say so when a field is misspelt."""

        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Take true and false only for yes and no: `"yes"` or `"t"` from a program may mean anything, and is refused."""
        super().on_bind_field(field_name, field_obj)
        if isinstance(field_obj, fields.Boolean):
            field_obj.truthy, field_obj.falsy = {True}, {False}

    @pre_load
    def refuse_nul(self, posted: Any, **_: Any) -> Any:
        """Refuse the one character that no database text can hold."""
        for name, value in posted.items() if isinstance(posted, dict) else ():
            texts = value if isinstance(value, list) else (value,)
            if any(isinstance(text, str) and "\x00" in text for text in texts):
                raise ValidationError({name: ["含有无效字符 / holds a NUL character"]})
        return posted

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
