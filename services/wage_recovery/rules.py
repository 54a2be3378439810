"""Who owes whom how much, and what the law lets one do about it.

Guards that judge a form let an empty one pass. Money is Decimal, in yuan.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis import legal
from chassis.clocks import Period, Roll, Unit, add, add_months
from chassis.terms import Terms
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import Caution, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from chassis.clocks import Deadline
    from chassis.legal import LegalBases
    from chassis.workflow import CaseView, Guard, Moment, Values

CENT: Final = Decimal("0.01")
GROUP: Final = 10
_INSPECTION_YEARS: Final = 2
#: The days of acts that clocks are counted from; none of them lies ahead.
_ACTS: Final = (
    "asked_on",
    "handed_over_on",
    "filed_on",
    "ended_on",
    "served_on",
    "applied_on",
    "accepted_on",
    "approved_on",
    "made_on",
    "received_on",
    "paid_on",
    "told_on",
    "decided_on",
    "corrected_on",
    "removed_on",
    "proposed_on",
    "notified_on",
    "answered_on",
    "recovered_on",
    "effective_on",
    "ruled_on",
    "revoked_on",
    "held_on",
    "searched_on",
    "signed_on",
    "demanded_on",
    "supplemented_on",
    "requested_on",
    "refused_on",
    "dropped_on",
    "returned_on",
    # Moments.
    "reported_at",
    "held_at",
)
_FINAL_MONTHS: Final = 12


@cache
def settings() -> Mapping[str, Any]:
    """Return the numbers of `data/settings.toml`, which no step asks for."""
    return tomllib.loads((Path(__file__).parent / "data" / "settings.toml").read_text("utf-8"))


@cache
def terms() -> Terms:
    """Return the words of `terms.toml`, read once."""
    return Terms(Path(__file__).parent / "terms.toml")


def said(value: str) -> str:
    """Return the Chinese of a value, as pages show it."""
    return terms().value(value, "zh")


def yuan(amount: object) -> Decimal:
    """Round an amount to the cent, half up."""
    return Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP)


def article(number: str) -> str:
    """Say an article and its paragraph, such as 第30条第3款 for 30.3."""
    first, _, second = number.partition(".")
    return f"第{first}条" + (f"第{second}款" if second else "")


@cache
def _bases() -> LegalBases:
    return legal.load(Path(__file__).with_name("legal.toml"))


def law_on(clock: str, day: date) -> int:
    """Return how long a clock of `legal.toml` is by the law of a day, in its own unit."""
    return _bases().clock(clock, day).limit


def what_happened_is_past(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an act that is dated after today: a time is counted from it."""
    today = local_date(moment.now)
    for name in _ACTS:
        day = form.get(name)
        if day and (local_date(day) if isinstance(day, datetime) else day) > today:
            return Refusal(f"日期不能晚于今天（{day}）", f"it can't have happened after today: {day}")
    return None


def comes_in_order(earlier: str, later: str) -> Guard:
    """Make a gate against a later act that is dated before an earlier one of the same form."""

    def acts_come_in_order(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        if not form or form[earlier] <= form[later]:
            return None
        return Refusal(
            f"日期先后不符：{form[later]} 早于 {form[earlier]}", f"{form[later]} lies before {form[earlier]}"
        )

    return acts_come_in_order


def follows(trigger: str, earlier: str, later: str) -> Guard:
    """Make a gate against an act that is dated before the one on file that it follows."""

    def act_follows(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        before = str((case.details.get(trigger) or {}).get(earlier) or "")
        if not form or form[later].isoformat() >= before:
            return None
        return Refusal(f"日期先后不符：{form[later]} 早于 {before}", f"{form[later]} lies before {before}")

    return act_follows


# -- the roster ----------------------------------------------------------------


def row_earned(row: Mapping[str, Any]) -> Decimal:
    """Return what a row of the roster has earned: rate times quantity."""
    return yuan(Decimal(str(row["unit_rate"])) * Decimal(str(row["quantity"])))


def row_owed(row: Mapping[str, Any]) -> Decimal:
    """Return what a row of the roster comes to: what was earned, less deductions and payments."""
    return row_earned(row) - yuan(row["deductions"]) - yuan(row["paid"])


def owed_by_worker(rows: Iterable[Mapping[str, Any]]) -> dict[int, Decimal]:
    """Return what each worker is owed, by number; a worker may have several rows."""
    owed: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        owed[row["number"]] += yuan(row["owed"])
    return dict(owed)


def total_owed(rows: Iterable[Mapping[str, Any]]) -> Decimal:
    """Return the sum of the roster."""
    return sum((yuan(row["owed"]) for row in rows), Decimal(0))


def roster_adds_up(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a roster in which a row or the total is not what its figures come to."""
    if not form:
        return None
    for number, row in enumerate(form["rows"], start=1):
        right = row_owed(row)
        if right < 0:
            return Refusal(f"第{number}行：已付和扣除超过应得", f"row {number}: more was paid and deducted than earned")
        if right != row["owed"]:
            return Refusal(
                f"第{number}行欠付金额应为 {right} 元，填写为 {row['owed']} 元",
                f"row {number} comes to {right} yuan, not {row['owed']}",
            )
    total = total_owed(form["rows"])
    if total != form["claimed_total"]:
        return Refusal(
            f"花名册合计 {total} 元与主张总额 {form['claimed_total']} 元不一致",
            f"the roster adds up to {total} yuan, the claim says {form['claimed_total']}",
        )
    if not total:
        return Refusal("没有欠付金额，请按“诉求不成立”办理", "nothing is owed: record the claim as unfounded")
    return None


def every_worker_has_signed(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a roster that a worker has not signed (保障农民工工资支付条例 31)."""
    unsigned = sorted({str(row["number"]) for row in form.get("rows", ()) if not row["signed"]})
    if unsigned:
        numbers = "、".join(unsigned)
        return Refusal(f"须由农民工本人逐人签字确认，序号：{numbers}", f"each worker must sign; missing: {numbers}")
    return None


def workers_are_told_apart(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse one number for two workers, or two numbers for one (保障农民工工资支付条例 28, 52)."""
    persons: dict[int, set[tuple[str, str]]] = defaultdict(set)
    numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in form.get("rows", ()):
        person = (row["name"].strip(), row["id_number"])
        persons[row["number"]].add(person)
        numbers[person].add(row["number"])
    for number, found in persons.items():
        if len(found) > 1:
            return Refusal(f"序号 {number} 对应多名工人", f"number {number} stands for several workers")
    for found_numbers in numbers.values():
        if len(found_numbers) > 1:
            said = "、".join(map(str, sorted(found_numbers)))
            return Refusal(f"同一工人重复登记，序号：{said}", f"the same worker stands under numbers {said}")
    return None


def group_is_reported(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on with ten or more workers before that was reported (劳动保障监察条例 14)."""
    claimed = int((case.details.get("claim") or {}).get("workers", 0))
    listed = len({row["number"] for row in form.get("rows", ())})
    if max(claimed, listed) >= GROUP and not case.details.get("group_reports"):
        return Refusal(
            f"{GROUP}人以上集体讨薪须立即报告，请先登记报告情况", f"{GROUP} or more claim together: report that first"
        )
    return None


def group_waits(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an answer to what nobody reported, or was answered."""
    if len(case.details.get("group_reports") or ()) > len(case.details.get("group_answers") or ()):
        return None
    return Refusal("没有等待答复的集体讨薪报告", "no report of a group waits for an answer", moot=True)


def no_payment_is_on_file(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to verify the roster anew once wages were paid by it: those payments would be lost."""
    if not case.details.get("payments"):
        return None
    return Refusal(
        "已按花名册登记支付，不能重新核实：金额有变的由审核人“确定应付金额”，后来加入的工人另行登记",
        "wages were paid by this roster: have the sums fixed, and register who joins later by himself",
    )


def roster_is_verified(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on with a claim of which nobody knows yet who is owed how much."""
    if case.details.get("roster"):
        return None
    return Refusal("人员和金额尚未核实，请答复办结；再来反映的重新登记", "no roster was verified: give the reply")


# -- who must pay --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Payer:
    """A party that must pay by an article; `capped` by the unpaid project price; `recourse` against others.

    `agreed`: only where the workers have agreed to it in writing.
    """

    party: str
    article: str
    capped: bool = False
    recourse: bool = False
    agreed: bool = False


#: Who must pay under which facts, in order: 保障农民工工资支付条例 16-22, 29, 30, 36, 37.
LIABILITY: Final[Mapping[str, tuple[Payer, ...]]] = {
    "unlawful_project": (Payer("owner", "37"),),
    "owner_hired_unqualified": (Payer("owner", "36.1"),),
    "contractor_hired_unqualified": (Payer("general_contractor", "36.1"),),
    "construction_name_lent": (Payer("constructor", "36.2"),),
    "subcontractor_owes": (Payer("general_contractor", "30.3", recourse=True), Payer("subcontractor", "30.1")),
    "recontracted": (Payer("general_contractor", "30.4", recourse=True),),
    "owner_late": (Payer("owner", "29.2", capped=True),),
    "unqualified_supplier": (Payer("user_unit", "18", recourse=True),),
    "name_lent": (Payer("employer", "19.2", recourse=True),),
    "merged_or_split": (Payer("employer", "21"), Payer("successor", "21", agreed=True)),
    "investors_behind": (Payer("employer", "20"), Payer("investors", "20")),
    "deregistered": (Payer("employer", "22.1"), Payer("investors", "22.2")),
    "ordinary_employment": (Payer("employer", "16"),),
}


def liable_parties(facts: Values, owed: Decimal) -> list[dict[str, Any]]:
    """Return who must pay, in order, each with the article and the most it must pay.

    A party that several rows name counts once, by all their articles: without a cap if one has none, with recourse if one
    has it.
    """
    chosen: dict[str, list[Payer]] = {}
    for arrangement, payers in LIABILITY.items():
        if arrangement not in facts["arrangements"]:
            continue
        for payer in payers:
            if payer.agreed and not facts.get("successor_agreed"):
                continue
            chosen.setdefault(payer.party, []).append(payer)
    price = facts.get("unpaid_project_price")
    return [
        {
            "party": party,
            "name": str(facts.get(party, "")).strip(),
            # What obliges it to all of it comes first.
            "article": min(payers, key=lambda payer: payer.capped).article,
            "articles": [payer.article for payer in payers],
            "most": min(owed, yuan(price or 0)) if all(payer.capped for payer in payers) else owed,
            "recourse": any(payer.recourse for payer in payers),
        }
        for party, payers in chosen.items()
    ]


def liable_parties_are_named(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse findings that leave open who the liable party is."""
    if not form:
        return None
    nameless = [row for row in liable_parties(form, Decimal(0)) if not row["name"]]
    if nameless:
        row = nameless[0]
        return Refusal(
            f"按{article(row['article'])}应由该方清偿，但未填写名称（{row['party']}）",
            f"by article {row['article']} the {row['party']} must pay, but is not named",
        )
    return None


def somebody_owes_the_rest(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse findings by which only an owner with a cap pays, and nobody what lies above it (保障农民工工资支付条例 29)."""
    if not form:
        return None
    owed = unpaid(case)
    most = max((row["most"] for row in liable_parties(form, owed)), default=owed)
    if most >= owed:
        return None
    return Refusal(
        f"建设单位仅以未结清的工程款 {most} 元为限垫付，其余 {owed - most} 元的清偿主体未认定，请一并勾选",
        f"the owner advances {most} yuan at most: say who owes the other {owed - most}",
    )


def employer_was_asked(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a file without the employer's papers or a record of asking for them (保障农民工工资支付条例 50)."""
    if not form or form["employer_produced"] or form["employer_asked_on"]:
        return None
    return Refusal(
        "用人单位未提供台账等材料的，须记录要求其提供的日期（不提供的承担不利后果）",
        "the employer bears the burden of its records: say when it was asked for them",
    )


# -- payment -------------------------------------------------------------------


def left_to_pay(owed: Mapping[int, Decimal], paid: Iterable[Mapping[str, Any]]) -> dict[int, Decimal]:
    """Return what each worker still gets of what he is owed, by number, after some payment rows; never below 0."""
    left = dict(owed)
    for row in paid:
        if row["number"] in left:
            left[row["number"]] = max(Decimal(0), left[row["number"]] - yuan(row["amount"]))
    return left


def payment_rows(payments: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows of several payments, one after the other."""
    return [row for payment in payments for row in payment["rows"]]


def outstanding(case: CaseView, more: Iterable[Mapping[str, Any]] = ()) -> dict[int, Decimal]:
    """Return what each worker still gets, by number, after the payments on file and some more."""
    return outstanding_of(case.details, more)


def outstanding_of(kept: Values, more: Iterable[Mapping[str, Any]] = ()) -> dict[int, Decimal]:
    """Return what each worker of a claim still gets, by number, after its payments and some more.

    Where an award, a judgment or an agreement has fixed the sums, these count and not those of the roster.
    """
    fixed = {row["number"]: yuan(row["amount"]) for row in (kept.get("sums") or {}).get("rows", ())}
    owed = fixed or owed_by_worker((kept.get("roster") or {}).get("rows", ()))
    return left_to_pay(owed, [*payment_rows(kept.get("payments") or ()), *more])


def unpaid(case: CaseView) -> Decimal:
    """Return what is still owed in all."""
    return sum(outstanding(case).values(), Decimal(0))


def distribute(amount: Decimal, owed: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Split a partial payment in proportion to what each is owed, to the cent.

    The cents left over go to the largest remainders, by number where these are equal.
    Raises ValueError when more is paid than is owed.
    """
    total = sum(owed.values(), Decimal(0))
    if amount > total or amount < 0 or amount != yuan(amount):
        raise ValueError(f"{amount} can't be distributed over {total}")
    exact = {number: amount * share / total if total else Decimal(0) for number, share in owed.items()}
    parts = {number: yuan(Decimal(int(share * 100)) / 100) for number, share in exact.items()}
    rest = int((amount - sum(parts.values(), Decimal(0))) * 100)
    for number in sorted(exact, key=lambda number: (parts[number] - exact[number], number))[:rest]:
        parts[number] += CENT
    return parts


def guarantee_is_not_called_for_more_than_owed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call a project's wage guarantee for more than is owed, or outside construction (条例 32, 33)."""
    if not (case.details.get("claim") or {}).get("in_construction"):
        return Refusal(
            "工资保证金只用于工程建设领域，本案登记为非工程建设", "only works of construction have a wage guarantee"
        )
    left = unpaid(case)
    if form and form["amount"] > left:
        return Refusal(f"动用额超过尚欠的 {left} 元", f"more than the {left} yuan that are owed")
    return None


def guarantee_holds_it(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call for more than a registered project's guarantee still holds, whichever claim has used it."""
    register = moment.known()
    if not form or register is None:
        return None
    left = register.guarantee_left(str((case.details.get("claim") or {}).get("project") or ""))
    if left is None or form["amount"] <= left:
        return None
    return Refusal(
        f"该项目工资保证金尚余 {left} 元（已扣除通知动用而未付的）",
        f"the project's wage guarantee still holds {left} yuan, less what is called and not paid yet",
    )


def payments_reach_the_workers(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse payments to strangers, to others than the worker himself, or in the future (条例 11, 31)."""
    known = owed_by_worker((case.details.get("roster") or {}).get("rows", ()))
    for row in form.get("rows", ()):
        if row["number"] not in known:
            return Refusal(f"花名册中没有序号 {row['number']}", f"the roster has no number {row['number']}")
        if not row["to_worker_himself"]:
            return Refusal(
                f"工资须支付给农民工本人，序号：{row['number']}",
                f"wages must be paid to the worker himself: number {row['number']}",
            )
        if row["paid_on"] > local_date(moment.now):
            return Refusal("支付日期不能晚于今天", "what was paid can't be dated in the future")
    return None


def every_worker_is_paid(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call wages paid while a worker lacks something, by what is on file and what is added now."""
    if not form:
        return None
    short = {number: left for number, left in outstanding(case, form["rows"]).items() if left}
    if short:
        said = "；".join(f"{number}：{left}" for number, left in sorted(short.items()))
        english = "; ".join(f"{number}: {left}" for number, left in sorted(short.items()))
        return Refusal(f"尚未足额支付（序号：差额）：{said}", f"not paid in full (number:missing): {english}")
    return None


def nobody_gets_too_much(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a payment that gives a worker more than is left."""
    left, paid = outstanding(case), defaultdict[int, Decimal](Decimal)
    for row in form.get("rows", ()):
        paid[row["number"]] += row["amount"]
    over = sorted(str(number) for number, amount in paid.items() if amount > left.get(number, Decimal(0)))
    if over:
        numbers = "、".join(over)
        return Refusal(f"支付额超过尚欠额，序号：{numbers}", f"more was paid than is owed: number {numbers}")
    return None


def there_is_a_payment(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to doubt what was not recorded, or what was verified: that takes a rework."""
    if case.details.get("payment_verified"):
        return Refusal(
            "支付已经核实到账，有出入的按返工重新核实", "the payments were verified: what is wrong takes a rework"
        )
    if case.details.get("payments"):
        return None
    return Refusal("没有已登记的支付", "no payment is recorded")


def something_is_unpaid(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to speak of arrears when the payments on file cover the roster; a reviewer has to look at them."""
    if unpaid(case):
        return None
    return Refusal("已登记的支付足额，请核实到账", "what is recorded covers everything: verify the payment")


def nothing_is_outstanding(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close a claim while the payments on file do not cover the roster."""
    left = unpaid(case)
    if left:
        return Refusal(f"尚欠 {left} 元，不能认定付清", f"{left} yuan are still owed")
    return None


def compensation_is_paid(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call a claim paid while ordered compensation is open, unless it is said why (劳动保障监察条例 26)."""
    order = case.details.get("compensation_order")
    if not form or not order or form["why_no_compensation"]:
        return None
    open_ = yuan(order["compensation"]) - form["compensation_paid"]
    if open_ <= 0:
        return None
    return Refusal(
        f"责令加付的赔偿金尚有 {open_} 元未付：请填写已付数额，或者说明未付的理由（如劳动者书面放弃、另案执行）",
        f"{open_} yuan of the compensation ordered are open: say what was paid, or why not",
    )


def fund_was_granted(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a payment out of the county's fund that was not granted, or for more than was (保障农民工工资支付条例 63)."""
    if form.get("source") != "emergency_fund":
        return None
    granted = total_of(case.details.get("fund_answered") or ()).quantize(CENT)
    left = granted - advanced(case)
    if sum((row["amount"] for row in form["rows"]), Decimal(0)) <= left:
        return None
    return Refusal(
        f"应急周转金获准垫付 {granted} 元，尚可支付 {left} 元：请先登记申请和批复",
        f"of the county's fund {granted} yuan were granted, {left} are left: record its answer first",
    )


def fund_carried(case: CaseView, moment: Moment) -> dict[str, Any]:
    """Keep of the rounds that are over what the county's fund has advanced: a new round forgets its payments, not the debt."""
    this = advanced_now(case)
    if not this:
        return {}
    row = {"until": local_date(moment.now), "amount": this}
    return {"fund_advanced_before": [*(case.details.get("fund_advanced_before") or ()), row]}


def advanced(case: CaseView) -> Decimal:
    """Return what the county's fund has advanced, in this round of the claim and in those before it."""
    return advanced_now(case) + total_of(case.details.get("fund_advanced_before") or ())


def advanced_now(case: CaseView) -> Decimal:
    """Return what the county's fund has advanced in this round of the claim."""
    paid = [one for one in case.details.get("payments") or () if one["source"] == "emergency_fund"]
    return sum((yuan(row["amount"]) for row in payment_rows(paid)), Decimal(0))


def fund_left(case: CaseView) -> Decimal:
    """Return what was advanced out of the county's fund and not recovered yet."""
    back = (yuan(row["amount"]) for row in case.details.get("fund_recovered") or ())
    return max(Decimal(0), advanced(case) - sum(back, Decimal(0)))


@dataclass(frozen=True, slots=True)
class Demand:
    """What a payer was last asked to give back to the county's fund and has not: how much, since when, in how many days."""

    payer: str
    left: Decimal
    since: date
    days: int

    @property
    def until(self) -> date:
        """The last day that it gives."""
        return order_until(self.days, self.since)


def demands(case: CaseView) -> list[Demand]:
    """Return the demands of the county's fund that are open, one for each payer: its last."""
    kept = case.details
    return _demands(kept.get("fund_recovery_demanded") or (), kept.get("fund_recovered") or (), fund_left(case))


def _demands(asked: Iterable[Values], back: Iterable[Values], left: Decimal) -> list[Demand]:
    back = list(back)
    found = []
    for payer, row in {row["payer"]: row for row in asked}.items():
        since = date.fromisoformat(str(row["demanded_on"]))
        given = total_of(
            one for one in back if one.get("payer", "employer") == payer and str(one["recovered_on"]) >= str(since)
        )
        if (still := min(yuan(row["amount"]) - given, left)) > 0:
            found.append(Demand(payer, still, since, int(row["days"])))
    return found


def _runs_next(open_: Iterable[Demand], moment: Moment) -> dict[str, Any]:
    """Say how long, and from when, the demand runs whose time is over next; that none does where all are met or over."""
    # A clock ends with the last second of its day, and may be seen to in it.
    today = local_date(moment.now + timedelta(seconds=1))
    following = min((one for one in open_ if one.until >= today), key=lambda one: one.until, default=None)
    return {
        "recovery_days": following.days if following else 0,
        "recovery_since": following.since if following else None,
    }


def demand_made(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Say which demand of the county's fund has the case's clock once another was made."""
    asked = [*(case.details.get("fund_recovery_demanded") or ()), form]
    back = case.details.get("fund_recovered") or ()
    return _runs_next(_demands(asked, back, fund_left(case)), moment)


def demand_after(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Say which demand of the county's fund has the case's clock once something was given back."""
    asked = case.details.get("fund_recovery_demanded") or ()
    back = [*(case.details.get("fund_recovered") or ()), form]
    return _runs_next(_demands(asked, back, fund_left(case) - form["amount"]), moment)


def demand_next(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Say which demand of the county's fund has the case's clock once one has run out."""
    return _runs_next(demands(case), moment)


def fund_was_asked(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an answer that nobody asked for."""
    if len(case.details.get("fund_asked") or ()) > len(case.details.get("fund_answered") or ()):
        return None
    return Refusal("没有待批复的应急周转金申请", "no request to the county's fund waits for an answer", moot=True)


def fund_answers_first(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse another request to the county's fund while one waits for its answer."""
    if fund_was_asked(case, form, moment):
        return None
    return Refusal(
        "上一份应急周转金申请尚未批复，可以“催问应急周转金”", "the fund has not answered the last request: ask it"
    )


def no_more_than_advanced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to recover more for the county's fund than it has advanced (保障农民工工资支付条例 63)."""
    left = fund_left(case)
    if left and (not form or form["amount"] <= left):
        return None
    if not left:
        return Refusal("没有待追偿的应急周转金", "the county's fund has nothing to recover", moot=True)
    return Refusal(f"应急周转金尚待追偿 {left} 元", f"the county's fund is to recover {left} yuan")


def sums_have_their_ground(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to put other sums in the roster's place without the award, the judgment or each worker's own signature."""
    if not form:
        return None
    known = {*owed_by_worker((case.details.get("roster") or {}).get("rows", ()))}
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
    total = total_of(told["items"]) if form["ground"] == "award" else yuan(told["amount"])
    # What was paid before may have been left out of it.
    most, fixed = total + total_of(payment_rows(case.details.get("payments") or ())), total_of(form["rows"])
    if total <= fixed <= most:
        return None
    return Refusal(
        f"合计 {fixed} 元与裁决、裁判的 {total} 元不符（加上此前已付的，最多 {most} 元）",
        f"{fixed} yuan in all are not the {total} yuan awarded, or {most} with what was paid before",
    )


#: What a court may be asked to enforce.
ENFORCEABLE: Final = ("award", "administrative_decision", "payment_order", "judgment", "confirmed_settlement")


def in_effect(case: CaseView, ground: str) -> bool:
    """Whether what is to be enforced is there and may be: an award, a judgment, a payment order or a decision."""
    kept = case.details
    return {
        "award": bool(kept.get("award") and kept.get("award_in_effect")),
        "judgment": bool(kept.get("judgment") and kept.get("judgment_in_effect")),
        "payment_order": bool(kept.get("payment_order_served")),
        "administrative_decision": bool(decision_of(kept)),
        "confirmed_settlement": bool(kept.get("settlement_confirmed")),
    }[ground]


def decision_of(kept: Values) -> Values | None:
    """Return the authority's decision after its order was disobeyed, with or without compensation."""
    found: Values | None = kept.get("compensation_order") or kept.get("decided_without_compensation")
    return found


def enforces_what_is_there(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask a court to enforce what is not on file, not in effect, or out of time (民事诉讼法 247, 248, 250; 行政强制法 53)."""
    if not form:
        return None
    if not in_effect(case, form["ground"]):
        return Refusal("没有所选的执行依据，或者尚未生效", f"no {form['ground']} that has taken effect is on file")
    until = enforcement_until(case, form["ground"], form["interrupted_on"])
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
    rule = _bases().clock(clock, _day(since))
    return add(_day(since), Period(rule.limit, rule.unit), calendar=standard_calendar(), roll=rule.roll).due_at.date()


def enforceable(ground: str, *more: str) -> Callable[[CaseView, Values, Moment], dict[str, Any]]:
    """Make a change that keeps from when the time to ask a court runs, with the form as the document that `more` names."""

    def known(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
        return {"enforceable_since": enforceable_from({**case.details, **dict.fromkeys(more, form)}, ground)}

    return known


def enforcement_until(case: CaseView, ground: str, interrupted_on: date | None = None) -> date | None:
    """Return the last day to ask a court to enforce, or None where nobody knows from when it runs.

    Two years that an interruption in time begins anew (民事诉讼法 250); for the authority's own decision three
    months that nothing interrupts, from when it can no longer be sued against (行政强制法 53).
    """
    if ground == "administrative_decision":
        stands_on = case.details.get("decision_stands_on")
        return limitation(_day(stands_on), law_on("court_application", _day(stands_on))).until if stands_on else None
    since = enforceable_from(case.details, ground)
    if since is None:
        return None
    years = law_on("enforcement_application", since)
    return limitation(since, 12 * years, [interrupted_on] if interrupted_on else []).until


def last_days(case: CaseView, interrupted_on: date | None = None) -> list[dict[str, Any]]:
    """Return what a court may be asked to enforce by what is on file, and until when."""
    return [
        {"ground": ground, "until": enforcement_until(case, ground, interrupted_on)}
        for ground in ENFORCEABLE
        if in_effect(case, ground)
    ]


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
    return (case.details.get("enforcement_applied") or {}).get("ground") == "administrative_decision"


def a_decision_is_enforced(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to the authority where no decision of it was to be enforced."""
    if _enforces_a_decision(case):
        return None
    return Refusal("申请执行的不是行政处理决定", "no administrative decision is being enforced", moot=True)


def no_decision_is_enforced(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send back to the street what the authority is to decide anew."""
    if not _enforces_a_decision(case):
        return None
    return Refusal("申请执行的是行政处理决定", "an administrative decision is being enforced", moot=True)


def enforce_again(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep what the court did not take in, and that the time to ask it runs on."""
    ground = (case.details.get("enforcement_applied") or {}).get("ground", "")
    since = None if _enforces_a_decision(case) else enforceable_from(case.details, ground)
    return {
        "enforcement_applied": None,
        "enforceable_since": since,
        "title_runs": since is not None,
        "decision_runs": _enforces_a_decision(case) and bool(case.details.get("decision_stands_on")),
    }


def title_falls(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a court does not enforce what it was asked for: it counts no longer (民事诉讼法 248; 劳动争议解释一 24)."""
    ground = (case.details.get("enforcement_applied") or {}).get("ground")
    fallen = {
        "award": ("award", "award_is_final", "award_in_effect"),
        "judgment": ("judgment", "judgment_in_effect"),
        "payment_order": ("payment_order_served",),
        "confirmed_settlement": ("settlement_confirmed",),
    }.get(str(ground), ())
    gone = dict.fromkeys((*fallen, "enforcement_applied", "enforceable_since"))
    return {**gone, **sums_without(case, str(ground)), "award_not_enforced": ground == "award"}


def decision_falls(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a court does not enforce the authority's decision: it decides anew (行政强制法 58)."""
    return dict.fromkeys(
        ("compensation_order", "decided_without_compensation", "decision_stands_on", "enforcement_applied")
    )


def sums_without(case: CaseView, *grounds: str) -> dict[str, Any]:
    """Drop the sums that an award or a judgment has fixed which counts no longer."""
    return {"sums": None} if (case.details.get("sums") or {}).get("ground") in grounds else {}


def total_of(rows: Iterable[Mapping[str, Any]]) -> Decimal:
    """Return the sum of the rows' amounts."""
    return sum((yuan(row["amount"]) for row in rows), Decimal(0))


def guarantee_was_called(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to record that the wage guarantee was paid out, or not, before it was called."""
    if case.details.get("guarantee_calls"):
        return None
    return Refusal("尚未动用工资保证金", "the wage guarantee has not been called", moot=True)


def guarantee_is_awaited(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to record that the bank does not pay where no call waits for it."""
    if _calls_waiting(case.details):
        return None
    return Refusal("没有等待支付的工资保证金", "no call of the guarantee waits for the bank", moot=True)


def _calls_waiting(kept: Values) -> list[Values]:
    answered = len(kept.get("guarantee_paid") or ()) + len(kept.get("guarantee_refused") or ())
    return list(kept.get("guarantee_calls") or ())[answered:]


def every_worker_was_checked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a check that left workers out."""
    count = len(outstanding(case))
    if form and form["workers_asked"] < count:
        return Refusal(f"须逐人核实到账，共 {count} 人", f"each of the {count} workers must be checked")
    return None


# -- projects ------------------------------------------------------------------

#: How long it is posted that nothing is owed before a special account is closed (保障农民工工资支付条例 27).
CLOSING_DAYS: Final = 30


def claim_of_project(kept: Values, *, open_: bool) -> dict[str, Any]:
    """Return what a claim means to its project: whether it is open, what is unpaid, what its guarantee has paid and is to pay."""
    called = total_of(_calls_waiting(kept)) if open_ else Decimal(0)
    used = total_of(kept.get("guarantee_paid") or ())
    refilled = sum((yuan(row["amount"]) for row in kept.get("guarantee_topped_up") or ()), Decimal(0))
    claimed = yuan((kept.get("claim") or {}).get("claimed_total") or 0)
    left = sum(outstanding_of(kept).values(), Decimal(0)) if kept.get("roster") else claimed
    return {"open": open_, "unpaid": left, "used": used, "refilled": refilled, "called": called}


def guarantee_left(project: Values, claims: Iterable[Values]) -> Decimal | None:
    """Return what a project's guarantee still holds after what its claims have used and filled up; None without one."""
    if not project.get("guarantee_amount"):
        return None
    return yuan(project["guarantee_amount"]) - sum((row["used"] - row["refilled"] for row in claims), Decimal(0))


def project_findings(project: Values, claims: Iterable[Values], today: date) -> list[Caution]:
    """Return what deserves a second look in a project: its guarantee, its duties, the closing of its account."""
    claims = list(claims)
    return [
        *_guarantee_findings(project, claims, today),
        *_duty_findings(project),
        *_closing_findings(project, claims, today),
    ]


def _guarantee_findings(project: Values, claims: list[Values], today: date) -> Iterator[Caution]:
    basis = "工资保证金规定"
    numbers = settings()["guarantee"]
    held, until = guarantee_left(project, claims), project.get("guarantee_until")
    if held is None and project.get("guarantee_form") != "exempt":
        yield Caution("no_guarantee", "没有登记工资保证金或者保函。", "No wage guarantee is registered.", basis)
    if until and not project.get("completed_on") and date.fromisoformat(str(until)) < today + timedelta(30):
        yield Caution(
            "guarantee_ends",
            f"保函（保证金）有效期至 {until}：请通知施工总承包单位续保。",
            f"The guarantee ends on {until}: have it renewed.",
            basis,
        )
    if held is not None and held < yuan(project["guarantee_amount"]):
        yield Caution(
            "guarantee_used",
            f"工资保证金已动用，尚余 {held} 元，未补足。",
            f"The guarantee was used and not filled up: {held} yuan are left.",
            basis,
        )
    contract = project.get("contract_amount")
    floor = yuan(Decimal(str(contract)) * Decimal(numbers["floor"])) if contract else Decimal(0)
    if held is not None and yuan(project["guarantee_amount"]) < floor:
        yield Caution(
            "guarantee_low",
            f"工资保证金低于合同价的下浮底线 {floor} 元（未核实）。",
            f"The guarantee is below its floor of {floor} yuan (not verified).",
            basis,
        )


def _duty_findings(project: Values) -> Iterator[Caution]:
    known = {row["code"]: row for row in settings()["duty"]}
    for row in project.get("duties") or ():
        if not row["met"]:
            duty = known[row["duty"]]
            yield Caution(
                "duty_missing",
                f"{said(row['duty'])}未落实（第{duty['article']}条）：请报有关部门责令限期改正。",
                f"{row['duty']} is not met (article {duty['article']}).",
                f"保障农民工工资支付条例-{duty['fine_article']}",
            )


def _closing_findings(project: Values, claims: list[Values], today: date) -> Iterator[Caution]:
    posted, basis = project.get("closing_posted_on"), "保障农民工工资支付条例-27"
    if not posted:
        return
    if any(claim["open"] for claim in claims):
        yield Caution(
            "owed_while_closing",
            "正在公示注销专用账户，但有未办结的欠薪案件：不得注销。",
            "The account is to be closed while wages are claimed: it must not be.",
            basis,
        )
        return
    free = date.fromisoformat(str(posted)) + timedelta(CLOSING_DAYS)
    if free >= today:
        yield Caution(
            "closing",
            f"无拖欠公示至 {free}，期满无异议方可申请注销专用账户。",
            f"Posted until {free}; the account may be closed after that.",
            basis,
        )


# -- a month's figures -----------------------------------------------------------

#: The steps that a month's report counts, in its order; where each form keeps its workers and its yuan.
_REPORT: Final[Mapping[str, tuple[str, str]]] = {
    "claim_registered": ("workers", "claimed_total"),
    "found_not_wages": ("", ""),
    "not_pursued": ("", ""),
    "window_missed": ("", ""),
    "group_incident_reported": ("workers", ""),
    "roster_verified": ("rows", "owed"),
    "settlement_agreed": ("", "instalments"),
    "payment_recorded": ("rows", "amount"),
    "payment_verified": ("", ""),
    "guarantee_paid": ("", "amount"),
    "fund_answered": ("", "amount"),
    "referred_to_inspection": ("", ""),
    "payment_ordered": ("", "amount"),
    "compensation_ordered": ("", "compensation"),
    "crime_transferred": ("", ""),
    "blacklisted": ("", ""),
    "referred_to_arbitration": ("", ""),
    "award_made": ("", "items"),
    "lawsuit_filed": ("", ""),
    "judgment_made": ("", "amount"),
    "settlement_confirmed": ("", ""),
    "order_revoked": ("", ""),
    "order_revoked_others_stand": ("", ""),
    "fund_recovered": ("", "amount"),
    "enforcement_applied": ("", ""),
    "enforcement_ended": ("", ""),
    "enforcement_resumed": ("", ""),
    "concluded": ("", ""),
    "concluded_as_handed_on": ("", ""),
    "concluded_unpaid": ("", ""),
}
REPORTED: Final = tuple(_REPORT)


def figures(entries: Iterable[tuple[str, str, Values]]) -> list[dict[str, Any]]:
    """Count a month's steps: in how many claims, of how many workers, about how many yuan."""
    found: dict[str, dict[str, Any]] = {}
    for trigger, case_id, form in entries:
        row = found.setdefault(trigger, {"claims": set(), "workers": 0, "amount": Decimal(0)})
        workers, amount = _counted(trigger, form)
        row["claims"].add(case_id)
        row["workers"] += workers
        row["amount"] += amount
    return [
        {
            "trigger": trigger,
            "count": len(found[trigger]["claims"]),
            "workers": found[trigger]["workers"] if _REPORT[trigger][0] else None,
            "amount": found[trigger]["amount"] if _REPORT[trigger][1] else None,
        }
        for trigger in REPORTED
        if trigger in found
    ]


def _counted(trigger: str, form: Values) -> tuple[int, Decimal]:
    workers, amount = _REPORT[trigger]
    if workers == "rows":
        rows = form["rows"]
        return len({row["number"] for row in rows}), sum((yuan(row[amount]) for row in rows), Decimal(0))
    if amount in ("instalments", "items"):
        return 0, sum((yuan(row["amount"]) for row in form[amount]), Decimal(0))
    return int(form[workers]) if workers else 0, yuan(form[amount]) if amount else Decimal(0)


# -- settlement ----------------------------------------------------------------


def instalments_add_up(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse instalments that do not come to what is owed."""
    if not form:
        return None
    total, left = sum((row["amount"] for row in form["instalments"]), Decimal(0)), unpaid(case)
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
    ahead = (yuan(row["amount"]) for row in rows if date.fromisoformat(str(row["due_on"])) >= today)
    return max(Decimal(0), unpaid(case) - sum(ahead, Decimal(0)))


def payment_order_has_its_ground(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to apply for a payment order upon an agreement that there is not (劳动争议调解仲裁法 16)."""
    if not form or form["ground"] != "settlement_broken":
        return None
    if case.state != "settlement_broken":
        return Refusal("没有未履行的调解协议，不能以此申请支付令", "there is no settlement that was broken")
    if is_mediated(case.details):
        return None
    return Refusal(
        "双方自行和解的，不能以调解协议申请支付令，请以拖欠劳动报酬申请",
        "nobody has mediated it: apply upon the arrears",
    )


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
            f"应自调解协议生效之日（{since}）起{law_on(clock, since)}日内共同申请确认，截至 {last}",
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


# -- inspection ----------------------------------------------------------------


def inspection_until(ended_on: date) -> date:
    """Return the last day on which the inspection takes up what ended on a day (劳动保障监察条例 20)."""
    return add_months(ended_on, 12 * _INSPECTION_YEARS)


def inspection_is_in_time(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what had ended more than two years before it was handed over (劳动保障监察条例 20)."""
    if not form or form["still_going_on"]:
        return None
    if form["ended_on"] is None:
        return Refusal("须填写欠薪行为终了之日", "say on which day the arrears ended")
    if inspection_until(form["ended_on"]) < form["handed_over_on"]:
        return Refusal(
            "违法行为终了已超过二年，劳动监察不再查处，应告知仲裁、诉讼途径",
            "the inspection does not act after two years; tell of arbitration and lawsuit",
        )
    return None


def is_extended_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second extension of the same time (劳动保障监察条例 17; 劳动争议调解仲裁法 43)."""
    key = (
        "arbitration_extended"
        if case.state in ("arbitration_pending", "arbitration_overdue")
        else "investigation_extended"
    )
    if not case.details.get(key):
        return None
    return Refusal("已经延长过一次，不得再次延长", "it was extended already, and may be only once")


def investigated_until(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Say from which day an extension of the investigation counts: the end of its sixty working days."""
    filed = date.fromisoformat(str(case.details["inspection_accepted"]["filed_on"]))
    return {"extended_from": _end(filed, "inspection_investigation", Unit.WORKDAY)}


def arbitrated_until(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Say from which day an extension of the arbitration counts: the end of its forty-five days."""
    accepted = date.fromisoformat(str(case.details["arbitration_accepted"]["accepted_on"]))
    return {"extended_from": _end(accepted, "arbitration_award", Unit.DAY)}


def _end(since: date, clock: str, unit: Unit) -> date:
    return add(since, Period(law_on(clock, since), unit), calendar=standard_calendar()).due_at.date()


def order_is_served(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an order that was posted up without photos or a film of it (法释〔2013〕3号 4)."""
    if form.get("served_by") == "posted_up" and not form.get("posting_recorded"):
        return Refusal("张贴送达须留存照片或录像", "an order that is posted up counts only with photos or a film")
    return None


def order_is_not_above_what_is_owed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an order for more than is owed."""
    if form and form["amount"] > unpaid(case):
        return Refusal(f"责令支付额超过尚欠的 {unpaid(case)} 元", f"more than the {unpaid(case)} yuan that are owed")
    return None


def order_has_run_out(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to speak of disobedience before an order's time is over."""
    until = case.details.get("order_until")
    if not case.details.get("order") or not until:
        return Refusal("没有责令支付文书", "there is no order to pay")
    if local_date(moment.now) <= date.fromisoformat(str(until)):
        return Refusal(f"责令支付期限至 {until}，尚未届满", f"the order's time ends on {until}")
    return None


def compensation_range(left: Decimal) -> tuple[Decimal, Decimal]:
    """Return the least and the most extra compensation: 50 to 100 % of what is unpaid (劳动保障监察条例 26)."""
    return yuan(left * Decimal("0.5")), yuan(left)


def compensation_is_in_range(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse compensation outside 50 to 100 % of what is unpaid after the order (劳动保障监察条例 26)."""
    if not form:
        return None
    left = unpaid(case)
    if form["unpaid"] != left:
        return Refusal(f"逾期未付金额应为 {left} 元", f"unpaid after the order are {left} yuan")
    least, most = compensation_range(left)
    if not least <= form["compensation"] <= most:
        return Refusal(
            f"加付赔偿金应在 {least} 元至 {most} 元之间（应付金额的50%以上1倍以下）",
            f"the compensation must lie between {least} and {most} yuan",
        )
    return None


@dataclass(frozen=True, slots=True)
class CrimeThreshold:
    """From which sums on refusing to pay may be a crime. The province sets them (法释〔2013〕3号 3)."""

    person: Decimal
    group: Decimal
    months: Decimal

    @classmethod
    def standing(cls) -> CrimeThreshold:
        """Return those of the settings."""
        return cls(*(Decimal(settings()["crime"][name]) for name in ("person", "group", "months")))


def months_by_worker(rows: Iterable[Mapping[str, Any]]) -> dict[int, Decimal]:
    """Return for how many months each worker is unpaid, by number: the longest of his rows."""
    months: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        months[row["number"]] = max(months[row["number"]], Decimal(str(row["months_owed"])))
    return dict(months)


def crime_workers(
    rows: Iterable[Mapping[str, Any]], left: Mapping[int, Decimal], threshold: CrimeThreshold
) -> list[int]:
    """Return the numbers of those who alone reach the threshold (法释〔2013〕3号 3 (1))."""
    months = months_by_worker(rows)
    return sorted(
        number
        for number, amount in left.items()
        if months.get(number, Decimal(0)) >= threshold.months and amount >= threshold.person
    )


def crime_signs(
    rows: Iterable[Mapping[str, Any]], left: Mapping[int, Decimal], threshold: CrimeThreshold | None = None
) -> list[str]:
    """Return which of the two thresholds are reached, as a warning and no decision (刑法 276-1).

    One worker unpaid for three months and a sum, or ten workers and a sum together.
    """
    bounds, rows = threshold or CrimeThreshold.standing(), list(rows)
    found = ["one_worker"] if crime_workers(rows, left, bounds) else []
    unpaid_workers = [amount for amount in left.values() if amount]
    if len(unpaid_workers) >= GROUP and sum(unpaid_workers, Decimal(0)) >= bounds.group:
        found.append("group_of_workers")
    return found


def orders(case: CaseView) -> list[Mapping[str, Any]]:
    """Return the orders to pay on file, the newest last: each with its payer and the last day that it gave."""
    found = case.details.get("orders")
    order = case.details.get("order")
    if not found and order:
        found = [{**order, "until": case.details.get("order_until")}]
    return list(found or ())


def standing(case: CaseView) -> list[Mapping[str, Any]]:
    """Return the orders to pay that were not revoked, the newest last."""
    return [order for order in orders(case) if not order.get("revoked_on")]


def order_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to revoke what was never ordered, is revoked already, or was served only later."""
    found = standing(case)
    if form:
        found = [order for order in found if order["payer"] == form["payer"]]
    if not found:
        return Refusal("该责任方没有有效的责令支付文书", "no order to pay stands against this party")
    if form and form["revoked_on"].isoformat() < str(found[-1]["served_on"]):
        return Refusal("撤销日期早于责令支付文书送达之日", "it was served only after that day")
    return None


def _goes_on(case: CaseView, form: Values) -> bool:
    """Whether the claim goes on where it is without a payer's order: by another order, or by what a court enforces."""
    found = standing(case)
    others = [order for order in found if order["payer"] != form["payer"]] if form else found[1:]
    enforced = (case.details.get("enforcement_applied") or {}).get("ground", "administrative_decision")
    in_court = case.state in ("court_enforcing", "enforcement_overdue")
    return bool(others) or (in_court and enforced != "administrative_decision")


def no_other_order_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send a claim back to the authority while it goes on by something else than the order that was revoked."""
    if not form or not _goes_on(case, form):
        return None
    return Refusal(
        "还有其他有效的责令支付或者执行依据，请按“其他责令支付继续有效”办理", "it goes on by another order, or in court"
    )


def another_order_stands(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on by another order where there is none."""
    if _goes_on(case, form):
        return None
    return Refusal(
        "没有其他有效的责令支付，撤销后由监察重新作出决定", "no other order stands: the authority decides anew"
    )


def revoke_order(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a payer's order is revoked, and what falls with it where no other stands."""
    mark = {"revoked_on": form["revoked_on"], "revoked_by": form["revoked_by"]}
    rows = [
        {**order, **mark} if order["payer"] == form["payer"] and not order.get("revoked_on") else order
        for order in orders(case)
    ]
    left = [order for order in rows if not order.get("revoked_on")]
    changed = {
        "orders": rows,
        "order": left[-1] if left else None,
        "order_until": left[-1]["until"] if left else None,
        "order_days": left[-1]["days"] if left else 0,
        "order_since": left[-1]["served_on"] if left else None,
    }
    if _goes_on(case, form):
        return changed
    fallen = ("compensation_order", "decided_without_compensation", "decision_stands_on", "unpaid", "crime_signs")
    return changed | dict.fromkeys((*fallen, "crime_transferred", "police_filed"))


def served_after_the_revocation(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a new order to a payer that is dated before its last one was revoked: its times are counted anew."""
    if not form:
        return None
    own = [order for order in orders(case) if order["payer"] == form["payer"] and order.get("revoked_on")]
    last = max((str(order["revoked_on"]) for order in own), default="")
    if form["served_on"].isoformat() >= last:
        return None
    return Refusal(
        f"重新作出的责令支付应在撤销之日（{last}）以后送达", f"a new order is served after the revocation of {last}"
    )


def order_comes_first_for_this_payer(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second order to the same payer while the first stands; after its revocation it may be ordered anew."""
    if form and form["payer"] in {order["payer"] for order in standing(case)}:
        return Refusal(
            "已对该责任方责令支付，请选择其他清偿责任主体", "this party was ordered already: name the next one"
        )
    return None


def add_order(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep an order to pay beside those to other payers, with the last day that it gives."""
    until = order_until(form["days"], form["served_on"])
    return {"order_until": until, "orders": [*orders(case), {**form, "until": until}]}


def payer_has_disobeyed(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to propose a payer to whom no order went, or whose order has not run out (人社部令45)."""
    if not form:
        return None
    ends = [str(order["until"]) for order in standing(case) if order["payer"] == form["payer"]]
    if ends and min(ends) < local_date(moment.now).isoformat():
        return None
    return Refusal(
        "未对该责任方责令支付，或者责令期限未满，不能建议列入",
        "no order to pay went to this party, or its time is not over",
    )


def order_was_disobeyed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to speak of a crime before an authority ordered payment in vain (刑法 276-1)."""
    if not case.details.get("order"):
        return Refusal("未经政府有关部门责令支付，不构成移送条件", "no authority has ordered payment yet")
    if not unpaid(case):
        return Refusal("工资已经付清", "all wages are paid")
    return None


def police_have_it(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what only the police can say where they have nothing of this claim."""
    if case.details.get("crime_transferred"):
        return None
    return Refusal("没有移送公安机关", "nothing was handed to the police", moot=True)


def police_have_filed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the end of a criminal case that the police have not filed."""
    if case.details.get("police_filed"):
        return None
    return Refusal("公安机关尚未立案", "the police have filed no case", moot=True)


def police_have_not_filed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file a second time, or not to, once the police have filed the case."""
    if not case.details.get("police_filed"):
        return None
    return Refusal(
        "公安机关已经立案，结果请登记“刑事案件办结”", "the police have filed it: record how it ended", moot=True
    )


def criminal_case_over(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the police have it no longer; a conviction stays on file, for who is convicted is not taken off the list early."""
    gone = ("police_filed",) if form["result"] == "convicted" else ("police_filed", "crime_transferred")
    return {"criminal_case": form, **{name: None for name in gone if case.details.get(name)}}


# -- the list of wage defaulters -------------------------------------------------


def is_serious(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a proposal without what makes arrears serious (保障农民工工资支付条例 48; 人社部令45)."""
    if not form:
        return None
    if form["ground"] == "serious_harm" and not form["harm"].strip():
        return Refusal("须写明造成的严重不良社会影响", "say which serious harm was done")
    rows = (case.details.get("roster") or {}).get("rows", ())
    if form["ground"] == "crime_amount" and not crime_signs(rows, outstanding(case)):
        return Refusal(
            "尚欠数额未达到拒不支付劳动报酬罪的数额标准（省定标准未核实），不能以此为由",
            "what is unpaid does not reach the sums of the crime (not verified for the province)",
        )
    return None


def listings(case: CaseView) -> dict[str, Mapping[str, Any]]:
    """Return how each payer stands with the list of defaulters, by its part in the work."""
    kept = case.details.get("blacklist") or {}
    if "stands" in kept:
        # From when a case could list one payer only.
        return {(case.details.get("blacklistings") or [{"payer": "employer"}])[-1]["payer"]: kept}
    return dict(kept)


def _of_payer(case: CaseView, form: Values) -> Mapping[str, Any]:
    return listings(case).get(form.get("payer", ""), {})


def nobody_is_proposed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a proposal while another of the same payer waits for its decision or it is listed: that would be lost."""
    stands = _of_payer(case, form).get("stands")
    if stands not in ("proposed", "listed"):
        return None
    zh = (
        "该责任方已提出列入建议，请先登记决定"
        if stands == "proposed"
        else "该责任方已列入失信联合惩戒名单，移出以前不能再次建议列入"
    )
    return Refusal(zh, "a proposal waits for its decision" if stands == "proposed" else "the payer is listed already")


def is_proposed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a decision on the list that this payer was not proposed for."""
    found = [_of_payer(case, form)] if form else listings(case).values()
    if any(row.get("stands") == "proposed" for row in found):
        return None
    return Refusal("该责任方没有待决定的列入建议", "no proposal waits for a decision", moot=not form)


def was_told_before(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a listing before the payer was told of it and had its working days to object (人社部令45)."""
    if not form:
        return None
    days = settings()["blacklist"]["objection_workdays"]
    until = add(form["told_on"], Period(days, Unit.WORKDAY), calendar=standard_calendar()).due_at.date()
    if form["decided_on"] > until or (form["objection"] == "dismissed" and form["decided_on"] > form["told_on"]):
        return None
    return Refusal(
        f"列入前须书面告知并听取异议：异议期至 {until}，决定日期不能在此之前",
        f"the payer may object until {until}: the decision can't come before that",
    )


def is_listed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take off the list who is not on it."""
    found = [_of_payer(case, form)] if form else listings(case).values()
    if any(row.get("stands") == "listed" for row in found):
        return None
    return Refusal("该责任方未列入失信联合惩戒名单", "nobody is listed", moot=not form)


def removal_is_asked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decline an early removal that was not asked for."""
    found = [_of_payer(case, form)] if form else listings(case).values()
    if any(row.get("removal_requested") for row in found):
        return None
    return Refusal("没有提前移出的申请", "early removal was not asked for", moot=not form)


def list_is_awaited(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask after a decision on the list that nobody waits for."""
    if any(_waits(row) for row in listings(case).values()):
        return None
    return Refusal("没有待决定的列入建议或者移出申请", "nothing about the list waits for a decision", moot=True)


def removable_from(corrected_on: date) -> date:
    """Return from which day a payer who has paid may ask to be taken off the list early (人社部令45)."""
    return add_months(corrected_on, settings()["blacklist"]["months_before_removal"])


def may_be_removed_early(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse early removal before all is paid, six months are over, and the law is promised to be kept (人社部令45)."""
    if unpaid(case):
        return Refusal(f"尚欠 {unpaid(case)} 元，未改正的不能提前移出", f"{unpaid(case)} yuan are still owed")
    if case.details.get("crime_transferred"):
        return Refusal("涉嫌拒不支付劳动报酬罪已移送，不能提前移出", "the police have the case: no early removal")
    listed_on = _of_payer(case, form).get("since")
    if not form or not listed_on:
        return None
    since = max(form["corrected_on"], date.fromisoformat(str(listed_on)))
    if local_date(moment.now) < removable_from(since):
        return Refusal(
            f"自改正并列入之日起满6个月（{removable_from(since)}）方可申请提前移出",
            f"early removal may be asked for from {removable_from(since)}",
        )
    if not form["promised"] or not form["no_new_arrears"]:
        return Refusal(
            "须作出守法承诺，且列入期间未再拖欠", "the law is to be promised to be kept, without new arrears"
        )
    return None


def removal_has_its_ground(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a removal for a ground that is not there."""
    if not form:
        return None
    listed = _of_payer(case, form)
    if form["ground"] == "time_over" and str(form["removed_on"]) <= str(listed.get("until")):
        return Refusal(f"列入期限至 {listed.get('until')}，尚未届满", f"the list has it until {listed.get('until')}")
    if form["ground"] == "early" and not listed.get("removal_requested"):
        return Refusal("没有提前移出的申请", "early removal was not asked for")
    return None


def propose(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that a proposal waits for its decision, and since when."""
    return _listing(case, form, stands="proposed", asked_on=form["proposed_on"])


def decline(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the payer was not listed."""
    return _listing(case, form, stands="declined")


def enlist(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep from when until when the payer is listed: years by the law of the day (人社部令45)."""
    since = form["decided_on"]
    until = add_months(since, 12 * law_on("blacklist", since))
    return _listing(case, form, stands="listed", since=since, until=until, removal_requested=False)


def ask_for_removal(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that early removal was asked for, and since when."""
    return _listing(case, form, removal_requested=True, asked_on=form["requested_on"] or local_date(moment.now))


def keep_listed(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the payer is not taken off the list early."""
    return _listing(case, form, removal_requested=False)


def remove(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the payer is no longer listed."""
    return _listing(case, form, stands="removed", removal_requested=False)


def _waits(row: Mapping[str, Any]) -> bool:
    """Whether the authority has something to decide about a payer's listing."""
    return row["stands"] == "proposed" or bool(row["stands"] == "listed" and row.get("removal_requested"))


def _listing(case: CaseView, form: Values, **more: Any) -> dict[str, Any]:
    """Change how one payer stands.

    The case's clocks are that of whoever was listed last and still is, and that of who has waited longest for a decision.
    """
    found = {**listings(case), form["payer"]: {**_of_payer(case, form), **more}}
    since = [str(row["since"]) for row in found.values() if row["stands"] == "listed"]
    asked = [str(row["asked_on"]) for row in found.values() if _waits(row) and row.get("asked_on")]
    return {
        "blacklist": found,
        "listed_since": max(since, default=None),
        "still_listed": bool(since),
        "list_asked_since": min(asked, default=None),
        "list_waits": bool(asked),
    }


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


def rolled(last: date) -> Deadline:
    """Move a last day that is a holiday to the day after the holidays (民法典 203)."""
    return add(last - timedelta(days=1), Period(1, Unit.DAY), calendar=standard_calendar(), roll=Roll.NEXT)


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
        last = rolled(until).due_at.date()
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
    found = rolled(until)
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
    return limitation(max(ended_on, claimed_on or ended_on), 12, interrupted_on)


def interruptions_on_file(case: CaseView, until: date) -> list[date]:
    """Return the days on which the time for arbitration began anew, as they are on file (劳动争议调解仲裁法 27).

    The complaint to the inspection, each order that it served, and the payer's promise in a settlement.
    """
    kept = case.details
    days = [(kept.get("referred_to_inspection") or {}).get("handed_over_on"), kept.get("settlement_effective_on")]
    days += [order.get("served_on") for order in orders(case)]
    found = [date.fromisoformat(str(day)) for day in days if day]
    return [day for day in found if day <= until]


def final_limit(minimum_wage: Decimal) -> Decimal:
    """Return up to which sum an item of an award is final: twelve monthly minimum wages (劳动争议调解仲裁法 47)."""
    return minimum_wage * _FINAL_MONTHS


def award_is_final(items: Iterable[Mapping[str, Any]], minimum_wage: Decimal) -> bool:
    """Whether an award is final: no item above twelve monthly minimum wages (劳动争议调解仲裁法 47; 解释一 19)."""
    return all(yuan(row["amount"]) <= final_limit(minimum_wage) for row in items)


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
    return {"trial_months": settings()["trial_months"][form["procedure"]]}


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
    kept = case.details
    return bool(kept.get("judgment_appealed") and (kept.get("judgment") or kept.get("judgment_refusal")))


def _is_small_claim(kept: Values) -> bool:
    """Whether the court hears it as a small claim, whose first judgment is the last (民事诉讼法 165)."""
    return (kept.get("lawsuit_accepted") or {}).get("procedure") == "small_claims"


def court_has_it(state: str) -> Guard:
    """Make a gate, once the resident has his reply, against what a court does that has not the claim, or not at this point."""

    def the_court_has_it(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
        kept = case.details
        decided = bool(kept.get("judgment") or kept.get("lawsuit_over")) and not _is_appealed(case)
        point = ("judged", "enforcement_due") if decided else ("sued",)
        if kept.get("enforcement_applied"):
            point = ("court_enforcing",)
        if kept.get("ended_as") == "sued" and state in point:
            return None
        return Refusal("法院没有在办本案，或者不在这一环节", "no court has the claim, or not at this point", moot=True)

    return the_court_has_it


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


def _sued_against_an_award(case: CaseView) -> bool:
    upon = (case.details.get("lawsuit_filed") or {}).get("ground")
    return upon == "against_award" and bool(case.details.get("award"))


def no_award_stands_behind(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to the beginning where the award that was sued against takes effect (法释〔2000〕18号)."""
    if not _sued_against_an_award(case):
        return None
    return Refusal("撤诉后原裁决生效，请按“对裁决的起诉撤回”办理", "the award takes effect: record that", moot=True)


def an_award_stands_behind(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let an award take effect that nobody has sued against."""
    if _sued_against_an_award(case):
        return None
    return Refusal("不是对裁决提起的诉讼", "the lawsuit was not against an award", moot=True)


def award_stands(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep that the award takes effect with the ruling that lets the lawsuit be withdrawn (法释〔2000〕18号)."""
    on = form["ruled_on"] or local_date(moment.now)
    found = {"award_in_effect": True, "appeal_over": True, "award_effective_on": on}
    return found | {"enforceable_since": enforceable_from({**case.details, **found}, "award"), "lawsuit_over": True}


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
    return {**gone, **sums_without(case, "judgment")}


def judgment_leaves(case: CaseView) -> Decimal:
    """Return by how much a judgment lies below what was still owed when it was made; 0 where it grants all."""
    judgment = case.details.get("judgment")
    if not judgment or (case.details.get("sums") or {}).get("ground") == "judgment":
        return Decimal(0)
    return max(Decimal(0), unpaid(case) - yuan(judgment["amount"]))


def enforcement_was_tried(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to resume, or to search for, what no court has enforced (民事诉讼法 265)."""
    if case.details.get("enforcement_applied"):
        return None
    return Refusal("没有申请过强制执行", "no court was asked to enforce anything", moot=True)


def property_search_due(case: CaseView) -> date | None:
    """Return by which day property is to be looked for again after enforcement has ended without any; None where it is not."""
    ended = case.details.get("enforcement_ended") or {}
    if ended.get("reason") != "no_property_found" or not unpaid(case):
        return None
    looked = [str(row["searched_on"]) for row in case.details.get("property_searches") or ()]
    began = case.details.get("enforcement_ended_on")
    last = max([day for day in (*looked, str(began or "")) if day], default="")
    return add_months(date.fromisoformat(last), law_on("property_search", date.fromisoformat(last))) if last else None


def judgment_made(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep whether a judgment takes effect at once: a second instance's, and what was agreed before the court.

    What an earlier one, or an award, has fixed counts no longer.
    """
    at_once = form["kind"] != "first_instance" or _is_small_claim(case.details)
    fixed = sums_without(case, "award", "judgment")
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
    if decision_of(case.details):
        return None
    return Refusal("尚未作出处理决定，请按“尚未决定”办理", "there is no decision yet")


def is_undecided(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to before a decision that was made."""
    if not decision_of(case.details):
        return None
    return Refusal("已作出处理决定，请按“已有决定”办理", "a decision was made already")


def decide(_case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep from which day a court may be asked to enforce a decision: when the time to sue against it is over."""
    return {"decision_stands_on": add_months(form["served_on"], settings()["court"]["months_to_sue"])}


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
        stands = "settlement_broken" in (case.state, asked.get("ground", "settlement_broken")) and is_mediated(kept)
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


def order_until(days: int, on: date) -> date:
    """Return the last day of an order that was served on a day and gives so many."""
    return on + timedelta(days=days)


# -- the end -------------------------------------------------------------------


def result_of(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Say by which way a claim came to its end, as it is counted."""
    kept = case.details
    if case.state != "paid":
        ends = {
            "not_wages": "not_wage",
            "partly_paid": "paid_part",
            "sued_overdue": "sued",
            "crime_overdue": "crime_transferred",
        }
        return {"ended_as": ends.get(case.state, case.state)}
    ways = (
        ("emergency_advance", any(one["source"] == "emergency_fund" for one in kept.get("payments", ()))),
        ("judged", kept.get("judgment")),
        ("ordered", kept.get("order")),
        ("arbitrated", kept.get("award")),
        ("agreed", kept.get("settlement")),
    )
    return {"ended_as": next((way for way, taken in ways if taken), "paid_full")}
