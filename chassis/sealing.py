"""Sealed letters: what only one service may read, and how a sealed value is found again.

A sealed value is a compact JWE (RFC 7516): ECDH-ES with X25519 (RFC 8037), A256GCM. Each seal
uses a key of its own that nobody keeps, so even the sender can't open it again.
Sealing hides; it doesn't prove who sealed. Who told a fact is proved by the broker's user.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import InvalidKeyIdError
from joserfc.jwe import JWERegistry
from joserfc.jwk import Key, KeySet

_ALGORITHMS: Final = ("ECDH-ES", "A256GCM")
_CONTENT: Final = "json"
# base64url and the tag take a third more than this of joserfc's 64 KB.
LONGEST_SEALED: Final = 48_000

_SEPARATORS: Final = re.compile(r"[\s\-‐-―_.()\[\]·/]+")
_CHINESE_MOBILE: Final = re.compile(r"(?:\+?86|0086)(1\d{10})")


class SealError(Exception):
    """Raised when something can't be sealed or opened; its subclasses say why."""

    zh = "封装数据无法处理。"
    en = "The sealed value can't be processed."

    def __init__(self) -> None:
        """Say it in both languages."""
        super().__init__(f"{self.zh} / {self.en}")


class TooLongToSealError(SealError):
    """Raised when there is more to seal than 48,000 bytes."""

    zh = f"封装内容超过 {LONGEST_SEALED} 字节，请缩短后再提交。"
    en = f"There is more to seal than {LONGEST_SEALED} bytes. Please shorten it."


class NotForUsError(SealError):
    """Raised when none of our keys opens it: it was sealed to somebody else, or the key is gone."""

    zh = "该数据未封装给本服务，或对应密钥已停用，无法打开。"
    en = "The value wasn't sealed to this service, or its key is retired."


class BrokenSealError(SealError):
    """Raised when it was changed on the way, or isn't a sealed value at all."""

    zh = "封装数据已损坏或被改动，无法打开。"
    en = "The sealed value is damaged or was changed."


def seal(data: Mapping[str, Any], public_key: Key | KeySet) -> str:
    """Seal a JSON object to whoever holds the private half; raises TooLongToSealError."""
    key = public_key.keys[0] if isinstance(public_key, KeySet) else public_key
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    if len(content) > LONGEST_SEALED:
        raise TooLongToSealError
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": _CONTENT, "kid": key.kid}
    return jwe.encrypt_compact(header, content, key, registry=_registry())


def unseal(token: str, private_keys: KeySet) -> dict[str, Any]:
    """Open what was sealed to one of these keys; raises NotForUsError or BrokenSealError."""
    try:
        opened = jwe.decrypt_compact(token.encode("ascii"), private_keys, registry=_registry())
        data = json.loads(opened.plaintext or b"")
    except InvalidKeyIdError as error:
        raise NotForUsError from error
    except Exception as error:  # strangers' bytes: whatever a library trips over, it's no seal
        raise BrokenSealError from error
    if not isinstance(data, dict):
        raise BrokenSealError
    return data


def lookup_hash(value: str, key: bytes) -> str:
    """Hash a value so that the same one is found again, and nobody without the key can guess it.

    HMAC-SHA-256 (RFC 2104) over the value without its spelling: a phone number written with
    spaces, hyphens, full-width digits or +86 gives the same 64 hexadecimal digits.
    """
    return hmac.new(key, without_spelling(value).encode(), hashlib.sha256).hexdigest()


def without_spelling(value: str) -> str:
    """Reduce a phone, identity or card number to the characters that count."""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", value)).upper()
    mobile = _CHINESE_MOBILE.fullmatch(plain)
    return mobile[1] if mobile else plain


def _registry() -> JWERegistry:
    return JWERegistry(algorithms=list(_ALGORITHMS))
