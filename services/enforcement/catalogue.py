"""The acts, limits and figures of `data/`, read and checked once at the start of every process; pure but for that.

A file that contradicts itself or `legal.toml` raises CatalogueError, which names the file, the row and what to do.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis import legal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.legal import Basis, LegalBases

Band = tuple[Decimal, Decimal]
MEASURES: Final = ("noise", "fume")
AUTHORITIES: Final = (
    "police",
    "fire_rescue",
    "housing",
    "ecology",
    "market",
    "health",
    "traffic",
    "planning",
    "judiciary",
    "other",
)
#: The penalties that a law may name beside a fine, the lightest first.
BESIDE_A_FINE: Final = ("warning", "confiscation", "suspension", "closure")
_HOME: Final = Path(__file__).parent
_BAND: Final = 2
_HOURS: Final = 24
#: 噪声污染防治法 88: so many hours long, whatever a city sets.
_NIGHT: Final = 8
_TABLES: Final = ("noise", "background", "fume", "outlet", "on_the_spot", "hearing", "late_fine")


class CatalogueError(ValueError):
    """A row that can't be used; says where, what is wrong and what to write instead."""

    def __init__(self, where: str, zh: str, en: str) -> None:
        super().__init__(f"{where}：{zh} / {where}: {en}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act that a law forbids, and what it costs; see `data/acts.toml` for each field.

    `effective_to` and `law` are read off the basis; `law` is its first version, and of an act on a day the one of that day.
    """

    code: str
    basis: str
    effective_from: date | None = None
    effective_to: date | None = None
    law: Basis | None = None
    person: Band | None = None
    organisation: Band | None = None
    refused: Band | None = None
    after_refusal: bool = False
    measured: str = ""
    competent: str = ""
    also: tuple[str, ...] = ()
    also_refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FumeSize:
    """What a kitchen of one size must keep: fume in mg per cubic metre, removal in per cent; nation and province."""

    size: str
    stoves_from: int
    removal: Decimal
    province_fume: Decimal
    province_removal: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What `data/limits.toml` holds."""

    #: dB(A) by class of area: day, night.
    noise: Mapping[str, tuple[int, int]]
    #: The first hour of the day, and of the night.
    day_hours: tuple[int, int]
    indoors_less: int
    #: What is taken off from so many dB above the background on; the lowest first.
    background: tuple[tuple[int, int], ...]
    fume: Decimal
    stove_air: Decimal
    #: The largest first.
    fume_sizes: Mapping[str, FumeSize]
    #: How far an outlet lies from dwellings in metres, without and with purifying and deodorising.
    outlet: tuple[Decimal, Decimal]
    on_the_spot: Mapping[str, Decimal]
    collected: Decimal
    hearing: Mapping[str, Decimal]
    hearing_is_verified: bool
    late_fine_daily: Decimal
    #: For what the ninety days may stand still: whether the rule that allows it was verified.
    excluded: Mapping[str, bool]


class Acts:
    """The acts by code, each as it is punished on a day."""

    def __init__(self, rows: tuple[Act, ...], bases: LegalBases) -> None:
        self._bases = bases
        self._rows: dict[str, tuple[Act, ...]] = {}
        for row in rows:
            self._rows[row.code] = (*self._rows.get(row.code, ()), row)
        self.codes = tuple(self._rows)
        for code, versions in self._rows.items():
            self._rows[code] = self._in_order(code, versions)

    def _dated(self, act: Act) -> tuple[date, Act]:
        """Return from when on an act is punished so, and the act with until when, and by which row of its basis."""
        where, known = f"acts.toml {act.code}", [row for row in self._bases.bases if row.code == act.basis]
        if not known:
            raise CatalogueError(
                where,
                f"legal.toml 中没有依据“{act.basis}”，请补一行 [[basis]]",
                f"legal.toml has no basis {act.basis!r}; add a [[basis]]",
            )
        begins = act.effective_from or known[0].effective_from
        rows = [row for row in known if row.effective_from >= begins]
        if not rows or rows[0].effective_from != begins:
            days = "、".join(str(row.effective_from) for row in known)
            raise CatalogueError(
                where,
                f"effective_from 须是 legal.toml 中“{act.basis}”某一版本的起日：{days}",
                f"effective_from is the first day of a version of {act.basis!r} in legal.toml: {days}",
            )
        return begins, replace(act, effective_to=rows[-1].effective_to, law=rows[0])

    def _in_order(self, code: str, versions: tuple[Act, ...]) -> tuple[Act, ...]:
        ordered = sorted(map(self._dated, versions), key=lambda one: one[0])
        found = [act for _, act in ordered]
        for place, ((earliest, earlier), (begins, later)) in enumerate(pairwise(ordered)):
            if earlier.basis == later.basis and earliest < begins:
                # A later version of the same article.
                found[place] = replace(earlier, effective_to=begins - timedelta(days=1))
            elif earlier.effective_to is None or earlier.effective_to >= begins:
                raise CatalogueError(
                    f"acts.toml {code}",
                    f"两行依据同时有效，请在 legal.toml 中为“{earlier.basis}”填写 effective_to（早于 {begins}）",
                    f"two rows are valid at once; set effective_to of {earlier.basis!r} in legal.toml, before {begins}",
                )
        return tuple(found)

    def versions(self, code: str) -> tuple[Act, ...]:
        """Return an act as each version of its law punishes it, the earliest first."""
        return self._rows[code]

    def on(self, code: str, day: date) -> Act | None:
        """Return an act as the law of a day punishes it, or None where none does."""
        rows = reversed(self._rows.get(code, ()))
        version = next((row for row in rows if row.law and row.law.effective_from <= day), None)
        if version is None or (version.effective_to is not None and version.effective_to < day):
            return None
        return replace(version, law=self._bases.basis(version.basis, day))


# -- reading ------------------------------------------------------------------


def _number(value: object, where: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal(-1)
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        raise CatalogueError(where, f"“{value}”不是不小于零的数", f"{value!r} is no number from zero up")
    return number


def _band(value: object, where: str) -> Band:
    if not isinstance(value, list) or len(value) != _BAND:
        raise CatalogueError(where, "罚款幅度应写成 [最低, 最高]", "a band is written [least, most]")
    least, most = (_number(part, where) for part in value)
    if least > most:
        raise CatalogueError(where, f"最低 {least} 高于最高 {most}", f"the least, {least}, lies above the most, {most}")
    return least, most


def _act(row: Mapping[str, Any], number: int) -> Act:
    where = f"acts.toml {row.get('code') or f'[[act]] {number}'}"
    if unknown := sorted({*row} - {*Act.__dataclass_fields__} | {*row} & {"effective_to", "law"}):
        names = "、".join(unknown)
        raise CatalogueError(where, f"未知的键：{names}", f"unknown keys: {names}")
    if not row.get("code") or not row.get("basis"):
        raise CatalogueError(where, "须填写 code 和 basis", "code and basis are needed")
    chosen = {"measured": MEASURES, "competent": AUTHORITIES}
    for name, choices in chosen.items():
        if row.get(name, choices[0]) not in choices:
            said = "、".join(choices)
            raise CatalogueError(where, f"{name} 只能是：{said}", f"{name} is one of {said}")
    if type(row.get("effective_from", date.min)) is not date:
        raise CatalogueError(where, "effective_from 须为不加引号的日期", "effective_from is a date without quotes")
    if not isinstance(row.get("after_refusal", False), bool):
        raise CatalogueError(where, "after_refusal 只能是 true 或 false", "after_refusal is true or false")
    bands = {name: _band(row[name], f"{where} {name}") for name in ("person", "organisation", "refused") if name in row}
    also = {name: _penalties(row[name], where, name) for name in ("also", "also_refused") if name in row}
    return Act(**{**row, **bands, **also})


def _penalties(value: object, where: str, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not {*value} <= {*BESIDE_A_FINE}:
        zh, en = (mark.join(BESIDE_A_FINE) for mark in ("、", ", "))
        raise CatalogueError(where, f"{name} 应写成列表，可以选：{zh}", f"{name} is a list of: {en}")
    return tuple(value)


def read_acts(text: str, bases: LegalBases) -> Acts:
    """Read the acts; raises CatalogueError."""
    rows = tomllib.loads(text).get("act", [])
    if not rows:
        raise CatalogueError("acts.toml", "没有任何 [[act]]", "there is no [[act]]")
    return Acts(tuple(_act(row, number) for number, row in enumerate(rows, start=1)), bases)


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of `limits.toml`; what it lacks is said by name."""

    name: str
    told: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        if key not in self.told:
            raise CatalogueError(f"limits.toml [{self.name}]", f"缺少 {key}", f"{key} is missing")
        return self.told[key]

    def figure(self, key: str) -> Decimal:
        return _number(self[key], f"limits.toml [{self.name}] {key}")

    def rows(self, key: str) -> list[_Table]:
        return [_Table(f"{self.name}] [{key}", row) for row in self[key]]


def _noise_limits(noise: _Table) -> dict[str, tuple[int, int]]:
    zones = {str(row["zone"]): (int(row.figure("day")), int(row.figure("night"))) for row in noise.rows("zones")}
    for zone, (day, night) in zones.items():
        if night > day:
            where = f"limits.toml [noise] {zone}"
            raise CatalogueError(where, "夜间限值高于昼间", "the limit by night lies above the one by day")
    return zones


def _day_hours(noise: _Table) -> tuple[int, int]:
    begins, ends = (int(hour) for hour in _band(noise["day_hours"], "limits.toml [noise] day_hours"))
    if ends - begins != _HOURS - _NIGHT:
        where = "limits.toml [noise] day_hours"
        raise CatalogueError(where, "夜间时段应为八小时", "the night is eight hours long")
    return begins, ends


def _fume_sizes(fume: _Table) -> dict[str, FumeSize]:
    sizes = [
        FumeSize(
            size=row["size"],
            stoves_from=int(row.figure("stoves_from")),
            removal=row.figure("removal"),
            province_fume=row.figure("province_fume"),
            province_removal=row.figure("province_removal"),
        )
        for row in fume.rows("sizes")
    ]
    sizes.sort(key=lambda size: -size.stoves_from)
    if not sizes or sizes[-1].stoves_from != 1:
        where = "limits.toml [fume] sizes"
        raise CatalogueError(where, "最小规模应从 1 个灶头起", "the smallest size begins with 1 stove")
    return {size.size: size for size in sizes}


def _outlet(outlet: _Table) -> tuple[Decimal, Decimal]:
    away, purified = outlet.figure("away"), outlet.figure("away_purified")
    if purified > away:
        where = "limits.toml [outlet] away_purified"
        raise CatalogueError(where, "净化除异味的距离不应更远", "what is purified may lie nearer, not farther")
    return away, purified


def read_limits(text: str) -> Limits:
    """Read the limits and figures; raises CatalogueError."""
    told = tomllib.loads(text)
    tables = {name: _Table(name, told.get(name, {})) for name in _TABLES}
    noise, fume, spot, hearing = (tables[name] for name in ("noise", "fume", "on_the_spot", "hearing"))
    daily = tables["late_fine"].figure("daily")
    if daily > 1:
        raise CatalogueError(
            "limits.toml [late_fine] daily", "应写成小数，如 0.03", "write a part of one, such as 0.03"
        )
    steps = ((int(row.figure("above")), int(row.figure("off"))) for row in tables["background"].rows("steps"))
    return Limits(
        noise=_noise_limits(noise),
        day_hours=_day_hours(noise),
        indoors_less=int(noise.figure("indoors_less")),
        background=tuple(sorted(steps)),
        fume=fume.figure("most"),
        stove_air=fume.figure("stove_air"),
        fume_sizes=_fume_sizes(fume),
        outlet=_outlet(tables["outlet"]),
        on_the_spot={kind: spot.figure(kind) for kind in ("person", "organisation")},
        collected=spot.figure("collected"),
        hearing={kind: hearing.figure(kind) for kind in ("person", "organisation")},
        hearing_is_verified=bool(hearing.told.get("verified", True)),
        late_fine_daily=daily,
        excluded={str(row["kind"]): bool(row.get("verified", True)) for row in told.get("excluded", ())},
    )


BASES: Final = legal.load(_HOME / "legal.toml")
ACTS: Final = read_acts((_HOME / "data" / "acts.toml").read_text(encoding="utf-8"), BASES)
LIMITS: Final = read_limits((_HOME / "data" / "limits.toml").read_text(encoding="utf-8"))
