"""The gates of mediation and its arithmetic. Guards that judge a form let an empty one pass."""

from __future__ import annotations

import hashlib
import tomllib
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis import clocks, legal
from chassis.clocks import Period, Roll, Unit
from chassis.meetings import Meeting
from chassis.picking import Offer, meant, one_is_meant
from chassis.workcalendar import local, local_date, standard_calendar
from chassis.workflow import Refusal
from services.mediation.stages.places import OWED, UNSETTLED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from chassis.legal import LegalBases
    from chassis.workflow import CaseView, Change, Guard, Moment, Values

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

#: Why what nobody has agreed to mediate comes to an end all the same.
BEFORE_CONSENT: Final = ("party_unreachable", "application_withdrawn", "party_sued", "police_matter")
_HUNDREDTH: Final = Decimal("0.01")


@cache
def words() -> Mapping[str, Any]:
    """Read the words and figures that a street may change."""
    return tomllib.loads((Path(__file__).parent / "data" / "words.toml").read_text(encoding="utf-8"))


@cache
def bases() -> LegalBases:
    """Read the legal bases and periods of mediation."""
    return legal.load(Path(__file__).with_name("legal.toml"))


def found_in(text: str, sought: Iterable[str]) -> list[str]:
    """Return which of some words a text holds."""
    return [word for word in sought if word in text]


def _names(found: Iterable[object]) -> set[str]:
    return {str(name).strip() for name in found}


def parties(case: CaseView) -> set[str]:
    """Return the names of all parties of a case."""
    application = case.details.get("application") or {}
    return _names(party["name"] for party in application.get("parties", ()))


def speakers(case: CaseView) -> dict[tuple[str, str], set[str]]:
    """Return, by each party's name and side, who may speak for it: itself, its agent or legal representative, whom it has authorised."""
    application = case.details.get("application") or {}
    authorised = case.details.get("authorisations", ())
    return {
        (name, str(party["side"])): _names([name, party.get("agent") or name])
        | _names([party.get("guardian") or name])
        | _names(row["agent"] for row in authorised if row["party"].strip() == name)
        for party in application.get("parties", ())
        for name in (party["name"].strip(),)
    }


def _missing(case: CaseView, present: Iterable[object]) -> str:
    return "、".join(sorted(parties(case) - _names(present)))


def per_cent(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Return a part of a whole in per cent, to two places; None of nothing."""
    return (Decimal(part) * 100 / whole).quantize(_HUNDREDTH, ROUND_HALF_UP) if whole else None


# -- several of one kind ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What may wait for several at once, each by its number in the rows that are kept of them, from 1.

    `open` says whether any is waited for, and `waiting` for which; a form says with `which` what it is about, and people
    know a row by what it says under `known_by`, which names nobody.
    """

    rows: str
    open: str
    waiting: str
    known_by: str

    def numbers(self, case: CaseView) -> list[int]:
        """Return which are waited for; of a case from before they were told apart, the last."""
        kept = case.details
        last = len(kept.get(self.rows) or ())
        numbers: list[int] = kept.get(self.waiting, [last] if kept.get(self.open) and last else [])
        return numbers

    def offered(self, case: CaseView) -> list[Offer]:
        """Name those that are waited for."""
        rows = case.details.get(self.rows) or ()
        said = {number: str(rows[number - 1].get(self.known_by) or "") for number in self.numbers(case)}
        return [Offer(str(number), f"第{number}件 {what}", f"{number}: {what}") for number, what in said.items()]

    def one_more(self, case: CaseView) -> dict[str, Any]:
        """Wait for the one that is being put on record."""
        return {self.open: True, self.waiting: [*self.numbers(case), len(case.details.get(self.rows) or ()) + 1]}

    def one_less(self, case: CaseView, form: Values) -> dict[str, Any]:
        """Wait no longer for the one that a form is about, or for the only one."""
        left = [number for number in self.numbers(case) if form["which"] and number != form["which"]]
        return {self.open: bool(left), self.waiting: left}

    def is_waited_for(self, zh: str, en: str) -> Guard:
        """Make a gate against an answer that nobody is to give, or that does not say which of several it is."""

        def an_answer_is_waited_for(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
            numbers = self.numbers(case)
            if not numbers:
                return Refusal(f"没有{zh}", f"no {en}", moot=True)
            if not form or form["which"] in numbers or (form["which"] is None and len(numbers) == 1):
                return None
            said = [str(number) for number in numbers]
            return Refusal(
                f"请写明是第几件：按登记的先后，等待的有第{'、'.join(said)}件",
                f"say which it is: by the order on record, {', '.join(said)} are waited for",
            )

        return an_answer_is_waited_for


DANGERS: Final = Asked("escalations", "danger_open", "dangers_waiting", "reported_to")
AUTHORITIES: Final = Asked("authorities_informed", "authority_open", "authorities_waiting", "authority")
CHALLENGERS: Final = Asked("challenges_of_outsiders", "challenge_open", "challenges_waiting", "harm")


# -- may it be mediated --------------------------------------------------------


def there_are_two_sides(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an application that does not name both sides, each person once."""
    if not form:
        return None
    named = [party["name"].strip() for party in form["parties"]]
    if len({*named}) < len(named):
        return Refusal("同一当事人重复登记，请合并", "the same party is entered twice; enter each once")
    if {party["side"] for party in form["parties"]} != {"applicant", "respondent"}:
        return Refusal("须登记申请人和被申请人双方", "both an applicant and a respondent are needed")
    return None


def it_may_be_mediated(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what mediators must leave alone (人民调解工作若干规定 22)."""
    for flag, (zh, en) in EXCLUSIONS.items():
        if form.get(flag):
            return Refusal(f"不属于人民调解范围：{zh}；请登记为“不予调解”", f"not for mediation: {en}; record it so")
    return None


def everybody_consents(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to mediate without the consent of each party (人民调解法 3, 17; 山东省多元化解纠纷促进条例 22)."""
    if not form:
        return None
    if missing := _missing(case, (row["party"] for row in form["consents"])):
        return Refusal(f"尚缺当事人同意：{missing}", f"consent is missing of: {missing}")
    return None


def a_party_authorises_another(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a power of attorney of nobody's, or to the other side (民法典 165, 168)."""
    if not form:
        return None
    party, agent, known = form["party"].strip(), form["agent"].strip(), parties(case)
    if party not in known:
        return Refusal("委托人须为本案当事人", "only a party of this case can authorise an agent")
    sides = dict(speakers(case).keys())
    if agent in known and sides[agent] != sides[party]:
        return Refusal("不得委托对方当事人代理", "the other side can't be a party's agent")
    return None


def unidentified(case: CaseView) -> list[str]:
    """Return the parties whose identity document nobody has seen yet."""
    application = case.details.get("application") or {}
    seen = _names(name for row in case.details.get("identities", ()) for name in row["parties"])
    named = [party["name"].strip() for party in application.get("parties", ()) if not party.get("identity_checked")]
    return [name for name in named if name not in seen]


def they_are_parties(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the identity of who is no party."""
    if strangers := "、".join(sorted(_names(form.get("parties", ())) - parties(case))):
        return Refusal(f"不是本案当事人：{strangers}", f"not a party of this case: {strangers}")
    return None


def identities_are_known(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an agreement with somebody whose identity document nobody has seen (人民调解法 29)."""
    if not (unknown := "、".join(unidentified(case))):
        return None
    return Refusal(
        f"尚未核对身份证明：{unknown}；请先“核对当事人身份证明”", f"whose identity document was not seen: {unknown}"
    )


def everybody_is_told(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on while a party does not know his rights and duties (人民调解法 23, 24)."""
    if not form:
        return None
    if missing := _missing(case, form["told"]):
        return Refusal(f"尚未告知权利义务：{missing}", f"rights and duties were not explained to: {missing}")
    return None


def bound_mediators(mediators: Iterable[Values], involved: Collection[str]) -> list[str]:
    """Return the mediators who have said that they are bound, or who are among the parties and their agents."""
    found = [row["mediator"] for row in mediators if row["conflict_of_interest"] or row["mediator"].strip() in involved]
    return list(dict.fromkeys(found))


def mediators_are_impartial(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a mediator who is a party, acts for one or is bound to one (人民调解法 14, 15)."""
    if not form:
        return None
    if bound := bound_mediators(form["mediators"], set().union(*speakers(case).values())):
        names = "、".join(bound)
        return Refusal(f"调解员与当事人或纠纷有利害关系，应另行指定：{names}", f"not impartial, name another: {names}")
    return None


#: 人民调解法 8, 9.
_FEWEST: Final = 3
_MOST: Final = 9
_TERM_YEARS: Final = 3


def made_up(
    counted: tuple[int, int, int, int], *, several: bool, elected: date
) -> tuple[list[tuple[str, bool, str, str]], date]:
    """Hold a committee against 人民调解法 8, and say when its term ends (9).

    `counted` are its members, chairs, women and those of a smaller nationality. A check is a code, whether it is met,
    and what it says.
    """
    size, chairs, women, minority = counted
    checks = [
        ("size", _FEWEST <= size <= _MOST, f"委员 {size} 人，应为三至九人", f"{size} members; 3 to 9 are needed"),
        ("chair", chairs == 1, f"主任 {chairs} 人，应为一人", f"{chairs} chairs; one is needed"),
        ("women", women > 0, f"妇女委员 {women} 人，应当有妇女成员", f"{women} women; one at least is needed"),
    ]
    if several:
        zh = f"人数较少民族的委员 {minority} 人，多民族居住的地区应当有"
        checks.append(("minority", minority > 0, zh, f"{minority} of a smaller nationality; one at least is needed"))
    three_years = Period(_TERM_YEARS, Unit.YEAR)
    return checks, clocks.add(elected, three_years, calendar=standard_calendar()).due_at.date()


def standing(committee: Values, on: date) -> dict[str, Any]:
    """Say how a committee on file stands on a day: which checks fail, and when its term ends."""
    members = [
        row
        for row in committee["people"]
        if row["position"] != "engaged" and (not row["until"] or date.fromisoformat(str(row["until"])) >= on)
    ]
    counted = (
        len(members),
        sum(row["position"] == "chair" for row in members),
        sum(row["woman"] for row in members),
        sum(row["smaller_nationality"] for row in members),
    )
    checks, ends = made_up(counted, several=committee["multi_ethnic"], elected=committee["elected_on"])
    failed = [(code, zh, en) for code, met, zh, en in checks if not met]
    if ends < on:
        failed.append(("term_over", f"任期三年，已于 {ends} 届满，应当改选", f"its three years were over on {ends}"))
    return {
        "failed": [code for code, _, _ in failed],
        "lines": [{"zh": zh, "en": en} for _, zh, en in failed],
        "term_ends_on": ends,
    }


def _serves(row: Values, person: Values, on: date) -> bool:
    until, engaged = person["until"], person["position"] == "engaged"
    here = not until or date.fromisoformat(str(until)) >= on
    return here and engaged == (row["standing"] == "engaged") and person["name"].strip() == row["mediator"].strip()


def serving(form: Values, committees: Iterable[Values], on: date) -> dict[str, list[str]]:
    """Return for each mediator of a form the committees for which he mediates on a day, as what the form says he is."""
    rosters = [*committees]
    return {
        row["mediator"].strip(): [
            committee["name"]
            for committee in rosters
            if any(_serves(row, person, on) for person in committee["people"])
        ]
        for row in form["mediators"]
    }


def mediators_are_on_the_roster(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse who is neither member of a committee on file nor engaged by one, or is so no longer (人民调解法 13).

    A street that has no committee on file yet is warned instead.
    """
    register = moment.known()
    if not form or register is None or not (committees := register.committees()):
        return None
    found = serving(form, committees, local_date(moment.now))
    if strangers := "、".join(name for name, of in found.items() if not of):
        return Refusal(
            f"不在调解委员会名册上（或者身份不符、已到期）：{strangers}；请核对名册或者另行指定",
            f"on no committee's roster (or as something else, or no longer): {strangers}",
        )
    return None


def mediators_are_accepted(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse mediators whom the parties have neither chosen nor accepted (人民调解法 19, 23 (1))."""
    if not form or form["parties_accept"] or all(row["chosen_by"] == "parties" for row in form["mediators"]):
        return None
    return Refusal(
        "委员会指定的调解员须经各方当事人接受，请征求意见后勾选",
        "mediators whom the committee has named need the parties' acceptance: ask them, then tick it",
    )


def one_mediator_presides(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse several mediators of whom not exactly one presides, or the same one twice (人民调解工作若干规定 25)."""
    if not form:
        return None
    rows = form["mediators"]
    if len(_names(row["mediator"] for row in rows)) < len(rows):
        return Refusal("同一调解员重复登记", "the same mediator is entered twice")
    if len(rows) == 1 or sum(row["presides"] for row in rows) == 1:
        return None
    return Refusal("数名调解员的，须指定其中一名为调解主持人", "of several mediators exactly one presides")


def nobody_challenged_returns(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a mediator who was replaced in this dispute (人民调解法 15, 23)."""
    gone = _names(row["mediator"] for row in case.details.get("challenges", ()))
    back = sorted(gone & _names(row["mediator"] for row in form.get("mediators", ())))
    if not back:
        return None
    names = "、".join(back)
    return Refusal(f"已在本纠纷中回避或者调换，请另行指定：{names}", f"replaced in this dispute, name another: {names}")


def the_mediator_is_set(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to replace who does not mediate here."""
    set_now = _names(row["mediator"] for row in (case.details.get("mediators_set") or {}).get("mediators", ()))
    if not form or form["mediator"].strip() in set_now:
        return None
    return Refusal("该人不是本纠纷的调解员", "that is no mediator of this dispute")


def helpers_are_welcome(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse helpers to whom not all parties agree (人民调解法 20)."""
    unwelcome = [row["invited"] for row in form.get("invited", ()) if not row["all_agree"]]
    if unwelcome:
        names = "、".join(unwelcome)
        return Refusal(f"邀请他人参与须征得当事人同意：{names}", f"the parties have not agreed to invite: {names}")
    return None


def both_sides_are_heard(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the record of a joint session that a whole side missed (人民调解法 22)."""
    if not form or form["separate"]:
        return None
    present = _names(form["attended"])
    here = {side for (_, side), names in speakers(case).items() if names & present}
    if here != {"applicant", "respondent"}:
        return Refusal(
            "共同调解须双方（或代理人）到场；分别做工作的，请勾选“分别调解”",
            "a joint session needs both sides or their agents; tick separate if they were met apart",
        )
    return None


def a_private_session_stays_private(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an open session where a party has asked for a closed one (人民调解法 23 (3))."""
    asked = (case.details.get("rights_explained") or {}).get("in_private")
    if form and asked and not form["in_private"]:
        return Refusal(
            "当事人要求不公开调解，本次调解须勾选“不公开进行”",
            "a party has asked for mediation in private; hold the session so and tick it",
        )
    return None


def what_never_began_ends_as_such(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end as a failed mediation what not all parties have agreed to yet (人民调解法 17)."""
    if not form or case.state != "consent_due" or form["reason"] in BEFORE_CONSENT:
        return None
    return Refusal(
        "各方尚未同意调解，只能以联系不上、撤回申请、已起诉或者移交公安为由终止；明确拒绝的，请“一方明确拒绝”",
        "not all have agreed yet: it ends as unreachable, withdrawn, sued upon or for the police; else record a refusal",
    )


def no_danger_is_open(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end a case while nobody knows what became of a reported danger (人民调解法 25)."""
    if not case.details.get("danger_open"):
        return None
    return Refusal(
        "已报告的激化风险还没有回音，请先“跟踪激化风险”，确认有人处置或者风险已经消除",
        "a danger was reported and nobody has answered: follow it up before the case ends",
    )


def routes_fit_the_dispute(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an end that hides a route: the court always, the authority for noise (人民调解法 26; 噪声污染防治法 70)."""
    if not form:
        return None
    if "lawsuit" not in form["routes"]:
        return Refusal(
            "调解不成，须告知当事人可以向人民法院起诉", "when mediation fails, the parties are told that they may sue"
        )
    noise = (case.details.get("application") or {}).get("dispute_type") == "noise"
    if noise and not {"administrative", "police"} & {*form["routes"]}:
        return Refusal(
            "噪声扰民经调解无效的，须告知可以向主管部门报告或者投诉（行政途径或公安机关）",
            "where noise goes on after mediation, tell that the authority may be called: administrative or police",
        )
    return None


def signed_and_heard_by_now(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a consent, a session, a report, a signature or a seal dated in the future."""
    days = [row["on"] for row in (*form.get("consents", ()), *form.get("signatures", ()))] + [form.get("sealed_on")]
    moments = (form.get("held_at"), form.get("reported_at"))
    ahead = any(day is not None and day > local_date(moment.now) for day in days)
    if ahead or any(at is not None and at > moment.now for at in moments):
        return Refusal("日期不能晚于现在", "it can't be dated in the future")
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


def gaps(item: Values, known: Collection[str]) -> dict[str, Refusal]:
    """Say what a clause leaves open: who, what, how much, how, when (人民调解法 29)."""
    found = {}
    obligor, obligee, what, way = (item[name].strip() for name in ("obligor", "obligee", "what", "way"))
    vague = words()["vague"]
    if obligor == obligee or not {obligor, obligee} <= {*known}:
        found["who"] = Refusal(
            "义务人和权利人须为本案不同当事人", "obligor and obligee must be two different parties of this case"
        )
    if not what or found_in(what, vague):
        said = f"（“{'、'.join(found_in(what, vague))}”）" if what else ""
        found["what"] = Refusal(
            f"内容不明确{said}，须写明做什么、怎么做、何时完成",
            f"it obliges nobody to anything ({what or 'nothing'}); say what is done, how and by when",
        )
    if item["kind"] == "payment" and not item["amount"]:
        found["how_much"] = Refusal("付款条款应写明金额", "a payment needs its amount")
    if not way or found_in(way, vague):
        found["how"] = Refusal("履行方式不明确，须写明怎么做", "say in which way it is performed")
    if not item["due_on"]:
        found["when"] = Refusal("没有写明履行期限", "say by when it is performed")
    return found


def clauses_are_complete(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a clause that does not say who does what for whom, how and when (人民调解法 29)."""
    known = parties(case)
    for number, item in enumerate(form.get("items", ()), start=1):
        for gap in gaps(item, known).values():
            return Refusal(f"第{number}项：{gap.zh}", f"item {number}: {gap.en}")
    return None


def no_ground_for_refusal(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a draft that a court would not confirm (民诉解释 358)."""
    for flag, (zh, en) in GROUNDS.items():
        if form.get(flag):
            return Refusal(f"协议草案{zh}，须修改后再签", f"the draft can't be signed: {en}")
    return None


def suspected(text: str) -> dict[str, list[str]]:
    """Return the grounds of refusal that the words of an agreement suggest, each with those words (民诉解释 358)."""
    return {ground: said for ground, sought in words()["grounds"].items() if (said := found_in(text, sought))}


def the_rest_is_named(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a partial agreement that hides what is left (山东省多元化解纠纷促进条例 23)."""
    if form.get("scope") == "partial" and not form.get("unresolved"):
        return Refusal("部分达成协议的，须写明未解决事项", "a partial agreement must name what is left unresolved")
    return None


def the_inquiry_is_over(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on with sessions where the time ran out while facts were inquired into (人民调解法 22)."""
    still_open = case.details.get("inquiry_open", not case.details.get("facts_established"))
    if case.state != "period_over" or not still_open:
        return None
    return Refusal(
        "期限届满时事实尚未查明，请先由各方同意继续调查",
        "the time ran out before the facts were established: agree to go on inquiring first",
    )


def effect_gaps(known: Collection[str], form: Values) -> list[Refusal]:
    """Say what an agreement still needs to take effect: all signatures, the mediator's, the seal (人民调解法 29)."""
    found = []
    if missing := "、".join(sorted({*known} - _names(row["party"] for row in form["signatures"]))):
        found.append(
            Refusal(f"协议尚未生效，缺当事人签名：{missing}", f"not in effect: signatures missing of {missing}")
        )
    if not form["mediator_signed"]:
        found.append(Refusal("协议尚未生效，缺调解员签名", "not in effect: the mediator has not signed"))
    if not form["committee_sealed"]:
        found.append(Refusal("协议尚未生效，缺人民调解委员会印章", "not in effect: the committee's seal is missing"))
    if form["copies"] < len(known) + 1:
        found.append(
            Refusal(
                "协议书份数不足：当事人各执一份，委员会留存一份", "too few copies: one for each party and one to keep"
            )
        )
    return found


def agreement_takes_effect(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call an agreement effective before all have signed and sealed (人民调解法 29)."""
    return next(iter(effect_gaps(parties(case), form)), None) if form else None


def _none_before_registration(case: CaseView, days: Iterable[date]) -> Refusal | None:
    """Refuse days that lie before the one on which the mediation was registered, such as those of another year."""
    registered = case.details.get("registered_on")
    early = [day for day in days if registered and day < date.fromisoformat(str(registered))]
    if not early:
        return None
    return Refusal(
        f"日期不得早于受理登记之日（{registered}）：{min(early)}",
        f"{min(early)} lies before it was registered, on {registered}",
    )


def nothing_comes_before_it_was_mediated(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a signature, a session or an item's last day before the mediation was registered; the thirty days run from the first."""
    days = [row["on"] for row in form.get("signatures", ())] + [row["due_on"] for row in form.get("items", ())]
    held = form.get("held_at")
    return _none_before_registration(case, [day for day in (*days, held and local_date(held)) if day])


def they_can_still_come(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to ask people to come on a day that is over."""
    if not form or local_date(form["meets_at"]) >= local_date(moment.now):
        return None
    return Refusal(
        "约定的时间已经过去：请核对年月日；已经调解过的，请“记录一次调解”",
        "the day is over: look at it again; what took place is put on record as a session",
    )


def the_reason_is_so(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a reason that the file does not bear out: the parties read it in the notice (人民调解法 25, 26; 多元化解 24)."""
    reason, kept = form.get("reason"), case.details
    if reason == "period_ran_out" and case.state != "period_over":
        return Refusal(
            "调解期限还没有届满，请另选终止的原因", "the time of mediation has not run out: choose another reason"
        )
    if reason == "police_matter" and not kept.get("escalations"):
        return Refusal(
            "转由公安机关处理的，须先“报告激化风险”，向公安机关报告",
            "what is the police's is reported to them first: record the report",
        )
    if reason == "agreement_invalid" and not kept.get("ruling"):
        return Refusal(
            "没有法院不予确认的裁定，请另选终止的原因", "no court has ruled on an agreement: choose another reason"
        )
    return None


# -- performance ---------------------------------------------------------------


def _items(case: CaseView) -> Sequence[Mapping[str, Any]]:
    items: Sequence[Mapping[str, Any]] = (case.details.get("agreement") or {}).get("items", ())
    return items


def performances(case: CaseView) -> list[Mapping[str, Any]]:
    """Return all that was performed in a case, on its agreement and on those before it."""
    last = (case.details.get("performance_verified") or {}).get("performed", ())
    return [*case.details.get("earlier_performances", ()), *case.details.get("performances", ()), *last]


def recorded(case: CaseView) -> list[dict[str, Any]]:
    """Return what was put on record as performed of the agreement in effect, the oldest first."""
    verified = (case.details.get("performance_verified") or {}).get("performed", ())
    return [dict(row) for row in (*case.details.get("performances", ()), *verified)]


def performances_on_record(case: CaseView) -> list[Offer]:
    """Name the records of performance, by item, day and amount."""
    said = (
        f"第{row['item']}项，{row['performed_on']}" + (f"，{row['amount']}元" if row.get("amount") else "")
        for row in recorded(case)
    )
    return [Offer(str(number), f"第{number}笔：{what}", f"{number}: {what}") for number, what in enumerate(said, 1)]


one_is_recorded = one_is_meant(
    "which_performance",
    performances_on_record,
    none=Refusal("没有登记过履行", "no performance is on record", moot=True),
    zh="哪一笔履行",
    en="which record it is",
)


def struck(case: CaseView, form: Values) -> dict[str, Any]:
    """Take a record of performance back, and keep it with the reason; what is left of the others is still performed."""
    [one] = meant(performances_on_record(case), form["which_performance"])
    rows = recorded(case)
    wrong = {**rows.pop(int(one.number) - 1), "struck_because": form["reason"]}
    return {
        "performances": rows,
        "performance_verified": None,
        "performances_struck": [*case.details.get("performances_struck", ()), wrong],
    }


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


def last_day(due_on: date) -> date:
    """Return the day on which a period for performance ends: a day off moves to the next working day (民法典 203)."""
    return standard_calendar().next_workday(due_on)


def overdue(items: Sequence[Mapping[str, Any]], performed: Iterable[Mapping[str, Any]], on: date) -> list[int]:
    """Return the numbers of unperformed items whose last day has passed."""
    return [
        number
        for number in unperformed(items, performed)
        if last_day(date.fromisoformat(str(items[number - 1]["due_on"]))) < on
    ]


def shared(total: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """Share an amount out by weights, exact to the cent.

    The cents left over go to the largest remainders, the earlier part first where these are equal.
    Raises ValueError when a part would get nothing, or the amount has parts of a cent.
    """
    cents, sum_of = int(total * 100), sum(weights)
    if cents != total * 100 or sum_of < 1 or min(weights) < 0:
        raise ValueError(f"{total} can't be shared out in whole cents")
    parts = [divmod(cents * weight, sum_of) for weight in weights]
    left = cents - sum(whole for whole, _ in parts)
    first = sorted(range(len(parts)), key=lambda at: (-parts[at][1], at))[:left]
    found = [whole + (at in first) for at, (whole, _) in enumerate(parts)]
    if min(found) < 1:
        raise ValueError(f"{total} can't be paid in {len(parts)} parts of whole cents")
    return [Decimal(part) / 100 for part in found]


def instalments(total: Decimal, count: int) -> list[Decimal]:
    """Split an amount into parts, equal to the cent, the larger ones first.

    Raises ValueError when there are not as many cents as parts.
    """
    return shared(total, [1] * count)


def performance_days(items: Sequence[Mapping[str, Any]], on: date) -> int:
    """Return the days from a day until the last item is due, at least 1."""
    last = max(date.fromisoformat(str(item["due_on"])) for item in items)
    return max(1, (last - on).days)


def last_due(case: CaseView, agreement: Values) -> date:
    """Return the day on which the last of what was agreed is due, none before the case was opened."""
    # No item was due before there was a case, whatever was written down.
    return max(local_date(case.opened_at), *(date.fromisoformat(str(item["due_on"])) for item in agreement["items"]))


def items_exist(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what refers to an item that was not agreed."""
    count = len(_items(case))
    rows = form.get("performed", [form] if "item" in form else [])
    wrong = [str(row["item"]) for row in rows if row["item"] > count]
    if wrong:
        return Refusal(
            f"协议只有{count}项，没有第{'、'.join(wrong)}项", f"the agreement has {count} items, no {', '.join(wrong)}"
        )
    return None


def nothing_is_overpaid(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a payment of more than is still open of its item."""
    items = _items(case)
    still_open = {at: Decimal(item["amount"]) for at, item in enumerate(items, 1) if item["kind"] == "payment"}
    for row in case.details.get("performances", ()):
        if row["item"] in still_open:
            still_open[row["item"]] -= Decimal(row.get("amount") or 0)
    for row in form.get("performed", [form] if "item" in form else []):
        number, amount = row["item"], Decimal(row.get("amount") or 0)
        if number in still_open and amount > (left := max(still_open[number], Decimal(0))):
            agreed = items[number - 1]["amount"]
            return Refusal(
                f"协议第{number}项约定 {agreed} 元，尚未履行 {left} 元，不能登记 {amount} 元；多付的请分清属于哪一项，或者退还",
                f"of item {number}, {agreed} yuan, {left} are still open: {amount} can't be put on record",
            )
        if number in still_open:
            still_open[number] -= amount
    return None


def it_has_happened(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse performance dated in the future, or before the dispute was mediated."""
    days = [row["performed_on"] for row in form.get("performed", [form] if "performed_on" in form else [])]
    if any(day > local_date(moment.now) for day in days):
        return Refusal("履行日期不能晚于今天", "what was performed can't be dated in the future")
    return _none_before_registration(case, days)


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
            "该项尚未逾期或已履行；当事人明确表示不履行的，请选“拒绝履行”",
            "the item is not overdue or is performed; choose refused if the party says he will not perform",
        )
    return None


def nothing_is_overdue(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to take a breach for made good while an item whose last day has passed is open (人民调解法 31)."""
    if not form:
        return None
    late = overdue(_items(case), case.details.get("performances", ()), local_date(moment.now))
    if not late:
        return None
    numbers = "、".join(map(str, late))
    return Refusal(
        f"协议第{numbers}项已过履行期限，尚未履行完毕：请先“登记履行”",
        f"past its last day and not wholly performed: item {numbers}; record what was performed first",
    )


def agreement_of(kept: Values) -> Values:
    """Return the agreement that was made, also while the draft of another one lies on the table."""
    agreement: Values = kept.get("standing_agreement") or kept["agreement"]
    return agreement


def draft_laid_aside(kept: Values) -> dict[str, Any]:
    """Return what takes a draft that nobody has signed off the file: the agreement in whose place it was to come."""
    standing = kept.get("standing_agreement")
    return {"agreement": standing, "standing_agreement": None} if standing else {}


def an_agreement_stands(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to perform on where nothing was agreed, it is performed, or a court has refused to confirm it (人民调解法 31, 33)."""
    if binds(case.details):
        return None
    return Refusal("没有尚待履行的调解协议", "no agreement binds that is still to be performed", moot=True)


def _ground_of_refusal(kept: Values) -> str:
    """Return why a court has refused to confirm the agreement in effect; what it said of an earlier one is of that."""
    since = str(kept.get("ruled_on") or "") >= str(kept.get("effective_on"))
    return str((kept.get("ruling") or {}).get("ground") or "") if since else ""


def is_in_effect(kept: Values) -> bool:
    """Say whether an agreement is in effect that no court has found unlawful, and that was not wholly performed."""
    unlawful = _ground_of_refusal(kept) in _UNLAWFUL
    return bool(kept.get("agreement_kind")) and not (kept.get("performance_verified") or unlawful)


def binds(kept: Values) -> bool:
    """Say whether an agreement is to be performed that no court has refused to confirm (人民调解法 31, 33)."""
    return is_in_effect(kept) and not _ground_of_refusal(kept)


def was_performed(kept: Values) -> bool:
    """Say whether the agreement in effect was wholly performed."""
    return bool(kept.get("agreement_kind") and kept.get("performance_verified"))


def remedies_fit(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to tell the wrong route: a confirmed agreement is enforced, another is sued upon (人民调解法 32, 33)."""
    if not form:
        return None
    confirmed = bool(case.details.get("court_confirmed"))
    if confirmed and "court_enforcement" not in form["routes"]:
        return Refusal("协议已经司法确认，应告知申请强制执行", "the agreement is confirmed: tell of court enforcement")
    if not confirmed and "lawsuit" not in form["routes"]:
        return Refusal("协议未经司法确认，应告知可以起诉", "the agreement is not confirmed: tell of a lawsuit")
    return None


# -- what is to be attended ------------------------------------------------------


def arranged(kept: Values) -> list[Values]:
    """Return the appointments that were not called off, the latest made first."""
    return [row for row in reversed(kept.get("appointments") or ()) if not row.get("called_off")]


def appointments(case: CaseView) -> list[Offer]:
    """Name the appointments that were not called off, by when and where."""
    rows = case.details.get("appointments") or ()
    said = {
        str(number): f"{local(datetime.fromisoformat(str(row['meets_at']))):%Y-%m-%d %H:%M} {row['place']}"
        for number, row in enumerate(rows, 1)
        if not row.get("called_off")
    }
    return [Offer(number, what, what) for number, what in reversed(said.items())]


one_is_arranged = one_is_meant(
    "which_appointment",
    appointments,
    none=Refusal("没有约定的调解时间", "nothing is arranged", moot=True),
    zh="哪一次约定",
    en="which appointment it is",
)


def called_off(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep why nobody comes to an appointment, with it."""
    [one] = meant(appointments(case), form["which_appointment"])
    rows = [dict(row) for row in case.details["appointments"]]
    rows[int(one.number) - 1]["called_off"] = form["reason"]
    return {"appointments": rows}


def meetings(state: str, details: Values) -> Iterable[Meeting]:
    """Read off a case when its parties meet, and on which days something agreed is due."""
    for row in () if state in UNSETTLED else arranged(details):
        yield Meeting(at=datetime.fromisoformat(row["meets_at"]), what="session_arranged", place=row["place"])
    agreement = details.get("agreement") or {}
    if state in OWED:
        items = agreement.get("items", ())
        for number in unperformed(items, details.get("performances") or ()):
            yield Meeting(
                at=last_day(date.fromisoformat(str(items[number - 1]["due_on"]))), what="performance_falls_due"
            )


# -- judicial confirmation -----------------------------------------------------


def until(clock: str, start: date, limit: int = 0) -> date:
    """Return the last day of one of the periods of `legal.toml`, as it was valid on the day that it starts from.

    A `limit` takes the place of the law's own, where somebody has set one.
    """
    rule = bases().clock(clock, start)
    within = Period(limit or rule.limit, rule.unit)
    return clocks.add(start, within, calendar=standard_calendar(), roll=rule.roll).due_at.date()


def told_until(clock: str, start: date) -> date:
    """Return the day by which a party is told to act: a holiday would give more (民法典 203), and years ahead nobody knows them."""
    rule = bases().clock(clock, start)
    return clocks.add(start, Period(rule.limit, rule.unit), calendar=standard_calendar(), roll=Roll.NONE).due_at.date()


def an_extension_follows_acceptance_once(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse more time for a court that has not accepted, or has had it (法释〔2011〕5号 5)."""
    if not form:
        return None
    accepted = case.details.get("court_accepted") or {}
    if not accepted:
        return Refusal("法院尚未受理，不能延长审查期限", "the court has not accepted the application yet")
    if case.details.get("court_extended_in") == accepted["court_number"]:
        return Refusal("法院审查期限只能延长一次", "the court's time can be extended once only")
    return None


def the_court_has_accepted(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to prolong the special procedure of a court that has not accepted (民事诉讼法 187)."""
    if not form or case.details.get("court_accepted"):
        return None
    return Refusal("法院尚未受理，没有审理期限可以延长", "the court has not accepted: there is no time to prolong")


def the_court_has_not_accepted(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse that a court does not take what it has taken (民诉解释 355, 358)."""
    if not form or not case.details.get("court_accepted"):
        return None
    return Refusal(
        "法院已经受理，不能再登记不予受理；裁定驳回的，请“法院不予确认”",
        "the court has accepted it: record a ruling that refuses to confirm instead",
    )


_UNLAWFUL: Final = ("against_mandatory_law", "harms_public_or_others", "against_public_order")


def what_was_agreed_is_lawful(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on with what the court has found to be against the law or others (民诉解释 358)."""
    ground = (case.details.get("ruling") or {}).get("ground")
    if not form or ground not in _UNLAWFUL:
        return None
    return Refusal(
        "法院认定协议违法或者损害他人，不能照原协议履行，请“重新调解”或者“终止调解”",
        "the court finds it unlawful or harmful: mediate anew, or end it",
    )


def the_court_has_confirmed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an outsider's challenge of an agreement that no court has confirmed (法释〔2011〕5号 10)."""
    if case.details.get("court_confirmed"):
        return None
    return Refusal("协议没有经司法确认，案外人无需申请撤销", "no court has confirmed the agreement", moot=True)


def confirmation_is_possible(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what courts do not confirm: no paper, or an identity relation (法释〔2011〕5号 4; 民诉解释 355)."""
    if case.details.get("agreement_kind") != "written":
        return Refusal("申请司法确认须有调解协议书", "only a written agreement can be confirmed")
    if (case.details.get("application") or {}).get("concerns_identity"):
        return Refusal("涉及身份关系的协议不予司法确认", "courts do not confirm identity relations")
    if case.details.get("court_confirmed"):
        return Refusal("协议已经司法确认", "the agreement is confirmed already")
    return None


def effective_on(signed: Values) -> date:
    """Return the day on which an agreement takes effect: that of the last signature, or of the seal (人民调解法 29)."""
    days = [*(row["on"] for row in signed["signatures"]), signed.get("sealed_on")]
    return max(date.fromisoformat(str(day)) for day in days if day)


def dated(act: str, *acts_before: str) -> Guard:
    """Make a gate against an act of a form that is dated after today, or before those on file that it follows."""

    def acts_come_in_order(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        if not form:
            return None
        known = [date.fromisoformat(str(kept)) for name in acts_before if (kept := case.details.get(name))]
        return in_order(form.get(act), known, local_date(moment.now))

    return acts_come_in_order


def in_order(day: date | None, known: Sequence[date], today: date) -> Refusal | None:
    """Refuse a day, today where none is given, that lies after today or before those of the acts that it follows."""
    day = day or today
    if day > today:
        return Refusal(f"日期不能晚于今天（{day}）", f"it can't have happened after today: {day}")
    if not known or day >= max(known):
        return None
    return Refusal(
        f"日期先后不符：{day} 早于前一步的 {max(known)}",
        f"{day} lies before the step that it follows, of {max(known)}",
    )


def outsiders_knew(case: CaseView, today: date) -> list[date]:
    """Return the days since which the outsiders know, in the order in which they have challenged."""
    kept = case.details
    days = kept.get("outsiders_knew") or [row["knew_on"] for row in kept.get("challenges_of_outsiders", ())]
    return [date.fromisoformat(str(day)) if day else today for day in days]


def ruled_after_his_challenge(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a ruling that is dated after today, or before the outsider whom it is about knew (法释〔2011〕5号 10)."""
    if not form:
        return None
    today = local_date(moment.now)
    which = form["which"] or max(CHALLENGERS.numbers(case), default=0)
    known = outsiders_knew(case, today)[which - 1 : which]
    return in_order(form["ruled_on"], known, today)


def on(act: str) -> Change:
    """Make a change that keeps the day of an act; left empty, it is today."""
    return lambda _case, form, moment: {act: form.get(act) or local_date(moment.now)}


def registered_after_consent(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a registration that lies before the last party's consent (人民调解法 17)."""
    registered = form.get("registered_on")
    if registered is None or registered >= max(row["on"] for row in form["consents"]):
        return None
    return Refusal("受理登记不得早于各方同意之日", "it can't be registered before all parties have agreed")


def confirmation_is_in_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an application before the agreement took effect, after 30 days from then, or in the future (人民调解法 33)."""
    signed = case.details.get("agreement_signed") or {}
    if not form or not signed.get("signatures"):
        return None
    began = effective_on(signed)
    last = until("judicial_confirmation", began)
    applied: date = form["applied_on"]
    if applied > last:
        return Refusal(
            f"已超过协议生效后三十日的司法确认申请期限（协议 {began} 生效，截至 {last}）",
            f"the thirty days for judicial confirmation are over: in effect on {began}, until {last}",
        )
    if applied < began or applied > local_date(moment.now):
        return Refusal(
            f"申请日期应在协议生效之日（{began}）以后、今天以前",
            f"it is applied for between {began}, when the agreement took effect, and today",
        )
    return None


def application_is_joint(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an application that not all parties make (人民调解法 33)."""
    if not form:
        return None
    if missing := _missing(case, form["applicants"]):
        return Refusal(
            f"司法确认须双方共同申请，尚缺：{missing}", f"it must be applied for jointly; missing: {missing}"
        )
    return None


# -- the same households -------------------------------------------------------


def households(sides: Iterable[Values]) -> str:
    """Return one mark for the households of a dispute, the same whoever of them applies.

    They are known by their addresses; where fewer than two are told, by the parties' names.
    """
    rows = list(sides)
    for name in ("address", "name"):
        told = {"".join(unicodedata.normalize("NFKC", row.get(name) or "").split()).casefold() for row in rows} - {""}
        if len(told) > 1:
            return hashlib.sha256("|".join(sorted(told)).encode()).hexdigest()
    return ""


# -- the end -------------------------------------------------------------------


def a_relapse_is_not_solved(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call solved what the follow-up visit has found to have begun again."""
    if form.get("outcome") != "solved" or not (case.details.get("follow_up_visited") or {}).get("relapsed"):
        return None
    return Refusal("回访发现纠纷反复，办理结果不能为“已解决”", "the dispute has begun again: it is not solved")


def a_part_is_not_the_whole(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call solved what was only partly agreed."""
    scope = (case.details.get("agreement") or {}).get("scope")
    if form.get("outcome") == "solved" and scope == "partial":
        return Refusal("仅部分达成协议，办理结果应为“部分解决”", "only a part was agreed: the outcome is partly solved")
    return None


def only_applicants_withdraw(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the outcome withdrawn when nobody withdrew."""
    ended = (case.details.get("termination") or {}).get("reason")
    if form.get("outcome") == "withdrawn" and ended != "application_withdrawn":
        return Refusal("申请人未撤回申请，不能按“撤回”办结", "the applicant has not withdrawn the application")
    return None
