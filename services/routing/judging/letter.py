"""An appeal as the classifier reads it: its tidied text, the places of its sentences, and the words found there."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.routing.judging.lexicon import READ_AT_MOST, Hit, Lexicon

READ_AT_END = 1500
OPENING = 70
SHORT = 150


class NothingToClassifyError(ValueError):
    """The appeal has no text."""


def outermost(hits: Iterable["Placed"]) -> Iterator["Placed"]:
    """Leave out each word that lies inside one before it."""
    reached = 0
    for hit in hits:
        if hit.end > reached:
            reached = hit.end
            yield hit


# Characters that carry no word: controls, zero-width marks and what stands between Chinese characters by accident.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe0f]")
_SPACES_WITHIN = re.compile(r"(?<=[\u3400-\u9fff])[ \t\u3000]+(?=[\u3400-\u9fff])")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
_GREETING = re.compile(
    r"^(?:尊敬的[^,，:：!！。\n]{0,20}[,，:：!！。\s]+|各?位?(?:领导|书记|市长|区长|县长)[,，:：!！。\s]*|(?:你|您)们?好[,，:：!！。\s]*)+"
)
_REQUEST = re.compile(r"请(?!问过)|要求|希望|恳请|盼|建议|能否|可否|是否可以|求助|诉求|呼吁|望")
#: The places that say what a letter is about: the title, and in its stead the first sentence.
HEADS = ("title", "lead")
DENIED = ("不是", "并非", "不属于", "而非", "不属", "无关")


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
