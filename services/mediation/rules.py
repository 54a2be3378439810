"""The gates of mediation and its arithmetic. Guards that judge a form let an empty one pass."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chassis.workflow import CaseView, Moment, Values

#: Words that oblige nobody to anything; such clauses are why courts refuse (民诉解释 358 (5)).
VAGUE: Final = re.compile(r"以后注意|今后注意|尽量|尽快|适当|互相理解|再说|酌情|有空")
EXCLUSIONS: Final = {
    "reserved_to_authority": ("依法应由有关机关处理的事项", "matters that the law reserves to an authority"),
    "before_court": ("人民法院已受理或已裁判的事项", "matters that a court has accepted or decided"),
    "crime_or_offence": ("刑事责任或治安处罚本身", "criminal or public-order punishment itself"),
}
GROUNDS: Final = {
    "against_mandatory_law": ("违反法律强制性规定", "it breaks mandatory law"),
    "harms_public_or_others": ("损害国家、社会公共利益或他人合法权益", "it harms the public or others"),
    "against_public_order": ("违背公序良俗", "it offends public order and good morals"),
    "not_voluntary": ("违反自愿原则", "it is not voluntary"),
    "content_unclear": ("内容不明确", "its content is unclear"),
}


def _names(found: Iterable[object]) -> set[str]:
    return {str(name).strip() for name in found}


def parties(case: CaseView) -> set[str]:
    """Return the names of all parties of a case."""
    application = case.details.get("application") or {}
    return _names(party["name"] for party in application.get("parties", ()))


def _missing(case: CaseView, present: Iterable[object]) -> str:
    return "、".join(sorted(parties(case) - _names(present)))


# -- may it be mediated --------------------------------------------------------


def there_are_two_sides(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an application that does not name both sides, each person once."""
    if not form:
        return None
    named = [party["name"].strip() for party in form["parties"]]
    if len({*named}) < len(named):
        return Refusal("同一当事人重复登记,请合并", "the same party is entered twice; enter each once")
    if {party["side"] for party in form["parties"]} != {"applicant", "respondent"}:
        return Refusal("须登记申请人和被申请人双方", "both an applicant and a respondent are needed")
    return None


def it_may_be_mediated(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what mediators must leave alone (人民调解工作若干规定 22)."""
    for flag, (zh, en) in EXCLUSIONS.items():
        if form.get(flag):
            return Refusal(f"不属于人民调解范围:{zh};请登记为“不予调解”", f"not for mediation: {en}; record it so")
    return None


def everybody_consents(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to mediate without the consent of each party (人民调解法 3, 17; 山东省多元化解纠纷促进条例 22)."""
    if not form:
        return None
    if missing := _missing(case, (row["party"] for row in form["consents"])):
        return Refusal(f"尚缺当事人同意:{missing}", f"consent is missing of: {missing}")
    return None


def everybody_is_told(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on while a party does not know his rights and duties (人民调解法 23, 24)."""
    if not form:
        return None
    if missing := _missing(case, form["told"]):
        return Refusal(f"尚未告知权利义务:{missing}", f"rights and duties were not explained to: {missing}")
    return None


def mediators_are_impartial(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a mediator who is a party or bound to one (人民调解法 14, 15)."""
    if not form:
        return None
    bound = [row["mediator"] for row in form["mediators"] if row["conflict_of_interest"]]
    bound += [row["mediator"] for row in form["mediators"] if row["mediator"].strip() in parties(case)]
    if bound:
        names = "、".join(dict.fromkeys(bound))
        return Refusal(f"调解员与当事人或纠纷有利害关系,应另行指定:{names}", f"not impartial, name another: {names}")
    return None


def helpers_are_welcome(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse helpers to whom not all parties agree (人民调解法 20)."""
    unwelcome = [row["invited"] for row in form.get("invited", ()) if not row["all_agree"]]
    if unwelcome:
        names = "、".join(unwelcome)
        return Refusal(f"邀请他人参与须征得当事人同意:{names}", f"the parties have not agreed to invite: {names}")
    return None


def both_sides_are_heard(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the record of a joint session that a whole side missed (人民调解法 22)."""
    if not form or form["separate"]:
        return None
    present = _names(form["attended"])
    rows = (case.details.get("application") or {}).get("parties", ())
    here = {row["side"] for row in rows if row["name"].strip() in present or row.get("agent", "").strip() in present}
    if here != {"applicant", "respondent"}:
        return Refusal(
            "共同调解须双方(或代理人)到场;分别做工作的,请勾选“分别调解”",
            "a joint session needs both sides or their agents; tick separate if they were met apart",
        )
    return None


def undisputed_facts_are_signed(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to record undisputed facts without both sides' consent (山东省多元化解纠纷促进条例 24)."""
    if form.get("undisputed") and not form.get("undisputed_signed"):
        return Refusal(
            "记载无争议事实须征得当事人同意并由双方签字",
            "undisputed facts may only be recorded with both sides' consent and signatures",
        )
    return None


# -- the agreement -------------------------------------------------------------


def clauses_are_complete(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a clause that does not say who does what for whom, how and when (人民调解法 29)."""
    known = parties(case)
    for number, item in enumerate(form.get("items", ()), start=1):
        obligor, obligee = item["obligor"].strip(), item["obligee"].strip()
        if obligor == obligee or not {obligor, obligee} <= known:
            return Refusal(
                f"第{number}项:义务人和权利人须为本案不同当事人",
                f"item {number}: obligor and obligee must be two different parties of this case",
            )
        if found := VAGUE.search(item["what"]):
            return Refusal(
                f"第{number}项内容不明确(“{found[0]}”),须写明做什么、怎么做、何时完成",
                f"item {number} obliges nobody to anything ({found[0]!r}); say what is done, how and by when",
            )
    return None


def no_ground_for_refusal(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a draft that a court would not confirm (民诉解释 358)."""
    for flag, (zh, en) in GROUNDS.items():
        if form.get(flag):
            return Refusal(f"协议草案{zh},须修改后再签", f"the draft can't be signed: {en}")
    return None


def the_rest_is_named(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a partial agreement that hides what is left (山东省多元化解纠纷促进条例 23)."""
    if form.get("scope") == "partial" and not form.get("unresolved"):
        return Refusal("部分达成协议的,须写明未解决事项", "a partial agreement must name what is left unresolved")
    return None


def agreement_takes_effect(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call an agreement effective before all have signed and sealed (人民调解法 29)."""
    if not form:
        return None
    if missing := _missing(case, (row["party"] for row in form["signatures"])):
        return Refusal(f"协议尚未生效,缺当事人签名:{missing}", f"not in effect: signatures missing of {missing}")
    if not form["mediator_signed"]:
        return Refusal("协议尚未生效,缺调解员签名", "not in effect: the mediator has not signed")
    if not form["committee_sealed"]:
        return Refusal("协议尚未生效,缺人民调解委员会印章", "not in effect: the committee's seal is missing")
    if form["copies"] < len(parties(case)) + 1:
        return Refusal(
            "协议书份数不足:当事人各执一份,委员会留存一份", "too few copies: one for each party and one to keep"
        )
    return None


# -- performance ---------------------------------------------------------------


def _items(case: CaseView) -> Sequence[Mapping[str, Any]]:
    items: Sequence[Mapping[str, Any]] = (case.details.get("agreement") or {}).get("items", ())
    return items


def unperformed(items: Sequence[Mapping[str, Any]], performed: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the numbers of the items that are not, or not wholly, performed.

    A payment is performed when its parts add up to its amount, anything else when it is recorded.
    """
    paid: dict[int, Decimal] = defaultdict(Decimal)
    seen = set()
    for row in performed:
        paid[row["item"]] += Decimal(row.get("amount") or 0)
        seen.add(row["item"])
    return [
        number
        for number, item in enumerate(items, start=1)
        if (paid[number] < Decimal(item["amount"]) if item["kind"] == "payment" else number not in seen)
    ]


def overdue(items: Sequence[Mapping[str, Any]], performed: Iterable[Mapping[str, Any]], on: date) -> list[int]:
    """Return the numbers of unperformed items whose last day has passed."""
    return [
        number for number in unperformed(items, performed) if date.fromisoformat(str(items[number - 1]["due_on"])) < on
    ]


def instalments(total: Decimal, count: int) -> list[Decimal]:
    """Split an amount into parts, equal to the cent, the larger ones first.

    Raises ValueError when there are not as many cents as parts.
    """
    cents = int(total * 100)
    if count < 1 or cents < count or cents != total * 100:
        raise ValueError(f"{total} can't be paid in {count} parts of whole cents")
    part, rest = divmod(cents, count)
    return [Decimal(part + (number < rest)) / 100 for number in range(count)]


def performance_days(items: Sequence[Mapping[str, Any]], on: date) -> int:
    """Return the days from a day until the last item is due, at least 1."""
    last = max(date.fromisoformat(str(item["due_on"])) for item in items)
    return max(1, (last - on).days)


def items_exist(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what refers to an item that was not agreed."""
    count = len(_items(case))
    rows = form.get("performed", [form] if "item" in form else [])
    wrong = [str(row["item"]) for row in rows if row["item"] > count]
    if wrong:
        return Refusal(
            f"协议只有{count}项,没有第{'、'.join(wrong)}项", f"the agreement has {count} items, no {', '.join(wrong)}"
        )
    return None


def it_has_happened(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse performance dated in the future."""
    rows = form.get("performed", [form] if "performed_on" in form else [])
    if any(row["performed_on"] > local_date(moment.now) for row in rows):
        return Refusal("履行日期不能晚于今天", "what was performed can't be dated in the future")
    return None


def everything_is_performed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close performance while an item is open (人民调解法 31)."""
    if not form:
        return None
    open_items = unperformed(_items(case), [*case.details.get("performances", ()), *form["performed"]])
    if open_items:
        numbers = "、".join(map(str, open_items))
        return Refusal(f"协议第{numbers}项尚未履行完毕", f"not yet wholly performed: item {numbers}")
    return None


def breach_is_real(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call an item overdue before its last day has passed."""
    if form.get("kind") != "overdue":
        return None
    if form["item"] not in overdue(_items(case), case.details.get("performances", ()), local_date(moment.now)):
        return Refusal(
            "该项尚未逾期或已履行;当事人明确表示不履行的,请选“拒绝履行”",
            "the item is not overdue or is performed; choose refused if the party says he will not perform",
        )
    return None


def remedies_fit(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to tell the wrong route: a confirmed agreement is enforced, another is sued upon (人民调解法 32, 33)."""
    if not form:
        return None
    confirmed = bool(case.details.get("court_confirmed"))
    if confirmed and "court_enforcement" not in form["routes"]:
        return Refusal("协议已经司法确认,应告知申请强制执行", "the agreement is confirmed: tell of court enforcement")
    if not confirmed and "lawsuit" not in form["routes"]:
        return Refusal("协议未经司法确认,应告知可以起诉", "the agreement is not confirmed: tell of a lawsuit")
    return None


# -- judicial confirmation -----------------------------------------------------


def confirmation_is_possible(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what courts do not confirm: no paper, or an identity relation (法释〔2011〕5号 4; 民诉解释 355)."""
    if case.details.get("agreement_kind") != "written":
        return Refusal("申请司法确认须有调解协议书", "only a written agreement can be confirmed")
    if (case.details.get("application") or {}).get("concerns_identity"):
        return Refusal("涉及身份关系的协议不予司法确认", "courts do not confirm identity relations")
    if case.details.get("court_confirmed"):
        return Refusal("协议已经司法确认", "the agreement is confirmed already")
    return None


def confirmation_is_in_time(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an application after 30 days from taking effect (人民调解法 33)."""
    if case.details.get("confirmation_lapsed"):
        return Refusal("已超过协议生效后三十日的司法确认申请期限", "the thirty days for judicial confirmation are over")
    return None


def application_is_joint(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an application that not all parties make (人民调解法 33)."""
    if not form:
        return None
    if missing := _missing(case, form["applicants"]):
        return Refusal(f"司法确认须双方共同申请,尚缺:{missing}", f"it must be applied for jointly; missing: {missing}")
    return None


# -- the end -------------------------------------------------------------------


def a_part_is_not_the_whole(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call solved what was only partly agreed."""
    scope = (case.details.get("agreement") or {}).get("scope")
    if form.get("outcome") == "solved" and scope == "partial":
        return Refusal("仅部分达成协议,办理结果应为“部分解决”", "only a part was agreed: the outcome is partly solved")
    return None


def only_applicants_withdraw(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the outcome withdrawn when nobody withdrew."""
    ended = (case.details.get("termination") or {}).get("reason")
    if form.get("outcome") == "withdrawn" and ended != "application_withdrawn":
        return Refusal("申请人未撤回申请,不能按“撤回”办结", "the applicant has not withdrawn the application")
    return None
