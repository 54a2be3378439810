"""What mediation tells beside the facts that all handling services tell; no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from chassis.facts import Fact

if TYPE_CHECKING:
    from datetime import datetime

    from chassis.workflow import CaseView, Moment, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class MediationRegistered(Fact):
    """All sides agree to mediation, and it is registered (受理登记)."""

    case_id: str
    dispute_type: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Take the kind of dispute from the application."""
        return cls(case_id=case.id, dispute_type=case.details["application"]["dispute_type"], at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediationRefused(Fact):
    """A side clearly refuses, so that there must be no mediation."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MediationTerminated(Fact):
    """Mediation is over without an agreement, and the other routes were told."""

    case_id: str
    reason: str
    routes: list[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationReported(Fact):
    """A dispute may turn into a crime or an offence, and was reported."""

    case_id: str
    risk: str
    reported_to: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReached(Fact):
    """An agreement has taken effect; `kind` is written or oral, `scope` full or partial."""

    case_id: str
    kind: str
    scope: str
    items: int
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Count the items of the agreement that has taken effect."""
        agreement = case.details["agreement"]
        return cls(
            case_id=case.id,
            kind=case.details["agreement_kind"],
            scope=agreement["scope"],
            items=len(agreement["items"]),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationApplied(Fact):
    """The parties have jointly asked the court to confirm their agreement (司法确认)."""

    case_id: str
    court: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationDecided(Fact):
    """The court has ruled on the agreement."""

    case_id: str
    confirmed: bool
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Say which way the court ruled."""
        return cls(case_id=case.id, confirmed=bool(case.details["court_confirmed"]), at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementPerformed(Fact):
    """All that was agreed is done."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementBreached(Fact):
    """A side has not done in time, or refuses to do, what was agreed."""

    case_id: str
    item: int
    kind: str
    at: datetime
