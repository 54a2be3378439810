"""The ways by which letters come in, as data: who may use each, and what each has to say."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DATA: Final = Path(__file__).parents[1] / "data" / "channels.toml"
_TRUSTS: Final = ("public", "staff", "system")
_PHOTOS: Final = ("none", "may", "must")
_FIELDS: Final = frozenset(
    {
        "text",
        "title",
        "submitted_at",
        "place.text",
        "contact.name",
        "contact.phone",
        "external.number",
        "external.due_at",
    }
)
#: What even an emergency can't do without: what it is, and which order it is that the hotline is told of.
_ALWAYS: Final = ("text", "external.number")
_NEEDED: Final = "此项必填。 / Please fill this in."


class ChannelsError(ValueError):
    """Channels that can't be used; the message names the file and the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A row of `channels.toml`, which says what each word means."""

    code: str
    zh: str
    en: str
    trust: str
    roles: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    photos: str = "none"
    placed: bool = False
    source: str = ""
    desk: bool = False
    link: bool = False
    writes_back: bool = False

    @property
    def is_public(self) -> bool:
        """Whether anybody may use it."""
        return self.trust == "public"

    @property
    def asked(self) -> tuple[str, ...]:
        """All that its page asks, what is required first."""
        return (*self.required, *self.optional)


@dataclass(frozen=True, slots=True)
class Channels:
    """All channels by their codes, and the words of the fields that only some of them have."""

    by_code: Mapping[str, Channel]
    origin: Mapping[str, Mapping[str, str]]


@cache
def table() -> Channels:
    """Return the channels as shipped or changed by the street; raises ChannelsError."""
    return read(tomllib.loads(_DATA.read_text(encoding="utf-8")))


def codes() -> tuple[str, ...]:
    """Return the codes of all channels, in the order of the file."""
    return tuple(table().by_code)


def channel(code: str) -> Channel:
    """Return a channel that is known to be there."""
    return table().by_code[code]


def read(given: Mapping[str, Any]) -> Channels:
    """Read the channels; raises ChannelsError for what is missing, unknown or said twice."""
    origin = given.get("origin", {})
    for name, words in origin.items():
        if {*words} != {"zh", "en"}:
            raise ChannelsError(f"channels.toml, [origin.{name}]: it has zh and en")
    known = _FIELDS | {f"origin.{name}" for name in origin}
    found: dict[str, Channel] = {}
    for at, row in enumerate(given.get("channel", ()), 1):
        where = f"channels.toml, channel {at} ({row.get('code', '?')})"
        try:
            said: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
            }
            one = Channel(**said)
        except TypeError as error:
            raise ChannelsError(f"{where}: {error}") from None
        _check(one, known, where)
        if one.code in found:
            raise ChannelsError(f"{where}: there is such a channel already")
        found[one.code] = one
    if "web" not in found:
        raise ChannelsError("channels.toml: the channel web is missing; it is the one of whoever names none")
    return Channels(found, origin)


def _check(one: Channel, known: frozenset[str], where: str) -> None:
    for name, value, allowed in (("trust", one.trust, _TRUSTS), ("photos", one.photos, _PHOTOS)):
        if value not in allowed:
            raise ChannelsError(f"{where}: unknown {name} {value!r}; there are {', '.join(allowed)}")
    if one.is_public is bool(one.roles):
        raise ChannelsError(f"{where}: `roles` are for channels that are not public, and these need them")
    for field in one.asked:
        if field not in known:
            raise ChannelsError(f"{where}: unknown field {field!r}; there are {', '.join(sorted(known))}")
    if len({*one.asked}) < len(one.asked):
        raise ChannelsError(f"{where}: a field is named twice")
    if "text" not in one.required:
        raise ChannelsError(f"{where}: text is always required")
    if one.link and not one.is_public:
        raise ChannelsError(f"{where}: only a public channel can be had on the public page")


# -- what a letter lacks ------------------------------------------------------


def errors(code: str, loaded: Mapping[str, Any], *, relayed: bool = False) -> dict[str, Any]:
    """Say what a letter lacks for its channel, or says that is not asked there, as marshmallow would.

    One that is `relayed` to an emergency line at once waits for nobody's number or address.
    """
    one, found = channel(code), dict[str, Any]()
    for field in one.required:
        if relayed and field not in _ALWAYS:
            continue
        if not _given(loaded, field) and not (field == "contact.phone" and _given(loaded, "contact.anonymous")):
            _put(found, field, [_NEEDED])
    asked = [field.removeprefix("origin.") for field in one.asked if field.startswith("origin.")]
    given = loaded.get("origin")
    for name in given if isinstance(given, dict) else ():
        if name not in asked:
            _put(found, f"origin.{name}", [_no_such(one, asked)])
    return found


def _no_such(one: Channel, asked: list[str]) -> dict[str, str]:
    zh, en = f"“{one.zh}”没有这一项", f"{one.en} has no such field"
    if asked:
        zh, en = f"{zh}；可以填写的有：{'、'.join(asked)}", f"{en}; there are: {', '.join(asked)}"
    return {"zh": f"{zh}。", "en": f"{en}."}


def _given(loaded: Mapping[str, Any], field: str) -> bool:
    value: Any = loaded
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return bool(value.strip() if isinstance(value, str) else value)


def _put(found: dict[str, Any], field: str, said: list[Any]) -> None:
    *outer, last = field.split(".", 1)
    (found.setdefault(outer[0], {}) if outer else found)[last] = said


def asked_of_origin(one: Channel) -> Iterator[tuple[str, Mapping[str, str], bool]]:
    """Yield the fields that only some channels have: name, words, and whether it is required."""
    for field in one.asked:
        if field.startswith("origin."):
            name = field.removeprefix("origin.")
            yield name, table().origin[name], field in one.required
