"""Property's mailbox: what it reads, and what it does on it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from prometheus_client import Gauge

from chassis import clocks, reactions
from chassis.reactions import HandlingService
from chassis.service import chore, reads
from chassis.workcalendar import local_date
from services.property import figures, firms, votes
from services.property.calc import COMPUTATIONS
from services.property.cautions import WARNINGS
from services.property.models import open_by_company
from services.property.register import Register, begin_contracts, follow
from services.property.workflow import PROPERTY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.blueprint import Before
    from chassis.work import Work

#: The clock that runs from the registration of each complaint (滨州市住宅物业管理条例 53).
REPLY_CLOCK = "complaint_reply"
OPEN_BY_COMPANY = Gauge("jiesu_property_open_cases", "Open cases by the company complained about.", ("company",))


def keep_the_register(trigger: str) -> Before:
    """Make what writes into the register of estates what a step brings about, in the step's own transaction."""

    def before(work: Work, case: Any, form: Mapping[str, Any]) -> Mapping[str, Any]:
        name = votes.estate_of(case)
        estate = work.known().names().get(name, name)
        serves = (work.known().estate(estate) or {}).get("company", "")
        changed = firms.after_the_case(trigger, case.details, form, estate, local_date(work.now), serves)
        follow(work.session, estate, changed, by=work.principal.name if work.principal else "", now=work.now)
        return form

    return before


def fill_the_scope(work: Work, case: Any, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make the rooms of a building, an entrance or the estate those that bear a repair, with their areas in the roster."""
    if form["scope"]:
        return form
    rooms = votes.in_scope(
        work.known().rooms(votes.estate_of(case)).values(), form["scope_building"], form["scope_entrance"]
    )
    scope = [{"room": row["room"], "area": Decimal(row["area"]), "agreed_parts": None} for row in rooms]
    return {**form, "scope": scope}


class PropertyService(HandlingService):
    """Handles appeals about property management."""

    name = "property"
    workflow = PROPERTY
    computations = COMPUTATIONS
    counts = figures.counts
    dated = figures.dated
    warnings = WARNINGS
    since_registration = (REPLY_CLOCK,)
    inner = (
        *HandlingService.inner,
        *("report_open", "papers_answer_due", "papers_lacking", "meeting_days", "vote_undone", "notice_posted_on"),
        *("fine_decided_on", "papers_fined_on", "paid_otherwise_on", "report_workdays", "report_since"),
        *("reports_made", "mark_workdays", "mark_since", "late_rescue_of", "group_unposted"),
        *("changes_to_tell", "change_runs", "change_since", "reelection_days", "order_replaced"),
    )

    before: ClassVar[Mapping[str, Before]] = {
        **{
            trigger: keep_the_register(trigger)
            for trigger in (
                *("committee_installed", "management_committee_formed"),
                *("successor_took_over", "contract_signed", "owners_manage_themselves"),
            )
        },
        **dict.fromkeys(("repair_surveyed", "emergency_repaired"), fill_the_scope),
    }
    keeps_menu = True
    menu = (
        ("Estates", "/estates", ("handler", "reviewer", "leader", "inspector")),
        ("Property's month", "/month", ("handler", "reviewer", "leader", "inspector")),
    )

    @staticmethod
    def known(session: Session, now: datetime) -> Register:
        """Give the rules the estates with their rosters, and the repairs of the last year."""
        return Register(session, now)

    @chore(every=timedelta(minutes=5), everywhere=True)
    def count_by_company(self, work: Work) -> None:
        """Count the open cases of each company for ops, of the fifty with most; names are typed, so they are bounded."""
        OPEN_BY_COMPANY.clear()
        for company, count in work.session.execute(open_by_company()):
            OPEN_BY_COMPANY.labels(company).set(count)

    @chore(every=timedelta(minutes=5))
    def begin_contracts(self, work: Work) -> None:
        """Let the register name each company that follows from the first day of its contract."""
        begin_contracts(work.session, work.now)

    @reads("routing.appeal_dispatched.v1", reactions.Assigned, mechanism="property")
    def on_appeal_dispatched(self, work: Work, assigned: Mapping[str, Any]) -> None:
        """Open a case for each appeal sent here; its five working days for a reply count from its registration."""
        self.take(work, assigned)
        case = reactions.addressed(work)
        if not case.estate:
            find_estate(work, case, assigned)
        if REPLY_CLOCK not in work.clocks_of(case):
            at = assigned["registered_at"] or work.now
            rule = work.service.legal.clock(REPLY_CLOCK, at)
            work.start_clock(case, clocks.start(rule, at, work.service.calendar), rule.kind.value)

    @reads("routing.return_decided.v1", reactions.ReturnDecided, mechanism="property")
    def on_return_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Let the case go, or keep it."""
        self.decide_return(work, decided)

    @reads("routing.extension_decided.v1", reactions.ExtensionDecided, mechanism="property")
    def on_extension_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Note the decision on more time."""
        self.decide_extension(work, decided)

    @reads("routing.appeal_countersigned.v1", reactions.Countersigned, mechanism="property")
    def on_appeal_countersigned(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what a leader has written who signed afterwards."""
        self.hear_signature(work, told)

    @reads("routing.appeal_regraded.v1", reactions.Regraded, mechanism="property")
    def on_appeal_regraded(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how urgent a case is found to be, and move its service clocks."""
        self.regrade(work, told)

    @reads("routing.appeal_recalled.v1", reactions.Recalled, mechanism="property")
    def on_appeal_recalled(self, work: Work, recalled: Mapping[str, Any]) -> None:
        """End a case whose petitioner has withdrawn."""
        self.recall(work, recalled)

    @reads("routing.appeal_urged.v1", reactions.Urged, mechanism="property")
    @reads("routing.card_issued.v1", reactions.Urged, mechanism="property")
    @reads("routing.appeal_supervised.v1", reactions.Supervised, mechanism="property")
    @reads("feedback.progress_called.v1", reactions.ProgressCalled, mechanism="property")
    def on_appeal_urged(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that time is going by."""
        self.urge(work, told)

    @reads("routing.assist_asked.v1", reactions.Assisted, mechanism="property")
    @reads("routing.assist_reported.v1", reactions.Assisted, mechanism="property")
    def on_assist_asked(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show how the assisting units stand."""
        self.hear_of_assists(work, told)

    @reads("routing.whistle_blown.v1", reactions.Called, mechanism="property")
    @reads("routing.whistle_closed.v1", reactions.Called, mechanism="property")
    def on_whistle_blown(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that units were called to the spot."""
        self.hear_of_calls(work, told)

    @reads("feedback.rework_ordered.v1", reactions.ReworkOrdered, mechanism="property")
    def on_rework_ordered(self, work: Work, order: Mapping[str, Any]) -> None:
        """Open a case again whose result was not accepted."""
        self.rework(work, order)

    @reads("feedback.appeal_closed.v1", reactions.Closed, mechanism="property")
    def on_appeal_closed(self, work: Work, closed: Mapping[str, Any]) -> None:
        """Close the case with the appeal."""
        self.close(work, closed)

    @reads("intake.petitioner_disclosed.v1", reactions.Disclosed, to="property")
    def on_petitioner_disclosed(self, work: Work, disclosed: Mapping[str, Any]) -> None:
        """Keep the sealed personal data."""
        self.disclose(work, disclosed)

    @reads("intake.material_forwarded.v1", reactions.Forwarded, to="property")
    def on_material_forwarded(self, work: Work, forwarded: Mapping[str, Any]) -> None:
        """Keep what the petitioner has added to a case handled here."""
        self.add_material(work, forwarded)


def find_estate(work: Work, case: Any, assigned: Mapping[str, Any]) -> None:
    """Know the estate of a case by its place, before anybody has typed it; whom it is about is known when it is classified."""
    words = f"{assigned['title']}\n{assigned['text']}"
    name = votes.estate_in(work.known().names(), assigned["place"], words, assigned["address"].get("estate", ""))
    if name:
        case.estate, case.details = name, {**case.details, "place_estate": name}
