"""Registering an appeal: one way in for every door, in the door's own transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from chassis import clocks
from chassis.codes import id_of, new_code
from chassis.masking import redact
from chassis.sealing import LONGEST_SEALED, lookup_hash, seal, unseal
from chassis.wire import dumps
from chassis.workflow import Role
from services.intake import facts, rules
from services.intake.material.coordinates import to_wgs84
from services.intake.material.places import address_in
from services.intake.messages import sending
from services.intake.models import Attachment
from services.intake.ways_in import entrances

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chassis.keys import KeyFolder
    from chassis.work import Work

#: Bytes of free text that are sealed together with a name and a number.
_SEALED_TEXT: Final = LONGEST_SEALED - 4_000
#: Who asks residents how it went.
CALLBACK: Final = "feedback"
#: Where staff see the pictures of an appeal.
_PICTURES: Final = "/intake/api/v1/cases/{}/attachments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An appeal that passed a door: its text as it was written, its petitioner as a keyed hash.

    `confidential`: only intake and the callback may know who it is. `origin` is what its channel asks beside the matter.

    `appeal_id` is what the code stands for; `matter` is the hash of petitioner and matter.
    `listed`: held because its caller is in the register of callers, for the time of a clock at the most.
    `service_code`, `public_id` and `listed_as` are of Open311; `media_url` is kept, never fetched.
    """

    code: str
    appeal_id: str
    matter: str | None
    channel: str
    title: str
    text: str
    place: str = ""
    longitude: float | None = None
    latitude: float | None = None
    datum: str = "WGS84"
    name: str = ""
    phone: str = ""
    anonymous: bool = False
    confidential: bool = False
    petitioner: str = ""
    submitted_at: datetime
    source: str | None = None
    external_number: str | None = None
    external_due_at: datetime | None = None
    origin: Mapping[str, str] = field(default_factory=dict)
    request: str = ""
    hold: bool = False
    listed: bool = False
    service_code: str = ""
    media_url: str = ""
    public_id: str | None = None
    listed_as: str | None = None
    warnings: Sequence[Mapping[str, str]] = ()


def submission(
    loaded: Mapping[str, Any],
    keys: KeyFolder,
    *,
    now: datetime,
    channel: str,
    idempotency: str = "",
    request: str = "",
    user: str = "",
) -> Submission:
    """Make a submission of what a door's schema loaded.

    The tracking code is derived from the external number, or from the idempotency key, or
    made by chance; with a number, `request` is what it says. `user` names the petitioner within his source, where no phone does.
    """
    place, contact, external = loaded.get("place") or {}, loaded.get("contact") or {}, loaded.get("external")
    anonymous = bool(contact.get("anonymous"))
    phone = "" if anonymous else rules.phone_of(contact.get("phone", "")) or ""
    text = rules.clean(loaded["text"])
    source, number = (external["source"], external["number"].strip()) if external else (None, None)
    if source and number:
        code = rules.code_for(keys.lookup(), "external", source, number)
        request = content_of(loaded, keys, user)
    elif idempotency:
        code = rules.code_for(keys.lookup(), "key", idempotency)
    else:
        code = new_code()
    petitioner = ""
    confidential = bool(contact.get("sealed")) and not anonymous
    if phone:
        petitioner = petitioner_of(phone, keys, confidential=confidential)
    elif user and not anonymous:
        petitioner = lookup_hash(f"{source}:{user}", keys.lookup())
    given, where = rules.clean(loaded.get("title", "")), rules.clean(place.get("text", ""))
    if anonymous and (name := rules.clean(contact.get("name", ""))):
        # He was asked for it before he chose to stay unknown; then no word of his says it either.
        given, text, where = (rules.without_name(words, name) for words in (given, text, where))
    title = rules.title_of(given, text)
    origin = {name: said for name, value in (loaded.get("origin") or {}).items() if (said := rules.clean(value))}
    name = "" if anonymous else rules.clean(contact.get("name", ""))
    longitude, latitude = place.get("longitude"), place.get("latitude")
    if longitude is not None and latitude is not None:
        longitude, latitude = to_wgs84(longitude, latitude, place.get("datum", "WGS84"))
    return Submission(
        code=code,
        appeal_id=id_of(code),
        matter=rules.matter_of(petitioner, title, text),
        channel=channel,
        title=title,
        text=text,
        place=where,
        longitude=longitude,
        latitude=latitude,
        datum=place.get("datum", "WGS84"),
        name=name,
        phone=phone,
        anonymous=anonymous,
        confidential=confidential,
        petitioner=petitioner,
        submitted_at=(loaded.get("submitted_at") or now).astimezone(UTC),
        source=source,
        external_number=number,
        external_due_at=external.get("due_at") if external else None,
        origin=origin,
        request=request,
        hold=bool(loaded.get("hold")),
        warnings=rules.mistyped((title, text, where, name, *origin.values()), now, confidential=confidential),
    )


def petitioner_of(phone: str, keys: KeyFolder, *, confidential: bool) -> str:
    """Return the keyed hash by which somebody is known again.

    Confidential, it is another than that of his other appeals, or these would tell who he is.
    """
    return lookup_hash(f"confidential:{phone}" if confidential else phone, keys.lookup())


def digest_of(body: bytes) -> str:
    """Hash a request, so that a repeated one is told from another with the same key."""
    return hashlib.sha256(body).hexdigest()


def content_of(loaded: Mapping[str, Any], keys: KeyFolder, user: str = "") -> str:
    """Hash, keyed, what a submission with a number of its source's says, so that another one under it is told from it.

    However its times are spelled; and what was left out is not said, so that a field that is new one day makes no old
    letter another.
    """
    said = {name: loaded.get(name) for name in ("title", "text", "place", "contact", "origin", "submitted_at")}
    due_at = (loaded.get("external") or {}).get("due_at")
    filled = _filled({**said, "due_at": due_at, "user": user})
    return lookup_hash(dumps(filled, in_order=True).decode(), keys.lookup())


def _filled(said: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: _filled(one) if isinstance(one, dict) else one for name, one in said.items()}
    return {
        name: one.astimezone(UTC) if isinstance(one, datetime) else one
        for name, one in plain.items()
        if one not in (None, "", False, {})
    }


def says_otherwise(case: Any, sent: Submission) -> bool:
    """Say whether a number that is here already came again, by the same door, with other content."""
    known = bool(sent.source and case.request and sent.request and case.channel == sent.channel)
    return known and case.request != sent.request


def register(work: Work, keys: KeyFolder, sent: Submission, *, hold: bool = False, follows: str = "") -> Any:
    """Open an appeal and tell of it; with `hold`, it is not to be dispatched before another fact says what became of it.

    `follows` is an earlier appeal about the same matter that was closed too long ago to be reopened.

    Reads nothing: the table's own constraints refuse what is there already.
    """
    held = sent.hold or hold
    title, text, place = (_masked(sent, words) for words in (sent.title, sent.text, sent.place))
    address = address_in(place, f"{title}\n{text}").as_json()
    case = work.open(
        sent.appeal_id,
        id=sent.appeal_id,
        title=title,
        place=place,
        channel=sent.channel,
        petitioner=sent.petitioner,
        matter=None if hold else sent.matter,
        request=sent.request,
        source=sent.source,
        external_number=sent.external_number,
        submitted_at=sent.submitted_at,
        longitude=sent.longitude,
        latitude=sent.latitude,
        public={},
        public_id=sent.public_id,
        listed_as=sent.listed_as,
        details=_details(keys, sent, text, address, hold=held),
    )
    if sent.listed:
        rule = work.service.legal.clock("desk_hold", work.now)
        work.start_clock(case, clocks.start(rule, work.now, work.service.calendar), "service")
    work.tell(_registered(work, sent, title=title, text=text, place=place, address=address, hold=held), case.subject)
    sending.register(work, keys, case, code=sent.code, phone=sent.phone)
    if follows:
        case.details = {**case.details, "follows": follows}
    return case


def _masked(sent: Submission, words: str) -> str:
    return rules.without_him(words, sent.name) if sent.confidential else redact(words).text


def external_of(sent: Submission) -> dict[str, Any] | None:
    """Return the system that an appeal came from, its number there and by when it wants an answer, if it said so."""
    if not sent.source:
        return None
    due = {"due_at": sent.external_due_at.astimezone(UTC)} if sent.external_due_at else {}
    return {"source": sent.source, "number": sent.external_number, **due}


def _details(keys: KeyFolder, sent: Submission, text: str, address: Mapping[str, Any], *, hold: bool) -> dict[str, Any]:
    details: dict[str, Any] = {"text": text, "anonymous": sent.anonymous, "has_contact": bool(sent.phone or sent.name)}
    if hold:
        details["hold"] = True
    if sent.longitude is not None:
        details["datum"] = sent.datum
    if address:
        details["address"] = address
    if sent.warnings:
        details["warnings"] = [*sent.warnings]
    details |= {name: value for name in ("service_code", "media_url", "confidential") if (value := getattr(sent, name))}
    if entrances.channel(sent.channel).writes_back and (external := external_of(sent)):
        details["external"] = external
    if sent.origin and not sent.confidential:
        details["origin"] = dict(sent.origin)
    personal = {
        "name": sent.name,
        "phone": sent.phone,
        "text": rules.unmasked(sent.title, sent.text, sent.place, _SEALED_TEXT),
        # A building, or a letter's number, may tell who wrote.
        "origin": "；".join(sent.origin.values()) if sent.confidential else "",
    }
    personal = {name: value for name, value in personal.items() if value}
    if personal:
        details["sealed"] = seal(personal, keys.public("intake"))
    return details


def _registered(
    work: Work, sent: Submission, *, title: str, text: str, place: str, address: dict[str, Any], hold: bool
) -> facts.AppealRegistered:
    return facts.AppealRegistered(
        appeal_id=sent.appeal_id,
        channel=sent.channel,
        title=title,
        text=text,
        place=place,
        address=address or None,
        registered_at=work.now,
        submitted_at=sent.submitted_at,
        anonymous=sent.anonymous,
        has_contact=bool(sent.phone or sent.name),
        petitioner=sent.petitioner,
        longitude=sent.longitude,
        latitude=sent.latitude,
        external=external_of(sent),
        hold=hold,
        confidential=sent.confidential,
        category_hint=sent.service_code,
        warnings=[dict(one) for one in sent.warnings],
    )


def stage_of(work: Work, case: Any) -> str:
    """Return the stage that an appeal is in."""
    workflow = work.service.workflow
    return workflow.stages[case.state] if workflow else "handle"


# -- personal data ------------------------------------------------------------


def disclose(work: Work, keys: KeyFolder, case: Any, to: str, *, again: bool = False) -> None:
    """Seal an appeal's personal data to the one service that must have them, and tell it, once.

    Of a confidential petitioner only the callback learns.
    """
    sealed = case.details.get("sealed")
    if case.details.get("confidential") and to != CALLBACK:
        return
    done = list(case.details.get("disclosed_to", ()))
    if not sealed or (to in done and not again):
        return
    personal = unseal(sealed, keys.private("intake"))
    told = facts.PetitionerDisclosed(
        appeal_id=case.subject, to=to, sealed=seal(personal, keys.public(to)), petitioner=case.petitioner
    )
    work.tell(told, case.subject)
    if to not in done:
        case.details = {**case.details, "disclosed_to": [*done, to]}


# -- what is added ------------------------------------------------------------


def forward(work: Work, case: Any, items: Iterable[Mapping[str, Any]]) -> None:
    """Tell the mechanism that has an appeal, if any, of words and pictures on its public record."""
    to, _unit = rules.holder(case.public)
    for item in items if to else ():
        pictures = [
            {"name": one["name"], "href": f"{_PICTURES.format(one['of'])}/{one['id']}", **_taken_at(one)}
            for one in item.get("pictures", ())
        ]
        told = facts.MaterialForwarded(
            appeal_id=case.subject,
            to=to,
            text=item.get("text", "") or item.get("said", ""),
            pictures=pictures,
            said_by="voice" if item.get("said") else "",
            **facts.MaterialForwarded.counts(case.details),
            at=rules.time_at(item["at"]),
        )
        work.tell(told, case.subject)


def add_pictures(work: Work, case: Any, rows: Sequence[Attachment]) -> None:
    """Put pictures that were stored on an appeal's record, and on that of the one it was merged into; tell of them.

    What another petitioner sends to his own appeal is on no record but his.
    """
    told = told_of_pictures(case)
    named = [{"of": case.subject, "id": row.id, **{name: getattr(row, name) for name in told}} for row in rows]
    first = work.case(case.details.get("merged", {}).get("into", ""))
    for one in (case, first) if first is not None and is_of_same(case, first) else (case,):
        one.public = rules.with_heard(one.public, "pictures_added", work.now, pictures=named)
        work.note(one, "pictures_added", {"count": len(rows)}, role=Role.PUBLIC)
        forward(work, one, [{"at": work.now.isoformat(), "pictures": named}])
    work.session.flush()
    stored = work.session.scalar(select(func.count()).select_from(Attachment).where(Attachment.case_id == case.id)) or 0
    where = {name: getattr(case, name) for name in ("longitude", "latitude") if name in told}
    work.tell(facts.AppealPictured(appeal_id=case.subject, attachments=stored, **where, at=work.now), case.subject)


def told_of_pictures(case: Any) -> tuple[str, ...]:
    """Return what staff learn of the pictures of an appeal: from which window one was taken would tell who stays confidential."""
    return ("name",) if case is None or case.details.get("confidential") else ("name", "longitude", "latitude")


def _taken_at(picture: Mapping[str, Any]) -> dict[str, float]:
    """Return the position of a picture, if it is told with one."""
    return {name: picture[name] for name in ("longitude", "latitude") if picture.get(name) is not None}


def is_of_same(case: Any, first: Any) -> bool:
    """Say whether two appeals are known to be of one petitioner."""
    return bool(case.petitioner) and case.petitioner == first.petitioner


def supplement(work: Work, keys: KeyFolder, case: Any, text: str) -> None:
    """Add a petitioner's words: masked for all, and with their numbers for whoever handles the case."""
    work.step(case, "supplemented", {"text": taken_in(work, keys, case, text)}, role=Role.PUBLIC)


def withdraw(work: Work, keys: KeyFolder, case: Any, reason: str) -> None:
    """Take an appeal back for its petitioner."""
    work.step(case, "withdrawn", {"reason": shown(keys, case, reason)}, role=Role.PUBLIC)


def taken_in(work: Work, keys: KeyFolder, case: Any, text: str) -> str:
    """Seal the numbers in words that are added, for whoever handles the case, and return the words as all may read them."""
    sealed = case.details.get("sealed")
    masked = redact(text).total
    personal = unseal(sealed, keys.private("intake")) if sealed and (masked or case.details.get("warnings")) else {}
    _look_for_slips(work, case, text, personal)
    if masked:
        whole = "\n".join(part for part in (personal.get("text", ""), text) if part)
        fitting = whole.encode()[-_SEALED_TEXT:].decode(errors="ignore")
        case.details = {**case.details, "sealed": seal({**personal, "text": fitting}, keys.public("intake"))}
        for to in case.details.get("disclosed_to", ()):
            disclose(work, keys, case, to, again=True)
    return shown(keys, case, text)


def _look_for_slips(work: Work, case: Any, text: str, personal: Mapping[str, str]) -> None:
    """Warn of the numbers in words that are added that look mistyped, each once; what they put right is on the timeline only."""
    confidential = bool(case.details.get("confidential"))
    warned = [*case.details.get("warnings", ()), *rules.mistyped([text], work.now, confidential=confidential)]
    said = [one for place, one in enumerate(warned) if one not in warned[:place]]
    words = "\n".join((*personal.values(), case.title, case.details.get("text", ""), text)) if said else ""
    right = [one for one in rules.put_right(words, text, work.now, confidential=confidential) if one in said]
    if right:
        case.public = rules.with_heard(
            case.public, "number_put_right", work.now, text="；".join(one["zh"] for one in right)
        )
        work.note(case, "number_put_right", {"warnings": right}, role=Role.PUBLIC)
    if said:
        case.details = {**case.details, "warnings": [one for one in said if one not in right]}


def shown(keys: KeyFolder, case: Any, text: str) -> str:
    """Return words of an appeal's petitioner as all may read them: its numbers masked; of a confidential one, himself too."""
    if not case.details.get("confidential"):
        return redact(text).text
    sealed = case.details.get("sealed")
    return rules.without_him(text, unseal(sealed, keys.private("intake")).get("name", "") if sealed else "")
