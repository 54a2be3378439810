"""Expert opinions: asked for, awaited while the time of mediation stands still, and challenged."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.mediation import experts, rules, schemas

#: An expert's time does not count: of all opinions together, in whatever order they came and were put on record.
_STANDS_STILL = tuple((clock, "appraisal_times") for clock in experts.MEDIATION_TIME)
_ASK_BY = (("appraisal_follow_up", "appraisal_days"),)
_ASK_FROM = (("appraisal_follow_up", "appraisal_since"),)
#: Where an opinion is awaited; without a mediator where he is being replaced.
_WAITING = ("appraising", "rights_notified")

STEPS = (
    # Expert opinions, several where there are several questions: the time stands still until the last of them has come.
    Step(
        ("investigating", "in_session", "appraising"),
        "appraisal_commissioned",
        "appraising",
        who=Role.HANDLER,
        form=schemas.Appraisal,
        guards=(rules.dated("commissioned_on", "registered_on"),),
        keeps="",
        change=experts.commissioned,
        repeatable=True,
        suspends=experts.MEDIATION_TIME,
        ground="鉴定",
        stops=("appraisal_follow_up",),
        starts=("appraisal_follow_up",),
        lasts=_ASK_BY,
        since=_ASK_FROM,
        stood=_STANDS_STILL,
    ),
    # Also while a mediator is replaced: then there is none yet who would go on.
    *(
        Step(
            state,
            trigger,
            state if wait or state == "rights_notified" else "investigating",
            who=Role.HANDLER,
            form=form,
            guards=(experts.one_is_awaited, experts.others_wait(wait=wait), experts.ends_after_the_request(on)),
            keeps="",
            change=experts.ended(says, on),
            repeatable=True,
            suspends=experts.MEDIATION_TIME if wait else (),
            resumes=() if wait else experts.MEDIATION_TIME,
            ground="鉴定",
            stops=("appraisal_follow_up",),
            starts=("appraisal_follow_up",),
            lasts=_ASK_BY,
            since=_ASK_FROM,
            stood=_STANDS_STILL,
        )
        for state in _WAITING
        for trigger, wait, form, says, on in (
            ("appraisal_received", False, schemas.AppraisalResult, "opinion", "received_on"),
            ("one_appraisal_received", True, schemas.AppraisalResult, "opinion", "received_on"),
            ("appraisal_abandoned", False, schemas.Abandonment, "reason", "abandoned_on"),
            ("one_appraisal_abandoned", True, schemas.Abandonment, "reason", "abandoned_on"),
        )
    ),
    *(
        Step(
            state,
            "appraisal_asked",
            state,
            who=Role.HANDLER,
            form=schemas.AppraisalAsked,
            guards=(experts.one_is_awaited,),
            keeps="appraisal_inquiries",
            change=experts.asked_after,
            repeatable=True,
            stops=("appraisal_follow_up",),
            starts=("appraisal_follow_up",),
            lasts=_ASK_BY,
            since=_ASK_FROM,
        )
        for state in _WAITING
    ),
    *(
        step
        for state in (*_WAITING, "investigating", "in_session", "period_over", "agreement_drafted")
        for step in (
            Step(
                state,
                "appraisal_challenged",
                state,
                who=Role.HANDLER,
                form=schemas.AppraisalChallenge,
                guards=(experts.one_has_come, experts.a_party_challenges),
                keeps="objections",
                change=experts.challenge,
                repeatable=True,
            ),
            Step(
                state,
                "appraisal_challenge_answered",
                state,
                who=Role.HANDLER,
                form=schemas.AppraisalChallengeAnswer,
                guards=(experts.one_is_challenged,),
                keeps="",
                change=experts.challenge_answered,
                repeatable=True,
            ),
        )
    ),
)
