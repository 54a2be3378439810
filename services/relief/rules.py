"""What relief is computed by and what it waits for: income, amounts, gates of the procedure.

Pure. Standards and caps change every year and by place: they come with the form that
uses them, together with the document that sets them, or from `data/standards.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import CaseView, Moment, Refusal, Values

CENT: Final = Decimal("0.01")

#: What is applied for at the street's window.
RELIEFS: Final = ("dibao", "destitute", "temp_expense", "temp_emergency", "medical")
TEMPORARY: Final = frozenset({"temp_expense", "temp_emergency"})
#: The papers without which an application can't be accepted.
PAPERS: Final[Mapping[str, frozenset[str]]] = {
    "dibao": frozenset({"application", "identity", "declaration"}),
    "destitute": frozenset({"application", "identity", "declaration"}),
    "temp_expense": frozenset({"application", "identity", "declaration", "hardship_proof"}),
    "temp_emergency": frozenset({"application", "identity"}),
    "medical": frozenset({"application", "identity", "hardship_proof"}),
}
#: Working days from acceptance to decision; 45 for low-income households in special cases.
HANDLING_DAYS: Final = {"dibao": 30, "destitute": 20, "temp_expense": 15, "temp_emergency": 15, "medical": 30}
HANDLING_DAYS_IF_COMPLEX: Final = 45
#: Working days that the district has.
DISTRICT_DAYS: Final = {"dibao": 10, "destitute": 15}
DISTRICT_DAYS_ELSE: Final = 10
#: 社会救助暂行办法 68: how many times what was obtained a fine may be.
FRAUD_FINE: Final = (Decimal(1), Decimal(3))


# -- standards ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standard:
    """A row of `standards.toml`: what a month's living takes, from a day on."""

    effective_from: date
    urban: Decimal
    rural: Decimal
    disposable: Decimal
    source: str
    verified: bool


@cache
def settings() -> Mapping[str, Any]:
    """Return the tables of `standards.toml`, read once."""
    return tomllib.loads((Path(__file__).parent / "data" / "standards.toml").read_text(encoding="utf-8"))


def standard_on(day: date) -> Standard | None:
    """Return the standard in force on a day, or None before the first."""
    rows = [row for row in settings()["standard"] if row["effective_from"] <= day]
    if not rows:
        return None
    row = max(rows, key=lambda row: row["effective_from"])
    amounts = {name: Decimal(row[name]) for name in ("urban", "rural", "disposable")}
    return Standard(row["effective_from"], **amounts, source=row["source"], verified=row["verified"])


# -- arithmetic ---------------------------------------------------------------


def net_income(incomes: Iterable[Decimal], deductions: Decimal) -> Decimal:
    """Return what remains of a month's incomes, never below zero."""
    return max(sum(incomes, Decimal(0)) - deductions, Decimal(0))


def per_capita(incomes: Iterable[Decimal], deductions: Decimal, persons: int) -> Decimal:
    """Return the monthly income per head in yuan, never below zero (社会救助暂行办法 9)."""
    return (net_income(incomes, deductions) / persons).quantize(CENT, ROUND_HALF_UP)


def dibao_amount(*, standard: Decimal, income: Decimal, persons: int) -> Decimal:
    """Return what a household gets a month: what its heads together lack to the standard (社会救助暂行办法 12).

    Reckoned from the household's income, so that rounding the income per head gives no cent away.
    """
    return max(standard * persons - income, Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def temporary_amount(
    *, standard: Decimal, coefficient: Decimal, persons: int, months: int, cap_multiple: Decimal
) -> Decimal:
    """Return a temporary relief: coefficient times standard, heads and months, at most so many standards."""
    return min(coefficient * standard * persons * months, cap_multiple * standard).quantize(CENT, ROUND_HALF_UP)


def was_relieved(cause: str, year: int, earlier: Iterable[Values]) -> bool:
    """Say whether a temporary relief was given for a cause in a calendar year."""
    return any(row["cause"] == cause and row["year"] == year and row["relief"] in TEMPORARY for row in earlier)


def amount_of(relief: str, form: Values) -> Decimal | None:
    """Return what an opinion's figures come to, or None where the amount is set by bills (medical)."""
    standard: Decimal = form["standard"]
    persons: int = form["persons"]
    if relief == "dibao":
        income = net_income([form["monthly_income"]], form["deductions"])
        return dibao_amount(standard=standard, income=income, persons=persons)
    if relief == "destitute":
        coefficient: Decimal = form["coefficient"]
        return (standard * coefficient * persons).quantize(CENT, ROUND_HALF_UP)
    if relief in TEMPORARY:
        return temporary_amount(
            standard=standard,
            coefficient=form["coefficient"],
            persons=persons,
            months=form["months"],
            cap_multiple=form["cap_multiple"],
        )
    return None


# -- what is known of a case --------------------------------------------------


def application(case: CaseView) -> Values:
    """Return the application as filed."""
    found: Values = case.details.get("application_filed") or {}
    return found


def relief_of(case: CaseView) -> str:
    """Return the kind of relief that is asked for."""
    return str(application(case).get("relief") or case.details.get("relief", ""))


def missing_papers(case: CaseView) -> list[str]:
    """Return the papers that are still missing."""
    given = {*application(case).get("papers", ())}
    for more in case.details.get("supplemented") or ():
        given |= {*more["papers"]}
    return sorted(PAPERS.get(relief_of(case), frozenset()) - given)


def adults(case: CaseView) -> set[str]:
    """Return the names of the grown-up members of the household."""
    return {member["name"] for member in application(case).get("household", ()) if member["adult"]}


def is_doubtful(case: CaseView) -> bool:
    """Whether papers, check and visit contradict each other."""
    check, visit = case.details.get("information_checked") or {}, case.details.get("house_visited") or {}
    return check.get("consistent") is False or bool(visit.get("doubtful"))


# -- changes ------------------------------------------------------------------


def note_application(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep the kind of relief, also in its column; what an earlier application found counts no longer."""
    return {
        "relief_kind": form["relief"],
        "relief": form["relief"],
        "supplement_requested": None,
        "supplemented": [],
        "information_checked": None,
        "house_visited": None,
        "democratic_review_held": None,
    }


def note_emergency(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that this is urgent relief."""
    return {"relief_kind": "temp_emergency", "relief": "temp_emergency"}


def set_handling_days(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Set how long handling may take, by the kind of relief."""
    relief = relief_of(case)
    days = HANDLING_DAYS_IF_COMPLEX if form["complex"] and relief == "dibao" else HANDLING_DAYS[relief]
    return {"handling_days": days}


def support(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep the amount that the street supports."""
    return {"supported": True, "amount": form["amount"]}


def oppose(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the street does not support it."""
    return {"supported": False, "amount": Decimal(0)}


def set_district_days(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Set how long the district may take, by the kind of relief."""
    return {"district_days": DISTRICT_DAYS.get(relief_of(case), DISTRICT_DAYS_ELSE)}


def approve_as_supported(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep what was granted."""
    return {"approved_amount": form["amount"]}


def total_paid(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Add up what was paid to all."""
    return {"amount": sum((row["amount"] for row in form["payments"]), Decimal(0))}


# -- guards -------------------------------------------------------------------


def asks_for_no_help(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to put off with words one who asks for help: take the application or refer it (社会救助暂行办法 60, 66(1))."""
    if case.details.get("kind") != "help":
        return None
    return Refusal(
        "求助类诉求应受理申请或转介,不得以政策解释代替",
        "who asks for help is not put off with words: take the application or refer it",
    )


def residence_fits(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file what another place must take; help to apply there instead (社会救助暂行办法 11, 16)."""
    if not form or form["residence"] == "local_household":
        return None
    if form["residence"] == "residence_permit" and form["relief"] in TEMPORARY:
        return None
    return Refusal(
        "应向户籍地(临时救助可向居住证所在地)申请,请协助转介",
        "this is applied for where the household is registered: refer it",
    )


def papers_are_complete(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to accept while papers are missing: they are asked for, all at once."""
    missing = missing_papers(case)
    if not missing:
        return None
    return Refusal(f"申请材料不齐:{'、'.join(missing)},请一次性告知补正", f"papers are missing: {', '.join(missing)}")


def asks_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask for papers a second time."""
    if not case.details.get("supplement_requested"):
        return None
    return Refusal("补正材料只能一次性告知,不得重复要求", "missing papers are asked for once, all of them")


def every_adult_authorised(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to look into a household before each grown-up member has signed (社会救助暂行办法 58)."""
    if not form:
        return None
    unsigned = sorted(adults(case) - {row["member"] for row in form["signatures"]})
    if not unsigned:
        return None
    return Refusal(
        f"成年家庭成员未签署核对授权书:{'、'.join(unsigned)}", f"these adults have not signed: {', '.join(unsigned)}"
    )


def two_visit(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a visit by one person alone."""
    if not form or len({visitor["name"] for visitor in form["visitors"]}) >= 2:  # noqa: PLR2004 - the rule's number
        return None
    return Refusal("入户调查不得少于两人", "at least two people visit a household")


def district_visits_relatives(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a visit without the district where the applicant is a relative of the staff (近亲属备案)."""
    if not form or not application(case).get("staff_relative"):
        return None
    if any(visitor["of_district"] for visitor in form["visitors"]):
        return None
    return Refusal(
        "申请人为经办人员近亲属,须由区级人员参加入户调查",
        "a relative of the staff is visited with the district's people",
    )


def doubts_were_reviewed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an opinion while papers and findings disagree and no neighbours' review was held."""
    if not is_doubtful(case) or case.details.get("democratic_review_held"):
        return None
    return Refusal(
        "核对或入户情况存疑,应先进行民主评议", "papers and findings disagree: hold a democratic review first"
    )


def persons_agree(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to count other heads than the household has."""
    household = application(case).get("household", ())
    if not form or form["persons"] == len(household):
        return None
    return Refusal(
        f"计算人数应与家庭成员数({len(household)}人)一致",
        f"the household has {len(household)} members, not {form['persons']}",
    )


def is_eligible(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to support who has the standard or too much property (社会救助暂行办法 9)."""
    if not form or relief_of(case) != "dibao":
        return None
    head = per_capita([form["monthly_income"]], form["deductions"], form["persons"])
    if head < form["standard"] and form["property_within_limits"]:
        return None
    return Refusal(
        f"家庭人均收入 {head} 元或财产状况不符合低保条件", f"{head} yuan a head, or the property, is above the standard"
    )


def amount_adds_up(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an amount that its own figures do not come to."""
    if not form:
        return None
    right = amount_of(relief_of(case), form)
    if right is None or form["amount"] == right:
        return None
    return Refusal(f"按所填数据计算应为 {right} 元", f"the figures given come to {right} yuan")


def cause_is_new_this_year(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second temporary relief for the same cause in one calendar year."""
    filed = application(case)
    year = local_date(moment.now).year
    if relief_of(case) not in TEMPORARY or not was_relieved(filed["cause"], year, filed.get("relief_history", ())):
        return None
    return Refusal("同一事由一个自然年度内原则上只救助一次", "the same cause was relieved this calendar year already")


def street_may_decide(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide in the street what was not delegated to it (社会救助暂行办法 48)."""
    if relief_of(case) not in TEMPORARY:
        return Refusal("仅小额临时救助可委托街道审批", "only small temporary relief may be delegated to the street")
    if not form or Decimal(case.details.get("amount", "0")) <= form["delegated_limit"]:
        return None
    return Refusal("超过委托审批限额,应报区民政部门", "above the delegated limit: submit it to the district")


def within_advance_limit(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an advance above the limit for urgent help."""
    if not form or form["amount"] <= form["limit"]:
        return None
    return Refusal("先行救助金额超过限额", "the advance is above its limit")


def paid_what_was_approved(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse payments that do not add up to what was granted (社会救助暂行办法 66(6), 67)."""
    if not form:
        return None
    approved = Decimal(case.details.get("approved_amount", "0"))
    if sum((row["amount"] for row in form["payments"]), Decimal(0)) == approved:
        return None
    return Refusal(f"发放合计应等于批准金额 {approved} 元", f"the payments must come to the {approved} yuan granted")


def fraud_fine_is_lawful(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to propose a fine other than one to three times what was obtained (社会救助暂行办法 68)."""
    if not form or not form["proposed_fine"]:
        return None
    least, most = (times * form["obtained"] for times in FRAUD_FINE)
    if least <= form["proposed_fine"] <= most:
        return None
    return Refusal("罚款建议应为骗取数额的一倍以上三倍以下", "a fine is one to three times what was obtained")
