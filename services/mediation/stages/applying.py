"""Asked for, and consented to or not: before anything is mediated (人民调解法 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role, Step
from services.mediation import facts, parties, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _dispute(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {
        "dispute_type": form["dispute_type"],
        "limitation_from": local_date(case.opened_at),
        **parties.household(case, form["parties"], moment),
    }


STEPS = (
    Step(
        "accepted",
        "application_recorded",
        "consent_due",
        who=Role.HANDLER,
        form=schemas.Application,
        guards=(rules.there_are_two_sides, rules.it_may_be_mediated, parties.who_is_unable_is_represented),
        keeps="application",
        change=_dispute,
        starts=("limitation", "consent_follow_up"),
        since=(("limitation", "limitation_from"),),
        document="mediation_application",
        basis="人民调解法-17",
    ),
    Step(
        "consent_due",
        "consent_asked",
        "consent_due",
        who=Role.HANDLER,
        form=schemas.AskedAgain,
        keeps="consent_inquiries",
        repeatable=True,
        starts=("consent_follow_up",),
        lasts=(("consent_follow_up", "days"),),
        basis="人民调解法-17",
    ),
    Step(
        "accepted",
        "found_ineligible",
        "ineligible",
        who=Role.HANDLER,
        form=schemas.Ineligibility,
        document="no_mediation_notice",
        basis="人民调解工作若干规定-22",
    ),
    Step(
        "consent_due",
        "consent_given",
        "registered",
        who=Role.HANDLER,
        form=schemas.Consents,
        guards=(
            parties.everybody_is_represented,
            rules.everybody_consents,
            rules.signed_and_heard_by_now,
            rules.dated("registered_on"),
            rules.registered_after_consent,
        ),
        change=rules.on("registered_on"),
        tells=(facts.MediationRegistered,),
        starts=("mediation_period",),
        since=(("mediation_period", "registered_on"),),
        stops=("consent_follow_up",),
        document="mediation_register",
        basis="人民调解法-17",
    ),
    Step(
        "consent_due",
        "consent_refused",
        "refused",
        who=Role.HANDLER,
        form=schemas.ConsentRefusal,
        tells=(facts.MediationRefused,),
        stops=("consent_follow_up",),
        document="no_mediation_notice",
        basis="人民调解法-17",
    ),
)
