"""Mediation's mailbox: what it reads of others' facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from chassis import reactions
from chassis.listing import Filter
from chassis.reactions import HandlingService
from chassis.service import reads
from services.mediation import figures
from services.mediation.calc import COMPUTATIONS
from services.mediation.cautions import CAUTIONS
from services.mediation.register import Register
from services.mediation.workflow import MEDIATION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from chassis.work import Work


def worked_on_by(_session: Session, case: Any, name: str) -> ColumnElement[bool]:
    """Return the condition that somebody works on a case, by his name or a part of it."""
    condition: ColumnElement[bool] = case.handlers.contains(name, autoescape=True)
    return condition


class MediationService(HandlingService):
    """Mediates disputes between neighbours."""

    name = "mediation"
    workflow = MEDIATION
    computations = COMPUTATIONS
    counts = figures.counts
    dated = figures.dated
    cause = "dispute_type"
    warnings = CAUTIONS
    inner: ClassVar[tuple[str, ...]] = (
        *HandlingService.inner,
        *("outsider_challenge_runs", "outsider_objection_runs", "still_enforceable"),
        *("continuation_days", "may_be_confirmed", "agreement_binds", "reviewed_until"),
        # The last was kept before the opinions' times were.
        *("appraisal_days", "appraisal_since", "appraisal_times", "appraised_until"),
    )
    keeps_menu = True
    menu = (
        ("Mediation agenda", "/agenda", ("handler", "reviewer", "leader")),
        ("Mediation's month", "/month", ("handler", "reviewer", "leader", "inspector")),
        ("Committees", "/committees", ("handler", "reviewer", "leader", "inspector")),
    )
    filters = (Filter(name="handlers", where=worked_on_by),)

    @staticmethod
    def known(session: Session, now: datetime) -> Register:
        """Return the register of committees and disputes."""
        return Register(session, now)

    @reads("routing.appeal_dispatched.v1", reactions.Assigned, mechanism="mediation")
    def on_appeal_dispatched(self, work: Work, assigned: Mapping[str, Any]) -> None:
        """Open a case for an appeal that is dispatched here."""
        self.take(work, assigned)

    @reads("routing.return_decided.v1", reactions.ReturnDecided, mechanism="mediation")
    def on_return_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Let a case go, or keep it, as its return was decided."""
        self.decide_return(work, decided)

    @reads("routing.extension_decided.v1", reactions.ExtensionDecided, mechanism="mediation")
    def on_extension_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Note the decision on more time."""
        self.decide_extension(work, decided)

    @reads("routing.appeal_countersigned.v1", reactions.Countersigned, mechanism="mediation")
    def on_appeal_countersigned(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what a leader has written who signed afterwards."""
        self.hear_signature(work, told)

    @reads("routing.appeal_regraded.v1", reactions.Regraded, mechanism="mediation")
    def on_appeal_regraded(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how urgent a case is found to be, and move its service clocks."""
        self.regrade(work, told)

    @reads("routing.appeal_recalled.v1", reactions.Recalled, mechanism="mediation")
    def on_appeal_recalled(self, work: Work, recalled: Mapping[str, Any]) -> None:
        """End a case that is taken back."""
        self.recall(work, recalled)

    @reads("routing.appeal_urged.v1", reactions.Urged, mechanism="mediation")
    @reads("routing.card_issued.v1", reactions.Urged, mechanism="mediation")
    @reads("routing.appeal_supervised.v1", reactions.Supervised, mechanism="mediation")
    @reads("feedback.progress_called.v1", reactions.ProgressCalled, mechanism="mediation")
    def on_appeal_urged(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that time is going by."""
        self.urge(work, told)

    @reads("routing.assist_asked.v1", reactions.Assisted, mechanism="mediation")
    @reads("routing.assist_reported.v1", reactions.Assisted, mechanism="mediation")
    def on_assist_asked(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how the assisting units stand."""
        self.hear_of_assists(work, told)

    @reads("routing.whistle_blown.v1", reactions.Called, mechanism="mediation")
    @reads("routing.whistle_closed.v1", reactions.Called, mechanism="mediation")
    def on_whistle_blown(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that units were called to the spot."""
        self.hear_of_calls(work, told)

    @reads("feedback.rework_ordered.v1", reactions.ReworkOrdered, mechanism="mediation")
    def on_rework_ordered(self, work: Work, order: Mapping[str, Any]) -> None:
        """Open a concluded case again, because its result was not accepted."""
        self.rework(work, order)

    @reads("feedback.appeal_closed.v1", reactions.Closed, mechanism="mediation")
    def on_appeal_closed(self, work: Work, closed: Mapping[str, Any]) -> None:
        """Close a concluded case."""
        self.close(work, closed)

    @reads("intake.petitioner_disclosed.v1", reactions.Disclosed, to="mediation")
    def on_petitioner_disclosed(self, work: Work, disclosed: Mapping[str, Any]) -> None:
        """Keep the sealed personal data of a case handled here."""
        self.disclose(work, disclosed)

    @reads("intake.material_forwarded.v1", reactions.Forwarded, to="mediation")
    def on_material_forwarded(self, work: Work, forwarded: Mapping[str, Any]) -> None:
        """Keep what the petitioner has added to a case handled here."""
        self.add_material(work, forwarded)
