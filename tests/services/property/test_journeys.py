"""Every end that property's table names, reached by a whole appeal through all services, by their public doors only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from chassis.examples import example
from chassis.workflow import Role, Step, Workflow
from services.property import schemas
from services.property.workflow import PROPERTY
from tests.journeys.conftest import leave_nobody_alone
from tests.journeys.town import Town, ends_of
from tests.nodes.street import Embedded
from tests.services.property.test_service import FEW, OWNERS, TO_CREDIT, TO_GROUP, TO_ORDER, TO_SEAL, TO_SITE, TO_VOTE

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(400)

TO_FUND: Final = (*TO_VOTE, "votes_counted", "ballots_called_back", "vote_carried", "fund_applied")
TO_EMERGENCY: Final = (*TO_SITE[:3], "emergency_reported", "emergency_confirmed", "emergency_repaired")


@dataclass(frozen=True)
class Way:
    """The steps from the dispatch to a conclusion, and what differs from the example forms."""

    end: tuple[str, str]
    path: tuple[str, ...]
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)


FIXED, HANDED = ("fixed", "concluded"), ("handed_over", "concluded_as_handed_over")
OWNERS_REPAIR: Final = {"verified_on_site": OWNERS}
OUTSIDE: Final = {"verified_on_site": {"responsible": "utility"}}
SHOP: Final = {"classified": {"kind": "business_use"}}
CONSENT: Final = {
    "consents_examined": {"consents": [{"room": one, "consents": True} for one in ("1-1-102", "1-1-201")]}
}
#: Each end by at least one way, and each long side path besides.
WAYS: Final = {
    "the company obeys": Way(FIXED, (*TO_SITE, "company_ordered", "company_reported", "recheck_passed")),
    "an unlawful decision is not put right and revoked": Way(
        FIXED,
        (*TO_SITE, "decision_ordered_right", "decision_order_expired", "unlawful_decision_revoked"),
        {"classified": {"kind": "owners_committee"}},
    ),
    "the company is silent, interviewed, marked, and a joint meeting decides": Way(
        FIXED,
        (
            *(*TO_SITE, "company_ordered", "rectification_expired", "recheck_failed", "company_interviewed"),
            *("promise_expired", "recheck_failed", "credit_mark_reported", "credit_mark_answered"),
            *("joint_meeting_called", "joint_meeting_held", "decision_carried_out"),
        ),
    ),
    "the fund pays": Way(
        FIXED,
        (
            *TO_FUND,
            "fund_answer_expired",
            "fund_urged",
            "fund_approved",
            "repair_accepted",
            "repair_settled",
            "costs_published",
        ),
        OWNERS_REPAIR,
    ),
    "an emergency is paid": Way(
        FIXED,
        (*TO_EMERGENCY, "emergency_fund_applied", "audit_expired", "audit_urged", "audit_passed", "costs_published"),
    ),
    "a committee is elected": Way(
        FIXED,
        (
            *TO_GROUP,
            "first_meeting_held",
            "election_posted",
            "committee_filed",
            "filing_certified",
            "committee_met",
            "committee_installed",
        ),
        {"classified": {"kind": "owners_committee"}},
    ),
    "ten owners ask, the developer withholds his papers, and the first election is revoked and held again": Way(
        FIXED,
        (
            *(*TO_SITE, "first_meeting_asked", *TO_GROUP[-3:-1], "papers_urged", "papers_withheld", TO_GROUP[-1]),
            *("first_meeting_held", "election_posted", "committee_filed", "first_election_revoked"),
            *("election_announced", "first_meeting_held", "committee_met", "election_posted", "committee_filed"),
            *("filing_certified", "committee_installed"),
        ),
        {"classified": {"kind": "owners_committee"}},
    ),
    "ten owners ask for a meeting that is not due yet": Way(
        ("unfounded", "concluded_as_unfounded"),
        (*TO_SITE, "first_meeting_asked", "condition_not_met", "complainant_heard", "unfounded_confirmed"),
        {"classified": {"kind": "owners_committee"}},
    ),
    "the owners dismiss the company by a vote counted here": Way(
        FIXED,
        (
            *(*TO_SITE, "common_decision_needed", "vote_announced", "votes_counted", "decision_posted"),
            *("contract_ended", "estate_handed_over", "successor_took_over", "contract_filed"),
        ),
        {
            "classified": {"kind": "change_of_company"},
            "vote_announced": {"item": "dismiss_company"},
            "votes_counted": {"item": "dismiss_company"},
        },
    ),
    "a management committee is formed": Way(
        FIXED,
        (*TO_GROUP, "first_meeting_failed", "first_meeting_failed", "management_committee_formed", "district_told"),
        {"classified": {"kind": "owners_committee"}},
    ),
    "a lapsed committee is elected anew": Way(
        FIXED,
        (
            *(
                *TO_SITE,
                "committee_lapsed",
                "reelection_urged",
                "election_announced",
                "reelection_held",
                "books_handed_over",
            ),
            *("election_posted", "committee_filed", "filing_certified", "committee_met", "committee_installed"),
        ),
        {"classified": {"kind": "owners_committee"}},
    ),
    "another takes a lapsed committee's place": Way(
        FIXED,
        (
            *(*TO_SITE, "committee_lapsed", "reelection_urged", "reelection_urged"),
            *("management_committee_formed", "district_told"),
        ),
        {"classified": {"kind": "owners_committee"}},
    ),
    "the company leaves": Way(
        FIXED,
        (*TO_SITE, "contract_ended", "estate_handed_over", "successor_took_over", "contract_filed"),
        {"classified": {"kind": "change_of_company"}},
    ),
    "the company stays, is ordered out, fined, and a joint meeting decides": Way(
        FIXED,
        (
            *(*TO_SITE, "contract_ended", "exit_expired", *TO_ORDER, "exit_order_expired", "fine_asked"),
            *("fine_answer_expired", "fine_urged", "fine_decided"),
            *("joint_meeting_called", "joint_meeting_held", "decision_carried_out"),
        ),
        {"classified": {"kind": "change_of_company"}},
    ),
    "the committee before withholds books and seals": Way(
        HANDED,
        (*TO_SEAL, "books_urged", "books_withheld", "joint_meeting_called", "joint_meeting_failed", "handed_over"),
        {"classified": {"kind": "owners_committee"}},
    ),
    "the company does not come to the interview, and the joint meeting is put off": Way(
        FIXED,
        (
            *(*TO_SITE, "company_ordered", "company_reported", "recheck_failed", "interview_refused"),
            *("credit_mark_reported", "joint_meeting_called", "joint_meeting_called", "joint_meeting_held"),
            *("decision_carried_out", "credit_mark_urged", "credit_mark_answered"),
        ),
    ),
    "the works are late, given to another, and stopped": Way(
        HANDED,
        (
            *(*TO_FUND, "fund_approved", "works_expired", "works_urged", "repair_rejected", "contractor_replaced"),
            *("repair_stopped", "handed_over"),
        ),
        OWNERS_REPAIR,
    ),
    "the vote on the fund is revoked while the works go on": Way(
        HANDED, (*TO_FUND, "fund_approved", "decision_revoked", "repair_given_up", "handed_over"), OWNERS_REPAIR
    ),
    "an emergency repair is late, and somebody else pays": Way(
        FIXED,
        (*TO_EMERGENCY[:-1], "emergency_repair_expired", "emergency_urged", "emergency_repaired", "paid_otherwise"),
    ),
    "nobody forms the group": Way(
        HANDED,
        (
            *(*TO_SITE, "first_meeting_due", "group_formation_expired", "group_charged", "group_charge_expired"),
            *("group_not_formed", "handed_over"),
        ),
        {"classified": {"kind": "owners_committee"}},
    ),
    "the dismissal is revoked when the contract has ended, and decided again": Way(
        FIXED,
        (
            *(*TO_SITE, "common_decision_needed", "vote_announced", "votes_counted", "decision_posted"),
            *("contract_ended", "exit_declined", "dismissal_revoked", "vote_announced", "votes_counted"),
            *("decision_posted", "contract_ended", "exit_declined", "joint_meeting_called", "joint_meeting_held"),
            *("estate_handed_over", "successor_took_over", "contract_filed", "report_answered"),
        ),
        {
            "classified": {"kind": "change_of_company"},
            "vote_announced": {"item": "dismiss_company"},
            "votes_counted": {"item": "dismiss_company"},
        },
    ),
    "the rescuers are late": Way(
        FIXED,
        (
            *("case_accepted", "contact_made", "people_trapped", "rescue_expired", "rescuers_called_again"),
            *("second_rescue_expired", "people_freed", "classified", "verified_on_site", "company_ordered"),
            *("company_reported", "recheck_passed"),
        ),
    ),
    "people are freed from a lift": Way(
        FIXED,
        (
            *("case_accepted", "contact_made", "people_trapped", "people_freed"),
            *("classified", "verified_on_site", "company_ordered", "company_reported", "recheck_passed"),
        ),
    ),
    "a dwelling is restored": Way(
        FIXED,
        (
            *TO_SITE,
            "business_use_found",
            "consents_examined",
            "restoration_asked",
            "dwelling_restored",
            "recheck_passed",
        ),
        SHOP,
    ),
    "a shop that all consent to": Way(
        ("unfounded", "concluded_as_unfounded"),
        (
            *(*TO_SITE, "business_use_found", "consents_examined", "business_use_allowed"),
            *("complainant_heard", "unfounded_confirmed"),
        ),
        {**SHOP, **CONSENT},
    ),
    "what was not found": Way(
        ("unfounded", "concluded_as_unfounded"),
        (*TO_SITE, "found_unfounded", "complainant_heard", "unfounded_confirmed"),
        {"verified_on_site": {"confirmed": False}},
    ),
    "nobody carries the decision out": Way(
        HANDED, (*TO_SITE, "joint_meeting_called", "joint_meeting_held", "decision_expired", "handed_over")
    ),
    "the outside unit is silent": Way(
        HANDED,
        (
            *TO_SITE,
            "referred_out",
            "external_answer_expired",
            "external_urged",
            "external_answer_expired",
            "handed_over",
        ),
        OUTSIDE,
    ),
    "a dwelling is not restored": Way(
        HANDED,
        (
            *TO_SITE,
            "business_use_found",
            "consents_examined",
            "restoration_asked",
            "restoration_expired",
            "handed_over",
        ),
        SHOP,
    ),
    "a diverted fund that the district does not recover": Way(
        HANDED,
        (*TO_SITE, "fund_diversion_reported", "external_declined", "handed_over"),
        {"verified_on_site": {"fund_diverted": "50000.00"}},
    ),
    "fees are settled": Way(FIXED, (*TO_SITE, "fees_examined", "fee_settled"), {"classified": {"kind": "fees"}}),
    "the owners decide on another matter": Way(
        FIXED,
        (
            *(*TO_SITE, "common_decision_needed", "vote_announced", "votes_counted", "vote_objected"),
            *("objection_reviewed", "decision_posted", "decision_carried_out"),
        ),
        {"vote_announced": {"item": "other_major_matter"}, "votes_counted": {"item": "other_major_matter"}},
    ),
    "the repair is given up": Way(HANDED, (*TO_VOTE, "repair_given_up", "handed_over"), OWNERS_REPAIR),
    "the owners' vote is lost": Way(
        ("vote_lost", "concluded_as_unfunded"),
        (*TO_VOTE, "votes_counted", "vote_failed"),
        {**OWNERS_REPAIR, "votes_counted": FEW},
    ),
    "the fund refuses": Way(("fund_refused", "concluded_as_unfunded"), (*TO_FUND, "fund_declined"), OWNERS_REPAIR),
    "the audit refuses": Way(
        ("audit_refused", "concluded_as_unfunded"), (*TO_EMERGENCY, "emergency_fund_applied", "audit_declined")
    ),
}
#: The ends that no conclusion leads to, or that come after it.
BY_OTHERS: Final = ("closed", "returned", "transferred", "withdrawn")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a street in one process, in whose register the estate of the example forms stands."""
    with Embedded(tmp_path_factory.mktemp("street")) as street:
        town = Town(street)
        status, answer = town.handler.put("/property/api/v1/estates", example(schemas.EstateForm))
        assert status == 200, answer
        yield town
        leave_nobody_alone(town)


def test_every_end_of_the_table_has_a_journey() -> None:
    assert ends_of(PROPERTY) == {way.end for way in WAYS.values()} | {(state, "") for state in BY_OTHERS}


def test_an_end_without_a_journey_is_found() -> None:
    steps = (*PROPERTY.steps, Step("accepted", "forgotten", "concluded", who=Role.HANDLER))
    more = Workflow("property", *steps, initial="received", ends=PROPERTY.ends)

    assert ends_of(more) - ends_of(PROPERTY) == {("accepted", "forgotten")}


@pytest.mark.parametrize("name", WAYS)
def test_a_complaint_comes_to_its_end_is_called_back_rated_and_closed(town: Town, name: str) -> None:
    way = WAYS[name]
    appeal = town.sent_to("property")

    town.go("property", appeal, *way.path, way.end[1], **way.changed)
    shown = town.await_public(appeal, "callback_due")
    town.rate(appeal)
    town.await_public(appeal, "closed")

    closed = town.await_case("property", appeal, "closed")
    assert way.end in {(entry["source"], entry["trigger"]) for entry in closed["timeline"]}
    assert shown["reply"]
    waits = {clock["name"] for clock in closed["clocks"] if clock["state"] not in {"stopped", "expired"}}
    assert waits <= PROPERTY.outlive
    assert bool(waits) == (
        way.end == HANDED or ("credit_mark_reported" in way.path and "credit_mark_answered" not in way.path)
    )


def test_a_complaint_that_is_anothers_is_returned(town: Town) -> None:
    appeal = town.sent_to("property")

    town.return_to("hotline", "property", appeal)


def test_a_complaint_that_turns_out_to_be_an_offence_is_transferred_and_may_come_back(town: Town) -> None:
    appeal = town.sent_to("property")
    town.go("property", appeal, *TO_SITE)

    back = town.transfer_there_and_back("property", appeal)

    assert back["details"]["classified"]["estate"] == "黄河家园一区"
    town.go(
        "property",
        appeal,
        "case_accepted",
        *TO_CREDIT[2:4],
        "company_ordered",
        "company_reported",
        "recheck_passed",
        "concluded",
    )
    town.rate(appeal)
    town.await_public(appeal, "closed")


def test_a_complaint_that_is_withdrawn_ends_with_all_its_clocks(town: Town) -> None:
    appeal = town.sent_to("property")
    town.go("property", appeal, *TO_VOTE, **OWNERS_REPAIR)

    town.withdraw("property", appeal)
