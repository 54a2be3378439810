"""Labour inspection is asked, accepts, investigates, and finds a violation or none (劳动保障监察条例 17, 18, 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workflow import Role, Step
from services.wage_recovery import facts, orders, rules, schemas
from services.wage_recovery.stages.places import DECISION, INSPECTION, INVESTIGATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _inspected_anew(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return dict.fromkeys(("inspection_accepted", "investigation_extended"))


STEPS = (
    Step(
        ("coordinated", "settlement_broken", "confirmation_refused"),
        "referred_to_inspection",
        "inspection_pending",
        who=(Role.HANDLER, Role.LEADER),
        form=schemas.InspectionRequest,
        guards=(orders.inspection_is_in_time, rules.what_happened_is_past),
        change=_inspected_anew,
        tells=(facts.InspectionRequested,),
        starts=("inspection_acceptance",),
        since=(("inspection_acceptance", "handed_over_on"),),
        stops=("settlement",),
        document="inspection_transfer_letter",
        basis="山东省劳动和社会保障监察条例-8",
    ),
    Step(
        "inspection_pending",
        "acceptance_overdue",
        "inspection_overdue",
        who=Role.CLOCK,
        expires="inspection_acceptance",
    ),
    Step("inspection_pending", "answer_overdue", "inspection_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        INSPECTION,
        "inspection_asked",
        "inspection_pending",
        who=Role.HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        INSPECTION,
        "inspection_accepted",
        "investigating",
        who=Role.HANDLER,
        form=schemas.InspectionAcceptance,
        guards=(rules.what_happened_is_past,),
        starts=("inspection_investigation",),
        since=(("inspection_investigation", "filed_on"),),
        stops=("inspection_acceptance", "follow_up"),
        basis="劳动保障监察条例-17",
    ),
    Step(
        INSPECTION,
        "inspection_supplemented",
        "inspection_pending",
        who=Role.HANDLER,
        form=schemas.InspectionSupplement,
        guards=(rules.what_happened_is_past,),
        repeatable=True,
        # It takes in what is whole: its days count anew.
        starts=("inspection_acceptance",),
        since=(("inspection_acceptance", "supplemented_on"),),
        stops=("follow_up",),
        basis="关于实施劳动保障监察条例若干规定-18",
    ),
    Step(
        INSPECTION,
        "inspection_declined",
        "coordinated",
        who=Role.HANDLER,
        form=schemas.InspectionRefusal,
        stops=("inspection_acceptance", "follow_up"),
        basis="劳动保障监察条例-21",
    ),
    Step(
        (*INSPECTION, *INVESTIGATION, *DECISION, "compensation_due"),
        "inspection_dropped",
        "coordinated",
        who=Role.HANDLER,
        form=schemas.InspectionDropped,
        guards=(rules.what_happened_is_past,),
        stops=(
            *("inspection_acceptance", "inspection_investigation", "investigation_extension", "inspection_decision"),
            "follow_up",
        ),
        basis="关于实施劳动保障监察条例若干规定-37",
    ),
    Step(
        "investigating",
        "investigation_ran_out",
        "investigation_overdue",
        who=Role.CLOCK,
        expires="inspection_investigation",
    ),
    Step(
        "investigating", "extension_ran_out", "investigation_overdue", who=Role.CLOCK, expires="investigation_extension"
    ),
    Step("investigating", "answer_overdue", "investigation_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        INVESTIGATION,
        "investigation_extended",
        "investigating",
        who=Role.HANDLER,
        form=schemas.InvestigationExtension,
        guards=(rules.what_happened_is_past, orders.is_extended_once),
        change=orders.investigated_until,
        starts=("investigation_extension",),
        lasts=(("investigation_extension", "workdays"),),
        since=(("investigation_extension", "extended_from"),),
        stops=("inspection_investigation", "follow_up"),
        basis="劳动保障监察条例-17",
    ),
    Step(
        "investigation_overdue",
        "inspection_asked",
        "investigating",
        who=Role.HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        INVESTIGATION,
        "investigation_ended",
        "decision_pending",
        who=Role.HANDLER,
        form=schemas.InvestigationEnd,
        guards=(rules.what_happened_is_past,),
        starts=("inspection_decision",),
        since=(("inspection_decision", "ended_on"),),
        stops=("inspection_investigation", "investigation_extension", "follow_up"),
        basis="关于实施劳动保障监察条例若干规定-37",
    ),
    Step("decision_pending", "decision_ran_out", "decision_overdue", who=Role.CLOCK, expires="inspection_decision"),
    Step("decision_pending", "answer_overdue", "decision_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        "decision_overdue",
        "inspection_asked",
        "decision_pending",
        who=Role.HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        (*INVESTIGATION, *DECISION),
        "no_violation_found",
        "coordinated",
        who=Role.HANDLER,
        form=schemas.NoViolation,
        stops=("inspection_investigation", "investigation_extension", "inspection_decision", "follow_up"),
        basis="劳动保障监察条例-18",
    ),
)
