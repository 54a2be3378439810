"""Rows pasted out of a spreadsheet into a form, such as a roster of workers or the ballots of owners: read and spelled. Pure.

A form that takes them names its columns, each with its field and how its cells are spelled, and the form of a row:

    class Roster(Lines):
        columns = {"姓名": ("name", same), "已付": ("paid", number)}
        row = RosterRow
        rows = fields.Nested(RosterRow, many=True, load_default=list)
        pasted = pasted_field(columns)
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from marshmallow import ValidationError, fields, post_load, pre_load, validates_schema

from chassis.schemas import FormSchema

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How each column is headed, which field it fills, and how its cells are spelled.
Columns = Mapping[str, tuple[str, Callable[[str], Any]]]

MOST_LINES: Final = 5000
_MOST_PASTED: Final = 2_000_000
#: So many faults are told at once.
MOST_FAULTS: Final = 20
_YES: Final = frozenset({"是", "√", "✓", "已签", "y", "yes", "true", "1"})
_NO: Final = frozenset({"", "否", "×", "未签", "n", "no", "false", "0"})


class BadPasteError(ValueError):
    """Lines that can't be used; `faults` say why, in two languages, line by line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def same(said: str) -> str:
    """Spell a cell as it is."""
    return said


def number(said: str) -> str:
    """Spell a number without the signs that people set in it."""
    return said.replace(",", "").replace("，", "").replace("元", "")


def answer(said: str) -> Any:
    """Spell a yes or no; what is neither stays, for the form to refuse."""
    word = said.lower()
    return True if word in _YES else False if word in _NO else said


def read(text: str, columns: Columns, most: int = MOST_LINES) -> list[dict[str, Any]]:
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
    if len(rows) > most:
        raise BadPasteError([f"超过 {most} 行 / more than {most} lines"])
    found = _spelled(head, rows, columns)
    if not found:
        raise BadPasteError(
            ["第一行为列名，以下每行一条；没有可用的行 / a head line, then a line for each; none is there"]
        )
    return found


def _spelled(head: list[str], rows: Sequence[Sequence[str]], columns: Columns) -> list[dict[str, Any]]:
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


def pasted_field(columns: Columns) -> fields.String:
    """Return the field for lines out of a spreadsheet with these columns."""
    said = {"example": "", "kind": "textarea", "personal": True, "help": "、".join(columns)}
    return fields.String(load_default="", metadata=said)


class Lines(FormSchema):
    """A form whose rows may be filled in one by one, or pasted out of a spreadsheet; what is wrong is said line by line."""

    columns: ClassVar[Columns]
    row: ClassVar[type[FormSchema]]
    #: The field of the rows, whether they must be there, and how many they may be.
    filled: ClassVar[str] = "rows"
    needs_rows: ClassVar[bool] = True
    most_rows: ClassVar[int] = MOST_LINES

    @pre_load
    def _take_pasted(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        text = values.get("pasted")
        if not isinstance(text, str) or not text.strip():
            return values
        if values.get(self.filled):
            raise ValidationError({"pasted": ["逐行填写和粘贴表格只用一种 / fill in rows or paste them, not both"]})
        if len(text) > _MOST_PASTED:
            raise ValidationError({"pasted": [f"超过 {_MOST_PASTED} 字 / more than {_MOST_PASTED} characters"]})
        try:
            rows = read(text, self.columns, self.most_rows)
        except BadPasteError as bad:
            raise ValidationError({"pasted": bad.faults}) from None
        rows = [self.whole(place, one) for place, one in enumerate(rows, 1)]
        checker, named = self.row(), {field: zh for zh, (field, _) in self.columns.items()}
        faults = [
            f"第{place}行{named.get(name, name)}：{said[0]}"
            for place, one in enumerate(rows, 1)
            for name, said in checker.validate(one).items()
        ]
        if faults:
            raise ValidationError({"pasted": faults[:MOST_FAULTS]})
        return {**values, self.filled: rows, "pasted": ""}

    def whole(self, _place: int, row: dict[str, Any]) -> dict[str, Any]:
        """Return a pasted line with what may be left out of it: nothing."""
        return row

    @validates_schema
    def _there_are_rows(self, values: dict[str, Any], **_: Any) -> None:
        if self.needs_rows and not values.get(self.filled):
            raise ValidationError({self.filled: ["请逐行填写，或者从表格粘贴 / fill in rows, or paste them"]})

    @post_load
    def _keep_rows_only(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name != "pasted"}
