"""The clocks of the cases that one transaction works on, read and written in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from chassis import bulk
from chassis.clocks import Clock, Running

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint


class RunningClocks:
    """Keeps clocks by case and key until they are recorded."""

    def __init__(self, session: Session, service: Blueprint) -> None:
        self.session = session
        self.service = service
        self._known: dict[str, dict[str, Running]] = {}
        self._changed: dict[tuple[str, str], Running] = {}

    def of(self, case: Any, others: Iterable[Any] = ()) -> dict[str, Running]:
        """Return a case's clocks by key: their name, if they are about nothing more; those of `others` are read along."""
        if case.id not in self._known:
            wanted = {one.id for one in (case, *others) if one is not None and one.id not in self._known}
            self._known.update({case_id: {} for case_id in wanted})
            self._read(wanted)
        return self._known[case.id]

    def begin(self, case: Any) -> None:
        """Know that a case is new, and has no clocks yet."""
        self._known[case.id] = {}

    def _read(self, case_ids: set[str]) -> None:
        table = self.service.store.clocks
        for row in self.session.execute(select(table).where(table.c.case_id.in_(case_ids))):
            clock = Clock.from_dict(row.body)
            self._known[row.case_id][row.name] = Running(row.kind, clock, row.due_at, self.service.lapses(clock))

    def put(self, case: Any, kind: str, clock: Clock, others: Iterable[Any] = ()) -> None:
        """Set a clock going, or replace the one of the same key."""
        running = Running(kind, clock, clock.due_at(self.service.calendar), self.service.lapses(clock))
        self.of(case, others)[clock.key] = running
        self._changed[case.id, clock.key] = running

    def due(self, case: Any, others: Iterable[Any] = ()) -> datetime | None:
        """Return when the first of a case's running clocks is due."""
        return min((one.due_at for one in self.of(case, others).values() if one.clock.stopped_at is None), default=None)

    def record(self) -> None:
        """Write what has changed."""
        rows = [
            {
                "case_id": case_id,
                "name": key,
                "kind": one.kind,
                "state": one.clock.state,
                "due_at": one.due_at,
                "body": one.clock.to_dict(),
            }
            for (case_id, key), one in self._changed.items()
        ]
        bulk.write(self.session, self.service.store.clocks, rows, keys=("case_id", "name"))
        self._changed = {}
