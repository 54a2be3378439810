"""What intake decides: how an appeal is spelled, who is the same, and where it stands."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from chassis import numbers
from chassis.codes import ALPHABET, LENGTH
from chassis.masking import redact
from chassis.workflow import Refusal, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chassis.workflow import CaseView, Moment, Values

Heard = dict[str, Any]

LONGEST_TEXT: Final = 20_000
LONGEST_TITLE: Final = 120
#: Characters of a text that stand for its title where none was given.
TITLE_FROM_TEXT: Final = 30

#: Appeals that are not accepted: 北京市接诉即办工作条例 11 (2)-(6); its class (1) is relayed.
GROUNDS: Final = (
    "other_legal_route",
    "no_new_facts",
    "secret_or_private",
    "beyond_duty",
    "against_law_or_order",
)
#: The legal routes that a matter may have to take: 北京市接诉即办工作条例 11, 国办发〔2020〕53号.
ROUTES: Final = (
    "litigation",
    "arbitration",
    "discipline_inspection",
    "administrative_reconsideration",
    "information_disclosure",
    "petition",
    "market_or_social",
    "none",
)
EMERGENCY_LINES: Final = ("110", "119", "120", "122")
#: 特急 and 紧急: what may wake people (regulations 2.4: round the clock), and is no one person's to end.
URGENT: Final = ("I", "II")

_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
#: Farther ahead nobody sets a deadline: such a year is a slip of the keys.
_FARTHEST: Final = timedelta(days=5 * 366)
#: How far a sender's clock may be ahead of ours.
_AHEAD: Final = timedelta(minutes=5)
_PHONE: Final = re.compile(r"1[3-9]\d{9}|0[1-9]\d{8,10}|[2-8]\d{6,7}|400\d{7}")
_SEPARATORS: Final = re.compile(r"[\s\-()()]+")
_SENTENCE_ENDS: Final = re.compile(r"[。!?！？;；\n]")
#: As much as stands before a comma, if that says something.
_CLAUSES: Final = re.compile(r"(.{8,})[,，]")
_NOT_WORDS: Final = re.compile(r"[\W_]+")
_HALF_HIDDEN: Final = re.compile(r"[\dXx]*\*{3,}[\dXx]*")
#: More mistyped numbers than these are named to nobody.
_MOST_WARNINGS: Final = 10
_LOOKUP_PREFIX: Final = b"jiesu:code:"


# -- spelling -----------------------------------------------------------------


def clean(text: str) -> str:
    """Put line ends into one form and cut the blanks around a text."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def title_of(title: str, text: str) -> str:
    """Return the title, or where there is none the first sentence of the text, of a long one the clauses that fit."""
    if title:
        return title
    first = _SENTENCE_ENDS.split(text.strip(), maxsplit=1)[0].strip() or text.strip()
    if len(first) <= TITLE_FROM_TEXT:
        return first
    clauses = _CLAUSES.match(first, 0, TITLE_FROM_TEXT)
    return clauses.group(1) if clauses else first[: TITLE_FROM_TEXT - 1] + "…"


def phone_of(phone: str) -> str | None:
    """Return a phone number's digits without country code, or None where it can't be one."""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", phone))
    plain = re.sub(r"^(?:\+86|0086|86(?=1\d{10}$))", "", plain)
    return plain if _PHONE.fullmatch(plain) else None


def time_of(text: str) -> datetime | None:
    """Read a time as sheets spell it, aware UTC; without a zone it is in Asia/Shanghai."""
    spelled = text.strip().replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "")
    parts = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)(.*))?", spelled)
    if parts is None:
        return None
    year, month, day, hour, zone = parts.groups()
    padded = hour if hour and hour[1] != ":" else f"0{hour or '0:00'}"
    whole = f"{year}-{int(month):02}-{int(day):02}T{padded}{(zone or '').strip()}"
    try:
        found = datetime.fromisoformat(whole)
        return (found if found.tzinfo else found.replace(tzinfo=_SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_possible_time(submitted_at: datetime, now: datetime) -> bool:
    """Whether an appeal can have been submitted then: not in the future, nor before 1990."""
    return _EARLIEST <= submitted_at <= now + _AHEAD


def is_possible_deadline(due_at: datetime, submitted_at: datetime | None, now: datetime) -> bool:
    """Whether an appeal can be due then; a deadline that has passed already can."""
    return (submitted_at or _EARLIEST) <= due_at <= now + _FARTHEST


def without_name(text: str, name: str) -> str:
    """Put 某某 in the place of a petitioner's name, for one who is not to be known by it."""
    return text.replace(name, "某某") if len(name) > 1 else text


def without_him(text: str, name: str) -> str:
    """Take a confidential petitioner out of a text: his name, and all of each number.

    Seven digits of eleven are as good as a name to whoever has a list of his tenants or workers.
    """
    return _HALF_HIDDEN.sub("****", redact(without_name(text, name)).text)


def mistyped(words: Iterable[str], now: datetime, *, confidential: bool) -> list[dict[str, str]]:
    """Say which numbers in some words look mistyped, each once; of a confidential petitioner not one digit of them."""
    today = now.astimezone(_SHANGHAI).date()
    return _doubts((doubt for part in words for doubt in numbers.mistyped(part, today)), confidential=confidential)


def put_right(words: str, said: str, now: datetime, *, confidential: bool) -> list[dict[str, str]]:
    """Return, as they were said, the warnings of numbers in some words that what is said later puts right."""
    return _doubts(numbers.put_right(words, said, now.astimezone(_SHANGHAI).date()), confidential=confidential)


def _doubts(doubts: Iterable[numbers.Doubt], *, confidential: bool) -> list[dict[str, str]]:
    said = dict.fromkeys((doubt.zh, doubt.en) for doubt in doubts)
    shown = ([_HALF_HIDDEN.sub("****", one) for one in pair] if confidential else pair for pair in said)
    return [{"zh": zh, "en": en} for zh, en in shown][:_MOST_WARNINGS]


# -- who and what is the same -------------------------------------------------


def code_for(secret: bytes, *parts: str) -> str:
    """Derive the tracking code of a submission, so that the same one gets the same code.

    HMAC-SHA-256 (RFC 2104) over the parts: who holds the secret can make the code again,
    so it need not be stored, and nobody else can guess it.
    """
    digest = hmac.new(secret, _LOOKUP_PREFIX + "\x00".join(parts).encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:8])
    text = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(LENGTH))
    return "-".join(text[at : at + 4] for at in range(0, LENGTH, 4))


def matter_of(petitioner: str, title: str, text: str) -> str | None:
    """Hash a petitioner with what he says, its blanks, marks and widths left out; None for nobody known.

    The same petitioner with the same matter has one appeal at a time (regulations 2.7,
    北京市接诉即办工作条例 11 (3)).
    """
    if not petitioner:
        return None
    words = _NOT_WORDS.sub("", unicodedata.normalize("NFKC", f"{title}\x00{text}")).lower()
    if not words:
        words = f"{title}\x00{text}"
    return hashlib.sha256(f"{petitioner}:{words}".encode()).hexdigest()


def unmasked(title: str, text: str, place: str, limit: int) -> str:
    """Return what only the handler may read: all of it, or the lines with numbers where it is too long.

    An empty string where masking hides nothing. `limit` is in bytes of UTF-8.
    """
    head = "" if title.rstrip("…") in text else title
    whole = "\n".join(part for part in (head, place, text) if redact(part).total)
    if len(whole.encode()) <= limit:
        return whole
    lines = "\n".join(line for line in whole.splitlines() if redact(line).total)
    return lines.encode()[:limit].decode(errors="ignore")


# -- where an appeal stands ---------------------------------------------------

#: How far each thing heard brings an appeal within one round of handling.
_RANKS: Final = {
    "registered": 0,
    "ledgered": 1,
    "dispatched": 2,
    "rework_ordered": 3,
    "accepted": 4,
    "contacted": 4,
    "progressed": 4,
    "interim_replied": 4,
    "answered": 5,
    "concluded": 5,
    "callback_due": 6,
    "closed": 7,
}
#: What is heard of a handling that is told to each petitioner who is heard under it.
SHARED: Final = (
    "dispatched",
    "extended",
    "regraded",
    "paused",
    "resumed",
    "accepted",
    "progressed",
    "interim_replied",
    "answered",
    "concluded",
    "rework_ordered",
)
#: What moves the end of a promise that was made before.
_MOVES: Final = ("extended", "regraded", "paused", "resumed")
#: The ground of a rework that the hotline which an appeal came from has sent back: it counts for more than a withdrawal.
SENT_BACK: Final = "sent_back"
#: Ends that intake decides itself: nothing else that is heard from others moves an appeal on.
OWN_ENDS: Final = ("relayed", "followed_up", "not_accepted", "merged", "withdrawn")
_STATES: Final = {
    "rework_ordered": "rework_due",
    "accepted": "handling",
    "contacted": "handling",
    "progressed": "handling",
    "interim_replied": "handling",
}


def standing(heard: Sequence[Heard], *, joined: bool = False) -> str:
    """Return the state of an appeal from all that was heard about it, in whatever order it came.

    The farthest thing of the latest round counts. A round begins when rework is ordered;
    what was said at an earlier time belongs to the round before. So an earlier fact that
    arrives late changes nothing, and a later one counts as soon as it arrives. Of a matter that one is heard in with
    others (`joined`) it is asked how far that is.
    """
    for item in reversed(heard):
        if joined or item["what"] == "unmerged" or item.get("ground") == SENT_BACK:
            break
        if item["what"] in OWN_ENDS:
            return str(item["what"])
    last = max(
        (item for item in heard if item["what"] in _RANKS),
        key=lambda item: _position(item, heard),
        default={"what": "registered"},
    )
    return _STATES.get(last["what"], str(last["what"]))


def _position(item: Heard, heard: Sequence[Heard]) -> tuple[int, int]:
    at = _moment(item)
    if item["what"] == "rework_ordered":
        rounds = sum(1 for other in heard if other["what"] == "rework_ordered" and _moment(other) <= at)
    else:
        rounds = sum(1 for other in heard if other["what"] == "rework_ordered" and _moment(other) < at)
    return rounds, _RANKS[item["what"]]


#: What a system that an appeal came from is told it stands at, by what was heard or done.
STATUSES: Final = {
    "accepted": "accepted",
    "dispatched": "reassigned",
    "extended": "extended",
    "regraded": "regraded",
    "interim_replied": "interim_replied",
    "concluded": "concluded",
    "answered": "concluded",
    "rework_ordered": "rework_ordered",
    "closed": "closed",
    "followed_up": "closed",
    "not_accepted": "returned",
    "relayed": "relayed",
    "merged": "merged",
    "unmerged": "unmerged",
    "reopened": "reopened",
    "withdrawn": "withdrawn",
}


def round_of(item: Mapping[str, Any], heard: Sequence[Heard]) -> int:
    """Return the round of handling that something belongs to: 1, and one more after each rework.

    A rework belongs to the round whose result it does not accept; told twice, it is one.
    """
    at = _moment(item)
    return 1 + len({begun for other in heard if other["what"] == "rework_ordered" and (begun := _moment(other)) < at})


def turn_of(item: Mapping[str, Any], heard: Sequence[Heard]) -> int:
    """Return how often the unit was changed before something happened: 0 for the first one's, told twice or not.

    A dispatch says itself the how manieth it is (`turn`), so that one that is still on its way is counted.
    """
    sent = [one for one in heard if one["what"] == "dispatched" and _moment(one) <= _moment(item)]
    counted = len({_moment(one) for one in sent})
    return max(counted, *(int(one.get("turn", 0)) for one in sent), 1) - 1 if sent else 0


def is_reassigned(item: Mapping[str, Any], heard: Sequence[Heard]) -> bool:
    """Say whether a dispatch gave an appeal to another unit than the one that had it (退单改派、转办).

    A later one that arrives before the first has done so: what is returned goes elsewhere.
    """
    before = holder({"heard": [one for one in heard if _moment(one) < _moment(item)]})
    if before == ("", ""):
        return int(item.get("turn", 0)) > 1
    return before != (item.get("mechanism", ""), item.get("unit", ""))


def _moment(item: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(item["at"])


def time_at(text: str) -> datetime:
    """Read a time as the public record spells it."""
    return datetime.fromisoformat(text)


def with_heard(public: Mapping[str, Any], what: str, at: datetime, **said: Any) -> dict[str, Any]:
    """Return the public record with one more thing heard, in the order of their times."""
    item = {"what": what, "at": at.isoformat(), **{name: value for name, value in said.items() if value}}
    return {**public, "heard": in_order([*public.get("heard", ()), item])}


def in_order(heard: Sequence[Heard]) -> list[Heard]:
    """Return what was heard in the order of its times."""
    return sorted(heard, key=_moment)


def promised_last(public: Mapping[str, Any]) -> Heard | None:
    """Return what said last by when it is to be answered; what moved a promise that an interim reply closed says nothing."""
    said = [item for item in public.get("heard", ()) if item.get("due")]
    made = next((item for item in reversed(said) if item["what"] not in _MOVES), None)
    return made if made and made["what"] == "interim_replied" else said[-1] if said else None


def going_on(public: Mapping[str, Any]) -> Heard | None:
    """Return the interim reply that an appeal goes on under, where no other promise was made since."""
    found = promised_last(public)
    return found if found and found["what"] == "interim_replied" else None


def last_said(public: Mapping[str, Any], name: str) -> str:
    """Return what was said last under a name: the reply, the due time, the mechanism."""
    found = (str(item[name]) for item in reversed(public.get("heard", ())) if item.get(name))
    return next(found, "")


def holder(public: Mapping[str, Any]) -> tuple[str, str]:
    """Return the mechanism and the unit that an appeal was dispatched to last, or empty strings."""
    for item in reversed(public.get("heard", ())):
        if item["what"] == "dispatched":
            return item.get("mechanism", ""), item.get("unit", "")
    return "", ""


def material(public: Mapping[str, Any]) -> list[Heard]:
    """Return the words and pictures that came after the appeal itself, oldest first."""
    material = ("supplemented", "pictures_added", "voice_joined")
    return [item for item in public.get("heard", ()) if item["what"] in material]


def is_asked(public: Mapping[str, Any]) -> bool:
    """Say whether a petitioner is asked how it went, and has not answered yet."""
    asked = [item["what"] for item in public.get("heard", ()) if item["what"] in ("callback_due", "closed")]
    return asked[-1:] == ["callback_due"]


def shared(own: Mapping[str, Any], first: Mapping[str, Any]) -> list[Heard]:
    """Return what somebody may read whose matter is handled under another's appeal: his own record, and what is done.

    Nothing that the other petitioner said, or that was said to him alone; the handler's words are masked.
    """
    return in_order([*own.get("heard", ()), *masked(first.get("heard", ()), SHARED)])


def masked(heard: Sequence[Heard], whats: Sequence[str]) -> list[Heard]:
    """Return some things that were heard of an appeal as others may read them: without numbers of persons."""
    return [
        {name: redact(value).text if name in ("text", "reply") else value for name, value in item.items()}
        for item in heard
        if item["what"] in whats
    ]


def progress_of(stage: str, *, number: str, reply: str) -> tuple[str, str]:
    """Word what a merged appeal is answered: how far the first one is, in Chinese and English."""
    zh = {
        "collect": "已登记",
        "analyse": "正在分析研判",
        "handle": "已派单办理",
        "feedback": "已答复",
        "reopened": "已重新启动办理",
    }[stage]
    en = {
        "collect": "is registered",
        "analyse": "is being assessed",
        "handle": "is with a unit",
        "feedback": "is answered",
        "reopened": "is handled again",
    }[stage]
    called_zh, called_en = (f"（编号 {number}）", f" ({number})") if number else ("", "")
    zh = f"您反映的同一事项此前已经提交{called_zh}，目前{zh}，将一并办理答复，不再重复登记。"
    en = f"You have sent the same matter before{called_en}; it {en} and this one is answered together with it."
    return (f"{zh}答复内容：{reply}", f"{en} The reply: {reply}") if reply else (zh, en)


# -- guards -------------------------------------------------------------------


def is_held(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to release what nobody holds."""
    if case.details.get("hold"):
        return None
    return Refusal("该诉求未被留置，已进入台账流程", "the appeal is not held: it went to the ledger already")


def may_be_an_emergency(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Leave the emergency lines out where neither the words nor the grade speak of danger."""
    if "line" in case.details or getattr(case, "urgency", "") == "I":
        return None
    return Refusal("该诉求不是特急或疑似紧急的诉求", "neither its words nor its grade speak of danger", moot=True)


def is_not_with_a_mechanism(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an answer on the spot where a mechanism is to rework its own result."""
    if case.state != "rework_due" or "answered" in case.details:
        return None
    return Refusal("重办由原承办机制办理，不能当场答复", "the mechanism that handled it reworks it")


def was_never_answered(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to merge what was answered already: its petitioner has a reply and a callback of his own."""
    heard = getattr(case, "public", {}).get("heard", ())
    if not any(item["what"] in ("answered", "concluded", "rework_ordered") for item in heard):
        return None
    return Refusal("该诉求已答复过，不能再并入其他诉求", "the appeal was answered already: it can't be merged any more")


def nobody_was_joined_to_it(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to merge an appeal that others are heard under."""
    if case.details.get("voices", 1) <= 1:
        return None
    return Refusal(
        "已有其他诉求人并入本件，请将对方诉求并入本件", "others were merged into this one: merge the other one into it"
    )


def was_not_asked_yet(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to take an appeal apart whose petitioner is being asked, or was, about the result of the other one."""
    heard = getattr(case, "public", {}).get("heard", ())
    if moment.role is Role.BUS or not any(item["what"] in ("callback_due", "closed") for item in heard):
        return None
    return Refusal(
        "该诉求已随同一事项答复并进入回访，不能再拆出；诉求人不认可的，可在评价中要求重办",
        "it was answered with the other one and its petitioner is being asked: he can have it reworked by his rating",
    )


def merges_into_another(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to merge an appeal into itself."""
    if form and form.get("into") in (case.id, case.subject):
        return Refusal("不能并入自身", "an appeal can't be merged into itself")
    return None


@dataclass(frozen=True, slots=True)
class Danger:
    """How urgent an appeal is: its grade, empty until it has one, and whether an emergency line is to be told, or known of."""

    urgency: str
    waits: bool
    known: bool


#: What is not graded yet is taken as ordinary.
_URGENCY: Final = {"I": (0, "特急", "at once"), "II": (1, "紧急", "urgent")}
_ORDINARY: Final = (2, "一般", "ordinary")


def more_urgent(one: Danger, first: Danger) -> Refusal | None:
    """Refuse to handle an appeal under another one whose danger is less: it would wait with that, and be seen by nobody."""
    if one.waits and not first.known:
        return Refusal(
            "本件疑似紧急，所选诉求不是：请先单独处置（转紧急热线或通知热线），不能并入",
            "this one speaks of danger and the other does not: relay it or let it be handled for itself",
        )
    mine, theirs = (_URGENCY.get(each.urgency, _ORDINARY) for each in (one, first))
    if mine[0] >= theirs[0]:
        return None
    return Refusal(
        f"本件为{mine[1]}，所选诉求为{theirs[1]}，并入后将按较宽的时限办理：请单独办理；确为同一事项的，先将所选诉求改级，"
        "或将其并入本件",
        f"this one is {mine[2]} and the other is {theirs[2]}: handle it for itself, regrade the other first, "
        "or merge the other into it",
    )


def route_fits_ground(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send somebody to another legal route without naming it (条例 11 (2))."""
    if form and form.get("ground") == "other_legal_route" and form.get("route") in ("none", "", None):
        return Refusal("应告知诉求人具体的法定途径", "name the legal route that the petitioner has to take")
    return None


def danger_is_judged_by_two(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end alone what a unit was called to because it is urgent, or may be a danger to somebody.

    Whoever regrades it in the ledger, with his reason, is the second one to judge that; until then its unit has it.
    """
    regraded = any(item["what"] == "regraded" for item in getattr(case, "public", {}).get("heard", ()))
    feared = "line" in case.details and not regraded
    if case.state != "dispatched" or not (feared or getattr(case, "urgency", "") in URGENT):
        return None
    return Refusal(
        "该诉求为特急、紧急或疑有危险，已经派单，不能由一人不予受理：确系误判的，请先由受理中心或领导在台账中改级并写明理由，"
        "否则由承办单位办理或者退单",
        "it is urgent or may be a danger, and is with its unit: one person alone can't refuse it. Where it is none, somebody "
        "else regrades it in the ledger first, with the reason; otherwise its unit handles or returns it",
    )
