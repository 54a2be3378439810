"""Lists of cases: filtered, sorted, in keyset pages that stay fast however long the list."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import and_, false, or_, select

from chassis.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Column, Select
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.workflow import Workflow

MOST = 200
_SORTS = ("-opened_at", "opened_at", "due_at")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows, and the cursor of the next one if there is one."""

    rows: list[Any]
    next: str | None


def page(
    session: Session,
    case: Any,
    workflow: Workflow,
    query: Mapping[str, str],
    principal: Principal,
    now: datetime,
) -> Page:
    """Return one page. `query`: state, stage, unit, urgency, number, subject, open, overdue, sort, limit, after.

    Raises ProblemError when the query makes no sense.
    """
    limit = _limit(query.get("limit", "50"))
    sort = query.get("sort") or "-opened_at"
    if sort not in _SORTS:
        raise _wrong("sort", f"可用的排序: {', '.join(_SORTS)}", f"one of {', '.join(_SORTS)}")
    rows = _filtered(select(case), case, workflow, query, now)
    if not principal.stands_for("*"):
        rows = rows.where(case.unit.in_(["", *sorted(principal.units)]))
    rows = _after(rows, case, sort, query.get("after", ""))
    name = sort.removeprefix("-")
    column = getattr(case, name)
    if name == "due_at":
        rows = rows.where(column.is_not(None))
    order = (column.desc(), case.id.desc()) if sort.startswith("-") else (column, case.id)
    found = list(session.scalars(rows.order_by(*order).limit(limit + 1)))
    more = found[limit:]
    cursor = _cursor(getattr(found[limit - 1], name), found[limit - 1].id) if more else None
    return Page(found[:limit], cursor)


def _filtered(rows: Select[Any], case: Any, workflow: Workflow, query: Mapping[str, str], now: datetime) -> Select[Any]:
    states = {state for state in query.get("state", "").split(",") if state}
    unknown = states - {*workflow.states}
    if unknown:
        raise _wrong("state", f"没有这个状态: {', '.join(sorted(unknown))}", f"one of {', '.join(workflow.states)}")
    if query.get("stage"):
        of_stage = {state for state, stage in workflow.stages.items() if stage == query["stage"]}
        if not of_stage:
            raise _wrong("stage", "没有这个环节", "one of collect, analyse, handle, feedback")
        if states and not states & of_stage:
            return rows.where(false())
        states = states & of_stage if states else of_stage
    if states:
        rows = rows.where(case.state.in_(sorted(states)))
    for name in ("unit", "urgency", "number", "subject"):
        if query.get(name):
            rows = rows.where(getattr(case, name) == query[name])
    if query.get("open") in ("1", "true"):
        rows = rows.where(case.ended_at.is_(None))
    if query.get("overdue") in ("1", "true"):
        rows = rows.where(case.due_at < now, case.ended_at.is_(None))
    return rows


def column_page(
    session: Session, rows: Select[Any], moment: Column[Any], key: Column[Any], query: Mapping[str, str]
) -> tuple[Sequence[Any], str | None]:
    """Return one page of the rows of a table, the latest first, and the cursor of the next one."""
    limit = _limit(query.get("limit", "50"))
    if query.get("after"):
        at, last = _read_cursor(query["after"])
        rows = rows.where(or_(moment < at, and_(moment == at, key < last)))
    found = session.execute(rows.order_by(moment.desc(), key.desc()).limit(limit + 1)).all()
    more = len(found) > limit
    last_row = found[limit - 1]._mapping if more else {}  # noqa: SLF001 - rows are read by their columns so
    return found[:limit], _cursor(last_row[moment], last_row[key]) if more else None


def _after(rows: Select[Any], case: Any, sort: str, cursor: str) -> Select[Any]:
    if not cursor:
        return rows
    moment, last = _read_cursor(cursor)
    column = getattr(case, sort.removeprefix("-"))
    if sort.startswith("-"):
        return rows.where(or_(column < moment, and_(column == moment, case.id < last)))
    return rows.where(or_(column > moment, and_(column == moment, case.id > last)))


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        value, last = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(value).astimezone(UTC), str(last)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise _wrong("after", "分页游标无效", "not a cursor of this list") from None


def _cursor(moment: datetime, last: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([moment.isoformat(), last])).decode().rstrip("=")


def _limit(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(MOST)) or not 1 <= int(text) <= MOST:
        raise _wrong("limit", f"应为 1 到 {MOST} 的整数", f"a whole number from 1 to {MOST}")
    return int(text)


def _wrong(name: str, zh: str, en: str) -> ProblemError:
    return ProblemError(
        400,
        "bad-query",
        f"查询参数 {name} 有误",
        f"Query parameter {name!r} is wrong",
        errors=[{"pointer": f"?{name}", "zh": zh, "en": en}],
    )
