"""A penalty is contested: in its time, beside a court that enforces it, and where the matter has gone on. Pure.

行政处罚法 73; 行政复议法 20, 62; 行政诉讼法 45, 46.
"""

from __future__ import annotations

from typing import Any, Final

from chassis.workflow import Role, Step
from services.enforcement import earlier, facts, misprints, notes, reading, rules, schemas
from services.enforcement.stages.places import (
    COLLECTING,
    CONTEST,
    DECIDED,
    EVERYWHERE,
    FOLLOWED_UP,
    LATER,
    PAYABLE,
    REMEDIES,
    REVIEW,
    TO_THE_EARLIER,
    reaches,
)

#: What a review needs, which clocks it starts, and how it ends for who has paid.
SOUGHT = (
    rules.remedy_is_in_time,
    reading.dated("sought_on", "decided_on"),
    reading.dated("accepted_on"),
    rules.accepted_after_sought,
)
REVIEWING: Final[dict[str, Any]] = {
    "starts": ("contest_followup", "reconsideration_decision", "reconsideration_simple"),
    "lasts": (("reconsideration_decision", "reviewed_at_length"), ("reconsideration_simple", "reviewed_simply")),
    "since": (("reconsideration_decision", "accepted_on"), ("reconsideration_simple", "accepted_on")),
    "basis": "行政处罚法-73",
}
RESULTS: Final[tuple[tuple[str, str, Any, Any, tuple[Any, ...]], ...]] = (
    ("decision_upheld", "performed", schemas.RemedyResult, notes.end_contest, ()),
    ("decision_changed", "performed", schemas.ChangedAmount, notes.lower_what_is_paid, ()),
    ("judgment_final", "performed", schemas.FinalJudgment, notes.lower_what_is_paid, (rules.judgment_is_of_a_court,)),
    ("decision_revoked", "revoked", schemas.RemedyResult, notes.revoke, ()),
)


def _then_a_suit(trigger: str) -> dict[str, Any]:
    """Return the fifteen days that are left to sue or appeal where a review leaves a decision standing (行政诉讼法 45, 85)."""
    if trigger not in {"decision_upheld", "decision_changed"}:
        return {}
    return {"starts": ("suit_after_review",), "since": (("suit_after_review", "received_on"),)}


STEPS = (
    *(
        step
        for state in DECIDED
        for step in (
            Step(
                state,
                "spot_decision_filed",
                state,
                who=Role.HANDLER,
                form=schemas.SpotFiling,
                guards=(rules.decided_on_the_spot, reading.dated("spot_filed_on", "decided_on")),
                change=reading.on("spot_filed_on"),
                stops=("spot_filing",),
                since=(("spot_filing", "spot_filed_on"),),
                document="spot_filing",
                basis="行政处罚法-52",
            ),
            Step(
                state,
                "fine_handed_in",
                state,
                who=Role.HANDLER,
                form=schemas.HandIn,
                guards=(rules.something_is_collected, reading.dated("handed_in_on", "paid_on")),
                change=reading.on("handed_in_on"),
                stops=("hand_in",),
                starts=("bank_in",),
                since=(("bank_in", "handed_in_on"), ("hand_in", "handed_in_on")),
                basis="行政处罚法-71",
            ),
            Step(
                state,
                "fine_banked",
                state,
                who=Role.HANDLER,
                form=schemas.BankIn,
                guards=(rules.something_is_handed_in, reading.dated("banked_on", "handed_in_on")),
                change=reading.on("banked_on"),
                stops=("bank_in",),
                since=(("bank_in", "banked_on"),),
                basis="行政处罚法-71",
            ),
        )
    ),
    *(
        Step(
            state,
            "misprint_corrected",
            state,
            who=Role.LEADER,
            form=schemas.Misprint,
            guards=(
                notes.a_decision_stands,
                rules.it_says_something_else,
                misprints.it_says_which_place,
                rules.served_by_the_book,
                reading.dated("corrected_on", "decided_on"),
            ),
            change=misprints.correct,
            repeatable=True,
            document="misprint_notice",
            serves=reaches("misprint_notice", "corrected_on", recipient="recipient"),
        )
        for state in (*PAYABLE, "performed", "paid_contested", "settled")
    ),
    Step(
        # Also who asks late: the law sets no time for it (行政处罚法 66); what was added so far stays.
        ("payment_due", "payment_overdue"),
        "instalments_granted",
        "instalments",
        who=Role.LEADER,
        form=schemas.Instalments,
        guards=(reading.dated("granted_on", "decided_on"),),
        change=notes.grant_time,
        stops=("payment",),
        starts=("instalment",),
        lasts=(("instalment", "days"),),
        since=(("instalment", "granted_on"),),
        basis="行政处罚法-66",
    ),
    Step(
        "payment_due",
        "payment_expired",
        "payment_overdue",
        who=Role.CLOCK,
        expires="payment",
        tells=(facts.PenaltyOverdue,),
        basis="行政处罚法-72",
    ),
    Step(
        "instalments",
        "instalments_over",
        "payment_overdue",
        who=Role.CLOCK,
        expires="instalment",
        tells=(facts.PenaltyOverdue,),
        basis="行政处罚法-72",
    ),
    *(
        Step(
            "payment_overdue",
            trigger,
            "enforceable",
            who=Role.CLOCK,
            expires=clock,
            change=notes.open_window,
            starts=("court_window",),
            since=(("court_window", "window_from"),),
            basis="行政强制法-53",
        )
        for trigger, clock in (("review_time_over", "review_first"), ("remedies_over", "remedies"))
    ),
    *(
        Step(
            state,
            "reconsideration_lapsed",
            state,
            who=Role.CLOCK,
            expires="reconsideration",
            change=notes.lapse_reconsideration,
            basis="行政复议法-20",
        )
        for state in ("payment_due", "instalments", "payment_overdue", "performed", "settled")
    ),
    *(
        Step(state, trigger, state, who=Role.CLOCK, expires=clock, basis=basis)
        for state in ("performed", "settled")
        for trigger, clock, basis in (
            ("remedies_over", "remedies", "行政诉讼法-46"),
            ("review_time_over", "review_first", "行政复议法-23"),
        )
    ),
    Step(
        ("performed", "settled"),
        "remedy_sought",
        "paid_contested",
        who=Role.HANDLER,
        form=schemas.Remedy,
        guards=(notes.no_contest_runs, *SOUGHT),
        change=notes.start_contest,
        stops=(*REMEDIES, "suit_after_review"),
        **REVIEWING,
    ),
    *(
        Step(
            "paid_contested",
            trigger,
            target,
            who=Role.HANDLER,
            form=form,
            guards=(*guards, reading.dated("received_on", "sought_on")),
            change=change,
            stops=CONTEST,
            **_then_a_suit(trigger),
        )
        for trigger, target, form, change, guards in RESULTS
    ),
    *(
        Step(
            state,
            "refunded",
            state,
            who=Role.HANDLER,
            form=schemas.Refund,
            guards=(rules.refund_is_owed,),
            change=notes.note_refund,
            repeatable=True,
        )
        for state in ("performed", "settled", "revoked")
    ),
    Step(
        "revoked",
        "ordered_anew",
        "investigating",
        who=Role.LEADER,
        form=schemas.OrderedAnew,
        guards=(
            rules.it_was_filed,
            rules.nothing_is_to_be_refunded,
            reading.dated("ordered_anew_on", "received_on"),
        ),
        change=notes.begin_anew,
        repeatable=True,
        starts=("penalty_decision",),
        lasts=(("penalty_decision", "days"),),
        since=(("penalty_decision", "ordered_anew_on"),),
        basis="行政复议法-64",
    ),
    Step(
        # Also where a court is to be asked: what was sought in time may come to hand later.
        (
            "payment_due",
            "instalments",
            "payment_overdue",
            "review_over",
            "enforceable",
            "demand_running",
            "court_ready",
        ),
        "remedy_sought",
        "contested",
        who=Role.HANDLER,
        form=schemas.Remedy,
        guards=SOUGHT,
        change=notes.start_contest,
        stops=("payment", "instalment", *REMEDIES, "suit_after_review", "court_window", "demand"),
        **REVIEWING,
    ),
    *(
        Step(
            state,
            "contest_followed_up",
            state,
            who=Role.CLOCK,
            expires="contest_followup",
            starts=("contest_followup",),
        )
        for state in ("contested", "paid_contested")
    ),
    *(
        Step(
            state,
            "reconsideration_prolonged",
            state,
            who=Role.HANDLER,
            form=schemas.ReviewLonger,
            guards=(rules.is_reconsidered,),
            change=notes.take_longer,
            stops=("reconsideration_decision",),
            starts=("reconsideration_longer",),
            lasts=(("reconsideration_longer", "more_days"),),
            since=(("reconsideration_longer", "review_until"),),
            basis="行政复议法-62",
        )
        for state in ("contested", "paid_contested")
    ),
    *(
        Step(
            "contested",
            trigger,
            "review_over",
            who=Role.HANDLER,
            form=form,
            guards=(reading.dated("received_on", "sought_on"),),
            change=notes.end_contest,
            stops=CONTEST,
            starts=("suit_after_review",),
            since=(("suit_after_review", "received_on"),),
            basis="行政诉讼法-45",
        )
        for trigger, form in (("decision_upheld", schemas.RemedyResult), ("decision_changed", schemas.ChangedAmount))
    ),
    Step(
        "review_over",
        "suit_time_over",
        "enforceable",
        who=Role.CLOCK,
        expires="suit_after_review",
        change=notes.open_window,
        starts=("court_window",),
        since=(("court_window", "window_from"),),
        basis="行政强制法-53",
    ),
    Step(
        "contested",
        "judgment_final",
        "enforceable",
        who=Role.HANDLER,
        form=schemas.FinalJudgment,
        guards=(rules.judgment_is_of_a_court, reading.dated("received_on", "sought_on")),
        change=notes.end_contest,
        stops=CONTEST,
        starts=("court_window",),
        since=(("court_window", "received_on"),),
        basis="行政强制法-53",
    ),
    Step(
        "contested",
        "decision_revoked",
        "revoked",
        who=Role.HANDLER,
        form=schemas.RemedyResult,
        guards=(reading.dated("received_on", "sought_on"),),
        change=notes.revoke,
        stops=CONTEST,
    ),
)


def _while_a_contest_runs(state: str) -> tuple[Step, ...]:
    """Ask how a review stands, and take it longer, wherever the case is meanwhile."""
    return (
        Step(
            state,
            "contest_followed_up",
            state,
            who=Role.CLOCK,
            expires="contest_followup",
            starts=("contest_followup",),
        ),
        Step(
            state,
            "reconsideration_prolonged",
            state,
            who=Role.HANDLER,
            form=schemas.ReviewLonger,
            guards=(notes.a_contest_runs, rules.is_reconsidered),
            change=notes.take_longer,
            stops=("reconsideration_decision",),
            starts=("reconsideration_longer",),
            lasts=(("reconsideration_longer", "more_days"),),
            since=(("reconsideration_longer", "review_until"),),
            basis="行政复议法-62",
        ),
    )


#: A review that a court has taken while another enforces, and one that was sought there and goes on when it is paid.
_AT_COURT = ("at_court", "court_enforcing", "unenforceable")
BESIDE_ENFORCING = tuple(
    step
    for state in (*_AT_COURT, "performed", "settled")
    for step in (
        *(
            Step(
                one,
                "remedy_sought",
                one,
                who=Role.HANDLER,
                form=schemas.Remedy,
                guards=(notes.no_contest_runs, *SOUGHT),
                change=notes.start_contest,
                stops=(*REMEDIES, "suit_after_review"),
                **REVIEWING,
            )
            for one in _AT_COURT
            if one == state
        ),
        *_while_a_contest_runs(state),
        *(
            Step(
                state,
                trigger,
                "revoked" if trigger == "decision_revoked" else state,
                who=Role.HANDLER,
                form=form,
                guards=(notes.a_contest_runs, *guards, reading.dated("received_on", "sought_on")),
                change=notes.end_contest if state in _AT_COURT and trigger != "decision_revoked" else change,
                stops=(*CONTEST, *COLLECTING, "court_objection") if trigger == "decision_revoked" else CONTEST,
                **_then_a_suit(trigger),
            )
            for trigger, _target, form, change, guards in RESULTS
        ),
    )
)
#: A payment that no step collects: of any decision where the matter has gone on, of an earlier one where the last is collected.
A_FINE_IS_UNPAID, NOTE_LATE = notes.paid_late(notes.penalties)
AN_EARLIER_FINE_IS_UNPAID, NOTE_EARLIER = notes.paid_late(notes.penalties_before)
#: What a decision is still contested by, and paid, where the matter has gone on or has ended.
AFTERWARDS = tuple(
    step
    for state in LATER
    for step in (
        Step(
            state,
            "remedy_sought",
            state,
            who=Role.HANDLER,
            form=schemas.Remedy,
            guards=(notes.a_decision_stands, notes.no_contest_runs, *SOUGHT),
            change=notes.start_contest,
            stops=(*REMEDIES, "suit_after_review"),
            **REVIEWING,
        ),
        *(
            Step(state, trigger, state, who=Role.CLOCK, expires=clock, basis=basis)
            for trigger, clock, basis in (
                ("reconsideration_lapsed", "reconsideration", "行政复议法-20"),
                ("remedies_over", "remedies", "行政诉讼法-46"),
                ("review_time_over", "review_first", "行政复议法-23"),
            )
        ),
        *_while_a_contest_runs(state),
        *(
            Step(
                state,
                trigger,
                state,
                who=Role.HANDLER,
                form=form,
                guards=(notes.a_contest_runs, *guards, reading.dated("received_on", "sought_on")),
                change=change,
                stops=CONTEST,
                **_then_a_suit(trigger),
            )
            for trigger, _target, form, change, guards in RESULTS
        ),
        Step(
            state,
            "refunded",
            state,
            who=Role.HANDLER,
            form=schemas.Refund,
            guards=(rules.refund_is_owed,),
            change=notes.note_refund,
            repeatable=True,
        ),
        Step(
            state,
            "fine_paid_late",
            state,
            who=Role.HANDLER,
            form=schemas.FinePaidLate,
            guards=(A_FINE_IS_UNPAID, reading.dated("paid_on")),
            change=NOTE_LATE,
            repeatable=True,
            basis="行政处罚法-72",
        ),
    )
)
#: What a court found no property for is looked for again also when the resident has his reply, until the fine is paid.
SEARCHED = (
    *(
        Step(
            state,
            "property_to_check",
            state,
            who=Role.CLOCK,
            expires="property_check",
            change=notes.look_again,
            starts=("property_check",),
            lasts=(("property_check", "property_is_sought"),),
        )
        for state in EVERYWHERE
        if state != "unenforceable"
    ),
    # It is put on record: what the court brings in is paid late.
    *(
        Step(
            state,
            "enforcement_resumed",
            state,
            who=Role.HANDLER,
            form=schemas.Resumed,
            guards=(notes.something_is_unpaid, notes.a_court_has_enforced, reading.dated("resumed_on", "applied_on")),
            repeatable=True,
            starts=("property_check",),
            since=(("property_check", "resumed_on"),),
        )
        for state in ("concluded", "closed")
    ),
)
#: A decision that another one has followed is contested by its own last days.
EARLIER = tuple(
    step
    for state in EVERYWHERE
    for step in (
        Step(
            state,
            "earlier_remedy_sought",
            state,
            who=Role.HANDLER,
            form=schemas.EarlierRemedy,
            guards=(
                earlier.a_decision_stands,
                earlier.remedy_is_in_time,
                reading.dated("sought_on"),
                reading.dated("accepted_on"),
                rules.accepted_after_sought,
            ),
            change=earlier.start_contest,
            repeatable=True,
            stops=(*REMEDIES, "suit_after_review"),
            starts=("earlier_followup", *REVIEW[:2]),
            lasts=(
                ("reconsideration_decision", "earlier_reviewed_at_length"),
                ("reconsideration_simple", "earlier_reviewed_simply"),
            ),
            since=(("earlier_followup", "sought_on"), *((clock, "accepted_on") for clock in REVIEW[:2])),
            of=TO_THE_EARLIER,
            basis="行政处罚法-73",
        ),
        Step(
            state,
            "earlier_followed_up",
            state,
            who=Role.CLOCK,
            expires="earlier_followup",
            starts=("earlier_followup",),
        ),
        Step(
            state,
            "earlier_review_prolonged",
            state,
            who=Role.HANDLER,
            form=schemas.EarlierReviewLonger,
            guards=(earlier.a_review_may_take_longer,),
            change=earlier.prolong,
            repeatable=True,
            stops=("reconsideration_decision",),
            starts=("reconsideration_longer",),
            lasts=(("reconsideration_longer", "more_days"),),
            since=(("reconsideration_longer", "earlier_review_until"),),
            of=TO_THE_EARLIER,
            basis="行政复议法-62",
        ),
        Step(
            state,
            "earlier_remedy_decided",
            state,
            who=Role.HANDLER,
            form=schemas.EarlierRemedyResult,
            guards=(earlier.a_review_runs, reading.dated("received_on")),
            change=earlier.end_contest,
            repeatable=True,
            stops=("earlier_followup", *REVIEW),
            # Others may still be waited for.
            starts=("earlier_followup", "suit_after_review"),
            lasts=(*FOLLOWED_UP, ("suit_after_review", "earlier_suit_runs")),
            since=(("suit_after_review", "received_on"),),
            of=TO_THE_EARLIER,
            basis="行政诉讼法-45",
        ),
        *(
            Step(
                one,
                "fine_paid_late",
                one,
                who=Role.HANDLER,
                form=schemas.FinePaidLate,
                guards=(AN_EARLIER_FINE_IS_UNPAID, reading.dated("paid_on")),
                change=NOTE_EARLIER,
                repeatable=True,
                basis="行政处罚法-72",
            )
            for one in {state} - {*LATER}
        ),
    )
)
