"""What enforcement computes without a case: a fine, what is added when it is late, noise and fume against their limits."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from chassis.calc import CalcError, Computation, Line, Reckoning
from chassis.clocks import Unit
from chassis.workcalendar import standard_calendar
from services.enforcement import bounds, notes, reading, schemas
from services.enforcement.catalogue import ACTS, BASES, LIMITS, Act

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from chassis.workflow import Values

_CODE: Final = "生态环境法典施行后，大气、噪声条文的编号和罚款幅度（请按行为发生时的有效文本核对）"
_TENTH: Final = Decimal("0.1")
#: No rest has ever been as long.
_LONGEST_REST: Final = 30


# -- fine ---------------------------------------------------------------------


def fine(form: Values) -> Reckoning:
    """Return the band of a fine by the law that applies, and whether it may or must be left (行政处罚法 28, 29, 33, 37, 51, 63)."""
    kind, refused = form["suspect_kind"], form["refused"]
    if refused and form["corrected"]:
        raise CalcError(
            "“拒不改正”与“已及时改正”不能同时成立", "It was either corrected in time or refused, not both", "/corrected"
        )
    lines: list[Line] = []
    laws = [_law(form, code, lines) for code in dict.fromkeys(form["acts"])]
    acts = [law.act for law in laws if law.act]
    if not acts:
        zh, en = laws[0].why
        if form["amount"] is not None:
            raise CalcError(f"{zh}，请不填拟罚款额", f"{en}: leave the amount out", "/amount")
        return Reckoning({"outcome": "not_punishable", "act": form["acts"][0], "least": None, "most": None}, lines)
    banded = [(act, band) for act in acts if (band := bounds.fine_band(act, kind, refused=refused))]
    lines += [_band_line(act, bounds.fine_band(act, kind, refused=refused)) for act in acts]
    lines.append(
        Line("实施行政处罚时，应当责令当事人改正或者限期改正。", "Correction is ordered in any case.", "行政处罚法-28")
    )
    said: dict[str, object] = {
        "outcome": "no_fine_yet",
        "act": acts[0].code,
        "basis": acts[0].basis,
        "least": None,
        "most": None,
    }
    if not banded:
        lines.append(
            Line(
                "法律没有对此直接规定罚款：先责令改正，拒不改正的方可罚款。",
                "The law names no fine for this yet: order the correction first.",
                acts[0].basis,
            )
        )
        if form["amount"] is not None:
            raise CalcError("此时不得罚款，请不填拟罚款额", "No fine is possible yet: leave the amount out", "/amount")
    else:
        act, (least, most) = bounds.higher(banded)
        said |= {"outcome": "fine", "act": act.code, "basis": act.basis, "least": least, "most": most}
        if len(banded) > 1:
            lines.append(
                Line(
                    f"同一个违法行为违反多个规范的，按罚款数额高的规定处罚，只罚一次：适用“{act.basis}”，{least} 元至 {most} 元。",
                    f"One act under several norms is fined once, by the higher: {least} to {most} yuan.",
                    "行政处罚法-29",
                )
            )
        if form["amount"] is not None:
            said |= _proposed(form["amount"], least, most, kind, lines)
    _leniency(form, said, lines)
    if next(law.competent for law in laws if law.act and law.act.code == said["act"]):
        lines.append(
            Line(
                "该行为由其他机关处罚，应当移送，本机关不得罚款。",
                "Another authority punishes this act: hand it over.",
                "行政处罚法-17",
            )
        )
        said["outcome"] = "hand_over"
    hearing = f"听证标准（个人 {LIMITS.hearing['person']} 元、单位 {LIMITS.hearing['organisation']} 元）"
    unsure = [] if LIMITS.hearing_is_verified else [hearing]
    if any(act.basis.startswith(("大气", "噪声")) for act in acts):
        unsure.append(_CODE)
    return Reckoning(said, lines, unsure)


def _law(form: Values, code: str, lines: list[Line]) -> bounds.Applied:
    """Return by which version of its law an act is punished; where it has one only, nobody need say when it was (行政处罚法 37)."""
    committed, decided = form["committed_on"], form["decided_on"]
    if committed is None or decided is None:
        versions = ACTS.versions(code)
        if len(versions) > 1 or committed or decided:
            zh = "请填写违法行为发生（终了）之日和作出处罚决定之日：适用行为时的规定，新的规定较轻的适用新的规定"
            en = (
                "Say when it was done, and when it is decided: the law of that day applies, or the later one if lighter"
            )
            raise CalcError(zh, en, "/decided_on" if committed else "/committed_on")
        return bounds.Applied(act=versions[0], competent=versions[0].competent)
    if decided < committed:
        zh = "作出决定之日早于违法行为之日"
        raise CalcError(zh, "It is decided before it was done", "/decided_on")
    law = bounds.lawful(code, form["suspect_kind"], refused=form["refused"], committed_on=committed, decided_on=decided)
    same = (f"违法行为（{committed}）和作出决定（{decided}）时的规定相同", f"the same law on {committed} and {decided}")
    lines += [Line(f"{zh}。", f"{en}.", "行政处罚法-37") for zh, en in law.lines or (same,)]
    return law


def _band_line(act: Act, band: tuple[Decimal, Decimal] | None) -> Line:
    if band is None and not act.after_refusal:
        return Line(
            "法律没有规定由本机关对该类当事人罚款的数额。",
            "The law names no amount that this body may fine.",
            act.basis,
        )
    if band is None:
        return Line("拒不改正的才处罚款。", "A fine only after the order to correct was not obeyed.", act.basis)
    return Line(f"法定幅度：{band[0]} 元至 {band[1]} 元。", f"The law's band: {band[0]} to {band[1]} yuan.", act.basis)


def _proposed(amount: Decimal, least: Decimal, most: Decimal, kind: str, lines: list[Line]) -> dict[str, object]:
    within = least <= amount <= most
    hearing = bounds.needs_hearing_right("fine", amount, kind)
    lines.append(
        Line(
            f"拟罚款 {amount} 元，{'在' if within else '不在'}法定幅度 {least} 元至 {most} 元之内。",
            f"{amount} yuan lie {'within' if within else 'outside'} the band of {least} to {most} yuan.",
            "行政处罚法-76",
        )
    )
    if hearing:
        lines.append(
            Line("属较大数额罚款，应当告知听证权利。", "This fine brings the right to a hearing.", "行政处罚法-63")
        )
    on_the_spot = within and amount <= LIMITS.on_the_spot[kind]
    if on_the_spot:
        lines.append(
            Line(
                f"不超过 {LIMITS.on_the_spot[kind]} 元，可以当场作出决定。",
                "It may be decided on the spot.",
                "行政处罚法-51",
            )
        )
    return {"amount": amount, "within_band": within, "hearing_right": hearing, "on_the_spot": on_the_spot}


def _leniency(form: Values, said: dict[str, object], lines: list[Line]) -> None:
    """Say whether the act must, or may, go unpunished (行政处罚法 33)."""
    if form["corrected"] and form["slight"] and form["harm"] == "no_harm":
        said["outcome"] = "must_not_punish"
        zh, en = (
            "违法行为轻微并及时改正，没有造成危害后果：不予行政处罚。",
            "Slight, corrected in time, no harm: not punished.",
        )
    elif form["corrected"] and form["first"] and form["harm"] in {"no_harm", "slight"}:
        said["outcome"] = "may_not_punish"
        zh, en = (
            "初次违法、危害后果轻微并及时改正：可以不予行政处罚。",
            "First, slight harm, corrected in time: may go unpunished.",
        )
    else:
        return
    lines.append(Line(zh, en, "行政处罚法-33"))
    lines.append(Line("不予处罚的，应当对当事人进行教育。", "The party is taught.", "行政处罚法-33"))


# -- late fine ----------------------------------------------------------------


def late_fine(form: Values) -> Reckoning:
    """Return what is added to a fine that is paid late (行政处罚法 67, 72, 73)."""
    amount, until = form["fine"], form["until"]
    lines: list[Line] = []
    if form["due_on"] and form["received_on"]:
        raise CalcError("届满日和收到日只填一项", "Give one of the two days, not both", "/received_on")
    due, provisional = _due(form, lines)
    reviews: Sequence[tuple[date, date]] = [
        (row["sought_on"], row["ended_on"] or max(until, row["sought_on"])) for row in form["reviews"]
    ]
    for place, (sought, ended) in enumerate(reviews):
        if ended < sought:
            zh = "复议、诉讼的结束日期早于申请日期"
            raise CalcError(zh, "The review ends before it was sought", f"/reviews/{place}/ended_on")
    days = bounds.late_days(due_on=due, until=until, reviews=reviews)
    whole = max((until - due).days, 0)
    added = bounds.late_fine(amount, days)
    lines.append(
        Line(
            f"缴款期限届满 {due}，算至 {until}，逾期 {whole} 日。",
            f"Due {due}: {whole} days late on {until}.",
            "行政处罚法-67",
        )
    )
    if reviews:
        lines.append(
            Line(
                f"复议、诉讼期间不计算，扣除 {whole - days} 日，计 {days} 日。",
                f"Days under review are not counted: {whole - days} off, {days} left.",
                "行政处罚法-73",
            )
        )
    uncapped = (amount * LIMITS.late_fine_daily * days).quantize(bounds.CENT, ROUND_HALF_UP)
    lines.append(
        Line(
            f"{amount} 元 × 3% × {days} 日 = {uncapped} 元。",
            f"{amount} x 3 % x {days} = {uncapped} yuan.",
            "行政处罚法-72",
        )
    )
    if uncapped > added:
        lines.append(
            Line(
                f"加处罚款不得超出罚款数额，按 {added} 元计。",
                f"What is added is at most the fine: {added} yuan.",
                "行政处罚法-72",
            )
        )
    lines.append(Line(f"合计应缴 {amount} + {added} = {amount + added} 元。", f"In all {amount + added} yuan."))
    result = {"due_on": due, "days": days, "added": added, "total": amount + added, "provisional": provisional}
    return Reckoning(result, lines)


def _due(form: Values, lines: list[Line]) -> tuple[date, bool]:
    """Return the last day of payment, and say if guessed: the one named, or fifteen days from the receipt (行政处罚法 67).

    A last day off moves to the next working day (民法典 203).
    """
    received, named = form["received_on"], form["due_on"]
    if named:
        due = standard_calendar().next_workday(named)
        if due != named:
            lines.append(Line(f"{named} 为休息日，顺延至 {due}。", f"{named} is a day off: {due}.", "行政处罚法-67"))
            if standard_calendar().is_provisional(named):
                lines.append(_guessed(named, due))
        return due, due != named and standard_calendar().is_provisional(named)
    if received is None:
        raise CalcError(
            "请填写缴款期限届满日，或者收到决定书之日",
            "Name the last day of payment, or the day on which the decision was received",
            "/due_on",
        )
    last: date = received + timedelta(days=BASES.clock("payment", received).limit)
    found = reading.deadline("payment", received)
    due = found.due_at.date()
    zh = f"收到决定书 {received}，次日起算十五日，至 {last}"
    en = f"Received {received}; fifteen days end on {last}"
    if due != last:
        zh, en = f"{zh}；该日为休息日，顺延至 {due}", f"{en}, a day off: {due}"
    lines.append(Line(f"{zh}。", f"{en}.", "行政处罚法-67"))
    if found.provisional:
        lines.append(_guessed(found.unrolled, due))
    return due, found.provisional


def _guessed(*days: date) -> Line:
    """Say that days of rest were guessed, because the notice of their year is not known."""
    years = sorted({day.year for day in days if standard_calendar().is_provisional(day)})
    said = "、".join(map(str, years))
    return Line(
        f"暂定：{said} 年放假调休安排尚未公布或者录入，按周一至周五扣除法定节假日推算，公布后请重新计算。",
        f"Provisional: the holiday notice for {', '.join(map(str, years))} is not known; count again when it is.",
    )


# -- the ninety days, and the remedies ----------------------------------------


def decision_deadline(form: Values) -> Reckoning:
    """Return until when a penalty is decided: ninety days from filing, without the days excluded (行政处罚法 60)."""
    filed: date = form["filed_on"]
    limit = BASES.clock("penalty_decision", filed).limit
    for place, row in enumerate(form["exclusions"]):
        if row["since"] < filed:
            zh = "扣除期间早于立案之日"
            raise CalcError(zh, "It begins before the filing", f"/exclusions/{place}/since")
        if row["until"] < row["since"]:
            zh = "扣除期间的止日早于起日"
            raise CalcError(zh, "It ends before it begins", f"/exclusions/{place}/until")
    plain, due = filed + timedelta(days=limit), filed + timedelta(days=limit)
    lines = [
        Line(
            f"立案 {filed}，次日起算 {limit} 日，至 {plain}；行政机关自己的期限，遇休息日不顺延。",
            f"Filed {filed}; {limit} days end on {plain}, on a day off too.",
            "行政处罚法-60",
        )
    ]
    for since, until, days, ends in bounds.put_off(
        plain, filed, [(r["since"], r["until"]) for r in form["exclusions"]]
    ):
        due = ends
        lines.append(
            Line(
                f"{since} 至 {until} 扣除 {days} 日（重复的日子只扣一次，期满以后的不扣），至 {due}。",
                f"{since} to {until}: {days} days out, until {due}.",
            )
        )
    calendar = standard_calendar()
    alert = next(
        day for day in (due - timedelta(days=back) for back in range(_LONGEST_REST)) if calendar.is_workday(day)
    )
    if alert != due:
        lines.append(
            Line(f"期限届满日为休息日，请在 {alert} 前作出决定。", f"It ends on a day off: decide by {alert}.")
        )
    # The due day itself is counted without the calendar; the working day before it is not.
    provisional = calendar.is_provisional(due) or calendar.is_provisional(alert)
    if provisional:
        lines.append(_guessed(due, alert))
    result = {"due_on": due, "alert_on": alert, "excluded_days": (due - plain).days, "provisional": provisional}
    unsure = ["允许扣除办案期限的部门规定（行政处罚法没有规定扣除，请核对本部门规定）"] if form["exclusions"] else []
    return Reckoning(result, lines, unsure)


def remedies(form: Values) -> Reckoning:
    """Return until when a decision may be contested (行政复议法 20, 23; 行政诉讼法 45, 46)."""
    announced, received = form["told_on"], form["review_received_on"]
    told = reading.until("announcement", announced) if form["announced"] else announced
    first = form["decided_on_the_spot"] and notes.review_comes_first(told)
    if received is not None and received < told:
        zh = "收到复议决定之日早于知道行政行为之日"
        raise CalcError(zh, "The reconsideration came before the decision", "/review_received_on")
    asked = [("review_first", told)] if first else [("reconsideration", told), ("remedies", told)]
    asked += [("suit_after_review", received)] if received is not None else []
    asked = [("announcement", announced)] * form["announced"] + asked
    names = {
        "announcement": "served_on",
        "reconsideration": "reconsideration_until",
        "review_first": "reconsideration_until",
        "remedies": "suit_until",
    }
    result: dict[str, object] = {}
    lines, unsure, guessed = [], [], []
    if first:
        result["suit_until"] = None
        lines.append(
            Line(
                "对当场作出的行政处罚决定不服的，应当先申请行政复议，对复议决定不服的再起诉。",
                "What was decided on the spot is reconsidered first; a suit is open against that decision.",
                "行政复议法-23",
            )
        )
    for clock, start in asked:
        rule = BASES.clock(clock, start)
        found = reading.deadline(clock, start)
        last = found.due_at.date()
        guessed += [found.unrolled, last] if found.provisional else []
        result[names.get(clock, "suit_after_review_until")] = last
        length = f"{rule.limit} {'个月' if rule.unit is Unit.MONTH else '日'}"
        lines.append(
            Line(
                f"{rule.zh}：{start} 次日起算 {length}，末日遇休息日顺延，至 {last}。",
                f"{rule.en}: {rule.limit} {rule.unit}s from {start}, rolled over days off, until {last}.",
                rule.basis,
            )
        )
        basis = BASES.basis(rule.basis, start)
        unsure += [] if basis.verified else [basis.said("zh")]
    result["provisional"] = bool(guessed)
    lines += [_guessed(*guessed)] if guessed else []
    return Reckoning(result, lines, unsure)


def limitation(form: Values) -> Reckoning:
    """Return until when an act may be found so that it is punished (行政处罚法 36)."""
    ended, found, grave = form["ended_on"], form["found_on"], form["health_harmed"]
    if form["continuing"]:
        zh, en = "违法行为仍在连续或者继续，时效尚未起算。", "It goes on: its time has not begun."
        return Reckoning({"last_day": None, "barred": False}, [Line(zh, en, "行政处罚法-36")])
    if ended is None or ended > found:
        zh = "请填写违法行为发生、终了之日（不晚于发现之日）；仍在继续的请勾选"
        raise CalcError(zh, "Say when it ended, not after it was found, or that it goes on", "/ended_on")
    last, years = reading.found_by(ended, found, grave=grave), BASES.clock(_LIMITATION[grave], found).limit
    barred = found > last
    lines = [
        Line(
            f"自 {ended} 起 {years} 年，至 {last}{'（涉及生命健康、金融安全且有危害后果）' if grave else ''}。",
            f"{years} years from {ended}: until {last}.",
            "行政处罚法-36",
        ),
        Line(
            f"{found} 发现，{'超过追责时效，不再给予行政处罚' if barred else '在追责时效以内'}。",
            f"Found on {found}: {'too late to be punished' if barred else 'in time'}.",
            "行政处罚法-36",
        ),
    ]
    return Reckoning({"last_day": last, "barred": barred}, lines)


_LIMITATION: Final = {False: "limitation", True: "limitation_grave"}

# -- noise --------------------------------------------------------------------


def noise(form: Values) -> Reckoning:
    """Compare a measured noise, the background taken off, with the limit of its area and time (GB 22337-2008)."""
    value, zone, period = form["value"], form["zone"], form["period"]
    limit = bounds.limit_of("noise", zone=zone, period=period)
    begins, ends = LIMITS.day_hours
    when = f"昼间（{begins}时至{ends}时）" if period == "day" else f"夜间（{ends}时至次日{begins}时）"
    lines = [
        Line(
            f"{zone} 类声环境功能区，{when}限值 {limit} dB(A)。",
            f"Class {zone}, {period}: at most {limit} dB(A).",
            "GB 22337-2008 表1",
        )
    ]
    if form["indoors"]:
        limit -= LIMITS.indoors_less
        lines.append(
            Line(
                f"边界与敏感建筑物距离不足1米，在室内测量，限值减 10 dB(A)，为 {limit} dB(A)。",
                f"Measured inside: the limit is {limit} dB(A).",
                "GB 22337-2008 4.1",
            )
        )
    corrected: Decimal | None = value
    if form["background"] is not None:
        corrected = _over_background(value, form["background"], lines)
    unsure = [
        "GB 22337-2008、HJ 706-2014 的限值和修正值（按公开资料整理，未与标准文本核对；修正后不修约）",
    ]
    result: dict[str, object] = {"limit": limit, "corrected": corrected, "over_by": None, "verdict": "undecided"}
    if corrected is not None:
        over = corrected - limit
        result |= {"over_by": max(over, Decimal(0)), "verdict": "over" if over > 0 else "within"}
        sign = ">" if over > 0 else "≤"
        lines.append(
            Line(
                f"{corrected} {sign} {limit}：{'超过限值 ' + str(over) + ' dB(A)' if over > 0 else '未超过限值'}。",
                f"{corrected} {sign} {limit}: {'over the limit by ' + str(over) if over > 0 else 'within the limit'}.",
                "噪声污染防治法-81" if over > 0 else "",
            )
        )
    return Reckoning(result, lines, unsure)


def _over_background(value: Decimal, background: Decimal, lines: list[Line]) -> Decimal | None:
    if background > value:
        zh = "背景噪声高于测量值，请检查"
        raise CalcError(zh, "The background is louder than what was measured: check both", "/background")
    off = bounds.background_off(value, background)
    apart = value - background
    if off is None:
        lines.append(
            Line(
                f"测量值比背景高 {apart} dB(A)，不足 3 dB(A)，无法判定：请降低背景噪声后重新测量。",
                f"Only {apart} dB(A) above the background: can't be judged; lower the background and measure again.",
                "HJ 706-2014",
            )
        )
        return None
    done = f"修正 −{off} dB(A)，为 {value - off} dB(A)" if off else "无需修正"
    lines.append(
        Line(
            f"测量值 {value} 比背景 {background} 高 {apart} dB(A)，{done}。",
            f"{value} lies {apart} dB(A) above the background: {off} off, {value - off}.",
            "HJ 706-2014",
        )
    )
    return value - off


# -- fume ---------------------------------------------------------------------


def fume(form: Values) -> Reckoning:
    """Compare let-out fume and its removal with the limits of nation and province by size (GB 18483-2001)."""
    size = _size(form)
    kept = LIMITS.fume_sizes[size]
    lines = [_size_line(form, size)]
    value = _at_base(form, lines)
    limits = {"national": (LIMITS.fume, kept.removal), "provincial": (kept.province_fume, kept.province_removal)}
    removal = None
    if form["inlet"] is not None:
        if form["inlet"] < form["value"]:
            zh = "进口浓度低于出口浓度，请检查"
            raise CalcError(zh, "Less fume goes in than comes out: check both", "/inlet")
        removal = ((form["inlet"] - form["value"]) / form["inlet"] * 100).quantize(_TENTH, ROUND_HALF_UP)
        lines.append(
            Line(
                f"去除效率（{form['inlet']} − {form['value']}）÷ {form['inlet']} = {removal}%（进出口风量相同时）。",
                f"Removal {removal} % (with the same air in and out).",
                "GB 18483-2001",
            )
        )
    result: dict[str, object] = {"size": size, "value": value, "removal": removal}
    for whose, (most, least) in limits.items():
        zh, basis = ("国家标准", "GB 18483-2001") if whose == "national" else ("山东省标准", "DB37/597-2006")
        passes = value <= most and (removal is None or removal >= least)
        asked = "" if removal is None else f"；去除效率 {removal}% {'≥' if removal >= least else '<'} {least}%"
        lines.append(
            Line(
                f"{zh}：浓度 {value} {'≤' if value <= most else '>'} {most} mg/m³{asked}，{'达标' if passes else '不达标'}。",
                f"{whose}: at most {most} mg/m3, removal at least {least} %: {'met' if passes else 'not met'}.",
                basis,
            )
        )
        result |= {f"{whose}_limit": most, f"{whose}_removal": least, f"{whose}_met": passes}
    unsure = []
    if form["distance"] is not None:
        result |= _outlet(form["distance"], lines, deodorised=form["deodorised"])
        unsure.append("HJ 554-2010 的排放口距离（按公开资料整理，未与标准文本核对）")
    result["verdict"] = "within" if result["national_met"] and result["provincial_met"] else "over"
    unsure += ["DB37/597-2006 的浓度和去除效率限值", "GB 18483-2001 的数值（按公开资料整理，未与标准文本核对）"]
    return Reckoning(result, lines, [*unsure, _CODE])


def _outlet(distance: Decimal, lines: list[Line], *, deodorised: bool) -> dict[str, object]:
    """Say whether an outlet lies far enough from dwellings (HJ 554-2010); no limit of what it lets out."""
    least = LIMITS.outlet[1 if deodorised else 0]
    met = distance >= least
    how = "经净化除异味的" if deodorised else ""
    lines.append(
        Line(
            f"{how}排放口距环境敏感目标 {distance} 米 {'≥' if met else '<'} {least} 米，{'符合' if met else '不符合'}。",
            f"The outlet lies {distance} m away, at least {least} m: {'met' if met else 'not met'}.",
            "HJ 554-2010",
        )
    )
    return {"distance_least": least, "distance_met": met}


def _size(form: Values) -> str:
    stoves, size = form["stoves"], form["size"]
    if stoves is None and not size:
        raise CalcError("请填写基准灶头数或规模", "Give the number of stoves or the size", "/stoves")
    found = bounds.fume_size(stoves) if stoves is not None else size
    if size and size != found:
        raise CalcError("规模与基准灶头数不符", "The size does not fit the number of stoves", "/size")
    return str(found)


def _size_line(form: Values, size: str) -> Line:
    zh = {"small": "小型", "medium": "中型", "large": "大型"}[size]
    if form["stoves"] is None:
        return Line(f"规模：{zh}。", f"Size: {size}.", "GB 18483-2001")
    return Line(f"基准灶头 {form['stoves']} 个，属{zh}。", f"{form['stoves']} stoves: {size}.", "GB 18483-2001")


def _at_base(form: Values, lines: list[Line]) -> Decimal:
    """Return the fume at the air that its stoves stand for."""
    value: Decimal = form["value"]
    if form["airflow"] is None:
        return value
    if form["stoves"] is None:
        raise CalcError("按排风量折算须填写基准灶头数", "The number of stoves is needed for this", "/stoves")
    base = LIMITS.stove_air * form["stoves"]
    found: Decimal = (value * form["airflow"] / base).quantize(bounds.CENT, ROUND_HALF_UP)
    lines.append(
        Line(
            f"折算浓度：{value} × {form['airflow']} ÷（2000 × {form['stoves']}）= {found} mg/m³。",
            f"At the air of its stoves: {found} mg/m3.",
            "GB 18483-2001",
        )
    )
    return found


COMPUTATIONS: Final = (
    Computation("fine", schemas.FineAsked, fine, "罚款幅度", "The band of a fine"),
    Computation("late-fine", schemas.LateFineAsked, late_fine, "加处罚款", "What is added to a late fine"),
    Computation("decision-deadline", schemas.DecisionAsked, decision_deadline, "办案期限", "The ninety days"),
    Computation("limitation", schemas.LimitationAsked, limitation, "追责时效", "Until when an act may be found"),
    Computation("remedies", schemas.RemediesAsked, remedies, "复议诉讼期限", "Until when it may be contested"),
    Computation("noise", schemas.NoiseAsked, noise, "噪声是否超标", "Noise against its limit"),
    Computation("fume", schemas.FumeAsked, fume, "油烟是否达标", "Cooking fume against its limits"),
)
