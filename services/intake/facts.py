"""What intake tells: how each appeal came in, and what became of it at the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from chassis.facts import Fact
from services.intake import rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from chassis.workflow import CaseView, Moment, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRegistered(Fact):
    """An appeal is registered (登记). `text` has phone and identity numbers masked.

    `category_hint`: the code that the petitioner chose in a list; routing decides.

    `address`: what was read out of the place, or of the text where no place was given.

    `hold`: an operator is still talking to the resident, so it is not to be dispatched
    before another fact says what became of it at the door.

    `confidential`: who asks is known to intake and the callback only.

    `warnings`: which numbers in it look mistyped, masked, in Chinese and English.
    """

    addressed_by: ClassVar[str] = "external.source"

    appeal_id: str
    channel: str
    title: str
    text: str
    place: str
    registered_at: datetime
    submitted_at: datetime
    anonymous: bool
    has_contact: bool
    petitioner: str
    longitude: float | None = None
    latitude: float | None = None
    attachments: int = 0
    hold: bool = False
    confidential: bool = False
    external: dict[str, Any] | None = None
    category_hint: str = ""
    address: dict[str, Any] | None = None
    warnings: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealReleased(Fact):
    """An appeal that was held is not answered on the spot: it goes to the ledger."""

    appeal_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealSupplemented(Fact):
    """The resident has added to an appeal."""

    appeal_id: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealPictured(Fact):
    """Pictures were stored of an appeal: how many it has now, and where it is, which one of them may have told.

    The pictures stay here; whoever handles the appeal is told of each (`material_forwarded`).
    """

    appeal_id: str
    attachments: int
    longitude: float | None = None
    latitude: float | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealAnswered(Fact):
    """An appeal was answered on the spot (当场解答); it is rated like any other.

    `text` has phone and identity numbers masked. `entry` and `entry_version` name what the knowledge base said, where the
    answer was taken from it.
    """

    appeal_id: str
    number: str = ""
    title: str = ""
    text: str = ""
    reply: str
    by: str
    by_name: str = ""
    at: datetime
    entry: str = ""
    entry_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealNotAccepted(Fact):
    """An appeal is not accepted (不予受理), with the class and the legal route it has."""

    appeal_id: str
    ground: str
    route: str
    reply: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRelayed(Fact):
    """An emergency was relayed at once to 110, 119, 120 or 122; it stays open until it is followed up."""

    appeal_id: str
    service: str
    reply: str = ""
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealFollowedUp(Fact):
    """Somebody has asked what became of a relayed emergency: it ends with that."""

    appeal_id: str
    result: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealMerged(Fact):
    """The same matter came again; `into` goes on, this one ends.

    With `own_voice` it is another petitioner's: he is heard under the one handling, called back and rates for himself.
    """

    appeal_id: str
    into: str
    reason: str
    own_voice: bool = False
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealUnmerged(Fact):
    """An appeal was merged into `into` wrongly, or that one ended without it: it goes on by itself."""

    appeal_id: str
    into: str
    reason: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell what it was merged into."""
        into = case.details.get("merged", {}).get("into", "")
        return cls(appeal_id=case.subject, into=into, reason=form["reason"], at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealReopened(Fact):
    """A closed appeal is brought again by its petitioner within the time for that: it is to be handled again.

    `by` is the appeal that brought it; `reason` has phone and identity numbers masked.
    """

    appeal_id: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealWithdrawn(Fact):
    """The resident takes the appeal back (撤诉). `number` is empty where it had none yet."""

    appeal_id: str
    number: str = ""
    title: str = ""
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRejected(Fact):
    """An external system's submission is not valid; it stays with its sender."""

    addressed_by: ClassVar[str] = "source"

    source: str
    external_number: str
    reasons: list[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReported(Fact):
    """What became of an appeal, for the system that it came from, by that system's own number; each status once a round.

    `status` is accepted, reassigned, extended, regraded, interim_replied, concluded, rework_ordered or closed; returned,
    relayed, merged or withdrawn; unmerged or reopened. `round` is 1, and one more after each rework. `reply` is what the resident
    was told, `happened_at` when it happened, `due_at` the promise.
    """

    addressed_by: ClassVar[str] = "source"

    appeal_id: str
    source: str
    external_number: str
    number: str
    status: str
    round: int
    reply: str = ""
    outcome: str = ""
    mechanism: str = ""
    unit: str = ""
    due_at: datetime | None = None
    happened_at: datetime
    at: datetime

    @classmethod
    def is_told(cls, case: CaseView) -> bool:
        """Only where some system waits for it."""
        return bool(case.details.get("external"))

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Tell how an appeal ended at the door."""
        heard = case.details["public"]["heard"]
        [*_, item] = [one for one in heard if one["what"] == case.state]
        return cls.about(case, heard, item, moment.now)

    @classmethod
    def about(cls, case: CaseView, heard: Sequence[rules.Heard], item: rules.Heard, now: datetime) -> Self:
        """Tell one thing that was heard of a case, or of the one that goes on for it."""
        external = case.details["external"]
        so_far = {"heard": [one for one in heard if rules.time_at(one["at"]) <= rules.time_at(item["at"])]}
        mechanism, unit = rules.holder(so_far)
        due = (rules.promised_last(so_far) or {}).get("due")
        return cls(
            appeal_id=case.subject,
            source=external["source"],
            external_number=external["number"],
            number=str(getattr(case, "number", "")),
            status=rules.STATUSES[item["what"]],
            round=rules.round_of(item, heard),
            reply=item.get("reply") or (item["text"] if item["what"] == "interim_replied" else ""),
            outcome=item.get("outcome", ""),
            mechanism=mechanism,
            unit=unit,
            due_at=rules.time_at(due) if due else None,
            happened_at=rules.time_at(item["at"]),
            at=now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionerDisclosed(Fact):
    """Personal data for the one service that handles the case: a JWE sealed to it."""

    addressed_by: ClassVar[str] = "to"

    appeal_id: str
    to: str
    sealed: str
    petitioner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialForwarded(Fact):
    """Words or pictures that the resident added, for the one mechanism that has the appeal.

    `text` has phone and identity numbers masked. The pictures stay here: `href` is where staff of that mechanism may see
    one; it has the position that its camera wrote, in WGS 84, unless the petitioner is confidential. `said_by` is empty
    where the petitioner himself says it, or `voice` where another does who is heard under the same handling. `voices` and
    `repeats` count petitioners of the matter and its repetitions by one of them, and `marks` names what they amount to.
    """

    addressed_by: ClassVar[str] = "to"

    appeal_id: str
    to: str
    text: str = ""
    pictures: list[dict[str, str | float]] = field(default_factory=list)
    said_by: str = ""
    voices: int = 1
    repeats: int = 0
    marks: list[str] = field(default_factory=list)
    at: datetime

    @classmethod
    def is_told(cls, case: CaseView) -> bool:
        """Only once some mechanism has it; what came before is told when it is dispatched."""
        return bool(rules.holder(case.details["public"])[0])

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the words of the step."""
        to, _unit = rules.holder(case.details["public"])
        return cls(appeal_id=case.subject, to=to, text=form["text"], **cls.counts(case.details), at=moment.now)

    @staticmethod
    def counts(details: Values) -> dict[str, Any]:
        """Return how often the matter was brought, and by how many."""
        known = {"voices": 1, "repeats": 0, "marks": []}
        return {name: details.get(name, otherwise) for name, otherwise in known.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeChanged(Fact):
    """An entry of the knowledge base as it holds now, or that it holds no more; the letter's subject is its id."""

    id: str
    entry_version: int
    kind: str
    title: str
    questions: list[str]
    answer: str
    basis: str
    owner: str
    review_by: date
    checked: bool
    withdrawn: bool
    href: str
    at: datetime
