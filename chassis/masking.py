"""Masks for what a person may not see whole, and for numbers that slipped into free text.

Nothing here raises: a value of unknown shape is masked whole rather than shown.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_STAR: Final = "*"
_LONGEST_MASK: Final = 20
_COMPOUND: Final = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 "
    "澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 "
    "司空 闾丘 令狐 百里 东郭 南门 呼延 西门 左丘"
)
_COMPOUND_SURNAMES: Final = frozenset(_COMPOUND.split())

# Full-width digits and X count as what they stand for; one character stays one character.
FOLDED: Final = str.maketrans("０１２３４５６７８９Ｘｘ＋－　（）", "0123456789Xx+- ()")

GAP: Final = r"[ \t\-‐-―.]?"
_MONTH_DAY: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_ID_18: Final = rf"[1-9][0-9]{{5}}{GAP}(?:18|19|20)[0-9]{{2}}{GAP}{_MONTH_DAY}{GAP}[0-9]{{3}}[0-9Xx]"
#: Also one whose day of birth can't be, where it begins with a province's code, or a foreigner's: somebody has mistyped his own.
_PROVINCE: Final = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[0-9])"
_ID_MISTYPED: Final = (
    rf"{_PROVINCE}[0-9]{{4}}{GAP}(?:18|19|2[01])[0-9]{{2}}{GAP}[0-9]{{4}}{GAP}[0-9]{{3}}[0-9Xx](?![0-9A-Za-z])"
)
_ID_15: Final = rf"[1-9][0-9]{{5}}[0-9]{{2}}{_MONTH_DAY}[0-9]{{3}}"
_CARD: Final = rf"[0-9]{{4}}(?:{GAP}[0-9]{{4}}){{3}}(?:{GAP}[0-9]{{1,3}})?"
_MOBILE: Final = rf"(?:(?:\+|00)?86{GAP}|0)?1[3-9][0-9]{GAP}[0-9]{{4}}{GAP}[0-9]{{4}}"
_MOBILE_OTHERWISE: Final = rf"1[3-9][0-9]{{2}}{GAP}[0-9]{{3}}{GAP}[0-9]{{4}}"
_LANDLINE: Final = rf"\(?0(?:10|2[0-9]|[3-9][0-9]{{2}})\)?{GAP}[2-8][0-9]{{6,7}}"
PHONE: Final = rf"{_MOBILE}|{_MOBILE_OTHERWISE}|{_LANDLINE}"
#: As long as a telephone number, and none: nobody has a mobile number that begins with 10 to 12; the rest is meant as one
#: where it is called so.
NO_PHONE: Final = rf"1[0-9]{{2}}{GAP}[0-9]{{4}}{GAP}[0-9]{{3}}(?:[0-9]{{2}})?|[01][0-9]{{9,11}}"
_NO_MOBILE: Final = re.compile(r"1[0-2][0-9]{9}")
_CALLED_PHONE: Final = re.compile(r"(?:电话|手机|联系方式|致电|回电|拨打)[^0-9单编户账票]{0,8}$")
#: What counts something else: an order, an account, money; or the digits behind a point.
_CALLED_OTHERWISE: Final = re.compile(
    r"(?:(?:[单户案票账件]|流水|合同|保单)号码?|编号|订单|工单|金额|欠款|合计|共计)[^0-9，。；,;\n]{0,4}$|[0-9]\.$"
)
_MONEY: Final = re.compile(r" ?[万亿]?元|\.[0-9]")
_NUMBERS: Final = re.compile(
    rf"(?<![0-9])(?:(?P<id_number>{_ID_18}|{_ID_MISTYPED}|{_ID_15})|(?P<bank_card>{_CARD})"
    rf"|(?P<phone>{PHONE})|(?P<no_phone>{NO_PHONE}))(?![0-9])"
)
#: What no number is without; far cheaper to look for, and most texts have none.
LIKELY: Final = re.compile("[0-9０-９]{3}.?[0-9０-９]{3}")
_UNION_PAY: Final = "62"
_COUNTRY: Final = re.compile(r"^(?:00)?86(?=1[0-9]{10}$)")
_NOT_DIGITS: Final = re.compile(r"[^0-9Xx]+")


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text whose numbers are masked, and how many of each kind there were."""

    text: str
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def total(self) -> int:
        """How many numbers were masked."""
        return sum(self.counts.values())


def mask_name(name: object) -> str:
    """Keep the surname: 张三 becomes 张*, 欧阳小红 becomes 欧阳**, John Smith becomes J***."""
    plain = _text(name)
    if not plain:
        return ""
    if plain[0].isascii():
        return plain[0] + _STAR * 3
    if len(plain) == 1:
        return _STAR
    compound = plain[:2] in _COMPOUND_SURNAMES and plain[2:]
    kept = plain[:2] if compound else plain[0]
    return kept + _STAR * len(plain[len(kept) :][:2])


def mask_phone(phone: object) -> str:
    """Keep the first three and the last four digits: 138****1234; a landline's code as well."""
    digits = _COUNTRY.sub("", _digits(phone))
    return _middle(digits, head=4 if digits.startswith("0") else 3, tail=4, least=3)


def mask_id_number(number: object) -> str:
    """Keep the first four and the last two characters: 3723************1X."""
    return _middle(_digits(number), head=4, tail=2, least=8)


def mask_bank_card(number: object) -> str:
    """Keep the last four digits only: ************1234."""
    return _middle(_digits(number), head=0, tail=4, least=8)


def redact(text: object) -> Redacted:
    """Mask phone, identity and bank card numbers in free text and count them by kind.

    Numbers are found also with full-width digits, and with spaces or hyphens between the usual
    groups. A long number counts as a bank card if it is written in fours, begins with 62, or
    passes Luhn's check (ISO/IEC 7812-1); order numbers and dates stay. What is meant as a phone number is masked as one,
    though nobody can have it: a digit of somebody's is wrong.
    """
    original = text if isinstance(text, str) else _text(text)
    if not LIKELY.search(original):
        return Redacted(original)
    counts: Counter[str] = Counter()
    pieces: list[str] = []
    end = 0
    for found in _NUMBERS.finditer(original.translate(FOLDED)):
        kind = found.lastgroup or ""
        if (kind == "bank_card" and not _is_card(found[0])) or (kind == "no_phone" and not is_meant_as_phone(found)):
            continue
        kind = "phone" if kind == "no_phone" else kind
        pieces += (original[end : found.start()], _MASKS[kind](found[0]))
        end = found.end()
        counts[kind] += 1
    if not counts:
        return Redacted(original)
    return Redacted("".join([*pieces, original[end:]]), MappingProxyType(dict(counts)))


_MASKS: Final = {"phone": mask_phone, "id_number": mask_id_number, "bank_card": mask_bank_card}


def is_meant_as_phone(found: re.Match[str]) -> bool:
    """Say whether what was found as `NO_PHONE` is meant as a phone number: by its length and beginning, or by the words before it."""
    said = found.string[max(0, found.start() - 16) : found.start()]
    if _CALLED_OTHERWISE.search(said) or _MONEY.match(found.string, found.end()):
        return False
    return bool(_NO_MOBILE.fullmatch(found[0]) or _CALLED_PHONE.search(said))


def _is_card(found: str) -> bool:
    digits = _NOT_DIGITS.sub("", found)
    return found != digits or digits.startswith(_UNION_PAY) or _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    weighed = (int(digit) * (1 + place % 2) for place, digit in enumerate(digits[::-1]))
    return sum(sum(divmod(value, 10)) for value in weighed) % 10 == 0


def _middle(value: str, *, head: int, tail: int, least: int) -> str:
    """Star out the middle, and everything where too little would be hidden."""
    hidden = len(value) - head - tail
    if hidden < least:
        return _STAR * min(len(value), _LONGEST_MASK)
    return value[:head] + _STAR * min(hidden, _LONGEST_MASK) + value[len(value) - tail :]


def _digits(value: object) -> str:
    return _NOT_DIGITS.sub("", _text(value).translate(FOLDED))


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else str(value).strip()
