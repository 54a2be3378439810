"""What the body enforces itself and dismantles, and the contests of what is forced (行政强制法 8, 35 to 39, 44)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.enforcement import facts, forcing, measures, reading, rules, schemas
from services.enforcement.stages.places import EVERYWHERE

#: What the body enforces itself is suspended, and taken up again (行政强制法 39); what is built against the law is
#: announced, urged, decided on and dismantled (44, 35 to 37).
STEPS = (
    Step(
        "uncorrected",
        "enforcement_suspended",
        "uncorrected",
        who=Role.LEADER,
        form=schemas.Suspension,
        guards=(forcing.something_is_enforced, reading.dated("suspended_on", "ordered_on")),
        change=forcing.suspend,
        repeatable=True,
        starts=("enforcement_suspension", "suspension_check"),
        since=tuple((clock, "suspended_on") for clock in ("enforcement_suspension", "suspension_check")),
        document="suspension_decision",
        basis="行政强制法-39",
    ),
    Step(
        "uncorrected",
        "suspension_to_check",
        "uncorrected",
        who=Role.CLOCK,
        expires="suspension_check",
        starts=("suspension_check",),
        basis="行政强制法-39",
    ),
    Step(
        "uncorrected",
        "three_years_suspended",
        "uncorrected",
        who=Role.CLOCK,
        expires="enforcement_suspension",
        change=forcing.three_years_over,
        basis="行政强制法-39",
    ),
    Step(
        "uncorrected",
        "enforcement_taken_up",
        "uncorrected",
        who=Role.LEADER,
        form=schemas.TakenUp,
        guards=(forcing.enforcement_is_suspended, reading.dated("taken_up_on", "suspended_since")),
        change=forcing.take_up,
        repeatable=True,
        stops=("enforcement_suspension", "suspension_check"),
        basis="行政强制法-39",
    ),
    Step(
        "uncorrected",
        "dismantling_announced",
        "uncorrected",
        who=Role.LEADER,
        form=schemas.DismantlingAnnouncement,
        guards=(forcing.it_is_to_be_dismantled, reading.dated("dismantle_announced_on", "ordered_on")),
        change=forcing.announce,
        stops=(*forcing.FORCING, *forcing.DISMANTLING_REMEDIES),
        starts=("dismantling", "dismantling_remedies"),
        lasts=(("dismantling", "days"),),
        since=tuple((clock, "dismantle_announced_on") for clock in ("dismantling", "dismantling_remedies")),
        document="dismantling_announcement",
        basis="行政强制法-44",
    ),
    *(
        Step("uncorrected", trigger, "uncorrected", who=Role.CLOCK, expires=clock, basis=basis)
        for trigger, clock, basis in (
            ("dismantling_time_over", "dismantling", "行政强制法-44"),
            ("dismantling_urging_over", "dismantling_urging", "行政强制法-35"),
        )
    ),
    Step(
        "uncorrected",
        "dismantling_urged",
        "uncorrected",
        who=Role.HANDLER,
        form=schemas.DismantlingUrging,
        guards=(
            forcing.it_was_announced,
            forcing.no_review_runs,
            forcing.its_own_time_is_over,
            rules.served_by_the_book,
            reading.dated("dismantle_urged_on", "dismantle_announced_on"),
        ),
        change=reading.served("dismantle_urged_on", forcing.urge),
        starts=("dismantling_urging",),
        lasts=(("dismantling_urging", "days"),),
        since=(("dismantling_urging", "reached_on"),),
        document="dismantling_demand",
        basis="行政强制法-35",
    ),
    Step(
        "uncorrected",
        "dismantling_decided",
        "uncorrected",
        who=Role.LEADER,
        form=schemas.DismantlingDecision,
        guards=(
            forcing.it_was_announced,
            forcing.no_review_runs,
            forcing.enforcement_goes_on,
            forcing.it_may_be_dismantled,
            rules.statements_were_reviewed,
            rules.served_by_the_book,
            reading.dated("served_on"),
            rules.not_at_rest("planned_at"),
        ),
        change=measures.decides("forced_dismantling", "served_on", forcing.decide),
        document="dismantling_decision",
        basis="行政强制法-37",
    ),
    Step(
        "uncorrected",
        "dismantled",
        "settled",
        who=Role.HANDLER,
        form=schemas.DismantlingRecord,
        guards=(
            forcing.enforcement_goes_on,
            forcing.no_review_runs,
            forcing.it_was_decided,
            rules.officers_are_certified,
            rules.not_at_rest("done_at"),
            reading.dated("done_at"),
        ),
        stops=forcing.FORCING,
        tells=(facts.CorrectionFound,),
        document="dismantling_record",
        basis="行政强制法-44",
    ),
    *(
        step
        for state in EVERYWHERE
        for step in (
            Step(
                state,
                "dismantling_contested",
                state,
                who=Role.HANDLER,
                form=schemas.Remedy,
                guards=(
                    forcing.it_was_announced,
                    forcing.no_review_runs,
                    forcing.it_is_sought_in_time,
                    reading.dated("sought_on", "dismantle_announced_on"),
                    reading.dated("accepted_on"),
                    rules.accepted_after_sought,
                ),
                change=forcing.contest,
                stops=forcing.DISMANTLING_REMEDIES,
                starts=("dismantling_followup",),
                basis="行政强制法-44",
            ),
            Step(
                state,
                "dismantling_followed_up",
                state,
                who=Role.CLOCK,
                expires="dismantling_followup",
                starts=("dismantling_followup",),
            ),
            Step(
                state,
                "dismantling_upheld",
                state,
                who=Role.HANDLER,
                form=schemas.DismantlingUpheld,
                guards=(forcing.a_review_runs, reading.dated("received_on", "dismantle_sought_on")),
                change=forcing.uphold,
                stops=("dismantling_followup",),
                starts=("dismantling_suit",),
                lasts=(("dismantling_suit", "dismantle_suit_runs"),),
                since=(("dismantling_suit", "received_on"),),
                basis="行政诉讼法-45",
            ),
            Step(
                state,
                "dismantling_revoked",
                "inspected" if state == "uncorrected" else state,
                who=Role.HANDLER,
                form=schemas.RemedyResult,
                guards=(forcing.a_review_runs, reading.dated("received_on", "dismantle_sought_on")),
                change=forcing.revoke,
                stops=(*forcing.FORCING, *forcing.DISMANTLING_REMEDIES, "dismantling_followup"),
                basis="行政强制法-40",
            ),
        )
    ),
)
#: What is forced is contested by itself, wherever the case has gone since (行政强制法 8).
CONTESTS = tuple(
    step
    for state in EVERYWHERE
    for step in (
        Step(
            state,
            "measure_contested",
            state,
            who=Role.HANDLER,
            form=schemas.MeasureRemedy,
            guards=(
                measures.a_decision_stands,
                measures.it_is_sought_in_time,
                reading.dated("sought_on"),
                reading.dated("accepted_on"),
                rules.accepted_after_sought,
            ),
            change=measures.contest,
            repeatable=True,
            starts=("measure_followup",),
            since=(("measure_followup", "sought_on"),),
            basis="行政强制法-8",
        ),
        Step(
            state,
            "measure_followed_up",
            state,
            who=Role.CLOCK,
            expires="measure_followup",
            starts=("measure_followup",),
        ),
        Step(
            state,
            "measure_contest_decided",
            state,
            who=Role.HANDLER,
            form=schemas.MeasureRemedyResult,
            guards=(measures.a_review_runs, measures.it_ended_after_it_was_sought, reading.dated("received_on")),
            change=measures.end,
            repeatable=True,
            stops=("measure_followup",),
            # Others may still be waited for.
            starts=("measure_followup",),
            lasts=(("measure_followup", "measure_reviews_left"),),
            basis="行政诉讼法-45",
        ),
    )
)
