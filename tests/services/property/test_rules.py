"""Property's arithmetic and gates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.workflow import Moment, Role
from services.property import rules
from services.property.rules import Tally

MOMENT = Moment(now=datetime(2026, 11, 23, 1, tzinfo=UTC), actor="p1", role=Role.HANDLER)
EVERYBODY = Tally(100, Decimal(10_000))
TAKING_PART = Tally(67, Decimal(6_700))

areas = st.decimals(Decimal("0.01"), Decimal(500), places=2)
amounts = st.decimals(Decimal("0.01"), Decimal(1_000_000), places=2)


@dataclass(frozen=True)
class Seen:
    details: dict[str, Any] = field(default_factory=dict)
    id: str = "1"
    subject: str = "A1"
    state: str = "verified"
    unit: str = ""
    opened_at: datetime = MOMENT.now


def ballot(room: str, owner: str, choice: str = "agree", area: str = "100.00", *, confirmed: bool = True) -> Any:
    return {"room": room, "owner": owner, "area": Decimal(area), "choice": choice, "confirmed": confirmed}


# -- 民法典 278 ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("heads", "area", "quorum"),
    [
        (67, "6700", True),
        (67, "6666.67", True),
        (67, "6666.66", False),
        (66, "10000", False),
        (100, "6666.66", False),
        (100, "10000", True),
    ],
)
def test_both_two_thirds_must_take_part(heads: int, area: str, quorum: bool) -> None:  # noqa: FBT001
    assert rules.has_quorum(EVERYBODY, Tally(heads, Decimal(area))) is quorum


def test_exactly_two_thirds_is_a_quorum_because_the_number_itself_is_included() -> None:
    assert rules.has_quorum(Tally(99, Decimal(9_900)), Tally(66, Decimal(6_600)))


@pytest.mark.parametrize(
    ("item", "heads", "area", "carried"),
    [
        ("use_repair_fund", 34, "3351", True),
        ("use_repair_fund", 34, "3350", False),
        ("use_repair_fund", 33, "6700", False),
        ("raise_repair_fund", 50, "5025", False),
        ("raise_repair_fund", 51, "5025", True),
        ("raise_repair_fund", 51, "5024.99", False),
        ("rebuild", 51, "5025", True),
        ("change_use_of_common_parts", 50, "6700", False),
        ("choose_company", 34, "3351", True),
    ],
)
def test_the_majority_is_that_of_those_who_take_part(item: str, heads: int, area: str, carried: bool) -> None:  # noqa: FBT001
    assert rules.is_carried(item, EVERYBODY, TAKING_PART, Tally(heads, Decimal(area))) is carried


@pytest.mark.parametrize(("heads", "area"), [(5, "501"), (6, "500")])
def test_exactly_half_of_either_is_not_more_than_half(heads: int, area: str) -> None:
    assert not rules.is_agreed("use_repair_fund", Tally(10, Decimal(1000)), Tally(heads, Decimal(area)))


def test_no_majority_helps_without_the_quorum() -> None:
    assert not rules.is_carried("use_repair_fund", EVERYBODY, Tally(66, Decimal(6_600)), Tally(66, Decimal(6_600)))


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500), st.sampled_from(rules.COMMON_MATTERS))
def test_more_consent_never_undoes_a_decision(whole: int, part: int, yes: int, item: str) -> None:
    part, yes = min(part, whole), min(yes, part, whole)
    everybody, taking_part = Tally(whole, Decimal(whole)), Tally(part, Decimal(part))

    if rules.is_carried(item, everybody, taking_part, Tally(yes, Decimal(yes))) and yes < part:
        assert rules.is_carried(item, everybody, taking_part, Tally(yes + 1, Decimal(yes + 1)))


def test_an_owner_of_several_rooms_is_one_head_with_all_his_area() -> None:
    ballots = [ballot("101", "Y1"), ballot("102", "Y1"), ballot("201", "Y2", "against")]

    assert rules.tally(ballots) == Tally(2, Decimal(300))
    assert rules.tally(ballots, "agree") == Tally(1, Decimal(200))


def test_the_result_names_quorum_and_majority_apart() -> None:
    vote = {
        "item": "use_repair_fund",
        "total_heads": 3,
        "total_area": "300.00",
        "ballots": [ballot("101", "Y1"), ballot("102", "Y2", "against")],
    }

    result = rules.vote_result(vote)

    assert (result["quorum"], result["carried"]) == (True, False)
    assert (result["taking_part_heads"], result["agreeing_heads"]) == (2, 1)


@pytest.mark.parametrize(
    ("ballots", "heads", "area", "reason"),
    [
        ([ballot("101", "Y1"), ballot("101", "Y2")], 9, "900", "重复计票"),
        ([ballot("101", "Y1"), ballot("102", "Y1", "against")], 9, "900", "须一致"),
        ([ballot("101", "Y1"), ballot("102", "Y2")], 1, "900", "超过业主总数"),
        ([ballot("101", "Y1"), ballot("102", "Y2")], 9, "199.99", "超过业主总数"),
    ],
)
def test_unsound_ballots_are_refused(ballots: list[Any], heads: int, area: str, reason: str) -> None:
    form = {"ballots": ballots, "total_heads": heads, "total_area": Decimal(area)}

    refusal = rules.ballots_are_sound(Seen(), form, MOMENT)

    assert refusal is not None
    assert reason in refusal.zh


def test_an_unsigned_ballot_is_refused_by_its_room() -> None:
    refusal = rules.ballots_are_signed(Seen(), {"ballots": [ballot("101", "Y1", confirmed=False)]}, MOMENT)

    assert refusal is not None
    assert "101" in refusal.zh


@pytest.mark.parametrize(
    ("first", "days", "allowed"), [(False, 5, True), (False, 4, False), (True, 15, True), (True, 14, False)]
)
def test_a_meeting_is_announced_in_time(first: bool, days: int, allowed: bool) -> None:  # noqa: FBT001
    form = {"first_meeting": first, "notice_days": days}

    assert (rules.notice_was_long_enough(Seen(), form, MOMENT) is None) is allowed


@pytest.mark.parametrize(
    ("asking", "total", "allowed"), [(20, 100, True), (19, 100, False), (1, 5, True), (0, 3, False)]
)
def test_a_fifth_of_the_owners_call_an_extraordinary_meeting(asking: int, total: int, allowed: bool) -> None:  # noqa: FBT001
    form = {"called_for": "a_fifth_of_owners", "asking_heads": asking, "total_heads": total}

    assert (rules.enough_asked_for_it(Seen(), form, MOMENT) is None) is allowed
    assert rules.enough_asked_for_it(Seen(), {**form, "called_for": "committee"}, MOMENT) is None


@pytest.mark.parametrize(("undelivered", "days", "allowed"), [(0, 0, True), (3, 5, True), (3, 4, False)])
def test_papers_that_reach_nobody_hang_out_five_days(undelivered: int, days: int, allowed: bool) -> None:  # noqa: FBT001
    form = {"undelivered": undelivered, "undelivered_posted_days": days}

    assert (rules.undelivered_were_posted(Seen(), form, MOMENT) is None) is allowed


# -- 民法典 283 ----------------------------------------------------------------


@given(amounts, st.lists(areas, min_size=1, max_size=60))
def test_shares_add_up_to_the_cent_and_follow_the_area(amount: Decimal, found: list[Decimal]) -> None:
    by_room = {str(number): area for number, area in enumerate(found)}

    shared = rules.shares(amount, by_room)

    assert sum(shared.values()) == amount
    whole = sum(found)
    assert all(abs(shared[room] - amount * area / whole) < rules.CENT for room, area in by_room.items())
    assert all(share == share.quantize(rules.CENT) for share in shared.values())


def test_the_rest_goes_to_those_who_lost_most_by_rounding() -> None:
    shared = rules.shares(Decimal("10000.01"), {"101": Decimal(100), "102": Decimal(80)})

    assert shared == {"101": Decimal("5555.56"), "102": Decimal("4444.45")}


def test_nobody_can_share_over_no_area() -> None:
    with pytest.raises(ValueError, match="no area"):
        rules.shares(Decimal(1), {})


def test_a_budget_is_rounded_line_by_line() -> None:
    lines = [{"quantity": "3", "unit_price": "0.335"}, {"quantity": "120", "unit_price": "85.00"}]

    assert rules.cost(lines) == Decimal("10201.01")


@pytest.mark.parametrize(
    ("belongs_to", "in_warranty", "reason"),
    [("utility", False, "专业经营单位"), ("common", True, "保修"), ("common", False, "")],
)
def test_the_fund_pays_only_for_what_the_owners_must_maintain(belongs_to: str, in_warranty: bool, reason: str) -> None:  # noqa: FBT001
    form = {"budget": [{"item": "换热站", "belongs_to": belongs_to}], "in_warranty": in_warranty}

    refusal = rules.fund_may_pay(Seen(), form, MOMENT)

    assert reason in refusal.zh if refusal else not reason


# -- gates --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confirmed", "responsible", "open_ways"),
    [
        (True, "company", {"company"}),
        (True, "owners", {"owners"}),
        (True, "utility", {"others"}),
        (True, "developer", {"others"}),
        (False, "company", {"unfounded"}),
        (False, "nobody", {"unfounded"}),
    ],
)
def test_what_was_found_opens_exactly_one_way(confirmed: bool, responsible: str, open_ways: set[str]) -> None:  # noqa: FBT001
    case = Seen({"verified_on_site": {"confirmed": confirmed, "responsible": responsible}})
    ways = {
        "company": rules.problem_is_the_companys,
        "owners": rules.problem_is_the_owners,
        "others": rules.problem_is_anothers,
        "unfounded": rules.problem_was_not_found,
    }

    assert {way for way, guard in ways.items() if guard(case, {}, MOMENT) is None} == open_ways


def test_a_recheck_passes_or_fails_by_what_was_done() -> None:
    done, undone = {"item": "照明", "done": True}, {"item": "监控", "done": False}

    assert rules.all_is_done(Seen(), {"items": [done]}, MOMENT) is None
    assert rules.all_is_done(Seen(), {"items": [done, undone]}, MOMENT) is not None
    assert rules.something_is_undone(Seen(), {"items": [done, undone]}, MOMENT) is None
    assert rules.something_is_undone(Seen(), {"items": [done]}, MOMENT) is not None


def test_a_recheck_passes_over_nothing_that_was_ordered() -> None:
    case = Seen({"company_ordered": {"items": [{"item": "照明"}, {"item": "监控"}]}})

    refusal = rules.every_demand_is_checked(case, {"items": [{"item": "照明", "done": True}]}, MOMENT)

    assert refusal is not None
    assert "监控" in refusal.zh


def test_the_company_does_not_inspect_itself() -> None:
    refusal = rules.no_inspector_from_the_company(Seen(), {"inspectors": [{"name": "丁", "unit": "company"}]}, MOMENT)

    assert refusal is not None


def test_a_joint_meeting_without_a_side_is_refused_by_its_name() -> None:
    refusal = rules.all_sides_are_invited(Seen(), {"invited": ["community", "company"]}, MOMENT)

    assert refusal is not None
    assert "业主委员会" in refusal.zh
    assert "物业主管部门" in refusal.zh


def test_an_emergency_is_confirmed_by_the_owners_side() -> None:
    confirmers = [{"name": "丁", "unit": "company"}]

    assert rules.confirmed_by_the_owners(Seen(), {"confirmers": confirmers}, MOMENT) is not None
    assert rules.confirmed_by_the_owners(Seen(), {"confirmers": [{"name": "甲", "unit": "community"}]}, MOMENT) is None


def test_amounts_never_exceed_what_was_agreed_spent_or_approved() -> None:
    spent = {"emergency_repaired": {"costs": [{"quantity": "1", "unit_price": "100.00"}]}}
    agreed = {"budget_total": "100.00", "fund_approved": {"amount": "100.00"}, **spent}
    guards = (
        rules.application_within_budget,
        rules.settlement_within_approval,
        rules.emergency_application_within_cost,
        rules.audit_within_cost,
    )

    for guard in guards:
        assert guard(Seen(agreed), {"amount": Decimal("100.00")}, MOMENT) is None
        assert guard(Seen(agreed), {"amount": Decimal("100.01")}, MOMENT) is not None
        assert guard(Seen(agreed), {}, MOMENT) is None


def test_guards_that_judge_the_form_are_silent_without_one() -> None:
    guards = (
        rules.ballots_are_sound,
        rules.ballots_are_signed,
        rules.notice_was_long_enough,
        rules.undelivered_were_posted,
        rules.rooms_are_named_once,
        rules.fund_may_pay,
        rules.no_utility_in_the_bill,
        rules.no_inspector_from_the_company,
        rules.every_demand_is_checked,
        rules.all_is_done,
        rules.something_is_undone,
        rules.all_sides_are_invited,
        rules.confirmed_by_the_owners,
    )

    assert [guard.__name__ for guard in guards if guard(Seen(), {}, MOMENT) is not None] == []
