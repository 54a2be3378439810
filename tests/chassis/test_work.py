"""One transaction's work: what is changed, told and recorded, together or not at all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import JSON, Column, MetaData, String, Table, select
from sqlalchemy.orm.exc import StaleDataError

from chassis.cases import verify
from chassis.wire import MOST_BYTES, decode, plain
from chassis.work import NotYetError, Work, case_row
from chassis.workflow import NotPermittedError, Role
from tests.chassis.conftest import Thing
from tests.chassis.made_up.service import ThingEchoed


def timeline(room: Thing, subject: str) -> list[dict[str, object]]:
    table = room.blueprint.store.timeline
    with room.database.read() as session:
        rows = session.execute(select(table).where(table.c.case_id == room.case(subject).id).order_by(table.c.seq))
        return [dict(row._mapping) for row in rows]


def test_a_look_sees_one_moment_whatever_is_done_meanwhile(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})
    kind = room.blueprint.case

    with room.database.look() as session:
        before = session.scalars(select(kind.version)).all()
        room.act("A", "painted", {"colour": "blue"})
        assert session.scalars(select(kind.version)).all() == before
    with room.database.look() as session:
        assert session.scalars(select(kind.version)).all() == [room.case("A").version] != before


def test_a_fact_carries_the_letter_that_caused_it(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})
    cause = room.hear("teller.thing_said.v1", "A", {"words": "hello"})

    table = room.blueprint.store.letters
    with room.database.read() as session:
        [row] = session.execute(select(table)).all()
    letter = decode(bytes(row.body))
    assert (letter.key, letter.subject) == ("made_up.thing_echoed.v1", "A")
    assert (letter.causation, letter.correlation) == (cause, cause)
    assert letter.data == {"words": "hello"}
    assert row.posted_at is None


def test_a_step_is_recorded_with_who_took_it_and_what_they_said(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})

    room.act("A", "painted", {"colour": "blue"})

    opened, painted = timeline(room, "A")
    assert (opened["trigger"], opened["target"], opened["role"]) == ("opened", "open", "bus")
    assert (painted["trigger"], painted["actor"], painted["form"]) == ("painted", "p1", {"colour": "blue"})
    case = room.case("A")
    assert (case.colour, case.details["colour_now"], case.details["painted"]) == ("blue", "blue", [{"colour": "blue"}])
    assert room.told("thing_painted.v1")[0]["by"] == "p1"


def test_a_history_that_was_edited_is_found_out(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})
    room.act("A", "painted", {"colour": "blue"})
    room.act("A", "closed")
    entries, chain = timeline(room, "A"), room.case("A").chain

    assert verify(entries, chain)
    assert not verify(entries[:-1], chain)
    assert not verify([entries[0], entries[2]], chain)
    assert not verify([entries[0], {**entries[1], "form": {"colour": "red"}}, entries[2]], chain)
    assert not verify([{**entries[0], "seq": 2}, *entries[1:]], chain)


def test_nothing_of_a_failed_transaction_is_left(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})

    with pytest.raises(ZeroDivisionError):
        _hear_and_fail(room)

    assert len(timeline(room, "A")) == 1
    assert room.told() == []


def _hear_and_fail(room: Thing) -> None:
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        work.step(work.expect("A"), "heard", {"words": "x"})
        work.tell(ThingEchoed(words="x"), "A")
        work.record()
        raise ZeroDivisionError


def test_recording_twice_doubles_nothing(room: Thing) -> None:
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        work.open("A", title="a thing")
        work.tell(ThingEchoed(words="x"), "A")
        work.record()
        work.record()

    assert len(timeline(room, "A")) == 1
    assert len(room.told()) == 1


def test_two_people_can_not_change_the_same_state_of_a_case(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})
    with room.database.read() as reading:
        seen = reading.scalars(select(room.blueprint.case)).one()
        reading.expunge(seen)
    room.act("A", "painted", {"colour": "blue"})

    with room.database.write() as session:
        session.add(seen)
        seen.title = "overwritten"
        with pytest.raises(StaleDataError):
            session.flush()

    assert room.case("A").colour == "blue"
    assert room.case("A").title == "a thing"


def test_what_is_not_here_yet_is_waited_for(room: Thing) -> None:
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)

        assert work.case("A") is None
        with pytest.raises(NotYetError, match="no case for A here yet"):
            work.expect("A")


def test_cases_of_many_subjects_are_read_at_once(room: Thing) -> None:
    for subject in ("A", "B"):
        room.hear("teller.thing_opened.v1", subject, {"title": "a thing"})

    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        work.prefetch(["A", "B", "C", ""])
        session.close()

        assert [work.case(name) is not None for name in ("A", "B", "C")] == [True, True, False]


def test_a_fact_that_nobody_could_read_is_not_told(room: Thing) -> None:
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)

        with pytest.raises(ValueError, match="nobody reads more than"):
            work.tell(ThingEchoed(words="x" * MOST_BYTES), "A")
        assert work.letters == []


def test_a_step_for_people_is_not_taken_by_nobody(small: Thing) -> None:
    small.hear("teller.thing_opened.v1", "A", {"title": "a thing"})

    with small.database.write() as session:
        work = Work(session, small.blueprint, small.now)
        with pytest.raises(NotPermittedError, match="for handler, leader"):
            work.step(work.expect("A"), "closed")
        work.step(work.expect("A"), "closed", role=Role.LEADER)
        work.record()

    assert small.state("A") == "closed"
    assert small.case("A").ended_at == small.now


def test_a_note_changes_no_state(small: Thing) -> None:
    small.hear("teller.thing_opened.v1", "A", {"title": "a thing"})

    with small.database.write() as session:
        work = Work(session, small.blueprint, small.now)
        work.note(work.expect("A"), "looked_at", {"by": "nobody"})
        work.record()

    last = timeline(small, "A")[-1]
    assert (last["trigger"], last["source"], last["target"]) == ("looked_at", "open", "open")


def test_values_are_kept_as_json_gives_them_back() -> None:
    assert plain({"a": (1, 2)}) == {"a": [1, 2]}


def test_cases_that_a_unit_has_opened_or_changed_are_stored_each_in_its_next_version(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})
    room.hear("teller.thing_opened.v1", "B", {"title": "another"})

    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        work.case("A").colour = "blue"
        work.case("B").title = "renamed"
        work.open("C", title="new").colour = "red"
        work.record()
        work.case("C").title = "newer"
        work.record()

    assert {name: (room.case(name).title, room.case(name).colour, room.case(name).version) for name in "ABC"} == {
        "A": ("a thing", "blue", 2),
        "B": ("renamed", "", 2),
        "C": ("newer", "red", 2),
    }


def test_a_unit_whose_case_somebody_else_has_changed_changes_nothing(room: Thing) -> None:
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})
    room.hear("teller.thing_opened.v1", "B", {"title": "another"})
    with room.database.read() as reading:
        seen = reading.scalars(select(room.blueprint.case).where(room.blueprint.case.subject == "A")).one()
        reading.expunge(seen)
    room.act("A", "painted", {"colour": "blue"})

    with pytest.raises(StaleDataError, match="1 of 2 cases"):
        _overwrite(room, seen)

    assert {room.case(name).title for name in "AB"} == {"a thing", "another"}


def _overwrite(room: Thing, seen: object) -> None:
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        session.add(seen)
        work.prefetch(["A", "B"])
        work.case("A").title = work.case("B").title = "overwritten"
        work.record()


def test_a_new_case_has_the_defaults_of_its_table_those_that_are_made_as_well() -> None:
    table = Table("cases", MetaData(), Column("kind", String, default="plain"), Column("marks", JSON, default=dict))

    assert case_row(table, SimpleNamespace()) == {"kind": "plain", "marks": {}}
    assert case_row(table, SimpleNamespace(marks={"a": 1}, kind="odd")) == {"kind": "odd", "marks": {"a": 1}}
