"""What tests of services stand on: a service in a room of its own, without a broker.

room = Room(MediationService, tmp_path)
room.hear("routing.appeal_dispatched.v1", "A1", {...})
room.act("A1", "case_accepted", {}, role=Role.HANDLER)
[accepted] = room.told("case_accepted.v1")
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from chassis import blueprint, pages, views, wire
from chassis.access import Principal
from chassis.chores import Setbacks, take_due
from chassis.clocks import Clock
from chassis.database import Database
from chassis.inbox import Inbox
from chassis.service import expire_clocks
from chassis.work import Work
from chassis.workflow import Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chassis.service import Service

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class Room:
    """One service over a database of its own; `now` stands still until it is moved."""

    def __init__(self, service: type[Service], folder: Path, url: str = "", now: datetime = START) -> None:
        self.blueprint = blueprint.read(service)
        self.database = Database(url or f"sqlite:///{folder / self.blueprint.name}.sqlite3", self.blueprint.name)
        self.blueprint.dialect = self.database.dialect
        self.blueprint.metadata.create_all(self.database.engine)
        self.now = now
        self.service = service()
        self.inbox = Inbox(self.database, self.blueprint, self.service, now=lambda: self.now)

    def hear(self, key: str, subject: str, data: Mapping[str, Any], letter_id: str = "") -> str:
        """Deliver one letter; return its id."""
        letter = wire.Letter(id=letter_id or wire.new_id(), key=key, subject=subject, time=self.now, data=dict(data))
        self.inbox.take([(wire.encode(letter), key)])
        return letter.id

    def act(
        self,
        subject: str,
        trigger: str,
        form: Mapping[str, Any] | None = None,
        *,
        role: Role = Role.HANDLER,
        person: str = "",
    ) -> None:
        """Take a step as a person, with the raw form as it would be posted; without one, each role is somebody else's."""
        who = person or ("p1" if role is Role.HANDLER else f"p1-{role.value}")
        principal = Principal(
            id=who,
            name="处办员甲" if who == "p1" else f"工作人员{who}",
            roles=frozenset({role.value}),
            services=frozenset({"*"}),
            units=frozenset({"*"}),
            lang="zh",
        )
        with self.database.write() as session:
            work = Work(session, self.blueprint, self.now, principal=principal)
            case = work.expect(subject)
            workflow = self.blueprint.workflow
            step = workflow.step(case.state, trigger) if workflow else None
            loaded = step.form().load(dict(form or {})) if step is not None and step.form is not None else {}
            if trigger in self.blueprint.before:
                loaded = dict(self.blueprint.before[trigger](work, case, loaded))
            work.step(case, trigger, loaded)
            work.record()

    def pass_time(self, length: timedelta) -> None:
        """Let time pass, and the clocks that run out meanwhile take their steps."""
        self.now += length
        more = True
        while more:
            with self.database.write() as session:
                work = Work(session, self.blueprint, self.now)
                more = expire_clocks(work)
                work.record()

    def run(self, chore: str) -> None:
        """Run one of the service's chores."""
        with self.database.write() as session:
            work = Work(session, self.blueprint, self.now)
            [known] = [one for one in self.blueprint.chores if one.method == chore]
            if known.each is None:
                getattr(self.service, chore)(work)
            else:
                take_due(work, self.service, known, Setbacks())
            work.record()

    def case(self, subject: str) -> Any:
        """Return the stored case of a subject."""
        with self.database.read() as session:
            kind = self.blueprint.case
            return session.scalars(select(kind).where(kind.subject == subject)).one_or_none()

    def state(self, subject: str) -> str:
        """Return the state of a subject's case."""
        return str(self.case(subject).state)

    def clocks(self, subject: str) -> dict[str, Clock]:
        """Return the clocks of a subject's case by name."""
        table = self.blueprint.store.clocks
        with self.database.read() as session:
            rows = session.execute(select(table).where(table.c.case_id == self.case(subject).id))
            return {row.name: Clock.from_dict(row.body) for row in rows}

    def clock(self, subject: str, name: str) -> Clock:
        """Return the clock of a name, whatever it is about: of several the one that ends first, of those that run if any does."""
        found = [one for one in self.clocks(subject).values() if one.name == name]
        return min(found, key=lambda one: (one.stopped_at is not None, one.due_at(self.blueprint.calendar)))

    def page(self, subject: str) -> dict[str, Any]:
        """Return what the page of a subject's case shows in Chinese, to somebody who may take every step."""
        spec = self.blueprint
        anybody = Principal(
            id="p0", name="", roles=frozenset(Role), services=frozenset({"*"}), units=frozenset({"*"}), lang="zh"
        )
        with self.database.read() as session:
            [case] = session.scalars(select(spec.case).where(spec.case.subject == subject))
            seen = views.whole(session, case, spec, anybody, self.now)
        steps = spec.workflow.steps_from(case.state) if spec.workflow else ()
        forms = {step.trigger: step.form for step in steps}
        return pages.case_context(seen, forms, terms=spec.terms, lang="zh", inner=spec.inner)

    def told(self, name: str = "", subject: str = "") -> list[dict[str, Any]]:
        """Return the data of the letters told, oldest first, by fact name such as `case_accepted.v1`."""
        table = self.blueprint.store.letters
        with self.database.read() as session:
            rows = session.execute(select(table).order_by(table.c.seq)).all()
        return [
            orjson.loads(row.body)["data"]
            for row in rows
            if (not name or row.key == f"{self.blueprint.name}.{name}") and (not subject or row.subject == subject)
        ]

    def parked(self) -> list[Any]:
        """Return the parked letters."""
        with self.database.read() as session:
            return list(session.execute(select(self.blueprint.store.parked)).all())
