"""The words, laws and days that every rule of unpaid wages leans on, and what a case has come to.

Guards that judge a form let an empty one pass. Money is Decimal, in yuan.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis import legal
from chassis.clocks import Period, Roll, Unit, add
from chassis.terms import Terms
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chassis.clocks import Deadline
    from chassis.legal import LegalBases
    from chassis.workflow import CaseView, Guard, Moment, Step, Values

CENT: Final = Decimal("0.01")
#: The days of acts that clocks are counted from; none of them lies ahead.
_ACTS: Final = (
    "asked_on",
    "handed_over_on",
    "filed_on",
    "ended_on",
    "enforcement_ended_on",
    "served_on",
    "applied_on",
    "accepted_on",
    "approved_on",
    "made_on",
    "received_on",
    "paid_on",
    "told_on",
    "decided_on",
    "corrected_on",
    "removed_on",
    "proposed_on",
    "notified_on",
    "answered_on",
    "recovered_on",
    "effective_on",
    "ruled_on",
    "revoked_on",
    "held_on",
    "searched_on",
    "signed_on",
    "demanded_on",
    "supplemented_on",
    "requested_on",
    "refused_on",
    "dropped_on",
    "returned_on",
    "reported_on",
    # Moments.
    "reported_at",
    "held_at",
)


@cache
def settings() -> Mapping[str, Any]:
    """Return the numbers of `data/settings.toml`, which no step asks for."""
    return tomllib.loads((Path(__file__).parent / "data" / "settings.toml").read_text("utf-8"))


@cache
def terms() -> Terms:
    """Return the words of `terms.toml`, read once."""
    return Terms(Path(__file__).parent / "terms.toml")


def said(value: str) -> str:
    """Return the Chinese of a value, as pages show it."""
    return terms().value(value, "zh")


def yuan(amount: object) -> Decimal:
    """Round an amount to the cent, half up."""
    return Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP)


def article(number: str) -> str:
    """Say an article and its paragraph, such as 第30条第3款 for 30.3."""
    first, _, second = number.partition(".")
    return f"第{first}条" + (f"第{second}款" if second else "")


@cache
def bases() -> LegalBases:
    """Return the laws and clocks of `legal.toml`, read once."""
    return legal.load(Path(__file__).with_name("legal.toml"))


def articles(numbers: Iterable[str]) -> str:
    """Say several articles, such as 第30条第1款、第36条第1款."""
    return "、".join(map(article, numbers))


def law_on(clock: str, day: date) -> int:
    """Return how long a clock of `legal.toml` is by the law of a day, in its own unit; what is older goes by the first law."""
    return bases().clock_or_first(clock, day).limit


def rolled(last: date) -> Deadline:
    """Move a last day that is a holiday to the day after the holidays, for who must act by it (民法典 203)."""
    return add(last - timedelta(days=1), Period(1, Unit.DAY), calendar=standard_calendar(), roll=Roll.NEXT)


def last_to_pay(day: object) -> date:
    """Return the last day of an instalment on file: a holiday moves on (民法典 203)."""
    return rolled(date.fromisoformat(str(day))).due_at.date()


def what_happened_is_past(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an act that is dated after today: a time is counted from it."""
    today = local_date(moment.now)
    for name in _ACTS:
        day = form.get(name)
        if day and (local_date(day) if isinstance(day, datetime) else day) > today:
            return Refusal(f"日期不能晚于今天（{day}）", f"it can't have happened after today: {day}")
    return None


def comes_in_order(earlier: str, later: str) -> Guard:
    """Make a gate against a later act that is dated before an earlier one of the same form."""

    def acts_come_in_order(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        if not form or form[earlier] <= form[later]:
            return None
        return Refusal(
            f"日期先后不符：{form[later]} 早于 {form[earlier]}", f"{form[later]} lies before {form[earlier]}"
        )

    return acts_come_in_order


def follows(trigger: str, earlier: str, later: str) -> Guard:
    """Make a gate against an act that is dated before the one on file that it follows."""

    def act_follows(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        before = str((case.details.get(trigger) or {}).get(earlier) or "")
        if not form or not form[later] or form[later].isoformat() >= before:
            return None
        return Refusal(f"日期先后不符：{form[later]} 早于 {before}", f"{form[later]} lies before {before}")

    return act_follows


#: Which acts none of the form may lie before: by what is on file of them, their day there, and the day of the form.
_BEFORE: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "inspection_accepted": (("referred_to_inspection", "handed_over_on", "filed_on"),),
    "inspection_supplemented": (("referred_to_inspection", "handed_over_on", "supplemented_on"),),
    "investigation_ended": (("inspection_accepted", "filed_on", "ended_on"),),
    "payment_ordered": (("inspection_accepted", "filed_on", "served_on"),),
    "police_filed": (("crime_transferred", "handed_over_on", "filed_on"),),
    "arbitration_accepted": (("referred_to_arbitration", "applied_on", "accepted_on"),),
    **dict.fromkeys(("award_made", "claim_rejected"), (("referred_to_arbitration", "applied_on", "received_on"),)),
    "payment_order_served": (("payment_order_applied", "applied_on", "served_on"),),
    "lawsuit_filed": (("award", "received_on", "filed_on"), ("award_refusal", "received_on", "filed_on")),
    "lawsuit_accepted": (
        ("lawsuit_filed", "filed_on", "accepted_on"),
        ("judgment_appealed", "filed_on", "accepted_on"),
    ),
    **dict.fromkeys(
        ("judgment_made", "lawsuit_dismissed", "lawsuit_dismissed_finally"),
        (("lawsuit_filed", "filed_on", "received_on"), ("judgment_appealed", "filed_on", "received_on")),
    ),
    "judgment_appealed": (("judgment", "received_on", "filed_on"), ("judgment_refusal", "received_on", "filed_on")),
}


def in_order(step: Step) -> Step:
    """Return a step that refuses an act dated before one on file that it follows: a time is counted from it."""
    after = tuple(follows(*acts) for acts in _BEFORE.get(step.trigger, ()))
    return replace(step, guards=(*step.guards, *after)) if after else step


# -- the end -------------------------------------------------------------------


def result_of(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Say by which way a claim came to its end, as it is counted."""
    kept = case.details
    if case.state != "paid":
        ends = {
            "not_wages": "not_wage",
            "partly_paid": "paid_part",
            "sued_overdue": "sued",
            "crime_overdue": "crime_transferred",
        }
        return {"ended_as": ends.get(case.state, case.state)}
    ways = (
        ("emergency_advance", any(one["source"] == "emergency_fund" for one in kept.get("payments", ()))),
        ("judged", kept.get("judgment")),
        ("ordered", kept.get("order")),
        ("arbitrated", kept.get("award")),
        ("agreed", kept.get("settlement")),
    )
    return {"ended_as": next((way for way, taken in ways if taken), "paid_full")}
