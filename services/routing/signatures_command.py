"""The command `jiesu signatures`: whether the chain of signatures is as it was signed."""

from __future__ import annotations

import json
import sys
from itertools import islice
from typing import Final

import click
from sqlalchemy import func, select

from chassis import catalogue
from chassis.commands import data_option, settings_or_exit
from chassis.database import Database
from chassis.keys import KeyFolder, KeysError
from services.routing.models import Signature
from services.routing.signoff import signatures as chain

_MOST: Final = 1000


@click.group()
def signatures() -> None:
    """Look after the chain of leaders' signatures."""


@signatures.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@data_option
def verify(data: str | None, *, as_json: bool) -> None:
    """Find signatures that were changed, removed, inserted or reordered since; ends with 1 if there are any."""
    del data
    settings = settings_or_exit()
    spec = catalogue.spec(chain.SERVICE)
    database = Database(settings.database_for(chain.SERVICE), chain.SERVICE)
    try:
        secrets = chain.secrets_of(KeyFolder(settings.keys))
    except KeysError as error:
        raise click.ClickException(str(error)) from error
    try:
        with database.read() as session:
            faults = list(islice(chain.verify(session, spec.store, secrets), _MOST))
            count = session.scalar(select(func.count()).select_from(Signature)) or 0
    finally:
        database.close()
    if as_json:
        told = {"signatures": count, "intact": not faults, "faults": [chain.as_json(fault) for fault in faults]}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for fault in faults:
            click.echo(f"{fault.signature or '—'} {fault.number or '—'} {fault.zh} / {fault.en}")
        click.echo(
            f"签批 {count} 件，{'完好' if not faults else f'发现 {len(faults)} 处问题'} / {count} signatures, {'intact' if not faults else f'{len(faults)} faults'}"
        )
    if faults:
        sys.exit(1)
