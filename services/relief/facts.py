"""What relief tells beside the facts that all handling services share.

None of them names the applicant, an illness or an income.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chassis.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefApplied(Fact):
    """Somebody has applied, or was found in need (申请或主动发现)."""

    case_id: str
    relief: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementRequested(Fact):
    """Papers are missing; all of them were named at once (一次性补正)."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefAccepted(Fact):
    """The application is complete and accepted (受理)."""

    case_id: str
    relief: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefOpinionGiven(Fact):
    """The street has its opinion, for or against (审核意见)."""

    case_id: str
    relief: str
    supported: bool
    amount: Decimal = Decimal(0)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicityStarted(Fact):
    """The opinion is posted for seven days (公示)."""

    case_id: str
    relief: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionRaised(Fact):
    """Somebody objects to what is posted (公示异议)."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedToDistrict(Fact):
    """The papers lie with the district (报区确认)."""

    case_id: str
    relief: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefApproved(Fact):
    """Relief is granted (确认批准)."""

    case_id: str
    relief: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefRejected(Fact):
    """Relief is refused (不予批准), by the street or the district, whichever had it delegated or to decide."""

    case_id: str
    relief: str
    refused_by: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefPaid(Fact):
    """Relief was paid (发放)."""

    case_id: str
    relief: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefStopped(Fact):
    """Relief is stopped, with reasons in writing (停发)."""

    case_id: str
    relief: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvancePaid(Fact):
    """Help was given before the papers (先行救助)."""

    case_id: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceLate(Fact):
    """Urgent help was not given in time."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RetroPapersOverdue(Fact):
    """The papers for an advance are still missing (补办手续逾期)."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefReferred(Fact):
    """Another body is competent and was asked (转介)."""

    case_id: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudFound(Fact):
    """Relief was asked for by concealment or forgery (骗取)."""

    case_id: str
    at: datetime
