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
from typing import TYPE_CHECKING, Any, Final, Self

from marshmallow import ValidationError, fields, validate

from chassis import clocks
from chassis.clocks import Kind
from chassis.facts import Fact
from chassis.receivers import MECHANISMS, UNITS
from chassis.schemas import FormSchema
from chassis.wire import plain
from chassis.workcalendar import local, standard_calendar
from chassis.workflow import Refusal, Role, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from chassis.clocks import Running
    from chassis.workflow import CaseView, Change, Guard, Moment, Values

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
class CaseCategorised(Fact):
    """Who handles it has found what it is about (诉求类别和类型): the ledger follows where it was entered as something else."""

    case_id: str
    category: str
    kind: str
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
        required=True,
        validate=validate.Length(5, 1000),
        metadata={"example": "需第三方检测，周期较长", "help": "The petitioner reads it when more time is granted."},
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


class _Elsewhere(validate.OneOf):
    """One of the mechanisms but that which has the case, whose refusal says so."""

    def __init__(self, own: str) -> None:
        others = {code: zh for code, zh in MECHANISMS.items() if code != own}
        super().__init__(tuple(others), labels=tuple(others.values()))
        self.own = own

    def __call__(self, value: Any) -> Any:
        if self.own and value == self.own:
            raise ValidationError(
                "本件就在这一机制办理，不能移送给自己；不归本单位的，请“申请退单” / "
                "The case is with this mechanism already: ask for its return if it is not this unit's"
            )
        return super().__call__(value)


def _to(own: str) -> fields.String:
    choices = _Elsewhere(own)
    likely = "enforcement" if own != "enforcement" else next(iter(choices.choices))
    return fields.String(required=True, validate=choices, metadata={"example": likely})


class Transfer(FormSchema):
    """Which mechanism the case goes to, and why."""

    to = _to("")
    reason = fields.String(
        required=True, validate=validate.Length(5, 1000), metadata={"example": "涉嫌违法，需执法部门处理"}
    )


def transfer_from(own: str) -> type[Transfer]:
    """Return the form of a transfer out of a mechanism, which can go to any other."""
    return type("Transfer", (Transfer,), {"__doc__": Transfer.__doc__, "__module__": __name__, "to": _to(own)})


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


def the_promise_may_move(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask for time that nobody can grant: none by this urgency, none once more, or more than there is (regulations 2.4)."""
    most = case.details.get("extension_workdays")
    if most == 0:
        return Refusal(
            "该紧急程度不能延期，或者已经延期过：请按期办结；确实不该按此办理的，请派单人员改级",
            "this urgency allows no extension, or it was extended once already: conclude in time, or have the desk regrade it",
        )
    if most is None or int(form.get("workdays") or 0) <= most:
        return None
    return Refusal(
        f"最多可延期 {most} 日（按工作日；办结时限昼夜连续的，每日为 24 小时）",
        f"{most} days are the most: working days, or days of 24 hours where the promise runs round the clock",
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
    *,
    first: str,
    open_states: tuple[str, ...],
    ready: tuple[str, ...],
    answers: tuple[str, ...] = (),
    mechanism: str = "",
) -> tuple[Step, ...]:
    """Return the steps around a service's own procedure.

    `mechanism` is whose procedure that is: it passes no case on to itself. `first` is
    the state that the own procedure begins in (entered by accepting), `open_states` are
    all its states in which handling goes on, and `ready` those from which the case may
    be concluded. `answers` are the clocks within which the
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
                guards=(the_promise_runs, the_promise_may_move),
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
            form=transfer_from(mechanism),
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
