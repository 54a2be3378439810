"""What the portal reads of others' facts, and the forms of its own doors."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import FactSchema, FormSchema


class Told(FactSchema):
    """Something happened to an appeal; that it did is all the board needs."""


class Dispatched(FactSchema):
    """Where an appeal was sent, and until when it is promised."""

    mechanism = fields.String(required=True)
    lead_unit = fields.String(load_default="")
    clocks = fields.List(fields.Dict(), load_default=list)


class ClocksMoved(FactSchema):
    """More time was granted, or time begins anew."""

    granted = fields.Boolean(load_default=True)
    clocks = fields.List(fields.Dict(), load_default=list)
    reopens = fields.Boolean(load_default=False)


class PromiseMoved(FactSchema):
    """The end of a promise that stood still, or stands still."""

    due_at = fields.AwareDateTime(required=True)


class InterimReplied(PromiseMoved):
    """The end that the law sets, after an interim reply."""


class RevealLogged(FactSchema):
    """Who has opened the personal data of which case, and why."""

    case_id = fields.String(required=True)
    number = fields.String(load_default="")
    unit = fields.String(load_default="")
    what = fields.List(fields.String(), load_default=list)
    purpose = fields.String(required=True)
    by = fields.String(required=True)
    by_name = fields.String(load_default="")
    at = fields.AwareDateTime(required=True)


class Credentials(FormSchema):
    """Who wants to sign in."""

    login = fields.String(required=True, validate=validate.Length(1, 80), metadata={"example": "desk"})
    password = fields.String(required=True, validate=validate.Length(1, 1000), load_only=True)


class Renewal(FormSchema):
    """The secret of a sign-in, for a fresh token."""

    session = fields.String(required=True, validate=validate.Length(1, 200), load_only=True)


class PasswordChange(FormSchema):
    """Whose password it is, the one that was, and the one that shall be."""

    login = fields.String(required=True, validate=validate.Length(1, 80), metadata={"example": "desk"})
    current = fields.String(required=True, validate=validate.Length(1, 1000), load_only=True)
    new = fields.String(required=True, validate=validate.Length(1, 1000), load_only=True)
