"""A court enforces: asked, refused, settled, ended, and begun again (民事诉讼法 241 to 268; 行政强制法 58)."""

from __future__ import annotations

from typing import Any

from chassis.workflow import EVERY, Role, Step
from services.wage_recovery import courts, debts, decisions, facts, rules, schemas
from services.wage_recovery.stages.places import AFTERWARDS, ENFORCEABLE, ENFORCEMENT, FALLEN, FALLS, PAYABLE, POLICE

#: What a court was asked to enforce is followed up, and has its time there, under its own name.
_UNDER_ITS_NAME = tuple((clock, "enforced_named") for clock in courts.COURTS_OWN)
#: The time to ask it ends with that: the title's, or that of the decision which it was asked for; others' run on.
ASKED: dict[str, Any] = {
    "starts": ("enforcement_follow_up",),
    "since": (("enforcement_follow_up", "applied_on"),),
    "stops": ("enforcement_application", "court_application"),
    "of": (*_UNDER_ITS_NAME, ("enforcement_application", "decision_asked"), ("court_application", "decision_asked")),
    "tells": (facts.EnforcementRequested,),
    "document": "enforcement_application",
}
#: Whom else a court is asked to enforce something upon also where what it had is settled, or was ended.
_LEFT_OPEN = (*ENFORCEMENT, "enforcement_settled", "partly_paid")
#: Whoever leaves the court is no longer to be asked after there.
_ASKED_AFTER: dict[bool, tuple[str, ...]] = {True: ("follow_up",), False: ()}
#: What an application to a court needs, whatever it is asked for.
ASKING = (courts.enforces_what_is_there, courts.respondent_is_described, rules.what_happened_is_past)


STEPS = (
    Step(
        "judged",
        "enforcement_applied",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Enforcement,
        guards=(courts.judgment_is_in_effect, *ASKING),
        change=decisions.ask_court,
        **ASKED,
        basis="民事诉讼法-250",
    ),
    Step(
        "awarded",
        "enforcement_applied",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Enforcement,
        guards=(courts.award_is_in_effect, *ASKING),
        change=decisions.ask_court,
        **{**ASKED, "stops": ("award_appeal", *ASKED["stops"])},
        basis="劳动争议调解仲裁法-51",
    ),
    Step(
        ("enforcement_due", *POLICE),
        "enforcement_applied",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Enforcement,
        guards=ASKING,
        change=decisions.ask_court,
        **ASKED,
        basis="保障农民工工资支付条例-42",
    ),
    # The decision upon another payer, or the workers' own title, beside what the court enforces.
    Step(
        _LEFT_OPEN,
        "other_decision_applied",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.OtherDecision,
        guards=(courts.something_else_waits, *ASKING),
        keeps="also_enforced",
        repeatable=True,
        change=decisions.ask_court_too,
        **ASKED,
        basis="保障农民工工资支付条例-42",
    ),
    *(
        Step(
            state,
            trigger,
            target,
            who=Role.HANDLER,
            form=schemas.EnforcementReturned,
            guards=(decisions.a_court_was_asked, guard, rules.what_happened_is_past),
            change=courts.enforce_again,
            starts=("enforcement_application", "court_application"),
            lasts=(("enforcement_application", "title_runs"), ("court_application", "decision_runs")),
            since=(*ENFORCEABLE, ("court_application", "decision_stands_on")),
            stops=(*courts.COURTS_OWN, *_ASKED_AFTER[target != state]),
            of=(*_UNDER_ITS_NAME, ("court_application", "enforced_named")),
            basis="民事诉讼法-250",
        )
        for state in ENFORCEMENT
        for trigger, target, guard in (
            ("enforcement_returned", "enforcement_due", decisions.no_other_is_enforced),
            ("enforcement_returned_others_go_on", state, decisions.another_is_enforced),
        )
    ),
    *(
        Step(
            state,
            trigger,
            target,
            who=Role.HANDLER,
            form=schemas.EnforcementRefusal,
            guards=(courts.no_decision_is_enforced, guard, rules.what_happened_is_past),
            change=courts.title_falls,
            stops=(*courts.COURTS_OWN, *_ASKED_AFTER[target != state]),
            of=_UNDER_ITS_NAME,
            basis="民事诉讼法-248",
        )
        for state in ENFORCEMENT
        for trigger, target, guard in (
            ("enforcement_refused", "coordinated", decisions.no_decision_goes_on),
            ("enforcement_refused_others_go_on", state, decisions.a_decision_goes_on),
        )
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
            starts=_ASKED_AFTER[target != state],
            stops=(*FALLS, *_ASKED_AFTER[target != state]),
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
        guards=(
            *(decisions.a_court_may_file, decisions.comes_after_its_application("filed_on")),
            rules.what_happened_is_past,
        ),
        change=decisions.file,
        starts=("enforcement_term",),
        since=(("enforcement_term", "filed_on"),),
        stops=("enforcement_follow_up", "follow_up"),
        of=_UNDER_ITS_NAME,
        basis="法发〔2006〕35号-1",
    ),
    *(
        Step(
            state,
            trigger,
            target,
            who=Role.HANDLER,
            form=schemas.EnforcementSettlement,
            guards=(
                *(decisions.a_court_was_asked, guard, decisions.settlement_is_of_what_is_enforced),
                *(courts.instalments_lie_ahead, rules.what_happened_is_past),
            ),
            keeps="enforcement_settlements",
            repeatable=True,
            change=decisions.settle,
            tells=(facts.SettlementAgreed,),
            starts=("enforcement_settlement",),
            lasts=(("enforcement_settlement", "performed_within"),),
            stops=(*courts.AT_COURT, *_ASKED_AFTER[target != state]),
            of=(*_UNDER_ITS_NAME, ("enforcement_settlement", "performed_since")),
            document="enforcement_settlement",
            basis="民事诉讼法-241",
        )
        for state in ENFORCEMENT
        for trigger, target, guard in (
            ("enforcement_settled", "enforcement_settled", decisions.no_other_is_enforced),
            ("enforcement_settled_others_go_on", state, decisions.another_is_enforced),
        )
    ),
    # Broken, the time to ask the court again runs from the last day on which it was to be paid (民事诉讼法 250).
    Step(
        "enforcement_settled",
        "settlement_fell_due",
        "partly_paid",
        who=Role.CLOCK,
        expires="enforcement_settlement",
        guards=(debts.something_is_unpaid, decisions.another_settlement_runs),
        change=decisions.settlement_over,
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        of=(("enforcement_application", "settled_since"), ("enforcement_settlement", EVERY)),
    ),
    *(
        # While the court goes on with something else, or the claim is elsewhere, or the resident has his reply.
        Step(
            state,
            "settlement_in_court_fell_due",
            state,
            who=Role.CLOCK,
            expires="enforcement_settlement",
            guards=(debts.something_is_unpaid, decisions.a_settlement_is_broken),
            change=decisions.settlement_over,
            tells=(facts.SettlementBroken,),
            starts=("enforcement_application",),
            of=(("enforcement_application", "settled_since"), ("enforcement_settlement", EVERY)),
        )
        for state in (*PAYABLE, *AFTERWARDS)
        if state != "enforcement_settled"
    ),
    Step(
        "enforcement_settled",
        "settlement_breached",
        "partly_paid",
        who=Role.HANDLER,
        form=schemas.SettlementBreach,
        guards=(decisions.a_settlement_is_breached,),
        change=decisions.breach,
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        stops=("enforcement_settlement",),
        of=(("enforcement_application", "settled_since"), ("enforcement_settlement", "broken_named")),
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
                decisions.is_resumable,
                decisions.respondents_are_named,
                decisions.resumption_comes_after_the_end,
                debts.something_is_unpaid,
                rules.what_happened_is_past,
            ),
            change=courts.enforced_again,
            starts=("enforcement_follow_up", "property_search"),
            lasts=(("property_search", "may_resume"),),
            since=(("property_search", "searched_since"), ("enforcement_follow_up", "applied_on")),
            of=(
                *(("enforcement_application", "time_of"), ("enforcement_follow_up", "asked_since")),
                ("enforcement_settlement", "asked_since"),
            ),
            stops=("property_search", "enforcement_application", "enforcement_settlement"),
            document="enforcement_resumption",
            basis="民事诉讼法-265",
        )
        for state, target in (
            *((state, "court_enforcing") for state in ("partly_paid", "enforcement_due", *ENFORCEMENT)),
            *((state, state) for state in ("concluded", "closed")),
        )
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
            starts=("property_search",),
            since=(("property_search", "searched_on"),),
            basis="法〔2016〕373号-9",
        )
        for state in (*AFTERWARDS, *ENFORCEMENT)
    ),
    *(
        Step(
            state,
            trigger,
            target,
            who=Role.HANDLER,
            form=schemas.EnforcementEnd,
            guards=(
                *(decisions.a_court_was_asked, decisions.comes_after_its_application("enforcement_ended_on"), guard),
                *(decisions.paid_in_full_leaves_nothing, rules.what_happened_is_past),
            ),
            keeps="enforcement_ended",
            change=courts.enforced_in_part,
            starts=("property_search",),
            lasts=(("property_search", "may_resume"),),
            since=(("property_search", "searched_since"),),
            stops=(*courts.COURTS_OWN, *_ASKED_AFTER[target != state]),
            of=_UNDER_ITS_NAME,
            basis="民事诉讼法-268",
        )
        for state in ENFORCEMENT
        for trigger, target, guard in (
            ("enforcement_ended", "partly_paid", decisions.no_other_is_enforced),
            ("enforcement_ended_others_go_on", state, decisions.another_is_enforced),
        )
    ),
)
