"""Persons are known again by a keyed hash, through an index, whenever they were filed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, text, update

from chassis import blueprint, figures
from chassis.database import Database
from chassis.keys import KeyFolder, KeysError, rotate
from chassis.migrate import upgrade
from chassis.sealing import lookup_hash
from chassis.testing import Room
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
    question = register.same(["a" * 64], but="c").compile(compile_kwargs={"literal_binds": True})

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


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_after_the_upgrade_every_household_is_entered_anew_and_nobody_else_is(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("database_url") if kind == "postgresql" else f"sqlite:///{tmp_path / 'old.sqlite3'}"
    database, spec = Database(url, "relief"), blueprint.read(ReliefService)
    upgrade(database, spec)
    room = Room(ReliefService, tmp_path, url)
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

    assert upgrade(database, spec) == ["0007", "0008", "0009", "0010"]

    assert (room.case("A1").entered, room.case("A2").entered) == (-1, 0)
    room.run("index_cases")
    assert all(room.case(one).entered == room.case(one).entries for one in ("A1", "A2"))
    room.database.close()
    database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_after_the_upgrade_a_refusal_on_file_stands_under_who_has_refused(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("database_url") if kind == "postgresql" else f"sqlite:///{tmp_path / 'old.sqlite3'}"
    database, spec = Database(url, "relief"), blueprint.read(ReliefService)
    upgrade(database, spec)
    room = Room(ReliefService, tmp_path, url)
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

    assert upgrade(database, spec) == ["0010"]

    assert old == {subject: way[-1] for subject, way in ways.items()}
    for subject, way in ways.items():
        request_of_it = rules.requests(room.case(subject).details)[0]
        assert [one for one in rules.REFUSALS if request_of_it.get(one)] == [way[-1]]
    room.run("index_cases")
    with database.read() as session:
        counted = figures.sums(session, spec)
    assert {of: amount // 100 for (name, of), amount in counted.items() if name == "refused" and amount} == {
        "rejected_by_street": 1,
        "district_rejected": 1,
        "grant_revoked": 1,
    }
    database.close()
    room.database.close()
