"""A register at the desk (台账), whose entries are kept as versions: its doors, as API and as pages.

GET  /api/v1/<at>          the entries
GET  /api/v1/<at>/<name>   one of them
PUT  /api/v1/<at>          keeps one as its next version
GET  /<at>, /<at>/new, /<at>/<name>; POST /<at>

The template `<at>.html` shows the list, `<one>.html`, which extends `entry.html`, an entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from flask import Blueprint as Routes
from flask import Response, redirect, render_template, request
from sqlalchemy.exc import IntegrityError

from chassis import pages, web
from chassis.access import Principal
from chassis.forms import by_pointer, loaded, parse_form
from chassis.problems import ProblemError
from chassis.store import StaleError
from chassis.workflow import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from marshmallow import Schema
    from werkzeug.wrappers import Response as AnyResponse

READ: Final = (Role.HANDLER, Role.REVIEWER, Role.LEADER, Role.INSPECTOR)
WRITE: Final = (Role.HANDLER,)
#: A refusal, as OpenAPI describes it.
WRONG: Final = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One register: where it is, what its entries are called, and what reads and keeps them."""

    at: str
    one: str
    #: The heading of its list, and what leads to an empty form.
    heading: str
    add: str
    #: What it and one of its entries are called in Chinese.
    zh: str
    one_zh: str
    form: type[Schema]
    #: Reads what its list answers and shows.
    listed: Callable[[], Mapping[str, Any]]
    #: Reads an entry by its name. Raises ProblemError where there is none.
    found: Callable[[str], dict[str, Any]]
    #: Keeps what was posted, as the form has loaded it. Raises StaleError, and ProblemError.
    put: Callable[[Principal, dict[str, Any]], object]
    #: Returns what an entry's page has beside the entry itself: `entered`, what its form begins with, and more.
    beside: Callable[[dict[str, Any]], dict[str, Any]] = lambda entry: {"entered": entry}
    #: What OpenAPI says of its list beside the entries: parameters.
    asks: tuple[dict[str, Any], ...] = ()

    def permit(self, *roles: Role) -> Principal:
        """Return who is signed in and has one of some roles. Raises ProblemError."""
        return web.permitted(
            *roles,
            zh=f"{self.zh}供承办、审核、领导和督查人员查阅，修改限承办人员",
            en="The register is for handlers, reviewers, leaders and inspectors; handlers change it",
        )

    def keep(self, who: Principal, posted: Mapping[str, Any]) -> dict[str, Any]:
        """Check and keep an entry, and return it as it is kept. Raises ProblemError, field by field."""
        asked = loaded(self.form, posted)
        try:
            self.put(who, asked)
        except (StaleError, IntegrityError):
            raise ProblemError(
                409,
                "stale",
                f"该{self.one_zh}已由他人登记或修改，请重新打开后再改",
                f"Somebody else has registered or changed this {self.one}: open it again",
            ) from None
        return self.found(asked["name"])

    def page(self, entered: Mapping[str, Any], **more: Any) -> str:
        """Render an entry with its form."""
        said = {self.one: None, "entry": None, "problems": {}, "may_write": True, "done": False, **more}
        return render_template(f"{self.one}.html", register=self, schema=self.form, entered=entered, **said)

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return its part of the API, as OpenAPI describes it."""
        place, named = f"/api/v1/{self.at}", {"in": "path", "name": "name", "required": True}
        kept = {
            "summary": f"Keep a {self.one} as its next version",
            "requestBody": {"content": {"application/json": {"schema": self.form}}},
            "responses": {
                "200": {"description": "It, as it is kept"},
                "409": {"description": "Somebody else has changed it since that version", **WRONG},
                "422": {"description": "What is wrong, field by field", **WRONG},
            },
        }
        return [
            (
                place,
                "get",
                {
                    "summary": f"The register of {self.at}",
                    "parameters": [*self.asks],
                    "responses": {"200": {"description": "items, and what stands beside them"}},
                },
            ),
            (place, "put", kept),
            (
                f"{place}/{{name}}",
                "get",
                {
                    "summary": f"One of the {self.at}",
                    "parameters": [{**named, "schema": {"type": "string"}}],
                    "responses": {"200": {"description": "It"}, "404": {"description": "Not registered", **WRONG}},
                },
            ),
        ]


def routes(register: Register) -> Routes:
    """Return the doors of a register."""
    found = Routes(register.at, __name__)
    place = f"/{register.at}"
    found.get(f"/api/v1{place}", endpoint="list")(lambda: _list(register))
    found.put(f"/api/v1{place}", endpoint="keep")(lambda: _keep(register))
    found.get(f"/api/v1{place}/<name>", endpoint="one")(lambda name: _show(register, name))
    found.get(place, endpoint="list-page")(lambda: _list_page(register))
    found.get(f"{place}/new", endpoint="new-page")(lambda: _new_page(register))
    found.get(f"{place}/<name>", endpoint="page")(lambda name: _page(register, name))
    found.post(place, endpoint="keep-page")(lambda: _keep_on_page(register))
    return found


def _list(register: Register) -> Response:
    register.permit(*READ)
    return web.answer(register.listed())


def _keep(register: Register) -> Response:
    return web.answer(register.keep(register.permit(*WRITE), web.json_body()))


def _show(register: Register, name: str) -> Response:
    register.permit(*READ)
    return web.answer(register.found(name))


def _list_page(register: Register) -> AnyResponse | str:
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    register.permit(*READ)
    return render_template(f"{register.at}.html", **register.listed(), may_write=who.has(*WRITE))


def _new_page(register: Register) -> AnyResponse | str:
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    register.permit(*WRITE)
    return register.page({})


def _page(register: Register, name: str) -> AnyResponse | str:
    who = web.staff_on_page()
    if not isinstance(who, Principal):
        return who
    register.permit(*READ)
    entry = register.found(name)
    may_write, done = who.has(*WRITE), request.args.get("done") == "kept"
    more = {register.one: entry, "entry": entry, "may_write": may_write, "done": done}
    return register.page(**{**register.beside(entry), **more})


def _keep_on_page(register: Register) -> AnyResponse | tuple[str, int]:
    web.check_csrf()
    who = register.permit(*WRITE)
    entered = parse_form(register.form, request.form)
    try:
        kept = register.keep(who, entered)
    except ProblemError as problem:
        return register.page(entered, problems=by_pointer(problem.told(), pages.language())), problem.status
    return redirect(f"{pages.here(f'/{register.at}/')}{quote(kept['name'])}?done=kept", 303)
