"""`jiesu deadline`: when a period ends, and why."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import cast

import click

from chassis.clocks import (
    ClockError,
    CountingRule,
    Ends,
    Lang,
    Period,
    Roll,
    add,
    counting_rule,
    counting_rules,
    explain,
)
from chassis.workcalendar import CalendarError, WorkHours, load_calendar, local


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
@click.option("--add", "periods", required=True, help="Period, such as 5wd, 24h or 1m+5d. 期间")
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
    basis: str,
    roll: str,
    ends: str,
    holidays: Path | None,
    hours: str,
    lang: str,
    as_json: bool,
) -> None:
    """Compute when a period ends (计算期限) and explain it (说明理由)."""
    tongue = cast("Lang", lang)
    try:
        begin, asked = read_start(start), Period.parse(periods)
        rule = counting_rule(basis)
        meant = tuple(rule.applied(period) for period in asked) if rule else asked
        calendar = load_calendar(holidays, hours=WorkHours.parse(hours) if hours else None)
        found = add(begin, meant, calendar=calendar, roll=Roll(roll), ends=Ends(ends))
        sentences = say_rule(basis, rule, asked, tongue) + explain(
            begin, meant, calendar=calendar, roll=Roll(roll), ends=Ends(ends), lang=tongue
        )
    except (ClockError, CalendarError) as error:
        raise click.UsageError(str(error)) from error
    if not as_json:
        click.echo("\n".join(sentences))
        return
    body = {
        "start": begin.isoformat(),
        "add": "+".join(map(str, asked)),
        "counted": "+".join(map(str, meant)),
        "basis": basis,
        "basis_known": rule is not None,
        "roll": roll,
        "due_at": found.due_at.isoformat(),
        "last_day": found.due_at.date().isoformat(),
        "rolled": found.rolled,
        "provisional": found.provisional,
        "explanation": sentences,
    }
    click.echo(json.dumps(body, ensure_ascii=False, indent=2))
