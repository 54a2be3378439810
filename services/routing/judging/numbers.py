"""Numbers of people and amounts of money, as they are written or said."""

import re
from decimal import Decimal
from typing import Any, NamedTuple

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "几": 2,
    "数": 2,
    "上": 1,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
_NUMBER = r"(?:\d{1,9}(?:[,]\d{3})*(?:\.\d{1,4})?|(?<![一二三四五六七八九十百千两零〇])[一二三四五六七八九十百千两几数上零〇]{1,12})"
_PEOPLE = re.compile(
    rf"(?<![第\d.年月:\-元栋楼号室])({_NUMBER})(万|千|百)?(?:多|余|来|几)?(?:名|位|个)?"
    r"(?:农民工|工人|民工|居民|业主|村民|家庭|学生|老人|孩子|小孩|员工|职工|工友|群众|老百姓|百姓|住户|人家|商户|住家|户|名(?!额|称|单|字|声|义)|位(?!置|于)"
    r"|人(?!民|行|次|均|工|才|大|社|家里|员|防|性|口|为|生|心|格|身|事|流|力|造|物|像|类|寿|数|称|代|体|品|士|道))"
)
_MONEY = re.compile(r"[元块圆万]")
_AMOUNT = re.compile(
    rf"(?<![第\d.])({_NUMBER})(?:多|余|来|几)?(万|千|百|亿)?(?:(?P<rest>(?<=万)[一二三四五六七八九1-9])千?)?(?:多|余|来|几)?(元|块钱|块(?=[,，。;；!！]|$)|圆)(?!/|每|一|左右每)"
)
_AMOUNT_SHORT = re.compile(
    rf"(?<![第\d.])({_NUMBER})(?:多|余|来|几)?(万)(?P<rest>[一二三四五六七八九1-9](?![\d.万]))?(?:多|余|来)?(?![多余来人户平吨公里亩方步名位个辆台次瓦立千套元块圆伏册株头只年])"
)
_PER = re.compile(r"每(?:个?月|平|天|年|人|度|吨|小时|户|立方|次|斤|学期)[^,，。]{0,4}$|单价[^,，。]{0,4}$")
_OWED = re.compile(r"(?:拖欠|欠|共计|合计|总计|总共|赔偿|损失|金额|总额|共|讨要|骗|集资|投资)[^。\n]{0,14}$")


def number_of(sign: str) -> Decimal | None:
    """Read a number in digits or Chinese signs; vague ones (几十) at their least; none if it is no number."""
    if sign[0].isdigit():
        return Decimal(sign.replace(",", ""))
    total, current, seen = 0, 0, False
    # 三四十 is thirty at least.
    sign = re.sub(r"([一二三四五六七八九])[一二三四五六七八九](?=[十百千万]|$)", r"\1", sign) if len(sign) > 1 else sign
    if "几" in sign[1:] and sign[0] in "一二三四五六七八九十":
        sign = sign.replace("几", "")
    for char in sign:
        if char in _UNITS:
            total += (current or 1) * _UNITS[char]
            current = 0
            seen = True
        else:
            current = _DIGITS[char]
            seen = seen or char not in "上数几"
    if len(sign) > 1 and sign[-1] in _DIGITS and sign[-2] in "百千":
        # 一百二 is a hundred and twenty.
        current *= _UNITS[sign[-2]] // 10
    total += current
    return Decimal(total) if seen and total else None


_MOST_PEOPLE = 100_000
_MOST_MONEY = Decimal(100_000_000_000)
_SCALE = {"": 1, "百": 100, "千": 1000, **_BIG}


class Extracted(NamedTuple):
    """A number read from a text: its value, its words, and how sure it is that this one is meant."""

    value: Any
    words: str
    confidence: float


_VAGUE = re.compile(r"[几数上多余来近约]")
_ALONE, _AMONG_OTHERS, _ROUGHLY, _OWED_FOR_SURE = 0.9, 0.7, 0.1, 0.95


def people_in(text: str) -> Extracted | None:
    """Give the largest number of people or households that is named, with its words."""
    found: dict[int, str] = {}
    for match in _PEOPLE.finditer(text):
        number = number_of(match.group(1))
        if number is None or number != int(number):
            continue
        count = int(number) * _SCALE[match.group(2) or ""]
        if 1 < count <= _MOST_PEOPLE:
            found.setdefault(count, match.group())
    if not found:
        return None
    count = max(found)
    sure = (_ALONE if len(found) == 1 else _AMONG_OTHERS) - (_ROUGHLY if _VAGUE.search(found[count]) else 0)
    return Extracted(count, found[count], sure)


def amount_in(text: str) -> Extracted | None:
    """Give the sum of money at stake: what is owed or lost before what is merely named, else the largest."""
    if not _MONEY.search(text):
        return None
    found: dict[tuple[bool, Decimal], str] = {}
    for pattern in (_AMOUNT, _AMOUNT_SHORT):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 16) : match.start()]
            number = number_of(match.group(1))
            if number is None or number <= 0 or _PER.search(before):
                continue
            sum_ = number * _SCALE[match.group(2) or ""] + _rest(match)
            if sum_ <= _MOST_MONEY:
                found.setdefault((bool(_OWED.search(before)), sum_), match.group())
    if not found:
        return None
    owed, sum_ = max(found)
    sure = _OWED_FOR_SURE if owed else _ALONE if len(found) == 1 else _AMONG_OTHERS
    return Extracted(
        sum_.normalize() + 0,
        found[owed, sum_],
        sure - (_ROUGHLY if _VAGUE.search(found[owed, sum_]) else 0),
    )


def _rest(match: re.Match[str]) -> int:
    """Read what colloquially follows 万: 一万二 is twelve thousand."""
    rest = match.groupdict().get("rest")
    return (int(rest) if rest.isdecimal() else _DIGITS[rest]) * 1000 if rest else 0
