"""A claim that is handled again goes on where it stood, by the titles, the court and the police it had."""

from __future__ import annotations

from chassis import handling
from services.wage_recovery import courts
from services.wage_recovery.stages.places import ENFORCEABLE


def _goes_on(
    taken: str, asked: str
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Let the time run on that a court, or the police, have since they took it in, or since they were asked."""
    lasts = ((taken, "court_took_it"), (asked, "court_was_asked"))
    return (taken, asked), lasts, ((taken, "court_since"), (asked, "court_since"))


#: Of what was agreed on in court: until it is to be performed, or from the last day that it gave to ask the court again.
_SETTLED = (("enforcement_settlement", "performed_since"), ("enforcement_application", "settled_since"))
_PERFORMED = tuple(clock for clock, _ in _SETTLED)
_WITHIN = ("enforcement_settlement", "performed_within")
_EACH = {
    "title_resumed": (("court_application", "decisions_wait"),),
    "enforcing_resumed": (("enforcement_term", "filed_since"), ("enforcement_follow_up", "asked_since"), *_SETTLED),
    "search_resumed": _SETTLED,
    "court_settlement_resumed": _SETTLED,
}
#: A rework goes on where the case stood: with the titles, the payments and the court that it had. Only a claim that is
#: registered anew begins anew.
STEPS = tuple(
    handling.resumed(
        trigger,
        target,
        handling.on_file(trigger, courts.RESUMED[trigger]),
        change=change,
        starts=starts,
        lasts=lasts,
        since=since,
        of=_EACH.get(trigger, ()),
    )
    for trigger, target, change, starts, lasts, since in (
        ("claim_resumed", "coordinated", None, (), (), ()),
        (
            *("title_resumed", "enforcement_due", courts.title_goes_on),
            ("enforcement_application", "court_application"),
            (("enforcement_application", "title_runs"),),
            ENFORCEABLE,
        ),
        (
            *("settlement_resumed", "settlement_performing", courts.settlement_goes_on, ("settlement",)),
            (("settlement", "settlement_days"),),
            (("settlement", "settlement_effective_on"),),
        ),
        (
            *("enforcing_resumed", "court_enforcing", courts.enforcing_goes_on, (*courts.AT_COURT, *_PERFORMED)),
            *((_WITHIN,), ()),
        ),
        ("court_settlement_resumed", "enforcement_settled", courts.search_goes_on, _PERFORMED, (_WITHIN,), ()),
        (
            *("search_resumed", "partly_paid", courts.search_goes_on, ("property_search", *_PERFORMED)),
            (("property_search", "may_resume"), _WITHIN),
            (("property_search", "searched_since"),),
        ),
        ("lawsuit_resumed", "sued", courts.suit_goes_on, *_goes_on("trial", "lawsuit_follow_up")),
        *(
            (trigger, target, courts.contested_from(name), (clock,), (), ((clock, "contested_from"),))
            for trigger, target, name, clock in (
                ("judgment_resumed", "judged", "judgment", "judgment_appeal"),
                ("dismissal_resumed", "judgment_refused", "judgment_refusal", "judgment_appeal"),
                ("award_resumed", "awarded", "award", "award_appeal"),
                ("rejection_resumed", "award_refused", "award_refusal", "award_appeal"),
            )
        ),
        ("police_resumed", "crime_transferred", courts.police_go_on, *_goes_on("criminal_case", "police_answer")),
    )
)
