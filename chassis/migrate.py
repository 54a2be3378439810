"""Migrations: each service's own chain of Alembic revisions, in its own database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData

    from chassis.blueprint import Blueprint
    from chassis.database import Database


class NoMigrationsError(Exception):
    """A service without a `migrations` folder."""


def _script(blueprint: Blueprint) -> ScriptDirectory:
    folder = blueprint.folder / "migrations"
    if not folder.is_dir():
        message = f"{blueprint.name} has no migrations in {folder}"
        raise NoMigrationsError(message)
    return ScriptDirectory(str(folder), version_locations=[str(folder)])


def upgrade(database: Database, blueprint: Blueprint) -> list[str]:
    """Bring a service's tables up to date; return the revisions that were run."""
    script = _script(blueprint)
    with database.engine.connect() as connection:
        _prepare(connection, blueprint.name)
    done: list[str] = []

    def steps(current: Any, _context: MigrationContext) -> Any:
        found = script._upgrade_revs("head", current)  # noqa: SLF001 - what Alembic's commands call
        done.extend(step.revision.revision for step in found)
        return found

    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            name = {"name": f"jiesu:{blueprint.name}"}
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), name)
        context = MigrationContext.configure(connection, opts={"fn": steps})
        with Operations.context(context):
            context.run_migrations()
    return done


def pending(database: Database, blueprint: Blueprint) -> bool:
    """Say whether a service's tables are not up to date."""
    script = _script(blueprint)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        return context.get_current_revision() != script.get_current_head()


def _prepare(connection: Connection, schema: str) -> None:
    if connection.dialect.name == "postgresql":
        # Two that create the same schema at once would not both succeed.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('jiesu:schemas'))"))
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        connection.commit()


def differences(database: Database, metadata: MetaData) -> list[object]:
    """Return what the models have and the migrated tables lack, or the other way round."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - for tests and doctor only

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, metadata))
