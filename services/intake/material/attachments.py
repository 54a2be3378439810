"""Pictures: judged by what they hold, made anew, and stripped of all but what is to be seen."""

from __future__ import annotations

import hashlib
import io
import os
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select

from chassis.masking import redact
from chassis.problems import ProblemError
from chassis.wire import new_id
from services.intake import rules
from services.intake.models import Attachment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

MOST_PER_APPEAL: Final = 9
MOST_BYTES: Final = 15 * 1024 * 1024
KINDS: Final = ("JPEG", "PNG", "WEBP")

_MOST_PIXELS: Final = 60_000_000
#: What a decoder that can't shrink on the way may unpack, so that one picture can't fill the memory.
_MOST_PIXELS_WHOLE: Final = 24_000_000
_LONGEST_SIDE: Final = 2560
_SMALL_SIDE: Final = 360
_QUALITY: Final = 85
_LONGEST_NAME: Final = 80
_GPS: Final = 0x8825
#: Ten is usual where there is more than one.
_MOST_SCANS: Final = 50
#: What no data between markers looks like: there 0xFF is followed by zero, or by the number of a restart.
_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
_BEGIN, _SCAN, _END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"

Image.init()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture ready to be stored, with the position that its camera wrote into it, in WGS 84."""

    name: str
    digest: str
    whole: bytes
    small: bytes
    width: int
    height: int
    position: tuple[float, float] | None


def refused(zh: str, en: str) -> ProblemError:
    """Make the answer to a picture that can't be taken."""
    return ProblemError(
        422,
        "invalid",
        "照片无法接收",
        "The picture can't be taken",
        errors=[{"pointer": "/photos", "zh": zh, "en": en}],
    )


def prepared(raw: bytes, name: str) -> Picture:
    """Read a picture and make it anew. Raises ProblemError for what is none, or too large."""
    shown = clean_name(name)
    if len(raw) > MOST_BYTES:
        raise refused(f"{shown}：单张照片不能超过 15 MB", f"{shown}: a picture must not exceed 15 MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _made_anew(raw, shown)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, EOFError) as error:
        raise refused(
            f"{shown}：不是完整的照片，请上传 JPEG、PNG 或 WebP",
            f"{shown}: not a whole picture; send JPEG, PNG or WebP",
        ) from error


def _made_anew(raw: bytes, name: str) -> Picture:
    with Image.open(io.BytesIO(raw), formats=KINDS) as image:
        width, height = image.size
        # A phone's JPEG may hold several pictures; Pillow then calls it MPO. One that comes in scans is held whole.
        jpeg = image.format in ("JPEG", "MPO")
        shrinks = jpeg and not image.info.get("progressive")
        if width * height > (_MOST_PIXELS if shrinks else _MOST_PIXELS_WHOLE):
            raise refused(f"{name}：照片尺寸 {width}×{height} 过大", f"{name}: {width}×{height} pixels are too many")
        if jpeg and has_too_many_scans(raw):
            raise refused(f"{name}：照片文件异常，请另存后再传", f"{name}: it is not made like a photo; save it anew")
        position = position_of(image)
        if shrinks:
            image.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
        image.load()
        upright = _flat(ImageOps.exif_transpose(image))
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    whole = _encoded(upright)
    size = upright.size
    upright.thumbnail((_SMALL_SIDE, _SMALL_SIDE))
    return Picture(
        name=name,
        digest=hashlib.sha256(raw).hexdigest(),
        whole=whole,
        small=_encoded(upright),
        width=size[0],
        height=size[1],
        position=position,
    )


def has_too_many_scans(raw: bytes) -> bool:
    """Say whether a JPEG comes in more scans than any camera writes: each costs as much as the whole (ITU-T T.81, B.1)."""
    at = scans = 0
    while scans <= _MOST_SCANS and (marker := _MARKER.search(raw, at)) is not None and marker[0] != _END:
        scans += marker[0] == _SCAN
        stands_alone = marker[0] == _BEGIN
        at = marker.end() + (0 if stands_alone else int.from_bytes(raw[marker.end() : marker.end() + 2]))
    return scans > _MOST_SCANS


def _flat(image: Image.Image) -> Image.Image:
    """Lay what is transparent on white, in a fresh picture that holds nothing but points."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        above = image.convert("RGBA")
        below = Image.new("RGB", above.size, "white")
        below.paste(above, mask=above.getchannel("A"))
        return below
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _encoded(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def position_of(image: Image.Image) -> tuple[float, float] | None:
    """Return longitude and latitude from a picture's EXIF, or None where there is nothing sensible."""
    try:
        gps = image.getexif().get_ifd(_GPS)
        latitude = _degrees(gps[2]) * (-1 if str(gps.get(1, "N")).upper().startswith("S") else 1)
        longitude = _degrees(gps[4]) * (-1 if str(gps.get(3, "E")).upper().startswith("W") else 1)
    except Exception:  # noqa: BLE001 - cameras write all kinds of things; a position is a gift, not a condition
        return None
    nowhere = longitude == 0 and latitude == 0
    return (longitude, latitude) if rules.is_coordinate(longitude, latitude) and not nowhere else None


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return round(degrees + minutes / 60 + seconds / 3600, 7)


def clean_name(name: str) -> str:
    """Return what is left of a file's name without folders and odd characters."""
    plain = "".join(letter for letter in name.replace("\\", "/").rsplit("/", 1)[-1] if letter.isprintable())
    return plain.strip()[-_LONGEST_NAME:] or "photo"


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
            f"每件诉求最多 {MOST_PER_APPEAL} 张照片，已有 {len(known)} 张",
            f"An appeal takes {MOST_PER_APPEAL} pictures at the most; it has {len(known)}",
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
