"""Many rows into one table by one statement.

On PostgreSQL the rows travel as one JSON document and are taken apart there: the statement has one text, one
parameter and one round trip for any number of rows. SQLite has no round trips to spare: there the driver's own loop does.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, LargeBinary, String, Text, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, Table
    from sqlalchemy.orm import Session

    from chassis.store import Row


def write(session: Session, table: Table, rows: Sequence[Row], *, keys: tuple[str, ...] = ()) -> None:
    """Insert rows that have the same columns, each in the place of the one with the same `keys`, if any are named."""
    if rows:
        execute(session, _writing(session.get_bind().dialect.name, table, tuple(rows[0]), keys), rows)


def execute(session: Session, statement: Any, rows: Sequence[Row]) -> None:
    """Execute what `inserting` has made. Bytes among the rows have to be UTF-8 text."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(statement, {"rows": [*map(_spelled, rows)]})
    else:
        session.execute(statement, rows)


def inserting(dialect: str, table: Table, names: Sequence[str]) -> Any:
    """Return an INSERT of rows with these columns, that can be given an ON CONFLICT."""
    if dialect != "postgresql":
        return sqlite.insert(table)
    columns = [column(name, _kind(table.c[name])) for name in names]
    given = func.json_to_recordset(bindparam("rows", type_=JSON)).table_valued(*columns)
    given = given.render_derived(name="given", with_types=True)
    values = [
        func.convert_to(given.c[name], "UTF8") if isinstance(table.c[name].type, LargeBinary) else given.c[name]
        for name in names
    ]
    return postgresql.insert(table).from_select(names, select(*values))


@cache
def _writing(dialect: str, table: Table, names: tuple[str, ...], keys: tuple[str, ...]) -> Any:
    statement = inserting(dialect, table, names)
    if not keys:
        return statement
    replaced = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=replaced)


def _kind(target: Column[Any]) -> Any:
    # A text that is too long is refused by the column; as a varchar of the document it would be cut.
    return Text() if isinstance(target.type, (String, LargeBinary)) else target.type


def _spelled(row: Row) -> Row:
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in row.items()}
