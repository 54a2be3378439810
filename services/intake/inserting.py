"""One appeal, one statement: case, timeline and letter go to PostgreSQL in a single round trip.

A transaction of three inserts takes five round trips, and an object to be flushed; at the
public door that is most of the work. A statement is a transaction of its own, and all of
its inserts happen or none (https://www.postgresql.org/docs/current/queries-with.html).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from chassis import bulk
from chassis.work import Work, case_row
from services.intake import register
from services.intake.models import STORE, Case

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Table

    from chassis.access import Principal
    from chassis.blueprint import Blueprint
    from chassis.database import Database
    from chassis.keys import KeyFolder
    from services.intake.register import Submission

_CASES: Final[Table] = Case.__table__  # type: ignore[assignment]


def insert_one(
    database: Database,
    blueprint: Blueprint,
    keys: KeyFolder,
    sent: Submission,
    *,
    now: datetime,
    principal: Principal | None,
) -> None:
    """Register one submission. Raises IntegrityError when it, or its matter, is here already."""
    # Nothing is read, and nothing is recorded the usual way: there is no session.
    work = Work(None, blueprint, now, principal=principal)  # type: ignore[arg-type]
    register.register(work, keys, sent)
    [case] = work.opened
    rows = {"cases": [case_row(_CASES, case)], "timeline": work.timeline, "letters": work.letters}
    with database.reads.connect() as connection:
        connection.execute(_statement(), {name: bulk.spelled(given) for name, given in rows.items()})


@cache
def _statement() -> Any:
    timeline, letters = STORE.timeline, STORE.letters
    cases = bulk.inserting("postgresql", _CASES, _CASES.c.keys(), "cases")
    entries = bulk.inserting("postgresql", timeline, timeline.c.keys(), "timeline")
    told = bulk.inserting("postgresql", letters, ("id", "key", "subject", "body", "told_at"), "letters")
    return told.add_cte(cases.cte("new_case"), entries.cte("new_entry"))
