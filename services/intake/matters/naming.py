"""Which appeal somebody means by its tracking code or its number in the ledger, whole or in part, as people say it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, text

from chassis.codes import BadCodeError, id_of
from services.intake.models import NUMBERED, Case

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_MOST: Final = 10
_PART: Final = re.compile(r"(?:\D*(?P<year>20\d\d)\D+)?第?(?P<serial>\d{1,7})号?")
_LIKE: Final = re.compile(r"(\D*)(?P<year>20\d\d)(\D+)(?P<serial>\d+)(\D*)")
_BRACKETS: Final = str.maketrans("([【", "〔〔〔") | str.maketrans(")]】", "〕〕〕")


def plain(words: str) -> str:
    """Return words without what only their typing differs in."""
    return unicodedata.normalize("NFKC", words).strip()


def coded(session: Session, words: str) -> Any | None:
    """Return the appeal of a tracking code, if it is one."""
    try:
        return session.get(Case, id_of(plain(words)))
    except BadCodeError:
        return None


def numbered(session: Session, words: str) -> list[Any]:
    """Return the appeals that have a number in the ledger."""
    number = re.sub(r"\s+", "", plain(words)).translate(_BRACKETS)
    newest = session.scalar(select(Case.number).where(text(NUMBERED)).order_by(Case.opened_at.desc()).limit(1))
    in_ledger = select(Case).where(text(NUMBERED), Case.number.in_([number, whole(number, newest or "")])).limit(_MOST)
    return [*session.scalars(in_ledger)]


def whole(said: str, newest: str) -> str:
    """Spell a number of the ledger that is said in part, such as 123 or 2026年123号, as the newest one is spelled."""
    part, like = _PART.fullmatch(said), _LIKE.fullmatch(newest)
    if part is None or like is None:
        return said
    return f"{like[1]}{part['year'] or like['year']}{like[3]}{part['serial'].zfill(len(like['serial']))}{like[5]}"
