"""Times in which a period stands still: excluded from the ninety days, or taken by a test of what is seized. Pure.

行政处罚法 60 with the department's own rules; 行政强制法 25. Several may run at once, and in whatever order they are put on
record, a day counts once. Each lasts as long as was approved, or told to the party, if nothing ends it before.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from chassis.picking import Offer, Offers, meant, one_is_meant
from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.enforcement import bounds, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.workflow import CaseView, Guard, Moment, Values

#: What pauses: the ninety days, or the time of a seizure; each names the clock that waits for the end of a pause.
Pauses = Literal["exclusion", "testing"]
_KEPT: Final[Mapping[Pauses, str]] = {"exclusion": "exclusions", "testing": "tests"}
_WORDS: Final[Mapping[Pauses, tuple[str, str]]] = {"exclusion": ("扣除", "excluded"), "testing": ("检测鉴定", "tested")}
_NONE_RUNS: Final[Mapping[Pauses, Refusal]] = {
    "exclusion": Refusal("办案期限没有在扣除", "the ninety days are running", moot=True),
    "testing": Refusal("没有正在检测鉴定的物品", "nothing is being tested", moot=True),
}
#: What the ninety days stand still for while another authority has the matter.
AWAY: Final = "handed_over"
#: The clocks that tests suspend.
SEIZURES: Final = ("seizure", "seizure_longer")

Row = dict[str, Any]


def rows(case: CaseView, pauses: Pauses) -> list[Row]:
    """Return the times, as they were put on record: each has a last day `until`, or runs until `latest`."""
    kept = [dict(row) for row in case.details.get(_KEPT[pauses]) or ()]
    return [*kept, *_of_before(case, pauses)]


def _of_before(case: CaseView, pauses: Pauses) -> list[Row]:
    """Return the one that runs in a case from before they were told apart."""
    said = case.details
    if pauses == "exclusion":
        running = {
            "kind": said.get("excluded_for"),
            "since": said.get("excluded_since"),
            "latest": said.get("excluded_until"),
        }
        return [{**running, "until": None}] if said.get("excluded_for") else []
    if _KEPT[pauses] in said or not said.get("testing_since"):
        return []
    told = reading.last(case, "things_sent_to_test")
    since = _day(said["testing_since"])
    return [
        {"kind": told.get("kind", ""), "since": since, "latest": since + timedelta(told.get("days", 0)), "until": None}
    ]


def _day(said: date | str) -> date:
    return said if isinstance(said, date) else date.fromisoformat(said)


def runs(case: CaseView, pauses: Pauses) -> list[Row]:
    """Return those that run."""
    return [row for row in rows(case, pauses) if not row["until"]]


def spans(of: Iterable[Values], *, today: date | None = None) -> list[tuple[date, date]]:
    """Return from when until when each lasts; one that runs until the day that was approved, or until today."""
    found = []
    for row in of:
        last = _day(row["until"] or row["latest"])
        found.append((_day(row["since"]), last if row["until"] or today is None else min(last, today)))
    return found


def days(of: Iterable[Values], since: date, today: date) -> int:
    """Count the days of a time in which it stood still, each once."""
    return (today - since).days - bounds.late_days(due_on=since, until=today, reviews=spans(of, today=today))


# -- on record ------------------------------------------------------------------


def offers(pauses: Pauses) -> Offers:
    """Make the list of those that run, to pick one from."""

    def running(case: CaseView) -> list[Offer]:
        zh, en = _WORDS[pauses]
        return [
            Offer(
                str(place),
                f"第{place}项 自 {row['since']} 起的{zh}，至多到 {row['latest']}",
                f"{place}: {en} since {row['since']}",
            )
            for place, row in enumerate(rows(case, pauses), 1)
            if not row["until"]
        ]

    return running


def one_runs(pauses: Pauses) -> Guard:
    """Make a gate that refuses to end what does not run, and a form that does not say which of several it ends."""
    zh, en = _WORDS[pauses]
    return one_is_meant(
        f"which_{pauses}", offers(pauses), none=_NONE_RUNS[pauses], zh=f"哪一项{zh}", en=f"which time is {en} no more"
    )


def ends_after_its_beginning(pauses: Pauses, act: str) -> Guard:
    """Make a gate against an end that is dated before the beginning, or after today."""

    def it_had_begun(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        found = meant(offers(pauses)(case), form.get(f"which_{pauses}", "")) if form else []
        if len(found) != 1:
            return None
        begun_on = _day(rows(case, pauses)[int(found[0].number) - 1]["since"])
        return reading.in_order(reading.day_of(form, act, moment), [begun_on], moment)

    return it_had_begun


def adds_days(pauses: Pauses, act: str) -> Guard:
    """Make a gate against a time that lies within those on record: no day is left out twice."""

    def it_leaves_out_more(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        if not form:
            return None
        since = reading.day_of(form, act, moment)
        until, at = since + timedelta(form["days"]), since
        for first, last in sorted(spans(rows(case, pauses))):
            at = max(at, last) if first <= at else at
        if at < until:
            return None
        zh, en = _WORDS[pauses]
        return Refusal(
            f"{since} 至 {until} 已经{zh}过，不得重复扣除", f"{since} to {until} was {en} already: no day counts twice"
        )

    return it_leaves_out_more


def begun(case: CaseView, pauses: Pauses, row: Mapping[str, Any], moment: Moment) -> dict[str, Any]:
    """Keep one more, whatever has come on record before it; one with a last day has ended."""
    return _keep(case, pauses, [*rows(case, pauses), {"until": None, **row}], moment)


def ended(case: CaseView, pauses: Pauses, form: Values, day: date, moment: Moment) -> dict[str, Any]:
    """Keep that one has ended on a day, at the latest on that which was approved."""
    [one] = meant(offers(pauses)(case), form[f"which_{pauses}"])
    found = rows(case, pauses)
    row = found[int(one.number) - 1]
    row["until"] = min(day, _day(row["latest"]))
    return _keep(case, pauses, found, moment)


def all_ended(case: CaseView, pauses: Pauses, day: date, moment: Moment, *more: Row) -> dict[str, Any]:
    """Keep that all have ended on a day, and those that come on record now, each at the latest on that which was approved."""
    found = [*rows(case, pauses), *({"until": None, **row} for row in more)]
    for row in found:
        row["until"] = row["until"] or min(max(day, _day(row["since"])), _day(row["latest"]))
    return _keep(case, pauses, found, moment)


def over(case: CaseView, pauses: Pauses, moment: Moment) -> dict[str, Any]:
    """Keep that the time of some is over, as nobody has approved, or told the party of, a longer one."""
    return _keep(case, pauses, rows(case, pauses), moment)


def _stood_until(row: Row, today: date) -> date | str | None:
    """Return until when a period stood still for one, or nothing where it still does."""
    return row["until"] or (row["latest"] if _day(row["latest"]) < today else None)


def _keep(case: CaseView, pauses: Pauses, found: list[Row], moment: Moment) -> dict[str, Any]:
    """Keep the times, those in which the period stood still, and the one that is over first."""
    found = [*_tests_of_before(case, pauses, moment), *found]
    stood = [(row["since"], _stood_until(row, local_date(moment.now))) for row in found]
    if pauses == "exclusion":
        # It ends with its time; of a test the result is awaited still.
        found = [{**row, "until": until} for row, (_, until) in zip(found, stood, strict=True)]
    running = [row for row, (_, until) in zip(found, stood, strict=True) if until is None]
    first = min(running, key=lambda row: _day(row["latest"]), default=None)
    return {
        _KEPT[pauses]: found,
        f"{pauses}_spans": stood,
        f"{pauses}_since": first["since"] if first else "",
        f"{pauses}_days": (_day(first["latest"]) - _day(first["since"])).days if first else 0,
        **({"excluded_for": ""} if pauses == "exclusion" else {}),
    }


def _tests_of_before(case: CaseView, pauses: Pauses, moment: Moment) -> list[Row]:
    """Return the tests that were over before each was kept: as the clocks that they suspended have them."""
    if pauses == "exclusion" or _KEPT[pauses] in case.details or not case.details.get("tested_days"):
        return []
    known = [running.clock for name, running in moment.clocks(case).items() if name in SEIZURES]
    known_spans = [(one.start, one.end) for clock in known for one in clock.suspensions if one.end]
    return [{"kind": "", "since": local_date(first), "until": local_date(last)} for first, last in known_spans]
