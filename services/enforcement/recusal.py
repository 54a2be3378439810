"""Who must not act in a case: asked for by the party or the officer, decided by a leader (行政处罚法 43, 64). Pure.

Until it is decided the investigation goes on; nothing is decided or heard before it, and who withdrew does nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workflow import UNMANNED, Refusal, one_name
from services.enforcement import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def asked_for(case: CaseView) -> tuple[str, ...]:
    """Return the names of those whom a request that is not decided yet is about."""
    return tuple(case.details.get("recusal_of") or ())


def withdrawn(case: CaseView) -> frozenset[str]:
    """Return the names of those who must not act in the case, so that they compare however they were typed."""
    return frozenset(one_name(name) for name in case.details.get("withdrawn") or ())


def ask(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep whom a request is about."""
    return {"recusal_of": form["persons"], "recusal_on": reading.day_of(form, "sought_on", moment)}


def decide(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep who withdraws; the request is dealt with."""
    known = [*(case.details.get("withdrawn") or ()), *form["granted"]]
    return {
        "withdrawn": list(dict.fromkeys(known)),
        "recusal_of": [],
        "recusal_decided_on": reading.day_of(form, "decided_on", moment),
    }


def nothing_is_asked(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second request while one waits for its decision."""
    if not asked_for(case):
        return None
    return Refusal("已有回避申请待决定，请先决定", "a request waits to be decided: decide that first")


def something_is_asked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide what nobody asks for, or about others."""
    asked = {one_name(name) for name in asked_for(case)}
    if not asked:
        return Refusal("没有待决定的回避申请", "nobody is asked to withdraw", moot=True)
    others = [name for name in form.get("granted", ()) if one_name(name) not in asked]
    if not others:
        return None
    return Refusal(
        f"申请中没有：{'、'.join(others)}；申请回避的是：{'、'.join(asked_for(case))}",
        f"the request is not about {', '.join(others)}: it names {', '.join(asked_for(case))}",
    )


def who_is_asked_does_not_decide(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse the decision of the one whom the request is about."""
    if one_name(moment.actor_name or moment.actor) not in {one_name(name) for name in asked_for(case)}:
        return None
    return Refusal("被申请回避的人不能决定自己的回避", "who is asked to withdraw does not decide on it")


def it_is_decided(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide, to hear the party, or to have done with it, before it is known who may act (行政处罚法 43, 64)."""
    if not form or not asked_for(case):
        return None
    return Refusal(
        "当事人的回避申请尚未决定：调查不停止，但决定作出之前不得作出处罚决定、举行听证、办结",
        "a request to withdraw is not decided: the investigation goes on, but nothing is decided or heard before it",
    )


def who_withdrew_does_nothing(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a step to who withdrew, and a form that names him as acting (行政处罚法 43)."""
    gone = withdrawn(case)
    if not gone or moment.role in UNMANNED:
        return None
    if one_name(moment.actor_name or moment.actor) in gone:
        return Refusal(
            "您在本案已被决定回避，不能再办理本案", "you withdrew from this case: somebody else takes its steps"
        )
    named = [officer["name"] for officer in form.get("officers") or ()]
    named += [form[name] for name in ("chair", "reviewer") if form.get(name)]
    if refused := [name for name in named if one_name(name) in gone]:
        return Refusal(
            f"已决定回避的人员不得参加本案：{'、'.join(refused)}",
            f"who withdrew does not act in this case: {', '.join(refused)}",
        )
    return None
