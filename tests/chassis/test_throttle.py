"""Whoever sends too much is told when to come back, and others are not bothered."""

from __future__ import annotations

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from chassis.problems import ProblemError
from chassis.throttle import Throttle, network_of, said


def test_one_too_many_is_refused_with_the_time_to_wait_and_others_are_not() -> None:
    throttle = Throttle(RateLimitItemPerMinute(3))

    for _ in range(3):
        throttle.count("a")
    with pytest.raises(ProblemError) as refused:
        throttle.count("a")
    throttle.count("b")

    assert refused.value.status == 429
    assert 1 <= refused.value.more["retry_after"] <= 60
    assert "没有保存" in refused.value.zh


def test_without_a_rate_nobody_is_counted() -> None:
    throttle = Throttle(None)

    for _ in range(1000):
        throttle.count("a")


def test_a_wait_of_an_hour_is_said_in_minutes() -> None:
    throttle = Throttle(RateLimitItemPerHour(1))
    throttle.count("a")

    with pytest.raises(ProblemError, match="Nothing was stored") as refused:
        throttle.count("a")

    assert "60 分钟" in refused.value.zh
    assert said(59) == "59 秒"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_addresses_that_one_sender_is_free_to_choose_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network
