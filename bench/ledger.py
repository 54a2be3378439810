"""The ledger while many appeals lie in it: pages narrowed, deep, sorted, searched, each read over HTTP."""

from __future__ import annotations

from datetime import timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import func, select, text

from bench.client import request_bytes, summary, talk
from chassis.listing import cursor_at
from tests.nodes.node import wait_until

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bench.platform import Servers
    from tests.nodes.street import Street

PATH = "/routing/api/v1/cases?limit=50"
PAGE = "/routing/cases?"
_AT_ONCE = 100_000
#: So many lines are copied from; each copy is a minute older than the one before, and three in a hundred stay open.
_MODELS = 500
_OPEN = "n % 97 < 3"
_NUMBER = "'彭李诉〔2025〕' || lpad(n::text, 6, '0') || '号'"
_OPENED = "newest - n * interval '1 minute'"
#: What is rare among many: one urgency in two thousand, and a kind of people; a channel in thirty, a word in a hundred thousand.
_COPIED = {
    "id": "'copy-' || n",
    "subject": "'copy-' || n",
    "number": _NUMBER,
    "state": f"CASE WHEN {_OPEN} THEN m.state WHEN n % 211 = 1 THEN 'withdrawn' ELSE 'closed' END",
    "urgency": "CASE WHEN n % 2003 = 7 THEN 'I' ELSE m.urgency END",
    "channel": "CASE WHEN n % 31 = 3 THEN 'letter' ELSE m.channel END",
    "person_kind": "CASE WHEN n % 2003 = 9 THEN ',veteran,' WHEN n % 13 = 4 THEN ',elder,' ELSE '' END",
    "opened_at": _OPENED,
    "updated_at": f"{_OPENED} + interval '1 day'",
    "ended_at": f"CASE WHEN {_OPEN} THEN NULL ELSE {_OPENED} + interval '2 days' END",
    "due_at": f"{_OPENED} + interval '5 days'",
    "look_at": "NULL",
}
_WORDS = f"{_NUMBER} || chr(10) || m.words || CASE WHEN n % 99991 = 5 THEN '石榴树倒伏' ELSE '' END"
#: Made once these indexes take some seconds; kept up line by line, minutes.
_LATER = ("cases", "ledger_words")


def measure(own: Servers, running: Street, appeals: int, readings: int) -> dict[str, Any]:
    """Read pages again and again, with the ledger filled up to so many lines by copies of those it has."""
    database = running.database("routing")
    case = running.blueprint("routing").case
    wait_until(lambda: _searchable(running), seconds=120, what="the lines are searchable")
    with database.write() as session:
        known = session.scalar(select(func.count()).select_from(case)) or 0
        copied = max(0, appeals - known)
        _fill(session, [column.name for column in case.__table__.columns], copied)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in _LATER:
            connection.execute(text(f"VACUUM ANALYZE {table}"))
        sizes = {
            table: connection.scalar(text(f"SELECT pg_total_relation_size('{table}') / 1000000")) for table in _LATER
        }
    found = {name: _read(own, running, path, readings) for name, path in _paths(running, case).items()}
    _print(found)
    first = found["newest first"]
    return {
        "path": PATH,
        "appeals": appeals,
        "copied": copied,
        "readings": readings,
        "megabytes": sizes,
        **first,
        "pages": found,
    }


def _searchable(running: Street) -> bool:
    with running.database("routing").read() as session:
        return not session.scalar(text("SELECT count(*) FROM ledger_numbers WHERE searchable < last"))


def _paths(running: Street, case: Any) -> dict[str, str]:
    """Return what is read."""
    with running.database("routing").read() as session:
        newest = session.scalars(select(case).order_by(case.opened_at.desc()).limit(1)).one()
        oldest = session.scalar(select(func.min(case.opened_at))) or newest.opened_at
        old = session.scalar(select(case.number).order_by(case.opened_at).limit(1)) or ""
    mechanism, unit, urgency = f"mechanism={newest.mechanism}", f"unit={newest.unit}", f"urgency={newest.urgency}"
    span = newest.opened_at - oldest
    deep, deeper = (f"after={cursor_at(newest.opened_at - span * share, '')}" for share in (0.5, 0.95))
    days = f"opened_from={newest.opened_at - span / 2:%Y-%m-%d}&opened_to={newest.opened_at - span / 2 + timedelta(30):%Y-%m-%d}"
    queries = {
        "newest first": "",
        "oldest first": "sort=opened_at",
        "due first": "sort=due_at",
        "open": "open=1",
        "overdue": "overdue=1",
        "state: triage_due": "state=triage_due",
        "state: withdrawn": "state=withdrawn",
        "stage: handle": "stage=handle",
        "mechanism": mechanism,
        "unit": unit,
        "urgency": urgency,
        "urgency I, 1 in 2,000": "urgency=I",
        "kind of people": "person_kind=elder",
        "kind of people, 1 in 2,000": "person_kind=veteran",
        "kind of people, mechanism, open, due first": f"person_kind=elder&{mechanism}&open=1&sort=due_at",
        "category group": f"category={newest.category[:2]}",
        "channel": "channel=letter",
        "severity": f"severity={newest.severity}",
        "days": days,
        "days, due first": f"{days}&sort=due_at",
        "days, unit, overdue, due first": f"{days}&{unit}&overdue=1&sort=due_at",
        "mechanism, urgency, channel": f"{mechanism}&{urgency}&channel=letter",
        "all at once, nothing fits": f"urgency=I&channel=letter&category=0503&severity=critical&{mechanism}",
        "half way down": deep,
        "near the end": deeper,
        "near the end, mechanism, urgency": f"{mechanism}&{urgency}&{deeper}",
        "whole number": f"search={quote(old)}",
        "digits of a number": "search=000123",
        "word in one line of four": f"search={quote('电梯')}",
        "words in one line of a thousand": f"search={quote('黄河12路 井盖')}",
        "word in one line of 100,000": f"search={quote('石榴树')}",
        "word that is nowhere": f"search={quote('恐龙化石')}",
        "word, mechanism, deep": f"search={quote('电梯')}&mechanism=property&{deep}",
    }
    return {
        "nothing (/healthz)": "/routing/healthz",
        **{name: f"{PATH}&{query}" for name, query in queries.items()},
        "page for people": PAGE,
        "page for people, urgency I": f"{PAGE}urgency=I",
        "page for people, kind of people": f"{PAGE}person_kind=veteran",
        "page for people, mechanism": f"{PAGE}{mechanism}",
    }


def _read(own: Servers, running: Street, path: str, readings: int) -> dict[str, float]:
    """Read a page again and again; return how long that took, and what web and database have spent on each."""
    request = request_bytes("127.0.0.1", path, method="GET", token=running.token())
    address = ("127.0.0.1", running.port)
    talk(address, 1, repeat(request, 5))
    before = _spent(own, running)
    waits, statuses = talk(address, 1, repeat(request, readings))
    assert statuses == {200: readings}, (path, statuses)
    return summary(waits) | {"cpu_ms": round((_spent(own, running) - before) / readings * 1000, 1)}


def _spent(own: Servers, running: Street) -> float:
    return own.postgres.cpu_seconds() + running.web.cpu_seconds()


def _print(found: dict[str, dict[str, float]]) -> None:
    print("| page | p50 ms | p95 ms | CPU ms |\n|---|---|---|---|")
    for name, waits in found.items():
        print(f"| {name} | {waits['p50_ms']} | {waits['p95_ms']} | {waits['cpu_ms']} |")


def _fill(session: Session, names: list[str], missing: int) -> None:
    """Copy lines, with what they are searched by, inside the database; each under a number and at a time of its own."""
    session.execute(text("SET LOCAL synchronous_commit = off"))
    session.execute(
        text(
            "CREATE TEMP TABLE models ON COMMIT DROP AS SELECT row_number() OVER () - 1 AS nth, c.*, w.words "
            "FROM cases c JOIN ledger_words w ON w.case_id = c.id LIMIT :models"
        ),
        {"models": _MODELS},
    )
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(_COPIED.get(name, f'm."{name}"') for name in names)
    # The oldest first, as they would have come.
    chosen = (
        "FROM generate_series(CAST(:last AS int), CAST(:first AS int), -1) n "
        "JOIN models m ON m.nth = (n * CAST(7919 AS bigint) + n / 500) % (SELECT count(*) FROM models) "
        "CROSS JOIN (SELECT max(opened_at) AS newest FROM models) x ORDER BY n DESC"
    )
    indexes = session.execute(
        text(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i "
            "JOIN pg_index x ON x.indexrelid = (i.schemaname || '.' || i.indexname)::regclass "
            "WHERE i.schemaname = 'routing' AND NOT x.indisunique AND i.tablename = ANY(:tables)"
        ),
        {"tables": [*_LATER]},
    ).all()
    for index in indexes:
        session.execute(text(f"DROP INDEX {index.indexname}"))
    for first in range(missing, 0, -_AT_ONCE):
        some = {"last": first, "first": max(1, first - _AT_ONCE + 1)}
        session.execute(text(f"INSERT INTO cases ({columns}) SELECT {values} {chosen}"), some)
        session.execute(text(f"INSERT INTO ledger_words SELECT 'copy-' || n, {_WORDS} {chosen}"), some)
    session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    for index in indexes:
        session.execute(text(str(index.indexdef)))
