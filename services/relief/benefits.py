"""What is paid month by month: its sums, its months, its verification and its end. Pure, like the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from chassis.clocks import add_months
from chassis.masking import mask_name
from chassis.workcalendar import local_date
from chassis.workflow import CaseView, Moment, Refusal, Values
from services.relief import rules

#: The steps that a month's report counts, in its order.
REPORTED: Final = (
    *("application_filed", "application_accepted", "opinion_supported", "opinion_against", "exception_decided"),
    *(
        "district_approved",
        "approved_by_street",
        *rules.REFUSALS,
        "grant_renounced",
    ),
    *("relief_paid", "month_paid", "arrears_paid", "advance_paid"),
    *("papers_completed", "papers_waived", "referred", "benefit_verified", "benefit_stopped", "benefit_restored"),
    *("fraud_found", "fraud_decided", "fraud_cleared", "refund_received", "remedy_sought", "remedy_decided"),
    "earlier_put_right",
)
#: Until when a benefit runs whose end nobody has decided.
OPEN_END: Final = "9999-12"


# -- what is known of a case --------------------------------------------------


def amount_in(details: Values, month: str) -> Decimal | None:
    """Return what a household gets for a month such as 2026-12, as granted and changed since; None where it gets nothing."""
    last = str(details.get("last_month") or "")
    if not details.get("relief_paid") or (last and month > last) or (rules.is_over(details) and not last):
        return None
    found = [row for row in benefit(details) if row["from_month"] <= month]
    return Decimal(found[-1]["amount"]) if found else None


def benefit(details: Values) -> list[Values]:
    """Return what was granted month by month, and each change of it, in order."""
    grants = [details.get(name) for name in ("approved_by_street", "district_approved")]
    granted = [{"from_month": row["from_month"], "amount": str(row["amount"])} for row in grants if row]
    return list(details.get("benefit") or granted[-1:])


def periods(details: Values) -> list[tuple[str, str, Decimal]]:
    """Return from which month until which a household gets how much: for any month, the same as `amount_in`."""
    last = str(details.get("last_month") or "")
    if not details.get("relief_paid") or (rules.is_over(details) and not last):
        return []
    rows = benefit(details)
    ends = [*(month_before(row["from_month"]) for row in rows[1:]), last or OPEN_END]
    found = (
        (row["from_month"], min(end, last or OPEN_END), Decimal(row["amount"]))
        for row, end in zip(rows, ends, strict=True)
    )
    return [(since, until, amount) for since, until, amount in found if since <= until]


def month_before(month: str) -> str:
    """Return the month before one, such as 2026-11 for 2026-12."""
    return add_months(date.fromisoformat(f"{month}-01"), -1).strftime("%Y-%m")


def months_paid(details: Values) -> set[str]:
    """Return the months that were paid: the first with the grant, each other by itself."""
    first = {row["from_month"] for row in benefit(details)[:1]} if details.get("relief_paid") else set()
    return first | {row["month"] for row in details.get("month_paid") or ()}


def recorded_since(details: Values) -> str:
    """Return from which month on payments are on record month by month, or nothing.

    From the first; where a benefit was granted when months were not recorded yet, from the first that was recorded.
    """
    if details.get("recorded_since") or not details.get("benefit"):
        first = min((row["month"] for row in details.get("month_paid") or ()), default="")
        return str(details.get("recorded_since") or first)
    return str(details["benefit"][0]["from_month"])


def months_due(details: Values, until: str) -> list[str]:
    """Return the months up to one, such as 2026-12, for which something is due and nothing is on record as paid."""
    since, paid = recorded_since(details), months_paid(details)
    if not since:
        return []
    year, month = map(int, since.split("-"))
    found = []
    while (name := f"{year:04}-{month:02}") <= until:
        if name not in paid and amount_in(details, name):
            found.append(name)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - months of a year
    return found


def heads(details: Values) -> int:
    """Return of how many a household is, as filed or as found since."""
    return int(details.get("heads") or len((details.get("application_filed") or {}).get("household", ())))


def recipient(details: Values, month: str) -> dict[str, Any] | None:
    """Return what a household gets in a month, with what its line of the payment list says; None where it gets nothing."""
    found = [one for one in rules.requests(details) if rules.is_lasting(one) and amount_in(one, month) is not None]
    if not found:
        return None
    details = found[-1]
    amount, household = amount_in(details, month), details["application_filed"]["household"]
    head: Values = next((member for member in household if member["relation"] == "self"), {})
    paid = (details.get("relief_paid") or {}).get("payments", ())
    return {
        "relief": details["application_filed"]["relief"],
        "name": head.get("name", ""),
        "id_last_four": head.get("id_last_four", ""),
        "account": next((row["account_last_four"] for row in paid if row.get("account_last_four")), ""),
        "heads": heads(details),
        "amount": amount,
        "verify_by": details.get("verify_by") or "",
        "paid": month in months_paid(details),
    }


def masked(row: Values) -> dict[str, Any]:
    """Return a line of the payment list as it is shown: the name masked, no numbers."""
    shown = {name: value for name, value in row.items() if name != "id_last_four"}
    return {**shown, "name": mask_name(row["name"]), "account": "***" if row["account"] else ""}


def figures(entries: Iterable[tuple[str, str, Values]]) -> list[dict[str, Any]]:
    """Count what was done, by step and kind of relief, and add up the sums that it was about."""
    found: dict[tuple[str, str], list[Decimal | None]] = {}
    for trigger, relief, form in entries:
        found.setdefault((trigger, relief), []).append(_sum_of(form))
    return [
        {
            "trigger": trigger,
            "relief": relief,
            "count": len(sums),
            "amount": None if None in sums else sum((one for one in sums if one is not None), Decimal(0)),
        }
        for (trigger, relief), sums in sorted(found.items(), key=lambda row: (REPORTED.index(row[0][0]), row[0][1]))
    ]


def _sum_of(form: Values) -> Decimal | None:
    if "payments" in form:
        return sum((Decimal(str(row["amount"])) for row in form["payments"]), Decimal(0))
    return Decimal(str(form["amount"])) if "amount" in form else None


# -- changes ------------------------------------------------------------------


def set_verification(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Set when a lasting benefit is verified again: sooner where somebody may find work (社会救助暂行办法 13)."""
    if rules.relief_of(case) not in rules.LASTING:
        return {"verify_months": 0}
    works = any(member.get("can_work") for member in rules.application(case).get("household", ()))
    since, verified_as = form.get("checked_on") or local_date(moment.now), "changing" if works else ""
    months = rules.length("verification", since, verified_as)
    return {
        "verify_by": add_months(since, months).isoformat(),
        "verify_months": months,
        "verified_as": verified_as,
    }


def verify(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when a benefit is verified again, and from which month on it is another sum (社会救助暂行办法 13)."""
    changed: dict[str, Any] = {**set_verification(case, form, moment)}
    if form["heads"]:
        changed["heads"] = form["heads"]
    if rules.relief_of(case) in rules.LASTING and form["change"] != "unchanged":
        row = {"from_month": form["from_month"], "amount": str(form["new_amount"])}
        if not case.details.get("benefit"):
            changed["recorded_since"] = recorded_since(case.details) or row["from_month"]
        changed["benefit"] = [*(one for one in benefit(case.details) if one["from_month"] < row["from_month"]), row]
    return changed


def end_benefit(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that what was given goes on no longer, and the last month that is paid: this one where none is named."""
    last = form.get("last_month") or local_date(moment.now).strftime("%Y-%m")
    return {"benefit_runs": False, "last_month": last, "verify_months": 0}


def restore_benefit(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that what was stopped runs on: the months since then are due."""
    runs = {"benefit_runs": True, "last_month": None, "benefit_stopped": None}
    return {**runs, **set_verification(case, form, moment)}


def begin_benefit(case: CaseView, form: Values) -> Mapping[str, Any]:
    """Keep what is granted month by month, where it lasts."""
    if rules.relief_of(case) not in rules.LASTING:
        return {}
    return {"benefit": [{"from_month": form["from_month"], "amount": str(form["amount"])}]}


def total_paid(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add up what was paid to all, and set when it is verified."""
    amount = sum((row["amount"] for row in form["payments"]), Decimal(0))
    return {"amount": amount, "benefit_runs": True, "last_month": None, **set_verification(case, form, moment)}


# -- guards -------------------------------------------------------------------


def change_fits_the_amount(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a change that is none, or that nobody has decided: the district does (社会救助暂行办法 13)."""
    rows = benefit(case.details)
    if not form or rules.relief_of(case) not in rules.LASTING or not rows:
        return None
    month = form["from_month"] or local_date(moment.now).strftime("%Y-%m")
    now = amount_in(case.details, month) or Decimal(rows[-1]["amount"])
    new = form["new_amount"]
    if not {"unchanged": new == now, "raised": new > now, "lowered": 0 < new < now}[form["change"]]:
        return Refusal(
            f"现发放 {now} 元，调整后 {new} 元，与“{rules.said(form['change'])}”不符",
            f"{now} yuan are paid now: {new} yuan is not {form['change']}",
        )
    if form["change"] != "unchanged" and not (form["decision_no"].strip() and form["from_month"]):
        return Refusal(
            "增发、减发由区民政部门决定，请填写决定文号和起始月份",
            "the district decides on another sum: give the number of its decision, and the month",
        )
    last = max(months_paid(case.details), default="")
    if form["change"] != "unchanged" and form["from_month"] <= last:
        return Refusal(
            f"已发放至 {last}，调整应从以后的月份起（差额另行补发）",
            f"paid until {last}: another sum begins in a later month",
        )
    return None


def month_is_due(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to pay a month that is not due, is paid already, or another sum than is granted (社会救助暂行办法 12, 66)."""
    if rules.relief_of(case) not in rules.LASTING:
        return Refusal("只有低保和特困供养按月发放", "only lasting benefits are paid month by month")
    if not form:
        return None
    month, due = form["month"], amount_in(case.details, form["month"])
    if month > local_date(moment.now).strftime("%Y-%m"):
        return Refusal(f"{month} 尚未到发放时间", f"{month} is still to come")
    if month in months_paid(case.details):
        return Refusal(f"{month} 已经发放，不得重复发放", f"{month} is paid already")
    if due is None:
        return Refusal(f"{month} 没有应发的救助", f"nothing is due for {month}")
    if form["amount"] != due:
        return Refusal(f"{month} 应发 {due} 元", f"{due} yuan are due for {month}")
    return None


def pays_from_next_month(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a lasting benefit that does not begin in the month after the decision."""
    if not form or rules.relief_of(case) not in rules.LASTING:
        return None
    decided = form["decided_on"] or local_date(moment.now)
    first = add_months(decided, 1).strftime("%Y-%m")
    if form["from_month"] == first:
        return None
    return Refusal(f"应自确认之日下月（{first}）起发放", f"it is paid from the month after the decision, {first}")


def end_is_decided_and_published(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end a lasting benefit without the district's decision, 特困供养 without publishing it (社会救助暂行办法 13, 18)."""
    relief = rules.relief_of(case)
    if not form or relief not in rules.LASTING:
        return None
    if not form["decision_no"].strip():
        return Refusal(
            "停发由区民政部门决定，请填写决定文号", "the district decides that: give the number of its decision"
        )
    if relief == "destitute" and not (form["published_on"] and form["published_at"].strip()):
        return Refusal(
            "终止特困供养应当公示，请填写公示日期和地点", "the end of 特困供养 is published: say when and where"
        )
    return None


def last_month_fits(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a last month that is still to come, or before one that was paid (社会救助暂行办法 13)."""
    if not form or rules.relief_of(case) not in rules.LASTING or not form["last_month"]:
        return None
    this, paid = local_date(moment.now).strftime("%Y-%m"), max(months_paid(case.details), default="")
    if paid <= form["last_month"] <= max(this, paid):
        return None
    return Refusal(
        f"最后发放月份应在已发放的 {paid} 以后、本月（{this}）以前：停发后不得继续发放",
        f"the last month lies between {paid}, which is paid, and {this}: nothing goes on after the end",
    )


def benefit_still_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to verify or stop what was never paid or is stopped already."""
    if case.details.get("relief_paid") and not rules.is_over(case.details):
        return None
    return Refusal("没有正在发放的救助", "no relief is being paid")


def outlives_the_appeal(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to verify or stop after the appeal's end what was paid once."""
    if rules.relief_of(case) in rules.LASTING:
        return None
    return Refusal("一次性救助办结后不再核查", "what was paid once is not verified after the appeal's end")


def nothing_lasting_runs(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to begin the procedure again, or another request, in a case whose monthly relief is being paid."""
    if not rules.is_lasting(case.details) or benefit_still_runs(case, {}, moment):
        return None
    return Refusal(
        "本案的救助正在按月发放：退回重办的请“转回在享核查”，不在本案重新申请；另需其他救助的，另行登记诉求",
        "monthly relief is being paid by this case: go back to verifying it; another request is another appeal",
    )


def what_runs_is_lasting(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to go back to a monthly relief that is not being paid."""
    if rules.is_lasting(case.details) and benefit_still_runs(case, {}, moment) is None:
        return None
    return Refusal("本案没有正在按月发放的救助", "no monthly relief is being paid by this case", moot=True)


def is_stopped(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to restore what was not stopped."""
    if case.details.get("benefit_stopped") and not case.details.get("fraud_found"):
        return None
    return Refusal("本案没有停发的救助", "nothing was stopped in this case", moot=True)
