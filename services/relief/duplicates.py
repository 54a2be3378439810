"""Persons that are known again, and what other requests give them. Pure, like the rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chassis.workflow import CaseView, Moment, Values, one_name
from services.relief import rules

#: Name and the last signs of the number: what a person is known again by.
Known = tuple[str, str]


# -- what is known of a case --------------------------------------------------


def people_of(household: Iterable[Values]) -> list[Known]:
    """Return the members of a household that can be known again: by name and the number's last signs."""
    found = ((one_name(member["name"]), member.get("id_last_four", "")) for member in household)
    return sorted({person for person in found if person[1]})


def people_in(details: Values) -> list[Known]:
    """Return whom a case would help, or has helped: who applied with the household, and who was given an advance."""
    *before, now = rules.requests(details)
    found: list[Values] = []
    for one in (*(one for one in before if relief_had(one, pending=False)), now):
        found += (one.get("application_filed") or {}).get("household", ())
        if advance := one.get("advance_paid"):
            found.append({"name": advance["payee"], "id_last_four": advance["id_last_four"]})
    return people_of(found)


def relief_had(details: Values, *, pending: bool) -> dict[str, Any] | None:
    """Say what a request gives, gave or may yet give; None if it came to nothing."""
    filed, advance = details.get("application_filed") or {}, details.get("advance_paid")
    given = details.get("relief_paid") or (advance and not details.get("advance_reclaimed"))
    if not pending and (not given or rules.is_over(details)):
        return None
    days = [row["paid_on"] for row in (details.get("relief_paid") or {}).get("payments", ())]
    day = max(days, default=details.get("advanced_on") or "")
    cause = filed.get("cause") or (details.get("emergency_assessed") or {}).get("cause", "")
    relief = filed.get("relief") or details.get("relief", "")
    return {"relief": relief, "cause": cause, "year": int(day[:4] or 0), "pending": pending}


def clash(relief: str, cause: str, year: int, other: Values) -> bool:
    """Whether a relief and another of the same persons are one too many."""
    if relief in rules.LASTING:
        return other["relief"] in rules.LASTING
    if other["relief"] not in ({relief} if relief not in rules.TEMPORARY else rules.TEMPORARY):
        return False
    return bool(other["cause"] == cause and (other["pending"] or other["year"] == year))


def elsewhere(people: Iterable[Known], case: CaseView, moment: Moment) -> list[Values]:
    """Look up what the same persons have, or have applied for, in other cases."""
    register = moment.known()
    return list(register.of(people, but=case.id)) if register is not None else []
