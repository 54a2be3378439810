"""An agreement by word or in writing takes effect (人民调解法 28 to 30)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role, Step
from services.mediation import facts, parties, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _in_effect(kind: str, case: CaseView, agreement: Values, moment: Moment) -> Mapping[str, Any]:
    days = rules.performance_days(agreement["items"], local_date(moment.now))
    return {
        "agreement_kind": kind,
        "performance_days": days,
        "limitation_from": rules.last_due(case, agreement),
        # What was paid on an agreement that this one takes the place of stays paid, and performs nothing of this one.
        "earlier_performances": rules.performances(case),
        "standing_agreement": None,
        "performances": [],
        "performance_verified": None,
        "breach_found": None,
        "confirmation_lapsed": False,
        "court_confirmed": False,
        # What a court has ruled was about another agreement, also where that was today.
        "ruled_on": None,
    }


def _drafted(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    # What is not signed yet takes the place of nothing that was agreed before.
    kept = case.details
    return {"standing_agreement": rules.agreement_of(kept)} if kept.get("agreement_kind") else {}


def _oral_in_effect(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {**_in_effect("oral", case, form, moment), "effective_on": form["agreed_on"] or local_date(moment.now)}


def _written_in_effect(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    today = local_date(moment.now)
    signed = {**form, "signatures": [{**row, "on": row["on"] or today} for row in form["signatures"]]}
    return {
        **_in_effect("written", case, case.details["agreement"], moment),
        "agreement_signed": signed,
        "effective_on": rules.effective_on(signed),
    }


STEPS = (
    Step(
        "in_session",
        "agreed_by_word",
        "performing",
        who=Role.HANDLER,
        form=schemas.OralAgreement,
        guards=(
            parties.everybody_is_represented,
            rules.clauses_are_complete,
            rules.the_rest_is_named,
            rules.identities_are_known,
            rules.nothing_comes_before_it_was_mediated,
            rules.dated("agreed_on", "registered_on"),
        ),
        keeps="agreement",
        change=_oral_in_effect,
        tells=(facts.AgreementReached,),
        starts=("performance", "limitation"),
        lasts=(("performance", "performance_days"),),
        since=(("limitation", "limitation_from"),),
        stops=("mediation_period", "continuation", "enforcement_application"),
        document="oral_agreement_register",
        basis="人民调解法-30",
    ),
    Step(
        "in_session",
        "agreement_drafted",
        "agreement_drafted",
        who=Role.HANDLER,
        form=schemas.AgreementDraft,
        guards=(
            parties.everybody_is_represented,
            rules.clauses_are_complete,
            rules.no_ground_for_refusal,
            rules.the_rest_is_named,
            rules.nothing_comes_before_it_was_mediated,
        ),
        keeps="agreement",
        change=_drafted,
        document="mediation_agreement",
        basis="人民调解法-29",
    ),
    Step(
        "agreement_drafted",
        "draft_rejected",
        "in_session",
        who=Role.HANDLER,
        form=schemas.DraftRejection,
        change=lambda case, _form, _moment: rules.draft_laid_aside(case.details),
    ),
    Step(
        "agreement_drafted",
        "agreement_signed",
        "performing",
        who=Role.HANDLER,
        form=schemas.Signatures,
        guards=(
            parties.everybody_is_represented,
            rules.agreement_takes_effect,
            rules.identities_are_known,
            parties.guardians_sign,
            parties.agents_may_sign,
            rules.signed_and_heard_by_now,
            rules.nothing_comes_before_it_was_mediated,
        ),
        change=_written_in_effect,
        tells=(facts.AgreementReached,),
        starts=("performance", "judicial_confirmation", "limitation"),
        lasts=(("performance", "performance_days"),),
        since=(("judicial_confirmation", "effective_on"), ("limitation", "limitation_from")),
        stops=("mediation_period", "continuation", "enforcement_application"),
        document="mediation_agreement",
        basis="人民调解法-29",
    ),
)
