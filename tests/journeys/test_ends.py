"""Every end that a mechanism's table names is walked to, from the dispatch on, by each service over a database of its own.

The ends are read off the table: a state from which the resident is told the end, and each end of the case itself. One
for which no journey is written here fails the first test, by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from chassis.examples import example
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import UNMANNED
from services.enforcement.service import EnforcementService
from services.mediation.service import MediationService

if TYPE_CHECKING:
    from pathlib import Path

    from chassis.service import Service
    from chassis.workflow import Workflow

TOLD = "concluded"


@dataclass(frozen=True, slots=True)
class Journey:
    """A way to an end: steps by their triggers, letters by their keys."""

    end: str
    steps: tuple[str, ...]
    outcome: str = "explained"


ENFORCING = ("case_accepted", "contact_made", "inspected")
FILED = (*ENFORCING, "filed", "investigation_closed")
DECIDED = (*FILED, "prenotice_served", "hearing_time_over", "penalised", "served")
ENFORCEMENT = (
    Journey("unfounded", (*ENFORCING, "no_violation_found")),
    Journey("advised", (*ENFORCING, "advised")),
    Journey(
        "no_penalty",
        (*ENFORCING, "correction_ordered", "correction_expired", "found_corrected", "penalty_waived"),
        outcome="solved",
    ),
    Journey("exempted", (*FILED, "exempted")),
    Journey("not_proven", (*FILED, "prenotice_served", "statement_made", "defence_waived", "not_proven")),
    Journey(
        "settled",
        (
            *(*ENFORCING, "correction_ordered", "correction_expired", "found_uncorrected", "filed", "questioned"),
            *("investigation_closed", "prenotice_served", "hearing_requested", "hearing_called", "hearing_notice_over"),
            *(
                "hearing_held",
                "hearing_reported",
                "legal_review_passed",
                "penalised",
                "served",
                "performed",
                "found_corrected",
            ),
        ),
        outcome="solved",
    ),
    Journey("terminated", (*FILED, "terminated")),
    Journey("revoked", (*DECIDED, "payment_expired", "remedy_sought", "contest_followed_up", "decision_revoked")),
    Journey(
        "unenforceable",
        (
            *(*DECIDED, "payment_expired", "reconsideration_lapsed", "remedies_over", "demanded", "demand_expired"),
            *("court_applied", "court_granted", "court_ended"),
        ),
    ),
    Journey(
        "authority_answered",
        (*ENFORCING, "handed_over", "authority_fell_silent", "authority_urged", "authority_answered"),
        outcome="transferred",
    ),
    Journey("authority_silent", (*ENFORCING, "handed_over", "authority_fell_silent"), outcome="transferred"),
)
MEETING = (
    *("case_accepted", "contact_made", "application_recorded", "consent_given", "rights_explained", "mediators_set"),
    "facts_established",
)
AGREED = (*MEETING, "session_held", "agreement_drafted", "agreement_signed")
MEDIATION = (
    Journey("ineligible", ("case_accepted", "contact_made", "found_ineligible")),
    Journey("refused", ("case_accepted", "contact_made", "application_recorded", "consent_refused")),
    Journey("terminated", (*MEETING, "period_ran_out", "mediation_terminated")),
    Journey(
        "remedies_told",
        (*AGREED, "performance_fell_due", "breach_found", "performance_urged", "urging_was_in_vain", "remedies_told"),
    ),
    Journey(
        "followed_up",
        (
            *(*AGREED, "confirmation_applied", "court_accepted", "court_confirmed", "performance_verified"),
            "follow_up_visited",
        ),
        outcome="solved",
    ),
)
#: The ends of the case itself, the same in both.
SHARED = (
    Journey("returned", ("return_requested", "routing.return_decided.v1")),
    Journey("transferred", ("case_accepted", "transferred")),
    Journey("withdrawn", ("case_accepted", "routing.appeal_recalled.v1")),
)
CLOSED = {
    "enforcement": (*ENFORCING, "no_violation_found", TOLD, "feedback.appeal_closed.v1"),
    "mediation": (
        "case_accepted",
        "contact_made",
        "found_ineligible",
        "concluded_unsettled",
        "feedback.appeal_closed.v1",
    ),
}


class Walk:
    """A case on its way, from the letter that brings it."""

    LETTERS: ClassVar[dict[str, dict[str, Any]]] = {
        "routing.appeal_dispatched.v1": {
            "lead_unit": "u",
            "title": "油烟和噪声",
            "text": "楼下饭店油烟大",
            "number": "PL-1",
        },
        "routing.return_decided.v1": {"granted": True},
        "routing.appeal_recalled.v1": {"reason": "诉求人撤回"},
        "feedback.appeal_closed.v1": {"end": "rated"},
    }

    def __init__(self, service: type[Service], folder: Path) -> None:
        self.room = Room(service, folder)
        assert self.room.blueprint.workflow is not None
        self.table: Workflow = self.room.blueprint.workflow
        self.hear("routing.appeal_dispatched.v1")

    def hear(self, key: str) -> None:
        """Read a letter about the case."""
        self.room.hear(key, "A1", {"mechanism": self.room.blueprint.name, **self.LETTERS[key]})

    def go(self, *triggers: str, **forms: dict[str, Any]) -> None:
        """Take steps as who may, with example forms so changed; wait for clocks, read letters."""
        for trigger in triggers:
            if "." in trigger:
                self.hear(trigger)
                continue
            step = self.table.step(self.room.state("A1"), trigger)
            if step.expires:
                due = self.room.clock("A1", step.expires).due_at(self.room.blueprint.calendar)
                self.room.pass_time(due - self.room.now + timedelta(seconds=1))
                assert self.room.state("A1") == step.target, trigger
                continue
            form = example(step.form, at=self.room.now) if step.form else {}
            form |= {name: str(local_date(self.room.now)) for _, name in step.since if form.get(name)}
            role = next(role for role in step.roles if role not in UNMANNED)
            self.room.act("A1", trigger, {**form, **forms.get(trigger, {})}, role=role)

    def conclude(self, outcome: str) -> None:
        """Tell the resident the end."""
        [step] = [step for step in self.table.steps_from(self.room.state("A1")) if step.target == TOLD]
        claims = {"outcome": outcome, "handler_claims_solved": outcome == "solved"}
        self.go(step.trigger, **{step.trigger: claims})


SERVICES: dict[str, tuple[type[Service], tuple[Journey, ...]]] = {
    "enforcement": (EnforcementService, (*ENFORCEMENT, *SHARED, Journey("closed", CLOSED["enforcement"]))),
    "mediation": (MediationService, (*MEDIATION, *SHARED, Journey("closed", CLOSED["mediation"]))),
}
WAYS = [(name, journey) for name, (_, journeys) in SERVICES.items() for journey in journeys]


def ends_of(table: Workflow) -> set[str]:
    """Return every end that a table names: its own, and the states from which the resident is told one."""
    told = {source for step in table.steps if step.target == TOLD for source in step.sources} - {TOLD}
    return told | table.ends


@pytest.mark.parametrize("name", SERVICES)
def test_every_end_that_the_table_names_has_a_journey(name: str) -> None:
    service, journeys = SERVICES[name]
    assert service.workflow is not None

    assert sorted(ends_of(service.workflow)) == sorted(journey.end for journey in journeys)


@pytest.mark.parametrize(("name", "journey"), WAYS, ids=[f"{name}-{journey.end}" for name, journey in WAYS])
def test_a_case_comes_to_its_end_and_the_resident_is_told(name: str, journey: Journey, tmp_path: Path) -> None:
    walk = Walk(SERVICES[name][0], tmp_path)

    walk.go(*journey.steps)

    assert walk.room.state("A1") == journey.end
    if journey.end not in walk.table.ends:
        walk.conclude(journey.outcome)
        assert [told["outcome"] for told in walk.room.told("case_concluded.v1")] == [journey.outcome]
        walk.hear("feedback.appeal_closed.v1")
        assert walk.room.state("A1") == "closed"
    assert not walk.room.parked()
    # What an end leaves to the party, such as its time to contest a decision, runs on.
    ended = {clock.state for name, clock in walk.room.clocks("A1").items() if name not in walk.table.outlive}
    assert ended <= {"stopped"}


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("end", ["returned", "transferred", "withdrawn"])
def test_what_was_handed_over_comes_back_and_is_handled_to_an_end(name: str, end: str, tmp_path: Path) -> None:
    [journey] = [one for one in SHARED if one.end == end]
    walk = Walk(SERVICES[name][0], tmp_path)
    walk.go(*journey.steps)

    walk.hear("routing.appeal_dispatched.v1")
    assert walk.room.state("A1") == "received"
    walk.go(*CLOSED[name])

    assert walk.room.state("A1") == "closed"
    assert not walk.room.parked()
