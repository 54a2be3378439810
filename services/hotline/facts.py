"""What the hotline tells beside the words that all handling services share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from chassis.facts import Fact
from chassis.masking import redact

if TYPE_CHECKING:
    from datetime import datetime

    from chassis.workflow import CaseView, Moment, Values


def _order(case: CaseView) -> dict[str, str]:
    """Name a case and the order that it came with, as each fact about the order does."""
    order = case.details["upstream_recorded"]
    return {
        "case_id": case.id,
        "upstream_source": order["upstream_source"],
        "upstream_number": order["upstream_number"],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRelayed(Fact):
    """An external unit was asked to do its part; the case waits for its result."""

    case_id: str
    authority: str
    authority_kind: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalResultReceived(Fact):
    """The external unit has said what it did."""

    case_id: str
    authority: str
    settled: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamExtended(Fact):
    """The hotline that the order came from gives more time: the order's new end."""

    case_id: str
    upstream_source: str
    upstream_number: str
    due_at: datetime
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Name the order that was recorded, and its new end."""
        return cls(
            **_order(case),
            due_at=form["due_at"],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamFedBack(Fact):
    """The result went back to the hotline that the order came from (回传)."""

    case_id: str
    upstream_source: str
    upstream_number: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Name the order that was recorded."""
        return cls(
            **_order(case),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSentBack(Fact):
    """The hotline that the order came from did not accept the result (发回重办).

    `after_end`: when the case had ended here, `concluded` or, as upon its petitioner's withdrawal, without a conclusion.
    """

    case_id: str
    upstream_source: str
    upstream_number: str
    reasons: str
    after_end: bool = False
    concluded: bool = True
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Name the order that was recorded, and why it came back."""
        return cls(
            **_order(case),
            reasons=form["reasons"],
            after_end=case.state in ("concluded", "closed", "withdrawn"),
            concluded=bool(case.details.get("concluded")),
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeGapFound(Fact):
    """Something was asked that the knowledge base has no entry for; no number of anybody's is told."""

    case_id: str
    question: str
    answer: str
    source: str
    unit: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Mask what was asked and said."""
        said = {name: redact(form[name]).text for name in ("question", "answer", "source")}
        return cls(case_id=case.id, unit=case.unit, at=moment.now, **said)
