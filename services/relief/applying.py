"""From the window to the street's opinion, and urgent help: papers, household, survey. Pure, like the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import CaseView, Moment, Refusal, Values, names_in, one_name
from services.relief import benefits, duplicates, means, refunds, rules

#: What makes a person destitute, all of it: 社会救助暂行办法 14.
DESTITUTE: Final = ("cannot_work", "no_income_source", "no_supporter")
#: What is on file of one request: put away as `earlier` when, after a rework, another one begins in the same case.
OF_A_REQUEST: Final = (
    *(
        "application_filed",
        "application_corrected",
        "policy_explained",
        "supplement_requested",
        "supplemented",
        "application_accepted",
    ),
    *(
        "application_dropped",
        "handled_as",
        "handling_days",
        "opinion_days",
        "authorised",
        "information_checked",
        "relative_registered",
    ),
    *("cross_region_asked", "cross_region_answered", "house_visited", "neighbour_asked", "democratic_review_held"),
    *("exception_decided", "case_by_case", "opinion_supported", "opinion_against", "supported", "amount", "opinion_on"),
    *("publicity_started", "publicity_checked", "objection_raised", "objection_dismissed", "objection_upheld"),
    *("posted_since", "posted_until", "objected_in_time", "objection_stands"),
    *("objected_on", "submitted", "submitted_for_refusal", "district_days", "district_sent_back", "district_urged"),
    *(
        "street_review_passed",
        "street_review_withdrawn",
        "approved_by_street",
        "district_approved",
        *rules.REFUSALS,
        "refused_by",
    ),
    *("granted_on", "approved_amount", "rejection_notified", "rejection_overturned", "approval_published"),
    *("relief_paid", "arrears_paid", "benefit", "benefit_runs", "last_month", "recorded_since", "heads", "month_paid"),
    *(
        "verify_by",
        "verify_months",
        "verified_as",
        "benefit_verified",
        "lowered",
        "lowered_on",
        "benefit_stopped",
        "benefit_restored",
    ),
    *("emergency_assessed", "advance_was_late", "not_urgent", "advance_paid", "advanced_on", "papers_completed"),
    *(
        "papers_waived",
        "advance_reclaimed",
        "reclaimed_on",
        "advance_upheld",
        "fraud_found",
        "fraud_on",
        "fraud_decided",
    ),
    *("before_fraud", "fraud_cleared", "refund_received", "refund_open", "remedy_sought", "remedy_decided"),
    *("referred", "referral_urged", "referral_answered", "referral_returned"),
    *("benefit_taken_up", "review_carried_out"),
)


# -- what is known of a case --------------------------------------------------


def missing_papers(case: CaseView, brought: Iterable[str] = ()) -> list[str]:
    """Return the papers that are still missing, once these are brought too."""
    given = {*rules.application(case).get("papers", ()), *brought}
    for more in case.details.get("supplemented") or ():
        given |= {*more["papers"]}
    return sorted(rules.PAPERS.get(rules.relief_of(case), frozenset()) - given)


def adults(case: CaseView) -> set[str]:
    """Return the names of the grown-up members of the household."""
    return {member["name"] for member in rules.application(case).get("household", ()) if member["adult"]}


def is_doubtful(case: CaseView) -> bool:
    """Whether papers, check and visit contradict each other."""
    check, visit = case.details.get("information_checked") or {}, case.details.get("house_visited") or {}
    return check.get("consistent") is False or bool(visit.get("doubtful"))


def is_relative(case: CaseView) -> bool:
    """Whether the applicant is a relative of the staff, as declared or as registered (近亲属备案)."""
    return bool(rules.application(case).get("staff_relative") or case.details.get("relative_registered"))


# -- changes ------------------------------------------------------------------


def begin_anew(case: CaseView) -> Mapping[str, Any]:
    """Put away what an earlier request of the case came to, so that nothing of it passes for this one's.

    An application that follows on an advance is of the same request.
    """
    if case.state == "emergency_settled":
        return {}
    was = {name: case.details[name] for name in OF_A_REQUEST if case.details.get(name)}
    if not was:
        return {}
    # What is kept each time goes on as an empty list.
    cleared: dict[str, Any] = {name: [] if isinstance(kept, list) else None for name, kept in was.items()}
    return {**cleared, "earlier": [*(case.details.get("earlier") or ()), was]}


def note_application(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep the kind of relief, also in a column; what an earlier application found counts no longer."""
    return {
        **begin_anew(case),
        # Kept by the step itself: not what `begin_anew` has cleared.
        "application_filed": form,
        "relief_kind": form["relief"],
        "relief": form["relief"],
        **rules.categorised(form["relief"]),
        "supplement_requested": None,
        "supplemented": [],
        "information_checked": None,
        "house_visited": None,
        "democratic_review_held": None,
        "relative_registered": None,
        "objection_upheld": [],
        "publicity_checked": [],
        "approval_published": None,
        "case_by_case": None,
    }


def correct_application(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Put right what was applied for: what the form leaves out stays as it was filed."""
    return {"application_filed": _corrected(case, form)}


def _corrected(case: CaseView, form: Values) -> Values:
    """Return an application as it is once it is corrected."""
    fields = ("household", "incomes", "cause", "happened_on", "hardship")
    said = {name: form[name] for name in fields if form[name]}
    return {**rules.application(case), **said, **({"incomes": []} if form["no_income"] else {})}


def note_emergency(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that this is urgent relief."""
    return {
        **begin_anew(case),
        "emergency_assessed": form,
        "relief_kind": "temp_emergency",
        "relief": "temp_emergency",
        **rules.categorised("temp_emergency"),
        "advance_was_late": False,
    }


def note_advance(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep when an advance was given."""
    return {"advanced_on": form["paid_on"].isoformat()}


def set_handling_days(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep by which rows of the law it is handled, and how long that may take; the opinion has a time of its own on the destitute only."""
    relief, accepted_on = rules.relief_of(case), form["accepted_on"] or local_date(moment.now)
    handled_as = rules.handled_as(relief, form)
    return {
        "handled_as": handled_as,
        "handling_days": rules.length("handling", accepted_on, handled_as),
        "opinion_days": rules.length("initial_opinion", accepted_on) if relief == "destitute" else 0,
    }


def support(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the amount that the street supports, and since when."""
    return {
        "supported": True,
        "amount": form["amount"],
        "opinion_on": local_date(moment.now),
    }


def oppose(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the street does not support it, and since when."""
    return {"supported": False, "amount": Decimal(0), "opinion_on": local_date(moment.now)}


def note_delay(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that urgent help was late."""
    return {"advance_was_late": True}


def decide_case_by_case(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep for which cause and year a meeting has decided to help again, and who has put that on record."""
    cause, year = rules.application(case)["cause"], local_date(moment.now).year
    return {"case_by_case": {"cause": cause, "year": year, "minutes_no": form["minutes_no"], "by": moment.actor}}


# -- guards -------------------------------------------------------------------


def asks_for_no_help(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to put off with words one who asks for help: take the application or refer it (社会救助暂行办法 60, 66(1))."""
    if case.details.get("kind") != "help":
        return None
    return Refusal(
        "求助类诉求应受理申请或转介，不得以政策解释代替",
        "who asks for help is not put off with words: take the application or refer it",
    )


def was_told_how_to_apply(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let go who has not applied before he was told how to, or was tried to be reached on so many days (社会救助暂行办法 60)."""
    if not form:
        return None
    least = rules.settings()["unreached"]["days"]
    told, tried, opened = form["told_on"], {row["tried_on"] for row in form["tries"]}, local_date(case.opened_at)
    if not told and len(tried) < least:
        zh, en = rules.doubt("unreached")
        return Refusal(
            f"未提出申请的，应写明何日告知了申请途径，或者至少在 {least} 个不同日期联系未果{zh}，方可结束",
            f"say on which day the ways to apply were told, or on which {least} days at least nobody was reached{en}",
        )
    if early := [one for one in (told, *sorted(tried)) if one and one < opened]:
        return Refusal(
            f"告知或者联系的日期 {early[0]} 早于收到诉求之日（{opened}）",
            f"told or tried on {early[0]}, but the appeal came on {opened}",
        )
    return None


def residence_fits(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file what another place must take; help to apply there instead (社会救助暂行办法 11, 16)."""
    if not form or form["residence"] == "local_household":
        return None
    if form["residence"] == "residence_permit" and form["relief"] in rules.TEMPORARY:
        return None
    return Refusal(
        "应向户籍地（临时救助可向居住证所在地）申请，请协助转介",
        "this is applied for where the household is registered: refer it",
    )


def papers_are_complete(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to accept while papers are missing: they are asked for, all at once, and taken until they are complete."""
    missing = missing_papers(case)
    if not missing:
        return None
    now = "请继续接收补正材料" if case.details.get("supplement_requested") else "请一次性告知补正"
    return Refusal(f"申请材料不齐：{_named(missing)}，{now}", f"papers are missing: {', '.join(missing)}")


def asks_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask for papers a second time."""
    if not case.details.get("supplement_requested"):
        return None
    return Refusal("补正材料只能一次性告知，不得重复要求", "missing papers are asked for once, all of them")


def asks_for_all_that_is_missing(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a request that leaves out what is missing by what is on file: the applicant is not told of it again."""
    if not form or not (left_out := sorted({*missing_papers(case)} - {*form["missing"]})):
        return None
    return Refusal(
        f"一次性告知应当列全所缺材料，还缺：{_named(left_out)}",
        f"name all that is missing, at once: {', '.join(left_out)}",
    )


def some_are_missing(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to supplement what is complete, and what nobody was asked to supplement."""
    if case.state != "materials_check" or missing_papers(case):
        return None
    return Refusal("申请材料已经齐全", "no papers are missing", moot=True)


def brings_all_that_is_missing(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse as complete what leaves papers missing: that is put on record as a part, and the rest is waited for."""
    if not form or not (missing := missing_papers(case, form["papers"])):
        return None
    return Refusal(
        f"材料还没有补齐，尚缺：{_named(missing)}；先登记“收到部分补正材料”，其余的继续等待补交",
        f"still missing: {', '.join(missing)}; put on record what came as a part of it",
    )


def leaves_some_missing(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse as a part what makes the papers complete."""
    if not form or missing_papers(case, form["papers"]):
        return None
    return Refusal("材料已经补齐，请登记“补正材料”", "nothing is missing any more: put it on record as complete")


def applicant_steps_back(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to drop what the applicant has not withdrawn by his signed word: not to accept it is forbidden (社会救助暂行办法 66(1)).

    Where he has died, his household's request goes on while somebody is left.
    """
    if not form:
        return None
    if form["ground"] == "withdrawn":
        if form["applicant_signed"]:
            return None
        return Refusal(
            "撤回须由申请人本人提出并签字（口头撤回的记录后由其签字）；材料不齐的应当告知补正、继续接收，不得以此不予受理",
            "the applicant himself withdraws, and signs; papers that are missing are no reason not to accept",
        )
    living = len(rules.application(case).get("household", ())) - 1
    if living < 1:
        return None
    return Refusal(
        f"救助以家庭为单位，其他共同生活的家庭成员（{living} 人）仍有申请，不能因申请人死亡终止",
        f"the household's other members ({living}) still apply",
    )


def _named(missing: Iterable[str]) -> str:
    return "、".join(map(rules.said, missing))


def every_adult_authorised(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to look into a household before each grown-up member has signed (社会救助暂行办法 58)."""
    if not form:
        return None
    signed = {one_name(row["member"]) for row in form["signatures"]}
    unsigned = sorted(name for name in adults(case) if one_name(name) not in signed)
    if not unsigned:
        return None
    return Refusal(
        f"成年家庭成员未签署核对授权书：{'、'.join(unsigned)}", f"these adults have not signed: {', '.join(unsigned)}"
    )


def answered_after_it_was_asked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the answer of another place that is dated before the letter to it."""
    asked = (case.details.get("cross_region_asked") or [{}])[-1].get("asked_on")
    return rules.not_before(form, "answered_on", asked, "发函", "the letter")


def two_visit(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a visit by one person alone, however often he is named."""
    if not form or _are_two(form["visitors"]):
        return None
    return Refusal("入户调查不得少于两人", "at least two people visit a household")


def two_assess(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an assessment of an emergency by one person alone, however often he is named."""
    if not form or _are_two(form["assessors"]):
        return None
    return Refusal("急难情形评估不得少于两人", "at least two people assess an emergency")


def _are_two(people: Iterable[Values]) -> bool:
    return len({one_name(person["name"]) for person in people}) >= 2  # noqa: PLR2004 - the rule's number


def relatives_keep_out(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse what the applicant's relative on the staff does, or took part in, who was registered to keep out (近亲属备案)."""
    relative = one_name((case.details.get("relative_registered") or {}).get("staff_name", ""))
    taking_part = {one_name(name) for name in (moment.actor_name, *(one["name"] for one in form.get("visitors", ())))}
    if not relative or relative not in taking_part | names_in(form.get("interviewers", "")):
        return None
    return Refusal(
        "已作为近亲属备案回避的经办人员不能参加核对和调查，应由他人办理",
        "a relative of the applicant's, registered as that, keeps out of the survey",
    )


def district_visits_relatives(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a visit without the district where the applicant is a relative of the staff (近亲属备案)."""
    if not form or not is_relative(case):
        return None
    if any(visitor["of_district"] for visitor in form["visitors"]):
        return None
    return Refusal(
        "申请人为经办人员近亲属，须由区级人员参加入户调查",
        "a relative of the staff is visited with the district's people",
    )


def relative_is_registered(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an opinion on a relative of the staff who is not registered, or whom the district has not visited."""
    if not is_relative(case):
        return None
    if not case.details.get("relative_registered"):
        return Refusal("申请人为经办人员近亲属，应先办理近亲属备案", "a relative of the staff: register that first")
    visitors = (case.details.get("house_visited") or {}).get("visitors", ())
    if not any(visitor["of_district"] for visitor in visitors):
        return Refusal(
            "近亲属备案后须由区级人员参加入户调查，请重新入户",
            "a relative of the staff is visited with the district's people: visit again",
        )
    return None


def is_still_a_household(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a household that names one person twice, or not one applicant: each head counts once (社会救助暂行办法 9)."""
    if not form or not (household := form["household"]):
        return None
    known = [(one_name(member["name"]), member["id_last_four"]) for member in household]
    if twice := {name for name, number in known if known.count((name, number)) > 1}:
        return Refusal(f"家庭成员重复填写：{'、'.join(sorted(twice))}", f"named twice: {', '.join(sorted(twice))}")
    if sum(member["relation"] == "self" for member in household) == 1:
        return None
    return Refusal(
        "家庭成员中应有且只有一名申请人（与申请人关系为“本人”）", "one of the household is the applicant, and one only"
    )


def are_the_same_people(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse as put right a household of other people: who is new to it signs, and is looked into (社会救助暂行办法 58)."""
    if not form or not form["household"]:
        return None
    filed = rules.application(case).get("household", ())
    before, now = ({(one_name(one["name"]), one["adult"]) for one in rows} for rows in (filed, form["household"]))
    if before == now:
        return None
    return Refusal(
        "共同生活的家庭成员有增减的，请登记“家庭成员变更”，重新授权、核对和入户",
        "the household's members are others: put that on record as a change, and they sign and are looked into anew",
    )


def corrected_incomes_are_the_households(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a correction that leaves an income of somebody who is not a member of the household any more."""
    return incomes_are_the_households(case, _corrected(case, form), moment) if form else None


def incomes_are_the_households(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an income of somebody who is not a member of the household: only its members' incomes count (社会救助暂行办法 9)."""
    members = {one_name(row["name"]) for row in form.get("household", ())}
    strangers = {row["member"]: None for row in form.get("incomes", ()) if one_name(row["member"]) not in members}
    if not strangers:
        return None
    return Refusal(
        f"收入所列人员不在共同生活的家庭成员中：{'、'.join(strangers)}",
        f"no members of the household: {', '.join(strangers)}",
    )


def who_applies_is_named(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an entrusted application that does not say who was entrusted (社会救助暂行办法 11)."""
    if form.get("source") != "entrusted" or form["entrusted_by"].strip():
        return None
    return Refusal("委托申请须填写受委托人（如社区居委会）", "say who was entrusted with the application")


def doubts_were_reviewed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an opinion while papers and findings disagree and no neighbours' review was held."""
    if not is_doubtful(case) or case.details.get("democratic_review_held"):
        return None
    return Refusal(
        "核对或入户情况存疑，应先进行民主评议", "papers and findings disagree: hold a democratic review first"
    )


def neighbours_were_heard(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an opinion on dibao or 特困供养 before neighbours were asked, or have reviewed it (社会救助暂行办法 11, 16)."""
    if rules.relief_of(case) not in rules.LASTING:
        return None
    if case.details.get("neighbour_asked") or case.details.get("democratic_review_held"):
        return None
    return Refusal(
        "低保、特困供养审核前应有邻里访问或者民主评议记录",
        "ask the neighbours, or hold a democratic review, before an opinion on lasting relief",
    )


def persons_agree(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to count other heads than the household has."""
    household = rules.application(case).get("household", ())
    if not form or form["persons"] == len(household):
        return None
    return Refusal(
        f"计算人数应与家庭成员数（{len(household)}人）一致",
        f"the household has {len(household)} members, not {form['persons']}",
    )


def is_eligible(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to support who has the standard or too much property, or is not destitute (社会救助暂行办法 9, 14)."""
    if form and rules.relief_of(case) == "temp_expense" and not form["property_within_limits"]:
        return Refusal(
            "家庭财产状况不符合支出型临时救助条件", "the property is above the limits of relief for an expense"
        )
    if form and rules.relief_of(case) == "destitute" and (lacking := [name for name in DESTITUTE if not form[name]]):
        return Refusal(
            f"特困供养须无劳动能力、无生活来源且无法定赡养、抚养、扶养人（或者其无能力），未确认：{'、'.join(map(rules.said, lacking))}",
            f"not found: {', '.join(lacking)}: relief for the destitute takes all three",
        )
    if not form or rules.relief_of(case) != "dibao":
        return None
    head = means.per_capita([form["monthly_income"]], form["deductions"], form["persons"])
    if head < form["standard"] and form["property_within_limits"]:
        return None
    return Refusal(
        f"家庭人均收入 {head} 元或财产状况不符合低保条件", f"{head} yuan a head, or the property, is above the standard"
    )


def cap_is_not_raised(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a cap above the place's own (社会救助暂行办法 49): the form may only lower it."""
    most = Decimal(rules.settings()["temporary"]["cap_multiple"])
    if not form or rules.relief_of(case) not in rules.TEMPORARY or form["cap_multiple"] <= most:
        return None
    zh, en = rules.doubt("temporary")
    return Refusal(
        f"封顶倍数不能高于标准表的 {most} 倍{zh}，要调整的改 standards.toml 的 [temporary]",
        f"the cap is {most} times the standard at the most{en}: it is set by [temporary] in standards.toml",
    )


def amount_adds_up(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an amount that its own figures do not come to."""
    if not form:
        return None
    right = means.amount_of(rules.relief_of(case), form)
    if right is None or form["amount"] == right:
        return None
    return Refusal(f"按所填数据计算应为 {right} 元", f"the figures given come to {right} yuan")


def cause_is_new_this_year(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second temporary relief for the same cause in one calendar year, declared or on file in another case."""
    if not _was_relieved(case, form, moment):
        return None
    zh, en = rules.doubt("temporary")
    return Refusal(
        f"同一事由一个自然年度内原则上只救助一次{zh}；确有特殊情况的，先由负责人登记“一事一议”集体研究决定",
        f"the same cause was relieved this calendar year already{en}: a meeting may decide otherwise, case by case",
    )


def nobody_else_has_helped_since(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse the street's own grant where another case has relieved the same cause since the opinion: two lay open at once."""
    if not _was_relieved(case, form, moment):
        return None
    zh, en = rules.doubt("temporary")
    return Refusal(
        f"审核以后，同一事由已在别的案件中救助，一个自然年度内原则上只救助一次{zh}：请“街道不予批准”，或者退回复核后报区民政部门",
        f"another case has relieved the same cause since the opinion{en}: refuse it, or submit it to the district",
    )


def _was_relieved(case: CaseView, form: Values, moment: Moment) -> bool:
    """Whether the same cause was relieved this year, without a meeting that has decided otherwise."""
    filed = rules.application(case)
    if rules.relief_of(case) not in rules.TEMPORARY:
        return False
    before = (duplicates.relief_had(one, pending=False) for one in rules.requests(case.details)[:-1])
    given = [*filed.get("relief_history", ()), *(row for row in before if row)]
    if form:
        found = duplicates.elsewhere(duplicates.people_of(filed.get("household", ())), case, moment)
        given += [row for row in found if not row["pending"]]
    year = local_date(moment.now).year
    return means.was_relieved(filed["cause"], year, given) and not is_excepted(case, filed["cause"], year)


def is_excepted(case: CaseView, cause: str, year: int) -> bool:
    """Whether a meeting has decided that this cause is relieved again in this year (一事一议)."""
    decided = case.details.get("case_by_case") or {}
    return (decided.get("cause"), decided.get("year")) == (cause, year)


def exception_has_its_majority(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an exception for what needs none, and one that the meeting's majority was not for."""
    if rules.relief_of(case) not in rules.TEMPORARY:
        return Refusal("“一事一议”只用于临时救助", "only temporary relief is decided case by case")
    if not form or form["present"] >= form["in_favour"] > form["present"] / 2:
        return None
    return Refusal("集体研究须有到会人员过半数同意", "more than half of those present must be in favour")


def retro_papers_are_complete(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close an advance whose papers are not all there."""
    if not form:
        return None
    missing = sorted(rules.PAPERS["temp_emergency"] - {*form["papers"]})
    if not missing:
        return None
    return Refusal(
        f"补办手续缺少材料：{'、'.join(map(rules.said, missing))}", f"papers are missing: {', '.join(missing)}"
    )


def nothing_runs_already(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to begin another request in a case whose monthly relief is being paid, or was not paid to its end.

    Nor while the district is still to decide on a report of fraud: whoever needs help meanwhile has it by another appeal.
    """
    if refunds.fraud_is_undecided(case, {}, moment) is None:
        return Refusal(
            "骗取报告还没有处理决定：请先登记处理决定或者“骗取不成立”；急需救助的，另行登记诉求受理",
            "the report of fraud is not decided: put that on record first; who needs help now has it by another appeal",
        )
    if not rules.is_lasting(case.details) or not case.details.get("relief_paid"):
        return None
    if rules.is_over(case.details):
        if not (unpaid := benefits.months_due(case.details, local_date(moment.now).strftime("%Y-%m"))):
            return None
        return Refusal(
            f"停发前 {'、'.join(unpaid)} 的救助金还没有发放，请先登记发放",
            f"nothing is on record as paid for {', '.join(unpaid)}: pay that first",
        )
    return benefits.nothing_lasting_runs(case, {}, moment)


def papers_can_not_come(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close an advance without papers for one whom nobody has tried to reach on so many days."""
    least = rules.settings()["unreached"]["days"]
    if not form or form["ground"] == "death" or len({row["tried_on"] for row in form["tries"]}) >= least:
        return None
    zh, en = rules.doubt("unreached")
    return Refusal(
        f"联系不上的，应登记至少 {least} 个不同日期的联系记录{zh}",
        f"tried in vain on {least} days at least: put them on record{en}",
    )


def advanced_after_the_assessment(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an advance that is dated before the need was assessed (社会救助暂行办法 48)."""
    assessed = str((case.details.get("emergency_assessed") or {}).get("assessed_at") or "")
    if not form or not assessed:
        return None
    day = local_date(datetime.fromisoformat(assessed))
    if form["paid_on"] >= day:
        return None
    return Refusal(f"先行救助日期早于认定急难之日（{day}）", f"assessed on {day}, but paid on {form['paid_on']}")


def within_advance_limit(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an advance above the limit for urgent help."""
    if not form:
        return None
    limit, zh, en = rules.at_most("advance", form["limit"])
    if form["amount"] <= limit:
        return None
    return Refusal(f"先行救助金额超过限额 {limit} 元{zh}", f"the advance is above its limit, {limit} yuan{en}")
