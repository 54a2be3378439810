"""What is to be attended, as a service's rules read it off a case; pure. `chassis.agenda` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One thing to be attended: when (a day where no hour is set), what by its word in the catalogue, and where."""

    at: date | datetime
    what: str
    place: str = ""
