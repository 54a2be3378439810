"""The subcommands of `jiesu` that belong to no service."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chassis import catalogue, logs
from chassis import settings as settings_room
from chassis.settings import SettingError, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.exc import DBAPIError

    from chassis.blueprint import Blueprint
    from chassis.database import Database
    from chassis.inbox import Inbox


#: Commands that are groups with a module of their own, loaded when they are asked for.
_OWN = {
    "calc": "chassis.calc_command",
    "contracts": "chassis.contracts_command",
    "deadline": "chassis.deadline_command",
    "keys": "chassis.keys_command",
}


class Jiesu(click.Group):
    """A group that also has the commands that installed services add."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands."""
        return sorted({*super().list_commands(ctx), *_OWN, *catalogue.commands()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command here, or load it from the service that brings it."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        point = catalogue.commands().get(cmd_name)
        if cmd_name in _OWN:
            found: click.Command = getattr(import_module(_OWN[cmd_name]), cmd_name)
        elif point is not None:
            found = point.load()
        else:
            return None
        return found


def settings_or_exit() -> Settings:
    """Read the settings, or leave with what is wrong with them."""
    try:
        return settings_room.load()
    except SettingError as error:
        raise click.UsageError(str(error)) from None


def _services(names: Sequence[str]) -> list[str]:
    unknown = [name for name in names if name not in catalogue.names()]
    if unknown:
        message = (
            f"没有安装服务 {'、'.join(unknown)} / no service {', '.join(unknown)}; installed: "
            f"{', '.join(catalogue.names())}"
        )
        raise click.UsageError(message)
    return list(names) or catalogue.names()


def own_data(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Let `--data` name the data folder of what this command starts."""
    if value:
        os.environ["JIESU_DATA"] = str(Path(value).expanduser().resolve())
    return value


def use_data(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Let `--data` name the data folder; without it, use that of a platform running here."""
    own_data(ctx, param, value)
    if "JIESU_DATA" not in os.environ:
        found = running_here()
        if found is not None:
            os.environ["JIESU_DATA"] = found["data"]
    if "JIESU_DATA" in os.environ:
        clock = Path(os.environ["JIESU_DATA"]) / "clock-offset"
        if clock.exists():
            os.environ.setdefault("JIESU_CLOCK_FILE", str(clock))
    return value


data_option = click.option(
    "--data",
    "data",
    metavar="DIR",
    callback=use_data,
    help="Data folder of the embedded platform. [default: that of the one that runs here, else of the last one started, or ./var]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _pointer() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "jiesu" / "up.json"


def running_here() -> dict[str, Any] | None:
    """Return what the platform that runs embedded in this folder says of itself, else the last one started on this machine."""
    for file in (Path("var") / "up.json", _pointer()):
        try:
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            os.kill(int(found["pid"]), 0)
        except (OSError, ValueError, KeyError):
            continue
        return found
    return None


@click.group(cls=Jiesu, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jiesujiban-chassis", prog_name="jiesu")
def jiesu() -> None:
    """接诉即办: every appeal taken up at once, handled to the end, answered and judged."""


@jiesu.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="", help="Address to listen on. [default: JIESU_HOST or 127.0.0.1]")
@click.option("--data", metavar="DIR", callback=own_data, help="Folder for its data. [default: ./var]")
@click.option("--demo", is_flag=True, help="With the made-up street and its accounts.")
def up(port: int, host: str, data: str | None, *, demo: bool) -> None:
    """Run the whole platform in this one process, with no server beside it."""
    del data
    if host:
        os.environ["JIESU_HOST"] = host
    os.environ["JIESU_AMQP_URL"] = settings_room.MEMORY
    os.environ.setdefault("JIESU_LOG_LEVEL", "WARNING")
    os.environ.setdefault("JIESU_LOG_FORMAT", "plain")
    folder = settings_or_exit().data
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["JIESU_CLOCK_FILE"] = str(folder / "clock-offset")
    os.environ.setdefault("JIESU_GATEWAY", settings_room.own_address(settings_or_exit().host, port))
    settings = settings_or_exit()
    logs.configure(settings.log_level, settings.log_format)
    from chassis import keys, serving  # noqa: PLC0415 - after eventlet's patch, and only here

    other = serving.running(folder)
    if other is not None:
        message = (
            f"{folder} 上已有平台在运行：{other['url']}（进程 {other['pid']}），请先停止它，或用 --data 换一个目录"
            f" / a platform already runs on {folder} (process {other['pid']}, {other['url']}): stop it, or name another --data"
        )
        raise click.UsageError(message)
    lock = (folder / "up.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        message = f"another process holds {lock.name}: only one platform can run on {folder}"
        raise click.UsageError(message) from None
    names = catalogue.names()
    keys.generate(settings.keys, names)
    embedded = serving.Embedded(settings, names, port)
    url = f"http://{settings.host}:{port}"

    def started() -> None:
        about = {"pid": os.getpid(), "port": port, "url": url, "data": str(folder), "demo": demo}
        for file in (folder / "up.json", _pointer()):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(about), encoding="utf-8")
        hints = list(_prepare_demo(settings)) if demo else []
        click.echo(_welcome(url, folder, hints))

    try:
        embedded.run(started)
    finally:
        lock.close()
        (folder / "up.json").unlink(missing_ok=True)
        pointed = running_here()
        if pointed is not None and pointed["pid"] == os.getpid():
            _pointer().unlink(missing_ok=True)


def _prepare_demo(settings: Settings) -> Iterator[str]:
    from importlib.metadata import entry_points  # noqa: PLC0415

    for point in sorted(entry_points(group="jiesu.demo"), key=lambda point: point.name):
        yield from point.load()(settings)


def _welcome(url: str, folder: Path, hints: list[str]) -> str:
    # As it can be typed here: the environment of a checkout is on nobody's path.
    program = "jiesu" if shutil.which("jiesu") else os.path.relpath(Path(sys.executable).with_name("jiesu"))
    lines = [
        "",
        f"  接诉即办已启动 / the platform is up:  {url}/",
        f"  居民反映 / report:  {url}/intake/report    查询 / track:  {url}/intake/track",
        f"  工作人员登录 / staff sign in:  {url}/portal/sign-in",
        *(f"  {hint}" for hint in hints),
        f"  数据目录 / data:  {folder}    停止 / stop:  Ctrl-C",
        f"  试一试 / next:  {program} simulate --story   ·   {program} import FILE.jsonl   ·   {program} doctor",
        "",
    ]
    return "\n".join(lines)


@jiesu.command()
@click.argument("services", nargs=-1, metavar="SERVICE…")
def worker(services: tuple[str, ...]) -> None:
    """Run the workers of services: mailbox, relay and chores."""
    names = _services(services)
    settings = settings_or_exit()
    if settings.embedded:
        message = "JIESU_AMQP_URL is not set: a worker needs a broker (or run everything by `jiesu up`)"
        raise click.UsageError(message)
    logs.configure(settings.log_level, settings.log_format)
    from chassis import database, serving  # noqa: PLC0415 - after eventlet's patch

    database.cooperate()
    serving.serve_worker(settings, names)


@jiesu.command()
@click.argument("services", nargs=-1, metavar="SERVICE…")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def web(services: tuple[str, ...], port: int) -> None:
    """Serve the API and pages of services."""
    names = _services(services)
    settings = settings_or_exit()
    logs.configure(settings.log_level, settings.log_format)
    from chassis import serving  # noqa: PLC0415 - only where web is served

    serving.serve_web(settings, names, port)


@jiesu.command()
@click.argument("services", nargs=-1, metavar="[SERVICE…]")
@data_option
@json_option
def migrate(services: tuple[str, ...], data: str | None, *, as_json: bool) -> None:
    """Bring the databases of services up to date, and declare their mailboxes."""
    del data
    names = _services(services)
    settings = settings_or_exit()
    from amqp import AMQPError  # noqa: PLC0415 - after eventlet's patch
    from kombu.exceptions import KombuError  # noqa: PLC0415 - after eventlet's patch

    from chassis import relay, serving  # noqa: PLC0415

    done = serving.prepare(settings, names)
    if not settings.embedded:
        try:
            relay.declare(settings.amqp_url, [catalogue.spec(name) for name in names])
        except (AMQPError, KombuError, OSError) as error:
            message = (
                f"数据库已更新；消息服务器连不上或拒绝了声明，信箱不全（{error}）。请检查 JIESU_AMQP_URL、服务器和用户权限，"
                "再运行一次。 / The databases are up to date, but the broker is away or refuses, so that mailboxes"
                f" are missing ({error}): check JIESU_AMQP_URL, that it runs and what its user may do; run this again."
            )
            raise click.ClickException(message) from None
    if as_json:
        click.echo(json.dumps({"migrated": done, "mailboxes": not settings.embedded}))
        return
    for name, revisions in done.items():
        click.echo(f"{name}: {', '.join(revisions) or 'up to date'}")


def _stations(names: Sequence[str], *, opened: bool = True) -> Iterator[tuple[str, Database, Inbox]]:
    from chassis import moments, relay  # noqa: PLC0415
    from chassis.database import Database  # noqa: PLC0415
    from chassis.inbox import Inbox  # noqa: PLC0415

    settings = settings_or_exit()
    for name in names:
        spec = catalogue.spec(name)
        database = Database(settings.database_for(name), name)
        spec.dialect = database.dialect
        try:
            if opened:
                _refuse_without_tables(database, spec)
            yield (
                name,
                database,
                Inbox(database, spec, catalogue.service(name)(), now=moments.now, wake=relay.waker(name).set),
            )
        finally:
            database.close()


def _refuse_without_tables(database: Database, blueprint: Blueprint) -> None:
    """Leave with what to do where a service's database is not there, or is empty."""
    from sqlalchemy import select  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    try:
        with database.read() as session:
            session.execute(select(blueprint.store.parked.c.id).limit(0))
    except DBAPIError as error:
        raise click.ClickException(_unusable(database, blueprint, error)) from None


def _unusable(database: Database, blueprint: Blueprint, error: DBAPIError) -> str:
    where = database.engine.url.render_as_string(hide_password=True)
    return (
        f"{blueprint.name} 的数据库 {where} 不可用（{error.orig}）。请检查地址（--data）和数据库是否正常；"
        f"新库请先运行 jiesu migrate {blueprint.name}。 / {blueprint.name}'s database {where} can't be used"
        f" ({error.orig}): check its address (--data) and that it runs; for a new one,"
        f" run `jiesu migrate {blueprint.name}` first."
    )


def _parked(names: Sequence[str], broken: list[str], *ids: str) -> Iterator[tuple[str, Inbox, Sequence[Any]]]:
    """Read the parked letters of services, all or those of these ids, oldest first.

    A database that can't be read keeps nobody from the others: it is told in a line, and named in `broken`.
    """
    from sqlalchemy import select  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    for name, database, inbox in _stations(names, opened=False):
        table = inbox.blueprint.store.parked
        wanted = select(table).where(table.c.id.in_(ids)) if ids else select(table)
        try:
            with database.read() as session:
                rows = session.execute(wanted.order_by(table.c.parked_at)).all()
        except DBAPIError as error:
            click.echo(_unusable(database, inbox.blueprint, error), err=True)
            broken.append(name)
            continue
        yield name, inbox, rows


@jiesu.group()
def parked() -> None:
    """Look at, replay or drop letters that could not be processed."""


_service_option = click.option("--service", "services", multiple=True, help="Only of this service; may be repeated.")


@parked.command("list")
@_service_option
@data_option
@json_option
def parked_list(services: tuple[str, ...], data: str | None, *, as_json: bool) -> None:
    """List parked letters with their reasons."""
    del data
    broken: list[str] = []
    rows = [
        {
            "service": name,
            "id": row.id,
            "key": row.key,
            "subject": row.subject,
            "kind": row.kind,
            "reason": row.reason,
            "attempts": row.attempts,
            "dead": row.dead,
            "parked_at": row.parked_at.isoformat(),
            "next_at": row.next_at.isoformat() if row.next_at else None,
        }
        for name, _inbox, found in _parked(_services(services), broken)
        for row in found
    ]
    if as_json:
        click.echo(json.dumps({"parked": rows, "count": len(rows), "unreadable": broken}, ensure_ascii=False))
    else:
        for row in rows:
            state = "dead" if row["dead"] else f"again {row['next_at']}"
            click.echo(
                f"{row['service']}  {row['id']}  {row['key']}  {row['kind']} ({state}, tried {row['attempts']})\n    {row['reason']}"
            )
        click.echo(f"{len(rows)} parked")
    if broken:
        sys.exit(1)


def _one_parked(letter_id: str, services: tuple[str, ...]) -> Iterator[tuple[str, Inbox, Any]]:
    """Find a parked letter wherever it is; leaves with an error where it is nowhere, or could be where nothing was read."""
    broken: list[str] = []
    seen = False
    for name, inbox, rows in _parked(_services(services), broken, letter_id):
        for row in rows:
            seen = True
            yield name, inbox, row
    if broken:
        sys.exit(1)
    if not seen:
        message = (
            f"没有滞留信件 {letter_id!r}，请用 jiesu parked list 查看"
            f" / no parked letter {letter_id!r}; see `jiesu parked list`"
        )
        raise click.UsageError(message)


@parked.command("show")
@click.argument("letter_id")
@_service_option
@data_option
@json_option
def parked_show(letter_id: str, services: tuple[str, ...], data: str | None, *, as_json: bool) -> None:
    """Show one parked letter whole. It may hold personal data."""
    del data
    for name, _inbox, row in _one_parked(letter_id, services):
        body = bytes(row.body)[:100_000].decode("utf-8", "replace")
        if as_json:
            about = {field: getattr(row, field) for field in ("id", "key", "kind", "reason", "attempts", "dead")}
            about |= {"service": name, "parked_at": row.parked_at.isoformat(), "body": body}
            click.echo(json.dumps(about, ensure_ascii=False))
            continue
        click.echo(
            f"{name}  {row.key}  {row.kind}: {row.reason}\nattempts {row.attempts}, dead {row.dead}, parked {row.parked_at}"
        )
        click.echo(body)


@parked.command("replay")
@click.argument("letter_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All parked letters, also the dead ones.")
@_service_option
@data_option
@json_option
def parked_replay(
    letter_ids: tuple[str, ...], services: tuple[str, ...], data: str | None, *, everything: bool, as_json: bool
) -> None:
    """Process parked letters again, now."""
    del data
    if bool(letter_ids) == everything:
        message = "请写明信件编号，或用 --all / name letters, or say --all"
        raise click.UsageError(message)
    broken: list[str] = []
    healed, still, unknown = 0, [], set(letter_ids)
    for name, inbox, rows in _parked(_services(services), broken, *letter_ids):
        unknown -= {row.id for row in rows}
        for row in rows:
            if inbox.retry(row.id, force=True):
                healed += 1
            else:
                still.append({"service": name, "id": row.id})
    if as_json:
        click.echo(json.dumps({"healed": healed, "still_parked": still, "unknown": sorted(unknown)}))
    else:
        click.echo(f"{healed} healed, {len(still)} still parked")
    for letter_id in sorted(unknown):
        click.echo(
            f"没有滞留信件 {letter_id!r}，请用 jiesu parked list 查看"
            f" / no parked letter {letter_id!r}; see `jiesu parked list`",
            err=True,
        )
    if still or unknown or broken:
        sys.exit(1)


@parked.command("drop")
@click.argument("letter_ids", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why it may be lost; written to the log.")
@_service_option
@data_option
def parked_drop(letter_ids: tuple[str, ...], reason: str, services: tuple[str, ...], data: str | None) -> None:
    """Throw parked letters away, with a reason."""
    del data
    import structlog  # noqa: PLC0415
    from sqlalchemy import delete  # noqa: PLC0415

    settings = settings_or_exit()
    logs.configure("INFO", settings.log_format)
    log = structlog.get_logger("jiesu.parked")
    for letter_id in letter_ids:
        for name, inbox, row in _one_parked(letter_id, services):
            table = inbox.blueprint.store.parked
            with inbox.database.write() as session:
                session.execute(delete(table).where(table.c.id == letter_id))
            log.warning("parked_letter_dropped", service=name, letter=letter_id, key=row.key, kind=row.kind, why=reason)
            click.echo(f"{name}: dropped {letter_id}")


@jiesu.group()
def history() -> None:
    """The letters told so far."""


@history.command("replay")
@click.option("--to", "reader", required=True, help="The service that is to read them.")
@click.option("--from", "tellers", multiple=True, help="Only letters told by this service; may be repeated.")
@data_option
@json_option
def history_replay(reader: str, tellers: tuple[str, ...], data: str | None, *, as_json: bool) -> None:
    """Give a (new) service all that it reads of what was ever told. What it has, it ignores."""
    del data
    from chassis import relay  # noqa: PLC0415

    settings = settings_or_exit()
    [target] = _services([reader])
    spec = catalogue.spec(target)
    sent = {}
    post = None if settings.embedded else relay.make_post(settings.amqp_url, spec)
    # Over a broker the reader's database is another department's, and not looked into.
    [(_name, reader_database, inbox)] = list(_stations([target], opened=settings.embedded))
    del reader_database
    for name, database, teller in _stations(_services(tellers)):
        if post is not None:
            try:
                sent[name] = relay.replay(database, teller.blueprint, post, spec)
            except ConnectionError as error:
                message = (
                    f"消息服务器连不上（{error}），请检查 JIESU_AMQP_URL 和服务器，再运行一次：不会重复"
                    f" / the broker can't be reached ({error}): check JIESU_AMQP_URL and that it runs, and run this"
                    " again: nothing is doubled"
                )
                raise click.ClickException(message) from None
        else:
            sent[name] = relay.replay(database, teller.blueprint, relay.DirectPost(inbox), spec)
    if as_json:
        click.echo(json.dumps({"sent": sent, "to": target}))
        return
    for name, count in sent.items():
        click.echo(f"{name} -> {target}: {count}")


@jiesu.command()
@click.argument("services", nargs=-1, metavar="[SERVICE…]")
@data_option
@json_option
def recount(services: tuple[str, ...], data: str | None, *, as_json: bool) -> None:
    """Count all cases anew (重新统计), after what services count has changed; workers may run meanwhile."""
    del data
    from chassis import figures, moments  # noqa: PLC0415 - only for this

    names = [name for name in _services(services) if catalogue.spec(name).figures is not None]
    counted = {}
    for name, database, _inbox in _stations(names):
        counted[name] = figures.recount(database, catalogue.spec(name), moments.now())
    if as_json:
        click.echo(json.dumps({"cases": counted}))
        return
    for name, cases in counted.items():
        click.echo(f"{name}: {cases}")


@jiesu.command()
@click.argument("services", nargs=-1, metavar="[SERVICE…]")
@data_option
@json_option
def doctor(services: tuple[str, ...], data: str | None, *, as_json: bool) -> None:
    """Check settings, databases, keys and broker, of SERVICES or all, and say what to do about each fault."""
    del data
    from chassis.doctor import examine  # noqa: PLC0415

    findings = examine(settings_or_exit(), _services(services))
    if as_json:
        click.echo(
            json.dumps({"ok": all(f.ok for f in findings), "findings": [vars(f) for f in findings]}, ensure_ascii=False)
        )
    else:
        for finding in findings:
            click.echo(
                f"{('WARN' if finding.do else 'ok  ') if finding.ok else 'FAIL'}  {finding.what}: {finding.says}"
                + (f"\n      -> {finding.do}" if finding.do else "")
            )
    if not all(finding.ok for finding in findings):
        sys.exit(1)
