"""Hears an emergency in what somebody says, also where none of its words is said: learned from made-up calls."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from services.routing.judging.learned import Head, train_head
from services.routing.judging.letter import Letter
from services.routing.judging.lexicon import Lexicon
from services.routing.judging.opinions import likeliest, made_up_letters

_NONE, _CARE = "none", "care"
#: Of the made-up letters, so many to one are told it as well, as what is no emergency.
_ONE_OF_LETTERS = 8


class Alarm(NamedTuple):
    """What is heard: the emergency number, if one is to be called, how sure that is (0 to 1), and in which words.

    It `rings` where it is sure; it `denies` the words of danger in what is short enough to be heard whole.
    """

    line: str | None
    share: float
    words: tuple[str, ...]
    rings: bool
    denies: bool


@cache
def head() -> Head:
    """Learn from the calls that came with this service, once; it takes half a second."""
    table = tomllib.loads(files("services.routing").joinpath("data", "calls.toml").read_text("utf-8"))
    calls = [(text, label) for label, texts in table.items() for text in texts]
    calls += [(text, _NONE) for text, _ in made_up_letters()["mechanism"][::_ONE_OF_LETTERS]]
    return train_head(calls, least=1, short=True)


def alarm_of(letter: Letter, lexicon: Lexicon) -> Alarm:
    """Listen to a call, or to the beginning of a longer letter."""
    settings = lexicon.urgency["alarm"]
    opinion = head().judge(letter.text[: settings["heard_within"]])
    share = 1 - opinion.shares[_NONE]
    likest = likeliest({label: value for label, value in opinion.shares.items() if label != _NONE})
    rings = share >= settings["sure"]
    return Alarm(
        line=likest if rings and likest != _CARE else None,
        share=share,
        words=opinion.words if rings else (),
        rings=rings,
        denies=share < settings["denied"] and len(letter.text) <= settings["heard_within"],
    )
