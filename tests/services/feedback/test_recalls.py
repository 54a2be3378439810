"""The random second call to who was called back as satisfied: drawn by a key, made by another, compared."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from chassis import keys, moments
from chassis.access import Principal, sign_token
from chassis.workflow import Moment, RefusedError, Role
from services.feedback import calls, recalls
from services.feedback.service import FeedbackService
from services.feedback.workflow import CALLBACK
from tests.services.feedback.conftest import BAD, GOOD

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from chassis.testing import Room

    Say = Callable[..., str]
    Rate = Callable[..., None]


@dataclass
class Unrated:
    """A closed case that nobody rated."""

    id: str = "c1"
    subject: str = "A1"
    state: str = "closed"
    unit: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    opened_at: datetime = datetime(2026, 11, 23, tzinfo=UTC)


SAME: dict[str, Any] = {"called_before": True, "solved": True, "result": 5, "pressed": False, "note": "复核无异议"}
FIRST, SECOND = "话务员一", "话务员二"


@pytest.fixture(autouse=True)
def everybody_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    table = tomllib.loads((Path(calls.__file__).parent / "data" / "callbacks.toml").read_text("utf-8"))
    manners = calls.manners_in({**table, "recall_percent": 100})
    for module in (calls, recalls):
        monkeypatch.setattr(module, "manners", lambda: manners)


def recall(room: Room, person: str = SECOND, **changed: Any) -> None:
    room.act("A1", "recalled", {**SAME, **changed}, role=Role.OPERATOR, person=person)


def test_one_in_twenty_is_drawn_and_every_replica_draws_the_same() -> None:
    ids = [f"case-{number}" for number in range(20_000)]

    drawn = {one for one in ids if recalls.is_drawn(b"secret", one, 1, 5)}

    assert 850 < len(drawn) < 1150
    assert drawn == {one for one in ids if recalls.is_drawn(b"secret", one, 1, 5)}
    assert drawn <= {one for one in ids if recalls.is_drawn(b"secret", one, 1, 20)}
    for secret, round_ in ((b"another", 1), (b"secret", 2)):
        assert len(drawn & {one for one in ids if recalls.is_drawn(secret, one, round_, 5)}) < 150
    assert not any(recalls.is_drawn(b"secret", one, 1, 0) for one in ids)
    assert all(recalls.is_drawn(b"secret", one, 1, 100) for one in ids)


def test_who_was_called_back_as_satisfied_is_called_again_by_another(room: Room, conclude: Say, rate: Rate) -> None:
    conclude()
    rate(GOOD, role=Role.OPERATOR, person=FIRST)
    assert (room.state("A1"), room.case("A1").recall) == ("closed", "due")
    assert room.clocks("A1")["recall"].state == "running"

    # Another account of the same name is the same person.
    for person, says in (
        (FIRST, "another than the first"),
        ("话务员-一", "another than the first"),
        ("handler-1", "somebody else than the handler"),
    ):
        with pytest.raises(RefusedError, match=says):
            recall(room, person)
    recall(room)

    case = room.case("A1")
    assert (case.recall, case.details["recalled"]["by"], case.details["rated"]["solved"]) == ("agrees", SECOND, True)
    assert room.clocks("A1")["recall"].state == "stopped"
    with pytest.raises(RefusedError, match="no second call"):
        recall(room)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"called_before": False}, "called_before"),
        ({"solved": False}, "solved"),
        ({"result": 2}, "result"),
        ({"pressed": True}, "pressed"),
    ],
)
def test_what_the_second_answer_says_otherwise_is_shown_beside_the_first_and_warned_of(
    room: Room, conclude: Say, rate: Rate, changed: dict[str, Any], what: str
) -> None:
    conclude()
    rate(GOOD, role=Role.OPERATOR, person=FIRST)
    recall(room, **changed)

    case = room.case("A1")
    assert case.recall == "differs"
    assert [one["what"] for one in recalls.differences(case.details["rated"], case.details["recalled"])] == [what]
    [caution] = recalls.second_answer_differs(case, room.now)
    assert caution.code == f"recall_{what}"
    assert (case.result, case.citizen_says_solved) == (5, True)


def test_another_mark_that_is_as_satisfied_is_no_difference() -> None:
    assert recalls.differences({"solved": True, "result": 5}, {**SAME, "result": 3}) == []


@pytest.mark.parametrize(("marks", "role"), [(GOOD, Role.PUBLIC), (BAD, Role.OPERATOR)])
def test_who_rated_himself_or_is_not_satisfied_is_not_drawn(
    room: Room, conclude: Say, rate: Rate, marks: dict[str, Any], role: Role
) -> None:
    conclude()
    rate(marks, role=role, person="resident" if role is Role.PUBLIC else FIRST)

    assert room.case("A1").recall == ""


def test_who_is_not_drawn_is_counted_as_passed_over(
    room: Room, conclude: Say, rate: Rate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalls, "is_drawn", lambda *_: False)
    conclude()
    rate(GOOD, role=Role.OPERATOR, person=FIRST)

    assert room.case("A1").recall == "passed_over"
    with pytest.raises(RefusedError, match="satisfied are drawn"):
        CALLBACK.decide(Unrated(), "recall_drawn", {}, moment=Moment(now=room.now, actor="bus", role=Role.BUS))
    with pytest.raises(RefusedError, match="no second call"):
        recall(room)


def test_a_second_call_is_tried_at_calling_hours_given_up_or_runs_out(room: Room, conclude: Say, rate: Rate) -> None:
    conclude()
    rate(GOOD, role=Role.OPERATOR, person=FIRST)
    missed = {"way": "phone", "answer": "no_answer", "note": "无人接听"}
    room.act("A1", "recall_missed", missed, role=Role.OPERATOR, person=SECOND)
    with pytest.raises(RefusedError, match="less than 2 hours"):
        room.act("A1", "recall_missed", missed, role=Role.OPERATOR, person=SECOND)
    with pytest.raises(RefusedError, match="not tried often enough"):
        room.act("A1", "recall_given_up", role=Role.OPERATOR, person=SECOND)
    refused = {**missed, "answer": "refused"}
    room.now += timedelta(hours=6)
    room.act("A1", "recall_missed", refused, role=Role.OPERATOR, person=SECOND)
    room.act("A1", "recall_given_up", role=Role.OPERATOR, person=SECOND)

    assert room.case("A1").recall == "not_reached"


def test_a_file_is_not_archived_before_its_second_call_was_made_or_ran_out(
    room: Room, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(GOOD, role=Role.OPERATOR, person=FIRST)
    room.pass_time(timedelta(days=16))
    assert (room.state("A1"), room.case("A1").recall) == ("closed", "not_made")

    room.pass_time(timedelta(days=20))
    assert room.state("A1") == "archived"


def test_what_the_second_call_finds_unsolved_can_be_handled_again_and_is_drawn_anew(
    room: Room, conclude: Say, rate: Rate
) -> None:
    conclude()
    rate(GOOD, role=Role.OPERATOR, person=FIRST)
    recall(room, solved=False)
    room.act("A1", "reopened", {"what_is_new": "其实没有修好。"}, role=Role.OPERATOR, person=SECOND)
    room.run("draw_consequences")
    conclude()
    rate(GOOD, role=Role.OPERATOR, person=SECOND)

    case = room.case("A1")
    assert (case.state, case.recall, case.details["recalled"], case.details["round"]) == ("closed", "due", None, 2)
    assert list(recalls.second_answer_differs(case, room.now)) == []


# -- the list -----------------------------------------------------------------------------


def test_the_list_shows_whom_to_call_again_and_the_figures_with_their_denominators(
    room: Room, app: Flask, conclude: Say, rate: Rate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moments, "now", lambda: room.now)
    conclude(number="彭李诉〔2026〕000007号")
    rate(GOOD, role=Role.OPERATOR, person=FIRST)

    def get(path: str, role: Role = Role.OPERATOR, **headers: str) -> Any:
        who = Principal(id=SECOND, name=SECOND, roles=frozenset({role}), services=frozenset({"feedback"}))
        token = sign_token(who, keys.here().signing(), room.now)
        return app.test_client().get(path, headers={"Authorization": f"Bearer {token}", **headers})

    listed = orjson.loads(get("/api/v1/recalls").data)
    assert [one["number"] for one in listed["due"]] == ["彭李诉〔2026〕000007号"]
    assert (listed["figures"]["drawn"], listed["figures"]["eligible"]) == (1, 1)
    recall(room, pressed=True, note="有人让我说满意 13800001111")
    listed = orjson.loads(get("/api/v1/recalls").data)
    assert (listed["due"], listed["figures"]["differs"], listed["figures"]["reached"]) == ([], 1, 1)
    shown = get("/recalls", Role.LEADER, Accept="text/html").text
    assert "被要求作满意评价" in shown
    assert "13800001111" not in shown
    assert get("/api/v1/recalls?from=2020-01-01&until=2020-02-01").json["figures"]["eligible"] == 0
    assert get("/api/v1/recalls?from=2020-01-01&until=2019-02-01").status_code == 422
    assert get("/api/v1/recalls", Role.HANDLER).status_code == 403
    assert get("/recalls", Role.HANDLER).status_code == 403


def test_feedback_warns_by_the_second_answer() -> None:
    assert recalls.second_answer_differs in FeedbackService.warnings
