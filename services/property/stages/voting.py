"""What the owners decide together: announced, counted, objected to, posted, and revoked (民法典 278; 物业管理条例 14, 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis import handling
from chassis.workflow import Role, Step
from services.property import elections, facts, firms, rules, schemas, votes
from services.property.stages.places import (
    BOOKS_CLOCKS,
    CALL_GUARDS,
    CALLED,
    CERTIFICATE_CLOCKS,
    CHANGE,
    ELECTION_CLOCKS,
    EXIT_CLOCKS,
    LOST,
    STANDS,
    VOTE_GUARDS,
    WORKS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where a count of an election that is annulled before its posting, or that was lost, leads back to.
COUNTED_AGAIN = {"committee_elected": "group_formed", "committee_reelected": "reelection_due", **LOST}
#: Who has counted reviews no objection to it, and revokes nothing.
COUNTS = ("votes_counted", "first_meeting_held", "reelection_held", "election_not_carried")
#: The developer's papers are waited for again where the group is at work again and has them not.
PAPERS_AGAIN: Mapping[str, Any] = {
    "starts": ("developers_papers",),
    "lasts": (("developers_papers", "papers_lacking"),),
}
#: The states of a case in which the election of a committee is posted, and stands as long as nobody undoes it.
ELECTED = ("filing_due", "certificate_due", "certificate_overdue", "seal_due", "books_withheld")
#: Where a count is looked at, before its posting and after: also while it is being carried out.
COUNTED = (
    *("votes_counted", "vote_lost", "owners_decided", "fund_application_due", "fund_applied", "fund_overdue", *WORKS),
    *("exit_running", *rules.STAYING, *COUNTED_AGAIN, *ELECTED),
)

#: What else than a repair is put to the vote.
MATTERS = (
    Step(
        "verified",
        "common_decision_needed",
        "owner_vote_due",
        who=Role.HANDLER,
        form=schemas.CommonMatter,
        guards=(votes.estate_is_registered,),
        # A repair that was planned before is planned anew, before the owners vote on it.
        change=rules.keeping(vote_announced=(), vote_result={}, budget_total=""),
        basis="民法典-278",
    ),
)
STEPS = (
    Step(
        "owner_vote_due",
        "vote_announced",
        "owner_vote_due",
        who=Role.HANDLER,
        form=schemas.VoteCall,
        guards=(*CALL_GUARDS, votes.repair_was_planned, votes.who_pays_may_vote),
        change=votes.electorate,
        repeatable=True,
        starts=("meeting_notice",),
        since=(("meeting_notice", "posted_on"),),
        document="ballot_paper",
        basis="物业管理条例-14",
    ),
    # A committee that does not call the meeting is urged; then, where owners ask for it, the street calls it.
    Step(
        "owner_vote_due",
        "convening_urged",
        "owner_vote_due",
        who=Role.HANDLER,
        form=schemas.ConveningUrged,
        repeatable=True,
        stops=("owners_follow_up",),
        starts=("owners_follow_up",),
        lasts=(("owners_follow_up", "convene_days"),),
        document="convening_notice",
        basis="滨州市住宅物业管理条例-12",
    ),
    Step(
        "owner_vote_due",
        "votes_counted",
        "votes_counted",
        who=Role.HANDLER,
        form=schemas.OwnersVote,
        guards=VOTE_GUARDS,
        change=votes.count_votes,
        tells=(facts.OwnersVoteCounted,),
        since=(("decision_posting", "counted_on"),),
        starts=("decision_posting",),
        document="vote_summary",
        basis="民法典-278",
    ),
    # Ballots are called back by sample, before the posting and after.
    *(
        Step(
            counted,
            "ballots_called_back",
            counted,
            who=(Role.HANDLER, Role.REVIEWER),
            form=schemas.Calls,
            guards=(votes.ballots_were_counted, votes.sampled_rooms_have_ballots),
            repeatable=True,
            document="sample_record",
        )
        for counted in COUNTED
    ),
    # Owners object: to their voting rights once these are announced, and to the count.
    *(
        step
        for state, guards in (
            *((called, (votes.something_is_announced,)) for called in CALLED),
            *((counted, (votes.ballots_were_counted,)) for counted in COUNTED),
        )
        for step in (
            Step(
                state,
                "vote_objected",
                state,
                who=Role.HANDLER,
                form=schemas.Objection,
                guards=(rules.act_is_not_ahead, *guards, votes.objector_may_vote),
                repeatable=True,
                basis="山东省物业管理条例-22",
            ),
            Step(
                state,
                "objection_reviewed",
                state,
                who=Role.REVIEWER,
                form=schemas.ObjectionReview,
                guards=(votes.objection_was_made,),
                apart=COUNTS,
                repeatable=True,
                document="objection_reply",
                basis="山东省物业管理条例-22",
            ),
        )
    ),
    # A count that does not stand is annulled and made again; what hangs in the estate already is revoked, and all told so.
    *(
        Step(
            counted,
            "count_annulled",
            again,
            who=Role.HANDLER,
            form=schemas.Annulment,
            guards=(rules.act_is_not_ahead, votes.nothing_precedes_the_count),
            change=votes.count_annulled,
            tells=(facts.OwnersVoteAnnulled,),
            repeatable=True,
            stops=(*ELECTION_CLOCKS, *BOOKS_CLOCKS),
            resumes=("first_meeting",),
            since=(("first_meeting", "annulled_on"),),
            **(PAPERS_AGAIN if counted == "committee_elected" else {}),
        )
        for counted, again in (
            *((state, "owner_vote_due") for state in ("votes_counted", "vote_lost")),
            *COUNTED_AGAIN.items(),
        )
    ),
    *(
        Step(
            posted,
            trigger,
            again,
            who=Role.REVIEWER,
            form=form,
            guards=(rules.act_is_not_ahead, *guards, votes.nothing_precedes_the_count),
            apart=COUNTS,
            change=change,
            tells=(facts.OwnersVoteAnnulled,),
            repeatable=True,
            stops=(
                *ELECTION_CLOCKS,
                *CERTIFICATE_CLOCKS,
                *BOOKS_CLOCKS,
                *EXIT_CLOCKS,
                "fund_follow_up",
                "repair_works",
                "change_notice",
            ),
            # Of other changes authority and street are still to be told.
            starts=(*CHANGE["starts"], *more.get("starts", ())),
            lasts=(*CHANGE["lasts"], *more.get("lasts", ())),
            since=(("first_meeting", "revoked_on"), *CHANGE["since"]),
            document="revocation_notice",
            basis="物业管理条例-19",
        )
        for posted, trigger, again, form, guards, change, more in (
            (
                ("owners_decided", "fund_application_due", "fund_applied", "fund_overdue", *WORKS),
                "decision_revoked",
                "owner_vote_due",
                schemas.DecisionRevocation,
                (votes.decision_is_meant,),
                votes.decision_revoked,
                {},
            ),
            (
                ("exit_running", *rules.STAYING),
                "dismissal_revoked",
                "owner_vote_due",
                schemas.Revocation,
                (votes.the_owners_ended_it,),
                votes.dismissal_revoked,
                {},
            ),
            (
                ELECTED,
                "first_election_revoked",
                "group_formed",
                schemas.Revocation,
                (votes.ballots_were_counted, elections.was_the_first_election),
                votes.decision_revoked,
                {"starts": ("first_meeting", *PAPERS_AGAIN["starts"]), "lasts": PAPERS_AGAIN["lasts"]},
            ),
            (
                ELECTED,
                "reelection_revoked",
                "reelection_due",
                schemas.Revocation,
                (votes.ballots_were_counted, elections.there_was_one_before),
                votes.decision_revoked,
                {},
            ),
        )
    ),
    Step(
        "votes_counted",
        "vote_carried",
        "fund_application_due",
        who=Role.HANDLER,
        form=schemas.Posting,
        change=votes.posted,
        guards=(rules.act_is_not_ahead, votes.vote_was_on_the_fund, votes.vote_was_carried, *STANDS),
        stops=("decision_posting",),
        document="vote_result_notice",
        basis="山东省物业管理条例-32",
    ),
    # Any other matter of 民法典 278: posted, then carried out, or the next matter is put to the vote.
    Step(
        "votes_counted",
        "decision_posted",
        "owners_decided",
        who=Role.HANDLER,
        form=schemas.Posting,
        guards=(rules.act_is_not_ahead, votes.vote_was_on_something_else, votes.vote_was_carried, *STANDS),
        change=votes.decision_kept,
        stops=("decision_posting",),
        document="vote_result_notice",
        basis="山东省物业管理条例-32",
        **CHANGE,
    ),
    Step(
        "owners_decided",
        "decision_carried_out",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Result,
        guards=(*STANDS, votes.changes_were_told, firms.nobody_waits_for_a_contract),
    ),
    Step(
        "owners_decided",
        "decision_failed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("change_notice",),
    ),
    Step(
        "votes_counted",
        "vote_failed",
        "vote_lost",
        who=Role.HANDLER,
        form=schemas.Posting,
        change=votes.posted,
        guards=(rules.act_is_not_ahead, votes.vote_was_lost, *STANDS),
        stops=("decision_posting",),
        document="vote_result_notice",
        basis="山东省物业管理条例-32",
    ),
    Step("vote_lost", "vote_repeated", "owner_vote_due", who=Role.HANDLER),
    # A further vote that is lost, revoked or given up undoes nothing of what the owners decided on other matters before.
    *(
        Step(
            ("owner_vote_due", "vote_lost"),
            trigger,
            target,
            who=Role.HANDLER,
            form=schemas.Failure,
            guards=(handling.on_file(trigger, firms.RESUMED[as_resumed]),),
            change=votes.others_stand,
        )
        for trigger, target, as_resumed in (
            ("decision_pursued", "owners_decided", "decision_resumed"),
            ("takeover_pursued", "takeover_due", "takeover_resumed"),
        )
    ),
    Step(
        "owners_decided",
        "vote_repeated",
        "owner_vote_due",
        who=Role.HANDLER,
        guards=STANDS,
    ),
)
