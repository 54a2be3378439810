"""Mediation's documents: written by its steps, to be had as files, with a register of how they were served."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from docx import Document
from sqlalchemy import select, update

from chassis import keys, moments, settings
from chassis.access import Principal, sign_token
from chassis.keys import KeyFolder
from chassis.workflow import RefusedError
from services.mediation.web import create_app
from tests.services.mediation.test_service import TO_AGREEMENT, TO_SESSION, go, room

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from chassis.testing import Room

__all__ = ["room"]


def rows(room: Room) -> list[Any]:
    """Return the register of agreements."""
    table = room.blueprint.papers
    with room.database.read() as session:
        of_it = select(table).where(table.c.name == "mediation_agreement").order_by(table.c.seq)
        return list(session.execute(of_it).all())


def test_an_agreement_is_written_when_it_is_drafted_and_again_when_it_is_signed(room: Room) -> None:
    go(room, *TO_AGREEMENT)

    drafted, signed = rows(room)
    assert (drafted.version, signed.version) == (1, 2)
    assert (drafted.number, signed.number) == ("彭人调协〔2026〕1号", "彭人调协〔2026〕2号")
    assert "居民甲" in signed.text
    assert "1,200.00元（人民币壹仟贰佰元整）" in signed.text
    assert signed.head["title"] == "人民调解协议书"


def test_a_department_changes_its_document_and_what_it_asks_for(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    own = tmp_path / "papers" / "mediation" / "mediation_agreement.md"
    own.parent.mkdir(parents=True)
    own.write_text('+++\ntitle = "协议"\n[required]\n"form.unresolved" = "未决事项"\n+++\n本部门格式。\n', "utf-8")
    go(room, *TO_SESSION, "session_held")

    with pytest.raises(RefusedError, match="未决事项"):
        go(room, "agreement_drafted", agreement_drafted={"unresolved": ""})

    assert room.state("A1") == "in_session"
    assert not rows(room)
    go(room, "agreement_drafted", agreement_drafted={"unresolved": "清洗费用", "scope": "partial"})
    [paper] = rows(room)
    assert paper.text == "本部门格式。"
    own.write_text("坏的模板", "utf-8")
    assert rows(room) == [paper]


@pytest.fixture
def client(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Give mediation's web app over the same database."""
    del room
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    for name in ("JIESU_KEYS_DIR", "JIESU_DATABASE_URL", "JIESU_MEDIATION_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    keys.generate(tmp_path / "keys", ["mediation"])
    return create_app(settings.load({"JIESU_DATA": str(tmp_path)})).test_client()


def signed_in(tmp_path: Path, *roles: str, unit: str = "*") -> dict[str, str]:
    """Sign a token."""
    who = Principal(
        id="p1", name="调解员甲", roles=frozenset(roles), services=frozenset({"*"}), units=frozenset({unit})
    )
    return {"Authorization": f"Bearer {sign_token(who, KeyFolder(tmp_path / 'keys').signing(), moments.now())}"}


def test_a_document_is_had_as_a_file_by_those_who_work_on_the_case_and_each_opening_is_told(
    room: Room, client: FlaskClient, tmp_path: Path
) -> None:
    go(room, *TO_AGREEMENT)
    handler, inspector = signed_in(tmp_path, "handler"), signed_in(tmp_path, "inspector")
    listed = client.get("/api/v1/papers?name=mediation_agreement", headers=handler).get_json()["items"]
    [latest, _draft] = listed
    of_case = client.get(f"/api/v1/cases/{latest['case_id']}/papers", headers=handler).get_json()["items"]

    assert latest in of_case
    assert latest["number"] == "彭人调协〔2026〕2号"
    word = client.get(latest["files"]["docx"], headers=handler)
    assert Document(io.BytesIO(word.data)).paragraphs[0].text == "人民调解协议书"
    assert client.get(latest["files"]["pdf"], headers=handler).data.startswith(b"%PDF")
    assert client.get(latest["files"]["html"], headers=inspector).status_code == 403
    assert client.get(latest["files"]["html"], headers=signed_in(tmp_path, "handler", unit="other")).status_code == 404
    assert client.get(f"{latest['files']['html']}x", headers=handler).status_code == 400
    assert [look["what"] for look in room.told("reveal_logged.v1")] == [["mediation_agreement"]] * 2


def test_how_a_document_was_served_is_on_record_and_nothing_impossible_is(
    room: Room, client: FlaskClient, tmp_path: Path
) -> None:
    go(room, *TO_AGREEMENT)
    handler = signed_in(tmp_path, "handler")
    [latest, _draft] = client.get("/api/v1/papers?name=mediation_agreement", headers=handler).get_json()["items"]
    url = f"/api/v1/cases/{latest['case_id']}/papers/{latest['id']}/served"
    served = {"way": "in_person", "recipient": "居民甲", "at": room.now.isoformat(), "note": "本人签收"}

    for wrong, pointer in (
        ({**served, "at": "2999-01-01T00:00:00+08:00"}, "/at"),
        ({**served, "at": "2020-01-01T00:00:00+08:00"}, "/at"),
        ({**served, "way": "by_pigeon"}, "/way"),
    ):
        refused = client.post(url, headers=handler, json=wrong)
        assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, pointer)
    assert client.post(url, headers=handler, json=served).status_code == 201

    [row] = [row for row in rows(room) if row.id == latest["id"]]
    assert [(one["way"], one["recipient"], one["by_name"]) for one in row.served] == [
        ("in_person", "居民甲", "调解员甲")
    ]


def test_a_document_that_was_tampered_with_says_so(room: Room, client: FlaskClient, tmp_path: Path) -> None:
    go(room, *TO_AGREEMENT)
    table = room.blueprint.papers
    with room.database.write() as session:
        session.execute(update(table).where(table.c.version == 2).values(text="金额改为一元。"))

    handler = signed_in(tmp_path, "handler")
    listed = client.get("/api/v1/papers?name=mediation_agreement", headers=handler).get_json()["items"]

    assert [one["as_issued"] for one in listed] == [False, True]
    assert "与签发时不一致" in client.get(listed[0]["files"]["html"], headers=handler).get_data(as_text=True)
