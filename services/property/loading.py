"""The register of estates as files: read line by line, kept where a line is right, named where it is not, and written.

Two kinds of rows, told apart by their columns: an estate each (小区, 社区, 物业企业 …), or a room each (小区, 房号,
业主编号, 面积 …), which make up the rosters of their estates. A cell left blank changes nothing. A roster is taken whole
or not at all: with a line missing, nobody could say who may vote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError
from sqlalchemy import select

from chassis.forms import explain_errors
from chassis.sheets import BadRow, Columns, Row, UnreadableFileError, as_it_was, rows
from services.property import register, roster, schemas
from services.property.models import Estate
from services.property.register import KEPT, TakenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

#: The columns of an estate's row, as people head them.
HEADS: Final = {
    "name": "小区",
    "aliases": "别名",
    "community": "社区",
    "company": "物业企业",
    "manager": "项目负责人",
    "manager_phone": "负责人电话",
    "contract_from": "合同起",
    "contract_until": "合同止",
    "monthly_fee": "物业费",
    "fund_balance": "维修资金余额",
    "committee": "业主委员会",
    "committee_until": "业委会届满",
}
_ROOMS: Final = {name: zh for zh, name in roster.COLUMNS.items()}
COLUMNS: Final = Columns({name: (name, zh) for name, zh in {**HEADS, **_ROOMS}.items()}, ("name",))
_DAYS: Final = frozenset({"contract_from", "contract_until", "committee_until"})
_HEAD: Final = schemas.EstateHead()
MOST_ROWS: Final = 300_000
MOST_ESTATES: Final = 5_000


@dataclass(slots=True)
class Report:
    """What became of a file: estates by name, and the lines that were not taken with the reason in both languages."""

    read: int = 0
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, zh: str, en: str) -> None:
        """Name a line that is not taken."""
        self.rejected.append({"line": line, "zh": zh, "en": en})


@dataclass(frozen=True, slots=True)
class _Keeping:
    """What all lines of a file share; `known` are the names of all estates, read once."""

    session: Session
    report: Report
    by: str
    now: datetime
    known: dict[str, str]


def load(session: Session, file: Path, *, by: str, now: datetime) -> Report:
    """Keep what a file holds. Raises UnreadableFileError where it can't be read as a whole; nothing is kept then."""
    report, found = Report(), list[Row]()
    for row in rows(file, COLUMNS):
        report.read += 1
        if report.read > MOST_ROWS:
            raise UnreadableFileError(f"超过{MOST_ROWS}行，请分成几个文件", f"more than {MOST_ROWS} lines: split it")
        if isinstance(row, BadRow):
            report.reject(row.line, *row.said)
        elif not row.values.get("name", "").strip():
            report.reject(row.line, "缺少小区名称", "no estate is named")
        else:
            found.append(Row(row.line, {name: as_it_was(cell) for name, cell in row.values.items()}))
    rooms = [row for row in found if {"room", "owner", "area"} & {*row.values}]
    heads = [row for row in found if not {"room", "owner", "area"} & {*row.values}]
    if len(heads) > MOST_ESTATES:
        raise UnreadableFileError(
            f"超过{MOST_ESTATES}个小区，请分成几个文件", f"more than {MOST_ESTATES} estates: split it"
        )
    keeping = _Keeping(session, report, by, now, register.names(session))
    _keep_heads(keeping, heads)
    _keep_rosters(keeping, rooms)
    report.rejected.sort(key=lambda one: one["line"])
    return report


def _keep_heads(at: _Keeping, found: Iterable[Row]) -> None:
    first: dict[str, int] = {}
    for row in found:
        name = row.values["name"].strip()
        name = at.known.get(name, name)
        if (line := first.setdefault(name, row.line)) != row.line:
            at.report.reject(row.line, f"“{name}”在第{line}行已有", f"{name} stands in line {line} already")
            continue
        estate = at.session.get(Estate, name)
        kept = {one: getattr(estate, one) for one in KEPT} if estate else {}
        said = {one: _spelled(one, value) for one, value in row.values.items() if one in HEADS and value.strip()}
        try:
            form = _HEAD.load({**_plain(kept), **said, "name": name, "version": estate.version if estate else 0})
        except ValidationError as error:
            for wrong in explain_errors(_HEAD, error.messages_dict):
                column = HEADS.get(wrong["pointer"].strip("/").split("/")[0], "")
                at.report.reject(row.line, f"{column}：{wrong['zh']}", f"{wrong['pointer']}: {wrong['en']}")
            continue
        _put(at, form, estate.rooms if estate else [], row.line)


def _keep_rosters(at: _Keeping, found: Iterable[Row]) -> None:
    by_estate = dict[str, list[Row]]()
    for row in found:
        name = row.values["name"].strip()
        by_estate.setdefault(at.known.get(name, name), []).append(row)
    for name, of_estate in by_estate.items():
        estate, line = at.session.get(Estate, name), of_estate[0].line
        if estate is None:
            at.report.reject(
                line,
                f"小区“{name}”尚未登记（共{len(of_estate)}行未导入），请先导入小区",
                f"the estate {name} is not registered, and {len(of_estate)} lines are not taken: load the estates first",
            )
            continue
        rooms, faults = roster.checked((row.line, row.values) for row in of_estate)
        if len(rooms) > roster.MOST_ROOMS:
            faults = [(line, f"名册超过{roster.MOST_ROOMS}户", f"more than {roster.MOST_ROOMS} rooms")]
        for number, zh, en in faults:
            at.report.reject(
                number, f"{zh}（“{name}”的名册整份未更新）", f"{en} (nothing of {name}'s roster was taken)"
            )
        if not faults:
            form = {one: getattr(estate, one) for one in KEPT}
            _put(at, {**form, "name": name, "version": estate.version}, rooms, line)


def _put(at: _Keeping, form: Mapping[str, Any], rooms: list[dict[str, Any]], line: int) -> None:
    """Keep an estate where anything of it is new."""
    name = form["name"]
    estate = at.session.get(Estate, name)
    if estate and estate.rooms == rooms and all(_same(getattr(estate, one), form[one]) for one in KEPT):
        at.report.unchanged.append(name)
        return
    try:
        register.put(at.session, form, rooms, by=at.by, now=at.now, known=at.known)
    except TakenError as taken:
        at.report.reject(
            line, f"“{taken.said}”已是小区“{taken.name}”的名称", f"{taken.said} is what {taken.name} is called"
        )
        return
    (at.report.changed if estate else at.report.added).append(name)


def _same(kept: Any, said: Any) -> bool:
    return kept == said or (kept == "" and said is None) or (kept not in ("", None) and str(kept) == str(said))


def _plain(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an estate has as a form would give it."""
    return {name: str(value) if name in _DAYS else value for name, value in kept.items() if value not in ("", None)}


def _spelled(name: str, said: str) -> Any:
    """Return a cell as the form takes it: several names apart, a day as Excel or a person writes it."""
    said = said.strip()
    if name == "aliases":
        return [one for one in re.split(r"[、，,;；\s]+", said) if one]
    day = re.match(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})", said) if name in _DAYS else None
    return f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}" if day else said


# -- written ---------------------------------------------------------------------


def written(session: Session, what: str) -> Iterator[Sequence[Any]]:
    """Return the register as rows that can be changed in a spreadsheet and loaded again: `estates`, or their `rooms`."""
    if what == "estates":
        yield [*HEADS.values()]
        for row in register.listed(session):
            yield ["、".join(row.aliases) if name == "aliases" else getattr(row, name) for name in HEADS]
    else:
        yield [HEADS["name"], *roster.COLUMNS]
        for estate, kept in session.execute(select(Estate.name, Estate.rooms).order_by(Estate.name)):
            for cells in roster.cells(kept):
                yield [estate, *cells]
