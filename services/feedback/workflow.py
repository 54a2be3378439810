"""From the end of the handling to the end of the appeal: callback, rating, rework, archive (regulations 2.3, 2.5)."""

from __future__ import annotations

from typing import Any, Final

from chassis.workflow import Role, Step, Workflow
from services.feedback import facts, recalls, rules, schemas

#: Where an appeal may be proposed for exclusion: at any time until its file is closed.
_COUNTED: Final = ("callback_due", "rework", "rework_call_due", "supervised", "closed")
#: The clock of a problem order, and the alarm that goes on being given until a leader has decided.
_SUPERVISION: Final = ("supervision", "supervision_alarm")
#: The states of a call after a broken promise, each with where it goes on when the resident knows how it stands.
_LATE: Final = {"progress_call_due": "in_handling", "rework_call_due": "rework"}


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


#: Who may call a resident back: nobody who handled the case, nobody of his unit, and not two people.
_CALLER: Final = (rules.by_another_than_the_handler, rules.by_nobody_of_the_unit, rules.by_the_caller_in_charge)


def _calling(state: str) -> tuple[Step, ...]:
    """Return the steps of a callback before it reaches somebody: given to a person, and tried."""
    shared: dict[str, Any] = {"who": Role.OPERATOR, "keeps": ""}
    return (
        Step(
            state,
            "assigned",
            state,
            who=(Role.OPERATOR, Role.DESK, Role.LEADER),
            form=schemas.Assignment,
            guards=(rules.by_another_than_the_handler, rules.by_nobody_of_the_unit, rules.is_given_to_no_handler),
            keeps="",
            change=rules.assign,
        ),
        Step(
            state,
            "callback_tried",
            state,
            form=schemas.Attempt,
            guards=(*_CALLER, rules.a_try_counts_now),
            change=rules.keep_try,
            **shared,
        ),
    )


def _late(state: str, after: str) -> tuple[Step, ...]:
    """Return the steps of a call after a broken promise: it reaches somebody, or nobody."""
    shared: dict[str, Any] = {"change": rules.end_progress_call, "tells": (facts.ProgressCalled,)}
    by_person: dict[str, Any] = {"who": Role.OPERATOR, "stops": ("progress_call",), **shared}
    return (
        *_calling(state),
        Step(state, "progress_called", after, form=schemas.ProgressCall, guards=_CALLER, **by_person),
        Step(state, "progress_unreachable", after, guards=(*_CALLER, rules.tried_often_enough), **by_person),
        Step(state, "progress_call_expired", after, who=Role.CLOCK, expires="progress_call", **shared),
    )


#: The second call to who was called back as satisfied and drawn (regulations 3.3): by another, who is no handler either.
_SECOND: Final = (recalls.second_call_is_due, recalls.by_another_than_the_first, *_CALLER[:2])


def _recalling() -> tuple[Step, ...]:
    """Return the steps of a second call; the appeal stays closed."""
    shared: dict[str, Any] = {"who": Role.OPERATOR, "keeps": ""}
    return (
        Step(
            "closed",
            "recall_drawn",
            "closed",
            who=Role.BUS,
            keeps="",
            guards=(recalls.was_called_back_as_satisfied,),
            change=recalls.draw,
            starts=("recall",),
        ),
        Step(
            "closed",
            "recalled",
            "closed",
            form=schemas.Recall,
            guards=_SECOND,
            change=recalls.keep,
            stops=("recall",),
            **shared,
        ),
        Step(
            "closed",
            "recall_missed",
            "closed",
            form=schemas.Attempt,
            guards=(*_SECOND, recalls.second_try_counts_now),
            change=recalls.miss,
            **shared,
        ),
        Step(
            "closed",
            "recall_given_up",
            "closed",
            guards=(*_SECOND, recalls.second_call_was_tried_enough),
            change=recalls.give_up,
            stops=("recall",),
            **shared,
        ),
        Step(
            "closed",
            "recall_expired",
            "closed",
            who=Role.CLOCK,
            expires="recall",
            keeps="",
            guards=(recalls.second_call_is_due,),
            change=recalls.let_run_out,
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
        stops=("rework",),
        starts=("callback",),
    ),
    Step(
        ("joined", "callback_due", "rated", "unrated", "reopened", "rework", "supervised", "closed"),
        "unmerged",
        "separated",
        who=Role.BUS,
        keeps="",
        change=rules.separate,
        stops=("callback", "rework", *_SUPERVISION, "reopening", "recall"),
    ),
    Step(
        ("separated", "progress_call_due", "in_handling"),
        "joined_again",
        "joined",
        who=Role.BUS,
        form=schemas.Joining,
        keeps="",
        change=rules.join,
        stops=("progress_call",),
    ),
    Step(
        "separated",
        "concluded_alone",
        "callback_due",
        who=Role.BUS,
        keeps="",
        change=rules.begin_round,
        starts=("callback",),
    ),
    Step(
        "callback_due",
        "rated",
        "rated",
        who=(Role.OPERATOR, Role.PUBLIC),
        form=schemas.Rating,
        guards=(rules.by_the_holder_of_the_code, *_CALLER),
        change=rules.keep_marks,
        tells=(facts.AppealRated,),
        document="callback_record",
        document_by=(Role.OPERATOR,),
        stops=("callback",),
    ),
    *_calling("callback_due"),
    *(
        Step(
            state,
            "link_sent",
            state,
            who=Role.OPERATOR,
            form=schemas.LinkSent,
            keeps="",
            guards=(*_CALLER, *guards),
        )
        for state, guards in (("callback_due", ()), ("closed", (rules.it_ended_unrated,)))
    ),
    Step(
        "callback_due",
        "unreachable",
        "unrated",
        who=Role.OPERATOR,
        guards=(*_CALLER, rules.tried_often_enough),
        change=rules.give_up,
        document="callback_record",
        stops=("callback",),
    ),
    Step(
        "callback_due",
        "callback_expired",
        "unrated",
        who=Role.CLOCK,
        expires="callback",
        change=rules.let_run_out,
    ),
    # The promised time is over and nothing is concluded: the resident is told how it stands (Beijing regulation 23).
    # So is who was called after an earlier promise, and who was taken out of another's handling.
    Step(
        ("callback_due", "in_handling", "separated"),
        "deadline_passed",
        "progress_call_due",
        who=Role.BUS,
        form=schemas.Deadline,
        change=rules.begin_progress_call,
        tells=(facts.ProgressCallDue,),
        starts=("progress_call",),
    ),
    # A rework has its promise as well.
    Step(
        "rework",
        "rework_overdue",
        "rework_call_due",
        who=Role.BUS,
        form=schemas.Deadline,
        change=rules.begin_call_in_rework,
        tells=(facts.ProgressCallDue,),
        starts=("progress_call",),
    ),
    *(step for state, after in _LATE.items() for step in _late(state, after)),
    Step(("progress_call_due", "in_handling"), "withdrawn", "never_asked", who=Role.BUS),
    Step(("progress_call_due", "in_handling", "callback_due"), "not_accepted", "never_asked", who=Role.BUS),
    Step(
        "rated",
        "rework_ordered",
        "rework",
        who=Role.BUS,
        guards=(rules.result_is_not_accepted,),
        keeps="",
        change=rules.order_rework,
        tells=(facts.ReworkOrdered,),
        starts=("rework",),
    ),
    # A resident who was not reached may still rate, until the file is archived.
    Step(
        "closed",
        "rated",
        "rated",
        who=Role.PUBLIC,
        form=schemas.Rating,
        guards=(rules.by_the_holder_of_the_code, rules.it_ended_unrated),
        change=rules.keep_marks,
        tells=(facts.AppealRated,),
        stops=("reopening", "recall"),
    ),
    Step(
        "closed",
        "reopened",
        "reopened",
        who=(Role.OPERATOR, Role.PUBLIC, Role.BUS),
        form=schemas.Again,
        guards=(rules.by_the_holder_of_the_code, rules.may_be_reopened),
        change=rules.reopen,
        stops=("reopening", "recall"),
    ),
    Step(
        "reopened",
        "rework_ordered",
        "rework",
        who=Role.BUS,
        keeps="",
        change=rules.order_rework,
        tells=(facts.ReworkOrdered,),
        starts=("rework",),
    ),
    # Of one handling that many are heard under: what one of them does not accept is handled again for all, once.
    Step(
        ("callback_due", "supervised"),
        "postponed",
        "rework",
        who=Role.BUS,
        keeps="",
        stops=("callback", *_SUPERVISION),
        starts=("rework",),
    ),
    Step(
        ("callback_due", "rated", "unrated", "supervised", "closed", "archived", "never_asked"),
        "voice_disagreed",
        "rework",
        who=Role.BUS,
        form=schemas.HandledAgain,
        keeps="",
        change=rules.order_rework,
        tells=(facts.ReworkOrdered,),
        stops=("callback", *_SUPERVISION, "reopening", "recall"),
        starts=("rework",),
    ),
    Step(
        ("closed", "archived"),
        "brought_again",
        "rework",
        who=Role.BUS,
        form=schemas.HandledAgain,
        keeps="",
        change=rules.order_rework,
        tells=(facts.ReworkOrdered,),
        stops=("reopening", "recall"),
        starts=("rework",),
    ),
    Step(
        ("rework", *_LATE, "in_handling"),
        "concluded_again",
        "callback_due",
        who=Role.BUS,
        keeps="",
        change=rules.begin_round,
        stops=("rework", "progress_call"),
        starts=("callback",),
    ),
    Step(
        "rated",
        "supervision_ordered",
        "supervised",
        who=Role.BUS,
        tells=(facts.ProblemOrdered,),
        starts=_SUPERVISION,
    ),
    # A problem order is handled again, or a leader answers it himself; the resident is called back after either.
    Step(
        "supervised",
        "rework_required",
        "rework",
        who=Role.LEADER,
        form=schemas.ReworkRequired,
        guards=(rules.by_none_of_the_handlers, rules.required_time_lies_ahead),
        change=rules.require_rework,
        tells=(facts.ReworkOrdered,),
        stops=_SUPERVISION,
        starts=("rework",),
    ),
    Step(
        "supervised",
        "supervision_answered",
        "callback_due",
        who=Role.LEADER,
        form=schemas.SupervisedAnswer,
        guards=(rules.by_none_of_the_handlers,),
        change=rules.answer,
        tells=(facts.ProblemAnswered,),
        stops=_SUPERVISION,
        starts=("callback",),
    ),
    Step(
        "supervised",
        "supervision_overdue",
        "supervised",
        who=Role.CLOCK,
        expires="supervision_alarm",
        keeps="",
        tells=(facts.ProblemOrdered,),
        starts=("supervision_alarm",),
    ),
    Step(
        "rated",
        "supervision_ended",
        "closed",
        who=Role.BUS,
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
        ("callback_due", "rated", "reopened", "rework", "rework_call_due", "supervised", "joined", "separated"),
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
        guards=(
            rules.file_is_complete,
            rules.no_exclusion_waits,
            rules.conduct_is_settled,
            recalls.no_recall_waits,
        ),
        change=rules.put_away,
        tells=(facts.AppealArchived,),
    ),
    *(step for state in _COUNTED for step in _exclusion(state)),
    # Also of who is taken out of another's handling, or put into one, meanwhile.
    *(step for state in (*_COUNTED, "separated", "joined") for step in _conduct(state)),
    *_recalling(),
    Step("callback_due", "never_asked", "never_asked", who=Role.BUS, keeps=""),
    initial="callback_due",
    stages=dict.fromkeys(
        (
            *("callback_due", "progress_call_due", "rated", "unrated"),
            *("reopened", "rework", "rework_call_due", "supervised", "closed", "archived", "never_asked"),
            *("joined", "separated"),
        ),
        "feedback",
    ),
    ends=("closed", "archived", "never_asked"),
)
