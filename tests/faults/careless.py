"""A worker with one guarantee switched off: `python -m tests.faults.careless WHICH worker SERVICE…`.

The platform has no such switch. Here a method is replaced in a process of its own before the
worker starts, so that the account of these tests is seen to tell what then goes wrong.
"""

from __future__ import annotations

import sys
from typing import Any


def without_receipts() -> None:
    """Take what comes, also what was had before."""
    from chassis.inbox import Inbox  # noqa: PLC0415 - after eventlet's patch

    receipt = Inbox._receipt

    def all_are_new(self: Inbox, session: Any, items: Any) -> Any:
        receipt(self, session, items)
        return list(items)

    Inbox._receipt = all_are_new  # type: ignore[method-assign]


def letters_after_the_commit() -> None:
    """Commit what changed, and write down only then what is to be told of it."""
    from sqlalchemy import event, insert  # noqa: PLC0415 - after eventlet's patch
    from sqlalchemy.orm import Session  # noqa: PLC0415

    from chassis.work import Work  # noqa: PLC0415

    record = Work.record

    def record_no_letters(self: Work) -> None:
        told, self.letters = self.letters, []
        record(self)
        if told:
            self.session.info["told"] = (self.service.store.letters, [*told])

    def write_letters(session: Session) -> None:
        table, told = session.info.pop("told", (None, []))
        if told:
            with session.get_bind().engine.begin() as connection:
                connection.execute(insert(table), told)

    Work.record = record_no_letters  # type: ignore[method-assign]
    event.listen(Session, "after_commit", write_letters)


def main() -> None:
    """Be careless as the first word says, and the command `jiesu` with the others."""
    which = sys.argv.pop(1)
    import eventlet  # noqa: PLC0415 - as the command does

    eventlet.monkey_patch()
    {"no-receipts": without_receipts, "letters-after": letters_after_the_commit}[which]()
    from chassis.command import main as jiesu  # noqa: PLC0415 - after the patch

    jiesu()


if __name__ == "__main__":
    main()
