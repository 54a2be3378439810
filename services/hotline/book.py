"""The copy of the knowledge base as it is kept: what its owner tells, of each entry the newest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from services.hotline.models import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from chassis.work import Work

_OF_ENTRY: Final = (
    *("kind", "title", "questions", "answer", "basis", "owner", "review_by", "checked", "withdrawn", "href"),
)


@dataclass(slots=True)
class Book:
    """The entries that hold, asked by rules and pages; they are read once."""

    session: Session
    _entries: list[Entry] | None = field(default=None)

    def entries(self) -> list[Entry]:
        """Return all entries that are not withdrawn."""
        if self._entries is None:
            self._entries = list(self.session.scalars(select(Entry).where(~Entry.withdrawn).order_by(Entry.id)))
        return self._entries

    def entry(self, said: str) -> Entry | None:
        """Return the entry of an id or of a title, or None."""
        return next((one for one in self.entries() if said.strip() in (one.id, one.title)), None)


def keep(work: Work, told: Mapping[str, Any]) -> None:
    """Keep what the owner says of an entry, unless something newer is known."""
    found = work.session.get(Entry, told["id"], with_for_update=True)
    if found is None:
        found = Entry(id=told["id"])
        work.session.add(found)
    elif (found.version, found.told_at) > (told["entry_version"], told["at"]):
        return
    found.version, found.told_at = told["entry_version"], told["at"]
    for name in _OF_ENTRY:
        setattr(found, name, told[name])
