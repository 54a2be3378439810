"""From the end of the handling to the end of the appeal: callback, rating, rework."""

from __future__ import annotations

from chassis.workflow import Role, Step, Workflow
from services.feedback import facts, rules, schemas

CALLBACK = Workflow(
    "feedback",
    Step(
        "callback_due",
        "rated",
        "rated",
        who=(Role.PUBLIC, Role.OPERATOR),
        form=schemas.Rating,
        guards=(rules.by_another_than_the_handler,),
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
    Step("callback_due", "unreachable", "unrated", who=Role.OPERATOR, guards=(rules.tried_often_enough,)),
    Step("callback_due", "callback_expired", "unrated", who=Role.CLOCK, expires="callback"),
    Step("rated", "rework_ordered", "rework", who=Role.BUS, tells=(facts.ReworkOrdered,)),
    Step("rework", "concluded_again", "callback_due", who=Role.BUS, tells=(facts.CallbackDue,), starts=("callback",)),
    Step("rated", "supervision_ordered", "supervised", who=Role.BUS),
    Step(
        "supervised",
        "supervision_ended",
        "closed",
        who=Role.LEADER,
        form=schemas.Finding,
        change=lambda _case, _form, _moment: {"end": "supervised"},
        tells=(facts.AppealClosed,),
    ),
    Step(
        "rated",
        "closed",
        "closed",
        who=Role.BUS,
        change=lambda _case, _form, _moment: {"end": "rated"},
        tells=(facts.AppealClosed,),
    ),
    Step(
        "unrated",
        "closed",
        "closed",
        who=Role.BUS,
        change=lambda _case, _form, _moment: {"end": "unrated"},
        tells=(facts.AppealClosed,),
    ),
    initial="callback_due",
    stages=dict.fromkeys(("callback_due", "rated", "unrated", "rework", "supervised", "closed"), "feedback"),
)
