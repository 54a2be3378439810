"""What an appeal is found by while somebody is on the line: his telephone, the tracking code, or a number.

None of it stands in an address: addresses are logged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from chassis import case_doors
from services.intake import register, rules
from services.intake.matters import naming
from services.intake.models import Case
from services.intake.ways_in import entrances

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.keys import KeyFolder

LONGEST: Final = 120
#: The newest appeals of one telephone.
_MOST: Final = 10
_LOOKED: Final = "按来电号码查找本人诉求"


def said(session: Session, words: str, keys: KeyFolder, who: Principal) -> list[Any]:
    """Return the appeals that somebody may mean, the newest first; each that is found by a telephone is on record."""
    plain = naming.plain(words)
    coded = naming.coded(session, plain)
    if coded is not None:
        return [coded]
    return of_phone(session, plain, keys, who) or naming.numbered(session, plain) or _from_outside(session, plain)


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


def _from_outside(session: Session, words: str) -> list[Any]:
    sources = [one.source for one in entrances.table().by_code.values() if one.source]
    outside = select(Case).where(Case.source.in_(sources), Case.external_number == words).limit(_MOST)
    return [*session.scalars(outside)]
