"""Routing's doors on the bus: appeals in, decisions out."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import and_, exists, func, or_, select

from chassis import metrics
from chassis.clocks import Clock, Kind, start
from chassis.masking import redact
from chassis.service import Service, chore, reads
from chassis.wire import plain
from chassis.work import NotYetError
from chassis.workcalendar import local
from chassis.workflow import Role, Warns
from services.routing import facts, rules, schemas
from services.routing.dispatch import rulebook
from services.routing.judging import learned
from services.routing.judging.letter import NothingToClassifyError
from services.routing.judging.opinions import MadeUp
from services.routing.judging.triage import classify
from services.routing.ledger import FILTERS, keep_words
from services.routing.models import Base, Case, Colleague, Correction, Counter, Delegation
from services.routing.signoff import signatures, signing
from services.routing.supervision import returns, watching
from services.routing.workflow import HANDLED, KEPT, LEDGER, SENT, UNSIGNED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from chassis.facts import Fact
    from chassis.listing import Filter
    from chassis.work import Work
    from chassis.worker import Station
    from chassis.workflow import Decision, Moment, Workflow
    from services.routing.dispatch.ruleset import RuleSet

#: At which look after the start, a second after the other, the made-up letters are learned.
_LEARNS_AT: Final = 2
#: The states of a line whose merge is still on its way.
_NOT_MERGED_YET: Final = ("registered", "held", "ledgered", "triage_due", "awaiting_signoff", "sent_back", *SENT)


def silent(work: Work) -> Select[Any]:
    """Select the silent appeals that were not told of yet, or were heard of since."""
    return select(Case).where(_is_silent(work), _is_news()).order_by(Case.opened_at)


def turned(work: Work) -> Select[Any]:
    """Select the appeals whose promise is to be looked at by now."""
    return select(Case).where(Case.look_at <= work.now).order_by(Case.look_at)


def corrected(work: Work) -> Select[Any]:
    """Select the appeals whose last correction is not kept yet."""
    del work
    kept = exists().where(Correction.case_id == Case.id, Correction.at == Case.corrected_at)
    return select(Case).where(Case.corrected_at.is_not(None), ~kept).order_by(Case.corrected_at)


class Known:
    """What the ledger's rules go by beside the case; each is read when a rule asks for it, once in a transaction."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    @cached_property
    def rules(self) -> RuleSet:
        """The version of the dispatch rules that is live."""
        return rulebook.live(self._session, self._now)

    @cached_property
    def delegations(self) -> list[dict[str, Any]]:
        """The absences and delegations that are not over."""
        table = Delegation.__table__
        running = select(table).where(table.c.ends_at > self._now, table.c.revoked_at.is_(None))
        return [dict(row) for row in self._session.execute(running.order_by(table.c.entered_at)).mappings()]

    @cached_property
    def colleagues(self) -> dict[str, str]:
        """The accounts that may decide as leaders, with the names of their people."""
        return {one.id: one.name for one in self._session.scalars(select(Colleague).where(Colleague.leads))}


class RoutingService(Service):
    """Keeps the ledger: classifies and grades appeals, has them signed, dispatches them."""

    name = "routing"
    workflow: ClassVar[Workflow | None] = LEDGER
    menu_place: ClassVar[int] = 20
    menu_group: ClassVar[str] = "Ledger and signing"
    menu_elsewhere: ClassVar[Mapping[str, str]] = {
        "/returns": "Figures",
        "/rules": "Settings",
        "/delegations": "Settings",
    }
    inner: ClassVar[tuple[str, ...]] = ("return_workdays", "extension_workdays", "accepted_round", "watched", "labels")
    filters: ClassVar[tuple[Filter, ...]] = FILTERS
    menu: ClassVar[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
        ("To be signed", "/sign-off", (Role.LEADER,)),
        ("Assisting and whistles", "/help", (Role.HANDLER, Role.DESK, Role.LEADER)),
        ("Returns", "/returns", (Role.DESK, Role.LEADER, Role.INSPECTOR)),
        ("Absence and delegation", "/delegations", (Role.LEADER,)),
        ("Dispatch rules", "/rules", (Role.DESK, Role.LEADER)),
    )
    known = staticmethod(Known)
    warnings: ClassVar[tuple[Warns, ...]] = (rules.sent_unsure,)

    @staticmethod
    def witness(work: Work, case: Any, decision: Decision, moment: Moment) -> Iterable[Fact]:
        """Add each signature to the chain, tell its number and hash with it, and know by when the next one is due."""
        step = decision.step
        for name in ("sign_off", "countersign"):
            if name in step.starts:
                case.sign_by = work.clocks_of(case)[name].due_at
        if step.trigger in signing.SIGNATURES or (case.sign_by and step.target not in UNSIGNED):
            case.sign_by = None
        if any(isinstance(fact, facts.AppealDispatched) for fact in decision.facts) and "by_law" in case.details:
            work.stop_clock(case, rules.LAWFUL)
        if step.trigger not in signing.SIGNATURES:
            return decision.facts
        number, link = signatures.append(work, signing.record(case, step.trigger, decision.form, moment), case.entries)
        return tuple(
            replace(fact, signature=number, hash=link) if isinstance(fact, facts.AppealSigned) else fact
            for fact in decision.facts
        )

    @staticmethod
    def lacks(session: Session) -> Iterator[tuple[str, str]]:
        """Say that no leader is known, or one without his name: whether there is a second one is then not known rightly."""
        if session.scalar(select(Case.id).limit(1)) is None:
            return
        if session.scalar(select(Colleague.id).limit(1)) is None:
            yield "no account of a leader is known here", "run `jiesu history replay --to routing --from portal`"
        for account in session.scalars(select(Colleague.id).where(Colleague.leads, Colleague.name == "")):
            yield (
                f"the name of the leader's account {account} is not known here",
                "`jiesu users set-password` tells it anew",
            )

    @reads("intake.appeal_registered.v1", schemas.Registered)
    def on_appeal_registered(self, work: Work, appeal: Mapping[str, Any]) -> None:
        """Enter each appeal in the ledger, graded, and dispatch what the rules may sign."""
        if work.case(_subject(work)) is not None:
            return
        case = enter(work, appeal)
        if appeal["hold"]:
            work.step(case, "held")
        else:
            ledger(work, case)

    @reads("intake.appeal_pictured.v1", schemas.Pictured)
    def on_appeal_pictured(self, work: Work, told: Mapping[str, Any]) -> None:
        """Put into the ledger how many pictures a line has, and where it is by them; of two letters, the larger number."""
        case = work.expect(_subject(work))
        if told["attachments"] > case.details.get("attachments", 0):
            where = {name: told[name] for name in ("longitude", "latitude") if told[name] is not None}
            case.details = {**case.details, "attachments": told["attachments"], **where}

    @reads("portal.account_changed.v1", schemas.AccountChanged)
    def on_account_changed(self, work: Work, account: Mapping[str, Any]) -> None:
        """Know which accounts may decide as leaders here."""
        told_at = work.cause.time if work.cause else work.now
        known = work.session.get(Colleague, account["account_id"])
        if known is not None and known.told_at > told_at:
            return
        serves = {"*", self.name} & {*account["services"]}
        leads = account["active"] and bool(serves) and Role.LEADER in account["roles"]
        told = Colleague(id=account["account_id"], name=account["person"][:80], leads=leads, told_at=told_at)
        work.session.merge(told)

    @reads("intake.appeal_released.v1", schemas.EndedAtTheDoor)
    def on_appeal_released(self, work: Work, _fact: Mapping[str, Any]) -> None:
        """Go on with an appeal that was held for its operator."""
        case = work.expect(_subject(work))
        if case.state == "held":
            ledger(work, case)

    @reads("intake.appeal_answered.v1", schemas.EndedAtTheDoor)
    def on_appeal_answered(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that intake answered on the spot, for the first time or again."""
        case = work.expect(_subject(work))
        if case.state == "answered" or (case.state == "closed" and "answered" in case.details):
            message = "a second answer before the first is to be reworked here"
            raise NotYetError(message)
        if case.state != "concluded":
            end_at_the_door(work, "answered", fact)

    @reads("intake.appeal_not_accepted.v1", schemas.EndedAtTheDoor)
    def on_appeal_not_accepted(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that the matter has another legal route."""
        end_at_the_door(work, "not_accepted", fact)

    @reads("intake.appeal_relayed.v1", schemas.EndedAtTheDoor)
    def on_appeal_relayed(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that an emergency service has it; it is open until somebody has asked what became of it."""
        end_at_the_door(work, "relayed", fact)

    @reads("intake.appeal_followed_up.v1", schemas.EndedAtTheDoor)
    def on_appeal_followed_up(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note what became of an emergency that was relayed."""
        case = work.expect(_subject(work))
        if may_come(case, "relayed"):
            message = f"what is followed up was relayed before, which is not heard here: it is {case.state}"
            raise NotYetError(message)
        end_at_the_door(work, "followed_up", fact)

    @reads("intake.appeal_merged.v1", schemas.EndedAtTheDoor)
    def on_appeal_merged(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that it goes on as another appeal, on the lines of both."""
        end_at_the_door(work, "merged", fact)
        count_with(work, fact["into"], joined=True)

    @reads("intake.appeal_unmerged.v1", schemas.EndedAtTheDoor)
    def on_appeal_unmerged(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Go on with an appeal that another one does not stand for after all."""
        case = work.expect(_subject(work))
        if case.state == "merged":
            work.step(case, "unmerged", {"into": fact["into"], "reason": fact["reason"]})
            count_with(work, fact["into"], joined=False)
            ledger(work, case)
        elif case.state in _NOT_MERGED_YET:
            message = f"the appeal is taken out of another one while it is {case.state} here"
            raise NotYetError(message)

    @reads("intake.appeal_withdrawn.v1", schemas.EndedAtTheDoor)
    def on_appeal_withdrawn(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Take it back from whoever has it."""
        end_at_the_door(work, "withdrawn", fact)

    @reads("*.case_accepted.v1", schemas.Accepted)
    def on_case_accepted(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note that somebody has signed it in; the clock for that stops."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in ("dispatched", "rework", "return_pending", "adjudication_due"):
            taken = {"handler": fact["by"], "handler_name": fact["by_name"]}
            # What the law set for whoever had it before does not bind this one.
            case.details = {**case.details, **taken, "statutory": [], **by_law(fact)}
            work.step(case, "case_accepted", {"at": fact["at"]})

    @reads("*.case_contacted.v1", schemas.Contacted)
    def on_case_contacted(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Put each contact into the ledger, and stop the clock for the first one where it counts as that."""
        case = told_by_its_mechanism(work)
        if case is not None:
            if rules.is_a_contact(fact):
                work.stop_clock(case, "first_contact")
            said = {name: value for name, value in fact.items() if name != "contact_counts"}
            work.note(case, "case_contacted", said)

    @reads("*.case_progressed.v1", schemas.Progressed)
    def on_case_progressed(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Know that the case is not silent, and put into the ledger what was done."""
        case = told_by_its_mechanism(work)
        if case is not None:
            case.details = {**case.details, **by_law(fact)}
            work.note(case, "case_progressed", {"progress": redact(fact["progress"]).text})

    @reads("*.case_categorised.v1", schemas.Categorised)
    def on_case_categorised(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Enter in the ledger what an appeal is by who handles it, and keep beside it what it was entered as."""
        case = told_by_its_mechanism(work)
        found = rules.found_to_be(case, fact) if case is not None else {}
        if case is not None and found:
            was = {name: case.details.get(name, "") for name in found}
            case.category = found.get("category", case.category)
            case.details = {**case.details, **found}
            work.note(case, "case_categorised", {**found, "was": was})

    @reads("*.case_interim_replied.v1", schemas.InterimReplied)
    def on_case_interim_replied(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Close the promise that an interim reply was given under; from then on the law's own time is waited for."""
        line, teller = work.expect(_subject(work)), work.cause.key.partition(".")[0] if work.cause else ""
        later = rules.replied_under(line, fact["clocks"])
        if later > timedelta() and teller not in line.details.get("passed", ()):
            message = "an interim reply under a promise that is not heard of here yet"
            raise NotYetError(message)
        case = told_by_its_mechanism(work)
        if case is None:
            return
        reply = redact(fact["reply"]).text
        if later or case.state not in SENT:
            # Told of an earlier promise, or overtaken by the end.
            work.note(case, "interim_replied", {"reply": reply})
            return
        case.details = {**case.details, **by_law(fact)}
        work.step(case, "interim_replied", {"reply": reply, "due_at": fact["due_at"], "clocks": fact["clocks"]})
        work.start_clock(case, rules.lawful_clock(fact["clocks"]), Kind.STATUTORY.value)

    @reads("*.case_paused.v1", schemas.Paused)
    @reads("*.case_resumed.v1", schemas.Paused)
    def on_case_paused(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Let the promise stand still, or run on, as its mechanism says; nothing is urged or carded meanwhile."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in SENT and (held := rules.held_promise(case, fact["clocks"])):
            paused = held.is_suspended
            said = {"clocks": [held.to_dict()], "until": fact["until"], "ground": fact["ground"]}
            work.step(case, "promise_paused" if paused else "promise_resumed", said)

    @reads("hotline.upstream_extended.v1", schemas.SourceExtended)
    def on_upstream_extended(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Move the latest end of the promise where the system that an appeal came from gives more time."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in SENT and rules.source_gives_more(case, fact["due_at"]):
            said = {"due_at": fact["due_at"], "opinion": f"来源单位同意延期（{fact['upstream_number']}）"}
            work.step(case, "source_extended", said)

    @reads("property.company_interviewed.v1", schemas.Involved)
    @reads("property.company_ordered.v1", schemas.Involved)
    @reads("property.contract_ended.v1", schemas.Involved)
    def on_company_involved(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Put into the ledger whom the case is about."""
        case = work.expect(_subject(work))
        case.details = {**case.details, "involved": fact["company"]}

    @reads("*.case_return_requested.v1", schemas.ReturnRequested)
    def on_case_return_requested(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Put a return before the desk; a second, late or disputed one, or one in a circle, before a leader."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in HANDLED:
            why = returns.grounds(case, fact, work.cause.time if work.cause else work.now)
            work.step(case, "adjudication_requested" if why else "return_requested", {**fact, "adjudicated_for": why})

    @reads("*.case_extension_requested.v1", schemas.ExtensionRequested)
    def on_case_extension_requested(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Put a request for more time before a leader."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in KEPT:
            asked = {**fact, "told_how": redact(fact["told_how"]).text}
            at = work.cause.time if work.cause else work.now
            # What an interim reply has closed meanwhile is nothing for a leader to prolong.
            if not case.details.get("by_law"):
                case.details = {**case.details, "extension_asked": {**asked, "at": at.isoformat()}}
            work.note(case, "extension_requested", asked)

    @reads("*.case_transferred.v1", schemas.Transferred)
    def on_case_transferred(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Put before the desk where a case goes that its handler can't end."""
        case = told_by_its_mechanism(work)
        if case is not None and case.state in HANDLED:
            work.step(case, "transfer_requested", dict(fact))

    @reads("*.case_concluded.v1", schemas.Concluded)
    def on_case_concluded(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note how a mechanism ended the case."""
        case = told_by_its_mechanism(work)
        if case is None and was_concluded_before(work):
            message = "a second conclusion of a line that is closed here: that it was opened again is to be heard first"
            raise NotYetError(message)
        if case is None or case.state == "answered":
            return
        if case.state not in HANDLED:
            message = f"a conclusion while the appeal is {case.state} here"
            raise NotYetError(message)
        case.details = {**case.details, **by_law(fact)}
        said = {name: value for name, value in fact.items() if name not in ("at", "statutory")}
        work.step(case, "case_concluded", said)

    @reads("feedback.rework_ordered.v1", schemas.ReworkOrdered)
    def on_rework_ordered(self, work: Work, order: Mapping[str, Any]) -> None:
        """Note that the resident did not accept the result, each time, also of what was closed already."""
        case = work.expect(_subject(work))
        reworks = int(case.details.get("reworks", 0))
        sent_back = order["ground"] == rules.SENT_BACK
        # What the hotline that it came from sends back is handled again although its petitioner has withdrawn.
        ended = ("closed", "withdrawn") if sent_back else ("closed",)
        if (is_over(case) and case.state not in ended) or order["round"] <= reworks:
            return
        awaited = ended if sent_back and order["reopens"] else ("concluded", "answered", *ended)
        if case.state not in awaited or order["round"] > reworks + 1:
            message = (
                f"rework {order['round']} is ordered while the appeal is {case.state} here, after {reworks} reworks"
            )
            raise NotYetError(message)
        again = "answer_reopened" if order["mechanism"] == "intake" else "reopened"
        said = {name: value for name, value in order.items() if name != "ground"}
        work.step(case, again if case.ended_at is not None else "rework_ordered", said)
        if watch := rules.supervised_rework(order):
            work.step(case, "supervised", watch, role=Role.CLOCK)

    @reads("feedback.rework_required.v1", schemas.ReworkRequired)
    def on_rework_required(self, work: Work, told: Mapping[str, Any]) -> None:
        """Watch over a rework under way for one more leader, by his time; of what is concluded by now, it is on record."""
        case = work.expect(_subject(work))
        reworks = int(case.details.get("reworks", 0))
        if reworks < told["round"] and (not is_over(case) or case.state == "closed"):
            message = f"something is required of rework {told['round']} before it is heard of here, after {reworks}"
            raise NotYetError(message)
        if reworks > told["round"] or case.state not in (*SENT, "answer_due"):
            work.note(case, "rework_required", told)
            return
        work.step(case, "supervised", rules.required_besides(told), role=Role.CLOCK)
        for clock in rules.sooner(told["clocks"], work.clocks_of(case)):
            work.start_clock(case, clock, Kind.SERVICE.value)
            case.look_at = work.now

    @reads("feedback.progress_called.v1", schemas.ProgressCalled)
    def on_progress_called(self, work: Work, told: Mapping[str, Any]) -> None:
        """Note what the petitioner said when the promised time was over."""
        work.note(work.expect(_subject(work)), "progress_called", told)

    @reads("feedback.appeal_rated.v1", schemas.Rated)
    def on_appeal_rated(self, work: Work, marks: Mapping[str, Any]) -> None:
        """Put the petitioner's marks into the ledger; those of an earlier round stay on the timeline."""
        renamed = {"way": "rated_way", "by": "rated_by", "by_name": "rated_by_name", "round": "handling"}
        said = {renamed.get(name, name): value for name, value in marks.items()}
        keep_newer(work, "rated", "rating", said)

    @reads("feedback.exclusion_decided.v1", schemas.ExclusionDecided)
    def on_exclusion_decided(self, work: Work, decided: Mapping[str, Any]) -> None:
        """Put into the ledger whether the appeal is counted out of the rates, by the last word on it."""
        said = {"excluded_as": decided["ground"], "granted": decided["granted"], "at": decided["at"]}
        keep_newer(work, "exclusion_decided", "exclusion", said)

    @reads("feedback.problem_ordered.v1", schemas.ProblemOrdered)
    def on_problem_ordered(self, work: Work, order: Mapping[str, Any]) -> None:
        """Put into the ledger that the appeal has become a problem order, or that no leader has decided on it in time."""
        said = {"ground": order["ground"]}
        work.note(work.expect(_subject(work)), "problem_overdue" if order["overdue"] else "problem_ordered", said)

    @reads("feedback.conduct_referred.v1", schemas.ConductReferred)
    def on_conduct_referred(self, work: Work, told: Mapping[str, Any]) -> None:
        """Put into the ledger that conduct is looked into, or that nobody has done so in time."""
        said = {"aspect": told["aspect"], "mark": told["mark"]}
        work.note(work.expect(_subject(work)), "conduct_overdue" if told["overdue"] else "conduct_referred", said)

    @reads("feedback.problem_answered.v1", schemas.ProblemAnswered)
    def on_problem_answered(self, work: Work, told: Mapping[str, Any]) -> None:
        """Put into the ledger what a leader answers the petitioner of a problem order himself."""
        work.note(work.expect(_subject(work)), "problem_answered", {**told, "reply": redact(told["reply"]).text})

    @reads("feedback.appeal_closed.v1", schemas.Closed)
    def on_appeal_closed(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Close the line of the ledger, once all that came before is in it."""
        case = work.expect(_subject(work))
        reworks = int(case.details.get("reworks", 0))
        if reworks + 1 > fact["rounds"] and (fact["end"] != "withdrawn" or "withdrawn" in case.details):
            # It was brought again, or sent back, since: the end of that round is told later.
            return
        if is_over(case) and not (case.state == "closed" and reworks + 1 < fact["rounds"]):
            return
        if case.state not in ("concluded", "answered") or reworks + 1 < fact["rounds"] or fact["end"] == "withdrawn":
            message = f"the appeal is closed ({fact['end']}) while it is {case.state} here, after {reworks} reworks"
            raise NotYetError(message)
        work.step(case, "closed", dict(fact))

    @reads("feedback.appeal_archived.v1", schemas.Archived)
    def on_appeal_archived(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Put into the ledger when the file was closed."""
        case = work.expect(_subject(work))
        if not is_over(case):
            message = f"the appeal is archived while it is {case.state} here"
            raise NotYetError(message)
        case.details = {**case.details, "archived_at": fact["at"].isoformat(), "digest": fact["digest"]}
        work.note(case, "archived", fact)

    def errands(self, station: Station) -> Mapping[str, Callable[[], bool]]:
        """Learn from the made-up letters soon after the start, in a thread beside all else, so that no appeal waits for it."""
        del station
        from eventlet import tpool  # noqa: PLC0415 - only where eventlet runs

        looks = count()

        def learn() -> bool:
            # While a process with all services comes up, whoever is at the door needs its time.
            if next(looks) == _LEARNS_AT:
                tpool.execute(MadeUp().learn)
            return False

        return {"learn_made_up_letters": learn}

    @chore(every=timedelta(minutes=10), each=silent)
    def find_silent_appeals(self, work: Work, case: Case) -> None:
        """Tell once of each open appeal of which nothing was heard for longer than its clock allows."""
        fact = facts.AppealSilent(
            number=case.number,
            state=case.state,
            mechanism=case.mechanism,
            unit=case.unit,
            heard_at=case.updated_at,
            at=work.now,
        )
        case.silent_at = work.now
        work.note(case, "found_silent", {"heard_at": case.updated_at})
        work.tell(fact, case.subject)

    @chore(every=timedelta(minutes=1), each=turned)
    def watch_promises(self, work: Work, case: Case) -> None:
        """Urge, card and supervise where a clock of an appeal has turned, each time once."""
        look(work, case)

    @chore(every=timedelta(minutes=10))
    def count_silent_appeals(self, work: Work) -> None:
        """Count the silent appeals, also those that were told of, for ops."""
        count = work.session.scalar(select(func.count()).select_from(Case).where(_is_silent(work))) or 0
        metrics.SILENT.labels(self.name).set(count)

    @chore(every=timedelta(minutes=1))
    def try_the_rules(self, work: Work) -> None:
        """Tell ops whether the live version of the dispatch rules can be used, or everything waits for the desk."""
        unusable = rulebook.live(work.session, work.now).fault is not None
        metrics.RULES_UNUSABLE.labels(self.name).set(unusable)

    @chore(every=timedelta(seconds=10))
    def keep_words(self, work: Work) -> bool:
        """Keep what new lines are searched by, many at once, where nobody waits for it."""
        return keep_words(work)

    @chore(every=timedelta(minutes=1), each=corrected)
    def keep_corrections(self, work: Work, case: Case) -> None:
        """Keep what a person found an appeal to be with the letter's masked text, for `jiesu classify train --corrections`."""
        # A correction of before labels were kept; what nobody has said is no label.
        labels = case.details.get("labels") or case.details.get("corrected") or case.details["sent_first"]
        work.session.add(
            Correction(
                case_id=case.id,
                at=case.corrected_at,
                title=redact(case.title).text,
                text=redact(case.details["text"]).text,
                judged=case.details["judged"],
                **{name: labels.get(name, "") for name in rules.GRADES},
            )
        )


def _is_silent(work: Work) -> ColumnElement[bool]:
    """Select open appeals whose clock ran out a day ago, or that wait without one for too long, and nothing was heard since."""
    clocks = work.service.store.clocks
    awaited = and_(clocks.c.case_id == Case.id, clocks.c.name.in_(rules.AWAITED))
    awaited = and_(awaited, clocks.c.state.not_in(("stopped", "suspended")))
    ran_out = exists().where(awaited, clocks.c.due_at <= work.now - rules.GRACE)
    waits = and_(~exists().where(awaited), Case.updated_at <= work.now - rules.LONGEST_WAIT - rules.GRACE)
    return and_(Case.ended_at.is_(None), Case.updated_at <= work.now - rules.GRACE, or_(ran_out, waits))


def _is_news() -> ColumnElement[bool]:
    return or_(Case.silent_at.is_(None), Case.silent_at <= Case.updated_at)


def _subject(work: Work) -> str:
    return work.cause.subject if work.cause else ""


#: What a line keeps of an appeal as it came.
_AS_REGISTERED = (
    *("text", "channel", "anonymous", "registered_at", "submitted_at", "external"),
    *("longitude", "latitude", "attachments"),
)


def enter(work: Work, appeal: Mapping[str, Any]) -> Case:
    """Open a line of the ledger, numbered and classified."""
    number = rules.ledger_number(rules.ledger_year(work.now), next_serial(work))
    grades = graded(appeal)
    entered: Case = work.open(
        _subject(work),
        number=number,
        title=appeal["title"],
        place=appeal["place"],
        channel=appeal["channel"],
        petitioner=appeal["petitioner"],
        person_kind=rules.listed(grades["person_kinds"]),
        **{name: grades[name] for name in ("mechanism", "category", "urgency", "severity", "confidence")},
        details={
            "number": number,
            "title": appeal["title"],
            "place": appeal["place"],
            **{name: appeal[name] for name in _AS_REGISTERED},
            **({"confidential": True} if appeal["confidential"] else {}),
            "address": rules.whereabouts(appeal["address"] or {}),
            **grades,
            "retroactive": False,
            "opinion": "",
        },
    )
    return entered


def graded(appeal: Mapping[str, Any]) -> dict[str, Any]:
    """Grade an appeal by its words; one without words has no mechanism, and is left to the desk."""
    try:
        found = classify(
            appeal["title"],
            appeal["text"],
            month=local(appeal["submitted_at"]).month,
            channel=appeal["channel"],
            model=learned.installed(os.environ),
        )
    except NothingToClassifyError as error:
        return {
            "mechanism": "",
            "category": "",
            "kind": "help",
            "urgency": "III",
            "severity": "moderate",
            "confidence": 0.0,
            "runner_up": "",
            "people": None,
            "amount": None,
            "person_kinds": [],
            "grounds": [{"what": str(error), "words": [], "weight": 0.0}],
            "flags": ["unclassified"],
        }
    return {
        "mechanism": found.mechanism,
        "category": found.category,
        "kind": found.kind,
        "urgency": found.urgency,
        "severity": found.severity,
        "confidence": round(found.confidence, 3),
        "runner_up": found.runner_up,
        "involved": "、".join(found.involved),
        "people": found.people,
        "amount": found.amount,
        "person_kinds": [*found.person_kinds],
        "db44": rules.second_code(found.category),
        "findings": [one.as_json() for one in found.findings],
        "grounds": [one.as_json() for one in found.because],
        "flags": [
            *(f"sensitive:{group}" for group in found.sensitive_groups),
            *([f"not_accepted:{found.not_accepted}"] if found.not_accepted else []),
            *([f"relay:{found.relay}"] if found.relay else []),
        ],
    }


def ledger(work: Work, case: Case) -> None:
    """Grade a line, and let the sign-off rules say who signs it."""
    work.step(case, "ledgered")
    signs = rules.sign_off(urgency=case.urgency, severity=case.severity)
    why = rules.unclear(case.details, work.known().rules, work.now)
    if why is not None:
        trigger = "found_unclear_urgent" if rules.cannot_wait(case.details) else "found_unclear"
        work.step(case, trigger, {"reason": why.zh})
        return
    case.details = {
        **case.details,
        "retroactive": signs.retroactive,
        "opinion": signs.zh,
        "sign_off_rule": {"rule": signs.rule, "zh": signs.zh, "en": signs.en},
    }
    work.step(case, "signed_by_rule" if signs.by_rule else "put_to_leader")
    if signs.retroactive:
        for name in ("countersign", "countersign_reminder"):
            rule = work.service.legal.clock(name, work.now)
            work.start_clock(case, start(rule, work.now, work.service.calendar), rule.kind.value)
        case.sign_by = work.clocks_of(case)["countersign"].due_at


def may_come(case: Case, trigger: str) -> bool:
    """Say whether a line can take a step as it stands."""
    return any(step.trigger == trigger for step in LEDGER.steps_from(case.state))


def is_over(case: Case) -> bool:
    """Say whether nothing is handled here any more: it has ended, or an emergency service has it."""
    return case.ended_at is not None or case.state == "relayed"


def end_at_the_door(work: Work, trigger: str, fact: Mapping[str, Any]) -> None:
    """End a line that intake has ended, and take it back from whoever has it."""
    case = work.expect(_subject(work))
    if not may_come(case, trigger):
        return
    if case.state in SENT:
        recalled = facts.AppealRecalled(mechanism=case.mechanism, end=trigger, reason=fact["reason"], at=work.now)
        work.tell(recalled, case.subject)
    work.step(case, trigger, {name: value for name, value in fact.items() if value})


def count_with(work: Work, into: str, *, joined: bool) -> None:
    """Know, on the line that goes on, the numbers of those that were merged into it (并单)."""
    own, first = work.expect(_subject(work)), work.case(into)
    if first is None or (joined and own.state != "merged"):
        return
    others = [number for number in first.details.get("joined", ()) if number != own.number]
    first.details = {**first.details, "joined": [*others, own.number] if joined else others}


def told_by_its_mechanism(work: Work) -> Case | None:
    """Return the open line that a mechanism tells about, or None if it has ended or been sent elsewhere since."""
    case: Case = work.expect(_subject(work))
    teller = work.cause.key.partition(".")[0] if work.cause else ""
    if is_over(case) or teller in case.details.get("passed", ()):
        return None
    if case.mechanism == teller and case.state not in ("held", "triage_due", "awaiting_signoff", "sent_back"):
        case.updated_at = work.now
        return case
    message = f"{teller} tells about a case that is {case.state} and with {case.mechanism or 'nobody'} here"
    raise NotYetError(message)


def by_law(fact: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the law sets for a case, where its mechanism tells it."""
    kept = [
        {
            "lawful_period": one.get("zh") or one.get("name", ""),
            "basis": one.get("basis", ""),
            "lawful_until": one.get("due_at"),
            "stopped_at": one.get("stopped_at"),
        }
        for one in fact["statutory"]
    ]
    return {"statutory": kept} if kept else {}


def keep_newer(work: Work, trigger: str, name: str, said: Mapping[str, Any]) -> None:
    """Note what was said of an appeal, and keep it unless something that was said later is kept already."""
    case = work.expect(_subject(work))
    work.note(case, trigger, said)
    kept = case.details.get(name)
    if kept is None or said["at"] >= datetime.fromisoformat(kept["at"]):
        case.details = {**case.details, name: plain(said)}


def was_concluded_before(work: Work) -> bool:
    """Say whether a line was closed after this mechanism's conclusion, and not after an answer that overtook it."""
    case = work.expect(_subject(work))
    teller = work.cause.key.partition(".")[0] if work.cause else ""
    return bool(case.state == "closed" and case.mechanism == teller and "answered" not in case.details)


def look(work: Work, case: Case) -> None:
    """Take each step that a case's clocks have brought since the last look, and say when to look again."""
    case.look_at = None
    if case.state not in (*SENT, "answer_due"):
        return
    running = {name: one.clock for name, one in work.clocks_of(case).items()}
    clocks = running or {row["name"]: Clock.from_dict(row) for row in case.details.get("clocks", ())}
    seen = _seen(case)
    ahead: list[watching.Turn] = []
    watched = {}
    watches = watching.watches(case, clocks)
    for watch in watches if case.state in SENT else watching.of_an_answer(watches):
        kept = seen.get(watch.name, {})
        done = kept["turns"] if kept.get("promise") == watch.promise else 0
        ahead += watch.turns[done:]
        passed = sum(turn.at <= work.now for turn in watch.turns[done:])
        watched[watch.name] = {"promise": watch.promise, "turns": done + passed}
    ahead.sort(key=lambda turn: turn.at)
    heard_at = case.updated_at
    for turn in ahead:
        if turn.at > work.now:
            case.look_at = turn.at
            break
        work.step(case, turn.trigger, turn.form, role=Role.CLOCK)
        if turn.form["clock"] == "round":
            metrics.WENT_ROUND.labels(work.service.name).inc()
    # What is said here is nothing that was heard of the appeal: it stays as silent as it was.
    case.updated_at = heard_at
    if watched != seen:
        case.details = {**case.details, "watched": watched}


def _seen(case: Case) -> Mapping[str, Any]:
    """Return what was taken of each watch, also as it was kept when the promise to finish was the only one."""
    seen: dict[str, Any] = case.details.get("watched") or {}
    return {"finish": seen} if "promise" in seen else seen


def next_serial(work: Work) -> int:
    """Return the next ledger number of the year, locking the counter until the commit."""
    year = rules.ledger_year(work.now)
    counter: Counter | None = work.session.info.get("ledger_counter")
    if counter is None:
        signatures.hold(work)
        upsert = work.service.upsert(Base.metadata.tables[Counter.__tablename__]).values(year=year, last=0)
        work.session.execute(upsert.on_conflict_do_nothing())
        counter = work.session.scalars(select(Counter).where(Counter.year == year).with_for_update()).one()
        work.session.info["ledger_counter"] = counter
    counter.last += 1
    return counter.last
