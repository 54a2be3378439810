"""Settings, all from the environment with the prefix `JIESU_`, checked at start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chassis import receivers, street

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MEMORY = "memory://jiesu"
_SHORTEST_KEY = 16


class SettingError(Exception):
    """A setting that can't be used; the message names it and says what to write."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the settings table in the docs."""

    name: str
    default: str
    means: str


TABLE = (
    Setting("JIESU_DATA", "var", "Folder of the embedded databases, keys and attachments."),
    Setting("JIESU_AMQP_URL", MEMORY, "Broker: amqp://user:password@host:5672/vhost; memory:// when embedded."),
    Setting(
        "JIESU_DATABASE_URL",
        "",
        "PostgreSQL: postgresql://user:password@host/name. Each service keeps its own schema in it;"
        " `{service}` in the address gives each its own database. Empty: SQLite files in JIESU_DATA.",
    ),
    Setting("JIESU_<SERVICE>_DATABASE_URL", "", "The same for one service only."),
    Setting("JIESU_KEYS_DIR", "", "Folder of the keys; empty: `keys` in JIESU_DATA."),
    Setting("JIESU_BATCH", "100", "Letters that a mailbox takes into one transaction, 1 to 500."),
    Setting(
        "JIESU_WORKER_NICE",
        "10",
        "How far workers stand back where doors of the same machine have much to do, 0 to 19: a burst is first accepted.",
    ),
    Setting("JIESU_OPS_PORT", "0", "Port of a worker's /healthz, /readyz and /metrics; 0: none."),
    Setting("JIESU_HOST", "127.0.0.1", "Address that web and ops listen on."),
    Setting(
        "JIESU_TRUSTED_PROXY",
        "",
        "Address of the gateway in front of `jiesu web` or `jiesu up`, whose X-Forwarded-For and -Proto are believed;"
        " `*` where nobody else can reach it; empty: nobody's. Without it all visitors have the gateway's address.",
    ),
    Setting(
        "JIESU_GATEWAY",
        "",
        "Where one service's web process reaches the pages of the others, for what a person takes from several at once"
        " with his own rights: http://gateway:8000; `{service}` in it gives each its own address, with `-` for `_`."
        " Empty: `jiesu up` knows its own; otherwise what lies elsewhere is named as missing.",
    ),
    Setting(
        "JIESU_POSTS_PER_MINUTE",
        "60",
        "What somebody who is not signed in may send in a minute from one address, counted in each web process;"
        " more is refused with 429 and the time to wait. 0: any number.",
    ),
    Setting(
        "JIESU_POSTS_PER_PHONE",
        "30",
        "What somebody who is not signed in may send in an hour with one phone number, likewise. 0: any number.",
    ),
    Setting(
        "JIESU_SCANNER",
        "",
        "Virus scanner that sees each picture before it is read: unix:///run/clamav/clamd.ctl or tcp://host:3310"
        " (clamd's INSTREAM). Where it does not answer, pictures are refused with 503. Empty: none.",
    ),
    Setting("JIESU_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Setting("JIESU_LOG_FORMAT", "json", "json or plain."),
    Setting(
        "JIESU_OPEN311_KEYS",
        "",
        "Who may report by Open311: `name:api_key` of each client, commas between; empty: anybody, without a key.",
    ),
    Setting("JIESU_OPEN311_JURISDICTION", "", "The jurisdiction_id of this street in Open311; empty: any is taken."),
    Setting(
        "JIESU_OPEN311_TEXTS", "no", "Whether Open311 shows masked words and addresses of what it lists: yes or no."
    ),
    Setting(
        street.SETTING,
        street.DEFAULT,
        "The street's full name: on its pages and documents, and what its numbers begin with. The same for every service,"
        " before the first start: what is numbered or issued keeps the name that it has.",
    ),
    Setting(
        receivers.SETTING,
        "",
        "Mechanisms that the street has added to the six: `name:中文` of each, commas between, such as"
        " street_trees:行道树管护. The same for every service: docs/guides/tenth-mechanism.md.",
    ),
    Setting(
        receivers.UNITS_SETTING,
        "",
        "TOML file with the names of the street's units: `[[unit]]` with code, zh and en of each that is called otherwise"
        " than in chassis/receivers.toml, or is new. Lists, letters and pages go by it. The same for every service.",
    ),
    Setting(
        "JIESU_NOTICES_FILE",
        "",
        "TOML file that names the channels by which people are told outside what happens, with their keys:"
        " docs/guides/notices.md. For the worker, the web and the command `notices`; empty: nothing is told outside.",
    ),
    Setting("JIESU_CLOCK_FILE", "", "Demo and tests only: a file that holds seconds to add to the time."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process."""

    data: Path
    amqp_url: str
    database_urls: Mapping[str, str]
    database_url: str
    keys: Path
    batch: int
    worker_nice: int
    ops_port: int
    host: str
    trusted_proxy: str
    #: Where the other services are reached, or an empty string.
    gateway: str
    posts_per_minute: int
    posts_per_phone: int
    log_level: str
    log_format: str
    scanner: str
    #: Names of clients by their keys.
    open311_keys: Mapping[str, str]
    open311_jurisdiction: str
    open311_texts: bool
    #: Path, or an empty string.
    notices_file: str
    clock_file: str

    @property
    def embedded(self) -> bool:
        """Whether letters travel inside this process only."""
        return self.amqp_url.startswith("memory:")

    def doors_of(self, service: str) -> str:
        """Return the address under which another service's doors are reached, or an empty string."""
        address = self.gateway.replace("{service}", service.replace("_", "-"))
        return f"{address}/{service}" if address else ""

    def database_for(self, service: str) -> str:
        """Return the SQLAlchemy address of a service's database."""
        address = self.database_urls.get(service) or self.database_url
        if not address:
            return f"sqlite:///{self.data / service}.sqlite3"
        return address.replace("{service}", service).replace("postgresql://", "postgresql+psycopg://", 1)


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings, raising SettingError with what to change."""
    env = os.environ if environment is None else environment

    def get(name: str) -> str:
        default = next(row.default for row in TABLE if row.name == name)
        return env.get(name, "").strip() or default

    _read(receivers.SETTING, get(receivers.SETTING), receivers.added)
    _read(receivers.UNITS_SETTING, get(receivers.UNITS_SETTING), receivers.named)
    _read(street.SETTING, get(street.SETTING), street.named)
    data = Path(get("JIESU_DATA")).expanduser().resolve()
    overrides = {
        name.removeprefix("JIESU_").removesuffix("_DATABASE_URL").lower(): _database(name, value)
        for name, value in env.items()
        if name.startswith("JIESU_")
        and name.endswith("_DATABASE_URL")
        and value
        and name not in ("JIESU_DATABASE_URL", "JIESU_TEST_DATABASE_URL")
    }
    return Settings(
        data=data,
        amqp_url=_amqp(get("JIESU_AMQP_URL")),
        database_urls=overrides,
        database_url=_database("JIESU_DATABASE_URL", get("JIESU_DATABASE_URL")),
        keys=Path(get("JIESU_KEYS_DIR") or data / "keys").expanduser().resolve(),
        batch=_number("JIESU_BATCH", get("JIESU_BATCH"), 1, 500),
        worker_nice=_number("JIESU_WORKER_NICE", get("JIESU_WORKER_NICE"), 0, 19),
        ops_port=_number("JIESU_OPS_PORT", get("JIESU_OPS_PORT"), 0, 65535),
        host=get("JIESU_HOST"),
        trusted_proxy=get("JIESU_TRUSTED_PROXY"),
        gateway=_gateway(get("JIESU_GATEWAY")),
        posts_per_minute=_number("JIESU_POSTS_PER_MINUTE", get("JIESU_POSTS_PER_MINUTE"), 0, 1_000_000),
        posts_per_phone=_number("JIESU_POSTS_PER_PHONE", get("JIESU_POSTS_PER_PHONE"), 0, 1_000_000),
        scanner=_scanner(get("JIESU_SCANNER")),
        log_level=_choice("JIESU_LOG_LEVEL", get("JIESU_LOG_LEVEL").upper(), "DEBUG", "INFO", "WARNING", "ERROR"),
        log_format=_choice("JIESU_LOG_FORMAT", get("JIESU_LOG_FORMAT"), "json", "plain"),
        open311_keys=_names_by_key("JIESU_OPEN311_KEYS", get("JIESU_OPEN311_KEYS")),
        open311_jurisdiction=get("JIESU_OPEN311_JURISDICTION"),
        open311_texts=_choice("JIESU_OPEN311_TEXTS", get("JIESU_OPEN311_TEXTS").lower(), "yes", "no") == "yes",
        notices_file=get("JIESU_NOTICES_FILE"),
        clock_file=env.get("JIESU_CLOCK_FILE", "").strip(),
    )


def own_address(host: str, port: int) -> str:
    """Return the address by which a process reaches itself that listens on a host, which may be every one it has."""
    own = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is read, not bound
    return f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"


def _amqp(value: str) -> str:
    if urlsplit(value).scheme not in ("amqp", "amqps", "memory"):
        message = f"JIESU_AMQP_URL is {_shown(value)!r}: write amqp://user:password@host:5672/vhost, or memory://"
        raise SettingError(message)
    return value


def _database(name: str, value: str) -> str:
    if value and urlsplit(value).scheme not in ("postgresql", "postgresql+psycopg", "sqlite"):
        message = f"{name} is {_shown(value)!r}: write postgresql://user:password@host/name or sqlite:////folder/file"
        raise SettingError(message)
    return value


def _gateway(value: str) -> str:
    try:
        address = urlsplit(value.replace("{service}", "service"))
        usable = address.scheme in ("http", "https") and address.hostname and not address.username and not address.query
    except ValueError:
        usable = False
    if value and not usable:
        message = f"JIESU_GATEWAY is {_shown(value)!r}: write http://host:port, or http://{{service}}-web:port"
        raise SettingError(message)
    return value.rstrip("/")


def _read(name: str, value: str, read: Callable[[str], object]) -> None:
    try:
        read(value)
    except ValueError as error:
        message = f"{name} is {error}"
        raise SettingError(message) from None


def _scanner(value: str) -> str:
    try:
        address = urlsplit(value)
        usable = (
            address.path if address.scheme == "unix" else address.scheme == "tcp" and address.hostname and address.port
        )
    except ValueError:
        usable = False
    if value and not usable:
        message = f"JIESU_SCANNER is {value!r}: write unix:///path/to/socket or tcp://host:port"
        raise SettingError(message)
    return value


def _number(name: str, value: str, low: int, high: int) -> int:
    if not value.isdecimal() or not low <= int(value) <= high:
        message = f"{name} is {value!r}: write a whole number from {low} to {high}"
        raise SettingError(message)
    return int(value)


def _choice(name: str, value: str, *choices: str) -> str:
    if value not in choices:
        message = f"{name} is {value!r}: write one of {', '.join(choices)}"
        raise SettingError(message)
    return value


def _names_by_key(name: str, value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in value.split(","))):
        who, _, key = pair.partition(":")
        if not who or len(key) < _SHORTEST_KEY or key in found:
            message = f"{name} is not usable: write name:api_key for each client, each its own key of {_SHORTEST_KEY} characters or more"
            raise SettingError(message)
        found[key] = who
    return found


def _shown(address: str) -> str:
    """Leave the password out of an address."""
    before, at, after = address.rpartition("@")
    return f"{before.partition('://')[0]}://…@{after}" if at else address
