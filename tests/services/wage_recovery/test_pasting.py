"""Rows pasted out of a spreadsheet are the roster that would be typed, or are refused line by line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from chassis.forms import example, parse_form
from chassis.pasting import BadPasteError, read
from services.wage_recovery import pasting, schemas
from tests.services.wage_recovery.test_service import TO_COORDINATION, go, room

if TYPE_CHECKING:
    from chassis.testing import Room

__all__ = ["room"]

HEAD = (
    "姓名\t身份证号\t工资卡\t工种\t班组长\t进场日期\t离场日期\t欠薪月数\t计薪方式\t单价\t数量\t扣除\t已付\t本人签字\n"
)
FIRST = "工人甲\t371602199001010018\t6222020202021001\t木工\t班组长甲\t2026/1/1\t2026.2.28\t2.0\t计月\t6,000.00\t2\t0\t2000.00\t是\n"
SECOND = "工人乙\t371602********0022\t****1002\t瓦工\t班组长甲\t2026年1月1日\t\t2.0\t计日\t200.00元\t50\t500\t1500\t√\n"


def loaded(text: str, **more: Any) -> dict[str, Any]:
    return dict(schemas.Roster().load({"pasted": text, "claimed_total": "18000.00", **more}))


def test_a_pasted_roster_is_masked_numbered_and_reckoned() -> None:
    found = loaded(HEAD + FIRST + SECOND)

    assert "pasted" not in found
    assert [(row["number"], row["id_number"], row["card"], row["owed"]) for row in found["rows"]] == [
        (1, "371602********0018", "****1001", Decimal("10000.00")),
        (2, "371602********0022", "****1002", Decimal("8000.00")),
    ]
    assert [row["rate_type"] for row in found["rows"]] == ["month", "day"]
    assert str(found["rows"][0]["left_on"]) == "2026-02-28"
    assert found["rows"][1]["left_on"] is None


def test_a_spreadsheet_saved_with_commas_is_read_as_well() -> None:
    found = loaded("\ufeff" + (HEAD + SECOND).replace("\t", ","), claimed_total="8000.00")

    assert [row["name"] for row in found["rows"]] == ["工人乙"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "没有可用的行"),
        ("姓名\t电话\n甲\t1", "不认识的列：电话"),
        ("姓名\t姓名\n甲\t乙", "有重复的列"),
        ('姓名\n"甲', "双引号"),
        ((HEAD + FIRST).replace("\t", ","), "第1行的格数多于列名"),
        ("姓名\n" + "甲" * 2_000_000, "超过 2000000 字"),
        (HEAD + FIRST.replace("计月", "计年"), "第1行计薪方式"),
        (HEAD + FIRST + SECOND.replace("50\t", "五十\t"), "第2行数量"),
        (HEAD + FIRST.replace("371602199001010018", "3716"), "第1行身份证号"),
        (
            HEAD + FIRST + FIRST.replace("371602199001010018", "371602199001010019"),
            "第2行身份证号 3716************19 校验码不符",
        ),
        (
            HEAD + FIRST.replace("371602199001010018", "371602199002300018"),
            "第1行身份证号 3716************18 出生日期不存在",
        ),
        (HEAD + FIRST.replace("2026/1/1", "去年"), "第1行进场日期"),
    ],
)
def test_what_can_t_be_read_is_said_line_by_line(text: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        loaded(text)

    assert said in str(refused.value.messages)


def test_rows_are_filled_in_or_pasted_but_not_both_and_never_neither() -> None:
    with pytest.raises(ValidationError, match="只用一种"):
        loaded(HEAD + FIRST, rows=example(schemas.Roster)["rows"])
    with pytest.raises(ValidationError, match="请逐行填写"):
        loaded(" ")


def test_more_lines_than_anybody_is_owed_are_refused() -> None:
    with pytest.raises(BadPasteError, match="5000"):
        read("姓名\n" + "甲\n" * 5001, pasting.ROSTER)


def test_a_pasted_roster_and_pasted_payments_bring_a_claim_to_its_end(room: Room) -> None:
    go(room, *TO_COORDINATION[:3])
    go(room, "roster_verified", roster_verified={"rows": [], "pasted": HEAD + FIRST + SECOND})
    go(room, *TO_COORDINATION[4:])
    paid = (
        "序号\t金额\t支付日期\t支付方式\t支付给本人\t凭证\n"
        "1\t10000\t2026-11-20\t银行转账\t是\t回单1\n2\t8000\t2026-11-20\t现金\t是\t收条2\n"
    )

    go(room, "payment_verified", payment_verified={"rows": [], "pasted": paid})

    assert room.state("A1") == "paid"
    [kept] = room.case("A1").details["payments"]
    assert [row["way"] for row in kept["rows"]] == ["bank_transfer", "cash"]


def test_that_a_worker_got_it_himself_is_pasted_and_never_taken_for_granted() -> None:
    pasted = "序号\t金额\t支付日期\t支付方式\t凭证\n1\t10000\t2026-11-20\t现金\t收条1\n"

    with pytest.raises(ValidationError, match="第1行支付给本人"):
        schemas.Payment().load({"source": "payer", "pasted": pasted})


def test_a_page_whose_rows_were_left_blank_takes_what_was_pasted() -> None:
    posted = MultiDict([("pasted", HEAD + FIRST + SECOND), ("claimed_total", "18000.00"), ("labour_share", "")])
    for name in schemas.RosterRow().fields:
        posted.add(f"rows-0-{name}", "")

    entered = parse_form(schemas.Roster, posted)

    assert len(schemas.Roster().load(entered)["rows"]) == 2
