"""The services that are installed here, found by their entry points."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from chassis import blueprint

if TYPE_CHECKING:
    from chassis.service import Service


class UnknownServiceError(LookupError):
    """A name that no installed service has."""


@cache
def _points(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


def names() -> list[str]:
    """Return the names of the installed services."""
    return sorted(_points("jiesu.services"))


def service(name: str) -> type[Service]:
    """Return a service's class, or raise UnknownServiceError naming those there are."""
    points = _points("jiesu.services")
    if name not in points:
        known = ", ".join(sorted(points)) or "—"
        message = f"没有安装服务 {name}，有：{known} / no service {name!r} is installed; there are: {known}"
        raise UnknownServiceError(message)
    found: type[Service] = points[name].load()
    return found


def web(name: str) -> EntryPoint | None:
    """Return the entry point of a service's web app."""
    return _points("jiesu.web").get(name)


def commands() -> dict[str, EntryPoint]:
    """Return the commands that services add to `jiesu`."""
    return _points("jiesu.commands")


@cache
def spec(name: str) -> blueprint.Blueprint:
    """Return a service's blueprint, read once per process."""
    return blueprint.read(service(name))


@cache
def has_cases(name: str) -> bool:
    """Say whether a service has cases of its own."""
    return spec(name).workflow is not None
