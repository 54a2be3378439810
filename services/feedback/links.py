"""Links by which a resident rates without the tracking code: signed, for one round of one callback, for some weeks.

A link holds the case, the round and its end, and a signature (HMAC-SHA-256) with a secret that only this service has,
derived from its private key. So nobody can guess or change one, none is stored, and it is of no use for anything else.
It rates once, because a round is rated once.

    path, ends_at = links.path_to(keys, case, now)   /feedback/r/<token>
    found = links.read(keys, token, now)             raises LinkError: forged or over
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from itsdangerous import BadData, URLSafeSerializer

from chassis import settings
from chassis.keys import KeyFolder
from chassis.sealing import seal
from services.feedback.calls import manners
from services.feedback.facts import CallbackDue

if TYPE_CHECKING:
    from chassis.work import Work
    from services.feedback.models import Case

_SERVICE: Final = "feedback"
_USE: Final = b"jiesu feedback rating link"
#: Nobody makes a longer one.
_LONGEST: Final = 300


class LinkError(Exception):
    """A link that nobody here has made."""

    status = 404
    zh = "评价链接无效，请核对短信中的完整链接，或凭查询码评价"
    en = "This link is not valid: check that it is complete, or rate with your tracking code"


class LinkOverError(LinkError):
    """A link whose time is over."""

    status = 410
    zh = "评价链接已过期，请凭查询码评价，或致电街道"
    en = "This link has expired: rate with your tracking code, or call the subdistrict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link stands for."""

    case_id: str
    round: int
    ends_at: datetime


def path_to(keys: KeyFolder, case: Case, now: datetime) -> tuple[str, datetime]:
    """Return the path on this site by which a resident rates the round that a case is in, and until when it holds.

    Whoever sends it to the resident puts the site's address before it; it must reach nobody else. Raises KeysError where
    the service's private key is not at hand.
    """
    ends_at = now + manners().link
    token = _signer(keys).dumps([case.id, int(case.details.get("round", 1)), int(ends_at.timestamp())])
    return f"/{_SERVICE}/r/{token}", ends_at


def ask(work: Work, case: Case) -> None:
    """Have the resident asked, by the link of this round; it is told sealed to intake, which writes to him."""
    keys = _keys(os.environ.get("JIESU_KEYS_DIR", ""), os.environ.get("JIESU_DATA", ""))
    path, _ends_at = path_to(keys, case, work.now)
    link = seal({"path": path}, keys.public("intake"))
    told = CallbackDue(mechanism=case.mechanism, round=case.details["round"], link=link, at=work.now)
    work.tell(told, case.subject)


@cache
def _keys(_folder: str, _data: str) -> KeyFolder:
    """Return the key folder of this process's settings."""
    return KeyFolder(settings.load().keys)


def read(keys: KeyFolder, token: str, now: datetime) -> Link:
    """Return what a link stands for, or raise LinkError."""
    if len(token) > _LONGEST:
        raise LinkError
    try:
        case_id, number, ends = _signer(keys).loads(token)
    except BadData:
        raise LinkError from None
    link = Link(case_id=case_id, round=number, ends_at=datetime.fromtimestamp(ends, UTC))
    if now >= link.ends_at:
        raise LinkOverError
    return link


def _signer(keys: KeyFolder) -> URLSafeSerializer:
    """Sign with the newest key, and know what the older ones signed; itsdangerous wants the newest last."""
    private: list[dict[str, Any]] = [dict(key.as_dict(private=True)) for key in keys.private(_SERVICE)]
    secrets = [hmac.digest(str(key["d"]).encode(), _USE, "sha256") for key in reversed(private)]
    return URLSafeSerializer(secrets, signer_kwargs={"key_derivation": "none", "digest_method": hashlib.sha256})
