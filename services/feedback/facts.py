"""What feedback tells: callbacks, ratings, rework, and the end of each appeal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from chassis.facts import Fact

if TYPE_CHECKING:
    from datetime import datetime

    from chassis.workflow import CaseView, Moment, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDue(Fact):
    """The resident is to be asked (回访) how it went."""

    mechanism: str
    round: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRated(Fact):
    """The resident has judged attitude, process and result, 1 to 5 each, and whether it is solved.

    `voice_of`: the appeal under whose one handling he is heard, or an empty string.
    """

    mechanism: str
    attitude: int
    process: int
    result: int
    solved: bool
    handler_claims_solved: bool
    round: int
    way: str
    voice_of: str = ""
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell no other appeal once he is heard for himself again."""
        told = super(AppealRated, cls).of(case, form, moment)
        return replace(told, voice_of=told.voice_of or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReworkOrdered(Fact):
    """The result is not accepted: the mechanism handles the case again (重办).

    `clocks` are the new promise to the resident, as `chassis.clocks.Clock` spells them.
    """

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    reason: str
    round: int
    clocks: list[dict[str, Any]] = field(default_factory=list)
    at: datetime

    @classmethod
    def is_told(cls, case: CaseView) -> bool:
        """Only of the appeal that is handled: who is heard under it waits for the same rework."""
        return not case.details.get("voice_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductReferred(Fact):
    """A low mark for attitude or process goes to supervision or review, without rework."""

    mechanism: str
    unit: str
    aspect: str
    mark: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemOrdered(Fact):
    """A result that is still not accepted becomes a problem order (问题工单, 提级督办).

    `ground` is reworks, if it was reworked too often, or units, if it went to too many.
    """

    mechanism: str
    unit: str
    ground: str = "reworks"
    reworks: int = 0
    units: list[str] = field(default_factory=list)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionDecided(Fact):
    """An appeal is, or is not, counted out of the rates (剔除): the class, and the opinion for the resident."""

    mechanism: str
    unit: str
    ground: str
    granted: bool
    opinion: str
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the class that was proposed with the decision on it."""
        return cls(
            mechanism=case.details["mechanism"],
            unit=case.unit,
            ground=case.details["exclusion"]["ground"],
            granted=form["granted"],
            opinion=form["opinion"],
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealClosed(Fact):
    """An appeal has come to its end: `end` is rated, unrated, supervised or withdrawn.

    Of one that is heard under another's handling, named by `voice_of`, no mechanism has a case: `mechanism` is empty.
    """

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    end: str
    outcome: str
    rounds: int
    voice_of: str = ""
    at: datetime

    @classmethod
    def of(cls, case: CaseView, _form: Values, moment: Moment) -> Self:
        """Tell the mechanism that has the case."""
        known, parent = case.details, case.details.get("voice_of") or ""
        return cls(
            mechanism="" if parent else known["mechanism"],
            end=known["end"],
            outcome=known["outcome"],
            rounds=known["rounds"],
            voice_of=parent,
            at=moment.now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealArchived(Fact):
    """The file of a closed appeal is complete (归档), and the wait after its end is over."""

    end: str
    rounds: int
    at: datetime
