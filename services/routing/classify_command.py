"""The command `jiesu classify`: judges appeals from the command line or a file, and measures itself on labelled ones.

A file is read as it is: JSON Lines and CSV with a title and a text, or plain text with one appeal per line. A row that
cannot be read is named with its line and reason on the standard error stream and does not stop the others.
"""

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from services.routing.triage import MECHANISMS, NothingToClassifyError, Triage
from services.routing.triage import classify as judge

TITLES = ("title", "subject", "标题", "主题", "留言主题")
TEXTS = ("text", "detail", "content", "description", "message", "body", "内容", "诉求内容", "正文", "留言详情")
IDS = ("id", "msg_id", "appeal_id", "external_number", "编号", "工单号", "留言编号")
TIMES = ("created_at", "time", "submitted_at", "时间", "受理时间", "留言时间")

KINDS_OF_FILE = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".txt": "txt"}


class UnreadableError(click.ClickException):
    """The file cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Row:
    """One appeal of a file, with the line it begins on."""

    line: int
    fields: Mapping[str, str]

    def first(self, names: Iterable[str]) -> str:
        """Give the first field of these names that holds something."""
        return next((value for name in names if (value := self.fields.get(name, "").strip())), "")

    @property
    def id(self) -> str:
        """The row's own number, else its line."""
        return self.first(IDS) or str(self.line)

    @property
    def month(self) -> int | None:
        """The month the appeal was made in, if the row tells it."""
        try:
            return datetime.fromisoformat(self.first(TIMES)).month
        except ValueError:
            return None

    def judged(self) -> Triage:
        """Judge it; raises NothingToClassifyError if neither title nor text is there."""
        return judge(self.first(TITLES), self.first(TEXTS), month=self.month)


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be read, and why."""

    line: int
    reason: str


def read_file(path: Path) -> list[Row | Refused]:
    """Give a file's rows in their order; raises UnreadableError if it is none of the three kinds or not there."""
    kind = KINDS_OF_FILE.get(path.suffix.lower())
    if kind is None:
        raise UnreadableError(
            f"{path.name}：只认 .jsonl、.csv 和 .txt 文件，请先转换 / only .jsonl, .csv and .txt files are read: convert it first"
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{path}：无法读取（{error.strerror}） / cannot be read ({error.strerror})") from error
    if kind == "jsonl":
        return list(_json_rows(raw))
    text = _decoded(raw, path)
    return list(_csv_rows(text, path) if kind == "csv" else _text_rows(text))


def _decoded(raw: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError(
        f"{path.name}：既不是 UTF-8 也不是 GB18030 编码，请另存为 UTF-8 / neither UTF-8 nor GB18030: save it as UTF-8"
    )


def _json_rows(raw: bytes) -> Iterator[Row | Refused]:
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            yield Refused(number, "不是 UTF-8 编码 / not UTF-8")
            continue
        except (ValueError, RecursionError) as error:
            yield Refused(number, f"不是合法的 JSON（{error}） / not valid JSON ({error})")
            continue
        if not isinstance(fields, dict):
            yield Refused(number, "每行应是一个 JSON 对象 / each line must be a JSON object")
            continue
        wrong = [name for name in (*TITLES, *TEXTS) if not isinstance(fields.get(name, ""), str | None)]
        if wrong:
            yield Refused(number, f"字段 {wrong[0]} 应是文字 / the field {wrong[0]} must be text")
            continue
        yield Row(number, {str(name): _as_text(value) for name, value in fields.items()})


def _as_text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _csv_rows(text: str, path: Path) -> Iterator[Row | Refused]:
    csv.field_size_limit(10_000_000)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = [name.strip() for name in reader.fieldnames or ()]
    if not {*names} & {*TITLES, *TEXTS}:
        raise UnreadableError(
            f"{path.name}：第一行须有列名 title、text（或 标题、内容） / the first line must name columns title and text"
        )
    reader.fieldnames = names
    ended = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            ended = reader.line_num
            yield Refused(ended, f"不是合法的 CSV（{error}） / not valid CSV ({error})")
            continue
        line, ended = ended + 1, reader.line_num
        if None in fields:
            yield Refused(line, "列数多于表头 / more columns than the first line names")
            continue
        yield Row(line, {name: value or "" for name, value in fields.items()})


def _text_rows(text: str) -> Iterator[Row | Refused]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield Row(number, {"text": line})


def judged_rows(rows: list[Row | Refused], refuse: "Refusals") -> Iterator[tuple[Row, Triage]]:
    """Judge each row in turn, with a progress bar where a person watches; refuse those without a text."""
    with click.progressbar(
        rows, label="分类 / classifying", file=sys.stderr, hidden=not (sys.stderr.isatty() and len(rows) > 1)
    ) as shown:
        for row in shown:
            if isinstance(row, Refused):
                refuse(row)
                continue
            try:
                triage = row.judged()
            except NothingToClassifyError as error:
                refuse(Refused(row.line, str(error)))
                continue
            yield row, triage


class Refusals:
    """Says each refused row on the standard error stream, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, refused: Refused) -> None:
        """Name the line and the reason."""
        self.count += 1
        click.echo(f"第 {refused.line} 行 / line {refused.line}: {refused.reason}", err=True)


class LettersByDefault(click.Group):
    """A group whose unnamed command judges appeals: `classify TEXT` beside `classify evaluate FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the unnamed command's name in front unless a command or help is asked for."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["letters", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show both spellings."""
        formatter.write_usage(ctx.command_path, "TEXT | --file FILE.{jsonl,csv,txt} [--json]")
        formatter.write_usage(ctx.command_path, "evaluate FILE.jsonl [--json]")


@click.group(cls=LettersByDefault)
def classify() -> None:
    """判断诉求的机制、类别、紧急与严重程度 / Say where an appeal belongs, how urgent and how severe it is, and why."""


@classify.command()
@click.argument("text", required=False)
@click.option("--title", default="", help="标题 / The appeal's title.")
@click.option(
    "--file", "file", type=click.Path(path_type=Path), help="诉求文件 / A file of appeals: .jsonl, .csv or .txt."
)
@click.option("--json", "as_json", is_flag=True, help="每条一行 JSON / One line of JSON per appeal.")
def letters(text: str | None, title: str, file: Path | None, *, as_json: bool) -> None:
    """判断一条诉求或一个文件 / Judge one appeal, or each appeal of a file."""
    if file is not None and (text is not None or title):
        raise click.UsageError("TEXT 和 --file 只能给一个 / give either TEXT or --file")
    if file is not None:
        _judge_file(file, as_json=as_json)
        return
    if text is None and not title:
        raise click.UsageError("请给出诉求内容，或用 --file 指定文件 / give the appeal's TEXT, or a file with --file")
    try:
        triage = judge(title, text or "")
    except NothingToClassifyError as error:
        raise click.UsageError(str(error)) from error
    click.echo(_line("1", triage) if as_json else _report(triage))


def _judge_file(file: Path, *, as_json: bool) -> None:
    rows = read_file(file)
    refuse = Refusals()
    judged = 0
    for row, triage in judged_rows(rows, refuse):
        judged += 1
        if as_json:
            click.echo(_line(row.id, triage))
        else:
            start = (row.first(TITLES) or row.first(TEXTS))[:40].replace("\n", " ")
            click.echo(
                f"{row.id}\t{triage.mechanism}\t{triage.category} {triage.category_zh}\t{triage.urgency}\t"
                f"{triage.severity}\t{triage.confidence:.2f}\t{start}"
            )
    click.echo(
        f"读取 {len(rows)} 条，已分类 {judged} 条，有误 {refuse.count} 条 / "
        f"read {len(rows)}, classified {judged}, refused {refuse.count}",
        err=True,
    )


def _line(number: str, triage: Triage) -> str:
    return json.dumps({"id": number, **triage.as_json()}, ensure_ascii=False)


def _report(triage: Triage) -> str:
    lines = [
        f"机制 mechanism    {triage.mechanism}  ({triage.confidence:.0%}; {triage.runner_up} {triage.runner_up_confidence:.0%})",
        f"类别 category     {triage.category} {triage.category_zh}",
        f"紧急 urgency      {triage.urgency}",
        f"严重 severity     {triage.severity}",
        f"类型 kind         {triage.kind}",
    ]
    if triage.people is not None:
        lines.append(f"人数 people       {triage.people}")
    if triage.amount is not None:
        lines.append(f"金额 amount       {triage.amount}")
    if triage.sensitive:
        lines.append(f"敏感 sensitive    {' '.join(triage.sensitive)}")
    if triage.not_accepted:
        lines.append(f"不予受理 route    {triage.not_accepted}")
    if triage.relay:
        lines.append(f"即时转 relay      {triage.relay}")
    lines.append("依据 because")
    lines += [f"  {reason.weight:+6.1f}  {reason.what}  {' '.join(reason.words)}" for reason in triage.because]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How far the judgements agree with labels: shares from 0 to 1, and counts by label and judgement."""

    rows: int
    strict: float
    lenient: float
    macro_f1: float
    recall: Mapping[str, float]
    precision: Mapping[str, float]
    mean_confidence: float
    confusion: Mapping[str, Mapping[str, int]]

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON data, rounded to four places."""
        return {
            "rows": self.rows,
            "accuracy_strict": round(self.strict, 4),
            "accuracy_lenient": round(self.lenient, 4),
            "macro_f1": round(self.macro_f1, 4),
            "recall": {name: round(share, 4) for name, share in self.recall.items()},
            "precision": {name: round(share, 4) for name, share in self.precision.items()},
            "mean_confidence": round(self.mean_confidence, 4),
            "confusion": {label: dict(found) for label, found in self.confusion.items()},
        }


def evaluate_rows(judged: Iterable[tuple[str, frozenset[str], Triage]]) -> Evaluation:
    """Compare (label, labels also acceptable, judgement): classes that never occur leave the averages alone."""
    counts: Counter[tuple[str, str]] = Counter()
    strict = lenient = 0
    confidence = 0.0
    for label, also, triage in judged:
        counts[label, triage.mechanism] += 1
        strict += triage.mechanism == label
        lenient += triage.mechanism == label or triage.mechanism in also
        confidence += triage.confidence
    rows = counts.total()
    recall, precision, f1 = {}, {}, []
    for name in MECHANISMS:
        labelled = sum(counts[name, other] for other in MECHANISMS)
        found = sum(counts[other, name] for other in MECHANISMS)
        if not labelled:
            continue
        recall[name] = counts[name, name] / labelled
        precision[name] = counts[name, name] / found if found else 0.0
        f1.append(2 * counts[name, name] / (labelled + found))
    return Evaluation(
        rows=rows,
        strict=strict / rows if rows else 0.0,
        lenient=lenient / rows if rows else 0.0,
        macro_f1=sum(f1) / len(f1) if f1 else 0.0,
        recall=recall,
        precision=precision,
        mean_confidence=confidence / rows if rows else 0.0,
        confusion={label: {name: counts[label, name] for name in MECHANISMS} for label in MECHANISMS},
    )


@classify.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Print JSON.")
def evaluate(file: Path, *, as_json: bool) -> None:
    """用已标注的诉求检验（字段 mechanism、also_acceptable）/ Measure on labelled appeals (mechanism, also_acceptable)."""
    rows: list[Row | Refused] = [
        row
        if isinstance(row, Refused) or row.fields.get("mechanism", "") in MECHANISMS
        else Refused(row.line, "字段 mechanism 缺失或不认识 / the field mechanism is missing or unknown")
        for row in read_file(file)
    ]
    refuse = Refusals()
    found = evaluate_rows(
        (row.fields["mechanism"], frozenset(row.fields.get("also_acceptable", "").split("|")), triage)
        for row, triage in judged_rows(rows, refuse)
    )
    if not found.rows:
        _nothing_to_measure(file)
    click.echo(
        json.dumps({**found.as_json(), "refused": refuse.count}, ensure_ascii=False) if as_json else _table(found)
    )
    if not as_json:
        click.echo(
            f"读取 {len(rows)} 条，有误 {refuse.count} 条 / read {len(rows)}, refused {refuse.count}",
            err=True,
        )


def _nothing_to_measure(file: Path) -> NoReturn:
    raise UnreadableError(f"{file.name}：没有可用的已标注诉求 / no labelled appeal in it that could be read")


def _table(found: Evaluation) -> str:
    width = max(map(len, MECHANISMS)) + 1
    lines = [
        f"条数 rows                {found.rows}",
        f"严格准确率 strict        {found.strict:.3f}",
        f"宽松准确率 lenient       {found.lenient:.3f}",
        f"宏平均 F1 macro F1       {found.macro_f1:.3f}",
        f"平均置信度 confidence    {found.mean_confidence:.3f}",
        "",
        "标注＼判断 label\\judged".ljust(width)
        + "".join(f"{name[:9]:>10}" for name in MECHANISMS)
        + "    recall  precision",
    ]
    for label in MECHANISMS:
        if label in found.recall:
            cells = "".join(f"{found.confusion[label][name]:>10}" for name in MECHANISMS)
            lines.append(f"{label:<{width + 8}}{cells}    {found.recall[label]:.3f}   {found.precision[label]:.3f}")
    return "\n".join(lines)
