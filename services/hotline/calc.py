"""What the hotline computes without a case: by when an order must be signed in, contacted and finished."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from chassis.calc import CalcError, Computation, Line, Reckoning
from chassis.clocks import Clock, ClockError, Period
from chassis.workcalendar import standard_calendar
from services.hotline import schemas
from services.hotline.rules import internal_workdays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import Values

_STEPS: Final = {"sign_in": "签收", "first_contact": "首次联系诉求人", "finish": "办结"}
_UPSTREAM: Final = "鲁政办字〔2019〕211号"


@cache
def limits() -> Mapping[str, Mapping[str, Any]]:
    """Read the promise to the resident, by urgency."""
    return tomllib.loads(files(__package__).joinpath("data", "urgency.toml").read_text("utf-8"))


def deadlines(form: Values) -> Reckoning:
    """Return when an order is due, step by step, and why; the upstream hotline's time bounds the finish (2.4, 3.3)."""
    row = limits()[form["urgency"]]
    clocks = {
        name: _clock(form, name, f"{zh}（{row['zh']}）", row[name], f"街道服务时限（{row['zh']}）")
        for name, zh in _STEPS.items()
        if name in row
    }
    if form["extension_workdays"]:
        clocks["finish"] = _extended(clocks["finish"], form, most=row["extension_workdays"])
    if given := form["upstream_workdays"]:
        clocks["upstream"] = _clock(form, "upstream", "上级热线办结", f"{given}wd", _UPSTREAM)
        clocks["internal"] = _clock(form, "internal", "上级工单内部办结", f"{internal_workdays(given)}wd", _UPSTREAM)
    calendar = standard_calendar()
    due = {name: clock.deadline(calendar) for name, clock in clocks.items()}
    bounding = min(("finish", "internal") if given else ("finish",), key=lambda name: due[name].due_at)
    lines = [
        Line("".join(clock.explain(calendar, "zh")), " ".join(clock.explain(calendar, "en")), clock.basis)
        for clock in clocks.values()
    ]
    if given:
        earlier = clocks[bounding].zh
        lines.append(Line(f"两个期限取先到的：{earlier}。", f"The earlier of the two counts: {bounding}.", _UPSTREAM))
    result = {name: found.due_at.isoformat() for name, found in due.items()}
    provisional = any(found.provisional for found in due.values())
    return Reckoning(
        {"due": result, "finish_by": due[bounding].due_at.isoformat(), "provisional": provisional},
        lines,
        [f"{_UPSTREAM}的原文"] if given else [],
    )


def _clock(form: Values, name: str, zh: str, limit: str, basis: str) -> Clock:
    [period] = Period.parse(limit)
    return Clock(
        name=name, started_at=form["received_at"], limit=period.count, unit=period.unit, basis=basis, zh=zh, en=name
    )


def _extended(clock: Clock, form: Values, *, most: int) -> Clock:
    """Give more time, asked for before the promise ran out."""
    asked = form["extension_workdays"]
    if asked > most:
        zh = f"该紧急程度最多延期 {most} 个工作日" if most else "该紧急程度不得延期"
        raise CalcError(zh, f"at most {most} working days for this urgency", "/extension_workdays")
    at = form["extended_at"] or form["received_at"] + timedelta(seconds=1)
    try:
        return clock.extend(at, clock.days_more(asked), standard_calendar(), "延期")
    except ClockError as error:
        raise CalcError(error.zh, error.en, "/extended_at") from error


COMPUTATIONS: Final = (
    Computation("deadlines", schemas.DeadlinesAsked, deadlines, "工单时限：签收、联系、办结", "Deadlines of an order"),
)
