"""Documents: written from templates when a step is taken, numbered, kept as they were issued, served.

A template is Markdown with Jinja in `templates/papers/<document>.md`, behind a head in TOML between lines of `+++`:

    title     what it is called
    code      the word of its number, such as {{ street.sign }}人调字; without it there is no number
    number    where a step's form gives the number instead: a template of it
    issuer    who issues it, as a template
    layout    letter: the official letter of GB/T 9704, with a red head; record: everything else
    to        whom it is addressed to (主送), as a template
    dated     the day that it bears, as a template, where that is not the day on which it is put on record
    basis     the legal basis that is printed under it, as a template
    required  what must be there before it is issued: paths into what the template sees, or several with | between of which
              one must be there, each with its name
    signed    the lines for signatures and seals at its end, as templates

It sees `form` (what was filled in for this step), `kept` (what was filled in before, by step), `case`, `now`, `by`, and
`units` (the names of the street's units, by code: `chassis.receivers`), and
`street` (`street.full`, `.district`, `.name`, `.word` and `.sign`: `chassis.street`), which is all that `code` sees.
A department changes its documents by files of the same name in `JIESU_DATA/papers/<service>/`. What was issued is kept
as text with a digest: a later template changes nothing of it.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import StrictUndefined, TemplateError, pass_context
from jinja2.sandbox import SandboxedEnvironment
from marshmallow import fields, validate
from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint, select

from chassis import receivers, street
from chassis.schemas import FormSchema
from chassis.store import Json, Moments
from chassis.wire import new_id, plain
from chassis.workcalendar import local, local_date
from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import MetaData
    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint
    from chassis.store import Row
    from chassis.workflow import CaseView, Delivery, Moment, Values

LAYOUTS: Final = ("letter", "record")
#: How a document may reach whom it is for.
WAYS: Final = ("in_person", "left_behind", "by_post", "by_another", "by_notice", "electronic")


class Serving(FormSchema):
    """How a document reached whom it is for (送达回证)."""

    way = fields.String(
        required=True,
        validate=validate.OneOf(WAYS),
        metadata={"example": "in_person", "label": "How it reached them"},
    )
    recipient = fields.String(required=True, validate=validate.Length(1, 60), metadata={"example": "居民甲"})
    at = fields.AwareDateTime(
        required=True, metadata={"example": "2026-11-20T09:30:00+08:00", "label": "When it reached them"}
    )
    note = fields.String(
        load_default="", validate=validate.Length(max=300), metadata={"example": "本人签收", "label": "Remark"}
    )


_BLANK: Final = "＿＿＿＿＿"
_ENDS_OF_SENTENCES: Final = tuple("。！？；：….!?;:")
_FENCE: Final = "+++"
#: Under this name, which no template can write, its filters find the service's terms.
_TERMS: Final = "terms of the service"


class TemplateFault(Exception):  # noqa: N818 - a fault of a file, told to whoever keeps it
    """A document's template that can't be used; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Template:
    """One document of a service, as `templates/papers` has it."""

    name: str
    title: str
    text: str
    code: str = ""
    number: str = ""
    issuer: str = ""
    layout: str = "record"
    to: str = ""
    basis: str = ""
    dated: str = ""
    #: A path: where it is there, what is written is the version before it once more, as signed, and keeps its number.
    same_paper: str = ""
    required: Mapping[str, str] = field(default_factory=dict)
    signed: Sequence[str] = ()

    @property
    def digest(self) -> str:
        """Hash it, so that a document tells which version of the template it was written from."""
        return hashlib.sha256(repr(asdict(self)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document as it was issued: its head and its text in Markdown."""

    title: str
    layout: str
    number: str
    issuer: str
    to: str
    basis: str
    signed: tuple[str, ...]
    text: str
    dated: str


def table(metadata: MetaData) -> Table:
    """Add the register of documents to a service's tables; `models.PAPERS` holds it."""
    return Table(
        "papers",
        metadata,
        Column("id", String(40), primary_key=True),
        Column("case_id", String(40), nullable=False, index=True),
        Column("name", String(60), nullable=False),
        Column("version", Integer, nullable=False),
        Column("number", String(80), nullable=False, index=True),
        Column("seq", Integer, nullable=False),
        Column("issued_at", Moments, nullable=False, index=True),
        Column("by", String(80), nullable=False),
        Column("by_name", String(80), nullable=False),
        Column("head", Json, nullable=False),
        Column("text", Text, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("template", String(64), nullable=False),
        Column("served", Json, nullable=False),
        UniqueConstraint("case_id", "name", "version"),
    )


# -- templates ----------------------------------------------------------------


def read_template(name: str, content: str, where: str) -> Template:
    """Take a template's file apart. Raises TemplateFault."""
    parts = content.split(_FENCE, 2)
    if len(parts) != 3 or parts[0].strip():  # noqa: PLR2004 - before, head, text
        raise TemplateFault(f"{where}: 文书模板应以两行 +++ 之间的 TOML 开头 / no head in TOML between lines of +++")
    try:
        head = tomllib.loads(parts[1])
        found = Template(name=name, text=parts[2].strip() + "\n", **head)
        for text in (found.text, found.to, found.number, found.issuer, found.code, found.dated):
            _environment().parse(text)
    except (tomllib.TOMLDecodeError, TypeError, TemplateError) as error:
        raise TemplateFault(f"{where}: {error}") from error
    if found.layout not in LAYOUTS:
        raise TemplateFault(f"{where}: layout 应为 {'、'.join(LAYOUTS)} / one of {', '.join(LAYOUTS)}")
    return found


@cache
def shipped(folder: Path) -> Mapping[str, Template]:
    """Read the templates that came with a service, once."""
    files = sorted((folder / "templates" / "papers").glob("*.md"))
    return {file.stem: read_template(file.stem, file.read_text("utf-8"), str(file)) for file in files}


def template(blueprint: Blueprint, name: str) -> Template | None:
    """Return the template of a document: the department's own, else the shipped one, else None."""
    own = Path(os.environ.get("JIESU_DATA") or "var") / "papers" / blueprint.name / f"{name}.md"
    try:
        changed = own.stat().st_mtime_ns
    except OSError:
        return shipped(blueprint.folder).get(name)
    return _own(own, changed)


@cache
def _own(file: Path, _changed: int) -> Template:
    return read_template(file.stem, file.read_text("utf-8"), str(file))


# -- writing ------------------------------------------------------------------


def seen(case: Any, form: Values, kept: Values, moment: Moment) -> dict[str, Any]:
    """Return what a template sees."""
    return {
        "form": form,
        "kept": kept,
        "case": {
            "number": case.number,
            "title": case.title,
            "place": case.place,
            "unit": case.unit,
            "opened_at": case.opened_at,
        },
        "now": moment.now,
        "by": moment.actor_name,
    }


def missing(found: Template, context: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """Say what a document still lacks; `parties.*.name` means the name of each party."""
    lacking = [
        said
        for paths, said in found.required.items()
        if not any(_is_there(context, path.strip().split(".")) for path in paths.split("|"))
    ]
    return tuple(
        Refusal(f"文书《{found.title}》缺少必备内容：{said}", f"the document lacks: {said}") for said in lacking
    )


def _is_there(value: Any, path: Sequence[str]) -> bool:
    if not path:
        return value is not None and value not in ("", [], {}, ())
    first, *rest = path
    if first == "*":
        return isinstance(value, (list, tuple)) and bool(value) and all(_is_there(one, rest) for one in value)
    return isinstance(value, dict) and first in value and _is_there(value[first], rest)


def write(found: Template, context: Mapping[str, Any], terms: Any, number: str = "") -> Paper:
    """Write a document. Raises TemplateFault where its template names what is not there."""
    context = {"street": street.STREET, "units": receivers.NAMES, "issued": {}, **context, _TERMS: terms}
    try:
        text = _compiled(found.text).render(context)
        to, issuer, own, basis, dated, *signed = (
            _compiled(line, head=True).render(context)
            for line in (found.to, found.issuer, found.number, found.basis, found.dated, *found.signed)
        )
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise TemplateFault(f"文书《{found.title}》的模板有误 / its template is wrong: {error}") from error
    return Paper(
        title=found.title,
        layout=found.layout,
        number=number or own,
        issuer=issuer,
        to=to,
        basis=basis,
        signed=tuple(signed),
        text=text,
        dated=dated or day(context["now"]),
    )


@cache
def _environment(*, head: bool = False) -> SandboxedEnvironment:
    # What comes out is Markdown that we typeset ourselves; its HTML is escaped there.
    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_or_blank if head else _plainly,
        autoescape=False,
    )
    environment.filters |= {"day": day, "moment": moment_of_day, "yuan": yuan, "capital": capital, "cell": cell}
    environment.filters |= {"said": _said, "sentence": sentence}
    return environment


@lru_cache(maxsize=1000)
def _compiled(text: str, *, head: bool = False) -> Any:
    """Compile a text once: that costs ten times what it costs to fill it in."""
    return _environment(head=head).from_string(text)


@pass_context
def _said(context: Any, value: Any) -> str:
    """Name a value as the service's terms do."""
    return str(context[_TERMS].value(str(value), "zh")) if value not in (None, "") else _BLANK


def _or_blank(value: Any) -> Any:
    """Leave a line to write on where there is nothing: what stands in the head is no Markdown."""
    return _BLANK if value is None or value == "" else value


def _plainly(value: Any) -> Any:
    """Leave a line to write on where there is nothing, and keep a person's words from being Markdown."""
    if value is None or value == "":
        return _BLANK
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|~" else sign for sign in value)
    return value


def cell(value: Any) -> str:
    """Put a text into one cell of a table."""
    return str(value if value not in (None, "") else "").replace("\n", " ")


def sentence(value: Any) -> Any:
    """End what a person has written like a sentence, where he has not."""
    text = str(value or "").rstrip()
    return text if not text or text.endswith(_ENDS_OF_SENTENCES) else f"{text}。"


def day(value: Any) -> str:
    """Write a date as official documents do: 2026年11月5日."""
    if not value:
        return _BLANK
    found = _local(value)
    return f"{found.year}年{found.month}月{found.day}日"


def moment_of_day(value: Any) -> str:
    """Write a time: 2026年11月5日9时30分."""
    if not value:
        return _BLANK
    found = _local(value)
    return f"{day(value)}{found.hour}时{found.minute:02d}分"


def _local(value: Any) -> datetime:
    from datetime import date, datetime  # noqa: PLC0415 - types are only checked elsewhere

    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        return local(value)
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day of the calendar


def yuan(value: Any) -> str:
    """Write an amount in figures and, in brackets, in capitals."""
    if value in (None, ""):
        return _BLANK
    return f"{Decimal(str(value)):,.2f}元（{capital(value)}）"


_CAPITALS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")


def capital(value: Any) -> str:
    """Write an amount in the capitals of cheques, to the cent: 1203.50 as 人民币壹仟贰佰零叁元伍角."""
    amount = Decimal(str(value)).quantize(Decimal("0.01"))
    sign, cents = ("负" if amount < 0 else ""), int(abs(amount) * 100)
    whole, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    said = f"{_whole(whole)}元" if whole else ""
    if not (jiao or fen):
        return f"人民币{sign}{said or '零元'}整"
    said += f"{_CAPITALS[jiao]}角" if jiao else ("零" if whole else "")
    return f"人民币{sign}{said}{_CAPITALS[fen] + '分' if fen else ''}"


def _whole(number: int) -> str:
    said, gap = "", False
    for group in range(3, -1, -1):
        part = number // 10_000**group % 10_000
        if not part:
            gap = bool(said)
            continue
        if said and (gap or part < 1000):  # noqa: PLR2004 - its thousands are none
            said += _CAPITALS[0]
        said += _four(part) + _GROUPS[group]
        gap = False
    return said


def _four(number: int) -> str:
    said, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            said += (_CAPITALS[0] if gap and said else "") + _CAPITALS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return said


# -- the register --------------------------------------------------------------


def issue(
    session: Session, blueprint: Blueprint, case: Any, found: Template, context: Mapping[str, Any], moment: Moment
) -> Row:
    """Write a document, number it, and return its row of the register. Raises TemplateFault.

    Its template sees the last number of each document that was `issued` in the case, by name.
    """
    papers = blueprint.papers
    asked = select(papers.c.name, papers.c.version, papers.c.number).where(papers.c.case_id == case.id)
    before = {row.name: row for row in session.execute(asked.order_by(papers.c.version))}
    last = before.get(found.name)
    version = last.version + 1 if last else 1
    if last and found.same_paper and _is_there(context, found.same_paper.split(".")):
        number = last.number
    else:
        code = _compiled(found.code, head=True).render(street=street.STREET) if found.code else ""
        number = _number(session, blueprint, code, moment.now) if code else ""
    issued = {name: row.number for name, row in before.items() if row.number}
    paper = write(found, {**context, "issued": issued}, blueprint.terms, number)
    head = {name: value for name, value in asdict(paper).items() if name != "text"}
    return {
        "id": new_id(),
        "case_id": case.id,
        "name": found.name,
        "version": version,
        "number": paper.number,
        "seq": case.entries + 1,
        "issued_at": moment.now,
        "by": moment.actor,
        "by_name": moment.actor_name,
        "head": head,
        "text": paper.text,
        "digest": digest(paper),
        "template": found.digest,
        "served": [],
    }


def reaches(delivery: Delivery, form: Values) -> bool:
    """Say whether a form tells that somebody has a document: not who was called up, could not be reached, or waits for it."""
    return _way(delivery, form) in ("", *WAYS) and not (delivery.awaited and not form.get(delivery.on))


def meant(delivery: Delivery, case: CaseView, form: Values) -> tuple[str, int]:
    """Return which document a form tells to have reached somebody, and how many of its name were written after it."""
    return (delivery.document, 0) if isinstance(delivery.document, str) else delivery.document(case, form)


def _way(delivery: Delivery, form: Values) -> str:
    way = str(form.get(delivery.way) or "")
    return delivery.ways.get(way, way)


def delivered(delivery: Delivery, form: Values, addressee: str, moment: Moment) -> Row:
    """Return what the register holds of a delivery that the form of a step tells of."""
    return {
        "way": _way(delivery, form),
        "recipient": form.get(delivery.recipient) or addressee,
        "at": form.get(delivery.on) or plain(local_date(moment.now)),
        "note": form.get(delivery.note) or "",
        "by": moment.actor,
        "by_name": moment.actor_name,
        "recorded_at": plain(moment.now),
    }


def _number(session: Session, blueprint: Blueprint, code: str, now: datetime) -> str:
    """Take the next number of the year, locking its counter until the commit."""
    year = local(now).year
    marks, name = blueprint.store.marks, f"paper:{code}:{year}"
    session.execute(blueprint.upsert(marks).values(name=name, value=0).on_conflict_do_nothing())
    session.execute(marks.update().where(marks.c.name == name).values(value=marks.c.value + 1))
    serial = session.scalar(select(marks.c.value).where(marks.c.name == name))
    return f"{code}〔{year}〕{serial}号"


def digest(paper: Paper) -> str:
    """Hash all that a document says."""
    return hashlib.sha256(repr(sorted(asdict(paper).items())).encode()).hexdigest()


def of_row(row: Any) -> Paper:
    """Return a document as it was issued."""
    return Paper(**{**row.head, "signed": tuple(row.head["signed"])}, text=row.text)


def is_as_issued(row: Any) -> bool:
    """Say whether a row still says what was issued."""
    return bool(digest(of_row(row)) == row.digest)
