"""The same matter again, from one petitioner or many: brought together, taken apart, and reopened."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from chassis.masking import redact
from chassis.sealing import unseal
from chassis.workflow import Refusal, RefusedError, Role
from services.intake import facts, register, rules, upstream
from services.intake.answers import replies
from services.intake.matters import naming, repeats
from services.intake.misuse import callers_book
from services.intake.models import Case
from services.intake.workflow import OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Select

    from chassis.keys import KeyFolder
    from chassis.work import Work
    from services.intake.register import Submission

#: The states of an appeal that others may still be joined to: it goes on, or its petitioner is still to be asked.
JOINABLE = (*OPEN, "answered", "concluded", "callback_due")
#: The ends at the door after which a matter is handled for its first petitioner no more.
_GIVEN_UP = ("not_accepted", "relayed", "followed_up", "withdrawn")


# -- at the door ---------------------------------------------------------------


def admit(work: Work, keys: KeyFolder, *batch: Submission) -> list[tuple[Any, str]]:
    """Register submissions unless they are here already, looking first; return cases and what happened.

    What happened is `registered`, `merged` or `already_there`.
    """
    bind = work.session.get_bind()
    batch = tuple(callers_book.for_a_person(bind, lambda: nullcontext(work.session), sent, work.now) for sent in batch)
    work.prefetch(sent.appeal_id for sent in batch)
    open_matters = _open_matters(work, {sent.matter for sent in batch if sent.matter})
    done: list[tuple[Any, str]] = []
    for sent in batch:
        known = work.case(sent.appeal_id)
        first = open_matters.get(sent.matter or "")
        if known is not None:
            done.append((known, "already_there"))
        elif first is not None and is_over(first, work):
            # The matter is free for the new one before that is inserted.
            work.session.execute(update(Case).where(Case.id == first.id).values(matter=None))
            set_committed_value(first, "matter", None)
            case = register.register(work, keys, sent, follows=first.subject)
            open_matters[sent.matter or ""] = case
            done.append((case, "registered"))
        elif first is not None:
            done.append((repeated(work, keys, sent, first), "merged"))
        else:
            case = register.register(work, keys, sent)
            if sent.matter:
                open_matters[sent.matter] = case
            done.append((case, "registered"))
    return done


def is_over(first: Any, work: Work) -> bool:
    """Say whether an appeal was closed too long ago to be reopened."""
    closed = repeats.closed_at(first.public) is not None
    return closed and not repeats.may_reopen(first.public, work.now, repeats.policy())


def _open_matters(work: Work, matters: set[str]) -> dict[str, Any]:
    """Return the appeals about some matters, by matter, and let nobody else change them meanwhile."""
    if not matters:
        return {}
    known = select(Case).where(Case.matter.in_(matters)).order_by(Case.id).with_for_update()
    found = work.session.scalars(known).all()
    work.take_up(found)
    return {case.matter: case for case in (*found, *work.opened) if case.matter in matters}


def repeated(work: Work, keys: KeyFolder, sent: Submission, first: Any) -> Any:
    """Open an appeal of the same petitioner about the same matter, and end it at once as merged into the first one."""
    case = register.register(work, keys, sent, hold=True)
    form = {"into": first.subject, "reason": "同一诉求人同一事项重复反映", **again(work, first, case)}
    work.step(case, "merged", form, role=Role.BUS)
    return case


# -- bringing together ---------------------------------------------------------


def root_of(work: Work, case: Any) -> Any:
    """Return the appeal that is handled for this one: itself, unless it was merged."""
    while case.state == "merged":
        case = work.expect(case.details["merged"]["into"])
    return case


def confirm(work: Work, keys: KeyFolder, case: Any, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Complete what somebody at the desk has confirmed: the same matter as another appeal's.

    Raises ValidationError where there is no such appeal, RefusedError where it can't go on for this one.
    """
    named = _meant(work, form["into"])
    if named is None:
        raise ValidationError({"into": ["没有这个诉求，请核对编号。 / There is no such appeal."]})
    handled = root_of(work, named)
    if handled is case:
        return {**form, "into": case.subject}
    first = _own_among(work, case, handled)
    closed = repeats.closed_at((first or handled).public)
    if handled.state not in JOINABLE and not (first is not None and closed):
        why = "已办结" if closed else "已结束"
        raise refused(f"所选诉求{why}，本件应单独办理", "the other appeal has ended: this one is handled for itself")
    if (urgent := too_urgent_for(case, handled)) is not None:
        raise RefusedError("merged", (urgent,))
    if first is None:
        return {**join(work, handled, case), **form, **_named(handled), "own_voice": True}
    if is_over(first, work):
        raise refused(
            f"所选诉求办结已超过 {repeats.policy().reopen_days} 日，本件应作为新诉求办理",
            "the other appeal was closed too long ago to be reopened: this one is handled as a new one",
        )
    add_words(work, keys, handled, case)
    return {**again(work, first, case), **form, **_named(first)}


def _meant(work: Work, words: str) -> Any | None:
    """Return the appeal of an id, a tracking code or a number in the ledger, where it is one only."""
    if (known := work.case(words)) is not None:
        return known
    coded = naming.coded(work.session, words)
    found = [coded] if coded is not None else naming.numbered(work.session, words)
    return work.case(found[0].id) if len(found) == 1 else None


def _named(first: Any) -> dict[str, Any]:
    """Name the appeal that goes on, as the note of the merging does."""
    return {
        "into": first.subject,
        "into_number": first.number,
        "into_title": first.title,
        "into_opened_at": first.opened_at,
    }


def _own_among(work: Work, case: Any, handled: Any) -> Any:
    """Return the appeal by which this petitioner is heard already in a matter, if there is one."""
    if not case.petitioner or register.is_of_same(case, handled):
        return handled if case.petitioner else None
    mine = select(Case.subject).where(Case.voice_of == handled.subject, Case.petitioner == case.petitioner)
    found = work.session.scalars(mine.order_by(Case.opened_at)).first()
    return work.case(found) if found else None


def join(work: Work, first: Any, case: Any) -> dict[str, Any]:
    """Count another petitioner among those of a matter, and let its handler know what he says; return what he is told."""
    count(first, voices=1)
    said = case.details.get("text", "")
    first.public = rules.with_heard(first.public, "voice_joined", work.now, said=said)
    work.note(first, "voice_joined", {"appeal": case.subject, "voices": first.details["voices"]})
    register.forward(work, first, [{"at": work.now.isoformat(), "said": said}])
    return {"reply": said_to_a_voice(work, first)}


def again(work: Work, first: Any, case: Any) -> dict[str, Any]:
    """Count a repeat of the same petitioner, and reopen what came to its end; return what he is told."""
    root = root_of(work, first)
    count(root, repeats=1)
    reopened = repeats.closed_at(first.public) is not None
    work.note(root, "brought_again", {"appeal": case.subject, "repeats": root.details["repeats"]})
    root.public = rules.with_heard(root.public, "repeated", work.now)
    if reopened:
        reason = rules.title_of(case.title, case.details.get("text", ""))
        first.public = rules.with_heard(first.public, "reopened", work.now)
        told = facts.AppealReopened(appeal_id=first.subject, by=case.subject, reason=reason, at=work.now)
        work.tell(told, first.subject)
        upstream.report(work, first)
    register.forward(work, root, [{"at": work.now.isoformat()}])
    stage = "reopened" if reopened else register.stage_of(work, root)
    # What the other's petitioner was told holds no number for him; his own reply is his.
    said = rules.last_said(root.public, "reply")
    reply, _en = rules.progress_of(stage, number=root.number, reply=said if root is first else redact(said).text)
    return {"reply": reply}


def add_words(work: Work, keys: KeyFolder, first: Any, case: Any) -> None:
    """Add what the same petitioner says this time, and the pictures that he sent with it, to the appeal that goes on."""
    sealed = case.details.get("sealed")
    personal = unseal(sealed, keys.private("intake")) if sealed else {}
    whole = personal.get("text", "")
    if case.details.get("confidential"):
        # Under this name the other appeal may not know him.
        whole = rules.without_name(whole, personal.get("name", ""))
    # Of a text that is too long to be sealed whole, only the lines with numbers are.
    masked = case.details.get("text", "")
    words = whole if len(whole) * 2 > len(masked) else "\n".join(part for part in (masked, whole) if part)
    if first.state in OPEN:
        register.supplement(work, keys, first, words)
    else:
        first.public = rules.with_heard(first.public, "supplemented", work.now, text=case.details.get("text", ""))
        register.forward(work, first, [first.public["heard"][-1]])
    for item in rules.material(case.public):
        if item.get("pictures"):
            first.public = rules.with_heard(
                first.public, "pictures_added", rules.time_at(item["at"]), pictures=item["pictures"]
            )
            register.forward(work, first, [item])


def count(case: Any, **more: int) -> None:
    """Count voices or repeats of a matter, the petitioner who was first among the voices."""
    known = {"voices": case.details.get("voices", 1), "repeats": case.details.get("repeats", 0)}
    counted = {name: known[name] + number for name, number in more.items()}
    case.details = {**case.details, **counted}
    found = repeats.marks(case.details.get("repeats", 0), case.details.get("voices", 1), repeats.policy())
    case.details = {**case.details, "marks": found}


def said_to_a_voice(work: Work, first: Any) -> str:
    """Word what somebody is told whose matter is handled under another's appeal."""
    zh, _en = rules.progress_of(register.stage_of(work, first), number=first.number, reply="")
    return (
        zh.replace("您反映的同一事项此前已经提交", "您反映的事项此前已有诉求人提交")
        + "办结后将单独向您回访，请您评价。"
    )


# -- taking apart --------------------------------------------------------------


def part(work: Work, case: Any, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take an appeal out of the one that it was merged into wrongly."""
    first = work.case(case.details["merged"]["into"])
    if first is not None:
        first = root_of(work, first)
        count(first, **({"voices": -1} if case.voice_of else {"repeats": -1}))
        work.note(first, "voice_left" if case.voice_of else "repeat_left", {"appeal": case.subject})
        register.forward(work, first, [{"at": work.now.isoformat()}])
    return form


def left_alone(_work: Work) -> Select[Any]:
    """Select those who are heard under an appeal whose own petitioner has withdrawn it, or that ended at the door."""
    first = aliased(Case)
    given_up = select(first.subject).where(first.subject == Case.voice_of, first.state.in_(_GIVEN_UP)).exists()
    return select(Case).where(Case.voice_of.is_not(None), Case.state == "merged", given_up).order_by(Case.opened_at)


def go_on_alone(work: Work, case: Any) -> None:
    """Let somebody's appeal go on by itself, after the one that it was heard under ended without an answer to him."""
    form = part(work, case, {"reason": "所并入的诉求已撤回或未受理，本件单独办理"})
    work.step(case, "unmerged", form, role=Role.BUS)


def too_urgent_for(case: Any, first: Any) -> Refusal | None:
    """Say why an appeal may not be handled under another one that is handled less urgently, if it may not."""
    return rules.more_urgent(_danger(case), _danger(first))


def _danger(case: Any) -> rules.Danger:
    """Return how urgent an appeal is; of what nobody has graded yet, by the words of an emergency in it.

    Until it is sent its grade is the classifier's: that it can't wait holds at once, anything less until somebody says so.
    """
    graded, line = case.urgency or "", case.details.get("line")
    if not graded and line is None and replies.emergencies(f"{case.title}\n{case.details.get('text', '')}"):
        line = "?"
    if graded != "I" and case.state in ("registered", "ledgered"):
        graded = ""
    return rules.Danger(graded, waits=bool(line), known=line is not None)


def refused(zh: str, en: str) -> RefusedError:
    """Make the refusal of a merge that can't be."""
    return RefusedError("merged", (Refusal(zh, en),))
