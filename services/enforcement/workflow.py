"""The procedure of enforcement, from the clue to the end of a penalty.

clue -> inspected -> correction_due -> corrected -> no_penalty
           |              |  recheck_due -> uncorrected
           +------> investigating <--------------+
           +-> advised, in vain -> inspected, correction_due, investigating, with_authority
                         |
   reported -> defence_open -> to_decide -> decided -> payment_due -> performed -> settled
                  hearing ----^              payment_overdue -> enforceable -> court
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from chassis import handling
from chassis.workflow import UNMANNED, Role, Step, Workflow
from services.enforcement import (
    costs,
    earlier,
    facts,
    forcing,
    measures,
    notes,
    outside,
    reading,
    recusal,
    rules,
    schemas,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

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
#: The clocks of whoever reviews a decision.
CONTEST = ("contest_followup", "reconsideration_decision", "reconsideration_simple", "reconsideration_longer")
#: The clocks of a court that is asked to enforce.
COURT = (
    *("court_acceptance", "court_ruling", "court_ruling_heard", "court_followup", "court_objection"),
    "higher_court",
)
#: The clocks that end with the payment.
COLLECTING = (
    *("payment", "instalment", "demand", "court_window", *COURT),
    "property_check",
)
#: Where a penalty that was decided may lie.
DECIDED = (*PAYABLE, "performed", "paid_contested", "settled", "revoked", "terminated")
#: The clocks in which the demand of the costs may be contested, and of whoever reviews it.
COST_REMEDIES = ("cost_remedies", "cost_suit_after_review")
COST_CONTEST = ("cost_contest_followup", "cost_review")
#: The clocks that end with the payment of the costs of what was done for the party.
COST_COLLECTING = (
    *("cost_payment", *COST_REMEDIES, "cost_window", "cost_urging", "cost_followup"),
    *("cost_court_acceptance", "cost_court_ruling", "cost_court_objection", "cost_higher_court"),
)
COST_CLOCKS = (*COST_COLLECTING, *COST_CONTEST)
#: What is still owed to the party, or by it, and contested by it, when the case has ended.
OWED_CLOCKS = (
    *("absent_notice", *COST_CLOCKS, *REMEDIES, *CONTEST, "suit_after_review", "earlier_followup"),
    "measure_followup",
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
#: Where the party may say something to a notice or a demand of the penalty.
HEARD = ("defence_open", "to_decide", "demand_running", "court_ready")
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

_SEEN = (
    Step(
        # After advice, too: what goes on is seen anew, and is no refusal of an order that nobody gave. And where what was
        # decided on the spot has fallen.
        ("clue", "inspected", "advised", "revoked"),
        "inspected",
        "inspected",
        who=Role.HANDLER,
        form=schemas.Inspection,
        guards=(rules.officers_are_certified, reading.dated("at")),
        change=notes.note_scene,
        repeatable=True,
        tells=(facts.SceneInspected,),
        document="site_record",
        basis="行政处罚法-42",
    ),
    Step(
        "inspected",
        "no_violation_found",
        "unfounded",
        who=Role.HANDLER,
        form=schemas.NoViolation,
        guards=(rules.nothing_is_seized,),
    ),
    Step(
        "inspected",
        "advised",
        "advised",
        who=Role.HANDLER,
        form=schemas.Advice,
        guards=(rules.nothing_is_seized,),
        change=notes.take_promise,
        basis="滨州市城镇容貌条例-48",
    ),
    Step(
        "advised",
        "found_corrected",
        "advised",
        who=Role.HANDLER,
        form=schemas.Recheck,
        guards=(rules.officers_are_certified, rules.all_is_done_that_was_looked_at, rules.photos_are_new),
        change=notes.check_promise,
        tells=(facts.CorrectionFound,),
        document="recheck_record",
        basis="滨州市城镇容貌条例-48",
    ),
    Step(
        # Also anew, where who was looked for by an announcement has turned up or its service has failed.
        ("correction_due", "recheck_due", "inspected", "advised", "uncorrected"),
        "correction_ordered",
        "correction_due",
        who=Role.HANDLER,
        form=schemas.CorrectionOrder,
        guards=(
            rules.nothing_is_seized,
            forcing.no_review_runs,
            rules.it_is_ordered_anew,
            rules.served_by_the_book,
            reading.dated("served_on", "seen_on"),
        ),
        change=notes.set_correct_by,
        stops=("correction", "recheck", *forcing.FORCING, *forcing.DISMANTLING_REMEDIES),
        starts=("correction",),
        lasts=(("correction", "days"),),
        since=(("correction", "reached_on"),),
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
            notes.no_contest_runs,
            rules.nothing_is_seized,
            rules.nothing_is_to_be_refunded,
            rules.act_is_ours,
            rules.power_is_valid,
            rules.officers_are_certified,
            rules.excess_was_measured,
            rules.on_the_spot_is_enough,
            rules.fine_is_in_band,
            rules.act_is_fined_once,
            reading.dated("decided_on", "seen_on"),
        ),
        change=notes.set_fine_on_the_spot,
        starts=("payment", *REMEDIES, "spot_filing"),
        lasts=BY_LAW,
        since=tuple((clock, "decided_on") for clock in ("payment", *REMEDIES, "spot_filing")),
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
        guards=(
            notes.no_contest_runs,
            rules.nothing_is_seized,
            rules.nothing_is_to_be_refunded,
            rules.act_is_ours,
            rules.power_is_valid,
            rules.officers_are_certified,
            reading.dated("decided_on", "seen_on"),
        ),
        change=notes.warn_on_the_spot,
        starts=(*REMEDIES, "spot_filing"),
        lasts=BY_LAW,
        since=tuple((clock, "decided_on") for clock in (*REMEDIES, "spot_filing")),
        tells=(facts.PenaltyDecided,),
        document="decision_on_the_spot",
        basis="行政处罚法-51",
    ),
    Step(
        ("inspected", "advised", "corrected", "uncorrected"),
        "filed",
        "investigating",
        who=Role.LEADER,
        form=schemas.Filing,
        guards=(
            rules.officers_are_certified,
            rules.power_is_valid,
            rules.is_not_time_barred,
            rules.higher_norm_is_applied,
            reading.dated("filed_on", "seen_on"),
        ),
        change=notes.file_case,
        stops=forcing.FORCING,
        starts=("penalty_decision",),
        since=(("penalty_decision", "filed_on"),),
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
        ("correction_due", "recheck_due", "uncorrected"),
        "found_corrected",
        "corrected",
        who=Role.HANDLER,
        form=schemas.Recheck,
        guards=(rules.officers_are_certified, rules.every_item_is_done, rules.photos_are_new),
        stops=("correction", "recheck", *forcing.FORCING),
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
        "uncorrected",
        "substitute_demanded",
        "uncorrected",
        who=Role.HANDLER,
        form=schemas.SubstituteDemand,
        guards=(rules.served_by_the_book, reading.dated("demanded_on", "ordered_on")),
        change=reading.served("demanded_on", rules.note_substitute_demand),
        starts=("substitute_demand",),
        since=(("substitute_demand", "reached_on"),),
        document="substitute_demand",
        basis="行政强制法-51",
    ),
    Step(
        "uncorrected",
        "substitute_demand_over",
        "uncorrected",
        who=Role.CLOCK,
        expires="substitute_demand",
        basis="行政强制法-51",
    ),
    # What must be cleared at once is cleared before there is any order; then the matter goes on (行政强制法 52).
    *(
        Step(
            state,
            "substitute_decided",
            state,
            who=Role.LEADER,
            form=schemas.SubstituteDecision,
            guards=(
                *DUES,
                forcing.enforcement_goes_on,
                costs.at_once_is_lawful,
                rules.it_was_demanded_three_days_before,
                costs.what_it_said_was_reviewed,
                rules.served_by_the_book,
                reading.dated("served_on"),
                rules.not_at_rest("planned_at"),
            ),
            change=measures.decides("substitute", "served_on", rules.note_substitute),
            document="substitute_decision",
            basis="行政强制法-50",
        )
        for state in ("inspected", "uncorrected")
    ),
    # What was done is put on record and costs what it has cost, also where the case has gone on, or ended, meanwhile.
    *(
        Step(
            state,
            "substitute_performed",
            "settled" if state == "uncorrected" else state,
            who=Role.HANDLER,
            form=schemas.SubstituteRecord,
            guards=(
                forcing.enforcement_goes_on,
                rules.it_was_decided,
                rules.officers_are_certified,
                # One ledger is open at a time: a review of the one before is not lost under the next.
                costs.no_review_runs,
                rules.not_at_rest("done_at"),
                reading.dated("done_at"),
                costs.who_signed_was_there,
            ),
            change=costs.note_performance,
            stops=forcing.FORCING,
            starts=("absent_notice",),
            lasts=(("absent_notice", "party_untold"),),
            since=(("absent_notice", "substitute_done_on"),),
            tells=(facts.CorrectionFound,) if state == "uncorrected" else (),
            document="substitute_record",
            basis="行政强制法-51",
        )
        for state in EVERYWHERE
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
        Step(
            state,
            "upkeep_recorded",
            state,
            who=Role.HANDLER,
            form=schemas.Upkeep,
            guards=(reading.dated("done_on", "ordered_on"),),
            repeatable=True,
        )
        for state in ("correction_due", "corrected", "no_penalty", "settled", "concluded", "closed")
    ),
)
#: What the body enforces itself is suspended, and taken up again (行政强制法 39); what is built against the law is
#: announced, urged, decided on and dismantled (44, 35 to 37).
_FORCING = (
    Step(
        "uncorrected",
        "enforcement_suspended",
        "uncorrected",
        who=Role.LEADER,
        form=schemas.Suspension,
        guards=(forcing.something_is_enforced, reading.dated("suspended_on", "ordered_on")),
        change=forcing.suspend,
        repeatable=True,
        starts=("enforcement_suspension", "suspension_check"),
        since=tuple((clock, "suspended_on") for clock in ("enforcement_suspension", "suspension_check")),
        document="suspension_decision",
        basis="行政强制法-39",
    ),
    Step(
        "uncorrected",
        "suspension_to_check",
        "uncorrected",
        who=Role.CLOCK,
        expires="suspension_check",
        starts=("suspension_check",),
        basis="行政强制法-39",
    ),
    Step(
        "uncorrected",
        "three_years_suspended",
        "uncorrected",
        who=Role.CLOCK,
        expires="enforcement_suspension",
        change=forcing.three_years_over,
        basis="行政强制法-39",
    ),
    Step(
        "uncorrected",
        "enforcement_taken_up",
        "uncorrected",
        who=Role.LEADER,
        form=schemas.TakenUp,
        guards=(forcing.enforcement_is_suspended, reading.dated("taken_up_on", "suspended_since")),
        change=forcing.take_up,
        repeatable=True,
        stops=("enforcement_suspension", "suspension_check"),
        basis="行政强制法-39",
    ),
    Step(
        "uncorrected",
        "dismantling_announced",
        "uncorrected",
        who=Role.LEADER,
        form=schemas.DismantlingAnnouncement,
        guards=(forcing.it_is_to_be_dismantled, reading.dated("dismantle_announced_on", "ordered_on")),
        change=forcing.announce,
        stops=(*forcing.FORCING, *forcing.DISMANTLING_REMEDIES),
        starts=("dismantling", "dismantling_remedies"),
        lasts=(("dismantling", "days"),),
        since=tuple((clock, "dismantle_announced_on") for clock in ("dismantling", "dismantling_remedies")),
        document="dismantling_announcement",
        basis="行政强制法-44",
    ),
    *(
        Step("uncorrected", trigger, "uncorrected", who=Role.CLOCK, expires=clock, basis=basis)
        for trigger, clock, basis in (
            ("dismantling_time_over", "dismantling", "行政强制法-44"),
            ("dismantling_urging_over", "dismantling_urging", "行政强制法-35"),
        )
    ),
    Step(
        "uncorrected",
        "dismantling_urged",
        "uncorrected",
        who=Role.HANDLER,
        form=schemas.DismantlingUrging,
        guards=(
            forcing.it_was_announced,
            forcing.no_review_runs,
            forcing.its_own_time_is_over,
            rules.served_by_the_book,
            reading.dated("dismantle_urged_on", "dismantle_announced_on"),
        ),
        change=reading.served("dismantle_urged_on", forcing.urge),
        starts=("dismantling_urging",),
        lasts=(("dismantling_urging", "days"),),
        since=(("dismantling_urging", "reached_on"),),
        document="dismantling_demand",
        basis="行政强制法-35",
    ),
    Step(
        "uncorrected",
        "dismantling_decided",
        "uncorrected",
        who=Role.LEADER,
        form=schemas.DismantlingDecision,
        guards=(
            forcing.it_was_announced,
            forcing.no_review_runs,
            forcing.enforcement_goes_on,
            forcing.it_may_be_dismantled,
            rules.statements_were_reviewed,
            rules.served_by_the_book,
            reading.dated("served_on"),
            rules.not_at_rest("planned_at"),
        ),
        change=measures.decides("forced_dismantling", "served_on", forcing.decide),
        document="dismantling_decision",
        basis="行政强制法-37",
    ),
    Step(
        "uncorrected",
        "dismantled",
        "settled",
        who=Role.HANDLER,
        form=schemas.DismantlingRecord,
        guards=(
            forcing.enforcement_goes_on,
            forcing.no_review_runs,
            forcing.it_was_decided,
            rules.officers_are_certified,
            rules.not_at_rest("done_at"),
            reading.dated("done_at"),
        ),
        stops=forcing.FORCING,
        tells=(facts.CorrectionFound,),
        document="dismantling_record",
        basis="行政强制法-44",
    ),
    *(
        step
        for state in EVERYWHERE
        for step in (
            Step(
                state,
                "dismantling_contested",
                state,
                who=Role.HANDLER,
                form=schemas.Remedy,
                guards=(
                    forcing.it_was_announced,
                    forcing.no_review_runs,
                    forcing.it_is_sought_in_time,
                    reading.dated("sought_on", "dismantle_announced_on"),
                    reading.dated("accepted_on"),
                    rules.accepted_after_sought,
                ),
                change=forcing.contest,
                stops=forcing.DISMANTLING_REMEDIES,
                starts=("dismantling_followup",),
                basis="行政强制法-44",
            ),
            Step(
                state,
                "dismantling_followed_up",
                state,
                who=Role.CLOCK,
                expires="dismantling_followup",
                starts=("dismantling_followup",),
            ),
            Step(
                state,
                "dismantling_upheld",
                state,
                who=Role.HANDLER,
                form=schemas.DismantlingUpheld,
                guards=(forcing.a_review_runs, reading.dated("received_on", "dismantle_sought_on")),
                change=forcing.uphold,
                stops=("dismantling_followup",),
                starts=("dismantling_suit",),
                lasts=(("dismantling_suit", "dismantle_suit_runs"),),
                since=(("dismantling_suit", "received_on"),),
                basis="行政诉讼法-45",
            ),
            Step(
                state,
                "dismantling_revoked",
                "inspected" if state == "uncorrected" else state,
                who=Role.HANDLER,
                form=schemas.RemedyResult,
                guards=(forcing.a_review_runs, reading.dated("received_on", "dismantle_sought_on")),
                change=forcing.revoke,
                stops=(*forcing.FORCING, *forcing.DISMANTLING_REMEDIES, "dismantling_followup"),
                basis="行政强制法-40",
            ),
        )
    ),
)
_INVESTIGATING = (
    Step(
        "investigating",
        "inspected",
        "investigating",
        who=Role.HANDLER,
        form=schemas.Inspection,
        guards=(rules.officers_are_certified, reading.dated("at")),
        change=notes.note_scene,
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
                guards=(
                    rules.nothing_is_excluded,
                    rules.exclusion_has_its_reason,
                    reading.dated("begun_on", "filed_on"),
                    rules.exclusion_begins_within_the_ninety_days,
                ),
                change=notes.begin_exclusion,
                repeatable=True,
                suspends=("penalty_decision",),
                starts=("exclusion",),
                lasts=(("exclusion", "days"),),
                since=(("penalty_decision", "begun_on"), ("exclusion", "begun_on")),
                document="exclusion_approval",
                basis="行政处罚法-60",
            ),
            Step(
                state,
                "exclusion_over",
                state,
                who=Role.CLOCK,
                expires="exclusion",
                change=notes.end_exclusion,
                resumes=("penalty_decision",),
                basis="行政处罚法-60",
            ),
            Step(
                state,
                "time_counted_again",
                state,
                who=Role.HANDLER,
                form=schemas.ExclusionEnd,
                guards=(rules.something_is_excluded, reading.dated("counted_on", "excluded_since")),
                since=(("penalty_decision", "counted_on"),),
                change=notes.end_exclusion,
                repeatable=True,
                resumes=("penalty_decision",),
                stops=("exclusion",),
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
            guards=(rules.officers_are_certified, reading.dated("at")),
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
        guards=(rules.officers_are_certified, reading.dated("held_on", "seen_on")),
        change=notes.hold,
        repeatable=True,
        starts=("evidence_hold",),
        lasts=(("evidence_hold", "hold_begins"),),
        since=(("evidence_hold", "held_on"),),
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
        change=notes.release,
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
        guards=(rules.officers_are_certified, reading.dated("seized_on", "seen_on")),
        change=measures.decides("seizure", "seized_on", notes.seize),
        repeatable=True,
        starts=("seizure",),
        lasts=(("seizure", "seizure_begins"),),
        since=(("seizure", "seized_on"),),
        document="seizure_decision",
        basis="行政强制法-25",
    ),
    # What can't wait is seized before anybody has approved it, also at the first look (行政强制法 19).
    *(
        Step(
            state,
            "goods_seized_at_once",
            state,
            who=Role.HANDLER,
            form=schemas.SeizureAtOnce,
            guards=(rules.officers_are_certified, reading.dated("seized_at", "seen_on")),
            keeps="goods_seized",
            change=measures.decides("seizure", "seized_at", forcing.seize_at_once),
            repeatable=True,
            starts=("measure_report", "seizure"),
            lasts=(("measure_report", "measure_begins"), ("seizure", "seizure_begins")),
            since=(("measure_report", "seized_at"), ("seizure", "seized_at")),
            document="seizure_decision",
            basis="行政强制法-19",
        )
        for state in ("inspected", "investigating")
    ),
    *(
        step
        for state in UNAPPROVED
        for step in (
            Step(
                state,
                "measure_approved",
                state,
                who=Role.LEADER,
                form=schemas.MeasureApproval,
                guards=(forcing.something_is_unapproved,),
                change=forcing.approve,
                repeatable=True,
                stops=("measure_report",),
                document="measure_approval",
                basis="行政强制法-19",
            ),
            Step(
                state,
                "measure_lifted",
                state,
                who=Role.LEADER,
                form=schemas.MeasureLifted,
                guards=(forcing.something_is_unapproved,),
                change=measures.given_back(forcing.lift),
                repeatable=True,
                stops=("measure_report",),
                document="measure_lifting",
                basis="行政强制法-19",
            ),
        )
    ),
    *(
        Step(
            state,
            "goods_released",
            state,
            who=Role.HANDLER,
            form=schemas.Release,
            guards=(rules.something_is_seized, forcing.measure_is_approved),
            change=measures.given_back(notes.give_back),
            repeatable=True,
            stops=("seizure", "seizure_longer", "testing"),
            document="seizure_outcome",
            basis="行政强制法-25",
        )
        for state in dict.fromkeys((*UNAPPROVED, *COUNTED))
    ),
    *(
        step
        # Their time runs while the party is heard, too.
        for state in ("inspected", *COUNTED)
        for step in (
            Step(
                state,
                "seizure_prolonged",
                state,
                who=Role.LEADER,
                form=schemas.SeizureLonger,
                guards=(
                    forcing.measure_is_approved,
                    measures.no_seizure_fell,
                    rules.something_is_seized,
                    rules.nothing_is_tested,
                    rules.seizure_is_prolonged_once,
                ),
                change=notes.prolong,
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
                guards=(rules.something_is_seized, rules.nothing_is_tested, reading.dated("sent_on", "seized_on")),
                change=notes.begin_testing,
                repeatable=True,
                suspends=("seizure", "seizure_longer"),
                starts=("testing",),
                lasts=(("testing", "days"),),
                since=tuple((clock, "sent_on") for clock in ("testing", "seizure", "seizure_longer")),
                document="testing_notice",
                basis="行政强制法-25",
            ),
            Step(
                state,
                "things_tested",
                state,
                who=Role.HANDLER,
                form=schemas.TestResult,
                guards=(rules.something_is_tested, reading.dated("tested_on", "testing_since")),
                since=tuple((clock, "tested_on") for clock in ("seizure", "seizure_longer")),
                change=notes.end_testing,
                repeatable=True,
                resumes=("seizure", "seizure_longer"),
                stops=("testing",),
                basis="行政强制法-25",
            ),
        )
    ),
    *(
        Step(
            state,
            "testing_over",
            state,
            who=Role.CLOCK,
            expires="testing",
            resumes=("seizure", "seizure_longer"),
            basis="行政强制法-25",
        )
        for state in ("inspected", *COUNTED)
    ),
    Step(
        "investigating",
        "investigation_closed",
        "reported",
        who=Role.HANDLER,
        form=schemas.Report,
        guards=(rules.officers_are_certified, rules.nothing_is_held, forcing.measure_is_approved),
        change=notes.begin_review,
        document="investigation_report",
        basis="行政处罚法-57",
    ),
    Step("reported", "investigation_reopened", "investigating", who=Role.LEADER, form=schemas.NotProven),
    Step(
        "reported",
        "legal_review_passed",
        "reported",
        who=Role.REVIEWER,
        form=schemas.LegalReview,
        guards=(rules.reviewer_did_not_investigate,),
        change=notes.review_passed,
        document="legal_review",
        basis="行政处罚法-58",
    ),
)
_DEFENCE = (
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
            rules.fine_is_in_band,
            rules.hearing_right_is_told,
            rules.served_by_the_book,
            reading.dated("noticed_on", "filed_on"),
        ),
        change=reading.served("noticed_on", notes.note_notice),
        starts=("hearing_request",),
        since=(("hearing_request", "reached_on"),),
        tells=(facts.PenaltyNoticed,),
        document="penalty_prenotice",
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
                guards=() if state in HEARD else (costs.the_party_was_urged,),
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
                guards=() if state in HEARD else (costs.something_is_to_be_reviewed,),
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
    Step("hearing_ready", "hearing_abandoned", "to_decide", who=Role.HANDLER, form=schemas.HearingAbandoned),
    Step(
        ("review_due", "to_decide"),
        "legal_review_passed",
        "to_decide",
        who=Role.REVIEWER,
        form=schemas.LegalReview,
        guards=(rules.reviewer_did_not_investigate,),
        change=notes.review_passed,
        document="legal_review",
        basis="行政处罚法-58",
    ),
    Step(
        ("reported", "review_due", "to_decide"),
        "legal_review_failed",
        "investigating",
        who=Role.REVIEWER,
        form=schemas.LegalReview,
        guards=(rules.reviewer_did_not_investigate,),
        change=notes.review_failed,
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
            rules.act_is_fined_once,
            notes.no_contest_runs,
            rules.nothing_is_to_be_refunded,
            reading.dated("decided_on", "noticed_on", "waived_on", "held_on"),
            rules.the_party_had_its_time,
        ),
        apart=("legal_review_passed",),
        change=notes.set_fine,
        starts=("serving",),
        since=(("serving", "decided_on"),),
        stops=("penalty_decision", "exclusion", *REMEDIES, "suit_after_review"),
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
        stops=("penalty_decision", "exclusion"),
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
        stops=("penalty_decision", "exclusion"),
        document="not_proven_decision",
        basis="行政处罚法-57",
    ),
    # A warning is performed when it is served.
    Step(
        "decided",
        "warning_served",
        "performed",
        who=Role.HANDLER,
        form=schemas.Serving,
        guards=(rules.it_is_a_warning, rules.served_by_the_book, reading.dated("served_on", "decided_on")),
        change=notes.serve_warning,
        stops=("serving",),
        starts=("reconsideration", "remedies"),
        since=tuple((clock, "reached_on") for clock in ("reconsideration", "remedies")),
        document="proof_of_service",
        basis="行政处罚法-61",
    ),
    Step(
        "decided",
        "served",
        "payment_due",
        who=Role.HANDLER,
        form=schemas.Serving,
        guards=(rules.it_is_no_warning, rules.served_by_the_book, reading.dated("served_on", "decided_on")),
        change=notes.set_pay_by,
        stops=("serving",),
        starts=("payment", "reconsideration", "remedies"),
        since=tuple((clock, "reached_on") for clock in ("payment", "reconsideration", "remedies")),
        document="proof_of_service",
        basis="行政处罚法-61",
    ),
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


_COLLECTING = (
    *(
        Step(
            state,
            "warning_served",
            state,
            who=Role.HANDLER,
            form=schemas.Serving,
            guards=(
                rules.it_is_a_warning,
                rules.is_served_anew,
                notes.no_contest_runs,
                rules.served_by_the_book,
                reading.dated("served_on", "decided_on"),
            ),
            change=notes.serve_warning,
            stops=REMEDIES,
            starts=("reconsideration", "remedies"),
            since=tuple((clock, "reached_on") for clock in ("reconsideration", "remedies")),
            document="proof_of_service",
            basis="行政处罚法-61",
        )
        for state in ("performed", "settled", *LATER)
    ),
    # Who was looked for by an announcement has turned up, or a service has failed: all times run from the new one.
    Step(
        ("payment_due", "payment_overdue", "enforceable", "demand_running", "court_ready", "unenforceable"),
        "served",
        "payment_due",
        who=Role.HANDLER,
        form=schemas.Serving,
        guards=(
            rules.it_is_no_warning,
            rules.is_served_anew,
            notes.no_contest_runs,
            rules.served_by_the_book,
            reading.dated("served_on", "decided_on"),
        ),
        change=notes.set_pay_by,
        stops=(*COLLECTING, *REMEDIES),
        starts=("payment", "reconsideration", "remedies"),
        since=tuple((clock, "reached_on") for clock in ("payment", "reconsideration", "remedies")),
        document="proof_of_service",
        basis="行政处罚法-61",
    ),
    *(
        Step(
            sources,
            "performed",
            target,
            who=Role.HANDLER,
            form=schemas.Payment,
            guards=(rules.payment_covers, rules.collected_lawfully, reading.dated("paid_on", "decided_on")),
            change=notes.note_payment,
            stops=stops,
            starts=("hand_in",),
            lasts=(("hand_in", "collected"),),
            since=(("hand_in", "paid_on"),),
            tells=(facts.PenaltyPerformed,),
            basis="行政处罚法-67",
        )
        for sources, target, stops in (
            (tuple(state for state in PAYABLE if state != "contested"), "performed", COLLECTING),
            # A review stops no payment, and a payment no review (行政处罚法 73).
            ("contested", "paid_contested", ()),
        )
    ),
    *(
        Step(
            state,
            "part_paid",
            state,
            who=Role.HANDLER,
            form=schemas.PartPayment,
            guards=(rules.a_part_is_less_than_the_whole, reading.dated("paid_on", "decided_on")),
            change=rules.note_part,
            repeatable=True,
            basis="行政处罚法-66",
        )
        for state in PAYABLE
    ),
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
                since=(("bank_in", "handed_in_on"),),
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
                basis="行政处罚法-71",
            ),
        )
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
    Step(
        ("demand_running", "court_ready", "enforceable"),
        "demanded",
        "demand_running",
        who=Role.HANDLER,
        form=schemas.Demand,
        guards=(
            rules.it_is_demanded_anew,
            rules.demand_is_owed,
            rules.served_by_the_book,
            reading.dated("demanded_on", "served_on"),
        ),
        change=reading.served("demanded_on", notes.note_demand),
        starts=("demand",),
        since=(("demand", "reached_on"),),
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
        guards=(rules.statements_were_reviewed, reading.dated("applied_on", "demanded_on")),
        change=reading.on("applied_on"),
        stops=("court_window",),
        starts=("court_acceptance",),
        since=(("court_acceptance", "applied_on"),),
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
        )
        for state in ("at_court", "court_enforcing")
    ),
    Step(
        "at_court",
        "court_accepted",
        "at_court",
        who=Role.HANDLER,
        form=schemas.CourtAcceptance,
        guards=(reading.dated("accepted_on", "applied_on"),),
        change=notes.accepted_by_court,
        stops=("court_acceptance", "court_followup", "higher_court"),
        starts=("court_ruling",),
        since=(("court_ruling", "accepted_on"),),
        basis="行政强制法-56",
    ),
    # Where a decision looks plainly wrong the court may hear both sides, and has thirty days instead of seven.
    Step(
        "at_court",
        "court_heard",
        "at_court",
        who=Role.HANDLER,
        form=schemas.CourtHearing,
        guards=(rules.court_has_accepted, reading.dated("heard_on", "court_accepted_on")),
        stops=("court_ruling", "court_followup"),
        starts=("court_ruling_heard",),
        since=(("court_ruling_heard", "court_accepted_on"),),
        basis="行政强制法-58",
    ),
    *(
        Step("at_court", trigger, "at_court", who=Role.CLOCK, expires=clock, starts=("court_followup",), basis=basis)
        for trigger, clock, basis in (
            ("court_acceptance_overdue", "court_acceptance", "行政强制法-56"),
            ("court_ruling_overdue", "court_ruling", "行政强制法-57"),
            ("court_heard_overdue", "court_ruling_heard", "行政强制法-58"),
            ("higher_court_overdue", "higher_court", "行政强制法-58"),
        )
    ),
    Step(
        "at_court",
        "court_granted",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.CourtRuling,
        guards=(reading.dated("ruled_on", "applied_on"),),
        stops=("court_acceptance", "court_ruling", "court_ruling_heard", "higher_court"),
        starts=("court_followup",),
        basis="行政强制法-57",
    ),
    Step(
        "at_court",
        "court_refused",
        "unenforceable",
        who=Role.HANDLER,
        form=schemas.CourtRefusal,
        guards=(reading.dated("ruled_on", "applied_on"),),
        change=notes.refuse_at_court,
        stops=COURT,
        starts=("court_objection",),
        since=(("court_objection", "ruled_on"),),
        basis="行政强制法-58",
    ),
    Step(
        "unenforceable",
        "objection_time_over",
        "unenforceable",
        who=Role.CLOCK,
        expires="court_objection",
        basis="行政强制法-58",
    ),
    Step(
        "unenforceable",
        "higher_court_asked",
        "at_court",
        who=Role.LEADER,
        form=schemas.CourtObjection,
        guards=(rules.the_court_refused_lately, reading.dated("objected_on", "ruled_on")),
        change=reading.on("objected_on", notes.ask_higher_court),
        stops=("court_objection",),
        starts=("higher_court",),
        lasts=(("higher_court", "higher_court_days"),),
        since=(("higher_court", "objected_on"),),
        basis="行政强制法-58",
    ),
    Step(
        ("at_court", "court_enforcing"),
        "court_ended",
        "unenforceable",
        who=Role.HANDLER,
        form=schemas.CourtRuling,
        guards=(reading.dated("ruled_on", "applied_on"),),
        stops=COURT,
        starts=("property_check",),
        since=(("property_check", "ruled_on"),),
    ),
    Step(
        "unenforceable",
        "property_to_check",
        "unenforceable",
        who=Role.CLOCK,
        expires="property_check",
        starts=("property_check",),
    ),
    Step(
        "unenforceable",
        "enforcement_resumed",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Resumed,
        guards=(notes.a_court_has_enforced, reading.dated("resumed_on", "applied_on")),
        repeatable=True,
        stops=("property_check",),
        starts=("court_followup",),
        since=(("court_followup", "resumed_on"),),
    ),
    *(
        Step(
            sources,
            "terminated",
            "terminated",
            who=Role.LEADER,
            form=schemas.Termination,
            guards=(
                notes.ground_fits_the_party,
                forcing.three_years_have_passed,
                rules.nothing_is_held,
                rules.nothing_is_seized,
                rules.nothing_is_to_be_refunded,
                reading.dated("terminated_on", before),
            ),
            stops=stops,
            document="termination_decision",
            basis="行政强制法-40",
        )
        for sources, before, stops in (
            (
                ("inspected", "correction_due", "recheck_due", "uncorrected", *COUNTED, "decided"),
                "seen_on",
                ("correction", "recheck", *forcing.FORCING, "penalty_decision", "exclusion", *HEARING, "serving"),
            ),
            # The decision stands and may still be contested: what is reviewed is followed up to its end.
            (PAYABLE, "decided_on", COLLECTING),
        )
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
        guards=(
            rules.officers_are_certified,
            rules.nothing_is_to_be_refunded,
            rules.spot_decision_is_filed,
            rules.collected_fine_is_banked,
        ),
        tells=(facts.CorrectionMissed,),
        document="recheck_record",
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
            stops=("reconsideration_decision",),
            starts=("reconsideration_longer",),
            lasts=(("reconsideration_longer", "more_days"),),
            since=(("reconsideration_longer", "review_until"),),
            basis="行政复议法-62",
        ),
    )


#: A review that a court has taken while another enforces, and one that was sought there and goes on when it is paid.
_AT_COURT = ("at_court", "court_enforcing", "unenforceable")
_BESIDE_ENFORCING = tuple(
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
#: What a decision is still contested by, and paid, where the matter has gone on or has ended.
_AFTERWARDS = tuple(
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
            guards=(notes.a_fine_is_unpaid, reading.dated("paid_on")),
            change=notes.note_late_payment,
            repeatable=True,
            basis="行政处罚法-72",
        ),
    )
)
#: A decision that another one has followed is contested by its own last days.
_EARLIER = tuple(
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
            starts=("earlier_followup",),
            since=(("earlier_followup", "sought_on"),),
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
            "earlier_remedy_decided",
            state,
            who=Role.HANDLER,
            form=schemas.EarlierRemedyResult,
            guards=(earlier.a_review_runs, reading.dated("received_on")),
            change=earlier.end_contest,
            repeatable=True,
            stops=("earlier_followup",),
            # Others may still be waited for.
            starts=("earlier_followup",),
            lasts=(("earlier_followup", "earlier_reviews_left"),),
            basis="行政诉讼法-45",
        ),
    )
)
#: What is forced is contested by itself, wherever the case has gone since (行政强制法 8).
_MEASURES = tuple(
    step
    for state in EVERYWHERE
    for step in (
        Step(
            state,
            "measure_contested",
            state,
            who=Role.HANDLER,
            form=schemas.MeasureRemedy,
            guards=(
                measures.a_decision_stands,
                measures.it_is_sought_in_time,
                reading.dated("sought_on"),
                reading.dated("accepted_on"),
                rules.accepted_after_sought,
            ),
            change=measures.contest,
            repeatable=True,
            starts=("measure_followup",),
            since=(("measure_followup", "sought_on"),),
            basis="行政强制法-8",
        ),
        Step(
            state,
            "measure_followed_up",
            state,
            who=Role.CLOCK,
            expires="measure_followup",
            starts=("measure_followup",),
        ),
        Step(
            state,
            "measure_contest_decided",
            state,
            who=Role.HANDLER,
            form=schemas.MeasureRemedyResult,
            guards=(measures.a_review_runs, measures.it_ended_after_it_was_sought, reading.dated("received_on")),
            change=measures.end,
            repeatable=True,
            stops=("measure_followup",),
            # Others may still be waited for.
            starts=("measure_followup",),
            lasts=(("measure_followup", "measure_reviews_left"),),
            basis="行政诉讼法-45",
        ),
    )
)
#: What a reconsideration or a first judgment on the costs leaves: fifteen days to sue or appeal.
REVIEWED = (costs.note_result, "cost_suit_after_review", "行政诉讼法-45")
_COSTS = tuple(
    step
    for state in EVERYWHERE
    for step in (
        Step(
            state,
            "absent_party_told",
            state,
            who=Role.HANDLER,
            form=schemas.AbsentNotice,
            guards=(
                costs.somebody_is_untold,
                rules.served_by_the_book,
                reading.dated("party_told_on", "substitute_done_on"),
            ),
            change=costs.note_told,
            stops=("absent_notice",),
            document="absent_notice",
            basis="行政强制法-52",
        ),
        Step(
            state,
            "cost_demanded",
            state,
            who=Role.HANDLER,
            form=schemas.CostDemand,
            guards=(
                costs.costs_are_open,
                costs.costs_are_demanded_once,
                costs.no_review_runs,
                costs.no_court_was_asked,
                costs.the_absent_party_was_told,
                costs.more_than_estimated_is_explained,
                rules.served_by_the_book,
                reading.dated("cost_demanded_on", "substitute_done_on"),
            ),
            change=reading.served("cost_demanded_on", costs.note_demand),
            stops=("cost_window", "cost_urging", "cost_suit_after_review"),
            starts=("cost_payment", "cost_remedies"),
            lasts=(("cost_payment", "days"),),
            since=(("cost_payment", "reached_on"), ("cost_remedies", "reached_on")),
            document="cost_demand",
            basis="行政强制法-51",
        ),
        Step(
            state,
            "cost_part_paid",
            state,
            who=Role.HANDLER,
            form=schemas.PartPayment,
            guards=(costs.costs_are_demanded, costs.a_part_is_less, reading.dated("paid_on", "substitute_done_on")),
            change=costs.note_part,
            repeatable=True,
            basis="行政强制法-51",
        ),
        Step(
            state,
            "cost_paid",
            state,
            who=Role.HANDLER,
            form=schemas.CostPayment,
            guards=(costs.costs_are_unpaid, costs.all_is_paid, reading.dated("paid_on", "substitute_done_on")),
            change=costs.note_part,
            # A payment stops no review (行政处罚法 73).
            stops=COST_COLLECTING,
            basis="行政强制法-51",
        ),
        Step(
            state,
            "earlier_cost_paid",
            state,
            who=Role.HANDLER,
            form=schemas.EarlierCostPaid,
            guards=(costs.an_earlier_ledger_is_open, reading.dated("paid_on")),
            change=costs.note_late_part,
            repeatable=True,
            basis="行政强制法-51",
        ),
        Step(state, "cost_payment_expired", state, who=Role.CLOCK, expires="cost_payment", basis="行政强制法-51"),
        *(
            Step(
                state,
                trigger,
                state,
                who=Role.CLOCK,
                expires=clock,
                change=costs.open_window,
                starts=("cost_window",),
                since=(("cost_window", "cost_window_from"),),
                basis="行政强制法-53",
            )
            for trigger, clock in (
                ("cost_remedies_over", "cost_remedies"),
                ("cost_suit_time_over", "cost_suit_after_review"),
            )
        ),
        Step(
            state,
            "cost_remedy_sought",
            state,
            who=Role.HANDLER,
            form=schemas.Remedy,
            guards=(
                costs.something_was_demanded,
                costs.no_review_runs,
                costs.no_court_was_asked,
                costs.remedy_is_in_time,
                reading.dated("sought_on", "substitute_done_on"),
                reading.dated("accepted_on"),
                rules.accepted_after_sought,
            ),
            change=costs.note_contest,
            stops=(*COST_REMEDIES, "cost_window", "cost_urging"),
            starts=COST_CONTEST,
            lasts=(("cost_review", "cost_review_days"),),
            since=(("cost_review", "accepted_on"),),
            basis="行政复议法-20",
        ),
        Step(
            state,
            "cost_contest_followed_up",
            state,
            who=Role.CLOCK,
            expires="cost_contest_followup",
            starts=("cost_contest_followup",),
        ),
        Step(
            state,
            "cost_review_prolonged",
            state,
            who=Role.HANDLER,
            form=schemas.ReviewLonger,
            guards=(costs.it_can_take_longer,),
            change=costs.note_longer,
            starts=("cost_review",),
            lasts=(("cost_review", "more_days"),),
            since=(("cost_review", "cost_review_until"),),
            basis="行政复议法-62",
        ),
        *(
            Step(
                state,
                trigger,
                state,
                who=Role.HANDLER,
                form=form,
                guards=(costs.a_review_runs, *guards, reading.dated("received_on", "cost_sought_on")),
                change=change,
                stops=(*COST_CONTEST, *COST_REMEDIES),
                starts=(clock,),
                lasts=((clock, "owes_costs"),),
                since=((clock, "received_on"),),
                basis=basis,
            )
            for trigger, form, guards, (change, clock, basis) in (
                ("cost_upheld", schemas.RemedyResult, (), REVIEWED),
                ("cost_changed", schemas.CostChanged, (costs.a_change_is_less,), REVIEWED),
                (
                    "cost_judgment_final",
                    schemas.CostJudgment,
                    (costs.judgment_is_of_a_court, costs.a_change_is_less),
                    (costs.note_judgment, "cost_window", "行政强制法-53"),
                ),
            )
        ),
        Step(
            state,
            "cost_urged",
            state,
            who=Role.HANDLER,
            form=schemas.CostUrging,
            guards=(
                costs.costs_are_open,
                costs.costs_are_demanded,
                costs.no_review_runs,
                costs.payment_is_late,
                rules.served_by_the_book,
                reading.dated("cost_urged_on", "cost_demanded_on"),
            ),
            change=reading.served("cost_urged_on", costs.note_urging),
            starts=("cost_urging",),
            since=(("cost_urging", "reached_on"),),
            document="cost_reminder",
            basis="行政强制法-54",
        ),
        Step(state, "cost_urging_over", state, who=Role.CLOCK, expires="cost_urging", basis="行政强制法-54"),
        Step(
            state,
            "cost_window_closed",
            state,
            who=Role.CLOCK,
            expires="cost_window",
            change=costs.close_window,
            basis="行政强制法-53",
        ),
        Step(
            state,
            "cost_court_applied",
            state,
            who=Role.LEADER,
            form=schemas.CostCourt,
            guards=(
                costs.costs_are_open,
                costs.costs_are_demanded,
                costs.no_review_runs,
                costs.court_may_be_asked,
                rules.statements_were_reviewed,
                reading.dated("cost_applied_on", "cost_urged_on"),
            ),
            apart=("cost_urged",),
            change=reading.on("cost_applied_on", costs.note_application),
            stops=("cost_window",),
            starts=("cost_court_acceptance",),
            since=(("cost_court_acceptance", "cost_applied_on"),),
            document="cost_court_application",
            basis="行政强制法-54",
        ),
        Step(
            state,
            "cost_court_followed_up",
            state,
            who=Role.CLOCK,
            expires="cost_followup",
            starts=("cost_followup",),
        ),
        Step(
            state,
            "cost_court_accepted",
            state,
            who=Role.HANDLER,
            form=schemas.CourtAcceptance,
            guards=(costs.a_court_is_to_accept, reading.dated("accepted_on", "cost_applied_on")),
            change=costs.note_acceptance,
            stops=("cost_court_acceptance", "cost_higher_court", "cost_followup"),
            starts=("cost_court_ruling",),
            since=(("cost_court_ruling", "accepted_on"),),
            basis="行政强制法-56",
        ),
        *(
            Step(state, trigger, state, who=Role.CLOCK, expires=clock, starts=("cost_followup",), basis=basis)
            for trigger, clock, basis in (
                ("cost_acceptance_overdue", "cost_court_acceptance", "行政强制法-56"),
                ("cost_ruling_overdue", "cost_court_ruling", "行政强制法-57"),
                ("cost_higher_court_overdue", "cost_higher_court", "行政强制法-58"),
            )
        ),
        Step(
            state,
            "cost_court_ruled",
            state,
            who=Role.HANDLER,
            form=schemas.CostRuling,
            guards=(costs.a_court_was_asked, reading.dated("received_on", "cost_applied_on")),
            change=costs.note_ruling,
            repeatable=True,
            stops=("cost_court_acceptance", "cost_court_ruling", "cost_higher_court", "cost_followup"),
            starts=("cost_followup", "cost_court_objection"),
            lasts=(("cost_followup", "cost_enforced"), ("cost_court_objection", "cost_refused")),
            since=(("cost_court_objection", "received_on"),),
            basis="行政强制法-57",
        ),
        Step(
            state,
            "cost_higher_court_asked",
            state,
            who=Role.LEADER,
            form=schemas.CourtObjection,
            guards=(costs.the_court_refused_lately, reading.dated("objected_on", "cost_applied_on")),
            change=costs.note_objection,
            stops=("cost_court_objection",),
            starts=("cost_higher_court",),
            since=(("cost_higher_court", "objected_on"),),
            basis="行政强制法-58",
        ),
        Step(
            state,
            "cost_written_off",
            state,
            who=Role.LEADER,
            form=schemas.CostWriteOff,
            guards=(costs.costs_are_open, costs.no_review_runs, costs.ground_fits),
            apart=("cost_demanded",),
            change=costs.note_write_off,
            keeps="cost_write_off",
            stops=COST_CLOCKS,
        ),
    )
)
#: Where others may be asked for help: wherever something is still done.
HELPED = tuple(state for state in HANDLING if state not in READY[2:])
#: One clock waits for the answer that is due next, whatever has been asked.
WATCHED: Final[dict[str, Any]] = {
    "stops": ("assistance",),
    "starts": ("assistance",),
    "lasts": (("assistance", "assistance_days"),),
    "since": (("assistance", "assistance_since"),),
}
#: The clocks of an authority to which a matter was handed.
ASKED = ("authority_followup", "crime_filing")
BY_WHOM = (("authority_followup", "asks_authority"), ("crime_filing", "asks_police"))
_ELSEWHERE = (
    Step(
        ("inspected", "advised", "uncorrected", "investigating", "reported", "to_decide"),
        "handed_over",
        "with_authority",
        who=Role.LEADER,
        form=schemas.Handover,
        guards=(
            rules.crime_goes_to_justice,
            rules.persuasion_came_first,
            rules.nothing_is_held,
            forcing.measure_is_approved,
            outside.seized_things_go_along,
            reading.dated("handed_on", "seen_on"),
        ),
        change=outside.hand_over(COUNTED),
        stops=(*forcing.FORCING, "penalty_decision", "exclusion", "seizure", "seizure_longer", "testing"),
        starts=ASKED,
        lasts=BY_WHOM,
        since=tuple((clock, "handed_on") for clock in ASKED),
        tells=(facts.HandedToAuthority,),
        document="handover_letter",
        basis="行政处罚法-27",
    ),
    *(
        Step("with_authority", trigger, "authority_silent", who=Role.CLOCK, expires=clock)
        for trigger, clock in (
            ("authority_fell_silent", "authority_followup"),
            ("crime_filing_overdue", "crime_filing"),
        )
    ),
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
        "authority_accepted",
        "with_authority",
        who=Role.HANDLER,
        form=schemas.AuthorityAcceptance,
        guards=(reading.dated("accepted_on", "handed_on"),),
        change=outside.taken_on,
        stops=ASKED,
        starts=("authority_followup", "crime_materials"),
        lasts=(("crime_materials", "asks_police"),),
        since=(("authority_followup", "accepted_on"), ("crime_materials", "accepted_on")),
        basis="移送规定-8",
    ),
    *(
        Step(
            state,
            "materials_delivered",
            state,
            who=Role.HANDLER,
            form=schemas.MaterialsDelivered,
            guards=(outside.materials_are_due, reading.dated("delivered_on", "handed_on")),
            change=outside.hand_in,
            stops=("crime_materials",),
            basis="移送规定-12",
        )
        for state in ("with_authority", "authority_silent", "authority_answered")
    ),
    Step(
        ("with_authority", "authority_silent"),
        "authority_answered",
        "authority_answered",
        who=Role.HANDLER,
        form=schemas.AuthorityResult,
        stops=ASKED,
        change=notes.name_authority,
        tells=(facts.AuthorityAnswered,),
    ),
    Step(
        ("with_authority", "authority_silent"),
        "authority_refused",
        "authority_refused",
        who=Role.HANDLER,
        form=schemas.AuthorityRefusal,
        guards=(reading.dated("refused_on", "handed_on"),),
        change=outside.refuse,
        stops=(*ASKED, "crime_materials"),
        starts=("filing_review",),
        lasts=(("filing_review", "asks_police"),),
        since=(("filing_review", "refused_on"),),
        basis="移送规定-8",
    ),
    Step(
        "authority_refused",
        "refusal_contested",
        "with_authority",
        who=Role.LEADER,
        form=schemas.RefusalContest,
        guards=(outside.contest_fits, reading.dated("contested_on", "refused_on")),
        change=outside.contest,
        stops=("filing_review",),
        starts=ASKED,
        lasts=(("authority_followup", "asks_authority"), ("crime_filing", "asks_police_again")),
        since=tuple((clock, "contested_on") for clock in ASKED),
        basis="移送规定-9",
    ),
    *(
        step
        for state in ("authority_answered", "authority_refused")
        for step in (
            Step(
                state,
                "taken_back",
                "clue",
                who=Role.HANDLER,
                form=schemas.Urging,
                guards=(outside.was_not_filed,),
                repeatable=True,
                stops=("filing_review", "crime_materials"),
            ),
            Step(
                state,
                "case_resumed",
                "investigating",
                who=Role.HANDLER,
                form=schemas.Resumption,
                guards=(outside.was_filed, reading.dated("resumed_on", "handed_on")),
                change=outside.resume,
                repeatable=True,
                stops=("filing_review", "crime_materials"),
                starts=("penalty_decision",),
                lasts=(("penalty_decision", "decision_days"),),
                since=(("penalty_decision", "resumed_on"),),
                basis="行政处罚法-27",
            ),
        )
    ),
    *(
        step
        for state in HELPED
        for step in (
            Step(
                state,
                "assistance_asked",
                state,
                who=Role.HANDLER,
                form=schemas.AssistanceRequest,
                guards=(outside.letter_is_new, reading.dated("asked_on")),
                change=outside.ask,
                repeatable=True,
                document="assistance_letter",
                basis="行政处罚法-26",
                **WATCHED,
            ),
            Step(
                state,
                "assistance_overdue",
                state,
                who=Role.CLOCK,
                expires="assistance",
                change=outside.find_overdue,
                basis="行政处罚法-26",
                **WATCHED,
            ),
            Step(
                state,
                "assistance_urged",
                state,
                who=Role.HANDLER,
                form=schemas.AssistanceUrging,
                guards=(outside.letter_is_open, reading.dated("urged_on")),
                change=outside.urge,
                repeatable=True,
                **WATCHED,
            ),
            Step(
                state,
                "assistance_answered",
                state,
                who=Role.HANDLER,
                form=schemas.AssistanceAnswer,
                guards=(outside.letter_is_open, reading.dated("answered_on")),
                change=outside.take_answer,
                repeatable=True,
                basis="行政处罚法-26",
                **WATCHED,
            ),
        )
    ),
)


#: Where somebody may be asked to withdraw: from the first look on, until the resident is told the end.
_RECUSAL = tuple(
    step
    for state in ("clue", *HANDLING)
    for step in (
        Step(
            state,
            "withdrawal_sought",
            state,
            who=Role.HANDLER,
            form=schemas.Recusal,
            guards=(recusal.nothing_is_asked, reading.dated("sought_on")),
            change=recusal.ask,
            repeatable=True,
            starts=("recusal",),
            since=(("recusal", "recusal_on"),),
            basis="行政处罚法-43",
        ),
        Step(
            state,
            "withdrawal_decided",
            state,
            who=Role.LEADER,
            form=schemas.RecusalDecision,
            guards=(
                recusal.something_is_asked,
                recusal.who_is_asked_does_not_decide,
                reading.dated("decided_on", "recusal_on"),
            ),
            change=recusal.decide,
            repeatable=True,
            stops=("recusal",),
            document="recusal_decision",
            basis="行政处罚法-43",
        ),
    )
)
#: What is not done before it is known who may act.
DECIDED_FIRST = (
    *("fined_on_the_spot", "warned_on_the_spot", "hearing_held", "penalised", "exempted", "not_proven"),
    *("penalty_waived", "legal_review_passed"),
)


def _by_who_may_act(step: Step) -> Step:
    """Return a step as it is, but for who withdrew; what decides the matter waits for a request to withdraw."""
    if step.who in UNMANNED or step.trigger in {"withdrawal_sought", "withdrawal_decided"}:
        return step
    first = (recusal.it_is_decided,) if step.trigger in DECIDED_FIRST else ()
    return replace(step, guards=(*step.guards, recusal.who_withdrew_does_nothing, *first))


def _adapted(step: Step) -> Step:
    """Return a shared step as it is here.

    A filed case goes on ex officio whatever the resident wishes, and who complained is answered in fifteen days.
    """
    match step.trigger:
        case "withdrawn" | "transferred":
            unfiled = tuple(state for state in step.sources if state not in {*HANDLING} - {*UNFILED})
            # A letter is not refused: what is owed goes on in the end that it brings (`EVERYWHERE`).
            owed = (*DUES, rules.nothing_is_seized) if step.trigger == "transferred" else ()
            return replace(step, source=unfiled, guards=(*step.guards, *owed))
        case "case_accepted":
            keep = step.change

            def signed_in(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
                return {**(keep(case, form, moment) if keep else {}), **notes.note_complaint(case, form, moment)}

            return replace(
                step,
                change=signed_in,
                starts=("complaint_answer",),
                since=(("complaint_answer", "complained_on"),),
                document="clue_record",
                basis="滨州市城镇容貌条例-47",
            )
        case "progress_made":
            return replace(step, stops=(*step.stops, "complaint_answer"))
        case "concluded":
            return replace(
                step,
                guards=(
                    *step.guards,
                    rules.nothing_is_to_be_refunded,
                    rules.spot_decision_is_filed,
                    rules.collected_fine_is_banked,
                    *DUES,
                ),
                stops=(*step.stops, "complaint_answer", *COST_CLOCKS),
                document="closing_approval",
            )
        case _:
            return step


#: Who has done these does not approve or review what comes of them (行政处罚法 57, 58, 64).
INVESTIGATED = (
    *("inspected", "questioned", "evidence_added", "found_corrected", "found_uncorrected", "investigation_closed"),
    # So do not the officers whom the records name, whoever typed them in.
    *(f"{record}.officers.name" for record in reading.INVESTIGATIONS),
)


def _approved_by_another(step: Step) -> Step:
    """Return a step as it is; what a leader approves or a reviewer reviews is another's than the investigator's."""
    if step.who in (Role.LEADER, Role.REVIEWER):
        return replace(step, apart=(*INVESTIGATED, *step.apart))
    return step


ENFORCEMENT = Workflow(
    "enforcement",
    *(
        _by_who_may_act(_adapted(step))
        for step in handling.shared_steps(
            first="clue", open_states=HANDLING, ready=READY, answers=("complaint_answer",)
        )
    ),
    *(
        _by_who_may_act(_approved_by_another(step))
        for group in (
            _SEEN,
            _CORRECTING,
            _FORCING,
            _INVESTIGATING,
            _DEFENCE,
            _DECIDING,
            _COLLECTING,
            _BESIDE_ENFORCING,
            _AFTERWARDS,
            _EARLIER,
            _MEASURES,
            _COSTS,
            _ELSEWHERE,
        )
        for step in group
    ),
    *_RECUSAL,
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=OWED_CLOCKS,
)
