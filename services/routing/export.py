"""The ledger as a spreadsheet: the columns of the register (regulations 2.10), masked, with a watermark on each page.

A column of which routing knows nothing stands there empty, so that the register keeps its form.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from sqlalchemy import select

from chassis.clocks import Clock
from chassis.masking import redact
from chassis.pages import due, shown, when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint
    from chassis.store import Store
    from chassis.terms import Terms

#: More lines than these are for the archive, not for a spreadsheet: they take a web process's thread for too long.
MOST_LINES: Final = 5_000
_AT_ONCE: Final = 500
#: What Excel takes a cell, a page's header and footer to hold at the most; the latter with room for its codes.
_LONGEST_CELL: Final = 32_000
_LONGEST_HEADER: Final = 200
#: What makes a spreadsheet take a text for a formula (OWASP, CSV injection), full-width as well.
#: What XML 1.0 can't hold, whatever it is put into.
_UNREADABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA: Final = re.compile(r"^[\s'\"]*[=+\-@＝＋－＠\t\r]")
_SIGNED: Final = ("signed", "signed_by_rule", "countersigned")
_SENT: Final = ("signed", "signed_by_rule", "return_granted", "redispatched")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger with its timeline, oldest first, and its clocks and when they are due, by name."""

    case: Any
    timeline: Sequence[Any]
    clocks: dict[str, Clock]
    due: dict[str, datetime]
    terms: Terms

    def of(self, name: str) -> Any:
        """Return one of the details, or an empty text."""
        found = self.case.details.get(name)
        return "" if found is None else found

    def word(self, name: str) -> str:
        """Return one of the details in words."""
        return self.say(self.of(name), name)

    def say(self, value: Any, field: str = "") -> str:
        """Spell a value; nothing where there is none."""
        return "" if value in ("", None, []) else shown(value, self.terms, "zh", field)

    def last(self, *triggers: str) -> Any:
        """Return the last entry of such a step, or None."""
        return next((entry for entry in reversed(self.timeline) if entry.trigger in triggers), None)

    def at(self, *triggers: str) -> str:
        """Say when such a step was last taken."""
        entry = self.last(*triggers)
        return when(entry.at) if entry else ""

    def form(self, name: str, *triggers: str) -> str:
        """Return what was said in such a step last."""
        entry = self.last(*triggers)
        return self.say((entry.form or {}).get(name)) if entry else ""

    def times(self, *triggers: str) -> int:
        """Count such steps."""
        return sum(entry.trigger in triggers for entry in self.timeline)


def _contact(line: Line) -> str:
    clock, ended = line.clocks.get("first_contact"), line.last("case_concluded")
    at = clock.stopped_at if clock else None
    # The conclusion stops the clock as well: that is no contact.
    return when(at) if at is not None and (ended is None or at < ended.at) else ""


def _in_time(line: Line) -> str:
    by, ended = line.due.get("finish"), line.last("case_concluded")
    return "" if by is None or ended is None else _yes(said=ended.at <= by)


def _course(line: Line) -> str:
    return "\n".join(f"{when(entry.at)} {line.terms.trigger(entry.trigger, 'zh')}" for entry in line.timeline)


def _cards(line: Line) -> str:
    cards = [line.say((entry.form or {}).get("light")) for entry in line.timeline if entry.trigger == "carded"]
    supervised = line.times("supervised", "supervision_ordered")
    return "、".join([*cards, *([f"督办 {supervised} 次"] if supervised else [])])


def _external(line: Line) -> str:
    external = line.of("external") or {}
    return " ".join(str(external[name]) for name in ("source", "number", "external_number") if external.get(name))


def _position(line: Line) -> str:
    longitude, latitude = line.of("longitude"), line.of("latitude")
    return f"{longitude},{latitude}" if "" not in (longitude, latitude) else ""


def _yes(*, said: bool) -> str:
    return "是" if said else "否"


def _times(count: int, counted: str = "次") -> str:
    return f"是，{count} {counted}" if count else "否"


def _nothing(_line: Line) -> str:
    return ""


COLUMNS: Final[dict[str, Callable[[Line], Any]]] = {
    "编号": lambda line: line.case.number,
    "受理时间": lambda line: when(line.case.opened_at),
    "来源渠道": lambda line: line.say(line.case.channel),
    "来源工单号": _external,
    "诉求人(脱敏)": lambda line: "匿名" if line.of("anonymous") else "＊＊",
    "联系方式(脱敏)": _nothing,
    "是否匿名/保密": lambda line: _yes(said=bool(line.of("anonymous"))),
    "人员类别": _nothing,
    "诉求类型": lambda line: line.word("kind"),
    "一级类别": lambda line: line.say(line.case.category).partition("·")[0],
    "二级类别": lambda line: line.say(line.case.category).partition("·")[2],
    "机制": lambda line: line.say(line.case.mechanism),
    "诉求内容摘要": lambda line: f"{line.case.title}\n{line.of('text')}".strip(),
    "地址": lambda line: line.case.place,
    "坐标": _position,
    "涉及对象": _nothing,
    "涉及人数": lambda line: line.of("people"),
    "涉及金额": lambda line: line.of("amount"),
    "紧急程度": lambda line: line.say(line.case.urgency),
    "严重程度": lambda line: line.say(line.case.severity),
    "研判意见": lambda line: "；".join(str(one.get("what", "")) for one in line.of("grounds") or ()),
    "是否重复/并单号": lambda line: line.form("into", "merged"),
    "拟办意见": lambda line: (line.of("sign_off_rule") or {}).get("zh", ""),
    "签批人": lambda line: line.word("signer"),
    "签批意见": lambda line: line.word("opinion") if line.last(*_SIGNED) else "",
    "签批时间": lambda line: line.at(*_SIGNED),
    "分管领导": _nothing,
    "主办单位": lambda line: line.say(line.case.unit),
    "协办单位": lambda line: line.word("assisting_units"),
    "承办人": lambda line: line.of("handler"),
    "派单时间": lambda line: line.at(*_SENT),
    "签收时间": lambda line: line.at("case_accepted"),
    "首次联系时间": _contact,
    "法定依据": _nothing,
    "服务时限": lambda line: due(line.due["finish"]) if "finish" in line.due else "",
    "法定时限": _nothing,
    "是否延期/次数": lambda line: _times(int(line.of("extensions") or 0)),
    "是否退单/次数": lambda line: _times(line.times("return_requested")),
    "办理过程": _course,
    "办理结果": lambda line: line.form("outcome", "case_concluded"),
    "答复内容": lambda line: line.form("reply", "case_concluded", "answered"),
    "答复方式": _nothing,
    "答复时间": lambda line: line.at("case_concluded", "answered"),
    "审核人": _nothing,
    "办结时间": lambda line: line.at("case_concluded") or (when(line.case.ended_at) if line.case.ended_at else ""),
    "是否按时": _in_time,
    "回访时间": _nothing,
    "回访人": _nothing,
    "回访结果": lambda line: line.form("end", "closed"),
    "态度满意": _nothing,
    "过程满意": _nothing,
    "结果满意": _nothing,
    "是否解决": _nothing,
    "未解决/不满意原因": lambda line: line.form("reason", "rework_ordered"),
    "重办次数": lambda line: str(line.of("reworks") or 0),
    "督办/黄红牌": _cards,
    "是否剔除及类别": _nothing,
    "附件": lambda line: _times(int(line.of("attachments") or 0), "件"),
    "归档号": _nothing,
    "归档时间": lambda line: when(line.of("archived_at")),
}
#: The columns of which routing knows nothing today.
EMPTY: Final = tuple(name for name, column in COLUMNS.items() if column is _nothing)


def harmless(value: Any) -> Any:
    """Return a value as a cell may hold it: no formula, no number of a person, nothing that Excel can't read."""
    if not isinstance(value, str):
        return value
    plain = _plain(value)[:_LONGEST_CELL]
    return f"'{plain}" if _FORMULA.match(plain) else plain


def _plain(value: str) -> str:
    return _UNREADABLE.sub("", redact(value).text)


def register(session: Session, blueprint: Blueprint, ids: Sequence[str], terms: Terms) -> dict[str, dict[str, str]]:
    """Return the columns of the register for some lines, as they are shown, by their ids."""
    return {
        line.case.id: {name: _plain(str(column(line) or "")) for name, column in COLUMNS.items()}
        for line in lines_of(session, blueprint.case, blueprint.store, ids, terms)
    }


def watermark(*, who: str, at: datetime, purpose: str) -> str:
    """Say who has exported, when and for what."""
    return f"导出人：{who} 导出时间：{when(at)} 用途：{redact(purpose).text} 仅限内部使用，不得外传"


def workbook(lines: Iterator[Line], mark: str) -> IO[bytes]:
    """Write lines row by row into a file that is gone once it is closed."""
    from openpyxl import Workbook  # noqa: PLC0415 - it takes a quarter of a second of every start, and few export

    book = Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    # `&` begins a code in headers and footers.
    sheet.oddHeader.center.text = sheet.oddFooter.center.text = mark.replace("&", "＆")[:_LONGEST_HEADER]
    sheet.freeze_panes = "B3"
    sheet.append([harmless(mark)])
    sheet.append([*COLUMNS])
    for line in lines:
        # An empty text is a cell that takes time and room; none is not.
        sheet.append([harmless(column(line)) or None for column in COLUMNS.values()])
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    return file


def lines_of(session: Session, case: Any, store: Store, ids: Sequence[str], terms: Terms) -> Iterator[Line]:
    """Read the lines of these ids in their order, some hundreds at once."""
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        cases = {row.id: row for row in session.scalars(select(case).where(case.id.in_(some)))}
        timelines: dict[str, list[Any]] = {}
        table = store.timeline
        for entry in session.execute(select(table).where(table.c.case_id.in_(some)).order_by(table.c.seq)):
            timelines.setdefault(entry.case_id, []).append(entry)
        clocks: dict[str, list[Any]] = {}
        for row in session.execute(select(store.clocks).where(store.clocks.c.case_id.in_(some))):
            clocks.setdefault(row.case_id, []).append(row)
        for one in filter(cases.__contains__, some):
            own = clocks.get(one, ())
            yield Line(
                case=cases[one],
                timeline=timelines.get(one, ()),
                clocks={row.name: Clock.from_dict(row.body) for row in own},
                due={row.name: row.due_at for row in own},
                terms=terms,
            )
        session.expunge_all()
