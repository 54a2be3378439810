"""Who is asking, proved offline, and what he may do.

The portal signs a short-lived token (JWT, RFC 7519, with Ed25519, RFC 9864); every service
verifies it with the public key alone, so that each works while the portal is down.
Permission is role and service and unit; a case's step names its roles.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidPayloadError
from joserfc.jwk import Key
from joserfc.jws import extract_compact

from chassis.keys import Ring
from chassis.workflow import UNMANNED, Role

ISSUER: Final = "jiesu"
ALGORITHM: Final = "Ed25519"
TTL: Final = timedelta(minutes=30)
ANY: Final = frozenset({"*"})
LANGUAGES: Final = ("zh", "en")
LONGEST_TOKEN: Final = 8_000
_REMEMBERED: Final = 4_096

#: Roles that nobody holds by signing in.
NEVER_IN_A_TOKEN: Final = frozenset({Role.PUBLIC, *UNMANNED})


class TokenError(Exception):
    """Raised when a token proves nothing; its subclasses say why."""

    zh = "登录凭证无效，请重新登录。"
    en = "The token is not valid. Please sign in again."

    def __init__(self) -> None:
        """Say it in both languages."""
        super().__init__(f"{self.zh} / {self.en}")


class MalformedTokenError(TokenError):
    """Raised when it isn't a token of ours at all, or its claims make no sense."""

    zh = "登录凭证格式不正确，请重新登录。"
    en = "The token is malformed. Please sign in again."


class ForgedTokenError(TokenError):
    """Raised when no known key signed it, or another algorithm or issuer is claimed."""

    zh = "登录凭证的签名不可信，请重新登录。"
    en = "The token's signature can't be trusted. Please sign in again."


class ExpiredTokenError(TokenError):
    """Raised when its time has run out."""

    zh = "登录已过期，请重新登录。"
    en = "The token has expired. Please sign in again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Someone who is signed in."""

    id: str
    name: str
    roles: frozenset[str]
    services: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    lang: str = "zh"

    def has(self, *roles: str) -> bool:
        """Whether one of these roles is his."""
        return not self.roles.isdisjoint(roles)

    def serves(self, service: str) -> bool:
        """Whether the service is his."""
        return covers(self.services, service)

    def stands_for(self, unit: str) -> bool:
        """Whether the unit is his."""
        return covers(self.units, unit)

    def may(self, roles: str | Collection[str], *, service: str | None = None, unit: str | None = None) -> bool:
        """Whether he may act in one of these roles, as the function `may` decides."""
        return may(self, roles=roles, service=service, unit=unit)


def covers(scope: Collection[str], name: str) -> bool:
    """Whether a scope, which may be everything (`*`), takes in a name."""
    return "*" in scope or name in scope


def may(
    principal: Principal | None,
    *,
    roles: str | Collection[str],
    service: str | None = None,
    unit: str | None = None,
) -> bool:
    """Whether someone, or nobody known, may act in one of these roles on a service's case.

    What is `public` is open to all. Otherwise the role must be his, and the service, and the
    unit unless the case has none yet. No role implies another: who administers accounts
    doesn't handle cases by that.
    """
    return acting_role(principal, roles=roles, service=service, unit=unit) is not None


def acting_role(
    principal: Principal | None,
    *,
    roles: str | Collection[str],
    service: str | None = None,
    unit: str | None = None,
) -> Role | None:
    """Name the role in which someone may act: the first of those asked for that is his own.

    Staff do not act as the public: whoever is signed in with other roles is refused there.
    """
    wanted = (roles,) if isinstance(roles, str) else tuple(roles)
    if principal is None:
        return Role.PUBLIC if Role.PUBLIC in wanted else None
    if (service is None or principal.serves(service)) and (not unit or principal.stands_for(unit)):
        for role in wanted:
            if role in principal.roles:
                return Role(role)
    return None


def sign_token(principal: Principal, key: Key, now: datetime, ttl: timedelta = TTL) -> str:
    """Sign who someone is, for so long; raises ValueError for what no token may say."""
    if stray := NEVER_IN_A_TOKEN & principal.roles:
        message = f"no token may carry the roles {sorted(stray)}"
        raise ValueError(message)
    if now.tzinfo is None or ttl <= timedelta(0):
        message = "a token needs an aware time of issue and a time to live"
        raise ValueError(message)
    issued = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "sub": principal.id,
        "name": principal.name,
        "roles": sorted(map(str, principal.roles)),
        "services": sorted(principal.services),
        "units": sorted(principal.units),
        "lang": principal.lang,
        "iat": issued,
        "exp": issued + max(int(ttl.total_seconds()), 1),
    }
    header = {"alg": ALGORITHM, "kid": key.kid}
    return jwt.encode(header, claims, key, algorithms=[ALGORITHM])


def verify_token(token: str, keyset: Ring, now: datetime) -> Principal:
    """Tell who someone is; raises MalformedTokenError, ForgedTokenError or ExpiredTokenError.

    A token once verified is remembered with the keys that verified it, so that the next
    request costs microseconds; its expiry is looked at each time.
    """
    principal, expires = _proved(token, keyset)
    if now.timestamp() >= expires:
        raise ExpiredTokenError
    return principal


@lru_cache(maxsize=_REMEMBERED)
def _proved(token: str, keyset: Ring) -> tuple[Principal, int]:
    if not token or len(token) > LONGEST_TOKEN:
        raise MalformedTokenError
    header = _header(token)
    if header.get("alg") != ALGORITHM or header.get("kid") not in {key.kid for key in keyset}:
        raise ForgedTokenError
    try:
        claims = jwt.decode(token, keyset, algorithms=[ALGORITHM]).claims
    except InvalidPayloadError as error:
        raise MalformedTokenError from error
    except Exception as error:  # strangers' bytes: whatever a library trips over, it's no proof
        raise ForgedTokenError from error
    return _read(claims)


def _header(token: str) -> Mapping[str, Any]:
    try:
        header = extract_compact(token.encode("ascii")).headers()
    except Exception as error:
        raise MalformedTokenError from error
    if not isinstance(header, dict):
        raise MalformedTokenError
    return header


def _read(claims: Mapping[str, Any]) -> tuple[Principal, int]:
    if claims.get("iss") != ISSUER:
        raise ForgedTokenError
    issued, expires = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(expires) is not int:
        raise MalformedTokenError
    roles = _names(claims, "roles")
    if roles & NEVER_IN_A_TOKEN:
        raise ForgedTokenError
    lang = _text(claims, "lang")
    principal = Principal(
        id=_text(claims, "sub"),
        name=_text(claims, "name"),
        roles=roles,
        services=_names(claims, "services"),
        units=_names(claims, "units"),
        lang=lang if lang in LANGUAGES else LANGUAGES[0],
    )
    return principal, expires


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedTokenError
    return value


def _names(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    values = claims.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise MalformedTokenError
    return frozenset(values)
