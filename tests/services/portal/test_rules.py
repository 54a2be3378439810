"""The portal's decisions, without doors."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.workflow import STAGES
from services.portal import rules

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_the_first_failures_are_free_and_then_waits_double_up_to_the_longest() -> None:
    patience = rules.Patience(free=3, longest=timedelta(seconds=60))

    waits = [patience.wait(failures).total_seconds() for failures in range(10)]

    assert waits == [0, 0, 0, 5, 10, 20, 40, 60, 60, 60]


@given(st.integers(0, 10**6), st.sampled_from(sorted(rules.PATIENCE)))
def test_no_wait_is_longer_than_a_quarter_of_an_hour(failures: int, kind: str) -> None:
    assert rules.PATIENCE[kind].wait(failures) <= timedelta(minutes=15)


@pytest.mark.parametrize("login", ["desk", "desk-2", "a.b_c", "a1"])
def test_a_plain_login_is_taken(login: str) -> None:
    assert not rules.login_faults(login)


@pytest.mark.parametrize("login", ["", "a", "-a", "a b", "处办员", "A1", "a" * 41, "a\n"])
def test_any_other_login_is_refused_in_words(login: str) -> None:
    [fault] = rules.login_faults(login)

    assert "登录名" in fault.zh


@pytest.mark.parametrize("password", ["correct horse battery", "长江后浪推前浪一浪更比一浪", "x7-Kq.2mP!z"])
def test_a_long_unusual_password_will_do(password: str) -> None:
    assert not rules.password_faults(password, login="desk")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "aaaaaaaaaaaa",
        "password123",
        "12345612345",
        "mediator-01",
        "mediatormediator",
        "jiesu12345",
        "x" * 201,
    ],
)
def test_a_short_or_guessable_password_is_refused(password: str) -> None:
    assert rules.password_faults(password, login="mediator")


@pytest.mark.parametrize("path", ["/", "/portal/board", "/routing/cases?stage=handle&lang=zh"])
def test_a_path_of_this_site_is_gone_on_to(path: str) -> None:
    assert rules.local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "portal",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:x",
        "/a\r\nb",
        "///x",
        "/\t/x",
    ],
)
def test_another_site_is_never_gone_on_to(path: str | None) -> None:
    assert rules.local_path(path) == "/"


def test_a_sign_in_ends_after_idling_and_at_the_latest_after_a_week() -> None:
    assert rules.session_ends_at(NOW, NOW) == NOW + timedelta(hours=12)
    assert rules.session_ends_at(NOW, NOW + timedelta(days=7)) == NOW + timedelta(days=7)


def test_each_standing_has_a_stage() -> None:
    assert {standing.stage for standing in rules.STANDINGS.values()} == set(STAGES)
