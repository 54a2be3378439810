"""A settlement is confirmed by a court or by the arbitration commission, or it is not (人民调解法 33; 山东省多元化解纠纷促进条例 41)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.workflow import Role, Step
from services.wage_recovery import courts, facts, rules, schemas
from services.wage_recovery.stages.places import ARBITRAL, CONFIRMABLE, CONFIRMATION, OF_THE_SETTLEMENT

if TYPE_CHECKING:
    from chassis.schemas import FormSchema


def _confirmed_by(
    states: tuple[str, str],
    applied: str,
    form: type[FormSchema],
    *,
    within: str,
    waits: tuple[str, str],
    asked: str,
    document: str,
    bases: tuple[str, str, str],
) -> tuple[Step, ...]:
    """Make the steps by which a settlement is confirmed: by a court, or by the arbitration commission."""
    pending, overdue = states
    accepting, reviewing = waits
    joint, accepted, refused = bases
    after = (*waits, "follow_up")
    ruled = (rules.what_happened_is_past, rules.follows(applied, "applied_on", "ruled_on"))
    return (
        Step(
            "settlement_performing",
            applied,
            pending,
            who=Role.HANDLER,
            form=form,
            guards=(
                courts.settlement_was_mediated,
                courts.confirmation_is_joint,
                courts.confirmation_is_in_time(within),
                courts.is_not_confirmed_yet,
                rules.what_happened_is_past,
            ),
            starts=(accepting,),
            since=((accepting, "applied_on"),),
            stops=CONFIRMABLE,
            document=document,
            basis=joint,
        ),
        Step(
            states,
            "confirmation_accepted",
            pending,
            who=Role.HANDLER,
            form=schemas.ConfirmationAcceptance,
            guards=(rules.what_happened_is_past, rules.follows(applied, "applied_on", "accepted_on")),
            starts=(reviewing,),
            since=((reviewing, "accepted_on"),),
            stops=(accepting, "follow_up"),
            basis=accepted,
        ),
        *(
            Step(pending, trigger, overdue, who=Role.CLOCK, expires=clock)
            for trigger, clock in (
                ("acceptance_overdue", accepting),
                ("ruling_overdue", reviewing),
                ("answer_overdue", "follow_up"),
            )
        ),
        Step(
            states,
            asked,
            pending,
            who=Role.HANDLER,
            form=schemas.Inquiry,
            keeps="inquiries",
            repeatable=True,
            starts=("follow_up",),
            lasts=(("follow_up", "days"),),
        ),
        Step(
            states,
            "settlement_confirmed",
            "settlement_performing",
            who=Role.HANDLER,
            form=schemas.ConfirmationRuling,
            guards=ruled,
            change=courts.who_looked_at_it,
            tells=(facts.ConfirmationDecided,),
            stops=after,
            basis=joint,
        ),
        Step(
            states,
            "confirmation_refused",
            "confirmation_refused",
            who=Role.HANDLER,
            form=schemas.ConfirmationRefusal,
            guards=ruled,
            change=courts.who_looked_at_it,
            tells=(facts.ConfirmationDecided,),
            stops=after,
            basis=refused,
        ),
        Step(
            states,
            "confirmation_withdrawn",
            "settlement_performing",
            who=Role.HANDLER,
            form=schemas.ConfirmationWithdrawal,
            # They may apply anew, here or there, while its days run.
            starts=CONFIRMABLE,
            since=OF_THE_SETTLEMENT,
            stops=after,
            basis=joint,
        ),
    )


STEPS = (
    *_confirmed_by(
        CONFIRMATION,
        "confirmation_applied",
        schemas.ConfirmationApplication,
        within="judicial_confirmation",
        waits=("confirmation_acceptance", "confirmation_review"),
        asked="court_asked",
        document="confirmation_application",
        bases=("人民调解法-33", "法释〔2011〕5号-5", "法释〔2011〕5号-7"),
    ),
    *_confirmed_by(
        ARBITRAL,
        "arbitral_confirmation_applied",
        schemas.ArbitralConfirmation,
        within="arbitral_confirmation",
        waits=("arbitral_confirmation_acceptance", "arbitral_confirmation_review"),
        asked="arbitration_asked",
        document="arbitral_confirmation_application",
        bases=("山东省多元化解纠纷促进条例-41", "劳动人事争议仲裁办案规则-76", "劳动人事争议仲裁办案规则-76"),
    ),
    # What no court has confirmed still binds both sides; they may go on, agree anew, or go to law.
    Step("confirmation_refused", "settlement_goes_on", "settlement_performing", who=Role.HANDLER, form=schemas.GoingOn),
)
