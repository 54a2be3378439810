"""The forms of mediation's own steps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.handling import Conclusion
from chassis.picking import pick
from chassis.schemas import FormSchema
from services.mediation import experts, parties, rules

DISPUTE_TYPES = (
    "noise",
    "leak",
    "passage",
    "pets",
    "parking",
    "renovation",
    "drying",
    "daylight",
    "thrown_objects",
    "quarrel",
    "damage",
    "debt",
    "family",
    "other_dispute",
)
SIDES = ("applicant", "respondent")
RELATIONSHIPS = ("next_door", "upper_and_lower", "same_building", "same_estate", "relatives", "other_relationship")
EXCLUSIONS = ("reserved_to_authority", "before_court", "crime_or_offence", "not_a_private_dispute")
ROUTES = ("lawsuit", "arbitration", "administrative", "police", "court_enforcement", "notarised_debt")
ENDINGS = (
    "no_agreement",
    "party_stopped",
    "party_sued",
    "application_withdrawn",
    "party_unreachable",
    "period_ran_out",
    "police_matter",
    "agreement_invalid",
)
#: Why a mediator is replaced: 人民调解法 15, 23.
CHALLENGES = ("not_accepted", "related", "acts_for_a_party", "one_sided", "insulted", "took_advantage", "leaked")
#: What somebody is in a committee; of the last, it has engaged him.
POSITIONS = ("chair", "deputy_chair", "member", "engaged")
#: How a session is held; 听朋说理 is the street's own way.
STYLES = ("usual", "listen_and_reason", "on_the_spot_talk", "circuit")
#: What is heard when one asks what became of a reported danger.
DANGER = ("taken_over", "measures_taken", "danger_over", "no_answer")
#: What an authority says of what was put before it when mediation had failed.
AUTHORITY = ("handled", "filed", "not_competent", "no_answer")
#: Why a court does not take an application for confirmation: 民诉解释 355.
NOT_ACCEPTED = ("not_for_courts", "other_court", "identity_relation", "other_special_procedure", "property_right")
#: Why a court refuses to confirm an agreement: 民诉解释 358.
REFUSAL_GROUNDS = (
    "against_mandatory_law",
    "harms_public_or_others",
    "against_public_order",
    "not_voluntary",
    "content_unclear",
)


#: Until when an agreement may run; later is a slip of the pen.
_LATEST = date(2099, 12, 31)


def _name(example: str = "居民甲") -> fields.String:
    return fields.String(
        required=True, validate=validate.Length(1, 60), metadata={"example": example, "personal": True}
    )


def _text(example: str, *, shortest: int = 2, longest: int = 2000) -> fields.String:
    return fields.String(required=True, validate=validate.Length(shortest, longest), metadata={"example": example})


def _note(*, longest: int = 500) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=longest), metadata={"example": ""})


def _words_of_a_party(longest: int, example: str = "") -> fields.String:
    return fields.String(
        load_default="", validate=validate.Length(max=longest), metadata={"example": example, "personal": True}
    )


def _choice(choices: tuple[str, ...], example: str = "") -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(choices), metadata={"example": example or choices[0]})


def _choices(choices: tuple[str, ...], example: list[str]) -> fields.List[Any]:
    return fields.List(
        fields.String(validate=validate.OneOf(choices)),
        required=True,
        validate=[validate.Length(min=1), validate.ContainsOnly(choices)],
        metadata={"example": example},
    )


def _day(example: str = "2026-03-02") -> fields.Date:
    return fields.Date(required=True, metadata={"example": example})


def _day_if_not_today() -> fields.Date:
    return fields.Date(
        load_default=None, allow_none=True, metadata={"example": None, "help": "Leave empty if it happened today"}
    )


def _which(asked: rules.Asked) -> fields.Integer:
    return fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, 99),
        metadata={
            "example": None,
            "offers": asked.offered,
            "description": "By the order on record; left empty where only one is waited for.",
        },
    )


def _moment() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, metadata={"example": "2026-03-02T10:00:00+08:00", "begins": "now"})


def _money(example: str) -> fields.Decimal:
    return fields.Decimal(places=2, required=True, validate=validate.Range(min=0), metadata={"example": example})


def _number(example: int = 1, *, most: int = 200) -> fields.Integer:
    return fields.Integer(required=True, validate=validate.Range(1, most), metadata={"example": example})


def _count(example: int) -> fields.Integer:
    return fields.Integer(required=True, validate=validate.Range(0, 100), metadata={"example": example})


def _ticked() -> fields.Boolean:
    return fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})


def _no() -> fields.Boolean:
    return fields.Boolean(load_default=False, metadata={"example": False})


def _rows(row: type[FormSchema], example: list[dict[str, Any]], *, least: int = 1) -> fields.List[Any]:
    return fields.List(
        fields.Nested(row), required=True, validate=validate.Length(least, 200), metadata={"example": example}
    )


def _rows_if_any(row: type[FormSchema], example: list[dict[str, Any]]) -> fields.List[Any]:
    return fields.List(
        fields.Nested(row), load_default=list, validate=validate.Length(max=200), metadata={"example": example}
    )


def _age() -> fields.Integer:
    return fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, 120), metadata={"example": 40, "personal": True}
    )


def _capacity() -> fields.String:
    return fields.String(
        load_default=parties.FULL, validate=validate.OneOf(parties.CAPACITIES), metadata={"example": parties.FULL}
    )


def _guardian() -> fields.String:
    return fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"example": "", "personal": True, "help": "Of a minor, or of who else can't act by himself."},
    )


# -- from the application to the mediators ------------------------------------


class Party(FormSchema):
    """One side, or one of several on a side. Numbers are kept masked."""

    name = _name()
    side = _choice(SIDES)
    address = fields.String(
        load_default="", validate=validate.Length(max=200), metadata={"example": "示例小区1号楼", "personal": True}
    )
    contact = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"example": "138****0000", "personal": True}
    )
    agent = fields.String(load_default="", validate=validate.Length(max=60), metadata={"example": "", "personal": True})
    sex = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(("male", "female")),
        metadata={"example": "female"},
    )
    ethnicity = fields.String(
        load_default="", validate=validate.Length(max=20), metadata={"example": "汉族", "personal": True}
    )
    age = _age()
    occupation = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"example": "职员", "personal": True}
    )
    identity_checked = _no()
    civil_capacity = _capacity()
    guardian = _guardian()


class Claim(FormSchema):
    """What one party asks for."""

    claim = _text("停止夜间噪声，赔偿修复费用")
    amount = fields.Decimal(
        places=2, load_default=None, allow_none=True, validate=validate.Range(min=0), metadata={"example": "1200.00"}
    )


class Application(FormSchema):
    """Who disputes about what, and whether one asked for mediation or it was offered."""

    origin = _choice(("applied", "offered"))
    dispute_type = _choice(DISPUTE_TYPES)
    relationship = _choice(RELATIONSHIPS, "upper_and_lower")
    parties = _rows(
        Party,
        [
            {
                "name": "居民甲",
                "side": "applicant",
                "address": "示例小区1号楼301",
                "contact": "138****0001",
                "sex": "female",
                "ethnicity": "汉族",
                "age": 40,
                "occupation": "职员",
                "identity_checked": True,
            },
            {
                "name": "居民乙",
                "side": "respondent",
                "address": "示例小区1号楼401",
                "contact": "138****0002",
                "sex": "male",
                "ethnicity": "汉族",
                "age": 50,
                "occupation": "个体经营",
                "identity_checked": True,
            },
        ],
        least=2,
    )
    facts = _text("楼上漏水致楼下顶棚受损，双方就赔偿协商不成")
    claims = _rows(Claim, [{"claim": "修复漏点并赔偿损失", "amount": "1200.00"}])
    concerns_identity = _no()
    reserved_to_authority = _no()
    before_court = _no()
    crime_or_offence = _no()


class PartyCorrected(FormSchema):
    """What is put right of one party's entry, and why; what is left empty stays."""

    which_party = pick(parties.named)
    name = _words_of_a_party(60, "居民甲之正名")
    address = _words_of_a_party(200)
    contact = _words_of_a_party(60)
    agent = _words_of_a_party(60)
    guardian = _words_of_a_party(60)
    civil_capacity = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(parties.CAPACITIES), metadata={"example": None}
    )
    age = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 120),
        metadata={"example": None, "personal": True},
    )
    corrected_because = _text("核对身份证时发现姓名有误", shortest=4)


class DisputeCorrected(FormSchema):
    """What is put right of the dispute, and why."""

    dispute_type = _choice(DISPUTE_TYPES, "leak")
    relationship = _choice(RELATIONSHIPS, "upper_and_lower")
    facts = _note(longest=2000)
    # What is not ticked would take it off the file unseen.
    concerns_identity = fields.Boolean(required=True, metadata={"example": False})
    corrected_because = _text("调查后认定为漏水纠纷", shortest=4)


class PartyJoined(Party):
    """Who else is a party, and why."""

    name = _name("居民丙")
    side = _choice(SIDES, "respondent")
    joined_because = _text("调查发现漏水房屋的产权人是居民丙", shortest=4)


class PartyLeft(FormSchema):
    """Which of several parties on a side is one no longer, why, and what was told him of the other routes."""

    which_party = pick(parties.named)
    left_because = _choice(("refuses_mediation", "not_reached", "is_no_party"))
    note = _text("明确表示不参加调解，其他各方同意继续", shortest=4)
    routes = _choices(ROUTES, ["lawsuit"])


class AskedForAgain(FormSchema):
    """Who asks for mediation once more, and what has changed."""

    reason = _text("被申请人现愿意接受调解", shortest=4)


class Ineligibility(FormSchema):
    """Why the matter can't be mediated, and where it belongs."""

    exclusion = _choice(EXCLUSIONS)
    explanation = _text("该事项依法应由主管机关处理，不属于人民调解范围", shortest=5)
    routes = _choices(ROUTES, ["administrative"])


class Consent(FormSchema):
    """That one party agrees to mediation."""

    party = _name()
    agrees = _ticked()
    way = _choice(("in_writing", "by_word", "by_phone"))
    on = _day()


class Consents(FormSchema):
    """That every party agrees; nobody may be forced."""

    registered_on = _day_if_not_today()
    consents = _rows(
        Consent,
        [{"party": party, "agrees": True, "way": "in_writing", "on": "2026-03-02"} for party in ("居民甲", "居民乙")],
        least=2,
    )


class Authorisation(FormSchema):
    """What a party lets somebody do for it (授权委托书): for what, how far, until when."""

    party = _name()
    agent = _name("受托人甲")
    relationship = _choice(("relative", "colleague", "lawyer", "other_relationship"))
    matter = _text("代为参加本纠纷的调解")
    powers = _choice(("general", "special"), "special")
    until = _day("2026-12-31")
    signed_on = _day()


class Identities(FormSchema):
    """Whose identity document was seen (身份证明), where it was not at the application."""

    parties = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        validate=validate.Length(1, 200),
        metadata={"example": ["居民甲", "居民乙"], "personal": True},
    )


class ConsentRefusal(FormSchema):
    """Which party clearly refuses, and that the other routes were told."""

    party = _name("居民乙")
    reason = _note()
    routes = _choices(ROUTES, ["lawsuit"])


class RightsNotice(FormSchema):
    """To whom rights and duties were explained, and what was asked for."""

    told = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        validate=validate.Length(1, 200),
        metadata={"example": ["居民甲", "居民乙"], "personal": True},
    )
    rights_explained = _ticked()
    free_of_charge = _ticked()
    other_routes_open = _ticked()
    in_private = _no()


class Mediator(FormSchema):
    """One mediator, and whether he is bound to a party or to the matter."""

    mediator = _name("调解员甲")
    standing = _choice(("committee_member", "engaged"))
    chosen_by = _choice(("committee", "parties"))
    conflict_of_interest = _no()
    presides = _no()


class InvitedPerson(FormSchema):
    """Somebody who helps, and that all parties agree to that."""

    invited = _name("楼长甲")
    capacity = _choice(
        ("building_head", "relative", "neighbour", "colleague", "expert", "owners_committee", "volunteer")
    )
    all_agree = _no()


class Mediators(FormSchema):
    """Who mediates, that the parties have chosen or accept them, and who was invited to help."""

    mediators = _rows(
        Mediator,
        [
            {
                "mediator": "调解员甲",
                "standing": "committee_member",
                "chosen_by": "parties",
                "conflict_of_interest": False,
                "presides": True,
            }
        ],
    )
    parties_accept = fields.Boolean(load_default=False, metadata={"example": True})
    invited = _rows_if_any(InvitedPerson, [{"invited": "楼长甲", "capacity": "building_head", "all_agree": True}])


class Challenge(FormSchema):
    """Which mediator has to be replaced, on whose word and why (回避、调换)."""

    mediator = _name("调解员甲")
    asked_by = _choice(("a_party", "the_mediator", "the_committee"))
    challenge_ground = _choice(CHALLENGES)
    reason = _text("当事人认为调解员与对方系亲属，不予接受", shortest=5)


class Helpers(FormSchema):
    """Who was invited to help in the course of a mediation, and that all parties agree to that."""

    invited = _rows(InvitedPerson, [{"invited": "楼长甲", "capacity": "building_head", "all_agree": True}])


# -- inquiry and sessions ------------------------------------------------------


class Evidence(FormSchema):
    """One piece of evidence."""

    kind = _choice(("photo", "video", "document", "witness", "measurement", "on_site_view"))
    shows = _text("顶棚渗水痕迹")


class Inquiry(FormSchema):
    """What was found out before the parties meet."""

    findings = _text("现场查看，漏点位于楼上卫生间管道", shortest=5)
    evidence = _rows_if_any(Evidence, [{"kind": "photo", "shows": "顶棚渗水痕迹"}])


class Appraisal(FormSchema):
    """Which expert opinion is awaited, on which question; its time does not count if all agree."""

    subject = _text("漏水原因鉴定")
    appraiser = _text("示例鉴定机构")
    commissioned_on = _day_if_not_today()
    all_agree = _ticked()


class AppraisalResult(FormSchema):
    """What the expert found, upon which request."""

    which_appraisal = pick(experts.awaited)
    opinion = _text("漏水系楼上管道老化所致", shortest=5)
    received_on = _day_if_not_today()


class Abandonment(FormSchema):
    """Why which expert opinion is awaited no more."""

    which_appraisal = pick(experts.awaited)
    reason = _text("鉴定费用当事人不再垫付，各方同意不鉴定", shortest=4)
    abandoned_on = _day_if_not_today()


class AskedAgain(FormSchema):
    """What was said when somebody outside was asked how it stands, and when to ask again."""

    answer = _text("正在审查")
    days = _number(7, most=60)


class AppraisalAsked(AskedAgain):
    """The same of the expert, on which opinion."""

    which_appraisal = pick(experts.awaited)


class AppraisalChallenge(FormSchema):
    """Which party does not accept which opinion, and why."""

    which_appraisal = pick(experts.received)
    party = _name("居民乙")
    objection = _text("鉴定机构未到现场查勘，依据的材料不完整", shortest=5)
    challenged_on = _day_if_not_today()


class AppraisalChallengeAnswer(FormSchema):
    """What became of a challenge; where the matter is appraised again, that is commissioned as one more opinion."""

    which_challenge = pick(experts.challenged)
    outcome = _choice(experts.CHALLENGE_ENDS)
    answer = _text("鉴定机构书面说明：已补充现场查勘，结论不变", shortest=4)


class Session(FormSchema):
    """The record of one meeting (调解记录)."""

    held_at = _moment()
    place = _text("社区调解室", longest=200)
    style = fields.String(load_default="usual", validate=validate.OneOf(STYLES), metadata={"example": "usual"})
    separate = _no()
    in_private = _no()
    attended = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        validate=validate.Length(1, 200),
        metadata={"example": ["居民甲", "居民乙"], "personal": True},
    )
    record = _text("双方陈述意见，就修复和赔偿分别提出方案", shortest=5, longest=20000)
    undisputed = _note(longest=5000)


class Appointment(FormSchema):
    """When and where the parties are asked to come."""

    meets_at = _moment()
    place = _text("社区调解室", longest=200)
    note = _note()


class CalledOff(FormSchema):
    """Which appointment is not kept, and why: where it is moved, the new time is arranged as one more."""

    which_appointment = pick(rules.appointments)
    reason = _text("当事人临时有事，另行约定时间", shortest=4)


class Continuation(FormSchema):
    """That all parties want to go on, and for how many days more than they have left."""

    all_agree = _ticked()
    days = _number(30, most=90)
    reason = _text("双方同意继续调解", shortest=4)


class Escalation(FormSchema):
    """What may happen, what is done against it, and to whom it was reported."""

    risk = _choice(("offence", "crime", "self_harm", "group_conflict"))
    measures = _text("网格员到场劝阻，安排专人看护", shortest=5)
    reported_to = _text("辖区派出所", longest=200)
    reported_at = _moment()


class EscalationFollowUp(FormSchema):
    """What has become of a reported danger, and when to ask again where nobody has answered."""

    which = _which(rules.DANGERS)
    danger = _choice(DANGER)
    answer = _text("派出所已出警劝阻，并将继续关注")
    days = fields.Integer(
        load_default=1,
        validate=validate.Range(1, 30),
        metadata={"example": 1, "help": "Counts only where nobody has answered yet."},
    )


class AuthorityInformed(FormSchema):
    """Which authority was asked to handle what goes on, what was tried before, and when its answer is expected."""

    authority = _text("区综合行政执法局", longest=60)
    request = _text("噪声扰民经劝阻、调解无效，请依法处理并反馈", shortest=5)
    persuaded = _text("网格员两次上门劝阻，召开调解会一次，对方仍夜间施工", shortest=5)
    days = _number(15, most=60)


class AuthorityAnswer(FormSchema):
    """What the authority has answered, and when to ask again where it has not."""

    which = _which(rules.AUTHORITIES)
    authority_says = _choice(AUTHORITY)
    answer = _text("已责令改正并给予警告")
    days = fields.Integer(
        load_default=7,
        validate=validate.Range(1, 60),
        metadata={"example": 7, "help": "Counts only where nobody has answered yet."},
    )


class Reopening(FormSchema):
    """That all parties want to negotiate once more about what was agreed, or has begun again."""

    all_agree = _ticked()
    reason = _text("各方同意变更履行期限，重新调解", shortest=4)


class Termination(FormSchema):
    """Why mediation ends without an agreement, and the routes that were told."""

    reason = _choice(ENDINGS, "party_unreachable")
    routes = _choices(ROUTES, ["lawsuit", "administrative"])
    undisputed = _note(longest=5000)
    undisputed_signed = _no()


# -- agreement and performance -------------------------------------------------


class Item(FormSchema):
    """One thing agreed: who does what for whom, how, and by when."""

    obligor = _name("居民乙")
    obligee = _name("居民甲")
    kind = _choice(("payment", "act", "forbearance"))
    what = _text("支付顶棚修复费用", longest=500)
    amount = fields.Decimal(
        places=2, load_default=None, allow_none=True, validate=validate.Range(min=0), metadata={"example": "1200.00"}
    )
    way = _text("银行转账", longest=200)
    due_on = fields.Date(required=True, validate=validate.Range(max=_LATEST), metadata={"example": "2026-12-31"})

    @validates_schema
    def _says_how_much(self, row: dict[str, Any], **_: Any) -> None:
        if row["kind"] == "payment" and not row.get("amount"):
            raise ValidationError({"amount": ["付款条款应写明金额 / a payment needs its amount"]})


_ITEMS: list[dict[str, Any]] = [
    {
        "obligor": "居民乙",
        "obligee": "居民甲",
        "kind": "payment",
        "what": "支付顶棚修复费用",
        "amount": "1200.00",
        "way": "银行转账",
        "due_on": "2026-12-31",
    }
]


class OralAgreement(FormSchema):
    """What was agreed by word, and that the parties need no paper."""

    scope = _choice(("full", "partial"))
    unresolved = _note(longest=2000)
    items = _rows(Item, _ITEMS)
    no_paper_wanted = _ticked()
    agreed_on = _day_if_not_today()


class AgreementDraft(FormSchema):
    """The draft of a written agreement (人民调解法 29), with the court's five grounds checked beforehand."""

    scope = _choice(("full", "partial"))
    unresolved = _note(longest=2000)
    main_facts = _text("楼上管道漏水致楼下顶棚受损", shortest=5)
    disputed = _text("赔偿数额", shortest=2)
    responsibility = _text("楼上住户承担修复责任", shortest=2)
    items = _rows(Item, _ITEMS)
    against_mandatory_law = _no()
    harms_public_or_others = _no()
    against_public_order = _no()
    not_voluntary = _no()
    content_unclear = _no()


class Signature(FormSchema):
    """One party's signature."""

    party = _name()
    way = _choice(("signature", "seal", "fingerprint"))
    on = _day_if_not_today()
    by_agent = _no()


class Signatures(FormSchema):
    """Who has signed; the agreement takes effect when nothing is missing."""

    signatures = _rows(
        Signature,
        [{"party": party, "way": "signature"} for party in ("居民甲", "居民乙")],
    )
    mediator_signed = fields.Boolean(required=True, metadata={"example": True})
    committee_sealed = fields.Boolean(required=True, metadata={"example": True})
    copies = _number(3, most=50)
    sealed_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "Leave empty if it was no later than the last signature"},
    )


class DraftRejection(FormSchema):
    """Why a draft goes back to the table."""

    reason = _text("当事人对履行期限有新的意见", shortest=5)


class Standing(FormSchema):
    """Why no other agreement takes the place of the one that stands."""

    reason = _text("各方未能就变更协议达成一致", shortest=4)


class Performance(FormSchema):
    """What was done of one item, by its number in the agreement."""

    item = _number()
    performed_on = fields.Date(required=True, metadata={"example": "2026-03-02", "begins": "now"})
    amount = fields.Decimal(
        places=2, load_default=None, allow_none=True, validate=validate.Range(min=0), metadata={"example": "1200.00"}
    )
    proof = _text("转账凭证", longest=500)


class Performances(FormSchema):
    """What was done since the last record; with it everything agreed must be done."""

    performed = _rows_if_any(
        Performance, [{"item": 1, "performed_on": "2026-03-02", "amount": "1200.00", "proof": "转账凭证"}]
    )
    verified_with = _choice(("both_parties", "obligee", "documents"))


class Struck(FormSchema):
    """Which record of performance was wrong, and why: it counts no more."""

    which_performance = pick(rules.performances_on_record)
    reason = _text("金额登记有误，另行登记", shortest=4)


class Breach(FormSchema):
    """Which item was not performed in time, or is refused."""

    item = _number()
    kind = _choice(("refused", "overdue"))
    what = _text("当事人明确表示不再付款")


class Cure(FormSchema):
    """How what was late or refused was made good, so that the rest is performed as it was agreed."""

    cured_how = _text("所欠一期已付清，其余按约继续履行", shortest=4)


class Urging(FormSchema):
    """How the obligor was urged, and the days that he is given."""

    way = _choice(("visit", "phone", "letter"))
    said = _text("请你按照协议约定付款")
    days = _number(7, most=60)
    urged_on = _day_if_not_today()


class Remedies(FormSchema):
    """Which routes were told to the party that did not get what was agreed."""

    routes = _choices(ROUTES, ["lawsuit", "court_enforcement"])
    told_on = _day_if_not_today()


class FollowUp(FormSchema):
    """The visit after the agreement was performed (回访)."""

    visited_on = _day_if_not_today()
    relapsed = fields.Boolean(required=True, metadata={"example": False})
    note = _text("双方关系缓和，无新的纠纷")


# -- judicial confirmation -----------------------------------------------------


class ConfirmationApplication(FormSchema):
    """The parties' joint application to the court (司法确认)."""

    court = _text("区人民法院", longest=100)
    venue = fields.String(
        load_default="committee_seat",
        validate=validate.OneOf(("committee_seat", "domicile", "subject_matter")),
        metadata={"example": "committee_seat"},
    )
    applicants = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        validate=validate.Length(1, 200),
        metadata={"example": ["居民甲", "居民乙"], "personal": True},
    )
    applied_on = _day()


class CourtAcceptance(FormSchema):
    """That the court has taken the application."""

    accepted_on = _day()
    court_number = _text("(2026)示例调确1号", longest=100)


class CourtExtension(FormSchema):
    """That the court takes ten days more, as its president approved."""

    approved_on = _day_if_not_today()


class CourtProlonged(FormSchema):
    """That the court takes longer than the thirty days of the special procedure, as its president approved."""

    approved_on = _day_if_not_today()
    days = _number(30, most=180)
    reason = _text("案情特殊，经院长批准延长审理期限", shortest=4)


class Ruling(FormSchema):
    """The court's ruling."""

    court_number = _text("(2026)示例调确1号", longest=100)
    ruled_on = _day_if_not_today()


class RefusedRuling(Ruling):
    """The court's ruling, and why it does not confirm."""

    ground = _choice(REFUSAL_GROUNDS, "content_unclear")


class NotAccepted(Ruling):
    """The court's ruling that it does not take the application, and why (裁定不予受理)."""

    declined_for = _choice(NOT_ACCEPTED, "other_court")


class Withdrawal(FormSchema):
    """Why the application is taken back."""

    reason = _text("协议已经履行，无需确认")


class OutsiderChallenge(FormSchema):
    """Who is no party and says that the confirmed agreement harms him, since when he knows, and that he was told his way."""

    challenger = _name("居民丙")
    harm = _text("协议处分了案外人的财产", shortest=4)
    knew_on = _day_if_not_today()
    told_of_the_court = _ticked()


class ChallengeRuling(Ruling):
    """How the court has ruled on the challenge."""

    which = _which(rules.CHALLENGERS)
    ruling_says = _choice(("challenge_dismissed", "confirmation_set_aside"))


# -- computations without a case ------------------------------------------------


def _day_if_any(example: str | None = None) -> fields.Date:
    return fields.Date(load_default=None, allow_none=True, metadata={"example": example})


def _words(example: str, *, longest: int = 2000) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=longest), metadata={"example": example})


class Clause(FormSchema):
    """One clause as it stands on a draft, with whatever it leaves open."""

    obligor = _words("居民乙", longest=60)
    obligee = _words("居民甲", longest=60)
    kind = _choice(("payment", "act", "forbearance"))
    what = _words("支付顶棚修复费用", longest=500)
    amount = fields.Decimal(
        places=2, load_default=None, allow_none=True, validate=validate.Range(min=0), metadata={"example": "1200.00"}
    )
    way = _words("银行转账", longest=200)
    due_on = _day_if_any("2026-12-31")


class NamedParty(FormSchema):
    """A party as it stands on a draft."""

    name = _name()
    side = _choice(SIDES)
    agent = fields.String(load_default="", validate=validate.Length(max=60), metadata={"example": ""})
    age = _age()
    civil_capacity = _capacity()
    guardian = _guardian()


class NamedMediator(FormSchema):
    """A mediator as he stands on a draft."""

    mediator = _name("调解员甲")
    conflict_of_interest = _no()


class Signed(FormSchema):
    """Whose signature is there, by himself or by who acts for him."""

    party = _name()
    by_agent = _no()


class AgreementCheck(FormSchema):
    """An agreement as it lies on the table, whatever it still lacks."""

    parties = _rows(
        NamedParty, [{"name": "居民甲", "side": "applicant"}, {"name": "居民乙", "side": "respondent"}], least=1
    )
    mediators = _rows_if_any(NamedMediator, [{"mediator": "调解员甲"}])
    main_facts = _words("楼上管道漏水致楼下顶棚受损")
    disputed = _words("赔偿数额")
    responsibility = _words("楼上住户承担修复责任")
    scope = _choice(("full", "partial"))
    unresolved = _words("")
    items = _rows_if_any(Clause, _ITEMS)
    concerns_identity = _no()
    against_mandatory_law = _no()
    harms_public_or_others = _no()
    against_public_order = _no()
    not_voluntary = _no()
    content_unclear = _no()
    signatures = _rows_if_any(Signed, [{"party": "居民甲"}, {"party": "居民乙"}])
    mediator_signed = fields.Boolean(load_default=False, metadata={"example": True})
    committee_sealed = fields.Boolean(load_default=False, metadata={"example": True})
    copies = fields.Integer(load_default=0, validate=validate.Range(0, 50), metadata={"example": 3})


class Paid(FormSchema):
    """One payment that was made."""

    paid_on = _day("2026-03-30")
    amount = _money("500.00")


class InstalmentPlan(FormSchema):
    """An amount that is paid in parts: how many, how far apart, from when; and what was paid by a certain day."""

    total = fields.Decimal(
        places=2,
        required=True,
        validate=validate.Range(Decimal("0.01"), Decimal(1_000_000_000)),
        metadata={"example": "1000.00"},
    )
    count = fields.Integer(required=True, validate=validate.Range(1, 120), metadata={"example": 3})
    first_due_on = _day("2026-03-31")
    every = fields.Integer(load_default=1, validate=validate.Range(1, 366), metadata={"example": 1})
    unit = fields.String(
        load_default="month",
        validate=validate.OneOf(("month", "week", "day")),
        metadata={"example": "month", "label": "Unit of the interval"},
    )
    weights = fields.List(
        fields.Integer(validate=validate.Range(0, 10_000)),
        load_default=list,
        validate=validate.Length(max=120),
        metadata={"example": []},
    )
    paid = _rows_if_any(Paid, [{"paid_on": "2026-03-30", "amount": "333.34"}])
    as_of = _day_if_any("2026-05-06")


class ConfirmationWindow(FormSchema):
    """When an agreement took effect, and what else decides whether a court may still be asked to confirm it."""

    effective_on = _day("2026-09-01")
    agreement_kind = fields.String(
        load_default="written", validate=validate.OneOf(("written", "oral")), metadata={"example": "written"}
    )
    concerns_identity = _no()
    jointly = fields.Boolean(load_default=True, metadata={"example": True})
    applied_on = _day_if_any()
    as_of = _day_if_any("2026-09-21")
    performance_ends_on = _day_if_any("2026-12-31")


class Counts(FormSchema):
    """How many disputes of a period were accepted, agreed and performed, and accepted in the period before."""

    accepted = fields.Integer(required=True, validate=validate.Range(0, 10_000_000), metadata={"example": 3225})
    agreed = fields.Integer(required=True, validate=validate.Range(0, 10_000_000), metadata={"example": 3160})
    performed = fields.Integer(required=True, validate=validate.Range(0, 10_000_000), metadata={"example": 3002})
    accepted_before = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, 10_000_000), metadata={"example": 4634}
    )


class Person(FormSchema):
    """Somebody who mediates: in the committee, or engaged by it (人民调解法 8, 13, 14)."""

    name = fields.String(required=True, validate=validate.Length(1, 60), metadata={"example": "调解员甲"})
    position = _choice(POSITIONS)
    woman = _no()
    smaller_nationality = _no()
    until = _day_if_any()
    trained_on = _day_if_any("2026-06-30")
    trained_in = _words("听朋说理", longest=200)


class CommitteeForm(FormSchema):
    """A committee as the office has it on file, with all who mediate for it."""

    name = fields.String(
        required=True,
        validate=(
            validate.Length(2, 60),
            validate.Regexp(
                r"[^/\\\x00-\x1f]+\Z", error="名称不能含斜杠和换行。 / The name holds no slash and no line break."
            ),
        ),
        metadata={"example": "示例街道人民调解委员会", "label": "Name of the committee"},
    )
    #: The version that was read; 0 for a new committee.
    version = fields.Integer(load_default=0, validate=validate.Range(0), metadata={"example": 0, "kind": "hidden"})
    elected_on = _day("2026-01-15")
    multi_ethnic = _no()
    people = _rows(
        Person,
        [
            {"name": "调解员甲", "position": "chair", "trained_on": "2026-06-30", "trained_in": "听朋说理"},
            {"name": "调解员乙", "position": "member", "woman": True},
            {"name": "调解员丙", "position": "member"},
            {"name": "调解员丁", "position": "engaged", "until": "2099-12-31"},
        ],
    )

    @validates_schema
    def _names_each_once(self, form: dict[str, Any], **_: Any) -> None:
        seen: set[str] = set()
        for place, row in enumerate(form["people"]):
            if (name := row["name"].strip()) in seen:
                said = f"“{name}”重复登记 / {name} is entered twice"
                raise ValidationError({"people": {place: {"name": [said]}}})
            seen.add(name)


class Committee(FormSchema):
    """How a mediation committee is made up, since when, and whether several nationalities live there."""

    members = _number(5, most=100)
    chairs = _count(1)
    women = _count(2)
    ethnic_minority = _count(0)
    multi_ethnic = _no()
    elected_on = _day("2024-06-30")
    as_of = _day("2026-11-26")


# -- the end -------------------------------------------------------------------


class Settled(Conclusion):
    """What the resident is told when the agreement was performed."""

    outcome = _choice(("solved", "partly"))


class Unsettled(Conclusion):
    """What the resident is told when there is no agreement, or it was not performed."""

    outcome = _choice(("explained", "partly", "transferred", "not_supported", "withdrawn"))
    handler_claims_solved = fields.Boolean(
        load_default=False, validate=validate.Equal(comparable=False), metadata={"example": False}
    )
