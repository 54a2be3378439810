"""The classes that are not dispatched, as data: the legal route and the words of each, and what says that it is an emergency."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.intake import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATA: Final = Path(__file__).parents[1] / "data" / "replies.toml"


class RepliesError(ValueError):
    """Replies that can't be used; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """A class that is not accepted: the routes it may name, the first as a proposal, and its words."""

    ground: str
    article: str
    routes: tuple[str, ...]
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An emergency line, and what said in a text suggests it."""

    line: str
    article: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """All of it."""

    classes: Mapping[str, Class]
    routes: Mapping[str, str]
    lines: Mapping[str, Line]
    relay_reply: str


@cache
def table() -> Replies:
    """Return the replies as shipped or changed by the street; raises RepliesError."""
    return read(tomllib.loads(_DATA.read_text(encoding="utf-8")))


def read(given: Mapping[str, Any]) -> Replies:
    """Read the replies; raises RepliesError where one of the six classes, or a route's words, is missing."""
    try:
        classes = {row["ground"]: Class(**{**row, "routes": tuple(row["routes"])}) for row in given["class"]}
        lines = {row["line"]: Line(**{**row, "words": tuple(row["words"])}) for row in given["relay"]}
        relay_reply = given["relay_reply"]["reply"]
        routes = given["routes"]
    except (KeyError, TypeError) as error:
        raise RepliesError(f"replies.toml: {error}") from None
    for what, found, wanted in (
        ("class", classes, rules.GROUNDS),
        ("relay", lines, rules.EMERGENCY_LINES),
        ("routes", routes, rules.ROUTES),
    ):
        if {*found} != {*wanted}:
            raise RepliesError(f"replies.toml, {what}: there have to be {', '.join(wanted)}")
    for one in classes.values():
        if not one.routes or {*one.routes} - {*routes}:
            raise RepliesError(f"replies.toml, class {one.ground}: unknown routes or none")
    return Replies(classes=classes, routes=routes, lines=lines, relay_reply=relay_reply)


def not_accepted(ground: str, route: str) -> str:
    """Return what somebody is told whose appeal is of a class that is not accepted."""
    return table().classes[ground].reply.replace("{route}", table().routes[route])


def relayed(line: str) -> str:
    """Return what somebody is told whose emergency is relayed."""
    return table().relay_reply.replace("{line}", line)


def emergencies(text: str) -> list[tuple[str, list[str]]]:
    """Return the lines that a text's words suggest, each with these words."""
    found = [(one.line, [word for word in one.words if word in text]) for one in table().lines.values()]
    return [(line, words) for line, words in found if words]
