"""Weighs the words of a letter: each by its place, those that belong together, those that speak against."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.routing.judging.letter import DENIED, HEADS, Letter, Placed, outermost
from services.routing.judging.lexicon import MECHANISMS, Lexicon, Override, Pair
from services.routing.judging.result import Reason


class Scores:
    """Adds up, per category, what its words weigh, and remembers the words."""

    def __init__(self, lexicon: Lexicon, *, titled: bool) -> None:
        self.lexicon = lexicon
        #: What stands for the hotline before a word is read.
        self.prior = lexicon.decision["hotline_prior" if titled else "hotline_prior_untitled"]
        self.title: dict[str, float] = defaultdict(float)
        self.body: dict[str, float] = defaultdict(float)
        self.words: dict[str, dict[str, float]] = defaultdict(dict)
        self.against: dict[str, dict[str, float]] = defaultdict(dict)

    def add(self, category: str, word: str, weight: float, *, in_title: bool) -> None:
        """Count a word for a category."""
        (self.title if in_title else self.body)[category] += weight
        self.words[category][word] = self.words[category].get(word, 0.0) + weight

    def speak_against(self, category: str, word: str, weight: float) -> None:
        """Count a word against the category's whole mechanism."""
        self.against[self.lexicon.taxonomy[category].mechanism][word] = weight

    def weight_against(self, mechanism: str) -> float:
        """Give what speaks against a mechanism, all in all: nought or less."""
        return max(sum(self.against[mechanism].values()), self.lexicon.decision["against_floor"])

    def categories(self) -> dict[str, float]:
        """Give each category's score: the title's in full, the body's with a ceiling."""
        ceiling = self.lexicon.decision["body_ceiling"]
        scores = {}
        for category in {**self.title, **self.body}:
            body = self.body.get(category, 0.0)
            bounded = ceiling * body / (ceiling + body) if body > 0 else body
            scores[category] = self.title.get(category, 0.0) + bounded
        return scores

    def mechanisms(self, categories: Mapping[str, float]) -> dict[str, float]:
        """Give each mechanism's score: its best category, a part of the others, less what speaks against it."""
        lexicon = self.lexicon
        lesser = lexicon.decision["lesser_share"]
        by_mechanism: dict[str, list[float]] = {mechanism: [] for mechanism in MECHANISMS}
        for category, score in categories.items():
            mechanism = lexicon.taxonomy[category].mechanism
            by_mechanism[mechanism].append(score * lexicon.shares.get(category, 1.0))
        scores = {}
        for mechanism, each in by_mechanism.items():
            each.sort(reverse=True)
            total = sum(score * lesser**rank for rank, score in enumerate(each))
            scores[mechanism] = total + self.weight_against(mechanism) if total > 0 else total
        scores["hotline"] = lexicon.hotline(scores["hotline"] + self.prior)
        return scores


def weigh_words(letter: Letter, found: Iterable[Placed], lexicon: Lexicon, scores: Scores) -> None:
    """Count the lexicon's words: each once per part of the letter, a little more when it comes again.

    A school or a road that something is beside of or in (学校门口) is where it happens, and counts in part.
    """
    best: dict[str, tuple[float, int]] = {}
    titled: dict[str, float] = {}
    for hit in outermost(hit for hit in found if hit.word in lexicon.topics):
        factor = lexicon.places[hit.place]
        if letter.text[max(0, hit.start - 3) : hit.start].endswith(DENIED):
            factor *= -0.5
        if hit.word in lexicon.settings and letter.text.startswith(lexicon.beside, hit.end):
            factor *= lexicon.decision["beside"]
        if hit.place in HEADS:
            titled[hit.word] = factor
            continue
        before, times = best.get(hit.word, (0.0, 0))
        best[hit.word] = (factor if abs(factor) > abs(before) else before, times + 1)
    for word, factor in titled.items():
        _count(word, factor, lexicon, scores, in_title=True)
    for word, (factor, times) in best.items():
        _count(word, factor * (1 + 0.3 * math.log(times)), lexicon, scores, in_title=False)


def _count(word: str, factor: float, lexicon: Lexicon, scores: Scores, *, in_title: bool) -> None:
    for category, weight in lexicon.weights.get(word, ()):
        scores.add(category, word, weight * factor, in_title=in_title)
    if factor > 0:
        for category, weight in lexicon.against.get(word, ()):
            scores.speak_against(category, word, weight * factor)


def grouped(found: Sequence[Placed], lexicon: Lexicon) -> tuple[Placed, ...]:
    """Choose the words that belong to a group, but not those inside a passing mention (向物业反映, 遗失独生子女证)."""
    passing = [hit for hit in found if hit.word in lexicon.ignored]
    return tuple(
        hit
        for hit in found
        if hit.word in lexicon.groups_of and not any(one.start <= hit.start and hit.end <= one.end for one in passing)
    )


def weigh_pairs(marks: Sequence[Placed], lexicon: Lexicon, scores: Scores) -> None:
    """Count the pairs of groups that stand close together in one sentence, each pair once per part."""
    by_group: dict[str, list[Placed]] = defaultdict(list)
    for mark in marks:
        for group in lexicon.groups_of[mark.word]:
            by_group[group].append(mark)
    for pair in lexicon.pairs:
        if pair.first not in by_group or pair.second not in by_group:
            continue
        best: dict[bool, tuple[float, str]] = {}
        for one, two in _close(pair, by_group):
            factor = lexicon.places[one.place]
            if factor > best.get(one.place in HEADS, (0.0, ""))[0]:
                best[one.place in HEADS] = (factor, f"{one.word}…{two.word}")
        for in_title, (factor, words) in best.items():
            scores.add(pair.category, words, pair.weight * factor, in_title=in_title)


def _close(pair: Pair, by_group: Mapping[str, Sequence[Placed]]) -> Iterator[tuple[Placed, Placed]]:
    seconds = by_group.get(pair.second, ())
    first = 0
    for one in by_group.get(pair.first, ()):
        while first < len(seconds) and seconds[first].end < one.start - pair.within:
            first += 1
        for place in range(first, len(seconds)):
            two = seconds[place]
            if two.start - one.end > pair.within:
                break
            if one.sentence == two.sentence and one.start - two.end <= pair.within and one.word != two.word:
                yield one, two


def overriding(
    marks: Sequence[Placed], winner: str, mechanisms: Mapping[str, float], lexicon: Lexicon
) -> tuple[Override, tuple[str, ...]] | None:
    """Give the first combination that beats the winner, with its words."""
    present = {group for mark in marks for group in lexicon.groups_of[mark.word]}
    possible = [
        override
        for override in lexicon.overrides
        if winner in override.beats
        and present.issuperset(override.groups)
        and mechanisms[override.mechanism] >= override.least
    ]
    if not possible:
        return None
    by_sentence: dict[tuple[str, int], dict[str, list[Placed]]] = defaultdict(lambda: defaultdict(list))
    for mark in marks:
        for group in lexicon.groups_of[mark.word]:
            by_sentence[mark.place, mark.sentence][group].append(mark)
    for override in possible:
        for (place, _), found in by_sentence.items():
            if ("title" if place in HEADS else place) not in override.places or any(
                group in found for group in override.none
            ):
                continue
            words = _together(override, found)
            if words:
                return override, words
    return None


def _together(override: Override, found: Mapping[str, Sequence[Placed]]) -> tuple[str, ...]:
    """Give one word of each group, all close to a word of the first, or nothing."""
    first, *others = override.groups
    for one in found.get(first, ())[:20]:
        beside = [
            next((each for each in found.get(group, ()) if abs(each.start - one.start) <= override.within), None)
            for group in others
        ]
        if None not in beside:
            return (one.word, *(each.word for each in beside if each is not None))
    return ()


def shares_of(scores: Mapping[str, float], temperature: float) -> dict[str, float]:
    """Turn scores into shares that add up to one."""
    top = max(scores.values())
    powers = {name: math.exp((score - top) / temperature) for name, score in scores.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


def category_shares(mechanism: str, categories: Mapping[str, float], kind: str, lexicon: Lexicon) -> dict[str, float]:
    """Share the mechanism out among its categories; where no word tells, to one of them, the hotline's by the kind."""
    if mechanism == "hotline" and kind == "praise":
        return {"0316": 1.0}
    scores = {
        code: score * lexicon.shares.get(code, 1.0)
        for code, score in categories.items()
        if lexicon.taxonomy[code].mechanism == mechanism and score > 0 and code != "0316"
    }
    if scores:
        return shares_of(scores, lexicon.decision["temperature"])
    if mechanism == "hotline":
        return {"0315" if kind == "suggestion" else "0301": _NO_WORD_TELLS}
    return {lexicon.codes[mechanism][0]: _NO_WORD_TELLS}


_NO_WORD_TELLS = 0.3


def reasons_of(mechanism: str, categories: Mapping[str, float], scores: Scores, lexicon: Lexicon) -> list[Reason]:
    """Give the words that spoke for the mechanism, by category, the weightiest first, and those against it."""
    reasons = []
    for code in sorted(categories, key=lambda each: (-categories[each], each)):
        row = lexicon.taxonomy[code]
        if row.mechanism == mechanism and categories[code] > 0:
            words = sorted(scores.words[code], key=lambda word: (-scores.words[code][word], word))
            reasons.append(Reason(f"{row.name_zh}（{code}）", tuple(words[:6]), categories[code]))
    against = scores.against[mechanism]
    if against:
        reasons.append(Reason("减分的词", tuple(sorted(against)), scores.weight_against(mechanism)))
    if mechanism == "hotline":
        reasons.append(Reason("未见其他机制的有力用语时归热线", (), scores.prior))
    return reasons


def words_for(category: str, scores: Scores) -> tuple[str, ...]:
    """Give the words that spoke most for a category, at most six."""
    weights = scores.words.get(category, {})
    return tuple(sorted(weights, key=lambda word: (-weights[word], word))[:6])
