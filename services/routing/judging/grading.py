"""Grades haste and stake from plain words, and tells kind, people, groups and the legal route."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.routing.judging.alarm import Alarm
from services.routing.judging.letter import DENIED, HEADS, SHORT, Letter, Placed, outermost
from services.routing.judging.lexicon import KINDS, SPOKEN, URGENCIES, Category, Lexicon, split, words_of
from services.routing.judging.result import Finding, Reason


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
        title = flags.in_place(lists["title"], *HEADS)
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


_BY_CHANNEL, _IN_TWO_WORDS, _IN_ONE_WORD = 0.95, 0.85, 0.7


def persons_in(flags: Flags, lexicon: Lexicon, channel: str) -> list[Finding]:
    """Say what kinds of people it is about (人员类别): by the channel that is theirs alone, and by words not denied."""
    of_people = outermost(hit for hit in flags.hits if hit.word in lexicon.words_of_people)
    before = {hit.word: flags.letter.text[max(0, hit.start - 3) : hit.start] for hit in of_people}
    found = []
    for code, row in lexicon.person_kinds.items():
        words = tuple(word for word in before if word in words_of(row["words"]) and not before[word].endswith(DENIED))
        if channel and channel in row.get("channels", ()):
            found.append(Finding("person_kind", code, _BY_CHANNEL, ("来源渠道", *words)))
        elif words:
            found.append(Finding("person_kind", code, _IN_TWO_WORDS if words[1:] else _IN_ONE_WORD, words))
    return found


def urgency_of(
    flags: Flags,
    category: Category,
    lexicon: Lexicon,
    alarm: Alarm,
    *,
    kind: str,
    people: int | None,
    month: int | None,
) -> tuple[str, Reason]:
    """Grade the haste: danger now, then the category's own conditions, then the kind of the appeal."""
    tables = lexicon.urgency
    raised = _raised(flags, category, tables, alarm, people=people)
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
    return level, Reason(f"{category.name_zh}的通常紧急程度：{SPOKEN[level]}", (), 1.0)


def _raised(
    flags: Flags, category: Category, tables: Mapping[str, Any], alarm: Alarm, *, people: int | None
) -> tuple[str, Reason] | None:
    past = words_of(tables["past"]["words"])
    for rule in () if alarm.denies else tables["danger"]:
        words = flags.told_now(rule["words"], past=past)
        if words:
            return "I", Reason(f"紧急：{rule['what']}", words, 5.0)
    if alarm.rings:
        return "I", Reason(f"紧急：听来是正在发生的险情（与例话相近，把握 {alarm.share:.0%}）", alarm.words, 3.0)
    for rule in tables["people"]:
        if people is not None and people >= rule["at_least"] and category.code in split(rule["categories"]):
            return rule["level"], Reason(f"紧急：涉及 {people} 人，不少于 {rule['at_least']} 人", (str(people),), 3.0)
    met = [
        (URGENCIES.index(rule["level"]), words)
        for rule in tables["raise"]
        if rule["category"] == category.code
        and not (alarm.denies and rule["level"] == "I")
        and (words := flags.seen(rule["words"]))
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


def route_of(flags: Flags, lexicon: Lexicon, alarm: Alarm) -> tuple[str | None, str | None, list[Reason]]:
    """Name the legal route that takes the matter away from us, and the emergency number it is relayed to."""
    routes = lexicon.routes
    reasons = []
    not_accepted = None
    for rule in routes["not_accepted"]:
        words = flags.in_place(rule["words"], *HEADS, "opening") or (
            seen if len(seen := flags.seen(rule["words"])) > 1 else ()
        )
        if words:
            not_accepted = rule["route"]
            reasons.append(Reason(f"可能不属受理范围，应走{rule['route_zh']}渠道", words[:4], 1.0))
            break
    past = words_of(lexicon.urgency["past"]["words"])
    called = len(flags.letter.text) <= routes["now"]["short_call"]
    now = frozenset() if called else words_of(routes["now"]["words"])
    relays = [
        (rule["number"], words)
        for rule in routes["relay"]
        if not alarm.denies and (words := flags.told_now(rule["words"], past=past, now=now))
    ]
    relay, words = relays[0] if relays else (None, ())
    relay = relay or alarm.line
    if relay is not None:
        reasons.append(Reason(f"即时转 {relay}", words or alarm.words, 5.0))
    return not_accepted, relay, reasons


OUT_FRONT, IN_PASSING, UNSAID = 0.9, 0.7, 0.5


def named(of: str, groups: Mapping[str, str], flags: Flags) -> list[Finding]:
    """Say which groups a letter names, those of its title and opening first, and surer of them; nothing if it names none."""
    hits = list(outermost(hit for hit in flags.hits if hit.word in groups))
    if not hits:
        return []
    front = [hit for hit in hits if hit.place in {*HEADS, "opening"}]
    words = tuple(dict.fromkeys(hit.word for hit in (*front, *hits)))
    value = tuple(dict.fromkeys(groups[word] for word in words))
    return [Finding(of, value, OUT_FRONT if front else IN_PASSING, words[:6])]
