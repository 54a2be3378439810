"""What was entered wrongly is put right; parties join, leave, or ask for mediation once more (人民调解法 17, 23)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.mediation import experts, parties, schemas
from services.mediation.stages.performing import LATE
from services.mediation.stages.places import MEDIATING

#: What lies on the table to be signed is put right on the table: it goes back there first.
_BEFORE_THE_DRAFT = tuple(state for state in ("consent_due", *MEDIATING) if state != "agreement_drafted")

STEPS = (
    *(
        Step(
            state,
            trigger,
            state,
            who=Role.HANDLER,
            form=form,
            guards=guards,
            keeps=keeps,
            repeatable=True,
            change=change,
            document=document,
        )
        for states, trigger, form, guards, keeps, change, document in (
            # Also later: nobody signs before it is known who acts for him.
            (
                (*_BEFORE_THE_DRAFT, *LATE, "confirmation_refused"),
                "party_corrected",
                schemas.PartyCorrected,
                (parties.one_is_named, parties.it_is_put_right),
                "corrections_of_parties",
                parties.corrected,
                "mediation_application",
            ),
            (
                _BEFORE_THE_DRAFT,
                "dispute_corrected",
                schemas.DisputeCorrected,
                (),
                "corrections_of_disputes",
                parties.dispute_corrected,
                "mediation_application",
            ),
            (
                _BEFORE_THE_DRAFT,
                "party_left",
                schemas.PartyLeft,
                (parties.one_is_named, parties.nothing_was_agreed_yet, parties.both_sides_stay),
                "",
                parties.left,
                None,
            ),
        )
        for state in states
    ),
    # Who joins is asked whether he agrees, is told his rights and accepts the mediators, as everybody was.
    Step(
        tuple(state for state in _BEFORE_THE_DRAFT if state != "appraising"),
        "party_joined",
        "consent_due",
        who=Role.HANDLER,
        form=schemas.PartyJoined,
        guards=(
            parties.nothing_was_agreed_yet,
            experts.nobody_joins_amid_the_waiting,
            parties.another_joins,
        ),
        keeps="",
        repeatable=True,
        change=parties.joined,
        stops=("mediation_period", "continuation"),
        starts=("consent_follow_up",),
        document="mediation_application",
        basis="人民调解法-17",
    ),
    # Who has refused may agree later, who could not be reached is found, a lawsuit is taken back.
    *(
        Step(
            sources,
            "mediation_asked_again",
            target,
            who=Role.HANDLER,
            form=schemas.AskedForAgain,
            keeps="",
            repeatable=True,
            change=parties.asked_again,
            starts=starts,
            basis="人民调解法-17",
        )
        for sources, target, starts in (
            (("refused", "terminated"), "consent_due", ("consent_follow_up",)),
            ("ineligible", "accepted", ()),
        )
    ),
)
