"""The forms of wage recovery's own steps. Identity and card numbers are kept masked."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.handling import Conclusion
from chassis.pasting import Lines, pasted_field
from chassis.picking import pick
from chassis.schemas import Exact, FormSchema
from services.wage_recovery import debts, decisions, pasting, serious

RATES = ("month", "day", "hour", "piece")
#: The facts that decide who must pay; see `debts.LIABILITY`.
ARRANGEMENTS = (
    "ordinary_employment",
    "unqualified_supplier",
    "name_lent",
    "investors_behind",
    "merged_or_split",
    "deregistered",
    "owner_late",
    "subcontractor_owes",
    "recontracted",
    "owner_hired_unqualified",
    "contractor_hired_unqualified",
    "construction_name_lent",
    "unlawful_project",
)
PARTIES = (
    "employer",
    "user_unit",
    "investors",
    "successor",
    "owner",
    "general_contractor",
    "subcontractor",
    "constructor",
)
#: What an employer or contractor must have done to prevent arrears: 保障农民工工资支付条例 11, 15, 24, 26, 28, 31, 32, 34.
DUTIES = (
    "special_account",
    "wage_guarantee",
    "real_name_register",
    "paid_by_general_contractor",
    "labour_officer",
    "notice_board",
    "payment_guarantee",
    "monthly_labour_cost",
    "wage_ledger",
    "paid_in_money",
    "cards_not_withheld",
)
SOURCES = (
    "payer",
    "general_contractor",
    "owner_advance",
    "wage_guarantee",
    "special_account",
    "emergency_fund",
    "court",
)
#: Upon what workers may sue; see `courts.lawsuit_has_its_ground`.
LAWSUIT_GROUNDS = (
    "iou",
    "not_accepted",
    "against_award",
    "no_award_in_time",
    "settlement_broken",
    "award_set_aside",
    "confirmation_refused",
    "award_not_enforced",
)
#: Why a court does not confirm a settlement: 法释〔2011〕5号 7, and what it does not take at all (4).
REFUSED_BECAUSE = (
    "not_accepted",
    "against_the_law",
    "harms_public",
    "harms_others",
    "against_good_morals",
    "content_unclear",
    "not_voluntary",
    "falsified",
)
#: Who mediates disputes about wages (劳动争议调解仲裁法 10), or that the sides agreed without anybody.
MEDIATED_BY = ("street_mediation", "peoples_mediation", "enterprise_mediation", "nobody")
ROUTES = ("lawsuit", "arbitration", "administrative", "police", "legal_aid")

#: Yuan, and days, hours or pieces: beyond these somebody has mistyped, and Decimal would round.
_SUMS = validate.Range(min=0, max=10_000_000_000)
#: What is paid, ordered, asked for or demanded is some money.
_SOME_MONEY = validate.Range(min=0, max=10_000_000_000, min_inclusive=False)
_QUANTITIES = validate.Range(min=0, max=1_000_000)
_RATE_PLACES = 4


def _name(example: str) -> fields.String:
    return fields.String(
        required=True, validate=validate.Length(1, 100), metadata={"example": example, "personal": True}
    )


def _unit_name(example: str = "") -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=100), metadata={"example": example})


def _text(example: str, *, shortest: int = 2, longest: int = 2000) -> fields.String:
    return fields.String(required=True, validate=validate.Length(shortest, longest), metadata={"example": example})


def _note(*, longest: int = 1000) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=longest), metadata={"example": ""})


def _choice(choices: tuple[str, ...], example: str = "") -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(choices), metadata={"example": example or choices[0]})


def _choices(choices: tuple[str, ...], example: list[str]) -> fields.List[Any]:
    return fields.List(
        fields.String(validate=validate.OneOf(choices)),
        required=True,
        validate=[validate.Length(min=1), validate.ContainsOnly(choices)],
        metadata={"example": example},
    )


_ASKED_FIRST = "Of several decisions, upon whom: left out, it is the one that the court was asked for first."
_OF_SEVERAL = "Of several that a court has, upon whom; where that is not enough, pick which one."


def _payer_if_any(help_: str) -> fields.String:
    return fields.String(
        load_default="", validate=validate.OneOf(("", *PARTIES)), metadata={"example": "", "help": help_}
    )


def _day(example: str = "2026-03-02") -> fields.Date:
    return fields.Date(required=True, metadata={"example": example})


def _day_it_counts_from() -> fields.Date:
    """Make the day of an act from which a time is counted: its example is today's."""
    return fields.Date(required=True)


def _day_if_any(example: str | None = None) -> fields.Date:
    return fields.Date(load_default=None, allow_none=True, metadata={"example": example})


def _moment() -> fields.AwareDateTime:
    """Make the moment of an act: its example is now."""
    return fields.AwareDateTime(required=True)


def _fits_a_rate(value: Decimal) -> None:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not -_RATE_PLACES <= exponent <= 0:
        raise ValidationError(f"最多{_RATE_PLACES}位小数 / at most {_RATE_PLACES} decimals")


def _rate() -> fields.Decimal:
    """Make a rate in yuan: a piece may be worth less than a cent."""
    return fields.Decimal(required=True, validate=[_SUMS, _fits_a_rate], metadata={"example": "6000.00"})


def _money(example: str) -> Exact:
    return Exact(places=2, required=True, validate=_SUMS, metadata={"example": example})


def _sum(example: str) -> Exact:
    return Exact(places=2, required=True, validate=_SOME_MONEY, metadata={"example": example})


def _money_if_any(example: str | None = None) -> Exact:
    return Exact(places=2, load_default=None, allow_none=True, validate=_SUMS, metadata={"example": example})


def _money_or_nothing(example: str) -> Exact:
    return Exact(places=2, load_default=lambda: Decimal("0.00"), validate=_SUMS, metadata={"example": example})


def _months(example: str = "0.0") -> Exact:
    return Exact(
        places=1,
        load_default=lambda: Decimal(0),
        validate=validate.Range(min=0, max=240),
        metadata={"example": example},
    )


def _number(example: int = 1, *, most: int = 5000) -> fields.Integer:
    return fields.Integer(required=True, validate=validate.Range(1, most), metadata={"example": example})


def _answer(*, example: bool) -> fields.Boolean:
    return fields.Boolean(required=True, metadata={"example": example})


def _rows(row: type[FormSchema], example: list[dict[str, Any]]) -> fields.List[Any]:
    return fields.List(
        fields.Nested(row), required=True, validate=validate.Length(1, 5000), metadata={"example": example}
    )


def _rows_if_any(row: type[FormSchema], example: list[dict[str, Any]]) -> fields.List[Any]:
    return fields.List(
        fields.Nested(row), load_default=list, validate=validate.Length(max=5000), metadata={"example": example}
    )


# -- claim, roster, liable party, evidence -------------------------------------


class Person(FormSchema):
    """Who complains or applies, as complaints and applications for arbitration must say it (劳动争议调解仲裁法 28)."""

    name = _name("工人甲")
    sex = _choice(("male", "female"))
    age = fields.Integer(required=True, validate=validate.Range(14, 120), metadata={"example": 40, "personal": True})
    occupation = _text("木工", longest=60)
    work_unit = _text("示例劳务公司", longest=100)
    address = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"example": "示例路2号", "personal": True}
    )
    contact = fields.String(
        required=True, validate=validate.Length(1, 60), metadata={"example": "13800000000", "personal": True}
    )


def _people() -> fields.List[Any]:
    return _rows_if_any(
        Person,
        [
            {
                "name": "工人甲",
                "sex": "male",
                "age": 40,
                "occupation": "木工",
                "work_unit": "示例劳务公司",
                "address": "示例路2号",
                "contact": "13800000000",
            }
        ],
    )


class Claim(FormSchema):
    """Who claims wages of whom, for what work and how much."""

    complainants = _people()
    employer = _text("示例劳务公司", longest=100)
    employer_address = _unit_name("示例路1号")
    employer_head = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"example": "负责人甲", "personal": True}
    )
    employer_head_post = fields.String(load_default="", validate=validate.Length(max=60), metadata={"example": "经理"})
    workplace = _text("示例小区二期工地", longest=200)
    project = _unit_name("示例小区二期")
    in_construction = _answer(example=True)
    worked_from = _day("2026-01-01")
    worked_until = _day("2026-02-28")
    workers = _number(2)
    claimed_total = _money("18000.00")
    representatives = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        load_default=list,
        validate=validate.Length(max=5),
        metadata={"example": ["工人甲"], "personal": True, "help": "At most five"},
    )
    facts = _text("完工后工资一直未付", shortest=4)

    @validates_schema
    def _worked_for_a_time(self, values: dict[str, Any], **_: Any) -> None:
        if values["worked_until"] < values["worked_from"]:
            raise ValidationError({"worked_until": ["用工结束不能早于开始 / can't be before its start"]})


class NotWages(FormSchema):
    """Why what is claimed are no wages, and where it belongs."""

    kind = _choice(("project_price", "goods", "loan", "other_debt"))
    explanation = _text("所诉为工程款争议，不属于农民工工资", shortest=5)
    routes = _choices(ROUTES, ["lawsuit"])


class GroupReport(FormSchema):
    """That ten or more claim together, and to whom that was reported at once."""

    workers = _number(12)
    reported_to = _text("区人力资源社会保障局", longest=200)
    reported_at = fields.AwareDateTime(required=True, metadata={"begins": "now"})
    measures = _text("安排专人接待，稳定情绪，通知项目负责人到场", shortest=5)


class GroupReportAnswer(FormSchema):
    """What the authority to which a group was reported has done, or told the street to do."""

    authority = _text("区人力资源社会保障局", longest=200)
    answered_on = _day_it_counts_from()
    result = _text("监察员已到场，与工人代表商定处理办法，人员已散去", shortest=5)


class RosterRow(FormSchema):
    """One worker's work at one rate; a worker may have several rows under one number."""

    number = _number()
    name = _name("工人甲")
    id_number = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[0-9]{3,6}\*{6,}[0-9Xx*]{2,4}\Z"),
        metadata={"example": "371602********0011", "personal": True, "help": "With the birthday masked by stars"},
    )
    phone = fields.String(
        load_default="",
        validate=validate.Regexp(r"\A([0-9+][0-9 -]{4,18})?\Z"),
        metadata={"example": "13800000000", "personal": True, "help": "To ask each of them whether he was paid"},
    )
    card = fields.String(
        load_default="",
        validate=validate.Regexp(r"\A(\*{4,}[0-9]{4})?\Z"),
        metadata={"example": "****1001", "personal": True, "help": "The last four digits after stars"},
    )
    trade = _text("木工", longest=60)
    team_leader = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"example": "班组长甲", "personal": True}
    )
    entered_on = _day("2026-01-01")
    left_on = _day_if_any()
    months_owed = Exact(places=1, required=True, validate=validate.Range(min=0, max=240), metadata={"example": "2.0"})
    rate_type = _choice(RATES)
    unit_rate = _rate()
    quantity = Exact(places=3, required=True, validate=_QUANTITIES, metadata={"example": "2.000"})
    deductions = _money("0.00")
    paid = _money("2000.00")
    owed = _money("10000.00")
    signed = _answer(example=True)

    @validates_schema
    def _was_there_for_a_time(self, values: dict[str, Any], **_: Any) -> None:
        if values["left_on"] and values["left_on"] < values["entered_on"]:
            raise ValidationError({"left_on": ["离场不能早于进场 / can't be before the entry"]})


_ROSTER: list[dict[str, Any]] = [
    {
        "number": 1,
        "name": "工人甲",
        "id_number": "371602********0011",
        "card": "****1001",
        "trade": "木工",
        "team_leader": "班组长甲",
        "entered_on": "2026-01-01",
        "left_on": "2026-02-28",
        "months_owed": "2.0",
        "rate_type": "month",
        "unit_rate": "6000.00",
        "quantity": "2.000",
        "deductions": "0.00",
        "paid": "2000.00",
        "owed": "10000.00",
        "signed": True,
    },
    {
        "number": 2,
        "name": "工人乙",
        "id_number": "371602********0022",
        "card": "****1002",
        "trade": "瓦工",
        "team_leader": "班组长甲",
        "entered_on": "2026-01-01",
        "left_on": "2026-02-28",
        "months_owed": "2.0",
        "rate_type": "day",
        "unit_rate": "200.00",
        "quantity": "50.000",
        "deductions": "500.00",
        "paid": "1500.00",
        "owed": "8000.00",
        "signed": True,
    },
]


class Roster(Lines):
    """Who is owed how much, worker by worker, each having signed."""

    columns = pasting.ROSTER
    row = RosterRow
    rows = _rows_if_any(RosterRow, _ROSTER)
    pasted = pasted_field(pasting.ROSTER)
    claimed_total = _money("18000.00")
    labour_share = _money_if_any()

    def whole(self, place: int, row: dict[str, Any]) -> dict[str, Any]:
        """Return a pasted line with what may be left out of it: its number, and what its figures come to."""
        whole = {"deductions": "0", "paid": "0", "signed": False, **row}
        whole["number"] = whole.get("number") or place
        if not whole.get("owed"):
            with suppress(KeyError, InvalidOperation):
                whole["owed"] = str(debts.row_owed(whole))
        return whole


class Reopened(FormSchema):
    """Why the roster is to be verified anew, such as workers who joined later, or the claim taken up again."""

    reason = _text("又有工人加入，重新核实", shortest=4)


class Unfounded(FormSchema):
    """Why the claim does not stand."""

    reason = _text("经核对考勤和支付凭证，工资已足额支付", shortest=5)
    routes = _choices(ROUTES, ["arbitration"])


class NotPursued(FormSchema):
    """That the workers go no further, why, and which ways they were told are left."""

    told_on = _day_it_counts_from()
    explanation = _text("工人表示不再主张，已告知剩余途径和期限", shortest=5)
    routes = _choices(ROUTES, ["lawsuit"])


class WindowMissed(FormSchema):
    """That the time to ask a court to enforce is over, why nobody did, and which ways are left."""

    interrupted_on = _day_if_any()
    explanation = _text("期限届满前未申请执行，已告知其他途径", shortest=5)
    routes = _choices(ROUTES, ["legal_aid"])


class LiabilityFacts(FormSchema):
    """The facts that decide who must pay, and the names of those who took part."""

    arrangements = _choices(ARRANGEMENTS, ["subcontractor_owes"])
    employer = _unit_name("示例劳务公司")
    user_unit = _unit_name()
    investors = _unit_name()
    successor = _unit_name()
    owner = _unit_name("示例建设单位")
    general_contractor = _unit_name("示例总承包公司")
    subcontractor = _unit_name("示例劳务公司")
    constructor = _unit_name()
    unpaid_project_price = _money_if_any()
    successor_agreed = fields.Boolean(
        load_default=False, metadata={"example": False, "help": "Agreed in writing with the workers"}
    )
    government_project = fields.Boolean(load_default=False, metadata={"example": False})

    @validates_schema
    def _caps_are_known(self, values: dict[str, Any], **_: Any) -> None:
        if "owner_late" in values.get("arrangements", ()) and values.get("unpaid_project_price") is None:
            raise ValidationError(
                {"unpaid_project_price": ["须填写未结清工程款，建设单位以此为限垫付 / the cap of the owner's advance"]}
            )


class EvidenceItem(FormSchema):
    """One piece of evidence."""

    kind = _choice(
        ("contract", "iou", "attendance", "pay_record", "work_card", "chat", "photo", "co_worker", "notice_board")
    )
    given_by = _choice(("worker", "employer", "general_contractor", "authority"))
    note = _note()


class Evidence(FormSchema):
    """What proves the claim, and whether the employer produced what it must keep."""

    items = _rows(
        EvidenceItem,
        [
            {"kind": "attendance", "given_by": "worker", "note": "考勤照片"},
            {"kind": "iou", "given_by": "worker", "note": "欠条"},
        ],
    )
    employer_asked_on = fields.Date(load_default=None, allow_none=True, metadata={"example": "2026-03-02"})
    employer_produced = _answer(example=False)


# -- coordination, mediation, payment ------------------------------------------


class Duty(FormSchema):
    """Whether one preventive duty is met."""

    duty = _choice(DUTIES)
    met = _answer(example=True)


class Coordination(FormSchema):
    """The record of a meeting with those who must pay (约谈、协调会)."""

    held_at = _moment()
    place = _text("街道会议室", longest=200)
    attended = _choices((*PARTIES, "workers", "authority"), ["workers", "general_contractor"])
    payer_came = _answer(example=True)
    duties = _rows_if_any(Duty, [{"duty": "special_account", "met": True}])
    result = _text("总承包单位同意核对后先行清偿", shortest=5)


class ProjectForm(FormSchema):
    """A project as the office keeps it: who builds, the special account, the wage guarantee, the duties as last checked."""

    name = fields.String(
        required=True,
        validate=(
            validate.Length(2, 100),
            validate.Regexp(
                # None of the page's own addresses, and spelled as a claim names it.
                r"(?!(?:new|\.\.)\Z)(?=\S)[^/\\\x00-\x1f]+(?<=\S)\Z",
                error="名称不能含斜杠和换行，前后不留空格，也不能是 new。 / The name holds no slash and no line break, no space around it, and is not “new”.",
            ),
        ),
        metadata={"example": "示例小区二期", "label": "Name of the project"},
    )
    #: The version that was read; 0 for a new project.
    version = fields.Integer(load_default=0, validate=validate.Range(0), metadata={"example": 0, "kind": "hidden"})
    permit_no = _unit_name("示例施工许可2026-1")
    owner = _unit_name("示例建设单位")
    general_contractor = _text("示例总承包公司", longest=100)
    subcontractors = fields.String(
        load_default="", validate=validate.Length(max=1000), metadata={"example": "示例劳务公司", "kind": "textarea"}
    )
    labour_officer = _unit_name("劳资专管员甲")
    started_on = _day_if_any("2026-01-01")
    completed_on = _day_if_any()
    contract_amount = _money_if_any("10000000.00")
    unpaid_project_price = _money_if_any()
    account_bank = _unit_name("示例银行支行")
    account_last_four = fields.String(
        load_default="", validate=validate.Regexp(r"\A([0-9]{4})?\Z"), metadata={"example": "6688"}
    )
    guarantee_form = fields.String(
        load_default="",
        validate=validate.OneOf(("", "deposit", "bank_guarantee", "exempt")),
        metadata={"example": "bank_guarantee"},
    )
    guarantee_amount = _money_if_any("150000.00")
    guarantee_bank = _unit_name("示例银行支行")
    guarantee_until = _day_if_any("2027-12-31")
    duties_checked_on = _day_if_any()
    duties = _rows_if_any(Duty, [{"duty": "special_account", "met": True}])
    closing_posted_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "From when it is posted that nothing is owed, before the account is closed"},
    )


class MediationRequest(FormSchema):
    """That both sides ask for mediation of the wage dispute."""

    asked_on = _day_it_counts_from()
    payer_agrees = fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})


class MediationFailure(FormSchema):
    """Why no agreement was reached; the routes that were told."""

    reason = _text("双方对数额争议较大，未达成协议", shortest=5)
    routes = _choices(ROUTES, ["arbitration", "legal_aid"])


class Instalment(FormSchema):
    """One part and its last day."""

    due_on = _day("2026-12-31")
    amount = _sum("18000.00")


class Settlement(FormSchema):
    """The written agreement on when what is paid, and who has mediated it (劳动争议调解仲裁法 10)."""

    mediated_by = _choice(MEDIATED_BY)
    mediation_body = _unit_name("示例街道劳动争议调解中心")
    mediator = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"example": "调解员甲", "personal": True}
    )
    payer = _choice(PARTIES, "general_contractor")
    instalments = _rows(Instalment, [{"due_on": "2026-12-31", "amount": "18000.00"}])
    workers_signed = _answer(example=True)
    payer_signed = _answer(example=True)
    mediator_signed = _answer(example=True)
    sealed = _answer(example=True)
    effective_on = fields.Date(
        load_default=None, allow_none=True, metadata={"help": "Day of the last signature; left out, today"}
    )

    @validates_schema
    def _who_mediated_is_named(self, values: dict[str, Any], **_: Any) -> None:
        named = {name: str(values.get(name) or "").strip() for name in ("mediation_body", "mediator")}
        if values.get("mediated_by") == "nobody":
            return
        if missing := [name for name, said in named.items() if not said]:
            said = "须填写主持调解的组织和调解员 / name who has mediated"
            raise ValidationError({name: [said] for name in missing})


class ConfirmationApplication(FormSchema):
    """Both sides' joint application to the court to confirm their settlement (司法确认)."""

    court = _text("区人民法院", longest=100)
    workers_apply = _answer(example=True)
    payer_applies = _answer(example=True)
    applied_on = _day_it_counts_from()


class ArbitralConfirmation(FormSchema):
    """Both sides' joint application to the arbitration commission to confirm their settlement (仲裁审查)."""

    commission = _text("区劳动人事争议仲裁委员会", longest=100)
    workers_apply = _answer(example=True)
    payer_applies = _answer(example=True)
    applied_on = _day_it_counts_from()


class ConfirmationAcceptance(FormSchema):
    """That the court, or the commission, has taken the application."""

    court_number = _text("（2026）示例诉前调确1号", longest=100)
    accepted_on = _day_it_counts_from()


class ConfirmationRuling(FormSchema):
    """The court's ruling that the settlement is valid, or the commission's statement (调解书) of it."""

    court_number = _text("（2026）示例诉前调确1号", longest=100)
    ruled_on = _day_it_counts_from()


class ConfirmationRefusal(FormSchema):
    """That court or commission does not take the application, or does not confirm, and why; the routes that were told."""

    court_number = _text("（2026）示例诉前调确1号", longest=100)
    ruled_on = _day_it_counts_from()
    ground = _choice(REFUSED_BECAUSE, "content_unclear")
    routes = _choices(ROUTES, ["arbitration", "legal_aid"])


class ConfirmationWithdrawal(FormSchema):
    """Why the application for confirmation is taken back."""

    reason = _text("已经履行，无需确认", shortest=4)


class GoingOn(FormSchema):
    """That both sides go on by the settlement although no court has confirmed it."""

    reason = _text("双方同意继续按协议履行", shortest=4)


class SettlementBreach(FormSchema):
    """What of the agreement was not kept."""

    what = _text("约定款项到期未付", shortest=4)


class PaymentRow(FormSchema):
    """What one worker received, by the number in the roster."""

    number = _number()
    amount = _sum("10000.00")
    paid_on = _day()
    way = _choice(("bank_transfer", "cash"))
    to_worker_himself = _answer(example=True)
    proof = _text("银行回单", longest=500)


class Payment(Lines):
    """What was paid, and from which source; where a court enforces several things, on which of them its money is."""

    columns = pasting.PAYMENTS
    row = PaymentRow
    source = _choice(SOURCES, "general_contractor")
    which_enforced = pick(decisions.court_money_offered)
    rows = _rows_if_any(
        PaymentRow,
        [
            {
                "number": 1,
                "amount": "1000.00",
                "paid_on": "2026-03-02",
                "way": "bank_transfer",
                "to_worker_himself": True,
                "proof": "银行回单",
            }
        ],
    )
    pasted = pasted_field(pasting.PAYMENTS)


class GuaranteePaid(FormSchema):
    """That the bank has paid out of the wage guarantee; what each worker got is recorded as a payment."""

    amount = _sum("8000.00")
    paid_on = _day_it_counts_from()
    proof = _text("银行付款凭证", longest=500)


class FundRequest(FormSchema):
    """That the county is asked to advance wages or living costs out of its fund (条例 63)."""

    authority = _text("区人力资源和社会保障局", longest=100)
    asked_on = _day_it_counts_from()
    cause = _choice(("cannot_pay_now", "fled"))
    amount = _sum("5000.00")
    reason = _text("用人单位一时难以支付，工人基本生活困难", shortest=5)


class FundAnswer(FormSchema):
    """How much the county has granted out of its fund; nothing where it refuses."""

    amount = _money("5000.00")
    document_number = _text("示例周转〔2026〕1号", longest=100)
    answered_on = _day_it_counts_from()


class FundDemand(FormSchema):
    """That the county's fund asks the payer back for what it has advanced (条例 63)."""

    payer = _choice(PARTIES)
    authority = _text("区人力资源和社会保障局", longest=100)
    amount = _sum("4000.00")
    demanded_on = _day_it_counts_from()
    days = _number(15, most=180)


class FundRecovery(FormSchema):
    """What the payer has given back to the county's fund (条例 63)."""

    payer = fields.String(load_default="employer", validate=validate.OneOf(PARTIES), metadata={"example": "employer"})
    amount = _sum("5000.00")
    recovered_on = _day_it_counts_from()
    proof = _text("缴款凭证", longest=500)


class FixedSum(FormSchema):
    """What one worker is to get after all, by his number in the roster."""

    number = _number()
    amount = _money("10000.00")
    signed = fields.Boolean(load_default=False, metadata={"example": True})


class FixedSums(FormSchema):
    """The sums that an award, a judgment or an agreement of each worker puts in the place of the roster's."""

    ground = _choice(("agreed", "award", "judgment"))
    document_number = _text("协商确认书2026-1", longest=100)
    rows = _rows(
        FixedSum,
        [{"number": 1, "amount": "10000.00", "signed": True}, {"number": 2, "amount": "8000.00", "signed": True}],
    )


class GuaranteeTopUp(FormSchema):
    """That the contractor has filled the wage guarantee up again."""

    amount = _sum("8000.00")
    proof = _text("存款凭证或者保函", longest=500)


class GuaranteeRefusal(FormSchema):
    """Why the bank, or whoever stands surety, does not pay out of the wage guarantee."""

    refused_on = _day_it_counts_from()
    reason = _text("保函已过有效期", shortest=4)


class GuaranteeCall(FormSchema):
    """That the bank or whoever stands surety is asked to pay out of the wage guarantee (动用工资保证金)."""

    bank = _text("示例银行支行", longest=100)
    guarantee_form = _choice(("deposit", "bank_guarantee"), "bank_guarantee")
    project = _text("示例小区二期", longest=200)
    amount = _sum("8000.00")
    ordered_by = _text("区人力资源和社会保障局", longest=100)
    notified_on = _day_it_counts_from()


class PaymentCheck(Lines):
    """How each worker's receipt was checked; `rows` adds what was not recorded before."""

    columns = pasting.PAYMENTS
    row = PaymentRow
    needs_rows = False

    source = _choice(SOURCES, "general_contractor")
    which_enforced = pick(decisions.court_money_offered)
    rows = _rows_if_any(
        PaymentRow,
        [
            {
                "number": number,
                "amount": amount,
                "paid_on": "2026-03-02",
                "way": "bank_transfer",
                "to_worker_himself": True,
                "proof": "银行回单",
            }
            for number, amount in ((1, "10000.00"), (2, "8000.00"))
        ],
    )
    checked_by = _choice(("bank_records", "worker_confirmation", "both"))
    workers_asked = _number(2)
    compensation_paid = _money_or_nothing("0.00")
    why_no_compensation = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"example": "", "help": "Where compensation was ordered and is not paid in full"},
    )
    note = _note()
    pasted = pasted_field(pasting.PAYMENTS)


class PaymentDoubt(FormSchema):
    """Why the payment recorded last does not count."""

    reason = _text("工人反映款项未到账", shortest=5)


# -- inspection ----------------------------------------------------------------


class InspectionRequest(FormSchema):
    """What is handed to the labour inspection, and that it is not too late."""

    authority = _text("区劳动保障监察大队", longest=100)
    handed_over_on = _day_it_counts_from()
    materials = _choices(("complaint", "roster", "evidence", "liability_findings", "coordination_record"), ["roster"])
    still_going_on = _answer(example=True)
    ended_on = _day_if_any()


class InspectionAcceptance(FormSchema):
    """That the inspection has filed the case."""

    filed_on = _day_it_counts_from()
    file_number = _text("示例监察立字〔2026〕1号", longest=100)


class InspectionSupplement(FormSchema):
    """What the inspection found missing in what was handed over, and when it was added."""

    lacking = _text("补充工资支付记录和联系电话", shortest=4)
    supplemented_on = _day_it_counts_from()


class InspectionRefusal(FormSchema):
    """Why the inspection does not take the case."""

    reason = _text("已就同一事项申请仲裁", shortest=4)
    routes = _choices(ROUTES, ["arbitration"])


class Inquiry(FormSchema):
    """What the authority said when it was asked, and when to ask again."""

    answer = _text("正在办理")
    days = _number(7, most=60)


class InspectionDropped(FormSchema):
    """That the inspection goes on no further: the workers have withdrawn their complaint, or it has closed its file."""

    cause = _choice(("complaint_withdrawn", "file_closed"))
    dropped_on = _day_it_counts_from()
    reason = _text("工人已申请仲裁，撤回投诉", shortest=4)
    routes = _choices(ROUTES, ["arbitration"])


class InvestigationExtension(FormSchema):
    """That the inspection has been given more time, by at most 30 working days."""

    workdays = _number(30, most=30)
    approved_on = _day_it_counts_from()


class InvestigationEnd(FormSchema):
    """That the inspection has ended its investigation, so that its decision is awaited."""

    ended_on = _day_it_counts_from()
    finding = _text("经调查，拖欠工资属实", shortest=5)


class NoViolation(FormSchema):
    """What the inspection found instead of arrears."""

    finding = _text("经调查，不存在拖欠工资行为", shortest=5)
    document_number = _text("示例监察告字〔2026〕1号", longest=100)


class OrderToPay(FormSchema):
    """The order to pay, how it was served and how many days it gives."""

    kind = _choice(("rectification_order", "administrative_decision"))
    document_number = _text("示例监察令字〔2026〕1号", longest=100)
    payer = _choice(PARTIES, "general_contractor")
    amount = _sum("18000.00")
    days = _number(7, most=60)
    served_on = _day_it_counts_from()
    served_by = _choice(("in_person", "left_at_address", "post", "posted_up"))
    posting_recorded = fields.Boolean(load_default=False, metadata={"example": False})


class OrderRevocation(FormSchema):
    """That an order to pay was revoked: by whom, by which decision, and why."""

    payer = _choice(PARTIES, "general_contractor")
    revoked_by = _choice(("reconsideration", "authority_itself", "court_judgment"))
    document_number = _text("示例复决字〔2026〕1号", longest=100)
    revoked_on = _day_it_counts_from()
    reason = _text("认定事实不清，责令重新作出", shortest=4)


class Compensation(FormSchema):
    """The extra compensation for not paying in time."""

    payer = _payer_if_any("Left out, it is the one whose order ran out first and upon whom nothing is decided.")
    unpaid = _money("18000.00")
    compensation = _money("9000.00")
    document_number = _text("示例监察决字〔2026〕1号", longest=100)
    served_on = _day_it_counts_from()


class AdministrativeDecision(FormSchema):
    """The decision to pay that a court may enforce, where no compensation was ordered (条例 42)."""

    payer = _payer_if_any("Left out, it is the one whose order ran out first and upon whom nothing is decided.")
    document_number = _text("示例监察决字〔2026〕2号", longest=100)
    amount = _sum("18000.00")
    served_on = _day_it_counts_from()
    why_no_compensation = _text("劳动者与用人单位就赔偿金另行协商", shortest=5)


class Respondent(FormSchema):
    """Who has to pay by what a court is asked for, where that is not the employer, whom the claim describes."""

    respondent_name = _unit_name()
    respondent_address = _unit_name("示例路2号")
    respondent_head = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"example": "负责人乙", "personal": True}
    )
    respondent_head_post = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"example": "经理"}
    )


class Enforcement(Respondent):
    """Which court was asked to enforce what."""

    court = _text("区人民法院", longest=100)
    ground = _choice(("award", "administrative_decision", "payment_order", "judgment", "confirmed_settlement"))
    payer = _payer_if_any("Of several decisions, upon whom: left out, it is the one that stands first.")
    applied_on = _day_it_counts_from()
    interrupted_on = _day_if_any()


class OtherDecision(Enforcement):
    """Which court was asked to enforce the decision upon another payer, or a title, beside what it enforces."""

    ground = _choice(("administrative_decision", "award", "payment_order", "judgment", "confirmed_settlement"))


class EnforcementEnd(FormSchema):
    """How enforcement ended."""

    payer = _payer_if_any(_OF_SEVERAL)
    which_enforced = pick(decisions.in_court_offered)
    reason = _choice(("no_property_found", "bankruptcy", "settled_in_enforcement", "paid_in_full"))
    enforcement_ended_on = _day_if_any()
    explanation = _text("暂无可供执行财产，发现后可申请恢复执行", shortest=5)


class EnforcementReturned(FormSchema):
    """Why the court did not take the application, or the workers took it back; it may be handed in again."""

    payer = _payer_if_any(_OF_SEVERAL)
    which_enforced = pick(decisions.in_court_offered)
    returned_on = _day_it_counts_from()
    reason = _text("申请材料不齐，补齐后再申请", shortest=4)


class EnforcementRefusal(FormSchema):
    """The court's ruling not to enforce an award, a judgment or a decision (不予执行、不准予强制执行)."""

    court = _text("区人民法院", longest=100)
    ruling_number = _text("（2026）示例执异1号", longest=100)
    received_on = _day_it_counts_from()
    reason = _text("仲裁程序违反法律规定，裁定不予执行", shortest=4)
    routes = _choices(ROUTES, ["lawsuit"])


class DecisionRefusal(EnforcementRefusal):
    """The court's ruling not to enforce the authority's decision upon a payer (不准予强制执行)."""

    payer = _payer_if_any(_ASKED_FIRST)


class EnforcementFiling(FormSchema):
    """That the court has filed the enforcement."""

    case_number = _text("（2026）示例执1号", longest=100)
    payer = _payer_if_any(_OF_SEVERAL)
    which_enforced = pick(decisions.in_court_offered)
    filed_on = _day_it_counts_from()


class EnforcementSettlement(FormSchema):
    """What both sides have agreed on while the court enforces, upon one of the things that it has (执行和解)."""

    payer = _payer_if_any(_OF_SEVERAL)
    which_enforced = pick(decisions.in_court_offered)
    signed_on = _day_it_counts_from()
    instalments = _rows(Instalment, [{"due_on": "2026-12-31", "amount": "18000.00"}])
    workers_signed = fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})
    told_court = fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})


class PropertySearch(FormSchema):
    """What the court, or the workers, found when they looked for property again."""

    searched_on = _day_it_counts_from()
    by = _choice(("court", "workers"))
    result = _text("网络查控未发现可供执行财产", shortest=4)


class EnforcementResumed(FormSchema):
    """What the court goes on with: property that was found, or a settlement that was broken (恢复执行)."""

    payer = _payer_if_any("Of several that were ended, upon whom: left out, it is all of them.")
    which_ended = pick(decisions.ended_offered)
    respondent_name = _unit_name()
    court = _text("区人民法院", longest=100)
    found = _text("发现被执行人银行存款线索", shortest=4)
    applied_on = _day_it_counts_from()


class CrimeTransfer(FormSchema):
    """What was handed to the police."""

    authority = _text("公安分局", longest=100)
    handed_over_on = _day_it_counts_from()
    conduct = _choice(("able_but_refuses", "hid_or_fled", "moved_assets"))


class PoliceFiling(FormSchema):
    """That the police have filed the case."""

    file_number = _text("示例公（治）立字〔2026〕1号", longest=100)
    filed_on = _day_it_counts_from()


class PoliceRefusal(FormSchema):
    """Why the police do not file the case, and what is missing."""

    document_number = _text("示例公（治）不立字〔2026〕1号", longest=100)
    reason = _text("现有证据不足以证明有能力支付", shortest=5)


class CriminalCaseEnd(FormSchema):
    """How the criminal case ended that the police had filed."""

    result = _choice(("convicted", "not_prosecuted", "file_withdrawn", "acquitted"))
    document_number = _text("（2026）示例刑初1号", longest=100)
    ended_on = _day_it_counts_from()


class Blacklisting(FormSchema):
    """That the payer is proposed for the list of wage defaulters, and why it is serious (条例 48)."""

    payer = _choice(PARTIES, "general_contractor")
    proposed_on = _day_it_counts_from()
    ground = _choice(("crime_amount", "serious_harm"), "serious_harm")
    harm = fields.String(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={
            "example": "欠薪引发聚集讨薪，造成严重不良社会影响",
            "help": "What happened, where that is the ground",
        },
    )
    reason = _text("经责令支付逾期仍未支付", shortest=5)


class BlacklistRefusal(FormSchema):
    """Why the authority does not put the payer on the list."""

    payer = _choice(PARTIES, "general_contractor")
    reason = _text("异议成立，决定不予列入", shortest=5)


class Blacklisted(FormSchema):
    """The authority's decision to put the payer on the list, after it was told of it and heard."""

    payer = _choice(PARTIES, "general_contractor")
    authority = _text("区人力资源和社会保障局", longest=100)
    document_number = _text("示例失信列字〔2026〕1号", longest=100)
    told_on = _day()
    objection = _choice(("none", "dismissed"))
    decided_on = _day_it_counts_from()
    persons = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"example": "法定代表人", "personal": True, "help": "Who is listed with the unit"},
    )


class RemovalRequest(FormSchema):
    """That the listed payer asks to be removed before its time."""

    payer = _choice(PARTIES, "general_contractor")
    requested_on = fields.Date(
        load_default=None, allow_none=True, metadata={"help": "When the authority got it; left out, today"}
    )
    corrected_on = _day("2026-03-02")
    promised = _answer(example=True)
    no_new_arrears = _answer(example=True)


class RemovalRefusal(FormSchema):
    """Why the authority keeps the payer on the list until its time is over."""

    payer = _choice(PARTIES, "general_contractor")
    reason = _text("列入期间又发生拖欠，不予提前移出", shortest=4)


class BlacklistRemoval(FormSchema):
    """That the payer was taken off the list, and why."""

    payer = _choice(PARTIES, "general_contractor")
    ground = _choice(("time_over", "early", "decision_revoked"), "decision_revoked")
    document_number = _text("示例失信移字〔2026〕1号", longest=100)
    removed_on = _day_it_counts_from()


class SeriousReport(FormSchema):
    """What looks serious, to whom that was reported, and what he is asked to look at (条例 47, 49, 55, 59)."""

    matter = _choice(tuple(serious.MATTERS))
    authority = _text("区人力资源和社会保障局", longest=100)
    reported_on = _day_it_counts_from()
    reason = _text("经责令支付逾期仍未支付，十人以上集体讨薪，造成不良社会影响", shortest=5)


class SeriousAnswer(FormSchema):
    """What the authority has done about what was reported as serious."""

    matter = _choice(tuple(serious.MATTERS))
    result = _choice(
        (*dict.fromkeys(one for results in serious.RESULTS.values() for one in results), *serious.OTHERWISE)
    )
    answered_on = _day_it_counts_from()
    explanation = _text("已在门户网站公布", shortest=2)


# -- arbitration, payment order, lawsuit ----------------------------------------


class CoRespondent(FormSchema):
    """Who has to answer the application beside the employer; without a name, as the findings call him (劳动争议调解仲裁法 22, 28)."""

    party = _choice(tuple(party for party in PARTIES if party != "employer"), "general_contractor")
    respondent_name = _unit_name()
    respondent_address = _text("示例路2号", longest=200)
    respondent_head = fields.String(
        required=True, validate=validate.Length(1, 60), metadata={"example": "负责人乙", "personal": True}
    )
    respondent_head_post = _text("经理", longest=60)


class ArbitrationRequest(FormSchema):
    """The application to the arbitration commission."""

    commission = _text("区劳动人事争议仲裁委员会", longest=100)
    applicants = _people()
    co_respondents = _rows_if_any(
        CoRespondent,
        [
            {
                "party": "general_contractor",
                "respondent_name": "",
                "respondent_address": "示例路2号",
                "respondent_head": "负责人乙",
                "respondent_head_post": "经理",
            }
        ],
    )
    why_not_all_liable = _note(longest=500)
    witnesses = fields.String(
        load_default="", validate=validate.Length(max=1000), metadata={"example": "", "personal": True}
    )
    applied_on = _day_it_counts_from()
    employment_ended_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "Left out, the workers are employed still"},
    )
    last_claimed_on = _day_if_any()
    legal_aid = fields.Boolean(load_default=False, metadata={"example": True})


class ArbitrationAcceptance(FormSchema):
    """That the commission has taken the application."""

    accepted_on = _day_it_counts_from()
    case_number = _text("示例劳人仲案〔2026〕1号", longest=100)


class ArbitrationRefusal(FormSchema):
    """Why the commission does not take the application, in writing (劳动争议调解仲裁法 29)."""

    document_number = _text("示例劳人仲不字〔2026〕1号", longest=100)
    reason = _text("不属于劳动争议受理范围", shortest=4)
    routes = _choices(ROUTES, ["lawsuit", "legal_aid"])


class ArbitrationExtension(FormSchema):
    """That the commission has given itself more time, by at most 15 days."""

    days = _number(15, most=15)
    approved_on = _day_it_counts_from()


class AwardItem(FormSchema):
    """One item awarded."""

    item = _choice(("wages", "overtime", "severance", "compensation", "injury_costs"))
    amount = _money("18000.00")


class Award(FormSchema):
    """What the commission awarded, whose finality the minimum wage decides; or what was agreed before it (调解书)."""

    kind = fields.String(
        load_default="award",
        validate=validate.OneOf(("award", "mediation_statement")),
        metadata={"example": "award"},
    )
    case_number = _text("示例劳人仲案〔2026〕1号", longest=100)
    made_on = _day_it_counts_from()
    received_on = _day_it_counts_from()
    items = _rows(AwardItem, [{"item": "wages", "amount": "18000.00"}])
    monthly_minimum_wage = _money_if_any("2200.00")
    perform_by = _day_if_any()
    perform_days = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 3650),
        metadata={"example": None, "help": "Where it says within how many days of its effect"},
    )

    @validates_schema
    def _an_award_has_its_measure(self, values: dict[str, Any], **_: Any) -> None:
        if values.get("kind") == "award" and values.get("monthly_minimum_wage") is None:
            raise ValidationError(
                {"monthly_minimum_wage": ["判断终局裁决须填写当地月最低工资标准 / the items are measured by it"]}
            )


class AwardRefusal(FormSchema):
    """The award by which the commission rejects the claim; the workers may sue within 15 days (劳动争议调解仲裁法 48, 50)."""

    case_number = _text("示例劳人仲案〔2026〕1号", longest=100)
    received_on = _day_it_counts_from()
    reason = _text("裁决驳回仲裁请求", shortest=4)
    routes = _choices(ROUTES, ["lawsuit", "legal_aid"])


class SetAside(FormSchema):
    """That the intermediate court has set a final award aside (劳动争议调解仲裁法 49)."""

    court = _text("市中级人民法院", longest=100)
    ruling_number = _text("（2026）示例民特1号", longest=100)
    received_on = _day_it_counts_from()


class Lawsuit(FormSchema):
    """Where the workers sue, and upon what."""

    court = _text("区人民法院", longest=100)
    ground = _choice(LAWSUIT_GROUNDS)
    filed_on = _day_it_counts_from()
    legal_aid = fields.Boolean(load_default=False, metadata={"example": True})


class LawsuitAcceptance(FormSchema):
    """That the court has taken the lawsuit, and in which procedure."""

    case_number = _text("（2026）示例民初1号", longest=100)
    accepted_on = _day_it_counts_from()
    procedure = _choice(("ordinary", "summary", "small_claims", "second_instance"), "summary")


class Hearing(FormSchema):
    """What came of a hearing."""

    held_on = _day_it_counts_from()
    court = _text("区人民法院", longest=100)
    result = _choice(("adjourned", "more_evidence", "mediated", "judgment_reserved"), "judgment_reserved")
    note = _text("庭审中双方对欠付金额无异议", shortest=4)


class CourtMeasure(FormSchema):
    """What the court has done to secure the wages, or to enforce them."""

    kind = _choice(
        ("preservation", "advance_enforcement", "property_seized", "consumption_limited", "defaulter_listed"),
        "advance_enforcement",
    )
    ruling_number = _text("（2026）示例民保1号", longest=100)
    ruled_on = _day_it_counts_from()
    amount = _money_if_any("5000.00")


class AppealWithdrawal(FormSchema):
    """The ruling that lets an appeal be withdrawn, so that the first judgment stands."""

    ruling_number = _text("（2026）示例民终1号", longest=100)
    ruled_on = _day_it_counts_from()


class Remand(FormSchema):
    """The ruling that sends the case back to the first instance."""

    ruling_number = _text("（2026）示例民终1号", longest=100)
    ruled_on = _day_it_counts_from()
    reason = _text("基本事实不清，发回重审", shortest=4)


class Judgment(FormSchema):
    """What the court has decided, or what was agreed before it; a dismissal is recorded as such."""

    case_number = _text("（2026）示例民初1号", longest=100)
    kind = _choice(("first_instance", "second_instance", "court_settlement"), "court_settlement")
    received_on = _day_it_counts_from()
    amount = _money("18000.00")
    perform_by = _day_if_any()
    perform_days = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 3650),
        metadata={"example": None, "help": "Where it says within how many days of its effect"},
    )


class Dismissal(FormSchema):
    """The judgment by which a court dismisses the claim; a first one may be appealed against within 15 days."""

    case_number = _text("（2026）示例民初1号", longest=100)
    received_on = _day_it_counts_from()
    reason = _text("判决驳回诉讼请求", shortest=4)
    routes = _choices(ROUTES, ["legal_aid"])


class Appeal(FormSchema):
    """Who has appealed against the judgment, and when."""

    appellant = _choice(("workers", "payer"), "payer")
    court = _text("市中级人民法院", longest=100)
    filed_on = _day_it_counts_from()


class LawsuitWithdrawal(FormSchema):
    """Why the lawsuit goes on no further: withdrawn, or not taken in."""

    reason = _text("原告撤诉，另行协商", shortest=4)
    ruled_on = fields.Date(load_default=None, allow_none=True, metadata={"help": "Left out, today"})


class PaymentOrderRequest(Respondent):
    """The application for a court's payment order: upon a broken settlement, or upon arrears that nobody disputes."""

    ground = _choice(("settlement_broken", "arrears"), "arrears")
    payer = _payer_if_any("Upon whom: left out, it is whoever has agreed to pay, or the employer who is in arrears.")
    court = _text("区人民法院", longest=100)
    applied_on = _day_it_counts_from()


class PaymentOrder(FormSchema):
    """That the court has issued the payment order."""

    court_number = _text("（2026）示例民督1号", longest=100)
    served_on = _day_it_counts_from()


class Objection(FormSchema):
    """What the debtor objected."""

    what = _text("债务人在期限内提出书面异议", shortest=4)


# -- the end -------------------------------------------------------------------


class Paid(Conclusion):
    """What the resident is told when all wages were paid."""

    outcome = _choice(("solved",))


class HandedOn(Conclusion):
    """What the resident is told when a court or the police have it now."""

    outcome = _choice(("transferred", "partly"))
    handler_claims_solved = fields.Boolean(
        load_default=False, validate=validate.Equal(comparable=False), metadata={"example": False}
    )


class NotPaid(Conclusion):
    """What the resident is told when the claim does not stand or could not be enforced."""

    outcome = _choice(("explained", "partly", "not_supported"))
    handler_claims_solved = fields.Boolean(
        load_default=False, validate=validate.Equal(comparable=False), metadata={"example": False}
    )


# -- computations ---------------------------------------------------------------


class WageRow(FormSchema):
    """One worker's work at one rate, without his name."""

    number = _number()
    rate_type = _choice(RATES)
    unit_rate = _rate()
    quantity = Exact(places=3, required=True, validate=_QUANTITIES, metadata={"example": "2.000"})
    deductions = _money_or_nothing("0.00")
    paid = _money_or_nothing("0.00")
    months_owed = _months()
    months_without_contract = _months()


class WageRoster(FormSchema):
    """Rows to add up, and what they are compared with."""

    rows = _rows(
        WageRow,
        [
            {
                "number": 1,
                "rate_type": "month",
                "unit_rate": "6000.00",
                "quantity": "2.000",
                "deductions": "0.00",
                "paid": "2000.00",
                "months_owed": "2.0",
                "months_without_contract": "3.0",
            },
            {
                "number": 2,
                "rate_type": "day",
                "unit_rate": "80.00",
                "quantity": "50.000",
                "deductions": "0.00",
                "paid": "1500.00",
                "months_owed": "2.0",
                "months_without_contract": "0.0",
            },
        ],
    )
    claimed_total = _money_if_any("12500.00")
    monthly_minimum_wage = _money_if_any("2200.00")


class LiabilityQuestion(LiabilityFacts):
    """Who must pay a sum under some facts."""

    owed = _money("18000.00")
    price_disputed = fields.Boolean(
        load_default=False, metadata={"example": False, "help": "About quantity, quality or price of the works"}
    )
    employer_cannot_pay = fields.Boolean(
        load_default=False, metadata={"example": False, "help": "For the moment, or has fled"}
    )


class Interruption(FormSchema):
    """One act that makes a limitation run anew."""

    on = _day("2025-09-01")
    kind = _choice(("claimed_from_employer", "asked_an_authority", "employer_promised"))


class Pause(FormSchema):
    """A time in which nobody could apply, such as of an epidemic."""

    since = _day("2025-10-01")
    until = _day("2025-10-11")


class LimitationQuestion(FormSchema):
    """The dates by which a right to wages is counted out."""

    as_of = _day("2026-03-02")
    employed_until = _day_if_any("2025-03-01")
    still_employed = fields.Boolean(load_default=False, metadata={"example": False})
    arrears_ended_on = _day_if_any("2025-03-01")
    iou_due_on = _day_if_any()
    performance_due_on = _day_if_any()
    interruptions = _rows_if_any(Interruption, [{"on": "2025-09-01", "kind": "asked_an_authority"}])
    pauses = _rows_if_any(Pause, [{"since": "2025-10-01", "until": "2025-10-11"}])

    @validates_schema
    def _pauses_have_a_length(self, values: dict[str, Any], **_: Any) -> None:
        for index, pause in enumerate(values.get("pauses", ())):
            if pause["until"] <= pause["since"]:
                raise ValidationError({"pauses": {index: {"until": ["结束须晚于开始 / must be after its start"]}}})

    @validates_schema
    def _something_is_asked(self, values: dict[str, Any], **_: Any) -> None:
        dates = ("employed_until", "arrears_ended_on", "iou_due_on", "performance_due_on")
        if not values.get("still_employed") and not any(values.get(name) for name in dates):
            raise ValidationError({"employed_until": ["至少填写一个起算日期 / give at least one date to count from"]})


class UnpaidRow(FormSchema):
    """What one worker is still owed, and for how many months."""

    number = _number()
    months_owed = _months("3.0")
    owed = _money("10000.00")


class FlagsQuestion(FormSchema):
    """What may make a claim a crime, an award final, a claim one of a group."""

    rows = _rows(UnpaidRow, [{"number": 1, "months_owed": "3.0", "owed": "10000.00"}])
    as_of = _day("2026-03-20")
    order_until = _day_if_any("2026-03-09")
    person_threshold = _money_if_any()
    group_threshold = _money_if_any()
    items = _rows_if_any(AwardItem, [{"item": "wages", "amount": "26400.00"}, {"item": "severance", "amount": "1.00"}])
    monthly_minimum_wage = _money_if_any("2200.00")

    @validates_schema
    def _items_have_a_measure(self, values: dict[str, Any], **_: Any) -> None:
        if values.get("items") and values.get("monthly_minimum_wage") is None:
            raise ValidationError(
                {"monthly_minimum_wage": ["判断终局裁决须填写当地月最低工资标准 / the items are measured by it"]}
            )


class CompensationQuestion(FormSchema):
    """What is unpaid after an order to pay, and when that order ran out."""

    unpaid = _money("18000.00")
    order_until = _day("2026-03-09")
    as_of = _day("2026-03-10")
    percent = Exact(
        places=2, load_default=None, allow_none=True, validate=validate.Range(50, 100), metadata={"example": "60.00"}
    )


class Share(FormSchema):
    """What one worker is owed."""

    number = _number()
    owed = _money("10000.00")


class DistributionQuestion(FormSchema):
    """A part payment to be shared out."""

    amount = _money("100.00")
    rows = _rows(
        Share,
        [
            {"number": 1, "owed": "100.00"},
            {"number": 2, "owed": "100.00"},
            {"number": 3, "owed": "100.00"},
        ],
    )


class GuaranteeQuestion(FormSchema):
    """Whether the wage guarantee and other funds of a project cover what is owed."""

    owed = _money("180000.00")
    contract_amount = _money("10000000.00")
    guarantee = _money("150000.00")
    guarantee_form = _choice(("deposit", "bank_guarantee"), "bank_guarantee")
    guarantee_used = _money_or_nothing("0.00")
    special_account_balance = _money_or_nothing("20000.00")
    unpaid_project_price = _money_or_nothing("0.00")
    used_on = _day_if_any("2026-09-30")
    years_without_arrears = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, 50), metadata={"example": 1}
    )
    contract_signed_on = _day_if_any("2026-03-02")
    completion_posted_on = _day_if_any()


class DutiesQuestion(FormSchema):
    """Which preventive duties are met."""

    duties = _rows(Duty, [{"duty": "special_account", "met": False}, {"duty": "notice_board", "met": True}])

    @validates_schema
    def _each_is_said_once(self, values: dict[str, Any], **_: Any) -> None:
        names = [row["duty"] for row in values.get("duties", ())]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise ValidationError({"duties": {index: {"duty": ["同一义务只填一次 / each duty once"]}}})
