"""The life of an appeal in the ledger, from registration to its end (regulations 2.3)."""

from __future__ import annotations

from typing import Final

from chassis.workflow import Role, Step, Workflow
from services.routing import facts, rules, schemas
from services.routing.signoff import signing
from services.routing.supervision import helping, returns

#: The states in which a mechanism has the case.
HANDLED: Final = ("dispatched", "accepted", "rework")
#: Those, and the states in which a return is decided while the first receiver goes on handling (首接负责).
KEPT: Final = (*HANDLED, "return_pending", "adjudication_due")
#: The states in which a mechanism has the case, or somebody decides where it goes next.
SENT: Final = (*KEPT, "transfer_pending")
#: The states in which a signature can be missing.
UNSIGNED: Final = ("awaiting_signoff", *SENT, "concluded", "closed")
#: In which states which clock of the desk's or a leader's own decision runs.
DECISIONS: Final = {
    "triage": ("triage_due", "sent_back"),
    "urgent_triage": ("triage_due",),
    "return_review": ("return_pending",),
    "adjudication": ("adjudication_due",),
}
_TRIAGE: Final = ("triage", "triage_alarm", "urgent_triage", "urgent_triage_alarm")
_DECIDED: Final = tuple(name for clock in DECISIONS for name in (clock, f"{clock}_alarm"))
_BEFORE: Final = ("registered", "held", "ledgered", "triage_due", "awaiting_signoff", "sent_back")
_OPEN: Final = (*_BEFORE, *SENT, "answer_due")
#: The clocks of what is decided and handled here: none of them runs on where somebody at the door has seen to it.
_ANSWERED: Final = (
    *(*_DECIDED, *signing.WAITING),
    *("sign_in", "first_contact", "finish", "required", rules.LAWFUL),
)

LEDGER: Final = Workflow(
    "routing",
    Step("registered", "held", "held", who=Role.BUS, tells=(facts.LineNumbered,)),
    Step(("registered", "held"), "ledgered", "ledgered", who=Role.BUS, tells=(facts.AppealLedgered,)),
    Step("ledgered", "found_unclear", "triage_due", who=Role.BUS, starts=("triage", "triage_alarm")),
    # An emergency that the desk has graded waits for no signature.
    Step(
        ("triage_due", "sent_back", "awaiting_signoff"),
        "sent_first",
        "dispatched",
        who=Role.DESK,
        form=schemas.First,
        guards=(signing.goes_first, rules.a_receiver_is_known, rules.the_lead_may_lead),
        change=signing.send_first,
        tells=(facts.AppealDispatched,),
        stops=(*_TRIAGE, *signing.WAITING),
        starts=("countersign", "countersign_reminder"),
    ),
    Step(
        "ledgered",
        "found_unclear_urgent",
        "triage_due",
        who=Role.BUS,
        keeps="found_unclear",
        starts=("urgent_triage", "urgent_triage_alarm"),
    ),
    Step(
        ("triage_due", "sent_back"),
        "corrected",
        "awaiting_signoff",
        who=Role.DESK,
        form=schemas.Correction,
        guards=(signing.can_wait,),
        change=signing.correct,
        stops=_TRIAGE,
        starts=("sign_off", "sign_off_reminder"),
    ),
    Step(
        "ledgered",
        "put_to_leader",
        "awaiting_signoff",
        who=Role.BUS,
        change=signing.propose,
        starts=("sign_off", "sign_off_reminder"),
    ),
    Step(
        "awaiting_signoff",
        "signature_reminded",
        "awaiting_signoff",
        who=Role.CLOCK,
        expires="sign_off_reminder",
        change=signing.remind,
        tells=(facts.SignatureAwaited,),
    ),
    Step(
        "awaiting_signoff",
        "passed_on",
        "awaiting_signoff",
        who=Role.CLOCK,
        expires="sign_off",
        change=signing.pass_on,
        tells=(facts.SignatureAwaited,),
        starts=("duty_sign_off", "duty_sign_off_alarm"),
    ),
    Step(
        "awaiting_signoff",
        "signature_overdue",
        "awaiting_signoff",
        who=Role.CLOCK,
        expires="duty_sign_off_alarm",
        change=signing.call_overdue,
        tells=(facts.SignatureAwaited,),
    ),
    # What the desk or a leader has not decided in his own time: an alarm of its own, so that the clock goes on being overdue.
    *(
        Step(state, f"{clock}_overdue", state, who=Role.CLOCK, expires=f"{clock}_alarm", tells=(facts.DecisionAwaited,))
        for clock, states in DECISIONS.items()
        for state in states
    ),
    Step(
        "ledgered",
        "signed_by_rule",
        "dispatched",
        who=Role.BUS,
        guards=(rules.a_receiver_is_known,),
        change=signing.sign,
        tells=(facts.AppealSigned, facts.AppealDispatched),
    ),
    Step(
        "awaiting_signoff",
        "signed",
        "dispatched",
        who=Role.LEADER,
        form=schemas.Signature,
        guards=(
            signing.may_sign,
            rules.a_receiver_is_known,
            rules.its_category_is_known,
            rules.the_lead_may_lead,
            signing.due_is_kept,
        ),
        change=signing.sign,
        tells=(facts.AppealSigned, facts.AppealDispatched),
        stops=signing.WAITING,
    ),
    Step(
        "awaiting_signoff",
        "sent_back",
        "sent_back",
        who=Role.LEADER,
        form=schemas.SignedOpinion,
        guards=(signing.may_sign,),
        stops=signing.WAITING,
        starts=("triage", "triage_alarm"),
    ),
    *(
        Step(
            state,
            "countersigned",
            state,
            who=Role.LEADER,
            form=schemas.SignedOpinion,
            guards=(rules.awaits_countersign, signing.may_sign),
            change=signing.countersign,
            tells=(facts.AppealSigned, facts.AppealCountersigned),
            stops=("countersign", "countersign_reminder"),
        )
        for state in UNSIGNED[1:]
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=Role.CLOCK,
            expires=clock,
            guards=(rules.awaits_countersign,),
            change=change,
            tells=(facts.SignatureAwaited,),
        )
        for state in (*SENT, "concluded")
        for trigger, clock, change in (
            ("countersign_reminded", "countersign_reminder", signing.remind),
            ("countersign_overdue", "countersign", signing.call_overdue),
        )
    ),
    *(
        Step(source, "case_accepted", target, who=Role.BUS, change=rules.accept, stops=("sign_in",))
        for source, target in (
            (("dispatched", "rework"), "accepted"),
            ("return_pending", "return_pending"),
            ("adjudication_due", "adjudication_due"),
        )
    ),
    # Returns (退单): the first one is the desk's, a second or disputed one is adjudicated (裁定) by a leader.
    Step(
        HANDLED,
        "return_requested",
        "return_pending",
        who=Role.BUS,
        change=returns.ask,
        starts=("return_review", "return_review_alarm"),
    ),
    Step(
        HANDLED,
        "adjudication_requested",
        "adjudication_due",
        who=Role.BUS,
        change=returns.ask,
        starts=("adjudication", "adjudication_alarm"),
    ),
    Step(
        "return_pending",
        "put_to_adjudication",
        "adjudication_due",
        who=Role.DESK,
        form=schemas.Opinion,
        stops=("return_review", "return_review_alarm"),
        starts=("adjudication", "adjudication_alarm"),
    ),
    Step(
        "return_pending",
        "return_denied",
        "dispatched",
        who=Role.DESK,
        form=schemas.Opinion,
        change=returns.deny,
        tells=(facts.ReturnDecided,),
        stops=("return_review", "return_review_alarm"),
    ),
    Step(
        "return_pending",
        "return_granted",
        "dispatched",
        who=Role.DESK,
        form=schemas.Redispatch,
        guards=(
            rules.a_receiver_is_known,
            rules.its_category_is_known,
            rules.the_lead_may_lead,
            returns.it_goes_elsewhere,
            returns.it_does_not_go_round,
        ),
        change=returns.grant,
        tells=(facts.ReturnDecided, facts.AppealDispatched),
        stops=("return_review", "return_review_alarm"),
    ),
    Step(
        "adjudication_due",
        "adjudicated_kept",
        "dispatched",
        who=Role.LEADER,
        form=schemas.Upheld,
        guards=(returns.by_another_than_refused,),
        change=returns.uphold,
        document="adjudication_decision",
        tells=(facts.ReturnDecided,),
        stops=("adjudication", "adjudication_alarm"),
    ),
    Step(
        "adjudication_due",
        "adjudicated_moved",
        "dispatched",
        who=Role.LEADER,
        form=schemas.Moved,
        guards=(
            returns.by_another_than_refused,
            rules.a_receiver_is_known,
            rules.its_category_is_known,
            rules.the_lead_may_lead,
            returns.it_goes_elsewhere,
        ),
        change=returns.move,
        document="adjudication_decision",
        tells=(facts.ReturnDecided, facts.AppealDispatched),
        stops=("adjudication", "adjudication_alarm"),
    ),
    Step(
        "adjudication_due",
        "adjudicated_jointly",
        "dispatched",
        who=Role.LEADER,
        form=schemas.Joined,
        guards=(returns.by_another_than_refused, returns.others_assist),
        change=returns.join,
        document="adjudication_decision",
        tells=(facts.ReturnDecided, facts.AssistAsked),
        stops=("adjudication", "adjudication_alarm"),
    ),
    Step(HANDLED, "transfer_requested", "transfer_pending", who=Role.BUS),
    Step(
        "transfer_pending",
        "redispatched",
        "dispatched",
        who=Role.DESK,
        form=schemas.Redispatch,
        guards=(
            rules.a_receiver_is_known,
            rules.its_category_is_known,
            rules.the_lead_may_lead,
            returns.it_does_not_go_round,
        ),
        change=returns.send_on,
        tells=(facts.AppealDispatched,),
    ),
    Step(
        "transfer_pending",
        "transfer_adjudicated",
        "dispatched",
        who=Role.LEADER,
        form=schemas.Redispatch,
        guards=(rules.a_receiver_is_known, rules.its_category_is_known, rules.the_lead_may_lead),
        change=returns.send_on,
        tells=(facts.AppealDispatched,),
    ),
    # Units that help: those who assist (协办), and those whom a whistle calls (吹哨报到).
    *(
        Step(
            state,
            trigger,
            state,
            who=who,
            form=form,
            guards=guards,
            change=change,
            tells=(fact,),
            repeatable=True,
            keeps="",
        )
        for state in SENT
        for trigger, who, form, guards, change, fact in (
            (
                "assist_asked",
                (Role.DESK, Role.LEADER),
                schemas.Joint,
                (returns.others_assist,),
                returns.ask_units,
                facts.AssistAsked,
            ),
            (
                "assist_reported",
                Role.HANDLER,
                schemas.AssistReport,
                (helping.its_unit_asks, helping.a_report_is_due),
                helping.report,
                facts.AssistReported,
            ),
            (
                "assist_explained",
                Role.HANDLER,
                schemas.AssistInterim,
                (helping.its_unit_asks, helping.a_report_is_due, helping.an_interim_is_possible),
                helping.explain,
                facts.AssistReported,
            ),
            (
                "whistle_blown",
                (Role.DESK, Role.LEADER),
                schemas.Whistle,
                (helping.no_whistle_is_open,),
                helping.blow,
                facts.WhistleBlown,
            ),
            (
                "whistle_answered",
                Role.HANDLER,
                schemas.Arrival,
                (helping.its_unit_asks, helping.its_arrival_is_awaited, helping.it_came_after_the_whistle),
                helping.arrive,
                facts.WhistleAnswered,
            ),
        )
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=who,
            form=form,
            guards=guards,
            change=change,
            tells=(fact,),
            repeatable=True,
            keeps="",
        )
        for state in (*SENT, "concluded", "answered", "closed")
        for trigger, who, form, guards, change, fact in (
            (
                "whistle_closed",
                (Role.DESK, Role.LEADER),
                schemas.WhistleResult,
                (helping.a_whistle_is_open,),
                helping.end,
                facts.WhistleClosed,
            ),
            (
                "unit_rated",
                (Role.DESK, Role.LEADER),
                schemas.Mark,
                (helping.the_street_may_rate,),
                helping.rate_unit,
                facts.UnitRated,
            ),
            (
                "whistle_rated",
                Role.HANDLER,
                schemas.Mark,
                (helping.its_unit_asks, helping.the_unit_may_rate),
                helping.rate_back,
                facts.WhistleRated,
            ),
        )
    ),
    *(
        Step(
            state,
            "extension_granted",
            state,
            who=Role.LEADER,
            form=schemas.MoreTime,
            guards=(rules.extension_is_asked, rules.extension_is_allowed),
            change=rules.grant_extension,
            tells=(facts.ExtensionDecided,),
        )
        for state in KEPT
    ),
    *(
        Step(
            state,
            "extension_denied",
            state,
            who=Role.LEADER,
            form=schemas.Opinion,
            guards=(rules.extension_is_asked,),
            change=rules.deny_extension,
            tells=(facts.ExtensionDecided,),
        )
        for state in KEPT
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=Role.BUS,
            form=schemas.Stands,
            keeps="",
            change=rules.follow_pause,
            tells=(facts.PromiseMoved,),
        )
        for state in SENT
        for trigger in ("promise_paused", "promise_resumed")
    ),
    *(
        Step(
            state,
            "interim_replied",
            state,
            who=Role.BUS,
            form=schemas.InterimStands,
            keeps="",
            change=rules.close_promise,
            stops=("sign_in", "first_contact", "required"),
        )
        for state in SENT
    ),
    *(
        Step(
            state,
            "source_extended",
            state,
            who=Role.BUS,
            form=schemas.SourceEnd,
            keeps="",
            change=rules.follow_source,
            tells=(facts.ExtensionDecided,),
        )
        for state in SENT
    ),
    *(
        Step(state, trigger, state, who=Role.CLOCK, form=form, repeatable=True, tells=(fact,))
        for state in SENT
        for trigger, form, fact in (
            ("urged", schemas.Turned, facts.AppealUrged),
            ("carded", schemas.Turned, facts.CardIssued),
            ("supervised", schemas.Level, facts.AppealSupervised),
        )
    ),
    # What intake has to answer once more is nobody's clock here, but a leader's business when it is not accepted.
    Step(
        "answer_due",
        "supervised",
        "answer_due",
        who=Role.CLOCK,
        form=schemas.Level,
        repeatable=True,
        tells=(facts.AppealSupervised,),
    ),
    *(
        Step(
            state,
            "supervision_ordered",
            state,
            who=Role.LEADER,
            form=schemas.Opinion,
            change=rules.supervise,
            repeatable=True,
            document="supervision_order",
            tells=(facts.AppealSupervised,),
        )
        for state in SENT
    ),
    *(
        Step(
            state,
            "regraded",
            state,
            who=(Role.DESK, Role.LEADER),
            form=schemas.Regrade,
            guards=(rules.is_graded_otherwise, rules.its_promise_runs_on),
            change=rules.regrade,
            tells=(facts.AppealRegraded,),
            repeatable=True,
            keeps="",
        )
        for state in SENT
    ),
    # The dispatch on paper, for who has it on paper: written when somebody asks for it, not with each dispatch.
    *(
        Step(
            state,
            "dispatch_notice_issued",
            state,
            who=(Role.DESK, Role.LEADER),
            keeps="",
            change=rules.note_promise,
            document="dispatch_notice",
        )
        for state in SENT
    ),
    Step(
        HANDLED,
        "case_concluded",
        "concluded",
        who=Role.BUS,
        change=rules.forget_requests,
        stops=("sign_in", "first_contact", "finish", "required", rules.LAWFUL),
    ),
    Step("concluded", "rework_ordered", "rework", who=Role.BUS, change=rules.begin_again),
    Step("answered", "rework_ordered", "answer_due", who=Role.BUS, change=rules.begin_again),
    Step(("closed", "withdrawn"), "reopened", "rework", who=Role.BUS, keeps="rework_ordered", change=rules.begin_again),
    Step("closed", "answer_reopened", "answer_due", who=Role.BUS, keeps="rework_ordered", change=rules.begin_again),
    Step(("concluded", "answered"), "closed", "closed", who=Role.BUS),
    Step(
        _OPEN,
        "answered",
        "answered",
        who=Role.BUS,
        tells=(facts.AnswerLedgered,),
        stops=_ANSWERED,
    ),
    Step(
        _OPEN,
        "not_accepted",
        "not_accepted",
        who=Role.BUS,
        change=helping.call_off,
        tells=(facts.RefusalLedgered,),
    ),
    # It is open until somebody at the door has asked what became of it; nothing is promised here meanwhile.
    Step(
        _OPEN,
        "relayed",
        "relayed",
        who=Role.BUS,
        change=helping.call_off,
        stops=(*_ANSWERED, "countersign", "countersign_reminder"),
    ),
    Step("relayed", "followed_up", "followed_up", who=Role.BUS),
    Step(_OPEN, "merged", "merged", who=Role.BUS, change=helping.call_off),
    Step("merged", "unmerged", "registered", who=Role.BUS),
    Step(
        (*_OPEN, "concluded", "answered"),
        "withdrawn",
        "withdrawn",
        who=Role.BUS,
        change=helping.call_off,
    ),
    initial="registered",
    stages={
        **dict.fromkeys(("registered", "held"), "collect"),
        **dict.fromkeys(("ledgered", "triage_due", "awaiting_signoff", "sent_back"), "analyse"),
        **dict.fromkeys(
            ("concluded", "answered", "closed", "not_accepted", "followed_up", "merged", "withdrawn"), "feedback"
        ),
    },
    ends=("closed", "merged", "withdrawn"),
)
