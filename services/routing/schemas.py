"""What routing reads of others, and the forms of its own steps."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import FactSchema, FormSchema
from services.routing.rules import MECHANISMS, SEVERITIES, URGENCIES, units
from services.routing.ruleset import CHANNELS, MOST_BYTES
from services.routing.triage import categories

_UNITS = units()


def _lead_unit() -> fields.String:
    """Return the field for a unit that a person names; empty leaves it to the catalogue."""
    return fields.String(
        load_default="",
        validate=validate.OneOf(("", *_UNITS), labels=("按派单目录", *_UNITS.values())),
        metadata={"example": "", "help": "Leave it empty to follow the dispatch catalogue."},
    )


# -- others' facts ------------------------------------------------------------


class Registered(FactSchema):
    """An appeal as intake registered it."""

    channel = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    place = fields.String(load_default="")
    registered_at = fields.AwareDateTime(required=True)
    submitted_at = fields.AwareDateTime(required=True)
    anonymous = fields.Boolean(load_default=False)
    confidential = fields.Boolean(load_default=False)
    has_contact = fields.Boolean(load_default=False)
    petitioner = fields.String(load_default="")
    longitude = fields.Float(allow_none=True, load_default=None)
    latitude = fields.Float(allow_none=True, load_default=None)
    attachments = fields.Integer(load_default=0)
    hold = fields.Boolean(load_default=False)
    external = fields.Dict(allow_none=True, load_default=None)
    address = fields.Dict(allow_none=True, load_default=None)


class EndedAtTheDoor(FactSchema):
    """An appeal that was answered, refused, relayed, merged or withdrawn at intake."""

    reply = fields.String(load_default="")
    reason = fields.String(load_default="")
    ground = fields.String(load_default="")
    into = fields.String(load_default="")
    service = fields.String(load_default="")


class Accepted(FactSchema):
    """Who has taken the case."""

    unit = fields.String(load_default="")
    by = fields.String(load_default="")


class Contacted(FactSchema):
    """How the petitioner was reached."""

    way = fields.String(load_default="")


class Progressed(FactSchema):
    """That something was done."""


class ReturnRequested(FactSchema):
    """Why a unit wants to hand a case back."""

    reason = fields.String(required=True)
    suggested_unit = fields.String(load_default="")
    legal_ground = fields.String(load_default="")


class ExtensionRequested(FactSchema):
    """Why a unit wants more time."""

    reason = fields.String(required=True)
    workdays = fields.Integer(required=True)


class Transferred(FactSchema):
    """The mechanism that a case goes to."""

    to = fields.String(required=True)
    reason = fields.String(required=True)


class Concluded(FactSchema):
    """How a case ended, in its handler's words."""

    outcome = fields.String(required=True)
    reply = fields.String(required=True)
    handler_claims_solved = fields.Boolean(required=True)


class ReworkOrdered(FactSchema):
    """Why a case is handled again."""

    mechanism = fields.String(load_default="")
    reason = fields.String(required=True)
    round = fields.Integer(load_default=1)
    clocks = fields.List(fields.Dict(), load_default=list)


class Closed(FactSchema):
    """How an appeal ended, after how many conclusions."""

    end = fields.String(load_default="")
    rounds = fields.Integer(load_default=1)


class Archived(FactSchema):
    """When the file of an appeal was closed."""

    at = fields.AwareDateTime(required=True)


# -- forms --------------------------------------------------------------------


class Correction(FormSchema):
    """What the desk decides where the classifier was unsure or wrong; kept as training data."""

    mechanism = fields.String(required=True, validate=validate.OneOf(MECHANISMS), metadata={"example": "hotline"})
    category = fields.String(required=True, validate=validate.OneOf(categories()), metadata={"example": "0315"})
    urgency = fields.String(required=True, validate=validate.OneOf(URGENCIES), metadata={"example": "III"})
    severity = fields.String(required=True, validate=validate.OneOf(SEVERITIES), metadata={"example": "moderate"})
    reason = fields.String(required=True, validate=validate.Length(2, 500), metadata={"example": "按诉求内容人工核定"})


class Signature(FormSchema):
    """A leader's opinion (批示意见), and the units if other than the catalogue's."""

    opinion = fields.String(
        required=True, validate=validate.Length(1, 1000), metadata={"example": "同意,请主办单位按时限办理。"}
    )
    lead_unit = _lead_unit()
    assisting_units = fields.List(
        fields.String(validate=validate.OneOf(tuple(_UNITS), labels=tuple(_UNITS.values()))),
        load_default=list,
        metadata={"example": []},
    )


class Opinion(FormSchema):
    """An opinion on what was asked."""

    opinion = fields.String(
        required=True, validate=validate.Length(2, 1000), metadata={"example": "经研究,意见如下:按职责继续办理。"}
    )


class Turned(FormSchema):
    """What a promise shows now, and when it ends; filled in by the clock."""

    light = fields.String(required=True, metadata={"example": "urge_50"})
    due_at = fields.AwareDateTime(required=True)


class Level(FormSchema):
    """Who watches over what is overdue; filled in by the clock."""

    level = fields.Integer(required=True, metadata={"example": 1})
    opinion = fields.String(required=True, metadata={"example": "分管领导督办"})


class Redispatch(FormSchema):
    """Where a returned or transferred case goes now."""

    mechanism = fields.String(required=True, validate=validate.OneOf(MECHANISMS), metadata={"example": "hotline"})
    category = fields.String(load_default="", validate=validate.OneOf(("", *categories())), metadata={"example": ""})
    lead_unit = _lead_unit()
    opinion = fields.String(
        required=True, validate=validate.Length(2, 1000), metadata={"example": "退单理由成立,改派。"}
    )


class RuleDraft(FormSchema):
    """A new version of the dispatch rules, and what it changes."""

    text = fields.String(required=True, validate=validate.Length(1, MOST_BYTES), metadata={"example": "[[rule]] …"})
    note = fields.String(
        required=True, validate=validate.Length(2, 300), metadata={"example": "夜间施工噪声增加派出所协办"}
    )


class RulesLive(FormSchema):
    """From when a version counts, at once if no time is given, and why; `seen` is the version that was compared with."""

    begins_at = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"help": "Leave it empty to begin at once."}
    )
    reason = fields.String(required=True, validate=validate.Length(2, 300), metadata={"example": "经会商同意调整"})
    seen = fields.Integer(required=True, strict=False, metadata={"example": 1})


class RulesTry(FormSchema):
    """An appeal to be tried, which is kept nowhere."""

    title = fields.String(load_default="", validate=validate.Length(max=200))
    text = fields.String(required=True, validate=validate.Length(1, 5000), metadata={"example": "楼下烧烤店油烟扰民。"})
    place = fields.String(load_default="", validate=validate.Length(max=200))
    channel = fields.String(load_default="web", validate=validate.OneOf(CHANNELS))
    submitted_at = fields.AwareDateTime(load_default=None, allow_none=True)
