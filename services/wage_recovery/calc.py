"""What wage recovery computes without a case: rosters, who is liable, limitations, flags, compensation, shares, cover.

Money is Decimal, in yuan; the arithmetic stands in `rules.py`, the numbers that nobody asks for in `data/settings.toml`.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.calc import CalcError, Computation, Line, Reckoning
from chassis.clocks import Period, Unit, add
from chassis.workcalendar import standard_calendar
from services.wage_recovery import courts, debts, orders, rules, schemas
from services.wage_recovery.duties import SERIOUS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from chassis.clocks import Deadline
    from chassis.workflow import Values

_WAGES: Final = "保障农民工工资支付条例"
_ARBITRATION: Final = "劳动争议调解仲裁法"
_INSPECTION: Final = "劳动保障监察条例"
_NOTHING: Final = Decimal("0.00")
#: Twofold wages for want of a written contract are owed from the second month to the twelfth.
_CONTRACT_MONTHS: Final = (1, 12)
_MINIMUM_WAGE: Final = "当地月最低工资标准（由填写人提供，请与现行公布标准核对）"


_zh = rules.said


def _en(value: str) -> str:
    return rules.terms().value(value, "en")


def _basis(act: str, article: str) -> str:
    return f"{act}-{article.partition('.')[0]}"


# -- roster --------------------------------------------------------------------


def roster(form: Values) -> Reckoning:
    """Add up a roster: rate times quantity, less deductions and payments, row by row and worker by worker."""
    rows, lines = [], []
    for index, row in enumerate(form["rows"]):
        owed = debts.row_owed(row)
        if owed < 0:
            raise CalcError(
                f"第{index + 1}行：已付和扣除超过应得 {debts.row_earned(row)} 元",
                f"row {index + 1}: more was paid and deducted than the {debts.row_earned(row)} yuan earned",
                f"/rows/{index}",
            )
        rows.append({**row, "owed": owed})
        lines.append(
            Line(
                f"序号 {row['number']}（{_zh(row['rate_type'])}）：{row['unit_rate']} × {row['quantity']}"
                f" − 扣除 {row['deductions']} − 已付 {row['paid']} = {owed} 元",
                f"number {row['number']}: {row['unit_rate']} × {row['quantity']}"
                f" - {row['deductions']} - {row['paid']} = {owed} yuan",
                _basis(_WAGES, "31"),
            )
        )
    owed_by_worker, total = debts.owed_by_worker(rows), debts.total_owed(rows)
    lines.append(
        Line(
            f"共 {len(owed_by_worker)} 人，合计 {total} 元", f"{len(owed_by_worker)} workers, {total} yuan together", ""
        )
    )
    result: dict[str, Any] = {
        "workers": len(owed_by_worker),
        "group": len(owed_by_worker) >= debts.GROUP,
        "owed_total": total,
        "by_worker": [{"number": number, "owed": owed} for number, owed in owed_by_worker.items()],
    }
    if result["group"]:
        lines.append(_group_line(len(owed_by_worker)))
    if form["claimed_total"] is not None:
        result |= _compared(total, form["claimed_total"], lines)
    unsure = []
    if form["monthly_minimum_wage"] is not None:
        result["below_minimum"] = _below_minimum(rows, form["monthly_minimum_wage"], lines)
        unsure.append(_MINIMUM_WAGE)
    if twofold := _twofold(rows, lines):
        result["twofold_wage"] = twofold
    return Reckoning(result, lines, unsure)


def _group_line(workers: int) -> Line:
    return Line(
        f"{workers} 人，达到 {debts.GROUP} 人：按集体讨薪立即报告",
        f"{workers} workers, {debts.GROUP} or more: a group claim, to be reported at once",
        _basis(_INSPECTION, "14"),
    )


def _compared(total: Decimal, claimed: Decimal, lines: list[Line]) -> dict[str, Any]:
    difference = total - claimed
    said = "一致" if not difference else f"相差 {difference} 元，须核对"
    lines.append(
        Line(
            f"主张总额 {claimed} 元，与花名册{said}",
            f"the claim says {claimed} yuan: {'the same' if not difference else f'{difference} yuan apart'}",
            _basis(_WAGES, "52") if difference else "",
        )
    )
    return {"matches": not difference, "difference": difference}


def _below_minimum(rows: list[dict[str, Any]], minimum: Decimal, lines: list[Line]) -> list[dict[str, Any]]:
    """Return by how much what was earned in the months owed lies below the minimum wage, worker by worker."""
    earned: dict[int, Decimal] = {}
    for row in rows:
        earned[row["number"]] = earned.get(row["number"], _NOTHING) + debts.row_earned(row)
    found = []
    for number, months in orders.months_by_worker(rows).items():
        gap = rules.yuan(minimum * months) - earned[number]
        if gap > 0:
            found.append({"number": number, "gap": gap})
            lines.append(
                Line(
                    f"序号 {number}：{months} 个月应得 {earned[number]} 元，低于最低工资 {minimum} × {months}，差额 {gap} 元"
                    "（提供正常劳动的，应当补足）",
                    f"number {number}: {earned[number]} yuan for {months} months, {gap} below the minimum wage",
                    _basis(_INSPECTION, "26"),
                )
            )
    return found


def _a_month_of(row: Mapping[str, Any]) -> Decimal | None:
    """Return what a row earns a month: its rate, or what it has earned over the months that it is owed for."""
    if row["rate_type"] == "month":
        rate: Decimal = row["unit_rate"]
        return rate
    return debts.row_earned(row) / row["months_owed"] if row["months_owed"] else None


def _twofold(rows: list[dict[str, Any]], lines: list[Line]) -> list[dict[str, Any]]:
    """Return the second wage for months without a written contract, for information: the second to the twelfth."""
    first, last = _CONTRACT_MONTHS
    found = []
    for row in rows:
        months = min(max(row["months_without_contract"] - first, _NOTHING), Decimal(last - first))
        if not months:
            continue
        monthly = _a_month_of(row)
        if monthly is None:
            lines.append(
                Line(
                    f"序号 {row['number']}：未订立书面劳动合同，但未填欠薪月数，无法折算月工资，二倍工资未计算",
                    f"number {row['number']}: without the months owed its monthly wage is not known, nor the second wage",
                    "劳动合同法-82",
                )
            )
            continue
        extra = rules.yuan(monthly * months)
        found.append({"number": row["number"], "extra": extra})
        lines.append(
            Line(
                f"序号 {row['number']}：未订立书面劳动合同，第2个月起计 {months} 个月，可另行主张 {extra} 元"
                "（仅供参考，不计入欠薪）",
                f"number {row['number']}: {months} months without a written contract, {extra} yuan more may be claimed;"
                " not counted in",
                "劳动合同法-82",
            )
        )
    return found


# -- who is liable -------------------------------------------------------------


def liable(form: Values) -> Reckoning:
    """Say who must pay a sum, in order, up to how much and by which article."""
    parties = debts.liable_parties(form, form["owed"])
    lines = [_party_line(place, row) for place, row in enumerate(parties, start=1)]
    unsure = []
    if debts.order_is_open(parties):
        unsure.append("第29条第2款与第30条两个“先行”之间的先后（条例没有写明）")
        lines.append(
            Line(
                "第29条第2款的建设单位“先行垫付”和第30条的施工总承包单位“先行清偿”之间谁先谁后，条例没有写明：此处按垫付在前排列，"
                "建设单位以未结清的工程款为限；这不妨碍要求施工总承包单位就全部欠薪先行清偿，由认定人员按欠薪原因确定",
                "nothing says who comes first where an owner advances (29 II) and a general contractor pays first (30): the advance stands first "
                "here, up to its cap; the contractor may be asked for all of it",
                _basis(_WAGES, "29"),
            )
        )
    if form["price_disputed"]:
        lines.append(
            Line(
                "因工程数量、质量、造价等产生的争议，不是不拨付人工费用、不代发工资的理由",
                "disputes on quantity, quality or price excuse nobody from paying the labour cost or the wages",
                _basis(_WAGES, "35"),
            )
        )
    if form["employer_cannot_pay"]:
        lines.append(
            Line(
                "用人单位一时难以支付或者逃匿的，县级以上人民政府可以动用应急周转金先行垫付部分工资或者基本生活费，再依法追偿",
                "the county may advance part of the wages or living costs, and recovers them from the employer",
                _basis(_WAGES, "63"),
            )
        )
    if "merged_or_split" in form["arrangements"] and not form["successor_agreed"]:
        lines.append(
            Line(
                "合并或者分立的，由原用人单位事先清偿；经与农民工书面协商一致的，才可由承继单位清偿",
                "the old employer pays before it merges or splits; its successor only where the workers agreed in writing",
                _basis(_WAGES, "21"),
            )
        )
    capped = [row["most"] for row in parties if row["most"] < form["owed"]]
    result = {
        "liable": parties,
        "pays_first": parties[0]["party"],
        "emergency_fund": form["employer_cannot_pay"],
        "left_over": form["owed"] - capped[0] if capped and len(parties) == len(capped) else _NOTHING,
    }
    return Reckoning(result, lines, unsure)


def _party_line(place: int, row: Mapping[str, Any]) -> Line:
    name = f"（{row['name']}）" if row["name"] else ""
    pays = "先行清偿后可以依法追偿" if row["recourse"] else "清偿"
    # An owner that is late with the price owes no wages: it advances them, up to what it has not paid (29 II).
    most = f"以 {row['most']} 元为限"
    if row["capped"]:
        pays, most = "先行垫付", f"以未结清的工程款为限，最多 {row['most']} 元"
    return Line(
        f"{place}. {_zh(row['party'])}{name}：按{rules.articles(row['articles'])}{pays}，{most}",
        f"{place}. {_en(row['party'])}: by article {', '.join(row['articles'])}"
        + (", advances" if row["capped"] else "")
        + f" up to {row['most']} yuan"
        + (", with recourse" if row["recourse"] else ""),
        _basis(_WAGES, row["article"]),
    )


# -- limitations ---------------------------------------------------------------


def limitation(form: Values) -> Reckoning:
    """Say until when one may apply for arbitration, inspection, a lawsuit on an IOU, and enforcement."""
    breaks = [row["on"] for row in form["interruptions"]]
    pauses = [(row["since"], row["until"]) for row in form["pauses"]]
    result: dict[str, Any] = {}
    lines: list[Line] = []
    if form["still_employed"]:
        result["arbitration"] = {"until": None, "late": False}
        lines.append(
            Line(
                "劳动关系存续期间追索劳动报酬，不受一年仲裁时效限制",
                "while employment lasts a claim for wages knows no limitation",
                _basis(_ARBITRATION, "27.4"),
            )
        )
    elif form["employed_until"]:
        found = courts.for_arbitration(form["employed_until"], breaks, pauses)
        years = rules.law_on("arbitration_limitation", form["employed_until"])
        result["arbitration"] = _counted_out("申请仲裁", "to apply for arbitration", years, found, form, lines, "27.4")
    if form["arrears_ended_on"]:
        found = courts.Limitation(form["arrears_ended_on"], orders.inspection_until(form["arrears_ended_on"]))
        years = rules.law_on("inspection_limitation", form["arrears_ended_on"])
        result["inspection"] = _counted_out(
            "向劳动监察投诉", "to complain to the inspection", years, found, form, lines, "20", _INSPECTION
        )
    if form["iou_due_on"]:
        found = courts.limitation(form["iou_due_on"], 36, breaks)
        result["iou"] = _counted_out("凭欠条起诉", "to sue on the IOU", 3, found, form, lines, "188", "民法典")
    if form["performance_due_on"]:
        found = courts.limitation(form["performance_due_on"], 24, breaks)
        result["enforcement"] = _counted_out(
            "申请强制执行", "to apply for enforcement", 2, found, form, lines, "250", "民事诉讼法"
        )
    if pauses and any(form[name] for name in ("arrears_ended_on", "iou_due_on", "performance_due_on")):
        lines.append(
            Line(
                "填写的中止只计入仲裁时效；其他期间的中止由受理机关认定",
                "the pauses are counted for arbitration only; for the other times the authority says so",
                _basis(_ARBITRATION, "27"),
            )
        )
    if form["arrears_ended_on"]:
        lines.append(
            Line(
                "监察的二年不按休息日顺延，宜在截止日之前提出",
                "the two years of the inspection are not moved off holidays: act before they end",
                _basis(_INSPECTION, "20"),
            )
        )
    unsure = ["民法典第188条、民事诉讼法第250条的期间"] if form["iou_due_on"] or form["performance_due_on"] else []
    return Reckoning(result, lines, unsure)


def _counted_out(
    zh: str,
    en: str,
    years: int,
    found: courts.Limitation,
    form: Values,
    lines: list[Line],
    article: str,
    act: str = _ARBITRATION,
    /,
) -> dict[str, Any]:
    late = found.until < form["as_of"]
    moved = "（遇法定休假日顺延）" if found.moved else ""
    moved += "（该年放假安排未公布，暂定）" if found.provisional else ""
    moved_en = " (moved off the holidays)" if found.moved else ""
    moved_en += " (provisional: that year's calendar is not published)" if found.provisional else ""
    again = f"，最近一次中断 {found.counted[-1]} 起重新计算" if found.counted else ""
    still = f"，中止 {found.stood_still} 日顺延" if found.stood_still else ""
    lines.append(
        Line(
            f"{zh}：自 {found.since} 起 {years} 年{again}{still}，至 {found.until}{moved}；"
            + ("已超过" if late else f"截至 {form['as_of']} 未超过"),
            f"{en}: {years} year{'s' if years > 1 else ''} from {found.since}, until {found.until}{moved_en}: {'too late' if late else 'in time'}",
            _basis(act, article),
        )
    )
    lines += [
        Line(
            f"{zh}：{day} 的行为不在期间内，不引起中断或者中止",
            f"{en}: what happened on {day} lies outside and changes nothing",
            _basis(act, article),
        )
        for day in found.ignored
    ]
    return {
        "since": found.since,
        "until": found.until,
        "late": late,
        "provisional": found.provisional,
        "interrupted_on": list(found.counted),
        "ignored": list(found.ignored),
        "stood_still_days": found.stood_still,
    }


# -- flags ---------------------------------------------------------------------


def flags(form: Values) -> Reckoning:
    """Flag what may be a crime, which items of an award are final, and whether the claim is a group's. Decides nothing."""
    standing = orders.CrimeThreshold.standing()
    bounds = orders.CrimeThreshold(
        person=standing.person if form["person_threshold"] is None else form["person_threshold"],
        group=standing.group if form["group_threshold"] is None else form["group_threshold"],
        months=standing.months,
    )
    left = debts.owed_by_worker(form["rows"])
    signs = orders.crime_signs(form["rows"], left, bounds)
    alone = orders.crime_workers(form["rows"], left, bounds)
    unpaid = [owed for owed in left.values() if owed]
    total = sum(unpaid, _NOTHING)
    ordered = form["order_until"] and rules.rolled(form["order_until"])
    until = ordered.due_at.date() if ordered else None
    disobeyed = until is not None and until < form["as_of"]
    lines = [
        Line(
            f"（一）一人 {bounds.months} 个月以上且 {bounds.person} 元以上：{'序号 ' + '、'.join(map(str, alone)) if alone else '无'}",
            f"(a) one worker, {bounds.months} months and {bounds.person} yuan or more: {alone or 'nobody'}",
            "法释〔2013〕3号-3",
        ),
        Line(
            f"（二）{debts.GROUP} 人以上且累计 {bounds.group} 元以上：{len(unpaid)} 人、{total} 元，"
            + ("达到" if "group_of_workers" in signs else "未达到"),
            f"(b) {debts.GROUP} workers and {bounds.group} yuan or more: {len(unpaid)} workers, {total} yuan",
            "法释〔2013〕3号-3",
        ),
        *([_moved(form["order_until"], ordered)] if ordered and ordered.rolled else []),
        Line(_ordered(until, disobeyed=disobeyed), _ordered_en(until), "刑法-276-1"),
    ]
    may_be_crime = bool(signs) and disobeyed
    if may_be_crime:
        lines.append(
            Line(
                "数额和责令两项条件具备；是否有能力支付而不支付或者转移财产、逃匿，由公安机关查明，本结果只作提示",
                "the sum and the order are there; whether the payer could pay or fled is for the police: a warning only",
                _basis(_WAGES, "41"),
            )
        )
    group = len(left) >= debts.GROUP
    if group:
        lines.append(_group_line(len(left)))
    result: dict[str, Any] = {
        "crime_signs": signs,
        "crime_workers": alone,
        "order_disobeyed": disobeyed,
        "may_be_crime": may_be_crime,
        "group": group,
    }
    sums_given = form["person_threshold"] is not None and form["group_threshold"] is not None
    unsure = [] if sums_given else [rules.settings()["crime"]["name"]]
    if form["items"]:
        result |= _award(form["items"], form["monthly_minimum_wage"], lines)
        unsure.append(_MINIMUM_WAGE)
    return Reckoning(result, lines, unsure)


def _moved(last: date, found: Deadline) -> Line:
    """Say that an order's last day is a holiday, and moves on for the payer who must act by it."""
    guess = "（该年放假安排未公布，暂定）" if found.provisional else ""
    return Line(
        f"责令支付期限的末日 {last} 为法定休假日，顺延至 {found.due_at.date()}{guess}；以工作日计的期限末日就是工作日，不必顺延",
        f"the order's last day {last} is a holiday: it runs until {found.due_at.date()}",
        _basis("民法典", "203"),
    )


def _ordered(until: date | None, *, disobeyed: bool) -> str:
    if until is None:
        return "未经政府有关部门责令支付：尚不具备移送条件"
    return f"责令支付期限至 {until}，" + ("已届满仍未支付" if disobeyed else "尚未届满")


def _ordered_en(until: date | None) -> str:
    return "no authority has ordered payment yet" if until is None else f"the order to pay ran until {until}"


def _award(items: list[dict[str, Any]], minimum: Decimal, lines: list[Line]) -> dict[str, Any]:
    limit = courts.final_limit(minimum)
    judged = []
    for row in items:
        final = courts.award_is_final([row], minimum)
        judged.append({**row, "final": final})
        lines.append(
            Line(
                f"{_zh(row['item'])} {row['amount']} 元，{'不超过' if final else '超过'}十二个月最低工资 {limit} 元",
                f"{_en(row['item'])}: {row['amount']} yuan, {'within' if final else 'above'} twelve minimum wages, {limit}",
                _basis(_ARBITRATION, "47"),
            )
        )
    final = courts.award_is_final(items, minimum)
    lines.append(
        Line(
            "各项均不超过，为终局裁决：劳动者可在十五日内起诉，用人单位只能在三十日内申请中级人民法院撤销"
            if final
            else "有一项超过，不是终局裁决：任何一方可在十五日内起诉，期满不起诉的生效",
            "final: the worker may sue in 15 days, the employer may only ask the intermediate court to set it aside"
            if final
            else "not final: either side may sue in 15 days",
            _basis(_ARBITRATION, "49" if final else "50"),
        )
    )
    return {"items": judged, "award_is_final": final}


# -- compensation --------------------------------------------------------------


def compensation(form: Values) -> Reckoning:
    """Return the extra compensation of 50 to 100 %, which is due only after an order to pay has run out."""
    basis = _basis(_INSPECTION, "26")
    ordered = rules.rolled(form["order_until"])
    until = ordered.due_at.date()
    if form["as_of"] <= until:
        raise CalcError(
            f"责令支付期限至 {until}，届满仍未支付的才加付赔偿金",
            f"the order to pay runs until {until}; compensation is due only after it was not obeyed",
            "/as_of",
        )
    if not form["unpaid"]:
        raise CalcError("已经付清，不加付赔偿金", "all is paid: no compensation is due", "/unpaid")
    least, most = orders.compensation_range(form["unpaid"])
    lines = [
        *([_moved(form["order_until"], ordered)] if ordered.rolled else []),
        Line(
            f"责令支付期限 {until} 届满，截至 {form['as_of']} 仍有 {form['unpaid']} 元未付",
            f"the order ran out on {until}; {form['unpaid']} yuan are unpaid",
            basis,
        ),
        Line(f"加付赔偿金 50% 以上 100% 以下：{least} 元至 {most} 元", f"50 to 100 %: {least} to {most} yuan", basis),
    ]
    result: dict[str, Any] = {"least": least, "most": most}
    if form["percent"] is not None:
        amount = rules.yuan(form["unpaid"] * form["percent"] / 100)
        result |= {"compensation": amount, "with_compensation": form["unpaid"] + amount}
        lines.append(
            Line(
                f"{form['unpaid']} × {form['percent']}% = {amount} 元，连同工资共 {form['unpaid'] + amount} 元",
                f"{form['unpaid']} × {form['percent']} % = {amount}, {form['unpaid'] + amount} with the wages",
                basis,
            )
        )
    return Reckoning(result, lines)


# -- part payments -------------------------------------------------------------


def distribution(form: Values) -> Reckoning:
    """Share a part payment out in proportion to what each worker is owed, to the cent, by the largest remainder."""
    owed = debts.owed_by_worker(form["rows"])
    total = sum(owed.values(), _NOTHING)
    if form["amount"] > total:
        raise CalcError(
            f"支付额 {form['amount']} 元超过欠付总额 {total} 元",
            f"{form['amount']} yuan are more than the {total} yuan owed",
            "/amount",
        )
    parts = debts.distribute(form["amount"], owed)
    lines = [
        Line(
            f"{form['amount']} 元按各人欠付额占 {total} 元的比例分配，先取到分，余下的分给小数部分最大的人",
            f"{form['amount']} yuan in proportion to {total}; left-over cents go to the largest remainders",
            _basis(_WAGES, "31"),
        ),
        *(
            Line(
                f"序号 {number}：欠 {owed[number]} 元，得 {part} 元，尚欠 {owed[number] - part} 元",
                f"number {number}: owed {owed[number]}, gets {part}, {owed[number] - part} left",
                _basis(_WAGES, "11"),
            )
            for number, part in parts.items()
        ),
    ]
    rows = [
        {"number": number, "owed": owed[number], "amount": part, "left": owed[number] - part}
        for number, part in parts.items()
    ]
    return Reckoning({"rows": rows, "paid": form["amount"], "left": total - form["amount"]}, lines)


# -- guarantee -----------------------------------------------------------------


def guarantee(form: Values) -> Reckoning:
    """Say what the wage guarantee, the special account and the owner's advance cover of what is owed."""
    numbers = rules.settings()["guarantee"]
    if form["guarantee_used"] > form["guarantee"]:
        raise CalcError("已动用额超过工资保证金", "more was used than the guarantee holds", "/guarantee_used")
    left, lines, sources = form["owed"], [], []
    for source, held, article in (
        ("special_account", form["special_account_balance"], "31"),
        ("wage_guarantee", form["guarantee"] - form["guarantee_used"], "32"),
        ("owner_advance", form["unpaid_project_price"], "29.2"),
    ):
        amount = min(left, held)
        left -= amount
        sources.append({"source": source, "held": held, "amount": amount})
        lines.append(
            Line(
                f"{_zh(source)}：可用 {held} 元，支付 {amount} 元，尚欠 {left} 元（{rules.article(article)}）",
                f"{_en(source)}: {held} yuan there, {amount} used, {left} left",
                _basis(_WAGES, article),
            )
        )
    ratio = _ratio(form["owed"] - left, form["owed"])
    result: dict[str, Any] = {"sources": sources, "covered": form["owed"] - left, "left": left, "coverage": ratio}
    lines.append(
        Line(f"覆盖 {ratio}%，缺口 {left} 元", f"{ratio} % covered, {left} yuan missing", _basis(_WAGES, "32"))
    )
    result |= _stored(form, numbers, lines)
    if form["used_on"]:
        result |= _times(form["used_on"], numbers, lines)
    result |= _opened_and_given_back(form, numbers, lines)
    return Reckoning(result, lines, [numbers["name"]])


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return rules.yuan(part * 100 / whole) if whole else Decimal("100.00")


def _stored(form: Values, numbers: Mapping[str, Any], lines: list[Line]) -> dict[str, Any]:
    """Compare what is stored with the share of the contract that the rules ask for."""
    least, most = (rules.yuan(form["contract_amount"] * Decimal(numbers[name])) for name in ("least", "most"))
    floor = rules.yuan(form["contract_amount"] * Decimal(numbers["floor"]))
    shares = "–".join(f"{Decimal(numbers[name]) * 100:.0f}%" for name in ("least", "most"))
    years, small = form["years_without_arrears"], form["contract_amount"] < Decimal(numbers["exempt_below"])
    clean = years or 0
    may_be_exempt = clean >= numbers["years_exempt"] or (small and (years is None or clean >= numbers["years_small"]))
    may_be_lowered = years is None or clean >= numbers["years_lowered"]
    lines.append(
        Line(
            f"{_zh(form['guarantee_form'])}：合同价 {form['contract_amount']} 元，按 {shares} 应存 {least} 元至 {most} 元"
            f"（下浮不低于 {floor} 元），已存 {form['guarantee']} 元"
            + ("；符合免存条件（合同价较低且一年内无拖欠，或者三年无拖欠）的可以免存" if may_be_exempt else "")
            + ("；二年无拖欠的可以下浮" if may_be_lowered else "；未满二年无拖欠，不下浮"),
            f"{shares} of {form['contract_amount']}: {least} to {most} yuan, never below {floor};"
            f" {form['guarantee']} are stored",
            "工资保证金规定",
        )
    )
    return {
        "least": least,
        "most": most,
        "floor": floor,
        "may_be_exempt": may_be_exempt,
        "may_be_lowered": may_be_lowered,
        "stored_enough": may_be_exempt or form["guarantee"] >= (floor if may_be_lowered else least),
    }


def _times(used_on: date, numbers: Mapping[str, Any], lines: list[Line]) -> dict[str, Any]:
    """Count the working days in which the bank pays, and those in which the guarantee is topped up after that."""
    calendar = standard_calendar()
    days, more = numbers["paid_within_workdays"], numbers["topped_up_within_workdays"]
    pay = add(used_on, Period(days, Unit.WORKDAY), calendar=calendar)
    paid_by = pay.due_at.date()
    top = add(paid_by, Period(more, Unit.WORKDAY), calendar=calendar)
    lines.append(
        Line(
            f"{used_on} 通知动用，银行须在 {days} 个工作日内支付，至 {paid_by}；"
            f"自该日支付起算，{more} 个工作日内补足，至 {top.due_at.date()}",
            f"asked for on {used_on}: the bank pays by {paid_by}; topped up by {top.due_at.date()}",
            "工资保证金规定",
        )
    )
    return {
        "paid_by": paid_by,
        "topped_up_by": top.due_at.date(),
        "provisional": pay.provisional or top.provisional,
    }


def _opened_and_given_back(form: Values, numbers: Mapping[str, Any], lines: list[Line]) -> dict[str, Any]:
    """Count by when a guarantee is stored after its contract, and from when it may be given back after the works."""
    found: dict[str, Any] = {}
    if signed := form["contract_signed_on"]:
        days = numbers["opened_within_workdays"]
        found["open_by"] = add(signed, Period(days, Unit.WORKDAY), calendar=standard_calendar()).due_at.date()
        lines.append(
            Line(
                f"{signed} 签订合同，{days} 个工作日内存储，至 {found['open_by']}",
                f"the contract is of {signed}: stored within {days} working days, by {found['open_by']}",
                "工资保证金规定",
            )
        )
    if posted := form["completion_posted_on"]:
        days = numbers["refund_posted_days"]
        found["refund_from"] = posted + timedelta(days=days + 1)
        lines.append(
            Line(
                f"完工后自 {posted} 公示 {days} 日无拖欠的，{found['refund_from']} 起可以申请返还",
                f"posted from {posted} for {days} days that nothing is owed: given back from {found['refund_from']}",
                "工资保证金规定",
            )
        )
    return found


# -- duties --------------------------------------------------------------------


def duties(form: Values) -> Reckoning:
    """Say which preventive duties are not met, and what that costs when it is not put right in time."""
    known = {row["code"]: row for row in rules.settings()["duty"]}
    lines, missing = [], []
    for row in form["duties"]:
        duty = known[row["duty"]]
        if row["met"]:
            lines.append(
                Line(f"{_zh(row['duty'])}：已落实", f"{_en(row['duty'])}: met", _basis(_WAGES, duty["article"]))
            )
            continue
        unit, persons = duty["unit"], duty.get("persons", ())
        lines.append(
            Line(
                f"{_zh(row['duty'])}：未落实（第{duty['article']}条）。由有关部门责令限期改正；逾期不改正的，"
                + ("责令项目停工，并" if duty.get("stop_work") else "")
                + f"对单位处 {unit[0]} 元至 {unit[1]} 元罚款"
                + (f"，对有关责任人员处 {persons[0]} 元至 {persons[1]} 元罚款" if persons else "")
                + (f"；{serious}" if (serious := SERIOUS.get(duty["fine_article"])) else ""),
                f"{_en(row['duty'])}: not met; if not corrected in time, a fine of {unit[0]} to {unit[1]} yuan",
                _basis(_WAGES, duty["fine_article"]),
            )
        )
        missing.append(
            {
                "duty": row["duty"],
                "article": duty["article"],
                "fine_article": duty["fine_article"],
                "least": Decimal(unit[0]),
                "most": Decimal(unit[1]),
                "stop_work": bool(duty.get("stop_work")),
                "serious": SERIOUS.get(duty["fine_article"], ""),
            }
        )
    return Reckoning({"missing": missing, "all_met": not missing}, lines)


COMPUTATIONS: Final = (
    Computation("roster", schemas.WageRoster, roster, "花名册核算", "Roster"),
    Computation("liable", schemas.LiabilityQuestion, liable, "清偿责任主体", "Who is liable"),
    Computation("limitation", schemas.LimitationQuestion, limitation, "时效和期限", "Limitations"),
    Computation("flags", schemas.FlagsQuestion, flags, "涉罪、终局、集体提示", "Flags"),
    Computation("compensation", schemas.CompensationQuestion, compensation, "加付赔偿金", "Compensation"),
    Computation("distribution", schemas.DistributionQuestion, distribution, "部分支付分配", "Part payment"),
    Computation("guarantee", schemas.GuaranteeQuestion, guarantee, "工资保证金覆盖", "Wage guarantee"),
    Computation("duties", schemas.DutiesQuestion, duties, "预防义务检查", "Preventive duties"),
)
