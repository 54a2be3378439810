"""The register of committees and their mediators at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from chassis import moments, registers, web
from chassis.listing import period
from chassis.problems import not_found
from chassis.views import when
from chassis.wire import plain
from chassis.workcalendar import local_date
from services.mediation import register, rules, schemas

if TYPE_CHECKING:
    from chassis.access import Principal


def _listed() -> dict[str, Any]:
    now = moments.now()
    with web.door().database.read() as session:
        rows = register.Register(session, now).committees()
        items = [{**row, "changed_at": when(row["changed_at"]), **rules.standing(row, local_date(now))} for row in rows]
        first, after = period(request.args.get("month", ""))
        return {"items": items, "month": f"{first:%Y-%m}", "counted": register.month_of(session, first, after)}


def _found(name: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = _listed()["items"]
    for row in items:
        if row["name"] == name:
            return row
    raise not_found("没有这个调解委员会", "There is no such committee")


def _put(who: Principal, asked: dict[str, Any]) -> None:
    with web.door().database.write() as session:
        register.put(session, asked, plain(asked["people"]), by=who.name, now=moments.now())


REGISTER: Final = registers.Register(
    at="committees",
    one="committee",
    heading="Committees",
    add="Register a committee",
    zh="调解委员会名册",
    one_zh="调解委员会",
    form=schemas.CommitteeForm,
    listed=_listed,
    found=_found,
    put=_put,
    asks=({"in": "query", "name": "month", "schema": {"type": "string", "example": "2026-11"}},),
)
