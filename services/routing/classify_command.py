"""The command `jiesu classify`: judges appeals from the command line or a file, measures itself, and learns.

A file is read as it is: JSON Lines and CSV with a title and a text, or plain text with one appeal per line. A row that
cannot be read is named with its line and reason on the standard error stream and does not stop the others.
"""

import csv
import io
import json
import os
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from chassis.commands import data_option, settings_or_exit
from services.routing.judging import learned
from services.routing.judging.learned import Model, ModelError, Seen
from services.routing.judging.letter import Letter, NothingToClassifyError
from services.routing.judging.lexicon import MECHANISMS, SEVERITIES, URGENCIES, shipped
from services.routing.judging.opinions import MadeUp
from services.routing.judging.result import Triage
from services.routing.judging.triage import classify as judge

TITLES = ("title", "subject", "标题", "主题", "留言主题")
TEXTS = (
    "text",
    "detail",
    "content",
    "description",
    "message",
    "body",
    "内容",
    "诉求内容",
    "正文",
    "留言详情",
    "tokens",
)
IDS = ("id", "msg_id", "appeal_id", "external_number", "编号", "工单号", "留言编号")
TIMES = ("created_at", "time", "submitted_at", "时间", "受理时间", "留言时间")

#: The fields that hold a label, by what they answer. The official categories are whatever a file has.
LABELS: Mapping[str, tuple[str, ...]] = {
    "mechanism": ("mechanism", "机制"),
    "category": ("category",),
    "urgency": ("urgency",),
    "severity": ("severity",),
    "official": ("category_l1", "official", "silver_l1", "一级标签", "一级分类"),
}

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

    @property
    def read(self) -> str:
        """Its text as the classifier reads it; raises NothingToClassifyError if there is none."""
        return Letter.of(self.first(TITLES), self.first(TEXTS), shipped()).text

    def label(self, question: str) -> str:
        """Give its label for a question, or nothing if it has none that is known."""
        label = self.first(LABELS[question])
        known = _answers().get(question)
        return label if known is None or label in known else ""

    def judged(self, model: Model | None) -> Triage:
        """Judge it; raises NothingToClassifyError if neither title nor text is there."""
        return judge(self.first(TITLES), self.first(TEXTS), month=self.month, model=model)


def _answers() -> Mapping[str, Iterable[str]]:
    return {"mechanism": MECHANISMS, "category": shipped().taxonomy, "urgency": URGENCIES, "severity": SEVERITIES}


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


def judged_rows(rows: list[Row | Refused], refuse: "Refusals", model: Model | None) -> Iterator[tuple[Row, Triage]]:
    """Judge each row in turn, with a progress bar where a person watches; refuse those without a text."""
    with click.progressbar(
        rows, label="分类 / classifying", file=sys.stderr, hidden=not (sys.stderr.isatty() and len(rows) > 1)
    ) as shown:
        for row in shown:
            if isinstance(row, Refused):
                refuse(row)
                continue
            try:
                triage = row.judged(model)
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
        formatter.write_usage(ctx.command_path, "evaluate FILE.jsonl [--model MODEL] [--json]")
        formatter.write_usage(ctx.command_path, "train FILE.jsonl… --out MODEL [--corrections] [--json]")


def _read_model(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> Model | None:
    """Give the model that is named, or the one in the data folder, if there is one."""
    if value is None:
        return learned.installed(os.environ)
    try:
        return Model.load(value)
    except ModelError as error:
        raise UnreadableError(str(error)) from error


model_option = click.option(
    "--model",
    type=click.Path(path_type=Path),
    callback=_read_model,
    help=f"训练所得的模型，默认用数据目录中的 {learned.FILE_NAME}（若有）/ A trained model. [default: {learned.FILE_NAME} in JIESU_DATA, if there]",
)


@click.group(cls=LettersByDefault)
def classify() -> None:
    """判断诉求的机制、类别、紧急与严重程度 / Say where an appeal belongs, how urgent and how severe it is, and why."""


@classify.command()
@click.argument("text", required=False)
@click.option("--title", default="", help="标题 / The appeal's title.")
@click.option(
    "--file", "file", type=click.Path(path_type=Path), help="诉求文件 / A file of appeals: .jsonl, .csv or .txt."
)
@model_option
@click.option("--json", "as_json", is_flag=True, help="每条一行 JSON / One line of JSON per appeal.")
def letters(text: str | None, title: str, file: Path | None, model: Model | None, *, as_json: bool) -> None:
    """判断一条诉求或一个文件 / Judge one appeal, or each appeal of a file."""
    if file is not None and (text is not None or title):
        raise click.UsageError("TEXT 和 --file 只能给一个 / give either TEXT or --file")
    if file is not None:
        _judge_file(file, model, as_json=as_json)
        return
    if text is None and not title:
        raise click.UsageError("请给出诉求内容，或用 --file 指定文件 / give the appeal's TEXT, or a file with --file")
    try:
        triage = judge(title, text or "", model=model)
    except NothingToClassifyError as error:
        raise click.UsageError(str(error)) from error
    click.echo(_line("1", triage) if as_json else _report(triage))


def _judge_file(file: Path, model: Model | None, *, as_json: bool) -> None:
    rows = read_file(file)
    refuse = Refusals()
    judged = 0
    for row, triage in judged_rows(rows, refuse, model):
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
    sure = {finding.of: f"{finding.confidence:.0%}" for finding in triage.findings}
    lines = [
        f"机制 mechanism    {triage.mechanism}  ({triage.confidence:.0%}; {triage.runner_up} {triage.runner_up_confidence:.0%})",
        f"类别 category     {triage.category} {triage.category_zh}  ({sure['category']}; DB44 {triage.db44} {triage.db44_zh})",
        f"紧急 urgency      {triage.urgency}  ({sure['urgency']})",
        f"严重 severity     {triage.severity}  ({sure['severity']})",
        f"类型 kind         {triage.kind}  ({sure['kind']})",
    ]
    if triage.official is not None:
        lines.append(f"一级分类 official {triage.official}  ({sure['official']})")
    if triage.involved:
        lines.append(f"涉及 involved     {' '.join(triage.involved)}  ({sure['involved']})")
    if triage.people is not None:
        lines.append(f"人数 people       {triage.people}  ({sure['people']})")
    if triage.amount is not None:
        lines.append(f"金额 amount       {triage.amount}  ({sure['amount']})")
    if triage.sensitive:
        lines.append(f"敏感 sensitive    {' '.join(triage.sensitive)}  ({sure['sensitive']})")
    if triage.not_accepted:
        lines.append(f"不予受理 route    {triage.not_accepted}")
    if triage.relay:
        lines.append(f"即时转 relay      {triage.relay}")
    lines.append("依据 because")
    lines += [f"  {reason.weight:+6.1f}  {reason.what}  {' '.join(reason.words)}" for reason in triage.because]
    return "\n".join(lines)


# -- measuring -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """One judgement beside its label, and the labels that would do as well."""

    label: str
    also: frozenset[str]
    judged: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How far the judgements agree with labels: shares from 0 to 1, and counts by label and judgement."""

    question: str
    classes: tuple[str, ...]
    rows: int
    strict: float
    lenient: float
    macro_f1: float
    recall: Mapping[str, float]
    precision: Mapping[str, float]
    f1: Mapping[str, float]
    mean_confidence: float
    confusion: Mapping[str, Mapping[str, int]]

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON data, rounded to four places."""
        return {
            "question": self.question,
            "rows": self.rows,
            "accuracy_strict": round(self.strict, 4),
            "accuracy_lenient": round(self.lenient, 4),
            "macro_f1": round(self.macro_f1, 4),
            "recall": {name: round(share, 4) for name, share in self.recall.items()},
            "precision": {name: round(share, 4) for name, share in self.precision.items()},
            "f1": {name: round(share, 4) for name, share in self.f1.items()},
            "mean_confidence": round(self.mean_confidence, 4),
            "confusion": {label: dict(found) for label, found in self.confusion.items()},
        }


def evaluation_of(question: str, measured: Iterable[Measured], classes: Iterable[str] = ()) -> Evaluation:
    """Add up the judgements; classes that no label names leave the averages alone."""
    counts: Counter[tuple[str, str]] = Counter()
    strict = lenient = 0
    confidence = 0.0
    for one in measured:
        counts[one.label, one.judged] += 1
        strict += one.judged == one.label
        lenient += one.judged == one.label or one.judged in one.also
        confidence += one.confidence
    rows = counts.total()
    names = tuple(dict.fromkeys([*classes, *sorted({name for pair in counts for name in pair})]))
    recall, precision, f1 = {}, {}, {}
    for name in names:
        labelled = sum(counts[name, other] for other in names)
        found = sum(counts[other, name] for other in names)
        if not labelled:
            continue
        recall[name] = counts[name, name] / labelled
        precision[name] = counts[name, name] / found if found else 0.0
        f1[name] = 2 * counts[name, name] / (labelled + found)
    return Evaluation(
        question=question,
        classes=names,
        rows=rows,
        strict=strict / rows if rows else 0.0,
        lenient=lenient / rows if rows else 0.0,
        macro_f1=sum(f1.values()) / len(f1) if f1 else 0.0,
        recall=recall,
        precision=precision,
        f1=f1,
        mean_confidence=confidence / rows if rows else 0.0,
        confusion={label: {name: counts[label, name] for name in names} for label in names},
    )


class Meter:
    """Judges labelled rows one after another, leaves out what the model has learned from, and keeps the time."""

    def __init__(self, question: str, model: Model | None) -> None:
        self.question = question
        self.model = model
        self.seen = model.seen() if model is not None else Seen()
        self.dropped = self.unlabelled = self.judged = 0
        self.seconds = 0.0

    def fresh(self, rows: Iterable[Row | Refused]) -> Iterator[Row | Refused]:
        """Give the rows that have a label and that the model has not seen, in the same or other words."""
        for row in rows:
            if isinstance(row, Refused):
                yield row
            elif not row.label(self.question):
                if row.first(LABELS[self.question]):
                    yield Refused(row.line, f"标注不认识（{self.question}） / the label for {self.question} is unknown")
                self.unlabelled += 1
            elif (
                self.model is not None
                and (row.first(TITLES) or row.first(TEXTS))
                and self.seen.has(learned.sketch(row.read))
            ):
                self.dropped += 1
            else:
                yield row

    def measure(self, rows: list[Row | Refused], refuse: Refusals) -> Iterator[Measured]:
        """Judge the rows; what is learned once, at the first use, is no letter's time."""
        MadeUp().learn()
        begun = time.process_time()
        for row, triage in judged_rows(rows, refuse, self.model):
            [found] = [each for each in triage.findings if each.of == self.question]
            self.judged += 1
            also = frozenset(row.fields.get("also_acceptable", "").split("|"))
            yield Measured(row.label(self.question), also, str(found.value), found.confidence)
        self.seconds = time.process_time() - begun

    def as_json(self) -> dict[str, Any]:
        """Give what was left out, how fast it went on one core, and the memory it took at most."""
        return {
            "dropped_as_seen": self.dropped,
            "unlabelled": self.unlabelled,
            "letters_per_second": round(self.judged / self.seconds) if self.seconds else 0,
            "peak_memory_mb": round(peak_memory(), 1),
        }


def peak_memory() -> float:
    """Give the megabytes that this process took at most.

    The kernel's own figure where there is one: that of getrusage begins with the memory of whoever started the process.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def question_of(rows: Iterable[Row | Refused], model: Model | None, file: Path) -> str:
    """Say what a file's labels answer: the mechanism, or the official category; raises UnreadableError if neither."""
    labelled = [row for row in rows if isinstance(row, Row)]
    if any(row.label("mechanism") for row in labelled):
        return "mechanism"
    if not any(row.label("official") for row in labelled):
        raise UnreadableError(
            f"{file.name}：没有已标注的诉求（字段 mechanism 或 category_l1） / no labelled appeal in it (a field mechanism or category_l1)"
        )
    if model is None or "official" not in model.heads:
        raise UnreadableError(
            f"{file.name}：检验一级分类需要学过它的模型，先运行 jiesu classify train，再加 --model"
            " / the official categories need a model that has learned them: run `jiesu classify train`, then give --model"
        )
    return "official"


@classify.command()
@click.argument("file", type=click.Path(path_type=Path))
@model_option
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Print JSON.")
def evaluate(file: Path, model: Model | None, *, as_json: bool) -> None:
    """用已标注的诉求检验（字段 mechanism、also_acceptable，或 category_l1）/ Measure on labelled appeals."""
    rows = read_file(file)
    question = question_of(rows, model, file)
    meter = Meter(question, model)
    refuse = Refusals()
    fresh = list(meter.fresh(rows))
    classes = MECHANISMS if question == "mechanism" else ()
    found = evaluation_of(question, meter.measure(fresh, refuse), classes)
    if not found.rows:
        raise UnreadableError(f"{file.name}：没有可用的已标注诉求 / no labelled appeal in it that could be measured")
    about = {**meter.as_json(), "refused": refuse.count}
    if as_json:
        click.echo(json.dumps({**found.as_json(), **about}, ensure_ascii=False))
        return
    click.echo(_table(found, about))
    click.echo(f"读取 {len(rows)} 条，有误 {refuse.count} 条 / read {len(rows)}, refused {refuse.count}", err=True)


def _table(found: Evaluation, about: Mapping[str, Any]) -> str:
    width = max(*map(_width, found.classes), _width("标注＼判断")) + 2
    lines = [
        f"条数 rows                {found.rows}",
        f"严格准确率 strict        {found.strict:.3f}",
        f"宽松准确率 lenient       {found.lenient:.3f}",
        f"宏平均 F1 macro F1       {found.macro_f1:.3f}",
        f"平均置信度 confidence    {found.mean_confidence:.3f}",
        f"每秒条数 letters/s       {about['letters_per_second']}  (one core)",
        f"内存峰值 peak memory     {about['peak_memory_mb']} MB",
        f"学过而剔除 dropped       {about['dropped_as_seen']}  (the model has seen them)",
        f"未标注 unlabelled        {about['unlabelled']}",
        "",
        _padded("标注＼判断", width)
        + "".join(_padded(name, width) for name in found.classes)
        + "recall  precision  F1",
    ]
    for label in found.classes:
        if label in found.recall:
            cells = "".join(f"{found.confusion[label][name]:<{width}}" for name in found.classes)
            lines.append(
                f"{_padded(label, width)}{cells}{found.recall[label]:.3f}   {found.precision[label]:.3f}      {found.f1[label]:.3f}"
            )
    return "\n".join(lines)


def _width(text: str) -> int:
    """Count the columns of a text on a terminal, where a Chinese character takes two."""
    return sum(1 if char.isascii() else 2 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - _width(text))


# -- learning --------------------------------------------------------------------------------------------------------


class Lessons:
    """Labelled letters by question, each letter once: of two that are the same in other words, the first counts."""

    def __init__(self) -> None:
        self.letters: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.duplicates: Counter[str] = Counter()
        self.sketches: dict[str, None] = {}
        self._seen: dict[str, Seen] = defaultdict(Seen)

    def take(self, rows: Iterable[Row | Refused], refuse: Refusals) -> None:
        """Take all rows that have a text and a label, and refuse the others."""
        for row in rows:
            if isinstance(row, Refused):
                refuse(row)
                continue
            labels = {question: label for question in LABELS if (label := row.label(question))}
            if not labels:
                refuse(Refused(row.line, "没有认识的标注 / no label that is known"))
                continue
            try:
                self.add(row.read, labels)
            except NothingToClassifyError as error:
                refuse(Refused(row.line, str(error)))

    def add(self, text: str, labels: Mapping[str, str]) -> None:
        """Take a letter's labels by question."""
        sketch = learned.sketch(text)
        self.sketches[learned.spelled(sketch)] = None
        for question, label in labels.items():
            if self._seen[question].has(sketch):
                self.duplicates[question] += 1
                continue
            self._seen[question].add(sketch)
            self.letters[question].append((text, label))

    def learned(self) -> tuple[Model, dict[str, str]]:
        """Train a head for each question; give also the questions that could not be learned, with why."""
        heads, left = {}, {}
        # Training needs the room.
        self._seen.clear()
        for question, letters in self.letters.items():
            try:
                heads[question] = learned.train_head(letters)
            except ModelError as error:
                left[question] = str(error)
        return Model(heads, tuple(self.sketches)), left


@classify.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="写到 / Write the model here.")
@click.option("--corrections", is_flag=True, help="也学人工研判的更正 / Learn also from what the desk has corrected.")
@data_option
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / Print JSON.")
def train(files: tuple[Path, ...], out: Path, data: str | None, *, corrections: bool, as_json: bool) -> None:
    """从已标注的诉求学一个第二意见 / Learn a second opinion from labelled appeals and from corrections.

    标注字段 labels: mechanism, category, urgency, severity, category_l1.
    """
    del data
    if not files and not corrections:
        raise click.UsageError("请给出已标注的文件，或 --corrections / give labelled FILEs, or --corrections")
    lessons, refuse = Lessons(), Refusals()
    corrected = _corrections() if corrections else []
    lessons.take(corrected, refuse)
    for file in files:
        lessons.take(read_file(file), refuse)
    model, left = lessons.learned()
    if not model.heads:
        raise click.ClickException(
            "；".join(left.values()) or "没有可用的已标注诉求 / no labelled appeal that could be used"
        )
    try:
        model.save(out)
    except OSError as error:
        raise click.ClickException(
            f"{out}：无法写入（{error.strerror}） / cannot be written ({error.strerror})"
        ) from error
    if as_json:
        about = {
            question: {"letters": head.letters, "labels": list(head.labels), "duplicates": lessons.duplicates[question]}
            for question, head in model.heads.items()
        }
        report = {"out": str(out), "questions": about, "not_learned": left, "corrections": len(corrected)}
        click.echo(json.dumps({**report, "refused": refuse.count}, ensure_ascii=False))
        return
    for question, head in model.heads.items():
        click.echo(
            f"{question}: {head.letters} 条，{len(head.labels)} 类，剔除重复 {lessons.duplicates[question]} 条，占 {head.weight:.0%}"
            " / letters, classes, duplicates left out, weight beside the lexicon"
        )
    for question, why in left.items():
        click.echo(f"{question}: {why}", err=True)
    click.echo(f"{out}  {out.stat().st_size / 1e6:.1f} MB")


def _corrections() -> list[Row]:
    """Read what the desk has corrected, the latest first, out of routing's own database."""
    from sqlalchemy import select  # noqa: PLC0415 - only where a database is read
    from sqlalchemy.exc import OperationalError, ProgrammingError  # noqa: PLC0415

    from chassis.database import Database  # noqa: PLC0415
    from services.routing.models import Correction  # noqa: PLC0415

    database = Database(settings_or_exit().database_for("routing"), "routing")
    try:
        with database.read() as session:
            found = session.scalars(select(Correction).order_by(Correction.at.desc())).all()
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(
            f"读不到更正：先运行 jiesu migrate routing，并检查 JIESU_DATA 与 JIESU_DATABASE_URL"
            f" / the corrections can't be read: run `jiesu migrate routing` first, and check JIESU_DATA and"
            f" JIESU_DATABASE_URL ({error.orig})"
        ) from error
    finally:
        database.close()
    names = ("title", "text", "mechanism", "category", "urgency", "severity")
    return [Row(at, {name: getattr(row, name) for name in names}) for at, row in enumerate(found, start=1)]
