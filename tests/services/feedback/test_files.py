"""The electronic file of an appeal, as people read it and as programs do."""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from chassis import moments
from chassis.codes import id_of
from chassis.testing import Room
from chassis.workflow import Role
from tests.services.feedback.conftest import BAD, CONCLUDED, GOOD
from tests.services.feedback.test_calling import HTML, bearer, posted


@pytest.fixture
def archived(app: Flask, room: Room, concluded: str) -> str:
    """Give the case of an appeal that went through two rounds into the archive."""
    subject = id_of(concluded)
    for marks in (BAD, GOOD):
        app.test_client().post(f"/api/v1/appeals/{concluded}/rating", json=marks)
        room.now = moments.now()
        room.run("draw_consequences")
        if marks is BAD:
            room.hear("mediation.case_concluded.v1", subject, {**CONCLUDED, "reply": "已再次调解。"})
    room.pass_time(timedelta(days=31))
    assert room.state(subject) == "archived"
    return str(room.case(subject).id)


def taken(app: Flask, case_id: str, *roles: str, units: tuple[str, ...] = ("*",), **body: str) -> Any:
    headers = bearer(app, *(roles or ("leader",)), units=units)
    wanted = {"kind": "zip", "purpose": "归档检查", **body}
    return app.test_client().post(f"/api/v1/cases/{case_id}/file", json=wanted, headers=headers)


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_the_zip_holds_both_rounds_the_handling_and_the_hash_of_each_part(
    app: Flask, room: Room, archived: str
) -> None:
    answer = taken(app, archived)

    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    parts = unpacked(answer.data)
    manifest, file = json.loads(parts["manifest.json"]), json.loads(parts["file.json"])
    named = ("file.html", "file.json", "file.pdf")
    assert manifest["sha256"] == {name: hashlib.sha256(parts[name]).hexdigest() for name in named}
    assert (manifest["taken"]["by"], manifest["taken"]["purpose"]) == ("operator-1", "归档检查")
    triggers = [entry["trigger"] for entry in file["case"]["timeline"]]
    assert (triggers.count("rated"), triggers[-1]) == (2, "archived")
    assert [one["what"] for one in file["handling"]] == ["concluded", "concluded"]
    [told] = room.told("appeal_archived.v1")
    assert file["archived_as"] == told["digest"] == file["hashes"][-2]
    assert (file["unedited"], file["digest"]) == (True, file["hashes"][-1])
    assert parts["file.pdf"].startswith(b"%PDF-")


def test_the_record_of_a_callback_goes_into_the_file_that_is_taken(app: Flask, room: Room, concluded: str) -> None:
    subject = id_of(concluded)
    room.now = moments.now()
    room.act(subject, "rated", GOOD, role=Role.OPERATOR, person="operator-1")

    parts = unpacked(taken(app, str(room.case(subject).id)).data)

    [record] = [name for name in parts if name.startswith("feedback/documents/")]
    assert record.endswith("回访记录-1.pdf")
    assert parts[record].startswith(b"%PDF-")
    listed = [one for one in json.loads(parts["file.json"])["enclosed"] if one["service"] == "feedback"]
    assert [(one["title"][:4], one["remark"]) for one in listed] == [("回访记录", "")]


def test_what_proves_an_exclusion_goes_into_the_file_that_is_taken(app: Flask, room: Room, concluded: str) -> None:
    case_id = str(room.case(id_of(concluded)).id)
    photo = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(photo, "JPEG")
    photo.seek(0)
    sent = {"shows": "现场核查照片", "file": (photo, "a.jpg")}
    desk, reviewer = (bearer(app, role, units=("*",)) for role in ("desk", "reviewer"))
    laid = app.test_client().post(f"/api/v1/cases/{case_id}/evidence", data=sent, headers=desk)
    assert laid.status_code == 201
    own = laid.get_json()["items"][0]["href"].removeprefix("/feedback")
    assert app.test_client().get(own, headers=reviewer).status_code == 200

    parts = unpacked(taken(app, case_id).data)

    assert parts["feedback/material/case-01-现场核查照片.jpg"].startswith(b"\xff\xd8")
    listed = [one for one in json.loads(parts["file.json"])["enclosed"] if one["kind"] == "evidence"]
    assert [(one["service"], one["title"]) for one in listed] == [("feedback", "现场核查照片")]


def test_the_pdf_embeds_its_chinese_letters(app: Flask, archived: str) -> None:
    answer = taken(app, archived, kind="pdf")

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    streams = re.findall(rb"stream\r?\n(.*?)endstream", answer.data, re.DOTALL)
    letters = b"".join(_opened(stream) for stream in streams)
    assert re.search(rb"/FontFile[23]? ", letters)
    # The map from glyphs to letters, by which text can be searched and copied, has 档 and 案 of the title.
    assert all(f"<{ord(letter):04X}>".encode() in letters.upper() for letter in "档案")


def test_the_longest_letter_is_typeset_within_its_time(app: Flask, room: Room, concluded: str) -> None:
    long = "小区道路破损多年，雨天积水，老人和孩子出行困难，多次反映没有结果。" * 600
    room.hear(
        "routing.appeal_dispatched.v1",
        id_of(concluded),
        {"mechanism": "mediation", "title": "道路破损", "text": long, "lead_unit": "mediation_committee", "clocks": []},
    )

    answer = taken(app, str(room.case(id_of(concluded)).id), kind="pdf")

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")


def _opened(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream


def test_who_takes_a_file_is_on_record_and_told_with_the_purpose_and_nobody_takes_it_without(
    app: Flask, room: Room, archived: str
) -> None:
    for refused, pointer in (
        (taken(app, archived, purpose=" "), "/purpose"),
        (taken(app, archived, kind="doc"), "/kind"),
        (taken(app, archived, format="pdf"), "/format"),
    ):
        assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, pointer)
    assert room.told("reveal_logged.v1") == []

    taken(app, archived, kind="pdf", purpose="应诉求人申请查阅 13800000000")

    [told] = room.told("reveal_logged.v1")
    assert (told["what"], told["by"], told["case_id"]) == (["file"], "operator-1", archived)
    assert "13800000000" not in told["purpose"]


@pytest.mark.parametrize(
    ("roles", "units", "status"),
    [
        (("handler",), ("*",), 403),
        (("inspector",), ("*",), 200),
        (("operator",), ("fire_office",), 404),
        (("operator",), ("mediation_committee",), 200),
    ],
)
def test_a_file_is_for_those_who_may_see_the_case_and_have_the_role(
    app: Flask, archived: str, roles: tuple[str, ...], units: tuple[str, ...], status: int
) -> None:
    assert taken(app, archived, *roles, units=units).status_code == status


def test_what_was_sealed_is_in_no_file(app: Flask, room: Room, archived: str) -> None:
    subject = room.blueprint.case
    with room.database.write() as session:
        case = session.get_one(subject, archived)
        case.details = {**case.details, "sealed": "a-sealed-value"}

    content = unpacked(taken(app, archived).data)

    assert b"a-sealed-value" not in content["file.json"]


def test_a_timeline_that_somebody_has_edited_says_so(app: Flask, room: Room, archived: str) -> None:
    table = room.blueprint.store.timeline
    with room.database.write() as session:
        session.execute(table.update().where(table.c.trigger == "rated").values(actor_name="别人"))

    page = app.test_client().get(f"/cases/{archived}/file", headers={**HTML, **bearer(app, "inspector")})

    assert "记录与校验码不符" in page.text
    assert json.loads(unpacked(taken(app, archived).data)["file.json"])["unedited"] is False


def test_the_file_page_asks_what_for_and_leads_to_the_other_services(app: Flask, room: Room, archived: str) -> None:
    client = app.test_client()
    assert client.get(f"/cases/{archived}/file", headers=HTML).headers["Location"].startswith("/portal/sign-in?next=")

    page = client.get(f"/cases/{archived}/file", headers={**HTML, **bearer(app, "leader", services=("*",))})

    assert page.status_code == 200
    subject = room.case(id_of("7K3M-9QXW-2RTB")).subject
    assert [f"/{name}/cases?subject={subject}" in page.text for name in ("intake", "routing", "mediation")] == [
        True
    ] * 3
    assert posted(app, f"/cases/{archived}/file", kind="pdf", purpose="检查").status_code == 401


def test_the_file_page_leads_nobody_into_services_that_are_not_his(app: Flask, archived: str) -> None:
    headers = {**HTML, **bearer(app, "leader", services=("feedback", "intake"))}

    page = app.test_client().get(f"/cases/{archived}/file", headers=headers).text

    assert "/intake/cases?subject=" in page
    assert "/routing/cases?subject=" not in page
    assert "台账派单" in page


def test_where_no_pdf_can_be_made_it_says_so_and_the_zip_is_there_all_the_same(
    app: Flask, room: Room, archived: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # What lends its process to WeasyPrint is no Python here, as on a server that lacks Pango.
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'cannot load library libpango' >&2\nexit 1\n")
    broken.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(broken))

    refused = taken(app, archived, kind="pdf")
    answer = taken(app, archived)

    assert (refused.status_code, "ZIP" in refused.get_json()["detail"]) == (503, True)
    assert len(room.told("reveal_logged.v1")) == 1
    parts = unpacked(answer.data)
    assert sorted(parts) == ["file.html", "file.json", "manifest.json"]
    assert "电子档案" in parts["file.html"].decode()
