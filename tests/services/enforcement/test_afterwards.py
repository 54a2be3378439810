"""A decision is contested, and a fine or costs are paid, also where the matter has gone on or has ended."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from chassis.testing import Room
from chassis.workflow import RefusedError
from services.enforcement import figures
from services.enforcement.models import Case
from services.enforcement.stages.places import CONTEST, REMEDIES
from tests.services.enforcement.test_service import FINED, room, take
from tests.services.enforcement.test_substitution import AGAIN, AT_ONCE

__all__ = ["room"]

PAID = (*FINED, "performed", "found_corrected")


def counted(room: Room, name: str) -> Decimal:
    """Return what a case counts of a figure."""
    return sum(
        (Decimal(amount) for figure, _of, amount in figures.counts(room.case("A1")) if figure == name), Decimal(0)
    )


@pytest.mark.parametrize("closed", [False, True])
def test_a_decision_that_was_paid_is_contested_after_the_end_and_what_it_took_is_given_back(
    room: Room, *, closed: bool
) -> None:
    for one in PAID:
        take(room, one)
    take(room, "concluded")
    if closed:
        room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "enforcement"})
        assert room.state("A1") == "closed"
    state = room.state("A1")
    assert room.clocks("A1")["reconsideration"].state == "running"
    room.pass_time(timedelta(days=20))

    take(room, "remedy_sought")
    assert room.clocks("A1")["reconsideration_decision"].state == "running"
    with pytest.raises(RefusedError, match="is under review"):
        take(room, "remedy_sought", kind="litigation")
    take(room, "contest_followed_up")
    take(room, "decision_revoked")

    assert counted(room, "decisions") == 0
    assert counted(room, "refunds_due") == Decimal("1000.00")
    assert room.told("case_recounted.v1")
    take(room, "refunded")
    assert (room.state("A1"), counted(room, "fines_collected")) == (state, Decimal(0))
    assert {clock.state for clock in room.clocks("A1").values()} == {"stopped"}


def test_the_times_to_contest_run_out_after_the_end_and_nobody_is_late(room: Room) -> None:
    for one in (*PAID, "concluded", "reconsideration_lapsed"):
        take(room, one)
    with pytest.raises(RefusedError, match="the sixty days are over"):
        take(room, "remedy_sought")

    take(room, "remedies_over")

    assert {room.clocks("A1")[name].state for name in ("reconsideration", "remedies")} == {"stopped"}


def test_where_nothing_was_decided_nothing_is_contested_or_paid(room: Room) -> None:
    take(room, "inspected")

    for trigger in ("remedy_sought", "decision_upheld", "fine_paid_late", "earlier_cost_paid"):
        with pytest.raises(RefusedError, match=r"no decision stands|not under review|is unpaid|are open"):
            take(room, trigger)


@pytest.mark.parametrize(
    ("steps", "ruling", "told"),
    [
        (("inspected", "fined_on_the_spot"), "decision_changed", ("changed", "fine", "100.00")),
        (FINED, "decision_revoked", ("revoked", "", "0")),
        (PAID, "decision_changed", ("changed", "fine", "100.00")),
        ((*PAID, "concluded"), "decision_revoked", ("revoked", "", "0")),
        (FINED, "decision_upheld", None),
    ],
)
def test_what_a_review_leaves_of_a_penalty_that_was_told_of_is_told_too(
    room: Room, steps: tuple[str, ...], ruling: str, told: tuple[str, str, str] | None
) -> None:
    for one in (*steps, "remedy_sought"):
        take(room, one)

    take(room, ruling, **({"amount": "100.00"} if ruling == "decision_changed" else {}))

    found = [(one["ground"], one["penalty"], one["amount"]) for one in room.told("penalty_revised.v1")]
    assert found == ([told] if told else [])
    [decided] = room.told("penalty_decided.v1")
    assert {one["decision_no"] for one in room.told("penalty_revised.v1")} <= {decided["decision_no"]}


FIRST = "滨彭综执罚字〔2026〕第1号"
SECOND = "滨彭综执罚字〔2026〕第2号"


def under(room: Room, number: str) -> set[str]:
    """Return the clocks that run under the number of a decision; under none, those of the last one."""
    contests = (*REMEDIES, *CONTEST, "suit_after_review")
    running = [one for one in room.clocks("A1").values() if one.of == number and one.stopped_at is None]
    return {one.name for one in running if one.name in contests}


def test_a_second_decision_is_made_while_the_first_is_reviewed_and_each_goes_to_its_own_end(room: Room) -> None:
    for one in (*FINED, "performed", "found_uncorrected", "remedy_sought", *FINED[1:5]):
        take(room, one)
    by_body = room.clocks("A1")["reconsideration_decision"].due_at(room.blueprint.calendar)

    take(room, "penalised", separate_act="另一违法行为", decision_no=SECOND)
    [first] = room.case("A1").details["penalties_before"]
    assert (first["decision_no"], first["reviews"][0]["ended_on"]) == (FIRST, "")
    assert (under(room, FIRST), under(room, "")) == ({"reconsideration_decision"}, set())
    [goes_on] = [one for one in room.clocks("A1").values() if one.of == FIRST and one.stopped_at is None]
    assert goes_on.due_at(room.blueprint.calendar) == by_body
    assert goes_on.zh == f"复议机关作出决定（{FIRST}）"
    assert room.clocks("A1")["earlier_followup"].state == "running"
    take(room, "served")
    assert under(room, "") == {"reconsideration", "remedies"}
    take(room, "remedy_sought")
    assert (under(room, FIRST), under(room, "")) == (
        {"reconsideration_decision"},
        {"contest_followup", "reconsideration_decision"},
    )

    take(room, "earlier_review_prolonged")
    assert under(room, FIRST) == {"reconsideration_longer"}
    take(room, "earlier_remedy_decided", ruling="changed", amount="400.00", refund_receipt_no="退款1")
    assert under(room, FIRST) == {"suit_after_review"}
    assert room.clocks("A1")["earlier_followup"].state == "stopped"
    take(room, "decision_upheld")

    assert counted(room, "fines_imposed") == Decimal("1400.00")
    take(room, "earlier_remedy_sought", kind="litigation", of_decision_no=FIRST)
    assert under(room, FIRST) == set()
    take(room, "earlier_remedy_decided", ruling="revoked", final=True, refund_receipt_no="退款2")
    assert counted(room, "fines_imposed") == Decimal("1000.00")
    assert (room.state("A1"), under(room, FIRST), under(room, "")) == ("review_over", set(), {"suit_after_review"})


def test_the_times_of_a_first_decision_run_on_under_its_number_when_a_second_one_is_made_on_the_spot(
    room: Room,
) -> None:
    for one in ("inspected", "fined_on_the_spot", "spot_decision_filed", "performed", "found_uncorrected", *FINED[1:5]):
        take(room, one)
    first = room.case("A1").details["decision"]["no"]
    last_day = room.clocks("A1")["review_first"].due_at(room.blueprint.calendar)

    take(room, "penalised", separate_act="另一违法行为")
    assert (under(room, first), under(room, "")) == ({"review_first"}, set())
    take(room, "served")
    with pytest.raises(RefusedError, match=f"these are: {first}"):
        take(room, "earlier_remedy_sought", of_decision_no="滨彭综执罚字〔2020〕第9号")
    room.pass_time(last_day - room.now + timedelta(seconds=1))

    assert under(room, first) == set()
    assert under(room, "") & {"reconsideration", "remedies"}
    [shown] = [clock for clock in room.page("A1")["clocks"] if clock["of"] == first]
    assert (shown["over"], "行政复议法第23条" in "".join(shown["said"])) == ("期满", True)


def test_a_first_decision_of_an_earlier_release_is_named_by_its_day(room: Room) -> None:
    for one in (*FINED, "performed", "found_uncorrected", *FINED[1:5]):
        take(room, one)
    take(room, "penalised", separate_act="另一违法行为", decision_no=SECOND)
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        [first] = case.details["penalties_before"]
        day = first["decided_on"]
        bare = {name: value for name, value in first.items() if name not in ("decision_no", "named")}
        case.details = {**case.details, "penalties_before": [bare]}

    take(room, "earlier_remedy_sought")
    assert under(room, day) == {"reconsideration_decision"}
    take(room, "earlier_remedy_decided", ruling="upheld")

    assert under(room, day) == {"suit_after_review"}


def test_decisions_of_one_number_have_times_of_their_own_and_are_told_apart_by_their_days(room: Room) -> None:
    for one in (*FINED, "performed"):
        take(room, one)
    days = [room.case("A1").details["decided_on"]]
    for of in ("另一违法行为", "第三个违法行为"):
        room.pass_time(timedelta(days=1))
        for one in ("found_uncorrected", *FINED[1:5]):
            take(room, one)
        take(room, "penalised", separate_act=of)
        for one in ("served", "performed"):
            take(room, one)
        days.append(room.case("A1").details["decided_on"])
    second = f"{FIRST}，{days[1]}"
    assert [row["decision_no"] for row in room.case("A1").details["penalties_before"]] == [FIRST, FIRST]

    times = {"reconsideration", "remedies"}
    assert [under(room, name) for name in (FIRST, second, "")] == [times] * 3
    until = {one.due_at(room.blueprint.calendar).date() for one in room.clocks("A1").values() if one.name == "remedies"}
    assert len(until) == len({*days}) == 3
    with pytest.raises(RefusedError, match=f"more than one is of that number.*{second}"):
        take(room, "earlier_remedy_sought", of_decision_no=FIRST)
    take(room, "earlier_remedy_sought", of_decision_no=FIRST, of_decision_on=days[1])

    assert [under(room, name) for name in (FIRST, second, "")] == [times, {"reconsideration_decision"}, times]
    take(room, "earlier_remedy_sought", of_decision_on=days[0])
    take(room, "earlier_review_prolonged", of_decision_no=FIRST, of_decision_on=days[0])
    take(room, "earlier_remedy_decided", of_decision_no=second, ruling="upheld")
    assert [under(room, name) for name in (FIRST, second, "")] == [
        {"reconsideration_longer"},
        {"suit_after_review"},
        times,
    ]


def test_decisions_of_one_number_and_one_day_are_told_apart_by_a_count(room: Room) -> None:
    for one in (*FINED, "performed"):
        take(room, one)
    for of in ("另一违法行为", "第三个违法行为", "第四个违法行为"):
        for one in ("found_uncorrected", *FINED[1:5]):
            take(room, one)
        with room.database.write() as session:
            case = session.scalars(select(Case)).one()
            case.details = {**case.details, "decided_on": "2026-11-24"}
        take(room, "penalised", separate_act=of)
        for one in ("served", "performed"):
            take(room, one)
    names = [FIRST, f"{FIRST}，2026-11-24", f"{FIRST}，2026-11-24，第2份"]
    assert [row["named"] for row in room.case("A1").details["penalties_before"]] == names

    for name in names:
        assert "remedies" in under(room, name)
        take(room, "earlier_remedy_sought", of_decision_no=name, of_decision_on="2026-11-24", kind="litigation")

        assert under(room, name) == set()


def test_a_decision_numbered_as_a_seizure_has_times_of_its_own_and_nothing_is_forced_under_its_number(
    room: Room,
) -> None:
    for one in ("inspected", "filed"):
        take(room, one)
    take(room, "goods_seized", notice_no=FIRST)
    for one in ("goods_released", *FINED[2:], "performed", "found_uncorrected", *FINED[1:5]):
        take(room, one)

    take(room, "penalised", separate_act="另一违法行为", decision_no=SECOND)

    named = f"{FIRST}，{room.case('A1').details['penalties_before'][0]['decided_on']}"
    assert under(room, FIRST) == under(room, named) == {"reconsideration", "remedies"}
    take(room, "earlier_remedy_sought", of_decision_no=FIRST)
    assert (under(room, FIRST), under(room, named)) == ({"reconsideration", "remedies"}, {"reconsideration_decision"})
    for one in ("served", "performed", "found_uncorrected", "filed"):
        take(room, one)
    with pytest.raises(RefusedError, match="under that number already"):
        take(room, "goods_seized", notice_no=named)


def test_the_fine_of_a_first_decision_is_paid_while_the_second_is_due(room: Room) -> None:
    for one in (*FINED, "payment_expired", "remedies_over", "court_window_closed"):
        take(room, one)
    take(room, "concluded", outcome="explained")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "enforcement", "reason": "仍在室外经营"})
    for one in ("rework_taken", "contact_made", *FINED[:5]):
        take(room, one)
    take(room, "penalised", separate_act="再次室外经营", decision_no=SECOND)
    take(room, "served")

    take(room, "fine_paid_late", amount="1000.00")

    [first] = room.case("A1").details["penalties_before"]
    assert (first["paid"], room.state("A1")) == ("1000.00", "payment_due")
    with pytest.raises(RefusedError, match="no fine of this case is unpaid"):
        take(room, "fine_paid_late")


def test_a_fine_that_could_not_be_enforced_is_paid_after_the_end_as_far_as_the_law_adds_to_it(room: Room) -> None:
    for one in (*FINED, "payment_expired"):
        take(room, one)
    take(room, "part_paid", amount="100.00")
    for one in ("remedies_over", "court_window_closed"):
        take(room, one)
    take(room, "concluded", outcome="explained")

    with pytest.raises(RefusedError, match=r"1900\.00 yuan at most"):
        take(room, "fine_paid_late", amount="1900.01")
    take(room, "fine_paid_late", amount="1400.00")

    assert counted(room, "fines_collected") == Decimal("1500.00")
    assert counted(room, "late_fines") == Decimal("500.00")
    with pytest.raises(RefusedError, match="no fine of this case is unpaid"):
        take(room, "fine_paid_late")


def test_the_fine_of_a_first_decision_is_paid_after_a_second(room: Room) -> None:
    for one in (*FINED, "payment_expired", "remedies_over", "court_window_closed"):
        take(room, one)
    first = room.case("A1").details["decided_on"]
    take(room, "concluded", outcome="explained")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "enforcement", "reason": "仍在室外经营"})
    for one in ("rework_taken", "contact_made", *FINED[:5]):
        take(room, one)
    take(room, "penalised", separate_act="再次室外经营")
    take(room, "served")
    take(room, "performed", amount=None)
    take(room, "found_corrected")
    take(room, "concluded", outcome="explained")

    with pytest.raises(RefusedError, match=f"these are: {first}"):
        take(room, "fine_paid_late", of_decision_on="2020-01-01")
    take(room, "fine_paid_late", amount="1000.00")

    assert counted(room, "fines_collected") == Decimal("2000.00")
    assert [row["paid"] for row in room.case("A1").details["penalties_before"]] == ["1000.00"]
    with pytest.raises(RefusedError, match="no fine of this case is unpaid"):
        take(room, "fine_paid_late")


def test_the_costs_of_a_first_time_that_were_given_up_are_paid_after_a_second(room: Room) -> None:
    take(room, "inspected")
    for number in ("滨彭综执代决字〔2026〕第1号", AGAIN):
        take(room, "substitute_decided", **AT_ONCE, urgent=True, decision_no=number)
        take(room, "substitute_performed", urgent=True)
        take(room, "cost_demanded")
        take(room, "cost_payment_expired")
        take(room, "cost_urged")
        take(room, "cost_written_off")
    first = room.case("A1").details["costs_before"][0]["substitute_done_on"]

    with pytest.raises(RefusedError, match=r"780\.00 yuan of those costs"):
        take(room, "earlier_cost_paid", amount="780.01")
    take(room, "earlier_cost_paid", amount="300.00", of_done_on=first)
    take(room, "earlier_cost_paid", amount="480.00")

    assert counted(room, "costs_recovered") == Decimal("780.00")
    assert room.case("A1").details["cost_open"] == "780.00"
    with pytest.raises(RefusedError, match="no costs of what was done before"):
        take(room, "earlier_cost_paid")


def test_what_was_paid_in_parts_above_a_fine_that_is_lowered_after_the_end_is_given_back(room: Room) -> None:
    for one in (*FINED, "payment_expired"):
        take(room, one)
    take(room, "part_paid", amount="600.00")
    for one in ("remedies_over", "court_window_closed"):
        take(room, one)
    take(room, "concluded", outcome="explained")
    take(room, "remedy_sought", kind="litigation", late_accepted=True)

    take(room, "decision_changed", amount="200.00")

    # The lower fine was a day late too: 200 × 3 %.
    assert (counted(room, "refunds_due"), counted(room, "late_fines")) == (Decimal("394.00"), Decimal("6.00"))
    take(room, "refunded")
    assert (counted(room, "fines_collected"), counted(room, "refunds_due")) == (Decimal("206.00"), Decimal(0))


@pytest.mark.parametrize(("days", "late", "refund"), [(10, "150.00", "650.00"), (60, "500.00", "1000.00")])
def test_a_fine_that_was_paid_late_and_is_lowered_keeps_what_being_late_adds_to_the_lower_one(
    room: Room, days: int, late: str, refund: str
) -> None:
    for one in (*FINED, "payment_expired"):
        take(room, one)
    room.pass_time(timedelta(days=days - 1))
    take(room, "performed", amount=None)
    paid = counted(room, "fines_collected")
    take(room, "remedy_sought", kind="litigation")

    take(room, "decision_changed", amount="500.00")

    assert paid == Decimal(late) + Decimal(500) + Decimal(refund)
    assert (counted(room, "late_fines"), counted(room, "refunds_due")) == (Decimal(late), Decimal(refund))


def test_a_review_that_runs_when_enforcement_ends_is_followed_up_to_its_result(room: Room) -> None:
    for one in (*FINED, "remedy_sought", "terminated"):
        take(room, one)
    assert room.clocks("A1")["contest_followup"].state == "running"

    for one in ("contest_followed_up", "reconsideration_prolonged", "contest_followed_up"):
        take(room, one)
    take(room, "concluded", outcome="explained")
    take(room, "contest_followed_up")
    take(room, "decision_revoked")

    assert {name for name, one in room.clocks("A1").items() if one.state != "stopped"} == set()


@pytest.mark.parametrize("state", ["at_court", "court_enforcing", "unenforceable"])
def test_a_decision_that_a_court_is_to_enforce_is_contested_beside_it_and_falls(room: Room, state: str) -> None:
    for one in (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied"):
        take(room, one)
    for one in {"court_enforcing": ("court_granted",), "unenforceable": ("court_refused",)}.get(state, ()):
        take(room, one)
    take(room, "remedy_sought", kind="litigation", late_accepted=True)
    assert room.state("A1") == state
    take(room, "contest_followed_up")

    take(room, "decision_revoked")

    assert room.state("A1") == "revoked"
    assert counted(room, "decisions") == 0
    assert {name for name, one in room.clocks("A1").items() if one.state == "running"} == {"complaint_answer"}


def test_a_fine_that_is_paid_while_a_court_reviews_it_there_is_still_reviewed(room: Room) -> None:
    for one in (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied"):
        take(room, one)
    take(room, "remedy_sought", kind="litigation", late_accepted=True)
    take(room, "performed", amount=None)
    with pytest.raises(RefusedError, match="is under review"):
        take(room, "remedy_sought", kind="litigation", late_accepted=True)
    take(room, "contest_followed_up")

    take(room, "decision_changed", amount="100.00")

    assert room.state("A1") == "performed"
    assert counted(room, "refunds_due") > 0


def test_the_costs_of_who_has_died_are_given_up_although_nobody_could_be_urged(room: Room) -> None:
    take(room, "inspected", suspect_kind="person")
    take(room, "substitute_decided", **AT_ONCE, urgent=True)
    take(room, "substitute_performed", urgent=True)
    with pytest.raises(RefusedError, match="does not bear this ground"):
        take(room, "cost_written_off", ground="dissolved")

    take(room, "cost_written_off", ground="died")

    assert room.case("A1").owes_costs is False


def test_a_decision_that_another_one_has_followed_is_contested_until_its_own_last_day(room: Room) -> None:
    for one in ("inspected", "fined_on_the_spot", "spot_decision_filed", "performed", "found_uncorrected", *FINED[1:5]):
        take(room, one)
    take(room, "penalised", separate_act="另一违法行为")
    for one in ("served", "performed"):
        take(room, one)
    [first] = room.case("A1").details["penalties_before"]
    assert first["reconsideration_until"] < room.case("A1").details["reconsideration_until"]
    with pytest.raises(RefusedError, match="these are"):
        take(room, "earlier_remedy_sought", of_decision_on="2020-01-01")
    with pytest.raises(RefusedError, match="no earlier decision is under review"):
        take(room, "earlier_remedy_decided")
    with pytest.raises(RefusedError, match="is reconsidered first"):
        take(room, "earlier_remedy_sought", kind="litigation")

    take(room, "earlier_remedy_sought")
    assert room.clocks("A1")["reconsideration"].state == "running"
    for _ in range(2):
        take(room, "earlier_followed_up")
    with pytest.raises(RefusedError, match=r"200\.00 yuan are given back"):
        take(room, "earlier_remedy_decided", ruling="revoked")
    take(room, "earlier_remedy_decided", ruling="revoked", refund_receipt_no="退款1")

    [revised] = room.told("penalty_revised.v1")
    assert (revised["ground"], revised["decision_no"]) == ("revoked", first["decision_no"])
    assert counted(room, "decisions") == 1
    assert counted(room, "fines_collected") == Decimal("1000.00")
    assert room.clocks("A1")["earlier_followup"].state == "stopped"
    with pytest.raises(RefusedError, match="no earlier decision stands"):
        take(room, "earlier_remedy_sought")


def test_an_earlier_decision_is_not_contested_after_its_own_time(room: Room) -> None:
    for one in ("inspected", "fined_on_the_spot", "spot_decision_filed", "performed", "found_uncorrected", *FINED[1:5]):
        take(room, one)
    take(room, "penalised", separate_act="另一违法行为")
    take(room, "served")
    room.pass_time(timedelta(days=62))

    with pytest.raises(RefusedError, match="the sixty days are over"):
        take(room, "earlier_remedy_sought")


def test_fifteen_days_are_left_to_sue_also_by_who_has_paid(room: Room) -> None:
    for one in (*FINED, "performed", "remedy_sought", "decision_upheld"):
        take(room, one)
    clock = room.clocks("A1")["suit_after_review"]
    assert str(clock.due_at(room.blueprint.calendar).date()) == room.case("A1").details["suit_until"]

    for one in ("found_corrected", "concluded"):
        take(room, one)
    assert room.clocks("A1")["suit_after_review"].state == "running"
    room.pass_time(timedelta(days=20))

    assert room.clocks("A1")["suit_after_review"].state == "stopped"


def test_who_pays_when_a_review_is_over_may_still_sue_in_the_fifteen_days(room: Room) -> None:
    for one in (*FINED, "remedy_sought", "decision_upheld"):
        take(room, one)

    take(room, "performed", amount=None)
    assert room.clocks("A1")["suit_after_review"].state == "running"
    take(room, "remedy_sought", kind="litigation")

    assert room.clocks("A1")["suit_after_review"].state == "stopped"
