"""Who is owed how much, by whom, and by which evidence; then they are brought together (保障农民工工资支付条例 4, 30, 31, 50)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role, Step
from services.wage_recovery import cautions, debts, facts, rules, schemas
from services.wage_recovery.stages.places import ARBITRATION, CLAIMING, ROSTERED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


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
    found = debts.liable_parties(form, debts.unpaid(case))
    found = [{**row, "provisions": rules.articles(row["articles"])} for row in found]
    return {"liable": found, "order_open": debts.order_is_open(found)}


STEPS = (
    Step(
        "roster_due",
        "roster_verified",
        "liable_party_due",
        who=Role.HANDLER,
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
        who=Role.HANDLER,
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
            who=Role.HANDLER,
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
            who=Role.HANDLER,
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
        who=Role.HANDLER,
        form=schemas.Unfounded,
        keeps="unfounded",
    ),
    *(
        Step(
            state,
            "coordination_held",
            "coordinated",
            who=Role.HANDLER,
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
