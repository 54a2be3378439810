"""What is written beside the code agrees with it: migrations, words, the description of the API."""

from pathlib import Path
from typing import Any

import pytest

import chassis
from chassis import catalogue, migrate, settings
from chassis.database import Database
from chassis.terms import Terms, untranslated
from services.portal import schemas
from services.portal.models import Base
from services.portal.web import OPERATIONS, create_app

ROOM = Path(schemas.__file__).parent


def test_the_migrations_make_the_tables_that_the_models_expect(tmp_path: Path, database_address: str) -> None:
    database = Database(database_address or f"sqlite:///{tmp_path}/portal.sqlite3", "portal")

    assert migrate.upgrade(database, catalogue.spec("portal"))

    assert migrate.differences(database, Base.metadata) == []
    assert migrate.upgrade(database, catalogue.spec("portal")) == []
    database.close()


def test_everything_that_people_read_has_its_chinese() -> None:
    shared = Path(str(chassis.__file__)).parent / "terms.toml"
    terms = Terms(shared, ROOM / "terms.toml")

    assert untranslated(terms, templates=[ROOM / "templates"]) == []


def test_the_description_of_the_api_names_every_door_for_programs(tmp_path: Path) -> None:
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path)}))

    described: dict[str, Any] = app.test_client().get("/openapi.json").get_json()["paths"]
    doors = {
        (rule.rule, method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith("/api/") and method in ("GET", "POST")
    }
    assert {
        (path, method) for path, methods in described.items() for method in methods if path.startswith("/api/")
    } == doors


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_each_door_for_programs_says_what_it_is_for(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"], (path, method)
    assert operation["responses"]
