"""What was not found is ended only after the complainant was heard, and by a second person."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import firms, schemas

#: Who has proposed to end a complaint as unfounded does not confirm it.
PROPOSED = ("found_unfounded", "business_use_allowed", "condition_not_met", "verified_on_site.inspectors.name")

STEPS = (
    Step(
        "verified",
        "found_unfounded",
        "unfounded_proposed",
        who=Role.HANDLER,
        form=schemas.Unfounded,
        guards=(firms.problem_was_not_found,),
    ),
    Step("unfounded_proposed", "complainant_heard", "unfounded_review", who=Role.HANDLER, form=schemas.Hearing),
    Step(
        "unfounded_review",
        "unfounded_confirmed",
        "unfounded",
        who=Role.REVIEWER,
        form=schemas.Opinion,
        apart=PROPOSED,
    ),
    Step(
        "unfounded_review",
        "second_visit_ordered",
        "classified",
        who=Role.REVIEWER,
        form=schemas.Opinion,
        repeatable=True,
        apart=PROPOSED,
    ),
)
