"""Accounts are made and changed in words, and signing in is patient but not for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from chassis.testing import Room
from chassis.work import Work
from services.portal import accounts
from services.portal.accounts import Door, SignedIn, TurnedAway
from services.portal.models import Account, Attempt, SignIn
from services.portal.service import PortalService

PASSWORD = "correct horse battery"
NEW = "staple a new horse"


class Portal(Room):
    """A portal with one mediator, and a door that people sign in at."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(PortalService, folder, address)
        self.door = Door(self.database, self.blueprint, now=lambda: self.now)
        with self.work() as work:
            accounts.add(
                work, login="mediator", name="处办员甲", password=PASSWORD, roles=["handler"], services=["mediation"]
            )

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Do one transaction's work."""
        with self.database.write() as session:
            work = Work(session, self.blueprint, self.now)
            yield work
            work.record()

    def account(self, login: str = "mediator") -> Account:
        """Read an account."""
        with self.database.read() as session:
            found = accounts.by_login(session, login)
            assert found is not None
            return found

    def enter(
        self, password: str = PASSWORD, login: str = "mediator", address: str = "10.0.0.1"
    ) -> SignedIn | TurnedAway:
        """Try to sign in."""
        return self.door.sign_in(login, password, address=address)

    def signed_in(self, address: str = "10.0.0.1") -> SignedIn:
        """Sign in, which must succeed."""
        entered = self.enter(address=address)
        assert isinstance(entered, SignedIn)
        return entered


@pytest.fixture
def portal(tmp_path: Path, database_address: str) -> Iterator[Portal]:
    room = Portal(tmp_path, database_address)
    yield room
    room.database.close()


def test_a_new_account_is_told_and_its_password_is_nowhere_to_be_read(portal: Portal) -> None:
    [added] = portal.told("account_changed.v1")

    assert added["change"] == "added"
    assert added["person"] == "处办员甲"
    assert added["roles"] == ["handler"]
    assert added["active"] is True
    assert portal.account().password.startswith("$argon2id$")
    assert PASSWORD not in str(added)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"login": "no good"}, "login"),
        ({"login": "mediator"}, "login"),
        ({"login": " MEDIATOR "}, "login"),
        ({"name": " "}, "name"),
        ({"name": "处办员\x07乙"}, "name"),
        ({"name": "乙" * 61}, "name"),
        ({"password": "short"}, "password"),
        ({"roles": []}, "roles"),
        ({"roles": ["king"]}, "roles"),
        ({"roles": ["clock"]}, "roles"),
        ({"roles": ["public"]}, "roles"),
        ({"lang": "fr"}, "lang"),
    ],
)
def test_a_wrong_account_is_refused_by_field_and_nothing_is_made(
    portal: Portal, changes: dict[str, object], field: str
) -> None:
    wanted = {"login": "other", "name": "处办员乙", "password": PASSWORD, "roles": ["handler"], **changes}

    with pytest.raises(accounts.AccountError) as refused, portal.work() as work:
        accounts.add(work, **wanted)  # type: ignore[arg-type]

    assert list(refused.value.faults) == [field]
    assert len(portal.told("account_changed.v1")) == 1


def test_the_right_password_signs_in_and_says_who_it_is(portal: Portal) -> None:
    principal = accounts.principal_of(portal.signed_in().account)

    assert principal.name == "处办员甲"
    assert principal.roles == {"handler"}
    assert principal.services == {"mediation"}


def test_the_login_may_be_written_with_blanks_and_capitals(portal: Portal) -> None:
    assert isinstance(portal.enter(login=" Mediator "), SignedIn)


def test_a_wrong_password_and_an_unknown_login_are_answered_alike(portal: Portal) -> None:
    wrong, unknown = portal.enter("wrong"), portal.enter("wrong", login="nobody")

    assert wrong == unknown
    assert isinstance(wrong, TurnedAway)
    assert wrong.refusal.zh.startswith("登录名或密码不正确，")


def test_a_disabled_account_is_turned_away_and_let_in_again_when_enabled(portal: Portal) -> None:
    with portal.work() as work:
        accounts.disable(work, work.session.merge(portal.account()))
    assert isinstance(portal.enter(), TurnedAway)

    with portal.work() as work:
        accounts.enable(work, work.session.merge(portal.account()))
    assert isinstance(portal.enter(), SignedIn)
    assert [told["change"] for told in portal.told("account_changed.v1")] == ["added", "disabled", "enabled"]


def test_after_five_failures_even_the_right_password_waits_and_the_wait_is_named(portal: Portal) -> None:
    for _ in range(5):
        assert portal.enter("wrong") == TurnedAway(accounts._WRONG)

    waiting = portal.enter()

    assert isinstance(waiting, TurnedAway)
    assert waiting.wait == 6
    assert "6 秒后再试" in waiting.refusal.zh
    portal.now += timedelta(seconds=6)
    assert isinstance(portal.enter(), SignedIn)


def test_the_waits_grow_with_each_further_failure(portal: Portal) -> None:
    for _ in range(5):
        portal.enter("wrong")
    waits = []
    for _ in range(4):
        turned_away = portal.enter("wrong")
        assert isinstance(turned_away, TurnedAway)
        waits.append(turned_away.wait)
        portal.now += timedelta(seconds=turned_away.wait)
        portal.enter("wrong")

    assert waits == [6, 11, 21, 41]


def test_trying_while_one_must_wait_makes_the_wait_no_longer(portal: Portal) -> None:
    for _ in range(50):
        portal.enter("wrong")

    portal.now += timedelta(seconds=6)

    assert isinstance(portal.enter(), SignedIn)


def test_a_success_forgives_the_failures_before_it(portal: Portal) -> None:
    for _ in range(4):
        portal.enter("wrong")
    portal.signed_in()
    for _ in range(4):
        portal.enter("wrong")

    assert isinstance(portal.enter(), SignedIn)


def test_a_stranger_who_guesses_from_many_addresses_is_slowed_down(portal: Portal) -> None:
    for number in range(50):
        portal.enter("wrong", address=f"192.0.2.{number}")

    turned_away = portal.enter("wrong", address="198.51.100.1")

    assert isinstance(turned_away, TurnedAway)
    assert turned_away.wait > 0


def test_a_stranger_locks_nobody_out_who_signed_in_from_there_before(portal: Portal) -> None:
    portal.signed_in(address="10.0.0.1")
    for number in range(60):
        portal.enter("wrong", address=f"192.0.2.{number}")

    assert isinstance(portal.enter(address="10.0.0.1"), SignedIn)


def test_one_address_that_tries_many_logins_waits(portal: Portal) -> None:
    for number in range(30):
        portal.enter("wrong", login=f"somebody{number}", address="192.0.2.1")

    turned_away = portal.enter(address="192.0.2.1")

    assert isinstance(turned_away, TurnedAway)
    assert turned_away.wait > 0
    assert isinstance(portal.enter(address="10.0.0.1"), SignedIn)


def test_an_attacker_with_an_account_of_his_own_wins_no_free_guesses(portal: Portal) -> None:
    for number in range(30):
        portal.enter("wrong", login=f"somebody{number}", address="192.0.2.1")
        portal.enter(address="192.0.2.1")

    turned_away = portal.enter("wrong", login="another", address="192.0.2.1")

    assert isinstance(turned_away, TurnedAway)
    assert turned_away.wait > 0


def test_no_login_and_no_address_is_kept_of_failed_attempts(portal: Portal) -> None:
    portal.enter("wrong", login="my secret typed into the wrong field")

    with portal.database.read() as session:
        keys = session.scalars(select(Attempt.key)).all()
    assert all(len(key) == 64 and "secret" not in key for key in keys)


def test_a_sign_in_renews_tokens_until_it_idles_for_half_a_day(portal: Portal) -> None:
    secret = portal.signed_in().secret

    portal.now += timedelta(hours=11)
    assert portal.door.renew(secret) is not None
    portal.now += timedelta(hours=11)
    assert portal.door.renew(secret) is not None
    portal.now += timedelta(hours=12)
    assert portal.door.renew(secret) is None


def test_a_sign_in_ends_when_its_owner_signs_out(portal: Portal) -> None:
    mine, other = portal.signed_in().secret, portal.signed_in().secret

    portal.door.sign_out(mine)

    assert portal.door.renew(mine) is None
    assert portal.door.renew(other) is not None


def test_a_made_up_secret_renews_nothing(portal: Portal) -> None:
    portal.signed_in()

    assert portal.door.renew("made up") is None


def test_a_disabled_account_renews_nothing_not_even_after_it_is_enabled(portal: Portal) -> None:
    secret = portal.signed_in().secret

    with portal.work() as work:
        accounts.disable(work, work.session.merge(portal.account()))
    assert portal.door.renew(secret) is None
    with portal.work() as work:
        accounts.enable(work, work.session.merge(portal.account()))
    assert portal.door.renew(secret) is None


def test_a_changed_password_ends_all_sign_ins_and_only_the_new_one_opens(portal: Portal) -> None:
    secret = portal.signed_in().secret

    with portal.work() as work:
        accounts.replace_password(work, work.session.merge(portal.account()), current=PASSWORD, new=NEW)

    assert portal.door.renew(secret) is None
    assert isinstance(portal.enter(PASSWORD), TurnedAway)
    assert isinstance(portal.enter(NEW), SignedIn)


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        (PASSWORD, PASSWORD, "new"),
        (PASSWORD, "short", "new"),
        (PASSWORD, "mediator1234", "new"),
    ],
)
def test_a_wrong_change_of_password_is_refused_by_field(portal: Portal, current: str, new: str, field: str) -> None:
    with pytest.raises(accounts.AccountError) as refused, portal.work() as work:
        accounts.replace_password(work, work.session.merge(portal.account()), current=current, new=new)

    assert list(refused.value.faults) == [field]
    assert isinstance(portal.enter(PASSWORD), SignedIn)


def test_a_password_hashed_with_less_effort_is_hashed_anew_at_the_next_sign_in(portal: Portal) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with portal.database.write() as session:
        session.merge(portal.account()).password = weak

    portal.signed_in()

    assert portal.account().password != weak
    assert isinstance(portal.enter(), SignedIn)


def test_old_attempts_and_sign_ins_are_forgotten(portal: Portal) -> None:
    portal.signed_in()
    portal.enter("wrong")

    portal.now += timedelta(days=31)
    portal.run("forget_old_attempts")

    with portal.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 0
        assert session.scalar(select(func.count()).select_from(SignIn)) == 0


def test_a_generated_password_satisfies_the_rules_and_is_never_the_same(portal: Portal) -> None:
    made = {accounts.generated_password() for _ in range(20)}

    assert len(made) == 20
    with portal.work() as work:
        accounts.set_password(work, work.session.merge(portal.account()), made.pop())
