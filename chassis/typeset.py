"""Typesets documents: Markdown to HTML, PDF and docx, official letters by GB/T 9704-2012.

The measures of that standard, in one place: A4; 37 mm above and 28 mm at the binding edge; 156 mm by 225 mm of text;
22 lines of 28 characters in size 3 (16 pt) 仿宋, the title in size 2 (22 pt) 小标宋; the page number in size 4 (14 pt).
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import threading
from html import escape
from typing import TYPE_CHECKING, Any, Final

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chassis.papers import Paper

_PATIENCE: Final = 60
#: The bytes before each PDF that say how long it is.
_LENGTH: Final = 8
#: Each takes some 280 MB: whoever comes while these are at work waits.
_PRESSES: Final = threading.BoundedSemaphore(2)
#: What lengths in docx are counted in.
_MILLIMETRE: Final = 36_000
_MEASURES: Final = {
    "page_width": 210,
    "page_height": 297,
    "top_margin": 37,
    "bottom_margin": 35,
    "left_margin": 28,
    "right_margin": 26,
}
#: The points of a line, and the points in which an issuer's name is set; between its signs lies a tenth of that.
_LINE: Final = 442
_MOST_ISSUER, _LEAST_ISSUER, _SPACING = 30, 20, 0.1
_MARKDOWN: Final = MarkdownIt("js-default", {"html": False, "breaks": True}).enable("table")

#: A cell with a figure in it, which is not to be broken over two lines.
_FIGURE: Final = re.compile(r"<td>([-\d.,]{1,12})</td>")

_STYLE: Final = """
@page { size: A4; margin: 37mm 26mm 35mm 28mm;
  @bottom-center { content: "— " counter(page) " —"; font: 14pt "Noto Serif CJK SC", serif; } }
body { font: 16pt/28.9pt FangSong, "FangSong_GB2312", "Noto Serif CJK SC", serif; margin: 0; text-align: left;
  overflow-wrap: anywhere; }
.issuer { color: #c00; font: bold 1em/1.3 "Noto Serif CJK SC", serif; text-align: center; letter-spacing: .1em; margin: 0 0 2em; }
.rule { border: 0; border-top: 2pt solid #c00; margin: 4mm 0 2em; }
.number { text-align: center; margin: 0; } .record .number { text-align: right; }
h1 { font: bold 22pt/1.5 "Noto Serif CJK SC", serif; text-align: center; margin: 0 0 1em; }
h2 { font: bold 16pt/28.9pt "Noto Sans CJK SC", sans-serif; margin: .4em 0 0; }
h3 { font: bold 16pt/28.9pt "Noto Serif CJK SC", serif; margin: .4em 0 0; }
p { margin: 0; text-indent: 2em; } .to, .issuer, td p, th p, li p, .signed p, .number { text-indent: 0; }
table { border-collapse: collapse; width: 100%; margin: .5em 0; font-size: 12pt; line-height: 1.5; }
th, td { border: .5pt solid #000; padding: 2pt 4pt; text-align: left; } .whole { white-space: nowrap; } thead { display: table-header-group; } tr { break-inside: avoid; }
ol, ul { margin: 0; padding-left: 2.5em; }
.basis { font-size: 12pt; line-height: 1.5; margin-top: 1em; text-indent: 0; break-before: avoid; }
.signed { margin-top: 2em; break-inside: avoid; break-before: avoid; } .dated { text-align: right; padding-right: 4em; text-indent: 0; }
.mark { position: fixed; top: -25mm; right: 0; font-size: 9pt; color: #666; text-indent: 0; }
"""


class NoPdfError(RuntimeError):
    """The PDF could not be made; says why."""


def html(paper: Paper, mark: str = "") -> str:
    """Return a document as a page of HTML; `mark` is printed at the head of each page."""
    is_letter = paper.layout == "letter"
    parts = [f'<p class="mark">{escape(mark)}</p>' if mark else ""]
    if is_letter:
        size = f"font-size: {_issuer_size(paper.issuer)}pt"
        parts += [f'<p class="issuer" style="{size}">{escape(paper.issuer)}</p>', _number(paper), '<hr class="rule">']
    parts.append(f"<h1>{escape(paper.title)}</h1>")
    if not is_letter:
        parts.append(_number(paper))
    if paper.to:
        parts.append(f'<p class="to">{escape(paper.to)}：</p>')
    parts.append(_FIGURE.sub(r'<td class="whole">\1</td>', _MARKDOWN.render(paper.text)))
    if paper.basis:
        parts.append(f'<p class="basis">依据：{escape(paper.basis)}</p>')
    signed = "".join(f"<p>{escape(line)}</p>" for line in paper.signed)
    issuer = f'<p class="dated">{escape(paper.issuer)}</p>' if paper.issuer else ""
    parts.append(f'<div class="signed">{signed}{issuer}<p class="dated">{escape(paper.dated)}</p></div>')
    title = escape(f"{paper.title} {paper.number}".strip())
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f'</head><body class="{escape(paper.layout)}">{"".join(parts)}</body></html>'
    )


def _issuer_size(issuer: str) -> int:
    """Return the points in which an issuer's name fits on one line, so far as it may be set smaller."""
    wanted = int(_LINE / max(len(issuer), 1) / (1 + _SPACING))
    return max(_LEAST_ISSUER, min(_MOST_ISSUER, wanted))


def _number(paper: Paper) -> str:
    return f'<p class="number">{escape(paper.number)}</p>' if paper.number else ""


def pdf(page: str) -> bytes:
    """Return a page of HTML as PDF. Raises NoPdfError or TimeoutExpired."""
    return pdfs([page])[0]


def pdfs(pages: Sequence[str]) -> list[bytes]:
    """Return pages of HTML as a PDF each; fonts take much memory, so another process lends it for a second, once for all."""
    if not _PRESSES.acquire(timeout=_PATIENCE):
        message = f"others have kept the press for {_PATIENCE} s"
        raise NoPdfError(message)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "chassis.typeset"],
            input=json.dumps(pages).encode(),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    finally:
        _PRESSES.release()
    made, rest = [], done.stdout
    while rest:
        size = int.from_bytes(rest[:_LENGTH])
        made.append(rest[_LENGTH : _LENGTH + size])
        rest = rest[_LENGTH + size :]
    if done.returncode or len(made) != len(pages) or not all(one.startswith(b"%PDF") for one in made):
        raise NoPdfError(done.stderr.decode(errors="replace")[-400:])
    return made


def docx(paper: Paper) -> bytes:
    """Return a document as docx, to be corrected in an office program."""
    made = _Docx(paper)
    is_letter = paper.layout == "letter"
    if is_letter:
        made.line(paper.issuer, align="center", size=_issuer_size(paper.issuer), bold=True, red=True)
        made.line(paper.number, align="center")
    made.line(paper.title, align="center", size=22, bold=True)
    if not is_letter:
        made.line(paper.number, align="right")
    made.line(f"{paper.to}：" if paper.to else "")
    for kind, content in blocks(paper.text):
        if kind == "table":
            made.table(content)
        else:
            made.line(content, bold=kind == "heading", indent=kind == "paragraph")
    made.line(f"依据：{paper.basis}" if paper.basis else "", size=12)
    made.line(" ")
    for signed in paper.signed:
        made.line(signed)
    for said in (paper.issuer, paper.dated):
        made.line(said, align="right")
    return made.saved()


class _Docx:
    """A docx in the measures of the standard."""

    def __init__(self, paper: Paper) -> None:
        from docx import Document  # noqa: PLC0415 - not before the first document
        from docx.oxml.ns import qn  # noqa: PLC0415
        from docx.shared import Pt  # noqa: PLC0415

        self.point = Pt

        self.made: Any = Document()
        page = self.made.sections[0]
        for name, millimetres in _MEASURES.items():
            setattr(page, name, millimetres * _MILLIMETRE)
        normal = self.made.styles["Normal"]
        normal.font.name, normal.font.size = "FangSong", Pt(16)
        normal.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")
        normal.paragraph_format.line_spacing = Pt(28.9)
        normal.paragraph_format.space_after = 0
        self.made.core_properties.title = f"{paper.title} {paper.number}".strip()
        self.made.core_properties.author = paper.issuer

    def line(
        self, text: str, *, align: str = "", size: int = 16, bold: bool = False, indent: bool = False, red: bool = False
    ) -> None:
        """Add a paragraph; an empty text adds none."""
        if not text:
            return
        from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN  # noqa: PLC0415
        from docx.shared import RGBColor  # noqa: PLC0415

        added = self.made.add_paragraph()
        added.alignment = {"center": ALIGN.CENTER, "right": ALIGN.RIGHT}.get(align)
        if indent:
            added.paragraph_format.first_line_indent = self.point(32)
        if size > 16:  # noqa: PLR2004 - larger than the text's own lines
            added.paragraph_format.line_spacing = self.point(size * 1.5)
        run = added.add_run(text)
        run.font.size, run.bold = self.point(size), bold
        if red:
            run.font.color.rgb = RGBColor(0xCC, 0, 0)

    def table(self, rows: list[list[str]]) -> None:
        """Add a table of cells."""
        laid = self.made.add_table(rows=0, cols=max(map(len, rows)), style="Table Grid")
        for row in rows:
            for cell, text in zip(laid.add_row().cells, row, strict=False):
                cell.text = text
                [paragraph] = cell.paragraphs
                paragraph.paragraph_format.line_spacing = self.point(18)
                for run in paragraph.runs:
                    run.font.size = self.point(12)

    def saved(self) -> bytes:
        """Return the file."""
        out = io.BytesIO()
        self.made.save(out)
        return out.getvalue()


def blocks(text: str) -> Iterator[tuple[str, Any]]:
    """Take Markdown apart into headings, paragraphs, items (numbered as they stand) and tables of cells."""
    tree = SyntaxTreeNode(_MARKDOWN.parse(text))
    for node in tree.children:
        if node.type == "table":
            rows = [row for part in node.children for row in part.children]
            yield "table", [[_said(cell) for cell in row.children] for row in rows]
        elif node.type in ("bullet_list", "ordered_list"):
            first = int(node.attrs.get("start") or 1)
            for at, item in enumerate(node.children, first):
                mark = f"{at}. " if node.type == "ordered_list" else "· "
                yield "item", mark + _said(item)
        else:
            yield "heading" if node.type == "heading" else "paragraph", _said(node)


def _said(node: SyntaxTreeNode) -> str:
    """Return the words of a part of a text."""
    if node.type in ("hardbreak", "softbreak"):
        return "\n"
    return "".join(map(_said, node.children)) if node.children else str(node.content)


def _print() -> None:
    from weasyprint import HTML  # noqa: PLC0415 - fonts and layout, in this process only
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    for page in json.load(sys.stdin.buffer):
        # A document loads nothing, from wherever.
        made = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf()
        sys.stdout.buffer.write(len(made).to_bytes(_LENGTH) + made)


if __name__ == "__main__":
    _print()
