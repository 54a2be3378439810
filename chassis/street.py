"""Whose platform it is. Pure but for one setting, read once at start.

Pages, documents and numbers bear the street's name: `JIESU_STREET=滨州市滨城区彭李街道` (or a 镇, a 乡), in every process.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

SETTING: Final = "JIESU_STREET"
DEFAULT: Final = "滨州市滨城区彭李街道"

#: Province, city and district end where such a word first may end, so that 市桥, 米市巷 and 草市街 stay whole.
_NAME: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{2,}?(?:省|自治区))?"
    r"(?:(?:(?![区县])[\u4e00-\u9fff]){2,}?(?:市|自治州|地区|盟))?"
    r"(?:[城郊矿]区|[\u4e00-\u9fff]县|[\u4e00-\u9fff]{2,}?[市区县旗])?"
    r"(?P<word>[\u4e00-\u9fff]{1,8}?)(?:街道|镇|乡|苏木)"
)


@dataclass(frozen=True, slots=True)
class Street:
    """A street's name: `full` as documents bear it, `name` without city and district, and what numbers begin with."""

    full: str
    #: 彭李街道.
    name: str
    #: 彭李, of 彭李诉〔2026〕000123号.
    word: str

    @property
    def district(self) -> str:
        """What it belongs to: 滨州市滨城区; empty where its name alone is set."""
        return self.full.removesuffix(self.name)

    @property
    def sign(self) -> str:
        """Its first character: 彭, of 彭人调字〔2026〕1号."""
        return self.word[0]


def named(value: str) -> Street:
    """Take a full name apart; raises ValueError for what is no name of a street."""
    found = _NAME.fullmatch(value.strip())
    if found is None:
        message = f"{value!r}: write the full name, city and district first, 街道, 镇 or 乡 last, such as {DEFAULT}"
        raise ValueError(message)
    return Street(full=found.group(), name=found.group()[found.start("word") :], word=found["word"])


def _here() -> Street:
    try:
        return named(os.environ.get(SETTING, "").strip() or DEFAULT)
    except ValueError:
        # chassis.settings refuses the same value before anything starts, with the reason.
        return named(DEFAULT)


STREET: Final = _here()
