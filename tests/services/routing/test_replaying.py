"""Replays over past appeals, and the command that checks, tries and replays."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from services.routing.dispatch import ruleset
from services.routing.dispatch.replaying import Span, replay
from services.routing.rules_command import rules
from tests.services.routing.conftest import CHANGED, ORDINARY, UNCLEAR, Go, registered

if TYPE_CHECKING:
    from pathlib import Path

    from chassis.testing import Room

QUESTION = {"title": "咨询", "text": "请问社保卡补办需要哪些材料,在哪里办理?"}
EBIKE = {"title": "消防通道", "text": "私家车违规停车堵塞消防通道,请执法部门查处清理"}


@pytest.fixture
def ledger(room: Room) -> Room:
    """Give a ledger of six lines, one an hour."""
    for at, letter in enumerate((ORDINARY, QUESTION, EBIKE, ORDINARY, QUESTION, {"title": "", "text": "嗯"})):
        room.hear("intake.appeal_registered.v1", f"A{at}", registered(**letter))
        room.now += timedelta(hours=1)
    return room


def changed(room: Room, text: str = CHANGED, **span: Any) -> dict[str, Any]:
    candidate, span_ = ruleset.read(text, 0), Span(**{"since": None, "until": room.now, **span})
    return replay(room.database, candidate, ruleset.shipped(), span_, room.now).as_json()


def test_a_replay_counts_from_where_to_where_and_names_each_line(ledger: Room) -> None:
    found = changed(ledger)

    assert [(row["from"], row["to"], row["appeals"]) for row in found["matrix"]] == [
        ("mediation_committee", "police_station", 2),
        ("people_call_office", "", 2),
    ]
    assert {name: found[name] for name in ("read", "same", "changed", "to_queue", "from_queue", "by_person")} == {
        "read": 6,
        "same": 1,
        "changed": 4,
        "to_queue": 2,
        "from_queue": 0,
        "by_person": 1,
    }
    assert [(row["from_rule"], row["to_rule"]) for row in found["listed"]] == [
        ("hotline", ""),
        ("mediation", "domestic_noise"),
        ("hotline", ""),
        ("mediation", "domestic_noise"),
    ]
    assert {row["case_id"] for row in found["listed"]} <= {ledger.case(f"A{at}").id for at in range(6)}


def test_the_same_rules_change_nothing(ledger: Room) -> None:
    found = changed(ledger, ruleset.shipped_text())

    assert (found["changed"], found["same"], found["matrix"], found["listed"]) == (0, 5, [], [])


@pytest.mark.parametrize("ended", ["relayed", "not_accepted", "merged", "answered", "withdrawn"])
def test_what_was_never_dispatched_is_left_out_and_counted(ledger: Room, ended: str) -> None:
    before = changed(ledger)
    ledger.hear("intake.appeal_registered.v1", "B", registered(**ORDINARY, hold=True))
    ledger.hear(
        f"intake.appeal_{ended}.v1", "B", {"reply": "已告知", "reason": "另有途径", "into": "A0", "service": "119"}
    )
    assert ledger.state("B") == ended
    ledger.now += timedelta(hours=1)

    found = changed(ledger)

    assert (found["read"], found["never_dispatched"]) == (before["read"] + 1, 1)
    assert (found["changed"], found["same"]) == (before["changed"], before["same"])


def test_other_assisting_units_are_a_change_of_their_own(ledger: Room) -> None:
    found = changed(ledger, ruleset.shipped_text().replace('assist = ["fire_office"]', 'assist = ["police_station"]'))

    assert (found["changed"], found["assisting_units_only"], found["matrix"]) == (1, 1, [])
    assert (found["listed"][0]["from_assist"], found["listed"][0]["to_assist"]) == (["fire_office"], ["police_station"])


def test_a_replay_is_the_same_each_time_and_changes_nothing(ledger: Room) -> None:
    before = [ledger.case(f"A{at}").version for at in range(6)]

    first, second = changed(ledger), changed(ledger)

    assert first | {"seconds": 0} == second | {"seconds": 0}
    assert [ledger.case(f"A{at}").version for at in range(6)] == before
    assert len(ledger.told("appeal_dispatched.v1")) == 5


@pytest.mark.parametrize("at_once", [1, 2, 3, 500])
def test_a_replay_reads_each_line_once_however_few_at_a_time(ledger: Room, at_once: int) -> None:
    for at in range(3):
        ledger.hear("intake.appeal_registered.v1", f"B{at}", registered(**ORDINARY))
    until = ledger.now + timedelta(seconds=1)

    found = replay(
        ledger.database,
        ruleset.read(CHANGED, 0),
        ruleset.shipped(),
        Span(since=None, until=until),
        until,
        at_once=at_once,
    )

    assert (found.read, found.changed, found.more) == (9, 7, False)
    assert len({row["case_id"] for row in found.listed}) == 7


def test_a_replay_looks_at_so_many_of_the_latest_and_says_that_there_are_more(ledger: Room) -> None:
    found = changed(ledger, most=2)

    assert (found["read"], found["more"]) == (2, True)
    assert [row["number"] for row in found["listed"]] == [ledger.case("A4").number]
    assert changed(ledger, most=6)["more"] is False


def test_a_replay_looks_at_its_span_only(ledger: Room) -> None:
    since = ledger.case("A3").opened_at

    assert changed(ledger, since=since)["read"] == 3
    assert changed(ledger, until=since)["read"] == 3


def test_a_line_that_a_rule_moved_is_replayed_by_what_was_judged(ledger: Room, go_live: Go) -> None:
    go_live(CHANGED.replace('lead = "police_station"', 'mechanism = "property", lead = "property_office"'))
    ledger.hear("intake.appeal_registered.v1", "B1", registered(**ORDINARY))
    ledger.now += timedelta(hours=1)
    assert ledger.case("B1").mechanism == "property"

    found = changed(ledger, since=ledger.case("B1").opened_at)

    assert [(row["from"], row["to"]) for row in found["matrix"]] == [("mediation_committee", "police_station")]


# -- the command ----------------------------------------------------------------


def run(*words: str, data: Path) -> Result:
    return CliRunner().invoke(rules, [*words], env={"JIESU_DATA": str(data)})


def test_a_usable_file_is_said_to_be_so(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(CHANGED, encoding="utf-8")

    done, as_json = run("check", str(file), data=tmp_path), run("check", str(file), "--json", data=tmp_path)

    assert done.exit_code == 0
    assert "可用：0 处错误，1 处提醒" in done.output
    assert json.loads(as_json.output)["usable"] is True


def test_a_file_with_a_fault_ends_with_one_and_names_line_and_rule(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(CHANGED.replace('"police_station"', '"nobody"'), encoding="utf-8")

    done, as_json = run("check", str(file), data=tmp_path), run("check", str(file), "--json", data=tmp_path)

    assert done.exit_code == as_json.exit_code == 1
    found = json.loads(as_json.output)
    assert found["usable"] is False
    assert {(one["rule"], one["level"]) for one in found["findings"]} == {
        ("thrown_objects", "error"),
        ("domestic_noise", "error"),
    }
    assert all(f"第 {one['line']} 行" in done.output for one in found["findings"])


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "rules.toml"
    if content is not None:
        file.write_bytes(content)

    done = run("check", str(file), data=tmp_path)

    assert done.exit_code == 1
    assert "rules.toml：读不到" in done.output


def test_one_text_is_tried_and_says_where_it_goes_and_why(ledger: Room, tmp_path: Path) -> None:
    del ledger
    file = tmp_path / "rules.toml"
    file.write_text(CHANGED, encoding="utf-8")

    live = json.loads(run("try", ORDINARY["text"], "--json", data=tmp_path).output)
    other = json.loads(run("try", ORDINARY["text"], "--file", str(file), "--json", data=tmp_path).output)
    queue = run("try", QUESTION["text"], "--file", str(file), data=tmp_path)
    unclear = json.loads(run("try", UNCLEAR["text"], "--json", data=tmp_path).output)

    assert (live["rule"], live["lead_unit"]) == ("mediation", "mediation_committee")
    assert (other["rule"], other["lead_unit"]) == ("domestic_noise", "police_station")
    assert any(row["rule"] == "mediation" and "排在后面" in row["zh"] for row in other["explanation"])
    assert queue.output.startswith("转人工研判")
    assert "请人工研判" in unclear["by_person"]["zh"]


def test_a_replay_by_command_gives_the_difference(ledger: Room, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(CHANGED, encoding="utf-8")
    span = ("--until", ledger.now.isoformat(), "--at", ledger.now.isoformat())

    done = run("replay", str(file), *span, data=tmp_path)
    found = json.loads(run("replay", str(file), *span, "--json", data=tmp_path).output)
    later = json.loads(run("replay", str(file), *span, "--since", "2026-11-24", "--json", data=tmp_path).output)

    assert "街道人民调解委员会 → 辖区派出所" in done.output
    assert "民呼我应办公室 → 人工研判" in done.output
    assert (found["read"], found["changed"], found["to_queue"]) == (6, 4, 2)
    assert later["read"] == 0


def test_a_replay_of_what_is_no_day_or_of_wrong_rules_or_without_a_ledger_is_refused(tmp_path: Path) -> None:
    file, wrong = tmp_path / "rules.toml", tmp_path / "wrong.toml"
    file.write_text(CHANGED, encoding="utf-8")
    wrong.write_text("[[rule]]\n", encoding="utf-8")

    day = run("replay", str(file), "--since", "last week", data=tmp_path)
    faulty = run("replay", str(wrong), data=tmp_path)
    empty = run("replay", str(file), data=tmp_path)

    assert (day.exit_code, faulty.exit_code, empty.exit_code) == (2, 1, 1)
    assert "--since：写作 2026-11-25" in day.output
    assert "第 1 行：缺少" in faulty.output
    assert "jiesu migrate routing" in empty.output


def test_a_version_is_printed_to_be_changed(ledger: Room, go_live: Go, tmp_path: Path) -> None:
    ledger.now -= timedelta(days=1)
    go_live()

    assert run("show", "--version", "1", data=tmp_path).output == ruleset.shipped_text()
    assert run("show", "--version", "2", data=tmp_path).output == CHANGED
    assert "没有第 9 版" in run("show", "--version", "9", data=tmp_path).output
