"""The doors of a service's computations, as API and as pages, which anybody may use: they know nobody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint as Routes
from flask import Response, g, render_template, request

from chassis import calc, moments, pages, web
from chassis.forms import by_pointer, parse_form
from chassis.problems import ProblemError


def routes() -> Routes:
    """Return the doors of the computations, which anybody may use: they know nobody."""
    doors = Routes("calculators", __name__)

    @doors.get("/api/v1/calc")
    def listed() -> Response:
        return web.answer({"items": [calc.described(one) for one in web.door().blueprint.computations]})

    @doors.post("/api/v1/calc/<name>")
    def compute(name: str) -> Response:
        return web.answer(calc.reckon(_computation(name), web.json_body()))

    @doors.get("/calc")
    def index() -> str:
        g.principal = web.visitor_or_none()
        return render_template("calculators.html", computations=web.door().blueprint.computations)

    @doors.route("/calc/<name>", methods=["GET", "POST"])
    def calculator(name: str) -> str | tuple[str, int]:
        found = _computation(name)
        g.principal = web.visitor_or_none()
        shown: dict[str, Any] = {
            "computation": found,
            "schema": found.form,
            "entered": {},
            "problems": {},
            "found": None,
        }
        if request.method == "GET":
            return render_template("calculator.html", **shown)
        web.check_csrf()
        shown["entered"] = parse_form(found.form, request.form)
        try:
            answer = calc.reckon(found, shown["entered"])
        except ProblemError as problem:
            shown["problems"] = by_pointer(problem.errors, pages.language())
            return render_template("calculator.html", **shown), problem.status
        now, spec = moments.now(), web.door().blueprint
        for line in answer["explanation"]:
            line["basis"] = spec.legal.said(line["basis"], now, pages.language())
        result = {name: value for name, value in answer.items() if name not in ("explanation", "not_verified")}
        return render_template("calculator.html", **shown | {"found": answer, "result": result})

    return doors


def _computation(name: str) -> calc.Computation:
    return calc.find(web.door().blueprint.computations, name)
