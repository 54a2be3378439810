"""Property's procedure: a complaint's way to its end, and the two ways of paying a repair from the fund.

    classified -> verified -> ordered -> recheck_due -> fixed
                     |                       +-> not_fixed -> interviewed -> second_recheck_due -> fixed
                     |                                                          +-> credit_mark_due -> credit_marked
                     +-> unfounded_proposed -> unfounded_review -> unfounded           |
                     +-> awaiting_external -> external_recheck_due -> fixed            |
                     +-> joint meeting <-----------------------------------------------+
                     |       +-> decision_follow_up -> fixed | handover_due -> handed_over
                     +-> repair_survey -> owner_vote_due -> votes_counted -> fund_application_due -> fund_applied
                     |                         -> repair_under_way -> settlement_due -> publication_due -> fixed
                     |                                  +-> repair_overdue; stopped: handover_due
                     +-> emergency_reported -> emergency_confirmed -> emergency_application_due -> emergency_audit
                                                                                  -> publication_due -> fixed
                     +-> group_due -> group_formed -> committee_elected -> filing_due -> certificate_due -> seal_due -> fixed
                     |                     +-> management_committee_formed -> fixed
                     +-> reelection_due -> committee_reelected -> filing_due | management_committee_formed
                     |                          (books and seals: handed over on the way, or books_withheld -> joint meeting)
                     +-> exit_running -> takeover_due -> contract_filing_due -> fixed
                     |        +-> exit_refused -> joint meeting
                     |                 +-> order_pending -> order_running -> fine_due -> fine_pending -> exit_refused
                     +-> consents_due -> consents_examined -> unfounded_proposed
                     |                        +-> restoration_asked -> external_recheck_due -> fixed | handover_due
                     +-> awaiting_external (a diverted fund is the district's)

Whoever is waited for has a time, and a state of his own when it has run out (…_overdue), where he is urged; what was decided
by a vote that does not stand leads back to the vote; what is reported to an authority is answered in any state (EVERYWHERE).
Around it lie the shared steps of `chassis.handling`: contact, progress, extension, transfer, withdrawal, rework.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chassis import handling
from chassis.workflow import Role, Step, Workflow
from services.property import elections, facts, firms, funds, rules, schemas, votes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marshmallow import Schema

    from chassis.workflow import Guard

#: The states that a case may be concluded from, each with its step and with the outcomes that fit it.
READY = {
    "fixed": ("concluded", schemas.FixedConclusion),
    "unfounded": ("concluded_as_unfounded", schemas.UnfoundedConclusion),
    "handed_over": ("concluded_as_handed_over", schemas.HandoverConclusion),
    "vote_lost": ("concluded_as_unfunded", schemas.UnfundedConclusion),
    "fund_refused": ("concluded_as_unfunded", schemas.UnfundedConclusion),
    "audit_refused": ("concluded_as_unfunded", schemas.UnfundedConclusion),
}
#: Where a count of an election that is annulled before its posting, or that was lost, leads back to.
LOST = {"first_election_lost": "group_formed", "reelection_lost": "reelection_due"}
COUNTED_AGAIN = {"committee_elected": "group_formed", "committee_reelected": "reelection_due", **LOST}
#: Who has counted reviews no objection to it, and revokes nothing.
COUNTS = ("votes_counted", "first_meeting_held", "reelection_held", "election_not_carried")
#: What counts from the day on which a committee was elected (山东 30, 31, 32).
ELECTION_CLOCKS = ("decision_posting", "committee_filing", "committee_meeting")
#: What counts from the day on which the preparatory group was formed (山东 21; 滨州 10, 11).
GROUP_CLOCKS = ("first_meeting", "developers_papers", "group_posting")
BOOKS_CLOCKS = ("management_books", "committee_books")
#: Where nothing goes on before the owners do something.
OWNERS_TURN = ("owner_vote_due", "owners_decided", "takeover_due", "reelection_due")
#: Where a vote is announced, before it is counted.
CALLED = ("owner_vote_due", "group_formed", "reelection_due")
#: Where the works go on, or should.
WORKS = ("repair_under_way", "repair_overdue")
#: Where a joint meeting, the authority or the police may yet bring about what was refused.
AFTERWARDS = ("decision_follow_up", "handover_due", "awaiting_external", "external_overdue", "external_recheck_due")
EXIT_CLOCKS = ("company_exit", "order_follow_up", "exit_order", "fine_follow_up")
#: What is reported to an authority beside the case's own way is answered whenever it is, also when the case has ended; of
#: several reports each has its own time, and the one that is due first the clock.
REPORT: Mapping[str, Any] = {
    "starts": ("report_follow_up",),
    "lasts": (("report_follow_up", "report_workdays"),),
    "since": (("report_follow_up", "report_since"),),
}
#: The same of the marks against a company: the clock is of the one that the district has to decide on first.
MARK: Mapping[str, Any] = {
    "starts": ("credit_follow_up",),
    "lasts": (("credit_follow_up", "mark_workdays"),),
    "since": (("credit_follow_up", "mark_since"),),
}
#: Of changed rules, covenants and members that are still to be told of, the oldest has the clock.
CHANGE: Mapping[str, Any] = {
    "starts": ("change_notice",),
    "lasts": (("change_notice", "change_runs"),),
    "since": (("change_notice", "change_since"),),
}

#: The developer's papers are waited for again where the group is at work again and has them not.
PAPERS_AGAIN: Mapping[str, Any] = {
    "starts": ("developers_papers",),
    "lasts": (("developers_papers", "papers_lacking"),),
}
CERTIFICATE_CLOCKS = ("filing_certificate", "urged_answer")

#: Who has proposed to end a complaint as unfounded does not confirm it.
PROPOSED = ("found_unfounded", "business_use_allowed", "condition_not_met", "verified_on_site.inspectors.name")

#: The states of a case in which the election of a committee is posted, and stands as long as nobody undoes it.
ELECTED = ("filing_due", "certificate_due", "certificate_overdue", "seal_due", "books_withheld")

#: Where a count is looked at, before its posting and after.
COUNTED = ("votes_counted", "owners_decided", "fund_application_due", *COUNTED_AGAIN, *ELECTED)

#: What a vote of the owners has to keep, whatever it is about.
CALL_GUARDS = (
    votes.estate_is_registered,
    votes.scope_may_vote,
    votes.somebody_may_vote,
    votes.enough_asked_for_it,
)
VOTE_GUARDS = (
    rules.act_is_not_ahead,
    votes.vote_was_announced,
    votes.roster_is_the_one_announced,
    votes.voting_rights_are_settled,
    votes.notice_was_long_enough,
    votes.undelivered_were_posted,
    votes.ballots_are_the_owners,
    votes.silence_counts_only_by_the_owners_rules,
    votes.ballots_are_sound,
    votes.ballots_are_signed,
    votes.proxies_are_authorised,
    votes.delivery_is_proven,
)
STANDS = (votes.no_ballot_was_denied, votes.objections_are_answered, votes.nothing_precedes_the_count)


def with_fitting_ends(steps: Iterable[Step]) -> Iterable[Step]:
    """Let each ready state conclude with the outcomes that fit it; the conclusion is a reply to the complaint too."""
    for step in steps:
        if step.trigger != "concluded":
            yield step
            continue
        for state, (trigger, form) in READY.items():
            yield replace(
                step,
                source=state,
                trigger=trigger,
                form=form,
                keeps="concluded",
                stops=(*step.stops, "complaint_reply"),
                document="reply_letter",
            )


def rechecks(state: str, failed: str, *guards: Guard) -> Iterable[Step]:
    """Look again at what was to be put right: it is fixed, or the case goes on."""
    for trigger, target, form, found in (
        ("recheck_passed", "fixed", schemas.Recheck, firms.all_is_done),
        ("recheck_failed", failed, schemas.FailedRecheck, firms.something_is_undone),
    ):
        yield Step(
            state,
            trigger,
            target,
            who=Role.HANDLER,
            form=form,
            guards=(rules.act_is_not_ahead, firms.no_inspector_from_the_company, *guards, found),
            document="recheck_record",
        )


def silence(
    asked: str,
    overdue: str,
    expired: str,
    urged: str,
    clock: str,
    *,
    form: type[Schema] = schemas.Urging,
    length: str = "answer_workdays",
) -> Iterable[Step]:
    """Follow up whoever was asked: his time runs out, he is urged, and has a new one."""
    yield Step(asked, expired, overdue, who=Role.CLOCK, expires=clock)
    yield Step(
        overdue,
        urged,
        asked,
        who=Role.HANDLER,
        form=form,
        repeatable=True,
        starts=(clock,),
        lasts=((clock, length),),
    )


def lateness(
    asked: str,
    overdue: str,
    expired: str,
    urged: str,
    again: str,
    clock: str,
    *,
    who: Role = Role.HANDLER,
    form: type[Schema] = schemas.Urging,
    basis: str | None = None,
) -> Iterable[Step]:
    """Follow up whoever the law gives a time: that has run out for good, and the urging has a time of its own."""
    yield Step(asked, expired, overdue, who=Role.CLOCK, expires=clock)
    yield Step(
        overdue,
        urged,
        asked,
        who=who,
        form=form,
        repeatable=True,
        starts=("urged_answer",),
        lasts=(("urged_answer", "answer_workdays"),),
        basis=basis,
    )
    yield Step(asked, again, overdue, who=Role.CLOCK, expires="urged_answer")


def waiting_for_the_owners(steps: Iterable[Step]) -> Iterable[Step]:
    """Let a time run wherever nothing goes on before the owners have voted, acted on it, or chosen who follows.

    That of the notice of their meeting ends where the meeting is counted, or given up.
    """
    for step in steps:
        waited = not {*step.sources}.isdisjoint(OWNERS_TURN)
        waits = step.target in OWNERS_TURN and {*step.sources} != {step.target}
        left = waited and step.target not in step.sources
        called = not {*step.sources}.isdisjoint(CALLED) and step.target not in step.sources
        ended = (
            *(("owners_follow_up",) if left else ()),
            *(("meeting_notice",) if called else ()),
            *(("reelection_meeting",) if left and "reelection_due" in step.sources else ()),
        )
        yield replace(
            step,
            starts=(*step.starts, *(("owners_follow_up",) if waits else ())),
            stops=(*step.stops, *ended),
        )


#: Property's own steps, from the acceptance to what a case may be concluded from.
_STEPS: tuple[Step, ...] = (
    # What it is, and what is found on site.
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
    # The company puts it right, or is made to.
    # Fees: reckoned by contract first, then settled, ordered to be given back, or told the way to court.
    Step(
        "verified",
        "fees_examined",
        "fee_dispute",
        who=Role.HANDLER,
        form=schemas.FeeExamination,
        guards=(firms.complaint_is_about("fees", "收费"), funds.months_fit),
        change=funds.fees_examined,
        document="fee_statement",
        basis="滨州市住宅物业管理条例-49",
    ),
    Step("fee_dispute", "fee_settled", "fixed", who=Role.HANDLER, form=schemas.Result),
    Step("fee_dispute", "fee_not_settled", "handover_due", who=Role.HANDLER, form=schemas.Failure),
    # Common income: what the owners' parts have earned, and where it is; the company is then ordered like any other.
    Step(
        "verified",
        "income_examined",
        "verified",
        who=Role.HANDLER,
        form=schemas.IncomeAccounts,
        guards=(firms.complaint_is_about("common_income", "公共收益"), funds.period_fits),
        change=funds.income_examined,
        document="income_statement",
        basis="民法典-282",
    ),
    Step(
        ("verified", "fee_dispute"),
        "company_ordered",
        "ordered",
        who=Role.HANDLER,
        form=schemas.Order,
        guards=(
            rules.act_is_not_ahead,
            firms.problem_is_the_companys,
        ),
        tells=(facts.CompanyOrdered,),
        since=(("rectification", "delivered_on"),),
        starts=("rectification",),
        lasts=(("rectification", "rectify_workdays"),),
        document="rectification_notice",
        basis="滨州市住宅物业管理条例-52",
    ),
    Step(
        "ordered",
        "company_reported",
        "recheck_due",
        who=Role.HANDLER,
        form=schemas.CompanyReport,
        stops=("rectification",),
    ),
    Step("ordered", "rectification_expired", "recheck_due", who=Role.CLOCK, expires="rectification"),
    *rechecks("recheck_due", "not_fixed", firms.every_demand_is_checked),
    Step(
        "not_fixed",
        "company_interviewed",
        "interviewed",
        who=Role.HANDLER,
        guards=(rules.act_is_not_ahead,),
        form=schemas.Interview,
        tells=(facts.CompanyInterviewed,),
        since=(("interview_promise", "interviewed_on"),),
        starts=("interview_promise",),
        lasts=(("interview_promise", "promise_workdays"),),
        document="interview_record",
        basis="滨州市住宅物业管理条例-52",
    ),
    # Who does not come, or does not sign, gains nothing by it.
    Step(
        "not_fixed",
        "interview_refused",
        "credit_mark_due",
        who=Role.HANDLER,
        form=schemas.InterviewRefused,
        guards=(rules.act_is_not_ahead,),
        document="interview_refusal",
        basis="滨州市住宅物业管理条例-52",
    ),
    Step(
        "interviewed",
        "company_reported_again",
        "second_recheck_due",
        who=Role.HANDLER,
        form=schemas.CompanyReport,
        stops=("interview_promise",),
    ),
    Step("interviewed", "promise_expired", "second_recheck_due", who=Role.CLOCK, expires="interview_promise"),
    *rechecks("second_recheck_due", "credit_mark_due", firms.every_demand_is_checked),
    Step(
        "credit_mark_due",
        "credit_mark_reported",
        "credit_marked",
        who=Role.REVIEWER,
        form=schemas.CreditMark,
        apart=(
            *("company_interviewed", "company_interviewed.interviewers"),
            *("interview_refused", "interview_refused.witnesses"),
        ),
        change=firms.marked,
        tells=(facts.CreditMarkReported,),
        document="credit_report",
        basis="滨州市住宅物业管理条例-52",
        **MARK,
    ),
    # What was not found is ended only after the complainant was heard, and by a second person.
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
    # All sides at one table.
    Step(
        (
            "verified",
            "not_fixed",
            "credit_marked",
            "exit_refused",
            "books_withheld",
            "handover_due",
            "joint_meeting_called",
        ),
        "joint_meeting_called",
        "joint_meeting_called",
        who=Role.HANDLER,
        form=schemas.MeetingCall,
        guards=(firms.all_sides_are_invited,),
        change=firms.meeting_called,
        stops=("joint_meeting",),
        starts=("joint_meeting",),
        lasts=(("joint_meeting", "meeting_days"),),
        document="meeting_notice",
        basis="滨州市住宅物业管理条例-51",
    ),
    Step(
        "joint_meeting_called",
        "joint_meeting_held",
        "decision_follow_up",
        who=Role.HANDLER,
        guards=(rules.act_is_not_ahead,),
        form=schemas.Minutes,
        tells=(facts.JointMeetingHeld,),
        stops=("joint_meeting",),
        since=(("meeting_decision", "held_at"),),
        starts=("meeting_decision",),
        lasts=(("meeting_decision", "follow_up_workdays"),),
        document="meeting_minutes",
        basis="滨州市住宅物业管理条例-51",
    ),
    Step(
        "joint_meeting_called",
        "joint_meeting_failed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("joint_meeting",),
    ),
    Step(
        "decision_follow_up",
        "decision_carried_out",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Result,
        stops=("meeting_decision",),
    ),
    Step(
        "decision_follow_up",
        "decision_failed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("meeting_decision",),
    ),
    Step("decision_follow_up", "decision_expired", "handover_due", who=Role.CLOCK, expires="meeting_decision"),
    Step(
        "handover_due",
        "decision_carried_out",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Result,
    ),
    Step(
        "handover_due",
        "handed_over",
        "handed_over",
        who=Role.HANDLER,
        form=schemas.Handover,
        change=firms.reported("handed_over"),
        document="handover_letter",
        basis="山东省物业管理条例-75",
        **REPORT,
    ),
    # What somebody outside must do.
    Step(
        "verified",
        "referred_out",
        "awaiting_external",
        who=Role.HANDLER,
        form=schemas.Referral,
        guards=(firms.problem_is_anothers,),
        change=rules.keeping(external_urged=[]),
        starts=("external_follow_up",),
        lasts=(("external_follow_up", "answer_workdays"),),
        document="referral_letter",
        basis="滨州市住宅物业管理条例-53",
    ),
    # What a joint meeting has not settled goes before the authority, which is followed up like any other.
    Step(
        "handover_due",
        "authority_asked",
        "awaiting_external",
        who=Role.HANDLER,
        form=schemas.Referral,
        repeatable=True,
        # Whoever is asked now is urged himself before he counts as silent.
        change=rules.keeping(external_urged=[]),
        starts=("external_follow_up",),
        lasts=(("external_follow_up", "answer_workdays"),),
        document="referral_letter",
        basis="滨州市住宅物业管理条例-53",
    ),
    Step(
        ("awaiting_external", "external_overdue"),
        "external_settled",
        "external_recheck_due",
        who=Role.HANDLER,
        form=schemas.Result,
        stops=("external_follow_up",),
    ),
    *rechecks("external_recheck_due", "handover_due"),
    Step(
        ("awaiting_external", "external_overdue"),
        "external_declined",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("external_follow_up",),
    ),
    *silence(
        "awaiting_external", "external_overdue", "external_answer_expired", "external_urged", "external_follow_up"
    ),
    Step(
        "external_overdue",
        "handed_over",
        "handed_over",
        who=Role.HANDLER,
        form=schemas.Handover,
        guards=(firms.was_urged,),
        change=firms.reported("handed_over"),
        document="handover_letter",
        **REPORT,
    ),
    # A repair that the owners pay from their fund.
    Step(
        "verified",
        "repair_needed",
        "repair_survey",
        who=Role.HANDLER,
        form=schemas.RepairNeed,
        guards=(firms.problem_is_the_owners, votes.estate_is_registered),
        basis="山东省物业管理条例-68",
    ),
    # A result that was not accepted: what was voted, approved or ordered is not done twice, the case goes on where it stood.
    *(
        handling.resumed(
            trigger,
            target,
            handling.on_file(trigger, firms.RESUMED[trigger]),
            **more,
        )
        for trigger, target, more in (
            ("vote_resumed", "owner_vote_due", {}),
            ("fund_resumed", "fund_application_due", {}),
            ("works_resumed", "repair_under_way", {"starts": ("repair_works",)}),
            ("emergency_resumed", "emergency_application_due", {}),
            ("decision_resumed", "owners_decided", {"change": votes.changes_go_on, **CHANGE}),
            ("exit_resumed", "exit_refused", {}),
            ("takeover_resumed", "takeover_due", {}),
            (
                *("committee_resumed", "filing_due"),
                {"starts": ("committee_filing",), "since": (("committee_filing", "vote_counted_on"),)},
            ),
        )
    ),
    # What else the owners decide together.
    Step(
        "verified",
        "common_decision_needed",
        "owner_vote_due",
        who=Role.HANDLER,
        form=schemas.CommonMatter,
        guards=(votes.estate_is_registered,),
        basis="民法典-278",
    ),
    Step(
        "repair_survey",
        "repair_surveyed",
        "owner_vote_due",
        who=Role.HANDLER,
        form=schemas.RepairSurvey,
        guards=(funds.rooms_are_named_once, funds.scope_is_as_registered, funds.fund_may_pay),
        change=funds.budgeted,
        document="repair_plan",
        basis="山东省物业管理条例-71",
    ),
    Step(
        "owner_vote_due",
        "vote_announced",
        "owner_vote_due",
        who=Role.HANDLER,
        form=schemas.VoteCall,
        guards=(*CALL_GUARDS, votes.repair_was_planned),
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
            guards=(votes.sampled_rooms_have_ballots,),
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
            *((counted, ()) for counted in COUNTED),
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
            change=votes.count_annulled,
            tells=(facts.OwnersVoteAnnulled,),
            repeatable=True,
            stops=(*ELECTION_CLOCKS, *BOOKS_CLOCKS),
            resumes=("first_meeting",),
            **(PAPERS_AGAIN if counted == "committee_elected" else {}),
        )
        for counted, again in (("votes_counted", "owner_vote_due"), *COUNTED_AGAIN.items())
    ),
    *(
        Step(
            posted,
            trigger,
            again,
            who=Role.REVIEWER,
            form=schemas.Revocation,
            guards=(rules.act_is_not_ahead, votes.nothing_precedes_the_count, *guards),
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
            since=(("first_meeting", "revoked_on"), *CHANGE["since"]),
            document="revocation_notice",
            basis="物业管理条例-19",
            **more,
        )
        for posted, trigger, again, guards, change, more in (
            (
                ("owners_decided", "fund_application_due", "fund_applied", "fund_overdue", *WORKS),
                "decision_revoked",
                "owner_vote_due",
                (votes.owners_have_voted,),
                votes.decision_revoked,
                {"starts": CHANGE["starts"], "lasts": CHANGE["lasts"]},
            ),
            (
                ("exit_running", *rules.STAYING),
                "dismissal_revoked",
                "owner_vote_due",
                (votes.the_owners_ended_it,),
                votes.dismissal_revoked,
                {},
            ),
            (
                ELECTED,
                "first_election_revoked",
                "group_formed",
                (elections.was_the_first_election,),
                votes.decision_revoked,
                {"starts": ("first_meeting", *PAPERS_AGAIN["starts"]), "lasts": PAPERS_AGAIN["lasts"]},
            ),
            (
                ELECTED,
                "reelection_revoked",
                "reelection_due",
                (elections.there_was_one_before,),
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
        guards=(*STANDS, votes.changes_were_told),
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
    Step(
        "owners_decided",
        "vote_repeated",
        "owner_vote_due",
        who=Role.HANDLER,
        guards=STANDS,
    ),
    # Nobody calls the vote, or nobody wants the repair any more: the complainant is told what else is open.
    Step(
        (
            *("repair_survey", "owner_vote_due", "fund_application_due"),
            *("emergency_confirmed", "emergency_overdue"),
        ),
        "repair_given_up",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("emergency_repair",),
    ),
    # Somebody else pays: the owners by agreement (滨州 41), the developer, the company, an insurer; or they quarrel over it.
    Step(
        (
            *("vote_lost", "fund_refused", "audit_refused", "emergency_application_due", "settlement_due"),
            *("emergency_confirmed", "emergency_overdue"),
        ),
        "paid_otherwise",
        "fixed",
        who=Role.HANDLER,
        form=schemas.PaidOtherwise,
        guards=(rules.act_is_not_ahead,),
        change=funds.paid_otherwise,
        stops=("emergency_repair",),
        basis="滨州市住宅物业管理条例-41",
    ),
    Step(
        ("emergency_application_due", "settlement_due"),
        "payment_disputed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        basis="山东省物业管理条例-75",
    ),
    Step(
        ("fund_application_due", "fund_refused"),
        "fund_applied",
        "fund_applied",
        who=Role.HANDLER,
        form=schemas.FundApplication,
        guards=(
            rules.act_is_not_ahead,
            *STANDS,
            funds.at_most(funds.the_budget, "申请金额超过业主表决通过的预算", "the budget that the owners agreed to"),
        ),
        change=funds.money_asked,
        since=(("fund_follow_up", "applied_on"),),
        starts=("fund_follow_up",),
        lasts=(("fund_follow_up", "answer_workdays"),),
        document="fund_application",
    ),
    *silence("fund_applied", "fund_overdue", "fund_answer_expired", "fund_urged", "fund_follow_up"),
    Step(
        ("fund_applied", "fund_overdue"),
        "fund_approved",
        "repair_under_way",
        who=Role.HANDLER,
        form=schemas.WorksApproval,
        guards=(funds.at_most(funds.asked_of_the_fund, "批准金额超过申请金额", "what was applied for"),),
        change=rules.keeping(repair_stopped={}),
        stops=("fund_follow_up",),
        starts=("repair_works",),
        lasts=(("repair_works", "work_days"),),
    ),
    Step(
        ("fund_applied", "fund_overdue"),
        "fund_declined",
        "fund_refused",
        who=Role.HANDLER,
        form=schemas.FundRefusal,
        stops=("fund_follow_up",),
    ),
    # The works have their time. A contractor who is late is urged, one who botches works again, one who leaves is replaced.
    *silence(*WORKS, "works_expired", "works_urged", "repair_works", form=schemas.WorksUrged, length="work_days"),
    *(
        Step(
            WORKS,
            trigger,
            "repair_under_way",
            who=Role.HANDLER,
            form=form,
            repeatable=True,
            stops=("repair_works",),
            starts=("repair_works",),
            lasts=(("repair_works", "work_days"),),
        )
        for trigger, form in (
            ("repair_rejected", schemas.Rejection),
            ("contractor_replaced", schemas.ContractorReplaced),
        )
    ),
    Step(
        WORKS,
        "repair_accepted",
        "settlement_due",
        who=Role.HANDLER,
        form=schemas.WorkAcceptance,
        guards=(rules.act_is_not_ahead,),
        stops=("repair_works",),
        document="acceptance_report",
    ),
    Step(
        WORKS,
        "repair_stopped",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.RepairStopped,
        guards=(rules.act_is_not_ahead, funds.paid_out_was_approved),
        change=funds.repair_stopped,
        stops=("repair_works",),
        document="repair_stop_notice",
        basis="民法典-281",
    ),
    Step(
        "settlement_due",
        "repair_settled",
        "publication_due",
        who=Role.HANDLER,
        form=schemas.Settlement,
        guards=(funds.at_most(funds.approved_by_the_fund, "结算金额超过批准使用的维修资金", "what was approved"),),
        change=funds.settled,
        document="allocation_table",
        basis="民法典-283",
    ),
    Step(
        "publication_due",
        "costs_published",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Posting,
        change=votes.posted,
        guards=(rules.act_is_not_ahead,),
        tells=(facts.RepairCostsPublished,),
        document="fund_use_notice",
        basis="滨州市住宅物业管理条例-43",
    ),
    # What can't wait for a vote.
    Step(
        ("classified", "verified"),
        "emergency_reported",
        "emergency_reported",
        who=Role.HANDLER,
        form=schemas.EmergencyReport,
        basis="滨州市住宅物业管理条例-42",
    ),
    Step(
        "emergency_reported",
        "emergency_confirmed",
        "emergency_confirmed",
        who=Role.HANDLER,
        form=schemas.EmergencyConfirmation,
        guards=(rules.act_is_not_ahead, funds.confirmed_by_the_owners),
        since=(("emergency_repair", "confirmed_at"),),
        starts=("emergency_repair",),
        document="emergency_confirmation",
        basis="滨州市住宅物业管理条例-43",
    ),
    Step(
        "emergency_reported",
        "emergency_not_confirmed",
        "classified",
        who=Role.HANDLER,
        form=schemas.EmergencyRefusal,
        repeatable=True,
    ),
    *silence(
        *(
            "emergency_confirmed",
            "emergency_overdue",
            "emergency_repair_expired",
            "emergency_urged",
            "emergency_repair",
        ),
        form=schemas.WorksUrged,
        length="work_days",
    ),
    Step(
        ("emergency_confirmed", "emergency_overdue"),
        "emergency_repaired",
        "emergency_application_due",
        who=Role.HANDLER,
        form=schemas.EmergencyRepair,
        guards=(
            rules.act_is_not_ahead,
            funds.rooms_are_named_once,
            funds.scope_is_as_registered,
            funds.no_utility_in_the_bill,
        ),
        stops=("emergency_repair",),
        document="acceptance_report",
    ),
    Step(
        ("emergency_application_due", "audit_refused"),
        "emergency_fund_applied",
        "emergency_audit",
        who=Role.HANDLER,
        form=schemas.EmergencyApplication,
        guards=(
            rules.act_is_not_ahead,
            funds.at_most(funds.the_emergency_cost, "申请金额超过实际维修费用", "what the repair has cost"),
        ),
        change=funds.money_asked,
        since=(("emergency_audit", "applied_on"),),
        starts=("emergency_audit",),
        document="fund_application",
        basis="滨州市住宅物业管理条例-43",
    ),
    *lateness(
        *("emergency_audit", "audit_overdue", "audit_expired", "audit_urged", "audit_answer_expired", "emergency_audit")
    ),
    Step(
        ("emergency_audit", "audit_overdue"),
        "audit_passed",
        "publication_due",
        who=Role.HANDLER,
        form=schemas.FundApproval,
        guards=(funds.at_most(funds.the_emergency_cost, "审核金额超过实际维修费用", "what the repair has cost"),),
        change=funds.emergency_audited,
        stops=("emergency_audit", "urged_answer"),
        document="allocation_table",
    ),
    Step(
        ("emergency_audit", "audit_overdue"),
        "audit_declined",
        "audit_refused",
        who=Role.HANDLER,
        form=schemas.FundRefusal,
        stops=("emergency_audit", "urged_answer"),
    ),
    # People in a lift come first.
    Step(
        ("accepted", "classified", "verified"),
        "people_trapped",
        "rescue_due",
        who=Role.HANDLER,
        guards=(rules.act_is_not_ahead,),
        form=schemas.Trapped,
        change=funds.called_at,
        repeatable=True,
        since=(("elevator_rescue", "called_at"),),
        starts=("elevator_rescue",),
        basis="滨州市电梯安全管理条例-28",
    ),
    # Nobody is there in half an hour: the fire brigade is called, and has a time of its own; the late firm is reported.
    Step("rescue_due", "rescue_expired", "rescue_overdue", who=Role.CLOCK, expires="elevator_rescue"),
    Step("rescue_due", "second_rescue_expired", "rescue_overdue", who=Role.CLOCK, expires="second_rescue"),
    Step(
        ("rescue_due", "rescue_overdue"),
        "rescuers_called_again",
        "rescue_due",
        who=Role.HANDLER,
        form=schemas.RescuersCalledAgain,
        guards=(rules.act_is_not_ahead,),
        repeatable=True,
        stops=("second_rescue",),
        since=(("second_rescue", "called_at"),),
        starts=("second_rescue",),
        basis="滨州市电梯安全管理条例-28",
    ),
    Step(
        ("rescue_due", "rescue_overdue"),
        "people_freed",
        "accepted",
        who=Role.HANDLER,
        form=schemas.Rescue,
        guards=(funds.freed_after_arrival,),
        repeatable=True,
        stops=("elevator_rescue", "second_rescue"),
    ),
    *(
        Step(
            state,
            "late_rescue_reported",
            state,
            who=Role.HANDLER,
            form=schemas.LateRescue,
            guards=(funds.rescuers_were_late, funds.rescue_was_not_reported),
            change=funds.late_rescue_reported,
            document="late_rescue_report",
            basis="滨州市电梯安全管理条例-28",
            **REPORT,
        )
        for state in ("accepted", "classified", "verified")
    ),
    # The owners' first meeting, and their committee. Where nobody reports that it is due, ten owners ask (滨州 9).
    Step(
        "verified",
        "first_meeting_asked",
        "request_under_check",
        who=Role.HANDLER,
        form=schemas.JointRequest,
        guards=(
            rules.act_is_not_ahead,
            firms.complaint_is_about("owners_committee", "业主委员会"),
            elections.enough_ask_together,
        ),
        since=(("request_check", "asked_on"),),
        starts=("request_check",),
        basis="滨州市住宅物业管理条例-9",
    ),
    Step(
        "request_under_check",
        "condition_not_met",
        "unfounded_proposed",
        who=Role.HANDLER,
        form=schemas.ConditionNotMet,
        guards=(elections.first_meeting_is_not_due,),
        stops=("request_check",),
        document="condition_reply",
        basis="山东省物业管理条例-20",
    ),
    Step(
        ("verified", "request_under_check"),
        "first_meeting_due",
        "group_due",
        who=Role.HANDLER,
        form=schemas.Delivered,
        guards=(
            rules.act_is_not_ahead,
            firms.complaint_is_about("owners_committee", "业主委员会"),
            elections.first_meeting_is_due,
        ),
        stops=("request_check",),
        since=(("group_formation", "condition_met_on"),),
        starts=("group_formation",),
        document="condition_reply",
        basis="山东省物业管理条例-20",
    ),
    # Nobody forms the group: a leader charges somebody with it by a day; when that was of no use, the district is asked.
    *lateness(
        *("group_due", "group_overdue", "group_formation_expired", "group_charged", "group_charge_expired"),
        "group_formation",
        who=Role.LEADER,
        form=schemas.GroupCharged,
        basis="山东省物业管理条例-21",
    ),
    Step(
        "group_overdue",
        "group_not_formed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        guards=(elections.somebody_was_charged,),
        basis="山东省物业管理条例-75",
    ),
    Step(
        ("group_due", "group_overdue"),
        "group_formed",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.Group,
        guards=(
            rules.act_is_not_ahead,
            elections.members_are_enough(rules.GROUP_LEAST, "业主大会筹备组", half_owners=True),
        ),
        change=elections.group_formed,
        stops=("group_formation", "urged_answer"),
        since=tuple((clock, "formed_on") for clock in GROUP_CLOCKS),
        starts=GROUP_CLOCKS,
        lasts=(("group_posting", "group_unposted"),),
        document="group_notice",
        basis="山东省物业管理条例-21",
    ),
    Step(
        "group_formed",
        "group_posted",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.Posting,
        guards=(rules.act_is_not_ahead, elections.group_is_unposted),
        change=elections.group_posted,
        stops=("group_posting",),
        basis="山东省物业管理条例-21",
    ),
    # The developer hands his papers to the group (滨州 10); he is urged, then reported to the authority (条例 58).
    Step(
        "group_formed",
        "papers_received",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.Papers,
        guards=(
            rules.act_is_not_ahead,
            elections.list_is_whole(rules.DEVELOPERS_PAPERS, "滨州市住宅物业管理条例第10条"),
            firms.everything_was_handed_over,
        ),
        stops=("developers_papers", "papers_follow_up"),
        document="papers_list",
        basis="滨州市住宅物业管理条例-10",
    ),
    Step(
        "group_formed",
        "papers_urged",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.PapersUrged,
        guards=(elections.papers_are_still_due,),
        repeatable=True,
        stops=("developers_papers",),
        starts=("developers_papers",),
        lasts=(("developers_papers", "papers_days"),),
        document="papers_notice",
        basis="滨州市住宅物业管理条例-10",
    ),
    Step(
        "group_formed",
        "papers_withheld",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.PapersWithheld,
        guards=(elections.papers_are_still_due, elections.papers_were_urged),
        change=rules.keeping(papers_answer_due=True),
        repeatable=True,
        stops=("developers_papers", "papers_follow_up"),
        starts=("papers_follow_up",),
        lasts=(("papers_follow_up", "answer_workdays"),),
        document="papers_report",
        basis="物业管理条例-58",
    ),
    # The authority orders him, then fines him, or declines; it is urged like any other.
    Step(
        "group_formed",
        "papers_report_urged",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.Urging,
        guards=(elections.papers_were_reported,),
        repeatable=True,
        stops=("papers_follow_up",),
        starts=("papers_follow_up",),
        lasts=(("papers_follow_up", "answer_workdays"),),
    ),
    Step(
        "group_formed",
        "papers_ordered",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.CorrectionOrder,
        guards=(rules.act_is_not_ahead, elections.papers_were_reported),
        change=elections.papers_ordered,
        stops=("developers_papers", "papers_follow_up"),
        since=(("developers_papers", "served_on"),),
        starts=("developers_papers",),
        lasts=(("developers_papers", "order_days"),),
        basis="物业管理条例-58",
    ),
    Step(
        "group_formed",
        "papers_fined",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.Fine,
        guards=(
            rules.act_is_not_ahead,
            elections.papers_were_reported,
            firms.fine_follows_the_order("papers_ordered"),
            firms.fine_is_within(rules.PAPERS_FINE, "物业管理条例第58条"),
        ),
        change=elections.papers_fined,
        stops=("papers_follow_up",),
        basis="物业管理条例-58",
    ),
    Step(
        "group_formed",
        "papers_report_declined",
        "group_formed",
        who=Role.HANDLER,
        form=schemas.Failure,
        guards=(elections.papers_were_reported,),
        change=rules.keeping(papers_answer_due=False),
        stops=("papers_follow_up",),
    ),
    # An election is announced, with its ballots and its electorate, like any other vote.
    *(
        Step(
            state,
            "election_announced",
            state,
            who=Role.HANDLER,
            form=schemas.ElectionCall,
            keeps="vote_announced",
            guards=CALL_GUARDS,
            change=votes.electorate,
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
        guards=(*VOTE_GUARDS, elections.election_was_carried),
        change=votes.count_votes,
        tells=(facts.OwnersVoteCounted,),
        since=tuple((clock, "counted_on") for clock in ELECTION_CLOCKS),
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
                guards=(*VOTE_GUARDS, elections.election_was_lost),
                change=votes.count_votes,
                tells=(facts.OwnersVoteCounted,),
                since=(("decision_posting", "counted_on"),),
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
    # The committee meets for the first time, and chooses its chair (山东 30).
    *(
        Step(
            state,
            "committee_met",
            state,
            who=Role.HANDLER,
            form=schemas.CommitteeMeeting,
            guards=(
                rules.act_is_not_ahead,
                votes.nothing_precedes_the_count,
                elections.members_are_enough(rules.COMMITTEE_LEAST, "业主委员会", half_owners=False),
                elections.committee_meeting_holds,
            ),
            stops=("committee_meeting",),
            document="committee_minutes",
            basis="山东省物业管理条例-30",
        )
        for state in ("committee_elected", *elections.BOOKS_DUE, "books_withheld")
    ),
    Step(
        "filing_due",
        "committee_filed",
        "certificate_due",
        who=Role.HANDLER,
        form=schemas.Filing,
        guards=(
            rules.act_is_not_ahead,
            *STANDS,
            elections.members_are_enough(rules.COMMITTEE_LEAST, "业主委员会", half_owners=False),
            elections.everything_is_filed,
        ),
        change=elections.filed,
        stops=("committee_filing",),
        since=(("filing_certificate", "filed_on"),),
        starts=("filing_certificate",),
        document="committee_filing",
        basis="山东省物业管理条例-31",
    ),
    # A committee that does not file, meet or take up its office is urged; then the authority or the owners go on.
    Step(
        ("filing_due", "seal_due"),
        "committee_not_installed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        guards=(elections.committee_was_urged,),
        stops=("committee_filing", "committee_meeting", *BOOKS_CLOCKS),
        basis="山东省物业管理条例-75",
    ),
    *(
        Step(
            state,
            "committee_urged",
            state,
            who=Role.HANDLER,
            form=schemas.Coordination,
            repeatable=True,
            basis="滨州市住宅物业管理条例-52",
        )
        for state in ("filing_due", "seal_due")
    ),
    # The authority certifies within ten days, asks for what lacks, or declines.
    Step(
        ("certificate_due", "certificate_overdue"),
        "filing_returned",
        "filing_due",
        who=Role.HANDLER,
        form=schemas.FilingReturned,
        repeatable=True,
        stops=CERTIFICATE_CLOCKS,
        starts=("committee_filing",),
        basis="山东省物业管理条例-31",
    ),
    *lateness(
        *("certificate_due", "certificate_overdue", "certificate_expired", "certificate_urged"),
        *("certificate_answer_expired", "filing_certificate"),
        basis="山东省物业管理条例-31",
    ),
    Step(
        ("certificate_due", "certificate_overdue"),
        "filing_certified",
        "seal_due",
        who=Role.HANDLER,
        form=schemas.Certificate,
        guards=(rules.act_is_not_ahead, elections.certified_after_filing),
        stops=CERTIFICATE_CLOCKS,
        basis="山东省物业管理条例-31",
    ),
    Step(
        ("certificate_due", "certificate_overdue"),
        "filing_declined",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=(*CERTIFICATE_CLOCKS, "committee_meeting", *BOOKS_CLOCKS),
        basis="山东省物业管理条例-31",
    ),
    # Books and seals of the committee before, while the new one is filed; withheld, the joint meeting or the police.
    *(
        step
        for state in (*elections.BOOKS_DUE, "books_withheld")
        for step in (
            Step(
                (state, *AFTERWARDS) if state == "books_withheld" else state,
                "books_handed_over",
                "seal_due" if state == "books_withheld" else state,
                who=Role.HANDLER,
                form=schemas.Books,
                guards=(
                    elections.there_was_one_before,
                    elections.books_are_awaited,
                    rules.act_is_not_ahead,
                    elections.list_is_whole(rules.BOOKS, "山东省物业管理条例第33条"),
                    firms.everything_was_handed_over,
                ),
                stops=(*BOOKS_CLOCKS, "meeting_decision", "external_follow_up"),
                document="books_list",
                basis="山东省物业管理条例-33",
            ),
            Step(
                state,
                "books_urged",
                state,
                who=Role.HANDLER,
                form=schemas.BooksUrged,
                guards=(elections.there_was_one_before, elections.books_are_still_due),
                repeatable=True,
                stops=BOOKS_CLOCKS,
                starts=("committee_books",),
                lasts=(("committee_books", "books_days"),),
                document="books_notice",
                basis="山东省物业管理条例-33",
            ),
        )
    ),
    Step(
        "seal_due",
        "books_withheld",
        "books_withheld",
        who=Role.HANDLER,
        form=schemas.Withheld,
        guards=(elections.there_was_one_before, elections.books_are_still_due, elections.books_were_urged),
        repeatable=True,
        change=firms.reported("books_withheld"),
        stops=BOOKS_CLOCKS,
        document="books_report",
        basis="滨州市住宅物业管理条例-51",
        **REPORT,
    ),
    Step(
        "seal_due",
        "management_committee_dissolved",
        "seal_due",
        who=Role.HANDLER,
        form=schemas.Posting,
        change=votes.posted,
        guards=(rules.act_is_not_ahead, elections.management_committee_serves, elections.books_were_handed_over),
        document="dissolution_notice",
        basis="滨州市住宅物业管理条例-18",
    ),
    Step(
        "seal_due",
        "committee_installed",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Installed,
        guards=(
            rules.act_is_not_ahead,
            *STANDS,
            elections.committee_has_met,
            elections.books_were_handed_over,
            elections.management_committee_is_dissolved,
        ),
        tells=(facts.CommitteeInstalled,),
        basis="山东省物业管理条例-31",
    ),
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
        guards=(*VOTE_GUARDS, elections.election_was_carried),
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
    # A company leaves.
    Step(
        ("verified", "owners_decided"),
        "contract_ended",
        "exit_running",
        who=Role.HANDLER,
        form=schemas.Ending,
        guards=(
            firms.complaint_is_about("change_of_company", "更换物业"),
            firms.company_has_not_left,
            firms.exit_notice_was_long_enough,
            firms.dismissal_was_decided,
            *STANDS,
            rules.act_is_not_ahead,
        ),
        # A company that has left, or was ordered out, before is another one.
        change=rules.keeping(estate_handed_over={}, correction_ordered={}),
        tells=(facts.ContractEnded,),
        since=(("company_exit", "ends_on"),),
        starts=("company_exit",),
        lasts=(("company_exit", "handover_workdays"),),
        basis="民法典-946",
    ),
    Step(
        ("exit_running", *rules.STAYING, *AFTERWARDS),
        "estate_handed_over",
        "takeover_due",
        who=Role.HANDLER,
        form=schemas.HandoverList,
        guards=(firms.company_stays, rules.act_is_not_ahead, firms.everything_was_handed_over),
        stops=(*EXIT_CLOCKS, "meeting_decision", "external_follow_up"),
        document="handover_list",
        basis="民法典-949",
    ),
    # The owners choose who follows; his contract is filed. Or they manage by themselves (民法典 284).
    Step("takeover_due", "successor_put_to_vote", "owner_vote_due", who=Role.HANDLER),
    Step(
        ("takeover_due", "owners_decided"),
        "successor_took_over",
        "contract_filing_due",
        who=Role.HANDLER,
        form=schemas.Successor,
        guards=(
            rules.act_is_not_ahead,
            firms.company_has_left,
            firms.owners_decided("choose_company"),
            *STANDS,
        ),
        tells=(facts.CompanyChanged,),
        since=(("contract_filing", "signed_on"),),
        starts=("contract_filing",),
        basis="山东省物业管理条例-57",
    ),
    Step(
        "contract_filing_due",
        "contract_filed",
        "fixed",
        who=Role.HANDLER,
        form=schemas.ContractFiled,
        guards=(rules.act_is_not_ahead,),
        stops=("contract_filing",),
        basis="滨州市住宅物业管理条例-44",
    ),
    Step(
        "contract_filing_due",
        "contract_not_filed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("contract_filing",),
        basis="山东省物业管理条例-57",
    ),
    Step(
        ("takeover_due", "owners_decided"),
        "owners_manage_themselves",
        "fixed",
        who=Role.HANDLER,
        form=schemas.SelfManagement,
        guards=(firms.company_has_left, firms.owners_decided("manage_themselves"), *STANDS),
        tells=(facts.CompanyChanged,),
        basis="民法典-284",
    ),
    Step("takeover_due", "successor_not_chosen", "handover_due", who=Role.HANDLER, form=schemas.Failure),
    # Whether it says no or lets the time pass: the district is told (滨州 48).
    Step(
        ("exit_running", "exit_refused"),
        "exit_declined",
        "exit_refused",
        who=Role.HANDLER,
        form=schemas.ExitDeclined,
        change=firms.reported("exit_declined"),
        stops=("company_exit",),
        document="exit_report",
        basis="滨州市住宅物业管理条例-48",
        **REPORT,
    ),
    Step("exit_running", "exit_expired", "exit_refused", who=Role.CLOCK, expires="company_exit"),
    # It stays: the district orders it out; when that order has run out, a fine is asked for, and both are followed up.
    Step(
        ("exit_refused", "handover_due"),
        "correction_order_asked",
        "order_pending",
        who=Role.HANDLER,
        form=schemas.OrderRequest,
        guards=(firms.company_stays, firms.company_was_not_fined_yet),
        repeatable=True,
        starts=("order_follow_up",),
        lasts=(("order_follow_up", "answer_workdays"),),
        document="correction_request",
        basis="滨州市住宅物业管理条例-48",
    ),
    *silence("order_pending", "order_overdue", "order_answer_expired", "order_urged", "order_follow_up"),
    Step(
        ("order_pending", "order_overdue"),
        "order_declined",
        "exit_refused",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("order_follow_up",),
    ),
    Step(
        ("order_pending", "order_overdue"),
        "correction_ordered",
        "order_running",
        who=Role.HANDLER,
        form=schemas.CorrectionOrder,
        guards=(rules.act_is_not_ahead,),
        stops=("order_follow_up",),
        change=firms.ordered_out,
        since=(("exit_order", "served_on"),),
        starts=("exit_order",),
        lasts=(("exit_order", "order_days"),),
        basis="滨州市住宅物业管理条例-57",
    ),
    Step("order_running", "exit_order_expired", "fine_due", who=Role.CLOCK, expires="exit_order"),
    # A fine that was declined, or a case that is handled again: the order that was not obeyed need not be made anew.
    Step(
        "exit_refused",
        "exit_order_disobeyed",
        "fine_due",
        who=Role.HANDLER,
        guards=(
            firms.company_stays,
            firms.company_was_not_fined_yet,
            firms.fine_follows_the_order("correction_ordered"),
        ),
    ),
    Step(
        "fine_due",
        "fine_asked",
        "fine_pending",
        who=Role.HANDLER,
        form=schemas.FineRequest,
        starts=("fine_follow_up",),
        lasts=(("fine_follow_up", "answer_workdays"),),
        document="fine_request",
        basis="滨州市住宅物业管理条例-57",
    ),
    *silence("fine_pending", "fine_overdue", "fine_answer_expired", "fine_urged", "fine_follow_up"),
    Step(
        ("fine_pending", "fine_overdue"),
        "fine_decided",
        "exit_refused",
        who=Role.HANDLER,
        form=schemas.Fine,
        guards=(
            rules.act_is_not_ahead,
            firms.fine_follows_the_order("correction_ordered"),
            firms.fine_is_within(rules.EXIT_FINE, "滨州市住宅物业管理条例第57条"),
        ),
        change=firms.fined,
        stops=("fine_follow_up",),
        basis="滨州市住宅物业管理条例-57",
    ),
    Step(
        ("fine_pending", "fine_overdue"),
        "fine_declined",
        "exit_refused",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=("fine_follow_up",),
    ),
    # What is hidden or destroyed is for the police, whoever withholds it; they are followed up like any other.
    Step(
        ("exit_refused", "books_withheld"),
        "police_informed",
        "awaiting_external",
        who=Role.HANDLER,
        form=schemas.PoliceReport,
        change=rules.keeping(external_urged=[]),
        starts=("external_follow_up",),
        lasts=(("external_follow_up", "answer_workdays"),),
        document="police_letter",
        basis="滨州市住宅物业管理条例-48",
    ),
    # A dwelling is used for business: every affected owner has a veto.
    Step(
        "verified",
        "business_use_found",
        "consents_due",
        who=Role.HANDLER,
        form=schemas.BusinessUse,
        guards=(
            firms.complaint_is_about("business_use", "住宅改经营"),
            votes.estate_is_registered,
            votes.dwelling_is_in_the_roster,
        ),
        change=votes.business_use,
        basis="民法典-279",
    ),
    Step(
        "consents_due",
        "consents_examined",
        "consents_examined",
        who=Role.HANDLER,
        form=schemas.Consents,
        guards=(votes.only_the_affected_consent,),
        change=votes.consents_counted,
        document="consent_list",
        basis="民法典-279",
    ),
    Step(
        "consents_examined",
        "business_use_allowed",
        "unfounded_proposed",
        who=Role.HANDLER,
        form=schemas.Unfounded,
        guards=(votes.all_affected_consented,),
        basis="民法典-279",
    ),
    Step(
        "consents_examined",
        "restoration_asked",
        "restoration_asked",
        who=Role.HANDLER,
        form=schemas.Restoration,
        guards=(
            rules.act_is_not_ahead,
            votes.somebody_did_not_consent,
        ),
        since=(("restoration", "delivered_on"),),
        starts=("restoration",),
        lasts=(("restoration", "restore_workdays"),),
        document="restoration_notice",
        basis="滨州市住宅物业管理条例-36",
    ),
    Step(
        "restoration_asked",
        "dwelling_restored",
        "external_recheck_due",
        who=Role.HANDLER,
        form=schemas.Result,
        stops=("restoration",),
    ),
    Step("restoration_asked", "restoration_expired", "handover_due", who=Role.CLOCK, expires="restoration"),
    # Money of the fund was diverted: the district recovers it and may fine.
    Step(
        "verified",
        "fund_diversion_reported",
        "awaiting_external",
        who=Role.HANDLER,
        form=schemas.Referral,
        guards=(funds.fund_was_diverted,),
        change=funds.diversion_kept,
        starts=("external_follow_up",),
        lasts=(("external_follow_up", "answer_workdays"),),
        document="diversion_report",
        basis="物业管理条例-60",
    ),
)
STEPS = tuple(waiting_for_the_owners(_STEPS))
#: The states between accepting and the reply, in which contact, progress and transfer are possible.
OPEN = tuple(dict.fromkeys(state for step in STEPS for state in (*step.sources, step.target) if state != "rework_due"))

#: Every state: what was reported is answered whenever the authority does.
EVERYWHERE = ("received", "return_pending", *OPEN, "concluded", "rework_due", *handling.ENDS)

PROPERTY = Workflow(
    "property",
    *with_fitting_ends(
        handling.shared_steps(first="accepted", open_states=OPEN, ready=tuple(READY), answers=("complaint_reply",))
    ),
    # The answer within five working days, whatever the end will be.
    *(
        Step(
            state,
            "complaint_replied",
            state,
            who=Role.HANDLER,
            form=schemas.ComplaintReply,
            repeatable=True,
            tells=(handling.CaseProgressed,),
            stops=("complaint_reply",),
            basis="滨州市住宅物业管理条例-53",
        )
        for state in OPEN
    ),
    *STEPS,
    # What was reported is answered, or the authority urged, wherever the case has gone meanwhile.
    *(
        step
        for state in EVERYWHERE
        for step in (
            Step(
                state,
                "report_urged",
                state,
                who=(Role.HANDLER, Role.REVIEWER),
                form=schemas.ReportUrging,
                guards=(firms.report_is_open,),
                change=firms.report_urged,
                repeatable=True,
                **REPORT,
            ),
            Step(
                state,
                "report_answered",
                state,
                who=(Role.HANDLER, Role.REVIEWER),
                form=schemas.ReportAnswer,
                guards=(firms.report_is_open,),
                change=firms.report_answered,
                repeatable=True,
                stops=("report_follow_up",),
                **REPORT,
            ),
            # What was paid for works that were stopped comes back to the owners' fund whenever it does.
            Step(
                state,
                "fund_money_given_back",
                state,
                who=Role.HANDLER,
                form=schemas.GivenBack,
                guards=(rules.act_is_not_ahead, funds.something_is_to_recover),
                change=funds.given_back,
                repeatable=True,
                basis="民法典-281",
            ),
            # Of changed rules, covenants or members authority and street are told in writing (山东 31).
            Step(
                state,
                "change_told",
                state,
                who=Role.HANDLER,
                form=schemas.ChangeTold,
                guards=(rules.act_is_not_ahead, votes.something_is_to_be_told),
                change=votes.changes_told,
                repeatable=True,
                stops=("change_notice",),
                basis="山东省物业管理条例-31",
            ),
            # The district decides on the points: its word replaces the street's.
            Step(
                state,
                "credit_mark_urged",
                state,
                who=(Role.HANDLER, Role.REVIEWER),
                form=schemas.MarkUrging,
                guards=(firms.mark_was_reported,),
                change=firms.mark_urged,
                repeatable=True,
                **MARK,
            ),
            Step(
                state,
                "credit_mark_answered",
                state,
                who=Role.REVIEWER,
                form=schemas.CreditAnswer,
                guards=(firms.mark_was_reported, firms.answer_fits_its_points),
                change=firms.mark_answered,
                stops=("credit_follow_up",),
                basis="山东省物业管理条例-52",
                **MARK,
            ),
        )
    ),
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=("report_follow_up", "credit_follow_up", "change_notice"),
)
