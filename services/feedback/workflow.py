"""From the end of the handling to the end of the appeal: callback, rating, rework, archive (regulations 2.3, 2.5)."""

from __future__ import annotations

from typing import Final

from chassis.workflow import Role, Step, Workflow
from services.feedback import facts, rules, schemas

CALLBACK: Final = Workflow(
    "feedback",
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
    Step("rated", "rework_ordered", "rework", who=Role.BUS, keeps="", tells=(facts.ReworkOrdered,), starts=("rework",)),
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
    Step("rated", "supervision_ordered", "supervised", who=Role.BUS, starts=("supervision",)),
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
        ("callback_due", "rated", "rework"),
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
        guards=(rules.file_is_complete,),
        tells=(facts.AppealArchived,),
    ),
    Step("callback_due", "never_asked", "never_asked", who=Role.BUS, keeps=""),
    initial="callback_due",
    stages=dict.fromkeys(
        ("callback_due", "rated", "unrated", "rework", "supervised", "closed", "archived", "never_asked"), "feedback"
    ),
    ends=("closed",),
)
