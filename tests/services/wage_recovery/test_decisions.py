"""Where several payers were ordered in vain, each has a decision of its own, with its remedies, its time at court and its papers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from chassis.clocks import Running
from chassis.forms import example
from chassis.running import RunningClocks
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.wage_recovery import cautions, decisions, figures, orders
from services.wage_recovery.models import Case
from services.wage_recovery.workflow import WAGE_RECOVERY
from tests.services.wage_recovery.test_law import (
    AGREED,
    REWORK,
    TO_SUBCONTRACTOR,
    TWO_ORDERS,
    codes,
    disobeyed,
    due,
    two_orders,
)
from tests.services.wage_recovery.test_service import TO_COORDINATION, go, room

__all__ = ["disobeyed", "room", "two_orders"]

BOTH = ("general_contractor", "subcontractor")


@pytest.fixture
def both(two_orders: Room) -> Room:
    """Return a room in which the orders to two payers ran out, on 2026-11-30 and 2026-12-14: now is 2026-12-15."""
    two_orders.pass_time(datetime(2026, 12, 15, 1, 0, tzinfo=UTC) - two_orders.now)
    assert two_orders.state("A1") == "compensation_due"
    return two_orders


def decide(room: Room, payer: str, trigger: str = "compensation_ordered", **changed: Any) -> None:
    go(room, trigger, **{trigger: {"payer": payer, **changed}})


def kept(room: Room) -> dict[str, Any]:
    details: dict[str, Any] = room.case("A1").details
    return details


def clocks_of(room: Room) -> list[Running]:
    with room.database.read() as session:
        return [*RunningClocks(session, room.blueprint).of(room.case("A1")).values()]


def decided(room: Room) -> list[str]:
    return [row["payer"] for row in kept(room)["decisions"]]


def texts(room: Room, document: str) -> list[str]:
    table = room.blueprint.papers.c
    with room.database.read() as session:
        found = select(table.text).where(table.name == document).order_by(table.seq)
        return list(session.scalars(found))


def test_each_payer_has_a_decision_of_its_own_and_none_a_second_one(both: Room) -> None:
    decide(both, "general_contractor", document_number="示例决字第1号", served_on="2026-12-02")
    decide(both, "subcontractor", "decided_without_compensation", document_number="示例决字第2号")

    first, second = kept(both)["decisions"]
    assert (first["payer"], first["document_number"], first["compensation"]) == (BOTH[0], "示例决字第1号", "9000.00")
    assert (second["payer"], second["document_number"]) == (BOTH[1], "示例决字第2号")
    assert (first["sued_until"], second["sued_until"]) == ("2027-06-02", "2027-06-15")
    assert first["reconsidered_until"] < second["reconsidered_until"]
    with pytest.raises(RefusedError, match="a decision was made already"):
        decide(both, "general_contractor")


def test_a_decision_s_last_day_to_sue_is_the_one_that_its_clock_shows_also_where_it_is_a_day_off(both: Room) -> None:
    # Six months after 2026-12-05 is a Saturday.
    decide(both, "general_contractor", served_on="2026-12-05")

    [row] = kept(both)["decisions"]
    assert (row["sued_until"], due(both, "decision_suit")) == ("2027-06-07", date(2027, 6, 7))
    assert kept(both)["decision_stands_on"] == "2027-06-07"


def test_nothing_is_decided_upon_a_payer_whose_order_runs_or_who_was_never_ordered(two_orders: Room) -> None:
    two_orders.pass_time(timedelta(days=8))

    for payer in ("subcontractor", "owner"):
        with pytest.raises(RefusedError, match="no order to this party has run out"):
            decide(two_orders, payer)
    decide(two_orders, "general_contractor")


def test_a_decision_that_was_served_while_the_order_ran_is_refused(both: Room) -> None:
    for payer, day in zip(BOTH, ("2026-11-30", "2026-12-14"), strict=True):
        with pytest.raises(RefusedError, match=f"while the order's time ran until {day}"):
            decide(both, payer, served_on=day)

    decide_both(both, first="2026-12-01", second="2026-12-15")


def test_what_a_court_does_with_one_thing_comes_after_it_was_asked_for_that(both: Room) -> None:
    in_court_too(both)
    for trigger, day in (("enforcement_filed", "filed_on"), ("enforcement_ended_others_go_on", "enforcement_ended_on")):
        with pytest.raises(RefusedError, match="lies before the application of 2026-12-15"):
            go(both, trigger, **{trigger: {"payer": BOTH[1], day: "2026-12-14"}})
    go(both, "enforcement_ended_others_go_on", enforcement_ended_others_go_on={"payer": BOTH[1]})

    with pytest.raises(RefusedError, match="lies before the end of 2026-12-15"):
        go(both, "enforcement_resumed", enforcement_resumed={"payer": BOTH[1], "applied_on": "2026-12-14"})
    go(both, "enforcement_resumed", enforcement_resumed={"payer": BOTH[1]})


def test_who_is_not_named_is_the_payer_whose_order_ran_out_first_and_is_undecided(both: Room) -> None:
    go(both, "compensation_ordered")
    assert codes(both).count("order_over") == 1
    go(both, "compensation_ordered")

    assert decided(both) == [*BOTH]
    assert codes(both).count("order_over") == 0
    assert [one["payer"] for one in both.told("compensation_ordered.v1")] == [*BOTH]


def test_compensation_is_measured_by_what_its_own_payer_was_ordered_to_pay(room: Room) -> None:
    order = {"amount": "6000.00", "days": 7}
    go(room, *TWO_ORDERS, payment_ordered=order)
    room.pass_time(timedelta(days=8))

    with pytest.raises(RefusedError, match=r"unpaid after the order are 6000\.00"):
        decide(room, "general_contractor")
    decide(room, "general_contractor", unpaid="6000.00", compensation="3000.00")

    assert kept(room)["decisions"][0]["unpaid"] == "6000.00"


FIRST, SECOND = "施工总承包单位，示例决字第1号", "分包单位，示例决字第2号"


def running(room: Room, *names: str) -> dict[tuple[str, str], date]:
    """Return the last days of the clocks of these names that run, by name and what each is about."""
    found = [one for one in room.clocks("A1").values() if one.name in names and one.stopped_at is None]
    return {(one.name, one.of): one.due_at(room.blueprint.calendar).date() for one in found}


def decide_both(room: Room, *, first: str, second: str) -> None:
    decide(room, BOTH[0], served_on=first, document_number="示例决字第1号")
    decide(room, BOTH[1], served_on=second, document_number="示例决字第2号")


def test_each_decision_has_clocks_of_its_own_to_be_contested(both: Room) -> None:
    decide_both(both, first="2026-12-14", second="2026-12-15")

    # Served on 2026-12-14: sixty days end on Friday 2027-02-12, in the Spring Festival; six months on 2027-06-14.
    assert running(both, "decision_suit", "decision_reconsideration") == {
        ("decision_suit", FIRST): date(2027, 6, 14),
        ("decision_suit", SECOND): date(2027, 6, 15),
        ("decision_reconsideration", FIRST): date.fromisoformat(kept(both)["decisions"][0]["reconsidered_until"]),
        ("decision_reconsideration", SECOND): date.fromisoformat(kept(both)["decisions"][1]["reconsidered_until"]),
    }
    # The authority has to ask the court upon each within three months from when it stands.
    assert running(both, "court_application") == {
        ("court_application", FIRST): date(2027, 9, 14),
        ("court_application", SECOND): date(2027, 9, 15),
    }


def test_each_decision_has_its_own_time_in_court_and_the_page_says_which(both: Room) -> None:
    decide_both(both, first="2026-12-02", second="2026-12-15")
    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    both.pass_time(timedelta(days=10))
    also(both, BOTH[1])
    waited = ("enforcement_follow_up", "enforcement_term")
    assert [*running(both, *waited)] == [("enforcement_follow_up", FIRST), ("enforcement_follow_up", SECOND)]

    go(both, "enforcement_filed", enforcement_filed={"payer": BOTH[0]})
    both.pass_time(timedelta(days=30))
    assert [*running(both, *waited)] == [("enforcement_follow_up", SECOND), ("enforcement_term", FIRST)]
    with pytest.raises(RefusedError, match="nothing is being enforced upon this party"):
        go(both, "enforcement_filed", enforcement_filed={"payer": "owner"})
    go(both, "enforcement_filed", enforcement_filed={"payer": BOTH[1]})

    assert running(both, *waited) == {
        ("enforcement_term", FIRST): date(2027, 6, 25),
        ("enforcement_term", SECOND): date(2027, 7, 24),
    }
    named = [clock["label"] for clock in both.page("A1")["clocks"] if clock["name"] == "enforcement_term"]
    assert sorted(named) == sorted(f"法院执行期限（{name}）" for name in (FIRST, SECOND))
    assert [row["filed_on"] for row in kept(both)["decisions"]] == ["2026-12-25", "2027-01-24"]


def test_each_time_in_court_that_is_over_is_asked_after(both: Room) -> None:
    decide_both(both, first="2026-12-02", second="2026-12-15")
    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    go(both, "enforcement_filed")
    both.pass_time(timedelta(days=30))
    also(both, BOTH[1])
    go(both, "enforcement_filed")
    first, second = sorted(running(both, "enforcement_term").values())
    assert not any(one.lapses for one in clocks_of(both) if one.clock.name == "enforcement_term")

    both.pass_time(datetime.combine(first + timedelta(days=1), datetime.min.time(), UTC) - both.now)
    assert (both.state("A1"), running(both, "enforcement_term")) == (
        "enforcement_overdue",
        {("enforcement_term", SECOND): second},
    )
    [warned] = [*cautions.court_term_over(both.case("A1"), both.now)]
    assert warned.zh.startswith(FIRST)
    go(both, "court_asked", court_asked={"days": 60})
    assert both.state("A1") == "court_enforcing"
    both.pass_time(datetime.combine(second + timedelta(days=1), datetime.min.time(), UTC) - both.now)

    assert (both.state("A1"), running(both, "enforcement_term")) == ("enforcement_overdue", {})


def test_an_application_that_is_given_back_leaves_the_court_what_else_it_was_asked_for(both: Room) -> None:
    decide_both(both, first="2026-12-02", second="2026-12-15")
    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    also(both, BOTH[1])
    with pytest.raises(RefusedError, match="goes on by another decision"):
        go(both, "enforcement_returned")
    go(both, "enforcement_returned_others_go_on", enforcement_returned_others_go_on={"payer": BOTH[0]})
    assert [*running(both, "enforcement_follow_up")] == [("enforcement_follow_up", SECOND)]
    both.pass_time(timedelta(days=200))
    assert both.state("A1") == "enforcement_overdue"

    also(both, BOTH[0])

    assert both.state("A1") == "court_enforcing"
    assert [*running(both, "enforcement_follow_up")] == [("enforcement_follow_up", FIRST)]


def test_a_decision_that_falls_takes_its_own_times_with_it_and_payment_all(both: Room) -> None:
    decide_both(both, first="2026-12-02", second="2026-12-15")
    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    also(both, BOTH[1])

    go(both, "decision_not_enforced_others_go_on", decision_not_enforced_others_go_on={"payer": BOTH[0]})
    own = ("decision_suit", "decision_reconsideration", "enforcement_follow_up")
    assert sorted(running(both, *own)) == sorted((name, SECOND) for name in own)
    go(both, "payment_verified", payment_verified={"why_no_compensation": "劳动者书面放弃"})

    assert both.state("A1") == "paid"
    assert running(both, *own, "order_suit", "order_reconsideration") == {}


def test_a_rework_goes_on_with_the_time_that_each_decision_has_in_court(both: Room) -> None:
    decide_both(both, first="2026-12-02", second="2026-12-15")
    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    go(both, "enforcement_filed")
    also(both, BOTH[1])
    before = running(both, "enforcement_follow_up", "enforcement_term")
    go(both, "payment_verified", "concluded", payment_verified={"why_no_compensation": "劳动者书面放弃"})
    assert running(both, "enforcement_follow_up", "enforcement_term") == {}
    both.pass_time(timedelta(days=3))
    both.hear("feedback.rework_ordered.v1", "A1", REWORK)

    go(both, "enforcing_resumed")

    assert len(before) == 2
    assert running(both, "enforcement_follow_up", "enforcement_term") == before


@pytest.mark.parametrize(
    ("filed", "waited"), [((), "enforcement_follow_up"), (("enforcement_filed",), "enforcement_term")]
)
def test_a_rework_has_no_clock_of_a_court_beside_those_of_what_it_enforces(
    disobeyed: Room, filed: tuple[str, ...], waited: str
) -> None:
    go(disobeyed, "compensation_ordered", "enforcement_applied", *filed)
    before = running(disobeyed, "enforcement_follow_up", "enforcement_term")
    go(disobeyed, "payment_verified", "concluded", payment_verified={"why_no_compensation": "劳动者书面放弃"})
    disobeyed.pass_time(timedelta(days=3))
    disobeyed.hear("feedback.rework_ordered.v1", "A1", REWORK)

    go(disobeyed, "enforcing_resumed")

    assert [name for name, _ in before] == [waited]
    assert running(disobeyed, "enforcement_follow_up", "enforcement_term") == before


def test_a_confirmed_settlement_that_a_court_has_filed_is_followed_up_no_more(room: Room) -> None:
    go(room, *AGREED, "confirmation_applied", "confirmation_accepted", "settlement_confirmed")
    go(room, "settlement_breached", "enforcement_applied", enforcement_applied={"ground": "confirmed_settlement"})

    go(room, "enforcement_filed")

    waited = running(room, "enforcement_follow_up", "enforcement_term")
    assert [*waited] == [("enforcement_term", "经确认的调解协议，（2026）示例诉前调确1号")]


def test_an_award_that_is_set_aside_takes_its_time_in_court_with_it(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made")
    go(room, "enforcement_applied", "enforcement_filed", enforcement_applied={"ground": "award"})

    go(room, "award_set_aside")

    assert running(room, "enforcement_follow_up", "enforcement_term") == {}


def test_a_court_is_asked_to_enforce_each_decision_and_the_time_of_the_other_runs_on(both: Room) -> None:
    decide(both, "general_contractor", served_on="2026-12-02", document_number="示例决字第1号")
    decide(both, "subcontractor", served_on="2026-12-15", document_number="示例决字第2号")

    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", **TO_SUBCONTRACTOR})
    assert kept(both)["enforcement_applied"]["payer"] == "subcontractor"
    assert running(both, "court_application") == {("court_application", FIRST): date(2027, 9, 2)}
    with pytest.raises(RefusedError, match="no decision upon this party"):
        also(both, "subcontractor")
    also(both, "general_contractor")

    assert running(both, "court_application") == {}
    assert both.state("A1") == "court_enforcing"
    named = [next(no for no in ("第1号", "第2号") if no in text) for text in texts(both, "enforcement_application")]
    assert named == ["第2号", "第1号"]
    assert "分包单位" in texts(both, "enforcement_application")[0]


def also(room: Room, payer: str) -> None:
    go(room, "other_decision_applied", other_decision_applied={"ground": "administrative_decision", "payer": payer})


def test_a_decision_that_a_court_does_not_enforce_falls_alone(both: Room) -> None:
    for payer in BOTH:
        decide(both, payer)
    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    also(both, BOTH[1])
    with pytest.raises(RefusedError, match="goes on by another decision"):
        go(both, "decision_not_enforced", decision_not_enforced={"payer": BOTH[0]})

    go(both, "decision_not_enforced_others_go_on", decision_not_enforced_others_go_on={"payer": BOTH[0]})
    assert (both.state("A1"), kept(both)["enforcement_applied"]["payer"]) == ("court_enforcing", BOTH[1])
    go(both, "decision_not_enforced")

    assert both.state("A1") == "compensation_due"
    go(both, "compensation_ordered", "compensation_ordered")
    assert decided(both) == [*BOTH, *BOTH]


def test_an_application_that_the_court_gives_back_is_that_of_its_own_decision(both: Room) -> None:
    for payer in BOTH:
        decide(both, payer, served_on="2026-12-02" if payer == BOTH[0] else "2026-12-15")
    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    assert [*running(both, "court_application").values()] == [date(2027, 9, 15)]

    go(both, "enforcement_returned")

    assert sorted(running(both, "court_application").values()) == [date(2027, 9, 2), date(2027, 9, 15)]
    assert [row["applied_on"] for row in kept(both)["decisions"]] == [None, None]


def test_a_decision_that_is_revoked_leaves_the_other_payer_s_and_may_be_made_anew(both: Room) -> None:
    for payer in BOTH:
        decide(both, payer)
    with pytest.raises(RefusedError, match="another decision stands"):
        go(both, "decision_revoked", decision_revoked={"payer": BOTH[0]})

    go(both, "decision_revoked_others_stand", decision_revoked_others_stand={"payer": BOTH[0]})
    assert both.state("A1") == "enforcement_due"
    assert kept(both)["compensation_order"]["payer"] == BOTH[1]
    with pytest.raises(RefusedError, match="no decision stands against this party"):
        go(both, "decision_revoked", decision_revoked={"payer": BOTH[0]})
    go(both, "decision_revoked", decision_revoked={"payer": BOTH[1]})

    assert both.state("A1") == "compensation_due"
    assert running(both, "court_application", "decision_suit", "decision_reconsideration") == {}
    assert [text.count("撤销") > 0 for text in texts(both, "decision_revocation")] == [True, True]
    decide(both, BOTH[1])
    assert both.state("A1") == "enforcement_due"


def test_with_an_order_falls_the_decision_upon_its_own_payer_and_no_other(both: Room) -> None:
    for payer in BOTH:
        decide(both, payer)

    go(both, "order_revoked_others_stand", order_revoked_others_stand={"payer": BOTH[1]})

    assert [bool(row.get("revoked_on")) for row in kept(both)["decisions"]] == [False, True]
    assert kept(both)["compensation_order"]["payer"] == BOTH[0]


def test_another_payer_is_decided_upon_also_while_a_court_enforces_the_first(two_orders: Room) -> None:
    two_orders.pass_time(timedelta(days=8))
    go(two_orders, "compensation_ordered", "enforcement_applied")
    two_orders.pass_time(datetime(2026, 12, 15, 1, 0, tzinfo=UTC) - two_orders.now)
    assert two_orders.state("A1") == "court_enforcing"

    decide(two_orders, "subcontractor")

    assert (two_orders.state("A1"), decided(two_orders)) == ("court_enforcing", [*BOTH])
    assert [of for _, of in running(two_orders, "court_application")] == [
        orders.name_of(kept(two_orders)["decisions"][1])
    ]


def test_each_order_has_its_own_days_to_be_contested_and_its_own_clocks(two_orders: Room) -> None:
    first, _ = kept(two_orders)["orders"]
    assert (first["reconsidered_until"], first["sued_until"]) == ("2027-01-22", "2027-05-24")
    two_orders.pass_time(timedelta(days=3))
    go(two_orders, "payment_ordered", payment_ordered={"payer": "owner", "served_on": "2026-11-25"})

    rows = kept(two_orders)["orders"]
    assert [row["payer"] for row in rows] == [*BOTH, "owner"]
    assert sorted(str(day) for day in running(two_orders, "order_reconsideration").values()) == sorted(
        row["reconsidered_until"] for row in rows
    )
    assert sorted(str(day) for day in running(two_orders, "order_suit").values()) == sorted(
        row["sued_until"] for row in rows
    )
    [paper] = [text for text in texts(two_orders, "order_to_pay") if "建设单位" in text]
    assert "可以申请行政复议至 2027年1月25日" in paper


def test_what_is_revoked_is_no_longer_to_be_contested_and_what_stands_is(two_orders: Room) -> None:
    two_orders.pass_time(timedelta(days=3))
    go(two_orders, "payment_ordered", payment_ordered={"payer": "owner", "served_on": "2026-11-25"})
    assert date(2027, 5, 25) in running(two_orders, "order_suit").values()

    go(two_orders, "order_revoked_others_stand", order_revoked_others_stand={"payer": "owner"})

    assert [*running(two_orders, "order_suit").values()] == [date(2027, 5, 24)] * 2


def test_the_authority_is_told_of_each_payer_how_long_no_court_enforces_the_decision(both: Room) -> None:
    for payer in BOTH:
        decide(both, payer)
    assert codes(both).count("court_too_early") == 2

    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})

    assert codes(both).count("court_too_early") == 1


def test_the_compensation_of_each_decision_is_counted_and_has_to_be_paid(both: Room) -> None:
    for payer in BOTH:
        decide(both, payer)

    counted = {name: amount for name, label, amount in figures.counts(both.case("A1")) if name == "compensation"}
    assert counted == {"compensation": Decimal(18000)}
    go(both, "payment_recorded", payment_recorded={"source": "payer"})
    with pytest.raises(RefusedError, match=r"9000\.00 yuan of the compensation"):
        go(both, "payment_verified", payment_verified={"compensation_paid": "9000.00", "why_no_compensation": ""})


def test_what_was_decided_before_each_payer_had_its_own_is_that_of_the_payer_whose_order_had_run_out(
    disobeyed: Room,
) -> None:
    go(disobeyed, "compensation_ordered", "enforcement_applied")
    with disobeyed.database.write() as session:
        case = session.scalars(select(Case)).one()
        old = {name: value for name, value in case.details.items() if name not in ("decisions", "decision_enforced")}
        for name in ("compensation_order", "enforcement_applied"):
            old[name] = {
                key: value
                for key, value in old[name].items()
                if key
                in (
                    "served_on",
                    "document_number",
                    "unpaid",
                    "compensation",
                    "court",
                    "ground",
                    "applied_on",
                    "interrupted_on",
                )
            }
        case.details = {**old, "decision_stands_on": "2027-07-01"}

    go(disobeyed, "enforcement_returned")

    [row] = kept(disobeyed)["decisions"]
    assert (row["payer"], row["sued_until"], row["applied_on"]) == ("general_contractor", "2027-07-01", None)
    assert [*running(disobeyed, "court_application").values()] == [date(2027, 10, 1)]


AWARD = "裁决书，示例劳人仲案〔2026〕1号"


def in_court_too(room: Room) -> None:
    """Have a court enforce both decisions."""
    decide_both(room, first="2026-12-02", second="2026-12-15")
    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    also(room, BOTH[1])


def test_the_enforcement_of_each_ends_by_itself_and_the_court_goes_on_with_the_other(both: Room) -> None:
    in_court_too(both)
    with pytest.raises(RefusedError, match="goes on by another"):
        go(both, "enforcement_ended")

    go(both, "enforcement_ended_others_go_on", enforcement_ended_others_go_on={"payer": BOTH[1]})

    assert both.state("A1") == "court_enforcing"
    assert [*running(both, "enforcement_follow_up")] == [("enforcement_follow_up", FIRST)]
    assert [row.get("ended_for") for row in kept(both)["decisions"]] == [None, "no_property_found"]
    assert due(both, "property_search") == date(2027, 6, 15)
    with pytest.raises(RefusedError, match="nothing is being enforced upon this party"):
        go(both, "enforcement_filed", enforcement_filed={"payer": BOTH[1]})
    both.pass_time(timedelta(days=30))
    with pytest.raises(RefusedError, match="can't have happened after today"):
        go(both, "enforcement_ended", enforcement_ended={"enforcement_ended_on": "2027-12-31"})
    go(both, "enforcement_ended", enforcement_ended={"reason": "bankruptcy"})
    assert both.state("A1") == "partly_paid"
    # Property of the one is looked for; of the other there is none to be looked for.
    assert due(both, "property_search") == date(2027, 6, 15)


def test_what_was_ended_is_resumed_by_itself_also_while_the_court_goes_on_with_the_other(both: Room) -> None:
    in_court_too(both)
    go(both, "enforcement_filed", enforcement_filed={"payer": BOTH[1], "case_number": "示例执2号"})
    go(both, "enforcement_ended_others_go_on", enforcement_ended_others_go_on={"payer": BOTH[1]})
    with pytest.raises(RefusedError, match="nothing was ended that was enforced upon this party"):
        go(both, "enforcement_resumed", enforcement_resumed={"payer": BOTH[0]})

    go(both, "enforcement_resumed", enforcement_resumed={"payer": BOTH[1]})

    assert both.state("A1") == "court_enforcing"
    assert sorted(of for _, of in running(both, "enforcement_follow_up")) == sorted((FIRST, SECOND))
    assert running(both, "property_search") == {}
    [text] = texts(both, "enforcement_resumption")
    assert "分包单位：示例劳务公司（住所见原强制执行申请书）" in text
    assert f"{SECOND}（原执行案号 示例执2号）" in text
    assert "示例路1号" not in text


@pytest.mark.parametrize("ground", ["administrative_decision", "award"])
def test_who_was_named_in_the_application_only_is_named_where_enforcement_goes_on(awarded: Room, ground: str) -> None:
    with awarded.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {**case.details, "liability": {**case.details["liability"], BOTH[0]: "", "owner": ""}}
    one, other = ({"payer": payer} for payer in (BOTH[0], "employer"))
    ended, again = "enforcement_ended_others_go_on", "enforcement_returned_others_go_on"
    picked = one if ground == "administrative_decision" else other
    go(awarded, again, **{again: picked})
    payer = {"payer": BOTH[0]} if picked is one else {"payer": "owner"}
    form = {"ground": ground, **payer, "respondent_name": "示例建设公司"}
    go(awarded, "other_decision_applied", other_decision_applied=form)
    go(awarded, ended, **{ended: payer})

    go(awarded, "enforcement_resumed", enforcement_resumed=payer)

    [text] = texts(awarded, "enforcement_resumption")
    assert "：示例建设公司（住所见原强制执行申请书）" in text


def settle(room: Room, trigger: str, payer: str = "", *parts: tuple[str, str], **more: Any) -> None:
    rows = [{"due_on": day, "amount": amount} for day, amount in parts]
    go(room, trigger, **{trigger: {"payer": payer, "instalments": rows, **more}})


ALONE, BESIDE = "enforcement_settled", "enforcement_settled_others_go_on"
WHOLE = ("2027-03-31", "18000.00")


def test_what_is_agreed_on_in_court_is_of_one_thing_and_the_court_goes_on_with_the_others(both: Room) -> None:
    in_court_too(both)
    with pytest.raises(RefusedError, match="say which one"):
        settle(both, BESIDE, "", WHOLE)
    with pytest.raises(RefusedError, match="goes on by another"):
        settle(both, ALONE, BOTH[1], WHOLE)

    settle(both, BESIDE, BOTH[1], WHOLE)

    assert both.state("A1") == "court_enforcing"
    assert [*running(both, "enforcement_follow_up")] == [("enforcement_follow_up", FIRST)]
    assert running(both, "enforcement_settlement") == {("enforcement_settlement", SECOND): date(2027, 3, 31)}
    assert f"执行依据：{SECOND}" in texts(both, "enforcement_settlement")[0]
    go(both, "enforcement_filed")
    assert [of for _, of in running(both, "enforcement_term")] == [FIRST]
    # It is kept so far.
    with pytest.raises(RefusedError, match="kept so far"):
        go(both, "enforcement_resumed", enforcement_resumed={"payer": BOTH[1]})


def test_what_is_broken_of_what_was_agreed_on_in_court_is_resumed_while_the_court_goes_on(both: Room) -> None:
    in_court_too(both)
    settle(both, BESIDE, BOTH[1], ("2027-01-31", "3000.00"), ("2027-03-31", "15000.00"))
    # The last day is a Sunday.
    both.pass_time(datetime(2027, 2, 1, 1, 0, tzinfo=UTC) - both.now)
    assert [*cautions.court_settlement_late(both.case("A1"), both.now)] == []
    both.pass_time(timedelta(days=1))
    [warned] = cautions.court_settlement_late(both.case("A1"), both.now)
    assert f"{SECOND}：执行和解协议到期的款项尚有 3000.00 元未付" in warned.zh
    both.pass_time(datetime(2027, 4, 1, 1, 0, tzinfo=UTC) - both.now)
    assert running(both, "enforcement_settlement") == {}
    assert [(name, of) for name, of in running(both, "enforcement_application")] == [
        ("enforcement_application", SECOND)
    ]
    assert len(both.told("settlement_broken.v1")) == 1

    go(both, "enforcement_resumed", enforcement_resumed={"payer": BOTH[1]})

    assert ("enforcement_follow_up", SECOND) in running(both, "enforcement_follow_up")
    assert running(both, "enforcement_application") == {}
    assert [*cautions.court_settlement_late(both.case("A1"), both.now)] == []


def test_what_was_agreed_on_in_court_and_kept_is_not_called_broken(room: Room) -> None:
    go(room, *TWO_ORDERS, payment_ordered={"amount": "6000.00", "days": 7})
    room.pass_time(timedelta(days=9))
    decide(room, BOTH[0], unpaid="6000.00", compensation="3000.00")
    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision"})
    for amount in ("5999.00", "9000.01"):
        with pytest.raises(RefusedError, match=r"of what is settled 6000\.00 to 9000\.00 yuan are left"):
            settle(room, ALONE, "", ("2027-01-31", amount))
    settle(room, ALONE, "", ("2027-01-31", "9000.00"))
    pay(room, "general_contractor", str(local_date(room.now)))

    room.pass_time(datetime(2027, 2, 2, 1, 0, tzinfo=UTC) - room.now)

    # What lies above that decision is unpaid still.
    assert (room.state("A1"), room.told("settlement_broken.v1")) == ("partly_paid", [])
    assert running(room, "enforcement_application") == {}


def test_of_two_settlements_in_court_the_one_that_is_late_is_broken_and_the_other_runs_on(both: Room) -> None:
    in_court_too(both)
    settle(both, BESIDE, BOTH[1], ("2027-01-31", "18000.00"))
    settle(both, ALONE, "", WHOLE)
    assert both.state("A1") == "enforcement_settled"
    with pytest.raises(RefusedError, match="nothing that fell due is unpaid"):
        go(both, "settlement_breached")
    both.pass_time(timedelta(days=60))

    assert both.state("A1") == "partly_paid"
    assert [*running(both, "enforcement_settlement")] == [("enforcement_settlement", FIRST)]
    go(both, "enforcement_resumed")
    assert [*running(both, "enforcement_follow_up")] == [("enforcement_follow_up", SECOND)]
    both.pass_time(timedelta(days=60))
    assert running(both, "enforcement_settlement") == {}
    assert [*running(both, "enforcement_application")] == [("enforcement_application", FIRST)]


def test_a_settlement_that_was_found_broken_before_its_end_lets_the_court_go_on(both: Room) -> None:
    in_court_too(both)
    settle(both, BESIDE, BOTH[1], WHOLE)
    go(both, "enforcement_ended", enforcement_ended={"payer": BOTH[0]})
    assert (both.state("A1"), [*running(both, "enforcement_settlement")]) == (
        "partly_paid",
        [("enforcement_settlement", SECOND)],
    )
    # Nobody enforces anything: what is resumed is what was ended without property.
    go(both, "enforcement_resumed")
    assert [*running(both, "enforcement_follow_up")] == [("enforcement_follow_up", FIRST)]
    settle(both, ALONE, BOTH[0], WHOLE)
    both.pass_time(datetime(2027, 4, 1, 1, 0, tzinfo=UTC) - both.now)

    assert both.state("A1") == "partly_paid"
    assert {of for _, of in running(both, "enforcement_application")} == {FIRST, SECOND}
    go(both, "enforcement_resumed", enforcement_resumed={"which_ended": SECOND})
    assert {of for _, of in running(both, "enforcement_application")} == {FIRST}


def test_each_of_two_settlements_in_court_has_its_own_days_after_a_rework(both: Room) -> None:
    in_court_too(both)
    settle(both, BESIDE, BOTH[1], ("2027-01-29", "18000.00"))
    settle(both, ALONE, "", WHOLE)
    performed = running(both, "enforcement_settlement")
    go(both, "payment_verified", "concluded", payment_verified={"why_no_compensation": "劳动者书面放弃"})
    both.hear("feedback.rework_ordered.v1", "A1", REWORK)
    assert running(both, "enforcement_settlement") == {}

    go(both, "court_settlement_resumed")

    assert running(both, "enforcement_settlement") == performed
    assert sorted(performed.values()) == [date(2027, 1, 29), date(2027, 3, 31)]


def test_a_rework_goes_on_with_the_settlement_of_one_thing_while_the_court_enforces_the_other(both: Room) -> None:
    in_court_too(both)
    settle(both, BESIDE, BOTH[1], WHOLE)
    go(both, "payment_verified", "concluded", payment_verified={"why_no_compensation": "劳动者书面放弃"})
    both.hear("feedback.rework_ordered.v1", "A1", REWORK)

    go(both, "enforcing_resumed")

    assert running(both, "enforcement_settlement") == {("enforcement_settlement", SECOND): date(2027, 3, 31)}
    assert [of for _, of in running(both, "enforcement_follow_up")] == [FIRST]


def test_another_decision_is_brought_to_court_while_what_it_had_is_settled_or_was_ended(both: Room) -> None:
    decide_both(both, first="2026-12-02", second="2026-12-15")
    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    settle(both, ALONE, "", WHOLE)

    also(both, BOTH[1])

    assert (both.state("A1"), [*running(both, "enforcement_follow_up")]) == (
        "court_enforcing",
        [("enforcement_follow_up", SECOND)],
    )
    assert [*running(both, "enforcement_settlement")] == [("enforcement_settlement", FIRST)]
    go(both, "payment_verified", payment_verified={"why_no_compensation": "劳动者书面放弃"})
    assert running(both, "enforcement_settlement") == {}


def test_a_decision_that_is_revoked_is_performed_no_longer(both: Room) -> None:
    in_court_too(both)
    settle(both, BESIDE, BOTH[1], WHOLE)

    go(both, "decision_revoked_others_stand", decision_revoked_others_stand={"payer": BOTH[1]})

    assert running(both, "enforcement_settlement") == {}
    assert decisions.settled(kept(both)) == []


def test_who_was_named_nowhere_is_named_where_enforcement_goes_on(both: Room) -> None:
    in_court_too(both)
    go(both, "enforcement_ended_others_go_on", enforcement_ended_others_go_on={"payer": BOTH[1]})
    with both.database.write() as session:
        case = session.scalars(select(Case)).one()
        rows = [
            {name: value for name, value in row.items() if name != "respondent_name"} for row in kept(both)["decisions"]
        ]
        liability = {**case.details["liability"], BOTH[1]: ""}
        case.details = {**case.details, "decisions": rows, "liability": liability}
    with pytest.raises(RefusedError, match="does not name its respondent"):
        go(both, "enforcement_resumed", enforcement_resumed={"payer": BOTH[1]})

    go(both, "enforcement_resumed", enforcement_resumed={"payer": BOTH[1], "respondent_name": "示例劳务公司"})

    assert "分包单位：示例劳务公司（住所见原强制执行申请书）" in texts(both, "enforcement_resumption")[0]


def test_a_rework_searches_for_property_of_what_was_ended_and_goes_on_with_what_was_not(both: Room) -> None:
    in_court_too(both)
    go(both, "enforcement_ended_others_go_on", enforcement_ended_others_go_on={"payer": BOTH[0]})
    go(both, "payment_verified", "concluded", payment_verified={"why_no_compensation": "劳动者书面放弃"})
    both.hear("feedback.rework_ordered.v1", "A1", REWORK)

    go(both, "enforcing_resumed")

    assert (both.state("A1"), [*running(both, "enforcement_follow_up")]) == (
        "court_enforcing",
        [("enforcement_follow_up", SECOND)],
    )


@pytest.fixture(params=[""])
def awarded(both: Room, request: pytest.FixtureRequest) -> Room:
    """Return a room in which a court enforces an award, upon the employer or whom else, beside the authority's decision."""
    decide(both, BOTH[0], served_on="2026-12-02", document_number="示例决字第1号")
    go(both, "enforcement_applied")
    award = {"case_number": "示例劳人仲案〔2026〕1号", "made_on": "2026-12-02", "received_on": "2026-12-02"}
    items = [{"item": "wages", "amount": "18000.00"}]
    with both.database.write() as session:
        case = session.scalars(select(Case)).one()
        found = {"award": {**award, "kind": "award", "items": items}, "award_in_effect": True, "award_is_final": True}
        case.details = {**case.details, **found}
    go(both, "other_decision_applied", other_decision_applied={"ground": "award", "payer": request.param})
    return both


def test_a_title_is_enforced_beside_a_decision_and_only_once(awarded: Room) -> None:
    assert sorted(of for _, of in running(awarded, "enforcement_follow_up")) == sorted((FIRST, AWARD))
    with pytest.raises(RefusedError, match="nothing waits to be enforced"):
        go(awarded, "other_decision_applied", other_decision_applied={"ground": "award"})


@pytest.mark.parametrize(
    ("step", "beside"), [("enforcement_refused", "coordinated"), ("award_set_aside", "coordinated")]
)
def test_a_title_that_falls_leaves_the_court_the_decision(awarded: Room, step: str, beside: str) -> None:
    with pytest.raises(RefusedError, match="goes on by the authority's decision"):
        go(awarded, step)

    go(awarded, f"{step}_others_go_on")

    assert awarded.state("A1") == "court_enforcing"
    assert [*running(awarded, "enforcement_follow_up")] == [("enforcement_follow_up", FIRST)]
    assert kept(awarded)["enforcement_applied"]["payer"] == BOTH[0]
    assert beside not in awarded.state("A1")


def test_a_decision_that_falls_leaves_the_court_the_title(awarded: Room) -> None:
    with pytest.raises(RefusedError, match="goes on by another"):
        go(awarded, "decision_not_enforced", decision_not_enforced={"payer": BOTH[0]})

    go(awarded, "decision_not_enforced_others_go_on", decision_not_enforced_others_go_on={"payer": BOTH[0]})

    assert awarded.state("A1") == "court_enforcing"
    assert [*running(awarded, "enforcement_follow_up")] == [("enforcement_follow_up", AWARD)]


@pytest.mark.parametrize("awarded", [BOTH[0]], indirect=True)
def test_of_two_things_enforced_upon_one_payer_the_one_that_is_picked_is_given_back(awarded: Room) -> None:
    returned = "enforcement_returned_others_go_on"
    for unclear in ({}, {"payer": BOTH[0]}):
        with pytest.raises(RefusedError, match=f"say which one .*{AWARD}.*{FIRST}"):
            go(awarded, returned, **{returned: unclear})
    with pytest.raises(RefusedError, match="nothing is being enforced upon this party"):
        go(awarded, returned, **{returned: {"payer": BOTH[1], "which_enforced": "1"}})
    assert [one.number for one in decisions.in_court_offered(awarded.case("A1"))] == ["award", "1"]

    go(awarded, returned, **{returned: {"payer": BOTH[0], "which_enforced": "1"}})

    assert [*running(awarded, "enforcement_follow_up")] == [("enforcement_follow_up", AWARD)]
    assert [*running(awarded, "court_application")] == [("court_application", FIRST)]
    assert running(awarded, "enforcement_application") == {}
    assert kept(awarded)["enforcement_applied"]["ground"] == "award"
    # What is left is the one that is meant.
    go(awarded, "enforcement_returned", enforcement_returned={"payer": BOTH[0]})
    assert kept(awarded)["enforcement_applied"] is None


@pytest.mark.parametrize("awarded", [BOTH[0]], indirect=True)
def test_of_two_things_enforced_upon_one_payer_the_one_that_is_picked_is_filed_and_ended(awarded: Room) -> None:
    with pytest.raises(RefusedError, match="say which one"):
        go(awarded, "enforcement_filed", enforcement_filed={"payer": BOTH[0]})
    go(awarded, "enforcement_filed", enforcement_filed={"which_enforced": FIRST})
    assert [*running(awarded, "enforcement_term")] == [("enforcement_term", FIRST)]
    # Only the award waits to be filed.
    go(awarded, "enforcement_filed")
    assert {of for _, of in running(awarded, "enforcement_term")} == {FIRST, AWARD}
    ended = "enforcement_ended_others_go_on"
    with pytest.raises(RefusedError, match="say which one"):
        go(awarded, ended, **{ended: {"payer": BOTH[0]}})

    go(awarded, ended, **{ended: {"which_enforced": "1"}})

    assert [*running(awarded, "enforcement_term")] == [("enforcement_term", AWARD)]
    assert kept(awarded)["decisions"][0]["ended_for"] == "no_property_found"
    assert kept(awarded)["enforcement_applied"].get("ended_for") is None


def test_the_time_to_ask_for_a_title_runs_on_while_a_decision_is_enforced(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made")
    until = due(room, "enforcement_application")
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        row = {"payer": "owner", "document_number": "示例决字第3号", "served_on": "2026-03-02", "amount": "18000.00"}
        case.details = {**case.details, "decisions": [{**row, "sued_until": "2026-09-02", "applied_on": None}]}

    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision"})

    assert (room.clocks("A1")["enforcement_application"].stopped_at, due(room, "enforcement_application")) == (
        None,
        until,
    )


def test_an_authority_that_has_not_asked_the_court_in_time_is_seen(both: Room) -> None:
    decide_both(both, first="2026-12-02", second="2026-12-15")
    both.pass_time(datetime(2027, 9, 3, 1, 0, tzinfo=UTC) - both.now)

    [warned] = cautions.court_too_late(both.case("A1"), both.now)

    assert "施工总承包单位" in warned.zh
    assert "2027-09-02" in warned.zh
    assert [of for _, of in running(both, "court_application")] == [SECOND]


@pytest.mark.parametrize(
    ("payer", "name"), [("subcontractor", "示例劳务公司"), ("general_contractor", "示例总承包公司")]
)
def test_an_application_to_enforce_names_who_has_to_pay_by_the_decision(both: Room, payer: str, name: str) -> None:
    decide(both, payer)
    form = {"ground": "administrative_decision"}
    with pytest.raises(RefusedError, match="does not describe its respondent"):
        go(both, "enforcement_applied", enforcement_applied={**form, "respondent_address": ""})

    go(both, "enforcement_applied", enforcement_applied=form)

    [text] = texts(both, "enforcement_application")
    assert f"）：{name}" in text
    assert "住所：示例路2号" in text


def test_a_court_is_asked_for_no_more_than_the_decision_upon_a_payer_says(room: Room) -> None:
    go(room, *TWO_ORDERS, payment_ordered={"amount": "6000.00", "days": 7})
    room.pass_time(timedelta(days=8))
    decide(room, "general_contractor", unpaid="6000.00", compensation="3000.00")

    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision"})

    [text] = texts(room, "enforcement_application")
    assert "支付劳动报酬 6,000.00元" in text
    assert "和加付的赔偿金 3,000.00元" in text


@pytest.mark.parametrize(
    ("source", "paid_on", "asked"),
    [
        ("general_contractor", "2026-12-02", "4,000.00元"),
        ("payer", "2026-12-02", "4,000.00元"),
        ("court", "2026-12-02", "4,000.00元"),
        ("owner_advance", "2026-12-02", "10,000.00元"),
        ("general_contractor", "2026-12-01", "4,000.00元"),
        # What was unpaid is said by what was on file: this was not.
        ("general_contractor", "2026-11-30", "4,000.00元"),
    ],
)
def test_a_court_is_asked_for_what_the_decision_says_less_what_its_payer_has_paid_since(
    room: Room, source: str, paid_on: str, asked: str
) -> None:
    go(room, *TWO_ORDERS, payment_ordered={"amount": "10000.00", "days": 7})
    room.pass_time(timedelta(days=9))
    decide(room, BOTH[0], unpaid="10000.00", compensation="5000.00", served_on="2026-12-01")
    pay(room, source, paid_on)

    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision"})

    assert f"支付劳动报酬 {asked}" in texts(room, "enforcement_application")[0]
    assert "（已扣除已付的）" in texts(room, "enforcement_application")[0]


def pay(room: Room, source: str, paid_on: str, amount: str = "6000.00") -> None:
    row = example(WAGE_RECOVERY.step("enforcement_due", "payment_recorded").form, at=room.now)["rows"][0]  # type: ignore[arg-type]
    rows = [{**row, "number": 1, "amount": amount, "paid_on": paid_on}]
    go(room, "payment_recorded", payment_recorded={"source": source, "rows": rows})


@pytest.mark.parametrize(
    ("paid_on", "asked"), [("2026-11-30", "12,000.00元"), ("2026-12-01", "6,000.00元"), ("2026-12-02", "6,000.00元")]
)
def test_a_sum_that_the_authority_has_named_is_less_what_was_paid_from_the_day_of_its_service_on(
    room: Room, paid_on: str, asked: str
) -> None:
    go(room, *TWO_ORDERS, payment_ordered={"days": 7})
    room.pass_time(timedelta(days=9))
    decide(room, BOTH[0], "decided_without_compensation", amount="12000.00", served_on="2026-12-01")
    pay(room, "general_contractor", paid_on)

    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision"})

    assert f"支付劳动报酬 {asked}" in texts(room, "enforcement_application")[0]


def test_what_was_paid_after_the_service_and_put_on_record_before_the_decision_is_taken_off_once(room: Room) -> None:
    go(room, *TWO_ORDERS, payment_ordered={"amount": "16000.00", "days": 7})
    room.pass_time(timedelta(days=9))
    pay(room, "general_contractor", "2026-12-02", "4000.00")
    decide(room, BOTH[0], unpaid="14000.00", compensation="7000.00", served_on="2026-12-01")

    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision"})

    assert "支付劳动报酬 14,000.00元" in texts(room, "enforcement_application")[0]


def test_what_one_of_two_payers_decided_upon_has_paid_is_not_taken_off_the_other_s(both: Room) -> None:
    decide_both(both, first="2026-12-02", second="2026-12-15")
    row = example(WAGE_RECOVERY.step("enforcement_due", "payment_recorded").form, at=both.now)["rows"][0]  # type: ignore[arg-type]
    rows = [{**row, "number": 1, "amount": "6000.00", "paid_on": "2026-12-14"}]
    with both.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.details = {**case.details, "decisions": [{**one, "unpaid": "8000.00"} for one in kept(both)["decisions"]]}
    go(both, "payment_recorded", payment_recorded={"source": "payer", "rows": rows})

    go(both, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    also(both, BOTH[1])

    asked = [
        next(sum_ for sum_ in ("8,000.00", "2,000.00") if f"支付劳动报酬 {sum_}" in text)
        for text in texts(both, "enforcement_application")
    ]
    assert asked == ["8,000.00", "2,000.00"]


@pytest.mark.parametrize(("awarded", "asked"), [("15000.00", "10,000.00元"), ("30000.00", "25,000.00元")])
def test_a_court_is_asked_for_what_the_award_says_less_what_was_paid_since(
    room: Room, awarded: str, asked: str
) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted")
    go(room, "award_made", award_made={"items": [{"item": "wages", "amount": awarded}], "kind": "mediation_statement"})
    room.pass_time(timedelta(days=1))
    paid = {"number": 1, "amount": "5000.00", "paid_on": str(local_date(room.now))}
    row = example(WAGE_RECOVERY.step("awarded", "payment_recorded").form, at=room.now)["rows"][0]  # type: ignore[arg-type]
    go(room, "payment_recorded", payment_recorded={"source": "payer", "rows": [{**row, **paid}]})

    go(room, "enforcement_applied", enforcement_applied={"ground": "award"})

    assert f"生效法律文书确定的款项 {asked}" in texts(room, "enforcement_application")[0]


def test_a_payment_on_the_day_of_the_award_is_taken_off_it(room: Room) -> None:
    go(room, *TO_COORDINATION, "referred_to_arbitration", "arbitration_accepted", "award_made")
    pay(room, "payer", str(local_date(room.now)))

    go(room, "enforcement_applied", enforcement_applied={"ground": "award"})

    assert "生效法律文书确定的款项 12,000.00元" in texts(room, "enforcement_application")[0]


def test_with_an_order_goes_the_claim_back_where_a_court_has_ended_the_award(awarded: Room) -> None:
    go(awarded, "enforcement_ended_others_go_on", enforcement_ended_others_go_on={"which_enforced": "award"})
    go(awarded, "order_revoked_others_stand", order_revoked_others_stand={"payer": BOTH[1]})

    with pytest.raises(RefusedError, match="no other order stands"):
        go(awarded, "order_revoked_others_stand", order_revoked_others_stand={"payer": BOTH[0]})
    go(awarded, "order_revoked", order_revoked={"payer": BOTH[0]})

    assert awarded.state("A1") == "decision_pending"


def test_who_takes_the_place_of_a_decision_that_fell_is_not_described_as_its_payer(both: Room) -> None:
    in_court_too(both)
    assert kept(both)["enforcement_applied"]["respondent_address"] == "示例路2号"

    go(both, "decision_revoked_others_stand", decision_revoked_others_stand={"payer": BOTH[0]})

    applied = kept(both)["enforcement_applied"]
    assert (applied["payer"], [name for name in applied if name.startswith("respondent_")]) == (BOTH[1], [])


def test_an_authority_decides_and_hands_over_upon_one_payer_while_another_s_order_runs(room: Room) -> None:
    go(room, *TWO_ORDERS)
    with pytest.raises(RefusedError, match="order to pay is not over"):
        go(room, "crime_transferred")
    room.pass_time(timedelta(days=8))
    go(room, "payment_ordered", payment_ordered=TO_SUBCONTRACTOR | {"document_number": "示例监察令字第2号"})
    with pytest.raises(RefusedError, match="no order to this party has run out"):
        decide(room, "subcontractor")

    decide(room, "general_contractor")
    go(room, "payment_recorded", "crime_transferred")

    assert (room.state("A1"), decided(room)) == ("ordered_to_pay", ["general_contractor"])
    [letter] = texts(room, "crime_transfer_letter")
    assert "支付责任方：施工总承包单位（示例总承包公司）" in letter
    assert "第2号" not in letter
    assert "尚欠 17,000.00元（人民币壹万柒仟元整）（已扣除已付的），涉及 2 人" in letter
    room.pass_time(timedelta(days=30))
    assert room.state("A1") == "compensation_due"


def test_a_payer_is_proposed_for_the_list_by_the_order_that_stands(room: Room) -> None:
    go(room, *TWO_ORDERS, payment_ordered={"document_number": "示例监察令字第1号"})
    go(room, "order_revoked", "payment_ordered", payment_ordered={"document_number": "示例监察令字第2号"})
    room.pass_time(timedelta(days=10))

    go(room, "blacklisting_proposed")

    [letter] = texts(room, "blacklisting_proposal")
    assert "第2号" in letter
    assert "第1号" not in letter


# -- a court's money among several things that it enforces ------------------------


def lines(room: Room) -> list[tuple[str, str, str | None, str | None]]:
    """Return what the last payment on file is on: each thing, how much, what was left of it before and after."""
    found = kept(room)["payments"][-1].get("attributed", ())
    return [(one["named"], one["amount"], one.get("owed_before"), one.get("left_after")) for one in found]


@pytest.fixture
def unequal(room: Room) -> Room:
    """Return a room in which a court enforces 6000 upon one payer and 18000 upon the other, of wages of 18000."""
    go(room, *TWO_ORDERS, payment_ordered={"amount": "6000.00", "days": 7})
    go(room, "payment_ordered", payment_ordered=TO_SUBCONTRACTOR)
    room.pass_time(timedelta(days=30))
    decide(room, BOTH[0], document_number="示例决字第1号", unpaid="6000.00", compensation="3000.00")
    decide(room, BOTH[1], "decided_without_compensation", document_number="示例决字第2号")
    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    also(room, BOTH[1])
    return room


@pytest.fixture
def small(room: Room) -> Room:
    """Return a room in which a court enforces 6000 upon one payer and 2000 upon the other, of wages of 18000."""
    go(room, *TWO_ORDERS, payment_ordered={"amount": "6000.00", "days": 7})
    go(room, "payment_ordered", payment_ordered={**TO_SUBCONTRACTOR, "amount": "2000.00"})
    room.pass_time(timedelta(days=30))
    decide(room, BOTH[0], document_number="示例决字第1号", unpaid="6000.00", compensation="3000.00")
    decide(room, BOTH[1], "decided_without_compensation", document_number="示例决字第2号", amount="2000.00")
    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision", "payer": BOTH[0]})
    also(room, BOTH[1])
    return room


LESS_TOO = "同一笔工资由几项依据执行的，归入其他依据的金额也相应减少本项尚欠"


def of_court(room: Room, amount: str, which: str = "", number: int = 1) -> None:
    form = WAGE_RECOVERY.step("enforcement_due", "payment_recorded").form
    assert form is not None
    row = {**example(form, at=room.now)["rows"][0], "amount": amount, "number": number}
    row["paid_on"] = str(local_date(room.now))
    go(room, "payment_recorded", payment_recorded={"source": "court", "which_enforced": which, "rows": [row]})


def test_money_of_a_court_that_names_nothing_is_on_each_thing_in_proportion_to_the_cent(unequal: Room) -> None:
    of_court(unequal, "1000.01")

    # 6000 to 18000: 250.0025 and 750.0075; the cent goes to the larger remainder.
    assert lines(unequal) == [
        (FIRST, "250.00", "6000.00", "5750.00"),
        (SECOND, "750.01", "18000.00", "16999.99"),
    ]
    paper = texts(unequal, "payment_receipts")[-1]
    assert f"| {FIRST} | 6000.00 | 250.00 | 5750.00 |" in paper
    assert f"| {SECOND} | 18000.00 | 750.01 | 16999.99 |" in paper
    # What is on the other decision is off this one too, and the paper says so where the figures show it.
    assert LESS_TOO in paper
    # What each worker gets, and is still owed, is by his own receipt.
    assert kept(unequal)["left_total"] == "16999.99"
    assert {row["number"]: row["left"] for row in kept(unequal)["left_rows"]} == {1: "8999.99", 2: "8000.00"}
    with pytest.raises(RefusedError, match=r"5750\.00 to 8750\.00 yuan are left"):
        settle(unequal, BESIDE, BOTH[0], ("2027-03-31", "8750.01"))
    settle(unequal, BESIDE, BOTH[0], ("2027-03-31", "5750.00"))


def test_money_of_a_court_that_names_one_thing_is_on_that_and_no_other(unequal: Room) -> None:
    offered = decisions.court_money_offered(unequal.case("A1"))
    assert [one.number for one in offered] == ["none_named", "1", "2"]

    of_court(unequal, "4000.00", "1")

    assert lines(unequal) == [(FIRST, "4000.00", "6000.00", "2000.00")]
    [other] = [row for row in decisions.enforced(kept(unequal)) if row["payer"] == BOTH[1]]
    # The other is owed no more than is left of the wages.
    assert decisions.left_of(kept(unequal), other) == 14000
    of_court(unequal, "3000.00", SECOND)
    assert lines(unequal) == [(SECOND, "3000.00", "14000.00", "11000.00")]
    go(unequal, "payment_doubted")
    assert lines(unequal) == [(FIRST, "4000.00", "6000.00", "2000.00")]


def test_what_lies_above_all_that_a_court_enforces_is_on_none_of_it(unequal: Room) -> None:
    go(unequal, "enforcement_ended_others_go_on", enforcement_ended_others_go_on={"payer": BOTH[1]})
    of_court(unequal, "7000.00", "1")
    assert lines(unequal) == [(FIRST, "7000.00", "6000.00", "0.00")]
    go(unequal, "enforcement_resumed", enforcement_resumed={"payer": BOTH[1]})

    of_court(unequal, "500.00", number=2)

    assert lines(unequal) == [(SECOND, "500.00", "11000.00", "10500.00")]


def test_what_lies_above_all_that_several_decisions_say_has_a_line_without_a_name(small: Room) -> None:
    of_court(small, "9000.00")

    assert lines(small) == [
        (FIRST, "6000.00", "6000.00", "0.00"),
        (SECOND, "2000.00", "2000.00", "0.00"),
        ("", "1000.00", None, None),
    ]
    paper = texts(small, "payment_receipts")[-1]
    assert "| 超出正在执行的金额，未归入 | — | 1000.00 | — |" in paper
    assert LESS_TOO not in paper


def test_money_of_a_court_names_only_what_it_enforces_and_no_other_money_does(unequal: Room) -> None:
    with pytest.raises(RefusedError, match="no court was asked to enforce that"):
        of_court(unequal, "100.00", "7")
    with pytest.raises(RefusedError, match="only a court's money"):
        go(unequal, "payment_recorded", payment_recorded={"which_enforced": "1"})
    go(unequal, "payment_recorded", payment_recorded={"which_enforced": "none_named"})
    assert lines(unequal) == []


def test_money_of_a_court_that_a_reviewer_adds_is_attributed_too(unequal: Room) -> None:
    of_court(unequal, "4000.00", "1")
    form = WAGE_RECOVERY.step("enforcement_due", "payment_verified").form
    assert form is not None
    rows = [{**row, "paid_on": str(local_date(unequal.now))} for row in example(form, at=unequal.now)["rows"]]
    rows[0]["amount"] = "6000.00"
    verified = {"source": "court", "rows": rows, "why_no_compensation": "劳动者书面放弃"}

    go(unequal, "payment_verified", payment_verified=verified)

    # 2000 and 14000 are left.
    assert lines(unequal) == [(FIRST, "1750.00", "2000.00", "0.00"), (SECOND, "12250.00", "14000.00", "0.00")]


def test_old_money_of_a_court_counts_as_it_did(room: Room) -> None:
    go(room, *TWO_ORDERS, payment_ordered={"amount": "6000.00", "days": 7})
    room.pass_time(timedelta(days=9))
    decide(room, BOTH[0], unpaid="6000.00", compensation="3000.00")
    go(room, "enforcement_applied", enforcement_applied={"ground": "administrative_decision"})
    of_court(room, "4000.00")
    assert [row[1:] for row in lines(room)] == [("4000.00", "6000.00", "2000.00")]
    payment = {name: value for name, value in kept(room)["payments"][0].items() if name != "attributed"}

    [row] = decisions.enforced(kept(room))
    assert decisions.left_of({**kept(room), "payments": [payment]}, row) == 2000
