"""Pictures and the pages of papers: judged by what they hold, made anew, and stripped of all but what is to be seen."""

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
from services.intake.material import developing
from services.intake.models import Attachment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

MOST_PER_APPEAL: Final = developing.MOST_PAGES
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


def prepared(raw: bytes, name: str) -> list[Picture]:
    """Read a picture, or each page of a PDF, and make it anew. Raises ProblemError for what is none, or too large."""
    shown = clean_name(name)
    if len(raw) > MOST_BYTES:
        raise refused(f"{shown}：单个文件不能超过 15 MB", f"{shown}: a file must not exceed 15 MB")
    kind = kind_of(raw)
    if why := _NOT_TAKEN.get(kind):
        raise refused(f"{shown}：{why[0]}", f"{shown}: {why[1]}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if kind not in (developing.HEIC, developing.PDF):
                return [_made_anew(raw, shown, raw)]
            return [
                _made_anew(page, _page_name(shown, number, kind), b"%d:" % number + raw)
                for number, page in enumerate(developing.developed(raw, kind), 1)
            ]
    except developing.UndevelopedError as error:
        raise refused(f"{shown}：{error.zh}", f"{shown}: {error.en}") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, EOFError) as error:
        raise refused(
            f"{shown}：不是完整的照片或者 PDF，请上传 JPEG、PNG、WebP、HEIC 或 PDF",
            f"{shown}: not a whole picture or PDF; send JPEG, PNG, WebP, HEIC or PDF",
        ) from error


def _page_name(name: str, number: int, kind: str) -> str:
    return f"{name.rpartition('.')[0] or name}-{number}.jpg" if kind == developing.PDF else name


#: What is not taken, and what its sender can do.
_NOT_TAKEN: Final = {
    "sound": (
        "暂不接收语音，请把要点写成文字；录音请自行保存，承办单位需要时再提供",
        "sound is not taken: write down what matters, and keep the recording for whoever handles it",
    ),
    "film": (
        "暂不接收视频，请截取关键画面作为照片上传，并用文字说明经过；视频请自行保存，承办单位需要时再提供",
        "films are not taken: send stills of what matters and describe it, and keep the film for whoever handles it",
    ),
    "office": (
        "不接收 Word、Excel 等文档和压缩包，请另存为 PDF 或者拍照、截图后上传",
        "office documents and archives are not taken: save it as PDF, or send photos of it",
    ),
}
#: What files begin with, by what they are (the registries of ISO base media, RIFF and Matroska; libmagic).
_BEGINNINGS: Final = {
    developing.PDF: (b"%PDF-",),
    "sound": (
        b"ID3",
        b"\xff\xfb",
        b"\xff\xf3",
        b"\xff\xf2",
        b"\xff\xf1",
        b"\xff\xf9",
        b"OggS",
        b"fLaC",
        b"#!AMR",
        b"#!SILK",
        b"\x02#!SILK",
    ),
    "film": (b"\x1aE\xdf\xa3", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"FLV\x01", b"0&\xb2u\x8ef\xcf\x11"),
    "office": (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Rar!\x1a", b"7z\xbc\xaf", b"{\\rtf"),
}
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_STILL_BRANDS: Final = frozenset({b"avif", b"avis"})


def kind_of(raw: bytes) -> str:
    """Say by its beginning whether a file is heic, pdf, sound, film or office; else it is empty: Pillow looks at it."""
    if raw[4:8] == b"ftyp":
        # Several say only that there are pictures (mif1); which ones is said behind.
        brands = {raw[at : at + 4] for at in (8, *range(16, min(int.from_bytes(raw[:4]), 64), 4))}
        if brands & _STILL_BRANDS:
            return ""
        if brands & _HEIC_BRANDS:
            return developing.HEIC
        return "sound" if raw[8:11] == b"M4A" else "film"
    if raw[:4] == b"RIFF":
        return {b"WAVE": "sound", b"AVI ": "film"}.get(raw[8:12], "")
    return next((kind for kind, beginnings in _BEGINNINGS.items() if raw.startswith(beginnings)), "")


def _made_anew(raw: bytes, name: str, told_by: bytes) -> Picture:
    """Make a picture anew; what it was sent as tells it from others."""
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
        digest=hashlib.sha256(told_by).hexdigest(),
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
