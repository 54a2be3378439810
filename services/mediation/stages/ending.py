"""Mediation ends without an agreement, the other routes are told, the authority is informed (人民调解法 26)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role, Step
from services.mediation import experts, facts, parties, rules, schemas
from services.mediation.stages.following import another, answered
from services.mediation.stages.places import EVERYWHERE, MEDIATING, UNSETTLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _suing(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    kept = case.details
    # What the court would not confirm may bind nobody: then the time is safe that runs from the application.
    agreed = None if case.state == "confirmation_refused" else kept.get("limitation_from")
    since = date.fromisoformat(str(agreed)) if agreed else local_date(case.opened_at)
    # What was confirmed before it was mediated again stays confirmed, and is enforced as far as it was not performed.
    stands = kept.get("court_confirmed") and not kept.get("performance_verified") and kept.get("enforcement_from")
    return {
        "agreement_binds": rules.binds(kept),
        "limitation_until": rules.told_until("limitation", since),
        "enforcement_until": rules.told_until("enforcement_application", date.fromisoformat(str(stands)))
        if stands
        else "",
    }


def _terminated(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {**experts.left(case, moment), **rules.draft_laid_aside(case.details), **_suing(case, form, moment)}


STEPS = (
    Step(
        ("consent_due", *MEDIATING),
        "mediation_terminated",
        "terminated",
        who=Role.HANDLER,
        form=schemas.Termination,
        guards=(
            rules.what_never_began_ends_as_such,
            rules.the_reason_is_so,
            rules.routes_fit_the_dispute,
            rules.undisputed_facts_are_signed,
            parties.undisputed_facts_are_signed_by_who_can,
        ),
        keeps="termination",
        change=_terminated,
        tells=(facts.MediationTerminated,),
        stops=("mediation_period", "continuation", "appraisal_follow_up", "consent_follow_up"),
        document="termination_notice",
        basis="人民调解法-26",
    ),
    # What goes on although it was mediated, or because it could not be, is put before the authority, with what was tried;
    # its answer is waited for beside the case, which may end meanwhile.
    *(
        Step(
            state,
            "authority_informed",
            state,
            who=Role.HANDLER,
            form=schemas.AuthorityInformed,
            keeps="authorities_informed",
            repeatable=True,
            change=another(rules.AUTHORITIES, "authority_follow_up", "ask_authority_in"),
            starts=("authority_follow_up",),
            lasts=(("authority_follow_up", "ask_authority_in"),),
            document="authority_report",
            basis="人民调解法-26",
        )
        for state in UNSETTLED
    ),
    *(
        Step(
            state,
            "authority_answered",
            state,
            who=Role.HANDLER,
            form=schemas.AuthorityAnswer,
            guards=(rules.AUTHORITIES.is_waited_for("等待主管部门答复的报告", "authority is waited for"),),
            keeps="authority_answers",
            repeatable=True,
            change=answered(rules.AUTHORITIES, "authority_follow_up", "authority_says", "ask_authority_in"),
            stops=("authority_follow_up",),
            starts=("authority_follow_up",),
            lasts=(("authority_follow_up", "ask_authority_in"),),
        )
        for state in EVERYWHERE
    ),
)

NOT_CONFIRMED = (
    Step(
        "confirmation_refused",
        "mediation_resumed",
        "in_session",
        who=Role.HANDLER,
        starts=("mediation_period",),
        stops=("performance",),
        basis="人民调解法-33",
    ),
    Step(
        "confirmation_refused",
        "mediation_terminated",
        "terminated",
        who=Role.HANDLER,
        form=schemas.Termination,
        guards=(
            rules.the_reason_is_so,
            rules.routes_fit_the_dispute,
            rules.undisputed_facts_are_signed,
            parties.undisputed_facts_are_signed_by_who_can,
        ),
        keeps="termination",
        change=_suing,
        tells=(facts.MediationTerminated,),
        stops=("performance",),
        document="termination_notice",
        basis="人民调解法-33",
    ),
)
