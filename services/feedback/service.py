"""Feedback's doors on the bus, and what follows from a rating."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import select

from chassis.clocks import start
from chassis.service import Service, chore, reads
from chassis.work import NotYetError
from services.feedback import facts, rules, schemas
from services.feedback.models import Case
from services.feedback.workflow import CALLBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.work import Work
    from chassis.workflow import Workflow

_AT_ONCE = 200


class FeedbackService(Service):
    """Asks residents how it went, orders rework, and closes appeals."""

    name = "feedback"
    workflow: ClassVar[Workflow | None] = CALLBACK
    menu_place: ClassVar[int] = 90

    @reads("*.case_concluded.v1", schemas.Concluded)
    def on_case_concluded(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Have the resident called back, after the first conclusion and after each rework."""
        cause = work.cause
        if cause is None:
            return
        teller = cause.key.partition(".")[0]
        case = work.case(cause.subject)
        if case is None:
            open_callback(work, cause.subject, teller, fact)
            return
        if case.state != "rework":
            message = f"a second conclusion while the first is {case.state}"
            raise NotYetError(message)
        case.handler_claims_solved = fact["handler_claims_solved"]
        case.outcome = fact["outcome"]
        case.mechanism = teller
        again = int(case.details["round"]) + 1
        case.details = {**case.details, **_kept(teller, fact), "round": again, "rounds": again}
        work.step(case, "concluded_again")

    @reads("intake.appeal_answered.v1", schemas.Answered)
    def on_appeal_answered(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Have the resident rate an answer on the spot too."""
        cause = work.cause
        if cause is not None and work.case(cause.subject) is None:
            answer = {
                "outcome": "explained",
                "reply": fact["reply"],
                "handler_claims_solved": True,
                "by": fact["by"],
                "unit": "",
            }
            open_callback(work, cause.subject, "intake", answer)

    @chore(every=timedelta(seconds=1))
    def draw_consequences(self, work: Work) -> bool:
        """Order rework, refer conduct, or close, for each appeal that was rated or not reached."""
        waiting = (
            select(Case)
            .where(Case.state.in_(("rated", "unrated")))
            .order_by(Case.opened_at)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        cases = list(work.session.scalars(waiting))
        for case in cases:
            conclude(work, case)
        return len(cases) == _AT_ONCE


def _kept(teller: str, fact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "mechanism": teller,
        "outcome": fact["outcome"],
        "reply": fact["reply"],
        "handler_claims_solved": fact["handler_claims_solved"],
        "handled_by": fact["by"],
        "unit": fact["unit"],
    }


def open_callback(work: Work, subject: str, teller: str, fact: Mapping[str, Any]) -> None:
    """Open the callback of an appeal."""
    case = work.open(
        subject,
        title=fact["reply"][:80],
        unit=fact["unit"],
        mechanism=teller,
        outcome=fact["outcome"],
        handler_claims_solved=fact["handler_claims_solved"],
        details={**_kept(teller, fact), "round": 1, "rounds": 1},
    )
    rule = work.service.legal.clock("callback", work.now)
    work.start_clock(case, start(rule, work.now, work.service.calendar), "service")
    work.tell(facts.CallbackDue(mechanism=teller, round=1, at=work.now), subject)


def conclude(work: Work, case: Any) -> None:
    """Draw the consequence of one rating: rework, supervision, or the end."""
    if case.state == "unrated":
        work.step(case, "closed")
        return
    rating = case.details["rated"]
    for aspect, mark in rules.conduct(rating):
        referred = facts.ConductReferred(
            mechanism=case.mechanism, unit=case.unit, aspect=aspect, mark=mark, at=work.now
        )
        work.tell(referred, case.subject)
    if not rules.wants_rework(rating) or case.mechanism == "intake":
        work.step(case, "closed")
    elif int(case.details["round"]) >= rules.MOST_ROUNDS:
        work.step(case, "supervision_ordered")
    else:
        work.step(case, "rework_ordered")
