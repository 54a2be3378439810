"""A roster of owners as an office hands it in: rows of a spreadsheet, read, checked and added up. Pure."""

from __future__ import annotations

import csv
import re
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from chassis.masking import redact
from chassis.sheets import as_it_was
from services.property.rules import AREA_SOURCES, TENURES
from services.property.votes import counted_twice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: The columns in their order, as people head them and as programs do; the last two may be left out.
COLUMNS: Final = {
    "房号": "room",
    "楼栋": "building",
    "单元": "entrance",
    "业主编号": "owner",
    "面积": "area",
    "面积依据": "area_by",
    "交付情况": "tenure",
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "area_by": dict(zip(("登记", "实测", "合同"), AREA_SOURCES, strict=True)),
    "tenure": dict(zip(("已交付", "未出售", "已售未交付"), TENURES, strict=True)),
}
_DEFAULTS: Final = {"area_by": AREA_SOURCES[0], "tenure": TENURES[0]}
_MUST: Final = ("room", "owner", "area")
_LONGEST: Final = {"room": 40, "building": 40, "entrance": 40, "owner": 20}
#: An owner stands in the roster by a number, never by name (山东省物业管理条例 25 counts heads, and needs no names).
_OWNER: Final = re.compile(r"[A-Za-z0-9-]{1,20}\Z")
MOST_ROOMS: Final = 20_000
_MOST_AREA: Final = Decimal(1_000_000)
_CENTIARE: Final = Decimal("0.01")


#: The number of a line, and what is wrong with it in both languages.
Fault = tuple[int, str, str]


class BadRosterError(ValueError):
    """A roster that can't be used: every fault with its line."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(en for _, en in faults))
        self.faults = tuple(faults)


def read(text: str) -> list[dict[str, Any]]:
    """Read a roster, comma- or tab-separated with a head line. Raises BadRosterError with all that is wrong."""
    lines = text.removeprefix("\ufeff").strip().splitlines()
    if not lines:
        raise BadRosterError([("名册是空的", "the roster is empty")])
    try:
        head, *rows = csv.reader(lines, delimiter="\t" if "\t" in lines[0] else ",", strict=True)
    except csv.Error:
        raise BadRosterError(
            [("名册有未成对的英文双引号，请删除或者补全", "a double quote in the roster has no counterpart")]
        ) from None
    head = [COLUMNS.get(name.strip(), name.strip()) for name in head]
    if missing := [zh for zh, name in COLUMNS.items() if name in _MUST and name not in head]:
        raise BadRosterError([(f"名册缺少列：{'、'.join(missing)}", f"the roster lacks columns: {', '.join(missing)}")])
    found, faults = checked(
        (number, {name: as_it_was(cell) for name, cell in zip(head, cells, strict=False) if name in COLUMNS.values()})
        for number, cells in enumerate(rows, start=2)
        if any(cell.strip() for cell in cells)
    )
    if len(found) > MOST_ROOMS:
        faults.append((0, f"名册超过{MOST_ROOMS}户", f"more than {MOST_ROOMS} rooms"))
    if faults or not found:
        said = [(f"第{number}行：{zh}", f"line {number}: {en}") if number else (zh, en) for number, zh, en in faults]
        raise BadRosterError(said or [("名册没有房屋", "the roster has no rooms")])
    return found


def checked(rows: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Return the rooms of numbered rows as they are kept, and all that is wrong with their lines; 0 is the whole."""
    stripped = [(number, {name: cell.strip() for name, cell in row.items()}) for number, row in rows]
    faults = [(number, zh, en) for number, row in stripped for zh, en in _faults(row)]
    faults += [
        (stripped[place][0], f"房号重复：{stripped[place][1].get('room')}", "the room stands twice")
        for place in counted_twice([{"room": row.get("room", "")} for _, row in stripped])
    ]
    return [] if faults else [_spelled(row) for _, row in stripped], faults


def _faults(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for zh, name in COLUMNS.items():
        said = row.get(name, "")
        if name in _MUST and not said:
            yield f"缺少{zh}", f"no {name}"
        elif len(said) > _LONGEST.get(name, len(said)):
            yield f"{zh}过长", f"{name} is too long"
        elif name in _WORDS and said and said not in (*_WORDS[name], *_WORDS[name].values()):
            yield f"{zh}应为{'、'.join(_WORDS[name])}", f"{name} is one of {', '.join(_WORDS[name].values())}"
    if row.get("owner") and (not _OWNER.match(row["owner"]) or redact(row["owner"]).total):
        yield (
            "业主编号只用字母、数字和连字符，不得填写姓名、电话、身份证号",
            "owner is a number of the office's own, never a name or phone",
        )
    if row.get("area") and not _area(row["area"]):
        yield "面积应为大于零的平方米数，至多两位小数", "area is in square metres, above 0, with two decimals at most"


def _area(said: str) -> Decimal | None:
    try:
        found = Decimal(said)
    except InvalidOperation:
        return None
    right = found.is_finite() and 0 < found <= _MOST_AREA and found == found.quantize(_CENTIARE)
    return found.quantize(_CENTIARE) if right else None


def _spelled(row: Mapping[str, str]) -> dict[str, Any]:
    """Return a row as it is kept, with every column."""
    words = {name: _WORDS[name].get(row.get(name, ""), row.get(name) or _DEFAULTS[name]) for name in _WORDS}
    texts = {name: row.get(name, "") for name in ("room", "building", "entrance", "owner")}
    return {**texts, "area": str(_area(row["area"])), **words}


def written(rooms: Sequence[Mapping[str, Any]]) -> str:
    """Return a roster as people hand it in, so that it can be read again."""
    if not rooms:
        return ""
    lines: list[str] = []
    out = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\n")
    out.writerow(COLUMNS)
    out.writerows(cells(rooms))
    return "".join(lines)


def cells(rooms: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    """Return the cells of each room in the order of the columns, as people write them."""
    back = {name: {code: zh for zh, code in words.items()} for name, words in _WORDS.items()}
    for row in rooms:
        yield [back.get(name, {}).get(row[name], row[name]) for name in COLUMNS.values()]
