"""The knowledge base as its owner tells it: found by words, and what may be answered with (pure)."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final, Protocol

from chassis.workcalendar import local_date
from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from chassis.workflow import CaseView, Moment, Values

#: A pair of characters in the title counts three times one in the answer, one in a question twice.
_WEIGHTS: Final = (("title", 3), ("questions", 2), ("answer", 1))
_LONGEST_QUERY: Final = 300
#: What has fewer of a query's pairs, or less of them in its title and questions, fits by chance.
_LEAST: Final = 2
#: What has less than this part of the best one's score is about something else.
_FAR_BEHIND: Final = 3
_NOT_WORDS: Final = re.compile(r"[\W_]+")


class Entry(Protocol):
    """An entry as its owner has told it last."""

    id: Any
    kind: Any
    version: Any
    title: Any
    questions: Any
    answer: Any
    basis: Any
    owner: Any
    review_by: Any
    checked: Any
    href: Any


class Book(Protocol):
    """What rules are told beside the case, as `moment.known()` gives it."""

    def entry(self, said: str) -> Entry | None:
        """Return the entry of an id or of a title, or None."""


def _pairs(text: str) -> set[str]:
    runs = _NOT_WORDS.split(unicodedata.normalize("NFKC", text).lower())
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}


def matching(entries: Iterable[Entry], query: str, most: int = 8) -> list[Entry]:
    """Return the entries that share most pairs of characters with a text, the best first; none for a single character."""
    asked = _pairs(query[:_LONGEST_QUERY])
    scored = []
    for one in entries:
        places = {name: _pairs(_text(getattr(one, name))) & asked for name, _ in _WEIGHTS}
        if len(set().union(*places.values())) >= min(_LEAST, len(asked)) and (places["title"] or places["questions"]):
            scored.append((sum(weight * len(places[name]) for name, weight in _WEIGHTS), one))
    scored.sort(key=lambda found: (-found[0], found[1].id))
    return [one for score, one in scored if score * _FAR_BEHIND >= scored[0][0]][:most]


def _text(said: str | list[str]) -> str:
    return said if isinstance(said, str) else "\n".join(said)


def refusal(one: Entry, today: date) -> Refusal | None:
    """Say why nobody may be answered with an entry, or None where he may."""
    if not one.checked:
        return Refusal(
            f"条目“{one.title}”尚未经另一人复核，复核之前不能用来答复",
            f"nobody but its writer has read the entry {one.id} yet; until then nobody is answered with it",
        )
    if today > one.review_by:
        return Refusal(
            f"条目“{one.title}”已过复核期（{one.review_by}），请责任单位复核后再用，或者自行核实后答复",
            f"the entry {one.id} was to be reviewed by {one.review_by}: ask its owner, {one.owner}",
        )
    return None


def _entry(form: Values, moment: Moment) -> Entry | None:
    book: Book | None = moment.known()
    return book.entry(form["entry"]) if book else None


def entry_holds(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an entry that is not there, was changed since it was seen, or may not be answered with."""
    if not form:
        return None
    one = _entry(form, moment)
    if one is None:
        return Refusal(
            f"知识库中没有“{form['entry']}”：请用“查知识库”选择，确实没有的用“知识库没有，据实解答”",
            f"the knowledge base has no entry {form['entry']!r}: choose one, or answer from elsewhere",
        )
    if form["entry_version"] is not None and form["entry_version"] != one.version:
        return Refusal(
            f"条目“{one.title}”刚刚改过（第{one.version}版），请按新内容重新答复",
            f"the entry {one.id} was changed meanwhile (version {one.version}); answer with what it says now",
        )
    return refusal(one, local_date(moment.now))


def answered(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the entry as it was answered with: version, owner, until when it holds, the words; its own where others were told."""
    one = _entry(form, moment)
    assert one is not None  # noqa: S101 - refused before
    kept = {name: getattr(one, name) for name in ("basis", "owner", "review_by")}
    said = {
        "entry": one.id,
        "entry_name": one.title,
        "entry_version": one.version,
        "answer": form["answer"].strip() or one.answer,
    }
    if said["answer"] != one.answer:
        kept["entry_said"] = one.answer
    return {"knowledge_consulted": {**said, **kept}}
