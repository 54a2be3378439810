"""`python -m bench.repeats`: how fast candidates for one matter are found among a million appeals, and how well.

Letters are made up unless a JSONL file is given; each of a sample is told again in other words, and looked for.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, text

from bench.platform import machine
from chassis import blueprint
from chassis.database import Database
from chassis.wire import dumps
from services.intake.matters import likeness, traces
from services.intake.models import Case, Trace, Traced
from services.intake.service import IntakeService
from tests.nodes.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NOW: Final = datetime(2026, 11, 23, 1, tzinfo=UTC)
_SYLLABLES: Final = (
    "春夏秋冬东南西北金银玉翠锦绣康宁安泰和平幸福阳光碧海蓝天丽景华庭龙凤祥瑞福星河湖山水云雾松竹梅兰菊莲"
)
_ENDS: Final = ("小区", "花园", "家园", "新城", "公寓", "苑", "里", "湾", "路", "街")
_CLAUSES: Final = re.compile(r"[^，。！？；\n]+[，。！？；\n]*")
#: What another person calls the same.
_OTHERWISE: Final = (
    ("我们", "大家"),
    ("请", "麻烦"),
    ("尽快", "赶紧"),
    ("领导", "政府"),
    ("希望", "盼望"),
    ("解决", "处理"),
    ("严重", "很"),
    ("居民", "住户"),
    ("反映", "投诉"),
    ("现在", "目前"),
)
_OPENINGS: Final = ("您好，我也想说一下，", "又来打扰了，", "邻居让我也打个电话，", "同样的问题：", "")
_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter: title and text."""

    title: str
    text: str


def made_up(count: int, dice: random.Random) -> Iterator[Letter]:
    """Make letters about the matters of a street: a few places of which many write, and many of which few do."""
    places = ["".join(dice.sample(_SYLLABLES, dice.choice((2, 2, 3)))) + end for _ in range(300) for end in _ENDS]
    topics = list(likeness.policy().topics)
    for number in range(count):
        place = places[int(len(places) * dice.random() ** 2.5)]
        word, other = dice.choice(topics), dice.choice(topics)
        said = f"{place}{dice.randint(1, 30)}号楼{word}，已经{dice.randint(2, 30)}天，打过电话没有结果，编号{number}。"
        yield Letter(f"{place}{word}", f"{said}另外{other}的情况也请一并看看，希望尽快解决。")


def told_again(letter: Letter, dice: random.Random) -> Letter:
    """Tell a letter in other words: a third of its clauses left out, the others in another order, words replaced."""
    clauses = _CLAUSES.findall(letter.text) or [letter.text]
    kept = dice.sample(clauses, max(1, round(len(clauses) * 2 / 3)))
    said = dice.choice(_OPENINGS) + "".join(kept)
    for word, otherwise in _OTHERWISE:
        said = said.replace(word, otherwise)
    title = letter.title[len(letter.title) // 3 :] if dice.random() < 0.5 else ""  # noqa: PLR2004 - a coin
    return Letter(title, said)


def row(number: int, letter: Letter, dice: random.Random) -> dict[str, Any]:
    """Return a stored appeal."""
    at = _NOW - timedelta(seconds=dice.randrange(likeness.policy().days * 86_400))
    table: Any = Case.__table__
    blank = {column.name: None for column in table.c}
    words = {"title": letter.title, "details": {"text": letter.text}, "public": {}, "place": "", "state": "dispatched"}
    times = {"opened_at": at, "updated_at": at, "submitted_at": at}
    empty = dict.fromkeys(("number", "unit", "urgency", "chain", "request", "petitioner"), "")
    own = {"id": f"A{number:07}", "subject": f"A{number:07}", "channel": "web", "version": 1, "entries": 0}
    return {**blank, **words, **times, **empty, **own}


def fill(database: Database, letters: Sequence[Letter], dice: random.Random) -> dict[str, float]:
    """Store appeals with their traces; return the CPU that the keys take, and how many there are."""
    spent, keys = 0.0, 0
    for first in range(0, len(letters), _AT_ONCE):
        rows = [row(first + place, one, dice) for place, one in enumerate(letters[first : first + _AT_ONCE])]
        began = time.process_time()
        found = [
            (key, one["opened_at"], one["id"])
            for one in rows
            for key in likeness.keys(likeness.look(one["title"], one["details"]["text"], ""))
        ]
        spent += time.process_time() - began
        keys += len(found)
        _store(database, rows, found)
    with database.write() as session:
        session.execute(insert(Traced), [{"id": 1, "at": _NOW, "case_id": ""}])
    with database.engine.begin() as connection:
        for table in ("cases", "traces"):
            connection.execute(text(f"ANALYZE {table}"))
    return {"keys_ms": round(spent / len(letters) * 1000, 4), "keys_per_appeal": round(keys / len(letters), 2)}


def _store(database: Database, rows: list[dict[str, Any]], found: list[tuple[int, datetime, str]]) -> None:
    if database.dialect != "postgresql":
        with database.write() as session:
            session.execute(insert(Case), rows)
            session.execute(insert(Trace), [dict(zip(("key", "at", "case_id"), one, strict=True)) for one in found])
        return
    with database.engine.begin() as connection:
        cursor: Any = connection.connection.cursor()
        names = list(rows[0])
        with cursor.copy(f"COPY cases ({','.join(names)}) FROM STDIN") as copy:
            for one in rows:
                copy.write_row([dumps(value).decode() if isinstance(value, dict) else value for value in one.values()])
        with cursor.copy("COPY traces (key, at, case_id) FROM STDIN") as copy:
            for trace in found:
                copy.write_row(trace)


def look_up(database: Database, sample: Sequence[int]) -> dict[str, Any]:
    """Look up the candidates of some of the appeals; return milliseconds, each in a session of its own."""
    waits: list[float] = []
    spent = time.process_time()
    for number in sample:
        with database.read() as session:
            case = session.get(Case, f"A{number:07}")
            began = time.perf_counter()
            traces.candidates(session, case)
            waits.append((time.perf_counter() - began) * 1000)
    spent = time.process_time() - spent
    waits.sort()
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    found = {f"{name}_ms": round(waits[int(len(waits) * share)], 2) for name, share in shares.items()}
    return found | {"own_cpu_ms": round(spent / len(waits) * 1000, 2)}


def quality(
    database: Database, letters: Sequence[Letter], sample: Sequence[int], dice: random.Random
) -> dict[str, Any]:
    """Tell letters again in other words and look for the first; what shares place and topic is right too."""
    found = first = shown = right = named = 0
    for number in sample:
        again = told_again(letters[number], dice)
        case = Case(**row(10**7 + number, again, dice) | {"opened_at": _NOW})
        mine = likeness.look(again.title, again.text, "")
        with database.read() as session:
            proposed = traces.candidates(session, case)
        ids = [one.case.id for one in proposed]
        own = f"A{number:07}"
        before = likeness.look(letters[number].title, letters[number].text, "")
        named += bool({*mine.places} & {*before.places} or not before.places)
        found += own in ids
        first += ids[:1] == [own]
        shown += len(ids)
        for one in proposed:
            other = likeness.look(one.case.title, one.case.details["text"], "")
            same = {*mine.places} & {*other.places} and {*mine.topics} & {*other.topics}
            right += bool(one.case.id == own or same)
    asked = len(sample)
    return {
        "told_again": asked,
        "still_names_the_place": round(named / asked, 3),
        "recall": round(found / asked, 3),
        "first": round(first / asked, 3),
        "shown": shown,
        "same_place_and_topic": round(right / max(shown, 1), 3),
    }


def writing(database: Database, letters: Sequence[Letter], dice: random.Random) -> dict[str, float]:
    """Write traces in bulk, as the chore does, and each appeal's alone; return CPU of this process per appeal."""
    rows = [row(2 * 10**7 + number, one, dice) for number, one in enumerate(letters)]
    asked = [_Ready(one["id"], one["title"], "", one["details"]["text"], one["opened_at"]) for one in rows]
    half = len(asked) // 2
    spent = {}
    for name, size, part in (("bulk", 500, asked[:half]), ("alone", 1, asked[half:])):
        began = time.process_time()
        for place in range(0, len(part), size):
            with database.write() as session:
                traces.write(session, part[place : place + size])
        spent[f"{name}_ms"] = round((time.process_time() - began) / len(part) * 1000, 3)
    return spent


@dataclass(frozen=True, slots=True)
class _Ready:
    """What of an appeal is read for its traces."""

    id: str
    title: str
    place: str
    text: str
    opened_at: datetime
    address: None = None


def measure(database: Database, letters: list[Letter], lookups: int, seed: int) -> dict[str, Any]:
    """Measure over one database."""
    dice = random.Random(seed)
    began = time.perf_counter()
    filled = fill(database, letters, dice)
    sample = dice.sample(range(len(letters)), min(lookups, len(letters)))
    return {
        "appeals": len(letters),
        **filled,
        "filled_s": round(time.perf_counter() - began),
        "lookup": look_up(database, sample),
        "quality": quality(database, letters, sample, dice),
        "writing": writing(database, letters[: min(4000, len(letters))], dice),
    }


def read(file: Path) -> list[Letter]:
    """Read letters of a JSONL file with `title` and `detail`."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Letter(one["title"], one["detail"]) for one in map(json.loads, lines)]


def main() -> None:
    """Measure on PostgreSQL and SQLite, and print what was found as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.repeats", description=__doc__)
    parser.add_argument("--appeals", type=int, default=1_000_000)
    parser.add_argument("--lookups", type=int, default=500)
    parser.add_argument("--letters", type=Path, metavar="FILE", help="A JSONL file, looked for among made-up letters.")
    parser.add_argument("--on", choices=("postgresql", "sqlite"), action="append")
    wanted = parser.parse_args()
    letters = read(wanted.letters) if wanted.letters else []
    letters += made_up(wanted.appeals - len(letters), random.Random(1))
    found: dict[str, Any] = {"machine": machine()}
    spec = blueprint.read(IntakeService)
    for dialect in wanted.on or ("postgresql", "sqlite"):
        with ExitStack() as closing:
            folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="jiesu-bench-"))
            url = f"sqlite:///{folder}/intake.sqlite3"
            if dialect == "postgresql":
                server = closing.enter_context(Postgres())
                url = closing.enter_context(server.database()).replace("postgresql://", "postgresql+psycopg://", 1)
            database = Database(url, "intake")
            closing.callback(database.close)
            with database.engine.begin() as connection:
                if dialect == "postgresql":
                    connection.execute(text("CREATE SCHEMA IF NOT EXISTS intake"))
                spec.metadata.create_all(connection)
            found[dialect] = measure(database, letters, wanted.lookups, seed=2)
            print(json.dumps({dialect: found[dialect]}, ensure_ascii=False), flush=True)
    print(json.dumps(found, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
