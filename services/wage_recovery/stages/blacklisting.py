"""Who disobeys is proposed for the list of defaulters, listed, and taken off it (保障农民工工资支付条例 48)."""

from __future__ import annotations

from typing import Any

from chassis.workflow import Role, Step
from services.wage_recovery import orders, rules, schemas
from services.wage_recovery.stages.places import ENFORCEMENT, EVERYWHERE, POLICE

#: Where the payer may be proposed for the list of defaulters.
_DEFAULTING = ("ordered_to_pay", "compensation_due", "enforcement_due", *ENFORCEMENT, *POLICE)

#: Of several decisions on the list that are awaited the one asked for first has the clock.
_LIST_ANSWER: dict[str, Any] = {
    "starts": ("list_answer",),
    "lasts": (("list_answer", "list_waits"),),
    "since": (("list_answer", "list_asked_since"),),
}

STEPS = (
    *(
        Step(
            state,
            "blacklisting_proposed",
            state,
            who=Role.HANDLER,
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
        for state in _DEFAULTING
    ),
    *(
        Step(
            state,
            trigger,
            state,
            who=Role.HANDLER,
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
            who=Role.HANDLER,
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
