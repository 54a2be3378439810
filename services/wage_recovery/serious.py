"""What of arrears the law calls serious, by what is on file, and what then follows for whom: pure like the rules.

保障农民工工资支付条例 47, 48, 49, 55 and 59 leave it to an authority to say whether a case is serious. These rules decide nothing:
they say what speaks for it, and what it may then do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.wage_recovery import debts, duties, orders, rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from chassis.workflow import CaseView, Moment, Values

#: What an authority is asked to do about a serious case, with its article; the list of defaulters has its own steps (48).
MATTERS: Final[Mapping[str, str]] = {
    "publication": "47",
    "owner_restriction": "49",
    "builder_sanctions": "55",
    "government_funds": "59",
}
#: What comes of it.
RESULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "publication": ("published",),
    "owner_restriction": ("new_projects_restricted",),
    "builder_sanctions": ("new_works_restricted", "qualification_lowered", "qualification_revoked"),
    "government_funds": ("funds_paid", "officials_disciplined"),
}
#: What else may come of any.
OTHERWISE: Final = ("corrected", "not_serious")

#: Chinese and English.
Words = tuple[str, str]


def signs(case: CaseView, today: date) -> list[Words]:
    """Return what makes arrears look serious once an order to pay has run out: their sums, or that a crowd claims them."""
    rows = (case.details.get("roster") or {}).get("rows", ())
    found: list[Words] = []
    if orders.over(case, today) and orders.crime_signs(rows, debts.outstanding(case)):
        found.append(
            (
                "数额达到拒不支付劳动报酬罪的提示标准（省定标准未核实）",
                "the sums of the crime are reached (not verified)",
            )
        )
    if case.details.get("group_reports") or len(debts.owed_by_worker(rows)) >= debts.GROUP:
        found.append((f"{debts.GROUP}人以上集体讨薪", f"{debts.GROUP} or more claim together"))
    return found


def grounds(case: CaseView, today: date) -> dict[str, Words]:
    """Return what each matter rests on that the file bears out, by its name; nothing where no wages are unpaid."""
    left = debts.unpaid(case)
    if not left:
        return {}
    kept = case.details
    liability = kept.get("liability") or {}
    missing = duties.missing(kept)
    of_builder = [duty for duty in missing if duties.fined_by(duty) == MATTERS["builder_sanctions"]]
    state_owed = liability.get("government_project") and "owner_late" in liability.get("arrangements", ())
    found: dict[str, Words] = {}
    if over := orders.over(case, today):
        until = max(orders.last_day(order) for order in over)
        found["publication"] = (
            f"责令支付期限已于 {until} 届满，尚欠 {left} 元",
            f"the order to pay ran out on {until}, {left} yuan are unpaid",
        )
    if state_owed:
        found["owner_restriction"] = found["government_funds"] = (
            f"政府投资项目未按约定拨付工程款，欠薪 {left} 元",
            f"a project of the government is late with its price, {left} yuan of wages are unpaid",
        )
    elif "payment_guarantee" in missing:
        found["owner_restriction"] = (
            f"建设单位未提供工程款支付担保，欠薪 {left} 元",
            f"the owner has given no payment guarantee, {left} yuan of wages are unpaid",
        )
    if of_builder:
        found["builder_sanctions"] = (
            f"{'、'.join(map(rules.said, of_builder))}未落实，欠薪 {left} 元",
            f"not met: {', '.join(of_builder)}; {left} yuan of wages are unpaid",
        )
    return found


def looks_serious(case: CaseView, today: date) -> dict[str, Words]:
    """Return of what the file bears out that which looks serious by the law, each with its reasons, by its name.

    Articles 49 and 59 follow from their facts alone. Of 47 speak the sums or the crowd, of 55 also an order that was not obeyed.
    """
    found, seen = grounds(case, today), signs(case, today)
    if not seen:
        found.pop("publication", None)
    if not (seen or orders.over(case, today)):
        found.pop("builder_sanctions", None)
    more = ("".join(f"；{zh}" for zh, _ in seen), "".join(f"; {en}" for _, en in seen))
    return {matter: (zh + more[0], en + more[1]) for matter, (zh, en) in found.items()}


def waiting(kept: Values) -> dict[str, Mapping[str, Any]]:
    """Return the reports that no authority has answered, by their matter."""
    answered = [row["matter"] for row in kept.get("serious_answers") or ()]
    found: dict[str, Mapping[str, Any]] = {}
    for row in kept.get("serious_reports") or ():
        if row["matter"] in answered:
            answered.remove(row["matter"])
        else:
            found[row["matter"]] = row
    return found


def follow_up(keeps: str) -> Any:
    """Make a change that says since when the answer is awaited that was asked for first, once a form is kept under a name."""

    def known(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
        kept = {**case.details, keeps: [*(case.details.get(keeps) or ()), form]}
        since = min((str(row["reported_on"]) for row in waiting(kept).values()), default=None)
        # Another report leaves the first its time, also that which it was given when it was urged.
        first = keeps != "serious_reports" or not waiting(case.details)
        return {"serious_asked_since": since, "serious_waits": since is not None and first}

    return known


# -- guards ----------------------------------------------------------------------


def has_its_ground(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to report what the file does not bear out, or what an authority has before it."""
    found = grounds(case, local_date(moment.now))
    if not form:
        return None if found else Refusal("没有可以报告的严重情形", "nothing on file is to be reported", moot=True)
    if form["matter"] not in found:
        return Refusal(
            f"案件上没有这一情形的事实：{rules.said(form['matter'])}（责令支付期满未付、预防义务未落实、政府投资项目拖欠工程款）",
            f"nothing on file stands behind {form['matter']}",
        )
    if form["matter"] in waiting(case.details):
        return Refusal("这一情形已经报告，正在等待答复", "it was reported, and the answer is awaited")
    return None


def is_awaited(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an answer that nobody waits for, and one that does not belong to what was reported."""
    open_ = waiting(case.details)
    if not open_:
        return Refusal("没有等待答复的严重情形报告", "no report waits for an answer", moot=True)
    matter = (form or {}).get("matter")
    if not matter:
        return None
    if matter not in open_:
        return Refusal("这一情形没有等待答复的报告", "this was not reported, or is answered")
    if "result" not in form:
        return None
    if form["answered_on"].isoformat() < str(open_[matter]["reported_on"]):
        return Refusal("答复日期早于报告日期", "the answer is dated before the report")
    if form["result"] in (*RESULTS[matter], *OTHERWISE):
        return None
    said = "、".join(map(rules.said, (*RESULTS[matter], *OTHERWISE)))
    return Refusal(f"答复结果与报告的情形不符，应为：{said}", f"no result of {matter}")
