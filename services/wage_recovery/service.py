"""Wage recovery's mailbox: what it reads of others' facts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from prometheus_client import Gauge
from sqlalchemy import func, select

from chassis import reactions
from chassis.reactions import HandlingService
from chassis.service import chore, reads
from services.wage_recovery import comparing, figures
from services.wage_recovery.calc import COMPUTATIONS
from services.wage_recovery.cautions import WARNINGS
from services.wage_recovery.models import Case
from services.wage_recovery.register import Register
from services.wage_recovery.stages.places import CLAIMING, PAYABLE
from services.wage_recovery.workflow import WAGE_RECOVERY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.work import Work

CLAIMED = Gauge("jiesu_wage_claimed_yuan", "Wages claimed and not yet paid in full, before part payments.")
CLAIMANTS = Gauge("jiesu_wage_claimants", "Workers whose wages are claimed and not yet paid in full.")


class WageRecoveryService(HandlingService):
    """Recovers unpaid wages for workers."""

    name = "wage_recovery"
    workflow = WAGE_RECOVERY
    computations = COMPUTATIONS
    counts = figures.counts
    dated = figures.dated
    warnings = WARNINGS
    inner = (
        *(*HandlingService.inner, "still_listed", "listed_since", "judgment_appealable", "award_appealable"),
        *("order_days", "order_since", "recovery_days", "recovery_since", "list_waits", "list_asked_since"),
        *("serious_waits", "serious_asked_since"),
        *(
            "title_runs",
            "decision_runs",
            "decision_asked",
            "decisions_wait",
            "months_to_sue",
            "order_named",
            "decision_named",
            "enforced_named",
            "asked_since",
            "filed_since",
            "decided_on",
            "mediated",
            "contested_from",
            "searched_since",
            "settled_since",
            "settlement_days",
            "performed_since",
            "performed_within",
            "broken_named",
            "time_of",
        ),
        *(
            "left_rows",
            "court_since",
            "court_took_it",
            "court_was_asked",
            "calls_open",
            "call_waits",
            "call_since",
            "fill_waits",
            "fill_since",
        ),
    )
    keeps_menu = True
    menu = (
        ("Projects", "/projects", ("handler", "reviewer", "leader", "inspector")),
        ("Wage recovery's month", "/month", ("handler", "reviewer", "leader", "inspector")),
    )

    @staticmethod
    def known(session: Session, now: datetime) -> Register:
        """Let the rules look up the projects."""
        del now
        return Register(session)

    @reads("routing.appeal_dispatched.v1", reactions.Assigned, mechanism="wage_recovery")
    def on_appeal_dispatched(self, work: Work, assigned: Mapping[str, Any]) -> None:
        """Open a case for an appeal that is dispatched here."""
        self.take(work, assigned)

    @reads("routing.return_decided.v1", reactions.ReturnDecided, mechanism="wage_recovery")
    def on_return_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Let a case go, or keep it, as its return was decided."""
        self.decide_return(work, decided)

    @reads("routing.extension_decided.v1", reactions.ExtensionDecided, mechanism="wage_recovery")
    def on_extension_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Note the decision on more time."""
        self.decide_extension(work, decided)

    @reads("routing.appeal_countersigned.v1", reactions.Countersigned, mechanism="wage_recovery")
    def on_appeal_countersigned(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what a leader has written who signed afterwards."""
        self.hear_signature(work, told)

    @reads("routing.appeal_regraded.v1", reactions.Regraded, mechanism="wage_recovery")
    def on_appeal_regraded(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how urgent a case is found to be, and move its service clocks."""
        self.regrade(work, told)

    @reads("routing.appeal_recalled.v1", reactions.Recalled, mechanism="wage_recovery")
    def on_appeal_recalled(self, work: Work, recalled: Mapping[str, Any]) -> None:
        """End a case that is taken back."""
        self.recall(work, recalled)
        reactions.addressed(work).compared = False

    @reads("routing.appeal_urged.v1", reactions.Urged, mechanism="wage_recovery")
    @reads("routing.card_issued.v1", reactions.Urged, mechanism="wage_recovery")
    @reads("routing.appeal_supervised.v1", reactions.Supervised, mechanism="wage_recovery")
    @reads("feedback.progress_called.v1", reactions.ProgressCalled, mechanism="wage_recovery")
    def on_appeal_urged(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that time is going by."""
        self.urge(work, told)

    @reads("routing.assist_asked.v1", reactions.Assisted, mechanism="wage_recovery")
    @reads("routing.assist_reported.v1", reactions.Assisted, mechanism="wage_recovery")
    def on_assist_asked(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how the assisting units stand."""
        self.hear_of_assists(work, told)

    @reads("routing.whistle_blown.v1", reactions.Called, mechanism="wage_recovery")
    @reads("routing.whistle_closed.v1", reactions.Called, mechanism="wage_recovery")
    def on_whistle_blown(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that units were called to the spot."""
        self.hear_of_calls(work, told)

    @reads("feedback.rework_ordered.v1", reactions.ReworkOrdered, mechanism="wage_recovery")
    def on_rework_ordered(self, work: Work, order: Mapping[str, Any]) -> None:
        """Open a concluded case again, because its result was not accepted."""
        self.rework(work, order)

    @reads("feedback.appeal_closed.v1", reactions.Closed, mechanism="wage_recovery")
    def on_appeal_closed(self, work: Work, closed: Mapping[str, Any]) -> None:
        """Close a concluded case."""
        self.close(work, closed)

    @reads("intake.petitioner_disclosed.v1", reactions.Disclosed, to="wage_recovery")
    def on_petitioner_disclosed(self, work: Work, disclosed: Mapping[str, Any]) -> None:
        """Keep the sealed personal data of a case handled here."""
        self.disclose(work, disclosed)

    @reads("intake.material_forwarded.v1", reactions.Forwarded, to="wage_recovery")
    def on_material_forwarded(self, work: Work, forwarded: Mapping[str, Any]) -> None:
        """Keep what the petitioner has added to a case handled here."""
        self.add_material(work, forwarded)

    @chore(every=timedelta(seconds=30), each=comparing.uncompared)
    def compare_claims(self, work: Work, case: Case) -> None:
        """Note which other claims share workers or the employer with one that is new or has changed."""
        comparing.compare(work, case)

    @chore(every=timedelta(minutes=1), everywhere=True)
    def count_arrears(self, work: Work) -> None:
        """Show ops how much is claimed, and by how many, in the cases in which wages are still to be paid."""
        totals = select(func.sum(Case.owed_cents), func.sum(Case.workers)).where(Case.state.in_((*CLAIMING, *PAYABLE)))
        cents, workers = work.session.execute(totals).one()
        CLAIMED.set((cents or 0) / 100)
        CLAIMANTS.set(workers or 0)
