"""A claim is registered; a crowd is reported; no wages, no claim (保障农民工工资支付条例 10, 52; 劳动保障监察条例 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workflow import Role, Step
from services.wage_recovery import debts, facts, rules, schemas
from services.wage_recovery.stages.places import CLAIMING, IN_COURT, PAYABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

#: What an earlier round found, and opens nothing in the next.
_OF_A_ROUND = (
    "settlement",
    "payment_order_applied",
    "payment_order_served",
    "compensation_order",
    "decided_without_compensation",
    "decisions",
    "decision_enforced",
    "award",
    "award_effective_on",
    "award_refusal",
    "judgment_refusal",
    "award_set_aside",
    "arbitration_declined",
    "judgment",
    "judgment_in_effect",
    "appeal_withdrawn",
    "award_not_enforced",
    "decision_stands_on",
    "sums",
    "settlement_confirmed",
    "confirmation_accepted",
    "judgment_appealed",
    "by_commission",
    "unpaid",
    "payment_doubted",
    "payment_verified",
    "enforcement_ended",
    "settled_since",
    "enforceable_since",
    "last_days",
    "lawsuit_filed",
    "lawsuit_accepted",
    "lawsuit_over",
    "enforcement_applied",
)


def _fresh(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {
        **debts.fund_carried(case, moment),
        "workers": form["workers"],
        "owed_cents": int(form["claimed_total"] * 100),
        "employer": form["employer"].strip(),
        "project": form["project"].strip(),
        "compared": False,
        "payments": [],
        "order": None,
        "orders": [],
        "award_is_final": False,
        "award_in_effect": False,
        **dict.fromkeys(_OF_A_ROUND),
    }


def _amended(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"employer": form["employer"].strip(), "project": form["project"].strip(), "compared": False}


STEPS = (
    Step(
        "accepted",
        "claim_registered",
        "roster_due",
        who=Role.HANDLER,
        form=schemas.Claim,
        keeps="claim",
        change=_fresh,
        stops=IN_COURT,
        document="complaint_record",
        basis="保障农民工工资支付条例-10",
    ),
    *(
        # What the complaint or an application lacks is added wherever the claim is; the roster's figures stay.
        Step(
            state,
            "claim_amended",
            state,
            who=Role.HANDLER,
            form=schemas.Claim,
            keeps="claim",
            change=_amended,
            document="complaint_record",
            basis="保障农民工工资支付条例-10",
        )
        for state in (*CLAIMING, *PAYABLE)
    ),
    Step(
        ("accepted", *CLAIMING, "coordinated"),
        "found_not_wages",
        "not_wages",
        who=Role.HANDLER,
        form=schemas.NotWages,
        document="not_wages_notice",
        basis="保障农民工工资支付条例-52",
    ),
    *(
        Step(
            state,
            "group_incident_reported",
            state,
            who=Role.HANDLER,
            form=schemas.GroupReport,
            keeps="group_reports",
            repeatable=True,
            guards=(rules.what_happened_is_past,),
            tells=(facts.GroupIncidentReported,),
            # Who hears nothing reports again, how it stands now.
            starts=("group_report",),
            since=(("group_report", "reported_at"),),
            document="group_incident_report",
            basis="劳动保障监察条例-14",
        )
        for state in ("accepted", *CLAIMING, *PAYABLE)
    ),
    *(
        Step(
            state,
            "group_incident_answered",
            state,
            who=Role.HANDLER,
            form=schemas.GroupReportAnswer,
            guards=(debts.group_waits, rules.what_happened_is_past),
            keeps="group_answers",
            repeatable=True,
            stops=("group_report",),
            basis="劳动保障监察条例-14",
        )
        for state in ("accepted", *CLAIMING, *PAYABLE)
    ),
)
