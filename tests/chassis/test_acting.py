"""Steps through a door: once per key, refused with reasons, never on what somebody else has changed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from chassis.access import Principal
from chassis.acting import Acting, Action
from chassis.problems import ProblemError
from tests.chassis.conftest import Thing


def person(*roles: str) -> Principal:
    return Principal(
        id="p1", name="处办员甲", roles=frozenset(roles), services=frozenset({"*"}), units=frozenset({"*"})
    )


HANDLER = person("handler")
WOKEN: list[str] = []


def acting(room: Thing) -> Acting:
    return Acting(room.database, room.blueprint, now=lambda: room.now, wake=lambda: WOKEN.append("relay"))


def painting(room: Thing, colour: str, subject: str = "A", **more: Any) -> Action:
    return Action(case_id=room.case(subject).id, trigger="painted", form={"colour": colour}, **more)


@pytest.fixture(autouse=True)
def _a_thing(request: pytest.FixtureRequest) -> None:
    if "room" in request.fixturenames:
        request.getfixturevalue("room").hear("teller.thing_opened.v1", "A", {"title": "a thing"})


def test_a_step_is_taken_and_its_letters_wait_for_the_relay(room: Thing) -> None:
    answer = acting(room).one(HANDLER, painting(room, "blue"))

    assert answer == {"id": room.case("A").id, "state": "open", "version": room.case("A").version}
    assert [fact["colour"] for fact in room.told("thing_painted.v1")] == ["blue"]
    assert WOKEN


def test_the_same_request_with_the_same_key_is_answered_the_same_and_done_once(room: Thing) -> None:
    door, action = acting(room), painting(room, "blue")

    first = door.one(HANDLER, action, "key-1")
    again = door.one(HANDLER, action, "key-1")

    assert again == first
    assert len(room.told("thing_painted.v1")) == 1


def test_a_key_that_was_used_for_another_request_is_refused(room: Thing) -> None:
    door = acting(room)
    door.one(HANDLER, painting(room, "blue"), "key-1")

    with pytest.raises(ProblemError) as refused:
        door.one(HANDLER, painting(room, "red"), "key-1")

    assert (refused.value.status, refused.value.name) == (409, "key-reused")
    assert room.case("A").colour == "blue"


def test_a_key_belongs_to_the_person_who_sends_it(room: Thing) -> None:
    door = acting(room)
    door.one(HANDLER, painting(room, "blue"), "key-1")
    another = Principal(
        id="p2", name="处办员乙", roles=frozenset({"handler"}), services=frozenset({"*"}), units=frozenset({"*"})
    )

    door.one(another, painting(room, "red"), "key-1")

    assert room.case("A").colour == "red"


def test_the_same_key_at_the_same_time_is_done_once(room: Thing) -> None:
    door, action = acting(room), painting(room, "blue")
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(door.one(HANDLER, action, "key-1"))
        except ProblemError as problem:
            answers.append(problem.name)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(room.told("thing_painted.v1")) == 1
    done = [answer for answer in answers if isinstance(answer, dict)]
    assert len(answers) == 6
    assert done
    assert all(answer == done[0] for answer in done)
    assert {answer for answer in answers if isinstance(answer, str)} <= {"stale"}
    assert door.one(HANDLER, action, "key-1") == done[0]


def test_a_refused_step_uses_up_no_key(room: Thing) -> None:
    door = acting(room)

    with pytest.raises(ProblemError):
        door.one(HANDLER, painting(room, "green"), "key-1")

    assert door.one(HANDLER, painting(room, "blue"), "key-1")["state"] == "open"


def test_a_long_key_is_refused(room: Thing) -> None:
    with pytest.raises(ProblemError) as refused:
        acting(room).one(HANDLER, painting(room, "blue"), "k" * 101)

    assert (refused.value.status, refused.value.name) == (400, "key-too-long")


def test_who_saw_an_older_version_is_told_so(room: Thing) -> None:
    seen = room.case("A").version
    acting(room).one(HANDLER, painting(room, "blue", version=seen))

    with pytest.raises(ProblemError) as refused:
        acting(room).one(HANDLER, painting(room, "red", version=seen))

    assert (refused.value.status, refused.value.name) == (409, "stale")
    assert refused.value.more == {"version": room.case("A").version}
    assert room.case("A").colour == "blue"


@pytest.mark.parametrize(
    ("who", "trigger", "form", "status", "name"),
    [
        (HANDLER, "ran_out", {}, 403, "not-permitted"),
        (HANDLER, "sold", {}, 409, "illegal-step"),
        (HANDLER, "painted", {"colour": "green"}, 422, "invalid"),
        (HANDLER, "painted", {}, 422, "invalid"),
        (HANDLER, "painted", {"colour": "red", "gloss": True}, 422, "invalid"),
        (HANDLER, "closed", {"why": "x"}, 422, "invalid"),
        (person("operator"), "closed", {}, 403, "not-permitted"),
    ],
)
def test_what_can_not_be_done_is_refused_with_its_reason_and_changes_nothing(
    room: Thing, who: Principal, trigger: str, form: dict[str, Any], status: int, name: str
) -> None:
    before = room.case("A").version

    with pytest.raises(ProblemError) as refused:
        acting(room).one(who, Action(case_id=room.case("A").id, trigger=trigger, form=form))

    assert (refused.value.status, refused.value.name) == (status, name)
    assert room.case("A").version == before
    assert room.told() == []


def test_an_illegal_step_is_answered_with_the_allowed_ones(room: Thing) -> None:
    with pytest.raises(ProblemError) as refused:
        acting(room).one(HANDLER, Action(case_id=room.case("A").id, trigger="sold", form={}))

    assert refused.value.body()["state"] == "open"
    assert {"painted", "closed"} <= {*refused.value.body()["allowed"]}


def test_a_guard_says_why_in_both_languages(room: Thing) -> None:
    door = acting(room)
    door.one(HANDLER, painting(room, "red"))

    with pytest.raises(ProblemError) as refused:
        door.one(HANDLER, painting(room, "red"))

    assert refused.value.status == 409
    assert refused.value.body()["errors"] == [{"pointer": "", "zh": "已经是红色", "en": "it is red already"}]


def test_a_case_that_is_not_there_is_not_found(room: Thing) -> None:
    with pytest.raises(ProblemError) as refused:
        acting(room).one(HANDLER, Action(case_id="nobody", trigger="closed", form={}))

    assert refused.value.status == 404


def test_of_many_steps_those_that_can_be_taken_are(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "B", {"title": "another"})
    door = acting(room)

    results = door.many(HANDLER, [painting(room, "blue"), painting(room, "green", "B"), painting(room, "red", "B")])

    assert [result.get("state") for result in results] == ["open", None, "open"]
    assert results[1]["problem"]["status"] == 422
    assert (room.case("A").colour, room.case("B").colour) == ("blue", "red")
    assert len(room.told("thing_painted.v1")) == 2


def test_a_sign_that_no_database_keeps_is_refused_and_the_other_steps_are_taken(room: Thing) -> None:
    forged = Action(case_id="no\x00body", trigger="closed", form={})

    results = acting(room).many(HANDLER, [forged, painting(room, "blue")])

    # SQLite finds nobody of that name; PostgreSQL takes no such name.
    assert results[0]["problem"]["status"] == {"sqlite": 404, "postgresql": 422}[room.database.dialect]
    assert results[1]["state"] == "open"
    assert room.case("A").colour == "blue"


def test_many_steps_that_can_all_be_taken_are_one_transaction(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "B", {"title": "another"})

    acting(room).many(HANDLER, [painting(room, "blue"), painting(room, "red", "B")])

    told_at = room.blueprint.store.letters.c.told_at
    with room.database.read() as session:
        assert session.scalar(select(func.count(told_at.distinct()))) == 1
    assert (room.case("A").colour, room.case("B").colour) == ("blue", "red")


def test_a_step_that_loses_a_race_is_taken_on_the_case_as_it_is_then(room: Thing) -> None:
    tries = []

    def run(work: Any) -> dict[str, Any]:
        tries.append(work)
        if len(tries) == 1:
            raise StaleDataError
        return {"id": work.expect("A").id}

    assert acting(room).once(person("handler"), "", {}, run) == {"id": room.case("A").id}
    assert len(tries) == 2


def test_a_step_that_loses_every_race_is_told_to_look_again(room: Thing) -> None:
    def run(_work: Any) -> dict[str, Any]:
        raise StaleDataError

    with pytest.raises(ProblemError) as told:
        acting(room).once(person("handler"), "", {}, run)

    assert (told.value.status, told.value.name) == (409, "stale")
