"""What intake reads of others, what its doors take, and the forms of its own steps."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from chassis.schemas import FactSchema, FormSchema, PlainText
from chassis.terms import Terms
from services.intake import rules
from services.intake.answers import knowledge, replies
from services.intake.material.coordinates import DATUMS
from services.intake.ways_in import entrances

if TYPE_CHECKING:
    from collections.abc import Mapping

# -- others' facts ------------------------------------------------------------


class Ledgered(FactSchema):
    """The ledger's number of an appeal, how urgent it is, and warnings such as `relay:119`."""

    number = fields.String(load_default="")
    urgency = fields.String(load_default="")
    flags = fields.List(fields.String(), load_default=list)
    at = fields.AwareDateTime(load_default=None, allow_none=True)


class Dispatched(FactSchema):
    """Who has it now, and by when he promises to be done."""

    mechanism = fields.String(required=True)
    number = fields.String(load_default="")
    lead_unit = fields.String(load_default="")
    assisting_units = fields.List(fields.String(), load_default=list)
    urgency = fields.String(load_default="")
    clocks = fields.List(fields.Dict(), load_default=list)
    round = fields.Integer(load_default=0)
    at = fields.AwareDateTime(load_default=None, allow_none=True)


class ExtensionDecided(FactSchema):
    """Whether more time was granted, and why it is needed."""

    granted = fields.Boolean(required=True)
    reason = fields.String(load_default="")
    clocks = fields.List(fields.Dict(), load_default=list)
    at = fields.AwareDateTime(load_default=None, allow_none=True)


class Regraded(FactSchema):
    """How urgent it is found to be that was sent as another, why, and the clocks that this moves."""

    urgency = fields.String(required=True)
    reason = fields.String(load_default="")
    clocks = fields.List(fields.Dict(), load_default=list)
    at = fields.AwareDateTime(load_default=None, allow_none=True)


class PromiseMoved(FactSchema):
    """That the promise stands still, or runs on, and its end."""

    paused = fields.Boolean(required=True)
    due_at = fields.AwareDateTime(required=True)
    at = fields.AwareDateTime(load_default=None, allow_none=True)


class Said(FactSchema):
    """That something happened, and when."""

    at = fields.AwareDateTime(load_default=None, allow_none=True)


class CallbackDue(Said):
    """That the petitioner is to be asked; with the path by which he can, sealed, if feedback has signed one."""

    link = fields.String(load_default="")


class ReturnDecided(Said):
    """Whether a unit may return an appeal."""

    granted = fields.Boolean(required=True)


class OfUnit(Said):
    """Which unit something is about."""

    unit = fields.String(load_default="")


class Undecided(OfUnit):
    """Which unit something is about that a leader is to decide on or to look into, and whether nobody has in time."""

    overdue = fields.Boolean(load_default=False)


class Called(Said):
    """Which units are called, and by when they are to be there."""

    units = fields.List(fields.String(), required=True)
    arrive_by = fields.AwareDateTime(load_default=None, allow_none=True)


class Awaited(OfUnit):
    """What a leader or the desk has still to sign or to decide: the level of the reminder, or the decision."""

    level = fields.String(load_default="")
    decision = fields.String(load_default="")


class Light(OfUnit):
    """Which light was shown to a unit, and when its time is over."""

    light = fields.String(load_default="")
    due = fields.AwareDateTime(load_default=None, allow_none=True, data_key="due_at")


class Progressed(Said):
    """What has been done so far."""

    progress = fields.String(load_default="")


class InterimReplied(Said):
    """What is replied for the time being, by when the law has it done, and the clock of that."""

    reply = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)
    clocks = fields.List(fields.Dict(), required=True)


class Concluded(Said):
    """The reply."""

    reply = fields.String(required=True)
    outcome = fields.String(load_default="")


class ReworkOrdered(Said):
    """That it is handled again, and on what ground."""

    mechanism = fields.String(load_default="")
    round = fields.Integer(load_default=1)
    ground = fields.String(load_default="")
    clocks = fields.List(fields.Dict(), load_default=list)


class Closed(Said):
    """How it ended."""

    end = fields.String(load_default="")


class ExclusionDecided(Said):
    """Whether it is counted out of the rates, under which class, and why."""

    granted = fields.Boolean(required=True)
    ground = fields.String(load_default="")
    opinion = fields.String(load_default="")


class Anything(Schema):
    """Whatever an external system sends; it is judged like any submission, with a reply that says why."""

    class Meta:
        """Keep it as it is."""

        unknown = INCLUDE


# -- the doors ----------------------------------------------------------------


def is_not_blank(text: str) -> None:
    """Refuse blanks only; that nothing at all is too little, the length says."""
    if text and not text.strip():
        raise ValidationError("不能只有空白。 / This must not be blank.")


def is_phone(text: str) -> None:
    """Refuse what no phone number looks like."""
    if text and rules.phone_of(text) is None:
        raise ValidationError(
            "电话号码格式不正确，例如 13800000000 或 0543-3160000。 / Not a phone number, such as 13800000000."
        )


class PlaceForm(FormSchema):
    """Where it is: in words, and as a point if it is known."""

    text = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"example": "黄河八路与渤海十二路交叉口", "label": "Place in words"},
    )
    longitude = fields.Float(
        load_default=None,
        allow_none=True,
        allow_nan=False,
        validate=validate.Range(-180, 180),
        metadata={"example": 117.97},
    )
    latitude = fields.Float(
        load_default=None,
        allow_none=True,
        allow_nan=False,
        validate=validate.Range(-90, 90),
        metadata={"example": 37.38},
    )
    datum = fields.String(load_default="WGS84", validate=validate.OneOf(DATUMS), metadata={"example": "WGS84"})


class ContactForm(FormSchema):
    """Who asks, if he says so. `sealed` keeps his identity from everyone but intake and the callback."""

    name = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"example": "居民甲", "label": "How we may call you"},
    )
    phone = fields.String(
        load_default="",
        validate=(validate.Length(max=30), is_phone),
        metadata={"example": "13800000000", "kind": "tel", "label": "Your phone"},
    )
    anonymous = fields.Boolean(
        load_default=False,
        metadata={
            "example": False,
            "label": "Anonymous",
            "help": "No name and no number is kept; nobody can call you back.",
        },
    )
    sealed = fields.Boolean(
        load_default=False,
        metadata={
            "example": False,
            "label": "Keep me confidential",
            "help": "Only whoever registers it and whoever calls back may know; handlers, leaders and those complained about do not.",
        },
    )


class ExternalForm(FormSchema):
    """Which system it came from, and its number there."""

    source = fields.String(
        required=True,
        validate=(validate.Length(1, 60), validate.Regexp(r"[a-z0-9][a-z0-9_-]*\Z")),
        metadata={"example": "hotline12345"},
    )
    number = fields.String(
        required=True,
        validate=(validate.Length(1, 120), is_not_blank),
        metadata={"example": "20261123-0001", "label": "Number of the work order"},
    )
    due_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={
            "example": "2026-11-27T17:00:00+08:00",
            "label": "To be answered by",
            "help": "The promise to the resident ends then at the latest.",
        },
    )


class AppealForm(FormSchema):
    """An appeal as it comes in."""

    title = fields.String(
        load_default="",
        validate=validate.Length(max=rules.LONGEST_TITLE),
        metadata={"example": "楼道堆放杂物", "label": "In one line"},
    )
    text = fields.String(
        required=True,
        validate=(validate.Length(2, rules.LONGEST_TEXT), is_not_blank),
        metadata={"example": "三号楼二单元楼道长期堆放杂物，影响通行。", "kind": "textarea", "label": "What is wrong"},
    )
    place = fields.Nested(PlaceForm, load_default=dict)
    contact = fields.Nested(ContactForm, load_default=dict)
    channel = fields.String(load_default="web", validate=validate.OneOf(entrances.codes()), metadata={"example": "web"})
    submitted_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={
            "example": "2026-11-20T09:30:00+08:00",
            "label": "When it came",
            "help": "Leave it empty for now.",
        },
    )
    external = fields.Nested(ExternalForm, load_default=None, allow_none=True)
    origin = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(max=200)),
        load_default=dict,
        metadata={"example": {}},
    )
    hold = fields.Boolean(
        load_default=False,
        metadata={
            "example": False,
            "label": "Hold it: I may answer it on the spot",
            "help": "It is not dispatched before you say what became of it.",
        },
    )


class ExternalAppeal(PlainText, FactSchema):
    """An appeal that an external hotline submits on the bus; it may say more than we read."""

    external_number = fields.String(required=True, validate=(validate.Length(1, 120), is_not_blank))
    title = AppealForm._declared_fields["title"]  # noqa: SLF001 - marshmallow has no public name for it
    text = AppealForm._declared_fields["text"]  # noqa: SLF001
    place = fields.Nested(PlaceForm, load_default=dict, unknown="exclude")
    contact = fields.Nested(ContactForm, load_default=dict, unknown="exclude")
    submitted_at = fields.AwareDateTime(load_default=None, allow_none=True)
    due_at = fields.AwareDateTime(load_default=None, allow_none=True)


def time_errors(submitted_at: datetime | None, now: datetime) -> dict[str, list[str]]:
    """Say what is wrong with the time of a submission, as marshmallow would."""
    if submitted_at is None or rules.is_possible_time(submitted_at, now):
        return {}
    return {
        "submitted_at": [
            "提交时间不能晚于现在，也不能早于 1990 年。 / The time must not be in the future, nor before 1990."
        ]
    }


def deadline_errors(due_at: datetime | None, submitted_at: datetime | None, now: datetime) -> list[str]:
    """Say what is wrong with the deadline of the system that a submission comes from."""
    if due_at is None or rules.is_possible_deadline(due_at, submitted_at, now):
        return []
    return [
        "截止时间不能早于提交时间，也不能晚于五年之后。 / The deadline must not come before the submission, nor in five years."
    ]


def point_errors(place: dict[str, Any]) -> dict[str, Any]:
    """Refuse half a point."""
    if (place.get("longitude") is None) == (place.get("latitude") is None):
        return {}
    return {"place": {"_schema": ["经度和纬度应同时填写。 / Give both longitude and latitude."]}}


def when_and_where_errors(loaded: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Say what is wrong with time and place of as much as could be read of a submission, as marshmallow would."""
    return {**time_errors(loaded.get("submitted_at"), now), **point_errors(loaded.get("place") or {})}


def readable(error: ValidationError) -> dict[str, Any]:
    """Return the fields that nothing is wrong with, of what could not be read whole: all is to be told in one go."""
    read = error.valid_data if isinstance(error.valid_data, dict) else {}
    return {name: value for name, value in read.items() if name not in error.messages_dict}


# -- the forms of its own steps -----------------------------------------------

_SHORTEST_REPLY = 5
_REPLY = {"example": "您好，您反映的事项已答复如下：请按公告时间办理。", "kind": "textarea"}


@cache
def _terms() -> Terms:
    return Terms(Path(__file__).with_name("terms.toml"))


def _reply_or_template() -> fields.String:
    return fields.String(
        load_default="",
        validate=(validate.Length(max=5000), is_reply),
        metadata={**_REPLY, "help": "Left empty, the template is sent; the page before this one shows it."},
    )


class Answer(FormSchema):
    """What the petitioner was told on the spot, and which entry of the knowledge base it was taken from, if any."""

    reply = fields.String(required=True, validate=validate.Length(5, 5000), metadata=_REPLY)
    entry = fields.String(
        load_default="",
        validate=validate.Regexp(rf"(?:{knowledge.ID.pattern})?\Z"),
        metadata={"kind": "hidden", "example": ""},
    )
    entry_version = fields.Integer(
        load_default=0, validate=validate.Range(0), metadata={"kind": "hidden", "example": 0}
    )

    @post_load
    def _without_an_entry_there_is_no_version(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        return values if values["entry"] else {"reply": values["reply"]}


def is_reply(text: str) -> None:
    """Refuse words that are too few for a reply; none at all stand for the template's."""
    if text and len(text) < _SHORTEST_REPLY:
        raise ValidationError("答复至少 5 个字；不填则按模板答复。 / At least 5 characters, or none for the template.")


class NotAccepted(FormSchema):
    """Why it is not accepted, the legal route, and the reply; where none is written, that of `replies.toml`."""

    ground = fields.String(
        required=True, validate=validate.OneOf(rules.GROUNDS), metadata={"example": "other_legal_route"}
    )
    route = fields.String(required=True, validate=validate.OneOf(rules.ROUTES), metadata={"example": "litigation"})
    reply = _reply_or_template()

    @validates_schema
    def route_belongs_to_ground(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a route that the class can't name: nobody is sent to court with what no court is for."""
        routes = replies.table().classes[data["ground"]].routes
        if data["route"] not in routes:
            zh = "、".join(f"{_terms().value(route, 'zh')}（{route}）" for route in routes)
            said = f"应告知诉求人具体的法定途径，该类情形为：{zh}。 / The routes of this class: {', '.join(routes)}."
            raise ValidationError({"route": [said]})

    @post_load
    def say(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Say what the template says where nothing else was written."""
        return {**data, "reply": data["reply"].strip() or replies.not_accepted(data["ground"], data["route"])}


class Relay(FormSchema):
    """Which emergency line has it, and what the petitioner was told."""

    service = fields.String(required=True, validate=validate.OneOf(rules.EMERGENCY_LINES), metadata={"example": "119"})
    reply = _reply_or_template()

    @post_load
    def say(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Say what the template says where nothing else was written."""
        return {**data, "reply": data["reply"].strip() or replies.relayed(data["service"])}


class LineTold(FormSchema):
    """Which emergency line somebody of the street has called about what came without anybody on the phone."""

    service = fields.String(required=True, validate=validate.OneOf(rules.EMERGENCY_LINES), metadata={"example": "119"})


class FollowUp(FormSchema):
    """What became of a relayed emergency."""

    result = fields.String(
        required=True,
        validate=validate.Length(5, 2000),
        metadata={"example": "已电话核实，险情排除。", "kind": "textarea"},
    )


class Merge(FormSchema):
    """Which appeal this one is part of, why, and what the petitioner is told."""

    into = fields.String(
        required=True,
        validate=validate.Length(1, 120),
        metadata={
            "example": "01890a5d-ac96-874b-bcce-b302099a8057",
            "help": "Its number in the ledger, whole or the serial alone, or its tracking code.",
        },
    )
    reason = fields.String(required=True, validate=validate.Length(2, 500), metadata={"example": "同一事项重复反映"})
    reply = fields.String(
        validate=validate.Length(5, 5000),
        metadata={**_REPLY, "help": "Leave it empty to tell how far the other one is."},
    )

    @post_load
    def leave_out(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Let an empty reply be written from the other appeal's progress."""
        return {name: value for name, value in data.items() if value}


class Unmerge(FormSchema):
    """Why two appeals are not the same matter."""

    reason = fields.String(
        required=True,
        validate=validate.Length(2, 500),
        metadata={"example": "经核实，两件诉求并非同一事项", "kind": "textarea"},
    )


class Supplement(FormSchema):
    """What the petitioner adds; its numbers are masked and sealed before the step (`register.taken_in`)."""

    text = fields.String(
        required=True,
        validate=(validate.Length(2, 5000), is_not_blank),
        metadata={"example": "补充：晚上七点以后最严重。", "kind": "textarea"},
    )


class NoticesWanted(FormSchema):
    """Whether the petitioner wants to be told by message how it goes on."""

    wanted = fields.Boolean(required=True, metadata={"example": False})


class Withdrawal(FormSchema):
    """Why the petitioner takes it back; masked before the step (`register.shown`)."""

    reason = fields.String(
        required=True,
        validate=validate.Length(2, 500),
        metadata={"example": "问题已自行解决", "kind": "textarea"},
    )


# -- the knowledge base -------------------------------------------------------


class GapFound(FactSchema):
    """What a mechanism was asked and found no entry for."""

    question = fields.String(required=True)
    answer = fields.String(required=True)
    source = fields.String(load_default="")
    unit = fields.String(load_default="")
    at = fields.AwareDateTime(required=True)


class KnowledgeForm(FormSchema):
    """An answer for the knowledge base."""

    id = fields.String(
        required=True,
        validate=(validate.Length(2, 60), validate.Regexp(rf"{knowledge.ID.pattern}\Z")),
        metadata={"example": "street-lamps", "label": "Id", "help": "Lower case letters and digits, with hyphens."},
    )
    kind = fields.String(
        load_default="faq",
        validate=validate.OneOf(knowledge.KINDS),
        metadata={"example": "faq", "label": "What it is"},
    )
    title = fields.String(
        required=True,
        validate=(validate.Length(2, 200), is_not_blank),
        metadata={"example": "路灯不亮找谁", "label": "The question in one line"},
    )
    questions = fields.List(
        fields.String(validate=validate.Length(2, 200)),
        load_default=list,
        validate=validate.Length(max=30),
        metadata={"example": ["路灯坏了"], "label": "Other ways to ask it", "help": "One a line."},
    )
    answer = fields.String(
        required=True,
        validate=(validate.Length(5, 5000), is_not_blank),
        metadata={"example": "请告诉我们灯杆编号。", "kind": "textarea", "label": "The answer, as it is told"},
    )
    basis = fields.String(
        required=True,
        validate=(validate.Length(2, 300), is_not_blank),
        metadata={"example": "某条例第三条", "label": "Basis"},
    )
    owner = fields.String(
        required=True,
        validate=(validate.Length(2, 60), validate.Regexp(r"[a-z0-9_]+\Z")),
        metadata={"example": "property_office", "label": "Whose it is", "help": "The code of the unit."},
    )
    review_by = fields.Date(required=True, metadata={"example": "2027-06-30", "label": "To be reviewed by"})


class ReviewForm(FormSchema):
    """That somebody has read an entry again, and by when the next one has to."""

    review_by = fields.Date(required=True, metadata={"example": "2027-12-31", "label": "To be reviewed again by"})
