"""Every end that the table of wage recovery names is reached by a journey, from the resident's letter to the callback."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.wage_recovery.workflow import WAGE_RECOVERY
from tests.journeys.conftest import embedded
from tests.services.to_the_end import Journey, Traveller, ends_of
from tests.services.wage_recovery.test_service import TO_COORDINATION, TO_ORDER

if TYPE_CHECKING:
    from tests.journeys.town import Town

__all__ = ["embedded"]

BIG = {"items": [{"item": "wages", "amount": "30000.00"}]}
ARBITRATED = (*TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made")

#: One way to each end from which the resident is told, or more where the law knows several.
JOURNEYS: dict[str, Journey] = {
    "not_wages": Journey(("case_accepted", "contact_made", "found_not_wages")),
    "unfounded": Journey(
        (
            *(*TO_COORDINATION, "referred_to_inspection", "inspection_accepted", "investigation_ended"),
            *("no_violation_found", "claim_found_unfounded"),
        )
    ),
    "sued": Journey((*ARBITRATED, "lawsuit_filed"), {"award_made": BIG, "lawsuit_filed": {"ground": "against_award"}}),
    "sued_overdue": Journey(
        (*ARBITRATED, "lawsuit_filed", "lawsuit_fell_silent"),
        {"award_made": BIG, "lawsuit_filed": {"ground": "against_award"}},
    ),
    "partly_paid": Journey(
        (*TO_ORDER, "order_expired", "compensation_ordered", "enforcement_applied", "enforcement_ended"),
        {
            "compensation_ordered": {"served_on": str},
            "enforcement_applied": {"ground": "administrative_decision"},
        },
    ),
    "not_pursued": Journey((*TO_COORDINATION, "not_pursued")),
    "crime_transferred": Journey((*TO_ORDER, "order_expired", "blacklisting_proposed", "crime_transferred")),
    "crime_overdue": Journey((*TO_ORDER, "order_expired", "crime_transferred", "answer_overdue")),
    "paid": Journey(
        (*TO_COORDINATION, "mediation_started", "settlement_agreed", "settlement_fell_due", "payment_verified"),
        {"settlement_agreed": {"instalments": [{"due_on": "2027-06-30", "amount": "18000.00"}]}},
    ),
    # The last one, for its days pass in the whole street: six months to sue against the decision, three to ask the court.
    "window_missed": Journey(
        (*TO_ORDER, "order_expired", "compensation_ordered", "window_missed"),
        after={"window_missed": timedelta(days=300)},
    ),
}
#: The ends at which the appeal is another's, or its resident's again.
ELSEWHERE = ("returned", "transferred", "withdrawn")


@pytest.fixture
def traveller(embedded: Town) -> Traveller:
    """Give somebody who takes claims for wages through the street."""
    return Traveller(embedded, WAGE_RECOVERY)


def test_every_end_of_the_table_has_its_journey() -> None:
    assert {*JOURNEYS, *ELSEWHERE, "closed"} == ends_of(WAGE_RECOVERY)


@pytest.mark.parametrize("end", JOURNEYS)
def test_a_journey_comes_to_its_end_and_the_resident_is_told(traveller: Traveller, end: str) -> None:
    appeal = traveller.town.sent_to("wage_recovery")

    assert traveller.go(appeal, JOURNEYS[end]) == end
    traveller.tell(appeal)


def test_a_claim_that_belongs_elsewhere_is_returned_and_sent_there(traveller: Traveller) -> None:
    traveller.have_it_returned(traveller.town.sent_to("wage_recovery"), "mediation")


def test_a_claim_is_passed_on_to_another_mechanism(traveller: Traveller) -> None:
    traveller.pass_it_on(traveller.town.sent_to("wage_recovery"), "mediation")


def test_a_claim_that_its_resident_withdraws_ends(traveller: Traveller) -> None:
    appeal = traveller.town.sent_to("wage_recovery")
    traveller.go(appeal, Journey((*TO_COORDINATION, "referred_to_inspection")))

    traveller.withdraw(appeal)
