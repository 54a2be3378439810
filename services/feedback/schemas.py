"""What feedback reads of others, and the forms of its own steps."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import FactSchema, FormSchema


class Concluded(FactSchema):
    """How a mechanism ended a case."""

    number = fields.String(load_default="")
    title = fields.String(load_default="")
    unit = fields.String(load_default="")
    outcome = fields.String(required=True)
    reply = fields.String(required=True)
    handler_claims_solved = fields.Boolean(required=True)
    by = fields.String(load_default="")


class Answered(FactSchema):
    """An answer on the spot."""

    number = fields.String(load_default="")
    title = fields.String(load_default="")
    reply = fields.String(required=True)
    by = fields.String(load_default="")


class Withdrawn(FactSchema):
    """Why an appeal was taken back."""

    reason = fields.String(load_default="")


#: From very dissatisfied to very satisfied.
MARKS = (1, 2, 3, 4, 5)
_MARK = {"example": 5, "kind": "radios"}


class Disclosed(FactSchema):
    """Personal data, sealed to feedback."""

    to = fields.String(required=True)
    sealed = fields.String(required=True)


class Rating(FormSchema):
    """The resident's three marks, 1 to 5, whether it is solved, and words if any."""

    attitude = fields.Integer(required=True, strict=True, validate=validate.OneOf(MARKS), metadata=_MARK)
    process = fields.Integer(required=True, strict=True, validate=validate.OneOf(MARKS), metadata=_MARK)
    result = fields.Integer(required=True, strict=True, validate=validate.OneOf(MARKS), metadata=_MARK)
    solved = fields.Boolean(required=True, metadata={"example": True})
    comment = fields.String(
        load_default="", validate=validate.Length(max=2000), metadata={"example": "", "kind": "textarea"}
    )


class Attempt(FormSchema):
    """A callback that did not reach the resident."""

    way = fields.String(
        required=True, validate=validate.OneOf(("phone", "message", "visit")), metadata={"example": "phone"}
    )
    note = fields.String(required=True, validate=validate.Length(2, 500), metadata={"example": "电话无人接听"})


class Finding(FormSchema):
    """What the supervision found, and what was done about it."""

    finding = fields.String(
        required=True, validate=validate.Length(5, 2000), metadata={"example": "经督办核查,已责成承办单位整改到位。"}
    )
