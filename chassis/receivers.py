"""Where a case may go: the mechanisms and units that people choose from. Pure but for two settings, read once at start.

The shipped ones stand in `receivers.toml`. A street adds a mechanism by `JIESU_MECHANISMS`, in every process that has
to know its name, and changes no file: `JIESU_MECHANISMS=street_trees:行道树管护`. It names its units, and adds some, in a
file of its own, `JIESU_UNITS=/etc/jiesu/units.toml`, which has the rows of `receivers.toml`: code, zh, en.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING: Final = "JIESU_MECHANISMS"
UNITS_SETTING: Final = "JIESU_UNITS"

_NAME: Final = re.compile(r"[a-z]+(_[a-z]+)*")
_SHIPPED: Final = tomllib.loads((Path(__file__).parent / "receivers.toml").read_text(encoding="utf-8"))


def added(value: str) -> dict[str, str]:
    """Read `name:中文, …`, code to Chinese name; raises ValueError for what is none, or is there already."""
    found: dict[str, str] = {}
    shipped = {row["code"] for row in _SHIPPED["mechanism"]}
    for pair in filter(None, (part.strip() for part in re.split("[,，]", value))):
        code, _, zh = (part.strip() for part in re.sub("：", ":", pair).partition(":"))
        if not _NAME.fullmatch(code) or not zh or code in found or code in shipped:
            message = f"{value!r}: write name:中文 of each further mechanism, such as street_trees:行道树管护, commas between, each once"
            raise ValueError(message)
        found[code] = zh
    return found


def _added_here() -> dict[str, str]:
    try:
        return added(os.environ.get(SETTING, ""))
    except ValueError:
        # chassis.settings refuses the same value before anything starts, with the reason.
        return {}


#: The mechanisms that a street has added: code to Chinese name.
ADDED: Final[Mapping[str, str]] = _added_here()
#: Where a case may be passed on to, and which unit may be suggested for it: code to Chinese name.
MECHANISMS: Final[Mapping[str, str]] = {**{row["code"]: row["zh"] for row in _SHIPPED["mechanism"]}, **ADDED}


def named(path: str) -> list[dict[str, str]]:
    """Read a street's own units: code, zh and en of each, each once; raises ValueError for a file that can't be used."""
    if not path.strip():
        return []
    try:
        table = tomllib.loads(Path(path.strip()).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    rows: list[dict[str, Any]] = table.get("unit", [])
    codes = set[str]()
    for at, row in enumerate(rows, 1):
        said = {name: value.strip() for name, value in row.items() if isinstance(value, str)}
        if {*row} != {"code", "zh", "en"} or not all(said.get(name) for name in row):
            raise ValueError(f"{path}, unit {at}: a unit has code, zh and en, each a text that is not empty")
        if not _NAME.fullmatch(said["code"]) or said["code"] in codes or said["code"] == OUTSIDE:
            raise ValueError(f"{path}, unit {at}: {said['code']!r}: lower-case words with _ between, each once")
        codes.add(said["code"])
    if not rows or {*table} != {"unit"}:
        raise ValueError(f"{path}: it has one [[unit]] for each unit to be named, and nothing else")
    return rows


def _units_here() -> dict[str, Mapping[str, str]]:
    shipped = {row["code"]: row for row in _SHIPPED["unit"]}
    try:
        own = named(os.environ.get(UNITS_SETTING, ""))
    except ValueError:
        # chassis.settings refuses the same file before anything starts, with the reason.
        return shipped
    added = {row["code"]: row for row in own}
    return {
        **{code: added.get(code, row) for code, row in shipped.items() if code != OUTSIDE},
        **added,
        OUTSIDE: shipped[OUTSIDE],
    }


#: What is no unit of the street.
OUTSIDE: Final = "outside"
_UNITS: Final = _units_here()
UNITS: Final[Mapping[str, str]] = {code: row["zh"] for code, row in _UNITS.items()}
#: The names of the street's own units, wherever they are shown; and their English names.
NAMES: Final[Mapping[str, str]] = {code: zh for code, zh in UNITS.items() if code != OUTSIDE}
IN_ENGLISH: Final[Mapping[str, str]] = {code: row["en"] for code, row in _UNITS.items()}
