"""The random second call (抽查复核): of what was called back as satisfied, a share is called again by another person.

Which ones is drawn by a keyed hash of the appeal and its round: every replica draws the same, again and again, and who
has not the key knows beforehand of none. Pure.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

from chassis.masking import redact
from chassis.workflow import Caution, Refusal, person
from services.feedback.calls import manners
from services.feedback.rules import DISSATISFIED, wants_rework

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chassis.workflow import CaseView, Moment, Values

#: What a case that could be drawn stands at: not drawn, to be called, called with one result or the other, in vain.
PASSED_OVER, DUE, AGREES, DIFFERS, NOT_REACHED, NOT_MADE = (
    *("passed_over", "due", "agrees", "differs"),
    *("not_reached", "not_made"),
)
_SIZE: Final = 8
_ALL: Final = float(1 << 8 * _SIZE)


def may_be_drawn(details: Values) -> bool:
    """Say whether a closed appeal is one that staff called back, and that its resident was said to be satisfied with."""
    rated = details.get("rated")
    return rated is not None and details.get("way") == "call" and not wants_rework(rated)


def is_drawn(secret: bytes, case_id: str, round_: int, percent: float) -> bool:
    """Draw an appeal in its round, or not: so many of a hundred, the same ones whoever draws."""
    digest = hmac.digest(secret, f"recall {case_id} {round_}".encode(), "sha256")
    return int.from_bytes(digest[:_SIZE]) < percent / 100 * _ALL


# -- what steps write down ----------------------------------------------------------


def _stands(state: str) -> dict[str, Any]:
    """Keep where it is counted, and where rules read it, what the second call stands at."""
    return {"recall": state, "second_call": state}


def draw(_case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Put an appeal on the list of second calls."""
    return {**_stands(DUE), "recalled": None, "recall_tried": [], "recall_drawn_at": moment.now}


def keep(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put the second answer beside the first, which stays as it was."""
    said = {**form, "note": redact(form["note"]).text, "by": moment.actor, "by_name": moment.actor_name}
    differs = bool(differences(case.details["rated"], said))
    return {"recalled": {**said, "at": moment.now}, **_stands(DIFFERS if differs else AGREES)}


def miss(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put a try in vain beside those before it."""
    tried = {**form, "note": redact(form["note"]).text, "at": moment.now, "by": moment.actor}
    return {"recall_tried": [*case.details.get("recall_tried", ()), tried]}


def give_up(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that the resident was not reached a second time."""
    return _stands(NOT_REACHED)


def let_run_out(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Keep that nobody called in time, or nobody was reached."""
    return _stands(NOT_REACHED if case.details.get("recall_tried") else NOT_MADE)


# -- what forbids them ----------------------------------------------------------------


def was_called_back_as_satisfied(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to draw whom nobody called back, or who is not satisfied."""
    if may_be_drawn(case.details):
        return None
    return Refusal("只抽查回访为满意的诉求", "only those who were called back as satisfied are drawn")


def second_call_is_due(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second call to who was not drawn, or was called."""
    if case.details.get("second_call") == DUE:
        return None
    return Refusal("本件没有待办的抽查复核回访", "no second call to this resident is due")


def by_another_than_the_first(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second call by the person who made the first."""
    first = person(case.details.get("rated_by", ""), case.details.get("rated_by_name", ""))
    if first.isdisjoint(person(moment.actor, moment.actor_name)):
        return None
    return Refusal("抽查复核须由首次回访人以外的人员进行", "the second call is made by another than the first")


def second_try_counts_now(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a try at an hour at which residents are not called, or too soon after the last one."""
    return manners().refusal(case.details.get("recall_tried", ()), moment.now)


def second_call_was_tried_enough(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give a second call up before it was tried often enough."""
    if manners().are_enough(case.details.get("recall_tried", ())):
        return None
    return Refusal("复核回访次数或时段不够，不能结束", "it was not tried often enough, or at one time of day only")


def no_recall_waits(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close the file while a second call is due."""
    if case.details.get("second_call") != DUE:
        return None
    return Refusal("抽查复核回访尚未完成", "a second call is still due")


# -- what differs -----------------------------------------------------------------------


def differences(first: Values, second: Values) -> list[dict[str, Any]]:
    """Return what a resident says otherwise the second time, each with what was on record and what he says now."""
    found = []
    if not second["called_before"]:
        found.append({"what": "called_before", "first": True, "second": False})
    if first["solved"] != second["solved"]:
        found.append({"what": "solved", "first": first["solved"], "second": second["solved"]})
    if (first["result"] <= DISSATISFIED) != (second["result"] <= DISSATISFIED):
        found.append({"what": "result", "first": first["result"], "second": second["result"]})
    if second["pressed"]:
        found.append({"what": "pressed", "first": False, "second": True})
    return found


_SAID: Final = {
    "called_before": ("诉求人表示没有接到过回访", "the resident says that nobody called him"),
    "solved": ("是否解决前后说法不一", "whether it is solved is said otherwise"),
    "result": ("对结果的评价前后不一", "the result is judged otherwise"),
    "pressed": (
        "诉求人表示被要求或者被利诱作满意评价",
        "the resident says that he was pressed or paid to be satisfied",
    ),
}


def second_answer_differs(case: CaseView, _now: datetime) -> Iterable[Caution]:
    """Warn where a second call contradicts the first (虚假回访、诱导评价)."""
    second = case.details.get("recalled")
    for one in differences(case.details["rated"], second) if second and case.details.get("rated") else ():
        zh, en = _SAID[one["what"]]
        yield Caution(
            f"recall_{one['what']}",
            f"抽查复核：{zh}。请核查首次回访；仍未解决的，经诉求人同意可重新办理。",
            f"Second call: {en}. Look into the first call; what is not solved can be handled again.",
            "国办函〔2025〕66号",
        )


WARNINGS: Final = (second_answer_differs,)


def summary(counts: dict[str, int]) -> dict[str, Any]:
    """Return the figures of a period's second calls, each with what it is counted of."""
    eligible = sum(counts.get(name, 0) for name in (PASSED_OVER, DUE, AGREES, DIFFERS, NOT_REACHED, NOT_MADE))
    drawn = eligible - counts.get(PASSED_OVER, 0)
    reached = counts.get(AGREES, 0) + counts.get(DIFFERS, 0)
    return {
        "eligible": eligible,
        "drawn": drawn,
        "reached": reached,
        "differs": counts.get(DIFFERS, 0),
        **{name: counts.get(name, 0) for name in (DUE, NOT_REACHED, NOT_MADE)},
    }
