"""Numbers of people and amounts of money, as they are written or said."""

import re
from decimal import Decimal
from typing import Any, NamedTuple

#: Signs for digits, also those of vouchers; vague ones (几十, 数百, 上千) count at their least.
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "几": 2,
    "数": 2,
    "上": 1,
}
_CAPITAL_SIGNS = "壹贰叁肆伍陆柒捌玖拾佰仟萬億"
_CAPITALS = str.maketrans(_CAPITAL_SIGNS, "一二三四五六七八九十百千万亿")
_UNITS = {"亿": 100_000_000, "万": 10_000, "千": 1000, "百": 100, "十": 10}
_COLLOQUIAL_FROM = 100
_SIGNS = "".join({**_DIGITS, **_UNITS}) + _CAPITAL_SIGNS
_NUMBER = (
    r"(?:\d{1,9}(?:,\d{3})*(?:\.\d{1,4})?(?:[多余来几]?[百千]?[百千万亿](?:[1-9一二三四五六七八九][百千]?(?![\d.万]))?)?"
    rf"|(?<![{_SIGNS}])[{_SIGNS}]{{1,14}}(?:[多余来][万亿])?)"
)
_PEOPLE = re.compile(
    rf"(?<![第\d.年月:\-元栋楼号室])({_NUMBER})(?:多|余|来|几)?(?:名|位|个)?"
    r"(?:农民工|工人|民工|居民|业主|村民|家庭|学生|老人|孩子|小孩|员工|职工|工友|群众|老百姓|百姓|住户|人家|商户|住家|户|名(?!额|称|单|字|声|义)|位(?!置|于)"
    r"|人(?!民|行|次|均|工(?!资|钱)|才|大|社|家里|员|防|性|口|为|生|心|格|身|事|流|力|造|物|像|类|寿|数|称|代|体|品|士|道))"
)
_MONEY = re.compile(r"[元块圆万]")
_AMOUNT = re.compile(
    rf"(?<![第\d.])({_NUMBER})(?:多|余|来|几)?(元|块钱|块(?=[,，。;；!！不没]|$)|圆)(?!/|每|一|左右每)"
)
_AMOUNT_SHORT = re.compile(
    rf"(?<![第\d.])({_NUMBER})[多余来]?(?!居民|业主|老?百姓|学生|村民|职工|群众|[多余来人姓户平吨公里亩方步名位个辆台次瓦立千套元块圆伏册株头只年])"
)
_PER = re.compile(r"每(?:个?月|平|天|年|人|度|吨|小时|户|立方|次|斤|学期)[^,，。]{0,4}$|单价[^,，。]{0,4}$")
_OWED = re.compile(r"(?:拖欠|欠|共计|合计|总计|总共|赔偿|损失|金额|总额|共|讨要|骗|集资|投资)[^。\n]{0,14}$")


def number_of(sign: str) -> Decimal | None:
    """Read a number in digits, Chinese signs or both (23万5); vague ones (几十) at their least; none if it is no number."""
    if sign in _CAPITAL_SIGNS:
        return None
    sign = re.sub(r"[,多余来]|(?<=\d)几", "", sign.translate(_CAPITALS))
    # 三四十 is thirty at least.
    sign = (
        re.sub(r"([一二两三四五六七八九])[一二两三四五六七八九](?=[十百千万]|$)", r"\1", sign)
        if len(sign) > 1
        else sign
    )
    if "几" in sign[1:] and sign[0] in "一二三四五六七八九十":
        sign = sign.replace("几", "")
    # 千万 is mostly no number (千万不要), 百户 is one.
    return (
        None
        if sign in {"上", "数", "几"} or (sign[0] in "百千万亿" and sign not in {"百", "千"})
        else _read(sign) or None
    )


def _read(sign: str) -> Decimal | None:
    """Read what stands before the largest unit, as often as it says, and what stands behind; None where that says nothing."""
    for unit, value in _UNITS.items():
        times, found, rest = sign.partition(unit)
        if not found:
            continue
        counted, more = _read(times) if times else Decimal(1), Decimal(0)
        if rest:
            more_or_none = _read(rest.lstrip("零〇"))
            if more_or_none is None:
                return None
            # 一百二 is a hundred and twenty, 一万二 twelve thousand.
            said_short = len(rest) == 1 and value >= _COLLOQUIAL_FROM
            more = more_or_none * value / 10 if said_short else more_or_none
        return counted * value + more if counted is not None else None
    if re.fullmatch(r"\d+(?:\.\d+)?", sign):
        return Decimal(sign)
    return Decimal(_DIGITS[sign]) if sign in _DIGITS else None


_MOST_PEOPLE = 100_000
_MOST_MONEY = Decimal(100_000_000_000)


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
        if number is not None and number == int(number) and 1 < number <= _MOST_PEOPLE:
            found.setdefault(int(number), match.group())
    if not found:
        return None
    count = max(found)
    sure = (_ALONE if len(found) == 1 else _AMONG_OTHERS) - (_ROUGHLY if _VAGUE.search(found[count]) else 0)
    return Extracted(count, found[count], sure)


def amount_in(text: str) -> Extracted | None:
    """Give the sum of money at stake: what is owed or lost before what is merely named, else the largest.

    A sum without its unit counts from ten thousand on (欠了三万二).
    """
    if not _MONEY.search(text):
        return None
    found: dict[tuple[bool, Decimal], str] = {}
    for pattern in (_AMOUNT, _AMOUNT_SHORT):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 16) : match.start()]
            sum_ = number_of(match.group(1))
            if sum_ is None or not 0 < sum_ <= _MOST_MONEY or _PER.search(before):
                continue
            if pattern is _AMOUNT or "万" in match.group(1):
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
