"""What a complaint is, and what is found on site."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import firms, rules, schemas

STEPS = (
    Step(
        ("accepted", "classified", "verified"),
        "classified",
        "classified",
        who=Role.HANDLER,
        form=schemas.Classification,
        guards=(firms.estate_is_named, firms.company_is_known),
        change=firms.classified,
        document="complaint_register",
    ),
    Step(
        "classified",
        "verified_on_site",
        "verified",
        who=Role.HANDLER,
        form=schemas.SiteVisit,
        guards=(rules.act_is_not_ahead, firms.no_inspector_from_the_company),
        document="site_record",
    ),
    # Whoever has chosen the wrong way begins again from what was found, as long as no owner was called to vote on it.
    Step(
        (
            *("fee_dispute", "repair_survey", "owner_vote_due", "reelection_due", "request_under_check"),
            *("group_due", "group_overdue", "consents_due", "consents_examined"),
        ),
        "way_corrected",
        "verified",
        who=Role.REVIEWER,
        form=schemas.Failure,
        guards=(firms.no_owner_waits_for_it,),
        repeatable=True,
        stops=("request_check", "group_formation", "urged_answer"),
    ),
)
