"""What routing reads of others, and the forms of its own steps."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import ValidationError, fields, missing, post_load, validate, validates_schema

from chassis.schemas import FactSchema, FormSchema, PeriodAsked
from services.routing.dispatch.ruleset import CHANNELS, MOST_BYTES
from services.routing.judging.lexicon import KINDS, categories, person_kinds
from services.routing.rules import MECHANISMS, NO_KIND, SEVERITIES, URGENCIES, units
from services.routing.signoff.signing import leaders, phrases
from services.routing.supervision.helping import kinds
from services.routing.supervision.returns import GROUPINGS

_KNOWN = units()
_POSTS = {code: post.zh for code, post in leaders().posts.items()}


def _lead_unit() -> fields.String:
    """Return the field for a unit that a person names; empty leaves it to the catalogue."""
    return fields.String(
        load_default="",
        validate=validate.OneOf(("", *_KNOWN), labels=("按派单目录", *_KNOWN.values())),
        metadata={"example": "", "help": "Leave it empty to follow the dispatch catalogue."},
    )


def _category() -> fields.String:
    """Return the field for the category of what goes to another mechanism."""
    return fields.String(
        load_default="",
        validate=validate.OneOf(("", *categories())),
        metadata={
            "example": "",
            "help": "Needed where the mechanism changes; otherwise leave it empty to keep what it is.",
        },
    )


def _unit() -> fields.String:
    """Return the field for one of the catalogue's units."""
    return fields.String(
        required=True,
        validate=validate.OneOf(tuple(_KNOWN), labels=tuple(_KNOWN.values())),
        metadata={"example": "police_station"},
    )


class _EachOnce(fields.List[Any]):
    """A list that holds each of its values once, in the order in which they came."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[Any]:
        return [*dict.fromkeys(super()._deserialize(value, attr, data, **more))]


def _units(*, least: int = 0) -> fields.List[Any]:
    """Return the field for some of the catalogue's units."""
    return _EachOnce(
        fields.String(validate=validate.OneOf(tuple(_KNOWN), labels=tuple(_KNOWN.values()))),
        required=bool(least),
        load_default=missing if least else list,
        validate=validate.Length(least, len(_KNOWN)),
        metadata={"example": ["police_station"] if least else []},
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


class Pictured(FactSchema):
    """How many pictures an appeal has, and where it is by them."""

    attachments = fields.Integer(required=True)
    longitude = fields.Float(allow_none=True, load_default=None)
    latitude = fields.Float(allow_none=True, load_default=None)


class AccountChanged(FactSchema):
    """An account of the portal, and what it may do."""

    account_id = fields.String(required=True)
    person = fields.String(load_default="")
    active = fields.Boolean(required=True)
    roles = fields.List(fields.String(), load_default=list)
    services = fields.List(fields.String(), load_default=list)


class EndedAtTheDoor(FactSchema):
    """An appeal that was answered, refused, relayed, followed up, merged or withdrawn at intake."""

    reply = fields.String(load_default="")
    result = fields.String(load_default="")
    reason = fields.String(load_default="")
    ground = fields.String(load_default="")
    into = fields.String(load_default="")
    service = fields.String(load_default="")


class _Told(FactSchema):
    """When something happened with a case, and what the law sets for it, as far as it is told."""

    at = fields.AwareDateTime(load_default=None, allow_none=True)
    statutory = fields.List(fields.Dict(), load_default=list)


class Accepted(_Told):
    """Who has taken the case."""

    unit = fields.String(load_default="")
    by = fields.String(load_default="")
    by_name = fields.String(load_default="")


class Contacted(FactSchema):
    """How the petitioner was reached, or that he was not, and when; whether it counts as the first contact."""

    way = fields.String(load_default="")
    contact_counts = fields.Boolean(load_default=None, allow_none=True)
    at = fields.AwareDateTime(load_default=None, allow_none=True)


class Progressed(_Told):
    """What was done."""

    progress = fields.String(load_default="")


class Categorised(FactSchema):
    """What an appeal is found to be by who handles it."""

    category = fields.String(load_default="")
    kind = fields.String(load_default="")


class InterimReplied(_Told):
    """What the petitioner is told for the time being, by when the law has it done, and the clocks of that."""

    reply = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)
    clocks = fields.List(fields.Dict(), required=True)


class ReturnRequested(FactSchema):
    """Why a unit wants to hand a case back."""

    reason_class = fields.String(load_default="")
    reason = fields.String(required=True)
    suggested_unit = fields.String(load_default="")
    legal_ground = fields.String(load_default="")
    contested = fields.Boolean(load_default=False)


class ExtensionRequested(FactSchema):
    """Why a unit wants more time."""

    reason = fields.String(required=True)
    workdays = fields.Integer(required=True)
    told_how = fields.String(load_default="")


class Transferred(FactSchema):
    """The mechanism that a case goes to."""

    to = fields.String(required=True)
    reason = fields.String(required=True)


class Concluded(_Told):
    """How a case ended, in its handler's words; who has looked it over, and how the reply reached the petitioner."""

    outcome = fields.String(required=True)
    reply = fields.String(required=True)
    handler_claims_solved = fields.Boolean(required=True)
    reviewed_by = fields.String(load_default="")
    reviewed_by_name = fields.String(load_default="")
    reply_way = fields.String(load_default="")


class Paused(FactSchema):
    """That the promise to the resident stands still at its mechanism, and until when, or that it runs on."""

    ground = fields.String(load_default="")
    until = fields.AwareDateTime(load_default=None, allow_none=True)
    clocks = fields.List(fields.Dict(), load_default=list)


class SourceExtended(FactSchema):
    """The new end that the system which an appeal came from has given."""

    upstream_number = fields.String(load_default="")
    due_at = fields.AwareDateTime(required=True)


class Involved(FactSchema):
    """The company that a case is about."""

    company = fields.String(required=True)


class ReworkOrdered(FactSchema):
    """Why a case is handled again."""

    mechanism = fields.String(load_default="")
    reason = fields.String(required=True)
    round = fields.Integer(load_default=1)
    clocks = fields.List(fields.Dict(), load_default=list)
    reopens = fields.Boolean(load_default=False)
    ground = fields.String(load_default="")


class ReworkRequired(FactSchema):
    """What a leader requires of a rework that is under way."""

    mechanism = fields.String(required=True)
    reason = fields.String(required=True)
    round = fields.Integer(required=True)
    clocks = fields.List(fields.Dict(), load_default=list)


class ProgressCalled(FactSchema):
    """What the petitioner said when he was called because the promised time was over."""

    stands = fields.String(required=True)
    note = fields.String(load_default="")


class Rated(FactSchema):
    """The petitioner's three marks, whether he says it is solved, and who called him back, if anybody did."""

    attitude = fields.Integer(required=True)
    process = fields.Integer(required=True)
    result = fields.Integer(required=True)
    solved = fields.Boolean(required=True)
    way = fields.String(load_default="")
    by = fields.String(load_default="")
    by_name = fields.String(load_default="")
    round = fields.Integer(load_default=1)
    at = fields.AwareDateTime(required=True)


class ExclusionDecided(FactSchema):
    """Whether an appeal is counted out of the rates, and of which class it is."""

    ground = fields.String(required=True)
    granted = fields.Boolean(required=True)
    at = fields.AwareDateTime(required=True)


class ProblemOrdered(FactSchema):
    """Why a result that is still not accepted has become a problem order (问题工单), or has been one for too long."""

    ground = fields.String(load_default="")
    overdue = fields.Boolean(load_default=False)


class ConductReferred(FactSchema):
    """Which low mark for conduct is to be looked into, or has not been in time."""

    aspect = fields.String(required=True)
    mark = fields.Integer(required=True)
    overdue = fields.Boolean(load_default=False)


class ProblemAnswered(FactSchema):
    """What a leader answers the petitioner of a problem order himself."""

    outcome = fields.String(required=True)
    reply = fields.String(required=True)
    by_name = fields.String(load_default="")


class Closed(FactSchema):
    """How an appeal ended, after how many conclusions; why nobody rated it, and when it was tried last."""

    end = fields.String(load_default="")
    rounds = fields.Integer(load_default=1)
    unrated_because = fields.String(load_default="")
    tried_at = fields.AwareDateTime(load_default=None, allow_none=True)
    tried_by = fields.String(load_default="")
    tried_by_name = fields.String(load_default="")


class Archived(FactSchema):
    """When the file of an appeal was closed, and the hash by which it can be proved."""

    at = fields.AwareDateTime(required=True)
    digest = fields.String(load_default="")


# -- forms --------------------------------------------------------------------


class Correction(FormSchema):
    """What the desk decides where the classifier was unsure or wrong; kept as training data."""

    mechanism = fields.String(required=True, validate=validate.OneOf(MECHANISMS), metadata={"example": "hotline"})
    category = fields.String(required=True, validate=validate.OneOf(categories()), metadata={"example": "0315"})
    urgency = fields.String(required=True, validate=validate.OneOf(URGENCIES), metadata={"example": "III"})
    severity = fields.String(required=True, validate=validate.OneOf(SEVERITIES), metadata={"example": "moderate"})
    kind = fields.String(
        load_default="",
        validate=validate.OneOf(("", *KINDS)),
        metadata={"example": "", "help": "Leave it empty to keep what was read in the letter."},
    )
    person_kinds = _EachOnce(
        fields.String(
            validate=validate.OneOf((*person_kinds(), NO_KIND), labels=(*person_kinds().values(), "以上都不是"))
        ),
        load_default=list,
        metadata={"example": [], "help": "Tick none to keep what was read in the letter."},
    )
    reason = fields.String(required=True, validate=validate.Length(2, 500), metadata={"example": "按诉求内容人工核定"})
    proposal = fields.String(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={"example": "", "help": "Leave it empty for the proposal by the dispatch catalogue."},
    )


class First(Correction):
    """What the desk decides of an emergency that is sent before a leader signs, and the units if other than the catalogue's."""

    urgency = fields.String(required=True, validate=validate.OneOf(URGENCIES), metadata={"example": "II"})
    lead_unit = _lead_unit()
    assisting_units = _units()


class SignedOpinion(FormSchema):
    """A leader's opinion (批示意见): a common phrase, words of his own, or both, which are kept as one."""

    phrase = fields.String(load_default="", validate=validate.OneOf(("", *phrases())), metadata={"example": ""})
    opinion = fields.String(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={
            "example": "同意，请主办单位按时限办理。",
            "help": "A common phrase or words of your own; one is enough.",
        },
    )

    @post_load
    def be_one(self, form: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Join phrase and words; raise ValidationError where there is neither."""
        said = form.pop("phrase") + form["opinion"].strip()
        if not said:
            raise ValidationError(
                {"opinion": ["请选择常用批示语，或填写批示意见 / choose a phrase or write an opinion"]}
            )
        return {**form, "opinion": said}


class Signature(SignedOpinion):
    """A leader's opinion, the leader in charge, the units and mechanism if other than proposed, and by when it has to be done."""

    assigned_leader = fields.String(
        load_default="",
        validate=validate.OneOf(("", *_POSTS), labels=("主办单位的分管领导", *_POSTS.values())),
        metadata={"example": ""},
    )
    lead_unit = _lead_unit()
    mechanism = fields.String(
        load_default="",
        validate=validate.OneOf(("", *MECHANISMS)),
        metadata={"example": "", "help": "Only where the lead unit belongs to another mechanism."},
    )
    category = _category()
    assisting_units = _units()
    required_due_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={
            "example": None,
            "help": "Earlier than promised, or later with a reason; leave it empty to keep the promise.",
        },
    )
    due_reason = fields.String(load_default="", validate=validate.Length(max=500), metadata={"example": ""})


class Opinion(FormSchema):
    """An opinion on what was asked."""

    opinion = fields.String(
        required=True, validate=validate.Length(2, 1000), metadata={"example": "经研究，意见如下：按职责继续办理。"}
    )


class Turned(FormSchema):
    """What a promise shows now, and when it ends; filled in by the clock."""

    light = fields.String(required=True, metadata={"example": "urge_50"})
    due_at = fields.AwareDateTime(required=True)
    clock = fields.String(load_default="finish")


_PROMISE: Final = {"name": "finish", "started_at": "2026-11-24T02:30:00+00:00", "limit": 5, "unit": "workday"}


class Stands(FormSchema):
    """How the promise stands at its mechanism; filled in from what that tells."""

    clocks = fields.List(fields.Dict(), required=True, metadata={"example": [_PROMISE]})
    ground = fields.String(load_default="", metadata={"example": ""})
    until = fields.AwareDateTime(load_default=None, allow_none=True, metadata={"example": None})


class InterimStands(FormSchema):
    """The interim reply of the mechanism, masked, and what it leaves running; filled in from what that tells."""

    reply = fields.String(required=True, metadata={"example": "已立案调查，办结后另行答复。"})
    due_at = fields.AwareDateTime(required=True, metadata={"example": "2030-11-29T17:00:00+08:00"})
    clocks = fields.List(fields.Dict(), required=True, metadata={"example": [{**_PROMISE, "name": "lawful"}]})


class SourceEnd(FormSchema):
    """The new end by the word of the system that an appeal came from; filled in from what is told."""

    due_at = fields.AwareDateTime(required=True, metadata={"example": "2030-11-29T17:00:00+08:00"})
    opinion = fields.String(required=True, metadata={"example": "来源单位同意延期"})


class Level(FormSchema):
    """Who watches over what is overdue; filled in by the clock."""

    level = fields.Integer(required=True, metadata={"example": 1})
    opinion = fields.String(required=True, metadata={"example": "分管领导督办"})
    clock = fields.String(load_default="finish")


class Redispatch(FormSchema):
    """Where a returned or transferred case goes now."""

    mechanism = fields.String(required=True, validate=validate.OneOf(MECHANISMS), metadata={"example": "hotline"})
    category = _category()
    lead_unit = _lead_unit()
    assisting_units = _units()
    opinion = fields.String(
        required=True, validate=validate.Length(2, 1000), metadata={"example": "退单理由成立，改派。"}
    )


class Joint(FormSchema):
    """Which units assist the one that leads (联合办理), and with what."""

    assisting_units = _units(least=1)
    opinion = fields.String(
        required=True, validate=validate.Length(2, 1000), metadata={"example": "请协助现场核实并反馈。"}
    )


def _body_above(use: str) -> fields.String:
    """Return the field for the body above by whose letter a leader decides what he may not decide himself."""
    named = validate.Regexp(
        r"(?:\s*\S(?=.*\d).{3,})?\Z",
        error="请写明机关和文号，如：区政务热线中心〔2026〕18号 / name the body and the number of its letter",
    )
    return fields.String(
        load_default="", validate=[validate.Length(max=200), named], metadata={"example": "", "help": use}
    )


def _ruled_above() -> fields.String:
    return _body_above(
        "Only where your own refusal is disputed and no other leader may decide: the body above that has ruled on it, and the"
        " number of its letter."
    )


class Upheld(Opinion):
    """A ruling that the first receiver handles it."""

    ruled_above = _ruled_above()


class Moved(Redispatch):
    """A ruling that another unit handles it."""

    ruled_above = _ruled_above()


class Joined(Joint):
    """A ruling that the first receiver leads and others assist."""

    ruled_above = _ruled_above()


class MoreTime(Opinion):
    """An opinion on more time; a further extension needs the approval of a body above."""

    approved_above = _body_above(
        "Only for a further extension: the body above that has approved it, and the number of its letter."
    )


class Regrade(FormSchema):
    """How urgent and severe an appeal turned out to be that is with its unit already, and why."""

    urgency = fields.String(required=True, validate=validate.OneOf(URGENCIES), metadata={"example": "III"})
    severity = fields.String(required=True, validate=validate.OneOf(SEVERITIES), metadata={"example": "moderate"})
    reason = fields.String(
        required=True,
        validate=validate.Length(5, 500),
        metadata={
            "example": "现场核实不是险情，按一般诉求办理。",
            "kind": "textarea",
            "help": "The unit and the petitioner read it.",
        },
    )


class AssistReport(FormSchema):
    """What an assisting unit has found and done."""

    unit = _unit()
    report = fields.String(
        required=True,
        validate=validate.Length(5, 2000),
        metadata={"example": "已到现场核实，相关情况已反馈主办单位。", "kind": "textarea"},
    )


class AssistInterim(FormSchema):
    """Why an assisting unit can't report yet."""

    unit = _unit()
    reason = fields.String(
        required=True, validate=validate.Length(5, 500), metadata={"example": "需调取档案，下周可反馈。"}
    )


class Whistle(FormSchema):
    """Which units are called to the spot (吹哨), and for what."""

    whistle_type = fields.String(
        required=True,
        validate=validate.OneOf(tuple(kinds()), labels=tuple(kind.zh for kind in kinds().values())),
        metadata={"example": "joint_enforcement"},
    )
    units = _units(least=1)
    matter = fields.String(
        required=True, validate=validate.Length(5, 1000), metadata={"example": "请到现场会商，联合处置。"}
    )


class Arrival(FormSchema):
    """That a unit has arrived (报到), as whoever came signs."""

    unit = _unit()
    arrived_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "When you were there; leave it empty where that is now."},
    )
    note = fields.String(load_default="", validate=validate.Length(max=500), metadata={"example": "已到场。"})


class WhistleResult(FormSchema):
    """What came of a whistle."""

    result = fields.String(
        required=True, validate=validate.Length(5, 2000), metadata={"example": "已现场联合处置，问题整改到位。"}
    )


class Mark(FormSchema):
    """A mark of 1 to 5 for the other side of a whistle (双考核)."""

    unit = _unit()
    mark = fields.Integer(required=True, strict=False, validate=validate.Range(1, 5), metadata={"example": 5})
    comment = fields.String(load_default="", validate=validate.Length(max=500), metadata={"example": "配合有力。"})


class ReturnsAsked(PeriodAsked):
    """The period whose returns are counted, and by what."""

    by = fields.String(load_default="unit", validate=validate.OneOf(GROUPINGS))


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


class RulesReplay(FormSchema):
    """Which past appeals are replayed: those of the latest days, or from a day on until before another one, in Asia/Shanghai."""

    days = fields.Integer(
        strict=False,
        load_default=None,
        validate=validate.Range(1, 3650, error="天数应为 1 至 3650 / days: 1 to 3650"),
        metadata={"description": "The latest days, 30 where nothing is said; not together with from and until."},
    )
    start = fields.Date(load_default=None, data_key="from", metadata={"description": "The first day."})
    until = fields.Date(
        load_default=None,
        metadata={"description": "The first day that does not belong to it; until now where nothing is said."},
    )

    @validates_schema
    def is_one_span(self, asked: Any, **_: Any) -> None:
        """Refuse two spans at once, and one without a day."""
        if asked["days"] and (asked["start"] or asked["until"]):
            raise ValidationError({"days": ["days 与 from、until 只能选用一种 / give days, or from and until"]})
        if asked["until"] and not asked["start"]:
            raise ValidationError({"from": ["写了 until 的，也请写 from / until needs from"]})
        if asked["until"] and asked["until"] <= asked["start"]:
            raise ValidationError({"until": ["结束日应晚于开始日 / the period ends after it begins"]})


class RulesTry(FormSchema):
    """An appeal to be tried, which is kept nowhere."""

    title = fields.String(load_default="", validate=validate.Length(max=200))
    text = fields.String(required=True, validate=validate.Length(1, 5000), metadata={"example": "楼下烧烤店油烟扰民。"})
    place = fields.String(load_default="", validate=validate.Length(max=200))
    channel = fields.String(load_default="web", validate=validate.OneOf(CHANNELS))
    submitted_at = fields.AwareDateTime(load_default=None, allow_none=True)


class Delegation(FormSchema):
    """That a leader is away, or who signs in his place: from when to when, and for which appeals."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(("delegation", "absence")),
        metadata={"example": "delegation", "label": "Absence or delegation"},
    )
    to_post = fields.String(
        load_default="",
        validate=validate.OneOf(("", *_POSTS), labels=("带班领导（八个工作小时后转签）", *_POSTS.values())),
        metadata={
            "example": "deputy_order",
            "help": "Whoever is named may sign at once; otherwise the leader on duty does, after eight working hours.",
        },
    )
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    urgencies = fields.List(
        fields.String(validate=validate.OneOf(URGENCIES)),
        load_default=list,
        metadata={"example": [], "help": "Tick none for all."},
    )
    mechanisms = fields.List(
        fields.String(validate=validate.OneOf(MECHANISMS)),
        load_default=list,
        metadata={"example": [], "help": "Tick none for all."},
    )
    reason = fields.String(required=True, validate=validate.Length(2, 200), metadata={"example": "外出开会"})
