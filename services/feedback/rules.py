"""What a rating leads to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workflow import Refusal, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.workflow import CaseView, Moment, Values

#: Who acts when a resident rates with the tracking code.
RESIDENT = "resident"
#: Marks of this and less are not satisfied (of 1 to 5).
DISSATISFIED = 2
#: After so many rounds of rework it goes to supervision instead (regulations 2.5).
MOST_ROUNDS = 3
#: A resident who was not reached this often is left in peace.
MOST_ATTEMPTS = 3


def wants_rework(rating: Values) -> bool:
    """Say whether the result is not accepted: not solved, or a bad mark for the result."""
    return not rating["solved"] or rating["result"] <= DISSATISFIED


def conduct(rating: Values) -> list[tuple[str, int]]:
    """Return the aspects of conduct with a bad mark: they are looked into without rework."""
    return [(name, rating[name]) for name in ("attitude", "process") if rating[name] <= DISSATISFIED]


def keep_marks(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put the marks where they can be counted; the handler's claim stays beside them, a reason only where rework needs one."""
    why = form.get("comment") or "诉求人表示未解决或对结果不满意"
    return {
        "attitude": form["attitude"],
        "process": form["process"],
        "result": form["result"],
        "citizen_says_solved": form["solved"],
        "way": "page" if moment.role is Role.PUBLIC else "call",
        "reason": why if wants_rework(form) else None,
        "round": int(case.details.get("round", 1)),
    }


def begin_round(case: CaseView, form: Values, _moment: Moment) -> dict[str, Any]:
    """Put a new conclusion in the place of the one that was not accepted; marks and attempts begin anew."""
    number = int(case.details.get("round", 1)) + 1
    return {
        **form,
        "round": number,
        "rounds": number,
        "callback_tried": [],
        "rated": None,
        "attitude": None,
        "process": None,
        "result": None,
        "citizen_says_solved": None,
    }


def ending(how: str) -> Callable[[CaseView, Values, Moment], dict[str, Any]]:
    """Return a change that says how an appeal ended."""
    return lambda _case, _form, _moment: {"end": how}


def by_the_holder_of_the_code(_case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a resident's rating by anybody who did not come with the tracking code: staff rate by calling back."""
    if moment.role is not Role.PUBLIC or moment.actor == RESIDENT:
        return None
    return Refusal(
        "群众评价须凭查询码提交;工作人员应通过回访记录评价",
        "residents rate with their tracking code; staff record a callback",
    )


def by_another_than_the_handler(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a callback by the person who handled the case (regulations 3.3)."""
    handled_by = case.details.get("handled_by")
    if not handled_by or handled_by != moment.actor:
        return None
    return Refusal("回访须由承办人以外的人员进行", "the callback is made by somebody else than the handler")


def tried_often_enough(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give up before the resident was tried three times."""
    attempts = len(case.details.get("callback_tried", ()))
    if attempts >= MOST_ATTEMPTS:
        return None
    return Refusal(
        f"已尝试 {attempts} 次,满 {MOST_ATTEMPTS} 次未接通方可结案",
        f"tried {attempts} times, {MOST_ATTEMPTS} are needed",
    )


def file_is_complete(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to archive what has no reply, or neither a callback nor a recorded reason for none (DESIGN 7)."""
    known = case.details
    judged = known.get("rated") or known.get("end") == "unrated" or known.get("withdrawn", {}).get("reason")
    if known.get("reply") and judged:
        return None
    return Refusal(
        "档案不完整:缺少答复,或缺少回访记录及未回访的原因",
        "the file lacks a reply, or a callback and the reason why there was none",
    )
