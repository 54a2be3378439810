"""What deserves a second look in a mediation. Pure; each says why and forbids nothing, and names nobody."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Caution
from services.mediation import experts, rules
from services.mediation.stages.places import OWED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from chassis.workflow import CaseView


_SHOWN = 3


def _kept(case: CaseView, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = case.details.get(name) or {}
    return found


def _rows(form: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = form.get(name) or ()
    return found


def promised(agreement: Mapping[str, Any]) -> Decimal:
    """Return all the money that an agreement promises."""
    return sum((Decimal(item["amount"] or 0) for item in _rows(agreement, "items")), Decimal())


def sham(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a mediation that may only serve to harm creditors or other people (虚假调解)."""
    agreement, application, policy = _kept(case, "agreement"), _kept(case, "application"), rules.words()["sham"]
    if not promised(agreement):
        return
    claimed = sum((Decimal(claim["amount"] or 0) for claim in _rows(application, "claims")), Decimal())
    signs = {
        ("金额较大", "much money"): promised(agreement) >= Decimal(policy["large"]),
        ("当事人为亲属", "the parties are relatives"): application.get("relationship") == "relatives",
        ("没有证据", "no evidence"): not _rows(_kept(case, "facts_established"), "evidence"),
        ("给付超过请求", "more is given than was asked"): bool(claimed) and promised(agreement) > claimed,
        ("没有调解记录", "no session is on record"): not case.details.get("sessions"),
    }
    seen = [said for said, is_so in signs.items() if is_so]
    if len(seen) >= policy["signs"]:
        zh, en = "、".join(zh for zh, _ in seen), "; ".join(en for _, en in seen)
        yield Caution(
            "sham_mediation",
            f"有虚假调解的迹象（{zh}）：请核实债务是否真实，是否损害其他债权人或他人利益。",
            f"This may be a sham ({en}): check that the debt is real and no creditor or other person is harmed.",
            "民事诉讼法-115",
        )


def bound_mediator(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a mediator who is a party's agent, or is among the relatives and colleagues who were invited."""
    chosen, involved = _kept(case, "mediators_set"), set().union(*rules.speakers(case).values())
    names = [row["mediator"].strip() for row in _rows(chosen, "mediators")]
    invited = {
        row["invited"].strip() for row in _rows(chosen, "invited") if row["capacity"] in ("relative", "colleague")
    }
    if rules.bound_mediators(_rows(chosen, "mediators"), involved) or invited & {*names}:
        yield Caution(
            "mediator_related",
            "调解员与一方当事人有亲属、代理或其他利害关系：请另行指定，或由双方书面同意。",
            "A mediator is bound to a party: name another one, or have both sides agree in writing.",
            "人民调解法-15",
        )


def forced(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of an agreement that may have been made for the sake of the success rate."""
    if not case.details.get("agreement"):
        return
    sessions: Sequence[Mapping[str, Any]] = case.details.get("sessions") or ()
    came = {name.strip() for session in sessions for name in session["attended"]}
    absent = [party for party, names in rules.speakers(case).items() if not names & came]
    words = rules.words()["grounds"]["not_voluntary"]
    said = rules.found_in(" ".join(session["record"] for session in sessions), words)
    reasons = {
        "没有调解记录": "no session is on record" if not sessions else "",
        "有当事人从未到场": "a party never came" if sessions and absent else "",
        f"记录中有“{'、'.join(said)}”": f"the record says {', '.join(said)}" if said else "",
        "曾被退回重新协商": "a draft was sent back before" if case.details.get("draft_rejected") else "",
    }
    seen = {zh: en for zh, en in reasons.items() if en}
    if seen:
        yield Caution(
            "forced_agreement",
            f"请核实协议是否出于自愿（{'、'.join(seen)}）：不得为调解成功率强迫达成协议。",
            f"Check that it is voluntary ({'; '.join(seen.values())}): nobody may be forced for a success rate.",
            "人民调解法-3",
        )


def same_households(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that the same two households have been here before."""
    if before := case.details.get("earlier_cases"):
        numbers = "、".join(before[:_SHOWN]) + ("等" if len(before) > _SHOWN else "")
        yield Caution(
            "same_households_again",
            f"同样两户此前已有{len(before)}件纠纷（{numbers}）：请一并了解起因、此前协议的履行情况和激化风险。",
            f"The same households had {len(before)} disputes before ({numbers}): see causes, performance and risks.",
            "人民调解法-21",
        )


def refusable(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of words in an agreement for which a court may not confirm it."""
    agreement = _kept(case, "agreement")
    told = [item["what"] + item["way"] for item in _rows(agreement, "items")]
    for ground, said in rules.suspected("；".join([*told, agreement.get("responsibility") or ""])).items():
        zh, en = rules.GROUNDS[ground]
        yield Caution(
            "court_may_refuse",
            f"协议中有“{'、'.join(said)}”，疑似{zh}，法院可能不予确认：请修改或者删去。",
            f"The agreement says {', '.join(said)}: a court may refuse it, as {en}; change it or leave it out.",
            "民诉解释-358",
        )


def late(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of items of an agreement in effect whose last day has passed."""
    agreement = _kept(case, "agreement")
    if case.state not in OWED or not agreement:
        return
    performed = case.details.get("performances") or ()
    if items := rules.overdue(agreement["items"], performed, local_date(now)):
        numbers = "、".join(map(str, items))
        yield Caution(
            "items_overdue",
            f"协议第{numbers}项已过履行期限，尚未全部履行：请核实并督促履行。",
            f"Items past their last day and not wholly performed: {numbers}; check and urge.",
            "人民调解法-31",
        )


def unsealed(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that a drafted agreement has no effect yet."""
    if case.state == "agreement_drafted":
        yield Caution(
            "missing_seal",
            "协议书尚未生效：缺各方签名、调解员签名或人民调解委员会印章，不得计为调解成功，也不得催促履行。",
            "The agreement is not in effect before all signatures and the seal; it neither counts nor binds yet.",
            "人民调解法-29",
        )


def crime(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn that what is mediated may be a crime or an offence."""
    application = _kept(case, "application")
    risks = [row["risk"] for row in case.details.get("escalations") or () if row["risk"] in ("crime", "offence")]
    told = [str(case.details.get("text") or ""), application.get("facts", "")]
    told += [session["record"] for session in case.details.get("sessions") or ()]
    said = rules.found_in(" ".join(told), rules.words()["crime"])
    if not (risks or said):
        return
    seen = f"“{'、'.join(said)}”" if said else "已报告激化风险"
    report = "" if risks else "请立即报告公安机关；"
    yield Caution(
        "mediating_a_crime",
        f"可能涉及治安案件或刑事案件（{seen}）：{report}刑事责任和治安处罚本身不得调解，只能调解民事赔偿。",
        f"This may be a crime or an offence ({', '.join(said) or 'reported'}):"
        f"{'' if risks else ' report it to the police at once;'} only civil damages may be mediated.",
        "人民调解法-25",
    )


def roster(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn where mediators were held against no roster, or their committee is not made up as the law wants (人民调解法 8, 9)."""
    if case.details.get("roster_on_file") is False:
        yield Caution(
            "no_roster",
            "没有登记调解委员会名册，未能核对调解员身份：请先在“调解委员会”中登记。",
            "No committee is on file, so nobody was held against a roster: register it first.",
            "人民调解法-13",
        )
    if case.details.get("committee_faults"):
        yield Caution(
            "committee_unlawful",
            "调解委员会的组成或者任期不符合规定，请看“调解委员会”中的提示，及时改选或者补足。",
            "The committee is not made up as the law wants, or its term is over: see the register of committees.",
            "人民调解法-8",
        )


def disputed_opinion(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of expert opinions that a party does not accept while nobody has answered him."""
    if open_ones := experts.challenged(case):
        yield Caution(
            "opinion_challenged",
            f"对鉴定意见的异议尚未答复：{'；'.join(one.zh for one in open_ones)}。请鉴定机构说明、补充或者商定重新鉴定后登记。",
            f"A challenged opinion: {'; '.join(one.en for one in open_ones)}. Have the expert explain, or agree on another.",
            "本单位办理规则",
        )


CAUTIONS = (disputed_opinion, roster, sham, bound_mediator, forced, refusable, same_households, unsealed, late, crime)
