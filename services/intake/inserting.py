"""One appeal, one statement: case, timeline and letter go to PostgreSQL in a single round trip.

A transaction of three inserts takes five round trips, and an object to be flushed; at the
public door that is most of the work. A statement is a transaction of its own, and all of
its inserts happen or none (https://www.postgresql.org/docs/current/queries-with.html).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert

from chassis.work import Work, case_row
from services.intake import register
from services.intake.models import STORE, Case

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Insert, Table

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
    [case], [entry], [letter] = work.opened, work.timeline, work.letters
    values = {f"c_{name}": value for name, value in case_row(_CASES, case).items()}
    values |= {f"t_{name}": value for name, value in entry.items()}
    values |= {f"l_{name}": value for name, value in letter.items()}
    with database.reads.connect() as connection:
        connection.execute(_statement(), values)


@cache
def _statement() -> Insert:
    letters = ("id", "key", "subject", "body", "told_at")
    return _insert(STORE.letters, "l", letters).add_cte(
        _insert(_CASES, "c", _CASES.c.keys()).cte("new_case"),
        _insert(STORE.timeline, "t", STORE.timeline.c.keys()).cte("new_entry"),
    )


def _insert(table: Table, prefix: str, names: Any) -> Insert:
    return insert(table).values({name: bindparam(f"{prefix}_{name}", type_=table.c[name].type) for name in names})
