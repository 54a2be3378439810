"""The portal's decisions: who must wait, which password will do, and where an appeal stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from chassis.workflow import Refusal

CURRENT_IS_WRONG: Final = Refusal("当前密码不正确。", "The current password is wrong.")
LAY_TOO_LONG: Final = Refusal(
    "登录页放置太久，请再输入一次密码。", "This page lay open too long: enter the password once more."
)
NOT_THE_SAME: Final = Refusal("两次输入的新密码不一致。", "The new password was not repeated alike.")

#: Services that appeals pass through without being handled in them; every other one is a mechanism.
NO_MECHANISMS: Final = frozenset({"intake", "routing", "feedback", "analysis", "grid", "portal"})

SESSION_IDLE: Final = timedelta(hours=12)
SESSION_LONGEST: Final = timedelta(days=7)
FORGET_AFTER: Final = timedelta(days=1)
TRUSTED_FOR: Final = timedelta(days=30)

NAME_LONGEST: Final = 60
PASSWORD_SHORTEST: Final = 10
PASSWORD_LONGEST: Final = 200
_TOO_FEW_SIGNS: Final = 4
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_GUESSED_FIRST: Final = ("password", "passw0rd", "qwerty", "123456", "abc123", "admin", "jiesu", "jiedao", "12345")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many failures are free, and how long the waits after them may grow."""

    free: int
    longest: timedelta
    first: timedelta = timedelta(seconds=5)

    def wait(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures: doubled each time up to the longest."""
        if failures < self.free:
            return timedelta(0)
        doubled: int = 2 ** min(failures - self.free, 20)
        return min(self.first * doubled, self.longest)


#: By what failures are counted: a login from one address, an address, and a login from anywhere.
#: The last one does not bind an address from which the account signed in lately, so that
#: a stranger who guesses from elsewhere can't lock anybody out.
PATIENCE: Final = MappingProxyType(
    {
        "pair": Patience(free=5, longest=timedelta(minutes=15)),
        "address": Patience(free=30, longest=timedelta(minutes=15)),
        "login": Patience(free=50, longest=timedelta(minutes=5)),
    }
)


def login_of(written: str) -> str:
    """Return a login as it is kept: without blanks around it, in small letters."""
    return written.strip().lower()


def login_faults(login: str) -> tuple[Refusal, ...]:
    """Say what is wrong with a new login."""
    if _LOGIN.fullmatch(login):
        return ()
    return (
        Refusal(
            "登录名须为 2 至 40 个小写字母、数字、点、横线或下划线，且以字母或数字开头。",
            "A login has 2 to 40 small letters, digits, dots, hyphens or underscores, and begins with a letter or digit.",
        ),
    )


def name_faults(name: str) -> tuple[Refusal, ...]:
    """Say what is wrong with the name that others see."""
    if not name.strip():
        return (Refusal("请填写姓名。", "Give a name."),)
    if len(name.strip()) > NAME_LONGEST or not name.isprintable():
        return (
            Refusal(
                f"姓名最多 {NAME_LONGEST} 个字，不能含换行等控制字符。",
                f"A name has at most {NAME_LONGEST} characters, and no line breaks or other control characters.",
            ),
        )
    return ()


def password_faults(password: str, *, login: str) -> tuple[Refusal, ...]:
    """Say what is wrong with a new password (after NIST SP 800-63B: length, not composition)."""
    faults = []
    if len(password) < PASSWORD_SHORTEST:
        faults.append(
            Refusal(
                f"密码至少 {PASSWORD_SHORTEST} 个字符。",
                f"A password has at least {PASSWORD_SHORTEST} characters.",
            )
        )
    if len(password) > PASSWORD_LONGEST:
        faults.append(
            Refusal(f"密码最多 {PASSWORD_LONGEST} 个字符。", f"A password has at most {PASSWORD_LONGEST} characters.")
        )
    if password and _is_guessed_first(password.lower(), login):
        faults.append(
            Refusal(
                "密码太容易被猜到：请勿使用登录名、常见密码或重复字符。",
                "The password is guessed too easily: leave out the login, common passwords and repeated characters.",
            )
        )
    return tuple(faults)


def _is_guessed_first(password: str, login: str) -> bool:
    if len(set(password)) < _TOO_FEW_SIGNS:
        return True
    rest = password
    for word in (login, *_GUESSED_FIRST):
        rest = rest.replace(word, "") if word else rest
    return len(rest) < PASSWORD_SHORTEST // 2


def session_ends_at(opened_at: datetime, last_at: datetime) -> datetime:
    """Return when a session ends: 12 hours after its last use, 7 days after the sign-in."""
    return min(last_at + SESSION_IDLE, opened_at + SESSION_LONGEST)


def local_path(wanted: str | None, otherwise: str = "/") -> str:
    """Return a path of this site to go on to, and never another site's."""
    if not wanted or not wanted.startswith("/") or "\\" in wanted or not wanted.isprintable():
        return otherwise
    if wanted.startswith("//"):
        return otherwise
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else wanted


#: The rank of what takes an appeal out of an end that came before it.
BEGINS_AGAIN: Final = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """An outermost state: its stage, its place among those told at one time, whether it ends the appeal."""

    stage: str
    rank: int
    ends: bool = False


#: Where an appeal stands after each fact. Facts reach the portal in any order: of what does not end an appeal the newest
#: counts, and among those told in one moment the one of higher rank. An end counts more than anything that crossed it on
#: the way, until the appeal begins again after it.
STANDINGS: Final = MappingProxyType(
    {
        "registered": Standing("collect", 10),
        "not_accepted": Standing("feedback", 90, ends=True),
        "merged": Standing("collect", 90, ends=True),
        "withdrawn": Standing("feedback", 90, ends=True),
        "answered": Standing("feedback", 60),
        "relayed": Standing("handle", 54),
        "followed_up": Standing("feedback", 90, ends=True),
        "ledgered": Standing("analyse", 20),
        "dispatched": Standing("handle", 40),
        "accepted": Standing("handle", 50),
        "return_requested": Standing("handle", 51),
        "contacted": Standing("handle", 52),
        "transferred": Standing("handle", 53),
        "concluded": Standing("feedback", 60),
        "callback_due": Standing("feedback", 61),
        "rated": Standing("feedback", 62),
        "rework_ordered": Standing("handle", 63),
        "closed": Standing("feedback", 90, ends=True),
        "archived": Standing("feedback", 91, ends=True),
        # What has ended begins again.
        "unmerged": Standing("collect", BEGINS_AGAIN),
        "reopened": Standing("handle", BEGINS_AGAIN),
    }
)
