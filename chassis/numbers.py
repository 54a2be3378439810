"""Numbers that carry their own check, and whether one was mistyped.

Nothing here raises, and nothing that is returned shows a whole number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING, Final

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from chassis.masking import FOLDED, GAP, LIKELY, NO_PHONE, PHONE, is_meant_as_phone, mask_id_number, mask_phone

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
#: An identity number by its groups, whatever month and day they say; a phone number, or what is as long and can't be one.
_FOUND: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?P<id_number>[1-9][0-9]{{5}}{GAP}(?:18|19|2[01])[0-9]{{2}}{GAP}[0-9]{{4}}{GAP}[0-9]{{3}}[0-9Xx])"
    rf"|(?P<phone>{PHONE})|(?P<no_phone>{NO_PHONE}))(?![0-9A-Za-z])"
)
_CALLED_RIGHT: Final = re.compile("更正|改正|改为|应为|应是|正确|写错|打错|输错|填错|错了|有误")
#: What is dialled before a mobile number, and is no digit of it.
_COUNTRY: Final = re.compile(r"^(?:(?:00)?86|0)(?=1[3-9][0-9]{9}$)")
_MOBILE_DIGITS: Final = 11
#: By how many signs side by side a number that was mistyped differs from the right one.
_SLIP: Final = 2
#: How many numbers somebody may put right at once; whoever pastes a list puts nothing right.
_MOST_RIGHT: Final = 50
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
    yield from (one.doubt for one in _numbers(text, today) if one.doubt)


def put_right(words: str, said: str, today: date) -> Iterator[Doubt]:
    """Yield the doubts about numbers in some words that what is said later puts right.

    It gives a number of the same kind that differs by no more than a slip; or calls it the right one, where only one of its
    kind is doubted.
    """
    doubted = {one.plain: one for one in _numbers(words, today) if one.doubt}
    right = list({(one.kind, one.plain): one for one in _numbers(said, today) if not one.doubt}.values())[:_MOST_RIGHT]
    kinds = [one.kind for one in doubted.values()]
    called = bool(_CALLED_RIGHT.search(said))
    for wrong in doubted.values():
        alone = called and kinds.count(wrong.kind) == 1
        same_kind = [one.plain for one in right if one.kind == wrong.kind]
        if wrong.doubt and any(alone or _is_slip(wrong.plain, plain) for plain in same_kind):
            yield wrong.doubt


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in free text: an identity or a phone number, its signs, and what looks mistyped in it."""

    kind: str
    plain: str
    doubt: Doubt | None


def _numbers(text: str, today: date) -> Iterator[_Number]:
    if not LIKELY.search(text):
        return
    folded = text.translate(FOLDED)
    for found in _FOUND.finditer(folded):
        plain = re.sub("[^0-9X]", "", found[0].upper())
        if found["id_number"]:
            if _has_region(plain) or _CALLED_SO.search(folded[: found.start()]):
                yield _Number("id_number", plain, _wrong_id_number(plain, today))
        elif found["phone"]:
            yield _Number("phone", _COUNTRY.sub("", plain), None)
        elif is_meant_as_phone(found):
            yield _Number("phone", plain, _wrong_phone(plain))


def _wrong_id_number(plain: str, today: date) -> Doubt | None:
    wrong = wrong_in_id_number(plain, today)
    masked = mask_id_number(plain)
    return wrong and Doubt(
        masked,
        f"身份证号 {masked} 可能有误：{wrong[0]}",
        f"The identity number {masked} looks mistyped: {wrong[1]}",
    )


def _wrong_phone(plain: str) -> Doubt:
    masked = mask_phone(plain)
    if plain.startswith("0"):
        zh, en = "没有这样的固定电话号码", "there is no such landline number"
        return Doubt(masked, f"电话号码 {masked} 可能有误：{zh}", f"The phone number {masked} looks mistyped: {en}")
    zh, en = "手机号应为 11 位", "a mobile number has 11 digits"
    if len(plain) == _MOBILE_DIGITS:
        zh, en = "手机号第二位应为 3 至 9", "the second digit of a mobile number is 3 to 9"
    return Doubt(masked, f"手机号 {masked} 可能有误：{zh}", f"The mobile number {masked} looks mistyped: {en}")


def _is_slip(wrong: str, right: str) -> bool:
    """Say whether two numbers differ in no more than a few signs side by side: changed, swapped, left out or doubled."""
    start = _alike(wrong, right)
    rest = wrong[start:], right[start:]
    end = _alike(rest[0][::-1], rest[1][::-1])
    return max(map(len, rest)) - end <= _SLIP


def _alike(one: str, other: str) -> int:
    """Count the signs from the first on that two numbers have in common."""
    return sum(1 for _ in takewhile(bool, map(eq, one, other)))


def _has_region(number: str) -> bool:
    return number.startswith(_FOREIGNER) or number[:2] in _PROVINCES
