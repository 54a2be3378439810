"""What deserves a second look in a case of relief."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from chassis.workflow import RefusedError
from services.relief import duplicates
from services.relief.cautions import CAUTIONS, COMPARED
from services.relief.workflow import RELIEF
from tests.services.relief.test_papers import GRANTED, POSTED, walk
from tests.services.relief.test_service import APPLY, ASSIGNED, form_of, room, take

if TYPE_CHECKING:
    from chassis.testing import Room
    from chassis.workflow import Caution

__all__ = ["room"]

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUSEHOLD = [{"name": "居民甲", "adult": True, "id_last_four": "0012"}]


def codes(state: str = "surveyed", *, opened_at: datetime = NOW, now: datetime = NOW, **details: Any) -> list[str]:
    case = SimpleNamespace(id="c", subject="A", state=state, unit="", details=details, opened_at=opened_at)
    return [one.code for rule in CAUTIONS for one in rule(case, now)]


def warned(room: Room, subject: str) -> list[Caution]:
    """Return what whoever works on a case is warned of, as its page says it now."""
    case = room.case(subject)
    with room.database.read() as session:
        return [*room.blueprint.cautions(session, case, room.now)]


def of(room: Room, subject: str) -> list[str]:
    return [one.code for one in warned(room, subject)]


def go(room: Room, subject: str, *way: str, **changed: Any) -> None:
    """Take steps of one of several cases; the last one's form is changed."""
    for trigger in way:
        step = RELIEF.step(room.state(subject), trigger)
        more = changed if trigger == way[-1] else {}
        room.act(subject, trigger, form_of(step, room, **more), role=step.roles[0], person=step.roles[0])


def file(room: Room, subject: str, **changed: Any) -> None:
    """Open a second case and file an application in it."""
    room.hear("routing.appeal_dispatched.v1", subject, {**ASSIGNED, "number": f"PL-{subject}"})
    go(room, subject, "case_accepted", "contact_made", "application_filed", **changed)


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"application_filed": {"staff_relative": True}}, "staff_relative"),
        (
            {
                "application_filed": {"relief": "temp_expense"},
                "opinion_supported": {
                    "standard": "900.00",
                    "monthly_income": "5400.00",
                    "deductions": "0.00",
                    "persons": 2,
                },
            },
            "income_not_low",
        ),
        ({"relief": "dibao", "opinion_supported": {"standard": "1900.00"}}, "standard_differs"),
        ({"relative_registered": {"kinship": "子女"}}, "staff_relative"),
        ({"information_checked": {"consistent": False}}, "concealment"),
        ({"house_visited": {"doubtful": True}}, "concealment"),
        ({"objection_upheld": [{"finding": "属实"}]}, "concealment"),
        ({"case_by_case": {"cause": "illness", "year": 2026, "minutes_no": "纪要1号"}}, "relieved_again"),
        ({"publicity_checked": [{"still_posted": False, "shown": ["name"]}]}, "publicity_short"),
        ({"publicity_checked": [{"still_posted": True, "shown": ["name", "id_number"]}]}, "publicity_shows"),
        ({"publicity_checked": [{"still_posted": True, "shown": ["health"]}]}, "publicity_shows"),
        ({"democratic_review_held": {"present": 9, "in_favour": 4}, "supported": True}, "against_the_review"),
        (
            {"application_filed": {"household": HOUSEHOLD}, "relief_paid": {"payments": [{"payee": "居民丙"}]}},
            "payee_outside",
        ),
        ({"verify_by": "2026-11-22"}, "verification_due"),
    ],
)
def test_what_is_on_file_is_warned_of(details: dict[str, Any], code: str) -> None:
    assert codes(**details) == [code]


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"application_filed": {"staff_relative": False}},
        {"relief": "dibao", "opinion_supported": {"standard": "700.00"}},
        {"relief": "destitute", "opinion_supported": {"standard": "1200.00"}},
        {"case_by_case": None},
        {"information_checked": {"consistent": True}, "house_visited": {"doubtful": False}, "objection_upheld": []},
        {"publicity_checked": [{"still_posted": True, "shown": ["name", "estate", "kind_of_relief", "amount"]}]},
        {"democratic_review_held": {"present": 9, "in_favour": 5}, "supported": True},
        {"democratic_review_held": {"present": 9, "in_favour": 1}, "supported": False},
        {"application_filed": {"household": HOUSEHOLD}, "relief_paid": {"payments": [{"payee": "居民甲"}]}},
        {"verify_by": "2026-11-23"},
        {"verify_by": "2026-01-01", "benefit_runs": False},
    ],
)
def test_what_is_in_order_is_not_warned_of(details: dict[str, Any]) -> None:
    assert codes(**details) == []


def test_a_request_for_help_that_lies_for_more_than_five_days_is_warned_of() -> None:
    late = NOW + timedelta(days=5, seconds=1)

    assert codes("to_apply", kind="help", now=late) == ["not_taken_in"]
    assert codes("to_apply", kind="help", now=NOW + timedelta(days=5)) == []
    assert codes("to_apply", kind="inquiry", now=late) == []
    assert codes("referred", kind="help", now=late) == []


def test_an_advance_whose_papers_have_not_come_after_ten_working_days_is_warned_of(room: Room) -> None:
    walk(room, "emergency_assessed", "advance_paid")
    # 2026-11-23 is a Monday: ten working days end with Monday 2026-12-07.
    room.pass_time(datetime(2026, 12, 7, 15, 59, tzinfo=UTC) - room.now)
    assert of(room, "A1") == []

    room.pass_time(timedelta(minutes=1))

    assert room.state("A1") == "retro_overdue"
    assert of(room, "A1") == ["advance_without_papers"]
    take(room, "papers_completed")
    assert of(room, "A1") == []


def test_the_same_person_who_applies_twice_for_the_same_help_is_warned_of(room: Room) -> None:
    take(room, "application_filed")

    file(room, "A2")

    [found] = warned(room, "A2")
    assert (found.code, "案件 PL-2 中正在办理临时救助（支出型）" in found.zh) == ("duplicate_relief", True)
    assert "居民甲" not in found.zh
    # Whoever handles the first is told as well, though it was filed when there was no second.
    assert ["PL-A2" in one.zh for one in warned(room, "A1")] == [True]


def test_who_is_warned_of_another_case_is_told_how_it_stands_now(room: Room) -> None:
    walk(room, *APPLY, *POSTED, "publicity_over", "submitted", "district_approved")
    file(room, "A2")
    before = [one.zh for one in warned(room, "A2")]

    walk(room, "relief_paid")

    assert ["正在办理" in one for one in before] == [True]
    assert ["已获临时救助（支出型）" in one.zh for one in warned(room, "A2")] == [True]
    go(room, "A2", "application_withdrawn")
    assert (of(room, "A1"), of(room, "A2")) == ([], [])


def test_another_member_of_the_household_who_applies_in_another_case_is_known_again_however_the_name_is_typed(
    room: Room,
) -> None:
    take(room, "application_filed")

    file(
        room,
        "A2",
        household=[{"name": " 居民 乙", "relation": "self", "adult": True, "id_last_four": "0035"}],
        incomes=[],
    )

    assert (of(room, "A1"), of(room, "A2")) == (["duplicate_relief"], ["duplicate_relief"])


def test_who_can_not_be_looked_for_in_other_cases_is_said_and_once_corrected_is_found(room: Room) -> None:
    nameless = {"name": "居民甲", "relation": "self", "adult": True}
    take(room, "application_filed")
    file(room, "A2", household=[nameless], incomes=[])
    assert of(room, "A2") == ["unknown_again"]

    go(room, "A2", "application_corrected", household=[nameless | {"id_last_four": "0012"}])

    assert of(room, "A2") == ["duplicate_relief"]


@pytest.mark.parametrize(
    "changed",
    [
        {"relief": "dibao"},
        {"cause": "fire"},
        {"household": [{"name": "居民甲", "relation": "self", "adult": True, "id_last_four": "0013"}]},
    ],
)
def test_another_help_another_cause_another_number_or_none_is_not_warned_of(
    room: Room, changed: dict[str, Any]
) -> None:
    take(room, "application_filed")

    file(room, "A2", **changed)

    assert of(room, "A2") == []


def test_urgent_help_that_is_late_is_warned_of_until_it_comes(room: Room) -> None:
    walk(room, "emergency_assessed")
    assert of(room, "A1") == []

    walk(room, "advance_delayed")
    assert of(room, "A1") == ["advance_late"]
    walk(room, "advance_paid")

    assert of(room, "A1") == []


def test_help_that_was_late_once_is_not_late_when_it_is_assessed_anew(room: Room) -> None:
    walk(room, "emergency_assessed", "advance_delayed", "not_urgent", "emergency_assessed")

    assert of(room, "A1") == []


def test_what_came_to_nothing_is_not_warned_of(room: Room) -> None:
    walk(room, "application_filed", "application_withdrawn")

    file(room, "A2")

    assert of(room, "A2") == []


def test_what_was_stopped_or_found_to_be_fraud_is_not_warned_of(room: Room) -> None:
    walk(room, *APPLY, *POSTED, *GRANTED, "fraud_found")

    file(room, "A2")

    assert of(room, "A2") == []


def test_the_same_cause_is_not_supported_twice_a_year_whichever_case_paid_it(room: Room) -> None:
    walk(room, *APPLY, *POSTED, *GRANTED)
    file(room, "A2")
    assert of(room, "A2") == ["duplicate_relief"]
    go(room, "A2", "application_accepted", "authorised", "information_checked", "house_visited")
    with pytest.raises(RefusedError, match="relieved this calendar year"):
        go(room, "A2", "opinion_supported")

    assert room.state("A2") == "surveyed"


def test_of_two_that_lay_open_at_once_the_street_grants_one(room: Room) -> None:
    surveyed = ("application_accepted", "authorised", "information_checked", "house_visited")
    deciding = ("opinion_supported", "publicity_started", "publicity_over", "street_review_passed")
    file(room, "A2")
    go(room, "A2", *surveyed, *deciding[:2])
    walk(room, *APPLY, *deciding)
    go(room, "A2", "street_review_passed", "approved_by_street", "relief_paid")

    with pytest.raises(RefusedError, match="another case has relieved the same cause since"):
        take(room, "approved_by_street")

    take(room, "rejected_by_street")
    assert room.state("A1") == "rejected"


@pytest.mark.parametrize(
    ("mine", "other", "clashes"),
    [
        (("dibao", "low_income", 2026), ("destitute", "no_support", 2019, False), True),
        (("dibao", "low_income", 2026), ("temp_expense", "low_income", 2026, False), False),
        (("temp_expense", "fire", 2026), ("temp_emergency", "fire", 2026, False), True),
        (("temp_expense", "fire", 2026), ("temp_emergency", "fire", 2025, False), False),
        (("temp_expense", "fire", 2026), ("temp_expense", "fire", 0, True), True),
        (("temp_expense", "fire", 2026), ("temp_expense", "illness", 2026, True), False),
        (("medical", "illness", 2026), ("temp_expense", "illness", 2026, False), False),
        (("medical", "illness", 2026), ("medical", "illness", 2026, False), True),
    ],
)
def test_which_help_is_one_too_many(mine: tuple[str, str, int], other: tuple[Any, ...], *, clashes: bool) -> None:
    row = dict(zip(("relief", "cause", "year", "pending"), other, strict=True))

    assert duplicates.clash(*mine, row) is clashes


def test_relief_for_an_expense_of_a_household_with_little_income_is_not_doubted() -> None:
    opinion = {"standard": "900.00", "monthly_income": "5200.00", "deductions": "0.00", "persons": 2}

    assert codes(application_filed={"relief": "temp_expense"}, opinion_supported=opinion) == []


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"relief": "dibao", "pending": False}, ["medical_direct"]),
        ({"relief": "dibao", "pending": True}, []),
        ({"relief": "temp_expense", "pending": False}, []),
    ],
)
def test_medical_relief_of_who_has_lasting_relief_is_the_insurance_s_own(
    other: dict[str, Any], expected: list[str]
) -> None:
    had = {"number": "PL-9", "cause": "illness", "year": 2026, **other}
    asked = {"application_filed": {"relief": "medical", "cause": "illness"}}
    case = SimpleNamespace(id="c", subject="A", state="surveyed", unit="", details=asked, opened_at=NOW)

    assert [one.code for warns in COMPARED for one in warns(case, NOW, [had])] == expected
