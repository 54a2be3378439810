"""The hotline's procedure: the general service order, from sign-in to the reviewed reply.

    accepted -> triaged -> handling -> reply_review -> reply_ready ---------------> concluded
                   |        ^  ^  |         |                                           ^
                   v        |  |  v         +-> feedback_due -> upstream_review -> upstream_closed
              route_told    |  awaiting_external / awaiting_material / paused
                            +------- sent back by the reviewer or by the upstream hotline

Around it lie the shared steps of `chassis.handling`: contact, progress, extension, transfer, withdrawal, rework.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chassis import handling
from chassis.workflow import Role, Step, Workflow
from services.hotline import facts, lookup, relays, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chassis.workflow import CaseView, Moment, Refusal, Values

#: The states between accepting and the reply, in which contact, progress and transfer are possible.
OPEN = (
    "accepted",
    "triaged",
    "handling",
    "route_told",
    "awaiting_material",
    "paused",
    "awaiting_external",
    "external_overdue",
    "reply_review",
    "reply_ready",
    "feedback_due",
    "upstream_review",
    "upstream_closed",
)
#: The applications that go with steps which all handling services share.
APPLICATIONS = {
    **dict.fromkeys(("return_requested", "adjudication_requested"), "return_application"),
    "extension_requested": "extension_application",
}
#: The clocks of the upstream hotline's order: its own, and ours with a day to spare.
UPSTREAM = ("upstream_finish", "upstream_due")
#: Where an order of the upstream hotline is the street's to answer.
WITH_THE_STREET = tuple(state for state in OPEN if state not in ("upstream_review", "upstream_closed"))
#: Where it may still be put on record: once a reply was approved, that is on its way.
RECORDED = tuple(state for state in WITH_THE_STREET if state not in ("reply_ready", "feedback_due"))
#: What the upstream hotline was asked, and has to answer.
ASKED = ("upstream_return_answer", "upstream_extension_answer")
#: Where handling stands still, and what it waits for.
STILL = {"awaiting_material": "material_wait", "paused": "force_majeure"}
#: The clocks of a petition that was handed over: it is followed up wherever the order has gone since.
PETITION = ("petition_reply", "petition_opinion", "petition_follow_up")
FOLLOWED = ("received", "return_pending", *OPEN, "concluded", "rework_due", *handling.ENDS)
#: Of several units outside that are waited for, the one whose answer is due first has the clock.
RELAY: Mapping[str, Any] = {
    "stops": ("external_follow_up",),
    "starts": ("external_follow_up",),
    "lasts": (("external_follow_up", "relay_workdays"),),
    "since": (("external_follow_up", "relay_since"),),
}
RESULTS = "external_result_received"
#: Who was on the spot reviews no reply; nor does who has drafted it (`rules.another_has_drafted`).
VISITED = ("site_visited.visitors",)
#: The people who exchange orders and results with the upstream hotline.
EXCHANGE = (Role.HANDLER, Role.DESK)


def upstream_return_comes_in_time(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to give an upstream order back later than so many working days after it came."""
    since = case.details.get("upstream_since") or case.details.get("dispatched_at") or case.opened_at
    return handling.in_time(case, since, moment, "收到上级工单", "the order came")


def taken_back_upstream(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the order is its hotline's again; nobody outside is waited for any more."""
    order = {"upstream_return_open": False, "upstream_returned": True, "upstream_extension_open": False}
    return {**relays.left(case, moment), **order}


def drafted_in_silence(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep who wrote the reply, and that the units that were urged have not answered."""
    return {**relays.all_silent(case, moment), **rules.drafted(case, form, moment)}


def ending_the_wait(step: Step) -> Step:
    """Let nobody outside be waited for any longer by a case that goes another way from there, as by a withdrawal."""
    before = step.change
    if step.target in step.sources or {*step.sources}.isdisjoint(relays.WAITING):
        return step

    def change(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        return {**relays.left(case, moment), **(before(case, form, moment) if before else {})}

    return replace(step, change=change)


def with_approved_reply(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Let the case conclude with nothing but the reply that was approved, and write what is applied for."""
    own = (
        replace(
            step,
            form=schemas.ReplyDelivery,
            guards=handling.BEFORE_THE_END,
            keeps="",
            change=rules.approved_reply,
            document="reply_letter",
        )
        if step.trigger == "concluded"
        # Another round of handling may ask for material once more.
        else replace(step, change=rules.noted(material_requested=None))
        if step.trigger == "rework_taken"
        # The hotline that sent it still waits.
        else replace(
            step,
            change=rules.upstream_is_told,
            starts=("upstream_notice",),
            lasts=(("upstream_notice", "tell_upstream"),),
        )
        if step.trigger == "withdrawn"
        else replace(step, stops=("upstream_notice",))
        if step.trigger == "dispatched_again"
        else replace(step, document=APPLICATIONS.get(step.trigger))
        for step in steps
    )
    return tuple(map(ending_the_wait, own))


HOTLINE = Workflow(
    "hotline",
    *with_approved_reply(
        handling.shared_steps(
            mechanism="hotline", first="accepted", open_states=OPEN, ready=("reply_ready", "upstream_closed")
        )
    ),
    # The order of the upstream hotline, where there is one: it comes with the dispatch, or on paper.
    Step(
        "received",
        "upstream_joined",
        "received",
        who=Role.BUS,
        form=schemas.UpstreamOrder,
        keeps="upstream_recorded",
        guards=(rules.upstream_is_recorded_once,),
        change=rules.upstream_order,
        basis="鲁政办字〔2019〕211号",
    ),
    *(
        Step(
            state,
            "upstream_recorded",
            state,
            who=EXCHANGE,
            form=schemas.UpstreamOrder,
            guards=(rules.upstream_is_recorded_once,),
            change=rules.upstream_order,
            starts=UPSTREAM,
            lasts=rules.UPSTREAM_LASTS,
            basis="鲁政办字〔2019〕211号",
        )
        for state in RECORDED
    ),
    # The upstream hotline gives more time: its order's two ends move, and the promise to the resident with them.
    *(
        Step(
            state,
            "upstream_extended",
            state,
            who=EXCHANGE,
            form=schemas.UpstreamExtension,
            repeatable=True,
            guards=(
                rules.came_from_upstream,
                rules.upstream_end_is_later,
                rules.upstream_gives_no_more_than_it_may,
            ),
            change=rules.upstream_longer,
            tells=(facts.UpstreamExtended,),
            stops=("upstream_extension_answer",),
            starts=UPSTREAM,
            lasts=rules.UPSTREAM_LASTS,
            basis="鲁政办字〔2019〕211号",
        )
        for state in WITH_THE_STREET
    ),
    *(
        step
        for state in WITH_THE_STREET
        for step in (
            Step(
                state,
                "upstream_extension_asked",
                state,
                who=EXCHANGE,
                form=schemas.UpstreamExtensionAsked,
                repeatable=True,
                guards=(rules.came_from_upstream, rules.it_is_asked_for_in_time),
                change=rules.noted(upstream_extension_open=True),
                starts=("upstream_extension_answer",),
                document="upstream_extension_application",
                basis="鲁政办字〔2019〕211号",
            ),
            Step(
                state,
                "upstream_extension_refused",
                state,
                who=EXCHANGE,
                form=schemas.UpstreamAnswer,
                repeatable=True,
                guards=(rules.upstream_is_to_say("upstream_extension_open", "延期申请", "extension"),),
                change=rules.noted(upstream_extension_open=False),
                stops=("upstream_extension_answer",),
            ),
        )
    ),
    # What it is, and whether it belongs here.
    Step(
        ("accepted", "triaged", "handling", "route_told"),
        "triaged",
        "triaged",
        who=Role.HANDLER,
        form=schemas.Triage,
        document="work_order",
    ),
    Step(
        "triaged",
        "site_visited",
        "handling",
        who=Role.HANDLER,
        form=schemas.SiteVisit,
        repeatable=True,
        guards=(rules.its_own_route_is_left_to_it, rules.it_has_happened),
    ),
    Step(
        "triaged",
        "measure_taken",
        "handling",
        who=Role.HANDLER,
        form=schemas.Measure,
        repeatable=True,
        guards=(rules.its_own_route_is_left_to_it, rules.it_has_happened),
    ),
    Step(
        ("triaged", "handling"),
        "knowledge_consulted",
        "handling",
        who=Role.HANDLER,
        form=schemas.KnowledgeAnswer,
        guards=(rules.its_own_route_is_left_to_it, rules.only_inquiries_are_looked_up, lookup.entry_holds),
        change=lookup.answered,
    ),
    # What the base does not have is answered all the same; its owner hears of the gap.
    Step(
        ("triaged", "handling"),
        "answered_from_elsewhere",
        "handling",
        who=Role.HANDLER,
        form=schemas.OwnAnswer,
        guards=(rules.its_own_route_is_left_to_it, rules.only_inquiries_are_looked_up),
        tells=(facts.KnowledgeGapFound,),
        basis="国办函〔2025〕66号",
    ),
    Step(
        "triaged",
        "petition_route_told",
        "route_told",
        who=Role.HANDLER,
        form=schemas.PetitionRoute,
        guards=(rules.only_what_has_its_own_route_is_sent_there,),
        document="not_accepted_notice",
        basis="信访工作条例-31",
    ),
    # A petition that wants a written opinion is handed over; its times are followed up beside the order, and after it.
    Step(
        "triaged",
        "petition_transferred",
        "route_told",
        who=Role.HANDLER,
        form=schemas.PetitionTransfer,
        guards=(rules.only_what_wants_an_opinion_is_handed_over, rules.a_petition_is_handed_over_once),
        change=rules.petition_sent,
        starts=("petition_reply",),
        document="petition_letter",
        basis="信访工作条例-22",
    ),
    *(
        step
        for state in FOLLOWED
        for step in (
            Step(
                state,
                "petition_accepted",
                state,
                who=Role.HANDLER,
                form=schemas.PetitionAcceptance,
                guards=(rules.a_petition_is_waited_for, rules.a_petition_is_accepted_once),
                change=rules.petition_accepted,
                stops=("petition_reply", "petition_follow_up"),
                starts=("petition_opinion",),
                since=(("petition_opinion", "petition_accepted_on"),),
                basis="信访工作条例-34",
            ),
            Step(
                state,
                "petition_prolonged",
                state,
                who=Role.HANDLER,
                form=schemas.PetitionProlonged,
                guards=(rules.a_petition_is_waited_for, rules.a_petition_is_prolonged_once),
                change=rules.petition_longer,
                stops=("petition_follow_up",),
                starts=("petition_opinion",),
                lasts=(("petition_opinion", "petition_days"),),
                since=(("petition_opinion", "petition_accepted_on"),),
                basis="信访工作条例-34",
            ),
            Step(
                state,
                "petition_asked",
                state,
                who=Role.HANDLER,
                form=schemas.PetitionAsked,
                repeatable=True,
                guards=(rules.a_petition_is_waited_for,),
                starts=("petition_follow_up",),
                lasts=(("petition_follow_up", "answer_workdays"),),
            ),
            Step(
                state,
                "petition_answered",
                state,
                who=Role.HANDLER,
                form=schemas.PetitionAnswer,
                guards=(rules.a_petition_is_waited_for,),
                change=rules.noted(petition_open=False),
                stops=PETITION,
                basis="信访工作条例-34",
            ),
        )
    ),
    # Units outside, several where several have to do with it: each has its own time, urgings and end.
    *(
        Step(
            sources,
            "relayed_out",
            target,
            who=Role.HANDLER,
            form=schemas.Relay,
            repeatable=True,
            guards=(rules.its_own_route_is_left_to_it, rules.petitioner_stays_unnamed),
            change=relays.relayed,
            tells=(facts.CaseRelayed,),
            document="relay_letter",
            **(RELAY if target == "awaiting_external" else {}),
        )
        for sources, target in (
            (("triaged", "handling", "awaiting_external"), "awaiting_external"),
            # Who is late is still to be urged.
            ("external_overdue", "external_overdue"),
        )
    ),
    *(
        Step(
            relays.WAITING,
            trigger,
            "awaiting_external" if wait else "handling",
            who=Role.HANDLER,
            form=form,
            keeps=keeps,
            repeatable=True,
            guards=(relays.one_is_awaited, relays.others_wait(wait=wait)),
            change=change,
            tells=tells,
            **RELAY,
        )
        for trigger, wait, form, keeps, change, tells in (
            *(
                (trigger, wait, schemas.ExternalResult, RESULTS, relays.answered, (facts.ExternalResultReceived,))
                for trigger, wait in ((RESULTS, False), (f"one_{RESULTS}", True))
            ),
            *(
                (trigger, wait, schemas.RelayGivenUp, "relay_given_up", relays.given_up, ())
                for trigger, wait in (("relay_given_up", False), ("one_relay_given_up", True))
            ),
        )
    ),
    Step(
        "awaiting_external",
        "external_answer_expired",
        "external_overdue",
        who=Role.CLOCK,
        expires="external_follow_up",
    ),
    Step(
        relays.WAITING,
        "external_urged",
        "awaiting_external",
        who=Role.HANDLER,
        form=schemas.Urging,
        repeatable=True,
        guards=(relays.one_is_awaited,),
        change=relays.urged,
        document="supervision_order",
        **RELAY,
    ),
    # On the spot and by measures, also while others are waited for: the street does its own part.
    *(
        Step(state, trigger, state, who=Role.HANDLER, form=form, repeatable=True, guards=(rules.it_has_happened,))
        for state in ("handling", *relays.WAITING)
        for trigger, form in (("site_visited", schemas.SiteVisit), ("measure_taken", schemas.Measure))
    ),
    Step(
        "handling",
        "material_requested",
        "awaiting_material",
        who=Role.HANDLER,
        form=schemas.MaterialRequest,
        guards=(rules.material_is_asked_for_once,),
        starts=("material_wait",),
        lasts=(("material_wait", "material_workdays"),),
        tells=(handling.CasePaused,),
        suspends=("finish",),
    ),
    Step(
        "awaiting_material",
        "material_received",
        "handling",
        who=EXCHANGE,
        form=schemas.Material,
        stops=("material_wait",),
        tells=(handling.CaseResumed,),
        resumes=("finish",),
    ),
    Step(
        "awaiting_material",
        "material_expired",
        "handling",
        who=Role.CLOCK,
        expires="material_wait",
        tells=(handling.CaseResumed,),
        resumes=("finish",),
    ),
    # What nobody could foresee or avert, seen so by a second person; the time stands still for so long, and no longer.
    Step(
        "handling",
        "force_majeure_found",
        "paused",
        who=Role.REVIEWER,
        form=schemas.ForceMajeure,
        apart=("case_accepted", "rework_taken", "contact_made", "progress_made", *VISITED),
        repeatable=True,
        starts=("force_majeure",),
        lasts=(("force_majeure", "pause_workdays"),),
        tells=(handling.CasePaused,),
        suspends=("finish",),
    ),
    Step(
        "paused",
        "force_majeure_over",
        "handling",
        who=Role.HANDLER,
        form=schemas.Resumption,
        repeatable=True,
        stops=("force_majeure",),
        tells=(handling.CaseResumed,),
        resumes=("finish",),
    ),
    Step(
        "paused",
        "pause_expired",
        "handling",
        who=Role.CLOCK,
        expires="force_majeure",
        tells=(handling.CaseResumed,),
        resumes=("finish",),
    ),
    # What is none of the street's goes back to the hotline that sent it; until that has decided, it is handled here.
    *(
        Step(
            state,
            "upstream_return_asked",
            state,
            who=EXCHANGE,
            form=schemas.UpstreamReturn,
            guards=(
                rules.came_from_upstream,
                rules.upstream_is_asked_to_take_it_back_once,
                upstream_return_comes_in_time,
            ),
            change=rules.noted(upstream_return_open=True),
            starts=("upstream_return_answer",),
            document="upstream_return_application",
            basis="鲁政办字〔2019〕211号",
        )
        for state in WITH_THE_STREET
    ),
    *(
        Step(
            state,
            "upstream_return_granted",
            "route_told",
            who=EXCHANGE,
            form=schemas.UpstreamAnswer,
            guards=(rules.upstream_is_to_say("upstream_return_open", "退单申请", "return"),),
            change=taken_back_upstream,
            tells=(handling.CaseResumed,) if state in STILL else (),
            stops=(*UPSTREAM, *ASKED, "external_follow_up", *filter(None, (STILL.get(state),))),
            resumes=("finish",) if state in STILL else (),
            basis="鲁政办字〔2019〕211号",
        )
        for state in WITH_THE_STREET
        # What nobody has triaged yet is so first: else the way of what is another's were the shortest of all.
        if state != "accepted"
    ),
    *(
        Step(
            state,
            "upstream_return_denied",
            state,
            who=EXCHANGE,
            form=schemas.UpstreamAnswer,
            guards=(rules.upstream_is_to_say("upstream_return_open", "退单申请", "return"),),
            change=rules.noted(upstream_return_open=False),
            stops=("upstream_return_answer",),
        )
        for state in OPEN
    ),
    # The reply, seen by a second pair of eyes before anybody else sees it.
    Step(
        "handling",
        "reply_drafted",
        "reply_review",
        who=Role.HANDLER,
        form=schemas.ReplyDraft,
        guards=(handling.claim_fits_outcome,),
        change=rules.drafted,
    ),
    Step(
        "route_told",
        "unsolved_reply_drafted",
        "reply_review",
        who=Role.HANDLER,
        form=schemas.UnsolvedReplyDraft,
        keeps="reply_drafted",
        change=rules.drafted,
    ),
    Step(
        "external_overdue",
        "unsolved_reply_drafted",
        "reply_review",
        who=Role.HANDLER,
        form=schemas.UnsolvedReplyDraft,
        keeps="reply_drafted",
        guards=(relays.each_was_urged,),
        change=drafted_in_silence,
    ),
    Step(
        "reply_review",
        "reply_approved",
        "reply_ready",
        who=Role.REVIEWER,
        form=schemas.Approval,
        apart=VISITED,
        guards=(rules.another_has_drafted, rules.came_directly),
        document="reply_opinion",
    ),
    Step(
        "reply_review",
        "reply_approved_for_feedback",
        "feedback_due",
        who=Role.REVIEWER,
        form=schemas.Approval,
        apart=VISITED,
        guards=(rules.another_has_drafted, rules.came_from_upstream),
        document="reply_opinion",
    ),
    Step(
        "reply_review",
        "reply_sent_back",
        "handling",
        who=Role.REVIEWER,
        form=schemas.Correction,
        repeatable=True,
        apart=VISITED,
        guards=(rules.another_has_drafted,),
    ),
    # Approved, and not told to anybody yet: what has come since, or was overlooked, is handled and reviewed first.
    Step(
        ("reply_ready", "feedback_due"),
        "reply_taken_back",
        "handling",
        who=(Role.HANDLER, Role.REVIEWER),
        form=schemas.Correction,
        repeatable=True,
    ),
    # Back to the hotline that sent it.
    Step(
        "feedback_due",
        "fed_back",
        "upstream_review",
        who=EXCHANGE,
        form=schemas.Feedback,
        repeatable=True,
        tells=(facts.UpstreamFedBack,),
        change=rules.noted(upstream_extension_open=False, upstream_return_open=False, upstream_open=False),
        stops=(*UPSTREAM, *ASKED),
        starts=("upstream_review",),
    ),
    Step(
        "upstream_review",
        "upstream_closed",
        "upstream_closed",
        who=EXCHANGE,
        form=schemas.UpstreamVerdict,
        stops=("upstream_review",),
    ),
    Step(
        ("upstream_review", "upstream_closed"),
        "upstream_sent_back",
        "handling",
        who=EXCHANGE,
        form=schemas.UpstreamCorrection,
        repeatable=True,
        change=rules.upstream_again,
        tells=(facts.UpstreamSentBack,),
        stops=("upstream_review",),
        starts=UPSTREAM,
        lasts=rules.UPSTREAM_LASTS,
    ),
    # Also when it was taken to be content, and the petitioner has the reply or has withdrawn: whoever calls back has it
    # handled again, as the same case.
    *(
        Step(
            state,
            "upstream_sent_back",
            state,
            who=EXCHANGE,
            form=schemas.UpstreamCorrection,
            repeatable=True,
            guards=(rules.came_from_upstream,),
            change=rules.upstream_again,
            tells=(facts.UpstreamSentBack,),
            stops=("upstream_notice",),
            starts=UPSTREAM,
            lasts=rules.UPSTREAM_LASTS,
        )
        for state in ("concluded", "closed", "withdrawn")
    ),
    Step("withdrawn", "rework_ordered", "rework_due", who=Role.BUS, change=handling.contact_anew),
    # Nobody handles it again, as when the petitioner has withdrawn: the hotline that waits for it hears of that.
    *(
        Step(
            state,
            "upstream_told_of_the_end",
            state,
            who=EXCHANGE,
            form=schemas.Feedback,
            repeatable=True,
            guards=(rules.upstream_is_to_hear,),
            tells=(facts.UpstreamFedBack,),
            change=rules.noted(upstream_extension_open=False, upstream_return_open=False, upstream_open=False),
            stops=(*UPSTREAM, *ASKED, "upstream_notice"),
        )
        for state in ("withdrawn", "concluded", "closed")
    ),
    Step(
        "upstream_review",
        "upstream_review_expired",
        "upstream_closed",
        who=Role.CLOCK,
        expires="upstream_review",
    ),
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=(*PETITION, "upstream_notice"),
)
