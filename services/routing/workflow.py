"""The life of an appeal in the ledger, from registration to its end (regulations 2.3)."""

from __future__ import annotations

from typing import Final

from chassis.workflow import Role, Step, Workflow
from services.routing import facts, rules, schemas

#: The states in which a mechanism has the case.
HANDLED: Final = ("dispatched", "accepted", "rework")
#: The states in which a mechanism has the case, or the desk decides where it goes next.
SENT: Final = (*HANDLED, "return_pending", "transfer_pending")
_BEFORE: Final = ("registered", "held", "ledgered", "triage_due", "awaiting_signoff", "sent_back")
_OPEN: Final = (*_BEFORE, *SENT, "answer_due")

LEDGER: Final = Workflow(
    "routing",
    Step("registered", "held", "held", who=Role.BUS),
    Step(("registered", "held"), "ledgered", "ledgered", who=Role.BUS, tells=(facts.AppealLedgered,)),
    Step("ledgered", "found_unclear", "triage_due", who=Role.BUS, starts=("triage",)),
    Step(
        ("triage_due", "sent_back"),
        "corrected",
        "awaiting_signoff",
        who=Role.DESK,
        form=schemas.Correction,
        change=rules.correct,
        stops=("triage",),
        starts=("sign_off",),
    ),
    Step("ledgered", "put_to_leader", "awaiting_signoff", who=Role.BUS, starts=("sign_off",)),
    Step(
        "ledgered",
        "signed_by_rule",
        "dispatched",
        who=Role.BUS,
        guards=(rules.a_receiver_is_known,),
        change=rules.sign,
        tells=(facts.AppealSigned, facts.AppealDispatched),
    ),
    Step(
        "awaiting_signoff",
        "signed",
        "dispatched",
        who=Role.LEADER,
        form=schemas.Signature,
        guards=(rules.a_receiver_is_known, rules.the_lead_may_lead),
        change=rules.sign,
        tells=(facts.AppealSigned, facts.AppealDispatched),
        stops=("sign_off",),
    ),
    Step(
        "awaiting_signoff",
        "sent_back",
        "sent_back",
        who=Role.LEADER,
        form=schemas.Opinion,
        stops=("sign_off",),
        starts=("triage",),
    ),
    *(
        Step(
            state,
            "countersigned",
            state,
            who=Role.LEADER,
            form=schemas.Opinion,
            guards=(rules.awaits_countersign,),
            change=rules.countersign,
            tells=(facts.AppealSigned,),
            stops=("countersign",),
        )
        for state in (*SENT, "concluded")
    ),
    Step(("dispatched", "rework"), "case_accepted", "accepted", who=Role.BUS, stops=("sign_in",)),
    Step(("dispatched", "accepted"), "return_requested", "return_pending", who=Role.BUS),
    Step(
        "return_pending",
        "return_denied",
        "dispatched",
        who=Role.DESK,
        form=schemas.Opinion,
        change=rules.deny_return,
        tells=(facts.ReturnDecided,),
    ),
    Step(
        "return_pending",
        "return_granted",
        "dispatched",
        who=Role.DESK,
        form=schemas.Redispatch,
        guards=(rules.a_receiver_is_known, rules.the_lead_may_lead, rules.it_goes_elsewhere),
        change=rules.dispatch_after_return,
        tells=(facts.ReturnDecided, facts.AppealDispatched),
    ),
    Step(HANDLED, "transfer_requested", "transfer_pending", who=Role.BUS),
    Step(
        "transfer_pending",
        "redispatched",
        "dispatched",
        who=Role.DESK,
        form=schemas.Redispatch,
        guards=(rules.a_receiver_is_known, rules.the_lead_may_lead),
        change=rules.dispatch,
        tells=(facts.AppealDispatched,),
    ),
    *(
        Step(
            state,
            "extension_granted",
            state,
            who=Role.LEADER,
            form=schemas.Opinion,
            guards=(rules.extension_is_asked, rules.extension_is_allowed),
            change=rules.grant_extension,
            tells=(facts.ExtensionDecided,),
        )
        for state in HANDLED
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
        for state in HANDLED
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
    *(
        Step(
            state,
            "supervision_ordered",
            state,
            who=Role.LEADER,
            form=schemas.Opinion,
            change=rules.supervise,
            repeatable=True,
            tells=(facts.AppealSupervised,),
        )
        for state in SENT
    ),
    Step(
        HANDLED,
        "case_concluded",
        "concluded",
        who=Role.BUS,
        change=rules.forget_requests,
        stops=("sign_in", "first_contact", "finish"),
    ),
    Step(("concluded", "closed"), "rework_ordered", "rework", who=Role.BUS, change=rules.begin_again),
    Step("closed", "answer_reopened", "answer_due", who=Role.BUS, change=rules.begin_again),
    Step("answered", "rework_ordered", "answer_due", who=Role.BUS, change=rules.begin_again),
    Step(("concluded", "answered"), "closed", "closed", who=Role.BUS),
    Step(
        _OPEN, "answered", "answered", who=Role.BUS, stops=("triage", "sign_off", "sign_in", "first_contact", "finish")
    ),
    Step(_OPEN, "not_accepted", "not_accepted", who=Role.BUS),
    Step(_OPEN, "relayed", "relayed", who=Role.BUS),
    Step(_OPEN, "merged", "merged", who=Role.BUS),
    Step("merged", "unmerged", "registered", who=Role.BUS),
    Step((*_OPEN, "concluded", "answered"), "withdrawn", "withdrawn", who=Role.BUS),
    initial="registered",
    stages={
        **dict.fromkeys(("registered", "held"), "collect"),
        **dict.fromkeys(("ledgered", "triage_due", "awaiting_signoff", "sent_back"), "analyse"),
        **dict.fromkeys(
            ("concluded", "answered", "closed", "not_accepted", "relayed", "merged", "withdrawn"), "feedback"
        ),
    },
    ends=("closed", "merged"),
)
