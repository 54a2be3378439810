"""The chain of signatures: each one vouches for the one before, so that none is changed, removed, added or moved unseen.

A link's body is canonical JSON of what was signed, its serial number and the hash of the link before it; its hash is
SHA-256 of the body, and its seal HMAC-SHA256 of the hash by the service's own key (`chassis.keys`), which the database
does not know. The head of the chain, one row, is locked from the first signature of a transaction to its commit.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import and_, func, select

from chassis import settings
from chassis.keys import KeyFolder
from chassis.wire import dumps
from services.routing.models import Base, Signature, SignatureHead
from services.routing.signoff.signing import SIGNATURES, signature_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Select, Table
    from sqlalchemy.orm import Session

    from chassis.store import Store
    from chassis.work import Work

SERVICE: Final = "routing"
_CHAIN: Final = "signature_chain"
_AT_ONCE: Final = 1000


def secrets_of(keys: KeyFolder) -> dict[str, bytes]:
    """Return the secrets that vouch for signatures, by id, the newest first; raises KeysError."""
    return keys.records(SERVICE)


def own_secrets() -> dict[str, bytes]:
    """Return the secrets in the key folder of this process's settings; raises KeysError."""
    return secrets_of(_folder(os.environ.get("JIESU_KEYS_DIR", ""), os.environ.get("JIESU_DATA", "")))


@cache
def _folder(_keys: str, _data: str) -> KeyFolder:
    return KeyFolder(settings.load().keys)


def seal(keyed: hmac.HMAC, text: str) -> str:
    """Return the keyed hash of a text."""
    made = keyed.copy()
    made.update(text.encode())
    return made.hexdigest()


def keyed_by(secret: bytes) -> hmac.HMAC:
    """Return HMAC-SHA256 with its key, to be copied: that costs half as much as to begin anew for each link."""
    return hmac.new(secret, digestmod="sha256")


def _sealed_head(keyed: hmac.HMAC, serial: int, link: str, began_at: datetime) -> str:
    return seal(keyed, f"{serial} {link} {began_at.isoformat()}")


# -- adding ---------------------------------------------------------------------


@dataclass(slots=True)
class _Chain:
    """The end of the chain while a transaction holds it."""

    head: SignatureHead
    kid: str
    keyed: hmac.HMAC


def hold(work: Work) -> _Chain:
    """Lock the head of the chain until the commit.

    Whoever also numbers lines of the ledger calls this first, so that no two wait for each other.
    """
    known: _Chain | None = work.session.info.get(_CHAIN)
    if known is not None:
        return known
    kid, secret = next(iter(own_secrets().items()))
    keyed = keyed_by(secret)
    locked = select(SignatureHead).where(SignatureHead.id == 1).with_for_update()
    head = work.session.scalars(locked).one_or_none()
    if head is None:
        first = {"id": 1, "serial": 0, "hash": "", "began_at": work.now, "kid": kid}
        first["seal"] = _sealed_head(keyed, 0, "", work.now)
        upsert = work.service.upsert(Base.metadata.tables[SignatureHead.__tablename__]).values(**first)
        work.session.execute(upsert.on_conflict_do_nothing())
        head = work.session.scalars(locked).one()
    chain: _Chain = work.session.info.setdefault(_CHAIN, _Chain(head, kid, keyed))
    return chain


def append(work: Work, content: Mapping[str, Any], entry: int) -> tuple[str, str]:
    """Add a signature, which the case's timeline has as its so-manieth entry, to the chain; return its number and hash."""
    chain = hold(work)
    head = chain.head
    serial = head.serial + 1
    body = dumps({**content, "entry": entry, "serial": serial, "previous": head.hash}, in_order=True)
    link = hashlib.sha256(body).hexdigest()
    work.keep(
        Signature,
        {
            "serial": serial,
            "case_id": content["case_id"],
            "entry": entry,
            "body": body.decode(),
            "hash": link,
            "seal": seal(chain.keyed, link),
            "kid": chain.kid,
        },
    )
    head.serial, head.hash = serial, link
    if head.kid != chain.kid:
        head.kid = chain.kid
    head.seal = _sealed_head(chain.keyed, serial, link, head.began_at)
    return signature_number(serial), link


# -- looking --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong with the chain: changed, removed, inserted, reordered, unlinked, key_missing, or a timeline that differs."""

    kind: str
    serial: int
    signature: str
    number: str
    zh: str
    en: str


_SAID: Final = {
    "changed": ("内容被改动", "was changed"),
    "removed": ("被删除", "was removed"),
    "inserted": ("不是本系统签发，系事后插入或改写", "was not made by this service: inserted, or written anew"),
    "reordered": ("次序被调换，原编号为 {0}", "was moved: it was number {0}"),
    "unlinked": ("与前一签批不衔接", "does not follow the one before it"),
    "key_missing": ("验证密钥 {0} 不在密钥目录中，无法验证", "key {0} is not in the key folder: can't be verified"),
    "head_changed": ("签批链的链尾记录被改动或删除", "the chain's head was changed or removed"),
    "differs": (
        "与办理记录中的签批不一致，办理记录被改动或删除",
        "differs from the timeline, which was changed or removed",
    ),
    "unsigned": ("办理记录有这次签批，签批链中没有", "is on the timeline, but not in the chain"),
}


def _fault(kind: str, serial: int, number: str = "", *said: object) -> Fault:
    zh, en = (text.format(*said) for text in _SAID[kind])
    return Fault(kind=kind, serial=serial, signature=signature_number(serial), number=number, zh=zh, en=en)


def check(row: Any, secrets: Mapping[str, bytes]) -> Fault | None:
    """Say what is wrong with one link by itself."""
    try:
        body = orjson.loads(row.body)
        number, serial, same = str(body["number"]), body["serial"], (body["case_id"], body["entry"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return _fault("changed", row.serial)
    if hashlib.sha256(row.body.encode()).hexdigest() != row.hash:
        return _fault("changed", row.serial, number)
    if row.kid not in secrets:
        return _fault("key_missing", row.serial, number, row.kid)
    if not hmac.compare_digest(seal(keyed_by(secrets[row.kid]), row.hash), row.seal):
        return _fault("inserted", row.serial, number)
    if serial != row.serial:
        return _fault("reordered", row.serial, number, serial)
    return None if same == (row.case_id, row.entry) else _fault("changed", row.serial, number)


def check_chain(rows: Iterable[Any], head: Any, secrets: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield what is wrong with a chain whose links come in the order of their serials."""
    serial, link, whole = 0, "", True
    for row in rows:
        yield from (_fault("removed", missing) for missing in range(serial + 1, row.serial))
        fault = check(row, secrets)
        if fault is not None:
            yield fault
        elif whole and row.serial == serial + 1 and orjson.loads(row.body)["previous"] != link:
            yield _fault("unlinked", row.serial, orjson.loads(row.body)["number"])
        # What stands after a link that is not ours can't follow it: that one is named already.
        whole = fault is None or fault.kind == "changed"
        serial, link = row.serial, row.hash
    if head is None:
        if serial:
            yield _fault("head_changed", serial)
        return
    known = secrets.get(head.kid)
    if known is None:
        yield _fault("key_missing", head.serial, "", head.kid)
    elif not hmac.compare_digest(_sealed_head(keyed_by(known), head.serial, head.hash, head.began_at), head.seal):
        yield _fault("head_changed", head.serial)
    else:
        yield from (_fault("removed", missing) for missing in range(serial + 1, head.serial + 1))
        yield from (_fault("inserted", added) for added in range(head.serial + 1, serial + 1))
        if head.serial == serial and head.hash != link:
            yield _fault("head_changed", serial)


def verify(session: Session, store: Store, secrets: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield all that is wrong with the stored chain, also signatures on timelines that it does not have.

    Others may sign meanwhile: a link that was there before the head was read has to be in it, later ones are left alone.
    """
    last = session.scalar(select(func.max(Signature.serial))) or 0
    head = session.get(SignatureHead, 1)
    until = max(last, head.serial if head else 0)
    yield from check_chain(_links(session, until=until), head, secrets)
    timeline = store.timeline
    for row in _links(session, until=until, beside=timeline):
        if check(row, secrets) is None and not _is_on_the_timeline(row):
            yield _fault("differs", row.serial, orjson.loads(row.body)["number"])
    if head is None:
        return
    missing = (
        select(timeline.c.case_id, timeline.c.seq, timeline.c.trigger)
        .outerjoin(Signature, and_(Signature.case_id == timeline.c.case_id, Signature.entry == timeline.c.seq))
        .where(timeline.c.trigger.in_(SIGNATURES), timeline.c.at >= head.began_at, Signature.serial.is_(None))
    )
    for row in session.execute(missing):
        yield Fault(
            kind="unsigned",
            serial=0,
            signature="",
            number=f"{row.case_id}#{row.seq}",
            zh=_SAID["unsigned"][0],
            en=_SAID["unsigned"][1],
        )


def _is_on_the_timeline(row: Any) -> bool:
    """Say whether the timeline, which a case's page shows, has a signature as it was given."""
    body = orjson.loads(row.body)
    if row.trigger != body["kind"] or row.at != datetime.fromisoformat(body["signed_at"]):
        return False
    if body["by_rule"]:
        return True
    opinion = row.form.get("opinion") if isinstance(row.form, dict) else None
    said = (row.actor, row.actor_name or row.actor, opinion)
    return said == (body["signer_id"], body["signer"], body["opinion"])


def _with_entries(timeline: Table) -> Select[Any]:
    """Select the links, each with its entry on the timeline, if that is there."""
    entry = timeline.c
    joined = and_(entry.case_id == Signature.case_id, entry.seq == Signature.entry)
    columns = (Signature.__table__, entry.trigger, entry.at, entry.actor, entry.actor_name, entry.form)
    return select(*columns).select_from(Signature).outerjoin(timeline, joined)


def _links(session: Session, *, until: int, beside: Table | None = None) -> Iterator[Any]:
    last = -1
    links = select(Signature.__table__) if beside is None else _with_entries(beside)
    while True:
        some = links.where(Signature.serial > last, Signature.serial <= until)
        rows = session.execute(some.order_by(Signature.serial).limit(_AT_ONCE)).all()
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1].serial


def of_case(session: Session, store: Store, case_id: str, secrets: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """List a case's signatures as its page shows them, each verified by itself, with its entry and the one before it."""
    table = Signature.__table__
    of_it = _with_entries(store.timeline).where(Signature.case_id == case_id)
    rows = session.execute(of_it.order_by(Signature.serial)).all()
    before = {row.serial - 1 for row in rows}
    links = session.execute(select(table.c.serial, table.c.hash).where(table.c.serial.in_(before)))
    known = {row.serial: row.hash for row in links}
    return [_shown(row, known.get(row.serial - 1, ""), secrets) for row in rows]


def _shown(row: Any, previous: str, secrets: Mapping[str, bytes]) -> dict[str, Any]:
    fault = check(row, secrets)
    try:
        body = orjson.loads(row.body)
    except orjson.JSONDecodeError:
        body = {}
    if fault is None and body["previous"] != previous:
        fault = _fault("unlinked", row.serial, body["number"])
    if fault is None and not _is_on_the_timeline(row):
        fault = _fault("differs", row.serial, body["number"])
    return {
        "signature": signature_number(row.serial),
        "signer": body.get("signer", ""),
        "signed_at": body.get("signed_at", ""),
        "delegation_id": body.get("delegation_id", ""),
        "hash": row.hash[:12],
        "verified": "verified" if fault is None else f"{fault.zh} / {fault.en}",
    }


def as_json(fault: Fault) -> dict[str, Any]:
    """Spell a fault for programs."""
    return asdict(fault)
