"""What property tells beside the words that all handling services share. None names who complained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from chassis.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal

    from chassis.workflow import CaseView, Moment, Values


def _estate(case: CaseView) -> Mapping[str, Any]:
    found: Mapping[str, Any] = case.details.get("classified", {})
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyOrdered(Fact):
    """The company was ordered to put something right within a time (限期整改)."""

    case_id: str
    estate: str
    company: str
    workdays: int
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Name the company and its time."""
        return cls(
            case_id=case.id,
            estate=_estate(case).get("estate", ""),
            company=form["company"],
            workdays=form["rectify_workdays"],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyInterviewed(Fact):
    """The company's manager was called in (约谈)."""

    case_id: str
    estate: str
    company: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Name the company."""
        found = _estate(case)
        return cls(case_id=case.id, estate=found.get("estate", ""), company=found.get("company", ""), at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditMarkReported(Fact):
    """Points against the company were reported to the district's property authority."""

    case_id: str
    estate: str
    company: str
    points: int
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Name the company and the points."""
        found = _estate(case)
        return cls(
            case_id=case.id,
            estate=found.get("estate", ""),
            company=found.get("company", ""),
            points=case.details["credit_mark_reported"]["points"],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JointMeetingHeld(Fact):
    """The joint meeting on property management has decided (联席会议)."""

    case_id: str
    estate: str
    matter: str
    decisions: int
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Count the decisions."""
        return cls(
            case_id=case.id,
            estate=_estate(case).get("estate", ""),
            matter=str(case.details.get("joint_meeting_called", {}).get("matter", "")),
            decisions=len(form["decisions"]),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersVoteCounted(Fact):
    """The owners have voted: who took part, who agreed, and whether that suffices."""

    case_id: str
    estate: str
    item: str
    quorum: bool
    carried: bool
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the result, never a single ballot."""
        result = case.details["vote_result"]
        return cls(
            case_id=case.id,
            estate=_estate(case).get("estate", ""),
            item=form["item"],
            quorum=result["quorum"],
            carried=result["carried"],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersVoteAnnulled(Fact):
    """A vote that was told as counted does not stand: whoever counted it takes it back."""

    case_id: str
    estate: str
    item: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Tell what the vote was about."""
        item = str(case.details.get("votes_counted", {}).get("item", ""))
        return cls(case_id=case.id, estate=_estate(case).get("estate", ""), item=item, at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeInstalled(Fact):
    """A new owners' committee is filed, has its seal and account, and serves (业委会履职)."""

    case_id: str
    estate: str
    term_years: int
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Tell for how long it was elected."""
        years = int(case.details.get("committee_filed", {}).get("term_years", 0))
        return cls(case_id=case.id, estate=_estate(case).get("estate", ""), term_years=years, at=moment.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEnded(Fact):
    """A company's contract ends, and it is to leave (合同终止)."""

    case_id: str
    estate: str
    company: str
    ending: str
    ends_on: date
    at: datetime

    @classmethod
    def is_told(cls, case: CaseView) -> bool:
        """Tell it where the company is known."""
        return bool(_estate(case).get("company"))

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Name the company that is to leave."""
        found = _estate(case)
        return cls(
            case_id=case.id,
            estate=found.get("estate", ""),
            company=found.get("company", ""),
            ending=form["ending"],
            ends_on=form["ends_on"],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyChanged(Fact):
    """Another company serves an estate now, or its owners manage by themselves."""

    case_id: str
    estate: str
    company: str
    successor: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Name who left and who follows; nobody where the owners manage by themselves."""
        found, follows = _estate(case), case.details.get("successor_took_over") or {}
        themselves = "owners_manage_themselves" in case.details
        return cls(
            case_id=case.id,
            estate=found.get("estate", ""),
            company=found.get("company", ""),
            successor="" if themselves else str(follows.get("company", "")),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairCostsPublished(Fact):
    """What was spent from the repair fund, and each owner's share, hangs in the estate."""

    case_id: str
    estate: str
    amount: Decimal
    owners: int
    emergency: bool
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Tell the sum and the number of shares."""
        return cls(
            case_id=case.id,
            estate=_estate(case).get("estate", ""),
            amount=case.details["repair_amount"],
            owners=len(case.details["allocation"]),
            emergency="emergency_confirmed" in case.details,
            at=moment.now,
        )
