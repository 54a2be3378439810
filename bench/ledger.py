"""The ledger's first page while twenty thousand appeals lie in it."""

from __future__ import annotations

from datetime import timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text

from bench.client import request_bytes, summary, talk

if TYPE_CHECKING:
    from tests.nodes.street import Street

PATH = "/routing/api/v1/cases?limit=50"


def measure(running: Street, appeals: int, readings: int) -> dict[str, Any]:
    """Read the first page again and again, with the ledger filled up to so many lines by copies of those it has."""
    copied = _fill(running, appeals)
    request = request_bytes("127.0.0.1", PATH, method="GET", token=running.token())
    address = ("127.0.0.1", running.port)
    talk(address, 1, repeat(request, 5))
    waits, statuses = talk(address, 1, repeat(request, readings))
    assert statuses == {200: readings}, statuses
    return {"path": PATH, "appeals": appeals, "copied": copied, "readings": readings, **summary(waits)}


def _fill(running: Street, appeals: int) -> int:
    """Copy lines of the ledger, each under a new id and at a time of its own."""
    case = running.blueprint("routing").case
    table = case.__table__
    with running.database("routing").write() as session:
        known = session.scalar(select(func.count()).select_from(table)) or 0
        missing = max(0, appeals - known)
        rows = [dict(row._mapping) for row in session.execute(select(table).limit(500))]  # noqa: SLF001 - its public name
        for first in range(0, missing, len(rows)):
            copies = [
                row
                | {
                    "id": f"copy-{first + place}",
                    "subject": f"copy-{first + place}",
                    "number": f"copy-{first + place}",
                    "opened_at": row["opened_at"] - timedelta(seconds=first + place),
                }
                for place, row in enumerate(rows[: missing - first])
            ]
            session.execute(insert(table), copies)
    with running.database("routing").read() as session:
        session.execute(text("ANALYZE cases"))
    return missing
