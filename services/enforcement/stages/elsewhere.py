"""With others: handed over, refused, taken back; asked for help (行政处罚法 22, 26, 27; 移送规定)."""

from __future__ import annotations

from typing import Any, Final

from chassis.workflow import Role, Step
from services.enforcement import facts, forcing, notes, outside, reading, rules, schemas
from services.enforcement.stages.places import COUNTED, HANDLING, READY

#: Where others may be asked for help: wherever something is still done.
HELPED = tuple(state for state in HANDLING if state not in READY[2:])
#: One clock waits for the answer that is due next, whatever has been asked.
WATCHED: Final[dict[str, Any]] = {
    "stops": ("assistance",),
    "starts": ("assistance",),
    "lasts": (("assistance", "assistance_days"),),
    "since": (("assistance", "assistance_since"),),
}
#: The clocks of an authority to which a matter was handed.
ASKED = ("authority_followup", "crime_filing")
BY_WHOM = (("authority_followup", "asks_authority"), ("crime_filing", "asks_police"))
STEPS = (
    Step(
        ("inspected", "advised", "uncorrected", "investigating", "reported", "to_decide"),
        "handed_over",
        "with_authority",
        who=Role.LEADER,
        form=schemas.Handover,
        guards=(
            rules.crime_goes_to_justice,
            rules.persuasion_came_first,
            rules.nothing_is_held,
            forcing.measure_is_approved,
            outside.seized_things_go_along,
            reading.dated("handed_on", "seen_on"),
        ),
        change=outside.hand_over(COUNTED),
        stops=(*forcing.FORCING, "exclusion", "seizure", "seizure_longer", "testing"),
        suspends=("penalty_decision",),
        starts=ASKED,
        lasts=BY_WHOM,
        since=tuple((clock, "handed_on") for clock in ASKED),
        stood=(("penalty_decision", "exclusion_spans"),),
        tells=(facts.HandedToAuthority,),
        document="handover_letter",
        basis="行政处罚法-27",
    ),
    *(
        Step("with_authority", trigger, "authority_silent", who=Role.CLOCK, expires=clock)
        for trigger, clock in (
            ("authority_fell_silent", "authority_followup"),
            ("crime_filing_overdue", "crime_filing"),
        )
    ),
    Step(
        "authority_silent",
        "authority_urged",
        "with_authority",
        who=Role.HANDLER,
        form=schemas.Urging,
        repeatable=True,
        starts=("authority_followup",),
    ),
    Step(
        ("with_authority", "authority_silent"),
        "authority_accepted",
        "with_authority",
        who=Role.HANDLER,
        form=schemas.AuthorityAcceptance,
        guards=(reading.dated("accepted_on", "handed_on"),),
        change=outside.taken_on,
        stops=ASKED,
        starts=("authority_followup", "crime_materials"),
        lasts=(("crime_materials", "asks_police"),),
        since=(("authority_followup", "accepted_on"), ("crime_materials", "accepted_on")),
        basis="移送规定-8",
    ),
    *(
        Step(
            state,
            "materials_delivered",
            state,
            who=Role.HANDLER,
            form=schemas.MaterialsDelivered,
            guards=(outside.materials_are_due, reading.dated("delivered_on", "handed_on")),
            change=outside.hand_in,
            stops=("crime_materials",),
            since=(("crime_materials", "delivered_on"),),
            basis="移送规定-12",
        )
        for state in ("with_authority", "authority_silent", "authority_answered")
    ),
    Step(
        ("with_authority", "authority_silent"),
        "authority_answered",
        "authority_answered",
        who=Role.HANDLER,
        form=schemas.AuthorityResult,
        stops=ASKED,
        change=notes.name_authority,
        tells=(facts.AuthorityAnswered,),
    ),
    Step(
        ("with_authority", "authority_silent"),
        "authority_refused",
        "authority_refused",
        who=Role.HANDLER,
        form=schemas.AuthorityRefusal,
        guards=(reading.dated("refused_on", "handed_on"),),
        change=outside.refuse,
        stops=(*ASKED, "crime_materials"),
        starts=("filing_review",),
        lasts=(("filing_review", "asks_police"),),
        since=(("filing_review", "refused_on"),),
        basis="移送规定-8",
    ),
    Step(
        "authority_refused",
        "refusal_contested",
        "with_authority",
        who=Role.LEADER,
        form=schemas.RefusalContest,
        guards=(outside.contest_fits, reading.dated("contested_on", "refused_on")),
        change=outside.contest,
        stops=("filing_review",),
        starts=ASKED,
        lasts=(("authority_followup", "asks_authority"), ("crime_filing", "asks_police_again")),
        since=tuple((clock, "contested_on") for clock in ASKED),
        basis="移送规定-9",
    ),
    *(
        step
        for state in ("authority_answered", "authority_refused")
        for step in (
            Step(
                state,
                "taken_back",
                "clue",
                who=Role.HANDLER,
                form=schemas.Urging,
                guards=(outside.was_not_filed,),
                repeatable=True,
                stops=("filing_review", "crime_materials"),
            ),
            Step(
                state,
                "case_resumed",
                "investigating",
                who=Role.HANDLER,
                form=schemas.Resumption,
                guards=(outside.was_filed, reading.dated("resumed_on", "handed_on")),
                change=outside.resume,
                repeatable=True,
                stops=("filing_review", "crime_materials"),
                resumes=("penalty_decision",),
                starts=("penalty_decision",),
                lasts=(("penalty_decision", "decision_days"),),
                since=(("penalty_decision", "resumed_on"),),
                stood=(("penalty_decision", "exclusion_spans"),),
                basis="行政处罚法-27",
            ),
        )
    ),
    *(
        step
        for state in HELPED
        for step in (
            Step(
                state,
                "assistance_asked",
                state,
                who=Role.HANDLER,
                form=schemas.AssistanceRequest,
                guards=(outside.letter_is_new, reading.dated("asked_on")),
                change=outside.ask,
                repeatable=True,
                document="assistance_letter",
                basis="行政处罚法-26",
                **WATCHED,
            ),
            Step(
                state,
                "assistance_overdue",
                state,
                who=Role.CLOCK,
                expires="assistance",
                change=outside.find_overdue,
                basis="行政处罚法-26",
                **WATCHED,
            ),
            Step(
                state,
                "assistance_urged",
                state,
                who=Role.HANDLER,
                form=schemas.AssistanceUrging,
                guards=(outside.letter_is_open, reading.dated("urged_on")),
                change=outside.urge,
                repeatable=True,
                **WATCHED,
            ),
            Step(
                state,
                "assistance_answered",
                state,
                who=Role.HANDLER,
                form=schemas.AssistanceAnswer,
                guards=(outside.letter_is_open, reading.dated("answered_on")),
                change=outside.take_answer,
                repeatable=True,
                basis="行政处罚法-26",
                **WATCHED,
            ),
        )
    ),
)
