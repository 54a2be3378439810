"""The two kinds of schemas: tolerant readers of facts, and strict forms of steps."""

from __future__ import annotations

from marshmallow import EXCLUDE, RAISE, Schema


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
