"""`jiesu contracts`: hand out the contracts, and check them against the code and against their past."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chassis.contracts import Contract

_CHECKOUT = Path(__file__).resolve().parents[1] / "contracts"

folder_option = click.option(
    "--contracts",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=None,
    help="Folder of the contracts. [default: ./contracts, or that of this checkout]",
)


@click.group()
def contracts() -> None:
    """Hand out or check what each fact means and looks like."""


def _load(folder: Path | None) -> dict[str, Contract]:
    from chassis.contracts import ContractError, load  # noqa: PLC0415 - needed by no process that serves

    here = Path("contracts")
    try:
        return load(folder or (here if here.is_dir() else _CHECKOUT))
    except ContractError as error:
        raise click.UsageError(str(error)) from None


def _need_checker() -> None:
    try:
        import jsonschema  # noqa: F401, PLC0415 - only these commands need it
    except ModuleNotFoundError:
        message = "jsonschema is not installed: use the environment of `make setup`, or `pip install jsonschema`"
        raise click.ClickException(message) from None


@contracts.command()
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.")
@folder_option
def export(out: Path, folder: Path | None) -> None:
    """Write all contracts, and AsyncAPI 3 made from them, into a folder."""
    _need_checker()
    from chassis.contracts import PARTS, asyncapi  # noqa: PLC0415

    found = _load(folder)
    for key, contract in found.items():
        teller, _, fact = key.partition(".")
        path = out / teller / f"{fact}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_spelled({part: getattr(contract, part) for part in PARTS}), encoding="utf-8")
    (out / "asyncapi.json").write_text(_spelled(asyncapi(found)), encoding="utf-8")
    click.echo(f"{len(found)} -> {out}")


@contracts.command()
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of earlier contracts, within whose versions only additive changes are allowed.",
)
@folder_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(against: Path | None, folder: Path | None, *, as_json: bool) -> None:
    """Check the contracts against the services that are installed here; leave with 1 if anything is wrong."""
    _need_checker()
    from chassis.contracts import changes, examine  # noqa: PLC0415

    found = _load(folder)
    findings = examine(found)
    if against is not None:
        findings += changes(found, _load(against))
    if as_json:
        rows = [{"contract": finding.contract, "says": finding.says} for finding in findings]
        click.echo(json.dumps({"ok": not rows, "contracts": len(found), "findings": rows}, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding.contract}: {finding.says}")
        click.echo(f"{len(found)} contracts, {len(findings)} findings")
    if findings:
        sys.exit(1)


@contracts.command()
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option(
    "--source",
    "sources",
    multiple=True,
    envvar="JIESU_SOURCES",
    help="A system outside that submits; may be repeated. [default: the words of JIESU_SOURCES]",
)
@click.option("--vhost", default="/", show_default=True, help="RabbitMQ's virtual host.")
@folder_option
def broker(out: Path, sources: tuple[str, ...], vhost: str, folder: Path | None) -> None:
    """Write RabbitMQ's definitions: a user for each service and source, with as few rights as it can do with.

    Each user's password comes from JIESU_<NAME>_PASSWORD, or from the file that JIESU_<NAME>_PASSWORD_FILE names;
    ops, who may do everything, has one, too. Only salted hashes are written.
    """
    from chassis import broker as room  # noqa: PLC0415 - needed by no process that serves
    from chassis import catalogue  # noqa: PLC0415

    specs = [catalogue.spec(name) for name in catalogue.names()]
    try:
        found = room.definitions(_load(folder), specs, sources=sources, password=_password, vhost=vhost)
    except room.SourceNameError as error:
        raise click.UsageError(str(error)) from None
    out.write_text(_spelled(found), encoding="utf-8")
    click.echo(f"{len(found['users'])} users, {len(found['queues'])} queues -> {out}")


def _password(user: str) -> str:
    name = f"JIESU_{user.upper().replace('-', '_')}_PASSWORD"
    file = os.environ.get(f"{name}_FILE", "")
    try:
        found = Path(file).read_text(encoding="utf-8").strip() if file else os.environ.get(name, "")
    except OSError as error:
        message = f"{name}_FILE names {file}, which can't be read: {error.strerror}"
        raise click.UsageError(message) from None
    if not found:
        message = f"{name} is not set: give {user}'s password by it, or by a file that {name}_FILE names"
        raise click.UsageError(message)
    return found


def _spelled(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
