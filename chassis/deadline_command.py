"""`jiesu deadline`: when a period ends, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import click

from chassis import catalogue, clocks
from chassis.clocks import (
    ClockError,
    CountingRule,
    Deadline,
    Ends,
    Lang,
    Period,
    Roll,
    add,
    counting_rule,
    counting_rules,
    explain,
)
from chassis.legal import LegalError
from chassis.workcalendar import CalendarError, WorkCalendar, WorkHours, load_calendar, local


def read_start(text: str) -> date | datetime:
    """Read a date or an ISO 8601 time; one without a zone is in Asia/Shanghai. Raises ClockError."""
    text = text.strip()
    try:
        if len(text) <= len("2026-09-30"):
            return date.fromisoformat(text)
        return local(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        zh = f"--start“{text}”无法识别；请写日期 2026-09-30 或时间 2026-09-30T14:30。"
        en = f"--start {text!r} can't be read; write a date, 2026-09-30, or a time, 2026-09-30T14:30."
        raise ClockError(zh, en) from error


def say_rule(basis: str, rule: CountingRule | None, asked: tuple[Period, ...], lang: Lang) -> list[str]:
    """Say what the act that a basis names made of the periods asked for."""
    if not basis:
        return []
    zh = lang == "zh"
    if rule is None:
        known = "、".join(dict.fromkeys(rule.code for rule in counting_rules().values()))
        if zh:
            return [f"依据：{basis}。未登记该依据的期间计算规则，按所写单位计算；已登记：{known}。"]
        return [f"Basis: {basis}. No counting rule is recorded for it: counted as written. Recorded: {known}."]
    said = [f"依据：{rule.zh}（{basis}）。" if zh else f"Basis: {rule.en} ({basis})."]
    if not rule.verified:
        said.append("该计算规则未经核实。" if zh else "This counting rule is not verified.")
    for period in asked:
        if rule.applied(period) != period:
            article = f"第{rule.article}条" if rule.article else ""
            by = f", article {rule.article}" if rule.article else ""
            said.append(
                f"按{rule.zh}{article}，{period.count}日指工作日。"
                if zh
                else f"By the {rule.en}{by}, {period.count} days are working days."
            )
    return said


@click.command(
    "deadline",
    epilog="Units: 5wd working days, 15d days, 24h hours, 4wh working hours, 1m months, 2y years; join with +.",
)
@click.option("--start", required=True, help="Date or ISO time; without a zone, Asia/Shanghai. 起算日")
@click.option("--add", "periods", default="", help="Period, such as 5wd, 24h or 1m+5d. 期间")
@click.option(
    "--clock",
    "named",
    default="",
    metavar="SERVICE/CLOCK[/KIND]",
    help="Clock of a service's legal.toml instead, of a kind of case where it has a row for each: its row in force on --start. 时限",
)
@click.option("--basis", default="", help="Legal basis, such as 行政处罚法-85; its act decides what days mean. 依据")
@click.option(
    "--roll",
    type=click.Choice(["next", "none"]),
    default="next",
    show_default=True,
    help="Whether a last day off moves to the next working day. 顺延",
)
@click.option(
    "--ends",
    type=click.Choice(["midnight", "close"]),
    default="midnight",
    show_default=True,
    help="Hour at which the last day ends. 截止钟点",
)
@click.option(
    "--holidays",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Table of one's own working and free days, TOML or CSV. 放假调休表",
)
@click.option("--hours", default="", help="Working hours, such as 08:30-12:00,13:30-17:30. 工作时间")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language. 语言")
@click.option("--json", "as_json", is_flag=True, help="Print JSON. 输出 JSON")
def deadline(
    *,
    start: str,
    periods: str,
    named: str,
    basis: str,
    roll: str,
    ends: str,
    holidays: Path | None,
    hours: str,
    lang: str,
    as_json: bool,
) -> None:
    """Compute when a period ends (计算期限) and explain it (说明理由)."""
    if bool(named) is bool(periods):
        message = "请写 --add 或者 --clock 其中一个。 / Give one of --add and --clock."
        raise click.UsageError(message)
    tongue = cast("Lang", lang)
    try:
        begin = read_start(start)
        if named:
            _print(*of_the_law(named, begin, load_calendar(holidays, hours=_hours(hours)), tongue), as_json=as_json)
            return
        asked = Period.parse(periods)
        rule = counting_rule(basis)
        meant = tuple(rule.applied(period) for period in asked) if rule else asked
        calendar = load_calendar(holidays, hours=_hours(hours))
        found = add(begin, meant, calendar=calendar, roll=Roll(roll), ends=Ends(ends))
        sentences = say_rule(basis, rule, asked, tongue) + explain(
            begin, meant, calendar=calendar, roll=Roll(roll), ends=Ends(ends), lang=tongue
        )
    except (ClockError, CalendarError, LegalError, catalogue.UnknownServiceError) as error:
        raise click.UsageError(str(error)) from error
    body = {
        "start": begin.isoformat(),
        "add": "+".join(map(str, asked)),
        "counted": "+".join(map(str, meant)),
        "basis": basis,
        "basis_known": rule is not None,
        "roll": roll,
        **_end(found),
    }
    _print(body, sentences, as_json=as_json)


def of_the_law(
    named: str, begin: date | datetime, calendar: WorkCalendar, lang: Lang
) -> tuple[dict[str, Any], list[str]]:
    """Count a clock of a service by its row in force on a day, as a case would show it. Raises LegalError and ClockError."""
    service, _, rest = named.partition("/")
    name, _, kind = rest.partition("/")
    if not name:
        raise ClockError(
            f"--clock“{named}”无法识别；请写 服务/时限，或者 服务/时限/类别。",
            f"--clock {named!r} can't be read; write service/clock, or service/clock/kind.",
        )
    law = catalogue.spec(service).legal
    rule = law.clock(name, begin, kind)
    if rule.case_kind != kind:
        kinds = "、".join(sorted({row.case_kind for row in law.clocks if row.name == name and row.case_kind})) or "-"
        raise LegalError(
            f"{law.origin} 中时限“{name}”没有“{kind}”的行；有：{kinds}。",
            f"{law.origin}: {name!r} has no row of {kind!r}; it has: {kinds}.",
        )
    running = clocks.start(rule, begin if isinstance(begin, datetime) else local(begin), calendar)
    shown = replace(running, basis=law.said(rule.basis, begin, lang))
    said = [*shown.explain(calendar, lang, lapses=rule.lapses), *law.said_of(running, lang)]
    counted = str(Period(rule.limit, rule.unit))
    length = {
        "add": counted,
        "counted": counted,
        "basis": rule.basis,
        "verified": rule.verified,
        "roll": rule.roll.value,
    }
    return {"start": begin.isoformat(), "clock": named, **length, **_end(running.deadline(calendar))}, said


def _end(found: Deadline) -> dict[str, Any]:
    return {
        "due_at": found.due_at.isoformat(),
        "last_day": found.due_at.date().isoformat(),
        "rolled": found.rolled,
        "provisional": found.provisional,
    }


def _hours(text: str) -> WorkHours | None:
    return WorkHours.parse(text) if text else None


def _print(body: dict[str, Any], sentences: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**body, "explanation": sentences}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(sentences))
