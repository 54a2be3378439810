"""Which appeals may be about one matter, and why: keys by which they are found, and a score that explains itself. Pure."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_FILE: Final = Path(__file__).parents[1] / "data" / "repeats.toml"
_NOT_WORDS: Final = re.compile(r"[\W_]+")
_BUILDING: Final = re.compile(r"([0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:号楼|栋|幢|座)")
#: A part of an estate: 一区, A区, 东区; 小区 and 社区 are none.
_ZONE: Final = re.compile(
    r"(?<![a-z0-9一二三四五六七八九十山])([0-9]{1,2}|[一二三四五六七八九十]{1,2}|[a-z东西南北中])区(?![域间划别])"
)
_NUMERALS: Final = {word: str(place) for place, word in enumerate("一二三四五六七八九", 1)}
#: Characters of a text that are looked at for places and topics, and for its sketch.
_LOOKED_AT: Final = 400
#: Characters that are sketched, those of a shingle, and how many of the smallest hashes stand for a text.
_SKETCHED: Final = 240
_SHINGLE: Final = 6
_SKETCH: Final = 3
_MOST_PLACES: Final = 3
_MOST_TOPICS: Final = 2
_MOST_HOMES: Final = 4
#: What stands in the words compared for a name of a place: who names the same one says nothing of the matter by it.
_GAP: Final = "·"
#: Characters before its ending that belong to a place's name.
_NAME: Final = 2
_DAY: Final = 86_400.0
_FADES: Final = 14.0
_EARTH: Final = 6_371_000.0


@dataclass(frozen=True, slots=True)
class Policy:
    """What the street has decided about likeness, read from `data/repeats.toml`."""

    days: int
    most_of_a_key: int
    most_scored: int
    most_newest: int
    most_shown: int
    from_score: float
    metres: float
    weights: Mapping[str, float]
    topics: Mapping[str, str]
    places: re.Pattern[str]
    no_places: tuple[str, ...]
    no_signs: str
    no_estates: tuple[str, ...]
    words: re.Pattern[str]
    personal: frozenset[str]
    several: re.Pattern[str]


@cache
def policy() -> Policy:
    """Return the policy of `data/repeats.toml`."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))["likeness"]
    topics = {word: topic for topic, words in found["topics"].items() for word in words.split()}
    topics |= dict.fromkeys(found["no_topics"], "")
    longest = sorted(topics, key=len, reverse=True)
    ends = "|".join(sorted(found["place_ends"], key=len, reverse=True))
    return Policy(
        **{
            name: found[name]
            for name in ("days", "most_of_a_key", "most_scored", "most_newest", "most_shown", "from_score", "metres")
        },
        weights=found["weights"],
        topics=topics,
        places=re.compile(rf"(?<=[\u4e00-\u9fffA-Za-z0-9]{{{_NAME}}})(?:{ends})"),
        no_places=tuple(found["no_places"]),
        no_signs=found["no_signs"],
        no_estates=tuple(found["no_estates"]),
        words=re.compile("|".join(re.escape(word) for word in longest)),
        personal=frozenset(found["personal"]),
        several=re.compile(found["several"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What an appeal shows of the matter that it is about."""

    places: tuple[str, ...]
    topics: tuple[str, ...]
    buildings: frozenset[str]
    zones: frozenset[str]
    words: str
    of_several: bool

    @property
    def homes(self) -> tuple[str, ...]:
        """The buildings of the estates that it names; a road's name and a number are no building that people share."""
        estates = [place for place in self.places if not place.endswith(policy().no_estates)]
        return tuple(f"{place}|{number}#" for place in estates for number in sorted(self.buildings))[:_MOST_HOMES]


def look(title: str, text: str, place: str, address: Mapping[str, Any] | None = None) -> Look:
    """Read from an appeal's masked words which places and topics it names, in the order of their first mention.

    `address` is what was read out of them already (`places.address_in`): its names come first.
    """
    known = policy()
    where, said = (
        _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", part)).lower()
        for part in (place, f"{title} {text[:_LOOKED_AT]}")
    )
    plain = f"{where} {said}"
    places = tuple(dict.fromkeys((*_named(address or {}), *_places(plain, known))))[:_MOST_PLACES]
    topics = dict.fromkeys(known.topics[word] for word in known.words.findall(plain))
    return Look(
        places=places,
        topics=tuple(topic for topic in topics if topic)[:_MOST_TOPICS],
        buildings=frozenset(_numeral(found) for found in _BUILDING.findall(plain)),
        zones=frozenset(_numeral(found) for found in _ZONE.findall(plain)),
        words=_without_names(said.replace(" ", ""), places),
        of_several=bool(known.several.search(said)),
    )


def _without_names(said: str, places: tuple[str, ...]) -> str:
    for name in sorted(places, key=len, reverse=True):
        said = said.replace(name, _GAP)
    return _ZONE.sub(_GAP, _BUILDING.sub(_GAP, said))


def _named(address: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name in (address.get("estate", ""), *address.get("roads", ())) if name)


def _places(plain: str, known: Policy) -> Iterator[str]:
    for found in known.places.finditer(plain):
        name = plain[found.start() - _NAME : found.end()]
        if name[_NAME - 1] not in known.no_signs and not any(
            name.endswith(none) or none.endswith(name) for none in known.no_places
        ):
            yield name


def _numeral(text: str) -> str:
    """Spell a number up to 99 in digits."""
    if text.isdecimal():
        return str(int(text))
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return "".join(_NUMERALS.get(sign, sign) for sign in text)
    return f"{_NUMERALS.get(tens, '1')}{_NUMERALS.get(ones, '0')}"


def keys(seen: Look) -> list[int]:
    """Return the keys, signed 32 bits, under which an appeal is found: its building, its places with its topics, its words.

    By its building what is told of one matter in other words is found; how many are looked at is bounded for each key.

    The smallest hashes of all shingles are a sample that two texts share in the measure of what they have in common
    (A. Z. Broder, On the resemblance and containment of documents, 1997).
    """
    topics = seen.topics or ("",)
    named = (*seen.homes, *(f"{place}|{topic}" for place in seen.places for topic in topics))
    pairs = [zlib.crc32(name.encode()) for name in named]
    encoded = seen.words[:_SKETCHED].encode("utf-16-le")
    step = 2 * _SHINGLE
    hashes = {zlib.crc32(encoded[at : at + step]) for at in range(0, max(len(encoded) - step, 0) + 1, 2)}
    return [number - 2**31 for number in dict.fromkeys([*pairs, *sorted(hashes)[:_SKETCH]])]


# -- the score -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An appeal to be compared: how it looks, when, by whom and where."""

    seen: Look
    at: datetime
    petitioner: str = ""
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How much two appeals seem to be about one matter, 0 to 1, and why, in Chinese and English."""

    score: float
    because: tuple[tuple[str, str], ...]


def score(one: Known, other: Known) -> float:
    """Score two appeals, 0 to 1."""
    return compare(one, other, explain=False).score


def compare(one: Known, other: Known, *, explain: bool = True) -> Likeness:
    """Score two appeals; each reason names what both have."""
    known = policy()
    parts = list(_parts(one, other, known, explain=explain))
    score = sum(known.weights[name] * share for name, share, _zh, _en in parts)
    return Likeness(
        score=round(max(0.0, min(score, 1.0)), 3),
        because=tuple((zh, en) for _n, share, zh, en in parts if share and zh),
    )


def _parts(one: Known, other: Known, known: Policy, *, explain: bool) -> Iterator[tuple[str, float, str, str]]:
    same = bool(one.petitioner) and one.petitioner == other.petitioner
    topics = [topic for topic in one.seen.topics if topic in other.seen.topics]
    if same:
        yield "petitioner", 1.0, "同一诉求人", "the same petitioner"
    elif topics and known.personal.issuperset(topics) and not (one.seen.of_several and other.seen.of_several):
        yield "personal", 1.0, "各人自己的事项", "each one's own affair"
    yield from _where(one, other, known)
    if topics:
        said = "、".join(topics)
        # A word in passing (电动车推进电梯) makes no matter of it.
        both_about = one.seen.topics[0] == other.seen.topics[0]
        yield "topic", 1.0 if both_about else 0.5, f"同类事项：{said}", f"the same topic: {said}"
    elif not same:
        both = bool(one.seen.topics and other.seen.topics)
        yield ("other_topic" if both else "no_topic"), 1.0, "", ""
    share = _common(one.seen.words, other.seen.words)
    longest = _phrase(one.seen.words, other.seen.words) if explain else ""
    yield "words", share, f"相同用语：“{longest}”" if longest else "", f"the same words: {longest}" if longest else ""
    days = abs((one.at - other.at).total_seconds()) / _DAY
    said = "同一天" if days < 1 else f"相隔 {round(days)} 天"
    yield "time", max(0.0, 1 - days / _FADES), said, f"{round(days)} days apart"


def _where(one: Known, other: Known, known: Policy) -> Iterator[tuple[str, float, str, str]]:
    metres = _metres(one.point, other.point)
    places = [place for place in one.seen.places if place in other.seen.places]
    if places and one.seen.zones and other.seen.zones and not one.seen.zones & other.seen.zones:
        mine, theirs = ("、".join(sorted(each.seen.zones)) for each in (one, other))
        yield "other_zone", 1.0, f"不同分区：{mine} 区、{theirs} 区", f"other zones: {mine}, {theirs}"
    elif places:
        # A part of a name is a key of its own, for who writes only that; to people the whole name says it.
        said = "、".join(place for place in places if not any(place != name and place in name for name in places))
        yield "place", 1.0, f"同一地点：{said}", f"the same place: {said}"
        if homes := [home for home in one.seen.homes if home in other.seen.homes]:
            said = "、".join(dict.fromkeys(home.rpartition("|")[2].rstrip("#") for home in homes))
            yield "building", 1.0, f"同一楼栋：{said} 号楼", f"the same building: {said}"
        elif one.seen.buildings and other.seen.buildings and not one.seen.buildings & other.seen.buildings:
            mine, theirs = (" ".join(sorted(each.seen.buildings)) for each in (one, other))
            yield "other_building", 1.0, f"不同楼栋：{mine} 号楼、{theirs} 号楼", f"other buildings: {mine}, {theirs}"
    elif metres is not None and metres <= known.metres:
        yield "place", 1.0, f"相距 {round(metres)} 米", f"{round(metres)} m apart"
    elif one.seen.places and other.seen.places:
        yield "other_place", 1.0, "", ""


def _metres(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float | None:
    """Return the distance between two points, longitude and latitude in degrees (equirectangular; they are near)."""
    if one is None or other is None:
        return None
    middle = math.radians((one[1] + other[1]) / 2)
    east = math.radians(other[0] - one[0]) * math.cos(middle)
    return _EARTH * math.hypot(east, math.radians(other[1] - one[1]))


#: Two thirds of the pairs in common are as good as all.
_ENOUGH: Final = 1.5


def _common(one: str, other: str) -> float:
    """Return which share of the shorter text's pairs of characters both have, 0 to 1."""
    pairs, others = _pairs(one), _pairs(other)
    smaller = min(len(pairs), len(others))
    if not smaller:
        return 0.0
    share = len(pairs & others) / smaller
    return min(1.0, share * _ENOUGH)


def _pairs(text: str) -> set[str]:
    return {pair for at in range(len(text) - 1) if _GAP not in (pair := text[at : at + 2])}


_SHORTEST_PHRASE: Final = 4
_LONGEST_PHRASE: Final = 16


def _phrase(one: str, other: str) -> str:
    """Return the longest phrase of both, shortened, or an empty string where none is worth showing."""
    best = ""
    for at in range(len(one)):
        while (
            len(best) < _LONGEST_PHRASE
            and at + len(best) < len(one)
            and (longer := one[at : at + len(best) + 1]) in other
            and _GAP not in longer
        ):
            best = longer
    return best if len(best) >= _SHORTEST_PHRASE else ""


def known_of(case: Any, text: str, address: Mapping[str, Any] | None) -> Known:
    """Return what is compared of a stored appeal, its text and its address."""
    point = None if case.longitude is None else (case.longitude, case.latitude)
    seen = look(case.title, text or "", case.place, address)
    return Known(seen=seen, at=case.opened_at, petitioner=case.petitioner, point=point)
