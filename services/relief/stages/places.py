"""Where a request may lie and which clocks belong together: what the stages share. Pure."""

from __future__ import annotations

from typing import Any

from chassis import handling
from services.relief import remedies

#: The states from which the resident may be told the end: help was given, or it was not.
HELPED = ("paid", "stopped", "emergency_settled", "referral_settled")
NOT_HELPED = ("informed", "lapsed", "dropped", "rejection_told", "reclaimed", "fraud", "referral_silent")
READY = (*HELPED, *NOT_HELPED)
HANDLING = (
    "materials_check",
    "supplement_due",
    "authorising",
    "checking",
    "verifying_elsewhere",
    "visiting",
    "surveyed",
    "to_publicise",
    "publicising",
    "objecting",
    "to_submit",
    "street_deciding",
    "at_district",
    "district_silent",
    "to_decline",
    "district_declining",
    "approved",
    "benefit_reviewing",
    "rejected",
    "emergency",
    "retro_due",
    "retro_overdue",
    "referred",
    *READY,
)
#: Whatever end the appeal has come to: a rework, too, may be withdrawn or go elsewhere while monthly relief is paid.
AFTER_THE_END = ("concluded", *handling.ENDS)
#: What was decided may be contested, and what is owed may come back, wherever the appeal has gone since.
EVERYWHERE = ("received", "return_pending", "to_apply", *HANDLING, "concluded", "rework_due", *handling.ENDS)
#: The clocks in which decisions may be contested: each shows the one that may be contested longest.
REMEDIES = tuple(remedies.CLOCKS)
RUNS_FROM = {
    "lasts": tuple((clock, f"{clock}_runs") for clock in REMEDIES),
    "since": tuple((clock, f"{clock}_from") for clock in REMEDIES),
}
FOLLOWED = ("remedy_followup", "remedies_left")
#: What lasts is verified again in so many months (社会救助暂行办法 13).
VERIFIED = ("verification", "verify_months")


def may_contest(
    *others: str,
    starts: tuple[str, ...] = (),
    lasts: tuple[tuple[str, str], ...] = (),
    since: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    """Return the clocks of a step after which other decisions may be contested than before, with its own."""
    return {
        "stops": (*others, *REMEDIES),
        "starts": (*starts, *REMEDIES),
        "lasts": (*lasts, *RUNS_FROM["lasts"]),
        "since": (*since, *RUNS_FROM["since"]),
    }


#: The staff's relative of the applicant's, who keeps out of it all (近亲属备案).
RELATIVE = "relative_registered.staff_name"
#: Who has put a visit on record, or who the records say has visited the household or asked around, neither gives an
#: opinion nor decides: 调查, 审核 and 审批 are several people's (社会救助暂行办法 48); nor does the applicant's relative.
SURVEYORS = ("house_visited", "house_visited.visitors.name", "neighbour_asked.interviewers", RELATIVE)
#: The states in which the applicant may still step back.
UNDECIDED = (
    "materials_check",
    "supplement_due",
    "lapsed",
    "authorising",
    "checking",
    "verifying_elsewhere",
    "visiting",
    "surveyed",
    "to_publicise",
    "publicising",
    "objecting",
    "to_submit",
    "to_decline",
    "street_deciding",
    "at_district",
    "district_silent",
    "district_declining",
)
DISTRICT = ("at_district", "district_silent")
