"""Templates of documents, and what is written from them."""

from __future__ import annotations

import io
import re
import zlib
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from docx import Document

from chassis import papers, typeset
from chassis.papers import TemplateFault, read_template
from chassis.terms import Terms
from chassis.workflow import Moment, Role

HEAD = '+++\ntitle = "示例通知书"\nissuer = "示例街道"\nlayout = "letter"\nto = "{{ form.to }}"\n[required]\n"form.rows.*.name" = "每人的姓名"\n+++\n'
TEXT = "请于{{ form.due | day }}前支付{{ form.amount | yuan }}。\n\n| 姓名 |\n|---|\n{% for row in form.rows %}\n| {{ row.name | cell }} |\n{% endfor %}\n"
MOMENT = Moment(now=datetime(2026, 11, 5, 1, 30, tzinfo=UTC), actor="p1", actor_name="处办员甲", role=Role.HANDLER)
CASE = SimpleNamespace(number="2026-1", title="示例", place="", unit="u", opened_at=MOMENT.now)
FORM: dict[str, Any] = {
    "to": "示例公司",
    "due": "2026-12-01",
    "amount": "1203.50",
    "rows": [{"name": "居民甲"}, {"name": "居民乙"}],
}


def written(text: str = TEXT, form: dict[str, Any] | None = None) -> papers.Paper:
    """Write the example."""
    found = read_template("example", HEAD + text, "example.md")
    return papers.write(found, papers.seen(CASE, form or FORM, {}, MOMENT), Terms(), "示例〔2026〕7号")


def test_a_document_says_what_its_template_and_the_form_say() -> None:
    paper = written()

    assert paper.to == "示例公司"
    assert "请于2026年12月1日前支付1,203.50元（人民币壹仟贰佰零叁元伍角）。" in paper.text
    assert "| 居民乙 |" in paper.text
    assert paper.dated == "2026年11月5日"


def test_a_number_and_an_issuer_may_come_from_the_form() -> None:
    head = HEAD.replace('issuer = "示例街道"', 'issuer = "{{ form.to }}"\nnumber = "{{ form.no }}"')
    found = read_template("example", head + TEXT, "example.md")

    paper = papers.write(found, papers.seen(CASE, {**FORM, "to": "甲_乙*局", "no": "示例_1"}, {}, MOMENT), Terms())
    blank = papers.write(found, papers.seen(CASE, {**FORM, "no": ""}, {}, MOMENT), Terms())

    assert (paper.issuer, paper.number, paper.to) == ("甲_乙*局", "示例_1", "甲_乙*局")
    assert blank.number == "＿＿＿＿＿"
    with pytest.raises(TemplateFault, match=r"example\.md"):
        read_template("example", '+++\ntitle = "示例"\nnumber = "{{ form."\n+++\n', "example.md")


def test_what_a_document_must_hold_is_named_where_it_is_missing() -> None:
    found = read_template("example", HEAD + TEXT, "example.md")
    context = papers.seen(CASE, {**FORM, "rows": [{"name": "居民甲"}, {"name": ""}]}, {}, MOMENT)

    [refusal] = papers.missing(found, context)

    assert refusal.zh == "文书《示例通知书》缺少必备内容：每人的姓名"
    assert papers.missing(found, papers.seen(CASE, {**FORM, "rows": []}, {}, MOMENT))
    assert not papers.missing(found, papers.seen(CASE, FORM, {}, MOMENT))


def test_words_of_people_are_no_markup() -> None:
    paper = written("{{ form.to }}\n", {**FORM, "to": "# 标题 <script>alert(1)</script> | **粗** {{ now }}"})
    page = typeset.html(paper)

    assert "<script>" not in page
    assert "<strong>" not in page
    assert "<h1># 标题" not in page
    assert "alert(1)" in page


@pytest.mark.parametrize(
    "content",
    [
        "没有头",
        "+++\ntitle =\n+++\n正文",
        '+++\ntitle = "a"\nnonsense = 1\n+++\n正文',
        '+++\ntitle = "a"\nlayout = "poster"\n+++\n正文',
        '+++\ntitle = "a"\n+++\n{% if %}',
    ],
)
def test_a_template_that_cannot_be_used_is_named(content: str) -> None:
    with pytest.raises(TemplateFault, match="file"):
        read_template("a", content, "file.md")


def test_a_template_that_asks_for_what_is_not_there_or_reaches_out_is_a_fault() -> None:
    for text in ("{{ form.nothing }}", "{{ ''.__class__.__mro__ }}", "{{ form.due | day | yuan }}"):
        with pytest.raises(TemplateFault):
            written(text)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("20", "人民币贰拾元整"),
        ("1001", "人民币壹仟零壹元整"),
        ("1203.50", "人民币壹仟贰佰零叁元伍角"),
        ("100000.05", "人民币壹拾万元零伍分"),
        ("12000300", "人民币壹仟贰佰万零叁佰元整"),
        ("100200300.4", "人民币壹亿零贰拾万零叁佰元肆角"),
        (Decimal(-3), "人民币负叁元整"),
    ],
)
def test_amounts_are_written_in_capitals(amount: Any, said: str) -> None:
    assert papers.capital(amount) == said


def test_days_are_written_as_in_official_documents() -> None:
    assert papers.day(date(2026, 3, 5)) == "2026年3月5日"
    assert papers.day("2026-11-05T17:00:00+00:00") == "2026年11月6日"
    assert papers.moment_of_day("2026-11-05T01:05:00+00:00") == "2026年11月5日9时05分"
    assert papers.day(None) == "＿＿＿＿＿"


def test_a_changed_document_is_known() -> None:
    paper = written()
    head: dict[str, Any] = {
        "title": paper.title,
        "layout": paper.layout,
        "number": paper.number,
        "issuer": paper.issuer,
        "to": paper.to,
    }
    head |= {"basis": paper.basis, "signed": list(paper.signed), "dated": paper.dated}
    row = SimpleNamespace(head=head, text=paper.text, digest=papers.digest(paper))

    assert papers.is_as_issued(row)
    row.text = row.text.replace("1,203.50", "9,203.50")
    assert not papers.is_as_issued(row)


def test_markdown_is_taken_apart_for_office_programs() -> None:
    found = list(typeset.blocks("## 一\n\n甲\n\n1. 乙\n2. 丙\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"))

    assert found == [
        ("heading", "一"),
        ("paragraph", "甲"),
        ("item", "1. 乙"),
        ("item", "2. 丙"),
        ("table", [["a", "b"], ["1", "2"]]),
    ]


def test_a_docx_holds_the_text_in_the_measures_of_official_letters() -> None:
    made = Document(io.BytesIO(typeset.docx(written())))

    said = [paragraph.text for paragraph in made.paragraphs]
    assert said[:4] == ["示例街道", "示例〔2026〕7号", "示例通知书", "示例公司："]
    assert [cell.text for row in made.tables[0].rows for cell in row.cells] == ["姓名", "居民甲", "居民乙"]
    assert round(made.sections[0].top_margin.mm) == 37
    assert round(made.sections[0].page_width.mm) == 210


def unpacked(made: bytes) -> bytes:
    """Return a PDF with what is deflated in it unfolded."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL)
    return made + b"".join(zlib.decompress(one) for one in streams if one[:1] == b"x")


def test_a_pdf_is_made_in_another_process_with_chinese_fonts_in_it() -> None:
    made = typeset.pdf(typeset.html(written(), "水印：处办员甲"))

    assert made.startswith(b"%PDF")
    assert b"Noto" in unpacked(made)


def test_a_figure_in_a_table_is_not_broken_over_two_lines() -> None:
    page = typeset.html(written("| 姓名 | 金额（元） |\n|---|---|\n| 工人甲 | 10000.00 |\n| 工人乙 | 约 300 元 |\n"))

    assert '<td>工人甲</td>\n<td class="whole">10000.00</td>' in page
    assert "<td>约 300 元</td>" in page
    assert ".whole { white-space: nowrap; }" in page


def test_many_pdfs_at_once_do_not_fill_the_memory() -> None:
    page, most, before = typeset.html(written()), 0, {child.pid for child in psutil.Process().children()}
    with ThreadPoolExecutor(5) as people:
        asked = [people.submit(typeset.pdf, page) for _ in range(5)]
        while wait(asked, timeout=0.05).not_done:
            most = max(most, len({child.pid for child in psutil.Process().children()} - before))
    assert all(one.result().startswith(b"%PDF") for one in asked)
    assert 1 <= most <= 2


def test_a_document_loads_nothing_from_anywhere() -> None:
    made = typeset.pdf('<html><body><img src="file:///etc/passwd"><img src="http://127.0.0.1:9/x">甲</body></html>')

    assert b"/Image" not in unpacked(made)


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("证据确凿", "证据确凿。"),
        ("证据确凿。", "证据确凿。"),
        ("如下：", "如下："),
        ("证据确凿 \n", "证据确凿。"),
        ("", ""),
        (None, ""),
    ],
)
def test_what_a_person_has_written_ends_like_a_sentence(written: str | None, printed: str) -> None:
    assert papers.sentence(written) == printed
