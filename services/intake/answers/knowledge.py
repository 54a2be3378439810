"""What may be answered on the spot, and how an entry is found from what is being typed (pure, but for the shipped file)."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local
from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from chassis.workflow import CaseView, Moment, Values

_DATA: Final = Path(__file__).parents[1] / "data" / "knowledge.toml"
#: What an entry is: what the rules say, how something is done, whom to turn to, what is asked often.
KINDS: Final = ("policy", "procedure", "contact", "faq")
_KEYS: Final = frozenset({"id", "kind", "title", "questions", "answer", "basis", "owner", "review_by"})
ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: A bigram in the title counts three times one in the answer, one in a question twice.
_WEIGHTS: Final = (("title", 3.0), ("questions", 2.0), ("answer", 1.0))
#: More of a text says nothing new, and costs time.
_LONGEST_QUERY: Final = 300
#: What has less of a query's pairs in common, or fewer where it has many, fits by chance.
_LEAST_SHARE: Final = 0.1
_LEAST_HITS: Final = 3
_NOT_WORDS: Final = re.compile(r"[\W_]+")


class KnowledgeError(ValueError):
    """Entries that can't be used; the message names the file and the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An answer with its owner, its legal basis and the day by which it has to be read again.

    `version` 0 is as shipped; those of the street count from 1. `checked`: another than its writer has read it.
    """

    id: str
    kind: str = "faq"
    version: int = 0
    title: str
    questions: tuple[str, ...] = ()
    answer: str
    basis: str
    owner: str
    review_by: date
    withdrawn: bool = False
    checked: bool = True

    def is_overdue(self, today: date) -> bool:
        """Whether it has to be reviewed before anybody is answered with it."""
        return today > self.review_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entry that was found, and the words that it was found by."""

    entry: Entry
    score: float
    words: tuple[str, ...]


@cache
def shipped() -> tuple[Entry, ...]:
    """Return the entries as shipped; raises KnowledgeError."""
    return read(tomllib.loads(_DATA.read_text(encoding="utf-8")))


def read(given: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Read entries; raises KnowledgeError for what is missing, unknown or said twice."""
    found: dict[str, Entry] = {}
    for at, row in enumerate(given.get("entry", ()), 1):
        where = f"knowledge.toml, entry {at} ({row.get('id', '?')})"
        if wrong := {*row} ^ _KEYS:
            raise KnowledgeError(f"{where}: missing or unknown: {', '.join(sorted(wrong))}")
        one = Entry(**{**row, "questions": tuple(row["questions"])})
        if not ID.fullmatch(one.id) or not isinstance(one.review_by, date):
            raise KnowledgeError(f"{where}: `id` is lower case with hyphens, `review_by` a date without quotes")
        if one.kind not in KINDS:
            raise KnowledgeError(f"{where}: `kind` is one of {', '.join(KINDS)}")
        if one.id in found:
            raise KnowledgeError(f"{where}: there is such an entry already")
        found[one.id] = one
    return tuple(found.values())


def in_force(own: Iterable[Entry]) -> dict[str, Entry]:
    """Return the entries by id: the street's newest version where it has one, withdrawn ones left out."""
    newest = {one.id: one for one in shipped()}
    for one in own:
        if one.id not in newest or one.version > newest[one.id].version:
            newest[one.id] = one
    return {name: one for name, one in newest.items() if not one.withdrawn}


# -- finding ------------------------------------------------------------------


def plain(text: str) -> str:
    """Return a text without blanks, marks and widths."""
    return _NOT_WORDS.sub("", unicodedata.normalize("NFKC", text)).lower()


def _bigrams(text: str) -> set[str]:
    """Return the pairs of characters within the runs of a text; a pair across a mark is none."""
    runs = _NOT_WORDS.split(unicodedata.normalize("NFKC", text).lower())
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}


class Index:
    """Entries by their pairs of characters; a pair that few entries have weighs more."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._at: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._pairs: list[set[str]] = []
        for place, one in enumerate(self.entries):
            best: dict[str, float] = {}
            for name, weight in _WEIGHTS:
                said = getattr(one, name)
                for pair in _bigrams(said if isinstance(said, str) else "\n".join(said)):
                    best.setdefault(pair, weight)
            self._pairs.append({*best})
            for pair, weight in best.items():
                self._at[pair].append((place, weight))

    def search(self, query: str, most: int = 5) -> list[Found]:
        """Return the entries that share the rarest pairs with what was typed so far, the best first.

        Nothing for less than two characters. An entry has to share a fair part of the query, so that a long text about
        something else finds nothing.
        """
        asked = _bigrams(query[:_LONGEST_QUERY])
        scores: dict[int, float] = defaultdict(float)
        hits: dict[int, int] = defaultdict(int)
        for pair in asked & self._at.keys():
            rarity = self._rarity(pair)
            for place, weight in self._at[pair]:
                scores[place] += rarity * weight
                hits[place] += 1
        enough = max(min(_LEAST_HITS, -(-len(asked) // 2)), _LEAST_SHARE * len(asked))
        fitting = [(score, place) for place, score in scores.items() if hits[place] >= enough]
        best = sorted(fitting, key=lambda one: (-one[0], one[1]))[:most]
        return [
            Found(entry=self.entries[place], score=round(score, 3), words=_words(query, self._pairs[place]))
            for score, place in best
        ]

    def _rarity(self, pair: str) -> float:
        return math.log(1 + len(self.entries) / len(self._at[pair]))


def _words(query: str, pairs: set[str]) -> tuple[str, ...]:
    """Return the parts of a query that its matching pairs make up, in its order, each once."""
    text = unicodedata.normalize("NFKC", query[:_LONGEST_QUERY]).lower()
    words, at = list[str](), 0
    while at < len(text) - 1:
        end = at
        while text[end : end + 2] in pairs:
            end += 1
        if end > at:
            words.append(text[at : end + 1])
        at = max(end, at + 1)
    return tuple(dict.fromkeys(words))


# -- answering with an entry --------------------------------------------------


def refusal(entries: Mapping[str, Entry], name: str, version: int, today: date) -> Refusal | None:
    """Say why nobody may be answered with a version of an entry, or None where he may."""
    one = entries.get(name)
    if one is None:
        return Refusal(
            "知识库中没有这一条目，或者已经撤下，请重新查找",
            "there is no such entry, or it was withdrawn; search again",
        )
    if one.version != version:
        return Refusal(
            f"条目“{one.title}”刚刚改过，请按新内容重新答复",
            f"the entry {name} was changed meanwhile; answer with what it says now",
        )
    if not one.checked:
        return Refusal(
            f"条目“{one.title}”尚未经另一人复核，复核之前不能用来答复；请自行核实后答复，或转入台账",
            f"nobody but its writer has read the entry {name} yet; until then nobody is answered with it",
        )
    if one.is_overdue(today):
        return Refusal(
            f"条目“{one.title}”的复核日期 {one.review_by.isoformat()} 已过，复核之前不能用来答复；请自行核实后答复，或转入台账",
            f"the entry {name} had to be reviewed by {one.review_by.isoformat()}; until then nobody is answered with it",
        )
    return None


def day_of(now: datetime) -> date:
    """Return the day in Asia/Shanghai."""
    return local(now).date()


def answers_with_what_holds(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an answer from an entry that is withdrawn, changed or overdue for review; without an entry, nothing is asked."""
    if not form.get("entry"):
        return None
    return refusal(moment.known() or {}, form["entry"], form.get("entry_version") or 0, day_of(moment.now))
