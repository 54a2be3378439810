"""The procedure of wage recovery, as one table.

    accepted -> roster -> liable party -> evidence -> coordination -> paid, checked -> concluded
      mediation -> settlement in instalments -> kept, or broken -> payment order, arbitration
      labour inspection (its result is awaited) -> order to pay -> compensation -> court, police
      arbitration (its award is awaited) -> award -> court

The street has no power of inspection: it prepares, brings together, hands over and follows up.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chassis import handling
from chassis.workcalendar import local_date
from chassis.workflow import Role, Step, Workflow
from services.wage_recovery import cautions, courts, debts, decisions, facts, orders, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.schemas import FormSchema
    from chassis.workflow import CaseView, Guard, Moment, Values

HANDLER = Role.HANDLER

#: From here on it is known who is owed how much.
ROSTERED = ("liable_party_due", "evidence_due", "coordination_due")
CLAIMING = ("roster_due", *ROSTERED)
INSPECTION = ("inspection_pending", "inspection_overdue")
INVESTIGATION = ("investigating", "investigation_overdue")
DECISION = ("decision_pending", "decision_overdue")
ARBITRATION = ("arbitration_pending", "arbitration_overdue")
PAYMENT_ORDER = ("payment_order_pending", "payment_order_overdue")
ENFORCEMENT = ("court_enforcing", "enforcement_overdue")
POLICE = ("crime_transferred", "crime_overdue")
LAWSUIT = ("sued", "sued_overdue")
CONFIRMATION = ("confirmation_pending", "confirmation_overdue")
#: The same before the arbitration commission.
ARBITRAL = ("arbitral_confirmation_pending", "arbitral_confirmation_overdue")
#: Wherever wages may be paid, whoever is at work on it.
PAYABLE = (
    "coordinated",
    "mediating",
    "settlement_performing",
    *CONFIRMATION,
    *ARBITRAL,
    "confirmation_refused",
    "settlement_broken",
    *INSPECTION,
    *INVESTIGATION,
    *DECISION,
    "ordered_to_pay",
    "compensation_due",
    "enforcement_due",
    *ENFORCEMENT,
    "enforcement_settled",
    *ARBITRATION,
    "awarded",
    "award_refused",
    *PAYMENT_ORDER,
    "payment_order_issued",
    *POLICE,
    *LAWSUIT,
    "judged",
    "judgment_refused",
)
#: All that an authority, a payer or a court is waited for with; payment ends them.
CLOCKS = (
    "labour_mediation",
    "settlement",
    "inspection_acceptance",
    "inspection_investigation",
    "investigation_extension",
    "inspection_decision",
    "order_to_pay",
    "arbitration_acceptance",
    "arbitration_award",
    "award_appeal",
    "award_setting_aside",
    "lawsuit_after_setting_aside",
    "payment_order_issue",
    "payment_order_objection",
    "arbitration_extension",
    "enforcement_application",
    "order_reconsideration",
    "order_suit",
    "decision_reconsideration",
    "decision_suit",
    "guarantee_payment",
    "enforcement_follow_up",
    "follow_up",
    "court_application",
    "lawsuit_follow_up",
    "judgment_appeal",
    "judicial_confirmation",
    "confirmation_acceptance",
    "confirmation_review",
    "arbitral_confirmation",
    "arbitral_confirmation_acceptance",
    "arbitral_confirmation_review",
    "trial",
    "enforcement_term",
    "property_search",
    "group_report",
    "fund_answer",
)
#: Of these, what was asked of others beside the claim and is still to come when the resident has his reply.
ASKED = ("guarantee_payment", "fund_answer")
#: A court that has the claim when the resident gets his reply goes on, and so do these.
IN_COURT = (
    *("lawsuit_follow_up", "trial", "follow_up", "judgment_appeal"),
    *("enforcement_application", "enforcement_follow_up", "enforcement_term"),
)
#: Within these a settlement may be confirmed.
CONFIRMABLE = ("judicial_confirmation", "arbitral_confirmation")
#: What the arrears leave behind, and neither payment nor reply ends: the list of defaulters, an empty guarantee, the police.
LEFT_BEHIND = ("blacklist", "list_answer", "guarantee_top_up", "fund_recovery", "police_answer", "criminal_case")
#: Whoever waits for the commission, or for what may be done about its award.
ARBITRATING = (
    "arbitration_acceptance",
    "arbitration_award",
    "arbitration_extension",
    "award_appeal",
    "award_setting_aside",
    "lawsuit_after_setting_aside",
)
#: Where the payer may be proposed for the list of defaulters.
DEFAULTING = ("ordered_to_pay", "compensation_due", "enforcement_due", *ENFORCEMENT, *POLICE)
#: From here the case can be concluded; in `paid` alone it is solved.
HANDED_ON = (*LAWSUIT, *POLICE)
#: Where nobody goes on: the workers do not want to, or the time to ask a court is over. Payment is taken all the same.
GIVEN_UP = ("not_pursued", "window_missed")
NOT_PAID = ("not_wages", "unfounded", "partly_paid", *GIVEN_UP)
#: What is left unpaid is looked after also when the resident has his reply.
AFTERWARDS = ("partly_paid", "concluded", "closed")
OPEN = (*CLAIMING, *PAYABLE, "paid", *NOT_PAID)
#: Where the county's fund is let ask back what it has advanced.
DEMANDING = (*CLAIMING, *PAYABLE, "paid", "unfounded", *GIVEN_UP, *AFTERWARDS)
#: What others were asked beside the claim goes on wherever the claim and the appeal are, also in another round.
EVERYWHERE = ("received", "return_pending", "accepted", *OPEN, "concluded", "rework_due", *handling.ENDS)


#: What an earlier round found, and opens nothing in the next.
_OF_A_ROUND = (
    "settlement",
    "payment_order_applied",
    "payment_order_served",
    "compensation_order",
    "decided_without_compensation",
    "decisions",
    "decision_enforced",
    "award",
    "award_effective_on",
    "award_refusal",
    "judgment_refusal",
    "award_set_aside",
    "arbitration_declined",
    "judgment",
    "judgment_in_effect",
    "appeal_withdrawn",
    "award_not_enforced",
    "decision_stands_on",
    "sums",
    "settlement_confirmed",
    "confirmation_accepted",
    "judgment_appealed",
    "by_commission",
    "unpaid",
    "payment_doubted",
    "payment_verified",
    "enforcement_ended",
    "enforcement_settled",
    "enforceable_since",
    "last_days",
    "lawsuit_filed",
    "lawsuit_accepted",
    "lawsuit_over",
    "enforcement_applied",
)


def _fresh(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {
        **debts.fund_carried(case, moment),
        "workers": form["workers"],
        "owed_cents": int(form["claimed_total"] * 100),
        "employer": form["employer"].strip(),
        "project": form["project"].strip(),
        "compared": False,
        "payments": [],
        "order": None,
        "orders": [],
        "award_is_final": False,
        "award_in_effect": False,
        **dict.fromkeys(_OF_A_ROUND),
    }


def _amended(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"employer": form["employer"].strip(), "project": form["project"].strip(), "compared": False}


def _roster_figures(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    rows, total = form["rows"], debts.total_owed(form["rows"])
    claimed = Decimal(case.details["claim"]["claimed_total"])
    return {
        "workers": len(debts.owed_by_worker(rows)),
        "owed_cents": int(total * 100),
        "owed_total": total,
        "roster_on": local_date(moment.now),
        "suspicions": [
            one.code for one in cautions.of_roster(rows, claimed=claimed, labour_share=form["labour_share"])
        ],
        "compared": False,
        "payments": [],
        "sums": None,
    }


def _liable(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"liable": debts.liable_parties(form, debts.unpaid(case))}


def _last_instalment(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    last = max(row["due_on"] for row in form["instalments"])
    return {
        "settlement_days": courts.days_until(last, local_date(moment.now)),
        "settlement_effective_on": form["effective_on"] or local_date(moment.now),
        "mediated": form["mediated_by"] != "nobody",
        **dict.fromkeys(("settlement_confirmed", "confirmation_accepted")),
    }


def _settled_in_court(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    last = max(row["due_on"] for row in form["instalments"])
    # Broken, the time to ask the court again runs from the last day on which it was to be paid (民事诉讼法 250).
    return {"settlement_days": courts.days_until(last, local_date(moment.now)), "enforceable_since": last}


def _broken(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    confirmed = bool(case.details.get("settlement_confirmed"))
    since = courts.enforceable("confirmed_settlement")(case, form, moment) if confirmed else {}
    return {"confirmed": confirmed, **since}


def _enforced_in_part(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {"may_resume": form["reason"] == "no_property_found", "enforcement_ended_on": local_date(moment.now)}


def _payment_withdrawn(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"payments": list(case.details["payments"])[:-1]}


def _with_the_last(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    last = [{"source": form["source"], "rows": form["rows"]}] if form["rows"] else []
    return {"payments": [*case.details["payments"], *last], "verified_on": local_date(moment.now)}


def _disobeyed(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    left = debts.outstanding(case)
    rows = case.details["roster"]["rows"]
    found = {"unpaid": sum(left.values(), Decimal(0)), "crime_signs": orders.crime_signs(rows, left)}
    return {**found, **orders.run_out(case, moment)}


def _award_final(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    # A mediation statement takes effect when both sides have received it; nobody sues against it (劳动争议调解仲裁法 42).
    agreed = form["kind"] == "mediation_statement"
    final = not agreed and courts.award_is_final(form["items"], form["monthly_minimum_wage"])
    kept = {**case.details, "award": form, "award_is_final": final}
    return {
        "award_is_final": final,
        "award_in_effect": final or agreed,
        "enforceable_since": courts.enforceable_from(kept, "award") if final or agreed else None,
        "award_appealable": not agreed,
        "appeal_over": agreed,
        **dict.fromkeys(("award_effective_on", "award_refusal")),
    }


def _award_in_effect(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {
        "award_in_effect": True,
        "appeal_over": True,
        # A final award could be enforced at once.
        "appeal_decides": not case.details["award_is_final"],
        "enforceable_since": courts.enforceable_from(case.details, "award"),
    }


def _refusal_stands(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    refused = case.details.get("judgment_refusal") or case.details.get("award_refusal")
    return {"unfounded": refused, "judgment_in_effect": True, "judgment_appealed": None}


def _rejection_stands(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {**_refusal_stands(case, form, moment), **courts.suit_over(case, form, moment)}


def _award_gone(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    gone = dict.fromkeys(("award", "enforceable_since"))
    return {"award_is_final": False, "award_in_effect": False, **gone, **debts.sums_without(case, "award")}


def _payment_order_gone(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"payment_order_served": None}


def _limitation(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    found = courts.arbitration_until(
        form["employment_ended_on"], form["last_claimed_on"], courts.interruptions_on_file(case, form["applied_on"])
    )
    return {
        "arbitration_until": found and found.until,
        "arbitration_late": found is not None and found.until < form["applied_on"],
        "arbitration_provisional": found is not None and found.provisional,
        **dict.fromkeys(("arbitration_accepted", "arbitration_extended", "arbitration_declined")),
        **dict.fromkeys(("award_set_aside", "award_not_enforced")),
    }


def _inspected_anew(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return dict.fromkeys(("inspection_accepted", "investigation_extended"))


def _police_declined(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return dict.fromkeys(("crime_transferred", "police_filed"))


def _conclusion(
    source: str | tuple[str, ...],
    trigger: str,
    form: type[handling.Conclusion],
    *guards: Guard,
    runs_on: tuple[str, ...] = (),
) -> Step:
    return Step(
        source,
        trigger,
        "concluded",
        who=HANDLER,
        keeps="concluded",
        form=form,
        guards=(*handling.BEFORE_THE_END, handling.claim_fits_outcome, *guards),
        change=rules.result_of,
        tells=(handling.CaseConcluded,),
        # What was asked of others beside the claim is still to come, and so is what a court decides that has it now.
        stops=("finish", "required", *(clock for clock in CLOCKS if clock not in (*ASKED, *runs_on))),
    )


_CLAIM = (
    Step(
        "accepted",
        "claim_registered",
        "roster_due",
        who=HANDLER,
        form=schemas.Claim,
        keeps="claim",
        change=_fresh,
        stops=IN_COURT,
        document="complaint_record",
        basis="保障农民工工资支付条例-10",
    ),
    *(
        # What the complaint or an application lacks is added wherever the claim is; the roster's figures stay.
        Step(
            state,
            "claim_amended",
            state,
            who=HANDLER,
            form=schemas.Claim,
            keeps="claim",
            change=_amended,
            document="complaint_record",
            basis="保障农民工工资支付条例-10",
        )
        for state in (*CLAIMING, *PAYABLE)
    ),
    Step(
        ("accepted", *CLAIMING, "coordinated"),
        "found_not_wages",
        "not_wages",
        who=HANDLER,
        form=schemas.NotWages,
        document="not_wages_notice",
        basis="保障农民工工资支付条例-52",
    ),
    *(
        Step(
            state,
            "group_incident_reported",
            state,
            who=HANDLER,
            form=schemas.GroupReport,
            keeps="group_reports",
            repeatable=True,
            guards=(rules.what_happened_is_past,),
            tells=(facts.GroupIncidentReported,),
            # Who hears nothing reports again, how it stands now.
            starts=("group_report",),
            since=(("group_report", "reported_at"),),
            document="group_incident_report",
            basis="劳动保障监察条例-14",
        )
        for state in ("accepted", *CLAIMING, *PAYABLE)
    ),
    *(
        Step(
            state,
            "group_incident_answered",
            state,
            who=HANDLER,
            form=schemas.GroupReportAnswer,
            guards=(debts.group_waits, rules.what_happened_is_past),
            keeps="group_answers",
            repeatable=True,
            stops=("group_report",),
            basis="劳动保障监察条例-14",
        )
        for state in ("accepted", *CLAIMING, *PAYABLE)
    ),
    Step(
        "roster_due",
        "roster_verified",
        "liable_party_due",
        who=HANDLER,
        form=schemas.Roster,
        guards=(
            debts.workers_are_told_apart,
            debts.roster_adds_up,
            debts.every_worker_has_signed,
            debts.group_is_reported,
        ),
        keeps="roster",
        change=_roster_figures,
        tells=(facts.RosterVerified,),
        document="wage_roster",
        basis="保障农民工工资支付条例-31",
    ),
    Step(
        (*ROSTERED, "coordinated"),
        "roster_reopened",
        "roster_due",
        who=HANDLER,
        form=schemas.Reopened,
        guards=(debts.no_payment_is_on_file,),
        repeatable=True,
        basis="保障农民工工资支付条例-31",
    ),
    *(
        # What comes to light later is found, and packed, anew.
        Step(
            source,
            "liable_party_found",
            target,
            who=HANDLER,
            form=schemas.LiabilityFacts,
            guards=(debts.liable_parties_are_named, debts.somebody_owes_the_rest),
            keeps="liability",
            change=_liable,
            tells=(facts.LiablePartyFound,),
            document="liability_findings",
            basis="保障农民工工资支付条例-30",
        )
        for source, target in (
            ("liable_party_due", "evidence_due"),
            *((state, state) for state in ("evidence_due", "coordination_due", "coordinated")),
        )
    ),
    *(
        Step(
            source,
            "evidence_packed",
            target,
            who=HANDLER,
            form=schemas.Evidence,
            guards=(debts.employer_was_asked,),
            keeps="evidence",
            document="evidence_list",
            basis="保障农民工工资支付条例-50",
        )
        for source, target in (
            ("evidence_due", "coordination_due"),
            *((state, state) for state in ("coordination_due", "coordinated", "settlement_broken", *ARBITRATION)),
        )
    ),
    Step(
        (*CLAIMING, "coordinated"),
        "claim_found_unfounded",
        "unfounded",
        who=HANDLER,
        form=schemas.Unfounded,
        keeps="unfounded",
    ),
    *(
        Step(
            state,
            "coordination_held",
            "coordinated",
            who=HANDLER,
            form=schemas.Coordination,
            guards=(rules.what_happened_is_past,),
            keeps="coordinations",
            repeatable=True,
            document="coordination_minutes",
            basis="保障农民工工资支付条例-4",
        )
        for state in ("coordination_due", "coordinated")
    ),
)

#: Of several calls the oldest that the bank has not answered has the clock, of several payouts the oldest not filled up.
_GUARANTEE: dict[str, Any] = {
    "stops": ("guarantee_payment", "guarantee_top_up"),
    "starts": ("guarantee_payment", "guarantee_top_up"),
    "lasts": (("guarantee_payment", "call_waits"), ("guarantee_top_up", "fill_waits")),
    "since": (("guarantee_payment", "call_since"), ("guarantee_top_up", "fill_since")),
}
#: Of several orders to pay the one that runs out next has the clock; each ends by itself.
_NEXT_ORDER: dict[str, Any] = {
    "starts": ("order_to_pay",),
    "lasts": (("order_to_pay", "order_days"),),
    "since": (("order_to_pay", "order_since"),),
}
#: Of several orders the one that was served last has the clocks in which they may be contested.
_ORDERS: dict[str, Any] = {
    "starts": ("order_reconsideration", "order_suit"),
    "lasts": (("order_reconsideration", "order_reconsidered"), ("order_suit", "order_sued")),
    "since": (("order_reconsideration", "last_ordered_on"), ("order_suit", "last_ordered_on")),
}
#: Of decisions upon several payers the one that stands first has the authority's time at court; the times to contest them are
#: those of the one that was served last.
_AT_COURT: dict[str, Any] = {
    "starts": ("court_application",),
    "lasts": (("court_application", "decision_runs"),),
    "since": (("court_application", "decision_stands_on"),),
}
_CONTESTED = ("decision_reconsideration", "decision_suit")
_DECISIONS: dict[str, Any] = {
    "starts": (*_AT_COURT["starts"], *_CONTESTED),
    "lasts": (
        *_AT_COURT["lasts"],
        *(("decision_reconsideration", "may_be_reconsidered"), ("decision_suit", "months_to_sue")),
    ),
    "since": (*_AT_COURT["since"], *((clock, "last_decided_on") for clock in _CONTESTED)),
}
#: Of several demands the one whose time is over next has the clock; each ends by itself.
_NEXT_DEMAND: dict[str, Any] = {
    "starts": ("fund_recovery",),
    "lasts": (("fund_recovery", "recovery_days"),),
    "since": (("fund_recovery", "recovery_since"),),
}

_PAYMENT = (
    *(
        Step(
            state,
            "payment_recorded",
            state,
            who=HANDLER,
            form=schemas.Payment,
            guards=(debts.payments_reach_the_workers, debts.nobody_gets_too_much, debts.fund_was_granted),
            keeps="payments",
            repeatable=True,
            tells=(facts.PaymentRecorded,),
            document="payment_receipts",
            basis="保障农民工工资支付条例-11",
        )
        # What a court brings in after the reply is paid out all the same.
        for state in (*ROSTERED, *PAYABLE, *GIVEN_UP, *AFTERWARDS)
    ),
    *(
        Step(
            state,
            "guarantee_called",
            state,
            who=HANDLER,
            form=schemas.GuaranteeCall,
            guards=(
                debts.guarantee_is_not_called_for_more_than_owed,
                debts.guarantee_holds_it,
                rules.what_happened_is_past,
            ),
            keeps="guarantee_calls",
            repeatable=True,
            change=debts.guarantee_stands("guarantee_calls"),
            **_GUARANTEE,
            document="guarantee_request",
            basis="保障农民工工资支付条例-32",
        )
        for state in (
            *("coordinated", *INVESTIGATION, *DECISION, "ordered_to_pay", "compensation_due", "enforcement_due"),
            *ENFORCEMENT,
        )
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=HANDLER,
            form=form,
            guards=(guard, rules.what_happened_is_past),
            repeatable=True,
            change=debts.guarantee_stands(trigger),
            **_GUARANTEE,
            basis="保障农民工工资支付条例-32",
        )
        for trigger, form, guard in (
            ("guarantee_paid", schemas.GuaranteePaid, debts.guarantee_was_called),
            ("guarantee_refused", schemas.GuaranteeRefusal, debts.guarantee_is_awaited),
            ("guarantee_topped_up", schemas.GuaranteeTopUp, debts.guarantee_was_called),
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "fund_asked",
            state,
            who=HANDLER,
            form=schemas.FundRequest,
            guards=(debts.something_is_unpaid, debts.fund_answers_first, rules.what_happened_is_past),
            repeatable=True,
            starts=("fund_answer",),
            since=(("fund_answer", "asked_on"),),
            document="emergency_fund_request",
            basis="保障农民工工资支付条例-63",
        )
        for state in (*ROSTERED, *PAYABLE)
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=HANDLER,
            form=form,
            guards=(debts.fund_was_asked, rules.what_happened_is_past),
            keeps=keeps,
            repeatable=True,
            starts=starts,
            lasts=tuple((clock, "days") for clock in starts),
            stops=stops,
            basis="保障农民工工资支付条例-63",
        )
        for trigger, form, keeps, starts, stops in (
            ("fund_answered", schemas.FundAnswer, None, (), ("fund_answer",)),
            ("fund_urged", schemas.Inquiry, "inquiries", ("fund_answer",), ()),
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=HANDLER,
            form=form,
            guards=(debts.no_more_than_advanced, rules.what_happened_is_past),
            repeatable=True,
            change=change,
            document=document,
            tells=tells,
            stops=("fund_recovery",),
            **_NEXT_DEMAND,
            basis="保障农民工工资支付条例-63",
        )
        for trigger, form, change, document, tells, states in (
            ("fund_recovery_demanded", schemas.FundDemand, debts.demand_made, "fund_recovery_demand", (), DEMANDING),
            (
                *("fund_recovered", schemas.FundRecovery, debts.demand_after, "fund_recovery"),
                *((facts.FundRecovered,), EVERYWHERE),
            ),
        )
        for state in states
    ),
    *(
        Step(
            state,
            "fund_demand_ran_out",
            state,
            who=Role.CLOCK,
            expires="fund_recovery",
            change=debts.demand_next,
            **_NEXT_DEMAND,
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "sums_fixed",
            state,
            who=Role.REVIEWER,
            form=schemas.FixedSums,
            apart=("roster_verified",),
            guards=(courts.sums_have_their_ground,),
            keeps="sums",
            document="fixed_sums",
            basis="保障农民工工资支付条例-31",
        )
        for state in (
            *("coordinated", "mediating", "awarded", "judged", "enforcement_due"),
            *(*ENFORCEMENT, "enforcement_settled"),
        )
    ),
    *(
        Step(
            state,
            "payment_doubted",
            state,
            who=Role.REVIEWER,
            form=schemas.PaymentDoubt,
            guards=(debts.there_is_a_payment,),
            change=_payment_withdrawn,
            tells=(facts.PaymentDoubted,),
        )
        for state in (*ROSTERED, *PAYABLE, *GIVEN_UP, *AFTERWARDS)
    ),
    Step(
        (*ROSTERED, *PAYABLE, *GIVEN_UP, "partly_paid"),
        "payment_verified",
        "paid",
        who=Role.REVIEWER,
        form=schemas.PaymentCheck,
        apart=("payment_recorded",),
        guards=(
            debts.payments_reach_the_workers,
            debts.nobody_gets_too_much,
            debts.fund_was_granted,
            debts.every_worker_is_paid,
            debts.every_worker_was_checked,
            decisions.compensation_is_paid,
        ),
        change=_with_the_last,
        tells=(facts.WagesPaid,),
        stops=CLOCKS,
        document="payment_check_record",
        basis="保障农民工工资支付条例-11",
    ),
)


_ENFORCEABLE = (("enforcement_application", "enforceable_since"),)
_OF_THE_SETTLEMENT = tuple((clock, "settlement_effective_on") for clock in CONFIRMABLE)


def _confirmed_by(
    states: tuple[str, str],
    applied: str,
    form: type[FormSchema],
    *,
    within: str,
    waits: tuple[str, str],
    asked: str,
    document: str,
    bases: tuple[str, str, str],
) -> tuple[Step, ...]:
    """Make the steps by which a settlement is confirmed: by a court, or by the arbitration commission."""
    pending, overdue = states
    accepting, reviewing = waits
    joint, accepted, refused = bases
    after = (*waits, "follow_up")
    ruled = (rules.what_happened_is_past, rules.follows(applied, "applied_on", "ruled_on"))
    return (
        Step(
            "settlement_performing",
            applied,
            pending,
            who=HANDLER,
            form=form,
            guards=(
                courts.settlement_was_mediated,
                courts.confirmation_is_joint,
                courts.confirmation_is_in_time(within),
                courts.is_not_confirmed_yet,
                rules.what_happened_is_past,
            ),
            starts=(accepting,),
            since=((accepting, "applied_on"),),
            stops=CONFIRMABLE,
            document=document,
            basis=joint,
        ),
        Step(
            states,
            "confirmation_accepted",
            pending,
            who=HANDLER,
            form=schemas.ConfirmationAcceptance,
            guards=(rules.what_happened_is_past, rules.follows(applied, "applied_on", "accepted_on")),
            starts=(reviewing,),
            since=((reviewing, "accepted_on"),),
            stops=(accepting, "follow_up"),
            basis=accepted,
        ),
        *(
            Step(pending, trigger, overdue, who=Role.CLOCK, expires=clock)
            for trigger, clock in (
                ("acceptance_overdue", accepting),
                ("ruling_overdue", reviewing),
                ("answer_overdue", "follow_up"),
            )
        ),
        Step(
            states,
            asked,
            pending,
            who=HANDLER,
            form=schemas.Inquiry,
            keeps="inquiries",
            repeatable=True,
            starts=("follow_up",),
            lasts=(("follow_up", "days"),),
        ),
        Step(
            states,
            "settlement_confirmed",
            "settlement_performing",
            who=HANDLER,
            form=schemas.ConfirmationRuling,
            guards=ruled,
            change=courts.who_looked_at_it,
            tells=(facts.ConfirmationDecided,),
            stops=after,
            basis=joint,
        ),
        Step(
            states,
            "confirmation_refused",
            "confirmation_refused",
            who=HANDLER,
            form=schemas.ConfirmationRefusal,
            guards=ruled,
            change=courts.who_looked_at_it,
            tells=(facts.ConfirmationDecided,),
            stops=after,
            basis=refused,
        ),
        Step(
            states,
            "confirmation_withdrawn",
            "settlement_performing",
            who=HANDLER,
            form=schemas.ConfirmationWithdrawal,
            # They may apply anew, here or there, while its days run.
            starts=CONFIRMABLE,
            since=_OF_THE_SETTLEMENT,
            stops=after,
            basis=joint,
        ),
    )


_SETTLEMENT = (
    Step(
        ("coordinated", "confirmation_refused"),
        "mediation_started",
        "mediating",
        who=HANDLER,
        form=schemas.MediationRequest,
        guards=(rules.what_happened_is_past,),
        starts=("labour_mediation",),
        since=(("labour_mediation", "asked_on"),),
        stops=("settlement",),
        basis="劳动争议调解仲裁法-14",
    ),
    Step("mediating", "mediation_ran_out", "coordinated", who=Role.CLOCK, expires="labour_mediation"),
    Step(
        "mediating",
        "mediation_failed",
        "coordinated",
        who=HANDLER,
        form=schemas.MediationFailure,
        stops=("labour_mediation",),
        basis="劳动争议调解仲裁法-14",
    ),
    Step(
        ("mediating", "coordinated", "confirmation_refused", "settlement_broken"),
        "settlement_agreed",
        "settlement_performing",
        who=HANDLER,
        form=schemas.Settlement,
        guards=(
            courts.is_not_enforceable_yet,
            courts.settlement_is_signed,
            courts.instalments_add_up,
            courts.instalments_lie_ahead,
            rules.what_happened_is_past,
        ),
        keeps="settlement",
        change=_last_instalment,
        tells=(facts.SettlementAgreed,),
        starts=("settlement", *CONFIRMABLE),
        lasts=(("settlement", "settlement_days"), *((clock, "mediated") for clock in CONFIRMABLE)),
        since=_OF_THE_SETTLEMENT,
        stops=("labour_mediation",),
        document="settlement_agreement",
        basis="劳动争议调解仲裁法-14",
    ),
    Step(
        "settlement_performing",
        "settlement_fell_due",
        "settlement_broken",
        who=Role.CLOCK,
        expires="settlement",
        guards=(debts.something_is_unpaid,),
        change=_broken,
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        lasts=(("enforcement_application", "confirmed"),),
        since=_ENFORCEABLE,
        stops=CONFIRMABLE,
    ),
    Step(
        "settlement_performing",
        "settlement_breached",
        "settlement_broken",
        who=HANDLER,
        form=schemas.SettlementBreach,
        change=_broken,
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        lasts=(("enforcement_application", "confirmed"),),
        since=_ENFORCEABLE,
        stops=("settlement", *CONFIRMABLE),
        basis="劳动争议调解仲裁法-15",
    ),
    Step(
        "settlement_broken",
        "enforcement_applied",
        "court_enforcing",
        who=HANDLER,
        form=schemas.Enforcement,
        guards=(courts.settlement_is_confirmed, courts.enforces_what_is_there, rules.what_happened_is_past),
        change=decisions.ask_court,
        tells=(facts.EnforcementRequested,),
        starts=("enforcement_follow_up",),
        since=(("enforcement_follow_up", "applied_on"),),
        stops=("enforcement_application",),
        document="enforcement_application",
        basis="人民调解法-33",
    ),
    *_confirmed_by(
        CONFIRMATION,
        "confirmation_applied",
        schemas.ConfirmationApplication,
        within="judicial_confirmation",
        waits=("confirmation_acceptance", "confirmation_review"),
        asked="court_asked",
        document="confirmation_application",
        bases=("人民调解法-33", "法释〔2011〕5号-5", "法释〔2011〕5号-7"),
    ),
    *_confirmed_by(
        ARBITRAL,
        "arbitral_confirmation_applied",
        schemas.ArbitralConfirmation,
        within="arbitral_confirmation",
        waits=("arbitral_confirmation_acceptance", "arbitral_confirmation_review"),
        asked="arbitration_asked",
        document="arbitral_confirmation_application",
        bases=("山东省多元化解纠纷促进条例-41", "劳动人事争议仲裁办案规则-76", "劳动人事争议仲裁办案规则-76"),
    ),
    # What no court has confirmed still binds both sides; they may go on, agree anew, or go to law.
    Step("confirmation_refused", "settlement_goes_on", "settlement_performing", who=HANDLER, form=schemas.GoingOn),
    Step(
        ("coordinated", "settlement_broken"),
        "payment_order_applied",
        "payment_order_pending",
        who=HANDLER,
        form=schemas.PaymentOrderRequest,
        guards=(rules.what_happened_is_past, courts.payment_order_has_its_ground),
        starts=("payment_order_issue",),
        since=(("payment_order_issue", "applied_on"),),
        document="payment_order_application",
        basis="劳动争议调解仲裁法-16",
    ),
    Step(
        "payment_order_pending",
        "payment_order_late",
        "payment_order_overdue",
        who=Role.CLOCK,
        expires="payment_order_issue",
    ),
    Step("payment_order_pending", "answer_overdue", "payment_order_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        PAYMENT_ORDER,
        "court_asked",
        "payment_order_pending",
        who=HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        PAYMENT_ORDER,
        "payment_order_served",
        "payment_order_issued",
        who=HANDLER,
        form=schemas.PaymentOrder,
        guards=(rules.what_happened_is_past,),
        starts=("payment_order_objection",),
        since=(("payment_order_objection", "served_on"),),
        stops=("payment_order_issue", "follow_up"),
        basis="民事诉讼法-227",
    ),
    Step(
        (*PAYMENT_ORDER, "payment_order_issued"),
        "payment_order_failed",
        "coordinated",
        who=HANDLER,
        form=schemas.Objection,
        change=_payment_order_gone,
        stops=("payment_order_issue", "payment_order_objection", "follow_up"),
        basis="民事诉讼法-228",
    ),
    Step(
        "payment_order_issued",
        "objection_time_ran_out",
        "enforcement_due",
        who=Role.CLOCK,
        expires="payment_order_objection",
        change=courts.enforceable("payment_order"),
        starts=("enforcement_application",),
        since=_ENFORCEABLE,
        basis="民事诉讼法-227",
    ),
)

#: Of several decisions on the list that are awaited the one asked for first has the clock.
_LIST_ANSWER: dict[str, Any] = {
    "starts": ("list_answer",),
    "lasts": (("list_answer", "list_waits"),),
    "since": (("list_answer", "list_asked_since"),),
}

_INSPECTION = (
    Step(
        ("coordinated", "settlement_broken", "confirmation_refused"),
        "referred_to_inspection",
        "inspection_pending",
        who=(HANDLER, Role.LEADER),
        form=schemas.InspectionRequest,
        guards=(orders.inspection_is_in_time, rules.what_happened_is_past),
        change=_inspected_anew,
        tells=(facts.InspectionRequested,),
        starts=("inspection_acceptance",),
        since=(("inspection_acceptance", "handed_over_on"),),
        stops=("settlement",),
        document="inspection_transfer_letter",
        basis="山东省劳动和社会保障监察条例-8",
    ),
    Step(
        "inspection_pending",
        "acceptance_overdue",
        "inspection_overdue",
        who=Role.CLOCK,
        expires="inspection_acceptance",
    ),
    Step("inspection_pending", "answer_overdue", "inspection_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        INSPECTION,
        "inspection_asked",
        "inspection_pending",
        who=HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        INSPECTION,
        "inspection_accepted",
        "investigating",
        who=HANDLER,
        form=schemas.InspectionAcceptance,
        guards=(rules.what_happened_is_past,),
        starts=("inspection_investigation",),
        since=(("inspection_investigation", "filed_on"),),
        stops=("inspection_acceptance", "follow_up"),
        basis="劳动保障监察条例-17",
    ),
    Step(
        INSPECTION,
        "inspection_supplemented",
        "inspection_pending",
        who=HANDLER,
        form=schemas.InspectionSupplement,
        guards=(
            rules.what_happened_is_past,
            rules.follows("referred_to_inspection", "handed_over_on", "supplemented_on"),
        ),
        repeatable=True,
        # It takes in what is whole: its days count anew.
        starts=("inspection_acceptance",),
        since=(("inspection_acceptance", "supplemented_on"),),
        stops=("follow_up",),
        basis="关于实施劳动保障监察条例若干规定-18",
    ),
    Step(
        INSPECTION,
        "inspection_declined",
        "coordinated",
        who=HANDLER,
        form=schemas.InspectionRefusal,
        stops=("inspection_acceptance", "follow_up"),
        basis="劳动保障监察条例-21",
    ),
    Step(
        (*INSPECTION, *INVESTIGATION, *DECISION, "compensation_due"),
        "inspection_dropped",
        "coordinated",
        who=HANDLER,
        form=schemas.InspectionDropped,
        guards=(rules.what_happened_is_past,),
        stops=(
            *("inspection_acceptance", "inspection_investigation", "investigation_extension", "inspection_decision"),
            "follow_up",
        ),
        basis="关于实施劳动保障监察条例若干规定-37",
    ),
    Step(
        "investigating",
        "investigation_ran_out",
        "investigation_overdue",
        who=Role.CLOCK,
        expires="inspection_investigation",
    ),
    Step(
        "investigating", "extension_ran_out", "investigation_overdue", who=Role.CLOCK, expires="investigation_extension"
    ),
    Step("investigating", "answer_overdue", "investigation_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        INVESTIGATION,
        "investigation_extended",
        "investigating",
        who=HANDLER,
        form=schemas.InvestigationExtension,
        guards=(rules.what_happened_is_past, orders.is_extended_once),
        change=orders.investigated_until,
        starts=("investigation_extension",),
        lasts=(("investigation_extension", "workdays"),),
        since=(("investigation_extension", "extended_from"),),
        stops=("inspection_investigation", "follow_up"),
        basis="劳动保障监察条例-17",
    ),
    Step(
        "investigation_overdue",
        "inspection_asked",
        "investigating",
        who=HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        INVESTIGATION,
        "investigation_ended",
        "decision_pending",
        who=HANDLER,
        form=schemas.InvestigationEnd,
        guards=(rules.what_happened_is_past,),
        starts=("inspection_decision",),
        since=(("inspection_decision", "ended_on"),),
        stops=("inspection_investigation", "investigation_extension", "follow_up"),
        basis="关于实施劳动保障监察条例若干规定-37",
    ),
    Step("decision_pending", "decision_ran_out", "decision_overdue", who=Role.CLOCK, expires="inspection_decision"),
    Step("decision_pending", "answer_overdue", "decision_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        "decision_overdue",
        "inspection_asked",
        "decision_pending",
        who=HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        (*INVESTIGATION, *DECISION),
        "no_violation_found",
        "coordinated",
        who=HANDLER,
        form=schemas.NoViolation,
        stops=("inspection_investigation", "investigation_extension", "inspection_decision", "follow_up"),
        basis="劳动保障监察条例-18",
    ),
    Step(
        # Also to the next liable party, while the first has not paid.
        (*INVESTIGATION, *DECISION, "ordered_to_pay", "compensation_due", "enforcement_due"),
        "payment_ordered",
        "ordered_to_pay",
        who=HANDLER,
        form=schemas.OrderToPay,
        guards=(
            orders.order_is_served,
            orders.order_is_not_above_what_is_owed,
            orders.order_comes_first_for_this_payer,
            rules.what_happened_is_past,
            orders.served_after_the_revocation,
        ),
        keeps="order",
        change=orders.add_order,
        tells=(facts.PaymentOrdered,),
        starts=(*_NEXT_ORDER["starts"], *_ORDERS["starts"]),
        lasts=(*_NEXT_ORDER["lasts"], *_ORDERS["lasts"]),
        since=(*_NEXT_ORDER["since"], *_ORDERS["since"]),
        stops=("inspection_investigation", "investigation_extension", "inspection_decision", "follow_up"),
        document="order_to_pay",
        basis="劳动保障监察条例-26",
    ),
    # An order that is revoked binds nobody: the authority decides anew, or goes on by those that stand.
    *(
        Step(
            state,
            trigger,
            target or state,
            who=HANDLER,
            form=schemas.OrderRevocation,
            guards=(orders.order_stands, rules.what_happened_is_past, guard),
            keeps="orders_revoked",
            repeatable=True,
            change=decisions.revoke_order,
            tells=(facts.OrderRevoked,),
            starts=starts,
            lasts=lasts,
            since=since,
            stops=stops,
            document="order_revocation",
            basis="行政复议法-64",
        )
        for state in ("ordered_to_pay", "compensation_due", "enforcement_due", *ENFORCEMENT, *POLICE)
        for trigger, target, guard, starts, lasts, since, stops in (
            (
                "order_revoked",
                "decision_pending",
                orders.no_other_order_stands,
                ("inspection_decision", *_DECISIONS["starts"]),
                _DECISIONS["lasts"],
                (("inspection_decision", "revoked_on"), *_DECISIONS["since"]),
                (
                    *("order_to_pay", *_ORDERS["starts"], *_DECISIONS["starts"], "enforcement_follow_up"),
                    *("enforcement_term", "follow_up"),
                ),
            ),
            (
                *("order_revoked_others_stand", "", orders.another_order_stands),
                (*_NEXT_ORDER["starts"], *_ORDERS["starts"], *_DECISIONS["starts"]),
                (*_NEXT_ORDER["lasts"], *_ORDERS["lasts"], *_DECISIONS["lasts"]),
                (*_NEXT_ORDER["since"], *_ORDERS["since"], *_DECISIONS["since"]),
                ("order_to_pay", *_ORDERS["starts"], *_DECISIONS["starts"]),
            ),
        )
    ),
    Step(
        "ordered_to_pay",
        "order_expired",
        "compensation_due",
        who=Role.CLOCK,
        expires="order_to_pay",
        guards=(debts.something_is_unpaid,),
        change=_disobeyed,
        tells=(facts.OrderDisobeyed,),
        # Until the authority has decided what comes of it.
        starts=("follow_up", *_NEXT_ORDER["starts"]),
        lasts=_NEXT_ORDER["lasts"],
        since=_NEXT_ORDER["since"],
        basis="劳动保障监察条例-26",
    ),
    *(
        # Another payer's order runs out while the first is dealt with already.
        Step(
            state,
            "another_order_expired",
            state,
            who=Role.CLOCK,
            expires="order_to_pay",
            guards=(debts.something_is_unpaid,),
            change=_disobeyed,
            tells=(facts.OrderDisobeyed,),
            **_NEXT_ORDER,
            basis="劳动保障监察条例-26",
        )
        for state in (*PAYABLE, "partly_paid")
        if state != "ordered_to_pay"
    ),
    Step(
        "ordered_to_pay",
        "order_found_disobeyed",
        "compensation_due",
        who=HANDLER,
        guards=(debts.something_is_unpaid, orders.order_has_run_out),
        change=_disobeyed,
        tells=(facts.OrderDisobeyed,),
        # Until the authority has decided what comes of it.
        starts=("follow_up", *_NEXT_ORDER["starts"]),
        lasts=_NEXT_ORDER["lasts"],
        since=_NEXT_ORDER["since"],
        stops=_NEXT_ORDER["starts"],
        basis="劳动保障监察条例-26",
    ),
    Step(
        "compensation_due",
        "inspection_asked",
        "compensation_due",
        who=HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    # While the police look at the case, or a court enforces what was decided upon another payer, the authority decides all the same.
    *(
        Step(
            source,
            trigger,
            target,
            who=HANDLER,
            form=form,
            guards=(decisions.upon_whom, within, rules.what_happened_is_past),
            keeps=keeps,
            change=decisions.decide,
            tells=tells,
            **_DECISIONS,
            stops=("follow_up",) if source != target else (),
            document=keeps,
            basis=basis,
        )
        for source, target in (
            *((state, "enforcement_due") for state in ("compensation_due", *POLICE, "enforcement_due")),
            *((state, state) for state in ENFORCEMENT),
        )
        for trigger, form, within, keeps, tells, basis in (
            (
                *("compensation_ordered", schemas.Compensation, decisions.compensation_is_in_range),
                *("compensation_order", (facts.CompensationOrdered,), "劳动保障监察条例-26"),
            ),
            (
                *("decided_without_compensation", schemas.AdministrativeDecision),
                *(orders.order_is_not_above_what_is_owed, "decided_without_compensation", ()),
                "保障农民工工资支付条例-42",
            ),
        )
    ),
    # A decision that is revoked binds nobody: the authority decides anew, or the claim goes on by those upon other payers.
    *(
        Step(
            state,
            trigger,
            target,
            who=HANDLER,
            form=schemas.OrderRevocation,
            guards=(decisions.stands, guard, rules.what_happened_is_past),
            keeps="decisions_revoked",
            repeatable=True,
            change=decisions.revoke,
            starts=(*_DECISIONS["starts"], *(("follow_up",) if target != state else ())),
            lasts=_DECISIONS["lasts"],
            since=_DECISIONS["since"],
            stops=(
                *_DECISIONS["starts"],
                *(("enforcement_follow_up", "enforcement_term", "follow_up") if target != state else ()),
            ),
            document="decision_revocation",
            basis="行政复议法-64",
        )
        for state, trigger, target, guard in (
            *(
                (state, "decision_revoked", "compensation_due", decisions.no_other_stands)
                for state in ("enforcement_due", *ENFORCEMENT)
            ),
            *(
                (state, "decision_revoked_others_stand", state, decisions.another_stands)
                for state in ("enforcement_due", *ENFORCEMENT)
            ),
            # Where the authority is waited for anyway, or the police are.
            *((state, "decision_revoked", state, decisions.stands) for state in ("compensation_due", *POLICE)),
        )
    ),
    # Where another payer's order has run out after the decision.
    Step(
        "compensation_due",
        "decision_goes_on",
        "enforcement_due",
        who=HANDLER,
        guards=(courts.is_decided,),
        stops=("follow_up",),
    ),
    *(
        # The court goes on enforcing while the police look at the case, and the time to ask it runs on.
        Step(
            source,
            "crime_transferred",
            target,
            who=HANDLER,
            form=schemas.CrimeTransfer,
            guards=(orders.order_was_disobeyed, orders.police_have_nothing, rules.what_happened_is_past),
            change=orders.hand_to_the_police,
            tells=(facts.CrimeTransferred,),
            starts=("police_answer",),
            since=(("police_answer", "handed_over_on"),),
            stops=("follow_up",) if source == "compensation_due" else (),
            document="crime_transfer_letter",
            basis="保障农民工工资支付条例-41",
        )
        for source, target in (
            ("compensation_due", "crime_transferred"),
            ("enforcement_due", "crime_transferred"),
            *((state, state) for state in ENFORCEMENT),
        )
    ),
    Step("enforcement_due", "police_awaited", "crime_transferred", who=HANDLER, guards=(orders.police_have_it,)),
    *(
        Step("crime_transferred", trigger, "crime_overdue", who=Role.CLOCK, expires=clock)
        for trigger, clock in (
            ("answer_overdue", "police_answer"),
            ("criminal_case_silent", "criminal_case"),
            # Begun before the police had a clock of their own.
            ("follow_up_over", "follow_up"),
        )
    ),
    *(
        Step(
            state,
            trigger,
            "crime_transferred" if state in POLICE else state,
            who=HANDLER,
            form=form,
            guards=(orders.police_have_it, *guards, rules.what_happened_is_past),
            keeps=keeps,
            repeatable=repeatable,
            change=change,
            starts=starts,
            lasts=lasts,
            since=since,
            stops=("police_answer", "criminal_case", *(("follow_up",) if state in POLICE else ())),
            basis="保障农民工工资支付条例-41",
        )
        for trigger, form, guards, keeps, repeatable, change, starts, lasts, since in (
            (
                *("police_asked", schemas.Inquiry, (), "inquiries", True, None),
                *(("police_answer",), (("police_answer", "days"),), ()),
            ),
            (
                *("police_filed", schemas.PoliceFiling, (orders.police_have_not_filed,), None, False, None),
                *(("criminal_case",), (), (("criminal_case", "filed_on"),)),
            ),
            (
                *("criminal_case_ended", schemas.CriminalCaseEnd, (orders.police_have_filed,), "", False),
                *(orders.criminal_case_over, (), (), ()),
            ),
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            source,
            trigger,
            target,
            who=HANDLER,
            form=schemas.PoliceRefusal,
            guards=(orders.police_have_it, orders.police_have_not_filed, guard),
            keeps="police_declined",
            change=_police_declined,
            starts=("follow_up",) if target == "compensation_due" and source != target else (),
            stops=("police_answer", "follow_up") if source in POLICE else ("police_answer",),
            basis="保障农民工工资支付条例-41",
        )
        for source, trigger, target, guard in (
            *((state, "police_declined", "compensation_due", courts.is_undecided) for state in POLICE),
            *((state, "police_declined_after_decision", "enforcement_due", courts.is_decided) for state in POLICE),
            # Elsewhere nobody waits for them.
            *((state, "police_declined", state, orders.police_have_it) for state in EVERYWHERE if state not in POLICE),
        )
    ),
    *(
        Step(
            state,
            "blacklisting_proposed",
            state,
            who=HANDLER,
            form=schemas.Blacklisting,
            guards=(
                orders.order_was_disobeyed,
                orders.payer_has_disobeyed,
                orders.nobody_is_proposed,
                orders.is_serious,
                rules.what_happened_is_past,
            ),
            change=orders.propose,
            keeps="blacklistings",
            repeatable=True,
            **_LIST_ANSWER,
            document="blacklisting_proposal",
            basis="保障农民工工资支付条例-48",
        )
        for state in DEFAULTING
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=HANDLER,
            form=form,
            guards=(*guards, rules.what_happened_is_past),
            change=change,
            # The case's clocks are of whoever was listed last and still is, and of who has waited longest for a decision.
            stops=(*moved, "list_answer"),
            starts=(*moved, "list_answer"),
            lasts=(*((clock, "still_listed") for clock in moved), ("list_answer", "list_waits")),
            since=(*((clock, "listed_since") for clock in moved), ("list_answer", "list_asked_since")),
            basis="拖欠农民工工资失信联合惩戒名单",
        )
        for trigger, form, guards, change, moved in (
            ("blacklisting_declined", schemas.BlacklistRefusal, (orders.is_proposed,), orders.decline, ()),
            (
                "blacklisted",
                schemas.Blacklisted,
                (orders.is_proposed, orders.was_told_before),
                orders.enlist,
                ("blacklist",),
            ),
            (
                "removal_requested",
                schemas.RemovalRequest,
                (orders.is_listed, orders.may_be_removed_early),
                orders.ask_for_removal,
                (),
            ),
            ("removal_declined", schemas.RemovalRefusal, (orders.removal_is_asked,), orders.keep_listed, ()),
            (
                "blacklist_removed",
                schemas.BlacklistRemoval,
                (orders.is_listed, orders.removal_has_its_ground),
                orders.remove,
                ("blacklist",),
            ),
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "list_urged",
            state,
            who=HANDLER,
            form=schemas.Inquiry,
            guards=(orders.list_is_awaited,),
            keeps="inquiries",
            repeatable=True,
            starts=("list_answer",),
            lasts=(("list_answer", "days"),),
            basis="拖欠农民工工资失信联合惩戒名单",
        )
        for state in EVERYWHERE
    ),
)

_COURTS = (
    Step(
        ("coordinated", "settlement_broken", "confirmation_refused"),
        "referred_to_arbitration",
        "arbitration_pending",
        who=HANDLER,
        form=schemas.ArbitrationRequest,
        guards=(rules.what_happened_is_past,),
        change=_limitation,
        tells=(facts.ArbitrationRequested,),
        starts=("arbitration_acceptance",),
        since=(("arbitration_acceptance", "applied_on"),),
        stops=("settlement",),
        document="arbitration_application",
        basis="劳动争议调解仲裁法-28",
    ),
    Step(
        "arbitration_pending",
        "acceptance_overdue",
        "arbitration_overdue",
        who=Role.CLOCK,
        expires="arbitration_acceptance",
    ),
    Step("arbitration_pending", "award_overdue", "arbitration_overdue", who=Role.CLOCK, expires="arbitration_award"),
    Step("arbitration_pending", "answer_overdue", "arbitration_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        ARBITRATION,
        "arbitration_accepted",
        "arbitration_pending",
        who=HANDLER,
        form=schemas.ArbitrationAcceptance,
        guards=(rules.what_happened_is_past,),
        starts=("arbitration_award",),
        since=(("arbitration_award", "accepted_on"),),
        stops=("arbitration_acceptance", "follow_up"),
        basis="劳动争议调解仲裁法-43",
    ),
    Step(
        ARBITRATION,
        "arbitration_declined",
        "coordinated",
        who=HANDLER,
        form=schemas.ArbitrationRefusal,
        stops=(*ARBITRATING, "follow_up"),
        basis="劳动争议调解仲裁法-29",
    ),
    Step(
        ARBITRATION,
        "arbitration_withdrawn",
        "coordinated",
        who=HANDLER,
        form=schemas.LawsuitWithdrawal,
        stops=(*ARBITRATING, "follow_up"),
        basis="劳动争议调解仲裁法-41",
    ),
    Step(
        ARBITRATION,
        "arbitration_extended",
        "arbitration_pending",
        who=HANDLER,
        form=schemas.ArbitrationExtension,
        guards=(rules.what_happened_is_past, courts.arbitration_is_accepted, orders.is_extended_once),
        change=orders.arbitrated_until,
        starts=("arbitration_extension",),
        lasts=(("arbitration_extension", "days"),),
        since=(("arbitration_extension", "extended_from"),),
        stops=("arbitration_award", "follow_up"),
        basis="劳动争议调解仲裁法-43",
    ),
    Step(
        "arbitration_pending",
        "extension_ran_out",
        "arbitration_overdue",
        who=Role.CLOCK,
        expires="arbitration_extension",
    ),
    Step(
        ARBITRATION,
        "arbitration_asked",
        "arbitration_pending",
        who=HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        ARBITRATION,
        "award_made",
        "awarded",
        who=HANDLER,
        form=schemas.Award,
        guards=(rules.what_happened_is_past, rules.comes_in_order("made_on", "received_on")),
        keeps="award",
        change=_award_final,
        tells=(facts.AwardMade,),
        starts=("award_appeal", "award_setting_aside", "enforcement_application"),
        lasts=(
            ("award_appeal", "award_appealable"),
            ("award_setting_aside", "award_is_final"),
            ("enforcement_application", "award_in_effect"),
        ),
        since=(("award_appeal", "received_on"), ("award_setting_aside", "received_on"), *_ENFORCEABLE),
        stops=("arbitration_acceptance", "arbitration_award", "arbitration_extension", "follow_up"),
        basis="劳动争议调解仲裁法-47",
    ),
    Step(
        ARBITRATION,
        "claim_rejected",
        "award_refused",
        who=HANDLER,
        form=schemas.AwardRefusal,
        guards=(rules.what_happened_is_past,),
        keeps="award_refusal",
        starts=("award_appeal",),
        since=(("award_appeal", "received_on"),),
        stops=("arbitration_acceptance", "arbitration_award", "arbitration_extension", "follow_up"),
        basis="劳动争议调解仲裁法-50",
    ),
    Step(
        "award_refused",
        "rejection_stands",
        "unfounded",
        who=Role.CLOCK,
        expires="award_appeal",
        change=_refusal_stands,
        basis="劳动争议调解仲裁法-50",
    ),
    Step(
        "awarded",
        "award_took_effect",
        "awarded",
        who=Role.CLOCK,
        expires="award_appeal",
        change=_award_in_effect,
        starts=("enforcement_application",),
        lasts=(("enforcement_application", "appeal_decides"),),
        since=_ENFORCEABLE,
        basis="劳动争议调解仲裁法-50",
    ),
    Step(
        ("awarded", *ENFORCEMENT),
        "award_set_aside",
        "coordinated",
        who=HANDLER,
        form=schemas.SetAside,
        guards=(courts.award_was_final, rules.what_happened_is_past),
        change=_award_gone,
        starts=("lawsuit_after_setting_aside",),
        since=(("lawsuit_after_setting_aside", "received_on"),),
        stops=("award_appeal", "award_setting_aside", "enforcement_application", "enforcement_follow_up", "follow_up"),
        basis="劳动争议调解仲裁法-49",
    ),
    Step(
        ("coordinated", "settlement_broken", "confirmation_refused", *ARBITRATION, "awarded", "award_refused"),
        "lawsuit_filed",
        "sued",
        who=HANDLER,
        form=schemas.Lawsuit,
        guards=(courts.lawsuit_has_its_ground, rules.what_happened_is_past),
        change=courts.suit_begins,
        starts=("lawsuit_follow_up",),
        since=(("lawsuit_follow_up", "filed_on"),),
        stops=(*ARBITRATING, "settlement", "enforcement_application", "follow_up"),
        document="legal_aid_referral",
        basis="劳动争议调解仲裁法-50",
    ),
    Step("sued", "lawsuit_fell_silent", "sued_overdue", who=Role.CLOCK, expires="lawsuit_follow_up"),
    Step("sued", "answer_overdue", "sued_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        LAWSUIT,
        "court_asked",
        "sued",
        who=HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        LAWSUIT,
        "lawsuit_accepted",
        "sued",
        who=HANDLER,
        form=schemas.LawsuitAcceptance,
        guards=(
            courts.procedure_is_of_its_instance,
            rules.what_happened_is_past,
            rules.follows("lawsuit_filed", "filed_on", "accepted_on"),
            rules.follows("judgment_appealed", "filed_on", "accepted_on"),
        ),
        change=courts.trial_months,
        starts=("trial",),
        lasts=(("trial", "trial_months"),),
        since=(("trial", "accepted_on"),),
        stops=("lawsuit_follow_up", "follow_up"),
        basis="民事诉讼法-152",
    ),
    Step("sued", "trial_overdue", "sued_overdue", who=Role.CLOCK, expires="trial"),
    *(
        Step(
            state,
            "hearing_held",
            state,
            who=HANDLER,
            form=schemas.Hearing,
            guards=(rules.what_happened_is_past,),
            keeps="hearings",
            repeatable=True,
            document="hearing_record",
            basis="民事诉讼法-152",
        )
        for state in LAWSUIT
    ),
    *(
        Step(
            state,
            "court_measure_taken",
            state,
            who=HANDLER,
            form=schemas.CourtMeasure,
            guards=(courts.measure_fits_the_stage, rules.what_happened_is_past),
            keeps="court_measures",
            repeatable=True,
            document="court_measure_record",
            basis="劳动争议调解仲裁法-44" if state in ARBITRATION else "民事诉讼法-109",
        )
        for state in (*ARBITRATION, *LAWSUIT, *ENFORCEMENT)
    ),
    *(
        Step(
            LAWSUIT,
            trigger,
            target,
            who=HANDLER,
            form=form,
            guards=(courts.an_appeal_is_pending, *guards, rules.what_happened_is_past),
            change=change,
            starts=starts,
            since=since,
            stops=("lawsuit_follow_up", "trial", "follow_up"),
            basis=basis,
        )
        for trigger, target, form, guards, change, starts, since, basis in (
            (
                *("appeal_withdrawn", "judged", schemas.AppealWithdrawal, (courts.judgment_is_on_file,)),
                *(courts.first_judgment_stands, ("enforcement_application",), _ENFORCEABLE, "民事诉讼法-180"),
            ),
            (
                *("appeal_against_dismissal_withdrawn", "unfounded", schemas.AppealWithdrawal),
                *((courts.dismissal_is_on_file,), _refusal_stands, (), (), "民事诉讼法-180"),
            ),
            (
                *("judgment_remanded", "sued", schemas.Remand, (), courts.judgment_gone),
                *(("lawsuit_follow_up",), (("lawsuit_follow_up", "ruled_on"),), "民事诉讼法-177"),
            ),
        )
    ),
    Step(
        LAWSUIT,
        "judgment_made",
        "judged",
        who=HANDLER,
        form=schemas.Judgment,
        guards=(rules.what_happened_is_past, courts.judgment_is_of_its_instance),
        keeps="judgment",
        change=courts.judgment_made,
        starts=("judgment_appeal", "enforcement_application"),
        lasts=(("judgment_appeal", "judgment_appealable"), ("enforcement_application", "judgment_in_effect")),
        since=(("judgment_appeal", "received_on"), *_ENFORCEABLE),
        stops=("lawsuit_follow_up", "trial", "follow_up"),
        basis="民事诉讼法-171",
    ),
    Step(
        "judged",
        "judgment_took_effect",
        "judged",
        who=Role.CLOCK,
        expires="judgment_appeal",
        change=courts.judgment_takes_effect,
        starts=("enforcement_application",),
        lasts=(("enforcement_application", "title_runs"),),
        since=_ENFORCEABLE,
        basis="民事诉讼法-171",
    ),
    Step(
        ("judged", "judgment_refused"),
        "judgment_appealed",
        "sued",
        who=HANDLER,
        form=schemas.Appeal,
        guards=(courts.judgment_may_be_appealed, rules.what_happened_is_past),
        starts=("lawsuit_follow_up",),
        since=(("lawsuit_follow_up", "filed_on"),),
        stops=("judgment_appeal",),
        basis="民事诉讼法-171",
    ),
    Step(
        LAWSUIT,
        "lawsuit_dismissed",
        "judgment_refused",
        who=HANDLER,
        form=schemas.Dismissal,
        guards=(courts.dismissal_may_be_appealed, rules.what_happened_is_past),
        keeps="judgment_refusal",
        change=courts.dismissed,
        starts=("judgment_appeal",),
        since=(("judgment_appeal", "received_on"),),
        stops=("lawsuit_follow_up", "trial", "follow_up"),
        basis="民事诉讼法-171",
    ),
    Step(
        "judgment_refused",
        "dismissal_stands",
        "unfounded",
        who=Role.CLOCK,
        expires="judgment_appeal",
        change=_refusal_stands,
        basis="民事诉讼法-171",
    ),
    Step(
        LAWSUIT,
        "lawsuit_dismissed_finally",
        "unfounded",
        who=HANDLER,
        form=schemas.Dismissal,
        guards=(courts.dismissal_is_final, rules.what_happened_is_past),
        keeps="unfounded",
        change=courts.dismissed_finally,
        stops=("lawsuit_follow_up", "trial", "judgment_appeal", "enforcement_application", "follow_up"),
        basis="民事诉讼法-182",
    ),
    Step(
        LAWSUIT,
        "lawsuit_withdrawn",
        "coordinated",
        who=HANDLER,
        form=schemas.LawsuitWithdrawal,
        guards=(courts.no_award_stands_behind, rules.what_happened_is_past),
        change=courts.suit_over,
        stops=("lawsuit_follow_up", "trial", "follow_up"),
    ),
    # The award that was sued against takes effect.
    Step(
        LAWSUIT,
        "lawsuit_against_award_withdrawn",
        "awarded",
        who=HANDLER,
        form=schemas.LawsuitWithdrawal,
        guards=(courts.an_award_stands_behind, rules.what_happened_is_past),
        change=courts.award_stands,
        starts=("enforcement_application",),
        since=_ENFORCEABLE,
        stops=("lawsuit_follow_up", "trial", "follow_up"),
        basis="法释〔2000〕18号",
    ),
    Step(
        LAWSUIT,
        "lawsuit_against_rejection_withdrawn",
        "unfounded",
        who=HANDLER,
        form=schemas.LawsuitWithdrawal,
        guards=(courts.a_rejection_stands_behind, rules.what_happened_is_past),
        change=_rejection_stands,
        stops=("lawsuit_follow_up", "trial", "follow_up"),
        basis="法释〔2000〕18号",
    ),
    Step(
        "judged",
        "enforcement_applied",
        "court_enforcing",
        who=HANDLER,
        form=schemas.Enforcement,
        guards=(courts.judgment_is_in_effect, courts.enforces_what_is_there, rules.what_happened_is_past),
        change=decisions.ask_court,
        tells=(facts.EnforcementRequested,),
        starts=("enforcement_follow_up",),
        since=(("enforcement_follow_up", "applied_on"),),
        stops=("enforcement_application",),
        document="enforcement_application",
        basis="民事诉讼法-250",
    ),
    Step(
        "awarded",
        "enforcement_applied",
        "court_enforcing",
        who=HANDLER,
        form=schemas.Enforcement,
        guards=(courts.award_is_in_effect, courts.enforces_what_is_there, rules.what_happened_is_past),
        change=decisions.ask_court,
        tells=(facts.EnforcementRequested,),
        starts=("enforcement_follow_up",),
        since=(("enforcement_follow_up", "applied_on"),),
        stops=("award_appeal", "enforcement_application"),
        document="enforcement_application",
        basis="劳动争议调解仲裁法-51",
    ),
    Step(
        ("enforcement_due", *POLICE),
        "enforcement_applied",
        "court_enforcing",
        who=HANDLER,
        form=schemas.Enforcement,
        guards=(courts.enforces_what_is_there, rules.what_happened_is_past),
        change=decisions.ask_court,
        tells=(facts.EnforcementRequested,),
        starts=("enforcement_follow_up", *_AT_COURT["starts"]),
        lasts=_AT_COURT["lasts"],
        since=(("enforcement_follow_up", "applied_on"), *_AT_COURT["since"]),
        stops=("enforcement_application", "court_application"),
        document="enforcement_application",
        basis="保障农民工工资支付条例-42",
    ),
    # The decision upon another payer, beside what the court enforces.
    Step(
        ENFORCEMENT,
        "other_decision_applied",
        "court_enforcing",
        who=HANDLER,
        form=schemas.OtherDecision,
        guards=(decisions.another_waits, courts.enforces_what_is_there, rules.what_happened_is_past),
        keeps="also_enforced",
        repeatable=True,
        change=decisions.ask_court_too,
        tells=(facts.EnforcementRequested,),
        **_AT_COURT,
        stops=("court_application",),
        document="enforcement_application",
        basis="保障农民工工资支付条例-42",
    ),
    Step(
        ENFORCEMENT,
        "enforcement_returned",
        "enforcement_due",
        who=HANDLER,
        form=schemas.EnforcementReturned,
        guards=(rules.what_happened_is_past,),
        change=courts.enforce_again,
        starts=("enforcement_application", "court_application"),
        lasts=(("enforcement_application", "title_runs"), ("court_application", "decision_runs")),
        since=(*_ENFORCEABLE, ("court_application", "decision_stands_on")),
        stops=("enforcement_follow_up", "enforcement_term", "follow_up"),
        basis="民事诉讼法-250",
    ),
    Step(
        ENFORCEMENT,
        "enforcement_refused",
        "coordinated",
        who=HANDLER,
        form=schemas.EnforcementRefusal,
        guards=(courts.no_decision_is_enforced, rules.what_happened_is_past),
        change=courts.title_falls,
        stops=("enforcement_follow_up", "enforcement_term", "follow_up"),
        basis="民事诉讼法-248",
    ),
    *(
        Step(
            state,
            trigger,
            target,
            who=HANDLER,
            form=schemas.DecisionRefusal,
            guards=(decisions.is_enforced, guard, rules.what_happened_is_past),
            keeps="decision_not_enforced",
            change=decisions.fall,
            starts=(*_DECISIONS["starts"], *(("follow_up",) if target != state else ())),
            lasts=_DECISIONS["lasts"],
            since=_DECISIONS["since"],
            stops=(
                *_DECISIONS["starts"],
                *(("enforcement_follow_up", "enforcement_term", "follow_up") if target != state else ()),
            ),
            basis="行政强制法-58",
        )
        for state in ENFORCEMENT
        for trigger, target, guard in (
            ("decision_not_enforced", "compensation_due", decisions.no_other_is_enforced),
            ("decision_not_enforced_others_go_on", state, decisions.another_is_enforced),
        )
    ),
    Step("court_enforcing", "enforcement_late", "enforcement_overdue", who=Role.CLOCK, expires="enforcement_follow_up"),
    Step("court_enforcing", "answer_overdue", "enforcement_overdue", who=Role.CLOCK, expires="follow_up"),
    Step(
        ENFORCEMENT,
        "court_asked",
        "court_enforcing",
        who=HANDLER,
        form=schemas.Inquiry,
        keeps="inquiries",
        repeatable=True,
        starts=("follow_up",),
        lasts=(("follow_up", "days"),),
    ),
    Step(
        ENFORCEMENT,
        "enforcement_filed",
        "court_enforcing",
        who=HANDLER,
        form=schemas.EnforcementFiling,
        guards=(rules.what_happened_is_past,),
        starts=("enforcement_term",),
        since=(("enforcement_term", "filed_on"),),
        stops=("enforcement_follow_up", "follow_up"),
        basis="法发〔2006〕35号-1",
    ),
    Step("court_enforcing", "enforcement_term_over", "enforcement_overdue", who=Role.CLOCK, expires="enforcement_term"),
    Step(
        ENFORCEMENT,
        "enforcement_settled",
        "enforcement_settled",
        who=HANDLER,
        form=schemas.EnforcementSettlement,
        guards=(courts.instalments_add_up, courts.instalments_lie_ahead, rules.what_happened_is_past),
        change=_settled_in_court,
        starts=("settlement",),
        lasts=(("settlement", "settlement_days"),),
        stops=("enforcement_follow_up", "enforcement_term", "follow_up"),
        document="enforcement_settlement",
        basis="民事诉讼法-241",
    ),
    Step(
        "enforcement_settled",
        "settlement_fell_due",
        "partly_paid",
        who=Role.CLOCK,
        expires="settlement",
        guards=(debts.something_is_unpaid,),
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        since=_ENFORCEABLE,
    ),
    Step(
        "enforcement_settled",
        "settlement_breached",
        "partly_paid",
        who=HANDLER,
        form=schemas.SettlementBreach,
        tells=(facts.SettlementBroken,),
        starts=("enforcement_application",),
        since=_ENFORCEABLE,
        stops=("settlement",),
        basis="民事诉讼法-241",
    ),
    *(
        Step(
            state,
            "enforcement_resumed",
            target,
            who=HANDLER,
            form=schemas.EnforcementResumed,
            guards=(
                courts.enforcement_was_tried,
                courts.enforcement_is_over,
                debts.something_is_unpaid,
                rules.what_happened_is_past,
            ),
            change=courts.enforced_again,
            # After the reply it is put on record only: what the court brings in is paid out as recorded there.
            starts=("enforcement_follow_up",) if target == "court_enforcing" else (),
            since=(("enforcement_follow_up", "applied_on"),) if target == "court_enforcing" else (),
            stops=("property_search", "enforcement_application"),
            document="enforcement_resumption",
            basis="民事诉讼法-265",
        )
        for state, target in (("partly_paid", "court_enforcing"), ("concluded", "concluded"), ("closed", "closed"))
    ),
    *(
        Step(
            state,
            "property_searched",
            state,
            who=HANDLER,
            form=schemas.PropertySearch,
            guards=(courts.enforcement_was_tried, debts.something_is_unpaid, rules.what_happened_is_past),
            keeps="property_searches",
            repeatable=True,
            starts=("property_search",) if state == "partly_paid" else (),
            since=(("property_search", "searched_on"),) if state == "partly_paid" else (),
            basis="法〔2016〕373号-9",
        )
        for state in AFTERWARDS
    ),
    Step(
        ENFORCEMENT,
        "enforcement_ended",
        "partly_paid",
        who=HANDLER,
        form=schemas.EnforcementEnd,
        change=_enforced_in_part,
        starts=("property_search",),
        lasts=(("property_search", "may_resume"),),
        stops=("enforcement_follow_up", "enforcement_term", "follow_up"),
        basis="民事诉讼法-268",
    ),
)

#: What a court goes on with when the resident has his reply already is put on record there: the step of each state.
_FOLLOWED = {
    **dict.fromkeys(("court_asked", "lawsuit_accepted", "hearing_held", "judgment_made", "judgment_remanded"), "sued"),
    **dict.fromkeys(("appeal_withdrawn", "appeal_against_dismissal_withdrawn", "lawsuit_dismissed"), "sued"),
    **dict.fromkeys(("lawsuit_dismissed_finally", "lawsuit_withdrawn"), "sued"),
    **dict.fromkeys(("lawsuit_against_award_withdrawn", "lawsuit_against_rejection_withdrawn"), "sued"),
    **dict.fromkeys(("judgment_took_effect", "judgment_appealed"), "judged"),
    "enforcement_applied": "enforcement_due",
    **dict.fromkeys(("enforcement_filed", "enforcement_ended"), "court_enforcing"),
}
_AFTER_THE_REPLY = tuple(
    replace(step, source=state, target=state, guards=(courts.court_has_it(_FOLLOWED[step.trigger]), *step.guards))
    for state in ("concluded", "closed")
    for step in _COURTS
    if _FOLLOWED.get(step.trigger) in step.sources
)

_GIVEN_UP = (
    Step(
        (
            *(*CLAIMING, "coordinated", "confirmation_refused", "settlement_broken", "awarded", "judged"),
            *("award_refused", "judgment_refused", "enforcement_due", *POLICE),
        ),
        "not_pursued",
        "not_pursued",
        who=HANDLER,
        form=schemas.NotPursued,
        guards=(rules.what_happened_is_past,),
        change=courts.tell_last_days,
        stops=CLOCKS,
        document="remedies_notice",
        basis="保障农民工工资支付条例-10",
    ),
    Step(
        ("settlement_broken", "awarded", "judged", "enforcement_due", *POLICE),
        "window_missed",
        "window_missed",
        who=HANDLER,
        form=schemas.WindowMissed,
        guards=(courts.window_is_over,),
        change=courts.tell_last_days,
        stops=CLOCKS,
        document="remedies_notice",
        basis="民事诉讼法-250",
    ),
    # Other ways than the one that is over, or was not wanted, may be open still.
    Step(
        GIVEN_UP,
        "taken_up_again",
        "coordinated",
        who=HANDLER,
        form=schemas.Reopened,
        guards=(debts.roster_is_verified,),
        repeatable=True,
        basis="保障农民工工资支付条例-10",
    ),
)


def _goes_on(
    taken: str, asked: str
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Let the time run on that a court, or the police, have since they took it in, or since they were asked."""
    lasts = ((taken, "court_took_it"), (asked, "court_was_asked"))
    return (taken, asked), lasts, ((taken, "court_since"), (asked, "court_since"))


#: A rework goes on where the case stood: with the titles, the payments and the court that it had. Only a claim that is
#: registered anew begins anew.
_RESUMED = tuple(
    handling.resumed(
        trigger,
        target,
        handling.on_file(trigger, courts.RESUMED[trigger]),
        change=change,
        starts=starts,
        lasts=lasts,
        since=since,
    )
    for trigger, target, change, starts, lasts, since in (
        ("claim_resumed", "coordinated", None, (), (), ()),
        (
            *("title_resumed", "enforcement_due", courts.title_goes_on),
            ("enforcement_application", "court_application"),
            (("enforcement_application", "title_runs"), ("court_application", "decision_runs")),
            (*_ENFORCEABLE, ("court_application", "decision_stands_on")),
        ),
        (
            *("enforcing_resumed", "court_enforcing", courts.enforcing_goes_on),
            *_goes_on("enforcement_term", "enforcement_follow_up"),
        ),
        (
            *("search_resumed", "partly_paid", courts.search_goes_on, ("property_search", "enforcement_application")),
            (("property_search", "may_resume"), ("enforcement_application", "title_runs")),
            (("property_search", "searched_since"), *_ENFORCEABLE),
        ),
        ("lawsuit_resumed", "sued", courts.suit_goes_on, *_goes_on("trial", "lawsuit_follow_up")),
        *(
            (trigger, target, courts.contested_from(name), (clock,), (), ((clock, "contested_from"),))
            for trigger, target, name, clock in (
                ("judgment_resumed", "judged", "judgment", "judgment_appeal"),
                ("dismissal_resumed", "judgment_refused", "judgment_refusal", "judgment_appeal"),
                ("award_resumed", "awarded", "award", "award_appeal"),
                ("rejection_resumed", "award_refused", "award_refusal", "award_appeal"),
            )
        ),
        ("police_resumed", "crime_transferred", courts.police_go_on, *_goes_on("criminal_case", "police_answer")),
    )
)

_GONE = ("returned", "transferred", "withdrawn")

_STEPS = (
    *(
        # Who takes the claim elsewhere hears nothing of that court here.
        replace(step, stops=(*step.stops, *IN_COURT)) if step.target in _GONE else step
        for step in handling.shared_steps(first="accepted", open_states=OPEN, ready=())
        if step.sources
    ),
    *_CLAIM,
    *_PAYMENT,
    *_SETTLEMENT,
    *_INSPECTION,
    *_COURTS,
    *_GIVEN_UP,
    *_RESUMED,
    *_AFTER_THE_REPLY,
    _conclusion("paid", "concluded", schemas.Paid, debts.nothing_is_outstanding),
    _conclusion(HANDED_ON, "concluded_as_handed_on", schemas.HandedOn, runs_on=IN_COURT),
    _conclusion(NOT_PAID, "concluded_unpaid", schemas.NotPaid),
)

WAGE_RECOVERY = Workflow(
    "wage_recovery",
    # Every paper, and whoever reads the case, is told what is still owed.
    *(replace(step, change=debts.knowing_what_is_left(step)) for step in _STEPS),
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=(*LEFT_BEHIND, *ASKED, *IN_COURT),
)
