"""What is filled in to take relief's own steps. Amounts in yuan; incomes are monthly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from chassis.handling import Conclusion
from chassis.schemas import FormSchema
from chassis.street import STREET
from services.relief import granting, remedies, rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.workflow import CaseView

#: As GB/T 4761 tells them apart, sons and daughters as one.
RELATIONS = ("self", "spouse", "child", "grandchild", "parent", "grandparent", "sibling", "other")
INCOME_KINDS = ("wages", "business", "property", "transfer", "other")
PROPERTY_KINDS = ("house", "car", "deposit", "securities", "business", "other")
CAUSES = ("fire", "traffic", "illness", "accident", "disaster", "expense", "low_income", "no_support", "other")
BODIES = (
    "medical_insurance",
    "education",
    "housing",
    "employment",
    "disability_federation",
    "charity",
    "rescue_station",
    "emergency_management",
    "other_place",
    "other",
)
SOURCES_OF_CHECK = (
    "household_register",
    "tax",
    "social_insurance",
    "real_estate",
    "business_register",
    "housing_fund",
    "vehicles",
    "bank",
    "securities",
    "insurance",
)
AS_FILED = "Left out, as it was filed"
PAPER_KINDS = ("application", "identity", "declaration", "hardship_proof", "residence_permit", "other")


def text(example: str, *, least: int = 2, most: int = 2000, **said: Any) -> fields.String:
    """Make a required text."""
    return fields.String(required=True, validate=validate.Length(least, most), metadata={"example": example, **said})


def maybe(example: str = "", *, most: int = 2000, **said: Any) -> fields.String:
    """Make a text that may be left out."""
    return fields.String(load_default="", validate=validate.Length(max=most), metadata={"example": example, **said})


def choice(choices: tuple[str, ...], example: str = "") -> fields.String:
    """Make a required choice."""
    return fields.String(required=True, validate=validate.OneOf(choices), metadata={"example": example or choices[0]})


def money(example: str) -> fields.Decimal:
    """Make a required amount in yuan, not below zero."""
    return fields.Decimal(
        required=True,
        places=2,
        validate=validate.Range(Decimal(0), Decimal(100_000_000)),
        metadata={"example": example},
    )


def number(example: int, least: int, most: int) -> fields.Integer:
    """Make a required whole number."""
    return fields.Integer(required=True, validate=validate.Range(least, most), metadata={"example": example})


def day() -> fields.Date:
    """Make the day of an act: its example is today's."""
    return fields.Date(required=True)


def day_if_not_today() -> fields.Date:
    """Make the day of an act that is put on record later; left empty, it is today."""
    return fields.Date(load_default=None, allow_none=True, metadata={"example": None, "help": "Left out, today"})


def confirmed() -> fields.Boolean:
    """Make a box that must be ticked."""
    return fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})


def ticked(*, example: bool = False) -> fields.Boolean:
    """Make a box that may be ticked."""
    return fields.Boolean(load_default=False, metadata={"example": example})


def rows(row: type[FormSchema], example: list[dict[str, Any]] | None = None, *, least: int = 0) -> fields.List[Any]:
    """Make rows, some of which may be required; without an example, the row's own, dated today."""
    length, said = validate.Length(least, 100), {} if example is None else {"example": example}
    if least:
        return fields.List(fields.Nested(row), required=True, validate=length, metadata=said)
    return fields.List(fields.Nested(row), load_default=list, validate=length, metadata=said)


def papers(example: list[str]) -> fields.List[Any]:
    """Make the list of the papers handed in."""
    return fields.List(
        fields.String(validate=validate.OneOf(PAPER_KINDS)),
        required=True,
        validate=validate.Length(1, 20),
        metadata={"example": example},
    )


class _LastFour(fields.String):
    """The last signs of an identity number, however its X was typed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs).strip().upper()


def last_four() -> fields.String:
    """Make the last signs of an identity number, which may be left out."""
    wrong = "只填证件号码的末四位，末位可以是 X。 / The last four signs of the number only; the last may be an X."
    return _LastFour(
        load_default="",
        validate=validate.Regexp(r"^([0-9]{3}[0-9X])?\Z", error=wrong),
        metadata={"example": "0012", "personal": True},
    )


class Member(FormSchema):
    """One member of the household."""

    name = text("居民甲", most=60, personal=True)
    relation = choice(RELATIONS)
    adult = fields.Boolean(required=True, metadata={"example": True})
    id_last_four = last_four()
    can_work = ticked(example=True)
    student = ticked()
    disability_level = fields.Integer(
        load_default=0, validate=validate.Range(0, 4), metadata={"example": 0, "personal": True}
    )
    seriously_ill = fields.Boolean(load_default=False, metadata={"example": False, "personal": True})


class Income(FormSchema):
    """One income of one member."""

    member = text("居民甲", most=60, personal=True)
    income = choice(INCOME_KINDS)
    monthly = money("1200.00")


class Property(FormSchema):
    """One thing of value that the household owns."""

    thing = choice(PROPERTY_KINDS)
    worth = money("0.00")
    note = maybe(most=300)


class Expense(FormSchema):
    """One necessary expense."""

    purpose = choice(("medical", "education", "housing", "accident", "other"))
    amount = money("20000.00")


class PastRelief(FormSchema):
    """One relief that the household has had."""

    relief = choice(rules.RELIEFS)
    cause = choice(CAUSES)
    year = number(2025, 2000, 2100)
    amount = money("1000.00")


class Application(FormSchema):
    """Who asks for what, with household, income, property, hardship and promise of truth (申请书)."""

    relief = choice(rules.RELIEFS, "temp_expense")
    source = choice(("applied", "entrusted", "discovered"))
    entrusted_by = maybe(most=60)
    residence = choice(("local_household", "residence_permit", "elsewhere"))
    household = rows(
        Member,
        [
            {"name": "居民甲", "relation": "self", "adult": True, "can_work": True, "id_last_four": "0012"},
            {"name": "居民乙", "relation": "child", "adult": False, "student": True, "id_last_four": "0035"},
        ],
        least=1,
    )
    incomes = rows(Income, [{"member": "居民甲", "income": "wages", "monthly": "1200.00"}])
    properties = rows(Property, [])
    expenses = rows(Expense, [{"purpose": "medical", "amount": "20000.00"}])
    cause = choice(CAUSES, "expense")
    happened_on = fields.Date(load_default=None, allow_none=True, metadata={"help": "Where it has a day"})
    hardship = text("家庭成员患病住院，自付费用较大，基本生活出现困难", least=5, personal=True)
    relief_history = rows(PastRelief, [])
    staff_relative = ticked()
    papers = papers(["application", "identity", "declaration", "hardship_proof"])
    truth_promised = confirmed()


class Correction(FormSchema):
    """What an application says otherwise than is true, or has changed since; what is left out stays as it was filed."""

    household = rows(Member, [])
    incomes = rows(Income, [])
    no_income = ticked()
    cause = fields.String(
        load_default="", validate=validate.OneOf(("", *CAUSES)), metadata={"example": "", "help": AS_FILED}
    )
    happened_on = fields.Date(load_default=None, allow_none=True, metadata={"example": None, "help": AS_FILED})
    hardship = maybe(personal=True, help=AS_FILED)
    reason = text("登记时漏填证件号码，经核对身份证补正", least=5)
    household_signed = confirmed()


class Explanation(FormSchema):
    """What policy was explained to one who does not apply."""

    explanation = text("已说明救助政策、条件和申请方式，本人暂不申请", least=5)


class SupplementRequest(FormSchema):
    """All that is missing, named at once (一次性补正告知)."""

    told_on = day()

    missing = papers(["hardship_proof"])
    note = text("请补交诊断证明和费用票据", least=2)


class Supplement(FormSchema):
    """The papers that were brought later, all or some of those that are missing."""

    papers = papers(["hardship_proof"])


class ApplicationAcceptance(FormSchema):
    """The acceptance of a complete application (受理通知书)."""

    acceptance_no = text(f"{STREET.word}救受〔2026〕1号", most=60)
    accepted_on = day()
    complex = ticked()


class Signature(FormSchema):
    """One member's signature."""

    member = text("居民甲", most=60, personal=True)
    signed_on = fields.Date(required=True)
    way = choice(("signed", "guardian", "electronic"))


class Authorisation(FormSchema):
    """The signatures that allow the household's means to be checked (核对授权书)."""

    signatures = rows(Signature, [{"member": "居民甲", "signed_on": "2026-03-02", "way": "signed"}], least=1)


class RelativeRegistration(FormSchema):
    """Whose relative the applicant is, and that he keeps out of it (近亲属备案)."""

    staff_name = text("民政员丙", most=60, personal=True)
    staff_post = text("民政所工作人员", most=100)
    kinship = text("兄弟姐妹", most=60)
    recused = confirmed()


class CrossRegionRequest(FormSchema):
    """Which place is asked to verify what (异地核查)."""

    region = text("外地某区民政局", most=120)
    letter_no = text(f"{STREET.word}协查〔2026〕1号", most=60)
    asked_on = day()
    question = text("请协助核实其在当地的房产和收入", least=5)


class CrossRegionAnswer(FormSchema):
    """What the other place found, and when that came."""

    answered_on = day_if_not_today()
    result = text("当地无房产和收入记录", most=3000)


class SourceResult(FormSchema):
    """What one register says."""

    register = choice(SOURCES_OF_CHECK)
    found = text("未发现异常", most=500, personal=True)


class InformationCheck(FormSchema):
    """What the registers say on the household's means (核对报告)."""

    report_no = text("核对2026-1", most=60)
    sources = rows(SourceResult, [{"register": "bank", "found": "存款在限额内"}], least=1)
    consistent = fields.Boolean(required=True, metadata={"example": True})


class Visitor(FormSchema):
    """One who visits a household."""

    name = text("民政员甲", most=60)
    post = text("民政所工作人员", most=100)
    of_district = ticked()


class HouseVisit(FormSchema):
    """What two or more people saw at home (入户调查表)."""

    visited_on = fields.Date(required=True)
    visitors = rows(
        Visitor,
        [
            {"name": "民政员甲", "post": "民政所工作人员"},
            {"name": "区民政员丁", "post": "区民政局工作人员", "of_district": True},
        ],
        least=1,
    )
    findings = text("家庭成员、住房和生活状况与申报一致", least=5, most=5000, personal=True)
    doubtful = ticked()
    household_signed = confirmed()


class NeighbourInterview(FormSchema):
    """What a neighbour said, who stays unnamed (邻里访问)."""

    said = text("该户生活确有困难", least=2)
    interviewers = text("民政员甲、社区工作者乙", most=200)


class DemocraticReview(FormSchema):
    """How the neighbours' meeting judged (民主评议记录)."""

    present = number(9, 5, 100)
    in_favour = number(8, 0, 100)
    conclusion = text("经评议，申报情况属实", least=5)


def _asked_for(*reliefs: str) -> Callable[[CaseView], bool]:
    """Return the rule that a field is asked for where one of some kinds of relief is applied for."""
    return lambda case: rules.relief_of(case) in reliefs


def _destitute() -> fields.Boolean:
    return fields.Boolean(load_default=False, metadata={"example": True, "asked": _asked_for("destitute")})


class Opinion(FormSchema):
    """The street's opinion with its figures (审核意见)."""

    standard = money("900.00")
    standard_basis = text("市民政局年度低保标准通知", most=200)
    persons = number(2, 1, 50)
    monthly_income = money("1200.00")
    deductions = money("200.00")
    property_within_limits = fields.Boolean(required=True, metadata={"example": True})
    cannot_work = _destitute()
    no_income_source = _destitute()
    no_supporter = _destitute()
    coefficient = fields.Decimal(
        load_default=Decimal(1),
        places=2,
        validate=validate.Range(Decimal(0), Decimal(20)),
        metadata={"example": "1.00", "kind": "number", "asked": _asked_for("destitute", *rules.TEMPORARY)},
    )
    months = fields.Integer(
        load_default=1, validate=validate.Range(1, 12), metadata={"example": 2, "asked": _asked_for(*rules.TEMPORARY)}
    )
    cap_multiple = fields.Decimal(
        load_default=lambda: Decimal(rules.settings()["temporary"]["cap_multiple"]),
        places=2,
        validate=validate.Range(Decimal(0), Decimal(100)),
        metadata={
            "example": "10.00",
            "kind": "number",
            "help": "Left out, the table of standards is used",
            "asked": _asked_for(*rules.TEMPORARY),
        },
    )
    amount = money("3600.00")
    opinion = text("符合临时救助条件，建议予以救助", least=5)


class OpinionAgainst(FormSchema):
    """Why the street does not support it."""

    reason = text("家庭人均收入高于救助标准", least=5)


def shown() -> fields.List[Any]:
    """Make the list of what a posting shows."""
    return fields.List(
        fields.String(validate=validate.OneOf((*granting.POSTED, *granting.NOT_POSTED))),
        load_default=lambda: [*granting.POSTED[:4]],
        validate=validate.Length(1, 20),
        metadata={"example": [*granting.POSTED[:4]]},
    )


class Posting(FormSchema):
    """Where the opinion is posted: name, estate, kind and amount, nothing more (公示单)."""

    posted_on = day()
    place = text("社区公告栏", most=200)
    estate = maybe("朝阳社区某小区", most=100)
    shown = shown()
    only_permitted = confirmed()


class Publication(FormSchema):
    """Where and when the grant is published in the community, and what proves it (社会救助暂行办法 11)."""

    published_on = fields.Date(required=True)
    until = fields.Date(load_default=None, allow_none=True, metadata={"example": None})
    place = text("社区公告栏", most=200)
    estate = maybe("朝阳社区某小区", most=100)
    shown = shown()
    proof = text("张贴照片2张，编号2026-1、2026-2", least=2, most=500)


class PostingCheck(FormSchema):
    """What somebody saw who went to look at the posting (公示巡查)."""

    checked_on = fields.Date(required=True)
    still_posted = fields.Boolean(required=True, metadata={"example": True})
    shown = shown()
    note = maybe("张贴完好", most=300)


class Objection(FormSchema):
    """What is objected, and when; the objector stays unnamed (公示异议)."""

    raised_on = day_if_not_today()
    content = text("反映该户有未申报的房产", least=5)


class ObjectionFinding(FormSchema):
    """What the recheck of an objection found, and when."""

    found_on = day_if_not_today()
    finding = text("经核实，反映情况不属实", least=5)
    posted_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "The new posting, if any; left out, today"},
    )


class Submission(FormSchema):
    """The papers that go to the district (审核审批表)."""

    submission_no = text(f"{STREET.word}民报〔2026〕1号", most=60)
    submitted_on = day()
    authority = text("区民政局", most=120, label="Body that it is submitted to")


class StreetReview(FormSchema):
    """The second look at what the street may decide itself, with the delegation (社会救助暂行办法 48)."""

    delegation_no = text("区民政局委托书2026-1", most=120)
    delegated_limit = money("5000.00")
    opinion = text("材料齐全，金额在委托限额内", least=5)


class Approval(FormSchema):
    """What is granted, and from when where it is paid month by month (确认决定)."""

    approval_no = text("滨城民救〔2026〕1号", most=60)
    amount = money("3600.00")
    decided_on = fields.Date(load_default=None, allow_none=True, metadata={"help": "Left out, today"})
    from_month = fields.String(
        load_default="",
        validate=validate.Regexp(r"^([0-9]{4}-(0[1-9]|1[0-2]))?\Z"),
        metadata={"example": "2026-12", "asked": _asked_for(*rules.LASTING)},
    )


class Rejection(FormSchema):
    """Why the district refuses."""

    decision_no = text("滨城民不救〔2026〕1号", most=60)
    decided_on = day()
    reason = text("家庭财产状况不符合规定", least=5)


class StreetRejection(FormSchema):
    """Why the street refuses by its delegation, and up to what the delegation goes (社会救助暂行办法 48)."""

    delegation_no = text("区民政局委托书2026-1", most=120)
    delegated_limit = money("5000.00")
    asked_amount = fields.Decimal(
        required=True,
        places=2,
        validate=validate.Range(Decimal("0.01"), Decimal(100_000_000)),
        metadata={"example": "3600.00", "help": "What was asked for, or would be granted at the most"},
    )
    decision_no = text(f"{STREET.word}民不救〔2026〕1号", most=60)
    decided_on = day()
    reason = text("家庭财产状况不符合规定", least=5)


class RejectionNotice(FormSchema):
    """That the applicant was told in writing why, and what can be done about it (不予批准告知书)."""

    way = choice(("handed_over", "mail", "electronic"))
    told_on = day()
    reasons_in_writing = confirmed()
    remedies_told = confirmed()


class Review(FormSchema):
    """What became of the refusal before a higher authority or a court (社会救助暂行办法 65)."""

    authority = text("区人民政府", most=120)
    decision_no = text("滨城复决〔2026〕1号", most=60)
    decided_on = day()
    result = text("撤销不予批准决定，责令重新调查处理", least=5)


def which_day() -> fields.Date:
    """Make the day of the decision that is meant, where there is more than one of its kind; left out, the last."""
    return fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "The day of the decision, where there is more than one; left out, the last"},
    )


def received() -> fields.Date:
    """Make the day on which a decision was received; left out, that is put on record later."""
    return fields.Date(load_default=None, allow_none=True, metadata={"help": "Left out where it is not received yet"})


class Remedy(FormSchema):
    """Who turns against which decision, where, and when (社会救助暂行办法 65)."""

    against = choice(tuple(remedies.CONTESTABLE))
    made_on = which_day()
    way = choice(("reconsideration", "lawsuit"))
    heard_by = text("区人民政府", most=120)
    filed_on = day()
    reference_no = maybe("", most=60)
    late_accepted = ticked()


class RemedyResult(FormSchema):
    """What the body or the court has decided."""

    against = fields.String(
        load_default="",
        validate=validate.OneOf(("", *remedies.CONTESTABLE)),
        metadata={"example": "", "help": "Where more than one is contested"},
    )
    made_on = which_day()
    ruling = choice(remedies.RULINGS)
    decision_no = maybe("", most=60)
    decided_on = day()
    received_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "When the person received it; left out, the day of the decision"},
    )
    final = ticked()
    result = text("维持原决定", least=2, most=3000)


class DecisionReceived(FormSchema):
    """When and how a decision reached whom it is about: what may be sought against it runs from then."""

    against = choice(tuple(remedies.CONTESTABLE), "stopped")
    made_on = which_day()
    told_on = day()
    way = choice(("handed_over", "mail", "electronic"))
    receipt_no = maybe("送达回证2026-1", most=60)


class CarriedOut(FormSchema):
    """How a review's decision was carried out, and when the applicant was told (社会救助暂行办法 65)."""

    result = text("已按复议决定重新调查处理，并书面告知申请人", least=5, most=3000)
    told_on = day()


class SentBack(FormSchema):
    """What the district wants to know more about."""

    question = text("请补充核实家庭收入情况", least=5)


class Urging(FormSchema):
    """How a silent body was reminded."""

    note = text("已电话并函询办理进度")
    urged_on = day()


class Renunciation(FormSchema):
    """Why what was granted is not taken: it was renounced, or nobody is left to take it."""

    ground = choice(("renounced", "death"))
    happened_on = day()
    reason = text("本人书面放弃已批准的救助", least=5)


class Revocation(FormSchema):
    """By which decision the body that granted took its grant back before it was paid."""

    authority = text("区民政局", most=120)
    decision_no = text("滨城民撤〔2026〕1号", most=60)
    decided_on = day()
    reason = text("发放前复核发现家庭财产状况不符合规定", least=5)


class Instalment(FormSchema):
    """One payment to one person."""

    payee = text("居民甲", most=60, personal=True)
    account_last_four = fields.String(
        load_default="", validate=validate.Regexp(r"^([0-9]{4})?\Z"), metadata={"example": "6688", "personal": True}
    )
    amount = money("3600.00")
    paid_on = day()
    voucher_no = text("发放凭证2026-1", most=60)


class Payments(FormSchema):
    """What was paid to whom (发放凭证)."""

    payments = rows(Instalment, least=1)


class BenefitChange(FormSchema):
    """How a regular verification changed the benefit (动态管理)."""

    change = choice(("unchanged", "raised", "lowered"))
    checked_on = day()
    new_amount = money("800.00")
    from_month = fields.String(
        load_default="",
        validate=validate.Regexp(r"^([0-9]{4}-(0[1-9]|1[0-2]))?\Z"),
        metadata={"example": "", "help": "Where the amount changes"},
    )
    decision_no = maybe("", most=60, help="Where the amount changes")
    heads = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(1, 50), metadata={"example": None}
    )
    reason = text("家庭人口、收入、财产状况未发生变化", least=5)
    told_on = received()


class MonthPayment(FormSchema):
    """What a household was paid for one month (按月发给)."""

    month = fields.String(
        required=True, validate=validate.Regexp(r"^[0-9]{4}-(0[1-9]|1[0-2])\Z"), metadata={"example": "2026-12"}
    )
    amount = money("800.00")
    paid_on = day()
    voucher_no = text("社会化发放批次2026-12", most=60)


class MonthRun(FormSchema):
    """One month's payment to all households that are due: when, and under which number."""

    month = fields.String(
        required=True, validate=validate.Regexp(r"^[0-9]{4}-(0[1-9]|1[0-2])\Z"), metadata={"example": "2026-12"}
    )
    paid_on = day()
    voucher_no = text("社会化发放批次2026-12", most=60)


class Arrears(FormSchema):
    """What is paid later because too little was granted or paid, by which decision (补发)."""

    payments = rows(Instalment, least=1)
    decision_no = text("滨城民补〔2026〕1号", most=60)
    reason = text("标准核定有误，差额补发", least=5)


class EarlierPutRight(FormSchema):
    """How what a review has ruled on an earlier request of the case was carried out (社会救助暂行办法 65)."""

    against = choice(tuple(remedies.CONTESTABLE))
    made_on = which_day()
    decision_no = text("滨城民补〔2026〕2号", most=60)
    reason = text("已按复议决定重新调查处理，差额已经补发", least=5, most=3000)
    payments = rows(Instalment, [])


class BenefitStop(FormSchema):
    """Why the benefit ends, told in writing (社会救助暂行办法 13)."""

    reason = text("家庭人均收入已高于低保标准", least=5)
    decision_no = maybe("滨城民停〔2026〕1号", most=60)
    published_on = fields.Date(load_default=None, allow_none=True, metadata={"example": None})
    published_at = maybe("社区公告栏", most=200)
    last_month = fields.String(
        load_default="",
        validate=validate.Regexp(r"^([0-9]{4}-(0[1-9]|1[0-2]))?\Z"),
        metadata={
            "example": "",
            "label": "Last month that is paid",
            "help": "The last month that is paid; left out, this one",
        },
    )
    told_in_writing = confirmed()
    told_on = received()


class Attempt(FormSchema):
    """One attempt to reach somebody, in vain."""

    tried_on = day()
    way = choice(("phone", "visit", "message", "letter"))


class Withdrawal(FormSchema):
    """That the applicant steps back, by his own signed word, or that nobody is left to apply."""

    ground = choice(("withdrawn", "death"))
    happened_on = day()
    reason = text("申请人书面撤回申请，不再需要救助", least=5)
    applicant_signed = ticked(example=True)


class Drop(FormSchema):
    """Why nobody has applied, though told how to, or out of reach."""

    reason = text("申请人书面撤回申请", least=5)
    told_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"help": "Where nothing was applied for: the day on which the ways to apply were told"},
    )
    tries = rows(Attempt, [])


class Assessor(FormSchema):
    """One who judged the urgency."""

    name = text("民政员甲", most=60)
    post = text("民政所工作人员", most=100)


class Emergency(FormSchema):
    """What has happened and what is needed at once (急难情形评估)."""

    cause = choice(CAUSES)
    happened_on = day()
    assessed_at = fields.AwareDateTime(required=True)
    needs = text("临时住处、食品和衣被", least=2, most=1000)
    persons = number(2, 1, 50)
    assessors = rows(
        Assessor,
        [{"name": "民政员甲", "post": "民政所工作人员"}, {"name": "社区工作者乙", "post": "社区工作者"}],
        least=2,
    )


class NotUrgent(FormSchema):
    """Why it can wait for the ordinary way."""

    reason = text("基本生活有保障，按一般程序办理", least=5)


class Advance(FormSchema):
    """What was given before the papers (先行救助)."""

    paid_on = day()
    amount = money("2000.00")
    limit = money("3000.00")
    limit_basis = text("区临时救助实施办法", most=200)
    payee = text("居民甲", most=60, personal=True)
    id_last_four = last_four()
    voucher_no = text("先行救助凭证2026-1", most=60)


class RetroPapers(FormSchema):
    """The papers that were made up for afterwards (补办手续)."""

    papers = papers(["application", "identity", "hardship_proof"])
    signatures_complete = confirmed()
    note = maybe("已补齐申请、审核和发放手续")


class PapersWaived(FormSchema):
    """Why the papers for an advance can't come: who was helped has died, or can't be reached."""

    ground = choice(("death", "unreachable"))
    tries = rows(Attempt, [])
    reason = text("受助人已死亡，急难情形和发放情况有记录可查", least=5)


class Reclaim(FormSchema):
    """Why an advance is asked back."""

    reason = text("经核实不符合急难救助条件，依规追回", least=5)
    amount = money("2000.00")
    told_on = received()


class Referral(FormSchema):
    """Which body is competent, and what was handed to it (转介单)."""

    body = choice(BODIES)
    referral_no = text(f"{STREET.word}转介〔2026〕1号", most=60)
    referred_on = day()
    reason = text("属该部门职责，协助转办", least=5)


class ReferralResult(FormSchema):
    """What the other body did."""

    result = text("已受理并给予帮助", most=3000)


class AlsoReferralResult(FormSchema):
    """What another body did that was asked beside, by the number of its referral."""

    referral_no = text(f"{STREET.word}转介〔2026〕1号", most=60)
    result = text("已受理并给予帮助", most=3000)


class Refund(FormSchema):
    """What came back of what was obtained without right (社会救助暂行办法 67, 68)."""

    amount = money("2000.00")
    received_on = day()
    voucher_no = text("缴款凭证2026-1", most=60)


class GivenBack(FormSchema):
    """What was given back of what had come back too much."""

    amount = money("100.00")
    received_on = day()
    voucher_no = text("返还凭证2026-1", most=60)


class CaseByCase(FormSchema):
    """Why one household is helped twice for the same cause within the year, decided in a meeting (一事一议)."""

    level = choice(("county", "street"))
    held_on = day()
    present = number(7, 3, 50)
    in_favour = number(6, 0, 50)
    minutes_no = text("一事一议纪要2026-1", most=60)
    reason = text("救助后病情复发，再次发生大额自付费用，基本生活仍难以维持", least=10)


class Fraud(FormSchema):
    """What was concealed or forged, what was obtained, what is proposed (社会救助暂行办法 68)."""

    findings = text("隐瞒名下房产和存款", least=5, most=5000, personal=True)
    obtained = money("0.00")
    refund = money("0.00")
    proposed_fine = money("0.00")
    reported_to = text("区民政局", most=120)


class FraudDecision(FormSchema):
    """What the district has decided on a reported fraud: what is paid back, what fine (社会救助暂行办法 68)."""

    authority = text("区民政局", most=120)
    decision_no = text("滨城民罚〔2026〕1号", most=60)
    decided_on = day()
    told_on = day()
    obtained = money("0.00")
    refund = money("0.00")
    fine = money("0.00")


class Helped(Conclusion):
    """What the resident is told when help was given, here or by another body."""

    outcome = choice(("solved", "partly", "explained", "transferred"))


class NotHelped(Conclusion):
    """What the resident is told when no help was given: that is never a solved case."""

    outcome = choice(("explained", "not_supported", "transferred", "withdrawn"))
    handler_claims_solved = fields.Boolean(
        load_default=False, validate=validate.Equal(comparable=False), metadata={"example": False}
    )


# -- what is computed without a case -------------------------------------------

#: What the rules leave out of a household's income.
NOT_COUNTED = ("preferential", "scholarship", "past_relief", "elder_allowance")
DEDUCTIONS = ("work_cost", "medical_cost", "schooling_cost", "support_paid", "other")
AREAS = ("urban", "rural")


def _month(example: str) -> fields.String:
    """Make a required month."""
    return fields.String(
        required=True, validate=validate.Regexp(r"^[0-9]{4}-(0[1-9]|1[0-2])\Z"), metadata={"example": example}
    )


def _may_be(example: str | None, most: int = 100_000_000, **said: Any) -> fields.Decimal:
    """Make an amount that may be left out."""
    within = validate.Range(Decimal(0), Decimal(most))
    return fields.Decimal(
        load_default=None, allow_none=True, places=2, validate=within, metadata={"example": example, **said}
    )


#: What an amount has that is taken from `standards.toml` where it is left out.
_BY_TABLE: dict[str, Any] = {"help": "Left out, the table of standards is used"}


class HouseholdMember(FormSchema):
    """One who lives in the household."""

    name = text("甲", least=1, most=60)
    relation = choice(RELATIONS)


class MonthlyIncome(FormSchema):
    """What one member had in one month."""

    member = text("甲", least=1, most=60)
    income = choice((*INCOME_KINDS, *NOT_COUNTED), "wages")
    month = _month("2026-10")
    amount = money("1200.00")


class Deduction(FormSchema):
    """What the rules let one member take off in one month."""

    member = text("甲", least=1, most=60)
    deduction = choice(DEDUCTIONS)
    month = _month("2026-10")
    amount = money("200.00")


class DibaoAsked(FormSchema):
    """A household, what it had in some months, what it owns."""

    applied_on = fields.Date(required=True, metadata={"example": "2026-11-20"})
    area = choice(AREAS)
    household = rows(
        HouseholdMember, [{"name": "甲", "relation": "self"}, {"name": "乙", "relation": "child"}], least=1
    )
    last_month = _month("2026-10")
    months = number(3, 1, 24)
    incomes = rows(
        MonthlyIncome,
        [
            {"member": "甲", "income": "wages", "month": "2026-08", "amount": "1200.00"},
            {"member": "甲", "income": "wages", "month": "2026-09", "amount": "1200.00"},
            {"member": "甲", "income": "wages", "month": "2026-10", "amount": "1200.00"},
            {"member": "乙", "income": "scholarship", "month": "2026-09", "amount": "500.00"},
        ],
    )
    deductions = rows(Deduction, [{"member": "甲", "deduction": "work_cost", "month": "2026-10", "amount": "600.00"}])
    deposits = money("5000.00")
    houses = number(1, 0, 50)
    cars = number(0, 0, 50)
    stable_income = ticked()
    standard = _may_be(None, **_BY_TABLE)


class EarlierRelief(FormSchema):
    """A temporary relief that the household was given."""

    relief = choice(tuple(sorted(rules.TEMPORARY)))
    cause = choice(CAUSES)
    given_on = fields.Date(required=True, metadata={"example": "2025-06-01"})


class TemporaryAsked(FormSchema):
    """A hardship, for how many heads and months it is helped, and what was given before."""

    relief = choice(tuple(sorted(rules.TEMPORARY)))
    cause = choice(CAUSES)
    applied_on = fields.Date(required=True, metadata={"example": "2026-11-20"})
    area = choice(AREAS)
    persons = number(2, 1, 50)
    months = number(2, 1, 12)
    coefficient = _may_be("1.00", 20, kind="number", **_BY_TABLE)
    standard = _may_be(None, **_BY_TABLE)
    cap_multiple = _may_be(None, 100, kind="number", **_BY_TABLE)
    yearly_income_per_head = _may_be(None)
    property_within_limits = fields.Boolean(load_default=True, metadata={"example": True})
    earlier = rows(EarlierRelief, [{"relief": "temp_expense", "cause": "illness", "given_on": "2025-06-01"}])
    decided_case_by_case = ticked()
    assessed_at = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"example": "2026-11-20T09:00:00+08:00"}
    )
    paid_at = fields.AwareDateTime(load_default=None, allow_none=True, metadata={"example": None})
