"""What an appeal is found by while somebody is on the line: his telephone, the tracking code, or a number.

None of it stands in an address: addresses are logged.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, text

from chassis import case_doors
from chassis.codes import BadCodeError, id_of
from services.intake import register, rules
from services.intake.models import NUMBERED, Case
from services.intake.ways_in import entrances

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.keys import KeyFolder

LONGEST: Final = 120
#: The newest appeals of one telephone.
_MOST: Final = 10
_LOOKED: Final = "按来电号码查找本人诉求"
_PART: Final = re.compile(r"(?:\D*(?P<year>20\d\d)\D+)?第?(?P<serial>\d{1,7})号?")
_LIKE: Final = re.compile(r"(\D*)(?P<year>20\d\d)(\D+)(?P<serial>\d+)(\D*)")
_BRACKETS: Final = str.maketrans("([【", "〔〔〔") | str.maketrans(")]】", "〕〕〕")


def said(session: Session, words: str, keys: KeyFolder, who: Principal) -> list[Any]:
    """Return the appeals that somebody may mean, the newest first; each that is found by a telephone is on record."""
    plain = unicodedata.normalize("NFKC", words).strip()
    try:
        coded = session.get(Case, id_of(plain))
    except BadCodeError:
        coded = None
    if coded is not None:
        return [coded]
    return of_phone(session, plain, keys, who) or _numbered(session, plain)


def of_phone(session: Session, words: str, keys: KeyFolder, who: Principal) -> list[Any]:
    """Return the newest appeals of a telephone; not those that were to be kept confidential, whoever it is that calls."""
    phone = rules.phone_of(words)
    if phone is None:
        return []
    petitioner = register.petitioner_of(phone, keys, confidential=False)
    mine = select(Case).where(Case.petitioner == petitioner).order_by(Case.opened_at.desc()).limit(_MOST)
    found = [*session.scalars(mine)]
    for case in found:
        case_doors.log_look(session, who, case, ["phone"], _LOOKED)
    return found


def whole(said: str, newest: str) -> str:
    """Spell a number of the ledger that is said in part, such as 123 or 2026年123号, as the newest one is spelled."""
    part, like = _PART.fullmatch(said), _LIKE.fullmatch(newest)
    if part is None or like is None:
        return said
    return f"{like[1]}{part['year'] or like['year']}{like[3]}{part['serial'].zfill(len(like['serial']))}{like[5]}"


def _numbered(session: Session, words: str) -> list[Any]:
    number = re.sub(r"\s+", "", words).translate(_BRACKETS)
    newest = session.scalar(select(Case.number).where(text(NUMBERED)).order_by(Case.opened_at.desc()).limit(1))
    in_ledger = select(Case).where(text(NUMBERED), Case.number.in_([number, whole(number, newest or "")])).limit(_MOST)
    sources = [one.source for one in entrances.table().by_code.values() if one.source]
    outside = select(Case).where(Case.source.in_(sources), Case.external_number == words).limit(_MOST)
    return [*session.scalars(in_ledger)] or [*session.scalars(outside)]
