"""`jiesu keys`: make the keys, hand a department its share, put new ones before the old."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from chassis import catalogue
from chassis.commands import settings_or_exit, use_data
from chassis.keys import TOKENS, KeyFolder, KeysError, generate, hand_out, rotate

data_option = click.option(
    "--data",
    metavar="DIR",
    callback=use_data,
    expose_value=False,
    help="Data folder of the embedded platform. [default: that of the running one, or ./var]",
)


@click.group()
def keys() -> None:
    """Make, hand out, list and rotate the keys that seal, open and sign."""


@keys.command("generate")
@click.argument("services", nargs=-1)
@data_option
def generate_(services: tuple[str, ...]) -> None:
    """Make what is missing for SERVICES, or for all that are installed; leave what is there."""
    with _said():
        folder = generate(settings_or_exit().keys, services or catalogue.names())
        click.echo(f"{folder.path}: {' '.join(folder.services())}")


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@data_option
def list_(*, as_json: bool) -> None:
    """List the keys by their ids, newest first, and say which can be opened here."""
    folder = KeyFolder(settings_or_exit().keys)
    with _said():
        rows = [_row(folder, name) for name in (*folder.services(), TOKENS)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        held = "私钥在此 private half here" if row["private"] else ""
        click.echo(f"{row['name']:<16} {' '.join(map(str, row['kids']))}  {held}".rstrip())


@keys.command("rotate")
@click.argument("name")
@click.option(
    "--keep", default=2, show_default=True, type=click.IntRange(1, 10), help="Keys kept in all, to open what is old."
)
@data_option
def rotate_(name: str, *, keep: int) -> None:
    """Put a new key before those of a service, or of `tokens`. Hand the public file out again."""
    with _said():
        key = rotate(settings_or_exit().keys, name, keep=keep)
        click.echo(f"{name}: {key.kid}")


@keys.command("hand-out")
@click.argument("service")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--tokens", is_flag=True, help="With the key that signs tokens: for the portal only.")
@click.option("--lookup", is_flag=True, help="With the secret of keyed hashes: for those that look phone numbers up.")
@data_option
def hand_out_(service: str, folder: Path, *, tokens: bool, lookup: bool) -> None:
    """Copy a service's share into FOLDER: its private key and all public ones."""
    with _said():
        hand_out(settings_or_exit().keys, service, folder, tokens=tokens, lookup=lookup)
        click.echo(f"{folder}: JIESU_KEYS_DIR={folder.resolve()}")


def _row(folder: KeyFolder, name: str) -> dict[str, Any]:
    ring = folder.verifying() if name == TOKENS else folder.public(name)
    return {
        "name": name,
        "kids": [key.kid for key in ring],
        "private": (folder.path / "private" / f"{name}.jwk").exists(),
    }


@contextmanager
def _said() -> Iterator[None]:
    """Say in words what is wrong with the keys."""
    try:
        yield
    except KeysError as error:
        raise click.ClickException(str(error)) from error
