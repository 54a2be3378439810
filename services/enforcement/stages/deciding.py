"""Decided, and served (行政处罚法 57 to 61)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.enforcement import facts, notes, reading, rules, schemas, statements
from services.enforcement.stages.places import FOLLOWED_UP, TO_THE_EARLIER

#: What a decision follows.
_BEFORE = ("filed_on", "noticed_on", "waived_on", "abandoned_on", "held_on", "reported_on")
STEPS = (
    Step(
        "to_decide",
        "penalised",
        "decided",
        who=Role.LEADER,
        form=schemas.Decision,
        guards=(
            rules.act_is_ours,
            rules.power_is_valid,
            rules.may_be_punished,
            rules.nothing_is_seized,
            rules.statements_were_reviewed,
            rules.hearing_is_reported,
            rules.is_not_heavier_than_noticed,
            rules.fine_is_in_band,
            rules.penalty_is_of_the_act,
            rules.legal_review_passed_if_due,
            rules.group_discussed_if_due,
            rules.act_is_fined_once,
            rules.nothing_is_to_be_refunded,
            reading.dated("decided_on", *_BEFORE),
            rules.the_party_had_its_time,
        ),
        apart=("legal_review_passed",),
        change=statements.said("penalty", change=notes.set_fine),
        starts=("serving", "earlier_followup"),
        lasts=FOLLOWED_UP,
        since=(("serving", "decided_on"), ("penalty_decision", "decided_on")),
        stops=("penalty_decision", "exclusion", "contest_followup"),
        passes=TO_THE_EARLIER,
        tells=(facts.PenaltyDecided,),
        document="penalty_decision",
        basis="行政处罚法-57",
    ),
    Step(
        ("reported", "to_decide"),
        "exempted",
        "exempted",
        who=Role.LEADER,
        form=schemas.Exemption,
        guards=(rules.nothing_is_seized, rules.statements_were_reviewed, rules.hearing_is_reported, rules.waiver_fits, reading.dated("decided_on", *_BEFORE)),
        stops=("penalty_decision", "exclusion"),
        since=(("penalty_decision", "decided_on"),),
        document="no_penalty_decision",
        basis="行政处罚法-33",
    ),
    Step(
        ("reported", "to_decide"),
        "not_proven",
        "not_proven",
        who=Role.LEADER,
        form=schemas.NotProven,
        guards=(rules.nothing_is_seized, rules.hearing_is_reported, reading.dated("decided_on", *_BEFORE)),
        stops=("penalty_decision", "exclusion"),
        since=(("penalty_decision", "decided_on"),),
        document="not_proven_decision",
        basis="行政处罚法-57",
    ),
    # A warning is performed when it is served.
    Step(
        "decided",
        "warning_served",
        "performed",
        who=Role.HANDLER,
        form=schemas.Serving,
        guards=(rules.it_is_a_warning, rules.served_by_the_book, reading.dated("served_on", "decided_on")),
        change=notes.serve_warning,
        stops=("serving",),
        starts=("reconsideration", "remedies"),
        since=(*((clock, "reached_on") for clock in ("reconsideration", "remedies")), ("serving", "served_on")),
        document="proof_of_service",
        basis="行政处罚法-61",
    ),
    Step(
        "decided",
        "served",
        "payment_due",
        who=Role.HANDLER,
        form=schemas.Serving,
        guards=(rules.it_is_no_warning, rules.served_by_the_book, reading.dated("served_on", "decided_on")),
        change=notes.set_pay_by,
        stops=("serving",),
        starts=("payment", "reconsideration", "remedies"),
        since=(*((clock, "reached_on") for clock in ("payment", "reconsideration", "remedies")), ("serving", "served_on")),
        document="proof_of_service",
        basis="行政处罚法-61",
    ),
)
