"""One message to one channel, over loopback."""

from __future__ import annotations

import base64
import email
import hashlib
import hmac
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.intake.messages.channels import Message, NotDeliverableError, NotDeliveredError, deliver, signed
from services.intake.messages.notices import Channel
from tests.services.intake.outside_world import OLD_SECRET, SECRET, gateway, letter_box

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MESSAGE = Message(id="n-1", notice="dispatched", to="13800001111", text="【彭李街道】您的诉求已派单办理。")


def channel(kind: str, url: str, *secrets: str) -> Channel:
    return Channel(name="one", kind=kind, url=url, to=("resident",), secrets=secrets)


def verified(secret: str, headers: dict[str, str], body: bytes) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    assert node, "Node is needed to run the example of the docs"
    asked = json.dumps({"headers": headers, "body": body.decode()})
    command = [node, str(ROOT / "docs" / "examples" / "webhook" / "verify.mjs"), secret]
    return subprocess.run(command, input=asked, capture_output=True, text=True, check=False, timeout=30)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    # https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    body = b'{"test": 2432232314}'

    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", body, (SECRET,), datetime.fromtimestamp(1614265330, UTC))

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_is_posted_signed_with_its_id_and_the_example_of_the_docs_believes_it() -> None:
    now = datetime.now(UTC)
    with gateway() as outside:
        deliver(channel("webhook", outside.url, SECRET, OLD_SECRET), MESSAGE, now)

    [(headers, body)] = outside.got
    assert headers["webhook-id"] == "n-1"
    assert json.loads(body)["data"] == {"notice": "dispatched", "to": "13800001111", "text": MESSAGE.text}
    # While a secret is changed, both the new and the old one fit.
    for secret in (SECRET, OLD_SECRET):
        assert json.loads(verified(secret, headers, body).stdout)["data"]["to"] == "13800001111"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda headers, body: (headers, body.replace(b"1111", b"2222")), "the signature does not fit"),
        (lambda headers, body: ({**headers, "webhook-id": "n-2"}, body), "the signature does not fit"),
        (lambda headers, body: ({**headers, "webhook-timestamp": ""}, body), "a header is missing"),
    ],
)
def test_the_example_of_the_docs_refuses_what_was_changed(spoil: Any, why: str) -> None:
    body = b'{"data": {"to": "13800001111"}}'
    headers, body = spoil(signed("n-1", body, (SECRET,), datetime.now(UTC)), body)

    refused = verified(SECRET, headers, body)

    assert (refused.returncode, refused.stderr.strip()) == (1, why)


def test_the_example_of_the_docs_refuses_what_was_sent_long_ago() -> None:
    headers = signed("n-1", b"{}", (SECRET,), datetime.now(UTC) - timedelta(minutes=6))

    assert verified(SECRET, headers, b"{}").stderr.strip() == "too old, or a clock is wrong"


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500, 503])
def test_an_answer_that_is_no_success_is_told_and_may_be_tried_again(status: int) -> None:
    with gateway((status, b"http://169.254.169.254/")) as outside, pytest.raises(NotDeliveredError) as refused:
        deliver(channel("webhook", outside.url, SECRET), MESSAGE, NOW)

    assert not isinstance(refused.value, NotDeliverableError)
    assert str(refused.value).startswith(f"HTTP {status}")
    # A redirect is not followed.
    assert len(outside.got) == 1


def test_a_message_that_a_gateway_will_never_take_is_told_apart_and_no_number_stands_in_the_reason() -> None:
    with gateway((422, "号码 13800001111 无效".encode())) as outside, pytest.raises(NotDeliverableError) as refused:
        deliver(channel("webhook", outside.url, SECRET), MESSAGE, NOW)

    assert str(refused.value) == "HTTP 422 号码 138****1111 无效"


def test_a_gateway_that_is_away_is_told_without_its_address() -> None:
    with pytest.raises(NotDeliveredError) as refused:
        deliver(channel("webhook", "http://127.0.0.1:9/key-in-the-path", SECRET), MESSAGE, NOW)

    assert "key-in-the-path" not in str(refused.value)


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_a_robot_that_refuses_with_http_200_has_not_delivered(kind: str) -> None:
    refusal = b'{"errcode":310000,"errmsg":"keywords not in content"}'
    with gateway((200, refusal), (200, b'{"errcode":0,"errmsg":"ok"}'), (200, b"<html>")) as outside:
        robot = channel(kind, f"{outside.url}?key=k")
        with pytest.raises(NotDeliveredError, match="keywords not in content"):
            deliver(robot, MESSAGE, NOW)

        deliver(robot, MESSAGE, NOW)

        with pytest.raises(NotDeliveredError):
            deliver(robot, MESSAGE, NOW)
    assert json.loads(outside.got[1][1]) == {"msgtype": "text", "text": {"content": MESSAGE.text}}


def test_a_robot_of_dingtalk_is_signed() -> None:
    with gateway((200, b'{"errcode":0}')) as outside:
        deliver(channel("dingtalk", f"{outside.url}?access_token=t", "SEC000000000000"), MESSAGE, NOW)

    [query] = [parse_qs(urlsplit(path).query) for path in outside.paths]
    stamp = str(int(NOW.timestamp() * 1000))
    sign = hmac.new(b"SEC000000000000", f"{stamp}\nSEC000000000000".encode(), hashlib.sha256).digest()
    assert query == {"access_token": ["t"], "timestamp": [stamp], "sign": [base64.b64encode(sign).decode()]}


def test_an_e_mail_goes_out_through_the_library() -> None:
    with letter_box() as (port, letters):
        url = f"mailto://127.0.0.1:{port}?from=jiesu@street.example&to=leader@street.example&mode=insecure"
        deliver(channel("apprise", url), MESSAGE, NOW)

    [letter] = letters
    parsed = email.message_from_string(letter)
    body = next(part for part in parsed.walk() if part.get_content_maintype() == "text")
    assert parsed["To"].endswith("leader@street.example") or "leader@street.example" in parsed["To"]
    assert "您的诉求已派单办理" in bytes(body.get_payload(decode=True)).decode()


def test_a_letter_box_that_is_away_is_told() -> None:
    url = "mailto://127.0.0.1:9?from=jiesu@street.example&to=leader@street.example&mode=insecure"

    with pytest.raises(NotDeliveredError):
        deliver(channel("apprise", url), MESSAGE, NOW)


def test_the_number_of_a_resident_goes_into_the_address_of_a_gateway_that_the_library_speaks() -> None:
    with gateway() as outside:
        deliver(channel("apprise", outside.url.replace("http:", "json:") + "/{to}"), MESSAGE, NOW)

    assert outside.paths == ["/send/13800001111"]


def test_what_the_library_does_not_know_is_told() -> None:
    with pytest.raises(NotDeliveredError, match="apprise"):
        deliver(channel("apprise", "pigeon://roof"), MESSAGE, NOW)


GREEN = """
import sys, time
from datetime import UTC, datetime
import eventlet
eventlet.monkey_patch()
from services.intake.messages.channels import Message, NotDeliverableError, NotDeliveredError
from services.intake.messages.notices import Channel
from services.intake.messages.porter import Porter

url, silent = sys.argv[1:]
longest = 0.0
def tick():
    global longest
    before = time.monotonic()
    while True:
        eventlet.sleep(0.01)
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
eventlet.spawn(tick)
porter = Porter(patience=8)
def send(url):
    channel = Channel(name="c", kind="webhook", url=url, to=("resident",), secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",))
    try:
        porter.deliver(channel, Message(id="n", notice="n", to="1", text="t"), datetime.now(UTC))
    except NotDeliveredError as error:
        return type(error).__name__
    return "sent"
outcomes = [send(url), send(url)]
process = porter._process.pid
outcomes += [send(url), porter._process.pid == process]
porter._patience = 0.5
outcomes += [send(silent), porter._process]
porter._patience = 8
outcomes += [send(url)]
print(outcomes, longest < 0.5)
"""


def test_a_porter_keeps_a_worker_from_waiting_and_is_ended_when_it_takes_too_long() -> None:
    import socket  # noqa: PLC0415 - a server that never answers

    with gateway((200, b"{}"), (422, b""), (500, b"")) as outside, socket.create_server(("127.0.0.1", 0)) as silent:
        nobody = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        command = [sys.executable, "-W", "ignore", "-c", GREEN, outside.url, nobody]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    expected = ["sent", "NotDeliverableError", "NotDeliveredError", True, "NotDeliveredError", None, "sent"]
    assert done.stdout.strip() == f"{expected} True", done.stderr
