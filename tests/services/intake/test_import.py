"""`jiesu import`: every row counted once, bad ones named, nothing doubled."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from sqlalchemy import select

from services.intake.import_command import import_, source_of
from services.intake.models import Case

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from chassis.testing import Room

ROWS: list[dict[str, str]] = [
    {
        "msg_id": "1",
        "user": "u1",
        "title": "路灯不亮",
        "created_at": "2019-02-28T11:25:05+08:00",
        "detail": "三号楼前路灯不亮。",
    },
    {
        "msg_id": "2",
        "user": "u1",
        "title": "路灯 不亮",
        "created_at": "2019-03-01T11:25:05+08:00",
        "detail": "三号楼前路灯不亮",
    },
    {"msg_id": "3", "user": "u2", "title": "路灯不亮", "created_at": "2019/3/1 9:05", "detail": "三号楼前路灯不亮。"},
    {"msg_id": "4", "user": "u3", "title": "噪声", "created_at": "2019-03-02 09:05:00", "detail": "请打 13800001111。"},
]
BAD: list[dict[str, str]] = [
    {"msg_id": "", "user": "u1", "title": "无编号", "created_at": "2019-02-28", "detail": "没有编号的一行"},
    {"msg_id": "6", "user": "u1", "title": "无时间", "created_at": "someday", "detail": "没有时间的一行"},
    {"msg_id": "7", "user": "u1", "title": "无内容", "created_at": "2019-02-28", "detail": ""},
    {"msg_id": "8", "user": "u1", "title": "未来", "created_at": "2999-02-28", "detail": "来自未来的一行"},
    {"msg_id": "9", "user": "u1", "title": "控制符", "created_at": "2019-02-28", "detail": "坏\x07字"},
]


def ran(*words: object) -> Result:
    return CliRunner().invoke(import_, [str(word) for word in words])


def counted(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (3 if found["rejected"] else 0), result.output
    assert found["read"] == found["registered"] + found["merged"] + found["rejected"] + found["already_there"]
    return found


def numbers(found: dict[str, Any]) -> tuple[int, ...]:
    return tuple(found[name] for name in ("read", "registered", "merged", "rejected", "already_there"))


def json_lines(file: Path, rows: list[dict[str, str]], *more: str) -> Path:
    file.write_text("\n".join([*(json.dumps(row, ensure_ascii=False) for row in rows), *more]) + "\n", encoding="utf-8")
    return file


def comma_separated(
    file: Path, rows: list[dict[str, str]], *, encoding: str = "utf-8", headers: list[str] | None = None
) -> Path:
    with file.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out)
        writer.writerow(headers or list(rows[0]))
        writer.writerows(row.values() for row in rows)
    return file


def workbook(file: Path, rows: list[dict[str, str]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["留言编号", "留言用户", "留言主题", "留言时间", "留言详情"])
    for row in rows:
        sheet.append([value.replace("\x07", "") for value in row.values()])
    book.save(file)
    return file


def test_rows_are_registered_merged_and_told(room: Room, tmp_path: Path) -> None:
    found = counted(ran(json_lines(tmp_path / "letters.jsonl", ROWS), "--json"))

    assert numbers(found) == (4, 3, 1, 0, 0)
    first, second = room.told("appeal_registered.v1")[:2]
    assert first["external"] == {"source": "letters", "number": "1"}
    assert first["channel"] == "import"
    assert first["submitted_at"].startswith("2019-02-28T03:25:05")
    assert room.told("appeal_merged.v1")[0]["into"] == first["appeal_id"]
    assert second["petitioner"] == first["petitioner"]
    assert room.told("appeal_registered.v1")[3]["text"] == "请打 138****1111。"


def test_importing_the_same_file_again_adds_nothing(room: Room, tmp_path: Path) -> None:
    file = json_lines(tmp_path / "letters.jsonl", ROWS)
    counted(ran(file, "--json"))

    assert numbers(counted(ran(file, "--json"))) == (4, 0, 0, 0, 4)
    assert len(room.told("appeal_registered.v1")) == 4


def test_a_file_that_grew_adds_what_is_new(room: Room, tmp_path: Path) -> None:
    counted(ran(json_lines(tmp_path / "letters.jsonl", ROWS[:2]), "--json"))

    found = counted(ran(json_lines(tmp_path / "longer.jsonl", ROWS), "--source", "letters", "--json"))

    assert numbers(found) == (4, 2, 0, 0, 2)
    assert len(room.told("appeal_registered.v1")) == 4


def test_bad_rows_are_named_by_line_and_reason_and_stop_nobody(room: Room, tmp_path: Path) -> None:
    file = json_lines(tmp_path / "letters.jsonl", [*BAD, *ROWS], "{not json", "[]", '{"msg_id": {}}')

    found = counted(ran(file, "--json"))

    assert numbers(found) == (12, 3, 1, 8, 0)
    reasons = {problem["line"]: problem["reason"] for problem in found["problems"]}
    assert list(reasons) == [1, 2, 3, 4, 5, 10, 11, 12]
    assert [reasons[line].partition("(")[0] for line in (1, 2, 3, 4, 5)] == [
        "msg_id",
        "created_at",
        "detail",
        "created_at",
        "detail",
    ]
    assert "没有编号的一行" not in json.dumps(reasons, ensure_ascii=False)
    assert len(room.told("appeal_registered.v1")) == 4


def test_more_rows_than_one_transaction_are_all_counted(room: Room, tmp_path: Path) -> None:
    rows = [{**ROWS[0], "msg_id": str(number), "user": f"u{number}"} for number in range(250)]

    found = counted(ran(json_lines(tmp_path / "many.jsonl", rows), "--json"))

    assert numbers(found) == (250, 250, 0, 0, 0)
    with room.database.read() as session:
        assert len(session.scalars(select(Case.id)).all()) == 250


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_with_chinese_headers_in_the_usual_encodings(room: Room, tmp_path: Path, encoding: str) -> None:
    headers = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情"]
    file = comma_separated(tmp_path / "letters.csv", ROWS, encoding=encoding, headers=headers)

    assert numbers(counted(ran(file, "--json"))) == (4, 3, 1, 0, 0)
    assert room.told("appeal_registered.v1")[0]["title"] == "路灯不亮"


def test_a_sheet_is_read_like_any_other_file(room: Room, tmp_path: Path) -> None:
    file = workbook(tmp_path / "letters.xlsx", [*ROWS, *BAD[:4]])

    found = counted(ran(file, "--json"))

    assert numbers(found) == (8, 3, 1, 4, 0)
    assert [problem["line"] for problem in found["problems"]] == [6, 7, 8, 9]
    assert len(room.told("appeal_registered.v1")) == 4


def bomb(file: Path) -> Path:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    file.write_bytes(packed.getvalue())
    return file


def written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def test_files_that_can_not_be_read_say_so_and_change_nothing(room: Room, tmp_path: Path) -> None:
    for file, word in (
        (tmp_path / "absent.csv", "no such file"),
        (written(tmp_path / "letters.pdf", b""), "use .jsonl, .csv or .xlsx"),
        (comma_separated(tmp_path / "wrong.csv", [{"a": "1", "b": "2"}]), "lacks the columns"),
        (written(tmp_path / "empty.csv", b""), "lacks the columns"),
        (written(tmp_path / "wrong.jsonl", b'{"a": 1}\n{"a": 2}\n'), "lacks the columns"),
        (written(tmp_path / "broken.xlsx", b"PK no sheet"), "not a valid Excel workbook"),
        (written(tmp_path / "open.csv", b'msg_id,created_at,detail\n1,"2019'), "can't be read as CSV"),
        (bomb(tmp_path / "bomb.xlsx"), "zip bomb"),
        (tmp_path, "use .jsonl"),
    ):
        result = ran(file)

        assert result.exit_code == 2, (file, result.output)
        assert word in result.stderr, (file, result.stderr)
    assert room.told() == []


def test_a_line_beyond_all_measure_is_one_bad_row(room: Room, tmp_path: Path) -> None:
    file = json_lines(tmp_path / "letters.jsonl", ROWS[:1], "x" * 2_500_000, json.dumps(ROWS[2]))

    found = counted(ran(file, "--json"))

    assert numbers(found) == (3, 2, 0, 1, 0)
    assert found["problems"][0]["line"] == 2
    assert len(room.told("appeal_registered.v1")) == 2


def test_for_people_the_report_is_a_sentence(room: Room, tmp_path: Path) -> None:
    result = ran(json_lines(tmp_path / "letters.jsonl", [*ROWS, BAD[1]]))

    assert result.exit_code == 3
    assert "1 行未登记" in result.stderr
    assert "read 5 = 登记 registered 3 + 并单 merged 1 + 拒绝 rejected 1" in result.stdout
    assert "line 5: created_at(留言时间)" in result.stdout
    assert room.told("appeal_registered.v1")


def test_another_file_of_the_same_name_with_the_same_numbers_loses_no_row_without_a_word(
    room: Room, tmp_path: Path
) -> None:
    counted(ran(json_lines(tmp_path / "letters.jsonl", ROWS), "--json"))
    others = [
        {**ROWS[0], "detail": "另一份文件的第一行，井盖坏了。"},
        ROWS[1],
        {**ROWS[3], "created_at": "2019-03-03 09:05:00"},
    ]

    found = counted(ran(json_lines(tmp_path / "letters.jsonl", others), "--json"))
    under_its_own_name = counted(ran(tmp_path / "letters.jsonl", "--source", "letters-b", "--json"))

    assert numbers(found) == (3, 0, 0, 2, 1)
    assert [problem["line"] for problem in found["problems"]] == [1, 3]
    assert "--source" in found["problems"][0]["reason"]
    assert "井盖" not in json.dumps(found, ensure_ascii=False)
    assert numbers(under_its_own_name)[3:] == (0, 1)
    assert under_its_own_name["already_as"] == {"letters": 1}
    assert len(room.told("appeal_registered.v1")) == 4 + 2


def test_the_same_letters_under_another_file_s_name_are_skipped_and_that_is_said(room: Room, tmp_path: Path) -> None:
    counted(ran(json_lines(tmp_path / "letters.jsonl", ROWS), "--json"))
    renamed = comma_separated(tmp_path / "copy of letters.csv", [*ROWS, {**ROWS[3], "msg_id": "5"}])

    found = counted(ran(renamed, "--json"))
    again = ran(renamed)

    assert numbers(found) == (5, 1, 0, 0, 4)
    assert found["already_as"] == {"letters": 4}
    assert len(room.told("appeal_registered.v1")) == 4 + 1
    assert "已有中 4 件此前已按来源 letters 登记" in again.stdout


def test_a_source_is_spelled_plainly(tmp_path: Path) -> None:
    assert source_of(tmp_path / "Letters 2019.CSV") == "letters-2019"
    assert source_of(tmp_path / "...csv") == "import"
    assert ran(tmp_path / "a.csv", "--source", "Bad Name").exit_code == 2


def test_files_with_other_chinese_names_are_other_sources(room: Room, tmp_path: Path) -> None:
    january = json_lines(tmp_path / "一月.jsonl", ROWS[:1])
    february = json_lines(tmp_path / "二月.jsonl", [{**ROWS[0], "detail": "二月的第一件事,井盖坏了。"}])

    assert numbers(counted(ran(january, "--json"))) == (1, 1, 0, 0, 0)
    assert numbers(counted(ran(february, "--json"))) == (1, 1, 0, 0, 0)
    assert numbers(counted(ran(january, "--json"))) == (1, 0, 0, 0, 1)
    assert len(room.told("appeal_registered.v1")) == 2
    assert all(source_of(tmp_path / name).isascii() for name in ("留言.csv", "留言 2019.CSV", f"{'表' * 200}.csv"))
    assert source_of(tmp_path / "留言 2019.csv").startswith("2019-")
    assert ran(january, "--source", source_of(january)).exit_code == 0
