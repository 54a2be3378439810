"""What a rating leads to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.workflow import Moment, Role
from services.feedback import rules

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
MARKS = st.fixed_dictionaries(
    {"attitude": st.integers(1, 5), "process": st.integers(1, 5), "result": st.integers(1, 5), "solved": st.booleans()}
)


@dataclass(frozen=True)
class Seen:
    details: dict[str, Any] = field(default_factory=dict)
    state: str = "callback_due"
    id: str = "1"
    subject: str = "A1"
    unit: str = ""
    opened_at: datetime = NOW


def by(role: Role, person: str = "p1", name: str = "") -> Moment:
    return Moment(now=NOW, actor=person, actor_name=name, role=role)


@pytest.mark.parametrize(
    ("result", "solved", "again"),
    [(5, True, False), (3, True, False), (2, True, True), (1, True, True), (5, False, True), (3, False, True)],
)
def test_a_result_that_is_bad_or_did_not_solve_it_is_handled_again(result: int, *, solved: bool, again: bool) -> None:
    assert rules.wants_rework({"attitude": 5, "process": 5, "result": result, "solved": solved}) == again


@given(MARKS)
def test_attitude_and_process_are_looked_into_and_never_cause_rework(rating: dict[str, Any]) -> None:
    other = {**rating, "attitude": 5, "process": 5}

    assert rules.wants_rework(rating) == rules.wants_rework(other)
    assert rules.conduct(other) == []
    assert dict(rules.conduct(rating)) == {name: rating[name] for name in ("attitude", "process") if rating[name] <= 2}


@given(MARKS, st.booleans())
def test_what_the_resident_says_stays_apart_from_what_the_handler_claims(rating: dict[str, Any], claimed: bool) -> None:  # noqa: FBT001
    case = Seen({"handler_claims_solved": claimed, "round": 2})

    kept = rules.keep_marks(case, rating, by(Role.PUBLIC))

    assert kept["citizen_says_solved"] == rating["solved"]
    assert "handler_claims_solved" not in kept
    assert kept["round"] == 2


@pytest.mark.parametrize(("role", "way"), [(Role.PUBLIC, "page"), (Role.OPERATOR, "call")])
def test_a_rating_says_by_which_way_it_came(role: Role, way: str) -> None:
    rating = {"attitude": 5, "process": 5, "result": 5, "solved": True}

    assert rules.keep_marks(Seen(), rating, by(role))["way"] == way


@pytest.mark.parametrize(
    ("result", "solved", "comment", "reason"),
    [
        (5, True, "", None),
        (5, True, "很好", None),
        (1, True, "", "诉求人表示未解决或对结果不满意"),
        (5, False, "还是吵", "还是吵"),
    ],
)
def test_only_a_rating_that_asks_for_rework_leaves_a_reason_for_it(
    result: int,
    solved: bool,  # noqa: FBT001
    comment: str,
    reason: str | None,
) -> None:
    rating = {"attitude": 5, "process": 5, "result": result, "solved": solved, "comment": comment}

    assert rules.keep_marks(Seen(), rating, by(Role.PUBLIC))["reason"] == reason


@pytest.mark.parametrize(("comment", "reason"), [("还是吵", "还是吵"), ("", "诉求人表示未解决或对结果不满意")])
def test_a_rework_is_ordered_in_the_residents_words_if_he_left_any(comment: str, reason: str) -> None:
    rating = {"attitude": 5, "process": 5, "result": 1, "solved": False, "comment": comment}

    assert rules.keep_marks(Seen(), rating, by(Role.PUBLIC))["reason"] == reason


@pytest.mark.parametrize(
    ("details", "role", "person", "refused"),
    [
        ({"handled_by": "p1"}, Role.OPERATOR, "p1", True),
        ({"handled_by": "p1"}, Role.OPERATOR, "p2", False),
        ({"handled_by": ""}, Role.OPERATOR, "p1", False),
        ({}, Role.OPERATOR, "p1", False),
        ({"handled_by": "p1"}, Role.PUBLIC, "p1", True),
    ],
)
def test_nobody_calls_back_about_his_own_work(
    details: dict[str, Any], role: Role, person: str, *, refused: bool
) -> None:
    assert (rules.by_another_than_the_handler(Seen(details), {}, by(role, person)) is not None) == refused


@pytest.mark.parametrize(
    ("name", "refused"), [("处办员 甲", True), ("处办员乙", True), ("处办员丙", False), ("", False)]
)
def test_another_account_of_a_handlers_name_is_the_handler(name: str, *, refused: bool) -> None:
    case = Seen({"handled_by": "p1", "handled_by_name": "处办员甲", "handled_before_name": ["处办员乙"]})
    moment = by(Role.OPERATOR, "p9", name)

    for guard in (
        rules.by_another_than_the_handler,
        rules.by_none_of_the_handlers,
        rules.by_another_than_proposer_and_handler,
    ):
        assert (guard(case, {}, moment) is not None) == refused
    assert (rules.is_given_to_no_handler(case, {"caller": name}, moment) is not None) == refused


@pytest.mark.parametrize(("name", "refused"), [("信息中心甲", True), ("信息中心乙", False), ("", False)])
def test_another_account_of_who_proposed_an_exclusion_does_not_decide_it(name: str, *, refused: bool) -> None:
    kept = rules.propose_exclusion(Seen(), {"ground": "untrue"}, by(Role.DESK, "p1", "信息中心甲"))

    for details in (kept, {"exclusion": {"proposed_by": "p9"}}):
        expected = refused or details is not kept
        moment = by(Role.REVIEWER, "p9", name)
        assert (rules.by_another_than_proposer_and_handler(Seen(details), {}, moment) is not None) == expected


@pytest.mark.parametrize(
    ("role", "person", "refused"),
    [(Role.PUBLIC, rules.RESIDENT, False), (Role.PUBLIC, "p1", True), (Role.OPERATOR, "p1", False)],
)
def test_only_the_holder_of_the_code_rates_as_the_resident(role: Role, person: str, *, refused: bool) -> None:
    assert (rules.by_the_holder_of_the_code(Seen(), {}, by(role, person)) is not None) == refused


@given(st.integers(0, 6))
def test_a_resident_is_left_in_peace_after_three_tries_and_not_before(tries: int) -> None:
    case = Seen({"callback_tried": [{"way": "phone"}] * tries})

    assert (rules.tried_often_enough(case, {}, by(Role.OPERATOR)) is None) == (tries >= 3)


def test_each_round_has_its_own_marks_and_tries() -> None:
    case = Seen({"round": 1, "callback_tried": [{}, {}, {}], "rated": {"result": 1}})

    after = rules.begin_round(case, {"reply": "已再次办理"}, by(Role.BUS))

    assert (after["round"], after["rounds"], after["reply"]) == (2, 2, "已再次办理")
    assert (after["callback_tried"], after["rated"], after["result"], after["citizen_says_solved"]) == (
        [],
        None,
        None,
        None,
    )
