"""Lists of cases: filtered, sorted, in keyset pages that stay fast however long the list."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import false, literal, select, text, tuple_
from sqlalchemy.orm import defer

from chassis import moments
from chassis.problems import ProblemError
from chassis.workcalendar import local, local_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Row, Select
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.workflow import Workflow

MOST = 200
#: Cases are counted up to here; whether there are a thousand or a million, nobody reads them all.
COUNTED = 1000
#: So many lines are held against a condition that no index answers, for one page.
WALKED = 10_000
#: What the list of every service may be narrowed by, and what else it may be asked.
NARROWING = ("state", "stage", "unit", "urgency", "number", "subject", "open", "overdue", "opened_from", "opened_to")
PAGING = ("sort", "limit", "after", "count", "actions")
_SORTS = ("-opened_at", "opened_at", "due_at")
#: So much of a wrong value is said back.
_ECHOED = 40
_FIRST, _LAST = date(1900, 1, 1), date(9000, 1, 1)
_YEAR_DIGITS = 4
#: How a quarter is written after its year, and its first month.
_QUARTERS = {f"-Q{number}": 3 * number - 2 for number in range(1, 5)}
_ANSWERS = {"1": True, "true": True, "": False, "0": False, "false": False}


@dataclass(frozen=True, slots=True)
class Walked:
    """A condition that no index answers: it is held against line after line, for one page against `WALKED` at the most.

    `on` makes it out of the column that holds the case's id.
    """

    on: Callable[[ColumnElement[str]], ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a service's list may also be narrowed by: `?<name>=<value>`.

    `choices` are the values that it may have, each with its word in the catalogue; those of a flag are 1 and 0.
    `where` makes the condition out of the session, the cases and the value; without it the column of that name has
    the value. It may raise ProblemError for a value that makes no sense.
    """

    name: str
    choices: Mapping[str, str] = field(default_factory=dict)
    flag: bool = False
    where: Callable[[Session, Any, str], ColumnElement[bool] | Walked] | None = None

    def condition(self, session: Session, case: Any, value: str) -> ColumnElement[bool] | Walked | None:
        """Return the condition that a value stands for; raises ProblemError for one that it may not have."""
        if self.flag and not _yes(self.name, value):
            return None
        if self.choices and value not in self.choices:
            raise wrong(self.name, f"没有这个取值: {value[:_ECHOED]}", f"one of {', '.join(self.choices)}")
        if self.where is not None:
            return self.where(session, case, value)
        condition: ColumnElement[bool] = getattr(case, self.name) == (self.flag or value)
        return condition


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows, the cursor of the next one if there is one, and how many there are in all, if that is known.

    A page that was walked may hold fewer rows than asked for, or none, and yet have a next one: `back_to` says how far
    back it was looked then. `count` goes no further than `COUNTED`.
    """

    rows: list[Any]
    next: str | None
    count: int | None = None
    back_to: datetime | None = None


def page(
    session: Session,
    case: Any,
    workflow: Workflow,
    query: Mapping[str, str],
    principal: Principal,
    now: datetime,
    filters: tuple[Filter, ...] = (),
) -> Page:
    """Return one page. `query`: what `narrowed` reads, and sort, limit, after, count, actions.

    The details of a case, by far the most of it, are read for its actions only.
    Raises ProblemError when the query makes no sense.
    """
    limit, sort = page_size(query.get("limit", "50")), _sort(query, workflow)
    name = sort.removeprefix("-")
    rows, walked = narrowed(session, case, workflow, query, principal, now, filters)
    if name == "due_at":
        rows = rows.where(case.due_at.is_not(None), case.ended_at.is_(None))
    # The keys alone first: an index that holds all that is asked for finds them without a look at the lines.
    keys = _after(rows, case, sort, query.get("after", "")).with_only_columns(case.id, getattr(case, name))
    keys = keys.order_by(*_order(keys.selected_columns, sort))
    if session.get_bind().dialect.name == "postgresql":
        # It takes a walk along an index for as dear as reading the whole table, which is seven times as dear.
        session.execute(text("SET LOCAL enable_seqscan = off"))
    counts = _yes("count", query.get("count", "")) and not query.get("after") and not walked
    found = _found(session, keys, walked, sort, max(limit, COUNTED) + 1 if counts else limit + 1)
    here, edge = found[:limit], None
    if walked and len(found) <= limit:
        # Less than a page was found, but perhaps not all was looked at.
        edge = session.execute(keys.offset(WALKED - 1).limit(1)).one_or_none()
    last = here[-1] if len(found) > limit else edge
    return Page(
        _rows(session, case, [key.id for key in here], whole=bool(query.get("actions"))),
        cursor_at(getattr(last, name), last.id) if last is not None else None,
        min(len(found), COUNTED + 1) if counts else None,
        getattr(edge, name) if edge is not None else None,
    )


def _found(session: Session, keys: Select[Any], walked: Sequence[Walked], sort: str, most: int) -> Sequence[Row[Any]]:
    if walked:
        some = keys.limit(WALKED).subquery()
        fitting = select(some).where(*(one.on(some.c.id) for one in walked))
        keys = fitting.order_by(*_order(some.c, sort))
    return session.execute(keys.limit(most)).all()


def _rows(session: Session, case: Any, ids: Sequence[str], *, whole: bool) -> list[Any]:
    rows = select(case) if whole else select(case).options(defer(case.details, raiseload=True))
    known = {row.id: row for row in session.scalars(rows.where(case.id.in_(ids)))} if ids else {}
    return [known[one] for one in ids if one in known]


def _order(columns: Any, sort: str) -> tuple[ColumnElement[Any], ...]:
    keys = (columns[sort.removeprefix("-")], columns["id"])
    return tuple(key.desc() for key in keys) if sort.startswith("-") else keys


def narrowed(
    session: Session,
    case: Any,
    workflow: Workflow,
    query: Mapping[str, str],
    principal: Principal,
    now: datetime,
    filters: tuple[Filter, ...] = (),
) -> tuple[Select[Any], list[Walked]]:
    """Select the cases that a person may see and has asked for; what no index answers stands beside.

    `query`: state, stage, unit, urgency, number, subject, open, overdue, opened_from, opened_to (days in
    Asia/Shanghai, both included), and the service's own filters, which come first.
    Raises ProblemError when the query makes no sense.
    """
    rows, walked = _in_state(select(case), case, workflow, query), []
    for own in filters:
        condition = own.condition(session, case, query[own.name]) if query.get(own.name) else None
        if isinstance(condition, Walked):
            walked.append(condition)
        elif condition is not None:
            rows = rows.where(condition)
    for name in {"unit", "urgency", "number", "subject"} - {own.name for own in filters}:
        if query.get(name):
            rows = rows.where(getattr(case, name) == query[name])
    if _yes("open", query.get("open", "")):
        rows = rows.where(case.ended_at.is_(None))
    if _yes("overdue", query.get("overdue", "")):
        rows = rows.where(case.due_at < now, case.ended_at.is_(None))
    if not principal.stands_for("*"):
        rows = rows.where(case.unit.in_(["", *sorted(principal.units)]))
    return _opened(rows, case, query), walked


def _sort(query: Mapping[str, str], workflow: Workflow) -> str:
    sort = query.get("sort") or "-opened_at"
    if sort not in _SORTS:
        raise wrong("sort", f"可用的排序：{'、'.join(_SORTS)}", f"one of {', '.join(_SORTS)}")
    states = {state for state in query.get("state", "").split(",") if state}
    if sort == "due_at" and states and states <= workflow.ends:
        raise wrong("sort", "已办结的没有到期先后，请换一种排序", "what has ended is due no more: sort it otherwise")
    return sort


def _in_state(rows: Select[Any], case: Any, workflow: Workflow, query: Mapping[str, str]) -> Select[Any]:
    states = {state for state in query.get("state", "").split(",") if state}
    unknown = states - {*workflow.states}
    if unknown:
        raise wrong("state", f"没有这个状态: {', '.join(sorted(unknown))}", f"one of {', '.join(workflow.states)}")
    if query.get("stage"):
        of_stage = {state for state, stage in workflow.stages.items() if stage == query["stage"]}
        if not of_stage:
            raise wrong("stage", "没有这个环节", "one of collect, analyse, handle, feedback")
        if states and not states & of_stage:
            return rows.where(false())
        states = states & of_stage if states else of_stage
    if not states:
        return rows
    if not states & workflow.ends:
        # Few of many are open: an index of those alone serves them all, in any order.
        rows = rows.where(case.ended_at.is_(None))
    [only, *more] = sorted(states)
    return rows.where(case.state.in_([only, *more]) if more else case.state == only)


def _opened(rows: Select[Any], case: Any, query: Mapping[str, str]) -> Select[Any]:
    first, last = (_day(name, query.get(name, "")) for name in ("opened_from", "opened_to"))
    if first and last and first > last:
        raise wrong("opened_to", "截止日期早于起始日期", "a day before opened_from")
    if first:
        rows = rows.where(case.opened_at >= midnight(first))
    if last:
        rows = rows.where(case.opened_at < midnight(last + timedelta(days=1)))
    return rows


def _day(name: str, text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = date.min
    if found is not None and not _FIRST <= found <= _LAST:
        raise wrong(name, "应为日期，如 2026-03-01", "a day such as 2026-03-01")
    return found


def period(text: str) -> tuple[date, date]:
    """Return the first day of a month, a quarter or a year, and of the next one; of this month where none is said. Raises ProblemError."""
    year, quarter = text[:_YEAR_DIGITS], _QUARTERS.get(text[_YEAR_DIGITS:])
    if year == text and len(text) == _YEAR_DIGITS:
        month, months = f"{year}-01", 12
    elif quarter:
        month, months = f"{year}-{quarter:02}", 3
    else:
        month, months = text, 1
    said = (
        "应为月份、季度或者年份，如 2026-11、2026-Q4、2026",
        "a month, a quarter or a year, such as 2026-11, 2026-Q4 or 2026",
    )
    first = first_of_month(month, said)
    years, months = divmod(first.month - 1 + months, 12)
    return first, date(first.year + years, months + 1, 1)


def first_of_month(text: str, said: tuple[str, str] = ("应为月份，如 2026-11", "a month such as 2026-11")) -> date:
    """Return the first day of a month, of this one where none is said. Raises ProblemError with what it should have been."""
    try:
        first = date.fromisoformat(f"{text}-01") if text else local_date(moments.now()).replace(day=1)
    except ValueError:
        first = date.min
    if not _FIRST <= first <= _LAST:
        raise wrong("month", *said)
    return first


def midnight(day: date) -> datetime:
    """Return when a day begins in Asia/Shanghai."""
    return local(day).astimezone(UTC)


def _yes(name: str, text: str) -> bool:
    if text not in _ANSWERS:
        raise wrong(name, "应为 1 或 0", "1 or 0")
    return _ANSWERS[text]


def column_page(
    session: Session, rows: Select[Any], moment: Column[Any], key: Column[Any], query: Mapping[str, str]
) -> tuple[Sequence[Any], str | None]:
    """Return one page of the rows of a table, the latest first, and the cursor of the next one."""
    limit = page_size(query.get("limit", "50"))
    if query.get("after"):
        rows = rows.where(beyond(moment, key, query["after"], down=True))
    found = session.execute(rows.order_by(moment.desc(), key.desc()).limit(limit + 1)).all()
    more = len(found) > limit
    last_row = found[limit - 1]._mapping if more else {}  # noqa: SLF001 - rows are read by their columns so
    return found[:limit], cursor_at(last_row[moment], last_row[key]) if more else None


def _after(rows: Select[Any], case: Any, sort: str, cursor: str) -> Select[Any]:
    if not cursor:
        return rows
    return rows.where(beyond(getattr(case, sort.removeprefix("-")), case.id, cursor, down=sort.startswith("-")))


def beyond(column: Any, key: Any, cursor: str, *, down: bool) -> ColumnElement[bool]:
    """Return the condition for what follows a cursor in the order of a moment and a key. Raises ProblemError."""
    try:
        value, last = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment, last = datetime.fromisoformat(value).astimezone(UTC), str(last)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise wrong("after", "分页游标无效", "not a cursor of this list") from None
    # As one row value (SQL:1992), not as an OR: only so an index is entered at the mark, however deep it lies.
    here, mark = tuple_(column, key), tuple_(literal(moment, column.type), literal(last, key.type))
    return here < mark if down else here > mark


def cursor_at(moment: datetime, last: str) -> str:
    """Return the cursor of the page that follows a case of that time and id."""
    return base64.urlsafe_b64encode(orjson.dumps([moment.isoformat(), last])).decode().rstrip("=")


def page_size(text: str) -> int:
    """Return how many rows a page is asked to hold. Raises ProblemError."""
    if not text.isdecimal() or len(text) > len(str(MOST)) or not 1 <= int(text) <= MOST:
        raise wrong("limit", f"应为 1 到 {MOST} 的整数", f"a whole number from 1 to {MOST}")
    return int(text)


def wrong(name: str, zh: str, en: str) -> ProblemError:
    """Make the answer to a query parameter that makes no sense."""
    return ProblemError(
        400,
        "bad-query",
        f"查询参数 {name} 有误",
        f"Query parameter {name!r} is wrong",
        errors=[{"pointer": f"?{name}", "zh": zh, "en": en}],
    )
