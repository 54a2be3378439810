"""Letters in: each handled once, or parked with its reason; nothing stops the mailbox."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError

from chassis import wire
from chassis.commands import jiesu
from chassis.inbox import MOST_ATTEMPTS, PATIENCE, Inbox, wait_after
from chassis.testing import Room
from services.mediation.service import MediationService
from tests.chassis.conftest import Thing
from tests.chassis.made_up.service import MadeUpService

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

OPENED = "teller.thing_opened.v1"
SAID = "teller.thing_said.v1"
WAITED = "teller.thing_waited.v1"


def letter(room: Thing, key: str, subject: str, data: Mapping[str, Any], letter_id: str = "") -> tuple[bytes, str]:
    made = wire.Letter(id=letter_id or wire.new_id(), key=key, subject=subject, time=room.now, data=dict(data))
    return wire.encode(made), key


def opened(room: Thing, subject: str) -> tuple[bytes, str]:
    return letter(room, OPENED, subject, {"title": "a thing"})


def said(room: Thing, subject: str, words: str, letter_id: str = "") -> tuple[bytes, str]:
    return letter(room, SAID, subject, {"words": words}, letter_id)


def receipts(room: Thing) -> int:
    with room.database.read() as session:
        return session.scalar(select(func.count()).select_from(room.blueprint.store.receipts)) or 0


# -- batches ------------------------------------------------------------------


def test_a_batch_is_handled_in_its_order(room: Thing) -> None:
    room.inbox.take([opened(room, "A"), said(room, "A", "one"), said(room, "A", "two")])

    assert room.effects() == ["one", "two"]
    assert [fact["words"] for fact in room.told("thing_echoed.v1")] == ["one", "two"]
    assert receipts(room) == 3


def test_one_bad_letter_of_a_batch_harms_only_itself(room: Thing) -> None:
    room.service.broken = {"B"}

    room.inbox.take([opened(room, "A"), said(room, "A", "one"), opened(room, "B"), said(room, "A", "two")])

    assert room.effects() == ["one", "two"]
    [parked] = room.parked()
    assert (parked.subject, parked.kind, parked.dead) == ("B", "failed", False)
    assert parked.reason == "RuntimeError: B is too much for it"
    assert room.case("B") is None


def test_a_letter_that_comes_again_has_its_effect_once(room: Thing) -> None:
    room.inbox.take([opened(room, "A")])
    again = said(room, "A", "one")

    room.inbox.take([again, again])
    room.inbox.take([again])

    assert room.effects() == ["one"]
    assert len(room.told("thing_echoed.v1")) == 1
    assert room.parked() == []


def test_the_relay_is_woken_by_what_is_told_and_by_nothing_else(room: Thing) -> None:
    woken: list[str] = []
    inbox = Inbox(room.database, room.blueprint, MadeUpService(), now=lambda: room.now, wake=lambda: woken.append("up"))

    inbox.take([opened(room, "A")])
    silent = [*woken]
    inbox.take([said(room, "A", "one")])

    assert (silent, woken) == ([], ["up"])
    assert len(room.told("thing_echoed.v1")) == 1


def test_two_workers_with_the_same_letters_at_once_have_one_effect(big: Thing) -> None:
    big.inbox.take([opened(big, "A")])
    letters = [said(big, "A", f"word {number}") for number in range(20)]
    failures: list[Exception] = []

    def work(batch: list[tuple[bytes, str]]) -> None:
        try:
            Inbox(big.database, big.blueprint, MadeUpService(), now=lambda: big.now).take(batch)
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=[order]) for order in (letters, letters[::-1], letters)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    while big.inbox.parked_counts()[False]:
        big.now += timedelta(minutes=10)
        big.inbox.heal()
    assert sorted(big.effects()) == sorted(f"word {number}" for number in range(20))


# -- letters that wait ----------------------------------------------------------


def test_a_letter_before_its_cause_waits_and_heals_when_the_cause_arrives(room: Thing) -> None:
    room.inbox.take([said(room, "A", "early")])
    [parked] = room.parked()
    assert (parked.kind, parked.dead, parked.reason) == ("not_yet", False, "no case for A here yet")
    assert parked.next_at > room.now

    room.inbox.take([opened(room, "A")])
    healed = room.inbox.heal()

    assert healed == 1
    assert room.effects() == ["early"]
    assert room.parked() == []


def test_letters_in_the_wrong_order_within_a_batch_heal_at_once(room: Thing) -> None:
    room.inbox.take([said(room, "A", "early"), opened(room, "A"), said(room, "A", "late")])
    room.inbox.heal()

    assert sorted(room.effects()) == ["early", "late"]
    assert room.parked() == []


def test_what_a_letter_changed_before_it_had_to_wait_is_undone(room: Thing) -> None:
    room.inbox.take([opened(room, "A")])

    room.inbox.take([said(room, "A", "one"), letter(room, WAITED, "A", {"words": "x"}), said(room, "A", "two")])

    assert room.case("A").title == "a thing"
    assert room.effects() == ["one", "two"]
    [parked] = room.parked()
    assert (parked.kind, parked.reason) == ("not_yet", "it waits for ever")


def test_waits_double_up_to_six_hours_with_jitter() -> None:
    assert [wait_after(attempts, 0.5).total_seconds() for attempts in range(5)] == [1, 2, 4, 8, 16]
    assert wait_after(40, 0.5) == timedelta(hours=6)
    assert wait_after(0, 0.0) == timedelta(seconds=0.75)
    assert wait_after(0, 1.0) == timedelta(seconds=1.25)


def test_each_attempt_waits_longer_and_the_last_one_is_the_end(room: Thing) -> None:
    room.inbox.take([said(room, "A", "early")])
    start, waits = room.now, []

    while not room.parked()[0].dead:
        [parked] = room.parked()
        waits.append(parked.next_at - room.now)
        room.now = parked.next_at
        assert room.inbox.heal() == 1

    [parked] = room.parked()
    assert parked.attempts >= MOST_ATTEMPTS
    assert PATIENCE <= room.now - start <= PATIENCE + timedelta(hours=8)
    assert all(later > earlier for earlier, later in pairwise(waits[:13]))
    assert parked.next_at is None
    room.now += timedelta(days=30)
    assert room.inbox.heal() == 0


def test_busy_subjects_do_not_use_up_the_patience_of_a_letter(room: Thing) -> None:
    room.inbox.take([opened(room, "A"), letter(room, WAITED, "A", {"words": "x"})])

    for number in range(2 * MOST_ATTEMPTS):
        room.now += timedelta(seconds=1)
        room.inbox.take([said(room, "A", f"word {number}")])
        room.inbox.heal()

    [parked] = room.parked()
    assert parked.attempts > MOST_ATTEMPTS
    assert not parked.dead


def test_a_dead_letter_is_replayed_when_its_reader_is_mended(room: Thing) -> None:
    room.service.broken = {"A"}
    room.inbox.take([opened(room, "A")])
    [parked] = room.parked()
    room.now += timedelta(days=3)
    while not room.parked()[0].dead:
        room.now += timedelta(hours=8)
        room.inbox.heal()
    assert room.inbox.retry(parked.id) is False
    assert room.inbox.retry(parked.id, force=True) is False

    room.service.broken = set()

    assert room.inbox.retry(parked.id, force=True) is True
    assert room.case("A").title == "a thing"
    assert room.parked() == []
    assert room.inbox.retry(parked.id, force=True) is False


# -- letters that can't be read ---------------------------------------------------


def event(**changes: Any) -> bytes:
    whole = {
        "specversion": "1.0",
        "id": "L1",
        "source": "/jiesu/teller",
        "type": f"cn.jiesu.{SAID}",
        "subject": "A",
        "time": "2026-11-23T09:00:00+08:00",
        "data": {"words": "hello"},
    }
    return orjson.dumps({name: value for name, value in {**whole, **changes}.items() if value is not ...})


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"", "malformed", "body is not JSON"),
        (b"{not json", "malformed", "body is not JSON"),
        (b"\xff\xfe", "malformed", "body is not JSON"),
        (b"[" * 100_000, "malformed", "body is not JSON"),
        (b"[1, 2]", "malformed", "not an object"),
        (event(id=...), "malformed", "missing CloudEvents attributes: id"),
        (event(id=5), "malformed", "missing CloudEvents attributes: id"),
        (event(id="a\0b"), "malformed", "id holds characters that can't be printed"),
        (event(id="x" * 201), "malformed", "id is longer than 200 characters"),
        (event(subject=5), "malformed", "subject is no text"),
        (event(subject="a\0b"), "malformed", "subject holds characters"),
        (event(correlationid=["x"]), "malformed", "correlationid is no text"),
        (event(specversion="0.3"), "malformed", "specversion '0.3', expected '1.0'"),
        (event(type="com.example.thing"), "malformed", "does not start with 'cn.jiesu.'"),
        (event(time="tomorrow"), "malformed", "time 'tomorrow' is not ISO 8601"),
        (event(data=None), "malformed", "data is missing or not an object"),
        (event(data=[1]), "malformed", "data is missing or not an object"),
        (event(type="cn.jiesu.teller.thing_said.v9"), "unreadable", "no reader for 'teller.thing_said.v9'"),
        (event(type=f"cn.jiesu.{OPENED}"), "malformed", "but it came as 'teller.thing_said.v1'"),
        (event(data={}), "invalid", "'words'"),
        (event(data={"words": 5}), "invalid", "'words'"),
        (event(data={"words": "长" * 2_000_000}), "too_large", "bytes, at the most 4194304 are read"),
    ],
)
def test_what_can_not_be_read_is_parked_with_its_reason_and_stops_nothing(
    room: Thing, body: bytes, kind: str, reason: str
) -> None:
    room.inbox.take([opened(room, "A"), (body, SAID), said(room, "A", "one")])

    assert room.effects() == ["one"]
    [parked] = room.parked()
    assert (parked.kind, parked.dead, parked.next_at) == (kind, True, None)
    assert reason in parked.reason
    assert bytes(parked.body) == body
    assert room.inbox.retry(parked.id, force=True) is False


@given(body=st.binary(max_size=200))
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_at_all_are_too_much(small: Thing, body: bytes) -> None:
    small.inbox.take([(body, SAID)])

    assert receipts(small) >= 1


def test_a_letter_that_the_database_can_not_store_is_parked(room: Thing) -> None:
    with room.database.write() as session:
        session.execute(insert(room.blueprint.case), _row(room, "A"))

    room.inbox.take([said(room, "A", "one"), said(room, "A", "two\0" if room.database.dialect != "sqlite" else "two")])

    assert room.effects()[0] == "one"
    if room.database.dialect != "sqlite":
        [parked] = room.parked()
        assert parked.kind == "failed"
        assert "\0" not in parked.reason


def _row(room: Thing, subject: str) -> dict[str, Any]:
    return {
        "id": subject,
        "subject": subject,
        "state": "open",
        "version": 1,
        "opened_at": room.now,
        "updated_at": room.now,
        "details": {},
    }


def test_a_letter_for_somebody_else_leaves_no_trace(room: Thing) -> None:
    room.inbox.take([letter(room, "teller.thing_sent.v1", "A", {"to": "another"})])
    assert receipts(room) == 0

    room.inbox.take([letter(room, "teller.thing_sent.v1", "A", {"to": "made_up"})])
    assert room.case("A").title == "sent"


def test_a_letter_that_does_not_say_for_whom_it_is_is_parked(room: Thing) -> None:
    room.inbox.take([letter(room, "teller.thing_sent.v1", "A", {})])

    [parked] = room.parked()
    assert (parked.kind, parked.reason) == ("invalid", "data of teller.thing_sent.v1 lacks to")


def test_two_outside_systems_may_use_the_same_ids(room: Thing) -> None:
    one = letter(room, "north.thing_submitted.v1", "", {"words": "from the north"}, "1")
    two = letter(room, "south.thing_submitted.v1", "", {"words": "from the south"}, "1")

    room.inbox.take([one, two, one])

    assert sorted(room.effects()) == ["from the north", "from the south"]


def test_nobody_outside_can_use_up_the_id_of_a_letter_of_ours(room: Thing) -> None:
    room.inbox.take([opened(room, "A")])
    room.inbox.take([letter(room, "north.thing_submitted.v1", "", {"words": "first"}, "0198")])
    room.inbox.take([said(room, "A", "second", "0198")])

    assert room.effects() == ["first", "second"]


# -- outages ----------------------------------------------------------------------


class AwayService(MadeUpService):
    """Its database goes away in the middle of the work."""

    def on_thing_said(self, work: Any, fact: Mapping[str, Any]) -> None:  # noqa: ARG002
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("the server closed the connection"))


def test_an_outage_parks_nothing_and_the_same_batch_is_taken_later(room: Thing) -> None:
    room.inbox.take([opened(room, "A")])
    batch = [said(room, "A", "one"), said(room, "A", "two")]
    away = Inbox(room.database, room.blueprint, AwayService(), now=lambda: room.now)

    with pytest.raises(OperationalError):
        away.take(batch)
    assert receipts(room) == 1

    room.inbox.take(batch)
    assert room.effects() == ["one", "two"]
    assert room.parked() == []


# -- the command ---------------------------------------------------------------------


@pytest.fixture
def mediation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Give mediation's room where the command looks for it, with one letter waiting and one dead."""
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.delenv("JIESU_DATABASE_URL", raising=False)
    room = Room(MediationService, tmp_path)
    room.hear("feedback.appeal_closed.v1", "A", {"mechanism": "mediation"}, "waiting")
    room.hear("routing.appeal_dispatched.v1", "B", {"mechanism": "mediation", "title": 5}, "dead")
    yield room
    room.database.close()


def jiesu_parked(*words: str, services: Sequence[str] = ("mediation",)) -> Any:
    named = (word for name in services for word in ("--service", name))
    return CliRunner().invoke(jiesu, ["parked", *words, *named])


def test_the_command_lists_what_is_parked_and_why(mediation: Room) -> None:
    report = orjson.loads(jiesu_parked("list", "--json").stdout)

    assert report["count"] == 2
    assert {row["id"]: (row["kind"], row["dead"]) for row in report["parked"]} == {
        "waiting": ("not_yet", False),
        "dead": ("invalid", True),
    }
    assert all(row["reason"] and row["service"] == mediation.blueprint.name for row in report["parked"])
    assert "2 parked" in jiesu_parked("list").stdout
    assert "data does not fit" in jiesu_parked("show", "dead").stdout


def test_the_command_replays_what_can_be_handled_now(mediation: Room) -> None:
    mediation.hear(
        "routing.appeal_dispatched.v1", "A", {"mechanism": "mediation", "lead_unit": "MED", "title": "t", "text": "x"}
    )

    done = jiesu_parked("replay", "--all", "--json")

    assert done.exit_code == 1
    assert orjson.loads(done.stdout) == {
        "healed": 1,
        "still_parked": [{"service": "mediation", "id": "dead"}],
        "unknown": [],
    }
    assert [row.id for row in mediation.parked()] == ["dead"]


def test_the_command_drops_with_a_reason_only(mediation: Room) -> None:
    assert jiesu_parked("drop", "dead").exit_code == 2
    assert len(mediation.parked()) == 2

    assert jiesu_parked("drop", "dead", "--reason", "a test").exit_code == 0
    assert [row.id for row in mediation.parked()] == ["waiting"]
    assert "no parked letter 'dead'" in jiesu_parked("drop", "dead", "--reason", "again").output


def test_replaying_nothing_or_everything_and_something_is_refused(mediation: Room) -> None:
    assert jiesu_parked("replay").exit_code == 2
    assert jiesu_parked("replay", "dead", "--all").exit_code == 2
    assert len(mediation.parked()) == 2


def test_a_letter_that_is_not_parked_is_named_when_it_shall_be_replayed(mediation: Room) -> None:
    said = jiesu_parked("replay", "nobody")

    assert said.exit_code == 1
    assert "no parked letter 'nobody'" in said.stderr
    assert len(mediation.parked()) == 2


@pytest.mark.parametrize(
    "words",
    [("list",), ("list", "--json"), ("show", "dead"), ("replay", "dead"), ("drop", "dead", "--reason", "a test")],
)
def test_a_database_that_is_broken_is_named_in_a_line_and_the_others_are_looked_at(
    mediation: Room, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "hotline.sqlite3").write_text("junk\n")

    said = jiesu_parked(*words, services=("hotline", "mediation"))

    assert (said.exit_code, type(said.exception)) == (1, SystemExit)
    [told] = [line for line in said.stderr.splitlines() if "hotline.sqlite3" in line]
    assert "file is not a database" in told
    assert "sqlalche.me" not in said.stderr
    assert said.stdout.startswith("0 healed, 1 still parked") or mediation.blueprint.name in said.stdout
    assert jiesu_parked("show", "nobody", services=("hotline",)).exit_code != 0


def test_without_a_database_the_commands_say_where_they_looked_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path / "nowhere"))
    for name in ("JIESU_DATABASE_URL", "JIESU_MEDIATION_DATABASE_URL", "JIESU_AMQP_URL"):
        monkeypatch.delenv(name, raising=False)

    said = jiesu_parked("list")
    looked = CliRunner().invoke(jiesu, ["doctor", "mediation"])

    assert said.exit_code == 1
    assert "nowhere/mediation.sqlite3 can't be used" in said.stderr
    assert "jiesu migrate mediation" in said.stderr
    assert "nowhere/mediation.sqlite3 is the right address" in looked.stdout
    assert "sqlalche.me" not in looked.stdout


def test_without_a_broker_migrate_says_so_and_a_replay_needs_no_database_of_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.setenv("JIESU_AMQP_URL", "amqp://guest:guest@127.0.0.1:1//")
    monkeypatch.delenv("JIESU_DATABASE_URL", raising=False)
    monkeypatch.setenv("JIESU_RELIEF_DATABASE_URL", f"sqlite:///{tmp_path}/away/relief.sqlite3")

    migrated = CliRunner().invoke(jiesu, ["migrate", "mediation"])
    replayed = CliRunner().invoke(jiesu, ["history", "replay", "--to", "relief", "--from", "mediation"])

    assert (migrated.exit_code, replayed.exit_code) == (1, 0)
    assert "mailboxes are missing" in migrated.stderr
    assert replayed.stdout == "mediation -> relief: 0\n"
    assert (tmp_path / "mediation.sqlite3").exists()
