"""What enforcement tells beside the facts that all handling services share.

None of them names the party: who is accused stays in this service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from chassis.facts import Fact

if TYPE_CHECKING:
    from chassis.workflow import CaseView, Moment, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneInspected(Fact):
    """Two certified officers have been there (现场核查)."""

    case_id: str
    act: str
    place: str
    limits_exceeded: bool = False
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionOrdered(Fact):
    """The party must correct what was found, by a day (责令限期改正)."""

    case_id: str
    order_no: str
    act: str
    correct_by: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionFound(Fact):
    """A recheck found everything corrected (复查合格)."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionMissed(Fact):
    """A recheck found it not corrected (逾期未改正)."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyCaseFiled(Fact):
    """A penalty case is filed (立案)."""

    case_id: str
    filing_no: str
    act: str
    authority: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyNoticed(Fact):
    """The party was told of the penalty in view and of its rights (处罚告知)."""

    case_id: str
    notice_no: str
    penalty: str
    amount: Decimal
    hearing_right: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingHeld(Fact):
    """A hearing was held (听证)."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyDecided(Fact):
    """A penalty was decided, on the spot or in the ordinary procedure (处罚决定)."""

    case_id: str
    decision_no: str
    penalty: str
    amount: Decimal = Decimal(0)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyRevised(Fact):
    """A penalty that was told of stands no longer as it was told: taken back, revoked, or its fine changed (处罚决定变动)."""

    case_id: str
    decision_no: str
    ground: str
    penalty: str
    amount: Decimal
    at: datetime

    @classmethod
    def is_told(cls, case: CaseView) -> bool:
        """Tell it only where the step has changed what stands."""
        return bool(case.details.get("revised"))

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Read it off what the step has kept of the decision (`notes.revising`)."""
        return cls(case_id=case.id, at=moment.now, **case.details["revised"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyOverdue(Fact):
    """The fine was not paid in time; more is added each day (逾期未缴)."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyPerformed(Fact):
    """The penalty was performed, with so much paid in all (履行完毕)."""

    case_id: str
    paid: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtApplied(Fact):
    """A court was asked to enforce the decision (申请强制执行)."""

    case_id: str
    court: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedToAuthority(Fact):
    """The matter lies with the authority that is competent for it (移送)."""

    case_id: str
    authority: str
    ground: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityAnswered(Fact):
    """The other authority has told its result (移送结果)."""

    case_id: str
    authority: str
    result: str
    at: datetime
