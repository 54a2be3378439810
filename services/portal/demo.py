"""The demo street's staff: visibly made up, and let in only where a demo was asked for."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chassis import catalogue, moments, relay
from chassis.access import ANY, Principal
from chassis.database import Database
from chassis.work import Work
from services.portal import accounts
from services.portal.service import PortalService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.settings import Settings

_FILE: Final = Path(__file__).with_name("data") / "demo.toml"
_KEPT_IN: Final = "demo-password"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """One made-up member of staff."""

    login: str
    name: str
    roles: frozenset[str]
    services: frozenset[str]
    units: frozenset[str] = ANY

    @property
    def id(self) -> str:
        """His account's id, the same in every demo."""
        return f"demo-{self.login}"

    @property
    def principal(self) -> Principal:
        """Who he is to all services."""
        return Principal(
            id=self.id, name=self.name, roles=self.roles, services=self.services, units=self.units, lang="zh"
        )


def demo_accounts() -> tuple[DemoAccount, ...]:
    """Read the demo street's staff."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["accounts"]
    return tuple(
        DemoAccount(
            login=row["login"],
            name=row["name"],
            roles=frozenset(row["roles"]),
            services=frozenset(row["services"]),
            units=frozenset(row.get("units", ANY)),
        )
        for row in rows
    )


def demo_password(folder: Path) -> str:
    """Return the demo's one password, made up at its first start and kept in its data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / _KEPT_IN
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        made = accounts.generated_password()
        out.write(made + "\n")
    return made


def add_demo_accounts(work: Work, password: str) -> int:
    """Add those of the demo's staff who are not there yet; return how many were added."""
    missing = [one for one in demo_accounts() if accounts.by_login(work.session, one.login) is None]
    hashed = accounts.hash_of(password) if missing else ""
    for one in missing:
        accounts.add_hashed(
            work,
            account_id=one.id,
            login=one.login,
            name=one.name,
            hashed=hashed,
            roles=one.roles,
            services=one.services,
            units=one.units,
            by="demo",
        )
    return len(missing)


def prepare(settings: Settings) -> Iterator[str]:
    """Let the demo's staff in, and say with which password."""
    spec = catalogue.spec(PortalService.name)
    database = Database(settings.database_for(spec.name), spec.name)
    spec.dialect = database.dialect
    password = demo_password(settings.data)
    try:
        with database.write() as session:
            work = Work(session, spec, moments.now())
            add_demo_accounts(work, password)
            work.record()
    finally:
        database.close()
    relay.waker(spec.name).set()
    logins = " ".join(one.login for one in demo_accounts())
    yield f"演示账号 / demo logins: {logins}"
    yield f"演示密码（所有账号相同） / their one password: {password}"
