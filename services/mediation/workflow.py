"""The procedure of people's mediation, as one table.

    accepted -> consent -> registered -> rights -> mediators -> inquiry -> sessions
      -> agreement (written or oral) -> performance -> follow-up visit -> concluded
                        judicial confirmation, for which the court's answer is awaited

Without consent or agreement, or unperformed, it ends with the other routes being told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chassis import handling
from chassis.workcalendar import local_date
from chassis.workflow import Role, Step, Workflow
from services.mediation import experts, facts, rules, schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Change, Guard, Moment, Values

HANDLER = Role.HANDLER

#: From registration until the agreement: here mediation may end without one at any time.
MEDIATING = (
    "registered",
    "rights_notified",
    "investigating",
    "appraising",
    "in_session",
    "period_over",
    "agreement_drafted",
)
PERFORMING = ("performing", "performance_due", "breached", "urged")
COURT = ("confirmation_pending", "court_overdue")
#: Where what was agreed may still be performed, late as it is.
LATE = (*PERFORMING, "not_performed", "remedies_told")
#: Where a case may lie for years, so that the parties' own times run out there; one that is over before is noted here.
LYING = (*PERFORMING, "not_performed")
#: What an expert's time does not count in.
MEDIATION_TIME = ("mediation_period", "continuation")
_ASK_BY = (("appraisal_follow_up", "appraisal_days"),)
_ASK_FROM = (("appraisal_follow_up", "appraisal_since"),)
OUTSIDER_CLOCKS = ("outsider_challenge", "outsider_objection")
_OUTSIDERS_LAST = tuple((clock, f"{clock}_runs") for clock in OUTSIDER_CLOCKS)
_OUTSIDERS_SINCE = tuple((clock, "challenged_from") for clock in OUTSIDER_CLOCKS)
_COURT_CLOCKS = ("court_acceptance", "court_review", "court_extension", "special_procedure", "court_follow_up")
#: From here the case can be concluded without an agreement that was performed.
UNSETTLED = ("ineligible", "refused", "terminated", "remedies_told")
OPEN = (
    "consent_due",
    *MEDIATING,
    *PERFORMING,
    *COURT,
    "confirmation_refused",
    "not_performed",
    "performed",
    "followed_up",
    *UNSETTLED,
)
#: What does not end with the case: an outsider's year, a danger, an authority that was informed.
EVERYWHERE = ("received", "return_pending", "accepted", *OPEN, "concluded", "rework_due", *handling.ENDS)


def _dispute(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    mark, register = rules.households(form["parties"]), moment.known()
    earlier = register.earlier(case.id, mark) if mark and register else []
    return {
        "dispute_type": form["dispute_type"],
        "limitation_from": local_date(case.opened_at),
        "households": mark,
        **({"earlier_cases": earlier} if earlier else {}),
    }


def _suing(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    kept = case.details
    # What the court would not confirm may bind nobody: then the time is safe that runs from the application.
    agreed = None if case.state == "confirmation_refused" else kept.get("limitation_from")
    since = date.fromisoformat(str(agreed)) if agreed else local_date(case.opened_at)
    # What was confirmed before it was mediated again stays confirmed, and is enforced as far as it was not performed.
    stands = kept.get("court_confirmed") and not kept.get("performance_verified") and kept.get("enforcement_from")
    return {
        "limitation_until": rules.until("limitation", since),
        "enforcement_until": rules.until("enforcement_application", date.fromisoformat(str(stands))) if stands else "",
    }


def _terminated(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {**experts.left(case, moment), **_suing(case, form, moment)}


def _last_due(case: CaseView, agreement: Values) -> date:
    # No item was due before there was a case, whatever was written down.
    return max(local_date(case.opened_at), *(date.fromisoformat(str(item["due_on"])) for item in agreement["items"]))


def _remedies(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    last = _last_due(case, case.details["agreement"])
    # Who sues now sues upon the agreement: its time runs from when the last of it was due (民法典 189).
    suing = {"limitation_until": rules.until("limitation", last)}
    confirmed = bool(case.details.get("court_confirmed"))
    until = {"enforcement_until": rules.until("enforcement_application", last)} if confirmed else {}
    return {**rules.on("told_on")(case, form, moment), **suing, **until}


def _taken_on(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {"handlers": form.get("handler") or moment.actor_name}


def _mediators(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    register, today = moment.known(), local_date(moment.now)
    committees = register.committees() if register else []
    named = {name for of in rules.serving(form, committees, today).values() for name in of}
    faults = {fault for one in committees if one["name"] in named for fault in rules.standing(one, today)["failed"]}
    return {
        "handlers": "、".join(row["mediator"].strip() for row in form["mediators"]),
        "committees": sorted(named),
        "committee_faults": sorted(faults),
        "roster_on_file": bool(committees),
    }


def _ran_out(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"inquiry_open": case.state == "investigating"}


def _in_effect(kind: str, case: CaseView, agreement: Values, moment: Moment) -> Mapping[str, Any]:
    days = rules.performance_days(agreement["items"], local_date(moment.now))
    return {
        "agreement_kind": kind,
        "performance_days": days,
        "limitation_from": _last_due(case, agreement),
        # What was paid on an agreement that this one takes the place of stays paid, and performs nothing of this one.
        "earlier_performances": rules.performances(case),
        "performances": [],
        "performance_verified": None,
        "breach_found": None,
        "confirmation_lapsed": False,
        "court_confirmed": False,
    }


def _oral_in_effect(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {**_in_effect("oral", case, form, moment), "effective_on": form["agreed_on"] or local_date(moment.now)}


def _written_in_effect(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    today = local_date(moment.now)
    signed = {**form, "signatures": [{**row, "on": row["on"] or today} for row in form["signatures"]]}
    return {
        **_in_effect("written", case, case.details["agreement"], moment),
        "agreement_signed": signed,
        "effective_on": rules.effective_on(signed["signatures"]),
    }


def _lapsed(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"confirmation_lapsed": True}


def _court_has_longer(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    accepted = case.details["court_accepted"]
    accepted_on = date.fromisoformat(accepted["accepted_on"])
    return {
        "court_extended_in": accepted["court_number"],
        "extension_days": rules.review_days(accepted_on, local_date(moment.now)),
        **rules.on("approved_on")(case, form, moment),
    }


def _applied(_case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    # What a court did upon an earlier application counts for no other.
    return {"applied_on": form["applied_on"], "accepted_on": "", "court_accepted": None, "court_prolongations": []}


def _prolonged_from(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    earlier = sum(int(row["days"]) for row in case.details.get("court_prolongations", ()))
    accepted_on = date.fromisoformat(case.details["court_accepted"]["accepted_on"])
    until = rules.until("special_procedure", accepted_on) + timedelta(days=earlier)
    return {"prolonged_from": until, **rules.on("approved_on")(case, form, moment)}


def _performing_again(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Say for how long performance is waited for again, where a breach has ended that before the court was asked."""
    running = moment.clocks(case).get("performance")
    stopped = running is not None and running.clock.stopped_at is not None
    items = case.details["agreement"]["items"]
    return {"performance_days": rules.performance_days(items, local_date(moment.now)) if stopped else 0}


def _cured(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {**_performing_again(case, form, moment), "breach_found": None}


def _confirmed(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {
        **_performing_again(case, form, moment),
        "court_confirmed": True,
        "enforcement_from": _last_due(case, case.details["agreement"]),
        **rules.on("ruled_on")(case, form, moment),
    }


def _not_confirmed(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    return {"court_confirmed": False, **rules.on("ruled_on")(case, form, moment)}


def _another(asked: rules.Asked, clock: str, lasts: str) -> Change:
    """Make the change of asking one more; a reminder that comes sooner runs on."""

    def ask(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        # Where the form says nothing the clock's own row does, which is a day.
        days = form.get("days", True)
        running, last = moment.clocks(case).get(clock), local_date(moment.now) + timedelta(days)
        # A day ends at midnight, with which the next one begins.
        sooner = running and not running.clock.stopped_at and local_date(running.due_at - timedelta(seconds=1)) <= last
        return {**asked.one_more(case), lasts: 0 if sooner else days}

    return ask


def _answer(asked: rules.Asked, clock: str, says: str, lasts: str) -> Change:
    """Make the change of an answer; who has given none, and the others, are asked again, nobody later than was reminded."""

    def answer(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        kept = {} if form[says] == "no_answer" else asked.one_less(case, form)
        days, running = form["days"], moment.clocks(case).get(clock)
        if running and not running.clock.stopped_at and len(asked.numbers(case)) > 1:
            left = (local_date(running.due_at - timedelta(seconds=1)) - local_date(moment.now)).days
            days = min(days, left) if left > 0 else days
        return {**kept, lasts: days if kept.get(asked.open, True) else 0}

    return answer


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
    until = {f"{clock}_until": rules.until(clock, knew_on) for clock in OUTSIDER_CLOCKS}
    waiting = rules.CHALLENGERS.one_more(case)
    return {
        **_outsiders(waiting, [*rules.outsiders_knew(case, local_date(moment.now)), knew_on], moment),
        **until,
        "knew_on": knew_on,
    }


def _challenge_over(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return {"challenge_open": False, "challenges_waiting": []}


def _challenge_ruled(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    upheld = form["ruling_says"] == "challenge_dismissed" and bool(case.details.get("court_confirmed"))
    # What is set aside is enforced no more, and nobody need challenge it.
    waiting = rules.CHALLENGERS.one_less(case, form) if upheld else _challenge_over(case, form, moment)
    enforceable = moment.clocks(case).get("enforcement_application")
    return {
        **_outsiders(waiting, rules.outsiders_knew(case, local_date(moment.now)), moment),
        "court_confirmed": upheld,
        "still_enforceable": upheld and enforceable is not None and not enforceable.clock.stopped_at,
        **({} if upheld else {"enforcement_until": ""}),
    }


def _ran(name: str) -> Change:
    return lambda _case, _form, _moment: {name: True}


def _conclusion(source: str | tuple[str, ...], trigger: str, form: type[handling.Conclusion], *guards: Guard) -> Step:
    return Step(
        source,
        trigger,
        "concluded",
        who=HANDLER,
        keeps="concluded",
        form=form,
        guards=(*handling.BEFORE_THE_END, rules.no_danger_is_open, handling.claim_fits_outcome, *guards),
        tells=(handling.CaseConcluded,),
        stops=("finish", "required", "follow_up_visit"),
        document="case_file",
        basis="人民调解法-27",
    )


_ELIGIBILITY = (
    Step(
        "accepted",
        "application_recorded",
        "consent_due",
        who=HANDLER,
        form=schemas.Application,
        guards=(rules.there_are_two_sides, rules.it_may_be_mediated),
        keeps="application",
        change=_dispute,
        starts=("limitation", "consent_follow_up"),
        since=(("limitation", "limitation_from"),),
        document="mediation_application",
        basis="人民调解法-17",
    ),
    Step(
        "consent_due",
        "consent_asked",
        "consent_due",
        who=HANDLER,
        form=schemas.AskedAgain,
        keeps="consent_inquiries",
        repeatable=True,
        starts=("consent_follow_up",),
        lasts=(("consent_follow_up", "days"),),
        basis="人民调解法-17",
    ),
    Step(
        "accepted",
        "found_ineligible",
        "ineligible",
        who=HANDLER,
        form=schemas.Ineligibility,
        document="no_mediation_notice",
        basis="人民调解工作若干规定-22",
    ),
    Step(
        "consent_due",
        "consent_given",
        "registered",
        who=HANDLER,
        form=schemas.Consents,
        guards=(
            rules.everybody_consents,
            rules.signed_and_heard_by_now,
            rules.dated("registered_on"),
            rules.registered_after_consent,
        ),
        change=rules.on("registered_on"),
        tells=(facts.MediationRegistered,),
        starts=("mediation_period",),
        since=(("mediation_period", "registered_on"),),
        stops=("consent_follow_up",),
        document="mediation_register",
        basis="人民调解法-17",
    ),
    Step(
        "consent_due",
        "consent_refused",
        "refused",
        who=HANDLER,
        form=schemas.ConsentRefusal,
        tells=(facts.MediationRefused,),
        stops=("consent_follow_up",),
        document="no_mediation_notice",
        basis="人民调解法-17",
    ),
)

_MEDIATION = (
    *(
        Step(
            state,
            "agent_authorised",
            state,
            who=HANDLER,
            form=schemas.Authorisation,
            guards=(rules.a_party_authorises_another,),
            keeps="authorisations",
            repeatable=True,
            document="power_of_attorney",
            basis="民法典-165",
        )
        for state in ("consent_due", *MEDIATING, *PERFORMING)
    ),
    *(
        Step(
            state,
            "identities_checked",
            state,
            who=HANDLER,
            form=schemas.Identities,
            guards=(rules.they_are_parties,),
            keeps="identities",
            repeatable=True,
            basis="人民调解法-29",
        )
        for state in ("consent_due", *MEDIATING)
    ),
    Step(
        "registered",
        "rights_explained",
        "rights_notified",
        who=HANDLER,
        form=schemas.RightsNotice,
        guards=(rules.everybody_is_told,),
        document="rights_notice",
        basis="人民调解法-23",
    ),
    Step(
        "rights_notified",
        "mediators_set",
        "investigating",
        who=HANDLER,
        form=schemas.Mediators,
        guards=(
            rules.mediators_are_impartial,
            rules.mediators_are_on_the_roster,
            rules.mediators_are_accepted,
            rules.one_mediator_presides,
            rules.nobody_challenged_returns,
            rules.helpers_are_welcome,
        ),
        change=_mediators,
        basis="人民调解法-19",
    ),
    *(
        Step(
            state,
            "session_arranged",
            state,
            who=HANDLER,
            form=schemas.Appointment,
            keeps="appointments",
            repeatable=True,
            basis="人民调解法-21",
        )
        for state in ("registered", "rights_notified", "investigating", "in_session", "period_over")
    ),
    *(
        Step(
            state,
            "helpers_invited",
            state,
            who=HANDLER,
            form=schemas.Helpers,
            guards=(rules.helpers_are_welcome,),
            keeps="helpers",
            repeatable=True,
            basis="人民调解法-20",
        )
        for state in ("investigating", "in_session")
    ),
    Step(
        ("investigating", "in_session", "agreement_drafted"),
        "mediator_challenged",
        "rights_notified",
        who=HANDLER,
        form=schemas.Challenge,
        guards=(rules.the_mediator_is_set,),
        keeps="challenges",
        repeatable=True,
        basis="人民调解工作若干规定-25",
    ),
    # Expert opinions, several where there are several questions: the time stands still until the last of them has come.
    Step(
        ("investigating", "in_session", "appraising"),
        "appraisal_commissioned",
        "appraising",
        who=HANDLER,
        form=schemas.Appraisal,
        guards=(rules.dated("commissioned_on", "registered_on"),),
        keeps="",
        change=experts.commissioned,
        repeatable=True,
        suspends=MEDIATION_TIME,
        stops=("appraisal_follow_up",),
        starts=("appraisal_follow_up",),
        lasts=_ASK_BY,
        since=(*((clock, "commissioned_on") for clock in MEDIATION_TIME), *_ASK_FROM),
    ),
    *(
        Step(
            "appraising",
            trigger,
            "appraising" if wait else "investigating",
            who=HANDLER,
            form=form,
            guards=(experts.one_is_awaited, experts.others_wait(wait=wait), *guards),
            keeps="",
            change=experts.ended(said),
            repeatable=True,
            resumes=() if wait else MEDIATION_TIME,
            stops=("appraisal_follow_up",),
            starts=("appraisal_follow_up",),
            lasts=_ASK_BY,
            since=(*(() if wait else ((clock, "appraised_until") for clock in MEDIATION_TIME)), *_ASK_FROM),
        )
        for trigger, wait, form, said, guards in (
            ("appraisal_received", False, schemas.AppraisalResult, "opinion", (experts.result_follows_the_request,)),
            ("one_appraisal_received", True, schemas.AppraisalResult, "opinion", (experts.result_follows_the_request,)),
            ("appraisal_abandoned", False, schemas.Abandonment, "reason", ()),
            ("one_appraisal_abandoned", True, schemas.Abandonment, "reason", ()),
        )
    ),
    Step(
        "appraising",
        "appraisal_asked",
        "appraising",
        who=HANDLER,
        form=schemas.AppraisalAsked,
        guards=(experts.one_is_awaited,),
        keeps="appraisal_inquiries",
        change=experts.asked_after,
        repeatable=True,
        stops=("appraisal_follow_up",),
        starts=("appraisal_follow_up",),
        lasts=_ASK_BY,
        since=_ASK_FROM,
    ),
    *(
        step
        for state in ("investigating", "appraising", "in_session", "period_over", "agreement_drafted")
        for step in (
            Step(
                state,
                "appraisal_challenged",
                state,
                who=HANDLER,
                form=schemas.AppraisalChallenge,
                guards=(experts.one_has_come, experts.a_party_challenges),
                keeps="objections",
                change=experts.challenge,
                repeatable=True,
            ),
            Step(
                state,
                "appraisal_challenge_answered",
                state,
                who=HANDLER,
                form=schemas.AppraisalChallengeAnswer,
                guards=(experts.one_is_challenged,),
                keeps="",
                change=experts.challenge_answered,
                repeatable=True,
            ),
        )
    ),
    Step(
        "investigating",
        "facts_established",
        "in_session",
        who=HANDLER,
        form=schemas.Inquiry,
        document="inquiry_record",
        basis="人民调解法-22",
    ),
    Step(
        "in_session",
        "session_held",
        "in_session",
        who=HANDLER,
        form=schemas.Session,
        guards=(rules.both_sides_are_heard, rules.a_private_session_stays_private, rules.signed_and_heard_by_now),
        keeps="sessions",
        repeatable=True,
        document="session_record",
        basis="人民调解法-27",
    ),
    *(
        Step(
            state,
            "escalation_reported",
            state,
            who=HANDLER,
            form=schemas.Escalation,
            keeps="escalations",
            repeatable=True,
            change=_another(rules.DANGERS, "escalation_follow_up", "ask_again_in"),
            tells=(facts.EscalationReported,),
            starts=("escalation_follow_up",),
            lasts=(("escalation_follow_up", "ask_again_in"),),
            document="escalation_report",
            basis="人民调解法-25",
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "escalation_followed_up",
            state,
            who=HANDLER,
            form=schemas.EscalationFollowUp,
            guards=(rules.DANGERS.is_waited_for("等待回音的激化风险报告", "report of a danger waits for an answer"),),
            keeps="escalation_answers",
            repeatable=True,
            change=_answer(rules.DANGERS, "escalation_follow_up", "danger", "ask_again_in"),
            stops=("escalation_follow_up",),
            starts=("escalation_follow_up",),
            lasts=(("escalation_follow_up", "ask_again_in"),),
            basis="人民调解法-25",
        )
        for state in EVERYWHERE
    ),
    *(
        Step(
            state,
            "limitation_ran_out",
            state,
            who=Role.CLOCK,
            expires="limitation",
            change=_ran("limitation_over"),
            basis="民法典-195",
        )
        for state in ("investigating", "in_session", *LYING, *COURT)
    ),
    Step(
        ("investigating", "in_session"),
        "period_ran_out",
        "period_over",
        who=Role.CLOCK,
        expires="mediation_period",
        change=_ran_out,
        basis="人民调解工作若干规定-33",
    ),
    Step(
        ("investigating", "in_session"),
        "continuation_ran_out",
        "period_over",
        who=Role.CLOCK,
        expires="continuation",
        change=_ran_out,
        basis="人民调解工作若干规定-33",
    ),
    *(
        Step(
            (to, "period_over"),
            trigger,
            to,
            who=HANDLER,
            form=schemas.Continuation,
            guards=guards,
            keeps="continuations",
            repeatable=True,
            starts=("continuation",),
            lasts=(("continuation", "days"),),
            stops=("mediation_period",),
            basis="人民调解工作若干规定-33",
        )
        for trigger, to, guards in (
            ("continuation_agreed", "in_session", (rules.the_inquiry_is_over,)),
            ("inquiry_continued", "investigating", ()),
        )
    ),
    Step(
        ("consent_due", *MEDIATING),
        "mediation_terminated",
        "terminated",
        who=HANDLER,
        form=schemas.Termination,
        guards=(rules.what_never_began_ends_as_such, rules.routes_fit_the_dispute, rules.undisputed_facts_are_signed),
        keeps="termination",
        change=_terminated,
        tells=(facts.MediationTerminated,),
        stops=("mediation_period", "continuation", "appraisal_follow_up", "consent_follow_up"),
        document="termination_notice",
        basis="人民调解法-26",
    ),
    # What goes on although it was mediated, or because it could not be, is put before the authority, with what was tried;
    # its answer is waited for beside the case, which may end meanwhile.
    *(
        Step(
            state,
            "authority_informed",
            state,
            who=HANDLER,
            form=schemas.AuthorityInformed,
            keeps="authorities_informed",
            repeatable=True,
            change=_another(rules.AUTHORITIES, "authority_follow_up", "ask_authority_in"),
            starts=("authority_follow_up",),
            lasts=(("authority_follow_up", "ask_authority_in"),),
            document="authority_report",
            basis="人民调解法-26",
        )
        for state in UNSETTLED
    ),
    *(
        Step(
            state,
            "authority_answered",
            state,
            who=HANDLER,
            form=schemas.AuthorityAnswer,
            guards=(rules.AUTHORITIES.is_waited_for("等待主管部门答复的报告", "authority is waited for"),),
            keeps="authority_answers",
            repeatable=True,
            change=_answer(rules.AUTHORITIES, "authority_follow_up", "authority_says", "ask_authority_in"),
            stops=("authority_follow_up",),
            starts=("authority_follow_up",),
            lasts=(("authority_follow_up", "ask_authority_in"),),
        )
        for state in EVERYWHERE
    ),
)

_AGREEMENT = (
    Step(
        "in_session",
        "agreed_by_word",
        "performing",
        who=HANDLER,
        form=schemas.OralAgreement,
        guards=(
            rules.clauses_are_complete,
            rules.the_rest_is_named,
            rules.identities_are_known,
            rules.dated("agreed_on", "registered_on"),
        ),
        keeps="agreement",
        change=_oral_in_effect,
        tells=(facts.AgreementReached,),
        starts=("performance", "limitation"),
        lasts=(("performance", "performance_days"),),
        since=(("limitation", "limitation_from"),),
        stops=("mediation_period", "continuation", "enforcement_application"),
        document="oral_agreement_register",
        basis="人民调解法-30",
    ),
    Step(
        "in_session",
        "agreement_drafted",
        "agreement_drafted",
        who=HANDLER,
        form=schemas.AgreementDraft,
        guards=(rules.clauses_are_complete, rules.no_ground_for_refusal, rules.the_rest_is_named),
        keeps="agreement",
        document="mediation_agreement",
        basis="人民调解法-29",
    ),
    Step("agreement_drafted", "draft_rejected", "in_session", who=HANDLER, form=schemas.DraftRejection),
    Step(
        "agreement_drafted",
        "agreement_signed",
        "performing",
        who=HANDLER,
        form=schemas.Signatures,
        guards=(
            rules.agreement_takes_effect,
            rules.identities_are_known,
            rules.agents_may_sign,
            rules.signed_and_heard_by_now,
            rules.nobody_signed_before_it_was_mediated,
        ),
        change=_written_in_effect,
        tells=(facts.AgreementReached,),
        starts=("performance", "judicial_confirmation", "limitation"),
        lasts=(("performance", "performance_days"),),
        since=(("judicial_confirmation", "effective_on"), ("limitation", "limitation_from")),
        stops=("mediation_period", "continuation", "enforcement_application"),
        document="mediation_agreement",
        basis="人民调解法-29",
    ),
)

_PERFORMANCE = (
    *(
        Step(
            state,
            "item_performed",
            state,
            who=HANDLER,
            form=schemas.Performance,
            guards=(rules.items_exist, rules.it_has_happened),
            keeps="performances",
            repeatable=True,
            basis="人民调解法-31",
        )
        for state in (*LATE, *COURT)
    ),
    Step(
        LATE,
        "performance_verified",
        "performed",
        who=HANDLER,
        form=schemas.Performances,
        guards=(rules.items_exist, rules.it_has_happened, rules.everything_is_performed),
        tells=(facts.AgreementPerformed,),
        starts=("follow_up_visit",),
        stops=("performance", "urging", "judicial_confirmation", "enforcement_application", "limitation"),
        document="performance_proof",
        basis="人民调解法-31",
    ),
    Step("performing", "performance_fell_due", "performance_due", who=Role.CLOCK, expires="performance"),
    Step(
        ("performing", "performance_due"),
        "breach_found",
        "breached",
        who=HANDLER,
        form=schemas.Breach,
        guards=(rules.items_exist, rules.breach_is_real),
        tells=(facts.AgreementBreached,),
        stops=("performance",),
        basis="人民调解法-31",
    ),
    Step(
        ("breached", "urged", "not_performed"),
        "performance_urged",
        "urged",
        who=HANDLER,
        form=schemas.Urging,
        guards=(rules.dated("urged_on", "effective_on"),),
        document="urging_notice",
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
        who=HANDLER,
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
        who=HANDLER,
        form=schemas.Remedies,
        guards=(rules.remedies_fit, rules.dated("told_on", "effective_on")),
        change=_remedies,
        document="remedies_notice",
        stops=("judicial_confirmation",),
        basis="人民调解法-33",
    ),
    Step(
        ("performance_due", "breached", "urged", "not_performed", "followed_up"),
        "mediation_reopened",
        "in_session",
        who=HANDLER,
        form=schemas.Reopening,
        repeatable=True,
        starts=("mediation_period",),
        stops=("performance", "urging", "judicial_confirmation"),
        basis="人民调解法-31",
    ),
    Step(
        "performed",
        "follow_up_visited",
        "followed_up",
        who=HANDLER,
        form=schemas.FollowUp,
        guards=(rules.dated("visited_on", "effective_on"),),
        change=rules.on("visited_on"),
        stops=("follow_up_visit",),
        document="follow_up_record",
    ),
)

_CONFIRMATION = (
    Step(
        (*PERFORMING, "not_performed"),
        "confirmation_applied",
        "confirmation_pending",
        who=HANDLER,
        form=schemas.ConfirmationApplication,
        guards=(rules.confirmation_is_possible, rules.confirmation_is_in_time, rules.application_is_joint),
        change=_applied,
        tells=(facts.ConfirmationApplied,),
        starts=("court_acceptance",),
        since=(("court_acceptance", "applied_on"),),
        stops=("judicial_confirmation", "urging"),
        document="confirmation_application",
        basis="人民调解法-33",
    ),
    *(
        Step(
            state,
            "confirmation_lapsed",
            state,
            who=Role.CLOCK,
            expires="judicial_confirmation",
            change=_lapsed,
            basis="人民调解法-33",
        )
        for state in (*PERFORMING, "not_performed")
    ),
    Step(
        COURT,
        "court_accepted",
        "confirmation_pending",
        who=HANDLER,
        form=schemas.CourtAcceptance,
        guards=(rules.dated("accepted_on", "applied_on"),),
        change=rules.on("accepted_on"),
        starts=("court_review", "special_procedure"),
        since=(("court_review", "accepted_on"), ("special_procedure", "accepted_on")),
        stops=("court_acceptance", "court_follow_up"),
        basis="法释〔2011〕5号-4",
    ),
    Step(
        COURT,
        "court_extended",
        "confirmation_pending",
        who=HANDLER,
        form=schemas.CourtExtension,
        guards=(rules.an_extension_follows_acceptance_once, rules.dated("approved_on", "accepted_on")),
        change=_court_has_longer,
        starts=("court_extension",),
        lasts=(("court_extension", "extension_days"),),
        stops=("court_review", "court_follow_up"),
        basis="法释〔2011〕5号-5",
    ),
    Step(
        COURT,
        "court_prolonged",
        "confirmation_pending",
        who=HANDLER,
        form=schemas.CourtProlonged,
        guards=(rules.the_court_has_accepted, rules.dated("approved_on", "accepted_on")),
        keeps="court_prolongations",
        repeatable=True,
        change=_prolonged_from,
        starts=("special_procedure",),
        lasts=(("special_procedure", "days"),),
        since=(("special_procedure", "prolonged_from"),),
        stops=("court_review", "court_extension", "court_follow_up"),
        basis="民事诉讼法-187",
    ),
    Step("confirmation_pending", "acceptance_overdue", "court_overdue", who=Role.CLOCK, expires="court_acceptance"),
    Step("confirmation_pending", "ruling_overdue", "court_overdue", who=Role.CLOCK, expires="court_review"),
    Step("confirmation_pending", "answer_overdue", "court_overdue", who=Role.CLOCK, expires="court_follow_up"),
    Step("confirmation_pending", "extension_overdue", "court_overdue", who=Role.CLOCK, expires="court_extension"),
    # Also where the court was to be asked anyway: else its inquiry would be overtaken at once.
    Step(COURT, "special_procedure_over", "court_overdue", who=Role.CLOCK, expires="special_procedure"),
    Step(
        COURT,
        "court_asked",
        "confirmation_pending",
        who=HANDLER,
        form=schemas.AskedAgain,
        keeps="court_inquiries",
        repeatable=True,
        starts=("court_follow_up",),
        lasts=(("court_follow_up", "days"),),
    ),
    Step(
        COURT,
        "court_confirmed",
        "performing",
        who=HANDLER,
        form=schemas.Ruling,
        guards=(rules.dated("ruled_on", "applied_on", "accepted_on"),),
        keeps="ruling",
        change=_confirmed,
        tells=(facts.ConfirmationDecided,),
        stops=_COURT_CLOCKS,
        starts=("enforcement_application", "performance"),
        since=(("enforcement_application", "enforcement_from"),),
        lasts=(("performance", "performance_days"),),
        basis="法释〔2011〕5号-5",
    ),
    Step(
        COURT,
        "court_refused",
        "confirmation_refused",
        who=HANDLER,
        form=schemas.RefusedRuling,
        guards=(rules.dated("ruled_on", "applied_on", "accepted_on"),),
        keeps="ruling",
        change=_not_confirmed,
        tells=(facts.ConfirmationDecided,),
        stops=_COURT_CLOCKS,
        basis="民诉解释-358",
    ),
    Step(
        "confirmation_refused",
        "settlement_goes_on",
        "performing",
        who=HANDLER,
        form=schemas.Reopening,
        guards=(rules.what_was_agreed_is_lawful,),
        repeatable=True,
        change=_performing_again,
        starts=("performance",),
        lasts=(("performance", "performance_days"),),
        basis="人民调解法-31",
    ),
    # The thirty days have run all the while: another application may come in what is left of them.
    *(
        Step(
            COURT,
            trigger,
            "performing",
            who=HANDLER,
            form=form,
            guards=guards,
            change=_performing_again,
            starts=("judicial_confirmation", "performance"),
            since=(("judicial_confirmation", "effective_on"),),
            lasts=(("performance", "performance_days"),),
            stops=_COURT_CLOCKS,
            basis=basis,
        )
        for trigger, form, guards, basis in (
            ("confirmation_withdrawn", schemas.Withdrawal, (), None),
            (
                "court_declined",
                schemas.NotAccepted,
                (rules.the_court_has_not_accepted, rules.dated("ruled_on", "applied_on")),
                "民诉解释-355",
            ),
        )
    ),
    *(
        Step(
            state,
            "enforcement_lapsed",
            state,
            who=Role.CLOCK,
            expires="enforcement_application",
            change=_ran("enforcement_over"),
            basis="民事诉讼法-250",
        )
        for state in ("investigating", "in_session", *LYING)
    ),
    *(
        step
        for state in EVERYWHERE
        for step in (
            Step(
                state,
                "outsider_challenged",
                state,
                who=HANDLER,
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
                who=HANDLER,
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
    Step(
        "confirmation_refused",
        "mediation_resumed",
        "in_session",
        who=HANDLER,
        starts=("mediation_period",),
        stops=("performance",),
        basis="人民调解法-33",
    ),
    Step(
        "confirmation_refused",
        "mediation_terminated",
        "terminated",
        who=HANDLER,
        form=schemas.Termination,
        guards=(rules.routes_fit_the_dispute, rules.undisputed_facts_are_signed),
        keeps="termination",
        change=_suing,
        tells=(facts.MediationTerminated,),
        stops=("performance",),
        document="termination_notice",
        basis="人民调解法-33",
    ),
)


_RESUMED = (
    # A result that was not accepted: what was agreed binds all the same, and is not mediated from its application on.
    handling.resumed(
        "agreement_resumed",
        "not_performed",
        handling.on_file("agreement_resumed", rules.is_in_effect),
        # Of an agreement from before that was kept nothing is said: no court has confirmed it.
        change=lambda case, _form, _moment: {"court_confirmed": bool(case.details.get("court_confirmed"))},
        starts=("limitation", "enforcement_application"),
        since=(("limitation", "limitation_from"), ("enforcement_application", "enforcement_from")),
        lasts=(("enforcement_application", "court_confirmed"),),
    ),
    handling.resumed(
        "visit_resumed",
        "performed",
        handling.on_file("visit_resumed", rules.was_performed),
        starts=("follow_up_visit",),
    ),
)


def _adapted(step: Step) -> Step:
    """Return a shared step as it is here: who takes a case on is who works on it."""
    if step.trigger != "case_accepted":
        return step
    asks = step.change
    return replace(
        step,
        change=lambda case, form, moment: {
            **(asks(case, form, moment) if asks else {}),
            **_taken_on(case, form, moment),
        },
    )


MEDIATION = Workflow(
    "mediation",
    *(_adapted(step) for step in handling.shared_steps(first="accepted", open_states=OPEN, ready=()) if step.sources),
    *_ELIGIBILITY,
    *_MEDIATION,
    *_AGREEMENT,
    *_PERFORMANCE,
    *_CONFIRMATION,
    *_RESUMED,
    _conclusion(
        "followed_up", "concluded", schemas.Settled, rules.a_part_is_not_the_whole, rules.a_relapse_is_not_solved
    ),
    _conclusion(UNSETTLED, "concluded_unsettled", schemas.Unsettled, rules.only_applicants_withdraw),
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=(*OUTSIDER_CLOCKS, "authority_follow_up", "escalation_follow_up"),
)
