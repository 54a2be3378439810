"""What `jiesu doctor` looks at."""

from __future__ import annotations

from ctypes.util import find_library
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from chassis import catalogue, migrate
from chassis.database import Database
from chassis.keys import KeyFolder, KeysError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chassis.settings import Settings


@dataclass
class Finding:
    """One thing looked at; `do` says what to do when it is not in order, or where it is but something is better done."""

    what: str
    ok: bool
    says: str
    do: str = ""


def examine(settings: Settings, names: Sequence[str]) -> list[Finding]:
    """Look at everything that the processes of services need."""
    return [
        *_broker(settings, names),
        *_keys(settings, names),
        *_typesetting(),
        *(f for name in names for f in _service(settings, name)),
    ]


def _broker(settings: Settings, names: Sequence[str]) -> Iterator[Finding]:
    if settings.embedded:
        yield Finding("broker", ok=True, says="in memory (embedded)")
        return
    from kombu import Connection  # noqa: PLC0415

    try:
        with Connection(settings.amqp_url, connect_timeout=5) as connection:
            connection.connect()
            channel = connection.default_channel
            for name in names:
                queue = catalogue.spec(name).mailbox
                waiting = channel.queue_declare(queue, passive=True).message_count
                yield Finding(f"mailbox {queue}", ok=True, says=f"{waiting} letters wait")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the doctor tells
        yield Finding(
            "broker",
            ok=False,
            says=f"{type(error).__name__}: {error}",
            do="check JIESU_AMQP_URL, and run `jiesu migrate` to declare the mailboxes",
        )


def _keys(settings: Settings, names: Sequence[str]) -> Iterator[Finding]:
    """Read each key that services need: their own, and the public ones of all whom they may seal to."""
    folder = KeyFolder(settings.keys)
    needed: list[Callable[[], object]] = [
        folder.verifying,
        *(partial(folder.public, name) for name in catalogue.names()),
        *(partial(read, name) for name in names for read in (folder.private, folder.records)),
        # Who serves all has these as well; a share has them where its service signs, or knows people again.
        *((folder.signing, folder.lookup) if settings.embedded else ()),
    ]
    missing = False
    for read in needed:
        try:
            read()
        except KeysError as error:
            missing = True
            do = (
                "set JIESU_KEYS_DIR, or take it back from where keys are kept: a new one opens nothing that was sealed to it;"
                " one that never was is made by `jiesu keys generate`"
            )
            yield Finding("keys", ok=False, says=str(error), do=do)
    if not missing:
        yield Finding("keys", ok=True, says=str(settings.keys))


def _typesetting() -> Iterator[Finding]:
    there = find_library("pangoft2-1.0") is not None
    do = (
        "install Pango and a Chinese font (Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk)"
    )
    yield Finding("PDF", ok=there, says="Pango is here" if there else "Pango is missing", do="" if there else do)


def _shown(address: str) -> str:
    from sqlalchemy import make_url  # noqa: PLC0415

    return make_url(address).render_as_string(hide_password=True)


def _service(settings: Settings, name: str) -> Iterator[Finding]:
    from sqlalchemy import func, select  # noqa: PLC0415

    spec = catalogue.spec(name)
    try:
        database = Database(settings.database_for(name), name)
        if migrate.pending(database, spec):
            yield Finding(name, ok=False, says="tables are not up to date", do=f"run `jiesu migrate {name}`")
            return
        with database.read() as session:
            waiting = session.scalar(select(func.count()).where(spec.store.letters.c.posted_at.is_(None)))
            dead = session.scalar(select(func.count()).where(spec.store.parked.c.dead.is_(True)))
            lacks = [*catalogue.service(name).lacks(session)]
            advice = [*catalogue.service(name).advice(session)]
        database.close()
    except Exception as error:  # noqa: BLE001
        yield Finding(
            name,
            ok=False,
            says=f"{type(error).__name__}: {getattr(error, 'orig', None) or error}",
            do=f"check that {_shown(settings.database_for(name))} is the right address and that the database runs",
        )
        return
    yield Finding(
        name,
        ok=not dead,
        says=f"{waiting} letters to post, {dead} dead letters parked",
        do=f"see `jiesu parked list --service {name}`" if dead else "",
    )
    for ok, found in ((False, lacks), (True, advice)):
        yield from (Finding(name, ok=ok, says=what, do=do) for what, do in found)
