"""What the classifier knows, compiled from its tables; raises BrokenLexiconError where they contradict each other."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import add
from typing import Any, NamedTuple, TypeAlias

WordWeights: TypeAlias = Mapping[str, tuple[tuple[str, float], ...]]

#: Those that words are taken for. What a street adds gets its appeals by dispatch rules and by people.
MECHANISMS = ("mediation", "enforcement", "hotline", "wage_recovery", "relief", "property")
URGENCIES = ("I", "II", "III", "III-c", "IV")
SEVERITIES = ("minor", "moderate", "serious", "critical")
KINDS = ("inquiry", "help", "complaint", "report", "suggestion", "praise")
SPOKEN = {
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


class BrokenLexiconError(ValueError):
    """The classifier's data contradict each other; the message says where."""


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
def taxonomy_rows() -> dict[str, Category]:
    """Read the taxonomy that came with this service, once: its rows by their codes."""
    return read_taxonomy(tomllib.loads(files("services.routing").joinpath("data", "taxonomy.toml").read_text("utf-8")))


def categories() -> tuple[str, ...]:
    """Return the codes of the taxonomy, for people to choose from."""
    return tuple(taxonomy_rows())


def category_words() -> dict[str, str]:
    """Return each group's two digits with its name, and then each category's four, which are their own word."""
    words: dict[str, str] = {}
    for code, row in taxonomy_rows().items():
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
