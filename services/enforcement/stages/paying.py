"""A fine is paid, put off, or late (行政处罚法 66 to 72)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.enforcement import facts, notes, reading, rules, schemas
from services.enforcement.stages.places import COLLECTING, LATER, PAYABLE, REMEDIES, reaches

STEPS = (
    *(
        Step(
            state,
            "warning_served",
            state,
            who=Role.HANDLER,
            form=schemas.Serving,
            guards=(
                rules.it_is_a_warning,
                rules.is_served_anew,
                notes.no_contest_runs,
                rules.served_by_the_book,
                reading.dated("served_on", "decided_on"),
            ),
            change=notes.serve_warning,
            stops=REMEDIES,
            starts=("reconsideration", "remedies"),
            since=tuple((clock, "reached_on") for clock in ("reconsideration", "remedies")),
            document="proof_of_service",
            serves=reaches("penalty_decision", "served_on", way="way", recipient="recipient"),
            basis="行政处罚法-61",
        )
        for state in ("performed", "settled", *LATER)
    ),
    # Who was looked for by an announcement has turned up, or a service has failed: all times run from the new one.
    Step(
        ("payment_due", "payment_overdue", "enforceable", "demand_running", "court_ready", "unenforceable"),
        "served",
        "payment_due",
        who=Role.HANDLER,
        form=schemas.Serving,
        guards=(
            rules.it_is_no_warning,
            rules.is_served_anew,
            notes.no_contest_runs,
            rules.served_by_the_book,
            reading.dated("served_on", "decided_on"),
        ),
        change=notes.set_pay_by,
        stops=(*COLLECTING, *REMEDIES),
        starts=("payment", "reconsideration", "remedies"),
        since=tuple((clock, "reached_on") for clock in ("payment", "reconsideration", "remedies")),
        document="proof_of_service",
        serves=reaches("penalty_decision", "served_on", way="way", recipient="recipient"),
        basis="行政处罚法-61",
    ),
    *(
        Step(
            sources,
            "performed",
            target,
            who=Role.HANDLER,
            form=schemas.Payment,
            guards=(rules.payment_covers, rules.collected_lawfully, reading.dated("paid_on", "decided_on")),
            change=notes.note_payment,
            stops=stops,
            starts=("hand_in",),
            lasts=(("hand_in", "collected"),),
            since=(("hand_in", "paid_on"),),
            tells=(facts.PenaltyPerformed,),
            basis="行政处罚法-67",
        )
        for sources, target, stops in (
            (tuple(state for state in PAYABLE if state != "contested"), "performed", COLLECTING),
            # A review stops no payment, and a payment no review (行政处罚法 73).
            ("contested", "paid_contested", ()),
        )
    ),
    *(
        Step(
            state,
            "part_paid",
            state,
            who=Role.HANDLER,
            form=schemas.PartPayment,
            guards=(rules.a_part_is_less_than_the_whole, reading.dated("paid_on", "decided_on")),
            change=rules.note_part,
            repeatable=True,
            basis="行政处罚法-66",
        )
        for state in PAYABLE
    ),
)
