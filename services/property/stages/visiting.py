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
        guards=(firms.estate_is_named,),
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
)
