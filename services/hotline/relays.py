"""What was relayed to units outside (供电, 供水, 燃气, …), pure like the rules: several at once, each with its time, urgings and end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from chassis.clocks import Period, Unit, add
from chassis.picking import Offer, meant, one_is_meant
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import Caution, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from chassis.workflow import CaseView, Guard, Moment, Values

#: Where somebody outside is waited for.
WAITING: Final = ("awaiting_external", "external_overdue")
_CLOCK: Final = "external_follow_up"
_LEFT: Final = "案件已转其他环节，不再等待"
_SILENT: Final = "催办后逾期仍未反馈，据实答复诉求人"


def relays(case: CaseView) -> list[dict[str, Any]]:
    """Return what was relayed, the oldest first: number, to whom, since when, for how many working days, and how it ended."""
    kept = case.details
    waits = case.state in WAITING
    if "relays" in kept:
        rows = [dict(row) for row in kept["relays"]]
        return [row if waits or not row["waits"] else row | {"waits": False, "ended_because": _LEFT} for row in rows]
    # From when a case waited for one unit at a time: what came was the answer to what had been asked before it.
    asked, results = kept.get("relayed_out", ()), list(kept.get("external_result_received", ()))
    urged = bool(kept.get("external_urged"))
    rows = [_row(number, form, urged=urged) for number, form in enumerate(asked, 1)]
    for row, result in zip(rows, results, strict=False):
        row |= {"waits": False, **{name: result[name] for name in ("result", "settled")}}
    for row in rows[len(results) :]:
        if row["number"] < len(rows) or not waits:
            row |= {"waits": False, "ended_because": _LEFT}
    return rows


def _row(number: int, form: Values, *, urged: bool = False) -> dict[str, Any]:
    named = {name: form[name] for name in ("authority", "authority_kind", "document_number", "request")}
    return {"number": number, **named, "workdays": form["answer_workdays"], "waits": True, "urged": int(urged)}


def _known(case: CaseView, moment: Moment) -> list[dict[str, Any]]:
    """Return the rows, each with the day from which its time counts; where a row does not say it, the case's clock does."""
    running = moment.clocks(case).get(_CLOCK)
    since = local_date(running.clock.started_at if running else moment.now)
    length = {"workdays": running.clock.limit} if running else {}
    return [
        row if "since" in row else {**row, "since": since, **(length if row["waits"] else {})} for row in relays(case)
    ]


def answer_until(row: Mapping[str, Any]) -> date:
    """Return by which day a unit's answer is expected."""
    since = date.fromisoformat(str(row["since"]))
    return add(since, Period(row["workdays"], Unit.WORKDAY), calendar=standard_calendar()).due_at.date()


def awaited(case: CaseView) -> list[Offer]:
    """Name the units that are waited for."""
    return [
        Offer(
            str(row["number"]),
            f"第{row['number']}项 {row['authority']}（{row['document_number']}）",
            f"{row['number']}: {row['authority']} ({row['document_number']})",
            (row["authority"],),
        )
        for row in relays(case)
        if row["waits"]
    ]


one_is_awaited = one_is_meant(
    "which_relay",
    awaited,
    none=Refusal("没有等待结果的外部单位", "no unit outside is waited for", moot=True),
    zh="哪一项转办",
    en="which relay it is about",
)


def others_wait(*, wait: bool) -> Guard:
    """Make a gate that parts the end of the last relay that waits from that of one of several."""

    def fits_what_waits(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
        if (len(awaited(case)) > 1) is wait:
            return None
        if wait:
            return Refusal("没有其他等待结果的外部单位", "no other unit is waited for", moot=True)
        return Refusal("还有其他外部单位没有结果，仍在等待", "other units are waited for still", moot=True)

    return fits_what_waits


def each_was_urged(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to end a case for the silence of units of which one was not urged, or has time yet."""
    waiting = [row for row in _known(case, moment) if row["waits"]]
    unurged = [row["authority"] for row in waiting if not row["urged"]]
    if unurged:
        return Refusal(
            f"外部单位逾期未反馈，须先催办，不能直接以“已转办”答复：{'、'.join(unurged)}",
            f"the silent unit must be urged before the case is replied to: {', '.join(unurged)}",
        )
    early = [f"{row['authority']} {until}" for row in waiting if (until := answer_until(row)) >= local_date(moment.now)]
    if early:
        return Refusal(
            f"还有外部单位的反馈期限未到：{'、'.join(early)}；确不必等待的，逐项“不再等待外部单位”并写明理由",
            f"units have time yet: {', '.join(early)}; what need not be waited for is given up, with a reason",
        )
    return None


def _waiting(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Keep the relays; the case's clock is of the one that is due first."""
    first = min((row for row in rows if row["waits"]), key=answer_until, default=None)
    return {
        "relays": list(rows),
        "relay_workdays": first["workdays"] if first else 0,
        "relay_since": first["since"] if first else None,
    }


def _meant(case: CaseView, rows: Iterable[dict[str, Any]], form: Values) -> dict[str, Any]:
    [one] = meant(awaited(case), form["which_relay"])
    return next(row for row in rows if str(row["number"]) == one.number)


def relayed(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep one more relay, beside those that wait."""
    rows = _known(case, moment)
    return _waiting([*rows, {**_row(len(rows) + 1, form), "since": local_date(moment.now)}])


def answered(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what a unit said, with its relay."""
    rows = _known(case, moment)
    said = {name: form[name] for name in ("result", "settled")}
    _meant(case, rows, form).update(said, waits=False, answered_on=local_date(moment.now))
    return _waiting(rows)


def given_up(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep why a unit is waited for no longer."""
    rows = _known(case, moment)
    _meant(case, rows, form).update(waits=False, ended_because=form["reason"], ended_on=local_date(moment.now))
    return _waiting(rows)


def urged(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when a unit's answer was promised now, and which it was, for the letter."""
    rows, today = _known(case, moment), local_date(moment.now)
    row = _meant(case, rows, form)
    over = answer_until(row) < today
    row.update(urged=row["urged"] + 1, promise=form["promise"], since=today, workdays=form["answer_workdays"])
    letter = {name: row[name] for name in ("number", "authority", "document_number")}
    return {**_waiting(rows), "urged_relay": {**letter, "over": over}}


def all_silent(case: CaseView, moment: Moment) -> Mapping[str, Any]:
    """Keep that nobody waits for any unit longer: each was urged, and is silent."""
    return _ended(_known(case, moment), _SILENT, moment)


def left(case: CaseView, moment: Moment) -> Mapping[str, Any]:
    """Keep that nobody waits for any unit longer: the case goes another way."""
    return _ended(_known(case, moment), _LEFT, moment)


def _ended(rows: list[dict[str, Any]], why: str, moment: Moment) -> Mapping[str, Any]:
    for row in rows:
        if row["waits"]:
            row.update(waits=False, ended_because=why, ended_on=local_date(moment.now))
    return _waiting(rows) if rows else {}


def relays_are_over(case: CaseView, now: datetime) -> Iterable[Caution]:
    """Warn of each unit that has not answered in its time, where several are waited for: the clock shows the first only."""
    rows = [row for row in relays(case) if row["waits"] and "since" in row]
    for row in rows if len(rows) > 1 else ():
        if local_date(now) > (until := answer_until(row)):
            yield Caution(
                "relay_over",
                f"第{row['number']}项转办{row['authority']}的反馈期限已于 {until} 届满：请催办。",
                f"The answer of {row['authority']} was expected by {until}: urge it.",
                "街道热线办理规则",
            )
