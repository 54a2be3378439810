"""The legal bases and statutory clocks of a service, as data with dates of validity.

Each service keeps its own `legal.toml`. A new version of a law is a new row with the same
code (or a new code, named by `superseded_by` of the old row), and the row that counts is
the one valid on the day of the act. Dates are TOML dates without quotes; both ends belong
to the time of validity; without `effective_to` a row is valid until further notice.

    [[basis]]
    code = "行政处罚法-60"             # act, hyphen, article: what steps and clocks refer to
    title = "中华人民共和国行政处罚法"
    doc_no = "主席令第70号"            # optional
    article = "60"                     # optional
    effective_from = 2021-07-15
    # effective_to = 2030-12-31        # optional
    # superseded_by = "新法-12"        # optional: the code that took its place
    summary = "立案之日起九十日内作出处罚决定"
    verified = true                    # false: nobody has compared it with the text of the law

    [[clock]]
    name = "penalty_decision"          # what `starts`, `stops` and `expires` of a step refer to
    # case_kind = "on_the_spot"        # optional: the kind of case that the row is for; a row without it is for all others
    zh = "作出处罚决定"
    en = "Decide on the penalty"       # optional
    limit = 90
    unit = "day"                       # day, workday, hour, work_hour, month, year
    roll = "none"                      # optional; "next" moves a last day off to the next working
                                       # day: for periods in which a party must act
    # roll_basis = "民法典-203"        # optional, with roll = "next": the code of what says so
    # ends = "close"                   # optional: at the close of business instead of at 24:00
    basis = "行政处罚法-60"            # a code from above
    effective_from = 2021-07-15
    # effective_to = 2030-12-31        # optional
    # extend = "30d"                   # optional: the most that it may be extended by, for people
    # suspends = ["鉴定"]              # optional: what it stands still for; a step's `ground` goes by it, the rest is for people
    # kind = "service"                 # optional: a time that the office has set itself; else "statutory"
    # lapses = true                    # optional: a time that another may use or has to be given; when it is over
                                       # and no step waits for that, it ends, and nobody is late
    # verified = false                 # optional; else as its basis
    note = ""                          # optional

Write the unit as the act means it: where an act says that its five days are working days,
`unit = "day"` with `limit = 5` is refused. Rows of one code or name must neither overlap
nor leave a gap. Anything unknown, missing or contradictory raises LegalError on loading,
naming the file and the row.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from chassis.clocks import Clock, ClockError, ClockRule, Ends, Kind, Lang, Period, Roll, Unit, counting_rule
from chassis.workcalendar import local_date


class LegalError(ValueError):
    """A table of legal bases that contradicts itself, or a row that is not there."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One article of one version of a law, or of a rule of one's own."""

    code: str
    title: str
    effective_from: date
    effective_to: date | None = None
    doc_no: str = ""
    article: str = ""
    superseded_by: str = ""
    summary: str = ""
    verified: bool = True

    def said(self, lang: str) -> str:
        """Name the act and its article for people, such as 保障农民工工资支付条例第30条（国务院令第724号）."""
        if lang == "en":
            return ", ".join(
                part for part in (self.title, f"article {self.article}" * bool(self.article), self.doc_no) if part
            )
        article = f"第{self.article}条" if self.article else ""
        return f"{self.title}{article}{f'（{self.doc_no}）' if self.doc_no else ''}"


class _Row(Protocol):
    @property
    def effective_from(self) -> date: ...

    @property
    def effective_to(self) -> date | None: ...


_R = TypeVar("_R", bound=_Row)
_E = TypeVar("_E", bound=StrEnum)

_BASIS_KEYS: Final = frozenset(field.name for field in fields(Basis))
_CLOCK_KEYS: Final = frozenset(field.name for field in fields(ClockRule))
_TEXTS: Final = frozenset(
    {
        *("code", "title", "doc_no", "article", "superseded_by", "summary"),
        *("name", "case_kind", "basis", "roll_basis", "zh", "en", "note", "extend"),
    }
)
_FLAGS: Final = frozenset({"verified", "lapses"})


class LegalBases:
    """What a service's `legal.toml` says, by code or name and the day of the act."""

    def __init__(self, bases: Iterable[Basis], clocks: Iterable[ClockRule], *, origin: str = "legal.toml") -> None:
        self.origin = origin
        self._bases: dict[str, tuple[Basis, ...]] = {}
        self._clocks: dict[str, tuple[ClockRule, ...]] = {}
        for basis in bases:
            self._bases[basis.code] = (*self._bases.get(basis.code, ()), basis)
        for clock in clocks:
            key = _key(clock.name, clock.case_kind)
            self._clocks[key] = (*self._clocks.get(key, ()), clock)
        self._bases = {code: self._ordered(code, rows) for code, rows in self._bases.items()}
        self._clocks = {name: self._ordered(name, rows) for name, rows in self._clocks.items()}
        for rule in self.clocks:
            self._check(rule)

    @classmethod
    def empty(cls) -> LegalBases:
        """Return the bases of a service that has none."""
        return cls((), ())

    @property
    def bases(self) -> tuple[Basis, ...]:
        """All rows of all codes, each code's by date."""
        return tuple(row for rows in self._bases.values() for row in rows)

    @property
    def clocks(self) -> tuple[ClockRule, ...]:
        """All rows of all clocks, each clock's by date."""
        return tuple(row for rows in self._clocks.values() for row in rows)

    @cached_property
    def lapsing(self) -> frozenset[str]:
        """The clocks for whose end nobody is late."""
        return frozenset(row.name for row in self.clocks if row.lapses)

    def basis(self, code: str, on: date | datetime) -> Basis:
        """Return the row of a code valid on a day (of a datetime, its day in Asia/Shanghai)."""
        return self._valid(code, self._bases, on, "依据", "basis")

    def said(self, code: str, on: date | datetime, lang: str) -> str:
        """Name a basis for people; what is no code here, such as the promise's own that came with a letter, is words already."""
        try:
            return self.basis(code, on).said(lang)
        except LegalError:
            return code

    def clock(self, name: str, on: date | datetime, case_kind: str = "") -> ClockRule:
        """Return the row of a clock valid on a day (of a datetime, its day in Asia/Shanghai): that of a kind, if it has one."""
        key = _key(name, case_kind)
        return self._valid(key if key in self._clocks else name, self._clocks, on, "时限", "clock")

    def clock_or_first(self, name: str, on: date | datetime, case_kind: str = "") -> ClockRule:
        """Return the row of a clock valid on a day; of a day before there was one, the first."""
        rows = self._clocks.get(_key(name, case_kind), ())
        return rows[0] if rows and local_date(on) < rows[0].effective_from else self.clock(name, on, case_kind)

    def said_of(self, clock: Clock, lang: Lang) -> list[str]:
        """Say since when, and until when, the row by which a clock runs is valid; nothing where no row covers it, such as a promise's."""
        try:
            row = self.clock(clock.name, clock.started_at, clock.case_kind)
        except LegalError:
            return []
        if lang == "en":
            return [
                f"By the rule in force from {row.effective_from}{f' to {row.effective_to}' if row.effective_to else ''}."
            ]
        return [
            f"适用的规定：“{row.zh}”，自 {row.effective_from} 起{f'至 {row.effective_to} 止' if row.effective_to else ''}施行。"
        ]

    def _valid(self, key: str, table: Mapping[str, tuple[_R, ...]], on: date | datetime, zh: str, en: str) -> _R:
        day, rows = local_date(on), table.get(key, ())
        for row in rows:
            if _covers(row, day):
                return row
        if not rows:
            known = "、".join(sorted(table)) or "-"
            raise LegalError(
                f"{self.origin} 中没有{zh}“{key}”；已有：{known}。",
                f"{self.origin} has no {en} {key!r}; it has: {known}.",
            )
        spans = "; ".join(f"{row.effective_from} … {row.effective_to or ''}".strip() for row in rows)
        heirs = {row.superseded_by for row in rows if isinstance(row, Basis) and row.superseded_by}
        heir = "、".join(sorted(heirs))
        raise LegalError(
            f"{self.origin} 中{zh}“{key}”在 {day} 无有效行；有效期：{spans}。{f'已由 {heir} 取代。' if heir else ''}",
            f"{self.origin}: no row of {en} {key!r} is valid on {day}; rows: {spans}."
            + (f" Superseded by {heir}." if heir else ""),
        )

    def _ordered(self, key: str, rows: tuple[_R, ...]) -> tuple[_R, ...]:
        ordered = tuple(sorted(rows, key=lambda row: row.effective_from))
        for row in ordered:
            if row.effective_to is not None and row.effective_to < row.effective_from:
                raise LegalError(
                    f"{self.origin}“{key}”：effective_to {row.effective_to} 早于 effective_from {row.effective_from}。",
                    f"{self.origin}, {key!r}: effective_to {row.effective_to} lies before {row.effective_from}.",
                )
        for earlier, later in pairwise(ordered):
            if earlier.effective_to is None or earlier.effective_to >= later.effective_from:
                last = later.effective_from - timedelta(days=1)
                raise LegalError(
                    f"{self.origin}“{key}”：两行有效期在 {later.effective_from} 重叠；"
                    f"请把前一行的 effective_to 设为 {last}。",
                    f"{self.origin}, {key!r}: two rows overlap on {later.effective_from};"
                    f" set effective_to = {last} in the earlier one.",
                )
            following = earlier.effective_to + timedelta(days=1)
            if following < later.effective_from:
                raise LegalError(
                    f"{self.origin}“{key}”：{following} 至 {later.effective_from} 之间无有效行，请补全或改用新代码。",
                    f"{self.origin}, {key!r}: no row is valid from {following} until {later.effective_from};"
                    " close the gap or use another code.",
                )
        return ordered

    def _check(self, rule: ClockRule) -> None:
        where = f"{self.origin} [[clock]] {_key(rule.name, rule.case_kind)}"
        for code in (rule.basis, *([rule.roll_basis] if rule.roll_basis else [])):
            if code not in self._bases:
                raise LegalError(
                    f"{where}：没有代码为“{code}”的 [[basis]]，请补一行。",
                    f"{where}: there is no [[basis]] with the code {code!r}; add it.",
                )
        if rule.roll_basis and rule.roll is Roll.NONE:
            raise LegalError(
                f'{where}：填写了 roll_basis 的须写 roll = "next"。', f'{where}: a roll_basis needs roll = "next".'
            )
        act = counting_rule(rule.basis)
        if act is not None and act.applied(Period(rule.limit, rule.unit)).unit is not rule.unit:
            zh, en = (f"第{act.article}条", f", article {act.article}") if act.article else ("", "")
            raise LegalError(
                f'{where}：按{act.zh}{zh}，{rule.limit}日指工作日；请写 unit = "workday"。',
                f'{where}: by {act.en}{en}, {rule.limit} days are working days; write unit = "workday".',
            )


def _key(name: str, case_kind: str) -> str:
    return f"{name}/{case_kind}" if case_kind else name


def _covers(row: _Row, day: date) -> bool:
    return row.effective_from <= day and (row.effective_to is None or day <= row.effective_to)


# -- reading -----------------------------------------------------------------


def load(path: Path) -> LegalBases:
    """Read a `legal.toml`; the same file unchanged is read once. Raises LegalError naming the row."""
    path = path.resolve()
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError as error:
        raise LegalError(f"找不到 {path}。", f"There is no {path}.") from error
    return _load(path, changed)


@cache
def _load(path: Path, _changed: int) -> LegalBases:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LegalError(f"{path.name} 不是有效的 TOML：{error}", f"{path.name} is not valid TOML: {error}") from error
    return read(table, origin=f"{path.parent.name}/{path.name}")


def read(table: Mapping[str, Any], *, origin: str = "legal.toml") -> LegalBases:
    """Make the tables of what TOML gave. Raises LegalError naming the row."""
    unknown = sorted({*table} - {"basis", "clock"})
    if unknown:
        raise LegalError(
            f"{origin}：未知的表 {'、'.join(unknown)}；只能有 [[basis]] 和 [[clock]]。",
            f"{origin}: unknown tables {', '.join(unknown)}; there are [[basis]] and [[clock]] only.",
        )
    bases = [
        Basis(**_values(row, f"{origin} [[basis]] {index}", _BASIS_KEYS, {"code", "title", "effective_from"}))
        for index, row in enumerate(table.get("basis", ()), start=1)
    ]
    doubted = {basis.code for basis in bases if not basis.verified}
    clocks = [
        _clock(row, f"{origin} [[clock]] {index}", doubted) for index, row in enumerate(table.get("clock", ()), start=1)
    ]
    return LegalBases(bases, clocks, origin=origin)


def _clock(row: Mapping[str, Any], where: str, doubted: set[str]) -> ClockRule:
    values = _values(row, where, _CLOCK_KEYS, {"name", "zh", "limit", "unit", "basis", "effective_from"})
    values["unit"] = _choice(Unit, values["unit"], where, "unit")
    values["roll"] = _choice(Roll, values.get("roll", Roll.NONE), where, "roll")
    values["ends"] = _choice(Ends, values.get("ends", Ends.MIDNIGHT), where, "ends")
    values["suspends"] = tuple(values.get("suspends", ()))
    values["kind"] = _choice(Kind, values.get("kind", Kind.STATUTORY), where, "kind")
    values.setdefault("verified", values["basis"] not in doubted)
    try:
        Period(values["limit"], values["unit"])
        if values.get("extend"):
            Period.parse(values["extend"])
    except ClockError as error:
        raise LegalError(f"{where}：{error.zh}", f"{where}: {error.en}") from error
    return ClockRule(**values)


def _values(row: Mapping[str, Any], where: str, known: frozenset[str], needed: set[str]) -> dict[str, Any]:
    unknown, missing = sorted({*row} - known), sorted(key for key in needed if row.get(key) in {None, ""})
    if unknown or missing:
        raise LegalError(
            f"{where}：缺少字段 {'、'.join(missing) or '无'}；未知字段 {'、'.join(unknown) or '无'}。",
            f"{where}: missing keys: {', '.join(missing) or 'none'}; unknown keys: {', '.join(unknown) or 'none'}.",
        )
    for key, value in row.items():
        dated = key.startswith("effective_")
        if dated and (not isinstance(value, date) or isinstance(value, datetime)):
            raise LegalError(
                f"{where}：{key} 须为不加引号的日期，例如 {key} = 2021-07-15。",
                f"{where}: {key} must be a date without quotes, such as {key} = 2021-07-15.",
            )
        if (key in _TEXTS and not isinstance(value, str)) or (key in _FLAGS and not isinstance(value, bool)):
            kind = ("true 或 false", "true or false") if key in _FLAGS else ("带引号的文字", "text in quotes")
            raise LegalError(f"{where}：{key} 须为{kind[0]}。", f"{where}: {key} must be {kind[1]}.")
    return dict(row)


def _choice(kind: type[_E], value: object, where: str, key: str) -> _E:
    try:
        return kind(str(value))
    except ValueError as error:
        choices = "、".join(kind)
        raise LegalError(
            f"{where}：{key} = “{value}”无效，可用：{choices}。",
            f"{where}: {key} = {value!r} is not valid; use one of {', '.join(kind)}.",
        ) from error
