"""The party is told, says something, is heard; its case is reviewed (行政处罚法 44, 45, 57, 58, 62 to 65)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.enforcement import facts, notes, reading, rules, schemas, statements
from services.enforcement.stages.places import EVERYWHERE, reaches

STEPS = (
    Step(
        # Also anew, such as into the hands of who was looked for by an announcement.
        ("reported", "defence_open", "to_decide"),
        "prenotice_served",
        "defence_open",
        who=Role.LEADER,
        form=schemas.Prenotice,
        guards=(
            rules.act_is_ours,
            rules.excess_was_measured,
            rules.may_be_punished,
            rules.basis_is_of_the_lawful_version,
            rules.fine_is_in_band,
            rules.penalty_is_of_the_act,
            rules.hearing_right_is_told,
            rules.served_by_the_book,
            reading.dated("noticed_on", "filed_on"),
        ),
        change=reading.served("noticed_on", notes.note_notice),
        starts=("hearing_request",),
        since=(("hearing_request", "reached_on"),),
        tells=(facts.PenaltyNoticed,),
        document="penalty_prenotice",
        serves=reaches("penalty_prenotice", "noticed_on", recipient="recipient"),
        basis="行政处罚法-44",
    ),
    *(
        step
        for state in EVERYWHERE
        # What it says to a notice of the penalty, or to a demand of what it owes.
        for basis in ("行政处罚法-45" if state in ("defence_open", "to_decide") else "行政强制法-36",)
        for step in (
            Step(
                state,
                "statement_made",
                state,
                who=Role.HANDLER,
                form=schemas.Statement,
                guards=(statements.a_paper_is_answered, reading.dated("said_at")),
                change=statements.keep,
                repeatable=True,
                document="statement_record",
                basis=basis,
            ),
            Step(
                state,
                "statement_reviewed",
                state,
                who=Role.REVIEWER,
                form=schemas.StatementReview,
                guards=(statements.one_is_reviewed,),
                change=statements.review,
                apart=("statement_made",),
                repeatable=True,
                basis=basis,
            ),
        )
    ),
    Step("defence_open", "hearing_time_over", "to_decide", who=Role.CLOCK, expires="hearing_request"),
    Step(
        "defence_open",
        "defence_waived",
        "to_decide",
        who=Role.HANDLER,
        form=schemas.DefenceWaiver,
        guards=(reading.dated("waived_on", "noticed_on"),),
        change=reading.on("waived_on"),
        stops=("hearing_request",),
        basis="行政处罚法-62",
    ),
    Step(
        # Also after the five days: what was asked for in time may come to hand later.
        ("defence_open", "to_decide"),
        "hearing_requested",
        "hearing_due",
        who=Role.HANDLER,
        form=schemas.HearingRequest,
        guards=(
            rules.hearing_was_offered,
            rules.hearing_is_asked_for_in_time,
            reading.dated("requested_on", "noticed_on"),
        ),
        change=reading.on("requested_on"),
        stops=("hearing_request",),
        basis="行政处罚法-64",
    ),
    Step(
        ("hearing_due", "hearing_called", "hearing_ready"),
        "hearing_called",
        "hearing_called",
        who=Role.LEADER,
        form=schemas.HearingCall,
        guards=(
            rules.chair_did_not_investigate,
            rules.closed_hearing_has_its_reason,
            rules.hearing_is_called_ahead,
            rules.served_by_the_book,
            reading.dated("called_on", "requested_on"),
        ),
        change=reading.served("called_on", notes.call_hearing),
        starts=("hearing_notice",),
        since=(("hearing_notice", "reached_on"),),
        document="hearing_notice",
        serves=reaches("hearing_notice", "called_on"),
        basis="行政处罚法-64",
    ),
    Step("hearing_called", "hearing_notice_over", "hearing_ready", who=Role.CLOCK, expires="hearing_notice"),
    Step(
        "hearing_ready",
        "hearing_held",
        "review_due",
        who=Role.HANDLER,
        form=schemas.HearingRecord,
        guards=(rules.hearing_is_held_when_called, reading.dated("held_on", "called_on")),
        change=notes.note_hearing,
        tells=(facts.HearingHeld,),
        document="hearing_record",
        basis="行政处罚法-64",
    ),
    *(
        Step(
            state,
            "hearing_reported",
            state,
            who=Role.REVIEWER,
            form=schemas.HearingReport,
            guards=(rules.a_hearing_was_held, reading.dated("reported_on", "held_on")),
            change=reading.on("reported_on"),
            document="hearing_report",
            basis="行政处罚法-65",
        )
        for state in ("review_due", "to_decide")
    ),
    # Who takes its request back need not be called first, nor waited for.
    Step(
        ("hearing_due", "hearing_called", "hearing_ready"),
        "hearing_abandoned",
        "to_decide",
        who=Role.HANDLER,
        form=schemas.HearingAbandoned,
        guards=(rules.nobody_came_when_called, reading.dated("abandoned_on", "requested_on")),
        change=notes.abandon_hearing,
        stops=("hearing_notice",),
        basis="行政处罚法-64",
    ),
    Step(
        ("review_due", "to_decide"),
        "legal_review_passed",
        "to_decide",
        who=Role.REVIEWER,
        form=schemas.LegalReview,
        guards=(rules.reviewer_did_not_investigate, rules.hearing_is_reported, statements.it_is_on_file),
        change=statements.judged(notes.review_passed),
        document="legal_review",
        basis="行政处罚法-58",
    ),
    Step(
        ("reported", "review_due", "to_decide"),
        "legal_review_failed",
        "investigating",
        who=Role.REVIEWER,
        form=schemas.LegalReview,
        guards=(rules.reviewer_did_not_investigate, statements.it_is_on_file),
        change=statements.judged(notes.review_failed),
        document="legal_review",
        basis="行政处罚法-58",
    ),
    Step(
        "to_decide",
        "group_discussed",
        "to_decide",
        who=Role.LEADER,
        form=schemas.GroupDiscussion,
        document="group_discussion",
        basis="行政处罚法-57",
    ),
)
