"""The knowledge base where cases are handled: looked up, and answered with in one press.

GET /api/v1/knowledge?q=       entries that fit, the best first; without `q` all
GET /knowledge, /knowledge/<id>
GET /cases/<id>/knowledge?q=   what fits a case, each entry with its words to be changed and sent
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, render_template, request

from chassis import case_doors, moments, pages, web
from chassis.access import Principal
from chassis.problems import not_found
from chassis.workcalendar import local_date
from chassis.workflow import Role
from services.hotline import lookup, schemas
from services.hotline.book import Book

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

routes = Routes("knowledge", __name__)

_READ: Final = (Role.OPERATOR, Role.HANDLER, Role.REVIEWER, Role.DESK, Role.LEADER, Role.INSPECTOR)
#: Who may see the base where it is kept.
_KEEPERS: Final = (Role.OPERATOR, Role.DESK, Role.LEADER, Role.INSPECTOR)
_SHOWN: Final = ("id", "version", "kind", "title", "questions", "answer", "basis", "owner", "checked", "href")
_STEPS: Final = frozenset({"knowledge_consulted", "answered_from_elsewhere"})
OPERATIONS: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "/api/v1/knowledge",
        "get",
        {
            "summary": "Entries of the knowledge base, as its owner has told them; with `q` those that fit, the best first",
            "parameters": [{"in": "query", "name": "q", "schema": {"type": "string", "maxLength": 300}}],
            "responses": {"200": {"description": "items"}},
        },
    ),
]


def _permitted() -> Principal:
    return web.permitted(
        *_READ,
        zh="知识库供话务、承办、审核、受理中心、领导和督查人员查阅",
        en="The knowledge base is for operators, handlers, reviewers, the desk, leaders and inspectors",
    )


def as_json(one: lookup.Entry) -> dict[str, Any]:
    """Spell an entry, with whether it may be answered with."""
    refusal = lookup.refusal(one, local_date(moments.now()))
    return {
        **{name: getattr(one, name) for name in _SHOWN},
        "review_by": one.review_by.isoformat(),
        "usable": refusal is None,
        "refusal": {"zh": refusal.zh, "en": refusal.en} if refusal else None,
    }


def _asked() -> str:
    return request.args.get("q", "").strip()[:300]


def _found(session: Session, query: str) -> list[dict[str, Any]]:
    entries: Sequence[lookup.Entry] = Book(session).entries()
    return [as_json(one) for one in (lookup.matching(entries, query) if query else entries)]


@routes.get("/api/v1/knowledge")
def list_entries() -> Response:
    """Answer the entries that fit."""
    _permitted()
    with web.door().database.read() as session:
        return web.answer({"items": _found(session, _asked())})


@routes.get("/knowledge")
def entries_page() -> AnyResponse | str:
    """List the entries that fit."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted()
    with web.door().database.read() as session:
        return render_template(
            "knowledge.html", items=_found(session, _asked()), query=_asked(), case=None, follows=who.has(*_KEEPERS)
        )


@routes.get("/knowledge/<entry_id>")
def entry_page(entry_id: str) -> AnyResponse | str:
    """Show an entry as it holds now."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted()
    with web.door().database.read() as session:
        one = Book(session).entry(entry_id)
        if one is None:
            raise not_found("知识库中没有这一条目，或者已经撤下", "There is no such entry, or it was withdrawn")
        return render_template("knowledge.html", items=[as_json(one)], query="", case=None, follows=who.has(*_KEEPERS))


@routes.get("/cases/<case_id>/knowledge")
def for_case(case_id: str) -> AnyResponse | str:
    """Show what fits a case, each with its words; and the form for what the base does not have."""
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    _permitted()
    case = case_doors.case_of(who, case_id)
    query = _asked() or f"{case['title']}\n{case['details'].get('text', '')}"
    with web.door().database.read() as session:
        found = _found(session, query)
    return render_template(
        "knowledge.html", items=found, query=_asked(), case=case, own=schemas.OwnAnswer, may_answer=_may_answer(case)
    )


def _may_answer(case: dict[str, Any]) -> bool:
    return any(one["trigger"] in _STEPS and one["allowed"] for one in case["actions"])


def link_to_it(session: Session, case: dict[str, Any]) -> None:
    """Add to a case the way to look up, and what has become of the entry that it was answered with, which stands on the case."""
    links = case.setdefault("links", [])
    if _may_answer(case):
        links.append({"href": pages.here(f"/cases/{case['id']}/knowledge"), "zh": "查知识库答复", "en": "Look it up"})
    used = case["details"].get("knowledge_consulted") or {}
    if "entry_version" in used:
        zh, en = _version(used["entry_version"])
        one = Book(session).entry(used["entry"])
        if one is None:
            href, zh, en = (
                "",
                f"答复时引用的知识条目（{zh}）已撤下",
                f"The entry that was answered with ({en}) is withdrawn",
            )
        elif one.version == used["entry_version"]:
            href, zh, en = (
                one.id,
                f"引用的知识条目（{zh}，现行）",
                f"The entry that was answered with ({en}, as it holds)",
            )
        else:
            now_zh, now_en = _version(one.version)
            href = one.id
            zh, en = (
                f"知识条目现行内容（{now_zh}，答复时为{zh}）",
                f"The entry as it holds now ({now_en}; answered with: {en})",
            )
        links.append({"href": pages.here(f"/knowledge/{href}" if href else "/knowledge"), "zh": zh, "en": en})


def _version(number: int) -> tuple[str, str]:
    return (f"第{number}版", f"version {number}") if number else ("初始版本", "as shipped")
