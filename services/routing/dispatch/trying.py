"""Where one appeal goes by a version of the rules, and why: for a dry run, and for the page of a case."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.routing import rules
from services.routing.dispatch import rulebook, ruleset
from services.routing.service import graded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from services.routing.dispatch.ruleset import RuleSet


def tried(book: RuleSet, appeal: Mapping[str, Any], now: datetime, names: Callable[[str], str] = str) -> dict[str, Any]:
    """Judge an appeal (title, text, place, channel, submitted_at) and say where it would go by a version, and why."""
    grades = graded(appeal)
    known = {**appeal, **grades}
    matter = ruleset.Matter(known)
    rule, unclear = book.fired(matter, at=now), rules.unclear(known, book, now)
    return {
        "version": book.version,
        **{name: grades[name] for name in ("category", "kind", "urgency", "severity", "confidence")},
        "mechanism": (rule.mechanism if rule else "") or grades["mechanism"],
        "rule": rule.id if rule else "",
        "lead_unit": rule.lead if rule else "",
        "assisting_units": list(rule.assist) if rule else [],
        "by_person": {"zh": unclear.zh, "en": unclear.en} if unclear else None,
        "explanation": [ruleset.spoken(why, matter, names) for why in book.explain(matter, at=now)],
    }


def explained(session: Session, case: dict[str, Any], names: Callable[[str], str] = str) -> None:
    """Add to a case, as it is shown, why each rule near it did not fire, by the version that it was dispatched with."""
    details = case["details"]
    by = details.get("rules")
    book = rulebook.version(session, by["version"]) if by else None
    if book is None:
        return
    asked = rules.dispatched_by(details)
    whys = book.explain(asked.matter, at=datetime.fromisoformat(by["at"]), fixed=asked.fixed)
    passed = [ruleset.spoken(why, asked.matter, names) for why in whys if why.result != "fired"]
    case["details"] = {**details, "explanation": [*details.get("explanation", ()), *passed]}
