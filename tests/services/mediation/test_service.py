"""Mediation behind its mailbox and its desk, over a database of its own."""

from __future__ import annotations

from collections import deque
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from chassis.forms import example
from chassis.testing import Room
from chassis.wire import plain
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import UNMANNED, RefusedError, Role
from services.mediation import register, rules, schemas
from services.mediation.cautions import CAUTIONS
from services.mediation.figures import counts
from services.mediation.models import Case
from services.mediation.service import MediationService
from services.mediation.stages.places import COURT, OPEN
from services.mediation.workflow import MEDIATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.workflow import Step

DISPATCHED = "routing.appeal_dispatched.v1"
ASSIGNMENT: dict[str, Any] = {
    "mechanism": "mediation",
    "number": "2026-000001",
    "lead_unit": "community-1",
    "title": "楼上漏水",
    "text": "楼上漏水,协商不成",
    "place": "示例小区",
    "urgency": "III",
}


def on_file(room: Room, **changed: Any) -> None:
    """Put the committee of the example forms on file, or its next version."""
    form = schemas.CommitteeForm().load({**example(schemas.CommitteeForm), **changed})
    with room.database.write() as session:
        register.put(session, form, plain(form["people"]), by="处办员己", now=room.now)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    opened = Room(MediationService, tmp_path)
    on_file(opened)
    opened.hear(DISPATCHED, "A1", ASSIGNMENT)
    yield opened
    opened.page("A1")
    # Whatever a test has brought a case to, its page says it in Chinese.
    assert opened.blueprint.terms.missing() == []


def path_to(target: str, *avoid: str) -> list[Step]:
    """Find the shortest way over the table that people and clocks can go."""
    ways: dict[str, list[Step]] = {"received": []}
    todo = deque(["received"])
    while todo:
        state = todo.popleft()
        for step in MEDIATION.steps_from(state):
            if Role.BUS not in step.roles and step.target not in ways and step.trigger not in avoid:
                ways[step.target] = [*ways[state], step]
                todo.append(step.target)
    return ways[target]


def form_of(room: Room, step: Step) -> dict[str, Any]:
    """Return the example of a step's form, its acts being of today."""
    form = example(step.form, at=room.now) if step.form else {}
    return {**form, **{name: str(local_date(room.now)) for _, name in step.since if name in form}}


def walk(room: Room, *steps: Step) -> None:
    """Take steps with the example of each form, letting time pass where a clock takes them."""
    for step in steps:
        if step.expires is not None:
            due = room.clocks("A1")[step.expires].due_at(room.blueprint.calendar)
            room.pass_time(due - room.now + timedelta(minutes=1))
        else:
            role = next(role for role in step.roles if role not in UNMANNED)
            room.act("A1", step.trigger, form_of(room, step), role=role)


def conclude(room: Room) -> None:
    """Take the step that leads to a reply from where the case is."""
    [step] = [step for step in MEDIATION.steps_from(room.state("A1")) if step.target == "concluded"]
    go(room, step.trigger)


def go(room: Room, *triggers: str, **forms: dict[str, Any]) -> None:
    """Take steps by name, with the given changes to the examples of their forms."""
    for trigger in triggers:
        step = MEDIATION.step(room.state("A1"), trigger)
        room.act("A1", trigger, {**form_of(room, step), **forms.get(trigger, {})}, role=step.roles[0])


TO_SESSION = (
    "case_accepted",
    "contact_made",
    "application_recorded",
    "consent_given",
    "rights_explained",
    "mediators_set",
    "facts_established",
)
TO_AGREEMENT = (*TO_SESSION, "session_held", "agreement_drafted", "agreement_signed")


@pytest.mark.parametrize("state", [*OPEN, "transferred", "return_pending"])
def test_every_state_is_reached_with_the_example_of_each_form(room: Room, state: str) -> None:
    by_court = state in {*COURT, "confirmation_refused"}
    avoid = ("agreed_by_word", "agreement_stands") if by_court else ("mediators_set_amid_appraisal",)
    walk(room, *path_to(state, *avoid))

    assert room.state("A1") == state


@pytest.mark.parametrize("end", ["ineligible", "refused", "terminated", "remedies_told", "followed_up"])
def test_every_end_of_the_procedure_comes_to_a_reply(room: Room, end: str) -> None:
    walk(room, *path_to(end))
    go(room, "contact_made")
    conclude(room)

    [concluded] = room.told("case_concluded.v1")
    assert room.state("A1") == "concluded"
    assert concluded["outcome"] == ("solved" if end == "followed_up" else "explained")
    assert concluded["handler_claims_solved"] is (end == "followed_up")


def test_a_dispute_that_is_settled_and_performed_tells_each_fact_once(room: Room) -> None:
    go(room, *TO_AGREEMENT, "performance_verified", "follow_up_visited", "concluded")

    assert [one["statutory"] for one in room.told("case_accepted.v1")] == [[]]
    [concluded] = room.told("case_concluded.v1")
    period = next(one for one in concluded["statutory"] if one["name"] == "mediation_period")
    assert period["basis"].startswith("人民调解工作若干规定第33条")
    ended = room.clocks("A1")["mediation_period"]
    assert datetime.fromisoformat(period["due_at"]) == ended.due_at(standard_calendar())
    assert datetime.fromisoformat(period["stopped_at"]) == ended.stopped_at
    assert [fact["dispute_type"] for fact in room.told("mediation_registered.v1")] == ["noise"]
    [reached] = room.told("agreement_reached.v1")
    assert (reached["kind"], reached["scope"], reached["items"]) == ("written", "full", 1)
    assert len(room.told("agreement_performed.v1")) == 1
    assert len(room.told("case_concluded.v1")) == 1
    assert not [name for name, clock in room.clocks("A1").items() if clock.stopped_at is None]


def test_no_fact_carries_the_name_of_a_party(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "performance_verified", "follow_up_visited")

    assert "居民" not in str(room.told())


def test_the_same_assignment_twice_opens_one_case(room: Room) -> None:
    room.hear(DISPATCHED, "A1", ASSIGNMENT)

    assert room.state("A1") == "received"
    assert not room.parked()


def test_an_assignment_to_another_mechanism_is_left_alone(room: Room) -> None:
    room.hear(DISPATCHED, "A2", {**ASSIGNMENT, "mechanism": "relief"})

    assert room.case("A2") is None


def test_a_return_is_granted_and_the_case_may_come_again(room: Room) -> None:
    go(room, "return_requested")
    room.hear("routing.return_decided.v1", "A1", {"mechanism": "mediation", "granted": True})
    assert room.state("A1") == "returned"

    room.hear(DISPATCHED, "A1", ASSIGNMENT)
    assert room.state("A1") == "received"


def test_rework_begins_at_the_beginning_and_comes_to_a_second_reply(room: Room) -> None:
    go(room, *TO_AGREEMENT, "performance_verified", "follow_up_visited", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "mediation", "reason": "仍在漏水", "round": 1})
    assert room.state("A1") == "rework_due"

    go(room, "rework_taken", *TO_AGREEMENT[1:], "performance_verified", "follow_up_visited", "concluded")

    assert len(room.told("case_concluded.v1")) == 2
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "mediation", "end": "rated"})
    assert room.state("A1") == "closed"


def test_what_was_closed_is_opened_again_for_what_is_new(room: Room) -> None:
    go(room, *TO_AGREEMENT, "performance_verified", "follow_up_visited", "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "mediation", "end": "rated"})

    told = {"mechanism": "mediation", "reason": "又漏水了", "round": 1, "reopens": True}
    room.hear("feedback.rework_ordered.v1", "A1", told)

    assert (room.state("A1"), room.case("A1").ended_at) == ("rework_due", None)


def test_what_the_petitioner_says_after_the_promised_time_stands_on_the_case(room: Room) -> None:
    said = {"mechanism": "mediation", "unit": "u", "stands": "presses", "note": "请尽快"}
    room.hear("feedback.progress_called.v1", "A1", {**said, "mechanism": "relief"})
    room.hear("feedback.progress_called.v1", "A1", said)

    table = room.blueprint.store.timeline
    with room.database.read() as session:
        [noted] = session.execute(table.select().where(table.c.trigger == "progress_called")).all()
    assert (noted.form["stands"], noted.form["note"]) == ("presses", "请尽快")


def test_after_a_month_the_parties_decide_whether_to_go_on(room: Room) -> None:
    go(room, *TO_SESSION)
    room.pass_time(timedelta(days=32))
    assert room.state("A1") == "period_over"

    go(room, "continuation_agreed")

    due = room.clocks("A1")["continuation"].due_at(room.blueprint.calendar)
    assert room.state("A1") == "in_session"
    assert timedelta(days=30) <= due - room.now <= timedelta(days=31)


@pytest.mark.parametrize("before_the_upgrade", [False, True])
def test_a_period_that_runs_out_amid_the_inquiry_does_not_end_it(room: Room, before_the_upgrade: bool) -> None:  # noqa: FBT001
    go(room, *TO_SESSION[:-1])
    room.pass_time(timedelta(days=32))
    if before_the_upgrade:
        with room.database.write() as session:
            case = session.scalars(select(Case)).one()
            case.details = {name: kept for name, kept in case.details.items() if name != "inquiry_open"}

    with pytest.raises(RefusedError, match="before the facts were established"):
        go(room, "continuation_agreed")
    go(room, "inquiry_continued")
    assert room.state("A1") == "investigating"
    go(room, "facts_established")
    room.pass_time(timedelta(days=40))
    assert room.state("A1") == "period_over"
    go(room, "continuation_agreed")

    assert room.state("A1") == "in_session"


def test_the_time_of_an_expert_opinion_does_not_count(room: Room) -> None:
    go(room, *TO_SESSION, "appraisal_commissioned")
    room.pass_time(timedelta(days=60))
    go(room, "appraisal_received", "facts_established")

    room.pass_time(timedelta(days=20))
    assert room.state("A1") == "in_session"

    room.pass_time(timedelta(days=20))
    assert room.state("A1") == "period_over"


def written(room: Room, document: str) -> str:
    """Return the text of the last document of a name."""
    table = room.blueprint.papers
    with room.database.read() as session:
        texts = session.scalars(select(table.c.text).where(table.c.name == document).order_by(table.c.version)).all()
    return str(texts[-1])


def warned(room: Room) -> list[str]:
    """Return what the case is warned of."""
    return [one.code for rule in CAUTIONS for one in rule(room.case("A1"), room.now)]


def shown(room: Room, trigger: str) -> list[str]:
    """Return which of several the page asks for, for a step."""
    [action] = [one for one in room.page("A1")["actions"] if one["trigger"] == trigger]
    return [said for one in action["fields"] if one.name.startswith("which") for _, said in one.choices]


def test_two_opinions_are_awaited_at_once_each_with_its_question_time_and_result(room: Room) -> None:
    go(room, *TO_SESSION)
    before = room.clocks("A1")["mediation_period"].due_at(room.blueprint.calendar)
    day = local_date(room.now)
    go(room, "appraisal_commissioned")
    room.pass_time(timedelta(days=5))
    damage = {"subject": "损失评估", "appraiser": "示例评估机构"}
    go(room, "appraisal_commissioned", appraisal_commissioned=damage)
    room.pass_time(timedelta(days=5))
    with pytest.raises(RefusedError, match="say which opinion"):
        go(room, "one_appraisal_received")
    assert shown(room, "one_appraisal_received")[1].startswith("第2项 损失评估（示例评估机构")

    go(room, "one_appraisal_received", one_appraisal_received={"which_appraisal": "2", "opinion": "损失 3000 元"})
    assert room.state("A1") == "appraising"
    room.pass_time(timedelta(days=10))
    go(room, "appraisal_received")

    assert room.state("A1") == "investigating"
    first, second = room.case("A1").details["appraisals"]
    assert (first["subject"], first["opinion"], first["excluded_days"]) == (
        "漏水原因鉴定",
        "漏水系楼上管道老化所致",
        20,
    )
    assert (second["subject"], second["opinion"], second["excluded_days"]) == ("损失评估", "损失 3000 元", 5)
    moved = room.clocks("A1")["mediation_period"].due_at(room.blueprint.calendar) - before
    assert timedelta(days=20) <= moved <= timedelta(days=25)
    go(room, "facts_established")
    text = written(room, "inquiry_record")
    for said in ("漏水原因鉴定", "损失评估", f"{day + timedelta(days=10):%Y年%-m月%-d日}"):
        assert said in text


def test_an_opinion_is_asked_after_for_itself_and_given_up_for_itself(room: Room) -> None:
    go(room, *TO_SESSION, "appraisal_commissioned", "appraisal_commissioned")
    go(room, "appraisal_asked", appraisal_asked={"which_appraisal": "1", "days": 5})

    assert room.clocks("A1")["appraisal_follow_up"].limit == 5
    go(room, "one_appraisal_abandoned", one_appraisal_abandoned={"which_appraisal": "1"})
    assert (room.state("A1"), room.clocks("A1")["appraisal_follow_up"].limit) == ("appraising", 30)
    go(room, "appraisal_abandoned")

    assert room.state("A1") == "investigating"
    assert [bool(row["reason"]) for row in room.case("A1").details["appraisals"]] == [True, True]


def test_a_challenge_stands_with_its_opinion_until_it_is_answered(room: Room) -> None:
    go(room, *TO_SESSION, "appraisal_commissioned")
    with pytest.raises(RefusedError, match="no opinion has come"):
        go(room, "appraisal_challenged")
    go(room, "appraisal_received")
    with pytest.raises(RefusedError, match="only a party"):
        go(room, "appraisal_challenged", appraisal_challenged={"party": "路人丙"})
    go(room, "appraisal_challenged")
    assert "opinion_challenged" in warned(room)
    with pytest.raises(RefusedError, match="not answered yet"):
        go(room, "appraisal_challenged")

    go(room, "appraisal_challenge_answered", appraisal_challenge_answered={"outcome": "appraised_again"})
    go(room, "appraisal_commissioned", "appraisal_received", appraisal_received={"opinion": "系防水层破损所致"})

    first, second = room.case("A1").details["appraisals"]
    [objection] = room.case("A1").details["objections"]
    assert (first["set_aside"], objection["which_appraisal"], objection["outcome"]) == (True, "1", "appraised_again")
    assert "居民乙" not in str(room.page("A1")["actions"])
    assert (second["opinion"], "opinion_challenged" in warned(room)) == ("系防水层破损所致", False)
    go(room, "facts_established")
    assert "重新鉴定（另行委托）：鉴定机构书面说明" in written(room, "inquiry_record")
    go(room, "session_held", "agreement_drafted")
    assert "系防水层破损所致" in written(room, "mediation_agreement")
    assert "漏水系楼上管道老化所致" not in written(room, "mediation_agreement")


def test_an_opinion_is_awaited_no_more_when_mediation_ends_amid_the_waiting(room: Room) -> None:
    go(room, *TO_SESSION, "appraisal_commissioned", "mediation_terminated")

    [row] = room.case("A1").details["appraisals"]
    assert (row["waits"], row["reason"]) == (False, "调解终止或者中断，不再等待")
    assert room.clocks("A1")["appraisal_follow_up"].state == "stopped"


def test_an_opinion_from_before_they_were_told_apart_is_the_first_of_them(room: Room) -> None:
    go(room, *TO_SESSION, "appraisal_commissioned")
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        [row] = case.details["appraisals"]
        old = {"subject": row["subject"], "appraiser": row["appraiser"], "commissioned_on": None, "all_agree": True}
        kept = {name: value for name, value in case.details.items() if not name.startswith("apprais")}
        case.details = {**kept, "appraisal_commissioned": old}

    go(room, "appraisal_commissioned", "one_appraisal_received", one_appraisal_received={"which_appraisal": "1"})

    first, second = room.case("A1").details["appraisals"]
    assert (first["opinion"], second["waits"]) == ("漏水系楼上管道老化所致", True)


def test_an_expert_opinion_counts_from_the_day_on_which_it_was_asked_for_until_it_came(room: Room) -> None:
    go(room, *TO_SESSION)
    before = room.clocks("A1")["mediation_period"].due_at(room.blueprint.calendar)
    day = local_date(room.now)
    room.pass_time(timedelta(days=10))
    go(room, "appraisal_commissioned", appraisal_commissioned={"commissioned_on": str(day + timedelta(days=4))})
    room.pass_time(timedelta(days=10))
    with pytest.raises(RefusedError, match="lies before the step that it follows"):
        go(room, "appraisal_received", appraisal_received={"received_on": str(day)})
    go(room, "appraisal_received", appraisal_received={"received_on": str(day + timedelta(days=11))})

    moved = room.clocks("A1")["mediation_period"].due_at(room.blueprint.calendar) - before
    # To the next working day at most, where the last one is a day off.
    assert timedelta(days=7) <= moved <= timedelta(days=10)


def test_confirmation_must_be_applied_for_within_thirty_days(room: Room) -> None:
    go(room, *TO_SESSION, "session_held", "agreement_drafted")
    today = room.now.date()
    signed = [{"party": party, "way": "signature", "on": today.isoformat()} for party in ("居民甲", "居民乙")]
    go(room, "agreement_signed", agreement_signed={"signatures": signed})
    room.pass_time(timedelta(days=40))

    for days, why in ((31, "thirty days"), (40, "thirty days"), (-1, "took effect"), (41, "thirty days")):
        applied = (today + timedelta(days=days)).isoformat()
        with pytest.raises(RefusedError, match=why):
            go(room, "confirmation_applied", confirmation_applied={"applied_on": applied})


def test_an_application_in_time_counts_also_where_it_is_written_down_later(room: Room) -> None:
    go(room, *TO_SESSION, "session_held", "agreement_drafted")
    today = room.now.date()
    signed = [{"party": party, "way": "signature", "on": today.isoformat()} for party in ("居民甲", "居民乙")]
    go(room, "agreement_signed", agreement_signed={"signatures": signed})
    room.pass_time(timedelta(days=31))

    applied = (today + timedelta(days=30)).isoformat()
    go(room, "confirmation_applied", confirmation_applied={"applied_on": applied})

    assert room.state("A1") == "confirmation_pending"


@pytest.mark.parametrize(("last", "state"), [(34, "performing"), (20, "confirmation_pending")])
def test_the_thirty_days_of_confirmation_are_counted_from_the_last_signature(room: Room, last: int, state: str) -> None:
    long_ago = str(room.now.date() - timedelta(days=90))
    go(room, *TO_SESSION, "session_held", "agreement_drafted", consent_given={"registered_on": long_ago})
    today = room.now.date()
    days = (today - timedelta(days=60), today - timedelta(days=last))
    signed = [
        {"party": party, "way": "signature", "on": day.isoformat()}
        for party, day in zip(("居民甲", "居民乙"), days, strict=True)
    ]
    go(room, "agreement_signed", agreement_signed={"signatures": signed})

    late = pytest.raises(RefusedError, match="thirty days") if state == "performing" else nullcontext()
    with late:
        go(room, "confirmation_applied", confirmation_applied={"applied_on": today.isoformat()})

    assert room.state("A1") == state


def test_a_mediator_whom_a_party_does_not_accept_is_replaced_and_does_not_come_back(room: Room) -> None:
    go(room, *TO_SESSION, "session_held")
    with pytest.raises(RefusedError, match="no mediator of this dispute"):
        go(room, "mediator_challenged", mediator_challenged={"mediator": "调解员乙"})
    go(room, "mediator_challenged")
    assert room.state("A1") == "rights_notified"
    assert room.clocks("A1")["mediation_period"].state == "running"

    with pytest.raises(RefusedError, match="replaced in this dispute"):
        go(room, "mediators_set")
    other = {"mediator": "调解员丁", "standing": "engaged", "chosen_by": "parties"}
    go(room, "mediators_set", "facts_established", mediators_set={"mediators": [other]})

    assert room.state("A1") == "in_session"


def test_a_month_that_ran_out_while_a_mediator_was_replaced_is_over_once_there_is_another(room: Room) -> None:
    go(room, *TO_SESSION, "mediator_challenged")
    room.pass_time(timedelta(days=40))
    other = {"mediator": "调解员丁", "standing": "engaged", "chosen_by": "parties"}
    go(room, "mediators_set", mediators_set={"mediators": [other]})

    room.pass_time(timedelta(seconds=1))

    assert room.state("A1") == "period_over"


def test_a_court_that_takes_longer_than_thirty_days_is_asked_and_may_be_given_longer(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied")
    with pytest.raises(RefusedError, match="has not accepted"):
        go(room, "court_prolonged")
    today = room.now.date()
    go(room, "court_accepted", court_accepted={"accepted_on": today.isoformat()})
    assert room.clocks("A1")["special_procedure"].limit == 30
    go(room, "court_extended")
    room.pass_time(timedelta(days=32))
    assert room.state("A1") == "court_overdue"

    go(room, "court_prolonged", court_prolonged={"days": 30})
    go(room, "court_prolonged", court_prolonged={"days": 30})
    # Sixty days more, from the end of the thirty and not from when they were put on record.
    room.pass_time(timedelta(days=57))
    assert room.state("A1") == "confirmation_pending"
    # They end on Sunday, 2027-02-21.
    room.pass_time(timedelta(days=2))
    assert room.state("A1") == "confirmation_pending"
    room.pass_time(timedelta(days=1))

    assert room.state("A1") == "court_overdue"


def test_a_court_that_is_asked_after_all_its_times_is_waited_for(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied")
    go(room, "court_accepted", court_accepted={"accepted_on": room.now.date().isoformat()})
    room.pass_time(timedelta(days=32))
    assert room.state("A1") == "court_overdue"

    go(room, "court_asked")
    room.pass_time(timedelta(days=1))

    assert room.state("A1") == "confirmation_pending"


def test_what_a_court_did_upon_an_earlier_application_counts_for_no_later_one(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_accepted", "court_prolonged", "confirmation_withdrawn")

    go(room, "confirmation_applied")

    with pytest.raises(RefusedError, match="has not accepted"):
        go(room, "court_prolonged")


def test_a_dispute_that_has_begun_again_is_not_called_solved(room: Room) -> None:
    go(room, *TO_AGREEMENT, "performance_verified", "follow_up_visited", follow_up_visited={"relapsed": True})

    with pytest.raises(RefusedError, match="begun again"):
        go(room, "concluded")
    go(room, "concluded", concluded={"outcome": "partly", "handler_claims_solved": False})

    assert room.state("A1") == "concluded"


def test_an_agreement_by_word_is_performed_but_not_confirmed(room: Room) -> None:
    go(room, *TO_SESSION, "agreed_by_word")

    with pytest.raises(RefusedError, match="written agreement"):
        go(room, "confirmation_applied")
    go(room, "performance_verified", "follow_up_visited", "concluded")
    assert room.state("A1") == "concluded"


def test_the_court_is_asked_again_until_it_answers(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied")
    room.pass_time(timedelta(days=5))
    assert room.state("A1") == "court_overdue"

    go(room, "court_asked")
    room.pass_time(timedelta(days=8))
    assert room.state("A1") == "court_overdue"

    go(room, "court_accepted")
    room.pass_time(timedelta(days=20))
    assert room.state("A1") == "court_overdue"

    go(room, "court_confirmed")
    assert room.told("confirmation_decided.v1")[0]["confirmed"] is True


def test_a_court_may_take_ten_days_more_once_and_is_asked_after_them(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied")
    with pytest.raises(RefusedError, match="not accepted"):
        go(room, "court_extended")
    today = room.now.date()
    go(room, "court_accepted", court_accepted={"accepted_on": today.isoformat()})
    room.pass_time(timedelta(days=14))

    go(room, "court_extended")

    due = room.clocks("A1")["court_extension"].due_at(room.blueprint.calendar)
    assert due.date() == today + timedelta(days=25)
    with pytest.raises(RefusedError, match="once only"):
        go(room, "court_extended")
    room.pass_time(timedelta(days=5))
    assert room.state("A1") == "confirmation_pending"
    room.pass_time(timedelta(days=8))
    assert room.state("A1") == "court_overdue"
    go(room, "court_confirmed")
    assert all(clock.stopped_at for name, clock in room.clocks("A1").items() if name.startswith("court"))


def test_a_day_that_no_clock_can_count_to_is_refused_at_the_form() -> None:
    items = [{**example(schemas.AgreementDraft)["items"][0], "due_on": "9999-12-31"}]

    assert (
        "due_on" in schemas.AgreementDraft().validate({**example(schemas.AgreementDraft), "items": items})["items"][0]
    )


def test_items_that_were_due_before_the_case_do_not_stop_its_remedies(room: Room) -> None:
    items = [{**example(schemas.AgreementDraft)["items"][0], "due_on": "2001-01-01"}]
    go(room, *TO_SESSION)
    with room.database.write() as session:
        # From before the day of registration was kept.
        case = session.scalars(select(Case)).one()
        case.details = {name: kept for name, kept in case.details.items() if name != "registered_on"}
    go(room, "agreement_drafted", agreement_drafted={"items": items})
    go(room, "agreement_signed", "confirmation_applied", "court_confirmed", "breach_found", "performance_urged")
    room.pass_time(timedelta(days=9))

    go(room, "remedies_told")

    assert room.case("A1").details["enforcement_until"] == "2028-11-23"


def test_a_refused_confirmation_leads_back_to_the_table_and_to_a_new_agreement(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_refused", "mediation_resumed", "agreement_drafted")
    go(room, "agreement_signed", "performance_verified", "follow_up_visited", "concluded")

    assert len(room.told("agreement_reached.v1")) == 2
    assert room.told("confirmation_decided.v1")[0]["confirmed"] is False


def test_what_was_paid_under_an_agreement_that_the_court_refused_does_not_count_for_the_next(room: Room) -> None:
    go(room, *TO_AGREEMENT, "item_performed", "confirmation_applied", "court_refused", "mediation_resumed")
    go(room, "agreement_drafted", "agreement_signed")

    with pytest.raises(RefusedError, match="item 1"):
        go(room, "performance_verified", performance_verified={"performed": []})


def test_after_rework_the_new_agreement_is_not_confirmed_yet(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "performance_verified", "follow_up_visited")
    go(room, "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "mediation", "reason": "仍在漏水", "round": 1})

    go(room, "rework_taken", *TO_AGREEMENT[1:], "confirmation_applied")

    assert room.state("A1") == "confirmation_pending"


def test_a_confirmed_agreement_that_is_broken_leads_to_enforcement(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "breach_found", "performance_urged")
    room.pass_time(timedelta(days=9))
    assert room.state("A1") == "not_performed"

    with pytest.raises(RefusedError, match="court enforcement"):
        go(room, "remedies_told", remedies_told={"routes": ["lawsuit"]})
    go(room, "remedies_told", "concluded_unsettled")
    assert room.state("A1") == "concluded"


def test_urging_may_help(room: Room) -> None:
    go(room, *TO_AGREEMENT, "breach_found", "performance_urged", "performance_verified")

    room.pass_time(timedelta(days=9))

    assert room.state("A1") == "performed"


def test_the_last_day_for_performance_is_the_one_agreed(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    due = room.clocks("A1")["performance"].due_at(room.blueprint.calendar)

    assert due.date().isoformat() == "2026-12-31"
    room.pass_time(due - room.now + timedelta(seconds=1))
    assert room.state("A1") == "performance_due"
    go(room, "breach_found", breach_found={"kind": "overdue"})
    assert room.state("A1") == "breached"


def test_an_escalation_is_reported_and_handling_goes_on(room: Room) -> None:
    go(room, *TO_SESSION, "escalation_reported", "escalation_reported")

    assert room.state("A1") == "in_session"
    assert len(room.told("escalation_reported.v1")) == 2


def test_a_reported_danger_is_asked_after_until_somebody_answers_and_no_case_ends_before(room: Room) -> None:
    go(room, *TO_AGREEMENT, "performance_verified", "follow_up_visited")
    with pytest.raises(RefusedError, match="no report of a danger"):
        go(room, "escalation_followed_up")
    go(room, "escalation_reported")
    assert room.clocks("A1")["escalation_follow_up"].limit == 1
    with pytest.raises(RefusedError, match="follow it up before"):
        go(room, "concluded")

    go(room, "escalation_followed_up", escalation_followed_up={"danger": "no_answer", "days": 3})
    assert room.clocks("A1")["escalation_follow_up"].limit == 3
    with pytest.raises(RefusedError, match="follow it up before"):
        go(room, "concluded")
    go(room, "escalation_followed_up")

    assert room.clocks("A1")["escalation_follow_up"].state == "stopped"
    go(room, "concluded")
    assert room.state("A1") == "concluded"


def test_a_party_that_nobody_reaches_before_it_has_agreed_strands_no_case(room: Room) -> None:
    go(room, "case_accepted", "contact_made", "application_recorded")

    with pytest.raises(RefusedError, match="not all have agreed yet"):
        go(room, "mediation_terminated", mediation_terminated={"reason": "no_agreement"})
    ended = {"reason": "application_withdrawn", "routes": ["lawsuit", "police"]}
    go(room, "mediation_terminated", mediation_terminated=ended)
    go(room, "concluded_unsettled", concluded_unsettled={"outcome": "withdrawn"})

    assert room.told("case_concluded.v1")[0]["outcome"] == "withdrawn"


def test_the_other_side_is_asked_again_in_time_whether_it_agrees(room: Room) -> None:
    go(room, "case_accepted", "contact_made", "application_recorded")
    assert room.clocks("A1")["consent_follow_up"].limit == 5
    assert room.clocks("A1")["limitation"].due_at(room.blueprint.calendar).date().isoformat() == "2029-11-23"
    go(room, "consent_asked", consent_asked={"days": 3})
    assert room.clocks("A1")["consent_follow_up"].limit == 3

    go(room, "consent_given")

    assert room.clocks("A1")["consent_follow_up"].state == "stopped"


def test_what_goes_on_after_failed_mediation_is_put_before_the_authority_and_followed_beyond_the_end(
    room: Room,
) -> None:
    go(room, *TO_SESSION, "mediation_terminated", "authority_informed", "concluded_unsettled")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "mediation", "end": "rated"})
    assert room.clocks("A1")["authority_follow_up"].state == "running"

    go(room, "authority_answered", authority_answered={"authority_says": "no_answer", "days": 9})
    assert room.clocks("A1")["authority_follow_up"].limit == 9
    go(room, "authority_answered")

    assert room.clocks("A1")["authority_follow_up"].state == "stopped"
    with pytest.raises(RefusedError, match="no authority is waited for"):
        go(room, "authority_answered")


def test_what_a_court_does_not_confirm_still_binds_unless_it_is_unlawful(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_refused")
    assert room.clocks("A1")["performance"].state == "running"
    go(room, "settlement_goes_on", "item_performed")
    assert room.state("A1") == "performing"

    go(room, "confirmation_applied", "court_refused", court_refused={"ground": "against_mandatory_law"})
    with pytest.raises(RefusedError, match="unlawful or harmful"):
        go(room, "settlement_goes_on")


def test_who_sues_upon_an_agreement_has_three_years_from_when_the_last_of_it_was_due(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    room.pass_time(timedelta(days=3 * 365))
    go(room, "breach_found", "performance_urged", breach_found={"kind": "overdue"})
    room.pass_time(timedelta(days=15))

    go(room, "remedies_told")

    assert room.case("A1").details["limitation_until"] == "2029-12-31"


def test_an_expert_is_asked_again_and_an_opinion_that_never_comes_is_given_up(room: Room) -> None:
    go(room, *TO_SESSION)
    due = room.clocks("A1")["mediation_period"].due_at(room.blueprint.calendar)
    go(room, "appraisal_commissioned")
    room.pass_time(timedelta(days=31))
    go(room, "appraisal_asked", appraisal_asked={"days": 5})
    assert room.clocks("A1")["appraisal_follow_up"].limit == 5
    room.pass_time(timedelta(days=10))

    go(room, "appraisal_abandoned")

    assert room.state("A1") == "investigating"
    assert room.clocks("A1")["appraisal_follow_up"].state == "stopped"
    assert room.clocks("A1")["mediation_period"].due_at(room.blueprint.calendar) - due >= timedelta(days=40)


def test_the_parties_own_times_run_on_the_case_and_stop_when_all_is_performed(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed")

    clocks, calendar = room.clocks("A1"), room.blueprint.calendar
    assert clocks["limitation"].due_at(calendar).date().isoformat() == "2029-12-31"
    # Two years from the last day of performance, 2026-12-31, and not from the ruling; that day is a Sunday before New Year's.
    assert clocks["enforcement_application"].due_at(calendar).date().isoformat() == "2029-01-02"

    go(room, "performance_verified")
    assert {room.clocks("A1")[name].state for name in ("limitation", "enforcement_application")} == {"stopped"}


def test_what_the_parties_let_go_by_is_noted_and_raises_no_alarm(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "breach_found")

    room.pass_time(timedelta(days=3 * 366 + 60))

    kept, clocks = room.case("A1").details, room.clocks("A1")
    assert (kept["enforcement_over"], kept["limitation_over"]) == (True, True)
    assert {clocks[name].state for name in ("limitation", "enforcement_application")} == {"stopped"}


def test_a_court_that_does_not_take_the_application_leaves_what_is_left_of_the_thirty_days(room: Room) -> None:
    go(room, *TO_AGREEMENT)
    until = room.clocks("A1")["judicial_confirmation"].due_at(room.blueprint.calendar)
    go(room, "confirmation_applied")
    room.pass_time(timedelta(days=2))
    go(room, "court_declined")

    assert room.state("A1") == "performing"
    assert room.clocks("A1")["judicial_confirmation"].due_at(room.blueprint.calendar) == until
    assert room.clocks("A1")["court_acceptance"].state == "stopped"
    go(room, "confirmation_applied", "court_accepted")
    with pytest.raises(RefusedError, match="the court has accepted"):
        go(room, "court_declined")
    go(room, "confirmation_withdrawn")
    room.pass_time(timedelta(days=40))
    assert room.case("A1").details["confirmation_lapsed"] is True


def test_an_outsider_s_year_runs_on_when_the_case_is_closed_until_the_court_has_ruled(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied")
    go(room, "confirmation_withdrawn")
    with pytest.raises(RefusedError, match="no court has confirmed"):
        go(room, "outsider_challenged")
    go(room, "confirmation_applied", "court_confirmed", "performance_verified", "follow_up_visited")
    with pytest.raises(RefusedError, match="no outsider's challenge"):
        go(room, "challenge_ruled")
    go(room, "outsider_challenged", "concluded")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "mediation", "end": "rated"})

    clocks = room.clocks("A1")
    assert (clocks["outsider_challenge"].state, clocks["outsider_objection"].state) == ("running", "running")
    assert clocks["outsider_objection"].limit == 6
    room.pass_time(timedelta(days=200))
    assert room.clocks("A1")["outsider_objection"].state == "stopped"
    assert room.case("A1").details["challenge_open"] is True
    go(room, "challenge_ruled", challenge_ruled={"ruling_says": "confirmation_set_aside"})

    assert room.clocks("A1")["outsider_challenge"].state == "stopped"
    assert room.case("A1").details["court_confirmed"] is False


def test_where_the_court_has_set_the_confirmation_aside_a_lawsuit_is_told_of(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "outsider_challenged")
    go(room, "challenge_ruled", challenge_ruled={"ruling_says": "confirmation_set_aside"})
    go(room, "breach_found", "performance_urged")
    room.pass_time(timedelta(days=15))

    with pytest.raises(RefusedError, match="not confirmed"):
        go(room, "remedies_told", remedies_told={"routes": ["court_enforcement"]})


SET_ASIDE = {"ruling_says": "confirmation_set_aside"}


def test_what_a_court_has_set_aside_can_be_enforced_no_more_and_the_remedies_are_told_anew(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "breach_found", "performance_urged")
    room.pass_time(timedelta(days=15))
    go(room, "remedies_told", "outsider_challenged", remedies_told={"routes": ["court_enforcement"]})
    before = room.clocks("A1")["enforcement_application"]
    go(room, "challenge_ruled")
    assert room.clocks("A1")["enforcement_application"] == before

    go(room, "outsider_challenged", "challenge_ruled", challenge_ruled=SET_ASIDE)
    go(room, "remedies_told", remedies_told={"routes": ["lawsuit"]})

    assert room.clocks("A1")["enforcement_application"].state == "stopped"
    assert room.case("A1").details["enforcement_until"] == ""


def test_what_was_performed_is_not_to_be_enforced_because_a_challenge_was_dismissed(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "performance_verified", "outsider_challenged")

    go(room, "challenge_ruled")

    assert room.clocks("A1")["enforcement_application"].state == "stopped"


def test_each_of_several_outsiders_has_his_own_time_and_his_own_ruling(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "outsider_challenged")
    knew_on = local_date(room.now)
    room.pass_time(timedelta(days=20))
    go(room, "outsider_challenged", outsider_challenged={"challenger": "居民丁", "knew_on": str(knew_on)})
    room.pass_time(timedelta(days=10))
    go(room, "outsider_challenged", outsider_challenged={"challenger": "居民戊"})
    last = room.clocks("A1")["outsider_challenge"].due_at(room.blueprint.calendar)

    with pytest.raises(RefusedError, match="1, 2, 3 are waited for"):
        go(room, "challenge_ruled")
    go(room, "challenge_ruled", challenge_ruled={"which": 1})
    assert room.clocks("A1")["outsider_challenge"].due_at(room.blueprint.calendar) == last
    go(room, "challenge_ruled", challenge_ruled={"which": 3})
    earlier = room.clocks("A1")["outsider_challenge"].due_at(room.blueprint.calendar)
    assert local_date(earlier) == rules.until("outsider_challenge", knew_on)
    go(room, "challenge_ruled")

    assert room.clocks("A1")["outsider_challenge"].state == "stopped"
    assert room.case("A1").details["challenge_open"] is False


def test_a_ruling_on_one_outsider_is_dated_after_his_challenge_and_not_after_another_s(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "outsider_challenged")
    first = local_date(room.now)
    room.pass_time(timedelta(days=10))
    go(room, "outsider_challenged", outsider_challenged={"challenger": "居民丁"})

    with pytest.raises(RefusedError, match="lies before the step that it follows"):
        go(room, "challenge_ruled", challenge_ruled={"which": 2, "ruled_on": str(first + timedelta(days=5))})
    go(room, "challenge_ruled", challenge_ruled={"which": 1, "ruled_on": str(first + timedelta(days=5))})

    assert room.case("A1").details["challenges_waiting"] == [2]


def test_what_sets_the_confirmation_aside_ends_every_challenge_of_it(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "outsider_challenged", "outsider_challenged")

    go(room, "challenge_ruled", challenge_ruled={"which": 1, **SET_ASIDE})

    assert room.case("A1").details["challenge_open"] is False
    assert {room.clocks("A1")[name].state for name in ("outsider_challenge", "outsider_objection")} == {"stopped"}


def test_an_outsider_challenges_also_what_is_mediated_again_and_his_time_ends_also_there(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "breach_found", "mediation_reopened")

    go(room, "outsider_challenged")
    room.pass_time(timedelta(days=380))

    assert room.case("A1").details["challenge_open"] is False
    assert room.clocks("A1")["outsider_challenge"].state == "stopped"
    # The court has his application since: its ruling comes after his year.
    go(room, "challenge_ruled", challenge_ruled=SET_ASIDE)
    assert room.case("A1").details["court_confirmed"] is False
    with pytest.raises(RefusedError, match="no outsider's challenge"):
        go(room, "challenge_ruled")


def test_a_challenge_from_before_several_were_told_apart_is_ruled_upon_as_it_was(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "outsider_challenged")
    with room.database.write() as session:
        case = session.get_one(Case, room.case("A1").id)
        news = ("challenges_waiting", "outsiders_knew", "challenged_from")
        case.details = {name: value for name, value in case.details.items() if name not in news}

    go(room, "challenge_ruled")

    assert room.case("A1").details["challenge_open"] is False
    assert room.clocks("A1")["outsider_challenge"].state == "stopped"


def test_each_of_two_dangers_is_answered_for_itself(room: Room) -> None:
    go(room, "case_accepted", "contact_made", "found_ineligible", "escalation_reported")
    first = room.clocks("A1")["escalation_follow_up"]
    room.now += timedelta(hours=3)
    go(room, "escalation_reported", escalation_reported={"reported_to": "社区卫生服务中心"})
    assert room.clocks("A1")["escalation_follow_up"] == first

    with pytest.raises(RefusedError, match="1, 2 are waited for"):
        go(room, "escalation_followed_up")
    go(room, "escalation_followed_up", escalation_followed_up={"which": 2})
    assert room.clocks("A1")["escalation_follow_up"].state == "running"
    with pytest.raises(RefusedError, match="nobody has answered"):
        conclude(room)
    go(room, "escalation_followed_up")

    conclude(room)
    assert room.clocks("A1")["escalation_follow_up"].state == "stopped"


def test_a_danger_is_reported_and_followed_up_whatever_the_case_has_come_to(room: Room) -> None:
    go(room, *TO_SESSION, "escalation_reported")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "mediation", "reason": "诉求人撤回"})
    assert (room.state("A1"), room.clocks("A1")["escalation_follow_up"].state) == ("withdrawn", "running")

    go(room, "escalation_followed_up", "escalation_reported")

    assert len(room.told("escalation_reported.v1")) == 2
    assert room.case("A1").details["dangers_waiting"] == [2]


def test_an_authority_is_informed_also_where_the_other_side_has_refused_mediation(room: Room) -> None:
    go(room, "case_accepted", "contact_made", "application_recorded", "consent_refused", "authority_informed")
    conclude(room)
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "mediation", "reason": "仍然吵闹", "round": 1})

    go(room, "authority_answered")

    assert room.clocks("A1")["authority_follow_up"].state == "stopped"


def test_parties_apply_for_confirmation_within_the_thirty_days_although_one_was_late(room: Room) -> None:
    go(room, *TO_AGREEMENT, "breach_found", "performance_urged", "confirmation_applied")
    assert room.clocks("A1")["urging"].state == "stopped"

    go(room, "court_accepted", "court_confirmed")

    assert (room.state("A1"), room.clocks("A1")["performance"].state) == ("performing", "running")
    due = room.clocks("A1")["performance"].due_at(room.blueprint.calendar)
    room.pass_time(due - room.now + timedelta(minutes=1))
    assert room.state("A1") == "performance_due"


BY_INSTALMENTS = {
    "items": [
        {"obligor": "居民乙", "obligee": "居民甲", "kind": "payment", "what": f"支付第{number}期修复费用"}
        | {"amount": "600.00", "way": "银行转账", "due_on": due_on}
        for number, due_on in ((1, "2026-12-01"), (2, "2026-12-31"))
    ]
}


def test_a_late_instalment_that_is_made_good_leaves_the_others_to_be_performed_in_their_time(room: Room) -> None:
    go(room, *TO_SESSION, "session_held", "agreement_drafted", "agreement_signed", agreement_drafted=BY_INSTALMENTS)
    room.pass_time(timedelta(days=10))
    go(room, "breach_found", "performance_urged", breach_found={"kind": "overdue"})
    with pytest.raises(RefusedError, match="record what was performed first"):
        go(room, "breach_cured")
    paid = {"item": 1, "amount": "600.00", "performed_on": str(local_date(room.now))}
    go(room, "item_performed", "breach_cured", item_performed=paid)

    assert (room.state("A1"), room.clocks("A1")["urging"].state) == ("performing", "stopped")
    due = room.clocks("A1")["performance"].due_at(room.blueprint.calendar)
    assert local_date(due - timedelta(seconds=1)).isoformat() == "2026-12-31"
    assert "breached" not in {name for name, _, _ in counts(room.case("A1"))}
    room.pass_time(due - room.now + timedelta(minutes=1))
    go(room, "breach_found", breach_found={"item": 2})

    assert room.state("A1") == "breached"


def test_each_side_that_breaks_its_own_part_is_urged_by_a_letter_of_its_own(room: Room) -> None:
    [item] = example(schemas.AgreementDraft)["items"]
    mine = item | {"due_on": "2026-12-01"}
    his = mine | {
        "obligor": item["obligee"],
        "obligee": item["obligor"],
        "kind": "act",
        "what": "拆除隔墙",
        "amount": None,
    }
    agreed = {"items": [mine, his]}
    go(room, *TO_SESSION, "session_held", "agreement_drafted", "agreement_signed", agreement_drafted=agreed)
    room.pass_time(timedelta(days=10))
    go(room, "breach_found", "performance_urged", breach_found={"item": 1, "kind": "overdue"})

    go(room, "breach_found", "performance_urged", breach_found={"item": 2, "kind": "overdue"})

    table = room.blueprint.papers
    assert table is not None
    with room.database.read() as session:
        heads = session.scalars(select(table.c.head).where(table.c.name == "urging_notice").order_by(table.c.version))
        urged = [head["to"] for head in heads]
    assert urged == [item["obligor"], item["obligee"]]
    assert (room.state("A1"), room.clocks("A1")["urging"].state) == ("urged", "running")
    assert len(room.told("agreement_breached.v1")) == 2


def test_a_rework_goes_on_with_the_agreement_that_binds(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "breach_found", "performance_urged")
    room.pass_time(timedelta(days=15))
    go(room, "remedies_told", "concluded_unsettled")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "mediation", "end": "rated"})
    before = room.clocks("A1")["enforcement_application"]
    assert before.state == "stopped"
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "mediation", "reason": "仍未付款", "round": 1})
    with pytest.raises(RefusedError, match="not come so far"):
        go(room, "visit_resumed")

    go(room, "agreement_resumed")

    clocks = room.clocks("A1")
    assert (room.state("A1"), clocks["limitation"].state) == ("not_performed", "running")
    assert clocks["enforcement_application"].due_at(room.blueprint.calendar) == before.due_at(room.blueprint.calendar)
    go(room, "contact_made", "performance_urged", "performance_verified", "follow_up_visited", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "mediation", "reason": "又漏水", "round": 2})
    with pytest.raises(RefusedError, match="not come so far"):
        go(room, "agreement_resumed")
    go(room, "visit_resumed", "follow_up_visited", "mediation_reopened", follow_up_visited={"relapsed": True})

    assert room.state("A1") == "in_session"


def test_a_rework_goes_on_with_an_agreement_from_before_it_was_kept_whether_it_was_confirmed(room: Room) -> None:
    go(room, *TO_AGREEMENT, "breach_found", "performance_urged")
    room.pass_time(timedelta(days=15))
    go(room, "remedies_told", "concluded_unsettled")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "mediation", "reason": "仍未付款", "round": 1})
    with room.database.write() as session:
        case = session.get_one(Case, room.case("A1").id)
        case.details = {name: value for name, value in case.details.items() if name != "court_confirmed"}

    go(room, "agreement_resumed")

    assert (room.state("A1"), "enforcement_application" in room.clocks("A1")) == ("not_performed", False)


def test_what_a_court_found_unlawful_is_not_gone_on_with(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_refused", court_refused={"ground": "against_mandatory_law"})
    go(room, "mediation_terminated", "concluded_unsettled")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "mediation", "reason": "仍未解决", "round": 1})

    with pytest.raises(RefusedError, match="not come so far"):
        go(room, "agreement_resumed")


def test_each_of_two_authorities_is_waited_for(room: Room) -> None:
    go(room, *TO_SESSION, "mediation_terminated", "authority_informed")
    soon = room.clocks("A1")["authority_follow_up"]
    go(room, "authority_informed", authority_informed={"authority": "公安派出所", "days": 60})
    assert room.clocks("A1")["authority_follow_up"] == soon

    go(room, "authority_answered", authority_answered={"which": 1})
    assert room.clocks("A1")["authority_follow_up"].state == "running"
    go(room, "authority_answered")

    assert room.clocks("A1")["authority_follow_up"].state == "stopped"


def test_an_authority_that_has_not_answered_puts_off_no_other(room: Room) -> None:
    go(room, *TO_SESSION, "mediation_terminated", "authority_informed")
    go(room, "authority_informed", authority_informed={"authority": "公安派出所", "days": 60})
    room.pass_time(timedelta(days=5))
    soon = room.clocks("A1")["authority_follow_up"].due_at(room.blueprint.calendar)

    go(room, "authority_answered", authority_answered={"which": 2, "authority_says": "no_answer", "days": 30})

    assert room.clocks("A1")["authority_follow_up"].due_at(room.blueprint.calendar) == soon
    room.pass_time(timedelta(days=30))
    go(room, "authority_answered", authority_answered={"which": 2, "authority_says": "no_answer", "days": 30})
    again = room.clocks("A1")["authority_follow_up"].due_at(room.blueprint.calendar)
    assert local_date(again - timedelta(seconds=1)) == local_date(room.now) + timedelta(days=30)


def test_what_is_performed_after_all_ends_well(room: Room) -> None:
    go(room, *TO_AGREEMENT, "breach_found", "performance_urged")
    room.pass_time(timedelta(days=15))
    assert room.state("A1") == "not_performed"
    go(room, "performance_urged")
    assert room.state("A1") == "urged"
    room.pass_time(timedelta(days=15))
    go(room, "remedies_told", "performance_verified", "follow_up_visited", "concluded")

    assert room.told("case_concluded.v1")[0]["outcome"] == "solved"


def test_what_was_paid_on_an_agreement_that_all_have_changed_stays_paid_and_performs_nothing_of_the_new_one(
    room: Room,
) -> None:
    go(room, *TO_AGREEMENT, "item_performed", item_performed={"amount": "300.00"})
    go(room, "breach_found", "mediation_reopened")
    assert room.state("A1") == "in_session"
    go(room, "session_held", "agreement_drafted", "agreement_signed")

    with pytest.raises(RefusedError, match="not yet wholly performed"):
        go(room, "performance_verified", performance_verified={"performed": []})
    counted = {(name, of): amount for name, of, amount in counts(room.case("A1"))}
    assert counted["paid", ""] == 300
    assert ("breached", "") not in counted
    go(room, "performance_verified")
    counted = {(name, of): amount for name, of, amount in counts(room.case("A1"))}
    assert counted["paid", ""] == 1500


def test_a_dispute_that_has_begun_again_may_be_mediated_again(room: Room) -> None:
    go(room, *TO_AGREEMENT, "performance_verified", "follow_up_visited", follow_up_visited={"relapsed": True})

    go(room, "mediation_reopened", *TO_AGREEMENT[len(TO_SESSION) :], "performance_verified", "follow_up_visited")
    go(room, "concluded")

    assert room.told("case_concluded.v1")[0]["outcome"] == "solved"


def test_helpers_who_come_later_are_as_welcome_to_all_or_stay_away(room: Room) -> None:
    go(room, *TO_SESSION)
    unwelcome = [{"invited": "楼长甲", "capacity": "building_head", "all_agree": False}]

    with pytest.raises(RefusedError, match="not agreed to invite"):
        go(room, "helpers_invited", helpers_invited={"invited": unwelcome})
    go(room, "helpers_invited")

    assert room.case("A1").details["helpers"][0]["invited"][0]["invited"] == "楼长甲"


def test_a_withdrawn_appeal_ends_and_its_clocks_stop(room: Room) -> None:
    go(room, *TO_SESSION)
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "mediation", "reason": "诉求人撤回"})

    assert room.state("A1") == "withdrawn"
    assert MediationService.ended_as(room.case("A1")) == "withdrawn"
    assert all(clock.stopped_at for clock in room.clocks("A1").values())


def test_nobody_concludes_before_the_petitioner_was_contacted(room: Room) -> None:
    go(room, "case_accepted", "found_ineligible")

    with pytest.raises(RefusedError, match="contacted"):
        conclude(room)


def test_a_confidential_petitioner_is_marked_and_his_case_ends_without_a_handler_s_contact(room: Room) -> None:
    room.hear(DISPATCHED, "A2", {**ASSIGNMENT, "confidential": True})
    assert room.case("A2").details["confidential"] is True
    assert "confidential" not in room.case("A1").details
    room.act("A2", "case_accepted", {})
    ineligible = MEDIATION.step(room.state("A2"), "found_ineligible")

    room.act("A2", "found_ineligible", example(ineligible.form) if ineligible.form else {}, role=ineligible.roles[0])
    [step] = [step for step in MEDIATION.steps_from(room.state("A2")) if step.target == "concluded"]
    room.act("A2", step.trigger, example(step.form) if step.form else {}, role=step.roles[0])

    assert room.state("A2") == "concluded"


# -- what the petitioner adds ----------------------------------------------------

FORWARDED = "intake.material_forwarded.v1"
WORDS_ADDED = {"to": "mediation", "text": "晚上更严重", "at": "2026-11-23T02:00:00+00:00"}
PICTURE = "/intake/api/v1/cases/A1/attachments/P1"
PICTURES_ADDED = {
    "to": "mediation",
    "pictures": [{"name": "漏水.jpg", "href": PICTURE}],
    "at": "2026-11-23T03:00:00+00:00",
}


def test_words_and_pictures_that_were_added_are_on_the_case_once_however_often_they_come(room: Room) -> None:
    for _ in range(2):
        room.hear(FORWARDED, "A1", WORDS_ADDED)
        room.hear(FORWARDED, "A1", PICTURES_ADDED)

    details = room.case("A1").details
    assert details["supplements"] == [{"at": WORDS_ADDED["at"], "text": "晚上更严重"}]
    assert details["pictures"] == [{"name": "漏水.jpg", "href": PICTURE, "thumbnail": f"{PICTURE}?size=small"}]


def test_what_is_added_for_another_mechanism_is_left_alone(room: Room) -> None:
    room.hear(FORWARDED, "A1", {**WORDS_ADDED, "to": "relief"})

    assert "supplements" not in room.case("A1").details


def test_what_is_added_before_its_case_is_here_waits(tmp_path: Path) -> None:
    early = Room(MediationService, tmp_path)
    early.hear(FORWARDED, "A1", WORDS_ADDED)
    [parked] = early.parked()

    assert parked.kind == "not_yet"


def test_an_address_that_leads_off_the_site_is_refused(room: Room) -> None:
    for href in ("//elsewhere.example/p.jpg", "https://elsewhere.example/p.jpg", "javascript:alert(1)"):
        room.hear(FORWARDED, "A1", {**PICTURES_ADDED, "pictures": [{"name": "p", "href": href}]})

    assert len(room.parked()) == 3
    assert "pictures" not in room.case("A1").details


def test_where_noise_goes_on_the_parties_are_told_that_the_authority_may_be_called(room: Room) -> None:
    go(room, *TO_SESSION)

    with pytest.raises(RefusedError, match="administrative or police"):
        go(room, "mediation_terminated", mediation_terminated={"routes": ["lawsuit"]})
    go(room, "mediation_terminated", mediation_terminated={"routes": ["lawsuit", "police"]})

    assert room.state("A1") == "terminated"


@pytest.mark.parametrize("agreed", ["agreement_signed", "agreed_by_word"])
def test_nobody_agrees_whose_identity_document_was_not_seen(room: Room, agreed: str) -> None:
    parties = [
        {**party, "identity_checked": side > 0} for side, party in enumerate(example(schemas.Application)["parties"])
    ]
    way = [*TO_SESSION, "session_held", *(["agreement_drafted"] if agreed == "agreement_signed" else [])]
    go(room, *way, application_recorded={"parties": parties})
    with pytest.raises(RefusedError, match="identity document was not seen: 居民甲"):
        go(room, agreed)
    with pytest.raises(RefusedError, match="not a party of this case: 居民丙"):
        go(room, "identities_checked", identities_checked={"parties": ["居民丙"]})

    go(room, "identities_checked", identities_checked={"parties": ["居民甲"]})
    go(room, agreed)

    assert room.state("A1") == "performing"


def test_a_confirmed_agreement_that_is_mediated_again_in_vain_is_still_enforced(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "breach_found", "mediation_reopened")
    assert room.clocks("A1")["enforcement_application"].state == "running"

    go(room, "mediation_terminated")

    kept = room.case("A1").details
    assert (kept["enforcement_until"], kept["limitation_until"]) == ("2028-12-31", "2029-12-31")


def test_a_new_agreement_takes_the_place_of_a_confirmed_one(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed", "breach_found", "mediation_reopened")

    go(room, "session_held", "agreement_drafted", "agreement_signed")

    assert room.clocks("A1")["enforcement_application"].state == "stopped"
