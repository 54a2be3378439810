"""Computations that need no case: a form goes in, a result comes out with every line of how it was reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from chassis.clocks import ClockError
from chassis.forms import example, loaded
from chassis.legal import LegalError
from chassis.problems import ProblemError, not_found
from chassis.wire import plain
from chassis.workcalendar import CalendarError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from marshmallow import Schema

    from chassis.workflow import Values


class CalcError(ValueError):
    """What was given is well-formed and can't be computed; says why, in Chinese and English."""

    def __init__(self, zh: str, en: str, pointer: str = "") -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a reckoning, as a clerk would write it beside the sum, with its legal basis."""

    zh: str
    en: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What was computed: the result by name, the lines that led to it, and the figures nobody has verified."""

    result: Mapping[str, Any]
    lines: Sequence[Line]
    not_verified: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Computation:
    """One computation of a service. `run` is pure, takes what the form loaded, and may raise CalcError, or what counting a time raises."""

    name: str
    form: type[Schema]
    run: Callable[[Values], Reckoning]
    zh: str
    en: str


def find(computations: Iterable[Computation], name: str) -> Computation:
    """Return a computation by its name, `_` for `-` or not; ProblemError, naming those there are, if there is none."""
    known, spelled = {one.name.replace("_", "-"): one for one in computations}, name.replace("_", "-")
    if spelled not in known:
        there = "、".join(sorted(one.name for one in known.values()))
        raise not_found(f"没有“{name}”这项计算，可用：{there}", f"No computation {name!r}; there are: {there}")
    return known[spelled]


def reckon(computation: Computation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Compute; return the result's values with `explanation` and `not_verified`. Raises ProblemError, field by field."""
    form = loaded(computation.form, given)
    try:
        found = computation.run(form)
    except CalcError as error:
        raise _not_computable(error) from None
    except (ClockError, LegalError, CalendarError) as error:
        raise _not_computable(CalcError(error.zh, error.en)) from None
    except OverflowError:
        raise _not_computable(CalcError("日期超出可计算的范围", "the dates lead beyond what can be computed")) from None
    lines = [{"zh": line.zh, "en": line.en, "basis": line.basis} for line in found.lines]
    answer: dict[str, Any] = plain(
        {**found.result, "explanation": lines, "not_verified": [*found.not_verified]},
    )
    return answer


def _not_computable(error: CalcError) -> ProblemError:
    said = [{"pointer": error.pointer, "zh": error.zh, "en": error.en}]
    return ProblemError(422, "not-computable", error.zh, error.en, errors=said)


def described(computation: Computation) -> dict[str, Any]:
    """Describe a computation: its names, the JSON Schema of what it takes, and an example of that."""
    plugin = MarshmallowPlugin()
    spec = APISpec(title=computation.name, version="1", openapi_version="3.1.0", plugins=[plugin])
    spec.components.schema("Input", schema=computation.form)
    schemas = spec.to_dict()["components"]["schemas"]
    return {
        "name": computation.name,
        "zh": computation.zh,
        "en": computation.en,
        "schema": plain({**schemas.pop("Input"), **({"components": {"schemas": schemas}} if schemas else {})}),
        "example": plain(example(computation.form())),
    }
