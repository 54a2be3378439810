"""What relief is computed by and what it waits for: income, amounts, gates of the procedure.

Pure. Standards and caps change every year and by place: they come with the form that
uses them, together with the document that sets them, or from `data/standards.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from chassis import clocks, handling, legal
from chassis.clocks import Period, add_months
from chassis.legal import LegalBases
from chassis.masking import mask_name, redact
from chassis.terms import Terms
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import CaseView, Moment, Refusal, Values

CENT: Final = Decimal("0.01")
#: Name and the last signs of the number: what a person is known again by.
Known = tuple[str, str]

#: What is applied for at the street's window.
RELIEFS: Final = ("dibao", "destitute", "temp_expense", "temp_emergency", "medical")
TEMPORARY: Final = frozenset({"temp_expense", "temp_emergency"})
#: What is paid month by month and verified again; a household has one of them only.
LASTING: Final = frozenset({"dibao", "destitute"})
#: What makes a person destitute, all of it: 社会救助暂行办法 14.
DESTITUTE: Final = ("cannot_work", "no_income_source", "no_supporter")
#: The act by which each relief is handled, posted, decided and paid: what its clocks stand on.
HANDLED_UNDER: Final = {
    "dibao": "最低生活保障审核确认办法",
    "destitute": "特困人员认定办法",
    "temp_expense": "国发2014-47",
    "temp_emergency": "国发2014-47",
    "medical": "社会救助暂行办法-30",
}
#: The papers without which an application can't be accepted.
PAPERS: Final[Mapping[str, frozenset[str]]] = {
    "dibao": frozenset({"application", "identity", "declaration"}),
    "destitute": frozenset({"application", "identity", "declaration"}),
    "temp_expense": frozenset({"application", "identity", "declaration", "hardship_proof"}),
    "temp_emergency": frozenset({"application", "identity"}),
    "medical": frozenset({"application", "identity", "hardship_proof"}),
}
#: What a posting may show (公示); all else is the household's own (社会救助暂行办法 61).
POSTED: Final = ("name", "estate", "kind_of_relief", "amount", "household_size")
NOT_POSTED: Final = ("id_number", "phone", "address", "account", "health", "income_items", "minor_name")
#: The steps that a month's report counts, in its order.
REPORTED: Final = (
    *("application_filed", "application_accepted", "opinion_supported", "opinion_against", "exception_decided"),
    *("district_approved", "approved_by_street", "district_rejected", "grant_renounced", "grant_revoked"),
    *("relief_paid", "month_paid", "arrears_paid", "advance_paid"),
    *("papers_completed", "papers_waived", "referred", "benefit_verified", "benefit_stopped", "benefit_restored"),
    *("fraud_found", "fraud_decided", "fraud_cleared", "refund_received", "remedy_sought", "remedy_decided"),
    "earlier_put_right",
)
#: What is on file of one request: put away as `earlier` when, after a rework, another one begins in the same case.
OF_A_REQUEST: Final = (
    *("application_filed", "policy_explained", "supplement_requested", "supplemented", "application_accepted"),
    *(
        "application_dropped",
        "handling_days",
        "opinion_days",
        "authorised",
        "information_checked",
        "relative_registered",
    ),
    *("cross_region_asked", "cross_region_answered", "house_visited", "neighbour_asked", "democratic_review_held"),
    *("exception_decided", "case_by_case", "opinion_supported", "opinion_against", "supported", "amount", "opinion_on"),
    *("publicity_started", "publicity_checked", "objection_raised", "objection_dismissed", "objection_upheld"),
    *("objected_on", "submitted", "submitted_for_refusal", "district_days", "district_sent_back", "district_urged"),
    *(
        "street_review_passed",
        "street_review_withdrawn",
        "approved_by_street",
        "district_approved",
        "district_rejected",
    ),
    *("granted_on", "approved_amount", "rejection_notified", "rejection_overturned", "approval_published"),
    *("relief_paid", "arrears_paid", "benefit", "benefit_runs", "last_month", "recorded_since", "heads", "month_paid"),
    *("verify_by", "verify_months", "benefit_verified", "lowered", "lowered_on", "benefit_stopped", "benefit_restored"),
    *("emergency_assessed", "advance_was_late", "not_urgent", "advance_paid", "advanced_on", "papers_completed"),
    *(
        "papers_waived",
        "advance_reclaimed",
        "reclaimed_on",
        "advance_upheld",
        "fraud_found",
        "fraud_on",
        "fraud_decided",
    ),
    *("before_fraud", "fraud_cleared", "refund_received", "refund_open", "remedy_sought", "remedy_decided"),
    *("referred", "referral_urged", "referral_answered", "referral_returned"),
    *("benefit_taken_up", "review_carried_out"),
)
#: Until when a benefit runs whose end nobody has decided.
OPEN_END: Final = "9999-12"
#: Words of an illness or a disability, which no posting names.
_ILLNESS: Final = ("病", "癌", "肿瘤", "残疾", "透析", "手术", "艾滋", "精神障碍")
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


@cache
def _terms() -> Terms:
    return Terms(Path(__file__).with_name("terms.toml"))


@cache
def bases() -> LegalBases:
    """Return the laws and clocks of `legal.toml`, read once."""
    return legal.load(Path(__file__).with_name("legal.toml"))


def until(clock: str, start: date) -> date:
    """Return the last day of a period of `legal.toml`, as it is valid on its first day."""
    rule = bases().clock(clock, start)
    period = Period(rule.limit, rule.unit)
    return clocks.add(start, period, calendar=standard_calendar(), roll=rule.roll).due_at.date()


def said(value: str) -> str:
    """Return the Chinese of a value, as pages show it."""
    return _terms().value(value, "zh")


def doubt(table: str) -> tuple[str, str]:
    """Return the mark, in Chinese and English, of what is reckoned by a table that nobody has compared with its source."""
    return ("", "") if settings()[table]["verified"] else ("（未核实）", " (not verified)")


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
    """Say whether a temporary relief was given for a cause in a calendar year, where the place has it once a year."""
    return settings()["temporary"]["once_a_year"] and any(
        row["cause"] == cause and row["year"] == year and row["relief"] in TEMPORARY for row in earlier
    )


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


def people_of(household: Iterable[Values]) -> list[Known]:
    """Return the members of a household that can be known again: by name and the number's last signs."""
    found = (("".join(member["name"].split()), member.get("id_last_four", "")) for member in household)
    return sorted({person for person in found if person[1]})


def people_in(details: Values) -> list[Known]:
    """Return whom a case would help, or has helped: who applied with the household, and who was given an advance."""
    *before, now = requests(details)
    found: list[Values] = []
    for one in (*(one for one in before if relief_had(one, pending=False)), now):
        found += (one.get("application_filed") or {}).get("household", ())
        if advance := one.get("advance_paid"):
            found.append({"name": advance["payee"], "id_last_four": advance["id_last_four"]})
    return people_of(found)


def is_over(details: Values) -> bool:
    """Whether what was given has ended since: stopped, or found to be obtained by fraud."""
    return details.get("benefit_runs") is False


def requests(details: Values) -> list[Values]:
    """Return what is on file of each request that a case has dealt with, the present one last."""
    return [*(details.get("earlier") or ()), details]


def relief_had(details: Values, *, pending: bool) -> dict[str, Any] | None:
    """Say what a request gives, gave or may yet give; None if it came to nothing."""
    filed, advance = details.get("application_filed") or {}, details.get("advance_paid")
    given = details.get("relief_paid") or (advance and not details.get("advance_reclaimed"))
    if not pending and (not given or is_over(details)):
        return None
    days = [row["paid_on"] for row in (details.get("relief_paid") or {}).get("payments", ())]
    day = max(days, default=details.get("advanced_on") or "")
    cause = filed.get("cause") or (details.get("emergency_assessed") or {}).get("cause", "")
    relief = filed.get("relief") or details.get("relief", "")
    return {"relief": relief, "cause": cause, "year": int(day[:4] or 0), "pending": pending}


def clash(relief: str, cause: str, year: int, other: Values) -> bool:
    """Whether a relief and another of the same persons are one too many."""
    if relief in LASTING:
        return other["relief"] in LASTING
    if other["relief"] not in ({relief} if relief not in TEMPORARY else TEMPORARY):
        return False
    return bool(other["cause"] == cause and (other["pending"] or other["year"] == year))


def elsewhere(people: Iterable[Known], case: CaseView, moment: Moment) -> list[Values]:
    """Look up what the same persons have, or have applied for, in other cases."""
    register = moment.known()
    return list(register.of(people, but=case.id)) if register is not None else []


def amount_in(details: Values, month: str) -> Decimal | None:
    """Return what a household gets for a month such as 2026-12, as granted and changed since; None where it gets nothing."""
    last = str(details.get("last_month") or "")
    if not details.get("relief_paid") or (last and month > last) or (is_over(details) and not last):
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
    if not details.get("relief_paid") or (is_over(details) and not last):
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


def is_lasting(request: Values) -> bool:
    """Whether a request is for what is paid month by month."""
    return (request.get("application_filed") or {}).get("relief") in LASTING


def heads(details: Values) -> int:
    """Return of how many a household is, as filed or as found since."""
    return int(details.get("heads") or len((details.get("application_filed") or {}).get("household", ())))


def recipient(details: Values, month: str) -> dict[str, Any] | None:
    """Return what a household gets in a month, with what its line of the payment list says; None where it gets nothing."""
    found = [one for one in requests(details) if is_lasting(one) and amount_in(one, month) is not None]
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


def refund_left(details: Values) -> Decimal:
    """Return what is still to come back of what was obtained without right, or advanced without need; below zero: came too much."""
    left = Decimal(0)
    for one in requests(details):
        left += refund_asked(one) + Decimal(str((one.get("advance_reclaimed") or {}).get("amount") or 0))
        left -= sum((Decimal(str(row["amount"])) for row in one.get("refund_received") or ()), Decimal(0))
    return left


def refund_asked(request: Values) -> Decimal:
    """Return what was obtained by fraud and is asked back: as it was decided, until then as it was reported."""
    asked = request.get("fraud_decided") or request.get("fraud_found") or {}
    return Decimal(str(asked.get("refund") or 0))


def is_relative(case: CaseView) -> bool:
    """Whether the applicant is a relative of the staff, as declared or as registered (近亲属备案)."""
    return bool(application(case).get("staff_relative") or case.details.get("relative_registered"))


def publicity_faults(case: CaseView) -> tuple[bool, list[str]]:
    """Return whether the posting was found gone before its time, and what it was found to show that it must not."""
    checks = case.details.get("publicity_checked") or ()
    shown = {one for check in checks for one in check["shown"]}
    return any(not check["still_posted"] for check in checks), sorted(shown & {*NOT_POSTED})


# -- changes ------------------------------------------------------------------


def begin_anew(case: CaseView) -> Mapping[str, Any]:
    """Put away what an earlier request of the case came to, so that nothing of it passes for this one's.

    An application that follows on an advance is of the same request.
    """
    if case.state == "emergency_settled":
        return {}
    was = {name: case.details[name] for name in OF_A_REQUEST if case.details.get(name)}
    if not was:
        return {}
    # What is kept each time goes on as an empty list.
    cleared: dict[str, Any] = {name: [] if isinstance(kept, list) else None for name, kept in was.items()}
    return {**cleared, "earlier": [*(case.details.get("earlier") or ()), was]}


def note_application(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the kind of relief, also in a column, and who has help elsewhere; what an earlier application found counts no longer."""
    return {
        **begin_anew(case),
        # Kept by the step itself: not what `begin_anew` has cleared.
        "application_filed": form,
        "relief_kind": form["relief"],
        "relief": form["relief"],
        "handled_under": HANDLED_UNDER[form["relief"]],
        "same_persons": elsewhere(people_of(form["household"]), case, moment),
        "supplement_requested": None,
        "supplemented": [],
        "information_checked": None,
        "house_visited": None,
        "democratic_review_held": None,
        "relative_registered": None,
        "objection_upheld": [],
        "publicity_checked": [],
        "approval_published": None,
        "case_by_case": None,
    }


def note_emergency(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that this is urgent relief."""
    return {
        **begin_anew(case),
        "emergency_assessed": form,
        "relief_kind": "temp_emergency",
        "relief": "temp_emergency",
        "advance_was_late": False,
    }


def note_advance(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep who was given an advance, and when."""
    return {
        "same_persons": elsewhere(
            people_of([{"name": form["payee"], "id_last_four": form["id_last_four"]}]), case, moment
        ),
        "advanced_on": form["paid_on"].isoformat(),
    }


def begin_publicity(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when it is posted: seven whole days after that day; what was found of an earlier posting counts no longer."""
    posted_on = form["posted_on"] or local_date(moment.now)
    return {"publicity_checked": [], "posted_until": until("publicity", posted_on)}


def set_verification(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Set when a lasting benefit is verified again: sooner where somebody may find work (社会救助暂行办法 13)."""
    if relief_of(case) not in LASTING:
        return {"verify_months": 0}
    works = any(member.get("can_work") for member in application(case).get("household", ()))
    months = settings()["verification"]["changing" if works else "stable"]
    since = form.get("checked_on") or local_date(moment.now)
    return {"verify_by": add_months(since, months).isoformat(), "verify_months": months}


def verify(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when a benefit is verified again, and from which month on it is another sum (社会救助暂行办法 13)."""
    changed: dict[str, Any] = {**set_verification(case, form, moment)}
    if form["heads"]:
        changed["heads"] = form["heads"]
    if relief_of(case) in LASTING and form["change"] != "unchanged":
        row = {"from_month": form["from_month"], "amount": str(form["new_amount"])}
        if not case.details.get("benefit"):
            changed["recorded_since"] = recorded_since(case.details) or row["from_month"]
        changed["benefit"] = [*(one for one in benefit(case.details) if one["from_month"] < row["from_month"]), row]
    return changed


def set_handling_days(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Set how long handling may take, by the kind of relief."""
    relief, days = relief_of(case), settings()["handling_days"]
    return {
        "handling_days": days["dibao_complex" if form["complex"] and relief == "dibao" else relief],
        "opinion_days": settings()["opinion_days"].get(relief, 0),
    }


def support(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the amount that the street supports, and since when."""
    return {
        "supported": True,
        "amount": form["amount"],
        "opinion_on": local_date(moment.now),
    }


def oppose(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the street does not support it."""
    return {"supported": False, "amount": Decimal(0)}


def note_delay(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that urgent help was late."""
    return {"advance_was_late": True}


def set_district_days(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Set how long the district may take, by the kind of relief."""
    return {"district_days": settings()["district_days"][relief_of(case)]}


def approve_as_supported(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what was granted, and when."""
    granted_on = form["decided_on"] or local_date(moment.now)
    return {"approved_amount": form["amount"], "granted_on": granted_on, **begin_benefit(case, form)}


def end_benefit(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that what was given goes on no longer, and the last month that is paid: this one where none is named."""
    last = form.get("last_month") or local_date(moment.now).strftime("%Y-%m")
    return {"benefit_runs": False, "last_month": last, "verify_months": 0}


def end_at_once(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that what was obtained without right goes on no longer: no month is paid that was not paid yet."""
    return {
        "before_fraud": {name: case.details.get(name) for name in ("benefit_runs", "last_month", "verify_months")},
        "benefit_runs": False,
        "verify_months": 0,
        "last_month": max(months_paid(case.details), default=None),
        "fraud_on": local_date(moment.now),
    }


def clear_of_fraud(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that nothing was obtained by fraud: what was given runs on as it ran before, and is not asked back."""
    before = case.details.get("before_fraud") or {"benefit_runs": bool(case.details.get("relief_paid"))}
    cleared = dict.fromkeys(("fraud_found", "fraud_decided", "fraud_on", "before_fraud"))
    return {"verify_months": 0, **before, **cleared, **_still_owed(case, cleared)}


def _still_owed(case: CaseView, cleared: Values) -> Mapping[str, Any]:
    """Say whether money is still to come back when one debt is not asked for any longer."""
    return {"refund_open": refund_left({**case.details, **cleared}) > 0}


def restore_benefit(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that what was stopped runs on: the months since then are due."""
    runs = {"benefit_runs": True, "last_month": None, "benefit_stopped": None}
    return {**runs, **set_verification(case, form, moment)}


def uphold_advance(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that an advance is not asked back."""
    cleared = dict.fromkeys(("advance_reclaimed", "reclaimed_on"))
    return {**cleared, **_still_owed(case, cleared)}


def note_refund(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep whether more is to come back."""
    return {"refund_open": refund_left(case.details) > form["amount"]}


def give_back(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that what came back too much was given back: it stands below nothing among what came back."""
    row = {**form, "amount": -form["amount"]}
    return {"refund_received": [*(case.details.get("refund_received") or ()), row]}


def note_decision(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep whether something is still to come back by what was decided on a fraud: it may have come before."""
    return {"refund_open": refund_left({**case.details, "fraud_decided": form}) > 0}


def take_up_again(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that a refusal is decided anew, and whether its resident was told the end already."""
    ended = case.state in ("concluded", *handling.ENDS)
    return {"after_the_end": ended or bool(case.details.get("after_the_end"))}


def end_review(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that what was opened after its end has ended again."""
    return {"after_the_end": None}


def approve_in_street(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what the street has granted by its delegation: an earlier way to the district counts no longer."""
    return {**approve_as_supported(case, form, moment), "submitted": None}


def take_back_grant(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that what was granted is not paid: it counts as granted no longer, and another grant is published anew."""
    return {"granted_on": None, "approved_amount": None, "benefit": [], "approval_published": None}


def note_reclaim(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep on which day an advance was asked back."""
    return {"reclaimed_on": local_date(moment.now), "refund_open": True}


def decide_case_by_case(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep for which cause and year a meeting has decided to help again, and who has put that on record."""
    cause, year = application(case)["cause"], local_date(moment.now).year
    return {"case_by_case": {"cause": cause, "year": year, "minutes_no": form["minutes_no"], "by": moment.actor}}


def begin_benefit(case: CaseView, form: Values) -> Mapping[str, Any]:
    """Keep what is granted month by month, where it lasts."""
    if relief_of(case) not in LASTING:
        return {}
    return {"benefit": [{"from_month": form["from_month"], "amount": str(form["amount"])}]}


def total_paid(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add up what was paid to all, and set when it is verified."""
    amount = sum((row["amount"] for row in form["payments"]), Decimal(0))
    return {"amount": amount, "benefit_runs": True, "last_month": None, **set_verification(case, form, moment)}


# -- guards -------------------------------------------------------------------


def what_happened_is_past(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an act that is dated after now: every day and moment of the form, also in its rows."""
    if late := [one for one in _days(form) if _is_ahead(one, moment.now)]:
        return Refusal(f"日期不能晚于今天（{late[0]}）", f"it can't have happened after today: {late[0]}")
    return None


def _days(form: Values) -> Iterator[date]:
    """Give every day and moment that a form names: all of them are of acts, in relief."""
    for value in form.values():
        if isinstance(value, date):
            yield value
        elif isinstance(value, list):
            for row in value:
                yield from _days(row) if isinstance(row, Mapping) else ()


def _is_ahead(one: date, now: datetime) -> bool:
    return one > now if isinstance(one, datetime) else one > local_date(now)


def asks_for_no_help(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to put off with words one who asks for help: take the application or refer it (社会救助暂行办法 60, 66(1))."""
    if case.details.get("kind") != "help":
        return None
    return Refusal(
        "求助类诉求应受理申请或转介，不得以政策解释代替",
        "who asks for help is not put off with words: take the application or refer it",
    )


def was_told_how_to_apply(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let go who has not applied before he was told how to, or was tried to be reached on so many days (社会救助暂行办法 60)."""
    if not form:
        return None
    least = settings()["unreached"]["days"]
    told, tried, opened = form["told_on"], {row["tried_on"] for row in form["tries"]}, local_date(case.opened_at)
    if not told and len(tried) < least:
        zh, en = doubt("unreached")
        return Refusal(
            f"未提出申请的，应写明何日告知了申请途径，或者至少在 {least} 个不同日期联系未果{zh}，方可结束",
            f"say on which day the ways to apply were told, or on which {least} days at least nobody was reached{en}",
        )
    if early := [one for one in (told, *sorted(tried)) if one and one < opened]:
        return Refusal(
            f"告知或者联系的日期 {early[0]} 早于收到诉求之日（{opened}）",
            f"told or tried on {early[0]}, but the appeal came on {opened}",
        )
    return None


def nobody_is_left(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give up for a death what is granted to a household that lives on."""
    if not form or form["ground"] != "death" or heads(case.details) <= 1:
        return None
    return Refusal(
        f"救助以家庭为单位（{heads(case.details)} 人），其他成员仍应发放；标准有变的，发放后核查调整或者由批准机关撤销",
        "it is granted to a household: the others are still paid",
    )


def revoked_after_the_grant(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a revocation that is dated before the grant."""
    granted = str(case.details.get("granted_on") or "")
    if not form or form["decided_on"].isoformat() >= granted:
        return None
    return Refusal(f"撤销日期早于批准之日（{granted}）", f"granted on {granted}: it can't be revoked before")


def residence_fits(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file what another place must take; help to apply there instead (社会救助暂行办法 11, 16)."""
    if not form or form["residence"] == "local_household":
        return None
    if form["residence"] == "residence_permit" and form["relief"] in TEMPORARY:
        return None
    return Refusal(
        "应向户籍地（临时救助可向居住证所在地）申请，请协助转介",
        "this is applied for where the household is registered: refer it",
    )


def papers_are_complete(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to accept while papers are missing: they are asked for, all at once."""
    missing = missing_papers(case)
    if not missing:
        return None
    return Refusal(
        f"申请材料不齐：{'、'.join(map(said, missing))}，请一次性告知补正", f"papers are missing: {', '.join(missing)}"
    )


def asks_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask for papers a second time."""
    if not case.details.get("supplement_requested"):
        return None
    return Refusal("补正材料只能一次性告知，不得重复要求", "missing papers are asked for once, all of them")


def every_adult_authorised(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to look into a household before each grown-up member has signed (社会救助暂行办法 58)."""
    if not form:
        return None
    unsigned = sorted(adults(case) - {row["member"] for row in form["signatures"]})
    if not unsigned:
        return None
    return Refusal(
        f"成年家庭成员未签署核对授权书：{'、'.join(unsigned)}", f"these adults have not signed: {', '.join(unsigned)}"
    )


def two_visit(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a visit by one person alone."""
    if not form or len({visitor["name"] for visitor in form["visitors"]}) >= 2:  # noqa: PLR2004 - the rule's number
        return None
    return Refusal("入户调查不得少于两人", "at least two people visit a household")


def district_visits_relatives(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a visit without the district where the applicant is a relative of the staff (近亲属备案)."""
    if not form or not is_relative(case):
        return None
    if any(visitor["of_district"] for visitor in form["visitors"]):
        return None
    return Refusal(
        "申请人为经办人员近亲属，须由区级人员参加入户调查",
        "a relative of the staff is visited with the district's people",
    )


def relative_is_registered(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an opinion on a relative of the staff who is not registered, or whom the district has not visited."""
    if not is_relative(case):
        return None
    if not case.details.get("relative_registered"):
        return Refusal("申请人为经办人员近亲属，应先办理近亲属备案", "a relative of the staff: register that first")
    visitors = (case.details.get("house_visited") or {}).get("visitors", ())
    if not any(visitor["of_district"] for visitor in visitors):
        return Refusal(
            "近亲属备案后须由区级人员参加入户调查，请重新入户",
            "a relative of the staff is visited with the district's people: visit again",
        )
    return None


def who_applies_is_named(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an entrusted application that does not say who was entrusted (社会救助暂行办法 11)."""
    if form.get("source") != "entrusted" or form["entrusted_by"].strip():
        return None
    return Refusal("委托申请须填写受委托人（如社区居委会）", "say who was entrusted with the application")


def doubts_were_reviewed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an opinion while papers and findings disagree and no neighbours' review was held."""
    if not is_doubtful(case) or case.details.get("democratic_review_held"):
        return None
    return Refusal(
        "核对或入户情况存疑，应先进行民主评议", "papers and findings disagree: hold a democratic review first"
    )


def neighbours_were_heard(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an opinion on dibao or 特困供养 before neighbours were asked, or have reviewed it (社会救助暂行办法 11, 16)."""
    if relief_of(case) not in LASTING:
        return None
    if case.details.get("neighbour_asked") or case.details.get("democratic_review_held"):
        return None
    return Refusal(
        "低保、特困供养审核前应有邻里访问或者民主评议记录",
        "ask the neighbours, or hold a democratic review, before an opinion on lasting relief",
    )


def persons_agree(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to count other heads than the household has."""
    household = application(case).get("household", ())
    if not form or form["persons"] == len(household):
        return None
    return Refusal(
        f"计算人数应与家庭成员数（{len(household)}人）一致",
        f"the household has {len(household)} members, not {form['persons']}",
    )


def is_eligible(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to support who has the standard or too much property, or is not destitute (社会救助暂行办法 9, 14)."""
    if form and relief_of(case) == "temp_expense" and not form["property_within_limits"]:
        return Refusal(
            "家庭财产状况不符合支出型临时救助条件", "the property is above the limits of relief for an expense"
        )
    if form and relief_of(case) == "destitute" and (lacking := [name for name in DESTITUTE if not form[name]]):
        return Refusal(
            f"特困供养须无劳动能力、无生活来源且无法定赡养、抚养、扶养人（或者其无能力），未确认：{'、'.join(map(said, lacking))}",
            f"not found: {', '.join(lacking)}: relief for the destitute takes all three",
        )
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


def cause_is_new_this_year(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second temporary relief for the same cause in one calendar year, declared or on file in another case."""
    filed = application(case)
    if relief_of(case) not in TEMPORARY:
        return None
    before = (relief_had(one, pending=False) for one in requests(case.details)[:-1])
    given = [*filed.get("relief_history", ()), *(row for row in before if row)]
    if form:
        found = elsewhere(people_of(filed.get("household", ())), case, moment)
        given += [row for row in found if not row["pending"]]
    year = local_date(moment.now).year
    if not was_relieved(filed["cause"], year, given) or is_excepted(case, filed["cause"], year):
        return None
    zh, en = doubt("temporary")
    return Refusal(
        f"同一事由一个自然年度内原则上只救助一次{zh}；确有特殊情况的，先由负责人登记“一事一议”集体研究决定",
        f"the same cause was relieved this calendar year already{en}: a meeting may decide otherwise, case by case",
    )


def is_excepted(case: CaseView, cause: str, year: int) -> bool:
    """Whether a meeting has decided that this cause is relieved again in this year (一事一议)."""
    decided = case.details.get("case_by_case") or {}
    return (decided.get("cause"), decided.get("year")) == (cause, year)


def exception_has_its_majority(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an exception for what needs none, and one that the meeting's majority was not for."""
    if relief_of(case) not in TEMPORARY:
        return Refusal("“一事一议”只用于临时救助", "only temporary relief is decided case by case")
    if not form or form["present"] >= form["in_favour"] > form["present"] / 2:
        return None
    return Refusal("集体研究须有到会人员过半数同意", "more than half of those present must be in favour")


def posted_after_the_opinion(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a posting that is dated before the opinion that it shows: its seven days would be cut short."""
    given = case.details.get("opinion_on")
    if not form or not given or not form["posted_on"] or form["posted_on"].isoformat() >= str(given):
        return None
    return Refusal(f"公示日期早于审核意见作出之日（{given}）", f"the opinion is of {given}: it can't be posted before")


def posted_again_after_the_objection(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a new posting that is dated before the objection that it follows."""
    raised = case.details.get("objected_on")
    if not form or not raised or not form["posted_on"] or form["posted_on"].isoformat() >= str(raised):
        return None
    return Refusal(f"重新公示日期早于异议之日（{raised}）", f"the objection is of {raised}: post it again after that")


def note_objection(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep on which day an objection came."""
    return {"objected_on": local_date(moment.now)}


def change_fits_the_amount(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a change that is none, or that nobody has decided: the district does (社会救助暂行办法 13)."""
    rows = benefit(case.details)
    if not form or relief_of(case) not in LASTING or not rows:
        return None
    month = form["from_month"] or local_date(moment.now).strftime("%Y-%m")
    now = amount_in(case.details, month) or Decimal(rows[-1]["amount"])
    new = form["new_amount"]
    if not {"unchanged": new == now, "raised": new > now, "lowered": 0 < new < now}[form["change"]]:
        return Refusal(
            f"现发放 {now} 元，调整后 {new} 元，与“{said(form['change'])}”不符",
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
    if relief_of(case) not in LASTING:
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


def something_was_given(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to speak of fraud after the appeal's end where nothing was given, or it was found already."""
    given = case.details.get("relief_paid") or case.details.get("advance_paid")
    if given and not case.details.get("fraud_found"):
        return None
    return Refusal("没有发放过救助，或者已经认定", "nothing was given, or it was found already")


def refund_is_what_was_obtained(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask back more than was obtained (社会救助暂行办法 68)."""
    if not form or form["refund"] <= form["obtained"]:
        return None
    return Refusal("应退金额不能超过骗取金额", "no more is asked back than was obtained")


def reclaim_is_what_was_advanced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask back more than was advanced."""
    given = Decimal(str((case.details.get("advance_paid") or {}).get("amount") or 0))
    if not form or form["amount"] <= given:
        return None
    return Refusal(f"追回金额不能超过先行救助的 {given} 元", f"{given} yuan were advanced")


def referrals_open(details: Values) -> list[str]:
    """Return the numbers of the referrals beside the case that nobody has answered."""
    answered = {row["referral_no"].strip() for row in details.get("also_referral_answered") or ()}
    asked = [row["referral_no"].strip() for row in details.get("also_referred") or ()]
    return [number for number in asked if number not in answered]


def referral_is_open(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an answer to a referral that was not made, or is answered."""
    left = referrals_open(case.details)
    if left and (not form or form["referral_no"].strip() in left):
        return None
    numbers = "、".join(left) or "无"
    said = f"待回复的转介单号：{numbers}", f"referrals that wait for an answer: {', '.join(left) or 'none'}"
    return Refusal(*said, moot=not left)


def note_answer(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep whether other bodies are still waited for."""
    return {"referrals_left": bool({*referrals_open(case.details)} - {form["referral_no"].strip()})}


def refund_is_open(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a refund that nobody asked for, or of more than is left."""
    left = refund_left(case.details)
    if left <= 0:
        return Refusal("没有待退回的资金", "nothing is to come back", moot=True)
    if not form or form["amount"] <= left:
        return None
    return Refusal(f"尚应退回 {left} 元", f"{left} yuan are to come back")


def too_much_came_back(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give back what nobody has paid back too much."""
    above = -refund_left(case.details)
    if above > 0 and (not form or form["amount"] <= above):
        return None
    return Refusal(f"多退的资金为 {max(above, 0)} 元", f"{max(above, 0)} yuan came back too much", moot=above <= 0)


def shows_only_what_it_may(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a posting with more than name, estate, kind, amount and heads: no number, no illness (社会救助暂行办法 61)."""
    if not form:
        return None
    words = f"{form['estate']} {form['place']}"
    if not {*form["shown"]} & {*NOT_POSTED} and not redact(words).total and not any(one in words for one in _ILLNESS):
        return None
    return Refusal(
        "公示单只能载明姓名、住址小区、救助类型、金额和人数，不得出现证件号码、电话、病情等个人信息",
        "a posting shows name, estate, kind, amount and heads only: no number, no telephone, no illness",
    )


def was_posted_properly(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on with a publicity that was cut short or showed what it must not: post it again."""
    short, shown = publicity_faults(case)
    if not short and not shown:
        return None
    return Refusal(
        "公示不足七日或者公示了不应公示的内容，应重新公示",
        "the posting was cut short or showed what it must not: post it again",
    )


def pays_from_next_month(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a lasting benefit that does not begin in the month after the decision."""
    if not form or relief_of(case) not in LASTING:
        return None
    decided = form["decided_on"] or local_date(moment.now)
    first = add_months(decided, 1).strftime("%Y-%m")
    if form["from_month"] == first:
        return None
    return Refusal(f"应自确认之日下月（{first}）起发放", f"it is paid from the month after the decision, {first}")


def publication_is_dated(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a publication before the grant, after today, or that ended before it began."""
    if not form:
        return None
    granted = date.fromisoformat(str(case.details.get("granted_on") or form["published_on"]))
    if not granted <= form["published_on"] <= local_date(moment.now):
        return Refusal(f"公布日期应在批准之日（{granted}）以后、今天以前", f"published between {granted} and today")
    if form["until"] and form["until"] < form["published_on"]:
        return Refusal("公布截止日期早于公布日期", "it can't end before it began")
    return None


def grant_is_published(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to pay out dibao or 特困供养 before the grant is published where the household lives (社会救助暂行办法 11, 16)."""
    if relief_of(case) not in LASTING or case.details.get("approval_published"):
        return None
    return Refusal(
        "批准结果应先在申请人所在社区公布，并登记公布时间、地点和凭证",
        "publish the grant in the community first, and record it",
    )


def end_is_decided_and_published(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end a lasting benefit without the district's decision, 特困供养 without publishing it (社会救助暂行办法 13, 18)."""
    relief = relief_of(case)
    if not form or relief not in LASTING:
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
    if not form or relief_of(case) not in LASTING or not form["last_month"]:
        return None
    this, paid = local_date(moment.now).strftime("%Y-%m"), max(months_paid(case.details), default="")
    if paid <= form["last_month"] <= max(this, paid):
        return None
    return Refusal(
        f"最后发放月份应在已发放的 {paid} 以后、本月（{this}）以前：停发后不得继续发放",
        f"the last month lies between {paid}, which is paid, and {this}: nothing goes on after the end",
    )


def is_what_was_supported(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the street's own grant of another sum than was posted and reviewed (社会救助暂行办法 48)."""
    supported = Decimal(case.details.get("amount", "0"))
    if not form or form["amount"] == supported:
        return None
    return Refusal(
        f"街道审批金额应与公示、复核的 {supported} 元一致", f"the street grants the {supported} yuan that were posted"
    )


def benefit_still_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to verify or stop what was never paid or is stopped already."""
    if case.details.get("relief_paid") and not is_over(case.details):
        return None
    return Refusal("没有正在发放的救助", "no relief is being paid")


def outlives_the_appeal(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to verify or stop after the appeal's end what was paid once."""
    if relief_of(case) in LASTING:
        return None
    return Refusal("一次性救助办结后不再核查", "what was paid once is not verified after the appeal's end")


def retro_papers_are_complete(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close an advance whose papers are not all there."""
    if not form:
        return None
    missing = sorted(PAPERS["temp_emergency"] - {*form["papers"]})
    if not missing:
        return None
    return Refusal(f"补办手续缺少材料：{'、'.join(map(said, missing))}", f"papers are missing: {', '.join(missing)}")


def street_may_decide(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide in the street what was not delegated to it (社会救助暂行办法 48)."""
    if relief_of(case) not in TEMPORARY:
        return Refusal("仅小额临时救助可委托街道审批", "only small temporary relief may be delegated to the street")
    if case.details.get("case_by_case"):
        return Refusal("“一事一议”的救助应报区民政部门审批", "what was decided case by case goes to the district")
    if not form or Decimal(case.details.get("amount", "0")) <= form["delegated_limit"]:
        return None
    return Refusal("超过委托审批限额，应报区民政部门", "above the delegated limit: submit it to the district")


def nothing_runs_already(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to begin another request in a case whose monthly relief is being paid, or was not paid to its end.

    Nor while the district is still to decide on a report of fraud: whoever needs help meanwhile has it by another appeal.
    """
    if fraud_is_undecided(case, {}, moment) is None:
        return Refusal(
            "骗取报告还没有处理决定：请先登记处理决定或者“骗取不成立”；急需救助的，另行登记诉求受理",
            "the report of fraud is not decided: put that on record first; who needs help now has it by another appeal",
        )
    if not is_lasting(case.details) or not case.details.get("relief_paid"):
        return None
    if is_over(case.details):
        if not (unpaid := months_due(case.details, local_date(moment.now).strftime("%Y-%m"))):
            return None
        return Refusal(
            f"停发前 {'、'.join(unpaid)} 的救助金还没有发放，请先登记发放",
            f"nothing is on record as paid for {', '.join(unpaid)}: pay that first",
        )
    return nothing_lasting_runs(case, {}, moment)


def nothing_lasting_runs(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to begin the procedure again, or another request, in a case whose monthly relief is being paid."""
    if not is_lasting(case.details) or benefit_still_runs(case, {}, moment):
        return None
    return Refusal(
        "本案的救助正在按月发放：退回重办的请“转回在享核查”，不在本案重新申请；另需其他救助的，另行登记诉求",
        "monthly relief is being paid by this case: go back to verifying it; another request is another appeal",
    )


def what_runs_is_lasting(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to go back to a monthly relief that is not being paid."""
    if is_lasting(case.details) and benefit_still_runs(case, {}, moment) is None:
        return None
    return Refusal("本案没有正在按月发放的救助", "no monthly relief is being paid by this case", moot=True)


def a_refusal_stands(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to overturn a refusal that there is none of."""
    if case.details.get("rejection_notified") and not case.details.get("granted_on"):
        return None
    return Refusal("本案没有告知过不予批准", "nothing was refused in this case", moot=True)


def is_stopped(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to restore what was not stopped."""
    if case.details.get("benefit_stopped") and not case.details.get("fraud_found"):
        return None
    return Refusal("本案没有停发的救助", "nothing was stopped in this case", moot=True)


def is_reclaimed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take back what was not asked back."""
    if case.details.get("advance_reclaimed"):
        return None
    return Refusal("本案没有追回的先行救助", "no advance was asked back in this case", moot=True)


def fraud_is_undecided(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide on a fraud that nobody has reported, or twice."""
    if case.details.get("fraud_found") and not case.details.get("fraud_decided"):
        return None
    return Refusal("没有待处理的骗取报告", "no report of fraud waits for its decision", moot=True)


def fraud_was_reported(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to clear of what nobody has reported."""
    if case.details.get("fraud_found"):
        return None
    return Refusal("没有报告过骗取", "no fraud was reported", moot=True)


def nothing_was_given(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take up as a request what was granted and paid, or advanced."""
    if not case.details.get("relief_paid") and not case.details.get("advance_paid"):
        return None
    return Refusal("救助已经发放，请恢复发放或者恢复先行救助", "it was paid already: restore that", moot=True)


def relief_was_paid(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to a payment that was not made."""
    if case.details.get("relief_paid"):
        return None
    return Refusal("没有发放过救助", "nothing was paid", moot=True)


def only_an_advance_was_given(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to an advance where there is none, or more was paid."""
    if case.details.get("advance_paid") and not case.details.get("relief_paid"):
        return None
    return Refusal("没有先行救助", "nothing was advanced", moot=True)


def decided_refund_is_lawful(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a decision that asks back more than was obtained, or fines outside one to three times that (社会救助暂行办法 68)."""
    if not form:
        return None
    figures = {**form, "proposed_fine": form["fine"]}
    return refund_is_what_was_obtained(case, figures, moment) or fraud_fine_is_lawful(case, figures, moment)


def papers_can_not_come(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close an advance without papers for one whom nobody has tried to reach on so many days."""
    least = settings()["unreached"]["days"]
    if not form or form["ground"] == "death" or len({row["tried_on"] for row in form["tries"]}) >= least:
        return None
    zh, en = doubt("unreached")
    return Refusal(
        f"联系不上的，应登记至少 {least} 个不同日期的联系记录{zh}",
        f"tried in vain on {least} days at least: put them on record{en}",
    )


def is_told_by_the_appeal(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to conclude a second time an appeal that has ended, where a review alone has opened the case again."""
    if not case.details.get("after_the_end"):
        return None
    return Refusal(
        "诉求此前已经办结，本案因复议、诉讼重新办理：书面告知申请人后，请“落实复议诉讼决定”",
        "the appeal has ended before; a review has opened the case again: put on record that it was carried out",
    )


def was_opened_by_a_review(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end without the resident's reply what no review has opened after the appeal's end."""
    if case.details.get("after_the_end"):
        return None
    return Refusal("本案不是办结后因复议、诉讼重新办理的", "no review has opened this case after its end", moot=True)


def something_was_granted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse arrears of what was never granted."""
    if case.details.get("granted_on"):
        return None
    return Refusal("没有批准过救助，不存在补发", "nothing was granted: nothing is in arrears", moot=True)


def advanced_after_the_assessment(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an advance that is dated before the need was assessed (社会救助暂行办法 48)."""
    assessed = str((case.details.get("emergency_assessed") or {}).get("assessed_at") or "")
    if not form or not assessed:
        return None
    day = local_date(datetime.fromisoformat(assessed))
    if form["paid_on"] >= day:
        return None
    return Refusal(f"先行救助日期早于认定急难之日（{day}）", f"assessed on {day}, but paid on {form['paid_on']}")


def result_of(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Say by which way a request came to its end, as it is counted."""
    body = (case.details.get("referred") or {}).get("body")
    ends = {
        "paid": "granted",
        "emergency_settled": "advance_settled",
        "dropped": "application_dropped",
        "rejection_told": "rejected",
        "fraud": "fraud_found",
        **dict.fromkeys(("referral_settled", "referral_silent"), "charity" if body == "charity" else "referred"),
    }
    return {"ended_as": ends.get(case.state, case.state)}


def within_advance_limit(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an advance above the limit for urgent help."""
    if not form or form["amount"] <= form["limit"]:
        return None
    return Refusal("先行救助金额超过限额", "the advance is above its limit")


def paid_what_was_approved(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse payments that do not add up to what was granted, or came before it (社会救助暂行办法 66(6), 67)."""
    if not form:
        return None
    approved = Decimal(case.details.get("approved_amount", "0"))
    if sum((row["amount"] for row in form["payments"]), Decimal(0)) != approved:
        return Refusal(
            f"发放合计应等于批准金额 {approved} 元", f"the payments must come to the {approved} yuan granted"
        )
    granted = str(case.details.get("granted_on") or "")
    if early := [row["paid_on"] for row in form["payments"] if row["paid_on"].isoformat() < granted]:
        return Refusal(
            f"发放日期 {early[0]} 早于批准之日（{granted}）", f"paid on {early[0]}, but granted on {granted}"
        )
    return None


def fraud_fine_is_lawful(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to propose a fine other than one to three times what was obtained (社会救助暂行办法 68)."""
    if not form or not form["proposed_fine"]:
        return None
    least, most = (times * form["obtained"] for times in FRAUD_FINE)
    if least <= form["proposed_fine"] <= most:
        return None
    return Refusal("罚款建议应为骗取数额的一倍以上三倍以下", "a fine is one to three times what was obtained")
