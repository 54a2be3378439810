"""Rows out of files: JSON lines, CSV and Excel sheets, read one at a time, each with its line.

A service says which columns it knows (`Columns`); for Excel it brings `openpyxl` with it.

A file that can't be read as a whole raises UnreadableFileError; a row that can't be read
comes as a BadRow, so that the others go on.
"""

from __future__ import annotations

import csv
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

#: What makes a spreadsheet take a text for a formula (OWASP, CSV injection), full-width as well.
_FORMULA: Final = re.compile(r"^[\s'\"]*[=+\-@＝＋－＠\t\r]")
#: What no sheet holds (XML 1.0, 2.2).
UNREADABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
KINDS: Final = (".jsonl", ".csv", ".xlsx")

_LONGEST_LINE: Final = 1_000_000
_MOST_UNPACKED: Final = 1_000_000_000
_MOST_RATIO: Final = 200
_RATIO_COUNTS_FROM: Final = 10_000_000


def harmless(text: str) -> str:
    """Return a text for a cell, without what no sheet holds, such that no spreadsheet takes it for a formula."""
    text = UNREADABLE.sub("", text)
    return f"'{text}" if _FORMULA.match(text) else text


def as_it_was(text: str) -> str:
    """Return the text of a cell that `harmless` has written, for a file that is changed and loaded again."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file, each with the headers that it may have, and those that must be there."""

    headers: Mapping[str, Sequence[str]]
    must: Collection[str]

    def of(self, header: str) -> str:
        """Return the column that a header means, or an empty string."""
        said = header.strip().lstrip("\ufeff")
        return next((name for name, known in self.headers.items() if said in known or said.lower() in known), "")

    def named(self, file: Path, headers: Sequence[str]) -> list[str]:
        """Name the column of each header. Raises UnreadableFileError where columns are missing."""
        found = [self.of(header) for header in headers]
        if missing := [column for column in self.headers if column in self.must and column not in found]:
            wanted = "、".join(f"{name}（{self.headers[name][1]}）" for name in missing)
            raise UnreadableFileError(
                f"{file.name}：第 1 行缺少列 {wanted}；应有列：{','.join(self.headers)}",
                f"{file.name}: line 1 lacks the columns {', '.join(missing)}; there should be {', '.join(self.headers)}",
            )
        return found


class UnreadableFileError(Exception):
    """A file that can't be read as a whole: what is wrong, and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Row:
    """The columns of one line, as texts."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that holds no row, and why."""

    line: int
    reason: str

    @property
    def said(self) -> tuple[str, str]:
        """Return the reason in Chinese and in English."""
        zh, _, en = self.reason.partition(" / ")
        return zh, en or zh


def rows(file: Path, columns: Columns) -> Iterator[Row | BadRow]:
    """Return the rows of a file, by the end of its name. Raises UnreadableFileError, at once or on the way."""
    kind = file.suffix.lower()
    if kind not in KINDS:
        raise UnreadableFileError(
            f"{file.name}：不支持的文件类型“{kind or '无'}”，请使用 .jsonl、.csv 或 .xlsx",
            f"{file.name}: this kind of file can't be read; use .jsonl, .csv or .xlsx",
        )
    if not file.is_file():
        raise UnreadableFileError(f"{file}：没有这个文件，请检查路径", f"{file}: no such file; check the path")
    try:
        for row in {".jsonl": _json_lines, ".csv": _comma_separated, ".xlsx": _sheet}[kind](file, columns):
            nul = isinstance(row, Row) and any("\x00" in value for value in row.values.values())
            yield BadRow(row.line, "含有无效字符 / holds a NUL character") if nul else row
    except OSError as error:
        raise UnreadableFileError(
            f"{file}：无法读取（{error.strerror}），请检查权限",
            f"{file}: can't be read ({error.strerror}); check its permissions",
        ) from error


def count(file: Path) -> int | None:
    """Return about how many rows a file has, for a progress bar; None where that costs too much."""
    if file.suffix.lower() == ".xlsx":
        return None
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def _json_lines(file: Path, columns: Columns) -> Iterator[Row | BadRow]:
    with file.open("rb") as lines:
        number, known = 0, False
        while raw := lines.readline(_LONGEST_LINE + 1):
            number += 1
            if len(raw) > _LONGEST_LINE:
                while raw and not raw.endswith(b"\n"):
                    raw = lines.readline(_LONGEST_LINE)
                yield BadRow(number, "这一行超过 1 MB / the line exceeds 1 MB")
            elif raw.strip():
                row = _json_row(number, raw.removeprefix(b"\xef\xbb\xbf"), columns)
                if not known and isinstance(row, Row):
                    known = True
                    if not row.values:
                        columns.named(file, ())
                yield row


def _json_row(number: int, raw: bytes, columns: Columns) -> Row | BadRow:
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return BadRow(number, f"不是有效的 JSON（{error}） / not valid JSON ({error})")
    if not isinstance(found, dict):
        return BadRow(number, "应为 JSON 对象 / must be a JSON object")
    values: dict[str, str] = {}
    for key, value in found.items():
        column = columns.of(key)
        if not column or value is None:
            continue
        if isinstance(value, (dict, list, bool)):
            return BadRow(number, f"列 {column} 应为文字 / column {column} must be a text")
        values[column] = str(value)
    return Row(number, values)


def _encoding_of(file: Path) -> str:
    """Return UTF-8, or GB 18030 as Chinese Excel writes it."""
    try:
        with file.open(encoding="utf-8-sig") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _comma_separated(file: Path, columns: Columns) -> Iterator[Row | BadRow]:
    csv.field_size_limit(_LONGEST_LINE)
    with file.open(encoding=_encoding_of(file), newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            headers = columns.named(file, next(reader, []))
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) > len(headers):
                    yield BadRow(
                        reader.line_num, f"有 {len(cells)} 列，表头只有 {len(headers)} 列 / more cells than headers"
                    )
                else:
                    yield Row(
                        reader.line_num,
                        {name: cell for name, cell in zip(headers, cells, strict=False) if name and cell},
                    )
        except (csv.Error, UnicodeDecodeError) as error:
            raise UnreadableFileError(
                f"{file.name}：第 {reader.line_num} 行起无法按 CSV（UTF-8 或 GB18030）读取：{error}",
                f"{file.name}: from line {reader.line_num} it can't be read as CSV (UTF-8 or GB 18030): {error}",
            ) from error


def _sheet(file: Path, columns: Columns) -> Iterator[Row | BadRow]:
    from openpyxl import load_workbook  # noqa: PLC0415 - only for Excel files

    _refuse_bombs(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise _no_workbook(file, error) from error
    try:
        lines = book.worksheets[0].iter_rows(values_only=True) if book.worksheets else iter(())
        headers = columns.named(file, [_cell(cell) for cell in next(lines, ())])
        for number, cells in enumerate(lines, 2):
            values = {
                name: _cell(cell) for name, cell in zip(headers, cells, strict=False) if name and cell is not None
            }
            if any(value.strip() for value in values.values()):
                yield Row(number, values)
    except UnreadableFileError:
        raise
    except Exception as error:
        raise _no_workbook(file, error) from error
    finally:
        book.close()


def _no_workbook(file: Path, error: Exception) -> UnreadableFileError:
    kind = type(error).__name__
    return UnreadableFileError(
        f"{file.name}：不是有效的 Excel 工作簿（{kind}），请另存为 .xlsx 后重试",
        f"{file.name}: not a valid Excel workbook ({kind}); save it as .xlsx again",
    )


def _refuse_bombs(file: Path) -> None:
    """Refuse a workbook that unpacks to far more than it is. Raises UnreadableFileError."""
    try:
        with zipfile.ZipFile(file) as packed:
            sizes = [(one.file_size, one.compress_size) for one in packed.infolist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _no_workbook(file, error) from error
    unpacked = sum(size for size, _ in sizes)
    bomb = any(size > _RATIO_COUNTS_FROM and size > _MOST_RATIO * max(packed_, 1) for size, packed_ in sizes)
    if bomb or unpacked > _MOST_UNPACKED:
        raise UnreadableFileError(
            f"{file.name}：解压后达 {unpacked // 1_000_000} MB，疑似压缩炸弹，未读取；请拆分后重试",
            f"{file.name}: unpacks to {unpacked // 1_000_000} MB, which looks like a zip bomb; split it",
        )


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
