"""What mediation computes without a case: whether an agreement holds, payment in parts, the time for confirmation."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis import clocks
from chassis.calc import CalcError, Computation, Line, Reckoning
from chassis.clocks import Period
from chassis.legal import LegalError
from chassis.workcalendar import CalendarError, standard_calendar
from services.mediation import parties, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chassis.workflow import Values

_LANGS: Final[tuple[clocks.Lang, ...]] = ("zh", "en")
_NOTHING: Final = Decimal("0.00")
_CONTENTS: Final = {
    "main_facts": ("纠纷的主要事实", "the main facts"),
    "disputed": ("争议事项", "what is disputed"),
    "responsibility": ("各方当事人的责任", "each side's responsibility"),
    "items": ("协议内容、履行的方式和期限", "what is agreed, how and by when"),
}


# -- the agreement -------------------------------------------------------------


def check_agreement(form: Values) -> Reckoning:
    """Check an agreement against 人民调解法 29 and the five grounds of 民诉解释 358."""
    known = {party["name"].strip() for party in form["parties"]}
    if len(known) < len(form["parties"]):
        raise CalcError("同一当事人重复登记，请合并", "the same party is entered twice; enter each once", "/parties")
    lines: list[Line] = []
    missing = _missing_contents(form, lines)
    unclear = _unclear_clauses(form, known, lines)
    grounds = _grounds(form, unclear, lines)
    bound = _bound_mediators(form, lines)
    effect = rules.effect_gaps(known, form)
    lines += [Line(f"{gap.zh}。", gap.en, "人民调解法-29") for gap in effect]
    capacity = parties.capacity_gaps(form["parties"], form["signatures"])
    lines += [Line(f"{gap.zh}。", gap.en, "民法典-23") for gap in capacity]
    effect += capacity
    if not effect:
        lines.append(
            Line(
                "各方签名、调解员签名和印章齐备，协议生效。", "All have signed and sealed: in effect.", "人民调解法-29"
            )
        )
    identity = form["concerns_identity"]
    if identity:
        said = "涉及身份关系，不能申请司法确认。", "Courts do not confirm identity relations."
        lines.append(Line(*said, "法释〔2011〕5号-4"))
    stated = [row["ground"] for row in grounds if not row["only_suspected"]]
    return Reckoning(
        {
            "contents_complete": not missing,
            "missing": missing,
            "clear": not unclear,
            "unclear": unclear,
            "grounds": grounds,
            "conflicted_mediators": bound,
            "takes_effect": not effect,
            "court_may_confirm": not (effect or stated or identity),
            "ready": not (missing or unclear or grounds or bound or effect),
        },
        lines,
        [] if not any(row["only_suspected"] for row in grounds) else ["按用语推断的驳回情形，须由人判断"],
    )


def _missing_contents(form: Values, lines: list[Line]) -> list[str]:
    missing = [name for name in _CONTENTS if not form[name]]
    if {party["side"] for party in form["parties"]} != {*schemas.SIDES}:
        missing.insert(0, "parties")
        said = "当事人的基本情况不全：须有申请人和被申请人双方。", "Both an applicant and a respondent are needed."
        lines.append(Line(*said, "人民调解法-29"))
    if not form["mediators"]:
        missing.insert(0, "mediators")
        lines.append(Line("没有写明人民调解员。", "No mediator is named.", "人民调解法-19"))
    if form["scope"] == "partial" and not form["unresolved"]:
        missing.append("unresolved")
        said = "部分达成协议的，须写明未解决事项。", "A partial agreement must name what is left."
        lines.append(Line(*said, "山东省多元化解纠纷促进条例-23"))
    lines += [
        Line(f"缺少{zh}。", f"Missing: {en}.", "人民调解法-29")
        for name, (zh, en) in _CONTENTS.items()
        if name in missing
    ]
    if not missing:
        lines.append(Line("协议载明的事项齐全。", "All that an agreement holds is there.", "人民调解法-29"))
    return missing


def _unclear_clauses(form: Values, known: set[str], lines: list[Line]) -> list[dict[str, Any]]:
    unclear: list[dict[str, Any]] = []
    for number, item in enumerate(form["items"], start=1):
        for question, gap in rules.gaps(item, known).items():
            unclear.append({"item": number, "question": question, "said": gap.zh})
            lines.append(Line(f"第{number}项：{gap.zh}。", f"Item {number}: {gap.en}.", "民诉解释-358"))
    if form["items"] and not unclear:
        said = "各项条款都写明了谁、做什么、怎么做、何时。", "Each clause says who, what, how and when."
        lines.append(Line(*said, "人民调解法-29"))
    return unclear


def _grounds(form: Values, unclear: Sequence[object], lines: list[Line]) -> list[dict[str, Any]]:
    """Return the grounds on which a court would refuse: those stated, found in unclear clauses, or in certain words."""
    text = "；".join(
        [*(item["what"] + item["way"] for item in form["items"]), form["responsibility"], form["unresolved"]]
    )
    suspected = rules.suspected(text)
    found = []
    for ground, (zh, en) in rules.GROUNDS.items():
        stated = form[ground] or (ground == "content_unclear" and bool(unclear))
        said = suspected.get(ground, [])
        if stated or said:
            found.append({"ground": ground, "only_suspected": not stated, "words": said})
            why = f"（“{'、'.join(said)}”）" if said else ""
            lines.append(
                Line(f"{'' if stated else '疑似'}{zh}{why}，法院不予确认。", f"A court refuses: {en}.", "民诉解释-358")
            )
    if not found:
        said_zh = "未见法院驳回司法确认申请的五种情形。"
        lines.append(Line(said_zh, "None of the court's five grounds for refusal is seen.", "民诉解释-358"))
    return found


def _bound_mediators(form: Values, lines: list[Line]) -> list[str]:
    involved = {party[name].strip() for party in form["parties"] for name in ("name", "agent")} - {""}
    bound = rules.bound_mediators(form["mediators"], involved)
    if bound:
        names = "、".join(bound)
        said = f"调解员与当事人或纠纷有利害关系，应另行指定：{names}。", f"Not impartial, name another: {names}."
        lines.append(Line(*said, "人民调解法-15"))
    return bound


# -- payment in parts ----------------------------------------------------------


def plan_instalments(form: Values) -> Reckoning:
    """Lay out payment in parts, set what was paid against the earliest parts, and flag what is overdue."""
    amounts = _amounts(form)
    due = [_due(form, number) for number in range(form["count"])]
    _check_paid(form)
    paid = sorted(form["paid"], key=lambda row: row["paid_on"])
    settled = _settled(amounts, paid)
    schedule = [_part(number, amounts[number], days, settled[number], form["as_of"]) for number, days in enumerate(due)]
    late = [row for row in schedule if row["overdue"]]
    so_far = sum((row["amount"] for row in paid), _NOTHING)
    lines = [_how_shared(form), *(_said_of(row) for row in schedule)]
    if paid:
        said = f"已付 {so_far:.2f} 元，先抵充先到期的各期。", f"Paid {so_far:.2f}, set against the parts due first."
        lines.append(Line(*said, "民法典-560"))
    return Reckoning(
        {
            "schedule": schedule,
            "total": form["total"],
            "paid_total": so_far,
            "open": form["total"] - so_far,
            "overdue_count": len(late),
            "overdue_amount": sum((row["open"] for row in late), _NOTHING),
            "provisional": any(row["provisional"] for row in schedule),
        },
        lines,
    )


def _amounts(form: Values) -> list[Decimal]:
    weights = form["weights"] or [1] * form["count"]
    if len(weights) != form["count"]:
        raise CalcError(
            f"权重应有{form['count']}个，与期数相同",
            f"there must be {form['count']} weights, one for each part",
            "/weights",
        )
    try:
        return rules.shared(form["total"], weights)
    except ValueError as error:
        pointer = "/weights" if form["weights"] else "/count"
        raise CalcError("金额不足以分成这些期，每期至少一分", str(error), pointer) from error


def _due(form: Values, number: int) -> tuple[date, date]:
    """Return the day on which a part is due, and the last day for it."""
    steps = number * form["every"]
    first: date = form["first_due_on"]
    try:
        if form["unit"] == "month":
            due = clocks.add_months(first, steps)
        else:
            due = first + timedelta(days=steps * (7 if form["unit"] == "week" else 1))
        return due, rules.last_day(due)
    except (clocks.ClockError, CalendarError, OverflowError) as error:
        raise CalcError("期限超出可计算的日期范围", "the dates go out of range", "/first_due_on") from error


def _check_paid(form: Values) -> None:
    total = _NOTHING
    for number, row in enumerate(form["paid"]):
        total += row["amount"]
        if total > form["total"]:
            raise CalcError("已付款合计超过应付总额", "more was paid than is owed", f"/paid/{number}/amount")
        if form["as_of"] and row["paid_on"] > form["as_of"]:
            raise CalcError(
                "付款日期不能晚于截至日", "paid after the day it is reckoned for", f"/paid/{number}/paid_on"
            )


def _settled(amounts: Sequence[Decimal], paid: Sequence[Mapping[str, Any]]) -> list[tuple[Decimal, date | None]]:
    """Return of each part what is paid, and the day on which it was paid in full; money fills the parts in order."""
    found, left, at = [], _NOTHING, 0
    day: date | None = None
    for amount in amounts:
        got = min(amount, left)
        left -= got
        while got < amount and at < len(paid):
            day = paid[at]["paid_on"]
            more = min(amount - got, paid[at]["amount"])
            got, left, at = got + more, paid[at]["amount"] - more, at + 1
        found.append((got, day if got == amount else None))
    return found


def _part(
    number: int, amount: Decimal, days: tuple[date, date], settled: tuple[Decimal, date | None], as_of: date | None
) -> dict[str, Any]:
    due_on, last = days
    paid, paid_on = settled
    late = as_of is not None and paid < amount and last < as_of
    return {
        "number": number + 1,
        "amount": amount,
        "due_on": due_on,
        "last_day": last,
        "paid_amount": paid,
        "paid_on": paid_on,
        "open": amount - paid,
        "overdue": late,
        "days_late": (as_of - last).days if as_of is not None and late else 0,
        "paid_late": paid_on is not None and paid_on > last,
        "provisional": standard_calendar().is_provisional(last),
    }


def _how_shared(form: Values) -> Line:
    total, count = form["total"], form["count"]
    if form["weights"]:
        by = ":".join(map(str, form["weights"]))
        return Line(
            f"{total:.2f} 元按 {by} 分{count}期，余下的分按最大余数分配，合计不差一分。",
            f"{total:.2f} shared {by} in {count} parts; left-over cents go to the largest remainders.",
        )
    return Line(
        f"{total:.2f} 元平均分{count}期，除不尽的分加在前面各期，合计不差一分。",
        f"{total:.2f} in {count} equal parts; left-over cents go to the first ones.",
    )


def _said_of(row: Mapping[str, Any]) -> Line:
    moved = row["last_day"] != row["due_on"]
    zh = f"第{row['number']}期 {row['amount']:.2f} 元，{row['due_on']} 到期"
    en = f"Part {row['number']}: {row['amount']:.2f}, due {row['due_on']}"
    if moved:
        zh += f"（休息日，顺延至 {row['last_day']}）"
        en += f", a day off, so {row['last_day']}"
    if row["overdue"]:
        zh += f"，逾期 {row['days_late']} 天，尚欠 {row['open']:.2f} 元"
        en += f"; {row['days_late']} days late, {row['open']:.2f} open"
    return Line(f"{zh}。", f"{en}.", "民法典-203" if moved else "")


# -- judicial confirmation -----------------------------------------------------


def confirmation_window(form: Values) -> Reckoning:
    """Count the thirty days in which the parties may jointly ask a court to confirm their agreement."""
    start, calendar = form["effective_on"], standard_calendar()
    for name in ("applied_on", "as_of"):
        if form[name] and form[name] < start:
            raise CalcError("日期早于协议生效日", "the day lies before the agreement took effect", f"/{name}")
    rule = _rule("judicial_confirmation", start, "/effective_on")
    period = Period(rule.limit, rule.unit)
    try:
        due = clocks.add(start, period, calendar=calendar, roll=rule.roll)
        said = [clocks.explain(start, (period,), calendar=calendar, roll=rule.roll, lang=lang) for lang in _LANGS]
    except clocks.ClockError as error:
        raise CalcError(error.zh, error.en, "/effective_on") from error
    last = due.due_at.date()
    lines = [Line(zh, en, rule.basis) for zh, en in zip(*said, strict=True)]
    barred = [Line(zh, en, basis) for is_so, zh, en, basis in _BARS if is_so(form)]
    lines += barred
    applied, as_of = form["applied_on"], form["as_of"]
    in_time = None if applied is None else applied <= last
    if in_time is not None:
        zh, en = ("在期限内", "in time") if in_time else ("已超过期限", "too late")
        lines.append(Line(f"{applied} 提出申请，{zh}。", f"Applied for on {applied}: {en}.", rule.basis))
    left = None if as_of is None else (last - as_of).days
    if applied is None and left is not None:
        zh, en = (f"还有 {left} 日", f"{left} days are left") if left >= 0 else ("期限已过", "the time is over")
        lines.append(Line(f"截至 {as_of}，{zh}。", f"On {as_of} {en}.", rule.basis))
    until, unverified = _enforcement(form, lines)
    return Reckoning(
        {
            "due_on": last,
            "due_at": due.due_at,
            "unrolled": due.unrolled,
            "rolled": due.rolled,
            "provisional": due.provisional,
            "may_be_confirmed": not barred,
            "in_time": in_time,
            "days_left": None if left is None else max(0, left),
            "lapsed": None if left is None else left < 0,
            "enforcement_until": until,
        },
        lines,
        [*([] if rule.verified else [rule.basis]), *unverified],
    )


def _rule(clock: str, on: date, pointer: str) -> clocks.ClockRule:
    try:
        return rules.bases().clock(clock, on)
    except LegalError as error:
        raise CalcError(error.zh, error.en, pointer) from error


_BARS: Final = (
    (
        lambda form: form["agreement_kind"] == "oral",
        "口头协议须先制作调解协议书，才能申请司法确认。",
        "Only a written agreement can be confirmed.",
        "法释〔2011〕5号-3",
    ),
    (
        lambda form: form["concerns_identity"],
        "涉及身份关系的协议不予司法确认。",
        "Courts do not confirm identity relations.",
        "法释〔2011〕5号-4",
    ),
    (
        lambda form: not form["jointly"],
        "须由双方当事人共同申请。",
        "Both sides must apply jointly.",
        "人民调解法-33",
    ),
)


def _enforcement(form: Values, lines: list[Line]) -> tuple[date | None, list[str]]:
    """Return until when enforcement of a confirmed agreement may be applied for, and the basis if it is not verified."""
    ends: date | None = form["performance_ends_on"]
    if ends is None:
        return None, []
    rule = _rule("enforcement_application", ends, "/performance_ends_on")
    try:
        last, told = rules.until(rule.name, ends), rules.told_until(rule.name, ends)
    except clocks.ClockError as error:
        raise CalcError(error.zh, error.en, "/performance_ends_on") from error
    moved_zh, moved_en = (f"（{told} 为休息日，顺延）", f", for {told} is a day off") if last != told else ("", "")
    lines.append(
        Line(
            f"经确认有效的，可在履行期限届满（{ends}）后二年内申请强制执行，至 {last}{moved_zh}。",
            f"Once confirmed, enforcement may be applied for within two years of {ends}: until {last}{moved_en}.",
            rule.basis,
        )
    )
    if standard_calendar().is_provisional(last):
        zh = f"该年放假安排未公布，为稳妥起见请不晚于 {told}。"
        lines.append(Line(zh, f"That year's holidays are not known: apply by {told} to be safe.", "民法典-203"))
    return last, [] if rule.verified else [rule.basis]


# -- rates ---------------------------------------------------------------------


def rates(form: Values) -> Reckoning:
    """Compute the rates of success and performance, and the change against the period before, in per cent."""
    accepted, agreed, performed, before = (
        form[name] for name in ("accepted", "agreed", "performed", "accepted_before")
    )
    if agreed > accepted:
        raise CalcError("达成协议的不能多于受理的", "more were agreed than accepted", "/agreed")
    if performed > agreed:
        raise CalcError("已履行的不能多于达成协议的", "more were performed than agreed", "/performed")
    success, performance = rules.per_cent(agreed, accepted), rules.per_cent(performed, agreed)
    change = None if before is None else rules.per_cent(accepted - before, before)
    lines = [
        Line(f"调解成功率 = 达成协议 {agreed} ÷ 受理 {accepted} = {_said(success)}", f"Success: {agreed} / {accepted}"),
        Line(
            f"履行率 = 已履行 {performed} ÷ 达成协议 {agreed} = {_said(performance)}",
            f"Performance: {performed} / {agreed}",
        ),
    ]
    if before is not None:
        zh = f"受理同比 =（{accepted} − {before}）÷ {before} = {_said(change)}"
        lines.append(Line(zh, f"Change: ({accepted} - {before}) / {before}"))
    return Reckoning({"success_rate": success, "performance_rate": performance, "change": change}, lines)


def _said(rate: Decimal | None) -> str:
    return "无从计算（分母为零）" if rate is None else f"{rate}%"


# -- the committee -------------------------------------------------------------


def check_committee(form: Values) -> Reckoning:
    """Check how a mediation committee is made up, and whether its term is over (人民调解法 8, 9, 34)."""
    size, chairs, women, minority = (form[name] for name in ("members", "chairs", "women", "ethnic_minority"))
    for name, said in (("chairs", "主任"), ("women", "妇女委员"), ("ethnic_minority", "人数较少民族的委员")):
        if form[name] > size:
            raise CalcError(f"{said}多于委员总数", "More than there are members", f"/{name}")
    checks, ends = rules.made_up(
        (size, chairs, women, minority), several=form["multi_ethnic"], elected=form["elected_on"]
    )
    lines = [
        Line(f"{zh}：{'符合' if met else '不符合'}。", f"{en}: {'met' if met else 'not met'}.", "人民调解法-8")
        for _, met, zh, en in checks
    ]
    elected, over = form["elected_on"], ends < form["as_of"]
    said = f"{elected} 推选产生，任期三年，至 {ends}{'，已届满，应当改选' if over else ''}。"
    lines.append(Line(said, f"Elected on {elected} for three years, until {ends}.", "人民调解法-9"))
    failed = [name for name, met, _, _ in checks if not met] + (["term_over"] if over else [])
    return Reckoning({"lawful": not failed, "failed": failed, "term_ends_on": ends}, lines)


COMPUTATIONS: Final = (
    Computation("committee", schemas.Committee, check_committee, "调解委员会组成检查", "Check of a committee"),
    Computation("rates", schemas.Counts, rates, "调解成功率和履行率", "Rates of success and performance"),
    Computation(
        "agreement-check", schemas.AgreementCheck, check_agreement, "调解协议检查", "Check of a mediation agreement"
    ),
    Computation("instalments", schemas.InstalmentPlan, plan_instalments, "分期付款计划", "Payment in instalments"),
    Computation(
        "confirmation-window",
        schemas.ConfirmationWindow,
        confirmation_window,
        "司法确认申请期限",
        "Time to apply for judicial confirmation",
    ),
)
