"""What the party says, and to which paper: a notice of the penalty, or a demand (行政处罚法 45; 行政强制法 36). Pure.

Each is kept with what it is about, beside its own words, so that who decides, or applies to a court, goes by what was said of
that, and not of another matter of the same case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from chassis.picking import Offer, meant, one_is_meant
from chassis.workflow import Refusal
from services.enforcement import reading

if TYPE_CHECKING:
    from chassis.workflow import CaseView, Change, Moment, Values

#: What was answered in a round of the procedure that is over.
_OVER: Final = "over"


def answered(case: CaseView) -> list[Offer]:
    """List the papers that the party may answer now."""
    kept, found = case.details, list[Offer]()
    if case.state in ("defence_open", "to_decide"):
        found.append(
            _offer(case, "penalty", "处罚告知书", "the notice of the penalty", "prenotice_served", "notice_no")
        )
    if case.state in ("demand_running", "court_ready"):
        found.append(_offer(case, "penalty", "履行处罚决定的催告书", "the demand of the penalty", "demanded"))
    if case.state == "uncorrected" and kept.get("substitute_from"):
        found.append(
            _offer(case, "substitute", "代履行催告书", "the demand before substitution", "substitute_demanded")
        )
    if case.state == "uncorrected" and kept.get("dismantle_urged_until"):
        found.append(_offer(case, "dismantling", "强制拆除催告书", "the demand to dismantle", "dismantling_urged"))
    if kept.get("cost_urged_on") and not kept.get("cost_applied_on"):
        found.append(_offer(case, "costs", "代履行费用催告书", "the demand of the costs", "cost_urged"))
    return found


def _offer(case: CaseView, about: str, zh: str, en: str, trigger: str, number: str = "demand_no") -> Offer:
    no = reading.last(case, trigger).get(number, "")
    return Offer(about, f"{zh} {no}".strip(), f"{en} {no}".strip())


a_paper_is_answered = one_is_meant(
    "answers",
    answered,
    none=Refusal(
        "没有待陈述申辩的告知或者催告", "no notice or demand is on file that the party could answer", moot=True
    ),
    zh="对哪一份文书的陈述申辩",
    en="which paper the party answers",
)


def keep(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep what a statement is about."""
    [paper] = meant(answered(case), form["answers"])
    return {"statements_about": [*_about(case), paper.number]}


def _about(case: CaseView) -> list[str]:
    """Return what each statement is about; nothing where that was not kept yet.

    An earlier release kept how many there were before the report that is decided on.
    """
    kept = case.details
    known, past = list(kept.get("statements_about") or ()), kept.get("statements_before", 0)
    older = range(len(known), len(kept.get("statement_made") or ()))
    return [*known, *(_OVER if place < past else "" for place in older)]


def begins(*about: str, change: Change | None = None) -> Change:
    """Make a change that begins a round in which what was said of some matters before is of no weight."""

    def begin(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        past = [_OVER if one in about else one for one in _about(case)]
        return {"statements_about": past, **(change(case, form, moment) if change else {})}

    return begin


def said(*about: str, change: Change | None = None) -> Change:
    """Make a change that also keeps what the party has said of some matters, and what the review of it has found."""

    def gather(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        made, seen = (list(case.details.get(name) or ()) for name in ("statement_made", "statement_reviewed"))
        mine = [place for place, one in enumerate(_about(case)) if one in ("", *about)]
        return {
            "statements_said": [made[place]["content"] for place in mine],
            "statements_found": [seen[place] for place in mine if place < len(seen)],
            **(change(case, form, moment) if change else {}),
        }

    return gather
