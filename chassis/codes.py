"""Secret codes that a person keeps, and the ids derived from them one-way.

Twelve characters of Crockford's base 32 (https://www.crockford.com/base32.html), 60
random bits. The id is a hash of the code, so that every service can find what a code
stands for without a table, while an id that travels gives no code away.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_LOOKALIKES = str.maketrans("OIL", "011")


class BadCodeError(ValueError):
    """Something that can't be a code."""


def new_code() -> str:
    """Return a fresh code, spelled `XXXX-XXXX-XXXX`."""
    bits = secrets.randbits(5 * LENGTH)
    text = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(LENGTH))
    return "-".join(text[at : at + 4] for at in range(0, LENGTH, 4))


def normalised(code: str) -> str:
    """Return a code as `XXXXXXXXXXXX` however it was typed, or raise BadCodeError."""
    text = "".join(code.upper().split()).replace("-", "").translate(_LOOKALIKES)
    if len(text) != LENGTH or not {*text} <= {*ALPHABET}:
        message = f"a code has {LENGTH} letters and digits, such as 7KQ4-M2XD-9TB0"
        raise BadCodeError(message)
    return text


def id_of(code: str) -> str:
    """Return the id that a code stands for, as a UUID version 8 (RFC 9562), or raise BadCodeError."""
    digest = hashlib.sha256(b"jiesu:" + normalised(code).encode()).digest()
    value = int.from_bytes(digest[:16])
    value = value & ~(0xF << 76) & ~(0x3 << 62) | (0x8 << 76) | (0b10 << 62)
    return str(uuid.UUID(int=value))
