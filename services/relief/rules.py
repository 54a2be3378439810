"""The words, laws and days that every rule of relief leans on, what a case has asked for, and how it comes to its end.

Pure. Standards and caps change every year and by place: they come with the form that
uses them, together with the document that sets them, or from `data/standards.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from chassis import clocks, handling, legal
from chassis.clocks import ClockRule, Period
from chassis.legal import LegalBases
from chassis.terms import Terms
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import CaseView, Change, Moment, Refusal, Values

CENT: Final = Decimal("0.01")
#: What is applied for at the street's window.
RELIEFS: Final = ("dibao", "destitute", "temp_expense", "temp_emergency", "medical")
TEMPORARY: Final = frozenset({"temp_expense", "temp_emergency"})
#: What is paid month by month and verified again; a household has one of them only.
LASTING: Final = frozenset({"dibao", "destitute"})
#: What an appeal for each relief is entered as in the ledger (台账): its category there.
CATEGORIES: Final = {
    "dibao": "0501",
    "destitute": "0502",
    "temp_emergency": "0503",
    "temp_expense": "0504",
    "medical": "0505",
}
#: The tables in which a department's `standards.toml` may still hold days of its own, from before they were rows of the law.
#: With them, what the row for all others was called there.
_OWN_DAYS: Final = {
    "handling": ("handling_days", "dibao"),
    "initial_opinion": ("opinion_days", "destitute"),
    "district": ("district_days", "dibao"),
    "verification": ("verification", "stable"),
}
#: The rows of `[limits]`: what the street may grant by delegation, and what it may advance.
LIMITS: Final = ("delegated", "advance")
#: The papers without which an application can't be accepted.
PAPERS: Final[Mapping[str, frozenset[str]]] = {
    "dibao": frozenset({"application", "identity", "declaration"}),
    "destitute": frozenset({"application", "identity", "declaration"}),
    "temp_expense": frozenset({"application", "identity", "declaration", "hardship_proof"}),
    "temp_emergency": frozenset({"application", "identity"}),
    "medical": frozenset({"application", "identity", "hardship_proof"}),
}


#: The steps by which a request is refused, and by whom; what was granted is revoked by who had granted it.
REFUSALS: Final = {"rejected_by_street": "street", "district_rejected": "district", "grant_revoked": ""}


# -- standards ----------------------------------------------------------------


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
    return with_own_days(legal.load(Path(__file__).with_name("legal.toml")), settings())


def with_own_days(law: LegalBases, standards: Mapping[str, Any]) -> LegalBases:
    """Return laws and clocks with the days that a department's `standards.toml` still holds in place of theirs."""

    def days(row: ClockRule) -> int:
        table, others = _OWN_DAYS.get(row.name, ("", ""))
        own: Mapping[str, int] = standards.get(table, {})
        return own.get(row.case_kind or others, row.limit)

    return LegalBases(law.bases, (replace(row, limit=days(row)) for row in law.clocks), origin=law.origin)


def until(clock: str, start: date, relief: str = "") -> date:
    """Return the last day of a period of `legal.toml`, as it is valid on its first day for a kind of relief."""
    rule = bases().clock(clock, start, relief)
    period = Period(rule.limit, rule.unit)
    return clocks.add(start, period, calendar=standard_calendar(), roll=rule.roll).due_at.date()


def length(clock: str, on: date, of: str = "") -> int:
    """Return how long a clock of `legal.toml` runs, in its own unit, for a kind of relief or household, as it is valid on a day."""
    return bases().clock(clock, on, of).limit


def handled_as(relief: str, acceptance: Values) -> str:
    """Return by which rows of `legal.toml` an application is handled: those of its kind, of dibao also of the special case."""
    return "dibao_complex" if relief == "dibao" and acceptance.get("complex") else relief


def categorised(relief: str) -> Mapping[str, Any]:
    """Return what an appeal is, once it is known which relief is asked for: its category, and that it asks for help."""
    return {"category": CATEGORIES[relief], "kind": "help"}


def said(value: str) -> str:
    """Return the Chinese of a value, as pages show it."""
    return _terms().value(value, "zh")


def marked(*, verified: bool) -> tuple[str, str]:
    """Return the mark, in Chinese and English, of what nobody has compared with its source."""
    return ("", "") if verified else ("（未核实）", " (not verified)")


def doubt(table: str) -> tuple[str, str]:
    """Return the mark, in Chinese and English, of what is reckoned by a table that nobody has compared with its source."""
    return marked(verified=settings()[table]["verified"])


def at_most(name: str, said: Decimal) -> tuple[Decimal, str, str]:
    """Return the limit of a row of `[limits]`, with where it is set in Chinese and English; or the form's, where it is lower or alone."""
    table = settings().get("limits", {})
    if name not in table:
        return (
            said,
            "（未核实，standards.toml 没有设定限额，以填写的为准）",
            " (not verified, none is set in standards.toml)",
        )
    if said <= Decimal(table[name]):
        return said, "", ""
    zh, en = ("", "") if table.get("verified") else ("未核实，", "not verified, ")
    return (
        Decimal(table[name]),
        f"（{zh}由 standards.toml 的 [limits] 设定）",
        f" ({en}set by [limits] in standards.toml)",
    )


def unlimited() -> Iterator[tuple[str, str]]:
    """Say which limits a department's own `standards.toml` does not set, being from before they stood there, and what to do."""
    for name in LIMITS:
        if name not in settings().get("limits", {}):
            yield (
                f"standards.toml sets no limit `{name}`: whoever fills in the form sets it",
                f'add to it, under [limits]: {name} = "…" (yuan, in quotes; as in the file that comes with the service)',
            )


# -- what is known of a case --------------------------------------------------


def application(case: CaseView) -> Values:
    """Return the application as filed."""
    found: Values = case.details.get("application_filed") or {}
    return found


def relief_of(case: CaseView) -> str:
    """Return the kind of relief that is asked for."""
    return str(application(case).get("relief") or case.details.get("relief", ""))


def is_over(details: Values) -> bool:
    """Whether what was given has ended since: stopped, or found to be obtained by fraud."""
    return details.get("benefit_runs") is False


def requests(details: Values) -> list[Values]:
    """Return what is on file of each request that a case has dealt with, the present one last."""
    return [*(details.get("earlier") or ()), details]


def is_lasting(request: Values) -> bool:
    """Whether a request is for what is paid month by month."""
    return (request.get("application_filed") or {}).get("relief") in LASTING


def refusal(request: Values) -> tuple[str, Values]:
    """Return by which step a request was refused, and its form; nothing where it was not."""
    found = next((name for name in REFUSALS if request.get(name)), "")
    form: Values = request.get(found) or {}
    if found == "district_rejected":
        # A worker of a release before has put them all under one name.
        own = {"delegation_no": "rejected_by_street", "authority": "grant_revoked"}
        found = next((name for field, name in own.items() if field in form), found)
    return found, form


# -- changes ------------------------------------------------------------------


def refuses(step: str) -> Change:
    """Make the change of a step that refuses: by whom it does; a refusal before it counts no longer."""

    def refuse(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
        granted_by = "district" if case.details.get("submitted") else "street"
        others = {name: None for name in REFUSALS if name != step}
        return {**others, "refused_by": REFUSALS[step] or granted_by}

    return refuse


def take_up_again(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that a refusal is decided anew, and whether its resident was told the end already."""
    ended = case.state in ("concluded", *handling.ENDS)
    return {"after_the_end": ended or bool(case.details.get("after_the_end")), **handled_again(case)}


def handled_again(case: CaseView) -> Mapping[str, Any]:
    """Keep by which rows of the law it is handled again: not on file of what was accepted before each kind had its own."""
    return {"handled_as": handled_as(relief_of(case), case.details.get("application_accepted") or {})}


def end_review(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that what was opened after its end has ended again."""
    return {"after_the_end": None}


# -- guards -------------------------------------------------------------------


def what_happened_is_past(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an act that is dated after now: every day and moment of the form, also in its rows."""
    if late := [one for one in _days(form) if _is_ahead(one, moment.now)]:
        return Refusal(f"日期不能晚于今天（{late[0]}）", f"it can't have happened after today: {late[0]}")
    return None


def not_before(form: Values, act: str, earlier: Any, zh: str, en: str) -> Refusal | None:
    """Refuse an act that is dated before the one that it follows; left out, it is of today."""
    if not form or not earlier or not form[act] or form[act].isoformat() >= str(earlier):
        return None
    return Refusal(f"日期早于{zh}之日（{earlier}）", f"it lies before {en}, of {earlier}")


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
