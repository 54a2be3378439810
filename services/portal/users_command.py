"""`jiesu users`: who may sign in."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from chassis import blueprint, catalogue, moments
from chassis.access import ANY, TTL, sign_token
from chassis.commands import settings_or_exit, use_data
from chassis.database import Database
from chassis.keys import KeyFolder, KeysError
from chassis.work import Work
from services.portal import accounts
from services.portal.models import Account
from services.portal.service import PortalService

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_LONGEST_TTL = 24 * 60

data_option = click.option(
    "--data",
    metavar="DIR",
    callback=use_data,
    expose_value=False,
    help="Data folder of the embedded platform. [default: that of the running one, or ./var]",
)


@click.group()
def users() -> None:
    """Add, list and change the accounts of staff."""


@users.command()
@click.argument("login")
@data_option
@click.option(
    "--name",
    required=True,
    help="The name that others see, such as 处办员甲: one person, one name, however many accounts.",
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in accounts.HUMAN_ROLES]),
    help="May be repeated.",
)
@click.option("--service", "services", multiple=True, help="May be repeated; all services if left out.")
@click.option("--unit", "units", multiple=True, help="Code of a unit; may be repeated; all units if left out.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--generate", is_flag=True, help="Make up a password and show it once.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def add(
    login: str,
    *,
    name: str,
    roles: tuple[str, ...],
    services: tuple[str, ...],
    units: tuple[str, ...],
    lang: str,
    generate: bool,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Add an account. The password is asked for, read from standard input, or made up."""
    _remind_of_unknown(services)
    password = _password(generate=generate, from_stdin=password_stdin)
    with _work() as work:
        account = accounts.add(
            work,
            login=login,
            name=name,
            password=password,
            roles=roles,
            services=services or ANY,
            units=units or ANY,
            lang=lang,
            must_change=generate,
        )
        shown = _shown(account)
        _remind_of_namesakes(work.session, account)
    if generate:
        shown["password"] = password
    _report(shown, as_json=as_json, said=f"已添加账号 {account.login}（{account.name}）。 Added.")
    if generate and not as_json:
        click.echo(f"密码（只显示这一次）/ password, shown this once: {password}")


def _remind_of_namesakes(session: Session, account: Account) -> None:
    """Say that accounts of one name count as one person where two are needed."""
    others = session.scalars(select(Account.login).where(Account.name == account.name, Account.id != account.id))
    if logins := ", ".join(sorted(others)):
        click.echo(
            f"提醒：账号 {logins} 也叫{account.name}。同名的账号按同一人对待，不能互相审核、审批；不是同一人的，请另建姓名有区别的账号。"
            f" / Mind that {logins} bears the name too: accounts of one name are one person, who does not approve his own work."
            " Two people need names that differ.",
            err=True,
        )


def _remind_of_unknown(services: tuple[str, ...]) -> None:
    """Name services that are not installed here: misspelled, or run by another department alone."""
    here = catalogue.names()
    for unknown in sorted({*services} - {*here, *ANY}):
        click.echo(
            f"提醒：本机没有安装服务 {unknown}；若是笔误，该账号看不到任何案件。已安装：{'、'.join(here)}。"
            f" / Mind that no service {unknown} is installed here; if it is misspelled, the account sees no case."
            f" Installed: {', '.join(here)}.",
            err=True,
        )


@users.command("list")
@data_option
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def list_(*, as_json: bool) -> None:
    """List all accounts."""
    with _read() as session:
        rows = [_shown(account) for account in session.scalars(select(Account).order_by(Account.login))]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo("还没有账号。用 jiesu users add 添加。 / No accounts yet: add one with `jiesu users add`.")
    for row in rows:
        state = "" if row["active"] else "  [停用 disabled]"
        scope = f"{','.join(row['roles'])}  services={','.join(row['services'])}  units={','.join(row['units'])}"
        click.echo(f"{row['login']:<16} {row['name']}  {scope}{state}")


@users.command()
@click.argument("login")
@data_option
def disable(login: str) -> None:
    """Let nobody sign in with an account any more; its last token ends within 30 minutes."""
    with _work() as work:
        accounts.disable(work, _account(work.session, login))
    click.echo(f"已停用账号 {login}，其令牌最迟 30 分钟后失效。 Disabled.")


@users.command()
@click.argument("login")
@data_option
def enable(login: str) -> None:
    """Let the owner of a disabled account sign in again."""
    with _work() as work:
        accounts.enable(work, _account(work.session, login))
    click.echo(f"已启用账号 {login}。 Enabled.")


@users.command("set-password")
@click.argument("login")
@data_option
@click.option("--generate", is_flag=True, help="Make up a password and show it once.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def set_password(login: str, *, generate: bool, password_stdin: bool) -> None:
    """Give an account a new password and end all its sign-ins."""
    with _read() as session:
        _account(session, login)
    password = _password(generate=generate, from_stdin=password_stdin)
    with _work() as work:
        accounts.set_password(work, _account(work.session, login), password, must_change=generate)
    click.echo(f"已设置账号 {login} 的新密码，其全部登录已失效。 Password set; all sign-ins ended.")
    if generate:
        click.echo(f"密码（只显示这一次）/ password, shown this once: {password}")


@users.command()
@click.argument("login")
@data_option
@click.option(
    "--minutes", type=click.IntRange(1, _LONGEST_TTL), default=int(TTL.total_seconds() // 60), show_default=True
)
def token(login: str, *, minutes: int) -> None:
    """Print a token for an account, for scripts. Needs the portal's signing key."""
    with _read() as session:
        account = _account(session, login)
    if account.disabled_at is not None:
        raise click.ClickException(f"账号 {login} 已停用。 / The account {login} is disabled.")
    try:
        key = KeyFolder(settings_or_exit().keys).signing()
    except KeysError as error:
        raise click.ClickException(str(error)) from error
    click.echo(sign_token(accounts.principal_of(account), key, moments.now(), timedelta(minutes=minutes)))


def _password(*, generate: bool, from_stdin: bool) -> str:
    if generate and from_stdin:
        raise click.UsageError("--generate 与 --password-stdin 只能选一个。 / Choose one of the two.")
    if generate:
        return accounts.generated_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    prompted: str = click.prompt("密码 / Password", hide_input=True, confirmation_prompt=True)
    return prompted


def _account(session: Session, login: str) -> Account:
    account = accounts.by_login(session, login)
    if account is None:
        raise click.ClickException(
            f"没有账号 {login}；用 jiesu users list 查看。 / There is no account {login}: see `jiesu users list`."
        )
    return account


def _shown(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "login": account.login,
        "name": account.name,
        "roles": account.roles,
        "services": account.services,
        "units": account.units,
        "active": account.disabled_at is None,
    }


def _report(shown: dict[str, Any], *, as_json: bool, said: str) -> None:
    click.echo(json.dumps(shown, ensure_ascii=False) if as_json else said)


@contextmanager
def _opened() -> Iterator[tuple[Database, blueprint.Blueprint]]:
    found = settings_or_exit()
    spec = blueprint.read(PortalService)
    found.data.mkdir(parents=True, exist_ok=True)
    database = Database(found.database_for(spec.name), spec.name)
    spec.dialect = database.dialect
    try:
        yield database, spec
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(
            f"门户的数据库不可用或尚未建表：先运行 jiesu migrate portal，并检查 JIESU_DATA 与 JIESU_DATABASE_URL。"
            f" / The portal's database is away or has no tables yet: run `jiesu migrate portal`, and check"
            f" JIESU_DATA and JIESU_DATABASE_URL. ({error.orig})"
        ) from error
    except accounts.AccountError as error:
        lines = [f"{field}: {fault.zh} / {fault.en}" for field, faults in error.faults.items() for fault in faults]
        raise click.ClickException("\n".join(lines)) from error
    finally:
        database.close()


@contextmanager
def _work() -> Iterator[Work]:
    with _opened() as (database, spec), database.write() as session:
        work = Work(session, spec, moments.now())
        yield work
        work.record()


@contextmanager
def _read() -> Iterator[Session]:
    with _opened() as (database, _), database.read() as session:
        yield session
