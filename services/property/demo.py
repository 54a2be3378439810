"""The demo street's estates with their owners by number: visibly made up, and there only where a demo was asked for."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from chassis import catalogue, moments
from chassis.database import Database
from services.property import register, roster, schemas
from services.property.models import Estate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from chassis.settings import Settings

_LAID_OUT = ("buildings", "entrances", "floors", "areas")


def estates() -> list[dict[str, Any]]:
    """Return the demo's estates, each as its form would be posted."""
    table = tomllib.loads(files("services.property").joinpath("data", "demo.toml").read_text("utf-8"))
    return [
        {
            **{name: str(value) if hasattr(value, "year") else value for name, value in row.items()},
            "roster": roster.written(rooms(row)),
        }
        for row in table["estate"]
    ]


def rooms(row: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the rooms of an estate by its buildings, entrances, floors and the areas of the doors on a floor."""
    places = [
        (building, entrance, f"{floor}{door:02}", area)
        for building in row["buildings"]
        for entrance in range(1, row["entrances"] + 1)
        for floor in range(1, row["floors"] + 1)
        for door, area in enumerate(row["areas"], 1)
    ]
    return [
        {
            "room": f"{building}-{entrance}-{door}",
            "building": f"{building}号楼",
            "entrance": f"{entrance}单元",
            "owner": f"Y{number:04}",
            "area": area,
            "area_by": "register",
            "tenure": "delivered",
        }
        for number, (building, entrance, door, area) in enumerate(places, 1)
    ]


def add(session: Session) -> int:
    """Register those of the demo's estates that are not there yet; return how many were added."""
    missing = [one for one in estates() if session.get(Estate, one["name"]) is None]
    for one in missing:
        told = {name: value for name, value in one.items() if name not in _LAID_OUT}
        form = schemas.EstateForm().load(told)
        known = roster.read(form["roster"]) if form["roster"] else []
        register.put(session, form, known, by="演示", now=moments.now())
    return len(missing)


def prepare(settings: Settings) -> Iterator[str]:
    """Register the demo's estates, and say where they are."""
    spec = catalogue.spec("property")
    database = Database(settings.database_for(spec.name), spec.name)
    try:
        with database.write() as session:
            add(session)
    finally:
        database.close()
    yield "演示小区 / demo estates:  /property/estates"
