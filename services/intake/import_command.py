"""`jiesu import`: appeals out of a file, through the same rules as every other door."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import unicodedata
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from marshmallow import ValidationError
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from chassis import catalogue, keys, moments, relay, serving
from chassis.commands import data_option, json_option, settings_or_exit
from chassis.database import Database, is_outage
from chassis.forms import explain_errors
from chassis.sheets import BadRow, Row, UnreadableFileError, count, rows
from chassis.work import Work
from services.intake import register, rules, schemas
from services.intake.matters import joining
from services.intake.models import Case
from services.intake.register import Submission
from services.intake.ways_in.sheets import APPEALS, COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint
    from chassis.keys import KeyFolder
    from chassis.settings import Settings

AT_ONCE: Final = 100
_SHOWN_PROBLEMS: Final = 20
_APPEAL: Final = schemas.AppealForm()
#: What became of a row whose number is here already, with other content.
_OTHERWISE: Final = "otherwise"
_NUMBER_IN_USE: Final = (
    "msg_id(留言编号): 该来源的这个编号已登记，内容与本行不同，本行未登记；若是另一份文件，请用 --source 另取来源名 / "
    "this number of this source is registered with other content, and this row is not; give another file a --source of its own"
)
#: How the command ends where rows were rejected; 1 is a database that is away, 2 a file or a call that can't be used.
_SOME_REJECTED: Final = 3
#: Which column of the sheet a pointer of the form speaks of.
_COLUMN_OF: Final = {"/text": "detail", "/title": "title", "/submitted_at": "created_at", "/external/number": "msg_id"}


@dataclass(slots=True)
class Tally:
    """What became of the rows; the first is the sum of the others."""

    read: int = 0
    registered: int = 0
    merged: int = 0
    rejected: int = 0
    already_there: int = 0
    #: Those of `already_there` that came in under the name of another file, by that name.
    already_as: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, reason: str) -> None:
        """Count a row that is not valid."""
        self.rejected += 1
        self.problems.append({"line": line, "reason": reason})

    def count(self, what: str) -> None:
        """Count a row that is."""
        setattr(self, what, getattr(self, what) + 1)

    def to_dict(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {
            "read": self.read,
            "registered": self.registered,
            "merged": self.merged,
            "rejected": self.rejected,
            "already_there": self.already_there,
            "already_as": self.already_as,
            "problems": self.problems,
        }


class BadRowError(ValueError):
    """A row that can't be registered; the message says why."""


@dataclass(slots=True, kw_only=True)
class Importer:
    """Writes rows into intake's own database, a hundred to a transaction."""

    database: Database
    blueprint: Blueprint
    keys: KeyFolder
    source: str

    def take(self, found: Iterator[Row | BadRow], tally: Tally) -> Iterator[int]:
        """Register all rows, yielding how many were read after each transaction."""
        batch: list[tuple[int, Submission]] = []
        for row in found:
            tally.read += 1
            try:
                batch.append((row.line, self.sent(row, moments.now())))
            except BadRowError as error:
                tally.reject(row.line, str(error))
            if len(batch) == AT_ONCE:
                self._write(batch, tally)
                batch = []
                yield tally.read
        if batch:
            self._write(batch, tally)
        yield tally.read

    def sent(self, row: Row | BadRow, now: datetime) -> Submission:
        """Make a submission of a row, or raise BadRowError."""
        if isinstance(row, BadRow):
            raise BadRowError(row.reason)
        values = row.values
        number = values.get("msg_id", "").strip()
        body = {
            "title": values.get("title", "").strip(),
            "text": values.get("detail", ""),
            "channel": "import",
            "external": {"source": self.source, "number": number},
        }
        try:
            loaded: dict[str, Any] = _APPEAL.load(body)
        except ValidationError as error:
            raise BadRowError(_said(error.messages_dict)) from None
        loaded["submitted_at"] = rules.time_of(values.get("created_at", ""))
        if loaded["submitted_at"] is None:
            raise BadRowError(
                f"{_named('created_at')}: 应为时间，例如 2019-02-28 11:25:05 / not a time, such as 2019-02-28 11:25:05"
            )
        if wrong := schemas.time_errors(loaded["submitted_at"], now):
            raise BadRowError(_said(wrong))
        return register.submission(
            loaded, self.keys, now=now, channel="import", user=values.get("user", "").strip()[:120]
        )

    def _write(self, batch: Sequence[tuple[int, Submission]], tally: Tally) -> None:
        try:
            whats = self._admit([sent for _line, sent in batch])
        except IntegrityError:
            # Somebody registered one of them meanwhile: looked at one by one, that is seen.
            whats = [what for _line, sent in batch for what in self._admit([sent])]
        for (line, _sent), (what, source) in zip(batch, whats, strict=True):
            if what == _OTHERWISE:
                tally.reject(line, _NUMBER_IN_USE)
            else:
                tally.count(what)
            if source:
                tally.already_as[source] = tally.already_as.get(source, 0) + 1

    def _admit(self, batch: Sequence[Submission]) -> list[tuple[str, str]]:
        """Register what is new; return what became of each, and the name of the other file that it came in with."""
        with self.database.write() as session:
            work = Work(session, self.blueprint, moments.now())
            elsewhere = self._elsewhere(session, batch)
            sources = [elsewhere.get((sent.external_number, sent.request), "") for sent in batch]
            fresh = [sent for sent, source in zip(batch, sources, strict=True) if not source]
            done = iter(joining.admit(work, self.keys, *fresh))
            work.record()
            return [
                ("already_there", source) if source else (self._what(*next(done), sent), "")
                for sent, source in zip(batch, sources, strict=True)
            ]

    @staticmethod
    def _what(case: Any, what: str, sent: Submission) -> str:
        return _OTHERWISE if what == "already_there" and register.says_otherwise(case, sent) else what

    def _elsewhere(self, session: Session, batch: Sequence[Submission]) -> dict[tuple[str | None, str], str]:
        """Find the letters that are here under another file's name: the same number, and word for word the same."""
        numbers = {sent.external_number for sent in batch}
        imported = select(Case.external_number, Case.request, Case.source).where(
            Case.channel == "import", Case.external_number.in_(numbers), Case.source != self.source
        )
        return {(number, request): str(source) for number, request, source in session.execute(imported) if request}


def _said(messages: dict[str, Any]) -> str:
    said = explain_errors(_APPEAL, messages)
    return "; ".join(
        f"{_named(_COLUMN_OF.get(one['pointer'], one['pointer']))}: {one['zh']} / {one['en']}" for one in said
    )


def _named(column: str) -> str:
    return f"{column}({COLUMNS[column][1]})" if column in COLUMNS else column


def source_of(file: Path) -> str:
    """Return the name of a file's source: its stem in the letters that a source may have.

    Where letters are lost by that, as Chinese ones are, a hash keeps 一月.csv and 二月.csv apart: rows of one source
    with the same number count as one.
    """
    stem = unicodedata.normalize("NFC", file.stem).lower()
    plain = re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")
    if re.fullmatch(r"[\x00-\x7f]*", stem):
        return plain[:60] or "import"
    return f"{plain[:51] or 'import'}-{hashlib.sha256(stem.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--source",
    metavar="NAME",
    default="",
    help="Where the rows come from; a number counts once for each source. [default: the file's name]",
)
@data_option
@json_option
def import_(file: Path, source: str, data: str | None, *, as_json: bool) -> None:
    """Register the rows of FILE (.jsonl, .csv or .xlsx) as appeals; again, under whatever name, and nothing is added.

    Columns: msg_id, user, title, created_at, detail
    (留言编号, 留言用户, 留言主题, 留言时间, 留言详情).

    Ends with 0 when every row is registered, 1 when the database is away, 2 when the
    file can't be read, 3 when rows were rejected: they are named, the others are in.
    """
    del data
    if source and source_of(Path(source)) != source:
        message = f"--source {source!r}:只能用小写字母、数字、- 和 _ / use lower-case letters, digits, - and _ only"
        raise click.UsageError(message)
    tally = Tally()
    try:
        importer = _importer(settings_or_exit(), source or source_of(file))
        with closing(importer.database), _progress(file, shown=sys.stderr.isatty() and not as_json) as bar:
            for done in importer.take(rows(file, APPEALS), tally):
                bar(done)
    except UnreadableFileError as error:
        click.echo(f"{error.zh}\n{error.en}", err=True)
        if tally.read:
            _report(tally, as_json=as_json)
        sys.exit(2)
    except keys.KeysError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except Exception as error:
        if not is_outage(error):
            raise
        click.echo(
            "数据库不可用，已写入的行不会重复，请稍后再次导入。/ The database is away; import again later: nothing is doubled.",
            err=True,
        )
        sys.exit(1)
    relay.waker("intake").set()
    _report(tally, as_json=as_json)
    if tally.rejected:
        click.echo(
            f"{tally.rejected} 行未登记，请改正后再次导入，已登记的不会重复。/ {tally.rejected} rows were rejected: correct "
            "them and import again, nothing is doubled.",
            err=True,
        )
        sys.exit(_SOME_REJECTED)


def _importer(settings: Settings, source: str) -> Importer:
    spec = catalogue.spec("intake")
    database = Database(settings.database_for(spec.name), spec.name)
    spec.dialect = database.dialect
    settings.data.mkdir(parents=True, exist_ok=True)
    if not inspect(database.engine).has_table("cases"):
        serving.prepare(settings, [spec.name])
    folder = keys.KeyFolder(settings.keys)
    if not (settings.keys / "private").exists():
        folder = keys.generate(settings.keys, catalogue.names())
    return Importer(database=database, blueprint=spec, keys=folder, source=source)


def _progress(file: Path, *, shown: bool) -> AbstractContextManager[Any]:
    if not shown or not file.is_file():
        return nullcontext(lambda _done: None)
    return _Bar(count(file))


class _Bar:
    """A progress bar on the terminal."""

    def __init__(self, total: int | None) -> None:
        from rich.console import Console  # noqa: PLC0415 - only on a terminal
        from rich.progress import Progress  # noqa: PLC0415 - only on a terminal

        self.progress = Progress(console=Console(stderr=True))
        self.task = self.progress.add_task("导入 / importing", total=total)

    def __enter__(self) -> Any:
        self.progress.start()
        return lambda done: self.progress.update(self.task, completed=done)

    def __exit__(self, *_: object) -> None:
        self.progress.stop()


def _report(tally: Tally, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(tally.to_dict(), ensure_ascii=False))
        return
    click.echo(
        f"读取 read {tally.read} = 登记 registered {tally.registered} + 并单 merged {tally.merged}"
        f" + 拒绝 rejected {tally.rejected} + 已有 already there {tally.already_there}"
    )
    for source, skipped in sorted(tally.already_as.items()):
        click.echo(
            f"  已有中 {skipped} 件此前已按来源 {source} 登记（编号和内容相同），未重复登记"
            f" / {skipped} of those there came in before as {source}, with the same number and content"
        )
    for problem in tally.problems[:_SHOWN_PROBLEMS]:
        click.echo(f"  第 {problem['line']} 行 line {problem['line']}: {problem['reason']}")
    if len(tally.problems) > _SHOWN_PROBLEMS:
        click.echo(f"  … 共 {len(tally.problems)} 条，全部见 --json / all with --json")
