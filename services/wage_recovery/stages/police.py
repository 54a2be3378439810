"""Who disobeys by a crime is handed to the police, who file the case, decline it, or end it (保障农民工工资支付条例 41)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chassis.workflow import Role, Step
from services.wage_recovery import courts, facts, orders, rules, schemas
from services.wage_recovery.stages.places import ENFORCEMENT, EVERYWHERE, POLICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values


def _police_declined(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    return dict.fromkeys(("crime_transferred", "police_filed"))


STEPS = (
    *(
        # The court goes on enforcing while the police look at the case, and the time to ask it runs on.
        Step(
            source,
            "crime_transferred",
            target,
            who=Role.HANDLER,
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
            # Another payer's order may still run, and a court enforce what was decided.
            *((state, state) for state in ("ordered_to_pay", *ENFORCEMENT)),
        )
    ),
    Step("enforcement_due", "police_awaited", "crime_transferred", who=Role.HANDLER, guards=(orders.police_have_it,)),
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
            who=Role.HANDLER,
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
            who=Role.HANDLER,
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
)
