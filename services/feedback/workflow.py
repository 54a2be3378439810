"""From the end of the handling to the end of the appeal: callback, rating, rework, archive (regulations 2.3, 2.5)."""

from __future__ import annotations

from typing import Final

from chassis.workflow import Role, Step, Workflow
from services.feedback import facts, rules, schemas

#: Where an appeal may be proposed for exclusion: at any time until its file is closed.
_COUNTED: Final = ("callback_due", "rework", "supervised", "closed")


def _exclusion(state: str) -> tuple[Step, Step]:
    """Return the two steps, by two people, that count an appeal out; it stays in its state."""
    return (
        Step(
            state,
            "exclusion_proposed",
            state,
            who=(Role.OPERATOR, Role.DESK, Role.HANDLER),
            form=schemas.ExclusionProposal,
            guards=(rules.nothing_is_excluded_yet,),
            keeps="",
            change=rules.propose_exclusion,
        ),
        Step(
            state,
            "exclusion_decided",
            state,
            who=(Role.REVIEWER, Role.LEADER),
            form=schemas.ExclusionDecision,
            guards=(rules.an_exclusion_is_proposed, rules.by_another_than_proposer_and_handler),
            keeps="",
            change=rules.decide_exclusion,
            tells=(facts.ExclusionDecided,),
        ),
    )


def _conduct(state: str) -> tuple[Step, Step]:
    """Return the steps that look into conduct: a leader into the attitude, a reviewer into the process."""
    return (
        Step(
            state,
            "attitude_supervised",
            state,
            who=Role.LEADER,
            form=schemas.Finding,
            guards=(rules.attitude_is_referred, rules.by_none_of_the_handlers),
            keeps="",
            change=rules.settle("attitude"),
            stops=("attitude_supervision",),
        ),
        Step(
            state,
            "process_reviewed",
            state,
            who=Role.REVIEWER,
            form=schemas.Finding,
            guards=(rules.process_is_referred, rules.by_none_of_the_handlers),
            keeps="",
            change=rules.settle("process"),
            stops=("process_review",),
        ),
    )


CALLBACK: Final = Workflow(
    "feedback",
    Step(
        "callback_due",
        "joined",
        "joined",
        who=Role.BUS,
        form=schemas.Joining,
        keeps="",
        change=rules.join,
        stops=("callback",),
    ),
    Step(
        ("joined", "rework"),
        "parent_concluded",
        "callback_due",
        who=Role.BUS,
        keeps="",
        change=rules.begin_round,
        tells=(facts.CallbackDue,),
        stops=("rework",),
        starts=("callback",),
    ),
    Step(
        ("joined", "callback_due", "rated", "unrated", "rework", "supervised", "closed"),
        "unmerged",
        "separated",
        who=Role.BUS,
        keeps="",
        change=rules.separate,
        stops=("callback", "rework", "reopening"),
    ),
    Step(
        "separated",
        "joined_again",
        "joined",
        who=Role.BUS,
        form=schemas.Joining,
        keeps="",
        change=rules.join,
    ),
    Step(
        "separated",
        "concluded_alone",
        "callback_due",
        who=Role.BUS,
        keeps="",
        change=rules.begin_round,
        tells=(facts.CallbackDue,),
        starts=("callback",),
    ),
    Step(
        "callback_due",
        "rated",
        "rated",
        who=(Role.OPERATOR, Role.PUBLIC),
        form=schemas.Rating,
        guards=(rules.by_the_holder_of_the_code, rules.by_another_than_the_handler),
        change=rules.keep_marks,
        tells=(facts.AppealRated,),
        stops=("callback",),
    ),
    Step(
        "callback_due",
        "callback_tried",
        "callback_due",
        who=Role.OPERATOR,
        form=schemas.Attempt,
        repeatable=True,
        guards=(rules.by_another_than_the_handler,),
    ),
    Step(
        "callback_due",
        "unreachable",
        "unrated",
        who=Role.OPERATOR,
        guards=(rules.tried_often_enough,),
        stops=("callback",),
    ),
    Step("callback_due", "callback_expired", "unrated", who=Role.CLOCK, expires="callback"),
    Step(
        "rated",
        "rework_ordered",
        "rework",
        who=Role.BUS,
        guards=(rules.result_is_not_accepted,),
        keeps="",
        tells=(facts.ReworkOrdered,),
        starts=("rework",),
    ),
    # Of one handling that many are heard under: what one of them does not accept is handled again for all, once.
    Step("callback_due", "postponed", "rework", who=Role.BUS, keeps="", stops=("callback",), starts=("rework",)),
    Step(
        ("callback_due", "rated", "unrated", "closed", "archived"),
        "voice_disagreed",
        "rework",
        who=Role.BUS,
        form=schemas.Again,
        keeps="",
        tells=(facts.ReworkOrdered,),
        stops=("callback", "reopening"),
        starts=("rework",),
    ),
    Step(
        ("closed", "archived"),
        "brought_again",
        "rework",
        who=Role.BUS,
        form=schemas.Again,
        keeps="",
        tells=(facts.ReworkOrdered,),
        stops=("reopening",),
        starts=("rework",),
    ),
    Step(
        "rework",
        "concluded_again",
        "callback_due",
        who=Role.BUS,
        keeps="",
        change=rules.begin_round,
        tells=(facts.CallbackDue,),
        stops=("rework",),
        starts=("callback",),
    ),
    Step(
        "rated",
        "supervision_ordered",
        "supervised",
        who=Role.BUS,
        tells=(facts.ProblemOrdered,),
        starts=("supervision",),
    ),
    Step(
        "supervised",
        "supervision_ended",
        "closed",
        who=Role.LEADER,
        form=schemas.Finding,
        change=rules.ending("supervised"),
        tells=(facts.AppealClosed,),
        starts=("reopening",),
    ),
    Step(
        "rated",
        "closed",
        "closed",
        who=Role.BUS,
        change=rules.ending("rated"),
        tells=(facts.AppealClosed,),
        starts=("reopening",),
    ),
    Step(
        "unrated",
        "closed",
        "closed",
        who=Role.BUS,
        change=rules.ending("unrated"),
        tells=(facts.AppealClosed,),
        starts=("reopening",),
    ),
    Step(
        ("callback_due", "rated", "rework", "joined", "separated"),
        "withdrawn",
        "closed",
        who=Role.BUS,
        change=rules.ending("withdrawn"),
        tells=(facts.AppealClosed,),
        starts=("reopening",),
    ),
    Step(
        "closed",
        "archived",
        "archived",
        who=Role.CLOCK,
        expires="reopening",
        guards=(rules.file_is_complete, rules.no_exclusion_waits, rules.conduct_is_settled),
        tells=(facts.AppealArchived,),
    ),
    *(step for state in _COUNTED for step in (*_exclusion(state), *_conduct(state))),
    Step("callback_due", "never_asked", "never_asked", who=Role.BUS, keeps=""),
    initial="callback_due",
    stages=dict.fromkeys(
        (
            *("callback_due", "rated", "unrated", "rework", "supervised", "closed", "archived", "never_asked"),
            *("joined", "separated"),
        ),
        "feedback",
    ),
    ends=("closed", "archived"),
)
