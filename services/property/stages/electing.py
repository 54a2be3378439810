"""A committee is elected, or nobody is: announced, counted and posted (民法典 278; 山东 32)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import candidates, elections, facts, rules, schemas, votes
from services.property.stages.places import CALL_GUARDS, ELECTION_CLOCKS, LOST, OWNERS_TURN, STANDS, VOTE_GUARDS

STEPS = (
    # An election is announced, with its ballots and its electorate, like any other vote.
    *(
        Step(
            state,
            "election_announced",
            state,
            who=Role.HANDLER,
            form=schemas.ElectionCall,
            keeps="vote_announced",
            guards=(*CALL_GUARDS, candidates.candidates_are_owners, candidates.somebody_stays_elected),
            change=candidates.electorate,
            repeatable=True,
            starts=("meeting_notice",),
            since=(("meeting_notice", "posted_on"),),
            document="ballot_paper",
            basis=basis,
        )
        for state, basis in (
            ("group_formed", "滨州市住宅物业管理条例-11"),
            ("reelection_due", "物业管理条例-14"),
        )
    ),
    Step(
        "group_formed",
        "first_meeting_held",
        "committee_elected",
        who=Role.HANDLER,
        form=schemas.Election,
        keeps="votes_counted",
        guards=(*VOTE_GUARDS, candidates.ballots_fit_the_candidates, elections.election_was_carried),
        change=candidates.counted,
        tells=(facts.OwnersVoteCounted,),
        since=tuple((clock, "counted_on") for clock in (*ELECTION_CLOCKS, "first_meeting")),
        starts=ELECTION_CLOCKS,
        stops=("developers_papers", "papers_follow_up", "group_posting"),
        # It is held in time or not: posting it comes later. Annulled, it is still to be held.
        suspends=("first_meeting",),
        document="vote_summary",
        basis="民法典-278",
    ),
    # A meeting that elects nobody is counted and posted all the same; then it is held again, or the street steps in.
    *(
        step
        for lost, again in LOST.items()
        for step in (
            Step(
                again,
                "election_not_carried",
                lost,
                who=Role.HANDLER,
                form=schemas.Election,
                keeps="votes_counted",
                guards=(*VOTE_GUARDS, candidates.ballots_fit_the_candidates, elections.election_was_lost),
                change=candidates.counted,
                tells=(facts.OwnersVoteCounted,),
                since=(("decision_posting", "counted_on"), ("first_meeting", "counted_on")),
                starts=("decision_posting",),
                suspends=("first_meeting",),
                document="vote_summary",
                basis="民法典-278",
            ),
            Step(
                lost,
                "lost_election_posted",
                again,
                who=Role.HANDLER,
                form=schemas.Posting,
                change=votes.posted,
                guards=(rules.act_is_not_ahead, *STANDS),
                repeatable=True,
                stops=("decision_posting", "first_meeting"),
                document="vote_result_notice",
                basis="山东省物业管理条例-32",
            ),
            Step(
                again,
                "reelection_urged",
                again,
                who=Role.HANDLER,
                form=schemas.Coordination,
                guards=(elections.nobody_was_elected,),
                repeatable=True,
                starts=("owners_follow_up",) if again in OWNERS_TURN else (),
                basis="滨州市住宅物业管理条例-16",
            ),
        )
    ),
    Step(
        "group_formed",
        "first_meeting_failed",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.Failure,
        repeatable=True,
    ),
    Step(
        ("committee_elected", "committee_reelected"),
        "election_posted",
        "filing_due",
        who=Role.HANDLER,
        form=schemas.Posting,
        change=votes.posted,
        guards=(rules.act_is_not_ahead, *STANDS),
        stops=("decision_posting", "first_meeting"),
        document="vote_result_notice",
        basis="山东省物业管理条例-32",
    ),
)
