"""What wage recovery warns of: rules without a database, and claims that are compared with each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chassis import catalogue, legal, migrate, views
from chassis.access import Principal
from chassis.database import Database
from chassis.forms import example
from chassis.testing import Room
from chassis.wire import plain
from chassis.workflow import RefusedError
from services.wage_recovery import schemas
from services.wage_recovery.cautions import WARNINGS
from services.wage_recovery.service import WageRecoveryService
from tests.services.wage_recovery.test_service import ASSIGNMENT, DISPATCHED, TO_COORDINATION, TO_ORDER, go, room

__all__ = ["room"]

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
ROWS = example(schemas.Roster)["rows"]
CLAIM = example(schemas.Claim)
FOLDER = Path(__file__).parents[3] / "services" / "wage_recovery"


def warned(**details: Any) -> list[str]:
    """Return the codes that a case with the example's claim and roster is warned of, beside what is given."""
    kept = {"claim": CLAIM, "roster": example(schemas.Roster), "payments": [], **details}
    case: Any = SimpleNamespace(id="c1", subject="A1", state="coordinated", unit="u", details=plain(kept))
    found = [one for rule in WARNINGS for one in rule(case, NOW)]
    bases = legal.load(FOLDER / "legal.toml")
    assert all(bases.basis(one.basis, NOW).title and one.zh.endswith("。") and one.en.endswith(".") for one in found)
    assert "工人甲" not in str(found)
    return [one.code for one in found]


def roster(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = [{**ROWS[index % 2], **change} for index, change in enumerate(changes)]
    return {**example(schemas.Roster), "rows": rows, **more}


def paid(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    row = example(schemas.Payment)["rows"][0]
    return [{"source": "payer", "rows": [{**row, "way": "cash", **change} for change in changes]}]


SAME = {"owed": "9000.00", "card": ""}
MASKED = "371602************"


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({}, []),
        ({"claim": {**CLAIM, "facts": "甲方还欠工程款和质保金"}}, ["project_price"]),
        ({"text": "讨要材料款"}, ["project_price"]),
        (
            {"roster": roster({}, {"name": "工人丙", "id_number": ROWS[0]["id_number"]})},
            ["one_id_for_several"],
        ),
        ({"roster": roster({"id_number": MASKED}, {"name": "工人丙", "id_number": MASKED})}, []),
        (
            {
                "claim": {**CLAIM, "claimed_total": "100000.00"},
                "roster": roster({"rate_type": "piece", "owed": "100000.00"}),
            },
            ["large_piece_sum"],
        ),
        (
            {
                "claim": {**CLAIM, "claimed_total": "99999.99"},
                "roster": roster({"rate_type": "piece", "owed": "99999.99"}),
            },
            [],
        ),
        ({"roster": roster({"card": "****1001"}, {"card": "****1001"})}, ["one_card_for_several"]),
        ({"roster": roster({"card": "****1001"}, {"number": 1, "card": "****1001"})}, []),
        (
            {
                "claim": {**CLAIM, "claimed_total": "27000.00"},
                "roster": roster(
                    {**SAME, "card": "****1"},
                    {**SAME, "card": "****2"},
                    {**SAME, "number": 3, "id_number": "371602********0033"},
                ),
            },
            ["equal_round_sums"],
        ),
        ({"claim": {**CLAIM, "claimed_total": "17999.99"}}, ["unlike_the_claim"]),
        ({"roster": roster({}, {}, labour_share="17999.99")}, ["above_labour_share"]),
        ({"roster": roster({}, {}, labour_share="18000.00")}, []),
        ({"roster": roster({"card": ""}, {"card": ""})}, ["one_leader_and_no_cards"]),
        ({"roster": roster({"card": ""}, {"card": "", "team_leader": "班组长乙"})}, []),
        (
            {"coordinations": [{"duties": [{"duty": "real_name_register", "met": False}]}]},
            ["no_real_name_register"],
        ),
        (
            {
                "coordinations": [
                    {"duties": [{"duty": "real_name_register", "met": False}]},
                    {"duties": [{"duty": "real_name_register", "met": True}]},
                ]
            },
            [],
        ),
        (
            {"payments": paid({"number": 1, "proof": "收条"}, {"number": 2, "proof": "收条"})},
            ["one_receipt_for_several"],
        ),
        ({"payments": paid({"number": 1, "proof": "收条1"}, {"number": 2, "proof": "收条2"})}, []),
        ({"payments": paid(*({"number": n, "proof": f"收条{n}"} for n in (1, 2, 3)))}, ["cash_only"]),
        ({"arbitration_late": True, "arbitration_until": "2026-01-01"}, ["arbitration_late"]),
    ],
)
def test_each_kind_of_abuse_is_warned_of_and_its_neighbour_is_not(details: dict[str, Any], expected: list[str]) -> None:
    assert warned(**details) == expected


@pytest.mark.parametrize(
    ("until", "handed_over_on", "expected"),
    [
        ("2025-12-20", None, ["arbitration_near"]),
        ("2025-11-01", None, ["arbitration_near"]),
        ("2026-01-20", None, []),
        # The complaint to the inspection lets the year run anew, if it came before it was over.
        ("2025-12-20", "2026-11-01", []),
        ("2024-10-01", "2026-11-01", ["arbitration_near"]),
    ],
)
def test_the_end_of_the_year_for_arbitration_is_warned_of_before_it_is_over(
    until: str, handed_over_on: str | None, expected: list[str]
) -> None:
    asked = {"handed_over_on": handed_over_on} if handed_over_on else None

    assert warned(claim={**CLAIM, "worked_until": until}, referred_to_inspection=asked) == expected


# 2026-11-22 is a Sunday, and moves on to the Monday that it is.
@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-11-20", ["crime_threshold", "serious_publication", "may_be_listed"]),
        ("2026-11-22", []),
    ],
)
def test_sums_of_a_crime_are_warned_of_only_after_the_order(until: str, expected: list[str]) -> None:
    serious = roster({"months_owed": "3.0"}, {})

    assert warned(roster=serious, order={"days": 7}, order_until=until) == expected
    assert warned(roster=serious) == []


DISOBEYED = {"order": {"days": 7, "payer": "general_contractor"}, "order_until": "2026-11-20"}
CROWD = {"group_reports": [{"workers": 12}]}


def unmet(*duties: str) -> dict[str, Any]:
    return {"coordinations": [{"duties": [{"duty": duty, "met": False} for duty in duties]}]}


def of_government(*arrangements: str) -> dict[str, Any]:
    return {"liability": {"arrangements": [*arrangements], "government_project": True}}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        # 47 and 48: an order in vain, and sums or a crowd.
        (DISOBEYED, []),
        (CROWD, []),
        ({**DISOBEYED, **CROWD}, ["serious_publication", "may_be_listed"]),
        ({**DISOBEYED, **CROWD, "order_until": "2026-11-23"}, []),
        ({**DISOBEYED, **CROWD, "serious_reports": [{"matter": "publication"}]}, ["may_be_listed"]),
        ({**DISOBEYED, **CROWD, "blacklist": {"general_contractor": {"stands": "proposed"}}}, ["serious_publication"]),
        # 55: what is fined by it, with an order in vain or a crowd.
        (unmet("special_account"), []),
        ({**unmet("special_account"), **CROWD}, ["serious_builder_sanctions"]),
        ({**unmet("wage_guarantee"), **DISOBEYED}, ["serious_builder_sanctions"]),
        ({**unmet("notice_board"), **DISOBEYED}, []),
        # 49 and 59: from the facts alone.
        (unmet("payment_guarantee"), ["serious_owner_restriction"]),
        (of_government("owner_late"), ["serious_owner_restriction", "serious_government_funds"]),
        (of_government("subcontractor_owes"), []),
        ({"liability": {"arrangements": ["owner_late"]}}, []),
    ],
)
def test_what_looks_serious_by_the_law_is_told_with_its_article(details: dict[str, Any], expected: list[str]) -> None:
    assert warned(**details) == expected


def test_nothing_is_serious_once_all_is_paid() -> None:
    rows = [{"number": number, "amount": "10000.00", "way": "bank_transfer", "proof": str(number)} for number in (1, 2)]
    everything = {**DISOBEYED, **CROWD, **unmet("payment_guarantee", "special_account"), **of_government("owner_late")}

    assert warned(**everything, payments=[{"source": "payer", "rows": rows}]) == []


def test_what_looks_serious_says_why_and_what_may_follow() -> None:
    kept = {"claim": CLAIM, "roster": example(schemas.Roster), "payments": [], **DISOBEYED, **CROWD}
    case: Any = SimpleNamespace(
        id="c1", subject="A1", state="coordinated", unit="u", details=plain({**kept, **unmet("special_account")})
    )

    found = {one.code: one.zh for rule in WARNINGS for one in rule(case, NOW)}

    assert found["serious_publication"] == (
        "责令支付期限已于 2026-11-20 届满，尚欠 18000.00 元；10人以上集体讨薪：严重拖欠的，由人力资源社会保障行政部门向社会公布。"
        "由主管部门认定和处理，请「报告情节严重情形」。"
    )
    assert found["serious_builder_sanctions"].startswith(
        "农民工工资专用账户未落实，欠薪 18000.00 元；10人以上集体讨薪：责令限期改正逾期不改正的，停工并罚款；"
        "情节严重的，给予施工单位限制承接新工程、降低资质等级、吊销资质证书等处罚。"
    )


@pytest.mark.parametrize(
    ("own", "others", "expected"), [(6, [4], ["group_in_parts"]), (5, [4], []), (12, [4], []), (9, [30], [])]
)
def test_a_group_that_comes_in_parts_is_warned_of(own: int, others: list[int], expected: list[str]) -> None:
    parts = [{"id": str(n), "number": f"JS-{n}", "workers": n} for n in others]

    assert warned(claim={**CLAIM, "workers": own}, claims_alike={"same_employer": parts}) == expected


# -- claims compared with each other ----------------------------------------------


def open_claim(room: Room, subject: str, number: str, *, days: int = 0, **forms: dict[str, Any]) -> None:
    """Bring a further claim as far as its roster, so many days later."""
    room.pass_time(timedelta(days=days))
    room.hear(DISPATCHED, subject, {**ASSIGNMENT, "number": number})
    for trigger, schema in (
        ("case_accepted", None),
        ("claim_registered", schemas.Claim),
        ("roster_verified", schemas.Roster),
    ):
        room.act(subject, trigger, {**(example(schema) if schema else {}), **forms.get(trigger, {})})


def compared(room: Room) -> None:
    """Let the chore run until it has nothing more to do."""
    for _ in range(4):
        room.run("compare_claims")


def codes(room: Room, subject: str) -> list[str]:
    who = Principal(
        id="p1",
        name="某甲",
        roles=frozenset({"handler"}),
        services=frozenset({"*"}),
        units=frozenset({"*"}),
    )
    with room.database.read() as session:
        case = session.merge(room.case(subject), load=False)
        return [one["code"] for one in views.whole(session, case, room.blueprint, who, room.now)["warnings"]]


OTHERS = {
    "rows": [
        {**ROWS[0], "name": "工人丙", "id_number": "371602********0033"},
        {**ROWS[1], "name": "工人丁", "id_number": "371602********0044"},
    ]
}


def test_both_claims_are_warned_of_workers_that_stand_in_both_rosters(room: Room) -> None:
    go(room, *TO_COORDINATION)
    open_claim(room, "A2", "2026-000002", days=40)
    compared(room)

    assert codes(room, "A1") == codes(room, "A2") == ["workers_in_another_claim"]
    [other] = room.case("A1").details["claims_alike"]["same_workers"]
    assert (other["number"], other["workers"]) == ("2026-000002", 2)
    assert "工人" not in str(room.case("A1").details["claims_alike"])


def test_claims_are_compared_and_papers_numbered_on_postgresql_too(tmp_path: Path, database_url: str) -> None:
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    database = Database(url, "wage_recovery")
    migrate.upgrade(database, catalogue.spec("wage_recovery"))
    database.close()
    postgres = Room(WageRecoveryService, tmp_path, url)
    postgres.hear(DISPATCHED, "A1", ASSIGNMENT)
    go(postgres, *TO_COORDINATION)
    open_claim(postgres, "A2", "2026-000002", days=40)
    compared(postgres)
    postgres.run("count_arrears")

    assert codes(postgres, "A1") == codes(postgres, "A2") == ["workers_in_another_claim"]
    postgres.database.close()


def test_other_workers_of_another_employer_are_no_reason_to_warn(room: Room) -> None:
    go(room, *TO_COORDINATION)
    open_claim(room, "A2", "2026-000002", claim_registered={"employer": "另一公司"}, roster_verified=OTHERS)
    compared(room)

    assert codes(room, "A1") == codes(room, "A2") == []
    assert "claims_alike" not in room.case("A1").details


def test_claims_against_one_employer_that_stay_just_below_ten_are_seen_together(room: Room) -> None:
    go(room, *TO_COORDINATION)
    five = [{**OTHERS["rows"][0], "number": n, "name": f"工人{n}", "owed": "10000.00"} for n in range(1, 10)]
    nine = {"rows": five, "claimed_total": "90000.00"}
    claim = {"workers": 9, "claimed_total": "90000.00"}
    open_claim(room, "A2", "2026-000002", days=5, claim_registered=claim, roster_verified=nine)
    compared(room)

    assert "group_in_parts" in codes(room, "A1")
    assert "group_in_parts" in codes(room, "A2")


def test_claims_far_apart_are_no_group(room: Room) -> None:
    go(room, *TO_COORDINATION)
    open_claim(room, "A2", "2026-000002", days=31, claim_registered={"workers": 9}, roster_verified=OTHERS)
    compared(room)

    assert codes(room, "A1") == []


def test_a_roster_without_the_workers_of_before_frees_the_other_claim_as_well(room: Room) -> None:
    go(room, *TO_COORDINATION)
    open_claim(room, "A2", "2026-000002", days=40)
    compared(room)
    go(room, "payment_verified", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "wage_recovery", "reason": "仍欠", "round": 1})
    go(room, "rework_taken", *TO_COORDINATION[1:], roster_verified=OTHERS)
    compared(room)

    assert codes(room, "A1") == codes(room, "A2") == []


def test_a_claim_that_is_withdrawn_frees_the_other_claim_as_well(room: Room) -> None:
    go(room, *TO_COORDINATION)
    open_claim(room, "A2", "2026-000002", days=40)
    compared(room)
    room.hear("routing.appeal_recalled.v1", "A2", {"mechanism": "wage_recovery", "reason": "诉求人撤回"})
    compared(room)

    assert codes(room, "A1") == codes(room, "A2") == []


def test_nothing_is_compared_twice_without_a_reason(room: Room) -> None:
    go(room, *TO_COORDINATION)
    open_claim(room, "A2", "2026-000002")
    compared(room)
    before = room.case("A1").entries, room.case("A2").entries
    compared(room)

    assert (room.case("A1").entries, room.case("A2").entries) == before
    assert room.case("A1").compared
    assert room.case("A2").compared


def test_a_warning_stops_no_step(room: Room) -> None:
    go(room, *TO_COORDINATION, roster_verified={"labour_share": "1.00"})

    assert codes(room, "A1") == ["above_labour_share"]
    go(room, *TO_ORDER[len(TO_COORDINATION) :])
    assert room.state("A1") == "ordered_to_pay"


def test_what_the_law_forbids_is_refused_and_not_only_warned_of(room: Room) -> None:
    go(room, *TO_COORDINATION)
    leader = {"rows": [{**example(schemas.Payment)["rows"][0], "to_worker_himself": False}]}

    with pytest.raises(RefusedError, match="worker himself"):
        go(room, "payment_recorded", payment_recorded=leader)


def test_the_class_announces_its_warnings() -> None:
    assert WageRecoveryService.warnings == WARNINGS
