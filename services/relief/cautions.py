"""What deserves a second look in a case of relief: favour, concealment, relief given twice, papers that never came.

Pure. None of the words names a person, an illness or an income; they forbid nothing, see `rules.py` for what is refused.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from chassis.workcalendar import local_date
from chassis.workflow import Caution, one_name
from services.relief import applying, benefits, duplicates, granting, means, refunds, remedies, rules
from services.relief.stages.places import UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from chassis.workflow import CaseView, Values, Warns

_ACT: Final = "社会救助暂行办法"
#: How long a request for help may lie at the window before somebody asks why.
_LYING: Final = timedelta(days=5)


def duplicate_relief(case: CaseView, now: datetime, others: Iterable[Values]) -> Iterator[Caution]:
    """Warn that the same persons have, or have applied for, the same help in another case."""
    details, filed = case.details, rules.application(case)
    cause = filed.get("cause") or (details.get("emergency_assessed") or {}).get("cause", "")
    year = local_date(now).year
    for other in others:
        if not duplicates.clash(rules.relief_of(case), cause, year, other):
            continue
        zh, en = ("正在办理", "is being handled") if other["pending"] else ("已获", "was granted")
        yield Caution(
            "duplicate_relief",
            f"同一人（姓名和证件号码后四位相同）在案件 {other['number'] or '—'} 中{zh}{rules.said(other['relief'])}，请核对是否重复。",
            f"The same help ({other['relief']}) for the same person {en} in case {other['number'] or '-'}: check that it is not given twice.",
            f"{_ACT}-66",
        )


def medical_direct(case: CaseView, _now: datetime, others: Iterable[Values]) -> Iterator[Caution]:
    """Warn that who has dibao or 特困供养 gets medical relief from the medical insurance itself, without an application here."""
    if rules.relief_of(case) != "medical":
        return
    for other in others:
        if other["relief"] in rules.LASTING and not other["pending"]:
            yield Caution(
                "medical_direct",
                f"申请人或者共同生活的家庭成员在案件 {other['number'] or '—'} 中享受低保或者特困供养：其医疗救助由区医疗保障部门直接办理，请转介。",
                f"By case {other['number'] or '-'} one of the household has lasting relief: the medical insurance grants this itself.",
                f"{_ACT}-30",
            )


def unknown_again(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that some of a household can't be looked for in other cases: nothing of their numbers is on file."""
    household = rules.application(case).get("household", ())
    if case.state in UNDECIDED and (lacking := sum(not member.get("id_last_four") for member in household)):
        yield Caution(
            "unknown_again",
            f"有 {lacking} 名家庭成员没有登记证件号码后四位，查不出是否在别的案件中重复救助，请核对后更正申请登记。",
            f"{lacking} of the household have no number on file, so that nobody is warned of help given twice: look, and add them.",
            f"{_ACT}-66",
        )


def staff_relative(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that the applicant is a relative of the staff."""
    if applying.is_relative(case):
        yield Caution(
            "staff_relative",
            "申请人为经办人员近亲属：须备案、经办人员回避，由区级人员参加入户调查。",
            "The applicant is a relative of the staff: registered, the relative keeps out, the district visits.",
            f"{_ACT}-66",
        )


def advance_without_papers(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that urgent help was paid and its papers have not come within their ten working days."""
    if case.state == "retro_overdue":
        yield Caution(
            "advance_without_papers",
            "先行救助已超过十个工作日仍未补办手续，请立即补齐或者依规追回。",
            "The papers for an advance are missing after ten working days: complete them, or ask the money back.",
            "地方临时救助办法",
        )


def advance_late(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that urgent help has not come within its twenty-four hours."""
    if case.state == "emergency" and case.details.get("advance_was_late"):
        yield Caution(
            "advance_late",
            "认定急难已超过24小时仍未先行救助，请立即救助或者说明不属急难。",
            "Urgent help has not come within 24 hours: give it at once, or say why it is not urgent.",
            "地方临时救助办法",
        )


def concealment(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that the registers, the visit or an objection contradict what was declared."""
    if applying.is_doubtful(case) or case.details.get("objection_upheld"):
        yield Caution(
            "concealment",
            "核对、入户或异议核查情况与申报不一致，可能存在隐瞒：查实的应停止救助、责令退回，可处一倍以上三倍以下罚款。",
            "Findings contradict what was declared. If something was concealed: stop, refund, a fine of one to three times.",
            f"{_ACT}-68",
        )


def publicity(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a posting that was cut short, or shows what it must not."""
    short, shown = granting.publicity_faults(case)
    if short:
        yield Caution(
            "publicity_short",
            "公示未满七日已被撤下或者遮盖，应重新公示七日。",
            "The posting was gone before its seven days were over: post it again for seven days.",
            f"{_ACT}-11",
        )
    if shown:
        yield Caution(
            "publicity_shows",
            "公示内容含有证件号码、病情等不得公示的个人信息，应立即撤换并重新公示。",
            "The posting shows what it must not, such as numbers or an illness: take it down and post it again.",
            f"{_ACT}-61",
        )


def against_the_review(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of an opinion in favour although the neighbours' review had no majority for it (人情保)."""
    review = case.details.get("democratic_review_held")
    if review and case.details.get("supported") and review["in_favour"] * 2 <= review["present"]:
        yield Caution(
            "against_the_review",
            "民主评议赞成人数未过半而审核意见为同意，请复核，防止“人情保”。",
            "The opinion is in favour, the democratic review had no majority: look for favouritism.",
            f"{_ACT}-66",
        )


def standard_differs(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of an amount that is reckoned by another standard than the table has: every yuan of it is paid to each head."""
    opinion = case.details.get("opinion_supported")
    if rules.relief_of(case) not in {"dibao", *rules.TEMPORARY} or not opinion:
        return
    row = means.standard_on(_given_on(case))
    if row and Decimal(opinion["standard"]) not in (row.urban, row.rural):
        zh, en = rules.marked(verified=row.verified)
        yield Caution(
            "standard_differs",
            f"审核所用的标准 {opinion['standard']} 元与标准表（{row.effective_from} 起：城市 {row.urban} 元，农村 {row.rural} 元{zh}）"
            "不一致，请与公布的标准核对。",
            f"Reckoned by {opinion['standard']} yuan; the table has {row.urban} (urban) and {row.rural} (rural){en}: compare them.",
            f"{_ACT}-10",
        )


def _given_on(case: CaseView) -> date:
    return date.fromisoformat(str(case.details.get("opinion_on") or local_date(case.opened_at))[:10])


def income_not_low(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of relief for an expense to a household whose income is not below what people here have on average."""
    opinion = case.details.get("opinion_supported")
    if rules.relief_of(case) != "temp_expense" or not opinion:
        return
    incomes, deductions = [Decimal(opinion["monthly_income"])], Decimal(opinion["deductions"])
    yearly, row = 12 * means.per_capita(incomes, deductions, opinion["persons"]), means.standard_on(_given_on(case))
    if row and yearly >= row.disposable:
        unsure = ("", "") if row.verified else ("（未核实）", " (not verified)")
        yield Caution(
            "income_not_low",
            f"人均年收入不低于上年度当地人均可支配收入{unsure[0]}：支出型临时救助请复核是否符合条件。",
            f"The income per head is not below the disposable income of last year{unsure[1]}: check it for an expense.",
            "地方临时救助办法",
        )


def payee_outside(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that money went to somebody who does not belong to the household."""
    household = {one_name(member["name"]) for member in rules.application(case).get("household", ())}
    payees = {one_name(row["payee"]) for row in (case.details.get("relief_paid") or {}).get("payments", ())}
    if household and payees - household:
        yield Caution(
            "payee_outside",
            "领取人不是家庭成员，请核对是否代领、截留或者挪用。",
            "Somebody who is no member of the household was paid: check that nothing was diverted.",
            f"{_ACT}-67",
        )


def verification_due(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn that a lasting benefit should have been verified again."""
    due = case.details.get("verify_by")
    if due and not rules.is_over(case.details) and date.fromisoformat(due) < local_date(now):
        row = rules.bases().clock("verification", now, str(case.details.get("verified_as") or ""))
        zh, en = rules.marked(verified=row.verified)
        yield Caution(
            "verification_due",
            f"应于 {due} 前定期核查家庭人口、收入和财产状况，至今未核查；间隔按{rules.bases().said(row.basis, now, 'zh')}{zh}。",
            f"Household, income and property should have been verified by {due}; the office's own rule sets how often{en}.",
            f"{_ACT}-13",
        )


def not_taken_in(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn that a request for help lies at the window: refusing to take it is unlawful."""
    if case.state == "to_apply" and case.details.get("kind") == "help" and now - case.opened_at > _LYING:
        yield Caution(
            "not_taken_in",
            "求助超过五日仍未登记申请、认定急难或者转介，不得拖延或者拒不受理。",
            "Nothing was done for five days about a request for help: refusing to take it is unlawful.",
            f"{_ACT}-66",
        )


def relieved_again(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Show that the same cause is relieved a second time in the year, and by which decision."""
    if decided := case.details.get("case_by_case"):
        yield Caution(
            "relieved_again",
            f"同一事由 {decided['year']} 年内再次救助，依据“一事一议”纪要 {decided['minutes_no']}，须报区级审批。",
            f"The same cause is relieved again in {decided['year']}, by the minutes {decided['minutes_no']}.",
            "地方临时救助办法",
        )


def refund_open(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of what was asked back and has not come."""
    left = refunds.refund_left(case.details)
    if left < 0:
        yield Caution(
            "refund_open",
            f"已退回的资金多出 {-left} 元（决定撤销或者变更后不再应退），请返还当事人并登记。",
            f"{-left} yuan more came back than is asked for by now: give them back.",
            f"{_ACT}-68",
        )
    if left > 0:
        yield Caution(
            "refund_open",
            f"应退回的资金尚有 {left} 元未退回，请催缴并登记。",
            f"{left} yuan that were asked back have not come.",
            f"{_ACT}-68",
        )


def referral_open(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a body that was asked beside the case and has not answered."""
    if left := rules.referrals_open(case.details):
        yield Caution(
            "referral_open",
            f"转介单 {'、'.join(left)} 尚未回复，请跟踪。",
            f"Referrals {', '.join(left)} have not been answered: ask.",
            f"{_ACT}-60",
        )


def month_unpaid(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of a month of a lasting benefit that is over and was not paid."""
    if rules.relief_of(case) not in rules.LASTING or not case.details.get("relief_paid"):
        return
    if unpaid := benefits.months_due(
        case.details, (local_date(now).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    ):
        yield Caution(
            "month_unpaid",
            f"{'、'.join(unpaid[:6])} 的救助金没有发放记录：应当按月发给，请核对。",
            f"Nothing is on record for {', '.join(unpaid[:6])}: it is paid month by month.",
            f"{_ACT}-12",
        )


def remedy_unmet(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that a decision was revoked or changed by a review and nothing has followed."""
    for row in remedies.unmet(case.details):
        yield Caution(
            "remedy_unmet",
            f"复议、诉讼已撤销或者变更原决定（{rules.said(row['decision'])}），尚未落实：请重新审核、恢复发放、补发或者不再追回。",
            f"A review has overturned or changed a decision ({row['decision']}): put it right.",
            f"{_ACT}-65",
        )


def decision_unreceived(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a decision of which nobody knows when it was received: until then no time to contest it runs."""
    for row in remedies.unreceived(case.details):
        if row["decision"] in remedies.SERVED:
            yield Caution(
                "decision_unreceived",
                f"{rules.said(row['decision'])}的决定还没有登记送达日期：复议、起诉期限自收到之日起计算，请送达并登记。",
                f"No receipt of a decision ({row['decision']}) is on record: serve it; its remedies run from then.",
                f"{_ACT}-65",
            )


#: What is seen beside the other cases of the same persons only.
COMPARED: Final = (duplicate_relief, medical_direct)
CAUTIONS: Final[tuple[Warns, ...]] = (
    unknown_again,
    staff_relative,
    advance_without_papers,
    advance_late,
    concealment,
    publicity,
    against_the_review,
    income_not_low,
    standard_differs,
    payee_outside,
    verification_due,
    not_taken_in,
    relieved_again,
    refund_open,
    remedy_unmet,
    decision_unreceived,
    referral_open,
    month_unpaid,
)
