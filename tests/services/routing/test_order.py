"""Facts about one appeal in any order: the ledger comes to the same end, and nothing stays parked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis import blueprint, migrate
from chassis.database import Database
from chassis.testing import Room
from chassis.workflow import Role
from services.routing.models import Base
from services.routing.service import RoutingService
from tests.services.routing.conftest import SAID, registered

Told = tuple[str, dict[str, Any]]

REGISTERED = "intake.appeal_registered.v1"
CONCLUDED: Told = ("mediation.case_concluded.v1", {})
ACCEPTED: Told = ("mediation.case_accepted.v1", {})


def rework(number: int, mechanism: str = "mediation", **more: Any) -> Told:
    return "feedback.rework_ordered.v1", {"round": number, "mechanism": mechanism, **more}


def closed(rounds: int = 1, end: str = "rated") -> Told:
    return "feedback.appeal_closed.v1", {"rounds": rounds, "end": end}


#: What is told about an appeal in the order in which it happened; its end; and how often it was reworked.
STORIES: dict[str, tuple[list[Told], str, int]] = {
    "handled": (
        [
            (REGISTERED, {}),
            ACCEPTED,
            ("mediation.case_contacted.v1", {"way": "phone"}),
            ("mediation.case_progressed.v1", {"progress": "已上门"}),
            ("mediation.case_extension_requested.v1", {}),
            CONCLUDED,
            closed(),
        ],
        "closed",
        0,
    ),
    "reworked": ([(REGISTERED, {}), ACCEPTED, CONCLUDED, rework(1), ACCEPTED, CONCLUDED, closed(2)], "closed", 1),
    "reworked twice": (
        [(REGISTERED, {}), CONCLUDED, rework(1), CONCLUDED, rework(2), CONCLUDED, closed(3, "supervised")],
        "closed",
        2,
    ),
    "opened again": (
        [(REGISTERED, {}), CONCLUDED, closed(), rework(1, reopens=True), CONCLUDED, closed(2)],
        "closed",
        1,
    ),
    "rated late": ([(REGISTERED, {}), CONCLUDED, closed(1, "unrated"), closed()], "closed", 0),
    "an answer opened again": (
        [
            (REGISTERED, {"hold": True}),
            ("intake.appeal_answered.v1", {}),
            closed(),
            rework(1, "intake", reopens=True),
            ("intake.appeal_answered.v1", {}),
            closed(2),
        ],
        "closed",
        1,
    ),
    "held": (
        [(REGISTERED, {"hold": True}), ("intake.appeal_released.v1", {}), ACCEPTED, CONCLUDED, closed()],
        "closed",
        0,
    ),
    "answered": ([(REGISTERED, {"hold": True}), ("intake.appeal_answered.v1", {}), closed()], "closed", 0),
    "answered again": (
        [
            (REGISTERED, {"hold": True}),
            ("intake.appeal_answered.v1", {}),
            rework(1, "intake"),
            ("intake.appeal_answered.v1", {}),
            closed(2),
        ],
        "closed",
        1,
    ),
    "withdrawn": ([(REGISTERED, {}), ACCEPTED, ("intake.appeal_withdrawn.v1", {"reason": "已解决"})], "withdrawn", 0),
    "withdrawn as it was concluded": (
        [(REGISTERED, {}), ACCEPTED, CONCLUDED, ("intake.appeal_withdrawn.v1", {})],
        "withdrawn",
        0,
    ),
    "merged": ([(REGISTERED, {}), ("intake.appeal_merged.v1", {"into": "A0"})], "merged", 0),
    "not accepted": (
        [(REGISTERED, {"hold": True}), ("intake.appeal_not_accepted.v1", {"ground": "诉讼"})],
        "not_accepted",
        0,
    ),
    "relayed": ([(REGISTERED, {"hold": True}), ("intake.appeal_relayed.v1", {"service": "110"})], "relayed", 0),
    "followed up": (
        [
            (REGISTERED, {}),
            ACCEPTED,
            ("intake.appeal_relayed.v1", {"service": "110"}),
            ("intake.appeal_followed_up.v1", {"result": "民警已到场处置"}),
        ],
        "followed_up",
        0,
    ),
}


def heard(folder: Path, facts: Sequence[Told]) -> Room:
    room = Room(RoutingService, folder)
    for key, data in facts:
        said = SAID.get(key) or SAID.get(key.partition(".")[2]) or {}
        room.hear(key, "A1", {**said, **data})
        room.now += timedelta(seconds=1)
    for _ in range(30):
        room.now += timedelta(seconds=10)
        if not room.inbox.heal() and not room.parked():
            break
    return room


@pytest.mark.parametrize("story", STORIES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_in_any_order_an_appeal_comes_to_the_same_end_and_nothing_stays_parked(story: str, data: st.DataObject) -> None:
    facts, end, reworks = STORIES[story]
    order = data.draw(st.permutations(facts))

    with TemporaryDirectory() as folder:
        room = heard(Path(folder), order)

        assert [row.reason for row in room.parked()] == []
        assert (room.state("A1"), room.case("A1").details.get("reworks", 0)) == (end, reworks)
        assert len(room.told("appeal_ledgered.v1")) <= 1
        room.database.close()


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_what_was_withdrawn_and_is_sent_back_by_the_hotline_that_it_came_from_is_handled_again(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    crossing: list[Told] = [
        ("intake.appeal_withdrawn.v1", {"reason": "已解决"}),
        closed(1, "withdrawn"),
        rework(1, ground="sent_back", reopens=True),
    ]

    room = heard(tmp_path, [(REGISTERED, {}), CONCLUDED, *(crossing[place] for place in order)])

    assert (room.state("A1"), room.parked(), room.told("appeal_recalled.v1")) == ("rework", [], [])
    for key, data in (ACCEPTED, CONCLUDED, closed(2)):
        room.hear(key, "A1", {**(SAID.get(key) or {}), **SAID.get(key.partition(".")[2], {}), **data})
    assert (room.state("A1"), room.parked()) == ("closed", [])


@pytest.mark.parametrize("story", STORIES)
def test_as_it_happened_nothing_is_parked_at_all(story: str, tmp_path: Path) -> None:
    facts, end, reworks = STORIES[story]

    room = Room(RoutingService, tmp_path)
    for key, data in facts:
        said = SAID.get(key) or SAID.get(key.partition(".")[2]) or {}
        room.hear(key, "A1", {**said, **data})
        assert room.parked() == []

    assert (room.state("A1"), room.case("A1").details.get("reworks", 0)) == (end, reworks)


@settings(max_examples=10, deadline=None)
@given(
    st.permutations(
        [
            ("case_contacted", "mediation"),
            ("case_accepted", "property"),
            ("case_contacted", "property"),
            ("case_concluded", "property"),
        ]
    )
)
def test_late_words_of_the_unit_that_handed_a_case_back_disturb_nobody(order: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        room = heard(Path(folder), [(REGISTERED, {}), ("mediation.case_return_requested.v1", {})])
        granted = {"mechanism": "property", "category": "0601", "opinion": "改派物业"}
        room.act("A1", "return_granted", granted, role=Role.DESK)
        for fact, teller in order:
            room.hear(f"{teller}.{fact}.v1", "A1", {**SAID.get(f"{fact}.v1", {}), "way": "phone"})

        assert (room.state("A1"), room.parked()) == ("concluded", [])
        room.database.close()


def test_two_replicas_number_the_ledger_without_gaps_and_without_doubles(tmp_path: Path, database_url: str) -> None:
    first = Database(database_url, "routing")
    migrate.upgrade(first, blueprint.read(RoutingService))
    assert migrate.differences(first, Base.metadata) == []
    first.close()
    replicas = [Room(RoutingService, tmp_path, url=database_url) for _ in range(2)]

    def take(replica: int) -> None:
        room = replicas[replica]
        for number in range(40):
            room.hear(REGISTERED, f"R{replica}-{number}", registered())
            # The same letter comes to both, as after a connection that broke.
            room.hear(REGISTERED, f"both-{number}", registered(), letter_id=f"both-{number}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take, range(2)))

    with replicas[0].database.read() as session:
        kind = replicas[0].blueprint.case
        numbers = sorted(case.number for case in session.query(kind))
    assert numbers == [f"彭李诉〔2026〕{serial:06d}号" for serial in range(1, 121)]
    assert all(room.parked() == [] for room in replicas)
    for room in replicas:
        room.database.close()
