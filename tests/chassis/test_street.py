"""The street's name, of which all that bears it is made."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.street import DEFAULT, STREET, named

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("full", "name", "word", "sign"),
    [
        (DEFAULT, "彭李街道", "彭李", "彭"),
        ("北京市朝阳区三里屯街道", "三里屯街道", "三里屯", "三"),
        ("邯郸市邱县新马头镇", "新马头镇", "新马头", "新"),
        ("某某市城区街道", "城区街道", "城区", "城"),
        (" 沙河乡 ", "沙河乡", "沙河", "沙"),
        ("广州市番禺区市桥街道", "市桥街道", "市桥", "市"),
        ("番禺区市桥街道", "市桥街道", "市桥", "市"),
        ("杭州市拱墅区米市巷街道", "米市巷街道", "米市巷", "米"),
        ("四川省成都市青羊区草市街街道", "草市街街道", "草市街", "草"),
        ("湖南省常德市津市市金鱼岭街道", "金鱼岭街道", "金鱼岭", "金"),
        ("济南市市中区杆石桥街道", "杆石桥街道", "杆石桥", "杆"),
        ("阳泉市城区上站街道", "上站街道", "上站", "上"),
        ("新疆维吾尔自治区乌鲁木齐市新市区北京路街道", "北京路街道", "北京路", "北"),
        ("某某县红旗营乡", "红旗营乡", "红旗营", "红"),
        ("某某盟某某旗某某苏木", "某某苏木", "某某", "某"),
    ],
)
def test_a_full_name_is_taken_apart(full: str, name: str, word: str, sign: str) -> None:
    found = named(full)

    assert (found.full, found.name, found.word, found.sign) == (full.strip(), name, word, sign)
    assert found.district + found.name == found.full


@pytest.mark.parametrize("value", ["", "街道", "彭李", "Pengli", "彭李街道办事处"])
def test_what_is_no_name_of_a_street_is_refused_with_an_example(value: str) -> None:
    with pytest.raises(ValueError, match=DEFAULT):
        named(value)


def test_one_setting_renames_numbers_documents_pages_and_notices() -> None:
    asked = (
        "from pathlib import Path; from flask import Flask;"
        "from chassis import papers; from chassis.pages import register_pages; from chassis.terms import Terms;"
        "from services.routing.rules import ledger_number; from services.routing.signoff.signing import signature_number;"
        "from services.intake.messages.notices import book;"
        "print(ledger_number(2026, 7), signature_number(7), book().street);"
        "found = papers.shipped(Path('services/mediation'))['mediation_agreement'];"
        "print(papers._compiled(found.issuer, head=True).render(street=papers.street.STREET),"
        " papers._compiled(found.code, head=True).render(street=papers.street.STREET))"
    )
    settings = {**os.environ, "JIESU_STREET": "北京市朝阳区三里屯街道", "JIESU_NOTICES_FILE": ""}

    said = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=settings, capture_output=True, check=True, text=True
    )

    assert said.stdout.split() == [
        *("三里屯诉〔2026〕000007号", "三里屯签00000007号", "三里屯街道"),
        *("北京市朝阳区三里屯街道人民调解委员会", "三人调协"),
    ]


def test_no_template_code_or_data_names_a_street_of_its_own() -> None:
    bearing = [
        file.relative_to(ROOT).as_posix()
        for folder in ("services", "chassis")
        for ending in ("md", "html", "toml", "py")
        for file in (ROOT / folder).rglob(f"*.{ending}")
        if file.name not in ("README.md", "street.py")
        and re.search(r"彭李|滨城区", re.sub(r'"""[^"]*"""|#.*', "", file.read_text(encoding="utf-8")))
    ]

    assert bearing == []
    assert named(os.environ.get("JIESU_STREET") or DEFAULT) == STREET
