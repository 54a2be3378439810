"""What a service consists of, read off its class: the one thing all doors are given."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

from chassis import legal, workcalendar
from chassis.facts import Fact
from chassis.privacy import Veil
from chassis.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from marshmallow import Schema
    from sqlalchemy import MetaData, Select, Table
    from sqlalchemy.orm import Session

    from chassis.calc import Computation
    from chassis.clocks import Clock
    from chassis.figures import Counts, Dated
    from chassis.listing import Filter
    from chassis.store import Store
    from chassis.work import Work
    from chassis.workflow import CaseView, Caution, Decision, Moment, Warns, Workflow

    Before = Callable[[Work, Any, Mapping[str, Any]], Mapping[str, Any]]
    #: A rule that warns of a case beside others: it reads the database.
    Compares = Callable[[Session, CaseView, datetime], Iterable[Caution]]

_EXTERNAL = "external:"
#: The exchanges: ours, and the one that external systems write to.
INTERNAL = "jiesu"
EXTERNAL = "jiesu.external"


def address(key: str, *addressee: str) -> str:
    """Return the second routing key of a letter to one service; without addressee, the key itself."""
    return ".to.".join((key, *addressee))


@dataclass(frozen=True, slots=True)
class Subscription:
    """One kind of letter that a service reads, and the method that handles it.

    `only` holds fields of the letter's data that must have the given values; other
    letters are left alone without a receipt.
    """

    pattern: str
    schema: Schema
    method: str
    only: Mapping[str, Any]

    @property
    def exchange(self) -> str:
        """The exchange that the letters come through."""
        return EXTERNAL if self.pattern.startswith(_EXTERNAL) else INTERNAL

    @property
    def binding(self) -> str:
        """The AMQP binding key."""
        return self.pattern.removeprefix(_EXTERNAL)

    @property
    def address(self) -> str:
        """The AMQP binding key under which the broker brings only the letters that fit `only`."""
        return address(self.binding, *self.only.values())


@dataclass(frozen=True, slots=True)
class Chore:
    """A method that is run again and again, by one replica at a time, or `everywhere`; with `each`, for each case that this selects."""

    method: str
    every: timedelta
    each: Callable[[Work], Select[Any]] | None = None
    everywhere: bool = False


@cache
def matcher(pattern: str) -> re.Pattern[str]:
    """Compile a topic pattern, in which `*` stands for one word."""
    return re.compile(r"[^.]+".join(re.escape(part) for part in pattern.split("*")) + r"\Z")


@dataclass(slots=True, kw_only=True)
class Blueprint:
    """A service's name, tables, procedure, subscriptions, chores and legal bases."""

    name: str
    folder: Path
    metadata: MetaData
    store: Store
    case: Any
    workflow: Workflow | None
    subscriptions: tuple[Subscription, ...]
    chores: tuple[Chore, ...]
    #: The keys of the facts that it tells to one service, and the field of the data that names it.
    addressed: Mapping[str, str]
    legal: legal.LegalBases
    calendar: workcalendar.WorkCalendar
    #: The roles that may open personal data; empty for all that have a step.
    opened_by: tuple[str, ...] = ()
    #: What a case keeps for the procedure alone.
    inner: tuple[str, ...] = ()
    known: Callable[[Session, datetime], Any]
    witness: Callable[[Work, Any, Decision, Moment], Iterable[Fact]]
    computations: tuple[Computation, ...] = ()
    #: The register of documents, where the service issues any.
    papers: Any = None
    #: What staff lay to its cases, where the service keeps any.
    evidence: Any = None
    #: What its cases add up to, where the service counts it: the table, the rule, and the end that a case has come to.
    figures: Any = None
    counts: Counts | None = None
    dated: Dated | None = None
    #: By which value of a case its month is told apart.
    cause: str = "category"
    ended_as: Callable[[CaseView], str] = lambda _case: ""
    #: What the service's list of cases may be narrowed by beside what all services have.
    filters: tuple[Filter, ...] = ()
    #: The rules that warn of what deserves a second look in a case.
    warnings: tuple[Warns, ...] = ()
    #: The rule that warns of what a case has in common with others.
    compared: Compares | None = None
    #: All columns of some cases as lists may show them, by the cases' ids and by their headings; None if there are no more.
    columns: Callable[[Session, Blueprint, Sequence[str], Terms], Mapping[str, Mapping[str, str]]] | None = None
    dialect: str = "sqlite"
    #: What is done before a person's step, by trigger.
    before: Mapping[str, Before] = field(default_factory=dict)
    #: The service's own HTTP operations: path, method and OpenAPI operation object.
    operations: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    _veil: Veil | None = None
    _terms: Terms | None = None
    _readers: dict[str, Subscription | None] = field(default_factory=dict)

    def lapses(self, clock: Clock) -> bool:
        """Whether a clock ends with its time and nobody is late: by its row, or as one of several, for whose ends no step waits."""
        awaited = self.workflow.awaits_each if self.workflow else frozenset()
        return clock.name in self.legal.lapsing or (bool(clock.of) and clock.name not in awaited)

    def cautions(self, session: Session, case: CaseView, now: datetime) -> Iterator[Caution]:
        """Give what deserves a second look in a case: by what is on file of it, and beside others."""
        for warns in self.warnings:
            yield from warns(case, now)
        if self.compared:
            yield from self.compared(session, case, now)

    @property
    def veil(self) -> Veil:
        """What masks the personal fields of the service's forms."""
        if self._veil is None:
            self._veil = Veil(self.workflow)
        return self._veil

    @property
    def terms(self) -> Terms:
        """What the service's states, fields and values are called."""
        if self._terms is None:
            files = [Path(__file__).parent / "terms.toml", self.folder / "terms.toml"]
            self._terms = Terms(*filter(Path.exists, files))
        return self._terms

    @property
    def mailbox(self) -> str:
        """The name of the service's queue."""
        return f"{self.name}.mailbox"

    def reader(self, key: str) -> Subscription | None:
        """Return the subscription that reads letters of a key, the exact one first."""
        if key not in self._readers:
            found = [s for s in self.subscriptions if s.binding == key]
            found += [s for s in self.subscriptions if matcher(s.binding).match(key)]
            if len(self._readers) > 1000:  # noqa: PLR2004 - forged keys must not fill the memory
                self._readers.clear()
            self._readers[key] = found[0] if found else None
        return self._readers[key]

    def upsert(self, table: Table) -> Any:
        """Return an INSERT that can say ON CONFLICT, for the service's database."""
        return postgresql.insert(table) if self.dialect == "postgresql" else sqlite.insert(table)


def read(service: type) -> Blueprint:
    """Read the blueprint off a service class."""
    room = service.__module__.rpartition(".")[0]
    module = import_module(service.__module__)
    folder = Path(str(module.__file__)).parent
    marked: list[tuple[str, Callable[..., object]]] = [
        (name, method) for name, method in vars(service).items() if callable(method)
    ]
    for parent in service.__mro__[1:]:
        marked += [
            (name, method)
            for name, method in vars(parent).items()
            if callable(method) and not any(name == known for known, _ in marked)
        ]
    subscriptions = tuple(
        Subscription(pattern, schema(), name, only)
        for name, method in marked
        for pattern, schema, only in getattr(method, "reads", ())
    )
    chores = tuple(
        Chore(name, every, getattr(method, "chore_each", None), getattr(method, "chore_everywhere", False))
        for name, method in marked
        if (every := getattr(method, "chore_every", None)) is not None
    )
    models = import_module(f"{room}.models")
    legal_file = folder / "legal.toml"
    return Blueprint(
        name=service.name,  # type: ignore[attr-defined]
        folder=folder,
        metadata=models.Base.metadata,
        store=models.STORE,
        case=getattr(models, "Case", None),
        workflow=getattr(service, "workflow", None),
        before=getattr(service, "before", {}),
        subscriptions=subscriptions,
        chores=chores,
        addressed=_addressed(room, folder, service.name),  # type: ignore[attr-defined]
        legal=getattr(service, "legal", None)
        or (legal.load(legal_file) if legal_file.exists() else legal.LegalBases.empty()),
        calendar=workcalendar.standard_calendar(),
        opened_by=getattr(service, "opened_by", ()),
        inner=getattr(service, "inner", ()),
        known=service.known,  # type: ignore[attr-defined]
        witness=service.witness,  # type: ignore[attr-defined]
        computations=getattr(service, "computations", ()),
        papers=getattr(models, "PAPERS", None),
        evidence=getattr(models, "EVIDENCE", None),
        figures=getattr(models, "FIGURES", None),
        counts=getattr(service, "counts", None),
        dated=getattr(service, "dated", None),
        cause=getattr(service, "cause", "category"),
        ended_as=service.ended_as,  # type: ignore[attr-defined]
        filters=getattr(service, "filters", ()),
        warnings=getattr(service, "warnings", ()),
        compared=getattr(service, "compared", None),
    )


def _addressed(room: str, folder: Path, teller: str) -> dict[str, str]:
    """Return which of a service's facts are told to one service, and the field that names it."""
    if not (folder / "facts.py").exists():
        return {}
    kinds = [kind for kind in vars(import_module(f"{room}.facts")).values() if isinstance(kind, type)]
    facts = [kind for kind in kinds if issubclass(kind, Fact) and kind.addressed_by]
    return {f"{teller}.{fact.name()}": fact.addressed_by for fact in facts}
