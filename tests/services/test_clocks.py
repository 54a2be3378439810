"""What the clocks of all services say of themselves: whose they are, and whether anybody has compared them."""

from __future__ import annotations

import pytest

from chassis import catalogue
from chassis.clocks import Kind
from chassis.handling import PROMISE, CasePaused, CaseResumed
from chassis.receivers import MECHANISMS

#: Regulations 3.1-3.6: times that no law sets; the office, an agreement or an order does.
OWN = {
    "mediation": {
        *("continuation", "performance", "urging", "follow_up_visit", "appraisal_follow_up", "court_follow_up"),
        *("consent_follow_up", "authority_follow_up", "escalation_follow_up"),
    },
    "enforcement": {
        *("recheck", "correction", "instalment", "exclusion", "testing", "spot_filing"),
        *("court_followup", "contest_followup", "authority_followup", "cost_payment", "cost_followup"),
        *("cost_contest_followup", "assistance", "property_check", "recusal"),
        *("suspension_check", "dismantling", "dismantling_urging", "dismantling_followup", "earlier_followup"),
        "measure_followup",
    },
    "hotline": {
        *("upstream_finish", "upstream_due", "force_majeure"),
        *("external_follow_up", "material_wait", "upstream_review"),
        *("upstream_return_answer", "upstream_extension_answer", "petition_follow_up", "upstream_notice"),
    },
    "wage_recovery": {
        *(
            "settlement",
            "enforcement_settlement",
            "order_to_pay",
            "enforcement_follow_up",
            "lawsuit_follow_up",
            "follow_up",
        ),
        *("fund_recovery", "fund_answer", "list_answer", "group_report", "police_answer", "criminal_case"),
        "serious_answer",
        "arbitral_confirmation_acceptance",
    },
    "relief": {
        *("cross_region", "supplement", "advance", "retro_papers", "referral_followup", "also_referral"),
        *("remedy_followup", "fraud_followup", "refund", "verification", "objection_check"),
    },
    "property": {
        *("company_exit", "request_check", "developers_papers", "papers_follow_up"),
        *("rectification", "interview_promise", "meeting_decision", "external_follow_up", "fund_follow_up"),
        *("restoration", "decision_order"),
        "committee_books",
        "order_follow_up",
        "fine_follow_up",
        *("owners_follow_up", "repair_works", "emergency_repair", "urged_answer", "report_follow_up"),
        *("credit_follow_up", "joint_meeting", "second_rescue"),
    },
    "routing": {
        *("triage", "sign_off", "sign_off_reminder", "duty_sign_off", "countersign", "countersign_reminder"),
        *("return_review", "adjudication"),
        *(
            "triage_alarm",
            "urgent_triage",
            "urgent_triage_alarm",
            "duty_sign_off_alarm",
            "return_review_alarm",
            "adjudication_alarm",
        ),
    },
    "feedback": {
        "progress_call",
        "attitude_supervision",
        "callback",
        "process_review",
        "rework",
        "supervision",
        "supervision_alarm",
        "reopening",
        "recall",
    },
}
#: Regulations 3 and 7: numbers that nobody has found in the act's text.
DOUBTED = {
    "mediation": {"mediation_period"},
    "enforcement": {"remedies", "dismantling_remedies", "dismantling_suit"},
    "wage_recovery": {
        *("order_to_pay", "inspection_acceptance", "arbitration_acceptance", "court_application"),
        *("confirmation_acceptance", "confirmation_review", "trial", "enforcement_term", "property_search"),
    },
    "relief": {
        *("handling", "initial_opinion", "publicity", "district", "rejection_notice", "advance", "retro_papers"),
        *("remedies", "suit_after_review"),
    },
}


@pytest.mark.parametrize("name", OWN)
def test_only_what_a_law_sets_is_called_the_law_s(name: str) -> None:
    clocks = catalogue.spec(name).legal.clocks

    assert {clock.name for clock in clocks if clock.kind is Kind.SERVICE} == OWN[name]


@pytest.mark.parametrize("name", OWN)
def test_a_time_of_the_law_names_its_article_or_is_marked(name: str) -> None:
    legal = catalogue.spec(name).legal

    for clock in legal.clocks:
        article = legal.basis(clock.basis, clock.effective_from).article
        assert clock.kind is Kind.SERVICE or article or not clock.verified, clock.name


@pytest.mark.parametrize("name", DOUBTED)
def test_what_is_doubted_is_marked(name: str) -> None:
    clocks = catalogue.spec(name).legal.clocks

    assert DOUBTED[name] <= {clock.name for clock in clocks if not clock.verified}


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_step_that_lets_the_promise_stand_still_or_run_on_tells_so(name: str) -> None:
    workflow = catalogue.spec(name).workflow
    assert workflow is not None

    for step in workflow.steps:
        assert (CasePaused in step.tells) == (PROMISE in step.suspends), step.trigger
        assert (CaseResumed in step.tells) == (PROMISE in step.resumes), step.trigger
