"""Feedback's doors on the bus, and what follows from a rating."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import and_, or_, select, update

from chassis import keys
from chassis.clocks import Clock, start
from chassis.masking import redact
from chassis.service import Service, chore, reads
from chassis.wire import new_id, plain
from chassis.work import NotYetError
from chassis.workflow import Refusal, RefusedError, Role
from services.feedback import calls, facts, links, recalls, rules, schemas, voices
from services.feedback.models import AGAIN, Case, Heard
from services.feedback.rates import Course, Event, course, denied
from services.feedback.workflow import CALLBACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Select, Table
    from sqlalchemy.orm import Session

    from chassis.blueprint import Before
    from chassis.facts import Fact
    from chassis.work import Work
    from chassis.workflow import Decision, Moment, Workflow
    from services.feedback.rates import Period


#: Cases shown behind a rate.
_SHOWN: Final = 100
#: Promises looked at in one transaction.
_AT_ONCE: Final = 200
#: The clocks of what is looked into, by aspect.
_LOOKED_INTO: Final = {"attitude": "attitude_supervision", "process": "process_review"}

#: What is kept of an interim reply.
INTERIM: Final = "interim_replied"

#: The states of what was asked or opened again, and of which nothing has come yet.
JUDGED: Final = ("rated", "unrated", "reopened")


def judged(_work: Work) -> Select[Any]:
    """Select the appeals that were rated, not reached or reopened, and of which nothing has come yet.

    A handling whose result is accepted ends when all who are heard under it were asked.
    """
    asked = Case.state.in_(("rated", "unrated"))
    not_accepted = or_(Case.citizen_says_solved.is_(False), Case.result <= rules.DISSATISFIED)
    ripe = or_(Case.state == "reopened", and_(asked, or_(not_accepted, ~voices.are_open())))
    return select(Case).where(ripe).order_by(Case.opened_at)


def unlooked(work: Work) -> Select[Any]:
    """Select the cases with conduct that was to be looked into by now."""
    return select(Case).where(Case.conduct_at <= work.now).order_by(Case.conduct_at)


def require_rework(work: Work, case: Case, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Promise what is handled again for a leader by its urgency, and by when he wants it."""
    due_at = form["required_due_at"]
    own = [rules.required_by(due_at, work.now).to_dict()] if due_at else []
    return {**form, "clocks": [*promise(work, case), *own], "ground": rules.SUPERVISION}


class FeedbackService(Service):
    """Asks residents how it went, orders rework, and closes appeals."""

    name = "feedback"
    workflow: ClassVar[Workflow | None] = CALLBACK
    #: Whoever calls back; who proposes, reviews or finds here needs to know nobody's name.
    opened_by: ClassVar[tuple[Role, ...]] = (Role.OPERATOR,)
    menu_place: ClassVar[int] = 90
    menu_group: ClassVar[str] = "Calling back"
    menu_elsewhere: ClassVar[Mapping[str, str]] = {"/rates": "Figures"}
    inner: ClassVar[tuple[str, ...]] = ("answered_by_leader",)
    warnings = recalls.WARNINGS
    before: ClassVar[Mapping[str, Before]] = {
        "rework_required": require_rework,
        "supervision_answered": voices.refuse_to_answer_before_all_were_asked,
    }
    menu: ClassVar[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
        ("Callbacks", "/callbacks", (Role.OPERATOR, Role.LEADER)),
        ("Second calls", "/recalls", (Role.OPERATOR, Role.LEADER, Role.INSPECTOR)),
        ("Rates", "/rates", (Role.LEADER, Role.INSPECTOR)),
    )

    @staticmethod
    def witness(work: Work, case: Case, decision: Decision, _moment: Moment) -> Iterable[Fact]:
        """Let what waits for a rework wait as long as was promised; ask after a leader's own answer."""
        finish = [row for row in decision.form.get("clocks", ()) if row["name"] == "finish"]
        if finish and "rework" in decision.step.starts:
            named = work.clocks_of(case)["rework"]
            clock = replace(Clock.from_dict(finish[0]), name="rework", zh=named.clock.zh, en=named.clock.en)
            work.start_clock(case, clock, named.kind)
        if decision.step.trigger == "rework_required":
            hand_down(work, case, decision.form)
        elif decision.step.trigger == "supervision_answered":
            links.ask(work, case)
        have_looked_into(work, case)
        return decision.facts

    @reads("*.case_concluded.v1", schemas.Concluded)
    def on_case_concluded(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Have the resident called back, after the first conclusion and after each rework."""
        keep(work, "concluded", mechanism=_teller(work), unit=fact["unit"], claim=fact["handler_claims_solved"])
        call_back(work, _teller(work), fact)

    @reads("intake.appeal_answered.v1", schemas.Answered)
    def on_appeal_answered(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Have the resident rate an answer on the spot too, the first and each that is given again."""
        keep(work, "answered", text=fact["text"])
        call_back(work, "intake", {**fact, "outcome": "explained", "handler_claims_solved": True, "unit": ""})

    @reads("routing.answer_ledgered.v1", schemas.Ledgered)
    def on_answer_ledgered(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Show the number of what was answered on the spot before intake knew it."""
        case = work.expect(work.cause.subject if work.cause else "")
        if not case.number:
            case.number = fact["number"]
            work.note(case, "ledgered", fact)

    @reads("intake.petitioner_disclosed.v1", schemas.Disclosed, to="feedback")
    def on_petitioner_disclosed(self, work: Work, disclosed: Mapping[str, Any]) -> None:
        """Keep whom to call, sealed, until whoever calls back opens it for that purpose."""
        case = work.expect(work.cause.subject if work.cause else "")
        case.details = {**case.details, "sealed": disclosed["sealed"]}

    @reads("intake.appeal_not_accepted.v1", schemas.Withdrawn)
    def on_appeal_not_accepted(self, work: Work, _fact: Mapping[str, Any]) -> None:
        """Ask after no promise to who has another legal route; whether it ends so where it crosses a conclusion, the ledger says."""
        keep(work, "not_accepted")

    @reads("routing.refusal_ledgered.v1", schemas.Ledgered)
    def on_refusal_ledgered(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Ask nobody about what ends in the ledger as refused: a conclusion that crosses it, before or after this, is none."""
        subject = work.cause.subject if work.cause else ""
        case = work.case(subject)
        if case is None:
            self._ask_nobody(work, subject, fact)
        elif any(step.trigger == "not_accepted" for step in CALLBACK.steps_from(case.state)):
            work.step(case, "not_accepted", {"number": fact["number"]})
        else:
            work.note(case, "not_accepted_besides", {"number": fact["number"]})

    @reads("intake.appeal_withdrawn.v1", schemas.Withdrawn)
    def on_appeal_withdrawn(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Ask no more, and wait for no rework, where the resident has taken the appeal back."""
        keep(work, "withdrawn")
        subject = work.cause.subject if work.cause else ""
        case = work.case(subject)
        if case is None:
            self._ask_nobody(work, subject, fact)
        elif any(step.trigger == "withdrawn" for step in CALLBACK.steps_from(case.state)):
            work.step(case, "withdrawn", {"reason": fact["reason"]})

    @staticmethod
    def _ask_nobody(work: Work, subject: str, fact: Mapping[str, Any]) -> None:
        """Let a conclusion that is still on its way find that nobody is to be asked."""
        sent = last_sent(work, subject)
        known = {name: fact[name] or sent.get(name, "") for name in ("number", "title")}
        nobody = work.open(subject, unit="", mechanism="", outcome="", details={"round": 0, "rounds": 0}, **known)
        said = {name: value for name, value in fact.items() if name not in known}
        work.step(nobody, "never_asked", said)

    # -- one handling, many voices; the same again

    @reads("intake.appeal_merged.v1", schemas.Merged)
    def on_appeal_merged(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Hear another petitioner of the same matter under its one handling, and ask after no promise to him apart."""
        keep(work, "merged", own_voice=fact["own_voice"])
        if fact["own_voice"]:
            voices.join(work, fact)

    @reads("intake.appeal_unmerged.v1", schemas.Unmerged)
    def on_appeal_unmerged(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Hear a petitioner for himself again, and ask after promises to him as to anybody."""
        keep(work, "unmerged")
        voices.separate(work, fact)

    @reads("intake.appeal_reopened.v1", schemas.Reopened)
    def on_appeal_reopened(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Have a closed appeal handled again that its petitioner has brought again."""
        reopen(work, fact)

    @reads("hotline.upstream_sent_back.v1", schemas.SentBack)
    def on_upstream_sent_back(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Have a concluded order handled again that the hotline it came from sends back; one still in hand is so anyway.

        Its word stands above that of a petitioner who has withdrawn: the street owes it an answer, and he is asked again.
        """
        if not fact["after_end"]:
            return
        case = work.expect(work.cause.subject if work.cause else "")
        handled = work.expect(case.voice_of) if case.voice_of else case
        if handled.state == "never_asked" and not handled.details["rounds"]:
            if fact["concluded"]:
                message = "an order is sent back before its conclusion is heard of here"
                raise NotYetError(message)
            count_broken_off(work, handled)
        rework_for_a_voice(work, handled, {"reason": fact["reasons"], "ground": rules.SENT_BACK})

    @chore(every=timedelta(seconds=1), each=voices.told_by_now)
    def call_voices_back(self, work: Work, case: Case) -> None:
        """Have each petitioner who is heard under another's handling called back when that is concluded."""
        voices.call_back(work, case)

    # -- kept for the rates, and for the call after a promise that was not kept

    @reads("routing.appeal_dispatched.v1", schemas.Dispatched)
    def on_appeal_dispatched(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Keep who has it since when, and by when he promises what."""
        due = dues(work, fact["clocks"])
        promised = [row for row in fact["clocks"] if row["name"] in rules.PROMISED]
        known = {name: fact[name] for name in ("mechanism", "category", "anonymous", "number", "title", "text")}
        if fact["confidential"]:
            known["confidential"] = True
        keep(work, "dispatched", due_at=due.get("finish"), unit=fact["lead_unit"], clocks=promised, **known, **due)

    @reads("routing.extension_decided.v1", schemas.ExtensionDecided)
    def on_extension_decided(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Keep the new end of the handling."""
        due = dues(work, fact["clocks"])
        if fact["granted"] and due:
            moved = {"mechanism": fact["mechanism"], "clocks": fact["clocks"]}
            keep(work, "extended", due_at=due.get("finish"), **moved, **due)

    @reads("routing.appeal_regraded.v1", schemas.Regraded)
    def on_appeal_regraded(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Keep the ends of a handling that is found more or less urgent."""
        if due := dues(work, fact["clocks"]):
            moved = {"mechanism": fact["mechanism"], "clocks": fact["clocks"]}
            keep(work, "extended", due_at=due.get("finish"), **moved, **due)

    @reads("routing.promise_moved.v1", schemas.PromiseMoved)
    def on_promise_moved(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Keep the end of a handling that stands still, or runs on: nobody is asked after it before."""
        due = fact["due_at"]
        keep(work, "extended", due_at=due, mechanism=fact["mechanism"], finish=due)

    @reads("routing.return_decided.v1", schemas.ReturnDecided)
    def on_return_decided(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Keep that a unit did not have to handle it."""
        if fact["granted"]:
            keep(work, "return_granted", mechanism=fact["mechanism"])

    @reads("*.case_accepted.v1", schemas.Done)
    def on_case_accepted(self, work: Work, _fact: Mapping[str, Any]) -> None:
        """Keep when it was signed in."""
        keep(work, "accepted", mechanism=_teller(work))

    @reads("*.case_contacted.v1", schemas.Contacted)
    def on_case_contacted(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Keep when the petitioner was contacted, or was tried in vain."""
        keep(work, "contacted", mechanism=_teller(work), **fact)

    @reads("*.case_categorised.v1", schemas.Categorised)
    def on_case_categorised(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Keep what it is by who handles it: it is counted as that."""
        keep(work, "categorised", mechanism=_teller(work), category=fact["category"])

    @reads("*.case_interim_replied.v1", schemas.InterimReplied)
    def on_case_interim_replied(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Keep that the promise was closed by an interim reply: nobody is asked after it before the law's own time is over."""
        due = fact["due_at"]
        keep(work, INTERIM, due_at=due, mechanism=_teller(work), lawful=due)
        case = work.case(work.cause.subject if work.cause else "")
        if case is not None and case.state in voices.IN_REWORK:
            for one in (case, *voices.of(work, case)):
                if one.state in voices.IN_REWORK:
                    work.stop_clock(one, "rework")

    @reads("*.case_return_requested.v1", schemas.Done)
    def on_case_return_requested(self, work: Work, _fact: Mapping[str, Any]) -> None:
        """Keep that a unit wanted to return it."""
        keep(work, "return_asked", mechanism=_teller(work))

    @chore(every=timedelta(seconds=1), each=judged)
    def draw_consequences(self, work: Work, case: Case) -> None:
        """Order rework, refer conduct, or close, for each appeal that was rated, not reached or reopened."""
        # Somebody heard under it, of whom this chore knew first, may have brought it into rework already.
        if case.state in JUDGED:
            conclude(work, case)

    @chore(every=timedelta(minutes=10), each=unlooked)
    def remind_of_conduct(self, work: Work, case: Case) -> None:
        """Tell the leaders of conduct that nobody has looked into in time, again each time that it is over."""
        remind_of_conduct(work, case)

    @chore(every=timedelta(minutes=1))
    def ask_after_deadlines(self, work: Work) -> bool:
        """Have each resident called whose promised time is over without a conclusion."""
        return ask_after(work)


def _teller(work: Work) -> str:
    return work.cause.key.partition(".")[0] if work.cause else ""


def keep(work: Work, what: str, *, due_at: datetime | None = None, **told: Any) -> None:
    """Keep a letter's matter for the rates; in which order letters come makes no difference to them."""
    letter = work.cause
    if letter is not None:
        row = {"id": letter.id, "subject": letter.subject, "what": what, "at": letter.time, "due_at": due_at}
        work.keep(Heard, {**row, "told": plain(told), "ask_at": due_at})


def dues(work: Work, rows: Iterable[Mapping[str, Any]]) -> dict[str, datetime]:
    """Return the ends of clocks, by their names."""
    clocks = [Clock.from_dict(row) for row in rows]
    return {clock.name: clock.due_at(work.service.calendar) for clock in clocks}


def courses(session: Session, timeline: Table, period: Period) -> list[Course]:
    """Return what became of every appeal of which something lies in a period: what others told, and what was done here."""
    held, due = (column.between(period.start, period.end) for column in (Heard.at, Heard.due_at))
    called = (Case.opened_at < period.end) & (Case.updated_at >= period.start)
    subjects = select(Heard.subject).where(held | due).union(select(Case.subject).where(called)).subquery()
    events: dict[str, list[Event]] = defaultdict(list)
    for one in session.scalars(select(Heard).join(subjects, subjects.c.subject == Heard.subject)):
        events[one.subject].append(Event(what=one.what, at=one.at, told=one.told))
    done = select(Case, timeline.c.trigger, timeline.c.at, timeline.c.seq, timeline.c.form)
    done = done.join(timeline, timeline.c.case_id == Case.id).join(subjects, subjects.c.subject == Case.subject)
    for case, trigger, at, seq, form in session.execute(done):
        # Of what was opened before letters were kept, the case alone knows whose it was.
        told = (
            {"mechanism": case.mechanism, "unit": case.unit, "claim": case.handler_claims_solved}
            if trigger == "opened"
            else form
        )
        events[case.subject].append(Event(what=trigger, at=at, seq=seq, told=told))
    return [replace(course(found, period.known), subject=subject) for subject, found in events.items()]


def denied_cases(session: Session, known: Iterable[Course], period: Period) -> list[dict[str, Any]]:
    """Return the newest cases whose handler claims solved what the resident says is not (认定不符)."""
    found = denied(known, period)[:_SHOWN]
    cases = select(Case).where(Case.subject.in_({course_.subject for _, course_, _ in found}))
    by_subject = {case.subject: case for case in session.scalars(cases)}
    return [
        {
            "case_id": case.id,
            "number": case.number,
            "title": case.title,
            "unit": round_.unit,
            "mechanism": round_.mechanism,
            "rated_at": at,
            "excerpt": redact(str((round_.marks or {}).get("comment", ""))).text[:80],
        }
        for at, course_, round_ in found
        if (case := by_subject.get(course_.subject)) is not None
    ]


def _kept(teller: str, fact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "mechanism": teller,
        "outcome": fact["outcome"],
        "reply": fact["reply"],
        "handler_claims_solved": fact["handler_claims_solved"],
        "handled_by": fact["by"],
        "handled_by_name": fact["by_name"],
        "unit": fact["unit"],
    }


def call_back(work: Work, teller: str, fact: Mapping[str, Any]) -> None:
    """Begin the first round of an appeal's callback, or the next after a rework.

    A conclusion beside the one that is judged, such as by a unit that an answer on the spot overtook, is noted only.
    """
    subject = work.cause.subject if work.cause else ""
    case, kept = work.case(subject), _kept(teller, fact)
    if case is None:
        open_callback(work, subject, kept, number=fact["number"], title=fact["title"] or kept["reply"][:80])
    elif case.state in ("progress_call_due", "in_handling"):
        number, title = fact["number"] or case.number, fact["title"] or case.title
        work.step(case, "concluded_again", {**kept, "number": number, "title": title})
        links.ask(work, case)
    elif case.state == "separated":
        work.step(
            case, "concluded_alone", {**kept, "number": fact["number"], "title": fact["title"] or kept["reply"][:80]}
        )
        links.ask(work, case)
    elif case.state in voices.IN_REWORK and (teller == case.mechanism or case.mechanism != "intake"):
        # What was broken off before anybody knew its number has it now.
        known = {name: fact[name] for name in ("number", "title") if not getattr(case, name)}
        work.step(case, "concluded_again", {**kept, **known})
        links.ask(work, case)
    else:
        if case.state == "never_asked" or case.details.get("end") == "withdrawn":
            # Nobody is asked about it; whoever sends it back has it handled again after this.
            known = {**kept, "number": fact["number"] or case.number, "title": fact["title"] or case.title}
            rounds = int(case.details["rounds"]) + 1
            case.details = {**case.details, **known, "rounds": rounds}
            for name in ("number", "title", "unit", "mechanism", "outcome", "handler_claims_solved"):
                setattr(case, name, known[name])
        work.note(case, "concluded_besides", kept)


def last_sent(work: Work, subject: str, mechanism: str = "") -> Mapping[str, Any]:
    """Return what the last dispatch, to that mechanism or any, has told of an appeal; nothing where there was none."""
    sent = select(Heard.told).where(Heard.subject == subject, Heard.what == "dispatched").order_by(Heard.at.desc())
    told: Iterator[Mapping[str, Any]] = iter(work.session.scalars(sent))
    return next((one for one in told if mechanism in ("", one["mechanism"])), {})


def count_broken_off(work: Work, case: Case) -> None:
    """Count a handling that its petitioner's withdrawal broke off as the first, so that what is handled again is the second."""
    told = last_sent(work, case.subject, _teller(work))
    known = {"mechanism": _teller(work), "unit": told.get("unit", ""), "outcome": "", "handler_claims_solved": None}
    blank = {"reply": "", "citizen_says_solved": None, "handled_by": "", "handled_by_name": ""}
    case.details = {**case.details, **known, **blank, "rounds": 1}
    shown = {"number": told.get("number") or case.number, "title": told.get("title") or case.title}
    for name, value in (known | shown).items():
        setattr(case, name, value)


def open_callback(work: Work, subject: str, kept: Mapping[str, Any], *, number: str, title: str) -> None:
    """Open the callback of an appeal."""
    case = work.open(
        subject,
        number=number,
        title=title,
        **{name: kept[name] for name in ("unit", "mechanism", "outcome", "handler_claims_solved")},
        details={**kept, "citizen_says_solved": None, "round": 1, "rounds": 1},
    )
    rule = work.service.legal.clock("callback", work.now)
    work.start_clock(case, start(rule, work.now, work.service.calendar), rule.kind.value)
    links.ask(work, case)


def ask_after(work: Work) -> bool:
    """Open the calls after promises that have run out since last time; return whether more are left.

    Each promise is looked at once. Where a newer one was made, or the appeal has its conclusion, nothing is to be asked.
    """
    due = select(Heard).where(Heard.ask_at <= work.now).order_by(Heard.ask_at).limit(_AT_ONCE)
    found = list(work.session.scalars(due.with_for_update(skip_locked=True)))
    subjects = {one.subject for one in found}
    work.prefetch(subjects)
    moved = select(Heard).where(Heard.subject.in_(subjects), Heard.what.in_(("merged", "unmerged", "not_accepted")))
    stands = {one.subject: one.what for one in work.session.scalars(moved.order_by(Heard.at))}
    subjects -= {subject for subject, what in stands.items() if what != "unmerged"}
    open_yet = [subject for subject in sorted(subjects) if _waits_for_a_result(work.case(subject))]
    promises = select(Heard).where(Heard.subject.in_(open_yet), Heard.due_at.is_not(None))
    made: dict[str, list[Heard]] = defaultdict(list)
    for one in work.session.scalars(promises.order_by(Heard.at)):
        made[one.subject].append(one)
    for subject, letters in made.items():
        case = work.case(subject)
        if case is not None and case.state == "rework" and all(one.what != AGAIN for one in letters):
            continue  # It was begun before promises of reworks were kept: what was promised first counts no more.
        if (due_at := _promised_until(letters)) is not None and due_at <= work.now:
            sent = next((one.told for one in reversed(letters) if one.what == "dispatched"), letters[-1].told)
            ask_how_it_stands(work, subject, sent, due_at)
    work.session.execute(update(Heard).where(Heard.id.in_([one.id for one in found])).values(ask_at=None))
    return len(found) == _AT_ONCE


def _promised_until(letters: Sequence[Heard]) -> datetime | None:
    """Return by when something was promised last; what moved a promise and comes after its interim reply opens it no more."""
    last = next((one for one in reversed(letters) if one.what in (INTERIM, "dispatched", AGAIN)), letters[-1])
    return (last if last.what == INTERIM else letters[-1]).due_at


def _waits_for_a_result(case: Case | None) -> bool:
    """Say whether a result is to come: nothing was concluded for its petitioner yet, or it is reworked for him."""
    if case is None or case.state in ("in_handling", "separated"):
        return True
    return case.state == "rework" and case.voice_of is None


def ask_how_it_stands(work: Work, subject: str, sent: Mapping[str, Any], due_at: datetime) -> None:
    """Open the call to a resident whose appeal is still handled."""
    known = {"unit": sent.get("unit", ""), "mechanism": sent["mechanism"]}
    shown = {"number": sent.get("number", ""), "title": sent.get("title", "")}
    case = work.case(subject)
    if case is None:
        # Places for what the conclusion will say.
        blank = {"outcome": "", "reply": "", "handler_claims_solved": None, "citizen_says_solved": None}
        blank |= {"handled_by": "", "handled_by_name": ""}
        case = work.open(subject, outcome="", details={**known, **blank, "round": 0, "rounds": 0}, **known, **shown)
    work.step(
        case, "rework_overdue" if case.state == "rework" else "deadline_passed", {**known, **shown, "due_at": due_at}
    )


def conclude(work: Work, case: Case) -> None:
    """Draw the consequence of a rating or a reopening: rework, a problem order, or the end; have bad conduct looked into."""
    if case.state == "reopened":
        if case.voice_of:
            rework_for_a_voice(
                work, work.expect(case.voice_of), {"reason": case.details["reason"], "ground": rules.BROUGHT_AGAIN}
            )
        work.step(case, "rework_ordered", {"clocks": promise(work, case), "ground": rules.BROUGHT_AGAIN})
        return
    rating = case.details["rated"] if case.state == "rated" else None
    refer_conduct(work, case)
    handled = work.expect(case.voice_of) if case.voice_of else case
    number = int(handled.details["rounds"])
    if rating is None or not rules.wants_rework(rating):
        work.step(case, "closed")
        draw(work, case)
    elif case.details.get("answered_by_leader"):
        # A leader has looked into it and answered himself: the resident's word stands beside that, and it ends.
        work.step(case, "supervision_ended")
    elif handled.state not in voices.IN_REWORK and (
        ground := rules.problem(number=number, units=(units := units_of(work, handled.subject)))
    ):
        work.step(case, "supervision_ordered", {"ground": ground, "reworks": number - 1, "units": units})
    else:
        if case.voice_of:
            rework_for_a_voice(work, handled, {"reason": case.details["reason"], "ground": rules.RESULT_REFUSED})
        clocks = promise(work, case)
        work.step(case, "rework_ordered", {"clocks": clocks, "ground": rules.RESULT_REFUSED})
        voices.postpone(work, handled, clocks)


def draw(work: Work, case: Case) -> None:
    """Draw some of those who were called back as satisfied for a second call by another person."""
    case.recall, case.recall_at = "", None
    case.details = {name: value for name, value in case.details.items() if name not in ("second_call", "recalled")}
    if not recalls.may_be_drawn(case.details):
        return
    case.recall, case.recall_at = recalls.PASSED_OVER, work.now
    percent, secret = calls.manners().recall_percent, keys.here().knowing_again(work.service.name)
    if recalls.is_drawn(secret, case.id, int(case.details["round"]), percent):
        work.step(case, "recall_drawn")


def hand_down(work: Work, case: Case, form: Mapping[str, Any]) -> None:
    """Have the one handling reworked for whomever a leader has that done for, and all wait who are still to be content."""
    if case.voice_of is None:
        voices.postpone(work, case, form["clocks"])
        return
    why = {"reason": case.details["reason"], "clocks": form["clocks"], "ground": form["ground"]}
    try:
        rework_for_a_voice(work, work.expect(case.voice_of), why)
    except NotYetError as error:
        said = Refusal("并案主件正在变更状态，请稍后再试", "the handling that he is heard under moves: try again soon")
        raise RefusedError("rework_required", (said,)) from error


def rework_for_a_voice(work: Work, handled: Case, why: Mapping[str, Any]) -> None:
    """Have a handling reworked for somebody heard under it; what its own petitioner said of conduct is not forgotten."""
    refer_conduct(work, handled)
    if handled.state not in voices.IN_REWORK:
        # Kept as its own promise too, by which it is called about.
        voices.rework(work, handled, {"clocks": promise(work, handled), **why})
    elif why["ground"] == rules.SUPERVISION:
        said = {"reason": why["reason"], "clocks": [row for row in why["clocks"] if row["name"] == "required"]}
        work.note(handled, "rework_required_besides", said)
        told = facts.ReworkRequired(
            mechanism=handled.mechanism, round=int(handled.details["rounds"]), **said, at=work.now
        )
        work.tell(told, handled.subject)


def reopen(work: Work, fact: Mapping[str, Any]) -> None:
    """Have an appeal reworked that came to its end and is brought again within the time to come back on it."""
    case = work.expect(work.cause.subject if work.cause else "")
    if case.state in JUDGED:
        message = "the appeal is brought again while it is being closed here"
        raise NotYetError(message)
    if not any(step.trigger == "brought_again" for step in CALLBACK.steps_from(case.state)):
        work.note(case, "brought_again_besides", fact)
        return
    if case.voice_of:
        rework_for_a_voice(work, work.expect(case.voice_of), {"reason": fact["reason"], "ground": rules.BROUGHT_AGAIN})
    work.step(
        case, "brought_again", {"reason": fact["reason"], "clocks": promise(work, case), "ground": rules.BROUGHT_AGAIN}
    )


def refer_conduct(work: Work, case: Case) -> None:
    """Have each aspect of conduct with a bad mark looked into."""
    rating = case.details["rated"] if case.state == "rated" else None
    for aspect, mark in rules.conduct(rating) if rating else ():
        refer(work, case, aspect, mark)


def have_looked_into(work: Work, case: Case) -> None:
    """Start the clocks of conduct: the end of an appeal stops its clocks, but these run on from when it was referred."""
    for aspect, referred in rules.open_referrals(case).items():
        clock, kind = _looked_into(work, aspect, datetime.fromisoformat(referred["referred_at"]))
        work.start_clock(case, clock, kind)


def _looked_into(work: Work, aspect: str, since: datetime) -> tuple[Clock, str]:
    rule = work.service.legal.clock(_LOOKED_INTO[aspect], work.now)
    return start(rule, since, work.service.calendar), rule.kind.value


def remind_of_conduct(work: Work, case: Case) -> None:
    """Tell of each aspect of conduct whose time is over, and say when to look at it again."""
    case.conduct_at = None
    for aspect, referred in rules.open_referrals(case).items():
        due_at = _looked_into(work, aspect, datetime.fromisoformat(referred["referred_at"]))[0].due_at(
            work.service.calendar
        )
        if due_at <= work.now:
            told = {"aspect": aspect, "mark": referred["mark"]}
            work.note(case, "conduct_overdue", told, role=Role.CLOCK)
            whose = {"mechanism": case.mechanism, "unit": referred["unit"]}
            work.tell(facts.ConductReferred(**whose, **told, overdue=True, at=work.now), case.subject)
            due_at = _looked_into(work, aspect, work.now)[0].due_at(work.service.calendar)
        case.conduct_at = min(due_at, case.conduct_at or due_at)


def refer(work: Work, case: Case, aspect: str, mark: int) -> None:
    """Have an aspect of conduct looked into: tell it, and keep it on the case until there is a finding.

    Another low mark while there is none gives nobody more time.
    """
    told = facts.ConductReferred(mechanism=case.mechanism, unit=case.unit, aspect=aspect, mark=mark, at=work.now)
    work.tell(told, case.subject)
    since = rules.open_referrals(case).get(aspect, {}).get("referred_at", work.now.isoformat())
    referred = {"mark": mark, "unit": case.unit, "referred_at": since}
    case.details = {**case.details, "conduct": {**case.details.get("conduct", {}), aspect: referred}}
    case.conduct_at = case.conduct_at or _looked_into(work, aspect, work.now)[0].due_at(work.service.calendar)


def units_of(work: Work, subject: str) -> list[str]:
    """Return the units that an appeal was dispatched to."""
    sent = select(Heard.told).where(Heard.subject == subject, Heard.what == "dispatched")
    return sorted({told["unit"] for told in work.session.scalars(sent)})


def promise(work: Work, case: Case) -> list[dict[str, Any]]:
    """Return the new promise to the resident that a rework begins with, its clocks; its end is asked after too.

    It is that of the dispatch, begun anew. An answer on the spot was dispatched to nobody: the clock `rework` is for that.
    """
    subject = case.voice_of or case.subject
    heard = select(Heard).where(Heard.subject == subject, Heard.what.in_(("dispatched", "extended")))
    letters = list(work.session.scalars(heard.order_by(Heard.at)))
    sent: dict[str, Mapping[str, Any]] = {}
    for one in letters:
        # A dispatch begins its promise; what was regraded since has other limits.
        if one.told.get("mechanism") == case.mechanism:
            begun = {} if one.what == "dispatched" else sent
            sent = {**begun, **{row["name"]: row for row in one.told.get("clocks", ())}}
    moved = [row for one in letters for row in one.told.get("clocks", ()) if row["name"] == "finish"]
    own = start(work.service.legal.clock("rework", work.now), work.now, work.service.calendar)
    clocks = rules.promised_again([*sent.values()], moved, work.now)
    clocks = clocks or [replace(own, name="finish")]
    if case.voice_of is None:
        [due_at] = [clock.due_at(work.service.calendar) for clock in clocks if clock.name == "finish"]
        told_of = {name: getattr(case, name) for name in ("mechanism", "unit", "number", "title")}
        row = {"id": new_id(), "subject": case.subject, "what": AGAIN, "at": work.now, "due_at": due_at}
        work.keep(Heard, {**row, "told": told_of, "ask_at": due_at})
    return [clock.to_dict() for clock in clocks]
