"""Who gets relief month by month, at the desk: the roster of recipients, a month's payment, its list for the bank, its figures.

GET  /api/v1/recipients?month=2026-12&after=&limit=  a page of a month's recipients, masked; totals, what the month brought
POST /api/v1/recipients/payments?after=    records the month's payment of so many that are due; `next` says from where on
GET  /api/v1/recipients.csv?month=&purpose=  the payment list with names, once it is on record who takes it and what for
GET  /recipients; POST /recipients

Nothing here reads all households at once: they are added up by the database, shown and paid page by page, and the list is
sent while it is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from flask import Blueprint as Routes
from flask import Response, redirect, render_template, request
from sqlalchemy import insert

from chassis import downloads, moments, pages, web
from chassis.access import Principal
from chassis.acting import Action
from chassis.forms import by_pointer, loaded, parse_form
from chassis.listing import MOST, first_of_month, page_size, wrong
from chassis.masking import redact
from chassis.pages import language
from chassis.privacy import RevealLogged
from chassis.problems import ProblemError, invalid
from chassis.registers import WRONG
from chassis.wire import new_id
from chassis.work import Work
from chassis.workcalendar import local_date
from chassis.workflow import Role
from services.relief import benefits, register, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from werkzeug.wrappers import Response as AnyResponse

    from chassis.database import Database

routes = Routes("recipients", __name__)

_READ: Final = (Role.HANDLER, Role.REVIEWER, Role.LEADER, Role.INSPECTOR)
_PAY: Final = (Role.HANDLER,)
_PURPOSE: Final = range(2, 501)
#: So many households are paid by one request, and read at once for the list.
_AT_ONCE: Final = 500
_ENTERING: Final = (
    "升级后台账还在整理，名册不全：请几分钟后再导出",
    "Households are still being entered after an upgrade, the list would lack some: take it in some minutes",
)
_ID: Final = re.compile(r"[0-9a-f-]{0,40}\Z")
_COLUMNS: Final = (
    *("序号", "月份", "案件编号", "救助类型", "户主姓名", "证件号码后四位", "账号后四位", "人数", "金额（元）"),
    *("是否已发", "领取人签名"),
)
_IN_MONTH: Final[dict[str, Any]] = {
    "in": "query",
    "name": "month",
    "schema": {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"},
}
_AFTER: Final[dict[str, Any]] = {"in": "query", "name": "after", "schema": {"type": "string"}}

#: The roster's part of the API, as OpenAPI describes it.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/recipients",
        "get",
        {
            "summary": "Who gets dibao or 特困供养 in a month, page by page, masked, with totals; with the first page the month's figures",
            "parameters": [
                _IN_MONTH,
                _AFTER,
                {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": MOST}},
            ],
            "responses": {
                "200": {
                    "description": "month, items, next, totals, figures; whole: false while households are still entered after an upgrade"
                }
            },
        },
    ),
    (
        "/api/v1/recipients/payments",
        "post",
        {
            "summary": "Record the payment of a month for those that are due and not paid yet, 500 at a time",
            "parameters": [_AFTER],
            "requestBody": {"content": {"application/json": {"schema": schemas.MonthRun}}},
            "responses": {
                "200": {
                    "description": "recorded: how many; failed: which were not, and why; left: how many are due;"
                    " next: `after` for the next ones"
                },
                "422": {"description": "What is wrong", **WRONG},
            },
        },
    ),
    (
        "/api/v1/recipients.csv",
        "get",
        {
            "summary": "The payment list of a month with names; who took it and for what is on record",
            "parameters": [
                _IN_MONTH,
                {"in": "query", "name": "purpose", "required": True, "schema": {"type": "string", "minLength": 2}},
            ],
            "responses": {"200": {"description": "The list", "content": {"text/csv": {}}}},
        },
    ),
]


def _permitted(*roles: Role) -> Principal:
    return web.permitted(
        *roles,
        zh="发放台账供承办、审核、领导和督查人员查阅；登记发放、导出含姓名的发放名单限承办人员",
        en="The roster is for handlers, reviewers, leaders and inspectors; handlers record payments and take the list",
    )


def _month() -> str:
    return f"{first_of_month(request.args.get('month', '')):%Y-%m}"


def _units(who: Principal) -> list[str] | None:
    return None if who.stands_for("*") else sorted(who.units)


def _cursor() -> str:
    after = request.args.get("after", "")
    if not _ID.match(after):
        raise wrong("after", "分页游标无效", "not a cursor of this list")
    return after


def _overview(who: Principal, month: str) -> dict[str, Any]:
    """Give a page of a month's roster; with the first one what the month brought."""
    today, after, limit = local_date(moments.now()).isoformat(), _cursor(), page_size(request.args.get("limit", "50"))
    with web.door().database.look() as session:
        rows, following = register.recipients(session, month, units=_units(who), after=after, most=limit)
        totals = register.totals(session, month, units=_units(who))
        figures = [] if after else register.figures(session, month)
        whole = register.is_whole(session)
    items = [{**benefits.masked(row), "overdue": bool(row["verify_by"]) and row["verify_by"] < today} for row in rows]
    return {
        "month": month,
        "items": items,
        "next": following,
        "totals": totals,
        "figures": figures,
        "whole": whole,
    }


def _pay(who: Principal, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Record the payment of a month for so many households, each by its own step, so that none is paid twice.

    `left` are due after that; `next` is where the next ones begin. Raises ProblemError.
    """
    asked, units, after = loaded(schemas.MonthRun, posted), _units(who), _cursor()
    with web.door().database.read() as session:
        due = register.due(session, asked["month"], units=units, after=after, most=_AT_ONCE + 1)
    form = {name: str(value) for name, value in asked.items()}
    some = due[:_AT_ONCE]
    actions = [
        Action(case_id=row["case_id"], trigger="month_paid", form={**form, "amount": str(row["amount"])})
        for row in some
    ]
    results = web.door().acting.many(who, actions) if actions else []
    failed = [
        {"case_id": row["case_id"], "number": row["number"], "problem": result["problem"]}
        for row, result in zip(some, results, strict=True)
        if "problem" in result
    ]
    with web.door().database.read() as session:
        left = register.totals(session, asked["month"], units=units)["unpaid_households"]
    return {
        "month": asked["month"],
        "recorded": len(results) - len(failed),
        "failed": failed,
        "left": left,
        "next": some[-1]["case_id"] if len(due) > _AT_ONCE else None,
    }


# -- for programs ---------------------------------------------------------------


@routes.get("/api/v1/recipients")
def list_recipients() -> Response:
    """List the recipients of a month, masked."""
    return web.answer(_overview(_permitted(*_READ), _month()))


@routes.post("/api/v1/recipients/payments")
def record_month() -> Response:
    """Record the payment of a month."""
    return web.answer(_pay(_permitted(*_PAY), web.json_body()))


@routes.get("/api/v1/recipients.csv")
@routes.get("/recipients.csv")
def payment_list() -> Response:
    """Send the payment list of a month with names, once it is on record who takes it and what for."""
    who, month = _permitted(*_PAY), _month()
    purpose = request.args.get("purpose", "").strip()
    if len(purpose) not in _PURPOSE or "\x00" in purpose:
        raise invalid([{"pointer": "?purpose", "zh": "请说明导出用途", "en": "State the purpose of the list"}])
    with web.door().database.read() as session:
        households, whole = register.totals(session, month, units=_units(who))["households"], register.is_whole(session)
    if not whole:
        raise invalid([{"pointer": "?month", "zh": _ENTERING[0], "en": _ENTERING[1]}])
    _put_on_record(who, purpose, f"{month} 发放名册 {households} 户")
    # The door is gone when the list is read.
    return downloads.as_csv_by_pages(_lines(web.door().database, month, _units(who)), f"recipients-{month}")


def _lines(database: Database, month: str, units: Iterable[str] | None) -> Iterator[list[tuple[Any, ...]]]:
    """Give the list piece by piece, each read by itself, so that a slow reader holds no transaction."""
    place = 0
    after: str | None = ""
    yield [_COLUMNS]
    while after is not None:
        with database.read() as session:
            rows, after = register.recipients(session, month, units=units, after=after, most=_AT_ONCE)
        yield [
            (
                *(number, month, row["number"], rules.said(row["relief"]), row["name"], row["id_last_four"]),
                *(row["account"], row["heads"], row["amount"], "是" if row["paid"] else "否", ""),
            )
            for number, row in enumerate(rows, place + 1)
        ]
        place += len(rows)


def _put_on_record(who: Principal, purpose: str, said: str) -> None:
    """Keep, and tell inspectors, who took a list with names; without this record nothing is sent."""
    at = web.door()
    with at.database.write() as session:
        work, taken = Work(session, at.blueprint, moments.now(), principal=who), new_id()
        session.execute(
            insert(at.blueprint.store.reveals),
            {"id": taken, "case_id": taken, "at": work.now, "by": who.id, "purpose": purpose},
        )
        told = RevealLogged(
            case_id=taken,
            number=said,
            unit="",
            what=["payment_list"],
            purpose=redact(purpose).text,
            by=who.id,
            by_name=who.name,
            at=work.now,
        )
        work.tell(told, taken)
        work.record()
    at.acting.wake()


# -- pages ------------------------------------------------------------------------


@routes.get("/recipients")
def recipients_page() -> AnyResponse | str:
    """Show the recipients of a month."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted(*_READ)
    return _page(who, _month())


@routes.post("/recipients")
def pay_on_page() -> AnyResponse | tuple[str, int]:
    """Record the payment of a month."""
    web.check_csrf()
    who = _permitted(*_PAY)
    entered = parse_form(schemas.MonthRun, request.form)
    try:
        done = _pay(who, entered)
    except ProblemError as problem:
        errors = problem.told()
        return _page(who, _month(), entered=entered, problems=by_pointer(errors, language())), problem.status
    said = {name: done[name] for name in ("month", "recorded", "left")} | {"failed": len(done["failed"])}
    if done["next"]:
        # The form goes on from there with what was entered.
        said |= {"from": done["next"], "paid_on": entered["paid_on"], "voucher_no": entered["voucher_no"]}
    return redirect(pages.here(f"/recipients?{urlencode(said)}"), 303)


def _page(who: Principal, month: str, **more: Any) -> str:
    today = local_date(moments.now())
    entered = {name: request.args.get(name, "") for name in ("paid_on", "voucher_no")}
    said: dict[str, Any] = {
        "entered": {"month": month, "paid_on": entered["paid_on"] or today, "voucher_no": entered["voucher_no"]},
        "problems": {},
        **{name: request.args.get(name, "") for name in ("recorded", "failed", "left", "from", "after")},
        **more,
    }
    return render_template(
        "recipients.html", **_overview(who, month), schema=schemas.MonthRun, may_pay=who.has(*_PAY), **said
    )
