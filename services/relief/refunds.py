"""What was obtained by fraud or advanced without need, and comes back. Pure, like the rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import CaseView, Moment, Refusal, Values
from services.relief import benefits, rules

#: 社会救助暂行办法 68: how many times what was obtained a fine may be.
FRAUD_FINE: Final = (Decimal(1), Decimal(3))


# -- what is known of a case --------------------------------------------------


def refund_left(details: Values) -> Decimal:
    """Return what is still to come back of what was obtained without right, or advanced without need; below zero: came too much."""
    left = Decimal(0)
    for one in rules.requests(details):
        left += refund_asked(one) + Decimal(str((one.get("advance_reclaimed") or {}).get("amount") or 0))
        left -= sum((Decimal(str(row["amount"])) for row in one.get("refund_received") or ()), Decimal(0))
    return left


def refund_asked(request: Values) -> Decimal:
    """Return what was obtained by fraud and is asked back: as it was decided, until then as it was reported."""
    asked = request.get("fraud_decided") or request.get("fraud_found") or {}
    return Decimal(str(asked.get("refund") or 0))


# -- changes ------------------------------------------------------------------


def end_at_once(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep that what was obtained without right goes on no longer: no month is paid that was not paid yet."""
    return {
        "before_fraud": {name: case.details.get(name) for name in ("benefit_runs", "last_month", "verify_months")},
        "benefit_runs": False,
        "verify_months": 0,
        "last_month": max(benefits.months_paid(case.details), default=None),
        "fraud_on": local_date(moment.now),
    }


def clear_of_fraud(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that nothing was obtained by fraud: what was given runs on as it ran before, and is not asked back."""
    before = case.details.get("before_fraud") or {"benefit_runs": bool(case.details.get("relief_paid"))}
    cleared = dict.fromkeys(("fraud_found", "fraud_decided", "fraud_on", "before_fraud"))
    return {"verify_months": 0, **before, **cleared, **_still_owed(case, cleared), **rules.handled_again(case)}


def _still_owed(case: CaseView, cleared: Values) -> Mapping[str, Any]:
    """Say whether money is still to come back when one debt is not asked for any longer."""
    return {"refund_open": refund_left({**case.details, **cleared}) > 0}


def uphold_advance(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that an advance is not asked back."""
    cleared = dict.fromkeys(("advance_reclaimed", "reclaimed_on"))
    return {**cleared, **_still_owed(case, cleared)}


def note_refund(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep whether more is to come back."""
    return {"refund_open": refund_left(case.details) > form["amount"]}


def give_back(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that what came back too much was given back: it stands below nothing among what came back."""
    row = {**form, "amount": -form["amount"]}
    return {"refund_received": [*(case.details.get("refund_received") or ()), row]}


def note_decision(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep whether something is still to come back by what was decided on a fraud: it may have come before."""
    return {"refund_open": refund_left({**case.details, "fraud_decided": form}) > 0}


def note_reclaim(_case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep on which day an advance was asked back."""
    return {"reclaimed_on": local_date(moment.now), "refund_open": True}


# -- guards -------------------------------------------------------------------


def something_was_given(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to speak of fraud after the appeal's end where nothing was given, or it was found already."""
    given = case.details.get("relief_paid") or case.details.get("advance_paid")
    if given and not case.details.get("fraud_found"):
        return None
    return Refusal("没有发放过救助，或者已经认定", "nothing was given, or it was found already")


def refund_is_what_was_obtained(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask back more than was obtained (社会救助暂行办法 68)."""
    if not form or form["refund"] <= form["obtained"]:
        return None
    return Refusal("应退金额不能超过骗取金额", "no more is asked back than was obtained")


def reclaim_is_what_was_advanced(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to ask back more than was advanced."""
    given = Decimal(str((case.details.get("advance_paid") or {}).get("amount") or 0))
    if not form or form["amount"] <= given:
        return None
    return Refusal(f"追回金额不能超过先行救助的 {given} 元", f"{given} yuan were advanced")


def refund_is_open(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a refund that nobody asked for, or of more than is left."""
    left = refund_left(case.details)
    if left <= 0:
        return Refusal("没有待退回的资金", "nothing is to come back", moot=True)
    if not form or form["amount"] <= left:
        return None
    return Refusal(f"尚应退回 {left} 元", f"{left} yuan are to come back")


def too_much_came_back(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give back what nobody has paid back too much."""
    above = -refund_left(case.details)
    if above > 0 and (not form or form["amount"] <= above):
        return None
    return Refusal(f"多退的资金为 {max(above, 0)} 元", f"{max(above, 0)} yuan came back too much", moot=above <= 0)


def is_reclaimed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take back what was not asked back."""
    if case.details.get("advance_reclaimed"):
        return None
    return Refusal("本案没有追回的先行救助", "no advance was asked back in this case", moot=True)


def fraud_is_undecided(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide on a fraud that nobody has reported, or twice."""
    if case.details.get("fraud_found") and not case.details.get("fraud_decided"):
        return None
    return Refusal("没有待处理的骗取报告", "no report of fraud waits for its decision", moot=True)


def fraud_was_reported(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to clear of what nobody has reported."""
    if case.details.get("fraud_found"):
        return None
    return Refusal("没有报告过骗取", "no fraud was reported", moot=True)


def nothing_was_given(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to take up as a request what was granted and paid, or advanced."""
    if not case.details.get("relief_paid") and not case.details.get("advance_paid"):
        return None
    return Refusal("救助已经发放，请恢复发放或者恢复先行救助", "it was paid already: restore that", moot=True)


def relief_was_paid(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to a payment that was not made."""
    if case.details.get("relief_paid"):
        return None
    return Refusal("没有发放过救助", "nothing was paid", moot=True)


def only_an_advance_was_given(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go back to an advance where there is none, or more was paid."""
    if case.details.get("advance_paid") and not case.details.get("relief_paid"):
        return None
    return Refusal("没有先行救助", "nothing was advanced", moot=True)


def decided_refund_is_lawful(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a decision that asks back more than was obtained, or fines outside one to three times that (社会救助暂行办法 68)."""
    if not form:
        return None
    figures = {**form, "proposed_fine": form["fine"]}
    return refund_is_what_was_obtained(case, figures, moment) or fraud_fine_is_lawful(case, figures, moment)


def fraud_fine_is_lawful(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to propose a fine other than one to three times what was obtained (社会救助暂行办法 68)."""
    if not form or not form["proposed_fine"]:
        return None
    least, most = (times * form["obtained"] for times in FRAUD_FINE)
    if least <= form["proposed_fine"] <= most:
        return None
    return Refusal("罚款建议应为骗取数额的一倍以上三倍以下", "a fine is one to three times what was obtained")
