"""Settlements, limitation, arbitration, judgments and what may be enforced, pure like the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.clocks import Period, add, add_months
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import Refusal
from services.wage_recovery import debts, decisions, orders, rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chassis.workflow import CaseView, Guard, Moment, Values

_FINAL_MONTHS: Final = 12


def sums_have_their_ground(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to put other sums in the roster's place without the award, the judgment or each worker's own signature."""
    if not form:
        return None
    known = {*debts.owed_by_worker((case.details.get("roster") or {}).get("rows", ()))}
    if {row["number"] for row in form["rows"]} != known or len(form["rows"]) != len(known):
        return Refusal("须逐人填写，序号与花名册一一对应", "one line for each worker of the roster, by number")
    if form["ground"] == "agreed":
        unsigned = "、".join(str(row["number"]) for row in form["rows"] if not row["signed"])
        if not unsigned:
            return None
        return Refusal(f"协商变更金额须由本人签字，序号：{unsigned}", f"each worker signs for himself: {unsigned}")
    if not in_effect(case, form["ground"]):
        return Refusal("没有已经生效的裁决或者裁判文书", f"no {form['ground']} that has taken effect is on file")
    told = case.details[form["ground"]]
    total = debts.total_of(told["items"]) if form["ground"] == "award" else rules.yuan(told["amount"])
    # What was paid before may have been left out of it.
    most, fixed = (
        total + debts.total_of(debts.payment_rows(case.details.get("payments") or ())),
        debts.total_of(form["rows"]),
    )
    if total <= fixed <= most:
        return None
    return Refusal(
        f"合计 {fixed} 元与裁决、裁判的 {total} 元不符（加上此前已付的，最多 {most} 元）",
        f"{fixed} yuan in all are not the {total} yuan awarded, or {most} with what was paid before",
    )


#: The clocks that each thing has of its own that a court enforces: until it is filed, and from then on.
AT_COURT: Final = ("enforcement_follow_up", "enforcement_term")
#: And until what was agreed on there is performed.
COURTS_OWN: Final = (*AT_COURT, "enforcement_settlement")
#: What a court may be asked to enforce.
ENFORCEABLE: Final = ("award", "administrative_decision", "payment_order", "judgment", "confirmed_settlement")


def in_effect(case: CaseView, ground: str) -> bool:
    """Whether what is to be enforced is there and may be: an award, a judgment, a payment order or a decision."""
    kept = case.details
    return {
        "award": bool(kept.get("award") and kept.get("award_in_effect")),
        "judgment": bool(kept.get("judgment") and kept.get("judgment_in_effect")),
        "payment_order": bool(kept.get("payment_order_served")),
        "administrative_decision": bool(decisions.standing(kept)),
        "confirmed_settlement": bool(kept.get("settlement_confirmed")),
    }[ground]


def enforces_what_is_there(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to ask a court to enforce what is not on file, not in effect, or out of time (民事诉讼法 247, 248, 250; 行政强制法 53)."""
    if not form:
        return None
    if not in_effect(case, form["ground"]):
        return Refusal("没有所选的执行依据，或者尚未生效", f"no {form['ground']} that has taken effect is on file")
    if refusal := decisions.may_be_enforced(case, form, moment):
        return refusal
    until = enforcement_until(case, form["ground"], form["interrupted_on"], form["payer"])
    if until is None or form["applied_on"] <= until:
        return None
    return Refusal(
        f"申请执行的期限已于 {until} 届满；期间有过中断的，请填写最近一次中断日期",
        f"the time to apply for enforcement ended on {until}; say on which day it was last interrupted, if it was",
    )


def enforceable_from(kept: Values, ground: str) -> date | None:
    """Return the day from which the two years to ask a court run, or None where nothing on file says it (民事诉讼法 250).

    The last day that the document gives to pay, of instalments the last one; where it gives none, the day of its effect.
    """
    found = kept.get(
        {"payment_order": "payment_order_served", "confirmed_settlement": "settlement"}.get(ground, ground)
    )
    if not found:
        return None
    if ground == "payment_order":
        return _last_day("payment_order_objection", found["served_on"])
    if ground == "confirmed_settlement":
        return max(_day(row["due_on"]) for row in found["instalments"])
    if found.get("perform_by"):
        return _day(found["perform_by"])
    effect = _award_takes_effect(kept, found) if ground == "award" else _judgment_takes_effect(kept, found)
    return effect + timedelta(days=int(found.get("perform_days") or 0))


def _award_takes_effect(kept: Values, award: Values) -> date:
    """Say when an award takes effect: signed for, made and final, or not sued against in time (劳动争议调解仲裁法 42, 47, 50)."""
    if award.get("kind") == "mediation_statement":
        return _day(award["received_on"])
    if withdrawn := kept.get("award_effective_on"):
        return _day(withdrawn)
    if kept.get("award_is_final"):
        return _day(award["made_on"])
    return _last_day("award_appeal", award["received_on"]) + timedelta(days=1)


def _judgment_takes_effect(kept: Values, judgment: Values) -> date:
    """Say when a judgment takes effect: at once, with the appeal's withdrawal, or when nobody has appealed (民事诉讼法 171, 180)."""
    if judgment["kind"] != "first_instance" or _is_small_claim(kept):
        return _day(judgment["received_on"])
    if withdrawn := kept.get("appeal_withdrawn"):
        return _day(withdrawn["ruled_on"])
    return _last_day("judgment_appeal", judgment["received_on"]) + timedelta(days=1)


def _day(value: object) -> date:
    return date.fromisoformat(str(value)[:10])


def _last_day(clock: str, since: object) -> date:
    """Return the last day of a clock of `legal.toml` that counts from a day."""
    rule = rules.bases().clock(clock, _day(since))
    return add(_day(since), Period(rule.limit, rule.unit), calendar=standard_calendar(), roll=rule.roll).due_at.date()


def enforceable(ground: str, *more: str) -> Callable[[CaseView, Values, Moment], dict[str, Any]]:
    """Make a change that keeps from when the time to ask a court runs, with the form as the document that `more` names."""

    def known(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
        return {"enforceable_since": enforceable_from({**case.details, **dict.fromkeys(more, form)}, ground)}

    return known


def enforcement_until(case: CaseView, ground: str, interrupted_on: date | None = None, payer: str = "") -> date | None:
    """Return the last day to ask a court to enforce, or None where nobody knows from when it runs.

    Two years that an interruption in time begins anew (民事诉讼法 250); for the authority's own decision upon a payer
    three months that nothing interrupts, from when it can no longer be sued against (行政强制法 53).
    """
    if ground == decisions.GROUND:
        decision = decisions.to_enforce(case.details, payer)
        if decision is None:
            return None
        since = _day(decision["sued_until"])
        return limitation(since, rules.law_on("court_application", since)).until
    since_title = enforceable_from(case.details, ground)
    if since_title is None:
        return None
    years = rules.law_on("enforcement_application", since_title)
    return limitation(since_title, 12 * years, [interrupted_on] if interrupted_on else []).until


def last_days(case: CaseView, interrupted_on: date | None = None) -> list[dict[str, Any]]:
    """Return what a court may be asked to enforce by what is on file, upon whom where a decision names him, and until when."""
    of_decisions = [
        {
            "ground": decisions.GROUND,
            "payer": row["payer"],
            "until": enforcement_until(case, decisions.GROUND, None, row["payer"]),
        }
        for row in decisions.standing(case.details)
        if not row.get("applied_on")
    ]
    of_titles = [
        {"ground": ground, "until": enforcement_until(case, ground, interrupted_on)}
        for ground in ENFORCEABLE
        if ground != decisions.GROUND and in_effect(case, ground)
    ]
    return [*of_titles, *of_decisions]


def tell_last_days(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Keep the last days of which the workers are told who go no further; what is over is none."""
    today = local_date(moment.now)
    return {"last_days": [row for row in last_days(case) if row["until"] and row["until"] >= today]}


def window_is_over(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call the time to ask a court over while it runs, or where none has begun."""
    if not form:
        return None
    today, found = local_date(moment.now), last_days(case, form["interrupted_on"])
    if running := [str(row["until"]) for row in found if row["until"] and row["until"] >= today]:
        return Refusal(
            f"申请执行的期限未满，截至 {max(running)}", f"the time to apply for enforcement runs until {max(running)}"
        )
    if any(row["until"] for row in found):
        return None
    return Refusal("没有已经开始计算的申请执行期限", "no time to apply for enforcement has begun")


def _enforces_a_decision(case: CaseView) -> bool:
    return (case.details.get("enforcement_applied") or {}).get("ground") == decisions.GROUND


def no_decision_is_enforced(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send back to the street what the authority is to decide anew."""
    if not _enforces_a_decision(case):
        return None
    return Refusal("申请执行的是行政处理决定", "an administrative decision is being enforced", moot=True)


def enforce_again(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep what the court did not take in, and that the time to ask it runs on."""
    taken = decisions.take_back(case, form)
    ground = (case.details.get("enforcement_applied") or {}).get("ground", "")
    since = None if taken["decision_runs"] else enforceable_from(case.details, ground)
    return {
        **taken,
        **({} if taken["decision_runs"] else {"enforceable_since": since}),
        "title_runs": since is not None,
    }


def something_else_waits(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask a court for more where neither a decision upon another payer waits nor a title, or for a second title."""
    kept = case.details
    decision = decisions.to_enforce(kept) is not None
    title = bool(_title(kept)) and not any("ground" in row for row in decisions.asked(kept))
    wanted = (decision or title) if not form else decision if form["ground"] == decisions.GROUND else title
    if wanted:
        return None
    return Refusal("没有待申请执行的处理决定或者裁判", "nothing waits to be enforced", moot=not form)


def respondent_is_described(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an application to a court that leaves open who has to pay, where he is, and who answers for him."""
    if not form:
        return None
    respondent, claim = decisions.obliged(case.details, form), case.details.get("claim") or {}
    if respondent == "employer":
        said = {
            "名称": claim.get("employer"),
            "住所": claim.get("employer_address"),
            "法定代表人或者主要负责人的姓名": claim.get("employer_head"),
            "法定代表人或者主要负责人的职务": claim.get("employer_head_post"),
        }
        how = "请先“补正欠薪诉求”"
    else:
        said = {
            "名称": form["respondent_name"] or (case.details.get("liability") or {}).get(respondent),
            "住所": form["respondent_address"],
            "法定代表人或者主要负责人的姓名": form["respondent_head"],
            "法定代表人或者主要负责人的职务": form["respondent_head_post"],
        }
        how = "请在表单中填写"
    if missing := "、".join(name for name, value in said.items() if not value):
        return Refusal(
            f"申请书缺少必备内容：被申请人（{rules.said(respondent)}）的{missing}；{how}",
            f"the application does not describe its respondent ({respondent})",
        )
    return None


def payment_order_upon(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep upon whom a payment order is asked for: whoever has agreed to pay, or the employer who is in arrears."""
    upon = decisions.obliged(case.details, form)
    return {"respondent": upon, "payment_order_upon": upon}


def title_falls(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a court does not enforce what it was asked for: it counts no longer (民事诉讼法 248; 劳动争议解释一 24)."""
    ground = (case.details.get("enforcement_applied") or {}).get("ground")
    fallen = {
        "award": ("award", "award_is_final", "award_in_effect"),
        "judgment": ("judgment", "judgment_in_effect"),
        "payment_order": ("payment_order_served",),
        "confirmed_settlement": ("settlement_confirmed",),
    }.get(str(ground), ())
    gone = dict.fromkeys((*fallen, "enforceable_since"))
    named = decisions.title_named(case.details, str(ground))
    return {
        **gone,
        **decisions.title_gone(case),
        **debts.sums_without(case, str(ground)),
        "award_not_enforced": ground == "award",
        "enforced_named": named,
    }


# -- settlement ----------------------------------------------------------------


def instalments_add_up(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse instalments that do not come to what is owed."""
    if not form:
        return None
    total, left = sum((row["amount"] for row in form["instalments"]), Decimal(0)), debts.unpaid(case)
    if total != left:
        return Refusal(
            f"分期合计 {total} 元，应为尚欠的 {left} 元", f"instalments come to {total}, owed are {left} yuan"
        )
    return None


def instalments_lie_ahead(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an agreement on days that are over."""
    today = local_date(moment.now)
    if past := [row["due_on"] for row in form.get("instalments", ()) if row["due_on"] < today]:
        return Refusal(f"分期日期 {past[0]} 已过", f"the instalment of {past[0]} lies in the past")
    return None


def instalments_late(case: CaseView, today: date) -> Decimal:
    """Return what should have been paid by the instalments that are due, and was not."""
    rows = (case.details.get("settlement") or {}).get("instalments", ())
    ahead = (rules.yuan(row["amount"]) for row in rows if rules.last_to_pay(row["due_on"]) >= today)
    return max(Decimal(0), debts.unpaid(case) - sum(ahead, Decimal(0)))


def an_instalment_is_late(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call a settlement broken before an instalment that fell due is unpaid (劳动争议调解仲裁法 15: 在协议约定期限内不履行)."""
    today = local_date(moment.now)
    if instalments_late(case, today):
        return None
    rows = (case.details.get("settlement") or {}).get("instalments", ())
    following = min((str(row["due_on"]) for row in rows if str(row["due_on"]) >= str(today)), default="无")
    return Refusal(
        f"没有到期未付的款项（下一期：{following}），不能认定未按协议支付",
        f"nothing that fell due is unpaid (next: {following})",
    )


def payment_order_has_its_ground(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to apply for a payment order upon an agreement that there is not (劳动争议调解仲裁法 16)."""
    if not form or form["ground"] != "settlement_broken":
        return None
    if not _settlement_is_broken(case):
        return Refusal("没有未履行的调解协议，不能以此申请支付令", "there is no settlement that was broken")
    if is_mediated(case.details):
        return None
    return Refusal(
        "双方自行和解的，不能以调解协议申请支付令，请以拖欠劳动报酬申请",
        "nobody has mediated it: apply upon the arrears",
    )


def payment_order_is_upon_who_is_liable(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a payment order upon somebody who has neither agreed to pay nor has to by the findings on file."""
    if not form or not form["payer"]:
        return None
    agreed = (case.details.get("settlement") or {}).get("payer")
    if form["ground"] == "settlement_broken" and form["payer"] != agreed:
        return Refusal("支付令的被申请人应为调解协议的支付一方", "a payment order goes to who has agreed to pay")
    return debts.payer_is_liable(case, form, moment)


def settlement_is_signed(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an agreement that lacks a signature or the seal (劳动争议调解仲裁法 14); without a mediator both sides sign."""
    if not form:
        return None
    names: tuple[str, ...] = ("workers_signed", "payer_signed")
    if form["mediated_by"] != "nobody":
        names = (*names, "mediator_signed", "sealed")
    if missing := [name for name in names if not form[name]]:
        return Refusal(
            "调解协议书须由双方和调解员签名并加盖印章后生效；双方自行和解的，由双方签名",
            f"not in effect: {', '.join(missing)} is missing",
        )
    return None


def _settlement_is_broken(case: CaseView) -> bool:
    """Whether the mediated settlement on file is broken, and the claim is there still or was taken up again from the beginning."""
    broken = case.state == "coordinated" and case.details.get("settlement_broken_on")
    return case.state == "settlement_broken" or bool(broken)


def is_mediated(kept: Values) -> bool:
    """Whether somebody who may has mediated the settlement on file; from when nobody was asked, it was."""
    return (kept.get("settlement") or {}).get("mediated_by") != "nobody"


def settlement_was_mediated(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to have confirmed what the two sides agreed on by themselves (人民调解法 33; 民事诉讼法 205)."""
    if is_mediated(case.details):
        return None
    return Refusal(
        "双方自行和解，未经调解组织主持，不能申请确认", "nobody has mediated the settlement: it can't be confirmed"
    )


def days_until(last: object, on: date) -> int:
    """Return the days from a day until another, at least 1."""
    return max(1, (date.fromisoformat(str(last)) - on).days)


# -- judicial confirmation -------------------------------------------------------


def confirmation_is_joint(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an application that not both sides make (人民调解法 33; 山东省多元化解纠纷促进条例 41)."""
    if not form or (form["workers_apply"] and form["payer_applies"]):
        return None
    return Refusal("申请确认须由双方当事人共同提出", "both sides must apply jointly")


def confirmation_is_in_time(clock: str) -> Guard:
    """Make a gate against an application before the settlement took effect, or after the days of a clock from then."""

    def applied_in_time(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        began = case.details.get("settlement_effective_on")
        if not form or not began:
            return None
        since = date.fromisoformat(str(began))
        last = _last_day(clock, since)
        if since <= form["applied_on"] <= last:
            return None
        return Refusal(
            f"应自调解协议生效之日（{since}）起{rules.law_on(clock, since)}日内共同申请确认，截至 {last}",
            f"confirmation is applied for between {since}, when the settlement took effect, and {last}",
        )

    return applied_in_time


def who_looked_at_it(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep whether the arbitration commission has looked at the settlement, or a court (山东省多元化解纠纷促进条例 41)."""
    return {"by_commission": case.state.startswith("arbitral_")}


def is_not_confirmed_yet(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to have confirmed again what is confirmed."""
    if not case.details.get("settlement_confirmed"):
        return None
    return Refusal("调解协议已经确认", "the settlement is confirmed already")


def is_not_enforceable_yet(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to agree anew on what was broken and may be enforced."""
    return is_not_confirmed_yet(case, form, moment) if case.state == "settlement_broken" else None


def settlement_is_confirmed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to enforce a settlement that nobody has confirmed (人民调解法 33; 山东省多元化解纠纷促进条例 41)."""
    if case.details.get("settlement_confirmed"):
        return None
    return Refusal(
        "调解协议未经法院或者仲裁委员会确认，不能直接申请强制执行：可以申请支付令、仲裁或者起诉",
        "no court has confirmed the settlement, nor the commission: apply for a payment order, arbitration, or sue",
    )


# -- arbitration ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limitation:
    """A time in which a right is to be used: from when it runs, its last day, and what made it run anew or stand still."""

    since: date
    until: date
    counted: tuple[date, ...] = ()
    ignored: tuple[date, ...] = ()
    stood_still: int = 0
    moved: bool = False
    provisional: bool = False


def limitation(
    since: date, months: int, interrupted: Iterable[date] = (), paused: Iterable[tuple[date, date]] = ()
) -> Limitation:
    """Count a time of so many months that runs anew from each interruption and stands still in each pause.

    What happened before it ran, or after it was over, changes nothing; a pause is from a day until
    the day on which the hindrance was gone. A last day that is a holiday is moved off it (民法典 203).
    """
    until, free = add_months(since, months), since
    counted: list[date] = []
    ignored: list[date] = []
    still = 0
    events = sorted([(day, day) for day in interrupted] + [(start, end) for start, end in paused if end > start])
    for start, end in events:
        last = rules.rolled(until).due_at.date()
        if start > last or max(start, end) < since:
            ignored.append(start)
        elif start == end:
            if start < since:
                ignored.append(start)
                continue
            counted.append(start)
            since, still = max(start, free), 0
            until = add_months(since, months)
        else:
            days = max(0, (end - max(start, free, since)).days)
            until = (last if start > until else until) + timedelta(days=days)
            free, still = max(free, end), still + days
    found = rules.rolled(until)
    return Limitation(
        since, found.due_at.date(), tuple(counted), tuple(ignored), still, found.rolled, found.provisional
    )


def arbitration_until(
    ended_on: date | None, claimed_on: date | None = None, interrupted_on: Iterable[date] = ()
) -> Limitation | None:
    """Return until when one may apply for arbitration, or None while employment lasts.

    One year from its end, or from the last claim, which is taken to have come in time (劳动争议调解仲裁法 27). What
    is on file makes it run anew only if it came before the year was over.
    """
    if ended_on is None:
        return None
    return for_arbitration(max(ended_on, claimed_on or ended_on), interrupted_on)


def for_arbitration(
    since: date, interrupted: Iterable[date] = (), paused: Iterable[tuple[date, date]] = ()
) -> Limitation:
    """Count the time for arbitration from a day, by the law of that day (劳动争议调解仲裁法 27)."""
    return limitation(since, 12 * rules.law_on("arbitration_limitation", since), interrupted, paused)


def interruptions_on_file(case: CaseView, until: date) -> list[date]:
    """Return the days on which the time for arbitration began anew, as they are on file (劳动争议调解仲裁法 27).

    The complaint to the inspection, each order that it served, and the payer's promise in a settlement.
    """
    kept = case.details
    days = [(kept.get("referred_to_inspection") or {}).get("handed_over_on"), kept.get("settlement_effective_on")]
    days += [order.get("served_on") for order in orders.orders(case)]
    found = [date.fromisoformat(str(day)) for day in days if day]
    return [day for day in found if day <= until]


def final_limit(minimum_wage: Decimal) -> Decimal:
    """Return up to which sum an item of an award is final: twelve monthly minimum wages (劳动争议调解仲裁法 47)."""
    return minimum_wage * _FINAL_MONTHS


def award_is_final(items: Iterable[Mapping[str, Any]], minimum_wage: Decimal) -> bool:
    """Whether an award is final: no item above twelve monthly minimum wages (劳动争议调解仲裁法 47; 解释一 19)."""
    return all(rules.yuan(row["amount"]) <= final_limit(minimum_wage) for row in items)


def judgment_is_in_effect(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to enforce a judgment against which an appeal is still open (民事诉讼法 171)."""
    if case.details.get("judgment_in_effect"):
        return None
    return Refusal("一审判决上诉期未满，尚未生效", "the time to appeal against the judgment is not over")


def judgment_may_be_appealed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an appeal against what has taken effect (民事诉讼法 171)."""
    if not case.details.get("judgment_in_effect"):
        return None
    return Refusal("判决或者调解书已经生效，不能上诉", "it has taken effect: no appeal is open")


def trial_months(_case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Say how long the court may take, by its procedure (民事诉讼法 152, 164, 168, 183)."""
    return {"trial_months": rules.settings()["trial_months"][form["procedure"]]}


def measure_fits_the_stage(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a measure of enforcement before there is a title, and one that comes before it during enforcement.

    民事诉讼法 103, 109; 劳动争议调解仲裁法 44.
    """
    of_the_trial = ("preservation", "advance_enforcement")
    enforcing = case.state in ("court_enforcing", "enforcement_overdue")
    if not form or (form["kind"] in of_the_trial) is not enforcing:
        return None
    return Refusal(
        "仲裁、诉讼中登记财产保全、先予执行，执行中登记查封冻结、限制消费、失信被执行人",
        "preservation and advance enforcement belong to arbitration and trial, the other measures to the enforcement",
    )


def _is_appealed(case: CaseView) -> bool:
    return _appeal_is_heard(case.details)


def _appeal_is_heard(kept: Values) -> bool:
    return bool(kept.get("judgment_appealed") and (kept.get("judgment") or kept.get("judgment_refusal")))


def _is_small_claim(kept: Values) -> bool:
    """Whether the court hears it as a small claim, whose first judgment is the last (民事诉讼法 165)."""
    return (kept.get("lawsuit_accepted") or {}).get("procedure") == "small_claims"


def court_has_it(state: str) -> Guard:
    """Make a gate, once the resident has his reply, against what a court does that has not the claim, or not at this point."""

    def the_court_has_it(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
        kept = case.details
        if state == "court_enforcing":
            has_it = bool(decisions.enforced(kept))
        else:
            decided = bool(kept.get("judgment") or kept.get("lawsuit_over")) and not _is_appealed(case)
            at_this_point = state in (("judged", "enforcement_due") if decided else ("sued",))
            has_it = kept.get("ended_as") == "sued" and at_this_point and not kept.get("enforcement_applied")
        if has_it:
            return None
        return Refusal("法院没有在办本案，或者不在这一环节", "no court has the claim, or not at this point", moot=True)

    return the_court_has_it


def _title(kept: Values) -> str:
    """Name what could be enforced first: a judgment, an award, a payment order or a confirmed settlement; or nothing."""
    if kept.get("judgment") and kept.get("judgment_in_effect"):
        return "judgment"
    if kept.get("award") and kept.get("award_in_effect"):
        return "award"
    if kept.get("payment_order_served"):
        return "payment_order"
    return "confirmed_settlement" if kept.get("settlement_confirmed") else ""


#: What says that a mediated settlement was broken, or with what was gone on where it was left behind.
_BEYOND_THE_SETTLEMENT: Final = (
    *("settlement_broken_on", "lawsuit_filed", "award"),
    *("payment_order_applied", "enforcement_applied"),
)
#: What of a case that is handled again can be gone on with, by the step that does it: what has to be on file.
RESUMED: Final[Mapping[str, Callable[[Values], bool]]] = {
    "claim_resumed": lambda kept: bool(kept.get("roster")),
    "title_resumed": lambda kept: (
        bool(_title(kept) or decisions.standing(kept)) and not kept.get("enforcement_applied")
    ),
    "enforcing_resumed": lambda kept: bool(decisions.enforced(kept)),
    "search_resumed": lambda kept: (
        bool(decisions.asked(kept)) and not (decisions.enforced(kept) or decisions.only_settled(kept))
    ),
    "court_settlement_resumed": decisions.only_settled,
    "settlement_resumed": lambda kept: (
        bool(kept.get("settlement_effective_on")) and not any(kept.get(name) for name in _BEYOND_THE_SETTLEMENT)
    ),
    "lawsuit_resumed": lambda kept: (
        bool(kept.get("lawsuit_filed"))
        and (_appeal_is_heard(kept) or not (kept.get("lawsuit_over") or kept.get("judgment")))
    ),
    "judgment_resumed": lambda kept: (
        bool(kept.get("judgment")) and not (kept.get("judgment_in_effect") or _appeal_is_heard(kept))
    ),
    "dismissal_resumed": lambda kept: (
        bool(kept.get("judgment_refusal")) and not (kept.get("judgment_in_effect") or _appeal_is_heard(kept))
    ),
    "award_resumed": lambda kept: (
        bool(kept.get("award")) and not (kept.get("award_in_effect") or kept.get("lawsuit_filed"))
    ),
    "rejection_resumed": lambda kept: (
        bool(kept.get("award_refusal")) and not (kept.get("judgment_in_effect") or kept.get("lawsuit_filed"))
    ),
    "police_resumed": orders.with_the_police,
}


def title_goes_on(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep from which day the time to ask a court runs: a rework gives no time anew."""
    kept = case.details
    since = enforceable_from(kept, _title(kept)) if _title(kept) else None
    return {
        "enforceable_since": since,
        "title_runs": since is not None,
        "decisions_wait": decisions.waiting(kept),
    }


def _time_goes_on(
    case: CaseView, moment: Moment, asked: Iterable[object], taken: object, *clocks: str
) -> dict[str, Any]:
    """Say which time of a court, or of the police, runs on where none does: since they took it in, or were asked last.

    Payment has ended it, or it has run out: a rework gives no time anew, and what is over is asked after at once.
    """
    running = moment.clocks(case)
    none = all(name not in running or running[name].clock.stopped_at for name in clocks)
    since, taken_on = max(str(day) for day in asked if day), str(taken or "")
    return {
        "court_since": max(since, taken_on),
        "court_took_it": none and taken_on >= since,
        "court_was_asked": none and taken_on < since,
    }


def _day_on_file(kept: Values, trigger: str, field: str) -> object:
    return (kept.get(trigger) or {}).get(field)


def enforcing_goes_on(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Say which times of the court that enforces run on, of each thing that it enforces."""
    runs = {(one.clock.name, one.clock.of) for one in moment.clocks(case).values() if one.clock.stopped_at is None}
    rows = [] if ("follow_up", "") in runs else decisions.enforced(case.details)
    rows = [row for row in rows if not {(name, row["named"]) for name in AT_COURT} & runs]
    resumed_on = str(_day_on_file(case.details, "enforcement_resumed", "applied_on") or "")
    return {
        "filed_since": {row["named"]: row["filed_on"] for row in rows if row.get("filed_on")},
        "asked_since": {
            row["named"]: max(str(row["applied_on"]), resumed_on) for row in rows if not row.get("filed_on")
        },
        **decisions.settlements_go_on(case.details),
    }


def suit_goes_on(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Say which time of the court that hears the claim runs on: of the suit, the appeal, or what was sent back to it."""
    kept = case.details
    asked = [_day_on_file(kept, trigger, "filed_on") for trigger in ("lawsuit_filed", "judgment_appealed")]
    asked.append(_day_on_file(kept, "judgment_remanded", "ruled_on"))
    accepted = _day_on_file(kept, "lawsuit_accepted", "accepted_on")
    found = _time_goes_on(case, moment, asked, accepted, "trial", "lawsuit_follow_up", "follow_up")
    return {**found, "court_took_it": found["court_took_it"] and kept.get("trial_months", 0)}


def police_go_on(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Say which time of the police runs on."""
    asked = [_day_on_file(case.details, "crime_transferred", "handed_over_on")]
    filed = _day_on_file(case.details, "police_filed", "filed_on")
    return _time_goes_on(case, moment, asked, filed, "criminal_case", "police_answer", "follow_up")


def search_goes_on(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep since when nobody has looked for property, and how what was agreed on stands: a rework gives no time anew."""
    return {**_to_search(case.details), **decisions.settlements_go_on(case.details)}


def settlement_goes_on(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep in how many days from its effect the mediated settlement is to be performed: a rework gives no time anew."""
    rows, since = case.details["settlement"]["instalments"], _day(case.details["settlement_effective_on"])
    return {"settlement_days": days_until(max(str(row["due_on"]) for row in rows), since)}


def contested_from(name: str) -> Callable[[CaseView, Values, Moment], dict[str, Any]]:
    """Make a change that keeps from which day an award or a judgment may be contested: a rework gives no time anew."""

    def known(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
        return {"contested_from": case.details[name]["received_on"]}

    return known


def dismissal_may_be_appealed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to wait for an appeal against the last word."""
    if not (_is_appealed(case) or _is_small_claim(case.details)):
        return None
    return Refusal(
        "二审、小额诉讼的判决不能上诉，请按“终审驳回”办理", "nobody appeals against the last word", moot=True
    )


def dismissal_is_final(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take a first judgment for the last word: there are fifteen days to appeal (民事诉讼法 171)."""
    if _is_appealed(case) or _is_small_claim(case.details):
        return None
    return Refusal("一审判决可以上诉，请按“一审驳回”办理", "the first judgment may be appealed against", moot=True)


def dismissed(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that what a court had granted before counts no longer."""
    gone = ("judgment", "judgment_in_effect", "judgment_appealed", "appeal_withdrawn", "enforceable_since")
    return {**dict.fromkeys(gone), "lawsuit_over": True}


def dismissed_finally(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that the claim is dismissed for good: nobody appeals against that."""
    return {**dismissed(case, form, moment), "judgment_in_effect": True}


def suit_begins(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that another lawsuit begins: what came of an earlier one opens nothing in it."""
    return dict.fromkeys(("lawsuit_accepted", "lawsuit_over", "judgment_refusal", "judgment_appealed"))


def suit_over(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the court goes on no further."""
    return {"lawsuit_over": True}


def judgment_is_on_file(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let a judgment stand that there is not: the first instance has dismissed the claim."""
    if case.details.get("judgment"):
        return None
    return Refusal("一审驳回了诉讼请求，没有可以生效的判决金额", "the first instance has granted nothing", moot=True)


def dismissal_is_on_file(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let a dismissal stand that there is not."""
    if case.details.get("judgment_refusal"):
        return None
    return Refusal("一审没有驳回诉讼请求", "the first instance has not dismissed the claim", moot=True)


def _sued_against(case: CaseView) -> str:
    """Name what of the commission was sued against, as it is kept: its rejection, if that came last, or its award; or nothing."""
    if (case.details.get("lawsuit_filed") or {}).get("ground") != "against_award":
        return ""
    return next((name for name in ("award_refusal", "award") if case.details.get(name)), "")


def no_award_stands_behind(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to the beginning where the award that was sued against takes effect (法释〔2000〕18号)."""
    if not _sued_against(case):
        return None
    return Refusal("撤诉后原裁决生效，请按“对裁决的起诉撤回”办理", "the award takes effect: record that", moot=True)


def an_award_stands_behind(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let an award take effect that nobody has sued against."""
    if _sued_against(case) == "award":
        return None
    return Refusal("不是对裁决提起的诉讼", "the lawsuit was not against an award", moot=True)


def a_rejection_stands_behind(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let the commission's rejection take effect where it has granted something, or nobody has sued against it."""
    if _sued_against(case) == "award_refusal":
        return None
    return Refusal("不是对驳回仲裁请求的裁决提起的诉讼", "the lawsuit was not against a rejection", moot=True)


def others_liable(kept: Values) -> list[dict[str, Any]]:
    """Return who has to pay by the findings beside the employer, whatever part in the work names him; a firm of several parts once."""
    found: dict[str, dict[str, Any]] = {str((kept.get("claim") or {}).get("employer") or "").strip(): {}}
    for row in debts.liable_parties(kept["liability"], Decimal(0)) if kept.get("liability") else ():
        if row["party"] != "employer":
            found.setdefault(row["name"], row)
    return [row for row in found.values() if row]


def co_respondents(kept: Values, form: Values) -> list[dict[str, Any]]:
    """Return who has to answer an application for arbitration beside the employer: as the form describes him, with his articles."""
    liable = {row["party"]: row for row in kept.get("liable") or ()}
    names = kept.get("liability") or {}
    return [
        {
            **row,
            "respondent_name": row["respondent_name"].strip() or str(names.get(row["party"]) or "").strip(),
            "provisions": rules.articles(liable.get(row["party"], {}).get("articles") or ()),
            **{name: liable.get(row["party"], {}).get(name) for name in ("capped", "most", "recourse")},
        }
        for row in form["co_respondents"]
    ]


def respondents_are_named(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an application for arbitration that leaves out who has to pay by the findings without a reason (调解仲裁法 22, 28)."""
    if not form:
        return None
    listed = co_respondents(case.details, form)
    if nameless := [row["party"] for row in listed if not row["respondent_name"]]:
        return Refusal(f"请填写{rules.said(nameless[0])}的名称", f"say what the {nameless[0]} is called")
    names = {row["respondent_name"] for row in listed}
    missing = [row for row in others_liable(case.details) if row["name"] not in names]
    if not missing or form["why_not_all_liable"].strip():
        return None
    said = "、".join(f"{rules.said(row['party'])}（{row['name']}）" for row in missing)
    return Refusal(
        f"认定的清偿责任主体还有：{said}。请一并列为被申请人（住所、负责人），或者说明不列的理由",
        f"by the findings others have to pay too: {', '.join(row['party'] for row in missing)}; list them, or say why not",
    )


def award_stands(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that the award takes effect with the ruling that lets the lawsuit be withdrawn (法释〔2000〕18号)."""
    on = form["ruled_on"] or local_date(moment.now)
    found = {"award_in_effect": True, "appeal_over": True, "award_effective_on": on}
    return found | {"enforceable_since": enforceable_from({**case.details, **found}, "award"), "lawsuit_over": True}


def refusal_stands(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep what the claim was refused for, now that nobody may contest it any more."""
    refused = case.details.get("judgment_refusal") or case.details.get("award_refusal")
    return {"unfounded": refused, "judgment_in_effect": True, "judgment_appealed": None}


def rejection_stands(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep what the commission rejected the claim for, now that the suit against it is over."""
    return {**refusal_stands(case, form, moment), **suit_over(case, form, moment)}


def an_appeal_is_pending(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what only a second instance can rule where nobody has appealed."""
    return None if _is_appealed(case) else Refusal("没有正在审理的上诉", "no appeal is pending")


def procedure_is_of_its_instance(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second instance where nobody has appealed, and a first one while an appeal is heard (民事诉讼法 171)."""
    if not form:
        return None
    if form["procedure"] == "second_instance":
        return an_appeal_is_pending(case, form, moment)
    if not _is_appealed(case):
        return None
    return Refusal("上诉正在审理，请选择二审程序", "an appeal is pending: it is heard by the second instance")


def judgment_is_of_its_instance(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse the last word where nobody has appealed, and another first one while an appeal is heard (民事诉讼法 171, 182)."""
    if not form or form["kind"] == "court_settlement":
        return None
    if form["kind"] == "second_instance":
        return an_appeal_is_pending(case, form, moment)
    if not _is_appealed(case):
        return None
    return Refusal(
        "上诉正在审理，请登记二审判决，或者撤回上诉、发回重审",
        "an appeal is pending: record what the second instance has decided",
    )


def first_judgment_stands(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that the first judgment takes effect, for the appeal against it was withdrawn (民事诉讼法 180)."""
    return {
        "judgment_in_effect": True,
        "judgment_appealable": False,
        "judgment_appealed": None,
        **enforceable("judgment", "appeal_withdrawn")(case, form, moment),
    }


def judgment_gone(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the first judgment is set aside, and what it has fixed with it (民事诉讼法 177)."""
    names = ("judgment", "judgment_refusal", "judgment_in_effect", "judgment_appealed", "lawsuit_over")
    gone = dict.fromkeys((*names, "enforceable_since"))
    return {**gone, **debts.sums_without(case, "judgment")}


def judgment_leaves(case: CaseView) -> Decimal:
    """Return by how much a judgment lies below what was still owed when it was made; 0 where it grants all."""
    judgment = case.details.get("judgment")
    if not judgment or (case.details.get("sums") or {}).get("ground") == "judgment":
        return Decimal(0)
    return max(Decimal(0), debts.unpaid(case) - rules.yuan(judgment["amount"]))


def enforcement_was_tried(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to resume, or to search for, what no court has enforced (民事诉讼法 265)."""
    if case.details.get("enforcement_applied"):
        return None
    return Refusal("没有申请过强制执行", "no court was asked to enforce anything", moot=True)


def enforced_until(row: Values) -> date | None:
    """Return the last day that a court has to enforce what it has filed; None where it has filed nothing."""
    return _last_day("enforcement_term", row["filed_on"]) if row.get("filed_on") else None


def enforced_again(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that the court enforces again: how it ended, or what was agreed on in it, is over."""
    again = {"enforcement_ended": None, **decisions.begin_again(case, form, moment)}
    return {**again, **_to_search({**case.details, **again})}


def enforced_in_part(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that a court has ended the enforcement of one thing, and since when nobody has looked for property.

    Where all is paid there is nothing to look for.
    """
    ended = decisions.end(case, form, moment)
    search = _to_search({**case.details, **ended})
    return {**ended, **search, "may_resume": search["may_resume"] and bool(debts.unpaid(case))}


def _searched_since(kept: Values) -> date | None:
    """Return since when nobody has looked for property of what was ended without any: the longest; None where nothing was."""
    looked = max((str(row["searched_on"]) for row in kept.get("property_searches") or ()), default="")
    found = [row for row in decisions.ended(kept) if row.get("ended_for") == "no_property_found"]
    last = min((max(str(row["enforcement_ended_on"]), looked) for row in found), default="")
    return date.fromisoformat(last) if last else None


def _to_search(kept: Values) -> dict[str, Any]:
    since = _searched_since(kept)
    return {"searched_since": since, "may_resume": since is not None}


def property_search_due(case: CaseView) -> date | None:
    """Return by which day property is to be looked for again after enforcement has ended without any; None where it is not."""
    since = _searched_since(case.details)
    return add_months(since, rules.law_on("property_search", since)) if since and debts.unpaid(case) else None


def judgment_made(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep whether a judgment takes effect at once: a second instance's, and what was agreed before the court.

    What an earlier one, or an award, has fixed counts no longer.
    """
    at_once = form["kind"] != "first_instance" or _is_small_claim(case.details)
    fixed = debts.sums_without(case, "award", "judgment")
    return {
        "judgment_in_effect": at_once,
        "judgment_appealable": not at_once,
        **dict.fromkeys(("judgment_appealed", "judgment_refusal", "appeal_withdrawn", "enforceable_since")),
        **(enforceable("judgment", "judgment")(case, form, moment) if at_once else {}),
        **fixed,
    }


def judgment_takes_effect(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that nobody has appealed in time."""
    since = enforceable("judgment")(case, form, moment)
    return {"judgment_in_effect": True, **since, "title_runs": bool(case.details.get("judgment"))}


def is_decided(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on as after a decision that there is not."""
    if decisions.standing(case.details):
        return None
    return Refusal("尚未作出处理决定，请按“尚未决定”办理", "there is no decision yet")


def is_undecided(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to before a decision that was made."""
    if not decisions.standing(case.details):
        return None
    return Refusal("已作出处理决定，请按“已有决定”办理", "a decision was made already")


def award_is_in_effect(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to enforce an award that may still be taken to court (劳动争议调解仲裁法 50)."""
    if case.details.get("award_is_final") or case.details.get("award_in_effect"):
        return None
    return Refusal("非终局裁决十五日起诉期未满，尚未生效", "the fifteen days to sue against the award are not over")


def arbitration_is_accepted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to extend what was never accepted."""
    if case.details.get("arbitration_accepted"):
        return None
    return Refusal("仲裁委员会尚未受理", "the commission has not accepted the application yet")


def award_was_final(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to set aside what was no final award (劳动争议调解仲裁法 49)."""
    if case.details.get("award_is_final"):
        return None
    return Refusal("只有终局裁决可以由中级人民法院撤销", "only a final award is set aside by the intermediate court")


def lawsuit_has_its_ground(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a lawsuit without what opens it: arbitration comes first, but for an IOU and a few more.

    劳动争议调解仲裁法 29, 43, 48-50; 劳动争议解释一 15.
    """
    if not form:
        return None
    ground, kept = form["ground"], case.details
    if ground == "iou":
        items = (kept.get("evidence") or {}).get("items", ())
        stands = any(item["kind"] == "iou" for item in items)
    elif ground == "settlement_broken":
        # Also where the court ended the payment order that was asked for upon it (劳动争议解释一 13).
        asked = kept.get("payment_order_applied") or {"ground": ""}
        asked_for = asked.get("ground", "settlement_broken") == "settlement_broken"
        stands = (asked_for or _settlement_is_broken(case)) and is_mediated(kept)
    elif ground == "against_award":
        stands = case.state == "award_refused" or (case.state == "awarded" and not kept.get("appeal_over"))
    elif ground == "award_set_aside":
        stands = bool(kept.get("award_set_aside"))
    elif ground == "award_not_enforced":
        stands = bool(kept.get("award_not_enforced"))
    elif ground == "confirmation_refused":
        # Where the commission has refused it, arbitration comes first as ever.
        stands = case.state == "confirmation_refused" and not kept.get("by_commission")
    elif ground == "not_accepted":
        stands = bool(kept.get("arbitration_declined")) or case.state == "arbitration_overdue"
    else:
        stands = case.state == "arbitration_overdue"
    if stands:
        return None
    return Refusal(
        "劳动争议须先申请仲裁：所选起诉理由没有相应的事实（欠条、经调解而未履行的协议、不予受理或逾期未裁决、起诉期内的裁决、被撤销或者不予执行的裁决）",
        f"arbitration comes first: nothing on file stands behind a lawsuit upon {ground}",
    )
