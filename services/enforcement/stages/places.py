"""Where a case may lie and which clocks belong together: what the stages share. Pure."""

from __future__ import annotations

from typing import Final

from chassis import handling
from chassis.workflow import Delivery
from services.enforcement import costs, forcing

#: Until a case is filed, the resident may take the appeal back and the case may go elsewhere.
UNFILED = ("clue", "inspected", "advised", "unfounded", "correction_due", "recheck_due", "corrected", "uncorrected")

#: The states from which the resident may be told the end.
READY = (
    "unfounded",
    "advised",
    "no_penalty",
    "exempted",
    "not_proven",
    "settled",
    "revoked",
    "unenforceable",
    "terminated",
    "authority_answered",
    "authority_silent",
)
HANDLING = (
    *UNFILED[1:],
    "investigating",
    "reported",
    "defence_open",
    "hearing_due",
    "hearing_called",
    "hearing_ready",
    "review_due",
    "to_decide",
    "decided",
    "payment_due",
    "instalments",
    "payment_overdue",
    "contested",
    "review_over",
    "enforceable",
    "demand_running",
    "court_ready",
    "at_court",
    "court_enforcing",
    "performed",
    "paid_contested",
    "with_authority",
    "authority_refused",
    *READY[2:],
)
#: The states in which a fine may still be paid.
PAYABLE = (
    "payment_due",
    "instalments",
    "payment_overdue",
    "contested",
    "review_over",
    "enforceable",
    "demand_running",
    "court_ready",
    "at_court",
    "court_enforcing",
    "unenforceable",
)
#: The clocks in which the party may contest a decision, whether it has paid or not.
REMEDIES = ("reconsideration", "remedies", "review_first")
#: What was decided on the spot goes to the reviewing body first (行政复议法 23), since 2024: which of the clocks run.
BY_LAW = (("reconsideration", "either_way"), ("remedies", "either_way"), ("review_first", "review_first"))
#: The clocks of a hearing.
HEARING = ("hearing_request", "hearing_notice")
#: The times in which a decision that forces something may be contested, from the day on which it was served, and of who
#: reviews it: each such decision has its own, under its number.
CONTESTABLE = ("reconsideration", "remedies")
CONTESTABLE_SINCE = tuple((clock, "measure_told_on") for clock in CONTESTABLE)
REVIEW = ("reconsideration_decision", "reconsideration_simple", "reconsideration_longer")
UNDER_ITS_NUMBER = tuple((clock, "measure_no") for clock in (*CONTESTABLE, "suit_after_review", *REVIEW))
#: The clocks of whoever reviews a decision.
CONTEST = ("contest_followup", *REVIEW)
#: The clocks of a court that is asked to enforce.
COURT = (
    *("court_acceptance", "court_ruling", "court_ruling_heard", "court_followup", "court_objection"),
    "higher_court",
)
#: Where another decision follows, the one before is contested, and reviewed, to its own end under its own number.
EARLIER = (*REMEDIES, "suit_after_review", *REVIEW)
TO_THE_EARLIER = tuple((clock, "earlier_no") for clock in EARLIER)
FOLLOWED_UP = (("earlier_followup", "earlier_reviews_left"),)
#: The clocks that end with the payment.
COLLECTING = (
    *("payment", "instalment", "demand", "court_window", *COURT),
    "property_check",
)
#: Where a penalty that was decided may lie.
DECIDED = (*PAYABLE, "performed", "paid_contested", "settled", "revoked", "terminated")
#: Where a case may lie in which it was decided whether to punish: the ninety days are over there.
SETTLED_IN_TIME = ("decided", *DECIDED, "exempted", "not_proven", "concluded", "closed")
#: The clocks in which the demand of the costs may be contested, and of whoever reviews it.
COST_REMEDIES = ("cost_reconsideration", "cost_remedies", "cost_suit_after_review")
COST_CONTEST = ("cost_contest_followup", "cost_review")
#: The clocks that end with the payment of the costs of what was done for the party.
COST_COLLECTING = (
    *("cost_payment", "cost_window", "cost_urging", "cost_followup"),
    *("cost_court_acceptance", "cost_court_ruling", "cost_court_objection", "cost_higher_court"),
)
COST_CLOCKS = (*COST_COLLECTING, *COST_REMEDIES, *COST_CONTEST)
#: What is still owed to the party, or by it, and contested by it, when the case has ended.
OWED_CLOCKS = (
    *("absent_notice", *COST_CLOCKS, *REMEDIES, *CONTEST, "suit_after_review", "earlier_followup"),
    *("measure_followup", "property_check"),
    # Things that are seized are decided on, an order to dismantle is contested, wherever the appeal has gone since.
    *("measure_report", "seizure", "seizure_longer", *forcing.DISMANTLING_REMEDIES, "dismantling_followup"),
)
#: Every state: what it has cost is owed to the body that did it, wherever the appeal has gone since.
EVERYWHERE = ("received", "return_pending", "clue", *HANDLING, "concluded", "rework_due", *handling.ENDS)
#: Where a decision of this case lies behind: what it is about goes on, or has ended (行政复议法 20; 行政诉讼法 46).
LATER = tuple(
    state
    for state in EVERYWHERE
    if state not in (*PAYABLE, "decided", "performed", "settled", "paid_contested", "revoked")
)
#: What nobody ends a case, or passes it on, without.
DUES = (costs.the_absent_party_was_told, costs.costs_are_settled, costs.no_review_runs)
#: Where things may lie that nobody has approved to seize: also where a letter has ended the case meanwhile.
UNAPPROVED = ("returned", "transferred", "withdrawn", "inspected", "investigating")
#: From the filing to the decision: here the ninety days run.
COUNTED = (
    "investigating",
    "reported",
    "defence_open",
    "hearing_due",
    "hearing_called",
    "hearing_ready",
    "review_due",
    "to_decide",
)


#: The register's words for the ways in which a paper is served here.
_WAYS: Final = {
    "": "in_person",
    "on_the_spot": "in_person",
    "direct": "in_person",
    "left": "left_behind",
    "entrusted_service": "by_another",
    "mail": "by_post",
    "announcement": "by_notice",
}


def reaches(document: str, on: str, *, way: str = "delivery", recipient: str = "") -> Delivery:
    """Say that a step's form tells how a document was served (行政处罚法 61)."""
    return Delivery(document=document, on=on, way=way, recipient=recipient, note="delivery_note", ways=_WAYS)


def handed_over(document: str, on: str, *, recipient: str = "") -> Delivery:
    """Say that a document is handed over where and when it is made (行政处罚法 52, 行政强制法 24)."""
    return Delivery(document=document, on=on, recipient=recipient, ways=_WAYS)
