"""How often somebody unknown may send something, counted in this process."""

from __future__ import annotations

import ipaddress
import math
import time
from typing import TYPE_CHECKING

from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from chassis.problems import ProblemError

if TYPE_CHECKING:
    from limits import RateLimitItem

#: One household or firm has a network of this size to itself (RFC 6177), so that its addresses count as one.
_NETWORK_V6 = 64


class Throttle:
    """Counts for each sender, and refuses who sends too much; what is refused was not done."""

    def __init__(self, rate: RateLimitItem | None) -> None:
        self._rate = rate
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, sender: str) -> None:
        """Count one more, raising ProblemError (429) with the seconds to wait when it is one too many."""
        if self._rate is None or self._limiter.hit(self._rate, sender):
            return
        wait = max(math.ceil(self._limiter.get_window_stats(self._rate, sender).reset_time - time.time()), 1)
        raise ProblemError(
            429,
            "too-many",
            f"提交过于频繁，本次内容没有保存，请 {said(wait)}后再提交一次",
            f"Too many requests. Nothing was stored: send it again in {wait} seconds",
            retry_after=wait,
        )


def said(seconds: int) -> str:
    """Say for how long to wait, in Chinese."""
    return f"{seconds} 秒" if seconds < 60 else f"{math.ceil(seconds / 60)} 分钟"  # noqa: PLR2004 - a minute


def network_of(address: str) -> str:
    """Return what stands for a sender's address: itself, or the network that it is free to choose one in."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _NETWORK_V6), strict=False))
    return str(found)
