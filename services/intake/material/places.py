"""Reads an address out of what a resident says: community, grid, estate, building, unit, floor, room, or a crossing.

The levels are those of the street's own coding (regulations 6.2). What stands in `data/places.toml` is known by name;
anything else by its ending. Nothing is guessed: what is not said stays empty.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Characters of a letter in which an address is looked for, where no place was given.
READ_AT_MOST: Final = 200

_DIGITS: Final = {"零": 0, "〇": 0, **{sign: at for at, sign in enumerate("一二三四五六七八九", 1)}, "两": 2}
_TENS: Final = {"十": 10, "百": 100}
_NUMBER = r"(?:\d{1,4}|[零〇一二两三四五六七八九十百]{1,5})"
_NAME = r"[\u4e00-\u9fffA-Za-z0-9·]"
#: Where a name can't begin before: what leads up to it.
_LEADS = re.compile(
    r".*(?:位于|住在|家住|居住在|就在|我们|我是|我家|本人|是在|来自|附近|旁边|对面|靠近|目前|网格|街道|办事处|[市县区省镇乡在于到从与和及跟至往沿的是了有])"
)
_ESTATE = re.compile(
    rf"({_NAME}{{2,14}}?)((?:小区|花园|家园|公寓|新村|新城|家属院|宿舍|华府|华庭|名都|公馆|国际城|大厦|苑|(?<!家)庭)"
    rf"(?:[东西南北中A-Z]区|{_NUMBER}[区期])?)"
)
_COMMUNITY = re.compile(rf"({_NAME}{{2,10}}?)(社区|居委会|村委会)")
_GRID = re.compile(rf"第?({_NUMBER})号?网格")
_HOUSE = rf"((?:[A-Za-z]?{_NUMBER}|[A-Za-z]\d{{0,2}})[A-Za-z]?)"
#: What makes a building of a number with `#`, which is written of fuels, lines and machines as well.
_OF_A_BUILDING = (
    r"(?=(?:[、，,和与及]?\d{1,3}[#＃])*(?:号?[栋幢座楼]|(?:公寓|住宅|商业|办公)楼)"
    rf"|{_NUMBER}单元|\d{{3,4}}(?:室|号?房)|[-－—]\d{{1,4}}(?![\d#＃号栋]))"
)
_BUILDING = re.compile(rf"{_HOUSE}(?:号楼|号栋|[栋幢座]|[#＃]{_OF_A_BUILDING})")
#: A building's number right after its estate's name.
_OF_ITS_ESTATE = re.compile(rf"\s*{_HOUSE}[#＃](?![-－—\d]*[-－—]|线)")
_UNIT = re.compile(rf"({_NUMBER}|[A-Za-z东西中])单元")
_FLOOR = re.compile(rf"({_NUMBER})层(?!楼)|(?<![号\d])(\d{{1,2}}|[一二三四五六七八九十]{{1,3}})楼(?![栋道梯])")
#: What a number counts or measures that is no room's: 1200度, 600名, 302路 (but a router and the second bedroom are in a room), 2024-05-01.
_NO_ROOM = (
    r"\s*(?:[\d.年多余元米平个人万点月㎡吨辆千百亿%％]|m2|m²|户(?!主)|路(?!由|灯)|度|名(?!叫)|位(?!于|置)|日(?!夜|常)|天(?!天|花|井|台)"
    r"|次(?!卧)|套|小时|分钟|公[里斤交]|平方|[-/－—]\d{1,2}[-/－—月])"
)
#: Numbers that are called: no room where it is said who comes.
_CALLED = r"1(?:10|19|20|22)(?:急救|救护|消防|出警|报警|火警|电话|热线)"
_ROOM = re.compile(
    r"(?<!\d)(\d{3,4})(?:室|户主|房|号房)"
    rf"|(?:单元|(?<=[A-Za-z\d])[座栋幢]|号楼)\s*(?!{_CALLED})(\d{{3,4}})(?!{_NO_ROOM})"
    r"|单元\s*([零〇一二三四五六七八九]{3,4})(?![零〇一二三四五六七八九十百千万])"
)
_DASHED = re.compile(r"(?<![\d-])([A-Za-z]?\d{1,3})[-－—#](\d{1,2})[-－—](\d{3,4})(?![\d-])")
_ROAD = re.compile(rf"({_NAME}{{1,9}}?)(大道|大街|路|街|胡同|巷)(?![上边口面灯子况程费坊区道办段])")
_NO_ROAD = re.compile(r"(?:[条之天段个修道公马线电铁出水小网走带一两这那全半沿]|很多|所有|号楼\d+)\Z")
#: What stands before an ending and is no name: 周边小区, 每个小区, 安置小区.
_NO_NAME = re.compile(
    r"(?:[每各全本该整]|周边|安置|投诉|反映|造成|进入|老旧|住宅|高层|[这那一两几每]个|很多|部分|其他|隔壁|一家)\Z"
)
_LONGEST_STEM: Final = 6
_CROSSING = re.compile(r"交叉|路口|交汇|交界|十字")
_BETWEEN = re.compile(r"(?:与|和|、|/|-|—|跟|同|及)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What was said about where; numbers in figures, `roads` two at a crossing."""

    community: str = ""
    grid: str = ""
    estate: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    roads: tuple[str, ...] = ()
    crossing: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what is known, without what is not."""
        return {name: list(value) if name == "roads" else value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The names of a street: each name in use with the estate and community that it means, and its road series."""

    estates: Mapping[str, tuple[str, str]]
    communities: tuple[str, ...]
    series: Mapping[str, str]
    known: re.Pattern[str] | None
    numbered: re.Pattern[str] | None
    short: re.Pattern[str] | None

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Make one of the table in `places.toml`."""
        communities = table.get("communities", {})
        estates = {
            name: (names[0], community)
            for community, row in communities.items()
            for names in row["estates"]
            for name in names
        }
        series = table.get("series", {})
        signs = "".join(series.values())
        longest = sorted(estates, key=len, reverse=True)
        return cls(
            estates,
            tuple(communities),
            {**{name: name for name in series}, **{sign: name for name, sign in series.items()}},
            re.compile("|".join(map(re.escape, longest))) if longest else None,
            re.compile(rf"({'|'.join(map(re.escape, series))})({_NUMBER})路") if series else None,
            re.compile(rf"([{signs}])({_NUMBER})([{signs}])({_NUMBER})(?:路口|路|口)?") if series else None,
        )


@cache
def shipped() -> Gazetteer:
    """Read the places that came with this service, once."""
    text = files("services.intake").joinpath("data", "places.toml").read_text("utf-8")
    return Gazetteer.of(tomllib.loads(text))


def address_in(place: str, text: str = "", gazetteer: Gazetteer | None = None) -> Address:
    """Read the address out of a place given in words; where that says nothing, out of the letter's beginning."""
    gazetteer = gazetteer or shipped()
    found = _read(place, gazetteer)
    return found if found.as_json() else _read(text[:READ_AT_MOST], gazetteer)


def figure(number: str) -> str:
    """Write a number in figures: 二十二 as 22; what is none stays as it is."""
    if any(sign in _TENS for sign in number):
        total, digit = 0, 0
        for sign in number:
            if sign in _TENS:
                total += (digit or 1) * _TENS[sign]
                digit = 0
            else:
                digit = _DIGITS.get(sign, 0)
        return str(total + digit)
    return "".join(str(_DIGITS.get(sign, sign)) for sign in number).upper()


def _read(text: str, gazetteer: Gazetteer) -> Address:
    if not text:
        return Address()
    estate, community, end = _estate(text, gazetteer)
    roads, crossing = _roads(text, gazetteer)
    dashed = _DASHED.search(text)
    of_its_estate = _OF_ITS_ESTATE.match(text, end) if estate else None
    building = of_its_estate[1] if of_its_estate else _one(_BUILDING, text)
    building, unit, room = dashed.groups() if dashed else (building, _one(_UNIT, text), _one(_ROOM, text))
    return Address(
        community=community or _community(text, gazetteer),
        grid=figure(_one(_GRID, text)) if "网格" in text else "",
        estate=estate,
        building=figure(building),
        unit=figure(unit),
        floor=figure(_one(_FLOOR, text)),
        room=figure(room),
        roads=roads,
        crossing=crossing,
    )


def _one(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next((group for group in found.groups() if group), "") if found else ""


def _name(stem: str, ending: str) -> str:
    """Cut what leads up to a name; nothing is left of what is only an ending, or a sentence."""
    bare = _LEADS.sub("", stem)
    return bare + ending if 1 < len(bare) <= _LONGEST_STEM and not _NO_NAME.search(bare) else ""


def _estate(text: str, gazetteer: Gazetteer) -> tuple[str, str, int]:
    """Return the estate, its community where that is known, and where in the text the estate's name ends."""
    known = gazetteer.known.search(text) if gazetteer.known else None
    if known:
        return *gazetteer.estates[known[0]], known.end()
    named = ((name, "", found.end()) for found in _ESTATE.finditer(text) if (name := _name(found[1], found[2])))
    return next(named, ("", "", 0))


def _community(text: str, gazetteer: Gazetteer) -> str:
    known = next((name for name in gazetteer.communities if name in text), "")
    found = _COMMUNITY.search(text) if not known else None
    return known or (_name(found[1], found[2]) if found else "")


def _roads(text: str, gazetteer: Gazetteer) -> tuple[tuple[str, ...], bool]:
    """Return the roads, two where they cross."""
    if gazetteer.short and (short := gazetteer.short.search(text)):
        one, number, other, second = short.groups()
        return tuple(f"{gazetteer.series[a]}{_spelled(n)}路" for a, n in ((one, number), (other, second))), True
    found: list[tuple[int, int, str]] = []
    if gazetteer.numbered:
        found = [
            (hit.start(), hit.end(), f"{gazetteer.series[hit[1]]}{_spelled(hit[2])}路")
            for hit in gazetteer.numbered.finditer(text)
        ]
    ends = {end for _, end, _ in found}
    for hit in _ROAD.finditer(text):
        name = _name(hit[1], hit[2])
        if name and hit.end() not in ends and not _NO_ROAD.search(hit[1]):
            found.append((hit.end() - len(name), hit.end(), name))
    found.sort()
    for (_, end, one), (start, last, other) in pairwise(found):
        if one != other and _BETWEEN.fullmatch(text[end:start]):
            return (one, other), start == end or bool(_CROSSING.match(text[last : last + 4]))
    return (found[0][2],) if found else (), False


def _spelled(number: str) -> str:
    """Write a road's number as its sign does: 8 as 八, 12 as 十二."""
    if not number.isdigit():
        return number
    tens, ones = divmod(int(number), 10)
    signs = "零一二三四五六七八九"
    return f"{signs[tens] if tens > 1 else ''}{'十' if tens else ''}{signs[ones] if ones or not tens else ''}"
