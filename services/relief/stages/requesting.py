"""Somebody applies, completes what is missing, is accepted, or steps back (社会救助暂行办法 11, 60)."""

from __future__ import annotations

from chassis import handling
from chassis.workflow import Delivery, Role, Step
from services.relief import applying, facts, rules, schemas
from services.relief.stages.places import UNDECIDED

#: The states in which papers may still be missing.
_INCOMPLETE = ("materials_check", "supplement_due", "lapsed")
#: The states in which nobody has signed yet that the household's means are looked into, and those in which they are.
_UNSIGNED = (*_INCOMPLETE, "authorising")
_LOOKED_INTO = ("checking", "visiting", "surveyed")
_CORRECTED = (
    applying.is_still_a_household,
    applying.corrected_incomes_are_the_households,
    rules.what_happened_is_past,
)

STEPS = (
    Step(
        ("to_apply", "emergency_settled"),
        "application_filed",
        "materials_check",
        who=Role.HANDLER,
        form=schemas.Application,
        guards=(
            applying.nothing_runs_already,
            applying.residence_fits,
            applying.who_applies_is_named,
            applying.is_still_a_household,
            applying.incomes_are_the_households,
            rules.what_happened_is_past,
        ),
        change=applying.note_application,
        tells=(facts.ReliefApplied, handling.CaseCategorised),
        document="application",
        basis="社会救助暂行办法-11",
    ),
    Step(
        "to_apply",
        "policy_explained",
        "informed",
        who=Role.HANDLER,
        form=schemas.Explanation,
        guards=(applying.asks_for_no_help,),
        basis="社会救助暂行办法-60",
    ),
    Step(
        "materials_check",
        "supplement_requested",
        "supplement_due",
        who=Role.HANDLER,
        form=schemas.SupplementRequest,
        guards=(applying.asks_once, applying.asks_for_all_that_is_missing, rules.what_happened_is_past),
        starts=("supplement",),
        since=(("supplement", "told_on"),),
        tells=(facts.SupplementRequested,),
        document="supplement_notice",
        serves=Delivery(document="supplement_notice", on="told_on"),
    ),
    # Also what is brought before it is asked for, or what an earlier notice has left out.
    Step(
        _INCOMPLETE,
        "supplemented",
        "materials_check",
        who=Role.HANDLER,
        form=schemas.Supplement,
        repeatable=True,
        guards=(applying.some_are_missing, applying.brings_all_that_is_missing),
        stops=("supplement",),
    ),
    *(
        Step(
            state,
            "supplemented_in_part",
            state,
            who=Role.HANDLER,
            form=schemas.Supplement,
            keeps="supplemented",
            repeatable=True,
            guards=(applying.some_are_missing, applying.leaves_some_missing),
        )
        for state in _INCOMPLETE
    ),
    # What was typed wrongly, or has changed: who belongs to the household since it was looked into is looked into as well.
    *(
        Step(
            state,
            trigger,
            target,
            who=Role.HANDLER,
            form=schemas.Correction,
            guards=guards,
            keeps="application_corrected",
            repeatable=True,
            change=applying.correct_application,
            document="correction_record",
            basis="社会救助暂行办法-58",
        )
        for state, trigger, target, guards in (
            *((state, "application_corrected", state, _CORRECTED) for state in _UNSIGNED),
            *(
                (state, "application_corrected", state, (*_CORRECTED, applying.are_the_same_people))
                for state in _LOOKED_INTO
            ),
            *((state, "household_changed", "authorising", _CORRECTED) for state in _LOOKED_INTO),
        )
    ),
    Step("supplement_due", "supplement_lapsed", "lapsed", who=Role.CLOCK, expires="supplement"),
    Step(
        "materials_check",
        "application_accepted",
        "authorising",
        who=Role.HANDLER,
        form=schemas.ApplicationAcceptance,
        guards=(applying.papers_are_complete, rules.what_happened_is_past),
        change=applying.set_handling_days,
        starts=("handling", "initial_opinion"),
        lasts=(("initial_opinion", "opinion_days"),),
        since=(("handling", "accepted_on"), ("initial_opinion", "accepted_on")),
        tells=(facts.ReliefAccepted,),
        document="acceptance_notice",
        basis="社会救助暂行办法-60",
    ),
    Step(
        UNDECIDED,
        "application_withdrawn",
        "dropped",
        who=Role.HANDLER,
        form=schemas.Withdrawal,
        guards=(applying.applicant_steps_back, rules.what_happened_is_past),
        keeps="application_dropped",
        document="withdrawal_record",
        stops=(
            *("supplement", "handling", "initial_opinion", "publicity", "cross_region", "district"),
            "objection_check",
        ),
    ),
    # Who was told how to apply and does not: an assessed emergency is let go by a leader only, as it is found not urgent.
    *(
        Step(
            state,
            "application_dropped",
            "dropped",
            who=who,
            form=schemas.Drop,
            guards=(applying.was_told_how_to_apply, rules.what_happened_is_past),
            document="withdrawal_record",
            stops=("advance",),
        )
        for state, who in (("to_apply", Role.HANDLER), ("emergency", Role.LEADER))
    ),
)
