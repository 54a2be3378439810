"""Made-up cases and an app to see the shared pages with: python -m tests.chassis.made_up_pages FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from flask import Flask, request
from marshmallow import Schema, fields, validate

import chassis
from chassis.access import Principal
from chassis.forms import explain_errors, parse_form
from chassis.handling import Conclusion, Contact, ExtensionRequest, ReturnRequest, Transfer
from chassis.pages import (
    CONTENT_POLICY,
    CasesPage,
    NavItem,
    register_pages,
    render_api_docs,
    render_case,
    render_cases,
    render_problem,
)
from chassis.schemas import FormSchema
from chassis.terms import Terms

CHASSIS = Path(chassis.__file__).parent
CSRF = "token-of-the-session"

WORDS = {
    "text": {
        "Wages": "工资支付",
        "Mediation": "人民调解",
        "As the site's roster says": "以工地考勤表为准",
    },
    "states": {"roster_due": "待核名册", "pay_order_due": "待责令支付", "ordered_to_pay": "已责令支付"},
    "triggers": {"roster_verified": "核实名册", "pay_ordered": "责令限期支付"},
    "fields": {
        "workers": "工人名册",
        "owed": "欠付金额",
        "months": "欠薪月份",
        "employer": "用人单位",
        "since": "起始日期",
        "inspected_at": "检查时间",
        "evidence": "证据",
        "photo": "照片",
        "agreed": "双方当场确认",
        "signed": "工人签字确认",
        "trade": "工种",
        "site": "工地",
        "credit_code": "统一社会信用代码",
        "sources": "证据来源",
        "remarks": "备注",
    },
    "clocks": {"investigation": "查处期限", "order_to_pay": "责令支付期限"},
    "values": {
        "carpenter": "木工",
        "mason": "瓦工",
        "other": "其他",
        "payroll": "工资单",
        "attendance": "考勤",
        "transfer": "转账记录",
        "witness": "证人证言",
        "wage_recovery": "欠薪",
    },
    "documents": {"order_to_pay": "责令支付通知书", "roster": "工人名册"},
}


class Worker(FormSchema):
    """One line of a roster."""

    name = fields.String(required=True, validate=validate.Length(1, 40))
    owed = fields.Decimal(required=True, places=2, validate=validate.Range(min=0, min_inclusive=False))
    trade = fields.String(load_default="mason", validate=validate.OneOf(["carpenter", "mason", "other"]))
    signed = fields.Boolean()


class Site(FormSchema):
    """Where they worked."""

    place = fields.String(required=True)
    since = fields.Date()


class Roster(FormSchema):
    """Who is owed what, of every kind of field there is."""

    employer = fields.String(required=True, validate=validate.Length(2, 80))
    credit_code = fields.String(validate=validate.Regexp(r"^[0-9A-Z]{18}$"))
    site = fields.Nested(Site)
    inspected_at = fields.AwareDateTime(required=True)
    months = fields.Integer(validate=validate.Range(1, 36), metadata={"help": "As the site's roster says"})
    workers = fields.List(fields.Nested(Worker), required=True, validate=validate.Length(min=1))
    sources = fields.List(fields.String(validate=validate.OneOf(["payroll", "attendance", "transfer", "witness"])))
    photo = fields.Raw(metadata={"kind": "file"})
    remarks = fields.String(validate=validate.Length(max=500))
    agreed = fields.Boolean(required=True)


FORMS: dict[str, type[Schema] | Schema | None] = {
    "roster_verified": Roster,
    "contact_made": Contact,
    "extension_requested": ExtensionRequest,
    "concluded": Conclusion,
    "transferred": Transfer,
    "return_requested": ReturnRequest,
    "pay_ordered": None,
}

HANDLER = Principal(
    id="u1", name="处办员甲", roles=frozenset({"handler"}), services=frozenset({"*"}), units=frozenset({"*"})
)

CASE: dict[str, Any] = {
    "id": "01890000-0000-7000-8000-0000000000c1",
    "number": "JS20260302-0017",
    "subject": "01890000-0000-7000-8000-0000000000a1",
    "title": "彭东小区二期工地拖欠木工班组三个月工资",
    "state": "roster_due",
    "stage": "handle",
    "urgency": "II",
    "unit": "劳动保障监察中队",
    "place": "彭东小区二期工地北门",
    "version": 4,
    "opened_at": "2026-03-02T01:30:00+00:00",
    "updated_at": "2026-03-04T02:10:00+00:00",
    "ended_at": None,
    "details": {
        "text": "我们木工班组十二人从去年十二月起没有领到工资。\n项目部说甲方没有拨款，一直推到现在，请帮忙协调。",
        "category": "劳动报酬",
        "kind": "wage_recovery",
        "anonymous": False,
        "assisting_units": ["东城社区", "司法所"],
        "contact_made": [{"way": "phone", "note": "已电话联系，约定周三到工地核对名册。"}],
    },
    "clocks": [
        {
            "name": "finish",
            "kind": "service",
            "started_at": "2026-03-02T01:30:00+00:00",
            "due_at": "2026-03-09T16:00:00+00:00",
            "state": "running",
            "light": "urge_50",
            "remaining_seconds": 356_400,
            "basis": "服务承诺-一般",
            "provisional": False,
            "explanation": [
                "自 2026-03-02 起算，起始当日不计。",
                "3 月 7 日、8 日为休息日，不计入工作日。",
                "期限 5 个工作日，于 2026-03-09 24:00 届满。",
            ],
        },
        {
            "name": "investigation",
            "kind": "statutory",
            "started_at": "2026-03-02T01:30:00+00:00",
            "due_at": "2026-05-28T16:00:00+00:00",
            "state": "running",
            "light": "green",
            "remaining_seconds": 7_300_000,
            "basis": "国令423-17",
            "provisional": True,
            "explanation": ["自立案之日起 60 个工作日内完成调查。", "节假日安排尚未公布，到期日为暂定。"],
        },
        {
            "name": "first_contact",
            "kind": "service",
            "started_at": "2026-03-02T01:30:00+00:00",
            "due_at": "2026-03-03T09:30:00+00:00",
            "state": "running",
            "light": "red",
            "remaining_seconds": -7_300,
            "basis": "",
            "provisional": False,
            "explanation": [],
        },
        {
            "name": "sign_in",
            "kind": "service",
            "started_at": "2026-03-02T01:30:00+00:00",
            "due_at": "2026-03-02T05:30:00+00:00",
            "state": "stopped",
            "light": "green",
            "remaining_seconds": 9_000,
            "basis": "",
            "provisional": False,
            "explanation": ["4 个工作小时内签收。"],
        },
    ],
    "timeline": [
        {
            "seq": 1,
            "at": "2026-03-02T01:30:00+00:00",
            "actor": {"name": "", "role": "bus"},
            "trigger": "opened",
            "source": "",
            "target": "received",
            "form": {},
            "cause": "routing.appeal_dispatched.v1",
        },
        {
            "seq": 2,
            "at": "2026-03-02T02:05:00+00:00",
            "actor": {"name": "处办员甲", "role": "handler"},
            "trigger": "case_accepted",
            "source": "received",
            "target": "roster_due",
            "form": {"handler": "处办员甲"},
            "cause": None,
        },
        {
            "seq": 3,
            "at": "2026-03-03T03:20:00+00:00",
            "actor": {"name": "处办员甲", "role": "handler"},
            "trigger": "contact_made",
            "source": "roster_due",
            "target": "roster_due",
            "form": {"way": "phone", "note": "已电话联系，约定周三到工地核对名册。"},
            "cause": None,
        },
        {
            "seq": 4,
            "at": "2026-03-04T02:10:00+00:00",
            "actor": {"name": "网格员乙", "role": "handler"},
            "trigger": "progress_made",
            "source": "roster_due",
            "target": "roster_due",
            "form": {
                "progress": "已到现场核对。",
                "workers": [
                    {"name": "工人甲", "owed": "12600.00", "signed": True},
                    {"name": "工人乙", "owed": "9800.00", "signed": False},
                ],
            },
            "cause": None,
        },
    ],
    "warnings": [
        {
            "code": "one_card_for_several",
            "zh": "序号 3、4、7 登记了同一张银行卡，请核对是否由本人持有。",
            "en": "Numbers 3, 4, 7 gave one bank card; check whether each holds his own.",
            "basis": "国令724-52",
        },
        {
            "code": "equal_round_sums",
            "zh": "5 名工人的欠付金额相同且为整千元。",
            "en": "Five equal round sums.",
            "basis": "",
        },
    ],
    "actions": [
        {
            "trigger": "roster_verified",
            "target": "pay_order_due",
            "form": {},
            "allowed": True,
            "refusals": [],
            "basis": "国令724-50",
        },
        {"trigger": "contact_made", "target": "roster_due", "form": {}, "allowed": True, "refusals": [], "basis": ""},
        {
            "trigger": "extension_requested",
            "target": "roster_due",
            "form": {},
            "allowed": True,
            "refusals": [],
            "basis": "",
        },
        {
            "trigger": "concluded",
            "target": "concluded",
            "form": {},
            "allowed": False,
            "refusals": [{"zh": "名册尚未核实，不能办结", "en": "the roster has not been verified yet"}],
            "basis": "",
        },
    ],
}

OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "工资支付", "version": "1", "description": "案件、时限与办理步骤。"},
    "paths": {
        "/api/v1/cases": {
            "get": {
                "tags": ["cases"],
                "operationId": "list_cases",
                "summary": "List the cases",
                "parameters": [
                    {"name": "state", "in": "query", "schema": {"type": "string"}, "description": "Only in this state"},
                    {"$ref": "#/components/parameters/limit"},
                ],
                "responses": {
                    "200": {
                        "description": "A page of cases",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Case"}}
                            }
                        },
                    }
                },
            }
        },
        "/api/v1/cases/{id}/actions/roster_verified": {
            "post": {
                "tags": ["actions"],
                "summary": "核实名册 / Roster verified",
                "parameters": [
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "required": True,
                        "schema": {"type": "string", "format": "uuid"},
                    }
                ],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Roster"},
                            "example": {"employer": "某建筑公司", "workers": [{"name": "工人甲", "owed": "12600.00"}]},
                        }
                    }
                },
                "responses": {
                    "200": {
                        "description": "The case as it is now",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Case"}}},
                    },
                    "409": {
                        "description": "The step can't be taken now",
                        "content": {
                            "application/problem+json": {
                                "schema": {"type": "object", "properties": {"title": {"type": "string"}}}
                            }
                        },
                    },
                },
            }
        },
    },
    "components": {
        "parameters": {
            "limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}
        },
        "schemas": {
            "Case": {
                "type": "object",
                "required": ["id", "state"],
                "properties": {
                    "id": {"type": "string", "format": "uuid", "description": "The case's id"},
                    "state": {"type": "string", "enum": ["roster_due", "ordered_to_pay"]},
                    "clocks": {"type": "array", "items": {"$ref": "#/components/schemas/Clock"}},
                },
            },
            "Clock": {"type": "object", "properties": {"due_at": {"type": "string", "format": "date-time"}}},
            "Roster": {
                "type": "object",
                "required": ["employer"],
                "properties": {
                    "employer": {"type": "string", "minLength": 2, "maxLength": 80},
                    "workers": {"type": "array"},
                },
            },
        },
    },
}


def terms() -> Terms:
    """Return the chassis' catalogue with the made-up service's words laid over it."""
    catalogue = Terms(CHASSIS / "terms.toml")
    catalogue._lay_over(WORDS, "made up")
    return catalogue


def listed(count: int = 9) -> list[dict[str, Any]]:
    """Make up rows of a list."""
    kinds = (
        ("JS20260302-0017", "彭东小区二期工地拖欠木工班组三个月工资", "roster_due", "handle", "II", "red", -7_300),
        ("JS20260302-0018", "渤海七路与黄河五路路口饭店油烟扰民", "received", "handle", "III", "yellow", 50_000),
        ("JS20260303-0002", "电梯困人", "concluded", "feedback", "I", "green", 300_000),
        (
            "JS20260303-0005",
            "独居老人冬季取暖困难，希望社区上门了解情况并协助申请临时救助",
            "received",
            "analyse",
            "IV",
            "urge_80",
            180_000,
        ),
        ("JS20260303-0009", "楼上漏水，物业与邻居互相推诿", "received", "collect", "III", None, None),
    )
    rows = []
    for place in range(count):
        number, title, state, stage, urgency, light, left = kinds[place % len(kinds)]
        rows.append(
            {
                "id": f"01890000-0000-7000-8000-{place:012d}",
                "number": number,
                "title": title,
                "state": state,
                "stage": stage,
                "urgency": urgency,
                "place": "彭东小区 3 号楼",
                "unit": "劳动保障监察中队",
                "opened_at": "2026-03-02T01:30:00+00:00",
                "due_at": "2026-03-09T16:00:00+00:00" if light else None,
                "light": light,
                "remaining_seconds": left,
            }
        )
    return rows


def create_app() -> Flask:
    """Make a bare app with one page of each kind."""
    app = Flask("made_up")
    register_pages(
        app,
        terms(),
        service="Wages",
        nav=(
            NavItem(label="Board", href="/portal/board"),
            NavItem(label="Ledger", href="/routing/cases"),
            NavItem(label="Mediation", href="/mediation/cases", group="Casework"),
            NavItem(label="Wages", href="/cases", group="Casework"),
            NavItem(label="Documents", href="/documents", group="Settings"),
            NavItem(label="Documents", href="/admin", roles=("admin",)),
        ),
    )

    @app.get("/cases")
    def cases() -> str:
        page = CasesPage(
            cases=listed() if "none" not in request.args else [],
            filters={"stage": "handle", "sort": "due_at"},
            states=["received", "roster_due", "concluded"],
            units=["劳动保障监察中队"],
            counts={"collect": 12, "analyse": 7, "handle": 164, "feedback": 31},
            total={"cases": 214, "or_more": False},
            next="2026-03-02T01:30:00Z~01890000",
        )
        return render_cases(page)

    @app.get("/cases/<case_id>")
    def case(case_id: str) -> str:
        return render_case(
            {**CASE, "id": case_id},
            FORMS,
            HANDLER,
            CSRF,
            personal={"name": "张*", "phone": "138****1234"},
            documents=[
                {
                    "id": "p1",
                    "title": "花名册",
                    "number": "示例〔2026〕1号",
                    "version": 1,
                    "issued_at": "2026-03-02T01:30:00Z",
                    "as_issued": True,
                    "served": [],
                    "files": {"pdf": "/papers/p1?as=pdf", "docx": "/papers/p1?as=docx"},
                }
            ],
        )

    @app.post("/cases/<case_id>/actions/<trigger>")
    def act(case_id: str, trigger: str) -> str:
        schema = FORMS[trigger] or FormSchema
        made = schema if isinstance(schema, Schema) else schema()
        entered = parse_form(made, request.form, request.files)
        problems = explain_errors(made, made.validate(entered), terms())
        return render_case(
            {**CASE, "id": case_id}, FORMS, HANDLER, CSRF, trigger=trigger, entered=entered, problems=problems
        )

    @app.get("/problem")
    def problem() -> tuple[str, int]:
        return render_problem(
            {
                "status": 409,
                "zh": "案件目前处于“待核名册”，不能直接责令支付。",
                "en": "The roster is not verified yet.",
                "refusals": [{"zh": "名册尚未核实", "en": "The roster is not verified"}],
                "allowed": ["roster_verified", "contact_made"],
                "errors": [{"pointer": "/workers/0/owed", "zh": "应为数字。", "en": "This must be a number."}],
                "instance": "req-7f3a",
                "back": "/cases/1",
            }
        )

    @app.get("/docs")
    def docs() -> str:
        return render_api_docs(OPENAPI)

    @app.after_request
    def strict(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        return response

    return app


if __name__ == "__main__":
    create_app().run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8765)
