"""What every handling service shares: taking a case, and the words it is told in.

A handling service is one that cases are assigned to. Its own procedure lies between
`accepted` and `concluded`; the steps around it, their forms and their facts are the
same everywhere, so that whoever follows a case needs to know no service by name.

    received -> accepted -> (own procedure) -> concluded -> closed
        |  ^       contact before the end         ^   |
        v  |                                      |   v
     return_pending -> returned                  rework_due

While a return is decided the first receiver goes on handling (首接负责): it may sign the case in and do all but end it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from marshmallow import fields, validate

from chassis import clocks
from chassis.clocks import Kind
from chassis.facts import Fact
from chassis.receivers import MECHANISMS, UNITS
from chassis.schemas import FactSchema, FormSchema
from chassis.service import Service
from chassis.wire import plain
from chassis.work import NotYetError
from chassis.workcalendar import local, standard_calendar
from chassis.workflow import Refusal, Role, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from chassis.clocks import Running
    from chassis.work import Work
    from chassis.workflow import CaseView, Change, Decision, Guard, Moment, Values

#: How a case can end, for everybody who counts (regulations: outcome codes).
OUTCOMES = ("solved", "partly", "explained", "transferred", "not_supported", "withdrawn")
#: The way of a contact that reached nobody.
IN_VAIN: Final = "not_possible"
CONTACT_WAYS = ("phone", "visit", "message", "letter", IN_VAIN)

_FILE: Final[Mapping[str, Any]] = tomllib.loads((Path(__file__).parent / "handling.toml").read_text(encoding="utf-8"))
#: Why a case belongs elsewhere, by code with the Chinese words: `handling.toml`.
RETURN_REASONS: Final[Mapping[str, str]] = {row["code"]: row["zh"] for row in _FILE["return_reason"]}
#: So many tries that reach nobody, each so long after the one before, stand for the first contact.
CONTACT_TRIES: Final[int] = _FILE["contact"]["tries"]
CONTACT_APART: Final = timedelta(minutes=_FILE["contact"]["apart_minutes"])
#: How long a unit may ask for a return where the dispatch does not say, in working days (regulations 2.4).
RETURN_WORKDAYS: Final = 2

#: The clock of the promise to the resident; a step that lets it stand still, or run on, tells so (`CasePaused`).
PROMISE: Final = "finish"
#: What the clock is called, when told, by which the law gives a case longer than the promise.
LAWFUL: Final = "lawful"

#: The stages of the shared states.
STAGES = {
    "received": "handle",
    "concluded": "feedback",
    "closed": "feedback",
}
#: The states in which a case counts as ended although a fact may open it again.
ENDS = ("returned", "transferred", "withdrawn", "closed")
#: The states of a case that another service has, or will have: what belongs to it is to be seen there only.
LET_GO = ("returned", "transferred")


#: What a matter counts that one person brought once.
_COUNTED_ONCE: dict[str, Any] = {"voices": 1, "repeats": 0, "marks": []}

# -- facts --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccepted(Fact):
    """A handler has taken the case (签收); `statutory` are the times that the law sets for it, as they stand."""

    case_id: str
    unit: str
    by: str
    by_name: str = ""
    statutory: list[dict[str, Any]] = field(default_factory=list)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReturnRequested(Fact):
    """The unit says that the case is not its business (退单); `contested` where a refusal is taken to adjudication."""

    case_id: str
    unit: str
    reason_class: str = ""
    reason: str
    suggested_unit: str = ""
    legal_ground: str = ""
    contested: bool = False
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseContacted(Fact):
    """The handler has reached, or can't reach, the person who asked.

    `contact_counts`: somebody was reached, or tried so often that it counts as the first contact.
    """

    case_id: str
    way: str
    contact_counts: bool = True
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProgressed(Fact):
    """Something worth telling has been done (阶段性答复)."""

    case_id: str
    progress: str
    statutory: list[dict[str, Any]] = field(default_factory=list)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInterimReplied(Fact):
    """The promise to the resident is closed by an interim reply (阶段性答复), and the case goes on by the law's own time.

    `due_at` is the next end that the law sets. `clocks` holds the clock of that end, named `lawful`, its basis in
    words, and the promise as it was closed; `statutory` all times of the law.
    """

    case_id: str
    unit: str
    reply: str
    by: str
    by_name: str = ""
    due_at: datetime
    clocks: list[dict[str, Any]]
    statutory: list[dict[str, Any]] = field(default_factory=list)
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the reply, and by when the law has it done; the service adds the clocks."""
        return cls(
            case_id=case.id,
            unit=case.unit,
            reply=form["reply"],
            by=moment.actor,
            by_name=moment.actor_name,
            due_at=datetime.fromisoformat(case.details["by_law"]["due_at"]),
            clocks=[],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExtensionRequested(Fact):
    """The handler asks for more time."""

    case_id: str
    unit: str
    reason: str
    workdays: int
    told_petitioner: bool
    told_how: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTransferred(Fact):
    """The case goes to another mechanism, named by `to`; `figures` are what it counted here."""

    case_id: str
    to: str
    reason: str
    figures: list[dict[str, Any]] = field(default_factory=list)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseConcluded(Fact):
    """The case is handled to its end, with an outcome and a reply; `reviewed_by` was the second pair of eyes, if any.

    `reply_way` is how the reply reached the petitioner, where that is kept. `figures` are what the case counts.
    """

    case_id: str
    number: str = ""
    title: str = ""
    unit: str
    outcome: str
    reply: str
    handler_claims_solved: bool
    by: str
    by_name: str = ""
    reviewed_by: str = ""
    reviewed_by_name: str = ""
    reply_way: str = ""
    statutory: list[dict[str, Any]] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the way of the reply only: that of a contact before is kept under the same name."""
        told = super(CaseConcluded, cls).of(case, form, moment)
        # A service may keep a review of its own under the fact's name.
        reviewed_by, name = case.details.get("looked_over_by", ""), case.details.get("looked_over_by_name", "")
        if moment.role is Role.REVIEWER:
            reviewed_by, name = moment.actor, moment.actor_name
        return replace(told, reply_way=str(form.get("way", "")), reviewed_by=reviewed_by, reviewed_by_name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecounted(Fact):
    """What a case counts, where no other fact tells it: it was returned or withdrawn, or its figures changed after its end."""

    case_id: str
    figures: list[dict[str, Any]] = field(default_factory=list)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePaused(Fact):
    """The promise to the resident stands still, on the ground of a step, until a time that is foreseen, if any.

    `clocks` holds that promise as it now stands; whoever keeps a copy takes over when it stood still.
    """

    case_id: str
    ground: str = ""
    until: datetime | None = None
    clocks: list[dict[str, Any]] = field(default_factory=list)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResumed(Fact):
    """The promise to the resident runs on; `clocks` holds it as it now stands."""

    case_id: str
    clocks: list[dict[str, Any]] = field(default_factory=list)
    at: datetime


# -- others' facts ------------------------------------------------------------


class Assigned(FactSchema):
    """A case that is dispatched to a handling service."""

    mechanism = fields.String(required=True)
    number = fields.String(load_default="")
    lead_unit = fields.String(required=True)
    assisting_units = fields.List(fields.String(), load_default=list)
    title = fields.String(required=True)
    text = fields.String(required=True)
    place = fields.String(load_default="")
    address = fields.Dict(load_default=dict)
    category = fields.String(load_default="")
    kind = fields.String(load_default="")
    urgency = fields.String(load_default="III")
    severity = fields.String(load_default="")
    anonymous = fields.Boolean(load_default=False)
    confidential = fields.Boolean(load_default=False)
    clocks = fields.List(fields.Dict(), load_default=list)
    return_workdays = fields.Integer(load_default=RETURN_WORKDAYS)
    assists = fields.List(fields.Dict(), load_default=list)
    registered_at = fields.AwareDateTime(load_default=None, allow_none=True)
    external = fields.Nested("External", load_default=None, allow_none=True)


class External(FactSchema):
    """The system outside that a case came from, its number there, and by when that system wants it answered."""

    source = fields.String(required=True)
    number = fields.String(required=True)
    due_at = fields.AwareDateTime(load_default=None, allow_none=True)


class ReturnDecided(FactSchema):
    """Whether a return was granted, and whether that is the last word."""

    mechanism = fields.String(required=True)
    granted = fields.Boolean(required=True)
    opinion = fields.String(load_default="")
    final = fields.Boolean(load_default=False)


class ExtensionDecided(FactSchema):
    """Whether an extension was granted, and the clocks that it changes."""

    mechanism = fields.String(required=True)
    granted = fields.Boolean(required=True)
    opinion = fields.String(load_default="")
    clocks = fields.List(fields.Dict(), load_default=list)


class ReworkOrdered(FactSchema):
    """Why the result was not accepted."""

    reason = fields.String(required=True)
    round = fields.Integer(load_default=1)
    mechanism = fields.String(load_default="")
    clocks = fields.List(fields.Dict(), load_default=list)


class Closed(FactSchema):
    """How the whole matter ended."""

    mechanism = fields.String(load_default="")
    end = fields.String(load_default="")


class Urged(FactSchema):
    """That the time for a case is going by, and the light that it shows."""

    mechanism = fields.String(required=True)
    unit = fields.String(load_default="")
    light = fields.String(required=True)
    due_at = fields.String(load_default="")
    clock = fields.String(load_default="finish")


class Supervised(FactSchema):
    """That a leader watches over a case."""

    mechanism = fields.String(required=True)
    unit = fields.String(load_default="")
    level = fields.Integer(required=True)
    opinion = fields.String(load_default="")
    clock = fields.String(load_default="finish")


class Assisted(FactSchema):
    """How the units stand that assist with a case."""

    mechanism = fields.String(required=True)
    assists = fields.List(fields.Dict(), required=True)
    at = fields.AwareDateTime(required=True)


class Called(FactSchema):
    """That units were called to the spot, or what came of it."""

    mechanism = fields.String(required=True)
    units = fields.List(fields.String(), load_default=list)
    matter = fields.String(load_default="")
    arrive_by = fields.String(load_default="")
    result = fields.String(load_default="")


class ProgressCalled(FactSchema):
    """What the petitioner said when he was called because the time was over."""

    mechanism = fields.String(required=True)
    stands = fields.String(required=True)
    note = fields.String(load_default="")


class Recalled(FactSchema):
    """Why a case is taken back from the service that it was dispatched to, and the `end` that the appeal has come to."""

    mechanism = fields.String(required=True)
    end = fields.String(load_default="withdrawn")
    reason = fields.String(load_default="")


class Disclosed(FactSchema):
    """Personal data, sealed to one service."""

    to = fields.String(required=True)
    sealed = fields.String(required=True)
    petitioner = fields.String(load_default="")


class Picture(FactSchema):
    """A picture that another service keeps, where on this site it is to be seen, and where its camera says it was taken."""

    name = fields.String(load_default="")
    href = fields.String(required=True, validate=validate.Regexp(r"/[a-z][\w/.-]*\Z"))
    longitude = fields.Float(validate=validate.Range(-180, 180))
    latitude = fields.Float(validate=validate.Range(-90, 90))


class Forwarded(FactSchema):
    """What the petitioner has added, for the service that has the case."""

    to = fields.String(required=True)
    text = fields.String(load_default="")
    pictures = fields.List(fields.Nested(Picture), load_default=list)
    said_by = fields.String(load_default="")
    voices = fields.Integer(load_default=1)
    repeats = fields.Integer(load_default=0)
    marks = fields.List(fields.String(), load_default=list)
    at = fields.AwareDateTime(required=True)


# -- forms --------------------------------------------------------------------


def assist_reason() -> fields.String:
    """Return the field in which an end explains that it did not wait for an assisting unit."""
    return fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={
            "example": "协办单位尚未反馈，已电话核实，不影响办结。",
            "help": "Needed only where an assisting unit has not reported.",
        },
    )


class Acceptance(FormSchema):
    """Who takes the case on."""

    handler = fields.String(load_default="", validate=validate.Length(max=60), metadata={"example": "处办员甲"})


class ReturnRequest(FormSchema):
    """Why the case belongs elsewhere: class and reason, the right unit, the ground."""

    reason_class = fields.String(
        required=True,
        validate=validate.OneOf(tuple(RETURN_REASONS), labels=tuple(RETURN_REASONS.values())),
        metadata={"example": "not_our_duty"},
    )
    reason = fields.String(
        required=True, validate=validate.Length(5, 1000), metadata={"example": "不属于本单位职责范围"}
    )
    suggested_unit = fields.String(
        required=True,
        validate=validate.OneOf(tuple(UNITS), labels=tuple(UNITS.values())),
        metadata={"example": "property_office"},
    )
    legal_ground = fields.String(required=True, validate=validate.Length(2, 200), metadata={"example": "街道权责清单"})


class Contact(FormSchema):
    """How the person who asked was reached, and what was said."""

    way = fields.String(
        required=True,
        validate=validate.OneOf(CONTACT_WAYS),
        metadata={
            "example": "phone",
            "help": "Where nobody was reached the time for the first contact runs on, until it was tried often enough.",
        },
    )
    note = fields.String(
        required=True, validate=validate.Length(2, 2000), metadata={"example": "已电话联系，说明办理安排"}
    )


class Progress(FormSchema):
    """What has been done so far, in words that the resident may read."""

    progress = fields.String(
        required=True, validate=validate.Length(2, 2000), metadata={"example": "已到现场查看，正在协调"}
    )


class InterimReply(FormSchema):
    """What the resident is told of how it stands, what is still to come by law, and why that takes longer than was promised."""

    reply = fields.String(
        required=True,
        validate=validate.Length(10, 5000),
        metadata={
            "example": "您反映的问题已依法立案调查，目前正在调取证据，办结后将另行答复您处理结果。",
            "kind": "textarea",
        },
    )


class ExtensionRequest(FormSchema):
    """Why more time is needed, how much, and when and how the resident was told."""

    reason = fields.String(
        required=True, validate=validate.Length(5, 1000), metadata={"example": "需第三方检测，周期较长"}
    )
    workdays = fields.Integer(
        required=True,
        strict=False,
        validate=validate.Range(1, 10),
        metadata={"example": 5, "help": "Where the promise runs in hours, round the clock: days of 24 hours."},
    )
    told_petitioner = fields.Boolean(
        required=True, validate=validate.Equal(comparable=True), metadata={"example": True}
    )
    told_how = fields.String(
        required=True,
        validate=validate.Length(4, 500),
        metadata={"example": "当日电话告知，诉求人表示理解", "label": "When and how the petitioner was told"},
    )


class Transfer(FormSchema):
    """Which mechanism the case goes to, and why."""

    to = fields.String(
        required=True,
        validate=validate.OneOf(tuple(MECHANISMS), labels=tuple(MECHANISMS.values())),
        metadata={"example": "enforcement"},
    )
    reason = fields.String(
        required=True, validate=validate.Length(5, 1000), metadata={"example": "涉嫌违法，需执法部门处理"}
    )


class Conclusion(FormSchema):
    """What the resident is told at the end."""

    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES), metadata={"example": "solved"})
    reply = fields.String(
        required=True,
        validate=validate.Length(10, 5000),
        metadata={"example": "您反映的问题已办理完毕，感谢您的监督。", "kind": "textarea"},
    )
    handler_claims_solved = fields.Boolean(required=True, metadata={"example": True})
    assist_reason = assist_reason()


# -- guards -------------------------------------------------------------------


def was_contacted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the end of a case whose petitioner was neither reached nor tried often enough, where a handler may know who that is.

    Each rework asks for a contact of its own: what the petitioner said before is what was not enough.
    """
    known = case.details
    this_round = (known.get("contact_made") or ())[known.get("contacts_before", 0) :]
    reached = any(one.get("way") != IN_VAIN for one in this_round)
    if reached or known.get("contact_counts") or known.get("anonymous") or known.get("confidential"):
        return None
    minutes = CONTACT_APART // timedelta(minutes=1)
    return Refusal(
        f"尚未联系诉求人，不能办结（联系是办结的前提，重办的须重新联系）；联系不上的，须每次间隔 {minutes} 分钟以上、尝试满 {CONTACT_TRIES} 次",
        "the petitioner has not been contacted yet, or not since the rework was ordered; who can't be reached is tried "
        f"{CONTACT_TRIES} times, {minutes} minutes apart",
    )


def was_contacted_before(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an interim reply to whom nobody has tried to reach, as an end is refused."""
    if was_contacted(case, form, moment) is None:
        return None
    return Refusal("尚未联系诉求人，不能作阶段性答复", "the petitioner has not been contacted yet: do so, then reply")


def the_promise_runs(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to ask for more time when an interim reply has closed the promise, or its end has passed (regulations 2.4)."""
    promise = moment.clocks(case).get(PROMISE)
    if promise is None:
        return None
    if promise.clock.stopped_at:
        return Refusal(
            "服务时限已由阶段性答复关闭，没有可以延长的时限：请在法定时限内办结",
            "an interim reply has closed the promise, and there is nothing left to prolong: conclude within the law's time",
            moot=True,
        )
    if moment.now <= promise.due_at or promise.clock.is_suspended:
        return None
    return Refusal(
        f"服务时限已于 {local(promise.due_at):%Y-%m-%d %H:%M} 届满，延期须在到期前申请：请尽快办结",
        f"the promise ended at {local(promise.due_at):%Y-%m-%d %H:%M}, and more is asked for before: conclude as soon as possible",
    )


def beyond_the_promise(clocks: Mapping[str, Running], now: datetime, answers: Collection[str]) -> Running | None:
    """Return the next of the law's times that end after the promise does, if one is counted and is the office's to keep.

    `answers` are the times in which the law has the resident answered: what an interim reply keeps can't carry it.
    """
    promise = clocks.get(PROMISE)
    until = now if promise is None or promise.clock.stopped_at else max(now, promise.due_at)
    counted = [
        one for one in clocks.values() if one.kind == Kind.STATUTORY and not (one.clock.stopped_at or one.lapses)
    ]
    longer = (one for one in counted if one.due_at > until and one.clock.name not in answers)
    return min(longer, key=lambda one: (one.due_at, one.clock.name), default=None)


def longer_by_law(answers: Collection[str]) -> tuple[Guard, Change]:
    """Make the guard of an interim reply, and what keeps the time of the law that it stands on (regulations 0.2).

    It refuses a reply that no such time carries, and a second one with nothing new.
    """

    def law_gives_longer(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
        clocks = moment.clocks(case)
        lawful = beyond_the_promise(clocks, moment.now, answers)
        if lawful is None:
            return Refusal(
                "没有正在计算、且晚于服务时限届满的法定时限，不能用阶段性答复代替办结：请按期办结，或者在到期前申请延期",
                "no time of the law is running that ends after the promise, so an interim reply can't close it: conclude in "
                "time, or ask for more before the end",
                moot=True,
            )
        if case.details.get("by_law") != _carried(lawful, clocks):
            return None
        until = f"{local(lawful.due_at):%Y-%m-%d}"
        return Refusal(
            f"已就法定时限“{lawful.clock.zh or lawful.clock.name}”（至 {until}）作过阶段性答复，此后没有新的法定时限："
            "新的进展请用“反馈进展”告知，办结时再作最终答复",
            f"an interim reply was given for this time of the law already (until {until}), and nothing is new: tell "
            "progress, and give the final reply at the end",
        )

    def go_on_by_law(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
        clocks = moment.clocks(case)
        lawful = beyond_the_promise(clocks, moment.now, answers)
        return {"by_law": _carried(lawful, clocks) if lawful else None}

    return law_gives_longer, go_on_by_law


def _carried(lawful: Running, clocks: Mapping[str, Running]) -> dict[str, Any]:
    """Return what tells one interim reply from the next: the time of the law that carries it, and the promise that it closes."""
    promise = clocks.get(PROMISE)
    kept = {"clock": lawful.clock.name, "started_at": lawful.clock.started_at, "due_at": lawful.due_at}
    carried: dict[str, Any] = plain({**kept, "promise": promise.clock.started_at if promise else ""})
    return carried


def claim_fits_outcome(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a claim of having solved what the outcome says was not solved."""
    if not form or not form.get("handler_claims_solved") or form.get("outcome") in ("solved", "partly", "explained"):
        return None
    return Refusal(
        "办理结果为未支持、转办或撤回时，不能认定为已解决", "an outcome that solves nothing can't be claimed as solved"
    )


def return_comes_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second return by the same unit: it goes to adjudication, and the first receiver handles."""
    asked = case.details.get("return_requested")
    if asked and case.unit in case.details.get("returned_by", [case.unit]):
        return Refusal(
            "退单只能提出一次，首接单位应继续办理；对不予退单有异议的，请申请裁定",
            "a case can be returned once only; the first receiver handles it, and may ask for an adjudication",
        )
    return None


def return_comes_in_time(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a return that is asked for later than so many working days after the dispatch."""
    return in_time(case, case.details.get("dispatched_at") or case.opened_at, moment, "派单", "the dispatch")


def dispute_comes_in_time(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a dispute that comes later than so many working days after the return was denied."""
    denied = case.details.get("return_denied") or {}
    return in_time(case, denied.get("at") or case.opened_at, moment, "不予退单", "the refusal")


def in_time(case: CaseView, start: datetime | str, moment: Moment, zh: str, en: str) -> Refusal | None:
    """Refuse what is asked for later than the working days that a return has, from a start that the words name."""
    start = datetime.fromisoformat(start) if isinstance(start, str) else start
    days = int(case.details.get("return_workdays", RETURN_WORKDAYS))
    until = clocks.add(start, clocks.Period(days, clocks.Unit.WORKDAY), calendar=standard_calendar()).due_at
    if moment.now <= until:
        return None
    return Refusal(
        f"应在{zh}后 {days} 个工作日内提出（截至 {until:%Y-%m-%d}），现已逾期，请继续办理",
        f"it had to be asked for within {days} working days of {en}, until {until:%Y-%m-%d}: go on handling",
    )


def a_denial_can_be_disputed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take to adjudication what was not denied, what waits, or what was adjudicated already."""
    denied = case.details.get("return_denied")
    if not denied or asks_back(case):
        return Refusal("没有可提请裁定的退单决定", "no return was denied that could be adjudicated")
    if denied.get("final") or case.details.get("adjudication_requested"):
        return Refusal("本件已经裁定，裁定为最终决定", "it was adjudicated already, and that decision is final")
    return None


def return_is_decided(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end or pass on a case while its return is being decided; all other handling goes on."""
    if not asks_back(case):
        return None
    return Refusal(
        "退单正在审核或裁定：可继续办理，决定作出前不能办结或移送",
        "its return is being decided: go on handling, and end it or pass it on after the decision",
    )


def assists_are_in(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an end without a reason where an assisting unit has not reported yet."""
    missing = [row["unit"] for row in case.details.get("assists", ()) if row["state"] != "reported"]
    if not form or not missing or form.get("assist_reason"):
        return None
    return Refusal(
        f"协办单位尚未反馈（{'、'.join(missing)}）：请等待反馈，或填写“未等协办反馈的理由”",
        f"assisting units have not reported ({', '.join(missing)}): wait, or give the reason for not waiting",
    )


def asks_back(case: CaseView) -> bool:
    """Say whether a return of the case is being decided."""
    return case.state not in ENDS and bool(case.details.get("return_open", case.state == "return_pending"))


#: What stands before every end.
BEFORE_THE_END: Final[tuple[Guard, ...]] = (was_contacted, return_is_decided, assists_are_in)


# -- changes ------------------------------------------------------------------


def ask_back(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Note that a return waits for its decision, and who asked."""
    by = [*case.details.get("returned_by", ()), case.unit]
    return {"return_open": True, "contested": False, "returned_by": by}


def dispute(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Note that a denied return waits for its adjudication."""
    return {"return_open": True, "contested": True}


def keep_asking(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep in mind that a return waits for its decision while the case is signed in."""
    return {"return_open": True}


def hear_decision(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Note that the return is decided."""
    return {"return_open": False, "contested": False}


def keep_contact(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Say whether a contact is one: it reached somebody, there is nobody to be reached, or it was tried often enough."""
    if form["way"] != IN_VAIN or any(case.details.get(name) for name in ("anonymous", "confidential")):
        return {"contact_counts": True}
    tried = case.details.get("contact_tried_at") or []
    if not tried or moment.now >= datetime.fromisoformat(tried[-1]) + CONTACT_APART:
        tried = [*tried, moment.now.isoformat()]
    return {"contact_counts": len(tried) >= CONTACT_TRIES, "contact_tried_at": tried}


def contact_anew(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Count no contact of the rounds before for the one that begins."""
    return {
        "contacts_before": len(case.details.get("contact_made") or ()),
        "contact_counts": False,
        "contact_tried_at": [],
    }


# -- steps --------------------------------------------------------------------


def shared_steps(
    *, first: str, open_states: tuple[str, ...], ready: tuple[str, ...], answers: tuple[str, ...] = ()
) -> tuple[Step, ...]:
    """Return the steps around a service's own procedure.

    `first` is the state that the own procedure begins in (entered by accepting),
    `open_states` are all its states in which handling goes on, and `ready` those
    from which the case may be concluded. `answers` are the clocks within which the
    law has the resident answered: an interim reply stops them.
    """
    law_gives_longer, go_on_by_law = longer_by_law(answers)
    active = tuple(dict.fromkeys((first, *open_states)))
    return (
        Step(
            "received",
            "case_accepted",
            first,
            who=Role.HANDLER,
            form=Acceptance,
            tells=(CaseAccepted,),
            stops=("sign_in",),
        ),
        Step(
            "return_pending",
            "case_accepted",
            first,
            who=Role.HANDLER,
            form=Acceptance,
            change=keep_asking,
            tells=(CaseAccepted,),
            stops=("sign_in",),
        ),
        *(
            Step(
                source,
                trigger,
                target,
                who=Role.HANDLER,
                form=ReturnRequest,
                guards=guards,
                change=change,
                tells=(CaseReturnRequested,),
            )
            for source, target in (("received", "return_pending"), (first, first))
            for trigger, guards, change in (
                ("return_requested", (return_comes_once, return_comes_in_time), ask_back),
                ("adjudication_requested", (a_denial_can_be_disputed, dispute_comes_in_time), dispute),
            )
        ),
        Step(
            ("return_pending", *active),
            "return_granted",
            "returned",
            who=Role.BUS,
            change=hear_decision,
            tells=(CaseRecounted,),
        ),
        Step("return_pending", "return_denied", "received", who=Role.BUS, change=hear_decision),
        *(Step(state, "return_denied", state, who=Role.BUS, change=hear_decision) for state in active),
        Step(("returned", "transferred", "withdrawn"), "dispatched_again", "received", who=Role.BUS),
        *(
            Step(
                state,
                "contact_made",
                state,
                who=Role.HANDLER,
                form=Contact,
                repeatable=True,
                change=keep_contact,
                tells=(CaseContacted,),
            )
            for state in active
        ),
        *(
            Step(
                state, "progress_made", state, who=Role.HANDLER, form=Progress, repeatable=True, tells=(CaseProgressed,)
            )
            for state in active
        ),
        *(
            Step(
                state,
                "interim_replied",
                state,
                who=Role.HANDLER,
                form=InterimReply,
                guards=(was_contacted_before, return_is_decided, law_gives_longer),
                repeatable=True,
                change=go_on_by_law,
                tells=(CaseInterimReplied,),
                stops=("first_contact", PROMISE, "required", *answers),
            )
            for state in active
        ),
        *(
            Step(
                state,
                "extension_requested",
                state,
                who=Role.HANDLER,
                form=ExtensionRequest,
                guards=(the_promise_runs,),
                repeatable=True,
                tells=(CaseExtensionRequested,),
            )
            for state in active
        ),
        Step(
            active,
            "transferred",
            "transferred",
            who=Role.HANDLER,
            form=Transfer,
            guards=(return_is_decided,),
            tells=(CaseTransferred,),
        ),
        Step(
            ("received", "return_pending", "returned", "transferred", "rework_due", *active),
            "withdrawn",
            "withdrawn",
            who=Role.BUS,
            keeps="recalled",
            tells=(CaseRecounted,),
        ),
        Step(
            ready,
            "concluded",
            "concluded",
            who=Role.HANDLER,
            form=Conclusion,
            guards=(*BEFORE_THE_END, claim_fits_outcome),
            tells=(CaseConcluded,),
            stops=("finish", "required"),
        ),
        Step("concluded", "closed", "closed", who=Role.BUS),
        Step(("concluded", "closed"), "rework_ordered", "rework_due", who=Role.BUS, change=contact_anew),
        Step(
            "rework_due",
            "rework_taken",
            first,
            who=Role.HANDLER,
            form=Acceptance,
            tells=(CaseAccepted,),
            stops=("sign_in",),
        ),
    )


def on_file(trigger: str, holds: Callable[[Values], bool]) -> Guard:
    """Make the guard of a rework that goes on where the case stood: `holds` says of its details whether it came so far."""

    def guard(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
        if holds(case.details):
            return None
        return Refusal("本案以前没有办到这一步，没有可以接着办的", "the case has not come so far before", moot=True)

    guard.__name__ = guard.__qualname__ = f"{trigger}_from_what_is_on_file"
    return guard


def resumed(trigger: str, target: str, guard: Guard, **more: Any) -> Step:
    """Return a step that takes a rework as `rework_taken` does, and goes on with what the case had come to."""
    return Step(
        "rework_due",
        trigger,
        target,
        who=Role.HANDLER,
        form=Acceptance,
        guards=(guard,),
        tells=(CaseAccepted,),
        stops=("sign_in",),
        **more,
    )


# -- the service --------------------------------------------------------------


def statutory(work: Work, case: Any) -> list[dict[str, Any]]:
    """List the clocks that the law has set for a case: name, words, basis in words, end, and when it was stopped."""
    return [
        {
            "name": running.clock.name,
            "zh": running.clock.zh,
            "en": running.clock.en,
            "basis": work.service.legal.said(running.clock.basis, running.clock.started_at, "zh"),
            "due_at": running.due_at,
            "stopped_at": running.clock.stopped_at,
        }
        for running in work.clocks_of(case).values()
        if running.kind == Kind.STATUTORY.value
    ]


#: The facts that tell what a case counts.
_COUNTED: Final = (CaseConcluded, CaseTransferred, CaseRecounted)


def _told_anew(work: Work, case: Any, decision: Decision) -> tuple[Fact, ...]:
    """Tell what an ended case counts after a step that has changed it; closing a case changes nothing."""
    if decision.source not in ("concluded", *ENDS) or decision.step.trigger == "closed":
        return ()
    was, now = work.recount(case)
    return () if was == now else (CaseRecounted(case_id=case.id, figures=now, at=work.now),)


def _as_it_stands(fact: Fact, work: Work, case: Any, step: Step) -> Fact:
    """Tell with a fact the clocks that it is about, as the step has left them, and with an end what the case counts."""
    if isinstance(fact, _COUNTED):
        fact = replace(fact, figures=work.recount(case)[1])
    if isinstance(fact, (CaseAccepted, CaseProgressed, CaseConcluded)):
        return replace(fact, statutory=statutory(work, case))
    if not isinstance(fact, (CasePaused, CaseResumed, CaseInterimReplied)):
        return fact
    running = work.clocks_of(case)
    promise = [running[PROMISE].clock.to_dict()] if PROMISE in running else []
    if isinstance(fact, CaseInterimReplied):
        lawful = running[case.details["by_law"]["clock"]]
        basis = work.service.legal.said(lawful.clock.basis, lawful.clock.started_at, "zh")
        carries = replace(lawful.clock, name=LAWFUL, basis=basis).to_dict()
        return replace(fact, clocks=[carries, *promise], statutory=statutory(work, case))
    if isinstance(fact, CaseResumed):
        return replace(fact, clocks=promise)
    until = [running[name].due_at for name in step.starts if name in running]
    return replace(fact, clocks=promise, ground=step.trigger, until=max(until, default=None))


class HandlingService(Service):
    """The reactions to others' facts that all handling services have in common."""

    inner: ClassVar[tuple[str, ...]] = (
        *("assists_at", "return_workdays", "return_open", "contested", "returned_by"),
        *("by_law", "contact_counts", "contact_tried_at", "contacts_before"),
    )
    #: Clocks that run from the registration, whoever handles it: a return stops them, another dispatch lets them go on.
    since_registration: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def witness(work: Work, case: Any, decision: Decision, moment: Moment) -> Iterable[Fact]:
        """Keep who has reviewed a case since it was begun; tell with its course what the law sets for it, and what it counts."""
        if moment.role is Role.REVIEWER:
            seen = {"looked_over_by": moment.actor, "looked_over_by_name": moment.actor_name}
            case.details = {**case.details, **seen}
        elif decision.step.trigger == "rework_ordered" and "looked_over_by" in case.details:
            kept = case.details.items()
            case.details = {name: value for name, value in kept if not name.startswith("looked_over_by")}
        if any(isinstance(fact, CaseContacted) and fact.contact_counts for fact in decision.facts):
            work.stop_clock(case, "first_contact")
        if any(isinstance(fact, CaseConcluded) for fact in decision.facts):
            # Whom nobody need contact is answered all the same: the time for a first contact is over with it.
            work.stop_clock(case, "first_contact")
            promise = work.clocks_of(case).get("finish")
            # An interim reply has closed it before: what the law gives longer is not late.
            replied_at = (promise and promise.clock.stopped_at) or work.now
            late = promise is not None and min(replied_at, work.now) > promise.due_at
            if late is not case.details.get("replied_late"):
                case.details = {**case.details, "replied_late": late}
            if case.details.get("by_law"):
                case.details = {**case.details, "by_law": None}
        told = tuple(_as_it_stands(fact, work, case, decision.step) for fact in decision.facts)
        return told if any(isinstance(fact, _COUNTED) for fact in told) else (*told, *_told_anew(work, case, decision))

    @staticmethod
    def ended_as(case: CaseView) -> str:
        """Name the outcome of a conclusion, such as `concluded.solved`, or how the case ended without one.

        What was taken back ends as its appeal did: `withdrawn` by the petitioner, `not_accepted`, `merged` and so on.
        """
        if case.state in ("concluded", "closed"):
            return f"concluded.{(case.details.get('concluded') or {}).get('outcome', '')}"
        if case.state == "withdrawn":
            return str((case.details.get("recalled") or {}).get("end", case.state))
        return case.state if case.state in ENDS else ""

    def take(self, work: Work, assigned: Mapping[str, Any]) -> None:
        """Open a case for an assignment, or open it again after a return."""
        cause = work.cause
        if cause is None:
            message = "an assignment comes by letter"
            raise TypeError(message)
        case = work.case(cause.subject)
        if case is None:
            case = work.open(
                cause.subject,
                number=assigned["number"],
                title=assigned["title"],
                place=assigned["place"],
                unit=assigned["lead_unit"],
                urgency=assigned["urgency"],
                details={
                    **{name: assigned[name] for name in ("text", "category", "kind", "severity", "anonymous")},
                    **({"confidential": True} if assigned["confidential"] else {}),
                    **_sent(cause.time, assigned),
                },
            )
        elif asks_back(case):
            message = "the return of this case is not decided here yet"
            raise NotYetError(message)
        elif case.state in ("returned", "transferred", "withdrawn"):
            let_go_at = case.ended_at
            case.unit = assigned["lead_unit"]
            case.details = {**case.details, **_sent(cause.time, assigned), "by_law": None}
            work.step(case, "dispatched_again")
            for name in self.since_registration:
                running = work.clocks_of(case).get(name)
                if running is not None and running.clock.stopped_at == let_go_at:
                    work.start_clock(case, replace(running.clock, stopped_at=None), running.kind)
        else:
            return
        set_clocks(work, case, assigned["clocks"])

    def decide_return(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Let a case go, or keep it, as its return was decided."""
        case = addressed(work)
        if asks_back(case):
            said = {"opinion": decided["opinion"], "final": decided["final"], "at": work.now}
            work.step(case, "return_granted" if decided["granted"] else "return_denied", plain(said))

    def decide_extension(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Note the decision on more time, and move the clocks that it moves."""
        case = addressed(work)
        work.note(case, "extension_decided", {"granted": decided["granted"], "opinion": decided["opinion"]})
        set_clocks(work, case, decided["clocks"])

    def rework(self, work: Work, order: Mapping[str, Any]) -> None:
        """Open a concluded case again."""
        case = addressed(work)
        if case.state in ("concluded", "closed"):
            work.step(case, "rework_ordered", {"reason": order["reason"], "round": order["round"]})
            set_clocks(work, case, order["clocks"])

    def urge(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show on the case that it was urged, carded or put under supervision, or what its petitioner says of the wait."""
        carded = told.get("clock", "finish") == "finish" and told.get("light") in ("yellow", "red")
        said = "progress_called" if "stands" in told else "supervised" if "level" in told else ""
        work.note(addressed(work), said or ("carded" if carded else "urged"), told)

    def hear_of_assists(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how the assisting units stand; what was told before is left alone."""
        case = addressed(work)
        at = told["at"].isoformat()
        if at >= case.details.get("assists_at", ""):
            units = [row["unit"] for row in told["assists"]]
            case.details = {**case.details, "assists": told["assists"], "assisting_units": units, "assists_at": at}
            work.note(case, work.cause.key.split(".")[1] if work.cause else "", {"assists": told["assists"]})

    def hear_of_calls(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that units were called to the spot, and what came of it."""
        said = {name: value for name, value in told.items() if value and name != "mechanism"}
        work.note(addressed(work), work.cause.key.split(".")[1] if work.cause else "", said)

    def close(self, work: Work, _closed: Mapping[str, Any]) -> None:
        """Close a concluded case: the resident has judged it."""
        case = addressed(work)
        if case.state == "concluded":
            work.step(case, "closed")

    def recall(self, work: Work, recalled: Mapping[str, Any]) -> None:
        """End an open case whose appeal has ended without it, as its petitioner's withdrawal; note it on one that goes on all the same."""
        case = addressed(work)
        workflow = work.service.workflow
        said = {name: recalled[name] for name in ("end", "reason") if recalled[name]}
        if workflow is not None and any(step.trigger == "withdrawn" for step in workflow.steps_from(case.state)):
            work.step(case, "withdrawn", said)
        elif case.state != "withdrawn":
            work.note(case, "recall_noted", said)

    def disclose(self, work: Work, disclosed: Mapping[str, Any]) -> None:
        """Keep the sealed personal data of a case that this service handles."""
        case = addressed(work)
        case.details = {**case.details, "sealed": disclosed["sealed"]}

    def add_material(self, work: Work, forwarded: Mapping[str, Any]) -> None:
        """Keep what the petitioner has added to a case, once however often it is forwarded."""
        case = addressed(work)
        words = plain({name: forwarded[name] for name in ("at", "text", "said_by") if forwarded[name]})
        words.setdefault("text", "")
        counts = {name: forwarded[name] for name in ("voices", "repeats", "marks")}
        if counts != {name: case.details.get(name, blank) for name, blank in _COUNTED_ONCE.items()}:
            case.details = {**case.details, **counts}
            work.note(case, "counted_again", counts)
        if words["text"] and words not in (said := case.details.get("supplements", [])):
            case.details = {**case.details, "supplements": [*said, words]}
            work.note(case, "words_added", words, role=Role.PUBLIC)
        kept = case.details.get("pictures", [])
        known = {picture["href"] for picture in kept}
        if fresh := [picture for picture in forwarded["pictures"] if picture["href"] not in known]:
            shown = [{**picture, "thumbnail": f"{picture['href']}?size=small"} for picture in fresh]
            case.details = {**case.details, "pictures": [*kept, *shown]}
            work.note(case, "pictures_added", {"at": forwarded["at"], "count": len(fresh)}, role=Role.PUBLIC)


def _sent(at: datetime, assigned: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a case keeps of its dispatch: since when, with whom, and that nothing is asked for yet."""
    return {
        "dispatched_at": at.isoformat(),
        **plain({name: assigned[name] for name in ("registered_at", "external") if assigned[name]}),
        **{name: assigned[name] for name in ("return_workdays", "assisting_units", "assists")},
        "assists_at": at.isoformat(),
        "return_open": False,
        "return_denied": None,
        "adjudication_requested": None,
    }


def addressed(work: Work) -> Any:
    """Return the case that the letter at hand is about, or raise NotYetError."""
    return work.expect(work.cause.subject if work.cause else "")


def set_clocks(work: Work, case: Any, rows: list[Mapping[str, Any]]) -> None:
    """Start the service clocks that came with a letter; an older promise than the one that runs is left alone.

    When a promise stood still is known here first: the sender may not have heard of it yet.
    """
    for row in rows:
        clock = clocks.Clock.from_dict(dict(row))
        running = work.clocks_of(case).get(clock.name)
        if running is None or _age(clock) >= _age(running.clock):
            if running is not None and running.clock.started_at == clock.started_at:
                # A promise that was closed here stays so, whatever was decided of it meanwhile.
                clock = replace(clock, suspensions=running.clock.suspensions, stopped_at=running.clock.stopped_at)
            elif clock.name == "first_contact" and case.details.get("contact_tried_at"):
                case.details = {**case.details, "contact_tried_at": []}
            work.start_clock(case, clock, "service")


def _age(clock: clocks.Clock) -> tuple[datetime, int]:
    """Order promises by when they began, then by how often they were extended."""
    return clock.started_at, len(clock.extensions)
