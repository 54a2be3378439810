"""Where a claim may lie and which clocks belong together: what the stages share. Pure."""

from __future__ import annotations

from typing import Any

from chassis import handling
from services.wage_recovery import courts

#: From here on it is known who is owed how much.
ROSTERED = ("liable_party_due", "evidence_due", "coordination_due")
CLAIMING = ("roster_due", *ROSTERED)
INSPECTION = ("inspection_pending", "inspection_overdue")
INVESTIGATION = ("investigating", "investigation_overdue")
DECISION = ("decision_pending", "decision_overdue")
ARBITRATION = ("arbitration_pending", "arbitration_overdue")
PAYMENT_ORDER = ("payment_order_pending", "payment_order_overdue")
ENFORCEMENT = ("court_enforcing", "enforcement_overdue")
POLICE = ("crime_transferred", "crime_overdue")
LAWSUIT = ("sued", "sued_overdue")
CONFIRMATION = ("confirmation_pending", "confirmation_overdue")
#: The same before the arbitration commission.
ARBITRAL = ("arbitral_confirmation_pending", "arbitral_confirmation_overdue")
#: Wherever wages may be paid, whoever is at work on it.
PAYABLE = (
    "coordinated",
    "mediating",
    "settlement_performing",
    *CONFIRMATION,
    *ARBITRAL,
    "confirmation_refused",
    "settlement_broken",
    *INSPECTION,
    *INVESTIGATION,
    *DECISION,
    "ordered_to_pay",
    "compensation_due",
    "enforcement_due",
    *ENFORCEMENT,
    "enforcement_settled",
    *ARBITRATION,
    "awarded",
    "award_refused",
    *PAYMENT_ORDER,
    "payment_order_issued",
    *POLICE,
    *LAWSUIT,
    "judged",
    "judgment_refused",
)
#: All that an authority, a payer or a court is waited for with; payment ends them.
CLOCKS = (
    "labour_mediation",
    "settlement",
    "inspection_acceptance",
    "inspection_investigation",
    "investigation_extension",
    "inspection_decision",
    "order_to_pay",
    "arbitration_acceptance",
    "arbitration_award",
    "award_appeal",
    "award_setting_aside",
    "lawsuit_after_setting_aside",
    "payment_order_issue",
    "payment_order_objection",
    "arbitration_extension",
    "enforcement_application",
    "order_reconsideration",
    "order_suit",
    "decision_reconsideration",
    "decision_suit",
    "guarantee_payment",
    "enforcement_follow_up",
    "follow_up",
    "court_application",
    "lawsuit_follow_up",
    "judgment_appeal",
    "judicial_confirmation",
    "confirmation_acceptance",
    "confirmation_review",
    "arbitral_confirmation",
    "arbitral_confirmation_acceptance",
    "arbitral_confirmation_review",
    "trial",
    "enforcement_term",
    "enforcement_settlement",
    "property_search",
    "group_report",
    "fund_answer",
)
#: Of these, what was asked of others beside the claim and is still to come when the resident has his reply.
ASKED = ("guarantee_payment", "fund_answer")
#: A court that has the claim when the resident gets his reply goes on, and so do these.
IN_COURT = (
    *("lawsuit_follow_up", "trial", "follow_up", "judgment_appeal"),
    *("enforcement_application", *courts.COURTS_OWN, "property_search"),
)
#: Within these a settlement may be confirmed.
CONFIRMABLE = ("judicial_confirmation", "arbitral_confirmation")
#: What the arrears leave behind, and neither payment nor reply ends: the list of defaulters, an empty guarantee, the police.
LEFT_BEHIND = (
    *("blacklist", "list_answer", "serious_answer", "guarantee_top_up", "fund_recovery", "police_answer"),
    "criminal_case",
)
#: Whoever waits for the commission, or for what may be done about its award.
ARBITRATING = (
    "arbitration_acceptance",
    "arbitration_award",
    "arbitration_extension",
    "award_appeal",
    "award_setting_aside",
    "lawsuit_after_setting_aside",
)
#: Where nobody goes on: the workers do not want to, or the time to ask a court is over. Payment is taken all the same.
GIVEN_UP = ("not_pursued", "window_missed")
NOT_OWED = ("not_wages", "unfounded")
NOT_PAID = (*NOT_OWED, "partly_paid", *GIVEN_UP)
#: What is left unpaid is looked after also when the resident has his reply.
AFTERWARDS = ("partly_paid", "concluded", "closed")
OPEN = (*CLAIMING, *PAYABLE, "paid", *NOT_PAID)
#: What others were asked beside the claim goes on wherever the claim and the appeal are, also in another round.
EVERYWHERE = ("received", "return_pending", "accepted", *OPEN, "concluded", "rework_due", *handling.ENDS)
#: The decision upon each payer has its own times to be contested, and from when it stands the authority its own to ask a court.
CONTESTED = ("decision_reconsideration", "decision_suit")
DECIDED = ("court_application", *CONTESTED)
DECISIONS: dict[str, Any] = {
    "starts": DECIDED,
    "lasts": (("decision_suit", "months_to_sue"),),
    "since": (("court_application", "decision_stands_on"), *((clock, "served_on") for clock in CONTESTED)),
    "of": tuple((clock, "decision_named") for clock in DECIDED),
}
#: With a decision end its own times, and those of the court that enforces it; others' run on.
FALLS: tuple[str, ...] = (*DECIDED, *courts.COURTS_OWN, "enforcement_application")
FALLEN = tuple((clock, "decision_named") for clock in FALLS)
#: Each thing that a court enforces has its own time there, and each order and decision its own: wherever all of them end,
#: each does.
ORDERED = ("order_reconsideration", "order_suit")
OWN = (*courts.COURTS_OWN, *DECIDED, *ORDERED, "enforcement_application")
#: The two years to ask a court are about nothing more where they are those of the workers' own title.
OF_THE_TITLE = (("enforcement_application", ""),)
#: A title is enforced from the day on which it can be, and a settlement confirmed from the day on which it takes effect.
ENFORCEABLE = (("enforcement_application", "enforceable_since"),)
OF_THE_SETTLEMENT = tuple((clock, "settlement_effective_on") for clock in CONFIRMABLE)
