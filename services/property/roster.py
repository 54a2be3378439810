"""A roster of owners as an office hands it in: rows of a spreadsheet, read, checked and added up. Pure."""

from __future__ import annotations

import csv
import re
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from chassis.masking import redact
from services.property.rules import AREA_SOURCES, TENURES, counted_twice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    found, faults = [], []
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = {name: cell.strip() for name, cell in zip(head, cells, strict=False) if name in COLUMNS.values()}
        faults += [(f"第{number}行：{zh}", f"line {number}: {en}") for zh, en in _faults(row)]
        found.append(row)
    if len(found) > MOST_ROOMS:
        faults.append((f"名册超过{MOST_ROOMS}户", f"more than {MOST_ROOMS} rooms"))
    faults += [
        (f"房号重复：{found[place].get('room')}", f"the room {found[place].get('room')} stands twice")
        for place in counted_twice([{"room": row.get("room", "")} for row in found])
    ]
    if faults or not found:
        raise BadRosterError(faults or [("名册没有房屋", "the roster has no rooms")])
    return [_spelled(row) for row in found]


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
    back = {name: {code: zh for zh, code in words.items()} for name, words in _WORDS.items()}
    lines: list[str] = []
    out = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\n")
    out.writerow(COLUMNS)
    for row in rooms:
        out.writerow([back.get(name, {}).get(row[name], row[name]) for name in COLUMNS.values()])
    return "".join(lines)
