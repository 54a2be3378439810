"""The life of an appeal in the ledger, from registration to its end (regulations 2.3)."""

from __future__ import annotations

from chassis.workflow import Role, Step, Workflow
from services.routing import facts, rules, schemas

#: The states in which a mechanism has the case.
HANDLED = ("dispatched", "accepted", "rework")
_BEFORE = ("registered", "held", "ledgered", "triage_due", "awaiting_signoff", "sent_back")
_OPEN = (*_BEFORE, *HANDLED, "return_pending", "transfer_pending")

LEDGER = Workflow(
    "routing",
    Step("registered", "held", "held", who=Role.BUS),
    Step(("registered", "held"), "ledgered", "ledgered", who=Role.BUS, tells=(facts.AppealLedgered,)),
    Step("ledgered", "found_unclear", "triage_due", who=Role.BUS),
    Step(
        ("triage_due", "sent_back"),
        "corrected",
        "awaiting_signoff",
        who=Role.DESK,
        form=schemas.Correction,
        change=lambda _case, form, _moment: {name: form[name] for name in ("mechanism", "category", "urgency", "severity")},
    ),
    Step("ledgered", "put_to_leader", "awaiting_signoff", who=Role.BUS),
    Step(
        "ledgered",
        "signed_by_rule",
        "dispatched",
        who=Role.BUS,
        guards=(rules.a_receiver_is_known,),
        change=rules.dispatch,
        tells=(facts.AppealSigned, facts.AppealDispatched),
    ),
    Step(
        "awaiting_signoff",
        "signed",
        "dispatched",
        who=Role.LEADER,
        form=schemas.Signature,
        guards=(rules.a_receiver_is_known,),
        change=rules.dispatch,
        tells=(facts.AppealSigned, facts.AppealDispatched),
    ),
    Step("awaiting_signoff", "sent_back", "sent_back", who=Role.LEADER, form=schemas.Opinion),
    *(
        Step(state, "countersigned", state, who=Role.LEADER, form=schemas.Opinion, guards=(rules.awaits_countersign,), change=rules.countersign, tells=(facts.AppealSigned,))
        for state in (*HANDLED, "concluded")
    ),
    Step(("dispatched", "rework"), "case_accepted", "accepted", who=Role.BUS),
    Step(("dispatched", "accepted"), "return_requested", "return_pending", who=Role.BUS),
    Step(
        "return_pending",
        "return_denied",
        "dispatched",
        who=Role.DESK,
        form=schemas.Opinion,
        change=lambda _case, _form, _moment: {"granted": False},
        tells=(facts.ReturnDecided,),
    ),
    Step(
        "return_pending",
        "return_granted",
        "dispatched",
        who=Role.DESK,
        form=schemas.Redispatch,
        guards=(rules.a_receiver_is_known,),
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
        guards=(rules.a_receiver_is_known,),
        change=rules.dispatch,
        tells=(facts.AppealDispatched,),
    ),
    *(
        Step(state, "extension_granted", state, who=Role.LEADER, form=schemas.Opinion, guards=(rules.extension_is_asked, rules.extension_is_allowed), change=rules.grant_extension, tells=(facts.ExtensionDecided,))
        for state in HANDLED
    ),
    *(
        Step(state, "extension_denied", state, who=Role.LEADER, form=schemas.Opinion, guards=(rules.extension_is_asked,), change=rules.deny_extension, tells=(facts.ExtensionDecided,))
        for state in HANDLED
    ),
    Step((*HANDLED, "return_pending"), "case_concluded", "concluded", who=Role.BUS, stops=("sign_in", "first_contact", "finish")),
    Step("concluded", "rework_ordered", "rework", who=Role.BUS),
    Step((*HANDLED, "concluded", "answered", "return_pending", "transfer_pending"), "closed", "closed", who=Role.BUS),
    Step(_OPEN, "answered", "answered", who=Role.BUS),
    Step(_OPEN, "not_accepted", "not_accepted", who=Role.BUS),
    Step(_OPEN, "relayed", "relayed", who=Role.BUS),
    Step(_OPEN, "merged", "merged", who=Role.BUS),
    Step(_OPEN, "withdrawn", "withdrawn", who=Role.BUS),
    initial="registered",
    stages={
        "registered": "collect",
        "held": "collect",
        "ledgered": "analyse",
        "triage_due": "analyse",
        "awaiting_signoff": "analyse",
        "sent_back": "analyse",
        "concluded": "feedback",
        "answered": "feedback",
        "closed": "feedback",
        "not_accepted": "feedback",
        "relayed": "feedback",
        "merged": "feedback",
        "withdrawn": "feedback",
    },
)
