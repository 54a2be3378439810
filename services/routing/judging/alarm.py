"""Hears an emergency in what somebody says, also where none of its words is said: learned from made-up calls."""

from typing import NamedTuple

from services.routing.judging.letter import Letter
from services.routing.judging.lexicon import Lexicon
from services.routing.judging.opinions import NO_ALARM, MadeUp, likeliest

_CARE = "care"


class Alarm(NamedTuple):
    """What is heard: the emergency number, if one is to be called, how sure that is (0 to 1), and in which words.

    It `rings` where it is sure, of a few characters surer; it `denies` the words of danger in what is heard whole and
    sounds like none.
    """

    line: str | None
    share: float
    words: tuple[str, ...]
    rings: bool
    denies: bool


def alarm_of(letter: Letter, lexicon: Lexicon) -> Alarm:
    """Listen to a call, or to the beginning of a longer letter."""
    settings = lexicon.urgency["alarm"]
    heard, head = letter.text[: settings["heard_within"]], MadeUp.head("alarm")
    opinion = head.judge(heard, words=False)
    share = 1 - opinion.shares[NO_ALARM]
    few = max(len(letter.title), len(letter.body)) < settings["few"]
    sure, denied = (settings[f"{name}_of_few" if few else name] for name in ("sure", "denied"))
    rings = share >= sure
    asks, own = (any(word in heard for word in settings[name].split()) for name in ("asks", "own"))
    may_be_calm = asks and not own if few else heard == letter.text
    numbers = {label: value for label, value in opinion.shares.items() if label not in (NO_ALARM, _CARE)}
    called = rings and sum(numbers.values()) > opinion.shares[_CARE]
    return Alarm(
        line=likeliest(numbers) if called else None,
        share=share,
        words=head.judge(heard).words if rings else (),
        rings=rings,
        denies=share < denied and may_be_calm,
    )
