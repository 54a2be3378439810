"""What was ordered is rechecked, or done for the party (行政处罚法 28; 行政强制法 50 to 52)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.enforcement import costs, facts, forcing, measures, reading, rules, schemas, statements
from services.enforcement.stages.places import (
    CONTESTABLE,
    CONTESTABLE_SINCE,
    COST_REMEDIES,
    DUES,
    EVERYWHERE,
    UNDER_ITS_NUMBER,
    reaches,
)

STEPS = (
    Step(
        "correction_due",
        "correction_expired",
        "recheck_due",
        who=Role.CLOCK,
        expires="correction",
        starts=("recheck",),
    ),
    Step(
        ("correction_due", "recheck_due", "uncorrected"),
        "found_corrected",
        "corrected",
        who=Role.HANDLER,
        form=schemas.Recheck,
        guards=(
            rules.officers_are_certified,
            rules.every_item_is_done,
            rules.photos_are_new,
            reading.dated("checked_at", "ordered_on"),
        ),
        stops=("correction", "recheck", *forcing.FORCING),
        since=(("recheck", "checked_at"),),
        tells=(facts.CorrectionFound,),
        document="recheck_record",
    ),
    Step(
        "recheck_due",
        "found_uncorrected",
        "uncorrected",
        who=Role.HANDLER,
        form=schemas.FailedRecheck,
        guards=(rules.officers_are_certified, rules.rechecked_after_its_time),
        stops=("recheck",),
        since=(("recheck", "checked_at"),),
        tells=(facts.CorrectionMissed,),
        document="recheck_record",
    ),
    Step(
        "uncorrected",
        "substitute_demanded",
        "uncorrected",
        who=Role.HANDLER,
        form=schemas.SubstituteDemand,
        guards=(rules.served_by_the_book, reading.dated("demanded_on", "ordered_on")),
        change=statements.begins("substitute", change=reading.served("demanded_on", rules.note_substitute_demand)),
        starts=("substitute_demand",),
        since=(("substitute_demand", "reached_on"),),
        document="substitute_demand",
        serves=reaches("substitute_demand", "demanded_on", recipient="recipient"),
        basis="行政强制法-51",
    ),
    Step(
        "uncorrected",
        "substitute_demand_over",
        "uncorrected",
        who=Role.CLOCK,
        expires="substitute_demand",
        basis="行政强制法-51",
    ),
    # What must be cleared at once is cleared before there is any order; then the matter goes on (行政强制法 52).
    *(
        Step(
            state,
            "substitute_decided",
            state,
            who=Role.LEADER,
            form=schemas.SubstituteDecision,
            guards=(
                *DUES,
                forcing.enforcement_goes_on,
                costs.at_once_is_lawful,
                rules.it_was_demanded_three_days_before,
                costs.what_it_said_was_reviewed,
                rules.served_by_the_book,
                reading.dated("served_on"),
                rules.not_at_rest("planned_at"),
                measures.is_numbered_anew("decision_no"),
            ),
            change=measures.decides("substitute", "served_on", rules.note_substitute),
            starts=CONTESTABLE,
            since=CONTESTABLE_SINCE,
            of=UNDER_ITS_NUMBER,
            document="substitute_decision",
            serves=reaches("substitute_decision", "served_on"),
            basis="行政强制法-50",
        )
        for state in ("inspected", "uncorrected")
    ),
    # What was done is put on record and costs what it has cost, also where the case has gone on, or ended, meanwhile.
    *(
        Step(
            state,
            "substitute_performed",
            "settled" if state == "uncorrected" else state,
            who=Role.HANDLER,
            form=schemas.SubstituteRecord,
            guards=(
                forcing.enforcement_goes_on,
                rules.it_was_decided,
                rules.officers_are_certified,
                # One ledger is open at a time: a review of the one before is not lost under the next.
                costs.no_review_runs,
                rules.not_at_rest("done_at"),
                reading.dated("done_at"),
                costs.who_signed_was_there,
            ),
            change=statements.begins("costs", change=costs.note_performance),
            stops=(*forcing.FORCING, *COST_REMEDIES),
            starts=("absent_notice",),
            lasts=(("absent_notice", "party_untold"),),
            since=(("absent_notice", "substitute_done_on"),),
            tells=(facts.CorrectionFound,) if state == "uncorrected" else (),
            document="substitute_record",
            basis="行政强制法-51",
        )
        for state in EVERYWHERE
    ),
    Step(
        "corrected",
        "penalty_waived",
        "no_penalty",
        who=Role.LEADER,
        form=schemas.Waiver,
        guards=(rules.waiver_fits,),
        document="no_penalty_decision",
        basis="行政处罚法-33",
    ),
    *(
        Step(
            state,
            "upkeep_recorded",
            state,
            who=Role.HANDLER,
            form=schemas.Upkeep,
            guards=(reading.dated("done_on", "ordered_on"),),
            repeatable=True,
        )
        for state in ("correction_due", "corrected", "no_penalty", "settled", "concluded", "closed")
    ),
)
#: A last look, when the penalty is performed.
LAST_LOOK = (
    Step(
        "performed",
        "found_corrected",
        "settled",
        who=Role.HANDLER,
        form=schemas.Recheck,
        guards=(
            rules.officers_are_certified,
            rules.every_item_is_done,
            rules.photos_are_new,
            reading.dated("checked_at", "decided_on"),
        ),
        tells=(facts.CorrectionFound,),
        document="recheck_record",
        basis="行政处罚法-28",
    ),
    Step(
        "performed",
        "found_uncorrected",
        "uncorrected",
        who=Role.HANDLER,
        form=schemas.FailedRecheck,
        guards=(
            rules.officers_are_certified,
            reading.dated("checked_at", "decided_on"),
            rules.nothing_is_to_be_refunded,
            rules.spot_decision_is_filed,
            rules.collected_fine_is_banked,
        ),
        tells=(facts.CorrectionMissed,),
        document="recheck_record",
    ),
)
