"""The command `jiesu classify`, as a person at a terminal or another program uses it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.routing.classify_command import classify

KEYS = {"id", "mechanism", "category", "urgency", "severity", "confidence", "because"}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(classify, [str(argument) for argument in arguments], prog_name="jiesu classify")


def test_a_text_is_judged_and_explained() -> None:
    result = run("楼下饭店油烟扰民，请处理")

    assert result.exit_code == 0
    assert "enforcement" in result.stdout
    assert "0201" in result.stdout
    assert "油烟" in result.stdout


def test_a_text_is_judged_as_one_line_of_json() -> None:
    result = run("老板拖欠工资三个月", "--json")

    found = json.loads(result.stdout)
    assert set(found) >= KEYS
    assert found["mechanism"] == "wage_recovery"
    assert found["because"][0]["words"]


def test_options_may_stand_before_the_text() -> None:
    assert json.loads(run("--json", "--title", "低保", "请问怎么申请低保").stdout)["mechanism"] == "relief"


def test_each_letter_of_a_json_lines_file_gives_one_line(tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    rows = [
        {"id": "a-1", "title": "路灯不亮", "text": "请修路灯"},
        {"msg_id": 7, "title": "暖气不热", "detail": "供暖后不热，家里冷", "created_at": "2026-07-01T08:00:00+08:00"},
    ]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")

    result = run("--file", file, "--json")

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["id"] for each in found] == ["a-1", "7"]
    assert all(set(each) >= KEYS for each in found)
    assert found[1]["urgency"] == "III"
    assert "classified 2, refused 0" in result.stderr


def test_bad_rows_are_named_with_line_and_reason_and_stop_nobody(tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    file.write_bytes(
        "\n".join(
            [
                '{"title": "路灯不亮"}',
                "{broken",
                "[1, 2]",
                '{"title": "", "text": "  "}',
                '{"title": 5, "text": "五"}',
                "[" * 100_000,
                "",
            ]
        ).encode()
        + b'{"title": "\xff"}\n'
        + '{"title": "停水了"}'.encode()
    )

    result = run("--file", file, "--json")

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2
    assert [number for number in range(1, 9) if f"line {number}:" in result.stderr] == [2, 3, 4, 5, 6, 7]
    assert "read 8, classified 2, refused 6" in result.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_with_chinese_names_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "letters.csv"
    file.write_bytes(
        '编号,标题,内容\r\nK1,违章建筑,"楼顶加盖\r\n请拆除"\r\nK2,,\r\nK3,业委会换届,请指导\r\n'.encode(encoding)
    )

    result = run("--file", file, "--json")

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["id"], each["mechanism"]) for each in found] == [("K1", "enforcement"), ("K3", "property")]
    assert "line 4:" in result.stderr


def test_a_csv_row_with_too_many_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "letters.csv"
    file.write_text("title,text\n路灯,不亮,多余\n停水,没水\n", "utf-8")

    result = run("--file", file)

    assert "line 2:" in result.stderr
    assert "classified 1, refused 1" in result.stderr


def test_a_text_file_holds_one_letter_per_line(tmp_path: Path) -> None:
    file = tmp_path / "letters.txt"
    file.write_text("路灯不亮请维修\n\n小区电梯坏了物业不修\n", "utf-8")

    result = run("--file", file)

    assert [line.split("\t")[:2] for line in result.stdout.splitlines()] == [["1", "hotline"], ["3", "property"]]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("letters.xlsx", b"PK", ".jsonl"),
        ("letters.csv", b"a,b\n1,2\n", "title"),
        ("letters.txt", b"\xff\xff\xff\x00\xff", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    result = run("--file", file)

    assert result.exit_code != 0
    assert says in result.stderr
    assert result.stdout == ""


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert run("--file", tmp_path / "none.jsonl").exit_code != 0
    folder = tmp_path / "folder.jsonl"
    folder.mkdir()
    assert run("--file", folder).exit_code != 0


def test_an_empty_file_holds_no_letters(tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    file.touch()

    result = run("--file", file)

    assert (result.exit_code, result.stdout) == (0, "")
    assert "read 0" in result.stderr


def test_nothing_to_judge_and_two_things_at_once_are_refused(tmp_path: Path) -> None:
    assert run("  ").exit_code != 0
    assert run("--json").exit_code != 0
    assert run("路灯", "--file", tmp_path / "letters.txt").exit_code != 0


def test_help_shows_both_spellings() -> None:
    result = run("--help")

    assert result.exit_code == 0
    assert "TEXT | --file" in result.output
    assert "evaluate" in result.output


def test_evaluation_counts_strict_and_lenient_hits(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    rows = [
        {"title": "饭店油烟扰民", "mechanism": "enforcement"},
        {"title": "路灯不亮", "mechanism": "hotline", "also_acceptable": ""},
        {"title": "小区电梯坏了", "mechanism": "hotline", "also_acceptable": "property|mediation"},
        {"title": "楼上邻居漏水", "mechanism": "relief"},
        {"title": "没有标注", "mechanism": "unknown"},
    ]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")

    result = run("evaluate", file, "--json")

    found = json.loads(result.stdout)
    assert (found["rows"], found["refused"]) == (4, 1)
    assert (found["accuracy_strict"], found["accuracy_lenient"]) == (0.5, 0.75)
    assert found["recall"] == {"enforcement": 1.0, "hotline": 0.5, "relief": 0.0}
    assert found["macro_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3, abs=1e-4)
    assert found["confusion"]["hotline"]["property"] == 1
    assert "line 5:" in result.stderr


def test_evaluation_says_how_fast_it_was_and_what_memory_it_took(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"title": "饭店油烟扰民", "mechanism": "enforcement"}', "utf-8")

    found = json.loads(run("evaluate", file, "--json").stdout)

    assert found["question"] == "mechanism"
    assert found["f1"] == {"enforcement": 1.0}
    assert found["peak_memory_mb"] > 0
    assert {"letters_per_second", "dropped_as_seen", "unlabelled"} <= set(found)


def test_evaluation_prints_a_table_for_people(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"title": "饭店油烟扰民", "mechanism": "enforcement"}', "utf-8")

    result = run("evaluate", file)

    assert "strict" in result.stdout
    assert "1.000" in result.stdout


def test_evaluation_without_labels_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"title": "饭店油烟扰民"}', "utf-8")

    result = run("evaluate", file)

    assert result.exit_code != 0
    assert "mechanism" in result.stderr
