"""What is forced beside a fine: things seized at once, enforcement that stands still, what is built against the law. Pure.

行政强制法 18, 19: who seizes before anybody has approved it reports within twenty-four hours; it is approved, or lifted at
once. 39: enforcement by the body itself stands still for its grounds, and is given up after three years. 44: a building is
announced to be dismantled, its party has its time to do so and to contest it; 35 to 37: it is urged and heard before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.enforcement import notes, reading, rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

#: Why enforcement stands still (行政强制法 39).
GROUNDS: Final = ("unable", "third_party", "irreparable", "other")
#: The clocks of what the body enforces itself: where the matter goes on otherwise, none of them runs on.
FORCING: Final = (
    "substitute_demand",
    "dismantling",
    "dismantling_urging",
    "enforcement_suspension",
    "suspension_check",
)
#: The clocks in which an order to dismantle may be contested.
DISMANTLING_REMEDIES: Final = ("dismantling_reconsideration", "dismantling_remedies", "dismantling_suit")
_REPORT_WITHIN: Final = timedelta(hours=24)


# -- seized at once (行政强制法 19) ---------------------------------------------


def seize_at_once(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that things were seized unapproved, and whether others had been seized before; the first report is due first."""
    pending = bool(case.details.get("measure_taken_at"))
    return {
        **notes.seize(case, {**form, "seized_on": form["seized_at"]}, moment),
        "measure_begins": not pending,
        "measure_taken_at": case.details["measure_taken_at"] if pending else form["seized_at"] or moment.now,
        "measure_beside": case.details.get("measure_beside") if pending else bool(case.details.get("goods_are_seized")),
    }


def approve(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that what was seized at once is approved."""
    return {"measure_taken_at": ""}


def lift(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that what was seized at once is given back; what had been seized before stays."""
    kept = {} if case.details.get("measure_beside") else notes.give_back(case, form, moment)
    return {"measure_taken_at": "", **kept}


def something_is_unapproved(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to approve or lift what was not seized at once, and a report before that, or to come (行政强制法 19)."""
    taken = case.details.get("measure_taken_at")
    if not taken:
        return Refusal("没有待补办批准的查封、扣押", "nothing was seized that is still to be approved", moot=True)
    if not form or datetime.fromisoformat(str(taken)) <= form["reported_at"] <= moment.now:
        return None
    return Refusal("报告时间应在采取措施之后、现在以前", "it was reported after it was done, and not later than now")


def measure_is_approved(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on while things are seized that no leader has approved (行政强制法 19)."""
    if not case.details.get("measure_taken_at"):
        return None
    return Refusal(
        "当场采取的查封、扣押尚未补办批准：应在二十四小时内报告负责人，补办批准或者立即解除",
        "things were seized at once: report it within 24 hours, and have it approved or lifted first",
    )


def is_unreported(case: CaseView, now: datetime) -> bool:
    """Whether what was seized at once has waited for its approval for more than twenty-four hours."""
    taken = case.details.get("measure_taken_at")
    return bool(taken) and now > datetime.fromisoformat(str(taken)) + _REPORT_WITHIN


# -- enforcement stands still (行政强制法 39) -----------------------------------


def suspend(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep since when enforcement stands still."""
    return {"suspended_since": reading.day_of(form, "suspended_on", moment), "suspended_three_years": False}


def take_up(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that enforcement goes on."""
    return {"suspended_since": "", "suspended_three_years": False}


def three_years_over(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that enforcement has stood still for three years: a leader may end it."""
    return {"suspended_three_years": True}


def something_is_enforced(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to suspend what the body does not enforce itself, or twice."""
    if case.details.get("suspended_since"):
        return Refusal("已经中止执行", "enforcement stands still already", moot=True)
    if case.details.get("substitute_from") or case.details.get("dismantle_announced_on"):
        return None
    return Refusal("没有正在实施的代履行或者强制拆除", "nothing is being enforced by the body itself", moot=True)


def enforcement_is_suspended(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take up what does not stand still."""
    if case.details.get("suspended_since"):
        return None
    return Refusal("没有中止执行", "enforcement does not stand still", moot=True)


def enforcement_goes_on(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to enforce while that stands still, but for what must be cleared at once (行政强制法 39, 52)."""
    if not case.details.get("suspended_since") or form.get("immediate"):
        return None
    return Refusal("已经中止执行：情形消失的，请先恢复执行", "enforcement stands still: take it up again first")


def three_years_have_passed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give up as suspended for three years what was not (行政强制法 39)."""
    if not form or form["ground"] != "suspended_three_years" or case.details.get("suspended_three_years"):
        return None
    return Refusal("中止执行未满三年，不能以此终结执行", "enforcement has not stood still for three years")


# -- dismantled (行政强制法 44) --------------------------------------------------


def announce(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep by when the party dismantles it itself, and until when it may go to court: the announcement tells it of both."""
    day = reading.day_of(form, "dismantle_announced_on", moment)
    return {
        **dict.fromkeys(notes.OF_AN_ORDER),
        "dismantle_announced_on": day,
        "dismantle_by": reading.until("dismantling", day, limit=int(form["days"])),
        "dismantle_suit_until": reading.until("dismantling_remedies", day),
    }


def contest(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the order to dismantle is reviewed, under the number of its announcement."""
    return {
        "dismantle_review": form["kind"],
        "dismantle_sought_on": reading.day_of(form, "sought_on", moment),
        "dismantle_no": reading.last(case, "dismantling_announced")["notice_no"],
        **notes.reviewed(form, moment, "dismantle_"),
    }


def prolong(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the reconsideration was prolonged, which is done once (行政复议法 62)."""
    return {"dismantle_reviewed_at_length": False}


def revoke(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the order fell: nothing is dismantled by it, and the matter is looked at anew."""
    day = reading.day_of(form, "received_on", moment)
    order = ("correction_ordered", *notes.OF_AN_ORDER) if case.details.get("dismantle_announced_on") else ()
    return {**dict.fromkeys(order), "dismantle_review": "", "dismantle_revoked_on": day}


def uphold(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that the order stands, and until when that may be taken to a court, or a higher one."""
    day = reading.day_of(form, "received_on", moment)
    return {
        "dismantle_review": "",
        "dismantle_suit_until": day if form["final"] else reading.until("dismantling_suit", day),
        "dismantle_suit_runs": not form["final"],
    }


def urge(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when the party that was urged may still dismantle it and say something (行政强制法 35, 36)."""
    day = reading.reached(form, "dismantle_urged_on", moment)
    return {
        "dismantle_urged_until": reading.until("dismantling_urging", day, limit=int(form["days"])),
        "dismantle_at": "",
    }


def decide(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep when it is dismantled."""
    return {"dismantle_at": form["planned_at"]}


def it_is_to_be_dismantled(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to announce what nobody was ordered to dismantle, or is being reviewed (行政强制法 44)."""
    items = reading.last(case, "correction_ordered").get("items", ())
    if not any(item["kind"] == "demolished" for item in items):
        return Refusal("没有责令限期拆除的事项", "nothing was ordered to be dismantled", moot=True)
    return no_review_runs(case, {}, _moment)


def it_was_announced(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what follows an announcement that there was none of."""
    if case.details.get("dismantle_announced_on"):
        return None
    return Refusal("尚未公告限期拆除", "it was not announced", moot=True)


def no_review_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on while the order to dismantle is reviewed (行政强制法 44)."""
    if not case.details.get("dismantle_review"):
        return None
    return Refusal(
        "限期拆除决定正在复议或者诉讼，请先登记结果", "the order to dismantle is under review: record its result first"
    )


def a_review_runs(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the result of a review that nobody has sought."""
    if case.details.get("dismantle_review"):
        return None
    return Refusal("限期拆除决定没有在复议或者诉讼", "the order to dismantle is not under review", moot=True)


def the_review_may_take_longer(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse more time for who does not reconsider, does so in the simple procedure, or has had it (行政复议法 62)."""
    if case.details.get("dismantle_reviewed_at_length"):
        return a_review_runs(case, form, moment)
    return rules.NOTHING_TO_PROLONG


def it_is_sought_in_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a review of the order that was sought after its time (行政复议法 20; 行政诉讼法 45, 46)."""
    announced = reading.known_day(case, "dismantle_announced_on")
    if not form or announced is None:
        return None
    sought = reading.day_of(form, "sought_on", moment)
    return rules.too_late(
        form,
        sought,
        suit_until=reading.known_day(case, "dismantle_suit_until"),
        reconsidered=sought <= reading.until("reconsideration", announced),
        reviewed=bool(case.details.get("dismantling_upheld")),
    )


def its_own_time_is_over(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to urge before the party has had its time to dismantle it itself (行政强制法 44)."""
    last = reading.known_day(case, "dismantle_by")
    if not form or last is None or reading.day_of(form, "dismantle_urged_on", moment) > last:
        return None
    return Refusal(f"当事人自行拆除的期限到 {last} 届满，期满方可催告", f"the party may dismantle it until {last}")


def it_may_be_dismantled(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to decide on it unurged, or before urging and remedies are over, or to plan it before it is served (行政强制法 37, 44)."""
    urged, suit = reading.known_day(case, "dismantle_urged_until"), reading.known_day(case, "dismantle_suit_until")
    if urged is None or suit is None:
        return Refusal(
            "作出强制拆除决定前应当公告并书面催告", "it is announced, and the party urged in writing, before"
        )
    if not form:
        return None
    today, opens = local_date(moment.now), max(urged, suit)
    if today <= opens:
        return Refusal(
            f"催告期满、复议和诉讼期限届满（{opens}）后，方可依法强制拆除",
            f"it may be decided after {opens}: when urging and the remedies are over",
        )
    if local_date(form["planned_at"]) >= (told := reading.reached(form, "served_on", moment)):
        return None
    return Refusal(f"强制拆除前应当送达决定书，送达日期为 {told}", f"the decision is served first, on {told}")


def it_was_decided(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to dismantle what nobody has decided on, or earlier than decided (行政强制法 37)."""
    planned = case.details.get("dismantle_at")
    if not planned:
        return Refusal("强制拆除前应当送达强制拆除决定书", "it takes a decision, served before", moot=True)
    if not form or (form["done_at"] or moment.now) >= datetime.fromisoformat(str(planned)):
        return None
    return Refusal(f"不得早于决定书载明的时间（{planned}）", f"no earlier than was decided: {planned}")
