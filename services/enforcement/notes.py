"""What a step leaves on its case, pure like the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, count
from typing import Any, Final

from chassis.workcalendar import ZONE, local_date, standard_calendar
from chassis.workflow import CaseView, Change, Guard, Moment, Refusal, Values
from services.enforcement import bounds, pauses, reading
from services.enforcement.catalogue import BASES

# -- changes ------------------------------------------------------------------


#: When a hearing is that was called for no time of its own.
HEARD_AT: Final = time(9)
#: What belongs to one order to correct and is enforced by the body itself.
OF_AN_ORDER: Final = (
    *("substitute_from", "substitute_at", "dismantle_announced_on", "dismantle_by", "dismantle_suit_until"),
    *("dismantling_upheld", "dismantle_urged_until", "dismantle_at", "suspended_since", "suspended_three_years"),
)
_OF_A_ROUND: Final = (
    "correction_ordered",
    "found_uncorrected",
    "filed",
    "investigation_closed",
    "prenotice_served",
    *OF_AN_ORDER,
)


def note_scene(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep party and act in their columns, which limits were exceeded, and what the register says of them.

    What belongs to an earlier round is forgotten: its orders, its filing, its report, its notice.
    """
    before = () if case.state == "clue" else case.details.get("exceeded", ())
    exceeded = {*before} | {row["kind"] for row in form.get("measurements", ()) if bounds.exceeds(row)}
    found: dict[str, Any] = _from_register(case, form["suspect_name"], moment) | {
        "seen_on": local_date(form["at"]),
        "handlers": officers_of(form),
        "seen_act": form["act"],
        "suspect": form["suspect_name"],
        "act": form["act"],
        "exceeded": sorted(exceeded),
        "limits_exceeded": bool(exceeded),
    }
    if case.state == "advised":
        found["promise_checked"] = True
    return found | (dict.fromkeys(_OF_A_ROUND) if case.state == "clue" else {})


def take_promise(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the party was advised and nobody has looked since."""
    return {"promise_checked": False}


def check_promise(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that somebody went and looked whether the advice was followed."""
    return {"promise_checked": True}


def _from_register(case: CaseView, suspect: str, moment: Moment) -> dict[str, Any]:
    register = moment.known()
    if register is None:
        return {}
    return {
        "earlier": [asdict(row) for row in register.of_party(case.id, suspect)],
        "caller_shops": register.other_shops_of_caller(case.id, suspect) + 1,
    }


def officers_of(form: Values) -> str:
    """Return the names of the officers of a form."""
    return "、".join(dict.fromkeys(officer["name"].strip() for officer in form["officers"]))


def note_complaint(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day of the complaint, from which the answer to it is counted (滨州市城镇容貌和环境卫生管理条例 47), and who has it."""
    registered = case.details.get("registered_at")
    return {
        "handlers": form.get("handler") or moment.actor_name,
        "complained_on": local_date(datetime.fromisoformat(registered) if registered else case.opened_at),
    }


def note_notice(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when a hearing may be asked for, and that it is not waived yet."""
    last_day = reading.until("hearing_request", reading.reached(form, "noticed_on", moment))
    return {"hearing_request_until": last_day, "waived_on": "", "abandoned_on": "", "hearing_forfeited": False}


def abandon_hearing(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when the hearing ended without the party: who stays away has no other, who takes its request back may ask in time."""
    return {
        "abandoned_on": reading.day_of(form, "abandoned_on", moment),
        "hearing_forfeited": form["ended_by"] != "request_taken_back",
    }


def call_hearing(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when the hearing is: as called, else at nine on the first working day that the notice allows (行政处罚法 64)."""
    if form["hearing_at"]:
        return {"hearing_at": form["hearing_at"]}
    told = reading.until("hearing_notice", reading.reached(form, "called_on", moment))
    first = standard_calendar().next_workday(told + timedelta(days=1))
    return {"hearing_at": datetime.combine(first, HEARD_AT, ZONE)}


def note_hearing(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day of the hearing; what was reviewed before it is reviewed with its record again (行政处罚法 58, 65)."""
    held = reading.day_of(form, "held_on", moment)
    return {"held_on": held, "reported_on": "", "hearing_reported": None, "legal_review_passed": None}


def file_case(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Let the ninety days begin with the filing, and nothing taken out of them."""
    filed = reading.day_of(form, "filed_on", moment)
    return {
        # Nothing is enforced by the body itself while this goes on.
        "suspended_since": "",
        "handlers": officers_of(form),
        "filed_on": filed,
        "decide_by": reading.until("penalty_decision", filed),
        "counted_from": filed,
        "excluded_since": "",
        "excluded_for": "",
        "excluded_until": "",
        "exclusions": [],
    }


def set_correct_by(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Set the day by which the order must be obeyed; what was missed or decided upon an earlier one no longer counts."""
    ordered = reading.reached(form, "served_on", moment)
    weekly = any(item["kind"] == "weekly_cleaning" for item in form["items"])
    return {
        "correct_by": reading.until("correction", ordered, limit=int(form["days"])),
        "ordered_on": ordered,
        "reached_on": ordered,
        "cleaning_due_on": ordered + timedelta(days=bounds.DAYS_OF_A_WEEK) if weekly else None,
        "act": reading.act_code(case),
        "found_uncorrected": None,
        **dict.fromkeys(OF_AN_ORDER),
    }


def hold(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that evidence is held; more of it gives what was held before no more time (行政处罚法 56)."""
    return {"hold_begins": not case.details.get("evidence_is_held"), "evidence_is_held": True}


def release(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that all evidence held was decided on."""
    return {"evidence_is_held": False}


def begin_review(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Let a new report need its own hearing, discussion and legal review."""
    return {
        "legal_review_passed": None,
        "hearing_held": None,
        "hearing_reported": None,
        "group_discussed": None,
    }


def seize(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep since when things are seized, and not for longer yet; more things give those no more time."""
    if case.details.get("goods_are_seized"):
        return {"seizure_begins": False}
    return {
        "seizure_begins": True,
        "goods_are_seized": True,
        "seized_on": reading.day_of(form, "seized_on", moment),
        "seizure_prolonged": None,
        "tests": [],
        "testing_since": "",
    }


def begin_testing(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep since when and until when at most things seized are being tested; that time is not counted (行政强制法 25)."""
    since = reading.day_of(form, "sent_on", moment)
    row = {"kind": form["kind"], "since": since, "latest": since + timedelta(days=form["days"])}
    return pauses.begun(case, "testing", row, moment)


def end_testing(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when things seized were tested: at most as long as the party was told."""
    return pauses.ended(case, "testing", form, reading.day_of(form, "tested_on", moment), moment)


def testing_over(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the time is over of which the party was told; the result is awaited still."""
    return pauses.over(case, "testing", moment)


def prolong(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when and to how many days the time of a seizure was prolonged; those of tests, whenever told of, are not among them."""
    return {
        "prolonged_on": reading.day_of(form, "prolonged_on", moment),
        "seizure_days": bounds.SEIZED_MOST + int(form["days"]),
        "testing_spans": pauses.over(case, "testing", moment)["testing_spans"],
    }


def days_seized(case: CaseView, today: date) -> int:
    """Return the days for which things have been held, without those of tests."""
    since = reading.known_day(case, "seized_on")
    if since is None:
        return 0
    # Of a case from before each test was kept the sum is.
    summed = 0 if "tests" in case.details else int(case.details.get("tested_days", 0))
    return (today - since).days - summed - pauses.days(pauses.rows(case, "testing"), since, today)


def give_back(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that all things seized were decided on, and that nothing of them is tested any more."""
    return {"goods_are_seized": False, **pauses.all_ended(case, "testing", local_date(moment.now), moment)}


def begin_exclusion(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep since when, until when at most, and for what, the ninety days stand still; of a decision, have stood still."""
    begun, decided = reading.day_of(form, "begun_on", moment), counted_until(case, moment)
    until = begun + timedelta(days=form["days"])
    row = {"kind": form["kind"], "since": begun, "latest": until}
    kept = (
        pauses.all_ended(case, "exclusion", decided, moment, row)
        if decided
        else pauses.begun(case, "exclusion", row, moment)
    )
    return {"excluded_since": begun, "excluded_until": until, **kept}


def counted_until(case: CaseView, moment: Moment) -> date | None:
    """Return the day on which the time to decide came to its end, or None where it runs."""
    known = moment.clocks(case).get("penalty_decision")
    return local_date(known.clock.stopped_at) if known and known.clock.stopped_at else None


def end_exclusion(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when the ninety days have stood still."""
    return pauses.ended(case, "exclusion", form, reading.day_of(form, "counted_on", moment), moment)


def exclusion_over(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the time is over that was approved."""
    return pauses.over(case, "exclusion", moment)


def decide_by(case: CaseView, rows: Iterable[Values] | None = None) -> date | None:
    """Return the last day for the decision, with what was left out of the ninety days (行政处罚法 60)."""
    filed = reading.known_day(case, "filed_on")
    ends = reading.known_day(case, "decide_by") or (filed and reading.until("penalty_decision", filed))
    if ends is None:
        return None
    spans = pauses.spans(pauses.rows(case, "exclusion") if rows is None else rows)
    return max((day for *_, day in bounds.put_off(ends, counted_from(case) or date.min, spans)), default=ends)


def counted_from(case: CaseView) -> date | None:
    """Return the day from which the time to decide counts: of the filing, or of the order to decide anew.

    Before it was kept by itself it began anew with what was left when the matter came back, too.
    """
    known = [reading.known_day(case, name) for name in ("filed_on", "resumed_on", "ordered_anew_on")]
    return reading.known_day(case, "counted_from") or max((day for day in known if day), default=None)


def note_demand(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what is demanded: without an amount, all that is owed on that day; what was said before no longer counts."""
    day = reading.day_of(form, "demanded_on", moment)
    return {
        "demanded_amount": reading.owed(case, day) if form["amount"] is None else form["amount"],
        "demanded_late": reading.added(case, day),
        "demanded_less": reading.paid_in_parts(case),
    }


def review_passed(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the legal review was passed."""
    return {"review_result": "passed"}


def review_failed(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the legal review was not passed."""
    return {"review_result": "failed", "legal_review_passed": None}


#: What a penalty has come to, and when: that stays on file beside the next one of the same case.
_PENALTY: Final = (
    *("decided_penalty", "decided_on", "fine", "paid", "paid_on", "parts", "payments", "refund_due"),
    *("served_on", "reconsideration_until", "suit_until", "review_first", "reviews"),
    *("reviewed_at_length", "review_until"),
)


def with_last(case: CaseView, before: str, opened: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return a case's ledgers from before, with the one that is replaced now, if any was opened."""
    last = {name: case.details[name] for name in names if name in case.details}
    return [*case.details.get(before, ()), *([last] if case.details.get(opened) else [])]


def name_of(row: Values) -> str:
    """Return what a decision that another has followed is named by: without a name of its own, its number, or its day."""
    return str(row.get("named") or row.get("decision_no") or row["decided_on"])


def names_taken(details: Values) -> set[str]:
    """Return under what the times of a case's decisions run: penalties that others followed, what is forced, or dismantled."""
    announced = (details.get("dismantling_announced") or {}).get("notice_no", "")
    forced = (str(row["decision_no"]) for row in details.get("measures") or ())
    return {announced, *forced, *map(name_of, details.get("penalties_before") or ())}


def _named_apart(case: CaseView, row: Values) -> str:
    """Return a name for a decision that nothing else of the case bears: its number, where need be with its day, and counted."""
    number, taken = row["decision_no"] or str(row["decided_on"]), names_taken(case.details)
    of_day = f"{number}，{row['decided_on']}"
    names = chain((number, of_day), (f"{of_day}，第{which}份" for which in count(2)))
    return next(name for name in names if name not in taken)


def set_fine(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the decision, whichever procedure it comes from, and its fine, not late yet; other penalties cost nothing.

    One that it follows keeps its own number, and a name under which its times and its review go on.
    """
    before, named = with_last(case, "penalties_before", "decision", _PENALTY), ""
    if last := case.details.get("decision"):
        known = {**before[-1], "decision_no": str(last.get("no", ""))}
        named = _named_apart(case, known)
        before[-1] = {**known, "named": named}
    return {
        "penalties_before": before,
        "earlier_no": named,
        "earlier_reviews_left": any(is_reviewed(row) for row in before),
        "decision": {
            "no": form["decision_no"],
            "facts": form["facts"],
            "basis": form["basis"],
            "authority": form.get("authority") or reading.last(case, "filed").get("authority", ""),
            "law": "；".join(zh for zh, _ in reading.law_of(case, reading.day_of(form, "decided_on", moment)).lines),
        },
        "fine": form.get("amount", Decimal(0)),
        "decided_penalty": form["penalty"],
        "paid": Decimal(0),
        "parts": [],
        "payments": [],
        "refund_due": Decimal(0),
        "decided_on": reading.day_of(form, "decided_on", moment),
        "served_on": "",
        "pay_by": "",
        "reviews": [],
        "graces": [],
        "grace_until": "",
        "reconsideration_lapsed": False,
        "refused_by_court": False,
        "objected_on": "",
        "decided_on_the_spot": False,
        "spot_filed_on": "",
        "collected": False,
        "handed_in_on": "",
        "banked_on": "",
    }


def take_back(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that what was decided is decided anew, before anybody has read it: the time to decide runs on from where it began."""
    begun, ends = counted_from(case), reading.known_day(case, "decide_by")
    return {
        **pauses.all_ended(case, "exclusion", counted_until(case, moment) or local_date(moment.now), moment),
        "penalised": None,
        "decision": None,
        "decided_penalty": "",
        "decided_on": "",
        "fine": Decimal(0),
        "counted_from": begun,
        "decision_limit": (ends - begun).days if begun and ends else True,
    }


def warn_on_the_spot(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep a decision that was handed over at once, and is filed with the body (行政处罚法 52)."""
    day = reading.day_of(form, "decided_on", moment)
    contestable = _contestable(day, review_first=review_comes_first(day))
    return {**set_fine(case, form, moment), **contestable, "decided_on_the_spot": True}


def set_fine_on_the_spot(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep a decision that was handed over at once, and by when its fine is paid."""
    return {
        **warn_on_the_spot(case, form, moment),
        "pay_by": reading.until("payment", reading.day_of(form, "decided_on", moment)),
    }


def set_pay_by(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the last day of payment, counted from the service of the decision (行政处罚法 67)."""
    day = reading.reached(form, "served_on", moment)
    # Served anew, it is enforced anew.
    anew = {"grace_until": "", "graces": [], "refused_by_court": False, "objected_on": "", "objection_until": ""}
    return {**_contestable(day), **anew, "reached_on": day, "pay_by": reading.until("payment", day)}


def serve_warning(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when a warning may be contested; nothing is paid."""
    day = reading.reached(form, "served_on", moment)
    return {**_contestable(day), "reached_on": day}


def review_comes_first(day: date) -> bool:
    """Whether who contests what was decided on the spot on a day goes to the reviewing body before any court (行政复议法 23)."""
    return any(row.code == "行政复议法-23" and row.effective_from <= day for row in BASES.bases)


def _contestable(day: date, *, review_first: bool = False) -> dict[str, Any]:
    """Return until when a decision may be contested that was served on a day (行政复议法 20, 23; 行政诉讼法 46)."""
    return {
        "served_on": day,
        "reconsideration_lapsed": False,
        "reconsideration_until": reading.until("reconsideration", day),
        "suit_until": "" if review_first else reading.until("remedies", day),
        "review_first": review_first,
        "either_way": not review_first,
    }


def grant_time(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the last day of a payment that was put off or parted (行政处罚法 66)."""
    granted = reading.day_of(form, "granted_on", moment)
    # The fifteen days are the law's own: no grant makes them shorter (行政处罚法 67).
    ends = reading.until("instalment", granted, limit=int(form["days"]))
    if case.state == "payment_overdue":
        row = {"sought_on": granted, "ended_on": ends}
        return {"granted_on": granted, "graces": [*case.details.get("graces", ()), row], "grace_until": ends}
    return {"granted_on": granted, "pay_by": max(ends, reading.known_day(case, "pay_by") or ends)}


def open_window(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day from which a court may be asked: the end of the remedies, and of a payment put off (行政处罚法 72)."""
    remedies = reading.known_day(case, "suit_until") or reading.known_day(case, "reconsideration_until")
    ends = [
        known
        for known in (remedies, reading.known_day(case, "pay_by"), reading.known_day(case, "grace_until"))
        if known
    ]
    return {"window_from": min(max(ends, default=local_date(moment.now)), local_date(moment.now))}


def paid_in(case: CaseView, form: Values, moment: Moment) -> Decimal:
    """Return what a payment comes to: without an amount, all that was owed on its day."""
    amount: Decimal | None = form.get("amount")
    return reading.owed(case, reading.day_of(form, "paid_on", moment)) if amount is None else amount


def note_payment(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what was paid and when, what of it was too much, and whether officers have it in their hands (行政处罚法 71)."""
    paid, day = reading.paid_in_parts(case) + paid_in(case, form, moment), reading.day_of(form, "paid_on", moment)
    return {
        "paid": paid,
        "refund_due": max(paid - Decimal(case.details.get("fine", "0")) - reading.added(case, day), Decimal(0)),
        "parts": [],
        "payments": [*case.details.get("payments", ()), {"paid_on": day, "amount": paid_in(case, form, moment)}],
        "paid_on": day,
        "collected": form["way"] == "on_the_spot",
    }


def lapse_reconsideration(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the sixty days of reconsideration are over (行政复议法 20)."""
    return {"reconsideration_lapsed": True}


def start_contest(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day from which nothing is added to the fine (行政处罚法 73)."""
    sought = reading.day_of(form, "sought_on", moment)
    row = {"kind": form["kind"], "sought_on": sought, "ended_on": ""}
    return {"sought_on": sought, "reviews": [*case.details.get("reviews", ()), row], **reviewed(form, moment)}


def reviewed(form: Values, moment: Moment, of: str = "") -> dict[str, Any]:
    """Return which of the two times the body has that reconsiders a decision, and until when; a court has neither (行政复议法 62)."""
    by_body, simple = form["kind"] == "reconsideration", form["simple_procedure"]
    clock = "reconsideration_simple" if simple else "reconsideration_decision"
    return {
        f"{of}reviewed_simply": by_body and simple,
        f"{of}reviewed_at_length": by_body and not simple,
        f"{of}review_until": reading.until(clock, reading.day_of(form, "accepted_on", moment)) if by_body else "",
    }


def take_longer(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the reconsideration was prolonged, which is done once (行政复议法 62)."""
    return {"reviewed_at_length": False}


def end_contest(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which a review ended, and take over an amount that it has changed."""
    rows = [dict(row) for row in case.details.get("reviews", ())]
    received = reading.day_of(form, "received_on", moment)
    if rows:
        rows[-1]["ended_on"] = received
    amount = form.get("amount")
    fine = {} if amount is None else {"fine": amount}
    return {
        "reviews": rows,
        "received_on": received,
        "suit_until": reading.until("suit_after_review", received),
        **fine,
    }


#: What the higher court has to say whether a refused application is accepted, or enforced (行政强制法 56, 58).
HIGHER_COURT_DAYS: Final = {"refused_acceptance": 15, "refused_enforcement": 30}


def accepted_by_court(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when the court took the application: its time to rule counts from that day."""
    return {"court_accepted_on": reading.day_of(form, "accepted_on", moment)}


def refuse_at_court(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the court refused, and until when the higher court may be asked (行政强制法 56, 58)."""
    ruled = reading.day_of(form, "ruled_on", moment)
    return {
        "refused_by_court": True,
        "ruled_on": ruled,
        "objection_until": reading.until("court_objection", ruled),
        "higher_court_days": HIGHER_COURT_DAYS[form["refused_what"]],
    }


def ask_higher_court(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the refusal is looked at again."""
    return {"refused_by_court": False}


def begin_anew(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Let the time run in which a revoked decision is made anew, as the review has set it (行政复议法 64; 行政诉讼法 70).

    What was left out of the first time stays on file: of what reaches into this one the rest counts.
    """
    day = reading.day_of(form, "ordered_anew_on", moment)
    return {
        "ordered_anew_on": day,
        "counted_from": day,
        "decide_by": day + timedelta(days=form["days"]),
        **pauses.all_ended(case, "exclusion", counted_until(case, moment) or day, moment),
    }


def a_court_has_enforced(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to have a court go on that was not asked, or did not allow it."""
    if reading.last(case, "court_granted") and not case.details.get("refused_by_court"):
        return None
    return Refusal("法院没有准予执行过", "no court has allowed it to be enforced", moot=True)


def ground_fits_the_party(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end it because a person was dissolved, or an organisation has died (行政强制法 40)."""
    if not form:
        return None
    if form["ground"] in {"died", "dissolved"} and not form["nobody_answers"]:
        return Refusal(
            "公民死亡、单位终止的，须确认无遗产、无财产可供执行且无义务承受人",
            "where the party is no more, tick that nothing is left and nobody answers for it",
        )
    other = {"person": "dissolved", "organisation": "died"}[reading.suspect_kind_of(case)]
    if form["ground"] != other:
        return None
    return Refusal(
        "理由与当事人类型不符：公民死亡、单位终止", "the ground does not fit: a person dies, an organisation ends"
    )


def lower_what_is_paid(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep how the review of a fine ended that is collected no longer; what was paid above what is left is given back.

    What is left is the lower fine with what being late adds to that, at most as much again (行政处罚法 72). A review that
    leaves the fine as it was leaves owed what an earlier one took off.
    """
    left, found = form.get("amount"), dict(end_contest(case, form, moment))
    if left is not None:
        paid, days = received(case.details), _paid_on(case)
        late = reading.added(case, max(day for day, _ in days), fine=left, paid=days) if days else Decimal(0)
        found |= {"paid": paid, "parts": [], "refund_due": max(paid - left - late, Decimal(0))}
    return found


def _paid_on(case: CaseView) -> list[tuple[date, Decimal]]:
    """Return when how much of a fine was paid; before payments were kept one by one, all of it on the last day."""
    kept = case.details
    rows = [(date.fromisoformat(str(row["paid_on"])), Decimal(row["amount"])) for row in kept.get("payments") or ()]
    rest, day = received(kept) - sum((amount for _, amount in rows), Decimal(0)), reading.known_day(case, "paid_on")
    return [(on, amount) for on, amount in (*rows, *([(day, rest)] if day else [])) if amount > 0]


def revoke(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that a decision fell: it counts as no penalty any more, and what was paid has to be given back."""
    paid = Decimal(case.details.get("paid") or "0") + reading.paid_in_parts(case)
    return {
        **end_contest(case, form, moment),
        "decided_penalty": "",
        "paid": paid,
        "parts": [],
        "refund_due": paid,
    }


def a_decision_stands(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to contest what was not decided and served, or has fallen."""
    if case.details.get("decided_penalty") and reading.known_day(case, "served_on"):
        return None
    return Refusal("没有可以复议、起诉的处罚决定", "no decision stands that could be contested", moot=True)


def is_reviewed(kept: Values) -> bool:
    """Whether a review of a ledger's decision is on file that has not ended."""
    reviews = list(kept.get("reviews") or ())
    return bool(reviews) and not reviews[-1]["ended_on"]


def a_contest_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the result of a review that nobody has sought."""
    if is_reviewed(case.details):
        return None
    return Refusal("处罚决定没有在复议或者诉讼", "the decision is not under review", moot=True)


def no_contest_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to begin a second review of a decision, or to serve it anew, while it is reviewed."""
    if not is_reviewed(case.details):
        return None
    return Refusal("处罚决定正在复议或者诉讼，请先登记结果", "the decision is under review: record its result first")


def something_is_unpaid(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to have a court go on where nothing is owed any more."""
    if any(map(unpaid, penalties(case))):
        return None
    return Refusal("没有未缴清的罚款", "no fine of this case is unpaid", moot=True)


def look_again(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep whether property is still to be looked for: until every fine is paid."""
    return {"property_is_sought": any(map(unpaid, penalties(case)))}


# -- paid when the matter has gone on, or has ended ------------------------------


def penalties(case: CaseView) -> list[Values]:
    """Return the ledgers of all penalties of a case, the last one behind: a fine on the spot may be followed by another."""
    return _ledgers(case.details)


def _ledgers(details: Values) -> list[Values]:
    return [*(details.get("penalties_before") or ()), details]


def revising(change: Change) -> Change:
    """Make a change that also keeps which decision stands no longer as it was told, and what of its penalty is left."""

    def revise(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        changes = change(case, form, moment)
        now = _ledgers({**case.details, **changes})
        rows = [_revised(*both) for both in zip(penalties(case), now, strict=True)]
        return {**changes, "revised": next(filter(None, rows), None)}

    return revise


def _revised(was: Values, now: Values) -> dict[str, Any] | None:
    penalty, left = (str(kept.get("decided_penalty") or "") for kept in (was, now))
    fined, fine = (Decimal(kept.get("fine") or 0) for kept in (was, now))
    if (penalty, fined) == (left, fine) or not penalty:
        return None
    taken_back = not left and not now.get("decided_on")
    return {
        "decision_no": str(was.get("decision_no") or (was.get("decision") or {}).get("no", "")),
        "ground": "taken_back" if taken_back else "changed" if left else "revoked",
        "penalty": left,
        "amount": fine if left else Decimal(0),
    }


def unpaid(kept: Values) -> Decimal:
    """Return what of a ledger's fine itself was not paid."""
    if kept.get("decided_penalty") != "fine":
        return Decimal(0)
    return max(Decimal(kept.get("fine") or 0) - received(kept), Decimal(0))


def received(kept: Values) -> Decimal:
    """Return what was paid of a ledger, in parts or at once."""
    return Decimal(kept.get("paid") or 0) + sum((Decimal(row["amount"]) for row in kept.get("parts") or ()), Decimal(0))


def penalties_before(case: CaseView) -> list[Values]:
    """Return those of the decisions that another one has followed, the last behind."""
    return list(case.details.get("penalties_before") or ())


def paid_late(ledgers: Callable[[CaseView], list[Values]]) -> tuple[Guard, Change]:
    """Make the guard and the change of a payment that no step collects any more, of one of some ledgers of a case."""

    def unpaid_of(case: CaseView, form: Values) -> list[Values]:
        """Return the ledgers that a payment may be for: of the day that is named, or all of which something is unpaid."""
        named = form.get("of_decision_on")
        return [kept for kept in ledgers(case) if unpaid(kept) and named in (None, day_of(kept))]

    def a_fine_is_unpaid(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        """Refuse what nobody owes, or more than the fine and as much again (行政处罚法 72)."""
        if not unpaid_of(case, {}):
            return Refusal("没有未缴清的罚款", "no fine of this case is unpaid", moot=True)
        if not form:
            return None
        if not unpaid_of(case, form):
            days = "、".join(str(day_of(kept)) for kept in unpaid_of(case, {}))
            return Refusal(
                f"没有该日作出而未缴清的罚款；未缴清的决定日期：{days}",
                f"none of that day is unpaid; these are: {days}",
            )
        kept = unpaid_of(case, form)[-1]
        most = 2 * Decimal(kept["fine"]) - received(kept)
        if form["amount"] <= most:
            return None
        return Refusal(
            f"加处罚款不超过罚款本身，至多还可以收 {most} 元",
            f"what is added is no more than the fine: {most} yuan at most",
        )

    def note_late_payment(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        """Add a payment to the ledger that it is for, which may be an earlier one."""
        kept, day = unpaid_of(case, form)[-1], reading.day_of(form, "paid_on", moment)
        found = {
            "paid": received(kept) + form["amount"],
            "parts": [],
            "payments": [*(kept.get("payments") or ()), {"paid_on": day, "amount": form["amount"]}],
            "paid_on": day,
        }
        if kept is case.details:
            return found
        return {"penalties_before": [{**row, **found} if row is kept else row for row in penalties_before(case)]}

    return a_fine_is_unpaid, note_late_payment


def day_of(kept: Values) -> date | None:
    """Return the day of a ledger's decision."""
    said = kept.get("decided_on")
    return date.fromisoformat(str(said)) if said else None


def note_refund(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what is still to be given back, and what stays paid."""
    due = Decimal(case.details["refund_due"])
    given = due if form["amount"] is None else form["amount"]
    row = {"paid_on": local_date(moment.now), "amount": -given}
    return {
        "refund_due": due - given,
        "paid": Decimal(case.details["paid"]) - given,
        "payments": [*case.details.get("payments", ()), row],
    }


def name_authority(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep which authority has answered."""
    return {"authority": reading.last(case, "handed_over").get("authority", "")}
