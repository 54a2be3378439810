"""The ledger as a spreadsheet: the columns of the register (regulations 2.10), masked, with a watermark on each page."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final

from sqlalchemy import select

from chassis import sheets
from chassis.clocks import Clock
from chassis.masking import redact
from chassis.pages import due, shown, when
from services.routing.judging.lexicon import person_kinds
from services.routing.signoff import signing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
#: What XML 1.0 can't hold, whatever it is put into.
_SIGNED: Final = ("signed", "signed_by_rule", "countersigned")
_SENT: Final = (
    *("signed", "signed_by_rule", "return_granted", "adjudicated_moved"),
    *("redispatched", "transfer_adjudicated"),
)
#: So much of the hash of its file is enough to name an archived line.
_SHORT_DIGEST: Final = 16
#: In which the petitioner is told something that he need not wait for any more.
_REPLIED: Final = ("case_concluded", "answered", "not_accepted", "relayed")
_ANSWERED: Final = ("case_concluded", "problem_answered")
_AGAIN: Final = ("rework_ordered", "reopened")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger with its timeline, oldest first, and its clocks and when they are due, by name."""

    case: Any
    timeline: Sequence[Any]
    clocks: dict[str, Clock]
    due: dict[str, datetime]
    terms: Terms
    #: The number of the line that this one was merged into.
    into: str = ""

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

    def since(self, begins: Sequence[str], *triggers: str) -> Any:
        """Return the last entry of such a step, unless the line was sent on, or brought again, since; or None."""
        entry = self.last(*begins, *triggers)
        return entry if entry and entry.trigger in triggers else None

    def form(self, name: str, *triggers: str) -> str:
        """Return what was said in such a step last."""
        entry = self.last(*triggers)
        return self.say((entry.form or {}).get(name)) if entry else ""

    def times(self, *triggers: str) -> int:
        """Count such steps."""
        return sum(entry.trigger in triggers for entry in self.timeline)


def _persons(line: Line) -> str:
    return "、".join(person_kinds().get(kind, kind) for kind in line.of("person_kinds") or ())


def _accepted(line: Line) -> str:
    """Say when the unit that has it signed it in."""
    entry = line.since(_SENT, "case_accepted")
    return when(_then(entry)) if entry else ""


def _contact(line: Line) -> str:
    """Say when the unit that has it first reached the petitioner; where nobody was, when that was tried first."""
    sent = line.last(*_SENT)
    tries = [one for one in line.timeline if one.trigger == "case_contacted" and sent and one.seq > sent.seq]
    if not tries:
        return ""
    reached = [one for one in tries if one.form.get("way") != "not_possible"]
    return when(_then(reached[0])) if reached else f"{when(_then(tries[0]))}（无法联系）"


def _then(entry: Any) -> Any:
    """Return when something happened, as it is told, else when it was heard of."""
    return (entry.form or {}).get("at") or entry.at


def _ended(line: Line) -> Any:
    """Return the conclusion that stands: none while the line is handled again."""
    return line.since(_AGAIN, "case_concluded")


def _end(line: Line) -> str:
    ended = _ended(line)
    at = ended.at if ended else line.case.ended_at
    return when(at) if at else ""


def _in_time(line: Line) -> str:
    """Say whether the promise was kept: by the conclusion, or by an interim reply where the law gives longer."""
    by, ended = line.due.get("finish"), _ended(line)
    interim = line.of("by_law") or {}
    kept = [datetime.fromisoformat(interim["at"])] if interim else []
    kept += [ended.at] if ended else []
    return "" if by is None or not kept else _yes(said=min(kept) <= by)


def _interim(line: Line) -> str:
    interim = line.of("by_law")
    return f"{when(interim['at'])}，法定时限至 {due(interim['lawful_until'])}" if interim else "否"


def _laws(line: Line) -> str:
    return "；".join(dict.fromkeys(one["basis"] for one in line.of("statutory") or () if one.get("basis")))


def _lawful(line: Line) -> str:
    return "；".join(f"{one['lawful_period']} {due(one['lawful_until'])}" for one in line.of("statutory") or ())


def _reply_way(line: Line) -> str:
    """Say how the reply reached the petitioner; whatever the way, he reads it with his tracking code."""
    reply = line.last(*_REPLIED)
    if reply is None:
        return ""
    if reply.trigger == "answered":
        return "当场答复"
    return line.say((reply.form or {}).get("reply_way")) or "网上查询"


def _called_at(line: Line) -> str:
    rating, tried = line.of("rating"), line.form("tried_at", "closed")
    return when(rating["at"]) if rating else tried


def _caller(line: Line) -> str:
    rating = line.of("rating")
    if not rating:
        return line.form("tried_by_name", "closed") or line.form("tried_by", "closed")
    # What was rated before names were told has the account alone.
    return rating.get("rated_by_name") or rating["rated_by"] or "诉求人自评"


def _reviewer(line: Line) -> str:
    return line.form("reviewed_by_name", "case_concluded") or line.form("reviewed_by", "case_concluded")


def _callback(line: Line) -> str:
    end = line.form("end", "closed") or (line.say("rated") if line.of("rating") else "")
    return "，".join(said for said in (end, line.form("unrated_because", "closed")) if said)


def _mark(name: str) -> Callable[[Line], str]:
    return lambda line: str((line.of("rating") or {}).get(name, ""))


def _solved(line: Line) -> str:
    rating = line.of("rating")
    return _yes(said=rating["solved"]) if rating else ""


def _excluded(line: Line) -> str:
    decided = line.of("exclusion")
    if not decided:
        return "否"
    return f"{'是' if decided['granted'] else '否，经复核不予剔除'}，{line.say(decided['excluded_as'])}"


def _returns(line: Line) -> str:
    """Count what was asked for; to dispute a refusal is no further return."""
    asked = [one for one in line.of("returns") or () if "contested" not in one.get("adjudicated_for", ())]
    return _times(len(asked))


def _course(line: Line) -> str:
    return "\n".join(f"{when(entry.at)} {line.terms.trigger(entry.trigger, 'zh')}" for entry in line.timeline)


def _cards(line: Line) -> str:
    cards = [line.say((entry.form or {}).get("light")) for entry in line.timeline if entry.trigger == "carded"]
    supervised = line.times("supervised", "supervision_ordered")
    problem = ["问题工单"] if line.last("problem_ordered") else []
    return "、".join([*cards, *([f"督办 {supervised} 次"] if supervised else []), *problem])


def _matter(line: Line) -> str:
    """Say title and text; a title that was made of the beginning of the text says nothing of its own."""
    title, text = line.case.title, str(line.of("text"))
    return text if text.startswith(title.removesuffix("…")) else f"{title}\n{text}".strip()


def _merged(line: Line) -> str:
    """Say into which line this one was merged, or which were merged into it: one matter, several voices."""
    joined = line.of("joined") or ()
    return line.into or (f"并入本件 {len(joined)} 件：{'、'.join(joined)}" if joined else "否")


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


COLUMNS: Final[dict[str, Callable[[Line], Any]]] = {
    "编号": lambda line: line.case.number,
    "受理时间": lambda line: when(line.case.opened_at),
    "来源渠道": lambda line: line.say(line.case.channel),
    "来源工单号": _external,
    "诉求人（脱敏）": lambda line: "匿名" if line.of("anonymous") else "＊＊",
    "联系方式（脱敏）": lambda line: "电话（已密封）" if line.case.petitioner else "未留电话",
    "是否匿名/保密": lambda line: "匿名" if line.of("anonymous") else "保密" if line.of("confidential") else "否",
    "人员类别": _persons,
    "诉求类型": lambda line: line.word("kind"),
    "一级类别": lambda line: line.say(line.case.category).partition("·")[0],
    "二级类别": lambda line: line.say(line.case.category).partition("·")[2],
    "机制": lambda line: line.say(line.case.mechanism),
    "诉求内容摘要": _matter,
    "地址": lambda line: line.case.place,
    "坐标": _position,
    "涉及对象": lambda line: line.word("involved"),
    "涉及人数": lambda line: line.of("people"),
    "涉及金额": lambda line: line.of("amount"),
    "紧急程度": lambda line: line.say(line.case.urgency),
    "严重程度": lambda line: line.say(line.case.severity),
    "研判意见": lambda line: "；".join(str(one.get("what", "")) for one in line.of("grounds") or ()),
    "是否重复/并单号": _merged,
    "拟办意见": lambda line: line.word("proposal") or (line.of("sign_off_rule") or {}).get("zh", ""),
    "签批人": lambda line: line.word("signer"),
    "签批意见": lambda line: line.word("opinion") if line.last(*_SIGNED) else "",
    "签批时间": lambda line: line.at(*_SIGNED),
    "分管领导": lambda line: signing.named(line.of("assigned_leader")),
    "主办单位": lambda line: line.say(line.case.unit),
    "协办单位": lambda line: line.word("assisting_units"),
    "承办人": lambda line: line.of("handler_name") or line.of("handler"),
    "派单时间": lambda line: line.at(*_SENT),
    "签收时间": _accepted,
    "首次联系时间": _contact,
    "法定依据": _laws,
    "服务时限": lambda line: due(line.due["finish"]) if "finish" in line.due else "",
    "法定时限": _lawful,
    "阶段性答复": _interim,
    "是否延期/次数": lambda line: _times(int(line.of("extensions") or 0)),
    "是否退单/次数": _returns,
    "办理过程": _course,
    "办理结果": lambda line: line.form("result", "followed_up") or line.form("outcome", *_ANSWERED),
    "答复内容": lambda line: line.form("reply", *_REPLIED),
    "答复方式": _reply_way,
    "答复时间": lambda line: line.at(*_REPLIED),
    "审核人": _reviewer,
    "办结时间": _end,
    "是否按时": _in_time,
    "回访时间": _called_at,
    "回访人": _caller,
    "回访结果": _callback,
    "态度满意": _mark("attitude"),
    "过程满意": _mark("process"),
    "结果满意": _mark("result"),
    "是否解决": _solved,
    "未解决/不满意原因": lambda line: line.form("reason", "rework_ordered"),
    "重办次数": lambda line: str(line.of("reworks") or 0),
    "督办/黄红牌": _cards,
    "是否剔除及类别": _excluded,
    "附件": lambda line: _times(int(line.of("attachments") or 0), "件"),
    "归档号": lambda line: str(line.of("digest"))[:_SHORT_DIGEST],
    "归档时间": lambda line: when(line.of("archived_at")),
}


def harmless(value: Any) -> Any:
    """Return a value as a cell may hold it: no formula, no number of a person, nothing that Excel can't read."""
    if not isinstance(value, str):
        return value
    return sheets.harmless(_plain(value)[:_LONGEST_CELL])


def _plain(value: str) -> str:
    return sheets.UNREADABLE.sub("", redact(value).text)


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
        merged = {one: into for one, row in cases.items() if (into := _merged_into(row, timelines.get(one, ())))}
        named = select(case.subject, case.number).where(case.subject.in_(merged.values()))
        numbers = {row.subject: row.number for row in session.execute(named)} if merged else {}
        for one in filter(cases.__contains__, some):
            own = clocks.get(one, ())
            yield Line(
                case=cases[one],
                timeline=timelines.get(one, ()),
                clocks={row.name: Clock.from_dict(row.body) for row in own},
                due={row.name: row.due_at for row in own},
                terms=terms,
                into=numbers.get(merged.get(one, ""), ""),
            )
        session.expunge_all()


def _merged_into(case: Any, timeline: Sequence[Any]) -> str:
    """Return the appeal that a line stands for no more by itself, while it is so."""
    merged = next((entry for entry in reversed(timeline) if entry.trigger == "merged"), None)
    return str((merged.form or {}).get("into", "")) if merged and case.state == "merged" else ""
