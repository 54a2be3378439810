"""Judges what an appeal is about, where it belongs, how urgent and how severe it is, from its words alone.

Nothing is asked of the network: a lexicon written by hand gives each word a weight, the place where a word stands
multiplies it, words that belong together add to it, and a second stage lets a few combinations beat the winner of the
first. Where the words leave the mechanism open, a small model learned from the made-up letters that came with the
service (`data/letters.toml`) is asked; where one was trained on labelled letters (`learned.py`), its opinion is mixed
in; both are said. Every result has a confidence and names the words that decided it. The same text gives the same result.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from services.routing.judging.alarm import Alarm, alarm_of
from services.routing.judging.grading import (
    OUT_FRONT,
    UNSAID,
    Flags,
    kind_of,
    named,
    persons_in,
    route_of,
    severity_of,
    urgency_of,
)
from services.routing.judging.learned import Model
from services.routing.judging.letter import READ_AT_END, Letter, placed
from services.routing.judging.lexicon import (
    MECHANISMS,
    READ_AT_MOST,
    SEVERITIES,
    SPOKEN,
    URGENCIES,
    Category,
    Lexicon,
    shipped,
    words_of,
)
from services.routing.judging.numbers import Extracted, amount_in, people_in
from services.routing.judging.opinions import MadeUp, Second, likeliest, spread
from services.routing.judging.result import Finding, Reason, Triage
from services.routing.judging.weighing import (
    Scores,
    category_shares,
    grouped,
    overriding,
    reasons_of,
    shares_of,
    weigh_pairs,
    weigh_words,
    words_for,
)

# How sure a level of urgency is, by the weight of its ground; the usual level of a category is as sure as the category.
_SURE_OF_HASTE = {5.0: 0.95, 3.0: 0.85, 2.0: 0.75}


_LIKE_LETTERS = "与例信相近"


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
    said = [Reason(f"诉求类型：{SPOKEN[kind]}", tuple(dict.fromkeys(kind_words))[:4], 1.0)] if kind_words else []
    people, amount = people_in(letter.text), amount_in(letter.text)
    return Heard(flags, scores, kind, categories, mechanisms, people, amount, second_stage, said)


def needing(heard: Heard, mechanism: str, lexicon: Lexicon) -> Heard:
    """Hear a cry for help in what tells a need and blames nobody, where nothing else says what it is."""
    need, words = lexicon.routes["need"], {word for reason in heard.said for word in reason.words}
    if (
        heard.kind != "complaint"
        or mechanism not in words_of(need["mechanisms"])
        or words - words_of(need["blameless"])
    ):
        return heard
    return heard._replace(kind="help", said=[])


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
    return Second(model, letter.text, of=_LIKE_LETTERS, weight=weight)


def liken(worded: Mapping[str, float], alike: Second, heard: Heard, lexicon: Lexicon) -> dict[str, float]:
    """Multiply the shares that the words give with those that the made-up letters give (a logarithmic pool).

    What they say for a mechanism that the words speak against is not heard.
    """
    opinion = alike.asked("mechanism")
    if opinion is None:
        return dict(worded)
    # Of what is like nothing, a greater weight would only make a guess look sure.
    unsure = opinion.shares[opinion.label] < lexicon.decision["likeness_unsure"]
    weight = min(opinion.weight, 1.0) if unsure else opinion.weight
    pool = {
        name: lexicon.liked(name, share, opinion.shares.get(name, 0) if heard.mechanisms[name] >= 0 else 0, weight)
        for name, share in worded.items()
    }
    total = sum(pool.values())
    return {name: share / total for name, share in pool.items()}


def told_otherwise(
    letter: Letter, heard: Heard, shares: Mapping[str, float], lexicon: Lexicon
) -> tuple[dict[str, float], Second] | None:
    """Let the made-up letters decide where a long letter is left to the hotline, and they are sure of another mechanism.

    The hotline gets what no other mechanism's words are in; quarrels, wages and need are often told without them.
    """
    if likeliest(shares, MECHANISMS) != "hotline" or heard.kind == "praise" or heard.beaten:
        return None
    if len(letter.text) < lexicon.decision["likeness_sure_from"]:
        return None
    opinion = MadeUp.head("mechanism").judge(letter.text, words=False)
    likest, sure = opinion.label, opinion.shares[opinion.label]
    if sure < lexicon.decision.get(f"likeness_sure_of_{likest}", math.inf) or heard.mechanisms[likest] < 0:
        return None
    alike = Second(MadeUp(), letter.text, of=_LIKE_LETTERS, weight=1.0)
    alike.asked("mechanism")
    return {name: (1 - sure) * share + sure * (name == likest) for name, share in shares.items()}, alike


def grade(
    heard: Heard, category: Category, sure: float, alarm: Alarm, second: Second, lexicon: Lexicon, *, month: int | None
) -> tuple[list[Finding], list[Reason], str | None, str | None]:
    """Grade haste and stake, each apart, and name the legal route and the emergency number, if there is one.

    `sure` is the category's share: its usual urgency is no surer than it. What the words of danger say, no second
    opinion plays down.
    """
    people, amount = heard.people and heard.people.value, heard.amount and heard.amount.value
    urgency, urgent = urgency_of(heard.flags, category, lexicon, alarm, kind=heard.kind, people=people, month=month)
    severity, clear, severe = severity_of(heard.flags, lexicon, kind=heard.kind, people=people, amount=amount)
    not_accepted, relay, routed = route_of(heard.flags, lexicon, alarm)
    if relay is not None or alarm.rings:
        urgency = "I"
        severity = severity if severity == "critical" else "serious"
    levels = spread(urgency, _SURE_OF_HASTE.get(urgent.weight, sure), URGENCIES)
    if urgency != "I":
        levels = second.weighed("urgency", levels)
        urgency = likeliest(levels, URGENCIES)
    grades = second.weighed("severity", spread(severity, clear, SEVERITIES))
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
    likened = liken(worded, alike, heard, lexicon)
    likened, alike = told_otherwise(letter, heard, likened, lexicon) or (likened, alike)
    shares = second.weighed("mechanism", likened)
    winner = likeliest(shares, MECHANISMS)
    runner_up = likeliest({name: share for name, share in shares.items() if name != winner}, MECHANISMS)
    heard = needing(heard, winner, lexicon)
    among_own = category_shares(winner, heard.categories, heard.kind, lexicon)
    by_category = second.weighed("category", alike.weighed(winner, among_own), among=lexicon.codes[winner])
    category = lexicon.taxonomy[likeliest(by_category)]
    decided = [*heard.beaten, *reasons_of(winner, heard.categories, heard.scores, lexicon)[:5]]
    alarm = alarm_of(letter, lexicon)
    graded, grounds, not_accepted, relay = grade(
        heard, category, by_category[category.code], alarm, second, lexicon, month=month
    )
    official = second.asked("official")
    by_likeness = alike.reasons[:1] if alike.said.get("mechanism") == winner else []
    telling = tuple(dict.fromkeys(word for reason in (*decided[:3], *by_likeness) for word in reason.words))[:6]
    by_words, sure = words_for(category.code, heard.scores), by_category[category.code]
    asked = heard.said[0].words if heard.said else ()
    findings = [
        Finding("mechanism", winner, shares[winner], telling),
        Finding("category", category.code, sure, by_words),
        Finding("db44", category.db44, sure, by_words),
        Finding("kind", heard.kind, OUT_FRONT if asked else UNSAID, asked),
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
        warn_at_once=alarm.rings or any(lexicon.sensitive_of[word] in lexicon.at_once for word in sensitive),
        involved=values.get("involved", ()),
        people=values.get("people"),
        amount=values.get("amount"),
        person_kinds=tuple(person.value for person in persons),
        not_accepted=not_accepted,
        relay=relay,
        shares=shares,
    )
