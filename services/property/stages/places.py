"""Where a case may lie, which clocks belong together and what every vote keeps: what the stages share. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.property import rules, votes

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where an election that was lost leads back to.
LOST = {"first_election_lost": "group_formed", "reelection_lost": "reelection_due"}
#: What counts from the day on which a committee was elected (山东 30, 31, 32).
ELECTION_CLOCKS = ("decision_posting", "committee_filing", "committee_meeting")
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
CERTIFICATE_CLOCKS = ("filing_certificate", "urged_answer")
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
