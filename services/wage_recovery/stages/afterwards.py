"""What a court goes on with when the resident has his reply already is put on record there."""

from __future__ import annotations

from dataclasses import replace

from services.wage_recovery import courts, debts
from services.wage_recovery.stages import enforcing, suing

#: Which steps these are, and from which state on they are made.
_FOLLOWED = {
    **dict.fromkeys(("court_asked", "lawsuit_accepted", "hearing_held", "judgment_made", "judgment_remanded"), "sued"),
    **dict.fromkeys(("appeal_withdrawn", "appeal_against_dismissal_withdrawn", "lawsuit_dismissed"), "sued"),
    **dict.fromkeys(("lawsuit_dismissed_finally", "lawsuit_withdrawn"), "sued"),
    **dict.fromkeys(("lawsuit_against_award_withdrawn", "lawsuit_against_rejection_withdrawn"), "sued"),
    **dict.fromkeys(("judgment_took_effect", "judgment_appealed"), "judged"),
    "enforcement_applied": "enforcement_due",
    **dict.fromkeys(
        (
            *("enforcement_filed", "enforcement_ended", "enforcement_ended_others_go_on"),
            *("enforcement_settled", "enforcement_settled_others_go_on"),
        ),
        "court_enforcing",
    ),
}
#: A court ends what it enforces also where all is paid, but nothing is left to agree on.
_OWED = dict.fromkeys(("enforcement_settled", "enforcement_settled_others_go_on"), (debts.somebody_is_owed,))

STEPS = tuple(
    replace(
        step,
        source=state,
        target=state,
        guards=(courts.court_has_it(_FOLLOWED[step.trigger]), *_OWED.get(step.trigger, ()), *step.guards),
    )
    for state in ("concluded", "closed")
    for step in (*suing.STEPS, *enforcing.STEPS)
    if _FOLLOWED.get(step.trigger) in step.sources
)
