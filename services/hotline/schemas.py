"""The forms of the hotline's own steps."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.handling import CONTACT_WAYS, OUTCOMES, RETURN_REASONS, assist_reason
from chassis.picking import pick
from chassis.schemas import FactSchema, FormSchema, PeriodAsked
from chassis.street import STREET
from chassis.workcalendar import ZONE
from services.hotline import relays
from services.hotline.calls import RETURNS
from services.hotline.rules import KINDS, OTHER_ROUTES, ROUTES

METHODS = ("ask_actively", "talk_on_site", "work_at_front")
AUTHORITIES = ("district_department", "utility", "police", "discipline", "court", "other_street", "other")
SOURCES = ("12345", "2111890", "provincial_hotline", "petition_office", "other")
PETITION_RESULTS = ("opinion_given", "not_accepted_there")
UNSOLVED = ("transferred", "explained", "not_supported")


def _text(longest: int, example: str, *, shortest: int = 2, required: bool = True) -> fields.String:
    said = {"example": example, "kind": "textarea"} if longest >= 1000 else {"example": example}  # noqa: PLR2004
    if required:
        return fields.String(required=True, validate=validate.Length(shortest, longest), metadata=said)
    return fields.String(load_default="", validate=validate.Length(max=longest), metadata=said)


class UpstreamOrder(FormSchema):
    """The order of the upstream hotline that the case came with, and the time it gives."""

    upstream_source = fields.String(required=True, validate=validate.OneOf(SOURCES), metadata={"example": "12345"})
    upstream_number = _text(60, "BZ2026112300012")
    workdays = fields.Integer(
        required=True,
        validate=validate.Range(1, 60),
        metadata={"example": 5, "unit": "working days", "help": "The time that the upstream hotline gives."},
    )


class Triage(FormSchema):
    """What kind of appeal it is, who is competent, and whether the law leads it elsewhere."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS), metadata={"example": "help"})
    matter = _text(500, "路灯不亮，夜间通行不便")
    competent_authority = _text(60, "街道城建办")
    in_petition_system = fields.Boolean(required=True, metadata={"example": False})
    wants_written_opinion = fields.Boolean(required=True, metadata={"example": False})
    other_route = fields.String(load_default="", validate=validate.OneOf(("", *OTHER_ROUTES)), metadata={"example": ""})


class SiteVisit(FormSchema):
    """Who went to the place, when and how, and what was found."""

    visited_at = fields.AwareDateTime(required=True)
    visitors = fields.List(
        _text(60, "网格员乙", shortest=1),
        required=True,
        validate=validate.Length(1, 20),
        metadata={"example": ["网格员乙"]},
    )
    method = fields.String(required=True, validate=validate.OneOf(METHODS), metadata={"example": "talk_on_site"})
    findings = _text(2000, "现场查看，三盏路灯线路老化，已设置提示牌。")
    photos = fields.Integer(load_default=0, validate=validate.Range(0, 50), metadata={"example": 2})


class KnowledgeAnswer(FormSchema):
    """The entry of the knowledge base that answers the question, the version that was seen, and the words, if others."""

    entry = fields.String(
        required=True,
        validate=validate.Length(2, 200),
        metadata={
            "example": "how-to-follow",
            "help": "Its title, or its id; it is chosen on the page of the knowledge base.",
        },
    )
    entry_version = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0),
        metadata={"example": None, "help": "Leave it empty for the version that holds now."},
    )
    answer = fields.String(
        load_default="",
        validate=validate.Length(max=5000),
        metadata={"example": "", "kind": "textarea", "help": "Leave it empty for the words of the entry."},
    )


class OwnAnswer(FormSchema):
    """An answer that the knowledge base does not have: what was asked, what was said, and where that is from."""

    question = _text(200, "电动自行车充电桩由谁审批")
    answer = _text(2000, "由社区统一申报，街道城建办汇总后报区里审批。")
    source = _text(200, "街道城建办当日答复")


class Measure(FormSchema):
    """What was done, by whom and on which day."""

    measure = _text(2000, "协调维修人员更换灯具和线路。")
    done_by = _text(60, "街道城建办")
    done_on = fields.Date(required=True)


class Relay(FormSchema):
    """Which external unit is asked for what, by which paper, and when its answer is expected."""

    authority = _text(60, "区供电公司")
    authority_kind = fields.String(required=True, validate=validate.OneOf(AUTHORITIES), metadata={"example": "utility"})
    document_number = _text(60, f"{STREET.word}转〔2026〕12号")
    request = _text(1000, "请派员抢修并反馈处理结果。")
    names_petitioner = fields.Boolean(required=True, metadata={"example": False})
    petitioner_consented = fields.Boolean(load_default=False, metadata={"example": False})
    answer_workdays = fields.Integer(
        required=True, validate=validate.Range(1, 60), metadata={"example": 5, "unit": "working days"}
    )


class ExternalResult(FormSchema):
    """What which external unit answered, and whether that settles its part."""

    which_relay = pick(relays.awaited)
    authority = _text(60, "区供电公司")
    document_number = _text(60, "供复〔2026〕8号", required=False)
    result = _text(2000, "线路已抢修完毕，恢复供电。")
    settled = fields.Boolean(required=True, metadata={"example": True})


class Urging(FormSchema):
    """Which silent unit was urged and how, whom that reached, and until when it promised to answer."""

    which_relay = pick(relays.awaited)
    way = fields.String(required=True, validate=validate.OneOf(CONTACT_WAYS), metadata={"example": "phone"})
    person = _text(60, "值班员丙")
    promise = _text(500, "三个工作日内书面反馈。")
    answer_workdays = fields.Integer(
        required=True, validate=validate.Range(1, 30), metadata={"example": 3, "unit": "working days"}
    )


class RelayGivenUp(FormSchema):
    """Which external unit is waited for no longer, and why."""

    which_relay = pick(relays.awaited)
    reason = _text(500, "该单位书面答复不属于其职责，改转燃气公司办理。", shortest=6)


class MaterialRequest(FormSchema):
    """What the petitioner is asked to hand in, and that he was told that the time stands still."""

    material = _text(1000, "购票凭证、现场照片")
    told_petitioner = fields.Boolean(
        required=True, validate=validate.Equal(comparable=True), metadata={"example": True}
    )
    material_workdays = fields.Integer(
        required=True, validate=validate.Range(1, 10), metadata={"example": 5, "unit": "working days"}
    )


class Material(FormSchema):
    """What the petitioner handed in."""

    received = _text(1000, "已收到照片两张。")


class ForceMajeure(FormSchema):
    """What stands in the way of handling it, by which evidence, for how long, and that the petitioner was told."""

    event = _text(500, "暴雨红色预警，道路积水无法到场施工。")
    evidence = _text(200, "市气象台预警第12号")
    told_petitioner = fields.Boolean(
        required=True, validate=validate.Equal(comparable=True), metadata={"example": True}
    )
    pause_workdays = fields.Integer(
        required=True, validate=validate.Range(1, 10), metadata={"example": 2, "unit": "working days"}
    )


class Resumption(FormSchema):
    """Why handling goes on."""

    reason = _text(500, "预警解除，已恢复施工。")


class PetitionRoute(FormSchema):
    """Which route is open instead, and what the petitioner was told about it."""

    authority = _text(60, "区信访局")
    ground = fields.String(
        required=True,
        validate=validate.OneOf(ROUTES),
        metadata={"example": "in_petition_system"},
    )
    told = _text(1000, "已告知可向区信访局查询办理进度，受理后六十日内办结。")


class PetitionTransfer(FormSchema):
    """To which petition authority the matter is handed over, by which paper, and that the petitioner was told."""

    authority = _text(60, "区信访局")
    document_number = _text(60, f"{STREET.word}信转〔2026〕3号")
    request = _text(1000, "诉求人不服处理决定，要求出具书面处理意见，请依法受理。")
    told_petitioner = fields.Boolean(
        required=True, validate=validate.Equal(comparable=True), metadata={"example": True}
    )


class PetitionAcceptance(FormSchema):
    """That the petition authority has accepted the matter, and when."""

    accepted_on = fields.Date(
        load_default=None, allow_none=True, metadata={"example": None, "help": "Leave empty if it happened today"}
    )
    document_number = _text(60, "信受〔2026〕18号")


class PetitionProlonged(FormSchema):
    """How much longer the authority takes, as its head has approved, and why."""

    days = fields.Integer(required=True, validate=validate.Range(1, 30), metadata={"example": 30})
    reason = _text(500, "情况复杂，经负责人批准延长。")


class PetitionAsked(FormSchema):
    """What the petition authority says when it is asked, and when to ask again."""

    said = _text(500, "正在核查，近期答复。")
    answer_workdays = fields.Integer(
        required=True, validate=validate.Range(1, 30), metadata={"example": 5, "unit": "working days"}
    )


class PetitionAnswer(FormSchema):
    """What came of the matter: an opinion, or that the authority does not accept it."""

    petition_result = fields.String(
        required=True, validate=validate.OneOf(PETITION_RESULTS), metadata={"example": "opinion_given"}
    )
    document_number = _text(60, "信访处理意见书第18号")
    result = _text(2000, "已出具信访处理意见书并送达诉求人。")


class ReplyDraft(FormSchema):
    """The reply for review: facts, measures, ground, outcome and the words."""

    facts = _text(2000, "经核查，诉求人反映情况属实。")
    measures = _text(2000, "已协调维修并恢复使用。")
    ground = _text(200, "鲁政办字〔2019〕211号", required=False)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES), metadata={"example": "solved"})
    reply = _text(5000, "您好，您反映的路灯问题已修复，感谢您的监督。", shortest=10)
    handler_claims_solved = fields.Boolean(required=True, metadata={"example": True})


class UnsolvedReplyDraft(ReplyDraft):
    """The reply for review where the matter is not settled here: routed on, explained or not supported."""

    outcome = fields.String(required=True, validate=validate.OneOf(UNSOLVED), metadata={"example": "transferred"})
    reply = _text(5000, "您好，您反映的事项已转有权机关办理，有结果将及时告知。", shortest=10)
    handler_claims_solved = fields.Boolean(
        required=True, validate=validate.Equal(comparable=False), metadata={"example": False}
    )


class Approval(FormSchema):
    """What the reviewer says about the reply."""

    opinion = _text(500, "事实清楚，同意答复。")


class Correction(FormSchema):
    """What must be done again, or better."""

    reasons = _text(1000, "请补充现场照片并说明完成时间。")


class UpstreamCorrection(Correction):
    """What the upstream hotline wants done again, and the time that it gives for that."""

    workdays = fields.Integer(
        required=True,
        validate=validate.Range(1, 60),
        metadata={"example": 3, "unit": "working days", "help": "The time that the upstream hotline gives."},
    )


class UpstreamExtension(FormSchema):
    """The new end that the upstream hotline has given, and by which word of its own."""

    due_at = fields.AwareDateTime(
        required=True, default_timezone=ZONE, metadata={"example": "2030-11-29T17:00:00+08:00", "label": "New end"}
    )
    receipt = _text(60, "延期批复 YQ20261123001")


class UpstreamReturn(FormSchema):
    """Why the upstream hotline is asked to take its order back, whose it is, and on which ground."""

    reason_class = fields.String(
        required=True,
        validate=validate.OneOf(tuple(RETURN_REASONS), labels=tuple(RETURN_REASONS.values())),
        metadata={"example": "not_our_duty"},
    )
    reason = _text(1000, "该路段不在本街道辖区。", shortest=5)
    proposed_unit = _text(60, "区交通运输局")
    legal_ground = _text(200, "街道权责清单")
    receipt = _text(60, "TD20261123001")


class UpstreamExtensionAsked(FormSchema):
    """How much more time the upstream hotline is asked for, why, and that the petitioner was told."""

    workdays = fields.Integer(
        required=True, validate=validate.Range(1, 10), metadata={"example": 5, "unit": "working days"}
    )
    reason = _text(1000, "需第三方检测，周期较长。", shortest=5)
    told_petitioner = fields.Boolean(
        required=True, validate=validate.Equal(comparable=True), metadata={"example": True}
    )
    receipt = _text(60, "YQSQ20261123001")


class UpstreamAnswer(FormSchema):
    """What the upstream hotline has decided on what it was asked."""

    opinion = _text(500, "经审核，情况属实。")
    receipt = _text(60, "PF20261123001")


class Feedback(FormSchema):
    """How the result was given back to the upstream hotline."""

    receipt = _text(60, "HC20261123001")
    summary = _text(1000, "问题已解决并答复诉求人。")


class UpstreamVerdict(FormSchema):
    """What the upstream hotline said when it closed its order."""

    opinion = _text(500, "审核通过，同意办结。")


class ReplyDelivery(FormSchema):
    """How the approved reply reaches the petitioner."""

    way = fields.String(required=True, validate=validate.OneOf(CONTACT_WAYS), metadata={"example": "phone"})
    note = _text(500, "已电话答复。", required=False)
    assist_reason = assist_reason()


class DeadlinesAsked(FormSchema):
    """What the deadlines of an order are computed from."""

    received_at = fields.AwareDateTime(
        required=True, metadata={"example": "2026-11-20T09:30:00+08:00", "label": "Received at"}
    )
    urgency = fields.String(
        required=True, validate=validate.OneOf(("I", "II", "III", "III-c", "IV")), metadata={"example": "III"}
    )
    upstream_workdays = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, 60),
        metadata={"example": 5, "unit": "working days", "label": "Time that the upstream hotline gives"},
    )
    extension_workdays = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 60),
        metadata={"example": 0, "unit": "working days", "label": "Extension"},
    )
    extended_at = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"example": None, "label": "Extension asked for at"}
    )


# -- the knowledge base ---------------------------------------------------------------


class KnowledgeTold(FactSchema):
    """An entry of the knowledge base, as its owner tells it."""

    id = fields.String(required=True)
    entry_version = fields.Integer(required=True)
    kind = fields.String(load_default="faq")
    title = fields.String(required=True)
    questions = fields.List(fields.String(), load_default=list)
    answer = fields.String(required=True)
    basis = fields.String(load_default="")
    owner = fields.String(required=True)
    review_by = fields.Date(required=True)
    checked = fields.Boolean(required=True)
    withdrawn = fields.Boolean(required=True)
    href = fields.String(load_default="")
    at = fields.AwareDateTime(required=True)


# -- what phone systems report -------------------------------------------------------

_LINE = {"example": "2111890"}
_SECONDS = validate.Range(0, 86_400)
_MANY = validate.Range(0, 1_000_000)


def _line() -> fields.String:
    return fields.String(
        required=True, validate=(validate.Length(1, 40), validate.Regexp(r"[\w.+-]+\Z")), metadata=_LINE
    )


class CallReported(FormSchema):
    """One call to a line: its number in the phone system, when it came, and how long it waited. No number of a caller."""

    line = _line()
    call = fields.String(
        required=True,
        validate=(
            validate.Length(1, 80),
            validate.Regexp(r"[^/\\\x00-\x1f]+\Z", error="编号不能含斜杠。 / The number holds no slash."),
        ),
        metadata={"example": "20261120-000123"},
    )
    at = fields.AwareDateTime(
        required=True,
        default_timezone=ZONE,
        metadata={"example": "2026-11-20T09:30:00+08:00"},
    )
    answered = fields.Boolean(required=True, metadata={"example": True})
    wait_seconds = fields.Integer(load_default=0, validate=_SECONDS, metadata={"example": 8})
    talk_seconds = fields.Integer(load_default=0, validate=_SECONDS, metadata={"example": 95})


class CallDayReported(FormSchema):
    """A line's figures of a day: calls that came, calls answered, and how long those waited, in seconds."""

    line = _line()
    day = fields.Date(required=True, metadata={"example": "2026-11-20"})
    offered = fields.Integer(required=True, validate=_MANY, metadata={"example": 120})
    answered = fields.Integer(required=True, validate=_MANY, metadata={"example": 114})
    waited = fields.Integer(
        required=True, validate=validate.Range(0, 1_000_000_000), metadata={"example": 1026, "help": "All together."}
    )
    longest = fields.Integer(load_default=0, validate=_SECONDS, metadata={"example": 64})

    @validates_schema
    def _no_more_answered_than_came(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse figures that can't be."""
        if values["answered"] > values["offered"]:
            raise ValidationError({"answered": ["接通数不能大于呼入数 / no more are answered than came"]})


class CallsReported(FormSchema):
    """What a phone system reports at once: single calls, figures of days, or both."""

    calls = fields.Nested(CallReported, many=True, load_default=list, validate=validate.Length(max=1000))
    days = fields.Nested(
        CallDayReported, many=True, load_default=list, validate=validate.Length(max=1000), metadata={"example": []}
    )


class CallReturned(FormSchema):
    """How a missed call was returned."""

    how = fields.String(required=True, validate=validate.OneOf(RETURNS), metadata={"example": "reached"})
    note = _text(500, "已回拨，诉求人咨询供暖时间。")


class CallsAsked(PeriodAsked):
    """Of which period calls are asked for."""
