"""Who is asked to withdraw is decided on by a leader; the investigation goes on, and who withdrew does nothing more (行政处罚法 43)."""

from __future__ import annotations

from typing import Any

import pytest

from chassis import papers, typeset
from chassis.testing import Room
from chassis.workflow import RefusedError
from services.enforcement import cautions
from services.enforcement.workflow import ENFORCEMENT
from tests.services.enforcement.test_dates import due
from tests.services.enforcement.test_papers import written
from tests.services.enforcement.test_service import FINED, form_of, room, take

__all__ = ["room"]

UNTIL = "2099-12-31"
#: The officers of the example forms are 执法员甲 and 执法员乙.
OTHERS = [
    {"name": "执法员丙", "certificate_no": "鲁M-0003", "certificate_until": UNTIL},
    {"name": "执法员丁", "certificate_no": "鲁M-0004", "certificate_until": UNTIL},
]
SOUGHT: dict[str, Any] = {"persons": ["执法员甲"]}


def test_the_investigation_goes_on_while_nothing_is_decided(room: Room) -> None:
    for one in FINED[:4]:
        take(room, one)
    take(room, "withdrawal_sought", **SOUGHT)
    assert due(room, "recusal") == "2026-11-26"
    with pytest.raises(RefusedError, match="decide that first"):
        take(room, "withdrawal_sought", **SOUGHT)

    take(room, "statement_made")
    take(room, "statement_reviewed")
    take(room, "hearing_time_over")
    with pytest.raises(RefusedError, match="nothing is decided or heard before it"):
        take(room, "penalised")
    take(room, "withdrawal_decided", granted=[])
    take(room, "penalised")

    assert room.clocks("A1")["recusal"].state == "stopped"
    page = typeset.html(papers.of_row(written(room, "recusal_decision")[0]))
    assert "驳回申请" in page
    assert "＿＿＿" not in page


def test_who_withdrew_is_named_in_no_record_and_what_he_proved_is_looked_at_again(room: Room) -> None:
    for one in ("inspected", "filed"):
        take(room, one)
    take(room, "withdrawal_sought", **SOUGHT)
    with pytest.raises(RefusedError, match="the request is not about 执法员乙"):
        take(room, "withdrawal_decided", granted=["执法员乙"])
    take(room, "withdrawal_decided", granted=["执法员 甲"])

    with pytest.raises(RefusedError, match="who withdrew does not act in this case: 执法员甲"):
        take(room, "questioned")
    take(room, "questioned", officers=OTHERS)

    assert [one.code for one in cautions.by_who_withdrew(room.case("A1"), room.now)] == ["by_who_withdrew"]
    assert "执法员 甲回避" in written(room, "recusal_decision")[0].text


def test_a_chair_who_withdrew_chairs_no_hearing(room: Room) -> None:
    for one in (*FINED[:4], "hearing_requested", "hearing_called"):
        take(room, one)
    take(room, "withdrawal_sought", persons=["主持人丙"])
    take(room, "withdrawal_decided", granted=["主持人丙"])

    with pytest.raises(RefusedError, match="who withdrew does not act"):
        take(room, "hearing_called")
    take(room, "hearing_called", chair="主持人戊")


def test_the_report_on_a_hearing_waits_until_it_is_decided_who_may_act_and_one_who_withdrew_makes_none(
    room: Room,
) -> None:
    for one in (*FINED[:4], "hearing_requested", "hearing_called", "hearing_notice_over", "hearing_held"):
        take(room, one)
    take(room, "withdrawal_sought", persons=["主持人丙"])
    with pytest.raises(RefusedError, match="a request to withdraw is not decided"):
        take(room, "hearing_reported")
    take(room, "withdrawal_decided", granted=["主持人丙"])

    with pytest.raises(RefusedError, match="who withdrew does not act"):
        take(room, "hearing_reported")
    # What such a chair has heard is looked into, and heard, again.
    take(room, "legal_review_failed")

    assert room.state("A1") == "investigating"


def test_who_withdrew_takes_no_step_and_decides_on_no_request_about_himself(room: Room) -> None:
    take(room, "inspected")
    step = ENFORCEMENT.step("inspected", "advised")
    # The room's people are named by their ids.
    take(room, "withdrawal_sought", persons=["工作人员p7"])
    asked = ENFORCEMENT.step("inspected", "withdrawal_decided")
    with pytest.raises(RefusedError, match="does not decide on it"):
        room.act("A1", "withdrawal_decided", form_of(asked, room, granted=[]), role=asked.roles[0], person="p7")
    take(room, "withdrawal_decided", granted=["工作人员p7"])

    with pytest.raises(RefusedError, match="you withdrew from this case"):
        room.act("A1", "advised", form_of(step, room), role=step.roles[0], person="p7")
    take(room, "advised")


def test_nothing_is_decided_that_nobody_asks_for(room: Room) -> None:
    take(room, "inspected")

    with pytest.raises(RefusedError, match="nobody is asked to withdraw"):
        take(room, "withdrawal_decided", granted=[])


def test_who_withdrew_tells_the_resident_nothing_and_ends_nothing(room: Room) -> None:
    take(room, "withdrawal_sought", persons=["工作人员p7"])
    take(room, "withdrawal_decided", granted=["工作人员p7"])
    for one in ("inspected", "no_violation_found"):
        take(room, one)

    for trigger in ("progress_made", "concluded"):
        step = ENFORCEMENT.step("unfounded", trigger)
        with pytest.raises(RefusedError, match="you withdrew from this case"):
            room.act("A1", trigger, form_of(step, room), role=step.roles[0], person="p7")


def test_what_is_asked_is_decided_also_where_the_end_may_be_told(room: Room) -> None:
    take(room, "inspected")
    take(room, "withdrawal_sought", **SOUGHT)
    take(room, "advised")

    take(room, "withdrawal_decided", granted=["执法员甲"])

    assert room.clocks("A1")["recusal"].state == "stopped"
    take(room, "withdrawal_sought", persons=["执法员乙"])


def test_no_case_is_ended_while_it_is_not_decided_who_may_act(room: Room) -> None:
    for one in ("inspected", "no_violation_found"):
        take(room, one)
    take(room, "withdrawal_sought", **SOUGHT)

    with pytest.raises(RefusedError, match="nothing is decided or heard before it"):
        take(room, "concluded", outcome="explained")
    take(room, "withdrawal_decided", granted=[])
    take(room, "concluded", outcome="explained")

    assert room.clocks("A1")["recusal"].state == "stopped"
