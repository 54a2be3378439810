"""What feedback reads of others, and the forms of its own steps."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import FactSchema, FormSchema, PeriodAsked
from services.feedback.calls import ANSWERS
from services.feedback.rates import GROUPINGS
from services.feedback.rules import EXCLUSION_CLASSES


class Concluded(FactSchema):
    """How a mechanism ended a case."""

    number = fields.String(load_default="")
    title = fields.String(load_default="")
    unit = fields.String(load_default="")
    outcome = fields.String(required=True)
    reply = fields.String(required=True)
    handler_claims_solved = fields.Boolean(required=True)
    by = fields.String(load_default="")
    by_name = fields.String(load_default="")


class Answered(FactSchema):
    """An answer on the spot."""

    number = fields.String(load_default="")
    title = fields.String(load_default="")
    text = fields.String(load_default="")
    reply = fields.String(required=True)
    by = fields.String(load_default="")
    by_name = fields.String(load_default="")


class Ledgered(FactSchema):
    """The number in the ledger of what has ended there at the door: answered on the spot, or refused."""

    number = fields.String(required=True)
    title = fields.String(load_default="")


class Dispatched(FactSchema):
    """Who has it, and by when he promises what."""

    mechanism = fields.String(required=True)
    number = fields.String(load_default="")
    title = fields.String(load_default="")
    text = fields.String(load_default="")
    lead_unit = fields.String(load_default="")
    category = fields.String(load_default="")
    anonymous = fields.Boolean(load_default=False)
    confidential = fields.Boolean(load_default=False)
    clocks = fields.List(fields.Dict(), load_default=list)


class InterimReplied(FactSchema):
    """By when the law has done what the promise was closed for by an interim reply."""

    due_at = fields.AwareDateTime(required=True)


class Categorised(FactSchema):
    """What an appeal is found to be by who handles it."""

    category = fields.String(load_default="")


class Done(FactSchema):
    """That a mechanism has signed in, or asked to return a case."""


class Contacted(FactSchema):
    """How the petitioner was reached, or that he was not, and whether it counts as the first contact."""

    way = fields.String(load_default="")
    contact_counts = fields.Boolean(load_default=None, allow_none=True)


class ReturnDecided(FactSchema):
    """Whether a mechanism may return a case."""

    mechanism = fields.String(required=True)
    granted = fields.Boolean(required=True)


class ExtensionDecided(ReturnDecided):
    """Whether more time is granted, and the clocks that moved."""

    clocks = fields.List(fields.Dict(), load_default=list)


class Regraded(FactSchema):
    """The clocks that moved because it is found more or less urgent."""

    mechanism = fields.String(required=True)
    clocks = fields.List(fields.Dict(), load_default=list)


class PromiseMoved(FactSchema):
    """The end of a promise that stood still, or stands still."""

    mechanism = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)


class Withdrawn(FactSchema):
    """Why an appeal was taken back; or that it was refused."""

    reason = fields.String(load_default="")
    number = fields.String(load_default="")
    title = fields.String(load_default="")


class Merged(FactSchema):
    """Which appeal goes on for another one, and whether the other's petitioner is to be heard for himself."""

    into = fields.String(required=True)
    own_voice = fields.Boolean(load_default=False)
    reason = fields.String(load_default="")


class Unmerged(FactSchema):
    """Why two appeals are not the same matter after all."""

    reason = fields.String(load_default="")


class Reopened(FactSchema):
    """Why a closed appeal is to be handled again."""

    reason = fields.String(required=True)


#: By which ways a resident is called back.
WAYS = ("phone", "message", "visit")
#: How the matter stands for a resident who is called while it is still handled: he waits, he presses, it is solved.
STANDS = ("waits", "presses", "solved_meanwhile")
#: From very dissatisfied to very satisfied.
MARKS = (1, 2, 3, 4, 5)
_MARK = {"example": 5, "kind": "radios"}


class Disclosed(FactSchema):
    """Personal data, sealed to feedback."""

    to = fields.String(required=True)
    sealed = fields.String(required=True)


class RatesAsked(PeriodAsked):
    """Which period is to be counted, and by what."""

    by = fields.String(load_default=GROUPINGS[0], validate=validate.OneOf(GROUPINGS))


class Rating(FormSchema):
    """The resident's three marks, 1 to 5, whether it is solved, and words if any."""

    attitude = fields.Integer(required=True, strict=True, validate=validate.OneOf(MARKS), metadata=_MARK)
    process = fields.Integer(required=True, strict=True, validate=validate.OneOf(MARKS), metadata=_MARK)
    result = fields.Integer(required=True, strict=True, validate=validate.OneOf(MARKS), metadata=_MARK)
    solved = fields.Boolean(required=True, metadata={"example": True})
    comment = fields.String(
        load_default="", validate=validate.Length(max=2000), metadata={"example": "", "kind": "textarea", "words": True}
    )


class Attempt(FormSchema):
    """A callback that did not reach the resident: by which way, and what came of it."""

    way = fields.String(required=True, validate=validate.OneOf(WAYS), metadata={"example": "phone"})
    answer = fields.String(load_default=ANSWERS[0], validate=validate.OneOf(ANSWERS), metadata={"example": ANSWERS[0]})
    note = fields.String(
        required=True, validate=validate.Length(2, 500), metadata={"example": "电话无人接听", "words": True}
    )


class Assignment(FormSchema):
    """Who is to call, by name; whoever takes it himself names nobody."""

    caller = fields.String(load_default="", validate=validate.Length(max=60), metadata={"example": ""})


class LinkSent(FormSchema):
    """That the resident is sent a link for rating, and how."""

    way = fields.String(load_default="message", validate=validate.OneOf(WAYS), metadata={"example": "message"})


class Deadline(FormSchema):
    """Until when a reply was promised, about what and by whom; filled in from what the ledger tells."""

    due_at = fields.AwareDateTime(required=True, metadata={"example": "2026-11-27T09:00:00+00:00"})
    mechanism = fields.String(required=True, metadata={"example": "property"})
    unit = fields.String(load_default="", metadata={"example": ""})
    number = fields.String(load_default="", metadata={"example": ""})
    title = fields.String(load_default="", metadata={"example": ""})


class ProgressCall(FormSchema):
    """What the resident said when he was called after the promised time, with nothing concluded yet."""

    stands = fields.String(required=True, validate=validate.OneOf(STANDS), metadata={"example": "waits"})
    note = fields.String(
        required=True,
        validate=validate.Length(2, 500),
        metadata={"example": "已说明仍在办理，诉求人同意等待。", "kind": "textarea", "words": True},
    )


class Again(FormSchema):
    """What is new since the appeal was closed."""

    what_is_new = fields.String(
        required=True,
        validate=validate.Length(5, 2000),
        metadata={"example": "修好后又坏了。", "kind": "textarea", "words": True},
    )


class Joining(FormSchema):
    """Under whose handling somebody is heard; filled in from what intake tells."""

    into = fields.String(required=True, metadata={"example": "01890a5d-ac96-874b-bcce-b302099a8057"})


class SentBack(FactSchema):
    """Why the hotline that an order came from does not accept its result, and whether it had ended, concluded or not."""

    reasons = fields.String(required=True)
    after_end = fields.Boolean(load_default=False)
    concluded = fields.Boolean(load_default=True)


class FileTaken(FormSchema):
    """What a program takes the file of an appeal for, and as what: all of it, or its index."""

    kind = fields.String(load_default="zip", validate=validate.OneOf(("zip", "pdf")), metadata={"example": "zip"})
    purpose = fields.String(required=True, metadata={"example": "信访复查调卷"})


class HandledAgain(FormSchema):
    """Why it is to be handled again; filled in from what a voice rates, or from what intake tells."""

    reason = fields.String(required=True, metadata={"example": "诉求人再次反映同一事项"})


class Recall(FormSchema):
    """What the resident says when another person calls him a second time."""

    way = fields.String(load_default="phone", validate=validate.OneOf(WAYS), metadata={"example": "phone"})
    called_before = fields.Boolean(required=True, metadata={"example": True})
    solved = fields.Boolean(required=True, metadata={"example": True})
    result = fields.Integer(required=True, strict=True, validate=validate.OneOf(MARKS), metadata=_MARK)
    pressed = fields.Boolean(
        required=True,
        metadata={"example": False, "help": "Whether anybody asked or paid him to say that he is satisfied."},
    )
    note = fields.String(
        required=True, validate=validate.Length(2, 500), metadata={"example": "复核无异议", "words": True}
    )


class RecallsAsked(PeriodAsked):
    """Of which period second calls are asked for."""


class ExclusionProposal(FormSchema):
    """Why an appeal is not to be counted: one of eight classes, the facts, and where the evidence is."""

    ground = fields.String(required=True, validate=validate.OneOf(EXCLUSION_CLASSES), metadata={"example": "untrue"})
    why = fields.String(
        required=True,
        validate=validate.Length(5, 2000),
        metadata={"example": "经两次现场核查，所述情况不存在。", "kind": "textarea"},
    )
    evidence = fields.List(
        fields.String(validate=validate.Length(2, 200)),
        required=True,
        validate=validate.Length(1, 20),
        metadata={"example": ["现场核查记录", "现场照片三张"]},
    )


class ExclusionDecision(FormSchema):
    """The second pair of eyes: granted or not, in words that the resident reads."""

    granted = fields.Boolean(required=True, metadata={"example": True})
    opinion = fields.String(
        required=True,
        validate=validate.Length(5, 1000),
        metadata={"example": "经核查，所反映情况与事实不符，不计入考核。", "kind": "textarea"},
    )


class ReworkRequired(FormSchema):
    """How a problem order is handled again: what is required, which leader sees to it, and by when, if before the promise."""

    requires = fields.String(
        required=True,
        validate=validate.Length(5, 1000),
        metadata={"example": "由城建办牵头，会同物业重新排查，限期整改并当面答复。", "kind": "textarea"},
    )
    leader = fields.String(required=True, validate=validate.Length(2, 60), metadata={"example": "分管城建的领导"})
    required_due_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={"example": None, "help": "Leave it empty to keep the promise by urgency."},
    )


#: How a leader who answers a problem order himself can have found it.
ANSWERED_AS = ("explained", "not_supported")


class SupervisedAnswer(FormSchema):
    """What a leader found, and what he answers the resident where it can't be handled any better."""

    finding = fields.String(
        required=True,
        validate=validate.Length(5, 2000),
        metadata={"example": "经督办核查，承办单位已依法处理，诉求超出现行政策。", "kind": "textarea"},
    )
    outcome = fields.String(required=True, validate=validate.OneOf(ANSWERED_AS), metadata={"example": "explained"})
    reply = fields.String(
        required=True,
        validate=validate.Length(10, 4000),
        metadata={"example": "经街道领导督办核查，现将事实、依据和后续渠道向您说明如下。", "kind": "textarea"},
    )


class Finding(FormSchema):
    """What the supervision found, and what was done about it."""

    finding = fields.String(
        required=True, validate=validate.Length(5, 2000), metadata={"example": "经督办核查，已责成承办单位整改到位。"}
    )
