"""Accounts and sign-ins: made, changed, proved, ended.

Passwords are hashed with argon2id (RFC 9106). Each attempt is counted before the password is
looked at, so that many guesses at once are no way round the waits.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, exists, select, update

from chassis.access import ANY, LANGUAGES, Principal
from chassis.wire import new_id
from chassis.workflow import UNMANNED, Refusal, Role
from services.portal import rules
from services.portal.facts import AccountChanged
from services.portal.models import Account, Attempt, SignIn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint
    from chassis.database import Database
    from chassis.work import Work

#: OWASP's least memory for argon2id (19 MiB), so that a dozen people who sign in at once fit
#: beside everything else in a small machine.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: A hash of nobody's password: an unknown login must take as long as a known one.
_NOBODYS: Final = _HASHER.hash("nobody's password")
_SECRET_BYTES: Final = 32
_GENERATED: Final = "abcdefghjkmnpqrstuvwxyz23456789"
HUMAN_ROLES: Final = tuple(role for role in Role if role not in UNMANNED and role is not Role.PUBLIC)


class AccountError(Exception):
    """Raised when an account can't be made or changed so; `faults` says why, by field."""

    def __init__(self, faults: Mapping[str, Sequence[Refusal]]) -> None:
        super().__init__("; ".join(fault.en for several in faults.values() for fault in several))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who proved who he is; `secret` renews his tokens."""

    account: Account
    secret: str


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Somebody who did not, the words for it, and the seconds to wait before the next try."""

    refusal: Refusal
    wait: int = 0


_WRONG: Final = Refusal(
    "登录名或密码不正确，请核对大小写后再试；忘记密码请联系管理员重置。",
    "The login or the password is wrong: mind capital letters; if it is forgotten, ask the administrator for a new one.",
)


# -- accounts -----------------------------------------------------------------


def generated_password() -> str:
    """Make a password of 16 signs that can be read out, 79 bits."""
    return "-".join("".join(secrets.choice(_GENERATED) for _ in range(4)) for _ in range(4))


def principal_of(account: Account) -> Principal:
    """Say who an account's owner is to all services."""
    return Principal(
        id=account.id,
        name=account.name,
        roles=frozenset(account.roles),
        services=frozenset(account.services),
        units=frozenset(account.units),
        lang=account.lang,
    )


def by_login(session: Session, login: str) -> Account | None:
    """Return the account of a login."""
    return session.scalars(select(Account).where(Account.login == rules.login_of(login))).one_or_none()


def add(
    work: Work,
    *,
    login: str,
    name: str,
    password: str,
    roles: Collection[str],
    services: Collection[str] = ANY,
    units: Collection[str] = ANY,
    lang: str = "zh",
    must_change: bool = False,
    by: str = "",
) -> Account:
    """Add an account and tell it; raises AccountError."""
    login = rules.login_of(login)
    faults: dict[str, Sequence[Refusal]] = {
        "login": rules.login_faults(login),
        "name": rules.name_faults(name),
        "password": rules.password_faults(password, login=login),
        "roles": _role_faults(roles),
        "lang": () if lang in LANGUAGES else (Refusal("语言只能是 zh 或 en。", "The language is zh or en."),),
    }
    if not faults["login"] and by_login(work.session, login) is not None:
        faults["login"] = (Refusal(f"登录名 {login} 已存在。", f"The login {login} is taken."),)
    if wrong := {field: said for field, said in faults.items() if said}:
        raise AccountError(wrong)
    return add_hashed(
        work,
        account_id=new_id(),
        login=login,
        name=name.strip(),
        hashed=_HASHER.hash(password),
        must_change=must_change,
        roles=roles,
        services=services,
        units=units,
        lang=lang,
        by=by,
    )


def add_hashed(
    work: Work,
    *,
    account_id: str,
    login: str,
    name: str,
    hashed: str,
    roles: Collection[str],
    services: Collection[str],
    units: Collection[str],
    lang: str = "zh",
    must_change: bool = False,
    by: str = "",
) -> Account:
    """Add an account whose values are known to be good, and tell it."""
    account = Account(
        id=account_id,
        login=login,
        name=name,
        password=hashed,
        must_change=must_change,
        roles=sorted({str(role) for role in roles}),
        services=sorted(services),
        units=sorted(units),
        lang=lang,
        added_at=work.now,
        changed_at=work.now,
    )
    work.session.add(account)
    work.session.flush()
    _tell(work, account, "added", by)
    return account


def hash_of(password: str) -> str:
    """Hash a password with argon2id."""
    return _HASHER.hash(password)


def _role_faults(roles: Collection[str]) -> tuple[Refusal, ...]:
    known = ", ".join(HUMAN_ROLES)
    strange = sorted({str(role) for role in roles} - set(HUMAN_ROLES))
    if strange:
        shown = ", ".join(strange)
        return (Refusal(f"没有角色 {shown}；可用角色：{known}。", f"There is no role {shown}; there are {known}."),)
    if not roles:
        return (Refusal(f"请至少给一个角色：{known}。", f"Give at least one role: {known}."),)
    return ()


def disable(work: Work, account: Account, *, by: str = "") -> None:
    """Let nobody sign in with an account any more; tokens out there end within half an hour."""
    if account.disabled_at is None:
        account.disabled_at = account.changed_at = work.now
        _end_sign_ins(work, account)
        _tell(work, account, "disabled", by)


def enable(work: Work, account: Account, *, by: str = "") -> None:
    """Let the owner of a disabled account sign in again."""
    if account.disabled_at is not None:
        account.disabled_at, account.changed_at = None, work.now
        _tell(work, account, "enabled", by)


def set_password(work: Work, account: Account, password: str, *, must_change: bool = False, by: str = "") -> None:
    """Give an account a new password and end all its sign-ins; raises AccountError."""
    if faults := rules.password_faults(password, login=account.login):
        raise AccountError({"new": faults})
    account.password = _HASHER.hash(password)
    account.must_change = must_change
    account.changed_at = work.now
    _end_sign_ins(work, account)
    _tell(work, account, "password_set", by)


def replace_password(work: Work, account: Account, *, current: str, new: str) -> None:
    """Let an account's owner, who proved the current password, choose another; raises AccountError."""
    if current == new:
        same = Refusal("新密码不能与当前密码相同。", "The new password must differ from the current one.")
        raise AccountError({"new": (same,)})
    set_password(work, account, new, by=account.id)


def _end_sign_ins(work: Work, account: Account) -> None:
    work.session.execute(
        update(SignIn)
        .where(SignIn.account_id == account.id, SignIn.ended_at.is_(None))
        .values(ended_at=work.now)
        .execution_options(synchronize_session=False)
    )


def _tell(work: Work, account: Account, change: str, by: str) -> None:
    fact = AccountChanged(
        account_id=account.id,
        change=change,
        person=account.name,
        active=account.disabled_at is None,
        roles=account.roles,
        services=account.services,
        units=account.units,
        by=by or (work.principal.id if work.principal else "command"),
    )
    work.tell(fact, account.id)


# -- signing in ---------------------------------------------------------------


class Door:
    """Where people sign in: counts the attempts, proves the password, opens the sign-in."""

    def __init__(self, database: Database, blueprint: Blueprint, *, now: Callable[[], datetime]) -> None:
        self.database = database
        self.blueprint = blueprint
        self.now = now

    def sign_in(self, login: str, password: str, *, address: str) -> SignedIn | TurnedAway:
        """Prove who somebody is; what is wrong is never said more exactly than needed."""
        login, now = rules.login_of(login), self.now()
        with self.database.write() as session:
            account = by_login(session, login)
            trusted = account is not None and _came_from(session, account, address, now)
            keys = _keys(login, address, trusted=trusted)
            if wait := self._count(session, keys, now):
                return _told_to_wait(wait)
        fits = _fits(account.password if account else _NOBODYS, password)
        if account is None or not fits or account.disabled_at is not None:
            return TurnedAway(_WRONG)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        with self.database.write() as session:
            self._forgive(session, keys)
            account = session.merge(account)
            if _HASHER.check_needs_rehash(account.password):
                account.password = _HASHER.hash(password)
            session.add(
                SignIn(
                    id=new_id(),
                    account_id=account.id,
                    secret=_hashed(secret),
                    address=address[:64],
                    opened_at=now,
                    last_at=now,
                )
            )
        return SignedIn(account, secret)

    def renew(self, secret: str) -> Account | None:
        """Return whose sign-in a secret belongs to, if it still holds, and keep it alive."""
        now = self.now()
        with self.database.write() as session:
            found = session.execute(
                select(SignIn, Account)
                .join(Account, Account.id == SignIn.account_id)
                .where(SignIn.secret == _hashed(secret))
            ).one_or_none()
            if found is None:
                return None
            sign_in, account = found
            if sign_in.ended_at is not None or rules.session_ends_at(sign_in.opened_at, sign_in.last_at) <= now:
                return None
            if account.disabled_at is not None:
                return None
            sign_in.last_at = now
            return account

    def sign_out(self, secret: str) -> None:
        """End the sign-in of a secret."""
        with self.database.write() as session:
            session.execute(
                update(SignIn)
                .where(SignIn.secret == _hashed(secret), SignIn.ended_at.is_(None))
                .values(ended_at=self.now())
            )

    def _count(self, session: Session, keys: Mapping[str, str], now: datetime) -> int:
        """Count one attempt under each key, or return the seconds that are still to wait."""
        rows = {row.key: row for row in session.scalars(select(Attempt).where(Attempt.key.in_(keys.values())))}
        waits = [
            row.last_at + rules.PATIENCE[kind].wait(row.failures) - now
            for kind, key in keys.items()
            if (row := rows.get(key)) is not None
        ]
        longest = max((wait.total_seconds() for wait in waits), default=0)
        if longest > 0:
            return int(longest) + 1
        upsert = self.blueprint.upsert(_table(Attempt))
        session.execute(
            upsert.on_conflict_do_update(
                index_elements=["key"], set_={"failures": Attempt.failures + 1, "last_at": upsert.excluded.last_at}
            ),
            [{"key": key, "failures": 1, "last_at": now} for key in sorted(keys.values())],
        )
        return 0

    @staticmethod
    def _forgive(session: Session, keys: Mapping[str, str]) -> None:
        """Forget the failures of a login, and this one attempt of the address."""
        forgotten = [key for kind, key in keys.items() if kind != "address"]
        session.execute(delete(Attempt).where(Attempt.key.in_(forgotten)))
        session.execute(update(Attempt).where(Attempt.key == keys["address"]).values(failures=Attempt.failures - 1))


def forget_old(session: Session, now: datetime) -> None:
    """Forget attempts after a day, and sign-ins once no trust rests on them."""
    session.execute(delete(Attempt).where(Attempt.last_at < now - rules.FORGET_AFTER))
    session.execute(delete(SignIn).where(SignIn.last_at < now - rules.TRUSTED_FOR))


def _came_from(session: Session, account: Account, address: str, now: datetime) -> bool:
    lately = exists().where(
        SignIn.account_id == account.id, SignIn.address == address[:64], SignIn.last_at > now - rules.TRUSTED_FOR
    )
    return bool(session.scalar(select(lately)))


def _keys(login: str, address: str, *, trusted: bool) -> dict[str, str]:
    keys = {"pair": _hashed(f"pair\n{login}\n{address}"), "address": _hashed(f"address\n{address}")}
    return keys if trusted else {**keys, "login": _hashed(f"login\n{login}")}


def _told_to_wait(seconds: int) -> TurnedAway:
    refusal = Refusal(
        f"尝试次数过多，请 {seconds} 秒后再试。", f"Too many attempts. Please try again in {seconds} seconds."
    )
    return TurnedAway(refusal, seconds)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _hashed(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def _table(model: type[Any]) -> Any:
    return model.__table__
