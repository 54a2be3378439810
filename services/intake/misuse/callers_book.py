"""The register of callers as it is stored: proposals, decisions, looks, and whose appeals are held for a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import and_, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from chassis.access import acting_role
from chassis.acting import stale
from chassis.problems import ProblemError, invalid, not_found
from chassis.wire import new_id, plain
from chassis.workflow import IllegalStepError, Moment, RefusedError, Role
from services.intake.answers import replies
from services.intake.misuse import callers
from services.intake.models import NUMBERED, CallerLook, Case, ListedCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from services.intake.register import Submission

#: For so many seconds a process goes by what it read last, so that no appeal costs a query.
FRESH: float = 15
_READ: WeakKeyDictionary[Any, tuple[datetime, frozenset[str]]] = WeakKeyDictionary()


# -- whose appeals are held ---------------------------------------------------


def held_hashes(session: Session, now: datetime) -> frozenset[str]:
    """Return the hashes of the callers whose appeals a person looks at first."""
    ways = [one.code for one in callers.policy().ways.values() if one.holds]
    rows = select(ListedCaller.petitioner).where(
        ListedCaller.state == "listed", ListedCaller.until > now, ListedCaller.way.in_(ways)
    )
    return frozenset(session.scalars(rows))


def for_a_person(
    bind: Any, reading: Callable[[], AbstractContextManager[Session]], sent: Submission, now: datetime
) -> Submission:
    """Return an appeal as it is to be registered: held, where its caller is in the register and no life is in danger.

    `reading` opens a session on `bind`; that is done anew every 15 seconds at the most.
    """
    if not sent.petitioner or sent.hold:
        return sent
    read_at, known = _READ.get(bind, (None, frozenset()))
    if read_at is None or not 0 <= (now - read_at).total_seconds() < FRESH:
        with reading() as session:
            known = held_hashes(session, now)
        _READ[bind] = (now, known)
    if sent.petitioner not in known or replies.emergencies(f"{sent.title}\n{sent.text}"):
        return sent
    return replace(sent, hold=True, listed=True)


def forget() -> None:
    """Have the register read anew at the next appeal: it has just been changed here."""
    _READ.clear()


def listed(session: Session, petitioner: str, now: datetime) -> ListedCaller | None:
    """Return the entry of a caller that holds now, or None."""
    of_caller = select(ListedCaller).where(
        ListedCaller.petitioner == petitioner, ListedCaller.state == "listed", ListedCaller.until > now
    )
    return session.scalars(of_caller).first() if petitioner else None


# -- proposing and deciding ---------------------------------------------------


def propose(session: Session, form: Mapping[str, Any], who: Principal, now: datetime) -> ListedCaller:
    """Put a proposal on the register. Raises ProblemError where the evidence is not enough."""
    asked = list(dict.fromkeys(form["appeals"]))
    cases = {key: case for case in session.scalars(_named(asked)) for key in (case.id, case.number)}
    missing = [one for one in asked if one not in cases]
    if missing:
        raise _wrong(f"没有这些诉求：{'、'.join(missing)}。", f"There are no such appeals: {', '.join(missing)}.")
    found = {case.id: case for one in asked for case in [cases[one]]}
    hashes = {case.petitioner for case in found.values()}
    fewest = callers.policy().fewest_appeals
    if "" in hashes:
        raise _wrong(
            "其中有不知道诉求人的诉求（匿名或未留电话），不能作为依据。",
            "The caller of one of them is not known; it shows nothing.",
        )
    if len(hashes) > 1:
        raise _wrong("这些诉求不是同一诉求人提出的。", "They are not all of one caller.")
    if len(found) < fewest:
        raise _wrong(f"至少列出 {fewest} 件诉求。", f"Name at least {fewest} appeals.")
    row = ListedCaller(
        id=new_id(),
        petitioner=hashes.pop(),
        state="proposed",
        version=1,
        ground=form["ground"],
        opened_at=now,
        until=None,
        way="",
        details={"appeals": [*found], "facts": form["facts"], "proposed_by": who.id, "history": []},
    )
    _enter(row, "proposed", form, Moment(now=now, actor=who.id, actor_name=who.name, role=Role.OPERATOR))
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise ProblemError(
            409,
            "proposed-already",
            "该诉求人已有一份提议或列入记录，请在原记录上办理",
            "There is a proposal or an entry about this caller already",
        ) from None
    return row


def _named(asked: list[str]) -> Any:
    return select(Case).where(or_(Case.id.in_(asked), and_(text(NUMBERED), Case.number.in_(asked))))


def _wrong(zh: str, en: str) -> ProblemError:
    return invalid([{"pointer": "/appeals", "zh": zh, "en": en}])


def find(session: Session, entry_id: str) -> ListedCaller:
    """Return an entry, or raise ProblemError."""
    row = session.get(ListedCaller, entry_id)
    if row is None:
        raise not_found("登记册中没有这一记录", "There is no such entry in the register")
    return row


def step(session: Session, row: ListedCaller, trigger: str, form: Mapping[str, Any], moment: Moment) -> None:
    """Take a step of an entry. Raises ProblemError."""
    try:
        decision = callers.LISTING.decide(row, trigger, form, moment=moment)
    except IllegalStepError as error:
        raise ProblemError(
            409,
            "illegal-step",
            "这一记录现在不能这样办理，请刷新后再看",
            f"The entry has no such step now; there are: {', '.join(error.allowed)}",
        ) from None
    except RefusedError as error:
        said = error.refusals[0]
        raise ProblemError(409, "refused", said.zh, said.en) from None
    changes = dict(decision.changes)
    row.state = decision.target
    row.until = changes.pop("until", row.until)
    row.way = changes.get("way", row.way)
    row.details = plain({**row.details, **decision.kept, **changes})
    _enter(row, trigger, form, moment)
    try:
        session.flush()
    except StaleDataError:
        raise stale(row.version) from None


def moment_of(trigger: str, row: ListedCaller, who: Principal, now: datetime) -> Moment:
    """Return as what somebody takes a step; raises ProblemError where he may not."""
    steps = [one for one in callers.LISTING.steps_from(row.state) if one.trigger == trigger]
    roles = steps[0].roles if steps else callers.LOOK
    role = acting_role(who, roles=roles, service="intake", unit="")
    if role is None:
        raise ProblemError(403, "not-permitted", "这一步应由其他岗位办理", f"This step is for: {', '.join(roles)}")
    return Moment(now=now, actor=who.id, actor_name=who.name, role=role)


def _enter(row: ListedCaller, trigger: str, form: Mapping[str, Any], moment: Moment) -> None:
    entry = {
        "what": trigger,
        "at": moment.now,
        "by": moment.actor,
        "by_name": moment.actor_name,
        "form": {name: said for name, said in form.items() if name != "appeals"},
    }
    row.details = plain({**row.details, "history": [*row.details["history"], entry]})


def expire(session: Session, now: datetime) -> int:
    """Take out whoever's time is over; return how many."""
    over = select(ListedCaller).where(ListedCaller.state.in_(("listed", "objected")), ListedCaller.until <= now)
    rows = session.scalars(over.with_for_update(skip_locked=True)).all()
    for row in rows:
        step(session, row, "expired", {}, Moment(now=now, actor="clock", role=Role.CLOCK))
    return len(rows)


# -- looks --------------------------------------------------------------------


def log_look(session: Session, who: Principal, entry_id: str, what: str, now: datetime) -> None:
    """Put on record that somebody looked; `*` stands for the whole list."""
    session.add(CallerLook(id=new_id(), entry_id=entry_id, at=now, by=who.id, by_name=who.name, what=what))


def looks(session: Session, entry_id: str) -> list[CallerLook]:
    """Return who looked at an entry, the newest first."""
    of_entry = select(CallerLook).where(CallerLook.entry_id == entry_id).order_by(CallerLook.at.desc(), CallerLook.id)
    return list(session.scalars(of_entry.limit(200)))
