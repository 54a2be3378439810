"""The electronic file of an appeal, taken whole: what each service holds of it, checked and logged where it is held."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import requests
from PIL import Image

from tests.journeys.town import PLAIN

if TYPE_CHECKING:
    from tests.journeys.town import Appeal, Town

pytestmark = pytest.mark.timeout(400)

_PURPOSE = "年度归档检查"


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "JPEG")
    return out.getvalue()


def _with_photo(town: Town) -> Appeal:
    appeal = town.sent_to("mediation")
    sent = requests.post(
        f"{town.street.url}/intake/api/v1/appeals/{appeal.code}/attachments",
        files={"photos": ("楼道.jpg", _photo(), "image/jpeg")},
        timeout=30,
    )
    assert sent.status_code == 201, sent.text
    return appeal


def _taken(town: Town, appeal: Appeal, *roles: str, kind: str = "zip") -> requests.Response:
    token = town.street.token(*roles)
    case = town.case("feedback", appeal)
    return requests.post(
        f"{town.street.url}/feedback/api/v1/cases/{case['id']}/file",
        json={"kind": kind, "purpose": _PURPOSE},
        headers={"Authorization": f"Bearer {token}"},
        timeout=180,
    )


def _unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_a_leader_takes_the_whole_file_and_an_operator_what_is_his_with_the_rest_named(town: Town) -> None:
    appeal = _with_photo(town)
    town.handle("mediation", appeal)
    town.rate(appeal)
    town.await_case("feedback", appeal, "closed")
    issued = town.leader.get(f"/mediation/api/v1/cases/{town.case('mediation', appeal)['id']}/papers")["items"]

    whole = _taken(town, appeal, "leader")
    part = _taken(town, appeal, "operator")

    assert (whole.status_code, part.status_code) == (200, 200), (whole.text[:500], part.text[:500])
    parts = _unpacked(whole.content)
    manifest: dict[str, Any] = json.loads(parts["manifest.json"])
    assert (manifest["complete"], manifest["missing"]) == (True, [])
    assert manifest["sha256"] == {
        name: hashlib.sha256(content).hexdigest() for name, content in parts.items() if name != "manifest.json"
    }
    documents = [name for name in parts if name.startswith("mediation/documents/")]
    assert len(documents) == len(issued) > 3
    assert all(parts[name].startswith(b"%PDF-") for name in documents)
    [photo] = [content for name, content in parts.items() if name.startswith("intake/photos/")]
    with Image.open(io.BytesIO(photo)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (640, 480), {})
    records = {name: json.loads(parts[f"{name}/case.json"]) for name in ("intake", "routing", "mediation")}
    assert all(record["timeline"] for record in records.values())
    file = json.loads(parts["file.json"])
    assert [one["verified"] for one in file["signatures"]] == ["verified"]
    assert file["case"]["details"]["rated"]["result"] == 5

    lacking = json.loads(_unpacked(part.content)["manifest.json"])
    assert lacking["complete"] is False
    assert {one["service"] for one in lacking["missing"]} == {"mediation"}
    assert len(lacking["missing"]) == len(issued)
    assert all("只有办理本案的人员可以打开" in one["zh"] for one in lacking["missing"])
    assert "-%E4%B8%8D%E5%AE%8C%E6%95%B4.zip" in part.headers["Content-Disposition"]

    town.street.await_quiet()
    inspector = {"Authorization": f"Bearer {town.street.token('inspector')}"}
    looks = requests.get(f"{town.street.url}/portal/api/v1/reveals", headers=inspector, timeout=30).json()["items"]
    of_documents = [look for look in looks if look["service"] == "mediation" and look["purpose"].endswith(_PURPOSE)]
    assert len(of_documents) == len(issued)


def test_the_file_of_what_was_answered_on_the_spot_is_whole_without_a_mechanism(town: Town) -> None:
    appeal = town.report(PLAIN, by=town.operator, hold=True)
    town.await_case("routing", appeal, "held")
    reply, entry = "您好，办理时间为工作日九点至十七点。", {"entry": "mediation-free", "entry_version": 0}
    town.act(town.operator, "intake", appeal, "answered", reply=reply, **entry)
    town.await_case("feedback", appeal, "callback_due")

    taken = _taken(town, appeal, "inspector")

    assert taken.status_code == 200, taken.text[:500]
    manifest = json.loads(_unpacked(taken.content)["manifest.json"])
    assert (manifest["missing"], manifest["complete"]) == ([], True)
    assert {"intake/case.json", "routing/case.json"} <= {*manifest["sha256"]}
