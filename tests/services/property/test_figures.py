"""What property counts in money: each sum once, and in the month to which its day belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from chassis.workflow import Role
from services.property import figures
from services.property.web import create_app
from tests.services import doors
from tests.services.property.test_service import OWNERS, TO_ORDER, TO_SITE, TO_VOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chassis.testing import Room

    Sums = Callable[[str], dict[str, str]]


@pytest.fixture
def sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room) -> Iterator[Sums]:
    """Read the sums of a month at the door."""
    with doors.opened(create_app, room, tmp_path, monkeypatch) as app:

        def read(month: str) -> dict[str, str]:
            headers = doors.signing(app, "处办员己")(Role.LEADER)
            answer = app.test_client().get(f"/api/v1/month?month={month}", headers=headers)
            return {row["name"]: row["amount"] for row in orjson.loads(answer.data)["sums"]}

        yield read


def test_a_month_holds_what_was_asked_of_the_fund_and_shared_each_on_its_day(
    room: Room, walk: Callable[..., None], sums: Sums
) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_carried", "fund_applied", verified_on_site=OWNERS)
    room.now = room.now.replace(month=12, day=8)
    walk("fund_approved", "repair_accepted", "repair_settled")

    assert sums("2026-11") == {"fund_applied": "10200"}
    assert sums("2026-12") == {"fund_allocated": "10000.01"}
    assert sums("2027-01") == {}


@pytest.mark.parametrize(
    ("kind", "path", "found"),
    [
        ("fees", ("fees_examined",), {"fees_in_dispute": "1600"}),
        ("common_income", ("income_examined",), {"income_missing": "5000"}),
        (
            "change_of_company",
            ("contract_ended", "exit_declined", *TO_ORDER, "exit_order_expired", "fine_asked", "fine_decided"),
            {"exit_fines": "20000"},
        ),
    ],
)
def test_a_month_holds_disputed_fees_missing_income_and_fines_as_the_cases_count_them(
    room: Room, walk: Callable[..., None], sums: Sums, kind: str, path: tuple[str, ...], found: dict[str, str]
) -> None:
    walk(*TO_SITE, *path, classified={"kind": kind}, correction_ordered={"served_on": "2026-11-10"})

    assert sums("2026-11") == found
    case = room.case("A1")
    counted = {name: amount for name, _, amount in figures.counts(case)}
    dated = [(name, amount) for name, _, _, amount in figures.dated(case)]
    assert dated
    assert all(counted[name] == amount for name, amount in dated)


def test_objections_are_counted_by_what_their_review_found(room: Room, walk: Callable[..., None]) -> None:
    walk(*TO_VOTE, "votes_counted", "vote_objected", "objection_reviewed", verified_on_site=OWNERS)

    counted = [(name, of, amount) for name, of, amount in figures.counts(room.case("A1")) if name == "objections"]

    assert counted == [("objections", "dismissed", 1)]
