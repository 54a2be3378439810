"""From a fact to a notice that is on record, and from there to whom it is for.

    fact --> note() --> notices (waiting) --> Courier, one for each channel --> sent
             same transaction     ^  |                |
                                  |  +- declined      +- tried again, later each time
                                  +------ retry ---------- parked, with the reason

A courier takes one notice at a time, in a transaction that says until when it has it; sends it outside of any
transaction; and records what came of it. If it dies in between, the notice is sent again under the same id. Any number
of replicas may run couriers of one channel.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock_time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import structlog
from sqlalchemy import delete, func, select, update

from chassis import metrics
from chassis.chores import Setbacks
from chassis.inbox import wait_after
from chassis.masking import mask_phone
from chassis.sealing import SealError, seal, unseal
from chassis.views import when
from chassis.wire import new_id
from chassis.workcalendar import ZONE
from services.intake import rules
from services.intake.messages import notices
from services.intake.messages.channels import Message, NotDeliverableError, NotDeliveredError
from services.intake.models import Addressee, Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint
    from chassis.database import Database
    from chassis.keys import KeyFolder
    from chassis.work import Work
    from chassis.worker import Station
    from services.intake.messages.notices import Book, Channel

log = structlog.get_logger(__name__)

WAITING: Final = "waiting"
SENT: Final = "sent"
PARKED: Final = "parked"
DECLINED: Final = "declined"
STATES: Final = (WAITING, SENT, PARKED, DECLINED)
#: A notice that was taken and of which nothing is on record after so long is taken for lost and sent again.
LEASE: Final = timedelta(minutes=3)
_REASON: Final = 400
_CHANNELS: Final = "channels"
_WATCH_SECONDS: Final = 15.0
_LAST_SECOND: Final = 59


# -- writing ------------------------------------------------------------------


def register(work: Work, keys: KeyFolder, case: Any, *, code: str, phone: str) -> None:
    """Keep whom notices of an appeal go to, and tell him that it is registered, where any channel reaches residents."""
    book = notices.book()
    if not book.tells_residents or not phone or case.channel not in book.doors:
        return
    known = {"to": phone, "code": code}
    sealed = seal(known, keys.public("intake"))
    work.keep(
        Addressee,
        {"subject": case.subject, "petitioner": case.petitioner, "sealed": sealed, "declined_at": None},
    )
    _write(work, book, keys, case, "registered", {}, known=known, petitioner=case.petitioner)


def note(work: Work, keys: KeyFolder, case: Any, fact: str, **told: Any) -> None:
    """Write the notices that a fact about an appeal calls for; none where nobody has named a channel.

    `told` are what the fact says: `due` is a time, `unit` the unit it is about, if not the one that has the appeal. Where
    others are heard under its handling, they learn of it as its petitioner does.
    """
    book = notices.book()
    if not book.channels:
        return
    _write(work, book, keys, case, fact, told)
    if book.tells_residents and fact in rules.SHARED:
        for other in map(work.case, case.details.get("joined", ())):
            if other is not None and other.voice_of == case.subject:
                _write(work, book, keys, other, fact, told, whom=(notices.RESIDENT,))


def archive(work: Work, case: Any) -> None:
    """Forget whom notices of an appeal went to: there will be none any more."""
    if notices.book().tells_residents:
        work.session.execute(update(Addressee).where(Addressee.subject == case.subject).values(sealed=""))


def _write(
    work: Work,
    book: Book,
    keys: KeyFolder,
    case: Any,
    fact: str,
    told: Mapping[str, Any],
    *,
    known: Mapping[str, str] | None = None,
    petitioner: str = "",
    whom: Sequence[str] = (notices.RESIDENT, notices.UNIT, notices.LEADER),
) -> None:
    mechanism, holder = rules.holder(case.public)
    unit = told.get("unit") or holder
    due = told.get("due")
    common = {"number": case.number or "", "due": _day(due) if due else ""}
    for notice, channel in book.fitting(fact, {"urgency": case.urgency, **told}, unit):
        if notice.to not in whom:
            continue
        row = {"petitioner": "", "text": "", "sealed": ""}
        if notice.to == notices.RESIDENT:
            if known is None:
                known, petitioner = _addressee(work.session, keys, case.subject)
            if not known:
                continue
            text = book.say(notice, **common, **_links(book, known["code"], _rating_path(keys, told)))
            number = "****" if case.details.get("confidential") else mask_phone(known["to"])
            row["petitioner"], row["shown"] = petitioner, number
            row["sealed"] = seal({"to": known["to"], "text": text}, keys.public("intake"))
        else:
            work_page = f"{book.address}/{mechanism or 'intake'}/cases"
            row["text"] = book.say(notice, **common, unit=book.units.get(unit, unit), work=work_page)
            row["shown"] = unit if notice.to == notices.UNIT else notices.LEADER
        due_at = book.not_before(notice, work.now, urgent=case.urgency in rules.URGENT)
        work.keep(
            Notice,
            {
                "id": new_id(),
                "subject": case.subject,
                "name": notice.name,
                "channel": channel.name,
                "state": WAITING,
                **row,
                "written_at": work.now,
                "due_at": due_at,
                "next_at": due_at,
                "tries": 0,
                "reason": "",
            },
        )


def _addressee(session: Session, keys: KeyFolder, subject: str) -> tuple[dict[str, str], str]:
    found = session.get(Addressee, subject)
    if found is None or not found.sealed:
        return {}, ""
    return unseal(found.sealed, keys.private("intake")), found.petitioner


def _rating_path(keys: KeyFolder, told: Mapping[str, Any]) -> str:
    """Open the path by which a resident rates, if feedback has told one."""
    link = told.get("link", "")
    return str(unseal(link, keys.private("intake")).get("path", "")) if link else ""


def _links(book: Book, code: str, rate: str) -> dict[str, str]:
    """Return the addresses for a resident; `rate` is the path on this site that feedback has signed, if it has."""
    own = rate if rate.startswith("/") and not rate.startswith("//") else f"/feedback/rate?code={quote(code)}"
    return {"link": f"{book.address}/intake/track?code={quote(code)}", "rate": f"{book.address}{own}"}


def _day(moment: datetime) -> str:
    """Spell the end of a time as pages do: midnight, and the last second before it, as 24:00 of the day that ends."""
    here = moment.astimezone(ZONE)
    ends = here + timedelta(seconds=1) if here.second == _LAST_SECOND else here
    day, hour = (ends - timedelta(days=1), "24:00") if ends.time() == clock_time.min else (here, f"{here:%H:%M}")
    return f"{day.month}月{day.day}日 {hour}"


# -- sending ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """A notice in hand: by the number of its tries it is known whether it still is."""

    id: str
    name: str
    tries: int
    due_at: datetime
    message: Message | None

    def still_mine(self) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions under which nobody has taken it since."""
        return Notice.id == self.id, Notice.state == WAITING, Notice.tries == self.tries


class Courier:
    """Brings the notices of one channel to it, one after the other; a channel that fails is left alone for a while."""

    def __init__(
        self,
        database: Database,
        blueprint: Blueprint,
        book: Book,
        channel: Channel,
        keys: KeyFolder,
        *,
        now: Callable[[], datetime],
        send: Callable[[Channel, Message, datetime], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database = database
        self.service = blueprint.name
        self.book = book
        self.channel = channel
        self.keys = keys
        self.now = now
        self.send = send
        self.setbacks = Setbacks(clock)

    def deliver(self) -> bool:
        """Send one notice that is due; return whether to go on at once. Raises the database's error in an outage."""
        if self.setbacks.aside(_CHANNELS):
            return False
        taken = self._take()
        if taken is None or taken.message is None:
            return taken is not None
        try:
            self.send(self.channel, taken.message, self.now())
        except NotDeliverableError as error:
            self._record(taken, PARKED, str(error))
        except NotDeliveredError as error:
            self.setbacks.note(_CHANNELS, self.channel.name)
            self._put_off(taken, str(error))
            return False
        else:
            self.setbacks.forget(_CHANNELS, self.channel.name)
            self._record(taken, SENT, "")
        return True

    def _due(self) -> Select[Any]:
        due = (Notice.state == WAITING, Notice.channel == self.channel.name, Notice.next_at <= self.now())
        return select(Notice).where(*due).order_by(Notice.next_at).limit(1)

    def _take(self) -> Taken | None:
        """Take one notice for a while, so that nobody else does; without message where it has come to its end so."""
        with self.database.read() as session:
            if session.scalars(self._due()).first() is None:
                return None
        with self.database.write() as session:
            row = session.scalars(self._due().with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            row.tries += 1
            row.next_at = self.now() + LEASE
            return Taken(row.id, row.name, row.tries, row.due_at, self._message(session, row))

    def _message(self, session: Session, row: Notice) -> Message | None:
        if self._is_declined(session, row):
            self._end(row, DECLINED, "诉求人不接收通知 / declined by the petitioner")
            return None
        told = {"to": row.shown, "text": row.text}
        if row.sealed:
            try:
                told = unseal(row.sealed, self.keys.private(self.service))
            except SealError as error:
                self._end(row, PARKED, str(error))
                return None
        return Message(id=row.id, notice=row.name, **told)

    def _is_declined(self, session: Session, row: Notice) -> bool:
        notice = self.book.notice(row.name)
        if not row.petitioner or (notice is not None and notice.required):
            return False
        declined = Addressee.petitioner == row.petitioner, Addressee.declined_at.is_not(None)
        return session.scalars(select(Addressee.subject).where(*declined).limit(1)).first() is not None

    def _end(self, row: Notice, state: str, reason: str) -> None:
        row.state, row.reason, row.ended_at = state, reason[:_REASON], self.now()
        if state != PARKED:
            row.sealed = ""
        self._count(row.id, state, reason)

    def _record(self, taken: Taken, state: str, reason: str) -> None:
        """Record an end, unless somebody else has taken the notice since."""
        with self.database.write() as session:
            row = session.scalars(select(Notice).where(*taken.still_mine()).with_for_update()).one_or_none()
            if row is not None:
                self._end(row, state, reason)

    def _put_off(self, taken: Taken, reason: str) -> None:
        if self.now() - taken.due_at >= self.book.give_up:
            self._record(taken, PARKED, reason)
            return
        wait = wait_after(taken.tries, random.random())  # noqa: S311 - jitter
        # What was sent to staff could not wait, or had its time already: one more try disturbs nobody who sleeps.
        again = self.book.not_before(self.book.notice(taken.name), self.now() + wait, urgent=True)
        with self.database.write() as session:
            put_off = update(Notice).where(*taken.still_mine()).values(next_at=again, reason=reason[:_REASON])
            session.execute(put_off)
        self._count(taken.id, "failed", reason)

    def _count(self, notice_id: str, outcome: str, reason: str) -> None:
        metrics.NOTICES.labels(self.service, self.channel.name, outcome).inc()
        if outcome in ("failed", PARKED):
            log.warning(
                "notice_failed", service=self.service, channel=self.channel.name, notice=notice_id, reason=reason
            )


class Watch:
    """Counts what waits and what was given up, for ops; forgets what is old; gives up what no channel takes any more."""

    def __init__(self, database: Database, blueprint: Blueprint, book: Book, *, now: Callable[[], datetime]) -> None:
        self.database = database
        self.service = blueprint.name
        self.book = book
        self.now = now
        self._next = 0.0

    def look_now_and_then(self) -> bool:
        """Do all of it if it is time to."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _WATCH_SECONDS
            self.look()
        return False

    def look(self) -> None:
        """Do all of it once; any number of replicas may."""
        now = self.now()
        gone = Notice.state == WAITING, Notice.channel.not_in(self.book.channels)
        with self.database.write() as session:
            reason = "渠道已从配置中删除 / the channel is configured no more"
            session.execute(update(Notice).where(*gone).values(state=PARKED, reason=reason, ended_at=now))
            session.execute(delete(Notice).where(Notice.ended_at < now - self.book.kept))
        late = func.min(Notice.due_at)
        counted = select(Notice.channel, Notice.state, func.count(), late)
        counted = counted.where(Notice.state.in_((WAITING, PARKED))).group_by(Notice.channel, Notice.state)
        with self.database.read() as session:
            found = {(row[0], row[1]): (row[2], row[3]) for row in session.execute(counted)}
        for channel in {*self.book.channels, *(name for name, _state in found)}:
            for state in (WAITING, PARKED):
                metrics.NOTICES_NOW.labels(self.service, channel, state).set(found.get((channel, state), (0, now))[0])
            since = found.get((channel, WAITING), (0, now))[1]
            metrics.NOTICES_LATE.labels(self.service, channel).set(max(0.0, (now - since).total_seconds()))


def errands(
    station: Station, book: Book, keys: KeyFolder, now: Callable[[], datetime]
) -> dict[str, Callable[[], bool]]:
    """Return what a worker does for notices outside of transactions: a courier for each channel, and the watch."""
    if not book.channels:
        return {}
    from services.intake.messages.porter import Porter  # noqa: PLC0415 - only where eventlet runs

    database, blueprint = station.database, station.blueprint

    def courier(channel: Channel) -> Callable[[], bool]:
        porter = Porter()
        sender = Courier(database, blueprint, book, channel, keys, now=now, send=porter.deliver)

        def run() -> bool:
            more = sender.deliver()
            if not more:
                porter.rest()
            return more

        return run

    watch = Watch(database, blueprint, book, now=now)
    found = {f"notices_{name}": courier(channel) for name, channel in book.channels.items()}
    return {**found, "notices_watch": watch.look_now_and_then}


# -- looking ------------------------------------------------------------------


def listed(session: Session, *, state: str = "", channel: str = "", before: str = "", most: int = 50) -> list[Notice]:
    """Return notices, the newest first; `before` is the id of the last one that was seen."""
    rows = select(Notice).order_by(Notice.id.desc()).limit(most)
    for column, value in ((Notice.state, state), (Notice.channel, channel)):
        rows = rows.where(column == value) if value else rows
    return list(session.scalars(rows.where(Notice.id < before) if before else rows))


def retry(session: Session, now: datetime, notice_id: str = "") -> int:
    """Have parked notices tried anew, or the one that is named; return how many. Each keeps its id."""
    parked = update(Notice).where(Notice.state == PARKED)
    parked = parked.where(Notice.id == notice_id) if notice_id else parked
    # It is due anew: given up after as long as at first.
    anew = {"state": WAITING, "next_at": now, "due_at": now, "tries": 0, "ended_at": None}
    return int(session.connection().execute(parked.values(**anew)).rowcount)


def standing(session: Session, subject: str) -> str:
    """Say whether notices of an appeal go to its petitioner: `on`, `off`, or an empty string where there are none."""
    found = session.get(Addressee, subject)
    if found is None or not found.sealed:
        return ""
    declined = Addressee.petitioner == found.petitioner, Addressee.declined_at.is_not(None)
    return "off" if session.scalars(select(Addressee.subject).where(*declined).limit(1)).first() else "on"


def choose(session: Session, subject: str, now: datetime, *, wanted: bool) -> bool:
    """Let a petitioner decline notices of all that is his, or take that back; return whether he gets any."""
    found = session.get(Addressee, subject)
    if found is None:
        return False
    his = update(Addressee).where(Addressee.petitioner == found.petitioner)
    session.execute(his.values(declined_at=None if wanted else now))
    return True


def as_json(row: Notice) -> dict[str, Any]:
    """Return a notice as it may be seen: a resident's number masked, his words not at all."""
    return {
        "id": row.id,
        "appeal_id": row.subject,
        "notice": row.name,
        "channel": row.channel,
        "to": row.shown,
        "state": row.state,
        "tries": row.tries,
        "reason": row.reason,
        "written_at": when(row.written_at),
        "next_at": when(row.next_at) if row.state == WAITING else None,
        "ended_at": when(row.ended_at),
    }
