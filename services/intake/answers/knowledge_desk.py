"""The knowledge base at the desk: found while somebody types, listed, written, reviewed and withdrawn, each with its history.

GET  /api/v1/knowledge?q=&kind=    entries that fit, the best first; without `q` all, what has to be reviewed first
GET  /knowledge/matching?q=        the same as a piece of the desk's page
GET  /api/v1/knowledge/gaps        what mechanisms were asked and found no entry for
GET  /knowledge                    the list, and those gaps
GET  /knowledge/<id>               an entry with its versions
POST /knowledge/<id>/<what>        edited, reviewed, withdrawn or restored; POST /knowledge/added, `?gap=` for a gap
POST /knowledge/gaps/<id>/dismissed
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, current_app, g, render_template, request
from werkzeug.utils import redirect

from chassis import moments, pages, web
from chassis.forms import by_pointer, loaded, parse_form
from chassis.pages import language
from chassis.problems import ProblemError, not_found
from chassis.views import when
from chassis.work import Work
from chassis.workflow import Role
from services.intake import schemas
from services.intake.answers import knowledge, replies, stock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

    from chassis.access import Principal
    from services.intake.answers.knowledge import Entry, Found

routes = Routes("knowledge", __name__)

_READ: Final = (Role.OPERATOR, Role.DESK, Role.LEADER, Role.INSPECTOR)
_WRITE: Final = (Role.DESK,)
_REVIEW: Final = (Role.DESK, Role.LEADER)
_CHANGES: Final = ("added", "edited", "reviewed", "withdrawn", "restored")
_MOST: Final = 5
_MOST_LISTED: Final = 200
_LONGEST_QUERY: Final = 500


# -- for programs, and while somebody types -----------------------------------


@routes.get("/api/v1/knowledge")
def list_knowledge() -> Response:
    """Answer the entries that fit what was typed so far."""
    permitted(_READ)
    query = _query()
    with web.door().database.read() as session:
        found = _of_kind(_listed(session, query))
    lines = [{"line": line, "words": words} for line, words in replies.emergencies(query)]
    return web.answer({"items": [as_json(one) for one in found], "emergency": lines}, Cache_Control="no-store")


@routes.get("/api/v1/knowledge/gaps")
def list_gaps() -> Response:
    """Answer what was asked and has no entry, the oldest first."""
    permitted(_READ)
    with web.door().database.read() as session:
        return web.answer({"items": _gaps(session)}, Cache_Control="no-store")


def _gaps(session: Session) -> list[dict[str, Any]]:
    names = ("id", "told_by", "unit", "question", "answer", "source")
    return [
        {**{name: getattr(one, name) for name in names}, "asked_at": when(one.asked_at)} for one in stock.gaps(session)
    ]


@routes.get("/knowledge/matching")
def matching_piece() -> Response:
    """Answer what fits as a piece of the desk's page."""
    permitted(_READ)
    response = Response(render_template("knowledge_matching.html", **matching(_query())))
    response.headers["Cache-Control"] = "no-store"
    return response


def matching(text: str) -> dict[str, Any]:
    """Return what a text is answered with: entries that fit, and the emergency lines that it names."""
    with web.door().database.read() as session:
        found = _stock().index(session).search(text, _MOST)
    return {
        "matches": [as_json(one) for one in found],
        "emergencies": [
            {"line": line, "words": words, "reply": replies.relayed(line)} for line, words in replies.emergencies(text)
        ],
        "asked": bool(text.strip()),
    }


def as_json(found: Found) -> dict[str, Any]:
    """Spell an entry with whether it may be answered with, and why it was found."""
    one, today = found.entry, knowledge.day_of(moments.now())
    refusal = knowledge.refusal({one.id: one}, one.id, one.version, today)
    return {
        "id": one.id,
        "kind": one.kind,
        "version": one.version,
        "title": one.title,
        "questions": list(one.questions),
        "answer": one.answer,
        "basis": one.basis,
        "owner": one.owner,
        "review_by": one.review_by.isoformat(),
        "overdue": one.is_overdue(today),
        "checked": one.checked,
        "usable": refusal is None,
        "refusal": {"zh": refusal.zh, "en": refusal.en} if refusal else None,
        "score": found.score,
        "words": list(found.words),
    }


def _listed(session: Session, query: str) -> Sequence[Found]:
    index = _stock().index(session)
    if query:
        return index.search(query, _MOST_LISTED)
    ordered = sorted(index.entries, key=lambda one: (one.review_by, one.id))
    return [knowledge.Found(entry=one, score=0.0, words=()) for one in ordered]


def _of_kind(found: Sequence[Found]) -> Sequence[Found]:
    """Keep the entries of the kind that was asked for, if any."""
    kind = request.args.get("kind", "")
    if kind and kind not in knowledge.KINDS:
        raise ProblemError(
            400, "bad-query", f"类型应为 {'、'.join(knowledge.KINDS)}", f"kind is one of {', '.join(knowledge.KINDS)}"
        )
    return [one for one in found if not kind or one.entry.kind == kind]


def _stock() -> stock.Stock:
    found: stock.Stock = current_app.extensions["jiesu-knowledge"]
    return found


def _query() -> str:
    return request.args.get("q", "").strip()[:_LONGEST_QUERY]


def permitted(roles: Sequence[Role]) -> Principal:
    """Return who is signed in, where he may; raises ProblemError."""
    who = web.staff()
    g.principal = who
    if not who.has(*roles):
        raise ProblemError(
            403,
            "not-permitted",
            "知识库供话务员、诉求台、领导和督查员查阅，修改限诉求台，复核限诉求台和领导",
            "The knowledge base is for operators, the desk, leaders and inspectors; the desk changes it, desk and leaders review",
        )
    return who


# -- pages --------------------------------------------------------------------


@routes.get("/knowledge")
def knowledge_page() -> AnyResponse | str:
    """List the entries, what has to be reviewed first; or those that fit."""
    if (gone := to_sign_in()) is not None:
        return gone
    who = permitted(_READ)
    query = _query()
    with web.door().database.read() as session:
        items = [as_json(one) for one in _of_kind(_listed(session, query))]
        gone_ones = [] if query else stock.withdrawn(session)
        lacking = [] if query else _gaps(session)
    return render_template(
        "knowledge.html",
        items=items,
        withdrawn=gone_ones,
        gaps=lacking,
        query=query,
        kind=request.args.get("kind", ""),
        kinds=knowledge.KINDS,
        may_write=who.has(*_WRITE),
        done=_done(),
    )


@routes.get("/knowledge/added")
def new_page() -> AnyResponse | str:
    """Show an empty form."""
    if (gone := to_sign_in()) is not None:
        return gone
    permitted(_WRITE)
    gap, entered = request.args.get("gap", ""), {}
    if gap:
        with web.door().database.read() as session:
            asked = stock.open_gap(session, gap)
            entered = {"title": asked.question, "answer": asked.answer, "basis": asked.source}
    return render_template(
        "knowledge_entry.html", entry=None, schema=schemas.KnowledgeForm, entered=entered, problems={}, gap=gap
    )


@routes.post("/knowledge/gaps/<gap_id>/dismissed")
def dismiss_gap(gap_id: str) -> AnyResponse:
    """Keep that no entry is wanted for a question."""
    who = _to_write()
    with web.door().database.write() as session:
        stock.settle(stock.open_gap(session, gap_id), "", moments.now(), who)
    return redirect(f"{pages.here('/knowledge')}?done=dismissed", 303)


@routes.get("/knowledge/<entry_id>")
def entry_page(entry_id: str) -> AnyResponse | str:
    """Show an entry with its versions."""
    if (gone := to_sign_in()) is not None:
        return gone
    return _entry_page(entry_id, permitted(_READ))


def _entry_page(entry_id: str, who: Principal, **more: Any) -> str:
    with web.door().database.read() as session:
        entry, versions = stock.newest(session, entry_id), stock.versions(session, entry_id)
    as_shipped = next((one for one in knowledge.shipped() if one.id == entry_id), None)
    given = {
        "schema": schemas.KnowledgeForm,
        "review": schemas.ReviewForm,
        "entered": _as_entered(entry),
        "problems": {},
        "tried": "",
        **more,
    }
    return render_template(
        "knowledge_entry.html",
        entry=as_json(knowledge.Found(entry=entry, score=0.0, words=())),
        withdrawn=entry.withdrawn,
        versions=versions,
        shipped=as_shipped,
        may_write=who.has(*_WRITE),
        may_review=who.has(*_REVIEW),
        done=_done(),
        **given,
    )


def _as_entered(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "title": entry.title,
        "questions": list(entry.questions),
        "answer": entry.answer,
        "basis": entry.basis,
        "owner": entry.owner,
        "review_by": entry.review_by.isoformat(),
    }


@routes.post("/knowledge/added")
def add_on_page() -> AnyResponse | tuple[str, int]:
    """Write a new entry."""
    who = _to_write()
    entered, gap = parse_form(schemas.KnowledgeForm, request.form), request.form.get("_gap", "")
    try:
        written = change("added", entered, seen=-1, who=who, gap=gap)
    except ProblemError as problem:
        page = render_template(
            "knowledge_entry.html",
            entry=None,
            schema=schemas.KnowledgeForm,
            entered=entered,
            problems=by_pointer(_errors(problem), language()),
            gap=gap,
        )
        return page, problem.status
    return redirect(f"{pages.here(f'/knowledge/{written.id}')}?done=added", 303)


@routes.post("/knowledge/<entry_id>/<what>")
def change_on_page(entry_id: str, what: str) -> AnyResponse | tuple[str, int]:
    """Edit, review, withdraw or restore an entry."""
    who = _to_write(_REVIEW if what == "reviewed" else _WRITE)
    if what not in _CHANGES[1:]:
        raise not_found()
    seen = request.form.get(pages.VERSION_FIELD, "")
    schema = {"edited": schemas.KnowledgeForm, "reviewed": schemas.ReviewForm}.get(what)
    entered = parse_form(schema, request.form) if schema else {}
    try:
        change(what, {**entered, "id": entry_id}, seen=int(seen) if seen.isdecimal() else -1, who=who)
    except ProblemError as problem:
        more = {"entered": entered} if what == "edited" else {}
        problems = by_pointer(_errors(problem), language())
        return _entry_page(entry_id, who, problems=problems, tried=what, **more), problem.status
    return redirect(f"{pages.here(f'/knowledge/{entry_id}')}?done={what}", 303)


def change(what: str, form: Mapping[str, Any], *, seen: int, who: Principal, gap: str = "") -> Entry:
    """Write the next version of an entry, and tell it; settle the gap that it was written for. Raises ProblemError."""
    now, at = moments.now(), web.door()
    with at.database.write() as session:
        if what in ("added", "edited"):
            said = {**loaded(schemas.KnowledgeForm, form), "withdrawn": False}
        else:
            kept = stock.newest(session, form["id"])
            said = {**_as_entered(kept), "review_by": kept.review_by, "withdrawn": what == "withdrawn"}
            if what == "reviewed":
                if kept.withdrawn:
                    raise ProblemError(
                        409,
                        "withdrawn",
                        "该条目已撤下，请先恢复再复核",
                        "It is withdrawn: restore it before it is reviewed",
                    )
                said["review_by"] = loaded(schemas.ReviewForm, {"review_by": form.get("review_by")})["review_by"]
        if what in ("added", "edited", "reviewed"):
            _later_than_today(said["review_by"], now)
        if gap:
            stock.settle(stock.open_gap(session, gap), said["id"], now, who)
        written = stock.write(session, said, what, now, who, seen=seen)
        work = Work(session, at.blueprint, now, principal=who)
        stock.tell(work, written)
        work.record()
    at.acting.wake()
    return written


def _later_than_today(review_by: Any, now: Any) -> None:
    if review_by <= knowledge.day_of(now):
        raise ProblemError(
            422,
            "invalid",
            "复核日期应晚于今天",
            "The day of the next review has to come after today",
            errors=[
                {
                    "pointer": "/review_by",
                    "zh": "复核日期应晚于今天，否则条目马上不能使用。",
                    "en": "The day of the next review has to come after today.",
                }
            ],
        )


def _to_write(roles: Sequence[Role] = _WRITE) -> Principal:
    web.check_csrf()
    return permitted(roles)


def _errors(problem: ProblemError) -> list[dict[str, str]]:
    return problem.told()


def _done() -> str:
    done = request.args.get("done", "")
    return done if done in (*_CHANGES, "dismissed") else ""


def to_sign_in() -> AnyResponse | None:
    """Return the way to sign in, where nobody is."""
    who = web.visitor()
    g.principal = who
    return None if who is not None else web.to_sign_in()
