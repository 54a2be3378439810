"""The same account after every fault: what was accepted, where it is, and whether anything was lost or done twice."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from sqlalchemy import func, select

from chassis.cases import verify

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from chassis.blueprint import Blueprint
    from chassis.database import Database

MECHANISMS = frozenset({"mediation", "enforcement", "hotline", "wage_recovery", "relief", "property"})
#: States of the ledger of an appeal that a mechanism has or had, as these tests play it.
WITH_A_MECHANISM = frozenset({"dispatched", "accepted", "concluded", "rework", "closed"})
#: The steps by which a mechanism takes a case on, each of which it tells.
_TAKING_ON = frozenset({"case_accepted", "rework_taken"})
_SERIAL = re.compile(r"\d+")
_SHOWN = 5
_COLUMNS = frozenset({"id", "subject", "state", "number", "mechanism", "entries", "chain"})


class Stored(Protocol):
    """Services whose databases can be looked into."""

    services: list[str]

    def blueprint(self, service: str) -> Blueprint:
        """Return a service's blueprint."""

    def database(self, service: str) -> Database:
        """Return a service's database."""


@dataclass(frozen=True, slots=True)
class Told:
    """A letter as its teller keeps it."""

    id: str
    key: str
    subject: str
    posted: bool
    cause: str
    data: dict[str, Any]


@dataclass(slots=True)
class Records:
    """What one service's database holds."""

    cases: dict[str, Any] = field(default_factory=dict)
    timeline: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    letters: list[Told] = field(default_factory=list)
    receipts: set[str] = field(default_factory=set)
    parked: list[Any] = field(default_factory=list)


def read(stored: Stored, service: str) -> Records:
    """Read all that one service holds, as of one moment for each table."""
    spec, records = stored.blueprint(service), Records()
    store = spec.store
    with stored.database(service).read() as session:
        # Readers before tellers would see receipts too few: letters first, what was made of them after.
        records.letters = [_told(row) for row in session.execute(select(store.letters).order_by(store.letters.c.seq))]
        if spec.workflow is not None:
            wanted = [column for column in spec.case.__table__.c if column.name in _COLUMNS]
            records.cases = {case.subject: case for case in session.execute(select(*wanted))}
            entries = session.execute(select(store.timeline).order_by(store.timeline.c.case_id, store.timeline.c.seq))
            for row in entries:
                records.timeline[row.case_id].append(dict(row._mapping))
        records.receipts = set(session.scalars(select(store.receipts.c.letter_id)))
        columns = [column for column in store.parked.c if column.name != "body"]
        records.parked = list(session.execute(select(*columns)))
    return records


def _told(row: Any) -> Told:
    event = orjson.loads(row.body)
    return Told(row.id, row.key, row.subject, row.posted_at is not None, event.get("causationid", ""), event["data"])


def readers(stored: Stored, letter: Told) -> Iterable[str]:
    """Name the services that have to take a letter."""
    for service in stored.services:
        reader = stored.blueprint(service).reader(letter.key)
        if reader is not None and all(letter.data.get(name) == value for name, value in reader.only.items()):
            yield service


def faults(stored: Stored, accepted: Collection[str], *, poison: Collection[str] = ()) -> list[str]:
    """Return a sentence for each thing that is lost, doubled, torn or parked; none means that all is well.

    `accepted` are the ids of all appeals that were answered by 201; `poison` those of parked letters that are meant
    to be parked.
    """
    found = {service: read(stored, service) for service in stored.services}
    said = [*_appeals(found, set(accepted))]
    for service, records in found.items():
        said += _cases(service, records, stored.blueprint(service))
        said += _effects(service, records)
        said += _parked(service, records, set(poison))
    said += _letters(stored, found)
    said += _board(stored, found["routing"].cases.keys())
    return said


def _appeals(found: dict[str, Records], accepted: set[str]) -> Iterable[str]:
    intake, ledger = found["intake"].cases, found["routing"].cases
    yield from _named("accepted appeals are lost: intake has no case of", accepted - intake.keys())
    yield from _named("appeals that nobody was told of are in intake:", intake.keys() - accepted)
    yield from _named("accepted appeals are lost: the ledger has no line of", accepted - ledger.keys())
    yield from _named("lines of the ledger come from nowhere:", ledger.keys() - accepted)
    holders = Counter(subject for name in MECHANISMS & found.keys() for subject in found[name].cases)
    yield from _named(
        "appeals are with several mechanisms:", (subject for subject, count in holders.items() if count > 1)
    )
    sent = {subject for subject, case in ledger.items() if case.state in WITH_A_MECHANISM}
    yield from _named("dispatched appeals are with no mechanism:", sent - holders.keys())
    yield from _named("mechanisms have what was not dispatched:", holders.keys() - sent)
    yield from _named(
        "appeals are with another mechanism than the ledger says:",
        (subject for subject in sent & holders.keys() if subject not in found[ledger[subject].mechanism].cases),
    )
    numbers = sorted(int(_SERIAL.findall(case.number)[-1]) for case in ledger.values())
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"ledger numbers are not 1 to {len(numbers)}, each once: {len({*numbers})} different, last {numbers[-1:]}"
    waiting = {subject for subject in sent if intake.get(subject) is not None and intake[subject].state == "registered"}
    yield from _named("residents are not shown that theirs was dispatched:", waiting)


def _cases(service: str, records: Records, spec: Blueprint) -> Iterable[str]:
    if spec.workflow is None:
        return
    torn, stateless = [], []
    for subject, case in records.cases.items():
        entries = records.timeline[case.id]
        if len(entries) != case.entries or not verify(entries, case.chain):
            torn.append(subject)
        if case.state not in spec.workflow.states or not entries or entries[-1]["target"] != case.state:
            stateless.append(subject)
    yield from _named(f"timelines of {service} do not verify:", torn)
    yield from _named(f"cases of {service} are not in the one state that their timeline ends in:", stateless)
    known = {case.id for case in records.cases.values()}
    yield from _named(f"timelines of {service} belong to no case:", records.timeline.keys() - known)


def _effects(service: str, records: Records) -> Iterable[str]:
    entries = Counter(
        (entry["cause"], entry["trigger"])
        for timeline in records.timeline.values()
        for entry in timeline
        if entry["cause"]
    )
    yield from _named(
        f"letters had an effect on {service} twice:", (f"{c} {t}" for (c, t), n in entries.items() if n > 1)
    )
    told: Counter[tuple[str, str, str]] = Counter()
    for letter in records.letters:
        told[letter.cause, letter.key, letter.subject] += 1
    twice = (f"{key} about {subject}" for (cause, key, subject), count in told.items() if count > 1 and cause)
    yield from _named(f"{service} told the same for one cause twice:", twice)
    once = Counter((letter.key, letter.subject) for letter in records.letters if letter.key in _ONCE)
    yield from _named(
        f"{service} told twice:", (f"{key} about {subject}" for (key, subject), n in once.items() if n > 1)
    )
    taken_on = Counter(letter.subject for letter in records.letters if letter.key.endswith(".case_accepted.v1"))
    wrong = (
        subject
        for subject, case in records.cases.items()
        if service in MECHANISMS
        and taken_on[subject] != sum(entry["trigger"] in _TAKING_ON for entry in records.timeline[case.id])
    )
    yield from _named(f"{service} did not tell once of each time that it took on:", wrong)


#: Facts that are told once in an appeal's life, as these tests play it.
_ONCE = frozenset(
    {
        "intake.appeal_registered.v1",
        "routing.appeal_ledgered.v1",
        "routing.appeal_signed.v1",
        "routing.appeal_dispatched.v1",
        "feedback.appeal_closed.v1",
    }
)


def _parked(service: str, records: Records, poison: set[str]) -> Iterable[str]:
    for row in records.parked:
        if row.id not in poison:
            yield f"{service} has parked {row.key} {row.id}, which is no poison: {row.kind}: {row.reason}"
        elif not row.reason or not row.dead:
            yield f"{service} does not say why {row.id} is parked for good: {row.kind}: {row.reason!r}"


def _letters(stored: Stored, found: dict[str, Records]) -> Iterable[str]:
    unposted, unread = Counter[str](), Counter[str]()
    for service, records in found.items():
        for letter in records.letters:
            if not letter.posted:
                unposted[service] += 1
            for reader in readers(stored, letter):
                if letter.id not in found[reader].receipts:
                    unread[f"{letter.key} by {reader}"] += 1
    for service, count in unposted.items():
        yield f"{count} letters of {service} were never posted"
    for what, count in unread.items():
        yield f"{count} letters are lost: {what} has no receipt"


def _board(stored: Stored, known: Collection[str]) -> Iterable[str]:
    if "portal" not in stored.services:
        return
    appeals = stored.blueprint("portal").metadata.tables["appeals"]
    with stored.database("portal").read() as session:
        shown = set(session.scalars(select(appeals.c.subject).where(appeals.c.state != "")))
    yield from _named("appeals are missing on the board:", set(known) - shown)


def _named(what: str, subjects: Iterable[str]) -> Iterable[str]:
    names = sorted(subjects)
    if names:
        yield f"{len(names)} {what} {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}"


def faults_when_calm(
    stored: Stored, accepted: Collection[str], *, poison: Collection[str] = (), seconds: float = 180.0
) -> list[str]:
    """Wait until an account shows no faults; return those that the last one in time still shows."""
    deadline = time.monotonic() + seconds
    received = -1
    while True:
        before, received = received, _received(stored)
        left = _restless(stored) or ([] if received == before else ["letters are still being read"])
        if not left:
            left = faults(stored, accepted, poison=poison)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.3)


def _received(stored: Stored) -> int:
    total = 0
    for service in stored.services:
        receipts = stored.blueprint(service).store.receipts
        with stored.database(service).read() as session:
            total += session.scalar(select(func.count()).select_from(receipts)) or 0
    return total


def _restless(stored: Stored) -> list[str]:
    """Say which services still have something to post or to heal: a cheap look before the whole account."""
    said = []
    for service in stored.services:
        store = stored.blueprint(service).store
        with stored.database(service).read() as session:
            unposted = select(store.letters.c.seq).where(store.letters.c.posted_at.is_(None)).limit(1)
            if session.execute(unposted).first() is not None:
                said.append(f"{service} has letters to post")
            waiting = select(store.parked.c.kind, store.parked.c.reason).where(store.parked.c.dead.is_(False)).limit(1)
            row = session.execute(waiting).first()
            if row is not None:
                said.append(f"{service} has letters that wait: {row.kind}: {row.reason}")
    return said
