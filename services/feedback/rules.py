"""What a rating leads to. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chassis.clocks import Clock, Unit
from chassis.masking import redact
from chassis.workcalendar import local
from chassis.workflow import Refusal, Role, one_name
from services.feedback.calls import REFUSED, manners

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from chassis.workflow import CaseView, Moment, Values

#: What `ReworkOrdered.ground` says of a result that is not accepted, of the same again, and of a problem order.
RESULT_REFUSED = "result_refused"
BROUGHT_AGAIN = "brought_again"
SENT_BACK = "sent_back"
SUPERVISION = "supervision"
#: Who acts when a resident comes with the tracking code, and with the link that was sent to him.
RESIDENT = "resident"
LINKED = "resident-by-link"
#: Marks of this and less are not satisfied (of 1 to 5).
DISSATISFIED = 2
#: Reworked so often, or sent to so many units, and still not accepted: a problem order (regulations 2.5).
MOST_REWORKS = 3
MOST_UNITS = 3
#: The classes of what is not counted (剔除), in the order of their numbers 1 to 8 (regulations 2.6).
EXCLUSION_CLASSES = (
    "outside_jurisdiction",
    "other_route",
    "against_law",
    "secret_or_improper",
    "untrue",
    "excessive",
    "heard_unreasonable",
    "malicious",
)


def wants_rework(rating: Values) -> bool:
    """Say whether the result is not accepted: not solved, or a bad mark for the result."""
    return not rating["solved"] or rating["result"] <= DISSATISFIED


def conduct(rating: Values) -> list[tuple[str, int]]:
    """Return the aspects of conduct with a bad mark: they are looked into without rework."""
    return [(name, rating[name]) for name in ("attitude", "process") if rating[name] <= DISSATISFIED]


#: The clocks of the promise to the resident, in the order in which they are told.
PROMISED = ("sign_in", "first_contact", "finish")


def promised_again(sent: Sequence[Mapping[str, Any]], moved: Sequence[Mapping[str, Any]], now: datetime) -> list[Clock]:
    """Return the promise of a dispatch begun anew, by urgency as then (regulations 2.4), with signing in and first contact.

    `sent` are its clocks; none are returned where they have no end. `moved` are all ends that were told so far, oldest
    first: one that was set outside stays in force while it lies ahead.
    """
    bound = next((end for row in reversed(moved) if (end := Clock.from_dict(dict(row)).bound)), None)
    begun = [Clock.from_dict(dict(row)) for row in sent if row["name"] in PROMISED]
    if all(clock.name != "finish" for clock in begun):
        return []
    fresh: dict[str, Any] = {"started_at": now, "suspensions": (), "extensions": (), "stopped_at": None}
    kept = bound if bound and bound.at > now else None
    return [replace(clock, **fresh, bound=kept if clock.name == "finish" else None) for clock in begun]


#: A leader requires nothing of a problem order by a later day than this.
LONGEST_REQUIRED = timedelta(days=60)


def required_by(due_at: datetime, now: datetime) -> Clock:
    """Return the clock of the time that a leader requires for a problem order."""
    minutes = max((min(due_at, now + LONGEST_REQUIRED) - now) // timedelta(minutes=1), 1)
    return Clock(
        name="required",
        started_at=now,
        limit=minutes,
        unit=Unit.MINUTE,
        basis="问题工单督办",
        zh="问题工单督办要求时限",
        en="Required for the problem order",
    )


def problem(*, number: int, units: Collection[str]) -> str:
    """Say why a result that is not accepted, in a round counted from 1, makes a problem order; or an empty string."""
    if number - 1 >= MOST_REWORKS:
        return "reworks"
    return "units" if len(set(units)) >= MOST_UNITS else ""


def keep_marks(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put the marks where they can be counted; the handler's claim stays beside them, a reason only where rework needs one."""
    why = form.get("comment") or "诉求人表示未解决或对结果不满意"
    return {
        "attitude": form["attitude"],
        "process": form["process"],
        "result": form["result"],
        "citizen_says_solved": form["solved"],
        "rated_by": "" if moment.role is Role.PUBLIC else moment.actor,
        "rated_by_name": "" if moment.role is Role.PUBLIC else moment.actor_name,
        "way": "call" if moment.role is not Role.PUBLIC else "link" if moment.actor == LINKED else "page",
        # It is told to others, and shown: his numbers are for who opens what he wrote.
        "reason": redact(why).text if wants_rework(form) else None,
        "round": int(case.details.get("round", 1)),
        "unrated_because": "",
    }


def begin_round(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Put a new conclusion in the place of the one that was not accepted; marks and attempts begin anew."""
    return {
        **form,
        **_next_round(case),
        "rounds": int(case.details.get("rounds", case.details.get("round", 1))) + 1,
        "answered_by_leader": False,
    }


def answer(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put a leader's own answer to a problem order before the resident, who has the last word on it.

    It is no conclusion of the mechanism: `rounds` counts those.
    """
    return {
        **_next_round(case),
        **{name: form[name] for name in ("outcome", "reply")},
        "handler_claims_solved": False,
        "handled_by": moment.actor,
        "handled_by_name": moment.actor_name,
        "answered_by_leader": True,
    }


def _next_round(case: CaseView) -> dict[str, Any]:
    """Begin marks and attempts anew; who has handled it so far calls nobody back."""
    return {
        "round": int(case.details.get("round", 1)) + 1,
        "handled_before": [*handlers(case)],
        "handled_before_name": [*_handlers_named(case)],
        "callback_tried": [],
        **_NOT_TRIED,
        "unrated_because": "",
        "rated": None,
        "attitude": None,
        "process": None,
        "result": None,
        "citizen_says_solved": None,
    }


#: The columns of a callback that nobody has begun.
_NOT_TRIED = {"caller": "", "caller_name": "", "tries": 0, "next_try_at": None}


def keep_try(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put a try that reached nobody beside those before it: when, by whom, by which way, and what came of it."""
    tried = {
        **form,
        "note": redact(form.get("note", "")).text,
        "at": moment.now.isoformat(),
        "by": moment.actor,
        "by_name": moment.actor_name,
    }
    tries = [*case.details.get("callback_tried", ()), tried]
    return {
        "callback_tried": tries,
        "tries": len(tries),
        "next_try_at": None if manners().are_enough(tries) else manners().next_at(tries, moment.now),
    }


def assign(_case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Give the callback to a person: to who takes it himself, unless somebody else is named, as people are called."""
    named = form.get("caller", "")
    if not named or _is_called(moment, named):
        return {"caller": moment.actor, "caller_name": moment.actor_name}
    return {"caller": named, "caller_name": ""}


def _is_called(moment: Moment, named: str) -> bool:
    """Say whether somebody is meant by a name or an account's id."""
    return named in (moment.actor, moment.actor_name)


def give_up(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep why there is no rating: what came of the tries."""
    answers = [one.get("answer", "no_answer") for one in case.details.get("callback_tried", ())]
    return {"unrated_because": REFUSED if REFUSED in answers else answers[-1] if answers else "not_called"}


def let_run_out(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep why there is no rating: the time was over, with a try or without one, or nobody could be called."""
    if case.details.get("callback_tried"):
        return {"unrated_because": "time_over"}
    return {"unrated_because": "not_called" if can_be_called(case) else "no_contact"}


def can_be_called(case: CaseView) -> bool:
    """Say whether intake has told whom to call: who is anonymous, or left no number, rates with his code only."""
    return bool(case.details.get("sealed"))


def required(form: Values) -> str:
    """Say to whoever handles a problem order again what is required, and which leader sees to it."""
    return f"{redact(form['requires']).text}（督办领导：{form['leader']}）"


def require_rework(_case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Make what a leader requires the reason for the rework."""
    return {"reason": required(form)}


def order_rework(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Say whether the rework opens again what was closed, or was to be asked about no more; then it is at its end no more."""
    return {"reopens": bool(case.details.get("end")) or case.state == "never_asked", "end": None}


def put_away(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep by which hash the file can be proved to be what went into the archive."""
    return {"digest": getattr(case, "chain", "")}


def begin_progress_call(_case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Ask how it stands before there is anything to be judged, of whoever has promised it last."""
    promised = {name: form[name] for name in ("unit", "mechanism", "number", "title")}
    return {**promised, "round": 0, "rounds": 0, "callback_tried": [], **_NOT_TRIED}


def begin_call_in_rework(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Ask how the rework stands; what was judged before, and of whom, stays as it is."""
    return {"callback_tried": [], **_NOT_TRIED}


def end_progress_call(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Wait for the conclusion; what comes after it begins with tries of its own."""
    tried = case.details.get("callback_tried", [])
    stands = form.get("stands", "not_reached")
    return {"stands": stands, "progress_tried": tried, "callback_tried": [], **_NOT_TRIED}


def reopen(_case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Make what is new the reason for the rework."""
    return {"reason": redact(form["what_is_new"]).text}


def join(_case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Hear a resident under another appeal's handling; he is called back when that one is concluded."""
    return {"voice_of": form["into"], "round": 0, "rounds": 0, "end": ""}


def separate(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Hear a resident for himself again; what was said to him as one of many counts no more."""
    return {"voice_of": None, "round": 0, "rounds": 0, "end": "", "rated": None, "citizen_says_solved": None}


def handlers(case: CaseView) -> set[str]:
    """Return who has concluded the case, in this round and those before."""
    return {*case.details.get("handled_before", ()), case.details.get("handled_by", "")} - {""}


def _handlers_named(case: CaseView) -> dict[str, None]:
    """Return the names of who has concluded the case, each once, as far as they were told."""
    named = (*case.details.get("handled_before_name", ()), case.details.get("handled_by_name", ""))
    return dict.fromkeys(filter(None, named))


def _has_handled(case: CaseView, moment: Moment) -> bool:
    """Whether somebody has concluded the case, by this account or by another of his name."""
    names = {one_name(name) for name in _handlers_named(case)}
    return moment.actor in handlers(case) or one_name(moment.actor_name) in names


def propose_exclusion(_case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Keep what is proposed, and by whom, until another person decides."""
    who = {"proposed_by": moment.actor, "proposed_by_name": moment.actor_name}
    return {"exclusion": {**form, **who, "proposed_at": moment.now, "decision": "pending"}}


def decide_exclusion(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put the decision beside the proposal, and the class where it can be counted."""
    proposal = case.details["exclusion"]
    decided = {
        "decision": "granted" if form["granted"] else "denied",
        "opinion": form["opinion"],
        "reviewed_by": moment.actor,
        "decided_at": moment.now,
    }
    return {"exclusion": {**proposal, **decided}, "excluded_as": proposal["ground"] if form["granted"] else ""}


def ending(how: str) -> Callable[[CaseView, Values, Moment], dict[str, Any]]:
    """Return a change that says how an appeal ended, and when."""
    return lambda _case, _form, moment: {"end": how, "closed_at": moment.now}


def required_time_lies_ahead(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to require something by a time that is over, or that is no time for one appeal."""
    due_at = form.get("required_due_at")
    if due_at is not None and due_at > moment.now + LONGEST_REQUIRED:
        days = LONGEST_REQUIRED.days
        return Refusal(f"要求办结时间应在 {days} 日以内", f"the required time lies within {days} days")
    if due_at is None or due_at > moment.now:
        return None
    return Refusal("要求办结时间已经过去", "the required time is over already")


def by_the_holder_of_the_code(_case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a resident's rating by anybody who did not come with the tracking code: staff rate by calling back."""
    if moment.role is not Role.PUBLIC or moment.actor in (RESIDENT, LINKED):
        return None
    return Refusal(
        "群众评价须凭查询码提交；工作人员应通过回访记录评价",
        "residents rate with their tracking code; staff record a callback",
    )


def by_another_than_the_handler(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a callback by the person who handled the case (regulations 3.3)."""
    if not _has_handled(case, moment):
        return None
    return Refusal("回访须由承办人以外的人员进行", "the callback is made by somebody else than the handler")


def by_nobody_of_the_unit(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a callback by somebody of the unit that handled the case, whoever he is."""
    if not case.unit or case.unit not in moment.units:
        return None
    return Refusal("回访须由承办单位以外的人员进行", "the callback is made by somebody outside of the handling unit")


def by_the_caller_in_charge(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a callback by another than who it was given to, so that no resident is called by two; it can be given on."""
    caller = getattr(case, "caller", "")
    if moment.role is Role.PUBLIC or not caller or _is_called(moment, caller):
        return None
    name = case.details.get("caller_name") or caller
    return Refusal(
        f"本回访已由 {name} 负责；如需接手，请先“分派回访”",
        f"{name} has this callback; have it assigned to you first",
    )


def is_given_to_no_handler(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give a callback to who handled the case."""
    caller = form.get("caller", "")
    if caller not in handlers(case) and one_name(caller) not in map(one_name, _handlers_named(case)):
        return None
    return Refusal("不得将回访分派给承办人", "a callback is not given to who handled the case")


def a_try_counts_now(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a try at an hour at which residents are not called, or too soon after the last one."""
    return manners().refusal(case.details.get("callback_tried", ()), moment.now)


def it_ended_unrated(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to rate a closed appeal, but for one whose resident was not reached."""
    if case.details.get("end") == "unrated":
        return None
    return Refusal("这件诉求已结案，不能再评价", "the appeal is closed and can't be rated any more")


def may_be_reopened(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to open again what was withdrawn, or was closed too long ago; that is a new appeal."""
    if case.details.get("end") == "withdrawn":
        return Refusal(
            "撤回的诉求不能重新办理，请重新提交诉求", "what was withdrawn is not reopened: send a new appeal"
        )
    closed_at = case.details.get("closed_at")
    if closed_at is None or moment.now <= (until := datetime.fromisoformat(closed_at) + manners().reopening):
        return None
    days = manners().reopening.days
    return Refusal(
        f"结案已超过 {days} 天（{local(until):%Y-%m-%d %H:%M} 截止），请重新提交诉求",
        f"it was closed more than {days} days ago: send a new appeal",
    )


def nothing_is_excluded_yet(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a proposal while another one waits, or after one was granted."""
    if case.details.get("exclusion", {}).get("decision", "denied") == "denied":
        return None
    return Refusal("已有待复核或已同意的剔除", "an exclusion is proposed or granted already")


def settle(aspect: str) -> Callable[[CaseView, Values, Moment], dict[str, Any]]:
    """Return a change that puts a finding beside a referral of conduct."""

    def change(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
        conduct_ = case.details["conduct"]
        found = {"finding": form["finding"], "settled_by": moment.actor, "settled_at": moment.now}
        others = open_referrals(case).keys() - {aspect}
        return {
            "conduct": {**conduct_, aspect: {**conduct_[aspect], **found}},
            "conduct_at": getattr(case, "conduct_at", None) if others else None,
        }

    return change


def open_referrals(case: CaseView) -> dict[str, Any]:
    """Return the referrals of conduct into which nobody has looked yet, by aspect."""
    known = case.details.get("conduct", {})
    return {aspect: referred for aspect, referred in known.items() if "finding" not in referred}


def attitude_is_referred(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a finding on an attitude that nobody complains of."""
    if "attitude" in open_referrals(case):
        return None
    return Refusal("没有待督办的工作态度问题", "no attitude is referred")


def process_is_referred(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a finding on a process that nobody complains of."""
    if "process" in open_referrals(case):
        return None
    return Refusal("没有待审查的处理过程问题", "no process is referred")


def by_none_of_the_handlers(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a finding by who has handled the case himself."""
    if not _has_handled(case, moment):
        return None
    return Refusal("不得由承办人本人核查", "nobody looks into his own work")


def conduct_is_settled(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close the file while a referral of conduct is open."""
    if not open_referrals(case):
        return None
    return Refusal("工作态度或处理过程问题尚未核查", "a referral of conduct is still open")


def an_exclusion_is_proposed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide what nobody has proposed."""
    if case.details.get("exclusion", {}).get("decision") == "pending":
        return None
    return Refusal("没有待复核的剔除申请", "no exclusion is proposed")


def by_another_than_proposer_and_handler(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a decision by who proposed it or has handled the case: four eyes (regulations 2.6)."""
    proposal = case.details.get("exclusion", {})
    # One proposed before its names were kept has the account alone.
    name, proposer = one_name(moment.actor_name), one_name(proposal.get("proposed_by_name", ""))
    proposed = moment.actor == proposal.get("proposed_by") or (proposer and name == proposer)
    if not proposed and not _has_handled(case, moment):
        return None
    return Refusal(
        "剔除须由申请人、承办人以外的人员复核", "neither who proposed it nor who handled the case decides an exclusion"
    )


def no_exclusion_waits(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close the file while an exclusion is undecided."""
    if case.details.get("exclusion", {}).get("decision") != "pending":
        return None
    return Refusal("剔除申请尚未复核", "an exclusion is still to be decided")


def result_is_not_accepted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse rework that no rating asks for."""
    if wants_rework(case.details["rated"]):
        return None
    return Refusal("诉求人已认可结果，无需重办", "the result is accepted: nothing is to be reworked")


def tried_often_enough(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give up before the resident was tried often enough, unless he does not want to be asked."""
    tries, most = case.details.get("callback_tried", ()), manners().tries
    if manners().are_enough(tries):
        return None
    return Refusal(
        f"已尝试 {len(tries)} 次，在不同时段满 {most} 次未接通方可结案",
        f"tried {len(tries)} times, {most} at different times of day are needed",
    )


def file_is_complete(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to archive what has no reply, or neither a callback nor a recorded reason for none (DESIGN 7)."""
    known = case.details
    judged = known.get("rated") or known.get("end") == "unrated" or known.get("withdrawn", {}).get("reason")
    if known.get("reply") and judged:
        return None
    return Refusal(
        "档案不完整：缺少答复，或缺少回访记录及未回访的原因",
        "the file lacks a reply, or a callback and the reason why there was none",
    )
