"""Who gets relief month by month, at the desk: the roster of recipients, a month's payment, its list for the bank, its figures.

GET  /api/v1/recipients?month=2026-12      recipients of a month, masked, with totals and what the month brought
POST /api/v1/recipients/payments           records the month's payment of all that are due
GET  /api/v1/recipients.csv?month=&purpose=  the payment list with names, once it is on record who takes it and what for
GET  /recipients; POST /recipients
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, redirect, render_template, request
from sqlalchemy import insert

from chassis import moments, pages, web
from chassis.access import Principal
from chassis.acting import Action
from chassis.forms import by_pointer, loaded, parse_form
from chassis.masking import redact
from chassis.pages import language
from chassis.privacy import RevealLogged
from chassis.problems import ProblemError, invalid
from chassis.registers import WRONG
from chassis.sheets import harmless
from chassis.wire import new_id
from chassis.work import Work
from chassis.workcalendar import local_date
from chassis.workflow import Role
from services.relief import register, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from werkzeug.wrappers import Response as AnyResponse

routes = Routes("recipients", __name__)

_READ: Final = (Role.HANDLER, Role.REVIEWER, Role.LEADER, Role.INSPECTOR)
_PAY: Final = (Role.HANDLER,)
_MONTH: Final = re.compile(r"20\d{2}-(0[1-9]|1[0-2])\Z")
_PURPOSE: Final = range(2, 501)
_COLUMNS: Final = (
    *("序号", "月份", "案件编号", "救助类型", "户主姓名", "证件号码后四位", "账号后四位", "人数", "金额（元）"),
    *("是否已发", "领取人签名"),
)
_IN_MONTH: Final[dict[str, Any]] = {
    "in": "query",
    "name": "month",
    "schema": {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"},
}

#: The roster's part of the API, as OpenAPI describes it.
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/recipients",
        "get",
        {
            "summary": "Who gets dibao or 特困供养 in a month, masked, with totals and the month's figures",
            "parameters": [_IN_MONTH],
            "responses": {"200": {"description": "month, items, totals, figures"}},
        },
    ),
    (
        "/api/v1/recipients/payments",
        "post",
        {
            "summary": "Record the payment of a month for all that are due and not paid yet",
            "requestBody": {"content": {"application/json": {"schema": schemas.MonthRun}}},
            "responses": {
                "200": {"description": "How many were recorded, and which were not and why"},
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
    asked = request.args.get("month") or local_date(moments.now()).strftime("%Y-%m")
    if not _MONTH.match(asked):
        raise invalid([{"pointer": "?month", "zh": "月份应为 2026-12 这样的格式", "en": "A month such as 2026-12"}])
    return asked


def _rows(who: Principal, month: str) -> list[dict[str, Any]]:
    with web.door().database.read() as session:
        return [row for row in register.recipients(session, month) if web.sees(who, row["unit"])]


def _overview(who: Principal, month: str) -> dict[str, Any]:
    rows = _rows(who, month)
    today = local_date(moments.now()).isoformat()
    with web.door().database.read() as session:
        figures = register.figures(session, month)
    return {
        "month": month,
        "items": [
            {**rules.masked(row), "overdue": bool(row["verify_by"]) and row["verify_by"] < today} for row in rows
        ],
        "totals": rules.totals(rows),
        "figures": figures,
    }


def _pay(who: Principal, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Record the payment of a month: each household by its own step, so that none is paid twice. Raises ProblemError."""
    asked = loaded(schemas.MonthRun, posted)
    due = [row for row in _rows(who, asked["month"]) if not row["paid"]]
    form = {name: str(value) for name, value in asked.items()}
    actions = [
        Action(case_id=row["case_id"], trigger="month_paid", form={**form, "amount": str(row["amount"])}) for row in due
    ]
    results = web.door().acting.many(who, actions) if actions else []
    failed = [
        {"case_id": row["case_id"], "number": row["number"], "problem": result["problem"]}
        for row, result in zip(due, results, strict=True)
        if "problem" in result
    ]
    return {"month": asked["month"], "recorded": len(results) - len(failed), "failed": failed}


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
    rows = _rows(who, month)
    _put_on_record(who, purpose, f"{month} 发放名册 {len(rows)} 户")
    response = Response("\ufeff" + _csv(rows, month), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename=recipients-{month}.csv"
    response.headers["Cache-Control"] = "no-store"
    return response


def _csv(rows: Iterable[Mapping[str, Any]], month: str) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    for place, row in enumerate(rows, 1):
        cells = (
            *(place, month, row["number"], rules.said(row["relief"]), row["name"], row["id_last_four"]),
            *(row["account"], row["heads"], row["amount"], "是" if row["paid"] else "否", ""),
        )
        writer.writerow([harmless(str(cell)) for cell in cells])
    return file.getvalue()


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
    more = f"&failed={len(done['failed'])}" if done["failed"] else ""
    return redirect(pages.here(f"/recipients?month={done['month']}&recorded={done['recorded']}{more}"), 303)


def _page(who: Principal, month: str, **more: Any) -> str:
    today = local_date(moments.now())
    said: dict[str, Any] = {
        "entered": {"month": month, "paid_on": today},
        "problems": {},
        "recorded": request.args.get("recorded", ""),
        "failed": request.args.get("failed", ""),
        **more,
    }
    return render_template(
        "recipients.html", **_overview(who, month), schema=schemas.MonthRun, may_pay=who.has(*_PAY), **said
    )
