"""What is filled in to take enforcement's own steps. Amounts in yuan, noise in dB(A), fume in mg per cubic metre."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis import numbers
from chassis.picking import laid, pick
from chassis.schemas import FormSchema
from services.enforcement import bounds, costs, forcing, measures, notes, outside, pauses, rules, statements
from services.enforcement.catalogue import ACTS, AUTHORITIES, LIMITS

EVIDENCE_KINDS = (
    "document",
    "object",
    "audio_video",
    "electronic",
    "witness",
    "party_statement",
    "expert_opinion",
    "site_record",
)
WAIVERS = ("minor_corrected_no_harm", "first_and_slight", "obeyed")
EXEMPTIONS = (
    *("no_fault", "under_fourteen", "not_accountable", "minor_corrected_no_harm", "first_and_slight"),
    "not_unlawful_any_more",
)
TERMINATIONS = ("died", "dissolved", "object_lost", "suspended_three_years", "other")
#: What is no picture, and so not laid to a case.
_KEPT_ELSEWHERE = ("audio_video", "electronic")


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
    least = validate.Range(min=Decimal(0), max=Decimal(100_000_000))
    return fields.Decimal(required=True, places=2, validate=least, metadata={"example": example})


def paid() -> fields.Decimal:
    """Make what was paid, above nothing."""
    least = validate.Range(min=Decimal("0.01"), max=Decimal(100_000_000))
    return fields.Decimal(required=True, places=2, validate=least, metadata={"example": "0.01"})


def confirmed() -> fields.Boolean:
    """Make a box that must be ticked."""
    return fields.Boolean(required=True, validate=validate.Equal(comparable=True), metadata={"example": True})


def ticked(*, example: bool = False) -> fields.Boolean:
    """Make a box that may be ticked."""
    return fields.Boolean(load_default=False, metadata={"example": example})


def day_if_not_today() -> fields.Date:
    """Make the day of an act from which a time counts; left empty, it is today."""
    return fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "Leave empty if it happened today"},
    )


def moment_if_not_now() -> fields.AwareDateTime:
    """Make the moment of an act; left empty, it was just done."""
    return fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"example": None, "help": "Leave empty if it was just done"}
    )


#: How a paper reaches the party (行政处罚法 61; 民事诉讼法 88 to 95).
DELIVERIES = ("direct", "left", "entrusted_service", "mail", "electronic", "announcement")


def delivery() -> fields.String:
    """Make the way in which a paper was served, from which it follows on which day it was."""
    return fields.String(
        load_default="direct",
        validate=validate.OneOf(DELIVERIES),
        metadata={"example": "direct", "help": "The day is that of the receipt, or of the announcement"},
    )


def delivery_note() -> fields.String:
    """Make what the way needs on record: a receipt, another body, or why it had to be announced."""
    return maybe(most=500, help="By post or by another body: the receipt; announced: why, and what was tried")


def delivery_proved() -> fields.Boolean:
    """Make the box that a service left behind was witnessed, or an electronic one agreed to."""
    return ticked()


def reissued_because() -> fields.String:
    """Make what was wrong in a paper that is in the party's hands, and takes the place of which is issued now."""
    return maybe(most=500, help="Only where the one before is in the party's hands and holds a mistake")


def _credit_code(code: str) -> None:
    if code and (wrong := numbers.wrong_in_credit_code(code)) is not None:
        raise ValidationError([{"zh": f"统一社会信用代码{wrong[0]}", "en": f"Credit code: {wrong[1]}"}])


class Officer(FormSchema):
    """An officer, with the certificate that was shown."""

    name = text("执法员甲", most=60)
    certificate_no = text("鲁M-0001", most=40)
    certificate_until = fields.Date(required=True, metadata={"example": "2099-12-31"})
    related = ticked()


def officers() -> fields.List[Any]:
    """Make the list of the officers who act: two or more (行政处罚法 42)."""
    until = "2099-12-31"
    return fields.List(
        fields.Nested(Officer),
        required=True,
        validate=validate.Length(1, 20),
        metadata={
            "example": [
                {"name": "执法员甲", "certificate_no": "鲁M-0001", "certificate_until": until},
                {"name": "执法员乙", "certificate_no": "鲁M-0002", "certificate_until": until},
            ],
            "again": True,
        },
    )


class Evidence(FormSchema):
    """One piece of evidence (行政处罚法 46)."""

    kind = choice(EVIDENCE_KINDS, "site_record")
    title = text("现场检查笔录", most=200)
    photo_sha256 = laid()
    sha256 = fields.String(
        load_default="",
        validate=validate.Regexp(r"^([0-9a-f]{64})?$"),
        metadata={"example": "", "help": "Only of a recording or data that are kept elsewhere: as the device gives it"},
    )
    taken_at = fields.AwareDateTime(load_default=None, allow_none=True)

    @validates_schema
    def _a_picture_is_chosen(self, row: dict[str, Any], **_: Any) -> None:
        if row["sha256"] and row["kind"] not in _KEPT_ELSEWHERE:
            said = {
                "zh": "校验值只填存放在别处的录音录像、电子数据；照片和纸质材料请先添加到“案卷材料”，再从中选择",
                "en": "only a recording or data kept elsewhere have it: lay a photo or a paper to the case and choose it",
            }
            raise ValidationError({"sha256": [said]})


def evidence(*, required: bool = False) -> fields.List[Any]:
    """Make a list of evidence."""
    example = [{"kind": "site_record", "title": "现场检查笔录"}]
    length = validate.Length(1 if required else 0, 200)
    if required:
        return fields.List(fields.Nested(Evidence), required=True, validate=length, metadata={"example": example})
    return fields.List(fields.Nested(Evidence), load_default=list, validate=length, metadata={"example": example})


class Measurement(FormSchema):
    """One measured value of noise or fume, with its instrument."""

    kind = choice(("noise", "fume"))
    value = fields.Decimal(required=True, places=1, validate=validate.Range(0, 1000), metadata={"example": "58.0"})
    zone = fields.String(load_default="2", validate=validate.OneOf(tuple(LIMITS.noise)), metadata={"example": "2"})
    period = fields.String(load_default="day", validate=validate.OneOf(("day", "night")), metadata={"example": "day"})
    instrument_no = text("JC-01", most=40)
    measured_at = fields.AwareDateTime(load_default=None, allow_none=True)

    @validates_schema
    def _time_fits_period(self, row: dict[str, Any], **_: Any) -> None:
        at = row.get("measured_at")
        if row["kind"] == "noise" and at is not None and bounds.period_of(at) != row["period"]:
            begins, ends = LIMITS.day_hours
            said = {
                "zh": f"测量时间与时段不符：昼间为{begins}时至{ends}时，其余为夜间",
                "en": f"the time does not fit: the day is from {begins} to {ends} o'clock, the rest is night",
            }
            raise ValidationError({"period": [said]})


class Inspection(FormSchema):
    """What two certified officers found on the spot (现场检查笔录)."""

    at = fields.AwareDateTime(required=True)
    place = text("黄河八路与渤海十二路路口", most=300)
    officers = officers()
    certificates_shown = confirmed()
    recorded_throughout = confirmed()
    suspect_name = text("某餐饮店", most=120, personal=True)
    suspect_kind = choice(rules.SUSPECT_KINDS, "organisation")
    credit_code = fields.String(load_default="", validate=_credit_code, metadata={"example": "91371602MA00000000"})
    suspect_address = maybe("黄河八路某号", most=200, personal=True)
    act = choice(ACTS.codes, "outside_business")
    findings = text("店外摆放桌椅经营，占用便道", most=5000)
    measurements = fields.List(
        fields.Nested(Measurement), load_default=list, validate=validate.Length(max=50), metadata={"example": []}
    )
    evidence = evidence()


class NoViolation(FormSchema):
    """Why what was reported is not so, or breaks no law."""

    reason = text("现场未发现所反映的行为，走访周边亦无印证", least=5)


class Advice(FormSchema):
    """What was said to whom, where a word is enough (教育劝导)."""

    content = text("讲明规定，当事人当场改正并表示今后遵守", least=5)
    given_to = text("店主甲", most=60, personal=True)


class OrderItem(FormSchema):
    """One thing that must be done."""

    kind = choice(rules.ITEM_KINDS, "cleared")
    demand = text("清理店外桌椅，恢复便道", most=500)
    required_by = fields.Date(
        load_default=None, allow_none=True, metadata={"example": None, "help": "Only where it is due before the rest"}
    )


class CorrectionOrder(FormSchema):
    """What must be corrected, on which basis and by when (责令改正通知书)."""

    order_no = text("滨彭综执责改字〔2026〕第1号", most=60)
    violation = text("在室外经营，未经批准乱摆乱放", most=2000)
    basis = text("滨州市城镇容貌和环境卫生管理条例第五十一条", most=200)
    items = fields.List(
        fields.Nested(OrderItem),
        required=True,
        validate=validate.Length(1, 30),
        metadata={"example": [{"kind": "cleared", "demand": "清理店外桌椅，恢复便道"}]},
    )
    days = fields.Integer(required=True, validate=validate.Range(1, 90), metadata={"example": 7})
    served_on = day_if_not_today()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()
    reissued_because = reissued_because()


class ItemResult(FormSchema):
    """Whether one thing was done, with a photo and who verified it."""

    kind = choice(rules.ITEM_KINDS, "cleared")
    done = fields.Boolean(required=True, metadata={"example": True})
    photo_sha256 = laid()
    taken_at = fields.AwareDateTime(load_default=None, allow_none=True)
    position = maybe("37.38,118.02", most=60)
    verified_by = text("执法员甲", most=60)


class Recheck(FormSchema):
    """A recheck that found everything done (复查)."""

    checked_at = moment_if_not_now()
    officers = officers()
    results = fields.List(
        fields.Nested(ItemResult),
        required=True,
        validate=validate.Length(1, 30),
        metadata={"example": [{"kind": "cleared", "done": True, "verified_by": "执法员甲"}]},
    )


class FailedRecheck(FormSchema):
    """A recheck that found something not done."""

    checked_at = moment_if_not_now()
    officers = officers()
    findings = text("桌椅仍在店外摆放，未改正", most=3000)
    evidence = evidence()


def _persons(*, least: int) -> fields.List[Any]:
    """Make a list of names."""
    return fields.List(
        fields.String(validate=validate.Length(2, 60)),
        required=True,
        validate=validate.Length(least, 5),
        metadata={"example": ["执法员丙"] if least else []},
    )


class Recusal(FormSchema):
    """Who is asked to withdraw, by whom and why (回避申请; 行政处罚法 43, 64)."""

    persons = _persons(least=1)
    sought_by = choice(("party", "officer"))
    sought_on = day_if_not_today()
    reason = text("与投诉举报人有亲属关系", least=5)


class RecusalDecision(FormSchema):
    """Who of them withdraws, and why; nobody where the list is empty (回避决定书)."""

    granted = _persons(least=0)
    decided_on = day_if_not_today()
    reason = text("经审查，不存在可能影响公正执法的关系", least=5)


class Waiver(FormSchema):
    """On which ground nothing is punished after correction, and that the party was taught (行政处罚法 33)."""

    ground = choice(WAIVERS)
    prior_offences = fields.Integer(load_default=0, validate=validate.Range(0, 1000), metadata={"example": 0})
    reason = text("违法行为轻微，已及时改正，未造成危害后果", least=5)
    educated = confirmed()


class Termination(FormSchema):
    """Why the matter, or the enforcement of a decision, ends without result (终止; 行政强制法 40)."""

    ground = choice(TERMINATIONS, "other")
    terminated_on = day_if_not_today()
    reason = text("当事人下落已查明，继续办理已无意义，经核实", least=5)
    nobody_answers = ticked(example=True)
    proof = text("死亡证明、注销登记等证明材料", most=500)


class Resumed(FormSchema):
    """On which clue a court that had ended goes on to enforce (恢复执行)."""

    resumed_on = day_if_not_today()
    clue = text("发现当事人有可供执行的财产", least=5)
    case_no = text("执恢2026-1", most=60)


class Exemption(FormSchema):
    """On which ground a person is not punished at all (行政处罚法 30, 31, 33, 37)."""

    decided_on = day_if_not_today()
    ground = choice(EXEMPTIONS)
    prior_offences = fields.Integer(load_default=0, validate=validate.Range(0, 1000), metadata={"example": 0})
    reason = text("有证据足以证明没有主观过错", least=5)
    educated = confirmed()


class Power(FormSchema):
    """Who punishes, by which power (行政处罚法 17-24), and where that may be contested."""

    authority = text("区综合行政执法局", most=120)
    power = choice(("statutory", "delegated", "entrusted"))
    delegation_no = maybe(most=120)
    delegation_until = fields.Date(load_default=None, allow_none=True, metadata={"example": "2099-12-31"})


class PenaltyOnTheSpot(Power):
    """A decision handed over on the spot (当场处罚决定书; 行政处罚法 51-52)."""

    decision_no = text("滨彭综执简罚字〔2026〕第1号", most=60)
    facts = text("在室外经营，占用便道", most=2000)
    basis = text("滨州市城镇容貌和环境卫生管理条例第五十一条", most=500)
    officers = officers()
    penalty = fields.String(load_default="fine", validate=validate.Equal("fine"), metadata={"example": "fine"})
    amount = money("200.00")
    correction_demanded = confirmed()
    heard_party = confirmed()
    remedies_told = confirmed()
    reconsideration_body = text("区人民政府", most=120)
    court = text("区人民法院", most=120)
    signed_by_party = ticked(example=True)
    decided_on = day_if_not_today()
    separate_act = maybe(most=500)


class WarningOnTheSpot(Power):
    """A warning handed over on the spot (行政处罚法 51-52)."""

    decision_no = text("滨彭综执简罚字〔2026〕第2号", most=60)
    facts = text("在室外经营，占用便道", most=2000)
    basis = text("滨州市城镇容貌和环境卫生管理条例第五十一条", most=500)
    officers = officers()
    penalty = fields.String(load_default="warning", validate=validate.Equal("warning"), metadata={"example": "warning"})
    correction_demanded = confirmed()
    heard_party = confirmed()
    remedies_told = confirmed()
    reconsideration_body = text("区人民政府", most=120)
    court = text("区人民法院", most=120)
    signed_by_party = ticked(example=True)
    decided_on = day_if_not_today()


class Filing(Power):
    """Why a case is filed, who has the power to punish, who investigates (立案审批表)."""

    filing_no = text("滨彭综执立字〔2026〕第1号", most=60)
    act = choice(ACTS.codes, "outside_business")
    also_breaks = fields.List(
        fields.String(validate=validate.OneOf(ACTS.codes)),
        load_default=list,
        validate=[validate.Length(max=10), validate.ContainsOnly(ACTS.codes)],
        metadata={"example": [], "help": "Other norms that the same doing breaks: it is fined once, by the higher"},
    )
    facts = text("涉嫌在室外经营，经核查属实", least=5, most=5000)
    found_on = fields.Date(required=True)
    continuing = fields.Boolean(required=True, metadata={"example": True})
    ended_on = fields.Date(load_default=None, allow_none=True)
    health_harmed = ticked()
    officers = officers()
    filed_on = day_if_not_today()


class Questioning(FormSchema):
    """What somebody answered to two officers (询问笔录; 行政处罚法 42, 55)."""

    at = fields.AwareDateTime(required=True)
    place = text("中队询问室", most=200)
    officers = officers()
    by = text("店主甲", most=60, personal=True)
    standing = choice(("party", "witness", "complainant", "other"))
    rights_told = confirmed()
    record = text("问：风机何时开启？答：每日十时至二十二时。", least=5, most=20_000)
    signed = fields.Boolean(required=True, metadata={"example": True})


class _Seizure(FormSchema):
    """Things sealed or seized, under which law, by whom, with what the party was told (查封、扣押; 行政强制法 18, 22-25)."""

    notice_no = text("滨彭综执扣字〔2026〕第1号", most=60)
    reason = text("涉案音响是违法行为的工具，不控制将继续扰民", least=5)
    basis = text("允许查封、扣押的法律、法规条款", most=500)
    things = text("音响1套", most=1000)
    kept_at = text("中队仓库", most=200)
    officers = officers()
    certificates_shown = confirmed()
    reasons_and_rights_told = confirmed()
    heard_party = confirmed()
    recorded_on_the_scene = confirmed()
    signed_by = choice(("party", "witness"))
    reconsideration_body = text("区人民政府", most=120)
    court = text("区人民法院", most=120)
    recipient = text("店主甲", most=120, personal=True)


class Seizure(_Seizure):
    """Things sealed or seized as a leader has approved (行政强制法 18)."""

    seized_on = day_if_not_today()


class SeizureAtOnce(_Seizure):
    """Things that had to be seized before anybody could approve it, and why it could not wait (行政强制法 19)."""

    authority = text("区综合行政执法局", most=120)
    seized_at = moment_if_not_now()
    urgent_because = text("当事人正在转移涉案物品，来不及事前报批", least=5)


class MeasureApproval(FormSchema):
    """That what was seized at once was reported, and is approved (补办批准; 行政强制法 19)."""

    reported_at = fields.AwareDateTime(required=True, metadata={"begins": "now"})
    approval_no = text("滨彭综执强批字〔2026〕第1号", most=60)
    opinion = text("情况紧急，措施必要、适当，同意补办批准", least=5)


class MeasureLifted(FormSchema):
    """That what was seized at once was reported, should not have been, and is given back at once (立即解除; 行政强制法 19)."""

    reported_at = fields.AwareDateTime(required=True, metadata={"begins": "now"})
    reason = text("情节显著轻微，不应当采取查封、扣押", least=5)
    returned = confirmed()
    note = text("已当场退还当事人并签收")


class Suspension(FormSchema):
    """Why what the body enforces itself stands still (中止执行; 行政强制法 39)."""

    ground = choice(forcing.GROUNDS)
    suspended_on = day_if_not_today()
    reason = text("当事人履行确有困难，提出书面申请并附证明", least=5)


class TakenUp(FormSchema):
    """Why enforcement goes on (恢复执行; 行政强制法 39)."""

    taken_up_on = day_if_not_today()
    reason = text("中止执行的情形已经消失", least=5)


class DismantlingAnnouncement(FormSchema):
    """That something is to be dismantled, by when the party may do so itself, where it may be contested (公告; 行政强制法 44)."""

    authority = text("区综合行政执法局", most=120)
    notice_no = text("滨彭综执拆告字〔2026〕第1号", most=60)
    object = text("楼顶搭建的彩钢房一处", most=500)
    days = fields.Integer(required=True, validate=validate.Range(1, 90), metadata={"example": 15})
    dismantle_announced_on = day_if_not_today()
    posted_at = text("违法建设现场、社区公告栏", most=300)
    reconsideration_body = text("区人民政府", most=120)
    court = text("区人民法院", most=120)


class DismantlingUrging(FormSchema):
    """The last word before it is dismantled: time, way, and the right to be heard (催告书; 行政强制法 35, 36)."""

    authority = text("区综合行政执法局", most=120)
    demand_no = text("滨彭综执拆催字〔2026〕第1号", most=60)
    way = text("自行拆除并清运", most=200)
    days = fields.Integer(required=True, validate=validate.Range(1, 60), metadata={"example": 10})
    recipient = text("店主甲", most=120, personal=True)
    rights_told = confirmed()
    dismantle_urged_on = day_if_not_today()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()


class DismantlingDecision(FormSchema):
    """The decision to dismantle by force, by whose power, with all that the law wants in it (强制拆除决定书; 行政强制法 37)."""

    authority = text("区综合行政执法局", most=120)
    power_basis = text("区人民政府责成强制拆除的文件（文号）", most=300)
    decision_no = text("滨彭综执拆决字〔2026〕第1号", most=60)
    reason = text("逾期不拆除，经催告仍不拆除，且未申请复议、提起诉讼", least=5)
    basis = text("《中华人民共和国行政强制法》第三十七条、第四十四条", most=500)
    way = text("组织人员、机械拆除并清运", most=500)
    planned_at = fields.AwareDateTime(required=True)
    urgent = ticked()
    reconsideration_body = text("区人民政府", most=120)
    court = text("区人民法院", most=120)
    recipient = text("店主甲", most=120, personal=True)
    sealed = confirmed()
    served_on = day_if_not_today()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()


class DismantlingRecord(FormSchema):
    """What was dismantled, under whose eyes, and where what lay in it is kept (行政强制法 43, 44)."""

    done_at = moment_if_not_now()
    urgent = ticked()
    officers = officers()
    result = text("已全部拆除，现场清理完毕", least=2, most=3000)
    things_kept = text("屋内物品已登记造册，交当事人签收", most=2000)
    signed_by = choice(("party", "witness"))
    recorded_throughout = confirmed()
    no_force_no_threat = confirmed()
    no_supply_was_cut_off = confirmed()


class SeizureLonger(FormSchema):
    """Why things are kept for up to thirty days more (行政强制法 25)."""

    reason = text("案情复杂，尚需核实", least=5)
    days = fields.Integer(required=True, validate=validate.Range(1, 30), metadata={"example": 30})
    party_told = confirmed()
    prolonged_on = day_if_not_today()


class Testing(FormSchema):
    """Which test the things seized go through, how long that takes, and that the party was told in writing (行政强制法 25)."""

    kind = choice(("detection", "inspection", "quarantine", "appraisal"))
    by = text("有资质的检测机构", most=200)
    subject = text("音响声功率级检测", most=500)
    days = fields.Integer(required=True, validate=validate.Range(1, 180), metadata={"example": 10})
    recipient = text("店主甲", most=120, personal=True)
    party_told = confirmed()
    sent_on = day_if_not_today()


class TestResult(FormSchema):
    """What the test has found, and when that came; of several tests, which one."""

    which_testing = pick(pauses.offers("testing"))
    tested_on = day_if_not_today()
    result = text("检测报告已出具，结果附卷", least=5, most=3000)
    reference_no = text("检测报告2026-1", most=60)


class Exclusion(FormSchema):
    """For what and for how long the ninety days stand still, and which rule of the department allows that (扣除办案期限)."""

    kind = choice(tuple(LIMITS.excluded), "appraisal")
    begun_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "The day of what it is for, such as of sending to a test; empty: today"},
    )
    backdated_because = maybe(most=500)
    days = fields.Integer(required=True, validate=validate.Range(1, 180), metadata={"example": 30})
    rule = text("本部门行政处罚程序规定有关扣除办案期限的条款", least=5, most=300)
    reason = text("委托检测机构检测，等待检测报告", least=5)


class ExclusionEnd(FormSchema):
    """Why the ninety days run again, and since when; of several times excluded, which one is over."""

    which_exclusion = pick(pauses.offers("exclusion"))
    counted_on = day_if_not_today()
    note = text("已收到检测报告，恢复计算办案期限", most=1000)


class Hold(FormSchema):
    """Evidence that two officers register and hold because it might be lost (先行登记保存; 行政处罚法 42, 56)."""

    notice_no = text("滨彭综执登保字〔2026〕第1号", most=60)
    things = text("折叠桌4张、塑料椅16把", most=1000)
    kept_at = text("中队仓库", most=200)
    officers = officers()
    held_on = day_if_not_today()


class Release(FormSchema):
    """What was decided on the things held or seized."""

    released_on = day_if_not_today()
    disposal = choice(("returned", "sealed", "seized", "appraised", "handed_over"))
    note = text("已退还当事人并签收")


class Report(FormSchema):
    """What the investigation found and proposes (调查终结报告)."""

    facts = text("当事人在室外经营，事实清楚", least=5, most=10_000)
    officers = officers()
    evidence = evidence(required=True)
    circumstances = fields.List(
        fields.String(validate=validate.OneOf(("harm_reduced", "coerced", "confessed", "merit", "minor", "repeated"))),
        load_default=list,
        metadata={"example": []},
    )
    penalty = choice(rules.PENALTIES, "fine")
    amount = money("1000.00")
    complex = ticked()
    serious = ticked()
    public_interest = ticked()
    minor_corrected_no_harm = ticked()
    suspect_address = text("黄河八路某号", most=200, personal=True)


class NotProven(FormSchema):
    """Why the facts do not stand (行政处罚法 57(3))."""

    decided_on = day_if_not_today()
    reason = text("证据不足，违法事实不能成立", least=5)


class Reopening(FormSchema):
    """What is still to be investigated."""

    reason = text("证据不足，需要补充调查", least=5)


class Prenotice(FormSchema):
    """What the party was told before the decision (处罚事先告知书; 行政处罚法 44)."""

    notice_no = text("滨彭综执告字〔2026〕第1号", most=60)
    facts = text("在室外经营", most=5000)
    reason = text("拒不改正，影响市容", most=2000)
    basis = text("滨州市城镇容貌和环境卫生管理条例第五十一条", most=500)
    penalty = choice(rules.PENALTIES, "fine")
    amount = money("1000.00")
    statement_right = confirmed()
    hearing_right = fields.Boolean(required=True, metadata={"example": True})
    recipient = text("某餐饮店负责人", most=120, personal=True)
    noticed_on = day_if_not_today()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()


class Statement(FormSchema):
    """What the party said in its defence (陈述申辩笔录)."""

    answers = pick(statements.answered)
    said_at = moment_if_not_now()
    by = text("店主甲", most=60, personal=True)
    content = text("已开始整改，请求从轻", most=5000)


class StatementReview(FormSchema):
    """Whether what the party said stands, and why (行政处罚法 45)."""

    statement = pick(statements.reviewable)
    adopted = fields.Boolean(required=True, metadata={"example": False})
    opinion = text("经复核，所述事实不影响定性", least=5)


class DefenceWaiver(FormSchema):
    """The party's signed word that it will say nothing (行政处罚法 62)."""

    signed = confirmed()
    note = maybe("当事人书面放弃陈述申辩和听证")
    waived_on = day_if_not_today()


class HearingRequest(FormSchema):
    """Who asks for a hearing, with at most two agents (行政处罚法 64)."""

    by = text("店主甲", most=60, personal=True)
    agents = fields.Integer(load_default=0, validate=validate.Range(0, 2), metadata={"example": 1})
    reason = maybe("对罚款金额有异议")
    requested_on = day_if_not_today()


class HearingCall(FormSchema):
    """When, where and by whom the hearing is held; seven working days ahead (听证通知书)."""

    called_on = day_if_not_today()
    hearing_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "Left empty: nine o'clock on the first working day that the notice allows"},
    )
    chair = text("主持人丙", most=60)
    place = text("街道会议室", most=200)
    public = fields.Boolean(required=True, metadata={"example": True})
    closed_reason = maybe()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()


class HearingRecord(FormSchema):
    """What was said at the hearing, signed (听证笔录)."""

    held_on = day_if_not_today()
    present = text("主持人丙、当事人及代理人、调查人员", most=500)
    record = text("双方举证质证完毕", least=5, most=20_000)
    signed = fields.Boolean(required=True, metadata={"example": True})
    opinion = maybe(most=5000)


class HearingReport(FormSchema):
    """What the chair reports of the hearing to who decides on its record (听证报告; 行政处罚法 64, 65)."""

    report_no = text("滨彭综执听报字〔2026〕第1号", most=60)
    reported_on = day_if_not_today()
    chair = text("主持人丙", most=60)
    claimed = text("当事人经责令拒不改正，有现场笔录和照片为证，建议罚款1000元", least=5, most=10_000)
    answered = text("当事人承认在室外经营，提出已经清理，请求从轻", least=5, most=10_000)
    disputed = text("是否已经改正", most=5000)
    facts = text("当事人至听证时仍未清理", least=5, most=10_000)
    proposal = choice(rules.PROPOSALS)
    opinion = text("事实清楚，证据充分，建议维持拟处罚意见", least=5, most=5000)


class HearingAbandoned(FormSchema):
    """Why the hearing ended without the party, and when: it stayed away, left, or takes its request back (行政处罚法 64(6))."""

    ended_by = fields.String(
        load_default="no_show",
        validate=validate.OneOf(("no_show", "left_early", "request_taken_back")),
        metadata={"example": "no_show"},
    )
    abandoned_on = day_if_not_today()
    reason = text("当事人无正当理由拒不出席", least=5)


class LegalReview(FormSchema):
    """What the legal reviewer says, also of what the party has said (法制审核意见)."""

    statement = pick(statements.of_the_penalty)
    reviewer = text("法制员丁", most=60)
    opinion = text("主体适格，事实清楚，程序合法", least=5, most=5000)


class GroupDiscussion(FormSchema):
    """What the leaders said and resolved together (集体讨论记录; 行政处罚法 57)."""

    at = fields.AwareDateTime(required=True)
    present = text("负责人甲、负责人乙、法制员丁", most=500)
    record = text("逐一发表意见，均同意拟处罚意见", least=5, most=20_000)
    result = text("同意按拟处罚意见作出决定", most=2000)


class Decision(FormSchema):
    """The decision with all that the law wants in it (行政处罚决定书; 行政处罚法 59)."""

    decision_no = text("滨彭综执罚字〔2026〕第1号", most=60)
    facts = text("当事人在室外经营，经责令拒不改正", least=5, most=10_000)
    basis = text("滨州市城镇容貌和环境卫生管理条例第五十一条", most=500)
    penalty = choice(rules.PENALTIES, "fine")
    amount = money("1000.00")
    performance = text("收到决定书之日起十五日内到指定银行缴纳", most=500)
    correction_demanded = confirmed()
    remedies_told = confirmed()
    reconsideration_body = text("区人民政府", most=120)
    court = text("区人民法院", most=120)
    sealed = confirmed()
    group_discussion = maybe(most=5000)
    decided_on = day_if_not_today()
    separate_act = maybe(most=500)


class TakenBack(FormSchema):
    """Why a decision that nobody has been served is decided anew (收回尚未送达的决定书)."""

    reason = text("决定书文号、金额等有误，尚未送达，收回重新制作", least=5)


class Misprint(FormSchema):
    """What is misprinted in a paper that was served, and what it should read (文书补正); nothing else changes by it."""

    notice_no = text("滨彭综执补字〔2026〕第1号", most=60)
    paper = text("行政处罚决定书（滨彭综执罚字〔2026〕第1号）", most=200)
    reads = text(
        "黄河八路某号",
        most=1000,
        help="As far as it tells the place; of another paper than the decision, until the decision does not read so",
    )
    should_read = text("黄河八路某某号", most=1000)
    places = fields.List(
        fields.Integer(validate=validate.Range(1, 1000)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={
            "example": [],
            "help": "Only where it stands in several places: the numbers of those that are corrected",
        },
    )
    reason = text("打印笔误，不影响违法事实的认定和处罚内容", least=5)
    nothing_else_changes = confirmed()
    recipient = text("店主甲", most=120, personal=True)
    corrected_on = day_if_not_today()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()


class Serving(FormSchema):
    """How and to whom the decision was served (送达回证)."""

    served_on = day_if_not_today()
    way = choice(("on_the_spot", *DELIVERIES))
    recipient = text("店主甲", most=60, personal=True)
    place = text("当事人经营场所", most=200)
    officers = officers()
    witness = maybe(most=120, personal=True)
    recorded = ticked()
    receipt_no = text("送达回证2026-1", most=60)
    confirmation_signed = ticked()
    delivery_note = delivery_note()
    repeated_because = maybe(most=500, help="Only where an earlier service has failed and is repeated")


class Payment(FormSchema):
    """What was paid, or how a penalty other than money was performed; without an amount, all that is owed."""

    amount = fields.Decimal(
        load_default=None,
        allow_none=True,
        places=2,
        validate=validate.Range(min=Decimal(0), max=Decimal(100_000_000)),
        metadata={"example": None, "help": "Leave empty if all that is owed was paid"},
    )
    way = choice(("bank", "electronic", "on_the_spot", "court", "none"))
    receipt_no = text("票据2026-0001", most=60)
    paid_on = day_if_not_today()
    collected_because = fields.String(
        load_default="",
        validate=validate.OneOf(("", "within_100", "hard_to_enforce_later", "remote_and_asked")),
        metadata={"example": "", "help": "Only where officers have collected the fine themselves"},
    )
    official_receipt = ticked(example=True)


class PartPayment(FormSchema):
    """What was paid of a fine that is paid in parts, through a bank."""

    amount = paid()
    paid_on = day_if_not_today()
    receipt_no = text("票据2026-0002", most=60)


class FinePaidLate(FormSchema):
    """What was paid of a fine when the matter had gone on, or had ended."""

    amount = paid()
    paid_on = day_if_not_today()
    receipt_no = text("票据2026-0004", most=60)
    of_decision_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "The day of the decision, where more than one is unpaid"},
    )


class EarlierCostPaid(FormSchema):
    """What was paid of the costs of what was done before the last time."""

    amount = paid()
    paid_on = day_if_not_today()
    receipt_no = text("票据2026-0005", most=60)
    of_done_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "The day on which it was done, where more than one is unpaid"},
    )


class SpotFiling(FormSchema):
    """That a decision made on the spot was filed with the body whose officers made it (备案; 行政处罚法 52)."""

    spot_filed_on = day_if_not_today()
    received_by = text("法制员丁", most=60)
    register_no = text("简罚备案2026-1", most=60)


class HandIn(FormSchema):
    """That officers have handed in to their body what they collected (行政处罚法 71)."""

    handed_in_on = day_if_not_today()
    received_by = text("财务戊", most=60)
    receipt_no = text("交款单2026-1", most=60)


class BankIn(FormSchema):
    """That the body has paid in at the bank what its officers collected (行政处罚法 71)."""

    banked_on = day_if_not_today()
    bank = text("指定银行", most=120)
    receipt_no = text("缴款书2026-1", most=60)


class Instalments(FormSchema):
    """Until when a party in need may pay later or in parts (行政处罚法 66)."""

    application = text("经营困难，申请分期缴纳", least=5)
    granted_on = day_if_not_today()
    days = fields.Integer(required=True, validate=validate.Range(1, 365), metadata={"example": 90})
    plan = text("分三期，每期三十日", most=1000)


class Remedy(FormSchema):
    """Where the party contests the decision."""

    kind = choice(("reconsideration", "litigation"))
    body = text("区人民政府", most=120)
    reference_no = maybe(most=60)
    sought_on = day_if_not_today()
    accepted_on = day_if_not_today()
    simple_procedure = ticked()
    late_accepted = ticked()


class RemedyResult(FormSchema):
    """How the review of the decision ended, and when the party received that."""

    received_on = day_if_not_today()
    reference_no = text("复议决定2026-1", most=60)
    result = text("维持原处罚决定", most=2000)


class DismantlingUpheld(RemedyResult):
    """That the order to dismantle stands, and whether anything is open against that."""

    final = ticked()


class ReviewLonger(FormSchema):
    """That the reconsideration takes up to thirty days more (行政复议法 62)."""

    more_days = fields.Integer(required=True, validate=validate.Range(1, 30), metadata={"example": 30})
    reference_no = maybe("延期审理通知书2026-1", most=60)


class ChangedAmount(RemedyResult):
    """How the review changed the fine."""

    amount = money("500.00")


class FinalJudgment(RemedyResult):
    """The judgment against which nothing is open any more, and the fine that it leaves where it changes it."""

    amount = fields.Decimal(
        load_default=None,
        allow_none=True,
        places=2,
        validate=validate.Range(min=Decimal(0), max=Decimal(100_000_000)),
        metadata={"example": None, "help": "Leave empty if the amount stands"},
    )


def of_decision_no() -> fields.String:
    """Make the number of the decision that is meant, where there is more than one that may be."""
    return maybe(most=60, help="The number of the decision, where there is more than one")


def of_decision_on() -> fields.Date:
    """Make the day of the decision that is meant, where there is more than one before the last."""
    return fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "The day of the decision, where there is more than one"},
    )


class EarlierRemedy(Remedy):
    """Where the party contests a decision that another one of the same case has followed."""

    of_decision_no = of_decision_no()
    of_decision_on = of_decision_on()


class EarlierReviewLonger(ReviewLonger):
    """That the reconsideration of such a decision takes up to thirty days more (行政复议法 62)."""

    of_decision_no = of_decision_no()
    of_decision_on = of_decision_on()


class EarlierRemedyResult(RemedyResult):
    """What a review has made of a decision that another one of the same case has followed."""

    of_decision_no = of_decision_no()
    of_decision_on = of_decision_on()
    ruling = choice(("upheld", "changed", "revoked"))
    amount = fields.Decimal(
        load_default=None,
        allow_none=True,
        places=2,
        validate=validate.Range(min=Decimal(0), max=Decimal(100_000_000)),
        metadata={"example": None, "help": "The fine that is left, where it was changed"},
    )
    refund_receipt_no = maybe(most=60)
    final = ticked()


class MeasureRemedy(Remedy):
    """Where the party contests a seizure, or what is done for it or dismantled by force (行政强制法 8)."""

    of_decision_no = of_decision_no()


class MeasureReviewLonger(ReviewLonger):
    """That the reconsideration of a decision that forces something takes up to thirty days more (行政复议法 62)."""

    of_decision_no = of_decision_no()


class MeasureRemedyResult(RemedyResult):
    """What a review has made of a decision that forces something."""

    of_decision_no = of_decision_no()
    ruling = choice(measures.RULINGS)
    final = ticked()


class Refund(FormSchema):
    """What was given back of a fine that was revoked or lowered; without an amount, all that is to be."""

    amount = fields.Decimal(
        load_default=None,
        allow_none=True,
        places=2,
        validate=validate.Range(min=Decimal(0), max=Decimal(100_000_000)),
        metadata={"example": None, "help": "Leave empty if all was given back"},
    )
    receipt_no = text("退款凭证2026-1", most=60)


class Demand(FormSchema):
    """The last word before court: time, way, amount, rights (催告书; 行政强制法 35, 54)."""

    demand_no = text("滨彭综执催字〔2026〕第1号", most=60)
    amount = fields.Decimal(
        load_default=None,
        allow_none=True,
        places=2,
        validate=validate.Range(min=Decimal(0), max=Decimal(100_000_000)),
        metadata={"example": None, "help": "Leave empty to demand all that is owed"},
    )
    way = text("到指定银行缴纳", most=200)
    recipient = text("某餐饮店", most=120, personal=True)
    rights_told = confirmed()
    demanded_on = day_if_not_today()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()
    reissued_because = reissued_because()


class CourtApplication(FormSchema):
    """What the court is asked, with the papers that it wants (强制执行申请书; 行政强制法 55)."""

    court = text("区人民法院", most=120)
    application_no = text("滨彭综执申字〔2026〕第1号", most=60)
    papers_complete = confirmed()
    signed_by_leader = confirmed()
    applied_on = day_if_not_today()


class CourtAcceptance(FormSchema):
    """That the court has taken the application (行政强制法 56)."""

    accepted_on = day_if_not_today()
    case_no = text("行审2026-1", most=60)


class CourtHearing(FormSchema):
    """That the court hears both sides before it rules (行政强制法 58)."""

    heard_on = day_if_not_today()
    note = text("法院通知听取被执行人和行政机关的意见")


class CourtObjection(FormSchema):
    """Why the higher court is asked, within fifteen days of the refusal (行政强制法 56, 58)."""

    objected_on = day_if_not_today()
    court = text("市中级人民法院", most=120)
    reason = text("决定事实清楚、程序合法，应当准予执行", least=5)


class CourtRuling(FormSchema):
    """What the court ruled, and when that was received."""

    ruled_on = day_if_not_today()
    ruling_no = text("行审2026-1", most=60)
    result = text("准予强制执行", most=2000)


class CourtRefusal(CourtRuling):
    """What the court refused: to accept the application, or to have it enforced (行政强制法 56, 58)."""

    refused_what = fields.String(
        load_default="refused_enforcement",
        validate=validate.OneOf(tuple(notes.HIGHER_COURT_DAYS)),
        metadata={"example": "refused_enforcement"},
    )


class OrderedAnew(FormSchema):
    """That a decision which was revoked is to be made anew, and in which time (责令重新作出行政行为)."""

    ordered_anew_on = day_if_not_today()
    days = fields.Integer(required=True, validate=validate.Range(1, 90), metadata={"example": 60})
    reason = text("复议决定撤销并责令在一定期限内重新作出", least=5)


class SubstituteDemand(FormSchema):
    """The last word before the body, or somebody for it, does what was ordered (代履行催告; 行政强制法 35, 51)."""

    authority = text("区综合行政执法局", most=120)
    demand_no = text("滨彭综执代催字〔2026〕第1号", most=60)
    object = text("楼道、消防通道内堆放的杂物", most=500)
    way = text("自行清理并恢复原状", most=200)
    recipient = text("店主甲", most=120, personal=True)
    rights_told = confirmed()
    demanded_on = day_if_not_today()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()


class SubstituteDecision(FormSchema):
    """The decision that what was ordered is done for the party, with all that the law wants in it (行政强制法 50 to 52)."""

    authority = text("区综合行政执法局", most=120)
    decision_no = text("滨彭综执代字〔2026〕第1号", most=60)
    harm = choice(("traffic_safety", "environment", "natural_resources"), "environment")
    reason = text("逾期不履行，经催告仍不履行，已污染周边环境", least=5)
    basis = text("《中华人民共和国行政强制法》第五十条", most=500)
    object = text("楼道、消防通道内堆放的杂物", most=500)
    way = text("组织人员清运", most=500)
    planned_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={
            "example": None,
            "help": "Left empty: nine o'clock on the next working day, or now if it is done at once",
        },
    )
    budget = money("800.00")
    performer = text("示例保洁公司", most=120)
    performer_is_disinterested = confirmed()
    immediate = ticked()
    cleared = fields.String(
        load_default="",
        validate=validate.OneOf(costs.CLEARED),
        metadata={"example": "", "help": "Only where it is cleared at once"},
    )
    cleared_from = fields.String(
        load_default="",
        validate=validate.OneOf(costs.PLACES),
        metadata={"example": "", "help": "Only where it is cleared at once"},
    )
    party_cannot = ticked()
    urgent = ticked()
    reconsideration_body = text("区人民政府", most=120)
    court = text("区人民法院", most=120)
    sealed = confirmed()
    served_on = day_if_not_today()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()


class SubstituteRecord(FormSchema):
    """What was done for the party, under whose eyes, at which cost, and that no home was cut off (行政强制法 43, 51)."""

    done_at = moment_if_not_now()
    urgent = ticked()
    officers = officers()
    result = text("已全部清运，恢复原状", least=2, most=3000)
    cost = money("780.00")
    signed_by = choice(("party", "witness"))
    party_absent = ticked()
    no_force_no_threat = confirmed()
    no_supply_was_cut_off = confirmed()


class AbsentNotice(FormSchema):
    """What the party is told that was absent when it was cleared at once (事后通知; 行政强制法 52)."""

    party_told_on = day_if_not_today()
    notice_no = text("滨彭综执代通字〔2026〕第1号", most=60)
    recipient = text("店主甲", most=120, personal=True)
    way = choice(DELIVERIES)
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()
    content = text("已于当日清除公共场所遗洒物，物品去向、费用和后续处理见本通知", least=5)


class CostDemand(FormSchema):
    """By when the party pays what it has cost, and where that may be contested (缴纳代履行费用通知; 行政强制法 51)."""

    cost_demanded_on = day_if_not_today()
    demand_no = text("滨彭综执代费字〔2026〕第1号", most=60)
    recipient = text("店主甲", most=120, personal=True)
    days = fields.Integer(required=True, validate=validate.Range(1, 60), metadata={"example": 15})
    made_up_of = text("人工三人次、车辆一台次、清运处置费", most=1000)
    over_budget_because = maybe(most=1000)
    way = text("到指定银行缴纳", most=200)
    reconsideration_body = text("区人民政府", most=120)
    court = text("区人民法院", most=120)
    rights_told = confirmed()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()


class CostPayment(FormSchema):
    """That the rest of the costs was paid; no late fine is added to them."""

    paid_on = day_if_not_today()
    amount = fields.Decimal(
        load_default=None,
        allow_none=True,
        places=2,
        validate=validate.Range(min=Decimal("0.01"), max=Decimal(100_000_000)),
        metadata={"example": None, "help": "Leave empty if all that is open was paid"},
    )
    way = choice(("bank", "electronic", "court"))
    receipt_no = text("票据2026-0003", most=60)


class CostUrging(FormSchema):
    """The last word before a court is asked for the costs: time, way, amount, rights (催告书; 行政强制法 35, 54)."""

    cost_urged_on = day_if_not_today()
    demand_no = text("滨彭综执代费催字〔2026〕第1号", most=60)
    recipient = text("店主甲", most=120, personal=True)
    way = text("到指定银行缴纳", most=200)
    rights_told = confirmed()
    delivery = delivery()
    delivery_note = delivery_note()
    delivery_proved = delivery_proved()


class CostCourt(FormSchema):
    """What the court is asked for the costs, with the papers that it wants (行政强制法 53, 55)."""

    cost_applied_on = day_if_not_today()
    court = text("区人民法院", most=120)
    application_no = text("滨彭综执代费申字〔2026〕第1号", most=60)
    papers_complete = confirmed()
    signed_by_leader = confirmed()


class CostRuling(FormSchema):
    """What the court has ruled on the costs."""

    received_on = day_if_not_today()
    ruled = choice(("court_granted", "court_refused", "court_ended"))
    ruling_no = text("行审2026-2", most=60)
    result = text("准予强制执行", most=2000)


class CostChanged(FormSchema):
    """What a reconsideration or a judgment has left of the costs; nought where it revoked them."""

    received_on = day_if_not_today()
    amount = money("500.00")
    reference_no = text("复议决定2026-2", most=60)
    result = text("费用变更为500元", most=2000)
    refund_receipt_no = maybe(most=60)


class CostJudgment(FinalJudgment):
    """The judgment on the costs against which nothing is open any more, and what it leaves where it changes them."""

    refund_receipt_no = maybe(most=60)


class CostWriteOff(FormSchema):
    """Why no more of the costs is collected."""

    ground = choice(costs.GROUNDS, "no_property")
    reason = text("当事人下落不明，经核查无可供执行的财产", least=5)


class Persuasion(FormSchema):
    """Who tried to persuade the party, when and how."""

    by = text("社区工作者甲", most=60)
    on = fields.Date(required=True)
    way = choice(("persuaded", "mediated", "handled"))


class Handover(FormSchema):
    """To which authority the matter goes, on which ground, with what was tried before (移送函)."""

    handed_on = day_if_not_today()
    authority = choice(AUTHORITIES, "market")
    ground = choice(("competence", "public_security", "crime"))
    letter_no = text("滨彭综执移字〔2026〕第1号", most=60)
    reason = text("属该机关职权范围，依法移送", least=5)
    persuasions = fields.List(
        fields.Nested(Persuasion), load_default=list, validate=validate.Length(max=50), metadata={"example": []}
    )
    things_go_along = ticked()


class AuthorityAcceptance(FormSchema):
    """That the authority goes into the matter (受理、立案)."""

    accepted_on = day_if_not_today()
    reference_no = text("立案通知书2026-1", most=60)


class MaterialsDelivered(FormSchema):
    """That things and papers were delivered to the police, against a signature (移送规定 12)."""

    delivered_on = day_if_not_today()
    things = text("案卷材料一册、涉案物品清单所列物品", most=1000)
    received_by = text("民警己", most=60)


class AuthorityRefusal(FormSchema):
    """That the authority does not go into the matter, and sends it back (不予立案、不予受理)."""

    refused_on = day_if_not_today()
    reference_no = text("不予立案通知书2026-1", most=60)
    reason = text("没有犯罪事实，依法不予立案", least=5)


class RefusalContest(FormSchema):
    """Before whom a refusal is contested, and why (移送规定 9; 行政处罚法 25)."""

    before = choice(outside.CONTESTS, "superior")
    contested_on = day_if_not_today()
    letter_no = text("滨彭综执复字〔2026〕第1号", most=60)
    reason = text("依法应当由该机关办理", least=5)


class Resumption(FormSchema):
    """That what another authority has sent back goes on here (行政处罚法 27; 移送规定 10)."""

    resumed_on = day_if_not_today()
    note = text("案卷材料已退回，应当给予行政处罚")


class AssistanceRequest(FormSchema):
    """What another authority is asked to help with (协助函; 行政处罚法 26)."""

    authority = choice(AUTHORITIES, "market")
    letter_no = text("滨彭综执协字〔2026〕第1号", most=60)
    subject = text("协助提供当事人登记信息", least=5)
    asked_on = day_if_not_today()
    days = fields.Integer(required=True, validate=validate.Range(1, 60), metadata={"example": 15})


class AssistanceUrging(FormSchema):
    """Of which request another authority was reminded."""

    letter_no = text("滨彭综执协字〔2026〕第1号", most=60)
    urged_on = day_if_not_today()
    note = text("已电话并函催办理情况")


class AssistanceAnswer(FormSchema):
    """What another authority has answered to a request."""

    letter_no = text("滨彭综执协字〔2026〕第1号", most=60)
    answered_on = day_if_not_today()
    granted = fields.Boolean(required=True, metadata={"example": True})
    result = text("已提供登记信息，附卷", most=3000)
    reference_no = maybe(most=60)


class AuthorityResult(FormSchema):
    """What the other authority did."""

    result = text("已依法处理并书面回复", most=3000)
    reference_no = maybe(most=60)


class Urging(FormSchema):
    """How a silent authority was reminded."""

    note = text("已电话并函催办理情况")


class Upkeep(FormSchema):
    """One doing of a duty that comes again, such as the weekly cleaning of a purifier."""

    kind = choice(("weekly_cleaning", "other"))
    done_on = fields.Date(required=True)
    photo_sha256 = laid()


# -- what is computed without a case -------------------------------------------


def _level(example: str | None, *, least: str = "0", most: str = "1000", required: bool = True) -> fields.Decimal:
    """Make a measured value."""
    within = validate.Range(min=Decimal(least), max=Decimal(most))
    if required:
        return fields.Decimal(required=True, validate=within, metadata={"example": example})
    return fields.Decimal(load_default=None, allow_none=True, validate=within, metadata={"example": example})


class FineAsked(FormSchema):
    """The norms that one act breaks, and its circumstances."""

    acts = fields.List(
        fields.String(validate=validate.OneOf(ACTS.codes)),
        required=True,
        validate=validate.Length(1, 10),
        metadata={"example": ["noise_over_limit"]},
    )
    committed_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": "2026-11-02", "help": "The day of the act, or of its end; with the day of the decision"},
    )
    decided_on = fields.Date(load_default=None, allow_none=True, metadata={"example": "2026-11-27"})
    suspect_kind = choice(rules.SUSPECT_KINDS, "organisation")
    refused = ticked()
    first = ticked()
    slight = ticked()
    corrected = ticked()
    harm = fields.String(
        load_default="", validate=validate.OneOf(("", "no_harm", "slight", "grave")), metadata={"example": "slight"}
    )
    amount = fields.Decimal(
        load_default=None,
        allow_none=True,
        places=2,
        validate=validate.Range(min=Decimal(0), max=Decimal(100_000_000)),
        metadata={"example": "5000.00"},
    )


class Review(FormSchema):
    """A reconsideration or a litigation; without an end it still runs."""

    sought_on = fields.Date(required=True, metadata={"example": "2026-11-05"})
    ended_on = fields.Date(load_default=None, allow_none=True, metadata={"example": "2026-11-15"})


class ExcludedSpan(FormSchema):
    """A time that a leader has excluded from the ninety days: from the day after its first until its last."""

    kind = choice(tuple(LIMITS.excluded), "appraisal")
    since = fields.Date(required=True, metadata={"example": "2026-11-05"})
    until = fields.Date(required=True, metadata={"example": "2026-11-15"})


class DecisionAsked(FormSchema):
    """The day of filing, and what is not counted."""

    filed_on = fields.Date(required=True, metadata={"example": "2026-11-02"})
    exclusions = fields.List(
        fields.Nested(ExcludedSpan),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={"example": [{"kind": "appraisal", "since": "2026-11-05", "until": "2026-11-15"}]},
    )


class RemediesAsked(FormSchema):
    """When the party was told of the decision, and of what a reconsideration has brought."""

    told_on = fields.Date(required=True, metadata={"example": "2026-11-02"})
    announced = ticked()
    decided_on_the_spot = ticked()
    review_received_on = fields.Date(load_default=None, allow_none=True, metadata={"example": None})


class LimitationAsked(FormSchema):
    """When an act has ended, and when it was found."""

    ended_on = fields.Date(load_default=None, allow_none=True, metadata={"example": "2024-11-30"})
    continuing = ticked()
    found_on = fields.Date(required=True, metadata={"example": "2026-11-02"})
    health_harmed = ticked()


class LateFineAsked(FormSchema):
    """A fine, when it was due, and until when what is added is counted."""

    fine = money("10000.00")
    due_on = fields.Date(load_default=None, allow_none=True, metadata={"example": "2026-10-31"})
    received_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "Counts the last day of payment where it is not given"},
    )
    until = fields.Date(required=True, metadata={"example": "2026-11-20"})
    reviews = fields.List(
        fields.Nested(Review),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={"example": [{"sought_on": "2026-11-05", "ended_on": "2026-11-15"}]},
    )


class NoiseAsked(FormSchema):
    """A measured noise in dB(A), where and when."""

    value = _level("58.0", most="200")
    zone = choice(tuple(LIMITS.noise), "2")
    period = choice(("day", "night"), "night")
    background = _level("45.0", most="200", required=False)
    indoors = ticked()


class FumeAsked(FormSchema):
    """Let-out cooking fume in mg per cubic metre, and the size of the kitchen."""

    value = _level("1.6")
    stoves = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(1, 1000), metadata={"example": 4}
    )
    size = fields.String(
        load_default="",
        validate=validate.OneOf(("", *reversed(tuple(LIMITS.fume_sizes)))),
        metadata={"example": "medium"},
    )
    inlet = _level("10.0", least="0.01", required=False)
    airflow = _level(None, least="1", most="1000000", required=False)
    distance = _level("12.0", required=False)
    deodorised = ticked(example=True)
