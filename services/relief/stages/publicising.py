"""What is meant to be granted is posted; who objects is heard (社会救助暂行办法 11, 61)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.relief import facts, granting, rules, schemas
from services.relief.stages.places import DISTRICT, SURVEYORS

STEPS = (
    Step(
        ("to_publicise", "to_submit"),
        "publicity_started",
        "publicising",
        who=Role.HANDLER,
        form=schemas.Posting,
        guards=(granting.shows_only_what_it_may, granting.posted_after_the_opinion, rules.what_happened_is_past),
        change=granting.begin_publicity,
        suspends=("handling",),
        ground="公示",
        starts=("publicity",),
        since=(("publicity", "posted_on"), ("handling", "posted_on")),
        tells=(facts.PublicityStarted,),
        document="publicity_notice",
        basis="社会救助暂行办法-11",
    ),
    Step("publicising", "publicity_over", "to_submit", who=Role.CLOCK, expires="publicity", resumes=("handling",)),
    Step(
        "publicising",
        "publicity_checked",
        "publicising",
        who=Role.HANDLER,
        form=schemas.PostingCheck,
        guards=(rules.what_happened_is_past,),
        repeatable=True,
        document="publicity_check",
        basis="社会救助暂行办法-61",
    ),
    Step(
        # Also what comes when the seven days are over and nobody has decided yet.
        ("publicising", "to_submit", "street_deciding", *DISTRICT),
        "objection_raised",
        "objecting",
        who=Role.HANDLER,
        form=schemas.Objection,
        guards=(rules.what_happened_is_past, granting.raised_after_the_posting),
        repeatable=True,
        change=granting.note_objection,
        suspends=("handling",),
        ground="异议核查",
        stops=("publicity", "district"),
        # Nothing else runs while it is rechecked.
        starts=("objection_check",),
        since=(("handling", "objected_on"), ("objection_check", "objected_on")),
        tells=(facts.ObjectionRaised,),
        document="objection_record",
    ),
    Step(
        "objecting",
        "objection_dismissed",
        "publicising",
        who=Role.REVIEWER,
        form=schemas.ObjectionFinding,
        apart=("objection_raised", *SURVEYORS),
        guards=(
            granting.found_after_the_objection,
            granting.posted_again_after_the_objection,
            rules.what_happened_is_past,
        ),
        repeatable=True,
        change=granting.dismiss_objection,
        stops=("objection_check",),
        # The recheck is over: from here it goes by what the place has ruled for a publicity.
        suspends=("handling",),
        ground="公示",
        starts=("publicity",),
        since=(("publicity", "posted_on"), ("handling", "posted_on")),
        document="objection_finding",
        tells=(facts.PublicityStarted,),
    ),
    Step(
        "objecting",
        "objection_upheld",
        "surveyed",
        who=Role.REVIEWER,
        form=schemas.ObjectionFinding,
        apart=("objection_raised", *SURVEYORS),
        guards=(granting.found_after_the_objection, rules.what_happened_is_past),
        repeatable=True,
        change=granting.uphold_objection,
        document="objection_finding",
        stops=("objection_check",),
        resumes=("handling",),
        since=(("handling", "found_on"),),
    ),
)
