"""The scanner hook, against a real clamd."""

from __future__ import annotations

import io
import socketserver
import struct
import threading
from typing import TYPE_CHECKING, TypeAlias

import pytest
from PIL import Image

from chassis import settings
from chassis.settings import SettingError
from services.intake.web import create_app
from tests.nodes.clamd import Clamd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask

    from chassis.keys import KeyFolder

MakeApp: TypeAlias = "Callable[[str], Flask]"
URL = "/api/v1/appeals"
HARM = b"made-up-harm"


class Mute(socketserver.StreamRequestHandler):
    """Takes a file and says nothing to it, as a scanner does that dies over it."""

    def handle(self) -> None:
        self.rfile.read(10)
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            self.rfile.read(size)


@pytest.fixture(scope="module")
def clamd() -> Iterator[Clamd]:
    """Give a scanner that finds HARM harmful."""
    with Clamd(HARM) as scanner:
        yield scanner


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[str]:
    """Give the address of a scanner that says nothing."""
    path = tmp_path / "mute.ctl"
    with socketserver.ThreadingUnixStreamServer(str(path), Mute) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"unix://{path}"
        server.shutdown()


@pytest.fixture
def folder_app(tmp_path: Path, folder: KeyFolder) -> Iterator[MakeApp]:
    """Give what makes an app with a scanner's address."""
    del folder
    made: list[Flask] = []

    def make(scanner: str) -> Flask:
        app = create_app(settings.load({"JIESU_DATA": str(tmp_path), "JIESU_SCANNER": scanner}))
        door = app.extensions["jiesu"]
        door.blueprint.metadata.create_all(door.database.engine)
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["jiesu"].database.close()


def photo() -> bytes:
    """Make a picture."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG")
    return out.getvalue()


def upload(app: Flask, content: bytes) -> tuple[int, str]:
    """Report something, then send a picture; return the answer's status and text."""
    client = app.test_client()
    code = client.post(URL, json={"text": "路灯不亮"}).get_json()["tracking_code"]
    answer = client.post(
        f"{URL}/{code}/attachments",
        data={"file": [(io.BytesIO(content), "a.jpg")]},
        content_type="multipart/form-data",
    )
    assert client.get(f"{URL}/{code}").status_code == 200
    return answer.status_code, answer.get_data(as_text=True)


def test_a_clean_picture_passes_and_a_harmful_file_is_refused_before_it_is_read(
    clamd: Clamd, folder_app: MakeApp
) -> None:
    app = folder_app(clamd.url)

    assert upload(app, photo())[0] == 201
    status, said = upload(app, photo() + HARM)
    assert status == 422
    assert "有害" in said
    # What is no picture at all is looked at as well.
    assert upload(app, b"\xff\xd8" + HARM) == (status, said)


def test_a_scanner_that_does_not_answer_lets_nothing_pass(mute: str, tmp_path: Path, folder_app: MakeApp) -> None:
    assert upload(folder_app(mute), photo())[0] == 503
    assert upload(folder_app(f"unix://{tmp_path}/nobody"), photo())[0] == 503
    assert upload(folder_app("tcp://127.0.0.1:9"), photo())[0] == 503


def test_a_scanner_that_was_away_is_asked_again(clamd: Clamd, folder_app: MakeApp) -> None:
    app = folder_app(clamd.url)
    clamd.stop()
    assert upload(app, photo())[0] == 503

    clamd.start()

    assert upload(app, photo())[0] == 201


@pytest.mark.parametrize("address", ["clamd", "unix://", "tcp://host", "http://host:1", "tcp://host:x"])
def test_an_address_that_is_none_is_refused_at_start(address: str) -> None:
    with pytest.raises(SettingError, match="JIESU_SCANNER"):
        settings.load({"JIESU_SCANNER": address})
