"""The procedure of relief, from the window to the payment.

to_apply -> materials_check -> authorising -> checking -> visiting -> surveyed   (checking <-> verifying_elsewhere)
   |            supplement_due                                           |
   |                        objecting <-> publicising <- to_publicise <--+
   |                                          |
   |     rejected <- at_district <- to_submit -> street_deciding -> approved -> paid
   +-> emergency -> retro_due -> emergency_settled

Who never applies (from to_apply, emergency) or steps back ends as dropped; so does who dies or renounces between approved
and paid. A grant that is revoked before it is paid goes to rejected, and is told in writing.

Whoever is refused, stopped, lowered or asked to pay back may turn against it, also when the appeal is long closed: the
remedy is followed up (remedy_sought .. remedy_decided), and each decision has its way back: rejection_overturned,
benefit_restored, advance_upheld, fraud_cleared, arrears_paid; what was decided on an earlier request of the case is put
right by earlier_put_right. A refusal that is overturned after the appeal's end is decided anew and ends again by
review_carried_out, without a second reply to the appeal.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chassis import handling
from chassis.workflow import Role, Step, Workflow
from services.relief import applying, benefits, facts, granting, refunds, remedies, rules, schemas

#: The states from which the resident may be told the end: help was given, or it was not.
HELPED = ("paid", "stopped", "emergency_settled", "referral_settled")
NOT_HELPED = ("informed", "lapsed", "dropped", "rejection_told", "reclaimed", "fraud", "referral_silent")
READY = (*HELPED, *NOT_HELPED)
HANDLING = (
    "materials_check",
    "supplement_due",
    "authorising",
    "checking",
    "verifying_elsewhere",
    "visiting",
    "surveyed",
    "to_publicise",
    "publicising",
    "objecting",
    "to_submit",
    "street_deciding",
    "at_district",
    "district_silent",
    "to_decline",
    "district_declining",
    "approved",
    "benefit_reviewing",
    "rejected",
    "emergency",
    "retro_due",
    "retro_overdue",
    "referred",
    *READY,
)
#: The states in which the applicant may still step back.
UNDECIDED = (
    "materials_check",
    "supplement_due",
    "lapsed",
    "authorising",
    "checking",
    "verifying_elsewhere",
    "visiting",
    "surveyed",
    "to_publicise",
    "publicising",
    "objecting",
    "to_submit",
    "to_decline",
    "street_deciding",
    "at_district",
    "district_silent",
    "district_declining",
)
#: Whatever end the appeal has come to: a rework, too, may be withdrawn or go elsewhere while monthly relief is paid.
_AFTER_THE_END = ("concluded", *handling.ENDS)
#: Where another request may begin, and what was decided on the one before may still be put right by itself.
_BEFORE_ANOTHER = ("rework_due", "to_apply")
#: What was decided may be contested, and what is owed may come back, wherever the appeal has gone since.
_EVERYWHERE = ("received", "return_pending", "to_apply", *HANDLING, "concluded", "rework_due", *handling.ENDS)
#: The clocks in which decisions may be contested: each shows the one that may be contested longest.
_REMEDIES = tuple(remedies.CLOCKS)
_RUNS_FROM = {
    "lasts": tuple((clock, f"{clock}_runs") for clock in _REMEDIES),
    "since": tuple((clock, f"{clock}_from") for clock in _REMEDIES),
}
_FOLLOWED = ("remedy_followup", "remedies_left")
#: What lasts is verified again in so many months (社会救助暂行办法 13).
_VERIFIED = ("verification", "verify_months")


def _may_contest(
    *others: str,
    starts: tuple[str, ...] = (),
    lasts: tuple[tuple[str, str], ...] = (),
    since: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    """Return the clocks of a step after which other decisions may be contested than before, with its own."""
    return {
        "stops": (*others, *_REMEDIES),
        "starts": (*starts, *_REMEDIES),
        "lasts": (*lasts, *_RUNS_FROM["lasts"]),
        "since": (*since, *_RUNS_FROM["since"]),
    }


#: Each kind of relief, and of household, has its own rows of the law: by these of its details a case goes by them.
_BY_KIND = (
    *(("handling", "handled_as"), ("verification", "verified_as")),
    *((clock, "relief") for clock in ("publicity", "district", "rejection_notice", "payment")),
)


#: Where a monthly relief may be paid: a rework does not stop it, whatever becomes of the appeal then.
_PAYING = (
    *("paid", "stopped", "concluded", *handling.ENDS, "rework_due", "benefit_reviewing", "received", "return_pending"),
    *("to_apply", "informed", "referred", "referral_silent", "referral_settled"),
)


def _conclusion(source: tuple[str, ...], trigger: str, form: type[handling.Conclusion]) -> Step:
    return Step(
        source,
        trigger,
        "concluded",
        who=Role.HANDLER,
        form=form,
        keeps="concluded",
        guards=(*handling.BEFORE_THE_END, handling.claim_fits_outcome, rules.is_told_by_the_appeal),
        change=rules.result_of,
        tells=(handling.CaseConcluded,),
        stops=("finish", "required"),
    )


#: Who has put a visit on record, or who the records say has visited the household or asked around, neither gives an
#: opinion nor decides: 调查, 审核 and 审批 are several people's (社会救助暂行办法 48).
_SURVEYORS = ("house_visited", "house_visited.visitors.name", "neighbour_asked.interviewers")
_APPLYING = (
    Step(
        ("to_apply", "emergency_settled"),
        "application_filed",
        "materials_check",
        who=Role.HANDLER,
        form=schemas.Application,
        guards=(applying.nothing_runs_already, applying.residence_fits, applying.who_applies_is_named),
        change=applying.note_application,
        tells=(facts.ReliefApplied, handling.CaseCategorised),
        document="application",
        basis="社会救助暂行办法-11",
    ),
    Step(
        "to_apply",
        "policy_explained",
        "informed",
        who=Role.HANDLER,
        form=schemas.Explanation,
        guards=(applying.asks_for_no_help,),
        basis="社会救助暂行办法-60",
    ),
    Step(
        "materials_check",
        "supplement_requested",
        "supplement_due",
        who=Role.HANDLER,
        form=schemas.SupplementRequest,
        guards=(applying.asks_once, rules.what_happened_is_past),
        starts=("supplement",),
        since=(("supplement", "told_on"),),
        tells=(facts.SupplementRequested,),
        document="supplement_notice",
    ),
    Step(
        ("supplement_due", "lapsed"),
        "supplemented",
        "materials_check",
        who=Role.HANDLER,
        form=schemas.Supplement,
        repeatable=True,
        stops=("supplement",),
    ),
    Step("supplement_due", "supplement_lapsed", "lapsed", who=Role.CLOCK, expires="supplement"),
    Step(
        "materials_check",
        "application_accepted",
        "authorising",
        who=Role.HANDLER,
        form=schemas.ApplicationAcceptance,
        guards=(applying.papers_are_complete, rules.what_happened_is_past),
        change=applying.set_handling_days,
        starts=("handling", "initial_opinion"),
        lasts=(("initial_opinion", "opinion_days"),),
        since=(("handling", "accepted_on"), ("initial_opinion", "accepted_on")),
        tells=(facts.ReliefAccepted,),
        document="acceptance_notice",
        basis="社会救助暂行办法-60",
    ),
    Step(
        UNDECIDED,
        "application_dropped",
        "dropped",
        who=Role.HANDLER,
        form=schemas.Drop,
        guards=(rules.what_happened_is_past,),
        document="withdrawal_record",
        stops=(
            *("supplement", "handling", "initial_opinion", "publicity", "cross_region", "district"),
            "objection_check",
        ),
    ),
    # Who was told how to apply and does not: an assessed emergency is let go by a leader only, as it is found not urgent.
    *(
        Step(
            state,
            "application_dropped",
            "dropped",
            who=who,
            form=schemas.Drop,
            guards=(applying.was_told_how_to_apply, rules.what_happened_is_past),
            document="withdrawal_record",
            stops=("advance",),
        )
        for state, who in (("to_apply", Role.HANDLER), ("emergency", Role.LEADER))
    ),
)
_SURVEYING = (
    Step(
        "authorising",
        "authorised",
        "checking",
        who=Role.HANDLER,
        form=schemas.Authorisation,
        guards=(applying.every_adult_authorised, rules.what_happened_is_past),
        document="check_authorisation",
        basis="社会救助暂行办法-58",
    ),
    Step(
        "checking",
        "information_checked",
        "visiting",
        who=Role.HANDLER,
        form=schemas.InformationCheck,
        document="check_report",
        basis="社会救助暂行办法-58",
    ),
    *(
        Step(
            state,
            "relative_registered",
            state,
            who=Role.HANDLER,
            form=schemas.RelativeRegistration,
            document="relative_registration",
            basis="内部规程-救助",
        )
        for state in ("materials_check", "authorising", "checking", "visiting", "surveyed")
    ),
    Step(
        "checking",
        "cross_region_asked",
        "verifying_elsewhere",
        who=Role.HANDLER,
        form=schemas.CrossRegionRequest,
        guards=(rules.what_happened_is_past,),
        repeatable=True,
        suspends=("handling", "initial_opinion"),
        ground="异地核查",
        starts=("cross_region",),
        since=(("cross_region", "asked_on"), ("handling", "asked_on"), ("initial_opinion", "asked_on")),
        document="cross_region_letter",
        basis="社会救助暂行办法-59",
    ),
    Step(
        "verifying_elsewhere",
        "cross_region_followed_up",
        "verifying_elsewhere",
        who=Role.CLOCK,
        expires="cross_region",
        starts=("cross_region",),
    ),
    Step(
        "verifying_elsewhere",
        "cross_region_answered",
        "checking",
        who=Role.HANDLER,
        form=schemas.CrossRegionAnswer,
        repeatable=True,
        stops=("cross_region",),
        resumes=("handling", "initial_opinion"),
    ),
    Step(
        ("visiting", "surveyed"),
        "house_visited",
        "surveyed",
        who=Role.HANDLER,
        form=schemas.HouseVisit,
        guards=(applying.two_visit, applying.district_visits_relatives, rules.what_happened_is_past),
        document="house_visit_record",
        basis="社会救助暂行办法-11",
    ),
    Step(
        "surveyed",
        "neighbour_asked",
        "surveyed",
        who=Role.HANDLER,
        form=schemas.NeighbourInterview,
        repeatable=True,
        document="neighbour_record",
        basis="社会救助暂行办法-11",
    ),
    Step(
        "surveyed",
        "democratic_review_held",
        "surveyed",
        who=Role.HANDLER,
        form=schemas.DemocraticReview,
        document="democratic_review_record",
        basis="社会救助暂行办法-11",
    ),
    Step(
        "surveyed",
        "exception_decided",
        "surveyed",
        who=Role.LEADER,
        form=schemas.CaseByCase,
        apart=_SURVEYORS,
        guards=(applying.exception_has_its_majority, rules.what_happened_is_past),
        change=applying.decide_case_by_case,
        document="exception_minutes",
        basis="地方临时救助办法",
    ),
    Step(
        "surveyed",
        "opinion_supported",
        "to_publicise",
        who=Role.REVIEWER,
        form=schemas.Opinion,
        apart=_SURVEYORS,
        guards=(
            applying.neighbours_were_heard,
            applying.doubts_were_reviewed,
            applying.relative_is_registered,
            applying.persons_agree,
            applying.is_eligible,
            applying.amount_adds_up,
            applying.cause_is_new_this_year,
        ),
        change=applying.support,
        stops=("initial_opinion",),
        tells=(facts.ReliefOpinionGiven,),
        document="review_form",
        basis="社会救助暂行办法-11",
    ),
    Step(
        "surveyed",
        "opinion_against",
        "to_decline",
        who=Role.REVIEWER,
        form=schemas.OpinionAgainst,
        apart=_SURVEYORS,
        guards=(applying.neighbours_were_heard, applying.doubts_were_reviewed, applying.relative_is_registered),
        change=applying.oppose,
        stops=("initial_opinion",),
        tells=(facts.ReliefOpinionGiven,),
        document="review_form",
        basis="社会救助暂行办法-11",
    ),
)
_PUBLICISING = (
    Step(
        ("to_publicise", "to_submit"),
        "publicity_started",
        "publicising",
        who=Role.HANDLER,
        form=schemas.Posting,
        guards=(granting.shows_only_what_it_may, granting.posted_after_the_opinion, rules.what_happened_is_past),
        change=granting.begin_publicity,
        suspends=("handling",),
        ground="公示",
        starts=("publicity",),
        since=(("publicity", "posted_on"), ("handling", "posted_on")),
        tells=(facts.PublicityStarted,),
        document="publicity_notice",
        basis="社会救助暂行办法-11",
    ),
    Step("publicising", "publicity_over", "to_submit", who=Role.CLOCK, expires="publicity", resumes=("handling",)),
    Step(
        "publicising",
        "publicity_checked",
        "publicising",
        who=Role.HANDLER,
        form=schemas.PostingCheck,
        guards=(rules.what_happened_is_past,),
        repeatable=True,
        document="publicity_check",
        basis="社会救助暂行办法-61",
    ),
    Step(
        # Also what comes when the seven days are over, while it still lies here.
        ("publicising", "to_submit", "street_deciding"),
        "objection_raised",
        "objecting",
        who=Role.HANDLER,
        form=schemas.Objection,
        repeatable=True,
        change=granting.note_objection,
        suspends=("handling",),
        ground="异议核查",
        stops=("publicity",),
        # Nothing else runs while it is rechecked.
        starts=("objection_check",),
        tells=(facts.ObjectionRaised,),
        document="objection_record",
    ),
    Step(
        "objecting",
        "objection_dismissed",
        "publicising",
        who=Role.REVIEWER,
        form=schemas.ObjectionFinding,
        apart=("objection_raised", *_SURVEYORS),
        guards=(granting.posted_again_after_the_objection, rules.what_happened_is_past),
        repeatable=True,
        change=granting.begin_publicity,
        stops=("objection_check",),
        # The recheck is over: from here it goes by what the place has ruled for a publicity.
        suspends=("handling",),
        ground="公示",
        starts=("publicity",),
        since=(("publicity", "posted_on"), ("handling", "posted_on")),
        document="objection_finding",
        tells=(facts.PublicityStarted,),
    ),
    Step(
        "objecting",
        "objection_upheld",
        "surveyed",
        who=Role.REVIEWER,
        form=schemas.ObjectionFinding,
        apart=("objection_raised", *_SURVEYORS),
        repeatable=True,
        document="objection_finding",
        stops=("objection_check",),
        resumes=("handling",),
    ),
)
_DISTRICT = ("at_district", "district_silent")
_BESIDE = ("surveyed", "at_district", "district_silent", "approved", "paid", "retro_due", "emergency_settled")
_SUSPECT = (
    *("surveyed", "publicising", "objecting", "to_submit", "street_deciding", *_DISTRICT, "approved", "paid"),
    "benefit_reviewing",
    *("retro_due", "retro_overdue", "emergency_settled"),
)
_RUNS = (benefits.benefit_still_runs,)
_RUNS_ON = (*_RUNS, benefits.outlives_the_appeal)
_DECIDING = (
    Step(
        "to_submit",
        "submitted",
        "at_district",
        who=Role.HANDLER,
        form=schemas.Submission,
        guards=(granting.was_posted_properly, rules.what_happened_is_past),
        change=granting.set_district_days,
        starts=("district",),
        since=(("district", "submitted_on"),),
        tells=(facts.SubmittedToDistrict,),
        document="submission_form",
        basis="社会救助暂行办法-11",
    ),
    Step(
        "to_submit",
        "street_review_passed",
        "street_deciding",
        who=Role.REVIEWER,
        form=schemas.StreetReview,
        apart=_SURVEYORS,
        guards=(granting.was_posted_properly, granting.street_may_decide),
        document="street_review",
        basis="社会救助暂行办法-48",
    ),
    Step(
        "street_deciding",
        "approved_by_street",
        "approved",
        who=Role.LEADER,
        form=schemas.Approval,
        apart=("opinion_supported", "street_review_passed", *_SURVEYORS),
        guards=(granting.is_what_was_supported, rules.what_happened_is_past),
        change=remedies.decides("amount", granting.approve_in_street),
        stops=("handling",),
        starts=("payment",),
        since=(("payment", "decided_on"),),
        tells=(facts.ReliefApproved,),
        document="approval",
        basis="社会救助暂行办法-48",
    ),
    Step("street_deciding", "street_review_withdrawn", "to_submit", who=Role.LEADER, form=schemas.SentBack),
    Step(
        _DISTRICT,
        "district_approved",
        "approved",
        who=Role.HANDLER,
        form=schemas.Approval,
        guards=(benefits.pays_from_next_month, rules.what_happened_is_past),
        change=remedies.decides("amount", granting.approve_as_supported),
        stops=("district", "handling"),
        starts=("payment",),
        since=(("payment", "decided_on"),),
        tells=(facts.ReliefApproved,),
        document="approval",
        basis="社会救助暂行办法-11",
    ),
    Step(
        "to_decline",
        "submitted_for_refusal",
        "district_declining",
        who=Role.HANDLER,
        form=schemas.Submission,
        guards=(rules.what_happened_is_past,),
        change=granting.set_district_days,
        starts=("district",),
        since=(("district", "submitted_on"),),
        tells=(facts.SubmittedToDistrict,),
        document="submission_form",
        basis="社会救助暂行办法-11",
    ),
    Step(
        "district_declining",
        "refusal_followed_up",
        "district_declining",
        who=Role.CLOCK,
        expires="district",
        starts=("district",),
    ),
    Step(
        (*_DISTRICT, "district_declining"),
        "district_rejected",
        "rejected",
        who=Role.HANDLER,
        form=schemas.Rejection,
        guards=(rules.what_happened_is_past,),
        stops=("district", "handling"),
        starts=("rejection_notice",),
        since=(("rejection_notice", "decided_on"),),
        tells=(facts.ReliefRejected,),
        basis="社会救助暂行办法-11",
    ),
    Step(
        (*_DISTRICT, "district_declining"),
        "district_sent_back",
        "surveyed",
        who=Role.HANDLER,
        form=schemas.SentBack,
        stops=("district",),
    ),
    Step("at_district", "district_fell_silent", "district_silent", who=Role.CLOCK, expires="district"),
    Step(
        "district_silent",
        "district_urged",
        "at_district",
        who=Role.HANDLER,
        form=schemas.Urging,
        guards=(rules.what_happened_is_past,),
        repeatable=True,
        starts=("district",),
        since=(("district", "urged_on"),),
    ),
    Step(
        "rejected",
        "rejection_notified",
        "rejection_told",
        who=Role.HANDLER,
        form=schemas.RejectionNotice,
        guards=(rules.what_happened_is_past,),
        change=remedies.decides("rejected"),
        document="rejection_notice",
        **_may_contest("rejection_notice"),
        basis="社会救助暂行办法-65",
    ),
    Step(
        # Also where it was referred elsewhere meanwhile, or its rework was withdrawn or has not begun with another request.
        ("rejection_told", "referred", "referral_silent", "referral_settled", "to_apply", *_AFTER_THE_END),
        "rejection_overturned",
        "surveyed",
        who=Role.HANDLER,
        form=schemas.Review,
        guards=(granting.a_refusal_stands, rules.what_happened_is_past),
        change=remedies.puts_right("rejected", rules.take_up_again),
        **_may_contest(
            "referral_followup",
            "remedy_followup",
            starts=("handling", "remedy_followup"),
            lasts=(_FOLLOWED,),
            since=(("handling", "decided_on"),),
        ),
        basis="社会救助暂行办法-65",
    ),
    *(
        Step(
            state,
            "approval_published",
            state,
            who=Role.HANDLER,
            form=schemas.Publication,
            guards=(granting.shows_only_what_it_may, granting.publication_is_dated),
            document="approval_publication",
            basis="社会救助暂行办法-11",
        )
        for state in ("approved", "paid")
    ),
    Step(
        "approved",
        "grant_renounced",
        "dropped",
        who=Role.HANDLER,
        form=schemas.Renunciation,
        guards=(granting.nobody_is_left, rules.what_happened_is_past),
        keeps="application_dropped",
        change=remedies.puts_right("amount", granting.take_back_grant),
        document="withdrawal_record",
        **_may_contest("payment", "remedy_followup", starts=("remedy_followup",), lasts=(_FOLLOWED,)),
        basis="社会救助暂行办法-13",
    ),
    Step(
        "approved",
        "grant_revoked",
        "rejected",
        who=Role.LEADER,
        form=schemas.Revocation,
        guards=(granting.revoked_after_the_grant, rules.what_happened_is_past),
        # From here it is a refusal like any other: told in writing with its reason and remedies, counted as one.
        keeps="district_rejected",
        change=remedies.puts_right("amount", granting.take_back_grant),
        tells=(facts.ReliefRejected,),
        **_may_contest(
            "payment",
            "remedy_followup",
            starts=("rejection_notice", "remedy_followup"),
            lasts=(_FOLLOWED,),
            since=(("rejection_notice", "decided_on"),),
        ),
        basis="社会救助暂行办法-65",
    ),
    Step(
        "approved",
        "relief_paid",
        "paid",
        who=Role.HANDLER,
        form=schemas.Payments,
        guards=(
            granting.grant_is_published,
            granting.paid_what_was_approved,
            rules.what_happened_is_past,
        ),
        change=remedies.receive_with_money,
        tells=(facts.ReliefPaid,),
        document="payment_voucher",
        **_may_contest("payment", starts=("verification",), lasts=(_VERIFIED,)),
        basis="社会救助暂行办法-12",
    ),
    # What is paid month by month outlives the appeal: it is verified, and may end, when that is long closed.
    *(
        Step(
            state,
            "benefit_verified",
            target,
            who=Role.HANDLER,
            form=schemas.BenefitChange,
            guards=(*guards, benefits.change_fits_the_amount, rules.what_happened_is_past),
            repeatable=True,
            change=remedies.verify,
            document="verification_record",
            **_may_contest(
                "verification", starts=("verification",), lasts=(_VERIFIED,), since=(("verification", "checked_on"),)
            ),
            basis="社会救助暂行办法-13",
        )
        for state, target, guards in (
            ("benefit_reviewing", "paid", _RUNS),
            ("paid", "paid", _RUNS),
            *((state, state, _RUNS_ON) for state in _AFTER_THE_END),
        )
    ),
    *(
        Step(
            state,
            "benefit_stopped",
            target,
            who=Role.LEADER,
            form=schemas.BenefitStop,
            guards=(
                *guards,
                benefits.end_is_decided_and_published,
                benefits.last_month_fits,
                rules.what_happened_is_past,
            ),
            change=remedies.decides("stopped", benefits.end_benefit),
            tells=(facts.ReliefStopped,),
            document="stop_notice",
            **_may_contest("verification"),
            basis="社会救助暂行办法-13",
        )
        for state, target, guards in (
            ("benefit_reviewing", "stopped", _RUNS),
            ("paid", "stopped", _RUNS),
            *((state, state, _RUNS_ON) for state in _AFTER_THE_END),
        )
    ),
    *(
        Step(
            state,
            "month_paid",
            state,
            who=Role.HANDLER,
            form=schemas.MonthPayment,
            guards=(benefits.month_is_due, rules.what_happened_is_past),
            repeatable=True,
            basis="社会救助暂行办法-12",
        )
        for state in _PAYING
    ),
    *(
        Step(
            state,
            "arrears_paid",
            state,
            who=Role.HANDLER,
            form=schemas.Arrears,
            guards=(granting.something_was_granted, rules.what_happened_is_past),
            repeatable=True,
            change=remedies.makes_good(("amount", "lowered", "stopped")),
            document="payment_voucher",
            basis="社会救助暂行办法-12",
        )
        for state in ("benefit_reviewing", "paid", "stopped", *_AFTER_THE_END)
    ),
    # An appeal that comes back while its monthly relief runs has that verified, or stopped; nothing is applied for anew.
    handling.resumed(
        "benefit_taken_up", "benefit_reviewing", benefits.what_runs_is_lasting, basis="社会救助暂行办法-13"
    ),
    # What was obtained without right is found out when it is, mostly long after the appeal is closed.
    *(
        Step(
            source,
            "fraud_found",
            target,
            who=Role.LEADER,
            form=schemas.Fraud,
            guards=(*guards, refunds.fraud_fine_is_lawful, refunds.refund_is_what_was_obtained),
            change=refunds.end_at_once,
            stops=(
                *("handling", "initial_opinion", "publicity", "district", "payment", "retro_papers"),
                *("objection_check", "verification"),
            ),
            starts=("fraud_followup",),
            tells=(facts.FraudFound,),
            document="fraud_report",
            basis="社会救助暂行办法-68",
        )
        for source, target, guards in (
            (_SUSPECT, "fraud", ()),
            *(((state,), state, (refunds.something_was_given,)) for state in _AFTER_THE_END),
        )
    ),
    *(
        Step(
            state,
            "refund_received",
            state,
            who=Role.HANDLER,
            form=schemas.Refund,
            guards=(refunds.refund_is_open, rules.what_happened_is_past),
            repeatable=True,
            change=refunds.note_refund,
            stops=("refund",),
            # More may still be waited for.
            starts=("refund",),
            lasts=(("refund", "refund_open"),),
            document="refund_receipt",
            basis="社会救助暂行办法-68",
        )
        for state in _EVERYWHERE
    ),
    *(
        Step(
            state,
            "overpaid_returned",
            state,
            who=Role.HANDLER,
            form=schemas.GivenBack,
            guards=(refunds.too_much_came_back, rules.what_happened_is_past),
            keeps="",
            change=refunds.give_back,
            basis="社会救助暂行办法-68",
        )
        for state in _EVERYWHERE
    ),
    # The district decides on what was reported; until then it is asked, and so is who owes.
    *(
        step
        for state in _EVERYWHERE
        for step in (
            Step(
                state,
                "fraud_followed_up",
                state,
                who=Role.CLOCK,
                expires="fraud_followup",
                starts=("fraud_followup",),
            ),
            Step(
                state,
                "fraud_decided",
                state,
                who=Role.HANDLER,
                form=schemas.FraudDecision,
                guards=(refunds.fraud_is_undecided, refunds.decided_refund_is_lawful, rules.what_happened_is_past),
                change=remedies.decides("fraud_found", refunds.note_decision),
                basis="社会救助暂行办法-68",
                **_may_contest(
                    "fraud_followup",
                    "refund",
                    starts=("refund",),
                    lasts=(("refund", "refund_open"),),
                    since=(("refund", "told_on"),),
                ),
            ),
        )
    ),
    *(
        Step(state, "refund_followed_up", state, who=Role.CLOCK, expires="refund", starts=("refund",))
        for state in _EVERYWHERE
    ),
)
#: A decision that stands no longer: others may still be contested, and other money waited for.
_DECIDED = _may_contest("remedy_followup", starts=("remedy_followup",), lasts=(_FOLLOWED,))
_RESTORED = _may_contest("remedy_followup", starts=("remedy_followup", "verification"), lasts=(_FOLLOWED, _VERIFIED))


def _owing_less(*stops: str, starts: tuple[str, ...] = (), lasts: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """Return the clocks of a step by which a decision that asked for money stands no longer, with its own."""
    return _may_contest(
        "refund",
        "remedy_followup",
        *stops,
        starts=("refund", "remedy_followup", *starts),
        lasts=(("refund", "refund_open"), _FOLLOWED, *lasts),
    )


_CLEARED = _owing_less("fraud_followup", starts=("verification",), lasts=(_VERIFIED,))
#: What became of a decision that somebody has turned against, and the way back from each (社会救助暂行办法 65).
_CONTESTING = (
    *(
        step
        for state in _EVERYWHERE
        for step in (
            Step(
                state,
                "decision_received",
                state,
                who=Role.HANDLER,
                form=schemas.DecisionReceived,
                guards=(remedies.something_is_unreceived, rules.what_happened_is_past),
                # It stands with its decision.
                keeps="",
                change=remedies.receive,
                basis="社会救助暂行办法-65",
                **_may_contest(),
            ),
            Step(
                state,
                "remedy_sought",
                state,
                who=Role.HANDLER,
                form=schemas.Remedy,
                guards=(remedies.may_be_contested, remedies.is_in_time, rules.what_happened_is_past),
                repeatable=True,
                change=remedies.seek,
                basis="社会救助暂行办法-65",
                **_may_contest(starts=("remedy_followup",), since=(("remedy_followup", "filed_on"),)),
            ),
            Step(
                state,
                "remedy_followed_up",
                state,
                who=Role.CLOCK,
                expires="remedy_followup",
                starts=("remedy_followup",),
            ),
            Step(
                state,
                "remedy_decided",
                state,
                who=Role.HANDLER,
                form=schemas.RemedyResult,
                guards=(remedies.something_is_contested, rules.what_happened_is_past),
                repeatable=True,
                change=remedies.end,
                basis="社会救助暂行办法-65",
                **_DECIDED,
            ),
            Step(
                state,
                "earlier_put_right",
                state,
                who=Role.HANDLER,
                form=schemas.EarlierPutRight,
                guards=(remedies.an_earlier_one_is_unmet, rules.what_happened_is_past),
                repeatable=True,
                change=remedies.put_earlier_right,
                basis="社会救助暂行办法-65",
                **_may_contest("refund", starts=("refund",), lasts=(("refund", "refund_open"),)),
            ),
        )
    ),
    *(
        Step(
            source,
            "benefit_restored",
            target,
            who=Role.HANDLER,
            form=schemas.Review,
            guards=(*guards, rules.what_happened_is_past),
            change=change,
            basis="社会救助暂行办法-65",
            **clocks,
        )
        for source, target, guards, change, clocks in (
            (
                "stopped",
                "paid",
                (benefits.is_stopped,),
                remedies.puts_right("stopped", benefits.restore_benefit),
                _RESTORED,
            ),
            (
                "fraud",
                "paid",
                (refunds.fraud_was_reported, refunds.relief_was_paid),
                remedies.puts_right("fraud_found", refunds.clear_of_fraud),
                _CLEARED,
            ),
            *(
                (
                    state,
                    state,
                    (benefits.is_stopped,),
                    remedies.puts_right("stopped", benefits.restore_benefit),
                    _RESTORED,
                )
                for state in _AFTER_THE_END
            ),
        )
    ),
    *(
        Step(
            source,
            "advance_upheld",
            target,
            who=Role.HANDLER,
            form=schemas.Review,
            guards=(*guards, rules.what_happened_is_past),
            change=change,
            basis="社会救助暂行办法-65",
            **clocks,
        )
        for source, target, guards, change, clocks in (
            (
                "reclaimed",
                "retro_due",
                (refunds.is_reclaimed,),
                remedies.puts_right("reclaimed", refunds.uphold_advance),
                _owing_less(starts=("retro_papers",)),
            ),
            (
                "fraud",
                "retro_due",
                (refunds.fraud_was_reported, refunds.only_an_advance_was_given),
                remedies.puts_right("fraud_found", refunds.clear_of_fraud),
                _owing_less("fraud_followup", starts=("retro_papers",)),
            ),
            *(
                (
                    state,
                    state,
                    (refunds.is_reclaimed,),
                    remedies.puts_right("reclaimed", refunds.uphold_advance),
                    _owing_less(),
                )
                for state in _AFTER_THE_END
            ),
        )
    ),
    Step(
        "fraud",
        "fraud_cleared",
        "surveyed",
        who=Role.HANDLER,
        form=schemas.Review,
        guards=(refunds.fraud_was_reported, refunds.nothing_was_given, rules.what_happened_is_past),
        change=remedies.puts_right("fraud_found", refunds.clear_of_fraud),
        basis="社会救助暂行办法-65",
        **_owing_less("fraud_followup", starts=("handling",)),
    ),
    *(
        Step(
            state,
            "fraud_cleared",
            state,
            who=Role.HANDLER,
            form=schemas.Review,
            guards=(refunds.fraud_was_reported, rules.what_happened_is_past),
            change=remedies.puts_right("fraud_found", refunds.clear_of_fraud),
            basis="社会救助暂行办法-65",
            **_CLEARED,
        )
        for state in (*_BEFORE_ANOTHER, *_AFTER_THE_END)
    ),
    Step(
        READY,
        "review_carried_out",
        "closed",
        who=Role.HANDLER,
        form=schemas.CarriedOut,
        guards=(rules.was_opened_by_a_review, rules.what_happened_is_past),
        change=rules.end_review,
        tells=(handling.CaseRecounted,),
        basis="社会救助暂行办法-65",
    ),
)
_URGENT = (
    Step(
        "to_apply",
        "emergency_assessed",
        "emergency",
        who=Role.HANDLER,
        form=schemas.Emergency,
        guards=(applying.nothing_runs_already, rules.what_happened_is_past),
        change=applying.note_emergency,
        starts=("advance",),
        since=(("advance", "assessed_at"),),
        tells=(handling.CaseCategorised,),
        document="emergency_assessment",
        basis="社会救助暂行办法-48",
    ),
    Step(
        "emergency",
        "advance_paid",
        "retro_due",
        who=Role.LEADER,
        form=schemas.Advance,
        apart=("emergency_assessed",),
        guards=(
            applying.within_advance_limit,
            applying.advanced_after_the_assessment,
            rules.what_happened_is_past,
        ),
        change=applying.note_advance,
        stops=("advance",),
        starts=("retro_papers",),
        since=(("retro_papers", "paid_on"),),
        tells=(facts.AdvancePaid,),
        document="advance_voucher",
        basis="社会救助暂行办法-48",
    ),
    Step("emergency", "not_urgent", "to_apply", who=Role.LEADER, form=schemas.NotUrgent, stops=("advance",)),
    Step(
        "emergency",
        "advance_delayed",
        "emergency",
        who=Role.CLOCK,
        change=applying.note_delay,
        expires="advance",
        starts=("advance",),
        tells=(facts.AdvanceLate,),
    ),
    Step(
        ("retro_due", "retro_overdue"),
        "papers_completed",
        "emergency_settled",
        who=Role.HANDLER,
        form=schemas.RetroPapers,
        guards=(applying.retro_papers_are_complete,),
        stops=("retro_papers",),
        document="retro_form",
        basis="社会救助暂行办法-48",
    ),
    Step(
        "retro_due",
        "papers_missed",
        "retro_overdue",
        who=Role.CLOCK,
        expires="retro_papers",
        starts=("retro_papers",),
        tells=(facts.RetroPapersOverdue,),
    ),
    Step(
        "retro_overdue",
        "papers_asked_again",
        "retro_overdue",
        who=Role.CLOCK,
        expires="retro_papers",
        starts=("retro_papers",),
    ),
    Step(
        ("retro_due", "retro_overdue"),
        "papers_waived",
        "emergency_settled",
        who=Role.LEADER,
        form=schemas.PapersWaived,
        apart=("emergency_assessed",),
        guards=(applying.papers_can_not_come, rules.what_happened_is_past),
        stops=("retro_papers",),
        document="papers_waiver",
        basis="社会救助暂行办法-48",
    ),
    Step(
        ("retro_due", "retro_overdue"),
        "advance_reclaimed",
        "reclaimed",
        who=Role.LEADER,
        form=schemas.Reclaim,
        guards=(refunds.reclaim_is_what_was_advanced, rules.what_happened_is_past),
        change=remedies.decides("reclaimed", refunds.note_reclaim),
        document="reclaim_notice",
        **_may_contest("retro_papers", starts=("refund",)),
        basis="社会救助暂行办法-68",
    ),
)
_REFERRING = (
    Step(
        ("to_apply", "materials_check", "surveyed", "informed", "emergency_settled", "rejection_told"),
        "referred",
        "referred",
        who=Role.HANDLER,
        form=schemas.Referral,
        guards=(rules.what_happened_is_past,),
        stops=("handling", "initial_opinion"),
        starts=("referral_followup",),
        since=(("referral_followup", "referred_on"),),
        tells=(facts.ReliefReferred,),
        document="referral_letter",
        basis="社会救助暂行办法-60",
    ),
    Step("referred", "referral_fell_silent", "referral_silent", who=Role.CLOCK, expires="referral_followup"),
    Step(
        "referral_silent",
        "referral_urged",
        "referred",
        who=Role.HANDLER,
        form=schemas.Urging,
        guards=(rules.what_happened_is_past,),
        repeatable=True,
        starts=("referral_followup",),
        since=(("referral_followup", "urged_on"),),
    ),
    Step(
        ("referred", "referral_silent"),
        "referral_answered",
        "referral_settled",
        who=Role.HANDLER,
        form=schemas.ReferralResult,
        stops=("referral_followup",),
    ),
    # Beside what is handled here another body may be asked for what is its own, such as school fees.
    *(
        Step(
            state,
            "also_referred",
            state,
            who=Role.HANDLER,
            form=schemas.Referral,
            guards=(rules.what_happened_is_past,),
            repeatable=True,
            starts=("also_referral",),
            since=(("also_referral", "referred_on"),),
            document="referral_letter",
            basis="社会救助暂行办法-60",
        )
        for state in _BESIDE
    ),
    *(
        Step(
            state,
            "also_referral_followed_up",
            state,
            who=Role.CLOCK,
            expires="also_referral",
            starts=("also_referral",),
        )
        for state in _EVERYWHERE
    ),
    *(
        Step(
            state,
            "also_referral_answered",
            state,
            who=Role.HANDLER,
            form=schemas.AlsoReferralResult,
            guards=(rules.referral_is_open,),
            repeatable=True,
            change=rules.note_answer,
            stops=("also_referral",),
            # Others may still be waited for.
            starts=("also_referral",),
            lasts=(("also_referral", "referrals_left"),),
        )
        for state in _EVERYWHERE
    ),
    Step("referral_settled", "referral_returned", "to_apply", who=Role.HANDLER, form=schemas.ReferralResult),
)

#: What a review has opened after the appeal's end is nobody else's; a rework of what is paid month by month begins elsewhere.
_GUARDED = {"transferred": rules.is_told_by_the_appeal, "rework_taken": benefits.nothing_lasting_runs}
_SHARED = tuple(
    replace(step, guards=(*step.guards, _GUARDED[step.trigger])) if step.trigger in _GUARDED else step
    for step in handling.shared_steps(first="to_apply", open_states=HANDLING, ready=())
    if step.sources
)

_STEPS = (
    *_SHARED,
    *_APPLYING,
    *_SURVEYING,
    *_PUBLICISING,
    *_DECIDING,
    *_CONTESTING,
    *_URGENT,
    *_REFERRING,
    _conclusion(HELPED, "concluded", schemas.Helped),
    _conclusion(NOT_HELPED, "concluded_without_help", schemas.NotHelped),
)

RELIEF = Workflow(
    "relief",
    *(replace(step, case_kind=_BY_KIND) for step in _STEPS),
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=(*_REMEDIES, "verification", "remedy_followup", "fraud_followup", "refund", "also_referral"),
)
