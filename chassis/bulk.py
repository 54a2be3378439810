"""Many rows into one table by one statement.

On PostgreSQL the rows travel as one JSON document and are taken apart there: the statement has one text, one
parameter and one round trip for any number of rows. SQLite has no round trips to spare: there the driver's own loop does.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, LargeBinary, String, Text, bindparam, column, func, select
from sqlalchemy import update as sa_update
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Column, Table
    from sqlalchemy.orm import Session

    from chassis.store import Row


def write(session: Session, table: Table, rows: Sequence[Row], *, keys: tuple[str, ...] = ()) -> None:
    """Insert rows that have the same columns, each in the place of the one with the same `keys`, if any are named."""
    if rows:
        execute(session, _writing(session.get_bind().dialect.name, table, tuple(rows[0]), keys), rows)


def update(session: Session, table: Table, rows: Sequence[Row], *, was: Mapping[str, str]) -> int:
    """Update rows that have the same columns; return how many were found.

    `was` names the columns that a row is found by, and the entries that hold what they have to be.
    """
    dialect = session.get_bind().dialect.name
    statement = _updating(dialect, table, tuple(rows[0]), tuple(was.items()))
    given: Any = {"rows": rows}
    if dialect != "postgresql":
        given = [{f"new_{name}": value for name, value in row.items()} for row in rows]
    return int(session.connection().execute(statement, given).rowcount)


def execute(session: Session, statement: Any, rows: Sequence[Row]) -> None:
    """Execute what `inserting` has made. Bytes among the rows have to be UTF-8 text."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(statement, {"rows": spelled(rows)})
    else:
        session.execute(statement, rows)


def inserting(dialect: str, table: Table, names: Sequence[str], rows: str = "rows") -> Any:
    """Return an INSERT of rows with these columns, that can be given an ON CONFLICT; `rows` names its parameter."""
    if dialect != "postgresql":
        return sqlite.insert(table)
    given = _given({name: table.c[name] for name in names}, rows)
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


@cache
def _updating(dialect: str, table: Table, names: tuple[str, ...], was: tuple[tuple[str, str], ...]) -> Any:
    known = {entry: table.c[name] for name, entry in was}
    targets = {name: known[name] if name in known else table.c[name] for name in names}
    given: Any
    if dialect == "postgresql":
        given = _given(targets).c
    else:
        # SQLAlchemy keeps the columns' own names for itself.
        given = {name: bindparam(f"new_{name}", type_=target.type) for name, target in targets.items()}
    values = {name: given[name] for name in names if name not in known}
    return sa_update(table).where(*(table.c[name] == given[entry] for name, entry in was)).values(values)


def _given(targets: Mapping[str, Column[Any]], rows: str = "rows") -> Any:
    """Return the rows of the parameter as a table, typed as the columns that they are meant for."""
    columns = [column(name, _kind(target)) for name, target in targets.items()]
    given = func.json_to_recordset(bindparam(rows, type_=JSON)).table_valued(*columns)
    return given.render_derived(name="given", with_types=True)


def _kind(target: Column[Any]) -> Any:
    # A text that is too long is refused by the column; as a varchar of the document it would be cut.
    return Text() if isinstance(target.type, (String, LargeBinary)) else target.type


def spelled(rows: Sequence[Row]) -> list[Row]:
    """Return rows as the parameter of a statement has them: bytes as the text that they are."""
    return [
        {name: value.decode() if isinstance(value, bytes) else value for name, value in row.items()} for row in rows
    ]
