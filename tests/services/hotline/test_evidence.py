"""What staff lay to a case: photos and papers, seen by those who work on it, and in the file; played by the hotline."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from chassis import evidence, moments, pictures
from chassis.access import Principal, sign_token
from chassis.testing import Room
from chassis.workflow import Role
from tests.services.hotline.conftest import Walk


def photo(colour: str = "teal") -> bytes:
    """Give a photo as a phone writes it: with who made it, and where."""
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8769)[0x9003] = "2026:11:20 10:30:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 22.0, 48.0), 3: "E", 4: (117.0, 58.0, 12.0)})
    out = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


class Desk:
    """One of the staff before the doors of a case."""

    def __init__(self, client: FlaskClient, room: Room, role: Role, unit: str = "*") -> None:
        who = Principal(
            id=f"a {role}",
            name="经办员甲",
            roles=frozenset({role}),
            services=frozenset({"hotline"}),
            units=frozenset({unit}),
        )
        keys = client.application.extensions["jiesu"].keys
        self.headers = {"Authorization": f"Bearer {sign_token(who, keys.signing(), moments.now())}"}
        self.client = client
        self.url = f"/api/v1/cases/{room.case('A1').id}/evidence"

    def lay(self, *photos: bytes, shows: str = "修复后的路灯", name: str = "灯13812345678.jpg") -> TestResponse:
        sent = {"shows": shows, "file": [(io.BytesIO(one), name) for one in photos]}
        return self.client.post(self.url, data=sent, headers=self.headers)

    def get(self, path: str = "", **headers: str) -> TestResponse:
        return self.client.get(path or self.url, headers={**self.headers, **headers})


@pytest.fixture
def handler(client: FlaskClient, room: Room, walk: Walk) -> Desk:
    walk("case_accepted")
    return Desk(client, room, Role.HANDLER)


def test_a_photo_is_kept_once_made_anew_and_stands_on_the_timeline_and_the_page(handler: Desk, room: Room) -> None:
    laid = handler.lay(photo(), photo(), photo("gold"))
    again = handler.lay(photo(), shows="同一张")

    assert (laid.status_code, again.status_code) == (201, 201)
    assert [one["shows"] for one in again.get_json()["items"]] == ["修复后的路灯"] * 2
    digests = [hashlib.sha256(one).hexdigest() for one in (photo(), photo("gold"))]
    assert [one["digest"] for one in again.get_json()["items"]] == digests
    assert [one["name"] for one in laid.get_json()["items"]] == ["灯138****5678.jpg"] * 2
    shown = laid.get_json()["items"][0]
    assert (shown["taken_at"], shown["position"]) == ("2026-11-20T10:30:00+08:00", "37.38000,117.97000")
    whole, small = (handler.get(shown[name].removeprefix("/hotline")) for name in ("href", "thumbnail"))
    assert (len(whole.data), whole.mimetype) == (shown["size"], "image/jpeg")
    assert dict(Image.open(io.BytesIO(whole.data)).getexif()) == {}
    assert max(Image.open(io.BytesIO(small.data)).size) == 360
    [entry] = [one for one in room.page("A1")["timeline"] if one["trigger"] == "material_added"]
    assert "修复后的路灯" in str(entry)
    page = handler.client.get(f"/cases/{room.case('A1').id}", headers={**handler.headers, "Accept": "text/html"}).text
    assert page.count(shown["thumbnail"]) == 1
    assert "案卷材料" in page


@pytest.mark.parametrize(
    ("files", "shows", "pointer"),
    [
        ((), "没有照片", "/photos"),
        ((b"no picture",), "不是照片", "/photos"),
        ((b"PK\x03\x04 a document",), "文档", "/photos"),
        (tuple(photo(f"#0000{n:02x}") for n in range(10)), "太多", "/photos"),
        ((photo(),), "", "/shows"),
    ],
    ids=["none", "no picture", "an office document", "too many", "nothing said"],
)
def test_what_can_not_be_taken_is_said_and_nothing_is_kept(
    handler: Desk, files: tuple[bytes, ...], shows: str, pointer: str
) -> None:
    refused = handler.lay(*files, shows=shows)

    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == pointer
    assert handler.get().get_json()["items"] == []


def test_a_case_takes_so_many(handler: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST", 2)
    handler.lay(photo(), photo("gold"))

    assert handler.lay(photo("red")).status_code == 422
    assert handler.lay(photo("gold")).status_code == 201
    assert len(handler.get().get_json()["items"]) == 2


def test_others_see_that_it_is_there_and_take_it_with_a_purpose_that_is_on_record(handler: Desk, room: Room) -> None:
    [shown] = handler.lay(photo()).get_json()["items"]
    at = shown["href"].removeprefix("/hotline")
    inspector, stranger, elsewhere = (
        Desk(handler.client, room, role, unit)
        for role, unit in ((Role.INSPECTOR, "*"), (Role.OPS, "*"), (Role.HANDLER, "another"))
    )

    assert len(inspector.get().get_json()["items"]) == 1
    assert [one.get(at).status_code for one in (inspector, stranger, elsewhere)] == [403, 403, 404]
    assert (stranger.lay(photo("red")).status_code, inspector.lay(photo("red")).status_code) == (403, 403)
    assert stranger.get(at, **{"X-Purpose": "look"}).status_code == 403
    reveals = room.blueprint.store.reveals
    with room.database.read() as session:
        assert session.execute(select(reveals)).all() == []

    assert inspector.get(f"{at}?size=small", **{"X-Purpose": "check"}).status_code == 403
    assert inspector.get(at, **{"X-Purpose": "check"}).status_code == 200
    handler.get(f"{at}?size=small")
    seen = handler.get(at)

    assert seen.headers["Cache-Control"] == "no-store"
    with room.database.read() as session:
        looks = [look.purpose for look in session.execute(select(reveals).order_by(reveals.c.at)).all()]
    assert sorted(looks) == ["查看材料《修复后的路灯》", "查看材料《修复后的路灯》：check"]
    assert [one["what"] for one in room.told("reveal_logged.v1")] == [["evidence"]] * 2


def test_what_it_shows_holds_no_number(handler: Desk, room: Room) -> None:
    [shown] = handler.lay(photo(), shows="居民甲13812345678的收条").get_json()["items"]

    assert shown["shows"] == "居民甲138****5678的收条"
    assert "13812345678" not in str(room.page("A1"))


def test_nothing_is_decoded_for_whoever_may_lay_nothing_to_it(
    handler: Desk, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "prepared", lambda *_: pytest.fail("decoded"))

    assert Desk(handler.client, room, Role.OPS).lay(photo()).status_code == 403
    assert Desk(handler.client, room, Role.HANDLER, "another").lay(photo()).status_code == 404


def test_whoever_has_the_case_no_more_lays_nothing_to_it(handler: Desk, room: Room, walk: Walk) -> None:
    walk("return_requested")
    room.hear(
        "routing.return_decided.v1", "A1", {"mechanism": "hotline", "granted": True, "final": False, "opinion": "同意"}
    )
    assert room.state("A1") == "returned"

    refused = handler.lay(photo())

    assert (refused.status_code, refused.get_json()["state"]) == (409, "returned")


def test_on_the_page_what_is_wrong_is_said_and_what_is_right_comes_back_to_the_case(handler: Desk, room: Room) -> None:
    path = f"/cases/{room.case('A1').id}"
    handler.client.set_cookie("jiesu_csrf", "token")

    def sent(**form: Any) -> TestResponse:
        headers = {**handler.headers, "Accept": "text/html"}
        return handler.client.post(f"{path}/evidence", data={"_csrf_token": "token", **form}, headers=headers)

    wrong = sent(shows="说明", file=(io.BytesIO(b"no picture"), "a.jpg"))
    assert (wrong.status_code, "不是完整的照片或者 PDF" in wrong.text) == (422, True)
    assert 'name="shows" value="说明"' in wrong.text
    right = sent(shows="说明", file=(io.BytesIO(photo()), "a.jpg"))
    assert (right.status_code, right.headers["Location"]) == (303, f"{path}?done=material_added#evidence")
    assert sent(_csrf_token="", shows="说明", file=(io.BytesIO(photo("red")), "a.jpg")).status_code == 403
