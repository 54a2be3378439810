"""Both ask a court to confirm the agreement, and it answers (人民调解法 33; 法释〔2011〕5号)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from chassis.workflow import Role, Step
from services.mediation import facts, parties, rules, schemas
from services.mediation.stages.performing import performing_again
from services.mediation.stages.periods import ran
from services.mediation.stages.places import COURT, LYING, PERFORMING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

_COURT_CLOCKS = ("court_acceptance", "court_review", "court_extension", "special_procedure", "court_follow_up")


def _lapsed(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"confirmation_lapsed": True}


def _court_has_longer(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    accepted = case.details["court_accepted"]
    return {
        "court_extended_in": accepted["court_number"],
        "reviewed_until": rules.until("court_review", date.fromisoformat(accepted["accepted_on"])),
        **rules.on("approved_on")(case, form, moment),
    }


def _applied(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    # What a court did upon an earlier application counts for no other.
    return {"applied_on": form["applied_on"], "accepted_on": "", "court_accepted": None, "court_prolongations": []}


def _prolonged_from(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    until = rules.until("special_procedure", date.fromisoformat(case.details["court_accepted"]["accepted_on"]))
    for earlier in case.details.get("court_prolongations", ()):
        until = rules.until("special_procedure", until, int(earlier["days"]))
    return {"prolonged_from": until, **rules.on("approved_on")(case, form, moment)}


def _confirmed(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {
        **performing_again(case, form, moment),
        "court_confirmed": True,
        "enforcement_from": rules.last_due(case, case.details["agreement"]),
        **rules.on("ruled_on")(case, form, moment),
    }


def _not_confirmed(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {"court_confirmed": False, **rules.on("ruled_on")(case, form, moment)}


STEPS = (
    Step(
        (*PERFORMING, "not_performed"),
        "confirmation_applied",
        "confirmation_pending",
        who=Role.HANDLER,
        form=schemas.ConfirmationApplication,
        guards=(
            parties.everybody_is_represented,
            rules.confirmation_is_possible,
            rules.confirmation_is_in_time,
            rules.application_is_joint,
        ),
        change=_applied,
        tells=(facts.ConfirmationApplied,),
        starts=("court_acceptance",),
        since=(("court_acceptance", "applied_on"),),
        stops=("judicial_confirmation", "urging"),
        document="confirmation_application",
        basis="人民调解法-33",
    ),
    *(
        Step(
            state,
            "confirmation_lapsed",
            state,
            who=Role.CLOCK,
            expires="judicial_confirmation",
            change=_lapsed,
            basis="人民调解法-33",
        )
        for state in (*PERFORMING, "not_performed")
    ),
    Step(
        COURT,
        "court_accepted",
        "confirmation_pending",
        who=Role.HANDLER,
        form=schemas.CourtAcceptance,
        guards=(rules.dated("accepted_on", "applied_on"),),
        change=rules.on("accepted_on"),
        starts=("court_review", "special_procedure"),
        since=(("court_review", "accepted_on"), ("special_procedure", "accepted_on")),
        stops=("court_acceptance", "court_follow_up"),
        basis="法释〔2011〕5号-4",
    ),
    Step(
        COURT,
        "court_extended",
        "confirmation_pending",
        who=Role.HANDLER,
        form=schemas.CourtExtension,
        guards=(rules.an_extension_follows_acceptance_once, rules.dated("approved_on", "accepted_on")),
        change=_court_has_longer,
        starts=("court_extension",),
        since=(("court_extension", "reviewed_until"),),
        stops=("court_review", "court_follow_up"),
        basis="法释〔2011〕5号-5",
    ),
    Step(
        COURT,
        "court_prolonged",
        "confirmation_pending",
        who=Role.HANDLER,
        form=schemas.CourtProlonged,
        guards=(rules.the_court_has_accepted, rules.dated("approved_on", "accepted_on")),
        keeps="court_prolongations",
        repeatable=True,
        change=_prolonged_from,
        starts=("special_procedure",),
        lasts=(("special_procedure", "days"),),
        since=(("special_procedure", "prolonged_from"),),
        stops=("court_review", "court_extension", "court_follow_up"),
        basis="民事诉讼法-187",
    ),
    Step("confirmation_pending", "acceptance_overdue", "court_overdue", who=Role.CLOCK, expires="court_acceptance"),
    Step("confirmation_pending", "ruling_overdue", "court_overdue", who=Role.CLOCK, expires="court_review"),
    Step("confirmation_pending", "answer_overdue", "court_overdue", who=Role.CLOCK, expires="court_follow_up"),
    Step("confirmation_pending", "extension_overdue", "court_overdue", who=Role.CLOCK, expires="court_extension"),
    # Also where the court was to be asked anyway: else its inquiry would be overtaken at once.
    Step(COURT, "special_procedure_over", "court_overdue", who=Role.CLOCK, expires="special_procedure"),
    Step(
        COURT,
        "court_asked",
        "confirmation_pending",
        who=Role.HANDLER,
        form=schemas.AskedAgain,
        keeps="court_inquiries",
        repeatable=True,
        starts=("court_follow_up",),
        lasts=(("court_follow_up", "days"),),
    ),
    Step(
        COURT,
        "court_confirmed",
        "performing",
        who=Role.HANDLER,
        form=schemas.Ruling,
        guards=(rules.dated("ruled_on", "applied_on", "accepted_on"),),
        keeps="ruling",
        change=_confirmed,
        tells=(facts.ConfirmationDecided,),
        stops=_COURT_CLOCKS,
        starts=("enforcement_application", "performance"),
        since=(("enforcement_application", "enforcement_from"),),
        lasts=(("performance", "performance_days"),),
        basis="法释〔2011〕5号-5",
    ),
    Step(
        COURT,
        "court_refused",
        "confirmation_refused",
        who=Role.HANDLER,
        form=schemas.RefusedRuling,
        guards=(rules.dated("ruled_on", "applied_on", "accepted_on"),),
        keeps="ruling",
        change=_not_confirmed,
        tells=(facts.ConfirmationDecided,),
        stops=_COURT_CLOCKS,
        basis="民诉解释-358",
    ),
    Step(
        "confirmation_refused",
        "settlement_goes_on",
        "performing",
        who=Role.HANDLER,
        form=schemas.Reopening,
        guards=(rules.what_was_agreed_is_lawful,),
        repeatable=True,
        change=performing_again,
        starts=("performance",),
        lasts=(("performance", "performance_days"),),
        basis="人民调解法-31",
    ),
    # The thirty days have run all the while: another application may come in what is left of them.
    *(
        Step(
            COURT,
            trigger,
            "performing",
            who=Role.HANDLER,
            form=form,
            guards=guards,
            change=performing_again,
            starts=("judicial_confirmation", "performance"),
            since=(("judicial_confirmation", "effective_on"),),
            lasts=(("performance", "performance_days"),),
            stops=_COURT_CLOCKS,
            basis=basis,
        )
        for trigger, form, guards, basis in (
            ("confirmation_withdrawn", schemas.Withdrawal, (), None),
            (
                "court_declined",
                schemas.NotAccepted,
                (rules.the_court_has_not_accepted, rules.dated("ruled_on", "applied_on")),
                "民诉解释-355",
            ),
        )
    ),
    *(
        Step(
            state,
            "enforcement_lapsed",
            state,
            who=Role.CLOCK,
            expires="enforcement_application",
            change=ran("enforcement_over"),
            basis="民事诉讼法-250",
        )
        for state in ("investigating", "in_session", *LYING)
    ),
)
