"""One handling, many voices: petitioners who are heard under another's appeal, each called back and rating apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from chassis.work import NotYetError
from chassis.workflow import Refusal, RefusedError, Role
from services.feedback import links
from services.feedback.models import Case, Heard
from services.feedback.workflow import CALLBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Select

    from chassis.work import Work

#: The states of a handling whose newest result its voices can be asked about.
_CONCLUDED: Final = ("callback_due", "rated", "unrated", "supervised", "closed", "archived")
#: The states of a voice that waits for its handling to be concluded.
_WAITING: Final = ("joined", "rework")
#: The states in which a handling is reworked already.
IN_REWORK: Final = ("rework", "rework_call_due")
#: What a voice is asked about: the result of the handling, not of its own.
_SHARED: Final = ("mechanism", "outcome", "reply", "handler_claims_solved", "handled_by", "handled_by_name", "unit")
#: The case beside, made once: it is asked for each second.
_OTHER: Final = aliased(Case)


def are_open() -> ColumnElement[bool]:
    """Say in SQL whether somebody heard under an appeal is still to be asked, or to be done with."""
    return exists().where(_OTHER.voice_of == Case.subject, _OTHER.ended_at.is_(None))


def told_by_now(_work: Work) -> Select[Any]:
    """Select the voices that wait for a handling that is concluded."""
    concluded = exists().where(_OTHER.subject == Case.voice_of, _OTHER.state.in_(_CONCLUDED))
    return select(Case).where(Case.voice_of.is_not(None), Case.state.in_(_WAITING), concluded).order_by(Case.opened_at)


def of(work: Work, parent: Case) -> list[Case]:
    """Return the voices heard under an appeal."""
    return list(work.session.scalars(select(Case).where(Case.voice_of == parent.subject).order_by(Case.opened_at)))


def join(work: Work, fact: Mapping[str, Any]) -> None:
    """Hear a petitioner under another appeal's handling; one who was told a result of his own is left with that."""
    subject = work.cause.subject if work.cause else ""
    case = work.case(subject)
    if case is None:
        blank: dict[str, Any] = {
            "mechanism": "",
            "outcome": "",
            "reply": "",
            "handler_claims_solved": False,
            "handled_by": "",
            "handled_by_name": "",
        }
        blank |= {"voice_of": fact["into"]}
        case = work.open(subject, voice_of=fact["into"], details=blank)
        work.step(case, "joined", fact)
    elif case.state in ("separated", "progress_call_due", "in_handling"):
        work.step(case, "joined_again", fact)
    else:
        work.note(case, "joined_besides", fact)


def separate(work: Work, fact: Mapping[str, Any]) -> None:
    """Hear a petitioner for himself again: he is called back when his own appeal is concluded."""
    subject = work.cause.subject if work.cause else ""
    if work.case(subject) is None and _is_a_repeat(work, subject):
        # Who had brought the same himself was never heard here under another one.
        return
    case = work.expect(subject)
    if case.voice_of is None:
        work.note(case, "unmerged_besides", fact)
    else:
        work.step(case, "unmerged", dict(fact))


def _is_a_repeat(work: Work, subject: str) -> bool:
    """Say whether an appeal was merged into another one of the same petitioner."""
    merged = select(Heard.told).where(Heard.subject == subject, Heard.what == "merged").order_by(Heard.at.desc())
    told = work.session.scalars(merged).first()
    return told is not None and told.get("own_voice") is False


def call_back(work: Work, case: Case) -> None:
    """Begin a voice's callback about the newest result of its handling."""
    parent = work.expect(case.voice_of or "")
    if parent.details.get("end") == "withdrawn":
        # Whoever began it has left: intake lets the others go on by themselves.
        return
    shared = {name: parent.details.get(name, "") for name in _SHARED}
    work.step(case, "parent_concluded", {**shared, "number": parent.number, "title": parent.title})
    links.ask(work, case)


def postpone(work: Work, parent: Case, clocks: list[dict[str, Any]]) -> None:
    """Ask those who were not asked yet, or whose leader has not decided, after the rework that somebody else has brought."""
    for voice in of(work, parent):
        if voice.state in ("callback_due", "supervised"):
            work.step(voice, "postponed", {"clocks": clocks}, role=Role.BUS)


def rework(work: Work, parent: Case, why: Mapping[str, Any]) -> None:
    """Have a handling reworked, once however many of its voices do not accept the result."""
    if not any(step.trigger == "voice_disagreed" for step in CALLBACK.steps_from(parent.state)):
        message = f"somebody heard under an appeal wants rework while that one is {parent.state} here"
        raise NotYetError(message)
    work.step(parent, "voice_disagreed", why, role=Role.BUS)
    postpone(work, parent, why["clocks"])


def refuse_to_answer_before_all_were_asked(work: Work, case: Case, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse to answer a problem order for good while somebody heard under its handling is still to be asked."""
    if open_yet := sum(1 for voice in of(work, case) if voice.ended_at is None):
        said = Refusal(
            f"还有 {open_yet} 位并案诉求人尚未回访完毕，不能以督办答复了结",
            f"{open_yet} petitioners heard under this handling are still to be asked",
        )
        raise RefusedError("supervision_answered", (said,))
    return form
