"""Arbitration is asked, accepts, and makes an award or rejects the claim (劳动争议调解仲裁法 28, 29, 41 to 50)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workflow import Role, Step
from services.wage_recovery import courts, debts, decisions, facts, orders, rules, schemas
from services.wage_recovery.stages.places import ARBITRATING, ARBITRATION, ENFORCEABLE, ENFORCEMENT, OF_THE_TITLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _limitation(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    found = courts.arbitration_until(
        form["employment_ended_on"], form["last_claimed_on"], courts.interruptions_on_file(case, form["applied_on"])
    )
    return {
        "co_respondents": courts.co_respondents(case.details, form),
        "arbitration_until": found and found.until,
        "arbitration_late": found is not None and found.until < form["applied_on"],
        "arbitration_provisional": found is not None and found.provisional,
        **dict.fromkeys(("arbitration_accepted", "arbitration_extended", "arbitration_declined")),
        **dict.fromkeys(("award_set_aside", "award_not_enforced")),
    }


def _award_final(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    # A mediation statement takes effect when both sides have received it; nobody sues against it (劳动争议调解仲裁法 42).
    agreed = form["kind"] == "mediation_statement"
    final = not agreed and courts.award_is_final(form["items"], form["monthly_minimum_wage"])
    kept = {**case.details, "award": form, "award_is_final": final}
    return {
        "award_is_final": final,
        "award_in_effect": final or agreed,
        "enforceable_since": courts.enforceable_from(kept, "award") if final or agreed else None,
        "award_appealable": not agreed,
        "appeal_over": agreed,
        **dict.fromkeys(("award_effective_on", "award_refusal")),
    }


def _award_in_effect(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {
        "award_in_effect": True,
        "appeal_over": True,
        # A final award could be enforced at once.
        "appeal_decides": not case.details["award_is_final"],
        "enforceable_since": courts.enforceable_from(case.details, "award"),
    }


def _award_gone(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    gone = dict.fromkeys(("award", "enforceable_since"))
    enforced = (case.details.get("enforcement_applied") or {}).get("ground") == "award"
    return {
        "award_is_final": False,
        "award_in_effect": False,
        "enforced_named": decisions.title_named(case.details, "award"),
        **gone,
        **(decisions.title_gone(case) if enforced else {}),
        **debts.sums_without(case, "award"),
    }


STEPS = (
    Step(
        ("coordinated", "settlement_broken", "confirmation_refused"),
        "referred_to_arbitration",
        "arbitration_pending",
        who=Role.HANDLER,
        form=schemas.ArbitrationRequest,
        guards=(courts.respondents_are_named, rules.what_happened_is_past),
        change=_limitation,
        tells=(facts.ArbitrationRequested,),
        starts=("arbitration_acceptance",),
        since=(("arbitration_acceptance", "applied_on"),),
        stops=("settlement",),
        document="arbitration_application",
        basis="劳动争议调解仲裁法-28",
    ),
    Step(
        "arbitration_pending",
        "acceptance_overdue",
        "arbitration_overdue",
        who=Role.CLOCK,
        expires="arbitration_acceptance",
    ),
    Step("arbitration_pending", "award_overdue", "arbitration_overdue", who=Role.CLOCK, expires="arbitration_award"),
    Step("arbitration_pending", "answer_overdue", "arbitration_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        ARBITRATION,
        "arbitration_accepted",
        "arbitration_pending",
        who=Role.HANDLER,
        form=schemas.ArbitrationAcceptance,
        guards=(rules.what_happened_is_past,),
        starts=("arbitration_award",),
        since=(("arbitration_award", "accepted_on"),),
        stops=("arbitration_acceptance", "follow_up"),
        basis="劳动争议调解仲裁法-43",
    ),
    Step(
        ARBITRATION,
        "arbitration_declined",
        "coordinated",
        who=Role.HANDLER,
        form=schemas.ArbitrationRefusal,
        stops=(*ARBITRATING, "follow_up"),
        basis="劳动争议调解仲裁法-29",
    ),
    Step(
        ARBITRATION,
        "arbitration_withdrawn",
        "coordinated",
        who=Role.HANDLER,
        form=schemas.LawsuitWithdrawal,
        stops=(*ARBITRATING, "follow_up"),
        basis="劳动争议调解仲裁法-41",
    ),
    Step(
        ARBITRATION,
        "arbitration_extended",
        "arbitration_pending",
        who=Role.HANDLER,
        form=schemas.ArbitrationExtension,
        guards=(rules.what_happened_is_past, courts.arbitration_is_accepted, orders.is_extended_once),
        change=orders.arbitrated_until,
        starts=("arbitration_extension",),
        lasts=(("arbitration_extension", "days"),),
        since=(("arbitration_extension", "extended_from"),),
        stops=("arbitration_award", "follow_up"),
        basis="劳动争议调解仲裁法-43",
    ),
    Step(
        "arbitration_pending",
        "extension_ran_out",
        "arbitration_overdue",
        who=Role.CLOCK,
        expires="arbitration_extension",
    ),
    Step(
        ARBITRATION,
        "arbitration_asked",
        "arbitration_pending",
        who=Role.HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        ARBITRATION,
        "award_made",
        "awarded",
        who=Role.HANDLER,
        form=schemas.Award,
        guards=(rules.what_happened_is_past, rules.comes_in_order("made_on", "received_on")),
        keeps="award",
        change=_award_final,
        tells=(facts.AwardMade,),
        starts=("award_appeal", "award_setting_aside", "enforcement_application"),
        lasts=(
            ("award_appeal", "award_appealable"),
            ("award_setting_aside", "award_is_final"),
            ("enforcement_application", "award_in_effect"),
        ),
        since=(("award_appeal", "received_on"), ("award_setting_aside", "received_on"), *ENFORCEABLE),
        stops=("arbitration_acceptance", "arbitration_award", "arbitration_extension", "follow_up"),
        basis="劳动争议调解仲裁法-47",
    ),
    Step(
        ARBITRATION,
        "claim_rejected",
        "award_refused",
        who=Role.HANDLER,
        form=schemas.AwardRefusal,
        guards=(rules.what_happened_is_past,),
        keeps="award_refusal",
        starts=("award_appeal",),
        since=(("award_appeal", "received_on"),),
        stops=("arbitration_acceptance", "arbitration_award", "arbitration_extension", "follow_up"),
        basis="劳动争议调解仲裁法-50",
    ),
    Step(
        "award_refused",
        "rejection_stands",
        "unfounded",
        who=Role.CLOCK,
        expires="award_appeal",
        change=courts.refusal_stands,
        basis="劳动争议调解仲裁法-50",
    ),
    Step(
        "awarded",
        "award_took_effect",
        "awarded",
        who=Role.CLOCK,
        expires="award_appeal",
        change=_award_in_effect,
        starts=("enforcement_application",),
        lasts=(("enforcement_application", "appeal_decides"),),
        since=ENFORCEABLE,
        basis="劳动争议调解仲裁法-50",
    ),
    *(
        Step(
            state,
            trigger,
            target,
            who=Role.HANDLER,
            form=schemas.SetAside,
            guards=(courts.award_was_final, *guards, rules.what_happened_is_past),
            keeps="award_set_aside",
            change=_award_gone,
            starts=("lawsuit_after_setting_aside",),
            since=(("lawsuit_after_setting_aside", "received_on"),),
            stops=("award_appeal", "award_setting_aside", "enforcement_application", *courts.COURTS_OWN, *asked_after),
            of=(*((clock, "enforced_named") for clock in courts.COURTS_OWN), *OF_THE_TITLE),
            basis="劳动争议调解仲裁法-49",
        )
        for state, trigger, target, guards, asked_after in (
            ("awarded", "award_set_aside", "coordinated", (), ("follow_up",)),
            *(
                (state, "award_set_aside", "coordinated", (decisions.no_decision_goes_on,), ("follow_up",))
                for state in ENFORCEMENT
            ),
            *(
                (state, "award_set_aside_others_go_on", state, (decisions.a_decision_goes_on,), ())
                for state in ENFORCEMENT
            ),
        )
    ),
)
