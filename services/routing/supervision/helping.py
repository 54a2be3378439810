"""Units that help: assisting units (协办) with their reports, and the whistle (吹哨报到). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from chassis.clocks import Clock, Period
from chassis.workcalendar import standard_calendar
from chassis.workflow import Refusal
from services.routing.rules import RulesError, marked, one_period, promises, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

#: For these a whistle's type has a shorter time, where it says so.
_URGENT: Final = ("I", "II")


# -- assisting units ----------------------------------------------------------------


def _row(case: CaseView, unit: str) -> dict[str, Any] | None:
    return next((row for row in case.details.get("assists", ()) if row["unit"] == unit), None)


def report(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Note what an assisting unit has found and done."""
    said = {"state": "reported", "reported_at": moment.now, "report": form["report"], "by": moment.actor_name}
    return {"assists": [_with(row, form["unit"], said) for row in case.details["assists"]], "look_at": moment.now}


def explain(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Note why a unit can't report yet, and move its clock, once, by as much again."""
    row = _row(case, form["unit"])
    if row is None:
        message = "an interim status of a unit that nobody asked; the guard should have refused it"
        raise ValueError(message)
    period = promises()[str(case.details.get("urgency", "III"))].assist
    moved = Clock.from_dict(row["clock"]).extend(moment.now, period, standard_calendar(), form["reason"])
    due = moved.due_at(standard_calendar()).astimezone(UTC)
    said = {"interim": form["reason"], "interim_at": moment.now, "clock": moved.to_dict(), "due_at": due}
    return {"assists": [_with(row, form["unit"], said) for row in case.details["assists"]], "look_at": moment.now}


def _with(row: Mapping[str, Any], unit: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **said} if row["unit"] == unit else dict(row)


def its_unit_asks(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse whoever does not belong to the unit that he speaks for."""
    unit = form.get("unit")
    if not unit or "*" in moment.units or unit in moment.units:
        return None
    return Refusal("只能代表本人所在单位填报", "you can speak for your own unit only")


def a_report_is_due(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a report by a unit that was not asked, or that has reported already."""
    waiting = [row["unit"] for row in case.details.get("assists", ()) if row["state"] == "asked"]
    if form.get("unit") in waiting or (not form and waiting):
        return None
    return Refusal("该单位没有待反馈的协办任务", "that unit has nothing to report here")


def an_interim_is_possible(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second interim status, and one that comes when the report is overdue."""
    row = _row(case, form.get("unit", ""))
    if row is None:
        return None
    if row.get("interim"):
        return Refusal("已作过一次阶段性说明，请反馈结果", "an interim status was given once already: report")
    if moment.now > datetime.fromisoformat(row["due_at"]):
        return Refusal("协办反馈已逾期，请直接反馈结果", "the report is overdue: give it now")
    return None


# -- the whistle ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of `whistle.toml`: by when the units that are called arrive."""

    code: str
    zh: str
    arrive: Period
    urgent: Period


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the types of whistles by code; raises RulesError."""
    return read_kinds(table("whistle"))


def read_kinds(rows: Mapping[str, Any]) -> dict[str, Kind]:
    """Read the types of whistles, each with the time to arrive."""
    found = {}
    for at, row in enumerate(rows.get("type", ()), 1):
        where = f"whistle.toml, type {at}"
        if missing := {"code", "zh", "arrive"} - {*row}:
            raise RulesError(f"{where}: {', '.join(sorted(missing))} missing")
        arrive = one_period(row["arrive"], where, "arrive")
        urgent = one_period(row["urgent"], where, "urgent") if "urgent" in row else arrive
        found[row["code"]] = Kind(row["code"], row["zh"], arrive, urgent)
    if not found:
        raise RulesError("whistle.toml: there is no type")
    return found


def _last(case: CaseView) -> dict[str, Any]:
    whistles = case.details.get("whistles") or [{}]
    return dict(whistles[-1])


def _put(case: CaseView, whistle: dict[str, Any], moment: Moment) -> dict[str, Any]:
    """Keep the newest whistle as it is now, and mark the units of which something is still expected."""
    rest = list(case.details.get("whistles", ()))[: whistle["no"] - 1]
    return {"whistles": [*rest, whistle], "called": marked(waited_for(whistle)), "look_at": moment.now}


def waited_for(whistle: Mapping[str, Any]) -> list[str]:
    """Return the units that a whistle still concerns: all while it is open, then those without marks on both sides."""
    closed = bool(whistle.get("closed_at"))
    return [row["unit"] for row in whistle["called"] if not (closed and row.get("mark") and row.get("mark_back"))]


def blow(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Call units to the spot, to arrive in the time of the whistle's type (regulations 2.9)."""
    kind = kinds()[form["whistle_type"]]
    period = kind.urgent if case.details.get("urgency") in _URGENT else kind.arrive
    clock = Clock(
        name="arrival",
        started_at=moment.now,
        limit=period.count,
        unit=period.unit,
        basis=f"吹哨报到（{kind.zh}）",
        zh=f"到场（{kind.zh}）",
        en="Arrival of a unit that was called",
    )
    number = len(case.details.get("whistles", ())) + 1
    whistle = {
        "no": number,
        "whistle": f"{case.details['number']}-哨{number}",
        "whistle_type": form["whistle_type"],
        "matter": form["matter"],
        "called": [{"unit": unit} for unit in form["units"]],
        "blown_at": moment.now,
        "blown_by": moment.actor_name or moment.actor,
        "arrive_by": clock.due_at(standard_calendar()).astimezone(UTC),
        "clock": clock.to_dict(),
    }
    return _put(case, whistle, moment)


def arrive(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Note that a unit has arrived, when, who signs for it, and when that was written down."""
    whistle, there = _last(case), form.get("arrived_at") or moment.now
    late = there > datetime.fromisoformat(whistle["arrive_by"])
    said = {
        "arrived_at": there,
        "entered_at": moment.now,
        "arrived_by": moment.actor_name or moment.actor,
        "late": late,
        "note": form["note"],
    }
    whistle["called"] = [_with(row, form["unit"], said) for row in whistle["called"]]
    return _put(case, whistle, moment)


def end(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Note what came of a whistle."""
    by = moment.actor_name or moment.actor
    return _put(case, {**_last(case), "result": form["result"], "closed_at": moment.now, "closed_by": by}, moment)


def call_off(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """End a whistle with the appeal that it was for: nobody has to come, or to give marks, any more."""
    if not case.details.get("whistles"):
        return {}
    said = {"result": "诉求已终止办理，吹哨随之撤销", "closed_at": moment.now, "closed_by": ""}
    whistle = _last(case)
    return {**({} if whistle.get("closed_at") else _put(case, {**whistle, **said}, moment)), "called": ""}


def rate_unit(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Note how the street found a unit that it called (双考核, Art. 33)."""
    return _rated(case, form, moment, {"mark": form["mark"], "comment": form["comment"]})


def rate_back(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Note how a unit that was called found the whistle (双考核, Art. 33)."""
    return _rated(case, form, moment, {"mark_back": form["mark"], "comment_back": form["comment"]})


def _rated(case: CaseView, form: Values, moment: Moment, said: Mapping[str, Any]) -> dict[str, Any]:
    whistle = _last(case)
    whistle["called"] = [_with(row, form["unit"], said) for row in whistle["called"]]
    return _put(case, whistle, moment)


def no_whistle_is_open(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second whistle while one waits for its result."""
    whistle = _last(case)
    if not whistle or whistle.get("closed_at"):
        return None
    return Refusal(
        f"吹哨 {whistle['whistle']} 尚未办结，请先登记结果", "one whistle is open here: give its result first"
    )


def a_whistle_is_open(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the result of what was never blown, or has one."""
    whistle = _last(case)
    if whistle and not whistle.get("closed_at"):
        return None
    return Refusal("没有未办结的吹哨", "no whistle is open here")


def its_arrival_is_awaited(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the arrival of a unit that was not called, that is there already, or after the result."""
    whistle = _last(case)
    waiting = [row["unit"] for row in whistle.get("called", ()) if not row.get("arrived_at")]
    if not whistle.get("closed_at") and (form.get("unit") in waiting or (not form and waiting)):
        return None
    return Refusal("该单位没有待报到的吹哨", "that unit was not called, or has arrived already")


def it_came_after_the_whistle(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an arrival before the whistle, or in the future."""
    there = form.get("arrived_at")
    if there is None or datetime.fromisoformat(_last(case)["blown_at"]) <= there <= moment.now:
        return None
    return Refusal("到场时间应在吹哨之后、现在之前", "a unit arrives after the whistle, and not in the future")


def the_street_may_rate(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a mark for a unit before the result, for one not called, or a second one."""
    return _may_rate(case, form, "mark")


def the_unit_may_rate(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a unit's mark before the result, by one not called, or a second one."""
    return _may_rate(case, form, "mark_back")


def _may_rate(case: CaseView, form: Values, which: str) -> Refusal | None:
    whistle = _last(case)
    if not whistle.get("closed_at"):
        return Refusal("吹哨办结后才能互评", "marks are given after the whistle's result")
    open_ones = [row["unit"] for row in whistle["called"] if not row.get(which)]
    if form.get("unit") in open_ones or (not form and open_ones):
        return None
    return Refusal("该单位未被吹哨，或已评价过", "that unit was not called, or was rated already")
