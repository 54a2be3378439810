"""What deserves a second look in a case of enforcement."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from chassis import legal
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.enforcement import cautions, workflow
from tests.services.enforcement.test_service import ASSIGNED, FINED, room, take

if TYPE_CHECKING:
    from chassis.testing import Room
    from chassis.workflow import CaseView

__all__ = ["room"]

NOW = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 2)


def case(state: str = "inspected", **details: Any) -> CaseView:
    return SimpleNamespace(id="c", subject="A", state=state, unit="", details=details, opened_at=NOW)


def codes(one: CaseView, now: datetime = NOW) -> list[str]:
    return [caution.code for rule in cautions.CAUTIONS for caution in rule(one, now)]


def test_an_orderly_case_warns_of_nothing() -> None:
    two = {"officers": [{"name": "执法员甲"}, {"name": "执法员乙"}]}
    photo = {"kind": "cleared", "done": True, "photo_sha256": "a", "position": "37,118"}

    assert not codes(
        case(
            inspected=[two],
            ordered_on="2026-11-02",
            correction_ordered={"items": [{"kind": "cleared"}]},
            found_corrected={**two, "results": [{**photo, "taken_at": "2026-11-09T10:00:00+08:00"}]},
            prenotice_served={"basis": "甲"},
            penalised={"basis": "甲"},
            noticed_on="2026-11-10",
            waived_on="2026-11-12",
            photographed={"a": {"taken_at": "2026-11-09T10:00:00+08:00", "position": "37.00000,118.00000"}},
            caller_shops=2,
        )
    )


def test_one_person_under_two_certificates_is_one_officer() -> None:
    twice = [{"officers": [{"name": "执法员甲"}, {"name": "执法员甲"}]}]

    assert codes(case(inspected=twice)) == ["one_officer"]


def test_time_taken_out_of_the_ninety_days_by_a_rule_that_nobody_has_verified_is_looked_at() -> None:
    assert codes(case(excluded_since="2026-11-20", excluded_until="2026-12-20", excluded_for="testing")) == [
        "exclusion_not_verified"
    ]
    assert codes(case(exclusions=[{"kind": "hearing"}], excluded_for="")) == ["exclusion_not_verified"]
    assert codes(case(exclusions=[], excluded_for="")) == []


@pytest.mark.parametrize(("amount", "found"), [("199.99", ["below_the_least"]), ("200.00", [])])
def test_a_fine_below_the_least_of_its_act_is_looked_at(amount: str, found: list[str]) -> None:
    seen = [{"act": "outside_business", "suspect_kind": "organisation"}]

    assert codes(case(inspected=seen, prenotice_served={"penalty": "fine", "amount": amount})) == found


def test_a_decision_without_notice_on_another_basis_or_waived_at_once_is_looked_at() -> None:
    assert codes(case(penalised={"basis": "甲"})) == ["no_notice"]
    assert codes(case(penalised={"basis": "甲"}, prenotice_served={"basis": "乙"})) == ["other_basis"]
    assert codes(case(noticed_on="2026-11-10", waived_on="2026-11-10")) == ["waived_same_day"]


@pytest.mark.parametrize(("done", "missed"), [((0, 7, 14, 21), 0), ((0, 21), 2), ((), 4)])
def test_each_week_without_the_cleaning_that_was_ordered_is_counted(done: tuple[int, ...], missed: int) -> None:
    kept = [{"kind": "weekly_cleaning", "done_on": str(MONDAY + timedelta(days=day))} for day in done]
    ordered = {"items": [{"kind": "weekly_cleaning"}]}

    found = list(
        cautions.cleaning_missed(case(ordered_on=str(MONDAY), correction_ordered=ordered, upkeep_recorded=kept), NOW)
    )

    assert bool(found) == bool(missed)
    assert not found or f"有 {missed} 周" in found[0].zh


def test_cleaning_is_watched_for_ninety_days_and_only_where_it_was_ordered() -> None:
    ordered = {"items": [{"kind": "weekly_cleaning"}]}
    late = NOW + timedelta(days=1000)

    [found] = cautions.cleaning_missed(case(ordered_on=str(MONDAY), correction_ordered=ordered), late)

    assert "有 12 周" in found.zh
    assert not codes(case(ordered_on=str(MONDAY), correction_ordered={"items": [{"kind": "cleared"}]}), late)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({}, "recheck_without_photo"),
        ({"photo_sha256": "a"}, "photo_unplaced"),
        ({"photo_sha256": "a", "position": "37,118"}, "photo_unplaced"),
        ({"photo_sha256": "a", "taken_at": "2026-11-09T10:00:00+08:00"}, "photo_unplaced"),
        ({"photo_sha256": "a", "position": "37,118", "taken_at": "2026-11-01T10:00:00+08:00"}, "photo_older"),
    ],
)
def test_a_recheck_is_shown_by_a_new_photo_with_its_time_and_place(row: dict[str, Any], code: str) -> None:
    rechecked = {"results": [{"kind": "cleared", "done": True, **row}]}

    assert codes(case(ordered_on="2026-11-02", found_corrected=rechecked)) == [code]


@pytest.mark.parametrize(
    ("camera", "typed", "code"),
    [
        ({"taken_at": "2026-11-09T10:00:00+08:00", "position": "37.38264,118.01420"}, {}, []),
        ({"taken_at": "2026-11-01T10:00:00+08:00", "position": "37.4,118.0"}, "2026-11-09", ["photo_older"]),
        ({"taken_at": "2026-11-08T10:00:00+08:00", "position": "37.4,118.0"}, "2026-11-09", ["photo_differs"]),
        ({"taken_at": "2026-11-09T10:00:00+08:00"}, "2026-11-09", ["photo_typed"]),
        ({}, "2026-11-09", ["photo_typed"]),
    ],
)
def test_what_its_camera_wrote_into_a_photo_counts_before_what_was_typed(
    camera: dict[str, str], typed: Any, code: list[str]
) -> None:
    said = {"taken_at": f"{typed}T11:00:00+08:00", "position": "37.38,118.01"} if typed else {}
    rechecked = {"results": [{"kind": "cleared", "done": True, "photo_sha256": "a", **said}]}

    found = case(ordered_on="2026-11-02", found_corrected=rechecked, photographed={"a": camera} if camera else {})
    assert codes(found) == code


def test_what_is_closed_on_a_promise_is_looked_at_unless_somebody_has_checked() -> None:
    assert codes(case("advised", advised={"content": "承诺"})) == ["promise_only"]
    assert codes(case("closed", advised={"content": "承诺"}, concluded={"outcome": "solved"})) == ["promise_only"]
    assert not codes(case("closed", advised={"content": "承诺"}, concluded={"outcome": "explained"}))
    earlier = [{"number": "PL-0", "act": "noise_social", "ended_on": None, "penalised": False}]
    again = case("advised", advised={"content": "承诺"}, seen_act="noise_social", earlier=earlier)
    [found] = cautions.closed_on_a_promise(again, NOW)
    assert "此前有同类案件" in found.zh


def test_advice_that_was_checked_or_led_to_more_is_no_promise_and_advice_given_again_is_one() -> None:
    given = {"advised": {"content": "承诺"}}

    assert not codes(case("advised", **given, promise_checked=True))
    assert codes(case("advised", **given, promise_checked=False, found_corrected={"results": []})) == ["promise_only"]
    for step in ("correction_ordered", "filed", "handed_over"):
        ended = {**given, "promise_checked": False, "concluded": {"outcome": "solved"}, step: {"reason": "劝而不改"}}
        assert not codes(case("closed", **ended))


@pytest.mark.parametrize(
    ("days", "within"), [(0, 30), (30, 30), (31, 60), (60, 60), (61, 90), (90, 90), (91, None), (-1, None)]
)
def test_the_same_again_is_a_recurrence_within_thirty_sixty_or_ninety_days(days: int, within: int | None) -> None:
    ended = date(2026, 11, 30) - timedelta(days=days)
    earlier = [{"number": "PL-0", "act": "noise_social", "ended_on": str(ended), "penalised": False}]

    found = list(cautions.recurs(case(seen_act="noise_social", earlier=earlier), NOW))

    assert [f"{within} 日内" in one.zh for one in found] == ([True] if within else [])
    assert not list(cautions.recurs(case(seen_act="posting", earlier=earlier), NOW))


def test_three_shops_of_one_petitioner_are_told_as_a_number_and_lower_no_standard() -> None:
    assert codes(case(caller_shops=2)) == []
    [found] = cautions.many_shops(case(caller_shops=3), NOW)
    assert "3 家" in found.zh
    assert "不得因此降低办理标准" in found.zh


def weeks_missed(room: Room) -> int:
    """Count the weeks that are told of on the case."""
    timeline = room.blueprint.store.timeline
    with room.database.read() as session:
        of_it = select(func.count()).select_from(timeline).where(timeline.c.trigger == "cleaning_missed")
        return session.scalar(of_it) or 0


def test_each_week_without_its_cleaning_is_told_of_once_also_when_the_case_is_closed(room: Room) -> None:
    take(room, "inspected", act="fume_unpurified")
    take(room, "correction_ordered", items=[{"kind": "weekly_cleaning", "demand": "每周清洗净化设备"}])
    take(room, "upkeep_recorded", kind="weekly_cleaning", done_on=str(local_date(room.now)))
    done = [{"kind": "weekly_cleaning", "done": True, "verified_by": "执法员甲"}]
    take(room, "found_corrected", results=done)
    take(room, "penalty_waived")
    take(room, "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "enforcement"})
    told = []

    for _ in range(3):
        room.pass_time(timedelta(days=7))
        for _ in range(2):
            room.run("watch_cleaning")
        told.append(weeks_missed(room))
    take(room, "upkeep_recorded", kind="weekly_cleaning", done_on=str(local_date(room.now)))
    room.pass_time(timedelta(days=7))
    room.run("watch_cleaning")

    assert told == [0, 1, 2]
    assert weeks_missed(room) == 2
    assert room.state("A1") == "closed"
    assert [one.code for one in cautions.cleaning_missed(room.case("A1"), room.now)] == ["cleaning_missed"]
    room.pass_time(timedelta(days=100))
    for _ in range(20):
        room.run("watch_cleaning")
    assert weeks_missed(room) == 10
    assert room.case("A1").cleaning_due_on is None


# -- against other cases ------------------------------------------------------


def another(room: Room, subject: str, suspect: str, caller: str = "") -> None:
    """Take one more appeal on and inspect it."""
    room.hear("routing.appeal_dispatched.v1", subject, ASSIGNED | {"number": f"PL-{subject}"})
    if caller:
        disclosed = {"appeal_id": subject, "to": "enforcement", "sealed": "s", "petitioner": caller}
        room.hear("intake.petitioner_disclosed.v1", subject, disclosed)
    for trigger in ("case_accepted", "contact_made"):
        take(room, trigger, of=subject)
    take(room, "inspected", of=subject, suspect_name=suspect)


def test_one_petitioners_complaints_about_several_shops_are_counted_without_naming_him(room: Room) -> None:
    for subject, shop in (("A2", "甲店"), ("A3", "甲店"), ("A4", "乙店"), ("A5", "丙店")):
        another(room, subject, shop, caller="keyed-hash")
    another(room, "A6", "丙店", caller="somebody-else")

    shops = [room.case(one).details["caller_shops"] for one in ("A2", "A3", "A4", "A5", "A6")]
    assert shops == [1, 1, 2, 3, 1]
    assert "same_caller" in codes(room.case("A5"))
    assert "keyed-hash" not in str(room.case("A5").details)
    take(room, "inspected", of="A5", suspect_name="丁店")
    assert room.case("A5").details["caller_shops"] == 3


def test_a_penalty_that_was_revoked_makes_nobody_a_second_offender_also_once_its_case_is_closed(room: Room) -> None:
    another(room, "A2", "甲店")
    for trigger in ("fined_on_the_spot", "spot_decision_filed", "remedy_sought", "decision_revoked", "concluded"):
        take(room, trigger, of="A2")
    room.hear("feedback.appeal_closed.v1", "A2", {"mechanism": "enforcement"})

    another(room, "A3", "甲店")

    [earlier] = room.case("A3").details["earlier"]
    assert (earlier["number"], earlier["penalised"]) == ("PL-A2", False)


def test_a_shop_that_does_it_again_is_known_and_is_no_first_offender(room: Room) -> None:
    another(room, "A2", "甲店")
    for trigger in ("warned_on_the_spot", "spot_decision_filed", "found_corrected", "concluded"):
        take(room, trigger, of="A2")
    room.hear("feedback.appeal_closed.v1", "A2", {"mechanism": "enforcement"})
    room.pass_time(timedelta(days=40))

    another(room, "A3", "甲店")
    take(room, "inspected", of="A3", suspect_name="甲店")
    assert [row["number"] for row in room.case("A3").details["earlier"]] == ["PL-A2"]
    for trigger in ("correction_ordered", "found_corrected"):
        take(room, trigger, of="A3")

    assert room.case("A3").details["earlier"][0]["penalised"]
    assert "recurrence" in codes(room.case("A3"))
    with pytest.raises(RefusedError, match="earlier penalty"):
        take(room, "penalty_waived", of="A3", ground="first_and_slight")


def test_a_test_that_takes_longer_than_the_party_was_told_is_warned_of(room: Room) -> None:
    for trigger in ("inspected", "filed", "goods_seized"):
        take(room, trigger)
    take(room, "things_sent_to_test", days=10)
    room.pass_time(timedelta(days=10))
    assert "tested_too_long" not in codes(room.case("A1"), room.now)

    room.pass_time(timedelta(days=1))
    assert "tested_too_long" in codes(room.case("A1"), room.now)
    take(room, "things_tested")

    assert "tested_too_long" not in codes(room.case("A1"), room.now)


def test_the_petitioners_own_words_in_a_letter_to_the_party_are_warned_of(room: Room) -> None:
    another(room, "A2", "甲店")
    said = room.case("A2").details["text"]
    take(room, "correction_ordered", of="A2", violation="未经许可在室外经营，占用便道")
    assert "petitioner_quoted" not in codes(room.case("A2"))

    take(room, "found_corrected", of="A2")
    another(room, "A3", "乙店")
    take(room, "correction_ordered", of="A3", violation=f"有人反映：{said}，现责令改正")

    assert "petitioner_quoted" in codes(room.case("A3"))


@pytest.mark.parametrize("service", ["mediation", "enforcement", "wage_recovery", "property"])
def test_every_article_that_a_caution_names_is_on_file_and_read_out_in_words(service: str) -> None:
    room = Path(workflow.__file__).parents[1] / service
    named = re.findall(r'^ +"([^" ]+-[0-9]+)",$', (room / "cautions.py").read_text("utf-8"), flags=re.MULTILINE)
    known = {basis.code for basis in legal.load(room / "legal.toml").bases}

    assert [code for code in named if code not in known] == []
    assert named


def test_things_that_are_kept_after_their_time_are_warned_of(room: Room) -> None:
    for one in ("inspected", "filed", "goods_seized"):
        take(room, one)
    room.pass_time(timedelta(days=30))
    assert not [*cautions.kept_too_long(room.case("A1"), room.now)]
    take(room, "seizure_prolonged", days=10)
    room.pass_time(timedelta(days=10))
    assert not [*cautions.kept_too_long(room.case("A1"), room.now)]
    room.pass_time(timedelta(days=1))

    [caution] = cautions.kept_too_long(room.case("A1"), room.now)

    assert (caution.code, caution.basis) == ("kept_too_long", "行政强制法-28")
    take(room, "goods_released")
    assert not [*cautions.kept_too_long(room.case("A1"), room.now)]


@pytest.mark.parametrize(
    ("proposal", "amount", "warned"),
    [
        ("maintained", "1000.00", False),
        ("milder", "1000.00", True),
        ("milder", "500.00", False),
        ("no_penalty", "500.00", True),
        ("unproven", "500.00", True),
    ],
)
def test_a_decision_against_the_report_on_the_hearing_is_warned_of(
    room: Room,
    proposal: str,
    amount: str,
    warned: bool,  # noqa: FBT001
) -> None:
    for one in (*FINED[:4], "hearing_requested", "hearing_called", "hearing_notice_over", "hearing_held"):
        take(room, one)
    take(room, "hearing_reported", proposal=proposal)
    take(room, "legal_review_passed")
    assert not [*cautions.against_the_hearing(room.case("A1"), room.now)]

    take(room, "penalised", amount=amount)

    assert bool([*cautions.against_the_hearing(room.case("A1"), room.now)]) is warned


@pytest.mark.parametrize(("act", "warned"), [("outside_business", True), ("estate_forbidden_acts", False)])
def test_a_warning_that_no_law_names_for_the_act_is_warned_of(room: Room, act: str, warned: bool) -> None:  # noqa: FBT001
    take(room, "inspected", act=act)
    assert not [*cautions.warning_unnamed(room.case("A1"), room.now)]

    take(room, "warned_on_the_spot")

    assert bool([*cautions.warning_unnamed(room.case("A1"), room.now)]) is warned
