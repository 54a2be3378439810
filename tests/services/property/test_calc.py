"""Property's computations: votes, shares, arrears."""

from __future__ import annotations

import json
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from chassis import calc, legal
from chassis.calc_command import calc as command
from chassis.clocks import Unit
from chassis.examples import example
from chassis.problems import ProblemError
from services.property import rules, schemas
from services.property.calc import COMPUTATIONS
from services.property.service import PropertyService

ESTATE = {"total_heads": 100, "total_area": "10000", "taking_part_heads": 67, "taking_part_area": "6700"}


def reckon(name: str, **form: object) -> dict[str, Any]:
    return calc.reckon(calc.find(COMPUTATIONS, name), form)


def refused(name: str, **form: object) -> tuple[str, str]:
    with pytest.raises(ProblemError) as caught:
        reckon(name, **form)
    [error] = caught.value.errors
    return error["pointer"], error["zh"]


def room(number: str, owner: str, choice: str = "agree", area: str = "100.00", **more: object) -> dict[str, Any]:
    return {"room": number, "owner": owner, "area": area, "choice": choice, **more}


# -- vote ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "heads", "area", "carried"),
    [
        ("use_repair_fund", 34, "3351", True),
        ("use_repair_fund", 33, "6700", False),
        ("use_repair_fund", 34, "3350", False),
        ("change_use_of_common_parts", 50, "5025", False),
        ("change_use_of_common_parts", 51, "5025", True),
        ("raise_repair_fund", 51, "5024.99", False),
        ("rebuild", 51, "5025", True),
        ("choose_company", 34, "3351", True),
    ],
)
def test_a_vote_is_judged_by_its_sums(item: str, heads: int, area: str, carried: bool) -> None:  # noqa: FBT001
    found = reckon("vote", item=item, **ESTATE, agreeing_heads=heads, agreeing_area=area)

    assert (found["quorum"], found["majority"], found["carried"]) == (True, carried, carried)


@pytest.mark.parametrize(("heads", "area"), [(66, "6700"), (67, "6666.66")])
def test_unanimity_without_the_quorum_of_heads_and_of_area_decides_nothing(heads: int, area: str) -> None:
    part = {"taking_part_heads": heads, "taking_part_area": area, "agreeing_heads": heads, "agreeing_area": area}

    found = reckon("vote", item="use_repair_fund", **{**ESTATE, **part})

    assert (found["quorum"], found["majority"], found["carried"]) == (False, True, False)


def test_two_thirds_of_an_area_that_three_does_not_divide_are_exact() -> None:
    part = {"total_heads": 3, "taking_part_heads": 2, "agreeing_heads": 2, "agreeing_area": "66.67"}

    assert not reckon(
        "vote", item="rebuild", total_area="100", taking_part_area="66.66", **part | {"agreeing_area": "66.66"}
    )["quorum"]
    assert reckon("vote", item="rebuild", total_area="100", taking_part_area="66.67", **part)["quorum"]


def test_the_developers_unsold_and_undelivered_rooms_are_one_head_and_so_are_one_buyers() -> None:
    roster = [
        room("101", "Y1"),
        room("102", "Y1"),
        room("103", "Y2", "against"),
        room("201", "K1", "absent", tenure="unsold"),
        room("202", "Y3", "absent", tenure="undelivered"),
        room("203", "Y4", "absent", tenure="undelivered"),
    ]

    found = reckon("vote", item="use_repair_fund", roster=roster)

    assert (found["total_heads"], found["total_area"]) == (3, "600.00")
    assert (found["taking_part_heads"], found["taking_part_area"]) == (2, "300.00")
    assert (found["agreeing_heads"], found["agreeing_area"]) == (1, "200.00")
    assert any("3个专有部分合计按一人计" in line["zh"] for line in found["explanation"])


def test_a_buyer_of_a_delivered_and_an_undelivered_room_is_his_own_head_for_the_first_alone() -> None:
    roster = [room("101", "Y1"), room("102", "Y1", "absent", tenure="undelivered")]

    assert reckon("vote", item="use_repair_fund", roster=roster)["total_heads"] == 2


def test_an_area_from_the_contract_counts_for_the_time_being_and_is_said() -> None:
    found = reckon("vote", item="use_repair_fund", roster=[room("101", "Y1", area_by="contract")])

    assert any("尚未登记" in line["zh"] for line in found["explanation"])


def test_the_largest_roster_is_counted_in_a_moment() -> None:
    roster = [
        room(str(number), f"Y{number // 2}", tenure=("delivered", "unsold")[number % 2]) for number in range(20_000)
    ]

    started = time.process_time()
    found = reckon("vote", item="use_repair_fund", roster=roster)

    assert (found["total_heads"], found["carried"]) == (10_001, True)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("form", "pointer", "said"),
    [
        ({"roster": [room("101", "Y1"), room("101", "Y2")]}, "/roster/1/room", "101"),
        ({"roster": [room("101", "Y1"), room("102", "Y1", "against")]}, "/roster/1/choice", "Y1"),
        ({"roster": [room("101", "Y1")], "total_heads": 2}, "/total_heads", "与名册计算的1不符"),
        ({"roster": [room("101", "Y1", "maybe")]}, "/roster/0/choice", ""),
        ({}, "/total_heads", "业主名册"),
        ({**ESTATE, "agreeing_heads": 1}, "/agreeing_area", "填全"),
        ({**ESTATE, "agreeing_heads": 68, "agreeing_area": "1"}, "/agreeing_heads", "不能多于"),
        ({**ESTATE, "taking_part_area": "10001", "agreeing_heads": 1, "agreeing_area": "1"}, "/taking_part_area", "不"),
        ({"item": "dance"}, "/item", ""),
    ],
)
def test_what_is_wrong_with_a_vote_is_said_where_it_is(form: dict[str, Any], pointer: str, said: str) -> None:
    found, zh = refused("vote", **{"item": "use_repair_fund", **form})

    assert found == pointer
    assert said in zh


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9), st.sampled_from(rules.TENURES), st.decimals(Decimal("0.01"), Decimal(300), places=2)
        ),
        min_size=1,
        max_size=30,
    )
)
def test_a_roster_and_its_sums_are_judged_alike(rooms: list[tuple[int, str, Decimal]]) -> None:
    said = ("agree", "against", "abstain", "absent")
    roster = [
        room(str(place), f"Y{owner}", said[owner % 4 if tenure == "delivered" else 3], str(area), tenure=tenure)
        for place, (owner, tenure, area) in enumerate(rooms)
    ]
    by_roster = reckon("vote", item="choose_company", roster=roster)
    sums = {
        name: by_roster[name]
        for name in (f"{of}_{what}" for of in ("total", "taking_part", "agreeing") for what in ("heads", "area"))
    }

    by_sums = reckon("vote", item="choose_company", **sums)

    assert [by_sums[name] for name in ("quorum", "carried")] == [by_roster[name] for name in ("quorum", "carried")]
    assert by_roster["total_heads"] <= len(roster)


# -- allocation ---------------------------------------------------------------


def test_costs_of_one_entrance_are_borne_there_and_add_up_to_the_cent() -> None:
    example = calc.described(calc.find(COMPUTATIONS, "allocation"))["example"]

    whole = reckon("allocation", **example | {"building": ""})
    building = reckon("allocation", **example)
    entrance = reckon("allocation", **example | {"entrance": "1单元"})

    assert [len(found["shares"]) for found in (whole, building, entrance)] == [4, 3, 2]
    assert [row["share"] for row in building["shares"]] == ["3333.34", "3333.33", "3333.33"]
    for found in (whole, building, entrance):
        assert sum(Decimal(row["share"]) for row in found["shares"]) == Decimal("10000.00")


def test_parts_that_the_owners_agreed_on_come_before_the_area() -> None:
    rooms = [{"room": "101", "area": "100", "agreed_parts": "1"}, {"room": "102", "area": "100", "agreed_parts": "3"}]

    found = reckon("allocation", amount="100.01", rooms=rooms)

    assert [row["share"] for row in found["shares"]] == ["25.00", "75.01"]


def test_the_lines_say_what_each_room_bears() -> None:
    rooms = [{"room": f"1-1-10{n}", "building": "1号楼", "area": "100.00"} for n in (1, 2, 3)]

    explained = [line["zh"] for line in reckon("allocation", amount="100.00", rooms=rooms)["explanation"]]

    assert [line for line in explained if line.startswith("1-1-")] == [
        "1-1-101：100.00 → 33.34元",
        "1-1-102：100.00 → 33.33元",
        "1-1-103：100.00 → 33.33元",
    ]


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"rooms": [{"room": "101", "area": "9"}, {"room": "101", "area": "9"}]}, "/rooms/1/room"),
        ({"rooms": [{"room": "101", "area": "9"}], "building": "9号楼"}, "/building"),
        ({"rooms": [{"room": "101", "area": "9"}], "entrance": "1单元"}, "/building"),
        (
            {"rooms": [{"room": "1", "area": "9", "agreed_parts": 1}, {"room": "2", "area": "9"}]},
            "/rooms/1/agreed_parts",
        ),
        ({"rooms": [{"room": "1", "area": "9", "agreed_parts": 0}]}, "/rooms"),
        ({"rooms": [{"room": "1", "area": "0"}]}, "/rooms/0/area"),
        ({"rooms": []}, "/rooms"),
        ({"rooms": [{"room": "1", "area": "9"}], "amount": "-1"}, "/amount"),
    ],
)
def test_what_is_wrong_with_an_allocation_is_said_where_it_is(form: dict[str, Any], pointer: str) -> None:
    assert refused("allocation", **{"amount": "1", **form})[0] == pointer


# -- arrears ------------------------------------------------------------------


def test_vacant_months_beyond_six_cost_at_most_sixty_percent_in_the_first_companys_time() -> None:
    year = {"area": "100", "monthly_fee": "1.20", "first_month": "2025-01-01", "last_month": "2025-12-31"}

    assert reckon("fee-arrears", **year)["owed"] == "1440.00"
    assert reckon("fee-arrears", **year, vacant_months=8)["owed"] == "1440.00"
    lowered = reckon("fee-arrears", **year, pre_phase=True, vacant_months=8, paid="120")
    assert (lowered["lowered_months"], lowered["due"], lowered["owed"]) == (2, "1344.00", "1224.00")
    assert len(lowered["not_verified"]) == 2
    assert reckon("fee-arrears", **year, pre_phase=True, vacant_months=6)["owed"] == "1440.00"
    over = reckon("fee-arrears", **year, paid="2000")
    assert (over["owed"], over["give_back"]) == ("0.00", "560.00")


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"last_month": "2024-12-01"}, "/last_month"),
        ({"vacant_months": 13}, "/vacant_months"),
        ({"area": "x"}, "/area"),
    ],
)
def test_what_is_wrong_with_arrears_is_said_where_it_is(form: dict[str, Any], pointer: str) -> None:
    year = {"area": "100", "monthly_fee": "1.20", "first_month": "2025-01-01", "last_month": "2025-12-01"}

    assert refused("fee-arrears", **{**year, **form})[0] == pointer


def test_companies_are_compared_by_complaints_per_hundred_households() -> None:
    figures = [
        {"company": "甲物业公司", "complaints": 12, "households": 1500},
        {"company": "乙物业公司", "complaints": 5, "households": 300},
    ]

    found = reckon("complaint-density", companies=figures)

    assert [(row["company"], row["density"]) for row in found["companies"]] == [
        ("乙物业公司", "1.67"),
        ("甲物业公司", "0.80"),
    ]
    assert refused("complaint-density", companies=[*figures, figures[0]])[0] == "/companies/2/company"
    assert refused("complaint-density", companies=[{**figures[0], "households": 0}])[0] == "/companies/0/households"


# -- all ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vote", "allocation", "fee-arrears", "complaint-density"])
def test_each_computation_computes_its_example_by_command_and_cites_articles_that_are_kept(name: str) -> None:
    example = CliRunner().invoke(command, ["property", name, "--example"])

    done = CliRunner().invoke(command, ["property", name, "--json"], input=example.output)

    assert done.exit_code == 0, done.output
    bases = {basis.code for basis in legal.load(Path(rules.__file__).parent / "legal.toml").bases}
    cited = {line["basis"] for line in json.loads(done.output)["explanation"]} - {""}
    assert cited
    assert cited <= bases
    assert name in {one.name for one in PropertyService.computations}


# -- what the register and the district add -------------------------------------


def test_a_roster_with_silent_rooms_is_counted_by_the_owners_rules_and_said_to_be_doubtful() -> None:
    roster = [room("101", "Y1"), room("102", "Y2"), room("103", "Y3", "against"), room("104", "Y4", "silent")]

    without = reckon("vote", item="use_repair_fund", roster=roster)
    by_rule = reckon("vote", item="use_repair_fund", roster=roster, follow_majority="the_silent")

    assert (without["taking_part_heads"], without["agreeing_heads"], without["not_verified"]) == (3, 2, [])
    assert (by_rule["taking_part_heads"], by_rule["agreeing_heads"]) == (4, 3)
    assert any("随多数计" in line["zh"] for line in by_rule["explanation"])
    assert by_rule["not_verified"]


def test_an_owner_who_handed_in_one_of_two_ballots_has_not_two_voices() -> None:
    found = reckon("vote", item="use_repair_fund", roster=[room("101", "Y1"), room("102", "Y1", "absent")])

    assert (found["taking_part_heads"], found["taking_part_area"]) == (1, "100.00")


def test_a_companys_credit_is_full_points_less_what_the_district_decided_on() -> None:
    marks = [
        {"kind": "order_not_obeyed", "on": "2026-05-20"},
        {"kind": "refused_to_leave", "on": "2026-06-01", "points": 12},
        {"kind": "forbidden_act", "on": "2026-07-01", "decided": False},
        {"kind": "promise_broken", "on": "2025-11-23"},
    ]

    found = reckon("credit-score", on="2026-11-23", marks=marks)

    assert (found["score"], found["grade"], found["undecided"], found["marks"]) == (85, "fair", 8, 3)
    assert found["not_verified"]
    assert any("100分 − 物业主管部门已决定的15分 = 85分" in line["zh"] for line in found["explanation"])


def test_the_fine_for_a_diverted_fund_is_twice_the_sum_at_most_whatever_was_given_back() -> None:
    found = reckon("diversion-fine", diverted="50000.00", illegal_gains="800.00", given_back="20000.00")

    assert (found["recover"], found["confiscate"], found["fine_at_most"]) == ("30000.00", "800.00", "100000.00")
    assert refused("diversion-fine", diverted="1.00", given_back="1.01") == ("/given_back", "已归还的多于挪用的")


@given(st.decimals("0.01", "1000000", places=2), st.decimals("0", "1", places=2))
def test_nothing_of_a_diverted_fund_is_lost(diverted: Decimal, part: Decimal) -> None:
    given_back = (diverted * part).quantize(rules.CENT)

    found = reckon("diversion-fine", diverted=str(diverted), given_back=str(given_back))

    assert Decimal(found["recover"]) + given_back == diverted
    assert Decimal(found["fine_at_most"]) == 2 * diverted


@pytest.mark.parametrize(
    ("sums", "pointer"),
    [
        ({"total": (0, "0"), "taking_part": (0, "0"), "agreeing": (0, "0")}, "/total_heads"),
        ({"total": (3, "300"), "taking_part": (2, "200"), "agreeing": (1, "0")}, "/agreeing_area"),
        ({"total": (3, "300"), "taking_part": (0, "200"), "agreeing": (0, "0")}, "/taking_part_area"),
    ],
)
def test_sums_of_a_vote_that_cannot_be_are_refused(sums: dict[str, tuple[int, str]], pointer: str) -> None:
    form = {
        f"{of}_{what}": value for of, pair in sums.items() for what, value in zip(("heads", "area"), pair, strict=True)
    }

    assert refused("vote", item="use_repair_fund", **form)[0] == pointer


def test_blanks_around_a_room_or_an_owner_make_nobody_count_twice() -> None:
    row = {"area": "10", "choice": "agree"}
    two = [{**row, "room": "1", "owner": "Y1 "}, {**row, "room": "2", "owner": " Y1"}]

    assert reckon("vote", item="rebuild", roster=two)["total_heads"] == 1
    twice = [{**row, "room": "1", "owner": "Y1"}, {**row, "room": "1 ", "owner": "Y2"}]
    assert refused("vote", item="rebuild", roster=twice)[0] == "/roster/1/room"


def test_a_dismissal_is_matter_four_of_the_law_like_the_choice_of_a_company() -> None:
    sums = {"total_heads": 3, "total_area": "300", "taking_part_heads": 2, "taking_part_area": "200"}
    sums |= {"agreeing_heads": 2, "agreeing_area": "101"}

    for item in ("dismiss_company", "choose_company"):
        assert reckon("vote", item=item, **sums)["carried"] is True


# -- deadline -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "since", "due_on"),
    [
        # 30 days end on National Day: what the committee must do by then it may do on the next day that is worked.
        ("committee_filing", "2022-09-01", "2022-10-08"),
        ("change_notice", "2022-09-01", "2022-10-08"),
        ("contract_filing", "2026-09-21", "2026-10-08"),
        ("decision_posting", "2026-10-14", "2026-10-19"),
        ("committee_meeting", "2026-09-25", "2026-10-08"),
        ("management_books", "2026-09-25", "2026-10-08"),
        ("committee_books", "2026-09-21", "2026-10-08"),
        ("developers_papers", "2026-09-21", "2026-10-08"),
        ("group_posting", "2026-09-21", "2026-10-08"),
        ("first_meeting", "2026-08-02", "2026-10-08"),
        ("owners_follow_up", "2026-08-02", "2026-10-08"),
        ("exit_order", "2026-09-25", "2026-10-08"),
        ("repair_works", "2026-09-01", "2026-10-08"),
        # The authority's own, what has to lie before a day, and what can't wait.
        ("group_formation", "2026-08-02", "2026-10-01"),
        ("filing_certificate", "2026-09-21", "2026-10-01"),
        ("district_told", "2026-09-21", "2026-10-01"),
        ("meeting_notice", "2026-09-16", "2026-10-01"),
        ("reelection_meeting", "2026-07-03", "2026-10-01"),
        ("emergency_repair", "2026-09-24", "2026-10-01"),
        ("joint_meeting", "2026-09-21", "2026-10-01"),
    ],
)
def test_a_last_day_off_moves_on_for_whoever_must_act_and_for_no_authority(clock: str, since: str, due_on: str) -> None:
    found = reckon("deadline", clock=clock, since=since)

    moves = due_on != found["unrolled"]
    assert (found["due_on"], found["rolled"]) == (due_on, moves)
    assert found["unrolled"] in {due_on, "2022-10-01", "2026-10-01", "2026-10-02", "2026-10-17"}
    assert any("依据民法典-203顺延" in line["zh"] for line in found["explanation"]) == moves
    assert (rules.bases().clock(clock, date.fromisoformat(since)).roll_basis == "民法典-203") == moves


def test_a_day_named_by_a_paper_is_counted_by_the_same_rule() -> None:
    found = reckon("deadline", clock="developers_papers", since="2026-09-21", length=12)

    assert (found["unrolled"], found["due_on"], found["not_verified"]) == (
        "2026-10-03",
        "2026-10-08",
        ["街道物业办理规则"],
    )
    assert "按所填的12日计算；规定为10日，依法可由文书另定的才可不同。" in [line["zh"] for line in found["explanation"]]


def test_the_example_of_a_day_is_counted_by_the_law_s_own_length() -> None:
    found = reckon("deadline", **example(schemas.DeadlineAsked))

    assert not any("按所填" in line["zh"] for line in found["explanation"])


def test_no_clock_of_days_is_left_undecided() -> None:
    """What is counted in calendar days either moves by an article, or says in its note that it stays."""
    for rule in rules.bases().clocks:
        if rule.unit is Unit.DAY:
            assert rule.roll_basis or "休息" in rule.note, rule.name
