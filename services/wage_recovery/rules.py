"""Who owes whom how much, and what the law lets one do about it.

Guards that judge a form let an empty one pass. Money is Decimal, in yuan.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis.clocks import add_months
from chassis.workcalendar import local_date
from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.workflow import CaseView, Moment, Values

CENT: Final = Decimal("0.01")
GROUP: Final = 10
_INSPECTION_YEARS: Final = 2
_FINAL_MONTHS: Final = 12


@cache
def settings() -> Mapping[str, Any]:
    """Return the numbers of `data/settings.toml`, which no step asks for."""
    return tomllib.loads((Path(__file__).parent / "data" / "settings.toml").read_text("utf-8"))


def yuan(amount: object) -> Decimal:
    """Round an amount to the cent, half up."""
    return Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP)


def article(number: str) -> str:
    """Say an article and its paragraph, such as 第30条第3款 for 30.3."""
    first, _, second = number.partition(".")
    return f"第{first}条" + (f"第{second}款" if second else "")


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

    A party that several rows name counts once; without a cap if one row has none.
    """
    chosen: dict[str, Payer] = {}
    for arrangement, payers in LIABILITY.items():
        if arrangement not in facts["arrangements"]:
            continue
        for payer in payers:
            if payer.agreed and not facts.get("successor_agreed"):
                continue
            known = chosen.get(payer.party)
            if known is None or (known.capped and not payer.capped):
                chosen[payer.party] = payer
    price = facts.get("unpaid_project_price")
    return [
        {
            "party": payer.party,
            "name": str(facts.get(payer.party, "")).strip(),
            "article": payer.article,
            "most": min(owed, yuan(price or 0)) if payer.capped else owed,
            "recourse": payer.recourse,
        }
        for payer in chosen.values()
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


def employer_was_asked(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a file without the employer's papers or a record of asking for them (保障农民工工资支付条例 50)."""
    if not form or form["employer_produced"] or form["employer_asked_on"]:
        return None
    return Refusal(
        "用人单位未提供台账等材料的，须记录要求其提供的日期（不提供的承担不利后果）",
        "the employer bears the burden of its records: say when it was asked for them",
    )


# -- payment -------------------------------------------------------------------


def left_to_pay(roster: Iterable[Mapping[str, Any]], paid: Iterable[Mapping[str, Any]]) -> dict[int, Decimal]:
    """Return what each worker of a roster still gets, by number, after some payment rows; never below 0."""
    left = owed_by_worker(roster)
    for row in paid:
        if row["number"] in left:
            left[row["number"]] = max(Decimal(0), left[row["number"]] - yuan(row["amount"]))
    return left


def payment_rows(payments: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows of several payments, one after the other."""
    return [row for payment in payments for row in payment["rows"]]


def outstanding(case: CaseView, more: Iterable[Mapping[str, Any]] = ()) -> dict[int, Decimal]:
    """Return what each worker still gets, by number, after the payments on file and some more."""
    roster = (case.details.get("roster") or {}).get("rows", ())
    return left_to_pay(roster, [*payment_rows(case.details.get("payments", ())), *more])


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
    parts = {number: Decimal(int(share * 100)) / 100 for number, share in exact.items()}
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
    """Refuse to doubt what was not recorded."""
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


def every_worker_was_checked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a check that left workers out."""
    count = len(outstanding(case))
    if form and form["workers_asked"] < count:
        return Refusal(f"须逐人核实到账，共 {count} 人", f"each of the {count} workers must be checked")
    return None


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


def settlement_is_signed(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an agreement that lacks a signature or the seal (劳动争议调解仲裁法 14)."""
    missing = [
        name for name in ("workers_signed", "payer_signed", "mediator_signed", "sealed") if form and not form[name]
    ]
    if missing:
        return Refusal(
            "调解协议书须由双方和调解员签名并加盖印章后生效", f"not in effect: {', '.join(missing)} is missing"
        )
    return None


def days_until(last: object, on: date) -> int:
    """Return the days from a day until another, at least 1."""
    return max(1, (date.fromisoformat(str(last)) - on).days)


# -- inspection ----------------------------------------------------------------


def inspection_is_in_time(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse what ended more than two years ago (劳动保障监察条例 20)."""
    if not form or form["still_going_on"]:
        return None
    if form["ended_on"] is None:
        return Refusal("须填写欠薪行为终了之日", "say on which day the arrears ended")
    if add_months(form["ended_on"], 12 * _INSPECTION_YEARS) < local_date(moment.now):
        return Refusal(
            "违法行为终了已超过二年，劳动监察不再查处，应告知仲裁、诉讼途径",
            "the inspection does not act after two years; tell of arbitration and lawsuit",
        )
    return None


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


def order_was_disobeyed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to speak of a crime before an authority ordered payment in vain (刑法 276-1)."""
    if not case.details.get("order"):
        return Refusal("未经政府有关部门责令支付，不构成移送条件", "no authority has ordered payment yet")
    if not unpaid(case):
        return Refusal("工资已经付清", "all wages are paid")
    return None


# -- arbitration ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limitation:
    """A time in which a right is to be used: from when it runs, its last day, and what made it run anew or stand still."""

    since: date
    until: date
    counted: tuple[date, ...] = ()
    ignored: tuple[date, ...] = ()
    stood_still: int = 0


def limitation(
    since: date, months: int, interrupted: Iterable[date] = (), paused: Iterable[tuple[date, date]] = ()
) -> Limitation:
    """Count a time of so many months that runs anew from each interruption and stands still in each pause.

    What happened before it ran, or after it was over, changes nothing; a pause is from a day until
    the day on which the hindrance was gone.
    """
    until, free = add_months(since, months), since
    counted: list[date] = []
    ignored: list[date] = []
    still = 0
    events = sorted([(day, day) for day in interrupted] + [(start, end) for start, end in paused if end > start])
    for start, end in events:
        if start > until or max(start, end) < since:
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
            until, free, still = until + timedelta(days=days), max(free, end), still + days
    return Limitation(since, until, tuple(counted), tuple(ignored), still)


def arbitration_until(ended_on: date | None, interrupted_on: Iterable[date | None] = ()) -> date | None:
    """Return the last day to apply for arbitration, or None while employment lasts.

    One year from its end, counted anew from the last claim or acknowledgement, which is taken to have come in
    time (劳动争议调解仲裁法 27); `limitation` looks at each of them.
    """
    if ended_on is None:
        return None
    latest = max([ended_on, *(day for day in interrupted_on if day is not None)])
    return limitation(latest, 12).until


def final_limit(minimum_wage: Decimal) -> Decimal:
    """Return up to which sum an item of an award is final: twelve monthly minimum wages (劳动争议调解仲裁法 47)."""
    return minimum_wage * _FINAL_MONTHS


def award_is_final(items: Iterable[Mapping[str, Any]], minimum_wage: Decimal) -> bool:
    """Whether an award is final: no item above twelve monthly minimum wages (劳动争议调解仲裁法 47; 解释一 19)."""
    return all(yuan(row["amount"]) <= final_limit(minimum_wage) for row in items)


def award_is_in_effect(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to enforce an award that may still be taken to court (劳动争议调解仲裁法 50)."""
    if case.details.get("award_is_final") or case.details.get("award_in_effect"):
        return None
    return Refusal("非终局裁决十五日起诉期未满，尚未生效", "the fifteen days to sue against the award are not over")


def order_until(days: int, on: date) -> date:
    """Return the last day of an order given so many days."""
    return on + timedelta(days=days)
