"""Every end that the table of relief names is reached by a journey, from the resident's letter to the callback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chassis.clocks import add_months
from services.relief.workflow import RELIEF
from tests.journeys.conftest import embedded
from tests.services.relief.test_service import APPLY
from tests.services.to_the_end import Journey, Traveller, ends_of

if TYPE_CHECKING:
    from tests.journeys.town import Town

__all__ = ["embedded"]

BEGUN = ("case_accepted", "contact_made")
ASKED = (*BEGUN, *APPLY)
POSTED = (*ASKED, "opinion_supported", "publicity_started", "publicity_over")
ALONE: list[dict[str, Any]] = [
    {"name": "居民丙", "relation": "self", "adult": True, "can_work": False, "id_last_four": "0099"}
]
#: Dibao for one who lives alone: 900 yuan a month less the 100 that he has.
DIBAO: dict[str, dict[str, Any]] = {
    "application_filed": {"relief": "dibao", "cause": "low_income", "household": ALONE, "incomes": []},
    "authorised": {"signatures": [{"member": "居民丙", "signed_on": "2026-11-20", "way": "signed"}]},
    "opinion_supported": {"persons": 1, "monthly_income": "100.00", "deductions": "0.00", "amount": "800.00"},
    "district_approved": {"amount": "800.00", "from_month": lambda day: add_months(day, 1).strftime("%Y-%m")},
    "approval_published": {"published_on": str},
    "relief_paid": {
        "payments": lambda day: [
            {"payee": "居民丙", "amount": "800.00", "paid_on": str(day), "voucher_no": "发放凭证1"}
        ]
    },
}


def for_(name: str, last_four: str) -> dict[str, Any]:
    """Return an application of somebody whom no other journey has helped."""
    household = [{"name": name, "relation": "self", "adult": True, "id_last_four": last_four}]
    return {
        "application_filed": {"household": household, "incomes": []},
        "authorised": {"signatures": [{"member": name, "signed_on": "2026-11-20", "way": "signed"}]},
        "opinion_supported": {"persons": 1, "amount": "1800.00"},
        "approved_by_street": {"amount": "1800.00"},
        "district_approved": {"amount": "1800.00"},
        "relief_paid": {
            "payments": lambda day: [
                {"payee": name, "amount": "1800.00", "paid_on": str(day), "voucher_no": "发放凭证1"}
            ]
        },
    }


JOURNEYS: dict[str, Journey] = {
    "informed": Journey((*BEGUN, "policy_explained")),
    "lapsed": Journey(
        (*BEGUN, "application_filed", "supplement_requested", "supplement_lapsed"),
        {
            "application_filed": {"papers": ["application", "identity"]},
            "supplement_requested": {"missing": ["declaration", "hardship_proof"]},
        },
    ),
    "dropped": Journey(
        (*POSTED[:-1], "objection_raised", "application_withdrawn"),
        {**for_("居民丁", "0101"), "application_withdrawn": {"happened_on": str}},
    ),
    "rejection_told": Journey(
        (*ASKED, "opinion_against", "submitted_for_refusal", "district_rejected", "rejection_notified"),
        {**for_("居民戊", "0102"), "rejection_notified": {"told_on": str}},
    ),
    "paid": Journey((*POSTED, "street_review_passed", "approved_by_street", "relief_paid"), for_("居民己", "0103")),
    "stopped": Journey(
        (
            *(*ASKED, "neighbour_asked", *POSTED[len(ASKED) :]),
            *("submitted", "district_approved", "approval_published", "relief_paid", "benefit_stopped"),
        ),
        DIBAO,
    ),
    "emergency_settled": Journey((*BEGUN, "emergency_assessed", "advance_paid", "papers_missed", "papers_completed")),
    "reclaimed": Journey((*BEGUN, "emergency_assessed", "advance_paid", "advance_reclaimed")),
    "fraud": Journey((*ASKED, "fraud_found"), for_("居民辛", "0105")),
    "referral_settled": Journey((*BEGUN, "referred", "referral_answered")),
    "referral_silent": Journey((*BEGUN, "referred", "referral_fell_silent")),
}
#: Other ways to ends that have a journey already.
OTHER_WAYS: dict[str, tuple[str, Journey]] = {
    "refused by the street": (
        "rejection_told",
        Journey(
            (*ASKED, "opinion_against", "rejected_by_street", "rejection_notified"),
            {**for_("居民庚", "0104"), "rejection_notified": {"told_on": str}},
        ),
    ),
    "never applied": ("dropped", Journey((*BEGUN, "application_dropped"), {"application_dropped": {"told_on": str}})),
    "urgent, and not applied": (
        "dropped",
        Journey((*BEGUN, "emergency_assessed", "application_dropped"), {"application_dropped": {"told_on": str}}),
    ),
    "renounced": (
        "dropped",
        Journey((*POSTED, "street_review_passed", "approved_by_street", "grant_renounced"), for_("居民癸", "0107")),
    ),
    "revoked": (
        "rejection_told",
        Journey(
            (*POSTED, "submitted", "district_approved", "grant_revoked", "rejection_notified"),
            {**for_("居民子", "0108"), "rejection_notified": {"told_on": str}},
        ),
    ),
}
#: The ends at which the appeal is another's, or its resident's again.
ELSEWHERE = ("returned", "transferred", "withdrawn")


@pytest.fixture
def traveller(embedded: Town) -> Traveller:
    """Give somebody who takes requests for help through the street."""
    return Traveller(embedded, RELIEF)


def test_every_end_of_the_table_has_its_journey() -> None:
    assert {*JOURNEYS, *ELSEWHERE, "closed"} == ends_of(RELIEF)


@pytest.mark.parametrize("end", JOURNEYS)
def test_a_journey_comes_to_its_end_and_the_resident_is_told(traveller: Traveller, end: str) -> None:
    appeal = traveller.town.sent_to("relief")

    assert traveller.go(appeal, JOURNEYS[end]) == end
    traveller.tell(appeal)


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_another_way_comes_to_its_end_and_the_resident_is_told(traveller: Traveller, way: str) -> None:
    appeal = traveller.town.sent_to("relief")
    end, journey = OTHER_WAYS[way]

    assert traveller.go(appeal, journey) == end
    traveller.tell(appeal)


def test_a_request_that_belongs_elsewhere_is_returned_and_sent_there(traveller: Traveller) -> None:
    traveller.have_it_returned(traveller.town.sent_to("relief"), "hotline")


def test_a_request_is_passed_on_to_another_mechanism(traveller: Traveller) -> None:
    traveller.pass_it_on(traveller.town.sent_to("relief"), "hotline")


def test_a_request_that_its_resident_withdraws_ends(traveller: Traveller) -> None:
    appeal = traveller.town.sent_to("relief")
    traveller.go(appeal, Journey(POSTED, for_("居民壬", "0106")))

    traveller.withdraw(appeal)


def test_a_refusal_overturned_after_the_appeal_is_closed_is_decided_anew_and_closed_again(traveller: Traveller) -> None:
    appeal = traveller.town.sent_to("relief")
    traveller.go(appeal, JOURNEYS["rejection_told"])
    traveller.tell(appeal)
    name = for_("居民戊", "0102")

    again = ("remedy_sought", "remedy_decided", "rejection_overturned", *POSTED[len(ASKED) :])
    # The examples of the forms tell the refusal in March.
    ruled = {"remedy_sought": {"filed_on": "2026-03-03"}, "remedy_decided": {"ruling": "decision_revoked"}}
    paid = ("street_review_passed", "approved_by_street", "relief_paid", "review_carried_out")

    assert traveller.go(appeal, Journey((*again, *paid), {**name, **ruled})) == "closed"
    assert traveller.town.await_public(appeal, "closed")["reply"]


def test_a_report_of_fraud_is_followed_up_after_the_end_until_it_is_decided_and_paid_back(traveller: Traveller) -> None:
    appeal = traveller.town.sent_to("relief")
    obtained = {"obtained": "1800.00", "refund": "1800.00"}
    changed = {**for_("居民丑", "0109"), "fraud_found": obtained, "fraud_decided": obtained}
    traveller.go(
        appeal, Journey((*POSTED, "street_review_passed", "approved_by_street", "relief_paid", "fraud_found"), changed)
    )
    traveller.tell(appeal)

    way = ("fraud_followed_up", "fraud_decided", "refund_followed_up", "refund_received")

    assert traveller.go(appeal, Journey(way, {**changed, "refund_received": {"amount": "1800.00"}})) == "closed"
    clocks = {one["name"]: one for one in traveller.town.case("relief", appeal)["clocks"]}
    assert clocks["refund"]["state"] == "stopped"
