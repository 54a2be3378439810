"""What is decided, and what is collected, on the spot: filed with the body, handed in, paid in at the bank."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from chassis import papers, typeset
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.enforcement.models import Case
from tests.services.enforcement.test_papers import written
from tests.services.enforcement.test_service import FINED, room, take

__all__ = ["room"]


def test_a_decision_made_on_the_spot_is_filed_with_the_body_before_the_case_ends(room: Room) -> None:
    for trigger in ("inspected", "warned_on_the_spot", "found_corrected"):
        take(room, trigger)
    assert room.clocks("A1")["spot_filing"].state == "running"
    with pytest.raises(RefusedError, match="not filed with the body"):
        take(room, "concluded")

    take(room, "spot_decision_filed")
    take(room, "concluded")

    assert room.clocks("A1")["spot_filing"].state == "stopped"
    [register] = written(room, "spot_filing")
    page = typeset.html(papers.of_row(register))
    assert "＿＿＿" not in page
    for part in ("滨彭综执简罚字〔2026〕第2号", "某餐饮店", "警告", "法制员丁", "2026年11月23日"):
        assert part in page, part


def test_a_decision_of_the_ordinary_procedure_is_not_filed_so_and_none_is_filed_twice(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "spot_decision_filed"):
        take(room, trigger)
    with pytest.raises(RefusedError, match="no decision made on the spot waits"):
        take(room, "spot_decision_filed")


def test_a_fine_that_officers_collect_reaches_their_body_and_the_bank_in_two_working_days_each(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "spot_decision_filed"):
        take(room, trigger)
    # Collected on a Monday, put on record on the Tuesday: the Wednesday is the second day.
    room.pass_time(timedelta(days=1))
    take(
        room,
        "performed",
        way="on_the_spot",
        collected_because="hard_to_enforce_later",
        paid_on="2026-11-23",
    )
    calendar = room.blueprint.calendar
    assert str(room.clocks("A1")["hand_in"].due_at(calendar).date()) == "2026-11-25"

    take(room, "fine_handed_in")
    assert room.clocks("A1")["hand_in"].state == "stopped"
    assert str(room.clocks("A1")["bank_in"].due_at(calendar).date()) == "2026-11-26"
    take(room, "found_corrected")
    with pytest.raises(RefusedError, match="has not reached the bank"):
        take(room, "concluded")

    take(room, "fine_banked")
    take(room, "concluded")

    assert room.state("A1") == "concluded"


def test_what_went_through_the_bank_is_not_handed_in(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "performed"):
        take(room, trigger)

    assert "hand_in" not in room.clocks("A1")
    with pytest.raises(RefusedError, match="waits to be handed in"):
        take(room, "fine_handed_in")
    with pytest.raises(RefusedError, match="waits to be paid in"):
        take(room, "fine_banked")


@pytest.mark.parametrize(
    ("decided", "changed", "reason"),
    [
        (("fined_on_the_spot",), {}, "at most 100 yuan"),
        (("fined_on_the_spot",), {"collected_because": "within_100"}, "at most 100 yuan"),
        (
            ("fined_on_the_spot",),
            {"collected_because": "hard_to_enforce_later", "official_receipt": False},
            "treasury's own receipt",
        ),
        (
            ("filed", "investigation_closed", "prenotice_served", "defence_waived", "penalised", "served"),
            {"collected_because": "hard_to_enforce_later"},
            "at most 100 yuan",
        ),
    ],
)
def test_officers_collect_nothing_without_a_ground_of_the_law(
    room: Room, decided: tuple[str, ...], changed: dict[str, Any], reason: str
) -> None:
    for trigger in ("inspected", *decided):
        take(room, trigger)

    with pytest.raises(RefusedError, match=reason):
        take(room, "performed", way="on_the_spot", **changed)


def test_a_small_fine_decided_on_the_spot_is_collected_there(room: Room) -> None:
    take(room, "inspected", act="throwing_from_building", suspect_kind="person")
    take(room, "fined_on_the_spot", amount="50.00")

    take(room, "performed", way="on_the_spot")

    assert room.case("A1").details["collected"]


def test_the_same_act_is_not_fined_twice_and_another_one_is_said_to_be_another(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot"):
        take(room, trigger)
    room.hear("routing.appeal_dispatched.v1", "A2", SECOND)
    for trigger in ("case_accepted", "inspected"):
        take(room, trigger, of="A2")

    with pytest.raises(RefusedError, match="was fined on 2026-11-23"):
        take(room, "fined_on_the_spot", of="A2", separate_act="")
    take(room, "fined_on_the_spot", of="A2", separate_act="处罚后次日又在店外经营，属另一违法行为")

    assert room.state("A2") == "payment_due"


SECOND = {
    "mechanism": "enforcement",
    "number": "PL-2",
    "lead_unit": "enforcement_squad",
    "title": "占道",
    "text": "店外经营",
}


def kept_as_before(room: Room, *forgotten: str) -> None:
    """Take out of the first case what releases before did not keep by itself: they kept the forms alone."""
    with room.database.write() as session:
        case = session.scalars(select(Case).where(Case.subject == "A1")).one()
        case.details = {name: kept for name, kept in case.details.items() if name not in forgotten}


@pytest.mark.parametrize("forgotten", [("decided_on",), ("decided_on", "decided_penalty", "decision")])
@pytest.mark.parametrize(
    "way",
    [("inspected", "fined_on_the_spot"), FINED],
    ids=["on the spot", "ordinary procedure"],
)
def test_a_fine_from_before_its_day_was_kept_is_no_less_a_fine(
    room: Room, way: tuple[str, ...], forgotten: tuple[str, ...]
) -> None:
    for trigger in way:
        take(room, trigger)
    decided = local_date(room.now) if len(way) == len(FINED) else "2026-11-23"
    kept_as_before(room, *forgotten)
    room.hear("routing.appeal_dispatched.v1", "A2", SECOND)
    for trigger in ("case_accepted", "inspected"):
        take(room, trigger, of="A2", **({"at": "2026-11-23T10:00:00+08:00"} if trigger == "inspected" else {}))

    with pytest.raises(RefusedError, match=f"was fined on {decided}"):
        take(room, "fined_on_the_spot", of="A2", separate_act="")


def test_a_fine_from_before_that_was_revoked_counts_as_none(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "remedy_sought", "decision_revoked"):
        take(room, trigger)
    kept_as_before(room, "decided_on", "decided_penalty", "decision")
    room.hear("routing.appeal_dispatched.v1", "A2", SECOND)
    for trigger in ("case_accepted", "inspected", "fined_on_the_spot"):
        take(room, trigger, of="A2")

    assert room.state("A2") == "payment_due"


def test_one_doing_under_several_norms_is_filed_under_the_higher_fine(room: Room) -> None:
    take(room, "inspected")

    with pytest.raises(RefusedError, match="file it under street_vending"):
        take(room, "filed", act="outside_business", also_breaks=["street_vending"])
    take(room, "filed", act="street_vending", also_breaks=["outside_business", "fire_lane_blocked"])

    assert room.state("A1") == "investigating"
