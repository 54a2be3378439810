"""Numbers that carry their own check, and whether one was mistyped.

Nothing here raises, and nothing that is returned shows a whole number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from chassis.masking import FOLDED, GAP, LIKELY, mask_id_number, mask_phone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

Words = tuple[str, str]

_ID_NUMBER: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
#: What an identity number begins with: a province (GB/T 2260), 83 for Taiwan's residents; 9 for foreigners who stay.
_PROVINCES: Final = frozenset(
    (
        *("11", "12", "13", "14", "15", "21", "22", "23"),
        *("31", "32", "33", "34", "35", "36", "37"),
        *("41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54"),
        *("61", "62", "63", "64", "65", "71", "81", "82", "83"),
    )
)
_FOREIGNER: Final = "9"
_CREDIT_CODE: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
#: An identity number by its groups, whatever month and day they say; or what is as long as a mobile number and can't be one.
_FOUND: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?P<id_number>[1-9][0-9]{{5}}{GAP}(?:18|19|2[01])[0-9]{{2}}{GAP}[0-9]{{4}}{GAP}[0-9]{{3}}[0-9Xx])"
    r"|(?P<phone>1[0-2][0-9]{9}))(?![0-9A-Za-z])"
)
_CALLED_SO: Final = re.compile(r"(?:身份证|证件)[^0-9]{0,8}$")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A number that looks mistyped: which one, masked, and why, in Chinese and English."""

    masked: str
    zh: str
    en: str


def wrong_in_id_number(number: str, today: date | None = None) -> Words | None:
    """Say what can't be in an identity number of 18 signs, or None (GB 11643; ISO 7064 MOD 11-2).

    Who is born after `today` is refused where that is given.
    """
    plain = number.upper()
    if not _ID_NUMBER.fullmatch(plain):
        return "应为 17 位数字加 1 位校验码", "17 digits and a check sign are wanted"
    if not _has_region(plain):
        return "前两位不是任何省级地区的代码", "it begins with the code of no province"
    try:
        born = ric.get_birth_date(plain)
    except ValidationError:
        return "出生日期不存在", "there is no such day of birth"
    if today is not None and born > today:
        return "出生日期晚于今天", "the day of birth is yet to come"
    if plain[-1] != ric.calc_check_digit(plain):
        return "校验码不符", "its check sign is wrong"
    return None


def wrong_in_credit_code(code: str) -> Words | None:
    """Say what can't be in a unified social credit code, or None (GB 32100, MOD 31-3).

    Its first sign may be a letter: N stands for what the authority for agriculture registers.
    """
    if not _CREDIT_CODE.fullmatch(code):
        return (
            "应为 18 位数字和大写字母（不含 I、O、S、V、Z）",
            "18 digits and capitals, without I, O, S, V and Z, are wanted",
        )
    if code[-1] != uscc.calc_check_digit(code):
        return "校验码不符", "its check sign is wrong"
    return None


def mistyped(text: str, today: date) -> Iterator[Doubt]:
    """Yield the numbers in free text that look mistyped, in its order.

    A long number that nobody calls an identity number, and that begins like none, is taken for something else.
    """
    if not LIKELY.search(text):
        return
    folded = text.translate(FOLDED)
    for found in _FOUND.finditer(folded):
        if found["phone"]:
            masked = mask_phone(found[0])
            zh, en = "手机号第二位应为 3 至 9", "the second digit of a mobile number is 3 to 9"
            yield Doubt(masked, f"手机号 {masked} 可能有误：{zh}", f"The mobile number {masked} looks mistyped: {en}")
            continue
        plain = re.sub("[^0-9Xx]", "", found[0])
        if not _has_region(plain) and not _CALLED_SO.search(folded[: found.start()]):
            continue
        if (wrong := wrong_in_id_number(plain, today)) is not None:
            masked = mask_id_number(plain)
            yield Doubt(
                masked,
                f"身份证号 {masked} 可能有误：{wrong[0]}",
                f"The identity number {masked} looks mistyped: {wrong[1]}",
            )


def _has_region(number: str) -> bool:
    return number.startswith(_FOREIGNER) or number[:2] in _PROVINCES
