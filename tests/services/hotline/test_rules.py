"""The hotline's rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.workflow import Moment, Role
from services.hotline import lookup, rules

MOMENT = Moment(now=datetime(2026, 11, 23, 1, tzinfo=UTC), actor="p1", role=Role.HANDLER)


@dataclass(frozen=True)
class Seen:
    details: dict[str, Any] = field(default_factory=dict)
    id: str = "1"
    subject: str = "A1"
    state: str = "handling"
    unit: str = ""
    opened_at: datetime = MOMENT.now


def triaged(kind: str = "help", **found: object) -> Seen:
    return Seen({"triaged": {"kind": kind, "in_petition_system": False, "wants_written_opinion": False, **found}})


@given(st.integers(1, 60))
def test_the_street_keeps_a_working_day_for_itself_where_there_is_one(given_days: int) -> None:
    own = rules.internal_workdays(given_days)

    assert 1 <= own <= given_days
    assert own == given_days - 1 or given_days == 1


@pytest.mark.parametrize(
    "sign",
    [*({name: True} for name in rules.ROUTES[:2]), *({"other_route": route} for route in rules.OTHER_ROUTES)],
    ids=rules.ROUTES,
)
def test_what_has_a_legal_route_of_its_own_is_told_it_for_that_reason_and_not_handled(sign: dict[str, Any]) -> None:
    case = triaged("help", **sign)
    [ground] = rules.routes_of(case)
    other = next(route for route in rules.ROUTES if route != ground)

    refused = rules.only_what_has_its_own_route_is_sent_there(case, {"ground": other}, MOMENT)

    assert refused is not None
    assert "不一致" in refused.zh
    assert rules.only_what_has_its_own_route_is_sent_there(case, {"ground": ground}, MOMENT) is None

    assert rules.its_own_route_is_left_to_it(case, {}, MOMENT) is not None
    assert rules.only_what_has_its_own_route_is_sent_there(case, {}, MOMENT) is None


def test_what_is_no_petition_is_handled_and_not_sent_away() -> None:
    assert rules.its_own_route_is_left_to_it(triaged(), {}, MOMENT) is None
    assert rules.only_what_has_its_own_route_is_sent_there(triaged(), {}, MOMENT) is not None


@pytest.mark.parametrize("kind", rules.KINDS)
def test_only_inquiries_and_praise_are_answered_from_the_knowledge_base(kind: str) -> None:
    refused = rules.only_inquiries_are_looked_up(triaged(kind), {}, MOMENT) is not None

    assert refused == (kind not in {"inquiry", "praise"})


@pytest.mark.parametrize(
    ("kind", "named", "consented", "refused"),
    [
        ("report", True, False, True),
        ("complaint", True, False, True),
        ("complaint", True, True, False),
        ("report", False, False, False),
        ("help", True, False, False),
    ],
)
def test_who_accuses_is_not_named(kind: str, named: bool, consented: bool, refused: bool) -> None:  # noqa: FBT001
    form = {"names_petitioner": named, "petitioner_consented": consented}

    assert (rules.petitioner_stays_unnamed(triaged(kind), form, MOMENT) is not None) == refused


def test_guards_that_judge_the_form_are_silent_without_one() -> None:
    for guard in (lookup.entry_holds, rules.petitioner_stays_unnamed):
        assert guard(triaged("report"), {}, MOMENT) is None
