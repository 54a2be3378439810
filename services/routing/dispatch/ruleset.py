"""The language of the dispatch catalogue (派单目录): rules as TOML, how they are read, which one fires, and why. Pure.

    [[rule]]
    id = "night_noise"
    zh = "夜间施工噪声由执法中队主办，派出所协办"
    en = "Construction noise at night: the squad leads, the police assist"
    basis = "街道派单目录"
    owner = "受理中心"
    when = { category = ["0203"], time = ["22:00-06:00"] }
    then = { lead = "enforcement_squad", assist = ["police_station"] }

All conditions of a rule have to hold. Of the rules that fit, the one of higher `priority` fires (0 unless given); of
those, the more specific one, which is the one with more conditions, a list of full category codes counting twice; of
those, the one that stands first. Where none fires, a person decides.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis import receivers
from chassis.workcalendar import DayKind, local, standard_calendar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

_DATA: Final = Path(__file__).parents[1] / "data"

#: The mechanisms, also those that a street has added, and the levels of urgency, in the order people list them.
MECHANISMS: Final = tuple(receivers.MECHANISMS)
URGENCIES: Final = ("I", "II", "III", "III-c", "IV")
SEVERITIES: Final = ("minor", "moderate", "serious", "critical")
KINDS: Final = ("inquiry", "help", "complaint", "report", "suggestion", "praise")
CHANNELS: Final = (
    *("web", "wechat_snapshot", "wechat", "open311", "hotline_12345", "street_hotline", "walk_in", "letter"),
    *("grid_report", "building_head", "community_party", "double_registration", "new_employment"),
    *("delegate_letterbox", "external", "import"),
)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: A make-up day (调休) is a working day; a day off for a holiday is one, also on a weekend.
DAYS: Final = {
    DayKind.WEEKDAY: "workday",
    DayKind.MAKE_UP: "workday",
    DayKind.WEEKEND: "weekend",
    DayKind.HOLIDAY: "holiday",
}
#: What a condition may be about, and what it is called in Chinese.
CONDITIONS: Final = {
    "mechanism": "工作机制",
    "category": "类别",
    "kind": "诉求类型",
    "urgency": "紧急程度",
    "severity": "严重程度",
    "channel": "来源渠道",
    "community": "社区",
    "estate": "小区",
    "road": "道路",
    "place": "地点",
    "words": "关键词",
    "people_from": "涉及人数",
    "amount_from": "涉及金额",
    "time": "时刻",
    "weekday": "星期",
    "season": "季节",
    "day": "日期类型",
}
#: Conditions that are answered by the kind of the matter alone, so that they are looked up and not tried.
_OF_CELL: Final = ("mechanism", "category")
#: Conditions about the address that was read out of the words, and where it has them.
_OF_ADDRESS: Final = {"community": "community", "estate": "estate", "road": "roads"}
_ID: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")
_HEADER: Final = re.compile(r"^[ \t]*\[\[\s*rule\s*\]\]", re.MULTILINE)
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_SEASON: Final = re.compile(r"(\d\d)-(\d\d)\.\.(\d\d)-(\d\d)")
_DAY_MINUTES: Final = 24 * 60
_LEAP_YEAR: Final = 2024
_FULL_CODE: Final = 4
#: A set longer than this is none that people keep.
MOST_BYTES: Final = 200_000
_LONGEST: Final = 300
#: So many categories are named one by one.
_NAMED: Final = 6


# -- units and categories -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that matters are dispatched to; a community leads what is on its duty list only.

    One that works in some `mechanisms` has its people there, and leads nothing elsewhere, where they would not see it.
    """

    code: str
    zh: str
    kind: str
    leads: frozenset[str] = frozenset()
    mechanisms: tuple[str, ...] = ()

    def may_lead(self, category: str) -> bool:
        """Say whether it may lead a category (北京市接诉即办工作条例 17; 国办函〔2025〕66号)."""
        return self.kind != "community" or category in self.leads

    def works_in(self, mechanism: str) -> bool:
        """Say whether a mechanism's work is its own; what a street has added is open to all of its units."""
        return not self.mechanisms or mechanism in self.mechanisms or mechanism in receivers.ADDED


@cache
def categories() -> Mapping[str, Mapping[str, Any]]:
    """Return the rows of the taxonomy by code."""
    return tomllib.loads((_DATA / "taxonomy.toml").read_text(encoding="utf-8"))


@cache
def units() -> Mapping[str, Unit]:
    """Return the units of the street by code, with those that it has named itself; raises ValueError for a list that can't be used."""
    known = read_units(tomllib.loads((_DATA / "units.toml").read_text(encoding="utf-8")))
    own = {code: Unit(code, zh, "department") for code, zh in receivers.NAMES.items() if code not in known}
    return {**known, **own}


def read_units(table: Mapping[str, Any]) -> dict[str, Unit]:
    """Read the units: each code once, `leads` only for communities; categories and mechanisms that exist."""
    found: dict[str, Unit] = {}
    for at, row in enumerate(table.get("unit", ()), 1):
        where = f"units.toml, unit {at} ({row.get('code', '?')})"
        if strange := sorted(({*row} ^ {"code", "kind"}) - {"leads", "mechanisms"}):
            raise ValueError(f"{where}: {', '.join(strange)} missing or unknown")
        if row["code"] in found:
            raise ValueError(f"{where}: there is such a unit already")
        if row["code"] not in receivers.NAMES:
            raise ValueError(f"{where}: it has no name: add it to {receivers.UNITS_SETTING}")
        if row["kind"] not in ("street", "department", "community"):
            raise ValueError(f"{where}: kind is street, department or community, not {row['kind']!r}")
        leads = row.get("leads", [])
        if ("leads" in row) is not (row["kind"] == "community") or not {*leads} <= {*categories()}:
            raise ValueError(f"{where}: leads is for communities, a list of category codes, empty for none")
        works_in = row.get("mechanisms", [])
        if not isinstance(works_in, list) or not {*works_in} <= {*MECHANISMS}:
            raise ValueError(f"{where}: mechanisms is a list of some of {', '.join(MECHANISMS)}; leave it out for all")
        name = receivers.NAMES[row["code"]]
        found[row["code"]] = Unit(row["code"], name, row["kind"], frozenset(leads), tuple(works_in))
    return found


def wrong_lead(unit: Unit, mechanism: str, codes: Collection[str]) -> tuple[str, str] | None:
    """Say why a unit may not lead matters of some categories in a mechanism, in Chinese and English; None where it may."""
    if not unit.works_in(mechanism):
        fit = "、".join(one.zh for one in units().values() if one.works_in(mechanism) and all(map(one.may_lead, codes)))
        work, own = receivers.MECHANISMS[mechanism], "、".join(receivers.MECHANISMS[one] for one in unit.mechanisms)
        zh = f"{unit.zh}不承担“{work}”，其人员看不到这一机制的案件；可由{fit}主办。"
        zh += f"确应由{unit.zh}主办的，请同时把工作机制改为“{own}”"
        en = f"{unit.code} has no part in {mechanism}, and would not see it: name a unit that has, or change the mechanism too"
        return zh, f"{en} ({', '.join(unit.mechanisms)})"
    if beyond := [code for code in codes if not unit.may_lead(code)]:
        few = ", ".join(sorted(beyond)[:_NAMED])
        zh = f"{unit.zh}不能主办职责清单以外的事项：{named(beyond)}，只能协办；请指定有职责的部门主办"
        return (
            zh,
            f"{unit.code} may not lead what is not on its duty list, {few}: name another lead unit, and let it assist",
        )
    return None


def named(codes: Collection[str]) -> str:
    """Name categories for people, the first few of many."""
    said = "、".join(
        f"{code} {categories()[code]['name_zh']}" if code else "未定类别" for code in sorted(codes)[:_NAMED]
    )
    return said if len(codes) <= _NAMED else f"{said}等 {len(codes)} 类"


# -- what is dispatched ---------------------------------------------------------


class Matter:
    """What conditions may ask of an appeal, out of the details of its line; read when it is asked for."""

    __slots__ = ("_known", "category", "mechanism")

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known
        self.mechanism: str = known.get("mechanism") or ""
        self.category: str = known.get("category") or ""

    def asked(self, name: str) -> Any:
        """Return what a condition of such a name looks at; None where it is not known.

        Times are those of the submission, by the clocks of the street.
        """
        known = self._known
        if name in ("time", "weekday", "season", "day"):
            at = known.get("submitted_at")
            return _of_time(name, local(datetime.fromisoformat(at) if isinstance(at, str) else at)) if at else None
        if name == "words":
            return f"{known.get('title') or ''}\n{known.get('text') or ''}"
        if name == "people_from":
            return known.get("people")
        if name in _OF_ADDRESS:
            return (known.get("address") or {}).get(_OF_ADDRESS[name]) or ""
        if name == "amount_from":
            amount = known.get("amount")
            return None if amount is None else Decimal(amount)
        return known.get(name) or ""


def _of_time(name: str, at: datetime) -> Any:
    if name == "time":
        return at.hour * 60 + at.minute
    if name == "weekday":
        return WEEKDAYS[at.weekday()]
    return (at.month, at.day) if name == "season" else DAYS[standard_calendar().day(at.date()).kind]


# -- conditions -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Among:
    """Holds where the value is one of these; `written` is how the rule spells them."""

    name: str
    values: frozenset[Any]
    written: tuple[str, ...]

    def holds(self, matter: Matter) -> bool:
        """Say whether it holds."""
        value = matter.asked(self.name)
        return not self.values.isdisjoint(value) if isinstance(value, list) else value in self.values

    def implies(self, other: Condition) -> bool:
        """Say whether the other one holds wherever this one does."""
        return isinstance(other, Among) and self.values <= other.values

    def meets(self, other: Condition) -> bool:
        """Say whether both can hold; a crossing is on two roads."""
        return self.name == "road" or not isinstance(other, Among) or not self.values.isdisjoint(other.values)


@dataclass(frozen=True, slots=True)
class Contains:
    """Holds where one of these words is found."""

    name: str
    written: tuple[str, ...]

    def holds(self, matter: Matter) -> bool:
        """Say whether it holds."""
        said = matter.asked(self.name)
        return any(word in said for word in self.written)

    def implies(self, other: Condition) -> bool:
        """Say whether the other one holds wherever this one does: each word has one of the other's in it."""
        return isinstance(other, Contains) and all(any(less in word for less in other.written) for word in self.written)

    def meets(self, _other: Condition) -> bool:
        """Say whether both can hold: a text may have any words."""
        return True


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Holds where so many people, or so much money, are spoken of."""

    name: str
    least: Decimal

    @property
    def written(self) -> tuple[str, ...]:
        """How the rule spells it."""
        return (f"{self.least:f}",)

    def holds(self, matter: Matter) -> bool:
        """Say whether it holds."""
        value = matter.asked(self.name)
        return value is not None and value >= self.least

    def implies(self, other: Condition) -> bool:
        """Say whether the other one holds wherever this one does."""
        return isinstance(other, AtLeast) and self.least >= other.least

    def meets(self, _other: Condition) -> bool:
        """Say whether both can hold."""
        return True


Condition = Among | Contains | AtLeast


# -- rules ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: under which conditions, from when until when, and where such a matter goes."""

    id: str
    line: int
    zh: str
    en: str
    basis: str
    owner: str
    priority: int
    valid_from: date | None
    valid_until: date | None
    begins: datetime | None
    ends: datetime | None
    conditions: tuple[Condition, ...]
    lead: str
    assist: tuple[str, ...]
    mechanism: str
    hint: str

    @property
    def specificity(self) -> int:
        """How much it asks: a condition counts one, a list of full category codes two."""
        return sum(
            2 if one.name == "category" and all(len(code) == _FULL_CODE for code in one.written) else 1
            for one in self.conditions
        )

    @property
    def effect(self) -> tuple[str, tuple[str, ...], str]:
        """Where a matter goes by it."""
        return self.lead, tuple(sorted(self.assist)), self.mechanism

    def condition(self, name: str) -> Condition | None:
        """Return its condition of a name."""
        return next((one for one in self.conditions if one.name == name), None)

    def is_in_force(self, at: datetime) -> bool:
        """Say whether it counts at a moment; both of its days are included (Asia/Shanghai)."""
        return (self.begins is None or self.begins <= at) and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class Why:
    """What became of one rule for one matter; `failed` is its first condition that did not hold."""

    rule: Rule
    result: str
    failed: Condition | None = None


class RuleSet:
    """A version of the rules, in the order in which they count; `fault` is why it has none although it says some."""

    def __init__(self, version: int, text: str, rules: Iterable[Rule], *, fault: Finding | None = None) -> None:
        self.version = version
        self.fault = fault
        self.digest = digest_of(text)
        self.rules = tuple(sorted(rules, key=lambda rule: (-rule.priority, -rule.specificity, rule.line)))
        self._near: dict[tuple[str, str], tuple[tuple[Rule, tuple[Condition, ...]], ...]] = {}

    def near(self, mechanism: str, category: str) -> tuple[tuple[Rule, tuple[Condition, ...]], ...]:
        """Return the rules for such matters, each with the conditions that are still to be tried."""
        cell = mechanism, category
        if cell not in self._near:
            value = dict(zip(_OF_CELL, cell, strict=True))
            self._near[cell] = tuple(
                (rule, tuple(one for one in rule.conditions if one.name not in _OF_CELL))
                for rule in self.rules
                if all(
                    value[one.name] in one.values
                    for one in rule.conditions
                    if isinstance(one, Among) and one.name in value
                )
            )
        return self._near[cell]

    def fired(self, matter: Matter, *, at: datetime, fixed: bool = False) -> Rule | None:
        """Return the rule that fires at a moment, or None; `fixed` where a person has set the mechanism."""
        if not matter.mechanism:
            return None
        for rule, rest in self.near(matter.mechanism, matter.category):
            if (
                rule.is_in_force(at)
                and not (fixed and rule.mechanism not in ("", matter.mechanism))
                and all(condition.holds(matter) for condition in rest)
            ):
                return rule
        return None

    def none_fits(self) -> tuple[str, str]:
        """Say in both languages why no rule fires."""
        if fault := self.fault:
            return (
                f"派单目录第 {self.version} 版已不能使用（规则 {fault.rule}：{fault.zh}），请领导换一个版本",
                f"version {self.version} of the dispatch catalogue can't be used ({fault.rule}: {fault.en})",
            )
        return (
            f"派单目录第 {self.version} 版没有适用的规则",
            f"no rule of version {self.version} of the dispatch catalogue fits",
        )

    def explain(self, matter: Matter, *, at: datetime, fixed: bool = False) -> Iterator[Why]:
        """Say of the rule that fires, first, and of each that is about this category or this mechanism, what became of it."""
        fired = self.fired(matter, at=at, fixed=fixed)
        if fired is not None:
            yield Why(fired, "fired")
        for rule in self.rules:
            failed = next((one for one in rule.conditions if not one.holds(matter)), None)
            if rule is fired:
                continue
            if failed is not None:
                if _is_about(rule, matter):
                    yield Why(rule, "failed", failed)
            elif not rule.is_in_force(at):
                yield Why(rule, "not_in_force")
            elif fixed and rule.mechanism not in ("", matter.mechanism):
                yield Why(rule, "person_decided")
            else:
                yield Why(rule, "came_later")


def _is_about(rule: Rule, matter: Matter) -> bool:
    asked = [one for one in rule.conditions if one.name in _OF_CELL]
    return not asked or any(one.holds(matter) for one in asked)


def digest_of(text: str) -> str:
    """Return what tells one text of rules from another."""
    return hashlib.sha256(text.encode()).hexdigest()


# -- in words -------------------------------------------------------------------


def spoken(why: Why, matter: Matter, names: Callable[[str], str] = str) -> dict[str, str]:
    """Say what became of a rule in both languages; `names` gives a code's name in Chinese."""
    rule = why.rule
    if why.result == "fired":
        return {"rule": rule.id, "result": "fired", "zh": rule.zh, "en": rule.en}
    zh, en = _reason(why, matter, names)
    return {
        "rule": rule.id,
        "result": "passed",
        "zh": f"未采用“{rule.zh}”：{zh}",
        "en": f"{rule.id} did not fire: {en}",
    }


def _reason(why: Why, matter: Matter, names: Callable[[str], str]) -> tuple[str, str]:
    rule, failed = why.rule, why.failed
    if failed is not None:
        return _failure(failed, matter, names)
    if why.result == "not_in_force":
        days = f"{rule.valid_from or ''}～{rule.valid_until or ''}"
        return f"派单时不在有效期（{days}）内", f"it is in force {days} only"
    if why.result == "person_decided":
        return "工作机制已由人工确定，规则不再改变", "a person has set the mechanism, which no rule changes"
    return (
        f"也符合，但排在后面（优先级 {rule.priority}，具体程度 {rule.specificity}）",
        f"it fits as well, but comes later (priority {rule.priority}, specificity {rule.specificity})",
    )


def _failure(failed: Condition, matter: Matter, names: Callable[[str], str]) -> tuple[str, str]:
    label, wanted = CONDITIONS[failed.name], "、".join(names(one) for one in failed.written)
    plain = ", ".join(failed.written)
    if isinstance(failed, Contains):
        where = "地点" if failed.name == "place" else "诉求中"
        return f"{where}没有“{wanted}”", f"{failed.name} has none of: {plain}"
    found = _found(failed.name, matter)
    said = names(found) if found else "未定"
    if isinstance(failed, AtLeast):
        return f"{label}须不少于 {wanted}，本件为 {said}", f"{failed.name} {plain}, here {found or 'unknown'}"
    return f"{label}须为{wanted}，本件为{said}", f"{failed.name} must be {plain}, here {found or 'unknown'}"


def _found(name: str, matter: Matter) -> str:
    value = matter.asked(name)
    if value is None:
        return ""
    if name == "time":
        return f"{value // 60:02}:{value % 60:02}"
    if name == "road":
        return "、".join(value)
    return f"{value[0]:02}-{value[1]:02}" if name == "season" else str(value)


# -- reading --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What is wrong with a set, or worth a look: which rule, in which line of the text (0: none), and a sentence."""

    line: int
    rule: str
    level: str = field(compare=False)
    zh: str = field(compare=False)
    en: str = field(compare=False)


class RuleSetError(ValueError):
    """A set that can't be used; it has the findings that say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"line {one.line} {one.rule}: {one.en}" for one in findings))
        self.findings = tuple(findings)


class _WrongError(ValueError):
    """One thing that is wrong with the row at hand."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@cache
def shipped() -> RuleSet:
    """Return the catalogue as it is shipped, which is version 1 until somebody puts another one live."""
    return read(shipped_text(), 1)


@cache
def shipped_text() -> str:
    """Return the text of the shipped catalogue."""
    return (_DATA / "catalogue.toml").read_text(encoding="utf-8")


def read(text: str, version: int) -> RuleSet:
    """Read a set; raises RuleSetError with all that is wrong with its form, rule by rule."""
    if len(text.encode()) > MOST_BYTES:
        raise RuleSetError(
            [_about_all(f"规则文本超过 {MOST_BYTES} 字节", f"the text has more than {MOST_BYTES} bytes")]
        )
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise RuleSetError([Finding(line, "", "error", f"第 {line} 行不是有效的 TOML：{error}", str(error))]) from None
    rows = table.get("rule", [])
    if {*table} - {"rule"} or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RuleSetError([_about_all("只能有 [[rule]] 各条", "there may be nothing but [[rule]] rows")])
    lines = [text.count("\n", 0, found.end()) + 1 for found in _HEADER.finditer(text)]
    lines = lines if len(lines) == len(rows) else [0] * len(rows)
    findings: list[Finding] = []
    rules: dict[str, Rule] = {}
    for line, row in zip(lines, rows, strict=True):
        name = row.get("id") if isinstance(row.get("id"), str) else ""
        try:
            rule = _rule(row, line)
        except _WrongError as wrong:
            findings.append(Finding(line, str(name), "error", wrong.zh, wrong.en))
            continue
        if rule.id in rules:
            zh = f"编号与第 {rules[rule.id].line} 行的规则相同"
            findings.append(Finding(line, rule.id, "error", zh, "there is a rule of this id already"))
        rules[rule.id] = rule
    if findings:
        raise RuleSetError(findings)
    return RuleSet(version, text, rules.values())


def differences(before: str, after: str) -> list[dict[str, Any]]:
    """Tell two texts apart, rule by rule: which was added, taken out or changed, with its lines; what is equal is left out."""
    old, new = _apart(before), _apart(after)
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(name, []), new.get(name, [])
        if was != now:
            lines = [{"sign": line[0], "text": line[2:]} for line in difflib.ndiff(was, now) if line[0] != "?"]
            found.append(
                {"rule": name, "change": "changed" if was and now else "added" if now else "removed", "lines": lines}
            )
    return found


def _apart(text: str) -> dict[str, list[str]]:
    """Take a text apart into the lines of each rule, by its id; what stands before the first rule has none."""
    rows = tomllib.loads(text).get("rule", [])
    starts = [found.start() for found in _HEADER.finditer(text)]
    if len(starts) != len(rows):
        return {"": text.splitlines()}
    names = ["", *(str(row.get("id", "")) for row in rows)]
    ends = [*starts, len(text)]
    parts = (text[start:end].strip().splitlines() for start, end in zip([0, *starts], ends, strict=True))
    return dict(zip(names, parts, strict=True))


def _about_all(zh: str, en: str) -> Finding:
    return Finding(0, "", "error", zh, en)


def _rule(row: Mapping[str, Any], line: int) -> Rule:
    _keys(row, {"id", "zh", "en", "basis", "owner", "when", "then"}, {"priority", "valid_from", "valid_until"}, "")
    if not isinstance(row["id"], str) or not _ID.fullmatch(row["id"]):
        raise _WrongError(
            "id 应为小写字母、数字和下划线，2 至 40 个", "id: 2 to 40 small letters, digits and underscores"
        )
    texts = {name: _text(row[name], name) for name in ("zh", "en", "basis", "owner")}
    when, then, priority = row["when"], row["then"], row.get("priority", 0)
    if not isinstance(when, dict) or not isinstance(then, dict):
        raise _WrongError('when、then 应为表，例如 when = { category = ["0209"] }', "when and then are tables")
    if isinstance(priority, bool) or not isinstance(priority, int):
        raise _WrongError("priority 应为整数，数大者先", "priority is a whole number; the higher comes first")
    _keys(when, set(), {*CONDITIONS}, "when 中")
    _keys(then, {"lead"}, {"assist", "mechanism", "hint"}, "then 中")
    first, last = (_day(row.get(name), name) for name in ("valid_from", "valid_until"))
    if first and last and last < first:
        raise _WrongError("valid_until 早于 valid_from", "valid_until is before valid_from")
    lead = _one(then["lead"], units(), "主办单位", "lead")
    assist = _some(then.get("assist", []), units(), "协办单位", "assist")
    if lead in assist:
        raise _WrongError("主办单位不能同时是协办单位", "the lead unit can't assist as well")
    return Rule(
        id=row["id"],
        line=line,
        **texts,
        priority=priority,
        valid_from=first,
        valid_until=last,
        begins=local(first).astimezone(UTC) if first else None,
        ends=(local(last) + timedelta(days=1)).astimezone(UTC) if last else None,
        conditions=tuple(_condition(name, when[name]) for name in CONDITIONS if name in when),
        lead=lead,
        assist=assist,
        mechanism=_one(then["mechanism"], MECHANISMS, "工作机制", "mechanism") if "mechanism" in then else "",
        hint=_text(then["hint"], "hint") if "hint" in then else "",
    )


def _keys(row: Mapping[str, Any], needed: set[str], allowed: set[str], where: str) -> None:
    missing, unknown = sorted(needed - {*row}), sorted({*row} - needed - allowed)
    if missing:
        raise _WrongError(f"{where}缺少 {'、'.join(missing)}", f"{', '.join(missing)} missing")
    if unknown:
        known = "、".join(sorted(needed | allowed))
        raise _WrongError(
            f"{where}不认识 {'、'.join(unknown)}；可写 {known}", f"{', '.join(unknown)} unknown; there are {known}"
        )


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise _WrongError(f"{name} 应为 1 至 {_LONGEST} 字的文字", f"{name} is a text of 1 to {_LONGEST} characters")
    return value.strip()


def _day(value: Any, name: str) -> date | None:
    if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
        raise _WrongError(
            f"{name} 应为日期，例如 2026-01-01（不加引号）", f"{name} is a date such as 2026-01-01, unquoted"
        )
    return value


def _one(value: Any, known: Iterable[str], zh: str, name: str) -> str:
    there_are = [*known]
    if not isinstance(value, str) or value not in there_are:
        said = "、".join(there_are)
        raise _WrongError(f"没有{zh} {value!r}；有 {said}", f"unknown {name} {value!r}; there are {said}")
    return value


def _some(value: Any, known: Iterable[str], zh: str, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _WrongError(f"{name} 应为列表，写在方括号内", f"{name} must be a list")
    there_are = [*known]
    return tuple(dict.fromkeys(_one(one, there_are, zh, name) for one in value))


def _condition(name: str, value: Any) -> Condition:
    label = CONDITIONS[name]
    if name in ("people_from", "amount_from"):
        return AtLeast(name, _least(value, name, label))
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one.strip() for one in value):
        raise _WrongError(
            f"{name}（{label}）应为非空的文字列表；不限则不写", f"{name} is a list of texts; leave it out for all"
        )
    written = tuple(value)
    if name in ("place", "words"):
        return Contains(name, written)
    return Among(name, _values(name, label, written), written)


def _least(value: Any, name: str, label: str) -> Decimal:
    try:
        least = Decimal(value) if isinstance(value, (int, str, Decimal)) and not isinstance(value, bool) else None
    except InvalidOperation:
        least = None
    if least is None or not least.is_finite() or least <= 0 or (name == "people_from" and least != int(least)):
        raise _WrongError(f"{name}（{label}）应为大于 0 的数", f"{name} is a number above 0")
    return least


def _values(name: str, label: str, written: tuple[str, ...]) -> frozenset[Any]:
    if name == "category":
        return frozenset(code for one in written for code in _codes(one))
    if name == "time":
        return frozenset(minute for one in written for minute in _minutes(one))
    if name in _OF_ADDRESS:
        return frozenset(written)
    if name == "season":
        return frozenset(day for one in written for day in _season(one))
    known = {
        "mechanism": MECHANISMS,
        "kind": KINDS,
        "urgency": URGENCIES,
        "severity": SEVERITIES,
        "channel": CHANNELS,
        "weekday": WEEKDAYS,
        "day": tuple(dict.fromkeys(DAYS.values())),
    }[name]
    return frozenset(_some([*written], known, label, name))


def _codes(written: str) -> list[str]:
    found = [code for code in categories() if code.startswith(written) and len(written) in (2, _FULL_CODE)]
    if not found:
        raise _WrongError(
            f"没有类别 {written!r}；写四位编码，或前两位表示一整类",
            f"unknown category {written!r}: four digits, or two for a whole class",
        )
    return found


def _minutes(written: str) -> list[int]:
    found = _CLOCK.fullmatch(written)
    start, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if start == end or end > _DAY_MINUTES:
        raise _WrongError(f"时刻 {written!r} 应写作 22:00-06:00（不含末尾）", f"time {written!r}: write 22:00-06:00")
    span = range(start, end) if start < end else (*range(start, _DAY_MINUTES), *range(end))
    return [*span]


def _season(written: str) -> list[tuple[int, int]]:
    found = _SEASON.fullmatch(written)
    try:
        first, last = (date(_LEAP_YEAR, int(found[at]), int(found[at + 1])) for at in (1, 3)) if found else (None, None)
    except ValueError:
        first = last = None
    if first is None or last is None:
        raise _WrongError(f"季节 {written!r} 应写作 11-15..03-15（含首尾）", f"season {written!r}: write 11-15..03-15")
    days = [date(_LEAP_YEAR, 1, 1) + timedelta(days=count) for count in range(366)]
    inside = [day for day in days if (first <= day <= last if first <= last else day >= first or day <= last)]
    return [(day.month, day.day) for day in inside]
