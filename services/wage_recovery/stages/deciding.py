"""Compensation and decisions upon who disobeyed, and what is revoked of them (劳动保障监察条例 26; 行政复议法 64)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.wage_recovery import courts, decisions, facts, orders, rules, schemas
from services.wage_recovery.stages.places import DECISIONS, ENFORCEMENT, FALLEN, FALLS, POLICE

STEPS = (
    # While the police look at the case, another payer's order runs, or a court enforces what was decided upon another, the
    # authority decides all the same.
    *(
        Step(
            source,
            trigger,
            target,
            who=Role.HANDLER,
            form=form,
            guards=(decisions.upon_whom, decisions.comes_after_its_order, within, rules.what_happened_is_past),
            keeps=keeps,
            change=decisions.decide,
            tells=tells,
            **DECISIONS,
            stops=("follow_up",) if source != target else (),
            document=keeps,
            basis=basis,
        )
        for source, target in (
            *((state, "enforcement_due") for state in ("compensation_due", *POLICE, "enforcement_due")),
            *((state, state) for state in ("ordered_to_pay", *ENFORCEMENT)),
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
            who=Role.HANDLER,
            form=schemas.OrderRevocation,
            guards=(decisions.stands, guard, rules.what_happened_is_past),
            keeps="decisions_revoked",
            repeatable=True,
            change=decisions.revoke,
            starts=("follow_up",) if target != state else (),
            stops=(*FALLS, *(("follow_up",) if target != state else ())),
            of=FALLEN,
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
        who=Role.HANDLER,
        guards=(courts.is_decided,),
        stops=("follow_up",),
    ),
)
