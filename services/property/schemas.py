"""The forms of property's own steps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validate, validates_schema

from chassis.handling import CONTACT_WAYS, Conclusion
from chassis.pasting import Lines, answer, number, pasted_field, same
from chassis.picking import pick
from chassis.schemas import FormSchema
from services.property.candidates import ALSO, MEASURES, WAYS
from services.property.elections import FILING_MATERIALS
from services.property.firms import ENDINGS, marks_offered, reports_offered
from services.property.rules import (
    AREA_SOURCES,
    BOOKS,
    CHOICES,
    COMMITTEE_LEAST,
    COMMON_MATTERS,
    DEVELOPERS_PAPERS,
    EMERGENCIES,
    LAPSES,
    MEETING_PARTIES,
    TENURES,
    day_clocks,
    settings,
)
from services.property.votes import FOLLOW_MAJORITY, decisions_offered, numbers

KINDS = (
    "service_quality",
    "fees",
    "facility_repair",
    "parking",
    "illegal_building",
    "common_income",
    "owners_committee",
    "change_of_company",
    "elevator",
    "fire_safety",
    "renovation",
    "sanitation",
    "cutoff",
    "business_use",
    "fund_diversion",
    "other",
)
RESPONSIBLE = ("company", "owners", "utility", "developer", "district_authority", "nobody")
FORBIDDEN_ACTS = (
    "service_rooms_misused",
    "common_parts_occupied",
    "business_on_common_parts",
    "refuses_to_leave",
    "supply_or_access_cut",
    "owners_data_leaked",
    "owners_threatened",
    "other_harm",
)
#: What a company posts in the estate (滨州市住宅物业管理条例 45), in the order of the article.
DISCLOSURES = (
    "company_and_manager",
    "services_and_prices",
    "services_beyond_contract",
    "maintenance_units",
    "shared_running_costs",
    "fund_in_its_care",
    "common_income_accounts",
    "supervision_phones",
    "other_disclosures",
)
MEETING_MATTERS = (
    "duties_not_performed",
    "exit_and_handover",
    "incident_or_dispute",
    "community_interface",
    "other_coordination",
)
#: Where a matter goes on outside; to another mechanism of the street it is transferred (移送).
SUCCESSORS = ("district_authority", "arbitration", "court")
MARKS = tuple(row["code"] for row in settings()["credit"]["mark"])
#: What owners vote on beside their committee, which their meeting elects.
VOTED_ON = tuple(one for one in COMMON_MATTERS if one != "elect_committee")
#: Why owners meet (山东省物业管理条例 28).
CALLED_FOR = (
    *("committee", "management_committee", "preparatory_group", "a_fifth_of_owners", "accident_or_emergency"),
    *("owners_own_rules", "street"),
)


def _text(longest: int, example: str, *, shortest: int = 2) -> fields.String:
    said = {"example": example, "kind": "textarea"} if longest >= 1000 else {"example": example}  # noqa: PLR2004
    return fields.String(required=True, validate=validate.Length(shortest, longest), metadata=said)


def _choice(choices: tuple[str, ...], example: str) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(choices), metadata={"example": example})


def _workdays(longest: int, example: int) -> fields.Integer:
    return fields.Integer(
        required=True, validate=validate.Range(1, longest), metadata={"example": example, "unit": "working days"}
    )


def _days(shortest: int, longest: int, example: int) -> fields.Integer:
    return fields.Integer(
        required=True, validate=validate.Range(shortest, longest), metadata={"example": example, "unit": "days"}
    )


def _money(example: str) -> fields.Decimal:
    return fields.Decimal(
        places=2,
        required=True,
        validate=validate.Range(Decimal("0.01"), Decimal(100_000_000)),
        metadata={"example": example, "kind": "money"},
    )


def _sum(example: str, *, required: bool = False) -> fields.Decimal:
    """Return the field for a sum that may be nothing."""
    return fields.Decimal(
        places=2,
        **({"required": True} if required else {"load_default": Decimal(0)}),
        validate=validate.Range(Decimal(0), Decimal(100_000_000)),
        metadata={"example": example, "kind": "money"},
    )


def _area(example: str) -> fields.Decimal:
    return fields.Decimal(
        places=2,
        required=True,
        validate=validate.Range(Decimal("0.01"), Decimal(10_000_000)),
        metadata={"example": example, "unit": "square metres"},
    )


def _percent(example: str) -> fields.Decimal:
    return fields.Decimal(
        required=True, validate=validate.Range(Decimal(0), Decimal(100)), metadata={"example": example}
    )


def _on() -> fields.Date:
    """Return the field for the day of an act from which a time counts; the day of its record where it is left empty."""
    return fields.Date(
        load_default=None, allow_none=True, metadata={"example": None, "help": "Leave it empty for today."}
    )


def _count(example: int) -> fields.Integer:
    return fields.Integer(load_default=None, validate=validate.Range(0, 100_000), metadata={"example": example})


def _some_area(example: str) -> fields.Decimal:
    return fields.Decimal(
        places=2,
        load_default=None,
        validate=validate.Range(Decimal(0), Decimal(100_000_000)),
        metadata={"example": example, "unit": "square metres"},
    )


class Trimmed(FormSchema):
    """A row of a table: blanks around a cell say nothing, so that one room or owner never counts as two."""

    @pre_load
    def _without_blanks(self, row: Any, **_more: object) -> Any:
        if not isinstance(row, dict):
            return row
        return {name: said.strip() if isinstance(said, str) else said for name, said in row.items()}


# -- rows ---------------------------------------------------------------------


class Participant(FormSchema):
    """Somebody who takes part, and for which side."""

    name = _text(60, "核查员甲", shortest=1)
    unit = _choice(MEETING_PARTIES, "community")


class Demand(FormSchema):
    """One thing to put right, and what counts as done."""

    item = _text(200, "电梯厅照明损坏")
    requirement = _text(500, "更换灯具并恢复照明")


class Checked(FormSchema):
    """Whether one demand was met."""

    item = _text(200, "电梯厅照明损坏")
    done = fields.Boolean(required=True, metadata={"example": True})
    note = fields.String(load_default="", validate=validate.Length(max=500), metadata={"example": "灯具已更换"})


class Unchecked(Checked):
    """A demand that was not met."""

    done = fields.Boolean(required=True, metadata={"example": False})
    note = fields.String(load_default="", validate=validate.Length(max=500), metadata={"example": "仍未更换"})


class MeetingDecision(FormSchema):
    """What was decided, who does it, and in how many working days."""

    decision = _text(1000, "物业服务企业完成照明改造，社区监督")
    responsible_unit = _text(60, "甲物业公司")
    workdays = _workdays(60, 10)


class Room(Trimmed):
    """One exclusive part that bears its share, with its registered area, and its share where the owners agreed on another."""

    room = _text(40, "1-1-101", shortest=1)
    area = _area("100.00")
    agreed_parts = fields.Decimal(
        load_default=None,
        allow_none=True,
        validate=validate.Range(Decimal(0), Decimal(1_000_000)),
        metadata={"example": None, "help": "Only where the owners agreed on other shares than by area."},
    )


class CostLine(FormSchema):
    """One line of a budget or a bill, and whose the thing is."""

    item = _text(200, "屋面防水层翻新")
    quantity = fields.Decimal(
        required=True,
        validate=validate.Range(Decimal("0.001"), Decimal(10_000_000)),
        metadata={"example": "120"},
    )
    unit = _text(20, "平方米", shortest=1)
    unit_price = _money("85.00")
    belongs_to = _choice(("common", "utility"), "common")


_SAID = {**dict(zip(("同意", "反对", "弃权", "送达未表决"), CHOICES, strict=True)), "未表决": "silent"}
#: The columns of what is pasted out of a spreadsheet: ballots, and rooms that bear the costs.
BALLOT_COLUMNS = {
    "房号": ("room", same),
    "表决意见": ("choice", lambda said: _SAID.get(said, said)),
    "已确认": ("confirmed", answer),
    "联系电话": ("phone", same),
    "笔迹标记": ("signature", same),
    "代理人标记": ("proxy", same),
    "已有业主书面委托": ("authorised", answer),
}
SCOPE_COLUMNS = {
    "房号": ("room", same),
    "专有部分面积": ("area", number),
    "约定份额": ("agreed_parts", lambda said: number(said) or None),
}


class Ballot(Trimmed):
    """One room's ballot; whose it is and how large stands in the roster."""

    room = _text(40, "1-1-101", shortest=1)
    choice = _choice(CHOICES, "agree")
    confirmed = fields.Boolean(required=True, metadata={"example": True})
    phone = fields.String(
        load_default="", validate=validate.Length(max=20), metadata={"example": "", "kind": "tel", "personal": True}
    )
    signature = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"example": "", "help": "The same mark for ballots that seem to be signed by one hand."},
    )
    proxy = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"example": "", "help": "Only where somebody else cast it: one mark for each proxy, no name."},
    )
    authorised = fields.Boolean(load_default=False, metadata={"example": False})


class Call(Trimmed):
    """What the owner of one ballot said when he was called."""

    room = _text(40, "1-1-101", shortest=1)
    result = _choice(("confirmed_by_owner", "denied", "deceased", "not_reached"), "confirmed_by_owner")


class Consent(Trimmed):
    """Whether the owner of one room consents in writing; of a room owned jointly, all who own it."""

    room = _text(40, "1-1-102", shortest=1)
    consents = fields.Boolean(required=True, metadata={"example": True})


class EarlierRepair(FormSchema):
    """An earlier repair from the fund of the same part, within a year."""

    part = _text(200, "三号楼屋面")
    amount = _money("9000.00")
    done_on = fields.Date(required=True)


class Handed(FormSchema):
    """One thing of a handover, and whether it was received."""

    item = _text(200, "物业服务用房及钥匙")
    quantity = _text(40, "1套", shortest=1)
    done = fields.Boolean(required=True, metadata={"example": True})


class Book(Handed):
    """One thing that a committee hands to the next, of which kind it is, and whether it was received."""

    category = _choice(tuple(BOOKS), "seals")
    item = _text(200, "业主委员会印章", shortest=1)
    quantity = _text(40, "1枚", shortest=1)


_SCOPE = [{"room": "1-1-101", "area": "100.00"}, {"room": "1-1-102", "area": "80.00"}]
_BALLOTS = [
    {"room": "1-1-101", "choice": "agree", "confirmed": True},
    {"room": "1-1-102", "choice": "agree", "confirmed": True},
    {"room": "1-1-201", "choice": "against", "confirmed": True},
]
_CONSENTS = [{"room": "1-1-102", "consents": True}, {"room": "1-1-201", "consents": False}]


#: Who bears a repair, in the order in which a form asks for it.
SCOPE = ("scope_building", "scope_entrance", "whole_estate", "scope", "pasted", "agreed_by")


class Scoped(Lines):
    """A form with the rooms that bear the costs of a repair: typed, pasted, or all that the roster has there."""

    columns = SCOPE_COLUMNS
    row = Room
    filled = "scope"
    needs_rows = False
    scope_building = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"example": "", "help": "Its rooms are taken from the roster; leave it empty where rooms are given."},
    )
    scope_entrance = fields.String(load_default="", validate=validate.Length(max=40), metadata={"example": ""})
    whole_estate = fields.Boolean(
        load_default=False,
        metadata={"example": False, "help": "All rooms are taken from the roster; not where rooms are given."},
    )
    scope = fields.Nested(
        Room, many=True, load_default=list, validate=validate.Length(max=5000), metadata={"example": _SCOPE}
    )
    pasted = pasted_field(SCOPE_COLUMNS)
    agreed_by = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"example": "", "help": "The clause by which the owners agreed on other shares than by area."},
    )

    @validates_schema
    def _says_whose_costs_they_are_in_one_way(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse rooms beside a part of the roster, and no rooms at all."""
        named = bool(values["scope_building"] or values["scope_entrance"])
        if bool(values["scope"]) + named + values["whole_estate"] == 1:
            return
        said = (
            "分摊范围请用一种方式填写：逐户填写、粘贴，或者填楼栋（单元），或者勾选全小区 / "
            "say in one way who bears the costs: rooms, a building, or the whole estate"
        )
        raise ValidationError({"scope": [said]})

    @validates_schema
    def _agreed_shares_are_whole(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse shares that the owners agreed on for some rooms only, that come to nothing, or by no clause."""
        parts = [row["agreed_parts"] for row in values["scope"] if row["agreed_parts"] is not None]
        if not parts and not values["agreed_by"].strip():
            return
        if len(parts) < len(values["scope"]) or not sum(parts):
            raise ValidationError(
                {
                    "scope": [
                        "约定份额应为每一户填写，合计大于零 / agreed shares are given for each room, and come to something"
                    ]
                }
            )
        if not values["agreed_by"].strip():
            raise ValidationError(
                {"agreed_by": ["请填写约定分摊方式的规约条款或者业主大会决定 / name the clause of the agreement"]}
            )


def _costs() -> fields.Nested:
    return fields.Nested(CostLine, many=True, required=True, validate=validate.Length(1, 200))


def _participants(most: int = 50) -> fields.Nested:
    return fields.Nested(Participant, many=True, required=True, validate=validate.Length(1, most))


# -- complaint ----------------------------------------------------------------


class Classification(FormSchema):
    """What the complaint is about, in which estate, and which company serves it."""

    kind = _choice(KINDS, "service_quality")
    estate = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"example": "黄河家园一区", "help": "Leave it empty where the estate found by the place is right."},
    )
    company = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"example": "甲物业公司", "help": "Leave it empty where the company in the register is right."},
    )


class ComplaintReply(FormSchema):
    """What the complainant is told within five working days, also where the end is still open."""

    way = _choice(CONTACT_WAYS, "phone")
    progress = _text(2000, "您的投诉已登记受理，已到现场核查，正在督促整改。")


class SiteVisit(FormSchema):
    """Who looked at it, what was found, and whose duty it is."""

    visited_at = fields.AwareDateTime(required=True)
    inspectors = _participants(20)
    findings = _text(2000, "三号楼电梯厅照明损坏两周，物业未维修。")
    confirmed = fields.Boolean(required=True, metadata={"example": True})
    responsible = _choice(RESPONSIBLE, "company")
    forbidden_acts = fields.List(
        fields.String(), load_default=list, validate=validate.ContainsOnly(FORBIDDEN_ACTS), metadata={"example": []}
    )
    not_disclosed = fields.List(
        fields.String(), load_default=list, validate=validate.ContainsOnly(DISCLOSURES), metadata={"example": []}
    )
    fund_diverted = fields.Decimal(
        places=2,
        load_default=None,
        allow_none=True,
        validate=validate.Range(Decimal("0.01"), Decimal(100_000_000)),
        metadata={"kind": "money", "example": None, "help": "Only where money of the repair fund was diverted."},
    )
    photos = fields.Integer(load_default=0, validate=validate.Range(0, 50), metadata={"example": 3})


class Unfounded(FormSchema):
    """Why the complaint is not supported."""

    explanation = _text(1000, "经现场核查，反映情况与实际不符。")


class Hearing(FormSchema):
    """What the complainant said to the finding."""

    way = _choice(CONTACT_WAYS, "phone")
    said = _text(1000, "已听取投诉人意见，投诉人无补充证据。")


class Opinion(FormSchema):
    """What the second person says to the finding, and why."""

    opinion = _text(500, "核查材料齐全，同意。")


class Order(FormSchema):
    """The notice to put things right: to whom, what, on which ground, within which time."""

    company = _text(60, "甲物业公司")
    items = fields.Nested(Demand, many=True, required=True, validate=validate.Length(1, 50))
    rectify_workdays = _workdays(30, 7)
    ground = _text(200, "物业服务合同第八条；滨州市住宅物业管理条例第四十七条")
    delivered_to = _text(60, "项目负责人丁")
    delivered_on = _on()


class CompanyReport(FormSchema):
    """What the company says it has done."""

    report = _text(1000, "已更换全部灯具，申请复查。")
    evidence = fields.Integer(load_default=0, validate=validate.Range(0, 50), metadata={"example": 2})


class Recheck(FormSchema):
    """What was found at the second visit, demand by demand."""

    rechecked_at = fields.AwareDateTime(required=True)
    inspectors = _participants(20)
    items = fields.Nested(Checked, many=True, required=True, validate=validate.Length(1, 50))


class FailedRecheck(Recheck):
    """A second visit that found something still undone."""

    items = fields.Nested(Unchecked, many=True, required=True, validate=validate.Length(1, 50))


class Interview(FormSchema):
    """The record of the interview: whom, about what, what is demanded and promised, and that he signed."""

    interviewee = _text(60, "项目负责人丁")
    position = _text(60, "项目经理")
    interviewers = fields.List(
        _text(60, "街道物业办戊"),
        required=True,
        validate=validate.Length(2, 10),
        metadata={"example": ["街道物业办戊", "社区干部己"]},
    )
    problems = _text(2000, "逾期未完成照明整改。")
    requirements = _text(2000, "限期完成并提交书面报告。")
    promise_workdays = _workdays(30, 5)
    signed = fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})
    interviewed_on = _on()


class InterviewRefused(FormSchema):
    """Who did not come to the interview, or did not sign, how he was asked, and who saw it."""

    refusal = _choice(("did_not_come", "did_not_sign"), "did_not_come")
    interviewee = _text(60, "项目负责人丁")
    asked_by = _choice(CONTACT_WAYS, "letter")
    problems = _text(2000, "逾期未完成照明整改。")
    requirements = _text(2000, "限期完成并提交书面报告。")
    witnesses = fields.List(
        _text(60, "社区干部己"),
        required=True,
        validate=validate.Length(2, 10),
        metadata={"example": ["街道物业办戊", "社区干部己"]},
    )
    interviewed_on = _on()


class CreditMark(FormSchema):
    """What is reported against the company, on which ground, to whom, and when its answer is expected."""

    kind = _choice(MARKS, "order_not_obeyed")
    ground = _text(200, "逾期未整改，约谈后仍未完成")
    authority = _text(60, "区住房和城乡建设局")
    answer_workdays = _workdays(60, 10)


class CreditAnswer(FormSchema):
    """What the district made of a report of points, and of which."""

    which_mark = pick(marks_offered)
    accepted = fields.Boolean(required=True, metadata={"example": True})
    points = fields.Integer(required=True, validate=validate.Range(0, 100), metadata={"example": 3})
    document_number = _text(60, "滨住建信〔2026〕7号")


class ReportAnswer(FormSchema):
    """What the authority, court or tribunal made of what it was told, and in which report."""

    which_report = pick(reports_offered)
    document_number = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"example": "滨住建函〔2026〕12号"}
    )
    answer = _text(1000, "已立案调查，责令企业限期改正。")


# -- joint meeting, others ----------------------------------------------------


class MeetingCall(FormSchema):
    """What the joint meeting is about, and who is asked to come."""

    matter = _choice(MEETING_MATTERS, "incident_or_dispute")
    invited = fields.List(
        fields.String(),
        required=True,
        validate=validate.And(validate.Length(2, len(MEETING_PARTIES)), validate.ContainsOnly(MEETING_PARTIES)),
        metadata={"example": ["owners_committee", "community", "property_authority", "company"]},
    )
    meeting_on = fields.Date(required=True)
    place = _text(120, "街道三楼会议室")


class Minutes(FormSchema):
    """The minutes: who came, what was decided, who does what by when."""

    held_at = fields.AwareDateTime(required=True)
    chair = _text(60, "街道分管领导")
    attendees = _participants()
    decisions = fields.Nested(MeetingDecision, many=True, required=True, validate=validate.Length(1, 30))
    follow_up_workdays = _workdays(60, 10)


class Result(FormSchema):
    """What came of it."""

    result = _text(1000, "照明改造已完成，业主代表签字确认。")


class Failure(FormSchema):
    """Why nothing came of it."""

    reason = _text(1000, "物业服务企业拒不执行会议决定。")


class Referral(FormSchema):
    """Which outside unit must act, and when its answer is expected."""

    authority = _text(60, "区供热公司")
    request = _text(1000, "请对小区换热站进行检修并反馈结果。")
    answer_workdays = _workdays(60, 5)


class Urging(FormSchema):
    """How the silent unit was urged, and until when it promised to answer."""

    way = _choice(CONTACT_WAYS, "phone")
    person = _text(60, "值班员丙")
    promise = _text(500, "三个工作日内书面反馈。")
    answer_workdays = _workdays(30, 3)


class MarkUrging(Urging):
    """Which report of points was urged, how, and until when an answer was promised."""

    which_mark = pick(marks_offered)


class ReportUrging(Urging):
    """Which report was urged, how, and until when an answer was promised."""

    which_report = pick(reports_offered)


class Handover(FormSchema):
    """Where the matter is pursued, that the complainant was told how, and when what comes of it is asked for."""

    successor = _choice(SUCCESSORS, "district_authority")
    authority = _text(60, "区住房和城乡建设局")
    explained = _text(1000, "已告知可向区物业主管部门投诉，或者依法申请仲裁、提起诉讼。")
    answer_workdays = _workdays(250, 20)


# -- a dwelling used for business ------------------------------------------------


class BusinessUse(FormSchema):
    """Which dwelling is used for which business, and which owners of other buildings show that it touches them."""

    room = _text(40, "1-1-101", shortest=1)
    business = _text(200, "一层住宅改为餐馆")
    further_rooms = fields.List(
        _text(40, "2-1-101", shortest=1), load_default=list, validate=validate.Length(max=200), metadata={"example": []}
    )


class Consents(FormSchema):
    """The affected owners who were asked, and what each says in writing; who is not named has not consented."""

    consents = fields.Nested(
        Consent, many=True, required=True, validate=validate.Length(max=5000), metadata={"example": _CONSENTS}
    )


class Restoration(FormSchema):
    """Who is asked to use the dwelling as one again, until when, and how he was told."""

    told = _text(60, "经营者庚")
    restore_workdays = _workdays(30, 10)
    way = _choice(CONTACT_WAYS, "visit")
    delivered_on = _on()


# -- repair fund --------------------------------------------------------------


class RepairNeed(FormSchema):
    """Which common part must be repaired."""

    part = _text(200, "三号楼屋面")
    condition = _text(1000, "防水层老化，顶层多户渗漏。")


class RepairSurvey(Scoped):
    """The plan, its budget line by line, and the rooms that share the costs."""

    class Meta(Scoped.Meta):
        """The plan comes first."""

        fields = ("plan", "earlier_repairs", "in_warranty", "budget", *SCOPE)

    plan = _text(2000, "拆除旧防水层，重新铺设，质保五年。")
    earlier_repairs = fields.Nested(
        EarlierRepair, many=True, load_default=list, validate=validate.Length(max=50), metadata={"example": []}
    )
    in_warranty = fields.Boolean(required=True, metadata={"example": False})
    budget = _costs()


class VoteCall(FormSchema):
    """What the owners are asked, why they meet, how they vote, and where it was announced."""

    item = _choice(VOTED_ON, "use_repair_fund")
    question = _text(1000, "是否同意使用专项维修资金翻新三号楼屋面防水层，预算10200.00元。")
    method = _choice(("meeting", "paper", "electronic"), "paper")
    called_for = _choice(CALLED_FOR, "committee")
    asking_heads = fields.Integer(load_default=0, validate=validate.Range(0, 100_000), metadata={"example": 0})
    building = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"example": "", "help": "Leave it empty where all owners of the estate vote."},
    )
    entrance = fields.String(load_default="", validate=validate.Length(max=40), metadata={"example": ""})
    posted_on = fields.Date(required=True, metadata={"example": "2026-03-02"})
    posted_where = _text(120, "小区公示栏及各单元门口")
    street_told = fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})


class ConveningUrged(FormSchema):
    """Who does not call the owners' meeting, how many owners ask for it and why, and how the street has urged."""

    holder = _text(60, "业主委员会")
    asking_heads = fields.Integer(required=True, validate=validate.Range(1, 100_000), metadata={"example": 12})
    asked_for = _text(500, "提请召开业主大会会议，表决是否使用维修资金。")
    way = _choice(CONTACT_WAYS, "letter")
    convene_days = _days(1, 60, 15)


class Calls(FormSchema):
    """A sample of the ballots, and what their owners said when called."""

    calls = fields.Nested(Call, many=True, required=True, validate=validate.Length(1, 1000))


class Annulment(FormSchema):
    """Why a count does not stand, and since when."""

    annulled_on = _on()
    reason = _text(1000, "抽样回访发现表决票非业主本人签署，重新核对。")


class Revocation(FormSchema):
    """Why a decision that was posted does not stand, who revoked it, and where all owners were told."""

    revoked_by = _choice(("street", "district_authority", "court"), "street")
    reason = _text(1000, "经核查，部分表决票系冒签，有效票未达到法定比例。")
    document_number = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={
            "example": "",
            "help": "Of the authority's decision or the judgement; the street's own is numbered here.",
        },
    )
    revoked_on = _on()
    posted_on = _on()
    posted_where = _text(120, "小区公示栏及各单元门口")

    @validates_schema
    def _is_posted_afterwards(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse a notice from before what it tells."""
        if values["revoked_on"] and values["posted_on"] and values["posted_on"] < values["revoked_on"]:
            raise ValidationError(
                {"posted_on": ["通告日期不能早于撤销日期 / the notice is older than the revocation that it tells"]}
            )

    @validates_schema
    def _says_by_which_paper(self, values: dict[str, object], **_more: object) -> None:
        """Refuse another's decision or judgement without its number."""
        if values["revoked_by"] != "street" and not str(values["document_number"]).strip():
            raise ValidationError(
                {
                    "document_number": [
                        "请填写主管部门决定或者法院裁判的文号 / give the number of the decision or judgement"
                    ]
                }
            )


class DecisionRevocation(Revocation):
    """Which decision does not stand, why, who revoked it, and where all owners were told."""

    which_decision = pick(decisions_offered)


class OwnersVote(Lines):
    """How the vote was held, and every ballot; who may vote, and with which area, stands in the roster."""

    columns = BALLOT_COLUMNS
    row = Ballot
    filled = "ballots"
    most_rows = 20_000

    item = _choice(VOTED_ON, "use_repair_fund")
    method = _choice(("meeting", "paper", "electronic"), "paper")
    delivery_proof = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={
            "example": "送达回执3份，存社区档案",
            "help": "What proves that the papers reached the owners, and where it is.",
        },
    )
    counted_on = _on()
    undelivered = fields.Integer(load_default=0, validate=validate.Range(0, 100_000), metadata={"example": 0})
    undelivered_posted_on = fields.Date(load_default=None, allow_none=True, metadata={"example": None})
    ballots = fields.Nested(
        Ballot, many=True, load_default=list, validate=validate.Length(max=20_000), metadata={"example": _BALLOTS}
    )
    pasted = pasted_field(BALLOT_COLUMNS)

    def whole(self, _place: int, row: dict[str, Any]) -> dict[str, Any]:
        """Return a pasted ballot with what may be left out of it: who has not signed has not."""
        return {"confirmed": False, **row}


class AgainstTheLaw(FormSchema):
    """Which decision of whom is against the law, and against which."""

    decided_by = _choice(("owners_meeting", "owners_committee", "management_committee"), "owners_committee")
    decision = _text(1000, "业主委员会未经业主共同决定，与广告公司签订电梯轿厢广告合同。")
    violates = _text(500, "民法典第二百七十八条：利用共有部分从事经营活动由业主共同决定。")


class DecisionOrder(AgainstTheLaw):
    """The order to put an unlawful decision right: what is to be done, within which time, and who received it."""

    requirement = _text(500, "停止履行该合同，提请业主共同决定。")
    rectify_workdays = _workdays(30, 7)
    delivered_to = _text(60, "业主委员会主任")
    delivered_on = _on()


class UnlawfulDecision(AgainstTheLaw):
    """The revocation of an unlawful decision, and where all owners were told."""

    posted_on = _on()
    posted_where = _text(120, "小区公示栏及各单元门口")


class CommonMatter(FormSchema):
    """What the owners have to decide together beside a repair from the fund, and what is proposed."""

    item = _choice(tuple(one for one in VOTED_ON if one != "use_repair_fund"), "choose_company")
    proposal = _text(1000, "现物业服务企业合同到期，提请业主大会表决是否另行选聘。")


class Objection(FormSchema):
    """Which room's owner objects to a count or to his voting rights, on which ground, and since when."""

    room = _text(40, "1-1-201", shortest=1)
    ground = _text(500, "本人未收到表决票，汇总表列为反对。")
    received_on = _on()


class ObjectionReview(FormSchema):
    """What the review of an objection found, and that its owner was told."""

    room = _text(40, "1-1-201", shortest=1)
    finding = _text(1000, "核对送达回执和表决票，签收及笔迹与本人一致。")
    upheld = fields.Boolean(required=True, metadata={"example": False})
    told = fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})


class Posting(FormSchema):
    """Where and when something was posted in the estate."""

    posted_on = _on()
    posted_where = _text(120, "小区公示栏及各单元门口")
    posted_days = _days(1, 365, 7)


class FundApplication(FormSchema):
    """The application for money from the repair fund."""

    application_number = _text(60, "维资申〔2026〕18号")
    authority = _text(60, "区维修资金管理中心")
    amount = _money("10200.00")
    answer_workdays = _workdays(60, 10)
    applied_on = _on()


class FundApproval(FormSchema):
    """The authority's approval and the most that may be spent."""

    document_number = _text(60, "维资准〔2026〕18号")
    amount = _money("10200.00")


class WorksApproval(FundApproval):
    """The authority's approval, who does the works, and in how many days by contract."""

    contractor = _text(60, "乙防水工程公司")
    work_days = _days(1, 1000, 30)


class FundRefusal(FormSchema):
    """The authority's refusal and its reason."""

    document_number = _text(60, "维资退〔2026〕18号")
    reason = _text(1000, "资金余额不足。")


class WorkAcceptance(FormSchema):
    """Who accepted the finished work, and what they saw."""

    accepted_at = fields.AwareDateTime(required=True)
    participants = _participants()
    findings = _text(1000, "闭水试验合格，同意验收。")


class Rejection(FormSchema):
    """What the contractor must do better, and in how many days."""

    reasons = _text(1000, "局部仍有渗漏，须返工。")
    work_days = _days(1, 365, 7)


class WorksUrged(FormSchema):
    """How whoever must see to the repair was urged, and in how many days he promised to be done."""

    way = _choice(CONTACT_WAYS, "phone")
    person = _text(60, "施工负责人丙")
    promise = _text(500, "增加人手，七日内完工。")
    work_days = _days(1, 365, 7)


class ContractorReplaced(FormSchema):
    """Why the works are given to somebody else, to whom, and in how many days they are to be done."""

    reason = _text(1000, "原施工单位撤场，书面催告后仍未复工，已解除合同。")
    contractor = _text(60, "丁建筑公司")
    work_days = _days(1, 1000, 30)


class RepairStopped(FormSchema):
    """Why the works end undone, what the fund has paid out and got back, and where the owners are told."""

    reason = _text(1000, "施工单位撤场，业主委员会决定本次不再施工，合同争议另行起诉。")
    paid_out = _sum("3000.00", required=True)
    given_back = _sum("1000.00", required=True)
    posted_on = _on()
    posted_where = _text(120, "小区公示栏及各单元门口")


class GivenBack(FormSchema):
    """What has come back to the repair fund of works that were stopped, when, and what shows it."""

    amount = _money("2000.00")
    given_back_on = _on()
    proof = _text(200, "维修资金专户进账回单")


class PaidOtherwise(FormSchema):
    """Who else has paid a repair that was made, how much, and on which ground or agreement."""

    payer = _choice(("owners", "company", "developer", "utility", "insurer", "other"), "owners")
    amount = _money("10200.00")
    agreement = _text(1000, "业主委员会召集相关业主协商，按面积分摊，分摊方案已签字确认。")
    result = _text(1000, "维修已经完成并验收。")
    accepted_on = _on()


class Settlement(FormSchema):
    """What the work cost in the end."""

    amount = _money("10000.01")
    invoice_number = _text(60, "发票00012345")


# -- owners govern themselves -------------------------------------------------


def _people(example: int) -> fields.Integer:
    return fields.Integer(required=True, validate=validate.Range(1, 999), metadata={"example": example})


class JointRequest(FormSchema):
    """How many owners ask together for their first meeting, which nobody has reported to be due."""

    asked_on = _on()
    asking_heads = _people(12)
    request = _text(1000, "小区交付满两年，已交付过半，建设单位一直未报告，申请召开首次业主大会会议。")


class Delivery(FormSchema):
    """How much of the estate is delivered, and since when."""

    delivered_area_percent = _percent("62.5")
    delivered_heads_percent = _percent("58.0")
    first_delivered_on = fields.Date(required=True)


class Delivered(Delivery):
    """How much is delivered, and since when that is enough for the first meeting."""

    condition_met_on = _on()

    @validates_schema
    def _is_met_after_the_first_delivery(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse a condition that was met before anything was delivered."""
        if values["condition_met_on"] and values["condition_met_on"] < values["first_delivered_on"]:
            raise ValidationError(
                {"condition_met_on": ["条件具备日期不能早于首位业主交付日期 / it was met before the first delivery"]}
            )


class ConditionNotMet(Delivery):
    """How much is delivered, why the first meeting is not due yet, and that those who asked were told."""

    delivered_area_percent = _percent("41.0")
    delivered_heads_percent = _percent("22.0")
    reason = _text(1000, "已交付面积、人数均未达到百分之五十，人数也未达到百分之二十五。")
    told = fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})


class Body(FormSchema):
    """A group or committee: how many belong to it, how many of them are owners, and where it was posted."""

    members = _people(7)
    owner_members = _people(4)
    formed_on = _on()
    posted_on = fields.Date(required=True)
    posted_where = _text(120, "小区公示栏")

    @validates_schema
    def _is_posted_afterwards(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse a list of members that hung out before there were any."""
        if values["formed_on"] and values["posted_on"] and values["posted_on"] < values["formed_on"]:
            raise ValidationError({"posted_on": ["公示日期不能早于成立日期 / it was posted before it was formed"]})


class Group(Body):
    """The preparatory group: its members, and where their names and duties hang out, if they do already."""

    posted_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "Leave it empty where nothing hangs out yet: there are ten days for it."},
    )
    posted_where = fields.String(load_default="", validate=validate.Length(max=120), metadata={"example": "小区公示栏"})


class GroupCharged(FormSchema):
    """Whom a leader charges with forming the group, what is done to find its members, and by when."""

    person_in_charge = _text(60, "街道物业办戊")
    measures = _text(1000, "逐楼张贴征集公告，由社区、楼长推荐业主成员，建设单位派员。")
    answer_workdays = _workdays(60, 10)


def _seats(least: int, example: int, **more: Any) -> fields.Integer:
    return fields.Integer(validate=validate.Range(least, 99), metadata={"example": example}, **more)


class Candidate(Trimmed):
    """Who stands for the committee, and of which room he is an owner; his number is his place."""

    candidate = _text(30, "候选人甲", shortest=1)
    room = _text(40, "1-1-101", shortest=1)


_CANDIDATES = [
    {"candidate": f"候选人{name}", "room": room}
    for name, room in zip("甲乙丙丁戊", ("1-1-101", "1-1-102", "1-1-201", "1-1-101", "1-1-102"), strict=True)
]


class ElectionCall(VoteCall):
    """Which committee the owners are to elect, of whom and by which rules, how they vote, and where it was announced."""

    item = _choice(("elect_committee",), "elect_committee")
    called_for = _choice(CALLED_FOR, "preparatory_group")
    question = _text(1000, "选举业主委员会委员，候选人名单和基本情况附后；并表决管理规约和议事规则。")
    voted_by = fields.String(
        load_default=lambda: settings()["election"]["voted_by"],
        validate=validate.OneOf(WAYS),
        metadata={"example": "each_candidate", "help": "As the owners' rules of the election say."},
    )
    seats = _seats(COMMITTEE_LEAST, 5, required=True)
    alternate_seats = _seats(0, 0, load_default=0)
    ranked_by = fields.String(
        load_default=lambda: settings()["election"]["ranked_by"],
        validate=validate.OneOf(MEASURES),
        metadata={"example": "both", "help": "Who comes first where more are agreed to than there are seats."},
    )
    election_rule = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"example": "业主委员会选举办法第五条", "help": "The clause of the owners' rules that says so."},
    )
    candidates = fields.Nested(
        Candidate, many=True, required=True, validate=validate.Length(1, 60), metadata={"example": _CANDIDATES}
    )
    also = fields.List(
        fields.String(),
        load_default=list,
        validate=validate.ContainsOnly(ALSO),
        metadata={"example": [*ALSO], "help": "On the ballot after the candidates, and numbered on."},
    )
    keeps_elected = fields.Boolean(
        load_default=False,
        metadata={"example": False, "help": "Who was elected before stays so; only the other seats are voted on."},
    )

    @validates_schema
    def _is_an_election(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse an even number of seats (山东 30), one name for two, and a list that is not as long as its seats."""
        names = [row["candidate"] for row in values["candidates"]]
        wrong = {}
        if not values["seats"] % 2:
            wrong["seats"] = ["业主委员会由五人以上单数组成 / a committee has an odd number of members"]
        if len({*names}) < len(names):
            wrong["candidates"] = ["候选人同名，请加注以区别 / two candidates have one name: tell them apart"]
        as_a_list = values["alternate_seats"] or values["also"] or values["keeps_elected"]
        if values["voted_by"] == "list" and (len(names) != values["seats"] or as_a_list):
            said = "名单整体表决的，候选人数应等于应选人数，不设候补，不一并表决其他事项"
            wrong["voted_by"] = [f"{said} / a list has as many candidates as there are seats, and nothing beside"]
        if wrong:
            raise ValidationError(wrong)


#: The columns of ballots on candidates.
ELECTION_COLUMNS = {
    **BALLOT_COLUMNS,
    "另投同意的序号": ("agree_to", same),
    "另投反对的序号": ("object_to", same),
}


def _numbers(**said: str) -> fields.String:
    return fields.String(
        load_default="",
        validate=(validate.Length(max=200), validate.Regexp(r"^[0-9０-９\s、,，;；]*\Z")),
        metadata={"example": "", **said},
    )


class ElectionBallot(Ballot):
    """One room's ballot on the candidates: what it says of all, and by their numbers of whom it says something else."""

    agree_to = _numbers(help="Numbers, such as 1、3: agreed to, whatever is said of the others.")
    object_to = _numbers(help="Numbers: voted against, whatever is said of the others.")

    @post_load
    def _spell_numbers(self, values: dict[str, Any], **_more: object) -> dict[str, Any]:
        """Write each list of numbers in one way, as papers print it."""
        return {**values, **{name: "、".join(map(str, numbers(values[name]))) for name in ("agree_to", "object_to")}}


class Election(OwnersVote):
    """The election of a committee, at the first meeting or a later one."""

    columns = ELECTION_COLUMNS
    row = ElectionBallot
    item = _choice(("elect_committee",), "elect_committee")
    ballots = fields.Nested(
        ElectionBallot,
        many=True,
        load_default=list,
        validate=validate.Length(max=20_000),
        metadata={"example": _BALLOTS},
    )
    pasted = pasted_field(ELECTION_COLUMNS)


class Lapse(FormSchema):
    """Why a new committee has to be elected, and since when; of a term that still runs, when it ends."""

    ground = _choice(LAPSES, "term_expired")
    since = fields.Date(required=True, metadata={"example": "2026-01-31"})


class Coordination(FormSchema):
    """How the street coordinated and urged, and what came of it."""

    way = _choice(CONTACT_WAYS, "visit")
    result = _text(1000, "已约请全体委员和业主代表协调，仍未召开换届会议。")


class Filing(FormSchema):
    """What an elected committee is filed with, and the day on which the authority had it."""

    filed_on = _on()
    members = _people(5)
    term_years = fields.Integer(required=True, validate=validate.Range(1, 5), metadata={"example": 5})
    materials = fields.List(
        fields.String(),
        required=True,
        validate=validate.ContainsOnly(FILING_MATERIALS),
        metadata={"example": list(FILING_MATERIALS)},
    )
    adopted_by = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={
            "example": "",
            "help": "Where rules or covenant were voted down with the election: the owners' other decision that adopted them.",
        },
    )
    authority = _text(60, "区住房和城乡建设局")


class FilingReturned(FormSchema):
    """What the authority finds lacking in what was filed."""

    lacking = _text(1000, "议事规则未附业主大会会议决议，请补正。")
    document_number = _text(60, "滨住建补〔2026〕3号")


class Certificate(FormSchema):
    """The certificate of filing, and the authority's word that a seal may be made."""

    certificate_number = _text(60, "滨业备〔2026〕15号")
    seal_permit = _text(60, "滨业刻〔2026〕15号")
    certified_on = _on()
    authority = _text(60, "区住房和城乡建设局")


_BOOKS = [
    {"category": "seals", "item": "业主委员会印章", "quantity": "1枚", "done": True},
    {"category": "archives", "item": "业主大会会议资料、财务账册", "quantity": "12卷", "done": True},
    {"category": "owners_property", "item": "公共收益账户余额", "quantity": "23600.00元", "done": True},
]


class Books(FormSchema):
    """What the committee before handed to the new one, thing by thing, and who saw to it."""

    handed_at = fields.AwareDateTime(required=True)
    giver = _text(60, "上一届业主委员会")
    receiver = _text(60, "新一届业主委员会")
    supervisor = _text(60, "街道物业办戊")
    handed = fields.Nested(
        Book, many=True, required=True, validate=validate.Length(1, 200), metadata={"example": _BOOKS}
    )


class BooksUrged(FormSchema):
    """What is withheld, how its holder was urged, and within how many days it is to be handed over."""

    holder = _text(60, "上一届业主委员会")
    withheld = _text(500, "业主委员会印章、公共收益账册")
    way = _choice(CONTACT_WAYS, "visit")
    said = _text(1000, "已约请上一届委员到社区协调，承诺三日内移交。")
    books_days = _days(1, 30, 3)


class Paper(Handed):
    """One of the papers that a developer hands to the preparatory group (滨州 10)."""

    category = _choice(tuple(DEVELOPERS_PAPERS), "owners_roster")
    item = _text(200, "业主名册", shortest=1)
    quantity = _text(40, "1份", shortest=1)


_PAPERS = [
    {"category": kind, "item": name, "quantity": "1份", "done": True} for kind, name in DEVELOPERS_PAPERS.items()
]


class Papers(FormSchema):
    """What the developer handed to the preparatory group, paper by paper."""

    handed_at = fields.AwareDateTime(required=True)
    giver = _text(60, "建设单位")
    receiver = _text(60, "业主大会筹备组")
    handed = fields.Nested(
        Paper, many=True, required=True, validate=validate.Length(1, 200), metadata={"example": _PAPERS}
    )


class PapersUrged(FormSchema):
    """Which papers lack, how the developer was urged, and within how many days they are to come."""

    holder = _text(60, "建设单位")
    lacking = _text(500, "业主名册、房屋及建筑面积清册")
    way = _choice(CONTACT_WAYS, "letter")
    said = _text(1000, "已约谈项目负责人，承诺五日内报送。")
    papers_days = _days(1, 30, 5)


class PapersWithheld(FormSchema):
    """Which papers the developer withholds though urged, and which authority is to order him, with the time for its answer."""

    holder = _text(60, "建设单位")
    lacking = _text(500, "业主名册、房屋及建筑面积清册")
    reason = _text(1000, "经书面督促，逾期仍未报送，筹备组无法核实投票权数。")
    authority = _text(60, "区住房和城乡建设局")
    answer_workdays = _workdays(60, 10)


class CommitteeMeeting(FormSchema):
    """The committee's first meeting: how many were there and agreed, and whom it chose for which office."""

    met_on = _on()
    members = _people(5)
    present = _people(5)
    agreed = _people(4)
    chosen_chair = _text(60, "委员甲")
    chosen_vice_chair = fields.String(
        load_default="", validate=validate.Length(max=120), metadata={"example": "委员乙"}
    )
    chosen_executives = _text(200, "委员甲、委员丙")
    posted_where = _text(120, "小区公示栏（长期公示）")


class Withheld(FormSchema):
    """What is withheld in spite of the street's urging, what its holder says to it, and when the authority's answer is expected."""

    withheld = _text(500, "业主委员会印章、公共收益账册")
    reason = _text(1000, "经街道协调督促，上一届委员仍拒不移交。")
    answer_workdays = _workdays(60, 10)


class Installed(FormSchema):
    """That the new committee has its seal and account, and who keeps them; its name, where the estate's does not say it."""

    committee = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"example": "", "help": "Leave it empty where it is called by the estate."},
    )

    sealed_on = _on()
    seal_number = _text(60, "印章编码3716000012345")
    kept_by = _text(60, "业主委员会主任保管，用印登记")
    account_opened = fields.Boolean(required=True, metadata={"example": True})


class Told(FormSchema):
    """Who was told in writing."""

    authority = _text(60, "区住房和城乡建设局")


class ChangeTold(Told):
    """Who was told in writing of changed rules, covenant or members, and when (山东 31)."""

    told_on = _on()


class VoteFigures(FormSchema):
    """What a vote that was held outside of the case came to; empty where the case itself has counted it."""

    taking_part_heads = _count(2)
    taking_part_area = _some_area("200.00")
    agreeing_heads = _count(2)
    agreeing_area = _some_area("200.00")


class Ending(VoteFigures):
    """How a company's contract ends, by which decision, on what notice, and when everything is to be handed over."""

    ending = _choice(ENDINGS, "dismissed_by_owners")
    decision = _text(500, "业主大会决定解聘，参与和同意均达到法定比例。")
    noticed_on = fields.Date(required=True, metadata={"example": "2026-09-20"})
    ends_on = fields.Date(required=True, metadata={"example": "2026-11-20"})
    agreed_otherwise = fields.Boolean(load_default=False, metadata={"example": False})
    successor_company = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"example": "丙物业公司", "help": "Leave it empty where the owners have chosen nobody yet."},
    )
    handover_workdays = _workdays(30, 10)


class ExitDeclined(Failure):
    """Why the company does not leave or hand over, and when the authority's answer is expected."""

    answer_workdays = _workdays(60, 10)


class HandoverList(FormSchema):
    """What was handed over, by whom to whom, thing by thing."""

    handed_at = fields.AwareDateTime(required=True)
    receiver = _text(60, "业主委员会")
    supervisor = _text(60, "街道物业办戊")
    handed = fields.Nested(Handed, many=True, required=True, validate=validate.Length(1, 200))


class Successor(VoteFigures):
    """Which company follows or goes on, how the owners chose it, and the contract that it has signed."""

    company = _text(60, "丙物业公司")
    chosen_by = _choice(("tender", "agreement"), "tender")
    contract_number = _text(60, "物服合〔2026〕6号")
    signed_on = _on()
    contract_from = fields.Date(load_default=None, allow_none=True, metadata={"example": "2026-12-01"})
    contract_until = fields.Date(load_default=None, allow_none=True, metadata={"example": "2029-11-30"})
    monthly_fee = fields.Decimal(
        places=2,
        load_default=None,
        allow_none=True,
        validate=validate.Range(Decimal("0.01"), Decimal(1000)),
        metadata={"example": "1.20", "kind": "money", "unit": "yuan per square metre"},
    )

    @validates_schema
    def _ends_after_it_begins(self, values: dict[str, Any], **_more: object) -> None:
        """Refuse a contract that ends before it begins."""
        if values["contract_from"] and values["contract_until"] and values["contract_until"] < values["contract_from"]:
            raise ValidationError({"contract_until": ["合同到期日早于起始日 / the contract ends before it begins"]})


class SelfManagement(VoteFigures):
    """How the owners manage by themselves, and what they decided on it."""

    result = _text(1000, "业主共同决定自行管理，由业主委员会组织保洁和秩序维护，费用按面积分担。")


class ContractFiled(FormSchema):
    """Where the new contract was filed, and on which day."""

    filed_on = _on()
    authority = _text(60, "区住房和城乡建设局、区市场监督管理局")


class OrderRequest(FormSchema):
    """Which authority is asked to order the company out, for what, and when its answer is expected."""

    authority = _text(60, "区住房和城乡建设局")
    reason = _text(1000, "合同终止后拒不移交物业服务用房、监控设备和业主资料。")
    answer_workdays = _workdays(60, 10)


class CorrectionOrder(FormSchema):
    """The authority's order to leave and hand over, and the days that it gives."""

    document_number = _text(60, "滨住建责改〔2026〕9号")
    served_on = _on()
    order_days = _days(1, 60, 7)


class FineRequest(FormSchema):
    """Which authority is asked to fine the company, on which evidence, and when its answer is expected."""

    authority = _text(60, "区综合行政执法局")
    evidence = _text(1000, "责令改正通知书及送达回证、现场核查记录、移交清单缺项照片。")
    answer_workdays = _workdays(90, 20)


class Fine(FormSchema):
    """The decision to fine the company."""

    document_number = _text(60, "滨综执罚〔2026〕31号")
    amount = _money("20000.00")
    decided_on = _on()


class PoliceReport(FormSchema):
    """What the police are told, on which evidence, and when their answer is expected."""

    authority = _text(60, "辖区公安派出所")
    acts = _text(1000, "破坏监控设备、隐匿消防设施资料")
    evidence = _text(1000, "现场照片六张、证人两名。")
    request = _text(1000, "请依法处理并反馈结果。")
    answer_workdays = _workdays(60, 10)


class Trapped(FormSchema):
    """Who is stuck in which lift, and who was called."""

    place = _text(120, "三号楼二单元电梯")
    people = fields.Integer(required=True, validate=validate.Range(1, 50), metadata={"example": 2})
    called = _text(60, "电梯维护保养单位")
    called_at = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"example": None, "help": "Leave it empty for now."}
    )


class RescuersCalledAgain(FormSchema):
    """Who else was called because nobody came, or nobody could help, and when."""

    called = _text(60, "119消防救援")
    reason = _text(500, "维护保养单位三十分钟未到场。")
    called_at = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"example": None, "help": "Leave it empty for now."}
    )


class LateRescue(FormSchema):
    """Which authority for lifts is told that the rescuers were late, and when its answer is expected."""

    authority = _text(60, "区市场监督管理局")
    firm = _text(60, "电梯维护保养单位")
    request = _text(1000, "请核查维护保养记录和应急救援值守情况，依法处理。")
    answer_workdays = _workdays(60, 10)


class Rescue(FormSchema):
    """When the rescuers came, when everybody was out, and how they are."""

    arrived_at = fields.AwareDateTime(required=True)
    freed_at = fields.AwareDateTime(required=True)
    said = _text(500, "全部解救，无人受伤。")


# -- emergencies --------------------------------------------------------------


class EmergencyReport(FormSchema):
    """Which of the eight emergencies it is, who reported it to whom, and whether warning signs stand."""

    event = _choice(EMERGENCIES, "drain_burst")
    description = _text(1000, "二号楼排水管道爆裂，污水倒灌。")
    reported_by = _choice(("owner", "company"), "company")
    reported_to = _choice(("owners_committee", "management_committee", "community"), "owners_committee")
    warning_signs = fields.Boolean(required=True, metadata={"example": True})


class EmergencyConfirmation(FormSchema):
    """Who confirmed the emergency on site, and what is done at once."""

    confirmed_at = fields.AwareDateTime(required=True)
    confirmers = _participants(20)
    measures = _text(1000, "立即停水，组织抢修单位进场。")


class EmergencyRefusal(FormSchema):
    """Why this is no emergency."""

    reason = _text(1000, "属日常维修，不危及安全，按一般程序办理。")


class EmergencyRepair(Scoped):
    """Who repaired it, what it cost line by line, who accepted it, and which rooms share the costs."""

    class Meta(Scoped.Meta):
        """The works come first."""

        fields = ("contractor", "repaired_on", "costs", "participants", *SCOPE)

    contractor = _text(60, "乙抢修公司")
    repaired_on = fields.Date(required=True)
    costs = _costs()
    participants = _participants()


class EmergencyApplication(FormSchema):
    """The written application for emergency money, which the authority audits in two working days."""

    application_number = _text(60, "应急申〔2026〕4号")
    authority = _text(60, "区维修资金管理中心")
    amount = _money("10200.00")
    applied_on = _on()


# -- conclusions --------------------------------------------------------------


def _ends(outcomes: tuple[str, ...]) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(outcomes), metadata={"example": outcomes[0]})


def _unclaimed() -> fields.Boolean:
    return fields.Boolean(required=True, validate=validate.Equal(comparable=False), metadata={"example": False})


class FixedConclusion(Conclusion):
    """What the complainant is told when it was put right."""

    outcome = _ends(("solved", "partly"))


class UnfoundedConclusion(Conclusion):
    """What the complainant is told when the visit did not find it."""

    outcome = _ends(("explained", "not_supported"))
    reply = _text(5000, "您好，经现场核查，您反映的情况未予认定，具体原因已向您说明。", shortest=10)
    handler_claims_solved = _unclaimed()


class HandoverConclusion(Conclusion):
    """What the complainant is told when somebody else must decide."""

    outcome = _ends(("transferred", "partly", "not_supported"))
    reply = _text(5000, "您好，经联席会议协调未果，已移交有权机关，您也可以依法申请仲裁或者起诉。", shortest=10)
    handler_claims_solved = _unclaimed()


class UnfundedConclusion(Conclusion):
    """What the complainant is told when the owners, or the fund, do not pay."""

    outcome = _ends(("not_supported", "explained", "partly"))
    reply = _text(5000, "您好，维修资金使用未获通过，原因已公示，可再次组织表决。", shortest=10)
    handler_claims_solved = _unclaimed()


# -- computations -------------------------------------------------------------


class RosterRow(Trimmed):
    """One exclusive part of the roster: whose it is, its area and where that is taken from, and how it voted."""

    room = _text(40, "1-1-101", shortest=1)
    owner = _text(20, "Y001", shortest=1)
    area = _area("100.00")
    area_by = fields.String(
        load_default="register", validate=validate.OneOf(AREA_SOURCES), metadata={"example": "register"}
    )
    tenure = fields.String(
        load_default="delivered", validate=validate.OneOf(TENURES), metadata={"example": "delivered"}
    )
    choice = _choice((*CHOICES, "absent"), "agree")
    agree_to = _numbers(help="Numbers, such as 1、3: agreed to, whatever is said of the others.")
    object_to = _numbers(help="Numbers: voted against, whatever is said of the others.")


class CountedCandidate(FormSchema):
    """A candidate, and where no roster is given the sums of who agreed to him."""

    candidate = _text(30, "候选人甲", shortest=1)
    agreeing_heads = _count(2)
    agreeing_area = _some_area("280.00")


class Vote(FormSchema):
    """A vote of the owners: the roster with every ballot, the sums of a count, or both to be held against each other.

    An election of a committee may name its candidates in the order of their numbers: each is counted by himself.
    """

    item = _choice(tuple(COMMON_MATTERS), "use_repair_fund")
    roster = fields.Nested(
        RosterRow,
        many=True,
        load_default=list,
        validate=validate.Length(max=20_000),
        metadata={
            "example": [
                {"room": "1-1-101", "owner": "Y001", "area": "100.00", "choice": "agree"},
                {"room": "1-1-102", "owner": "Y001", "area": "80.00", "choice": "agree"},
                {"room": "1-1-201", "owner": "Y002", "area": "100.00", "choice": "agree"},
                {"room": "1-1-202", "owner": "Y003", "area": "90.00", "area_by": "contract", "choice": "against"},
                {"room": "1-1-301", "owner": "K000", "area": "90.00", "tenure": "unsold", "choice": "absent"},
            ]
        },
    )
    follow_majority = fields.String(
        load_default="",
        validate=validate.OneOf(tuple(FOLLOW_MAJORITY)),
        metadata={"example": "", "help": "Only where the owners' own rules say so."},
    )
    candidates = fields.Nested(
        CountedCandidate, many=True, load_default=list, validate=validate.Length(max=60), metadata={"example": []}
    )
    seats = _seats(COMMITTEE_LEAST, 5, load_default=COMMITTEE_LEAST)
    alternate_seats = _seats(0, 0, load_default=0)
    ranked_by = fields.String(load_default="both", validate=validate.OneOf(MEASURES), metadata={"example": "both"})
    total_heads = _count(4)
    total_area = _some_area("460.00")
    taking_part_heads = _count(3)
    taking_part_area = _some_area("370.00")
    agreeing_heads = _count(2)
    agreeing_area = _some_area("280.00")


class ScopedRoom(Trimmed):
    """One exclusive part, where it lies, its area, and its share where the owners agreed on another one."""

    room = _text(40, "1-1-101", shortest=1)
    building = fields.String(load_default="", validate=validate.Length(max=40), metadata={"example": "1号楼"})
    entrance = fields.String(load_default="", validate=validate.Length(max=40), metadata={"example": "1单元"})
    area = _area("100.00")
    agreed_parts = fields.Decimal(load_default=None, validate=validate.Range(Decimal(0), Decimal(1_000_000)))


class Allocation(FormSchema):
    """Costs to be shared, how far those who bear them reach, and the rooms."""

    amount = _money("10000.00")
    building = fields.String(load_default="", validate=validate.Length(max=40), metadata={"example": "1号楼"})
    entrance = fields.String(load_default="", validate=validate.Length(max=40), metadata={"example": ""})
    rooms = fields.Nested(
        ScopedRoom,
        many=True,
        required=True,
        validate=validate.Length(1, 20_000),
        metadata={
            "example": [
                {"room": "1-1-101", "building": "1号楼", "entrance": "1单元", "area": "100.00"},
                {"room": "1-1-102", "building": "1号楼", "entrance": "1单元", "area": "100.00"},
                {"room": "1-2-101", "building": "1号楼", "entrance": "2单元", "area": "100.00"},
                {"room": "2-1-101", "building": "2号楼", "entrance": "1单元", "area": "120.00"},
            ]
        },
    )


class FeeArrears(FormSchema):
    """A room's fee by contract, the months it is owed for, and what was paid."""

    area = _area("100.00")
    monthly_fee = _money("1.20")
    first_month = fields.Date(required=True, metadata={"example": "2025-01-01"})
    last_month = fields.Date(required=True, metadata={"example": "2025-12-01"})
    pre_phase = fields.Boolean(load_default=False, metadata={"example": True})
    vacant_months = fields.Integer(load_default=0, validate=validate.Range(0, 600), metadata={"example": 8})
    paid = _sum("120.00")


class FeeExamination(FeeArrears):
    """A room's fees by contract, what was asked for, and what its owner says to it in writing (滨州 49)."""

    charged = _sum("1600.00", required=True)
    owner_says = _text(1000, "照明长期不修，拒交书面说明已提交。")


class IncomeLine(FormSchema):
    """What one use of common parts has earned, and what it reasonably cost."""

    item = _text(200, "电梯广告")
    income = _money("12000.00")
    cost = _sum("2000.00")


class IncomeAccounts(FormSchema):
    """The accounts of common income of a time, as they were looked at: line by line, and where the rest is."""

    first_day = fields.Date(required=True, metadata={"example": "2025-01-01"})
    last_day = fields.Date(required=True, metadata={"example": "2025-12-31"})
    lines = fields.Nested(IncomeLine, many=True, required=True, validate=validate.Length(1, 200))
    on_account = _sum("4000.00", required=True)
    spent_as_decided = _sum("1000.00")
    vouchers = _text(200, "收支凭证46张，复印件存卷")


class CompanyFigures(FormSchema):
    """A company, the complaints about it, and the households that it serves."""

    company = _text(60, "甲物业公司")
    complaints = fields.Integer(required=True, validate=validate.Range(0, 1_000_000), metadata={"example": 12})
    households = fields.Integer(required=True, validate=validate.Range(1, 1_000_000), metadata={"example": 1500})


class Density(FormSchema):
    """The companies to compare, over one period."""

    companies = fields.Nested(CompanyFigures, many=True, required=True, validate=validate.Length(1, 500))


class Marked(FormSchema):
    """One mark against a company: its kind or the district's points, the day it was reported, and whether that is decided."""

    kind = _choice(MARKS, "order_not_obeyed")
    on = fields.Date(required=True, metadata={"example": "2026-05-20"})
    decided = fields.Boolean(load_default=True, metadata={"example": True})
    points = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, 100), metadata={"example": None}
    )


class CreditAsked(FormSchema):
    """A company's marks, and the day on which its credit is asked for."""

    on = fields.Date(required=True, metadata={"example": "2026-11-23"})
    marks = fields.Nested(Marked, many=True, required=True, validate=validate.Length(0, 500))


class Diversion(FormSchema):
    """What was diverted from a repair fund, what was gained by it, and what was given back."""

    diverted = _money("50000.00")
    illegal_gains = _sum("800.00")
    given_back = _sum("20000.00")


class DeadlineAsked(FormSchema):
    """A time of the law or of the office, the day from which it counts, and its length where a paper names that."""

    clock = fields.String(
        required=True,
        validate=validate.OneOf([*day_clocks()], [*day_clocks().values()]),
        metadata={"example": "committee_filing"},
    )
    since = fields.Date(required=True, metadata={"example": "2026-09-01"})
    length = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, 3660),
        metadata={"label": "Length that the paper names", "example": None},
    )


# -- the register ----------------------------------------------------------------


class EstateHead(FormSchema):
    """An estate as the office keeps it, without its roster."""

    name = fields.String(
        required=True,
        validate=(
            validate.Length(2, 60),
            validate.Regexp(
                r"[^/\\\x00-\x1f]+\Z", error="名称不能含斜杠和换行。 / The name holds no slash and no line break."
            ),
        ),
        metadata={"example": "黄河家园一区", "label": "Name of the estate"},
    )
    #: The version that was read; 0 for a new estate.
    version = fields.Integer(load_default=0, validate=validate.Range(0), metadata={"example": 0, "kind": "hidden"})
    aliases = fields.List(
        fields.String(validate=validate.Length(2, 60)),
        load_default=list,
        validate=validate.Length(max=10),
        metadata={"example": ["黄河家园1区"], "help": "What else people call it; a case finds it by any of them."},
    )
    community = _text(60, "黄河社区")
    company = fields.String(load_default="", validate=validate.Length(max=60), metadata={"example": "甲物业公司"})
    manager = fields.String(load_default="", validate=validate.Length(max=60), metadata={"example": "项目负责人丁"})
    manager_phone = fields.String(
        load_default="",
        validate=validate.Length(max=30),
        metadata={"example": "", "help": "As it hangs in the estate, not a private one."},
    )
    committee = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"example": "黄河家园一区业主委员会"}
    )
    committee_until = fields.Date(load_default=None, allow_none=True, metadata={"example": "2028-06-30"})
    contract_from = fields.Date(load_default=None, allow_none=True, metadata={"example": "2025-01-01"})
    contract_until = fields.Date(load_default=None, allow_none=True, metadata={"example": "2027-12-31"})
    monthly_fee = fields.Decimal(
        places=2,
        load_default=None,
        allow_none=True,
        validate=validate.Range(Decimal("0.01"), Decimal(1000)),
        metadata={"example": "1.20", "kind": "money", "unit": "yuan per square metre"},
    )
    fund_balance = fields.Decimal(
        places=2,
        load_default=None,
        allow_none=True,
        validate=validate.Range(Decimal(0), Decimal(10_000_000_000)),
        metadata={"example": "860000.00", "kind": "money"},
    )
    follow_majority = fields.String(
        load_default="",
        validate=validate.OneOf(tuple(FOLLOW_MAJORITY)),
        metadata={"example": "", "help": "Only where the owners' own rules say so."},
    )
    clause = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"example": "", "help": "The clause of the owners' rules that says so."},
    )

    @post_load
    def _without_blanks_around(self, values: dict[str, Any], **_more: object) -> dict[str, Any]:
        """Cut blanks around names, or the same estate would stand there twice."""
        aliases = dict.fromkeys(said.strip() for said in values["aliases"] if said.strip() != values["name"].strip())
        return {**values, **{name: values[name].strip() for name in ("name", "company")}, "aliases": [*aliases]}

    @validates_schema
    def _rule_has_its_clause(self, values: dict[str, object], **_more: object) -> None:
        """Refuse a rule on silence that no clause of the owners' rules is named for."""
        if values["follow_majority"] and not values["clause"]:
            raise ValidationError(
                {"clause": ["请填写管理规约或者议事规则的条款 / name the clause of the owners' rules"]}
            )


class EstateForm(EstateHead):
    """An estate with its roster: a table whose rows are rooms, separated by commas or tabs; it may follow later."""

    roster = fields.String(
        load_default="",
        validate=validate.Length(max=2_000_000),
        metadata={
            "kind": "textarea",
            "example": "房号,楼栋,单元,业主编号,面积,面积依据,交付情况\n"
            "1-1-101,1号楼,1单元,Y001,100.00,登记,已交付\n"
            "1-1-102,1号楼,1单元,Y002,80.00,登记,已交付\n"
            "1-1-201,1号楼,1单元,Y003,100.00,合同,已交付\n",
            "help": "A head line, then one room a line; owners by number, never by name.",
        },
    )
