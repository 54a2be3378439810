"""The two kinds of schemas: tolerant readers of facts, and strict forms of steps."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, pre_load


class FactSchema(Schema):
    """Reads another service's fact: takes what it needs, ignores the rest."""

    class Meta:
        """Let tellers add fields without telling their readers."""

        unknown = EXCLUDE


class FormSchema(Schema):
    """What a person fills in to take a step: unknown fields are errors."""

    class Meta:
        """Say so when a field is misspelt."""

        unknown = RAISE

    @pre_load
    def refuse_nul(self, posted: Any, **_: Any) -> Any:
        """Refuse the one character that no database text can hold."""
        for name, value in posted.items() if isinstance(posted, dict) else ():
            if isinstance(value, str) and "\x00" in value:
                raise ValidationError({name: ["含有无效字符 / holds a NUL character"]})
        return posted
