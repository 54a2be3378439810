"""What a service has done in a month, a quarter or a year: its cases by cause, money in and out, each step, who took how many.

GET /month, /api/v1/month    ?month=2026-11 for a month, 2026-Q4 for a quarter, 2026 for a year; with `as=csv` or `as=xlsx` a
                             file for a spreadsheet

Steps and people are counted from the timeline, amounts by the day on which each came, so that whatever is counted can be
looked up on a case; the figures of a case are those that `chassis.figures` keeps, here of the cases that ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, render_template, request
from sqlalchemy import distinct, func, select

from chassis import downloads, figures, moments, pages, web
from chassis.access import Principal
from chassis.listing import period
from chassis.problems import ProblemError
from chassis.workcalendar import local, local_date
from chassis.workflow import UNMANNED, Role

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

    from chassis.blueprint import Blueprint

_READ: Final = (Role.HANDLER, Role.REVIEWER, Role.LEADER, Role.INSPECTOR)

#: The door, as OpenAPI describes it.
OPERATION: Final[tuple[str, str, dict[str, Any]]] = (
    "/api/v1/month",
    "get",
    {
        "summary": "What was done in a month, a quarter or a year: cases by cause, amounts, steps, people",
        "parameters": [
            {"in": "query", "name": "month", "schema": {"type": "string", "example": "2026-11"}},
            {"in": "query", "name": "as", "schema": {"type": "string", "enum": ["json", "csv", "xlsx"]}},
        ],
        "responses": {
            "200": {"description": "month, begins, quarter, cases, rates, causes, sums, figures, steps, people"}
        },
    },
)


#: A service's rule: of the figures of the cases that ended in a period, and of those a year before, by name, it makes
#: rates: Chinese and English name, per cent or None, and which way is better, `more` or `fewer`.
Rates = Callable[[Mapping[str, Decimal], Mapping[str, Decimal]], Iterable[tuple[str, str, Decimal | None, str]]]


def routes(rates: Rates | None = None) -> Routes:
    """Return the doors; `rates` are the service's own."""
    found = Routes("month", __name__)

    @found.get("/api/v1/month")
    def counted() -> Response:
        shown = _counted(web.staff(), rates)
        match request.args.get("as"):
            case "csv":
                return downloads.as_csv(rows(shown), f"month-{shown['month']}")
            case "xlsx":
                return downloads.as_excel(rows(shown), f"month-{shown['month']}", (34, 14, 10, 22))
        return web.answer(shown)

    @found.get("/month")
    def page() -> AnyResponse | str:
        who = web.staff_on_page()
        if not isinstance(who, Principal):
            return who
        return render_template("month.html", **_counted(who, rates))

    return found


def _counted(who: Principal, rates: Rates | None) -> dict[str, Any]:
    if not who.has(*_READ):
        raise ProblemError(
            403,
            "not-permitted",
            "月度统计含个人办理数量，供承办、审核、领导和督查人员查阅",
            "It says who has done how much: for handlers, reviewers, leaders and inspectors",
        )
    first, after = period(request.args.get("month", ""))
    begins, ends = local(first).astimezone(UTC), local(after).astimezone(UTC)
    # A period that is not over yet is held against as much of the year before.
    so_far = min(after, max(first, local_date(moments.now()) + timedelta(days=1)))
    was_begun, was_over = (local(a_year_before(day)).astimezone(UTC) for day in (first, so_far))
    spec = web.door().blueprint
    case, log = spec.case, spec.store.timeline.c
    mine: list[ColumnElement[bool]] = []
    if not who.stands_for("*"):
        mine.append(case.unit.in_(["", *sorted(who.units)]))
    # Whatever has an entry in the month was changed in it or later.
    done = select(log.trigger, log.actor_name, log.case_id).join(case, case.id == log.case_id)
    done = done.where(case.updated_at >= begins, log.at >= begins, log.at < ends, *mine)
    rows = done.where(log.trigger != "opened").subquery().c
    people = done.where(log.role.not_in([role.value for role in UNMANNED]), log.actor_name != "").subquery().c
    with web.door().database.read() as session:
        opened = (*mine, case.opened_at >= begins, case.opened_at < ends)
        ended = (*mine, case.ended_at >= begins, case.ended_at < ends)
        counted = figures.of_cases(session, spec, *ended)
        ended_before = (*mine, case.ended_at >= was_begun, case.ended_at < was_over)
        said = rates(_totals(counted), _totals(figures.of_cases(session, spec, *ended_before))) if rates else ()
        return {
            "month": _said(first, after),
            "begins": f"{first:%Y-%m}",
            "quarter": quarter_of(first),
            "cases": {
                "opened": _count(session, case, *opened),
                "opened_before": _count(session, case, *mine, case.opened_at >= was_begun, case.opened_at < was_over),
                "ended": _count(session, case, *ended),
                "open": _count(session, case, *mine, case.ended_at.is_(None)),
            },
            "rates": [
                {"label": {"zh": zh, "en": en}, "percent": percent, "better": better}
                for zh, en, percent, better in said
            ],
            "causes": _causes(session, spec, opened, ended),
            "sums": _amounts(spec, figures.of_months(session, spec, first, after, *mine)),
            "figures": _amounts(spec, counted),
            "steps": _grouped(session, rows.trigger, rows.case_id),
            "people": _grouped(session, people.actor_name, people.case_id),
        }


def quarter_of(day: date) -> str:
    """Return the quarter that a day lies in, as in 2026-Q4."""
    return f"{day:%Y}-Q{(day.month + 2) // 3}"


def _said(first: date, after: date) -> str:
    """Return how a period is asked for that begins on the first of a month."""
    months = (after.year - first.year) * 12 + after.month - first.month
    return {1: f"{first:%Y-%m}", 3: quarter_of(first)}.get(months, f"{first:%Y}")


def _count(session: Session, case: Any, *conditions: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.count()).select_from(case).where(*conditions)) or 0)


def _grouped(session: Session, by: ColumnElement[Any], case_id: ColumnElement[Any]) -> list[dict[str, Any]]:
    asked = select(by, func.count(), func.count(distinct(case_id))).group_by(by).order_by(func.count().desc(), by)
    return [{"name": name, "times": times, "cases": cases} for name, times, cases in session.execute(asked)]


def _causes(session: Session, spec: Blueprint, opened: Any, ended: Any) -> list[dict[str, Any]]:
    """Count the cases that were opened and that ended by what they are about, the most frequent first."""
    case, found = spec.case, dict[str, dict[str, int]]()
    by = getattr(case, spec.cause, None)
    by = case.details[spec.cause].as_string() if by is None else by
    for name, conditions in (("opened", opened), ("ended", ended)):
        asked = select(func.coalesce(by, "").label("cause"), func.count()).select_from(case).where(*conditions)
        for cause, count in session.execute(asked.group_by("cause")):
            found.setdefault(cause, {"opened": 0, "ended": 0})[name] += count
    rows = [{"name": cause, **counts} for cause, counts in found.items()]
    return sorted(rows, key=lambda row: (-row["opened"], -row["ended"], row["name"]))


def _amounts(spec: Blueprint, counted: figures.Counted) -> list[dict[str, Any]]:
    """Return figures as the doors show them, in the order in which the service names them; the ends of cases come first."""
    own = figures.declared(spec.folder)
    places = {name: place for place, name in enumerate(own)}
    return [
        {
            "name": name,
            "of": of,
            "by": own[name].by if name in own else "end",
            "amount": str(Decimal(amount) / figures.HUNDREDTHS),
            "unit": own[name].unit if name in own else "",
            "label": {"zh": own[name].zh, "en": own[name].en} if name in own else {"zh": "办结方式", "en": "Ends"},
        }
        for (name, of), amount in sorted(counted.items(), key=lambda row: (places.get(row[0][0], -1), row[0][1]))
    ]


def _totals(counted: figures.Counted) -> dict[str, Decimal]:
    """Add figures up by name, whatever they are told apart by."""
    found: dict[str, Decimal] = {}
    for (name, _), amount in counted.items():
        found[name] = found.get(name, Decimal(0)) + Decimal(amount) / figures.HUNDREDTHS
    return found


def a_year_before(day: date) -> date:
    """Return the same day a year before; of a leap day the one behind, since periods end with the day before."""
    leap_day = (day.month, day.day) == (2, 29)
    return date(day.year - 1, 3, 1) if leap_day else day.replace(year=day.year - 1)


def rows(shown: dict[str, Any]) -> list[list[Any]]:
    """Return the whole report as rows under one head, in Chinese."""
    terms = pages.terms()

    def named(value: str, by: str = "category") -> str:
        return pages.shown(value.rpartition(".")[2], terms, "zh", by) if value else "未填写"

    def amount(row: Mapping[str, Any], when: str) -> list[Any]:
        unit = "元" if row["unit"] == "yuan" else row["unit"]
        title = row["label"]["zh"] + (f"（{named(row['of'], row['by'])}）" if row["of"] else "")
        return [title, Decimal(row["amount"]), "", when + (f"（{unit}）" if unit else "")]

    kinds = (("opened", "本期新收"), ("opened_before", "上年同期新收"), ("ended", "本期办结"), ("open", "目前在办"))
    ways = {"more": "越高越好", "fewer": "越低越好"}
    about = "事由（新收、办结）"
    return [
        ["项目", "次数", "案件数", shown["month"]],
        *([said, "", shown["cases"][name], ""] for name, said in kinds),
        *([named(row["name"]), row["opened"], row["ended"], about] for row in shown["causes"]),
        *([row["label"]["zh"], row["percent"], "", f"%（{ways[row['better']]}）"] for row in shown["rates"]),
        *(amount(row, "本期发生") for row in shown["sums"]),
        *(amount(row, "本期办结案件") for row in shown["figures"]),
        *([terms.trigger(row["name"], "zh"), row["times"], row["cases"], "步骤"] for row in shown["steps"]),
        *([row["name"], row["times"], row["cases"], "人员"] for row in shown["people"]),
    ]
