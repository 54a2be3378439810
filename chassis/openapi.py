"""A service's API as OpenAPI 3.1, read off its procedure's table and its forms."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from chassis.developing import MOST_PAGES
from chassis.forms import example
from chassis.listing import NARROWING, PAGING
from chassis.paper_doors import OPERATION

if TYPE_CHECKING:
    from chassis.blueprint import Blueprint
    from chassis.listing import Filter
    from chassis.workflow import Step

_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _named(schema: Any) -> str:
    """Name a schema; the same form in several steps, or changed by `only`, is the same name."""
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__)


def describe(blueprint: Blueprint) -> dict[str, Any]:
    """Return the OpenAPI document of a service."""
    spec = APISpec(
        title=f"Jiesu {blueprint.name}",
        version="1",
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_named)],
        servers=[{"url": f"/{blueprint.name}"}],
    )
    spec.components.schema(
        "Problem",
        {
            "type": "object",
            "properties": {
                name: {} for name in ("type", "title", "title_en", "status", "detail", "detail_en", "errors")
            },
        },
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    for path, method, operation in blueprint.operations:
        spec.path(path=path, operations={method: operation})
    if blueprint.workflow is not None:
        _add_cases(spec, blueprint)
    for path, summary in (
        ("/healthz", "Is the process alive"),
        ("/readyz", "Is it ready to serve"),
        ("/metrics", "Prometheus metrics"),
    ):
        spec.path(path=path, operations={"get": {"summary": summary, "responses": {"200": {"description": "OK"}}}})
    found: dict[str, Any] = _numbers(spec.to_dict())
    return found


def _numbers(value: Any) -> Any:
    """Spell the bounds of money as numbers, which JSON Schema asks for."""
    if isinstance(value, dict):
        return {name: _numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def query_parameters(blueprint: Blueprint, *more: str) -> list[dict[str, Any]]:
    """Describe what a list of a service's cases may be narrowed by, and what else its query may hold."""
    own = {one.name: one for one in blueprint.filters}
    names = dict.fromkeys((*NARROWING, *own, *more))
    return [{"in": "query", "name": name, "schema": _query_schema(own.get(name), name)} for name in names]


def _query_schema(own: Filter | None, name: str) -> dict[str, Any]:
    if name.startswith("opened_"):
        return {"type": "string", "format": "date"}
    if own is None or not (own.choices or own.flag):
        return {"type": "string"}
    return {"type": "string", "enum": ["1", "0"] if own.flag else [*own.choices]}


def _add_cases(spec: APISpec, blueprint: Blueprint) -> None:
    secured: list[dict[str, list[str]]] = [{"token": []}]
    spec.path(
        path="/api/v1/cases",
        operations={
            "get": {
                "summary": "List cases in keyset pages",
                "security": secured,
                "parameters": query_parameters(blueprint, *PAGING, *(["columns"] if blueprint.columns else [])),
                "responses": {
                    "200": {
                        "description": "items, the cursor of the next page, and with count=1 how many fit, up to 1,000"
                    },
                    "400": {"description": "Bad query", **_PROBLEM},
                },
            }
        },
    )
    one = [{"in": "path", "name": "case_id", "required": True, "schema": {"type": "string"}}]
    spec.path(
        path="/api/v1/cases/{case_id}",
        operations={
            "get": {
                "summary": "State, clocks, timeline and allowed actions",
                "security": secured,
                "parameters": one,
                "responses": {"200": {"description": "The case"}, "404": {"description": "No such case", **_PROBLEM}},
            }
        },
    )
    spec.path(
        path="/api/v1/actions",
        operations={
            "post": {
                "summary": "Take up to 200 steps",
                "security": secured,
                "responses": {"200": {"description": "A result or problem per action"}},
            }
        },
    )
    spec.path(
        path="/api/v1/cases/{case_id}/reveal",
        operations={
            "post": {
                "summary": "Open sealed personal data for a stated purpose; logged",
                "security": secured,
                "parameters": one,
                "responses": {"200": {"description": "The personal data"}},
            }
        },
    )
    if blueprint.papers is not None:
        path, method, register = OPERATION
        spec.path(path=path, operations={method: {**register, "security": secured}})
    if blueprint.evidence is not None:
        _add_evidence(spec, secured, one)
    if blueprint.workflow is None:
        return
    by_trigger: dict[str, Step] = {}
    for step in blueprint.workflow.steps:
        by_trigger.setdefault(step.trigger, step)
    for trigger, step in by_trigger.items():
        sources = sorted(
            {source for other in blueprint.workflow.steps if other.trigger == trigger for source in other.sources}
        )
        who = ", ".join(role.value for role in step.roles)
        operation: dict[str, Any] = {
            "summary": f"{trigger}: from {', '.join(sources)} to {step.target}",
            "description": f"Who: {who}." + (f" Basis: {step.basis}." if step.basis else ""),
            "security": secured,
            "parameters": [
                *one,
                {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "maxLength": 100}},
            ],
            "responses": {
                "200": {"description": "The case's new state and version"},
                "409": {"description": "Not from this state, refused by a guard, or changed meanwhile", **_PROBLEM},
                "422": {"description": "The form is not valid", **_PROBLEM},
            },
        }
        if step.form is not None:
            operation["requestBody"] = {
                "content": {
                    "application/json": {
                        "schema": {"type": "object", "properties": {"form": step.form, "version": {"type": "integer"}}},
                        "example": {"form": example(step.form()), "version": 1},
                    }
                }
            }
        spec.path(path=f"/api/v1/cases/{{case_id}}/actions/{trigger}", operations={"post": operation})


def _add_evidence(spec: APISpec, secured: list[dict[str, list[str]]], one: list[dict[str, Any]]) -> None:
    sent = {"shows": {"type": "string", "minLength": 2, "maxLength": 200}}
    sent["file"] = {"type": "array", "maxItems": MOST_PAGES, "items": {"type": "string", "format": "binary"}}
    body = {"type": "object", "required": [*sent], "properties": sent}
    spec.path(
        path="/api/v1/cases/{case_id}/evidence",
        operations={
            "get": {
                "summary": "What staff have laid to the case, the oldest first",
                "security": secured,
                "parameters": one,
                "responses": {"200": {"description": "items"}},
            },
            "post": {
                "summary": "Lay photos, or the pages of PDF, to the case; the same file once",
                "security": secured,
                "parameters": one,
                "requestBody": {"content": {"multipart/form-data": {"schema": body}}},
                "responses": {
                    "201": {"description": "All that is laid to the case now"},
                    "403": {"description": "Not for those who don't work on the case", **_PROBLEM},
                    "409": {"description": "The unit has the case no more", **_PROBLEM},
                    "422": {"description": "A file that can't be taken, or nothing said of it", **_PROBLEM},
                },
            },
        },
    )
    size = {"in": "query", "name": "size", "schema": {"type": "string", "enum": ["small"]}}
    spec.path(
        path="/api/v1/cases/{case_id}/evidence/{evidence_id}",
        operations={
            "get": {
                "summary": "One picture; leaders and inspectors say what for in X-Purpose, which is on record",
                "security": secured,
                "parameters": [*one, {**one[0], "name": "evidence_id"}, size],
                "responses": {"200": {"description": "image/jpeg"}, "403": {"description": "Not yours", **_PROBLEM}},
            }
        },
    )
