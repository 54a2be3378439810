"""The procedure of enforcement, from the clue to the end of a penalty.

clue -> inspected -> correction_due -> corrected -> no_penalty
           |              |  recheck_due -> uncorrected
           +------> investigating <--------------+
                         |
   reported -> defence_open -> to_decide -> decided -> payment_due -> performed -> settled
                  hearing ----^              payment_overdue -> enforceable -> court
"""

from __future__ import annotations

from dataclasses import replace

from chassis import handling
from chassis.workflow import Role, Step, Workflow
from services.enforcement import facts, rules, schemas

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
REMEDIES = ("reconsideration", "remedies")
#: The clocks that end with the payment.
COLLECTING = (
    "payment",
    "instalment",
    "suit_after_review",
    "demand",
    "court_window",
    "court_followup",
    "contest_followup",
)
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

_SEEN = (
    Step(
        ("clue", "inspected"),
        "inspected",
        "inspected",
        who=Role.HANDLER,
        form=schemas.Inspection,
        guards=(rules.officers_are_certified,),
        change=rules.note_scene,
        repeatable=True,
        tells=(facts.SceneInspected,),
        document="site_record",
        basis="行政处罚法-42",
    ),
    Step("inspected", "no_violation_found", "unfounded", who=Role.HANDLER, form=schemas.NoViolation),
    Step("inspected", "advised", "advised", who=Role.HANDLER, form=schemas.Advice, basis="滨州市城镇容貌条例-48"),
    Step(
        ("inspected", "uncorrected"),
        "correction_ordered",
        "correction_due",
        who=Role.HANDLER,
        form=schemas.CorrectionOrder,
        change=rules.set_correct_by,
        starts=("correction",),
        lasts=(("correction", "days"),),
        tells=(facts.CorrectionOrdered,),
        document="correction_order",
        basis="行政处罚法-28",
    ),
    Step(
        "inspected",
        "fined_on_the_spot",
        "payment_due",
        who=Role.HANDLER,
        form=schemas.PenaltyOnTheSpot,
        guards=(
            rules.act_is_ours,
            rules.power_is_valid,
            rules.officers_are_certified,
            rules.excess_was_measured,
            rules.on_the_spot_is_enough,
            rules.fine_is_in_band,
        ),
        change=rules.set_fine_on_the_spot,
        starts=("payment", *REMEDIES),
        tells=(facts.PenaltyDecided,),
        document="decision_on_the_spot",
        basis="行政处罚法-51",
    ),
    Step(
        "inspected",
        "warned_on_the_spot",
        "performed",
        who=Role.HANDLER,
        form=schemas.WarningOnTheSpot,
        guards=(rules.act_is_ours, rules.power_is_valid, rules.officers_are_certified),
        change=rules.set_fine,
        starts=REMEDIES,
        tells=(facts.PenaltyDecided,),
        document="decision_on_the_spot",
        basis="行政处罚法-51",
    ),
    Step(
        ("inspected", "corrected", "uncorrected"),
        "filed",
        "investigating",
        who=Role.LEADER,
        form=schemas.Filing,
        guards=(rules.officers_are_certified, rules.power_is_valid, rules.is_not_time_barred),
        change=rules.file_case,
        starts=("penalty_decision",),
        tells=(facts.PenaltyCaseFiled,),
        document="filing_approval",
        basis="行政处罚法-54",
    ),
)
_CORRECTING = (
    Step(
        "correction_due",
        "correction_expired",
        "recheck_due",
        who=Role.CLOCK,
        expires="correction",
        starts=("recheck",),
    ),
    Step(
        ("correction_due", "recheck_due"),
        "found_corrected",
        "corrected",
        who=Role.HANDLER,
        form=schemas.Recheck,
        guards=(rules.officers_are_certified, rules.every_item_is_done, rules.photos_are_new),
        stops=("correction", "recheck"),
        tells=(facts.CorrectionFound,),
        document="recheck_record",
    ),
    Step(
        "recheck_due",
        "found_uncorrected",
        "uncorrected",
        who=Role.HANDLER,
        form=schemas.FailedRecheck,
        guards=(rules.officers_are_certified,),
        stops=("recheck",),
        tells=(facts.CorrectionMissed,),
        document="recheck_record",
    ),
    Step(
        "corrected",
        "penalty_waived",
        "no_penalty",
        who=Role.LEADER,
        form=schemas.Waiver,
        guards=(rules.waiver_fits,),
        document="no_penalty_decision",
        basis="行政处罚法-33",
    ),
    *(
        Step(state, "upkeep_recorded", state, who=Role.HANDLER, form=schemas.Upkeep, repeatable=True)
        for state in ("correction_due", "corrected", "no_penalty", "settled", "concluded", "closed")
    ),
)
_INVESTIGATING = (
    Step(
        "investigating",
        "inspected",
        "investigating",
        who=Role.HANDLER,
        form=schemas.Inspection,
        guards=(rules.officers_are_certified,),
        change=rules.note_scene,
        repeatable=True,
        tells=(facts.SceneInspected,),
        document="site_record",
        basis="行政处罚法-55",
    ),
    *(
        step
        for state in COUNTED
        for step in (
            Step(
                state,
                "time_excluded",
                state,
                who=Role.LEADER,
                form=schemas.Exclusion,
                guards=(rules.nothing_is_excluded, rules.exclusion_has_its_reason),
                change=rules.begin_exclusion,
                repeatable=True,
                suspends=("penalty_decision",),
                document="exclusion_approval",
                basis="行政处罚法-60",
            ),
            Step(
                state,
                "time_counted_again",
                state,
                who=Role.HANDLER,
                form=schemas.ExclusionEnd,
                guards=(rules.something_is_excluded,),
                change=rules.end_exclusion,
                repeatable=True,
                resumes=("penalty_decision",),
                basis="行政处罚法-60",
            ),
        )
    ),
    *(
        Step(
            state,
            "questioned",
            state,
            who=Role.HANDLER,
            form=schemas.Questioning,
            guards=(rules.officers_are_certified,),
            repeatable=True,
            document="interview_record",
            basis="行政处罚法-55",
        )
        for state in ("inspected", "investigating")
    ),
    Step(
        "investigating",
        "evidence_added",
        "investigating",
        who=Role.HANDLER,
        form=schemas.Evidence,
        repeatable=True,
        basis="行政处罚法-46",
    ),
    Step(
        "investigating",
        "evidence_held",
        "investigating",
        who=Role.LEADER,
        form=schemas.Hold,
        change=rules.hold,
        repeatable=True,
        starts=("evidence_hold",),
        document="evidence_hold_notice",
        basis="行政处罚法-56",
    ),
    Step(
        "investigating",
        "evidence_released",
        "investigating",
        who=Role.HANDLER,
        form=schemas.Release,
        guards=(rules.something_is_held,),
        change=rules.release,
        repeatable=True,
        stops=("evidence_hold",),
        document="evidence_decision",
        basis="行政处罚法-56",
    ),
    Step(
        "investigating",
        "goods_seized",
        "investigating",
        who=Role.LEADER,
        form=schemas.Seizure,
        change=rules.seize,
        repeatable=True,
        starts=("seizure",),
        lasts=(("seizure", "seizure_begins"),),
        document="seizure_decision",
        basis="行政强制法-25",
    ),
    *(
        step
        for state in ("investigating", "reported", "to_decide")
        for step in (
            Step(
                state,
                "seizure_prolonged",
                state,
                who=Role.LEADER,
                form=schemas.SeizureLonger,
                guards=(rules.something_is_seized, rules.nothing_is_tested, rules.seizure_is_prolonged_once),
                change=rules.prolong,
                starts=("seizure_longer",),
                lasts=(("seizure_longer", "seizure_days"),),
                stops=("seizure",),
                document="seizure_extension",
                basis="行政强制法-25",
            ),
            Step(
                state,
                "things_sent_to_test",
                state,
                who=Role.LEADER,
                form=schemas.Testing,
                guards=(rules.something_is_seized, rules.nothing_is_tested),
                change=rules.begin_testing,
                repeatable=True,
                suspends=("seizure", "seizure_longer"),
                document="testing_notice",
                basis="行政强制法-25",
            ),
            Step(
                state,
                "things_tested",
                state,
                who=Role.HANDLER,
                form=schemas.TestResult,
                guards=(rules.something_is_tested,),
                change=rules.end_testing,
                repeatable=True,
                resumes=("seizure", "seizure_longer"),
                basis="行政强制法-25",
            ),
            Step(
                state,
                "goods_released",
                state,
                who=Role.HANDLER,
                form=schemas.Release,
                guards=(rules.something_is_seized,),
                change=rules.give_back,
                repeatable=True,
                stops=("seizure", "seizure_longer"),
                document="seizure_outcome",
                basis="行政强制法-25",
            ),
        )
    ),
    Step(
        "investigating",
        "investigation_closed",
        "reported",
        who=Role.HANDLER,
        form=schemas.Report,
        guards=(rules.officers_are_certified, rules.nothing_is_held),
        change=rules.begin_review,
        document="investigation_report",
        basis="行政处罚法-57",
    ),
    Step("reported", "investigation_reopened", "investigating", who=Role.LEADER, form=schemas.NotProven),
)
_DEFENCE = (
    Step(
        ("reported", "to_decide"),
        "prenotice_served",
        "defence_open",
        who=Role.LEADER,
        form=schemas.Prenotice,
        guards=(
            rules.act_is_ours,
            rules.excess_was_measured,
            rules.may_be_punished,
            rules.fine_is_in_band,
            rules.hearing_right_is_told,
        ),
        change=rules.note_notice,
        starts=("hearing_request",),
        tells=(facts.PenaltyNoticed,),
        document="penalty_prenotice",
        basis="行政处罚法-44",
    ),
    *(
        step
        for state in ("defence_open", "to_decide", "demand_running", "court_ready")
        for step in (
            Step(
                state,
                "statement_made",
                state,
                who=Role.HANDLER,
                form=schemas.Statement,
                repeatable=True,
                document="statement_record",
                basis="行政处罚法-45",
            ),
            Step(
                state,
                "statement_reviewed",
                state,
                who=Role.REVIEWER,
                form=schemas.StatementReview,
                repeatable=True,
                basis="行政处罚法-45",
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
        change=rules.note_waiver,
        stops=("hearing_request",),
        basis="行政处罚法-62",
    ),
    Step(
        "defence_open",
        "hearing_requested",
        "hearing_due",
        who=Role.HANDLER,
        form=schemas.HearingRequest,
        guards=(rules.hearing_was_offered,),
        stops=("hearing_request",),
        basis="行政处罚法-64",
    ),
    Step(
        "hearing_due",
        "hearing_called",
        "hearing_called",
        who=Role.LEADER,
        form=schemas.HearingCall,
        guards=(rules.chair_did_not_investigate,),
        starts=("hearing_notice",),
        document="hearing_notice",
        basis="行政处罚法-64",
    ),
    Step("hearing_called", "hearing_notice_over", "hearing_ready", who=Role.CLOCK, expires="hearing_notice"),
    Step(
        "hearing_ready",
        "hearing_held",
        "review_due",
        who=Role.HANDLER,
        form=schemas.HearingRecord,
        tells=(facts.HearingHeld,),
        document="hearing_record",
        basis="行政处罚法-64",
    ),
    Step("hearing_ready", "hearing_abandoned", "to_decide", who=Role.HANDLER, form=schemas.HearingAbandoned),
    Step(
        ("review_due", "to_decide"),
        "legal_review_passed",
        "to_decide",
        who=Role.REVIEWER,
        form=schemas.LegalReview,
        guards=(rules.reviewer_did_not_investigate,),
        change=rules.review_passed,
        document="legal_review",
        basis="行政处罚法-58",
    ),
    Step(
        ("review_due", "to_decide"),
        "legal_review_failed",
        "investigating",
        who=Role.REVIEWER,
        form=schemas.LegalReview,
        guards=(rules.reviewer_did_not_investigate,),
        change=rules.review_failed,
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
_DECIDING = (
    Step(
        "to_decide",
        "penalised",
        "decided",
        who=Role.LEADER,
        form=schemas.Decision,
        guards=(
            rules.act_is_ours,
            rules.power_is_valid,
            rules.may_be_punished,
            rules.nothing_is_seized,
            rules.statements_were_reviewed,
            rules.is_not_heavier_than_noticed,
            rules.fine_is_in_band,
            rules.legal_review_passed_if_due,
            rules.group_discussed_if_due,
        ),
        change=rules.set_fine,
        starts=("serving",),
        stops=("penalty_decision",),
        tells=(facts.PenaltyDecided,),
        document="penalty_decision",
        basis="行政处罚法-57",
    ),
    Step(
        ("reported", "to_decide"),
        "exempted",
        "exempted",
        who=Role.LEADER,
        form=schemas.Exemption,
        guards=(rules.nothing_is_seized, rules.statements_were_reviewed),
        stops=("penalty_decision",),
        document="no_penalty_decision",
        basis="行政处罚法-33",
    ),
    Step(
        ("reported", "to_decide"),
        "not_proven",
        "not_proven",
        who=Role.LEADER,
        form=schemas.NotProven,
        guards=(rules.nothing_is_seized,),
        stops=("penalty_decision",),
        document="not_proven_decision",
        basis="行政处罚法-57",
    ),
    Step(
        "decided",
        "served",
        "payment_due",
        who=Role.HANDLER,
        form=schemas.Serving,
        guards=(rules.electronic_service_is_agreed, rules.left_behind_is_witnessed),
        change=rules.set_pay_by,
        stops=("serving",),
        starts=("payment", *REMEDIES),
        document="proof_of_service",
        basis="行政处罚法-61",
    ),
)
_COLLECTING = (
    Step(
        PAYABLE,
        "performed",
        "performed",
        who=Role.HANDLER,
        form=schemas.Payment,
        guards=(rules.payment_covers, rules.collected_lawfully),
        change=rules.note_payment,
        stops=COLLECTING,
        tells=(facts.PenaltyPerformed,),
        basis="行政处罚法-67",
    ),
    Step(
        "payment_due",
        "instalments_granted",
        "instalments",
        who=Role.LEADER,
        form=schemas.Instalments,
        change=rules.grant_time,
        stops=("payment",),
        starts=("instalment",),
        lasts=(("instalment", "days"),),
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
    Step(
        "payment_overdue",
        "remedies_over",
        "enforceable",
        who=Role.CLOCK,
        expires="remedies",
        starts=("court_window",),
        basis="行政强制法-53",
    ),
    *(
        Step(
            state,
            "reconsideration_lapsed",
            state,
            who=Role.CLOCK,
            expires="reconsideration",
            change=rules.lapse_reconsideration,
            basis="行政复议法-20",
        )
        for state in ("payment_due", "instalments", "payment_overdue", "performed", "settled")
    ),
    *(
        Step(state, "remedies_over", state, who=Role.CLOCK, expires="remedies", basis="行政诉讼法-46")
        for state in ("performed", "settled")
    ),
    Step(
        ("performed", "settled"),
        "remedy_sought",
        "paid_contested",
        who=Role.HANDLER,
        form=schemas.Remedy,
        guards=(rules.remedy_is_in_time,),
        change=rules.start_contest,
        stops=REMEDIES,
        starts=("contest_followup",),
        basis="行政复议法-20",
    ),
    *(
        Step(
            "paid_contested",
            trigger,
            target,
            who=Role.HANDLER,
            form=form,
            guards=guards,
            change=change,
            stops=("contest_followup",),
        )
        for trigger, target, form, change, guards in (
            ("decision_upheld", "performed", schemas.RemedyResult, rules.end_contest, ()),
            ("decision_changed", "performed", schemas.ChangedAmount, rules.lower_what_is_paid, ()),
            (
                "judgment_final",
                "performed",
                schemas.FinalJudgment,
                rules.lower_what_is_paid,
                (rules.judgment_is_of_a_court,),
            ),
            ("decision_revoked", "revoked", schemas.RemedyResult, rules.revoke, ()),
        )
    ),
    *(
        Step(
            state,
            "refunded",
            state,
            who=Role.HANDLER,
            form=schemas.Refund,
            guards=(rules.refund_is_owed,),
            change=rules.note_refund,
            repeatable=True,
        )
        for state in ("performed", "settled", "revoked")
    ),
    Step(
        ("payment_due", "instalments", "payment_overdue", "review_over"),
        "remedy_sought",
        "contested",
        who=Role.HANDLER,
        form=schemas.Remedy,
        guards=(rules.remedy_is_in_time,),
        change=rules.start_contest,
        stops=("payment", "instalment", *REMEDIES, "suit_after_review"),
        starts=("contest_followup",),
        basis="行政处罚法-73",
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
            "contested",
            trigger,
            "review_over",
            who=Role.HANDLER,
            form=form,
            change=rules.end_contest,
            stops=("contest_followup",),
            starts=("suit_after_review",),
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
        starts=("court_window",),
        basis="行政强制法-53",
    ),
    Step(
        "contested",
        "judgment_final",
        "enforceable",
        who=Role.HANDLER,
        form=schemas.FinalJudgment,
        guards=(rules.judgment_is_of_a_court,),
        change=rules.end_contest,
        stops=("contest_followup",),
        starts=("court_window",),
        basis="行政强制法-53",
    ),
    Step(
        "contested",
        "decision_revoked",
        "revoked",
        who=Role.HANDLER,
        form=schemas.RemedyResult,
        change=rules.revoke,
        stops=("contest_followup",),
    ),
    Step(
        "enforceable",
        "demanded",
        "demand_running",
        who=Role.HANDLER,
        form=schemas.Demand,
        guards=(rules.demand_is_owed,),
        change=rules.note_demand,
        starts=("demand",),
        document="demand",
        basis="行政强制法-54",
    ),
    Step("demand_running", "demand_expired", "court_ready", who=Role.CLOCK, expires="demand", basis="行政强制法-54"),
    Step(
        ("enforceable", "demand_running", "court_ready"),
        "court_window_closed",
        "unenforceable",
        who=Role.CLOCK,
        expires="court_window",
        basis="行政强制法-53",
    ),
    Step(
        "court_ready",
        "court_applied",
        "at_court",
        who=Role.LEADER,
        form=schemas.CourtApplication,
        guards=(rules.statements_were_reviewed,),
        stops=("court_window",),
        starts=("court_followup",),
        tells=(facts.CourtApplied,),
        document="court_application",
        basis="行政强制法-54",
    ),
    *(
        Step(
            state,
            "court_followed_up",
            state,
            who=Role.CLOCK,
            expires="court_followup",
            starts=("court_followup",),
            basis="行政强制法-57",
        )
        for state in ("at_court", "court_enforcing")
    ),
    Step("at_court", "court_granted", "court_enforcing", who=Role.HANDLER, form=schemas.CourtRuling),
    Step(
        ("at_court", "court_enforcing"),
        "court_ended",
        "unenforceable",
        who=Role.HANDLER,
        form=schemas.CourtRuling,
        stops=("court_followup",),
    ),
    Step(
        "performed",
        "found_corrected",
        "settled",
        who=Role.HANDLER,
        form=schemas.Recheck,
        guards=(rules.officers_are_certified, rules.every_item_is_done, rules.photos_are_new),
        tells=(facts.CorrectionFound,),
        document="recheck_record",
        basis="行政处罚法-28",
    ),
    Step(
        "performed",
        "found_uncorrected",
        "uncorrected",
        who=Role.HANDLER,
        form=schemas.FailedRecheck,
        guards=(rules.officers_are_certified, rules.nothing_is_to_be_refunded),
        stops=REMEDIES,
        tells=(facts.CorrectionMissed,),
        document="recheck_record",
    ),
)
_ELSEWHERE = (
    Step(
        ("inspected", "uncorrected", "investigating", "reported", "to_decide"),
        "handed_over",
        "with_authority",
        who=Role.LEADER,
        form=schemas.Handover,
        guards=(rules.crime_goes_to_justice, rules.persuasion_came_first, rules.nothing_is_held),
        stops=("penalty_decision", "seizure", "seizure_longer"),
        starts=("authority_followup",),
        tells=(facts.HandedToAuthority,),
        document="handover_letter",
        basis="行政处罚法-27",
    ),
    Step("with_authority", "authority_fell_silent", "authority_silent", who=Role.CLOCK, expires="authority_followup"),
    Step(
        "authority_silent",
        "authority_urged",
        "with_authority",
        who=Role.HANDLER,
        form=schemas.Urging,
        repeatable=True,
        starts=("authority_followup",),
    ),
    Step(
        ("with_authority", "authority_silent"),
        "authority_answered",
        "authority_answered",
        who=Role.HANDLER,
        form=schemas.AuthorityResult,
        stops=("authority_followup",),
        change=rules.name_authority,
        tells=(facts.AuthorityAnswered,),
    ),
    Step("authority_answered", "taken_back", "clue", who=Role.HANDLER, form=schemas.Urging, repeatable=True),
)


def _adapted(step: Step) -> Step:
    """Return a shared step as it is here.

    A filed case goes on ex officio whatever the resident wishes, and who complained is answered in fifteen days.
    """
    match step.trigger:
        case "withdrawn" | "transferred":
            return replace(step, source=tuple(state for state in step.sources if state in {"received", *UNFILED}))
        case "case_accepted":
            return replace(step, starts=("complaint_answer",), document="clue_record", basis="滨州市城镇容貌条例-47")
        case "progress_made":
            return replace(step, stops=(*step.stops, "complaint_answer"))
        case "concluded":
            return replace(
                step,
                guards=(*step.guards, rules.nothing_is_to_be_refunded),
                stops=(*step.stops, "complaint_answer", *REMEDIES),
                document="closing_approval",
            )
        case _:
            return step


ENFORCEMENT = Workflow(
    "enforcement",
    *(_adapted(step) for step in handling.shared_steps(first="clue", open_states=HANDLING, ready=READY)),
    *_SEEN,
    *_CORRECTING,
    *_INVESTIGATING,
    *_DEFENCE,
    *_DECIDING,
    *_COLLECTING,
    *_ELSEWHERE,
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
)
