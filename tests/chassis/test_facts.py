"""Facts: their names on the bus, and what a step puts into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.facts import Fact, snake
from chassis.workflow import Moment, Role
from tests.chassis.test_workflow import Case

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MOMENT = Moment(now=NOW, actor="p1", role=Role.HANDLER)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMoved(Fact):
    case_id: str
    unit: str
    by: str
    at: datetime
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMovedAgain(CaseMoved):
    version = 2


@pytest.mark.parametrize(
    ("name", "spelled"), [("CaseConcluded", "case_concluded"), ("A", "a"), ("AppealNotAccepted", "appeal_not_accepted")]
)
def test_class_names_are_spelled_in_snake_case(name: str, spelled: str) -> None:
    assert snake(name) == spelled


def test_a_fact_is_named_with_its_version() -> None:
    assert CaseMoved.name() == "case_moved.v1"
    assert CaseMovedAgain.name() == "case_moved_again.v2"


@pytest.mark.parametrize(
    ("form", "details", "reason"),
    [
        ({"reason": "said in the form"}, {"reason": "kept"}, "said in the form"),
        ({}, {"reason": "kept"}, "kept"),
    ],
)
def test_a_fact_takes_from_the_form_then_from_what_is_kept(
    form: dict[str, Any], details: dict[str, Any], reason: str
) -> None:
    told = CaseMoved.of(Case(unit="U1", details=details), form, MOMENT)

    assert told == CaseMoved(case_id="C1", unit="U1", by="p1", at=NOW, reason=reason)
    assert told.data() == {"case_id": "C1", "unit": "U1", "by": "p1", "at": NOW, "reason": reason, "note": ""}


def test_a_fact_that_lacks_something_is_not_told() -> None:
    with pytest.raises(TypeError, match="reason"):
        CaseMoved.of(Case(), {}, MOMENT)
