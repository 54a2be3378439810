"""One transaction's work: cases read, steps taken, facts told, all recorded together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnDefault, inspect, select, update
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from chassis import bulk, figures, papers
from chassis import clocks as clocking
from chassis.access import acting_role
from chassis.cases import CaseColumns, link, takers
from chassis.legal import LegalError
from chassis.running import RunningClocks
from chassis.wire import MOST_BYTES, Letter, encode, new_id, plain
from chassis.workcalendar import local, local_date
from chassis.workflow import EVERY, UNMANNED, Decision, Moment, NotPermittedError, Refusal, RefusedError, Role, person

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Column, Table
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.blueprint import Blueprint
    from chassis.clocks import Running
    from chassis.facts import Fact
    from chassis.store import Row
    from chassis.workflow import Step


class NotYetError(Exception):
    """What a letter depends on has not arrived; it waits and is tried again."""


class Work:
    """The unit of work that handlers, chores and doors are given.

    `now` is the time of the whole unit. `cause` is the letter being handled, if any;
    facts told then carry its id. Nothing is sent here: letters are rows, and the
    relay posts them after the commit.
    """

    def __init__(
        self,
        session: Session,
        service: Blueprint,
        now: datetime,
        *,
        principal: Principal | None = None,
    ) -> None:
        self.session = session
        self.service = service
        self.now = now
        self.principal = principal
        self.cause: Letter | None = None
        self.letters: list[Row] = []
        self._timeline: list[Row] = []
        self._clocks = RunningClocks(session, service)
        self._cases: dict[str, Any] = {}
        self._opened: list[Any] = []
        self._kept: dict[Table, list[Row]] = {}
        self._to_count: dict[str, Any] = {}
        self._beside: dict[str, Any] = {}
        self._changes = 0
        self._known: list[Any] = []

    def known(self) -> Any:
        """Return what the service's rules go by beside the case, read once for the whole unit."""
        if not self._known:
            self._known.append(self.service.known(self.session, self.now))
        return self._known[0]

    def took(self, case_id: str) -> dict[str, set[str]]:
        """Return who has taken which step of a case: ids and names of people, by trigger, this unit's included."""
        found = takers(self.session, self.service.store.timeline, [case_id])[case_id]
        for row in self._timeline:
            if row["case_id"] == case_id and row["role"] not in UNMANNED:
                found.setdefault(row["trigger"], set()).update(person(row["actor"], row["actor_name"]))
        return found

    # -- facts ---------------------------------------------------------------

    def tell(self, fact: Fact, subject: str) -> str:
        """Record a fact to be told; return its letter's id."""
        cause = self.cause
        letter_id = new_id()
        letter = Letter(
            id=letter_id,
            key=f"{self.service.name}.{fact.name()}",
            subject=subject,
            time=self.now,
            data=fact.data(),
            causation=cause.id if cause else "",
            correlation=(cause.correlation or cause.id) if cause else letter_id,
            traceparent=cause.traceparent if cause else "",
        )
        body = encode(letter)
        if len(body) > MOST_BYTES:
            message = f"{letter.key} about {subject} has {len(body)} bytes: nobody reads more than {MOST_BYTES}"
            raise ValueError(message)
        self.letters.append(
            {
                "id": letter.id,
                "key": letter.key,
                "subject": subject,
                "body": body,
                "told_at": self.now,
            }
        )
        self._changes += 1
        return letter.id

    def tell_again(self, fact: type[Fact], subject: str) -> None:
        """Post a fact that was told once more, for who asks for it again: the same letter, which its readers know by its id."""
        letters = self.service.store.letters
        key = f"{self.service.name}.{fact.name()}"
        self.session.execute(
            update(letters).where(letters.c.subject == subject, letters.c.key == key).values(posted_at=None)
        )

    def keep(self, kind: Any, row: Row) -> None:
        """Record a row of one of the service's own tables, which nothing else of this unit reads, with the others of its kind."""
        self._kept.setdefault(kind.__table__, []).append(row)
        self._changes += 1

    # -- cases ---------------------------------------------------------------

    def prefetch(self, subjects: Iterable[str]) -> None:
        """Read the cases of many subjects at once, so that handlers find them here."""
        wanted = {subject for subject in subjects if subject and subject not in self._cases}
        if not wanted or self.service.case is None:
            return
        self._cases.update(dict.fromkeys(wanted))
        rows = self.session.scalars(select(self.service.case).where(self.service.case.subject.in_(wanted)))
        self._cases.update({row.subject: row for row in rows})

    def case(self, subject: str) -> Any:
        """Return the case of a subject, or None."""
        if subject not in self._cases:
            self.prefetch([subject])
        return self._cases.get(subject)

    def expect(self, subject: str) -> Any:
        """Return the case of a subject, or raise NotYetError."""
        case = self.case(subject)
        if case is None:
            message = f"no case for {subject} here yet"
            raise NotYetError(message)
        return case

    def prefetch_by_id(self, case_ids: Iterable[str]) -> None:
        """Read many cases by their ids at once."""
        kind = self.service.case
        if kind is not None:
            rows = list(self.session.scalars(select(kind).where(kind.id.in_(set(case_ids)))))
            self._cases.update({row.subject: row for row in rows})

    def take_up(self, cases: Sequence[Any]) -> None:
        """Know cases that were read by other means: their clocks are read, and their changes recorded, together."""
        self._cases.update({case.subject: case for case in cases})

    def case_by_id(self, case_id: str) -> Any:
        """Return a case by its id, or None."""
        case = self.session.get(self.service.case, case_id) if self.service.case else None
        if case is not None:
            self._cases[case.subject] = case
        return case

    def open(self, subject: str, **columns: Any) -> Any:
        """Open a case in its procedure's first state."""
        columns.setdefault("details", {})
        columns["details"] = plain(columns["details"])
        kind, workflow = self.service.case, self.service.workflow
        if kind is None or workflow is None:
            message = f"{self.service.name} has no cases"
            raise TypeError(message)
        case = kind(
            id=columns.pop("id", None) or new_id(),
            subject=subject,
            state=workflow.initial,
            version=1,
            opened_at=self.now,
            updated_at=self.now,
            entries=0,
            chain="",
            **columns,
        )
        self._opened.append(case)
        self._cases[subject] = case
        self._clocks.begin(case)
        self._enter(case, self._moment(Role.BUS), "opened", "", workflow.initial, {})
        return case

    def step(
        self, case: Any, trigger: str, form: Mapping[str, Any] | None = None, *, role: Role | None = None
    ) -> Decision:
        """Take a step of a case. `form` is what the step's schema loaded.

        A list `clocks` among the step's changes starts service clocks.
        Raises WorkflowError, changing nothing.
        """
        workflow = self.service.workflow
        if workflow is None:
            message = f"{self.service.name} has no procedure"
            raise TypeError(message)
        step = workflow.step(case.state, trigger)
        moment = self._moment(role or self._role_for(step.roles, case, trigger))
        try:
            decision = workflow.decide(case, trigger, form, moment=moment)
            begun = self._begun(case, decision)
        except (LegalError, clocking.ClockError) as error:
            # A day out of range, or one on which the law was another: what was entered is wrong.
            raise RefusedError(trigger, (Refusal(error.zh, error.en),)) from error
        paper = self._paper(case, step, decision, moment)
        served = papers.meant(step.serves, case, decision.form) if step.serves else ("", 0)
        columns = {name: value for name, value in decision.changes.items() if name in case.__mapper__.columns}
        # What stands in both is changed in both: rules and facts read the details only.
        extra = {name: value for name, value in decision.changes.items() if name not in columns or name in case.details}
        kept = plain({**decision.kept, **extra})
        case.state = decision.target
        case.updated_at = self.now
        if decision.target in workflow.ends:
            # From one end to the next, such as into the archive, it ended when it first did.
            case.ended_at = case.ended_at or self.now
        elif case.ended_at is not None:
            case.ended_at = None
        for name, value in columns.items():
            setattr(case, name, value)
        if kept:
            case.details = {**case.details, **kept}
        self._run_clocks(case, decision, begun)
        for row in kept.get("clocks", ()):
            self.start_clock(case, clocking.Clock.from_dict(row), "service")
        self._file(case, paper, served, decision, moment)
        self._enter(case, moment, trigger, decision.source, decision.target, plain(decision.form))
        for fact in self.service.witness(self, case, decision, moment):
            self.tell(fact, case.subject)
        return decision

    def _paper(self, case: Any, step: Step, decision: Decision, moment: Moment) -> Row | None:
        """Write the document of a step; RefusedError, changing nothing, where it lacks something."""
        if not step.document or self.service.papers is None or moment.role not in (step.document_by or step.roles):
            return None
        found = papers.template(self.service, step.document)
        if found is None:
            return None
        kept = plain({**case.details, **decision.kept, **decision.changes})
        context = papers.seen(case, plain(decision.form), kept, moment)
        if refusals := papers.missing(found, context):
            raise RefusedError(step.trigger, refusals)
        try:
            return papers.issue(self.session, self.service, case, found, context, moment)
        except papers.TemplateFault as fault:
            raise RefusedError(step.trigger, (Refusal(str(fault), str(fault)),)) from fault

    def _file(self, case: Any, paper: Row | None, served: tuple[str, int], decision: Decision, moment: Moment) -> None:
        """Put into the register what a step has written, and that a document has reached somebody, as its form says."""
        table, delivery = self.service.papers, decision.step.serves
        if paper is not None:
            self._kept.setdefault(table, []).append(paper)
        if delivery is None or table is None:
            return
        form = plain(decision.form)
        if not papers.reaches(delivery, form):
            return
        name, after_it = served
        written = {row["name"]: row for row in self._kept.get(table, ()) if row["case_id"] == case.id}
        if row := written.get(name):
            row["served"] = [*row["served"], papers.delivered(delivery, form, row["head"]["to"], moment)]
            return
        of_it = select(table.c.id, table.c.head, table.c.served).where(table.c.case_id == case.id, table.c.name == name)
        for known in self.session.execute(of_it.order_by(table.c.version.desc()).offset(after_it).limit(1)):
            now = [*known.served, papers.delivered(delivery, form, known.head["to"], moment)]
            self.session.execute(table.update().where(table.c.id == known.id).values(served=now))

    def note(self, case: Any, trigger: str, form: Mapping[str, Any], *, role: Role = Role.BUS) -> None:
        """Add a timeline entry that changes no state."""
        self._enter(case, self._moment(role), trigger, case.state, case.state, plain(form))

    def _role_for(self, roles: tuple[Role, ...], case: Any, trigger: str) -> Role:
        if self.principal is None:
            unmanned = [role for role in roles if role in UNMANNED]
            if unmanned:
                return unmanned[0]
            raise NotPermittedError(trigger, roles)
        found = acting_role(self.principal, roles=roles, service=self.service.name, unit=case.unit)
        if found is None:
            raise NotPermittedError(trigger, roles)
        return found

    def _moment(self, role: Role) -> Moment:
        who = self.principal
        if who is not None:
            return Moment(
                now=self.now,
                actor=who.id,
                actor_name=who.name,
                role=role,
                known=self.known,
                took=self.took,
                clocks=self.clocks_of,
                units=who.units,
            )
        actor = f"letter:{self.cause.id}" if self.cause else role.value
        return Moment(now=self.now, actor=actor, role=role, known=self.known, clocks=self.clocks_of)

    def _enter(self, case: CaseColumns, moment: Moment, trigger: str, source: str, target: str, form: Any) -> None:
        case.entries += 1
        entry: Row = {
            "case_id": case.id,
            "seq": case.entries,
            "at": self.now,
            "actor": moment.actor,
            "actor_name": moment.actor_name,
            "role": moment.role.value,
            "trigger": trigger,
            "source": source,
            "target": target,
            "form": form,
            "cause": self.cause.id if self.cause else "",
        }
        case.chain = link(case.chain, entry)
        self._timeline.append({**entry, "hash": case.chain})
        self._changes += 1
        # A case that was just opened has nothing to count.
        if source:
            self.count(case)

    # -- figures -------------------------------------------------------------

    def count(self, case: Any) -> None:
        """Count a case anew when this unit is recorded."""
        if self.service.figures is not None:
            self._to_count[case.id] = case

    def warn_again(self, cases: Iterable[Any]) -> None:
        """Count what is warned of in other cases than those of this unit, when it is recorded: a step of one concerns them."""
        self._beside.update({case.id: case for case in cases})

    def recount(self, case: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return what is kept that a case counts, and what it counts now with this unit's documents, as facts tell it."""
        if self.service.figures is None:
            return [], []
        kept = figures.kept(self.session, self.service, [case.id]).get(case.id, {})
        now = figures.now_of(self.session, self.service, case, kept, self._issued().get(case.id, {}), self.now)
        return figures.told(self.service, kept), figures.told(self.service, now)

    def _issued(self) -> Mapping[str, figures.Counted]:
        return figures.issued(self._kept.get(self.service.papers, ()))

    # -- clocks --------------------------------------------------------------

    def start_clock(self, case: Any, clock: clocking.Clock, kind: str) -> None:
        """Set a case's clock going; one of the same name is replaced."""
        self._clocks.put(case, kind, clock, self._cases.values())
        case.due_at = self._clocks.due(case)

    def clocks_of(self, case: Any) -> dict[str, Running]:
        """Return a case's clocks by name."""
        return self._clocks.of(case, self._cases.values())

    def stop_clock(self, case: Any, name: str) -> None:
        """Stop one of a case's clocks, if it runs."""
        running = self.clocks_of(case).get(name)
        if running is not None and running.clock.stopped_at is None:
            self.start_clock(case, running.clock.stop(max(self.now, running.clock.started_at)), running.kind)

    def let_lapse(self, case: Any, name: str) -> None:
        """End a clock that has run out, at its end: it gave time to another, who is not late either."""
        running = self.clocks_of(case)[name]
        self.start_clock(case, running.clock.stop(max(running.due_at, running.clock.started_at)), running.kind)

    def _begun(self, case: Any, decision: Decision) -> list[tuple[str, clocking.Clock]]:
        """Return the clocks that a step starts, by kind. Raises LegalError and ClockError where one can't be counted."""
        step = decision.step
        lasts, since, kinds = dict(step.lasts), dict(step.since), dict(step.case_kind)
        known, about = _known(case, decision), _about(case, decision)
        found = []
        for name in step.starts:
            length = known[lasts[name]] if name in lasts else True
            if not length:
                continue
            each = about.get(name, "")
            days = each if isinstance(each, Mapping) else {each: known.get(since[name]) if name in since else None}
            lengths = length if isinstance(length, Mapping) else dict.fromkeys(days, length)
            for of, day in days.items():
                at = self._since(day)
                rule = self.service.legal.clock(name, at, str(known.get(kinds.get(name, "")) or ""))
                rule = rule if lengths[of] is True else replace(rule, limit=int(lengths[of]))
                found.append((rule.kind.value, clocking.start(rule, at, self.service.calendar, of)))
        return found

    def _since(self, day: datetime | date | str | None) -> datetime:
        """Return the moment from which a clock counts: that of the act, or its day; now, on that very day."""
        return self.now if not day or str(day) == str(local_date(self.now)) else _moment_of(day)

    def _run_clocks(self, case: Any, decision: Decision, begun: list[tuple[str, clocking.Clock]]) -> None:
        step = decision.step
        # What happens within an end, such as a note on a closed file, stops nothing that runs there.
        ended = case.ended_at is not None and decision.target != decision.source
        self._wait_again(case)
        touched = ended or step.passes or step.stops or step.suspends or step.resumes or step.expires
        if not (touched or begun):
            return
        clocks, days = self.clocks_of(case) if touched else {}, dict(step.since)
        about, passes = _about(case, decision), _named(case, decision, step.passes)
        said = {**decision.changes, **decision.form}
        stood = {name: said.get(held) for name, held in step.stood}
        outlive = self.service.workflow.outlive if self.service.workflow else ()
        over = clocks[step.expires].due_at if step.expires in clocks else self.now
        for running in list(clocks.values()):
            name = running.clock.name
            given_up = ended and name not in outlive
            if not (given_up or self._is_meant(running, step, about.get(name, ""))):
                continue
            clock = self._stood(running.clock, step, stood.get(name))
            goes_on = clock.about(passes.get(name, ""))
            if goes_on is not clock and clock.stopped_at is None:
                self._clocks.put(case, running.kind, goes_on)
            dated = name in days and name not in step.starts
            # What was computed is when another clock of that name would count; it was stopped when the form says so.
            dated = dated and (name not in step.stops or days[name] in decision.form)
            turned = self._since(said.get(days[name])) if dated else min(over, self.now)
            left = given_up or goes_on is not clock
            moved = self._moved(clock, step, ended=left, turned=turned)
            if moved is not running.clock:
                self._clocks.put(case, running.kind, moved)
        for kind, clock in begun:
            self._clocks.put(case, kind, self._stood(clock, step, stood.get(clock.name)))
        case.due_at = self._clocks.due(case)

    def _is_meant(self, running: Running, step: Step, about: Any) -> bool:
        """Whether a step is about a clock; of several for whose ends it waits, about those that are over."""
        of = running.clock.of
        if about != EVERY:
            return of in about if isinstance(about, Mapping) else of == about
        return running.clock.name != step.expires or not of or running.due_at <= self.now

    def _wait_again(self, case: Any) -> None:
        """Let a clock that ran out while nothing waited for it take its step from the state that now does."""
        workflow = self.service.workflow
        if workflow is None or not any(step.expires for step in workflow.steps_from(case.state)):
            return
        for running in list(self.clocks_of(case).values()):
            clock = running.clock
            over = clock.stopped_at is None and running.due_at <= self.now
            if over and workflow.expiring(case.state, clock.name, about=bool(clock.of)):
                self._clocks.put(case, running.kind, clock)

    def _moved(self, clock: clocking.Clock, step: Step, *, ended: bool, turned: datetime) -> clocking.Clock:
        """Return a clock as a step leaves it: suspended, resumed or stopped at the moment `turned`, however late that is told.

        What stood still until another clock's end runs again from that end, however late it is looked at.
        """
        now = max(self.now, clock.started_at)
        if clock.stopped_at is not None:
            return clock
        if ended:
            return clock.stop(now)
        if clock.name in step.stops:
            return clock.stop(max(turned, clock.touched_at) if clock.name in dict(step.since) else now)
        if clock.name == step.expires:
            return clock.stop(max(min(now, clock.due_at(self.service.calendar)), clock.started_at))
        if clock.name not in (*step.suspends, *step.resumes) or clock.name in dict(step.stood):
            return clock
        stands = clock.name in step.suspends and self._stands_still(clock, step.ground)
        return clock.suspend(turned, step.ground) if stands else clock.resume(turned)

    def _stood(self, clock: clocking.Clock, step: Step, spans: list[Any] | None) -> clocking.Clock:
        """Return a clock with all the times in which it stood still, where a step names them."""
        if spans is None:
            return clock
        still = spans if self._stands_still(clock, step.ground) else []
        return clock.stood_still(
            [(_moment_of(begun), until and _moment_of(until)) for begun, until in still], step.ground
        )

    def _stands_still(self, clock: clocking.Clock, ground: str) -> bool:
        """Whether a clock stands still for a ground, by its row of the day on which it began."""
        return not ground or ground in self.service.legal.clock(clock.name, clock.started_at, clock.case_kind).suspends

    # -- recording -----------------------------------------------------------

    @property
    def changes(self) -> int:
        """How much was changed so far; equal numbers mean nothing in between."""
        return self._changes + len(self.session.new) + len(self.session.dirty)

    @property
    def timeline(self) -> list[Row]:
        """The timeline entries that are still to be recorded."""
        return self._timeline

    @property
    def opened(self) -> list[Any]:
        """The new cases that are still to be recorded."""
        return self._opened

    def record(self) -> None:
        """Write everything to the session's transaction, in bulk."""
        self._insert_opened()
        self._update_changed()
        self.session.flush()
        store = self.service.store
        bulk.write(self.session, store.timeline, self._timeline)
        self._clocks.record()
        bulk.write(self.session, store.letters, self.letters)
        if self._to_count:
            counted, beside = self._to_count.values(), self._beside.values()
            figures.record(self.session, self.service, counted, self._issued(), self.now, beside=beside)
            self._to_count, self._beside = {}, {}
        for table, rows in self._kept.items():
            bulk.write(self.session, table, rows)
        self._kept = {}
        self._timeline, self.letters = [], []

    def _insert_opened(self) -> None:
        """Insert the new cases without the session, which would take each apart, and hand them over to it as stored."""
        if not self._opened:
            return
        table = self.service.case.__table__
        bulk.write(self.session, table, [case_row(table, case) for case in self._opened])
        for case in self._opened:
            make_transient_to_detached(case)
            self.session.add(case)
        self._opened = []

    def _update_changed(self) -> None:
        """Update all changed cases at once, as the session would one by one: each in the version that was read."""
        changed = {
            case.id: (case, {*inspect(case).committed_state} - {"version"})
            for case in self._cases.values()
            if case is not None
        }
        changed = {case_id: (case, names) for case_id, (case, names) in sorted(changed.items()) if names}
        if not changed:
            return
        names = sorted(set().union(*(own for _, own in changed.values())))
        rows = [
            {
                "id": case_id,
                "seen": case.version,
                "version": case.version + 1,
                **{name: getattr(case, name) for name in names},
            }
            for case_id, (case, _) in changed.items()
        ]
        found = bulk.update(self.session, self.service.case.__table__, rows, was={"id": "id", "version": "seen"})
        if found != len(rows):
            message = f"{len(rows) - found} of {len(rows)} cases of {self.service.name} were changed by somebody else"
            raise StaleDataError(message)
        for row, (case, _) in zip(rows, changed.values(), strict=True):
            for name in ("version", *names):
                set_committed_value(case, name, row[name])


def _known(case: Any, decision: Decision) -> dict[str, Any]:
    """Return what a step's clocks go by: what is on file, what the step changes, and its form."""
    return {**case.details, **decision.changes, **decision.form}


def _moment_of(day: datetime | date | str) -> datetime:
    """Return a moment as it is, and a day from its beginning, also where they are written."""
    if isinstance(day, str):
        day = datetime.fromisoformat(day) if "T" in day else date.fromisoformat(day)
    return day if isinstance(day, datetime) else local(day)


def _named(case: Any, decision: Decision, fields: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return what the fields hold that are paired with clocks, by the clocks' names."""
    known = _known(case, decision) if fields else {}
    return {name: str(known.get(field) or "") for name, field in fields}


def _about(case: Any, decision: Decision) -> dict[str, Any]:
    """Return what the clocks are about that a step starts or stops, by their names: one, several with their days, or EVERY."""
    known = _known(case, decision) if decision.step.of else {}
    found = {name: EVERY if field == EVERY else known.get(field) for name, field in decision.step.of}
    return {name: of if isinstance(of, Mapping) else str(of or "") for name, of in found.items()}


def case_row(table: Table, case: Any) -> Row:
    """Return a new case's columns, with what the table has where the case says nothing."""
    said = case.__dict__
    return {name: said[name] if name in said else _default(column) for name, column in table.c.items()}


def _default(column: Column[Any]) -> Any:
    default = column.default
    if not isinstance(default, ColumnDefault):
        return None
    return default.arg(None) if default.is_callable else default.arg
