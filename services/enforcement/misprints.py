"""A misprint in a decision that was served: where it stands, which places are corrected, and how they read then. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

#: What of a decision is kept to be written again, with its words in Chinese and English.
_PARTS: Final = {"facts": ("违法事实", "facts"), "basis": ("处罚依据", "basis")}
#: So much before and behind a place tells it from others.
_AROUND: Final = 15


def it_says_which_place(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to correct a decision in one of several places, or in one that is not there, without saying which."""
    if not form:
        return None
    found, reads = _places(case, form), form["reads"]
    if len(found) <= 1 and not form["places"]:
        return None
    if form["places"] and {*form["places"]} <= {*range(1, len(found) + 1)}:
        return None
    seen = [(_PARTS[part], _around(_decision(case)[part], at, reads, f"【{reads}】")) for part, at in found]
    zh, en = (
        "；".join(f"{place}. {part[lang]}：{text}" for place, (part, text) in enumerate(seen, 1)) for lang in (0, 1)
    )
    return Refusal(
        f"“{reads}”在决定书的违法事实、处罚依据中共有 {len(found)} 处：{zh or '无'}。请填写更正第几处，或者把原文多写几个字；"
        "更正的是其他文书的，多写到决定书里没有相同的文字",
        f"{reads!r} stands in {len(found)} places of the decision: {en or 'none'}; say which, or quote more of it;"
        " of another paper, quote until the decision does not read so",
    )


def correct(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Let what is written from the decision from now on read as it should, where that is meant; keep how each place read and reads."""
    decision, found, reads = dict(_decision(case)), _places(case, form), form["reads"]
    meant = [(place, *one) for place, one in enumerate(found, 1) if place in (form["places"] or (1,))]
    rows = [
        {
            "where": f"{_PARTS[part][0]}（第{place}处，共{len(found)}处）",
            "reads": _around(decision[part], at, reads, f"【{reads}】"),
            "should_read": _around(decision[part], at, reads, f"【{form['should_read']}】"),
        }
        for place, part, at in meant
    ]
    # From behind, so that the places before stay where they are.
    for _, part, at in reversed(meant):
        decision[part] = decision[part][:at] + form["should_read"] + decision[part][at + len(reads) :]
    return {"misprints": rows, **({"decision": decision} if decision else {})}


def _decision(case: CaseView) -> Values:
    return case.details.get("decision") or {}


def _places(case: CaseView, form: Values) -> list[tuple[str, int]]:
    """Return where a decision reads so: the part, and at which sign of it."""
    found, decision, reads = list[tuple[str, int]](), _decision(case), form["reads"]
    for part in _PARTS:
        text, at = str(decision.get(part, "")), -1
        while (at := text.find(reads, at + 1)) >= 0:
            found.append((part, at))
            at += len(reads) - 1
    return found


def _around(text: str, at: int, reads: str, instead: str) -> str:
    """Return a place of a text as something else, with what stands before and behind."""
    begins, ends = max(at - _AROUND, 0), at + len(reads) + _AROUND
    before, behind = "…" * (begins > 0), "…" * (ends < len(text))
    return f"{before}{text[begins:at]}{instead}{text[at + len(reads) : ends]}{behind}"
