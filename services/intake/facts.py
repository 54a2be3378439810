"""What intake tells: how each appeal came in, and what became of it at the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from chassis.facts import Fact
from services.intake import rules

if TYPE_CHECKING:
    from datetime import datetime

    from chassis.workflow import CaseView, Moment, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRegistered(Fact):
    """An appeal is registered (登记). `text` has phone and identity numbers masked.

    `category_hint`: the code that the petitioner chose in a list; routing decides.

    `address`: what was read out of the place, or of the text where no place was given.

    `hold`: an operator is still talking to the resident, so it is not to be dispatched
    before another fact says what became of it at the door.
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
    external: dict[str, Any] | None = None
    category_hint: str = ""
    address: dict[str, Any] | None = None


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
class AppealAnswered(Fact):
    """An appeal was answered on the spot (当场解答); it is rated like any other."""

    appeal_id: str
    number: str = ""
    title: str = ""
    reply: str
    by: str
    at: datetime


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
    """An emergency was relayed at once to 110, 119, 120 or 122."""

    appeal_id: str
    service: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealMerged(Fact):
    """The same matter of the same petitioner came again; `into` goes on, this one ends."""

    appeal_id: str
    into: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealWithdrawn(Fact):
    """The resident takes the appeal back (撤诉)."""

    appeal_id: str
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
class PetitionerDisclosed(Fact):
    """Personal data for the one service that handles the case: a JWE sealed to it."""

    addressed_by: ClassVar[str] = "to"

    appeal_id: str
    to: str
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialForwarded(Fact):
    """Words or pictures that the resident added, for the one mechanism that has the appeal.

    `text` has phone and identity numbers masked. The pictures stay here: `href` is where
    staff of that mechanism may see one.
    """

    addressed_by: ClassVar[str] = "to"

    appeal_id: str
    to: str
    text: str = ""
    pictures: list[dict[str, str]] = field(default_factory=list)
    at: datetime

    @classmethod
    def is_told(cls, case: CaseView) -> bool:
        """Only once some mechanism has it; what came before is told when it is dispatched."""
        return bool(rules.holder(case.details["public"])[0])

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the words of the step."""
        to, _unit = rules.holder(case.details["public"])
        return cls(appeal_id=case.subject, to=to, text=form["text"], at=moment.now)
