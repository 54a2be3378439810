"""Routing's doors on the bus: appeals in, decisions out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import select

from chassis.service import Service, reads
from chassis.work import NotYetError
from chassis.workcalendar import local
from services.routing import facts, rules, schemas
from services.routing.models import Counter
from services.routing.triage import classify
from services.routing.workflow import HANDLED, LEDGER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.work import Work
    from chassis.workflow import Workflow


class RoutingService(Service):
    """Keeps the ledger: classifies and grades appeals, has them signed, dispatches them."""

    name = "routing"
    workflow: ClassVar[Workflow | None] = LEDGER

    @reads("intake.appeal_registered.v1", schemas.Registered)
    def on_appeal_registered(self, work: Work, appeal: Mapping[str, Any]) -> None:
        """Enter each appeal in the ledger, graded, and dispatch what the rules may sign."""
        if work.case(_subject(work)) is not None:
            return
        case = enter(work, appeal)
        if appeal["hold"]:
            work.step(case, "held")
        else:
            ledger(work, case)

    @reads("intake.appeal_released.v1", schemas.EndedAtTheDoor)
    def on_appeal_released(self, work: Work, _fact: Mapping[str, Any]) -> None:
        """Go on with an appeal that was held for its operator."""
        case = work.expect(_subject(work))
        if case.state == "held":
            ledger(work, case)

    @reads("intake.appeal_answered.v1", schemas.EndedAtTheDoor)
    def on_appeal_answered(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that intake answered on the spot."""
        end_at_the_door(work, "answered", fact)

    @reads("intake.appeal_not_accepted.v1", schemas.EndedAtTheDoor)
    def on_appeal_not_accepted(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that the matter has another legal route."""
        end_at_the_door(work, "not_accepted", fact)

    @reads("intake.appeal_relayed.v1", schemas.EndedAtTheDoor)
    def on_appeal_relayed(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that an emergency service has it."""
        end_at_the_door(work, "relayed", fact)

    @reads("intake.appeal_merged.v1", schemas.EndedAtTheDoor)
    def on_appeal_merged(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that it goes on as another appeal."""
        end_at_the_door(work, "merged", fact)

    @reads("intake.appeal_withdrawn.v1", schemas.EndedAtTheDoor)
    def on_appeal_withdrawn(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Take it back from whoever has it."""
        end_at_the_door(work, "withdrawn", fact)

    @reads("*.case_accepted.v1", schemas.Accepted)
    def on_case_accepted(self, work: Work, _fact: Mapping[str, Any]) -> None:
        """Stop the clock for signing in."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in ("dispatched", "rework"):
            work.step(case, "case_accepted")
            work.stop_clock(case, "sign_in")

    @reads("*.case_contacted.v1", schemas.Contacted)
    def on_case_contacted(self, work: Work, _fact: Mapping[str, Any]) -> None:
        """Stop the clock for the first contact."""
        case = told_by_its_mechanism(work)
        if case is not None and case.ended_at is None:
            work.stop_clock(case, "first_contact")

    @reads("*.case_return_requested.v1", schemas.ReturnRequested)
    def on_case_return_requested(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Put a return before the desk."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in ("dispatched", "accepted"):
            work.step(case, "return_requested", dict(fact))

    @reads("*.case_extension_requested.v1", schemas.ExtensionRequested)
    def on_case_extension_requested(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Put a request for more time before a leader."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in HANDLED:
            asked = {**fact, "at": work.cause.time.isoformat() if work.cause else work.now.isoformat()}
            case.details = {**case.details, "extension_asked": asked}
            work.note(case, "extension_requested", fact)

    @reads("*.case_transferred.v1", schemas.Transferred)
    def on_case_transferred(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Pass a case on to the mechanism that its handler names, or ask the desk."""
        case = told_by_its_mechanism(work)
        if case is None or case.state not in HANDLED:
            return
        work.step(case, "transfer_requested", dict(fact))

    @reads("*.case_concluded.v1", schemas.Concluded)
    def on_case_concluded(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note how a mechanism ended the case."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in (*HANDLED, "return_pending"):
            work.step(case, "case_concluded", dict(fact))

    @reads("feedback.rework_ordered.v1", schemas.ReworkOrdered)
    def on_rework_ordered(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that the resident did not accept the result."""
        case = work.expect(_subject(work))
        if case.state == "closed":
            return
        if case.state != "concluded":
            message = "the conclusion that is to be reworked is not here yet"
            raise NotYetError(message)
        work.step(case, "rework_ordered", dict(fact))

    @reads("feedback.appeal_closed.v1", schemas.Closed)
    def on_appeal_closed(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Close the line of the ledger."""
        case = work.expect(_subject(work))
        if case.ended_at is None:
            work.step(case, "closed", dict(fact))


def _subject(work: Work) -> str:
    return work.cause.subject if work.cause else ""


def enter(work: Work, appeal: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the ledger's Case
    """Open a line of the ledger, numbered and classified."""
    number = rules.ledger_number(rules.ledger_year(work.now), next_serial(work))
    found = classify(appeal["title"], appeal["text"], month=local(appeal["submitted_at"]).month)
    graded = {
        "mechanism": found.mechanism,
        "category": found.category,
        "kind": found.kind,
        "urgency": found.urgency,
        "severity": found.severity,
        "confidence": round(found.confidence, 3),
        "runner_up": found.runner_up,
        "people": found.people,
        "amount": found.amount,
        "grounds": [asdict(reason) for reason in found.because],
        "flags": [f"sensitive:{group}" for group in found.sensitive_groups]
        + ([f"not_accepted:{found.not_accepted}"] if found.not_accepted else [])
        + ([f"relay:{found.relay}"] if found.relay else []),
    }
    return work.open(
        _subject(work),
        number=number,
        title=appeal["title"],
        place=appeal["place"],
        urgency=found.urgency,
        channel=appeal["channel"],
        petitioner=appeal["petitioner"],
        mechanism=found.mechanism,
        category=found.category,
        severity=found.severity,
        confidence=found.confidence,
        details={
            "number": number,
            "title": appeal["title"],
            "place": appeal["place"],
            **{name: appeal[name] for name in ("text", "channel", "anonymous", "submitted_at", "external")},
            **graded,
            "retroactive": False,
            "opinion": "",
        },
    )


def ledger(work: Work, case: Any) -> None:  # noqa: ANN401
    """Grade a line, and let the sign-off rules say who signs it."""
    work.step(case, "ledgered")
    known = case.details
    if known["confidence"] < rules.LEAST_CONFIDENCE or rules.receiver(mechanism=known["mechanism"], category=known["category"]) is None:
        work.step(case, "found_unclear")
        return
    signs = rules.sign_off(urgency=known["urgency"], severity=known["severity"])
    case.details = {
        **known,
        "retroactive": signs.retroactive,
        "opinion": signs.zh,
        "sign_off_rule": {"rule": signs.rule, "zh": signs.zh, "en": signs.en},
    }
    work.step(case, "signed_by_rule" if signs.by_rule else "put_to_leader")


def end_at_the_door(work: Work, trigger: str, fact: Mapping[str, Any]) -> None:
    """End a line that intake has ended, and take it back from whoever has it."""
    case = work.case(_subject(work))
    if case is None:
        message = "the appeal is not registered here yet"
        raise NotYetError(message)
    if case.ended_at is not None or case.state in ("answered", "concluded"):
        return
    if case.state in (*HANDLED, "return_pending", "transfer_pending"):
        recalled = facts.AppealRecalled(mechanism=case.mechanism, reason=fact["reason"] or trigger, at=work.now)
        work.tell(recalled, case.subject)
    work.step(case, trigger, {name: value for name, value in fact.items() if value})


def told_by_its_mechanism(work: Work) -> Any:  # noqa: ANN401
    """Return the line that a mechanism tells about, or None if it has been sent elsewhere since."""
    case = work.expect(_subject(work))
    teller = work.cause.key.partition(".")[0] if work.cause else ""
    if case.mechanism == teller:
        return case
    if case.details.get("returned_from") == teller or case.ended_at is not None or "transfer_requested" in case.details:
        return None
    message = f"{teller} tells about a case that is with {case.mechanism or 'nobody'} here"
    raise NotYetError(message)


def next_serial(work: Work) -> int:
    """Return the next ledger number of the year, locking the counter until the commit."""
    year = rules.ledger_year(work.now)
    counter = work.session.info.get("ledger_counter")
    if counter is None:
        upsert = work.service.upsert(Counter.__table__).values(year=year, last=0)
        work.session.execute(upsert.on_conflict_do_nothing())
        counter = work.session.scalar(select(Counter).where(Counter.year == year).with_for_update())
        work.session.info["ledger_counter"] = counter
    counter.last += 1
    return int(counter.last)
