"""The procedure of relief, from the window to the payment.

to_apply -> materials_check -> authorising -> checking -> visiting -> surveyed   (checking <-> verifying_elsewhere)
   |            supplement_due                                           |
   |                        objecting <-> publicising <- to_publicise <--+
   |                                          |
   |     rejected <- at_district <- to_submit -> street_deciding -> approved -> paid
   +-> emergency -> retro_due -> emergency_settled

Who never applies (from to_apply, emergency) or steps back ends as dropped; so does who dies or renounces between approved
and paid. A grant that is revoked before it is paid goes to rejected, and is told in writing.

Whoever is refused, stopped, lowered or asked to pay back may turn against it, also when the appeal is long closed: the
remedy is followed up (remedy_sought .. remedy_decided), and each decision has its way back: rejection_overturned,
benefit_restored, advance_upheld, fraud_cleared, arrears_paid; what was decided on an earlier request of the case is put
right by earlier_put_right. A refusal that is overturned after the appeal's end is decided anew and ends again by
review_carried_out, without a second reply to the appeal.
"""

from __future__ import annotations

from dataclasses import replace

from chassis import handling
from chassis.workflow import Workflow
from services.relief import benefits, rules
from services.relief.stages import (
    concluding,
    contesting,
    deciding,
    lasting,
    paying,
    publicising,
    reclaiming,
    referring,
    requesting,
    surveying,
    urgent,
)
from services.relief.stages.places import HANDLING, REMEDIES

#: Each kind of relief, and of household, has its own rows of the law: by these of its details a case goes by them.
_BY_KIND = (
    *(("handling", "handled_as"), ("verification", "verified_as")),
    *((clock, "relief") for clock in ("publicity", "district", "rejection_notice", "payment")),
)

#: What a review has opened after the appeal's end is nobody else's; a rework of what is paid month by month begins elsewhere.
_GUARDED = {"transferred": rules.is_told_by_the_appeal, "rework_taken": benefits.nothing_lasting_runs}
_SHARED = tuple(
    replace(step, guards=(*step.guards, _GUARDED[step.trigger])) if step.trigger in _GUARDED else step
    for step in handling.shared_steps(mechanism="relief", first="to_apply", open_states=HANDLING, ready=())
    if step.sources
)

_STEPS = (
    *_SHARED,
    *requesting.STEPS,
    *surveying.STEPS,
    *publicising.STEPS,
    *deciding.STEPS,
    *paying.STEPS,
    *lasting.STEPS,
    *reclaiming.STEPS,
    *contesting.STEPS,
    *urgent.STEPS,
    *referring.STEPS,
    *concluding.STEPS,
)

RELIEF = Workflow(
    "relief",
    *(replace(step, case_kind=_BY_KIND) for step in _STEPS),
    initial="received",
    stages=handling.STAGES,
    ends=handling.ENDS,
    outlive=(*REMEDIES, "verification", "remedy_followup", "fraud_followup", "refund", "also_referral"),
)
