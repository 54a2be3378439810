"""What was agreed is performed and visited, or urged and its remedies told (人民调解法 31, 33)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Delivery, Role, Step
from services.mediation import facts, parties, rules, schemas
from services.mediation.stages.places import COURT, LYING, PERFORMING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

#: Where what was agreed may still be performed, late as it is.
LATE = (*LYING, "remedies_told")


def _remedies(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    last = rules.last_due(case, case.details["agreement"])
    # Who sues now sues upon the agreement: its time runs from when the last of it was due (民法典 189).
    suing = {"limitation_until": rules.told_until("limitation", last)}
    confirmed = bool(case.details.get("court_confirmed"))
    until = {"enforcement_until": rules.told_until("enforcement_application", last)} if confirmed else {}
    return {**rules.on("told_on")(case, form, moment), **suing, **until}


def performing_again(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Say for how long performance is waited for again, where a breach has ended that before the court was asked."""
    running = moment.clocks(case).get("performance")
    stopped = running is not None and running.clock.stopped_at is not None
    items = case.details["agreement"]["items"]
    return {"performance_days": rules.performance_days(items, local_date(moment.now)) if stopped else 0}


def _stands(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Say also whether a court may still be asked to confirm it."""
    kept = case.details
    may = kept.get("agreement_kind") == "written" and not kept.get("court_confirmed") and kept.get("effective_on")
    runs = may and rules.until("judicial_confirmation", date.fromisoformat(str(may))) >= local_date(moment.now)
    return {**performing_again(case, form, moment), "may_be_confirmed": bool(runs)}


def _struck(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    return rules.struck(case, form)


def _owed_again(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Wait again for what had been taken for performed, with the times that had ended with it."""
    return {**_stands(case, form, moment), **rules.struck(case, form), "breach_found": None}


def _cured(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {**performing_again(case, form, moment), "breach_found": None}


STEPS = (
    *(
        Step(
            state,
            "item_performed",
            state,
            who=Role.HANDLER,
            form=schemas.Performance,
            guards=(rules.items_exist, rules.nothing_is_overpaid, rules.it_has_happened),
            keeps="performances",
            repeatable=True,
            basis="人民调解法-31",
        )
        for state in (*LATE, *COURT)
    ),
    *(
        Step(
            state,
            "performance_struck",
            state,
            who=Role.HANDLER,
            form=schemas.Struck,
            guards=(rules.one_is_recorded,),
            keeps="",
            change=_struck,
            repeatable=True,
            basis="人民调解法-31",
        )
        for state in (*LATE, *COURT)
    ),
    # Found wrong when all had been taken for performed, as by a transfer that came back: it is owed again.
    Step(
        ("performed", "followed_up"),
        "performance_struck",
        "performing",
        who=Role.HANDLER,
        form=schemas.Struck,
        guards=(rules.one_is_recorded,),
        keeps="",
        change=_owed_again,
        repeatable=True,
        starts=("performance", "judicial_confirmation", "limitation", "enforcement_application"),
        lasts=(
            ("performance", "performance_days"),
            ("judicial_confirmation", "may_be_confirmed"),
            ("enforcement_application", "court_confirmed"),
        ),
        since=(
            ("judicial_confirmation", "effective_on"),
            ("limitation", "limitation_from"),
            ("enforcement_application", "enforcement_from"),
        ),
        stops=("follow_up_visit",),
        basis="人民调解法-31",
    ),
    Step(
        LATE,
        "performance_verified",
        "performed",
        who=Role.HANDLER,
        form=schemas.Performances,
        guards=(
            parties.everybody_is_represented,
            rules.items_exist,
            rules.nothing_is_overpaid,
            rules.it_has_happened,
            rules.everything_is_performed,
        ),
        tells=(facts.AgreementPerformed,),
        starts=("follow_up_visit",),
        stops=("performance", "urging", "judicial_confirmation", "enforcement_application", "limitation"),
        document="performance_proof",
        basis="人民调解法-31",
    ),
    Step("performing", "performance_fell_due", "performance_due", who=Role.CLOCK, expires="performance"),
    # Also of another item, whoever has to perform that, while the first is urged: the letter goes to whose it is.
    Step(
        LYING,
        "breach_found",
        "breached",
        who=Role.HANDLER,
        form=schemas.Breach,
        guards=(rules.items_exist, rules.breach_is_real),
        tells=(facts.AgreementBreached,),
        stops=("performance", "urging"),
        basis="人民调解法-31",
    ),
    Step(
        ("breached", "urged", "not_performed"),
        "performance_urged",
        "urged",
        who=Role.HANDLER,
        form=schemas.Urging,
        guards=(rules.dated("urged_on", "effective_on"),),
        document="urging_notice",
        serves=Delivery(
            document="urging_notice", on="urged_on", way="way", ways={"visit": "in_person", "letter": "by_post"}
        ),
        starts=("urging",),
        lasts=(("urging", "days"),),
        since=(("urging", "urged_on"),),
        basis="人民调解法-31",
    ),
    # Of several items one was late: the others are still to come.
    Step(
        ("breached", "urged", "not_performed", "remedies_told"),
        "breach_cured",
        "performing",
        who=Role.HANDLER,
        form=schemas.Cure,
        guards=(rules.nothing_is_overdue,),
        repeatable=True,
        change=_cured,
        stops=("urging",),
        starts=("performance",),
        lasts=(("performance", "performance_days"),),
        basis="人民调解法-31",
    ),
    Step("urged", "urging_was_in_vain", "not_performed", who=Role.CLOCK, expires="urging"),
    # Told anew where a court has set the confirmation aside since: the way is another one then.
    Step(
        ("not_performed", "remedies_told"),
        "remedies_told",
        "remedies_told",
        who=Role.HANDLER,
        form=schemas.Remedies,
        guards=(rules.remedies_fit, rules.dated("told_on", "effective_on")),
        change=_remedies,
        document="remedies_notice",
        stops=("judicial_confirmation",),
        basis="人民调解法-33",
    ),
    Step(
        (*PERFORMING, "not_performed", "remedies_told", "followed_up"),
        "mediation_reopened",
        "in_session",
        who=Role.HANDLER,
        form=schemas.Reopening,
        repeatable=True,
        starts=("mediation_period",),
        stops=("performance", "urging", "judicial_confirmation"),
        basis="人民调解法-31",
    ),
    # No other agreement has come about: the one that stands binds as before.
    Step(
        ("in_session", "period_over"),
        "agreement_stands",
        "performing",
        who=Role.HANDLER,
        form=schemas.Standing,
        guards=(rules.an_agreement_stands,),
        repeatable=True,
        change=_stands,
        starts=("performance", "judicial_confirmation"),
        lasts=(("performance", "performance_days"), ("judicial_confirmation", "may_be_confirmed")),
        since=(("judicial_confirmation", "effective_on"),),
        stops=("mediation_period", "continuation"),
        basis="人民调解法-31",
    ),
    Step(
        "performed",
        "follow_up_visited",
        "followed_up",
        who=Role.HANDLER,
        form=schemas.FollowUp,
        guards=(rules.dated("visited_on", "effective_on"),),
        change=rules.on("visited_on"),
        stops=("follow_up_visit",),
        document="follow_up_record",
    ),
)
