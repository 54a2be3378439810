"""What property tells beside the words that all handling services share. None names who complained."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from chassis.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal

    from chassis.workflow import CaseView, Moment, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateFact(Fact):
    """What each of them says: of which case, in which estate, and when."""

    case_id: str
    estate: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Name estate and company as the case was classified, and what else the fact holds."""
        known = {name: case.details.get("classified", {}).get(name, "") for name in ("estate", "company")}
        said = {"case_id": case.id, "at": moment.now, **known, **cls.more(case.details, form)}
        return cls(**{item.name: said[item.name] for item in fields(cls)})

    @classmethod
    def more(cls, _kept: Values, _form: Values) -> Mapping[str, Any]:
        """Return what else it holds, from what is on file after the step and from the step's form."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyOrdered(EstateFact):
    """The company was ordered to put something right within a time (限期整改)."""

    company: str
    workdays: int

    @classmethod
    def more(cls, _kept: Values, form: Values) -> Mapping[str, Any]:
        """Name the company that the notice names, and its time."""
        return {"company": form["company"], "workdays": form["rectify_workdays"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyInterviewed(EstateFact):
    """The company's manager was called in (约谈)."""

    company: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditMarkReported(EstateFact):
    """Points against the company were reported to the district's property authority."""

    company: str
    points: int

    @classmethod
    def more(cls, kept: Values, _form: Values) -> Mapping[str, Any]:
        """Tell the points."""
        return {"points": kept["credit_mark_reported"]["points"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class JointMeetingHeld(EstateFact):
    """The joint meeting on property management has decided (联席会议)."""

    matter: str
    decisions: int

    @classmethod
    def more(cls, kept: Values, form: Values) -> Mapping[str, Any]:
        """Count the decisions."""
        matter = str(kept.get("joint_meeting_called", {}).get("matter", ""))
        return {"matter": matter, "decisions": len(form["decisions"])}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersVoteCounted(EstateFact):
    """The owners have voted: who took part, who agreed, and whether that suffices."""

    item: str
    quorum: bool
    carried: bool

    @classmethod
    def more(cls, kept: Values, form: Values) -> Mapping[str, Any]:
        """Tell the result, never a single ballot."""
        return {"item": form["item"], **{name: kept["vote_result"][name] for name in ("quorum", "carried")}}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersVoteAnnulled(EstateFact):
    """A vote that was told as counted does not stand: whoever counted it takes it back."""

    item: str

    @classmethod
    def more(cls, kept: Values, _form: Values) -> Mapping[str, Any]:
        """Tell what the vote was about."""
        return {"item": str(kept["vote_undone"])}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeInstalled(EstateFact):
    """A new owners' committee is filed, has its seal and account, and serves (业委会履职)."""

    term_years: int

    @classmethod
    def more(cls, kept: Values, _form: Values) -> Mapping[str, Any]:
        """Tell for how long it was elected."""
        return {"term_years": int(kept.get("committee_filed", {}).get("term_years", 0))}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEnded(EstateFact):
    """A company's contract ends, and it is to leave (合同终止)."""

    company: str
    ending: str
    ends_on: date

    @classmethod
    def is_told(cls, case: CaseView) -> bool:
        """Tell it where the company is known."""
        return bool(case.details.get("classified", {}).get("company"))

    @classmethod
    def more(cls, _kept: Values, form: Values) -> Mapping[str, Any]:
        """Tell how and when it ends."""
        return {"ending": form["ending"], "ends_on": form["ends_on"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyChanged(EstateFact):
    """Another company serves an estate now, or its owners manage by themselves."""

    company: str
    successor: str

    @classmethod
    def more(cls, _kept: Values, form: Values) -> Mapping[str, Any]:
        """Name who follows; nobody where the owners manage by themselves."""
        return {"successor": str(form.get("company", ""))}


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairCostsPublished(EstateFact):
    """What was spent from the repair fund, and each owner's share, hangs in the estate."""

    amount: Decimal
    owners: int
    emergency: bool

    @classmethod
    def more(cls, kept: Values, _form: Values) -> Mapping[str, Any]:
        """Tell the sum and the number of shares."""
        shares = {"amount": kept["repair_amount"], "owners": len(kept["allocation"])}
        # From before a case kept which repair its shares are of, it had one only.
        return {**shares, "emergency": bool(kept.get("shared_emergency", "emergency_confirmed" in kept))}
