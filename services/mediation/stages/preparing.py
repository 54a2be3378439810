"""Who is there and for whom: agents, identities, rights, mediators, helpers (人民调解法 19, 20, 23)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role, Step
from services.mediation import experts, parties, rules, schemas
from services.mediation.stages.places import MEDIATING, PERFORMING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _mediators(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    register, today = moment.known(), local_date(moment.now)
    committees = register.committees() if register else []
    named = {name for of in rules.serving(form, committees, today).values() for name in of}
    faults = {fault for one in committees if one["name"] in named for fault in rules.standing(one, today)["failed"]}
    return {
        "handlers": "、".join(row["mediator"].strip() for row in form["mediators"]),
        "committees": sorted(named),
        "committee_faults": sorted(faults),
        "roster_on_file": bool(committees),
    }


STEPS = (
    *(
        Step(
            state,
            "agent_authorised",
            state,
            who=Role.HANDLER,
            form=schemas.Authorisation,
            guards=(parties.everybody_is_represented, rules.a_party_authorises_another, rules.dated("signed_on")),
            keeps="authorisations",
            repeatable=True,
            document="power_of_attorney",
            basis="民法典-165",
        )
        for state in ("consent_due", *MEDIATING, *PERFORMING)
    ),
    *(
        Step(
            state,
            "identities_checked",
            state,
            who=Role.HANDLER,
            form=schemas.Identities,
            guards=(rules.they_are_parties,),
            keeps="identities",
            repeatable=True,
            basis="人民调解法-29",
        )
        for state in ("consent_due", *MEDIATING)
    ),
    Step(
        "registered",
        "rights_explained",
        "rights_notified",
        who=Role.HANDLER,
        form=schemas.RightsNotice,
        guards=(parties.everybody_is_represented, rules.everybody_is_told),
        # Whatever an earlier mediation had waited for is awaited no more.
        change=lambda case, _form, moment: experts.left(case, moment),
        document="rights_notice",
        basis="人民调解法-23",
    ),
    *(
        Step(
            "rights_notified",
            trigger,
            target,
            who=Role.HANDLER,
            form=schemas.Mediators,
            guards=(
                experts.an_opinion_is_awaited(wait=wait),
                rules.mediators_are_impartial,
                rules.mediators_are_on_the_roster,
                rules.mediators_are_accepted,
                rules.one_mediator_presides,
                rules.nobody_challenged_returns,
                rules.helpers_are_welcome,
            ),
            keeps="mediators_set",
            change=_mediators,
            basis="人民调解法-19",
        )
        for trigger, target, wait in (
            ("mediators_set", "investigating", False),
            ("mediators_set_amid_appraisal", "appraising", True),
        )
    ),
    *(
        Step(
            state,
            "session_arranged",
            state,
            who=Role.HANDLER,
            form=schemas.Appointment,
            guards=(rules.they_can_still_come,),
            keeps="appointments",
            repeatable=True,
            basis="人民调解法-21",
        )
        for state in ("registered", "rights_notified", "investigating", "in_session", "period_over")
    ),
    # Also where nothing is arranged any more: nobody is to come to what has become of no use.
    *(
        Step(
            state,
            "session_called_off",
            state,
            who=Role.HANDLER,
            form=schemas.CalledOff,
            guards=(rules.one_is_arranged,),
            keeps="",
            change=rules.called_off,
            repeatable=True,
        )
        for state in (*MEDIATING, *PERFORMING)
    ),
    *(
        Step(
            state,
            "helpers_invited",
            state,
            who=Role.HANDLER,
            form=schemas.Helpers,
            guards=(rules.helpers_are_welcome,),
            keeps="helpers",
            repeatable=True,
            basis="人民调解法-20",
        )
        for state in ("investigating", "in_session")
    ),
    Step(
        ("investigating", "appraising", "in_session", "agreement_drafted"),
        "mediator_challenged",
        "rights_notified",
        who=Role.HANDLER,
        form=schemas.Challenge,
        guards=(rules.the_mediator_is_set,),
        keeps="challenges",
        change=experts.mediator_replaced,
        repeatable=True,
        basis="人民调解工作若干规定-25",
    ),
)
