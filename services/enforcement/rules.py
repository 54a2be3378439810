"""What the law lets enforcement do: acts and their fines, limits, late fines, gates of the procedure.

Pure. A guard returns why a step is refused, or None. Guards that judge a form say
nothing about an empty one: that is asked only to learn what is allowed now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any, Final

from chassis import clocks
from chassis.meetings import Meeting
from chassis.workcalendar import ZONE, DayKind, local_date, standard_calendar
from chassis.workflow import CaseView, Change, Guard, Moment, Refusal, Values
from services.enforcement.catalogue import ACTS, BASES, LIMITS, Act, Band

CENT: Final = Decimal("0.01")
#: 行政处罚法 30, 32: what makes a penalty lighter, or less than the law's least.
MITIGATING: Final = frozenset({"harm_reduced", "coerced", "confessed", "merit", "minor"})
SUSPECT_KINDS: Final = ("person", "organisation")
PENALTIES: Final = ("warning", "fine", "confiscation", "suspension", "closure")
ITEM_KINDS: Final = (
    "fume_monitor",
    "fume_purifier",
    "weekly_cleaning",
    "sound_insulation",
    "sound_barrier",
    "equipment_moved",
    "cleared",
    "demolished",
    "stopped",
    "other",
)

# -- acts ---------------------------------------------------------------------


def fine_band(act: Act, suspect_kind: str, *, refused: bool) -> Band | None:
    """Return the least and most of a fine for an act, or None where there is none (yet)."""
    if act.after_refusal and not refused:
        return None
    if refused and act.refused:
        return act.refused
    return act.person if suspect_kind == "person" else act.organisation


# -- measurements -------------------------------------------------------------


def limit_of(kind: str, *, zone: str = "2", period: str = "day") -> Decimal:
    """Return the limit of a measurement: dB(A) of noise, mg per cubic metre of fume."""
    if kind == "fume":
        return LIMITS.fume
    return Decimal(LIMITS.noise[zone][0 if period == "day" else 1])


_DECIBEL: Final = Decimal(1)


def background_off(value: Decimal, background: Decimal) -> int | None:
    """Return what is taken off a measured noise for the background, in dB; None: too near to it to tell them apart."""
    apart, steps = value - background, LIMITS.background
    if apart < steps[0][0]:
        return None
    whole = int(apart.quantize(_DECIBEL, ROUND_HALF_EVEN))
    return next(off for above, off in reversed(steps) if whole >= above)


def fume_size(stoves: int) -> str:
    """Return the size of a kitchen with so many stoves (GB 18483-2001)."""
    return next(size for size, kept in LIMITS.fume_sizes.items() if stoves >= kept.stoves_from)


def period_of(at: datetime) -> str:
    """Return whether a moment lies in the day or the night of noise limits, by the clock of Asia/Shanghai (噪声法 88)."""
    begins, ends = LIMITS.day_hours
    return "day" if begins <= at.astimezone(ZONE).hour < ends else "night"


def exceeds(measurement: Values) -> bool:
    """Whether a measured value lies above its limit; the limit itself is allowed."""
    limit = limit_of(measurement["kind"], zone=measurement.get("zone", "2"), period=measurement.get("period", "day"))
    return Decimal(measurement["value"]) > limit


# -- numbers ------------------------------------------------------------------

_CODE: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_LENGTH: Final = 18


def credit_code_is_valid(code: str) -> bool:
    """Check a unified social credit code's last sign (GB 32100, MOD 31-3)."""
    if len(code) != _CODE_LENGTH or any(sign not in _CODE for sign in code):
        return False
    total = sum(_CODE.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:-1]))
    return _CODE[-total % 31] == code[-1]


#: 行政处罚法 63: penalties that always bring the right to a hearing.
HEARD_ALWAYS: Final = frozenset({"confiscation", "suspension", "closure"})
#: 行政处罚法 36.
BARRED_AFTER_YEARS: Final = 2
BARRED_AFTER_YEARS_IF_GRAVE: Final = 5
#: 行政强制法 25.
SEIZED_MOST: Final = 30


def needs_hearing_right(penalty: str, amount: Decimal, suspect_kind: str) -> bool:
    """Whether the party must be told that it may ask for a hearing (行政处罚法 63)."""
    return penalty in HEARD_ALWAYS or amount >= LIMITS.hearing[suspect_kind]


def late_fine(fine: Decimal, days: int) -> Decimal:
    """Return what is added to a fine unpaid for so many days: 3 % a day, at most the fine (行政处罚法 72)."""
    added = min(fine, fine * LIMITS.late_fine_daily * max(days, 0))
    return added.quantize(CENT, ROUND_HALF_UP)


def late_days(*, due_on: date, until: date, reviews: Iterable[tuple[date, date]] = ()) -> int:
    """Count the days for which a fine is late, the last one too; no day of a review counts (行政处罚法 73).

    A review runs from the day after it was sought to the day on which it ended.
    """
    counted, seen = max((until - due_on).days, 0), due_on
    for sought, ended in sorted(reviews):
        last = min(ended, until)
        counted -= max((last - max(sought, seen)).days, 0)
        seen = max(seen, last)
    return counted


def higher(acts: Iterable[tuple[Act, Band]]) -> tuple[Act, Band]:
    """Choose, of the acts that one doing is, the one with the higher fine (行政处罚法 29)."""
    return max(acts, key=lambda one: (one[1][1], one[1][0]))


def is_time_barred(*, ended_on: date | None, found_on: date, grave: bool) -> bool:
    """Whether an act was found too late: 2 years after its end, 5 if health or safety was harmed (行政处罚法 36).

    An act that goes on has no end yet.
    """
    if ended_on is None:
        return False
    years = BARRED_AFTER_YEARS_IF_GRAVE if grave else BARRED_AFTER_YEARS
    try:
        last = ended_on.replace(year=ended_on.year + years)
    except ValueError:
        last = ended_on.replace(year=ended_on.year + years, day=28)
    return found_on > last


#: For so long a weekly duty is watched after it was ordered, as recurrence is.
UPKEEP_DAYS: Final = 90
DAYS_OF_A_WEEK: Final = 7


def next_cleaning(ended: date, *, ordered_on: date) -> date | None:
    """Return the end of the week after one, or None when the duty is no longer watched."""
    following = ended + timedelta(days=DAYS_OF_A_WEEK)
    return following if (following - ordered_on).days <= UPKEEP_DAYS else None


def missed_weeks(done_on: Iterable[date], *, since: date, until: date) -> int:
    """Count the whole weeks of seven days from a day on in which a weekly duty was not done."""
    weeks = (until - since).days // DAYS_OF_A_WEEK
    kept = {(day - since).days // DAYS_OF_A_WEEK for day in done_on if since <= day}
    return sum(1 for week in range(weeks) if week not in kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What another case says of the same party."""

    number: str
    act: str
    penalised: bool
    fined_on: date | None
    ended_on: date | None


# -- what is known of a case --------------------------------------------------


def last(case: CaseView, trigger: str) -> Values:
    """Return the newest form kept under a step, or nothing."""
    kept = case.details.get(trigger)
    if isinstance(kept, list):
        return dict(kept[-1]) if kept else {}
    return dict(kept or {})


def act_code(case: CaseView) -> str:
    """Return the code of the act that the case is about, as filed or as first seen."""
    return str(last(case, "filed").get("act") or last(case, "inspected").get("act", ""))


def committed_on(case: CaseView) -> date:
    """Return the day whose law counts: the act's end, or the day on which one that goes on was found (行政处罚法 37)."""
    filed, seen = last(case, "filed"), last(case, "inspected")
    ended = None if filed.get("continuing") else filed.get("ended_on")
    if day := ended or filed.get("found_on"):
        return date.fromisoformat(str(day))
    return local_date(datetime.fromisoformat(str(seen["at"])) if seen.get("at") else case.opened_at)


def act_of(case: CaseView) -> Act | None:
    """Return the act that the case is about, as the law of its day has it."""
    return ACTS.on(act_code(case), committed_on(case))


def suspect_kind_of(case: CaseView) -> str:
    """Return whether the party is a person or an organisation."""
    return str(last(case, "inspected").get("suspect_kind", "organisation"))


def was_refused(case: CaseView) -> bool:
    """Whether an order to correct was not obeyed."""
    return bool(case.details.get("found_uncorrected"))


def cleanings(case: CaseView) -> list[date]:
    """Return the days on which the weekly cleaning is on record."""
    rows = case.details.get("upkeep_recorded", ())
    return [date.fromisoformat(row["done_on"]) for row in rows if row["kind"] == "weekly_cleaning"]


def days_late(case: CaseView, today: date, since: date | None = None) -> int:
    """Count the days for which a fine is late, or since one of them.

    Time under review does not count (行政处罚法 73), nor does a time that was granted when it was late already (66).
    """
    due = since or known_day(case, "pay_by")
    if due is None:
        return 0
    spans = [
        (date.fromisoformat(str(row["sought_on"])), date.fromisoformat(str(row["ended_on"] or today)))
        for row in (*case.details.get("reviews", ()), *case.details.get("graces", ()))
    ]
    return late_days(due_on=due, until=today, reviews=spans)


def added(case: CaseView, today: date) -> Decimal:
    """Return what is added to a fine: 3 % a day of what of it was unpaid on that day, at most the fine (行政处罚法 72)."""
    fine, since = Decimal(case.details.get("fine", "0")), known_day(case, "pay_by")
    unpaid, found = fine, Decimal("0.00")
    if since is None:
        return found
    for paid_on, amount in (*sorted(parts(case)), (today, Decimal(0))):
        day = max(since, min(paid_on, today))
        found += unpaid * LIMITS.late_fine_daily * days_late(case, day, since)
        unpaid, since = max(unpaid - amount, Decimal(0)), day
    return min(fine, found).quantize(CENT, ROUND_HALF_UP)


def until(clock: str, start: date, *, limit: int = 0) -> date:
    """Return the last day of a period of `legal.toml` as valid on its first day, or of one as long as was granted."""
    return deadline(clock, start, limit=limit).due_at.date()


def deadline(clock: str, start: date, *, limit: int = 0) -> clocks.Deadline:
    """Return the same with whether it rests on a year whose days of rest are guessed."""
    rule = BASES.clock(clock, start)
    period = clocks.Period(limit or rule.limit, rule.unit)
    return clocks.add(start, period, calendar=standard_calendar(), roll=rule.roll)


def owed(case: CaseView, today: date) -> Decimal:
    """Return the fine with what was added to it, less what was paid in parts, in yuan."""
    fine = Decimal(case.details.get("fine", "0"))
    return max(fine + added(case, today) - paid_in_parts(case), Decimal(0))


def parts(case: CaseView) -> list[tuple[date, Decimal]]:
    """Return what was paid, and when, of a fine that is not wholly paid."""
    return [
        (date.fromisoformat(str(row["paid_on"])), Decimal(row["amount"])) for row in case.details.get("parts") or ()
    ]


def paid_in_parts(case: CaseView) -> Decimal:
    """Return what the parts come to."""
    return sum((amount for _, amount in parts(case)), Decimal(0))


#: The steps whose records name the officers who acted.
INVESTIGATIONS = (
    *("inspected", "questioned", "found_corrected", "found_uncorrected", "evidence_held", "goods_seized"),
    *("investigation_closed", "substitute_performed"),
)


def investigators(case: CaseView) -> set[str]:
    """Return the names of the officers who investigated."""
    forms = [last(case, trigger) for trigger in ("filed", *INVESTIGATIONS)]
    return {officer["name"] for form in forms for officer in form.get("officers", ())}


# -- when it happened ---------------------------------------------------------


def day_of(form: Values, act: str, moment: Moment) -> date:
    """Return the day of an act as the form has it; left empty, it is today."""
    said = form.get(act)
    if isinstance(said, datetime):
        return local_date(said)
    return said if isinstance(said, date) else local_date(moment.now)


def reached(form: Values, act: str, moment: Moment) -> date:
    """Return the day on which a paper counts as served: that of its receipt, or the last of the announcement's own time.

    What is left behind is served on that day; by post, on the day that the receipt bears; electronically, on the day on
    which it arrived (民事诉讼法 87 to 95, by 行政处罚法 61 and 行政强制法 38). That day is what the form asks for.
    """
    day = day_of(form, act, moment)
    return until("announcement", day) if delivery_of(form) == "announcement" else day


def delivery_of(form: Values) -> str:
    """Return how a paper was served: some forms have another way beside, that in which something is done or paid."""
    return str(form["delivery"] if "delivery" in form else form["way"])


def known_day(case: CaseView, act: str) -> date | None:
    """Return the day of an act that is on file."""
    said = case.details.get(act)
    return date.fromisoformat(str(said)) if said else None


def dated(act: str, *acts_before: str) -> Guard:
    """Make a gate against an act that is dated after today, or before those that it follows: a time counts from it."""

    def acts_come_in_order(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        if not form:
            return None
        day, today = day_of(form, act, moment), local_date(moment.now)
        if day > today:
            return Refusal(f"日期不能晚于今天（{day}）", f"it can't have happened after today: {day}")
        known = [known for name in acts_before if (known := known_day(case, name))]
        if not known or day >= max(known):
            return None
        return Refusal(
            f"日期先后不符：{day} 早于前一步的 {max(known)}",
            f"{day} lies before the step that it follows, of {max(known)}",
        )

    return acts_come_in_order


def on(act: str, change: Change | None = None) -> Change:
    """Make a change that also keeps the day of an act."""

    def keep_the_day(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        return {act: day_of(form, act, moment), **(change(case, form, moment) if change else {})}

    return keep_the_day


def served(act: str, change: Change | None = None) -> Change:
    """Make a change that also keeps the day on which a paper counts as served, from which times run."""

    def keep_that_day(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        day = reached(form, act, moment)
        return {act: day, "reached_on": day, **(change(case, form, moment) if change else {})}

    return keep_that_day


# -- changes ------------------------------------------------------------------


#: When a hearing is that was called for no time of its own.
_HEARD_AT: Final = time(9)
_OF_A_ROUND: Final = (
    "correction_ordered",
    "found_uncorrected",
    "filed",
    "investigation_closed",
    "prenotice_served",
    "substitute_from",
    "substitute_at",
)


def note_scene(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep party and act in their columns, which limits were exceeded, and what the register says of them.

    What belongs to an earlier round is forgotten: its orders, its filing, its report, its notice.
    """
    before = () if case.state == "clue" else case.details.get("exceeded", ())
    exceeded = {*before} | {row["kind"] for row in form.get("measurements", ()) if exceeds(row)}
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
    last_day = until("hearing_request", reached(form, "noticed_on", moment))
    return {"hearing_request_until": last_day, "waived_on": ""}


def call_hearing(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when the hearing is: as called, else at nine on the first working day that the notice allows (行政处罚法 64)."""
    if form["hearing_at"]:
        return {"hearing_at": form["hearing_at"]}
    told = until("hearing_notice", reached(form, "called_on", moment))
    first = standard_calendar().next_workday(told + timedelta(days=1))
    return {"hearing_at": datetime.combine(first, _HEARD_AT, ZONE)}


def note_hearing(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day of the hearing; what was reviewed before it is reviewed with its record again (行政处罚法 58, 65)."""
    return {"held_on": day_of(form, "held_on", moment), "legal_review_passed": None}


def file_case(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Let the ninety days begin with the filing, and nothing taken out of them."""
    filed = day_of(form, "filed_on", moment)
    return {
        "handlers": officers_of(form),
        "filed_on": filed,
        "decide_by": until("penalty_decision", filed),
        "excluded_since": "",
        "excluded_for": "",
        "excluded_until": "",
        "exclusions": [],
    }


def set_correct_by(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Set the day by which the order must be obeyed; what was missed or decided upon an earlier one no longer counts."""
    ordered, act = reached(form, "served_on", moment), act_of(case)
    weekly = any(item["kind"] == "weekly_cleaning" for item in form["items"])
    return {
        "correct_by": ordered + timedelta(days=int(form["days"])),
        "ordered_on": ordered,
        "reached_on": ordered,
        "cleaning_due_on": ordered + timedelta(days=DAYS_OF_A_WEEK) if weekly else None,
        "act": act.code if act else "",
        "found_uncorrected": None,
        "substitute_from": None,
        "substitute_at": None,
    }


def hold(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that evidence is held."""
    return {"evidence_is_held": True}


def release(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that all evidence held was decided on."""
    return {"evidence_is_held": False}


def begin_review(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Let a new report need its own hearing, discussion and legal review."""
    return {"legal_review_passed": None, "hearing_held": None, "group_discussed": None}


def seize(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep since when things are seized, and not for longer yet; more things give those no more time."""
    if case.details.get("goods_are_seized"):
        return {"seizure_begins": False}
    return {
        "seizure_begins": True,
        "goods_are_seized": True,
        "seized_on": day_of(form, "seized_on", moment),
        "seizure_prolonged": None,
        "tested_days": 0,
        "testing_since": "",
    }


def begin_testing(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep since when things seized are being tested; that time is not counted (行政强制法 25)."""
    return {"testing_since": day_of(form, "sent_on", moment)}


def end_testing(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep for how many days things seized were tested."""
    return {"testing_since": "", "tested_days": _days_tested(case, day_of(form, "tested_on", moment))}


def _days_tested(case: CaseView, today: date) -> int:
    """Count the days of tests, each at most as long as the party was told: only those are left out (行政强制法 25)."""
    since = known_day(case, "testing_since")
    running = (today - since).days if since else 0
    told = int(last(case, "things_sent_to_test").get("days", running))
    return int(case.details.get("tested_days", 0)) + min(running, told)


def prolong(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add the days to what was left of the first thirty."""
    return {"seizure_days": SEIZED_MOST - _days_seized(case, moment) + int(form["days"])}


def _days_seized(case: CaseView, moment: Moment) -> int:
    since = case.details.get("seized_on")
    if not since:
        return 0
    today = local_date(moment.now)
    return (today - date.fromisoformat(str(since))).days - _days_tested(case, today)


def give_back(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that all things seized were decided on."""
    return {"goods_are_seized": False, "testing_since": ""}


def begin_exclusion(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep since when, until when at most, and for what, the ninety days stand still."""
    begun = day_of(form, "begun_on", moment)
    return {
        "excluded_since": begun,
        "excluded_until": begun + timedelta(days=form["days"]),
        "excluded_for": form["kind"],
    }


def end_exclusion(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep for how many days the ninety days have stood still."""
    day = day_of(form, "counted_on", moment)
    last = min(day, known_day(case, "excluded_until") or day)
    row = {"kind": case.details["excluded_for"], "since": known_day(case, "excluded_since"), "until": last}
    rows = [*case.details.get("exclusions", ()), row]
    return {"excluded_since": "", "excluded_for": "", "excluded_until": "", "exclusions": rows}


def excluded(rows: Iterable[Values]) -> list[tuple[date, date]]:
    """Return the times that were left out of the ninety days."""
    return [
        (date.fromisoformat(str(row["since"])), date.fromisoformat(str(row["until"])))
        for row in rows
        if row["since"] and row["until"]
    ]


def decide_by(case: CaseView, rows: Iterable[Values] | None = None) -> date | None:
    """Return the last day for the decision, with what was left out of the ninety days (行政处罚法 60)."""
    filed = known_day(case, "filed_on")
    ends = known_day(case, "decide_by") or (filed and until("penalty_decision", filed))
    spans = excluded(case.details.get("exclusions", ()) if rows is None else rows)
    return ends and ends + sum((last - first for first, last in spans), timedelta())


def note_demand(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what is demanded: without an amount, all that is owed on that day; what was said before no longer counts."""
    day = day_of(form, "demanded_on", moment)
    return {
        "demanded_amount": owed(case, day) if form["amount"] is None else form["amount"],
        "demanded_late": added(case, day),
        "demanded_less": paid_in_parts(case),
    }


def review_passed(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the legal review was passed."""
    return {"review_result": "passed"}


def review_failed(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the legal review was not passed."""
    return {"review_result": "failed", "legal_review_passed": None}


#: What a penalty has come to, and when: that stays on file beside the next one of the same case.
_PENALTY: Final = ("decided_penalty", "decided_on", "fine", "paid", "paid_on", "parts", "payments", "refund_due")


def with_last(case: CaseView, before: str, opened: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return a case's ledgers from before, with the one that is replaced now, if any was opened."""
    last = {name: case.details[name] for name in names if name in case.details}
    return [*case.details.get(before, ()), *([last] if case.details.get(opened) else [])]


def set_fine(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the decision, whichever procedure it comes from, and its fine, not late yet; other penalties cost nothing."""
    return {
        "decision": {
            "no": form["decision_no"],
            "facts": form["facts"],
            "basis": form["basis"],
            "authority": form.get("authority") or last(case, "filed").get("authority", ""),
        },
        "fine": form.get("amount", Decimal(0)),
        "decided_penalty": form["penalty"],
        "paid": Decimal(0),
        "parts": [],
        "payments": [],
        "refund_due": Decimal(0),
        "decided_on": day_of(form, "decided_on", moment),
        "served_on": "",
        "pay_by": "",
        "reviews": [],
        "graces": [],
        "grace_until": "",
        "reconsideration_lapsed": False,
        "refused_by_court": False,
        "objected_on": "",
        "penalties_before": with_last(case, "penalties_before", "decision", _PENALTY),
        "decided_on_the_spot": False,
        "spot_filed_on": "",
        "collected": False,
        "handed_in_on": "",
        "banked_on": "",
    }


def warn_on_the_spot(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep a decision that was handed over at once, and is filed with the body (行政处罚法 52)."""
    day = day_of(form, "decided_on", moment)
    contestable = _contestable(day, review_first=review_comes_first(day))
    return {**set_fine(case, form, moment), **contestable, "decided_on_the_spot": True}


def set_fine_on_the_spot(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep a decision that was handed over at once, and by when its fine is paid."""
    return {
        **warn_on_the_spot(case, form, moment),
        "pay_by": until("payment", day_of(form, "decided_on", moment)),
    }


def set_pay_by(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the last day of payment, counted from the service of the decision (行政处罚法 67)."""
    day = reached(form, "served_on", moment)
    return {**_contestable(day), "reached_on": day, "pay_by": until("payment", day)}


def serve_warning(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when a warning may be contested; nothing is paid."""
    day = reached(form, "served_on", moment)
    return {**_contestable(day), "reached_on": day}


def review_comes_first(day: date) -> bool:
    """Whether who contests what was decided on the spot on a day goes to the reviewing body before any court (行政复议法 23)."""
    return any(row.code == "行政复议法-23" and row.effective_from <= day for row in BASES.bases)


def _contestable(day: date, *, review_first: bool = False) -> dict[str, Any]:
    """Return until when a decision may be contested that was served on a day (行政复议法 20, 23; 行政诉讼法 46)."""
    return {
        "served_on": day,
        "reconsideration_until": until("reconsideration", day),
        "suit_until": "" if review_first else until("remedies", day),
        "review_first": review_first,
        "either_way": not review_first,
    }


def grant_time(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the last day of a payment that was put off or parted (行政处罚法 66)."""
    granted = day_of(form, "granted_on", moment)
    # The fifteen days are the law's own: no grant makes them shorter (行政处罚法 67).
    ends = until("instalment", granted, limit=int(form["days"]))
    if case.state == "payment_overdue":
        row = {"sought_on": granted, "ended_on": ends}
        return {"granted_on": granted, "graces": [*case.details.get("graces", ()), row], "grace_until": ends}
    return {"granted_on": granted, "pay_by": max(ends, known_day(case, "pay_by") or ends)}


def open_window(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day from which a court may be asked: the end of the remedies, and of a payment put off (行政处罚法 72)."""
    remedies = known_day(case, "suit_until") or known_day(case, "reconsideration_until")
    ends = [known for known in (remedies, known_day(case, "pay_by"), known_day(case, "grace_until")) if known]
    return {"window_from": min(max(ends, default=local_date(moment.now)), local_date(moment.now))}


def paid_in(case: CaseView, form: Values, moment: Moment) -> Decimal:
    """Return what a payment comes to: without an amount, all that was owed on its day."""
    amount: Decimal | None = form.get("amount")
    return owed(case, day_of(form, "paid_on", moment)) if amount is None else amount


def note_payment(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what was paid and when, what of it was too much, and whether officers have it in their hands (行政处罚法 71)."""
    paid, day = paid_in_parts(case) + paid_in(case, form, moment), day_of(form, "paid_on", moment)
    return {
        "paid": paid,
        "refund_due": max(paid - Decimal(case.details.get("fine", "0")) - added(case, day), Decimal(0)),
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
    sought = day_of(form, "sought_on", moment)
    row = {"kind": form["kind"], "sought_on": sought, "ended_on": ""}
    reviewed, simple = form["kind"] == "reconsideration", form["simple_procedure"]
    clock = "reconsideration_simple" if simple else "reconsideration_decision"
    return {
        "sought_on": sought,
        "reviews": [*case.details.get("reviews", ()), row],
        "reviewed_simply": reviewed and simple,
        "reviewed_at_length": reviewed and not simple,
        "review_until": until(clock, day_of(form, "accepted_on", moment)) if reviewed else "",
    }


def end_contest(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which a review ended, and take over an amount that it has changed."""
    rows = [dict(row) for row in case.details.get("reviews", ())]
    received = day_of(form, "received_on", moment)
    if rows:
        rows[-1]["ended_on"] = received
    amount = form.get("amount")
    fine = {} if amount is None else {"fine": amount}
    return {"reviews": rows, "received_on": received, "suit_until": until("suit_after_review", received), **fine}


#: What the higher court has to say whether a refused application is accepted, or enforced (行政强制法 56, 58).
HIGHER_COURT_DAYS: Final = {"refused_acceptance": 15, "refused_enforcement": 30}


def accepted_by_court(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when the court took the application: its time to rule counts from that day."""
    return {"court_accepted_on": day_of(form, "accepted_on", moment)}


def refuse_at_court(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the court refused, and until when the higher court may be asked (行政强制法 56, 58)."""
    ruled = day_of(form, "ruled_on", moment)
    return {
        "refused_by_court": True,
        "ruled_on": ruled,
        "objection_until": until("court_objection", ruled),
        "higher_court_days": HIGHER_COURT_DAYS[form["refused_what"]],
    }


def ask_higher_court(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the refusal is looked at again."""
    return {"refused_by_court": False}


def begin_anew(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Let the time run in which a revoked decision is made anew, as the review has set it (行政复议法 64; 行政诉讼法 70)."""
    day = day_of(form, "ordered_anew_on", moment)
    return {
        "ordered_anew_on": day,
        "decide_by": day + timedelta(days=form["days"]),
        "excluded_since": "",
        "excluded_for": "",
        "excluded_until": "",
        "exclusions": [],
    }


def a_court_has_enforced(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to have a court go on that was not asked, or did not allow it."""
    if last(case, "court_granted") and not case.details.get("refused_by_court"):
        return None
    return Refusal("法院没有准予执行过", "no court has allowed it to be enforced", moot=True)


def ground_fits_the_party(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end it because a person was dissolved, or an organisation has died (行政强制法 40)."""
    if not form:
        return None
    other = {"person": "dissolved", "organisation": "died"}[suspect_kind_of(case)]
    if form["ground"] != other:
        return None
    return Refusal(
        "理由与当事人类型不符：公民死亡、单位终止", "the ground does not fit: a person dies, an organisation ends"
    )


def lower_what_is_paid(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep how the review of a paid fine ended; what was paid above the fine that is left has to be given back.

    A review that leaves the fine as it was leaves owed what an earlier one took off.
    """
    left, found = form.get("amount"), dict(end_contest(case, form, moment))
    if left is not None:
        found["refund_due"] = max(Decimal(case.details.get("paid") or "0") - left, Decimal(0))
    return found


def revoke(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that a decision fell: it counts as no penalty any more, and what was paid has to be given back."""
    paid = Decimal(case.details.get("paid") or "0") + paid_in_parts(case)
    return {
        **end_contest(case, form, moment),
        "decided_penalty": "",
        "paid": paid,
        "parts": [],
        "refund_due": paid,
    }


def a_decision_stands(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to contest what was not decided and served, or has fallen."""
    if case.details.get("decided_penalty") and known_day(case, "served_on"):
        return None
    return Refusal("没有可以复议、起诉的处罚决定", "no decision stands that could be contested", moot=True)


def contest_runs(case: CaseView) -> bool:
    """Whether a review of the last decision is on file that has not ended."""
    rows = case.details.get("reviews") or ({"ended_on": "none"},)
    return not rows[-1]["ended_on"]


def a_contest_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the result of a review that nobody has sought."""
    if contest_runs(case):
        return None
    return Refusal("处罚决定没有在复议或者诉讼", "the decision is not under review", moot=True)


def no_contest_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide anew, or to begin a second review, while the decision before is reviewed."""
    if not contest_runs(case):
        return None
    return Refusal(
        "前一处罚决定正在复议或者诉讼，请先登记结果", "the decision before is under review: record its result first"
    )


# -- paid when the matter has gone on, or has ended ------------------------------


def penalties(case: CaseView) -> list[Values]:
    """Return the ledgers of all penalties of a case, the last one behind: a fine on the spot may be followed by another."""
    return [*case.details.get("penalties_before", ()), case.details]


def unpaid(kept: Values) -> Decimal:
    """Return what of a ledger's fine itself was not paid."""
    if kept.get("decided_penalty") != "fine":
        return Decimal(0)
    return max(Decimal(kept.get("fine") or 0) - received(kept), Decimal(0))


def received(kept: Values) -> Decimal:
    """Return what was paid of a ledger, in parts or at once."""
    return Decimal(kept.get("paid") or 0) + sum((Decimal(row["amount"]) for row in kept.get("parts") or ()), Decimal(0))


def _paid_late(case: CaseView, form: Values) -> Values | None:
    """Return the ledger that a late payment is for: of the day that is named, or the last that is unpaid."""
    named = form.get("of_decision_on")
    open_ = [kept for kept in penalties(case) if unpaid(kept)]
    fitting = [kept for kept in open_ if named is None or kept.get("decided_on") == str(named)]
    return fitting[-1] if fitting else None


def a_fine_is_unpaid(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what nobody owes, or more than the fine and as much again (行政处罚法 72)."""
    if not any(unpaid(kept) for kept in penalties(case)):
        return Refusal("没有未缴清的罚款", "no fine of this case is unpaid", moot=True)
    if not form:
        return None
    kept = _paid_late(case, form)
    if kept is None:
        days = "、".join(str(kept["decided_on"]) for kept in penalties(case) if unpaid(kept))
        return Refusal(
            f"没有该日作出而未缴清的罚款；未缴清的决定日期：{days}", f"none of that day is unpaid; these are: {days}"
        )
    most = 2 * Decimal(kept["fine"]) - received(kept)
    if form["amount"] <= most:
        return None
    return Refusal(
        f"加处罚款不超过罚款本身，至多还可以收 {most} 元",
        f"what is added is no more than the fine: {most} yuan at most",
    )


def note_late_payment(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add a payment to the ledger that it is for, which may be an earlier one."""
    kept, day = _paid_late(case, form) or {}, day_of(form, "paid_on", moment)
    found = {
        "paid": received(kept) + form["amount"],
        "parts": [],
        "payments": [*(kept.get("payments") or ()), {"paid_on": day, "amount": form["amount"]}],
        "paid_on": day,
    }
    if kept is case.details:
        return found
    before = case.details["penalties_before"]
    return {"penalties_before": [{**row, **found} if row is kept else row for row in before]}


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
    return {"authority": last(case, "handed_over").get("authority", "")}


# -- what is to be attended ---------------------------------------------------


_CALLED: Final = ("hearing_called", "hearing_ready")
_ORDERED: Final = ("correction_due", "recheck_due")
#: The only states in which something is to be attended.
ATTENDED: Final = (*_CALLED, *_ORDERED, "uncorrected")


def meetings(state: str, details: Values) -> Iterable[Meeting]:
    """Read off a case when its hearing is, when something is done for the party, and from which day on it is rechecked."""
    if state in _CALLED and details.get("hearing_at"):
        at, place = datetime.fromisoformat(str(details["hearing_at"])), details["hearing_called"]["place"]
        yield Meeting(at=at, what="hearing", place=place)
    if state == "uncorrected" and details.get("substitute_at"):
        yield Meeting(at=datetime.fromisoformat(str(details["substitute_at"])), what="substitute_performance")
    if state in _ORDERED and details.get("correct_by"):
        yield Meeting(at=date.fromisoformat(str(details["correct_by"])) + timedelta(days=1), what="recheck")


# -- guards -------------------------------------------------------------------


def officers_are_certified(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse fewer than two officers with valid certificates, or one related to the party (行政处罚法 42, 43)."""
    if not form:
        return None
    today = local_date(moment.now)
    officers = form.get("officers", [])
    if any(officer["related"] for officer in officers):
        return Refusal("与案件有利害关系的执法人员应当回避", "an officer related to the matter must withdraw")
    valid = {o["certificate_no"] for o in officers if o["certificate_until"] >= today}
    if len(valid) < 2:  # noqa: PLR2004 - the law's number
        return Refusal(
            "执法人员不得少于两人，且须持有效执法证件（证号不得重复、不得过期）",
            "at least two officers with valid, different certificates are needed",
        )
    return None


def act_is_ours(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to punish what no law of its day punishes, or what another authority does (行政处罚法 17, 37, 38)."""
    act = act_of(case)
    if act is None and act_code(case):
        day = committed_on(case)
        return Refusal(
            f"该行为在 {day} 没有有效的处罚依据，不得处罚；请核对依据目录",
            f"no law that is on file punishes this act on {day}: it can't be punished; check the bases",
        )
    if act is None or not act.competent:
        return None
    return Refusal(
        "该违法行为由其他机关处罚，请移送主管机关",
        f"this act is punished by another authority ({act.competent}): hand it over",
    )


def excess_was_measured(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to punish noise or fume above a limit that no measurement of it shows (行政处罚法 40; 大气法 118; 噪声法 81)."""
    act = act_of(case)
    if act is None or not act.measured or act.measured in case.details.get("exceeded", ()):
        return None
    zh = {"noise": "噪声", "fume": "油烟"}[act.measured]
    return Refusal(
        f"认定{zh}超标须有检测数据证明，可在调查中补充现场检查和检测",
        f"{act.measured} above the limit needs a measurement that shows it; inspect and measure again",
    )


def on_the_spot_is_enough(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a fine on the spot above 200 yuan (person) or 3,000 yuan (organisation) (行政处罚法 51)."""
    if not form:
        return None
    most = LIMITS.on_the_spot[suspect_kind_of(case)]
    if form["amount"] <= most:
        return None
    return Refusal(
        f"当场处罚罚款不得超过 {most} 元，请适用普通程序立案", f"a fine on the spot is at most {most} yuan; file a case"
    )


def fine_is_in_band(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a fine outside the least and most that the law names for the act (行政处罚法 76(2))."""
    if not form or form.get("penalty") != "fine":
        return None
    act = act_of(case)
    band = fine_band(act, suspect_kind_of(case), refused=was_refused(case)) if act else None
    if band is None and act and not act.after_refusal:
        return Refusal(
            "法律没有对该类当事人的这一行为规定罚款", "the law names no fine for this act of this kind of party"
        )
    if band is None:
        return Refusal(
            "该行为须先责令改正，拒不改正的方可罚款",
            "a fine for this act needs an order to correct that was not obeyed",
        )
    least, most = band
    if least <= form["amount"] <= most or (form["amount"] < least and is_mitigated(case)):
        return None
    return Refusal(
        f"罚款应在 {least} 元至 {most} 元之间；低于下限须在调查终结报告中列明减轻处罚的情节",
        f"the fine must lie between {least} and {most} yuan; a lower one needs a mitigating circumstance in the report",
    )


def is_mitigated(case: CaseView) -> bool:
    """Whether the report names a circumstance for which the penalty may lie below the least (行政处罚法 30, 32)."""
    return bool(MITIGATING & {*last(case, "investigation_closed").get("circumstances", ())})


def power_is_valid(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to punish without power, or with a delegation that is unpublished or over (行政处罚法 17-24, 38)."""
    power = form if form.get("power") else last(case, "filed")
    if not power or power["power"] == "statutory":
        return None
    until = power.get("delegation_until")
    until = date.fromisoformat(until) if isinstance(until, str) else until
    if power.get("delegation_no") and until is not None and until >= local_date(moment.now):
        return None
    return Refusal(
        "赋权或委托执法须有已公布且在有效期内的决定（文号、有效期）",
        "delegated power needs a published, valid decision with number and end",
    )


def is_not_time_barred(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file what was found after 2 (or 5) years (行政处罚法 36)."""
    if not form:
        return None
    ended = None if form["continuing"] else form["ended_on"]
    if not is_time_barred(ended_on=ended, found_on=form["found_on"], grave=form["health_harmed"]):
        return None
    return Refusal("违法行为超过追责时效，不再给予行政处罚", "the act was found too late to be punished")


def every_item_is_done(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a passed recheck while something that was ordered is not done."""
    if not form:
        return None
    done = {row["kind"] for row in form["results"] if row["done"]}
    open_items = [
        item["kind"] for item in last(case, "correction_ordered").get("items", ()) if item["kind"] not in done
    ]
    if not open_items:
        return None
    return Refusal(
        f"责令改正事项尚未全部复查合格：{'、'.join(open_items)}",
        f"not all that was ordered is done: {', '.join(open_items)}",
    )


def all_is_done_that_was_looked_at(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to pass a recheck of advice, which ordered nothing item by item, while something is found not done."""
    if not form or all(row["done"] for row in form["results"]):
        return None
    return Refusal(
        "仍有事项未改正：请再次现场核查，或者责令改正、立案、移送",
        "something is still not done: inspect again, or order the correction, file a case or hand it over",
    )


def photos_are_new(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse recheck photos that are used twice, or were taken at the inspection already."""
    if not form:
        return None
    photos = [row["photo_sha256"] for row in form.get("results", ()) if row["photo_sha256"]]
    before = {row["sha256"] for row in last(case, "inspected").get("evidence", ())}
    if len(photos) == len(set(photos)) and not before & set(photos):
        return None
    return Refusal(
        "复查照片重复或与核查时相同，请重新拍摄",
        "recheck photos are repeated or as old as the inspection; take new ones",
    )


def waiver_fits(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a ground for no penalty that the case does not bear (行政处罚法 33)."""
    if not form:
        return None
    act = act_of(case)
    if form["ground"] == "first_and_slight" and form["prior_offences"]:
        return Refusal("并非初次违法，不适用“首违可不罚”", "this is not the first offence")
    before = [row for row in case.details.get("earlier", ()) if row["penalised"] and act and row["act"] == act.code]
    if form["ground"] == "first_and_slight" and before:
        return Refusal(
            f"同一当事人因同类行为已受过处罚（{before[0]['number'] or '见在先案件'}），不适用“首违可不罚”",
            "the register shows an earlier penalty for the same act",
        )
    if form["ground"] == "obeyed" and not (act and act.after_refusal):
        return Refusal("该行为的罚款不以拒不改正为前提", "the fine for this act does not depend on refusing to correct")
    return None


def nothing_is_held(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close an investigation while evidence is held without a decision on it (行政处罚法 56)."""
    if not case.details.get("evidence_is_held"):
        return None
    return Refusal("先行登记保存的证据尚未作出处理决定", "evidence is held and nothing is decided on it yet")


def nothing_is_seized(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide while nothing is decided on things seized (行政强制法 27)."""
    if not case.details.get("goods_are_seized"):
        return None
    return Refusal("查封、扣押的物品尚未作出处理决定", "things are seized and nothing is decided on them yet")


def something_is_seized(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide on things seized where there are none."""
    if case.details.get("goods_are_seized"):
        return None
    return Refusal("没有查封、扣押的物品", "no things are seized", moot=True)


def seizure_is_prolonged_once(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second prolongation, or one that comes too late: thirty days and thirty more (行政强制法 25)."""
    if case.details.get("seizure_prolonged"):
        return Refusal(
            "查封、扣押只能延长一次，延长不得超过三十日", "a seizure is prolonged once, by at most thirty days"
        )
    if _days_seized(case, moment) > SEIZED_MOST:
        return Refusal("查封、扣押已满三十日，应当解除，不得再延长", "the thirty days are over: give the things back")
    return None


def nothing_is_tested(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to test again, or to prolong, while the time of a seizure stands still anyway (行政强制法 25)."""
    if not case.details.get("testing_since"):
        return None
    return Refusal(
        "查封、扣押的物品正在检测鉴定，期间不计；请先登记检测结果",
        "the things are being tested: record the result first",
    )


def something_is_tested(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the result of a test that nobody has begun."""
    if case.details.get("testing_since"):
        return None
    return Refusal("没有正在检测鉴定的物品", "nothing is being tested", moot=True)


def nothing_is_excluded(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take the same days out of the ninety twice."""
    if not case.details.get("excluded_since"):
        return None
    return Refusal(
        "办案期限已在扣除期间，请先恢复计算", "the ninety days stand still already: let them run again first"
    )


def something_is_excluded(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let run again what runs."""
    if case.details.get("excluded_since"):
        return None
    return Refusal("办案期限没有在扣除", "the ninety days are running", moot=True)


def exclusion_has_its_reason(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to exclude the time of a hearing where nobody has asked for one."""
    if not form or form["kind"] != "hearing" or case.state in {"hearing_due", "hearing_called", "hearing_ready"}:
        return None
    return Refusal(
        "当事人没有要求听证，不得以听证为由扣除期限", "nobody has asked for a hearing: its time can't be excluded"
    )


def exclusion_begins_within_the_ninety_days(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse time that begins before it may: no day is left out twice, none after the ninety days; a day past has its reason."""
    if not form:
        return None
    day, ends = day_of(form, "begun_on", moment), decide_by(case)
    spans = excluded(case.details.get("exclusions", ()))
    if spans and day < spans[-1][1]:
        return Refusal(
            f"{spans[-1][1]} 以前的时间已经扣除过，不得重复扣除",
            f"time until {spans[-1][1]} was left out already: no day counts twice",
        )
    if ends is not None and day > ends:
        return Refusal(f"九十日已于 {ends} 届满，不能再扣除", f"the ninety days were over on {ends}")
    if day < local_date(moment.now) and not form["backdated_because"].strip():
        return Refusal(
            "扣除从事由发生之日起算、事后报批的，须写明补报理由",
            "time left out from an earlier day is approved late: say why",
        )
    return None


def remedy_is_in_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a reconsideration or a suit sought after its time, unless it was taken all the same, or a second reconsideration.

    What counts is the day on which it was sought, however late the body hears of it (行政复议法 20; 行政诉讼法 45, 46).
    """
    if not form:
        return None
    if case.details.get("review_first") and form["kind"] == "litigation" and not case.details.get("reviews"):
        return Refusal(
            "对当场作出的行政处罚决定不服的，应当先申请行政复议；对复议决定不服，或者不予受理、逾期不答复的，再提起诉讼",
            "what was decided on the spot is reconsidered first: a suit is open against that decision, or its lack",
        )
    sought, last = day_of(form, "sought_on", moment), known_day(case, "reconsideration_until")
    return too_late(
        form,
        sought,
        suit_until=known_day(case, "suit_until"),
        reconsidered=sought <= last if last else not case.details.get("reconsideration_lapsed"),
        reviewed=bool(case.details.get("reviews")),
    )


def too_late(
    form: Values, sought: date, *, suit_until: date | None, reconsidered: bool, reviewed: bool
) -> Refusal | None:
    """Refuse a review of any decision that was sought after its time; `reconsidered` says whether the sixty days were kept."""
    if form["kind"] == "litigation":
        if suit_until is None or sought <= suit_until or form["late_accepted"]:
            return None
        return Refusal(
            f"起诉期限已于 {suit_until} 届满；法院已受理逾期起诉的，请勾选说明",
            f"the time to sue was over on {suit_until}; tick it where the court has taken the suit all the same",
        )
    if reviewed:
        return Refusal(
            "已经复议或者判决，不能再次申请复议；可在十五日内起诉或者上诉",
            "it was reviewed already: only a suit or an appeal is open, within fifteen days",
        )
    if reconsidered or form["late_accepted"]:
        return None
    return Refusal(
        "六十日的复议申请期限已过，仍可在六个月内起诉；复议机关已受理逾期申请的，请勾选说明",
        "the sixty days are over, a suit is still open; tick it where the body has taken the application all the same",
    )


def accepted_after_sought(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a review that was accepted before anybody has sought it: the body's own time counts from that day."""
    if not form or day_of(form, "accepted_on", moment) >= day_of(form, "sought_on", moment):
        return None
    return Refusal("受理日期不能早于申请或者起诉之日", "it can't have been accepted before it was sought")


#: What the contest of a fine and that of the costs refuse alike.
SUIT_IS_OPEN = Refusal(
    "复议决定后当事人还可起诉，请登记复议结果", "after a reconsideration a suit is open: record its result"
)
NOTHING_TO_PROLONG = Refusal("没有可以延长的复议审理期限", "no reconsideration runs that can be prolonged", moot=True)


def judgment_is_of_a_court(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call final what a party may still sue upon (行政诉讼法 45)."""
    if last(case, "remedy_sought").get("kind") == "litigation":
        return None
    return SUIT_IS_OPEN


def refund_is_owed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give back what is not owed."""
    due = Decimal(case.details.get("refund_due") or "0")
    if due and (not form or form["amount"] is None or form["amount"] <= due):
        return None
    return Refusal(f"应退还 {due} 元，不得多退", f"{due} yuan are to be given back, no more", moot=not due)


def nothing_is_to_be_refunded(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end a case while a fine that was revoked or lowered is not given back."""
    due = Decimal(case.details.get("refund_due") or "0")
    if not due:
        return None
    return Refusal(f"处罚已撤销或者变更，尚有 {due} 元罚款未退还", f"{due} yuan of a fine are still to be given back")


def crime_goes_to_justice(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand a suspected crime, or an offence, to anybody but justice or the police (行政处罚法 27; 噪声污染防治法 87)."""
    fitting = {"crime": ("police", "judiciary"), "public_security": ("police",)}
    if not form or form["authority"] in fitting.get(form["ground"], (form["authority"],)):
        return None
    return Refusal(
        "涉嫌犯罪的移送公安机关或者其他司法机关；违反治安管理的移送公安机关",
        "a suspected crime goes to the police or justice, an offence to the police",
    )


def may_be_punished(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to punish what was slight, corrected in time and did no harm (行政处罚法 33)."""
    if not last(case, "investigation_closed").get("minor_corrected_no_harm"):
        return None
    return Refusal(
        "违法行为轻微并及时改正，没有造成危害后果的，不予行政处罚",
        "slight, corrected in time and harmless: it is not punished",
    )


def demand_is_owed(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to demand more than is owed (行政强制法 35; 行政处罚法 72)."""
    if not form:
        return None
    due = owed(case, local_date(moment.now))
    if paid_in(case, form, moment) <= due:
        return None
    return Refusal(f"催告金额不得超过应缴的 {due} 元（含加处罚款）", f"no more than {due} yuan are owed")


def rests(at: datetime) -> bool:
    """Whether a moment lies in the night or on a statutory holiday: then nothing is enforced (行政强制法 43)."""
    return period_of(at) == "night" or standard_calendar().day(local_date(at)).kind is DayKind.HOLIDAY


def not_at_rest(act: str) -> Guard:
    """Make a gate against enforcing by night or on a statutory holiday, unless it is urgent (行政强制法 43)."""

    def enforced_by_day(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        if not form or form["urgent"]:
            return None
        at = form.get(act) or (None if act == "planned_at" and not form["immediate"] else moment.now)
        if at is None or not rests(at):
            return None
        return Refusal(
            "不得在夜间或者法定节假日实施行政强制执行；情况紧急的，请勾选并写明理由",
            "nothing is enforced by night or on a statutory holiday; tick it where it is urgent",
        )

    return enforced_by_day


def it_was_demanded_three_days_before(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to do it for a party that was not told to three working days before, where nothing is to be cleared at once.

    What lies on a road or in a public place and the party can't clear may be cleared at once (行政强制法 51, 52).
    """
    if not form or form["immediate"]:
        return None
    waited = known_day(case, "substitute_from")
    if waited is None:
        return Refusal("代履行前应当书面催告当事人履行", "the party is told in writing to do it first")
    if form["planned_at"] is None:
        return None
    planned, told = local_date(form["planned_at"]), reached(form, "served_on", moment)
    if planned <= waited:
        return Refusal(
            f"应当在代履行三日（工作日）前催告：代履行须在 {waited} 之后",
            f"the party is told three working days ahead: it can be done after {waited}",
        )
    if planned < told:
        return Refusal(f"代履行前应当送达决定书，送达日期为 {told}", f"the decision is served first, on {told}")
    return None


def it_was_decided(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to do for a party what nobody has decided on, or earlier than decided (行政强制法 51)."""
    planned = case.details.get("substitute_at")
    if not planned:
        # Elsewhere this is about what must be cleared at once, which is rare.
        rare = case.state != "uncorrected"
        return Refusal("代履行前应当送达代履行决定书", "it takes a decision, served before", moot=rare)
    if not form or local_date(form["done_at"] or moment.now) >= local_date(datetime.fromisoformat(str(planned))):
        return None
    return Refusal(f"不得早于决定书载明的时间（{planned}）", f"no earlier than was decided: {planned}")


def note_substitute_demand(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when the party may still do it itself."""
    day = reached(form, "demanded_on", moment)
    return {"substitute_from": until("substitute_demand", day), "substitute_at": ""}


def note_substitute(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when it is done for the party: as decided; else now where it must be, or at nine on the first working day that is open."""
    today = local_date(moment.now)
    after = max(today, known_day(case, "substitute_from") or today, reached(form, "served_on", moment))
    first = standard_calendar().next_workday(after + timedelta(days=1))
    at = moment.now if form["immediate"] else datetime.combine(first, _HEARD_AT, ZONE)
    return {"substitute_at": form["planned_at"] or at}


def something_is_held(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide on evidence where none is held."""
    if case.details.get("evidence_is_held"):
        return None
    return Refusal("没有先行登记保存的证据", "no evidence is held", moot=True)


def hearing_right_is_told(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a notice that hides the right to a hearing (行政处罚法 63)."""
    if not form or form["hearing_right"]:
        return None
    if needs_hearing_right(form["penalty"], form["amount"], suspect_kind_of(case)):
        return Refusal(
            "拟处罚达到听证标准，必须告知听证权利", "this penalty brings the right to a hearing: the notice must say so"
        )
    return None


def hearing_is_asked_for_in_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a hearing that was asked for after the five days, or was held or waived (行政处罚法 64(1))."""
    if case.state == "to_decide" and (case.details.get("hearing_held") or case.details.get("waived_on")):
        return Refusal("听证已经举行或者放弃", "the hearing was held or waived already")
    last_day = known_day(case, "hearing_request_until")
    if not form or last_day is None or day_of(form, "requested_on", moment) <= last_day:
        return None
    return Refusal(f"要求听证的期限已于 {last_day} 届满", f"the time to ask for a hearing was over on {last_day}")


def hearing_is_called_ahead(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a hearing of which the party hears less than seven working days ahead (行政处罚法 64(2))."""
    if not form or not form["hearing_at"]:
        return None
    last_day = until("hearing_notice", reached(form, "called_on", moment))
    if local_date(form["hearing_at"]) > last_day:
        return None
    return Refusal(
        f"应当在举行听证的七日（工作日）前通知：听证须在 {last_day} 之后",
        f"the party is told seven working days ahead: the hearing can be after {last_day}",
    )


def hearing_is_held_when_called(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse the record of a hearing that was held earlier than the party was told (行政处罚法 64(2))."""
    called = case.details.get("hearing_at")
    if not form or not called:
        return None
    first = local_date(datetime.fromisoformat(str(called)))
    if day_of(form, "held_on", moment) >= first:
        return None
    return Refusal(
        f"听证不得早于通知的时间（{first}）举行；改期的请重新通知",
        f"the hearing was called for {first}: hold it no earlier, or call it again",
    )


def the_party_had_its_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a decision that is dated within the days in which a hearing may be asked for, unless they were waived (行政处罚法 64)."""
    last_day = known_day(case, "hearing_request_until")
    if not form or last_day is None or case.details.get("waived_on") or case.details.get("hearing_held"):
        return None
    if day_of(form, "decided_on", moment) > last_day:
        return None
    return Refusal(
        f"当事人要求听证和陈述申辩的期限到 {last_day} 届满，决定日期应在其后",
        f"the party had until {last_day} to be heard: the decision lies after that day",
    )


def it_was_filed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on with an investigation that there was none of: what was decided on the spot is inspected anew."""
    if last(case, "filed"):
        return None
    return Refusal(
        "当场处罚被撤销、需要重新处理的，请重新现场核查",
        "it was decided on the spot: inspect it anew instead",
        moot=True,
    )


def court_has_accepted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what a court does only when it has taken the application (行政强制法 58)."""
    if known_day(case, "court_accepted_on"):
        return None
    return Refusal("法院尚未受理", "the court has not accepted it yet", moot=True)


def it_is_a_warning(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end with its service what is still to be paid or done."""
    if case.details.get("decided_penalty") == "warning":
        return None
    return Refusal("不是警告，请登记“送达决定书”", "it is no warning: something is still to be done", moot=True)


def it_is_no_warning(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let run a time of payment for a warning: nothing is paid."""
    if case.details.get("decided_penalty") != "warning":
        return None
    return Refusal("警告送达即履行完毕，请登记“送达警告决定书”", "a warning is performed when it is served", moot=True)


def the_court_refused_lately(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to ask the higher court where no court has refused, after fifteen days, or again (行政强制法 56, 58)."""
    last_day = known_day(case, "objection_until")
    if not case.details.get("refused_by_court") or last_day is None:
        return Refusal("法院没有不予受理或者不予执行的裁定", "no court has refused", moot=True)
    if case.details.get("objected_on"):
        return Refusal("已经向上一级法院申请过复议", "the higher court was asked already")
    if form and day_of(form, "objected_on", moment) > last_day:
        return Refusal(f"向上一级法院申请复议的期限已于 {last_day} 届满", f"the time to ask was over on {last_day}")
    return None


def is_reconsidered(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse more time to review for who does not reconsider (行政复议法 62)."""
    if case.details.get("reviewed_at_length"):
        return None
    return NOTHING_TO_PROLONG


def closed_hearing_has_its_reason(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hold a hearing behind closed doors without saying which secret or privacy wants it (行政处罚法 64(3))."""
    if not form or form["public"] or form["closed_reason"].strip():
        return None
    return Refusal(
        "听证应当公开举行；涉及国家秘密、商业秘密或者个人隐私不公开的，请写明理由",
        "a hearing is public: say which secret or privacy it touches where it is not",
    )


def hearing_was_offered(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a hearing for a penalty that brings no right to one."""
    if last(case, "prenotice_served").get("hearing_right"):
        return None
    return Refusal("处罚告知未告知听证权利，本案不适用听证", "the notice told of no right to a hearing")


def chair_did_not_investigate(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a hearing chaired by one who investigated the case (行政处罚法 64(4))."""
    if form and form["chair"] in investigators(case):
        return Refusal("听证主持人不得是本案调查人员", "the chair of the hearing must not have investigated the case")
    return None


def reviewer_did_not_investigate(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a legal review by one who investigated the case (行政处罚法 58)."""
    if form and form["reviewer"] in investigators(case):
        return Refusal("法制审核人员不得是本案调查人员", "the legal reviewer must not have investigated the case")
    return None


def statements_were_reviewed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a decision before all that the party has said was reviewed (行政处罚法 45, 62)."""
    if len(case.details.get("statement_made", ())) <= len(case.details.get("statement_reviewed", ())):
        return None
    return Refusal("当事人的陈述申辩尚未复核", "the party's statement has not been reviewed yet")


def is_not_heavier_than_noticed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a penalty heavier than the one the party was told of (行政处罚法 44, 45)."""
    noticed = last(case, "prenotice_served")
    if not form or not noticed:
        return None
    heavier = PENALTIES.index(form["penalty"]) > PENALTIES.index(noticed["penalty"])
    if not heavier and form["amount"] <= Decimal(noticed["amount"]):
        return None
    return Refusal(
        "不得重于已告知的处罚；确需加重的，应重新告知",
        "heavier than the penalty that was announced; announce it anew first",
    )


def legal_review_passed_if_due(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide complex or heard cases, or of great public interest, without legal review (行政处罚法 58)."""
    report = last(case, "investigation_closed")
    due = report.get("complex") or report.get("public_interest") or case.details.get("hearing_held")
    if not due or case.details.get("legal_review_passed"):
        return None
    return Refusal(
        "本案须经法制审核，未审核或未通过不得作出决定", "this case needs a legal review before it is decided"
    )


def group_discussed_if_due(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide complex or serious cases without a recorded discussion of the leaders (行政处罚法 57)."""
    report = last(case, "investigation_closed")
    if not form or not (report.get("complex") or report.get("serious")):
        return None
    if form["group_discussion"] or case.details.get("group_discussed"):
        return None
    return Refusal(
        "情节复杂或重大的案件应由负责人集体讨论并记录",
        "complex or serious cases are discussed by the leaders; record it",
    )


def served_by_the_book(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a service that the way chosen does not bear (行政处罚法 61; 行政强制法 38; 民事诉讼法 87 to 95)."""
    if not form:
        return None
    way, noted = delivery_of(form), bool(form["delivery_note"].strip())
    proved = form.get("delivery_proved")
    if way == "electronic" and not (proved or form.get("confirmation_signed")):
        return Refusal("电子送达须经当事人签订确认书", "electronic service needs the party's signed confirmation")
    if way == "left" and not (proved or form.get("witness") or form.get("recorded")):
        return Refusal(
            "留置送达须有见证人，或者以拍照、录像记录",
            "what is left behind needs a witness, or a photo or video of it",
        )
    if way in {"mail", "entrusted_service"} and not noted:
        return Refusal(
            "邮寄、委托送达的，以回执上的签收日期为送达日期，请在送达说明中写明回执号或者受托单位",
            "by post or by another body the day is that of its receipt: name the receipt or the body",
        )
    if way == "announcement" and not noted:
        return Refusal(
            "公告送达仅限当事人下落不明或者其他方式无法送达，请在送达说明中记明原因和经过",
            "it is announced only where the party is missing or no other way was open: say why, and what was tried",
        )
    return None


def announcement_runs(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to serve a decision again, unless who was looked for by an announcement turns up before it ends."""
    known = known_day(case, "served_on")
    if known is None or known <= local_date(moment.now):
        return Refusal("决定书已经送达", "the decision was served already", moot=True)
    if form and reached(form, "served_on", moment) >= known:
        return Refusal(f"公告送达已于 {known} 视为送达", f"it counts as served on {known} already")
    return None


def note_part(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add a part to what was paid of a fine."""
    day = day_of(form, "paid_on", moment)
    row = {"paid_on": day, "amount": form["amount"]}
    return {
        "paid_on": day,
        "parts": [*case.details.get("parts", ()), row],
        "payments": [*case.details.get("payments", ()), row],
    }


def a_part_is_less_than_the_whole(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call a part what pays all that is owed."""
    if not form:
        return None
    due = owed(case, day_of(form, "paid_on", moment))
    if form["amount"] < due:
        return None
    return Refusal(
        f"已足以缴清应缴的 {due} 元，请登记“履行完毕”", f"that pays all the {due} yuan that are owed: record it so"
    )


def payment_covers(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to end payment while less than the fine with its additions was paid (行政处罚法 72)."""
    if not form:
        return None
    due = owed(case, day_of(form, "paid_on", moment))
    if paid_in(case, form, moment) >= due:
        return None
    return Refusal(f"应缴 {due} 元（含加处罚款），实缴不足", f"{due} yuan are owed with what was added; less was paid")


def collected_lawfully(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what officers collect themselves without a ground, or without the treasury's receipt (行政处罚法 67 to 70)."""
    if not form or form["way"] != "on_the_spot":
        return None
    if not form["official_receipt"]:
        return Refusal(
            "当场收缴罚款须出具财政部门统一制发的专用票据，否则当事人有权拒绝缴纳",
            "who collects a fine hands over the treasury's own receipt, or the party may refuse",
        )
    on_the_spot = bool(case.details.get("decided_on_the_spot"))
    grounds = {
        "remote_and_asked": True,
        "hard_to_enforce_later": on_the_spot,
        "within_100": on_the_spot and Decimal(case.details.get("fine", "0")) <= LIMITS.collected,
    }
    if grounds.get(form["collected_because"], grounds["within_100"]):
        return None
    return Refusal(
        "当场收缴仅限当场决定的一百元以下罚款、不当场收缴事后难以执行的，以及边远、交通不便地区当事人提出的；其他由银行或电子支付代收",
        "officers collect at most 100 yuan decided on the spot, or what could not be enforced later, or in remote places;"
        " the rest goes through a bank",
    )


def decided_on_the_spot(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file with the body what was not decided on the spot, or is filed."""
    if case.details.get("decided_on_the_spot") and not case.details.get("spot_filed_on"):
        return None
    return Refusal("没有待备案的当场处罚决定", "no decision made on the spot waits to be filed", moot=True)


def spot_decision_is_filed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on while a decision made on the spot is not filed with the body (行政处罚法 52)."""
    if not case.details.get("decided_on_the_spot") or case.details.get("spot_filed_on"):
        return None
    return Refusal("当场处罚决定尚未报所属行政机关备案", "the decision made on the spot is not filed with the body yet")


def something_is_collected(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand in what nobody has collected, or what was handed in."""
    if case.details.get("collected") and not case.details.get("handed_in_on"):
        return None
    return Refusal("没有待上交的当场收缴罚款", "no fine that officers have collected waits to be handed in", moot=True)


def something_is_handed_in(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to pay in at the bank what was not handed in, or was paid in."""
    if case.details.get("handed_in_on") and not case.details.get("banked_on"):
        return None
    return Refusal(
        "没有待缴付银行的当场收缴罚款", "no fine that was handed in waits to be paid in at the bank", moot=True
    )


def collected_fine_is_banked(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on while a fine that officers have collected has not reached the bank (行政处罚法 71)."""
    if not case.details.get("collected") or case.details.get("banked_on"):
        return None
    return Refusal(
        "当场收缴的罚款尚未交至行政机关并缴付指定银行",
        "the fine that officers have collected has not reached the bank yet",
    )


def act_is_fined_once(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second fine for one act: the same party's, fined after this one was committed (行政处罚法 29)."""
    if not form or form.get("penalty") != "fine" or form["separate_act"]:
        return None
    register, act = moment.known(), act_code(case)
    suspect = str(last(case, "inspected").get("suspect_name", ""))
    for row in register.of_party(case.id, suspect) if register else ():
        if row.act == act and row.fined_on and row.fined_on >= committed_on(case):
            return Refusal(
                f"同一当事人的同类行为已于 {row.fined_on} 罚款（{row.number or '见在先案件'}），同一违法行为不得再次罚款；"
                "确属另一违法行为的，请写明理由",
                f"the same act was fined on {row.fined_on} ({row.number}): it is not fined twice; say why it is another act",
            )
    return None


def higher_norm_is_applied(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file one doing under the norm with the lower fine (行政处罚法 29)."""
    if not form or not form["also_breaks"]:
        return None
    kind, refused = suspect_kind_of(case), was_refused(case)
    acts = [ACTS[code] for code in dict.fromkeys((form["act"], *form["also_breaks"]))]
    banded = [(act, band) for act in acts if not act.competent and (band := fine_band(act, kind, refused=refused))]
    if not banded or (chosen := higher(banded)[0]).code == form["act"]:
        return None
    return Refusal(
        f"同一违法行为违反多个规范的，按罚款数额高的规定处罚：请以“{chosen.basis}”立案",
        f"one act under several norms is punished by the higher fine: file it under {chosen.code} ({chosen.basis})",
    )


def persuasion_came_first(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call the police over noise before somebody has tried to persuade (噪声污染防治法 70, 87)."""
    if not form or form["ground"] != "public_security" or form["persuasions"]:
        return None
    return Refusal(
        "移送公安须附劝阻、调解、处理记录（何人、何时、何种方式）",
        "the police need the record of who tried to persuade, when and how",
    )
