"""From the publicity to the grant and its payment, or the refusal. Pure, like the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from chassis.masking import redact
from chassis.workcalendar import local_date
from chassis.workflow import CaseView, Moment, Refusal, Values
from services.relief import benefits, rules

#: What a posting may show (公示); all else is the household's own (社会救助暂行办法 61).
POSTED: Final = ("name", "estate", "kind_of_relief", "amount", "household_size")
NOT_POSTED: Final = ("id_number", "phone", "address", "account", "health", "income_items", "minor_name")
#: Words of an illness or a disability, which no posting names.
_ILLNESS: Final = ("病", "癌", "肿瘤", "残疾", "透析", "手术", "艾滋", "精神障碍")


# -- what is known of a case --------------------------------------------------


def publicity_faults(case: CaseView) -> tuple[bool, list[str]]:
    """Return whether the posting was found gone before its time, and what it was found to show that it must not."""
    checks = case.details.get("publicity_checked") or ()
    shown = {one for check in checks for one in check["shown"]}
    return any(not check["still_posted"] for check in checks), sorted(shown & {*NOT_POSTED})


# -- changes ------------------------------------------------------------------


def begin_publicity(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when it is posted: seven whole days after that day; what was found of an earlier posting counts no longer."""
    posted_on = form["posted_on"] or local_date(moment.now)
    return {
        "publicity_checked": [],
        "posted_since": posted_on,
        "posted_until": rules.until("publicity", posted_on, rules.relief_of(case)),
    }


def dismiss_objection(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that an objection was found to be wrong, and until when it is posted again."""
    return {"objection_stands": False, **begin_publicity(case, form, moment)}


def uphold_objection(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that an objection was found to be right."""
    return {"objection_stands": True}


def set_district_days(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep how long the district may take, by the kind of relief."""
    submitted_on = form["submitted_on"] or local_date(moment.now)
    return {"district_days": rules.length("district", submitted_on, rules.relief_of(case))}


def approve_as_supported(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what was granted, and when."""
    granted_on = form["decided_on"] or local_date(moment.now)
    return {"approved_amount": form["amount"], "granted_on": granted_on, **benefits.begin_benefit(case, form)}


def approve_in_street(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what the street has granted by its delegation: an earlier way to the district counts no longer."""
    return {**approve_as_supported(case, form, moment), "submitted": None}


def take_back_grant(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that what was granted is not paid: it counts as granted no longer, and another grant is published anew."""
    return {"granted_on": None, "approved_amount": None, "benefit": [], "approval_published": None}


def revoke_grant(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that what was granted is refused after all."""
    return {**take_back_grant(case, form, moment), **rules.refuses("grant_revoked")(case, form, moment)}


# -- guards -------------------------------------------------------------------


def nobody_is_left(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give up for a death what is granted to a household that lives on."""
    if not form or form["ground"] != "death" or benefits.heads(case.details) <= 1:
        return None
    return Refusal(
        f"救助以家庭为单位（{benefits.heads(case.details)} 人），其他成员仍应发放；标准有变的，发放后核查调整或者由批准机关撤销",
        "it is granted to a household: the others are still paid",
    )


def revoked_after_the_grant(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a revocation that is dated before the grant."""
    granted = str(case.details.get("granted_on") or "")
    if not form or form["decided_on"].isoformat() >= granted:
        return None
    return Refusal(f"撤销日期早于批准之日（{granted}）", f"granted on {granted}: it can't be revoked before")


def submitted_after_the_publicity(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to submit what was still to be posted on that day (社会救助暂行办法 11)."""
    return _after_the_publicity(case, form, "submitted_on")


def decided_after_the_publicity(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide in the street what was still to be posted on that day (社会救助暂行办法 48)."""
    return _after_the_publicity(case, form, "decided_on")


def _after_the_publicity(case: CaseView, form: Values, act: str) -> Refusal | None:
    until = str(case.details.get("posted_until") or "")
    if not form or not form[act] or form[act].isoformat() > until:
        return None
    return Refusal(f"公示至 {until} 满七日，日期应在此之后", f"it is posted until {until}: it comes after that")


def decided_after_it_was_submitted(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the district's decision that is dated before the papers went to it."""
    how = "submitted_for_refusal" if case.state == "district_declining" else "submitted"
    submitted = (case.details.get(how) or {}).get("submitted_on")
    return rules.not_before(form, "decided_on", submitted, "报送", "the papers went there")


def told_after_the_refusal(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a notice that is dated before the refusal that it tells: the time to contest it would be cut short."""
    made = str(rules.refusal(case.details)[1].get("decided_on") or "")
    if not form or form["told_on"].isoformat() >= made:
        return None
    return Refusal(f"告知日期早于决定之日（{made}）", f"decided on {made}: it can't have been told before")


def posted_after_the_opinion(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a posting that is dated before the opinion that it shows: its seven days would be cut short."""
    given = case.details.get("opinion_on")
    if not form or not given or not form["posted_on"] or form["posted_on"].isoformat() >= str(given):
        return None
    return Refusal(f"公示日期早于审核意见作出之日（{given}）", f"the opinion is of {given}: it can't be posted before")


def posted_again_after_the_objection(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a new posting that is dated before the objection that it follows."""
    raised = case.details.get("objected_on")
    if not form or not raised or not form["posted_on"] or form["posted_on"].isoformat() >= str(raised):
        return None
    return Refusal(f"重新公示日期早于异议之日（{raised}）", f"the objection is of {raised}: post it again after that")


def found_after_the_objection(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a finding that is dated before the objection that it is of."""
    return rules.not_before(form, "found_on", case.details.get("objected_on"), "异议", "the objection")


def raised_after_the_posting(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an objection that is dated before the posting that it is against."""
    return rules.not_before(form, "raised_on", case.details.get("posted_since"), "公示", "the posting")


def note_objection(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep on which day an objection came, and whether that was before its time was over: then the posting stops (公示)."""
    raised_on = form["raised_on"] or local_date(moment.now)
    until = str(case.details.get("posted_until") or "")
    return {"objected_on": raised_on, "objected_in_time": not until or raised_on.isoformat() <= until}


def shows_only_what_it_may(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a posting with more than name, estate, kind, amount and heads: no number, no illness (社会救助暂行办法 61)."""
    if not form:
        return None
    words = f"{form['estate']} {form['place']}"
    if not {*form["shown"]} & {*NOT_POSTED} and not redact(words).total and not any(one in words for one in _ILLNESS):
        return None
    return Refusal(
        "公示单只能载明姓名、住址小区、救助类型、金额和人数，不得出现证件号码、电话、病情等个人信息",
        "a posting shows name, estate, kind, amount and heads only: no number, no telephone, no illness",
    )


def was_posted_properly(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on with a publicity that was cut short or showed what it must not: post it again."""
    short, shown = publicity_faults(case)
    if not short and not shown:
        return None
    return Refusal(
        "公示不足七日或者公示了不应公示的内容，应重新公示",
        "the posting was cut short or showed what it must not: post it again",
    )


def publication_is_dated(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a publication before the grant, after today, or that ended before it began."""
    if not form:
        return None
    granted = date.fromisoformat(str(case.details.get("granted_on") or form["published_on"]))
    if not granted <= form["published_on"] <= local_date(moment.now):
        return Refusal(f"公布日期应在批准之日（{granted}）以后、今天以前", f"published between {granted} and today")
    if form["until"] and form["until"] < form["published_on"]:
        return Refusal("公布截止日期早于公布日期", "it can't end before it began")
    return None


def grant_is_published(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to pay out dibao or 特困供养 before the grant is published where the household lives (社会救助暂行办法 11, 16)."""
    if rules.relief_of(case) not in rules.LASTING or case.details.get("approval_published"):
        return None
    return Refusal(
        "批准结果应先在申请人所在社区公布，并登记公布时间、地点和凭证",
        "publish the grant in the community first, and record it",
    )


def is_what_was_supported(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the street's own grant of another sum than was posted and reviewed (社会救助暂行办法 48)."""
    supported = Decimal(case.details.get("amount", "0"))
    if not form or form["amount"] == supported:
        return None
    return Refusal(
        f"街道审批金额应与公示、复核的 {supported} 元一致", f"the street grants the {supported} yuan that were posted"
    )


def street_may_decide(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to grant in the street what was not delegated to it (社会救助暂行办法 48)."""
    return _is_delegated(case, form, Decimal(case.details.get("amount", "0")))


def street_may_refuse(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to turn down in the street what was not delegated to it: more than the limit, asked for or posted (社会救助暂行办法 48)."""
    posted = Decimal(case.details.get("amount", "0"))
    return _is_delegated(case, form, max(posted, form["asked_amount"]) if form else posted)


def _is_delegated(case: CaseView, form: Values, amount: Decimal) -> Refusal | None:
    if rules.relief_of(case) not in rules.TEMPORARY:
        return Refusal("仅小额临时救助可委托街道审批", "only small temporary relief may be delegated to the street")
    if case.details.get("case_by_case"):
        return Refusal("“一事一议”的救助应报区民政部门审批", "what was decided case by case goes to the district")
    if not form:
        return None
    limit, zh, en = rules.at_most("delegated", form["delegated_limit"])
    if amount <= limit:
        return None
    return Refusal(
        f"超过委托审批限额 {limit} 元{zh}，应报区民政部门",
        f"above the delegated limit, {limit} yuan{en}: submit it to the district",
    )


def refused_after_the_opinion(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a refusal that is dated before the opinion that it goes by."""
    return rules.not_before(form, "decided_on", case.details.get("opinion_on"), "审核意见作出", "the opinion")


def a_refusal_stands(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to overturn a refusal that there is none of."""
    if case.details.get("rejection_notified") and not case.details.get("granted_on"):
        return None
    return Refusal("本案没有告知过不予批准", "nothing was refused in this case", moot=True)


def something_was_granted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse arrears of what was never granted."""
    if case.details.get("granted_on"):
        return None
    return Refusal("没有批准过救助，不存在补发", "nothing was granted: nothing is in arrears", moot=True)


def paid_what_was_approved(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse payments that do not add up to what was granted, or came before it (社会救助暂行办法 66(6), 67)."""
    if not form:
        return None
    approved = Decimal(case.details.get("approved_amount", "0"))
    if sum((row["amount"] for row in form["payments"]), Decimal(0)) != approved:
        return Refusal(
            f"发放合计应等于批准金额 {approved} 元", f"the payments must come to the {approved} yuan granted"
        )
    granted = str(case.details.get("granted_on") or "")
    if early := [row["paid_on"] for row in form["payments"] if row["paid_on"].isoformat() < granted]:
        return Refusal(
            f"发放日期 {early[0]} 早于批准之日（{granted}）", f"paid on {early[0]}, but granted on {granted}"
        )
    return None
