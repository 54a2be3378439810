"""Feedback's doors on the bus, and what follows from a rating."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import select

from chassis.clocks import start
from chassis.service import Service, chore, reads
from services.feedback import facts, rules, schemas
from services.feedback.models import Case
from services.feedback.workflow import CALLBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Select

    from chassis.clocks import Clock
    from chassis.work import Work
    from chassis.workflow import Workflow


def judged(_work: Work) -> Select[Any]:
    """Select the appeals that were rated or not reached, and of which nothing has come yet."""
    return select(Case).where(Case.state.in_(("rated", "unrated"))).order_by(Case.opened_at)


class FeedbackService(Service):
    """Asks residents how it went, orders rework, and closes appeals."""

    name = "feedback"
    workflow: ClassVar[Workflow | None] = CALLBACK
    menu_place: ClassVar[int] = 90

    @reads("*.case_concluded.v1", schemas.Concluded)
    def on_case_concluded(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Have the resident called back, after the first conclusion and after each rework."""
        teller = work.cause.key.partition(".")[0] if work.cause else ""
        call_back(work, teller, fact)

    @reads("intake.appeal_answered.v1", schemas.Answered)
    def on_appeal_answered(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Have the resident rate an answer on the spot too, the first and each that is given again."""
        call_back(work, "intake", {**fact, "outcome": "explained", "handler_claims_solved": True, "unit": ""})

    @reads("intake.petitioner_disclosed.v1", schemas.Disclosed, to="feedback")
    def on_petitioner_disclosed(self, work: Work, disclosed: Mapping[str, Any]) -> None:
        """Keep whom to call, sealed, until whoever calls back opens it for that purpose."""
        case = work.expect(work.cause.subject if work.cause else "")
        case.details = {**case.details, "sealed": disclosed["sealed"]}

    @reads("intake.appeal_withdrawn.v1", schemas.Withdrawn)
    def on_appeal_withdrawn(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Ask no more, and wait for no rework, where the resident has taken the appeal back."""
        subject = work.cause.subject if work.cause else ""
        case = work.case(subject)
        if case is None:
            # A conclusion that is still on its way must find that nobody is to be asked.
            nobody = work.open(subject, unit="", mechanism="", outcome="", details={"round": 0, "rounds": 0})
            work.step(nobody, "never_asked", dict(fact))
        elif any(step.trigger == "withdrawn" for step in CALLBACK.steps_from(case.state)):
            work.step(case, "withdrawn", dict(fact))

    @chore(every=timedelta(seconds=1), each=judged)
    def draw_consequences(self, work: Work, case: Case) -> None:
        """Order rework, refer conduct, or close, for each appeal that was rated or not reached."""
        conclude(work, case)


def _kept(teller: str, fact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "mechanism": teller,
        "outcome": fact["outcome"],
        "reply": fact["reply"],
        "handler_claims_solved": fact["handler_claims_solved"],
        "handled_by": fact["by"],
        "unit": fact["unit"],
    }


def call_back(work: Work, teller: str, fact: Mapping[str, Any]) -> None:
    """Begin the first round of an appeal's callback, or the next after a rework.

    A conclusion beside the one that is judged, such as by a unit that an answer on the spot overtook, is noted only.
    """
    subject = work.cause.subject if work.cause else ""
    case, kept = work.case(subject), _kept(teller, fact)
    if case is None:
        open_callback(work, subject, kept, number=fact["number"], title=fact["title"] or kept["reply"][:80])
    elif case.state == "rework" and (teller == case.mechanism or case.mechanism != "intake"):
        work.step(case, "concluded_again", kept)
    else:
        work.note(case, "concluded_besides", kept)


def open_callback(work: Work, subject: str, kept: Mapping[str, Any], *, number: str, title: str) -> None:
    """Open the callback of an appeal."""
    case = work.open(
        subject,
        number=number,
        title=title,
        **{name: kept[name] for name in ("unit", "mechanism", "outcome", "handler_claims_solved")},
        details={**kept, "round": 1, "rounds": 1},
    )
    rule = work.service.legal.clock("callback", work.now)
    work.start_clock(case, start(rule, work.now, work.service.calendar), rule.kind.value)
    work.tell(facts.CallbackDue(mechanism=kept["mechanism"], round=1, at=work.now), subject)


def conclude(work: Work, case: Case) -> None:
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
    if not rules.wants_rework(rating):
        work.step(case, "closed")
    elif int(case.details["round"]) >= rules.MOST_ROUNDS:
        work.step(case, "supervision_ordered")
    else:
        work.step(case, "rework_ordered", {"clocks": [promise(work).to_dict()]})


def promise(work: Work) -> Clock:
    """Return the new promise to the resident that a rework begins with; it replaces the first one."""
    clock = start(work.service.legal.clock("rework", work.now), work.now, work.service.calendar)
    return replace(clock, name="finish")
