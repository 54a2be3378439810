"""Paper: a PDF with Chinese letters, its font embedded, under a watermark that says who took it and what for.

    pdf = paper(Heading(...), [Part("办理过程", rows=(("时间", "步骤"), [...]))], watermark="…", at=now)

fpdf2 sets it and embeds the letters that are used of a font that Debian packages (ADR 16). Install
`jiesujiban-chassis[paper]` for it, and one of the fonts below.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout

from chassis.problems import ProblemError

#: Where Debian and Ubuntu put fonts with Chinese letters, and which of a collection is for simplified ones.
FONTS: Final = (
    (Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), 2),
    (Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"), 0),
    (Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"), 0),
)
_FAMILY: Final = "chinese"
_MARGIN, _LINE = 18, 6.5
_FAINT, _SOFT, _INK = 228, 110, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a paper under its own heading: pairs of label and text, or rows under a head, with the widths of columns."""

    title: str
    pairs: Sequence[tuple[str, str]] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    widths: tuple[int, ...] = ()


@cache
def font() -> tuple[Path, int]:
    """Return a font with Chinese letters, or raise ProblemError that says which packages have one."""
    for file, number in FONTS:
        if file.exists():
            return file, number
    raise ProblemError(
        503,
        "no-font",
        "服务器缺少中文字体，不能生成 PDF:请管理员安装 fonts-noto-cjk 或 fonts-wqy-microhei",
        "No font with Chinese letters, so no PDF: install fonts-noto-cjk or fonts-wqy-microhei",
    )


class _Sheet(FPDF):
    """A4 pages, each with its number and its watermark."""

    def __init__(self, watermark: str) -> None:
        super().__init__()
        self._watermark = watermark
        file, number = font()
        self.add_font(_FAMILY, fname=file, collection_font_number=number)
        self.set_margin(_MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN)

    def header(self) -> None:
        """Lay the watermark under what follows, so often that no part of the page can be cut out without it."""
        self.set_font(_FAMILY, size=13)
        self.set_text_color(_FAINT)
        for down in range(50, 300, 62):
            with self.rotation(24, x=self.w / 2, y=down):
                self.text(x=max((self.w - self.get_string_width(self._watermark)) / 2, 2), y=down, text=self._watermark)
        self.set_text_color(_INK)

    def footer(self) -> None:
        """Number the page."""
        self.set_y(-_MARGIN + 4)
        self.set_font(_FAMILY, size=8)
        self.set_text_color(_SOFT)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="C")
        self.set_text_color(_INK)


def paper(*, title: str, subtitle: str, parts: Sequence[Part], watermark: str, at: datetime) -> bytes:
    """Return a PDF of a title and its parts, as taken at a moment; raise ProblemError where there is no font."""
    # What its font tools tell of every letter is of no use to anybody.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    sheet = _Sheet(watermark)
    sheet.set_creation_date(at)
    sheet.set_title(f"{title} {subtitle}")
    sheet.set_lang("zh-CN")
    sheet.add_page()
    sheet.set_font(_FAMILY, size=18)
    sheet.multi_cell(0, 11, title, align="C", new_x="LMARGIN", new_y="NEXT")
    sheet.set_font(_FAMILY, size=11)
    sheet.multi_cell(0, 8, subtitle, align="C", new_x="LMARGIN", new_y="NEXT")
    for part in parts:
        _set(sheet, part)
    return bytes(sheet.output())


def _set(sheet: _Sheet, part: Part) -> None:
    sheet.ln(4)
    sheet.set_font(_FAMILY, size=13)
    sheet.multi_cell(0, 9, part.title, new_x="LMARGIN", new_y="NEXT")
    sheet.set_font(_FAMILY, size=10)
    head = [part.head] if part.head else []
    rows = [*head, *part.rows] if part.rows else part.pairs
    if not rows:
        return
    with sheet.table(
        rows,
        col_widths=part.widths or (1, 3),
        first_row_as_headings=False,
        borders_layout=TableBordersLayout.ALL,
        line_height=_LINE,
        text_align="LEFT",
        padding=1,
    ):
        pass
