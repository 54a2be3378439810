"""Somebody else contests what a court has confirmed, wherever the case lies (法释〔2011〕5号 10)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role, Step
from services.mediation import rules, schemas
from services.mediation.stages.places import EVERYWHERE, OUTSIDER_CLOCKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

_OUTSIDERS_LAST = tuple((clock, f"{clock}_runs") for clock in OUTSIDER_CLOCKS)
_OUTSIDERS_SINCE = tuple((clock, "challenged_from") for clock in OUTSIDER_CLOCKS)


def _outsiders(waiting: Mapping[str, Any], knew: list[date], moment: Moment) -> Mapping[str, Any]:
    """Say whose times to contest the confirmation run: the last of those that some outsider still has."""
    today = local_date(moment.now)
    since = max((knew[number - 1] for number in waiting["challenges_waiting"]), default=today)
    runs = {
        f"{clock}_runs": waiting["challenge_open"] and rules.until(clock, since) >= today for clock in OUTSIDER_CLOCKS
    }
    return {**waiting, **runs, "outsiders_knew": knew, "challenged_from": since}


def _challenged(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    knew_on = form["knew_on"] or local_date(moment.now)
    until = {f"{clock}_until": rules.told_until(clock, knew_on) for clock in OUTSIDER_CLOCKS}
    waiting = rules.CHALLENGERS.one_more(case)
    return {
        **_outsiders(waiting, [*rules.outsiders_knew(case, local_date(moment.now)), knew_on], moment),
        **until,
        "knew_on": knew_on,
    }


def _challenge_over(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    # Whoever has asked the court in time may still be heard there: its ruling can be put on record.
    return {"challenge_open": False}


def _challenge_ruled(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    upheld = form["ruling_says"] == "challenge_dismissed" and bool(case.details.get("court_confirmed"))
    # What is set aside is enforced no more, and nobody need challenge it.
    waiting = rules.CHALLENGERS.one_less(case, form) if upheld else {"challenge_open": False, "challenges_waiting": []}
    enforceable = moment.clocks(case).get("enforcement_application")
    return {
        **_outsiders(waiting, rules.outsiders_knew(case, local_date(moment.now)), moment),
        "court_confirmed": upheld,
        "still_enforceable": upheld and enforceable is not None and not enforceable.clock.stopped_at,
        **({} if upheld else {"enforcement_until": ""}),
    }


STEPS = (
    *(
        step
        for state in EVERYWHERE
        for step in (
            Step(
                state,
                "outsider_challenged",
                state,
                who=Role.HANDLER,
                form=schemas.OutsiderChallenge,
                guards=(rules.the_court_has_confirmed, rules.dated("knew_on", "ruled_on")),
                keeps="challenges_of_outsiders",
                repeatable=True,
                change=_challenged,
                starts=OUTSIDER_CLOCKS,
                lasts=_OUTSIDERS_LAST,
                since=_OUTSIDERS_SINCE,
                document="outsider_notice",
                basis="法释〔2011〕5号-10",
            ),
            Step(
                state,
                "challenge_ruled",
                state,
                who=Role.HANDLER,
                form=schemas.ChallengeRuling,
                guards=(
                    rules.CHALLENGERS.is_waited_for("登记案外人的异议", "outsider's challenge is on record"),
                    rules.ruled_after_his_challenge,
                ),
                keeps="challenge_rulings",
                repeatable=True,
                change=_challenge_ruled,
                stops=(*OUTSIDER_CLOCKS, "enforcement_application"),
                starts=(*OUTSIDER_CLOCKS, "enforcement_application"),
                lasts=(*_OUTSIDERS_LAST, ("enforcement_application", "still_enforceable")),
                since=(*_OUTSIDERS_SINCE, ("enforcement_application", "enforcement_from")),
                basis="法释〔2011〕5号-10",
            ),
        )
    ),
    *(
        step
        for state in EVERYWHERE
        for step in (
            Step(state, "objection_lapsed", state, who=Role.CLOCK, expires="outsider_objection"),
            Step(
                state,
                "challenge_lapsed",
                state,
                who=Role.CLOCK,
                expires="outsider_challenge",
                change=_challenge_over,
                basis="法释〔2011〕5号-10",
            ),
        )
    ),
)
