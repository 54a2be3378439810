"""The ways out: one message to one channel, delivered or not, and why not.

`webhook` posts JSON, signed as Standard Webhooks say (https://www.standardwebhooks.com); `wecom` and `dingtalk` are the
robots of groups, whose refusals come as HTTP 200; everything else (e-mail, Feishu, Lark, gateways for SMS, and more)
is spoken by apprise (https://github.com/caronc/apprise). Whoever calls from a worker does so in a thread of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import orjson

from chassis.masking import redact
from chassis.wire import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from services.intake.messages.notices import Channel

#: Seconds to connect, and to wait for each part of an answer.
_PATIENCE: Final = (5.0, 10.0)
_LONGEST_ANSWER: Final = 4096
_LONGEST_REASON: Final = 300
#: Answers that say of this one message that it will never do: it is not tried again, and the channel is well.
_FOR_GOOD: Final = frozenset({400, 413, 422})


class NotDeliveredError(Exception):
    """A channel that did not take a message; it may later. The message says why, without numbers of persons."""


class NotDeliverableError(NotDeliveredError):
    """A message that the channel will never take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is delivered: `id` is the same however often it is tried; `to` is a phone number, or whom of staff."""

    id: str
    notice: str
    to: str
    text: str


def deliver(channel: Channel, message: Message, now: datetime) -> None:
    """Bring a message to its channel. Raises NotDeliveredError."""
    if channel.kind == "webhook":
        _webhook(channel, message, now)
    elif channel.kind == "wecom":
        _robot(channel.url, message)
    elif channel.kind == "dingtalk":
        _robot(dingtalk_url(channel, now), message)
    else:
        _apprise(channel, message)


def signed(message_id: str, body: bytes, secrets: tuple[str, ...], now: datetime) -> dict[str, str]:
    """Return the headers that prove who sent a body and when: one signature for each secret, the new and the old."""
    stamp = str(int(now.timestamp()))
    signatures = []
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.new(key, b".".join((message_id.encode(), stamp.encode(), body)), hashlib.sha256).digest()
        signatures.append(f"v1,{base64.b64encode(digest).decode()}")
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": " ".join(signatures)}


def dingtalk_url(channel: Channel, now: datetime) -> str:
    """Return the address of a DingTalk robot, signed where it has a secret.

    https://open.dingtalk.com/document/robots/customize-robot-security-settings
    """
    if not channel.secrets:
        return channel.url
    stamp, secret = str(int(now.timestamp() * 1000)), channel.secrets[0]
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"{channel.url}&{urlencode({'timestamp': stamp, 'sign': base64.b64encode(digest).decode()})}"


def _webhook(channel: Channel, message: Message, now: datetime) -> None:
    told = {"notice": message.notice, "to": message.to, "text": message.text}
    body = dumps({"type": "jiesu.notice", "timestamp": now, "data": told})
    _post(channel.url, body, signed(message.id, body, channel.secrets, now))


def _robot(url: str, message: Message) -> None:
    answer = _post(url, dumps({"msgtype": "text", "text": {"content": message.text}}), {})
    try:
        code = orjson.loads(answer).get("errcode")
    except (orjson.JSONDecodeError, AttributeError):
        code = None
    if code != 0:
        raise NotDeliveredError(_said(f"机器人拒收 / the robot refuses: {answer.decode(errors='replace')}"))


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Post JSON; return the beginning of the answer. No redirect is followed: it would lead where ops named nothing."""
    # Here, not above: web processes and workers read this module and post nothing.
    import requests  # noqa: PLC0415

    try:
        with requests.post(
            url,
            data=body,
            headers={"content-type": "application/json", "user-agent": "jiesu", **headers},
            timeout=_PATIENCE,
            allow_redirects=False,
            stream=True,
        ) as response:
            answer = response.raw.read(_LONGEST_ANSWER, decode_content=True) or b""
            status = response.status_code
    except (requests.RequestException, OSError) as error:
        # An exception's text may hold the address, and the address a key.
        raise NotDeliveredError(f"连接失败 / no connection: {type(error).__name__}") from None
    if status in _FOR_GOOD:
        raise NotDeliverableError(_said(f"HTTP {status} {answer.decode(errors='replace')}"))
    if not 200 <= status < 300:  # noqa: PLR2004 - HTTP's classes
        raise NotDeliveredError(_said(f"HTTP {status} {answer.decode(errors='replace')}"))
    return bytes(answer)


def _apprise(channel: Channel, message: Message) -> None:
    # It takes 0.2 s and 30 MB; who has no such channel pays neither.
    import apprise  # noqa: PLC0415

    asset = apprise.AppriseAsset(app_id="Jiesu", app_desc="接诉即办", http_redirects=False, storage_mode="memory")
    plugin: Any = apprise.Apprise.instantiate(channel.url.replace("{to}", quote(message.to, safe="")), asset=asset)
    if plugin is None:
        raise NotDeliveredError("apprise 不识别该 url / apprise does not know this url")
    with apprise.LogCapture(level=logging.WARNING) as captured:  # type: ignore[no-untyped-call]
        taken = plugin.notify(body=message.text, title="接诉即办")
        said = captured.getvalue() if not taken else ""
    if not taken:
        raise NotDeliveredError(_said(said.strip().rpartition(" - ")[2] or "apprise: not delivered"))


def _said(reason: str) -> str:
    return redact(" ".join(reason.split())).text[:_LONGEST_REASON]
