"""What every handling service shares: taking a case, and the words it is told in.

A handling service is one that cases are assigned to. Its own procedure lies between
`accepted` and `concluded`; the steps around it, their forms and their facts are the
same everywhere, so that whoever follows a case needs to know no service by name.

    received -> accepted -> (own procedure) -> concluded -> closed
        |          contact before the end         ^   |
        v                                         |   v
     return_pending -> returned                  rework_due
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from chassis import clocks
from chassis.facts import Fact
from chassis.schemas import FactSchema, FormSchema
from chassis.service import Service
from chassis.work import NotYetError, plain
from chassis.workflow import Refusal, Role, Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chassis.work import Work
    from chassis.workflow import CaseView, Moment, Values

#: How a case can end, for everybody who counts (regulations: outcome codes).
OUTCOMES = ("solved", "partly", "explained", "transferred", "not_supported", "withdrawn")
CONTACT_WAYS = ("phone", "visit", "message", "letter", "not_possible")

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
    """A handler has taken the case (签收)."""

    case_id: str
    unit: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReturnRequested(Fact):
    """The unit says that the case is not its business (退单)."""

    case_id: str
    unit: str
    reason: str
    suggested_unit: str = ""
    legal_ground: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseContacted(Fact):
    """The handler has reached, or can't reach, the person who asked."""

    case_id: str
    way: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProgressed(Fact):
    """Something worth telling has been done (阶段性答复)."""

    case_id: str
    progress: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExtensionRequested(Fact):
    """The handler asks for more time."""

    case_id: str
    unit: str
    reason: str
    workdays: int
    told_petitioner: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTransferred(Fact):
    """The case goes to another mechanism, named by `to`."""

    case_id: str
    to: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseConcluded(Fact):
    """The case is handled to its end, with an outcome and a reply."""

    case_id: str
    number: str = ""
    title: str = ""
    unit: str
    outcome: str
    reply: str
    handler_claims_solved: bool
    by: str
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
    category = fields.String(load_default="")
    kind = fields.String(load_default="")
    urgency = fields.String(load_default="III")
    severity = fields.String(load_default="")
    anonymous = fields.Boolean(load_default=False)
    confidential = fields.Boolean(load_default=False)
    clocks = fields.List(fields.Dict(), load_default=list)


class ReturnDecided(FactSchema):
    """Whether a return was granted."""

    mechanism = fields.String(required=True)
    granted = fields.Boolean(required=True)
    opinion = fields.String(load_default="")


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
    light = fields.String(required=True)
    due_at = fields.String(load_default="")


class Supervised(FactSchema):
    """That a leader watches over a case."""

    mechanism = fields.String(required=True)
    level = fields.Integer(required=True)
    opinion = fields.String(load_default="")


class Recalled(FactSchema):
    """Why a case is taken back from the service that it was dispatched to."""

    mechanism = fields.String(required=True)
    reason = fields.String(load_default="")


class Disclosed(FactSchema):
    """Personal data, sealed to one service."""

    to = fields.String(required=True)
    sealed = fields.String(required=True)
    petitioner = fields.String(load_default="")


class Picture(FactSchema):
    """A picture that another service keeps, and where on this site it is to be seen."""

    name = fields.String(load_default="")
    href = fields.String(required=True, validate=validate.Regexp(r"/[a-z][\w/.-]*\Z"))


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


class Acceptance(FormSchema):
    """Who takes the case on."""

    handler = fields.String(load_default="", validate=validate.Length(max=60), metadata={"example": "处办员甲"})


class ReturnRequest(FormSchema):
    """Why the case belongs elsewhere: reason, the right unit, the ground."""

    reason = fields.String(
        required=True, validate=validate.Length(5, 1000), metadata={"example": "不属于本单位职责范围"}
    )
    suggested_unit = fields.String(required=True, validate=validate.Length(1, 60), metadata={"example": "property"})
    legal_ground = fields.String(load_default="", validate=validate.Length(max=200))


class Contact(FormSchema):
    """How the person who asked was reached, and what was said."""

    way = fields.String(required=True, validate=validate.OneOf(CONTACT_WAYS), metadata={"example": "phone"})
    note = fields.String(
        required=True, validate=validate.Length(2, 2000), metadata={"example": "已电话联系,说明办理安排"}
    )


class Progress(FormSchema):
    """What has been done so far, in words that the resident may read."""

    progress = fields.String(
        required=True, validate=validate.Length(2, 2000), metadata={"example": "已到现场查看,正在协调"}
    )


class ExtensionRequest(FormSchema):
    """Why more time is needed, how much, and that the resident was told."""

    reason = fields.String(
        required=True, validate=validate.Length(5, 1000), metadata={"example": "需第三方检测,周期较长"}
    )
    workdays = fields.Integer(required=True, strict=False, validate=validate.Range(1, 10), metadata={"example": 5})
    told_petitioner = fields.Boolean(
        required=True, validate=validate.Equal(comparable=True), metadata={"example": True}
    )


class Transfer(FormSchema):
    """Which mechanism the case goes to, and why."""

    to = fields.String(required=True, validate=validate.Length(1, 60), metadata={"example": "enforcement"})
    reason = fields.String(
        required=True, validate=validate.Length(5, 1000), metadata={"example": "涉嫌违法,需执法部门处理"}
    )


class Conclusion(FormSchema):
    """What the resident is told at the end."""

    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES), metadata={"example": "solved"})
    reply = fields.String(
        required=True,
        validate=validate.Length(10, 5000),
        metadata={"example": "您反映的问题已办理完毕,感谢您的监督。", "kind": "textarea"},
    )
    handler_claims_solved = fields.Boolean(required=True, metadata={"example": True})


# -- guards -------------------------------------------------------------------


def was_contacted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the end of a case whose petitioner nobody has tried to reach, where a handler may know who that is."""
    if any(case.details.get(name) for name in ("contact_made", "anonymous", "confidential")):
        return None
    return Refusal("尚未联系诉求人,不能办结(首次联系是办结的前提)", "the petitioner has not been contacted yet")


def claim_fits_outcome(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a claim of having solved what the outcome says was not solved."""
    if not form or not form.get("handler_claims_solved") or form.get("outcome") in ("solved", "partly", "explained"):
        return None
    return Refusal(
        "办理结果为未支持、转办或撤回时,不能认定为已解决", "an outcome that solves nothing can't be claimed as solved"
    )


def return_comes_first_and_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second return: it goes to adjudication, and the first receiver handles."""
    if case.details.get("return_requested"):
        return Refusal(
            "退单只能提出一次,首接单位应继续办理", "a case can be returned once only; the first receiver handles it"
        )
    return None


# -- steps --------------------------------------------------------------------


def shared_steps(*, first: str, open_states: tuple[str, ...], ready: tuple[str, ...]) -> tuple[Step, ...]:
    """Return the steps around a service's own procedure.

    `first` is the state that the own procedure begins in (entered by accepting),
    `open_states` are all its states in which handling goes on, and `ready` those
    from which the case may be concluded.
    """
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
            "received",
            "return_requested",
            "return_pending",
            who=Role.HANDLER,
            form=ReturnRequest,
            guards=(return_comes_first_and_once,),
            tells=(CaseReturnRequested,),
        ),
        Step("return_pending", "return_granted", "returned", who=Role.BUS),
        Step("return_pending", "return_denied", "received", who=Role.BUS),
        Step(("returned", "transferred", "withdrawn"), "dispatched_again", "received", who=Role.BUS),
        *(
            Step(
                state,
                "contact_made",
                state,
                who=Role.HANDLER,
                form=Contact,
                repeatable=True,
                tells=(CaseContacted,),
                stops=("first_contact",),
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
                "extension_requested",
                state,
                who=Role.HANDLER,
                form=ExtensionRequest,
                repeatable=True,
                tells=(CaseExtensionRequested,),
            )
            for state in active
        ),
        Step(active, "transferred", "transferred", who=Role.HANDLER, form=Transfer, tells=(CaseTransferred,)),
        Step(
            ("received", "return_pending", "returned", "transferred", "rework_due", *active),
            "withdrawn",
            "withdrawn",
            who=Role.BUS,
        ),
        Step(
            ready,
            "concluded",
            "concluded",
            who=Role.HANDLER,
            form=Conclusion,
            guards=(was_contacted, claim_fits_outcome),
            tells=(CaseConcluded,),
            stops=("finish",),
        ),
        Step("concluded", "closed", "closed", who=Role.BUS),
        Step(("concluded", "closed"), "rework_ordered", "rework_due", who=Role.BUS),
        Step("rework_due", "rework_taken", first, who=Role.HANDLER, form=Acceptance, tells=(CaseAccepted,)),
    )


# -- the service --------------------------------------------------------------


class HandlingService(Service):
    """The reactions to others' facts that all handling services have in common."""

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
                    **{
                        name: assigned[name]
                        for name in ("text", "category", "kind", "severity", "anonymous", "assisting_units")
                    },
                    **({"confidential": True} if assigned["confidential"] else {}),
                },
            )
        elif case.state == "return_pending":
            message = "the return of this case is not decided here yet"
            raise NotYetError(message)
        elif case.state in ("returned", "transferred", "withdrawn"):
            case.unit = assigned["lead_unit"]
            work.step(case, "dispatched_again")
        else:
            return
        set_clocks(work, case, assigned["clocks"])

    def decide_return(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Let a case go, or keep it, as its return was decided."""
        case = addressed(work)
        if case.state == "return_pending":
            work.step(
                case, "return_granted" if decided["granted"] else "return_denied", {"opinion": decided["opinion"]}
            )

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
        """Show on the case that it was urged, carded or put under supervision."""
        trigger = "supervised" if "level" in told else "carded" if told["light"] in ("yellow", "red") else "urged"
        work.note(addressed(work), trigger, told)

    def close(self, work: Work, _closed: Mapping[str, Any]) -> None:
        """Close a concluded case: the resident has judged it."""
        case = addressed(work)
        if case.state == "concluded":
            work.step(case, "closed")

    def recall(self, work: Work, _recalled: Mapping[str, Any]) -> None:
        """End an open case whose petitioner has withdrawn."""
        case = addressed(work)
        workflow = work.service.workflow
        if workflow is not None and any(step.trigger == "withdrawn" for step in workflow.steps_from(case.state)):
            work.step(case, "withdrawn")

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


def addressed(work: Work) -> Any:
    """Return the case that the letter at hand is about, or raise NotYetError."""
    return work.expect(work.cause.subject if work.cause else "")


def set_clocks(work: Work, case: Any, rows: list[Mapping[str, Any]]) -> None:
    """Start the service clocks that came with a letter; an older promise than the one that runs is left alone."""
    for row in rows:
        clock = clocks.Clock.from_dict(dict(row))
        running = work.clocks_of(case).get(clock.name)
        if running is None or _age(clock) >= _age(running.clock):
            work.start_clock(case, clock, "service")


def _age(clock: clocks.Clock) -> tuple[datetime, int]:
    """Order promises by when they began, then by how often they were extended."""
    return clock.started_at, len(clock.extensions)
