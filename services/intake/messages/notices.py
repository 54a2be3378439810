"""Which notices there are, whom each channel tells, and in which words: read from the catalogue and from ops' file.

What is told to residents and to staff stands in `data/notices.toml`. Where it goes stands in the file that
JIESU_NOTICES_FILE names, and nowhere else: no user of the system can name an address. Without that file nothing is
written and nothing is sent.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from marshmallow import Schema, ValidationError, fields, validate

from chassis import settings
from chassis.forms import explain_errors
from chassis.receivers import NAMES
from chassis.street import STREET
from chassis.workcalendar import ZONE, utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RESIDENT: Final = "resident"
UNIT: Final = "unit"
LEADER: Final = "leader"
KINDS: Final = ("webhook", "wecom", "dingtalk", "apprise")
#: Of links in a preview, where ops have named no address yet.
_NO_ADDRESS: Final = "https://jiesu.example"
#: What a template may say, by whom it speaks to, with what the preview shows.
SAYABLE: Final[dict[str, dict[str, str]]] = {
    RESIDENT: {
        "number": f"{STREET.word}诉〔2026〕000123号",
        "due": "12月1日 17:30",
        "link": f"{_NO_ADDRESS}/intake/track?code=7KQ4-M2XD-9TB0",
        "rate": f"{_NO_ADDRESS}/feedback/rate?code=7KQ4-M2XD-9TB0",
    },
    UNIT: {
        "number": f"{STREET.word}诉〔2026〕000123号",
        "unit": next(iter(NAMES.values())),
        "due": "12月1日 17:30",
        "work": f"{_NO_ADDRESS}/enforcement/cases",
    },
}
SAYABLE[LEADER] = SAYABLE[UNIT]
_CATALOGUE: Final = Path(__file__).parents[1] / "data" / "notices.toml"
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_SHORTEST_SECRET: Final = 24
_TEMPLATES: Final = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class NoticesError(Exception):
    """The catalogue or ops' file can't be used; the message says where and what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that is told to somebody when a fact is heard."""

    name: str
    fact: str
    to: str
    zh: str
    on: bool
    when: Mapping[str, Any]
    required: str = ""
    at_night: bool = False

    def fits(self, fact: str, told: Mapping[str, Any]) -> bool:
        """Say whether a fact is the one that it tells of."""
        return self.on and self.fact == fact and all(told.get(name) == value for name, value in self.when.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way out: a robot of a group, a gateway, a letter box; and whom it reaches."""

    name: str
    kind: str
    url: str
    to: tuple[str, ...]
    only: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def reaches(self, notice: Notice, unit: str) -> bool:
        """Say whether it brings a notice to its addressee."""
        addressee = {notice.to, f"{UNIT}:{unit}"} if notice.to == UNIT else {notice.to}
        return self.may_bring(notice) and not addressee.isdisjoint(self.to)

    def may_bring(self, notice: Notice) -> bool:
        """Say whether it brings a notice to anybody."""
        return notice.to in {one.partition(":")[0] for one in self.to} and (not self.only or notice.name in self.only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All notices and channels of a street."""

    street: str
    address: str
    notices: tuple[Notice, ...]
    channels: Mapping[str, Channel]
    #: What units are called, by their codes.
    units: Mapping[str, str]
    quiet: tuple[time, time]
    give_up: timedelta
    kept: timedelta
    doors: frozenset[str]

    @property
    def tells_residents(self) -> bool:
        """Whether any channel reaches residents."""
        return any(RESIDENT in channel.to for channel in self.channels.values())

    def fitting(self, fact: str, told: Mapping[str, Any], unit: str) -> Iterator[tuple[Notice, Channel]]:
        """Yield what a fact has to be told as, and by which channels."""
        for notice in self.notices:
            if notice.fits(fact, told):
                yield from ((notice, one) for one in self.channels.values() if one.reaches(notice, unit))

    def notice(self, name: str) -> Notice | None:
        """Return a notice by its name, or None where the street has it no more."""
        return next((one for one in self.notices if one.name == name), None)

    def say(self, notice: Notice, **known: str) -> str:
        """Return the words of a notice."""
        return worded(notice.zh, street=self.street, **known)

    def shown(self, notice: Notice) -> str:
        """Return the words of a notice for a made-up case, with the links that it would have here."""
        known = SAYABLE[notice.to].items()
        return self.say(
            notice, **{name: said.replace(_NO_ADDRESS, self.address or _NO_ADDRESS) for name, said in known}
        )

    def not_before(self, notice: Notice | None, moment: datetime, *, urgent: bool = False) -> datetime:
        """Return when a notice may be sent at the earliest: after the quiet hours, where it can wait.

        What staff is told of an emergency or of what is urgent can't.
        """
        if notice is not None and (notice.at_night or (urgent and notice.to != RESIDENT)):
            return moment
        start, end = self.quiet
        here = moment.astimezone(ZONE)
        overnight = start > end
        clock = here.time()
        silent = (clock >= start or clock < end) if overnight else start <= clock < end
        if not silent:
            return moment
        morning = datetime.combine(here.date(), end, ZONE)
        return utc(morning + timedelta(days=1) if overnight and clock >= start else morning)


def worded(template: str, **known: str) -> str:
    """Fill a template in; what it may not say is an error, as is what it may not do. Raises NoticesError."""
    try:
        return _TEMPLATES.from_string(template).render(known).strip()
    except TemplateError as error:
        message = f"模板「{template[:60]}」不能使用：{error} / this template can't be used: {error}"
        raise NoticesError(message) from None


# -- reading ------------------------------------------------------------------


class _Notice(Schema):
    name = fields.String(required=True)
    fact = fields.String(required=True)
    to = fields.String(required=True, validate=validate.OneOf((RESIDENT, UNIT, LEADER)))
    on = fields.Boolean(required=True)
    when = fields.Dict(load_default=dict)
    required = fields.String(load_default="")
    at_night = fields.Boolean(load_default=False)
    zh = fields.String(required=True, validate=validate.Length(5, 500))


class _Change(Schema):
    on = fields.Boolean()
    zh = fields.String(validate=validate.Length(5, 500))
    at_night = fields.Boolean()


class _Channel(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    url = fields.String(required=True, validate=validate.Length(min=8))
    to = fields.List(
        fields.String(validate=validate.Regexp(rf"({RESIDENT}|{LEADER}|{UNIT}(:[a-z0-9_-]+)?)\Z")),
        required=True,
        validate=validate.Length(min=1),
    )
    only_these = fields.List(fields.String(), load_default=list, data_key="only")
    secrets = fields.List(fields.String(validate=validate.Length(min=8)), load_default=list)
    #: Whether it may be reached without TLS, on a network of the street's own.
    plain = fields.Boolean(load_default=False)


class _File(Schema):
    street = fields.String(load_default=STREET.name, validate=validate.Length(1, 20))
    address = fields.Url(load_default="", require_tld=False, schemes={"http", "https"})
    channels = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[a-z][a-z0-9_]{0,38}\Z")),
        values=fields.Nested(_Channel),
        load_default=dict,
    )
    notices = fields.Dict(keys=fields.String(), values=fields.Nested(_Change), load_default=dict)
    quiet = fields.Dict(keys=fields.String(), values=fields.String(), load_default=None)
    units = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


def book() -> Book:
    """Return the book of this process's settings, read once. Raises NoticesError."""
    # Asked at every door and for every fact: what costs nothing is the key, not the settings.
    return _book(os.environ.get("JIESU_NOTICES_FILE", ""))


@cache
def _book(_file: str) -> Book:
    path = settings.load().notices_file
    return read(Path(path) if path else None)


def _field_by_field(file: Path, error: ValidationError) -> str:
    """Say what is wrong with a file, field by field."""
    found = explain_errors(_File(), error.messages)
    places = [one["pointer"].strip("/").replace("/value/", "/").replace("/", ".") or file.name for one in found]
    zh = "；".join(f"{place}：{one['zh'].rstrip('。')}" for place, one in zip(places, found, strict=True))
    en = "; ".join(f"{place}: {one['en'].rstrip('.')}" for place, one in zip(places, found, strict=True))
    return f"JIESU_NOTICES_FILE：{file}：{zh}。/ {en}."


def read(path: Path | None) -> Book:
    """Read the catalogue and, over it, ops' file. Raises NoticesError, naming what is wrong and where."""
    given = tomllib.loads(_CATALOGUE.read_text(encoding="utf-8"))
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError) as error:
        message = f"JIESU_NOTICES_FILE：无法读取 {path}（{error}）/ can't be read: {error}"
        raise NoticesError(message) from None
    try:
        rows: list[dict[str, Any]] = _Notice(many=True).load(given["notice"])
        file: dict[str, Any] = _File().load(written)
    except ValidationError as error:
        raise NoticesError(_field_by_field(path or _CATALOGUE, error)) from None
    notices = {row["name"]: Notice(**row) for row in rows}
    if unknown := file["notices"].keys() - notices.keys():
        message = (
            f"{path}：没有通知 {'、'.join(sorted(unknown))}，可用的有 / no such notice; there are: {', '.join(notices)}"
        )
        raise NoticesError(message)
    for name, change in file["notices"].items():
        notices[name] = replace(notices[name], **change)
    for notice in notices.values():
        worded(notice.zh, street=file["street"], **SAYABLE[notice.to])
    quiet = file["quiet"] or given["quiet"]
    try:
        hours = (time.fromisoformat(quiet["from"]), time.fromisoformat(quiet["until"]))
    except (KeyError, ValueError):
        message = f'{path}：quiet 应写作 {{ from = "21:00", until = "08:00" }} / write quiet so'
        raise NoticesError(message) from None
    made = Book(
        street=file["street"],
        address=file["address"].rstrip("/"),
        notices=tuple(notices.values()),
        units={**NAMES, **file["units"]},
        channels={name: _channel(name, row, notices, path) for name, row in file["channels"].items()},
        quiet=hours,
        give_up=timedelta(hours=given["keeping"]["give_up_hours"]),
        kept=timedelta(days=given["keeping"]["log_days"]),
        doors=frozenset(given["residents"]["channels"]),
    )
    if made.channels and not made.address:
        message = f"{path}：请写 address（居民打开系统的网址），链接由它组成 / write address: links are made of it"
        raise NoticesError(message)
    return made


def _channel(name: str, row: Mapping[str, Any], notices: Mapping[str, Notice], path: Path | None) -> Channel:
    """Return a channel that may be used, or raise NoticesError saying why it may not."""
    channel = Channel(
        name=name,
        kind=row["kind"],
        url=row["url"],
        to=tuple(row["to"]),
        only=tuple(row["only_these"]),
        secrets=tuple(row["secrets"]),
    )
    wrong = _unusable(channel, plain=row["plain"]) or ""
    if unknown := {*channel.only} - notices.keys():
        wrong = f"only 中没有的通知：{'、'.join(sorted(unknown))} / no such notice in only"
    if wrong:
        message = f"{path} [channels.{name}]：{wrong}"
        raise NoticesError(message)
    return channel


def _unusable(channel: Channel, *, plain: bool) -> str:
    address = urlsplit(channel.url)
    if RESIDENT in channel.to and len({*channel.to}) > 1:
        return "面向居民的渠道不能同时发给单位或领导 / a channel for residents is for nobody else"
    if channel.kind == "apprise":
        if address.scheme in ("wecombot", "dingtalk"):
            # apprise 2.3 takes their HTTP 200 for delivered, whatever the errcode in it says.
            return "请改用 kind = wecom 或 dingtalk / use the kind wecom or dingtalk, which read the platform's answer"
        if RESIDENT in channel.to and "{to}" not in channel.url:
            return (
                "面向居民的渠道须在 url 中写 {to}（手机号）/ for residents the url has to hold {to}, the phone number"
            )
        return ""
    if RESIDENT in channel.to and channel.kind != "webhook":
        return "群机器人不能用于居民 / a group's robot is not for residents"
    if address.scheme != "https" and address.hostname not in _LOOPBACK and not plain:
        return "url 须为 https；仅内网专线可加 plain = true / use https, or plain = true on a network of your own"
    if channel.kind == "webhook" and not channel.secrets:
        return "webhook 须签名，请写 secrets / a webhook is signed: write secrets"
    if channel.kind == "webhook" and any(len(one.removeprefix("whsec_")) < _SHORTEST_SECRET for one in channel.secrets):
        return "secrets 应为 whsec_ 加 base64，至少 18 字节 / secrets are whsec_ and base64 of 18 bytes or more"
    return ""
