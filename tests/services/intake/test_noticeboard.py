"""Where staff see notices, where residents decline them, and what ops does at the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from chassis import settings, wire
from chassis.receivers import NAMES
from chassis.testing import Room
from services.intake.models import Notice
from services.intake.notices_command import notices as command
from services.intake.service import IntakeService
from services.intake.web import create_app
from tests.services.intake.outside_world import file_for, gateway, webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.keys import KeyFolder

BODY = {"text": "三号楼前路灯不亮", "contact": {"name": "居民甲", "phone": "13800001111"}}
HTML = {"Accept": "text/html"}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / f"{wire.new_id()}.toml"
    path.write_text(file_for(sms=webhook("https://sms.example/send")), encoding="utf-8")
    monkeypatch.setenv("JIESU_NOTICES_FILE", str(path))
    return path


@pytest.fixture
def app(tmp_path: Path, folder: KeyFolder, file: Path) -> Iterator[Flask]:
    """Give intake's web app, of which a channel is configured."""
    del folder, file
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path)}))
    door = app.extensions["jiesu"]
    door.blueprint.metadata.create_all(door.database.engine)
    yield app
    door.database.close()


def reported(client: FlaskClient) -> str:
    answer = client.post("/api/v1/appeals", json=BODY)
    assert answer.status_code == 201
    return str(answer.json["tracking_code"])  # type: ignore[index]


def parked(app: Flask) -> str:
    with app.extensions["jiesu"].database.write() as session:
        session.execute(update(Notice).values(state="parked", reason="HTTP 401"))
        return str(session.scalars(select(Notice.id)).one())


def test_the_log_shows_what_became_of_a_notice_and_no_number_of_a_resident(
    app: Flask, client: FlaskClient, token: Callable[..., dict[str, str]]
) -> None:
    code = reported(client)
    parked(app)

    answer = client.get("/api/v1/notices?state=parked", headers=token("inspector"))
    page = client.get("/notices", headers={**token("inspector"), **HTML}).text

    [row] = answer.json["items"]  # type: ignore[index]
    assert (row["notice"], row["channel"], row["to"], row["reason"]) == ("registered", "sms", "138****1111", "HTTP 401")
    assert "138****1111" in page
    for text in (answer.text, page):
        assert "13800001111" not in text
        assert code not in text
    # An inspector looks; the desk and ops act.
    assert "/retry" not in page
    assert "/retry" in client.get("/notices", headers={**token("desk"), **HTML}).text


@pytest.mark.parametrize("role", ["desk", "ops"])
def test_a_parked_notice_is_sent_again_by_the_desk_or_ops_once(
    app: Flask, client: FlaskClient, token: Callable[..., dict[str, str]], role: str
) -> None:
    reported(client)
    one = parked(app)

    assert client.post(f"/api/v1/notices/{one}/retry", headers=token(role)).json == {"id": one, "state": "waiting"}
    assert client.post(f"/api/v1/notices/{one}/retry", headers=token(role)).status_code == 404


def test_whoever_may_not_see_or_send_notices_is_refused_with_the_reason(
    app: Flask, client: FlaskClient, token: Callable[..., dict[str, str]]
) -> None:
    reported(client)
    one = parked(app)

    assert client.get("/api/v1/notices").status_code == 401
    refused = client.get("/api/v1/notices", headers=token("handler"))
    assert (refused.status_code, "仅供诉求台" in refused.text) == (403, True)
    assert client.post(f"/api/v1/notices/{one}/retry", headers=token("inspector")).status_code == 403
    assert client.get("/notices", headers=HTML).status_code == 303
    assert client.post(f"/notices/{one}/retry", headers=token("desk")).status_code == 403


def test_the_preview_shows_every_notice_with_its_words_and_no_secret(
    client: FlaskClient, token: Callable[..., dict[str, str]]
) -> None:
    answer = client.get("/api/v1/notices/preview", headers=token("ops"))
    page = client.get("/notices/preview", headers={**token("ops"), **HTML}).text

    items = {row["notice"]: row for row in answer.json["items"]}  # type: ignore[index]
    assert items["registered"]["channels"] == ["sms"]
    assert items["red_card"]["channels"] == []
    assert items["extended"]["required"] == "北京市接诉即办工作条例 15"
    assert next(iter(NAMES.values())) in items["red_card"]["text"]
    for text in (answer.text, page):
        assert "whsec_" not in text
        assert "sms.example" not in text
    assert items["extended"]["text"] in page


def test_the_preview_has_the_links_that_are_sent(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("jiesu.example", "jiesu.street.example"), encoding="utf-8")

    texts = [row["text"] for row in json.loads(run("preview", "--json").output)]

    assert [text for text in texts if "https://jiesu.street.example/intake/track?code=" in text]
    assert [text for text in texts if "https://jiesu.street.example/enforcement/cases" in text]
    assert not [text for text in texts if "https://jiesu.example" in text]


def test_a_resident_declines_messages_on_the_page_of_his_appeal_and_takes_that_back(client: FlaskClient) -> None:
    code = reported(client)
    page = client.get(f"/track?code={code}", headers=HTML).text
    assert "不再接收" in page
    csrf = {"_csrf_token": client.get_cookie("jiesu_csrf").value, "code": code}  # type: ignore[union-attr]

    assert client.post("/track/decline", data=csrf, headers=HTML).status_code == 303
    assert client.get(f"/api/v1/appeals/{code}").json["notices"] == "off"  # type: ignore[index]
    assert "恢复接收" in client.get(f"/track?code={code}&done=decline", headers=HTML).text

    assert client.post(f"/api/v1/appeals/{code}/notices", json={"wanted": True}).json["notices"] == "on"  # type: ignore[index]


def test_who_is_told_nothing_has_nothing_to_decline(client: FlaskClient) -> None:
    code = client.post("/api/v1/appeals", json={"text": "路灯不亮，匿名反映"}).json["tracking_code"]  # type: ignore[index]

    refused = client.post(f"/api/v1/appeals/{code}/notices", json={"wanted": False})

    assert (refused.status_code, "没有通知" in refused.text) == (409, True)
    assert "短信通知" not in client.get(f"/track?code={code}", headers=HTML).text
    assert client.post(f"/api/v1/appeals/{code}/notices", json={"wanted": "perhaps"}).status_code == 422


def test_a_file_that_can_not_be_used_keeps_the_web_from_starting(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = file.with_name(f"{wire.new_id()}.toml")
    broken.write_text("channels = 3", encoding="utf-8")
    monkeypatch.setenv("JIESU_NOTICES_FILE", str(broken))

    with pytest.raises(Exception, match="channels"):
        create_app(settings.load({"JIESU_DATA": str(tmp_path)}))


# -- at the terminal ----------------------------------------------------------


def run(*words: str) -> Any:
    return CliRunner().invoke(command, [*words])


def test_a_test_message_goes_to_the_channel_and_its_answer_is_reported(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gateway((200, b"{}"), (401, b"bad key")) as outside:
        other = file.with_name(f"{wire.new_id()}.toml")
        other.write_text(file_for(sms=webhook(outside.url)), encoding="utf-8")
        monkeypatch.setenv("JIESU_NOTICES_FILE", str(other))

        taken = run("test", "sms", "--to", "13800001111", "--json")
        refused = run("test", "sms", "--to", "13800001111")

    assert (taken.exit_code, json.loads(taken.output)["delivered"]) == (0, True)
    assert outside.told[0]["to"] == "13800001111"
    assert (refused.exit_code, "HTTP 401 bad key" in refused.output) == (1, True)


def test_an_empty_list_says_that_it_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    Room(IntakeService, tmp_path).database.close()

    assert run("list").output == "没有通知 / no notices\n"


@pytest.mark.usefixtures("file")
def test_a_test_without_channel_or_number_says_what_is_missing() -> None:
    assert "已配置的有：sms" in run("test", "pigeon").output
    assert "--to" in run("test", "sms").output


@pytest.mark.usefixtures("file")
def test_the_preview_stands_at_the_terminal_too() -> None:
    assert {row["notice"] for row in json.loads(run("preview", "--json").output)} >= {"registered", "red_card"}
    assert "红牌" in run("preview").output


def test_what_is_parked_is_listed_and_sent_again_at_the_terminal(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    reported(client)
    one = parked(app)

    listed = json.loads(run("list", "--state", "parked", "--data", str(tmp_path), "--json").output)
    assert [row["id"] for row in listed] == [one]
    assert one in run("list", "--data", str(tmp_path)).output
    assert "请写通知的编号" in run("retry", "--data", str(tmp_path)).output
    assert run("retry", "--all", "--data", str(tmp_path)).output.startswith("1 ")
    assert run("retry", one, "--data", str(tmp_path)).output.startswith("0 ")
