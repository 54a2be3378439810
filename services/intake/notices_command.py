"""`jiesu notices`: who is told what, a message to try a channel with, and what could not be delivered."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from chassis import catalogue, moments
from chassis.commands import data_option, json_option, settings_or_exit
from chassis.database import Database
from chassis.wire import new_id
from services.intake.messages import channels, noticeboard, sending
from services.intake.messages import notices as catalog
from services.intake.messages.notices import RESIDENT, NoticesError

if TYPE_CHECKING:
    from services.intake.messages.notices import Book


@click.group()
def notices() -> None:
    """See who is told what, try a channel, send again what was parked."""


def _book() -> Book:
    settings_or_exit()
    try:
        return catalog.book()
    except NoticesError as error:
        raise click.ClickException(str(error)) from None


@notices.command()
@json_option
def preview(*, as_json: bool) -> None:
    """Show how each notice reads with a made-up case, and by which channels it goes."""
    rows = noticeboard.preview(_book())
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        way = "、".join(row["channels"]) or "无渠道 / no channel"
        click.echo(f"{row['notice']}  →  {row['to']}  {way if row['on'] else '未启用 / off'}\n    {row['text']}")


@notices.command()
@click.argument("channel")
@click.option("--to", default="", metavar="PHONE", help="The number to send to, where the channel is for residents.")
@json_option
def test(channel: str, to: str, *, as_json: bool) -> None:
    """Send a test message to a channel, and report what it answers."""
    book = _book()
    found = book.channels.get(channel)
    if found is None:
        known = "、".join(book.channels) or "—"
        message = f"没有渠道 {channel}，已配置的有：{known} / there is no channel {channel}; there are: {known}"
        raise click.ClickException(message)
    if RESIDENT in found.to and not to:
        message = "面向居民的渠道须写 --to 手机号 / this channel is for residents: give a number with --to"
        raise click.UsageError(message)
    words = f"【{book.street}】测试消息，请忽略。/ A test: nothing to do."
    sent = channels.Message(id=new_id(), notice="test", to=to or found.to[0], text=words)
    reason = ""
    try:
        channels.deliver(found, sent, moments.now())
    except channels.NotDeliveredError as error:
        reason = str(error)
    _report({"channel": channel, "delivered": not reason, "id": sent.id, "reason": reason}, as_json=as_json)
    if reason:
        raise SystemExit(1)


def _report(said: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(said, ensure_ascii=False))
    elif said["delivered"]:
        click.echo(f"{said['channel']}：渠道已收下 / taken（{said['id']}）")
    else:
        click.echo(f"{said['channel']}：未送达 / not delivered：{said['reason']}")


@notices.command("list")
@click.option("--state", default="", type=click.Choice(["", *sending.STATES]), help="Only those in this state.")
@click.option("--channel", default="", help="Only those of this channel.")
@data_option
@json_option
def list_(state: str, channel: str, data: str | None, *, as_json: bool) -> None:
    """List the newest notices: to whom, how often tried, and the last error."""
    del data
    with closing(_database()) as database, database.read() as session:
        rows = [sending.as_json(row) for row in sending.listed(session, state=state, channel=channel, most=200)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        said = (
            row["written_at"],
            row["state"],
            row["channel"],
            row["notice"],
            row["to"],
            str(row["tries"]),
            row["reason"],
        )
        click.echo("  ".join((row["id"], *said)))
    if not rows:
        click.echo("没有通知 / no notices")


@notices.command()
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.option("--all", "everything", is_flag=True, help="All that are parked.")
@data_option
def retry(ids: tuple[str, ...], data: str | None, *, everything: bool) -> None:
    """Send parked notices after all, each under its own id."""
    del data
    if bool(ids) == everything:
        raise click.UsageError("请写通知的编号，或 --all / name notices, or give --all")
    with closing(_database()) as database, database.write() as session:
        done = sum(sending.retry(session, moments.now(), one) for one in ids or ("",))
    click.echo(f"{done} 条将重新发送 / will be sent again")


def _database() -> Database:
    spec = catalogue.spec("intake")
    return Database(settings_or_exit().database_for(spec.name), spec.name)
