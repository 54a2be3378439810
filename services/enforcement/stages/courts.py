"""Demanded, enforced by a court, or given up (行政强制法 40, 53 to 58)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.enforcement import facts, forcing, notes, reading, rules, schemas, statements
from services.enforcement.stages.places import COLLECTING, COUNTED, COURT, HEARING, PAYABLE

STEPS = (
    Step(
        ("demand_running", "court_ready", "enforceable"),
        "demanded",
        "demand_running",
        who=Role.HANDLER,
        form=schemas.Demand,
        guards=(
            rules.it_is_demanded_anew,
            rules.demand_is_owed,
            rules.served_by_the_book,
            reading.dated("demanded_on", "served_on"),
        ),
        change=reading.served("demanded_on", notes.note_demand),
        starts=("demand",),
        since=(("demand", "reached_on"),),
        document="demand",
        basis="行政强制法-54",
    ),
    Step("demand_running", "demand_expired", "court_ready", who=Role.CLOCK, expires="demand", basis="行政强制法-54"),
    Step(
        ("enforceable", "demand_running", "court_ready"),
        "court_window_closed",
        "unenforceable",
        who=Role.CLOCK,
        expires="court_window",
        basis="行政强制法-53",
    ),
    Step(
        "court_ready",
        "court_applied",
        "at_court",
        who=Role.LEADER,
        form=schemas.CourtApplication,
        guards=(rules.statements_were_reviewed, reading.dated("applied_on", "demanded_on")),
        change=statements.said("penalty", change=reading.on("applied_on")),
        stops=("court_window",),
        starts=("court_acceptance",),
        since=(("court_acceptance", "applied_on"),),
        tells=(facts.CourtApplied,),
        document="court_application",
        basis="行政强制法-54",
    ),
    *(
        Step(
            state,
            "court_followed_up",
            state,
            who=Role.CLOCK,
            expires="court_followup",
            starts=("court_followup",),
        )
        for state in ("at_court", "court_enforcing")
    ),
    Step(
        "at_court",
        "court_accepted",
        "at_court",
        who=Role.HANDLER,
        form=schemas.CourtAcceptance,
        guards=(reading.dated("accepted_on", "applied_on"),),
        change=notes.accepted_by_court,
        stops=("court_acceptance", "court_followup", "higher_court"),
        starts=("court_ruling",),
        since=(("court_ruling", "accepted_on"),),
        basis="行政强制法-56",
    ),
    # Where a decision looks plainly wrong the court may hear both sides, and has thirty days instead of seven.
    Step(
        "at_court",
        "court_heard",
        "at_court",
        who=Role.HANDLER,
        form=schemas.CourtHearing,
        guards=(rules.court_has_accepted, reading.dated("heard_on", "court_accepted_on")),
        stops=("court_ruling", "court_followup"),
        starts=("court_ruling_heard",),
        since=(("court_ruling_heard", "court_accepted_on"),),
        basis="行政强制法-58",
    ),
    *(
        Step("at_court", trigger, "at_court", who=Role.CLOCK, expires=clock, starts=("court_followup",), basis=basis)
        for trigger, clock, basis in (
            ("court_acceptance_overdue", "court_acceptance", "行政强制法-56"),
            ("court_ruling_overdue", "court_ruling", "行政强制法-57"),
            ("court_heard_overdue", "court_ruling_heard", "行政强制法-58"),
            ("higher_court_overdue", "higher_court", "行政强制法-58"),
        )
    ),
    Step(
        "at_court",
        "court_granted",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.CourtRuling,
        guards=(reading.dated("ruled_on", "applied_on"),),
        stops=("court_acceptance", "court_ruling", "court_ruling_heard", "higher_court"),
        starts=("court_followup",),
        basis="行政强制法-57",
    ),
    Step(
        "at_court",
        "court_refused",
        "unenforceable",
        who=Role.HANDLER,
        form=schemas.CourtRefusal,
        guards=(reading.dated("ruled_on", "applied_on"),),
        change=notes.refuse_at_court,
        stops=COURT,
        starts=("court_objection",),
        since=(("court_objection", "ruled_on"),),
        basis="行政强制法-58",
    ),
    Step(
        "unenforceable",
        "objection_time_over",
        "unenforceable",
        who=Role.CLOCK,
        expires="court_objection",
        basis="行政强制法-58",
    ),
    Step(
        "unenforceable",
        "higher_court_asked",
        "at_court",
        who=Role.LEADER,
        form=schemas.CourtObjection,
        guards=(rules.the_court_refused_lately, reading.dated("objected_on", "ruled_on")),
        change=reading.on("objected_on", notes.ask_higher_court),
        stops=("court_objection",),
        starts=("higher_court",),
        lasts=(("higher_court", "higher_court_days"),),
        since=(("higher_court", "objected_on"),),
        basis="行政强制法-58",
    ),
    Step(
        ("at_court", "court_enforcing"),
        "court_ended",
        "unenforceable",
        who=Role.HANDLER,
        form=schemas.CourtRuling,
        guards=(reading.dated("ruled_on", "applied_on"),),
        stops=COURT,
        starts=("property_check",),
        since=(("property_check", "ruled_on"),),
    ),
    Step(
        "unenforceable",
        "property_to_check",
        "unenforceable",
        who=Role.CLOCK,
        expires="property_check",
        starts=("property_check",),
    ),
    Step(
        "unenforceable",
        "enforcement_resumed",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Resumed,
        guards=(notes.a_court_has_enforced, reading.dated("resumed_on", "applied_on")),
        repeatable=True,
        stops=("property_check",),
        starts=("court_followup",),
        since=(("court_followup", "resumed_on"),),
    ),
    *(
        Step(
            sources,
            "terminated",
            "terminated",
            who=Role.LEADER,
            form=schemas.Termination,
            guards=(
                notes.ground_fits_the_party,
                forcing.three_years_have_passed,
                rules.nothing_is_held,
                rules.nothing_is_seized,
                rules.nothing_is_to_be_refunded,
                reading.dated("terminated_on", before),
            ),
            stops=stops,
            document="termination_decision",
            basis="行政强制法-40",
        )
        for sources, before, stops in (
            (
                ("inspected", "correction_due", "recheck_due", "uncorrected", *COUNTED, "decided"),
                "seen_on",
                ("correction", "recheck", *forcing.FORCING, "penalty_decision", "exclusion", *HEARING, "serving"),
            ),
            # The decision stands and may still be contested: what is reviewed is followed up to its end.
            (PAYABLE, "decided_on", COLLECTING),
        )
    ),
)
