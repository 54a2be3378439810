"""The public API as OpenAPI describes it."""

from __future__ import annotations

from typing import Any, Final

from chassis.forms import example
from services.intake import schemas
from services.intake.misuse import callers

_PROBLEM: Final = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_CODE: Final = {
    "in": "path",
    "name": "tracking_code",
    "required": True,
    "schema": {"type": "string"},
    "description": "As on the receipt: XXXX-XXXX-XXXX; hyphens and case don't matter.",
}
_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 100},
    "description": "The same key with the same body gives the same answer and registers nothing again.",
}
_ENTRY: Final = {"in": "path", "name": "entry_id", "required": True, "schema": {"type": "string"}}
_UNKNOWN: Final = {"404": {"description": "No appeal has this code", **_PROBLEM}}
_WRONG: Final = {"422": {"description": "What was sent is not valid, field by field", **_PROBLEM}}
_TOO_MANY: Final = {
    "429": {"description": "Too often; nothing was stored. Retry-After says when to send it again", **_PROBLEM}
}
_STAFF: Final = {
    "401": {"description": "Not signed in", **_PROBLEM},
    "403": {"description": "For the desk, inspectors and ops", **_PROBLEM},
}
_REFUSED: Final = {"409": {"description": "Not possible in the appeal's state", **_PROBLEM}}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema, "example": example(schema())}}}


def _open311(method: str, path: str, summary: str, *queries: str, **more: Any) -> tuple[str, str, dict[str, Any]]:
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    bad = {"description": "Errors in the standard's form: a list of code and description"}
    operation = {
        "tags": ["Open311 GeoReport v2"],
        "summary": summary,
        "externalDocs": {"url": "https://wiki.open311.org/GeoReport_v2/"},
        "parameters": [
            *({"in": "path", "name": name, "required": True, "schema": {"type": "string"}} for name in names),
            {"in": "path", "name": "format", "required": True, "schema": {"enum": ["json", "xml"]}},
            *({"in": "query", "name": name, "schema": {"type": "string"}} for name in ("jurisdiction_id", *queries)),
        ],
        "responses": {"200": {"description": "As the standard says"}, "4XX": bad},
        **more,
    }
    return f"/open311/v2/{path}.{{format}}", method, operation


#: The fields of a report by Open311.
_REPORT: Final = (
    "service_code lat long address_string address_id first_name last_name phone description media_url api_key token"
)
_FIELDS: Final = {
    "type": "object",
    "required": ["service_code"],
    "properties": {name: {"type": "string"} for name in _REPORT.split()},
    "additionalProperties": {"type": "string", "description": "attribute[code]; in multipart/form-data a picture"},
}
_FORM: Final = {
    "content": {kind: {"schema": _FIELDS} for kind in ("application/x-www-form-urlencoded", "multipart/form-data")}
}
_LISTS: Final = (
    "service_request_id",
    "service_code",
    "start_date",
    "end_date",
    "status",
    "page",
    "page_size",
    "extensions",
)

OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/appeals",
        "post",
        {
            "tags": ["public"],
            "summary": "Register an appeal",
            "description": "201 means that it is stored. Channels that are not public, as well as `external` and `hold`, "
            "need a token of the desk. What each channel needs, and which fields of `origin` it has: channels.toml.",
            "parameters": [_KEY],
            "requestBody": _json(schemas.AppealForm),
            "responses": {
                "201": {
                    "description": "appeal_id, tracking_code, links, and warnings: which numbers look mistyped (zh, en), masked"
                },
                "400": {"description": "No JSON object", **_PROBLEM},
                "409": {"description": "The key was used for another request", **_PROBLEM},
                **_WRONG,
                **_TOO_MANY,
            },
        },
    ),
    (
        "/api/v1/appeals/{tracking_code}",
        "get",
        {
            "tags": ["public"],
            "summary": "Where an appeal stands, as its petitioner may see it",
            "parameters": [_CODE],
            "responses": {"200": {"description": "Stage, timeline, reply, due time, and where to rate it"}, **_UNKNOWN},
        },
    ),
    (
        "/api/v1/appeals/{tracking_code}/attachments",
        "post",
        {
            "tags": ["public"],
            "summary": "Add pictures and papers",
            "description": "JPEG, PNG, WebP, HEIC or PDF, 15 MB each; nine pictures to an appeal, each page of a PDF is one. "
            "They are made anew as JPEG, without their metadata. Sound and film are refused.",
            "parameters": [_CODE],
            "requestBody": {
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                        }
                    }
                }
            },
            "responses": {"201": {"description": "The pictures"}, **_UNKNOWN, **_REFUSED, **_WRONG, **_TOO_MANY},
        },
    ),
    (
        "/api/v1/appeals/{tracking_code}/supplement",
        "post",
        {
            "tags": ["public"],
            "summary": "Add words to an open appeal",
            "parameters": [_CODE],
            "requestBody": _json(schemas.Supplement),
            "responses": {"200": {"description": "The appeal"}, **_UNKNOWN, **_REFUSED, **_WRONG, **_TOO_MANY},
        },
    ),
    (
        "/api/v1/appeals/{tracking_code}/withdraw",
        "post",
        {
            "tags": ["public"],
            "summary": "Take an open appeal back",
            "parameters": [_CODE],
            "requestBody": _json(schemas.Withdrawal),
            "responses": {"200": {"description": "The appeal"}, **_UNKNOWN, **_REFUSED, **_WRONG, **_TOO_MANY},
        },
    ),
    (
        "/api/v1/cases/{case_id}/candidates",
        "get",
        {
            "summary": "Appeals that may be about the same matter, and why, for operators and the desk",
            "description": "Proposed from place, topic, words, time and petitioner; a person confirms by the step `merged`.",
            "security": [{"token": []}],
            "parameters": [{"in": "path", "name": "case_id", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"description": "items: id, number, title, state, opened_at, score (0 to 1) and because"},
                "403": {"description": "For operators and the desk only", **_PROBLEM},
                **_UNKNOWN,
            },
        },
    ),
    (
        "/api/v1/appeals/{tracking_code}/notices",
        "post",
        {
            "tags": ["public"],
            "summary": "Decline messages about all that is yours, or have them again; those that the law demands still come",
            "parameters": [_CODE],
            "requestBody": _json(schemas.NoticesWanted),
            "responses": {
                "200": {"description": "The appeal"},
                **_UNKNOWN,
                "409": {"description": "There are no messages about this appeal", **_PROBLEM},
                **_WRONG,
                **_TOO_MANY,
            },
        },
    ),
    (
        "/api/v1/notices",
        "get",
        {
            "summary": "What was told outside, the newest first: by which channel, how often it was tried, what became of it",
            "security": [{"token": []}],
            "parameters": [
                {"in": "query", "name": "state", "schema": {"enum": ["waiting", "sent", "parked", "declined"]}},
                {"in": "query", "name": "channel", "schema": {"type": "string"}},
                {"in": "query", "name": "before", "schema": {"type": "string"}, "description": "The `next` before."},
            ],
            "responses": {"200": {"description": "items, next; phone numbers are masked"}, **_STAFF},
        },
    ),
    (
        "/api/v1/notices/preview",
        "get",
        {
            "summary": "How each notice reads with a made-up case, and by which channels it goes",
            "security": [{"token": []}],
            "responses": {"200": {"description": "items"}, **_STAFF},
        },
    ),
    (
        "/api/v1/notices/{notice_id}/retry",
        "post",
        {
            "summary": "Send a parked notice after all, under its own id; for the desk and ops",
            "security": [{"token": []}],
            "parameters": [{"in": "path", "name": "notice_id", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"description": "id, state"},
                **_STAFF,
                "404": {"description": "No such notice is parked", **_PROBLEM},
            },
        },
    ),
    (
        "/api/v1/knowledge",
        "get",
        {
            "summary": "What may be answered on the spot: what fits `q` with the words that it was found by, or all",
            "security": [{"token": []}],
            "parameters": [{"in": "query", "name": "q", "schema": {"type": "string", "maxLength": 500}}],
            "responses": {
                "200": {
                    "description": "items, each with version and whether it may be used; emergency: lines it names"
                },
                **_STAFF,
            },
        },
    ),
    (
        "/api/v1/knowledge/gaps",
        "get",
        {
            "summary": "What mechanisms were asked and the knowledge base has no entry for, the oldest first",
            "security": [{"token": []}],
            "responses": {"200": {"description": "items: question, answer, source, unit, asked_at"}, **_STAFF},
        },
    ),
    (
        "/api/v1/callers",
        "get",
        {
            "summary": "The register of callers who misuse the hotline; the look is logged",
            "security": [{"token": []}],
            "responses": {"200": {"description": "items; no number of anybody"}, **_STAFF},
        },
    ),
    (
        "/api/v1/callers",
        "post",
        {
            "summary": "Propose a caller, with the appeals that show it; for operators and the desk",
            "security": [{"token": []}],
            "requestBody": _json(callers.Proposal),
            "responses": {"201": {"description": "id, state"}, **_STAFF, **_REFUSED, **_WRONG},
        },
    ),
    (
        "/api/v1/callers/{entry_id}",
        "get",
        {
            "summary": "An entry with evidence, history and the steps that are possible; the look is logged",
            "security": [{"token": []}],
            "parameters": [_ENTRY],
            "responses": {"200": {"description": "The entry"}, **_STAFF, "404": {"description": "None", **_PROBLEM}},
        },
    ),
    (
        "/api/v1/callers/{entry_id}/actions/{trigger}",
        "post",
        {
            "summary": "Decide, tell, object, uphold or lift; whoever proposed does not decide",
            "security": [{"token": []}],
            "parameters": [
                _ENTRY,
                {
                    "in": "path",
                    "name": "trigger",
                    "required": True,
                    "schema": {"enum": sorted({one.trigger for one in callers.LISTING.steps} - {"expired"})},
                },
            ],
            "requestBody": _json(callers.Listing),
            "responses": {"200": {"description": "id, state"}, **_STAFF, **_REFUSED, **_WRONG},
        },
    ),
    _open311("get", "discovery", "Where and in which formats Open311 is spoken"),
    _open311("get", "services", "What can be reported"),
    _open311("get", "services/{service_code}", "What is asked beside the standard's own fields"),
    _open311("get", "requests", "Public requests, or those whose ids are asked for", *_LISTS),
    _open311(
        "post",
        "requests",
        "Report: 201, or 200 for the same client's same Idempotency-Key or token again",
        requestBody=_FORM,
    ),
    _open311("get", "requests/{service_request_id}", "One request, for whoever has its id", "extensions"),
    _open311("get", "tokens/{token}", "The id that a token or a tracking code stands for", "api_key"),
]
