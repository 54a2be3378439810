"""What was agreed binds until another agreement takes its place: a draft does not, and who negotiates in vain performs on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.mediation.figures import counts
from tests.services.mediation.test_dates import due
from tests.services.mediation.test_service import TO_AGREEMENT, TO_SESSION, go, room

__all__ = ["room"]

ITEM = {
    "obligor": "居民乙",
    "obligee": "居民甲",
    "kind": "payment",
    "what": "支付顶棚修复费用",
    "amount": "9000.00",
    "way": "银行转账",
    "due_on": "2027-12-31",
}
OTHER = {"items": [ITEM]}
PAID = {"item": 1, "performed_on": "2026-11-23", "amount": "900.00", "proof": "转账凭证"}


def promised(room: Room) -> Decimal | int:
    """Return what the agreement of the case promises, as it is counted."""
    return {name: amount for name, _, amount in counts(room.case("A1"))}["agreed"]


@pytest.mark.parametrize("before", [(), ("breach_found", "performance_urged")])
def test_all_may_change_what_they_agreed_also_before_it_is_due_and_who_can_not_agree_performs_on(
    room: Room, before: tuple[str, ...]
) -> None:
    go(room, *TO_AGREEMENT, "item_performed", item_performed={"amount": "300.00"})
    go(room, *before, "mediation_reopened", breach_found={"kind": "refused"})

    go(room, "agreement_stands")

    assert (room.state("A1"), due(room, "performance")) == ("performing", "2026-12-31")
    assert room.clocks("A1")["mediation_period"].state == "stopped"
    go(room, "performance_verified", performance_verified={"performed": [PAID]})


def test_only_what_binds_still_is_performed_on(room: Room) -> None:
    go(room, *TO_SESSION)
    with pytest.raises(RefusedError, match="no agreement binds"):
        go(room, "agreement_stands")
    go(room, *TO_AGREEMENT[len(TO_SESSION) :], "confirmation_applied", "court_refused", "mediation_resumed")
    with pytest.raises(RefusedError, match="no agreement binds"):
        go(room, "agreement_stands")


def test_what_a_court_found_of_an_earlier_agreement_unbinds_no_later_one(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_refused", court_refused={"ground": "against_mandatory_law"})
    room.pass_time(timedelta(days=1))
    go(room, "mediation_resumed", "agreed_by_word", "mediation_reopened")

    go(room, "agreement_stands")

    assert room.state("A1") == "performing"


def test_the_days_to_apply_to_the_court_run_on_from_when_the_agreement_took_effect(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    room.pass_time(timedelta(days=3))
    go(room, "mediation_reopened", "agreement_stands")
    assert due(room, "judicial_confirmation") == "2026-12-23"

    go(room, "mediation_reopened")
    room.pass_time(timedelta(days=31))
    go(room, "agreement_stands")

    assert room.clocks("A1")["judicial_confirmation"].state == "stopped"


def test_by_word_nothing_is_confirmed_by_a_court_afterwards(room: Room) -> None:
    go(room, *TO_SESSION, "agreed_by_word", "mediation_reopened", "agreement_stands")

    assert "judicial_confirmation" not in room.clocks("A1")


@pytest.mark.parametrize("ends", ["draft_rejected", "mediator_challenged", "mediation_terminated"])
def test_a_draft_that_nobody_signs_takes_no_agreements_place(room: Room, ends: str) -> None:
    go(room, *TO_AGREEMENT, "breach_found", "mediation_reopened")
    go(room, "agreement_drafted", agreement_drafted=OTHER)
    assert promised(room) == Decimal(1200)

    go(room, ends)

    kept = room.case("A1").details
    assert kept["agreement"]["items"][0]["amount"] == "1200.00"
    assert promised(room) == Decimal(1200)


def test_a_draft_that_is_signed_does(room: Room) -> None:
    go(room, *TO_AGREEMENT, "breach_found", "mediation_reopened")
    go(room, "agreement_drafted", agreement_drafted=OTHER)
    go(room, "draft_rejected", "agreement_drafted", "agreement_signed", agreement_drafted=OTHER)

    assert promised(room) == Decimal(9000)
    assert due(room, "limitation") == "2030-12-31"


def test_what_was_told_before_is_no_hindrance_to_negotiate_once_more(room: Room) -> None:
    go(room, *TO_AGREEMENT, "breach_found", "performance_urged")
    room.pass_time(timedelta(days=15))
    go(room, "remedies_told", "mediation_reopened", "agreement_drafted", "agreement_signed")

    assert (room.state("A1"), local_date(room.now).isoformat()) == ("performing", "2026-12-08")


def test_of_an_item_no_more_is_put_on_record_than_is_still_open(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    with pytest.raises(RefusedError, match=r"1200\.00 are still open: 1500\.00"):
        go(room, "item_performed", item_performed={"amount": "1500.00"})
    go(room, "item_performed", item_performed={"amount": "700.00"})

    with pytest.raises(RefusedError) as refused:
        go(room, "item_performed", item_performed={"amount": "500.01"})
    with pytest.raises(RefusedError, match=r"500\.00 are still open: 900\.00"):
        go(room, "performance_verified", performance_verified={"performed": [PAID]})

    [said] = refused.value.refusals
    assert "协议第1项约定 1200.00 元，尚未履行 500.00 元，不能登记 500.01 元" in said.zh
    parts = [PAID | {"amount": "200.00"}, PAID | {"amount": "300.00"}]
    go(room, "performance_verified", performance_verified={"performed": parts})
    assert room.state("A1") == "performed"


def test_who_was_not_told_his_rights_or_does_not_apply_is_named(room: Room) -> None:
    go(room, *TO_SESSION[: TO_SESSION.index("rights_explained")])
    with pytest.raises(RefusedError, match="居民乙"):
        go(room, "rights_explained", rights_explained={"told": ["居民甲"]})
    go(room, *TO_AGREEMENT[TO_AGREEMENT.index("rights_explained") :])
    with pytest.raises(RefusedError, match="居民乙"):
        go(room, "confirmation_applied", confirmation_applied={"applicants": ["居民甲"]})


def test_a_payment_that_was_entered_wrongly_is_struck_and_the_right_one_counts(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    go(room, "item_performed", item_performed={"amount": "1200.00"})
    with pytest.raises(RefusedError, match="are still open"):
        go(room, "item_performed", item_performed={"amount": "120.00"})

    go(room, "performance_struck", "item_performed", item_performed={"amount": "120.00"})

    kept = room.case("A1").details
    assert [row["amount"] for row in kept["performances"]] == ["120.00"]
    assert [row["struck_because"] for row in kept["performances_struck"]] == ["金额登记有误，另行登记"]
    assert {name: value for name, _, value in counts(room.case("A1"))}["paid"] == Decimal("120.00")


@pytest.mark.parametrize("visited", [False, True])
@pytest.mark.parametrize("confirmed", [False, True])
def test_a_transfer_that_came_back_is_owed_again_with_all_times(room: Room, visited: bool, confirmed: bool) -> None:  # noqa: FBT001
    go(room, *TO_AGREEMENT, *(("confirmation_applied", "court_confirmed") if confirmed else ()))
    times = ("performance", "limitation", "enforcement_application" if confirmed else "judicial_confirmation")
    before = {name: room.clocks("A1")[name].due_at(room.blueprint.calendar) for name in times}
    go(room, "performance_verified", *(("follow_up_visited",) if visited else ()))

    go(room, "performance_struck")

    clocks = room.clocks("A1")
    assert room.state("A1") == "performing"
    assert {name: clocks[name].due_at(room.blueprint.calendar) for name in times} == before
    assert {name for name, clock in clocks.items() if clock.state == "running"} >= {*times}
    assert clocks["follow_up_visit"].state == "stopped"
    assert "performed" not in {name for name, _, _ in counts(room.case("A1"))}
    go(room, "performance_verified", "follow_up_visited", "concluded")
