"""Where a case may go: the mechanisms and units that people choose from. Pure but for one setting, read once at start.

The shipped ones stand in `receivers.toml`. A street adds a mechanism by `JIESU_MECHANISMS`, in every process that has
to know its name, and changes no file: `JIESU_MECHANISMS=street_trees:行道树管护`.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING: Final = "JIESU_MECHANISMS"

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
UNITS: Final[Mapping[str, str]] = {row["code"]: row["zh"] for row in _SHIPPED["unit"]}
