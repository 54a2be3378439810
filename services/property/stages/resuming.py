"""A result that was not accepted: the case goes on where it stood, and what was voted, approved or ordered is not done twice."""

from __future__ import annotations

from chassis import handling
from services.property import firms, votes
from services.property.stages.places import CHANGE

STEPS = (
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
)
