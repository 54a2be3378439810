"""The demo street's committee: visibly made up, and on file only where a demo was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis import catalogue, moments
from chassis.database import Database
from chassis.examples import example
from chassis.wire import plain
from services.mediation import register, schemas
from services.mediation.service import MediationService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.settings import Settings


def prepare(settings: Settings) -> Iterator[str]:
    """Put the committee of the example forms on file where there is none, so that its mediators are held against a roster."""
    name, now = MediationService.name, moments.now()
    database = Database(settings.database_for(name), name)
    catalogue.spec(name).dialect = database.dialect
    try:
        with database.write() as session:
            if not register.Register(session, now).committees():
                form = schemas.CommitteeForm().load(example(schemas.CommitteeForm))
                register.put(session, form, plain(form["people"]), by="demo", now=now)
    finally:
        database.close()
    yield from ()
