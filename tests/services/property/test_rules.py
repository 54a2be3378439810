"""Property's arithmetic and gates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.workflow import Moment, Refusal, Role
from services.property import firms, funds, rules, votes
from services.property.votes import Tally

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
    assert votes.has_quorum(EVERYBODY, Tally(heads, Decimal(area))) is quorum


def test_exactly_two_thirds_is_a_quorum_because_the_number_itself_is_included() -> None:
    assert votes.has_quorum(Tally(99, Decimal(9_900)), Tally(66, Decimal(6_600)))


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
    assert votes.is_carried(item, EVERYBODY, TAKING_PART, Tally(heads, Decimal(area))) is carried


@pytest.mark.parametrize(("heads", "area"), [(5, "501"), (6, "500")])
def test_exactly_half_of_either_is_not_more_than_half(heads: int, area: str) -> None:
    assert not votes.is_agreed("use_repair_fund", Tally(10, Decimal(1000)), Tally(heads, Decimal(area)))


def test_no_majority_helps_without_the_quorum() -> None:
    assert not votes.is_carried("use_repair_fund", EVERYBODY, Tally(66, Decimal(6_600)), Tally(66, Decimal(6_600)))


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500), st.sampled_from(sorted(rules.COMMON_MATTERS)))
def test_more_consent_never_undoes_a_decision(whole: int, part: int, yes: int, item: str) -> None:
    part, yes = min(part, whole), min(yes, part, whole)
    everybody, taking_part = Tally(whole, Decimal(whole)), Tally(part, Decimal(part))

    if votes.is_carried(item, everybody, taking_part, Tally(yes, Decimal(yes))) and yes < part:
        assert votes.is_carried(item, everybody, taking_part, Tally(yes + 1, Decimal(yes + 1)))


def test_an_owner_of_several_rooms_is_one_head_with_all_his_area() -> None:
    ballots = [ballot("101", "Y1"), ballot("102", "Y1"), ballot("201", "Y2", "against")]

    assert votes.tally(ballots) == Tally(2, Decimal(300))
    assert votes.tally(ballots, "agree") == Tally(1, Decimal(200))


def test_the_result_names_quorum_and_majority_apart() -> None:
    ballots = [ballot("101", "Y1"), ballot("102", "Y2", "against")]

    result = votes.vote_result("use_repair_fund", Tally(3, Decimal(300)), ballots)

    assert (result["quorum"], result["carried"]) == (True, False)
    assert (result["taking_part_heads"], result["agreeing_heads"]) == (2, 1)


class Kept:
    """A register with one estate of so many rooms, each of an owner and 100 square metres unless said otherwise."""

    def __init__(self, *rooms: dict[str, Any], **changed: Any) -> None:
        row = {"building": "1号楼", "entrance": "1单元", "area": "100.00", "area_by": "register", "tenure": "delivered"}
        self.kept = {one["room"]: {**row, "owner": f"Y{one['room']}", **one} for one in rooms}
        sums = votes.tally(self.kept.values())
        self.head = {
            "version": 1,
            "heads": sums.heads,
            "area": str(sums.area),
            "follow_majority": "",
            "clause": "",
            **changed,
        }

    def repairs(self, _estate: str) -> list[dict[str, Any]]:
        return []

    def estate(self, _name: str) -> dict[str, Any]:
        return self.head

    def rooms(self, _name: str) -> dict[str, dict[str, Any]]:
        return self.kept


def counted(register: Kept, *ballots: tuple[str, str], item: str = "use_repair_fund", **scope: str) -> dict[str, Any]:
    """Announce a vote by a register and count its ballots, as the procedure does."""
    moment = Moment(now=MOMENT.now, actor="p1", role=Role.HANDLER, known=lambda: register)
    announced = votes.electorate(Seen(), scope, moment)
    form = {"item": item, "ballots": [{"room": room, "choice": choice, "confirmed": True} for room, choice in ballots]}
    case = Seen({**announced, "vote_announced": [{"item": item, "posted_on": "2026-03-02"}]})
    gates = (votes.ballots_are_the_owners, votes.silence_counts_only_by_the_owners_rules, votes.ballots_are_sound)
    refusals = [refusal.zh for gate in gates if (refusal := gate(case, form, moment))]
    return {"refusals": refusals, **announced, **votes.count_votes(case, form, moment)}


def ways(**said: range) -> list[tuple[str, str]]:
    return [(str(number), choice) for choice, numbers in said.items() for number in numbers]


HUNDRED = tuple({"room": str(number)} for number in range(100))


def test_who_may_vote_is_read_from_the_roster() -> None:
    # 98 owners of one room each; one owner of two: 99 heads, and of the developer's three rooms one more.
    two = ({"room": "201", "owner": "Y200"}, {"room": "202", "owner": "Y200"})
    developers = (
        {"room": "301", "owner": "K1", "tenure": "unsold"},
        {"room": "302", "owner": "K1", "tenure": "unsold"},
        {"room": "303", "owner": "Y303", "tenure": "undelivered"},
    )

    voters = counted(Kept(*HUNDRED[:98], *two, *developers))["electorate"]

    assert (voters["rooms"], voters["heads"], voters["area"]) == (103, 100, Decimal("10300.00"))


def test_a_room_of_several_owners_is_one_head_and_has_one_ballot() -> None:
    register = Kept({"room": "1", "owner": "G1"}, {"room": "2"}, {"room": "3"})

    found = counted(register, ("1", "agree"), ("1", "against"), ("2", "agree"))

    assert found["refusals"] == ["同一专有部分重复计票：1"]


def test_an_owner_of_three_rooms_decides_nothing_alone_though_the_area_is_his() -> None:
    big = tuple({"room": f"9{number}", "owner": "Y9", "area": "500.00"} for number in range(3))
    register = Kept(*big, *HUNDRED[:5])

    found = counted(register, ("90", "agree"), ("91", "agree"), ("92", "agree"), *ways(against=range(5)))

    result = found["vote_result"]
    assert (result["agreeing_heads"], result["taking_part_heads"]) == (1, 6)
    assert (result["agreeing_area"], result["carried"]) == (Decimal("1500.00"), False)


def test_silence_takes_no_part_and_is_not_counted_without_a_rule_of_the_owners() -> None:
    found = counted(Kept(*HUNDRED), *ways(agree=range(60), silent=range(60, 80)))

    assert found["refusals"] == ["该小区管理规约、议事规则未约定未表决的票权计入多数票，送达未表决的不得计票"]
    assert (found["vote_result"]["taking_part_heads"], found["vote_result"]["quorum"]) == (60, False)


def test_silence_goes_with_the_majority_where_the_owners_rules_say_so() -> None:
    register = Kept(*HUNDRED, follow_majority="the_silent", clause="管理规约第十二条")

    carried = counted(register, *ways(agree=range(31), against=range(31, 60), silent=range(60, 70)))["vote_result"]
    lost = counted(register, *ways(agree=range(29), against=range(29, 60), silent=range(60, 70)))["vote_result"]

    assert (carried["taking_part_heads"], carried["agreeing_heads"], carried["carried"]) == (70, 41, True)
    assert (lost["taking_part_heads"], lost["agreeing_heads"], lost["carried"]) == (70, 29, False)


@pytest.mark.parametrize(("rule", "agreeing"), [("", 40), ("the_silent", 40), ("the_silent_and_abstaining", 70)])
def test_who_abstains_has_not_agreed_unless_the_owners_rules_say_so(rule: str, agreeing: int) -> None:
    ballots = ways(agree=range(40), abstain=range(40, 70))

    result = counted(Kept(*HUNDRED, follow_majority=rule), *ballots)["vote_result"]

    assert (result["taking_part_heads"], result["agreeing_heads"]) == (70, agreeing)


def test_where_heads_and_area_disagree_there_is_no_majority_to_go_with() -> None:
    big = ({"room": "900", "area": "9000.00"},)
    register = Kept(*HUNDRED[:10], *big, follow_majority="the_silent")

    result = counted(register, *ways(agree=range(4), against=range(900, 901), silent=range(4, 10)))["vote_result"]

    assert (result["taking_part_heads"], result["agreeing_heads"]) == (11, 4)


def test_who_spoke_for_one_of_his_rooms_has_spoken_for_all() -> None:
    rooms = ({"room": "901", "owner": "Y9"}, {"room": "902", "owner": "Y9"})
    register = Kept(*HUNDRED[:5], *rooms, follow_majority="the_silent")

    found = counted(register, *ways(against=range(5)), ("901", "agree"), ("902", "silent"))

    assert found["refusals"] == []
    assert (found["vote_result"]["agreeing_heads"], found["vote_result"]["agreeing_area"]) == (1, Decimal("200.00"))


def test_nobody_pays_for_a_repair_that_he_could_not_vote_on() -> None:
    register = Kept({"room": "101"}, {"room": "201", "building": "2号楼"})
    paid = Seen({"repair_surveyed": {"scope": [{"room": "101"}, {"room": "201"}, {"room": "gone"}]}})
    moment = Moment(now=MOMENT.now, actor="p1", role=Role.HANDLER, known=lambda: register)

    def refused(**scope: str) -> Refusal | None:
        form = {"item": "use_repair_fund", "building": "", "entrance": "", **scope}
        return votes.who_pays_may_vote(paid, form, moment)

    assert refused() is None
    one = refused(building="1号楼")
    assert one is not None
    assert "分摊维修费用的房屋不在表决范围内：201；" in one.zh


def test_a_building_votes_on_its_own_repair_by_its_own_rooms() -> None:
    other = {"room": "201", "building": "2号楼"}
    register = Kept({"room": "101"}, {"room": "102"}, {"room": "103"}, other)

    found = counted(register, ("101", "agree"), ("102", "agree"), building="1号楼")
    strange = counted(register, ("101", "agree"), ("201", "agree"), building="1号楼")

    assert (found["electorate"]["heads"], found["vote_result"]["carried"]) == (3, True)
    assert strange["refusals"] == ["以下房号不在有权表决的业主名册中：201"]


@given(
    st.lists(st.tuples(st.sampled_from(rules.CHOICES), st.sampled_from("ABCDE")), min_size=1, max_size=30),
    st.sampled_from(sorted(votes.FOLLOW_MAJORITY)),
)
def test_no_rule_on_silence_makes_more_agree_than_take_part(said: list[tuple[str, str]], rule: str) -> None:
    rows = [ballot(str(number), owner, choice) for number, (choice, owner) in enumerate(said)]

    result = votes.vote_result("use_repair_fund", votes.tally(rows), rows, rule)

    assert result["agreeing_heads"] <= result["taking_part_heads"] <= votes.tally(rows).heads
    assert result["agreeing_area"] <= result["taking_part_area"] <= votes.tally(rows).area
    if not any(choice in {"agree", "against"} for choice, _ in said):
        assert not result["carried"]


@pytest.mark.parametrize(
    ("rooms", "ballots", "reason"),
    [
        (({"room": "101"},), (("101", "agree"), ("101", "agree")), "重复计票"),
        (
            ({"room": "101", "owner": "Y1"}, {"room": "102", "owner": "Y1"}),
            (("101", "agree"), ("102", "against")),
            "须一致",
        ),
        (({"room": "101"},), (("101", "agree"), ("999", "agree")), "不在有权表决"),
    ],
)
def test_unsound_ballots_are_refused(
    rooms: tuple[dict[str, Any], ...], ballots: tuple[tuple[str, str], ...], reason: str
) -> None:
    [refusal] = counted(Kept(*rooms), *ballots)["refusals"]

    assert reason in refusal


def test_an_unsigned_ballot_is_refused_by_its_room() -> None:
    refusal = votes.ballots_are_signed(Seen(), {"ballots": [ballot("101", "Y1", confirmed=False)]}, MOMENT)

    assert refusal is not None
    assert "101" in refusal.zh


@pytest.mark.parametrize(
    ("state", "posted", "allowed"),
    [
        ("owner_vote_due", "2026-11-08", True),
        ("owner_vote_due", "2026-11-09", False),
        ("owner_vote_due", "2026-12-01", False),
        ("reelection_due", "2026-11-08", True),
        ("reelection_due", "2026-11-09", False),
        ("group_formed", "2026-11-08", True),
        ("group_formed", "2026-11-09", False),
    ],
)
def test_a_meeting_is_announced_in_time_by_the_day_of_its_posting(state: str, posted: str, allowed: bool) -> None:  # noqa: FBT001
    case = Seen({"vote_announced": [{"posted_on": posted}]}, state=state)

    assert (votes.notice_was_long_enough(case, {"item": "any"}, MOMENT) is None) is allowed


@pytest.mark.parametrize(
    ("asking", "total", "allowed"), [(20, 100, True), (19, 100, False), (1, 5, True), (0, 3, False)]
)
def test_a_fifth_of_the_owners_call_an_extraordinary_meeting(asking: int, total: int, allowed: bool) -> None:  # noqa: FBT001
    moment = Moment(now=MOMENT.now, actor="p1", role=Role.HANDLER, known=lambda: Kept(*HUNDRED[:total]))
    form = {"called_for": "a_fifth_of_owners", "asking_heads": asking}

    assert (votes.enough_asked_for_it(Seen(), form, moment) is None) is allowed
    assert votes.enough_asked_for_it(Seen(), {**form, "called_for": "committee"}, moment) is None


@pytest.mark.parametrize(
    ("undelivered", "posted", "allowed"), [(0, None, True), (3, 18, True), (3, 19, False), (3, None, False)]
)
def test_papers_that_reach_nobody_hang_out_five_days(undelivered: int, posted: int | None, allowed: bool) -> None:  # noqa: FBT001
    form = {"undelivered": undelivered, "undelivered_posted_on": date(2026, 11, posted) if posted else None}

    assert (votes.undelivered_were_posted(Seen(), form, MOMENT) is None) is allowed


def test_papers_that_hang_out_after_the_count_help_nobody() -> None:
    form = {"undelivered": 3, "undelivered_posted_on": date(2026, 11, 18), "counted_on": date(2026, 11, 20)}

    assert votes.undelivered_were_posted(Seen(), form, MOMENT) is not None


# -- 民法典 279 ----------------------------------------------------------------


def asked(register: Kept, *consents: tuple[str, bool], further: tuple[str, ...] = ()) -> dict[str, Any]:
    """Find a shop in room 101 by a register, and count the consents."""
    moment = Moment(now=MOMENT.now, actor="p1", role=Role.HANDLER, known=lambda: register)
    found = votes.business_use(Seen(), {"room": "101", "further_rooms": [*further]}, moment)
    form = {"consents": [{"room": room, "consents": said} for room, said in consents]}
    return {**found, **votes.consents_counted(Seen(dict(found)), form, moment)}


def test_every_other_owner_of_the_building_has_a_say_in_a_shop_and_silence_is_no_consent() -> None:
    register = Kept({"room": "101"}, {"room": "102"}, {"room": "103"}, {"room": "201", "building": "2号楼"})

    found = asked(register, ("102", True))

    assert (found["affected_rooms"], found["affected_heads"]) == (["102", "103"], 2)
    assert found["lacking_consents"] == ["103"]


def test_his_own_other_rooms_have_no_say_and_one_who_shows_his_interest_has() -> None:
    own = {"room": "102", "owner": "Y101"}
    register = Kept({"room": "101"}, own, {"room": "201", "building": "2号楼"})

    assert asked(register)["affected_rooms"] == []
    assert asked(register, further=("201",))["lacking_consents"] == ["201"]


def test_an_owner_of_two_rooms_who_refuses_for_one_has_not_consented() -> None:
    twice = ({"room": "102", "owner": "Y2"}, {"room": "103", "owner": "Y2"})
    register = Kept({"room": "101"}, *twice)

    assert asked(register, ("102", True))["lacking_consents"] == []
    assert asked(register, ("102", True), ("103", False))["lacking_consents"] == ["102", "103"]


# -- companies -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "score", "grade", "undecided"),
    [
        ([], 100, "good", 0),
        ([{"points": 3, "on": "2026-05-20", "decided": True}], 97, "good", 0),
        ([{"points": 3, "on": "2026-05-20", "decided": False}], 100, "good", 3),
        ([{"points": 30, "on": "2025-11-24", "decided": True}], 70, "warned", 0),
        ([{"points": 30, "on": "2025-11-23", "decided": True}], 100, "good", 0),
        ([{"points": 25, "on": "2026-05-20", "decided": True}], 75, "fair", 0),
        ([{"points": 80, "on": "2026-05-20", "decided": True}] * 2, 0, "poor", 0),
        ([{"points": 80, "on": "2026-12-20", "decided": True}], 100, "good", 0),
    ],
)
def test_a_companys_credit_counts_what_the_district_decided_on_within_the_months(
    marks: list[dict[str, Any]], score: int, grade: str, undecided: int
) -> None:
    found = firms.credit(marks, date(2026, 11, 23))

    assert (found["score"], found["grade"], found["undecided"]) == (score, grade, undecided)
    assert found["verified"] is False


# -- 民法典 283 ----------------------------------------------------------------


@given(amounts, st.lists(areas, min_size=1, max_size=60))
def test_shares_add_up_to_the_cent_and_follow_the_area(amount: Decimal, found: list[Decimal]) -> None:
    by_room = {str(number): area for number, area in enumerate(found)}

    shared = funds.shares(amount, by_room)

    assert sum(shared.values()) == amount
    whole = sum(found)
    assert all(abs(shared[room] - amount * area / whole) < rules.CENT for room, area in by_room.items())
    assert all(share == share.quantize(rules.CENT) for share in shared.values())


def test_the_rest_goes_to_those_who_lost_most_by_rounding() -> None:
    shared = funds.shares(Decimal("10000.01"), {"101": Decimal(100), "102": Decimal(80)})

    assert shared == {"101": Decimal("5555.56"), "102": Decimal("4444.45")}


def test_nobody_can_share_over_no_area() -> None:
    with pytest.raises(ValueError, match="no area"):
        funds.shares(Decimal(1), {})


def test_a_budget_is_rounded_line_by_line() -> None:
    lines = [{"quantity": "3", "unit_price": "0.335"}, {"quantity": "120", "unit_price": "85.00"}]

    assert funds.cost(lines) == Decimal("10201.01")


@pytest.mark.parametrize(
    ("belongs_to", "in_warranty", "reason"),
    [("utility", False, "专业经营单位"), ("common", True, "保修"), ("common", False, "")],
)
def test_the_fund_pays_only_for_what_the_owners_must_maintain(belongs_to: str, in_warranty: bool, reason: str) -> None:  # noqa: FBT001
    form = {"budget": [{"item": "换热站", "belongs_to": belongs_to}], "in_warranty": in_warranty}

    refusal = funds.fund_may_pay(Seen(), form, MOMENT)

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
        "company": firms.problem_is_the_companys,
        "owners": firms.problem_is_the_owners,
        "others": firms.problem_is_anothers,
        "unfounded": firms.problem_was_not_found,
    }

    assert {way for way, guard in ways.items() if guard(case, {}, MOMENT) is None} == open_ways


def test_a_recheck_passes_or_fails_by_what_was_done() -> None:
    done, undone = {"item": "照明", "done": True}, {"item": "监控", "done": False}

    assert firms.all_is_done(Seen(), {"items": [done]}, MOMENT) is None
    assert firms.all_is_done(Seen(), {"items": [done, undone]}, MOMENT) is not None
    assert firms.something_is_undone(Seen(), {"items": [done, undone]}, MOMENT) is None
    assert firms.something_is_undone(Seen(), {"items": [done]}, MOMENT) is not None


def test_a_recheck_passes_over_nothing_that_was_ordered() -> None:
    case = Seen({"company_ordered": {"items": [{"item": "照明"}, {"item": "监控"}]}})

    refusal = firms.every_demand_is_checked(case, {"items": [{"item": "照明", "done": True}]}, MOMENT)

    assert refusal is not None
    assert "监控" in refusal.zh


def test_the_company_does_not_inspect_itself() -> None:
    refusal = firms.no_inspector_from_the_company(Seen(), {"inspectors": [{"name": "丁", "unit": "company"}]}, MOMENT)

    assert refusal is not None


def test_a_joint_meeting_without_a_side_is_refused_by_its_name() -> None:
    refusal = firms.all_sides_are_invited(Seen(), {"invited": ["community", "company"]}, MOMENT)

    assert refusal is not None
    assert "业主委员会" in refusal.zh
    assert "物业主管部门" in refusal.zh


def test_an_emergency_is_confirmed_by_the_owners_side() -> None:
    confirmers = [{"name": "丁", "unit": "company"}]

    assert funds.confirmed_by_the_owners(Seen(), {"confirmers": confirmers}, MOMENT) is not None
    assert funds.confirmed_by_the_owners(Seen(), {"confirmers": [{"name": "甲", "unit": "community"}]}, MOMENT) is None


def test_amounts_never_exceed_what_was_agreed_spent_or_approved() -> None:
    spent = {"emergency_repaired": {"costs": [{"quantity": "1", "unit_price": "100.00"}]}}
    agreed = {"budget_total": "100.00", "fund_approved": {"amount": "100.00"}, **spent}
    limits = (funds.the_budget, funds.approved_by_the_fund, funds.the_emergency_cost)
    guards = [funds.at_most(limit, "金额超过", "it") for limit in limits]

    for guard in guards:
        assert guard(Seen(agreed), {"amount": Decimal("100.00")}, MOMENT) is None
        assert guard(Seen(agreed), {"amount": Decimal("100.01")}, MOMENT) is not None
        assert guard(Seen(agreed), {}, MOMENT) is None


def test_guards_that_judge_the_form_are_silent_without_one() -> None:
    guards = (
        votes.ballots_are_sound,
        votes.ballots_are_signed,
        votes.notice_was_long_enough,
        votes.undelivered_were_posted,
        funds.rooms_are_named_once,
        funds.fund_may_pay,
        funds.no_utility_in_the_bill,
        firms.no_inspector_from_the_company,
        firms.every_demand_is_checked,
        firms.all_is_done,
        firms.something_is_undone,
        firms.all_sides_are_invited,
        funds.confirmed_by_the_owners,
    )

    assert [guard.__name__ for guard in guards if guard(Seen(), {}, MOMENT) is not None] == []


def test_an_order_after_a_rework_is_one_more_so_that_never_more_was_put_right_than_ordered() -> None:
    at = datetime(2026, 11, 2, 1, tzinfo=UTC)
    again = at.replace(day=9)
    events = [
        *(("1", "company_ordered", at), ("1", "recheck_passed", at.replace(day=4))),
        *(("1", "company_ordered", again), ("1", "recheck_failed", again), ("1", "recheck_passed", again)),
    ]

    found = firms.overhauls(events)

    assert (found["orders"], found["put_right"], found["put_right_at_once"]) == (2, 2, 1)
    assert (found["average_days"], found["average_answer_days"]) == (Decimal("1.00"), None)
    told = [*events[:1], ("1", "company_reported", at.replace(day=3)), *events[1:]]
    assert firms.overhauls(told)["average_answer_days"] == Decimal("1.00")


def test_the_notice_by_which_a_contract_ends_is_a_row_of_the_law_by_how_it_ends() -> None:
    endings = [ending for ending in firms.ENDINGS if ending != firms.OF_ITSELF]

    assert [rules.exit_notice(ending, date(2026, 9, 1)) for ending in endings] == [60, 90, 60]
    assert rules.exit_notice("not_renewed_by_company", date(2019, 9, 1)) == 90
