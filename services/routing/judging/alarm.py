"""Hears an emergency in what somebody says, also where none of its words is said: learned from made-up calls."""

from typing import NamedTuple

from services.routing.judging.letter import Letter
from services.routing.judging.lexicon import Lexicon
from services.routing.judging.opinions import NO_ALARM, MadeUp, likeliest

_CARE = "care"


class Alarm(NamedTuple):
    """What is heard: the emergency number, if one is to be called, how sure that is (0 to 1), and in which words.

    It `rings` where it is sure; it `denies` the words of danger in what is short enough to be heard whole.
    """

    line: str | None
    share: float
    words: tuple[str, ...]
    rings: bool
    denies: bool


def alarm_of(letter: Letter, lexicon: Lexicon) -> Alarm:
    """Listen to a call, or to the beginning of a longer letter."""
    settings = lexicon.urgency["alarm"]
    opinion = MadeUp.head("alarm").judge(letter.text[: settings["heard_within"]])
    share = 1 - opinion.shares[NO_ALARM]
    likest = likeliest({label: value for label, value in opinion.shares.items() if label != NO_ALARM})
    rings = share >= settings["sure"]
    return Alarm(
        line=likest if rings and likest != _CARE else None,
        share=share,
        words=opinion.words if rings else (),
        rings=rings,
        denies=share < settings["denied"] and len(letter.text) <= settings["heard_within"],
    )
