"""Judges what an appeal is about, where it belongs, how urgent and how severe it is, from its words alone.

Nothing is asked of the network: a lexicon written by hand gives each word a weight, the place where a word stands
multiplies it, words that belong together add to it, and a second stage lets a few combinations beat the winner of the
first. Where the words leave the mechanism open, a small model learned from the made-up letters that came with the
service (`data/letters.toml`) is asked; where one was trained on labelled letters (`learned.py`), its opinion is mixed
in; both are said. Every result has a confidence and names the words that decided it. The same text gives the same result.
"""

import math
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from operator import add
from typing import Any, NamedTuple, TypeAlias

from services.routing.judging.learned import Head, Model, Opinion, train_head

WordWeights: TypeAlias = Mapping[str, tuple[tuple[str, float], ...]]

#: Those that words are taken for. What a street adds gets its appeals by dispatch rules and by people.
MECHANISMS = ("mediation", "enforcement", "hotline", "wage_recovery", "relief", "property")
URGENCIES = ("I", "II", "III", "III-c", "IV")
SEVERITIES = ("minor", "moderate", "serious", "critical")
KINDS = ("inquiry", "help", "complaint", "report", "suggestion", "praise")
_SPOKEN = {
    **dict(zip(URGENCIES, ("特急", "紧急", "一般", "咨询", "复杂"), strict=True)),
    **dict(zip(KINDS, ("咨询", "求助", "投诉", "举报", "建议", "表扬"), strict=True)),
    **dict(zip(SEVERITIES, ("轻微", "一般", "严重", "特别严重"), strict=True)),
    **dict(
        zip(
            MECHANISMS,
            ("邻里纠纷调解", "综合执法办理", "为民热线办理", "务工薪酬追讨", "救助诉求办理", "物业服务解决"),
            strict=True,
        )
    ),
}

READ_AT_MOST = 6000
"""Characters of a body that are read from its beginning; a last part is read too, since requests stand there."""
READ_AT_END = 1500
OPENING = 70
SHORT = 150


class NothingToClassifyError(ValueError):
    """The appeal has no text."""


class BrokenLexiconError(ValueError):
    """The classifier's data contradict each other; the message says where."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a result is as it is: what was seen, in which words, and how much it weighed."""

    what: str
    words: tuple[str, ...]
    weight: float

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON data."""
        return {"what": self.what, "words": list(self.words), "weight": round(self.weight, 2)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: its value, how sure that is (0 to 1), and the words that decided it."""

    of: str
    value: Any
    confidence: float
    words: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON data: money as a string, several values as a list."""
        value = str(self.value) if isinstance(self.value, Decimal) else self.value
        value = [*value] if isinstance(value, tuple) else value
        return {"of": self.of, "value": value, "confidence": round(self.confidence, 3), "words": list(self.words)}


@dataclass(frozen=True, slots=True)
class Triage:
    """What the words of an appeal say of it; `confidence` is the share of the mechanism, 0 to 1."""

    mechanism: str
    category: str
    category_zh: str
    urgency: str
    severity: str
    kind: str
    confidence: float
    runner_up: str
    runner_up_confidence: float
    because: tuple[Reason, ...]
    findings: tuple[Finding, ...] = ()
    db44: str = ""
    db44_zh: str = ""
    official: str | None = None
    sensitive: tuple[str, ...] = ()
    sensitive_groups: tuple[str, ...] = ()
    warn_at_once: bool = False
    involved: tuple[str, ...] = ()
    people: int | None = None
    amount: Decimal | None = None
    person_kinds: tuple[str, ...] = ()
    not_accepted: str | None = None
    relay: str | None = None
    shares: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON data: money as a string, shares rounded to four places."""
        return {
            "mechanism": self.mechanism,
            "category": self.category,
            "category_zh": self.category_zh,
            "urgency": self.urgency,
            "severity": self.severity,
            "kind": self.kind,
            "confidence": round(self.confidence, 4),
            "runner_up": self.runner_up,
            "runner_up_confidence": round(self.runner_up_confidence, 4),
            "because": [reason.as_json() for reason in self.because],
            "findings": [finding.as_json() for finding in self.findings],
            "db44": self.db44,
            "db44_zh": self.db44_zh,
            "official": self.official,
            "sensitive": list(self.sensitive),
            "sensitive_groups": list(self.sensitive_groups),
            "warn_at_once": self.warn_at_once,
            "involved": list(self.involved),
            "people": self.people,
            "amount": None if self.amount is None else str(self.amount),
            "person_kinds": list(self.person_kinds),
            "not_accepted": self.not_accepted,
            "relay": self.relay,
            "shares": {mechanism: round(share, 4) for mechanism, share in self.shares.items()},
        }


@dataclass(frozen=True, slots=True)
class Category:
    """One row of the taxonomy."""

    code: str
    group: str
    group_zh: str
    name: str
    name_zh: str
    mechanism: str
    urgency: str
    db44: str = ""
    db44_zh: str = ""
    treatment: str = ""
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two groups of words that say more when they stand close together."""

    what: str
    first: str
    second: str
    within: int
    category: str
    weight: float


@dataclass(frozen=True, slots=True)
class Override:
    """A combination within one sentence that beats the first stage's winner, if its mechanism scored `least` there."""

    what: str
    groups: tuple[str, ...]
    mechanism: str
    category: str
    beats: frozenset[str]
    none: tuple[str, ...]
    places: frozenset[str]
    within: int
    least: float


class Hit(NamedTuple):
    """A word found, and where."""

    start: int
    end: int
    word: str


class Finder:
    """Finds all of its words in one pass over a text, by the first two characters of each."""

    def __init__(self, words: Iterable[str]) -> None:
        starts: dict[str, list[str]] = defaultdict(list)
        for word in sorted(set(words), key=lambda each: (-len(each), each)):
            starts[word[:2]].append(word)
        self._starts = {start: tuple(same) for start, same in starts.items() if len(start) > 1}
        single = "".join(re.escape(start) for start in starts if len(start) == 1)
        self._single = re.compile(f"[{single}]" if single else r"(?!)")

    def find(self, text: str) -> list[Hit]:
        """Give every word at every place, by place and, at one place, the longest first."""
        starts = self._starts
        hits = [
            Hit(place, place + len(word), word)
            for place, two in enumerate(map(add, text, text[1:]))
            if two in starts
            for word in starts[two]
            if text.startswith(word, place)
        ]
        alone = [Hit(found.start(), found.end(), found.group()) for found in self._single.finditer(text)]
        if alone:
            hits = sorted((*hits, *alone), key=lambda hit: (hit.start, -hit.end))
        return hits


def outermost(hits: Iterable["Placed"]) -> Iterator["Placed"]:
    """Leave out each word that lies inside one before it."""
    reached = 0
    for hit in hits:
        if hit.end > reached:
            reached = hit.end
            yield hit


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that the classifier knows, compiled from its tables."""

    taxonomy: Mapping[str, Category]
    codes: Mapping[str, tuple[str, ...]]
    weights: WordWeights
    against: WordWeights
    shares: Mapping[str, float]
    places: Mapping[str, float]
    decision: Mapping[str, float]
    groups_of: Mapping[str, tuple[str, ...]]
    pairs: tuple[Pair, ...]
    overrides: tuple[Override, ...]
    kinds: Mapping[str, Mapping[str, tuple[str, ...]]]
    urgency: Mapping[str, Any]
    routes: Mapping[str, Any]
    sensitive_of: Mapping[str, str]
    sensitive_zh: Mapping[str, str]
    at_once: frozenset[str]
    involved_of: Mapping[str, str]
    person_kinds: Mapping[str, Mapping[str, Any]]
    words_of_people: frozenset[str]
    traditional: Mapping[int, str]
    any_traditional: re.Pattern[str]
    topics: frozenset[str]
    ignored: frozenset[str]
    settings: frozenset[str]
    beside: tuple[str, ...]
    flags: frozenset[str]
    finder: Finder

    def hotline(self, score: float) -> float:
        """Let what exceeds `hotline_from` count in part: roads, offices and schools are named in nearly every letter."""
        beyond = max(0.0, score - self.decision["hotline_from"])
        return score - beyond * (1 - self.decision["hotline_beyond"])

    def liked(self, mechanism: str, share: float, likeness: float, weight: float) -> float:
        """Multiply a mechanism's share by words with its share by likeness to the made-up letters, raised to a weight."""
        seldom: float = self.decision.get(f"likeness_of_{mechanism}", 1.0)
        said: float = max(likeness, self.decision["likeness_least"]) ** weight
        return share * seldom * said


@cache
def split(words: str) -> tuple[str, ...]:
    """Give the words of a space-separated list."""
    return tuple(words.split())


@cache
def words_of(words: str) -> frozenset[str]:
    """Give the words of a space-separated list as a set."""
    return frozenset(split(words))


def read_taxonomy(table: Mapping[str, Any]) -> dict[str, Category]:
    """Give the taxonomy's rows by their codes."""
    try:
        rows = {code: Category(code=code, **row) for code, row in table.items()}
    except TypeError as error:
        raise BrokenLexiconError(f"分类表有误 / the taxonomy is wrong: {error}") from error
    for row in rows.values():
        if row.mechanism not in MECHANISMS or row.urgency not in URGENCIES:
            raise BrokenLexiconError(
                f"分类 {row.code} 的机制或紧急程度不认识 / category {row.code}: unknown mechanism {row.mechanism!r} "
                f"or urgency {row.urgency!r}"
            )
    return rows


def read_terms(
    table: Mapping[str, Any], strengths: Mapping[str, float], taxonomy: Mapping[str, Category]
) -> tuple[WordWeights, WordWeights, dict[str, float]]:
    """Give each word's weights by category, the weights of words that speak against one, and the categories' shares."""
    weights: dict[str, list[tuple[str, float]]] = defaultdict(list)
    against: dict[str, list[tuple[str, float]]] = defaultdict(list)
    shares: dict[str, float] = {}
    for code, lists in table.items():
        if code not in taxonomy:
            raise BrokenLexiconError(
                f"词表中的类别 {code} 不在分类表中 / category {code} of the lexicon is not in the taxonomy"
            )
        shares[code] = lists.get("share", 1.0)
        for strength, words in lists.items():
            if strength == "share":
                continue
            if strength not in strengths:
                raise BrokenLexiconError(
                    f"类别 {code} 的词力 {strength} 不认识 / category {code}: unknown strength {strength!r}"
                )
            side = against if strength == "against" else weights
            for word in split(words):
                side[word].append((code, strengths[strength]))
    return _frozen(weights), _frozen(against), shares


def _frozen(lists: Mapping[str, list[tuple[str, float]]]) -> WordWeights:
    return {word: tuple(each) for word, each in lists.items()}


def read_combinations(
    lexicon: Mapping[str, Any], taxonomy: Mapping[str, Category]
) -> tuple[tuple[Pair, ...], tuple[Override, ...]]:
    """Give the pairs and the overrides, after a look whether all they name is there."""
    pairs = tuple(Pair(**pair) for pair in lexicon.get("pairs", ()))
    overrides = tuple(
        Override(
            what=each["what"],
            groups=tuple(each["groups"]),
            category=each.get("category", ""),
            mechanism=each.get("mechanism") or taxonomy[each["category"]].mechanism,
            beats=frozenset(each["beats"]),
            none=tuple(each.get("none", ())),
            places=frozenset(each.get("places", ("title", "opening", "request"))),
            within=each.get("within", READ_AT_MOST),
            least=each.get("least", 0.0),
        )
        for each in lexicon.get("overrides", ())
    )
    groups = {name for pair in pairs for name in (pair.first, pair.second)}
    groups |= {name for override in overrides for name in (*override.groups, *override.none)}
    missing = sorted(groups - set(lexicon["groups"]))
    if missing:
        raise BrokenLexiconError(f"词组 {missing[0]} 未定义 / group {missing[0]!r} is not defined")
    codes = {*(pair.category for pair in pairs), *(override.category for override in overrides)} - {""}
    strange = sorted(codes - set(taxonomy))
    if strange:
        raise BrokenLexiconError(f"类别 {strange[0]} 不在分类表中 / category {strange[0]} is not in the taxonomy")
    return pairs, overrides


def flag_words(urgency: Mapping[str, Any], routes: Mapping[str, Any]) -> set[str]:
    """Give all the words that tell urgency, severity, kind and route."""
    rules = [
        *(rule for name in ("danger", "raise", "only", "stake") for rule in urgency[name]),
        *(rule for name in ("not_accepted", "relay") for rule in routes[name]),
        urgency["past"],
        routes["now"],
    ]
    lists = [rule["words"] for rule in rules]
    lists += [urgency["complex"]["long_words"], urgency["complex"]["unit_words"]]
    lists += [words for kind in routes["kinds"].values() for words in kind.values()]
    return {word for words in lists for word in split(words)}


def compile_lexicon(
    *,
    taxonomy: Mapping[str, Any],
    lexicon: Mapping[str, Any],
    urgency: Mapping[str, Any],
    routes: Mapping[str, Any],
    sensitive: Mapping[str, Any],
    people: Mapping[str, Any],
    involved: Mapping[str, Any],
    scripts: Mapping[str, Any],
) -> Lexicon:
    """Join the tables into what `classify` works with; raises BrokenLexiconError if they name what is not there."""
    rows = read_taxonomy(taxonomy)
    weights, against, shares = read_terms(lexicon["terms"], lexicon["strength"], rows)
    pairs, overrides = read_combinations(lexicon, rows)
    groups_of: dict[str, list[str]] = defaultdict(list)
    for name, words in lexicon["groups"].items():
        for word in split(words):
            groups_of[word].append(name)
    sensitive_of = {word: name for name, group in sensitive["groups"].items() for word in split(group["words"])}
    involved_of = {word: group["name_zh"] for group in involved["groups"].values() for word in split(group["words"])}
    of_people = frozenset(word for row in people.values() for word in split(row["words"]))
    ignored = words_of(lexicon["ignored"]["words"])
    topics = {*weights, *against, *ignored}
    flags = {*flag_words(urgency, routes), *sensitive_of, *involved_of, *of_people}
    return Lexicon(
        taxonomy=rows,
        codes={
            mechanism: tuple(row.code for row in rows.values() if row.mechanism == mechanism)
            for mechanism in MECHANISMS
        },
        weights=weights,
        against=against,
        shares=shares,
        places=lexicon["place"],
        decision=lexicon["decision"],
        groups_of={word: tuple(names) for word, names in groups_of.items()},
        pairs=pairs,
        overrides=overrides,
        kinds={
            kind: {place: split(words) for place, words in lists.items()} for kind, lists in routes["kinds"].items()
        },
        urgency=urgency,
        routes=routes,
        sensitive_of=sensitive_of,
        sensitive_zh={word: sensitive["groups"][name]["name_zh"] for word, name in sensitive_of.items()},
        at_once=frozenset(name for name, group in sensitive["groups"].items() if group["at_once"]),
        involved_of=involved_of,
        person_kinds=people,
        words_of_people=of_people,
        traditional={ord(pair[0]): pair[1] for pair in split(scripts["pairs"])},
        any_traditional=re.compile(f"[{''.join(pair[0] for pair in split(scripts['pairs']))}]"),
        topics=frozenset(topics),
        ignored=ignored,
        settings=frozenset(
            word for word, each in weights.items() if all(rows[code].mechanism == "hotline" for code, _ in each)
        ),
        beside=split(lexicon["beside"]["words"]),
        flags=frozenset(flags),
        finder=Finder({*topics, *flags, *groups_of}),
    )


@cache
def _taxonomy() -> dict[str, Category]:
    return read_taxonomy(tomllib.loads(files("services.routing").joinpath("data", "taxonomy.toml").read_text("utf-8")))


def categories() -> tuple[str, ...]:
    """Return the codes of the taxonomy, for people to choose from."""
    return tuple(_taxonomy())


def category_words() -> dict[str, str]:
    """Return each group's two digits with its name, and then each category's four, which are their own word."""
    words: dict[str, str] = {}
    for code, row in _taxonomy().items():
        words.setdefault(code[:2], f"{row.group}_group")
        words[code] = code
    return words


@cache
def person_kinds() -> dict[str, str]:
    """Return the kinds of people that an appeal may be about (人员类别), each with its name."""
    return {code: row["zh"] for code, row in shipped().person_kinds.items()}


@cache
def shipped() -> Lexicon:
    """Read the tables that came with this service, once."""
    folder = files("services.routing").joinpath("data")
    tables = {
        name: tomllib.loads(folder.joinpath(f"{file}.toml").read_text("utf-8"))
        for name, file in {
            "taxonomy": "taxonomy",
            "lexicon": "lexicon",
            "urgency": "triage_urgency",
            "routes": "triage_routes",
            "sensitive": "triage_sensitive",
            "people": "triage_people",
            "involved": "triage_involved",
            "scripts": "triage_scripts",
        }.items()
    }
    return compile_lexicon(**tables)


@cache
def _letters() -> dict[str, list[tuple[str, str]]]:
    """Read the made-up letters that came with this service: of each question (text, answer)."""
    table = tomllib.loads(files("services.routing").joinpath("data", "letters.toml").read_text("utf-8"))
    questions: dict[str, list[tuple[str, str]]] = {"mechanism": []}
    for mechanism, rows in table.items():
        questions["mechanism"] += [(text, mechanism) for texts in rows.values() for text in texts]
        # What is not accepted, or relayed at once, is known by the words for it alone (`triage_routes.toml`).
        own = {code: texts for code, texts in rows.items() if not _taxonomy()[code].treatment}
        questions[mechanism] = [(text, code) for code, texts in own.items() for text in texts]
    return questions


class MadeUp:
    """What the made-up letters teach: the mechanism, and of each its categories; each learned when first asked for."""

    fault = ""

    @staticmethod
    @cache
    def head(question: str) -> Head:
        """Learn to answer one question, once."""
        return train_head(_letters()[question], least=2, short=True)

    def judge(self, question: str, text: str) -> Opinion | None:
        """Answer a question on a text, or None if the letters teach nothing of it."""
        return self.head(question).judge(text) if question in _letters() else None

    def learn(self) -> None:
        """Learn all there is to learn, so that no letter waits for it."""
        for question in _letters():
            self.head(question)


# Characters that carry no word: controls, zero-width marks and what stands between Chinese characters by accident.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe0f]")
_SPACES_WITHIN = re.compile(r"(?<=[\u3400-\u9fff])[ \t\u3000]+(?=[\u3400-\u9fff])")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
_GREETING = re.compile(
    r"^(?:尊敬的[^,，:：!！。\n]{0,20}[,，:：!！。\s]+|各?位?(?:领导|书记|市长|区长|县长)[,，:：!！。\s]*|(?:你|您)们?好[,，:：!！。\s]*)+"
)
_REQUEST = re.compile(r"请(?!问过)|要求|希望|恳请|盼|建议|能否|可否|是否可以|求助|诉求|呼吁|望")
#: The places that say what a letter is about: the title, and in its stead the first sentence.
_HEADS = ("title", "lead")
_NOT = ("不是", "并非", "不属于", "而非", "不属", "无关")


def tidy(text: str, lexicon: Lexicon) -> str:
    """Bring a text to the form of our words: half-width signs, simplified characters, no control characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if lexicon.any_traditional.search(text):
            text = text.translate(lexicon.traditional)
    return _SPACES_WITHIN.sub("", _CONTROL.sub("", text)).strip()


class Sentence(NamedTuple):
    """A sentence of the joined text, and the place it stands in."""

    start: int
    end: int
    place: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A tidied appeal: its joined text and the places of its sentences."""

    text: str
    title: str
    body: str
    sentences: tuple[Sentence, ...]
    cut: bool

    @classmethod
    def of(cls, title: str, text: str, lexicon: Lexicon) -> "Letter":
        """Tidy title and text, and find the title, the opening and the requests in them."""
        cut = len(text) > READ_AT_MOST + READ_AT_END
        if cut:
            text = text[:READ_AT_MOST] + "\n" + text[-READ_AT_END:]
        title, body = tidy(title[:500], lexicon), tidy(text, lexicon)
        if not title and not body:
            raise NothingToClassifyError("诉求没有内容，无法分类 / the appeal has no text to classify")
        body = body[_greeting_end(body) :] or body
        sentences = []
        if title:
            sentences.append(Sentence(0, len(title), "title"))
        joined = f"{title}\n{body}" if title else body
        opening_ends = len(title) + OPENING
        for found in _SENTENCE.finditer(joined, len(title) + 1 if title else 0):
            start, end = found.span()
            if not title and not sentences:
                # Without a title the first sentence says what it is about, or who writes.
                sentences.append(Sentence(start, min(end, start + OPENING), "lead"))
                start = min(end, start + OPENING)
            if start >= end:
                continue
            if start < opening_ends:
                place = "opening"
            elif _REQUEST.search(found.group()):
                place = "request"
            else:
                place = "body"
            sentences.append(Sentence(start, end, place))
        return cls(joined, title, body, tuple(sentences), cut)


def _greeting_end(body: str) -> int:
    found = _GREETING.match(body)
    return found.end() if found else 0


class Placed(NamedTuple):
    """A hit together with the place of its sentence and the sentence's number."""

    start: int
    end: int
    word: str
    place: str
    sentence: int


def placed(hits: Iterable[Hit], sentences: Sequence[Sentence]) -> Iterator[Placed]:
    """Say of each hit in which sentence it begins."""
    number = 0
    last = len(sentences) - 1
    for hit in hits:
        while number < last and hit.start >= sentences[number].end:
            number += 1
        yield Placed(hit.start, hit.end, hit.word, sentences[number].place, number)


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
        if letter.text[max(0, hit.start - 3) : hit.start].endswith(_NOT):
            factor *= -0.5
        if hit.word in lexicon.settings and letter.text.startswith(lexicon.beside, hit.end):
            factor *= lexicon.decision["beside"]
        if hit.place in _HEADS:
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
            if factor > best.get(one.place in _HEADS, (0.0, ""))[0]:
                best[one.place in _HEADS] = (factor, f"{one.word}…{two.word}")
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
            if ("title" if place in _HEADS else place) not in override.places or any(
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


@dataclass(frozen=True, slots=True)
class Flags:
    """The plain words of a letter that tell urgency, severity, kind and routes, by the places they stand in."""

    letter: Letter
    hits: tuple[Placed, ...]
    words: frozenset[str]

    @classmethod
    def of(cls, letter: Letter, found: Iterable[Placed], lexicon: Lexicon) -> "Flags":
        """Choose them from all the words found."""
        hits = tuple(hit for hit in found if hit.word in lexicon.flags)
        return cls(letter, hits, frozenset(hit.word for hit in hits))

    def seen(self, words: str | Iterable[str]) -> tuple[str, ...]:
        """Give those of the words that stand anywhere."""
        listed = split(words) if isinstance(words, str) else words
        return tuple(word for word in listed if word in self.words)

    def in_place(self, words: str | Iterable[str], *places: str) -> tuple[str, ...]:
        """Give those of the words that stand in one of the places."""
        listed = words_of(words) if isinstance(words, str) else frozenset(words)
        if listed.isdisjoint(self.words):
            return ()
        return tuple(dict.fromkeys(hit.word for hit in self.hits if hit.word in listed and hit.place in places))

    def told_now(self, words: str, *, past: frozenset[str], now: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Give those of the words that stand out front, not beside one of the past, and beside one of now if there are."""
        listed = words_of(words)
        if listed.isdisjoint(self.words):
            return ()
        short = len(self.letter.text) <= SHORT
        in_sentence: dict[int, set[str]] = defaultdict(set)
        for hit in self.hits:
            in_sentence[hit.sentence].add(hit.word)
        found: dict[str, None] = {}
        for hit in self.hits:
            if hit.word not in listed or (hit.place == "body" and not short):
                continue
            beside = in_sentence[hit.sentence]
            if not beside & past and (not now or beside & now):
                found[hit.word] = None
        return tuple(found)


def kind_of(flags: Flags, lexicon: Lexicon) -> tuple[str, tuple[str, ...]]:
    """Say whether it asks, begs, complains, reports, suggests or praises."""
    scores: dict[str, float] = {}
    words: dict[str, tuple[str, ...]] = {}
    for kind, lists in lexicon.kinds.items():
        title = flags.in_place(lists["title"], *_HEADS)
        body = flags.in_place(lists["body"], "opening", "request")
        scores[kind] = 2.0 * min(len(title), 2) + 1.0 * min(len(body), 2)
        words[kind] = (*title, *body)
    start = flags.letter.text[:14]
    for word, kind in _SAID.items():
        if word in start:
            scores[kind] += 2.5
    if scores["praise"] and (scores["complaint"] or scores["report"] or scores["help"] > 1):
        scores["praise"] = 0.0
    best = max(KINDS, key=lambda kind: (scores.get(kind, 0.0), -KINDS.index(kind)))
    if scores.get(best, 0.0) <= 0:
        return "complaint", ()
    return best, words[best]


_SAID = {
    "咨询": "inquiry",
    "请问": "inquiry",
    "建议": "suggestion",
    "投诉": "complaint",
    "举报": "report",
    "求助": "help",
    "反映": "complaint",
    "表扬": "praise",
}

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "几": 2,
    "数": 2,
    "上": 1,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
_NUMBER = r"(?:\d{1,9}(?:[,]\d{3})*(?:\.\d{1,4})?|(?<![一二三四五六七八九十百千两零〇])[一二三四五六七八九十百千两几数上零〇]{1,12})"
_PEOPLE = re.compile(
    rf"(?<![第\d.年月:\-元栋楼号室])({_NUMBER})(万|千|百)?(?:多|余|来|几)?(?:名|位|个)?"
    r"(?:农民工|工人|民工|居民|业主|村民|家庭|学生|老人|孩子|小孩|员工|职工|工友|群众|老百姓|百姓|住户|人家|商户|住家|户|名(?!额|称|单|字|声|义)|位(?!置|于)"
    r"|人(?!民|行|次|均|工|才|大|社|家里|员|防|性|口|为|生|心|格|身|事|流|力|造|物|像|类|寿|数|称|代|体|品|士|道))"
)
_MONEY = re.compile(r"[元块圆万]")
_AMOUNT = re.compile(
    rf"(?<![第\d.])({_NUMBER})(?:多|余|来|几)?(万|千|百|亿)?(?:(?P<rest>(?<=万)[一二三四五六七八九1-9])千?)?(?:多|余|来|几)?(元|块钱|块(?=[,，。;；!！]|$)|圆)(?!/|每|一|左右每)"
)
_AMOUNT_SHORT = re.compile(
    rf"(?<![第\d.])({_NUMBER})(?:多|余|来|几)?(万)(?P<rest>[一二三四五六七八九1-9](?![\d.万]))?(?:多|余|来)?(?![多余来人户平吨公里亩方步名位个辆台次瓦立千套元块圆伏册株头只年])"
)
_PER = re.compile(r"每(?:个?月|平|天|年|人|度|吨|小时|户|立方|次|斤|学期)[^,，。]{0,4}$|单价[^,，。]{0,4}$")
_OWED = re.compile(r"(?:拖欠|欠|共计|合计|总计|总共|赔偿|损失|金额|总额|共|讨要|骗|集资|投资)[^。\n]{0,14}$")


def number_of(sign: str) -> Decimal | None:
    """Read a number in digits or Chinese signs; vague ones (几十) at their least; none if it is no number."""
    if sign[0].isdigit():
        return Decimal(sign.replace(",", ""))
    total, current, seen = 0, 0, False
    # 三四十 is thirty at least.
    sign = re.sub(r"([一二三四五六七八九])[一二三四五六七八九](?=[十百千万]|$)", r"\1", sign) if len(sign) > 1 else sign
    if "几" in sign[1:] and sign[0] in "一二三四五六七八九十":
        sign = sign.replace("几", "")
    for char in sign:
        if char in _UNITS:
            total += (current or 1) * _UNITS[char]
            current = 0
            seen = True
        else:
            current = _DIGITS[char]
            seen = seen or char not in "上数几"
    if len(sign) > 1 and sign[-1] in _DIGITS and sign[-2] in "百千":
        # 一百二 is a hundred and twenty.
        current *= _UNITS[sign[-2]] // 10
    total += current
    return Decimal(total) if seen and total else None


_MOST_PEOPLE = 100_000
_MOST_MONEY = Decimal(100_000_000_000)
_SCALE = {"": 1, "百": 100, "千": 1000, **_BIG}


class Extracted(NamedTuple):
    """A number read from a text: its value, its words, and how sure it is that this one is meant."""

    value: Any
    words: str
    confidence: float


_VAGUE = re.compile(r"[几数上多余来近约]")
_ALONE, _AMONG_OTHERS, _ROUGHLY, _OWED_FOR_SURE = 0.9, 0.7, 0.1, 0.95


def people_in(text: str) -> Extracted | None:
    """Give the largest number of people or households that is named, with its words."""
    found: dict[int, str] = {}
    for match in _PEOPLE.finditer(text):
        number = number_of(match.group(1))
        if number is None or number != int(number):
            continue
        count = int(number) * _SCALE[match.group(2) or ""]
        if 1 < count <= _MOST_PEOPLE:
            found.setdefault(count, match.group())
    if not found:
        return None
    count = max(found)
    sure = (_ALONE if len(found) == 1 else _AMONG_OTHERS) - (_ROUGHLY if _VAGUE.search(found[count]) else 0)
    return Extracted(count, found[count], sure)


def amount_in(text: str) -> Extracted | None:
    """Give the sum of money at stake: what is owed or lost before what is merely named, else the largest."""
    if not _MONEY.search(text):
        return None
    found: dict[tuple[bool, Decimal], str] = {}
    for pattern in (_AMOUNT, _AMOUNT_SHORT):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 16) : match.start()]
            number = number_of(match.group(1))
            if number is None or number <= 0 or _PER.search(before):
                continue
            sum_ = number * _SCALE[match.group(2) or ""] + _rest(match)
            if sum_ <= _MOST_MONEY:
                found.setdefault((bool(_OWED.search(before)), sum_), match.group())
    if not found:
        return None
    owed, sum_ = max(found)
    sure = _OWED_FOR_SURE if owed else _ALONE if len(found) == 1 else _AMONG_OTHERS
    return Extracted(
        sum_.normalize() + 0,
        found[owed, sum_],
        sure - (_ROUGHLY if _VAGUE.search(found[owed, sum_]) else 0),
    )


def _rest(match: re.Match[str]) -> int:
    """Read what colloquially follows 万: 一万二 is twelve thousand."""
    rest = match.groupdict().get("rest")
    return (int(rest) if rest.isdecimal() else _DIGITS[rest]) * 1000 if rest else 0


_BY_CHANNEL, _IN_TWO_WORDS, _IN_ONE_WORD = 0.95, 0.85, 0.7


def persons_in(flags: Flags, lexicon: Lexicon, channel: str) -> list[Finding]:
    """Say what kinds of people it is about (人员类别): by the channel that is theirs alone, and by words not denied."""
    of_people = outermost(hit for hit in flags.hits if hit.word in lexicon.words_of_people)
    before = {hit.word: flags.letter.text[max(0, hit.start - 3) : hit.start] for hit in of_people}
    found = []
    for code, row in lexicon.person_kinds.items():
        words = tuple(word for word in before if word in words_of(row["words"]) and not before[word].endswith(_NOT))
        if channel and channel in row.get("channels", ()):
            found.append(Finding("person_kind", code, _BY_CHANNEL, ("来源渠道", *words)))
        elif words:
            found.append(Finding("person_kind", code, _IN_TWO_WORDS if words[1:] else _IN_ONE_WORD, words))
    return found


def urgency_of(
    flags: Flags,
    category: Category,
    lexicon: Lexicon,
    *,
    kind: str,
    people: int | None,
    month: int | None,
) -> tuple[str, Reason]:
    """Grade the haste: danger now, then the category's own conditions, then the kind of the appeal."""
    tables = lexicon.urgency
    raised = _raised(flags, category, tables, people=people)
    if raised is not None:
        return raised
    if kind == "inquiry" and category.urgency != "I" and category.mechanism in tables["inquiry"]["mechanisms"]:
        return "III-c", Reason("咨询类", (), 1.0)
    if kind in {"suggestion", "praise"} and category.urgency not in {"I", "II"}:
        return "IV", Reason("建议、表扬类", (), 1.0)
    level = _usual(flags, category, tables, month=month)
    long, units = flags.seen(tables["complex"]["long_words"]), flags.seen(tables["complex"]["unit_words"])
    if level == "III" and long and units:
        return "IV", Reason("复杂：时间长、涉及多个单位", (*long, *units), 2.0)
    return level, Reason(f"{category.name_zh}的通常紧急程度：{_SPOKEN[level]}", (), 1.0)


def _raised(
    flags: Flags, category: Category, tables: Mapping[str, Any], *, people: int | None
) -> tuple[str, Reason] | None:
    past = words_of(tables["past"]["words"])
    for rule in tables["danger"]:
        words = flags.told_now(rule["words"], past=past)
        if words:
            return "I", Reason(f"紧急：{rule['what']}", words, 5.0)
    for rule in tables["people"]:
        if people is not None and people >= rule["at_least"] and category.code in split(rule["categories"]):
            return rule["level"], Reason(f"紧急：涉及 {people} 人，不少于 {rule['at_least']} 人", (str(people),), 3.0)
    met = [
        (URGENCIES.index(rule["level"]), words)
        for rule in tables["raise"]
        if rule["category"] == category.code and (words := flags.seen(rule["words"]))
    ]
    level, words = min(met, default=(len(URGENCIES), ()))
    if level > URGENCIES.index(category.urgency):
        return None
    return URGENCIES[level], Reason(f"紧急：{category.name_zh}的升级情形", words, 3.0)


def _usual(flags: Flags, category: Category, tables: Mapping[str, Any], *, month: int | None) -> str:
    if category.urgency == "III-c":
        return "III"
    season = tables["season"]
    if category.code == season["category"] and month is not None and month not in season["months"]:
        return str(season["otherwise"])
    for rule in tables["only"]:
        if category.code in split(rule["categories"]) and not flags.seen(rule["words"]):
            return str(rule["otherwise"])
    return category.urgency


def severity_of(
    flags: Flags, lexicon: Lexicon, *, kind: str, people: int | None, amount: Decimal | None
) -> tuple[str, float, list[Reason]]:
    """Grade what is at stake: life, health, livelihood, numbers, money, duration; not the haste.

    It is the surer the farther the points are from the next grade.
    """
    tables = lexicon.urgency
    points = float(tables["severity"]["base"])
    reasons = []
    for stake in tables["stake"]:
        words = flags.seen(stake["words"])
        if words:
            points += stake["points"]
            reasons.append(Reason(f"严重：{stake['what']}", words[:4], stake["points"]))
    for name, value in (("people", people), ("amount", amount)):
        steps = [more for least, more in tables["severity"][name].items() if value is not None and value >= int(least)]
        if steps:
            points += max(steps)
            reasons.append(Reason("严重：人数" if name == "people" else "严重：金额", (str(value),), float(max(steps))))
    if kind in {"inquiry", "suggestion", "praise"}:
        points = (points - tables["severity"]["base"]) / 2
    grades = ("critical", "serious", "moderate")
    nearest = min(abs(points - tables["severity"][grade]) for grade in grades)
    grade = next((grade for grade in grades if points >= tables["severity"][grade]), "minor")
    return grade, 0.5 + min(nearest, 2.0) / 5, reasons


def route_of(flags: Flags, lexicon: Lexicon) -> tuple[str | None, str | None, list[Reason]]:
    """Name the legal route that takes the matter away from us, and the emergency number it is relayed to."""
    routes = lexicon.routes
    reasons = []
    not_accepted = relay = None
    for rule in routes["not_accepted"]:
        words = flags.in_place(rule["words"], *_HEADS, "opening") or (
            seen if len(seen := flags.seen(rule["words"])) > 1 else ()
        )
        if words:
            not_accepted = rule["route"]
            reasons.append(Reason(f"可能不属受理范围：{rule['route']}", words[:4], 1.0))
            break
    past = words_of(lexicon.urgency["past"]["words"])
    called = len(flags.letter.text) <= routes["now"]["short_call"]
    now = frozenset() if called else words_of(routes["now"]["words"])
    for rule in routes["relay"]:
        words = flags.told_now(rule["words"], past=past, now=now)
        if words:
            relay = rule["number"]
            reasons.append(Reason(f"即时转 {relay}", words, 5.0))
            break
    return not_accepted, relay, reasons


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


_OUT_FRONT, _IN_PASSING, _UNSAID = 0.9, 0.7, 0.5


def named(of: str, groups: Mapping[str, str], flags: Flags) -> list[Finding]:
    """Say which groups a letter names, those of its title and opening first, and surer of them; nothing if it names none."""
    hits = list(outermost(hit for hit in flags.hits if hit.word in groups))
    if not hits:
        return []
    front = [hit for hit in hits if hit.place in {*_HEADS, "opening"}]
    words = tuple(dict.fromkeys(hit.word for hit in (*front, *hits)))
    value = tuple(dict.fromkeys(groups[word] for word in words))
    return [Finding(of, value, _OUT_FRONT if front else _IN_PASSING, words[:6])]


class Second:
    """The second opinion on one letter, and what is said of it; without a weight, it weighs what the model says."""

    def __init__(
        self, model: Model | MadeUp | None, text: str, *, of: str = "学得的意见", weight: float | None = None
    ) -> None:
        self.model = model
        self.text = text
        self.of = of
        self.weight = weight
        self.reasons: list[Reason] = []
        self.said: dict[str, str] = {}
        if model is not None and model.fault:
            self.reasons.append(Reason(f"学得的模型不可用，只按词表：{model.fault}", (), 0.0))

    def asked(self, question: str) -> Opinion | None:
        """Ask it one question, and note what it says."""
        opinion = self.model.judge(question, self.text) if self.model is not None else None
        if opinion is not None:
            if self.weight is not None:
                opinion = replace(opinion, weight=self.weight)
            share = opinion.shares[opinion.label]
            self.said[question] = opinion.label
            part = "" if question == "official" else f"（占 {min(opinion.weight, 1.0):.0%}）"
            what = f"{self.of}{part}：{_QUESTIONS.get(question, '类别')} {_spoken(opinion.label)}，把握 {share:.0%}"
            self.reasons.append(Reason(what, opinion.words, share))
        return opinion

    def weighed(
        self, question: str, shares: Mapping[str, float], among: Container[str] | None = None
    ) -> dict[str, float]:
        """Blend the lexicon's shares with its own, which is heard only `among` the given answers, if they are given."""
        opinion = self.asked(question)
        if opinion is None:
            return dict(shares)
        return (opinion if among is None else opinion.among(among)).blended(shares)


def _spoken(answer: str) -> str:
    row = _taxonomy().get(answer)
    return f"{row.name_zh}（{answer}）" if row is not None else _SPOKEN.get(answer, answer)


_QUESTIONS = {
    "mechanism": "机制",
    "category": "类别",
    "urgency": "紧急程度",
    "severity": "严重程度",
    "official": "一级分类",
}


def likeliest(shares: Mapping[str, float], order: Sequence[str] = ()) -> str:
    """Give the answer with the largest share; of equals, the first in the order."""
    return max(shares, key=lambda name: (shares[name], -order.index(name) if name in order else 0, name))


def _spread(answer: str, confidence: float, answers: Sequence[str]) -> dict[str, float]:
    """Spread a confidence in one answer over all; however small it is, the answer stays the likeliest."""
    share = max(confidence, 1 / len(answers) + _AHEAD)
    rest = (1 - share) / (len(answers) - 1)
    return {each: share if each == answer else rest for each in answers}


#: By how much an answer that hardly anything speaks for is still likelier than all being equal.
_AHEAD = 0.01


# How sure a level of urgency is, by the weight of its ground; the usual level of a category is as sure as the category.
_SURE_OF_HASTE = {5.0: 0.95, 3.0: 0.85, 2.0: 0.75}


class Heard(NamedTuple):
    """What the words of a letter say before anything is decided."""

    flags: Flags
    scores: Scores
    kind: str
    categories: dict[str, float]
    mechanisms: dict[str, float]
    people: Extracted | None
    amount: Extracted | None
    beaten: list[Reason]
    said: list[Reason]


def hear(letter: Letter, lexicon: Lexicon) -> Heard:
    """Weigh the words of a letter, and let the second stage's combinations beat the first stage's winner."""
    found = tuple(placed(lexicon.finder.find(letter.text), letter.sentences))
    scores = Scores(lexicon, titled=bool(letter.title))
    weigh_words(letter, found, lexicon, scores)
    marks = grouped(found, lexicon)
    weigh_pairs(marks, lexicon, scores)
    flags = Flags.of(letter, found, lexicon)
    kind, kind_words = kind_of(flags, lexicon)
    categories = scores.categories()
    mechanisms = scores.mechanisms(categories)
    second_stage = []
    if kind == "praise":
        mechanisms["hotline"] = max(mechanisms.values()) + 3.0
    first = likeliest(mechanisms, MECHANISMS)
    beaten = overriding(marks, first, mechanisms, lexicon) if kind != "praise" else None
    if beaten is not None:
        override, words = beaten
        if override.category:
            categories[override.category] = max(categories.values(), default=0.0) + 1.0
        mechanisms[override.mechanism] = mechanisms[first] + 2.0
        second_stage.append(Reason(f"第二步：{override.what}", words, 2.0))
    said = [Reason(f"诉求类型：{_SPOKEN[kind]}", tuple(dict.fromkeys(kind_words))[:4], 1.0)] if kind_words else []
    people, amount = people_in(letter.text), amount_in(letter.text)
    return Heard(flags, scores, kind, categories, mechanisms, people, amount, second_stage, said)


def likenesses(letter: Letter, heard: Heard, worded: Mapping[str, float], lexicon: Lexicon) -> Second:
    """Ask the made-up letters, where what they say could change what the words say; a few characters are like anything.

    They weigh the less, the more the words say, and up to twice as much in a short text, as they are themselves.

    They are not asked of a letter that a combination decided, nor of praise: whoever praises is the hotline's, whatever
    the praise is for.
    """
    decision = lexicon.decision
    said = max({**heard.mechanisms, "hotline": heard.mechanisms["hotline"] - heard.scores.prior}.values())
    unsaid = min(1.0, max(0.0, 1 - said / decision["clear_from"]))
    short = max(0.0, 1 - len(letter.text) / decision["likeness_short"])
    weight = (decision["likeness_where_clear"] * (1 - unsaid) + decision["likeness"] * unsaid) * (1 + short)
    first = likeliest(worded)
    lowest = lexicon.liked(first, worded[first], 0, weight)
    within_reach = any(lexicon.liked(name, worded[name], 1, weight) > lowest for name in worded if name != first)
    asked = within_reach and len(letter.text) >= decision["likeness_from"]
    model = MadeUp() if asked and heard.kind != "praise" and not heard.beaten else None
    return Second(model, letter.text, of="与例信相近", weight=weight)


def liken(worded: Mapping[str, float], alike: Second, heard: Heard, lexicon: Lexicon) -> dict[str, float]:
    """Multiply the shares that the words give with those that the made-up letters give (a logarithmic pool).

    What they say for a mechanism that the words speak against is not heard.
    """
    opinion = alike.asked("mechanism")
    if opinion is None:
        return dict(worded)
    pool = {
        name: lexicon.liked(
            name, share, opinion.shares.get(name, 0) if heard.mechanisms[name] >= 0 else 0, opinion.weight
        )
        for name, share in worded.items()
    }
    total = sum(pool.values())
    return {name: share / total for name, share in pool.items()}


def grade(
    heard: Heard, category: Category, sure: float, second: Second, lexicon: Lexicon, *, month: int | None
) -> tuple[list[Finding], list[Reason], str | None, str | None]:
    """Grade haste and stake, each apart, and name the legal route and the emergency number, if there is one.

    `sure` is the category's share: its usual urgency is no surer than it. What the words of danger say, no second
    opinion plays down.
    """
    people, amount = heard.people and heard.people.value, heard.amount and heard.amount.value
    urgency, urgent = urgency_of(heard.flags, category, lexicon, kind=heard.kind, people=people, month=month)
    severity, clear, severe = severity_of(heard.flags, lexicon, kind=heard.kind, people=people, amount=amount)
    not_accepted, relay, routed = route_of(heard.flags, lexicon)
    if relay is not None:
        urgency = "I"
        severity = severity if severity == "critical" else "serious"
    levels = second.weighed("urgency", _spread(urgency, _SURE_OF_HASTE.get(urgent.weight, sure), URGENCIES))
    if urgency != "I":
        urgency = likeliest(levels, URGENCIES)
    grades = second.weighed("severity", _spread(severity, clear, SEVERITIES))
    severity = likeliest(grades, SEVERITIES[::-1])
    at_stake = tuple(word for reason in severe for word in reason.words)[:6]
    findings = [
        Finding("urgency", urgency, levels[urgency], urgent.words),
        Finding("severity", severity, grades[severity], at_stake),
    ]
    findings += named("involved", lexicon.involved_of, heard.flags)
    findings += named("sensitive", lexicon.sensitive_zh, heard.flags)
    findings += [
        Finding(of, number.value, number.confidence, (number.words,))
        for of, number in (("people", heard.people), ("amount", heard.amount))
        if number is not None
    ]
    return findings, [urgent, *severe, *routed], not_accepted, relay


def classify(
    title: str,
    text: str,
    *,
    month: int | None = None,
    channel: str = "",
    lexicon: Lexicon | None = None,
    model: Model | None = None,
) -> Triage:
    """Judge an appeal by its words.

    `month` (1 to 12) decides whether heating is in season; without it the season is taken to be on. A `channel` may say
    whose it is. A `model` gives a second opinion. Bodies beyond 7,500 characters are read from both ends. Raises
    NothingToClassifyError if title and text are empty.
    """
    lexicon = lexicon or shipped()
    letter = Letter.of(title, text, lexicon)
    second = Second(model, letter.text)
    heard = hear(letter, lexicon)
    worded = shares_of(heard.mechanisms, lexicon.decision["temperature"])
    alike = likenesses(letter, heard, worded, lexicon)
    shares = second.weighed("mechanism", liken(worded, alike, heard, lexicon))
    winner = likeliest(shares, MECHANISMS)
    runner_up = likeliest({name: share for name, share in shares.items() if name != winner}, MECHANISMS)
    among_own = category_shares(winner, heard.categories, heard.kind, lexicon)
    by_category = second.weighed("category", alike.weighed(winner, among_own), among=lexicon.codes[winner])
    category = lexicon.taxonomy[likeliest(by_category)]
    decided = [*heard.beaten, *reasons_of(winner, heard.categories, heard.scores, lexicon)[:5]]
    graded, grounds, not_accepted, relay = grade(
        heard, category, by_category[category.code], second, lexicon, month=month
    )
    official = second.asked("official")
    likened = alike.reasons[:1] if alike.said.get("mechanism") == winner else []
    telling = tuple(dict.fromkeys(word for reason in (*decided[:3], *likened) for word in reason.words))[:6]
    by_words, sure = _words_for(category.code, heard.scores), by_category[category.code]
    asked = heard.said[0].words if heard.said else ()
    findings = [
        Finding("mechanism", winner, shares[winner], telling),
        Finding("category", category.code, sure, by_words),
        Finding("db44", category.db44, sure, by_words),
        Finding("kind", heard.kind, _OUT_FRONT if asked else _UNSAID, asked),
        *graded,
        *(persons := persons_in(heard.flags, lexicon, channel)),
    ]
    if official is not None:
        findings.append(Finding("official", official.label, official.shares[official.label], official.words))
    values = {finding.of: finding.value for finding in findings}
    cut = Reason(f"正文过长，只读了开头 {READ_AT_MOST} 字和末尾 {READ_AT_END} 字", (), 0.0)
    sensitive = tuple(dict.fromkeys(hit.word for hit in heard.flags.hits if hit.word in lexicon.sensitive_of))
    return Triage(
        mechanism=winner,
        category=category.code,
        category_zh=category.name_zh,
        urgency=values["urgency"],
        severity=values["severity"],
        kind=heard.kind,
        confidence=shares[winner],
        runner_up=runner_up,
        runner_up_confidence=shares[runner_up],
        because=(
            *decided,
            *alike.reasons,
            *heard.said,
            *grounds,
            *second.reasons,
            *([cut] if letter.cut else []),
        ),
        findings=tuple(findings),
        db44=category.db44,
        db44_zh=category.db44_zh,
        official=values.get("official"),
        sensitive=sensitive,
        sensitive_groups=tuple(dict.fromkeys(lexicon.sensitive_of[word] for word in sensitive)),
        warn_at_once=any(lexicon.sensitive_of[word] in lexicon.at_once for word in sensitive),
        involved=values.get("involved", ()),
        people=values.get("people"),
        amount=values.get("amount"),
        person_kinds=tuple(person.value for person in persons),
        not_accepted=not_accepted,
        relay=relay,
        shares=shares,
    )


def _words_for(category: str, scores: Scores) -> tuple[str, ...]:
    weights = scores.words.get(category, {})
    return tuple(sorted(weights, key=lambda word: (-weights[word], word))[:6])
