"""A second opinion on a letter, learned from labelled ones: a linear model over pairs of neighbouring characters.

`jiesu classify train` makes it of letters that somebody has labelled, or that the desk has corrected; the file it
leaves is JSON, holds no text of any letter, and can be read by a person. Nothing but the standard library is needed.
What it says of a letter is blended with what the lexicon says (`triage.py`), the more the more letters it has seen.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    Measured: TypeAlias = list[tuple[str, float]]

FORMAT: Final = "jiesu-learned-1"
#: Where a platform's own model lies, in its data folder (JIESU_DATA).
FILE_NAME: Final = "classifier.json"

#: What comes first in a letter says what it is about: so many characters count so many times as much.
_HEAD, _HEAD_COUNTS = 25, 5
_READ_AT_MOST: Final = 2000
#: Pairs of characters seen in fewer letters teach nothing; nor do those that stand in a large share of them.
_LEAST_LETTERS, _MOST_SHARE = 3, 0.7
#: The most telling pairs suffice, and keep a model small in memory.
_MOST_PAIRS = 15_000
_EPOCHS, _RATE = 2, 2.0
#: Each pair is taken to have been seen this often beyond what was counted.
_SMOOTHING: Final = 0.3
#: A label with fewer letters is not learned.
LEAST_OF_A_LABEL: Final = 3
#: The second opinion weighs at most so much, and half of that after so many letters.
MOST_WEIGHT, HALF_AFTER = 0.5, 400
_SCALE: Final = 1000

_SIGNS: Final = re.compile(r"[\W_]+")
_LATIN: Final = re.compile(r"[A-Za-z0-9]+")

_SKETCH, _TRIGRAM = 24, 3
#: Two letters are the same in other words if so large a share of their character triples is shared.
NEAR: Final = 0.2


class ModelError(ValueError):
    """A model that can't be made or read; the message says why, in Chinese and English."""


def plain(text: str) -> str:
    """Leave the characters that carry words; figures and Latin words, mostly names, become one sign."""
    return _LATIN.sub("0", _SIGNS.sub("", text[:_READ_AT_MOST]))


def pairs_of(text: str, *, short: bool = False) -> Counter[str]:
    """Count the pairs of neighbouring characters of a plain text, those at its head several times.

    Of short letters the single characters count too, and the head no more than the rest.
    """
    pairs = [text[at : at + 2] for at in range(len(text) - 1)]
    if short:
        return Counter([*pairs, *text])
    counts = Counter(pairs[_HEAD:])
    for pair in pairs[:_HEAD]:
        counts[pair] += _HEAD_COUNTS
    return counts


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model says: the share of each label, how much that weighs beside the lexicon, and the words behind it."""

    shares: Mapping[str, float]
    weight: float
    words: tuple[str, ...]

    @property
    def label(self) -> str:
        """The likeliest label."""
        return max(self.shares, key=lambda name: (self.shares[name], name))

    def among(self, names: Container[str]) -> Opinion:
        """Leave out what it says of other answers: it weighs less by as much as it said of them."""
        kept = {name: share for name, share in self.shares.items() if name in names and share > 0}
        said = sum(kept.values())
        return replace(self, shares={name: share / said for name, share in kept.items()}, weight=self.weight * said)

    def blended(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Mix the lexicon's shares with these, by their weights."""
        names = [*shares, *(name for name in self.shares if name not in shares)]
        mine = min(self.weight, 1.0)
        return {name: (1 - mine) * shares.get(name, 0.0) + mine * self.shares.get(name, 0.0) for name in names}


@dataclass(frozen=True, slots=True)
class Head:
    """One question that a model answers, such as the mechanism: its labels and the weights of each pair of characters.

    A row of weights begins with the pair's rarity, which it counts by, and goes on with a weight for each label. A head
    of few and `short` letters has rows of single characters too.
    """

    labels: tuple[str, ...]
    letters: int
    rows: Mapping[str, array[int]]
    short: bool = False

    @property
    def weight(self) -> float:
        """How much its opinion weighs: nothing without letters, at most MOST_WEIGHT with many."""
        return MOST_WEIGHT * self.letters / (self.letters + HALF_AFTER)

    def judge(self, text: str, *, words: bool = True) -> Opinion:
        """Judge a text; finding the words behind it takes as long as all else, and may be left out."""
        text = plain(text)
        rows = self.rows
        known = [
            (pair, row[0] * count, row)
            for pair, count in pairs_of(text, short=self.short).items()
            if (row := rows.get(pair))
        ]
        length = math.sqrt(sum(value * value for _, value, _ in known)) or 1.0
        totals = [sum(value * row[at] for _, value, row in known) for at in range(1, len(self.labels) + 1)]
        scores = [total / length / _SCALE for total in totals]
        opinion = Opinion(dict(zip(self.labels, _shares(scores), strict=True)), self.weight, ())
        if not words:
            return opinion
        best = max(range(len(scores)), key=scores.__getitem__)
        said = {pair: value * row[best + 1] for pair, value, row in known if len(pair) > 1}
        return replace(opinion, words=_words(text, said))


def _shares(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def _words(text: str, said: Mapping[str, float], most: int = 5) -> tuple[str, ...]:
    """Join the pairs that weigh most, where they stand side by side, to words."""
    top = {pair for pair in sorted(said, key=lambda pair: (-said[pair], pair))[:12] if said[pair] > 0}
    words: dict[str, float] = {}
    start = 0
    for at in range(len(text)):
        if text[at : at + 2] not in top:
            if at > start:
                word = text[start : at + 1]
                words[word] = sum(said[word[i : i + 2]] for i in range(len(word) - 1))
            start = at + 1
    return tuple(sorted(words, key=lambda word: (-words[word], word))[:most])


def train_head(letters: Sequence[tuple[str, str]], *, least: int = _LEAST_LETTERS, short: bool = False) -> Head:
    """Learn from (text, label); raises ModelError unless two labels have letters enough.

    A pair of characters in fewer than `least` letters is left out. Of few and `short` letters single characters are
    learned too: pairs alone are too rare in them.

    Softmax regression on rarity-weighted pairs, each letter of length one, labels balanced by their numbers. For short
    letters it begins where complement naive Bayes ends (Rennie et al., 2003), and once over them suffices. The order
    depends on the texts only, so that the same letters make the same model.
    """
    numbers = Counter(label for _, label in letters)
    labels = tuple(sorted(label for label, count in numbers.items() if count >= LEAST_OF_A_LABEL))
    if len(labels) < 2:  # noqa: PLR2004 - one label leaves nothing to tell apart
        raise ModelError(
            f"至少两个类各有 {LEAST_OF_A_LABEL} 条以上才能训练 / training needs {LEAST_OF_A_LABEL} letters of two labels"
        )
    kept = [(plain(text), labels.index(label)) for text, label in letters if label in labels]
    kept.sort(key=lambda letter: zlib.crc32(letter[0].encode()))
    seen: Counter[str] = Counter()
    for text, _ in kept:
        seen.update(pairs_of(text, short=short).keys())
    most = max(_MOST_SHARE * len(kept), least)
    rarity = {pair: math.log(len(kept) / count) + 0.1 for pair, count in seen.items() if least <= count <= most}
    balance = [len(kept) / len(labels) / numbers[label] for label in labels]

    def measured() -> Iterator[tuple[Measured, int]]:
        return ((_measured(pairs_of(text, short=short), rarity), label) for text, label in kept)

    weights = (
        _begun(measured(), rarity, len(labels)) if short else {pair: array("d", [0.0] * len(labels)) for pair in rarity}
    )
    for epoch in range(1 if short else _EPOCHS):
        rate = _RATE / (1 + epoch / 2)
        for pairs, label in measured():
            _learn(weights, pairs, label, rate=rate * balance[label])
    telling = sorted(weights, key=lambda pair: (-rarity[pair] * max(map(abs, weights[pair])), pair))[:_MOST_PAIRS]
    rows = {
        pair: array("i", [round(rarity[pair] * 100), *(round(weight * _SCALE) for weight in weights[pair])])
        for pair in sorted(telling)
    }
    return Head(labels, len(kept), rows, short)


def _measured(pairs: Mapping[str, int], rarity: Mapping[str, float]) -> Measured:
    """Weigh the pairs that are learned by how rare they are, so that the letter has length one."""
    known = [(pair, count * rarity[pair]) for pair, count in pairs.items() if pair in rarity]
    length = math.sqrt(sum(value * value for _, value in known)) or 1.0
    return [(pair, value / length) for pair, value in known]


def _begun(letters: Iterable[tuple[Measured, int]], rarity: Iterable[str], labels: int) -> dict[str, array[float]]:
    """Give the weights that short letters begin with: how rarely a pair stands in those of all other labels."""
    found = {pair: array("d", [0.0] * labels) for pair in rarity}
    for pairs, label in letters:
        for pair, value in pairs:
            found[pair][label] += value
    of_label = [sum(row[at] for row in found.values()) + _SMOOTHING * len(found) for at in range(labels)]
    everything = sum(of_label) - (labels - 1) * _SMOOTHING * len(found)
    weights = {}
    for pair, row in found.items():
        elsewhere = sum(row) + _SMOOTHING
        logs = [
            math.log((everything - own + _SMOOTHING * len(found)) / (elsewhere - value))
            for own, value in zip(of_label, row, strict=True)
        ]
        mean = sum(logs) / labels
        weights[pair] = array("d", [each - mean for each in logs])
    return weights


def _learn(weights: Mapping[str, array[float]], pairs: Measured, label: int, *, rate: float) -> None:
    """Move the weights of one letter's pairs towards its label."""
    known = [(weights[pair], value) for pair, value in pairs]
    scores = [0.0] * (len(known[0][0]) if known else 1)
    for row, value in known:
        for at, weight in enumerate(row):
            scores[at] += weight * value
    missed = [(at == label) - share for at, share in enumerate(_shares(scores))]
    moves = [(at, rate * miss) for at, miss in enumerate(missed) if abs(miss) > 0.02]  # noqa: PLR2004 - the rest is noise
    for row, value in known:
        for at, move in moves:
            row[at] += move * value


# -- letters that were seen ----------------------------------------------------------------------------------------


def sketch(text: str) -> tuple[int, ...]:
    """Boil a text down to a few numbers that tell whether another is the same, also in other words (a bottom-k sketch)."""
    text = plain(text)
    triples = {text[at : at + _TRIGRAM] for at in range(max(1, len(text) - _TRIGRAM + 1))}
    return tuple(sorted(zlib.crc32(triple.encode()) for triple in triples)[:_SKETCH])


def spelled(one: Iterable[int]) -> str:
    """Spell a sketch in hexadecimal."""
    return "".join(f"{number:08x}" for number in one)


class Seen:
    """The sketches of letters, by which the same letter is known again."""

    def __init__(self, sketches: Iterable[tuple[int, ...]] = ()) -> None:
        self.sketches: list[tuple[int, ...]] = []
        self._by_number: dict[int, list[int]] = defaultdict(list)
        for each in sketches:
            self.add(each)

    def add(self, one: tuple[int, ...]) -> None:
        """Remember a letter."""
        for number in one:
            self._by_number[number].append(len(self.sketches))
        self.sketches.append(one)

    def has(self, one: tuple[int, ...]) -> bool:
        """Say whether this letter, or one that is nearly the same, was seen."""
        shared = Counter(at for number in one for at in self._by_number.get(number, ()))
        return any(
            len({*one} & {*self.sketches[at]} & {*sorted({*one, *self.sketches[at]})[:_SKETCH]})
            >= NEAR * min(_SKETCH, len({*one, *self.sketches[at]}))
            for at, _ in shared.most_common(5)
        )


# -- the model -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned: a head for each question, and the sketches, in hexadecimal, of the letters it was learned from.

    With a `fault` it is the place of a model that could not be read, and answers nothing.
    """

    heads: Mapping[str, Head]
    sketches: tuple[str, ...] = ()
    fault: str = ""

    def judge(self, question: str, text: str) -> Opinion | None:
        """Answer a question on a text, or None if it was not taught."""
        head = self.heads.get(question)
        return head.judge(text) if head is not None else None

    def seen(self) -> Seen:
        """Give the letters it was learned from, to know them again."""
        return Seen(tuple(int(one[at : at + 8], 16) for at in range(0, len(one), 8)) for one in self.sketches)

    def save(self, path: Path) -> None:
        """Write it as JSON, in one piece or not at all."""
        written = path.with_name(f".{path.name}.writing")
        body = {
            "format": FORMAT,
            "heads": {
                name: {
                    "labels": head.labels,
                    "letters": head.letters,
                    "rows": {pair: " ".join(map(str, row)) for pair, row in head.rows.items()},
                }
                for name, head in self.heads.items()
            },
            "seen": self.sketches,
        }
        written.write_text(json.dumps(body, ensure_ascii=False, separators=(",", ":")), "utf-8")
        written.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one; raises ModelError if it is none."""
        try:
            body: dict[str, Any] = json.loads(path.read_text("utf-8"))
            if body["format"] != FORMAT:
                raise ModelError(f"{path}：版本不符（{body['format']}），请重新训练 / another format: train it anew")
            heads = {
                name: Head(
                    tuple(head["labels"]),
                    int(head["letters"]),
                    {pair: array("i", map(int, row.split())) for pair, row in head["rows"].items()},
                )
                for name, head in body["heads"].items()
            }
            sketches = tuple(str(one) for one in body["seen"])
        except OSError as error:
            raise ModelError(f"{path}：无法读取（{error.strerror}） / cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, ModelError):
                raise
            raise ModelError(f"{path}：不是训练所得的模型文件（{error!r}） / no model that was trained here") from error
        return cls(heads, sketches)


@lru_cache(maxsize=2)
def _loaded(path: Path, _changed_at: int) -> Model:
    try:
        return Model.load(path)
    except ModelError as error:
        return Model({}, fault=str(error))


def installed(environment: Mapping[str, str]) -> Model | None:
    """Give the model in the data folder (JIESU_DATA), read anew when it changes; None if there is none.

    One that can't be read has its fault with it: appeals are judged without it, and each says so.
    """
    path = Path(environment.get("JIESU_DATA") or "var") / FILE_NAME
    try:
        changed_at = path.stat().st_mtime_ns
    except OSError:
        return None
    return _loaded(path, changed_at)
