"""Personal data in forms: masked by default, shown whole only in a reveal.

A form's field is personal when its metadata says `personal=True`: a name keeps its first character; what is asked for as a
long text tells a story, and is hidden whole however short it was kept. One that holds free words (`words=True`) is shown with
the numbers of phones, identity and bank cards in it masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marshmallow import fields

from chassis.facts import Fact
from chassis.forms import kind_of
from chassis.masking import mask_name, redact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from marshmallow import Schema
    from marshmallow.fields import Field

    from chassis.workflow import Workflow

#: Longer texts are hidden whole: they tell a story, not a name.
_NAME_LENGTH = 20
_HIDDEN = "＊＊＊"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealLogged(Fact):
    """Somebody has opened the personal data of a case, for the purpose that he stated.

    `what` names what was sealed, such as `phone`, and is `forms` for masked fields of forms.
    """

    case_id: str
    number: str
    unit: str
    what: list[str]
    purpose: str
    by: str
    by_name: str
    at: datetime


class Veil:
    """Masks what the forms of one procedure have kept."""

    def __init__(self, workflow: Workflow | None) -> None:
        self._kept: dict[str, Schema] = {}
        self._posted: dict[str, Schema] = {}
        #: The rows of forms, which a change may keep by themselves under the same name.
        self._rows: dict[str, list[Schema]] = {}
        for step in workflow.steps if workflow is not None else ():
            if step.form is not None:
                self._posted.setdefault(step.trigger, step.form())
                if step.kept_as:
                    self._kept.setdefault(step.kept_as, self._posted[step.trigger])
        for form in self._posted.values():
            for name, field in form.fields.items():
                inner = field.inner if isinstance(field, fields.List) else field
                if isinstance(inner, fields.Nested):
                    self._rows.setdefault(name, []).append(inner.schema)

    def over_details(self, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return a case's details with the personal fields masked, also of forms, and rows of them, put away within them."""
        return {
            name: _masked(value, self._kept[name]) if name in self._kept else self._copied(name, value)
            for name, value in details.items()
        }

    def _copied(self, name: str, value: Any) -> Any:
        found = self._beneath(value)
        for schema in self._rows.get(name, ()):
            found = _masked(found, schema)
        return found

    def _beneath(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._beneath(one) for one in value]
        return self.over_details(value) if isinstance(value, dict) else value

    def over_form(self, trigger: str, form: Any) -> Any:
        """Return a timeline entry's form with the personal fields masked."""
        return _masked(form, self._posted[trigger]) if trigger in self._posted else form

    def hides(self, details: Mapping[str, Any]) -> bool:
        """Say whether anything in a case's details is masked."""
        return self.over_details(details) != dict(details)


def _masked(value: Any, schema: Schema) -> Any:
    if isinstance(value, list):
        return [_masked(one, schema) for one in value]
    if not isinstance(value, dict):
        return value
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    return {name: _field(one, known.get(name)) for name, one in value.items()}


def _field(value: Any, field: Field[Any] | None) -> Any:
    if field is None or value in (None, "", []):
        return value
    if field.metadata.get("personal"):
        return _HIDDEN if kind_of(field) == "textarea" else _hidden(value)
    if field.metadata.get("words") and isinstance(value, str):
        return redact(value).text
    inner = field.inner if isinstance(field, fields.List) else field
    if isinstance(inner, fields.Nested):
        return _masked(value, inner.schema)
    return value


def _hidden(value: Any) -> Any:
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    if isinstance(value, str) and len(value) <= _NAME_LENGTH:
        return mask_name(value) if not any(char.isdigit() for char in value) else _HIDDEN
    return _HIDDEN
