"""What wage recovery tells beside the facts that all handling services tell; no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from chassis.facts import Fact

if TYPE_CHECKING:
    from datetime import datetime

    from chassis.workflow import CaseView, Moment, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterVerified(Fact):
    """The workers and what each is owed are verified (核实人员和金额)."""

    case_id: str
    workers: int
    owed_total: Decimal
    suspicions: list[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupIncidentReported(Fact):
    """Ten or more workers claim together, and that was reported (集体讨薪)."""

    case_id: str
    workers: int
    reported_to: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LiablePartyFound(Fact):
    """Who must pay, in order; parties by their part in the work, not by name."""

    case_id: str
    parties: list[str]
    articles: list[str]
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Leave the names out."""
        liable = case.details["liable"]
        return cls(
            case_id=case.id,
            parties=[row["party"] for row in liable],
            articles=[row["article"] for row in liable],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementAgreed(Fact):
    """Workers and payer have agreed on instalments."""

    case_id: str
    amount: Decimal
    instalments: int
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Add the instalments up."""
        rows = form["instalments"]
        return cls(
            case_id=case.id,
            amount=sum((row["amount"] for row in rows), Decimal(0)),
            instalments=len(rows),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementBroken(Fact):
    """The instalments were not paid as agreed, by mediation or while a court enforces."""

    case_id: str
    at: datetime

    @classmethod
    def is_told(cls, case: CaseView) -> bool:
        """Say whether something was broken: a time that is over may have been kept."""
        return case.state == "settlement_broken" or bool(case.details.get("settled_since"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionRequested(Fact):
    """The claim was handed to the labour inspection (移交劳动监察), whose result is awaited."""

    case_id: str
    authority: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrdered(Fact):
    """The labour inspection has ordered the payer to pay within so many days (责令支付)."""

    case_id: str
    amount: Decimal
    days: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRevoked(Fact):
    """An order to pay was revoked (责令支付被撤销), by whom; the payer may be ordered anew."""

    case_id: str
    payer: str
    revoked_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationDecided(Fact):
    """A court, or the commission, has confirmed the settlement, so that it may be enforced, or has refused to (司法确认)."""

    case_id: str
    confirmed: bool
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Say whether it was confirmed."""
        return cls(case_id=case.id, confirmed=bool(case.details.get("settlement_confirmed")), at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundRecovered(Fact):
    """Money that the county's fund had advanced was given back (应急周转金追偿)."""

    case_id: str
    payer: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDisobeyed(Fact):
    """The time of an order to pay has run out and wages are unpaid."""

    case_id: str
    unpaid: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationOrdered(Fact):
    """Extra compensation of 50 to 100 % was ordered (加付赔偿金)."""

    case_id: str
    payer: str = ""
    unpaid: Decimal
    compensation: Decimal
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Name the payer upon whom it was decided, also where the form leaves him out."""
        return cls(
            case_id=case.id,
            payer=case.details["decisions"][-1]["payer"],
            unpaid=form["unpaid"],
            compensation=form["compensation"],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecorded(Fact):
    """Some or all of the wages were paid to the workers; it is not checked yet."""

    case_id: str
    source: str
    amount: Decimal
    workers: int
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Add the payments up."""
        return cls(
            case_id=case.id,
            source=form["source"],
            amount=sum((row["amount"] for row in form["rows"]), Decimal(0)),
            workers=len({row["number"] for row in form["rows"]}),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDoubted(Fact):
    """The payment recorded last does not count."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WagesPaid(Fact):
    """All wages were paid, and each worker's receipt was checked."""

    case_id: str
    workers: int
    owed_total: Decimal
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Take the figures of the verified roster."""
        numbers = {row["number"] for row in case.details["roster"]["rows"]}
        total = Decimal(case.details["owed_total"])
        return cls(case_id=case.id, workers=len(numbers), owed_total=total, at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArbitrationRequested(Fact):
    """The workers have applied for labour arbitration."""

    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardMade(Fact):
    """The arbitration has made its award."""

    case_id: str
    amount: Decimal
    final: bool
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Add up what was awarded, item by item."""
        amount = sum((row["amount"] for row in form["items"]), Decimal(0))
        return cls(case_id=case.id, amount=amount, final=bool(case.details["award_is_final"]), at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcementRequested(Fact):
    """A court was asked to enforce an order, an award or a payment order."""

    case_id: str
    court: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CrimeTransferred(Fact):
    """The suspicion of refusing to pay for labour was handed to the police (拒不支付劳动报酬)."""

    case_id: str
    at: datetime
