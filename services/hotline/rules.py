"""The hotline's decisions: who may answer what, who reviews whom, and what goes back upstream."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis import clocks, legal
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import Caution, Refusal, one_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from chassis.clocks import Clock
    from chassis.legal import LegalBases
    from chassis.workcalendar import WorkCalendar
    from chassis.workflow import CaseView, Change, Guard, Moment, Values

KINDS = ("inquiry", "help", "complaint", "report", "suggestion", "praise")
#: What makes it a petition matter, and the other ways that the law leads elsewhere (信访工作条例 31; 国办发〔2020〕53号).
_PETITION = ("in_petition_system", "wants_written_opinion")
OTHER_ROUTES = (
    "petition_opinion_due",
    "litigation",
    "arbitration",
    "administrative_reconsideration",
    "discipline_inspection",
    "information_disclosure",
)
ROUTES = (*_PETITION, *OTHER_ROUTES)
#: What is not only told of but handed over: somebody has to give his opinion in writing (信访工作条例 22, 31 (6)).
_HANDED_OVER = frozenset({"wants_written_opinion", "petition_opinion_due"})
#: Kinds whose petitioner must not become known to those whom the matter is about.
ACCUSING = frozenset({"complaint", "report"})
#: Where the lengths of the two clocks of an upstream order stand.
UPSTREAM_LASTS = (("upstream_finish", "internal_workdays"), ("upstream_due", "workdays"))


@cache
def bases() -> LegalBases:
    """Read the legal bases and periods of the hotline."""
    return legal.load(Path(__file__).with_name("legal.toml"))


@cache
def upstream_buffer() -> int:
    """Return the working days that the street keeps for itself out of the time that the upstream hotline gives."""
    return int(
        tomllib.loads(files(__package__).joinpath("data", "upstream.toml").read_text("utf-8"))["buffer_workdays"]
    )


def internal_workdays(given: int) -> int:
    """Return the working days until the result must be ready, of those the upstream hotline gives; at least 1."""
    return max(1, given - upstream_buffer())


def workdays_given(registered_at: datetime, due_at: datetime, calendar: WorkCalendar) -> int:
    """Return the working days from a registration to an upstream order's end, the day of registration not counted; at least 1.

    An end at midnight belongs to the day before it.
    """
    last = local_date(due_at - timedelta(seconds=1))
    return max(1, calendar.workdays_between(local_date(registered_at), last))


# -- what triage allows -------------------------------------------------------


def triaged(case: CaseView) -> Mapping[str, Any]:
    """Return what triage found out, empty before it."""
    found: Mapping[str, Any] = case.details.get("triaged", {})
    return found


def routes_of(case: CaseView) -> set[str]:
    """Return why the matter has a legal route of its own, as triage found; empty where it is the hotline's."""
    found = triaged(case)
    return {*(name for name in _PETITION if found.get(name)), found.get("other_route", "")} - {""}


def its_own_route_is_left_to_it(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to handle here what has a legal route of its own, or is on it (国办发〔2020〕53号; 信访工作条例 31)."""
    if not routes_of(case):
        return None
    return Refusal(
        "该事项已在或者应当走信访、诉讼等法定渠道，或要求出具书面信访处理意见，应告知该渠道，不在热线重复办理",
        "the matter has a legal route of its own, such as the petition authorities: tell that route instead",
    )


def only_what_has_its_own_route_is_sent_there(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send somebody elsewhere whose matter belongs to the hotline, or for another reason than triage found."""
    routes = routes_of(case)
    if not routes:
        return Refusal(
            "研判没有认定该事项属于信访等其他法定渠道，应由热线直接办理，不得推诿",
            "triage found no other legal route, such as a petition: the hotline handles it itself",
        )
    if not form or form["ground"] in routes:
        return None
    return Refusal(
        "告知的理由与研判认定的不一致，请按研判填写，或者重新研判",
        "the reason is not the one that triage found: tell that one, or triage it again",
    )


def only_what_wants_an_opinion_is_handed_over(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand over to the petition authorities what they have already, or what is none of theirs."""
    routes = routes_of(case)
    if routes & _HANDED_OVER and "in_petition_system" not in routes:
        return None
    return Refusal(
        "只有要求出具书面处理意见的、属于申诉求决类的信访事项才转送；已在信访办理的，告知该渠道，不重复转送",
        "only a petition matter that wants a written opinion is handed over; one that is in their hands is told of them",
        moot=not routes,
    )


def a_petition_is_waited_for(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hear of a petition that was not handed over, or is answered."""
    if case.details.get("petition_open"):
        return None
    return Refusal("没有已转送、等待答复的信访事项", "no petition was handed over that waits for its answer", moot=True)


def a_petition_is_accepted_once(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an acceptance of what was accepted, or dated before the matter was handed over or in the future."""
    if case.details.get("petition_accepted_on"):
        return Refusal("已登记受理，不能重复登记", "its acceptance is on record already", moot=True)
    if not form:
        return None
    sent_on, today = case.details.get("petition_sent_on"), local_date(moment.now)
    if not sent_on or date.fromisoformat(sent_on) <= (form["accepted_on"] or today) <= today:
        return None
    return Refusal(f"受理日期应在转送之日（{sent_on}）以后、今天以前", f"accepted between {sent_on} and today")


def a_petition_is_prolonged_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse more time for a petition that nobody has accepted, or that has had it (信访工作条例 34)."""
    if not case.details.get("petition_accepted_on"):
        return Refusal("尚未登记受理，不能延长办理期限", "nobody has accepted it yet")
    if case.details.get("petition_prolonged"):
        return Refusal("办理期限只延长一次，不超过三十日", "its time is prolonged once, by thirty days at most")
    return None


def only_inquiries_are_looked_up(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to answer from the knowledge base what asks for more than information."""
    if triaged(case).get("kind") in {"inquiry", "praise"}:
        return None
    return Refusal(
        "只有咨询类（及表扬类）诉求可以直接解答，其他诉求须实际办理",
        "only an inquiry (or praise) can be answered at once; anything else must be handled",
    )


def it_has_happened(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a visit or a measure that lies in the future: the reply says what was done (虚假办结)."""
    visited, done = form.get("visited_at"), form.get("done_on")
    if (visited is None or visited <= moment.now) and (done is None or done <= local_date(moment.now)):
        return None
    return Refusal(
        "到场时间、办理日期不能晚于现在：还没有做的，做了以后再登记",
        "a visit or a measure can't lie in the future: put it on record when it was done",
    )


# -- relaying -----------------------------------------------------------------


def petitioner_stays_unnamed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to name who complains or reports to the unit it is about, unless he agreed."""
    if not form or not form["names_petitioner"] or form["petitioner_consented"]:
        return None
    if triaged(case).get("kind") not in ACCUSING:
        return None
    return Refusal(
        "投诉、举报类诉求转办时不得披露诉求人身份（本人书面同意的除外）",
        "who complains or reports must not be named when the case is relayed, unless he agreed",
    )


def material_is_asked_for_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to stop the service clock a second time for the petitioner's material."""
    if case.details.get("material_requested"):
        return Refusal("补充材料只能要求一次，不得反复暂停计时", "material can be asked for once only")
    return None


# -- review -------------------------------------------------------------------


def another_has_drafted(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a reviewer who wrote the reply that lies before him; who wrote an earlier one, sent back since, may review it."""
    drafter = {case.details.get("drafted_by", ""), one_name(case.details.get("drafted_by_name", ""))} - {""}
    if not drafter:
        # A reply from before this was kept.
        took = moment.took(case.id)
        drafter = {*took.get("reply_drafted", ()), *took.get("unsolved_reply_drafted", ())}
    if drafter.isdisjoint({moment.actor, one_name(moment.actor_name)}):
        return None
    return Refusal(
        "这份答复是您（或者与您同名的账号）拟写的，须由另一人审核；确系同名的另一人，请管理员在账号的姓名中加以区分",
        "you, or an account of your name, wrote this reply: another person reviews it; where that is somebody else, the "
        "administrator tells the accounts apart by their names",
    )


def is_upstream_s(case: CaseView) -> bool:
    """Say whether another hotline waits for the result: it sent the order, and has not taken it back."""
    return bool(case.details.get("upstream_recorded")) and not case.details.get("upstream_returned")


def came_from_upstream(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to feed back what no upstream hotline sent."""
    if is_upstream_s(case):
        return None
    return Refusal(
        "该件没有登记上级热线工单（或者已退回上级热线），无需回传",
        "no upstream order is recorded for this case: nothing to feed back",
        moot=True,
    )


def came_directly(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to reply past the upstream hotline that sent the order."""
    if not is_upstream_s(case):
        return None
    return Refusal(
        "该件为上级热线转来，审核通过后须先回传", "the upstream hotline sent this: after review it is fed back first"
    )


def upstream_waits(case: CaseView) -> bool:
    """Say whether another hotline waits for the street's result: it sent the order, and nothing went back to it since."""
    kept = case.details
    # Of an order from before this was kept: it went back as often as it came.
    came = len(kept.get("upstream_sent_back", ())) >= len(kept.get("fed_back", ()))
    return is_upstream_s(case) and bool(kept.get("upstream_open", came))


def upstream_is_recorded_once(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second upstream order for one case, which is merged at intake, until the first has gone back."""
    if upstream_waits(case):
        return Refusal(
            "上级热线工单已登记，重复工单应并单处理", "an upstream order is recorded already; duplicates are merged"
        )
    known = case.details.get("upstream_recorded") or {}
    if form and form["upstream_number"] == known.get("upstream_number"):
        return Refusal(
            "这张工单已经退回或者回传，再次转来的应有新的工单编号；发回重办的，请“上级热线发回重办”",
            "that order has gone back: one that comes anew has a number of its own, one sent back is recorded as that",
        )
    return None


def upstream_is_to_hear(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to tell the upstream hotline of an end that it knows, or that is not its order's."""
    if upstream_waits(case):
        return None
    return Refusal("上级热线没有等待本件的结果", "no upstream hotline waits for this case", moot=True)


def a_petition_is_handed_over_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand a matter over while the petition authority has it already (信访工作条例 22)."""
    if not case.details.get("petition_open"):
        return None
    return Refusal(
        "本件已转送信访部门，尚在等待处理结果，不重复转送",
        "the petition authority has the matter already, and has not answered yet",
    )


def upstream_is_asked_to_take_it_back_once(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask the upstream hotline a second time to take its order back."""
    if case.details.get("upstream_return_asked"):
        return Refusal(
            "已向上级热线申请退单，只能申请一次", "the upstream hotline was asked already, and is asked once"
        )
    return None


def upstream_is_to_say(what: str, zh: str, en: str) -> Guard:
    """Make a gate against an answer of the upstream hotline to what it was not asked."""

    def an_answer_is_waited_for(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
        return None if case.details.get(what) else Refusal(f"没有等待上级热线答复的{zh}", f"no {en} waits", moot=True)

    return an_answer_is_waited_for


def it_is_asked_for_in_time(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to ask for more time twice at once, or when the order's end has passed."""
    if case.details.get("upstream_extension_open"):
        return Refusal("上一次延期申请还没有答复", "what was asked for last is not answered yet")
    known = case.details.get("upstream_recorded", {}).get("due_at")
    if known and moment.now > datetime.fromisoformat(known):
        return Refusal("已超过上级截止时间，延期须在到期前申请", "the order's end has passed: it is asked for before")
    return None


# -- what steps write down ----------------------------------------------------


def noted(**values: object) -> Change:
    """Make a change that keeps some values whatever the form says."""
    return lambda _case, _form, _moment: values


def drafted(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep who wrote the reply that is to be reviewed."""
    return {"drafted_by": moment.actor, "drafted_by_name": moment.actor_name}


def petition_sent(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep since when the petition authority has the matter; nobody has accepted it yet."""
    today = local_date(moment.now)
    return {"petition_open": True, "petition_sent_on": today, "petition_accepted_on": "", "petition_prolonged": None}


def petition_accepted(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day from which the sixty days run."""
    return {"petition_accepted_on": form["accepted_on"] or local_date(moment.now)}


def petition_longer(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Return the days of a prolonged petition, from its acceptance."""
    accepted_on = date.fromisoformat(case.details["petition_accepted_on"])
    return {"petition_days": bases().clock("petition_opinion", accepted_on).limit + form["days"]}


def upstream_order(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the upstream number where it is searched for, and the time that is left for the street; one before is put by."""
    kept = case.details
    earlier = [{**kept["upstream_recorded"], "ended": upstream_stands(case)}] if kept.get("upstream_recorded") else []
    return {
        "upstream_source": form["upstream_source"],
        "upstream_number": form["upstream_number"],
        "internal_workdays": internal_workdays(form["workdays"]),
        "upstream_since": moment.now,
        "upstream_open": True,
        **({"upstream_before": [*kept.get("upstream_before", ()), *earlier], **_OF_ONE_ORDER} if earlier else {}),
    }


#: What is said of one upstream order, and of no other.
_OF_ONE_ORDER: Final[Mapping[str, Any]] = {
    "upstream_returned": False,
    "upstream_return_asked": None,
    "upstream_return_open": False,
    "upstream_extension_open": False,
    "upstream_extension_asked": [],
    "extended_by": 0,
    "upstream_closed": None,
    "fed_back": [],
}


def upstream_stands(case: CaseView) -> str:
    """Say how an upstream order stands: received, fed_back, closed or returned."""
    kept = case.details
    if kept.get("upstream_returned"):
        return "returned"
    return "closed" if kept.get("upstream_closed") else "fed_back" if kept.get("fed_back") else "received"


def upstream_again(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep the time that is left for the street when its result has come back, which closes the order no more."""
    return {"internal_workdays": internal_workdays(form["workdays"]), "upstream_open": True, "upstream_closed": None}


def upstream_is_told(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Say whether an upstream hotline is to hear that its order was taken back from here."""
    return {"tell_upstream": upstream_waits(case)}


def upstream_of(
    external: Mapping[str, Any], registered_at: datetime, calendar: WorkCalendar, usual: int
) -> dict[str, Any]:
    """Return the upstream order that a dispatch came with; `usual` are the working days of one that says no end."""
    due_at = external["due_at"]
    return {
        "upstream_source": external["source"],
        "upstream_number": external["number"],
        "workdays": workdays_given(registered_at, due_at, calendar) if due_at else usual,
        "due_at": due_at,
        "registered_at": registered_at,
    }


def upstream_clocks(order: Mapping[str, Any], legal: LegalBases, calendar: WorkCalendar) -> Iterator[Clock]:
    """Return the two clocks of an upstream order, from its registration: neither ends after the end that it names."""
    at, due_at, number = order["registered_at"], order["due_at"], order["upstream_number"]
    zh, en = f"上级工单 {number} 的截止时间", f"Deadline of the upstream order {number}"
    limits = {"upstream_finish": internal_workdays(order["workdays"]), "upstream_due": order["workdays"]}
    for name, limit in limits.items():
        clock = clocks.start(replace(legal.clock(name, at), limit=limit), at, calendar)
        yield replace(clock, bound=clocks.Bound(due_at, zh, en)) if due_at else clock


def upstream_end_is_later(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a new end that has passed, or is no later than the one that the order has."""
    if not form:
        return None
    known = case.details.get("upstream_recorded", {}).get("due_at")
    latest = max(moment.now, datetime.fromisoformat(known)) if known else moment.now
    if form["due_at"] > latest:
        return None
    return Refusal("新的截止时间应晚于现在和原截止时间", "the new end comes after now and after the end that was given")


def upstream_gives_no_more_than_it_may(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a new end that lies further from the one before than an extension goes: it is mistyped (鲁政办字〔2019〕211号)."""
    ends, rule = moment.clocks(case).get("upstream_due"), bases().clock("upstream_due", moment.now)
    if not form or ends is None or not rule.extend:
        return None
    most = clocks.Period.parse(rule.extend)
    latest = clocks.add(local_date(ends.due_at), most, calendar=standard_calendar()).due_at
    if form["due_at"] <= latest:
        return None
    act, said = bases().said(rule.basis, moment.now, "zh"), "、".join(one.unit.say(one.count, "zh") for one in most)
    return Refusal(
        f"新的截止时间不得晚于 {latest:%Y-%m-%d}：延期不超过{said}（{act}{'' if rule.verified else '，未核实'}），请核对批复",
        f"more time goes until {latest:%Y-%m-%d} at most, {rule.extend} after the end that was given: look at the decision again",
    )


def upstream_longer(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the order's new end, by how much it moved, and the working days until it, of which one is kept to spare."""
    calendar, ends = standard_calendar(), moment.clocks(case).get("upstream_due")
    given = workdays_given(moment.now, form["due_at"], calendar)
    order = {**case.details["upstream_recorded"], "due_at": form["due_at"]}
    return {
        "extended_by": workdays_given(ends.due_at, form["due_at"], calendar) if ends else given,
        "upstream_extension_open": False,
        "upstream_recorded": order,
        "workdays": given,
        "internal_workdays": internal_workdays(given),
    }


def approved_reply(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Take the reply that was approved, unchanged, as what the petitioner is told."""
    draft = case.details["reply_drafted"]
    said = {name: draft[name] for name in ("outcome", "reply", "handler_claims_solved")}
    return {**said, "concluded": {**form, **said}}


# -- what deserves a second look ----------------------------------------------


def contact_only_for_the_record(case: CaseView, _now: datetime) -> Iterable[Caution]:
    """Warn of a case whose petitioner was never reached, and whose reply claims that it is solved (虚假办结)."""
    contacts = case.details.get("contact_made", ())
    draft = case.details.get("reply_drafted") or {}
    if not draft.get("handler_claims_solved") or case.details.get("anonymous"):
        return
    if contacts and all(contact["way"] == "not_possible" for contact in contacts):
        yield Caution(
            "claimed_without_contact",
            "始终未联系上诉求人，却拟以“已解决”答复",
            "the petitioner was never reached, and the reply claims it solved",
            "北京市接诉即办工作条例-15",
        )


def solved_without_a_measure(case: CaseView, _now: datetime) -> Iterable[Caution]:
    """Warn of a claim to have solved what nobody visited, did or answered."""
    done = (
        "site_visited",
        "measure_taken",
        "knowledge_consulted",
        "answered_from_elsewhere",
        "external_result_received",
    )
    draft = case.details.get("reply_drafted") or {}
    if draft.get("outcome") == "solved" and not any(case.details.get(name) for name in done):
        yield Caution(
            "solved_without_a_measure",
            "拟以“已解决”答复，但没有任何现场、措施、解答或外部结果记录",
            "the reply says solved, and no visit, measure, answer or result is on record",
            "国办函〔2025〕66号",
        )


def reply_goes_round(case: CaseView, _now: datetime) -> Iterable[Caution]:
    """Warn of a case that the reviewer or the upstream hotline sent back again and again."""
    back = len(case.details.get("reply_sent_back", ())) + len(case.details.get("upstream_sent_back", ()))
    if back >= _SENT_BACK_OFTEN:
        yield Caution(
            "sent_back_often",
            f"答复已被退回 {back} 次，建议由负责人直接研究",
            f"the reply was sent back {back} times: let the person in charge look at it",
            "国办函〔2025〕66号",
        )


def extended_beyond_what_was_asked(case: CaseView, _now: datetime) -> Iterable[Caution]:
    """Warn of more time than the upstream hotline was asked for: the decision was perhaps misread."""
    asked, given = case.details.get("upstream_extension_asked"), case.details.get("extended_by", 0)
    if asked and given > (wanted := asked[-1]["workdays"]):
        yield Caution(
            "extended_beyond_what_was_asked",
            f"上级热线批准延长 {given} 个工作日，多于申请的 {wanted} 个工作日：请核对批复",
            f"the upstream hotline gave {given} working days more, and was asked for {wanted}: look at its decision again",
            "鲁政办字〔2019〕211号",
        )


_SENT_BACK_OFTEN: Final = 2
WARNINGS: Final = (
    contact_only_for_the_record,
    solved_without_a_measure,
    reply_goes_round,
    extended_beyond_what_was_asked,
)
