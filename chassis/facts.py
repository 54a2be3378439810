"""Facts: what a service tells, as frozen values, and how they look on the wire.

A fact's name on the bus is its class name in snake case, told by the service that
tells it: `CaseConcluded` told by mediation is `mediation.case_concluded.v1`.
"""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from chassis.workflow import CaseView, Moment, Values


@cache
def snake(name: str) -> str:
    """Spell a class name in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Fact:
    """Something that happened. Subclasses are frozen keyword-only dataclasses."""

    __slots__ = ()
    version: ClassVar[int] = 1
    #: The field that names the one service that has to act on it, or the one system outside that waits for it; others
    #: may read it too. A dot leads into a field: `external.source`.
    addressed_by: ClassVar[str] = ""

    @classmethod
    def name(cls) -> str:
        """Return the fact's name and version, such as `case_concluded.v1`."""
        return f"{snake(cls.__name__)}.v{cls.version}"

    @classmethod
    def is_told(cls, _case: CaseView) -> bool:
        """Say whether a step that can tell it does so for the case as it is after the step."""
        return True

    @classmethod
    def of(cls, case: CaseView, form: Values, moment: Moment) -> Self:
        """Make the fact that a step tells, from the case after it.

        By default each field is looked for in the form, then in the case's details,
        then among `case_id`, `number`, `title`, `place`, `unit`, `state`, `by`, `by_name` and `at`;
        a field with a default may be missing.
        """
        known: dict[str, Any] = {
            "case_id": case.id,
            **{name: getattr(case, name, "") for name in ("number", "title", "place")},
            "unit": case.unit,
            "state": case.state,
            "by": moment.actor,
            "by_name": moment.actor_name,
            "at": moment.now,
        }
        found: dict[str, Any] = {}
        for item in fields(cls):  # type: ignore[arg-type]
            for place in (form, case.details, known):
                if item.name in place:
                    found[item.name] = place[item.name]
                    break
        return cls(**found)

    def data(self) -> dict[str, Any]:
        """Return the fact's fields; `chassis.wire` spells times and money."""
        return {item.name: getattr(self, item.name) for item in fields(self)}  # type: ignore[arg-type]
