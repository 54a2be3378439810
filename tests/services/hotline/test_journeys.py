"""Every end that the hotline's table names, reached by a whole appeal through all services, by their public doors only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from chassis.workflow import Role, Step, Workflow
from services.hotline.workflow import HOTLINE
from tests.journeys.conftest import leave_nobody_alone
from tests.journeys.town import Town, ends_of
from tests.nodes.street import Embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.town import Appeal

pytestmark = pytest.mark.timeout(400)

TRIAGED: Final = ("case_accepted", "contact_made", "triaged")
DRAFTED: Final = (*TRIAGED, "site_visited", "reply_drafted")
DIRECT, UPSTREAM = ("reply_ready", "concluded"), ("upstream_closed", "concluded")
#: Each end by at least one way, and each side path besides: the steps, and what differs from the example forms.
WAYS: Final[dict[str, tuple[tuple[str, str], tuple[str, ...], dict[str, dict[str, Any]]]]] = {
    "handled on the spot": (DIRECT, (*DRAFTED, "reply_approved"), {}),
    "sent back by the reviewer": (
        DIRECT,
        (*DRAFTED, "reply_sent_back", "measure_taken", "reply_drafted", "reply_approved"),
        {},
    ),
    "looked up": (
        DIRECT,
        (*TRIAGED, "knowledge_consulted", "reply_drafted", "reply_approved"),
        {"triaged": {"kind": "inquiry"}, "reply_drafted": {"outcome": "explained"}},
    ),
    "answered from elsewhere": (
        DIRECT,
        (*TRIAGED, "answered_from_elsewhere", "reply_drafted", "reply_approved"),
        {"triaged": {"kind": "inquiry"}, "reply_drafted": {"outcome": "explained"}},
    ),
    "a petition matter": (
        DIRECT,
        (*TRIAGED, "petition_route_told", "unsolved_reply_drafted", "reply_approved"),
        {"triaged": {"in_petition_system": True}},
    ),
    "a petition that is handed over": (
        DIRECT,
        (*TRIAGED, "petition_transferred", "petition_accepted", "unsolved_reply_drafted", "reply_approved"),
        {"triaged": {"wants_written_opinion": True}},
    ),
    "an order that its hotline takes back": (
        DIRECT,
        (
            *("case_accepted", "contact_made", "upstream_recorded", "triaged", "upstream_return_asked"),
            *("upstream_return_granted", "unsolved_reply_drafted", "reply_approved"),
        ),
        {},
    ),
    "two outside units, of which one is given up": (
        DIRECT,
        (
            *(*TRIAGED, "relayed_out", "relayed_out", "measure_taken", "one_relay_given_up"),
            *("external_result_received", "reply_drafted", "reply_approved"),
        ),
        {"one_relay_given_up": {"which_relay": "2"}},
    ),
    "an outside unit answers": (
        DIRECT,
        (*TRIAGED, "relayed_out", "external_result_received", "reply_drafted", "reply_approved"),
        {},
    ),
    "an outside unit is silent": (
        DIRECT,
        (
            *(*TRIAGED, "relayed_out", "external_answer_expired", "external_urged", "external_answer_expired"),
            *("unsolved_reply_drafted", "reply_approved"),
        ),
        {},
    ),
    "material that never comes": (
        DIRECT,
        (*TRIAGED, "site_visited", "material_requested", "material_expired", "reply_drafted", "reply_approved"),
        {},
    ),
    "force majeure": (
        DIRECT,
        (
            *(*TRIAGED, "site_visited", "force_majeure_found", "pause_expired", "force_majeure_found"),
            *("force_majeure_over", "reply_drafted", "reply_approved"),
        ),
        {},
    ),
    "the upstream hotline closes it": (
        UPSTREAM,
        (*DRAFTED, "reply_approved_for_feedback", "fed_back", "upstream_closed"),
        {},
    ),
    "the upstream hotline sends it back, and is silent then": (
        UPSTREAM,
        (
            *(*DRAFTED, "reply_approved_for_feedback", "fed_back", "upstream_sent_back"),
            *("measure_taken", "reply_drafted", "reply_approved_for_feedback", "fed_back", "upstream_review_expired"),
        ),
        {},
    ),
}
BY_OTHERS: Final = ("closed", "returned", "transferred", "withdrawn")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a street in one process."""
    with Embedded(tmp_path_factory.mktemp("street")) as street:
        town = Town(street)
        yield town
        leave_nobody_alone(town)


def sent(town: Town, name: str, end: tuple[str, str]) -> Appeal:
    """Report something, where it ends upstream as an order of the upstream hotline."""
    if end != UPSTREAM:
        return town.sent_to("hotline")
    due_at = (datetime.now(UTC) + timedelta(days=200)).isoformat()
    order = {"source": "hotline12345", "number": f"BZ-{name}", "due_at": due_at}
    return town.sent_to("hotline", by=town.operator, external=order)


def test_every_end_of_the_table_has_a_journey() -> None:
    assert ends_of(HOTLINE) == {end for end, _, _ in WAYS.values()} | {(state, "") for state in BY_OTHERS}


def test_an_end_without_a_journey_is_found() -> None:
    steps = (*HOTLINE.steps, Step("handling", "forgotten", "concluded", who=Role.HANDLER))
    more = Workflow("hotline", *steps, initial="received", ends=HOTLINE.ends)

    assert ends_of(more) - ends_of(HOTLINE) == {("handling", "forgotten")}


@pytest.mark.parametrize("name", WAYS)
def test_an_order_comes_to_its_end_is_called_back_rated_and_closed(town: Town, name: str) -> None:
    end, path, changed = WAYS[name]
    appeal = sent(town, name, end)

    town.go("hotline", appeal, *path, end[1], **changed)
    shown = town.await_public(appeal, "callback_due")
    town.rate(appeal)
    town.await_public(appeal, "closed")

    closed = town.await_case("hotline", appeal, "closed")
    assert end in {(entry["source"], entry["trigger"]) for entry in closed["timeline"]}
    assert shown["reply"]
    running = {clock["name"] for clock in closed["clocks"] if clock["state"] not in {"stopped", "expired"}}
    assert running <= HOTLINE.outlive


def test_an_order_that_comes_back_after_its_end_is_handled_again(town: Town) -> None:
    appeal = sent(town, "came-back", UPSTREAM)
    town.go("hotline", appeal, *DRAFTED, "reply_approved_for_feedback", "fed_back", "upstream_closed", "concluded")
    town.await_public(appeal, "callback_due")

    town.go("hotline", appeal, "upstream_sent_back")

    town.await_case("hotline", appeal, "rework_due")
    town.go("hotline", appeal, "rework_taken", *DRAFTED[1:], "reply_approved_for_feedback", "fed_back")
    town.go("hotline", appeal, "upstream_closed", "concluded")
    town.await_public(appeal, "callback_due")
    town.rate(appeal)
    town.await_public(appeal, "closed")


def test_an_order_withdrawn_in_the_hand_and_sent_back_goes_on_as_the_same_case(town: Town) -> None:
    appeal = sent(town, "taken-up-again", UPSTREAM)
    town.go("hotline", appeal, *DRAFTED)
    answer = town.resident.post(f"/intake/api/v1/appeals/{appeal.code}/withdraw", {"reason": "问题已自行解决"})
    assert answer[0] == 200
    town.await_case("hotline", appeal, "withdrawn")
    town.go("hotline", appeal, "upstream_told_of_the_end", "upstream_sent_back")

    again = town.await_case("hotline", appeal, "rework_due")
    assert {"reply_drafted", "withdrawn", "upstream_sent_back"} <= {entry["trigger"] for entry in again["timeline"]}
    town.await_public(appeal, "rework_due")
    town.go("hotline", appeal, "rework_taken", *DRAFTED[1:], "reply_approved_for_feedback", "fed_back")
    town.go("hotline", appeal, "upstream_closed", "concluded")
    town.await_public(appeal, "callback_due")
    town.rate(appeal)
    town.await_public(appeal, "closed")
    assert town.await_case("hotline", appeal, "closed")["id"] == again["id"]


def test_an_upstream_order_is_known_by_its_number_without_anybody_typing_it(town: Town) -> None:
    appeal = sent(town, "numbered", UPSTREAM)

    case = town.await_case("hotline", appeal, "received")

    assert case["details"]["upstream_recorded"]["upstream_number"] == "BZ-numbered"
    ends = {clock["name"]: datetime.fromisoformat(clock["due_at"]) for clock in case["clocks"]}
    assert ends["upstream_finish"] < ends["upstream_due"]
    town.go("hotline", appeal, *DRAFTED)
    status, refused = town.try_to(town.reviewer, "hotline", case["id"], "reply_approved", {"opinion": "同意答复。"})
    assert (status, "须先回传" in str(refused)) == (409, True)


def test_an_order_that_is_anothers_is_returned(town: Town) -> None:
    appeal = town.sent_to("hotline")

    town.return_to("property", "hotline", appeal)


def test_an_order_that_another_mechanism_handles_is_transferred_and_may_come_back(town: Town) -> None:
    appeal = town.sent_to("hotline")
    town.go("hotline", appeal, *TRIAGED)

    town.transfer_there_and_back("hotline", appeal)

    town.go("hotline", appeal, "case_accepted", *DRAFTED[2:], "reply_approved", "concluded")
    town.rate(appeal)
    town.await_public(appeal, "closed")


def test_an_order_that_is_withdrawn_ends_with_all_its_clocks(town: Town) -> None:
    appeal = town.sent_to("hotline")
    town.go("hotline", appeal, *TRIAGED, "relayed_out")

    town.withdraw("hotline", appeal)
