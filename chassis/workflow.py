"""A procedure as one table of steps, and the only place where a state changes.

Pure: no I/O, no clock, no ids. A service writes its table in its `workflow.py`;
the JSON API, the pages, the diagram, the permissions and the docs are read off it.

    CLAIM = Workflow(
        "wage_recovery",
        Step("registered", "roster_verified", "liable_party_due", who=Role.HANDLER,
             form=schemas.Roster, guards=(rules.roster_adds_up,), tells=(facts.RosterVerified,)),
        Step("ordered_to_pay", "order_expired", "compensation_due", who=Role.CLOCK,
             expires="order_to_pay"),
    )
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

from marshmallow import fields

if TYPE_CHECKING:
    from datetime import datetime

    from marshmallow import Schema

    from chassis.clocks import Running
    from chassis.facts import Fact

Values = Mapping[str, Any]


class Role(StrEnum):
    """Who may take a step."""

    PUBLIC = "public"
    OPERATOR = "operator"
    DESK = "desk"
    LEADER = "leader"
    HANDLER = "handler"
    REVIEWER = "reviewer"
    OPS = "ops"
    ADMIN = "admin"
    INSPECTOR = "inspector"
    CLOCK = "clock"
    BUS = "bus"


#: Roles that no person holds: a clock that ran out, and a fact read on the bus.
UNMANNED = frozenset({Role.CLOCK, Role.BUS})

#: The four stages that an outermost state belongs to, in order.
STAGES = ("collect", "analyse", "handle", "feedback")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a guard forbids a step, for a person to read.

    `moot` says that there is nothing in the case for the step to be about: a page then leaves it out.
    """

    zh: str
    en: str
    moot: bool = False


@dataclass(frozen=True, slots=True)
class Caution:
    """What deserves a second look before a case goes on; it forbids nothing. Its words name nobody.

    `code` is for programs; the words say what was seen and what to do; `basis` names the article.
    """

    code: str
    zh: str
    en: str
    basis: str = ""


class CaseView(Protocol):
    """What rules may see of a case: plain values, never the row's session."""

    @property
    def id(self) -> str:
        """The case's id."""

    @property
    def subject(self) -> str:
        """What the case is about; on the bus, the event's `subject`."""

    @property
    def state(self) -> str:
        """The state it is in."""

    @property
    def unit(self) -> str:
        """The code of the unit that handles it, or an empty string."""

    @property
    def details(self) -> Values:
        """The forms kept so far, by the names under which steps keep them."""

    @property
    def opened_at(self) -> datetime:
        """When it was opened, aware UTC."""


def _nothing() -> None:
    """Know nothing beside the case."""


def _nobody(_case_id: str) -> Mapping[str, Collection[str]]:
    """Know of nobody who took a step before."""
    return {}


def _no_clocks(_case: Any) -> Mapping[str, Running]:
    """Know of no clocks of a case."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When, by whom and as what a step is taken, and what the service looked up for its rules (`Service.known`)."""

    now: datetime
    actor: str
    actor_name: str = ""
    role: Role
    #: Gives what the service's rules go by beside the case (`Service.known`); read when a rule asks.
    known: Callable[[], Any] = field(default=_nothing, compare=False)
    #: Gives who has taken which step of a case so far: ids and names of people by trigger; read when a step asks (`Step.apart`).
    took: Callable[[str], Mapping[str, Collection[str]]] = field(default=_nobody, compare=False)
    #: Gives the clocks of a case by name; read when a rule asks.
    clocks: Callable[[Any], Mapping[str, Running]] = field(default=_no_clocks, compare=False)
    #: The units that the actor stands for; `*` for all.
    units: frozenset[str] = frozenset()


Guard = Callable[[CaseView, Values, "Moment"], Refusal | None]
Change = Callable[[CaseView, Values, "Moment"], Mapping[str, Any]]
#: A rule that warns, by what is on file and the time; see `Service.warnings`.
Warns = Callable[[CaseView, "datetime"], Iterable[Caution]]


#: In `Step.of` in a field's place: each clock of that name, whatever it is about.
EVERY: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How the form of a step tells that a document has reached somebody (送达): the latest of its name that the case has.

    `document` is its name, or a rule that says by the case and the form which is meant: its name, and how many of that name
    were written after it; an empty name is none of this register.
    `on`, `way`, `recipient` and `note` are fields of the form; who is not named is whom the document is addressed to. `ways`
    are the register's words for the form's; a way that the register has no word for, such as a call, hands nothing over.
    An empty day is today; of what may be `awaited` it says that nobody has it yet.
    """

    document: str | Callable[[CaseView, Values], tuple[str, int]]
    on: str
    awaited: bool = False
    way: str = ""
    recipient: str = ""
    note: str = ""
    ways: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a procedure: from a state, by a trigger, to a state.

    `keeps` is the key of `details` under which the form is kept (the trigger by
    default; an empty string keeps nothing). `change` returns further values: keys
    that are columns of the case replace them, all others go into `details`.
    `starts`, `stops`, `suspends` and `resumes` name clocks of the service's `legal.toml`; `expires` names
    the clock whose end takes this step (then `who` is Role.CLOCK). `lasts` pairs a
    started clock with the field (of the form, the change or the details) that holds
    its length, where a decision sets it and not the law; false starts nothing, true what the law says. Of several that it
    starts (`of`) the field may hold each length by what that clock is about.
    `since` pairs a clock that is started, suspended, resumed or stopped with the field that holds the day, or the moment, from
    which the law counts that, where it is not when the step is put on record; an empty field is now. Where a step stops and
    starts a clock that is when it starts; of one that it only stops, the field is one of the form.
    `stood` pairs a clock that is started, suspended or resumed with the field that holds a list of all the times in which it
    stood still, each a pair of the day from which and that until which, or nothing where it still does; however they came on
    record, also when it is stopped, they take the place of what it kept.
    `case_kind` pairs a started clock with the field that says of which kind the case is, where the law has a row for each kind
    (see `case_kind` in `chassis.legal`); one without a row of its own goes by the row for all others.
    `of` pairs a clock that it starts or stops with the field that holds what that one is about, such as the number of a
    decision: each such clock runs for itself, no step waits for its end, and with that it is over. Without the pair a step is
    about the clock that is about nothing more. A field that holds several, each with the day from which it counts, starts
    each of them; `EVERY` in its place is each that the step stops, or for whose end it waits: then that is late as any other.
    `passes` pairs a clock with the field that holds what it is about from then on: one that runs, about nothing more so far,
    goes on as that, and its name is free for another; an empty field passes nothing.
    `ground` is what the clocks that it suspends would stand still for: one whose row in `legal.toml` does not name it
    among its `suspends` runs on instead, so that the procedure is the same whatever a place has ruled.
    `apart` names steps whose takers may not take this one, and fields of forms, such as `inspected.officers.name`, whose
    persons may not: four eyes, by account and by name, whatever roles or accounts one person holds.
    `document` is written by the step; where `document_by` names roles, by theirs only. `serves` says which document its
    form tells to have reached somebody, so that nobody puts it on record a second time. `basis` is a code from
    `legal.toml`. `repeatable` steps append to a list in `details`.
    """

    source: str | tuple[str, ...]
    trigger: str
    target: str
    who: Role | tuple[Role, ...] = field(kw_only=True)
    form: type[Schema] | None = field(default=None, kw_only=True)
    guards: tuple[Guard, ...] = field(default=(), kw_only=True)
    apart: tuple[str, ...] = field(default=(), kw_only=True)
    keeps: str | None = field(default=None, kw_only=True)
    repeatable: bool = field(default=False, kw_only=True)
    change: Change | None = field(default=None, kw_only=True)
    tells: tuple[type[Fact], ...] = field(default=(), kw_only=True)
    starts: tuple[str, ...] = field(default=(), kw_only=True)
    lasts: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    since: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    stood: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    case_kind: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    of: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    passes: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    stops: tuple[str, ...] = field(default=(), kw_only=True)
    suspends: tuple[str, ...] = field(default=(), kw_only=True)
    ground: str = field(default="", kw_only=True)
    resumes: tuple[str, ...] = field(default=(), kw_only=True)
    expires: str | None = field(default=None, kw_only=True)
    document: str | None = field(default=None, kw_only=True)
    document_by: tuple[Role, ...] = field(default=(), kw_only=True)
    serves: Delivery | None = field(default=None, kw_only=True)
    basis: str | None = field(default=None, kw_only=True)

    @property
    def sources(self) -> tuple[str, ...]:
        """The states it leads out of."""
        return (self.source,) if isinstance(self.source, str) else self.source

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that may take it."""
        return (self.who,) if isinstance(self.who, Role) else self.who

    @property
    def kept_as(self) -> str:
        """The key of `details` its form is kept under, or an empty string."""
        return self.trigger if self.keeps is None else self.keeps


class WorkflowError(Exception):
    """A step that can't be taken; nothing was changed."""


class IllegalStepError(WorkflowError):
    """The case's state has no such step. `allowed` names the triggers it has."""

    def __init__(self, state: str, trigger: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"no step {trigger!r} from state {state!r}; allowed: {', '.join(allowed) or 'none'}")
        self.state = state
        self.trigger = trigger
        self.allowed = allowed


class NotPermittedError(WorkflowError):
    """The person has none of the roles that may take the step."""

    def __init__(self, trigger: str, roles: tuple[Role, ...]) -> None:
        super().__init__(f"step {trigger!r} is for {', '.join(roles)}")
        self.trigger = trigger
        self.roles = roles


class RefusedError(WorkflowError):
    """A guard forbids the step; `refusals` say why."""

    def __init__(self, trigger: str, refusals: tuple[Refusal, ...]) -> None:
        super().__init__(f"step {trigger!r} is refused: {'; '.join(r.en for r in refusals)}")
        self.trigger = trigger
        self.refusals = refusals


@dataclass(frozen=True, slots=True)
class Decision:
    """What taking a step changes: the state, values of the case, and the facts to tell."""

    step: Step
    source: str
    target: str
    form: Values
    changes: Values
    kept: Values
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class _After:
    """A case as it will be after a step: what the step's facts are made from."""

    id: str
    subject: str
    state: str
    unit: str
    details: Values
    opened_at: datetime
    number: str = ""
    title: str = ""
    place: str = ""


#: What stands between the names in one text, what may stand between them or in one, and what is said beside a name.
_BETWEEN_NAMES = re.compile(r"[、,;/|&+。\n]")
_BETWEEN_OR_WITHIN = re.compile(r"[\s和与及]+")
_BESIDE_A_NAME = re.compile(r"\([^)]*\)")


def one_name(name: str) -> str:
    """Return a person's name so that it compares however it was typed: its letters and digits, no spaces, no signs."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def person(actor: str, name: str) -> set[str]:
    """Return what a person is known by: the account's id, and the name, which another account of his bears too."""
    return {actor, one_name(name)} - {""}


def names_in(text: str) -> set[str]:
    """Return the persons that a text may name, such as 甲、乙（中队）; where 甲 乙 may be one name or two, all three."""
    found = set[str]()
    for part in _BETWEEN_NAMES.split(_bare(text)):
        found |= {one_name(name) for name in (part, *_BETWEEN_OR_WITHIN.split(part))}
    return found - {""}


def _bare(text: str) -> str:
    """Return a text without what it says in brackets beside its names."""
    return _BESIDE_A_NAME.sub(" ", unicodedata.normalize("NFKC", text))


def _texts(value: Any, path: Sequence[str]) -> Iterator[str]:
    """Give the texts that lie at a path of a form, in each of its rows."""
    if isinstance(value, Mapping):
        yield from _texts(value.get(path[0]) if path else None, path[1:])
    elif isinstance(value, (list, tuple)):
        for row in value:
            yield from _texts(row, path)
    elif value and not path:
        yield str(value)


def _leads_somewhere(form: type[Schema] | None, path: Sequence[str]) -> bool:
    """Whether a form, or the rows in it, have a field at a path."""
    field: Any = None
    schema: Any = form() if form else None
    for name in path:
        field = schema.fields.get(name) if schema else None
        schema = getattr(getattr(field, "inner", field), "schema", None)
    return field is not None and schema is None


def _is_a_time(form: type[Schema] | None, name: str) -> bool:
    """Whether a field of a form holds a day or a moment; of one that the form does not have, the case says it."""
    field: Any = form().fields.get(name) if form else None
    return field is None or isinstance(field, (fields.Date, fields.DateTime))


class Workflow:
    """A whole procedure. Raises ValueError when its table contradicts itself.

    `ends` names states in which a case counts as ended although a later fact may
    open it again; states that no step leads out of are ends anyway. `outlive` names
    the clocks that an end leaves running: what they are about is owed all the same.
    """

    def __init__(
        self,
        name: str,
        *steps: Step,
        initial: str,
        stages: Mapping[str, str] | None = None,
        ends: Iterable[str] = (),
        outlive: Iterable[str] = (),
    ) -> None:
        self.name = name
        self.steps = steps
        self.initial = initial
        self._table: dict[str, dict[str, Step]] = {}
        for step in steps:
            self._enter(step)
        self._check_forms()
        targets = [step.target for step in steps]
        self.states = tuple(dict.fromkeys([initial, *self._table, *targets]))
        self.finals = frozenset(state for state in self.states if state not in self._table)
        self.ends = self.finals | {*ends}
        self.outlive = frozenset(outlive)
        #: The clocks for the end of each of which a step waits, whatever it is about.
        self.awaits_each = frozenset(
            one.expires for one in self.steps if one.expires and (one.expires, EVERY) in one.of
        )
        self.stages = {state: (stages or {}).get(state, "handle") for state in self.states}
        self._check(stages or {})

    def _enter(self, step: Step) -> None:
        for source in step.sources:
            row = self._table.setdefault(source, {})
            if step.trigger in row:
                message = f"{self.name}: two steps {step.trigger!r} from {source!r}"
                raise ValueError(message)
            row[step.trigger] = step
        if step.expires is not None and Role.CLOCK not in step.roles:
            message = f"{self.name}: {step.trigger!r} expires a clock, so its `who` must be Role.CLOCK"
            raise ValueError(message)

    def _check_forms(self) -> None:
        """Refuse two forms of one name: its door has one address, and its description one example."""
        forms: dict[str, type[Schema]] = {}
        for step in self.steps:
            if step.form and forms.setdefault(step.trigger, step.form) is not step.form:
                message = f"{self.name}: {step.trigger!r} has several forms"
                raise ValueError(message)

    def _check(self, stages: Mapping[str, str]) -> None:
        unknown = sorted(({*stages} | self.ends) - {*self.states}) + sorted({*stages.values()} - {*STAGES})
        if unknown:
            message = f"{self.name}: unknown states or stages: {', '.join(unknown)}"
            raise ValueError(message)
        apart = {other for step in self.steps for other in step.apart}
        if nowhere := sorted(other for other in apart if not self._stands(other)):
            message = f"{self.name}: kept apart from steps, or fields of forms, that are none: {', '.join(nowhere)}"
            raise ValueError(message)
        started = {name for step in self.steps for name in step.starts}
        if unknown := sorted({name for step in self.steps for name, _ in (*step.of, *step.passes)} - started):
            message = f"{self.name}: no step starts the clock of which is said what it is about: {', '.join(unknown)}"
            raise ValueError(message)
        if unknown := sorted(
            {name for step in self.steps for name, of in step.of if of == EVERY and name in step.starts}
        ):
            message = f"{self.name}: a step that starts a clock says which one: {', '.join(unknown)}"
            raise ValueError(message)
        if several := sorted({of for step in self.steps for _, of in step.since if not _is_a_time(step.form, of)}):
            message = (
                f"{self.name}: a clock counts from one day or moment, and these fields hold none: {', '.join(several)}"
            )
            raise ValueError(message)
        if idle := sorted(self.outlive - started):
            message = f"{self.name}: no step starts what is to outlive the end: {', '.join(idle)}"
            raise ValueError(message)
        lost = sorted({*self.states} - self.reachable())
        if lost:
            message = f"{self.name}: no way leads to {', '.join(lost)}"
            raise ValueError(message)

    def _stands(self, other: str) -> bool:
        trigger, *path = other.split(".")
        named = [step for step in self.steps if step.trigger == trigger]
        return bool(named) and all(_leads_somewhere(step.form, path) for step in named if path)

    def reachable(self) -> set[str]:
        """Return the states that some sequence of steps leads to."""
        seen, todo = {self.initial}, [self.initial]
        while todo:
            for step in self.steps_from(todo.pop()):
                if step.target not in seen:
                    seen.add(step.target)
                    todo.append(step.target)
        return seen

    def steps_from(self, state: str) -> Iterable[Step]:
        """Return the steps that lead out of a state."""
        return self._table.get(state, {}).values()

    def step(self, state: str, trigger: str) -> Step:
        """Return one step, or raise IllegalStepError naming those there are."""
        row = self._table.get(state, {})
        if trigger not in row:
            raise IllegalStepError(state, trigger, tuple(row))
        return row[trigger]

    def taken(self, state: str, trigger: str) -> Step | None:
        """Return the step that an entry of a timeline tells of; None for a note, and for a step that there is no more."""
        return self._table.get(state, {}).get(trigger)

    def expiring(self, state: str, clock: str, *, about: bool = False) -> Step | None:
        """Return the step that a clock's end takes from a state, if there is one; of one that is `about` something, for each."""
        for step in self.steps_from(state):
            if step.expires == clock and (not about or (clock, EVERY) in step.of):
                return step
        return None

    def _four_eyes(self, case: CaseView, step: Step, moment: Moment) -> Refusal | None:
        """Refuse a step to who has taken one that it is kept apart from, or is named in its form."""
        if not step.apart or moment.role in UNMANNED:
            return None
        took = moment.took(case.id)
        me = person(moment.actor, moment.actor_name)
        if any(not me.isdisjoint(took.get(other, ())) for other in step.apart):
            return Refusal(
                "这一步须由另一人办理：您（或者与您同名的账号）已经办过本案的前一环节，同一人即使持有两种角色、两个账号也不能自办自审；"
                "确系同名的另一人，请管理员在账号的姓名中加以区分",
                "another person takes this step: you, or an account of your name, took the one before that it checks, in "
                "whatever role; where that is somebody else, the administrator tells the accounts apart by their names",
            )
        me = {one_name(moment.actor), one_name(_bare(moment.actor_name))}
        if any(not me.isdisjoint(self._named(case, other)) for other in step.apart if "." in other):
            return Refusal(
                "这一步须由另一人办理：本案前一环节的记录中列有您的姓名，参与办理的人不能审批；"
                "确系同名的另一人，请管理员在账号的姓名中加以区分（写在括号里的不算）",
                "another person takes this step: the record that it checks names you; where that is somebody else, the "
                "administrator tells the accounts apart by their names (what stands in brackets does not count)",
            )
        return None

    def _named(self, case: CaseView, other: str) -> set[str]:
        """Return the persons that the forms of a step, as they are on file, name in a field."""
        trigger, *path = other.split(".")
        kept = {step.kept_as for step in self.steps if step.trigger == trigger}
        return {name for key in kept for text in _texts(case.details.get(key), path) for name in names_in(text)}

    def refusals(self, case: CaseView, step: Step, form: Values, moment: Moment) -> tuple[Refusal, ...]:
        """Return the reasons that the step's guards give against it."""
        said = (self._four_eyes(case, step, moment), *(guard(case, form, moment) for guard in step.guards))
        return tuple(refusal for refusal in said if refusal is not None)

    def decide(self, case: CaseView, trigger: str, form: Values | None = None, *, moment: Moment) -> Decision:
        """Decide a step, changing nothing.

        Raises IllegalStepError, NotPermittedError or RefusedError.
        """
        form = form or {}
        step = self.step(case.state, trigger)
        if moment.role not in step.roles:
            raise NotPermittedError(trigger, step.roles)
        refusals = self.refusals(case, step, form, moment)
        if refusals:
            raise RefusedError(trigger, refusals)
        changes = step.change(case, form, moment) if step.change else {}
        kept: dict[str, Any] = {}
        if form and step.kept_as:
            kept[step.kept_as] = [*case.details.get(step.kept_as, ()), form] if step.repeatable else form
        details = {**case.details, **kept, **changes}
        after = _After(
            case.id,
            case.subject,
            step.target,
            str(changes.get("unit", case.unit)),
            details,
            case.opened_at,
            *(str(getattr(case, name, "") or "") for name in ("number", "title", "place")),
        )
        facts = tuple(fact.of(after, form, moment) for fact in step.tells if fact.is_told(after))
        return Decision(step, case.state, step.target, form, changes, kept, facts)

    def mermaid(self) -> str:
        """Draw the table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for step in self.steps:
            who = "/".join(step.roles)
            lines += [f"    {source} --> {step.target}: {step.trigger} ({who})" for source in step.sources]
        lines += [f"    {state} --> [*]" for state in self.states if state in self.ends]
        return "\n".join(lines) + "\n"
