"""What the party says, and to which paper: a notice of the penalty, or a demand (行政处罚法 45; 行政强制法 36). Pure.

Each is kept with what it is about, beside its own words, so that who decides, or applies to a court, goes by what was said of
that, and not of another matter of the same case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from chassis.picking import Offer, meant, one_is_meant
from chassis.workflow import Refusal
from services.enforcement import reading

if TYPE_CHECKING:
    from chassis.workflow import CaseView, Change, Moment, Values

#: What was answered in a round of the procedure that is over.
_OVER: Final = "over"
#: What a statement may be about, in Chinese and English.
_SAID_OF: Final = {
    "penalty": ("处罚", "the penalty"),
    "substitute": ("代履行", "substitution"),
    "dismantling": ("强制拆除", "dismantling"),
    "costs": ("代履行费用", "the costs"),
    _OVER: ("此前的程序", "an earlier round"),
}
#: The statements of a round together, in the words of a form.
_ALL: Final = "all"
#: So much of a statement tells it from another.
_SHOWN: Final = 30


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
    """Keep what a statement is about, and of which ones before it the reviews are: none of them is of this one."""
    [paper] = meant(answered(case), form["answers"])
    return {"statements_about": [*_about(case), paper.number], "statements_reviewed": _reviewed(case)}


def _about(case: CaseView) -> list[str]:
    """Return what each statement is about; nothing where that was not kept yet.

    An earlier release kept how many there were before the report that is decided on.
    """
    kept = case.details
    known, past = list(kept.get("statements_about") or ()), kept.get("statements_before", 0)
    older = range(len(known), len(kept.get("statement_made") or ()))
    return [*known, *(_OVER if place < past else "" for place in older)]


def _on_file(case: CaseView, *about: str) -> list[Offer]:
    """List the statements on file, or those about some matters, by their place, the first being 1."""
    made, found = case.details.get("statement_made") or (), list[Offer]()
    for place, (row, of) in enumerate(zip(made, _about(case), strict=True), start=1):
        zh, en = _SAID_OF.get(of, ("", ""))
        begins = row["content"][:_SHOWN] + "…" * (len(row["content"]) > _SHOWN)
        offer = Offer(
            str(place),
            f"第{place}份{f'（对{zh}）' * bool(zh)}：{begins}",
            f"No. {place}{f' ({en})' * bool(en)}: {begins}",
        )
        found += [offer] if not about or of in about else []
    return found


def _reviewed(case: CaseView) -> list[int]:
    """Return which statement each review is of; before that was kept, each was of the next one, as far as there was one."""
    kept = case.details
    known, made = list(kept.get("statements_reviewed") or ()), len(kept.get("statement_made") or ())
    older = len(kept.get("statement_reviewed") or ()) - len(known)
    return [*(min(place, made) for place in range(1, older + 1)), *known]


def unreviewed(case: CaseView) -> list[Offer]:
    """List the statements that nobody has reviewed yet."""
    done = {*map(str, _reviewed(case))}
    return [one for one in _on_file(case) if one.number not in done]


def reviewable(case: CaseView) -> list[Offer]:
    """List the statements that nobody has reviewed yet, then those of which a review may be put right: their paper is answered still."""
    waiting, now = unreviewed(case), {one.number for one in answered(case)}
    seen = [
        replace(one, zh=f"{one.zh}（已复核）", en=f"{one.en} (reviewed)")
        for one, of in zip(_on_file(case), _about(case), strict=True)
        if one not in waiting and (of or "penalty") in now
    ]
    return [*waiting, *seen]


def _reviewed_by(case: CaseView, form: Values) -> list[Offer]:
    """Return what a review may be of; unsaid, of what waits for one."""
    said = form["statement"]
    return meant(unreviewed(case), said) or meant(reviewable(case), said)


def one_is_reviewed(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a review where there is nothing to review, or which does not say of which statement it is."""
    return None if form and len(_reviewed_by(case, form)) == 1 else _says_which(case, form, moment)


_says_which = one_is_meant(
    "statement",
    reviewable,
    none=Refusal("没有待复核的陈述申辩", "no statement waits to be reviewed", moot=True),
    zh="复核哪一份陈述申辩",
    en="which statement is reviewed",
)


def review(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep of which statement a review is."""
    [one] = _reviewed_by(case, form)
    return {"statements_reviewed": [*_reviewed(case), int(one.number)]}


def of_the_penalty(case: CaseView) -> list[Offer]:
    """List what the party has said of the penalty that is to be decided; of several also all together, which is meant unsaid."""
    rows = _on_file(case, "", "penalty")
    every = Offer(_ALL, f"全部（{len(rows)}份）", f"all {len(rows)}")
    return [every, *rows] if len(rows) > 1 else rows


def it_is_on_file(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a legal review of a statement that is not on file, or not about the penalty."""
    if not form or form["statement"] in ("", _ALL) or meant(rows := of_the_penalty(case), form["statement"]):
        return None
    said = "；".join(one.zh for one in rows)
    return Refusal(f"没有这份陈述申辩；可以选择：{said or '无'}", "no such statement of the penalty is on file")


def judged(change: Change) -> Change:
    """Make a change that also keeps which statements a legal review is about, each with what its review has found."""

    def judge(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        rows = of_the_penalty(case)
        places = [int(one.number) for one in rows if one.number != _ALL and form["statement"] in ("", _ALL, one.number)]
        made = case.details.get("statement_made") or ()
        about = [
            {"place": place, "content": made[place - 1]["content"], "found": _found(case, place)} for place in places
        ]
        return {**change(case, form, moment), "statements_judged": about}

    return judge


def _found(case: CaseView, place: int) -> list[Values]:
    """Return what the last review of a statement has found, if there was one."""
    seen = case.details.get("statement_reviewed") or ()
    found: list[Values] = [dict(row) for row, of in zip(seen, _reviewed(case), strict=True) if of == place]
    return found[-1:]


def begins(*about: str, change: Change | None = None) -> Change:
    """Make a change that begins a round in which what was said of some matters before is of no weight."""

    def begin(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        past = [_OVER if one in about else one for one in _about(case)]
        return {"statements_about": past, **(change(case, form, moment) if change else {})}

    return begin


def said(*about: str, change: Change | None = None) -> Change:
    """Make a change that also keeps what the party has said of some matters, and what the review of it has found."""

    def gather(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        made = list(case.details.get("statement_made") or ())
        mine = [int(one.number) for one in _on_file(case, "", *about)]
        return {
            "statements_said": [made[place - 1]["content"] for place in mine],
            "statements_found": [row for place in mine for row in _found(case, place)],
            **(change(case, form, moment) if change else {}),
        }

    return gather
