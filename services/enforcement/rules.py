"""What the law lets enforcement do: acts and their fines, limits, late fines, gates of the procedure.

Pure. A guard returns why a step is refused, or None. Guards that judge a form say
nothing about an empty one: that is asked only to learn what is allowed now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import CaseView, Moment, Refusal, Values

CENT: Final = Decimal("0.01")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act that a law forbids, and what it costs.

    `person` and `organisation` are the least and most that each may be fined, in yuan;
    None: the law names no fine. With `after_refusal` a fine needs an order to correct that
    was not obeyed. `competent` names the authority if it is not urban enforcement.
    """

    code: str
    basis: str
    person: tuple[int, int] | None
    organisation: tuple[int, int] | None
    after_refusal: bool = False
    competent: str = ""


def _act(
    code: str, basis: str, *bands: tuple[int, int] | None, after_refusal: bool = False, competent: str = ""
) -> Act:
    person, organisation = (bands[0], bands[-1]) if bands else (None, None)
    return Act(
        code=code,
        basis=basis,
        person=person,
        organisation=organisation,
        after_refusal=after_refusal,
        competent=competent,
    )


#: 大气法 118; 噪声法 77, 81, 82; 滨州容貌条例 51, 53; 滨州住宅物业条例 56; 滨州文明行为条例 43; 消防法 60.
ACTS: Final[Mapping[str, Act]] = {
    act.code: act
    for act in (
        _act("fume_unpurified", "大气污染防治法-118", (5_000, 50_000)),
        _act("fume_forbidden_site", "大气污染防治法-118", (10_000, 100_000), after_refusal=True),
        _act("noise_over_limit", "噪声污染防治法-81", (5_000, 50_000)),
        _act("noise_advertising", "噪声污染防治法-81", (5_000, 50_000)),
        _act("noise_unmitigated", "噪声污染防治法-81", (5_000, 50_000)),
        _act("noise_social", "噪声污染防治法-82", (200, 1_000), (2_000, 20_000), after_refusal=True),
        _act("noise_construction", "噪声污染防治法-77", (10_000, 100_000)),
        _act("hanging_on_street_front", "滨州市城镇容貌条例-51", (50, 200)),
        _act("outside_business", "滨州市城镇容貌条例-51", (200, 2_000)),
        _act("fixtures_off_standard", "滨州市城镇容貌条例-51", (2_000, 10_000), after_refusal=True),
        _act("posting", "滨州市城镇容貌条例-51", (50, 300)),
        _act("posting_commercial", "滨州市城镇容貌条例-51", (500, 5_000)),
        _act("street_vending", "滨州市城镇容貌条例-51", (500, 5_000)),
        _act("piling_up", "滨州市城镇容貌条例-51", (500, 5_000)),
        _act("temporary_building", "滨州市城镇容貌条例-51", (2_000, 20_000)),
        _act("throwing_from_building", "滨州市城镇容貌条例-53", (50, 200)),
        _act("waste_misplaced", "滨州市城镇容貌条例-53", (50, 200), (5_000, 50_000)),
        _act("kitchen_waste", "滨州市城镇容貌条例-53", (1_000, 5_000), (3_000, 20_000)),
        _act("estate_forbidden_acts", "滨州市住宅物业管理条例-56", (2_000, 10_000), after_refusal=True),
        _act("dog_unleashed", "滨州市文明行为促进条例-43", (50, 200), after_refusal=True),
        _act("dog_fierce", "滨州市文明行为促进条例-43", (2_000, 5_000), after_refusal=True, competent="police"),
        _act("fire_lane_blocked", "消防法-60", (0, 500), (5_000, 50_000), competent="fire_rescue"),
        _act("ebike_in_corridor", "消防法-60", (0, 500), (5_000, 50_000), competent="fire_rescue"),
    )
}

#: Acts that only a measurement can prove.
MEASURED: Final = frozenset({"noise_over_limit"})
#: 噪声法 81: who refuses to correct pays this instead.
NOISE_REFUSED: Final = (50_000, 200_000)


def fine_band(act: Act, suspect_kind: str, *, refused: bool) -> tuple[Decimal, Decimal] | None:
    """Return the least and most of a fine for an act, or None where there is none (yet)."""
    if act.after_refusal and not refused:
        return None
    if refused and act.basis == "噪声污染防治法-81":
        return Decimal(NOISE_REFUSED[0]), Decimal(NOISE_REFUSED[1])
    band = act.person if suspect_kind == "person" else act.organisation
    return (Decimal(band[0]), Decimal(band[1])) if band else None


# -- measurements -------------------------------------------------------------

#: GB 22337-2008, boundary noise in dB(A) by class of area: day (06-22), night (22-06).
NOISE_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "0": (50, 40),
    "1": (55, 45),
    "2": (60, 50),
    "3": (65, 55),
    "4": (70, 55),
}
#: GB 18483-2001, most cooking fume let out, in mg per cubic metre.
FUME_LIMIT: Final = Decimal("2.0")


def limit_of(kind: str, *, zone: str = "2", period: str = "day") -> Decimal:
    """Return the limit of a measurement: dB(A) of noise, mg per cubic metre of fume."""
    if kind == "fume":
        return FUME_LIMIT
    return Decimal(NOISE_LIMITS[zone][0 if period == "day" else 1])


#: GB 22337-2008: where the boundary is less than 1 m from the dwelling it is measured inside, and the limit is lower.
INDOORS_LESS: Final = 10
#: HJ 706-2014: what is taken off a measured value that lies so many dB above the background.
_BACKGROUND_OFF: Final[Mapping[int, int]] = {3: 3, 4: 2, 5: 2, 6: 1, 7: 1, 8: 1, 9: 1, 10: 1}
_BACKGROUND_LEAST: Final = 3
_DECIBEL: Final = Decimal(1)


def background_off(value: Decimal, background: Decimal) -> int | None:
    """Return what is taken off a measured noise for the background, in dB; None: too near to it to tell them apart."""
    apart = value - background
    if apart < _BACKGROUND_LEAST:
        return None
    return _BACKGROUND_OFF.get(int(apart.quantize(_DECIBEL, ROUND_HALF_EVEN)), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FumeSize:
    """What a kitchen of one size must keep: fume in mg per cubic metre, removal in per cent; nation and province."""

    stoves_from: int
    removal: Decimal
    province_fume: Decimal
    province_removal: Decimal


#: GB 18483-2001; DB37/597-2006, whose numbers are to be confirmed before use. The largest first.
FUME_SIZES: Final[Mapping[str, FumeSize]] = {
    "large": FumeSize(stoves_from=6, removal=Decimal(85), province_fume=Decimal("1.0"), province_removal=Decimal(95)),
    "medium": FumeSize(stoves_from=3, removal=Decimal(75), province_fume=Decimal("1.2"), province_removal=Decimal(90)),
    "small": FumeSize(stoves_from=1, removal=Decimal(60), province_fume=Decimal("1.5"), province_removal=Decimal(85)),
}
#: GB 18483-2001: the air that one stove lets out, in cubic metres an hour.
STOVE_AIR: Final = Decimal(2_000)


def fume_size(stoves: int) -> str:
    """Return the size of a kitchen with so many stoves (GB 18483-2001)."""
    return next(size for size, kept in FUME_SIZES.items() if stoves >= kept.stoves_from)


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


#: 行政处罚法 51: the most that may be decided on the spot.
ON_THE_SPOT_MOST: Final = {"person": Decimal(200), "organisation": Decimal(3_000)}
#: 行政处罚法 68(1): the most that officers may collect themselves.
COLLECTED_MOST: Final = Decimal(100)
#: 行政处罚法 63 leaves "a large fine" to the provinces; these are to be confirmed before use.
HEARING_FROM: Final = {"person": Decimal(2_000), "organisation": Decimal(20_000)}
#: 行政处罚法 63: penalties that always bring the right to a hearing.
HEARD_ALWAYS: Final = frozenset({"confiscation", "suspension", "closure"})
#: 行政处罚法 36.
BARRED_AFTER_YEARS: Final = 2
BARRED_AFTER_YEARS_IF_GRAVE: Final = 5
LATE_FINE_DAILY: Final = Decimal("0.03")
#: 行政强制法 25.
SEIZED_MOST: Final = 30
#: 行政处罚法 67.
PAYMENT_DAYS: Final = 15


def needs_hearing_right(penalty: str, amount: Decimal, suspect_kind: str) -> bool:
    """Whether the party must be told that it may ask for a hearing (行政处罚法 63)."""
    return penalty in HEARD_ALWAYS or amount >= HEARING_FROM[suspect_kind]


def late_fine(fine: Decimal, days: int) -> Decimal:
    """Return what is added to a fine unpaid for so many days: 3 % a day, at most the fine (行政处罚法 72)."""
    added = min(fine, fine * LATE_FINE_DAILY * max(days, 0))
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


def higher(acts: Iterable[tuple[Act, tuple[Decimal, Decimal]]]) -> tuple[Act, tuple[Decimal, Decimal]]:
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
    ended_on: date | None


# -- what is known of a case --------------------------------------------------


def last(case: CaseView, trigger: str) -> Values:
    """Return the newest form kept under a step, or nothing."""
    kept = case.details.get(trigger)
    if isinstance(kept, list):
        return dict(kept[-1]) if kept else {}
    return dict(kept or {})


def act_of(case: CaseView) -> Act | None:
    """Return the act that the case is about, as filed or as first seen."""
    return ACTS.get(str(last(case, "filed").get("act") or last(case, "inspected").get("act", "")))


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


def days_late(case: CaseView, today: date) -> int:
    """Count the days for which a fine is late; time under review does not count (行政处罚法 73)."""
    since = case.details.get("overdue_since")
    if not since:
        return 0
    until = date.fromisoformat(case.details["contested_since"]) if case.details.get("contested_since") else today
    paused = int(case.details.get("contested_days", 0))
    return max((until - date.fromisoformat(since)).days + 1 - paused, 0)


def owed(case: CaseView, today: date) -> Decimal:
    """Return the fine with what was added to it, in yuan."""
    fine = Decimal(case.details.get("fine", "0"))
    return fine + late_fine(fine, days_late(case, today))


def investigators(case: CaseView) -> set[str]:
    """Return the names of the officers who investigated."""
    forms = [last(case, trigger) for trigger in ("inspected", "filed", "investigation_closed")]
    return {officer["name"] for form in forms for officer in form.get("officers", ())}


# -- changes ------------------------------------------------------------------


def note_scene(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep party and act in their columns, whether a limit was exceeded, and what the register says of them.

    The orders of an earlier round are forgotten.
    """
    found: dict[str, Any] = _from_register(case, form["suspect_name"], moment) | {
        "seen_act": form["act"],
        "suspect": form["suspect_name"],
        "act": form["act"],
        "limits_exceeded": any(exceeds(row) for row in form.get("measurements", ())),
    }
    return found | ({"correction_ordered": None, "found_uncorrected": None} if case.state == "clue" else {})


def _from_register(case: CaseView, suspect: str, moment: Moment) -> dict[str, Any]:
    register = moment.known()
    if register is None:
        return {}
    return {
        "earlier": [asdict(row) for row in register.of_party(case.id, suspect)],
        "caller_shops": register.other_shops_of_caller(case.id, suspect) + 1,
    }


def note_notice(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day of the notice, and that it is not waived yet."""
    return {"noticed_on": local_date(moment.now), "waived_on": ""}


def note_waiver(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day on which the party waived its defence."""
    return {"waived_on": local_date(moment.now)}


def set_correct_by(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Set the day by which the order must be obeyed; what was missed before no longer counts."""
    day = date.fromordinal(local_date(moment.now).toordinal() + int(form["days"]))
    act = act_of(case)
    today = local_date(moment.now)
    weekly = any(item["kind"] == "weekly_cleaning" for item in form["items"])
    return {
        "correct_by": day,
        "ordered_on": today,
        "cleaning_due_on": today + timedelta(days=DAYS_OF_A_WEEK) if weekly else None,
        "act": act.code if act else "",
        "found_uncorrected": None,
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


def seize(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep since when things are seized, and not for longer yet."""
    return {"goods_are_seized": True, "seized_on": local_date(moment.now), "seizure_prolonged": None}


def prolong(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add the days to what was left of the first thirty."""
    return {"seizure_days": SEIZED_MOST - _days_seized(case, moment) + int(form["days"])}


def _days_seized(case: CaseView, moment: Moment) -> int:
    since = case.details.get("seized_on")
    return (local_date(moment.now) - date.fromisoformat(since)).days if since else 0


def give_back(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that all things seized were decided on."""
    return {"goods_are_seized": False}


def note_demand(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what is demanded: without an amount, all that is owed; what was said before no longer counts."""
    return {
        "demanded_amount": paid_in(case, form, moment),
        "demanded_late": owed(case, local_date(moment.now)) - Decimal(case.details.get("fine", "0")),
    }


def review_passed(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the legal review was passed."""
    return {"review_result": "passed"}


def review_failed(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the legal review was not passed."""
    return {"review_result": "failed", "legal_review_passed": None}


def set_fine(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
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
        "overdue_since": "",
        "contested_since": "",
        "contested_days": 0,
    }


def paid_in(case: CaseView, form: Values, moment: Moment) -> Decimal:
    """Return what a payment comes to: without an amount, all that is owed."""
    amount: Decimal | None = form.get("amount")
    return owed(case, local_date(moment.now)) if amount is None else amount


def note_payment(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what was paid."""
    return {"paid": paid_in(case, form, moment)}


def start_late(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the first day on which the fine is late."""
    return {"overdue_since": local_date(moment.now)}


def start_contest(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day from which nothing is added to the fine (行政处罚法 73)."""
    return {"contested_since": local_date(moment.now)}


def end_contest(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Count the days under review, and take over an amount that the review has changed."""
    since = date.fromisoformat(case.details["contested_since"])
    days = int(case.details.get("contested_days", 0)) + (local_date(moment.now) - since).days
    found: dict[str, Any] = {"contested_since": "", "contested_days": days if case.details.get("overdue_since") else 0}
    return found | ({"fine": form["amount"]} if "amount" in form else {})


def name_authority(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep which authority has answered."""
    return {"authority": last(case, "handed_over").get("authority", "")}


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
    """Refuse to punish what another authority punishes: hand it over instead."""
    act = act_of(case)
    if act is None or not act.competent:
        return None
    return Refusal(
        "该违法行为由其他机关处罚，请移送主管机关",
        f"this act is punished by another authority ({act.competent}): hand it over",
    )


def excess_was_measured(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to punish noise above a limit that no measurement shows (行政处罚法 40)."""
    act = act_of(case)
    if act is None or act.code not in MEASURED or case.details.get("limits_exceeded"):
        return None
    return Refusal("认定噪声超标须有检测数据证明", "noise above the limit needs a measurement that shows it")


def on_the_spot_is_enough(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a fine on the spot above 200 yuan (person) or 3,000 yuan (organisation) (行政处罚法 51)."""
    if not form:
        return None
    most = ON_THE_SPOT_MOST[suspect_kind_of(case)]
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
    if band is None:
        return Refusal(
            "该行为须先责令改正，拒不改正的方可罚款",
            "a fine for this act needs an order to correct that was not obeyed",
        )
    least, most = band
    if least <= form["amount"] <= most:
        return None
    return Refusal(f"罚款应在 {least} 元至 {most} 元之间", f"the fine must lie between {least} and {most} yuan")


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
    return Refusal("没有查封、扣押的物品", "no things are seized")


def seizure_is_prolonged_once(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second prolongation, or one that comes too late: thirty days and thirty more (行政强制法 25)."""
    if case.details.get("seizure_prolonged"):
        return Refusal(
            "查封、扣押只能延长一次，延长不得超过三十日", "a seizure is prolonged once, by at most thirty days"
        )
    if _days_seized(case, moment) > SEIZED_MOST:
        return Refusal("查封、扣押已满三十日，应当解除，不得再延长", "the thirty days are over: give the things back")
    return None


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


def left_behind_is_witnessed(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a decision left behind that nobody witnessed and nothing recorded (行政处罚法 61; 民事诉讼法 89)."""
    if not form or form["way"] != "left" or form["witness"] or form["recorded"]:
        return None
    return Refusal(
        "留置送达须有见证人，或者以拍照、录像记录", "what is left behind needs a witness, or a photo or video of it"
    )


def something_is_held(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide on evidence where none is held."""
    if case.details.get("evidence_is_held"):
        return None
    return Refusal("没有先行登记保存的证据", "no evidence is held")


def hearing_right_is_told(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a notice that hides the right to a hearing (行政处罚法 63)."""
    if not form or form["hearing_right"]:
        return None
    if needs_hearing_right(form["penalty"], form["amount"], suspect_kind_of(case)):
        return Refusal(
            "拟处罚达到听证标准，必须告知听证权利", "this penalty brings the right to a hearing: the notice must say so"
        )
    return None


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


def electronic_service_is_agreed(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse electronic service that the party has not signed for (行政处罚法 61)."""
    if not form or form["way"] != "electronic" or form["confirmation_signed"]:
        return None
    return Refusal("电子送达须经当事人签订确认书", "electronic service needs the party's signed confirmation")


def payment_covers(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to end payment while less than the fine with its additions was paid (行政处罚法 72)."""
    if not form:
        return None
    due = owed(case, local_date(moment.now))
    if paid_in(case, form, moment) >= due:
        return None
    return Refusal(f"应缴 {due} 元（含加处罚款），实缴不足", f"{due} yuan are owed with what was added; less was paid")


def collected_lawfully(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse more than 100 yuan collected by the officers themselves (行政处罚法 67, 68)."""
    if not form or form["way"] != "on_the_spot" or paid_in(case, form, moment) <= COLLECTED_MOST:
        return None
    return Refusal(
        "当场收缴仅限一百元以下罚款，应由银行或电子支付代收",
        "officers collect at most 100 yuan; the rest goes through a bank",
    )


def persuasion_came_first(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call the police over noise before somebody has tried to persuade (噪声污染防治法 70, 87)."""
    if not form or form["ground"] != "public_security" or form["persuasions"]:
        return None
    return Refusal(
        "移送公安须附劝阻、调解、处理记录（何人、何时、何种方式）",
        "the police need the record of who tried to persuade, when and how",
    )
