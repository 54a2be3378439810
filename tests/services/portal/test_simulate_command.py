"""`jiesu simulate` from outside: what it says where there is nothing to play on."""

from __future__ import annotations

import http.server
import random
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from chassis import catalogue, views
from chassis.testing import START
from services.portal.simulate_command import Play, Procedure, account, at_home, awaited, simulate, which

if TYPE_CHECKING:
    from pathlib import Path

HOME = re.compile(r"示例小区(?P<building>\d+)号楼(?P<room>\d{3,4})")


def test_a_platform_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.setenv("JIESU_TOKEN", "a.b.c")

    said = CliRunner().invoke(simulate, ["--force", "--url", "http://127.0.0.1:1"])

    assert said.exit_code == 1
    assert "http://127.0.0.1:1 does not answer" in said.stderr


@pytest.mark.parametrize(("asked", "adds_up"), [(8, True), (9, True), (10, True), (11, False), (7, False)])
def test_who_was_joined_to_anothers_appeal_is_merged_at_the_door_and_closed_in_feedback(
    asked: int, *, adds_up: bool
) -> None:
    door = {"cases": 10, "open": 0, "parked": 0, "ends": {"closed": 8, "merged": 2}}
    counts = {
        "intake": door,
        "routing": door,
        "feedback": {"cases": asked, "open": 0, "parked": 0, "ends": {"closed": asked}},
        "hotline": {"cases": 8, "open": 0, "parked": 0, "ends": {"closed": 8}},
    }

    assert account(counts)["adds_up"] is adds_up


def test_each_case_s_households_live_elsewhere_and_the_one_above_stays_above() -> None:
    form = {
        "parties": [
            {"name": "居民甲", "address": "示例小区1号楼301"},
            {"name": "居民乙", "address": "示例小区1号楼401"},
        ],
        "workplace": "示例小区二期工地",
        "claims": [{"amount": "1200.00"}],
    }

    homes = set()
    for case in range(300):
        moved = at_home(form, f"case-{case}")
        below, above = (HOME.fullmatch(party["address"]) for party in moved["parties"])
        assert below is not None
        assert above is not None
        assert below["building"] == above["building"]
        assert int(above["room"]) - int(below["room"]) == 100
        assert (moved["workplace"], moved["claims"]) == (form["workplace"], form["claims"])
        assert at_home(form, f"case-{case}") == moved
        homes.add(below[0])

    assert len(homes) > 240, "hardly any two of three hundred are neighbours"


class Told:
    """The doors of a hotline: its table, cases that wait in one state, and which steps were asked for."""

    roles = frozenset({"desk", "reviewer"})

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get(self, path: str, **_query: Any) -> Any:
        return views.table(catalogue.spec("hotline")) if path.endswith("workflow") else {"paths": {}}

    def post(self, _path: str, body: Any) -> Any:
        self.asked += [action["trigger"] for action in body["actions"]]
        return {"results": [{"id": action["case_id"]} for action in body["actions"]]}


def case(state: str, **actions: str) -> dict[str, Any]:
    return {
        "id": "c1",
        "state": state,
        "version": 1,
        "title": "路灯不亮",
        "actions": [{"trigger": trigger, "target": target, "allowed": True} for trigger, target in actions.items()],
    }


@pytest.mark.parametrize(
    ("service", "trigger"),
    [
        ("enforcement", "measure_approved"),
        ("enforcement", "measure_lifted"),
        ("mediation", "escalation_reported"),
        ("wage_recovery", "group_incident_reported"),
    ],
)
def test_what_has_just_been_done_is_told_as_of_now_for_its_form_says_so(service: str, trigger: str) -> None:
    class Doors:
        def get(self, path: str, **_query: Any) -> Any:
            return views.table(catalogue.spec(service)) if path.endswith("workflow") else {"paths": {}}

    procedure = Procedure(Doors(), service)  # type: ignore[arg-type]
    procedure.examples = {trigger: {"reported_at": "2020-01-01T10:00:00+08:00"}}

    assert procedure.form(trigger, random.Random(1), START)["reported_at"] == START.isoformat()


def test_nobody_leads_a_case_aside_again_and_again_from_where_another_can_bring_it_on() -> None:
    procedure, tried = Procedure(Told(), "hotline"), set[str]()  # type: ignore[arg-type]
    here = case("handling", force_majeure_found="paused")

    first = procedure.choose(here, tried, random.Random(1))
    again = procedure.choose(here, {"force_majeure_found"}, random.Random(1))

    assert (first, again) == ("force_majeure_found", None)


def test_a_rework_is_contacted_anew_and_what_waits_for_it_is_not_done_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told()
    monkeypatch.setattr(catalogue, "names", lambda: ("hotline",))
    play = Play((told,), 1, None)  # type: ignore[arg-type]
    [procedure] = play.procedures
    waiting, at_work = case("rework_due", words_added="rework_due"), case("accepted", contact_made="accepted")

    for one in (at_work, at_work, waiting, waiting, at_work):
        play._act(procedure, told, [one])  # type: ignore[arg-type]

    assert told.asked == ["contact_made", "words_added", "contact_made"]


class _Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


def test_a_platform_that_came_up_on_the_folder_a_moment_earlier_is_played_on() -> None:
    ended = subprocess.Popen([sys.executable, "-c", "raise SystemExit(2)"])
    ended.wait(30)
    with http.server.HTTPServer(("127.0.0.1", 0), _Healthy) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_address[1]}"

        assert awaited("http://127.0.0.1:9", ended, lambda: {"url": url}) == url

        other.shutdown()
    with pytest.raises(click.ClickException, match="exit 2"):
        awaited("http://127.0.0.1:9", ended, lambda: None)


def test_staff_of_the_play_say_which_of_several_they_mean() -> None:
    rows = [{"value": "2", "zh": "第2项", "en": "2"}, {"value": "3", "zh": "第3项", "en": "3"}]
    actions: list[dict[str, Any]] = [
        {"trigger": "external_urged", "offers": {"which_relay": rows}},
        {"trigger": "contact_made"},
    ]

    assert which(actions, "external_urged") == {"which_relay": "2"}
    assert which(actions, "contact_made") == {}
    assert which([{"trigger": "external_urged", "offers": {"which_relay": []}}], "external_urged") == {}
