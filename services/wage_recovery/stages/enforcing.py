"""A court enforces: asked, refused, settled, ended, and begun again (民事诉讼法 241 to 268; 行政强制法 58)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import EVERY, Role, Step
from services.wage_recovery import courts, debts, decisions, facts, rules, schemas
from services.wage_recovery.stages.places import AFTERWARDS, AT_COURT, ENFORCEABLE, ENFORCEMENT, FALLEN, FALLS, POLICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

#: What a court was asked to enforce is followed up, and has its time there, under its own name.
_UNDER_ITS_NAME = tuple((clock, "enforced_named") for clock in courts.COURTS_OWN)
_ASKED: dict[str, Any] = {
    "starts": ("enforcement_follow_up",),
    "since": (("enforcement_follow_up", "applied_on"),),
    "of": _UNDER_ITS_NAME,
}
_ASKED_TOO: dict[str, Any] = {
    "starts": (*_ASKED["starts"], *AT_COURT["starts"]),
    "lasts": AT_COURT["lasts"],
    "since": (*_ASKED["since"], *AT_COURT["since"]),
    "of": _UNDER_ITS_NAME,
}


def _settled_in_court(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    last = max(row["due_on"] for row in form["instalments"])
    # Broken, the time to ask the court again runs from the last day on which it was to be paid (民事诉讼法 250).
    return {"settlement_days": courts.days_until(last, local_date(moment.now)), "enforceable_since": last}


def _enforced_in_part(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {"may_resume": form["reason"] == "no_property_found", "enforcement_ended_on": local_date(moment.now)}


STEPS = (
    Step(
        "judged",
        "enforcement_applied",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Enforcement,
        guards=(courts.judgment_is_in_effect, courts.enforces_what_is_there, rules.what_happened_is_past),
        change=decisions.ask_court,
        tells=(facts.EnforcementRequested,),
        **_ASKED,
        stops=("enforcement_application",),
        document="enforcement_application",
        basis="民事诉讼法-250",
    ),
    Step(
        "awarded",
        "enforcement_applied",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Enforcement,
        guards=(courts.award_is_in_effect, courts.enforces_what_is_there, rules.what_happened_is_past),
        change=decisions.ask_court,
        tells=(facts.EnforcementRequested,),
        **_ASKED,
        stops=("award_appeal", "enforcement_application"),
        document="enforcement_application",
        basis="劳动争议调解仲裁法-51",
    ),
    Step(
        ("enforcement_due", *POLICE),
        "enforcement_applied",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Enforcement,
        guards=(courts.enforces_what_is_there, rules.what_happened_is_past),
        change=decisions.ask_court,
        tells=(facts.EnforcementRequested,),
        **_ASKED_TOO,
        stops=("enforcement_application", "court_application"),
        document="enforcement_application",
        basis="保障农民工工资支付条例-42",
    ),
    # The decision upon another payer, beside what the court enforces.
    Step(
        ENFORCEMENT,
        "other_decision_applied",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.OtherDecision,
        guards=(decisions.another_waits, courts.enforces_what_is_there, rules.what_happened_is_past),
        keeps="also_enforced",
        repeatable=True,
        change=decisions.ask_court_too,
        tells=(facts.EnforcementRequested,),
        **_ASKED_TOO,
        stops=("court_application",),
        document="enforcement_application",
        basis="保障农民工工资支付条例-42",
    ),
    Step(
        ENFORCEMENT,
        "enforcement_returned",
        "enforcement_due",
        who=Role.HANDLER,
        form=schemas.EnforcementReturned,
        guards=(rules.what_happened_is_past,),
        change=courts.enforce_again,
        starts=("enforcement_application", "court_application"),
        lasts=(("enforcement_application", "title_runs"), ("court_application", "decision_runs")),
        since=(*ENFORCEABLE, ("court_application", "decision_stands_on")),
        stops=(*courts.COURTS_OWN, "follow_up"),
        of=_UNDER_ITS_NAME,
        basis="民事诉讼法-250",
    ),
    Step(
        ENFORCEMENT,
        "enforcement_refused",
        "coordinated",
        who=Role.HANDLER,
        form=schemas.EnforcementRefusal,
        guards=(courts.no_decision_is_enforced, rules.what_happened_is_past),
        change=courts.title_falls,
        stops=("enforcement_follow_up", "enforcement_term", "follow_up"),
        basis="民事诉讼法-248",
    ),
    *(
        Step(
            state,
            trigger,
            target,
            who=Role.HANDLER,
            form=schemas.DecisionRefusal,
            guards=(decisions.is_enforced, guard, rules.what_happened_is_past),
            keeps="decision_not_enforced",
            change=decisions.fall,
            starts=(*AT_COURT["starts"], *(("follow_up",) if target != state else ())),
            lasts=AT_COURT["lasts"],
            since=AT_COURT["since"],
            stops=(*FALLS, *(("follow_up",) if target != state else ())),
            of=FALLEN,
            basis="行政强制法-58",
        )
        for state in ENFORCEMENT
        for trigger, target, guard in (
            ("decision_not_enforced", "compensation_due", decisions.no_other_is_enforced),
            ("decision_not_enforced_others_go_on", state, decisions.another_is_enforced),
        )
    ),
    *(
        Step("court_enforcing", trigger, "enforcement_overdue", who=Role.CLOCK, expires=clock, of=((clock, EVERY),))
        for trigger, clock in (
            ("enforcement_late", "enforcement_follow_up"),
            ("enforcement_term_over", "enforcement_term"),
        )
    ),
    Step("court_enforcing", "answer_overdue", "enforcement_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        ENFORCEMENT,
        "court_asked",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        ENFORCEMENT,
        "enforcement_filed",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.EnforcementFiling,
        guards=(decisions.a_court_was_asked, rules.what_happened_is_past),
        change=decisions.file,
        starts=("enforcement_term",),
        since=(("enforcement_term", "filed_on"),),
        stops=("enforcement_follow_up", "follow_up"),
        of=_UNDER_ITS_NAME,
        basis="法发〔2006〕35号-1",
    ),
    Step(
        ENFORCEMENT,
        "enforcement_settled",
        "enforcement_settled",
        who=Role.HANDLER,
        form=schemas.EnforcementSettlement,
        guards=(courts.instalments_add_up, courts.instalments_lie_ahead, rules.what_happened_is_past),
        change=_settled_in_court,
        starts=("settlement",),
        lasts=(("settlement", "settlement_days"),),
        stops=("enforcement_follow_up", "enforcement_term", "follow_up"),
        document="enforcement_settlement",
        basis="民事诉讼法-241",
    ),
    Step(
        "enforcement_settled",
        "settlement_fell_due",
        "partly_paid",
        who=Role.CLOCK,
        expires="settlement",
        guards=(debts.something_is_unpaid,),
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        since=ENFORCEABLE,
    ),
    Step(
        "enforcement_settled",
        "settlement_breached",
        "partly_paid",
        who=Role.HANDLER,
        form=schemas.SettlementBreach,
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        since=ENFORCEABLE,
        stops=("settlement",),
        basis="民事诉讼法-241",
    ),
    *(
        Step(
            state,
            "enforcement_resumed",
            target,
            who=Role.HANDLER,
            form=schemas.EnforcementResumed,
            guards=(
                courts.enforcement_was_tried,
                courts.enforcement_is_over,
                debts.something_is_unpaid,
                rules.what_happened_is_past,
            ),
            change=courts.enforced_again,
            # After the reply it is put on record only: what the court brings in is paid out as recorded there.
            starts=("enforcement_follow_up",) if target == "court_enforcing" else (),
            of=(("enforcement_follow_up", "asked_since"),) if target == "court_enforcing" else (),
            stops=("property_search", "enforcement_application"),
            document="enforcement_resumption",
            basis="民事诉讼法-265",
        )
        for state, target in (("partly_paid", "court_enforcing"), ("concluded", "concluded"), ("closed", "closed"))
    ),
    *(
        Step(
            state,
            "property_searched",
            state,
            who=Role.HANDLER,
            form=schemas.PropertySearch,
            guards=(courts.enforcement_was_tried, debts.something_is_unpaid, rules.what_happened_is_past),
            keeps="property_searches",
            repeatable=True,
            starts=("property_search",) if state == "partly_paid" else (),
            since=(("property_search", "searched_on"),) if state == "partly_paid" else (),
            basis="法〔2016〕373号-9",
        )
        for state in AFTERWARDS
    ),
    Step(
        ENFORCEMENT,
        "enforcement_ended",
        "partly_paid",
        who=Role.HANDLER,
        form=schemas.EnforcementEnd,
        change=_enforced_in_part,
        starts=("property_search",),
        lasts=(("property_search", "may_resume"),),
        stops=("enforcement_follow_up", "enforcement_term", "follow_up"),
        basis="民事诉讼法-268",
    ),
)
