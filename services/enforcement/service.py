"""The enforcement service: what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from prometheus_client import Counter
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from chassis import reactions
from chassis.facts import Fact
from chassis.listing import Filter
from chassis.service import chore, reads
from chassis.work import Work
from chassis.workcalendar import local_date
from chassis.workflow import Decision, Moment, Role
from services.enforcement import bounds, costs, figures, reading
from services.enforcement.calc import COMPUTATIONS
from services.enforcement.cautions import CAUTIONS
from services.enforcement.models import Case
from services.enforcement.register import Register
from services.enforcement.stages.places import COST_COLLECTING
from services.enforcement.workflow import ENFORCEMENT

CLEANING_MISSED = Counter("jiesu_enforcement_cleaning_missed", "Weeks without the cleaning that was ordered.")


def uncleaned(work: Work) -> Select[Any]:
    """Select the cases of which a week of the ordered cleaning has ended."""
    return select(Case).where(Case.cleaning_due_on <= local_date(work.now))


def worked_on_by(_session: Session, case: Any, name: str) -> ColumnElement[bool]:
    """Return the condition that somebody works on a case, by his name or a part of it."""
    condition: ColumnElement[bool] = case.handlers.contains(name, autoescape=True)
    return condition


def about(_session: Session, case: Any, name: str) -> ColumnElement[bool]:
    """Return the condition that a case is about a party, by its name or a part of it."""
    condition: ColumnElement[bool] = case.suspect.contains(name, autoescape=True)
    return condition


class EnforcementService(reactions.HandlingService):
    """Handles appeals by inspection and administrative penalty."""

    name = "enforcement"
    workflow = ENFORCEMENT
    computations = COMPUTATIONS
    counts = figures.counts
    dated = figures.dated
    cause = "act"
    warnings = CAUTIONS

    #: By which the clocks of one decision among several are told apart, and run.
    inner = (
        "property_is_sought",
        *reactions.HandlingService.inner,
        "revised",
        # Of cases from before each statement was kept with what it is about.
        "statements_before",
        *("statements_about", "statements_said", "statements_found", "statements_reviewed", "statements_judged"),
        *("decision_waits", "decision_limit"),
        *("exclusion_spans", "exclusion_since", "exclusion_days", "testing_spans", "testing_days"),
        *("measure_no", "measure_told_on", "measure_suit_runs", "earlier_no", "earlier_suit_runs", "dismantle_no"),
        *(
            f"{of}_{name}"
            for of in ("measure", "earlier", "dismantle")
            for name in ("reviewed_simply", "reviewed_at_length", "review_until")
        ),
    )
    keeps_menu = True
    menu = (
        ("Enforcement agenda", "/agenda", ("handler", "reviewer", "leader")),
        ("Enforcement's month", "/month", ("handler", "reviewer", "leader", "inspector")),
    )
    filters = (
        Filter(name="handlers", where=worked_on_by),
        Filter(name="suspect", where=about),
        Filter(name="owes_costs", flag=True),
    )

    @staticmethod
    def witness(work: Work, case: Case, decision: Decision, moment: Moment) -> Iterable[Fact]:
        """Let no clock of the costs, or of things that were seized, run on where nothing is left to wait for."""
        match decision.step.trigger:
            case "cost_changed" | "cost_judgment_final" if costs.outstanding(case) <= 0:
                over: tuple[str, ...] = COST_COLLECTING
            case "measure_lifted" if not case.details["goods_are_seized"]:
                over = ("seizure", "seizure_longer", "testing")
            case _:
                over = ()
        for name in over:
            work.stop_clock(case, name)
        return reactions.HandlingService.witness(work, case, decision, moment)

    @staticmethod
    def known(session: Session, now: datetime) -> Register:
        """Return the register of cases, so that a rule may ask for those of a party."""
        return Register(session, now)

    @chore(every=timedelta(hours=1), each=uncleaned)
    def watch_cleaning(self, work: Work, case: Case) -> None:
        """Tell on the case of each week without the cleaning that was ordered, each once."""
        ended = case.cleaning_due_on
        if ended is None:
            return
        since = ended - timedelta(days=bounds.DAYS_OF_A_WEEK)
        if bounds.missed_weeks(reading.cleanings(case), since=since, until=ended):
            work.note(case, "cleaning_missed", {"since": since, "until": ended}, role=Role.CLOCK)
            CLEANING_MISSED.inc()
        ordered_on = date.fromisoformat(case.details["ordered_on"])
        case.cleaning_due_on = bounds.next_cleaning(ended, ordered_on=ordered_on)

    @reads("routing.appeal_dispatched.v1", reactions.Assigned, mechanism="enforcement")
    def on_appeal_dispatched(self, work: Work, assigned: Mapping[str, Any]) -> None:
        """Open a case for each appeal sent here."""
        self.take(work, assigned)

    @reads("routing.return_decided.v1", reactions.ReturnDecided, mechanism="enforcement")
    def on_return_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Let a case go or keep it, as its return was decided."""
        self.decide_return(work, decided)

    @reads("routing.extension_decided.v1", reactions.ExtensionDecided, mechanism="enforcement")
    def on_extension_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Move the service clocks as the extension was decided."""
        self.decide_extension(work, decided)

    @reads("routing.appeal_countersigned.v1", reactions.Countersigned, mechanism="enforcement")
    def on_appeal_countersigned(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what a leader has written who signed afterwards."""
        self.hear_signature(work, told)

    @reads("routing.appeal_regraded.v1", reactions.Regraded, mechanism="enforcement")
    def on_appeal_regraded(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how urgent a case is found to be, and move its service clocks."""
        self.regrade(work, told)

    @reads("routing.appeal_recalled.v1", reactions.Recalled, mechanism="enforcement")
    def on_appeal_recalled(self, work: Work, recalled: Mapping[str, Any]) -> None:
        """End a case that is not filed yet when the resident takes the appeal back; what costs are owed go on there."""
        self.recall(work, recalled)

    @reads("routing.appeal_urged.v1", reactions.Urged, mechanism="enforcement")
    @reads("routing.card_issued.v1", reactions.Urged, mechanism="enforcement")
    @reads("routing.appeal_supervised.v1", reactions.Supervised, mechanism="enforcement")
    @reads("feedback.progress_called.v1", reactions.ProgressCalled, mechanism="enforcement")
    def on_appeal_urged(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that time is going by."""
        self.urge(work, told)

    @reads("routing.assist_asked.v1", reactions.Assisted, mechanism="enforcement")
    @reads("routing.assist_reported.v1", reactions.Assisted, mechanism="enforcement")
    def on_assist_asked(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how the assisting units stand."""
        self.hear_of_assists(work, told)

    @reads("routing.whistle_blown.v1", reactions.Called, mechanism="enforcement")
    @reads("routing.whistle_closed.v1", reactions.Called, mechanism="enforcement")
    def on_whistle_blown(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that units were called to the spot."""
        self.hear_of_calls(work, told)

    @reads("feedback.rework_ordered.v1", reactions.ReworkOrdered, mechanism="enforcement")
    def on_rework_ordered(self, work: Work, order: Mapping[str, Any]) -> None:
        """Open a case again whose result was not accepted."""
        self.rework(work, order)

    @reads("feedback.appeal_closed.v1", reactions.Closed, mechanism="enforcement")
    def on_appeal_closed(self, work: Work, closed: Mapping[str, Any]) -> None:
        """Close a concluded case."""
        self.close(work, closed)

    @reads("intake.petitioner_disclosed.v1", reactions.Disclosed, to="enforcement")
    def on_petitioner_disclosed(self, work: Work, disclosed: Mapping[str, Any]) -> None:
        """Keep the sealed identity of the resident, and the pseudonym by which his other complaints are counted."""
        self.disclose(work, disclosed)
        if disclosed["petitioner"]:
            reactions.addressed(work).caller = disclosed["petitioner"]

    @reads("intake.material_forwarded.v1", reactions.Forwarded, to="enforcement")
    def on_material_forwarded(self, work: Work, forwarded: Mapping[str, Any]) -> None:
        """Keep what the petitioner has added to a case handled here."""
        self.add_material(work, forwarded)
