"""What routing tells: ledger, sign-off, dispatch, and decisions on the way."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from chassis.clocks import Clock
from chassis.facts import Fact
from chassis.workcalendar import standard_calendar
from chassis.workflow import Role

if TYPE_CHECKING:
    from chassis.workflow import CaseView, Moment, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealLedgered(Fact):
    """An appeal is entered in the ledger (台账), graded, with the grounds."""

    number: str
    mechanism: str
    category: str
    kind: str
    urgency: str
    severity: str
    confidence: float
    grounds: list[dict[str, Any]]
    flags: list[str]
    person_kinds: list[str] = field(default_factory=list)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLedgered(Fact):
    """An answer on the spot (当场解答) stands in the ledger by this number, though the appeal went to nobody."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalLedgered(Fact):
    """A refusal (不予受理) has ended the line in the ledger: a conclusion that crosses it counts for nothing."""

    number: str
    title: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNumbered(Fact):
    """What is held at the door, to be answered, relayed or merged there, stands in the ledger by this number."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealSigned(Fact):
    """A leader, or the rule that stands for one, has signed (签批)."""

    number: str
    signer: str
    by_rule: bool
    retroactive: bool
    opinion: str
    at: datetime
    proposal: str = ""
    assigned_leader: str = ""
    lead_unit: str = ""
    assisting_units: list[str] = field(default_factory=list)
    required_due_at: str | None = None
    delegation_id: str = ""
    #: Its number and hash in the chain of signatures.
    signature: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureAwaited(Fact):
    """A leader is reminded that an appeal waits for his signature, it is passed on to another, or it is overdue.

    `leader` is the post that is to sign now; `level` is reminded, passed_on or overdue.
    """

    number: str
    level: str
    leader: str
    retroactive: bool
    delegation_id: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Tell who is to sign now, and by which delegation."""
        passed = case.details.get("passed_on") or {}
        return cls(
            number=case.details["number"],
            level=case.details["awaited"],
            leader=passed.get("post") or case.details["awaits"],
            retroactive=bool(case.details.get("retroactive")),
            delegation_id=passed.get("delegation_id", ""),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAwaited(Fact):
    """The desk (`triage`, `return_review`) or a leader (`adjudication`) has not decided in his own time."""

    number: str
    decision: str
    unit: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Tell what is waited for, and the unit that has the appeal meanwhile, if any."""
        decision = {"return_pending": "return_review", "adjudication_due": "adjudication"}.get(case.state, "triage")
        return cls(number=case.details["number"], decision=decision, unit=case.unit, at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealDispatched(Fact):
    """An appeal is dispatched (派单) to a mechanism and its lead unit.

    `clocks` are those of the promise to the resident, as `chassis.clocks.Clock` spells them.
    """

    addressed_by: ClassVar[str] = "mechanism"

    number: str
    mechanism: str
    lead_unit: str
    assisting_units: list[str]
    title: str
    text: str
    place: str
    category: str
    kind: str
    urgency: str
    severity: str
    anonymous: bool
    clocks: list[dict[str, Any]]
    explanation: list[dict[str, str]]
    round: int
    return_workdays: int = 2
    extension_workdays: int = 0
    assists: list[dict[str, Any]] = field(default_factory=list)
    confidential: bool = False
    registered_at: datetime | None = None
    external: dict[str, Any] | None = None
    address: dict[str, Any] = field(default_factory=dict)
    #: What the leader who signed it has written for the unit (批示), and his name; empty where a rule has signed, or nobody yet.
    leader_opinion: str = ""
    signing_leader: str = ""
    #: What the rule that sent it there tells the unit (办理提示).
    hint: str = ""
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell what was decided: what the form leaves empty is filled from the catalogue."""
        apart = {"at", "assists", "confidential", "registered_at", "external", "address"}
        apart |= {"leader_opinion", "signing_leader", "hint"}
        told = {item.name for item in fields(cls)} - apart
        decided = {name: case.details[name] for name in told}
        confidential = bool(case.details.get("confidential"))
        return cls(
            **decided,
            assists=_assists(case),
            confidential=confidential,
            registered_at=_registered(case),
            external=case.details.get("external"),
            address=case.details.get("address") or {},
            **_written(case, form, moment),
            hint=next((row["zh"] for row in case.details["explanation"] if row.get("result") == "hint"), ""),
            at=moment.now,
        )


def _written(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Return what a leader, and no rule, has written for the unit: when he signed, or when he sent it on to another."""
    if case.details["round"] > 1:
        return (
            {"leader_opinion": form.get("opinion", ""), "signing_leader": moment.actor_name}
            if moment.role is Role.LEADER
            else {}
        )
    return _signed(case)


def _signed(case: CaseView) -> dict[str, Any]:
    if case.details.get("by_rule", True):
        return {}
    return {"leader_opinion": case.details["opinion"], "signing_leader": case.details["signer"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealCountersigned(Fact):
    """A leader has signed what was sent first (补签): what he wrote is for the unit that has it already."""

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    leader_opinion: str
    signing_leader: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Tell the mechanism that has it now."""
        return cls(mechanism=case.details["mechanism"], at=moment.now, **_signed(case))


def _with_body_above(form: Values, name: str, did: str) -> str:
    """Return an opinion, with the body above that it goes by, if it does."""
    return f"{form['opinion']}（{did}：{form[name]}）" if form.get(name) else str(form["opinion"])


def _registered(case: CaseView) -> datetime:
    """Return when an appeal was registered; a line of before that was kept, when it came into the ledger."""
    kept = case.details.get("registered_at")
    return datetime.fromisoformat(kept) if kept else case.opened_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDecided(Fact):
    """A return (退单) is granted or denied; `mechanism` is the one that asked, `final` what was adjudicated (裁定)."""

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    granted: bool
    opinion: str
    final: bool = False
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the mechanism that asked, also when the case now goes to another."""
        return cls(
            mechanism=case.details["returned_from"],
            granted=case.details["granted"],
            opinion=_with_body_above(form, "ruled_above", "裁定"),
            final=case.details["final"],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionDecided(Fact):
    """More time is granted or denied; `clocks` are those that moved, `reason` is why the unit needs it, as the resident reads it."""

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    granted: bool
    opinion: str
    reason: str = ""
    clocks: list[dict[str, Any]]
    extension_workdays: int | None = None
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the clock that was moved, or none."""
        granted = case.details["granted"]
        return cls(
            mechanism=case.details["mechanism"],
            granted=granted,
            opinion=_with_body_above(form, "approved_above", "批准"),
            reason=case.details.get("extension_reason", "") if granted else "",
            clocks=list(case.details["clocks"]) if granted else [],
            extension_workdays=case.details.get("extension_workdays"),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRegraded(Fact):
    """An appeal that is with its unit is found more or less urgent (改级); `clocks` are those of the promise that moved by it."""

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    urgency: str
    severity: str
    was_urgency: str
    was_severity: str
    reason: str
    clocks: list[dict[str, Any]]
    extension_workdays: int | None = None
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Tell what it was, what it is, and the clocks that moved."""
        last = case.details["regrades"][-1]
        return cls(
            mechanism=case.details["mechanism"],
            urgency=last["urgency"],
            severity=last["severity"],
            was_urgency=last["was_urgency"],
            was_severity=last["was_severity"],
            reason=last["reason"],
            clocks=[row for row in case.details["clocks"] if row["name"] in last["moved"]],
            extension_workdays=case.details.get("extension_workdays"),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMoved(Fact):
    """The promise to the resident stands still at its mechanism, on some ground and until a time, or runs on.

    `due_at` is its end: counted as if it ran on at the time that is foreseen, while it stands still.
    """

    mechanism: str
    paused: bool
    ground: str
    clocks: list[dict[str, Any]]
    due_at: datetime
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the promise and its end."""
        [row] = case.details["clocks"]
        clock = Clock.from_dict(row)
        due_at = clock.due_at(standard_calendar(), max(form["until"] or moment.now, moment.now))
        return cls(
            mechanism=case.details["mechanism"],
            paused=clock.is_suspended,
            ground=form["ground"],
            clocks=[row],
            due_at=due_at,
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRecalled(Fact):
    """A dispatched appeal is taken back because it has ended elsewhere: `end` is withdrawn, not_accepted, relayed, merged or answered."""

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    end: str = "withdrawn"
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealSilent(Fact):
    """Nothing was heard of an open appeal for longer than its clock allows; told once for each silence.

    `heard_at` is when something was last heard; `mechanism` and `unit` have it, if any.
    """

    number: str
    state: str
    mechanism: str
    unit: str
    heard_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealUrged(Fact):
    """The unit is urged (催办): `clock`, by which it finishes, signs in, makes contact or assists, is running out at `due_at`."""

    addressed_by: ClassVar[str] = "mechanism"

    number: str
    mechanism: str
    unit: str
    light: str
    due_at: datetime
    clock: str = "finish"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIssued(Fact):
    """The unit gets a card: yellow (黄牌) when the time is nearly over, red (红牌) when it is."""

    addressed_by: ClassVar[str] = "mechanism"

    number: str
    mechanism: str
    unit: str
    light: str
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealSupervised(Fact):
    """A leader watches over an appeal (督办), the higher the level the longer it is overdue; 0 where one decided so."""

    addressed_by: ClassVar[str] = "mechanism"

    number: str
    mechanism: str
    unit: str
    level: int
    opinion: str
    clock: str = "finish"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistAsked(Fact):
    """Units are asked to assist (协办); `assists` are all of the appeal, as they stand now, each with its own sub-deadline."""

    addressed_by: ClassVar[str] = "mechanism"

    number: str
    mechanism: str
    units: list[str]
    task: str
    assists: list[dict[str, Any]]
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell who was asked just now, and how all stand."""
        return cls(
            number=case.details["number"],
            mechanism=case.details["mechanism"],
            units=list(form["assisting_units"]),
            task=form["opinion"],
            assists=_assists(case),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistReported(Fact):
    """An assisting unit has reported, or said why it can't yet (`interim`); `assists` are all, as they stand now."""

    addressed_by: ClassVar[str] = "mechanism"

    number: str
    mechanism: str
    unit: str
    interim: bool
    report: str
    assists: list[dict[str, Any]]
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the report, or the reason for the delay."""
        return cls(
            number=case.details["number"],
            mechanism=case.details["mechanism"],
            unit=form["unit"],
            interim="reason" in form,
            report=form.get("reason") or form["report"],
            assists=_assists(case),
            at=moment.now,
        )


def _assists(case: CaseView) -> list[dict[str, Any]]:
    shown = ("unit", "task", "state", "due_at", "report", "interim")
    return [{name: row[name] for name in shown if row.get(name)} for row in case.details.get("assists", ())]


class _OfWhistle(Fact):
    """What is told of a whistle: its own values, then what any fact finds."""

    __slots__ = ()
    addressed_by: ClassVar[str] = "mechanism"

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell of the newest whistle."""
        whistle = case.details["whistles"][-1]
        called: dict[str, Any] = next((row for row in whistle["called"] if row["unit"] == form.get("unit")), {})
        known = {**case.details, **whistle, **called, **form, "units": [row["unit"] for row in whistle["called"]]}
        return cls(**{item.name: (known | {"at": moment.now})[item.name] for item in fields(cls)})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhistleBlown(_OfWhistle):
    """The street calls units to the spot (吹哨), to arrive by a time."""

    number: str
    mechanism: str
    whistle: str
    whistle_type: str
    units: list[str]
    matter: str
    arrive_by: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WhistleAnswered(_OfWhistle):
    """A unit that was called has arrived (报到)."""

    number: str
    mechanism: str
    whistle: str
    unit: str
    late: bool
    note: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WhistleClosed(_OfWhistle):
    """What came of a whistle."""

    number: str
    mechanism: str
    whistle: str
    units: list[str]
    result: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRated(_OfWhistle):
    """The street rates a unit that it called (双考核)."""

    number: str
    mechanism: str
    whistle: str
    unit: str
    mark: int
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WhistleRated(_OfWhistle):
    """A unit that was called rates the whistle (双考核)."""

    number: str
    mechanism: str
    whistle: str
    unit: str
    mark: int
    comment: str
    at: datetime
