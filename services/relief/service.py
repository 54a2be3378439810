"""The relief service: what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from prometheus_client import Gauge
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis import reactions
from chassis.facts import Fact
from chassis.service import chore, reads
from chassis.work import Work
from chassis.workflow import CaseView, Caution, Decision, Moment, Warns
from services.relief import duplicates, figures, register, remedies, rules
from services.relief.calc import COMPUTATIONS
from services.relief.cautions import CAUTIONS, COMPARED
from services.relief.models import Case
from services.relief.register import Register
from services.relief.workflow import RELIEF

OPEN = Gauge(
    "jiesu_relief_open", "Open cases of relief, by kind of relief; empty: nothing applied for yet.", ("relief",)
)


def beside_others(session: Session, case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of the same persons in other cases, as long as this one gives something or may yet."""
    if not duplicates.relief_had(case.details, pending=case.state in register.PENDING):
        return
    others = [*Register(session).of(duplicates.people_in(case.details), but=case.id)]
    for warns in COMPARED:
        yield from warns(case, now, others)


class ReliefService(reactions.HandlingService):
    """Handles appeals for social assistance."""

    name = "relief"
    workflow = RELIEF
    legal = rules.bases()
    computations = COMPUTATIONS
    counts = figures.counts
    dated = figures.dated
    inner = (
        *reactions.HandlingService.inner,
        *("referrals_left", "recorded_since", "earlier", "before_fraud", "lowered", "opinion_days"),
        # Of cases from before the others were looked up whenever one is looked at.
        "same_persons",
        # Of cases from before each kind of relief had its own rows of the law.
        "handled_under",
        *("handled_as", "verified_as"),
        *("remedies_left", *(f"{clock}_{what}" for clock in remedies.CLOCKS for what in ("runs", "from"))),
    )
    keeps_menu = True
    menu = (
        ("Recipients", "/recipients", ("handler", "reviewer", "leader", "inspector")),
        ("Relief's month", "/month", ("handler", "reviewer", "leader", "inspector")),
    )
    warnings: ClassVar[tuple[Warns, ...]] = CAUTIONS
    compared = beside_others

    @staticmethod
    def known(session: Session, now: datetime) -> Register:
        """Let the rules look through the cases on file."""
        del now
        return Register(session)

    @staticmethod
    def advice(session: Session) -> Iterable[tuple[str, str]]:
        """Say which limits the department's own table does not set."""
        del session
        return rules.unlimited()

    @staticmethod
    def witness(work: Work, case: Case, decision: Decision, moment: Moment) -> Iterable[Fact]:
        """Enter in the index whom a case would help and what a household gets, and do what all that handle cases do."""
        register.follow(work, case, decision)
        return reactions.HandlingService.witness(work, case, decision, moment)

    @reads("routing.appeal_dispatched.v1", reactions.Assigned, mechanism="relief")
    def on_appeal_dispatched(self, work: Work, assigned: Mapping[str, Any]) -> None:
        """Open a case for each appeal sent here."""
        self.take(work, assigned)

    @reads("routing.return_decided.v1", reactions.ReturnDecided, mechanism="relief")
    def on_return_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Let a case go or keep it, as its return was decided."""
        self.decide_return(work, decided)

    @reads("routing.extension_decided.v1", reactions.ExtensionDecided, mechanism="relief")
    def on_extension_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Move the service clocks as the extension was decided."""
        self.decide_extension(work, decided)

    @reads("routing.appeal_countersigned.v1", reactions.Countersigned, mechanism="relief")
    def on_appeal_countersigned(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what a leader has written who signed afterwards."""
        self.hear_signature(work, told)

    @reads("routing.appeal_regraded.v1", reactions.Regraded, mechanism="relief")
    def on_appeal_regraded(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how urgent a case is found to be, and move its service clocks."""
        self.regrade(work, told)

    @reads("routing.appeal_recalled.v1", reactions.Recalled, mechanism="relief")
    def on_appeal_recalled(self, work: Work, recalled: Mapping[str, Any]) -> None:
        """End an open case when the resident takes the appeal back."""
        self.recall(work, recalled)

    @reads("routing.appeal_urged.v1", reactions.Urged, mechanism="relief")
    @reads("routing.card_issued.v1", reactions.Urged, mechanism="relief")
    @reads("routing.appeal_supervised.v1", reactions.Supervised, mechanism="relief")
    @reads("feedback.progress_called.v1", reactions.ProgressCalled, mechanism="relief")
    def on_appeal_urged(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that time is going by."""
        self.urge(work, told)

    @reads("routing.assist_asked.v1", reactions.Assisted, mechanism="relief")
    @reads("routing.assist_reported.v1", reactions.Assisted, mechanism="relief")
    def on_assist_asked(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how the assisting units stand."""
        self.hear_of_assists(work, told)

    @reads("routing.whistle_blown.v1", reactions.Called, mechanism="relief")
    @reads("routing.whistle_closed.v1", reactions.Called, mechanism="relief")
    def on_whistle_blown(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that units were called to the spot."""
        self.hear_of_calls(work, told)

    @reads("feedback.rework_ordered.v1", reactions.ReworkOrdered, mechanism="relief")
    def on_rework_ordered(self, work: Work, order: Mapping[str, Any]) -> None:
        """Open a case again whose result was not accepted; where a review has opened it before, its end is told to the resident."""
        case = reactions.addressed(work)
        if case.details.get("after_the_end"):
            case.details = {**case.details, "after_the_end": None}
            work.note(case, "rework_ordered", {"reason": order["reason"], "round": order["round"]})
            reactions.set_clocks(work, case, order["clocks"])
        self.rework(work, order)

    @reads("feedback.appeal_closed.v1", reactions.Closed, mechanism="relief")
    def on_appeal_closed(self, work: Work, closed: Mapping[str, Any]) -> None:
        """Close a concluded case."""
        self.close(work, closed)

    @reads("intake.petitioner_disclosed.v1", reactions.Disclosed, to="relief")
    def on_petitioner_disclosed(self, work: Work, disclosed: Mapping[str, Any]) -> None:
        """Keep the sealed identity of the resident."""
        self.disclose(work, disclosed)

    @reads("intake.material_forwarded.v1", reactions.Forwarded, to="relief")
    def on_material_forwarded(self, work: Work, forwarded: Mapping[str, Any]) -> None:
        """Keep what the petitioner has added to a case handled here."""
        self.add_material(work, forwarded)

    @chore(every=timedelta(minutes=1), each=register.lagging)
    def index_cases(self, work: Work, case: Case) -> None:
        """Enter in the index whom a case would help, and what a household gets, where another has changed that without it."""
        register.catch_up(work, case)

    @chore(every=timedelta(minutes=1), everywhere=True)
    def count_open_cases(self, work: Work) -> None:
        """Show how many cases of each kind of relief are open."""
        counted = select(Case.relief_kind, func.count()).where(Case.ended_at.is_(None)).group_by(Case.relief_kind)
        counts = {str(kind): int(count) for kind, count in work.session.execute(counted).all()}
        for kind in ("", *rules.RELIEFS):
            OPEN.labels(kind).set(counts.get(kind, 0))
