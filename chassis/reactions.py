"""What every handling service does on letters: it takes an assignment, hears what is decided of it, and lets it go.

A service subclasses `HandlingService` and reads each fact by one of the schemas here. The steps that it takes are those
of `chassis.handling`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from marshmallow import fields, validate

from chassis import clocks
from chassis.clocks import Kind
from chassis.handling import (
    ENDS,
    LAWFUL,
    PROMISE,
    RETURN_WORKDAYS,
    CaseAccepted,
    CaseConcluded,
    CaseContacted,
    CaseInterimReplied,
    CasePaused,
    CaseProgressed,
    CaseRecounted,
    CaseResumed,
    CaseTransferred,
    asks_back,
)
from chassis.schemas import FactSchema
from chassis.service import Service
from chassis.wire import plain
from chassis.work import NotYetError
from chassis.workflow import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.facts import Fact
    from chassis.work import Work
    from chassis.workflow import CaseView, Decision, Moment, Step

#: What a matter counts that one person brought once.
_COUNTED_ONCE: dict[str, Any] = {"voices": 1, "repeats": 0, "marks": []}

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
    extension_workdays = fields.Integer(load_default=None, allow_none=True)
    assists = fields.List(fields.Dict(), load_default=list)
    registered_at = fields.AwareDateTime(load_default=None, allow_none=True)
    external = fields.Nested("External", load_default=None, allow_none=True)
    hint = fields.String(load_default="")
    leader_opinion = fields.String(load_default="")
    signing_leader = fields.String(load_default="")


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
    extension_workdays = fields.Integer(load_default=None, allow_none=True)


class Regraded(FactSchema):
    """How urgent and severe a case is found to be that was sent as another, why, and the clocks that this moves."""

    mechanism = fields.String(required=True)
    urgency = fields.String(required=True)
    severity = fields.String(load_default="")
    was_urgency = fields.String(load_default="")
    reason = fields.String(load_default="")
    clocks = fields.List(fields.Dict(), load_default=list)
    extension_workdays = fields.Integer(load_default=None, allow_none=True)


class Countersigned(FactSchema):
    """What a leader has written who signed a case after it was dispatched."""

    mechanism = fields.String(required=True)
    leader_opinion = fields.String(required=True)
    signing_leader = fields.String(required=True)


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
        *("assists_at", "return_workdays", "extension_workdays", "return_open", "contested", "returned_by"),
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
        case.details = {**case.details, "extension_workdays": decided["extension_workdays"]}
        work.note(case, "extension_decided", {"granted": decided["granted"], "opinion": decided["opinion"]})
        set_clocks(work, case, decided["clocks"], moved=True)

    def regrade(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how urgent and severe a case is found to be, and move the clocks that this moves; what was kept meanwhile stays so."""
        case = addressed(work)
        case.urgency = told["urgency"]
        case.details = {**case.details, **{name: told[name] for name in ("severity", "extension_workdays")}}
        said = {name: told[name] for name in ("urgency", "was_urgency", "severity", "reason")}
        work.note(case, "regraded", said)
        kept = {name for name, one in work.clocks_of(case).items() if one.clock.stopped_at is not None}
        set_clocks(work, case, [row for row in told["clocks"] if row["name"] not in kept], moved=True)

    def hear_signature(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what a leader has written who signed a case after it was dispatched."""
        case = addressed(work)
        said = {name: told[name] for name in ("leader_opinion", "signing_leader")}
        case.details = {**case.details, **said}
        work.note(case, "countersigned", said)

    def rework(self, work: Work, order: Mapping[str, Any]) -> None:
        """Open a case again that has ended, where its procedure lets it."""
        case, workflow = addressed(work), work.service.workflow
        if workflow is not None and any(one.trigger == "rework_ordered" for one in workflow.steps_from(case.state)):
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
    """Return what a case keeps of its dispatch: since when, with whom, to do what, and that nothing is asked for yet."""
    return {
        "dispatched_at": at.isoformat(),
        **{name: assigned[name] for name in ("leader_opinion", "signing_leader", "hint")},
        **plain({name: assigned[name] for name in ("registered_at", "external") if assigned[name]}),
        **{name: assigned[name] for name in ("return_workdays", "extension_workdays", "assisting_units", "assists")},
        "assists_at": at.isoformat(),
        "return_open": False,
        "return_denied": None,
        "adjudication_requested": None,
    }


def addressed(work: Work) -> Any:
    """Return the case that the letter at hand is about, or raise NotYetError."""
    return work.expect(work.cause.subject if work.cause else "")


def set_clocks(work: Work, case: Any, rows: list[Mapping[str, Any]], *, moved: bool = False) -> None:
    """Start the service clocks that came with a letter; an older promise than the one that runs, if it is not named, is left alone.

    When a promise stood still is known here first: the sender may not have heard of it yet. `moved` says that the clocks are
    of the same promise, also where they begin at another time.
    """
    for row in rows:
        clock = clocks.Clock.from_dict(dict(row))
        running = work.clocks_of(case).get(clock.name)
        named = running is not None and row.get("instead_of") == running.clock.started_at.isoformat()
        if running is None or named or _age(clock) >= _age(running.clock):
            if running is not None and (moved or running.clock.started_at == clock.started_at):
                # A promise that was closed here stays so, whatever was decided of it meanwhile.
                clock = replace(clock, suspensions=running.clock.suspensions, stopped_at=running.clock.stopped_at)
            elif clock.name == "first_contact" and not named and case.details.get("contact_tried_at"):
                case.details = {**case.details, "contact_tried_at": []}
            work.start_clock(case, clock, "service")


def _age(clock: clocks.Clock) -> tuple[datetime, int]:
    """Order promises by when they began, then by how often they were extended."""
    return clock.started_at, len(clock.extensions)
