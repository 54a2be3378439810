"""A committee that did not come about, or has lapsed: it is elected anew, or another takes its place (滨州 16, 17)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import candidates, elections, facts, firms, rules, schemas, votes
from services.property.stages.places import BOOKS_CLOCKS, ELECTION_CLOCKS, VOTE_GUARDS

STEPS = (
    Step(
        "group_formed",
        "management_committee_formed",
        "management_committee_formed",
        who=Role.HANDLER,
        form=schemas.Body,
        guards=(
            rules.act_is_not_ahead,
            elections.no_committee_came_about,
            elections.members_are_enough(rules.GROUP_LEAST, "物业管理委员会", half_owners=True),
        ),
        stops=("first_meeting", "developers_papers", "papers_follow_up", "group_posting"),
        since=(("district_told", "formed_on"),),
        starts=("district_told",),
        basis="滨州市住宅物业管理条例-17",
    ),
    # A committee whose term is over, or that does nothing: it is elected anew, or another takes its place.
    Step(
        "verified",
        "committee_lapsed",
        "reelection_due",
        who=Role.HANDLER,
        form=schemas.Lapse,
        guards=(
            firms.complaint_is_about("owners_committee", "业主委员会"),
            votes.estate_is_registered,
            elections.committee_has_lapsed,
        ),
        change=elections.lapsed,
        starts=("reelection_meeting",),
        lasts=(("reelection_meeting", "reelection_days"),),
        basis="滨州市住宅物业管理条例-16",
    ),
    Step(
        "reelection_due",
        "reelection_held",
        "committee_reelected",
        who=Role.HANDLER,
        form=schemas.Election,
        keeps="votes_counted",
        guards=(*VOTE_GUARDS, candidates.ballots_fit_the_candidates, elections.election_was_carried),
        change=elections.reelected,
        tells=(facts.OwnersVoteCounted,),
        since=(
            *((clock, "counted_on") for clock in (*ELECTION_CLOCKS, "management_books")),
            ("committee_books", "books_due_from"),
        ),
        starts=(*ELECTION_CLOCKS, *BOOKS_CLOCKS),
        lasts=(("management_books", "management_books_due"), ("committee_books", "committee_books_due")),
        document="vote_summary",
        basis="民法典-278",
    ),
    Step(
        "reelection_due",
        "management_committee_formed",
        "management_committee_formed",
        who=Role.HANDLER,
        form=schemas.Body,
        guards=(
            rules.act_is_not_ahead,
            elections.street_urged_twice,
            elections.members_are_enough(rules.GROUP_LEAST, "物业管理委员会", half_owners=True),
        ),
        since=(("district_told", "formed_on"),),
        starts=("district_told",),
        basis="滨州市住宅物业管理条例-17",
    ),
    Step(
        "reelection_due",
        "reelection_given_up",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        guards=(elections.reelection_was_urged,),
        basis="山东省物业管理条例-75",
    ),
    Step(
        "management_committee_formed",
        "district_told",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Told,
        stops=("district_told",),
        document="management_committee_report",
        basis="滨州市住宅物业管理条例-17",
    ),
)
