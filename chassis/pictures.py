"""Pictures and the pages of papers that somebody sends: judged by what they hold, made anew, and stripped of all but what is to be seen."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import Response
from PIL import Image, ImageOps, UnidentifiedImageError

from chassis import developing, scanner
from chassis.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.datastructures import FileStorage

MOST_BYTES: Final = 15 * 1024 * 1024
KINDS: Final = ("JPEG", "PNG", "WEBP")

_MOST_PIXELS: Final = 60_000_000
#: What a decoder that can't shrink on the way may unpack, so that one picture can't fill the memory.
_MOST_PIXELS_WHOLE: Final = 24_000_000
_LONGEST_SIDE: Final = 2560
_SMALL_SIDE: Final = 360
_QUALITY: Final = 85
_LONGEST_NAME: Final = 80
GPS: Final = 0x8825
#: The part of EXIF (CIPA DC-008) that holds when a picture was taken, and in which zone.
EXIF, TAKEN, OFFSET = 0x8769, 0x9003, 0x9011
#: Ten is usual where there is more than one.
_MOST_SCANS: Final = 50
#: What no data between markers looks like: there 0xFF is followed by zero, or by the number of a restart.
_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
_BEGIN, _SCAN, _END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"

Image.init()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture ready to be stored, with the position, in WGS 84, and the time that its camera wrote into it."""

    name: str
    digest: str
    whole: bytes
    small: bytes
    width: int
    height: int
    position: tuple[float, float] | None
    taken_at: datetime | None = None


def refused(zh: str, en: str) -> ProblemError:
    """Make the answer to a picture that can't be taken."""
    return ProblemError(
        422,
        "invalid",
        "照片无法接收",
        "The picture can't be taken",
        errors=[{"pointer": "/photos", "zh": zh, "en": en}],
    )


def sent(files: Iterable[FileStorage], *, most: int, looked_at_by: str) -> list[Picture]:
    """Read all files of a request before anything else is done; `looked_at_by` is `Settings.scanner`.

    Raises ProblemError for the first that can't be taken, and where there are more than `most` pictures.
    """
    chosen = [file for file in files if file.filename]
    if len(chosen) > most:
        raise refused(f"一次最多 {most} 个文件", f"At most {most} files at once")
    pictures: list[Picture] = []
    for file in chosen:
        raw, name = file.stream.read(MOST_BYTES + 1), file.filename or ""
        if len(raw) <= MOST_BYTES:
            scanner.look_at(raw, clean_name(name), looked_at_by)
        pictures += prepared(raw, name)
        if len(pictures) > most:
            raise refused(
                f"最多 {most} 张照片（PDF 每页算一张）", f"{most} pictures at the most (each page of a PDF is one)"
            )
    return pictures


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
        position, taken_at = position_of(image), taken_at_of(image)
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
        taken_at=taken_at,
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
        gps = image.getexif().get_ifd(GPS)
        latitude = _degrees(gps[2]) * (-1 if str(gps.get(1, "N")).upper().startswith("S") else 1)
        longitude = _degrees(gps[4]) * (-1 if str(gps.get(3, "E")).upper().startswith("W") else 1)
    except Exception:  # noqa: BLE001 - cameras write all kinds of things; a position is a gift, not a condition
        return None
    nowhere = longitude == 0 and latitude == 0
    return (longitude, latitude) if is_coordinate(longitude, latitude) and not nowhere else None


def taken_at_of(image: Image.Image) -> datetime | None:
    """Return when a picture was taken, by its EXIF, in Asia/Shanghai where it names no zone; None where it says nothing sensible."""
    try:
        written = image.getexif().get_ifd(EXIF)
        zone = str(written.get(OFFSET) or "+08:00").strip("\x00 ")
        return datetime.strptime(f"{written[TAKEN]} {zone}".replace("\x00", ""), "%Y:%m:%d %H:%M:%S %z")
    except Exception:  # noqa: BLE001 - as with a position
        return None


def is_coordinate(longitude: float, latitude: float) -> bool:
    """Whether a place can lie there, in degrees."""
    return -180 <= longitude <= 180 and -90 <= latitude <= 90  # noqa: PLR2004 - the Earth


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return round(degrees + minutes / 60 + seconds / 3600, 7)


def answered(content: bytes, *, keep: str = "private, max-age=3600") -> Response:
    """Make the answer that holds a picture, and says how long its viewer's browser may keep it."""
    response = Response(content, mimetype="image/jpeg")
    response.headers["Cache-Control"] = keep
    # What a browser lays a picture out with, when it is opened by itself, is inline.
    response.headers["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    return response


def clean_name(name: str) -> str:
    """Return what is left of a file's name without folders and odd characters."""
    plain = "".join(letter for letter in name.replace("\\", "/").rsplit("/", 1)[-1] if letter.isprintable())
    return plain.strip()[-_LONGEST_NAME:] or "photo"
