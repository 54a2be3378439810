"""The account can fail: with one guarantee switched off, the same faults are told as losses and doubles."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from chassis.inbox import Inbox, Item
from chassis.relay import Relay
from tests.faults.checks import faults
from tests.faults.village import KilledError, Village

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

APPEALS = 60


@pytest.fixture(autouse=True)
def keys_of_the_village(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let services find their keys where the village makes them."""
    monkeypatch.setenv("JIESU_KEYS_DIR", str(tmp_path / "keys"))


class InboxWithoutReceipts(Inbox):
    """Takes what comes, also what it has had."""

    def _receipt(self, session: Session, items: Sequence[Item]) -> list[Item]:
        super()._receipt(session, items)
        return list(items)


class InboxThatDropsFailures(Inbox):
    """Acknowledges what it could not handle, and forgets it."""

    def _park(self, session: Session, items: Sequence[Item], now: datetime) -> None:
        """Do nothing."""


class InboxThatCommitsReceiptsFirst(Inbox):
    """Notes that it has read a batch before it has."""

    def _receipt(self, session: Session, items: Sequence[Item]) -> list[Item]:
        fresh = super()._receipt(session, items)
        session.execute(select(1))
        session.connection().exec_driver_sql("COMMIT")
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        return fresh


class RelayThatMarksFirst(Relay):
    """Notes that letters are posted before they are."""

    def post_waiting(self, limit: int = 500) -> int:
        table = self.blueprint.store.letters
        with self.database.write() as session:
            letters = session.execute(
                select(table).where(table.c.posted_at.is_(None)).order_by(table.c.seq).limit(limit)
            ).all()
            session.execute(
                update(table).where(table.c.seq.in_([letter.seq for letter in letters])).values(posted_at=self.now())
            )
        self.post.send(letters)
        return len(letters)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens: deliveries, and when a relay or a reader is killed."""

    deliveries: dict[str, Any]
    sends: int = -1
    takes: int = -1
    broken: bool = False


TWICE = Fault(deliveries={"copies": 2})
SHUFFLED = Fault(deliveries={"copies": 2, "shuffled": True})
# The first sixty letters are intake's; these are the ledger's.
RELAY_KILLED = Fault(deliveries={}, sends=APPEALS + 25)
READER_KILLED = Fault(deliveries={}, takes=70)
A_FAILURE = Fault(deliveries={}, broken=True)


def account(folder: Path, fault: Fault, **carelessness: Any) -> tuple[list[str], Village]:
    """Play a fault on a village, and return what is wrong afterwards."""
    with closing(Village(folder, **fault.deliveries, **carelessness)) as village:
        village.sends_left, village.takes_left = fault.sends, fault.takes
        if fault.broken:
            _break_once(village)
        accepted = village.report(APPEALS)
        village.run()
        return faults(village, accepted), village


def _break_once(village: Village) -> None:
    """Let routing's reader of new appeals fail the first three times that it is asked."""
    service: Any = village.inboxes["routing"].service
    handle, failures = service.on_appeal_registered, iter(range(3))

    def on_appeal_registered(work: Any, appeal: Any) -> None:
        if next(failures, None) is not None:
            message = "a passing fault of the reader"
            raise RuntimeError(message)
        handle(work, appeal)

    service.on_appeal_registered = on_appeal_registered


@pytest.mark.parametrize("fault", [TWICE, SHUFFLED, RELAY_KILLED, READER_KILLED, A_FAILURE])
def test_with_all_guarantees_on_no_fault_is_found(tmp_path: Path, fault: Fault) -> None:
    found, village = account(tmp_path, fault)

    assert found == []
    assert village.deaths == (1 if fault in (RELAY_KILLED, READER_KILLED) else 0)


@pytest.mark.parametrize(
    ("carelessness", "fault", "told"),
    [
        ({"inbox": InboxWithoutReceipts}, TWICE, "had an effect on"),
        ({"inbox": InboxWithoutReceipts}, RELAY_KILLED, "had an effect on"),
        ({"inbox": InboxThatDropsFailures}, A_FAILURE, "the ledger has no line of"),
        ({"inbox": InboxThatCommitsReceiptsFirst}, READER_KILLED, "are with no mechanism"),
        ({"acknowledge_first": True}, READER_KILLED, "letters are lost"),
        ({"relay": RelayThatMarksFirst}, RELAY_KILLED, "letters are lost"),
    ],
    ids=[
        "no receipts, every letter twice",
        "no receipts, relay killed between post and commit",
        "failures dropped instead of parked",
        "receipt before the work",
        "acknowledgement before the commit",
        "marked as posted before it is",
    ],
)
def test_with_a_guarantee_switched_off_the_account_tells_it(
    tmp_path: Path, carelessness: dict[str, Any], fault: Fault, told: str
) -> None:
    found, _village = account(tmp_path, fault, **carelessness)

    assert [sentence for sentence in found if told in sentence], found


def test_a_kill_is_nothing_that_the_platform_could_catch() -> None:
    assert not issubclass(KilledError, Exception)
