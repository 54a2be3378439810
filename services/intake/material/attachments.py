"""The pictures of appeals, as they are kept: their files, and what is known of each."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from chassis import developing
from chassis.masking import redact
from chassis.pictures import refused
from chassis.problems import ProblemError
from chassis.wire import new_id
from services.intake.models import Attachment

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from chassis.pictures import Picture

MOST_PER_APPEAL: Final = developing.MOST_PAGES


def folder_of(data: Path, case_id: str) -> Path:
    """Return the folder of an appeal's pictures."""
    return data / "attachments" / case_id[:2] / case_id


def add(session: Session, data: Path, case: Any, pictures: list[Picture], now: datetime) -> list[Attachment]:
    """Store pictures of an appeal, each once. Raises ProblemError when there would be too many.

    The files are written before the rows are committed: a row never lacks its file. An appeal that has ended takes none,
    unless another one goes on for it.
    """
    known = {row.digest: row for row in session.scalars(select(Attachment).where(Attachment.case_id == case.id))}
    fresh = [picture for picture in {p.digest: p for p in pictures}.values() if picture.digest not in known]
    if fresh and case.ended_at is not None and case.state != "merged":
        raise ProblemError(
            409,
            "illegal-step",
            "诉求已结束，照片没有保存；有新情况请重新反映",
            "The appeal is at its end, and the pictures were not stored: report what is new",
            state=case.state,
        )
    if len(known) + len(fresh) > MOST_PER_APPEAL:
        raise refused(
            f"每件诉求最多 {MOST_PER_APPEAL} 张照片（PDF 每页算一张），已有 {len(known)} 张",
            f"An appeal takes {MOST_PER_APPEAL} pictures at the most (each page of a PDF is one); it has {len(known)}",
        )
    folder = folder_of(data, case.id)
    for place, picture in enumerate(fresh, len(known) + 1):
        # A file's name may say who took it, or hold his number.
        unknown = case.details.get("confidential") or case.details.get("anonymous")
        name = f"照片{place}.jpg" if unknown else redact(picture.name).text
        row = _row(case, replace(picture, name=name), now)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _save(folder / f"{row.id}.jpg", picture.whole)
        _save(folder / f"{row.id}-small.jpg", picture.small)
        session.add(row)
        known[picture.digest] = row
        if picture.position is not None and (case.longitude, case.latitude) in ((None, None), picture.position):
            case.longitude, case.latitude = picture.position
            case.details = {**case.details, "datum": "WGS84", "position_from": row.id}
    return [known[picture.digest] for picture in pictures]


def _row(case: Any, picture: Picture, now: datetime) -> Attachment:
    longitude, latitude = picture.position or (None, None)
    return Attachment(
        id=new_id(),
        case_id=case.id,
        digest=picture.digest,
        name=picture.name,
        size=len(picture.whole),
        width=picture.width,
        height=picture.height,
        longitude=longitude,
        latitude=latitude,
        added_at=now,
    )


def _save(file: Path, content: bytes) -> None:
    with file.open("xb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
