"""Rows pasted out of a spreadsheet, such as a roster of workers: read, spelled as forms have them, whole numbers masked. Pure."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, Final

from chassis import numbers
from chassis.masking import mask_id_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_LINES: Final = 5000
#: So many faults are told at once.
MOST_FAULTS: Final = 20
_YES: Final = frozenset({"是", "√", "✓", "已签", "y", "yes", "true", "1"})
_NO: Final = frozenset({"", "否", "×", "未签", "n", "no", "false", "0"})
_RATES: Final = {
    **dict.fromkeys(("计月", "月", "月薪"), "month"),
    **dict.fromkeys(("计日", "日", "天", "日薪"), "day"),
    **dict.fromkeys(("计时", "时", "小时"), "hour"),
    **dict.fromkeys(("计件", "件", "计量"), "piece"),
}
_WAYS: Final = {"转账": "bank_transfer", "银行转账": "bank_transfer", "现金": "cash"}
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\Z")
_WHOLE_ID: Final = re.compile(r"(\d{6})\d{8}(\d{3}[0-9Xx])\Z")
_WHOLE_CARD: Final = re.compile(r"\d{12,19}\Z")


class BadPasteError(ValueError):
    """Lines that can't be used; `faults` say why, in two languages, line by line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def _day(said: str) -> Any:
    found = _DAY.match(said)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else said or None


def _number(said: str) -> str:
    return said.replace(",", "").replace("，", "").replace("元", "")


def _id(said: str) -> str:
    plain = said.replace(" ", "")
    if (whole := _WHOLE_ID.match(plain)) is None:
        return plain
    if (wrong := numbers.wrong_in_id_number(plain)) is not None:
        masked = mask_id_number(plain)
        raise BadPasteError(
            [f"身份证号 {masked} {wrong[0]}，请核对 / the identity number {masked} is mistyped: {wrong[1]}"]
        )
    return f"{whole[1]}********{whole[2]}"


def _card(said: str) -> str:
    plain = said.replace(" ", "")
    return f"****{plain[-4:]}" if _WHOLE_CARD.match(plain) else plain


def _answer(said: str) -> Any:
    word = said.lower()
    return True if word in _YES else False if word in _NO else said


def _same(said: str) -> str:
    return said


#: How each column is headed, which field it fills, and how its cells are spelled.
ROSTER: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "序号": ("number", _same),
    "姓名": ("name", _same),
    "身份证号": ("id_number", _id),
    "联系电话": ("phone", _same),
    "工资卡": ("card", _card),
    "工种": ("trade", _same),
    "班组长": ("team_leader", _same),
    "进场日期": ("entered_on", _day),
    "离场日期": ("left_on", _day),
    "欠薪月数": ("months_owed", _number),
    "计薪方式": ("rate_type", lambda said: _RATES.get(said, said)),
    "单价": ("unit_rate", _number),
    "数量": ("quantity", _number),
    "扣除": ("deductions", _number),
    "已付": ("paid", _number),
    "欠付": ("owed", _number),
    "本人签字": ("signed", _answer),
}
PAYMENTS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "序号": ("number", _same),
    "金额": ("amount", _number),
    "支付日期": ("paid_on", _day),
    "支付方式": ("way", lambda said: _WAYS.get(said, said)),
    "支付给本人": ("to_worker_himself", _answer),
    "凭证": ("proof", _same),
}


def read(text: str, columns: Mapping[str, tuple[str, Callable[[str], Any]]]) -> list[dict[str, Any]]:
    """Read lines with a head line, separated by tabs or commas; unknown columns are refused. Raises BadPasteError."""
    lines = text.removeprefix("\ufeff").strip().splitlines()
    try:
        head, *rows = csv.reader(lines, delimiter="\t" if "\t" in lines[0] else ",", strict=True) if lines else [[]]
    except csv.Error:
        raise BadPasteError(["有未成对的英文双引号 / a double quote has no counterpart"]) from None
    head = [name.strip() for name in head]
    if strange := [name for name in head if name and name not in columns]:
        raise BadPasteError(
            [f"不认识的列：{'、'.join(strange)}；可用：{'、'.join(columns)} / unknown columns: {', '.join(strange)}"]
        )
    if len({*head}) < len(head):
        raise BadPasteError(["有重复的列 / a column stands twice"])
    if len(rows) > MOST_LINES:
        raise BadPasteError([f"超过 {MOST_LINES} 行 / more than {MOST_LINES} lines"])
    found = _spelled(head, rows, columns)
    if not found:
        raise BadPasteError(
            ["第一行为列名，以下每行一人；没有可用的行 / a head line, then a line for each; none is there"]
        )
    return found


def _spelled(
    head: list[str], rows: Sequence[Sequence[str]], columns: Mapping[str, tuple[str, Callable[[str], Any]]]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    faults: list[str] = []
    for place, cells in enumerate(rows, 1):
        if any(cell.strip() for cell in cells):
            if any(cell.strip() for cell in cells[len(head) :]):
                # Such as 6,000.00 in a file whose cells are separated by commas: all that follows would be shifted.
                raise BadPasteError([f"第{place}行的格数多于列名 / line {place} has more cells than the head line"])
            spelled = zip(head, (cell.strip() for cell in cells), strict=False)
            try:
                found.append({columns[name][0]: columns[name][1](cell) for name, cell in spelled if name})
            except BadPasteError as bad:
                faults += [f"第{place}行{fault}" for fault in bad.faults]
    if faults:
        raise BadPasteError(faults[:MOST_FAULTS])
    return found
