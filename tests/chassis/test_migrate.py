"""Migrations lead to what the models say, for every service on both databases."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from chassis import catalogue, migrate
from chassis.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.nodes.postgres import DatabaseServer


@pytest.fixture(scope="module")
def address(postgres: DatabaseServer) -> Iterator[str]:
    """Give a PostgreSQL database in which each service has a schema of its own."""
    with postgres.database() as url:
        yield url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'service'}.sqlite3"
    return str(request.getfixturevalue("address"))


# Alembic can compare no index over an expression on SQLite; those that we have are PostgreSQL's only.
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.parametrize("name", catalogue.names())
def test_migrated_tables_are_those_of_the_models(name: str, url: str) -> None:
    database, spec = Database(url, name), catalogue.spec(name)
    try:
        done = migrate.upgrade(database, spec)

        assert done
        assert migrate.differences(database, spec.metadata) == []
        assert not migrate.pending(database, spec)
        assert migrate.upgrade(database, spec) == []
    finally:
        database.close()


def test_a_service_without_tables_is_not_up_to_date(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'intake'}.sqlite3", "intake")

    assert migrate.pending(database, catalogue.spec("intake"))
    database.close()


def test_replicas_that_start_together_migrate_once(postgres: DatabaseServer) -> None:
    with postgres.database() as url:
        databases = [Database(url.replace("postgresql://", "postgresql+psycopg://", 1), "intake") for _ in range(3)]
        done: list[list[str]] = []
        failures: list[Exception] = []

        def upgrade(database: Database) -> None:
            try:
                done.append(migrate.upgrade(database, catalogue.spec("intake")))
            except Exception as error:  # noqa: BLE001 - told by the test's own thread
                failures.append(error)

        threads = [threading.Thread(target=upgrade, args=[database]) for database in databases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        for database in databases:
            database.close()

    assert failures == []
    assert sorted(map(bool, done)) == [False, False, True]


def test_a_service_without_migrations_is_named(tmp_path: Path) -> None:
    spec = catalogue.spec("intake")
    bare = type(spec)(
        **{name: getattr(spec, name) for name in ("name", "metadata", "store", "case", "workflow")},
        folder=tmp_path,
        subscriptions=(),
        chores=(),
        addressed={},
        known=spec.known,
        witness=spec.witness,
        legal=spec.legal,
        calendar=spec.calendar,
    )
    database = Database(f"sqlite:///{tmp_path / 'intake'}.sqlite3", "intake")

    with pytest.raises(migrate.NoMigrationsError, match="intake has no migrations in"):
        migrate.upgrade(database, bare)
    database.close()
