"""Returns (退单): whether the desk decides or a leader adjudicates, what is kept of each, and what they add up to. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from chassis.clocks import Period, Unit, add
from chassis.workcalendar import standard_calendar
from chassis.workflow import Refusal, person
from services.routing.rules import asked, dispatch, fired, holders, marked, sent_round, table
from services.routing.signoff import signing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.workflow import CaseView, Moment, Values

#: By what returns are counted.
GROUPINGS: Final = ("unit", "category", "reason_class", "rule")


# -- who decides ----------------------------------------------------------------


def grounds(case: CaseView, fact: Values, at: datetime) -> list[str]:
    """Say why a return goes to adjudication and not to the desk; empty where the desk decides (regulations 2.4, 2.5).

    `contested`: the unit disputes a refusal; `second`: the appeal was returned before; `late`: more than so many working
    days after the dispatch; `round`: it would go back to a unit that had it, or it went through too many.
    """
    sent = getattr(case, "dispatched_at", None) or case.opened_at
    until = add(sent, Period(table("returns")["workdays"], Unit.WORKDAY), calendar=standard_calendar()).due_at
    found = {
        "contested": bool(fact.get("contested")),
        "second": bool(case.details.get("returns")) and not fact.get("contested"),
        "late": at > until and not fact.get("contested"),
        "round": _goes_round(case, str(fact.get("suggested_unit", ""))),
    }
    return [name for name, holds in found.items() if holds]


def _goes_round(case: CaseView, suggested: str) -> bool:
    *before, now = holders(case)
    back = suggested in {row["unit"] for row in before}
    return back or bool(before and sent_round(before, now["unit"]) == "many")


# -- changes ----------------------------------------------------------------------


def ask(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep a return that was asked for, with the dispatch that it is about."""
    row = {
        "unit": case.unit,
        **{name: case.details.get(name, "") for name in ("mechanism", "category", "round")},
        "rule": fired(case.details.get("explanation", ())),
        **{name: form.get(name, "") for name in ("reason_class", "reason", "suggested_unit", "legal_ground")},
        "adjudicated_for": form.get("adjudicated_for", []),
        "asked_at": moment.now,
    }
    return {"returns": [*case.details.get("returns", ()), row], "returned_at": moment.now}


def _decided(case: CaseView, form: Values, moment: Moment, *, granted: bool, final: bool = False) -> dict[str, Any]:
    said = {"granted": granted, "final": final, "opinion": form["opinion"], "decided_at": moment.now}
    said |= {"ruled_above": form["ruled_above"]} if form.get("ruled_above") else {}
    *before, last = case.details.get("returns") or [{}]
    decided = {**last, **said, "decided_by": moment.actor_name or moment.actor, "decided_by_id": moment.actor}
    return {
        "granted": granted,
        "final": final,
        "returned_from": case.details["mechanism"],
        "returns": [*before, decided],
    }


def deny(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Leave the case with the unit that wanted to hand it back; the unit may dispute that once."""
    return _decided(case, form, moment, granted=False)


def send_on(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Dispatch the case once more; where another unit has it, the leader in charge of that one has it too (分管领导)."""
    sent = dispatch(case, form, moment)
    return sent if sent["unit"] == case.unit else {**sent, "assigned_leader": signing.in_charge(sent["unit"])}


def grant(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Dispatch the case to another unit; the one that asked is told so."""
    return {**send_on(case, form, moment), **_decided(case, form, moment, granted=True)}


def uphold(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Adjudicate that the first receiver handles it; that is final."""
    return _decided(case, form, moment, granted=False, final=True)


def move(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Adjudicate that another unit handles it; that is final."""
    return {**send_on(case, form, moment), **_decided(case, form, moment, granted=True, final=True)}


def join(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Adjudicate that the first receiver leads and others assist; that is final."""
    return {**_decided(case, form, moment, granted=False, final=True), **ask_units(case, form, moment)}


def ask_units(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Ask units to assist, each with a clock of its own; one that has reported may be asked for more."""
    fresh, urgency = form["assisting_units"], str(case.details.get("urgency", "III"))
    kept = [row for row in case.details.get("assists", ()) if row["unit"] not in fresh]
    rows = [*kept, *(asked(unit, urgency, moment, form.get("opinion", "")) for unit in fresh)]
    units = [row["unit"] for row in rows]
    return {"assists": rows, "assisting_units": units, "helpers": marked(units), "look_at": moment.now}


# -- guards -----------------------------------------------------------------------


def by_another_than_refused(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse whoever has refused a return to adjudicate the dispute about that, unless a body above has (派单异议审核).

    Where no other leader may decide, he reports it upwards (北京市接诉即办工作条例 12, 20) and registers what was ruled.
    """
    if not form or (form.get("ruled_above") and not signing.others_at_hand(moment)):
        return None
    *before, last = case.details.get("returns") or [{}]
    if not before or "contested" not in last.get("adjudicated_for", ()):
        return None
    refused = person(before[-1].get("decided_by_id", ""), before[-1].get("decided_by", ""))
    if refused.isdisjoint(person(moment.actor, moment.actor_name)):
        return None
    return Refusal(
        "您作出的不予退单决定被提出异议，应由另一位领导裁定；没有其他领导的，报上级主管部门裁定，填写裁定机关和文号后登记",
        "it is your own refusal that is disputed: another leader adjudicates; where there is none, the body above does, and"
        " you register its ruling with the number of its letter",
    )


def it_goes_elsewhere(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to grant a return and send the case to the same unit again."""
    if not form or dispatch(case, form, moment)["lead_unit"] != case.unit:
        return None
    return Refusal(
        "退单成立的应改派其他单位；仍由原单位办理的，请不予退单",
        "a granted return goes to another unit: deny it, or name one",
    )


def it_does_not_go_round(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse the desk a dispatch in a circle: that is for a leader to adjudicate (regulations 2.5)."""
    if not form:
        return None
    lead = dispatch(case, form, moment)["lead_unit"]
    # To the same unit is refused with a reason of its own.
    why = sent_round(holders(case), lead) if lead != case.unit else ""
    if not why:
        return None
    most = table("returns")["most_units"]
    zh = "该单位此前已承办过本件" if why == "back" else f"本件已流转 {most} 个单位仍无单位签收主办"
    en = "that unit had it before" if why == "back" else f"it would be the unit number {most}, and none has taken it"
    return Refusal(f"{zh}，应提请领导裁定", f"{en}: put it to a leader's adjudication")


def others_assist(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask the lead unit to assist itself, or a unit that was asked and has not reported yet."""
    if not form:
        return None
    if case.unit in form["assisting_units"]:
        return Refusal("主办单位不能同时作为协办单位", "the lead unit can't assist itself")
    waiting = {row["unit"] for row in case.details.get("assists", ()) if row["state"] == "asked"}
    if waiting & {*form["assisting_units"]}:
        return Refusal("该单位已是协办单位，尚未反馈", "that unit was asked already and has not reported yet")
    return None


# -- what they add up to ----------------------------------------------------------


@dataclass(slots=True)
class Count:
    """What was dispatched and handed back, of one group or of all; times in hours."""

    dispatched: int = 0
    returned: int = 0
    asked: int = 0
    granted: int = 0
    denied: int = 0
    adjudicated: int = 0
    hours: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it with the rates, each beside its denominator; None where there is nothing to divide by."""
        decided = self.granted + self.denied
        return {
            **{name: getattr(self, name) for name in ("dispatched", "returned", "asked", "granted", "denied")},
            "adjudicated": self.adjudicated,
            "undecided": self.asked - decided,
            "return_rate": round(self.returned / self.dispatched, 4) if self.dispatched else None,
            "grant_rate": round(self.granted / decided, 4) if decided else None,
            "median_hours": round(median(self.hours), 2) if self.hours else None,
        }


@dataclass(frozen=True, slots=True)
class Analysis:
    """The returns of a period: in all, and by each grouping; and how many appeals were sent round."""

    total: Count
    groups: Mapping[str, Mapping[str, Count]]
    sent_round: int


def analyse(
    once: Iterable[tuple[str, str, str, int]],
    moved: Iterable[CaseView],
    *,
    start: datetime,
    until: datetime,
    known: datetime,
) -> Analysis:
    """Count the dispatches of a period and what was handed back of them, by what was known at a moment.

    `once` are the dispatches of appeals that never came back: unit, category, rule, how many. `moved` are the appeals
    that were dispatched more than once or returned. Each dispatch counts once, where it was made; each request counts
    with the dispatch that it is about, so that the same period gives the same figures whenever it is counted.
    """
    total = Count()
    groups: dict[str, defaultdict[str, Count]] = {name: defaultdict(Count) for name in GROUPINGS}
    for unit, category, rule, number in once:
        for count in (total, groups["unit"][unit], groups["category"][category], groups["rule"][rule]):
            count.dispatched += number
    went_round = 0
    for case in moved:
        sent = {row["round"]: row for row in holders(case) if start <= _moment(row["at"]) < until}
        went_round += _went_round(case, start, until)
        for row in sent.values():
            for count in (total, *(groups[name][row[name]] for name in ("unit", "category", "rule"))):
                count.dispatched += 1
        back = set()
        for row in case.details.get("returns", ()):
            if row["round"] not in sent or _moment(row["asked_at"]) > known:
                continue
            counts = (total, *(groups[name][row[name] or "unknown"] for name in GROUPINGS))
            for count in counts:
                _add(count, row, known, first=row["round"] not in back)
            back.add(row["round"])
    # A reason has no dispatches of its own: it is set against all of them.
    for count in groups["reason_class"].values():
        count.dispatched = total.dispatched
    return Analysis(total, groups, went_round)


def _add(count: Count, row: Mapping[str, Any], known: datetime, *, first: bool) -> None:
    count.asked += 1
    count.returned += first
    count.adjudicated += bool(row.get("final"))
    if not row.get("decided_at") or _moment(row["decided_at"]) > known:
        return
    count.granted += row["granted"]
    count.denied += not row["granted"]
    count.hours.append((_moment(row["decided_at"]) - _moment(row["asked_at"])).total_seconds() / 3600)


def _went_round(case: CaseView, start: datetime, until: datetime) -> bool:
    rows = holders(case)
    return any(
        sent_round(rows[:place], row["unit"]) and start <= _moment(row["at"]) < until
        for place, row in enumerate(rows)
        if place
    )


def _moment(said: str | datetime) -> datetime:
    return datetime.fromisoformat(said) if isinstance(said, str) else said
