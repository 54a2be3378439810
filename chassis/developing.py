"""Makes pictures of what Pillow does not read: an iPhone's HEIC, and the pages of a PDF.

Their decoders are large, written in C and C++, and read what anybody sends. They work in a process of their own that
has a part of the memory, some seconds, none of the service's settings, and may write no file and start nothing; where
it needs no fonts it may open nothing either. What comes back is JPEG, which is then read and made anew as any other.
"""

from __future__ import annotations

import contextlib
import io
import resource
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

HEIC, PDF = "heic", "pdf"
#: How many pages are taken: each becomes a picture of the appeal.
MOST_PAGES: Final = 9

_PATIENCE: Final = 30
#: Address space. 48 million points, a phone's largest, take half of it.
_MOST_MEMORY: Final = 1 << 30
_MOST_PIXELS: Final = 50_000_000
_LONGEST_SIDE: Final = 2560
#: Points of a picture to one point of a page (1/72 inch), at the most: 300 to the inch.
_FINEST: Final = 300 / 72
_QUALITY: Final = 92
_LENGTH: Final = 4
_GPS: Final = 0x8825
#: The part of EXIF that says when a picture was taken, and in which zone (CIPA DC-008).
_EXIF: Final = 0x8769
_WHEN: Final = (0x9003, 0x9011)
#: Each takes memory, and waits no longer than it may work.
_ROOMS: Final = threading.BoundedSemaphore(2)

_TOO_LARGE, _TOO_MANY_PAGES, _LOCKED = 10, 11, 12
_WHY: Final = {
    _TOO_LARGE: ("照片尺寸过大，请缩小后再传", "too many pixels; make it smaller"),
    _TOO_MANY_PAGES: (
        f"PDF 超过 {MOST_PAGES} 页，请只上传要紧的几页",
        f"a PDF of more than {MOST_PAGES} pages; send those that matter",
    ),
    _LOCKED: ("PDF 设有打开密码，请取消密码后再传", "the PDF needs a password; send it without one"),
}


class UndevelopedError(ValueError):
    """No picture can be made of a file; the message says in Chinese and English why, and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh, self.en = zh, en


_BUSY: Final = ("正在处理的文件较多，请稍后再传", "many files are being read; send it again later")
_TOO_LONG: Final = ("文件过于复杂，请拍照或者截图上传", "too complex to read; send photos of it")
_BROKEN: Final = ("文件已损坏或者不完整，请重新导出后再传", "it is damaged or not whole; export it again")


def developed(raw: bytes, kind: str) -> list[bytes]:
    """Return a file of that kind as JPEG: one of HEIC, one for each page of a PDF. Raises UndevelopedError."""
    if not _ROOMS.acquire(timeout=_PATIENCE):
        raise UndevelopedError(*_BUSY)
    try:
        # No settings: they hold the passwords of databases.
        done = subprocess.run(  # noqa: S603 - this very program
            [sys.executable, "-I", "-m", __name__, kind],
            input=raw,
            capture_output=True,
            timeout=_PATIENCE,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UndevelopedError(*_TOO_LONG) from error
    finally:
        _ROOMS.release()
    if done.returncode in _WHY:
        raise UndevelopedError(*_WHY[done.returncode])
    made = [*_frames(done.stdout)]
    if done.returncode or not made:
        raise UndevelopedError(*_BROKEN)
    return made[:MOST_PAGES]


def _frames(sent: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(sent):
        size = int.from_bytes(sent[at : at + _LENGTH])
        yield sent[at + _LENGTH : at + _LENGTH + size]
        at += _LENGTH + size


# -- what runs in a process of its own ------------------------------------------


def _confine(*, opens: bool) -> None:
    """Give up what a decoder needs none of: memory, time, files to write, processes, and others to open."""
    limits = {
        resource.RLIMIT_AS: _MOST_MEMORY,
        # One whose service has died meanwhile ends too.
        resource.RLIMIT_CPU: _PATIENCE,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        **({} if opens else {resource.RLIMIT_NOFILE: 0}),
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _of_heic(raw: bytes) -> Iterator[Image.Image]:
    import pillow_heif  # noqa: PLC0415 - only in this process

    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = pillow_heif.options.DEPTH_IMAGES = pillow_heif.options.AUX_IMAGES = False
    pillow_heif.register_heif_opener()
    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # Judged below.
    _confine(opens=False)
    with Image.open(io.BytesIO(raw), formats=("HEIF",)) as image:
        if image.width * image.height > _MOST_PIXELS:
            sys.exit(_TOO_LARGE)
        written = image.getexif()
        origin = {part: dict(written.get_ifd(part)) for part in (_GPS, _EXIF)}
        image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        made = image.convert("RGB")
    made.info = {"exif": _with_origin(origin)}
    yield made


def _with_origin(origin: dict[int, dict[int, Any]]) -> bytes:
    """Write where and when a picture was taken, each where it can be written."""
    exif = Image.Exif()
    exif.get_ifd(_GPS).update(origin[_GPS])
    exif.get_ifd(_EXIF).update({tag: said for tag, said in origin[_EXIF].items() if tag in _WHEN})
    for part in (_GPS, _EXIF):
        with contextlib.suppress(Exception):
            return exif.tobytes()
        # One of the two is not to be written: without the first, and then without both.
        exif.get_ifd(part).clear()
    return b""


def _of_pdf(raw: bytes) -> Iterator[Image.Image]:
    import pypdfium2  # noqa: PLC0415 - only in this process

    Image.init()
    # Its fonts are read when a page asks for them.
    _confine(opens=True)
    try:
        pages = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            sys.exit(_LOCKED)
        raise
    if len(pages) > MOST_PAGES:
        sys.exit(_TOO_MANY_PAGES)
    for page in pages:
        scale = min(_FINEST, _LONGEST_SIDE / max(page.get_size()))
        yield page.render(scale=scale).to_pil().convert("RGB")


def _develop(kind: str) -> None:
    """Read a file from standard input and write each of its pictures behind its length."""
    raw = sys.stdin.buffer.read()
    for made in {HEIC: _of_heic, PDF: _of_pdf}[kind](raw):
        out = io.BytesIO()
        made.save(out, "JPEG", quality=_QUALITY, exif=made.info.get("exif", b""))
        sys.stdout.buffer.write(len(out.getvalue()).to_bytes(_LENGTH) + out.getvalue())


if __name__ == "__main__":
    _develop(sys.argv[1])
