"""What feedback tells: callbacks, ratings, rework, and the end of each appeal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from chassis.facts import Fact
from chassis.masking import redact
from chassis.workflow import Role

if TYPE_CHECKING:
    from datetime import datetime

    from chassis.workflow import CaseView, Moment, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDue(Fact):
    """The resident is to be asked (回访) how it went; with the path by which he can, sealed to intake."""

    mechanism: str
    round: int
    link: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressCallDue(Fact):
    """The promised time is over and nothing is concluded: the resident is called and told how it stands."""

    mechanism: str
    unit: str
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressCalled(Fact):
    """What the resident said while his appeal is still handled, after its time: he waits, presses, or it is solved.

    `stands` is not_reached where three tries, or the time for them, were in vain.
    """

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    unit: str
    stands: str
    note: str = ""
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell no number that he named in passing."""
        told = super(ProgressCalled, cls).of(case, form, moment)
        return replace(told, note=redact(told.note).text)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRated(Fact):
    """The resident has judged attitude, process and result, 1 to 5 each, and whether it is solved.

    `voice_of`: the appeal under whose one handling he is heard, or an empty string. `by`: who called him back, if any.
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
    by: str = ""
    by_name: str = ""
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell no other appeal once he is heard for himself again."""
        told = super(AppealRated, cls).of(case, form, moment)
        told = replace(told, voice_of=told.voice_of or "")
        return replace(told, by="", by_name="") if moment.role is Role.PUBLIC else told


@dataclass(frozen=True, slots=True, kw_only=True)
class ReworkOrdered(Fact):
    """The result is not accepted: the mechanism handles the case again (重办).

    `clocks` are the new promise to the resident, as `chassis.clocks.Clock` spells them. `reopens` says that the appeal
    was closed already. `ground`: result_refused by who rated it, brought_again, sent_back by the hotline that it came from,
    or supervision, where a leader orders it.
    """

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    reason: str
    round: int
    clocks: list[dict[str, Any]] = field(default_factory=list)
    reopens: bool = False
    ground: str = "result_refused"
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the how manieth conclusion is not accepted; what a leader has answered himself is none of the mechanism."""
        told = super(ReworkOrdered, cls).of(case, form, moment)
        return replace(told, round=int(case.details.get("rounds") or told.round))

    @classmethod
    def is_told(cls, case: CaseView) -> bool:
        """Only of the appeal that is handled: who is heard under it waits for the same rework."""
        return not case.details.get("voice_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReworkRequired(Fact):
    """A leader requires something of a rework that is under way already: of whom many are heard under, one has a problem order.

    `round` is that of the rework; `clocks` holds the time that he requires, if any.
    """

    mechanism: str
    reason: str
    round: int
    clocks: list[dict[str, Any]] = field(default_factory=list)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductReferred(Fact):
    """A low mark for attitude or process goes to supervision or review, without rework.

    `overdue`: it was referred before, and nobody has looked into it in his time.
    """

    mechanism: str
    unit: str
    aspect: str
    mark: int
    overdue: bool = False
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemOrdered(Fact):
    """A result that is still not accepted becomes a problem order (问题工单, 提级督办).

    `ground` is reworks, if it was reworked too often, or units, if it went to too many. `overdue`: it was ordered before,
    and no leader has had it handled again or has answered it in his time.
    """

    mechanism: str
    unit: str
    ground: str = "reworks"
    reworks: int = 0
    units: list[str] = field(default_factory=list)
    overdue: bool = False
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell why it was ordered, also when nothing came of that."""
        known = {**case.details.get("supervision_ordered", {}), **form}
        why = {name: known[name] for name in ("ground", "reworks", "units") if name in known}
        overdue = moment.role is Role.CLOCK
        return cls(mechanism=case.details["mechanism"], unit=case.unit, overdue=overdue, at=moment.now, **why)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemAnswered(Fact):
    """A leader has looked into a problem order and answers the resident himself (督办答复); the resident is asked once more.

    `voice_of`: the appeal under whose one handling he is heard, or an empty string.
    """

    mechanism: str
    unit: str
    outcome: str
    reply: str
    voice_of: str = ""
    by: str = ""
    by_name: str = ""
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell no other appeal where he is heard for himself."""
        told = super(ProblemAnswered, cls).of(case, form, moment)
        return replace(told, voice_of=told.voice_of or "")


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

    `unrated_because` says why there is no rating. What was closed may be handled again (`ReworkOrdered.reopens`), or be
    rated late, and is closed once more then.

    Of one that is heard under another's handling, named by `voice_of`, no mechanism has a case: `mechanism` is empty.
    `tried_at` and `tried_by` are of the last call that reached nobody.
    """

    addressed_by: ClassVar[str] = "mechanism"

    mechanism: str
    end: str
    unrated_because: str = ""
    outcome: str
    rounds: int
    voice_of: str = ""
    tried_at: str | None = None
    tried_by: str = ""
    tried_by_name: str = ""
    at: datetime

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Tell the mechanism that has the case."""
        told = super(AppealClosed, cls).of(case, form, moment)
        parent = told.voice_of or ""
        last: Values = (case.details.get("callback_tried") or [{}])[-1]
        return replace(
            told,
            mechanism="" if parent else told.mechanism,
            voice_of=parent,
            tried_at=last.get("at"),
            tried_by=last.get("by", ""),
            tried_by_name=last.get("by_name", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealArchived(Fact):
    """The file of a closed appeal is complete (归档), and the wait after its end is over.

    `digest` is the hash that ends the chain of feedback's timeline as it went into the archive.
    """

    end: str
    rounds: int
    digest: str = ""
    at: datetime
