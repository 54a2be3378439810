"""What other services hold of an appeal, fetched at their doors with the rights of whoever takes the file.

Nothing is opened here that the person could not open there: each door checks his own token, and puts a look at
personal data on record with the purpose. What can't be had is named with the reason, never left out in silence. Time
and bytes are bounded (`data/file.toml`). No process of a case waits for any of this (ADR 21).

    doors = Doors(settings.doors_of, token, purpose)
    found = enclosed(doors, [Holder("intake", subject), Holder("mediation", subject)], whole=True)
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

import orjson
import requests
import structlog
from urllib3.exceptions import HTTPError

from chassis.paper_doors import PURPOSE_HEADER
from chassis.wire import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_FILE: Final = Path(__file__).with_name("data") / "file.toml"
_PIECE: Final = 64 * 1024
#: How long a door may be silent.
_SILENCE: Final = 20.0
_TOO_LONG_FOR_A_NAME: Final = 60
#: The service that keeps residents' photos.
_PICTURES: Final = "intake"
#: Where a picture may lie there, and nowhere else.
_PICTURE: Final = re.compile(r"/api/v1/cases/[\w-]+/attachments/[\w-]+")

log = structlog.get_logger(__name__)


class DoorError(Exception):
    """Something that could not be had, and why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class AbsentError(DoorError):
    """What the other service has not, or an earlier release of it not yet."""


def _odd() -> DoorError:
    return DoorError("该服务的应答无法识别", "what the service answers can't be read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long fetching may take, how much it may bring, and how many may fetch at once."""

    seconds: float
    bytes: int
    at_once: int


@cache
def limits() -> Limits:
    """Return the figures of `data/file.toml`."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Limits(seconds=table["seconds"], bytes=table["megabytes"] * 1024 * 1024, at_once=table["at_once"])


@cache
def turns() -> BoundedSemaphore:
    """Return what keeps too many files from being made at once in this process: each has a thread of it for long."""
    return BoundedSemaphore(limits().at_once)


@dataclass(frozen=True, slots=True)
class Holder:
    """A service that may hold something, the appeal under which it does, and whether it surely has a case of it."""

    service: str
    subject: str
    surely: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that a service holds: a case's record, a picture, a document, evidence; without bytes where only listed."""

    service: str
    kind: str
    title: str
    name: str
    content: bytes | None = None
    remark: str = ""

    @property
    def sha256(self) -> str:
        """Hash the bytes, if there are any."""
        return "" if self.content is None else hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that could not be had."""

    service: str
    title: str
    zh: str
    en: str


@dataclass(slots=True)
class Enclosed:
    """All that was had of the other services, and all that was not."""

    parts: list[Part] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    #: Leaders' signatures, each with whether the service that keeps their chain has found it good.
    signatures: list[dict[str, Any]] = field(default_factory=list)
    #: The addresses of the pictures that were asked for.
    pictures: set[str] = field(default_factory=set)

    @contextmanager
    def or_missing(self, service: str, title: str) -> Iterator[None]:
        """Go on without something, and name it."""
        try:
            yield
        except DoorError as error:
            self.missing.append(Missing(service=service, title=title, zh=error.zh, en=error.en))
        except (KeyError, TypeError, AttributeError) as error:
            log.warning("odd_answer", service=service, title=title, error=repr(error))
            self.missing.append(Missing(service=service, title=title, zh=_odd().zh, en=_odd().en))


class Doors:
    """The doors of the other services, asked as one person, within one bound of time and of bytes."""

    def __init__(
        self, address_of: Callable[[str], str], token: str, purpose: str, *, bounds: Limits | None = None
    ) -> None:
        self._address_of = address_of
        self._bounds = bounds or limits()
        self._until = time.monotonic() + self._bounds.seconds
        self._left = self._bounds.bytes
        self._http = requests.Session()
        # Neither a proxy nor a password of this machine's user is meant for these doors.
        self._http.trust_env = False
        # But a street's own authority is, under the name that all know it by.
        self._http.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._http.headers.update({"Authorization": f"Bearer {token}", PURPOSE_HEADER: quote(purpose)})

    def __enter__(self) -> Self:
        """Begin to ask."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._http.close()

    def get(self, service: str, path: str) -> bytes:
        """Return what a door answers. Raises DoorError."""
        if not service.isidentifier():
            # It came with a fact, and becomes a part of an address and of a file's name.
            raise _odd()
        address = self._address_of(service)
        if not address:
            raise DoorError(
                "本服务不知道其他服务的地址，请运维人员设置 JIESU_GATEWAY",
                "where the others are is not set: JIESU_GATEWAY",
            )
        try:
            # Whoever is told to go elsewhere would carry the person's token there.
            with self._http.get(
                address + path, timeout=min(_SILENCE, self._rest()), stream=True, allow_redirects=False
            ) as answer:
                content = self._read(answer)
        except (requests.RequestException, HTTPError) as error:
            raise DoorError(
                "该服务没有应答，请稍后再取", f"the service does not answer: {type(error).__name__}"
            ) from None
        if answer.status_code != requests.codes.ok:
            raise _refused(answer.status_code, content)
        return content

    def json(self, service: str, path: str) -> Any:
        """Return the JSON object that a door answers. Raises DoorError."""
        return _object(self.get(service, path))

    def _rest(self) -> float:
        rest = self._until - time.monotonic()
        if rest <= 0:
            seconds = f"{self._bounds.seconds:g}"
            raise DoorError(f"取件超过 {seconds} 秒，未及取到", f"not there within {seconds} seconds in all")
        return rest

    def _read(self, answer: requests.Response) -> bytes:
        taken = bytearray()
        # As it comes: to wait for a whole piece from somebody who sends a byte now and then has no end.
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            self._rest()
            taken += piece
            if len(taken) > self._left:
                most = self._bounds.bytes // (1024 * 1024)
                raise DoorError(f"全部附件超过 {most} MB，未收入", f"all of it is more than {most} MB")
        self._left -= len(taken)
        return bytes(taken)


def _refused(status: int, content: bytes) -> DoorError:
    """Say why a door gave nothing, in its own words if it has any."""
    kind = AbsentError if status == requests.codes.not_found else DoorError
    try:
        said = orjson.loads(content)
        return kind(str(said["detail"]), str(said["detail_en"]))
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return kind(f"该服务未能给出（{status}）", f"the service answered {status}")


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise _odd()
    return found


def enclosed(doors: Doors, holders: Iterable[Holder], *, whole: bool) -> Enclosed:
    """Return what services hold of an appeal; `whole` brings the bytes of pictures and documents as well."""
    found = Enclosed()
    cases: list[tuple[str, str, str]] = []
    for holder in holders:
        service = holder.service
        with found.or_missing(service, "案件"):
            page = doors.json(service, f"/api/v1/cases?subject={quote(holder.subject)}")
            if page["next"] or (holder.surely and not page["items"]):
                raise DoorError("该服务没有这件诉求的案件，或您无权查看", "no case there, or none that is yours to see")
            for number, row in enumerate(page["items"], 1):
                own = "case" if number == 1 else f"case-{number}"
                _take(doors, found, service, str(row["id"]), own, whole=whole)
                cases.append((service, str(row["id"]), own))
    # Last, so that many photos of one service leave no room wanting for another's records and documents.
    for service, case_id, own in cases:
        _take_all_evidence(doors, found, service, f"/api/v1/cases/{quote(case_id)}/evidence", own, whole=whole)
    return found


def _take(doors: Doors, found: Enclosed, service: str, case_id: str, own: str, *, whole: bool) -> None:
    """Take a case's record, then its pictures and documents."""
    at = f"/api/v1/cases/{quote(case_id)}"
    details: dict[str, Any] = {}
    with found.or_missing(service, "案件记录"):
        case = doors.json(service, at)
        details = {**case["details"]}
        record = dumps({name: value for name, value in case.items() if name != "actions"})
        title = f"{case.get('number') or ''} {case.get('title') or ''}".strip()
        found.parts.append(
            Part(service=service, kind="case", title=title, name=f"{service}/{own}.json", content=record)
        )
        found.signatures.extend(details.get("signatures", ()))
    with found.or_missing(service, "照片"):
        # Those that came with the same matter again are with another appeal; whoever handles it was told of them.
        own_ones = doors.json(service, f"{at}/attachments")["items"] if service == _PICTURES else None
        for row in details.get("pictures", ()) if own_ones is None else own_ones:
            _take_picture(doors, found, row, whole=whole)
    with found.or_missing(service, "文书"):
        listed = sorted(doors.json(service, f"{at}/papers")["items"], key=lambda row: (row["issued_at"], row["id"]))
        for number, row in enumerate(listed, 1):
            _take_document(doors, found, service, f"{at}/papers/{row['id']}", f"{own}-{number:02}", row, whole=whole)


def _take_picture(doors: Doors, found: Enclosed, row: Mapping[str, Any], *, whole: bool) -> None:
    """Take a picture from who keeps it, once, whoever names it."""
    path, title = str(row["href"]).removeprefix(f"/{_PICTURES}"), str(row["name"])
    if path in found.pictures:
        return
    found.pictures.add(path)
    with found.or_missing(_PICTURES, f"照片 {title}"):
        if not _PICTURE.fullmatch(path):
            raise _odd()
        content = doors.get(_PICTURES, path) if whole else None
        if content is not None and len(content) != row.get("size", len(content)):
            raise DoorError("照片与登记的大小不符", "the picture has not the size that is on record")
        name = f"{_PICTURES}/photos/{len(found.pictures):02}-{plain_name(title.rpartition('.')[0] or title)}.jpg"
        found.parts.append(Part(service=_PICTURES, kind="picture", title=title, name=name, content=content))


def _take_document(
    doors: Doors, found: Enclosed, service: str, path: str, place: str, row: Mapping[str, Any], *, whole: bool
) -> None:
    title = f"{row['title']} {row['number']}".strip()
    remark = "" if row["as_issued"] else "与签发时不一致"
    with found.or_missing(service, f"文书《{row['title']}》{row['number']}"):
        # As a page: feedback typesets all of them at once, which costs each service a start of some seconds otherwise.
        content = doors.get(service, f"{path}?as=html") if whole else None
        name = f"{service}/documents/{place}-{plain_name(str(row['title']))}-{row['version']}.html"
        found.parts.append(
            Part(service=service, kind="document", title=title, name=name, content=content, remark=remark)
        )


def _take_all_evidence(doors: Doors, found: Enclosed, service: str, at: str, own: str, *, whole: bool) -> None:
    """Take what staff have laid to a case; a release that keeps none yet has none."""
    with found.or_missing(service, "案卷材料"):
        try:
            listed = doors.json(service, at)["items"]
        except AbsentError:
            return
        for number, row in enumerate(listed, 1):
            _take_evidence(doors, found, service, f"{at}/{row['id']}", f"{own}-{number:02}", row, whole=whole)


def _take_evidence(
    doors: Doors, found: Enclosed, service: str, path: str, place: str, row: Mapping[str, Any], *, whole: bool
) -> None:
    """Take one picture that staff have laid to a case."""
    title = str(row["shows"])
    with found.or_missing(service, f"材料《{title}》"):
        content = doors.get(service, path) if whole else None
        if content is not None and len(content) != row["size"]:
            raise DoorError("材料与登记的大小不符", "the picture has not the size that is on record")
        found.parts.append(
            Part(
                service=service,
                kind="evidence",
                title=title,
                name=evidence_name(service, place, title),
                content=content,
            )
        )


def evidence_name(service: str, place: str, shows: str) -> str:
    """Return where in a file something lies that staff have laid to a case."""
    return f"{service}/material/{place}-{plain_name(shows)}.jpg"


def plain_name(title: str) -> str:
    """Return what is left of a title for a file's name on any system."""
    kept = "".join(letter if letter.isalnum() or letter in "-_（）〔〕" else "_" for letter in title)
    return kept[:_TOO_LONG_FOR_A_NAME] or "file"
