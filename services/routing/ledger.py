"""What the ledger (台账) may be narrowed by, and how it is searched.

Chinese is not cut into words. So on PostgreSQL the pairs of characters that follow one another are in an index (GIN), and
what is found by them is held against the text itself. SQLite, where a street's office runs it alone, reads the text.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, literal_column, or_, select, tablesample, text, update

from chassis import bulk
from chassis.listing import Filter, Walked, wrong
from chassis.masking import redact
from services.routing.judging.lexicon import category_words, person_kinds
from services.routing.models import Base, Case, Counter, Words
from services.routing.rules import (
    CHANNELS,
    MECHANISMS,
    SEVERITIES,
    URGENCIES,
    ledger_number,
    numbers_named,
    units,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from chassis.work import Work

#: The digits that a group of categories has, of the four of each category in it.
_GROUP: Final = 2
_PAIR: Final = 2
_LONGEST: Final = 60
_MOST_PARTS: Final = 6
#: Lines that a chore takes up at once.
_AT_ONCE: Final = 500
#: So many pages of the table, some thousand lines, say how many lines hold what is asked for.
_SAMPLE: Final = 150
#: Where so many lines hold it, a page of them is met sooner on the way along the list than all of them are looked up.
_OFTEN = 5_000


# -- narrowing ----------------------------------------------------------------


def in_category(_session: Session, case: Any, code: str) -> ColumnElement[bool]:
    """Select the lines of a category of four digits, or of the group that two digits name."""
    if len(code) == _GROUP:
        return and_(case.category >= code, case.category < f"{int(code) + 1:0{_GROUP}}")
    condition: ColumnElement[bool] = case.category == code
    return condition


def _is_rare(case: Any) -> ColumnElement[bool]:
    """Say what the index of what few lines have is made by, so that it can be read by (`cases_rare`)."""
    return or_(case.person_kind != literal_column("''"), case.urgency == literal_column("'I'"))


def in_urgency(_session: Session, case: Any, level: str) -> ColumnElement[bool]:
    """Select the lines of an urgency."""
    condition: ColumnElement[bool] = case.urgency == level
    return and_(condition, _is_rare(case)) if level == "I" else condition


def about_person_kind(_session: Session, case: Any, kind: str) -> ColumnElement[bool]:
    """Select the lines that are about a kind of people, among others perhaps."""
    return and_(case.person_kind.contains(f",{kind},", autoescape=True), _is_rare(case))


def found_silent(_session: Session, case: Any, _yes: str) -> ColumnElement[bool]:
    """Select the open lines that were found silent and of which nothing was heard since."""
    return and_(case.ended_at.is_(None), case.silent_at.is_not(None), case.silent_at > case.updated_at)


# -- searching ----------------------------------------------------------------


def fold(text: str) -> str:
    """Return a text as it is searched: full-width as half-width characters (Unicode NFKC), and without capitals."""
    return unicodedata.normalize("NFKC", text).casefold()


def searchable(*texts: str) -> str:
    """Return what a line of the ledger is searched by, with the numbers of people masked."""
    return fold(redact("\n".join(texts)).text)


def keep_words(work: Work) -> bool:
    """Keep what the next lines are searched by, in the order of their numbers; return whether more are left.

    A number is given under a lock that is held until the commit: whatever is numbered up to the last one is there.
    """
    session = work.session
    behind = select(Counter.year, Counter.last, Counter.searchable).where(Counter.searchable < Counter.last)
    year = session.execute(behind.order_by(Counter.year).limit(1)).one_or_none()
    if year is None:
        return False
    last = min(year.last, year.searchable + _AT_ONCE)
    numbers = [ledger_number(year.year, serial) for serial in range(year.searchable + 1, last + 1)]
    columns = (Case.id, Case.number, Case.title, Case.place, Case.details["text"].as_string())
    lines = session.execute(select(*columns).where(Case.number.in_(numbers))).all()
    words = [{"case_id": line[0], "words": searchable(*(part or "" for part in line[1:]))} for line in lines]
    bulk.write(session, Base.metadata.tables[Words.__tablename__], words, keys=("case_id",))
    session.execute(update(Counter).where(Counter.year == year.year).values(searchable=last))
    return True


def containing(session: Session, case: Any, asked: str) -> ColumnElement[bool] | Walked:
    """Select the line of a number, or the lines in which all that is asked for stands, each part of it as it is written."""
    parts = fold(asked).split()
    if not 1 <= len(parts) <= _MOST_PARTS or len(asked) > _LONGEST or any(len(part) < _PAIR for part in parts):
        raise wrong(
            "search",
            f"请输入 1 到 {_MOST_PARTS} 个词，用空格分开，每个词至少 {_PAIR} 个字，总共不超过 {_LONGEST} 个字",
            f"1 to {_MOST_PARTS} words of {_PAIR} or more characters each, {_LONGEST} characters in all at the most",
        )
    if redact(asked).text != asked:
        raise wrong(
            "search",
            "台账中的电话、证件号和卡号已隐去，不能按它们查找；请用编号、标题、内容或地点",
            "numbers of telephones, identity and bank cards are masked here: search by number, title, text or place",
        )
    named = numbers_named(asked, session.scalars(select(Counter.year)))
    if named and session.scalar(select(case.id).where(case.number.in_(named)).limit(1)):
        numbered: ColumnElement[bool] = case.number.in_(named)
        return numbered
    if session.get_bind().dialect.name != "postgresql" or _stand_in_many(session, parts):
        # OFFSET 0 keeps the lines in their order, each looked at in its turn.
        return Walked(
            lambda line: select(Words.case_id).where(Words.case_id == line, _all(Words.words, parts)).offset(0).exists()
        )
    pairs = (func.ledger_pairs(Words.words).op("@>")(func.ledger_pairs(part)) for part in parts)
    found: ColumnElement[bool] = case.id.in_(select(Words.case_id).where(*pairs, _all(Words.words, parts)).offset(0))
    return found


def _all(words: Any, parts: list[str]) -> ColumnElement[bool]:
    return and_(*(words.contains(part, autoescape=True) for part in parts))


def _stand_in_many(session: Session, parts: list[str]) -> bool:
    """Estimate whether many lines hold all these words, by some of them from all over the ledger."""
    blocks = session.scalar(text("SELECT pg_relation_size('ledger_words') / current_setting('block_size')::int")) or 1
    share = min(1.0, _SAMPLE / blocks)
    some = tablesample(Words.__table__, func.system(100 * share), seed=literal_column("0"))
    hits = session.scalar(select(func.count()).select_from(some).where(_all(some.c.words, parts))) or 0
    return hits / share >= _OFTEN


def _themselves(*values: str) -> dict[str, str]:
    return {value: value for value in values}


FILTERS: Final = (
    Filter(name="search", where=containing),
    Filter(name="channel", choices=_themselves(*CHANNELS)),
    Filter(name="mechanism", choices=_themselves(*MECHANISMS)),
    Filter(name="category", choices=category_words(), where=in_category),
    Filter(name="urgency", choices=_themselves(*URGENCIES), where=in_urgency),
    Filter(name="severity", choices=_themselves(*SEVERITIES)),
    Filter(name="person_kind", choices=_themselves(*person_kinds()), where=about_person_kind),
    Filter(name="unit", choices=_themselves(*units())),
    Filter(name="silent", flag=True, where=found_silent),
)
