"""A result that was not accepted: what was agreed binds all the same, and is not mediated anew."""

from __future__ import annotations

from chassis import handling
from services.mediation import rules

STEPS = (
    # A result that was not accepted: what was agreed binds all the same, and is not mediated from its application on.
    handling.resumed(
        "agreement_resumed",
        "not_performed",
        handling.on_file("agreement_resumed", rules.is_in_effect),
        # Of an agreement from before that was kept nothing is said: no court has confirmed it.
        change=lambda case, _form, _moment: {
            **rules.draft_laid_aside(case.details),
            "court_confirmed": bool(case.details.get("court_confirmed")),
        },
        starts=("limitation", "enforcement_application"),
        since=(("limitation", "limitation_from"), ("enforcement_application", "enforcement_from")),
        lasts=(("enforcement_application", "court_confirmed"),),
    ),
    handling.resumed(
        "visit_resumed",
        "performed",
        handling.on_file("visit_resumed", rules.was_performed),
        starts=("follow_up_visit",),
    ),
)
