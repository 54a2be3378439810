"""Where a case may lie and which clocks belong together: what the stages share. Pure."""

from __future__ import annotations

from chassis import handling

#: From registration until the agreement: here mediation may end without one at any time.
MEDIATING = (
    "registered",
    "rights_notified",
    "investigating",
    "appraising",
    "in_session",
    "period_over",
    "agreement_drafted",
)
PERFORMING = ("performing", "performance_due", "breached", "urged")
COURT = ("confirmation_pending", "court_overdue")
#: Where a case may lie for years, so that the parties' own times run out there; one that is over before is noted here.
LYING = (*PERFORMING, "not_performed")
#: Where what was agreed is still to be performed, and may be late.
OWED = (*LYING, *COURT)
OUTSIDER_CLOCKS = ("outsider_challenge", "outsider_objection")
#: From here the case can be concluded without an agreement that was performed.
UNSETTLED = ("ineligible", "refused", "terminated", "remedies_told")
OPEN = (
    "consent_due",
    *MEDIATING,
    *PERFORMING,
    *COURT,
    "confirmation_refused",
    "not_performed",
    "performed",
    "followed_up",
    *UNSETTLED,
)
#: What does not end with the case: an outsider's year, a danger, an authority that was informed.
EVERYWHERE = ("received", "return_pending", "accepted", *OPEN, "concluded", "rework_due", *handling.ENDS)
