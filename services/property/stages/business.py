"""A dwelling is used for business: every affected owner has a veto (民法典 279)."""

from __future__ import annotations

from chassis.workflow import Delivery, Role, Step
from services.property import firms, rules, schemas, votes

STEPS = (
    Step(
        "verified",
        "business_use_found",
        "consents_due",
        who=Role.HANDLER,
        form=schemas.BusinessUse,
        guards=(
            firms.complaint_is_about("business_use", "住宅改经营"),
            votes.estate_is_registered,
            votes.dwelling_is_in_the_roster,
        ),
        change=votes.business_use,
        basis="民法典-279",
    ),
    Step(
        "consents_due",
        "consents_examined",
        "consents_examined",
        who=Role.HANDLER,
        form=schemas.Consents,
        guards=(votes.only_the_affected_consent,),
        change=votes.consents_counted,
        document="consent_list",
        basis="民法典-279",
    ),
    Step(
        "consents_examined",
        "business_use_allowed",
        "unfounded_proposed",
        who=Role.HANDLER,
        form=schemas.Unfounded,
        guards=(votes.all_affected_consented,),
        basis="民法典-279",
    ),
    Step(
        "consents_examined",
        "restoration_asked",
        "restoration_asked",
        who=Role.HANDLER,
        form=schemas.Restoration,
        guards=(
            rules.act_is_not_ahead,
            votes.somebody_did_not_consent,
        ),
        since=(("restoration", "delivered_on"),),
        starts=("restoration",),
        lasts=(("restoration", "restore_workdays"),),
        document="restoration_notice",
        serves=Delivery(
            document="restoration_notice",
            on="delivered_on",
            way="way",
            ways={"visit": "in_person", "letter": "by_post", "message": "electronic"},
        ),
        basis="滨州市住宅物业管理条例-36",
    ),
    Step(
        "restoration_asked",
        "dwelling_restored",
        "external_recheck_due",
        who=Role.HANDLER,
        form=schemas.Result,
        stops=("restoration",),
    ),
    Step("restoration_asked", "restoration_expired", "handover_due", who=Role.CLOCK, expires="restoration"),
)
