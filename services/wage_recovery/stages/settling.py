"""Mediated and settled in instalments: kept, or broken (劳动争议调解仲裁法 14, 15; 人民调解法 33)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role, Step
from services.wage_recovery import courts, debts, decisions, facts, rules, schemas
from services.wage_recovery.stages.enforcing import ASKED, ASKING
from services.wage_recovery.stages.places import CONFIRMABLE, ENFORCEABLE, OF_THE_SETTLEMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _last_instalment(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    last = max(row["due_on"] for row in form["instalments"])
    return {
        "settlement_days": courts.days_until(last, local_date(moment.now)),
        "settlement_effective_on": form["effective_on"] or local_date(moment.now),
        "mediated": form["mediated_by"] != "nobody",
        **dict.fromkeys(("settlement_confirmed", "confirmation_accepted", "settlement_broken_on")),
    }


def _broken(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    confirmed = bool(case.details.get("settlement_confirmed"))
    since = courts.enforceable("confirmed_settlement")(case, form, moment) if confirmed else {}
    return {"confirmed": confirmed, "settlement_broken_on": local_date(moment.now), **since}


STEPS = (
    Step(
        ("coordinated", "confirmation_refused"),
        "mediation_started",
        "mediating",
        who=Role.HANDLER,
        form=schemas.MediationRequest,
        guards=(rules.what_happened_is_past,),
        starts=("labour_mediation",),
        since=(("labour_mediation", "asked_on"),),
        stops=("settlement",),
        basis="劳动争议调解仲裁法-14",
    ),
    Step("mediating", "mediation_ran_out", "coordinated", who=Role.CLOCK, expires="labour_mediation"),
    Step(
        "mediating",
        "mediation_failed",
        "coordinated",
        who=Role.HANDLER,
        form=schemas.MediationFailure,
        stops=("labour_mediation",),
        basis="劳动争议调解仲裁法-14",
    ),
    Step(
        ("mediating", "coordinated", "confirmation_refused", "settlement_broken"),
        "settlement_agreed",
        "settlement_performing",
        who=Role.HANDLER,
        form=schemas.Settlement,
        guards=(
            courts.is_not_enforceable_yet,
            debts.payer_is_liable,
            courts.settlement_is_signed,
            courts.instalments_add_up,
            courts.instalments_lie_ahead,
            rules.what_happened_is_past,
        ),
        keeps="settlement",
        change=_last_instalment,
        tells=(facts.SettlementAgreed,),
        starts=("settlement", *CONFIRMABLE),
        lasts=(("settlement", "settlement_days"), *((clock, "mediated") for clock in CONFIRMABLE)),
        since=OF_THE_SETTLEMENT,
        stops=("labour_mediation",),
        document="settlement_agreement",
        basis="劳动争议调解仲裁法-14",
    ),
    Step(
        "settlement_performing",
        "settlement_fell_due",
        "settlement_broken",
        who=Role.CLOCK,
        expires="settlement",
        guards=(debts.something_is_unpaid,),
        change=_broken,
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        lasts=(("enforcement_application", "confirmed"),),
        since=ENFORCEABLE,
        stops=CONFIRMABLE,
    ),
    Step(
        "settlement_performing",
        "settlement_breached",
        "settlement_broken",
        who=Role.HANDLER,
        form=schemas.SettlementBreach,
        guards=(courts.an_instalment_is_late,),
        change=_broken,
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        lasts=(("enforcement_application", "confirmed"),),
        since=ENFORCEABLE,
        stops=("settlement", *CONFIRMABLE),
        basis="劳动争议调解仲裁法-15",
    ),
    Step(
        "settlement_broken",
        "enforcement_applied",
        "court_enforcing",
        who=Role.HANDLER,
        form=schemas.Enforcement,
        guards=(courts.settlement_is_confirmed, *ASKING),
        change=decisions.ask_court,
        **ASKED,
        basis="人民调解法-33",
    ),
)
