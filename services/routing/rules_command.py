"""The command `jiesu rules`: checks dispatch rules, tries them on one text, and replays them over past appeals."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from chassis import moments
from chassis.commands import data_option, json_option, settings_or_exit
from chassis.database import Database
from chassis.terms import Terms
from chassis.workcalendar import ZONE, local_date
from services.routing.dispatch import rulebook, ruleset
from services.routing.dispatch.replaying import Replay, Span, replay
from services.routing.dispatch.rulecheck import check, errors
from services.routing.dispatch.trying import tried

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.routing.dispatch.ruleset import RuleSet

_NICE = 15
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def rules() -> None:
    """派单规则：检查、试跑、回放 / Dispatch rules: check them, try them, replay them over past appeals."""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}：读不到（{error}） / cannot be read") from None


def _usable(file: Path) -> RuleSet:
    """Read a file of rules, or leave with what is wrong with it."""
    found, findings = check(_text(file), local_date(moments.now()))
    wrong = errors(findings)
    if found is None or wrong:
        raise click.ClickException("\n".join(f"{file}：{rulebook.said(one)} / {one.en}" for one in wrong))
    return found


@rules.command("check")
@click.argument("file", type=_FILE)
@json_option
def check_file(file: Path, *, as_json: bool) -> None:
    """检查规则文件，逐条指出行号和问题；有错误则以 1 退出 / Check a file; exit 1 where it can't be used."""
    _, findings = check(_text(file), local_date(moments.now()))
    wrong = errors(findings)
    if as_json:
        found = {"usable": not wrong, "findings": rulebook.as_json(findings)}
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        for one in findings:
            level = "错误" if one.level == "error" else "提醒"
            click.echo(f"{level}　{rulebook.said(one)} / {one.en}")
        count = len(findings) - len(wrong)
        click.echo(f"{'不可用' if wrong else '可用'}：{len(wrong)} 处错误，{count} 处提醒 / errors, warnings")
    if wrong:
        raise SystemExit(1)


@rules.command("show")
@click.option("--version", "number", type=int, help="版本号，不写则为现行 / A version; the live one by default.")
@data_option
def show(number: int | None, data: str | None) -> None:
    """打印一个版本的规则文本，可改后另存 / Print a version's text, to be changed and drafted anew."""
    del data
    with _ledger() as database, database.read() as session:
        found = number or rulebook.live(session, moments.now()).version
        known = {one.version: one.text for one in rulebook.texts(session)}
    if found not in known:
        raise click.ClickException(f"没有第 {found} 版 / there is no version {found}")
    click.echo(known[found], nl=False)


@rules.command("try")
@click.argument("text")
@click.option("--file", type=_FILE, help="用这个文件的规则，不写则用现行的 / Rules; the live ones by default.")
@click.option("--title", default="")
@click.option("--place", default="")
@click.option("--channel", default="web", type=click.Choice(ruleset.CHANNELS))
@click.option("--at", "at", default="", help="提交时间，如 2026-11-25T23:00 / When it was submitted.")
@data_option
@json_option
def try_text(text: str, file: Path | None, data: str | None, *, as_json: bool, **said: str) -> None:
    """试跑一件：研判后会派给谁、为何 / Where one appeal would go, and why there and not elsewhere."""
    del data
    if file is None:
        with _ledger() as database, database.read() as session:
            found = rulebook.live(session, moments.now())
    else:
        found = _usable(file)
    now = moments.now()
    at = _moment(said["at"], "--at") if said["at"] else now
    result = tried(found, {**said, "text": text, "submitted_at": at}, now, _names())
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    name = _names()
    click.echo(f"{name(result['lead_unit']) or '转人工研判'}  {'、'.join(map(name, result['assisting_units']))}")
    for row in result["explanation"]:
        click.echo(f"  {'→' if row['result'] == 'fired' else ' '} {row['zh']}")


@rules.command("replay")
@click.argument("file", type=_FILE)
@click.option("--since", default="", help="从哪天起的诉求，如 2026-10-01 / Appeals from this day on.")
@click.option("--until", default="", help="到哪天之前 / Appeals before this day; now by default.")
@click.option("--at", default="", help="按这一时刻的有效期比较 / Compare as at this moment; now by default.")
@data_option
@json_option
def replay_file(file: Path, data: str | None, *, as_json: bool, since: str, until: str, at: str) -> None:
    """用过去的诉求回放规则改动，与现行规则比较 / What these rules would have done otherwise than the live ones.

    只读，分批，低优先级，不影响运行中的服务 / Reads only, in batches, standing back behind the running services.
    """
    del data
    os.nice(_NICE)
    candidate = _usable(file)
    now = moments.now()
    span = Span(since=_moment(since, "--since") if since else None, until=_moment(until, "--until") if until else now)
    with _ledger() as database:
        compared = _moment(at, "--at") if at else now
        with database.read() as session:
            present = rulebook.live(session, compared)
        found = replay(database, candidate, present, span, compared)
    click.echo(json.dumps(found.as_json(), ensure_ascii=False) if as_json else _report(found))


def _report(found: Replay) -> str:
    name = _names()
    pace = round(found.read / found.seconds) if found.seconds else 0
    matrix = sorted(found.matrix.items(), key=lambda item: (-item[1], item[0]))
    read = f"与现行第 {found.present.version} 版比较，读 {found.read} 件（{found.seconds:.1f} 秒，每秒 {pace} 件）"
    went = f"去向不变 {found.same}，改变 {found.changed}（其中只改协办 {found.units_only}），"
    queue = (
        f"转人工 +{found.to_queue} −{found.from_queue}，本来由人工研判 {found.by_person}，从未派单 {found.never_sent}"
    )
    lines = [
        f"{read} / read, compared with the live version",
        f"{went}{queue} / same, changed (assisting units only), to and from the desk, with a person in any case, never dispatched",
        *(f"  {count:>7}  {name(a) or '人工研判'} → {name(b) or '人工研判'}" for (a, b), count in matrix),
        *(
            f"  {one['number']}  {one['from_rule'] or '-'} → {one['to_rule'] or '-'}  {one['title']}"
            for one in found.listed
        ),
    ]
    if found.changed > len(found.listed):
        lines.append(f"  …… 另有 {found.changed - len(found.listed)} 件 / more")
    return "\n".join(lines)


def _moment(written: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise click.UsageError(f"{option}：写作 2026-11-25 或 2026-11-25T08:00 / write it so") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)


@contextmanager
def _ledger() -> Iterator[Database]:
    database = Database(settings_or_exit().database_for("routing"), "routing")
    try:
        yield database
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(
            "读不到台账：先运行 jiesu migrate routing，并检查 JIESU_DATA 与 JIESU_DATABASE_URL"
            f" / the ledger can't be read: run `jiesu migrate routing` first ({error.orig})"
        ) from None
    finally:
        database.close()


def _names() -> Any:
    terms = Terms(Path(__file__).parent / "terms.toml")
    return lambda code: terms.value(code, "zh")
