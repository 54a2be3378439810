"""What relief computes without a case: the monthly difference of dibao, and a temporary relief with its clocks.

Money is Decimal, in yuan; the arithmetic stands in `rules.py`, the standards in `data/standards.toml`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis import clocks, legal
from chassis.calc import CalcError, Computation, Line, Reckoning
from chassis.clocks import ClockError, ClockRule
from chassis.legal import LegalError
from chassis.workcalendar import standard_calendar
from services.relief import means, rules, schemas

if TYPE_CHECKING:
    from datetime import date, datetime

    from chassis.workflow import Values

_ACT: Final = "社会救助暂行办法"
_INCOME_RULES: Final = "最低生活保障审核确认办法"
_NOTHING: Final = Decimal(0)


def _standard(form: Values, unsure: list[str]) -> tuple[Decimal, Line]:
    """Return the monthly standard: the form's own, else the one in force on the day of the application."""
    if form["standard"] is not None:
        if not form["standard"]:
            raise CalcError("低保标准应大于零", "The standard must be above zero", "/standard")
        unsure.append("低保标准（由填写人提供，请与现行公布标准核对）")
        given: Decimal = form["standard"]
        return given, Line(f"低保月标准（填写）：{given} 元。", f"The standard as given: {given} yuan.", f"{_ACT}-10")
    day: date = form["applied_on"]
    found = means.standard_on(day)
    if found is None:
        raise CalcError(
            f"标准表中没有 {day} 适用的低保标准，请填写 standard",
            f"The table has no standard for {day}; give one",
            "/standard",
        )
    if not found.verified:
        unsure.append(f"低保标准（标准表 {found.effective_from} 起：{found.source}）")
    amount = found.urban if form["area"] == "urban" else found.rural
    return amount, Line(
        f"{day} 适用的{rules.said(form['area'])}低保月标准：{amount} 元（{found.effective_from} 起）。",
        f"The standard in force on {day} ({form['area']}): {amount} yuan, since {found.effective_from}.",
        f"{_ACT}-10",
    )


# -- dibao ----------------------------------------------------------------------


def dibao(form: Values) -> Reckoning:
    """Return a household's income per head, what it lacks to the standard, and whether it may have it."""
    unsure: list[str] = ["不计入家庭收入的项目和扣减项目（按省、市认定办法核对）"]
    standard, standard_line = _standard(form, unsure)
    persons, months = len(_names(form)), form["months"]
    counted, left_out = _by_member(form)
    taken_off = _deducted(form, counted)
    total, deducted = sum(counted.values(), _NOTHING), sum(taken_off.values(), _NOTHING)
    income = (total - deducted) / months
    head = means.per_capita([income], _NOTHING, persons)
    amount = means.dibao_amount(standard=standard, income=income, persons=persons)
    below = income < standard * persons
    owned, property_lines = _property(form, standard, persons)
    settings = rules.settings()
    margin = Decimal(settings["margin"]["multiple"])
    eligible = below and all(owned.values())
    verify_by = _verify_by(form)
    monthly = income.quantize(rules.CENT, ROUND_HALF_UP)
    lines = [
        standard_line,
        *(
            Line(
                f"{name}：{months} 个月计入收入 {counted[name]} 元，扣减 {taken_off[name]} 元。",
                f"{name}: {counted[name]} yuan counted in {months} months, {taken_off[name]} taken off.",
                _INCOME_RULES,
            )
            for name in counted
        ),
        *(
            [Line(f"不计入家庭收入：{left_out} 元。", f"Not counted: {left_out} yuan.", _INCOME_RULES)]
            if left_out
            else []
        ),
        Line(
            f"家庭月收入：（{total} − {deducted}）÷ {months} = {monthly} 元；人均 {monthly} ÷ {persons} = {head} 元。",
            f"A month: ({total} - {deducted}) / {months} = {monthly} yuan; a head {head}.",
            f"{_ACT}-9",
        ),
        *property_lines,
        Line(
            f"差额：{standard} × {persons} − {monthly} = {amount} 元/月。"
            if below
            else f"人均收入 {head} 元不低于低保标准 {standard} 元，没有差额。",
            f"The difference: {standard} x {persons} - {monthly} = {amount} yuan a month.",
            f"{_ACT}-12",
        ),
        Line(
            f"结论：{'符合' if eligible else '不符合'}低保条件。",
            f"So: {'eligible' if eligible else 'not eligible'}.",
            f"{_ACT}-9",
        ),
        Line(f"批准后最迟于 {verify_by} 定期核查。", f"Verified again by {verify_by} at the latest.", f"{_ACT}-13"),
    ]
    unsure += [
        said
        for name, said in (
            ("property", "家庭财产限额"),
            ("margin", "低保边缘家庭倍数"),
        )
        if not settings[name]["verified"]
    ]
    unsure += [] if _verified_by(form).verified else ["定期核查间隔"]
    return Reckoning(
        {
            "persons": persons,
            "months": months,
            "total_income": total,
            "deducted": deducted,
            "monthly_income": monthly,
            "per_capita": head,
            "standard": standard,
            "difference": max(standard - head, _NOTHING),
            "amount": amount if eligible else _NOTHING.quantize(rules.CENT),
            "income_below_standard": below,
            **owned,
            "eligible": eligible,
            "margin_household": not below and head <= standard * margin,
            "verify_by": verify_by,
        },
        lines,
        unsure,
    )


def _names(form: Values) -> list[str]:
    names: list[str] = []
    for place, member in enumerate(form["household"]):
        if member["name"] in names:
            raise CalcError(
                f"家庭成员“{member['name']}”重复", f"{member['name']} is there twice", f"/household/{place}/name"
            )
        names.append(member["name"])
    return names


def _by_member(form: Values) -> tuple[dict[str, Decimal], Decimal]:
    """Add up each member's counted income; return it with what the rules leave out."""
    counted, left_out = dict.fromkeys(_names(form), _NOTHING), _NOTHING
    for place, row in enumerate(form["incomes"]):
        _check(form, row, f"/incomes/{place}", counted)
        if row["income"] in schemas.NOT_COUNTED:
            left_out += row["amount"]
        else:
            counted[row["member"]] += row["amount"]
    return counted, left_out


def _deducted(form: Values, counted: dict[str, Decimal]) -> dict[str, Decimal]:
    """Add up what each member may take off: not more than that member's own income."""
    asked = dict.fromkeys(counted, _NOTHING)
    for place, row in enumerate(form["deductions"]):
        _check(form, row, f"/deductions/{place}", counted)
        asked[row["member"]] += row["amount"]
    return {name: min(amount, counted[name]) for name, amount in asked.items()}


def _check(form: Values, row: Values, pointer: str, members: dict[str, Decimal]) -> None:
    """Refuse a row of nobody in the household, or of a month that is not reckoned."""
    if row["member"] not in members:
        raise CalcError(
            f"“{row['member']}”不在家庭成员中", f"{row['member']} is no member of the household", f"{pointer}/member"
        )
    last = _count(form["last_month"])
    if not last - form["months"] < _count(row["month"]) <= last:
        raise CalcError(
            f"{row['month']} 不在计算期内（至 {form['last_month']} 的 {form['months']} 个月）",
            f"{row['month']} is not among the {form['months']} months up to {form['last_month']}",
            f"{pointer}/month",
        )


def _count(month: str) -> int:
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number)


def _property(form: Values, standard: Decimal, persons: int) -> tuple[dict[str, bool], list[Line]]:
    limits = rules.settings()["property"]
    most = standard * limits["deposit_standards"] * persons
    found = {
        "deposits_within": form["deposits"] <= most,
        "houses_within": form["houses"] <= limits["houses"],
        "cars_within": form["cars"] <= limits["cars"],
    }
    verdict = {True: ("符合", "within"), False: ("超过限额", "above")}
    rows = (
        ("deposits_within", f"存款等金融资产 {form['deposits']} 元，限额 {most} 元", f"deposits up to {most} yuan"),
        ("houses_within", f"住房 {form['houses']} 套，限 {limits['houses']} 套", f"houses up to {limits['houses']}"),
        ("cars_within", f"机动车 {form['cars']} 辆，限 {limits['cars']} 辆", f"cars up to {limits['cars']}"),
    )
    lines = [
        Line(f"{zh}：{verdict[found[name]][0]}。", f"{en}: {verdict[found[name]][1]}.", f"{_ACT}-9")
        for name, zh, en in rows
    ]
    return found, lines


def _verified_by(form: Values) -> ClockRule:
    return rules.bases().clock("verification", form["applied_on"], "" if form["stable_income"] else "changing")


def _verify_by(form: Values) -> date:
    try:
        return clocks.add_months(form["applied_on"], _verified_by(form).limit)
    except (ClockError, LegalError) as error:
        raise CalcError(error.zh, error.en, "/applied_on") from error


# -- temporary ------------------------------------------------------------------


def temporary(form: Values) -> Reckoning:
    """Return a temporary relief: coefficient times standard, heads and months, at most its cap, once a cause and year."""
    unsure: list[str] = []
    standard, standard_line = _standard(form, unsure)
    settings = rules.settings()["temporary"]
    coefficient = _setting(form, "coefficient", settings[form["relief"]])
    cap_multiple = _setting(form, "cap_multiple", settings["cap_multiple"])
    if not settings["verified"]:
        unsure.append("救助系数、封顶倍数和同一事由一年一次的规定（地方临时救助办法）")
    persons, months = form["persons"], form["months"]
    reckoned = (coefficient * standard * persons * months).quantize(rules.CENT, ROUND_HALF_UP)
    cap = (cap_multiple * standard).quantize(rules.CENT, ROUND_HALF_UP)
    amount = means.temporary_amount(
        standard=standard, coefficient=coefficient, persons=persons, months=months, cap_multiple=cap_multiple
    )
    year = form["applied_on"].year
    again = means.was_relieved(
        form["cause"],
        year,
        ({"relief": row["relief"], "cause": row["cause"], "year": row["given_on"].year} for row in form["earlier"]),
    )
    lines = [
        standard_line,
        Line(
            f"{coefficient} × {standard} 元 × {persons} 人 × {months} 个月 = {reckoned} 元。",
            f"{coefficient} x {standard} x {persons} heads x {months} months = {reckoned} yuan.",
            f"{_ACT}-49",
        ),
        Line(
            f"封顶 {cap_multiple} × {standard} = {cap} 元，{'按封顶数计' if reckoned > cap else '未超过'}：{amount} 元。",
            f"At most {cap_multiple} x {standard} = {cap} yuan: {amount} yuan.",
            f"{_ACT}-49",
        ),
    ]
    flags = _means(form, lines, unsure)
    if again:
        lines.append(
            Line(
                f"{year} 年已因同一事由（{rules.said(form['cause'])}）获得临时救助，原则上不重复救助。",
                f"The same cause was relieved in {year} already.",
                "地方临时救助办法",
            )
        )
    excepted = again and form["decided_case_by_case"]
    if excepted:
        lines.append(
            Line(
                "经“一事一议”集体研究决定，可以再次救助，报区民政部门审批。",
                "A meeting has decided case by case that it is relieved again; the district approves.",
                "地方临时救助办法",
            )
        )
    eligible = (excepted or not again) and all(flags.values())
    so = f"符合临时救助条件，救助金额 {amount} 元" if eligible else "不符合临时救助条件，不予救助"
    lines.append(
        Line(f"结论：{so}。", f"So: {f'eligible, {amount} yuan' if eligible else 'not eligible'}.", f"{_ACT}-47")
    )
    result = {
        "standard": standard,
        "coefficient": coefficient,
        "persons": persons,
        "months": months,
        "reckoned": reckoned,
        "cap": cap,
        "capped": reckoned > cap,
        "already_relieved": again,
        **flags,
        "eligible": eligible,
        "amount": amount if eligible else _NOTHING.quantize(rules.CENT),
        **_urgent(form, lines, unsure),
    }
    return Reckoning(result, lines, unsure)


def _setting(form: Values, name: str, else_taken: str) -> Decimal:
    given: Decimal | None = form[name]
    return Decimal(else_taken) if given is None else given


def _means(form: Values, lines: list[Line], unsure: list[str]) -> dict[str, bool]:
    """Say whether income and property let the household have it; urgent help is not asked for its income."""
    income = form["yearly_income_per_head"]
    found = {"property_within_limits": form["property_within_limits"] or form["relief"] == "temp_emergency"}
    if form["relief"] == "temp_emergency":
        return found
    if income is None:
        lines.append(
            Line(
                "未填写申请前一年人均收入，没有与上年度当地人均可支配收入比较：结论以收入符合规定为前提。",
                "No income was given, so it was not measured: what follows holds only if it is within the limits.",
                "地方临时救助办法",
            )
        )
        unsure.append("收入条件（未填写申请前一年人均收入，没有核对）")
        return found
    row = means.standard_on(form["applied_on"])
    if row is None:
        raise CalcError(
            f"标准表中没有 {form['applied_on']} 适用的人均可支配收入",
            f"The table has no disposable income for {form['applied_on']}",
            "/yearly_income_per_head",
        )
    if not row.verified:
        unsure.append(f"上年度人均可支配收入（标准表 {row.effective_from} 起：{row.source}）")
    below = income < row.disposable
    lines.append(
        Line(
            f"申请前一年人均收入 {income} 元，{'低于' if below else '不低于'}上年度当地人均可支配收入 {row.disposable} 元。",
            f"{income} yuan a head in the year, {'below' if below else 'not below'} {row.disposable}.",
            "地方临时救助办法",
        )
    )
    return {**found, "income_within_limits": below}


def _urgent(form: Values, lines: list[Line], unsure: list[str]) -> dict[str, Any]:
    """Say by when urgent help is given, and by when its papers are made up for, by the clocks of the procedure."""
    urgent = form["relief"] == "temp_emergency"
    if urgent and form["assessed_at"] and form["paid_at"] and form["paid_at"] < form["assessed_at"]:
        raise CalcError("先行救助时间早于认定急难时间", "paid before the need was assessed", "/paid_at")
    found: dict[str, Any] = {"emergency": urgent, "advance_by": None, "papers_by": None, "provisional": False}
    for at, name, key in (("assessed_at", "advance", "advance_by"), ("paid_at", "retro_papers", "papers_by")):
        started: datetime | None = form[at]
        if not urgent or started is None:
            continue
        try:
            rule = legal.load(Path(__file__).with_name("legal.toml")).clock(name, started)
        except legal.LegalError as error:
            raise CalcError(f"{started.date()} 尚无该时限的依据", str(error), f"/{at}") from error
        try:
            deadline = clocks.start(rule, started, standard_calendar()).deadline(standard_calendar())
        except ClockError as error:
            raise CalcError(error.zh, error.en, f"/{at}") from error
        due = deadline.due_at
        found[key] = due.date() if rule.unit.is_of_days else due
        zh = "认定急难后先行救助，最迟" if name == "advance" else "先行救助后补办手续，最迟"
        said = f"{due:%Y-%m-%d}" if rule.unit.is_of_days else f"{due:%Y-%m-%d %H:%M}"
        lines.append(Line(f"{zh} {said}（{rule.unit.say(rule.limit, 'zh')}）。", f"{rule.en}: by {said}.", rule.basis))
        if not rule.verified:
            unsure.append(rule.zh)
        if deadline.provisional:
            found["provisional"] = True
            unsure.append(f"{rule.zh}的到期日（放假安排尚未公布，为暂定）")
    return found


COMPUTATIONS: Final = (
    Computation("dibao", schemas.DibaoAsked, dibao, "低保差额", "What a household lacks to the standard"),
    Computation("temporary", schemas.TemporaryAsked, temporary, "临时救助金额", "A temporary relief"),
)
