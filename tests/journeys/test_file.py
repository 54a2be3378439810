"""A file of old letters: imported, played to their ends, and accounted for to the last one."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from services.routing.models import Base
from tests.nodes.street import Embedded

if TYPE_CHECKING:
    from pathlib import Path

#: The play has 240 seconds of its own.
pytestmark = pytest.mark.timeout(400)

_COLUMNS = ("msg_id", "title", "detail", "created_at")
_LETTERS = (
    ("邻里漏水", "楼上住户卫生间漏水,把我家天花板泡坏了,请求调解。"),
    ("占道经营", "夜市烧烤店占道经营,油烟直排,请执法部门查处。"),
    ("路灯不亮", "黄河八路路灯坏了一周,请尽快维修。"),
    ("拖欠工资", "工地拖欠二十名农民工三个月工资,请帮忙讨薪。"),
    ("申请救助", "家里老人重病住院,生活困难,想申请临时救助。"),
    ("物业不作为", "小区物业公司不打扫卫生,电梯长期不维修。"),
    ("小区停水", "小区全楼停水,家里有老人小孩,请马上处理。"),
    ("情况反映", "请街道派人来了解一下具体情况。"),
)
_BAD = (
    {"msg_id": "bad-1", "title": "空白", "detail": "", "created_at": "2024-03-01 09:00:00"},
    {"msg_id": "bad-2", "title": "时间不对", "detail": "路灯坏了,请维修。", "created_at": "昨天下午"},
)


def test_a_file_of_letters_is_imported_once_and_played_to_ends_that_add_up(tmp_path: Path) -> None:
    file = tmp_path / "letters.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, _COLUMNS)
        writer.writeheader()
        writer.writerows([*map(_row, range(len(_LETTERS))), *_BAD])
    street = Embedded(tmp_path / "street")
    street.up.arguments.append("--demo")

    with street:
        first, again = (_imported(street, file) for _ in range(2))
        street.await_quiet()
        played = street.command("simulate", "--data", str(street.folder), "--seconds", "240")
        _status, unsigned = street.request("GET", "/routing/api/v1/sign-off", token=street.token("leader"))
        _status, calls = street.request("GET", "/feedback/api/v1/recalls", token=street.token("operator"))
        with street.database("routing").read() as session:
            signed = session.scalars(select(Base.metadata.tables["timeline"].c.trigger)).all()

    assert (first["read"], first["registered"], first["rejected"], first["already_there"]) == (10, 8, 2, 0)
    assert {problem["line"] for problem in first["problems"]} == {10, 11}
    assert all(problem["reason"] for problem in first["problems"])
    assert (again["read"], again["registered"], again["rejected"], again["already_there"]) == (10, 0, 2, 8)
    assert (played["appeals"], played["open"], played["parked"]) == (8, 0, 0)
    assert sum(played["ends"].values()) == 8
    assert played["adds_up"]
    assert played["services"]["routing"]["cases"] == 8
    # What was dispatched before it was signed is signed, though it has ended meanwhile; and nobody waits for a second call.
    assert "countersigned" in signed
    assert (unsigned["total"], calls["due"]) == (0, [])


def _row(index: int) -> dict[str, str]:
    title, detail = _LETTERS[index]
    return {
        "msg_id": f"m-{index}",
        "title": title,
        "detail": f"{detail}(第 {index} 号楼)",
        "created_at": f"2024-03-{index + 1:02} 09:30:00",
    }


def _imported(street: Embedded, file: Path) -> dict[str, Any]:
    done = street.said("import", str(file), "--data", str(street.folder), "--json")
    assert done.returncode == 3, done.stderr  # two rows are rejected, and that is no success
    told: dict[str, Any] = json.loads(done.stdout)
    return told
