"""Intake's worker: appeals from external hotlines, and what becomes of every appeal."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from marshmallow import ValidationError
from sqlalchemy import false, func, select, update

from chassis import metrics, moments, settings
from chassis.clocks import Clock
from chassis.codes import id_of
from chassis.forms import explain_errors
from chassis.keys import KeyFolder
from chassis.service import Service, chore, reads
from chassis.workflow import Role
from services.intake import facts, register, rules, schemas, upstream
from services.intake.answers import knowledge, stock
from services.intake.matters import joining, traces
from services.intake.messages import notices, sending
from services.intake.misuse import callers, callers_book
from services.intake.models import Case, KnowledgeGap
from services.intake.ways_in import entrances
from services.intake.workflow import APPEAL, HEARD_STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.blueprint import Before
    from chassis.facts import Fact
    from chassis.work import Work
    from chassis.worker import Station
    from chassis.workflow import Decision, Moment, Workflow

_EXTERNAL: Final = schemas.ExternalAppeal()
_PROMISE: Final = "finish"
_LAWFUL: Final = "lawful"
#: What is registered is in the ledger within seconds; after so long something has gone wrong.
_LEDGERED_WITHIN: Final = timedelta(hours=2)
#: What the desk holds is in no ledger before it lets it go.
_IS_HELD: Final = func.coalesce(Case.details["hold"].as_boolean(), false())
_SAYS_OTHERWISE: Final = (
    "/external_number: 该编号已登记，内容与本次不同；本次内容没有保存，新情况请用新的编号报送。 / This number was "
    "registered with other content, and nothing of this was stored: send what is new under a number of its own."
)


def confirm_the_same(work: Work, case: Any, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bring an appeal together with the one that somebody at the desk says is the same matter."""
    return joining.confirm(work, keys(), case, form)


def take_in_words(work: Work, case: Any, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Seal the numbers in what staff add for a petitioner, as in what he adds himself, and mask them."""
    return {**form, "text": register.taken_in(work, keys(), case, form["text"])}


def mask_the_reason(_work: Work, case: Any, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let no number travel openly, and of a confidential petitioner not his name."""
    return {**form, "reason": register.shown(keys(), case, form["reason"])}


class IntakeService(Service):
    """Receives appeals by every channel, and shows residents where theirs stands."""

    name = "intake"
    workflow: ClassVar[Workflow | None] = APPEAL
    menu_place: ClassVar[int] = 10
    menu_group: ClassVar[str] = "Taking in"
    menu: ClassVar[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
        ("Register an appeal", "/desk", (Role.OPERATOR, Role.DESK)),
        ("Knowledge base", "/knowledge", (Role.OPERATOR, Role.DESK, Role.LEADER, Role.INSPECTOR)),
        ("Register of callers", "/callers", callers.LOOK),
        ("Repeats", "/repeats", (Role.OPERATOR, Role.DESK)),
        ("Notices", "/notices", (Role.DESK, Role.INSPECTOR, Role.OPS)),
    )
    keeps_menu: ClassVar[bool] = True
    before: ClassVar[Mapping[str, Before]] = {
        "merged": confirm_the_same,
        "unmerged": joining.part,
        "supplemented": take_in_words,
        "withdrawn": mask_the_reason,
    }

    @staticmethod
    def known(session: Session, now: datetime) -> Mapping[str, knowledge.Entry]:
        """Return the knowledge base, which an answer that names an entry of it is held against."""
        del now
        return stock.entries(session)

    @staticmethod
    def witness(work: Work, case: Case, decision: Decision, moment: Moment) -> Iterator[Fact]:
        """Let those know of a step at the door whose orders were merged into the appeal, after the step's own facts."""
        del moment
        yield from decision.facts
        upstream.stepped(work, case, decision.step.trigger)

    @chore(every=timedelta(minutes=10))
    def count_unledgered_appeals(self, work: Work) -> None:
        """Count, for ops, what was registered long ago, is not held and in no ledger: routing, which finds the silent, can't know it."""
        lost = (Case.state == "registered", Case.opened_at <= work.now - _LEDGERED_WITHIN, _IS_HELD.is_(False))
        count = work.session.scalar(select(func.count()).select_from(Case).where(*lost)) or 0
        metrics.SILENT.labels(self.name).set(count)

    @chore(every=timedelta(minutes=10))
    def tell_the_knowledge_base(self, work: Work) -> None:
        """Tell the mechanisms what the knowledge base says, where they were told otherwise or nothing."""
        stock.tell_what_differs(work)

    @reads("hotline.knowledge_gap_found.v1", schemas.GapFound)
    def on_knowledge_gap_found(self, work: Work, found: Mapping[str, Any]) -> None:
        """Keep what was asked and has no entry, for whoever writes the knowledge base."""
        assert work.cause is not None  # noqa: S101 - it is read from a letter
        work.session.add(
            KnowledgeGap(
                id=work.cause.id,
                asked_at=found["at"],
                told_by=work.cause.key.partition(".")[0],
                unit=found["unit"][:60],
                question=found["question"][:200],
                answer=found["answer"],
                source=found["source"][:300],
            )
        )

    @chore(every=timedelta(hours=1))
    def expire_callers(self, work: Work) -> None:
        """Take out of the register of callers whose time there is over."""
        callers_book.expire(work.session, work.now)

    def errands(self, station: Station) -> Mapping[str, Callable[[], bool]]:
        """Bring notices out, where ops has named channels for them."""
        return sending.errands(station, notices.book(), keys(), moments.now)

    @reads("external:*.appeal_submitted.v1", schemas.Anything)
    def on_appeal_submitted(self, work: Work, submitted: Mapping[str, Any]) -> None:
        """Register what an external hotline submits, or tell it why not."""
        if work.cause is None:
            message = "a submission comes by letter"
            raise TypeError(message)
        source = work.cause.key.partition(".")[0]
        loaded, reasons = judged(submitted, work.now)
        if reasons:
            number = str(submitted.get("external_number") or "")[:120]
            reject(work, source, number, reasons)
            return
        loaded["external"] = {"source": source, "number": loaded["external_number"], "due_at": loaded["due_at"]}
        sent = register.submission(loaded, keys(), now=work.now, channel="external")
        [(case, what)] = joining.admit(work, keys(), sent)
        if what == "already_there" and register.says_otherwise(case, sent):
            reject(work, source, str(sent.external_number), [_SAYS_OTHERWISE])
        elif what == "already_there":
            work.tell_again(facts.AppealRegistered, case.subject)

    @reads("routing.appeal_ledgered.v1", schemas.Ledgered)
    def on_appeal_ledgered(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show the number in the ledger and how urgent it is, and which emergency line it may be for."""
        case = hear(work, "ledgered", told["at"], number=told["number"])
        case.urgency = case.urgency or told["urgency"]
        lines = [flag.removeprefix("relay:") for flag in told["flags"] if flag.startswith("relay:")]
        if lines:
            case.details = {**case.details, "line": lines[0]}

    @reads("routing.answer_ledgered.v1", schemas.Ledgered)
    def on_answer_ledgered(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show the number of what was answered on the spot before it was in the ledger."""
        if not work.expect(work.cause.subject if work.cause else "").number:
            hear(work, "ledgered", told["at"], number=told["number"])

    @reads("routing.line_numbered.v1", schemas.Ledgered)
    def on_line_numbered(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show the number of what is held here, also where it is merged and never graded."""
        case = work.expect(work.cause.subject if work.cause else "")
        if not case.number:
            # Beside the case's version: an operator who has it open while somebody waits on the line is not sent back.
            work.session.execute(update(Case).where(Case.id == case.id).values(number=told["number"]))

    @reads("routing.appeal_dispatched.v1", schemas.Dispatched)
    def on_appeal_dispatched(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show who has it and by when, and let the handler know whom to call and what was added."""
        due = promised(work, told["clocks"])
        whose = {"mechanism": told["mechanism"], "unit": told["lead_unit"], "number": told["number"]}
        case = work.expect(work.cause.subject if work.cause else "")
        # Before anybody is let know: an emergency may wake people, whatever it was taken for at first.
        case.urgency = told["urgency"] or case.urgency
        hear(work, "dispatched", told["at"], due=due, turn=told["round"], **whose)
        # One that arrives after the next is no reason to let somebody know whom to call who has it no more.
        if rules.holder(case.public)[0] == told["mechanism"]:
            register.disclose(work, keys(), case, told["mechanism"])
        register.forward(work, case, rules.material(case.public))
        for unit in told["assisting_units"]:
            self._let_know(work, "assist_asked", unit=unit)

    @reads("routing.extension_decided.v1", schemas.ExtensionDecided)
    def on_extension_decided(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show the new promise when more time was granted, and why it is needed (北京市接诉即办工作条例 15)."""
        if told["granted"]:
            hear(work, "extended", told["at"], due=promised(work, told["clocks"]), text=told["reason"])

    @reads("routing.appeal_regraded.v1", schemas.Regraded)
    def on_appeal_regraded(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that it is found more or less urgent, why, and the new promise."""
        work.expect(work.cause.subject if work.cause else "").urgency = told["urgency"]
        hear(work, "regraded", told["at"], due=promised(work, told["clocks"]), text=told["reason"])

    @reads("routing.promise_moved.v1", schemas.PromiseMoved)
    def on_promise_moved(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that the promise stands still, or runs on, and its new end."""
        hear(work, "paused" if told["paused"] else "resumed", told["at"], due=told["due_at"].isoformat())

    @reads("routing.return_decided.v1", schemas.ReturnDecided)
    def on_return_decided(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let the unit know whether it may return the appeal."""
        self._let_know(work, "return_decided", granted=told["granted"])

    @reads("routing.appeal_urged.v1", schemas.Light)
    def on_appeal_urged(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let the unit know that half of the time is over, or more."""
        self._let_know(work, "urged", **told)

    @reads("routing.card_issued.v1", schemas.Light)
    def on_card_issued(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let the unit, and with a red card the leaders, know of it."""
        self._let_know(work, "card", **told)

    @reads("routing.appeal_supervised.v1", schemas.OfUnit)
    def on_appeal_supervised(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let the leaders know what they watch over."""
        self._let_know(work, "supervised", **told)

    @reads("routing.signature_awaited.v1", schemas.Awaited)
    def on_signature_awaited(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let the leaders know what waits for a signature."""
        self._let_know(work, "signature_awaited", **told)

    @reads("routing.decision_awaited.v1", schemas.Awaited)
    def on_decision_awaited(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let the leaders know what the desk or one of them has not decided in time."""
        self._let_know(work, "decision_awaited", **told)

    @reads("routing.whistle_blown.v1", schemas.Called)
    @reads("routing.assist_asked.v1", schemas.Called)
    def on_units_called(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let each unit know that is called to the spot, or asked to assist."""
        what = work.cause.key.split(".")[1] if work.cause else ""
        for unit in told["units"]:
            self._let_know(work, what, unit=unit, due=told["arrive_by"])

    @reads("routing.appeal_silent.v1", schemas.OfUnit)
    @reads("feedback.conduct_referred.v1", schemas.Undecided)
    @reads("wage_recovery.group_incident_reported.v1", schemas.OfUnit)
    @reads("mediation.escalation_reported.v1", schemas.OfUnit)
    @reads("relief.advance_late.v1", schemas.OfUnit)
    @reads("relief.retro_papers_overdue.v1", schemas.OfUnit)
    def on_staff_alarmed(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let the leaders, or whoever has the appeal, know what can't wait until somebody opens the case."""
        self._let_know(work, work.cause.key.split(".")[1] if work.cause else "", **told)

    @reads("feedback.problem_ordered.v1", schemas.Undecided)
    def on_problem_ordered(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let the leaders know of a problem order, and of one on which nobody has decided in time."""
        self._let_know(work, "problem_ordered", **told)

    @reads("feedback.problem_answered.v1", schemas.Concluded)
    def on_problem_answered(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what a leader answers himself."""
        hear(work, "concluded", told["at"], reply=told["reply"], outcome=told["outcome"], supervised=True)

    @reads("intake.appeal_not_accepted.v1", schemas.Said)
    def on_appeal_not_accepted(self, work: Work, told: Mapping[str, Any]) -> None:
        """Let the petitioner know that another route is the right one: staff took that step at the door."""
        del told
        self._let_know(work, "not_accepted")

    @staticmethod
    def _let_know(work: Work, what: str, **told: Any) -> None:
        """Write notices about an appeal whose own record does not change."""
        if notices.book().channels:
            sending.note(work, keys(), work.expect(work.cause.subject if work.cause else ""), what, **told)

    @reads("*.case_accepted.v1", schemas.Said)
    def on_case_accepted(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that a handler has taken it."""
        hear(work, "accepted", told["at"])

    @reads("*.case_contacted.v1", schemas.Said)
    def on_case_contacted(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that the handler was in contact."""
        hear(work, "contacted", told["at"])

    @reads("*.case_progressed.v1", schemas.Progressed)
    def on_case_progressed(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what has been done so far."""
        hear(work, "progressed", told["at"], text=told["progress"])

    @reads("*.case_interim_replied.v1", schemas.InterimReplied)
    def on_case_interim_replied(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show what is replied for the time being, that it goes on, until when and by what law."""
        lawful: Mapping[str, Any] = next((row for row in told["clocks"] if row.get("name") == _LAWFUL), {})
        law = {name: str(lawful.get(name, "")) for name in ("zh", "en", "basis")}
        hear(work, "interim_replied", told["at"], text=told["reply"], due=told["due_at"].isoformat(), law=law)

    @reads("*.case_concluded.v1", schemas.Concluded)
    def on_case_concluded(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show the reply."""
        hear(work, "concluded", told["at"], reply=told["reply"], outcome=told["outcome"])

    @reads("feedback.callback_due.v1", schemas.CallbackDue)
    def on_callback_due(self, work: Work, told: Mapping[str, Any]) -> None:
        """Ask for a rating, and let the callback know whom to call."""
        case = hear(work, "callback_due", told["at"], link=told["link"])
        register.disclose(work, keys(), case, "feedback")

    @reads("feedback.progress_call_due.v1", schemas.Said)
    def on_progress_call_due(self, work: Work, _told: Mapping[str, Any]) -> None:
        """Let feedback know whom to call about an appeal that is handled for longer than was promised."""
        case = work.expect(work.cause.subject if work.cause else "")
        register.disclose(work, keys(), case, "feedback")

    @reads("feedback.rework_ordered.v1", schemas.ReworkOrdered)
    def on_rework_ordered(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that it is handled again."""
        ground = rules.SENT_BACK if told["ground"] == rules.SENT_BACK else ""
        hear(work, "rework_ordered", told["at"], due=promised(work, told["clocks"]), ground=ground)

    @reads("feedback.exclusion_decided.v1", schemas.ExclusionDecided)
    def on_exclusion_decided(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that it is not counted, and why; a proposal that was turned down changes nothing for the resident."""
        if told["granted"]:
            hear(work, "excluded", told["at"], ground=told["ground"], text=told["opinion"])

    @reads("feedback.appeal_closed.v1", schemas.Closed)
    def on_appeal_closed(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that it is over."""
        hear(work, "closed", told["at"], end=told["end"])

    @reads("feedback.appeal_archived.v1", schemas.Said)
    def on_appeal_archived(self, work: Work, told: Mapping[str, Any]) -> None:
        """Show that its file is closed; nobody is told of it any more."""
        sending.archive(work, hear(work, "archived", told["at"]))

    @chore(every=timedelta(seconds=10))
    def trace_appeals(self, work: Work) -> bool:
        """Write the traces by which appeals about one matter are found."""
        return traces.trace(work)

    @chore(every=timedelta(days=1))
    def forget_traces(self, work: Work) -> None:
        """Delete the traces of what is too old to be a candidate."""
        traces.forget(work.session, work.now)

    @chore(every=timedelta(seconds=5), each=joining.left_alone)
    def let_go_on_alone(self, work: Work, case: Case) -> None:
        """Let each petitioner go on by himself whose matter was given up by the one it was handled for."""
        joining.go_on_alone(work, case)


# -- facts heard --------------------------------------------------------------


def hear(
    work: Work, what: str, at: datetime | None, *, number: str = "", link: str = "", turn: int = 0, **said: Any
) -> Any:
    """Put a fact on an appeal's public record, and move it where all that was heard says it stands; let people know.

    `link` is for the petitioner's notice alone; `turn` the how manieth dispatch it is.
    """
    cause = work.cause
    case = work.expect(cause.subject if cause else "")
    moment = at or (cause.time if cause else work.now)
    case.number = number or case.number
    case.public = rules.with_heard(case.public, what, moment, turn=turn, **said)
    stays = case.state in rules.OWN_ENDS and not (case.state == "withdrawn" and said.get("ground") == rules.SENT_BACK)
    target = case.state if stays else rules.standing(case.public["heard"])
    trigger = HEARD_STEPS.get(target, "")
    can = any(step.trigger == trigger for step in APPEAL.steps_from(case.state))
    form = {"at": moment, **{name: value for name, value in said.items() if value}}
    if target != case.state and can:
        work.step(case, trigger, form)
    else:
        work.note(case, what, form)
    upstream.report(work, case)
    due = rules.time_at(said["due"]) if said.get("due") else None
    sending.note(work, keys(), case, what, due=due, link=link)
    return case


def promised(work: Work, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return until when the reply is promised, as ISO 8601, or an empty string."""
    for row in rows:
        if row.get("name") == _PROMISE:
            return Clock.from_dict(dict(row)).due_at(work.service.calendar).isoformat()
    return ""


# -- external submissions -----------------------------------------------------


def judged(submitted: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], list[str]]:
    """Return what an external submission says, and why it can't be registered."""
    try:
        loaded: dict[str, Any] = _EXTERNAL.load(dict(submitted))
        wrong = entrances.errors("external", {**loaded, "external": {"number": loaded["external_number"]}})
    except ValidationError as error:
        loaded, wrong = schemas.readable(error), dict(error.messages_dict)
    wrong |= schemas.when_and_where_errors(loaded, now)
    if late := schemas.deadline_errors(loaded.get("due_at"), loaded.get("submitted_at"), now):
        wrong["due_at"] = late
    reasons = [f"{one['pointer']}: {one['zh']} / {one['en']}" for one in explain_errors(_EXTERNAL, wrong)]
    return loaded, reasons


def reject(work: Work, source: str, number: str, reasons: list[str]) -> None:
    """Tell an external system why a submission of its is not registered."""
    told = facts.SubmissionRejected(source=source, external_number=number, reasons=reasons, at=work.now)
    work.tell(told, rejected_subject(keys(), source, number or (work.cause.id if work.cause else "")))


def rejected_subject(folder: KeyFolder, source: str, number: str) -> str:
    """Return the subject of a refusal: the id that the appeal would have had."""
    return id_of(rules.code_for(folder.lookup(), "external", source, number))


def keys() -> KeyFolder:
    """Return the key folder of this process's settings."""
    return _folder(os.environ.get("JIESU_KEYS_DIR", ""), os.environ.get("JIESU_DATA", ""))


@cache
def _folder(_keys: str, _data: str) -> KeyFolder:
    return KeyFolder(settings.load().keys)
