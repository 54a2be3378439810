"""The owners or their committee have decided against the law: it is ordered to be put right, or revoked and told (条例 19)."""

from __future__ import annotations

from chassis.workflow import Delivery, Role, Step
from services.property import firms, rules, schemas, votes

GUARDS = (
    rules.act_is_not_ahead,
    firms.complaint_is_about("owners_committee", "业主委员会"),
    firms.problem_was_found,
)
RUNNING, OVER = "decision_order_running", "decision_order_over"

STEPS = (
    Step(
        "verified",
        "decision_ordered_right",
        RUNNING,
        who=Role.HANDLER,
        form=schemas.DecisionOrder,
        guards=GUARDS,
        since=(("decision_order", "delivered_on"),),
        starts=("decision_order",),
        lasts=(("decision_order", "rectify_workdays"),),
        document="decision_order",
        serves=Delivery(document="decision_order", on="delivered_on"),
        basis="物业管理条例-19",
    ),
    Step(RUNNING, "decision_order_expired", OVER, who=Role.CLOCK, expires="decision_order"),
    Step(
        (RUNNING, OVER),
        "decision_put_right",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Result,
        stops=("decision_order",),
    ),
    Step(
        ("verified", RUNNING, OVER),
        "unlawful_decision_revoked",
        "fixed",
        who=Role.REVIEWER,
        form=schemas.UnlawfulDecision,
        guards=GUARDS,
        apart=("decision_ordered_right", "verified_on_site.inspectors.name"),
        change=votes.posted,
        stops=("decision_order",),
        document="unlawful_decision_notice",
        basis="物业管理条例-19",
    ),
)
