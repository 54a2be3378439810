"""A service: a nameko class with a mailbox, a relay and chores.

exchange `jiesu` --> <service>.mailbox --> on_<fact>(work, fact)
                                              |
exchange `jiesu` <-- relay <-- letters <------+   one transaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sqlalchemy import select

from chassis import metrics
from chassis.clocks import Clock
from chassis.workflow import RefusedError, Role, WorkflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from marshmallow import Schema
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from chassis.blueprint import Before, Compares
    from chassis.calc import Computation
    from chassis.facts import Fact
    from chassis.figures import Counts, Dated
    from chassis.legal import LegalBases
    from chassis.listing import Filter
    from chassis.work import Work
    from chassis.worker import Station
    from chassis.workflow import CaseView, Decision, Moment, Warns, Workflow

Method = TypeVar("Method", bound="Callable[..., Any]")
_AT_ONCE = 200


def reads(pattern: str, schema: type[Schema], **only: Any) -> Callable[[Method], Method]:
    """Let a method `(self, work, data)` handle letters of a routing key.

    `pattern` may hold `*` for one word; `external:` before it reads the exchange for
    external systems. `only` names a field of the data and the value it must have; the fact has to be addressed by
    that field (`Fact.addressed_by`), so that the broker brings these letters only.
    """

    def mark(method: Method) -> Method:
        method.reads = (*getattr(method, "reads", ()), (pattern, schema, only))  # type: ignore[attr-defined]
        return method

    return mark


def chore(
    *, every: timedelta, each: Callable[[Work], Select[Any]] | None = None, everywhere: bool = False
) -> Callable[[Method], Method]:
    """Let a method `(self, work)` be run again and again, by one replica at a time.

    It returns True when more is left to do, and is then run again at once.
    With `each`, which selects the cases that are due, the method is `(self, work, case)` and is run for each of
    them. A case that it fails on harms no other one: it is told of, and tried again later (`chassis.chores`).
    With `everywhere` it only reads, for a gauge, and every replica runs it: else all but one would show old figures.
    """

    def mark(method: Method) -> Method:
        method.chore_every = every  # type: ignore[attr-defined]
        method.chore_each = each  # type: ignore[attr-defined]
        method.chore_everywhere = everywhere  # type: ignore[attr-defined]
        return method

    return mark


class Service:
    """What every service is made of. Subclasses set `name` and, with cases, `workflow`."""

    name: ClassVar[str]
    workflow: ClassVar[Workflow | None] = None
    #: Its laws and clocks, where they are not just what its `legal.toml` says.
    legal: ClassVar[LegalBases | None] = None
    #: The roles that may open personal data, where not all that have a step may.
    opened_by: ClassVar[tuple[Role, ...]] = ()
    #: What a case keeps for the procedure alone: on its page it is on file, folded, not among what is read first.
    inner: ClassVar[tuple[str, ...]] = ()
    #: Where it stands in the menu: 0 is first; those of one place stand by their names.
    menu_place: ClassVar[int] = 50
    #: What it computes without a case.
    computations: ClassVar[tuple[Computation, ...]] = ()
    #: Further pages in the menu: what `terms.toml` names under [services], the path, and the roles that see it.
    menu: ClassVar[tuple[tuple[str, str, tuple[str, ...]], ...]] = ()
    #: The heading of the menu that its list and its pages stand under, as `terms.toml` has it.
    menu_group: ClassVar[str] = "Casework"
    #: Those of its pages that stand under another heading, with pages of other services, by path.
    menu_elsewhere: ClassVar[Mapping[str, str]] = {"/month": "Figures"}
    #: Whether those pages are for nobody but whose service it is.
    keeps_menu: ClassVar[bool] = False
    #: What a door does before somebody's step, in its transaction, by trigger: it completes the form from what is
    #: stored, and raises ValidationError or RefusedError where the step can't be taken.
    before: ClassVar[Mapping[str, Before]] = {}
    #: What its list of cases may be narrowed by, beside what all lists have.
    filters: ClassVar[tuple[Filter, ...]] = ()
    #: Pure rules that warn whoever works on a case, of what the law wants looked at twice.
    warnings: ClassVar[tuple[Warns, ...]] = ()
    #: A rule that warns of what a case has in common with others on file, as they are now: what `warnings` can't see.
    compared: ClassVar[Compares | None] = None
    #: A pure rule that counts what is on file of a case, by the names of `figures.toml`; see `chassis.figures`.
    counts: ClassVar[Counts | None] = None
    #: A pure rule that says on which day which of those amounts came, for the month's report.
    dated: ClassVar[Dated | None] = None
    #: By which value on file the month's report tells cases apart: a column of the case or one of its details.
    cause: ClassVar[str] = "category"

    @staticmethod
    def known(session: Session, now: datetime) -> Any:
        """Return what the rules go by beside the case, such as the version of a table that is in force: `moment.known()`."""
        del session, now

    @staticmethod
    def lacks(session: Session) -> Iterable[tuple[str, str]]:
        """Say, for `jiesu doctor`, what was never told to this service though it needs it, and what to do about it."""
        del session
        return ()

    @staticmethod
    def advice(session: Session) -> Iterable[tuple[str, str]]:
        """Say, for `jiesu doctor`, without what this service runs all the same, though not as it should, and what to do about it."""
        del session
        return ()

    @staticmethod
    def ended_as(case: CaseView) -> str:
        """Name the end that a case has come to, for those who count; nothing while it has not."""
        del case
        return ""

    @staticmethod
    def witness(_work: Work, _case: Any, decision: Decision, _moment: Moment) -> Iterable[Fact]:
        """Have a say when a step was taken, in its transaction: keep a record of it, and return the facts to tell."""
        return decision.facts

    def errands(self, station: Station) -> Mapping[str, Callable[[], bool]]:
        """Return by name what a worker does outside of transactions, such as calling other systems.

        Each runs again and again in a thread of its own, in every replica; it returns True when more is left to do.
        """
        del station
        return {}


def expire_clocks(work: Work, limit: int = _AT_ONCE, *, only: tuple[str, str] | None = None) -> bool:
    """Take the steps of clocks that have run out, or of one, named by case and clock; return whether more are left.

    A clock that no step waits for is marked expired and stays on the case as overdue, or ends where that is its nature.
    """
    service = work.service
    workflow, table = service.workflow, service.store.clocks
    if workflow is None:
        return False
    due = (
        select(table)
        .where(table.c.state == "running", table.c.due_at <= work.now)
        .order_by(table.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if only is not None:
        due = due.where(table.c.case_id == only[0], table.c.name == only[1])
    rows: Sequence[Any] = work.session.execute(due).all()
    for row in rows:
        case = work.case_by_id(row.case_id)
        clock = Clock.from_dict(row.body)
        step = workflow.expiring(case.state, clock.name, about=bool(clock.of)) if case is not None else None
        work.session.execute(
            table.update().where(table.c.case_id == row.case_id, table.c.name == row.name).values(state="expired")
        )
        if case is None:
            continue
        if step is None:
            if service.lapses(clock):
                work.let_lapse(case, row.name)
            continue
        try:
            work.step(case, step.trigger, role=Role.CLOCK)
            metrics.STEPS.labels(service.name, step.trigger).inc()
        except WorkflowError as error:
            why = "；".join(one.zh for one in error.refusals) if isinstance(error, RefusedError) else str(error)
            work.note(case, "clock_ignored", {"clock": row.body.get("zh") or row.name, "reason": why}, role=Role.CLOCK)
    return len(rows) == limit
