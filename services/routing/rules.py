"""Decisions of routing: who signs, who handles, by when. Pure; the rules are data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chassis.clocks import Clock, Period
from chassis.workcalendar import local, standard_calendar
from chassis.workflow import Refusal, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

_DATA = Path(__file__).parent / "data"

#: The six mechanisms, and the levels of urgency, in the order people list them.
MECHANISMS = ("mediation", "enforcement", "hotline", "wage_recovery", "relief", "property")
URGENCIES = ("I", "II", "III", "III-c", "IV")
SEVERITIES = ("minor", "moderate", "serious", "critical")

#: Below this confidence a person looks before anything is dispatched.
LEAST_CONFIDENCE = 0.5

_CLOCKS = {
    "sign_in": ("签收", "Sign in"),
    "first_contact": ("首次联系诉求人", "First contact"),
    "finish": ("办结答复", "Finish and reply"),
}


class RulesError(ValueError):
    """Rules that can't be used; the message names the file and the row."""


@cache
def _table(name: str) -> Mapping[str, Any]:
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who signs an appeal, by which rule."""

    rule: str
    zh: str
    en: str
    by_rule: bool
    retroactive: bool


def sign_off(*, urgency: str, severity: str) -> SignOff:
    """Return who signs: the first row of `signoff.toml` that fits (regulations 2.3)."""
    for row in _table("signoff")["rule"]:
        if urgency in row.get("urgency", [urgency]) and severity in row.get("severity", [severity]):
            return SignOff(row["name"], row["zh"], row["en"], row["by"] == "rule", row.get("retroactive", False))
    message = "signoff.toml: no row fits; the last one should fit everything"
    raise RulesError(message)


@dataclass(frozen=True, slots=True)
class Receiver:
    """The units that a matter is dispatched to, by which rule, and which rules did not fit."""

    lead: str
    assist: tuple[str, ...]
    explanation: tuple[dict[str, str], ...]


def receiver(*, mechanism: str, category: str) -> Receiver | None:
    """Return the units for a matter, or None when no rule of the catalogue fits."""
    passed: list[dict[str, str]] = []
    for row in _table("catalogue")["rule"]:
        if row["mechanism"] != mechanism:
            continue
        categories = row.get("category")
        if categories is not None and not any(category.startswith(code) for code in categories):
            passed.append(
                {
                    "rule": row["name"],
                    "result": "passed",
                    "zh": f"未采用“{row['zh']}”:类别 {category or '未定'} 不在 {'、'.join(categories)}",
                    "en": f"{row['name']} did not fit: category {category or 'unknown'} is not {', '.join(categories)}",
                }
            )
            continue
        fired = {"rule": row["name"], "result": "fired", "zh": row["zh"], "en": row["en"]}
        return Receiver(row["lead"], tuple(row["assist"]), (fired, *passed))
    return None


def units() -> dict[str, str]:
    """Return the units of the catalogue: code to Chinese name."""
    return {row["code"]: row["zh"] for row in _table("catalogue")["unit"]}


def promise(urgency: str, at: datetime) -> list[dict[str, Any]]:
    """Return the clocks of the promise to the resident, started (regulations 2.4)."""
    row = _table("urgency")[urgency]
    clocks = []
    for name, (zh, en) in _CLOCKS.items():
        if name in row:
            [period] = Period.parse(row[name])
            clocks.append(
                Clock(
                    name=name,
                    started_at=at,
                    limit=period.count,
                    unit=period.unit,
                    basis=f"服务时限-{urgency}",
                    zh=f"{zh}({row['zh']})",
                    en=en,
                ).to_dict()
            )
    return clocks


def finish_clock(case: CaseView) -> Clock | None:
    """Return the clock for finishing, as it was last dispatched or extended."""
    rows = case.details.get("clocks", ())
    return next((Clock.from_dict(row) for row in rows if row["name"] == "finish"), None)


def longest_extension(urgency: str) -> int:
    """Return the working days by which the promise may be moved once; 0 for none."""
    return int(_table("urgency")[urgency]["extension_workdays"])


def ledger_number(year: int, serial: int) -> str:
    """Spell a ledger number, such as 彭李诉〔2026〕000123号."""
    return f"彭李诉〔{year}〕{serial:06d}号"


def ledger_year(now: datetime) -> int:
    """Return the year that an entry made now is numbered in (Asia/Shanghai)."""
    return local(now).year


# -- changes and guards ---------------------------------------------------------


def dispatch(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Work out the dispatch of a case: units, clocks, explanation."""
    known = {**case.details, **{name: value for name, value in form.items() if value not in (None, "")}}
    mechanism, category, urgency = known["mechanism"], known["category"], known["urgency"]
    found = receiver(mechanism=mechanism, category=category)
    explanation = list(found.explanation) if found else []
    lead = form.get("lead_unit") or (found.lead if found else "")
    if form.get("lead_unit"):
        explanation.insert(0, {"rule": "person", "result": "fired", "zh": "由签批人指定主办单位", "en": "The signer chose the lead unit"})
    return {
        "mechanism": mechanism,
        "category": category,
        "urgency": urgency,
        "unit": lead,
        "lead_unit": lead,
        "assisting_units": list(form.get("assisting_units") or (found.assist if found else ())),
        "clocks": promise(urgency, moment.now),
        "explanation": explanation,
        "round": int(case.details.get("round", 0)) + 1,
        "signer": moment.actor_name or moment.actor,
        "by_rule": moment.role is Role.BUS,
        "opinion": form.get("opinion") or case.details.get("opinion", ""),
    }


def a_receiver_is_known(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a dispatch that no rule of the catalogue and no person gives a unit for."""
    mechanism = form.get("mechanism") or case.details.get("mechanism", "")
    category = form.get("category") or case.details.get("category", "")
    if form.get("lead_unit") or receiver(mechanism=mechanism, category=category):
        return None
    return Refusal(
        f"派单目录中没有适用于“{mechanism}”的规则,请指定主办单位",
        f"no rule of the dispatch catalogue fits {mechanism!r}: name the lead unit",
    )


def extension_is_asked(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide an extension that nobody has asked for."""
    if case.details.get("extension_asked"):
        return None
    return Refusal("没有待审批的延期申请", "no extension has been asked for")


def extension_is_allowed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an extension asked for too late, too long, or a second time (regulations 2.4)."""
    asked = case.details.get("extension_asked")
    clock = finish_clock(case)
    if not asked or clock is None:
        return None
    if case.details.get("extensions", 0) >= 1:
        return Refusal("已延期一次,不能再次延期", "it was extended once already")
    longest = longest_extension(str(case.details.get("urgency", "III")))
    if int(asked["workdays"]) > longest:
        return Refusal(
            f"该紧急程度最多可延期 {longest} 个工作日,申请为 {asked['workdays']} 个",
            f"this urgency allows {longest} working days at the most, {asked['workdays']} were asked for",
        )
    if datetime.fromisoformat(asked["at"]) > clock.due_at(standard_calendar()):
        return Refusal("延期须在到期前提出", "an extension must be asked for before the end")
    return None


def dispatch_after_return(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Work out the dispatch of a case whose return was granted; the old mechanism is told so."""
    return {**dispatch(case, form, moment), "granted": True, "returned_from": case.details["mechanism"]}


def grant_extension(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Move the clock for finishing, once, by what was asked for."""
    asked, clock = case.details["extension_asked"], finish_clock(case)
    if clock is None:
        return {"extension_asked": None, "granted": False, "clocks": []}
    [period] = Period.parse(f"{asked['workdays']}wd")
    moved = clock.extend(datetime.fromisoformat(asked["at"]), period, standard_calendar(), str(form["opinion"]))
    return {"clocks": [moved.to_dict()], "extensions": 1, "extension_asked": None, "granted": True}


def deny_extension(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Leave the clocks as they are."""
    return {"extension_asked": None, "granted": False, "clocks": []}


def awaits_countersign(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second signature where none is missing."""
    if case.details.get("retroactive") and not case.details.get("countersigned"):
        return None
    return Refusal("本件不需要补签", "no signature is missing here")


def countersign(_case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Note who signed afterwards."""
    return {"signer": moment.actor_name or moment.actor, "by_rule": False}
