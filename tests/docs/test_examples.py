"""The worked examples do what their papers say, against a real broker and database."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import amqp
import pytest

from services.intake.models import Case
from tests.nodes import programs
from tests.nodes.node import wait_until
from tests.nodes.rabbit import connect
from tests.nodes.street import Street

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.nodes.postgres import DatabaseServer
    from tests.nodes.rabbit import Broker

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
KEY = "hotline12345.appeal_submitted.v1"
API_KEY = "a-key-of-the-bridge"
JURISDICTION = "pengli.gov.cn"


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the example of a hotline with its libraries."""
    return installed("hotline", tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the example of a client of Open311 with that client."""
    return installed("open311", tmp_path_factory.mktemp("example"))


def installed(name: str, folder: Path) -> Path:
    """Copy an example there, with its libraries from whatever registry npm is configured for."""
    try:
        npm = programs.npm()
    except programs.MissingProgramError as missing:
        pytest.fail(str(missing), pytrace=False)
    folder /= name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def street(rabbit: Broker, postgres: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Give a street of which only intake is at work."""
    folder = tmp_path_factory.mktemp("street")
    with (
        rabbit.virtual_host() as amqp_url,
        postgres.database() as database_url,
        Street(
            amqp_url,
            database_url,
            folder,
            services=["intake"],
            JIESU_OPEN311_KEYS=f"bridge:{API_KEY}",
            JIESU_OPEN311_JURISDICTION=JURISDICTION,
        ) as street,
    ):
        yield street


def submitted(hotline: Path, street: Street, *appeals: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Run the example with these appeals, or with its own; return its exit code and its answers by number."""
    file = hotline / "appeals.jsonl"
    if appeals:
        file = hotline / "given.jsonl"
        file.write_text("\n".join(json.dumps(appeal) for appeal in appeals), encoding="utf-8")
    done = subprocess.run(
        ["node", "submit.mjs", str(file)],
        cwd=hotline,
        env={**os.environ, "AMQP_URL": street.settings.amqp_url, "WAIT_SECONDS": "60"},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode in (0, 1), done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {answer["external_number"]: answer for answer in answers}


def test_the_example_is_answered_and_a_number_sent_twice_is_registered_once(hotline: Path, street: Street) -> None:
    code, answers = submitted(hotline, street)

    street.await_quiet()
    assert code == 1
    assert [*street.states("intake")] == [answers["20261123-0001"]["registered"]]
    assert answers["20261123-0002"]["rejected"][0].startswith("/contact/phone: 电话号码格式不正确")


def test_what_is_sent_again_is_answered_again_and_a_number_in_figures_is_rejected_by_its_name(
    hotline: Path, street: Street
) -> None:
    text = "小区北门路灯连续三晚不亮。"
    appeals: list[dict[str, Any]] = [{"external_number": number, "text": text} for number in ("again", 8)]

    runs = [submitted(hotline, street, *appeals) for _ in range(2)]

    assert [code for code, _answers in runs] == [1, 1]
    assert [answers["8"]["rejected"][0].partition(":")[0] for _code, answers in runs] == ["/external_number"] * 2
    [registered] = {answers["again"]["registered"] for _code, answers in runs}
    assert registered in street.states("intake")


def test_what_is_wrong_is_rejected_with_reasons_and_what_is_right_beside_it_is_registered(
    hotline: Path, street: Street
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    text = "小区门口路灯连续三晚不亮。"
    wrong: dict[str, tuple[str, dict[str, Any]]] = {
        "no-text": ("/text", {}),
        "blank": ("/text", {"text": "  "}),
        "control": ("/text", {"text": "路灯\x00"}),
        "oversized": ("/text", {"text": "路" * 20_001}),
        "long-title": ("/title", {"text": text, "title": "路" * 121}),
        "long-phone": ("/contact/phone", {"text": text, "contact": {"phone": "138000000001"}}),
        "letters": ("/contact/phone", {"text": text, "contact": {"phone": "one three eight"}}),
        "future": ("/submitted_at", {"text": text, "submitted_at": tomorrow}),
        "no-offset": ("/submitted_at", {"text": text, "submitted_at": "2026-11-20T09:30:00"}),
        "half-a-point": ("/place", {"text": text, "place": {"longitude": 117.97}}),
        "off-the-earth": ("/place/latitude", {"text": text, "place": {"longitude": 117.97, "latitude": 97}}),
        "": ("/external_number", {"text": text, "external_number": ""}),
    }
    before = {*street.states("intake")}
    appeals = [{"external_number": number, **appeal} for number, (_pointer, appeal) in wrong.items()]

    code, answers = submitted(hotline, street, *appeals, {"external_number": "right", "text": text})

    assert code == 1
    for number, (pointer, _appeal) in wrong.items():
        [reason] = answers[number]["rejected"]
        assert reason.startswith(f"{pointer}: "), reason
        assert " / " in reason
    assert {*street.states("intake")} - before == {answers["right"]["registered"]}
    assert street.parked("intake") == []


def test_what_is_no_event_at_all_is_parked_with_its_reason(street: Street) -> None:
    with connect(street.settings.amqp_url) as connection:
        channel = connection.channel()
        channel.confirm_select()
        for body in (
            b"not json",
            b'{"specversion": "1.0", "id": "1", "source": "/x", "type": "elsewhere", "data": {}}',
        ):
            message = amqp.Message(body, content_type="application/cloudevents+json", delivery_mode=2)
            channel.basic_publish_confirm(message, exchange="jiesu.external", routing_key=KEY)

    wait_until(lambda: len(street.parked("intake")) == 2, seconds=60, what="The parking of both")
    assert {row.kind for row in street.parked("intake")} == {"malformed"}
    assert all(row.reason for row in street.parked("intake"))


def reported(stranger: Path, street: Street, **given: str) -> tuple[int, dict[str, Any], str]:
    """Run the client of Open311; return its exit code, what its calls gave, and what it complained of."""
    said = {
        "OPEN311_URL": f"{street.url}/intake/open311/v2/",
        "API_KEY": API_KEY,
        "JURISDICTION": JURISDICTION,
        **given,
    }
    done = subprocess.run(
        ["node", "report.mjs", "report.json"],
        cwd=stranger,
        env={**os.environ, "NO_PROXY": "127.0.0.1", **said},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_a_public_client_of_open311_reports_and_reads_it_back_unmodified(stranger: Path, street: Street) -> None:
    before = {*street.states("intake")}

    code, said, complaint = reported(stranger, street)
    _code, more, _complaint = reported(stranger, street)

    assert (code, complaint) == (0, "")
    assert said["discovery"]["endpoints"][0]["url"] == f"{street.url}/intake/open311/v2"
    assert "0603" in [service["service_code"] for service in said["services"]]
    assert "trapped" in [attribute["code"] for attribute in said["definition"]["attributes"]]
    number = said["posted"]["service_request_id"]
    assert said["again"] == said["posted"] == more["posted"]
    assert said["token"]["service_request_id"] == number
    [several] = said["several"]
    assert said["one"] == several
    assert (several["service_request_id"], several["status"], several["service_code"]) == (number, "open", "0603")
    assert (several["lat"], several["long"], several["media_url"]) == (37.382, 117.97, None)
    assert [[one["service_request_id"] for one in page] for page in said["pages"]] == [[number], []]
    [appeal] = {*street.states("intake")} - before
    with street.database("intake").read() as session:
        kept = session.get_one(Case, appeal).details
    assert kept["media_url"] == "https://pictures.example/lift.jpg"
    assert "是否有人被困" in kept["text"]


@pytest.mark.parametrize(
    ("given", "status"), [({"API_KEY": "another"}, "403"), ({"JURISDICTION": "elsewhere.gov.cn"}, "404")]
)
def test_a_public_client_is_told_what_it_has_wrong(
    stranger: Path, street: Street, given: dict[str, str], status: str
) -> None:
    before = street.states("intake")

    code, said, complaint = reported(stranger, street, **given)

    assert (code, said) == (1, {})
    assert status in complaint
    assert street.states("intake") == before
