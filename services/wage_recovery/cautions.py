"""What deserves a second look in a claim (保障农民工工资支付条例 52): pure rules that warn and decide nothing.

Workers are named by their numbers in the roster, other cases by theirs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import Caution
from services.wage_recovery import courts, debts, decisions, duties, orders, rules, serious

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from chassis.workflow import CaseView, Warns

_ABUSE: Final = "保障农民工工资支付条例-52"
_LISTED: Final = "保障农民工工资支付条例-31"
_PAID_OUT: Final = "保障农民工工资支付条例-11"
#: From how many workers on one proof of payment, or payment in cash alone, looks odd.
_SEVERAL: Final = 2


def _numbers(found: Iterable[int]) -> str:
    return "、".join(map(str, sorted(found)))


def _several(groups: Mapping[Any, Iterable[int]], least: int = _SEVERAL) -> list[int]:
    """Return the numbers that share something with so many, each once."""
    return sorted({number for numbers in groups.values() if len({*numbers}) >= least for number in numbers})


# -- the claim -----------------------------------------------------------------


def project_price(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a project's price that is claimed in the name of wages."""
    limits = rules.settings()["suspicion"]
    claim = case.details.get("claim") or {}
    said = f"{case.details.get('text', '')}{claim.get('facts', '')}"
    if words := [word for word in limits["project_price_words"] if word in said]:
        yield Caution(
            "project_price",
            f"诉求中提到“{'”“'.join(words)}”：请核对是否以拖欠工资为名讨要工程款。",
            "The claim speaks of the price of works or goods; check whether it is wages at all.",
            _ABUSE,
        )
    rows = (case.details.get("roster") or {}).get("rows", ())
    large = [
        row["number"]
        for row in rows
        if row["rate_type"] == "piece" and rules.yuan(row["owed"]) >= Decimal(limits["large_piece_sum"])
    ]
    if large:
        yield Caution(
            "large_piece_sum",
            f"序号 {_numbers(large)} 以计件方式主张 {limits['large_piece_sum']} 元以上：请核对是个人劳动报酬还是承包价款。",
            f"Numbers {sorted(large)} claim very large sums by the piece; check whether that is a contract's price.",
            _ABUSE,
        )


# -- the roster ----------------------------------------------------------------


def of_roster(
    rows: Sequence[Mapping[str, Any]], *, claimed: Decimal, labour_share: Decimal | None
) -> Iterator[Caution]:
    """Warn of a roster that looks invented: cards, sums, totals and whose list it is."""
    cards: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.get("card"):
            cards[row["card"]].add(row["number"])
    if shared := _several(cards):
        yield Caution(
            "one_card_for_several",
            f"序号 {_numbers(shared)} 的工资卡末四位相同：请核对是否本人的银行卡。",
            f"Numbers {shared} gave cards that end alike; check whether each has his own.",
            _LISTED,
        )
    people: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        # Of a number whose end is masked too nobody can say whether it is another's.
        if not row["id_number"].endswith("*"):
            people[row["id_number"]].add(row["number"])
    if shared := _several(people):
        yield Caution(
            "one_id_for_several",
            f"序号 {_numbers(shared)} 姓名不同而身份证号（隐去部分）相同：请核对原件，防止虚列人员。",
            f"Numbers {shared} have different names and the same number: look at their papers.",
            _ABUSE,
        )
    yield from _equal_sums(debts.owed_by_worker(rows))
    total = debts.total_owed(rows)
    if total != claimed:
        yield Caution(
            "unlike_the_claim",
            f"花名册合计 {total} 元，登记时主张 {claimed} 元：请核对差额 {abs(total - claimed)} 元的原因。",
            f"The roster comes to {total} yuan, the claim said {claimed}.",
            _ABUSE,
        )
    if labour_share is not None and total > labour_share:
        yield Caution(
            "above_labour_share",
            f"花名册合计 {total} 元，超过合同人工费 {labour_share} 元：请核对是否含有工程款。",
            f"The roster comes to {total} yuan, more than the {labour_share} of labour in the contract.",
            _ABUSE,
        )
    if not cards and len({row.get("team_leader") for row in rows}) == 1 and len({row["number"] for row in rows}) > 1:
        yield Caution(
            "one_leader_and_no_cards",
            "名单均出自同一班组，且无一人登记工资卡：请逐人联系核实签字，不以班组长代签为准。",
            "One team leader's list without a single card: ask each worker whether he signed himself.",
            _LISTED,
        )


def _equal_sums(owed: Mapping[int, Decimal]) -> Iterator[Caution]:
    limits = rules.settings()["suspicion"]
    sums: dict[Decimal, list[int]] = defaultdict(list)
    for number, amount in owed.items():
        if amount and not amount % Decimal(limits["round_to"]):
            sums[amount].append(number)
    if equal := _several(sums, limits["same_sums"]):
        yield Caution(
            "equal_round_sums",
            f"序号 {_numbers(equal)} 的欠付金额相同且为整数：请核对考勤和计薪依据。",
            f"Numbers {equal} are owed equal round sums; check attendance and rates.",
            _ABUSE,
        )


def roster(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of what looks invented in the roster on file."""
    kept = case.details.get("roster")
    if kept:
        share = kept.get("labour_share")
        claimed = Decimal(str(case.details["claim"]["claimed_total"]))
        yield from of_roster(kept["rows"], claimed=claimed, labour_share=None if share is None else Decimal(str(share)))


# -- other claims --------------------------------------------------------------


def claims_alike(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of workers who stand in other rosters as well, and of a group that comes in parts."""
    alike = case.details.get("claims_alike") or {}
    for other in alike.get("same_workers", ()):
        yield Caution(
            "workers_in_another_claim",
            f"花名册中有 {other['workers']} 人也在案件 {other['number']} 的花名册中：请核对是否重复主张。",
            f"{other['workers']} workers stand in the roster of case {other['number']} too.",
            _ABUSE,
        )
    parts = [part for part in alike.get("same_employer", ()) if part["workers"] < debts.GROUP]
    own = int((case.details.get("claim") or {}).get("workers", 0))
    together = own + sum(part["workers"] for part in parts)
    if parts and own < debts.GROUP <= together:
        days = rules.settings()["suspicion"]["together_days"]
        numbers = "、".join(part["number"] for part in parts)
        yield Caution(
            "group_in_parts",
            f"同一用人单位 {days} 日内还有案件 {numbers}，各不足 {debts.GROUP} 人，合计 {together} 人：请核对是否应按集体讨薪报告。",
            f"With cases {numbers} against the same employer they are {together} workers: perhaps a group to be reported.",
            "劳动保障监察条例-14",
        )


# -- prevention, payment, orders ------------------------------------------------


def no_real_name_register(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a roster that no register of the site stands behind."""
    if "real_name_register" in duties.missing(case.details):
        yield Caution(
            "no_real_name_register",
            "项目未实行用工实名登记，花名册无从比对：请以考勤、进出场记录等佐证。",
            "The site keeps no register of real names: back the roster with attendance and gate records.",
            "保障农民工工资支付条例-28",
        )


def payments(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of one proof for several workers, which may be a team leader's receipt, and of cash alone."""
    rows = debts.payment_rows(case.details.get("payments", ()))
    proofs: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row["way"] == "cash":
            proofs[row["proof"].strip()].append(row["number"])
    if shared := _several(proofs):
        yield Caution(
            "one_receipt_for_several",
            f"序号 {_numbers(shared)} 的现金支付使用同一凭证：请逐人核实是否本人领取，防止由班组长代领或者被迫签收。",
            f"Numbers {shared} were paid in cash on one receipt: ask each of them whether he got it himself.",
            _PAID_OUT,
        )
    ways = Counter(row["way"] for row in rows)
    if {*ways} == {"cash"} and len({row["number"] for row in rows}) >= rules.settings()["suspicion"]["same_sums"]:
        yield Caution(
            "cash_only",
            "全部以现金支付，没有银行流水：请由工人本人逐一确认。",
            "All was paid in cash and no bank record stands behind it.",
            _PAID_OUT,
        )


def receipts_doubted(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn, until all is verified, of payments recorded after one that a worker did not confirm: receipts may be forced."""
    kept = case.details
    if kept.get("payment_doubted") and kept.get("payments") and not kept.get("payment_verified"):
        yield Caution(
            "receipts_doubted",
            "曾有支付经核实未获工人确认：再次登记的支付请逐人核对银行流水，防止被迫签收、由他人代领。",
            "A payment was recorded that a worker had not received: hold the new ones against bank records, one by one.",
            _PAID_OUT,
        )


def crime(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn, after an order that was not obeyed, of sums from which on refusing to pay may be a crime."""
    kept = case.details.get("roster")
    if not kept or not orders.over(case, local_date(now)):
        return
    if signs := orders.crime_signs(kept["rows"], debts.outstanding(case)):
        said = "、".join({"one_worker": "一人", "group_of_workers": "十人以上"}[sign] for sign in signs)
        yield Caution(
            "crime_threshold",
            f"责令支付期限已过仍未支付，{said}情形达到数额提示（省定标准未核实）：请与公安机关会商是否移送，本提示不作认定。"
            "刑事立案前付清并依法承担赔偿责任的，可以不认为是犯罪；提起公诉前付清的，可以从轻处理（法释〔2013〕3号第六条，未核实）。",
            "Unpaid after the order, and above the sums from which on it may be a crime (not verified for the province). "
            "Who pays before the case is filed may be no criminal, who pays before the prosecution is dealt with more leniently.",
            "保障农民工工资支付条例-41",
        )


#: What the law says of each matter that looks serious, in Chinese and English.
_FOLLOWS: Final[Mapping[str, tuple[str, str]]] = {
    "publication": (
        "严重拖欠的，由人力资源社会保障行政部门向社会公布",
        "serious arrears are published by the labour authority",
    ),
    "owner_restriction": (
        "县级以上地方人民政府应当限制建设单位新建项目，记入信用记录并公示",
        "the county restricts the owner's new projects and enters it in the credit records",
    ),
    "builder_sanctions": (
        f"责令限期改正逾期不改正的，停工并罚款；{duties.SERIOUS['55']}",
        "not corrected in time it is fined; where it is serious, new works are restricted, the qualification lowered or revoked",
    ),
    "government_funds": (
        "责令限期足额拨付；情节严重的，对有关负责人和责任人员给予处分",
        "the funds are ordered to be paid; where it is serious, those responsible are disciplined",
    ),
}


def looks_serious(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of what looks serious by the law and nobody has reported, with its reasons and what may follow."""
    reported = {row["matter"] for row in case.details.get("serious_reports") or ()}
    for matter, (zh, en) in serious.looks_serious(case, local_date(now)).items():
        if matter not in reported:
            yield Caution(
                f"serious_{matter}",
                f"{zh}：{_FOLLOWS[matter][0]}。由主管部门认定和处理，请「报告情节严重情形」。",
                f"{en}: {_FOLLOWS[matter][1]}; report it, the authority decides.",
                f"保障农民工工资支付条例-{serious.MATTERS[matter]}",
            )


def may_be_listed(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of each payer who has not obeyed an order, in a case that looks serious, and is not proposed for the list of defaulters."""
    today = local_date(now)
    seen = serious.signs(case, today) if debts.unpaid(case) else []
    for order in orders.over(case, today) if seen else ():
        payer = order.get("payer", "employer")
        if payer not in orders.listings(case):
            yield Caution(
                "may_be_listed",
                f"对{rules.said(payer)}的责令支付期满未付，{'；'.join(zh for zh, _ in seen)}："
                "情节严重或者造成严重不良社会影响的，列入失信联合惩戒对象名单，请「建议列入失信名单」。",
                f"The order to pay ({payer}) was not obeyed; {'; '.join(en for _, en in seen)}: propose it for the list.",
                "保障农民工工资支付条例-48",
            )


def orders_over(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of each order that has run out, where several stand: the case's clock shows the next one only."""
    if len(orders.standing(case)) < 2 or not debts.unpaid(case):  # noqa: PLR2004
        return
    undecided = decisions.undecided(case, now)
    for order in (one for one in orders.over(case, local_date(now)) if one["payer"] in undecided):
        yield Caution(
            "order_over",
            f"对{rules.said(order['payer'])}的责令支付期限已于 {orders.last_day(order)} 届满仍未付清：请函请监察对该责任方作出处理。",
            f"The order to pay ({order['payer']}) ran out on {orders.last_day(order)}: ask the authority to decide upon it.",
            "劳动保障监察条例-26",
        )


def arbitration_late(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of an application that the commission may find out of time."""
    if case.details.get("arbitration_late"):
        guess = "（该年放假安排未公布，暂定）" if case.details.get("arbitration_provisional") else ""
        yield Caution(
            "arbitration_late",
            f"按登记的日期，仲裁申请期限已于 {case.details['arbitration_until']} 届满{guess}：请补充中断、中止的证据。",
            f"By the dates on file the time for arbitration ended on {case.details['arbitration_until']}.",
            "劳动争议调解仲裁法-27",
        )


#: Where nobody has applied for arbitration, and may.
_BEFORE_ARBITRATION: Final = (
    *("roster_due", "liable_party_due", "evidence_due", "coordination_due", "coordinated", "mediating"),
    *("settlement_performing", "settlement_broken", "confirmation_refused", "payment_order_pending"),
    *("inspection_pending", "inspection_overdue", "investigating", "investigation_overdue", "decision_pending"),
)


def arbitration_near(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn that the year for arbitration is nearly over, or over, while nobody has applied (劳动争议调解仲裁法 27)."""
    ended, today = (case.details.get("claim") or {}).get("worked_until"), local_date(now)
    if case.state not in _BEFORE_ARBITRATION or not ended:
        return
    found = courts.arbitration_until(date.fromisoformat(str(ended)), None, courts.interruptions_on_file(case, today))
    days = rules.settings()["suspicion"]["arbitration_near_days"]
    if found and found.until <= today + timedelta(days=days):
        yield Caution(
            "arbitration_near",
            f"按用工结束日期和案件上的中断事由，仲裁申请期限至 {found.until}：用工已经结束的，请提醒工人及时申请，或者补记中断证据。",
            f"By what is on file the time for arbitration ends on {found.until}: remind the workers, or have proof of an interruption.",
            "劳动争议调解仲裁法-27",
        )


def settlement(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of an instalment that is over and was not paid, before the last one is due."""
    performing = ("settlement_performing", "confirmation_pending", "confirmation_overdue")
    if case.state.removeprefix("arbitral_") not in performing:
        return
    if late := courts.instalments_late(case, local_date(now)):
        yield Caution(
            "instalment_late",
            f"按调解协议已到期的分期款尚有 {late} 元未付：请催付，确不履行的按“调解协议未履行”办理。",
            f"By the settlement {late} yuan are due and unpaid.",
            "劳动争议调解仲裁法-16",
        )


def blacklist(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of each payer who stands on the list of defaulters although its time is over."""
    for payer, listed in orders.listings(case).items():
        if listed.get("stands") == "listed" and local_date(now) > date.fromisoformat(str(listed["until"])):
            yield Caution(
                "blacklist_over",
                f"失信名单（{rules.said(payer)}）列入期限已于 {listed['until']} 届满：请核对是否已移出并登记。",
                f"The listing ({payer}) was over on {listed['until']}: check that the payer was taken off, and record it.",
                "拖欠农民工工资失信联合惩戒名单",
            )


def listed_without_order(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a payer on the list of defaulters, or proposed for it, whose order was revoked."""
    payers = {order.get("payer") for order in orders.orders(case)} - {one.get("payer") for one in orders.standing(case)}
    for payer, listed in orders.listings(case).items():
        if payer in payers and listed.get("stands") in ("proposed", "listed"):
            yield Caution(
                "listed_without_order",
                f"{rules.said(payer)}的责令支付已被撤销，仍{'列入' if listed['stands'] == 'listed' else '建议列入'}失信名单："
                "请报作出机关核对是否移出或者撤回建议。",
                f"The order ({payer}) was revoked, the listing stands: have it checked.",
                "拖欠农民工工资失信联合惩戒名单",
            )


def partly_won(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a judgment that grants less than is owed, while it may be appealed or its sums are not fixed."""
    if case.state == "judged" and (left := courts.judgment_leaves(case)):
        zh = "可在上诉期内上诉，或者" if not case.details.get("judgment_in_effect") else ""
        yield Caution(
            "partly_won",
            f"裁判支持的金额比尚欠金额少 {left} 元：{zh}由审核人按裁判确定应付金额。",
            f"The judgment grants {left} yuan less than is owed: appeal in time, or have the sums fixed by it.",
            "民事诉讼法-171",
        )


def property_search(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn that nobody has looked for property for half a year after enforcement has ended without any."""
    after = ("partly_paid", "concluded", "closed", "court_enforcing", "enforcement_overdue")
    due = courts.property_search_due(case) if case.state in after else None
    if due and local_date(now) > due:
        yield Caution(
            "property_search",
            f"终结本次执行程序后应于 {due} 前再次查找财产线索：请询问执行法院并登记，发现财产的申请恢复执行。",
            f"Property should have been looked for by {due}: ask the court, and resume the enforcement when some is found.",
            "法〔2016〕373号-9",
        )


def fund_to_recover(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of what the county's fund has advanced and nobody has given back."""
    if left := debts.fund_left(case):
        yield Caution(
            "fund_to_recover",
            f"应急周转金垫付款尚有 {left} 元未追回：请向拖欠工资的用人单位追偿并登记。",
            f"{left} yuan that the county's fund advanced are to be recovered from the employer.",
            "保障农民工工资支付条例-63",
        )


def fund_demand_over(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of each payer who was asked by the county's fund and has not given back in time."""
    for demand in debts.demands(case):
        if local_date(now) > demand.until:
            yield Caution(
                "fund_demand_over",
                f"对{rules.said(demand.payer)}的应急周转金追偿通知期限已于 {demand.until} 届满，尚有 {demand.left} 元未返还。",
                f"{demand.left} yuan were to be given back by {demand.until} ({demand.payer}).",
                "保障农民工工资支付条例-63",
            )


def sums_given_up(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of workers who have agreed to less than the verified roster says."""
    fixed = case.details.get("sums") or {}
    if fixed.get("ground") != "agreed":
        return
    owed = debts.owed_by_worker(case.details["roster"]["rows"])
    less = [row["number"] for row in fixed["rows"] if rules.yuan(row["amount"]) < owed.get(row["number"], 0)]
    if less:
        yield Caution(
            "sums_given_up",
            f"序号 {_numbers(less)} 协商后的金额低于核实的欠付金额：请由审核人逐人核实是否自愿。",
            f"Numbers {less} have agreed to less than was verified: ask each whether he did so freely.",
            "保障农民工工资支付条例-3",
        )


def court_too_early(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of each payer that a court will not enforce the decision upon him before the time to sue against it is over."""
    if case.state not in ("enforcement_due", "court_enforcing", "enforcement_overdue"):
        return
    for decision in decisions.standing(case.details):
        until = str(decision["sued_until"])
        if not decision["applied_on"] and local_date(now).isoformat() <= until:
            yield Caution(
                "court_too_early",
                f"对{rules.said(decision['payer'])}的处理决定，起诉期限至 {until}（未核实）：由作出决定的机关在此后三个月内申请法院强制执行，"
                "申请前应当催告，催告书送达满十日仍不履行方可申请（第54条），请提醒。",
                f"The time to sue against the decision ({decision['payer']}) ends on {until}; the authority asks the court within 3 months "
                "after, once ten days have passed since it urged the payer (article 54).",
                "行政强制法-53",
            )


def court_too_late(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of each decision that the authority has not asked a court to enforce in time (行政强制法 53)."""
    for decision in decisions.standing(case.details):
        until = courts.enforcement_until(case, decisions.GROUND, None, decision["payer"])
        if until and until < local_date(now) and not decision.get("applied_on") and debts.unpaid(case):
            yield Caution(
                "court_too_late",
                f"对{rules.said(decision['payer'])}的处理决定，申请法院强制执行的期限已于 {until} 届满（未核实），没有登记申请："
                "请向作出决定的机关核实是否已经申请，没有申请的请其说明并告知工人其他途径。",
                f"The authority's time to ask a court upon its decision ({decision['payer']}) ended on {until}; nobody has recorded that.",
                "行政强制法-53",
            )


def court_settlement_late(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of what was agreed on in court and fell due without being paid: the court may be asked to go on (民事诉讼法 241)."""
    for row in decisions.settled(case.details):
        if left := min(decisions.late(case.details, row, local_date(now)), debts.unpaid(case)):
            yield Caution(
                "court_settlement_late",
                f"{row['named']}：执行和解协议到期的款项尚有 {left} 元未付，可以申请恢复执行，"
                f"期限自最后一期（{decisions.settled_until(row)}）起二年（未核实）。",
                f"{row['named']}: {left} yuan are late by what was agreed on in court; it may be asked to go on.",
                "民事诉讼法-241",
            )


def court_term_over(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of each decision, or title, that a court has not enforced within its time (法发〔2006〕35号 1)."""
    if case.state not in ("court_enforcing", "enforcement_overdue"):
        return
    for row in decisions.enforced(case.details):
        until = courts.enforced_until(row)
        if until and until < local_date(now):
            yield Caution(
                "court_term_over",
                f"{row['named']}：法院执行期限已于 {until} 届满，请询问法院执行情况。",
                f"{row['named']}: the court's time to enforce it ended on {until}; ask how it stands.",
                "法发〔2006〕35号-1",
            )


WARNINGS: Final[tuple[Warns, ...]] = (
    project_price,
    roster,
    claims_alike,
    no_real_name_register,
    payments,
    receipts_doubted,
    crime,
    looks_serious,
    may_be_listed,
    orders_over,
    arbitration_late,
    arbitration_near,
    settlement,
    blacklist,
    listed_without_order,
    partly_won,
    property_search,
    fund_to_recover,
    fund_demand_over,
    sums_given_up,
    court_too_early,
    court_too_late,
    court_settlement_late,
    court_term_over,
)
