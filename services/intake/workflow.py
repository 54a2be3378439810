"""An appeal's outermost public state: what the door decides, and what is heard from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chassis.workflow import Role, Step, Workflow
from services.intake import facts, rules, schemas
from services.intake.answers import knowledge

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.workflow import CaseView, Moment, Values

#: The states from the door to the end, in order; what is heard moves an appeal among them.
HEARD: Final = ("registered", "ledgered", "dispatched", "handling", "rework_due", "concluded", "callback_due", "closed")
OPEN: Final = ("registered", "ledgered", "dispatched", "handling", "rework_due")
#: Where an emergency that came by itself may be, which no operator could relay while it was told.
AMONG_OTHERS: Final = ("ledgered", "dispatched", "handling")
_REPLIED: Final = ("answered", "concluded", "callback_due", "closed")
_STAFF: Final = (Role.OPERATOR, Role.DESK)
_RULE: Final = "北京市接诉即办工作条例-11"

#: The trigger that leads to each state, when it is heard that an appeal has come there.
HEARD_STEPS: Final = {
    "ledgered": "ledgered",
    "dispatched": "dispatched",
    "handling": "handling_begun",
    "rework_due": "rework_ordered",
    "concluded": "concluded",
    "callback_due": "callback_came_due",
    "closed": "closed",
}


def saying(
    what: str, word: str = "reply", *, ends: bool = True
) -> Callable[[CaseView, Values, Moment], dict[str, Any]]:
    """Return a change that puts a step's words on the public record, and frees the matter at an end."""

    def change(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
        public = rules.with_heard(getattr(case, "public", {}), what, moment.now, reply=form.get(word, ""))
        return {"appeal_id": case.subject, "public": public, **({"matter": None} if ends else {})}

    return change


def answering(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put the answer on the public record, and keep what the entry is called that it was taken from."""
    entry = (moment.known() or {}).get(form.get("entry", ""))
    kept = {"answered": {**form, "entry_name": entry.title}} if entry else {}
    return saying("answered", ends=False)(case, form, moment) | kept


def supplementing(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put what the petitioner adds on the public record, masked like the text itself."""
    public = rules.with_heard(getattr(case, "public", {}), "supplemented", moment.now, text=form["text"])
    return {"appeal_id": case.subject, "public": public}


def telling_a_line(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put on the public record which emergency line was called."""
    public = rules.with_heard(getattr(case, "public", {}), "line_told", moment.now, text=form["service"])
    return {"appeal_id": case.subject, "public": public, "line": ""}


def releasing(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Hold it no longer."""
    return {"appeal_id": case.subject, "hold": False}


def merging(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Let another appeal go on for this one. A petitioner of his own is still known by his matter."""
    return saying("merged", ends=not form.get("own_voice"))(case, form, moment) | {
        "voice_of": form["into"] if form.get("own_voice") else None
    }


def unmerging(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Let an appeal go on by itself, held no longer; what was said of the other one is no reply to it."""
    public = getattr(case, "public", {})
    heard = [{**item, "reply": ""} if item["what"] == "merged" else item for item in public.get("heard", ())]
    public = rules.with_heard({**public, "heard": heard}, "unmerged", moment.now, text=form["reason"])
    return {"appeal_id": case.subject, "public": public, "voice_of": None, "hold": False}


APPEAL = Workflow(
    "intake",
    Step(
        "registered",
        "released",
        "registered",
        who=_STAFF,
        guards=(rules.is_held,),
        change=releasing,
        tells=(facts.AppealReleased,),
        stops=("desk_hold",),
    ),
    # Nobody looked at it in time: it goes on as it would have without the register of callers.
    Step(
        "registered",
        "hold_ran_out",
        "registered",
        who=Role.CLOCK,
        expires="desk_hold",
        guards=(rules.is_held,),
        change=releasing,
        tells=(facts.AppealReleased,),
    ),
    Step(
        ("registered", "ledgered", "rework_due"),
        "answered",
        "answered",
        who=_STAFF,
        form=schemas.Answer,
        guards=(rules.is_not_with_a_mechanism, knowledge.answers_with_what_holds),
        change=answering,
        tells=(facts.AppealAnswered, facts.StatusReported),
        stops=("desk_hold",),
        basis=_RULE,
    ),
    # Also what was dispatched before anybody had read it, until its mechanism has taken it.
    Step(
        ("registered", "ledgered", "dispatched"),
        "not_accepted",
        "not_accepted",
        who=_STAFF,
        form=schemas.NotAccepted,
        guards=(rules.route_fits_ground, rules.danger_is_judged_by_two),
        change=saying("not_accepted"),
        tells=(facts.AppealNotAccepted, facts.StatusReported),
        document="not_accepted_notice",
        basis=_RULE,
    ),
    Step(
        ("registered", "ledgered"),
        "relayed",
        "relayed",
        who=_STAFF,
        form=schemas.Relay,
        change=saying("relayed"),
        starts=("follow_up",),
        stops=("desk_hold",),
        tells=(facts.AppealRelayed, facts.StatusReported),
        basis=_RULE,
    ),
    Step(
        "relayed",
        "followed_up",
        "followed_up",
        who=_STAFF,
        form=schemas.FollowUp,
        change=saying("followed_up", "result"),
        tells=(facts.AppealFollowedUp, facts.StatusReported),
    ),
    Step(
        ("registered", "ledgered", "dispatched", "handling"),
        "merged",
        "merged",
        who=(*_STAFF, Role.BUS),
        form=schemas.Merge,
        guards=(rules.merges_into_another, rules.was_never_answered, rules.nobody_was_joined_to_it),
        change=merging,
        tells=(facts.AppealMerged, facts.StatusReported),
        # A repeat that is found by itself is on record in the timeline; a decision of staff has its reasons written down.
        document="merge_note",
        document_by=_STAFF,
        basis=_RULE,
    ),
    Step(
        "merged",
        "unmerged",
        "registered",
        who=(*_STAFF, Role.BUS),
        form=schemas.Unmerge,
        guards=(rules.was_not_asked_yet,),
        change=unmerging,
        tells=(facts.AppealUnmerged,),
    ),
    # Nobody was on the phone, and it is in the ledger before anybody has read it: it stays there, and the line is called.
    *(
        Step(
            state,
            "line_told",
            state,
            who=_STAFF,
            form=schemas.LineTold,
            guards=(rules.may_be_an_emergency,),
            repeatable=True,
            keeps="",
            change=telling_a_line,
            basis=_RULE,
        )
        for state in AMONG_OTHERS
    ),
    *(
        Step(
            state,
            "supplemented",
            state,
            who=(Role.PUBLIC, *_STAFF),
            form=schemas.Supplement,
            repeatable=True,
            keeps="",
            change=supplementing,
            tells=(facts.AppealSupplemented, facts.MaterialForwarded),
        )
        for state in OPEN
    ),
    Step(
        OPEN,
        "withdrawn",
        "withdrawn",
        who=(Role.PUBLIC, *_STAFF),
        form=schemas.Withdrawal,
        change=saying("withdrawn"),
        tells=(facts.AppealWithdrawn, facts.StatusReported),
    ),
    Step("registered", "ledgered", "ledgered", who=Role.BUS, keeps=""),
    Step(("registered", "ledgered"), "dispatched", "dispatched", who=Role.BUS, keeps=""),
    Step(
        ("registered", "ledgered", "dispatched", "rework_due", *_REPLIED),
        "handling_begun",
        "handling",
        who=Role.BUS,
        keeps="",
    ),
    Step((*OPEN, "answered", "callback_due", "closed"), "concluded", "concluded", who=Role.BUS, keeps=""),
    Step((*OPEN, "answered", "concluded", "closed"), "callback_came_due", "callback_due", who=Role.BUS, keeps=""),
    Step(
        ("registered", "ledgered", "dispatched", "handling", *_REPLIED, "withdrawn"),
        "rework_ordered",
        "rework_due",
        who=Role.BUS,
        keeps="",
    ),
    Step((*OPEN, "answered", "concluded", "callback_due"), "closed", "closed", who=Role.BUS, keeps=""),
    initial="registered",
    stages={
        "registered": "collect",
        "ledgered": "analyse",
        **dict.fromkeys(("dispatched", "handling", "rework_due"), "handle"),
        **dict.fromkeys((*_REPLIED, "not_accepted", "relayed", "followed_up", "merged", "withdrawn"), "feedback"),
    },
    # What was relayed stays open until somebody has asked what became of it.
    ends=("closed", "not_accepted", "followed_up", "merged", "withdrawn"),
)
