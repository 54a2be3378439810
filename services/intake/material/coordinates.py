"""Positions brought to WGS 84 from the two shifted systems that Chinese maps show.

GCJ-02 (national maps) shifts WGS 84 by some hundreds of metres inside China; BD-09 (Baidu) shifts GCJ-02 once more.
Both are the published approximations; the way back is found by approaching it, to less than a millimetre.
"""

from __future__ import annotations

from math import atan2, cos, hypot, pi, radians, sin, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: The systems that a position may be given in.
DATUMS: Final = ("WGS84", "GCJ02", "BD09")

#: Krasovsky's ellipsoid, on which the shift is defined: half the long axis in metres, and the square of its flatness.
_HALF_AXIS: Final = 6378245.0
_FLATNESS: Final = 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_BD_PI: Final = pi * 3000 / 180
_TURNS: Final = 10


def to_wgs84(longitude: float, latitude: float, datum: str) -> tuple[float, float]:
    """Return longitude and latitude in degrees of WGS 84; KeyError for a system that is not in DATUMS."""
    back = {"WGS84": _as_it_is, "GCJ02": _from_gcj02, "BD09": _from_bd09}[datum]
    return back(longitude, latitude)


def gcj02(longitude: float, latitude: float) -> tuple[float, float]:
    """Shift a position in WGS 84 as national maps do; outside China nothing is shifted."""
    if not (_WEST <= longitude <= _EAST and _SOUTH <= latitude <= _NORTH):
        return longitude, latitude
    x, y = longitude - 105, latitude - 35
    waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    bend = 1 - _FLATNESS * sin(radians(latitude)) ** 2
    north_degrees = north * 180 / (_HALF_AXIS * (1 - _FLATNESS) / (bend * sqrt(bend)) * pi)
    east_degrees = east * 180 / (_HALF_AXIS / sqrt(bend) * cos(radians(latitude)) * pi)
    return longitude + east_degrees, latitude + north_degrees


def bd09(longitude: float, latitude: float) -> tuple[float, float]:
    """Shift a position in WGS 84 as Baidu's maps do."""
    x, y = gcj02(longitude, latitude)
    far = hypot(x, y) + 0.00002 * sin(y * _BD_PI)
    turn = atan2(y, x) + 0.000003 * cos(x * _BD_PI)
    return far * cos(turn) + 0.0065, far * sin(turn) + 0.006


def _as_it_is(longitude: float, latitude: float) -> tuple[float, float]:
    return longitude, latitude


def _from_gcj02(longitude: float, latitude: float) -> tuple[float, float]:
    return _back(gcj02, longitude, latitude)


def _from_bd09(longitude: float, latitude: float) -> tuple[float, float]:
    return _back(bd09, longitude, latitude)


def _back(shift: Callable[[float, float], tuple[float, float]], x: float, y: float) -> tuple[float, float]:
    longitude, latitude = x, y
    for _ in range(_TURNS):
        shifted = shift(longitude, latitude)
        longitude, latitude = longitude + x - shifted[0], latitude + y - shifted[1]
    return round(longitude, 7), round(latitude, 7)
