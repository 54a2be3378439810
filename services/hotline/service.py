"""The hotline's mailbox: what it reads, and what it does on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from prometheus_client import Gauge
from sqlalchemy import func, select

from chassis import reactions
from chassis.clocks import Kind
from chassis.reactions import HandlingService
from chassis.service import chore, reads
from services.hotline import book, calls, figures, relays, rules, schemas
from services.hotline.calc import COMPUTATIONS
from services.hotline.models import Call
from services.hotline.rules import WARNINGS
from services.hotline.workflow import HOTLINE, UPSTREAM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.work import Work

#: Calls are watched for so long; what was missed before that is on the page of the calls.
_WATCHED: Final = timedelta(days=30)
MISSED = Gauge(
    "jiesu_hotline_missed_calls",
    "Calls of the last 30 days that were missed and that nobody has returned, by whether the time for it is over.",
    ("late",),
)


class HotlineService(HandlingService):
    """Handles appeals that came from or go through the city hotline."""

    name = "hotline"
    workflow = HOTLINE
    computations = COMPUTATIONS
    counts = figures.counts
    warnings = (*WARNINGS, relays.relays_are_over)
    since_registration = UPSTREAM
    inner: ClassVar[tuple[str, ...]] = (
        *HandlingService.inner,
        *("drafted_by", "relay_workdays", "relay_since", "urged_relay"),
    )
    keeps_menu = True
    menu_elsewhere: ClassVar[Mapping[str, str]] = {"/month": "Figures", "/calls": "Figures"}
    menu = (
        ("Look up answers", "/knowledge", ("operator", "handler", "reviewer", "desk", "leader", "inspector")),
        ("Calls", "/calls", ("operator", "handler", "desk", "leader", "inspector")),
        ("Hotline's month", "/month", ("handler", "reviewer", "leader", "inspector")),
    )

    @reads("routing.appeal_dispatched.v1", reactions.Assigned, mechanism="hotline")
    def on_appeal_dispatched(self, work: Work, assigned: Mapping[str, Any]) -> None:
        """Open a service order for each appeal sent here, joined to the upstream hotline's order that it came as."""
        self.take(work, assigned)
        case = reactions.addressed(work)
        known = case.details.get("upstream_recorded", {}).get("upstream_number")
        anew = assigned["external"] and assigned["external"]["number"] != known and not rules.upstream_waits(case)
        if anew and case.state == "received":
            legal, calendar = work.service.legal, work.service.calendar
            at = assigned["registered_at"] or work.now
            usual = legal.clock("upstream_due", at).limit
            order = rules.upstream_of(assigned["external"], at, calendar, usual)
            work.step(case, "upstream_joined", order)
            for clock in rules.upstream_clocks(order, legal, calendar):
                work.start_clock(case, clock, Kind.SERVICE.value)

    @staticmethod
    def known(session: Session, now: datetime) -> book.Book:
        """Give the rules the copy of the knowledge base."""
        del now
        return book.Book(session)

    @reads("intake.knowledge_changed.v1", schemas.KnowledgeTold)
    def on_knowledge_changed(self, work: Work, told: Mapping[str, Any]) -> None:
        """Keep the entry of the knowledge base as it holds now."""
        book.keep(work, told)

    @chore(every=timedelta(minutes=5), everywhere=True)
    def count_missed_calls(self, work: Work) -> None:
        """Count the missed calls that wait for somebody to ring back (漏接回拨; 国办函〔2025〕66号)."""
        missed = select(func.count()).where(~Call.answered, Call.returned_at.is_(None))
        late_from = work.now - timedelta(hours=calls.return_hours())
        for late, then in (
            ("true", (Call.at >= work.now - _WATCHED, Call.at < late_from)),
            ("false", (Call.at >= late_from,)),
        ):
            MISSED.labels(late).set(work.session.scalar(missed.where(*then)) or 0)

    @reads("routing.return_decided.v1", reactions.ReturnDecided, mechanism="hotline")
    def on_return_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Let the order go, or keep it."""
        self.decide_return(work, decided)

    @reads("routing.extension_decided.v1", reactions.ExtensionDecided, mechanism="hotline")
    def on_extension_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Note the decision on more time."""
        self.decide_extension(work, decided)

    @reads("routing.appeal_countersigned.v1", reactions.Countersigned, mechanism="hotline")
    def on_appeal_countersigned(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what a leader has written who signed afterwards."""
        self.hear_signature(work, told)

    @reads("routing.appeal_regraded.v1", reactions.Regraded, mechanism="hotline")
    def on_appeal_regraded(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how urgent a case is found to be, and move its service clocks."""
        self.regrade(work, told)

    @reads("routing.appeal_recalled.v1", reactions.Recalled, mechanism="hotline")
    def on_appeal_recalled(self, work: Work, recalled: Mapping[str, Any]) -> None:
        """End an order whose petitioner has withdrawn."""
        self.recall(work, recalled)

    @reads("routing.appeal_urged.v1", reactions.Urged, mechanism="hotline")
    @reads("routing.card_issued.v1", reactions.Urged, mechanism="hotline")
    @reads("routing.appeal_supervised.v1", reactions.Supervised, mechanism="hotline")
    @reads("feedback.progress_called.v1", reactions.ProgressCalled, mechanism="hotline")
    def on_appeal_urged(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that time is going by."""
        self.urge(work, told)

    @reads("routing.assist_asked.v1", reactions.Assisted, mechanism="hotline")
    @reads("routing.assist_reported.v1", reactions.Assisted, mechanism="hotline")
    def on_assist_asked(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how the assisting units stand."""
        self.hear_of_assists(work, told)

    @reads("routing.whistle_blown.v1", reactions.Called, mechanism="hotline")
    @reads("routing.whistle_closed.v1", reactions.Called, mechanism="hotline")
    def on_whistle_blown(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that units were called to the spot."""
        self.hear_of_calls(work, told)

    @reads("feedback.rework_ordered.v1", reactions.ReworkOrdered, mechanism="hotline")
    def on_rework_ordered(self, work: Work, order: Mapping[str, Any]) -> None:
        """Open an order again whose result was not accepted."""
        self.rework(work, order)

    @reads("feedback.appeal_closed.v1", reactions.Closed, mechanism="hotline")
    def on_appeal_closed(self, work: Work, closed: Mapping[str, Any]) -> None:
        """Close the order with the appeal."""
        self.close(work, closed)

    @reads("intake.petitioner_disclosed.v1", reactions.Disclosed, to="hotline")
    def on_petitioner_disclosed(self, work: Work, disclosed: Mapping[str, Any]) -> None:
        """Keep the sealed personal data."""
        self.disclose(work, disclosed)

    @reads("intake.material_forwarded.v1", reactions.Forwarded, to="hotline")
    def on_material_forwarded(self, work: Work, forwarded: Mapping[str, Any]) -> None:
        """Keep what the petitioner has added to a case handled here."""
        self.add_material(work, forwarded)
