"""Rows as a file for a spreadsheet, that whoever asked for it takes away: CSV and Excel."""

from __future__ import annotations

import csv
import io
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from flask import Response, send_file

from chassis.sheets import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_csv(rows: Iterable[Sequence[Any]], name: str) -> Response:
    """Answer with rows, the first of them their head, as `<name>.csv`."""
    return as_csv_by_pages([[*rows]], name)


def as_csv_by_pages(pages: Iterable[Iterable[Sequence[Any]]], name: str) -> Response:
    """Answer with rows page by page, the first of them their head, as `<name>.csv`: sent while they are read."""
    # The mark at its beginning tells a spreadsheet that it is UTF-8.
    response = Response(chain(["\ufeff"], map(csv_text, pages)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Write rows as CSV; no spreadsheet takes a text in it for a formula."""
    out = io.StringIO()
    csv.writer(out).writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def as_excel(rows: Iterable[Sequence[Any]], name: str, widths: Sequence[int]) -> Response:
    """Answer with rows, the first of them their head, as `<name>.xlsx`; each column is so many signs wide."""
    from openpyxl import Workbook  # noqa: PLC0415 - it takes a quarter of a second of every start, and few export

    book = Workbook(write_only=True)
    page = book.create_sheet(name)
    page.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHIJKLMN", widths, strict=False):
        page.column_dimensions[letter].width = width
    for row in rows:
        page.append([_cell(value) for value in row])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    response = send_file(file, mimetype=_EXCEL, as_attachment=True, download_name=f"{name}.xlsx")
    response.headers["Cache-Control"] = "no-store"
    return response


def _cell(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value
