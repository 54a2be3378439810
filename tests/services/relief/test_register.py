"""Persons are known again by a keyed hash, through an index, whenever they were filed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from chassis import blueprint, figures, metrics
from chassis.database import Database
from chassis.keys import KeyFolder, KeysError, rotate
from chassis.migrate import upgrade
from chassis.sealing import lookup_hash
from chassis.testing import Room
from chassis.workflow import CaseView, Caution
from services.relief import register, rules
from services.relief.models import Case, Person
from services.relief.service import ReliefService
from tests.services.relief.test_cautions import file, go, of, warned
from tests.services.relief.test_papers import POSTED, walk
from tests.services.relief.test_service import APPLY, ASSIGNED, room, take

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["room"]


def entered(room: Room) -> dict[str, list[str]]:
    """Return the hashes that are entered, by case."""
    found: dict[str, list[str]] = {}
    with room.database.read() as session:
        for person in session.scalars(select(Person).order_by(Person.case_id, Person.who)):
            found.setdefault(person.case_id, []).append(person.who)
    return found


def test_the_household_is_entered_with_the_application_as_hashes_that_nobody_guesses_without_the_key(
    room: Room, folder: KeyFolder
) -> None:
    take(room, "application_filed")

    [found] = entered(room).values()
    assert len(found) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", who) for who in found)
    secret = folder.knowing_again("relief")
    assert lookup_hash("居民甲|0012", secret) in found
    assert lookup_hash("居民甲|0012", b"x" * 32) not in found


def test_a_rotation_of_the_key_loses_nobody(room: Room, folder: KeyFolder) -> None:
    take(room, "application_filed")
    rotate(folder.path, "relief.records")

    file(room, "A2")

    assert of(room, "A2") == ["duplicate_relief"]


def test_an_application_that_is_filed_again_replaces_whom_it_would_help(room: Room) -> None:
    walk(room, "application_filed", "application_withdrawn", "concluded_without_help")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "relief", "reason": "仍需救助"})
    alone = [{"name": "居民丙", "relation": "self", "adult": True, "id_last_four": "0099"}]

    walk(room, "rework_taken", ("application_filed", {"household": alone, "incomes": []}))

    [found] = entered(room).values()
    assert found == register.hashes([("居民丙", "0099")])


def test_who_was_given_an_advance_is_known_again_too(room: Room) -> None:
    walk(room, "emergency_assessed", "advance_paid")

    file(room, "A2", cause="fire")

    assert ["PL-2" in one.zh for one in warned(room, "A2")] == [True]
    # By the advance as well, which was given before anybody had applied.
    assert ["PL-A2" in one.zh for one in warned(room, "A1")] == [True]


def test_without_the_key_an_application_is_not_filed_and_nothing_is_lost(room: Room, folder: KeyFolder) -> None:
    (folder.path / "private" / "relief.records.jwk").unlink()

    with pytest.raises(KeysError):
        take(room, "application_filed")

    assert room.state("A1") == "to_apply"
    assert entered(room) == {}


def test_persons_are_found_by_the_index_and_not_by_looking_through_the_cases(room: Room) -> None:
    question = register.same(["a" * 64], Case.number, but="c").compile(compile_kwargs={"literal_binds": True})

    with room.database.read() as session:
        plan = [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {question}"))]

    assert any("ix_persons_who" in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN")], plan


def test_cases_from_before_the_index_are_entered_by_a_chore(room: Room) -> None:
    take(room, "application_filed")
    with room.database.write() as session:
        session.execute(delete(Person))
        session.execute(update(Case).values(entered=0))

    room.run("index_cases")
    file(room, "A2")

    assert of(room, "A2") == ["duplicate_relief"]
    assert room.case("A1").entered == room.case("A1").entries


def test_the_migration_leaves_the_cases_that_are_there_to_the_chore(tmp_path: Path, room: Room) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.sqlite3'}", "relief")
    upgrade(database, room.blueprint)

    with database.engine.connect() as connection:
        columns = {row.name: row.dflt_value for row in connection.execute(text("PRAGMA table_info(cases)"))}
    database.close()

    assert "persons" not in columns
    assert columns["entered"].strip("'") == "0"


def test_on_postgresql_the_migrated_tables_find_the_same_person_too(tmp_path: Path, database_url: str) -> None:
    migrated = Database(database_url, "relief")
    upgrade(migrated, blueprint.read(ReliefService))
    migrated.close()
    room = Room(ReliefService, tmp_path, database_url)
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    walk(room, "case_accepted", "contact_made", "application_filed")

    file(room, "A2")

    assert of(room, "A2") == ["duplicate_relief"]
    room.database.close()


def test_who_was_entered_by_a_name_as_it_was_typed_is_known_again_after_the_upgrade(
    tmp_path: Path, folder: KeyFolder
) -> None:
    database, spec = Database(url := f"sqlite:///{tmp_path / 'old.sqlite3'}", "relief"), blueprint.read(ReliefService)
    upgrade(database, spec)
    room = Room(ReliefService, tmp_path, url)
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    dotted = {"name": "居民甲·乙", "relation": "self", "adult": True, "id_last_four": "0012"}
    walk(room, "case_accepted", "contact_made", ("application_filed", {"household": [dotted], "incomes": []}))
    # As the release before has left it.
    old = lookup_hash("居民甲·乙|0012", folder.knowing_again("relief"))
    with database.engine.begin() as connection:
        connection.execute(update(Person).values(who=old))
        connection.execute(text("UPDATE alembic_version SET version_num = '0008'"))

    assert upgrade(database, spec) == ["0009", "0010"]
    assert entered(room) == {room.case("A1").id: [old]}
    room.run("index_cases")
    file(room, "A2", household=[dotted | {"name": "居民甲•乙"}], incomes=[])

    assert of(room, "A2") == ["duplicate_relief"]
    room.database.close()
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def installed(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Database, Room]]:
    """Give relief's own database as `migrate` makes it, and a room over it, to be put back to a release before."""
    url = (
        request.getfixturevalue("database_url")
        if request.param == "postgresql"
        else f"sqlite:///{tmp_path / 'old.sqlite3'}"
    )
    database = Database(url, "relief")
    upgrade(database, blueprint.read(ReliefService))
    room = Room(ReliefService, tmp_path, url)
    yield database, room
    room.database.close()
    database.close()


def test_after_the_upgrade_every_household_is_entered_anew_and_nobody_else_is(installed: tuple[Database, Room]) -> None:
    database, room = installed
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    walk(room, "case_accepted", "contact_made", "application_filed")
    file(room, "A2", relief="dibao", cause="low_income")
    # As the release before has left it.
    with database.engine.begin() as connection:
        for statement in (
            "DROP TABLE evidence",
            "DROP INDEX cases_lagging",
            "ALTER TABLE cases DROP COLUMN entered",
            "CREATE INDEX cases_unindexed ON cases (opened_at, id)",
            "UPDATE alembic_version SET version_num = '0006'",
        ):
            connection.execute(text(statement))

    assert upgrade(database, room.blueprint) == ["0007", "0008", "0009", "0010"]

    assert (room.case("A1").entered, room.case("A2").entered) == (-1, 0)
    room.run("index_cases")
    assert all(room.case(one).entered == room.case(one).entries for one in ("A1", "A2"))


def test_after_the_upgrade_a_refusal_on_file_stands_under_who_has_refused(installed: tuple[Database, Room]) -> None:
    database, room = installed
    ways = {
        "A1": ("opinion_against", "rejected_by_street"),
        "A2": ("opinion_against", "submitted_for_refusal", "district_rejected"),
        "A3": (*POSTED, "submitted", "district_approved", "grant_revoked"),
    }
    for number, (subject, way) in enumerate(ways.items()):
        names = (("居民甲", "self", True), ("居民乙", "child", False))
        household = [
            {"name": name, "relation": relation, "adult": adult, "id_last_four": f"001{number}"}
            for name, relation, adult in names
        ]
        file(room, subject, household=household)
        go(room, subject, *APPLY[1:], *way[:2])
        room.pass_time(timedelta(days=8))
        go(room, subject, *way[2:])
        # As the release before has left them: one is of an earlier request.
        details = dict(room.case(subject).details)
        refused = {"district_rejected": details.pop(way[-1])}
        details |= {"earlier": [refused]} if number == 2 else refused
        with database.write() as session:
            session.execute(update(Case).where(Case.subject == subject).values(details=details))
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0009'"))
    old = {subject: rules.refusal(rules.requests(room.case(subject).details)[0])[0] for subject in ways}

    assert upgrade(database, room.blueprint) == ["0010"]

    assert old == {subject: way[-1] for subject, way in ways.items()}
    for subject, way in ways.items():
        request_of_it = rules.requests(room.case(subject).details)[0]
        assert [one for one in rules.REFUSALS if request_of_it.get(one)] == [way[-1]]
    room.run("index_cases")
    with database.read() as session:
        counted = figures.sums(session, room.blueprint)
    assert {of: amount // 100 for (name, of), amount in counted.items() if name == "refused" and amount} == {
        "rejected_by_street": 1,
        "district_rejected": 1,
        "grant_revoked": 1,
    }


def warnings_counted(room: Room) -> dict[str, list[str]]:
    """Return the warnings that are counted, by case."""
    found: dict[str, list[str]] = {}
    for subject in ("A1", "A2"):
        case = room.case(subject)
        with room.database.read() as session:
            kept = figures.kept(session, room.blueprint, [case.id]).get(case.id, {})
        found[subject] = sorted(of for name, of in kept if name == figures.WARNINGS)
    return found


def test_a_duplicate_is_counted_at_both_cases_at_once(room: Room) -> None:
    take(room, "application_filed")

    file(room, "A2")

    assert warnings_counted(room) == {"A1": ["duplicate_relief"], "A2": ["duplicate_relief"]}


def test_a_refusal_that_is_overturned_is_counted_as_a_duplicate_at_both_cases_at_once(room: Room) -> None:
    walk(room, *APPLY, "opinion_against", "rejected_by_street", "rejection_notified")
    file(room, "A2")
    assert warnings_counted(room) == {"A1": [], "A2": []}

    walk(room, "rejection_overturned")

    assert warnings_counted(room) == {"A1": ["duplicate_relief"], "A2": ["duplicate_relief"]}


def test_a_step_of_one_case_changes_nothing_of_another_but_what_is_warned_of_there(room: Room) -> None:
    take(room, "application_filed")
    table = room.blueprint.figures
    with room.database.write() as session:
        # As if another worker were counting it at this moment.
        session.execute(update(table).where(table.c.name == "applied").values(hundredths=700))

    file(room, "A2")

    with room.database.read() as session:
        assert figures.sums(session, room.blueprint)["applied", "temp_expense"] == 800


def _fails(session: Session, case: CaseView, now: datetime) -> Iterator[Caution]:
    """Ask what no database can answer."""
    del case, now
    session.execute(text("SELECT 1 FROM nowhere"))
    yield from ()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_look_at_the_other_cases_that_fails_in_the_database_costs_no_step(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("database_url") if kind == "postgresql" else f"sqlite:///{tmp_path / 'r.sqlite3'}"
    migrated = Database(url, "relief")
    upgrade(migrated, blueprint.read(ReliefService))
    migrated.close()
    room = Room(ReliefService, tmp_path, url)
    metrics.NOT_COUNTED.clear()
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    walk(room, "case_accepted", "contact_made", "application_filed")
    room.blueprint = replace(room.blueprint, compared=_fails)

    file(room, "A2")

    assert [room.state(one) for one in ("A1", "A2")] == ["materials_check"] * 2
    assert [room.case(one).entries for one in ("A1", "A2")] == [4, 4]
    assert metrics.NOT_COUNTED.labels("relief")._value.get() > 0
    metrics.NOT_COUNTED.clear()
    room.database.close()
