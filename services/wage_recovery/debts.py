"""Who is owed how much, who has to pay, and what has reached the workers, pure like the rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.wage_recovery import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.workflow import CaseView, Change, Moment, Step, Values
GROUP: Final = 10


# -- the roster ----------------------------------------------------------------


def row_earned(row: Mapping[str, Any]) -> Decimal:
    """Return what a row of the roster has earned: rate times quantity."""
    return rules.yuan(Decimal(str(row["unit_rate"])) * Decimal(str(row["quantity"])))


def row_owed(row: Mapping[str, Any]) -> Decimal:
    """Return what a row of the roster comes to: what was earned, less deductions and payments."""
    return row_earned(row) - rules.yuan(row["deductions"]) - rules.yuan(row["paid"])


def owed_by_worker(rows: Iterable[Mapping[str, Any]]) -> dict[int, Decimal]:
    """Return what each worker is owed, by number; a worker may have several rows."""
    owed: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        owed[row["number"]] += rules.yuan(row["owed"])
    return dict(owed)


def total_owed(rows: Iterable[Mapping[str, Any]]) -> Decimal:
    """Return the sum of the roster."""
    return sum((rules.yuan(row["owed"]) for row in rows), Decimal(0))


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


#: Who must pay under which facts, in order: 保障农民工工资支付条例 16-22, 29, 30, 36, 37. Who advances stands before whoever owes:
#: 先行垫付 (29 II) is money laid out for others, 先行清偿 (30 III, IV) the payment of what is owed.
LIABILITY: Final[Mapping[str, tuple[Payer, ...]]] = {
    "owner_late": (Payer("owner", "29.2", capped=True),),
    "unlawful_project": (Payer("owner", "37"),),
    "owner_hired_unqualified": (Payer("owner", "36.1"),),
    "contractor_hired_unqualified": (Payer("general_contractor", "36.1"),),
    "construction_name_lent": (Payer("constructor", "36.2"),),
    "subcontractor_owes": (Payer("general_contractor", "30.3", recourse=True), Payer("subcontractor", "30.1")),
    "recontracted": (Payer("general_contractor", "30.4", recourse=True),),
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
            "capped": (capped := all(payer.capped for payer in payers)),
            "most": min(owed, rules.yuan(price or 0)) if capped else owed,
            "recourse": any(payer.recourse for payer in payers),
        }
        for party, payers in chosen.items()
    ]


def order_is_open(parties: Iterable[Mapping[str, Any]]) -> bool:
    """Whether two must pay first, and nothing says which of them before the other: an owner by 29 II, a contractor by 30 III or IV."""
    found = [row for row in parties if row["capped"] or "30" in {one.partition(".")[0] for one in row["articles"]}]
    return {"owner", "general_contractor"} <= {row["party"] for row in found}


def liable_parties_are_named(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse findings that leave open who the liable party is."""
    if not form:
        return None
    nameless = [row for row in liable_parties(form, Decimal(0)) if not row["name"]]
    if nameless:
        row = nameless[0]
        return Refusal(
            f"按{rules.article(row['article'])}应由该方清偿，但未填写{rules.said(row['party'])}的名称",
            f"by article {row['article']} the {row['party']} must pay, but is not named",
        )
    return None


def payer_is_liable(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to agree with somebody who does not have to pay by the findings on file (保障农民工工资支付条例 16 to 22, 29, 30, 36, 37)."""
    found = case.details.get("liability")
    if not form or not found:
        return None
    liable = [row["party"] for row in liable_parties(found, Decimal(0))]
    if form["payer"] in liable:
        return None
    return Refusal(
        f"{rules.said(form['payer'])}不是认定的清偿责任主体；认定的是：{'、'.join(map(rules.said, liable))}，有变的先重新认定",
        f"by the findings the {form['payer']} does not have to pay, but: {', '.join(liable)}",
    )


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
            left[row["number"]] = max(Decimal(0), left[row["number"]] - rules.yuan(row["amount"]))
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
    fixed = {row["number"]: rules.yuan(row["amount"]) for row in (kept.get("sums") or {}).get("rows", ())}
    owed = fixed or owed_by_worker((kept.get("roster") or {}).get("rows", ()))
    return left_to_pay(owed, [*payment_rows(kept.get("payments") or ()), *more])


def _left_rows(kept: Values) -> list[dict[str, Any]]:
    """Return whom something is still owed: each with what is due to him, what of it was paid, and what is left, in yuan.

    Due is what the roster has found, with what was paid before it, or else what was fixed in its place.
    """
    rows = (kept.get("roster") or {}).get("rows", ())
    fixed = {row["number"]: rules.yuan(row["amount"]) for row in (kept.get("sums") or {}).get("rows", ())}
    before: dict[int, Decimal] = defaultdict(Decimal)
    for row in () if fixed else rows:
        before[row["number"]] += rules.yuan(row["paid"])
    owed, left = fixed or owed_by_worker(rows), outstanding_of(kept)
    return [
        {
            "number": number,
            "due": owed[number] + before[number],
            "paid": owed[number] + before[number] - amount,
            "left": amount,
        }
        for number, amount in left.items()
        if amount
    ]


def unpaid(case: CaseView) -> Decimal:
    """Return what is still owed in all."""
    return sum(outstanding(case).values(), Decimal(0))


def knowing_what_is_left(step: Step) -> Change:
    """Return a step's change, with how much is still owed after it, to how many and whom (`left_total`, `left_workers`, `left_rows`)."""

    def known(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        changes = step.change(case, form, moment) if step.change else {}
        name = step.kept_as
        kept = {name: [*(case.details.get(name) or ()), form] if step.repeatable else form} if form and name else {}
        after = {**case.details, **kept, **changes}
        if not after.get("roster"):
            return changes
        left = _left_rows(after)
        total = sum((row["left"] for row in left), Decimal("0.00"))
        return {**changes, "left_total": total, "left_workers": len(left), "left_rows": left}

    return known


def distribute(amount: Decimal, owed: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Split a partial payment in proportion to what each is owed, to the cent.

    The cents left over go to the largest remainders, by number where these are equal.
    Raises ValueError when more is paid than is owed.
    """
    total = sum(owed.values(), Decimal(0))
    if amount > total or amount < 0 or amount != rules.yuan(amount):
        raise ValueError(f"{amount} can't be distributed over {total}")
    exact = {number: amount * share / total if total else Decimal(0) for number, share in owed.items()}
    parts = {number: rules.yuan(Decimal(int(share * 100)) / 100) for number, share in exact.items()}
    rest = int((amount - sum(parts.values(), Decimal(0))) * 100)
    for number in sorted(exact, key=lambda number: (parts[number] - exact[number], number))[:rest]:
        parts[number] += rules.CENT
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


def somebody_is_owed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to record a payment where nothing is left to be paid."""
    if unpaid(case):
        return None
    return Refusal("登记的支付已经足额，没有尚欠的工资", "what is recorded covers everything", moot=True)


def there_is_a_payment(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to doubt what was not recorded, or what was verified, until a rework takes the claim up again."""
    if case.details.get("payment_verified") and case.state in ("concluded", "closed"):
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


def fund_was_granted(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a payment out of the county's fund that was not granted, or for more than was (保障农民工工资支付条例 63)."""
    if form.get("source") != "emergency_fund":
        return None
    granted = total_of(case.details.get("fund_answered") or ()).quantize(rules.CENT)
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
    return sum((rules.yuan(row["amount"]) for row in payment_rows(paid)), Decimal(0))


def fund_left(case: CaseView) -> Decimal:
    """Return what was advanced out of the county's fund and not recovered yet."""
    back = (rules.yuan(row["amount"]) for row in case.details.get("fund_recovered") or ())
    return max(Decimal(0), advanced(case) - sum(back, Decimal(0)))


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


@dataclass(frozen=True, slots=True)
class Demand:
    """What a payer was last asked to give back to the county's fund and has not: how much, since when, in how many days."""

    payer: str
    left: Decimal
    since: date
    days: int

    @property
    def until(self) -> date:
        """The last day that it gives; a holiday moves on (民法典 203)."""
        return rules.rolled(self.since + timedelta(days=self.days)).due_at.date()


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
        if (still := min(rules.yuan(row["amount"]) - given, left)) > 0:
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


def sums_without(case: CaseView, *grounds: str) -> dict[str, Any]:
    """Drop the sums that an award or a judgment has fixed which counts no longer."""
    return {"sums": None} if (case.details.get("sums") or {}).get("ground") in grounds else {}


def total_of(rows: Iterable[Mapping[str, Any]]) -> Decimal:
    """Return the sum of the rows' amounts."""
    return sum((rules.yuan(row["amount"]) for row in rows), Decimal(0))


def guarantee_was_called(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to record that the wage guarantee was paid out, or not, before it was called."""
    if case.details.get("guarantee_calls"):
        return None
    return Refusal("尚未动用工资保证金", "the wage guarantee has not been called", moot=True)


def guarantee_is_awaited(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to record that the bank does not pay where no call waits for it."""
    if calls_waiting(case.details):
        return None
    return Refusal("没有等待支付的工资保证金", "no call of the guarantee waits for the bank", moot=True)


def calls_waiting(kept: Values) -> list[Values]:
    """Return the calls on a guarantee that nobody has answered, the oldest first."""
    if "calls_open" in kept:
        return list(kept["calls_open"])
    # From when each answer was taken to be one to another call.
    answered = len(kept.get("guarantee_paid") or ()) + len(kept.get("guarantee_refused") or ())
    return list(kept.get("guarantee_calls") or ())[answered:]


def _to_fill_up(kept: Values) -> list[Values]:
    """Return what the bank has paid out of a guarantee that nobody has filled up again, the oldest first."""
    filled = total_of(kept.get("guarantee_topped_up") or ())
    lacking = []
    for paid in kept.get("guarantee_paid") or ():
        filled -= rules.yuan(paid["amount"])
        if filled < 0:
            lacking.append(paid)
    return lacking


def guarantee_stands(what: str) -> Change:
    """Make a change that says whose time runs once this is on file: of several calls, and payouts, that of the oldest open one."""

    def known(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
        called = calls_waiting(case.details)
        # What the bank pays beside its answer answers no later call.
        called = {"guarantee_calls": [*called, form], "guarantee_topped_up": called}.get(what, called[1:])
        paid = _to_fill_up({**case.details, what: [*(case.details.get(what) or ()), form]})
        return {
            "calls_open": called,
            "call_waits": bool(called),
            "call_since": called[0]["notified_on"] if called else None,
            "fill_waits": bool(paid),
            "fill_since": paid[0]["paid_on"] if paid else None,
        }

    return known


def every_worker_was_checked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a check that left workers out."""
    count = len(outstanding(case))
    if form and form["workers_asked"] < count:
        return Refusal(f"须逐人核实到账，共 {count} 人", f"each of the {count} workers must be checked")
    return None
