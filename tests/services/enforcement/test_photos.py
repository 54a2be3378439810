"""A form chooses its photos among those that were laid to the case, and no hash stands for one that nobody has."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from marshmallow import ValidationError
from PIL import Image

from services.enforcement import schemas
from services.enforcement.workflow import ENFORCEMENT
from tests.services.enforcement.test_agenda import app, client, headers
from tests.services.enforcement.test_service import form_of, room, take

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from chassis.testing import Room

__all__ = ["app", "client", "headers", "room"]


def lay(client: FlaskClient, headers: dict[str, str], room: Room, shows: str, colour: str) -> str:
    """Lay a photo to the case; return its digest."""
    out = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(out, "JPEG")
    sent = {"shows": shows, "file": (io.BytesIO(out.getvalue()), "photo.jpg")}
    answer = client.post(f"/api/v1/cases/{room.case('A1').id}/evidence", data=sent, headers=headers)
    assert answer.status_code == 201
    return hashlib.sha256(out.getvalue()).hexdigest()


def recheck(room: Room, photo: str) -> dict[str, Any]:
    row = {"kind": "cleared", "done": True, "verified_by": "执法员甲", "photo_sha256": photo}
    return form_of(ENFORCEMENT.step("correction_due", "found_corrected"), room, results=[row])


@pytest.fixture
def ordered(room: Room) -> Room:
    take(room, "inspected")
    take(room, "correction_ordered")
    return room


def test_a_recheck_names_a_photo_that_was_laid_to_the_case_and_no_other(
    ordered: Room, client: FlaskClient, headers: dict[str, str]
) -> None:
    photo = lay(client, headers, ordered, "店外已清理", "teal")
    at = f"/api/v1/cases/{ordered.case('A1').id}/actions/found_corrected"

    refused = client.post(at, json={"form": recheck(ordered, "a" * 64)}, headers=headers)
    taken = client.post(at, json={"form": recheck(ordered, photo)}, headers=headers)

    assert refused.status_code == 422
    [error] = refused.get_json()["errors"]
    assert error["pointer"] == "/results/0/photo_sha256"
    assert "案卷材料中没有这张照片" in error["zh"]
    assert taken.status_code == 200, taken.get_data(as_text=True)
    assert ordered.case("A1").details["found_corrected"]["results"][0]["photo_sha256"] == photo


def test_the_page_lets_one_choose_by_what_the_photos_show(
    ordered: Room, client: FlaskClient, headers: dict[str, str]
) -> None:
    seen = {**headers, "Accept": "text/html"}
    at = f"/cases/{ordered.case('A1').id}"
    assert "请先在本页“案卷材料”中添加照片" in client.get(at, headers=seen).text

    photo = lay(client, headers, ordered, "店外已清理", "teal")

    page = client.get(at, headers=seen).text
    assert f'<option value="{photo}">1. 店外已清理（处办员甲 ' in page
    assert "请先在本页“案卷材料”中添加照片" not in page


def test_a_hash_is_written_for_a_recording_that_is_kept_elsewhere_and_for_nothing_else() -> None:
    form = schemas.Evidence()

    kept = form.load({"kind": "audio_video", "title": "现场检查录像", "sha256": "a" * 64})

    assert kept["sha256"] == "a" * 64
    with pytest.raises(ValidationError, match="案卷材料"):
        form.load({"kind": "document", "title": "营业执照", "sha256": "a" * 64})


def test_what_is_laid_to_a_case_is_told_apart_from_evidence_that_was_put_on_record(
    room: Room, client: FlaskClient, headers: dict[str, str]
) -> None:
    for trigger in ("inspected", "filed", "evidence_added"):
        take(room, trigger)

    lay(client, headers, room, "营业执照扫描件", "gold")

    said = [entry["label"] for entry in room.page("A1")["timeline"]]
    assert said[-2:] == ["补充证据", "添加案卷材料"]


def test_the_officers_of_the_last_record_stand_in_the_next_form(
    ordered: Room, client: FlaskClient, headers: dict[str, str]
) -> None:
    page = client.get(f"/cases/{ordered.case('A1').id}", headers={**headers, "Accept": "text/html"}).text

    [form] = [part for part in page.split("<form") if "/actions/found_corrected" in part.partition(">")[0]]
    for part in ('value="执法员甲"', 'value="鲁M-0002"', 'value="2099-12-31"'):
        assert part in form, part
    assert 'name="officers-1-name"' in form
