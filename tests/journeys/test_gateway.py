"""The shipped gateway, under a real nginx, in front of the whole platform."""

from __future__ import annotations

import http.client
import io
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from PIL import Image

from chassis import catalogue
from tests.nodes.nginx import Nginx
from tests.nodes.street import Embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(400)

APPEALS = "/intake/api/v1/appeals"
MOST_POSTS = 5


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """Give a platform that believes its gateway, and lets one address post a few times a minute only."""
    settings = {"JIESU_TRUSTED_PROXY": "127.0.0.1", "JIESU_POSTS_PER_MINUTE": str(MOST_POSTS)}
    with Embedded(tmp_path_factory.mktemp("behind"), **settings) as street:
        yield street


@pytest.fixture(scope="module")
def gateway(street: Embedded) -> Iterator[Nginx]:
    """Give the gateway before it."""
    with Nginx(street.port) as gateway:
        yield gateway


def asked(
    port: int, method: str, path: str, body: bytes | None = None, *, of: str = "127.0.0.1", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Ask as a visitor who has an address of his own; return status, headers and body."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(of, 0))
    try:
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        line.close()


def reported(port: int, of: str, **headers: str) -> int:
    """Report something; return the status of the answer."""
    body = json.dumps({"text": "黄河八路路灯不亮"}).encode()
    return asked(port, "POST", APPEALS, body, of=of, Content_Type="application/json", **headers)[0]


@pytest.mark.parametrize("service", [name for name in catalogue.names() if catalogue.web(name)])
def test_each_service_is_reached_by_its_name(gateway: Nginx, service: str) -> None:
    status, _, body = asked(gateway.port, "GET", f"/{service}/healthz")

    assert (status, json.loads(body)["service"]) == (200, service)


def test_the_front_page_and_what_is_nowhere_are_the_portals(gateway: Nginx) -> None:
    status, headers, _ = asked(gateway.port, "GET", "/")
    assert (status, headers["Location"]) == (302, "/portal/")

    status, _, body = asked(gateway.port, "GET", "/nowhere", Accept="text/html")
    assert status == 404
    assert "没有这个地址" in body.decode()


def test_the_figures_are_for_ops_inside(gateway: Nginx, street: Embedded) -> None:
    assert asked(street.port, "GET", "/intake/metrics")[0] == 200

    for path in ("/metrics", "/intake/metrics", "/intake//metrics", "/intake/%6Detrics", "/intake/x/../metrics"):
        assert asked(gateway.port, "GET", path)[0] == 404, path


def test_visitors_are_counted_by_their_own_addresses_whatever_they_say(gateway: Nginx) -> None:
    said = [reported(gateway.port, "127.0.0.71", X_Forwarded_For=f"10.0.0.{n}") for n in range(MOST_POSTS + 1)]

    assert said == [201] * MOST_POSTS + [429]
    assert reported(gateway.port, "127.0.9.72") == 201


def test_a_large_picture_passes_and_what_is_too_large_is_refused(gateway: Nginx) -> None:
    picture = io.BytesIO()
    Image.effect_noise((3000, 2400), 90).convert("RGB").save(picture, "JPEG", quality=92)
    assert len(picture.getvalue()) > 4_000_000
    body = json.dumps({"text": "路口的树倒了"}).encode()
    status, _, answer = asked(gateway.port, "POST", APPEALS, body, of="127.0.8.1", Content_Type="application/json")
    assert status == 201
    kept = f"{APPEALS}/{json.loads(answer)['tracking_code']}/attachments"
    border = "a-made-up-border"
    head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    sent = head.encode() + picture.getvalue() + f"\r\n--{border}--\r\n".encode()
    kind = f"multipart/form-data; boundary={border}"

    assert asked(gateway.port, "POST", kept, sent, of="127.0.8.2", Content_Type=kind)[0] == 201
    assert asked(gateway.port, "POST", kept, b"x" * (65 * 1024**2), of="127.0.8.3", Content_Type=kind)[0] == 413


def test_who_must_sign_in_is_led_there_under_the_address_that_he_came_by(gateway: Nginx) -> None:
    status, headers, _ = asked(gateway.port, "GET", "/wage_recovery/cases?state=accepted", Accept="text/html")

    assert status == 303
    there = urlencode({"next": "/wage_recovery/cases?state=accepted"})
    assert headers["Location"] in (f"/portal/sign-in?{there}", f"{gateway.url}/portal/sign-in?{there}")
